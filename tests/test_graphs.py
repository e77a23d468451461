"""Best paths and posteriors are those of plain enumeration, over graphs of arcs and of pairs of arcs."""

from itertools import pairwise

import numpy as np
import pytest
from core_strategies import Web, thorough, usual, web_paths, webs
from hypothesis import given
from hypothesis import strategies as st

from normalizer.graphs import (
    Graph,
    Pairs,
    adjacent,
    arc_graph,
    best_paths,
    edge_posteriors,
    forward_backward,
    pair_graph,
)

EMPTY = np.zeros(0, dtype=np.int64)


def pairs_of(edges: list[tuple[int, int]]) -> Pairs:
    columns = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return Pairs(columns[:, 0], columns[:, 1])


def graph_of(web: Web) -> tuple[Graph, np.ndarray]:
    """The graph whose nodes are those of the web, and the weights of its edges."""
    graph = arc_graph(pairs_of(list(web.edges)), web.levels, web.groups, np.array(web.ends))
    return graph, np.array(list(web.edges.values()), dtype=float)


def groups_of(web: Web) -> range:
    return range(int(web.groups.max()) + 1)


def score_of(web: Web, path: list[int]) -> float:
    return sum(web.nodes[path]) + sum(web.edges[pair] for pair in pairwise(path))


# --- arcs side by side --------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), max_size=8).map(sorted))
@thorough
def test_adjacent_arcs_are_those_that_meet(drawn):
    source = np.array([at for at, _ in drawn], dtype=np.int64)
    target = source + np.array([length for _, length in drawn], dtype=np.int64)
    found = adjacent(source, target)
    expected = [(left, right) for right, at in enumerate(source) for left, end in enumerate(target) if at == end]
    got = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert sorted(got) == sorted(expected)
    assert [right for _, right in got] == sorted(right for _, right in got)


# --- graphs -----------------------------------------------------------------------------------------------------


@given(webs())
@thorough
def test_a_graph_knows_the_edges_into_and_out_of_every_node(web):
    graph, _ = graph_of(web)
    edges = list(zip(graph.sources.tolist(), graph.targets.tolist(), strict=True))
    assert edges == list(web.edges)
    for node, (low, high) in enumerate(pairwise(graph.into.tolist())):
        assert edges[low:high] == [edge for edge in web.edges if edge[1] == node]
    for node, (low, high) in zip(graph.inner.tolist(), pairwise(graph.out_of.tolist()), strict=True):
        own = graph.leaving[low:high].tolist()
        assert sorted(edges[edge] for edge in own) == sorted(edge for edge in web.edges if edge[0] == node)
    assert graph.inner.tolist() == sorted({source for source, _ in web.edges})
    for level, (low, high) in enumerate(pairwise(graph.level_nodes.tolist())):
        assert (web.levels[low:high] == level).all()
    assert graph.ends.tolist() == web.ends


@given(webs())
@thorough
def test_the_best_path_is_that_of_enumeration_and_ties_keep_the_earlier_node(web):
    graph, edges = graph_of(web)
    expected = []
    for group in groups_of(web):
        all_paths = web_paths(web, group)
        best = max(score_of(web, path) for path in all_paths)
        tied = [path for path in all_paths if score_of(web, path) == best]
        expected += min(tied, key=lambda path: path[::-1])  # seen from the end, the earlier node wins
    assert best_paths(graph, web.nodes, edges).tolist() == expected


@given(webs(st.just(0)))
@usual
def test_where_all_paths_are_equal_the_earliest_nodes_win(web):
    graph, edges = graph_of(web)
    for node, following in pairwise(best_paths(graph, web.nodes, edges).tolist()):
        if web.groups[node] == web.groups[following]:
            assert node == min(a for a, b in web.edges if b == following)


@given(webs())
@thorough
def test_posteriors_are_those_of_enumeration(web):
    graph, weights = graph_of(web)
    found = forward_backward(graph, web.nodes, weights)
    nodes = np.zeros(len(web.nodes))
    edges = dict.fromkeys(web.edges, 0.0)
    for group in groups_of(web):
        all_paths = web_paths(web, group)
        shares = np.exp([score_of(web, path) for path in all_paths])
        assert found.total[group] == pytest.approx(np.log(shares.sum()))
        for path, share in zip(all_paths, shares / shares.sum(), strict=True):
            nodes[path] += share
            for pair in pairwise(path):
                edges[pair] += share
    assert found.nodes == pytest.approx(nodes)
    assert edge_posteriors(graph, web.nodes, weights, found) == pytest.approx(np.array(list(edges.values())))


@given(webs(st.integers(-900, 900)))
@usual
def test_posteriors_of_extreme_weights_stay_probabilities(web):
    graph, weights = graph_of(web)
    found = forward_backward(graph, web.nodes, weights)
    for values in (found.nodes, edge_posteriors(graph, web.nodes, weights, found)):
        assert np.isfinite(values).all() and (values >= 0).all() and (values <= 1).all()
    assert found.nodes[web.levels == 0] == pytest.approx(1.0)
    assert found.nodes[graph.ends] == pytest.approx(1.0)


def test_an_empty_graph_has_an_empty_path():
    graph = arc_graph(Pairs(EMPTY, EMPTY), EMPTY, EMPTY, EMPTY)
    assert best_paths(graph, np.zeros(0), np.zeros(0)).tolist() == []
    found = forward_backward(graph, np.zeros(0), np.zeros(0))
    assert len(found.nodes) == len(found.total) == 0
    assert len(edge_posteriors(graph, np.zeros(0), np.zeros(0), found)) == 0


@given(webs(), webs())
@usual
def test_a_sentence_has_the_sums_that_it_has_alone(one, other):
    """To the last bit: what stands beside a sentence must not change how its sums are rounded."""
    both = beside(one, other)
    graph, weights = graph_of(both)
    found = forward_backward(graph, both.nodes, weights)
    alone = [forward_backward(graph_of(web)[0], web.nodes, graph_of(web)[1]) for web in (one, other)]
    mine = both.groups <= one.groups.max()
    for name in ("nodes", "alpha", "beta"):
        values = getattr(found, name)
        assert values[mine].tolist() == getattr(alone[0], name).tolist()
        assert values[~mine].tolist() == getattr(alone[1], name).tolist()
    assert found.total.tolist() == [*alone[0].total.tolist(), *alone[1].total.tolist()]


def beside(one: Web, other: Web) -> Web:
    """The sentences of both webs in one."""
    levels, groups = (np.concatenate(both) for both in ((one.levels, other.levels), (one.groups, other.groups)))
    groups[len(one.groups) :] += one.groups.max() + 1
    order = np.lexsort((groups, levels))
    place = np.argsort(order).tolist()
    edges = {(place[a], place[b]): weight for (a, b), weight in one.edges.items()}
    more = len(one.nodes)
    edges |= {(place[a + more], place[b + more]): weight for (a, b), weight in other.edges.items()}
    by_target = dict(sorted(edges.items(), key=lambda edge: edge[0][::-1]))
    return Web(levels[order], groups[order], np.concatenate((one.nodes, other.nodes))[order], by_target)


# --- graphs of pairs ----------------------------------------------------------------------------------------------


@st.composite
def pruned(draw: st.DrawFn) -> tuple[Web, list[tuple[int, int]]]:
    """A web, and those of its edges that are kept: at least one path of every sentence."""
    web = draw(webs())
    kept = {edge for edge in web.edges if draw(st.booleans())}
    for group in groups_of(web):
        kept.update(pairwise(draw(st.sampled_from(web_paths(web, group)))))
    return web, [edge for edge in web.edges if edge in kept]


def with_starts(web: Web, kept: list[tuple[int, int]]) -> Pairs:
    """The kept pairs, start arcs included, by right arc and then by left."""
    starts = [(-1, int(node)) for node in np.flatnonzero(web.levels == 0)]
    return pairs_of(sorted([*starts, *kept], key=lambda pair: pair[::-1]))


def kept_paths(web: Web, kept: list[tuple[int, int]], group: int) -> list[list[int]]:
    return [path for path in web_paths(web, group) if set(pairwise(path)) <= set(kept)]


def opinion(left: int, middle: int, right: int) -> float:
    """What three arcs in a row are worth."""
    return float((left * 5 + middle * 3 + right * 7) % 11) / 4


def worth(web: Web, path: list[int]) -> float:
    return sum(web.nodes[path]) + sum(opinion(*three) for three in zip([-1, *path], path, path[1:], strict=False))


def unrolled(web: Web, kept: list[tuple[int, int]]) -> tuple[Graph, Pairs, np.ndarray, np.ndarray]:
    """The graph of pairs, what is behind its nodes, and the weights of its nodes and edges."""
    graph, behind = pair_graph(with_starts(web, kept), web.levels, web.groups, np.array(web.ends))
    edges = [
        opinion(int(behind.left[a]), int(behind.right[a]), int(behind.right[b]))
        for a, b in zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    ]
    return graph, behind, web.nodes[behind.right], np.array(edges)


@given(pruned())
@thorough
def test_nodes_are_the_pairs_that_a_path_goes_through_and_one_for_each_end(drawn):
    web, kept = drawn
    graph, behind, _, _ = unrolled(web, kept)
    used = {pair for group in groups_of(web) for path in kept_paths(web, kept, group) for pair in pairwise([-1, *path])}
    merged = {(-1, right) if right in web.ends else (left, right) for left, right in used}
    found = list(zip(behind.left.tolist(), behind.right.tolist(), strict=True))
    assert sorted(found) == sorted(merged)
    assert found == sorted(found, key=lambda pair: pair[::-1])
    assert [found[node] for node in graph.ends] == [(-1, end) for end in sorted(web.ends)]
    assert (web.groups[behind.right] == graph.groups).all()


@given(pruned())
@thorough
def test_posteriors_of_pairs_are_those_of_enumeration(drawn):
    web, kept = drawn
    graph, behind, nodes, edges = unrolled(web, kept)
    found = forward_backward(graph, nodes, edges)
    pairs = zip(behind.left.tolist(), behind.right.tolist(), strict=True)
    by_pair = dict(zip(pairs, found.nodes.tolist(), strict=True))
    expected = dict.fromkeys(by_pair, 0.0)
    for group in groups_of(web):
        all_paths = kept_paths(web, kept, group)
        shares = np.exp([worth(web, path) for path in all_paths])
        assert found.total[group] == pytest.approx(np.log(shares.sum()))
        for path, share in zip(all_paths, shares / shares.sum(), strict=True):
            for left, right in pairwise([-1, *path]):
                expected[(-1 if right in web.ends else left), right] += share
    assert by_pair == pytest.approx(expected)
    ahead = edge_posteriors(graph, nodes, edges, found)
    assert np.bincount(graph.targets, ahead, minlength=len(nodes))[web.levels[behind.right] > 0] == pytest.approx(
        found.nodes[web.levels[behind.right] > 0]
    )


@given(pruned())
@thorough
def test_the_best_path_of_pairs_is_that_of_enumeration(drawn):
    web, kept = drawn
    graph, behind, nodes, edges = unrolled(web, kept)
    found = behind.right[best_paths(graph, nodes, edges)].tolist()
    for group in groups_of(web):
        own = [node for node in found if web.groups[node] == group]
        all_paths = kept_paths(web, kept, group)
        assert own in all_paths
        assert worth(web, own) == pytest.approx(max(worth(web, path) for path in all_paths))
    assert [int(web.groups[node]) for node in found] == sorted(int(web.groups[node]) for node in found)
