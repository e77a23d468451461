"""The packed file: how an n-gram model lies on disc, and in memory, since it is used where it lies.

All numbers are little-endian. The file is

    0   8 bytes   magic, b"\\x93NGRAMS\\n"
    8   uint32    version of the format, 1
    12  uint32    length of the header in bytes
    16  uint32    CRC-32 of the header
    20  uint32    0
    24            header: JSON (ASCII, keys sorted, filled with blanks up to a multiple of 8)
    ...           body: the sections, each beginning on a multiple of 8

    header  order       highest order N
            counts      number of n-grams per order; the first is the size of the vocabulary
            shifts      per order below N, see *base*
            sections    name -> [offset into the body, number of items]
            body        [bytes, CRC-32]; loading checks the length, `LanguageModel.verify` both
            provenance  what it was made of, and how; no date, so the same corpora give the same bytes

    section     items             what
    words       uint8             the vocabulary: UTF-8, a line feed after each word, in the order of ids
    prob.1      float32           natural logarithm of P(w), a value per word id
    word.n      uint16            last word of each n-gram, n = 2 ... N, sorted by context, then by word
    prob.n      uint8             which entry of codes.prob.n is its log-probability
    codes.*     float32           at most 256 values

    For n < N, a *parent* being an n-gram of order n that is the context of one of order n + 1:

    parents.n   uint16            bit i & 15 of item i >> 4 says whether row i of order n is a parent
    rank.n      uint32            the number of parents before row 16 * item
    backoff.n   uint8             which entry of codes.backoff.n is the log back-off weight of each parent
    base.n      uint32            the rows of order n + 1 that continue parent p start at
    offset.n    uint16            base.n[p >> shift] + offset.n[p], ending where those of parent p + 1 start

So the file is a trie in which every order is one table sorted by (context, word), and the children of a row
are a slice of the next table (the "trie" of KenLM, Heafield 2011, with bytes for bits). Three in
five bigrams of the shipped model lead nowhere; the bits and the rank (3/8 byte a row) save each 3 bytes.

Worked example: a bigram model with four words beside the special ones, and three bigrams, has

    words      "<unk>\n<s>\n</s>\nofficials\nreporters\nsaid\ntold\n"         ids 0 ... 6
    counts     [7, 3]
    word.2     [6, 5, 4]                  told | officials    said | reporters    reporters | told
    parents.1  [0b1011000]                rows 3, 4 and 6 are parents: "officials", "reporters", "told"
    rank.1     [0]                        one item: there are only seven rows
    base.1     [0]                        with shifts [6]: one base for parents 0 ... 63
    offset.1   [0, 1, 2, 3]               parent 0 has row 0, parent 1 row 1, parent 2 row 2

P(reporters | told): bit 6 is set, with two bits set below it: parent 2, whose rows are 2 ... 3 (not
included); word.2[2] = 4 is "reporters": found, and the answer is codes.prob.2[prob.2[2]]. P(said | told): 5
is not in word.2[2:3], so it is codes.backoff.1[backoff.1[2]] + prob.1[5]. P(told | said): bit 5 is not set,
so it is prob.1[6] alone.
"""

import json
import os
import struct
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.counting import WORD_BITS
from normalizer.language_model.kneser_ney import Estimate, Level, Mask, Reals, Rows

MAGIC = b"\x93NGRAMS\n"
VERSION = 1
PREFIX = struct.Struct("<8sIIII")
ALIGN = 8
CODES = 256
LLOYD_ROUNDS = 12  # the mean squared error has settled to the third digit by then
NEVER = -100.0  # natural logarithm standing for probability 0: finite, so that sums of scores stay numbers
LARGEST_SHIFT = 6
DTYPES = {
    "words": "<u1",
    "word": "<u2",
    "codes": "<f4",
    "parents": "<u2",
    "rank": "<u4",
    "base": "<u4",
    "offset": "<u2",
    "vectors": "<i1",
    "scales": "<f4",
    "weights": "<f4",
    "sample": "<u2",
}  # by the first part of the section's name; otherwise uint8
BITS = 16  # rows per item of parents.n

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
    sections: dict[str, Array] = {"words": np.frombuffer("".join(f"{w}\n" for w in words).encode(), np.uint8)}
    shifts = []
    for order, (level, mask, found) in enumerate(zip(linked, kept, estimates, strict=True), 1):
        sections |= _values(order, level, mask, found)
        if order < len(linked):
            links, shift = _links(order, mask, found, linked[order], kept[order])
            sections |= links
            shifts.append(shift)
    counts = [int(np.count_nonzero(mask)) for mask in kept]
    write_file(path, {"order": len(linked), "counts": counts, "shifts": shifts}, sections, provenance)


def write_file(
    path: Path,
    facts: Mapping[str, object],
    sections: Mapping[str, Array],
    provenance: Mapping[str, object],
    *,
    magic: bytes = MAGIC,
) -> None:
    """Write a file of the format with these *sections*; *facts* are the header's order, counts and shifts.

    magic: of another kind of file with the same prefix and header (see `association`).
    """
    body = bytearray()
    places: dict[str, list[int]] = {}
    for name, array in sections.items():
        places[name] = [len(body), len(array)]
        body += array.astype(dtype_of(name), copy=False).tobytes()
        body += b"\0" * (-len(body) % ALIGN)
    header = {
        **facts,
        "sections": places,
        "body": [len(body), zlib.crc32(body)],
        "provenance": provenance,
    }
    text = json.dumps(header, sort_keys=True).encode("ascii")
    text += b" " * (-(PREFIX.size + len(text)) % ALIGN)
    _replace(path, PREFIX.pack(magic, VERSION, len(text), zlib.crc32(text), 0) + text + body)


def dtype_of(section: str) -> np.dtype[Any]:
    """Return the type of the items of the *section* with this name."""
    if section == "prob.1":
        return np.dtype("<f4")
    return np.dtype(DTYPES.get(section.split(".")[0], "<u1"))


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


def _replace(path: Path, content: bytes | bytearray) -> None:
    """Write *content* beside *path* and rename it, so that a reader sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)  # mkstemp makes it 0600
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
