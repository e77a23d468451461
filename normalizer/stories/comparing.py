"""How similar two texts are: the words that they share and that identify a story, and the sentences that pair."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from normalizer.language_model.words import UNKNOWN_ID
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.references.arrays import opens_run, sums, take
from normalizer.references.article import Related, number_words, specificity, surprises
from normalizer.references.pairing import Bags, pair_sentences
from normalizer.references.prepared import PUNCTUATION, Reference
from normalizer.stories.keys import MOST_NATS, Bag, Worths
from normalizer.tables import Tables

NUMBER_NATS = 8.0  # surprise of any number
WRITTEN_NATS = 6.0  # the most surprise of a spun form: little enough to count for nothing when sentences are paired


class Overlap(NamedTuple):
    """What two texts share of the words that identify their stories.

    share: their weight, divided by that of all such words of the lighter text (0 to 1). nats: their weight.
    """

    share: float
    nats: float


class Pairing(NamedTuple):
    """How many of an article's sentences have a counterpart in another text; each is paired with the best one.

    share: the weight of the sentences that have a counterpart, as a share of all (0 to 1). fit: the same, with each
    sentence multiplied by the score of its pair. equal: share of words (0 to 1) that the paired sentences have in
    common.
    """

    share: float
    fit: float
    equal: float


UNPAIRED = Pairing(0.0, 0.0, 0.0)


def overlap(left: Bag, right: Bag, discounts: Mapping[str, float], worths: Worths) -> Overlap:
    """Return what two bags share, with the weight of every word multiplied by its *discounts* (0 to 1).

    In `share` a word counts for more the more often it stands in a text. In `nats` it counts once: two texts that share
    only one pair of names, however often, may tell different stories of these. Sums are over the words in alphabetical
    order, so that they do not depend on where a word stands in a text.
    """
    both = sorted(left.keys() & right.keys())
    shared = sum(min(left[word], right[word]) * discounts[word] for word in both)
    lighter = min(sum(bag[word] * discounts[word] for word in sorted(bag)) for bag in (left, right))
    nats = sum(worths[word].word * discounts[word] for word in both)
    return Overlap(shared / lighter if lighter else 0.0, nats)


class Nats(dict[str, float]):
    """The surprise of words in nats, for pairing sentences; looked up when first asked for.

    That of a word which the model does not know is MOST_NATS, that of a spun form at most WRITTEN_NATS.
    """

    def __init__(self, tables: Tables) -> None:
        """Look words up in *tables*."""
        super().__init__()
        self._tables = tables

    def __missing__(self, word: str) -> float:
        self[word] = found = NUMBER_NATS if word[0].isdecimal() else self._word(word)
        return found

    def _word(self, word: str) -> float:
        lexicon = self._tables.lexicon
        number = lexicon.ids[word]
        row = int(lexicon["word.ngrams"][number & WORD_MASK])
        if number > WORD_MASK or row == UNKNOWN_ID:
            return MOST_NATS
        nats = min(MOST_NATS, -float(self._tables.model.unigram_log_probs([row])[0]))
        return min(nats, WRITTEN_NATS) if lexicon["word.worth"][number] > 0 else nats


def pairing(article: Reference, other: Reference, nats: Nats) -> Pairing:
    """Return how the sentences of *article* pair with those of *other*, by the words as they stand."""
    if not article.spans or not other.spans:
        return UNPAIRED
    related = [Related(0, other, surprises(other.vocabulary, nats.__getitem__))]
    numbering = number_words(article.vocabulary, related, nats.__getitem__)
    weight = specificity(numbering.surprise, numbering.kinds)
    entries = np.unique(article.sentence_of * len(weight) + article.words)
    sentence, word = np.divmod(entries, len(weight))
    telling = weight[word] > 0
    sentence, word = sentence[telling], word[telling]
    sizes = sums(sentence, weight[word], len(article.spans))
    bags = Bags(sentence, word, np.ones(len(word)), weight[word], sizes)
    pairs = pair_sentences(bags, related, numbering.own)
    if not len(pairs.sentence):
        return UNPAIRED
    best = take(pairs, opens_run(pairs.sentence))
    own, total = sizes[best.sentence], float(sizes.sum())
    named = numbering.named[0][other.words]
    equal = _equal(
        [article.words[slice(*article.spans[each])].tolist() for each in best.sentence.tolist()],
        [named[slice(*other.spans[each])].tolist() for each in best.other.tolist()],
        set(np.flatnonzero(numbering.kinds != PUNCTUATION).tolist()),
    )
    return Pairing(float(own.sum()) / total, float((own * best.score).sum()) / total, equal)


def _equal(left: Sequence[Sequence[int]], right: Sequence[Sequence[int]], words: set[int]) -> float:
    """Return the share of *words* that pairs of sentences have in common (Dice), over all pairs."""
    shared = size = 0
    for one, other in zip(left, right, strict=True):
        mine, theirs = (Counter(word for word in each if word in words) for each in (one, other))
        shared += (mine & theirs).total()
        size += mine.total() + theirs.total()
    return 2 * shared / size if size else 0.0
