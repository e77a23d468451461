"""How sure an edit is: the posterior of its reading, corrected by what else is known of it.

Posteriors of a log-linear model are as good as its features are independent, and they are not. A logistic regression
over the posterior's log-odds, its rivals and the features of the reading, fitted to edits of which it is known whether
they are right, says better which to trust (Platt 1999 does so for the score of a classifier).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from normalizer.lattice import Lattice
from normalizer.scoring import FEATURES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# bias: always 1. odds: log-odds of the posterior. kept, rival: posterior of the text as it stands, and of the best
# other reading of the same stretch. readings: log of how many there are.
SIGNS = ("bias", "odds", "kept", "rival", "readings", *FEATURES)
SUREST = 1e-4  # posteriors nearer to 0 or 1 than this count as this near
ROUNDS = 30  # of Newton's method; it has settled after ten


def confidence_signs(lattice: Lattice, features: Floats, posteriors: Floats, outcomes: Floats, chosen: Ints) -> Floats:
    """Return what is known of the *chosen* arcs, shape (chosen, len(SIGNS)).

    features: of all arcs, shape (arcs, len(FEATURES)). posteriors, outcomes: probability of each arc, and of what it
    does, which other arcs may do as well.
    """
    places = lattice.firsts * (int(lattice.ends.max(initial=0)) + 1) + lattice.ends
    read = np.array([reading is not None for reading in lattice.readings], dtype=bool)
    standing = np.zeros(int(lattice.ends.max(initial=0)) + 1)
    keeps = np.flatnonzero(~read & (lattice.firsts < lattice.ends))
    standing[lattice.firsts[keeps]] = posteriors[keeps]
    sure = np.clip(outcomes[chosen], SUREST, 1 - SUREST)
    rivals, counts = _rivals(places, read, posteriors, chosen)
    own = (np.ones(len(chosen)), np.log(sure / (1 - sure)), standing[lattice.firsts[chosen]], rivals, np.log(counts))
    return np.column_stack((*own, features[chosen]))


def _rivals(places: Ints, read: NDArray[np.bool_], posteriors: Floats, chosen: Ints) -> tuple[Floats, Floats]:
    """Return the posterior of the best other reading of each *chosen* arc's stretch, and how many readings it has."""
    arcs = np.flatnonzero(read)
    numbers = np.unique(places[arcs], return_inverse=True)[1]
    number = np.full(len(places), -1)
    number[arcs] = numbers
    others = arcs[~np.isin(arcs, chosen)]
    best = np.zeros(int(numbers.max(initial=-1)) + 1)
    np.maximum.at(best, number[others], posteriors[others])
    return best[number[chosen]], np.bincount(numbers)[number[chosen]].astype(np.float64)


def confidences(signs: Floats, weights: Mapping[str, float]) -> Floats:
    """Return the probability that each edit is right, from its *signs*, shape (edits,)."""
    result: Floats = _logistic(signs @ np.array([weights.get(name, 0.0) for name in SIGNS]))
    return result


def fit_confidence(
    signs: Floats,
    right: NDArray[np.bool_],
    counts: Floats,
    prior: float = 3.0,
    fixed: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return the weights under which edits with these *signs* are most likely *right* or not.

    counts: what each edit counts. prior: precision of the Gaussian around 0 of every weight but the bias, once the
    signs are scaled to a variance of 1. fixed: weights that stay as they are. Maximum likelihood by Newton's method.
    """
    settled = dict(fixed or {})
    free = [i for i, name in enumerate(SIGNS) if name not in settled]
    offset = signs @ np.array([settled.get(name, 0.0) for name in SIGNS])
    own = signs[:, free]
    scales = np.maximum(np.sqrt(np.average(own**2, axis=0, weights=counts)), 1e-6)
    scaled = own / scales
    penalty = np.array([1e-3 if SIGNS[i] == "bias" else prior for i in free])
    weights = np.zeros(len(free))
    for _ in range(ROUNDS):
        found = _logistic(offset + scaled @ weights)
        slope = scaled.T @ (counts * (right - found)) - penalty * weights
        curve = (scaled * (counts * found * (1 - found))[:, None]).T @ scaled + np.diag(penalty)
        weights = weights + np.linalg.solve(curve, slope)
    learnt = {SIGNS[i]: float(w) for i, w in zip(free, weights / scales, strict=True)} | settled
    return {name: round(learnt[name], 4) for name in SIGNS if abs(learnt.get(name, 0.0)) > 1e-9}


def _logistic(values: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-np.clip(values, -50, 50)))
    return result
