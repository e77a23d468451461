"""Which words may stand for each other: a pack of word pairs that is used only where a reference has the other word.

A reference also says things that the article does not say. An aligned pair of words is plausibly a swap only if the two
words are near each other in the pack. The pack is too broad to propose readings by itself, so it is not part of the
lexicon and not loaded with it.
"""

import gzip
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from normalizer.errors import LexiconError
from normalizer.lexicon.files import shipped_folder
from normalizer.surface import analyses

PACK = "ref_thesaurus.txt.gz"


@lru_cache(maxsize=1)
def thesaurus() -> Mapping[str, frozenset[str]]:
    """Return for each word (folded, base form) the words that it may stand for, a symmetric relation; read only once.

    Raises LexiconError if the pack is missing or damaged.
    """
    path = shipped_folder() / PACK
    try:
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise LexiconError(f"{path}: cannot read the thesaurus pack ({error}); reinstall normalizer") from error
    near: dict[str, set[str]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            word, _, others = line.partition("\t")
            for other in others.split():
                near.setdefault(word, set()).add(other)
                near.setdefault(other, set()).add(word)
    return MappingProxyType({word: frozenset(others) for word, others in near.items()})


@lru_cache(maxsize=50_000)
def near(word: str, other: str) -> bool:
    """Say whether two folded words may stand for each other in the same inflection: "battles" and "wars", not "war"."""
    table, theirs = thesaurus(), analyses(other)
    return any(
        (one.pos, one.tag) == (two.pos, two.tag) and two.lemma in table.get(one.lemma, ())
        for one in analyses(word)
        for two in theirs
    )
