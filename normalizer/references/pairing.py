"""Pairing: which sentences of an article and of its references to set side by side.

The words of all readings of a sentence decide, weighed by how few sentences hold them. What the sentences of a pair
really share is judged later, by their alignment.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from normalizer.references.arrays import Floats, Ints, blocks, expand, join, offsets, opens_run, sums, take
from normalizer.references.article import Article, Related, specificity

PAIRS_PER_SENTENCE = 2
LEAST_SHARED_WEIGHT = 12.0  # nats of shared words: two rare words, which is little enough to let alignment judge
# Share of the lighter sentence's weight below which nothing is paired. Measured on the seeds and spun stories beside
# their reports: of 887 pairs below, 5 align with more than 25 nats; above, every second does.
LEAST_SCORE = 0.2
READING_SURE = 0.5  # how sure a word is that only a reading has, beside 1 for one that stands
MOST_CELLS = 1 << 20  # words in both sentences, and pairs of sentences, that are weighed at once: some 50 MB


class Bags(NamedTuple):
    """For each article sentence the distinct words of all its readings, sorted by sentence and word.

    sentence, word: of each entry. sure: how surely the word stands there (0..1). weight: nats that it says. sizes: nats
    of the standing words of each sentence, shape (sentences,).
    """

    sentence: Ints
    word: Ints
    sure: Floats
    weight: Floats
    sizes: Floats


class Pairs(NamedTuple):
    """Article sentences beside reference sentences, sorted by article sentence and then the best first.

    All have the shape (pairs,). sentence: of the article. source: index of the related reference. other: sentence of
    that reference. score: how well they fit (0..1).
    """

    sentence: Ints
    source: Ints
    other: Ints
    score: Floats


def collect_bags(article: Article) -> Bags:
    """Return the words of all readings of each sentence that say anything and that a text has."""
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
    """Return for each article sentence the few sentences of each reference that share most with it.

    own: for each reference the number that it gives each word of the article, -1 for none. A word says less the more
    sentences of a reference hold it. The score is the shared weight over that of the lighter sentence; below
    LEAST_SCORE there is no pair. most_cells: bounds the memory, and changes nothing else.
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
    # What differs by the order of the sums alone is a tie.
    score = np.asarray(np.minimum(1.0, nats / lighter).round(9), dtype=np.float64)
    order = np.lexsort((other, -score, sentence))
    order = order[score[order] >= LEAST_SCORE]
    pairs = Pairs(sentence[order] + first, np.full(len(order), source), other[order], score[order])
    rank = np.arange(len(order)) - np.searchsorted(pairs.sentence, pairs.sentence)
    return take(pairs, rank < PAIRS_PER_SENTENCE)
