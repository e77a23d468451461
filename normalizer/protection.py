"""What must stay as it is: names and phrases that a caller lists, and what a regular expression finds.

A phrase stands for itself as whole words: "Adam Worth", "Metropolis*", "O'? Neill". Between its words there may be any
white space; a star stands for the rest of a word, a question mark for one character of it. A phrase in lower case
covers every case, since it may begin a sentence; one with capitals is taken as it stands.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from normalizer.edits import Edit
from normalizer.errors import InputError

Spans = Sequence[tuple[int, int]]  # (start, end) in code points, in order and apart

WORD = re.compile(r"\w+|[^\w\s]")
WILD = re.compile(r"[*?]")
PLAIN = str.maketrans("’‘", "''")


class Protection:
    """Phrases and regular expressions, made ready to be looked for."""

    def __init__(self, phrases: Iterable[str] = (), patterns: Iterable[str] = ()) -> None:
        """Take *phrases*, with globs, and *patterns*. Raises InputError for a pattern that is none."""
        self._literal: dict[str, list[tuple[list[str], bool]]] = defaultdict(list)  # by the first word
        wild: list[str] = []
        for phrase in phrases:
            if WILD.search(phrase):
                wild.append(_glob(phrase))
            elif words := WORD.findall(phrase.translate(PLAIN)):
                exact = phrase != phrase.lower()
                self._literal[words[0].lower()].append((words, exact))
        self._patterns = [re.compile(pattern) for pattern in wild] + [_compiled(pattern) for pattern in patterns]

    def stretches(self, text: str) -> Spans:
        """Return the stretches of *text* that must stay."""
        if not self._literal and not self._patterns:
            return ()
        found = [match.span() for pattern in self._patterns for match in pattern.finditer(text)]
        return joined([*found, *self._phrases(text)])

    def _phrases(self, text: str) -> Iterator[tuple[int, int]]:
        if not self._literal:
            return
        words = [(match[0], match.start(), match.end()) for match in WORD.finditer(text.translate(PLAIN))]
        for at, (word, start, _) in enumerate(words):
            for phrase, exact in self._literal.get(word.lower(), ()):
                there = [each for each, _, _ in words[at : at + len(phrase)]]
                if there == phrase or (not exact and [each.lower() for each in there] == phrase):
                    yield start, words[at + len(phrase) - 1][2]


def _glob(phrase: str) -> str:
    """Return *phrase* as a regular expression."""
    plain = [re.escape(word).replace("'", "['’]") for word in phrase.translate(PLAIN).split()]
    quoted = r"\s+".join(word.replace(r"\*", r"[\w'’-]*+").replace(r"\?", r"[\w'’-]") for word in plain)
    return ("" if phrase != phrase.lower() else "(?i)") + rf"(?<!\w){quoted}(?!\w)"


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(
            f"{pattern!r}: expected a regular expression as Python has them, found: {error}; "
            "write a backslash before a character that stands for itself"
        ) from error


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return *spans* in order, those that overlap or touch as one, without empty ones."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def overlaps(spans: Spans, start: int, end: int) -> bool:
    """Say whether one of *spans* has something between *start* and *end* in it; at its edges it has nothing."""
    at = bisect_right(spans, start, key=lambda span: span[1])
    return at < len(spans) and spans[at][0] < end


def moved(spans: Spans, edits: Sequence[Edit]) -> Spans:
    """Return where *spans* lie once *edits*, in order and none of them inside of one, are made."""
    shifted, shift, done = [], 0, 0
    for start, end in spans:
        while done < len(edits) and edits[done].end <= start:
            shift += len(edits[done].after) - len(edits[done].before)
            done += 1
        shifted.append((start + shift, end + shift))
    return tuple(shifted)
