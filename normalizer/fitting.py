"""How well readings fit between the words around them, as far as these have been repaired by a first decoding.

The words around a spun word may be spun themselves, so the context model is asked after a first decoding: readings are
scored between the words of the best path, and only where the first decoding left something undecided.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model import ContextModel, Phrases
from normalizer.language_model.context import MARGIN
from normalizer.lattice import Lattice, model_ids
from normalizer.ragged import offsets_of, ranges
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A stretch whose best reading has at least this posterior is decided: the context model hardly ever overturns it. At
# .98 half of all readings are scored, and F0.5 is that of scoring all. At .9 a third is scored, which takes half the
# time and costs .001 of F0.5 on the seeds and nothing on the stories.
DECIDED = 0.9
# Readings below this posterior are not scored: their fit is HOPELESS (nats).
LEAST_POSTERIOR, HOPELESS = 1e-2, -15.0


class Stream(NamedTuple):
    """The best paths of all pages as one row of words, MARGIN end marks between two pages.

    words: their ids in the context model. begins, stops: for each token, where in *words* the arc that covers it
    begins, and where it stops, shape (tokens,) each.
    """

    words: Ints
    begins: Ints
    stops: Ints


def path_stream(lattice: Lattice, path: Ints, ids: Ints, end_mark: int) -> Stream:
    """Return the words along *path* (arcs, in order).

    ids: the context model's ids of the words of all arcs. end_mark: its id of the end of a sentence.
    """
    sizes = lattice.sizes[path]
    page = lattice.page[path]
    places = offsets_of(sizes)[:-1] + MARGIN * page
    words = np.full(int(sizes.sum()) + MARGIN * len(lattice.batch.pages), end_mark, dtype=np.int64)
    words[ranges(places, sizes)] = ids[ranges(lattice.offsets[path], sizes)]
    tokens = lattice.end[path] - lattice.first[path]
    begins = np.repeat(places, tokens)  # the arcs of a path tile the tokens
    return Stream(words, begins, np.repeat(places + sizes, tokens))


def undecided(lattice: Lattice, path: Ints, posteriors: Floats) -> Ints:
    """Return the arcs, in order, of those stretches where the best path is not sure and there is a reading to choose.

    Arcs that overlap, directly or through others, are scored together or not at all, so that their fits are comparable.
    """
    tokens = len(lattice.batch.words)
    edits = lattice.edits
    links = np.zeros(tokens + 1, dtype=np.int64)  # change in how many readings cover a token and the next
    links += np.bincount(lattice.first[edits], minlength=tokens + 1)
    links -= np.bincount(lattice.end[edits] - 1, minlength=tokens + 1)
    linked = np.cumsum(links)[:tokens] > 0
    component = np.cumsum(np.concatenate(([True], ~linked[:-1]))) - 1 if tokens else np.zeros(0, dtype=np.int64)
    count = int(component[-1]) + 1 if tokens else 0
    inner = path[lattice.first[path] < lattice.end[path]]
    surest = np.ones(count)
    np.minimum.at(surest, component[lattice.first[inner]], posteriors[inner])
    read = np.zeros(count, dtype=np.bool_)
    read[component[lattice.first[edits]]] = True
    asked = read & (surest < DECIDED)
    arcs = np.flatnonzero(lattice.first < lattice.end)
    found: Ints = arcs[asked[component[lattice.first[arcs]]]]
    return found


def context_fits(lattice: Lattice, path: Ints, posteriors: Floats, tables: Tables) -> Floats:
    """Return how well each undecided arc fits into *path*, in nats, shape (arcs,); 0 for all others."""
    fits = np.zeros(len(lattice))
    arcs = undecided(lattice, path, posteriors)
    fits[arcs] = HOPELESS
    arcs = arcs[posteriors[arcs] >= LEAST_POSTERIOR]
    if not len(arcs):
        return fits
    ids = model_ids(lattice, tables.lexicon, "context")
    stream = path_stream(lattice, path, ids, _end_mark(tables.context))
    sizes = lattice.sizes[arcs]
    words = ids[ranges(lattice.offsets[arcs], sizes)]
    phrases = Phrases(words, sizes, stream.begins[lattice.first[arcs]], stream.stops[lattice.end[arcs] - 1])
    fits[arcs] = tables.context.fits(stream.words, phrases)
    return fits


def _end_mark(model: ContextModel) -> int:
    return model.ids(["</s>"])[0]
