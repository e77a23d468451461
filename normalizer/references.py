"""Cleaner versions of the same story: pairing their sentences with the article's, and what they say for a reading."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.tokens import Token, sentences, tokenize

Phrase = tuple[str, ...]
LONGEST_PHRASE = 6
# A pair of sentences must share this much of the rarer one's word weight. Measured on the stories: pairs of different
# stories reach .25 at most, true pairs start at about .3.
PAIRING_THRESHOLD = 0.3
PAIRS_PER_SENTENCE = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """A prepared reference: its text, tokens and sentences, and where every phrase of up to LONGEST_PHRASE words
    stands.

    places: phrase -> token index of its first place. by_sentence: for every sentence its set of phrases.
    """

    text: str
    tokens: list[Token]
    spans: list[tuple[int, int]]
    places: dict[Phrase, int]
    by_sentence: list[dict[Phrase, int]]


def prepare(text: str) -> Reference:
    """Return *text* ready to be asked many times. The cost: memory of about 100 times the text."""
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    by_sentence = [dict(_phrases(tokens, first, end)) for first, end in spans]
    places: dict[Phrase, int] = {}
    for phrases in by_sentence:
        for phrase, at in phrases.items():
            places.setdefault(phrase, at)
    return Reference(text, tokens, spans, places, by_sentence)


def _phrases(tokens: Sequence[Token], first: int, end: int) -> Iterator[tuple[Phrase, int]]:
    words = tuple(token.word for token in tokens[first:end])
    for start in range(len(words) - 1, -1, -1):
        for stop in range(start + 1, min(len(words), start + LONGEST_PHRASE) + 1):
            yield words[start:stop], first + start


Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Pairing:
    """For one article sentence: paired (reference, sentence) indices with their score, best first."""

    reference: int
    sentence: int
    score: float


def pair_sentences(
    bags: Sequence[Iterable[str]], sizes: Sequence[float], references: Sequence[Reference], weigh: Weigh
) -> list[list[Pairing]]:
    """Pair each article sentence with the reference sentences that tell the same.

    bags: for every article sentence the words of all its readings. sizes: the weight of its words as they stand.
    weigh: how much a word says (rare words more). The score is the shared weight over that of the lighter sentence.
    """
    index: dict[str, list[tuple[int, int]]] = defaultdict(list)
    weights: dict[tuple[int, int], float] = {}
    for r, reference in enumerate(references):
        for s, phrases in enumerate(reference.by_sentence):
            words = [phrase[0] for phrase in phrases if len(phrase) == 1]
            weights[r, s] = sum(map(weigh, words))
            for word in words:
                index[word].append((r, s))
    pairings = []
    for bag, size in zip(bags, sizes, strict=True):
        shared: dict[tuple[int, int], float] = defaultdict(float)
        for word in sorted(set(bag)):  # in one order, so that sums come out alike in every run
            weight = weigh(word)
            if weight:
                for place in index.get(word, ()):
                    shared[place] += weight
        pairings.append(_best_pairs(shared, weights, size))
    return pairings


def _best_pairs(
    shared: dict[tuple[int, int], float], weights: dict[tuple[int, int], float], size: float
) -> list[Pairing]:
    scored = []
    for (r, s), weight in shared.items():
        smaller = min(weights[r, s], size)
        if smaller >= 12.0 and weight / smaller >= PAIRING_THRESHOLD:
            scored.append(Pairing(r, s, min(1.0, weight / smaller)))
    scored.sort(key=lambda p: (-p.score, p.reference, p.sentence))
    kept: dict[int, int] = defaultdict(int)
    best = []
    for pairing in scored:
        if kept[pairing.reference] < PAIRS_PER_SENTENCE:
            kept[pairing.reference] += 1
            best.append(pairing)
    return best


@dataclass(frozen=True, slots=True)
class Support:
    """What the references say for each arc, shape (arcs,) each, 0 = nothing.

    in_pair: the words stand in a paired sentence (its score). pair_context: there with a neighbour of the article.
    context: so anywhere in a reference. anywhere: the words alone stand anywhere.
    """

    in_pair: NDArray[np.float64]
    pair_context: NDArray[np.float64]
    context: NDArray[np.float64]
    anywhere: NDArray[np.float64]

    @classmethod
    def none(cls, arcs: int) -> "Support":
        """Return the support of no references at all."""
        return cls(*(np.zeros(arcs) for _ in range(4)))


def support(
    lattice_words: Sequence[Phrase],
    sources: Sequence[int],
    targets: Sequence[int],
    sentence: Sequence[int],
    pairings: Sequence[Sequence[Pairing]],
    references: Sequence[Reference],
    weigh: Weigh,
) -> Support:
    """Return what *references* say for each arc (its words, end positions and article sentence)."""
    result = Support.none(len(lattice_words))
    if not references:
        return result
    endings, openings = defaultdict(set), defaultdict(set)
    for words, source, target in zip(lattice_words, sources, targets, strict=True):
        openings[source].add(words[0])
        endings[target].add(words[-1])
    for i, words in enumerate(lattice_words):
        held = [reference for reference in references if words in reference.places]
        if not held:
            continue
        grams = [(left, *words) for left in endings[sources[i]]] + [(*words, right) for right in openings[targets[i]]]
        result.anywhere[i] = min(1.0, max(map(weigh, words)) / 8.0)
        result.context[i] = float(any(gram in reference.places for reference in held for gram in grams))
        for pairing in pairings[sentence[i]]:
            phrases = references[pairing.reference].by_sentence[pairing.sentence]
            if words in phrases:
                result.in_pair[i] = max(result.in_pair[i], pairing.score)
                if any(gram in phrases for gram in grams):
                    result.pair_context[i] = max(result.pair_context[i], pairing.score)
    return result
