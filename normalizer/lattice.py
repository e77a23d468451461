"""All readings of an article: arcs between token positions, sentence by sentence, in arrays ready for scoring."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.proposals import Reading
from normalizer.tokens import Token

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Arcs of an article, sorted by source position; of those with one source the keep-arc comes first.

    Positions count token gaps, with one extra between sentences, so that no arc crosses a sentence. Every sentence has
    a start arc (`<s>`, from its first position minus one) and an end arc (`</s>`).

    readings: what each arc proposes, None for an arc that keeps a token or marks a sentence edge.
    words: the folded words of each arc. sources, targets: positions, shape (arcs,). tokens: (first, end) token
    indices of each arc; edge arcs have first == end. levels: source position counted from the sentence start.
    """

    readings: list[Reading | None]
    words: list[tuple[str, ...]]
    sources: Ints
    targets: Ints
    firsts: Ints
    ends: Ints
    levels: Ints
    sentence: Ints

    def __len__(self) -> int:
        return len(self.readings)


def build_lattice(
    tokens: Sequence[Token], spans: Sequence[tuple[int, int]], readings: Sequence[Reading]
) -> Lattice:
    """Return the lattice of the sentences *spans* with their *readings* (each inside one sentence)."""
    at_start: dict[int, list[Reading]] = {}
    for reading in readings:
        at_start.setdefault(reading.start, []).append(reading)
    rows: list[tuple[Reading | None, tuple[str, ...], int, int, int, int, int, int]] = []
    base = 0
    for number, (first, end) in enumerate(spans):
        shift = base - first + 1  # position of token t is t + shift; position `base` stands before <s>
        rows.append((None, ("<s>",), base, base + 1, first, first, 0, number))
        for i in range(first, end):
            rows.append((None, (tokens[i].word,), i + shift, i + shift + 1, i, i + 1, i - first + 1, number))
            for reading in at_start.get(i, ()):
                rows.append(
                    (reading, reading.words, i + shift, reading.end + shift, i, reading.end, i - first + 1, number)
                )
        rows.append((None, ("</s>",), end + shift, end + shift + 1, end, end, end - first + 1, number))
        base = end + shift + 2
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    return Lattice(list(columns[0]), list(columns[1]), *(np.array(c, dtype=np.int64) for c in columns[2:]))
