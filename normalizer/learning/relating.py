"""Making the thesaurus pack: word pairs that the known habits of the families put near each other.

    python -m normalizer.learning.relating -o lexicons/ref_thesaurus.txt.gz

Two words are near if one is spun to the other, or if both are spun forms, or both originals, of a third word. Only
entries with a source `known:` count, which were not read off pages, so that the pack holds nothing of a page that a
test leaves out.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import combinations
from pathlib import Path

import click

from normalizer.errors import NormalizerError
from normalizer.files import write_atomically
from normalizer.language_model import LanguageModel
from normalizer.lexicon import Entry, Lexicon
from normalizer.lexicon.entries import FUNCTION_WORDS

VOCABULARY = 12_000  # most frequent words of clean news; rarer ones are seldom in references
MOST_PAIRS = 60_000
DIRECT = 4.0  # support of a pair by a direct swap
WIDEST = 60  # a third word with more neighbours than this ("make", "get") makes no pairs
NOTE = (
    "# Words near each other by the known habits in the lexicons beside this file; MIT, like them.",
    "# Rebuilt by: python -m normalizer.learning.relating -o lexicons/ref_thesaurus.txt.gz",
)


def near_pairs(entries: Iterable[Entry], vocabulary: Collection[str], most: int = MOST_PAIRS) -> list[tuple[str, str]]:
    """Return the best supported pairs of single words in *vocabulary*, at most *most*, sorted; each pair is sorted."""
    direct: Counter[tuple[str, str]] = Counter()
    around: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        known = any(source.startswith("known:") for source in entry.sources)
        if (
            known
            and entry.kind == "lexical"
            and entry.pos
            and _usable(entry.spun, vocabulary)
            and _usable(entry.original, vocabulary)
        ):
            for pos in entry.pos:
                direct[_pair(entry.spun, entry.original)] += 1
                around[entry.original, pos].add(entry.spun)
                around[entry.spun, pos].add(entry.original)
    support: dict[tuple[str, str], float] = defaultdict(float)
    for pair in direct:
        support[pair] += DIRECT
    for words in around.values():
        if len(words) <= WIDEST:
            for pair in combinations(sorted(words), 2):
                support[pair] += 1.0 / (len(words) - 1) ** 0.5
    best = sorted(support, key=lambda pair: (-support[pair], pair))[:most]
    return sorted(best)


def _usable(word: str, vocabulary: Collection[str]) -> bool:
    return word.isalpha() and word in vocabulary and word not in FUNCTION_WORDS


def _pair(left: str, right: str) -> tuple[str, str]:
    return (left, right) if left < right else (right, left)


def pack(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return the packed file: `word<TAB>others`, each pair once. The same pairs give the same bytes."""
    rows: dict[str, list[str]] = defaultdict(list)
    for left, right in pairs:
        rows[left].append(right)
    text = "\n".join([*NOTE, *(f"{word}\t{' '.join(others)}" for word, others in sorted(rows.items())), ""])
    return gzip.compress(text.encode(), 9, mtime=0)


@click.command()
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="Write this file.")
def main(output: Path) -> None:
    """Write the thesaurus pack."""
    try:
        vocabulary = frozenset(LanguageModel.load().words[:VOCABULARY])
        pairs = near_pairs(Lexicon.load().entries, vocabulary)
        data = pack(pairs)
        write_atomically(output, data)
    except NormalizerError as error:
        click.echo(error, err=True)
        click.get_current_context().exit(2)
    click.echo(f"{len(pairs)} pairs of {len({word for pair in pairs for word in pair})} words, {len(data)} bytes")


if __name__ == "__main__":
    main()
