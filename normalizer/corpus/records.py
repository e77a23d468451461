"""The values of a scrape: a record as it came, a record as it was read, and a record that could not be read.

All of them are small and plain, so that they can be sent from process to process cheaply.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from rapidfuzz.distance import Indel

from normalizer.edits import Edit, apply_edits
from normalizer.formats import Segment, html
from normalizer.formats.records import USUAL_FIELDS
from normalizer.formats.segments import verbatim

LIMIT = 50_000_000  # bytes of one record
FIELD = "normalizer"  # of the note in a record
Note = Mapping[str, Any]  # the result for a record, as JSON values
Read = Iterator[tuple[int, bytes | str]]  # the number of a record, and its bytes, or as a string why it cannot be read
FETCH = "fetch the file again"
WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Place(NamedTuple):
    """Where a record stands. file: relative name. number: of the line, row, WARC record or item of a list, from 1.

    The number of a page in a folder is 1. The number 0 stands for a whole file.
    """

    file: str
    number: int


class Fields(NamedTuple):
    """The names of the fields of a record, keys with dots between where they lie in other fields.

    text: if it is "text" and a record has none, "body" or "content" is taken.
    """

    text: str = "text"
    id: str = "id"
    date: str = "date"
    url: str = "url"
    source: str = "source"

    @property
    def texts(self) -> Sequence[str]:
        """The fields that may hold the text; the first one that a record has does."""
        return USUAL_FIELDS if self.text == USUAL_FIELDS[0] else (self.text,)


DEFAULT_FIELDS = Fields()


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder of a scrape.

    path: where it lies. name: relative to what all inputs have in common, "" for a folder that is the only input. kind:
    "lines" (JSON Lines), "json" (values one after another), "list" (one JSON list), "table" (Parquet), "archive" (WARC)
    or "pages" (a page, or a folder of them). packed: "gz", "zst" or "". alone: a file that is the only input. folder:
    the input that it was found in, "" for a file that was named itself.
    """

    path: str
    name: str
    kind: str
    packed: str = ""
    alone: bool = False
    folder: str = ""


class Raw(NamedTuple):
    """A record as it came.

    kind: "json" (data: its bytes, with the line end), "row" (of a table, data: the fields by name), "archived" (data:
    the bytes of a WARC record) or "page" (data: the path of a file).
    """

    place: Place
    kind: str
    data: Any


class Reject(NamedTuple):
    """A record that cannot be read. reason: what was expected, what was found and what to do, in one line."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was read.

    text: what a reader sees. id: from its field, else the URL, else "file:number". day: of the date, or None where it
    has none that can be read. site: the source field, else the host of the URL, else the top folder, else "". closed:
    (start, end) offsets of what no edit of the text may touch. markup: whether the text was taken out of HTML, into
    which its edits go back.
    """

    place: Place
    text: str
    id: str
    day: date | None
    site: str
    url: str = ""
    closed: tuple[tuple[int, int], ...] = ()
    markup: bool = False


class Prose(NamedTuple):
    """The content of a field or file, and the stretch of it that is prose."""

    content: str
    segment: Segment
    markup: bool

    def rewritten(self, text: str, edits: Sequence[Edit] = ()) -> str:
        """Return the content with *text* in place of the prose; markup inside of it is kept.

        edits: those that made *text*. Without them, every difference in words counts as an edit.
        """
        if not self.markup:
            return self.content[: len(self.content) - len(self.segment.text)] + text
        made = edits or difference(self.segment.text, text)
        moved = (self.segment.back(edit) for edit in made)
        return apply_edits(self.content, sorted(edit for edit in moved if edit is not None))


def prose_of(content: str, *, markup: bool, start: int = 0, encoding: str = "utf-8") -> Prose:
    """Return the prose of *content*, from *start* on. markup: whether it is HTML."""
    segment = html.segment_of(content, encoding) if markup else verbatim(content, start).segments[0]
    return Prose(content, segment, markup)


def difference(before: str, after: str) -> list[Edit]:
    """Return edits of single words, blanks and marks that turn *before* into *after*.

    >>> [(edit.before, edit.after) for edit in difference("He stated  so.", "He said  it.")]
    [('stated', 'said'), ('so', 'it')]
    """
    old, new = WORDS.findall(before), WORDS.findall(after)
    starts, ends = _offsets(old), _offsets(new)
    edits: list[Edit] = []
    for step in Indel.opcodes(old, new):
        if step.tag != "equal":
            low, high = starts[step.src_start], starts[step.src_end]
            text = after[ends[step.dest_start] : ends[step.dest_end]]
            if edits and edits[-1].end == low:  # an insertion beside a deletion
                last = edits.pop()
                low, text = last.start, last.after + text
            edits.append(Edit(low, high, before[low:high], text, "lexical"))
    return edits


def _offsets(words: Sequence[str]) -> list[int]:
    offsets = [0]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    return offsets


def line_of(error: Exception) -> str:
    """Return what *error* says, in one line."""
    return " ".join((str(error) or type(error).__name__).split())[:200]
