"""Inference: lattices unrolled with a model, and rounds of decoding, beside plain enumeration."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from core_strategies import (
    FAKES,
    TABLES,
    FakeModel,
    Readable,
    arc_words,
    batches,
    of_page,
    path_log_prob,
    paths,
    readables,
    side_by_side,
    thorough,
    usual,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from normalizer import inference
from normalizer.features import COLUMN, DYNAMIC, agreement, arc_features, family_posteriors
from normalizer.graphs import best_paths, forward_backward
from normalizer.inference import Unrolled, best_arcs, decode, fits_in, infer, topics, unroll
from normalizer.lattice import Lattice, model_ids
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.weights import FEATURES, Weights

MODEL = FAKES[0]
UNSAID = replace(TABLES, weights=Weights({}, 1.0))  # nothing counts but the n-gram model
patched = settings(thorough, suppress_health_check=[*HealthCheck])


@pytest.fixture(scope="module", autouse=True)
def spread():
    """Unknown words are many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeModel, "unknown_spread", 1.5, raising=False)
        yield


@pytest.fixture
def whole(monkeypatch):
    """No pair of arcs is left out."""
    monkeypatch.setattr(inference, "COARSE_THRESHOLD", -1.0)


def path_score(lattice: Lattice, said: list[tuple[str, ...]], path: list[int], own: np.ndarray, order: int) -> float:
    return float(own[path].sum()) + path_log_prob(MODEL, [said[arc] for arc in path], order)


def arc_weights(lattice: Lattice, salt: int) -> np.ndarray:
    """A weight of its own for every arc, so that hardly any two paths tie."""
    return np.array([((i * 7919 + salt) % 1009) / 1009 for i in range(len(lattice))])


def shares_of(
    lattice: Lattice, said: list[tuple[str, ...]], sentence: int, own: np.ndarray, order: int
) -> tuple[list[list[int]], np.ndarray, float]:
    """All paths of a sentence, the probability of each, and the log of their summed weights."""
    all_paths = paths(lattice, sentence)
    weights = np.exp([path_score(lattice, said, path, own, order) for path in all_paths])
    return all_paths, weights / weights.sum(), float(np.log(weights.sum()))


# --- unrolling ----------------------------------------------------------------------------------------------------


@given(texts=batches, salt=st.integers(0, 1000))
@example(texts=[Readable("")], salt=0)
@patched
def test_paths_through_an_unrolled_lattice_are_those_of_enumeration(whole, texts, salt):
    lattice = side_by_side(texts)
    said, own = arc_words(lattice), arc_weights(lattice, salt)
    trellis = unroll(lattice, UNSAID).trellis
    nodes = own[trellis.arcs] + trellis.node_model
    found = forward_backward(trellis.graph, nodes, trellis.edge_model)
    by_arc = np.bincount(trellis.arcs, found.nodes, minlength=len(lattice))
    best = trellis.arcs[best_paths(trellis.graph, nodes, trellis.edge_model)]
    for sentence in range(len(lattice.batch.firsts)):
        all_paths, shares, total = shares_of(lattice, said, sentence, own, 3)
        scores = [path_score(lattice, said, path, own, 3) for path in all_paths]
        chosen = [arc for arc in best.tolist() if lattice.sentence[arc] == sentence]
        assert chosen in all_paths
        assert path_score(lattice, said, chosen, own, 3) == pytest.approx(max(scores))
        assert found.total[sentence] == pytest.approx(total)
        expected = np.zeros(len(lattice))
        for path, share in zip(all_paths, shares, strict=True):
            expected[path] += share
        inside = lattice.sentence == sentence
        assert by_arc[inside] == pytest.approx(expected[inside])


@given(texts=batches, threshold=st.sampled_from([0.01, 0.2, 0.6]), data=st.data())
@patched
def test_pairs_that_a_bigram_model_finds_unlikely_are_left_out(monkeypatch, texts, threshold, data):
    """All but those of arcs that keep the text, and of arcs that must stay."""
    monkeypatch.setattr(inference, "COARSE_THRESHOLD", threshold)
    lattice = side_by_side(texts)
    must = np.array([data.draw(st.booleans()) for _ in range(len(lattice))], dtype=bool)
    found = unroll(lattice, TABLES, None, must)
    own, said = found.features.scores(TABLES.weights), arc_words(lattice)
    expected, unsure = set(), set()
    for sentence in range(len(lattice.batch.firsts)):
        all_paths = paths(lattice, sentence)
        logs = np.array([
            own[path].sum() + TABLES.weights.model * path_log_prob(MODEL, [said[arc] for arc in path], 2)
            for path in all_paths
        ])  # fmt: skip
        shares = np.exp(logs - np.logaddexp.reduce(logs)) if len(logs) else logs
        likely: dict[tuple[int, int], float] = {}
        for path, share in zip(all_paths, shares, strict=True):
            for pair in pairwise(path):
                likely[pair] = likely.get(pair, 0.0) + share
        stays = [bool(must[arc]) or lattice.reading[arc] < 0 for arc in range(len(lattice))]
        good = {pair for pair, share in likely.items() if share > threshold or all(stays[arc] for arc in pair)}
        unsure |= {pair for pair, share in likely.items() if abs(share - threshold) < 1e-9}
        for path in all_paths:
            if set(pairwise(path)) <= good:
                expected.update(path)
    assert unsure or set(found.trellis.arcs.tolist()) == expected


@given(readable=readables(longest=1))
@patched
def test_where_nothing_speaks_for_a_reading_the_text_is_kept(whole, readable):
    lattice = readable.lattice
    trellis = unroll(lattice, UNSAID).trellis
    path = best_arcs(trellis, np.zeros(len(trellis.arcs)), np.zeros(len(trellis.edge_model)))
    assert (lattice.reading[path] < 0).all()


@given(texts=batches)
@usual
def test_topics_are_what_the_words_of_an_arc_share_with_the_rest_of_their_sentence(texts):
    lattice = side_by_side(texts)
    found, said = topics(lattice, TABLES), arc_words(lattice)
    association, words = FAKES[1], [token.word for each in texts for token in each.page.tokens]
    for arc in range(len(lattice)):
        first, end = int(lattice.first[arc]), int(lattice.end[arc])
        low, high = (int(each[lattice.sentence[arc]]) for each in (lattice.batch.firsts, lattice.batch.ends))
        around = association.ids([*words[low:first], *words[end:high]])
        expected = sum(
            sum((word * 31 + other * 17) % 13 for other in around) / (13 * max(1, len(around))) - 0.5
            for word in association.ids(said[arc])
            if word
        )
        assert found[arc] == pytest.approx(expected / inference.TOPIC)


# --- rounds of decoding -------------------------------------------------------------------------------------------


def unigrams(said: list[tuple[str, ...]]) -> np.ndarray:
    """The summed log-probabilities of the words of each arc, each by itself; an unknown one is one of many."""
    known = [[word if word in MODEL.words else "<unk>" for word in words] for words in said]
    sums = [
        sum(
            float(MODEL.unigram_log_probs(np.array([i]))[0]) - MODEL.unknown_spread * (i == 0) for i in MODEL.ids(words)
        )
        for words in known
    ]
    return np.array(sums)


def plain_decode(
    lattice: Lattice, weights: Weights, families: np.ndarray | None, support: dict[str, np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The features and posteriors of all arcs after three rounds, by enumeration of all paths."""
    said, pages = arc_words(lattice), len(lattice.batch.pages)
    features = arc_features(lattice, support, topics(lattice, TABLES), unigrams(said))
    for number in range(3):
        own = features.scores(weights)
        posteriors, best = np.zeros(len(lattice)), []
        for sentence in range(len(lattice.batch.firsts)):
            all_paths = paths(lattice, sentence)
            logs = np.array([
                own[path].sum() + weights.model * path_log_prob(MODEL, [said[arc] for arc in path], 3)
                for path in all_paths
            ])  # fmt: skip
            for path, share in zip(all_paths, np.exp(logs - np.logaddexp.reduce(logs)), strict=True):
                posteriors[path] += share
            best += all_paths[int(np.argmax(logs))]
        if number == 2:
            return features.table, posteriors
        if number == 0:
            features.table[COLUMN["fit"]] = inference.context_fits(lattice, np.array(best, int), posteriors, TABLES)
        features.believing(family_posteriors(features, posteriors, pages) if families is None else families)
        features.table[COLUMN["agreed"], features.repairs] = agreement(features.swap, posteriors[features.repairs])
    raise AssertionError


@given(texts=batches, known=st.booleans(), data=st.data())
@settings(patched, max_examples=60)
def test_decoding_is_three_rounds_of_enumeration(whole, texts, known, data):
    """Each with the features that follow from the posteriors of the one before."""
    lattice = side_by_side(texts)
    families = None
    if known:
        families = np.zeros((len(texts), len(FAMILY_NAMES)))
        families[:, data.draw(st.integers(0, len(FAMILY_NAMES) - 1))] = 1.0
    support = {"verbatim": np.linspace(0, 1, len(lattice))} if data.draw(st.booleans()) else None
    found = infer(lattice, TABLES, support, families=families)
    table, posteriors = plain_decode(lattice, TABLES.weights, families, support)
    assert found.posteriors == pytest.approx(posteriors, abs=1e-6)
    assert found.features.table == pytest.approx(table, abs=1e-6)
    expected = family_posteriors(found.features, found.posteriors, len(texts)) if families is None else families
    assert found.families == pytest.approx(expected)


@given(texts=st.lists(readables(), min_size=2, max_size=4))
@settings(usual, max_examples=60)
def test_an_article_is_inferred_as_it_is_alone(texts):
    """To the last bit, whatever stands beside it."""
    together = side_by_side(texts)
    found = infer(together, TABLES)
    for page, each in enumerate(texts):
        alone, own = infer(each.lattice, TABLES), of_page(together, page)
        assert found.posteriors[own].tolist() == alone.posteriors.tolist()
        assert found.features.table[:, own].tolist() == alone.features.table.tolist()
        assert found.families[page].tolist() == alone.families[0].tolist()
        assert found.evidence[page].tolist() == alone.evidence[0].tolist()
        place = {arc: number for number, arc in enumerate(own.tolist())}
        assert [place[arc] for arc in found.path.tolist() if arc in place] == alone.path.tolist()


@given(readables())
@settings(usual, max_examples=40)
def test_decoding_again_starts_anew(readable):
    """What one decoding leaves in the features that change says nothing to the next."""
    unrolled = unroll(readable.lattice, TABLES)
    once = decode(unrolled, TABLES.weights, fits_in(TABLES)).posteriors
    table = unrolled.features.table.copy()
    assert decode(unrolled, TABLES.weights, fits_in(TABLES)).posteriors.tolist() == once.tolist()
    assert (unrolled.features.table == table).all()
    still = [COLUMN[name] for name in FEATURES if name not in DYNAMIC]
    alone = unigrams(arc_words(readable.lattice))
    plain = arc_features(readable.lattice, None, topics(readable.lattice, TABLES), alone).table
    assert plain[still] == pytest.approx(table[still])


def test_context_is_asked_once_and_with_the_first_round():
    asked: list[np.ndarray] = []

    def fits(unrolled: Unrolled, *more: np.ndarray) -> np.ndarray:
        asked.append(unrolled.features.table[COLUMN["agreed"]].copy())
        return np.zeros(len(unrolled.lattice))

    readable = Readable("a b a b")
    decode(unroll(readable.lattice, TABLES), TABLES.weights, fits)
    assert len(asked) == 1 and not asked[0].any()


def test_the_models_number_the_words_that_they_are_asked_about():
    lattice = Readable("talks zzz").lattice
    assert model_ids(lattice, TABLES.lexicon, "ngrams").tolist() == MODEL.ids(["<s>", "talks", "<unk>", "</s>"])
