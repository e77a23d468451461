"""Relatives of the words of a page: the words that they may have been swapped for, inflected as these are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.lexicon.compiling import KINDS, WORD_BITS
from normalizer.lexicon.thesaurus import ALL_TAGS, LONGEST
from normalizer.numerals import NEGATIONS, NUMBER_WORDS
from normalizer.pages import Batch
from normalizer.proposals import Readings, withheld
from normalizer.ragged import contains, group_starts, numbered, take_rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Swaps = Mapping[tuple[str, str], float]  # for a swap (spun, original) the nats that are added to its score
NO_SWAPS: Swaps = {}
UNLISTED = -9.0  # score (nats) of a relative that the thesaurus does not have
LEXICAL = (KINDS.index("lexical"), KINDS.index("function"))


@dataclass(frozen=True, slots=True)
class Relatives:
    """Relatives of stretches of the text: words that these may have been swapped for, shape (relatives,) each.

    start, end: tokens of the stretch. word: number of the relative in the vocabulary. score: its log-probability (nats)
    before any context is looked at, UNLISTED where only the lexicon has it. relation: bits of RELATIONS. tag: number of
    its inflection in ALL_TAGS, -1 if unknown. strength, seen: what the lexicon knows of the swap, see
    `proposals.Readings`; 0 if it does not know the swap.
    """

    start: Ints
    end: Ints
    word: Ints
    score: Floats
    relation: Ints
    tag: Ints
    strength: Floats
    seen: Floats

    def __len__(self) -> int:
        return len(self.start)

    def where(self, kept: Bools | Ints) -> "Relatives":
        """Return those that are *kept*."""
        return Relatives(*(getattr(self, each.name)[kept] for each in fields(self)))


def relatives(batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> Relatives:
    """Return all commoner relatives of stretches of *batch* in lower case, inflected as these are.

    open_: which tokens a relative may replace, shape (tokens,).
    """
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
    relation, none = lexicon["pair.relation"][pairs].astype(np.int64), np.zeros(len(word))
    return Relatives(start, end, word, score[order], relation[order], tag[order], none, none).where(fresh)


def _surfaces(batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Ints]:
    """Return (start, end, row) of every stretch in lower case that the thesaurus knows, by length and then by start."""
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
    kept = ~withheld(batch, start, end)
    return start[kept], end[kept], row[kept]


def with_known(found: Relatives, readings: Readings, open_: Bools, lexicon: CompiledLexicon) -> Relatives:
    """Return *found* and the single words that the lexicon reads single words as, with what it knows of these swaps."""
    own, word = _single_words(readings, open_, lexicon)
    columns = (
        (found.start, readings.start[own]), (found.end, readings.end[own]), (found.word, word),
        (found.score, np.full(len(own), UNLISTED)), (found.relation, np.zeros(len(own), dtype=np.int64)),
        (found.tag, np.full(len(own), -1)),
    )  # fmt: skip
    start, end, words, score, relation, tag = (np.concatenate(pair) for pair in columns)
    number = numbered(np.stack((words, end, start)))
    order = np.argsort(number, kind="stable")  # of equal relatives that of the thesaurus comes first
    first = order[group_starts(number[order])]
    strength, seen = np.zeros(len(first)), np.zeros(len(first))
    of_own = number[len(found) :]
    np.maximum.at(strength, of_own, readings.strength[own].max(axis=1, initial=0.0))
    np.maximum.at(seen, of_own, readings.seen[own])
    return Relatives(start[first], end[first], words[first], score[first], relation[first], tag[first], strength, seen)


def with_told(
    found: Relatives, told: Sequence[Swaps], batch: Batch, open_: Bools, lexicon: CompiledLexicon
) -> tuple[Relatives, Floats]:
    """Return *found* and the originals in *told*, with the nats that *told* adds to each, shape (relatives,).

    told: for each page the swaps that are known of its spinner.
    """
    if not any(told):
        return found, np.zeros(len(found))
    start, word, nats = _told(told, batch, open_, lexicon)
    none = np.zeros(len(start))
    own = Relatives(
        start, start + 1, word, none + UNLISTED, none.astype(np.int64), none.astype(np.int64) - 1, none, none
    )
    joined = Relatives(
        *(np.concatenate((getattr(found, each.name), getattr(own, each.name))) for each in fields(Relatives))
    )
    number = numbered(np.stack((joined.word, joined.end, joined.start)))
    order = np.argsort(number, kind="stable")
    first = order[group_starts(number[order])]
    total = np.bincount(number, np.concatenate((np.zeros(len(found)), nats)))
    return joined.where(first), np.asarray(total[number[first]])


def _told(told: Sequence[Swaps], batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Floats]:
    """Return the token, the original's number and the nats of every place at which a swap in *told* is possible."""
    rows: list[tuple[int, int, float]] = []
    for page, swaps in enumerate(told):
        known: dict[int, list[tuple[int, float]]] = {}
        for (spun, original), nats in swaps.items():
            if (word := lexicon.ids[original]) <= WORD_MASK:
                known.setdefault(lexicon.ids[spun], []).append((word, nats))
        low, high = batch.token_offsets[page : page + 2].tolist() if known else (0, 0)
        for token in range(low, high):
            if open_[token]:
                rows += [(token, word, nats) for word, nats in known.get(int(batch.words[token]), ())]
    tokens, words, values = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(tokens, dtype=np.int64), np.array(words, dtype=np.int64), np.array(values, dtype=np.float64)


def means_otherwise(batch: Batch, found: Relatives, lexicon: CompiledLexicon) -> Bools:
    """Say for each relative whether it would change a number or a negation, which a thesaurus may never do."""
    kept = np.sort(lexicon.ids.of(sorted(NUMBER_WORDS | NEGATIONS)))
    inside = contains(kept, batch.words[found.start]) | contains(kept, batch.words[found.end - 1])
    return np.asarray(inside | contains(kept, found.word))


def _single_words(readings: Readings, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints]:
    """Return the readings that put a single word in place of an open single word, and the numbers of these words."""
    size = len(lexicon["wording.offset"]) - 1
    plain = np.isin(readings.kind, LEXICAL) & (readings.wording < size) & (readings.end == readings.start + 1)
    own = np.flatnonzero(plain & open_[readings.start])
    begins = lexicon["wording.start"][readings.wording[own]].astype(np.int64)
    single = lexicon["wording.start"][readings.wording[own] + 1].astype(np.int64) - begins == 1
    return own[single], lexicon["wording.word"][begins[single]].astype(np.int64)
