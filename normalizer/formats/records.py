"""JSON and JSON Lines: the text of one field of each record, and nothing else.

The raw text is walked, not parsed and written anew: white space, the order of keys, numbers and escapes stay as they
came, also beside the field and in the records without it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from normalizer.errors import InputError
from normalizer.formats import html
from normalizer.formats.segments import Document, Piece, Segment, joined

USUAL_FIELDS = ("text", "body", "content")  # of which a record's first is taken where the caller names none

TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]++')
# The characters of a string: a pair of surrogates is one, other escapes are one each.
CHARACTERS = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2} | \\u[0-9a-fA-F]{4} | \\. | [^\\]++", re.VERBOSE
)


class Value(NamedTuple):
    """A string in a record: what leads to it from there, and where it stands between its quotes.

    path: keys of objects, and numbers of items of lists.
    """

    path: tuple[str | int, ...]
    start: int
    end: int

    @property
    def field(self) -> str:
        """The keys with dots between, whatever items of lists they lie in."""
        return ".".join(key for key in self.path if isinstance(key, str))

    @property
    def items(self) -> tuple[int, ...]:
        """The numbers of the items of lists that it lies in, but for that of its own: a list of texts is one text."""
        return tuple(key for key in self.path[:-1] if isinstance(key, int))


def lines_document(text: str, name: str, fields: Sequence[str]) -> Document:
    """Return JSON Lines as a document, one segment a record that has one of *fields*. Raises InputError."""
    records: list[tuple[str, list[Value]]] = []
    start = len(text) - len(text.removeprefix("\ufeff"))
    number = 0
    for number, line in enumerate(text[start:].split("\n"), start=1):
        if line.strip():
            _require_json(line, f"{name}: line {number}")
            if line.lstrip()[0] == "{":
                records += [(str(number), list(values(text, start, start + len(line))))]
        start += len(line) + 1
    return _document(text, name, "jsonl", records, fields)


def document(text: str, name: str, fields: Sequence[str]) -> Document:
    """Return a JSON record, or a list of them, as a document, one segment a record. Raises InputError."""
    start = len(text) - len(text.removeprefix("\ufeff"))
    _require_json(text[start:], name)
    found = list(values(text, start, len(text)))
    if text[start:].lstrip()[:1] == "{":
        return _document(text, name, "json", [("", found)], fields)
    records: dict[str, list[Value]] = {}
    for value in found:
        if len(value.path) > 1 and isinstance(value.path[0], int):
            records.setdefault(str(value.path[0] + 1), []).append(value._replace(path=value.path[1:]))
    return _document(text, name, "json", list(records.items()), fields)


def values(text: str, start: int, end: int) -> Iterator[Value]:
    """Yield the strings of the JSON value at text[start:end], which must be valid."""
    path: list[str | int] = []
    lists: list[bool] = []  # of the containers around
    key = False  # whether a string would be a key
    for match in TOKEN.finditer(text, start, end):
        mark = match[0]
        if mark in "{[":
            path.append(0 if mark == "[" else "")
            lists.append(mark == "[")
            key = mark == "{"
        elif mark in "}]":
            path.pop()
            lists.pop()
        elif mark == ",":
            key = not lists[-1]
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else last
        elif mark == ":":
            key = False
        elif key:
            path[-1] = json.loads(mark)
        elif mark[0] == '"':
            yield Value(tuple(path), match.start() + 1, match.end() - 1)


def _require_json(text: str, place: str) -> None:
    """Raise InputError where *text* is no JSON, naming the place in it."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "line" not in place else f"column {error.colno}"
        raise InputError(
            f"{place}: {where}: expected JSON, found: {error.msg}; mend it, or read it as prose with --as text"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: expected JSON, found what Python cannot read: {error}; divide it") from error


def _document(
    text: str, name: str, kind: str, records: Sequence[tuple[str, list[Value]]], fields: Sequence[str]
) -> Document:
    write = partial(_written, text.isascii())
    segments, labels = [], []
    for label, found in records:
        articles = _articles(_chosen(found, fields))
        for number, chosen in enumerate(articles, start=1):
            segments.append(_segment(text, chosen, write))
            labels.append(label if len(articles) == 1 else f"{label}.{number}".removeprefix("."))
    if not segments and not any(_chosen(found, fields) for _, found in records):
        raise no_field(name, fields, sorted({value.field for _, found in records for value in found}))
    return Document(text, kind, tuple(segments), tuple(labels))


def no_field(name: str, fields: Sequence[str], known: Sequence[str]) -> InputError:
    """Return the error for a document none of whose records has one of *fields*."""
    wanted = " or ".join(fields or USUAL_FIELDS)
    shown = ", ".join(known[:8]) + (" ..." if len(known) > 8 else "")
    remedy = "name the one that holds the prose with --field" if known else "name a file with records that hold text"
    return InputError(f"{name}: expected a field {wanted} with text, found {shown or 'none'}; {remedy}")


def _chosen(found: Sequence[Value], fields: Sequence[str]) -> list[Value]:
    """Return the values of *fields*, keys with dots between, or else of the first usual one that is there."""
    if fields:
        return [value for value in found if value.field in fields]
    named = ([value for value in found if value.path == (field,)] for field in USUAL_FIELDS)
    return next((each for each in named if each), [])


def _articles(chosen: Sequence[Value]) -> list[list[Value]]:
    """Return the *chosen* values of a record with text, divided where they lie in several items of a list."""
    articles: dict[tuple[int, ...], list[Value]] = {}
    for value in chosen:
        if value.end > value.start:
            articles.setdefault(value.items, []).append(value)
    return list(articles.values())


def _segment(text: str, chosen: Sequence[Value], write: partial[str]) -> Segment:
    """Return the values of a record as one segment; one that is a fragment of a page is read as such."""
    outer = Segment(text, tuple(joined(_pieces(text, value) for value in chosen)), write)
    return html.segment_of(outer.text, outer=outer) if html.is_fragment(outer.text) else outer


def _pieces(text: str, value: Value) -> Iterator[Piece]:
    for match in CHARACTERS.finditer(text, value.start, value.end):
        raw = match[0]
        yield Piece(json.loads(f'"{raw}"') if raw[0] == "\\" else raw, match.start(), match.end())


def _written(ascii_only: bool, text: str, quote: str) -> str:
    """Return *text* between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]
