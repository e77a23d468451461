"""Which words spinners swap for which: what a context model learns to tell apart."""

from collections.abc import Iterator, Sequence

from normalizer.lexicon import Lexicon
from normalizer.lexicon.compiling import expand
from normalizer.tokens import fold_words


def swapped_words(lexicon: Lexicon, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (spun, original) for every two of *words* of which the lexicon reads the one as the other.

    In the order of *words*, folded words of a model. Inflected forms count, guards do not.
    """
    known, stretches = set(words), expand(lexicon.entries)
    for word in words:
        rows = stretches[word,] if word[:1].isalpha() and (word,) in stretches else ()
        for original in dict.fromkeys(fold_words(row.text) for row in rows):
            if len(original) == 1 and original[0] in known and original[0] != word:
                yield word, original[0]
