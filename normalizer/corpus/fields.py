"""What the fields of a record say: its text, id, day and site."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from normalizer.corpus.records import Fields, Place, Prose, Record, prose_of
from normalizer.errors import InputError
from normalizer.formats import html

Keys = tuple[str, ...]  # that lead to a value in a record

# ISO 8601 with any marks, and 20220121103000 of archives.
WRITTEN_DAY = re.compile(r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?:\D|\d{6}(?!\d)|\Z)")
EPOCH = re.compile(r"\d{9,19}(?:\.\d{0,30})?\Z")
UNITS = (1, 10**3, 10**6, 10**9)  # of an epoch: seconds, milliseconds, microseconds, nanoseconds
YEARS = range(1971, 2100)  # what an epoch may lie in: 2022 alone is no day
FIRST_DAY, LAST_DAY = 1900_01_01, 2099_12_31  # numbers that are written like a date: 20220121


def text_of(record: Mapping[str, Any], fields: Fields) -> tuple[Keys, str]:
    """Return the keys that lead to the text of *record*, and the text. Raises InputError without one."""
    for field in fields.texts:
        if (found := value_of(record, field)) is not None:
            if not isinstance(found[1], str):
                raise InputError(
                    f"expected text in the field {field}, found {called(found[1])}; name the field that holds the text"
                )
            return found
    raise no_text(list(record), fields)


def field_prose(content: str) -> Prose:
    """Return the prose of a field; one with markup in it is read as a fragment of a page."""
    return prose_of(content, markup=html.is_fragment(content))


def record_of(place: Place, record: Mapping[str, Any], fields: Fields) -> Record:
    """Return what the *fields* of a record by name say. Raises InputError for one without a text."""
    prose = field_prose(text_of(record, fields)[1])
    url, day = named(record, fields.url), value_of(record, fields.date)
    return Record(
        place,
        prose.segment.text,
        named(record, fields.id) or url or f"{place.file}:{place.number}",
        day_of(day[1]) if day else None,
        site_of(named(record, fields.source), url, place.file),
        url,
        prose.segment.closed,
        prose.markup,
    )


def no_text(known: Sequence[str], fields: Fields) -> InputError:
    """Return the error for a record that has the fields *known* and none for a text."""
    shown = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    return InputError(
        f"expected a field {' or '.join(fields.texts)} with text, found {shown or 'no field'}; "
        "name the field that holds the text"
    )


def called(value: object) -> str:
    """Return JSON's name for the type of *value*."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null" if value is None else f"a {type(value).__name__}")


def value_of(record: Mapping[str, Any], field: str) -> tuple[Keys, Any] | None:
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


def leads_to(name: str, field: str) -> bool:
    """Say whether the column *name* of a table holds *field*, itself or within objects."""
    return field == name or field.startswith(f"{name}.")


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
    and seconds, milliseconds, microseconds or nanoseconds since 1970. The day is that of the time zone
    it is written in.
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
    text = text.strip()
    if EPOCH.match(text) and len(text) != 14:
        return _epoch_day(float(text))
    with suppress(ValueError):
        if (found := WRITTEN_DAY.match(text)) is not None:
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
