"""Stretches of a text as (start, end) offsets."""

from collections.abc import Iterable

Spans = list[tuple[int, int]]


def united(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return *spans* in order, those that overlap as one.

    >>> united([(4, 6), (0, 2), (5, 9), (2, 3)])
    [(0, 2), (2, 3), (4, 9)]
    """
    result: Spans = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
