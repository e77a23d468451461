"""How well every reading fits between the words around it, as far as these have been repaired by a first reading.

The words around a spun word are spun themselves, so the context model is asked after a first decoding: every arc is
scored in the company of the best path.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model import ContextModel, Phrases
from normalizer.lattice import Lattice

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Stream(NamedTuple):
    """A path as one row of words. before, behind: for each token gap, where in *words* the part behind it begins, and
    where the part before it ends; between two sentences stand the marks of both.
    """

    words: list[str]
    before: Ints
    behind: Ints


def path_stream(lattice: Lattice, path: Sequence[int]) -> Stream:
    """Return the words along *path* (arcs, in order). A gap inside an arc counts as its beginning, or as its end."""
    gaps = int(lattice.ends.max(initial=0)) + 1
    before, behind = np.zeros(gaps, dtype=np.int64), np.zeros(gaps, dtype=np.int64)
    words: list[str] = []
    firsts, ends = lattice.firsts.tolist(), lattice.ends.tolist()
    for arc in path:
        first, end, at = firsts[arc], ends[arc], len(words)
        words += lattice.words[arc]
        before[first:end] = at
        behind[first + 1 : end + 1] = len(words)
    return Stream(words, before, behind)


def context_fits(lattice: Lattice, path: Sequence[int], model: ContextModel) -> Floats:
    """Return how well each arc fits into *path*, in nats, shape (arcs,); 0 where there is nothing to choose."""
    stream = path_stream(lattice, path)
    arcs = _at_choices(lattice)
    words = [word for arc in arcs.tolist() for word in lattice.words[arc]]
    sizes = np.array([len(lattice.words[arc]) for arc in arcs.tolist()], dtype=np.int64)
    starts, stops = stream.before[lattice.firsts[arcs]], stream.behind[lattice.ends[arcs]]
    phrases = Phrases(np.array(model.ids(words), dtype=np.int64), sizes, starts, stops)
    fits = np.zeros(len(lattice))
    if len(arcs):
        fits[arcs] = model.fits(np.array(model.ids(stream.words), dtype=np.int64), phrases)
    return fits


def _at_choices(lattice: Lattice) -> Ints:
    """Return the arcs that some reading competes with, readings included."""
    read = np.array([reading is not None for reading in lattice.readings], dtype=bool)
    covered = np.zeros(int(lattice.ends.max(initial=0)) + 1, dtype=np.int64)
    np.add.at(covered, lattice.firsts[read], 1)
    np.add.at(covered, lattice.ends[read], -1)
    inside = np.cumsum(covered) > 0
    keeps = ~read & (lattice.firsts < lattice.ends)
    return np.flatnonzero(read | (keeps & inside[lattice.firsts]))
