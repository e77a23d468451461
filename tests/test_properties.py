"""The specification: what a repair is, in twelve sentences, each tried on real and on hostile text.

Every property is a test whose docstring says what a user may rely on. NORMALIZER_EXAMPLES=10 tries ten times as many
examples. `tools/mutants.py` shows that each of them fails when the code is broken.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import (
    CLEANER_SEEDS,
    ODD,
    SPUN_SEEDS,
    STORY_NAMES,
    any_texts,
    clean_pieces,
    environment,
    examples,
    lexicon_phrases,
    seed,
    spun_excerpts,
    story,
    wild_texts,
)

from normalizer import Normalizer, Repair, Settings, reading
from normalizer.evaluating.judging import judge
from normalizer.evaluating.metrics import integrity
from normalizer.inference import unroll
from normalizer.lexicon import OPEN
from normalizer.pages import Page, page_bounds, read_page
from normalizer.plans import Plan
from normalizer.protection import Protection, overlaps
from normalizer.reading import Job, read_articles, read_lattice
from normalizer.repairing import MOST_ARTICLES
from normalizer.testimony import ReferenceCache
from normalizer.tokens import sentences, tokenize
from tests.tools.counting import instructions
from tests.tools.spinner import Habits, Spinner
from tests.tools.witnesses import half_of, read_in_full, restored

LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@cache
def tool(bar: float = Settings().min_confidence) -> Normalizer:
    """Return a normalizer with this bar; all share their tables."""
    if bar == Settings().min_confidence:
        return Normalizer()
    return Normalizer(tables=tool().tables, settings=Settings(min_confidence=bar))


def some_references() -> st.SearchStrategy[list[str]]:
    """Up to three references: cleaner versions of the seeds' story, or texts on something else."""
    others = [story(name, "report1") for name in STORY_NAMES[:3]]
    return st.lists(st.sampled_from([*map(seed, CLEANER_SEEDS), *others, "", "\x00"]), max_size=3)


# --- 1 and 2: edits -----------------------------------------------------------------------------------------


@given(wild_texts(), some_references())
@example(seed("000"), [seed("002")])
@example(seed("003").replace("\n", "\r\n"), [])
@example(seed("001").replace("\n", "\r"), [])
@examples(30)
def test_1_edits_replay_and_revert(text: str, references: list[str]) -> None:
    """The plan of a repair, written down and read back, makes the repair from the text and the text from the repair."""
    repair = tool().repair(text, references)
    plan = Plan.from_json(repair.plan().to_json())
    assert plan.apply(text) == repair.text
    assert plan.revert(repair.text) == text
    assert plan.edits == repair.edits


@given(wild_texts(), some_references())
@example("The minister used\nto be in Geneva. He instructed\nreporters at this\r\ntime." * 6, [])
@example(seed("001"), [seed("004")])
@examples(30)
def test_2_what_lies_outside_the_edits_is_untouched(text: str, references: list[str]) -> None:
    """Outside its edits a repair is the text, character for character, and no line is ever joined or split."""
    repair = tool().repair(text, references)
    done = at = 0
    for edit in repair.edits:
        assert edit.start >= done
        assert edit.before == text[edit.start : edit.end] != edit.after
        kept = edit.start - done
        assert repair.text[at : at + kept] == text[done : edit.start]
        assert repair.text.startswith(edit.after, at + kept)
        done, at = edit.end, at + kept + len(edit.after)
    assert repair.text[at:] == text[done:]
    assert [c for c in text if c in LINE_ENDS] == [c for c in repair.text if c in LINE_ENDS]


# --- 3 and 4: what needs no repair --------------------------------------------------------------------------


BARS = (0.0, 0.3, 0.6, 0.75, 0.8, 0.9, 0.95, 1.0)


@given(spun_excerpts() | wild_texts(), some_references(), st.sampled_from(BARS))
@example("\n".join(seed("000").splitlines()[8:16]), [], 0.75)
@example(seed("003"), [], 0.9)
@example(seed("001"), [], 0.0)
@examples(30)
def test_3_repairing_twice_is_repairing_once(text: str, references: list[str], bar: float) -> None:
    """A repaired text needs no repair: repairing it again, with the same references and bar, changes nothing."""
    once = tool(bar).repair(text, references)
    assert tool(bar).repair(once.text, references).edits == ()


@pytest.mark.parametrize("name", STORY_NAMES)
@pytest.mark.parametrize("text", ["original", "report1", "report2", "other"])
def test_4_clean_articles_come_back_unchanged(name: str, text: str) -> None:
    """A clean article is left alone, alone and beside references, itself among them."""
    article = story(name, text)
    for references in ([], [article], [story(name, "report1"), story(name, "report2")]):
        assert tool().repair(article, references).edits == ()


@pytest.mark.parametrize("name", STORY_NAMES)
def test_4_clean_articles_read_in_full_come_back_unchanged(name: str) -> None:
    """So are they where no glance spares them the reading, alone and beside reports, which word things otherwise."""
    for references in ([], [story(name, "report1"), story(name, "report2")], [story(name, "original")]):
        for text in ("original", "report1", "report2"):
            assert read_in_full(tool(), story(name, text), references) == []


@given(st.lists(clean_pieces(), min_size=1, max_size=12).map("\n\n".join), st.booleans())
@examples(30)
def test_4_clean_paragraphs_come_back_unchanged(text: str, beside_itself: bool) -> None:
    """Paragraphs of clean articles, in any order and number, are left alone."""
    assert tool().repair(text, [text] if beside_itself else []).edits == ()


# --- 5: what is undone --------------------------------------------------------------------------------------

RARE = 2.0  # occurrences per million words of clean text, up to which a phrase is a spinner's
UNDONE = 0.98  # measured: 523 of 527 = .992


@cache
def unambiguous() -> frozenset[str]:
    """Return the spun forms that one original alone is known for, and that clean text hardly has."""
    originals: dict[str, set[str]] = {}
    common: set[str] = set()
    for entry in tool().lexicon.entries:
        originals.setdefault(entry.spun, set()).add(entry.original)
        if entry.clean >= RARE or entry.guard != OPEN:
            common.add(entry.spun)
    return frozenset(spun for spun, found in originals.items() if len(found) == 1) - common


@cache
def undone() -> tuple[tuple[str, str, bool], ...]:
    """Return, for all stories spun by three families, the unambiguous swaps and whether the repair undid them."""
    spinner, result = Spinner(tool().lexicon.entries), []
    for name in STORY_NAMES:
        for family in "abt":
            original = story(name, "original")
            spun = spinner.spin(original, random.Random(name + family), Habits(family))
            repaired = tool().repair(spun.text, [original]).text
            chosen = judge(spun.text, spun.golds, repaired).chosen
            result += [(gold.spun, gold.readings[0], bool(c)) for gold, c in zip(spun.golds, chosen, strict=True)]
    return tuple(swap for swap in result if swap[0].lower() in unambiguous())


def test_5_unambiguous_swaps_are_undone() -> None:
    """Beside the original, nearly all that the spinner did with entries that can mean but one thing is undone."""
    right = [done for *_, done in undone()]
    assert len(right) > 400
    assert sum(right) / len(right) >= UNDONE


@pytest.mark.xfail(strict=True, reason="one in 130 is left: a clipped form (now's), a number in figures (10s)")
def test_5_every_unambiguous_swap_is_undone() -> None:
    """Beside the original, all that the spinner did with entries that can mean but one thing is undone."""
    assert [swap for swap in undone() if not swap[2]] == []


# --- 6: facts -----------------------------------------------------------------------------------------------


@given(spun_excerpts() | wild_texts(), some_references())
@example(seed("000"), [seed("002"), seed("004")])
@example(seed("003"), [])
@examples(30)
def test_6_facts_survive(text: str, references: list[str]) -> None:
    """No number, name or negation changes but by an entry or a reference that says exactly that."""
    assert integrity(text, tool().repair(text, references).edits).violations == 0


# --- 7: references ------------------------------------------------------------------------------------------


@given(spun_excerpts(), some_references().flatmap(lambda chosen: st.tuples(st.just(chosen), st.permutations(chosen))))
@example(seed("001"), ([seed("002"), seed("004")], [seed("004"), seed("002")]))
@examples(20)
def test_7_the_order_of_references_is_irrelevant(text: str, orders: tuple[list[str], list[str]]) -> None:
    """References may come in any order."""
    one, other = (tool().repair(text, references) for references in orders)
    assert one.text == other.text
    assert [(e.start, e.end, e.confidence) for e in one.edits] == [(e.start, e.end, e.confidence) for e in other.edits]


@given(wild_texts() | spun_excerpts(), st.sampled_from(["", "\n", "\x00", "😀 👍", "zqx zqy zqz."]))
@examples(20)
def test_7_an_empty_reference_changes_nothing(text: str, reference: str) -> None:
    """A reference that has nothing in common with the article changes nothing."""
    assert tool().repair(text, [reference]).edits == tool().repair(text).edits


@pytest.mark.parametrize("number", SPUN_SEEDS)
def test_7_an_unrelated_reference_changes_nothing(number: str) -> None:
    """A reference on another story changes nothing, one on other talks of other ministers (01) among them."""
    alone = tool().repair(seed(number)).text
    for name in STORY_NAMES:
        assert tool().repair(seed(number), [story(name, "original")]).text == alone


@cache
def half_knowing() -> Normalizer:
    """Return a normalizer whose lexicon lacks half of the spinner's entries."""
    return half_of(tool())


@given(
    st.sampled_from([(tool, 0.94, 0.96), (half_knowing, 0.75, 0.92)]),
    st.tuples(st.sampled_from(STORY_NAMES), st.sampled_from("abt"), st.integers(0, 9)),
)
@examples(14)
def test_7_the_original_restores_the_article(
    reader: tuple[Callable[[], Normalizer], float, float], spun: tuple[str, str, int]
) -> None:
    """Beside its original a spun article is restored but for a twentieth, and hardly anything else is changed.

    With half of the lexicon it is restored but for a quarter: there the alignment alone explains what was swapped.
    Of all 240 articles that may be drawn `python -m tests.tools.witnesses original` prints the worst.
    """
    normalizer, recall, precision = reader
    counts = restored(normalizer(), Spinner(tool().lexicon.entries), *spun)
    assert counts.recall > recall and counts.precision > precision


# --- 8: confidence ------------------------------------------------------------------------------------------


def made(repair: Repair) -> set[tuple[int, int, str, float]]:
    return {(edit.start, edit.end, edit.after, edit.confidence) for edit in repair.edits}


@given(spun_excerpts() | wild_texts(), st.tuples(*[st.sampled_from(BARS)] * 2))
@example(seed("003"), [0.3, 0.6])
@example(seed("003") + "\n[ad_1]\n", [0.8, 1.0])
@example(seed("000"), [0.6, 1.0])
@examples(20)
def test_8_a_higher_confidence_removes_edits(text: str, bars: list[float]) -> None:
    """With a higher --min-confidence the edits that are less sure go; hardly one comes.

    What is left makes the rest of a text look different, and a repair is settled with its own edits: one edit in a
    thousand is made at a higher bar only.
    """
    low, high = sorted(bars)
    few, many = tool(high).repair(text), tool(low).repair(text)
    assert all(edit.confidence >= high for edit in few.edits)
    assert len({edit[:3] for edit in made(few)} - {edit[:3] for edit in made(many)}) <= 1
    jobs = [Job(text)]
    once = {bar: read_articles(jobs, tool().tables, bar, ReferenceCache(tool().tables))[0].edits for bar in bars}
    assert once[high] == [edit for edit in once[low] if edit.confidence >= high or edit.kind == "residue"]


# --- 12: what is protected ----------------------------------------------------------------------------------


@given(
    (spun_excerpts() | wild_texts()).flatmap(
        lambda text: st.tuples(st.just(text), st.lists(st.sampled_from(sorted(set(text.split())) or ["x"]), max_size=4))
    ),
    st.sampled_from([(), (r"(?<=stated )\w+",), (r"[A-Z]\w+ [A-Z]\w+",), (r".", r"$")]),
)
@example((seed("003"), ["used to be", "the", "s*"]), ())
@example((seed("001") + "\n[ad_1]\n{hardware}", ["ad_1", "hardware", "subsequent"]), (r"\n\[",))
@examples(20)
def test_12_what_is_protected_stays(drawn: tuple[str, list[str]], ignore: tuple[str, ...]) -> None:
    """No edit touches a name or phrase that a caller protects, or what a regular expression of theirs finds."""
    text, phrases = drawn
    settings = Settings(protect=tuple(phrases), ignore=ignore)
    repair = Normalizer(tables=tool().tables, settings=settings).repair(text)
    kept = Protection(phrases, ignore).stretches(text)
    assert [edit for edit in repair.edits if overlaps(kept, edit.start, edit.end)] == []


# --- 9: together or apart -----------------------------------------------------------------------------------

SCRIPT = """
import sys
from normalizer import Normalizer
from normalizer.articles import read_article
tool = Normalizer()
for path in sys.argv[1:]:
    sys.stdout.write(tool.repair(read_article(path).text).plan().to_json() + "\\n")
"""


def in_a_process(paths: Sequence[Path], hash_seed: str) -> list[str]:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, paths)],
        env=environment(PYTHONHASHSEED=hash_seed),
        capture_output=True,
        check=True,
    )
    return result.stdout.decode().splitlines()


def test_9_processes_give_the_same_bytes(tmp_path: Path) -> None:
    """Articles repaired together or apart, in any order, in this process or in others, give the same bytes."""
    texts = [seed("003"), seed("001"), story(STORY_NAMES[0], "original"), "\n".join(ODD)]
    paths = [tmp_path / f"{i}.txt" for i in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode())
    here = [tool().repair(text).plan().to_json() for text in texts]
    with ThreadPoolExecutor(2) as pool:
        backwards = pool.submit(in_a_process, paths[::-1], "1")
        some = pool.submit(in_a_process, paths[2:], "2")
    assert backwards.result() == here[::-1]
    assert some.result() == here[2:]


@given(st.lists(spun_excerpts() | wild_texts(3), min_size=2, max_size=6))
@examples(6)
def test_9_one_normalizer_serves_many_threads(texts: list[str]) -> None:
    """One Normalizer, fresh or used, gives every thread what it gives alone."""
    shared = tool()
    alone = [shared.repair(text) for text in texts]
    shared.tables.lexicon.ids.clear()  # what is remembered is worked out anew, by all threads at once
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shared.repair, texts)) == alone


def records() -> st.SearchStrategy[str | tuple[str, list[str]]]:
    """An article of any kind, alone or with references."""
    texts = (
        spun_excerpts() | wild_texts(3) | st.sampled_from(["", "\n", "It rained.", story(STORY_NAMES[0], "original")])
    )
    return texts | st.tuples(texts, some_references())


@given(st.lists(records(), max_size=8))
@example([seed("000"), "", (seed("001"), [seed("002"), seed("004")]), seed("003"), seed("003"), seed("002")])
@examples(15)
def test_9_many_at_once_are_as_each_alone(given_records: list[str | tuple[str, list[str]]]) -> None:
    """`repair_many` gives what `repair` gives one by one, bit for bit and in order."""
    alone = [tool().repair(*record) if isinstance(record, tuple) else tool().repair(record) for record in given_records]
    assert list(tool().repair_many(given_records)) == alone


def test_9_many_are_read_as_they_come() -> None:
    """An endless stream of articles is repaired a few at a time."""
    taken: list[int] = []

    def endless() -> Iterator[str]:
        for number in count():
            taken.append(number)
            yield seed("001") if number % 2 else "It rained."

    first = list(islice(tool().repair_many(endless()), 3))
    assert [bool(repair.edits) for repair in first] == [False, True, False]
    assert len(taken) <= MOST_ARTICLES


@pytest.mark.parametrize("name", ["000", "003"])
def test_9_a_text_read_page_by_page_is_one_article(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its edits replay and revert, are settled, and the verdict is that on the whole."""
    text = seed(name)
    whole = tool().repair(text)
    monkeypatch.setattr(reading, "page_bounds", lambda each: page_bounds(each, 2000))
    paged = tool().repair(text)
    assert paged.plan().revert(paged.text) == text
    assert paged.verdict.spun > 0.99 and paged.verdict.family == whole.verdict.family
    both = [{edit[:3] for edit in made(each)} for each in (paged, whole)]
    assert len(both[0] & both[1]) > 0.85 * len(both[1])
    assert [edit for edit in tool().repair(paged.text).edits if edit.kind != "residue"] == []


def test_9_pages_that_look_clean_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What surrounds a spun part of a long text stays as it is, and is not read."""
    clean, spun = story(STORY_NAMES[0], "original"), seed("001")
    text = f"{clean}\n\n{spun}\n\n{clean}"
    read: list[int] = []
    monkeypatch.setattr(reading, "page_bounds", lambda each: page_bounds(each, 2500))
    read_pages = reading.read_pages

    def counted(pages: Sequence[Page], *rest: Any) -> list[reading.PageReading]:
        read.append(sum(len(page.tokens) for page in pages))
        return read_pages(pages, *rest)

    monkeypatch.setattr(reading, "read_pages", counted)
    repair = tool().repair(text)
    assert repair.edits and all(len(clean) - 300 < edit.start < len(clean) + len(spun) + 300 for edit in repair.edits)
    assert 0 < sum(read) < 3 * len(tokenize(spun))


# --- 10: time -----------------------------------------------------------------------------------------------


def operations(text: str, references: Sequence[str] = (), *, once: bool = False) -> int:
    """Return how many instructions a repair takes, plus the arcs and transitions it computes with.

    once: those of its first reading alone.
    """
    prepared = ReferenceCache(tool().tables)(references)
    lattice, testimony = read_lattice([read_page(text, (0, len(text)), [])], [prepared], tool().tables)
    size = len(lattice)
    if len(lattice):
        size += len(unroll(lattice, tool().tables, testimony.on_arcs(lattice)).trellis.graph.sources)
    if once:
        jobs = [Job(text)]
        return size + instructions(lambda: read_articles(jobs, tool().tables, 0.75, ReferenceCache(tool().tables)))
    return size + instructions(lambda: tool().repair(text, references))


HOSTILE = (
    "stated ", "used to be ", "128 piece ", "Excessive Court. ", "{", "{a ", "{a} ", "}", "«", "«a» ", "'", "’s ",
    ")", ". . ",
    "a\n", "\n", "[ad_1]\n", "Source link\n", "x", "ab.", "a@", "1,", "\u0301", "a\u0301", "\u00ad", "😀",
    "\u0645 ", "a an ",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_10_time_grows_with_length(unit: str) -> None:
    """Twice the text takes twice the work, whatever the text is: for one reading, and for all that a repair takes.

    How often a text is read again depends on what it says, so that the work of repairs of three lengths need not lie on
    a line.
    """
    four, eight, sixteen = (unit * (200 * n // len(unit)) for n in (4, 8, 16))
    tool().repair(sixteen)  # fills the caches
    once, twice, fourfold = (operations(text, once=True) for text in (four, eight, sixteen))
    assert fourfold - twice < 2.4 * (twice - once) + 20_000
    assert operations(sixteen) < 2.4 * operations(eight) + 20_000


def test_10_time_grows_with_length_beside_a_reference() -> None:
    """Twice the article takes twice the work beside a reference, too."""
    line = " ".join(seed("001").split()[:100]) + "\n"
    tool().repair(line * 2, [seed("002")])
    once, twice, four = (operations(line * n, [seed("002")]) for n in (8, 16, 32))
    assert four - twice < 2.4 * (twice - once)


@pytest.mark.parametrize("text", ["stated " * 3000, "word " * 3000, "a-" * 3000])
def test_10_sentences_are_bounded(text: str) -> None:
    """A page without a stop is cut into sentences that can be decoded side by side."""
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    assert max(end - first for first, end in spans) <= 300
    assert [first for first, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert (spans[0][0], spans[-1][1]) == (0, len(tokens))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "stated " * 100_000,
        "x" * 1_000_000,
        "ab." * 333_333,
        "{" * 100_000,
        "{a " * 50_000 + "}" * 50_000,
        "a, " * 50_000,
    ],
    ids=["a word", "no space", "dots", "braces", "nested braces", "one sentence of 100,000 tokens"],
)
def test_10_huge_texts_are_repaired(text: str) -> None:
    """A megabyte of nonsense is read to its end."""
    repair = tool().repair(text)
    assert repair.plan().revert(repair.text) == text


# --- 11: never an exception ---------------------------------------------------------------------------------


@given(any_texts(60) | wild_texts(), st.lists(any_texts(20), max_size=2))
@example("\ud800", ["\udfff"])
@example(seed("003"), [])
@example("a" * 100_000, [])
@examples(80)
def test_11_no_text_raises(text: str, references: list[str]) -> None:
    """Any string can be repaired, beside any strings, and gets a verdict between 0 and 1."""
    repair = tool().repair(text, references)
    assert 0.0 <= repair.verdict.spun <= 1.0
    assert repair.verdict.rate >= 0.0
    assert all(0.0 <= edit.confidence <= 1.0 for edit in repair.edits)
    assert tool().detect(text) == tool().repair(text).verdict


@given(st.sampled_from(lexicon_phrases()), st.sampled_from([" ", "\n", "\u00a0", "\u200b ", "  ", "\r\n"]))
@examples(60)
def test_11_every_phrase_of_the_lexicon_can_be_read(phrase: str, gap: str) -> None:
    """Whatever stands between its words, a phrase of the lexicon can be read, and its readings stay inside the text."""
    text = phrase.replace(" ", gap)
    lattice, _ = read_lattice([read_page(text, (0, len(text)), [])], [()], tool().tables)
    found = lattice.readings
    assert (found.start >= 0).all() and (found.start < found.end).all()
    assert (found.end <= len(tokenize(text))).all()
    assert (lattice.sizes > 0).all()
