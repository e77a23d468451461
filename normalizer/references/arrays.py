"""Small tools for ragged columns: rows of unequal length that lie one behind the other in one array."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = TypeVar("Columns", bound=tuple[NDArray[Any], ...])  # a named tuple of arrays of one length


def whole(numbers: object) -> Ints:
    """Return *numbers* as an array of 64-bit integers."""
    return np.asarray(numbers, dtype=np.int64)


def take(columns: Columns, rows: Ints | Bools) -> Columns:
    """Return the *rows* of all *columns*."""
    make: Any = type(columns)
    return cast(Columns, make(*(column[rows] for column in columns)))


def join(parts: Sequence[Columns]) -> Columns:
    """Return the columns of all *parts*, of which there is one at least, one behind the other."""
    make: Any = type(parts[0])
    return cast(Columns, make(*map(np.concatenate, zip(*parts, strict=True))))


def sums(rows: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of the *values* of each of the *rows*, shape (count,), added in the order in which they come."""
    return np.bincount(rows, values, count).astype(np.float64, copy=False)


def offsets(sizes: Ints) -> Ints:
    """Return where each of the rows of *sizes* elements starts, and behind them where the last ends."""
    result = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=result[1:])
    return result


def expand(starts: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """Return for every element of the rows starts[i] .. starts[i] + sizes[i] its row i and its own index."""
    row = np.repeat(np.arange(len(sizes)), sizes)
    return row, np.arange(len(row)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)


def opens_run(*keys: Ints) -> Bools:
    """Return whether each element is the first of those in a row that have the same *keys*."""
    result = np.zeros(len(keys[0]), dtype=np.bool_)
    result[:1] = True
    for key in keys:
        result[1:] |= key[1:] != key[:-1]
    return result


def contains(ordered: Ints, keys: Ints) -> Bools:
    """Return whether each of *keys* is among the *ordered* ones."""
    if not len(ordered):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.asarray(ordered[places] == keys)


def blocks(sizes: Ints, limit: int) -> Iterator[slice]:
    """Yield slices that cover all items in order, each of one item or of items that are *limit* together at most."""
    ends, first = np.cumsum(sizes), 0
    while first < len(sizes):
        before = int(ends[first - 1]) if first else 0
        end = max(first + 1, int(np.searchsorted(ends, before + limit, side="right")))
        yield slice(first, end)
        first = end


def any_of(chances: Floats, rows: Ints, count: int) -> Floats:
    """Return the chance that at least one of the independent *chances* of each row is right, shape (count,).

    The chances of a row are multiplied in the order of their size, so that the order in which they come does not
    change a digit.
    """
    result = np.zeros(count)
    order = np.lexsort((chances, rows))
    ordered = rows[order]
    firsts = np.flatnonzero(opens_run(ordered))
    if len(firsts):
        result[ordered[firsts]] = 1.0 - np.multiply.reduceat(1.0 - chances[order], firsts)
    return result
