"""Features of readings: what the channel, the references and the article itself say of every arc.

A noisy channel (Shannon 1948; Brill and Moore 2000 for text repair) in log-linear form, as a linear-chain conditional
random field over lattice arcs (Lafferty, McCallum and Pereira 2001): the score of a path is the weighted sum of arc
features plus the weighted n-gram log-probabilities along it. Three features change while an article is decoded:
`strength` with the probability of each family, `agreed` with how likely the same swap is elsewhere on the page, and
`fit` with the words around. All others are computed once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.lattice import Lattice, phrase_keys
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.proposals import GRAMMAR, REFERENCE
from normalizer.ragged import group_starts, numbered
from normalizer.weights import FEATURES, Weights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

COLUMN = {name: i for i, name in enumerate(FEATURES)}
DYNAMIC = ("strength", "agreed", "fit")
FLOOR = 1e-3  # strength of a swap in a family that is not known for it
UNIFORM = np.full(len(FAMILY_NAMES), 1.0 / len(FAMILY_NAMES))
SUPPORT = ("aligned", "verbatim", "copied", "context", "anywhere")  # what references say, column by column


@dataclass(frozen=True, slots=True)
class ArcFeatures:
    """The features of all arcs, and what is needed to work out those that change.

    table: shape (features, arcs), a row for each of FEATURES. repairs: arcs that repair a spun form. strengths: P(spun
    form | original swapped) of each of *repairs* in each family, shape (families, repairs). swap: a number for each of
    *repairs* that it shares with the same swap elsewhere on its page. page: the page of each of *repairs*.
    """

    table: Floats
    repairs: Ints
    strengths: Floats
    swap: Ints
    page: Ints

    def reset(self) -> None:
        """Set the DYNAMIC features as before decoding: all families equally likely, `agreed` and `fit` 0."""
        self.believing(np.tile(UNIFORM, (int(self.page.max(initial=0)) + 1, 1)))
        self.table[[COLUMN["agreed"], COLUMN["fit"]]] = 0.0

    def believing(self, families: Floats) -> None:
        """Set `strength` from the probability of each family on each page, shape (pages, families)."""
        own = np.zeros(len(self.repairs))
        for k, strength in enumerate(self.strengths):  # a matrix product's rounding depends on its shape
            own += strength * families[self.page, k]
        self.table[COLUMN["strength"], self.repairs] = np.log(FLOOR + own)

    def agreeing(self, posteriors: Floats) -> None:
        """Set `agreed` from the posteriors of all arcs: a swap that is sure at one place is likelier at others."""
        self.table[COLUMN["agreed"], self.repairs] = agreement(self.swap, posteriors[self.repairs])

    def scores(self, weights: Weights) -> Floats:
        """Return the weighted sum of the features of each arc, shape (arcs,)."""
        total = np.zeros(self.table.shape[1])
        for row, weight in zip(self.table, weights.vector().tolist(), strict=True):
            if weight:
                total += weight * row
        return total

    def rows(self, arcs: Ints) -> Floats:
        """Return the features of *arcs*, shape (arcs, features)."""
        return np.ascontiguousarray(self.table[:, arcs].T)


def arc_features(
    lattice: Lattice,
    support: dict[str, Floats] | None = None,
    topics: Floats | None = None,
    unigrams: Floats | None = None,
) -> ArcFeatures:
    """Return the features of all arcs before anything is decoded, with all families equally likely.

    support: what references say of each arc, by the names of SUPPORT, shape (arcs,) each; None without references.
    topics: association of the words of each arc with the rest of their sentence, shape (arcs,). unigrams: sum of the
    unigram log-probabilities (nats) of the words of each arc, shape (arcs,).
    """
    readings, repairs = lattice.readings, lattice.repairs
    own = lattice.reading[repairs]
    table = np.zeros((len(FEATURES), len(lattice)))
    edits = lattice.edits
    table[COLUMN["article"], edits[readings.kind[lattice.reading[edits]] == GRAMMAR]] = 1.0
    for name, values in (("topic", topics), ("unigram", unigrams)):
        if values is not None:
            table[COLUMN[name]] = values
    stretches = _stretches(lattice, repairs)
    known = _own_features(lattice, repairs, own) | _page_features(lattice, repairs, own, stretches)
    for name, column in known.items():
        table[COLUMN[name], repairs] = column
    for name, column in (support or {}).items():
        _split(table, name, column, repairs)
    page = lattice.page[repairs]
    swap = numbered(np.stack((page.astype(np.uint64), stretches, readings.wording[own].astype(np.uint64))))
    found = ArcFeatures(table, repairs, np.ascontiguousarray(readings.strength[own].T), swap, page)
    found.reset()
    return found


def _stretches(lattice: Lattice, arcs: Ints) -> NDArray[np.uint64]:
    """Return a number for the article's words in the stretch of each arc; equal words have equal numbers."""
    return phrase_keys(lattice.batch.words, lattice.first[arcs], lattice.end[arcs] - lattice.first[arcs])


def _own_features(lattice: Lattice, repairs: Ints, own: Ints) -> dict[str, Floats]:
    """Return the features that a reading has in every article, shape (repairs,) each. own: readings of *repairs*."""
    readings = lattice.readings
    seen = readings.seen[own]
    gains = (lattice.sizes[repairs] - (lattice.end[repairs] - lattice.first[repairs])).astype(np.float64)
    return {
        "edit": np.ones(len(own)),
        "count": np.log1p(seen),
        "known_only": np.array(seen == 0, dtype=np.float64),
        "longer": np.maximum(0.0, gains),
        "shorter": np.maximum(0.0, -gains),
        "multiword": readings.phrase[own].astype(np.float64),
    }


def _page_features(lattice: Lattice, repairs: Ints, own: Ints, stretches: NDArray[np.uint64]) -> dict[str, Floats]:
    """Return the features that compare how often a form stands on its page and in clean text, shape (repairs,) each."""
    readings, page = lattice.readings, lattice.page[repairs]
    place = readings.start[own] * (int(readings.end.max(initial=0)) + 1) + readings.end[own]
    order = np.argsort(place, kind="stable")
    heads = group_starts(place[order])
    at_place = np.empty(len(order), dtype=np.int64)
    at_place[order] = np.cumsum(np.isin(np.arange(len(order)), heads, assume_unique=True)) - 1
    counted = np.bincount(at_place, readings.seen[own], minlength=len(heads))[at_place]
    phrase = numbered(np.stack((page.astype(np.uint64), stretches)))
    places = order[heads]  # one reading for every place
    standing = np.bincount(phrase[places], minlength=int(phrase.max(initial=-1)) + 1)[phrase].astype(np.float64)
    batch = lattice.batch
    size = (np.diff(batch.token_offsets) + 2 * np.diff(batch.sentence_offsets))[page]
    clean, proposed = readings.clean[own], readings.kind[own] == REFERENCE
    return {
        "clean": np.where(proposed, 0.0, np.log(clean + 0.1)),
        "burst": np.where(proposed, 0.0, np.log((standing + 1.0) / (size * clean * 1e-6 + 1.0))),
        "spun_count": np.where(proposed, 0.0, np.log1p(counted)),
        "proposed": np.where(proposed, 1.0, 0.0),
        "proposed_near": readings.near[own].astype(np.float64),
        "proposed_known": np.where(proposed & (counted > 0), 1.0, 0.0),
    }


def _split(table: Floats, name: str, values: Floats, repairs: Ints) -> None:
    """Write the support of repairs to feature *name*, and that of other arcs to `keep_`*name* if there is one."""
    table[COLUMN[name], repairs] = values[repairs]
    if "keep_" + name in COLUMN:
        kept = values.copy()
        kept[repairs] = 0.0
        table[COLUMN["keep_" + name]] = kept


def agreement(swap: Ints, posterior: Floats) -> Floats:
    """Return the log-odds that each swap was made at the other places of its page; 0 if there are none.

    Smoothed by half a place made and half a place not made.
    """
    made = np.bincount(swap, posterior)[swap] - posterior
    others = np.bincount(swap)[swap] - 1
    agreed: Floats = np.log((np.maximum(made, 0.0) + 0.5) / (np.maximum(others - made, 0.0) + 0.5))
    return agreed


def family_posteriors(arcs: ArcFeatures, posteriors: Floats, pages: int) -> Floats:
    """Return the probability of each family on each page, shape (pages, families), with a uniform prior.

    posteriors: of all arcs, shape (arcs,).
    """
    evidence, expected = family_evidence(arcs, posteriors, pages)
    return believed(evidence, expected)


def family_evidence(arcs: ArcFeatures, posteriors: Floats, pages: int) -> tuple[Floats, Floats]:
    """Return the log-likelihood of each page's expected swaps under each family, and how many swaps are expected.

    Shapes (pages, families) and (pages,). posteriors: of all arcs, shape (arcs,). pages: how many there are.
    """
    own = posteriors[arcs.repairs]
    evidence = [np.bincount(arcs.page, own * np.log(FLOOR + each), minlength=pages) for each in arcs.strengths]
    return np.stack(evidence, axis=1).astype(np.float64), np.bincount(arcs.page, own, minlength=pages).astype(
        np.float64
    )


def believed(evidence: Floats, expected: Floats) -> Floats:
    """Return the probability of each family from what `family_evidence` returns, shape (pages, families).

    The log-likelihood is divided by the square root of the number of swaps, since neighbouring swaps are not
    independent.
    """
    logs = evidence / np.sqrt(np.maximum(1.0, expected))[:, None]
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    found: Floats = shares / shares.sum(axis=1, keepdims=True)
    return found
