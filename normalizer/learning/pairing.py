"""Which sentences of two versions of a text correspond.

Spinners keep the order of sentences, so the best pairing in order is found first (Gale and Church 1993, with shared
words instead of lengths, since spinners keep names, numbers and rare words). Sentences that are left may then pair out
of order.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import NamedTuple

Words = Sequence[str]
Weights = dict[str, float]

# The least similarity of a pair. On the stories, spun by our spinner, 95 % of the right pairs reach .39, and the most
# similar other sentence of the story stays below .21 in 95 % of cases and below .29 in all.
LOWEST = 0.3
ACROSS = 0.6  # the same for pairs out of order, which lack the support of their neighbours
MERGE_COST = 0.1  # taken off the similarity of one sentence with two, since sentences are seldom divided


class Paired(NamedTuple):
    """Sentences of the spun text that correspond to sentences of the original.

    spun, original: (first, end) sentences of each. score: their similarity, 0 to 1.
    """

    spun: tuple[int, int]
    original: tuple[int, int]
    score: float


def rarity(texts: Iterable[Sequence[Words]]) -> Weights:
    """Return the weight of each word: its inverse document frequency over the sentences of all *texts*.

    Punctuation marks have a small weight. The cost: in a text of one sentence all words weigh the same.
    """
    sentences = [set(sentence) for text in texts for sentence in text]
    counts = Counter(word for sentence in sentences for word in sentence)
    return {
        word: log((1 + len(sentences)) / count) + 0.1 if word[0].isalnum() else 0.05 for word, count in counts.items()
    }


def similarity(left: Words, right: Words, weights: Weights) -> float:
    """Return the share of word weight that two sentences have in common (Dice), 0 to 1."""
    a, b = set(left), set(right)
    total = sum(weights[word] for word in a) + sum(weights[word] for word in b)
    return 2 * sum(sorted(weights[word] for word in a & b)) / total if total else 0.0


def pair_in_order(spun: Sequence[Words], original: Sequence[Words]) -> list[Paired]:
    """Return the pairs of sentences of a spun text and its original, in the order of the spun text.

    One sentence may pair with two. Time and memory are the product of the numbers of sentences.
    """
    weights = rarity((spun, original))
    pairs = _monotone(spun, original, weights)
    pairs += _across(spun, original, weights, pairs)
    return sorted(pairs)


def pair_best(spun: Sequence[Words], original: Sequence[Words]) -> list[Paired]:
    """Pair each spun sentence with the most similar one of another version of the story, in any order."""
    weights = rarity((spun, original))
    pairs = []
    for i, sentence in enumerate(spun):
        scored = [(similarity(sentence, other, weights), -j) for j, other in enumerate(original)]
        best, j = max(scored, default=(0.0, 0))
        if best >= LOWEST:
            pairs.append(Paired((i, i + 1), (-j, -j + 1), best))
    return pairs


def _monotone(spun: Sequence[Words], original: Sequence[Words], weights: Weights) -> list[Paired]:
    rows, columns = len(spun), len(original)
    single = [[similarity(a, b, weights) for b in original] for a in spun]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step: dict[tuple[int, int], Paired] = {}
    for i in range(rows + 1):
        for j in range(columns + 1):
            top = max(best[i - 1][j] if i else 0.0, best[i][j - 1] if j else 0.0)
            for pair in _ending_at(i, j, spun, original, single, weights):
                total = best[pair.spun[0]][pair.original[0]] + pair.score
                if total > top:
                    top, step[i, j] = total, pair
            best[i][j] = top
    return _walk_back(best, step, rows, columns)


def _ending_at(
    i: int,
    j: int,
    spun: Sequence[Words],
    original: Sequence[Words],
    single: Sequence[Sequence[float]],
    weights: Weights,
) -> Iterable[Paired]:
    """Yield the pairs whose last sentences are i - 1 and j - 1: one with one, one with two, two with one."""
    if i and j and single[i - 1][j - 1] >= LOWEST:
        yield Paired((i - 1, i), (j - 1, j), single[i - 1][j - 1])
    if i and j > 1 and single[i - 1][j - 1] > 0 < single[i - 1][j - 2]:
        merged = similarity(spun[i - 1], [*original[j - 2], *original[j - 1]], weights) - MERGE_COST
        if merged >= LOWEST:
            yield Paired((i - 1, i), (j - 2, j), merged)
    if i > 1 and j and single[i - 1][j - 1] > 0 < single[i - 2][j - 1]:
        merged = similarity([*spun[i - 2], *spun[i - 1]], original[j - 1], weights) - MERGE_COST
        if merged >= LOWEST:
            yield Paired((i - 2, i), (j - 1, j), merged)


def _walk_back(best: Sequence[Sequence[float]], step: dict[tuple[int, int], Paired], i: int, j: int) -> list[Paired]:
    pairs = []
    while i and j:
        if (i, j) in step:
            pairs.append(step[i, j])
            i, j = pairs[-1].spun[0], pairs[-1].original[0]
        elif best[i - 1][j] >= best[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _across(
    spun: Sequence[Words], original: Sequence[Words], weights: Weights, pairs: Sequence[Paired]
) -> list[Paired]:
    free = sorted(set(range(len(spun))) - {i for pair in pairs for i in range(*pair.spun)})
    open_ = sorted(set(range(len(original))) - {j for pair in pairs for j in range(*pair.original)})
    scored = sorted((-similarity(spun[i], original[j], weights), i, j) for i in free for j in open_)
    found: list[Paired] = []
    for score, i, j in scored:
        taken = any(pair.spun[0] == i or pair.original[0] == j for pair in found)
        if -score >= ACROSS and not taken:
            found.append(Paired((i, i + 1), (j, j + 1), -score))
    return found
