"""Scoring: features of arcs, families, weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.errors import ModelError
from normalizer.proposals import FAMILY_NAMES, Reading
from normalizer.scoring import (
    FEATURES,
    FLOOR,
    UNIFORM,
    ArcTable,
    Weights,
    _own_features,
    arc_features,
    family_posterior,
    join,
    load_weights,
    read_weights,
    shipped_weights,
    write_weights,
)
from normalizer.verdicts import Rates

COLUMN = {name: i for i, name in enumerate(FEATURES)}


@given(left=st.lists(st.integers(0, 5), max_size=12), right=st.lists(st.integers(0, 5), max_size=12))
@settings(max_examples=150)
def test_join_finds_every_equal_pair(left, right):
    right.sort()
    pairs = list(zip(*(x.tolist() for x in join(np.array(left, dtype=int), np.array(right, dtype=int))), strict=True))
    assert sorted(pairs) == [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b]


def table(strengths, unigram, stretch, swap):
    """Arcs that are all edits."""
    count = len(strengths)
    fixed = np.zeros((count, len(FEATURES)))
    fixed[:, COLUMN["unigram"]] = unigram
    return ArcTable(fixed, np.array(strengths, dtype=float), np.arange(count), np.array(stretch), np.array(swap))


def only(family):
    return np.array([float(name == family) for name in FAMILY_NAMES])


def test_strength_is_that_of_the_family():
    arcs = table([only("a") * 0.5, only("b") * 0.5], [-8.0, -8.0], [0, 1], [0, 1])
    strength = arc_features(arcs, only("a"))[:, COLUMN["strength"]]
    assert strength == pytest.approx([np.log(FLOOR + 0.5), np.log(FLOOR)])


@given(st.lists(st.floats(-15, -2), min_size=1, max_size=6))
@settings(max_examples=80)
def test_shares_of_one_stretch_add_up_to_one(unigrams):
    count = len(unigrams)
    arcs = table([only("a") * 0.3] * count, unigrams, [0] * count, range(count))
    assert np.exp(arc_features(arcs, UNIFORM)[:, COLUMN["share"]]).sum() == pytest.approx(1.0)


def test_a_swap_that_is_sure_elsewhere_is_likelier_here():
    arcs = table([only("a")] * 4, [-8.0] * 4, range(4), [0, 0, 0, 1])
    agreed = arc_features(arcs, UNIFORM, np.array([0.5, 1.0, 1.0, 0.5]))[:, COLUMN["agreed"]]
    assert agreed[0] > 1.0, "two sure places speak for the third"
    assert agreed[3] == 0.0, "a swap that stands alone has no witness"
    denied = arc_features(arcs, UNIFORM, np.array([0.5, 0.0, 0.0, 0.5]))[:, COLUMN["agreed"]]
    assert denied[0] == pytest.approx(-agreed[0])


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_family_whose_habits_stand_there_is_found(family):
    strengths = np.array([only(family) * 0.4] * 12)
    assert family_posterior(np.full(12, 0.9), strengths, UNIFORM) @ only(family) > 0.9


def test_without_evidence_all_families_stay_possible():
    assert family_posterior(np.zeros(0), np.zeros((0, len(FAMILY_NAMES))), UNIFORM) == pytest.approx(UNIFORM)


def test_weights_are_written_and_read_back():
    weights = Weights(dict.fromkeys(FEATURES, 0.5), 0.7, Rates(clean=0.1), {"odds": 0.5}, "made up")
    assert read_weights(write_weights(weights, "made up")) == weights


def test_shipped_weights_name_only_features_there_are():
    weights = shipped_weights()
    assert set(weights.features) == set(FEATURES)
    assert weights.provenance
    assert np.isfinite(weights.vector()).all()


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", '{"rates": {"odd": 1}}', '{"features": {}, "odd": 1}', "\udcff", '{"features": 1, "rates": 2}',
        "[" * 100_000, '{"features": {"edit": NaN}}', '{"features": {"edit": "x"}}', '{"features": {"edit": true}}',
        '{"features": [1]}', '{"features": {}, "model": null}', '{"features": {}, "model": 1%s}' % ("0" * 400),
        '{"features": {}, "rates": {"clean": "x"}}', '{"features": {}, "rates": {"clean": 0}}',
        '{"features": {}, "rates": {"spun": 0.01}}', '{"features": {}, "rates": {"start": 1}}',
        '{"features": {}, "rates": {"change": 0}}',
    ],
    ids=lambda content: content[:40],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "w.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"w\.json: expected weights"):
        load_weights(path)


def test_a_reading_says_by_how_many_words_it_is_longer_or_shorter():
    readings = [
        Reading(0, 3, "under", ("under",), "lexical", phrase=True),
        Reading(0, 1, "such as", ("such", "as"), "function"),
        Reading(0, 1, "said", ("said",), "lexical", seen=3.0),
    ]
    own = _own_features(readings)
    found = {name: own[name].tolist() for name in ("longer", "shorter", "known_only", "function", "multiword")}
    assert found == {
        "longer": [0, 1, 0], "shorter": [2, 0, 0], "known_only": [1, 1, 0], "function": [0, 1, 0],
        "multiword": [1, 0, 0],
    }  # fmt: skip
    assert own["count"].tolist() == pytest.approx([0, 0, np.log(4)])
