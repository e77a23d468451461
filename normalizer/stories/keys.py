"""What of a text survives a spinner and tells its story from others: names, numbers, rare words, each with its weight.

Nothing is learnt from the texts that are searched: what a word tells follows from the n-gram model and the lexicon
alone, so that a text has the same keys wherever, and whenever, it is looked at.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from math import log

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.words import UNKNOWN_ID
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.references.prepared import CALENDAR
from normalizer.tables import Tables
from normalizer.tokens import INVISIBLE

Bag = Mapping[str, float]

WORD = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,]\d+)*")
# A word with a capital behind a word or a mark that ends no sentence.
INSIDE = re.compile(r"(?<=[^\W_] |[,;:&(-] )[^\W\d_a-z][^\W_]+")
LONGEST = 40  # letters; longer ones are addresses, codes, or text without blanks
LONGEST_TEXT = 300_000  # characters that are looked at: a report of one story is shorter
MOST_NATS = 14.0  # all words rarer than once in a million tell as much
COMMON = 8.0  # nats of surprise below which a word tells nothing: it is one of some 600
NAME = 1.5  # nats that a name tells besides: names are left alone more often, and reports share them
SWAPPED = 0.4  # share of its weight that a word keeps which a thesaurus or the lexicon could swap
NUMBER, LONG_NUMBER = 3.0, 5.0  # nats above COMMON of a number of three figures, and of more
MOST_KEYS = 64
LEAST_KEY = 2.0  # nats above COMMON


class Worths(dict[str, float]):
    """What each folded word tells, in nats above COMMON; words that are not there yet are looked up and remembered.

    What spinners write tells nothing, and what they could swap the less. Looking up is the same in every process.
    """

    def __init__(self, tables: Tables) -> None:
        """Look words up in *tables*."""
        super().__init__()
        self._tables, self._swapped, self._written = tables, swappable(tables.lexicon), tables.lexicon["word.sign"]

    def __missing__(self, word: str) -> float:
        found = _number(word) if word[0].isdecimal() else self._word(word)
        if len(self) < MOST_REMEMBERED:
            self[word] = found
        return found

    def _word(self, word: str) -> float:
        lexicon, model = self._tables.lexicon, self._tables.model
        number = lexicon.ids[word]
        place, known = number & WORD_MASK, number <= WORD_MASK
        if word in CALENDAR or (known and self._written[place] > 0):
            return 0.0
        row = int(lexicon["word.ngrams"][place]) if known else UNKNOWN_ID
        nats = MOST_NATS if row == UNKNOWN_ID else -float(model.unigram_log_probs([row])[0])
        return max(0.0, min(nats, MOST_NATS) - COMMON) * (SWAPPED if known and self._swapped[place] else 1.0)


MOST_REMEMBERED = 500_000  # words: some 50 MB


def swappable(lexicon: CompiledLexicon) -> NDArray[np.bool_]:
    """Return for each word of the vocabulary whether the lexicon or the thesaurus could swap it, or puts it back."""
    found = np.zeros(len(lexicon["word.node"]), dtype=np.bool_)
    starts = lexicon["wording.start"]
    found[lexicon["wording.word"][starts[:-1][np.diff(starts) == 1]]] = True
    forms = lexicon["surface.key"]
    found[forms[forms <= len(found)] - 1] = True  # a key of one word is its number plus one
    return found


def _number(word: str) -> float:
    figures = sum(map(str.isdecimal, word))
    if figures < 3 or (len(word) == 4 and word[:2] in ("19", "20")):  # a year, or a number that many texts hold
        return 0.0
    return NUMBER if figures == 3 else LONG_NUMBER


def bag_of(text: str, worths: Worths) -> dict[str, float]:
    """Return the folded words of *text* that tell its story, each with its weight (nats).

    A word tells more the more often it stands there, and if it is a name.
    """
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    counts: dict[str, int] = {}
    for word, count in Counter(WORD.findall(text)).items():
        folded = word.lower()
        counts[folded] = counts.get(folded, 0) + count
    found = {word: worths[word] for word in counts if len(word) <= LONGEST}
    for word in set(map(str.lower, INSIDE.findall(text))):
        if worth := found.get(word, 0.0):
            found[word] = worth + NAME
    return {word: worth * (1.0 + log(counts[word])) for word, worth in found.items() if worth}


def keys_of(bag: Bag) -> tuple[str, ...]:
    """Return the words of a bag that an article is found by: the MOST_KEYS that tell most."""
    telling = sorted((-worth, word) for word, worth in bag.items() if worth >= LEAST_KEY)
    return tuple(word for _, word in telling[:MOST_KEYS])
