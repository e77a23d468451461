"""Verdicts: which sentences are spun, on evidence that is counted once, and what an article says of an edit."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from core_strategies import Drawn, Readable, readable, readables, side_by_side, sure, usual
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.lexicon.compiling import KINDS
from normalizer.proposals import GRAMMAR, REFERENCE
from normalizer.verdicts import (
    COMMON,
    FEW_SWAPS,
    FEW_WORDS,
    LEAST_STATE,
    UNCOMMON,
    Rates,
    Shown,
    sentence_states,
    settled,
    spun_sentences,
    swap_signs,
)
from normalizer.weights import ARTICLE_SIGNS

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
    [(0.0, False), (0.03, False), (0.06, False), (0.09, False), (0.11, False), (0.15, True), (0.2, True), (0.3, True)],
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


# --- evidence that is counted once ------------------------------------------------------------------------------------

few = settings(usual, max_examples=60)
texts = readables(words=["a", "b", "C", "."], kinds=["lexical", "function", "grammar", "reference"])


def signs_of(some, posterior=lambda drawn: 0.5, verbatim=None):
    """The signs of some texts in which every reading is as likely as *posterior* says."""
    lattice = side_by_side(some)
    drawn = [reading for text in some for reading in text.drawn]
    posteriors = np.ones(len(lattice))
    for arc in lattice.edits.tolist():
        posteriors[arc] = posterior(drawn[lattice.reading[arc]])
    return swap_signs(sure(lattice, posteriors, []), None if verbatim is None else np.full(len(lattice), verbatim))


def likely(drawn):
    return 0.2 + 0.1 * (sum(map(ord, drawn.text)) % 7)


def again(text: Readable, times: int) -> Readable:
    """*text* so many times over, paragraph by paragraph."""
    size = len(text.page.tokens)
    drawn = [
        each._replace(start=each.start + k * size, end=each.end + k * size) for k in range(times) for each in text.drawn
    ]
    return readable("\n\n".join([text.text] * times), *drawn)


@given(texts, st.integers(2, 4))
@few
def test_a_text_that_says_everything_again_proves_nothing_again(text, times):
    once, more = signs_of([text], likely), signs_of([again(text, times)], likely)
    assert more[0].sum() == pytest.approx(once[0].sum())
    assert more[1].sum() == pytest.approx(once[1].sum())


@given(st.lists(texts, min_size=1, max_size=3))
@few
def test_signs_of_a_page_are_those_of_the_page_alone(some):
    alone = [signs_of([text], likely) for text in some]
    for together, parts in zip(signs_of(some, likely), zip(*alone, strict=True), strict=True):
        assert (together == np.concatenate(parts)).all()


def telling(drawn):
    clean = COMMON if KINDS.index(drawn.kind) == REFERENCE else drawn.clean
    return min(1.0, max(0.0, math.log(COMMON / (1 + clean)) / math.log(COMMON / UNCOMMON)))


@given(texts)
@few
def test_signs_by_their_definition(text):
    swaps, exposed = signs_of([text], likely)
    tokens, spans = text.page.tokens, text.page.spans
    words = [token.word for token in tokens]
    repairs = [each for each in text.drawn if KINDS.index(each.kind) != GRAMMAR]

    def form(each):
        return tuple(words[each.start : each.end])

    covered = {at for each in repairs for at in range(each.start, each.end)}
    open_ = [at for at in range(len(tokens)) if at in covered or tokens[at].text[0].islower()]
    for (first, end), found, size in zip(spans, swaps.tolist(), exposed.tolist(), strict=True):
        own = [each for each in repairs if first <= each.start < end]
        repeats = [len({other.start for other in repairs if form(other) == form(each)}) for each in own]
        expected = math.fsum(likely(each) * telling(each) / times for each, times in zip(own, repeats, strict=True))
        assert found == pytest.approx(expected)
        here = [words[at] for at in open_ if first <= at < end]
        assert size == pytest.approx(math.fsum(1 / [words[at] for at in open_].count(word) for word in here))


def test_a_term_that_a_text_is_about_is_one_sign():
    term = [Drawn(at, at + 1, ("b",)) for at in range(0, 8, 2)]
    swaps, exposed = signs_of([readable("a b a c a b a d", *term)], lambda drawn: 0.8)
    assert swaps.sum() == pytest.approx(0.8)
    assert exposed.sum() == pytest.approx(4.0)
    others = [readable(f"{word} b", Drawn(0, 1, ("b",))) for word in "acde"]
    assert signs_of(others, lambda drawn: 0.8)[0].sum() == pytest.approx(3.2)


def test_what_references_have_word_for_word_counts_in_full():
    text = readable("a b", Drawn(0, 1, ("b",), clean=COMMON))
    assert signs_of([text])[0].tolist() == [0.0]
    assert signs_of([text], verbatim=1.0)[0].tolist() == [0.5]


# --- what an article says of an edit ----------------------------------------------------------------------------------

shares = st.floats(0, 1)
ARTICLE = {
    "synonym": dict(zip(ARTICLE_SIGNS, (-1.0, 0.8, 0.3, -0.7, 0.4), strict=True)),
    "lexical": dict(zip(ARTICLE_SIGNS, (0.5, 1.1, 0.6, 0.2, 0.1), strict=True)),
}
kinds = st.sampled_from(["synonym", "lexical", "name", "grammar"])


def shown(states, swaps=3.0, related=2.0, exposed=40.0):
    return Shown.of(np.array(states), 0.9, swaps, related, exposed)


@given(st.lists(shares, min_size=1, max_size=4), st.floats(0, 50), st.floats(0, 50), st.floats(50, 500))
@few
def test_what_an_article_shows_by_its_definition(states, swaps, related, exposed):
    found = shown(states, swaps, related, exposed)
    assert math.exp(found.known) == pytest.approx((swaps + FEW_SWAPS) / (exposed + FEW_WORDS))
    assert math.exp(found.unknown) == pytest.approx((related + FEW_SWAPS) / (exposed + FEW_WORDS))
    assert found.states == states


@given(kinds, st.sampled_from([{}, ARTICLE]), shares, shares, shares, shares)
@few
def test_a_surer_edit_in_a_sentence_that_is_more_surely_spun_is_no_less_likely(kind, weights, low, high, clean, spun):
    (low, high), (clean, spun) = sorted((low, high)), sorted((clean, spun))
    article = shown([clean, spun])
    least, most = settled(kind, low, 0, article, weights), settled(kind, high, 1, article, weights)
    assert 0 <= least <= 1 and least <= most + 1e-12
    assert settled(kind, low, 1, article, weights) <= most + 1e-12
    assert settled(kind, high, 0, article, weights) <= most + 1e-12


def test_without_weights_the_two_probabilities_are_multiplied():
    article = shown([0.25, 0.9])
    for kind in ("synonym", "lexical"):
        assert settled(kind, 0.8, 0, article, {}) == pytest.approx(0.2)
        assert settled(kind, 0.5, 1, article, {"another": {}}) == pytest.approx(0.45)


@given(st.sampled_from(sorted(ARTICLE)), shares, shares)
@few
def test_what_is_settled_is_a_regression_over_the_signs_of_its_kind(kind, confidence, state):
    article = shown([state])
    odds = [
        math.log(each / (1 - each)) for each in (min(max(s, LEAST_STATE), 1 - LEAST_STATE) for s in (confidence, state))
    ]
    own = ARTICLE[kind]
    total = math.fsum(w * s for w, s in zip(own.values(), (1, *odds, article.known, article.unknown), strict=True))
    assert settled(kind, confidence, 0, article, ARTICLE) == pytest.approx(1 / (1 + math.exp(-total)))


def test_a_doubt_that_the_article_leaves_stops_no_edit_with_strong_proof():
    """A factor would stop both."""
    article = shown([0.5])
    weights = {"lexical": {"odds": 1.0, "state": 0.3}}
    assert settled("lexical", 0.99, 0, article, weights) > 0.9 > settled("lexical", 0.6, 0, article, weights)
    assert settled("lexical", 0.99, 0, article, {}) < 0.5
