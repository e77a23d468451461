"""Where two versions of a sentence differ, and how a differing stretch falls into swaps."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.surface import analyses

Words = tuple[str, ...]
Pair = tuple[Words, Words]

LONGEST = 5  # tokens on either side of one swap; longer ones are rewriting
LONGEST_STRETCH = 12  # tokens on either side of a stretch that is worth dividing
# Pseudo-counts of swaps never seen before, by the lengths of their sides (spun, original). Of 9,150 swaps read off spun pages
# 65 % are one word for one, 11 % two for one, 4 % three for one, 1 % one for two; the 7 % of two for two are mostly two swaps.
SHAPES = {(1, 1): 0.1, (2, 1): 0.03, (3, 1): 0.012, (1, 2): 0.01, (2, 2): 0.003, (3, 2): 0.001, (1, 3): 0.003, (2, 3): 0.0005}
RARE_SHAPE = 0.0001
MISMATCH = 0.1  # factor where one side is a function word, the other not, or no inflection is shared
KNOWN = 3.0  # a swap in the lexicon counts as if seen so often

Knows = Callable[[Words, Words], bool]


class Stretch(NamedTuple):
    """Tokens spun[start:end] stand for original[first:last]; all other tokens around them are equal, or sentence ends."""

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
    """Return the stretch with the equal words on either side, so that both sides have words to divide.

    "was once" for "was" leaves "once" without a counterpart: it may belong to "was" or to the word behind it, and counting
    must tell.
    """
    start, end, first, last = stretch
    if start and first and spun[start - 1][0].isalnum():
        start, first = start - 1, first - 1
    if end < len(spun) and last < len(original) and spun[end][0].isalnum():
        end, last = end + 1, last + 1
    return Stretch(start, end, first, last)


def divide(spun: Words, original: Words, seen: Mapping[Pair, float], knows: Knows) -> tuple[Pair, ...]:
    """Return the likeliest division of a stretch into swaps and kept words, in order; () if it has none.

    seen: how often each swap was found elsewhere. Time: the product of the lengths, times LONGEST squared.
    """
    best: dict[tuple[int, int], tuple[float, tuple[Pair, ...]]] = {(0, 0): (0.0, ())}
    for i in range(len(spun) + 1):
        for j in range(len(original) + 1):
            if (i, j) not in best:
                continue
            gain, parts = best[i, j]
            for a, b in _steps(len(spun) - i, len(original) - j):
                part = (spun[i : i + a], original[j : j + b])
                score = 0.0 if part[0] == part[1] else log(belief(part, seen, knows))
                target = (i + a, j + b)
                if target not in best or gain + score > best[target][0]:
                    best[target] = (gain + score, (*parts, part))
    return best.get((len(spun), len(original)), (0.0, ()))[1]


def _steps(rows: int, columns: int) -> Iterable[tuple[int, int]]:
    for a in range(1, min(rows, LONGEST) + 1):
        for b in range(1, min(columns, LONGEST) + 1):
            yield a, b


def belief(part: Pair, seen: Mapping[Pair, float], knows: Knows) -> float:
    """Return how much speaks for one swap, in occurrences."""
    known = KNOWN if knows(*part) else 0.0
    return seen.get(part, 0.0) + known + _expected(*part)


@lru_cache(maxsize=200_000)
def _expected(spun: Words, original: Words) -> float:
    """Return the pseudo-count of a swap never seen: short ones between words of the same kind are likelier."""
    shape = SHAPES.get((len(spun), len(original)), RARE_SHAPE)
    if not (any(w[0].isalnum() for w in spun) and any(w[0].isalnum() for w in original)):
        return shape * MISMATCH * MISMATCH
    function = [all(word in FUNCTION_WORDS for word in side) for side in (spun, original)]
    if function[0] != function[1]:
        return shape * MISMATCH
    if len(spun) == len(original) == 1 and not function[0]:
        tags = [{(a.pos, a.tag) for a in analyses(side[0])} for side in (spun, original)]
        return shape if not (tags[0] and tags[1]) or tags[0] & tags[1] else shape * MISMATCH
    return shape
