"""Known spinner substitutions: entries, their files, and finding them in a text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from normalizer.lexicon.entries import OPEN, Entry, Guard, format_line
from normalizer.lexicon.files import FAMILIES, read_entries, shipped_files
from normalizer.lexicon.matcher import Match, build_trie, find_matches, find_stretches
from normalizer.lexicon.signs import read_signs, spun_signs

__all__ = ["FAMILIES", "OPEN", "Entry", "Guard", "Lexicon", "Match"]

# An original was seen spun in few ways out of many: this much evidence is reserved for forms not in the lexicon.
UNSEEN_WEIGHT = 1.0


class Lexicon:
    """An immutable set of entries, ready for matching.

    Load the shipped one with `Lexicon.load()`; files named there add to it.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self._totals: dict[tuple[str, str], float] = defaultdict(float)
        for entry in self.entries:
            self._totals[entry.family, entry.original] += entry.weight
        self._trie = build_trie(self.entries)
        self.memo: dict[tuple[str, ...], Any] = {}  # what other rooms worked out for a stretch; only ever added to

    @classmethod
    def load(cls, extra: Sequence[Path] = (), *, shipped: bool = True) -> "Lexicon":
        """Read the shipped lexicons and *extra* files. Raises LexiconError naming file and line."""
        known = (entry for path in (shipped_files() if shipped else ()) for entry in read_entries(path, trusted=True))
        return cls([*known, *(entry for path in extra for entry in read_entries(path))])

    def matches(self, words: Sequence[str]) -> Iterator[Match]:
        """Yield every spun form in the folded *words*."""
        return find_matches(self._trie, words)

    def stretches(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of every stretch of the folded *words* that is a spun form."""
        return find_stretches(self._trie, words)

    def strength(self, entry: Entry) -> float:
        """Return an estimate of P(spun form | original was swapped, family)."""
        return entry.weight / (self._totals[entry.family, entry.original] + UNSEEN_WEIGHT)

    def without(self, *sources: str) -> "Lexicon":
        """Return the lexicon as it would be had *sources* never been read (leave-one-out)."""
        entries: Iterable[Entry] = self.entries
        for source in sources:
            entries = [left for entry in entries if (left := entry.without(source)) is not None]
        return Lexicon(entries)

    def spun_signs(self, words: Sequence[str]) -> float:
        """Return by how many nats a word the folded *words* look spun at a glance."""
        return spun_signs(self.signs, words)

    @cached_property
    def signs(self) -> dict[tuple[str, ...], float]:
        """What each spun form tells of a spinner (nats), see `signs`."""
        return read_signs(self.entries)

    @cached_property
    def signature(self) -> str:
        """A short hash of all entries, for reports."""
        digest = sha256()
        lines = sorted(f"{entry.family} {entry.kind} {format_line(entry)}" for entry in self.entries)
        digest.update("\n".join(lines).encode())
        return digest.hexdigest()[:12]
