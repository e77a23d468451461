"""An article and its candidate readings as columns of word numbers, ready to be compared with references."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
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
# Share of the lighter text's marks that both texts hold. Measured on the eight stories spun by three families and on
# the seeds: texts of one story share .20 to .61, of two stories at most .16 (816 pairs), of two days of one beat at
# most .11 (24 pairs). Real newspapers' two days of one beat can reach .4; what they share is then judged by sentences.
LEAST_SHARED_MARKS = 0.13


class Candidates(NamedTuple):
    """Ways to read stretches of one article, sorted by start (stable); every token as it stands is among them.

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


@dataclass(frozen=True, slots=True)
class Wordings:
    """Wordings of an article as rows of word numbers.

    numbers: the number of every distinct word. words: the numbers of the words of all wordings, one wording behind the
    other. bounds: where each wording starts in *words*, and the end of the last, shape (wordings + 1,). surprise: of
    each distinct word, in nats. kinds: of each distinct word, see `prepared`.
    """

    numbers: Mapping[str, int]
    words: Ints
    bounds: Ints
    surprise: Floats
    kinds: NDArray[np.int8]

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
        """The words of each wording, shape (wordings,)."""
        return np.diff(self.bounds)


def number_words(wordings: Sequence[Phrase], weigh: Weigh) -> Wordings:
    """Return *wordings* as rows of word numbers. weigh: surprise of a word in nats."""
    flat = list(chain.from_iterable(wordings))
    numbers = {word: number for number, word in enumerate(dict.fromkeys(flat))}
    words = np.fromiter(map(numbers.__getitem__, flat), np.int64, len(flat))
    bounds = offsets(np.fromiter(map(len, wordings), np.int64, len(wordings)))
    return Wordings(numbers, words, bounds, surprises(numbers, weigh), word_kinds(numbers))


def surprises(words: Iterable[str], weigh: Weigh) -> Floats:
    """Return what *weigh* says of each word, in nats."""
    return np.fromiter(map(weigh, words), np.float64)


def specificity(surprise: Floats, kinds: NDArray[np.int8]) -> Floats:
    """Return the weight of each word in nats, 0 for punctuation and for words too frequent to tell anything."""
    return np.where((kinds != PUNCTUATION) & (surprise > FREQUENT), surprise, 0.0)


def add_wordings(wordings: Wordings, phrases: Sequence[Phrase], weigh: Weigh) -> Wordings:
    """Return *wordings* with *phrases* behind them; the words known so far keep their numbers."""
    added = number_words(phrases, weigh)
    numbers = dict(wordings.numbers)
    own = whole([numbers.setdefault(word, len(numbers)) for word in added.numbers])
    new = own >= len(wordings.numbers)
    return Wordings(
        numbers,
        np.concatenate([wordings.words, own[added.words]]),
        np.concatenate([wordings.bounds, added.bounds[1:] + wordings.bounds[-1]]),
        np.concatenate([wordings.surprise, added.surprise[new]]),
        np.concatenate([wordings.kinds, added.kinds[new]]),
    )


class Article(NamedTuple):
    """An article with its candidate readings, to be compared with references.

    names: folded words that are names here. sentence: of each candidate. bounds: the first token of each sentence, and
    behind them the number of tokens.
    """

    tokens: Sequence[Token]
    spans: Spans
    names: frozenset[str]
    candidates: Candidates
    wordings: Wordings
    sentence: Ints
    bounds: Ints


def read_article(
    tokens: Sequence[Token], spans: Spans, own_names: frozenset[str], candidates: Candidates, weigh: Weigh
) -> Article:
    """Return an article with its *candidates* numbered. own_names: see `names`."""
    bounds = whole([0, *(end for _, end in spans)])
    sentence = np.searchsorted(bounds, candidates.start, side="right") - 1
    return Article(tokens, spans, own_names, candidates, number_words(candidates.wordings, weigh), sentence, bounds)


# --- related or not -----------------------------------------------------------------------------------------


def marks(surprise: Floats, kinds: NDArray[np.int8], is_name: Bools) -> Floats:
    """Return how far each distinct word of a text marks its story and survives spinning, in nats.

    Names, numbers and rare words do; a year less than another number, since many stories share it.
    """
    rare = np.where((kinds == LETTERS) & (surprise > RARE), surprise - 4.0, 0.0)
    named = np.where(is_name & (kinds != NUMBER) & (kinds != YEAR), surprise, rare)
    return np.where(kinds == NUMBER, 8.0, np.where(kinds == YEAR, 4.0, named))


def shared_marks(left: Floats, right: Floats, places: Ints) -> float:
    """Return the weight of the marks that two texts share, over that of the lighter text (0..1).

    places: for each word of the left text its index in the right one, -1 for a word that the right one lacks.
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

    def own_numbers(self, words: Iterable[str]) -> Ints:
        """Return the number that the reference gives each word, -1 for one that it lacks."""
        get = self.reference.vocabulary.get
        return whole([get(word, -1) for word in words])


def related_references(
    tokens: Sequence[Token], own_names: frozenset[str], references: Sequence[Reference], weigh: Weigh
) -> list[Related]:
    """Return the *references* that share enough marks with an article. own_names: the names of the article."""
    words = list(dict.fromkeys(token.word for token in tokens))
    is_name = np.array([word in own_names for word in words], dtype=np.bool_)
    mine = marks(surprises(words, weigh), word_kinds(words), is_name)
    found = []
    for number, reference in enumerate(references):
        related = Related(number, reference, surprises(reference.vocabulary, weigh))
        theirs = marks(related.surprise, reference.kinds, reference.is_name)
        if shared_marks(mine, theirs, related.own_numbers(words)) >= LEAST_SHARED_MARKS:
            found.append(related)
    return found

