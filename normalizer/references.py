"""Cleaner versions of the same story: preparing them, telling related from unrelated, pairing sentences.

Spinning changes common words and leaves names, numbers and rare words mostly alone, so these decide whether a text can
be of the same story at all; then the words of all readings of a sentence, weighed by how few sentences hold them,
say which sentences to set side by side. What the sentences of a pair really share is judged later, in `collation`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from normalizer.tokens import Token, sentences, tokenize

Phrase = tuple[str, ...]
Weigh = Callable[[str], float]
Places = dict[Phrase, list[int]]
# Share of the lighter text's marks that both texts hold. Measured on the eight stories spun by three families and on
# the seeds: texts of one story share .20 to .61, of two stories at most .16 (816 pairs), of two days of one beat at
# most .11 (24 pairs). Real newspapers' two days of one beat can reach .4; what they share is then judged by sentences.
LEAST_SHARED_MARKS = 0.13
PAIRS_PER_SENTENCE = 2
LEAST_SHARED_WEIGHT = 12.0  # nats of shared words: two rare words, which is little enough to let alignment judge
# Share of the lighter sentence's weight below which nothing is paired. Measured on the seeds and spun stories beside
# their reports: of 887 pairs below, 5 align with more than 25 nats; above, every second does.
LEAST_SCORE = 0.2
FREQUENT = 6.5  # nats: about the 100 most frequent words
RARE = 10.0  # nats of surprise from which a word is a mark of its story, about one word in 20,000
# Words that stand capitalised in all news and tell no story from another.
CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december i mr mrs ms the a an we they he she it this that there our
    """.split()
)
OPENING_MARKS, CLOSING_MARKS, EITHER_MARK = "“«‘", "”»’", '"'
QUOTATION_OPENS = frozenset(OPENING_MARKS + EITHER_MARK)


@dataclass(frozen=True, slots=True)
class Reference:
    """A prepared reference, to be asked for many articles.

    spans: (first, end) tokens of each sentence. sentence_of: the sentence of each token. places: where every word and
    every pair of neighbours in one sentence starts, in order. holders: the sentences of every word, in order. names:
    folded words that stand capitalised inside sentences more often than not. quoted: whether each token stands in a
    quotation.
    """

    text: str
    tokens: list[Token]
    spans: list[tuple[int, int]]
    sentence_of: list[int]
    places: Places
    holders: dict[str, tuple[int, ...]]
    names: frozenset[str]
    quoted: list[bool]

    def find(self, words: Phrase) -> list[int]:
        """Return the token indices where *words* start, in order; a phrase never crosses a sentence end."""
        starts = self.places.get(words[:2], [])
        if len(words) < 3:
            return starts
        return [at for at in starts if self._holds(words, at)]

    def _holds(self, words: Phrase, at: int) -> bool:
        stretch = self.tokens[at : at + len(words)]
        return (
            len(stretch) == len(words)
            and self.sentence_of[at] == self.sentence_of[at + len(words) - 1]
            and all(token.word == word for token, word in zip(stretch, words, strict=True))
        )


class Trusted(NamedTuple):
    """A prepared reference, and how clean it looks (0..1).

    swaps: where it looks spun, what stretches of its tokens may have stood for, and how strongly (0..1).
    """

    reference: Reference
    trust: float
    swaps: Mapping[tuple[int, int, Phrase], float] = {}


def prepare(text: str) -> Reference:
    """Return *text* ready to be asked many times."""
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    places: Places = defaultdict(list)
    sentence_of: list[int] = []
    for number, (first, end) in enumerate(spans):
        sentence_of += [number] * (end - first)
        for at in range(first, end):
            places[tokens[at].word,].append(at)
        for at in range(first, end - 1):
            places[tokens[at].word, tokens[at + 1].word].append(at)
    holders = {
        words[0]: tuple(dict.fromkeys(sentence_of[at] for at in found))
        for words, found in places.items()
        if len(words) == 1
    }
    return Reference(
        text, tokens, spans, sentence_of, dict(places), holders, names(tokens, spans), quoted(text, tokens)
    )


def names(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> frozenset[str]:
    """Return the folded words that stand capitalised inside sentences more often than they stand in lower case.

    A word that opens a quotation is as good as one that opens a sentence; a mark that opens one touches it.
    """
    capitals: Counter[str] = Counter()
    openings = {first for first, _ in spans}
    openings.update(
        i
        for i, (mark, word) in enumerate(pairwise(tokens), start=1)
        if mark.text in QUOTATION_OPENS and mark.end == word.start
    )
    for i, token in enumerate(tokens):
        if token.text[0].isupper():
            capitals[token.word] += i not in openings
        elif token.text[0].islower():
            capitals[token.word] -= 1
    return frozenset(word for word, count in capitals.items() if count > 0) - CALENDAR


def quoted(text: str, tokens: Sequence[Token]) -> list[bool]:
    """Say for each token whether it stands between quotation marks; a line break closes what was left open.

    Single quotes open a quotation only before a word and after a gap, so that apostrophes do not. The cost: a
    quotation inside a quotation ends the outer one.
    """
    inside, result = False, []
    for before, token in pairwise([None, *tokens]):
        assert token is not None
        gap = text[before.end : token.start] if before else " "
        if "\n" in gap:
            inside = False
        if token.text in OPENING_MARKS or (token.text in EITHER_MARK and not inside):
            inside = True
        elif token.text in CLOSING_MARKS or token.text in EITHER_MARK:
            inside = False
        result.append(inside)
    return result


# --- related or not -----------------------------------------------------------------------------------------


def marks(words: Iterable[str], names: frozenset[str], weigh: Weigh) -> dict[str, float]:
    """Return what tells this story from others and survives spinning, with its weight: names, numbers, rare words."""
    found = {}
    for word in set(words):
        if word[0].isdigit() and len(word) > 1:
            year = len(word) == 4 and word[:2] in ("19", "20")
            found[word] = 4.0 if year else 8.0
        elif word in names:
            found[word] = weigh(word)
        elif word[0].isalpha() and weigh(word) > RARE:
            found[word] = weigh(word) - 4.0
    return found


def shared_marks(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """Return the weight of the marks that both texts hold, over that of the lighter text; 0..1."""
    lighter = min(sum(left.values()), sum(right.values()))
    shared = sum(min(left[word], right[word]) for word in sorted(left.keys() & right.keys()))
    return shared / lighter if lighter else 0.0


def specific(word: str, weigh: Weigh) -> float:
    """Return the weight of *word*, 0 for marks and for words too frequent to tell anything."""
    weight = weigh(word) if word[0].isalnum() else 0.0
    return weight if weight > FREQUENT else 0.0


# --- pairing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pairing:
    """A reference sentence set beside an article sentence, and how well they fit (0..1)."""

    reference: int
    sentence: int
    score: float


def pair_sentences(
    bags: Sequence[Mapping[str, float]], references: Mapping[int, Reference], weigh: Weigh
) -> list[list[Pairing]]:
    """Return for each article sentence the few sentences of each reference that share most with it, best first.

    bags: for every article sentence the words of all its readings, each with how surely it stands there (0..1).
    references: by number. weigh: how much a word says. A word says less the more sentences of a reference hold it.
    The score is the shared weight over that of the lighter sentence; below LEAST_SCORE there is no pair.
    """
    index: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
    says = cache(lambda word: specific(word, weigh))
    for word in sorted(set().union(*bags)):
        for r, reference in references.items():
            if (held := reference.holders.get(word)) and (weight := says(word)):
                index[word] += [(r, s, weight / (1.0 + len(held) / 8.0)) for s in held]
    sizes = cache(lambda r, s: _size(references[r], s, says))
    return [_best_pairs(bag, index, sizes, says) for bag in bags]


def _size(reference: Reference, sentence: int, says: Weigh) -> float:
    """Return the weight of all words of a sentence, each counted once."""
    first, end = reference.spans[sentence]
    words = sorted({token.word for token in reference.tokens[first:end]})
    return sum([weight / (1.0 + len(reference.holders[word]) / 8.0) for word in words if (weight := says(word))])


def _best_pairs(
    bag: Mapping[str, float],
    index: Mapping[str, list[tuple[int, int, float]]],
    sizes: Callable[[int, int], float],
    says: Weigh,
) -> list[Pairing]:
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for word in sorted(bag.keys() & index.keys()):  # in one order, so that sums come out alike in every run
        sure = bag[word]
        for r, s, weight in index[word]:
            shared[r, s] += weight * sure
    size = sum([says(word) for word, sure in sorted(bag.items()) if sure == 1.0])
    scored = (
        Pairing(*place, min(1.0, weight / max(LEAST_SHARED_WEIGHT, min(size, sizes(*place)))))
        for place, weight in shared.items()
        if weight >= LEAST_SHARED_WEIGHT
    )
    ranked = sorted(
        (pairing for pairing in scored if pairing.score >= LEAST_SCORE),
        key=lambda pairing: (-pairing.score, pairing.reference, pairing.sentence),
    )
    kept: Counter[int] = Counter()
    best = []
    for pairing in ranked:
        kept[pairing.reference] += 1
        if kept[pairing.reference] <= PAIRS_PER_SENTENCE:
            best.append(pairing)
    return best
