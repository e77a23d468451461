"""Which words occur together: what the other words of a sentence say of a word, at any distance.

An n-gram model sees two words to the left. That "courtroom" goes with "drama" and "court" with "appeal" is seen
across the sentence. For all pairs of frequent words, training counts how often they stand near each other in a
sentence, and takes the positive pointwise mutual information

    max(0, ln (n / e))

where e is the count to be expected if the two had nothing to do with each other (Church and Hanks 1990). Expectations
use frequencies to the power of SMOOTHING, so that rare words are not associated with all others. The vectors are the
leading eigenvectors of this table, not weighed by their eigenvalues (Levy, Goldberg and Dagan 2015 recommend both):
words never seen together are close if they occur with the same words. The association of a word with a context is the
cosine of its vector with the sum of those of the context, each times the rarity of its word in nats.

The file is a packed one (see `packed`) whose header holds the number of *dimensions* besides, with the sections

    words     uint8     UTF-8, a line feed after each word, by falling frequency; the first is the unknown word
    vectors   int8      size * dimensions, row by row; 0 for words without a vector
    scales    float32   what each row is to be multiplied by to be of length 1
    weights   float32   what each row of length 1 is to be multiplied by as part of a context
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.packed import Contents
from normalizer.language_model.sorting import distinct
from normalizer.language_model.words import WordModel

BLOCK = 1024  # tokens and words worked on at a time, so that their vectors stay in the cache
# The whole number that stands for 1 in a context: sums of less than a quarter of a million words are exact, and a
# word's vector is rounded to a millionth of its length.
UNIT = 2.0**26

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]


class AssociationModel(WordModel):
    """Word vectors in memory: immutable, safe to share between threads, cheap to load.

    path: its file. words: the vocabulary in the order of its rows. provenance: what it was made of. signature:
    short hash of the file's header, which holds the checksum of the rest. dimensions: of a vector.
    """

    MAGIC = b"\x93TOPICS\n"
    NAME = "file of word vectors"
    REBUILD = "Rebuild it: normalizer train-lm CORPUS... -o MODEL --write-association FILE"
    SHIPPED = "news.topics"
    DTYPES: ClassVar = {"words": "<u1", "vectors": "<i1", "scales": "<f4", "weights": "<f4"}

    def __init__(self, path: Path, contents: Contents) -> None:
        """Wrap *contents*; use `load`."""
        super().__init__(path, contents)
        self.dimensions: int = self.facts["dimensions"]
        self._scales, self._weights = self.section("scales"), self.section("weights")
        self._vectors = self.section("vectors").reshape(len(self._scales), self.dimensions)
        if len(self._scales) != len(self._weights):
            raise ValueError("sections of different length")

    def vectors(self, ids: NDArray[Any] | Sequence[int]) -> Vectors:
        """Return the vectors of *ids*, float32 (n, dimensions), of length 1, or 0 for an unknown word."""
        rows = np.asarray(ids, np.int64)
        found: Vectors = self._vectors[rows] * self._scales[rows, None]
        return found

    def weighed(self, ids: NDArray[Any] | Sequence[int]) -> Vectors:
        """Return the vectors of *ids* as parts of a context: their sum is one, float32 (n, dimensions)."""
        rows = np.asarray(ids, np.int64)
        found: Vectors = self._vectors[rows] * (self._scales[rows] * self._weights[rows])[:, None]
        return found

    def score(self, word_rows: NDArray[Any] | Sequence[int], context_matrix: Vectors) -> Vectors:
        """Return the association (-1 ... 1) of each word with its context, float32 (n,); 0 if either is unknown.

        word_rows: row of each word (n,). context_matrix: the summed `weighed` vectors of its context (n, dimensions).
        """
        lengths = np.sqrt(np.einsum("nd,nd->n", context_matrix, context_matrix))
        products = np.einsum("nd,nd->n", self.vectors(word_rows), context_matrix)
        found: Vectors = np.where(lengths > 0, products / np.where(lengths > 0, lengths, 1), 0.0).astype(np.float32)
        return found

    def score_words(self, words: Iterable[str], context: Iterable[str]) -> float:
        """Return the association of the folded *words*, summed, with the folded words around them."""
        rows = self.ids(words)
        around = self.weighed(self.ids(context)).sum(axis=0)
        return float(self.score(rows, np.tile(around, (len(rows), 1))).sum())

    def in_sentences(self, words: Ids, firsts: Ids, ends: Ids, sentence_of: Ids, tokens: Ids, bounds: Ids) -> Vectors:
        """Return the association (-1 ... 1) of each word with the rest of its sentence, float32 (n,).

        words: rows of the words, int (n,). firsts, ends: the stretch of tokens, within its sentence, that each word
        stands for: they are not part of its context; (n,). sentence_of: number of its sentence, (n,). tokens: rows of
        the tokens of all sentences, (t,). bounds: first token of each sentence, and the one after its last, in the
        order of the tokens, (s, 2).

        A value is 0 if the word or all of its context is unknown. It depends on its own sentence alone, to the last
        bit, whatever else is asked: contexts are sums and differences of whole numbers, which are exact.
        """
        result = np.zeros(len(words), np.float32)
        known = np.flatnonzero(self._weights[words])  # frequent words have no vector
        for chosen, inside in _by_sentences(sentence_of[known], bounds):
            at = known[chosen]
            low = int(bounds[inside.start, 0])
            tokens_inside = tokens[low : int(bounds[inside.stop - 1, 1])]
            stretches = np.stack((sentence_of[at] - inside.start, firsts[at] - low, ends[at] - low))
            result[at] = self._with_contexts(words[at], stretches, tokens_inside, bounds[inside] - low)
        return result

    def _with_contexts(self, words: Ids, stretches: Ids, tokens: Ids, bounds: Ids) -> Vectors:
        """Return what `in_sentences` does for a few sentences. stretches: sentence, first and end token, (3, n)."""
        whole, width = self._whole(tokens), len(tokens) + 1
        totals = np.array([whole[low:high].sum(axis=0) for low, high in bounds.tolist()])
        # Words over the same tokens have the same context, which is made once.
        keys, of_word = distinct((stretches[0] * width + stretches[1]) * width + stretches[2])
        sentence, first, end = keys // width // width, keys // width % width, keys % width
        around = totals[sentence]
        for offset in range(int((end - first).max(initial=0))):
            longer = np.flatnonzero(end - first > offset)
            around[longer] -= whole[first[longer] + offset]
        contexts = around.astype(np.float32)
        lengths = np.sqrt(np.einsum("nd,nd->n", contexts, contexts))
        shares = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        values = np.empty(len(words), np.float32)
        for start in range(0, len(words), BLOCK):
            rows, context = words[start : start + BLOCK], of_word[start : start + BLOCK]
            products = np.einsum("nd,nd->n", self._vectors[rows].astype(np.float32), contexts[context])
            values[start : start + BLOCK] = products * self._scales[rows] * shares[context]
        return values

    def _whole(self, ids: Ids) -> Floats:
        """Return the vectors of *ids* as parts of a context, in whole numbers; 1 is UNIT."""
        factors = np.rint(self._scales[ids].astype(np.float64) * self._weights[ids] * UNIT)
        found: Floats = self._vectors[ids] * factors[:, None]
        return found


def _by_sentences(sentence_of: Ids, bounds: Ids) -> Iterator[tuple[Ids, slice]]:
    """Yield some BLOCK tokens at a time: the items that stand there, as indices, and the sentences."""
    order = np.argsort(sentence_of, kind="stable")
    ranked = sentence_of[order]
    share = bounds[:, 1] // BLOCK  # sentences that end within the same BLOCK of tokens
    cuts = np.flatnonzero(np.diff(share[ranked])) + 1
    for start, stop in pairwise([0, *cuts.tolist(), len(order)]):
        if start < stop:
            yield order[start:stop], slice(int(ranked[start]), int(ranked[stop - 1]) + 1)


def topic_scores(
    model: AssociationModel,
    words_of_arc: Sequence[tuple[str, ...]],
    spans_of_arc: tuple[Ids, Ids],
    sentence_of_arc: Ids,
    tokens: Sequence[str],
    sentences: Sequence[tuple[int, int]],
) -> Floats:
    """Return the summed association of each arc's words with the rest of its sentence, float64 (arcs,).

    spans_of_arc: first token of each arc, and the one after its last: they are not part of its context. tokens: the
    folded tokens of the article. sentences: (first, end) token of each.
    """
    sizes = np.array([len(words) for words in words_of_arc], np.int64)
    flat = np.array(model.ids(word for words in words_of_arc for word in words), np.int64)
    arcs = np.repeat(np.arange(len(sizes)), sizes)
    rows, bounds = np.array(model.ids(tokens), np.int64), np.array(sentences, np.int64).reshape(-1, 2)
    (first, end), which = spans_of_arc, sentence_of_arc
    values = model.in_sentences(flat, first[arcs], end[arcs], which[arcs], rows, bounds)
    return np.bincount(arcs, values, minlength=len(sizes)).astype(np.float64)
