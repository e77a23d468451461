"""Where two versions of a sentence differ, and how a differing stretch is divided into swaps."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from normalizer.lexicon.coverage import Options
from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.surface import analyses

Words = tuple[str, ...]
Pair = tuple[Words, Words]

LONGEST = 5  # tokens on either side of one swap; longer ones are rewriting
LONGEST_STRETCH = 12  # tokens on either side of a stretch that is worth dividing
# Pseudo-counts of swaps never seen before, by the numbers of words on both sides (spun, original). Of 9,150 swaps read
# off spun pages 65 % are one word for one, 11 % two for one, 4 % three for one, 1 % one for two; the 7 % of two for two
# are mostly two swaps.
SHAPES = {
    (1, 1): 0.1,
    (2, 1): 0.03,
    (3, 1): 0.012,
    (1, 2): 0.01,
    (2, 2): 0.005,
    (3, 2): 0.004,
    (1, 3): 0.003,
    (2, 3): 0.001,
    (4, 1): 0.003,
}
RARE_SHAPE = 0.0003
MISMATCH = 0.1  # factor if only one side consists of function words, or the sides have no inflection in common
ECHO = 0.5  # factor if the longer side only adds words to the shorter: "longer a" for "a"
KNOWN = 3.0  # pseudo-count of a swap that the lexicon has

# Lengths (spun, original) of one swap; longer ones on both sides are rewriting.
STEPS = tuple((a, b) for a in range(1, LONGEST + 1) for b in range(1, LONGEST + 1) if a + b <= LONGEST + 2)


class Stretch(NamedTuple):
    """Tokens spun[start:end] stand in place of original[first:last].

    The tokens on either side of them are equal, or the sentence begins or ends there.
    """

    start: int
    end: int
    first: int
    last: int


def stretches(spun: Sequence[str], original: Sequence[str]) -> list[Stretch]:
    """Return where two sentences (folded words) differ, in order. One side of a stretch may be empty."""
    found: list[Stretch] = []
    for op in Levenshtein.opcodes(spun, original):
        if op.tag == "equal":
            continue
        if found and (found[-1].end, found[-1].last) == (op.src_start, op.dest_start):
            found[-1] = found[-1]._replace(end=op.src_end, last=op.dest_end)
        else:
            found.append(Stretch(op.src_start, op.src_end, op.dest_start, op.dest_end))
    return found


def widened(stretch: Stretch, spun: Sequence[str], original: Sequence[str]) -> Stretch:
    """Return the stretch with the equal words on either side, so that both versions have words to divide.

    "was once" for "was" leaves "once" without a counterpart: it may belong to "was" or to the word behind it, which
    only counting can tell.
    """
    start, end, first, last = stretch
    if start and first and spun[start - 1][0].isalnum():
        start, first = start - 1, first - 1
    if end < len(spun) and last < len(original) and spun[end][0].isalnum():
        end, last = end + 1, last + 1
    return Stretch(start, end, first, last)


def divide(spun: Words, original: Words, seen: Mapping[Pair, float], readings: Options) -> tuple[Pair, ...]:
    """Return the likeliest division of a stretch into swaps and kept words, in order; () if it has none.

    seen: how often each swap was found elsewhere. readings: the lexicon's readings of the spun words. The time is the
    product of both lengths, times the number of lengths that a swap can have.
    """
    rows, columns = len(spun), len(original)
    best: dict[tuple[int, int], tuple[float, tuple[Pair, ...]]] = {(0, 0): (0.0, ())}
    for i, j, a, b in _spans(rows, columns):
        if (i, j) in best:
            gain, parts = best[i, j]
            part = (spun[i : i + a], original[j : j + b])
            if part[0] != part[1]:
                known = KNOWN if part[1] in readings.get((i, i + a), ()) else 0.0
                gain += log(seen.get(part, 0.0) + known + expected(*part))
            if (i + a, j + b) not in best or gain > best[i + a, j + b][0]:
                best[i + a, j + b] = (gain, (*parts, part))
    return best.get((rows, columns), (0.0, ()))[1]


def possible(spun: Words, original: Words) -> Iterator[Pair]:
    """Yield every swap that some division of a stretch contains."""
    for i, j, a, b in _spans(len(spun), len(original)):
        if spun[i : i + a] != original[j : j + b]:
            yield spun[i : i + a], original[j : j + b]


@lru_cache(maxsize=1000)
def _spans(rows: int, columns: int) -> tuple[tuple[int, int, int, int], ...]:
    """Return (start, first, spun length, original length) of all swaps that fit, in the order of `divide`."""
    return tuple(
        (i, j, a, b)
        for i in range(rows)
        for j in range(columns)
        for a, b in STEPS
        if i + a <= rows and j + b <= columns and (i + a == rows) == (j + b == columns) and (i == 0) == (j == 0)
    )


@lru_cache(maxsize=500_000)
def expected(spun: Words, original: Words) -> float:
    """Return the pseudo-count of a swap never seen; short swaps between words of the same kind have more."""
    shape = SHAPES.get((len(spun), len(original)), RARE_SHAPE)
    if min(len(spun), len(original)) > 1 and (spun[0] == original[0] or spun[-1] == original[-1]):
        shape *= MISMATCH  # a word that both sides share at an end is no part of the swap
    if len(spun) != len(original) and _echoes(spun, original):
        return shape * ECHO
    if not (any(w[0].isalnum() for w in spun) and any(w[0].isalnum() for w in original)):
        return shape * MISMATCH * MISMATCH
    function = [all(word in FUNCTION_WORDS for word in side) for side in (spun, original)]
    if function[0] != function[1]:
        return shape * MISMATCH
    if len(spun) == len(original) == 1 and not function[0]:
        tags = [{(a.pos, a.tag) for a in analyses(side[0])} for side in (spun, original)]
        return shape if not (tags[0] and tags[1]) or tags[0] & tags[1] else shape * MISMATCH
    return shape


def _echoes(spun: Words, original: Words) -> bool:
    short, long = sorted((spun, original), key=len)
    return long[: len(short)] == short or long[-len(short) :] == short
