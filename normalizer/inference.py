"""Inference: how likely every reading is, given its sentence, its article and the spinner that the article shows.

The lattice is decoded twice. A bigram model first says which pairs of arcs are worth a closer look; these are unrolled
to trigram states. Then a few rounds of forward-backward (Rabiner 1989) follow. Each round infers the family of each
page, a mixture fitted by expectation-maximisation (Dempster, Laird and Rubin 1977), and how likely the same swap is
elsewhere on the page. From the second round on, the undecided readings are also scored by how well they fit between the
words of the best path.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.features import (
    COLUMN,
    ArcFeatures,
    arc_features,
    believed,
    family_evidence,
)
from normalizer.fitting import context_fits
from normalizer.graphs import (
    Graph,
    Pairs,
    Posteriors,
    adjacent,
    arc_graph,
    best_paths,
    edge_posteriors,
    forward_backward,
    pair_graph,
)
from normalizer.lattice import Lattice, model_ids
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.compiling import inner_scores
from normalizer.ragged import offsets_of, ranges, segment_sums
from normalizer.tables import Tables
from normalizer.weights import Weights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Pairs of arcs whose posterior under the bigram model is below this are left out of the trellis. For scale: on the
# seeds a threshold of .001 changed 3 of 884 edits against one of .00001, and took half the time.
COARSE_THRESHOLD = 1e-2
FAMILY_ROUNDS = 3
# Arcs that score more nats below the text as it stands than this, by their features and the frequency of their words
# alone, are left out. On seed 000 that leaves out a quarter of all arcs, which hold 1 % of the expected edits.
MOST_LOSS = 4.0
TOPIC = 0.1  # a cosine of word vectors that tells two subjects apart


@dataclass(frozen=True, slots=True)
class Trellis:
    """The lattice unrolled to trigram states: each node is an arc with the arc before it.

    graph: nodes and edges. arcs: the arc of each node, shape (nodes,). node_model: n-gram log-probability (nats) of the
    words inside a node, shape (nodes,). edge_model: that of the words on an edge, shape (edges,).
    """

    graph: Graph
    arcs: Ints
    node_model: Floats
    edge_model: Floats


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A lattice with its features and its trellis, which can be decoded repeatedly and under different weights."""

    lattice: Lattice
    features: ArcFeatures
    trellis: Trellis


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded trellis, after the last round.

    nodes, edges: log weights of its nodes, shape (nodes,), and edges, shape (edges,). found: what forward-backward
    gives for them. posteriors: probability of each arc, shape (arcs,). evidence, expected: what families are inferred
    from, see `features.family_evidence`.
    """

    nodes: Floats
    edges: Floats
    found: Posteriors
    posteriors: Floats
    evidence: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class Inferred:
    """What was inferred for the arcs of a lattice.

    features: of all arcs, as in the last round. posteriors: probability of each arc, shape (arcs,). path: arcs of the
    best path of every sentence, sentence by sentence. families: probability of each family on each page, shape (pages,
    families). evidence, expected: what families were inferred from, see `features.family_evidence`.
    """

    lattice: Lattice
    features: ArcFeatures
    posteriors: Floats
    path: Ints
    families: Floats
    evidence: Floats
    expected: Floats


# A function that returns the `fit` of all arcs, shape (arcs,), from an unrolled lattice, the log weights of its nodes
# and edges, and the posteriors of its arcs.
Fits = Callable[[Unrolled, Floats, Floats, Floats], Floats]


@dataclass(frozen=True, slots=True)
class ArcWords:
    """The n-gram model's ids of some words of each arc, and log-probabilities (nats) inside it, shape (arcs,) each.

    first, last: the first and the last word. before_last, second: the last but one and the second word, -1 for an arc
    of one word. unigram: the sum of its words' unigram log-probabilities. pair: log-probability of the second word
    after the first. tail: that of all words behind the second.
    """

    first: Ints
    last: Ints
    before_last: Ints
    second: Ints
    unigram: Floats
    pair: Floats
    tail: Floats


def arc_words(lattice: Lattice, tables: Tables) -> ArcWords:
    """Look up the words of all arcs in the n-gram model."""
    ids = model_ids(lattice, tables.lexicon, "ngrams")
    begins, ends, sizes = lattice.offsets[:-1], lattice.offsets[1:], lattice.sizes
    several = sizes > 1
    pair, tail = np.zeros(len(lattice)), np.zeros(len(lattice))
    second = np.where(several, ids[np.minimum(begins + 1, len(ids) - 1)], -1)
    edits = lattice.edits
    wording = lattice.readings.wording[lattice.reading[edits]]
    known = wording < lattice.wordings.size
    pair[edits[known]] = tables.lexicon["wording.pair"][wording[known]]
    tail[edits[known]] = tables.lexicon["wording.tail"][wording[known]]
    if not known.all():  # wordings of references
        for arc in edits[~known].tolist():
            own = ids[begins[arc] : ends[arc]][None]
            scores = inner_scores(own[0], np.array([0, own.size]), tables.model.trigrams)
            pair[arc], tail[arc] = scores["wording.pair"][0], scores["wording.tail"][0]
    before_last = np.where(several, ids[np.maximum(ends - 2, 0)], -1)
    logs = tables.model.unigram_log_probs(ids).astype(np.float64) - tables.model.unknown_spread * (ids == 0)
    unigram = segment_sums(logs, lattice.offsets)
    return ArcWords(ids[begins], ids[ends - 1], before_last, second, unigram, pair, tail)


def _rows(first: Ints | int, second: Ints, third: Ints) -> Ints:
    found: Ints = np.empty((len(third), 3), dtype=np.int64)
    found[:, 0], found[:, 1], found[:, 2] = first, second, third
    return found


def topics(lattice: Lattice, tables: Tables) -> Floats:
    """Return the association of every arc with its sentence as it stands, without the tokens that the arc spans.

    Shape (arcs,), in units of TOPIC: the weight of this feature is then about as large as the other weights, which the
    prior of `learning.tuning` assumes.
    """
    batch, lexicon = lattice.batch, tables.lexicon
    ids = model_ids(lattice, lexicon, "topics")
    used = np.flatnonzero(ids)  # half of all words have no vector
    arcs = np.repeat(np.arange(len(lattice)), lattice.sizes)[used]
    tokens = lexicon["word.topics"][batch.words & WORD_MASK].astype(np.int64)
    found = tables.association.in_sentences(
        ids[used], lattice.first[arcs], lattice.end[arcs], lattice.sentence[arcs], tokens,
        np.stack((batch.firsts, batch.ends), axis=1),
    )  # fmt: skip
    result: Floats = np.bincount(arcs, found, minlength=len(lattice)) / TOPIC
    return result


def unroll(
    lattice: Lattice, tables: Tables, support: dict[str, Floats] | None = None, must: Bools | None = None
) -> Unrolled:
    """Return the trigram trellis of the pairs of arcs that the bigram model finds likely, and the features of all arcs.

    support: what references say of each arc, see `features.arc_features`. must: arcs that are kept however unlikely
    they are, shape (arcs,); arcs that keep the text are always kept.
    """
    weights, words = tables.weights, arc_words(lattice, tables)
    features = arc_features(lattice, support, topics(lattice, tables), words.unigram)
    scores = features.scores(weights)
    arcs = promising(lattice, scores + weights.model * words.unigram, must)
    count = max(1, len(lattice.batch.firsts))
    level, sentence = lattice.level[arcs], lattice.sentence[arcs]
    near = adjacent(level * count + sentence, lattice.until[arcs] * count + sentence)
    last = _end_arcs(lattice)
    coarse = arc_graph(near, level, sentence, np.searchsorted(arcs, last))
    nodes = (scores + weights.model * (words.pair + words.tail))[arcs]
    pairs = Pairs(arcs[near.left], arcs[near.right])
    edges = weights.model * tables.model.trigrams(_rows(-1, words.last[pairs.left], words.first[pairs.right]))
    likely = edge_posteriors(coarse, nodes, edges, forward_backward(coarse, nodes, edges)) > COARSE_THRESHOLD
    always = lattice.reading < 0 if must is None else (lattice.reading < 0) | must
    kept = np.flatnonzero(likely | (always[pairs.left] & always[pairs.right]))
    trellis = _trigram_trellis(lattice, words, Pairs(pairs.left[kept], pairs.right[kept]), last, tables)
    return Unrolled(lattice, features, trellis)


def promising(lattice: Lattice, scores: Floats, must: Bools | None = None) -> Ints:
    """Return the arcs that may lie on a likely path, in order.

    Left out are arcs that score more than MOST_LOSS below the text as it stands, before their neighbours are looked at.
    scores: of all arcs, shape (arcs,). must: see `unroll`.
    """
    keeps = np.flatnonzero(lattice.keeps)
    standing = np.zeros(len(lattice.batch.words))
    standing[lattice.first[keeps]] = scores[keeps]
    repairs = lattice.repairs
    sizes, tokens = lattice.sizes[repairs], lattice.end[repairs] - lattice.first[repairs]
    # Every word lowers the score, so that arcs with more words than tokens cannot be compared and stay.
    repairs, tokens = repairs[sizes <= tokens], tokens[sizes <= tokens]
    kept = segment_sums(standing[ranges(lattice.first[repairs], tokens)], offsets_of(tokens))
    result = np.ones(len(lattice), dtype=np.bool_)
    result[repairs[scores[repairs] < kept - MOST_LOSS]] = False
    return np.flatnonzero(result if must is None else result | must)


def _end_arcs(lattice: Lattice) -> Ints:
    """Return the end arc of every sentence."""
    edges = np.flatnonzero((lattice.reading < 0) & (lattice.first == lattice.end) & (lattice.level > 0))
    result = np.empty(len(edges), dtype=np.int64)
    result[lattice.sentence[edges]] = edges
    return result


def _trigram_trellis(lattice: Lattice, words: ArcWords, pairs: Pairs, last: Ints, tables: Tables) -> Trellis:
    starts = np.flatnonzero(lattice.level == 0)
    pairs = Pairs(np.append(np.full(len(starts), -1), pairs.left), np.append(starts, pairs.right))
    graph, own = pair_graph(pairs, lattice.level, lattice.sentence, last)
    left, right = own.left, own.right
    a, b, c = left[graph.sources], right[graph.sources], right[graph.targets]
    before = np.where(words.before_last[b] >= 0, words.before_last[b], np.where(a >= 0, words.last[a], -1))
    several = np.flatnonzero(words.second[right] >= 0)
    inside = _rows(words.last[left[several]], words.first[right[several]], words.second[right[several]])
    found = tables.model.trigrams(np.concatenate((_rows(before, words.last[b], words.first[c]), inside)))
    nodes, edges = words.tail[right], found[: len(before)]
    nodes[several] += found[len(before) :]
    return Trellis(graph, right, nodes, edges)


def decode(unrolled: Unrolled, weights: Weights, fits: Fits, families: Floats | None = None) -> Decoded:
    """Decode a trellis in FAMILY_ROUNDS rounds; each uses what the one before says of families, repeats and contexts.

    fits: called once, after the first round. families: probability of each family on each page, shape (pages,
    families), where it is known beforehand; it is inferred where this is NaN, and for all pages if None. The features
    that change (`features.DYNAMIC`) are left as in the last round.
    """
    lattice, features, trellis = unrolled.lattice, unrolled.features, unrolled.trellis
    features.reset()
    edges = weights.model * trellis.edge_model
    number = 0
    while True:
        nodes = features.scores(weights)[trellis.arcs] + weights.model * trellis.node_model
        found = forward_backward(trellis.graph, nodes, edges)
        posteriors = np.bincount(trellis.arcs, found.nodes, minlength=len(lattice)).astype(np.float64)
        evidence, expected = family_evidence(features, posteriors, len(lattice.batch.pages))
        number += 1
        if number == FAMILY_ROUNDS:
            return Decoded(nodes, edges, found, posteriors, evidence, expected)
        if number == 1:
            features.table[COLUMN["fit"]] = fits(unrolled, nodes, edges, posteriors)
        features.believing(_believed(evidence, expected, families))
        features.agreeing(posteriors)


def _believed(evidence: Floats, expected: Floats, families: Floats | None) -> Floats:
    """Return the probability of each family on each page: from *families*, or where these are NaN from the evidence."""
    own = believed(evidence, expected)
    return own if families is None else np.where(np.isnan(families), own, families)


def infer(
    lattice: Lattice,
    tables: Tables,
    support: dict[str, Floats] | None = None,
    *,
    families: Floats | None = None,
) -> Inferred:
    """Return how likely all arcs of *lattice* are, and its best path; `unroll` and `decode` explain the arguments."""
    unrolled = unroll(lattice, tables, support)
    decoded = decode(unrolled, tables.weights, fits_in(tables), families)
    path = best_arcs(unrolled.trellis, decoded.nodes, decoded.edges)
    known = _believed(decoded.evidence, decoded.expected, families)
    return Inferred(lattice, unrolled.features, decoded.posteriors, path, known, decoded.evidence, decoded.expected)


def best_arcs(trellis: Trellis, nodes: Floats, edges: Floats) -> Ints:
    """Return the arcs of the best path of every sentence, sentence by sentence."""
    found: Ints = trellis.arcs[best_paths(trellis.graph, nodes, edges)]
    return found


def fits_in(tables: Tables) -> Fits:
    """Return a function that scores with the context model how well undecided arcs fit into the best path so far."""

    def fits(unrolled: Unrolled, nodes: Floats, edges: Floats, posteriors: Floats) -> Floats:
        return context_fits(unrolled.lattice, best_arcs(unrolled.trellis, nodes, edges), posteriors, tables)

    return fits
