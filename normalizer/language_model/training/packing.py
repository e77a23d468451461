"""Packing a trained n-gram model into its file, whose form is described in `normalizer.language_model.ngrams`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.ngrams import BITS, LanguageModel
from normalizer.language_model.packed import write_packed
from normalizer.language_model.training.counting import WORD_BITS
from normalizer.language_model.training.kneser_ney import Estimate, Level, Mask, Reals, Rows

CODES = 256
LLOYD_ROUNDS = 12  # the mean squared error has settled to the third digit by then
NEVER = -100.0  # natural logarithm standing for probability 0: finite, so that sums of scores stay numbers
LARGEST_SHIFT = 6

Array = NDArray[Any]


class Quantized(NamedTuple):
    """Values as bytes. codes: float32, at most 256, rising. at: uint8, which code each value has."""

    codes: NDArray[np.float32]
    at: NDArray[np.uint8]


def write_model(
    path: Path,
    words: Sequence[str],
    linked: Sequence[Level],
    kept: Sequence[Mask],
    estimates: Sequence[Estimate],
    provenance: Mapping[str, object],
) -> None:
    """Write the kept n-grams to *path*: all or nothing, and the same bytes for the same arguments."""
    sections: dict[str, Array] = {"words": spelling(words)}
    shifts = []
    for order, (level, mask, found) in enumerate(zip(linked, kept, estimates, strict=True), 1):
        sections |= _values(order, level, mask, found)
        if order < len(linked):
            links, shift = _links(order, mask, found, linked[order], kept[order])
            sections |= links
            shifts.append(shift)
    counts = [int(np.count_nonzero(mask)) for mask in kept]
    facts = {"order": len(linked), "counts": counts, "shifts": shifts}
    write_packed(path, LanguageModel, sections, provenance, facts)


def spelling(words: Sequence[str]) -> NDArray[np.uint8]:
    """Return the section that holds *words*: UTF-8, a line feed after each."""
    return np.frombuffer("".join(f"{word}\n" for word in words).encode(), np.uint8)


def quantize(values: Reals, codes: int = CODES) -> Quantized:
    """Return *values* by the nearest of at most *codes* codes, chosen for a small mean squared error.

    Lloyd's algorithm (1982), started from quantiles of the different values, so that a value held by half of
    the rows does not swallow half of the codes. 256 codes cost the shipped model less than one part in a
    thousand of perplexity.
    """
    values = values.astype(np.float32)
    centres = np.unique(values)
    if len(centres) > codes:
        centres = centres[np.linspace(0, len(centres) - 1, codes).astype(np.int64)]
        ordered = np.sort(values).astype(np.float64)
        for _ in range(LLOYD_ROUNDS):
            centres = _means(ordered, centres)
    middles = (centres[1:].astype(np.float64) + centres[:-1]) / 2  # in float32, a middle may round to a neighbour
    return Quantized(centres.astype(np.float32), np.searchsorted(middles, values).astype(np.uint8))


def _values(order: int, level: Level, mask: Mask, found: Estimate) -> dict[str, Array]:
    """Return the sections of one order that say what its n-grams are and how likely."""
    if order == 1:
        logs = np.full(len(found.prob), NEVER)
        return {"prob.1": np.log(found.prob, out=logs, where=found.prob > 0)}
    prob = quantize(np.log(found.prob[mask]))
    return {
        f"word.{order}": level.keys[mask] & np.uint64((1 << WORD_BITS) - 1),
        f"prob.{order}": prob.at,
        f"codes.prob.{order}": prob.codes,
    }


def _links(order: int, mask: Mask, found: Estimate, below: Level, kept: Mask) -> tuple[dict[str, Array], int]:
    """Return the sections that lead from the kept rows of *order* to those of the next, and the shift."""
    new_row = np.cumsum(mask) - 1
    children = np.bincount(new_row[below.parent[kept]], minlength=int(mask.sum()))
    is_parent = children > 0
    starts = np.concatenate([[0], np.cumsum(children[is_parent])])
    shift = _widest_shift(starts)
    bits = np.append(is_parent, np.zeros(-len(is_parent) % BITS, bool)).reshape(-1, BITS)
    weights = quantize(np.log(found.left[mask][is_parent]))
    return {
        f"parents.{order}": np.packbits(bits, axis=1, bitorder="little").view("<u2")[:, 0],
        f"rank.{order}": np.concatenate([[0], np.cumsum(bits.sum(axis=1))[:-1]]),
        f"backoff.{order}": weights.at,
        f"codes.backoff.{order}": weights.codes,
        f"base.{order}": starts[:: 1 << shift],
        f"offset.{order}": _offsets(starts, shift),
    }, shift


def _widest_shift(starts: Rows) -> int:
    """Return the largest shift for which the offsets of *starts* from the first of their block fit 16 bits.

    A row has fewer than 65,536 children, so shift 0 always fits.
    """
    return next(shift for shift in range(LARGEST_SHIFT, -1, -1) if int(_offsets(starts, shift).max()) < 1 << WORD_BITS)


def _offsets(starts: Rows, shift: int) -> Rows:
    offsets: Rows = starts - starts[(np.arange(len(starts)) >> shift) << shift]
    return offsets


def _means(ordered: Reals, centres: Array) -> Reals:
    """Return the mean of the *ordered* values nearest to each of *centres*, dropping idle centres."""
    bounds = np.searchsorted(ordered, (centres[1:] + centres[:-1]) / 2)
    starts = np.unique(np.concatenate([[0], bounds[bounds < len(ordered)]]))
    sums = np.add.reduceat(ordered, starts)
    means: Reals = sums / np.diff(np.append(starts, len(ordered)))
    return means
