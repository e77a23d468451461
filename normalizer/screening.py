"""A first look at an article: is it worth the full treatment?

Most scraped text is not spun, and finding that out should cost little. Every word has a log-likelihood ratio of its own
between spun and clean text: a spinner writes it in place of other words,

    P(w | spun) = (1 - r) P(w) + r sum P(o) P(w | o)

over the originals o that the lexicon knows for it (naive Bayes; Maron 1961). The ratios of a sentence are summed and go
through the same sentence model as the full verdict. What passes here is judged again, with all readings and context.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model import LanguageModel
from normalizer.lexicon import Lexicon
from normalizer.proposals import readings_of
from normalizer.tokens import Token
from normalizer.verdicts import Rates, spun_sentences

Floats = NDArray[np.float64]
SWAP_RATE = 0.2  # share of words that a spinner changes by single-word swaps
# The ratios of neighbouring words are not independent, and topics have their own words: they count for less than their
# face value, and pass on a small probability. Measured by `tests/test_screening.py` on the seeds and held-out news.
TEMPER = 0.5


def word_gains(words: Sequence[str], lexicon: Lexicon, model: LanguageModel, memo: dict[str, float]) -> list[float]:
    """Return log P(w | spun) - log P(w | clean) of every folded word, remembered in *memo*."""
    for word in dict.fromkeys(words):
        if word not in memo:
            memo[word] = _gain(word, lexicon, model)
    return [memo[word] for word in words]


def _gain(word: str, lexicon: Lexicon, model: LanguageModel) -> float:
    readings = [reading for _, reading in readings_of(lexicon, (word,))]
    singles = [reading for reading in readings if len(reading.words) == 1 and reading.kind != "name"]
    ids = np.array(model.ids([word, *(reading.words[0] for reading in singles)]))
    chances = np.exp(np.asarray(model.unigram_log_probs(ids), dtype=np.float64) - model.unknown_spread * (ids == 0))
    spun = sum(chance * max(reading.strengths) for chance, reading in zip(chances[1:], singles, strict=True))
    return float(np.log(1.0 - SWAP_RATE + SWAP_RATE * min(spun / chances[0], 50.0)))


def may_be_spun(gains: Sequence[float], spans: Sequence[tuple[int, int]], rates: Rates) -> float:
    """Return the probability, by this first look, that any sentence is spun. gains: of every token."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    ends = np.array([end for _, end in spans])
    starts = np.array([first for first, _ in spans])
    return spun_sentences(TEMPER * (sums[ends] - sums[starts]), rates)[1]


def words_of(tokens: Sequence[Token]) -> list[str]:
    """Return the folded words of *tokens*."""
    return [token.word for token in tokens]
