"""How an article differs from another that is nearly the same, and whether it is a spun copy of it.

A spinner changes single words inside sentences, and its words fit worse than the original ones. Two outlets that print
one text cut it, or write parts of it in other words; where these differ in a word or two, both wordings fit.
"""

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from normalizer.learning.stretches import Stretch, stretches
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.tables import Tables
from normalizer.tokens import Token, tokenize

Ints = NDArray[np.int64]

LONGEST_SWAP = 4  # tokens on either side
SPELLING = 0.7  # likeness from which on two wordings are spellings of one: "programme" and "program", "per cent"
CONTEXT = 2  # words on each side that a swap is judged between: what a trigram model sees
# A text is called a spun copy where so many swaps were found, in so large a share of the words that stand in both, and
# where they fit worse than what the other text has, on average and all together (nats). Set by hand on made scrapes, so
# that no report of a story passes for a copy of another; `python -m tests.tools.scrape copies` prints what passes.
LEAST_SWAPS, LEAST_SHARE, LEAST_GAIN, LEAST_TOTAL = 4, 0.02, 1.5, 40.0
LEAST_EQUAL = 0.4  # share of the first text's words that must stand in the second
# The other text passes for what was there before the first was spun if no more of its wordings fit worse than the first
# text's, by so many nats: one, and so large a share of all. Of 308 texts that a spun one passed for a copy of, 13 were
# spun themselves; 12 of these were told by this, and 6 of the 295 clean ones were lost.
WORSE, MOST_WORSE = 2.0, 0.05


class Comparison(NamedTuple):
    """What two texts have in common.

    equal: share of the first text's words that stand in the second, in order (0..1). swaps: different pairs of a few
    words that stand for each other between equal ones. share: of the words that these pairs take, wherever they stand,
    among them and the equal ones. gain: by how much the second text's wording of a pair is likelier, on average (nats).
    worse: pairs whose wording in the second text is less likely by more than WORSE.

    A pair that repeats counts once: an outlet that writes "per cent" throughout has a style, and no spinner.
    """

    equal: float
    swaps: int
    share: float
    gain: float
    worse: int = 0

    @property
    def is_twin(self) -> bool:
        """Whether the two texts are the same but for cuts and short differences."""
        return self.equal >= LEAST_EQUAL and self.swaps > 0

    @property
    def spun(self) -> bool:
        """Whether the first text is a spun copy of the second."""
        enough = self.is_twin and self.swaps >= LEAST_SWAPS and self.share >= LEAST_SHARE
        return enough and self.gain >= LEAST_GAIN and self.gain * self.swaps >= LEAST_TOTAL

    @property
    def restored(self) -> bool:
        """Whether the first text is a spun copy of the second, and the second shows no sign of being spun itself."""
        return self.spun and self.worse <= 1 + MOST_WORSE * self.swaps


def compare(text: str, other: str, tables: Tables) -> Comparison:
    """Return how *text* differs from *other*, by an alignment of their words."""
    left, right = tokenize(text), tokenize(other)
    words, others = [token.word for token in left], [token.word for token in right]
    found = stretches(words, others)
    equal = len(words) - sum(each.end - each.start for each in found)
    swaps = [each for each in found if _is_swap(each, left, right)]
    if not swaps or not equal:
        return Comparison(equal / max(1, len(words)), 0, 0.0, 0.0)
    inside = sum(each.end - each.start for each in swaps)
    pairs: dict[tuple[str, str], list[float]] = {}
    for swap, gain in zip(swaps, _gains(words, others, swaps, tables).tolist(), strict=True):
        pair = " ".join(words[swap.start : swap.end]), " ".join(others[swap.first : swap.last])
        pairs.setdefault(pair, []).append(gain)
    means = [fsum(own) / len(own) for own in pairs.values()]
    worse = sum(mean < -WORSE for mean in means)
    return Comparison(equal / len(words), len(pairs), inside / (inside + equal), fsum(means) / len(means), worse)


def swapped_words(text: str, other: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the pairs of words of *text* and *other* that differ at one place, and the words that both have.

    Both lists are sorted, without repeats. In a stretch of several words, as many on both sides, they pair in order.
    """
    left, right = tokenize(text), tokenize(other)
    found = stretches([token.word for token in left], [token.word for token in right])
    swaps: set[tuple[str, str]] = set()
    inside: set[int] = set()
    for start, end, first, last in found:
        inside.update(range(start, end))
        if end - start == last - first <= LONGEST_SWAP:
            pairs = zip(left[start:end], right[first:last], strict=True)
            swaps |= {(one.word, two.word) for one, two in pairs if _is_content(one) and _is_content(two)}
    kept = {token.word for at, token in enumerate(left) if at not in inside and _is_content(token)}
    return sorted(swaps), sorted(kept)


def _is_content(token: Token) -> bool:
    return token.text.islower() and token.text.isalpha() and token.word not in FUNCTION_WORDS


def _is_swap(stretch: Stretch, left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Say whether a stretch may be a swap: a few words of prose on either side, and not only small ones."""
    mine, theirs = left[stretch.start : stretch.end], right[stretch.first : stretch.last]
    if not mine or not theirs or max(len(mine), len(theirs)) > LONGEST_SWAP:
        return False
    if any(not token.text.islower() or not token.text[0].isalpha() for token in (*mine, *theirs)):
        return False
    written, other = ("".join(token.word for token in side) for side in (mine, theirs))
    if Levenshtein.normalized_similarity(written, other) >= SPELLING:
        return False
    return any(token.word not in FUNCTION_WORDS for token in mine)


def _gains(
    words: Sequence[str], others: Sequence[str], swaps: Sequence[Stretch], tables: Tables
) -> NDArray[np.float64]:
    """Return by how many nats the n-gram model prefers the other wording of each swap, shape (swaps,).

    Both are judged between the words of the second text, which are its own.
    """
    mine, theirs = (tables.lexicon["word.ngrams"][tables.lexicon.ids.of(side) & WORD_MASK] for side in (words, others))
    rows: list[Ints] = []
    owner: list[int] = []
    for number, (start, end, first, last) in enumerate(swaps):
        before = np.concatenate((np.full(CONTEXT, -1), theirs[max(0, first - CONTEXT) : first]))[-CONTEXT:]
        behind = theirs[last : last + CONTEXT]
        for sign, middle in ((-1, mine[start:end]), (1, theirs[first:last])):
            line = np.concatenate((before, middle, behind)).astype(np.int64)
            rows.append(np.lib.stride_tricks.sliding_window_view(line, CONTEXT + 1))
            owner += [sign * (number + 1)] * (len(line) - CONTEXT)
    logs = tables.model.trigrams(np.concatenate(rows))
    signed = np.array(owner)
    gains: NDArray[np.float64] = np.bincount(np.abs(signed) - 1, np.sign(signed) * logs, minlength=len(swaps)).astype(
        np.float64
    )
    return gains
