"""The words of a page as far as the first decoding repairs it, and how well relatives fit between them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.fitting import Stream, path_stream
from normalizer.inference import Inferred
from normalizer.language_model.words import END_ID, START_ID
from normalizer.lattice import Lattice
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.thesaurus import LONGEST
from normalizer.ragged import ranges
from normalizer.synonyms.relatives import Relatives
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Edits of the first decoding below this confidence are undone here: the words that stood there are compared with all of
# their relatives.
SETTLED = 0.75


class Context(NamedTuple):
    """The words of all pages as far as they are repaired, and where each token stands among them.

    ngrams: ids of the words in the n-gram model, sentence by sentence between START_ID and END_ID. logs:
    log-probability (nats) of each of them after the two before it. at: for each token where its word stands in
    *ngrams*, -1 if it was replaced. stream: the same words for the context model.
    """

    ngrams: Ints
    logs: Floats
    at: Ints
    stream: Stream


def context_of(lattice: Lattice, path: Ints, tables: Tables) -> Context:
    """Return the words along *path* as a context. path: arcs, sentence by sentence, with start and end arcs."""
    lexicon = tables.lexicon
    sizes = lattice.sizes[path]
    words = lexicon["word.ngrams"][lattice.words[ranges(lattice.offsets[path], sizes)] & WORD_MASK].astype(np.int64)
    before = np.cumsum(sizes) - sizes
    at = np.full(len(lattice.batch.words), -1)
    keeps = lattice.keeps[path]
    at[lattice.first[path[keeps]]] = before[keeps]
    context = lexicon["word.context"][lattice.words & WORD_MASK].astype(np.int64)
    end_mark = int(lexicon["word.context"][lexicon.ids["</s>"] & WORD_MASK])
    one, two = np.append(-1, words)[:-1], np.append((-1, -1), words)[:-2]
    logs = tables.model.trigrams(np.stack((np.where(one == START_ID, -1, two), one, words), axis=1))
    logs[words == START_ID] = 0.0
    return Context(words, logs, at, path_stream(lattice, path, context, end_mark))


def settled_path(inferred: Inferred, confidences: Floats) -> Ints:
    """Return the best path with its edits below SETTLED undone. confidences: of all arcs, shape (arcs,)."""
    lattice, path = inferred.lattice, inferred.path
    unsure = (lattice.reading[path] >= 0) & (confidences[path] < SETTLED)
    keeps = np.flatnonzero(lattice.keeps)
    keeper = np.empty(len(lattice.batch.words), dtype=np.int64)
    keeper[lattice.first[keeps]] = keeps
    counts = np.where(unsure, lattice.end[path] - lattice.first[path], 1)
    result = np.repeat(path, counts)
    again = np.repeat(unsure, counts)
    own = path[unsure]
    result[again] = keeper[ranges(lattice.first[own], lattice.end[own] - lattice.first[own])]
    return result


def spoken_logs(context: Context, found: Relatives, words: Ints, tables: Tables) -> Floats:
    """Return the log-probability (nats) of each relative and the two words behind it, with the relative in its stretch.

    Shape (relatives,). words: the n-gram model's ids of the relatives.
    """
    left, right, rest = _around(context, found)
    stream = context.ngrams
    farther = np.where(left == START_ID, -1, stream[np.maximum(context.at[found.start] - 2, 0)])
    rows = np.stack((farther, left, words, left, words, right, words, right, np.maximum(rest, 0)), axis=1)
    logs = tables.model.trigrams(rows.reshape(-1, 3)).reshape(-1, 3)
    logs[rest < 0, 2] = 0.0
    return logs[:, 0] + logs[:, 1] + logs[:, 2]


def _around(context: Context, found: Relatives) -> tuple[Ints, Ints, Ints]:
    """Return the word before each stretch, and the two behind it; -1 for what lies behind the end of the sentence."""
    stream = context.ngrams
    behind = context.at[found.end - 1] + 1
    right = stream[behind]
    rest = np.where(right == END_ID, -1, stream[np.minimum(behind + 1, len(stream) - 1)])
    return stream[context.at[found.start] - 1], right, rest


def kept_logs(context: Context, found: Relatives) -> Floats:
    """Return the log-probability (nats) of each stretch as it stands with the two words behind, shape (relatives,)."""
    low, high = context.at[found.start], context.at[found.end - 1] + 1
    last = np.where(context.ngrams[high] == END_ID, high + 1, high + 2)
    total = np.zeros(len(found))
    for k in range(LONGEST + 2):  # the rounding of a difference of running sums depends on the words before
        inside = low + k < last
        total[inside] += context.logs[low[inside] + k]
    return total
