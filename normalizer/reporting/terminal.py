"""A repair on a terminal: the changed lines with their edits, inline or side by side, wrapped to its width."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import click

from normalizer.edits import KINDS, Edit, Kind
from normalizer.plans import Listed
from normalizer.reporting.results import LIKELY, SURE, Result, visible, visible_line

# The new wording of an edit is coloured by its kind, and bold or underlined by its confidence.
COLOURS: dict[Kind, str] = {
    "lexical": "green", "function": "cyan", "name": "yellow", "number": "magenta", "grammar": "blue",
    "residue": "bright_black", "reference": "bright_green", "synonym": "bright_blue",
}  # fmt: skip
STRUCK = {"fg": "red", "strikethrough": True}
NARROWEST = 20  # cells of a column at least: in a narrower one too many words would be broken
GUTTER = 2  # cells between line numbers and text, and on each side of the bar between columns
BAR = "│"
AROUND = 160  # characters of context on each side of an edit that is to be decided
TAB = "    "
WORD = re.compile(r"\n|[^\S\n]+|\S+")


class Span(NamedTuple):
    """A stretch of text with its style, as `click.style` takes it; None for plain text."""

    text: str
    style: dict[str, Any] | None = None


Line = list[Span]


def terminal_diff(result: Result, name: str, colour: bool, width: int = 80, side_by_side: bool = False) -> str:
    """Return the changed lines with their numbers and edits, at most *width* cells wide.

    With *colour* the old words are red and struck out, the new ones have the colour of their kind: bold from a
    confidence of .9, underlined below .75. Without it the edits look like [-before-]{+after+}. side_by_side: the old
    lines are on the left, the new ones on the right. Control characters are escaped. "" if nothing changed.
    """
    if not result.edits:
        return ""
    starts = _line_starts(result.source)
    gutter = len(str(len(starts))) + GUTTER
    room = max(NARROWEST, width - gutter)
    shown = [_painted(Span(visible_line(name), {"bold": True}), colour) + (_legend(result.edits) if colour else "")]
    by_line = groupby(sorted(result.edits), key=lambda edit: bisect_right(starts, edit.start) - 1)
    for number, group in by_line:
        edits = list(group)
        rows = _columns(result.source, starts[number], edits, room, colour) if side_by_side else (
            _written(line, colour) for line in wrap(_inline(result.source, starts[number], edits, colour), room)
        )  # fmt: skip
        shown += [f"{number + 1 if at == 0 else '':>{gutter - GUTTER}}  {row}" for at, row in enumerate(rows)]
    return "".join(f"{line.rstrip(' ')}\n" for line in shown)


def edit_view(text: str, each: Listed, count: int, alike: int, colour: bool, width: int = 80) -> str:
    """Return one edit to be decided: its number, the text around it, its evidence and its other wordings.

    text: the article. count: how many edits the plan has. alike: how many of them make the same swap, with this one.
    width: cells of a row.
    """
    edit, evidence = each.edit, each.edit.evidence
    start = max(text.rfind("\n", 0, edit.start) + 1, edit.start - AROUND)
    behind = text[edit.end : edit.end + AROUND].partition("\n")[0].removesuffix("\r")
    line = [Span(text[start : edit.start]), *_marked(edit, colour), Span(behind)]
    family = [f"family {visible_line(evidence.family)}"] if evidence.family else []
    facts = [edit.kind, *family, f"confidence {edit.confidence:.2f}"]
    state = "held back" if each.held_back else "made"
    rows = [f"{each.number} of {count}: {', '.join(facts)}; {state}" + (f"; {alike} times" if alike > 1 else "")]
    rows += [f"    {_written(row, colour)}" for row in wrap(_shown(line), max(NARROWEST, width - 4))]
    rows += [f"    entry: {visible_line(evidence.entry)}"] if evidence.entry else []
    rows += [f"    reference {found.reference + 1}: {visible_line(found.sentence)}" for found in evidence.references]
    others = [
        f"{number} {visible_line(other.after) or '(nothing)'} ({other.probability:.2f})"
        for number, other in enumerate(evidence.alternatives, 1)
    ]
    rows += [f"    other readings: {', '.join(others)}"] if others else []
    return "".join(f"{row}\n" for row in [*rows, "a accept, r reject, ? more"])


def _marked(edit: Edit, colour: bool) -> Line:
    before = [Span(edit.before if colour else f"[-{edit.before}-]", STRUCK)] if edit.before else []
    after = [Span(edit.after if colour else f"{{+{edit.after}+}}", _style(edit))] if edit.after else []
    return before + after


def _legend(edits: Sequence[Edit]) -> str:
    """Return what the colours of *edits* mean."""
    kinds = [kind for kind in KINDS if any(edit.kind == kind for edit in edits)]
    signs = [click.style(kind, fg=COLOURS[kind]) for kind in kinds]
    levels = [click.style(f"from {SURE}", bold=True), f"from {LIKELY}", click.style("less sure", underline=True)]
    return f"  {' '.join(signs)} · {', '.join(levels)}"


# --- lines ----------------------------------------------------------------------------------------------------


def _line_starts(text: str) -> list[int]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return starts[:-1] if len(starts) > 1 and starts[-1] == len(text) else starts


def _stretches(text: str, start: int, edits: Sequence[Edit]) -> Iterator[tuple[str, Edit | None]]:
    """Yield the line from *start* on: the text before each edit with the edit, then the rest with None.

    An edit may extend into further lines, which are then part of this one.
    """
    done = start
    for edit in edits:
        yield text[done : edit.start], edit
        done = edit.end
    end = text.find("\n", done)
    yield text[done : end if end >= 0 else len(text)].removesuffix("\r"), None


def _inline(text: str, start: int, edits: Sequence[Edit], colour: bool) -> Line:
    spans: Line = []
    for kept, edit in _stretches(text, start, edits):
        spans.append(Span(kept))
        spans += [] if edit is None else _marked(edit, colour)
    return _shown(spans)


def _columns(text: str, start: int, edits: Sequence[Edit], room: int, colour: bool) -> Iterator[str]:
    """Yield the rows of a line side by side, before and after its edits."""
    old: Line = []
    new: Line = []
    for kept, edit in _stretches(text, start, edits):
        old.append(Span(kept))
        new.append(Span(kept))
        if edit is not None:
            old.append(Span(edit.before if colour or not edit.before else f"[-{edit.before}-]", STRUCK))
            new.append(Span(edit.after if colour or not edit.after else f"{{+{edit.after}+}}", _style(edit)))
    half = max(NARROWEST // 2, (room - GUTTER - 1) // 2)
    left, right = wrap(_shown(old), half), wrap(_shown(new), half)
    for at in range(max(len(left), len(right))):
        first, second = (side[at] if at < len(side) else [] for side in (left, right))
        blank = " " * (half - sum(cells(span.text) for span in first))
        yield f"{_written(first, colour)}{blank} {BAR} {_written(second, colour)}"


def _style(edit: Edit) -> dict[str, Any]:
    sure = {"bold": True} if edit.confidence >= SURE else {"underline": True} if edit.confidence < LIKELY else {}
    return {"fg": COLOURS[edit.kind], **sure}


def _shown(spans: Line) -> Line:
    """Return *spans* with line ends as line feeds, tabs as blanks, and control characters as escapes."""
    return [
        Span(visible(span.text.replace("\r\n", "\n")).replace("\t", TAB), span.style) for span in spans if span.text
    ]


def _written(line: Line, colour: bool) -> str:
    return "".join(_painted(span, colour) for span in line)


def _painted(span: Span, colour: bool) -> str:
    return click.style(span.text, **span.style) if colour and span.style else span.text


# --- width ----------------------------------------------------------------------------------------------------


def cells(text: str) -> int:
    """Return how many cells of a terminal *text* takes (Unicode Standard Annex 11; combining marks take none)."""
    if text.isascii():
        return len(text)
    return sum(_width(mark) for mark in text)


def _width(mark: str) -> int:
    if unicodedata.combining(mark) or unicodedata.category(mark) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(mark) in "WF" else 1


def wrap(line: Line, width: int) -> list[Line]:
    """Return *line* in rows of at most *width* cells, broken at line feeds and where possible at blanks."""
    rows: list[Line] = [[]]
    used = 0
    for size, word in _words(line, width):
        if word[0].text == "\n":
            rows.append([])
            used = 0
            continue
        if used + size > width:
            if rows[-1] and rows[-1][-1].text.isspace():
                rows[-1].pop()  # the line break replaces the blank
            rows.append([])
            used = 0
            if word[0].text.isspace():
                continue
        rows[-1] += word
        used += size
    return [_joined(row) for row in rows]


def _words(line: Line, width: int) -> Iterator[tuple[int, Line]]:
    """Yield words, blanks and line feeds with their cells; a word may have several spans, a wide word is cut."""
    word: Line = []
    size = 0
    for piece in _pieces(line):
        blank = piece.text.isspace()
        if word and (blank or size + cells(piece.text) > width):
            yield size, word
            word, size = [], 0
        if blank:
            yield cells(piece.text), [piece]
        else:
            for part in _cut(piece, width):
                if size + cells(part.text) > width:
                    yield size, word
                    word, size = [], 0
                word.append(part)
                size += cells(part.text)
    if word:
        yield size, word


def _pieces(line: Line) -> Iterator[Span]:
    for span in line:
        for match in WORD.finditer(span.text):
            yield Span(match.group(), span.style)


def _cut(piece: Span, width: int) -> Iterator[Span]:
    """Yield *piece* in parts of at most *width* cells."""
    part, size = "", 0
    for mark in piece.text:
        if part and size + _width(mark) > width:
            yield Span(part, piece.style)
            part, size = "", 0
        part += mark
        size += _width(mark)
    yield Span(part, piece.style)


def _joined(row: Line) -> Line:
    """Return *row* with neighbours of one style as one span, so that each is styled once."""
    groups = groupby(row, key=lambda span: span.style)
    return [Span("".join(span.text for span in group), style) for style, group in groups]
