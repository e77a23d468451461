"""What is measured of the edits of a repair, beyond what the judge measures from the texts.

*Detection* asks whether the right stretches were changed, to whatever wording; *correction*, which the judge measures,
whether the wording is right. *Integrity* counts edits that change a number, a name or a negation. *Calibration*
compares the confidence of edits with the share that is right (expected calibration error over ten bins: Naeini, Cooper
and Hauskrecht 2015).
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Self

from normalizer.edits import Edit
from normalizer.evaluating.gold import Gold, apply_readings
from normalizer.evaluating.judging import judged_words, widen
from normalizer.numerals import NUMERALS

BINS = 10
MOST_WORDINGS = 20_000  # of one place; with more its edits count as wrong: checking them would take minutes


class Summed:
    """Adds frozen dataclasses field by field."""

    __slots__ = ()

    def __add__(self, other: Self) -> Self:
        """Return the counts of both together."""
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))  # type: ignore[arg-type]


# --- detection and correction ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Detection(Summed):
    """How many places of gold repairs were found, and how many repaired rightly.

    needed: needed gold repairs. touched: those that an edit touches. corrected: those repaired rightly (the
    judge's true positives). edits: edits made. aimed: edits that touch any gold repair. optional_touched:
    optional repairs touched.
    """

    needed: int = 0
    touched: int = 0
    corrected: int = 0
    edits: int = 0
    aimed: int = 0
    optional_touched: int = 0

    @property
    def recall(self) -> float:
        """Share of the needed repairs whose place was found, 1 if none was needed."""
        return self.touched / self.needed if self.needed else 1.0

    @property
    def precision(self) -> float:
        """Share of the edits made at a place that needed or allowed one, 1 if none was made."""
        return self.aimed / self.edits if self.edits else 1.0

    @property
    def correction(self) -> float:
        """Share of the found places that got a right wording, 1 if none was found."""
        return self.corrected / self.touched if self.touched else 1.0


def touch(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Tell whether two spans share a code point, or an empty one lies in or at the other.

    >>> touch((0, 3), (2, 5)), touch((0, 3), (3, 5)), touch((3, 3), (3, 5))
    (True, False, True)
    """
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return low < high or (low == high and (a[0] == a[1] or b[0] == b[1]))


def detect(golds: Sequence[Gold], chosen: Sequence[int], edits: Sequence[Edit]) -> Detection:
    """Compare places of *edits* and *golds*. chosen: the judge's choice for each gold, 0 for none."""
    gold_spans = [(gold.start, gold.end) for gold in golds]
    edit_spans = [(edit.start, edit.end) for edit in edits]
    # A repair that the judge counts as made was found, even if the edit that made it lies beside its place.
    hit = [bool(k) or any(touch(span, e) for e in edit_spans) for span, k in zip(gold_spans, chosen, strict=True)]
    return Detection(
        needed=sum(not gold.optional for gold in golds),
        touched=sum(made and not gold.optional for gold, made in zip(golds, hit, strict=True)),
        corrected=sum(bool(k) and not gold.optional for gold, k in zip(golds, chosen, strict=True)),
        edits=len(edits),
        aimed=sum(any(touch(span, g) for g in gold_spans) for span in edit_spans),
        optional_touched=sum(made and gold.optional for gold, made in zip(golds, hit, strict=True)),
    )


# --- right and wrong edits -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the text, whole words, with the edits and gold repairs (indices) that share it."""

    start: int
    end: int
    edits: tuple[int, ...]
    golds: tuple[int, ...]


def right_edits(text: str, golds: Sequence[Gold], edits: Sequence[Edit]) -> list[bool]:
    """Tell of each edit whether it is right.

    It is right if its place, with all its edits made or with this one alone, equals some choice among the wordings of
    the gold repairs there.
    """
    right = [False] * len(edits)
    for place in _places(text, golds, edits):
        if not place.edits:
            continue
        allowed = _allowed(text, place, [golds[i] for i in place.golds])
        together = _reads(text, place, [edits[i] for i in place.edits]) in allowed
        for i in place.edits:
            right[i] = together or _reads(text, place, [edits[i]]) in allowed
    return right


def _places(text: str, golds: Sequence[Gold], edits: Sequence[Edit]) -> Iterator[Place]:
    items = [(*widen(text, g.start, g.end), 0, i) for i, g in enumerate(golds)]
    items += [(*widen(text, e.start, e.end), 1, i) for i, e in enumerate(edits)]
    group: list[tuple[int, int, int, int]] = []
    end = -1
    for item in sorted(items):
        if group and item[0] >= end:
            yield _place(group, end)
            group = []
        end = max(end, item[1]) if group else item[1]
        group.append(item)
    if group:
        yield _place(group, end)


def _place(group: Sequence[tuple[int, int, int, int]], end: int) -> Place:
    edits = tuple(i for _, _, kind, i in group if kind == 1)
    golds = tuple(sorted(i for _, _, kind, i in group if kind == 0))
    return Place(group[0][0], end, edits, golds)


def _reads(text: str, place: Place, edits: Sequence[Edit]) -> tuple[str, ...]:
    pieces, done = [], place.start
    for edit in sorted(edits):
        pieces += [text[done : edit.start], edit.after]
        done = edit.end
    return tuple(judged_words("".join([*pieces, text[done : place.end]])))


def _allowed(text: str, place: Place, golds: Sequence[Gold]) -> set[tuple[str, ...]]:
    options = [(gold.spun, *gold.readings) for gold in golds]
    if not golds or math.prod(map(len, options)) > MOST_WORDINGS:
        return set()
    local = [
        Gold(g.start - place.start, g.end - place.start, g.spun, g.readings) for g in golds
    ]  # the other fields do not matter here
    stretch = text[place.start : place.end]
    readings = {tuple(judged_words(apply_readings(stretch, local, chosen))) for chosen in itertools.product(*options)}
    return readings - {tuple(judged_words(stretch))}


# --- integrity -------------------------------------------------------------------------------------------

NEGATIONS = frozenset(
    re.findall(
        r"\S+",
        """not no never none nobody nothing nowhere neither nor without cannot can't don't doesn't didn't
        isn't aren't wasn't weren't won't wouldn't couldn't shouldn't haven't hasn't hadn't mustn't""",
    )
)
ENTRY = re.compile(r"(?P<spun>.*?) -> (?P<original>.*?)(?: \[.*)?")


@dataclass(frozen=True, slots=True)
class Integrity(Summed):
    """Edits that change a number, a name or a negation: how many, and how many of them without evidence.

    A number that is only written in another way (4, four) is not changed. Edits that remove residue are left out, since
    their rule is evidence.
    """

    numbers: int = 0
    names: int = 0
    negations: int = 0
    bare_numbers: int = 0
    bare_names: int = 0
    bare_negations: int = 0

    @property
    def violations(self) -> int:
        """Edits that must not be: changes without evidence from an entry or a reference."""
        return self.bare_numbers + self.bare_names + self.bare_negations


def integrity(text: str, edits: Sequence[Edit]) -> Integrity:
    """Count the *edits* of *text* that change a number, a name or a negation, with and without evidence."""
    total = Integrity()
    for edit in edits:
        if edit.kind == "residue":
            continue
        changed = _changes(text, edit)
        numbers, names, negations = (int(bool(each)) for each in changed)
        bare = [int(bool(lost_or_new) and not _is_backed(edit, lost_or_new)) for lost_or_new in changed]
        total += Integrity(numbers, names, negations, *bare)
    return total


def _changes(text: str, edit: Edit) -> tuple[set[str], set[str], set[str]]:
    """Return the numbers, names and negations that *edit* takes away or brings in."""
    opens = _opens_sentence(text, edit.start)
    before, after = judged_words(edit.before), judged_words(edit.after)
    return (
        _difference(_numbers(before), _numbers(after)),
        _difference(_names(before, opens), _names(after, opens)),
        _difference(_negations(before), _negations(after)),
    )


def _difference(before: Counter[str], after: Counter[str]) -> set[str]:
    return set(before - after) | set(after - before)


def _numbers(words: Sequence[str]) -> Counter[str]:
    folded = [word.lower() for word in words]
    values = [NUMERALS.get(word, word) for word in folded]
    return Counter(value.replace(",", "") for value in values if any(c.isdigit() for c in value))


def _names(words: Sequence[str], opens: bool) -> Counter[str]:
    """Return the capitalised words but "I".

    The first word of a sentence is capitalised anyway and tells nothing.
    """
    inner = words[1:] if opens else words
    return Counter(word for word in inner if word[0].isupper() and word != "I")


def _negations(words: Sequence[str]) -> Counter[str]:
    """Return "not" once for every negation: which one does not matter ("do not" is "don't")."""
    return Counter("not" for word in words if word.lower() in NEGATIONS)


def _opens_sentence(text: str, at: int) -> bool:
    left = text[:at].rstrip(" \t\"'“”‘’«»([")
    return not left or left[-1] in ".!?:\n"


def _is_backed(edit: Edit, changed: set[str]) -> bool:
    """Tell whether the entry or a reference of *edit* supports this change. changed: the words that changed.

    An entry supports it if everything that changed stands in the entry. Names are exempt: spinners also swap dictionary
    words inside names, so that the entry need not spell the name (`space -> house` for White Space). A reference
    supports it if it has the new wording.
    """
    if any(_holds(support.sentence, edit.after) for support in edit.evidence.references):
        return True
    match = ENTRY.fullmatch(edit.evidence.entry or "")
    if not match:
        return False
    words = judged_words(f"{match['spun']} {match['original']}")
    said = set(_numbers(words)) | set(_negations(words))
    return all(each in said or (each[0].isupper() and not any(c.isdigit() for c in each)) for each in changed)


def _holds(sentence: str, wording: str) -> bool:
    return f" {' '.join(judged_words(wording))} ".lower() in f" {' '.join(judged_words(sentence))} ".lower()


# --- calibration -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin(Summed):
    """Edits of like confidence: how many, the sum of their confidences, how many are right."""

    edits: int = 0
    confidence: float = 0.0
    right: int = 0


Bins = tuple[Bin, ...]


def calibrate(edits: Sequence[Edit], right: Sequence[bool]) -> Bins:
    """Return *edits* counted in ten bins of confidence.

    Edits that remove residue are left out: their confidence is set by hand.
    """
    bins = [Bin()] * BINS
    for edit, is_right in zip(edits, right, strict=True):
        if edit.kind != "residue":
            at = min(BINS - 1, int(edit.confidence * BINS))
            bins[at] += Bin(1, edit.confidence, int(is_right))
    return tuple(bins)


def expected_calibration_error(bins: Bins) -> float:
    """Return the mean distance between confidence and precision over the bins, weighted by their edits; 0 for none."""
    total = sum(b.edits for b in bins)
    return sum(abs(b.confidence - b.right) for b in bins) / total if total else 0.0
