"""What the thesaurus behind the lexicon says that words can be read as, as far as a quick look at their context goes.

An unknown spinner swaps any word for any relative. Each content word has some twenty commoner relatives, nearly all of
which do not fit where it stands; only those few that do become readings. Where the lexicon has the same reading, it
learns from the thesaurus how likely a spinner that nobody knows makes this swap.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.words import END_ID, START_ID
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.lexicon.compiling import FAMILY_NAMES, UNKNOWN_FAMILY, WORD_BITS
from normalizer.lexicon.thesaurus import ALL_TAGS, LONGEST
from normalizer.pages import Batch
from normalizer.proposals import SYNONYM, WORD_WORDINGS, Readings, in_residue, joined, unproven
from normalizer.ragged import group_starts, numbered, take_rows
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

UNKNOWN = FAMILY_NAMES.index(UNKNOWN_FAMILY)
# What the quick look counts: nats of the n-gram model, beside the thesaurus' own.
MODEL_WEIGHT = 0.5
MOST_SYNONYMS = 6  # readings of one stretch
BEHIND_BEST, BEHIND_KEPT = 4.0, 3.0  # nats behind the best one, and behind the text as it stands, at which one is left out


@dataclass(frozen=True, slots=True)
class Relatives:
    """Commoner relatives of stretches, shape (relatives,) each.

    start, end: tokens of the stretch. word: place of the relative in the vocabulary. score: its log-probability before
    any context (nats).
    """

    start: Ints
    end: Ints
    word: Ints
    score: Floats

    def __len__(self) -> int:
        return len(self.start)

    def where(self, kept: Bools | Ints) -> "Relatives":
        """Return those that are *kept*."""
        return Relatives(self.start[kept], self.end[kept], self.word[kept], self.score[kept])


def with_synonyms(batch: Batch, readings: Readings, tables: Tables) -> Readings:
    """Return *readings* with those that the thesaurus adds."""
    found = relatives(batch, tables.lexicon)
    if not len(found):
        return readings
    at = _same(found, readings, tables.lexicon)
    known = at >= 0
    strength = readings.strength.copy()
    np.maximum.at(strength, (at[known], UNKNOWN), np.exp(found.score[known]))
    fitting = fitting_relatives(batch, found.where(~known), tables)
    return joined(replace(readings, strength=strength), _readings(batch, fitting, tables))


def relatives(batch: Batch, lexicon: CompiledLexicon) -> Relatives:
    """Return all commoner relatives of the words of *batch* in small letters, inflected as these are."""
    start, end, row = _surfaces(batch, lexicon)
    rows, counts = take_rows(lexicon["surface.offset"], row)
    start, end = np.repeat(start, counts), np.repeat(end, counts)
    tag = lexicon["surface.tag"][rows].astype(np.int64)
    pairs, counts = take_rows(lexicon["group.offset"], lexicon["surface.group"][rows].astype(np.int64))
    start, end, tag = np.repeat(start, counts), np.repeat(end, counts), np.repeat(tag, counts)
    word = lexicon["lemma.form"][lexicon["pair.lemma"][pairs].astype(np.int64) * len(ALL_TAGS) + tag].astype(np.int64) - 1
    score = lexicon["pair.score"][pairs].astype(np.float64)
    order = np.lexsort((-score, word, end, start))
    start, end, word, score = start[order], end[order], word[order], score[order]
    fresh = np.ones(len(word), dtype=np.bool_)
    fresh[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1]) | (word[1:] != word[:-1])
    fresh &= (word >= 0) & ((end > start + 1) | (word != batch.words[start]))
    return Relatives(start, end, word, score).where(fresh)


def _surfaces(batch: Batch, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Ints]:
    """Return (start, end, row) of every stretch that the thesaurus knows, all in small letters, by start."""
    table = lexicon["surface.key"]
    ids = np.where(batch.lower & (batch.words <= WORD_MASK), batch.words, -1)
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


def _same(found: Relatives, readings: Readings, lexicon: CompiledLexicon) -> Ints:
    """Return for each relative the reading of the lexicon that says the same, -1 for none."""
    size = len(lexicon["wording.offset"]) - 1
    own = np.flatnonzero(readings.wording < size)
    starts = lexicon["wording.start"]
    wording = readings.wording[own]
    begins = starts[wording].astype(np.int64)
    single = starts[wording + 1].astype(np.int64) - begins == 1
    own, word = own[single], lexicon["wording.word"][begins[single]].astype(np.int64)
    both = np.stack(
        [
            np.concatenate((readings.start[own], found.start)),
            np.concatenate((readings.end[own], found.end)),
            np.concatenate((word, found.word)),
        ]
    )
    number = numbered(both)
    at = np.full(int(number.max(initial=-1)) + 1, -1)
    at[number[: len(own)]] = own
    result: Ints = at[number[len(own) :]]
    return result


def fitting_relatives(batch: Batch, found: Relatives, tables: Tables) -> Relatives:
    """Return those of the relatives that fit best where they would stand, as the words around stand there now."""
    if not len(found):
        return found
    place = numbered(np.stack((found.start, found.end)))
    spoken = found.score + MODEL_WEIGHT * _context_logs(batch, found.start, found.end, found.word, tables)
    single = np.flatnonzero(found.end == found.start + 1)
    kept = np.full(len(found), -np.inf)
    heads = np.unique(found.start[single])
    logs = _context_logs(batch, heads, heads + 1, batch.words[heads] & WORD_MASK, tables)
    kept[single] = MODEL_WEIGHT * logs[np.searchsorted(heads, found.start[single])]
    order = np.lexsort((found.word, -spoken, place))
    starts = group_starts(place[order])
    sizes = np.diff(np.append(starts, len(order)))
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    best = np.repeat(spoken[order][starts], sizes)
    good = (rank < MOST_SYNONYMS) & (spoken[order] > best - BEHIND_BEST) & (spoken[order] > kept[order] - BEHIND_KEPT)
    return found.where(np.sort(order[good]))


def _context_logs(batch: Batch, start: Ints, end: Ints, word: Ints, tables: Tables) -> Floats:
    """Return the log-probability (nats) of each *word* and of the two behind it, if it stood at start..end."""
    ids = tables.lexicon["word.ngrams"]
    own = ids[batch.words & WORD_MASK].astype(np.int64)
    first, last = batch.firsts[batch.sentence_of[start]], batch.ends[batch.sentence_of[start]]
    count = len(own)
    before = [
        np.where(start - k >= first, own[np.maximum(start - k, 0)], np.where(start - k == first - 1, START_ID, -1))
        for k in (2, 1)
    ]
    behind = [
        np.where(end + k < last, own[np.minimum(end + k, count - 1)], np.where(end + k == last, END_ID, -1))
        for k in (0, 1)
    ]
    spoken = ids[word].astype(np.int64)
    rows = [(before[0], before[1], spoken), (before[1], spoken, behind[0]), (spoken, behind[0], behind[1])]
    flat = np.concatenate([np.stack(row, axis=1) for row in rows])
    flat[flat[:, 2] < 0, 2] = END_ID
    logs = tables.model.trigrams(flat).reshape(3, len(start))
    logs[2, behind[1] < 0] = 0.0
    return np.asarray(logs.sum(axis=0))


def _readings(batch: Batch, found: Relatives, tables: Tables) -> Readings:
    """Return the relatives as readings."""
    plain = unproven(found.start, found.end, WORD_WORDINGS + found.word, SYNONYM)
    strength = plain.strength.copy()
    strength[:, UNKNOWN] = np.exp(found.score)
    ids = tables.lexicon["word.ngrams"][batch.words[found.start] & WORD_MASK].astype(np.int64)
    single = found.end == found.start + 1
    clean = np.where(single, np.exp(tables.model.unigram_log_probs(ids).astype(np.float64)) * 1e6, 0.0)
    clean[ids == 0] = 0.0
    return replace(plain, strength=strength, clean=clean, phrase=~single)
