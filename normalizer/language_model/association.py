"""Which words keep company: what a sentence's other words say of a word, however far away they stand.

An n-gram model sees two words to the left. That "courtroom" goes with "drama" and "court" with "appeal" is seen
across the sentence. For all pairs of frequent words, we count how often they stand near each other in a sentence, and
take the positive pointwise mutual information

    max(0, ln (n / e))

where e is the count to be expected if the two had nothing to do with each other (Church and Hanks 1990). Expectations
use frequencies to the power of SMOOTHING, so that rare words do not keep company with everybody. The vectors are the
leading eigenvectors of this table, not weighed by their eigenvalues (Levy, Goldberg and Dagan 2015 recommend both):
words never seen together are close if they keep the same company. The association of a word with a context is the
cosine of its vector with the sum of those of the context, each times the rarity of its word in nats.

The file has the prefix and the header of `packing` with a magic of its own, and the sections

    words     uint8     UTF-8, a line feed after each word, by falling frequency; the first is the unknown word
    vectors   int8      size * dimensions, row by row; 0 for words without a vector
    scales    float32   what each row is to be multiplied by to be of length 1
    weights   float32   what each row of length 1 is to be multiplied by as part of a context
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError
from normalizer.language_model.model import Kind, damaged, read_whole
from normalizer.language_model.packing import dtype_of, write_file
from normalizer.language_model.vocabulary import START_ID, Words, lookup
from normalizer.language_model.words import SPECIAL

SHIPPED = "news.topics"
REBUILD = "Rebuild it: normalizer train-lm CORPUS... -o MODEL --association FILE"
KIND = Kind(b"\x93TOPICS\n", "file of word vectors", REBUILD)

SIZE = 25_000  # words; their table of associations takes 2.5 GB while training
DIMENSIONS = 128
REACH = 10  # words to either side, those left out not counted: nearly the whole sentence
LEFT_OUT = 40  # the most frequent words say nothing of a topic, and stand in half of all places
SMOOTHING = 0.75
SPARE = 16  # dimensions beside those asked for, and
PASSES = 4  # passes over the table: with both, the range found is as good as exact (Halko and others 2011)
BLOCK = 1 << 23  # word ids whose pairs are counted at a time, 0.8 GB
ROWS = 1000  # of the table, worked on at a time
SEED = 0
TINY = 1e-30
CACHED = 1024  # words scored at a time, so that their vectors stay in the cache: twice as fast as all at once
EMPTY = 1e-3  # length of a context vector that is no more than the rounding of running sums

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


class AssociationModel:
    """Word vectors in memory: immutable, safe to share between threads, cheap to load.

    path: its file. words: the vocabulary in the order of its rows. provenance: what it was made of. signature:
    short hash of the file's header, which holds the checksum of the rest.
    """

    def __init__(self, path: Path, data: bytes, header: Mapping[str, Any], body: int) -> None:
        """Wrap *data*, a file with this *header* whose body starts at *body*; use `load`."""
        self.path, self._data, self._header, self._body = path, data, header, body
        self.provenance: Mapping[str, Any] = MappingProxyType(header["provenance"])
        self.signature = f"{zlib.crc32(json.dumps(header, sort_keys=True).encode()):08x}"
        self.words: tuple[str, ...] = tuple(self._section("words").tobytes().decode().split("\n")[:-1])
        self.dimensions: int = header["dimensions"]
        self._vectors = self._section("vectors").reshape(len(self.words), self.dimensions)
        self._scales, self._weights = self._section("scales"), self._section("weights")
        if not len(self.words) == len(self._scales) == len(self._weights):
            raise ValueError("sections of different length")
        self._ids = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """Read the vectors at *path*, by default the shipped ones, and check every byte: 10 ms for 3 MB.

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
        """Return the rows of folded tokens; 0 for words that have no vector."""
        known = self._ids
        return [known[word] if word in known else lookup(word, known) for word in words]

    def vectors(self, ids: NDArray[Any] | Sequence[int]) -> Vectors:
        """Return the vectors of *ids*, float32 (n, dimensions), of length 1, or 0 for an unknown word."""
        rows = np.asarray(ids, np.int64)
        found: Vectors = self._vectors[rows] * self._scales[rows, None]
        return found

    def weighed(self, ids: NDArray[Any] | Sequence[int]) -> Vectors:
        """Return the vectors of *ids* as parts of a context: their sum is one, float32 (n, dimensions)."""
        rows = np.asarray(ids, np.int64)
        found: Vectors = self._vectors[rows] * (self._scales[rows] * self._weights[rows])[:, None]
        return found

    def score(self, word_rows: NDArray[Any] | Sequence[int], context_matrix: Vectors) -> Vectors:
        """Return the association (-1 ... 1) of each word with its context, float32 (n,); 0 if either is unknown.

        word_rows: row of each word (n,). context_matrix: the summed `weighed` vectors of its context (n, dimensions).
        """
        lengths = np.sqrt(np.einsum("nd,nd->n", context_matrix, context_matrix))
        products = np.einsum("nd,nd->n", self.vectors(word_rows), context_matrix)
        # Differences of running sums leave a speck where there is no context.
        found: Vectors = np.where(lengths > EMPTY, products / np.maximum(lengths, EMPTY), 0.0).astype(np.float32)
        return found

    def score_words(self, words: Iterable[str], context: Iterable[str]) -> float:
        """Return the association of the folded *words*, summed, with the folded words around them."""
        rows = self.ids(words)
        around = self.weighed(self.ids(context)).sum(axis=0)
        return float(self.score(rows, np.tile(around, (len(rows), 1))).sum())

    def _section(self, name: str) -> NDArray[Any]:
        offset, items = self._header["sections"][name]
        return np.frombuffer(self._data, dtype_of(name), items, self._body + offset)


def topic_scores(
    model: AssociationModel,
    words_of_arc: Sequence[tuple[str, ...]],
    spans_of_arc: tuple[Ids, Ids],
    sentence_of_arc: Ids,
    tokens: Sequence[str],
    sentences: Sequence[tuple[int, int]],
) -> Floats:
    """Return the summed association of each arc's words with the rest of its sentence, float64 (arcs,).

    spans_of_arc: first token of each arc, and the one after its last: they are not part of its context. tokens: the
    folded tokens of the article. sentences: (first, end) token of each. Cost: some 1.5 ms for 1,000 arcs.
    """
    sums = np.zeros((len(tokens) + 1, model.dimensions))
    np.cumsum(model.weighed(model.ids(tokens)), axis=0, out=sums[1:])
    (first, end), edges = spans_of_arc, np.array(sentences, np.int64).reshape(-1, 2)
    sizes = np.array([len(words) for words in words_of_arc], np.int64)
    flat = np.array(model.ids(word for words in words_of_arc for word in words), np.int64)
    used = np.flatnonzero(flat)  # half of all words have no vector
    arcs = np.repeat(np.arange(len(sizes)), sizes)[used]
    # Arcs over the same tokens have the same context: made once, it halves the time.
    _, at, which = np.unique(first[arcs] * (len(tokens) + 1) + end[arcs], return_index=True, return_inverse=True)
    chosen = arcs[at]
    low, high = edges[sentence_of_arc[chosen]].T
    around = sums[high] - sums[low] - (sums[end[chosen]] - sums[first[chosen]])
    contexts, rows = around.astype(np.float32), flat[used]
    parts = [slice(start, start + CACHED) for start in range(0, len(rows), CACHED)]
    values = np.concatenate([np.zeros(0), *(model.score(rows[part], contexts[which[part]]) for part in parts)])
    return np.bincount(arcs, values, minlength=len(sizes)).astype(np.float64)


# --- training --------------------------------------------------------------------------------------------


def train_association(
    text: Words,
    words: Sequence[str],
    output: Path,
    provenance: Mapping[str, object],
    *,
    dimensions: int = DIMENSIONS,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Write the vectors of *words* in *text* to *output*. The same text gives the same bytes on one machine.

    text: ids of *words*, which start with the special ones and come by falling frequency; each sentence framed by
    START and END. Takes 4 bytes for each pair of words, and a minute for 80 M tokens. Raises ModelError if no two
    words stand together.
    """
    usable = content_words(words)
    table = count_pairs(text, usable)
    progress(f"association: {int(table.sum(dtype=np.float64)) // 2} pairs of {np.count_nonzero(usable)} words")
    if not table.any():
        raise ModelError("association: expected sentences of two and more words, found none. Add text.")
    margins = table.sum(axis=1, dtype=np.float64)
    associate(table, margins)
    # With as many dimensions as words, every word would be close to itself alone.
    vectors = leading_vectors(table, min(dimensions, max(1, len(words) // 10)))
    vectors[margins == 0] = 0.0
    lengths = np.linalg.norm(vectors, axis=1)
    rows = np.rint(vectors * (127 / np.maximum(np.abs(vectors).max(axis=1), TINY))[:, None]).astype(np.int8)
    rarity = np.log(margins.sum()) - np.log(margins, out=np.zeros_like(margins), where=margins > 0)
    sections = {
        "words": np.frombuffer("".join(f"{word}\n" for word in words).encode(), np.uint8),
        "vectors": rows.ravel(),
        "scales": 1 / np.maximum(np.linalg.norm(rows.astype(np.float32), axis=1), 1),
        "weights": rarity * lengths * np.sqrt(len(words)),
    }
    write_file(output, {"dimensions": rows.shape[1]}, sections, provenance, magic=KIND.magic)
    progress(f"{output}: {output.stat().st_size} bytes")


def content_words(words: Sequence[str]) -> NDArray[np.bool_]:
    """Return which *words* get a vector: those with letters, but for classes and the LEFT_OUT most frequent."""
    named = [word[0] != "<" and any(map(str.isalpha, word)) for word in words]
    usable = np.array(named)
    usable[: len(SPECIAL)] = False
    usable[np.flatnonzero(usable)[: min(LEFT_OUT, len(words) // 10)]] = False
    return usable


def count_pairs(text: Words, usable: NDArray[np.bool_]) -> Vectors:
    """Return how often each two *usable* words stand within REACH of each other in a sentence, float32 (size, size)."""
    size = len(usable)
    table = np.zeros(size * size, np.float32)
    for start in range(0, len(text), BLOCK):
        block = np.asarray(text[start : start + BLOCK])
        sentence = np.cumsum(block == START_ID, dtype=np.int32)
        chosen = usable[block]
        keys = np.sort(_pairs(block[chosen].astype(np.uint32), sentence[chosen], size))
        runs = np.flatnonzero(np.concatenate([np.ones(min(1, len(keys)), bool), keys[1:] != keys[:-1]]))
        table[keys[runs]] += np.diff(np.append(runs, len(keys)))
    found: Vectors = table.reshape(size, size)
    _mirror(found)
    return found


def _pairs(words: NDArray[np.uint32], sentence: NDArray[np.int32], size: int) -> NDArray[np.uint32]:
    """Return a number for each pair of neighbours, lower word first: 25,000 squared is well within 32 bits."""
    parts = []
    for distance in range(1, REACH + 1):
        inside = sentence[distance:] == sentence[:-distance]
        left, right = words[:-distance][inside], words[distance:][inside]
        parts.append(np.minimum(left, right) * np.uint32(size) + np.maximum(left, right))
    return np.concatenate(parts)


def _mirror(table: Vectors) -> None:
    """Add the lower triangle of *table*, whose upper one is filled, in place: a copy would double the memory."""
    for row in range(0, len(table), ROWS):
        here = slice(row, row + ROWS)
        for column in range(row, len(table), ROWS):
            there = slice(column, column + ROWS)
            square = table[here, there]
            if row == column:
                table[here, here] = square + square.T
            else:
                table[there, here] = square.T


def associate(table: Vectors, margins: Floats) -> None:
    """Turn counts into positive mutual information, in place; *margins* are the sums of rows (see the top)."""
    smoothed = margins**SMOOTHING
    # The root of plain and smoothed frequency on either side, so that the table stays symmetric.
    root = np.sqrt(margins * smoothed / smoothed.sum()).astype(np.float32)
    for start in range(0, len(table), ROWS):
        part = table[start : start + ROWS]
        expected = root[start : start + ROWS, None] * root
        ratio = np.divide(part, expected, out=np.ones_like(part), where=part > 0)
        np.log(np.maximum(ratio, 1), out=part)


def leading_vectors(table: Vectors, dimensions: int) -> Vectors:
    """Return the eigenvectors of the largest eigenvalues of the symmetric *table*, float32 (size, dimensions).

    By the randomised range finder (Halko, Martinsson and Tropp 2011, algorithm 4.4).
    """
    random = np.random.default_rng(SEED)
    width = min(len(table), dimensions + SPARE)
    basis: Any = random.standard_normal((len(table), width)).astype(np.float32)
    for _ in range(PASSES):
        basis, _ = np.linalg.qr(table @ basis)
    small = basis.T @ (table @ basis)
    values, rotation = np.linalg.eigh((small + small.T) / 2)
    chosen = np.argsort(-values, kind="stable")[:dimensions]
    found: Vectors = basis @ rotation[:, chosen]
    return found
