"""How sure an edit is: the posterior of its reading, corrected by what else is known of it.

The posteriors of a log-linear model are not calibrated, since its features are not independent. A logistic regression
over the log-odds of the posterior, the rivals of the reading and its features, fitted to edits that are known to be
right or wrong, tells better how far to trust an edit (Platt 1999 does so for the score of a classifier).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from normalizer.inference import Inferred
from normalizer.lattice import Lattice, phrase_keys
from normalizer.ragged import numbered, ranges
from normalizer.weights import FEATURES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# bias: always 1. odds: log-odds of the posterior. kept: posterior of the stretch's first token as it stands. rival:
# posterior of the best other reading of the same stretch. readings: log of how many readings the stretch has.
SIGNS = ("bias", "odds", "kept", "rival", "readings", *FEATURES)
SUREST = 1e-4  # posteriors are clipped to this distance from 0 and 1
LEAST_POSTERIOR = 1e-3  # arcs below this are not counted towards an outcome that they share with others
ROUNDS = 30  # of Newton's method; it converges within ten


def edit_confidences(inferred: Inferred, weights: Mapping[str, float]) -> Floats:
    """Return the probability that each arc's edit is right if its sentence is spun, shape (arcs,).

    It is the posterior of the arc's outcome, and for edits on the best path what the regression makes of that. weights:
    of SIGNS; if there are none, the posteriors stay.
    """
    sure = outcome_posteriors(inferred.lattice, inferred.posteriors)
    chosen = chosen_repairs(inferred)
    if weights and len(chosen):
        sure[chosen] = confidences(confidence_signs(inferred, sure, chosen), weights)
    return sure


def chosen_repairs(inferred: Inferred) -> Ints:
    """Return the arcs on the best path that repair a spun form, in its order."""
    repairs = np.zeros(len(inferred.lattice), dtype=np.bool_)
    repairs[inferred.lattice.repairs] = True
    return inferred.path[repairs[inferred.path]]


def confidence_signs(inferred: Inferred, outcomes: Floats, chosen: Ints) -> Floats:
    """Return the SIGNS of the *chosen* arcs, shape (chosen, signs).

    outcomes: probability of the outcome of each arc, see `outcome_posteriors`, shape (arcs,).
    """
    lattice, posteriors = inferred.lattice, inferred.posteriors
    standing = np.zeros(len(lattice.batch.words))
    keeps = np.flatnonzero(lattice.keeps)
    standing[lattice.first[keeps]] = posteriors[keeps]
    sure = np.clip(outcomes[chosen], SUREST, 1 - SUREST)
    rivals, counts = _rivals(lattice, posteriors, chosen)
    own = (np.ones(len(chosen)), np.log(sure / (1 - sure)), standing[lattice.first[chosen]], rivals, np.log(counts))
    return np.column_stack((*own, inferred.features.rows(chosen)))


def _rivals(lattice: Lattice, posteriors: Floats, chosen: Ints) -> tuple[Floats, Floats]:
    """Return the posterior of the best other reading of each *chosen* arc's stretch, and how many readings it has."""
    arcs = lattice.edits
    own = numbered(np.stack((lattice.first[arcs], lattice.end[arcs])))
    number = np.full(len(lattice), -1)
    number[arcs] = own
    other = np.ones(len(lattice), dtype=np.bool_)
    other[chosen] = False
    rest = arcs[other[arcs]]
    best = np.zeros(int(own.max(initial=-1)) + 1)
    np.maximum.at(best, number[rest], posteriors[rest])
    return best[number[chosen]], np.bincount(own)[number[chosen]].astype(np.float64)


# --- the probability of an outcome ----------------------------------------------------------------------------


def outcome_posteriors(lattice: Lattice, arcs: Floats) -> Floats:
    """Return for each arc the probability of its outcome, which other arcs may share, shape (arcs,).

    "cold war" for "chilly conflict" may be one arc or two; either way "chilly" becomes "cold". The outcome of an arc
    with as many words as tokens is one change for each word, and the arc is as likely as the least likely of these. The
    outcome of any other arc is what it changes once the words that both sides share at either end are left out: "have"
    for "have actually" and "been" for "actually been" both remove "actually". An arc that only inserts words is counted
    by itself, since two insertions at one place do not exclude each other.

    arcs: posteriors of all arcs, shape (arcs,).
    """
    result = np.minimum(1.0, arcs)
    active = np.flatnonzero(arcs > LEAST_POSTERIOR)
    owner, first, end, words = _changes(lattice, active)
    if not len(owner):
        return result
    number = numbered(np.stack((first.astype(np.uint64), end.astype(np.uint64), words)))
    made = np.bincount(number, arcs[owner])[number]
    surest = np.ones(len(lattice))
    np.minimum.at(surest, owner, made)
    changed = np.unique(owner)
    result[changed] = surest[changed]
    return result


def _changes(lattice: Lattice, arcs: Ints) -> tuple[Ints, Ints, Ints, NDArray[np.uint64]]:
    """Return the changes that *arcs* make: of each the arc, first token, end, and a number for its new words."""
    sizes, tokens = lattice.sizes[arcs], lattice.end[arcs] - lattice.first[arcs]
    stepwise, other = arcs[sizes == tokens], arcs[sizes != tokens]
    counts = lattice.sizes[stepwise]
    flat = ranges(lattice.offsets[stepwise], counts)
    places = ranges(lattice.first[stepwise], counts)
    ones = np.ones(len(flat), dtype=np.int64)
    begin, size, first, end = _without_common(lattice, other)
    changing = first < end
    return (
        np.concatenate((np.repeat(stepwise, counts), other[changing])),
        np.concatenate((places, first[changing])),
        np.concatenate((places + 1, end[changing])),
        np.concatenate(
            (phrase_keys(lattice.words, flat, ones), phrase_keys(lattice.words, begin[changing], size[changing]))
        ),
    )


def _without_common(lattice: Lattice, arcs: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the words (begin, size) and tokens (first, end) of *arcs* without what both sides share at either end."""
    begin, size = lattice.offsets[arcs].copy(), lattice.sizes[arcs].copy()
    first, end = lattice.first[arcs].copy(), lattice.end[arcs].copy()
    own, words = lattice.batch.words, lattice.words
    for _ in range(int(size.max(initial=0))):
        open_ = np.flatnonzero((size > 0) & (first < end))
        same = open_[words[begin[open_]] == own[first[open_]]]
        begin[same], first[same], size[same] = begin[same] + 1, first[same] + 1, size[same] - 1
        if not len(same):
            break
    for _ in range(int(size.max(initial=0))):
        open_ = np.flatnonzero((size > 0) & (first < end))
        same = open_[words[begin[open_] + size[open_] - 1] == own[end[open_] - 1]]
        end[same], size[same] = end[same] - 1, size[same] - 1
        if not len(same):
            break
    return begin, size, first, end


# --- the regression -------------------------------------------------------------------------------------------


def confidences(signs: Floats, weights: Mapping[str, float]) -> Floats:
    """Return the probability that each edit is right, shape (edits,), from its SIGNS, shape (edits, signs)."""
    total = np.zeros(len(signs))
    for sign, name in zip(signs.T, SIGNS, strict=True):  # a matrix product's rounding depends on its shape
        total += weights.get(name, 0.0) * sign
    return _logistic(total)


def fit_confidence(
    signs: Floats,
    right: NDArray[np.bool_],
    counts: Floats,
    prior: float = 3.0,
    fixed: Mapping[str, float] | None = None,
    names: Sequence[str] = SIGNS,
) -> dict[str, float]:
    """Fit a logistic regression by Newton's method, with a Gaussian prior, and return its weights.

    signs: shape (edits, names). right: whether each edit is right, shape (edits,). counts: the weight of each edit,
    shape (edits,). prior: precision of the Gaussian around 0 of every weight but the bias, once each sign is scaled to
    a mean square of 1. fixed: weights that are not fitted. names: of the signs, in order.
    """
    settled = dict(fixed or {})
    free = [i for i, name in enumerate(names) if name not in settled]
    offset = signs @ np.array([settled.get(name, 0.0) for name in names])
    own = signs[:, free]
    scales = np.maximum(np.sqrt(np.average(own**2, axis=0, weights=counts)), 1e-6)
    scaled = own / scales
    penalty = np.array([1e-3 if names[i] == "bias" else prior for i in free])
    weights = np.zeros(len(free))
    for _ in range(ROUNDS):
        found = _logistic(offset + scaled @ weights)
        slope = scaled.T @ (counts * (right - found)) - penalty * weights
        curve = (scaled * (counts * found * (1 - found))[:, None]).T @ scaled + np.diag(penalty)
        weights = weights + np.linalg.solve(curve, slope)
    learnt = {names[i]: float(w) for i, w in zip(free, weights / scales, strict=True)} | settled
    return {name: round(learnt[name], 4) for name in names if abs(learnt.get(name, 0.0)) > 1e-9}


def _logistic(values: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-np.clip(values, -50, 50)))
    return result
