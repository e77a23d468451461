"""Which words spinners swap for which: what a context model learns to tell apart."""

from collections.abc import Iterator, Sequence

from normalizer.lexicon import Lexicon
from normalizer.lexicon.compiling import expand
from normalizer.tokens import fold_words


def swapped_words(lexicon: Lexicon, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (spun, original) for all pairs of *words* that the lexicon has as a swap, inflected forms included.

    words: folded words of a model, whose order is kept. Guards of entries are ignored.
    """
    known, stretches = set(words), expand(lexicon.entries)
    for word in words:
        rows = stretches[word,] if word[:1].isalpha() and (word,) in stretches else ()
        for original in dict.fromkeys(fold_words(row.text) for row in rows):
            if len(original) == 1 and original[0] in known and original[0] != word:
                yield word, original[0]
