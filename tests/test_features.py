"""Features of arcs: each beside a plain count over the article; families; what is made of a swap elsewhere."""

import numpy as np
import pytest
from core_strategies import Drawn, Readable, batches, of_page, readable, side_by_side, thorough
from hypothesis import given
from hypothesis import strategies as st

from normalizer.features import (
    COLUMN,
    DYNAMIC,
    FLOOR,
    SUPPORT,
    UNIFORM,
    ArcFeatures,
    agreement,
    arc_features,
    believed,
    family_evidence,
    family_posteriors,
)
from normalizer.lattice import Lattice
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.weights import FEATURES, Weights


def only(family: str) -> np.ndarray:
    return np.array([float(name == family) for name in FAMILY_NAMES])


def of_families(*strengths: np.ndarray, pages: list[int] | None = None) -> ArcFeatures:
    """Arcs that are all repairs, each a swap of its own."""
    count = len(strengths)
    columns = np.array(strengths, dtype=float).reshape(-1, len(FAMILY_NAMES)).T
    page = np.array(pages if pages is not None else [0] * count, dtype=np.int64)
    return ArcFeatures(np.zeros((len(FEATURES), count)), np.arange(count), columns, np.arange(count), page)


def rows_of(found: ArcFeatures, arc: int) -> dict[str, float]:
    return dict(zip(FEATURES, found.rows(np.array([arc]))[0].tolist(), strict=True))


# --- what does not change -----------------------------------------------------------------------------------------


def plain(texts: list[Readable], page: int, reading: Drawn) -> dict[str, float]:
    """The features of a repair, by counting over its page."""
    own = texts[page]
    repairs = [each for each in own.drawn if each.kind != "grammar"]
    words = [token.word for token in own.page.tokens]
    stretch = words[reading.start : reading.end]
    places = {(each.start, each.end) for each in repairs if words[each.start : each.end] == stretch}
    beside = [each.seen for each in repairs if (each.start, each.end) == (reading.start, reading.end)]
    size = len(words) + 2 * len(own.page.spans)
    gain, proposed = len(reading.words) - len(stretch), reading.kind == "reference"
    return {
        "edit": 1.0,
        "strength": np.log(FLOOR + float(np.dot(reading.strengths, UNIFORM))),
        "count": np.log(1 + reading.seen),
        "known_only": float(reading.seen == 0),
        "longer": max(0, gain),
        "shorter": max(0, -gain),
        "multiword": float(reading.phrase),
        "clean": 0.0 if proposed else np.log(reading.clean + 0.1),
        "burst": 0.0 if proposed else np.log((len(places) + 1) / (size * reading.clean * 1e-6 + 1)),
        "spun_count": 0.0 if proposed else np.log(1 + sum(beside)),
        "proposed": float(proposed),
        "proposed_near": float(reading.near),
        "proposed_known": float(proposed and sum(beside) > 0),
    }


KINDS = ("lexical", "name", "grammar", "reference")


@st.composite
def kinds_of_batches(draw: st.DrawFn) -> list[Readable]:
    """Batches with readings of all kinds."""
    texts = draw(batches)
    return [Readable(t.text, tuple(r._replace(kind=draw(st.sampled_from(KINDS))) for r in t.drawn)) for t in texts]


@given(kinds_of_batches())
@thorough
def test_features_are_what_is_counted_on_the_page(texts):
    lattice = side_by_side(texts)
    found = arc_features(lattice)
    drawn = [(page, reading) for page, each in enumerate(texts) for reading in each.drawn]
    for arc in range(len(lattice)):
        number, values = int(lattice.reading[arc]), rows_of(found, arc)
        expected = dict.fromkeys(FEATURES, 0.0)
        if number >= 0 and drawn[number][1].kind == "grammar":
            expected["article"] = 1.0
        elif number >= 0:
            expected |= plain(texts, *drawn[number])
        assert values == pytest.approx(expected)


@given(batches)
@thorough
def test_an_article_has_the_features_that_it_has_alone(texts):
    lattice = side_by_side(texts)
    found = arc_features(lattice, support_of(lattice))
    for page, each in enumerate(texts):
        own = of_page(lattice, page)
        alone = arc_features(each.lattice, {name: values[own] for name, values in support_of(lattice).items()})
        assert found.table[:, own].tolist() == alone.table.tolist()


def support_of(lattice: Lattice) -> dict[str, np.ndarray]:
    return {name: np.linspace(0, 1, len(lattice)) ** (k + 1) for k, name in enumerate(SUPPORT)}


@given(kinds_of_batches())
@thorough
def test_support_of_repairs_and_of_what_stands_are_features_of_their_own(texts):
    lattice = side_by_side(texts)
    said = support_of(lattice)
    found = arc_features(lattice, said)
    repairs = set(lattice.repairs.tolist())
    for name, values in said.items():
        for arc in range(len(lattice)):
            mine, kept = found.table[COLUMN[name], arc], 0.0
            if "keep_" + name in COLUMN:
                kept = found.table[COLUMN["keep_" + name], arc]
            assert (mine, kept) == ((values[arc], 0.0) if arc in repairs else (0.0, kept))
            assert arc in repairs or "keep_" + name not in COLUMN or kept == values[arc]


@given(batches)
@thorough
def test_swaps_share_a_number_if_page_stretch_and_wording_are_equal(texts):
    lattice = side_by_side(texts)
    found = arc_features(lattice)
    drawn = [(page, reading) for page, each in enumerate(texts) for reading in each.drawn]
    words = [[token.word for token in each.page.tokens] for each in texts]
    keys = []
    for arc in found.repairs.tolist():
        page, reading = drawn[lattice.reading[arc]]
        keys.append((page, tuple(words[page][reading.start : reading.end]), reading.words))
    for i, one in enumerate(keys):
        for j, other in enumerate(keys):
            assert (found.swap[i] == found.swap[j]) == (one == other)
    assert found.page.tolist() == [page for page, _, _ in keys]


def test_topics_are_a_feature_of_all_arcs():
    lattice = readable("a b c", Drawn(0, 1, ("c",)), Drawn(1, 2, ("a",), "grammar")).lattice
    topics = np.linspace(-1, 1, len(lattice))
    assert arc_features(lattice, None, topics).table[COLUMN["topic"]].tolist() == topics.tolist()
    assert not arc_features(lattice).table[COLUMN["topic"]].any()


@given(batches, st.lists(st.sampled_from([-1.0, 0.0, 0.5]), min_size=len(FEATURES), max_size=len(FEATURES)))
@thorough
def test_a_score_is_the_weighted_sum_of_the_features(texts, weights):
    found = arc_features(side_by_side(texts))
    named = Weights(dict(zip(FEATURES, weights, strict=True)))
    assert found.scores(named) == pytest.approx(found.table.T @ np.array(weights))


def test_a_reading_says_by_how_many_words_it_is_longer_or_shorter():
    lattice = readable(
        "one two three",
        Drawn(0, 3, ("under",), phrase=True),
        Drawn(0, 1, ("such", "as"), "function"),
        Drawn(1, 2, ("said",), seen=3.0),
    ).lattice
    found = arc_features(lattice)
    names = ("longer", "shorter", "known_only", "multiword")
    own = {lattice.wordings.text(lattice.readings.wording[lattice.reading[arc]]): arc for arc in lattice.edits.tolist()}
    shown = {text: tuple(rows_of(found, arc)[name] for name in names) for text, arc in own.items()}
    assert shown == {"under": (0, 2, 1, 1), "such as": (1, 0, 1, 0), "said": (0, 0, 0, 0)}
    assert rows_of(found, own["said"])["count"] == pytest.approx(np.log(4))


# --- what changes while decoding ----------------------------------------------------------------------------------


def test_strength_is_that_of_the_family_of_the_page():
    arcs = of_families(only("a") * 0.5, only("b") * 0.5, only("b") * 0.5, pages=[0, 0, 1])
    arcs.believing(np.stack((only("a"), only("b"))))
    strength = arcs.table[COLUMN["strength"]]
    assert strength == pytest.approx([np.log(FLOOR + 0.5), np.log(FLOOR), np.log(FLOOR + 0.5)])


def test_a_swap_that_is_sure_elsewhere_is_likelier_here():
    swap = np.array([0, 0, 0, 1])
    agreed = agreement(swap, np.array([0.5, 1.0, 1.0, 0.5]))
    assert agreed[0] > 1.0, "two sure places speak for the third"
    assert agreed[3] == 0.0, "a swap that stands alone has no witness"
    denied = agreement(swap, np.array([0.5, 0.0, 0.0, 0.5]))
    assert denied[0] == pytest.approx(-agreed[0])


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=8))
@thorough
def test_agreement_is_the_log_odds_of_the_other_places(places):
    swap = np.array([number for number, _ in places], dtype=np.int64)
    found = agreement(swap, np.array([made for _, made in places], dtype=float))
    for at, (number, _) in enumerate(places):
        others = [made for i, (same, made) in enumerate(places) if same == number and i != at]
        odds = (sum(others) + 0.5) / (len(others) - sum(others) + 0.5)
        assert found[at] == pytest.approx(np.log(odds), abs=1e-9)


def test_what_changes_is_taken_back():
    lattice = readable("a b a b", *(Drawn(at, at + 1, ("c",), strengths=(0.3,) * 5) for at in (0, 2))).lattice
    found = arc_features(lattice)
    before = found.table.copy()
    found.believing(only("b")[None, :] * 0.5)
    found.agreeing(np.linspace(0.1, 0.9, len(lattice)))
    found.table[COLUMN["fit"]] = 1.0
    changed = {FEATURES[row] for row in np.flatnonzero((found.table != before).any(axis=1)).tolist()}
    assert changed == set(DYNAMIC)
    found.reset()
    assert (found.table == before).all()


# --- families -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_family_whose_habits_stand_there_is_found(family):
    arcs = of_families(*[only(family) * 0.4] * 12)
    assert family_posteriors(arcs, np.full(12, 0.9), 1)[0] @ only(family) > 0.9


def test_without_evidence_all_families_stay_possible():
    assert family_posteriors(of_families(), np.zeros(0), 2) == pytest.approx(np.stack((UNIFORM, UNIFORM)))


SWAPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(FAMILY_NAMES), st.floats(0, 1)), max_size=10)


@given(SWAPS)
@thorough
def test_families_are_believed_page_by_page_as_the_plain_formula_says(swaps):
    arcs = of_families(*(only(family) * 0.4 for _, family, _ in swaps), pages=[page for page, _, _ in swaps])
    posteriors = np.array([made for _, _, made in swaps], dtype=float)
    found = family_posteriors(arcs, posteriors, 3)
    for page in range(3):
        own = [(only(family) * 0.4, made) for number, family, made in swaps if number == page]
        logs = sum((made * np.log(FLOOR + strengths) for strengths, made in own), np.zeros(len(FAMILY_NAMES)))
        logs = logs / np.sqrt(max(1.0, sum(made for _, made in own)))
        assert found[page] == pytest.approx(np.exp(logs) / np.exp(logs).sum())
    evidence, expected = family_evidence(arcs, posteriors, 3)
    assert believed(evidence, expected).tolist() == found.tolist()


def test_evidence_of_pages_adds_up():
    """A long article is read page by page: its families are those of all its pages together."""
    swaps = [only("a") * 0.4, only("b") * 0.1, only("a") * 0.3]
    posteriors = np.array([0.9, 0.2, 0.7])
    apart = family_evidence(of_families(*swaps, pages=[0, 1, 1]), posteriors, 2)
    together = family_evidence(of_families(*swaps), posteriors, 1)
    assert apart[0].sum(axis=0) == pytest.approx(together[0][0])
    assert apart[1].sum() == pytest.approx(together[1][0])
