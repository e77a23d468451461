"""CSV and TSV: the cells of one column, and nothing else.

Cells keep their quotes; an edit that would need quotes where there are none (a comma in a bare cell) is left out.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from normalizer.errors import InputError
from normalizer.formats import html
from normalizer.formats.records import USUAL_FIELDS, no_field
from normalizer.formats.segments import Document, Piece, Segment, joined

DELIMITERS = ",\t;|"
QUOTE = '"'
LINE_ENDS = "\r\n"
LEAST_ROWS = 2  # of a table that is known by its content alone
# What the name of a column looks like: a word or a few, and no punctuation of a sentence.
HEADER_CELL = re.compile(r"\w[\w .:/()#%-]{0,40}")
MOST_WORDS = 4  # in it
QUOTED = re.compile(r'[^"]++|""')


class Cell(NamedTuple):
    """A cell: where its content stands, without the quotes, and whether it has some."""

    start: int
    end: int
    quoted: bool


def document(text: str, name: str, fields: Sequence[str], delimiter: str | None = None) -> Document:
    """Return a table as a document, one segment a row; its first row names the columns.

    fields: names of columns, or their numbers from 1. delimiter: by default the one that divides the first row best.
    Raises InputError.
    """
    start = len(text) - len(text.removeprefix("\ufeff"))
    delimiter = delimiter or best_delimiter(text[start:]) or ","
    found = rows(text, delimiter, start)
    header = [_content(text, cell).strip() for cell in next(found, [])]
    columns = _columns(header, fields)
    if not columns:
        raise no_field(name, fields, [each for each in header if each])
    write = partial(_written, delimiter=delimiter)
    segments, labels = [], []
    for number, row in enumerate(found, start=2):
        if len(row) > len(header) or (1 < len(row) < len(header)):
            raise InputError(
                f"{name}: row {number}: expected {len(header)} cells, as the first row has, found {len(row)}; mend the "
                "quotes of this row, or read the file as prose with --as text"
            )
        chosen = [row[column] for column in columns if column < len(row) and row[column].end > row[column].start]
        if chosen:
            segments.append(_segment(text, chosen, write))
            labels.append(str(number))
    return Document(text, "tsv" if delimiter == "\t" else "csv", tuple(segments), tuple(labels))


def rows(text: str, delimiter: str, start: int = 0) -> Iterator[list[Cell]]:
    """Yield the cells of each row of *text*; rows that are empty are left out."""
    row: list[Cell] = []
    ends = re.compile(f"[{re.escape(delimiter)}\r\n]")
    at, size = start, len(text)
    while at < size:
        cell, at = _cell(text, at, ends)
        row.append(cell)
        if at < size and text[at] == delimiter:
            at += 1
            if at < size:
                continue
            row.append(Cell(at, at, False))
        at += 2 if text.startswith("\r\n", at) else 1
        if len(row) > 1 or row[0].end > row[0].start:
            yield row
        row = []


def _cell(text: str, at: int, ends: re.Pattern[str]) -> tuple[Cell, int]:
    """Return the cell that begins at *at*, and where it ends."""
    if text.startswith(QUOTE, at):
        close = at + 1
        while (close := text.find(QUOTE, close)) >= 0 and text.startswith(QUOTE, close + 1):
            close += 2
        if close >= 0 and (close + 1 == len(text) or ends.match(text, close + 1)):
            return Cell(at + 1, close, True), close + 1
    found = ends.search(text, at)
    end = found.start() if found else len(text)
    return Cell(at, end, False), end


def best_delimiter(text: str) -> str | None:
    """Return what divides the first line of *text* into most names of columns, or None."""
    head = text[:100_000].split("\n", 1)[0]
    counted = [(len(next(rows(head, delimiter), [])), delimiter) for delimiter in DELIMITERS]
    most, delimiter = max(counted, key=lambda each: each[0])
    return delimiter if most > 1 else None


def is_table(text: str) -> bool:
    """Say whether *text* is a table by the look of it: names of columns, and rows with as many cells."""
    delimiter = best_delimiter(text)
    if delimiter is None:
        return False
    found = rows(text, delimiter)
    header = next(found, [])
    names = [_content(text, cell) for cell in header]
    if len(set(names)) < len(names) or not all(map(_is_name, names)):
        return False
    count = 0
    for count, row in enumerate(found, start=1):
        if len(row) != len(header):
            return False
        if count == 50:  # which prove it
            break
    return count + 1 >= LEAST_ROWS


def _is_name(cell: str) -> bool:
    return HEADER_CELL.fullmatch(cell) is not None and len(cell.split()) <= MOST_WORDS


def _columns(header: Sequence[str], fields: Sequence[str]) -> list[int]:
    if not fields:
        lowered = [each.lower() for each in header]
        return next(([lowered.index(field)] for field in USUAL_FIELDS if field in lowered), [])
    places = []
    for field in fields:
        if field in header:
            places.append(header.index(field))
        elif field.isdecimal() and 1 <= int(field) <= len(header):
            places.append(int(field) - 1)
    return sorted(set(places))


def _content(text: str, cell: Cell) -> str:
    content = text[cell.start : cell.end]
    return content.replace(QUOTE * 2, QUOTE) if cell.quoted else content


def _segment(text: str, chosen: Sequence[Cell], write: partial[str | None]) -> Segment:
    outer = Segment(text, tuple(joined(_pieces(text, cell) for cell in chosen)), write)
    return html.segment_of(outer.text, outer=outer) if html.is_fragment(outer.text) else outer


def _pieces(text: str, cell: Cell) -> Iterator[Piece]:
    if not cell.quoted:
        yield Piece(text[cell.start : cell.end], cell.start, cell.end)
        return
    for match in QUOTED.finditer(text, cell.start, cell.end):
        raw = match[0]
        yield Piece(QUOTE if raw == QUOTE * 2 else raw, match.start(), match.end(), quote=QUOTE)


def _written(text: str, quote: str, *, delimiter: str) -> str | None:
    """Return *text* as it stands in a cell, or None where that would need quotes."""
    if quote:
        return text.replace(QUOTE, QUOTE * 2)
    return None if any(char in text for char in (delimiter, QUOTE, *LINE_ENDS)) else text
