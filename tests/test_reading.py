"""One reading of many articles: how they are cut into batches, and when references are prepared; in many threads."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SPUN_SEEDS, STORY_NAMES, examples, seed, story

from normalizer import Normalizer, reading, testimony
from normalizer.glancing import may_be_spun
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.pages import page_bounds, read
from normalizer.reading import BATCH, Job, read_articles
from normalizer.references import prepare
from normalizer.testimony import ReferenceCache, trusted

CLEAN = tuple(story(name, "original") for name in STORY_NAMES[:3])
WITNESS = seed("002")


@cache
def tool() -> Normalizer:
    return Normalizer()


@pytest.fixture
def fresh() -> Normalizer:
    """A normalizer that remembers no reference."""
    return Normalizer(tables=tool().tables)


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each text was prepared as a reference."""
    count: Counter[str] = Counter()

    def counting(text: str) -> object:
        count[text] += 1
        return prepare(text)

    monkeypatch.setattr(testimony, "prepare", counting)
    yield count


# --- batches ------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 2 * BATCH) | st.integers(0, 5)))
@examples(100)
def test_batches_keep_the_order_and_are_no_larger_than_they_may_be(sizes: list[int]) -> None:
    """Only one item that is too large alone makes a larger batch, and none could take what comes first in the next."""
    items = list(enumerate(sizes))
    batches = list(reading._batches(items, lambda item: item[1]))
    assert [item for batch in batches for item in batch] == items
    assert all(batches)
    totals = [sum(size for _, size in batch) for batch in batches]
    assert all(total <= BATCH or len(batch) == 1 for batch, total in zip(batches, totals, strict=True))
    assert all(total + after[0][1] > BATCH for total, after in zip(totals, batches[1:], strict=False))


def test_articles_are_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short articles share a batch, in order, and what is found is returned in the order of the articles."""
    seen: list[list[str]] = []

    def reading_pages(pages, *more):
        seen.append([page.text for page in pages])
        return read_pages(pages, *more)

    read_pages = reading.read_pages
    monkeypatch.setattr(reading, "read_pages", reading_pages)
    texts = [seed("003"), CLEAN[0], "He stated it.", seed("000"), "", seed("001")]
    found = read_articles([Job(text) for text in texts], tool().tables, 0.75, lambda references: [])
    assert seen[-1] == [seed("003"), "He stated it.", seed("000"), seed("001")]  # nobody looks for words in none
    assert all(set(parts) <= {seed("003"), seed("000"), seed("001")} for parts in seen[:-1])  # the second look
    assert [bool(each.edits) for each in found] == [True, False, bool(found[2].edits), True, False, True]
    for text, each in zip(texts, found, strict=True):
        assert all(edit.before == text[edit.start : edit.end] for edit in each.edits)


def test_a_bar_is_held_against_the_confidence_that_is_shown() -> None:
    """An edit whose confidence, as rounded, is exactly the bar is made."""
    jobs = [Job("\n".join(seed("003").splitlines()[:20]))]
    (every,) = read_articles(jobs, tool().tables, 0.0, lambda references: [])
    swaps = [edit for edit in every.edits if edit.kind != "residue"]
    assert len(swaps) > 50
    for bar in sorted({edit.confidence for edit in swaps})[::8]:
        (some,) = read_articles(jobs, tool().tables, bar, lambda references: [])
        assert [edit for edit in some.edits if edit.kind != "residue"] == [e for e in swaps if e.confidence >= bar]
    assert all(edit.confidence == round(edit.confidence, reading.DIGITS) for edit in swaps)


def test_every_sentence_of_every_page_is_as_spun_as_it_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edits of a page are held against the states of its own sentences."""
    judged: list[float] = []
    firsts: list[int] = []

    def judging(*signs):
        states, spun = sentence_states(*signs)
        states = np.linspace(0.5, 1.0, len(states))  # each another
        judged.extend(states.tolist())
        return states, spun

    def holding(drafts, first, shown, weights, bar):
        firsts.append(first)
        assert all(0 <= first + sentence < len(shown.states) for _, sentence in drafts)
        assert shown.states == judged
        return sure(drafts, first, shown, weights, bar)

    sentence_states, sure = reading.sentence_states, reading._sure_edits
    monkeypatch.setattr(reading, "sentence_states", judging)
    monkeypatch.setattr(reading, "_sure_edits", holding)
    monkeypatch.setattr(reading, "page_bounds", partial(page_bounds, longest=2_000))
    (found,) = read_articles([Job(seed("003"))], tool().tables, 0.0, lambda references: [])
    assert found.edits == sorted(found.edits)
    assert len(firsts) > 1 and firsts == sorted(set(firsts)) and firsts[0] == 0


def test_all_pages_are_read_with_the_family_that_some_have_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """At first a few pages are read, all families being as likely; then all of them, with what these have shown."""
    read: list[tuple[int, object]] = []

    def reading_pages(pages, references, tables, bar, *more):
        if more:  # the second look has none
            read.append((len(pages), more[0]))
        return read_pages(pages, references, tables, bar, *more)

    read_pages = reading.read_pages
    monkeypatch.setattr(reading, "read_pages", reading_pages)
    monkeypatch.setattr(reading, "page_bounds", partial(page_bounds, longest=1_000))
    monkeypatch.setattr(reading, "SAMPLE", 3)
    (found,) = read_articles([Job(seed("003"))], tool().tables, 0.75, lambda references: [])
    (some, unknown), (every, families) = read
    assert unknown is None and 2 <= some <= 3 < every
    assert np.shape(families) == (every, len(FAMILY_NAMES)) and np.ptp(families, axis=0).max() == 0.0
    assert families[0][FAMILY_NAMES.index("b")] > 0.9
    assert found.verdict.family == "b"


def test_pages_that_are_not_read_say_how_many_of_their_words_are_not_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as a reading would count, nearly, and no swap: they are evidence that an article is clean."""
    judged: list[tuple[list[float], list[int]]] = []

    def judging(swaps, exposed, rates):
        judged.append((list(swaps), list(exposed)))
        return sentence_states(swaps, exposed, rates)

    sentence_states = reading.sentence_states
    monkeypatch.setattr(reading, "sentence_states", judging)
    monkeypatch.setattr(reading, "page_bounds", partial(page_bounds, longest=2_000))
    read_articles([Job(CLEAN[0])], tool().tables, 0.75, lambda references: [])
    ((swaps, exposed),) = judged
    lower = sum(token.text[0].islower() for token in read(CLEAN[0]).tokens)
    assert len(exposed) == len(page_bounds(CLEAN[0], 2_000)) > 1 and not any(swaps)
    assert sum(exposed) == pytest.approx(lower, rel=0.05)


# --- references ---------------------------------------------------------------------------------------------


def test_references_of_clean_articles_are_not_prepared(fresh: Normalizer, prepared: Counter[str]) -> None:
    """Nobody is asked about an article that a glance finds clean, together with others, alone, or long."""
    assert not any(may_be_spun(CLEAN, fresh.tables))
    records = [(CLEAN[0], ["one"]), (seed("003"), ["two"]), (CLEAN[1], ["three"]), (seed("000"), ["two", "four"])]
    list(fresh.repair_many(records))
    fresh.repair(CLEAN[2], ["five"])
    fresh.repair("\n\n".join(CLEAN * 5), ["six"])
    fresh.detect(seed("001"))
    assert prepared == {"two": 1, "four": 1}


@pytest.mark.parametrize(("times", "longest"), [(1, 2_000), (4, 12_000)])
def test_references_of_a_long_article_are_prepared_once(
    fresh: Normalizer, prepared: Counter[str], monkeypatch: pytest.MonkeyPatch, times: int, longest: int
) -> None:
    """All pages share them, whether they get a second look, are read to learn the family, or are repaired.

    times: how often the text is repeated. longest: characters of a page; only a long one gets a second look.
    """
    asked = 0

    def preparing(references):
        nonlocal asked
        asked += 1
        return ReferenceCache(fresh.tables)(references)

    monkeypatch.setattr(reading, "page_bounds", partial(page_bounds, longest=longest))
    read_articles(
        [Job("\n\n".join([seed("003")] * times), [WITNESS]), Job(CLEAN[0], ["other"])], fresh.tables, 0.75, preparing
    )
    assert asked == 1
    assert prepared == {WITNESS: 1}


def test_references_are_remembered_by_what_they_say(fresh: Normalizer, prepared: Counter[str]) -> None:
    """Another string of the same text, or the reference prepared by the caller, is the same reference."""
    same = "".join(list(WITNESS))
    assert same is not WITNESS
    first = fresh.repair(seed("003"), [WITNESS])
    assert fresh.repair(seed("003"), [same]) == first
    assert fresh.repair(seed("003"), [prepare(WITNESS)]) == first
    fresh.repair(seed("000"), [WITNESS, WITNESS])
    assert prepared == {WITNESS: 1}


def test_a_prepared_reference_is_a_text_prepared(prepared: Counter[str]) -> None:
    """What the caller has prepared is not prepared again, and says the same."""
    given_text, given_reference = (
        Normalizer(tables=tool().tables).repair(seed("001"), [reference]) for reference in (WITNESS, prepare(WITNESS))
    )
    assert given_text == given_reference
    assert any(edit.evidence.references for edit in given_text.edits)
    assert prepared == {WITNESS: 1}


def test_what_is_remembered_is_bounded(prepared: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many characters what was not used for longest is forgotten; what is in use never."""
    monkeypatch.setattr(testimony, "REMEMBERED", 30)
    remembers = ReferenceCache(tool().tables)
    a, b, c, long = "a " * 5, "b " * 5, "c " * 5, "l " * 50
    remembers([a, b, c])
    remembers([a, b, c])
    assert prepared == {a: 1, b: 1, c: 1}  # 30 characters
    remembers([a])  # b is the oldest now
    remembers(["d"])
    remembers([a, c, "d"])
    assert prepared == {a: 1, b: 1, c: 1, "d": 1}
    remembers([b])
    assert prepared[b] == 2
    assert [each.reference.text for each in remembers([long, long])] == [long, ""]  # the same again says nothing
    assert prepared[long] == 1
    assert list(remembers._known) == [long]
    remembers([a])
    assert list(remembers._known) == [a]


def test_what_is_remembered_is_what_is_worked_out() -> None:
    """Trust and all, for spun references and clean ones, in the order asked for."""
    tables, texts = tool().tables, [seed("003"), WITNESS, "", CLEAN[0]]
    remembers = ReferenceCache(tables)
    for _ in range(2):
        found = remembers(texts)
        assert [each.reference.text for each in found] == texts
        assert [each.trust for each in found] == [trusted(prepare(text), tables).trust for text in texts]
    assert found[0].trust < 0.5 < found[1].trust


# --- threads ------------------------------------------------------------------------------------------------


def test_threads_share_a_normalizer(fresh: Normalizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are those of one thread, though what is remembered is too small for all and always in use by others."""
    texts = ["\n".join(seed(number).splitlines()[:12]) for number in SPUN_SEEDS] + [CLEAN[0]]
    references = [[WITNESS, CLEAN[1]], [CLEAN[2], WITNESS], [seed("004")]]
    records = [(text, own) for text in texts for own in references]
    alone = [Normalizer(tables=tool().tables).repair(*record) for record in records]
    monkeypatch.setattr(testimony, "REMEMBERED", len(WITNESS) + 10)
    start = Barrier(4)

    def work(shift: int) -> list[object]:
        start.wait(timeout=60)
        mine = records[shift:] + records[:shift]
        found = [fresh.repair(*record) for record in mine] if shift % 2 else list(fresh.repair_many(mine))
        return found[len(records) - shift :] + found[: len(records) - shift]

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(work, range(4)):
            assert found == alone
