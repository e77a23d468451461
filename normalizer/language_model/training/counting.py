"""Counting n-grams of word ids, in bounded memory.

An n-gram of up to four words is one uint64: its word ids, 16 bits each, the first word highest. Sorting such
keys sorts n-grams, and equal neighbours are the count. To bound memory, the n-grams are sorted in shares by
their first word: for each share the text is read again (0.5 s for 90 M words) and only its own n-grams are
taken. Shares come out in order, so there is nothing to merge, and the result is the same for every bound.

A fifth word does not fit. The key of five words is the row of the first four in the table of all n-grams of
four words (its *contexts*), above 16 bits for the last word: such keys sort as the words do, too.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.training.vocabulary import BLOCK, Words
from normalizer.language_model.words import END_ID, START_ID

WORD_BITS = 16
KEY_WORDS = 4  # words of a key; of five words, the first four are a row number
KEY_BYTES = 8
SORT_COPIES = 4  # keys, sorted keys, marks and counts of one share are alive together

Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]

NO_KEYS: Keys = np.zeros(0, np.uint64)


class Table(NamedTuple):
    """Counted n-grams of one order.

    keys: uint64 (n,), rising, all different. counts: int64 (n,), from 1. contexts: of five words, the keys of all
    n-grams of four, whose rows stand in *keys*; otherwise empty.
    """

    keys: Keys
    counts: Counts
    contexts: Keys = NO_KEYS


def count_ngrams(text: Words, order: int, vocabulary: int, memory: int = 1024) -> Table:
    """Count the n-grams of *order* words (2 to 5) in *text*, none reaching across the end of a sentence.

    text: word ids, each sentence framed by START and END. vocabulary: number of word ids. memory: MB for the
    keys of one share. The most frequent first word is a share by itself at worst (5 % of English tokens).
    """
    limit = max(1, memory * 2**20 // (KEY_BYTES * SORT_COPIES))
    contexts = count_ngrams(text, KEY_WORDS, vocabulary, memory).keys if order > KEY_WORDS else NO_KEYS
    shares = _shares(text, vocabulary, limit)
    parts = [_runs(np.sort(_share(text, order, first, end, contexts))) for first, end in shares]
    keys = np.concatenate([part.keys for part in parts])
    return Table(keys, np.concatenate([part.counts for part in parts]), contexts)


def suffixes(table: Table, order: int) -> Keys:
    """Return the n-grams of *table*, of *order* words, without their first words: keys of order - 1."""
    if order <= KEY_WORDS:
        return table.keys & np.uint64((1 << WORD_BITS * (order - 1)) - 1)
    keys: Keys = table.contexts[table.keys >> np.uint64(WORD_BITS)]
    keys <<= np.uint64(WORD_BITS)  # the first word falls off
    keys |= table.keys & np.uint64((1 << WORD_BITS) - 1)
    return keys


def lower_table(higher: Table, text: Words, order: int, vocabulary: int) -> Table:
    """Return the Kneser-Ney counts of n-grams of *order* words, given the *higher* table of order + 1.

    The count of an n-gram is the number of different words seen before it (Kneser and Ney 1995); before START
    stands nothing, so n-grams that begin a sentence keep their plain count, as in SRILM and KenLM. For order
    1, the table has a row for every word id, START (which is never predicted) and unseen words having count
    0.
    """
    shorter = suffixes(higher, order + 1)
    if order == 1:
        return Table(
            np.arange(vocabulary, dtype=np.uint64),
            np.bincount(shorter.astype(np.int64), minlength=vocabulary).astype(np.int64),
        )
    inside = _runs(np.sort(shorter))
    opening = _runs(np.sort(_share(text, order, START_ID, START_ID + 1)))
    start = np.uint64(START_ID << WORD_BITS * (order - 1))
    place = int(np.searchsorted(inside.keys, start))  # nothing inside starts with START: one block to insert
    return Table(
        np.concatenate([inside.keys[:place], opening.keys, inside.keys[place:]]),
        np.concatenate([inside.counts[:place], opening.counts, inside.counts[place:]]),
    )


def _shares(text: Words, vocabulary: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield ranges (first, end) of first words with at most *limit* n-grams, or one word long."""
    frequencies = np.zeros(vocabulary, np.int64)
    for start in range(0, len(text), BLOCK):
        frequencies += np.bincount(text[start : start + BLOCK], minlength=vocabulary)
    first = total = 0
    for word, frequency in enumerate(frequencies.tolist()):
        if total + frequency > limit and word > first:
            yield first, word
            first, total = word, 0
        total += frequency
    yield first, vocabulary


def _share(text: Words, order: int, first: int, end: int, contexts: Keys = NO_KEYS) -> Keys:
    """Return the keys of all n-grams whose first word id is within *first* ... *end* - 1, in text order.

    contexts: as in Table.
    """
    parts = []
    for start in range(0, len(text), BLOCK):
        block = np.asarray(text[start : start + BLOCK + order - 1])
        size = len(block) - order + 1
        if size < 1:
            break
        valid = (block[:size] >= first) & (block[:size] < end)
        for offset in range(order - 1):
            valid &= block[offset : offset + size] != END_ID
        at = np.flatnonzero(valid)
        keys = np.zeros(len(at), np.uint64)
        for offset in range(order):
            if offset == KEY_WORDS:
                keys = np.searchsorted(contexts, keys).astype(np.uint64)
            keys = (keys << np.uint64(WORD_BITS)) | block[at + offset]
        parts.append(keys)
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def _runs(keys: Keys) -> Table:
    """Return the different keys of sorted *keys*, and how often each stands there."""
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(keys)), bool), keys[1:] != keys[:-1]]))
    return Table(keys[starts], np.diff(np.append(starts, len(keys))))
