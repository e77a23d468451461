"""Verdicts: which sentences are spun."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.verdicts import Rates, sentence_states, spun_sentences

RATES = Rates()
GAINS = st.lists(st.floats(-30, 30), min_size=1, max_size=7)


def by_enumeration(gains):
    """All paths of clean (0) and spun (1) sentences, weighed one by one."""
    weights = {}
    for path in product((0, 1), repeat=len(gains)):
        weight = np.log(RATES.start if path[0] else 1 - RATES.start)
        weight += sum(gain for gain, state in zip(gains, path, strict=True) if state)
        for left, right in pairwise(path):
            weight += np.log(RATES.change if left != right else 1 - RATES.change)
        weights[path] = weight
    total = np.logaddexp.reduce(list(weights.values()))
    spun = [np.exp(np.logaddexp.reduce([w for p, w in weights.items() if p[i]]) - total) for i in range(len(gains))]
    return spun, 1 - np.exp(weights[(0,) * len(gains)] - total)


@given(gains=GAINS)
@settings(max_examples=150, deadline=None)
def test_probabilities_equal_those_of_all_paths(gains):
    each, any_spun = spun_sentences(np.array(gains), RATES)
    expected, expected_any = by_enumeration(gains)
    assert each == pytest.approx(expected, abs=1e-9)
    assert any_spun == pytest.approx(expected_any, abs=1e-9)


@given(gains=GAINS, place=st.integers(0, 6), more=st.floats(0, 10))
@settings(max_examples=100, deadline=None)
def test_more_swaps_make_no_sentence_cleaner(gains, place, more):
    raised = list(gains)
    raised[place % len(gains)] += more
    assert (spun_sentences(np.array(raised), RATES)[0] >= spun_sentences(np.array(gains), RATES)[0] - 1e-12).all()


def test_nothing_is_not_spun():
    each, any_spun = sentence_states(np.zeros(0), [], RATES)
    assert len(each) == 0
    assert any_spun == 0.0


@pytest.mark.parametrize(
    ("rate", "spun"),
    [(0.0, False), (0.03, False), (0.06, False), (0.08, False), (0.11, True), (0.17, True), (0.3, True)],
)
def test_the_border_lies_between_the_rates_of_clean_and_spun_text(rate, spun):
    sizes = [25] * 8
    each, any_spun = sentence_states(np.array([rate * size for size in sizes]), sizes, RATES)
    assert (any_spun > 0.5) == spun
    assert all((each > 0.5) == spun)


def test_a_spun_opening_is_told_from_a_clean_rest():
    sizes = [25] * 20
    rates = [0.25] * 6 + [0.02] * 14
    each, any_spun = sentence_states(np.array([r * s for r, s in zip(rates, sizes, strict=True)]), sizes, RATES)
    assert any_spun > 0.99
    assert (each[:6] > 0.9).all()
    assert (each[7:] < 0.1).all()


def test_one_odd_sentence_in_a_clean_article_is_left():
    sizes = [20] * 21
    swaps = np.full(21, 0.6)
    swaps[10] = 5.0
    each, _ = sentence_states(swaps, sizes, RATES)
    assert each[10] < 0.6
