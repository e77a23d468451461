"""Which words may stand for each other: a pack that is asked only where a reference speaks.

A reference and an article say other things, too; that an aligned pair of words is a swap is plausible only if the
words are near each other. The pack is too wide to propose anything by itself, so it is no lexicon and is not loaded
with it.
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
    """Return for each word (folded, base form) the words it may stand for; symmetric. Read once, when first asked for.

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
