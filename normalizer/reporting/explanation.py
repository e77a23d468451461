"""Why a place was read as it was, in words: every reading, its score by part, and what made the winner win."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from normalizer.plans import Listed
from normalizer.reporting.results import visible_line

if TYPE_CHECKING:
    from normalizer.explaining import Explanation, Reading

SHOWN = 0.05  # nats; smaller parts of a score are not shown
COLUMNS = {  # headings of the parts of a score, in their order
    "language model": "language",
    "the spinner's habit": "habit",
    "clean text": "clean",
    "the rest of the article": "article",
    "words around": "around",
    "subject": "subject",
    "references": "refs",
    "length": "length",
    "rarity": "rarity",
    "a or an": "a/an",
}


def explanation(found: "Explanation | None", source: str, listed: Sequence[Listed], start: int, end: int) -> str:
    """Return an explanation of the place from *start* to *end*, in code points, as lines of text.

    found: how the place was read, None if it was not read. source: the article. listed: the edits of its plan.
    """
    low, high = (start, end) if found is None else (min(start, found.start), max(end, found.end))
    edits = [each for each in listed if each.edit.start < max(high, low + 1) and each.edit.end > low]
    told = [f"Not read: nothing here looks spun, or no word stands here ({_quoted(source[low:high])})."]
    if found is not None:
        told = [*_heading(found, source), "", *_table(found.readings), "", *_reasons(found.readings)]
    lines = [*told, *(_decision(each, found) for each in edits)]
    if not edits:
        lines.append("No edit is made or suggested here.")
    return "".join(f"{visible_line(line)}\n" for line in lines)


def _heading(found: "Explanation", source: str) -> list[str]:
    start, end = found.sentence
    families = [f"{name} {share:.2f}" for name, share in found.families.items() if share >= 0.005]
    return [
        f"{source[start : found.start]}[{source[found.start : found.end]}]{source[found.end : end]}".replace("\n", " "),
        f"The sentence is spun with a probability of {found.spun:.2f}; families: {', '.join(families)}.",
    ]


def _table(readings: Sequence["Reading"]) -> list[str]:
    """Return the readings as a table, with a column for each part of the score that matters for any of them."""
    parts = [part for part in COLUMNS if any(abs(reading.parts[part]) >= SHOWN for reading in readings)]
    rows = [["reading", "chance", "score", *(COLUMNS[part] for part in parts)]]
    for reading in readings:
        share = f"{reading.probability:.4f}" if reading.probability >= 0.00005 else "0"
        scores = [f"{reading.parts[part]:+.2f}" for part in parts]
        rows.append([f"{'*' if reading.won else ' '} {_named(reading)}", share, f"{reading.total:+.2f}", *scores])
    rows = [[visible_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]


def _named(reading: "Reading") -> str:
    return f"{reading.before} (as it stands)" if reading.kind is None else f"{reading.before} -> {reading.after}"


def _reasons(readings: Sequence["Reading"]) -> list[str]:
    """Return the parts of the score by which the winner beat the best reading that did not win."""
    won = next(reading for reading in readings if reading.won)
    others = [reading for reading in readings if not reading.won]
    if not others:
        return ["No other reading is known."]
    rival = others[0]
    gains = {part: won.parts[part] - rival.parts[part] for part in COLUMNS}
    ordered = sorted(gains.items(), key=lambda item: -abs(item[1]))
    words = [(f"{part} {gain:+.2f}", gain > 0) for part, gain in ordered if abs(gain) >= SHOWN]
    speaking, against = ([text for text, helps in words if helps is which] for which in (True, False))
    total = won.total - rival.total
    lines = [f"{_quoted(_named(won))} won over {_quoted(_named(rival))} by {total:.2f} nats."]
    if speaking:
        lines.append(f"  For it: {', '.join(speaking)}.")
    if against:
        lines.append(f"  Against it: {', '.join(against)}.")
    entries = [f"{_quoted(reading.after)}: {reading.entry}" for reading in (won, rival) if reading.entry]
    return [*lines, *(f"  Entry for {entry}" for entry in entries)]


def _decision(each: Listed, found: "Explanation | None") -> str:
    edit = each.edit
    state = "held back: it is not sure enough" if each.held_back else "made"
    later = ""
    if found is not None and not any(
        reading.won and (reading.start, reading.end, reading.after) == (edit.start, edit.end, edit.after)
        for reading in found.readings
    ):
        later = "; a second reading, of the repaired text, came to it"
    note = f" ({edit.evidence.note})" if edit.evidence.note else ""
    swap = f"{edit.before or '(nothing)'} -> {edit.after or '(nothing)'}"
    return f"Edit {each.number}, {_quoted(swap)}{note}, is {state}; confidence {edit.confidence:.2f}{later}."


def _quoted(text: str) -> str:
    return f"“{text}”"
