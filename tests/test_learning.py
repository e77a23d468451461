"""Learning: which arcs agree with gold, entries from pairs of phrases, and the slope that tuning follows."""

from collections.abc import Sequence

import numpy as np
import pytest
from core_strategies import FakeModel, Readable, paths, readables, thorough
from hypothesis import example, given
from hypothesis import strategies as st
from normalizer.collation import Support
from normalizer.scoring import FEATURES, OF_REFERENCES, Weights, arc_table, join, trigram_trellis, word_table

from normalizer.language_model import LanguageModel
from normalizer.lattice import Lattice, build_lattice
from normalizer.learning import alignment, generalising
from normalizer.learning.alignment import GoldEdit, agree
from normalizer.learning.tuning import Example, Prepared, gradient, tune, tune_confidence
from normalizer.proposals import FAMILY_NAMES, Reading
from normalizer.repairing import Normalizer
from normalizer.surface import TAGS, inflect_phrase
from normalizer.tokens import fold_words, sentences, tokenize

# --- arcs that agree with gold ------------------------------------------------------------------------------


@st.composite
def judged(draw: st.DrawFn) -> tuple[Readable, list[GoldEdit]]:
    """A small text with readings, and gold repairs, some of which a reading makes; they may even overlap."""
    readable = draw(readables(words="abc", readings=4))
    tokens = readable.tokens
    golds = []
    for _ in range(draw(st.integers(0, 3)) if tokens else 0):
        start = draw(st.integers(0, len(tokens) - 1))
        stop = draw(st.integers(start + 1, min(len(tokens), start + 3)))
        wordings = st.lists(st.sampled_from("abc"), max_size=3).map(" ".join)
        likely = [r.text for r in readable.readings if r.start == start]
        options = draw(st.lists(st.sampled_from(likely) if likely else wordings, min_size=1, max_size=1))
        options += draw(st.lists(wordings, max_size=1))
        golds.append(GoldEdit(tokens[start].start, tokens[stop - 1].end, tuple(options), draw(st.booleans())))
    return readable, list(dict.fromkeys(golds))


Spelling = tuple[tuple[str, ...], frozenset[GoldEdit]]


def spellings(
    readable: Readable, golds: Sequence[GoldEdit], first: int, end: int, required: frozenset[GoldEdit]
) -> list[Spelling]:
    """Wordings of tokens first..end with gold repairs, and what each uses; *required* ones are not left."""
    tokens = readable.tokens
    if first == end:
        return [((), frozenset())]
    found: list[Spelling] = []
    here = tokens[first]
    if not any(gold.start <= here.start < gold.end for gold in required):
        rest = spellings(readable, golds, first + 1, end, required)
        found += [((here.word, *words), used) for words, used in rest]
    for gold in golds:
        if gold.start == here.start:
            stop = first + sum(gold.start <= token.start < gold.end for token in tokens)
            rest = spellings(readable, golds, stop, end, required) if stop <= end else []
            found += [((*fold_words(r), *words), used | {gold}) for r in gold.readings for words, used in rest]
    return found


def enumerated(readable: Readable, golds: Sequence[GoldEdit]) -> tuple[set[int], set[GoldEdit]]:
    """The arcs that agree and the gold repairs within reach, with all paths of both sides held together."""
    lattice, arcs, reached = readable.lattice, set(), set()
    for number, (first, end) in enumerate(readable.spans):
        limits = readable.tokens[first].start, readable.tokens[end - 1].end
        inside = [gold for gold in golds if limits[0] <= gold.start and gold.end <= limits[1]]
        worded = [(path, tuple(w for arc in path[1:-1] for w in lattice.words[arc])) for path in paths(lattice, number)]
        loose = spellings(readable, inside, first, end, frozenset())
        said = {words for _, words in worded}
        within = {gold for words, used in loose if words in said for gold in used}
        required = frozenset(gold for gold in within if not gold.optional)
        strict = {words for words, _ in spellings(readable, inside, first, end, required)}
        for accepted in (strict, {words for words, _ in loose}):
            agreeing = {arc for path, words in worded if words in accepted for arc in path}
            if agreeing:
                break
        arcs |= agreeing
        reached |= within
    return arcs, reached


def case(
    text: str, readings: Sequence[tuple[int, int, str]], golds: Sequence[GoldEdit]
) -> tuple[Readable, list[GoldEdit]]:
    tokens = tokenize(text)
    drawn = [Reading(a, b, words, fold_words(words), "lexical") for a, b, words in readings]
    return Readable(text, tokens, list(sentences(text, tokens)), drawn), list(golds)


@given(judged())
@example(case("a b c", [(0, 2, "c")], [GoldEdit(0, 1, ("c",)), GoldEdit(2, 3, ("",))]))
@example(case("a b c", [(0, 1, "c a"), (1, 2, "b c")], [GoldEdit(0, 3, ("c a b c",)), GoldEdit(4, 5, ("c c",))]))
@example(case("a b c", [(0, 3, "a c")], [GoldEdit(2, 3, ("",))]))
@example(case("a b", [(0, 1, "c"), (1, 2, "c")], [GoldEdit(0, 1, ("c",)), GoldEdit(0, 3, ("c c",), True)]))
@thorough
def test_agreeing_arcs_are_those_of_enumeration(judged_text):
    readable, golds = judged_text
    found = agree(readable.lattice, readable.tokens, readable.spans, golds)
    arcs, reached = enumerated(readable, golds)
    assert set(np.flatnonzero(found.allowed).tolist()) == arcs
    assert set(found.reached) == reached
    assert set(found.missed) == set(golds) - reached
    assert len(found.reached) + len(found.missed) == len(golds)


@given(readables())
@thorough
def test_without_gold_repairs_the_text_agrees_with_itself(readable):
    found = agree(readable.lattice, readable.tokens, readable.spans, [])
    kept = [reading is None for reading in readable.lattice.readings]
    assert (found.allowed >= np.array(kept, dtype=bool)).all()
    assert (found.reached, found.missed) == ((), ())


@pytest.mark.parametrize(("optional", "kept"), [(False, False), (True, True)])
def test_only_an_optional_repair_may_be_left_as_it_stands(optional, kept):
    readable, golds = case("the big talk", [(1, 2, "large")], [GoldEdit(4, 7, ("large", "vast"), optional)])
    found = agree(readable.lattice, readable.tokens, readable.spans, golds)
    allowed = {words: bool(a) for words, a in zip(readable.lattice.words, found.allowed, strict=True)}
    assert (allowed["large",], allowed["big",], allowed["talk",]) == (True, kept, True)
    assert found.reached == tuple(golds)


def test_a_repair_out_of_reach_is_missed_and_the_text_may_stay():
    readable, golds = case("big.\nBig talk", [(2, 3, "large")], [GoldEdit(0, 8, ("one",)), GoldEdit(9, 13, ("chat",))])
    found = agree(readable.lattice, readable.tokens, readable.spans, golds)
    assert found.missed == (golds[1], golds[0]), "what crosses a sentence comes last"
    assert found.allowed.tolist() == [reading is None for reading in readable.lattice.readings]


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


def toy() -> Prepared:
    """An article with readings that all families know alike, so that no weights move the family."""
    text = "the large talk was held.\nHe instructed us a lot"
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    even = (0.4,) * len(FAMILY_NAMES)
    readings = [
        Reading(a, b, words, fold_words(words), "lexical", (), even)
        for a, b, words in [
            (1, 2, "big"),
            (1, 3, "meeting"),
            (3, 4, "took place"),
            (7, 8, "told"),
            (9, 11, "much"),
        ]
    ]
    lattice: Lattice = build_lattice(tokens, spans, readings)
    golds = [
        GoldEdit(4, 14, ("meeting",)),
        GoldEdit(28, 38, ("told", "advised")),
        GoldEdit(42, 47, ("much",), True),
    ]
    model: LanguageModel = FakeModel()  # type: ignore[assignment] # speaks as one
    table = word_table(lattice, model)
    said = Support(*(np.linspace(0, 1, len(lattice)) ** k for k in range(1, 6)))
    trellis = trigram_trellis(lattice, table, model, join(lattice.targets, lattice.sources))
    found = alignment.agree(lattice, tokens, spans, golds)
    assert not found.missed and not found.allowed.all()
    return Prepared(arc_table(lattice, table, said), trellis, found, 2.0)


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


def test_what_references_are_worth_can_be_learnt_alone():
    text = (
        "The mayor of Dunmore instructed reporters that the assembly will hold its session on Monday.\n"
        "Councillors Quillen and Vantor from the harbour district voted against the budget of the province.\n"
    )
    at = text.index("instructed")
    gold = GoldEdit(at, at + len("instructed"), ("told",))
    example = Example(text, (gold,), (text.replace("instructed", "told"),), Normalizer())
    start = example.normalizer.weights
    weights = tune([example], start, rounds=1, steps=3, only=OF_REFERENCES)
    changed = {name for name in FEATURES if weights.features[name] != start.features[name]}
    assert changed and changed <= set(OF_REFERENCES) and weights.model == start.model
    fitted = tune_confidence([example], weights, only=OF_REFERENCES).confidence
    assert {name for name in fitted if fitted[name] != start.confidence.get(name)} <= set(OF_REFERENCES)
