"""Edits: what a repair is made of. The repaired text is derived from them, never the other way round.

An edit replaces one stretch of the caller's own text. Edits can be applied, turned round and composed; `plans` writes
them down.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import pairwise
from operator import itemgetter
from typing import Literal, NamedTuple, get_args

from normalizer.arguments import items_of, shown, text_of
from normalizer.errors import PlanError

Kind = Literal["lexical", "function", "name", "number", "grammar", "residue", "reference", "synonym"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SENTENCE_LIMIT = 300  # characters of a reference that a plan quotes for one edit, so that plans stay readable


class SupportingSentence(NamedTuple):
    """One place in a reference that speaks for an edit.

    reference: which one, counted from 0. start, end: code points into that reference's text. sentence: the
    supporting sentence, at most SENTENCE_LIMIT characters of it.
    """

    reference: int
    start: int
    end: int
    sentence: str


class Alternative(NamedTuple):
    """Another wording that was considered for the place of an edit.

    after: what would stand there. probability: that it is the right one (0..1). entry: the lexicon entry as text, or
    None.
    """

    after: str
    probability: float
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an edit was made.

    entry: the lexicon entry as text, or None. references: places that support the new wording. margin: by how
    many nats the language model prefers the new wording, or None if it was not asked. note: anything else. family: the
    likeliest family of spinners that swaps so, or None. alternatives: other wordings, likeliest first. The last two are
    known of detailed repairs only.
    """

    entry: str | None = None
    references: tuple[SupportingSentence, ...] = ()
    margin: float | None = None
    note: str = ""
    family: str | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: `text[start:end]`, which is `before`, becomes `after`.

    Edits sort by place.

    Attributes:
        start: Where the replaced stretch begins, in code points of the caller's own text, from 0.
        end: Where it ends; the code point there is not part of it.
        before: What stands there. An empty text makes the edit an insertion.
        after: What takes its place. An empty text makes the edit a deletion.
        kind: "lexical" (a spinner's swap of content words), "function" (of function words), "name", "number",
            "grammar" (an article or a form that follows another edit), "residue" (what a scraper or a template left),
            "reference" (a wording that only a reference has) or "synonym" (a relative of the word in the thesaurus).
        evidence: Why the edit was made.
        confidence: The probability, 0 to 1, that the edit is right.

    Example:
        >>> Edit(3, 13, "instructed", "told", "lexical")
        Edit(start=3, end=13, before='instructed', after='told', kind='lexical', evidence=..., confidence=1.0)
    """

    start: int
    end: int
    before: str
    after: str
    kind: Kind
    evidence: Evidence = Evidence()
    confidence: float = 1.0

    def __lt__(self, other: "Edit") -> bool:
        """Sort by place alone; sorting is stable, so insertions at one place keep their given order."""
        return (self.start, self.end) < (other.start, other.end)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made.

    Args:
        text: The text that the edits were made for.
        edits: Edits in any order; insertions at one place are made in the order in which they are given.

    Returns:
        The text after all edits.

    Raises:
        PlanError: If an edit lies outside the text, overlaps another, or expects what does not stand there.
        ArgumentError: For what is no text, and no series of edits.

    Example:
        >>> apply_edits("He instructed us.", [Edit(3, 13, "instructed", "told", "lexical")])
        'He told us.'
    """
    pieces, done = [], 0
    text_of(text)
    for edit in _disjoint(edits):
        _require_fit(text, edit)
        pieces += [text[done : edit.start], edit.after]
        done = edit.end
    return "".join([*pieces, text[done:]])


def invert_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that turn a repaired text back into what it was.

    Args:
        edits: The edits that were made, in any order.

    Returns:
        Their inverses in order, with offsets into the repaired text, in code points. Kind, evidence and confidence are
        those of the edits.

    Raises:
        PlanError: If two edits overlap.
        ArgumentError: For what is no series of edits.

    Example:
        >>> edits = [Edit(3, 13, "instructed", "told", "lexical")]
        >>> apply_edits("He told us.", invert_edits(edits))
        'He instructed us.'
    """
    return [
        Edit(start, end, edit.after, edit.before, edit.kind, edit.evidence, edit.confidence)
        for start, end, edit in _written(_disjoint(edits))
    ]


def compose_edits(text: str, first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """Return the edits of *text* that do at once what *first* does to it and *second* to the outcome, in order.

    Where an edit of *second* changes what one of *first* wrote, the two become one: it has the kind and evidence of
    the later one, and is as sure as the less sure. Raises PlanError if the edits do not fit.
    """
    outcome, again = apply_edits(text, first), _disjoint(second)
    for edit in again:
        _require_fit(outcome, edit)
    composed: list[Edit] = []
    shift = 0  # from offsets into the text to offsets into the outcome
    for done, later in _clusters(sorted(first), again):
        composed.append(_composed(text, outcome, done, later, shift) if later else done[0])
        shift += sum(len(edit.after) - len(edit.before) for edit in done)
    return [edit for edit in composed if edit.before != edit.after]


def _composed(text: str, outcome: str, done: Sequence[Edit], later: Sequence[Edit], shift: int) -> Edit:
    """Return the edit of *text* that does at once what *done* and then *later*, which overlap, do to it.

    shift: how much longer *outcome* is than *text* before them.
    """
    grown = sum(len(edit.after) - len(edit.before) for edit in done)
    start = min([edit.start + shift for edit in done[:1]] + [edit.start for edit in later[:1]])
    end = max([edit.end + shift + grown for edit in done[-1:]] + [edit.end for edit in later[-1:]])
    low, high = start - shift, end - shift - grown
    moved = [replace(edit, start=edit.start - start, end=edit.end - start) for edit in later]
    after = apply_edits(outcome[start:end], moved)
    sure = min(edit.confidence for edit in (*done, *later))
    return replace(later[-1], start=low, end=high, before=text[low:high], after=after, confidence=sure)


def _clusters(first: Sequence[Edit], second: Sequence[Edit]) -> Iterator[tuple[list[Edit], list[Edit]]]:
    """Yield, by place, the edits of *first* and of *second* that overlap in the text between the two.

    Both come in order; an edit of *first* that none of *second* touches is alone.
    """
    written = ((start, end, edit, 0) for start, end, edit in _written(first))
    read = ((edit.start, edit.end, edit, 1) for edit in second)
    pair: tuple[list[Edit], list[Edit]] = ([], [])
    reach = -1
    for start, end, edit, which in merge(written, read, key=itemgetter(0, 1)):
        if start >= reach and any(pair):
            yield pair
            pair = ([], [])
        pair[which].append(edit)
        reach = max(reach, end)
    if any(pair):
        yield pair


def _written(edits: Iterable[Edit]) -> Iterator[tuple[int, int, Edit]]:
    """Yield for each of *edits*, which come in order, where its wording stands once all are made: start and end."""
    shift = 0
    for edit in edits:
        start = edit.start + shift
        yield start, start + len(edit.after), edit
        shift += len(edit.after) - len(edit.before)


def _disjoint(edits: Iterable[Edit]) -> list[Edit]:
    """Return *edits* in order. Raises PlanError if two overlap or one does not agree with itself."""
    ordered = sorted(items_of(edits, Edit, "edits"))
    for edit in ordered:
        if edit.start < 0 or edit.end - edit.start != len(edit.before):
            raise PlanError(
                f"edit at {edit.start}-{edit.end}: expected a span as long as {shown(edit.before)} "
                f"({len(edit.before)} code points), found {edit.end - edit.start}; "
                "count offsets in code points"
            )
    for left, right in pairwise(ordered):
        if right.start < left.end:
            raise PlanError(
                f"edits overlap: expected one edit for each place, found {left.start}-{left.end} "
                f"({shown(left.before)}) and {right.start}-{right.end} ({shown(right.before)}); drop one"
            )
    return ordered


def _require_fit(text: str, edit: Edit) -> None:
    if edit.end > len(text):
        raise PlanError(
            f"edit at {edit.start}-{edit.end}: expected a place in the text, found its end at {len(text)}; "
            "apply the edits to the text they were made for, and count offsets in code points"
        )
    if (found := text[edit.start : edit.end]) != edit.before:
        raise PlanError(
            f"edit at {edit.start}-{edit.end}: expected {shown(edit.before)}, found {shown(found)}; "
            "apply the edits to the text they were made for"
        )
