"""Articles for a story store, from texts and web pages, and from JSON Lines with a record for each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from normalizer.articles import read_article
from normalizer.errors import InputError
from normalizer.files import decode
from normalizer.formats import open_document
from normalizer.stories.store import Story

LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Fields:
    """What the fields of a record are called."""

    id: str = "id"
    text: str = "text"
    date: str = "date"
    url: str = "url"


def read_stories(path: Path, fields: Fields = Fields()) -> Iterator[Story]:
    """Yield the articles of the file at *path*, one by one from JSON Lines.

    A text, or the main text of a web page, has the name of its file for an id; a record without an id has its URL, or
    else its line. Raises InputError with file, line and remedy.
    """
    if path.suffix.lower() in LINES:
        yield from _records(path, fields)
        return
    article = read_article(path)
    document = open_document(article.text, article.name)
    for label, segment in zip(document.labels or ("",) * len(document.segments), document.segments, strict=True):
        yield Story.of(segment.text, f"{article.name}:{label}" if label else article.name)


def day_of(value: object) -> date | None:
    """Return the day that *value* says: ISO 8601, mail header, or seconds since 1970; None if it says none."""
    try:
        if isinstance(value, str):
            return _day_of_text(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    return None


def site_of(url: object) -> str:
    """Return the host of *url* without "www.", "" where it has none."""
    try:
        host = urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:  # "http://[" and the like
        host = None
    return (host or "").removeprefix("www.")


def _day_of_text(value: str) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return parsedate_to_datetime(value).date()


def _records(path: Path, fields: Fields) -> Iterator[Story]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    place = f"{path}: line {number}"
                    yield _story(_record(decode(line, place), place), f"{path}:{number}", place, fields)
    except OSError as error:
        raise InputError(f"{path}: expected JSON Lines, found: {error.strerror}; check the name") from error


def _record(line: str, place: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: expected a JSON object, found: {error}; mend or remove the line") from error
    if not isinstance(record, dict):
        raise InputError(f"{place}: expected a JSON object, found {type(record).__name__}; mend or remove the line")
    return record


def _story(record: Mapping[str, Any], usual: str, place: str, fields: Fields) -> Story:
    text = record.get(fields.text)
    if not isinstance(text, str):
        known = ", ".join(sorted(record)[:8]) or "no field"
        raise InputError(
            f"{place}: expected a field {fields.text} with text, found {known}; name the one that holds the prose"
        )
    url = record.get(fields.url)
    own = record.get(fields.id, url)
    return Story.of(text, usual if own is None else str(own), day_of(record.get(fields.date)), site_of(url))
