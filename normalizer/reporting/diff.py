"""Differences between an article and its repair: as a patch, and word by word for a terminal."""

import difflib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby

import click

from normalizer.edits import Edit
from normalizer.reporting.results import Result, visible, visible_line

NO_LINE_END = "\n\\ No newline at end of file\n"


def unified_diff(result: Result, name: str) -> str:
    """Return a unified diff that `patch` can apply, or "" if nothing changed. The text stays as it is."""
    # A tab ends the name: without it, patch would read a name only up to its first blank.
    header = visible_line(name) + ("\t" if " " in name else "")
    lines = difflib.unified_diff(_lines(result.source), _lines(result.text), header, header)
    return "".join(line if line.endswith("\n") else line + NO_LINE_END for line in lines)


def terminal_diff(result: Result, name: str, colour: bool) -> str:
    """Return the changed lines with their edits, words struck out in red and put in green.

    Without *colour* the edits look like [-before-]{+after+}. Control characters are shown, not sent.
    """
    starts = _line_starts(result.source)
    by_line = groupby(sorted(result.edits), key=lambda edit: bisect_right(starts, edit.start) - 1)
    return "".join(
        f"{visible_line(name)}:{number + 1}: {_marked_line(result.source, starts, number, list(edits), colour)}\n"
        for number, edits in by_line
    )


def _lines(text: str) -> list[str]:
    """Split at newlines only: str.splitlines would also split at separators that patch knows nothing of."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in _lines(text):
        starts.append(starts[-1] + len(line))
    return starts[:-1] if len(starts) > 1 else starts


def _marked_line(text: str, starts: Sequence[int], number: int, edits: Sequence[Edit], colour: bool) -> str:
    """Return the line with its edits marked; an edit over several lines takes them all along."""
    pieces, done = [], starts[number]
    for edit in edits:
        pieces += [visible(text[done : edit.start]), _marked(edit, colour)]
        done = edit.end
    end = text.find("\n", done)
    return "".join([*pieces, visible(text[done : end if end >= 0 else len(text)].removesuffix("\r"))])


def _marked(edit: Edit, colour: bool) -> str:
    before, after = visible(edit.before), visible(edit.after)
    if colour:
        struck = click.style(before, fg="red", strikethrough=True) if before else ""
        return struck + (click.style(after, fg="green", bold=True) if after else "")
    return (f"[-{before}-]" if before else "") + (f"{{+{after}+}}" if after else "")
