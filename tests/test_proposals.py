"""Readings: those of a compiled lexicon are those of a plain scan; guards, inflection, order and number; grammar."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from core_strategies import (
    FAKES,
    GUARD_EXAMPLES,
    VOCABULARY,
    Found,
    fake_tables,
    found_in,
    guards,
    knowing,
    thorough,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import HERE

from normalizer import proposals
from normalizer.learning.alignment import GoldEdit, agree
from normalizer.lexicon import FAMILIES, Entry, Guard, Lexicon
from normalizer.lexicon.compiling import FAMILY_NAMES, KINDS, clings
from normalizer.lexicon.entries import parse_guard
from normalizer.lexicon.matcher import build_trie, find_matches
from normalizer.pages import Page, lay_out, page_bounds, read, read_page
from normalizer.proposals import READINGS_PER_STRETCH, Claims, claims_of, grammar_readings, joined, unproven
from normalizer.reading import read_lattice
from normalizer.residue import residue_edits
from normalizer.surface import inflect_phrase
from normalizer.tables import Tables
from normalizer.tokens import fold_words, tokenize


def readings_of(text: str, *entries: Entry) -> list[Found]:
    return found_in([read(text)], Lexicon(entries))


def entry(spun: str, original: str, pos: str = "", count: float = 1, **more: object) -> Entry:
    return Entry(spun, original, pos, count=count, sources=("A01",), **more)  # type: ignore[arg-type] # fields of Entry


# --- beside a plain scan ------------------------------------------------------------------------------------------


def plain_allows(guard: Guard, page: Page, start: int, end: int) -> bool:
    """Whether a guard lets an entry speak at tokens start..end, looked at token by token."""
    words = [token.word for token in page.tokens]
    capitals = [token.text[0].isupper() for token in page.tokens[start:end] if token.text[0].isalpha()]
    size = len(guard.has)
    places = [at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) == guard.has]
    return (
        (guard.case != "cap" or all(capitals))
        and (guard.case != "lower" or not any(capitals))
        and (not guard.before or (start > 0 and words[start - 1] in guard.before))
        and (not guard.after or (end < len(words) and words[end] in guard.after))
        and (not guard.has or any(at + size <= start or at >= end for at in places))
    )


def plain_trimmed(text: str, stretch: Sequence[str]) -> tuple[int, int, str]:
    """The part of a stretch that *text* changes, and what stands for it; words shared at the end are cut first."""
    pieces, words = tokenize(text), list(fold_words(text))
    low, high = 0, len(stretch)
    while high - low > 1 and len(words) > 1 and words[-1] == stretch[high - 1]:
        words.pop()
        pieces.pop()
        high -= 1
    while high - low > 1 and len(words) > 1 and words[0] == stretch[low]:
        del words[0], pieces[0]
        low += 1
    return low, high, text[pieces[0].start : pieces[-1].end]


def plain_readings(pages: Sequence[Page], lexicon: Lexicon) -> list[Found]:
    """Every match of the trie over lemmas, inflected, trimmed, guarded and gathered one by one."""
    trie, done = build_trie(lexicon.entries), 0
    gathered: dict[tuple[int, int, str], dict[int, Entry]] = defaultdict(dict)
    for page in pages:
        words = [token.word for token in page.tokens]
        for first, stop in page.spans:
            for match in find_matches(trie, words[first:stop]):
                start, end, swap = first + match.start, first + match.end, match.entry
                text = inflect_phrase(swap.original, match.pos, match.tag) if match.pos else swap.original
                if text is None or not plain_allows(swap.guard, page, start, end):
                    continue
                low, high, text = plain_trimmed(text, words[start:end])
                stretch = words[start + low : start + high]
                if fold_words(text) == tuple(stretch) or clings(text) != clings(stretch[0]):
                    continue
                span = page.tokens[start + low].start, page.tokens[start + high - 1].end
                if not any(edit.start < span[1] and span[0] < edit.end for edit in page.residue):
                    number = next(n for n, each in enumerate(lexicon.entries) if each is swap)
                    gathered[done + start + low, done + start + high, text][number] = swap
        done += len(page.tokens)
    by_place: dict[tuple[int, int], list[Found]] = defaultdict(list)
    for (start, end, text), numbered in sorted(gathered.items()):
        by_place[start, end].append(plain_gathered(start, end, text, dict(sorted(numbered.items())), lexicon))
    strongest = (sorted(each, key=lambda reading: (-reading.weight, reading.text)) for each in by_place.values())
    return [reading for each in strongest for reading in each[:READINGS_PER_STRETCH]]


def plain_gathered(start: int, end: int, text: str, numbered: dict[int, Entry], lexicon: Lexicon) -> Found:
    own = list(numbered.values())
    best = max(own, key=lambda each: each.weight)
    strengths = {
        name: max((lexicon.strength(each) for each in own if each.family == name), default=0.0) for name in FAMILY_NAMES
    }
    return Found(
        start, end, text, best.kind, strengths, sum(each.weight for each in own), sum(each.count for each in own),
        min(each.clean for each in own), any(" " in each.spun for each in own), best.describe(),
    )  # fmt: skip


PIECES = st.sampled_from(
    [*VOCABULARY, "Talk", "Off", "THE", ".", "\n\n", "a", "an", "it's", "[ad_1]\n", "{take}", "zzz"]
)
TEXTS = st.lists(st.lists(PIECES, max_size=12).map(" ".join), min_size=1, max_size=3)


@given(knowing(), TEXTS)
@example([entry("take* off", "go", "v"), entry("take", "get", "vn"), entry("off", "from")], ["took off", "takes off."])
@thorough
def test_readings_of_a_compiled_lexicon_are_those_of_a_plain_scan(entries, texts):
    """Of several articles side by side: what is found, where, what is known of it, in which order, and how many."""
    pages, lexicon = [read(text) for text in texts], Lexicon(entries)
    plain = plain_readings(pages, lexicon)
    assert [each._replace(strengths={}) for each in found_in(pages, lexicon)] == [
        each._replace(strengths={}) for each in plain
    ]
    for one, other in zip(found_in(pages, lexicon), plain, strict=True):
        assert one.strengths == pytest.approx(other.strengths)


@given(knowing(), st.lists(PIECES, max_size=30).map(" ".join), st.integers(8, 60))
@settings(thorough, max_examples=80)
def test_readings_of_a_page_are_those_of_a_plain_scan_over_it(entries, text, longest):
    """A guard looks no further than its page."""
    residue, lexicon = residue_edits(text), Lexicon(entries)
    pages = [read_page(text, bounds, residue) for bounds in page_bounds(text, longest)]
    found, plain = found_in(pages, lexicon), plain_readings(pages, lexicon)
    assert [each[:4] for each in found] == [each[:4] for each in plain]


# --- guards -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", GUARD_EXAMPLES, ids=lambda example: example.cell)
def test_a_guarded_entry_is_read_only_where_its_guard_fires(example):
    guarded = entry(example.spun, "quite another", guard=parse_guard(example.cell))
    assert readings_of(example.fires, guarded)
    if example.silent:
        assert not readings_of(example.silent, guarded)


def test_guards_at_the_ends_of_the_text_are_silent():
    for cell in ("before:a", "after:a"):
        guarded = entry("home", "house", guard=parse_guard(cell))
        assert not readings_of("home", guarded)
        pages = [read(text) for text in ("a", "home", "a")]
        assert not found_in(pages, Lexicon([guarded])), "the articles beside it are none of its neighbours"


def test_what_must_stand_elsewhere_stands_in_the_same_article():
    guarded = entry("white home", "white house", guard=parse_guard("has:white_house"))
    apart = ["The White Home agreed.", "The White House said no.", "White", "House"]
    assert not found_in([read(text) for text in apart], Lexicon([guarded]))
    assert len(found_in([read(text) for text in [*apart, " ".join(apart)]], Lexicon([guarded]))) == 1


def test_a_guard_tells_words_apart_that_no_model_knows():
    guarded = entry("home", "house", guard=parse_guard("before:qxz"))
    assert readings_of("the qxz home", guarded)
    assert not readings_of("the qxy home", guarded)


@given(guards, st.sampled_from(VOCABULARY))
@settings(thorough, max_examples=60)
def test_a_guard_that_needs_a_reference_is_kept_for_later(guard, word):
    """Claims carry their entry, so that those that need a reference can be heard when it is known."""
    lexicon = Lexicon([entry(word, "quite another", guard=guard)]).compiled(FAKES)
    claims = claims_of(lay_out([read(word)], lexicon), lexicon)
    assert (lexicon["entry.reference"][claims.entry] == guard.reference).all()


@pytest.mark.parametrize(
    ("text", "spun", "original", "more", "speaks"),
    [
        ("at the White Home", "white home", "white house", {}, True),  # "home" alone is changed
        ("at the white Home", "white home", "white house", {}, False),
        ("the White Home", "the white home", "the white house", {}, True),
        ("White Home", "white home", "white house", {}, False),  # a sentence begins with it
        ("at the White Home", "home", "house", {}, False),
        ("at the White Home", "white home", "white house", {"kind": "name"}, True),
        ("at the White Home", "white home", "white house", {"kind": "name", "count": 0}, False),
        ("at the White Home", "white home", "white house", {"count": 0}, True),
    ],
)
def test_an_entry_of_several_capitalised_words_speaks_for_a_name(text, spun, original, more, speaks):
    """Entries of names that were never seen are made of real names, and meet real names."""
    lexicon = Lexicon([entry(spun, original, **more)]).compiled(FAKES)
    batch = lay_out([read(text)], lexicon)
    (claim,) = claims_of(batch, lexicon).named.tolist()
    assert claim is speaks
    assert proposals.readings_of(claims_of(batch, lexicon), lexicon).named.tolist() == [speaks]


def test_guard_kinds_all_have_examples():
    shown = [parse_guard(example.cell) for example in GUARD_EXAMPLES]
    for field in set(Guard._fields) - {"never"}:  # which no line of a text meets: it switches entries off
        assert any(getattr(guard, field) for guard in shown), f"no example of a guard with {field}"
    assert {guard.case for guard in shown} >= {"cap", "lower"}


# --- readings -----------------------------------------------------------------------------------------------------


def test_a_reading_is_inflected_like_its_source():
    told = entry("instruct", "tell", "v")
    assert [r.text for r in readings_of("He instructs, instructed, is instructing.", told)] == [
        "tells", "told", "telling",
    ]  # fmt: skip
    assert not readings_of("The furthermost bigger one", entry("big", "important", "a")), "no such form"


def test_readings_come_by_place_and_the_strongest_first():
    found = readings_of(
        "a big talk",
        entry("talk", "chat"),
        entry("big", "vast"),
        entry("big", "large", count=3),
        entry("big talk", "brag"),
    )
    assert [(r.start, r.end, r.text) for r in found] == [
        (1, 2, "large"), (1, 2, "vast"), (1, 3, "brag"), (2, 3, "chat"),
    ]  # fmt: skip


def test_an_entry_that_matches_in_several_forms_is_evidence_once():
    (reading,) = readings_of("They transfer.", entry("transfer", "move", "vn", count=3))
    assert (reading.text, reading.seen, reading.weight) == ("move", 3, 3)


def test_entries_with_one_wording_are_one_reading():
    a, b = entry("big", "large", count=3), entry("big", "large", count=2, family="b", kind="name")
    unseen = entry("great", "large", count=1)
    (reading,) = readings_of("big", b, unseen, a)
    assert (reading.weight, reading.best) == (5, a.describe())
    assert reading.kind == a.kind, "the kind is that of the entry with most evidence"
    assert reading.strengths == {**dict.fromkeys(FAMILIES, 0.0), "a": 3 / 5, "b": 2 / 3}


def test_the_strongest_strength_of_a_family_counts():
    for fixed, inflected in ((1, 9), (9, 1)):
        bigger, big = entry("bigger", "larger", count=fixed), entry("big", "large", "a", count=inflected)
        (reading,) = readings_of("bigger", bigger, big)
        assert reading.text == "larger"
        assert max(reading.strengths.values()) == 9 / 10


def test_a_reading_that_changes_nothing_is_none():
    assert not readings_of("Talks talk", entry("talks", "Talks"))


def test_readings_do_not_cross_sentences():
    off = entry("stop it", "quit")
    assert readings_of("They stop it", off)
    assert not readings_of("They stop\nIt is", off)
    assert not found_in([read("They stop"), read("it is")], Lexicon([off])), "nor articles"


def test_nothing_is_read_where_residue_is_removed():
    swaps = entry("ad", "notice"), entry("so it", "thus it")
    assert len(readings_of("The ad, so it said.", *swaps)) == 2
    assert not readings_of("[ad_1]\nThey said {so} it.", *swaps)


@pytest.mark.parametrize(
    ("text", "spun", "original"),
    [("I've it", "'ve", "have"), ("there isn't any", "isn't any", "'s no"), ("It’s so", "'s so", "is so")],
)
def test_a_clitic_is_not_swapped_for_a_word_of_its_own(text, spun, original):
    assert not readings_of(text, entry(spun, original))


def test_a_clitic_may_be_swapped_for_a_clitic_or_stay():
    assert [r.text for r in readings_of("It’s odd", entry("'s", "'d"))] == ["'d"]
    assert [r.text for r in readings_of("I've acquired", entry("'ve acquired", "'ve got"))] == ["got"]


def test_a_reading_covers_only_what_it_changes():
    convention = entry("press convention", "press conference")
    assert [(r.start, r.end, r.text) for r in readings_of("a Press convention", convention)] == [(2, 3, "conference")]
    shorter = entry("a couple of days", "two days")
    assert [(r.start, r.end, r.text) for r in readings_of("a couple of days", shorter)] == [(0, 3, "two")]
    joined = readings_of("a press convention", convention, entry("convention", "conference"))
    assert [each.weight for each in joined] == [2], "both entries speak for one reading"


def test_only_the_strongest_readings_of_a_stretch_are_kept():
    many = [entry("big", "w" * n, count=n) for n in range(1, READINGS_PER_STRETCH + 4)]
    found = readings_of("big", *many)
    assert [len(r.text) for r in found] == list(range(READINGS_PER_STRETCH + 3, 3, -1))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load()


@pytest.mark.parametrize("seed", ["000", "001", "003"])
def test_the_readings_left_out_hardly_ever_hold_the_right_one(seed, tables, monkeypatch):
    """The claim behind READINGS_PER_STRETCH: without it at most .5 % more gold repairs are in reach."""
    (path,) = (HERE.parent / "seeds").glob(f"{seed}_*.txt")
    page = read(path.read_text(encoding="utf-8"))
    rows = [line.split("\t") for line in (HERE / "cases/seeds" / f"{seed}.tsv").read_text("utf-8").splitlines()[1:]]
    golds = [GoldEdit(int(row[0]), int(row[1]), (row[3], *filter(None, row[4].split("|")))) for row in rows]

    def reached() -> int:
        return len(agree(read_lattice([page], [[]], tables)[0], tables.lexicon.ids, golds).reached)

    limited = reached()
    monkeypatch.setattr(proposals, "READINGS_PER_STRETCH", 10**6)
    assert limited >= 0.995 * reached() > 100


# --- grammar ------------------------------------------------------------------------------------------------------


def grammar_of(texts: Sequence[str], places: Sequence[tuple[int, int]]) -> list[tuple[int, int, str, str]]:
    """What grammar reads before readings at *places*."""
    lexicon = fake_tables().lexicon
    columns = np.array(places, dtype=np.int64).reshape(-1, 2).T
    given_readings = unproven(columns[0], columns[1], np.zeros(len(places), dtype=np.int64), KINDS.index("lexical"))
    found = grammar_readings(lay_out([read(text) for text in texts], lexicon), given_readings, lexicon)
    assert (found.entry == -1).all() and not found.strength.any()
    rows = zip(*(each.tolist() for each in (found.start, found.end, found.wording, found.kind)), strict=True)
    return [(start, end, lexicon.wording(wording), KINDS[kind]) for start, end, wording, kind in rows]


def test_a_and_an_are_read_both_ways_before_a_repair_only():
    places = [(3, 4), (3, 4), (5, 6), (0, 1), (6, 7)]
    assert grammar_of(["An old a big an A tale a"], places) == [
        (2, 3, "an", "grammar"),
        (4, 5, "a", "grammar"),
        (5, 6, "an", "grammar"),
    ]
    assert grammar_of(["An old a big an A tale a"], []) == []


def test_no_article_of_another_text_is_read_anew():
    assert grammar_of(["it is a", "big one"], [(3, 4)]) == []


def test_an_article_in_residue_is_left():
    assert grammar_of(["{a} big one"], [(3, 4)]) == []


@given(st.sampled_from(VOCABULARY), st.text("aAnN", min_size=1, max_size=2))
@settings(thorough, max_examples=60)
def test_only_a_and_an_are_grammar(word, before):
    found = grammar_of([f"{before} {word}"], [(1, 2)])
    assert [text for *_, text, _ in found] == [{"a": "an", "an": "a"}[w] for w in [before.lower()] if w in ("a", "an")]


def test_readings_are_joined_in_order():
    one, other = (unproven(np.array([n]), np.array([n + 1]), np.array([7]), n, np.array([n > 1])) for n in (1, 2))
    both = joined(one, other)
    assert (both.start.tolist(), both.kind.tolist(), both.near.tolist()) == ([1, 2], [1, 2], [False, True])


def test_claims_are_kept_by_a_mask():
    numbers = np.arange(3)
    kept = Claims(numbers, numbers + 1, numbers + 2, numbers + 3, numbers > 1).where(numbers != 1)
    assert [getattr(kept, name).tolist() for name in ("start", "end", "wording", "entry", "named")] == [
        [0, 2], [1, 3], [2, 4], [3, 5], [False, True],
    ]  # fmt: skip
