"""Sums and best paths over graphs of nodes in levels: Viterbi and forward-backward, over all sentences at once.

Rabiner (1989) describes both. A node is a lattice arc, or a pair of adjacent arcs; the sentences of many articles lie
side by side in one graph and are swept together, so that a batch costs as many steps as its longest sentence has
tokens. Nodes are sorted by level and edges by the node they lead to, so that a step works on slices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from normalizer.ragged import offsets_of, ranges

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = -1e30


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in levels with edges to higher levels. The nodes of level 0 start a sentence each; one node ends each.

    level_nodes: where the nodes of each level begin, shape (levels + 1,). sources, targets: nodes of each edge, sorted
    by target; into: where the edges into each node begin, shape (nodes + 1,). leaving: all edges, sorted by source;
    inner: the nodes that some edge leaves; out_of: where the edges of each begin in *leaving*, shape (inner + 1,);
    level_inner: where those of each level begin in *inner*. groups: sentence of each node. ends: the end node of each
    sentence.
    """

    level_nodes: Ints
    sources: Ints
    targets: Ints
    into: Ints
    leaving: Ints
    inner: Ints
    out_of: Ints
    level_inner: Ints
    groups: Ints
    ends: Ints


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of adjacent arcs, sorted by right arc, then by left; left is -1 where the right one starts a sentence."""

    left: Ints
    right: Ints


def adjacent(source: Ints, target: Ints) -> Pairs:
    """Return all pairs of arcs of which the right one starts where the left one ends.

    source, target: positions of each arc; arcs are sorted by source. Where none ends, a sentence starts.
    """
    by_target = np.argsort(target, kind="stable")
    ordered = target[by_target]
    low, high = np.searchsorted(ordered, source, "left"), np.searchsorted(ordered, source, "right")
    counts = high - low
    left = by_target[ranges(low, counts)]
    right = np.repeat(np.arange(len(source)), counts)
    return Pairs(left, right)


def arc_graph(pairs: Pairs, level: Ints, group: Ints, last: Ints) -> Graph:
    """Return the graph whose nodes are the arcs and whose edges are *pairs*.

    level, group: of each arc, sorted by level. last: the end arc of each sentence.
    """
    into = offsets_of(np.bincount(pairs.right, minlength=len(level)))
    return _graph(level, group, pairs.left, pairs.right, into, last, np.argsort(pairs.left, kind="stable"))


def _graph(level: Ints, group: Ints, sources: Ints, targets: Ints, into: Ints, ends: Ints, leaving: Ints) -> Graph:
    counts = np.bincount(sources, minlength=len(level))
    inner = np.flatnonzero(counts)
    highest = int(level[-1]) + 1 if len(level) else 0
    level_nodes = np.searchsorted(level, np.arange(highest + 1))
    level_inner = np.searchsorted(level[inner], np.arange(highest + 1))
    return Graph(
        level_nodes, sources, targets, into, leaving, inner, offsets_of(counts[inner]), level_inner, group, ends
    )


def pair_graph(pairs: Pairs, level: Ints, group: Ints, last: Ints) -> tuple[Graph, Pairs]:
    """Return the graph whose nodes are pairs of arcs, and the pairs behind its nodes.

    pairs: those to use, start arcs included with -1 on their left. Pairs that no path goes through are left out. All
    pairs that end one sentence share a node, since nothing follows that could tell them apart; its left arc is -1.
    level, group: of each arc. last: the end arc of each sentence.
    """
    pairs = _connected(pairs, len(level), last)
    left, right = pairs.left, pairs.right
    starts = offsets_of(np.bincount(right, minlength=len(level)))  # pairs by their right arc
    low, counts = starts[left], np.where(left >= 0, starts[left + 1] - starts[left], 0)
    sources, edges_into = ranges(low, counts), offsets_of(counts)
    # One node for all pairs with the same end arc: they lie side by side, and so do the edges into them.
    closing = np.zeros(len(level), dtype=np.bool_)
    closing[last] = True
    fresh = np.ones(len(right), dtype=np.bool_)
    fresh[1:] = ~(closing[right[1:]] & (right[1:] == right[:-1]))
    node = np.cumsum(fresh) - 1
    kept = np.flatnonzero(fresh)
    of_left = np.argsort(left, kind="stable")
    first_left = np.searchsorted(left[of_left], np.arange(len(level) + 1))
    begins, sizes = first_left[right], first_left[right + 1] - first_left[right]
    ahead = of_left[ranges(begins, sizes)]
    place = np.repeat(np.arange(len(right)) - starts[right], sizes)  # of a pair among those with its right arc
    leaving = edges_into[ahead] + place
    into = edges_into[np.append(kept, len(right))]
    graph = _graph(
        level[right[kept]], group[right[kept]], node[sources], np.repeat(node, counts), into,
        np.flatnonzero(closing[right[kept]]), leaving,
    )  # fmt: skip
    return graph, Pairs(np.where(closing[right[kept]], -1, left[kept]), right[kept])


def _connected(pairs: Pairs, arcs: int, last: Ints) -> Pairs:
    """Return the *pairs* that some path from a start to an end goes through: nearly always all."""
    left, right = pairs.left, pairs.right
    while True:
        reached, leads = np.zeros(arcs + 1, dtype=np.bool_), np.zeros(arcs, dtype=np.bool_)
        reached[right], reached[-1] = True, True  # -1, the left of a start, is the last item
        leads[left[left >= 0]], leads[last] = True, True
        good = reached[left] & leads[right]
        if good.all():
            return Pairs(left, right)
        left, right = left[good], right[good]


# --- sweeps ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posteriors:
    """Sums over all paths of a graph.

    nodes: probability of each node. alpha, beta: log weights of all paths up to and including, and behind, each node.
    total: log of the summed path weights of each sentence.
    """

    nodes: Floats
    alpha: Floats
    beta: Floats
    total: Floats


def forward_backward(graph: Graph, nodes: Floats, edges: Floats) -> Posteriors:
    """Return posteriors from the log weights of *nodes* and *edges*."""
    alpha = nodes.copy()
    counts = np.diff(graph.into)
    for low, high, start, end in _steps(graph.level_nodes[1:], graph.into):
        values = alpha.take(graph.sources[start:end])
        values += edges[start:end]
        alpha[low:high] += _log_sums(values, graph.into[low:high] - start, counts[low:high])
    beta = np.zeros(len(nodes))
    sizes, targets = np.diff(graph.out_of), graph.targets[graph.leaving]
    ahead = edges[graph.leaving] + nodes[targets]
    for low, high, start, end in reversed(list(_steps(graph.level_inner, graph.out_of))):
        values = beta.take(targets[start:end])
        values += ahead[start:end]
        beta[graph.inner[low:high]] = _log_sums(values, graph.out_of[low:high] - start, sizes[low:high])
    total = np.zeros(int(graph.groups.max(initial=-1)) + 1)
    total[graph.groups[graph.ends]] = alpha[graph.ends]
    return Posteriors(np.exp(np.minimum(alpha + beta - total[graph.groups], 0.0)), alpha, beta, total)


def edge_posteriors(graph: Graph, nodes: Floats, edges: Floats, found: Posteriors) -> Floats:
    """Return the probability of each edge, shape (edges,)."""
    behind = (nodes + found.beta - found.total[graph.groups])[graph.targets]
    result: Floats = np.exp(np.minimum(found.alpha[graph.sources] + edges + behind, 0.0))
    return result


def _steps(offsets: Ints, edges: Ints) -> Iterator[tuple[int, int, int, int]]:
    """Yield the bounds of each level that has items, and those of the edges of its items."""
    bounds, cuts = offsets.tolist(), edges[offsets].tolist()
    for (low, high), (start, end) in zip(pairwise(bounds), pairwise(cuts), strict=True):
        if low < high:
            yield low, high, start, end


def _log_sums(values: Floats, heads: Ints, counts: Ints) -> Floats:
    """Return the log of the summed exponentials of each run of *values*."""
    peaks = np.maximum.reduceat(values, heads)
    values -= peaks.repeat(counts)
    np.exp(values, out=values)
    sums = np.add.reduceat(values, heads)
    np.log(sums, out=sums)
    sums += peaks
    return sums


def best_paths(graph: Graph, nodes: Floats, edges: Floats) -> Ints:
    """Return the nodes of the best path of every sentence, sentence by sentence, in order.

    Of equal paths the one through earlier nodes wins.
    """
    score = nodes.copy()
    best = np.full(len(nodes), -1, dtype=np.int64)
    counts = np.diff(graph.into)
    for low, high, start, end in _steps(graph.level_nodes[1:], graph.into):
        origin, heads = graph.sources[start:end], graph.into[low:high] - start
        values = score.take(origin)
        values += edges[start:end]
        peaks = np.maximum.reduceat(values, heads)
        winners = np.where(values == peaks.repeat(counts[low:high]), origin, len(nodes))
        best[low:high] = np.minimum.reduceat(winners, heads)
        score[low:high] += peaks
    return _traced(graph, best)


def _traced(graph: Graph, best: Ints) -> Ints:
    """Return the nodes from each end back to its start along *best*, in reading order."""
    steps = [graph.ends]
    while (steps[-1] >= 0).any():
        steps.append(np.where(steps[-1] >= 0, best[steps[-1]], -1))
    table = np.stack(steps[::-1])
    order = np.argsort(graph.groups[graph.ends], kind="stable")
    paths = table[:, order].T.ravel()
    found: Ints = paths[paths >= 0]
    return found
