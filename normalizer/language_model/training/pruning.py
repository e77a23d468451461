"""Which n-grams a model keeps: those counted often enough, or those that are worth their bytes.

Measured on the news corpora, held-out perplexity per token: all 36 M n-grams 105.5 (135 MB); count cut-offs
0-1-1 113.9 (36.4 MB); worth of 38 MB 113.3. Pruning by relative entropy (Stolcke 1998) gave 114.8 where
cut-offs gave 113.9: under Kneser-Ney smoothing the lower orders are no estimate of what is left when an
n-gram goes (Chelba et al. 2010 say the same).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from normalizer.errors import ModelError
from normalizer.language_model.training.kneser_ney import Estimate, Level, Mask, Reals, contexts_kept

MEGABYTE = 1_000_000
BISECTIONS = 20  # from a range of 10^8 down to 2 parts in 100,000

# Bytes of the packed file: word, log-probability and, below the highest order, 3/8 to find its children.
ROW_BYTES, LAST_ROW_BYTES = 3.375, 3.0
PARENT_BYTES = 3.07  # what a row with children takes in addition
WORD_BYTES = 17.5  # a unigram: spelling, log-probability, and the same


class Cutoffs(NamedTuple):
    """Count cut-offs, one per order: an n-gram counted no more often than this is dropped.

    Counts are the plain ones at the highest order and the numbers of different words before the n-gram below
    it. Unigrams are all kept, and so is the context of a kept n-gram, whatever its count.
    """

    counts: tuple[int, ...]

    def __str__(self) -> str:
        return "-".join(map(str, self.counts))

    def choose(self, linked: Sequence[Level], full: Sequence[Estimate]) -> list[Mask]:
        """Return which rows of each order to keep."""
        return contexts_kept(linked, [level.counts > cutoff for level, cutoff in zip(linked, self.counts, strict=True)])


class Budget(NamedTuple):
    """A size for the packed file, in MB (10^6 bytes), for the n-grams that give most per byte.

    What an n-gram gives is the weighted difference of Seymour and Rosenfeld (1996): how often it is expected
    times what its log-probability has over backing off. A context costs more than a row, so rare contexts
    must earn it by their children.
    """

    megabytes: int

    def __str__(self) -> str:
        return f"{self.megabytes}MB"

    def choose(self, linked: Sequence[Level], full: Sequence[Estimate]) -> list[Mask]:
        """Return which rows of each order to keep."""
        gains = [weighted_difference(linked, full, order) for order in range(1, len(linked))]
        low, high = 1e-4, 1e4  # nats per byte; one rate for all orders spends the budget where it gives most
        for _ in range(BISECTIONS):
            rate = (low * high) ** 0.5
            small = _bytes(*_worth(linked, gains, rate)) <= self.megabytes * MEGABYTE
            low, high = (low, rate) if small else (rate, high)
        return _worth(linked, gains, high)[0]


def parse(text: str, order: int) -> Cutoffs | Budget:
    """Return the pruning written as *text*: cut-offs such as "0-1-2" for a trigram model, or a size such as "38MB".

    Raises ModelError for anything else.
    """
    if re.fullmatch(r"[1-9]\d*MB", text):
        return Budget(int(text[:-2]))
    if re.fullmatch(r"\d+(-\d+)*", text) and text.count("-") == order - 1:
        return Cutoffs(tuple(int(number) for number in text.split("-")))
    example = "-".join(str(min(n, 2)) for n in range(order))
    raise ModelError(
        f'pruning: expected one count cut-off per order, such as "{example}", or a size, such as "38MB", '
        f'found "{text}".'
    )


def weighted_difference(linked: Sequence[Level], full: Sequence[Estimate], order: int) -> Reals:
    """Return the nats that each n-gram of ``linked[order]`` saves on a text like the one counted."""
    level, below = linked[order], full[order - 1]
    backing_off = below.left[level.parent] * below.prob[level.suffix]
    expected = full[order].prob * np.bincount(level.parent, level.counts)[level.parent]
    gain: Reals = expected * np.log(full[order].prob / backing_off)
    return gain


def _worth(linked: Sequence[Level], gains: Sequence[Reals], rate: float) -> tuple[list[Mask], list[Mask]]:
    """Return for each order which rows are worth *rate* nats per byte, and which of them as contexts, too.

    From the highest order down, what the children of a row give in excess of their price is credited to the
    row; then from the lowest order up, children go whose context is not worth it.
    """
    kept: list[Mask] = []
    parents: list[Mask] = []
    excess: Reals = np.zeros(0)
    for order in range(len(linked) - 1, 0, -1):
        last = order == len(linked) - 1
        own = gains[order - 1] - rate * (LAST_ROW_BYTES if last else ROW_BYTES)
        credit = np.full(len(own), -np.inf) if last else excess - rate * PARENT_BYTES
        parent = credit + np.minimum(own, 0) > 0
        keep = parent | (own > 0)
        total = np.where(keep, own + np.where(parent, credit, 0), 0)
        excess = np.bincount(linked[order].parent, total, len(linked[order - 1].keys)).astype(np.float64)
        kept.insert(0, keep)
        parents.insert(0, parent)
    everything = np.ones(len(linked[0].keys), bool)
    kept, parents = [everything, *kept], [everything, *parents]
    for order in range(1, len(linked)):
        kept[order] &= parents[order - 1][linked[order].parent]
        parents[order] &= kept[order]
    return kept, parents


def _bytes(kept: Sequence[Mask], parents: Sequence[Mask]) -> float:
    """Return about how many bytes the packed file takes."""
    rows = [int(np.count_nonzero(mask)) for mask in kept]
    contexts = sum(int(np.count_nonzero(mask)) for mask in parents[1:])
    return rows[0] * WORD_BYTES + sum(rows[1:-1]) * ROW_BYTES + rows[-1] * LAST_ROW_BYTES + contexts * PARENT_BYTES
