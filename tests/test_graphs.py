"""Best paths and posteriors are those of plain enumeration, on graphs and on unrolled lattices."""

from itertools import pairwise

import numpy as np
import pytest
from core_strategies import (
    FakeModel,
    Readable,
    Web,
    path_log_prob,
    paths,
    readables,
    thorough,
    usual,
    web_paths,
    webs,
)
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.decoding import Graph, best_path, build_graph, forward_backward
from normalizer.lattice import Lattice, build_lattice
from normalizer.scoring import Trellis, bigram_trellis, join, trigram_trellis, word_table

MODEL = FakeModel()
EMPTY = np.zeros(0, dtype=np.int64)


def graph_of(web: Web) -> tuple[Graph, np.ndarray]:
    """The graph, and the weights of its transitions in the graph's own order."""
    graph = build_graph(web.levels, web.groups, web.sources, web.targets)
    pairs = zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    return graph, np.array([web.edges[pair] for pair in pairs], dtype=float)


def score_of(web: Web, path: list[int]) -> float:
    return sum(web.nodes[path]) + sum(web.edges[pair] for pair in pairwise(path))


# --- graphs -------------------------------------------------------------------------------------------------


@given(webs())
@thorough
def test_a_graph_holds_the_same_transitions_sorted_by_where_they_lead(web):
    graph, _ = graph_of(web)
    pairs = list(zip(graph.sources.tolist(), graph.targets.tolist(), strict=True))
    assert sorted(pairs) == sorted(web.edges)
    assert pairs == sorted(pairs, key=lambda pair: (web.levels[pair[1]], pair[1], pair[0]))
    groups = range(int(web.groups.max()) + 1)
    assert graph.starts.tolist() == [web_paths(web, g)[0][0] for g in groups]
    assert graph.ends.tolist() == [web_paths(web, g)[0][-1] for g in groups]


@given(webs())
@thorough
def test_the_best_path_is_that_of_enumeration_and_ties_keep_the_earlier_node(web):
    graph, transitions = graph_of(web)
    expected = []
    for group in range(int(web.groups.max()) + 1):
        all_paths = web_paths(web, group)
        best = max(score_of(web, path) for path in all_paths)
        tied = [path for path in all_paths if score_of(web, path) == best]
        expected += min(tied, key=lambda path: path[::-1])  # seen from the end, the earlier node wins
    assert best_path(graph, web.nodes, transitions).tolist() == expected


@given(webs(st.just(0)))
@usual
def test_where_all_paths_are_equal_the_earliest_nodes_win(web):
    graph, transitions = graph_of(web)
    for node, following in pairwise(best_path(graph, web.nodes, transitions).tolist()):
        if web.groups[node] == web.groups[following]:
            assert node == min(a for a, b in web.edges if b == following)


@given(webs())
@thorough
def test_posteriors_are_those_of_enumeration(web):
    graph, transitions = graph_of(web)
    found = forward_backward(graph, web.nodes, transitions)
    nodes = np.zeros(len(web.nodes))
    edges = dict.fromkeys(web.edges, 0.0)
    for group in range(int(web.groups.max()) + 1):
        all_paths = web_paths(web, group)
        weights = np.exp([score_of(web, path) for path in all_paths])
        assert found.total[group] == pytest.approx(np.log(weights.sum()))
        for path, share in zip(all_paths, weights / weights.sum(), strict=True):
            nodes[path] += share
            for pair in pairwise(path):
                edges[pair] += share
    assert found.nodes == pytest.approx(nodes)
    pairs = zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    assert found.transitions == pytest.approx(np.array([edges[pair] for pair in pairs]))


@given(webs(st.integers(-900, 900)))
@usual
def test_posteriors_of_extreme_weights_stay_probabilities(web):
    graph, transitions = graph_of(web)
    found = forward_backward(graph, web.nodes, transitions)
    for values in (found.nodes, found.transitions):
        assert np.isfinite(values).all() and (values >= 0).all() and (values <= 1).all()
    assert found.nodes[graph.starts] == pytest.approx(1.0)
    assert found.nodes[graph.ends] == pytest.approx(1.0)


def test_an_empty_graph_has_an_empty_path():
    graph = build_graph(EMPTY, EMPTY, EMPTY, EMPTY)
    assert best_path(graph, np.zeros(0), np.zeros(0)).tolist() == []
    found = forward_backward(graph, np.zeros(0), np.zeros(0))
    assert len(found.nodes) == len(found.transitions) == len(found.total) == 0


# --- lattices unrolled with a model -------------------------------------------------------------------------


def unrolled(lattice: Lattice, order: int) -> Trellis:
    table = word_table(lattice, MODEL)
    if order == 2:
        return bigram_trellis(lattice, table, MODEL)
    return trigram_trellis(lattice, table, MODEL, join(lattice.targets, lattice.sources))


def path_score(lattice: Lattice, path: list[int], own: np.ndarray, order: int) -> float:
    return float(own[path].sum()) + path_log_prob(MODEL, [lattice.words[arc] for arc in path], order)


def arc_weights(lattice: Lattice, salt: int) -> np.ndarray:
    """A weight of its own for every arc, so that hardly any two paths tie."""
    return np.array([((i * 7919 + salt) % 1009) / 1009 for i in range(len(lattice))])


@pytest.mark.parametrize("order", [2, 3])
@given(readable=readables(), salt=st.integers(0, 1000))
@example(readable=Readable("", [], [], []), salt=0)
@thorough
def test_paths_through_an_unrolled_lattice_are_those_of_enumeration(order, readable, salt):
    lattice = readable.lattice
    if not len(lattice):
        return
    own = arc_weights(lattice, salt)
    trellis = unrolled(lattice, order)
    nodes = own[trellis.arcs] + trellis.node_model
    found = forward_backward(trellis.graph, nodes, trellis.edge_model)
    by_arc = np.bincount(trellis.arcs, found.nodes, minlength=len(lattice))
    best = trellis.arcs[best_path(trellis.graph, nodes, trellis.edge_model)]
    for sentence in range(len(readable.spans)):
        all_paths = paths(lattice, sentence)
        scores = np.array([path_score(lattice, path, own, order) for path in all_paths])
        chosen = [arc for arc in best.tolist() if lattice.sentence[arc] == sentence]
        assert chosen in all_paths
        assert path_score(lattice, chosen, own, order) == pytest.approx(scores.max())
        weights = np.exp(scores)
        assert found.total[sentence] == pytest.approx(np.log(weights.sum()))
        expected = np.zeros(len(lattice))
        for path, share in zip(all_paths, weights / weights.sum(), strict=True):
            expected[path] += share
        inside = lattice.sentence == sentence
        assert by_arc[inside] == pytest.approx(expected[inside])


@pytest.mark.parametrize("order", [2, 3])
@given(readable=readables(longest=1))
@usual
def test_where_nothing_speaks_for_a_reading_the_text_is_kept(order, readable):
    lattice = build_lattice(readable.tokens, readable.spans, readable.readings)
    if not len(lattice):
        return
    graph = (trellis := unrolled(lattice, order)).graph
    path = best_path(graph, np.zeros(len(trellis.arcs)), np.zeros(len(graph.sources)))
    assert all(lattice.readings[arc] is None for arc in trellis.arcs[path])
