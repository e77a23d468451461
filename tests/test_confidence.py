"""How sure edits are: the regression over what is known of them, and what it is fed."""

from collections import defaultdict

import numpy as np
import pytest
from core_strategies import arc_words, readables, side_by_side, sure, thorough, usual
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.confidence import (
    LEAST_POSTERIOR,
    SIGNS,
    confidence_signs,
    confidences,
    edit_confidences,
    fit_confidence,
    outcome_posteriors,
)
from normalizer.features import arc_features
from normalizer.weights import FEATURES

batches = st.lists(readables(), min_size=1, max_size=3)


def drawn_posteriors(lattice, data):
    values = st.sampled_from([0.0, LEAST_POSTERIOR, 0.01, 0.3, 0.5, 1.0])
    return np.array(data.draw(st.lists(values, min_size=len(lattice), max_size=len(lattice))))


def plain_changes(first, words, said):
    """What an arc that says *said* for *words* does in its smallest parts: places and new words."""
    if len(words) == len(said):
        return [(first + k, first + k + 1, (word,)) for k, word in enumerate(said)]
    while words and said and words[0] == said[0]:
        first, words, said = first + 1, words[1:], said[1:]
    while words and said and words[-1] == said[-1]:
        words, said = words[:-1], said[:-1]
    return [(first, first + len(words), said)] if words else []


@given(batches, st.data())
@thorough
def test_outcomes_are_summed_over_the_arcs_that_share_them(texts, data):
    lattice = side_by_side(texts)
    posteriors, said = drawn_posteriors(lattice, data), arc_words(lattice)
    words = tuple(token.word for each in texts for token in each.page.tokens)
    made, changes = defaultdict(float), {}
    for arc in np.flatnonzero(posteriors > LEAST_POSTERIOR).tolist():
        first, end = int(lattice.first[arc]), int(lattice.end[arc])
        changes[arc] = plain_changes(first, words[first:end], said[arc])
        for change in changes[arc]:
            made[change] += posteriors[arc]
    found = outcome_posteriors(lattice, posteriors)
    for arc in range(len(lattice)):
        parts = [made[change] for change in changes.get(arc, ())]
        assert found[arc] == pytest.approx(min([1.0, *parts]) if parts else posteriors[arc])


@given(batches, st.data())
@thorough
def test_signs_are_what_their_names_say(texts, data):
    lattice = side_by_side(texts)
    posteriors = drawn_posteriors(lattice, data)
    chosen = np.array([arc for arc in lattice.edits.tolist() if data.draw(st.booleans())][:1], dtype=np.int64)
    inferred = sure(lattice, posteriors, chosen, arc_features(lattice))
    outcomes = outcome_posteriors(lattice, posteriors)
    found = confidence_signs(inferred, outcomes, chosen)
    assert found.shape == (len(chosen), len(SIGNS))
    for row, arc in zip(found, chosen.tolist(), strict=True):
        known = dict(zip(SIGNS, row, strict=True))
        same = (lattice.first == lattice.first[arc]) & (lattice.end == lattice.end[arc])
        readings = np.flatnonzero(same & (lattice.reading >= 0)).tolist()
        assert known["bias"] == 1
        assert 1 / (1 + np.exp(-known["odds"])) == pytest.approx(np.clip(outcomes[arc], 1e-4, 1 - 1e-4))
        assert np.exp(known["readings"]) == pytest.approx(len(readings))
        assert known["rival"] == max((posteriors[i] for i in readings if i != arc), default=0)
        (kept,) = np.flatnonzero(lattice.keeps & (lattice.first == lattice.first[arc]))
        assert known["kept"] == posteriors[kept]
        assert row[-len(FEATURES) :].tolist() == inferred.features.table[:, arc].tolist()
    outcome = edit_confidences(inferred, {})
    assert outcome.tolist() == outcomes.tolist()
    learnt = edit_confidences(inferred, {"bias": -1.0, "odds": 0.5})
    assert learnt[chosen].tolist() == confidences(found, {"bias": -1.0, "odds": 0.5}).tolist()
    others = np.setdiff1d(np.arange(len(lattice)), chosen)
    assert learnt[others].tolist() == outcomes[others].tolist()


def test_confidences_are_the_logistic_of_the_weighted_signs():
    found = np.random.default_rng(3).standard_normal((7, len(SIGNS)))
    found[:, 0] = 1
    assert confidences(found, {}).tolist() == [0.5] * len(found)
    weights = {"bias": -1.0, "odds": 0.5, "kept": -2.0}
    expected = 1 / (1 + np.exp(1 - 0.5 * found[:, 1] + 2 * found[:, 2]))
    np.testing.assert_allclose(confidences(found, weights), expected)


@given(st.integers(0, 1000))
@settings(usual, max_examples=20)
def test_fitting_is_calibrated_and_finds_what_tells(seed):
    random = np.random.default_rng(seed)
    signs = random.standard_normal((600, len(SIGNS)))
    signs[:, 0] = 1
    right = random.random(600) < 1 / (1 + np.exp(-(0.5 + 2 * signs[:, 1])))
    weights = fit_confidence(signs, right, np.ones(600))
    assert weights["odds"] > 1.2
    assert all(abs(value) < 0.6 for name, value in weights.items() if name not in ("odds", "bias"))
    assert confidences(signs, weights).mean() == pytest.approx(right.mean(), abs=0.01)


def test_counts_weigh():
    signs = np.zeros((4, len(SIGNS)))
    signs[:, 0] = 1
    right = np.array([True, True, True, False])
    for counts, share in (((1, 1, 1, 1), 0.75), ((1, 1, 1, 3), 0.5)):
        weights = fit_confidence(signs, right, np.array(counts, dtype=float) * 100)
        assert confidences(signs, weights)[0] == pytest.approx(share, abs=0.01)


def test_what_is_settled_stays_and_the_rest_is_fitted_around_it():
    random = np.random.default_rng(1)
    signs = random.standard_normal((2000, len(SIGNS)))
    signs[:, 0] = 1
    right = random.random(2000) < 1 / (1 + np.exp(-(signs[:, 1] + 2 * signs[:, 2])))
    settled = {name: 0.0 for name in SIGNS if name not in ("odds", "kept")} | {"odds": 1.0}
    weights = fit_confidence(signs, right, np.ones(2000), fixed=settled)
    assert set(weights) == {"odds", "kept"} and weights["odds"] == 1.0
    assert weights["kept"] == pytest.approx(2.0, abs=0.2)
