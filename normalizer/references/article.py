"""An article and its candidate readings as columns of word numbers, ready to be compared with references."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.references.arrays import Bools, Floats, Ints, offsets, whole
from normalizer.references.prepared import (
    LETTERS,
    NUMBER,
    PUNCTUATION,
    YEAR,
    Phrase,
    Reference,
    word_kinds,
)
from normalizer.tokens import Token

Weigh = Callable[[str], float]
Spans = Sequence[tuple[int, int]]

FREQUENT = 6.5  # nats: about the 100 most frequent words
RARE = 10.0  # nats of surprise from which a word marks its story, about one word in 20,000
# The least share of the lighter text's marks that a related reference also holds. Measured on the eight stories spun by
# three families and on the seeds: texts of one story share .20 to .61, texts of two stories at most .16 (816 pairs),
# reports of two days on one subject at most .11 (24 pairs). In real newspapers the last can reach .4; the alignment of
# sentences then decides.
LEAST_SHARED_MARKS = 0.13


class Candidates(NamedTuple):
    """Ways to read stretches of one article, sorted by start; every token as it stands is among them.

    All arrays have the shape (candidates,). start, end: token indices, the end behind the stretch. wording: index into
    *wordings*. stands: whether it is the token as it stands. capital: whether the wording's own text begins with a
    capital. strength: the largest P(spun form | original swapped) over the families (0..1); 0 for standing tokens.
    wordings: the distinct wordings, each of one folded word or more.
    """

    start: Ints
    end: Ints
    wording: Ints
    stands: Bools
    capital: Bools
    strength: Floats
    wordings: Sequence[tuple[str, ...]]


def find_candidate(candidates: Candidates, start: int, end: int, words: Phrase) -> int:
    """Return the first candidate that reads tokens start..end as *words*, -1 if there is none."""
    low, high = np.searchsorted(candidates.start, [start, start + 1]).tolist()
    for row in range(low, high):
        if candidates.end[row] == end and candidates.wordings[candidates.wording[row]] == words:
            return row
    return -1


class Numbering(NamedTuple):
    """Numbers for the words that an article or a related reference has; all other words share the last number.

    numbers: of each such word, from 0. surprise: of the word of each number, in nats. kinds: of the word of each
    number, see `prepared`. named: for each related reference the number of each word of its vocabulary. own: for each
    related reference its own number of each word, -1 for a word that it lacks.
    """

    numbers: Mapping[str, int]
    surprise: Floats
    kinds: NDArray[np.int8]
    named: tuple[Ints, ...]
    own: tuple[Ints, ...]


def number_words(words: Iterable[str], related: Sequence["Related"], weigh: Weigh) -> Numbering:
    """Return numbers for the *words* of an article and for those of the *related* references."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    surprise, kinds = [surprises(numbers, weigh)], [word_kinds(numbers)]
    named = []
    for each in related:
        known, vocabulary = len(numbers), each.reference.vocabulary
        named.append(whole([numbers.setdefault(word, len(numbers)) for word in vocabulary]))
        new = named[-1] >= known
        surprise.append(each.surprise[new])
        kinds.append(each.reference.kinds[new])
    own = []
    for found in named:
        own.append(np.full(len(numbers) + 1, -1))
        own[-1][found] = np.arange(len(found))
    other = np.zeros(1), np.array([PUNCTUATION], dtype=np.int8)
    return Numbering(
        numbers, np.concatenate([*surprise, other[0]]), np.concatenate([*kinds, other[1]]), tuple(named), tuple(own)
    )


class Wordings(NamedTuple):
    """Wordings as rows of word numbers.

    words: the numbers of the words of all wordings, wording by wording. bounds: where each wording starts in *words*,
    and where the last ends, shape (wordings + 1,).
    """

    words: Ints
    bounds: Ints

    @property
    def first(self) -> Ints:
        """The number of the first word of each wording, shape (wordings,)."""
        return self.words[self.bounds[:-1]]

    @property
    def last(self) -> Ints:
        """The number of the last word of each wording, shape (wordings,)."""
        return self.words[self.bounds[1:] - 1]

    @property
    def sizes(self) -> Ints:
        """How many words each wording has, shape (wordings,)."""
        return np.diff(self.bounds)


def number_wordings(phrases: Sequence[Phrase], numbering: Numbering) -> Wordings:
    """Return *phrases* as rows of word numbers."""
    get, other = numbering.numbers.get, len(numbering.numbers)
    words = whole([get(word, other) for phrase in phrases for word in phrase])
    return Wordings(words, offsets(np.fromiter(map(len, phrases), np.int64, len(phrases))))


def add_wordings(wordings: Wordings, phrases: Sequence[Phrase], numbering: Numbering) -> Wordings:
    """Return *wordings* with *phrases* behind them."""
    added = number_wordings(phrases, numbering)
    bounds = np.concatenate([wordings.bounds, added.bounds[1:] + wordings.bounds[-1]])
    return Wordings(np.concatenate([wordings.words, added.words]), bounds)


class Article(NamedTuple):
    """An article with its candidate readings, to be compared with references.

    names: folded words that are names in it. sentence: of each candidate. bounds: the first token of each sentence, and
    at the end the number of tokens, shape (sentences + 1,).
    """

    tokens: Sequence[Token]
    spans: Spans
    names: frozenset[str]
    candidates: Candidates
    numbering: Numbering
    wordings: Wordings
    sentence: Ints
    bounds: Ints


def read_article(
    tokens: Sequence[Token],
    spans: Spans,
    own_names: frozenset[str],
    candidates: Candidates,
    related: Sequence["Related"],
    weigh: Weigh,
) -> Article:
    """Return an article with its *candidates*, their words as numbers. own_names: its names, see `prepared.names`.

    weigh: returns the surprise of a word in nats.
    """
    bounds = whole([0, *(end for _, end in spans)])
    sentence = np.searchsorted(bounds, candidates.start, side="right") - 1
    numbering = number_words((token.word for token in tokens), related, weigh)
    wordings = number_wordings(candidates.wordings, numbering)
    return Article(tokens, spans, own_names, candidates, numbering, wordings, sentence, bounds)


def surprises(words: Iterable[str], weigh: Weigh) -> Floats:
    """Return the surprise of each word in nats, which *weigh* returns."""
    return np.fromiter(map(weigh, words), np.float64)


def specificity(surprise: Floats, kinds: NDArray[np.int8]) -> Floats:
    """Return the weight of each word in nats: its surprise, but 0 for punctuation and for frequent words."""
    return np.where((kinds != PUNCTUATION) & (surprise > FREQUENT), surprise, 0.0)


# --- related or not -----------------------------------------------------------------------------------------


def marks(surprise: Floats, kinds: NDArray[np.int8], is_name: Bools) -> Floats:
    """Return how well each distinct word of a text identifies its story, in nats.

    Names, numbers and rare words identify it, and spinners mostly keep them. A year weighs less than another number,
    since many stories share it.
    """
    rare = np.where((kinds == LETTERS) & (surprise > RARE), surprise - 4.0, 0.0)
    named = np.where(is_name & (kinds != NUMBER) & (kinds != YEAR), surprise, rare)
    return np.where(kinds == NUMBER, 8.0, np.where(kinds == YEAR, 4.0, named))


def shared_marks(left: Floats, right: Floats, places: Ints) -> float:
    """Return the weight of the marks that two texts share, divided by that of the lighter text (0 to 1).

    left, right: see `marks`. places: for each word of the left text its index in the right one, -1 for a word that the
    right one lacks.
    """
    lighter = min(float(left.sum()), float(right.sum()))
    both = places >= 0
    shared = float(np.minimum(left[both], right[places[both]]).sum())
    return shared / lighter if lighter else 0.0


class Related(NamedTuple):
    """A reference that may tell the article's story.

    number: its index among all references. surprise: nats of each word of its vocabulary.
    """

    number: int
    reference: Reference
    surprise: Floats


def related_references(
    tokens: Sequence[Token], own_names: frozenset[str], references: Sequence[Reference], weigh: Weigh
) -> list[Related]:
    """Return the *references* that share enough marks with an article, in an order that depends on their texts alone.

    own_names: the names of the article. All later sums are in that order, so that the result does not depend on the
    order in which references are given, not even by rounding.
    """
    words = list(dict.fromkeys(token.word for token in tokens))
    is_name = np.array([word in own_names for word in words], dtype=np.bool_)
    mine = marks(surprises(words, weigh), word_kinds(words), is_name)
    found = []
    for number, reference in enumerate(references):
        related = Related(number, reference, surprises(reference.vocabulary, weigh))
        theirs = marks(related.surprise, reference.kinds, reference.is_name)
        places = whole([reference.vocabulary.get(word, -1) for word in words])
        if shared_marks(mine, theirs, places) >= LEAST_SHARED_MARKS:
            found.append(related)
    return sorted(found, key=lambda related: (related.reference.text, related.number))
