"""Small tools for columns, and for rows of unequal length that lie one behind the other in one array."""

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
    """Return the columns of all *parts*, one part behind the other; there must be at least one."""
    make: Any = type(parts[0])
    return cast(Columns, make(*map(np.concatenate, zip(*parts, strict=True))))


def sums(rows: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of the *values* of each row, shape (count,), added in their order. rows: the row of each value."""
    return np.bincount(rows, values, count).astype(np.float64, copy=False)


def offsets(sizes: Ints) -> Ints:
    """Return where each row starts, and at the end where the last ends, shape (rows + 1,). sizes: of the rows."""
    result = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=result[1:])
    return result


def expand(starts: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """Return the row and the index of every element; row i has the indices from starts[i] to starts[i] + sizes[i]."""
    row = np.repeat(np.arange(len(sizes)), sizes)
    return row, np.arange(len(row)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)


def opens_run(*keys: Ints) -> Bools:
    """Return for each element whether its *keys* differ from those of the element before it."""
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
    """Yield slices that cover all items in order, each with a total size of at most *limit*, or of one larger item."""
    ends, first = np.cumsum(sizes), 0
    while first < len(sizes):
        before = int(ends[first - 1]) if first else 0
        end = max(first + 1, int(np.searchsorted(ends, before + limit, side="right")))
        yield slice(first, end)
        first = end


def any_of(chances: Floats, rows: Ints, count: int) -> Floats:
    """Return for each row the probability that at least one of its independent events occurs, shape (count,).

    chances: the probability of each event. rows: the row of each event. The factors of a row are multiplied in the
    order of their size, so that the result does not depend on the order of the events, not even by rounding.
    """
    result = np.zeros(count)
    order = np.lexsort((chances, rows))
    ordered = rows[order]
    firsts = np.flatnonzero(opens_run(ordered))
    if len(firsts):
        result[ordered[firsts]] = 1.0 - np.multiply.reduceat(1.0 - chances[order], firsts)
    return result
