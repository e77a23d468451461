"""Pairing: which sentences of an article and of its references to set side by side.

Sentences are compared by the words of all their readings, each word weighed by how few sentences hold it. Whether the
sentences of a pair really say the same is judged later, by their alignment.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from normalizer.references.arrays import Floats, Ints, blocks, expand, join, offsets, opens_run, sums, take
from normalizer.references.article import Article, Related, specificity

PAIRS_PER_SENTENCE = 2
LEAST_SHARED_WEIGHT = 12.0  # nats of shared words: about two rare words; the alignment judges the rest
# The least score of a pair, see `pair_sentences`. Measured on the seeds and spun stories beside their reports: of 887
# pairs with a lower score 5 align with more than 25 nats, of pairs with a higher score every second.
LEAST_SCORE = 0.2
READING_SURE = 0.5  # what a word counts that only a reading has; a word that stands in the article counts 1
MOST_CELLS = 1 << 20  # shared words and pairs of sentences that are weighed at once: some 50 MB


class Bags(NamedTuple):
    """For each article sentence the distinct words of all its readings, sorted by sentence and word.

    sentence, word: of each entry, shape (entries,). sure: 1 if the word stands there, READING_SURE if only a reading
    has it. weight: how specific the word is, in nats. sizes: nats of the standing words of each sentence, shape
    (sentences,).
    """

    sentence: Ints
    word: Ints
    sure: Floats
    weight: Floats
    sizes: Floats


class Pairs(NamedTuple):
    """Article sentences beside reference sentences, sorted by article sentence and then by falling score.

    All have the shape (pairs,). sentence: of the article. source: index of the related reference. other: sentence of
    that reference. score: see `pair_sentences` (0 to 1).
    """

    sentence: Ints
    source: Ints
    other: Ints
    score: Floats


def collect_bags(article: Article) -> Bags:
    """Return the words of all readings of each sentence, without words that are too frequent to be specific."""
    candidates, wordings, sentence = article.candidates, article.wordings, article.sentence
    weight = specificity(article.numbering.surprise, article.numbering.kinds)
    row, at = expand(wordings.bounds[candidates.wording], wordings.sizes[candidates.wording])
    word = wordings.words[at]
    telling = weight[word] > 0
    row, word = row[telling], word[telling]
    keys = np.sort((sentence[row] * len(weight) + word) * 2 + ~candidates.stands[row])
    keys = keys[opens_run(keys >> 1)]
    stands, (held_by, held) = keys & 1 == 0, np.divmod(keys >> 1, len(weight))
    sizes = sums(held_by[stands], weight[held[stands]], len(article.spans))
    return Bags(held_by, held, np.where(stands, 1.0, READING_SURE), weight[held], sizes)


def pair_sentences(bags: Bags, related: Sequence[Related], own: Sequence[Ints], most_cells: int = MOST_CELLS) -> Pairs:
    """Return for each article sentence the PAIRS_PER_SENTENCE sentences of each reference that share most with it.

    A word weighs less the more sentences of a reference hold it. The score of a pair is the weight of the words that
    both sentences hold, divided by the weight of the lighter sentence; pairs below LEAST_SCORE are left out. own: for
    each reference its own number of each word, -1 for a word that it lacks. most_cells: bounds the memory, and changes
    nothing else.
    """
    parts = [
        part
        for source, (each, numbers) in enumerate(zip(related, own, strict=True))
        for part in _pairs_with(bags, each, source, numbers, most_cells)
    ]
    pairs = join(parts)
    return take(pairs, np.lexsort((pairs.other, pairs.source, -pairs.score, pairs.sentence)))


def _pairs_with(bags: Bags, related: Related, source: int, own: Ints, most_cells: int) -> Iterator[Pairs]:
    """Yield the pairs with one reference, block by block of the article's sentences."""
    reference = related.reference
    count, held = len(reference.spans), np.diff(reference.holder_offsets)
    worth = specificity(related.surprise, reference.kinds) / (1.0 + held / 8.0)
    sizes = sums(reference.holders, np.repeat(worth, held), count)
    entry = np.flatnonzero(own[bags.word] >= 0)
    number = own[bags.word[entry]]
    nats = bags.weight[entry] / (1.0 + held[number] / 8.0) * bags.sure[entry]
    sentence = bags.sentence[entry]
    places = np.arange(len(bags.sizes) + 1)
    cuts = np.searchsorted(sentence, places)
    cells = offsets(held[number])[cuts]
    for block in blocks(np.diff(cells) + count, most_cells):
        inside = slice(cuts[block.start], cuts[block.stop])
        row, at = expand(reference.holder_offsets[number[inside]], held[number[inside]])
        key = (sentence[inside][row] - block.start) * count + reference.holders[at]
        shared = sums(key, nats[inside][row], (block.stop - block.start) * count)
        yield _best_pairs(shared.reshape(-1, count), bags.sizes[block], sizes, block.start, source)


def _best_pairs(shared: Floats, mine: Floats, theirs: Floats, first: int, source: int) -> Pairs:
    """Return the best pairs of a block of article sentences with all sentences of the reference *source*.

    shared: nats in both, shape (article sentences, reference sentences). mine, theirs: nats of each sentence. first:
    number of the block's first sentence.
    """
    sentence, other = np.nonzero(shared >= LEAST_SHARED_WEIGHT)
    nats = shared[sentence, other]
    lighter = np.maximum(LEAST_SHARED_WEIGHT, np.minimum(mine[sentence], theirs[other]))
    # Rounded, so that scores which differ only by the order of the sums are ties.
    score = np.asarray(np.minimum(1.0, nats / lighter).round(9), dtype=np.float64)
    order = np.lexsort((other, -score, sentence))
    order = order[score[order] >= LEAST_SCORE]
    pairs = Pairs(sentence[order] + first, np.full(len(order), source), other[order], score[order])
    rank = np.arange(len(order)) - np.searchsorted(pairs.sentence, pairs.sentence)
    return take(pairs, rank < PAIRS_PER_SENTENCE)
