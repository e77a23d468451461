"""Learning the weights of `synonyms`, and the weights by which an article decides on its edits.

A conditional logit (McFadden 1974) chooses at each place among the relatives and the word that stands there. It is
fitted twice: to the signs of the words alone, and then with the signs of the page, which are computed under the first
weights. A logistic regression then gives the probability that an edit is right, given what its article shows. Clean
texts are examples too: nothing in them is to be changed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from normalizer.confidence import edit_confidences, fit_confidence
from normalizer.errors import CaseError, ModelError
from normalizer.inference import infer
from normalizer.language_model import articles, held_out
from normalizer.language_model.blas import one_blas_thread
from normalizer.learning.alignment import GoldEdit
from normalizer.learning.tuning import Example
from normalizer.pages import Page, read
from normalizer.ragged import group_starts
from normalizer.reading import read_lattice, read_pages, shown_by
from normalizer.synonyms import Relatives
from normalizer.synonyms.places import Places, known_rates
from normalizer.synonyms.signs import candidates
from normalizer.synonyms.weighing import total
from normalizer.tables import Tables
from normalizer.weights import ARTICLE_SIGNS, PAGE_SIGNS, SYNONYM_SIGNS, Weights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ROUNDS = 12  # of Newton's method; it converges earlier
PRIOR = 1.0  # precision of the Gaussian around 0 of every weight but the bias, once signs are scaled to variance 1
LARGEST_STEP = 5.0  # of a scaled weight in one round
MOST_NATS = 40.0
# Places whose relatives are converted to double precision at a time. The signs of a million relatives take 124 MB in
# single precision; copies of all in double precision took a gigabyte, and more time than the sums.
BLOCK = 4096
KIND = "synonym"  # of the edits that put a relative in place of a word
# Edits below this confidence in a spun sentence are left out, since they are never made.
LEAST_SURE = 0.2
# Words of a clean article that are read, and the fewest that it must have: a shorter one is a caption or a table.
MOST_WORDS, FEWEST_WORDS = 400, 40
WORD = re.compile(r"\S+")

Tell = Callable[[str], None]


def learn_weighing(examples: Sequence[Example], start: Weights, progress: Tell = lambda message: None) -> Weights:
    """Return *start* with the weights of `synonyms`, and of `article` for edits of their kind, fitted to *examples*.

    All other weights stay. examples: spun texts, and clean texts, which have no gold repairs; their references and
    their weights are ignored. Raises CaseError if they do not have both right and wrong edits. Deterministic.
    """
    found = (asked(each.text, each.golds, replace(each.tables, weights=start)) for each in examples)
    weights = replace(start, synonyms=learn_synonyms([each for each in found if each is not None], progress))
    judged = (judged_edits(each.text, each.golds, replace(each.tables, weights=weights)) for each in examples)
    return replace(weights, article={**weights.article, KIND: learn_article(judged, progress)})


def clean_openings(path: Path, count: int) -> list[str]:
    """Return the openings of *count* articles of a corpus, or of all if it has fewer, spread evenly over it.

    path: .txt, .txt.xz or .txt.gz, a paragraph a line, a blank line between articles. An opening has MOST_WORDS words
    at most. Articles of fewer than FEWEST_WORDS are left out, and so are those on which `normalizer evaluate clean
    --held-out` measures. Raises ModelError for a file that cannot be read, and for a corpus without a usable article.
    """
    openings = []
    for index, text in enumerate(articles(path)):
        ends = [word.end() for word in islice(WORD.finditer(text), MOST_WORDS)]
        if len(ends) >= FEWEST_WORDS and not held_out(index):
            openings.append(text[: ends[-1]])
    if not openings:
        raise ModelError(
            f"{path}: expected an article of {FEWEST_WORDS} words or more that is not held out, as every 50th is, "
            "found none; leave the file out, or name a larger corpus"
        )
    taken = min(count, len(openings))
    return [openings[number * len(openings) // taken] for number in range(taken)]


# --- relatives ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The relatives that compete in one text.

    signs: SYNONYM_SIGNS, shape (signs, relatives). right: whether each is the original, shape (relatives,). places,
    known: what `Places.page_signs` needs. Relatives are in the order of their places.
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
    readings = _readings(golds)
    tokens, word = page.tokens, tables.lexicon.word
    columns = zip(found.start.tolist(), found.end.tolist(), found.word.tolist(), strict=True)
    rows = (word(w) in readings.get((tokens[s].start, tokens[e - 1].end), ()) for s, e, w in columns)
    return np.fromiter(rows, np.bool_, len(found))


def _readings(golds: Sequence[GoldEdit]) -> dict[tuple[int, int], set[str]]:
    """Return the wordings that *golds* accept in each stretch, in small letters."""
    return {(gold.start, gold.end): {each.lower() for each in gold.readings} for gold in golds}


def learn_synonyms(texts: Sequence[Asked], progress: Tell = lambda message: None) -> dict[str, dict[str, float]]:
    """Return the weights of `synonyms` fitted to what is asked in some *texts*, spun and clean ones.

    Raises CaseError if no relative is right.
    """
    if not any(each.right.any() for each in texts):
        raise CaseError(
            f"expected words that were swapped for their relatives, found none in {len(texts)} texts; "
            "give cases of spinners that swap by a thesaurus"
        )
    right = np.concatenate([each.right for each in texts])
    ends = np.cumsum([0, *(int(each.places.of.max()) + 1 for each in texts)])
    place = np.concatenate([each.places.of + base for each, base in zip(texts, ends[:-1].tolist(), strict=True)])
    progress(f"{len(right)} relatives of {ends[-1]} words in {len(texts)} texts, {right.sum()} of them right")
    own = len(SYNONYM_SIGNS)
    signs = np.empty((own + len(PAGE_SIGNS), len(right)), dtype=np.float32)
    np.concatenate([each.signs for each in texts], axis=1, out=signs[:own])
    first = fit_logit(signs[:own], right, place, SYNONYM_SIGNS)
    np.concatenate([_page_signs(each, first) for each in texts], axis=1, out=signs[own:])
    second = fit_logit(signs, right, place, (*SYNONYM_SIGNS, *PAGE_SIGNS))
    return {"first": first, "second": second}


def _page_signs(text: Asked, first: Mapping[str, float]) -> NDArray[np.float32]:
    posteriors = text.places.posteriors(total(list(text.signs.astype(np.float64)), SYNONYM_SIGNS, first))
    return np.array(text.places.page_signs(posteriors, text.known), dtype=np.float32)


def fit_logit(signs: NDArray[np.float32], right: Bools, place: Ints, names: Sequence[str]) -> dict[str, float]:
    """Return the weights under which the relatives that are *right* are likeliest, by Newton's method.

    signs: shape (names, relatives). right: shape (relatives,). place: of each relative, rising. At most one relative of
    a place is right; if none is, the word that stands there is.
    """
    scales = np.array([max(1e-6, np.sqrt(np.mean(np.square(row, dtype=np.float64)))) for row in signs])
    blocks = [*group_starts(place)[::BLOCK].tolist(), len(place)]
    penalty = np.array([1e-3 if name == "bias" else PRIOR for name in names])
    weights = np.zeros(len(names))
    with one_blas_thread():  # on a busy machine several threads wait for each other: 20 times as long
        for _ in range(ROUNDS):
            slope, curve = -penalty * weights, np.diag(penalty)
            for low, high in pairwise(blocks):
                scaled = signs[:, low:high].T / scales
                part = _slope_and_curve(scaled, right[low:high], group_starts(place[low:high]), weights)
                slope, curve = slope + part[0], curve + part[1]
            step = np.linalg.solve(curve, slope)
            weights = weights + step * LARGEST_STEP / max(LARGEST_STEP, np.abs(step).max())
    return {name: round(float(weight), 4) for name, weight in zip(names, weights / scales, strict=True)}


def _slope_and_curve(scaled: Floats, right: Bools, heads: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """Return the slope of the log-likelihood and its negative curvature. heads: where those of a place begin."""
    odds = np.exp(np.clip(scaled @ weights, -MOST_NATS, MOST_NATS))
    sizes = np.diff(np.append(heads, len(odds)))
    found = odds / np.repeat(1.0 + np.add.reduceat(odds, heads), sizes)
    expected = scaled * found[:, None]
    means = np.add.reduceat(expected, heads, axis=0)
    return scaled.T @ (right - found), expected.T @ scaled - means.T @ means


# --- what an article adds -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """Edits of KIND in one text. signs: ARTICLE_SIGNS, shape (edits, signs). right: whether each is a gold repair."""

    signs: Floats
    right: Bools


def judged_edits(text: str, golds: Sequence[GoldEdit], tables: Tables) -> Judged:
    """Return the edits of KIND that are found in *text*, but for those where a gold repair may be left undone."""
    [reading] = read_pages([read(text)], [()], tables, LEAST_SURE)
    shown, readings = shown_by([reading], tables.weights), _readings(golds)
    open_ = [(gold.start, gold.end) for gold in golds if gold.optional]
    found = [
        (shown.signs(draft.confidence, sentence), draft.after.lower() in readings.get((draft.start, draft.end), ()))
        for draft, sentence in reading.drafts
        if draft.kind == KIND and not any(start < draft.end and draft.start < end for start, end in open_)
    ]
    signs = np.array([each for each, _ in found], dtype=np.float64).reshape(-1, len(ARTICLE_SIGNS))
    return Judged(signs, np.array([right for _, right in found], dtype=np.bool_))


def learn_article(texts: Iterable[Judged], progress: Tell = lambda message: None) -> dict[str, float]:
    """Return the weights of ARTICLE_SIGNS under which the edits in *texts* are most likely right or wrong.

    Raises CaseError if none is right, or none wrong.
    """
    own = list(texts)
    right = np.concatenate([np.zeros(0, dtype=np.bool_), *(each.right for each in own)])
    progress(f"{len(right)} edits for relatives in {len(own)} texts, {right.sum()} of them right")
    if not right.any() or right.all():
        raise CaseError(
            f"expected edits for relatives that are right, and wrong ones, found {right.sum()} and {(~right).sum()}; "
            "give more cases, or --clean text"
        )
    signs = np.concatenate([each.signs for each in own])
    return fit_confidence(signs, right, np.ones(len(right)), PRIOR, names=ARTICLE_SIGNS)
