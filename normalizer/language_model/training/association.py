"""Training word vectors (see `normalizer.language_model.association`): pairs of words counted, then factorised."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError
from normalizer.language_model.association import AssociationModel
from normalizer.language_model.packed import write_packed
from normalizer.language_model.training.packing import spelling
from normalizer.language_model.training.vocabulary import Words
from normalizer.language_model.words import SPECIAL, START_ID

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

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


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
        "words": spelling(words),
        "vectors": rows.ravel(),
        "scales": 1 / np.maximum(np.linalg.norm(rows.astype(np.float32), axis=1), 1),
        "weights": rarity * lengths * np.sqrt(len(words)),
    }
    write_packed(output, AssociationModel, sections, provenance, {"dimensions": rows.shape[1]})
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
