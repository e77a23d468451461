"""Arrays of arrays: rows of different length, kept as one flat array and the offset of each row.

Offsets have one item more than there are rows: row i is flat[offsets[i] : offsets[i + 1]].
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def ranges(starts: Ints, counts: Ints) -> Ints:
    """Return the numbers starts[i], starts[i] + 1, ... starts[i] + counts[i] - 1 of every i, one row after the other.

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(counts) - counts
    found: Ints = np.arange(int(counts.sum())) + np.repeat(starts - before, counts)
    return found


def offsets_of(counts: Ints) -> Ints:
    """Return the offsets of rows with so many items each, shape (rows + 1,)."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)))


def take_rows(offsets: NDArray[np.integer], rows: Ints) -> tuple[Ints, Ints]:
    """Return the flat indices of all items of *rows*, and how many items each of them has."""
    starts = offsets[rows].astype(np.int64)
    counts = offsets[rows + 1].astype(np.int64) - starts
    return ranges(starts, counts), counts


def flatten(rows: Iterable[Sequence[int]]) -> tuple[Ints, Ints]:
    """Return *rows* as one flat array and their offsets."""
    kept = list(rows)
    counts = np.fromiter(map(len, kept), np.int64, len(kept))
    flat = np.fromiter((item for row in kept for item in row), np.int64, int(counts.sum()))
    return flat, offsets_of(counts)


def group_starts(keys: NDArray[np.integer]) -> Ints:
    """Return where each run of equal *keys* begins; keys: sorted, or at least equal ones side by side."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))


def numbered(keys: NDArray[Any]) -> Ints:
    """Number the columns of *keys*, shape (parts, items), so that equal ones share a number. Returns shape (items,)."""
    order = np.lexsort(keys)
    ordered = keys[:, order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    result = np.empty(len(order), dtype=np.int64)
    result[order] = np.cumsum(fresh) - 1
    return result


def segment_sums(values: NDArray[np.float64], offsets: Ints) -> NDArray[np.float64]:
    """Return the sum of each row of *values*; every row has an item."""
    found: NDArray[np.float64] = np.add.reduceat(values, offsets[:-1]) if len(values) else np.zeros(0)
    return found


def contains(table: NDArray[np.integer], keys: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Say for each of *keys* whether it stands in the sorted *table*."""
    if not len(table):
        return np.zeros(len(keys), dtype=np.bool_)
    found: NDArray[np.bool_] = table[np.minimum(np.searchsorted(table, keys), len(table) - 1)] == keys
    return found
