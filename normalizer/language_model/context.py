"""Which word belongs between its neighbours: what the words on both sides of a place say of the word there.

An n-gram model reads from left to right and sees two words; word vectors see the sentence, but not where in it a word
stands. This model sees the three nearest words on either side each by itself and the twenty-two beyond as sums, near
and far, and gives every word of its vocabulary a score for the place: a neural language model with one hidden layer
(Bengio and others 2003) over a window on both sides (Collobert and Weston 2008; Melamud and others 2016 find such
contexts better than either side alone). With x for the ten vectors of the context side by side,

    score(word) = bias[word] + output[word] . (second max(0, first x + first_bias) + second_bias)

and the fit of a word is its score less the log of the summed exponentials of a fixed sample of words, so that fits are
comparable between places.

The file is a packed one (see `packed`) with the sections

    words          uint8     UTF-8, a line feed after each word, by falling frequency
    vectors.input  int8      size * dimensions, row by row: a word as part of a context
    vectors.output int8      the same of a word in the place
    scales.input   float32   what each row is to be multiplied by
    scales.output  float32
    weights.bias   float32   size
    weights.first, weights.first_bias, weights.second, weights.second_bias   float32
    sample         uint16    ids of the fixed sample
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.blas import one_blas_thread
from normalizer.language_model.packed import Contents
from normalizer.language_model.sorting import distinct
from normalizer.language_model.words import END_ID, UNKNOWN_ID, WordModel

NEAR = 3  # words on either side that are told apart by their distance
BANDS = (8, 25)  # how far the two sums reach beyond them
SLOTS = 2 * (NEAR + len(BANDS))
MARGIN = NEAR + BANDS[-1]  # words on either side that are looked at, and some to spare
SPAN, MANY = 4096, 8192  # words of the stream and wordings worked on at a time: some 20 MB
BLOCK = 512  # contexts and words worked on at a time, so that what is in hand stays in the cache
WORD_BITS = 17  # of a word id in a key, with one to spare

Ids = NDArray[np.int64]
Reals = NDArray[np.float32]


class Phrases(NamedTuple):
    """Wordings to be scored, each in place of a stretch of a stream of words.

    words: ids of all their words, one wording after the other. sizes: words of each. starts, stops: the stretch of the
    stream that each replaces.
    """

    words: Ids
    sizes: Ids
    starts: Ids
    stops: Ids


class ContextModel(WordModel):
    """The model in memory: immutable, safe to share between threads, cheap to load.

    path: its file. words: the vocabulary in the order of its ids. provenance: what it was made of. signature: short
    hash of the file's header, which holds the checksum of the rest.
    """

    MAGIC = b"\x93CONTEXT"
    NAME = "context model"
    REBUILD = "Rebuild it: normalizer train-context CORPUS... -o FILE"
    SHIPPED = "news.context"
    DTYPES: ClassVar = {"words": "<u1", "vectors": "<i1", "scales": "<f4", "weights": "<f4", "sample": "<u2"}

    def __init__(self, path: Path, contents: Contents) -> None:
        """Wrap *contents*; use `load`."""
        super().__init__(path, contents)
        self._bias: Reals = self.section("weights.bias")
        size = len(self._bias)
        self._input = self.section("vectors.input").reshape(size, -1)
        self._output = self.section("vectors.output").reshape(size, -1)
        self._input_scales, self._output_scales = self.section("scales.input"), self.section("scales.output")
        self._first_bias: Reals = self.section("weights.first_bias")
        self._second_bias: Reals = self.section("weights.second_bias")
        dimensions, hidden = self._input.shape[1], len(self._first_bias)
        self._first: Reals = self.section("weights.first").reshape(SLOTS, dimensions, hidden)
        self._second: Reals = self.section("weights.second").reshape(hidden, dimensions)
        if not size == len(self._input_scales) == len(self._output_scales):
            raise ValueError("sections of different length")

    def fits(self, stream: Ids, phrases: Phrases) -> Reals:
        """Return how well each wording fits in its stretch of *stream*, in nats, float32 (wordings,).

        stream: word ids of a text, its sentences framed as in training; a wording's words are summed. A word out of
        vocabulary is worth as much as the average word of the sample. Beyond both ends of the stream stand end marks.

        A value depends on its wording and on MARGIN words on either side of its stretch, to the last bit, and on
        nothing else: texts with MARGIN end marks between them can be asked about at once.
        """
        result = np.empty(len(phrases.sizes), np.float32)
        padded = np.pad(stream, MARGIN, constant_values=END_ID)
        with one_blas_thread():
            for chosen, part, low in _parts(phrases):
                high = int(part.stops.max()) + 2 * MARGIN
                result[chosen] = self._fits_in(padded[low : low + high], part)
        return result

    def _fits_in(self, window: Ids, phrases: Phrases) -> Reals:
        """Return what `fits` does; *window* begins MARGIN words before the place that *phrases* count from."""
        left, right = _halves_of(window, phrases)
        pairs, of_word = distinct(left.of_word * len(right.at) + right.of_word)
        sums = self._band_sums(window)
        before, behind = self._reach(left, sums, -1), self._reach(right, sums, 1)
        made = np.empty((len(pairs), self._second.shape[1]), np.float32)
        usual = np.empty(len(pairs), np.float32)
        for start in range(0, len(pairs), BLOCK):
            part = slice(start, start + BLOCK)
            bent = before[pairs[part] // len(right.at)]
            bent += behind[pairs[part] % len(right.at)]
            made[part], usual[part] = self._made(bent)
        which = np.repeat(np.arange(len(phrases.sizes)), phrases.sizes)
        values = self._values(phrases.words, of_word, made, usual)
        return np.bincount(which, values, minlength=len(phrases.sizes)).astype(np.float32)

    def _reach(self, halves: "Halves", sums: list[Reals], side: int) -> Reals:
        """Return what *halves* of contexts send to the hidden layer, (halves, hidden). side: -1 for left, 1 for right.

        sums: as `_band_sums` returns them.
        """
        first, _ = self._layers
        parts, inner = [], NEAR
        for band, outer in enumerate(BANDS):
            shift, slot = (-outer, 2 * (NEAR + band)) if side < 0 else (inner, 2 * (NEAR + band) + 1)
            parts.append(_times(sums[band][halves.place + shift], first[slot]))
            inner = outer
        far: Reals = sum(parts[1:], parts[0])
        tables = []
        for distance, column in enumerate(halves.near.T, 1):
            used, number = _numbered(column, len(self._input))
            slot = NEAR - distance if side < 0 else NEAR + distance - 1
            tables.append((_times(self._inputs(used), first[slot]), number))
        result = np.empty((len(halves.near), far.shape[1]), np.float32)
        for start in range(0, len(result), BLOCK):
            part = slice(start, start + BLOCK)
            np.take(far, halves.at[part], axis=0, out=result[part], mode="clip")
            for table, number in tables:
                result[part] += table[number[part]]
        return result

    def _made(self, hidden: Reals) -> tuple[Reals, Reals]:
        """Return the vector to be met by a word's, (n, dimensions), and the log of the sample's summed exponentials.

        hidden: what reaches the hidden layer, without its bias, (n, hidden); written over.
        """
        sample, bias = self._sample
        hidden += self._first_bias
        np.maximum(hidden, 0, out=hidden)
        made = _times(hidden, self._layers[1])
        made += self._second_bias
        scores = _times(made, sample)
        scores += bias
        return made, _log_sum(scores)

    def _values(self, words: Ids, contexts: Ids, made: Reals, usual: Reals) -> Reals:
        """Return the fit of each of *words* in its context, (n,). made, usual: as `_made` returns them."""
        values = np.empty(len(words), np.float32)
        average = -np.log(np.float32(len(self._sample[1])))
        for start in range(0, len(words), BLOCK):
            part = slice(start, start + BLOCK)
            ids, own = words[part], contexts[part]
            found = np.einsum("nd,nd->n", self._outputs(ids), made[own]) + self._bias[ids] - usual[own]
            values[part] = np.where(ids == UNKNOWN_ID, average, found)
        return values

    def _band_sums(self, window: Ids) -> list[Reals]:
        """Return for each band the sum of so many words as it is wide, from each place of *window* on."""
        vectors, inner, found = self._inputs(window), NEAR, []
        for outer in BANDS:
            found.append(_running(vectors, outer - inner) / np.float32(np.sqrt(outer - inner)))
            inner = outer
        return found

    @cached_property
    def _layers(self) -> tuple[Reals, Reals]:
        """The weights of both layers, copied: in the file they begin anywhere, which costs products a fifth."""
        return self._first.copy(), self._second.copy()

    @cached_property
    def _sample(self) -> tuple[Reals, Reals]:
        """The outputs of the sample, (dimensions, size), and their biases."""
        sample = self.section("sample").astype(np.int64)
        return np.ascontiguousarray(self._outputs(sample).T), self._bias[sample]

    def _inputs(self, ids: Ids) -> Reals:
        found: Reals = self._input[ids] * self._input_scales[ids, None]
        return found

    def _outputs(self, ids: Ids) -> Reals:
        found: Reals = self._output[ids] * self._output_scales[ids, None]
        return found


class Halves(NamedTuple):
    """The different halves of the contexts of some words: all that stands to the left, or all to the right.

    near: ids of the nearest words, the nearest first, (halves, NEAR). at: for each half, the number of its place.
    place: where the stretches begin, or end, in the window, (places,). of_word: the half of each word, (words,).
    """

    near: Ids
    at: Ids
    place: Ids
    of_word: Ids


def _parts(phrases: Phrases) -> Iterator[tuple[Ids, Phrases, int]]:
    """Yield wordings that stand near each other: their indices, themselves, and the place that they count from."""
    order = np.argsort(phrases.starts, kind="stable")
    ranked, heads = phrases.starts[order], np.cumsum(phrases.sizes) - phrases.sizes
    cuts = np.flatnonzero(np.diff(ranked // SPAN)) + 1
    edges = np.unique(np.concatenate(([0, len(order)], cuts, np.arange(0, len(order), MANY))))
    for start, stop in pairwise(edges.tolist()):
        chosen, low = order[start:stop], int(ranked[start])
        sizes = phrases.sizes[chosen]
        first = np.cumsum(sizes) - sizes
        words = phrases.words[np.repeat(heads[chosen] - first, sizes) + np.arange(int(sizes.sum()))]
        yield chosen, Phrases(words, sizes, phrases.starts[chosen] - low, phrases.stops[chosen] - low), low


def _halves_of(window: Ids, phrases: Phrases) -> tuple[Halves, Halves]:
    """Return what stands to the left and to the right of each word: words of its own wording stand nearest."""
    ends = np.cumsum(phrases.sizes)
    around = np.arange(NEAR)
    return (
        _halves(window, phrases, phrases.starts + MARGIN, -1 - around, ends - phrases.sizes, 1),
        _halves(window, phrases, phrases.stops + MARGIN, around, ends - 1, -1),
    )


def _halves(window: Ids, phrases: Phrases, places: Ids, nearest: Ids, heads: Ids, step: int) -> Halves:
    """Return one side's halves.

    places: where each wording's stretch meets the rest. nearest: the nearest words of the rest, counted from there.
    heads: of each wording the word that stands next to the rest. step: from there to the others, 1 or -1. A half with
    words of the wording is a shorter one and another word, so wordings that begin alike share it.
    """
    of_word = np.empty(len(phrases.words), np.int64)
    asked = np.flatnonzero(phrases.sizes)
    place, half = distinct(places[asked])
    near, at, done = window[place[:, None] + nearest], np.arange(len(place)), 0
    nears, ats = [near], [at]
    for depth in range(int(phrases.sizes.max(initial=0))):
        word = heads[asked] + depth * step
        of_word[word] = done + half
        longer = np.flatnonzero(phrases.sizes[asked] > depth + 1)
        asked, word = asked[longer], word[longer]
        done += len(near)
        keys, half = distinct(half[longer] << WORD_BITS | phrases.words[word])
        shorter, before = keys >> WORD_BITS, keys & ((1 << WORD_BITS) - 1)
        near, at = np.column_stack((before, near[shorter, :-1])), at[shorter]
        nears.append(near)
        ats.append(at)
    return Halves(np.concatenate(nears), np.concatenate(ats), place, of_word)


def _times(rows: Reals, weights: Reals) -> Reals:
    """Return the matrix product of *rows* (n, k) and *weights* (k, m), each row the same whatever the others are.

    So each is multiplied by itself. The kernels for whole matrices add up in another order by where in the matrix a row
    stands (OpenBLAS's for Haswell takes twelve as six and six, and does them differently), in blocks of a fixed size,
    too. The cost, measured with these shapes: none, since the weights stay in the cache.
    """
    product: Reals = np.matmul(rows[:, None], weights)[:, 0]
    return product


def _running(vectors: Reals, width: int) -> Reals:
    """Return the sum of *width* rows from each row on, added up in the same order everywhere.

    By sums of one row, two, four and so on: log2(width) additions of everything.
    """
    many = len(vectors) - width + 1
    power, sums, done = 1, vectors, 0
    total = np.zeros((many, vectors.shape[1]), np.float32)
    while True:
        if width & power:
            total += sums[done : done + many]
            done += power
        if 2 * power > width:
            return total
        sums = sums[:-power] + sums[power:]
        power *= 2


def _numbered(ids: Ids, size: int) -> tuple[Ids, Ids]:
    """Return the different *ids*, all below *size*, and for each where it is among them."""
    seen = np.zeros(size, bool)
    seen[ids] = True
    used = np.flatnonzero(seen)
    number = np.empty(size, np.int64)
    number[used] = np.arange(len(used))
    return used, number[ids]


def _log_sum(values: Reals) -> Reals:
    """Return the log of the sum of the exponentials of each row; writes over *values*."""
    peaks = values.max(axis=1)
    values -= peaks[:, None]
    np.exp(values, out=values)
    found: Reals = peaks + np.log(values.sum(axis=1))
    return found
