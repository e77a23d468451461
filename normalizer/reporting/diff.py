"""The differences between an article and its repair, as a patch."""

import difflib

from normalizer.reporting.results import Result, visible_line

NO_LINE_END = "\n\\ No newline at end of file\n"


def unified_diff(result: Result, name: str) -> str:
    """Return a unified diff that `patch` can apply, or "" if nothing changed. Control characters are not escaped."""
    # A tab ends the name: without it, patch would read a name only up to its first blank.
    header = visible_line(name) + ("\t" if " " in name else "")
    lines = difflib.unified_diff(_lines(result.source), _lines(result.text), header, header)
    return "".join(line if line.endswith("\n") else line + NO_LINE_END for line in lines)


def _lines(text: str) -> list[str]:
    """Split at newlines only: str.splitlines would also split at separators that `patch` does not know."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
