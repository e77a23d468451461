"""Checking lexicon files: what would not load, never fires, contradicts another line, or looks like a slip of the pen.

Levels: an *error* breaks the format or can do nothing, a *warning* wants a second look, a *note* states a fact
about the whole (both-way swaps are how the families behave, so they are counted, not forbidden).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import regex

from normalizer.errors import LexiconError
from normalizer.lexicon.entries import OPEN, Entry, format_guard, format_line, head_of, parse_line
from normalizer.lexicon.files import HEADER, family_and_kind, unreadable
from normalizer.lexicon.meanings import change_of_meaning, is_guarded
from normalizer.surface import analyses
from normalizer.tokens import fold_words

LEVELS = ("error", "warning", "note")
SOURCE = regex.compile(r"[\w:./()\-;+&%~=,'’]+")
REMEDIES = (  # what the start of a parse error is about, and what to do
    ("expected 7 tab", "put a tab between cells, and leave the cell empty where there is nothing to say"),
    ("pos", "write - for a fixed form"),
    ("unknown guard", "separate guards by single spaces"),
    ("source", "write known:N for the N-th habit of the original"),
)
Knows = Callable[[str], bool]


class Finding(NamedTuple):
    """Something to look at.

    file: its path as given. line: from 1; 0 for the file as a whole. level: one of LEVELS. check: the name of the
    check, for grouping.
    """

    file: str
    line: int
    level: str
    message: str
    check: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.message}"


class Line(NamedTuple):
    """A lexicon entry and where it stands."""

    file: str
    number: int
    entry: Entry

    def finding(self, level: str, check: str, message: str) -> Finding:
        """Return a finding about this line."""
        return Finding(self.file, self.number, level, message, check)


def lint(paths: Iterable[Path], knows: Knows | None = None) -> list[Finding]:
    """Return all findings in the lexicon files *paths*, errors first, then by file and line.

    knows: says whether a folded word is in some vocabulary; words of lemminflect's tables always count as known.
    Raises LexiconError for a file that cannot be read at all.
    """
    findings: list[Finding] = []
    lines: list[Line] = []
    for path in paths:
        _read(path, lines, findings)
    for check in (_order, _twice, _several_files, _void_guards, _deaf_guards, _never_found, _sources, _meanings):
        findings += check(lines)
    findings += _unknown_words(lines, knows or (lambda word: False))
    findings += _both_ways(lines)
    findings += _chains(lines)
    return sorted(findings, key=lambda f: (LEVELS.index(f.level), f.file, f.line, f.message))


def _read(path: Path, lines: list[Line], findings: list[Finding]) -> None:
    family, kind = family_and_kind(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    rows = [row.rstrip("\r") for row in text.split("\n")]
    if rows[0] != HEADER:
        message = f"expected the header {HEADER!r}, found {rows[0][:80]!r}; put the header in the first line"
        findings.append(Finding(str(path), 1, "error", message, "header"))
    for number, row in enumerate(rows[1:], start=2):
        if row and not row.startswith("#"):
            try:
                lines.append(Line(str(path), number, parse_line(row, family, kind)))
            except LexiconError as error:
                message = _with_remedy(str(error))
                findings.append(Finding(str(path), number, "error", message, "format"))


def _with_remedy(message: str) -> str:
    remedy = next((what for start, what in REMEDIES if message.startswith(start)), "mend the line, or delete it")
    return f"{message}; {remedy}"


def _order(lines: Sequence[Line]) -> Iterator[Finding]:
    """Lines are sorted, so that changes merge without conflicts: `format_file` and `lexicon add` sort."""
    for before, line in pairwise(lines):
        if before.file == line.file and format_line(line.entry) < format_line(before.entry):
            yield line.finding(
                "error", "order", f"{line.entry.spun!r} comes before {before.entry.spun!r}; sort the lines"
            )


def _twice(lines: Sequence[Line]) -> Iterator[Finding]:
    first: dict[tuple[str, str, str, str, str], Line] = {}
    for line in lines:
        key = (line.file, line.entry.spun, line.entry.original, line.entry.pos, format_guard(line.entry.guard))
        earlier = first.setdefault(key, line)
        if earlier is not line:
            message = f"{_pair(line.entry)} stands in line {earlier.number} already; add up their counts in one line"
            yield line.finding("error", "twice", message)


def _several_files(lines: Sequence[Line]) -> Iterator[Finding]:
    """One swap of one family in two files counts twice in every estimate."""
    places: dict[tuple[str, str, str, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        entry = line.entry
        places[entry.family, entry.spun, entry.original, entry.pos, format_guard(entry.guard)].append(line)
    for (family, *_), same in places.items():
        others = [line for line in same[1:] if line.file != same[0].file]
        for line in others:
            where = f"{Path(same[0].file).name}, line {same[0].number}"
            yield line.finding(
                "warning", "several files", f"{_pair(line.entry)} of family {family} also in {where}; keep one"
            )


def _void_guards(lines: Sequence[Line]) -> Iterator[Finding]:
    """A guard is void where the same swap stands without one: then it always speaks."""
    opened: dict[tuple[str, str, str, str], Line] = {}
    for line in lines:
        if line.entry.guard is OPEN or line.entry.guard == OPEN:
            for pos in line.entry.pos or "-":
                opened.setdefault((line.entry.family, line.entry.spun, line.entry.original, pos), line)
    for line in lines:
        entry = line.entry
        free = [opened.get((entry.family, entry.spun, entry.original, pos)) for pos in entry.pos or "-"]
        if entry.guard != OPEN and all(free) and free[0]:
            where = f"{Path(free[0].file).name}, line {free[0].number}"
            yield line.finding(
                "warning", "void guard", f"{_pair(entry)} stands without a guard in {where}; drop one of them"
            )


def _deaf_guards(lines: Sequence[Line]) -> Iterator[Finding]:
    """A neighbour is one token: a guard word that is none, or more, can never stand there."""
    for line in lines:
        guard = line.entry.guard
        for word in (*guard.before, *guard.after):
            if fold_words(word) != (word,) and fold_words(f"x{word}") != ("x", word):
                yield line.finding("error", "deaf guard", f"guard word {word!r} is not one token; name single words")


def _never_found(lines: Sequence[Line]) -> Iterator[Finding]:
    """An inflecting line is found by the lemma of its head; a clitic gives way to nothing but a clitic."""
    for line in lines:
        entry = line.entry
        dead = [pos for pos in entry.pos if not _is_lemma(_head(entry.spun, pos), pos)]
        if dead:
            whole = len(dead) == len(entry.pos)
            message = f"{_head(entry.spun, dead[0])!r} is no base form of class {'/'.join(dead)}"
            message += ", so the line is never found; give the base form" if whole else "; drop the class"
            yield line.finding(*(("warning", "never found") if whole else ("note", "idle class")), message)
        if _clings(entry.spun) != _clings(entry.original):
            message = f"{_pair(entry)} never speaks: one side clings to the word before it, the other does not"
            yield line.finding("warning", "never found", message)


def _sources(lines: Sequence[Line]) -> Iterator[Finding]:
    for line in lines:
        for source in line.entry.sources:
            if not SOURCE.fullmatch(source) or source.count("(") != source.count(")"):
                yield line.finding("warning", "source", f"source {source!r} looks torn; name the page, or known:N")


def _meanings(lines: Sequence[Line]) -> Iterator[Finding]:
    """A repair that changes a unit, a quantity, an obligation or a time does harm that a reader does not see."""
    for line in lines:
        dimension = None if is_guarded(line.entry) else change_of_meaning(line.entry.spun, line.entry.original)
        if dimension is not None:
            message = f"{_pair(line.entry)} changes the meaning ({dimension}); guard it with ref, or delete it"
            yield line.finding("error", "meaning", message)


def _unknown_words(lines: Sequence[Line], knows: Knows) -> Iterator[Finding]:
    """Repairs are written with the words of originals: one that no vocabulary has is likely a slip."""
    seen: set[str] = set()
    for line in lines:
        for word in fold_words(line.entry.original.replace("*", "")):
            if word not in seen and not (not word.isalpha() or knows(word) or _in_tables(word)):
                seen.add(word)
                yield line.finding(
                    "warning", "unknown word", f"original {line.entry.original!r}: unknown word {word!r}"
                )


def _both_ways(lines: Sequence[Line]) -> Iterator[Finding]:
    pairs = {(line.entry.family, line.entry.spun, line.entry.original): line for line in lines}
    for (family, spun, original), line in pairs.items():
        if spun < original and (family, original, spun) in pairs:
            other = pairs[family, original, spun]
            where = f"{Path(other.file).name}, line {other.number}"
            yield line.finding(
                "note", "both ways", f"{spun} <-> {original}: swapped both ways in family {family} ({where})"
            )


def _chains(lines: Sequence[Line]) -> Iterator[Finding]:
    """A spun form that is itself an original of the family: repairing a double spin would take two steps."""
    originals: dict[tuple[str, str], Line] = {}
    for line in lines:
        originals.setdefault((line.entry.family, line.entry.original), line)
    seen: set[tuple[str, str]] = set()
    for line in lines:
        key = (line.entry.family, line.entry.spun)
        if key in originals and key not in seen:
            seen.add(key)
            onward = originals[key].entry.spun
            yield line.finding("note", "chains", f"{line.entry.spun!r} is itself spun, to {onward!r} for one")


def _pair(entry: Entry) -> str:
    return f"{entry.spun} -> {entry.original}"


def _head(phrase: str, pos: str) -> str:
    words, at = head_of(phrase, pos)
    return words[at].lower()


def _clings(phrase: str) -> bool:
    return len(phrase) > 1 and phrase[0] in "'’" and phrase[1].isalpha()


@lru_cache(maxsize=100_000)
def _is_lemma(word: str, pos: str) -> bool:
    return any((a.lemma, a.pos) == (word, pos) for a in analyses(word))


@lru_cache(maxsize=100_000)
def _in_tables(word: str) -> bool:
    import lemminflect

    return bool(lemminflect.getAllLemmas(word))


def summary(findings: Sequence[Finding]) -> str:
    """Return one line that counts the findings by level and check: `2 errors (twice 2), 1 note (both ways 1)`."""
    counts: dict[str, dict[str, int]] = {level: defaultdict(int) for level in LEVELS}
    for finding in findings:
        counts[finding.level][finding.check] += 1
    parts = []
    for level, by_check in counts.items():
        total = sum(by_check.values())
        details = ", ".join(f"{check} {count}" for check, count in by_check.items())
        parts.append(f"{total} {level}{'' if total == 1 else 's'}" + (f" ({details})" if total else ""))
    return "; ".join(parts)
