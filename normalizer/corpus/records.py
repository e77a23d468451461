"""The values of a scrape: a record as it came, as it was read, and why one was not.

All of them are plain and small, so that they go cheaply from process to process.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rapidfuzz.distance import Indel

from normalizer.edits import Edit, apply_edits
from normalizer.formats import Segment, html
from normalizer.formats.records import USUAL_FIELDS
from normalizer.formats.segments import verbatim

Path = tuple[str, ...]  # the keys that lead to a value in a record

COMPACT = re.compile(
    r"\s*(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?:\D|\d{6}(?!\d)|\s*\Z)"
)  # ISO, and 20220121103000 of archives
EPOCH = re.compile(r"\s*\d{9,19}(?:\.\d*)?\s*\Z")
UNITS = (1, 10**3, 10**6, 10**9)  # of an epoch: seconds, milliseconds, microseconds, nanoseconds
YEARS = range(1971, 2100)  # what an epoch may lie in: 2022 alone is no day
FIRST_DAY, LAST_DAY = 1900_01_01, 2099_12_31  # numbers that are written like a date: 20220121
WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Place(NamedTuple):
    """Where a record stands. file: relative name. number: of the line, row, WARC record or item of a list, from 1.

    A page of a folder has the number 1. What concerns a whole file has the number 0.
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
        """The fields of which the first that is there holds the text."""
        return USUAL_FIELDS if self.text == USUAL_FIELDS[0] else (self.text,)


DEFAULT_FIELDS = Fields()


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

        edits: those that made *text*. Without them the words that differ are taken for edits.
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
    """Return edits of single words, blanks and marks that make *after* out of *before*.

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


def value_of(record: Mapping[str, Any], field: str) -> tuple[Path, Any] | None:
    """Return the keys that lead to *field* and what stands there, None where nothing or null does.

    >>> value_of({"a": {"b": 1}}, "a.b")
    (('a', 'b'), 1)
    """
    if record.get(field) is not None:
        return (field,), record[field]
    head, _, rest = field.partition(".")
    inner = record.get(head)
    found = value_of(inner, rest) if rest and isinstance(inner, Mapping) else None
    return None if found is None else ((head, *found[0]), found[1])


def named(record: Mapping[str, Any], field: str) -> str:
    """Return what stands in *field* as a string, "" where it is neither text nor a whole number."""
    found = value_of(record, field)
    value = found[1] if found else None
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def site_of(source: str, url: str, file: str) -> str:
    """Return what tells the site of a record: its *source*, the host of its *url*, or the top folder of its *file*.

    >>> site_of("", "https://WWW.Example.com:80/a?b", "x.jsonl"), site_of("", "", "example.org/2022/a.html")
    ('example.com', 'example.org')
    """
    if source:
        return source
    host = None
    with suppress(ValueError):
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    folder, _, rest = file.partition("/")
    return (host or "").removeprefix("www.") or (folder if rest else "")


def day_of(value: object) -> date | None:
    """Return the day that *value* names, None where it cannot be read.

    Read are dates and times, ISO 8601 (also with other marks between), RFC 2822, the fourteen digits of web archives,
    and seconds, milliseconds, microseconds or nanoseconds since 1970. The day is that of the time zone it is
    written in.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _written_day(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _written_day(str(value)) if FIRST_DAY <= value <= LAST_DAY else _epoch_day(value)
    return None


def _written_day(text: str) -> date | None:
    if EPOCH.match(text) and len(text.strip()) != 14:
        return _epoch_day(float(text))
    with suppress(ValueError):
        if (found := COMPACT.match(text)) is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(text).date()
    return None


def _epoch_day(value: float) -> date | None:
    for unit in UNITS:
        with suppress(OverflowError, ValueError):
            day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value / unit)).date()
            if day.year in YEARS:
                return day
    return None
