"""Learning the weights of `features` from gold repairs: maximum conditional likelihood of the gold wording.

The gradient of a conditional random field is the difference of two expectations: of the features over all paths that
agree with the gold repairs, and over all paths (Lafferty, McCallum and Pereira 2001; with hidden paths Quattoni and
others 2007). It is optimised by RMSprop (Tieleman and Hinton 2012) with a Gaussian prior.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.confidence import SIGNS, chosen_repairs, confidence_signs, fit_confidence, outcome_posteriors
from normalizer.graphs import NEVER, edge_posteriors, forward_backward
from normalizer.inference import Unrolled, decode, fits_in, infer, unroll
from normalizer.lattice import Lattice
from normalizer.learning.alignment import Agreement, GoldEdit, agree
from normalizer.pages import read
from normalizer.reading import read_lattice
from normalizer.tables import Tables
from normalizer.testimony import ReferenceCache, Testimony
from normalizer.weights import FEATURES, Weights

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One article with gold repairs, the tables to read it with, and how much it counts."""

    text: str
    golds: tuple[GoldEdit, ...]
    references: tuple[str, ...]
    tables: Tables
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """An example unrolled under some weights: all that the gradient needs.

    fits: how well its arcs fit into their contexts under these weights, shape (arcs,).
    """

    unrolled: Unrolled
    agreement: Agreement
    fits: Floats
    weight: float


def aligned(example: Example) -> tuple[Lattice, Testimony, Agreement]:
    """Return all readings of an example, what references say of them, and which agree with its gold repairs."""
    references = ReferenceCache(example.tables)(example.references)
    lattice, testimony = read_lattice([read(example.text)], [references], example.tables)
    return lattice, testimony, agree(lattice, example.tables.lexicon.ids, example.golds)


def prepare(example: Example, weights: Weights) -> Prepared:
    """Return an example unrolled under *weights*; paths that agree with its gold repairs are kept in the trellis."""
    tables = replace(example.tables, weights=weights)
    lattice, testimony, agreement = aligned(example)
    unrolled = unroll(lattice, tables, testimony.on_arcs(lattice), agreement.allowed)
    asked = []

    def fits(*arguments: Any) -> Floats:
        asked.append(fits_in(tables)(*arguments))
        return asked[0]

    decode(unrolled, weights, fits)
    return Prepared(unrolled, agreement, asked[0], example.weight)


def gradient(prepared: Prepared, weights: Weights) -> tuple[float, Floats]:
    """Return the weighted log-likelihood of an example's gold repairs and its gradient.

    The gradient is over the weights of FEATURES and of the n-gram model, shape (features + 1,).
    """
    unrolled = prepared.unrolled
    trellis, graph = unrolled.trellis, unrolled.trellis.graph
    decoded = decode(unrolled, weights, lambda *_: prepared.fits)
    everything = decoded.found
    blocked = np.where(prepared.agreement.allowed[trellis.arcs], 0.0, NEVER)
    golden = forward_backward(graph, decoded.nodes + blocked, decoded.edges)
    usable = golden.total > NEVER / 2
    gain = (golden.total - everything.total)[usable].sum()
    in_node, in_edge = usable[graph.groups], usable[graph.groups[graph.targets]]
    ways = [
        edge_posteriors(graph, nodes, decoded.edges, found)
        for nodes, found in ((decoded.nodes + blocked, golden), (decoded.nodes, everything))
    ]
    node_gap = np.where(in_node, golden.nodes - everything.nodes, 0.0)
    edge_gap = np.where(in_edge, ways[0] - ways[1], 0.0)
    arc_gap = np.bincount(trellis.arcs, node_gap, minlength=len(unrolled.lattice))
    slope = unrolled.features.table @ arc_gap
    model = node_gap @ trellis.node_model + edge_gap @ trellis.edge_model
    return prepared.weight * float(gain), prepared.weight * np.append(slope, model)


def tune(
    examples: Sequence[Example],
    start: Weights,
    *,
    rounds: int = 2,
    steps: int = 60,
    prior: float = 0.5,
    rate: float = 0.05,
    only: Container[str] = (*FEATURES, "model"),
    progress: Callable[[str], None] = lambda message: None,
) -> Weights:
    """Return weights fitted to *examples*. Deterministic.

    rounds: how often the examples are unrolled anew. steps: of the optimiser in each round. prior: precision of the
    Gaussian around *start*'s weights. rate: initial learning rate. only: names of the weights that may change.
    progress: called with lines of progress.
    """
    weights = start
    centre = np.append(start.vector(), start.model)
    free = np.array([name in only for name in (*FEATURES, "model")], dtype=np.float64)
    for round_number in range(rounds):
        prepared = [prepare(example, weights) for example in examples]
        vector, speed = np.append(weights.vector(), weights.model), np.zeros(len(FEATURES) + 1)
        for step in range(steps):
            parts = [gradient(item, weights) for item in prepared]
            slope = free * (sum((part[1] for part in parts), np.zeros_like(vector)) - prior * (vector - centre))
            speed = 0.9 * speed + 0.1 * slope**2
            vector = vector + rate / (1 + 3 * step / steps) * slope / (np.sqrt(speed) + 1e-8)
            weights = with_vector(weights, vector)
            if step % 10 == 0 or step == steps - 1:
                gain = sum(part[0] for part in parts)
                progress(f"round {round_number + 1}, step {step + 1}: log-likelihood {gain:.1f}")
    return weights


def tune_confidence(examples: Sequence[Example], weights: Weights, only: Container[str] = SIGNS) -> Weights:
    """Return *weights* with those of confidence fitted to the edits that they make in *examples*.

    only: names of the weights of confidence that may change.
    """
    signs, right, counts = [], [], []
    for example in examples:
        lattice, testimony, agreement = aligned(example)
        inferred = infer(lattice, replace(example.tables, weights=weights), testimony.on_arcs(lattice))
        chosen = chosen_repairs(inferred)
        outcomes = outcome_posteriors(lattice, inferred.posteriors)
        signs.append(confidence_signs(inferred, outcomes, chosen))
        right.append(agreement.allowed[chosen])
        counts.append(np.full(len(chosen), example.weight))
    fixed = {name: weights.confidence.get(name, 0.0) for name in SIGNS if name not in only}
    fitted = fit_confidence(np.concatenate(signs), np.concatenate(right), np.concatenate(counts), fixed=fixed)
    return replace(weights, confidence=fitted)


def with_vector(weights: Weights, vector: Floats) -> Weights:
    """Return *weights* with features and model weight from *vector*."""
    features = {name: round(float(value), 4) for name, value in zip(FEATURES, vector[:-1], strict=True)}
    return replace(weights, features=features, model=round(float(vector[-1]), 4))
