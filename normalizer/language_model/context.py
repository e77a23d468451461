"""Which word belongs between its neighbours: what the words on both sides of a place say of the word there.

An n-gram model reads from left to right and sees two words; word vectors see the sentence, but not where in it a word
stands. This model sees the three nearest words on either side each by itself and the twenty-two beyond as sums, near
and far, and gives every word of its vocabulary a score for the place: a neural language model with one hidden layer
(Bengio and others 2003) over a window on both sides (Collobert and Weston 2008; Melamud and others 2016 find such
contexts better than either side alone). With x for the ten vectors of the context side by side,

    score(word) = bias[word] + output[word] . (second max(0, first x + first_bias) + second_bias)

and the fit of a word is its score less the log of the summed exponentials of a fixed sample of words, so that fits are
comparable between places.

The file has the prefix and the header of `packing` with a magic of its own, and the sections

    words          uint8     UTF-8, a line feed after each word, by falling frequency
    vectors.input  int8      size * dimensions, row by row: a word as part of a context
    vectors.output int8      the same of a word in the place
    scales.input   float32   what each row is to be multiplied by
    scales.output  float32
    weights.bias   float32   size
    weights.first, weights.first_bias, weights.second, weights.second_bias   float32
    sample         uint16    ids of the fixed sample
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.model import Kind, damaged, read_whole
from normalizer.language_model.packing import dtype_of
from normalizer.language_model.vocabulary import END_ID, UNKNOWN_ID, lookup

SHIPPED = "news.context"
REBUILD = "Rebuild it: normalizer train-context CORPUS... -o FILE"
KIND = Kind(b"\x93CONTEXT", "context model", REBUILD)

NEAR = 3  # words on either side that are told apart by their distance
BANDS = (8, 25)  # how far the two sums reach beyond them
SLOTS = 2 * (NEAR + len(BANDS))
BLOCK = 4096  # contexts worked on at a time: 5 MB

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


class ContextModel:
    """The model in memory: immutable, safe to share between threads.

    path: its file. words: the vocabulary in the order of its ids. provenance: what it was made of. signature: short
    hash of the file's header, which holds the checksum of the rest.
    """

    def __init__(self, path: Path, data: bytes, header: Mapping[str, Any], body: int) -> None:
        """Wrap *data*, a file with this *header* whose body starts at *body*; use `load`."""
        self.path, self._data, self._header, self._body = path, data, header, body
        self.provenance: Mapping[str, Any] = MappingProxyType(header["provenance"])
        self.signature = f"{zlib.crc32(json.dumps(header, sort_keys=True).encode()):08x}"
        self.words: tuple[str, ...] = tuple(self._section("words").tobytes().decode().split("\n")[:-1])
        self._ids = {word: number for number, word in enumerate(self.words)}
        size = len(self.words)
        self._input = self._section("vectors.input").reshape(size, -1)
        self._output = self._section("vectors.output").reshape(size, -1)
        self._input_scales, self._output_scales = self._section("scales.input"), self._section("scales.output")
        self._bias: Reals = self._section("weights.bias")
        self._first_bias: Reals = self._section("weights.first_bias")
        self._second_bias: Reals = self._section("weights.second_bias")
        dimensions, hidden = self._input.shape[1], len(self._first_bias)
        self._first: Reals = self._section("weights.first").reshape(SLOTS, dimensions, hidden)
        self._second: Reals = self._section("weights.second").reshape(hidden, dimensions)
        sample = self._section("sample").astype(np.int64)
        self._sample, self._sample_bias = self._outputs(sample), self._bias[sample]
        if not size == len(self._input_scales) == len(self._output_scales) == len(self._bias):
            raise ValueError("sections of different length")

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """Read the model at *path*, by default the shipped one, and check every byte: some 15 ms.

        Raises ModelError if the file is missing, is no such file, is damaged or has another format.
        """
        place = Path(str(files("normalizer.language_model") / SHIPPED)) if path is None else Path(path)
        data, header, body = read_whole(place, KIND)
        try:
            return cls(place, data, header, body)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise damaged(place, f"a header that does not fit its contents ({error!r})", KIND) from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the path: another process reads the same file."""
        return type(self).load, (self.path,)

    def ids(self, words: Iterable[str]) -> list[int]:
        """Return the ids of folded tokens; numbers and addresses by their class, unknown words 0."""
        known = self._ids
        return [known[word] if word in known else lookup(word, known) for word in words]

    def fits(self, stream: Ids, phrases: Phrases) -> Reals:
        """Return how well each wording fits in its stretch of *stream*, in nats, float32 (wordings,).

        stream: word ids of a text, its sentences framed as in training; a wording's words are summed. A word out of
        vocabulary is worth as much as the average word of the sample.
        """
        margin = NEAR + BANDS[-1]
        padded = np.pad(stream, margin, constant_values=END_ID)
        which = np.repeat(np.arange(len(phrases.sizes)), phrases.sizes)
        places = _contexts(phrases, which, padded, margin)
        values = np.empty(len(which), np.float32)
        hidden = self._hidden(padded, places)
        of_row = np.argsort(places.context, kind="stable")
        cuts = np.searchsorted(places.context[of_row], np.arange(0, len(hidden) + BLOCK, BLOCK))
        for number, start in enumerate(range(0, len(hidden), BLOCK)):
            rows = of_row[cuts[number] : cuts[number + 1]]
            made = np.maximum(hidden[start : start + BLOCK], 0) @ self._second + self._second_bias
            usual = _log_sum(made @ self._sample.T + self._sample_bias)
            words, own = phrases.words[rows], places.context[rows] - start
            found = np.einsum("nd,nd->n", self._outputs(words), made[own]) + self._bias[words] - usual[own]
            values[rows] = np.where(words == UNKNOWN_ID, -np.log(len(self._sample_bias)), found)
        return np.bincount(which, values, minlength=len(phrases.sizes)).astype(np.float32)

    def _hidden(self, padded: Ids, places: "Places") -> Reals:
        """Return what reaches the hidden layer in each context, before its bend, (contexts, hidden)."""
        used, near = np.unique(places.near, return_inverse=True)
        vectors = self._inputs(used)
        result = np.tile(self._first_bias, (len(places.near), 1))
        for slot, column in enumerate(near.reshape(places.near.shape).T):
            result += (vectors @ self._first[slot])[column]
        # Running sums in double precision: over a long article single precision would leave more than a rounding.
        sums = np.zeros((len(padded) + 1, vectors.shape[1]))
        np.cumsum(self._inputs(padded), axis=0, out=sums[1:])
        for band in range(places.low.shape[1]):
            low, high, which = places.low[:, band], places.high[:, band], places.band
            size = np.sqrt(high[0] - low[0]) if len(low) else 1.0
            part = ((sums[high] - sums[low]) / size).astype(np.float32)
            result += (part @ self._first[2 * NEAR + band])[which]
        return result

    def _inputs(self, ids: Ids) -> Reals:
        found: Reals = self._input[ids] * self._input_scales[ids, None]
        return found

    def _outputs(self, ids: Ids) -> Reals:
        found: Reals = self._output[ids] * self._output_scales[ids, None]
        return found

    def _section(self, name: str) -> NDArray[Any]:
        offset, items = self._header["sections"][name]
        return np.frombuffer(self._data, dtype_of(name), items, self._body + offset)


class Places(NamedTuple):
    """The different contexts of some words. context: for each word, its number.

    near: ids of the nearest words, left to right, (contexts, 2 * NEAR). band: for each context, the row of *low* and
    *high* that has its sums' bounds in the padded stream, (rows, 2 * len(BANDS)): left near, right near, left far,
    right far.
    """

    context: Ids
    near: Ids
    band: Ids
    low: Ids
    high: Ids


def _contexts(phrases: Phrases, which: Ids, padded: Ids, margin: int) -> Places:
    """Find the context of every word of *phrases*: words of its own wording stand nearest."""
    ends = np.cumsum(phrases.sizes)
    first, last = (ends - phrases.sizes)[which], (ends - 1)[which]
    rows = np.arange(len(which))
    start, stop = phrases.starts[which] + margin, phrases.stops[which] + margin
    # Words alone in their stretch share a context with the others there; the rest have one each.
    alone = phrases.sizes[which] == 1
    key = np.where(alone, start * (len(padded) + 1) + stop, -1 - rows)
    _, chosen, context = np.unique(key, return_index=True, return_inverse=True)
    near = np.empty((len(chosen), 2 * NEAR), np.int64)
    for distance in range(1, NEAR + 1):
        left, right = rows[chosen] - distance, rows[chosen] + distance
        own_left, own_right = first[chosen] - left, right - last[chosen]
        near[:, NEAR - distance] = np.where(
            own_left <= 0, phrases.words[np.maximum(left, 0)], padded[start[chosen] - np.maximum(own_left, 0)]
        )
        near[:, NEAR + distance - 1] = np.where(
            own_right <= 0,
            phrases.words[np.minimum(right, len(rows) - 1)],
            padded[stop[chosen] + np.maximum(own_right, 1) - 1],
        )
    _, at, band = np.unique(key_of(start[chosen], stop[chosen], padded), return_index=True, return_inverse=True)
    begin, end = start[chosen][at], stop[chosen][at]
    low, high = [], []
    inner = NEAR
    for outer in BANDS:
        low += [begin - outer, end + inner]
        high += [begin - inner, end + outer]
        inner = outer
    return Places(context, near, band, np.stack(low, axis=1), np.stack(high, axis=1))


def key_of(start: Ids, stop: Ids, padded: Ids) -> Ids:
    """Return a number for each pair of positions in *padded*."""
    return start * (len(padded) + 1) + stop


def _log_sum(values: NDArray[Any]) -> Reals:
    peaks = values.max(axis=1)
    found: Reals = peaks + np.log(np.exp(values - peaks[:, None]).sum(axis=1))
    return found
