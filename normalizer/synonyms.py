"""What the thesaurus behind the lexicon says of the words that the first decoding left as they stand.

A spinner that nobody knows swaps any word for any relative of it, and no entry says which. So each word that was kept is
compared with its commoner relatives: a conditional logit (McFadden 1974) over how well each fits between the words
around, as far as these are repaired, how the two words are related, and what the whole page shows. It is fitted to
spinners of our own making and to clean text of every genre (`normalizer.learning.synonyms`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.fitting import Stream, path_stream
from normalizer.language_model import Phrases
from normalizer.language_model.words import END_ID, START_ID
from normalizer.lattice import Lattice
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.lexicon.compiling import WORD_BITS
from normalizer.lexicon.thesaurus import ALL_TAGS, LONGEST, RELATIONS
from normalizer.pages import Batch
from normalizer.proposals import in_residue
from normalizer.ragged import group_starts, numbered, take_rows
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# What the quick look counts: nats of the n-gram model, beside the thesaurus' own.
MODEL_WEIGHT = 0.5
MOST_SYNONYMS = 6  # relatives of one stretch that are weighed
BEHIND_BEST, BEHIND_KEPT = 4.0, 3.0  # nats behind the best one, and behind the text as it stands, at which one is left out


@dataclass(frozen=True, slots=True)
class Relatives:
    """Commoner relatives of stretches, shape (relatives,) each.

    start, end: tokens of the stretch. word: place of the relative in the vocabulary. score: its log-probability before
    any context (nats). relation: bits of RELATIONS. tag: of ALL_TAGS.
    """

    start: Ints
    end: Ints
    word: Ints
    score: Floats
    relation: Ints
    tag: Ints

    def __len__(self) -> int:
        return len(self.start)

    def where(self, kept: Bools | Ints) -> "Relatives":
        """Return those that are *kept*."""
        return Relatives(
            self.start[kept], self.end[kept], self.word[kept], self.score[kept], self.relation[kept], self.tag[kept]
        )


def relatives(batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> Relatives:
    """Return all commoner relatives of the *open_* tokens of *batch* in small letters, inflected as these are."""
    start, end, row = _surfaces(batch, open_, lexicon)
    rows, counts = take_rows(lexicon["surface.offset"], row)
    start, end = np.repeat(start, counts), np.repeat(end, counts)
    tag = lexicon["surface.tag"][rows].astype(np.int64)
    pairs, counts = take_rows(lexicon["group.offset"], lexicon["surface.group"][rows].astype(np.int64))
    start, end, tag = np.repeat(start, counts), np.repeat(end, counts), np.repeat(tag, counts)
    place = lexicon["pair.lemma"][pairs].astype(np.int64) * len(ALL_TAGS) + tag
    word = lexicon["lemma.form"][place].astype(np.int64) - 1
    score = lexicon["pair.score"][pairs].astype(np.float64)
    order = np.lexsort((-score, word, end, start))
    start, end, word = start[order], end[order], word[order]
    fresh = np.ones(len(word), dtype=np.bool_)
    fresh[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1]) | (word[1:] != word[:-1])
    fresh &= (word >= 0) & ((end > start + 1) | (word != batch.words[start]))
    relation = lexicon["pair.relation"][pairs].astype(np.int64)
    return Relatives(start, end, word, score[order], relation[order], tag[order]).where(fresh)


def _surfaces(batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Ints]:
    """Return (start, end, row) of every stretch that the thesaurus knows, all in small letters, by start."""
    table = lexicon["surface.key"]
    ids = np.where(batch.lower & open_ & (batch.words <= WORD_MASK), batch.words, -1)
    last, count = batch.ends[batch.sentence_of], len(ids)
    keys, inside = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_)
    found = []
    for size in range(1, LONGEST + 1):
        behind = np.append(ids[size - 1 :], np.full(min(count, size - 1), -1))
        inside = inside & (behind >= 0) & (np.arange(count) + size <= last)
        keys = keys << WORD_BITS | (behind + 1)
        start = np.flatnonzero(inside)
        if not len(table) or not len(start):
            break
        at = np.minimum(np.searchsorted(table, keys[start]), len(table) - 1)
        hit = table[at] == keys[start]
        found.append((start[hit], start[hit] + size, at[hit]))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    start, end, row = (np.concatenate(column) for column in zip(*found, strict=True))
    kept = ~in_residue(batch, start, end)
    return start[kept], end[kept], row[kept]


class Context(NamedTuple):
    """The words of all pages as far as they are repaired, and where each token stands among them.

    ngrams: numbers of the words in the n-gram model, sentence by sentence between START_ID and END_ID marks. at: where
    each token's own word stands, -1 if it was replaced. stream: the same words for the context model.
    """

    ngrams: Ints
    at: Ints
    stream: Stream


def context_of(lattice: Lattice, path: Ints, tables: Tables) -> Context:
    """Return the words along *path* (arcs, sentence by sentence, their start and end arcs among them)."""
    lexicon = tables.lexicon
    sizes = lattice.sizes[path]
    words = lattice.words[_flat(lattice.offsets[path], sizes)] & WORD_MASK
    before = np.cumsum(sizes) - sizes
    at = np.full(len(lattice.batch.words), -1)
    keeps = lattice.keeps[path]
    at[lattice.first[path[keeps]]] = before[keeps]
    context = lexicon["word.context"][lattice.words & WORD_MASK].astype(np.int64)
    end_mark = int(lexicon["word.context"][lexicon.ids["</s>"] & WORD_MASK])
    return Context(lexicon["word.ngrams"][words].astype(np.int64), at, path_stream(lattice, path, context, end_mark))


def _flat(starts: Ints, counts: Ints) -> Ints:
    before = np.cumsum(counts) - counts
    return np.asarray(np.arange(int(counts.sum())) + np.repeat(starts - before, counts))


def context_logs(context: Context, start: Ints, end: Ints, words: Ints, tables: Tables) -> Floats:
    """Return the log-probability (nats) of each of *words* and of the two behind it, if it stood at start..end.

    words: numbers in the n-gram model.
    """
    low, high = context.at[start], context.at[end - 1] + 1
    stream, size = context.ngrams, len(context.ngrams)
    left = stream[low - 1]
    farther = np.where((left == START_ID) | (low < 2), -1, stream[low - 2])
    right = stream[np.minimum(high, size - 1)]
    rest = np.where(right == END_ID, -1, stream[np.minimum(high + 1, size - 1)])
    rows = np.stack((farther, left, words, left, words, right, words, right, np.maximum(rest, 0)), axis=1)
    logs = tables.model.trigrams(rows.reshape(-1, 3)).reshape(-1, 3)
    logs[rest < 0, 2] = 0.0
    return np.asarray(logs.sum(axis=1))
