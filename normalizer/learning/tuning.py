"""Learning the weights of `scoring` from gold repairs: maximum conditional likelihood of the gold wording.

The gradient of a conditional random field is the difference of two expectations: features over all paths that agree
with
the gold repairs minus features over all paths (Lafferty, McCallum and Pereira 2001; the hidden-path form is that of
Quattoni and others 2007). Optimised by RMSprop with a Gaussian prior, which needs no further library.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from normalizer.confidence import SIGNS, confidence_signs, fit_confidence
from normalizer.decoding import NEVER, best_path, forward_backward
from normalizer.learning.alignment import Agreement, GoldEdit, agree
from normalizer.repairing import FAMILY_ROUNDS, Normalizer, outcome_posteriors
from normalizer.scoring import (
    FEATURES,
    UNIFORM,
    ArcTable,
    Trellis,
    Weights,
    arc_features,
    arc_table,
    family_posterior,
    score,
    with_fits,
    word_table,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One article with gold repairs, the normalizer to read it with, and how much it counts."""

    text: str
    golds: tuple[GoldEdit, ...]
    references: tuple[str, ...]
    normalizer: Normalizer
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """An example unrolled under some weights: all that the gradient needs."""

    arcs: ArcTable
    trellis: Trellis
    agreement: Agreement
    weight: float


def unroll(example: Example, weights: Weights) -> Prepared:
    """Propose, unroll and align one example; paths that agree with gold survive the coarse pass."""
    normalizer = example.normalizer
    proposed = normalizer.propose(example.text, example.references)
    agreement = agree(proposed.lattice, proposed.tokens, proposed.spans, example.golds)
    table = word_table(proposed.lattice, normalizer.model, normalizer.association)
    arcs = arc_table(proposed.lattice, table, proposed.support)
    trellis = normalizer.unroll(proposed.lattice, table, arcs, weights, must=agreement.allowed)
    scores = score(trellis, arc_features(arcs, UNIFORM), weights)
    arcs = with_fits(arcs, normalizer.fits(proposed.lattice, trellis, scores))
    return Prepared(arcs, trellis, agreement, example.weight)


def gradient(prepared: Prepared, weights: Weights) -> tuple[float, Floats]:
    """Return log-likelihood per sentence-weight and its gradient over (features..., model weight)."""
    trellis, arcs = prepared.trellis, prepared.arcs
    families, by_arc = UNIFORM, None
    for _ in range(FAMILY_ROUNDS):
        features = arc_features(arcs, families, by_arc)
        scores = score(trellis, features, weights)
        everything = forward_backward(trellis.graph, scores.nodes, scores.edges)
        by_arc = np.bincount(trellis.arcs, everything.nodes, minlength=len(features)).astype(np.float64)
        families = family_posterior(by_arc[arcs.edits], arcs.strengths[arcs.edits], UNIFORM)
    blocked = np.where(prepared.agreement.allowed[trellis.arcs], 0.0, NEVER)
    golden = forward_backward(trellis.graph, scores.nodes + blocked, scores.edges)
    usable = golden.total > NEVER / 2
    gain = (golden.total - everything.total)[usable].sum()
    in_node, in_edge = usable[trellis.graph.groups], usable[trellis.graph.groups[trellis.graph.targets]]
    node_gap = np.where(in_node, golden.nodes - everything.nodes, 0.0)
    edge_gap = np.where(in_edge, golden.transitions - everything.transitions, 0.0)
    slope = node_gap @ features[trellis.arcs]
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

    prior: precision of the Gaussian around *start*'s weights. only: names of the weights that may change.
    """
    weights = start
    centre = np.append(start.vector(), start.model)
    free = np.array([name in only for name in (*FEATURES, "model")], dtype=np.float64)
    for round_number in range(rounds):
        prepared = [unroll(example, weights) for example in examples]
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
        proposed = example.normalizer.propose(example.text, example.references)
        allowed = agree(proposed.lattice, proposed.tokens, proposed.spans, example.golds).allowed
        decoded = example.normalizer.decode(proposed, weights)
        path = decoded.trellis.arcs[best_path(decoded.trellis.graph, decoded.scores.nodes, decoded.scores.edges)]
        chosen = path[np.isin(path, decoded.arcs.edits)]
        outcomes = outcome_posteriors(proposed.lattice, decoded.arc_posteriors)
        found = confidence_signs(proposed.lattice, decoded.features, decoded.arc_posteriors, outcomes, chosen)
        signs.append(found)
        right.append(allowed[chosen])
        counts.append(np.full(len(chosen), example.weight))
    fixed = {name: weights.confidence.get(name, 0.0) for name in SIGNS if name not in only}
    fitted = fit_confidence(np.concatenate(signs), np.concatenate(right), np.concatenate(counts), fixed=fixed)
    return replace(weights, confidence=fitted)


def with_vector(weights: Weights, vector: Floats) -> Weights:
    """Return *weights* with features and model weight from *vector*."""
    features = {name: round(float(value), 4) for name, value in zip(FEATURES, vector[:-1], strict=True)}
    return replace(weights, features=features, model=round(float(vector[-1]), 4))
