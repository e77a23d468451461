"""Scoring words with a packed n-gram model."""

import json
import math
import mmap
import zlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError
from normalizer.language_model.corpora import sentence_words
from normalizer.language_model.packing import BITS, MAGIC, PREFIX, VERSION, dtype_of
from normalizer.language_model.vocabulary import END_ID, START_ID, UNKNOWN_ID, lookup

REBUILD = "Rebuild it: normalizer train-lm CORPUS... -o MODEL"
SHIPPED = "news.ngrams"
PADDING = -1

BLOCK = 8192  # rows scored at a time: what is in hand stays in the cache, worth a factor of 1.4
OWN = ("word", "prob", "codes.prob")  # sections of every order but 1
LINKS = ("parents", "rank", "backoff", "codes.backoff", "base", "offset")  # of every order but the highest
BITS_SET: NDArray[np.int32] = sum(  # how many bits are set in each 16-bit number
    ((np.arange(1 << BITS) >> bit) & 1 for bit in range(BITS)), np.zeros(1 << BITS, np.int64)
).astype(np.int32)
BELOW: NDArray[np.uint16] = ((1 << np.arange(BITS)) - 1).astype(np.uint16)

Ids = NDArray[np.int64]
Rows = NDArray[np.int32]
Logs = NDArray[np.float32]


class Kind(NamedTuple):
    """A kind of file with the prefix and header of `packing`. magic: its first 8 bytes. name, rebuild: for messages."""

    magic: bytes
    name: str
    rebuild: str


NGRAMS = Kind(MAGIC, "language model", REBUILD)


class Order(NamedTuple):
    """The n-grams of one order as they lie in the file (see `packing`); empty where there is none."""

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


class LanguageModel:
    """An n-gram model in memory: immutable, safe to share between threads, cheap to load.

    path: its file. order: the highest order. counts: number of n-grams per order. words: the vocabulary in the order
    of its ids. provenance: what it was made of. signature: short hash of the file's header, which holds the checksum
    of the rest, for reports.

    unknown_spread: nats by which the log-probability of the one unknown word of the model exceeds that of a single
    unknown word, on average (they are many). Subtract it from the score of a word with id 0 before comparing it
    with that of a known word, or unknown words look ten thousand times too likely.
    """

    def __init__(self, path: Path, data: bytes | mmap.mmap, header: Mapping[str, Any], body: int) -> None:
        """Wrap *data*, a file with this *header* whose body starts at *body*; use `load`."""
        self.path, self._data, self._header, self._body = path, data, header, body
        self.order: int = header["order"]
        self.counts: tuple[int, ...] = tuple(header["counts"])
        self.provenance: Mapping[str, Any] = MappingProxyType(header["provenance"])
        self.unknown_spread: float = self.provenance.get("unknown", {}).get("spread", 0.0)
        self.signature = f"{zlib.crc32(json.dumps(header, sort_keys=True).encode()):08x}"
        self.words: tuple[str, ...] = tuple(self._section("words").tobytes().decode().split("\n")[:-1])
        self._ids = {word: number for number, word in enumerate(self.words)}
        self._prob: Logs = self._section("prob.1")
        self._orders = [self._load_order(order) for order in range(1, self.order + 1)]

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """Map the model at *path*, by default the shipped one.

        Raises ModelError if the file is missing, is no model, is damaged (header or length) or has a newer
        format.
        """
        place = Path(str(files("normalizer.language_model") / SHIPPED)) if path is None else Path(path)
        try:
            with place.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ModelError(f"{place}: expected a language model, found: {error}. {REBUILD}") from error
        try:
            header, body = read_header(place, data)
            return cls(place, data, header, body)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError) as error:
            raise damaged(place, f"a header that does not fit its contents ({error!r})") from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the path: another process maps the same file, and shares its pages."""
        return type(self).load, (self.path,)

    def verify(self) -> None:
        """Check every byte against the checksum: 10 ms for 38 MB, once read. Raises ModelError if one is wrong."""
        length, checksum = self._header["body"]
        found = zlib.crc32(memoryview(self._data)[self._body : self._body + length])
        if found != checksum:
            raise damaged(self.path, f"contents with the checksum {found:08x} in place of {checksum:08x}")

    def ids(self, words: Iterable[str]) -> list[int]:
        """Return the word ids of folded tokens: numbers and addresses by their class, unknown words 0."""
        known = self._ids
        return [known[word] if word in known else lookup(word, known) for word in words]

    def log_probs(self, contexts_and_word: NDArray[Any]) -> Logs:
        """Return ln P(last word | words before it) for each row.

        contexts_and_word: word ids, int (n, k), 1 <= k; the last column is the word, the columns before it
        its context, nearest last. Where there is less context, it is filled with -1 on the left; a context
        that starts its sentence begins with the id of START. Columns beyond the model's order are not looked
        at. Returns float32 (n,).
        """
        rows = np.asarray(contexts_and_word, np.int32)
        rows = rows[:, -min(self.order, rows.shape[1]) :]
        result = self._prob[rows[:, -1]]
        for start in range(0, len(rows), BLOCK):
            self._score_block(rows[start : start + BLOCK].T.copy(), result[start : start + BLOCK])
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

    def _score_block(self, columns: Rows, result: Logs) -> None:
        """Refine the unigram scores in *result* (n,) by longer and longer contexts.

        columns: (k, n), the last holding the words. Rows whose context the model does not have drop out on
        the way.
        """
        *context, words = columns
        for first in range(len(context) - 1, -1, -1):
            at = _true(context[first] >= 0)
            found, parent = self._parents(1, context[first][at])
            at = at[found]
            for order, column in enumerate(context[first + 1 :], 1):
                hit, row = self._children(order, parent, column[at])
                found, parent = self._parents(order + 1, row)
                at = at[hit][found]
            longest = self._orders[len(context) - first - 1]
            result[at] += longest.backoff_codes[longest.backoff[parent]]
            hit, row = self._children(len(context) - first, parent, words[at])
            longer = self._orders[len(context) - first]
            result[at[hit]] = longer.prob_codes[longer.prob[row]]

    def _parents(self, order: int, row: Rows) -> tuple[Rows, Rows]:
        """Return which of the *row*s of this order are parents, as indices, and the parents' numbers."""
        level = self._orders[order - 1]
        item, bit = row >> 4, row & 15
        bits = level.parents[item]
        found = _true((bits >> bit.astype(np.uint16)) & 1)
        before = BITS_SET[bits[found] & BELOW[bit[found]]]
        return found, level.rank[item[found]].astype(np.int32) + before

    def _children(self, order: int, parent: Rows, word: Rows) -> tuple[Rows, Rows]:
        """Return which parents of *order* have a child with this *word*, as indices, and the children's rows.

        A binary search for the first word not below *word*, in all child ranges at once: each round halves
        every range.
        """
        level, words = self._orders[order - 1], self._orders[order].words
        low = level.base[parent >> level.shift].astype(np.int32) + level.offset[parent]
        after = parent + 1
        size = level.base[after >> level.shift].astype(np.int32) + level.offset[after] - low
        end = low + size
        word = word.astype(np.uint16)
        if not len(words) or not len(parent):
            return low[:0], low[:0]
        while int(size.max()) > 1:
            half = size >> 1
            low += half * (words.take(low + half - 1, mode="clip") < word)
            size -= half
        low += words.take(low, mode="clip") < word
        hit = _true((low < end) & (words.take(low, mode="clip") == word))
        return hit, low[hit]

    def _load_order(self, order: int) -> Order:
        below = order < self.order
        own = {name: self._section(f"{name}.{order}" if order > 1 else "") for name in OWN}
        links = {name: self._section(f"{name}.{order}" if below else "") for name in LINKS}
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
            shift=self._header["shifts"][order - 1] if below else 0,
        )

    def _section(self, name: str) -> NDArray[Any]:
        """Return the section *name* as an array over the mapped file; for "" an empty one."""
        offset, items = self._header["sections"][name] if name else (0, 0)
        return np.frombuffer(self._data, dtype_of(name), items, self._body + offset)


def read_header(
    path: Path, data: bytes | mmap.mmap, kind: Kind = NGRAMS
) -> tuple[dict[str, Any], int]:
    """Return the header of the file *data*, which is to be of this *kind*, and where its body starts.

    Raises ModelError as `LanguageModel.load` does.
    """
    magic = data[: len(kind.magic)]
    if len(data) < PREFIX.size or magic != kind.magic:
        raise ModelError(
            f"{path}: expected a {kind.name}, which starts with {kind.magic!r}, found {magic!r}. {kind.rebuild}"
        )
    _, version, length, checksum, _ = PREFIX.unpack_from(data)
    if version != VERSION:
        raise ModelError(
            f"{path}: expected a {kind.name} of format {VERSION}, found format {version}: written by "
            f"{'a newer' if version > VERSION else 'an older'} version of normalizer. Update normalizer. "
            f"Or: {kind.rebuild}"
        )
    body = PREFIX.size + length
    text = data[PREFIX.size : body]
    if len(text) < length:
        raise damaged(path, f"{len(data)} bytes, which end within the header", kind)
    if zlib.crc32(text) != checksum:
        raise damaged(path, f"a header with the checksum {zlib.crc32(text):08x} in place of {checksum:08x}", kind)
    header: dict[str, Any] = json.loads(text)
    if len(data) != body + header["body"][0]:
        raise damaged(path, f"{len(data)} bytes in place of {body + header['body'][0]}", kind)
    return header, body


def read_whole(path: Path, kind: Kind) -> tuple[bytes, dict[str, Any], int]:
    """Return the contents of the file at *path*, of this *kind*, its header and where its body starts.

    Every byte is checked: 10 ms for 10 MB. Raises ModelError as `LanguageModel.load` does.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: expected a {kind.name}, found: {error}. {kind.rebuild}") from error
    header, body = read_header(path, data, kind)
    length, checksum = header["body"]
    found = zlib.crc32(memoryview(data)[body : body + length])
    if found != checksum:
        raise damaged(path, f"contents with the checksum {found:08x} in place of {checksum:08x}", kind)
    return data, header, body


def damaged(path: Path, found: str, kind: Kind = NGRAMS) -> ModelError:
    """Return the error for a file of this *kind* that is not as it was written."""
    return ModelError(f"{path}: expected an undamaged {kind.name}, found {found}. {kind.rebuild}")


def _true(marks: NDArray[Any]) -> Rows:
    """Return the indices of the items that are not 0."""
    return np.flatnonzero(marks).astype(np.int32)
