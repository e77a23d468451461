"""Which sentences of an article are spun, and by whom: a two-state hidden Markov model over its sentences.

Clean text has candidates too ("the navy said"), so a stretch is judged by how many it holds. In each state, clean or
spun, the number of swaps in a sentence is Poisson with a rate per token that can be swapped. A whole article, its
opening alone, or all but its quotations can be spun, so the state may change between sentences, with a small
probability (Rabiner 1989).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.inference import Inferred
from normalizer.lattice import Lattice, phrase_keys
from normalizer.proposals import REFERENCE
from normalizer.ragged import numbered
from normalizer.weights import ARTICLE_SIGNS, Rates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Occurrences of a spun form in a million words of clean text. A form that is at least as frequent as COMMON is no sign
# of a spinner, one at most as frequent as UNCOMMON a full sign. With every form a full sign three of five clean texts
# in a machine's formal prose looked spun, with these bounds none.
COMMON, UNCOMMON = 300.0, 15.0
LEAST_STATE = 1e-3  # probabilities are clipped to this distance from 0 and 1
FEW_WORDS, FEW_SWAPS = 10.0, 0.5  # pseudo-counts: words that are added to an article's, and swaps among them


@dataclass(frozen=True, slots=True)
class Verdict:
    """How likely an article is spun, and by which family of spinners.

    Attributes:
        spun: The probability, 0 to 1, that any of the article is spun.
        family: The likeliest family, such as "a"; None if the article is likelier not spun.
        rate: The expected share, 0 to 1, of its words that were swapped.
        families: The probability of each family, given that the article is spun. Empty if a glance found it clean, so
            that it was not read.

    Example:
        >>> Verdict(spun=0.97, family="a", rate=0.21, families={"a": 0.9, "b": 0.1}).family
        'a'
    """

    spun: float
    family: str | None
    rate: float
    families: dict[str, float] = field(default_factory=dict)


class Shown(NamedTuple):
    """What a whole article shows of a spinner.

    states: probability that each sentence is spun. spun: probability that any sentence is. known: log of the share of
    its words that were swapped, by what the lexicon knows. unknown: log of the share that were swapped for relatives
    that only the thesaurus knows.
    """

    states: list[float]
    spun: float
    known: float
    unknown: float

    @classmethod
    def of(cls, states: Floats, spun: float, swaps: float, related: float, exposed: float) -> "Shown":
        """Make it from sums over the article.

        states, spun: see above. swaps: expected swaps that the lexicon or references know. related: expected swaps for
        relatives. exposed: how many words may have been swapped.
        """
        shares = (math.log((count + FEW_SWAPS) / (exposed + FEW_WORDS)) for count in (swaps, related))
        return cls(states.tolist(), spun, *shares)

    def signs(self, confidence: float, sentence: int) -> tuple[float, ...]:
        """Return the ARTICLE_SIGNS of an edit. confidence: probability that it is right if its *sentence* is spun."""
        return 1.0, _log_odds(confidence), _log_odds(self.states[sentence]), self.known, self.unknown


def _log_odds(probability: float) -> float:
    sure = min(max(probability, LEAST_STATE), 1 - LEAST_STATE)
    return math.log(sure / (1 - sure))


def settled(
    kind: str, confidence: float, sentence: int, shown: Shown, weights: Mapping[str, Mapping[str, float]]
) -> float:
    """Return the probability that an edit is right, given what its article shows.

    confidence: probability that an edit of this *kind* is right if its sentence is spun. weights: those of
    ARTICLE_SIGNS, by kind. For a kind that has weights, a logistic regression takes what the article shows as one sign
    among others, so that an edit with strong evidence of its own passes where the article is doubtful. For all other
    kinds the two probabilities are multiplied: an edit can be right only in spun text.
    """
    own = weights.get(kind)
    if own is None:
        return confidence * shown.states[sentence]
    signs = shown.signs(confidence, sentence)
    total = sum(own.get(name, 0.0) * sign for name, sign in zip(ARTICLE_SIGNS, signs, strict=True))
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


def swap_signs(inferred: Inferred, verbatim: Floats | None = None) -> tuple[Floats, Floats]:
    """Return for each sentence the expected swaps, and how many of its tokens may have been swapped.

    Both have shape (sentences,). verbatim: how surely references have each arc in a sentence that is the article's own
    but for the swaps, shape (arcs,); None without references.

    A swap counts in full where its spun form is uncommon in clean text, and the less the more common that is: formal
    prose is full of words that a spinner writes, too. A swap that a reference confirms counts as far as the two
    sentences are the same: outlets that print one text change few of its words, a spinner one in four. Names, numbers
    and marks are hardly ever swapped, so only words in lower case and words that a reading covers may have been. A page
    full of names therefore looks no cleaner.

    A spun form that repeats on a page is one sign, not many, and so is a word that may have been swapped: each
    occurrence counts as one divided by their number. Otherwise the term that a text is about would prove by itself that
    the text is spun.
    """
    lattice = inferred.lattice
    batch, repairs = lattice.batch, lattice.repairs
    own, count = lattice.reading[repairs], len(batch.firsts)
    clean = np.where(lattice.readings.kind[own] == REFERENCE, COMMON, lattice.readings.clean[own])
    telling = np.clip(np.log(COMMON / (1.0 + clean)) / np.log(COMMON / UNCOMMON), 0.0, 1.0)
    if verbatim is not None:
        telling = np.maximum(telling, verbatim[repairs])
    repeats = _repeats(lattice, repairs)
    swaps = np.bincount(lattice.sentence[repairs], inferred.posteriors[repairs] * telling / repeats, minlength=count)
    tokens = len(batch.words)
    covering = np.bincount(lattice.first[repairs], minlength=tokens + 1)
    covering -= np.bincount(lattice.end[repairs], minlength=tokens + 1)
    open_to_swaps = batch.lower | (np.cumsum(covering)[:tokens] > 0)
    key = numbered(np.stack((batch.page_of[open_to_swaps], batch.words[open_to_swaps])))
    exposed = np.bincount(batch.sentence_of[open_to_swaps], 1.0 / np.bincount(key)[key], minlength=count)
    return swaps.astype(np.float64), exposed.astype(np.float64)


def _repeats(lattice: Lattice, repairs: Ints) -> Ints:
    """Return for each of *repairs* at how many places of its page the spun form that it replaces stands."""
    first, end = lattice.first[repairs], lattice.end[repairs]
    stretches = phrase_keys(lattice.batch.words, first, end - first)
    form = numbered(np.stack((lattice.page[repairs].astype(np.uint64), stretches)))
    places = np.unique(np.stack((form, first)), axis=1)[0]
    return np.bincount(places)[form]


def sentence_states(swaps: Floats, sizes: Sequence[float] | Floats, rates: Rates) -> tuple[Floats, float]:
    """Return for each sentence the probability that it is spun, and the probability that any is.

    swaps: expected swaps in each sentence. sizes: how many of its tokens may have been swapped.
    """
    gains = np.asarray(swaps) * np.log(rates.spun / rates.clean) - np.asarray(sizes) * (rates.spun - rates.clean)
    return spun_sentences(gains, rates)


def spun_sentences(gains: Floats, rates: Rates) -> tuple[Floats, float]:
    """Do what `sentence_states` does, from the log-likelihood ratio (nats) of spun against clean of each sentence."""
    count = len(gains)
    if not count:
        return np.zeros(0), 0.0
    stay, move = np.log1p(-rates.change), np.log(rates.change)
    forward = np.empty((count, 2))
    forward[0] = np.log1p(-rates.start), np.log(rates.start) + gains[0]
    for i in range(1, count):
        clean, spun = forward[i - 1]
        forward[i] = np.logaddexp(clean + stay, spun + move), np.logaddexp(spun + stay, clean + move) + gains[i]
    backward = np.zeros((count, 2))
    for i in range(count - 2, -1, -1):
        clean, spun = backward[i + 1, 0], backward[i + 1, 1] + gains[i + 1]
        backward[i] = np.logaddexp(stay + clean, move + spun), np.logaddexp(stay + spun, move + clean)
    total = float(np.logaddexp(*forward[-1]))
    all_clean = np.log1p(-rates.start) + (count - 1) * stay
    return np.exp(forward[:, 1] + backward[:, 1] - total), float(-np.expm1(min(0.0, all_clean - total)))
