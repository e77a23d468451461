"""The packed file: how an n-gram model lies on disc, and in memory, since it is used where it lies.

All numbers are little-endian. The file is

    0   8 bytes   magic, b"\\x93NGRAMS\\n"
    8   uint32    version of the format, 1
    12  uint32    length of the header in bytes
    16  uint32    CRC-32 of the header
    20  uint32    0
    24            header: JSON (ASCII, keys sorted, blanks at the end so that it ends on a multiple of 8)
    ...           body: the sections, each beginning on a multiple of 8

    header  order       highest order N
            counts      number of n-grams per order; the first is the size of the vocabulary
            shifts      per order below N, see *base*
            sections    name -> [offset into the body, number of items]
            body        [length in bytes, CRC-32], checked by `LanguageModel.verify`, its length on loading
            provenance  what the model was made of, and how; no date, so that the same corpora give the same bytes

    section     items             what
    words       uint8             the vocabulary: UTF-8, a line feed after each word, in the order of the word ids
    prob.1      float32           natural logarithm of P(w), a value per word id
    backoff.1   float32           natural logarithm of the back-off weight of w as a context
    word.n      uint16            last word of each n-gram of order n = 2 ... N, sorted by context, then by word
    prob.n      uint8             which entry of codes.prob.n is its log-probability
    backoff.n   uint8             which entry of codes.backoff.n is its log back-off weight (n < N)
    base.n      uint32            the rows of order n + 1 that continue row i of order n start at
    offset.n    uint16            base.n[i >> shift] + offset.n[i], and end where those of row i + 1 start (n < N)
    codes.*     float32           at most 256 values

So the file is a trie in which every order is one table sorted by (parent, word), and a child range is a slice of it (the "trie"
of KenLM, Heafield 2011, with bytes for bits). A bigram takes 6 bytes and a little for *base*, a trigram 3.

Worked example: a bigram model with four words beside the special ones, and three bigrams, has

    words     "<unk>\\n<s>\\n</s>\\nofficials\\nreporters\\nsaid\\ntold\\n"         ids 0 ... 6
    counts    [7, 3]
    word.2    [6, 5, 4]                          told | officials    said | reporters    reporters | told
    base.1    [0]         with shifts [3]        one base for rows 0 ... 7
    offset.1  [0, 0, 0, 0, 1, 2, 2, 3]           row 3, "officials": 0 ... 1; row 4, "reporters": 1 ... 2; "told": 2 ... 3

P(reporters | told): row 6 reaches from offset.1[6] = 2 to offset.1[7] = 3; word.2[2] = 4 is "reporters": found, and the answer is
codes.prob.2[prob.2[2]]. P(said | told): 5 is not in word.2[2:3], so it is backoff.1[6] + prob.1[5].
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
DTYPES = {"words": "<u1", "word": "<u2", "base": "<u4", "offset": "<u2", "codes": "<f4"}

Array = NDArray[Any]


class Quantized(NamedTuple):
    """Values as bytes. codes: float32, at most 256, rising but for a last 0. index: uint8, the code of each value."""

    codes: NDArray[np.float32]
    index: NDArray[np.uint8]


def write_model(
    path: Path,
    words: Sequence[str],
    linked: Sequence[Level],
    kept: Sequence[Mask],
    estimates: Sequence[Estimate],
    provenance: Mapping[str, object],
) -> None:
    """Write the kept n-grams to *path*: all of the file or nothing, and the same bytes for the same arguments."""
    sections: dict[str, Array] = {"words": np.frombuffer("".join(f"{w}\n" for w in words).encode(), np.uint8)}
    shifts = []
    for order, (level, mask, found) in enumerate(zip(linked, kept, estimates, strict=True), 1):
        sections |= _values(order, order == len(linked), level, mask, found)
        if order < len(linked):
            starts = _child_starts(mask, linked[order], kept[order])
            shift = _widest_shift(starts)
            sections[f"base.{order}"] = starts[:: 1 << shift].astype("<u4")
            sections[f"offset.{order}"] = _offsets(starts, shift).astype("<u2")
            shifts.append(shift)
    counts = [int(np.count_nonzero(mask)) for mask in kept]
    write_file(path, {"order": len(linked), "counts": counts, "shifts": shifts}, sections, provenance)


def write_file(
    path: Path, facts: Mapping[str, object], sections: Mapping[str, Array], provenance: Mapping[str, object]
) -> None:
    """Write a file of the format with these *sections*; *facts* are the header's order, counts and shifts."""
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
    _replace(path, PREFIX.pack(MAGIC, VERSION, len(text), zlib.crc32(text), 0) + text + body)


def dtype_of(section: str) -> np.dtype[Any]:
    """Return the type of the items of the *section* with this name."""
    if section in ("prob.1", "backoff.1"):
        return np.dtype("<f4")
    return np.dtype(DTYPES.get(section.split(".")[0], "<u1"))


def quantize(values: Reals, codes: int = CODES) -> Quantized:
    """Return *values* by the nearest of at most *codes* codes, chosen for a small mean squared error.

    Lloyd's algorithm (1982), started from quantiles of the different values, so that a value held by half of the rows does
    not swallow half of the codes. 256 codes cost the shipped model less than one part in a thousand of perplexity.
    """
    values = values.astype(np.float32)
    centres = np.unique(values)
    if len(centres) > codes:
        centres = centres[np.linspace(0, len(centres) - 1, codes).astype(np.int64)]
        ordered = np.sort(values).astype(np.float64)
        for _ in range(LLOYD_ROUNDS):
            centres = _means(ordered, centres)
    middles = (centres[1:] + centres[:-1]) / 2
    return Quantized(centres.astype(np.float32), np.searchsorted(middles, values).astype(np.uint8))


def quantize_weights(values: Reals) -> Quantized:
    """Return log back-off *values* by codes; 0, the weight of every row without children, has a code of its own."""
    apart = values != 0.0
    found = quantize(values[apart], CODES - 1)
    index = np.full(len(values), len(found.codes), np.uint8)
    index[apart] = found.index
    return Quantized(np.append(found.codes, np.float32(0.0)), index)


def _values(order: int, last: bool, level: Level, mask: Mask, found: Estimate) -> dict[str, Array]:
    """Return the sections of one order that say what its n-grams are and what they score."""
    if order == 1:
        logs = np.full(len(found.prob), NEVER)
        np.log(found.prob, out=logs, where=found.prob > 0)
        weights = np.zeros(len(logs)) if last else np.log(found.left)
        return {"prob.1": logs.astype("<f4"), "backoff.1": weights.astype("<f4")}
    prob = quantize(np.log(found.prob[mask]))
    sections: dict[str, Array] = {
        f"word.{order}": (level.keys[mask] & np.uint64((1 << WORD_BITS) - 1)).astype("<u2"),
        f"prob.{order}": prob.index,
        f"codes.prob.{order}": prob.codes,
    }
    if not last:
        weight = quantize_weights(np.log(found.left[mask]))
        sections |= {f"backoff.{order}": weight.index, f"codes.backoff.{order}": weight.codes}
    return sections


def _child_starts(mask: Mask, below: Level, kept: Mask) -> Rows:
    """Return where the kept children of each kept row start among the kept rows of the next order, and the end of all."""
    new_row = np.cumsum(mask) - 1
    counts = np.bincount(new_row[below.parent[kept]], minlength=int(mask.sum()))
    return np.concatenate([[0], np.cumsum(counts)])


def _widest_shift(starts: Rows) -> int:
    """Return the largest shift for which the offsets of *starts* from the first of their block fit 16 bits.

    A row has fewer than 65,536 children, so shift 0 always fits.
    """
    return next(
        shift for shift in range(LARGEST_SHIFT, -1, -1) if int(_offsets(starts, shift).max()) < 1 << WORD_BITS
    )


def _offsets(starts: Rows, shift: int) -> Rows:
    return starts - starts[(np.arange(len(starts)) >> shift) << shift]


def _means(ordered: Reals, centres: Array) -> Reals:
    """Return the mean of the *ordered* values nearest to each of *centres*; centres without values are dropped."""
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
