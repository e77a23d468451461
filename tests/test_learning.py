"""Learning: which arcs agree with gold, entries from pairs of phrases, and the slope that tuning follows."""

from collections.abc import Sequence

import numpy as np
import pytest
from core_strategies import (
    TABLES,
    Drawn,
    Readable,
    arc_words,
    paths,
    readable,
    readables,
    side_by_side,
    thorough,
)
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.features import SUPPORT
from normalizer.inference import unroll
from normalizer.learning import generalising, tuning
from normalizer.learning.alignment import Agreement, GoldEdit, agree
from normalizer.learning.tuning import Example, Prepared, gradient, tune, tune_confidence
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.surface import TAGS, inflect_phrase
from normalizer.tables import Tables
from normalizer.tokens import fold_words
from normalizer.weights import FEATURES, OF_REFERENCES, Weights

# --- arcs that agree with gold ------------------------------------------------------------------------------


@st.composite
def judged(draw: st.DrawFn) -> tuple[Readable, list[GoldEdit]]:
    """A small text with readings, and gold repairs, some of which a reading makes; they may even overlap."""
    text = draw(readables(words="abc", readings=4))
    tokens = text.page.tokens
    golds = []
    for _ in range(draw(st.integers(0, 3)) if tokens else 0):
        start = draw(st.integers(0, len(tokens) - 1))
        stop = draw(st.integers(start + 1, min(len(tokens), start + 3)))
        wordings = st.lists(st.sampled_from("abc"), max_size=3).map(" ".join)
        likely = [r.text for r in text.drawn if r.start == start]
        options = draw(st.lists(st.sampled_from(likely) if likely else wordings, min_size=1, max_size=1))
        options += draw(st.lists(wordings, max_size=1))
        golds.append(GoldEdit(tokens[start].start, tokens[stop - 1].end, tuple(options), draw(st.booleans())))
    return text, list(dict.fromkeys(golds))


Spelling = tuple[tuple[str, ...], frozenset[GoldEdit]]


def spellings(
    text: Readable, golds: Sequence[GoldEdit], first: int, end: int, required: frozenset[GoldEdit]
) -> list[Spelling]:
    """Wordings of tokens first..end with gold repairs, and what each uses; *required* ones are not left."""
    tokens = text.page.tokens
    if first == end:
        return [((), frozenset())]
    found: list[Spelling] = []
    here = tokens[first]
    if not any(gold.start <= here.start < gold.end for gold in required):
        rest = spellings(text, golds, first + 1, end, required)
        found += [((here.word, *words), used) for words, used in rest]
    for gold in golds:
        if gold.start == here.start:
            stop = first + sum(gold.start <= token.start < gold.end for token in tokens)
            rest = spellings(text, golds, stop, end, required) if stop <= end else []
            found += [((*fold_words(r), *words), used | {gold}) for r in gold.readings for words, used in rest]
    return found


def enumerated(text: Readable, golds: Sequence[GoldEdit]) -> tuple[set[int], set[GoldEdit]]:
    """The arcs that agree and the gold repairs within reach, with all paths of both sides held together."""
    lattice, arcs, reached = text.lattice, set(), set()
    said, tokens = arc_words(lattice), text.page.tokens
    for number, (first, end) in enumerate(text.page.spans):
        limits = tokens[first].start, tokens[end - 1].end
        inside = [gold for gold in golds if limits[0] <= gold.start and gold.end <= limits[1]]
        worded = [(path, tuple(w for arc in path[1:-1] for w in said[arc])) for path in paths(lattice, number)]
        loose = spellings(text, inside, first, end, frozenset())
        spoken = {words for _, words in worded}
        within = {gold for words, used in loose if words in spoken for gold in used}
        required = frozenset(gold for gold in within if not gold.optional)
        strict = {words for words, _ in spellings(text, inside, first, end, required)}
        for accepted in (strict, {words for words, _ in loose}):
            agreeing = {arc for path, words in worded if words in accepted for arc in path}
            if agreeing:
                break
        arcs |= agreeing
        reached |= within
    return arcs, reached


def agreed(text: Readable, golds: Sequence[GoldEdit]) -> Agreement:
    return agree(text.lattice, TABLES.lexicon.ids, golds)


def case(
    text: str, readings: Sequence[tuple[int, int, str]], golds: Sequence[GoldEdit]
) -> tuple[Readable, list[GoldEdit]]:
    return readable(text, *(Drawn(a, b, tuple(fold_words(words))) for a, b, words in readings)), list(golds)


@given(judged())
@example(case("a b c", [(0, 2, "c")], [GoldEdit(0, 1, ("c",)), GoldEdit(2, 3, ("",))]))
@example(case("a b c", [(0, 1, "c a"), (1, 2, "b c")], [GoldEdit(0, 3, ("c a b c",)), GoldEdit(4, 5, ("c c",))]))
@example(case("a b c", [(0, 3, "a c")], [GoldEdit(2, 3, ("",))]))
@example(case("a b", [(0, 1, "c"), (1, 2, "c")], [GoldEdit(0, 1, ("c",)), GoldEdit(0, 3, ("c c",), True)]))
@thorough
def test_agreeing_arcs_are_those_of_enumeration(judged_text):
    text, golds = judged_text
    found = agreed(text, golds)
    arcs, reached = enumerated(text, golds)
    assert set(np.flatnonzero(found.allowed).tolist()) == arcs
    assert set(found.reached) == reached
    assert set(found.missed) == set(golds) - reached
    assert len(found.reached) + len(found.missed) == len(golds)


@given(readables())
@thorough
def test_without_gold_repairs_the_text_agrees_with_itself(text):
    found = agreed(text, [])
    assert found.allowed[text.lattice.reading < 0].all()
    assert (found.reached, found.missed) == ((), ())


@pytest.mark.parametrize(("optional", "kept"), [(False, False), (True, True)])
def test_only_an_optional_repair_may_be_left_as_it_stands(optional, kept):
    text, golds = case("the big talk", [(1, 2, "large")], [GoldEdit(4, 7, ("large", "vast"), optional)])
    found = agreed(text, golds)
    allowed = {words: bool(a) for words, a in zip(arc_words(text.lattice), found.allowed, strict=True)}
    assert (allowed["large",], allowed["big",], allowed["talk",]) == (True, kept, True)
    assert found.reached == tuple(golds)


def test_a_repair_out_of_reach_is_missed_and_the_text_may_stay():
    text, golds = case("big.\nBig talk", [(2, 3, "large")], [GoldEdit(0, 8, ("one",)), GoldEdit(9, 13, ("chat",))])
    found = agreed(text, golds)
    assert found.missed == (golds[1], golds[0]), "what crosses a sentence comes last"
    assert found.allowed.tolist() == (text.lattice.reading < 0).tolist()


@given(judged())
@thorough
def test_what_the_words_are_numbered_by_does_not_matter(judged_text):
    """Words that no table knows agree by their letters, too: gold may be the first to speak them."""
    text, golds = judged_text
    fresh = [gold._replace(readings=("zqx", *gold.readings)) for gold in golds]
    assert agreed(text, fresh).allowed.tolist() == agreed(text, golds).allowed.tolist()


# --- entries from pairs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spun", "original", "left", "right"),
    [
        ("of the big ship", "of the large ship", "big", "large"),
        ("The big", "the large", "big", "large"),
        ("big ship", "ship", "big ship", "ship"),
        ("a big", "an enormous", "big", "enormous"),
        ("an", "a", "an", "a"),
        ("a ship", "an old ship", "a", "an old"),
        ("same", "same", "same", "same"),
    ],
)
def test_trimming_table(spun, original, left, right):
    assert generalising.trim(spun.split(), original.split()) == (left.split(), right.split())


@given(*[st.lists(st.sampled_from(["a", "an", "B", "b", "c"]), min_size=1, max_size=5)] * 2)
@thorough
def test_what_is_trimmed_is_shared(spun, original):
    left, right = generalising.trim(spun, original)
    assert left and right
    found = [
        (i, j) for i in range(len(spun)) for j in range(len(original))
        if spun[i : i + len(left)] == left and original[j : j + len(right)] == right
        and [w.lower() for w in spun[i + len(left) :]] == [w.lower() for w in original[j + len(right) :]]
        and [w.lower().replace("an", "a") for w in spun[:i]]
        == [w.lower().replace("an", "a") for w in original[:j]]
    ]  # fmt: skip
    assert found, "both sides lose the same words"
    if min(len(left), len(right)) > 1:
        assert left[-1].lower() != right[-1].lower()
        assert left[0].lower() != right[0].lower() or any(
            {spun[i - 1], original[j - 1]} == {"a", "an"} for i, j in found
        )


@pytest.mark.parametrize(
    ("spun", "original", "expected"),
    [
        ("instructed", "told", ("instruct", "tell", "v")),
        ("made use of", "used", ("make use of", "use", "v")),
        ("fight", "combat", ("fight", "combat", "vn")),
        ("officers", "officials", ("officer", "official", "n")),
        ("white homes", "big houses", ("white home", "big house", "n")),
        ("bigger", "larger", ("big", "large", "a")),
        ("told", "instructing", None),
        ("was", "is", None),
        ("says", "say", None),
        ("says", "says", None),
    ],
)
def test_shared_inflection_table(spun, original, expected):
    assert generalising.shared_inflection(spun, original) == expected


PAIRS = {
    "v": [("instruct", "tell"), ("take off", "go")],
    "n": [("officer", "woman"), ("big city", "town")],
    "a": [("big", "large")],
}


@pytest.mark.parametrize(("pos", "spun", "original"), [(p, a, b) for p, pairs in PAIRS.items() for a, b in pairs])
def test_a_shared_inflection_is_found_in_every_form(pos, spun, original):
    for tag in TAGS[pos]:
        forms = [inflect_phrase(side, pos, tag) for side in (spun, original)]
        left, right, found = generalising.shared_inflection(*forms)
        assert pos in found
        assert tag in TAGS[pos] and [left, right] == [spun, original]


@pytest.mark.parametrize(
    ("spun", "original", "expected"),
    [
        ("transfer up garments", "switch up clothes", [("transfer", "switch"), ("garments", "clothes")]),
        ("the big ship", "the large ship", [("big", "large")]),
        ("big ship", "big old ship", [("big", "big old")]),
        ("one", "one", [("one", "one")]),
    ],
)
def test_splitting_table(spun, original, expected):
    found = generalising.split_pair(spun.split(), original.split())
    assert [(" ".join(a), " ".join(b)) for a, b in found] == expected


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("“big”, (ship)!", ["big", "ship"]),
        ("today’s 22-year-old", ["today's", "22-year-old"]),
        ("2.5 percent.", ["2.5", "percent"]),
        ("- —", ["-", "—"]),
        (" . ", []),
    ],
)
def test_words_of_a_phrase(phrase, words):
    assert generalising.words_of(phrase) == words


@pytest.mark.parametrize(
    ("word", "expected"),
    [("US", True), ("McDonald", True), ("iPhone", True), ("Monday", False), ("a", False), ("A", False)],
)
def test_capitals_of_its_own(word, expected):
    assert generalising.has_capitals_of_its_own(word) is expected


def test_word_count():
    assert generalising.word_count("today's 22-year-old") == 7


# --- tuning -------------------------------------------------------------------------------------------------


EVEN = (0.4,) * len(FAMILY_NAMES)


def toy() -> Prepared:
    """An article with readings that all families know alike, so that no weights move the family."""
    drawn = readable(
        "the large talk was held.\nHe instructed us a lot",
        Drawn(1, 2, ("big",), strengths=EVEN, seen=1.0, phrase=True),
        Drawn(1, 3, ("meeting",), strengths=EVEN, near=True),
        Drawn(3, 4, ("took", "place"), strengths=EVEN, clean=40.0),
        Drawn(7, 8, ("told",), strengths=EVEN, seen=12.0),
        Drawn(9, 11, ("much",), strengths=EVEN, clean=2.0),
    )
    golds = [
        GoldEdit(4, 14, ("meeting",)),
        GoldEdit(28, 38, ("told", "advised")),
        GoldEdit(42, 47, ("much",), True),
    ]
    lattice = side_by_side([drawn])
    found = agree(lattice, TABLES.lexicon.ids, golds)
    assert not found.missed and not found.allowed.all()
    said = {name: np.linspace(0, 1, len(lattice)) ** k for k, name in enumerate(SUPPORT, 1)}
    unrolled = unroll(lattice, TABLES, said, np.ones(len(lattice), dtype=bool))
    return Prepared(unrolled, found, -np.linspace(0, 2, len(lattice)), 2.0)


def test_the_gradient_is_the_slope_of_the_likelihood():
    prepared = toy()
    point = np.append(np.linspace(-0.5, 0.5, len(FEATURES)), 0.7)

    def likelihood(vector: np.ndarray) -> tuple[float, np.ndarray]:
        features = dict(zip(FEATURES, vector[:-1].tolist(), strict=True))
        return gradient(prepared, Weights(features, float(vector[-1])))

    gain, slope = likelihood(point)
    assert gain < 0
    assert np.count_nonzero(np.abs(slope) > 1e-3) >= 8, "a toy that says something about many features"
    step = 1e-5
    for k in range(len(point)):
        nudge = step * (np.arange(len(point)) == k)
        assert slope[k] == pytest.approx(
            (likelihood(point + nudge)[0] - likelihood(point - nudge)[0]) / (2 * step), abs=1e-5
        )


@pytest.fixture(scope="module")
def story() -> Example:
    text = (
        "The mayor of Dunmore instructed reporters that the assembly will hold its session on Monday.\n"
        "Councillors Quillen and Vantor from the harbour district voted against the budget of the province.\n"
    )
    at = text.index("instructed")
    gold = GoldEdit(at, at + len("instructed"), ("told",))
    return Example(text, (gold,), (text.replace("instructed", "told"),), Tables.load())


def test_tuning_raises_the_likelihood(story):
    start = story.tables.weights
    before, after = (
        gradient(tuning.prepare(story, weights), weights)[0]
        for weights in (start, tune([story], start, rounds=1, steps=5))
    )
    assert before < after <= 0


def test_what_references_are_worth_can_be_learnt_alone(story):
    start = story.tables.weights
    weights = tune([story], start, rounds=1, steps=3, only=OF_REFERENCES)
    changed = {name for name in FEATURES if weights.features[name] != start.features.get(name, 0.0)}
    assert changed and changed <= set(OF_REFERENCES) and weights.model == start.model
    fitted = tune_confidence([story], weights, only=OF_REFERENCES).confidence
    assert {name for name in fitted if fitted[name] != start.confidence.get(name)} <= set(OF_REFERENCES)
