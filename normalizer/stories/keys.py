"""The words that identify a text's story and that spinners keep: names, numbers and rare words, each with a weight.

Nothing is learnt from the texts that are searched: a word's weight follows from the n-gram model and the lexicon alone,
so that a text has the same keys in every store and at any time.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.words import UNKNOWN_ID
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.references.prepared import CALENDAR
from normalizer.tables import Tables
from normalizer.tokens import INVISIBLE

Bag = Mapping[str, float]

WORD = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,]\d+)*")
# A capitalised word behind a word, or behind a mark that does not end a sentence.
INSIDE = re.compile(r"(?<=[^\W_] |[,;:&(-] )[^\W\d_a-z][^\W\d_]+")
# Parts of "weren't" and "we'll" where an apostrophe divides words: the model does not know them, and all texts have
# them.
CLITICS = frozenset(
    """
    ll re ve ain aren couldn didn doesn don hadn hasn haven isn mightn mustn needn shouldn wasn weren won wouldn
    """.split()
)
UNTOLD = CALENDAR | CLITICS
LONGEST = 40  # letters; longer ones are addresses, codes, or text without blanks
LONGEST_TEXT = 300_000  # characters of a text that are read; a report of one story is shorter
MOST_NATS = 14.0  # nats of surprise at most: words rarer than about once in a million count alike
COMMON = 8.0  # nats of surprise below which a word has no weight; about 600 words have less
# The factor for the weight of a word that the lexicon or a thesaurus could swap, unless it is a name. Measured by
# `python -m tests.tools.stories measure`: .25 to .6 do equally well; with the factor for names too, recall falls by a
# twentieth.
SWAPPED = 0.4
NUMBER, LONG_NUMBER = 5.0, 8.0  # weight in nats of a number of three digits, and of one of more
MOST_KEYS = 64  # of a text
LEAST_KEY = 2.0  # weight in nats
MOST_REMEMBERED = 300_000  # words: some 50 MB


class Worth(NamedTuple):
    """The weight of a word, in nats of surprise above COMMON: as any word, and as a name, which is swapped less."""

    word: float
    name: float


NOTHING = Worth(0.0, 0.0)


class Worths(dict[str, Worth]):
    """The weight of each folded word, looked up when first asked for and then kept.

    Spun forms have none, and words that could be swapped have less. The weights are the same in every process.
    """

    def __init__(self, tables: Tables) -> None:
        """Look words up in *tables*."""
        super().__init__()
        self._tables, self._swapped, self._written = tables, swappable(tables.lexicon), tables.lexicon["word.worth"]

    def __missing__(self, word: str) -> Worth:
        found = _number(word) if word[0].isdecimal() else self._word(word)
        if len(self) < MOST_REMEMBERED:
            self[word] = found
        return found

    def _word(self, word: str) -> Worth:
        lexicon, model = self._tables.lexicon, self._tables.model
        number = lexicon.ids[word]
        place, known = number & WORD_MASK, number <= WORD_MASK
        if word in UNTOLD or len(word) > LONGEST or (known and self._written[place] > 0):
            return NOTHING
        row = int(lexicon["word.ngrams"][place]) if known else UNKNOWN_ID
        nats = MOST_NATS if row == UNKNOWN_ID else -float(model.unigram_log_probs([row])[0])
        worth = max(0.0, min(nats, MOST_NATS) - COMMON)
        return Worth(worth * SWAPPED if known and self._swapped[place] else worth, worth)


def swappable(lexicon: CompiledLexicon) -> NDArray[np.bool_]:
    """Return for each word of the vocabulary whether it is an original of the lexicon or a form in the thesaurus."""
    found = np.zeros(len(lexicon["word.node"]), dtype=np.bool_)
    starts = lexicon["wording.start"]
    found[lexicon["wording.word"][starts[:-1][np.diff(starts) == 1]]] = True
    forms = lexicon["surface.key"]
    found[forms[forms <= len(found)] - 1] = True  # a key of one word is its number plus one
    return found


def _number(word: str) -> Worth:
    figures = sum(map(str.isdecimal, word))
    if figures < 3 or len(word) > LONGEST or (len(word) == 4 and word[:2] in ("19", "20")):
        return NOTHING  # a year, or a number that many texts hold
    worth = NUMBER if figures == 3 else LONG_NUMBER
    return Worth(worth, worth)


def bag_of(text: str, worths: Worths) -> dict[str, float]:
    """Return the folded words of *text* that identify its story, each with its weight in nats.

    The weight grows with the logarithm of how often the word stands in the text. A word is a name if it is capitalised
    inside a sentence somewhere.
    """
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    counts: dict[str, int] = {}
    for word, count in Counter(WORD.findall(text)).items():
        folded = word.lower()
        counts[folded] = counts.get(folded, 0) + count
    found = {word: worth for word in counts if (worth := worths[word].word)}
    found |= {word: worth for word in set(map(str.lower, INSIDE.findall(text))) if (worth := worths[word].name)}
    return {word: worth * (1.0 + log(counts[word])) for word, worth in found.items()}


def keys_of(bag: Bag) -> tuple[str, ...]:
    """Return the words by which an article is found: the MOST_KEYS of greatest weight, of at least LEAST_KEY each."""
    telling = sorted((-worth, word) for word, worth in bag.items() if worth >= LEAST_KEY)
    return tuple(word for _, word in telling[:MOST_KEYS])
