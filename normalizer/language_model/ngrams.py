"""Scoring words with an n-gram model.

The model is a packed file (see `packed`) whose header holds besides

    order       highest order N
    counts      number of n-grams per order; the first is the size of the vocabulary
    shifts      per order below N, see *base*

and whose sections are

    section     items             what
    words       uint8             the vocabulary: UTF-8, a line feed after each word, in the order of ids
    prob.1      float32           natural logarithm of P(w), a value per word id
    word.n      uint16            last word of each n-gram, n = 2 ... N, sorted by context, then by word
    prob.n      uint8             which entry of codes.prob.n is its log-probability
    codes.*     float32           at most 256 values

    For n < N, a *parent* being an n-gram of order n that is the context of one of order n + 1:

    parents.n   uint16            bit i & 15 of item i >> 4 says whether row i of order n is a parent
    rank.n      uint32            the number of parents before row 16 * item
    backoff.n   uint8             which entry of codes.backoff.n is the log back-off weight of each parent
    base.n      uint32            the rows of order n + 1 that continue parent p start at
    offset.n    uint16            base.n[p >> shift] + offset.n[p], ending where those of parent p + 1 start

So the file is a trie in which every order is one table sorted by (context, word), and the children of a row
are a slice of the next table (the "trie" of KenLM, Heafield 2011, with bytes for bits). Three in
five bigrams of the shipped model lead nowhere; the bits and the rank (3/8 byte a row) save each 3 bytes.

Worked example: a bigram model with four words beside the special ones, and three bigrams, has

    words      "<unk>\n<s>\n</s>\nofficials\nreporters\nsaid\ntold\n"         ids 0 ... 6
    counts     [7, 3]
    word.2     [6, 5, 4]                  told | officials    said | reporters    reporters | told
    parents.1  [0b1011000]                rows 3, 4 and 6 are parents: "officials", "reporters", "told"
    rank.1     [0]                        one item: there are only seven rows
    base.1     [0]                        with shifts [6]: one base for parents 0 ... 63
    offset.1   [0, 1, 2, 3]               parent 0 has row 0, parent 1 row 1, parent 2 row 2

P(reporters | told): bit 6 is set, with two bits set below it: parent 2, whose rows are 2 ... 3 (not
included); word.2[2] = 4 is "reporters": found, and the answer is codes.prob.2[prob.2[2]]. P(said | told): 5
is not in word.2[2:3], so it is codes.backoff.1[backoff.1[2]] + prob.1[5]. P(told | said): bit 5 is not set,
so it is prob.1[6] alone.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.packed import Contents
from normalizer.language_model.sorting import MOST, distinct
from normalizer.language_model.words import END_ID, START_ID, UNKNOWN_ID, WordModel, sentence_words

PADDING = -1
BITS = 16  # rows per item of parents.n, and bits of a word id
BLOCK = 8192  # rows searched for at a time, so that what is in hand stays in the cache

OWN = ("word", "prob", "codes.prob")  # sections of every order but 1
LINKS = ("parents", "rank", "backoff", "codes.backoff", "base", "offset")  # of every order but the highest
BITS_SET: NDArray[np.uint8] = sum(  # how many bits are set in each 16-bit number
    ((np.arange(1 << BITS, dtype=np.uint16) >> bit & 1).astype(np.uint8) for bit in range(BITS)),
    np.zeros(1 << BITS, np.uint8),
)
BELOW: NDArray[np.uint16] = ((1 << np.arange(BITS)) - 1).astype(np.uint16)

Ids = NDArray[np.int64]
Rows = NDArray[np.intp]  # what numpy takes as indices without a copy
Logs = NDArray[np.float32]
Floats = NDArray[np.float64]


class Order(NamedTuple):
    """The n-grams of one order as they lie in the file (see the top); empty where there is none."""

    words: NDArray[np.uint16]
    prob: NDArray[np.uint8]
    prob_codes: Logs
    parents: NDArray[np.uint16]
    rank: NDArray[np.uint32]
    backoff: NDArray[np.uint8]
    backoff_codes: Logs
    base: NDArray[np.uint32]
    offset: NDArray[np.uint16]
    shift: int


class Measure(NamedTuple):
    """How well a model predicts some text.

    tokens: tokens predicted, the end of each sentence being one. unknown: how many of them are out of
    vocabulary. log_prob: natural logarithm of the probability of it all, unknown words scored as the one word
    they are to the model.
    """

    tokens: int
    unknown: int
    log_prob: float

    def plus(self, other: "Measure") -> "Measure":
        """Return the measure of both texts together."""
        return Measure(self.tokens + other.tokens, self.unknown + other.unknown, self.log_prob + other.log_prob)

    @property
    def perplexity(self) -> float:
        """Return the perplexity per token; nan for no text."""
        return math.exp(-self.log_prob / self.tokens) if self.tokens else math.nan


class LanguageModel(WordModel):
    """An n-gram model in memory: immutable, safe to share between threads, cheap to load.

    path: its file. order: the highest order. counts: number of n-grams per order. words: the vocabulary in the order
    of its ids. provenance: what it was made of. signature: short hash of the file's header, which holds the checksum
    of the rest, for reports.

    unknown_spread: nats by which the log-probability of the one unknown word of the model exceeds that of a single
    unknown word, on average (they are many). Subtract it from the score of a word with id 0 before comparing it
    with that of a known word, or unknown words look ten thousand times too likely; `trigrams` has done so.
    """

    MAGIC = b"\x93NGRAMS\n"
    NAME = "language model"
    REBUILD = "Rebuild it: normalizer train-lm CORPUS... -o MODEL"
    SHIPPED = "news.ngrams"
    DTYPES: ClassVar = {
        "words": "<u1", "word": "<u2", "prob.1": "<f4", "prob": "<u1", "codes": "<f4", "parents": "<u2", "rank": "<u4",
        "backoff": "<u1", "base": "<u4", "offset": "<u2",
    }  # fmt: skip

    def __init__(self, path: Path, contents: Contents) -> None:
        """Wrap *contents*; use `load`."""
        super().__init__(path, contents)
        self.order: int = self.facts["order"]
        self.counts: tuple[int, ...] = tuple(self.facts["counts"])
        self.unknown_spread: float = self.provenance.get("unknown", {}).get("spread", 0.0)
        self._prob: Logs = self.section("prob.1")
        self._orders = [self._load_order(order) for order in range(1, self.order + 1)]

    def trigrams(self, rows: NDArray[Any]) -> Floats:
        """Return ln P(third | first, second) for *rows* of word ids, int (n, 3), -1 for no word; float64 (n,).

        Of the trellis of an article every second row stands there before, and the rows share their contexts, so they
        are sorted, and every context and bigram is looked up once. An unknown word stands for itself, not for all
        unknown words together: it is worth `unknown_spread` less.
        """
        rows = np.asarray(rows, np.int64).reshape(-1, 3)
        result = np.empty(len(rows))
        for start in range(0, len(rows), MOST):
            part = rows[start : start + MOST]
            keys, back = distinct(_key(part[:, 1], part[:, 0], part[:, 2]))
            found = self._of_sorted(_word(keys, 1), _word(keys, 2), _word(keys, 0)).astype(np.float64)
            found[_word(keys, 0) == UNKNOWN_ID] -= self.unknown_spread
            result[start : start + MOST] = found[back]
        return result

    def _of_sorted(self, first: Rows, second: Rows, third: Rows) -> Logs:
        """Return ln P(third | first, second) for word ids (n,) that are sorted by second, first and third."""
        if self.order < 3:
            return self._lengthened(np.stack((second, third)), self._prob[third])
        keys, back = distinct(_key(second, third))
        pairs = np.stack((_word(keys, 1), _word(keys, 0)))
        shorter = self._lengthened(pairs, self._prob[pairs[1]])[back]
        return self._lengthened(np.stack((first, second, third)), shorter)

    def log_probs(self, contexts_and_word: NDArray[Any]) -> Logs:
        """Return ln P(last word | words before it) for each row.

        contexts_and_word: word ids, int (n, k), 1 <= k; the last column is the word, the columns before it
        its context, nearest last. Where there is less context, it is filled with -1 on the left; a context
        that starts its sentence begins with the id of START. Columns beyond the model's order are not looked
        at. Returns float32 (n,).
        """
        rows = np.asarray(contexts_and_word, np.intp)
        columns = rows[:, -min(self.order, rows.shape[1]) :].T.copy()
        result: Logs = self._prob[columns[-1]]
        for size in range(2, len(columns) + 1):
            result = self._lengthened(columns[-size:], result)
        return result

    def unigram_log_probs(self, ids: NDArray[Any] | Sequence[int]) -> Logs:
        """Return ln P(word) for each of the word *ids*, float32 of the same shape."""
        return self._prob[np.asarray(ids, np.int64)]

    def score(self, words: Sequence[str]) -> float:
        """Return the natural log-probability of the sentence of folded tokens *words*, its end included."""
        return float(self.log_probs(self._windows(words)).sum(dtype=np.float64))

    def measure(self, texts: Iterable[str]) -> Measure:
        """Measure the model on *texts*, each split into tokens and sentences."""
        tokens = unknown = 0
        log_prob = 0.0
        for text in texts:
            windows = [self._windows(words) for words in sentence_words(text)]
            if windows:
                rows = np.concatenate(windows)
                tokens += len(rows)
                unknown += int(np.count_nonzero(rows[:, -1] == UNKNOWN_ID))
                log_prob += float(self.log_probs(rows).sum(dtype=np.float64))
        return Measure(tokens, unknown, log_prob)

    def perplexity(self, texts: Iterable[str]) -> float:
        """Return the perplexity of *texts* per token, sentence ends counted; nan for no text."""
        return self.measure(texts).perplexity

    def _windows(self, words: Sequence[str]) -> Ids:
        """Return the rows for `log_probs` that score *words* as a sentence, (len(words) + 1, order)."""
        padded = [PADDING] * (self.order - 2) + [START_ID, *self.ids(words), END_ID]
        if self.order == 1:
            return np.array(padded[-len(words) - 1 :], np.int64)[:, None]
        return np.lib.stride_tricks.sliding_window_view(np.array(padded, np.int64), self.order)

    def _lengthened(self, columns: Rows, shorter: Logs) -> Logs:
        """Return ln P(word | context), given *shorter*, the same for the contexts less their first words; both (n,).

        columns: (k, n), the words in the last, their contexts in the others. Equal contexts that stand one after the
        other are looked up once. May write over *shorter*.
        """
        *context, words = columns
        if not len(words):
            return shorter
        order = len(context)
        new = np.empty(len(words), bool)
        new[0] = True
        np.not_equal(context[0][1:], context[0][:-1], out=new[1:])
        for column in context[1:]:
            new[1:] |= column[1:] != column[:-1]
        heads = np.flatnonzero(new)
        known, parent = self._contexts([column[heads] for column in context])
        level = self._orders[order - 1]
        number = np.full(len(heads), -1)
        number[known] = np.arange(len(known))
        of_row = np.repeat(number, np.diff(heads, append=len(words)))
        at = np.flatnonzero(of_row >= 0)
        of_row = of_row[at]
        low, size = self._child_ranges(order, parent)
        hit, row = self._search(order, low[of_row], size[of_row], words[at])
        shorter[at] += level.backoff_codes[level.backoff[parent]][of_row]
        longer = self._orders[order]
        shorter[at[hit]] = longer.prob_codes[longer.prob[row]]
        return shorter

    def _contexts(self, columns: Sequence[Rows]) -> tuple[Rows, Rows]:
        """Return which of the contexts in *columns* the model has, as indices, and their numbers as parents."""
        at = np.flatnonzero(columns[0] >= 0)
        found, parent = self._parents(1, columns[0][at])
        at = at[found]
        for order, column in enumerate(columns[1:], 1):
            low, size = self._child_ranges(order, parent)
            hit, row = self._search(order, low, size, column[at])
            found, parent = self._parents(order + 1, row)
            at = at[hit][found]
        return at, parent

    def _parents(self, order: int, row: Rows) -> tuple[Rows, Rows]:
        """Return which of the *row*s of this order are parents, as indices, and the parents' numbers."""
        level = self._orders[order - 1]
        item, bit = row >> 4, row & 15
        bits = level.parents[item]
        found = np.flatnonzero((bits >> bit.astype(np.uint16)) & 1)
        before = BITS_SET[bits[found] & BELOW[bit[found]]]
        return found, level.rank[item[found]].astype(np.intp) + before

    def _child_ranges(self, order: int, parent: Rows) -> tuple[Rows, Rows]:
        """Return the first child's row of each *parent* of this order, and how many there are: at least one."""
        level = self._orders[order - 1]
        low = level.base[parent >> level.shift].astype(np.intp) + level.offset[parent]
        after = parent + 1
        return low, level.base[after >> level.shift].astype(np.intp) + level.offset[after] - low

    def _search(self, order: int, low: Rows, size: Rows, word: Rows) -> tuple[Rows, Rows]:
        """Return which ranges of child rows have a child with this *word*, as indices, and the children's rows.

        order: of the parents. low, size: the ranges, of one row at least. word: of each, the same shape.
        """
        hits, rows = [], []
        for start in range(0, len(low), BLOCK):
            part = slice(start, start + BLOCK)
            hit, row = _searched(self._orders[order].words, low[part], size[part], word[part].astype(np.uint16))
            hits.append(hit + start)
            rows.append(row)
        none = np.zeros(0, np.intp)
        return np.concatenate([none, *hits]), np.concatenate([none, *rows])

    def _load_order(self, order: int) -> Order:
        below = order < self.order
        own = {name: self._maybe(f"{name}.{order}", order > 1) for name in OWN}
        links = {name: self._maybe(f"{name}.{order}", below) for name in LINKS}
        return Order(
            words=own["word"],
            prob=own["prob"],
            prob_codes=own["codes.prob"],
            parents=links["parents"],
            rank=links["rank"],
            backoff=links["backoff"],
            backoff_codes=links["codes.backoff"],
            base=links["base"],
            offset=links["offset"],
            shift=self.facts["shifts"][order - 1] if below else 0,
        )

    def _maybe(self, name: str, there: bool) -> NDArray[Any]:
        """Return the section *name* if it is to be *there*, else an empty one of its type."""
        return self.section(name) if there else np.zeros(0, self.dtype_of(name))


def _searched(words: NDArray[np.uint16], low: Rows, size: Rows, word: NDArray[np.uint16]) -> tuple[Rows, Rows]:
    """Return which ranges of the sorted rows *words* hold their *word*, as indices, and in which row.

    A binary search in all ranges at once, each round halving them. A range is first cut to the power of two that is
    more than half of it, from its beginning or its end; so all ranges above a certain size are equally wide, and the
    round needs no widths, and ranges that are narrow already stand behind those and wait for their round.
    """
    bits = (size.astype(np.float32).view(np.int32) >> 23).astype(np.uint8)  # the exponent, 127 for 1
    ranked = np.argsort(np.uint8(255) - bits, kind="stable")
    at, wanted, bits = low[ranked], word[ranked], bits[ranked]
    width = np.left_shift(1, bits.astype(np.intp) - 127)
    rest = size[ranked] - width
    at += rest * (words.take(at + width - 1, mode="clip") < wanted)
    for power in range(int(bits[0]) - 128, -1, -1):
        many = int(np.searchsorted(-bits.astype(np.int16), -127 - power, "left"))
        step = 1 << power
        here = at[:many]
        here += (words.take(here + (step - 1), mode="clip") < wanted[:many]).astype(np.intp) << power
    at += words.take(at, mode="clip") < wanted
    where = np.empty(len(at), np.intp)
    where[ranked] = at
    hit = np.flatnonzero((words.take(where, mode="clip") == word) & (where < low + size))
    return hit, where[hit]


def _key(*columns: Ids) -> Ids:
    """Return one number of 16 bits for each of *columns*, word ids from -1 on; they are sorted as the rows are."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        key <<= BITS
        key |= column + 1
    return key


def _word(keys: Ids, place: int) -> Rows:
    """Return the word ids that stand at this *place*, counted from the last, in *keys*."""
    return (keys >> (BITS * place) & 0xFFFF) - 1
