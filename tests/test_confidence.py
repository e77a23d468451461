"""How sure edits are: the regression over what is known of them, and what it is fed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from normalizer.decoding import best_path
from normalizer.scoring import FEATURES

from normalizer.confidence import SIGNS, confidence_signs, confidences, fit_confidence
from normalizer.repairing import Normalizer, outcome_posteriors

TEXT = (
    "The International Minister instructed reporters at a press convention on Friday that talks will proceed "
    "subsequent week. He stated Moscow had despatched extra troops to the border."
)


@pytest.fixture(scope="module")
def signs():
    """The signs of an article's edits, the lattice, posteriors and chosen arcs."""
    tool = Normalizer()
    proposed = tool.propose(TEXT)
    decoded = tool.decode(proposed)
    path = decoded.trellis.arcs[best_path(decoded.trellis.graph, decoded.scores.nodes, decoded.scores.edges)]
    chosen = path[np.isin(path, decoded.arcs.edits)]
    outcomes = outcome_posteriors(proposed.lattice, decoded.arc_posteriors)
    found = confidence_signs(proposed.lattice, decoded.features, decoded.arc_posteriors, outcomes, chosen)
    return found, proposed.lattice, decoded, chosen, outcomes


def test_signs_are_what_their_names_say(signs):
    found, lattice, decoded, chosen, outcomes = signs
    assert found.shape == (len(chosen), len(SIGNS)) and len(chosen) >= 6
    for row, arc in zip(found, chosen.tolist(), strict=True):
        known = dict(zip(SIGNS, row, strict=True))
        place = (lattice.firsts[arc], lattice.ends[arc])
        same = [i for i in range(len(lattice)) if (lattice.firsts[i], lattice.ends[i]) == place]
        readings = [i for i in same if lattice.readings[i] is not None]
        assert known["bias"] == 1
        assert 1 / (1 + np.exp(-known["odds"])) == pytest.approx(np.clip(outcomes[arc], 1e-4, 1 - 1e-4))
        assert np.exp(known["readings"]) == pytest.approx(len(readings))
        assert known["rival"] == max((decoded.arc_posteriors[i] for i in readings if i != arc), default=0)
        keeps = [i for i in range(len(lattice)) if lattice.readings[i] is None and lattice.firsts[i] == place[0]]
        assert known["kept"] == max(decoded.arc_posteriors[i] for i in keeps if lattice.ends[i] > place[0])
        assert row[-len(FEATURES) :].tolist() == decoded.features[arc].tolist()


def test_confidences_are_the_logistic_of_the_weighted_signs(signs):
    found = signs[0]
    assert confidences(found, {}).tolist() == [0.5] * len(found)
    weights = {"bias": -1.0, "odds": 0.5, "kept": -2.0}
    expected = 1 / (1 + np.exp(1 - 0.5 * found[:, 1] + 2 * found[:, 2]))
    np.testing.assert_allclose(confidences(found, weights), expected)


@given(st.integers(0, 1000))
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
