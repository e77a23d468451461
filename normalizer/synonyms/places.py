"""The places at which relatives compete, and what all places of a page together say of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.inference import Inferred
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.compiling import WORD_BITS
from normalizer.pages import Batch
from normalizer.ragged import group_starts
from normalizer.synonyms.context import SETTLED
from normalizer.synonyms.relatives import Relatives

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_NATS, SUREST = 40.0, 1e-4  # log-odds are clipped to +-MOST_NATS, probabilities to SUREST from 0 and 1
# Pseudo-counts: words that are added to a page's, and swaps among them. A page has about USUAL_WORDS different words.
FEW_WORDS, FEW_SWAPS, USUAL_WORDS = 10.0, 0.3, 100.0


@dataclass(frozen=True, slots=True)
class Places:
    """The places at which relatives compete, one for each first token, and the forms of a page that stand there.

    of: the place of each relative, shape (relatives,). Of each place, shape (places,): start: its token. form: a number
    for its word, which it shares with the same word elsewhere on its page. standing: at how many places that form
    stands. page: its page. form_page: the page of each form, shape (forms,). sizes: how many different words in lower
    case each page has, shape (pages,).
    """

    of: Ints
    start: Ints
    form: Ints
    standing: Floats
    page: Ints
    form_page: Ints
    sizes: Floats

    @classmethod
    def of_batch(cls, batch: Batch, found: Relatives) -> "Places":
        """Return the places of *found*."""
        start, of = np.unique(found.start, return_inverse=True)
        page, pages = batch.page_of[start], len(batch.pages)
        key = (page.astype(np.int64) << WORD_BITS) | (batch.words[start] & WORD_MASK)
        forms, form = np.unique(key, return_inverse=True)
        small = np.unique((batch.page_of << WORD_BITS | (batch.words & WORD_MASK))[batch.lower])
        sizes = np.bincount(small >> WORD_BITS, minlength=pages).astype(np.float64)
        standing = np.bincount(form)[form].astype(np.float64)
        return cls(of, start, form, standing, page, forms >> WORD_BITS, sizes)

    def posteriors(self, totals: Floats) -> Floats:
        """Return the probability of each relative against its rivals and the text as it stands, whose total is 0 nats.

        Shape (relatives,). totals: log-odds (nats) of each relative against the text as it stands.
        """
        odds = np.exp(np.clip(totals, -MOST_NATS, MOST_NATS))
        found: Floats = odds / (1.0 + np.bincount(self.of, odds)[self.of])
        return found

    def swapped(self, posteriors: Floats) -> Floats:
        """Return the probability that the word at each place was swapped, shape (places,)."""
        found: Floats = np.minimum(1.0, np.bincount(self.of, posteriors))
        return found

    def best(self, posteriors: Floats) -> Ints:
        """Return the likeliest relative of each place, by start, shape (places,)."""
        order = np.lexsort((-posteriors, self.of))
        found: Ints = order[group_starts(self.of[order])]
        return found

    def page_signs(self, posteriors: Floats, known: Floats) -> list[Floats]:
        """Return PAGE_SIGNS of all relatives, shape (relatives,) each: what the rest of the page says of them.

        known: share of the words of each page that the first decoding repairs, shape (pages,).
        """
        swapped = np.clip(self.swapped(posteriors), SUREST, 1 - SUREST)
        mean = np.bincount(self.form, swapped) / np.bincount(self.form)
        total = np.bincount(self.form_page, mean, minlength=len(self.sizes))
        rest = total[self.page] - mean[self.form]
        rate = np.log((rest + FEW_SWAPS) / (self.sizes[self.page] + FEW_WORDS))
        odds = np.log(swapped / (1 - swapped))
        repeated = self.standing > 1
        others = (np.bincount(self.form, odds)[self.form] - odds) / np.maximum(1.0, self.standing - 1)
        size = np.log((self.sizes[self.page] + 1.0) / USUAL_WORDS)
        columns = rate, np.log(known[self.page]), rate * size, np.where(repeated, others, 0.0), repeated
        return [np.asarray(column, dtype=np.float64)[self.of] for column in columns]


def known_rates(inferred: Inferred, confidences: Floats) -> Floats:
    """Return the share of each page's words in lower case that the first decoding repairs, shape (pages,).

    Only edits of at least SETTLED count. confidences: of all arcs, shape (arcs,).
    """
    lattice, batch = inferred.lattice, inferred.lattice.batch
    sure = inferred.path[(lattice.reading[inferred.path] >= 0) & (confidences[inferred.path] >= SETTLED)]
    made = np.bincount(lattice.page[sure], minlength=len(batch.pages))
    small = np.bincount(batch.page_of[batch.lower], minlength=len(batch.pages))
    return np.asarray((made + FEW_SWAPS) / (small + FEW_WORDS))
