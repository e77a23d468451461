"""Whether an article is worth reading in full: a glance that costs a hundredth of a reading.

Spun forms stand in clean text, too, but there they fit between their neighbours. So every spun form counts by how much
more often spinners write it than clean text does, and counts less the better it fits by a trigram model. Measured on
772 held-out clean articles and 33 spun texts: if fit is ignored, 3 % of the clean articles look as spun as the least
suspicious spun text; with it, one article does.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.lexicon.compiling import WORD_BITS
from normalizer.lexicon.signs import LONGEST_SIGN
from normalizer.tables import Tables
from normalizer.tokens import fold

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

# Tokens nearly as those of `tokens`, found at three times the speed; addresses and initials fall apart here.
WORD = re.compile(r"[^\W\d_]+(?:(?<=n)'t\b)?|'(?:s|re|ve|ll|d|m)\b|\d+(?:[.,]\d+)*|\S")
ASCII_WORD = re.compile(WORD.pattern.replace(r"[^\W\d_]", "[a-z]"), re.ASCII)  # the same for what folds to ASCII
# A text is read if some stretch of WINDOW tokens, taken every STEP tokens, looks more spun than THRESHOLD (nats a
# token). Measured by `python -m tests.tools.rates`. The cost: a text with few known swaps in it is not repaired. Texts
# of fewer than LEAST tokens are always read.
WINDOW, STEP, LEAST = 300, 50, 60
BORDER = "\n\n"  # stands between two texts; it is no word, so that no phrase crosses it
THRESHOLD = 0.08
MOST_WORTH = 6.0  # nats that one sign counts at most, so that none alone makes a text suspicious
# A form's worth is multiplied by 1 / (1 + exp(SLOPE * fit)), fit being the nats by which its neighbours make it
# likelier: at a fit of 0 it counts half.
SLOPE = 0.5


Part = tuple[float, float]  # of a text: where it begins and ends, as shares of the whole (0..1)


def may_be_spun(texts: Sequence[str], tables: Tables) -> list[bool]:
    """Say for each of *texts* whether some stretch of it looks spun; a short text with a word in it always does."""
    return [part is not None for part in suspicious_parts(texts, tables)]


def suspicious_parts(texts: Sequence[str], tables: Tables) -> list[Part | None]:
    """Return for each of *texts* the stretch of WINDOW words that looks most spun, None where none does.

    A text of fewer than LEAST words is suspicious as a whole, unless it has none.
    """
    words = [glanced_words(text) for text in texts]
    found = iter(suspicion([each for each in words if len(each) >= LEAST], tables))
    return [_part(next(found), len(each)) if len(each) >= LEAST else ((0.0, 1.0) if each else None) for each in words]


def _part(stretches: Floats, words: int) -> Part | None:
    """Return the most suspicious of the *stretches* of a text; None if none is. words: how many the text has."""
    worst = int(stretches.argmax())
    if stretches[worst] <= THRESHOLD:
        return None
    start = min(worst * STEP, max(0, words - WINDOW))
    return start / words, min(1.0, (start + WINDOW) / words)


def suspicion(texts: Sequence[Sequence[str]], tables: Tables) -> list[Floats]:
    """Return how spun each stretch of WINDOW words of each text looks, in nats a word; a shorter text is one stretch.

    texts: the words of each text, at least one. All texts are looked at together, since the fixed cost of looking words
    up in the n-gram model would dominate otherwise.
    """
    if not texts:
        return []
    lexicon = tables.lexicon
    ids = lexicon.ids.of([word for words in texts for word in (*words, BORDER)])
    ends = np.cumsum([len(words) + 1 for words in texts])
    worths = np.maximum(0.0, sign_worths(ids, lexicon, "word.worth"))
    places = np.flatnonzero(worths)
    fits = _fits(ids, ends - 1, places, tables)
    worths[places] = np.minimum(worths[places], MOST_WORTH) / (1 + np.exp(SLOPE * fits))
    return [_stretches(own[:-1]) for own in np.split(worths, ends[:-1])]


def _stretches(worths: Floats) -> Floats:
    """Return the mean of *worths* over each stretch of WINDOW words."""
    sums = np.concatenate(([0.0], np.cumsum(worths)))
    size = min(WINDOW, len(worths))
    starts = np.append(np.arange(0, len(worths) - size, STEP), len(worths) - size)
    return np.asarray((sums[starts + size] - sums[starts]) / max(1, size))


def sign_worths(ids: Ids, lexicon: CompiledLexicon, single: str) -> Floats:
    """Return the worth (nats) of the longest spun form that starts at each word, shape (words,).

    Words inside a form of several words count with that form only. ids: numbers of the words, shape (words,). single:
    the column of the lexicon that holds the worth of a single word.
    """
    known = ids <= WORD_MASK
    worths = np.where(known, lexicon[single][np.where(known, ids, 0)], 0.0)
    sizes = np.ones(len(ids), dtype=np.int64)
    keys, table = ids + 1, lexicon["sign.key"]
    for size in range(2, LONGEST_SIGN + 1):
        keys = (keys[:-1] << WORD_BITS) | (ids[size - 1 :] + 1)
        known = known[:-1] & (ids[size - 1 :] <= WORD_MASK)
        if not len(table) or not len(keys):
            break
        at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
        found = np.flatnonzero((table[at] == keys) & known)
        worths[found], sizes[found] = lexicon["sign.worth"][at[found]], size
    free = 0
    for place in np.flatnonzero(sizes > 1).tolist():
        if place >= free:
            free = place + int(sizes[place])
            worths[place + 1 : free] = 0.0
    return worths


def spun_signs(ids: Ids, lexicon: CompiledLexicon) -> float:
    """Return how spun words with these *ids* look, in nats a word, counting the longest spun form at each place.

    A quick estimate in place of the verdict, for texts that are judged and not repaired: naive Bayes over the spun
    forms, each by how much more often spinners write it than clean text does. Measured: .10 to .18 on 34 clean stories
    (.13 on seeds 002 and 004), .26 to .49 on 27 spun texts; with half of the lexicon .08 to .18 and .21 to .38.
    """
    return float(sign_worths(ids, lexicon, "word.sign").sum()) / max(1, len(ids))


def _fits(ids: Ids, borders: Ids, places: Ids, tables: Tables) -> Floats:
    """Return by how many nats context makes each word at *places* and the word after it likelier, shape (places,).

    ids: numbers of the words of all texts, with a BORDER behind each text, at *borders*. A text begins without context,
    and its last word is followed by an unknown word.
    """
    words = tables.lexicon["word.ngrams"][ids & WORD_MASK].astype(np.int64)
    ahead = words.copy()
    words[borders], ahead[borders] = -1, 0
    both = np.concatenate((places, places + 1))
    rows = np.empty((len(both), 3), dtype=np.int64)
    rows[:, 2] = ahead[both]
    rows[:, 1] = np.where(both > 0, words[both - 1], -1)
    rows[:, 0] = np.where((both > 1) & (rows[:, 1] >= 0), words[both - 2], -1)
    gains = tables.model.log_probs(rows) - tables.model.unigram_log_probs(rows[:, 2])
    found: Floats = (gains[: len(places)] + gains[len(places) :]).astype(np.float64)
    return found


def glanced_words(text: str) -> list[str]:
    """Return the folded words and marks of *text*, nearly as `tokens.tokenize` has them."""
    folded = fold(text.removeprefix("\ufeff"))
    return (ASCII_WORD if folded.isascii() else WORD).findall(folded)
