"""Sums and best paths over graphs of nodes in levels: Viterbi and forward-backward, vectorised over all sentences.

Rabiner (1989) describes both. A node is a lattice arc, or a pair of adjacent arcs; the sentences of an article lie side
by side in one graph and are swept together, so an article costs as many steps as its longest sentence has tokens.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = -1e30


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes with transitions between them; every transition leads to a higher level.

    levels: shape (nodes,), 0 for the one start node of each sentence. sources, targets: node indices of each
    transition, shape (transitions,), sorted by (level of target, target). groups: which sentence a node belongs to.
    ends: the one end node of each sentence, shape (sentences,). starts: likewise.
    """

    levels: Ints
    groups: Ints
    sources: Ints
    targets: Ints
    starts: Ints
    ends: Ints
    backward: tuple["Bundle", ...]
    forward: tuple["Bundle", ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The transitions of one level, grouped by the node they are summed into.

    edges: transition indices in group order. heads: offset of each group in *edges*. nodes: the node of each group.
    spread: for every edge, the number of its group.
    """

    edges: Ints
    heads: Ints
    nodes: Ints
    spread: Ints


def build_graph(levels: Ints, groups: Ints, sources: Ints, targets: Ints) -> Graph:
    """Return the graph over *levels* nodes with its transitions sorted for sweeping. Node 0.. carry their own
    arrays.
    """
    order = np.lexsort((sources, targets, levels[targets]))
    sources, targets = sources[order], targets[order]
    starts = np.flatnonzero(levels == 0)
    last = np.full(int(groups.max(initial=-1)) + 1, -1, dtype=np.int64)
    np.maximum.at(last, groups, levels)
    ends = np.flatnonzero(levels == last[groups])
    forward = tuple(_bundles(levels[targets], targets))
    backward = tuple(reversed(list(_bundles(levels[sources], sources))))
    return Graph(levels, groups, sources, targets, starts, ends, backward, forward)


def _bundles(levels: Ints, nodes: Ints) -> Iterator[Bundle]:
    order = np.lexsort((nodes, levels))
    if not len(order):
        return
    cuts = np.flatnonzero(np.diff(levels[order])) + 1
    for edges in np.split(order, cuts):
        own = nodes[edges]
        first = np.concatenate(([True], own[1:] != own[:-1]))
        heads = np.flatnonzero(first)
        yield Bundle(edges, heads, own[heads], np.cumsum(first) - 1)


@dataclass(frozen=True, slots=True)
class Posteriors:
    """nodes, transitions: probability of each under the graph; total: log of the summed path weights per sentence."""

    nodes: Floats
    transitions: Floats
    total: Floats


def forward_backward(graph: Graph, nodes: Floats, transitions: Floats) -> Posteriors:
    """Return posteriors from log weights *nodes*, shape (nodes,), and *transitions*, shape (transitions,)."""
    alpha = np.full(len(nodes), NEVER)
    alpha[graph.starts] = nodes[graph.starts]
    for bundle in graph.forward:
        values = alpha[graph.sources[bundle.edges]] + transitions[bundle.edges]
        alpha[bundle.nodes] = _sum(values, bundle) + nodes[bundle.nodes]
    beta = np.full(len(nodes), NEVER)
    beta[graph.ends] = 0.0
    for bundle in graph.backward:
        ahead = graph.targets[bundle.edges]
        values = beta[ahead] + nodes[ahead] + transitions[bundle.edges]
        beta[bundle.nodes] = _sum(values, bundle)
    total = alpha[graph.ends]
    whole = np.empty(int(graph.groups.max(initial=-1)) + 1)
    whole[graph.groups[graph.ends]] = total
    node_posterior = np.exp(np.minimum(alpha + beta - whole[graph.groups], 0.0))
    ahead = graph.targets
    weight = alpha[graph.sources] + transitions + nodes[ahead] + beta[ahead] - whole[graph.groups[ahead]]
    return Posteriors(node_posterior, np.exp(np.minimum(weight, 0.0)), whole)


def _sum(values: Floats, bundle: Bundle) -> Floats:
    peaks = np.maximum.reduceat(values, bundle.heads)
    return peaks + np.log(np.add.reduceat(np.exp(values - peaks[bundle.spread]), bundle.heads))


def best_path(graph: Graph, nodes: Floats, transitions: Floats) -> Ints:
    """Return the nodes of the best path of every sentence, in order. Of equal paths the one through earlier nodes
    wins.
    """
    score = np.full(len(nodes), NEVER)
    score[graph.starts] = nodes[graph.starts]
    came_from = np.full(len(nodes), -1, dtype=np.int64)
    for bundle in graph.forward:
        origin = graph.sources[bundle.edges]
        values = score[origin] + transitions[bundle.edges]
        peaks = np.maximum.reduceat(values, bundle.heads)
        winners = np.where(values == peaks[bundle.spread], origin, len(nodes))
        came_from[bundle.nodes] = np.minimum.reduceat(winners, bundle.heads)
        score[bundle.nodes] = peaks + nodes[bundle.nodes]
    path = []
    for end in graph.ends[::-1]:
        node = int(end)
        while node >= 0:
            path.append(node)
            node = int(came_from[node])
    return np.array(path[::-1], dtype=np.int64)
