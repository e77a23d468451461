"""What the lexicon says that stretches of articles can be read as, as columns over many articles.

A stretch is found by walking the compiled lexicon's trie over all tokens at once. The rows at its end propose wordings,
each on the word of some entries; rows that propose one wording for one stretch are one reading, and what is known of
the reading is gathered from the entries behind them.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.lexicon.compiling import FAMILY_NAMES, KINDS, WORD_BITS
from normalizer.lexicon.entries import Guard
from normalizer.pages import Batch, touched
from normalizer.ragged import contains, group_starts, offsets_of, ranges, take_rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# More readings of one stretch cost time and hardly ever hold the right one. Measured on the seeds: see the tests of
# this room.
READINGS_PER_STRETCH = 12
LENGTH_BITS = 7  # of the length of a stretch in a key: spun forms have far fewer than 128 words
WORDING_BITS = 24
NAME, GRAMMAR, REFERENCE = (KINDS.index(kind) for kind in ("name", "grammar", "reference"))


@dataclass(frozen=True, slots=True)
class Readings:
    """Ways to read stretches of articles other than as they stand, sorted by start, end, and evidence.

    start, end: token numbers. wording: number of what stands there instead. kind: index into KINDS. strength: P(spun
    form | original swapped) for each family, shape (readings, families), 0 where the family is not known to do it.
    weight, seen: evidence for the swap and observed occurrences, over all entries. clean: occurrences of the spun form
    per million words of clean text. phrase: whether an entry of several words is among the entries. near: whether the
    thesaurus has the wording near what stands there. entry: number of the entry with most evidence, -1 for none. named:
    whether it changes a part of a name for which there is an entry, see `Claims`.
    """

    start: Ints
    end: Ints
    wording: Ints
    kind: Ints
    strength: Floats
    weight: Floats
    seen: Floats
    clean: Floats
    phrase: Bools
    near: Bools
    entry: Ints
    named: Bools

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Claims:
    """What single entries say: start, end and wording of a reading, and the entry's number, shape (claims,) each.

    named: whether the words of the entry, with those that stay, cover several capitalised ones, as an entry for a name
    does. Entries for names that were never observed do not count: they are generated from real names, and so
    match real names too.
    """

    start: Ints
    end: Ints
    wording: Ints
    entry: Ints
    named: Bools

    def where(self, kept: Bools) -> "Claims":
        """Return the claims that are *kept*."""
        return Claims(*(getattr(self, each.name)[kept] for each in fields(self)))


def claims_of(batch: Batch, lexicon: CompiledLexicon) -> Claims:
    """Return what every entry says of every stretch of *batch* whose guard lets it speak, in prose alone."""
    start, end, node = find_stretches(batch, lexicon)
    rows, counts = take_rows(lexicon["node.rows"], node)
    start, end = np.repeat(start, counts), np.repeat(end, counts)
    kept = allowed(batch, lexicon, start, end, lexicon["row.guard"][rows].astype(np.int64))
    start, end, rows = start[kept], end[kept], rows[kept]
    whole = _capitals(batch, start, end) > 1
    start, end = start + lexicon["row.left"][rows], end - lexicon["row.right"][rows].astype(np.int64)
    kept = ~withheld(batch, start, end)
    start, end, rows, whole = start[kept], end[kept], rows[kept], whole[kept]
    at, counts = take_rows(lexicon["row.offset"], rows)
    wording = lexicon["row.wording"][rows].astype(np.int64)
    entry = lexicon["row.entry"][at].astype(np.int64)
    seen = (lexicon["entry.kind"][entry] != NAME) | (lexicon["entry.count"][entry] > 0)
    claims = Claims(
        np.repeat(start, counts), np.repeat(end, counts), np.repeat(wording, counts), entry,
        np.repeat(whole, counts) & seen,
    )  # fmt: skip
    return claims if lexicon.alive is None else claims.where(lexicon.alive[claims.entry])


def _capitals(batch: Batch, start: Ints, end: Ints) -> Ints:
    """Return how many words of each stretch have a capital that is not that of a sentence."""
    upper = batch.upper.copy()
    upper[batch.firsts] = False
    before = offsets_of(upper.astype(np.int64))
    found: Ints = before[end] - before[start]
    return found


def find_stretches(batch: Batch, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Ints]:
    """Return (start, end, trie node) of every stretch inside one sentence that is in the trie."""
    words = np.where(batch.words <= WORD_MASK, batch.words, -1)  # others are no words of the lexicon
    node = np.where(words >= 0, lexicon["word.node"][np.maximum(words, 0)], 0).astype(np.int64)
    start = np.flatnonzero(node)
    node, end = node[start], start + 1
    last = batch.ends[batch.sentence_of]
    keys, targets = lexicon["edge.key"], lexicon["edge.node"]
    found = [(start, end, node)]
    while len(start) and len(keys):
        inside = end < last[start]
        start, end, node = start[inside], end[inside], node[inside]
        sought = node << WORD_BITS | words[end]
        at = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
        hit = np.flatnonzero((keys[at] == sought) & (words[end] >= 0))
        start, end, node = start[hit], end[hit] + 1, targets[at[hit]].astype(np.int64)
        found.append((start, end, node))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)]
    return columns[0], columns[1], columns[2]


def withheld(batch: Batch, start: Ints, end: Ints) -> Bools:
    """Say for each stretch whether it touches residue that is removed, or what is no prose."""
    if not any(page.residue or page.kept for page in batch.pages):
        return np.zeros(len(start), dtype=np.bool_)
    tokens, gaps = touched(batch)
    before, between = offsets_of(tokens.astype(np.int64)), offsets_of(gaps.astype(np.int64))
    return (before[end] > before[start]) | (between[end - 1] > between[start])


# --- guards ---------------------------------------------------------------------------------------------------


def allowed(batch: Batch, lexicon: CompiledLexicon, start: Ints, end: Ints, guard: Ints) -> Bools:
    """Say for each stretch whether its guard lets an entry speak there. `ref` is asked later, by `testify`."""
    result = np.ones(len(start), dtype=np.bool_)
    guarded = np.flatnonzero(guard)
    for number in np.unique(guard[guarded]).tolist():
        own = guarded[guard[guarded] == number]
        result[own] = _holds(batch, lexicon, lexicon.guards[number], start[own], end[own])
    return result


def _holds(batch: Batch, lexicon: CompiledLexicon, guard: Guard, start: Ints, end: Ints) -> Bools:
    result = np.ones(len(start), dtype=np.bool_)
    if guard.case:
        wrong = batch.letter & (~batch.upper if guard.case == "cap" else batch.upper)
        before = offsets_of(wrong.astype(np.int64))
        result &= before[end] == before[start]
    page_start, page_end = (batch.token_offsets[batch.page_of[start] + side] for side in (0, 1))
    if guard.before:
        beside = np.sort(lexicon.ids.of(guard.before))
        result &= (start > page_start) & contains(beside, batch.words[start - 1])
    if guard.after:
        beside = np.sort(lexicon.ids.of(guard.after))
        result &= (end < page_end) & contains(beside, batch.words[np.minimum(end, len(batch.words) - 1)])
    if guard.has:
        result &= _stands_outside(batch, lexicon.ids.of(guard.has), start, end)
    return result


def _stands_outside(batch: Batch, phrase: Ints, start: Ints, end: Ints) -> Bools:
    """Say for each stretch whether *phrase* stands on its page before or behind it."""
    size, count = len(phrase), len(batch.words)
    places = np.arange(max(0, count - size + 1))
    for k, word in enumerate(phrase.tolist()):
        places = places[batch.words[places + k] == word]
    places = places[batch.page_of[places] == batch.page_of[places + size - 1]]
    first, last = np.full(len(batch.pages), count), np.full(len(batch.pages), -1)
    first[batch.page_of[places][::-1]] = places[::-1]
    last[batch.page_of[places]] = places
    page = batch.page_of[start]
    return np.asarray((first[page] + size <= start) | (last[page] >= end))


# --- from claims to readings ----------------------------------------------------------------------------------


def readings_of(claims: Claims, lexicon: CompiledLexicon) -> Readings:
    """Gather what is claimed into readings, the READINGS_PER_STRETCH best supported of each stretch."""
    key = ((claims.start << LENGTH_BITS | (claims.end - claims.start)) << WORDING_BITS) | claims.wording
    order = np.lexsort((claims.entry, key))
    key, entry = key[order], claims.entry[order]
    fresh = np.ones(len(key), dtype=np.bool_)
    fresh[1:] = (key[1:] != key[:-1]) | (entry[1:] != entry[:-1])  # an entry that says it in two tenses says it once
    order, key, entry = order[fresh], key[fresh], entry[fresh]
    heads = group_starts(key)
    kept, weight = _strongest(key[heads], _sums(lexicon["entry.weight"][entry], heads))
    return _gather(claims, order, entry, heads, kept, weight, lexicon)


def _sums(values: Floats, heads: Ints) -> Floats:
    return np.add.reduceat(values, heads) if len(heads) else np.zeros(0)


def _strongest(key: Ints, weight: Floats) -> tuple[Ints, Floats]:
    """Return the indices of the readings to keep, by stretch and within it strongest first, and all weights.

    key: place and wording of each reading, sorted. Wordings are numbered by their text, which settles ties.
    """
    place = key >> WORDING_BITS
    order = np.lexsort((key, -weight, place))
    heads = group_starts(place[order])
    sizes = np.diff(np.append(heads, len(order)))
    rank = np.arange(len(order)) - np.repeat(heads, sizes)
    return order[rank < READINGS_PER_STRETCH], weight


def _gather(
    claims: Claims, order: Ints, entry: Ints, heads: Ints, kept: Ints, weight: Floats, lexicon: CompiledLexicon
) -> Readings:
    """Return the *kept* readings; the claims order[heads[i] : heads[i + 1]] with their *entry* belong to reading i."""
    sizes = np.diff(np.append(heads, len(order)))
    first, counts = order[heads[kept]], sizes[kept]
    own = entry[ranges(heads[kept], counts)]
    cuts = offsets_of(counts)
    strength = np.zeros((len(kept), len(FAMILY_NAMES)))
    reading = np.repeat(np.arange(len(kept)), counts)
    np.maximum.at(strength, (reading, lexicon["entry.family"][own]), lexicon["entry.strength"][own])
    best = np.lexsort((own, -lexicon["entry.weight"][own], reading))[cuts[:-1]]
    starts = cuts[:-1]
    return Readings(
        claims.start[first],
        claims.end[first],
        claims.wording[first],
        lexicon["entry.kind"][own[best]].astype(np.int64),
        strength,
        weight[kept],
        _sums(lexicon["entry.count"][own], starts),
        np.minimum.reduceat(lexicon["entry.clean"][own], starts) if len(starts) else np.zeros(0),
        _any(lexicon["entry.phrase"][own] != 0, starts),
        np.zeros(len(kept), dtype=np.bool_),
        own[best],
        _any(claims.named[order[ranges(heads[kept], counts)]], starts),
    )


def _any(values: Bools, heads: Ints) -> Bools:
    found: Bools = np.logical_or.reduceat(values, heads) if len(heads) else np.zeros(0, dtype=np.bool_)
    return found


def grammar_readings(batch: Batch, readings: Readings, lexicon: CompiledLexicon) -> Readings:
    """Return `a` for `an` and the reverse before every stretch with a reading: which is right depends on the repair."""
    a, an = lexicon.ids["a"], lexicon.ids["an"]
    start = np.unique(readings.start)
    start = start[(start > 0) & (batch.page_of[start] == batch.page_of[start - 1])] - 1
    start = start[(batch.words[start] == a) | (batch.words[start] == an)]
    start = start[~withheld(batch, start, start + 1)]
    wording = np.where(batch.words[start] == a, lexicon.articles["an"], lexicon.articles["a"])
    return unproven(start, start + 1, wording, GRAMMAR)


def unproven(start: Ints, end: Ints, wording: Ints, kind: int, near: Bools | None = None) -> Readings:
    """Return readings that no entry speaks for."""
    count, none = len(start), np.zeros(len(start))
    return Readings(
        start, end, wording, np.full(count, kind, dtype=np.int64), np.zeros((count, len(FAMILY_NAMES))), none, none,
        none, np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_) if near is None else near,
        np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.bool_),
    )  # fmt: skip


def joined(*parts: Readings) -> Readings:
    """Return all readings together, in the order of the parts."""
    return Readings(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Readings)))
