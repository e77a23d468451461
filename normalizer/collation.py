"""What references say, in the form that the pipeline of lattice and arcs asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.lattice import Lattice
from normalizer.proposals import Reading
from normalizer.references import Candidates, Evidence
from normalizer.tokens import Token

COLUMNS = ("aligned", "verbatim", "copied", "context", "anywhere")


@dataclass(frozen=True, slots=True)
class Support:
    """The columns of `Evidence`, a row for each arc."""

    aligned: NDArray[np.float64]
    verbatim: NDArray[np.float64]
    copied: NDArray[np.float64]
    context: NDArray[np.float64]
    anywhere: NDArray[np.float64]

    @classmethod
    def none(cls, arcs: int) -> "Support":
        """Return the support of no references at all."""
        return cls(*(np.zeros(arcs) for _ in range(5)))


def candidates_of(tokens: Sequence[Token], readings: Sequence[Reading]) -> Candidates:
    """Return the tokens as they stand and all *readings* as candidates."""
    rows: list[tuple[int, int, tuple[str, ...], bool, bool, float]]
    rows = [(i, i + 1, (token.word,), True, False, 0.0) for i, token in enumerate(tokens)]
    rows += [(r.start, r.end, r.words, False, r.text[0].isupper(), max(r.strengths)) for r in readings]
    rows.sort(key=lambda row: row[0])
    numbers: dict[tuple[str, ...], int] = {}
    wording = [numbers.setdefault(row[2], len(numbers)) for row in rows]
    return Candidates(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array(wording, dtype=np.int64),
        np.array([row[3] for row in rows], dtype=np.bool_),
        np.array([row[4] for row in rows], dtype=np.bool_),
        np.array([row[5] for row in rows], dtype=np.float64),
        list(numbers),
    )


def support(lattice: Lattice, evidence: Evidence) -> Support:
    """Return what the references say for each arc of *lattice*."""
    asked, wordings = evidence.candidates, evidence.candidates.wordings
    rows = {
        (start, end, wordings[wording]): row
        for row, (start, end, wording) in enumerate(zip(*(c.tolist() for c in asked[:3]), strict=True))
    }
    rows |= {(p.start, p.end, p.words): row for row, p in enumerate(evidence.proposals, start=len(asked.start))}
    places = zip(lattice.firsts.tolist(), lattice.ends.tolist(), lattice.words, strict=True)
    index = np.array([rows.get(place, -1) for place in places], dtype=np.int64)
    return Support(*(np.append(getattr(evidence, name), 0.0)[index] for name in COLUMNS))
