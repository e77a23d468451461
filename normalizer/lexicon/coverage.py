"""How much of what spinners were seen to do the lexicon knows: coverage of a list of observed swaps."""

import fnmatch
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from normalizer.errors import LexiconError
from normalizer.lexicon import Entry, Lexicon
from normalizer.surface import inflect_phrase
from normalizer.tokens import fold_words

Words = tuple[str, ...]
# By stretch of the spun phrase (start, end): the folded readings and their weights in observed occurrences.
Options = Mapping[tuple[int, int], Mapping[Words, float]]


class Swap(NamedTuple):
    """An observed substitution. times: how often it was seen. families: the labels of the spinners that did it."""

    spun: str
    original: str
    times: float = 1.0
    families: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """Swaps counted: all, those proposed at all, those proposed first; each also weighted by occurrences."""

    total: int = 0
    proposed: int = 0
    first: int = 0
    weight: float = 0.0
    weight_proposed: float = 0.0
    weight_first: float = 0.0

    def add(self, count: float, proposed: bool, first: bool) -> None:
        """Count one swap seen *count* times."""
        self.total += 1
        self.proposed += proposed
        self.first += first
        self.weight += count
        self.weight_proposed += count * proposed
        self.weight_first += count * first

    def as_json(self) -> dict[str, float]:
        """Return the counts and shares."""
        return {
            "total": self.total, "proposed": self.proposed, "first": self.first,
            "weight": round(self.weight, 2), "weight_proposed": round(self.weight_proposed, 2),
            "weight_first": round(self.weight_first, 2),
        }  # fmt: skip


@dataclass(slots=True)
class Coverage:
    """What a lexicon knows of a list of swaps.

    misses: the swaps that it does not propose, most frequent first. unusable: rows left out, since a side has no words
    or both are the same.
    """

    overall: Tally = field(default_factory=Tally)
    families: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    misses: list[Swap] = field(default_factory=list)
    unusable: int = 0

    def as_json(self) -> dict[str, object]:
        """Return the object of `lexicon coverage --json`."""
        by_size = sorted(self.families.items(), key=lambda item: (-item[1].total, item[0]))
        return {
            **self.overall.as_json(),
            "unusable": self.unusable,
            "families": {label: tally.as_json() for label, tally in by_size},
            "misses": [
                {"spun": m.spun, "original": m.original, "count": m.times, "family": ",".join(m.families)}
                for m in self.misses
            ],
        }


def read_swaps(path: Path) -> list[Swap]:
    """Read a TSV with a header that names `spun` and `original`, perhaps `count` and `family`.

    Other columns are ignored. Raises LexiconError naming the file and line.
    """
    try:
        rows = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: expected a UTF-8 TSV file of swaps, found: {error}") from error
    names = rows[0].split("\t") if rows else []
    if not {"spun", "original"} <= set(names):
        raise LexiconError(
            f"{path}, line 1: expected a header with the columns spun and original, found {names}; add the header"
        )
    return [
        _swap(path, number, dict(zip(names, row.split("\t"), strict=False)))
        for number, row in enumerate(rows[1:], 2)
        if row
    ]


def _swap(path: Path, number: int, cells: Mapping[str, str]) -> Swap:
    try:
        count = float(cells.get("count") or 1)
    except ValueError:
        raise LexiconError(f"{path}, line {number}: count {cells['count']!r}: expected a number") from None
    if "original" not in cells:
        raise LexiconError(
            f"{path}, line {number}: expected tab-separated cells as the header names them, found {cells}"
        )
    labels = tuple(dict.fromkeys(label.strip() for label in cells.get("family", "").split(",") if label.strip()))
    return Swap(cells["spun"], cells["original"], count, labels)


def cover(lexicon: Lexicon, swaps: Iterable[Swap]) -> Coverage:
    """Count which *swaps* the lexicon proposes, without context: guards are taken as open."""
    result = Coverage()
    for swap in swaps:
        spun, original = fold_words(swap.spun), fold_words(swap.original)
        if not spun or not original or spun == original:
            result.unusable += 1
            continue
        proposed, first = judge(lexicon, spun, original)
        for tally in (result.overall, *(result.families[label] for label in swap.families)):
            tally.add(swap.times, proposed, first)
        if not proposed:
            result.misses.append(swap)
    result.misses.sort(key=lambda swap: (-swap.times, swap.spun, swap.original))
    return result


def judge(lexicon: Lexicon, spun: Words, original: Words) -> tuple[bool, bool]:
    """Say whether the lexicon reads *spun* as *original* at all, and whether as its first choice (all folded).

    First choice: the strongest reading of the whole phrase, or, where that has none, the strongest readings of its
    parts, other words being kept.
    """
    found = options(lexicon, spun)
    if not composes(spun, original, found):
        return False, False
    whole = found.get((0, len(spun)))
    strongest = {stretch: strongest_only(readings) for stretch, readings in found.items()}
    return True, original in strongest_only(whole) if whole else composes(spun, original, strongest)


def options(lexicon: Lexicon, words: Sequence[str]) -> Options:
    """Return every reading of every stretch of the folded *words*."""
    found: dict[tuple[int, int], dict[Words, float]] = defaultdict(lambda: defaultdict(float))
    counted: set[tuple[int, int, Words, Entry]] = set()  # one entry may match as noun, as verb and in several tenses
    for match in lexicon.matches(words):
        text = inflect_phrase(match.entry.original, match.pos, match.tag) if match.pos else match.entry.original
        if text is not None and (reading := fold_words(text)) != tuple(words[match.start : match.end]):
            key = (match.start, match.end, reading, match.entry)
            if key not in counted:
                counted.add(key)
                found[match.start, match.end][reading] += match.entry.weight
    return found


def strongest_only(readings: Mapping[Words, float]) -> Mapping[Words, float]:
    """Return the one reading that the lexicon holds most likely; ties go to the alphabetically first."""
    best = min(readings, key=lambda words: (-readings[words], words))
    return {best: readings[best]}


def composes(spun: Words, original: Words, found: Options) -> bool:
    """Say whether readings of parts of *spun*, other words kept, make up *original*; at least one part is read anew."""
    reached = {(0, 0)}  # so many words of the spun phrase read, so many of the original written
    for start in range(len(spun)):
        steps = [
            (start + 1, (spun[start],)),
            *((end, text) for (a, end), texts in found.items() if a == start for text in texts),
        ]
        for done in [written for read, written in reached if read == start]:
            reached |= {(end, done + len(text)) for end, text in steps if original[done : done + len(text)] == text}
    return (len(spun), len(original)) in reached


def without_sources(entries: Iterable[Entry], leave_out: Callable[[str], bool]) -> list[Entry]:
    """Return the entries as they would be had the sources that *leave_out* names never been read."""
    left = []
    for entry in entries:
        kept: Entry | None = entry
        for source in entry.sources:
            if kept is not None and leave_out(source):
                kept = kept.without(source)
        if kept is not None:
            seen = any(not source.startswith("known:") for source in kept.sources)
            left.append(kept if seen else replace(kept, count=0.0))
    return left


def source_filter(patterns: Sequence[str], known_only: bool) -> Callable[[str], bool]:
    """Return what `--without-source PATTERN` (wildcards as in file names) and `--known-only` leave out."""

    def leave_out(source: str) -> bool:
        return (known_only and not source.startswith("known:")) or any(fnmatch.fnmatchcase(source, p) for p in patterns)

    return leave_out


def text_report(coverage: Coverage, misses: int) -> str:
    """Return the figures as a table, shares of rows and of occurrences, and the first *misses* misses."""
    rows = [("all", coverage.overall)]
    rows += sorted(coverage.families.items(), key=lambda item: (-item[1].total, item[0]))
    lines = [f"{'family':18}{'rows':>7}{'proposed':>10}{'first':>8}{'weighted':>10}{'first':>8}"]
    for label, tally in rows:
        shares = (tally.proposed / max(1, tally.total), tally.first / max(1, tally.total))
        weighted = (tally.weight_proposed / (tally.weight or 1), tally.weight_first / (tally.weight or 1))
        lines.append(f"{label:18}{tally.total:7}{shares[0]:10.1%}{shares[1]:8.1%}{weighted[0]:10.1%}{weighted[1]:8.1%}")
    if coverage.unusable:
        lines.append(f"{coverage.unusable} rows left out: a side without words, or both sides the same")
    lines += [
        "",
        f"{len(coverage.misses)} not proposed" + (", the most frequent:" if coverage.misses and misses else ""),
    ]
    lines += [
        f"  {m.spun} <- {m.original}  ({m.times:g}, {','.join(m.families) or '?'})" for m in coverage.misses[:misses]
    ]
    return "\n".join(lines) + "\n"
