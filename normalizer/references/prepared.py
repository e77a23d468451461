"""References: cleaner versions of the same story, prepared once and then compared with many articles."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.arguments import texts_of
from normalizer.references.arrays import Bools, Ints, offsets, opens_run, whole
from normalizer.tokens import Token, sentences, tokenize

Phrase = tuple[str, ...]
# Words that are capitalised in all news, and so do not distinguish one story from another.
CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december i mr mrs ms the a an we they he she it this that there our
    """.split()
)
OPENING_MARKS, CLOSING_MARKS, EITHER_MARK = "“«‘", "”»’", '"'
QUOTATION_OPENS = frozenset(OPENING_MARKS + EITHER_MARK)
QUOTATION_MARKS = QUOTATION_OPENS | frozenset(CLOSING_MARKS)
# The least trust in a reference (0 to 1) that lets it support words as they stand, wordings of its own, and words that
# are not aligned. A reference with less looks spun: it may hold the same swap by chance, but hardly the original of a
# swap, so that it may only support readings.
LEAST_TRUST = 0.5
# Characters of a reference that are read. A report of one story is shorter; a million characters take 90 MB of memory.
LONGEST_REFERENCE = 300_000
# Kinds of words, by their first character and length. FIGURE is a number of one digit.
PUNCTUATION, LETTERS, FIGURE, NUMBER, YEAR = range(5)


@dataclass(frozen=True, slots=True)
class Reference:
    """A cleaner version of a story, prepared to be compared with many articles.

    Made by `prepare_references`, not by its constructor. Two references are equal if their texts are. Immutable, so it
    may be shared between threads.

    Attributes:
        text: The text of the reference, of which the first 300,000 characters are read and kept.

    Example:
        >>> reference = prepare_references(["The minister told reporters so."])[0]
        >>> reference.text
        'The minister told reporters so.'
    """

    # All other fields are for this package only, and follow from *text*. Distinct words are numbered in the order of
    # their first place. vocabulary: the number of every distinct folded word. words: the number of each token's word.
    # kinds: the kind of each distinct word. is_name: whether each distinct word is in *names*. spans: (first, end)
    # tokens of each sentence. sentence_of: the sentence of each token. capital: whether each token starts with a
    # capital. quoted: whether each token stands in a quotation. places: the tokens of each distinct word, in order,
    # word by word; place_offsets: where those of each word begin. holders, holder_offsets: the sentences of each
    # distinct word, in the same form. neighbours: a * len(vocabulary) + b, sorted, for all words a and b that stand
    # side by side in one sentence. names: see `names`. sentences: every sentence as one string of folded words.

    text: str
    tokens: tuple[Token, ...] = field(compare=False, repr=False)
    vocabulary: Mapping[str, int] = field(compare=False, repr=False)
    words: Ints = field(compare=False, repr=False)
    kinds: NDArray[np.int8] = field(compare=False, repr=False)
    is_name: Bools = field(compare=False, repr=False)
    spans: tuple[tuple[int, int], ...] = field(compare=False, repr=False)
    sentence_of: Ints = field(compare=False, repr=False)
    capital: Bools = field(compare=False, repr=False)
    quoted: Bools = field(compare=False, repr=False)
    places: Ints = field(compare=False, repr=False)
    place_offsets: Ints = field(compare=False, repr=False)
    holders: Ints = field(compare=False, repr=False)
    holder_offsets: Ints = field(compare=False, repr=False)
    neighbours: Ints = field(compare=False, repr=False)
    names: frozenset[str] = field(compare=False, repr=False)
    sentences: frozenset[str] = field(compare=False, repr=False)

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def sentence(self, token: int) -> str:
        """Return the sentence in which the token of this index stands."""
        first, end = self.spans[self.sentence_of[token]]
        return self.text[self.tokens[first].start : self.tokens[end - 1].end]

    def find(self, words: Phrase) -> list[int]:
        """Return the token indices where *words* start, in order; a phrase never crosses a sentence end."""
        numbers = [self.vocabulary.get(word, -1) for word in words]
        if not numbers or min(numbers) < 0:
            return []
        starts = self.places[self.place_offsets[numbers[0]] : self.place_offsets[numbers[0] + 1]]
        starts = starts[starts + len(numbers) <= len(self.words)]
        starts = starts[self.sentence_of[starts] == self.sentence_of[starts + len(numbers) - 1]]
        for k, number in enumerate(numbers[1:], start=1):
            starts = starts[self.words[starts + k] == number]
        return [int(start) for start in starts]


class Trusted(NamedTuple):
    """A prepared reference, and how far it is trusted (0 to 1), which is less the more spun it looks.

    swaps: readings of a reference that looks spun: by (start, end, original words), with tokens start to end, the
    strength of the swap (0 to 1). Empty for a reference that looks clean.
    """

    reference: Reference
    trust: float
    swaps: Mapping[tuple[int, int, Phrase], float] = {}


def prepare_references(texts: Iterable[str]) -> list[Reference]:
    """Prepare references once, for use with many articles of one story.

    `repair` also takes texts and prepares them itself, and a `Normalizer` keeps those that it used last. Preparing them
    beforehand saves time if there are many, or if several normalizers share them.

    Args:
        texts: Cleaner versions of the story, of each of which the first 300,000 characters are read.

    Returns:
        One reference for each text, in order.

    Raises:
        ArgumentError: For one text in place of a list, and for an item that is not a text.

    Example:
        >>> references = prepare_references(["The minister told reporters so.", "It was said on Friday."])
        >>> [len(reference.text) for reference in references]
        [31, 22]
    """
    return [prepare(text) for text in texts_of(texts, "texts")]


def prepare(text: str) -> Reference:
    """Return the first LONGEST_REFERENCE characters of *text* as a reference.

    Three quarters of the time go into splitting the text into tokens.
    """
    text = text[:LONGEST_REFERENCE]
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    vocabulary: dict[str, int] = {}
    words = whole([vocabulary.setdefault(token.word, len(vocabulary)) for token in tokens])
    sentence_of = np.repeat(np.arange(len(spans)), whole([end - first for first, end in spans]))
    places = np.argsort(words, kind="stable")
    held = places[opens_run(words[places], sentence_of[places])]
    inside = np.flatnonzero(sentence_of[1:] == sentence_of[:-1])
    known = names(tokens, spans)
    return Reference(
        text,
        tuple(tokens),
        vocabulary,
        words,
        word_kinds(vocabulary),
        np.array([word in known for word in vocabulary], dtype=np.bool_),
        tuple(spans),
        sentence_of,
        np.array([token.text[0].isupper() for token in tokens], dtype=np.bool_),
        quoted(text, tokens),
        places,
        offsets(np.bincount(words, minlength=len(vocabulary))),
        sentence_of[held],
        offsets(np.bincount(words[held], minlength=len(vocabulary))),
        np.unique(words[inside] * len(vocabulary) + words[inside + 1]),
        known,
        frozenset(joined_sentences(tokens, spans)),
    )


def joined_sentences(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> list[str]:
    """Return the folded words of each sentence as one string."""
    words = [token.word for token in tokens]
    return [" ".join(words[first:end]) for first, end in spans]


def word_kinds(words: Iterable[str]) -> NDArray[np.int8]:
    """Return the kind of each word: PUNCTUATION, LETTERS, FIGURE, NUMBER or YEAR."""
    return np.array([LETTERS if word[0].isalpha() else _kind(word) for word in words], dtype=np.int8)


def _kind(word: str) -> int:
    if word[0].isdigit() and len(word) > 1:
        return YEAR if len(word) == 4 and word[:2] in ("19", "20") else NUMBER
    return FIGURE if word[0].isalnum() else PUNCTUATION


def names(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> frozenset[str]:
    """Return the folded words that stand capitalised inside sentences more often than they stand in lower case.

    A capital at the start of a sentence or quotation does not count; a quotation mark that opens one touches the word.
    """
    capitals = [i for i, token in enumerate(tokens) if token.text[0].isupper()]
    openings = {first for first, _ in spans}
    counts: Counter[str] = Counter()
    for i in capitals:
        if i not in openings and not (tokens[i - 1].text in QUOTATION_OPENS and tokens[i - 1].end == tokens[i].start):
            counts[tokens[i].word] += 1
    counts.subtract(token.word for token in tokens if token.word in counts and token.text[0].islower())
    return frozenset(word for word, count in counts.items() if count > 0) - CALENDAR


def quoted(text: str, tokens: Sequence[Token]) -> Bools:
    """Return for each token whether it stands between quotation marks; a line break closes what was left open.

    Straight single quotes do not count, since they are mostly apostrophes. The cost: a quotation inside a quotation
    ends the outer one.
    """
    result = np.zeros(len(tokens), dtype=np.bool_)
    marks = [i for i, token in enumerate(tokens) if token.text in QUOTATION_MARKS]
    breaks = _breaks(text, tokens) if marks else []
    opened = -1  # the token that opened a quotation which nothing has closed yet
    for mark in marks:
        if opened >= 0 and (at := bisect_left(breaks, opened + 1)) < len(breaks) and breaks[at] <= mark:
            result[opened : breaks[at]] = True
            opened = -1
        opens = tokens[mark].text in OPENING_MARKS or (tokens[mark].text == EITHER_MARK and opened < 0)
        if opened >= 0:
            result[opened:mark] = True
        opened = mark if opens else -1
    if opened >= 0:
        at = bisect_left(breaks, opened + 1)
        result[opened : breaks[at] if at < len(breaks) else len(tokens)] = True
    return result


def _breaks(text: str, tokens: Sequence[Token]) -> list[int]:
    """Return the tokens before which a line starts, in order."""
    starts = [token.start for token in tokens]
    found, at = [], text.find("\n")
    while at >= 0:
        found.append(bisect_left(starts, at))
        at = text.find("\n", at + 1)
    return found
