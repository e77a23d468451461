"""Known spinner substitutions: entries, their files, finding them in a text, and their compiled form."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from normalizer.arguments import items_of, paths_of
from normalizer.errors import LexiconError
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.lexicon.compiled import CompiledLexicon
from normalizer.lexicon.compiling import Vocabulary, compile_columns, evidence_columns, sign_columns, text_columns
from normalizer.lexicon.entries import EVERY, OPEN, Entry, Guard, format_line
from normalizer.lexicon.files import FAMILIES, read_entries, shipped_files, shipped_thesaurus, warn_of_families
from normalizer.lexicon.matcher import Match, build_trie, find_matches, find_stretches
from normalizer.lexicon.packed import (
    cache_file,
    content_key,
    known_lexicon,
    load_or_compile,
    read_lexicon,
    write_lexicon,
)
from normalizer.lexicon.signs import read_signs, spun_signs
from normalizer.lexicon.thesaurus import NO_THESAURUS, read_thesaurus

__all__ = [
    "FAMILIES", "OPEN", "CompiledLexicon", "Entry", "Guard", "Lexicon", "Match", "Vocabulary", "keep_compiled",
    "load_compiled", "vocabulary_of",
]  # fmt: skip

# An original was seen spun in few ways out of many: this much evidence is reserved for forms not in the lexicon.
UNSEEN_WEIGHT = 1.0


Paths = str | Path | Sequence[str | Path]
Models = tuple[LanguageModel, AssociationModel, ContextModel]


def _switched_off(entries: Sequence[Entry], off: Sequence[Entry], complete: bool) -> Iterator[Entry]:
    """Yield *entries* but those that one of *off* names. complete: whether all that it may name is among them."""
    pairs = {(entry.spun, entry.original) for entry in off}
    known = {pair for entry in entries if not entry.guard.never for pair in _pairs(entry)}
    if complete and (idle := sorted(pairs - known)):
        spun, original = idle[0]
        raise LexiconError(
            f"a lexicon says never of {spun!r} -> {original!r}, expected an entry that this switches off, found none; "
            f"write it as `normalizer lexicon show {spun.split()[0]}` does"
        )
    return (entry for entry in entries if not entry.guard.never and pairs.isdisjoint(_pairs(entry)))


def _pairs(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Return how a line with `never` may name *entry*."""
    return (entry.spun, entry.original), (entry.spun, EVERY)


class Lexicon:
    """An immutable set of entries: known substitutions of spinners, each a spun form and its original.

    Load the shipped one with `Lexicon.load()`; files named there add to it. For reading articles a lexicon is compiled
    into columns; its own ways to find spun forms are for the tools that work on lexicons.

    Attributes:
        entries: The entries of all families.

    Example:
        >>> lexicon = Lexicon([Entry("newshounds", "reporters", family="b")])
        >>> [(match.start, match.end) for match in lexicon.matches(["the", "newshounds", "said"])]
        [(1, 2)]
    """

    def __init__(self, entries: Iterable[Entry], thesaurus: Path | None = None) -> None:
        """Take entries.

        Args:
            entries: The entries of all families together.
            thesaurus: The file of a thesaurus pack that stands behind them, for words that no entry knows.

        Raises:
            ArgumentError: For what is no series of entries.
        """
        self._thesaurus = thesaurus
        self.entries: tuple[Entry, ...] = tuple(items_of(entries, Entry, "entries"))
        self._totals: dict[tuple[str, str], float] = defaultdict(float)
        for entry in self.entries:
            self._totals[entry.family, entry.original] += entry.weight
        self._origin: tuple[Lexicon, tuple[int, ...]] | None = None  # what it is a part of, and which entries it has
        self._compiled: dict[Models, CompiledLexicon] = {}

    @classmethod
    def load(cls, extra: Paths = (), *, shipped: bool = True) -> "Lexicon":
        """Read the shipped lexicons, and files besides.

        Args:
            extra: One file or a list of files in the format of lexicons (`lexicons/README.md`). The first part of a
                name, before an underline, is the family: `a_mine.tsv`. Lines with the guard `never` switch other
                entries off.
            shipped: Whether the shipped lexicons are read at all.

        Returns:
            The lexicon of all of them. To read the shipped ones takes a second.

        Raises:
            LexiconError: For a line that breaks the format, naming file and line, and for a `never` that switches
                nothing off.
            ArgumentError: For what is no path.

        Warns:
            NormalizerWarning: For a file whose name tells no family.

        Example:
            >>> len(Lexicon.load().entries) > 10_000
            True
        """
        paths = paths_of(extra, "extra")
        warn_of_families(paths)
        return cls._read(paths, shipped=shipped)

    @classmethod
    def _read(cls, extra: Sequence[Path], *, shipped: bool = True) -> "Lexicon":
        known = (entry for path in (shipped_files() if shipped else ()) for entry in read_entries(path, trusted=True))
        entries = [*known, *(entry for path in extra for entry in read_entries(path))]
        off = [entry for entry in entries if entry.guard.never]
        kept = _switched_off(entries, off, shipped) if off else entries
        return cls(kept, shipped_thesaurus() if shipped else None)

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

        def left(entry: Entry) -> Entry | None:
            found: Entry | None = entry
            for source in sources:
                found = found.without(source) if found is not None else None
            return found

        return self._part(left)

    def where(self, wanted: Callable[[Entry], bool]) -> "Lexicon":
        """Return the lexicon of the *wanted* entries."""
        return self._part(lambda entry: entry if wanted(entry) else None)

    def _part(self, left: Callable[[Entry], Entry | None]) -> "Lexicon":
        """Return the lexicon of what is *left* of each entry; it shares the compiled form of this one."""
        kept = [(number, entry) for number, old in enumerate(self.entries) if (entry := left(old)) is not None]
        part = Lexicon(entry for _, entry in kept)
        whole, numbers = self._origin or (self, tuple(range(len(self.entries))))
        part._origin = whole, tuple(numbers[number] for number, _ in kept)
        return part

    def compiled(self, models: Models) -> CompiledLexicon:
        """Return the columns that articles are read with beside *models*; compiled once, and remembered."""
        known = self._compiled.get(models)
        if known is None:
            made = self._compile(models) if self._origin is None else self._reweighed(models, *self._origin)
            known = self._compiled[models] = made
        return known

    def adopt(self, models: Models, compiled: CompiledLexicon) -> None:
        """Take *compiled* for the compiled form of these entries: it was loaded from where they come from."""
        self._compiled[models] = compiled

    def _compile(self, models: Models) -> CompiledLexicon:
        strengths, vocabulary = [self.strength(entry) for entry in self.entries], vocabulary_of(models)
        thesaurus = NO_THESAURUS if self._thesaurus is None else read_thesaurus(self._thesaurus)
        columns, guards = compile_columns(self.entries, strengths, self.signs, vocabulary, thesaurus)
        return CompiledLexicon(columns, guards, len(vocabulary.words), self.signature)

    def _reweighed(self, models: Models, whole: "Lexicon", numbers: Sequence[int]) -> CompiledLexicon:
        """Return the compiled form of *whole* with the evidence of this part of it: the entries *numbers*."""
        base = whole.compiled(models)
        columns = {name: np.zeros(len(whole.entries)) for name in ("entry.weight", "entry.count", "entry.strength")}
        alive = np.zeros(len(whole.entries), dtype=np.bool_)
        own = np.array(numbers, dtype=np.int64)
        alive[own] = True
        for name, values in evidence_columns(self.entries, [self.strength(entry) for entry in self.entries]).items():
            columns[name][own] = values
        described = dict(zip(numbers, (entry.describe() for entry in self.entries), strict=True))
        columns |= text_columns("entry", [described.get(number, "") for number in range(len(whole.entries))])
        columns |= sign_columns(self.entries, self.signs, base.places())
        return base.with_entries(columns, alive, self.signature)

    @cached_property
    def _trie(self) -> Any:
        return build_trie(self.entries)

    def spun_signs(self, words: Sequence[str]) -> float:
        """Return by how many nats a word the folded *words* look spun at a glance."""
        return spun_signs(self.signs, words)

    @cached_property
    def signs(self) -> dict[tuple[str, ...], float]:
        """What each spun form tells of a spinner (nats), see `signs`."""
        return read_signs(self.entries)

    @cached_property
    def signature(self) -> str:
        """A short hash of all entries and of the thesaurus behind them, for reports."""
        digest = sha256(self._thesaurus.read_bytes() if self._thesaurus is not None else b"")
        lines = sorted(f"{entry.family} {entry.kind} {format_line(entry)}" for entry in self.entries)
        digest.update("\n".join(lines).encode())
        return digest.hexdigest()[:12]


@lru_cache(maxsize=8)
def vocabulary_of(models: Models) -> Vocabulary:
    """Return the words of three models, numbered together; worked out once for each three."""
    model, association, context = models
    named = {"ngrams": model, "topics": association, "context": context}
    words = (word for each in models for word in each.words)
    return Vocabulary.of(words, {name: each.ids for name, each in named.items()}, model.trigrams)


def load_compiled(models: Models, extra: Sequence[Path] = ()) -> CompiledLexicon:
    """Return the shipped lexicon and *extra* files compiled for these models, from the cache where it is there.

    Raises LexiconError naming file and line.
    """

    def compiled() -> CompiledLexicon:
        return Lexicon._read(extra).compiled(models)

    warn_of_families(extra)
    if not _readable_twice(extra):  # the reader of the files says what is wrong with one that cannot be read
        return compiled()
    key = _key(models, extra)
    return load_or_compile(key, compiled, lambda: _key(models, extra) == key)


def _readable_twice(paths: Sequence[Path]) -> bool:
    """Say whether *paths* are all files; what comes through a pipe can be read once only, and has no key."""
    try:
        return all(path.is_file() and os.access(path, os.R_OK) for path in paths)
    except ValueError:  # a path that no file can have
        return False


def _key(models: Models, extra: Sequence[Path]) -> str:
    behind = [path for path in (shipped_thesaurus(),) if path is not None]
    return content_key([*shipped_files(), *behind, *extra], [each.signature for each in models])


def keep_compiled(
    models: Models, extra: Sequence[Path] = (), target: Path | None = None, *, anew: bool = False
) -> tuple[Path, CompiledLexicon, bool]:
    """See to it that the shipped lexicon and *extra* files are compiled for these models, in a file.

    target: the file, or a folder that takes it under the name that it has in the cache; None for the cache, where a
    lexicon that ships need not be. anew: whatever is there already. Returns the file, the lexicon in it, and whether it
    was compiled now. Raises LexiconError naming file and line, and OSError if the file cannot be written.
    """
    warn_of_families(extra)
    if not _readable_twice(extra):
        Lexicon._read(extra)  # raises what is wrong with them
        names = ", ".join(map(str, extra))
        raise LexiconError(f"{names}: expected lexicon files, found a pipe; write it to a file first")
    key = _key(models, extra)
    place = cache_file(key) if target is None else target
    if place.is_dir():
        place /= cache_file(key).name
    known = None if anew else known_lexicon(key) if target is None else read_lexicon(place, key)
    if known is not None:
        return known.file.path, known, False
    place.parent.mkdir(parents=True, exist_ok=True)
    compiled = Lexicon._read(extra).compiled(models)
    if _key(models, extra) != key:
        raise LexiconError("the lexicon files were changed while they were read; run it again")
    write_lexicon(place, compiled, key)
    return place, compiled, True
