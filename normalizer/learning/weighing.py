"""Learning what makes a word look like a swap of its relative: the weights of `synonyms`.

A conditional logit (McFadden 1974): at each place one of the relatives was written first, or the word that stands there
was. It is fitted twice, to what is known of the words alone, and with what the page shows under the first weights.
Clean text teaches as much as spun text: nothing there is to be changed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from normalizer.confidence import edit_confidences
from normalizer.inference import infer
from normalizer.learning.alignment import GoldEdit
from normalizer.pages import Page, read
from normalizer.reading import read_lattice
from normalizer.synonyms import Places, Relatives, candidates, known_rates, total
from normalizer.tables import Tables
from normalizer.weights import PAGE_SIGNS, SYNONYM_SIGNS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ROUNDS = 12  # of Newton's method; it has settled before
PRIOR = 1.0  # precision of the Gaussian around 0 of every weight but the bias, once signs are scaled to variance 1
LARGEST_STEP = 5.0  # of a scaled weight in one round


@dataclass(frozen=True, slots=True)
class Asked:
    """The relatives that compete in one text.

    signs: SYNONYM_SIGNS, shape (signs, relatives). right: whether each was written first. places, known: what the page
    shows, see `Places.page_signs`.
    """

    signs: NDArray[np.float32]
    right: Bools
    places: Places
    known: Floats


def asked(text: str, golds: Sequence[GoldEdit], tables: Tables) -> Asked | None:
    """Return the relatives that compete in *text*, and which of them its *golds* want; None if there are none."""
    page = read(text)
    lattice, _ = read_lattice([page], [()], tables)
    inferred = infer(lattice, tables)
    confidences = edit_confidences(inferred, tables.weights.confidence)
    found = candidates(inferred, confidences, tables)
    if found is None:
        return None
    right = wanted(page, found.found, golds, tables)
    places = Places.of_batch(lattice.batch, found.found)
    return Asked(np.array(found.signs, dtype=np.float32), right, places, known_rates(inferred, confidences))


def wanted(page: Page, found: Relatives, golds: Sequence[GoldEdit], tables: Tables) -> Bools:
    """Say for each relative whether a gold repair wants it in just that stretch."""
    readings = {(gold.start, gold.end): {each.lower() for each in gold.readings} for gold in golds}
    tokens, word = page.tokens, tables.lexicon.word
    columns = zip(found.start.tolist(), found.end.tolist(), found.word.tolist(), strict=True)
    rows = (word(w) in readings.get((tokens[s].start, tokens[e - 1].end), ()) for s, e, w in columns)
    return np.fromiter(rows, np.bool_, len(found))


def learn_synonyms(
    texts: Iterable[Asked], progress: Callable[[str], None] = lambda message: None
) -> dict[str, dict[str, float]]:
    """Return the weights of `synonyms` fitted to what is asked in some texts, spun and clean ones."""
    own = list(texts)
    signs = np.concatenate([each.signs for each in own], axis=1)
    right = np.concatenate([each.right for each in own])
    ends = np.cumsum([0, *(int(each.places.of.max()) + 1 for each in own)])
    place = np.concatenate([each.places.of + base for each, base in zip(own, ends[:-1].tolist(), strict=True)])
    progress(f"{len(right)} relatives of {ends[-1]} words in {len(own)} texts, {right.sum()} of them right")
    first = fit_logit(signs, right, place, SYNONYM_SIGNS)
    pages = np.concatenate([np.array(_page_signs(each, first), dtype=np.float32) for each in own], axis=1)
    second = fit_logit(np.concatenate((signs, pages)), right, place, (*SYNONYM_SIGNS, *PAGE_SIGNS))
    return {"first": first, "second": second}


def _page_signs(text: Asked, first: Mapping[str, float]) -> list[Floats]:
    posteriors = text.places.posteriors(total(list(text.signs.astype(np.float64)), SYNONYM_SIGNS, first))
    return text.places.page_signs(posteriors, text.known)


def fit_logit(signs: NDArray[np.float32], right: Bools, place: Ints, names: Sequence[str]) -> dict[str, float]:
    """Return the weights under which the relatives that are *right* are likeliest, by Newton's method.

    signs: shape (names, relatives). place: of each relative; one at most is right at each, and where none is, what
    stands there is.
    """
    scales = np.maximum(np.sqrt((signs.astype(np.float64) ** 2).mean(axis=1)), 1e-6)
    scaled = (signs / scales[:, None]).T.astype(np.float64)
    count = int(place.max()) + 1
    penalty = np.array([1e-3 if name == "bias" else PRIOR for name in names])
    weights = np.zeros(len(names))
    for _ in range(ROUNDS):
        odds = np.exp(np.clip(scaled @ weights, -40, 40))
        found = odds / (1.0 + np.bincount(place, odds, minlength=count))[place]
        slope = scaled.T @ (right - found) - penalty * weights
        means = np.stack([np.bincount(place, found * column, minlength=count) for column in scaled.T])
        curve = (scaled * found[:, None]).T @ scaled - means @ means.T + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights = weights + step * min(1.0, LARGEST_STEP / np.abs(step).max())
    return {name: round(float(weight), 4) for name, weight in zip(names, weights / scales, strict=True)}


def with_synonyms(tables: Tables, weights: dict[str, dict[str, float]]) -> Tables:
    """Return *tables* that weigh synonyms by *weights*."""
    return replace(tables, weights=replace(tables.weights, synonyms=weights))
