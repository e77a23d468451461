"""What references say of words without an alignment: whether they hold them at all, and beside which words."""

from collections.abc import Sequence

import numpy as np

from normalizer.references.arrays import Bools, Floats, Ints, blocks, contains, expand, opens_run, whole
from normalizer.references.article import Article, Related, Wordings, add_wordings, specificity
from normalizer.references.prepared import LEAST_TRUST, Phrase
from normalizer.references.proposing import Proposal

TELLING = 8.0  # nats of surprise; words above it count as much as one at it
MOST_PAIRS = 1 << 18  # neighbours that are looked up at once: some 20 MB


def stand_in(wordings: Wordings, phrases: Sequence[Phrase], related: Related, own: Ints) -> Bools:
    """Return which wordings stand in a reference, within one sentence, shape (wordings,).

    phrases: the words of each wording. own: the reference's own number of each word, -1 for none.
    """
    words, sizes = own[wordings.words], wordings.sizes
    held = words >= 0
    followed = np.ones(len(words), dtype=np.bool_)
    followed[wordings.bounds[1:] - 1] = False
    inside = np.flatnonzero(followed & held)
    keys = words[inside] * len(related.surprise) + words[np.minimum(inside + 1, len(words) - 1)]
    held[inside] &= contains(related.reference.neighbours, keys)
    result = np.logical_and.reduceat(held, wordings.bounds[:-1]) if len(words) else held
    for number in np.flatnonzero(result & (sizes > 2)).tolist():  # few wordings pass the check of neighbours
        result[number] = bool(related.reference.find(phrases[number]))
    return np.asarray(result)


def rarest(wordings: Wordings, says: Floats) -> Floats:
    """Return the weight of the rarest word of each wording in nats, shape (wordings,). says: weight of each number."""
    return np.asarray(np.maximum.reduceat(says[wordings.words], wordings.bounds[:-1]))


class Neighbours:
    """The words that can stand side by side in the readings of an article.

    A pair is the last word of some reading and the first word of some reading that begins where that one ends. Only
    words that some reference holds are paired, which leaves about one pair in a hundred.
    """

    def __init__(self, gap_before: Ints, gap_behind: Ints, first: Ints, last: Ints, says: Floats, held: Bools) -> None:
        """Collect the pairs of readings, given by columns of one length.

        gap_before, gap_behind: numbers of the gaps between tokens where each reading begins and ends; the gap between
        two sentences has two numbers, so that no pair crosses it. first, last: the first and the last word of each
        reading. says: weight of each distinct word in nats. held: whether any reference has that word.
        """
        self._says = says
        self._begin, self._begin_of = _distinct(gap_before, first, held)
        self._end, self._end_of = _distinct(gap_behind, last, held)
        gaps = self._begin // len(says)
        ends = self._end // len(says)
        self._starts = np.searchsorted(gaps, ends)
        self._sizes = np.searchsorted(gaps, ends, side="right") - self._starts

    def tell(self, related: Related, own: Ints, most_pairs: int) -> Floats:
        """Return how specific the pairs are (0 to 1) that a reference has of each reading's words and their neighbours.

        "the press" stands in all texts, "press conference" in few. 0 if the reference has neither pair of a reading.
        own: see `stand_in`. most_pairs: bounds the memory, and changes nothing else.
        """
        count = len(self._says)
        # The last element of each is for readings whose word no reference holds: their index is -1.
        before, behind = np.zeros(len(self._begin) + 1), np.zeros(len(self._end) + 1)
        for block in blocks(self._sizes, most_pairs):
            end, begin = expand(self._starts[block], self._sizes[block])
            end += block.start
            left, right = self._end[end] % count, self._begin[begin] % count
            keys = own[left] * len(related.surprise) + own[right]
            stands = (own[left] >= 0) & (own[right] >= 0) & contains(related.reference.neighbours, keys)
            nats = self._says[left[stands]] + self._says[right[stands]]
            np.maximum.at(before, begin[stands], nats)
            np.maximum.at(behind, end[stands], nats)
        most = np.maximum(before[self._begin_of], behind[self._end_of])
        return np.asarray(np.minimum(1.0, most / (2 * TELLING)))


def _distinct(gap: Ints, word: Ints, held: Bools) -> tuple[Ints, Ints]:
    """Return the distinct pairs of gap and held word, sorted, and for each reading the index of its pair.

    A pair is gap * words + word; the index is -1 for a word that no reference holds.
    """
    kept = np.flatnonzero(held[word])
    keys = gap[kept] * len(held) + word[kept]
    order = np.argsort(keys, kind="stable")
    opens = opens_run(keys[order])
    number = np.full(len(gap), -1)
    number[kept[order]] = np.cumsum(opens) - 1
    return keys[order][opens], number


def count_unaligned(
    article: Article,
    proposals: Sequence[Proposal],
    related: Sequence[Related],
    believed: Floats,
    most_pairs: int = MOST_PAIRS,
) -> tuple[Floats, Floats, Bools]:
    """Return what references say of each candidate, and then of each of *proposals*, without an alignment.

    Three columns. The first is the support (0 to 1) of references that have the words beside a word of the article's
    readings, the second that of references that have them anywhere; both grow with how specific the words are. The
    third, of candidates only, tells whether any reference that is believed at all has the words. believed: how far each
    related reference is believed (0 to 1). most_pairs: bounds the memory, and changes nothing else.
    """
    phrases = [*article.candidates.wordings, *(proposal.words for proposal in proposals)]
    wordings = add_wordings(article.wordings, phrases[len(article.candidates.wordings) :], article.numbering)
    wording = np.append(article.candidates.wording, len(phrases) - len(proposals) + np.arange(len(proposals)))
    says = specificity(article.numbering.surprise, article.numbering.kinds)
    tells = np.minimum(1.0, rarest(wordings, says) / TELLING)[wording]
    heard = believed >= LEAST_TRUST
    neighbours = _neighbours(article, proposals, wordings, wording, says, heard)
    found, context, anywhere = np.zeros(len(wording), dtype=np.bool_), np.ones(len(wording)), np.ones(len(wording))
    for source in np.flatnonzero(believed > 0).tolist():
        own = article.numbering.own[source]
        stands = stand_in(wordings, phrases, related[source], own)[wording]
        found |= stands
        if heard[source]:
            stands &= tells > 0
            anywhere[stands] *= 1.0 - believed[source]
            context[stands] *= 1.0 - believed[source] * neighbours.tell(related[source], own, most_pairs)[stands]
    return 1.0 - context, tells * (1.0 - anywhere), found[: len(article.candidates.wording)]


def _neighbours(
    article: Article, proposals: Sequence[Proposal], wordings: Wordings, wording: Ints, says: Floats, heard: Bools
) -> Neighbours:
    """Return the words that can stand side by side in all readings of an article.

    says: weight of each word in nats. heard: which related references are believed by LEAST_TRUST at least.
    """
    start = np.append(article.candidates.start, whole([proposal.start for proposal in proposals]))
    end = np.append(article.candidates.end, whole([proposal.end for proposal in proposals]))
    sentence = np.searchsorted(article.bounds, start, side="right") - 1
    held = np.zeros(len(says), dtype=np.bool_)
    for source in np.flatnonzero(heard).tolist():
        held |= article.numbering.own[source] >= 0
    return Neighbours(start + sentence, end + sentence, wordings.first[wording], wordings.last[wording], says, held)
