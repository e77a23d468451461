"""Folders of pages: .txt and .html files, each a record."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from normalizer.articles import Article, read_article
from normalizer.corpus.fields import day_of, site_of
from normalizer.corpus.records import Fields, Note, Place, Prose, Raw, Record, Reject, Source, prose_of
from normalizer.edits import Edit
from normalizer.errors import InputError
from normalizer.files import READ_REMEDIES, read_bytes, remedy, telling, write_atomically
from normalizer.formats import PAGE, front_matter, kind_of

PAGES = (".txt", ".html", ".htm")
# Where a page says when it was published: in a meta element, or in what it tells search engines.
DATE_ELEMENT = re.compile(
    r"""(?i)<meta\s[^>]{0,300}?["'](?:article:published_time|datePublished|dc\.date(?:\.issued)?|pubdate)["'][^>]{0,300}>"""
)
DATE_CONTENT = re.compile(r"""(?i)\scontent\s*=\s*["']([^"']{8,40})["']""")
DATE_DATA = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
NOTE = ".normalizer.json"  # ends the name of what stands beside a repaired page


def walk(folder: Path) -> Iterator[Path]:
    """Yield the files of *folder* and the folders in it that can be read here, sorted folder by folder."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder}: expected a folder that can be read, {remedy(error, READ_REMEDIES)}") from error
    for entry in entries:
        if entry.name[0] == "." or entry.name.endswith(NOTE):
            continue
        if entry.is_file():
            yield Path(entry.path)
        elif entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path))


def read_pages(source: Source, limit: int) -> Iterator[Raw | Reject]:
    """Yield the pages of *source* by their paths; none is opened."""
    folder = Path(source.path)
    for path in walk(folder) if folder.is_dir() else [folder]:
        if path.suffix.lower() in PAGES:
            relative = "" if path == folder else path.relative_to(folder).as_posix()
            place = Place("/".join(filter(None, (source.name, relative))), 1)
            if path.is_file() and path.stat().st_size > limit:
                yield Reject(place, f"expected a page of at most {limit:,} bytes, found a longer one; raise the limit")
            else:
                yield Raw(place, "page", str(path))


def parse_page(raw: Raw, fields: Fields) -> Record:
    """Return a page as a record. Raises InputError."""
    file = raw.place.file
    article, prose = page_prose(raw)
    day = published(article.text) if prose.markup else None
    return Record(
        raw.place, prose.segment.text, file, day, site_of("", "", file), "", prose.segment.closed, prose.markup
    )


def published(page: str) -> date | None:
    """Return the day on which a web page says that it was published, or None."""
    element = DATE_ELEMENT.search(page)
    found = (DATE_CONTENT.search(element[0]) if element else None) or DATE_DATA.search(page)
    return day_of(found[1]) if found else None


def page_prose(raw: Raw) -> tuple[Article, Prose]:
    """Return a .txt or .html file, and the prose in it. Raises InputError."""
    article = read_article(raw.data)
    kind = kind_of(article.text, raw.place.file)
    if kind not in ("text", PAGE):
        raise InputError(f"expected prose or a web page, found {kind}; give the file the name of its kind")
    if kind == PAGE:
        return article, prose_of(article.text, markup=True, encoding=article.encoding)
    return article, prose_of(article.text, markup=False, start=front_matter(article.text) or 0)


class PagesSink:
    """Pages, each a file of its own; a source that is one page gives one file."""

    def __init__(self, source: Source, target: Path) -> None:
        """Begin to write what becomes of *source* to *target*: a folder, or a file if it is one."""
        self.source, self.target = Path(source.path), target

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record, see `sinks.Sink`."""
        path = self.target
        if self.source.is_dir():
            path = path / Path(raw.data).relative_to(self.source)
        with telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + NOTE)
        write_atomically(path, read_bytes(raw.data) if text is None else self._page(raw, text, edits))
        if note is not None:
            write_atomically(beside, json.dumps(note, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")
        else:  # one from an earlier run would be of another text
            beside.unlink(missing_ok=True)

    def _page(self, raw: Raw, text: str, edits: Sequence[Edit]) -> bytes:
        article, prose = page_prose(raw)
        return article.encoded(prose.rewritten(text, edits))
