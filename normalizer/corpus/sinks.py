"""Writing a scrape: files of the same kinds as were read, with each record unchanged except for its text and a note.

* JSON: the bytes of the record stay, but for the string of the text and a last member `normalizer`.
* Parquet: the same columns, types and order, and a column `normalizer` of JSON texts, null where there is no note.
* WARC: for each page that was put, a `conversion` record with its text, as in WET files, and a `metadata` record with
  the note. All other records (requests, pictures, descriptions of the crawl) are left out.
* Pages: files of the same names in another folder, with the note in NAME.normalizer.json beside each.

The same records give the same bytes. A file is written under a temporary name and renamed at the end.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from normalizer.corpus.archives import ArchiveSink
from normalizer.corpus.lines import LinesSink, ListSink
from normalizer.corpus.pages import PagesSink
from normalizer.corpus.records import DEFAULT_FIELDS, Fields, Note, Raw, Reject, Source
from normalizer.corpus.sources import kind_by_name, require_libraries
from normalizer.corpus.tables import TableSink
from normalizer.edits import Edit
from normalizer.errors import InputError
from normalizer.files import encode, replacing, telling


class Sink(Protocol):
    """Takes the records of one source, in the order they were read; any may be left out."""

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record.

        text: the repaired text of its Record, or None to leave it as it came; a web archive's page is then read again.
        note: the result for the record, as JSON values; None for none, and a record whose text is unchanged then keeps
        every byte. edits: those that made *text*; without them, they are found by comparing the words.
        """


def targets_of(sources: Sequence[Source], output: str | Path) -> list[Path]:
    """Return where each of *sources* goes: to the file *output* if the only source is a file, else into that folder.

    Raises InputError if a source would be overwritten, if output would lie in a folder that is read, if its name is
    that of another kind of file, and if a library is missing that packs it.
    """
    place = Path(output)
    if len(sources) == 1 and sources[0].alone:
        targets = [place / sources[0].name if place.is_dir() else place]
    elif place.exists() and not place.is_dir():
        raise InputError(f"{place}: expected a folder to write several files into, found a file; name another place")
    else:
        targets = [place / source.name for source in sources]
    _require_outside(sources, targets)
    for source, target in zip(sources, targets, strict=True):
        require_libraries(replace(_packed_for(source, target), path=str(target)))
    return targets


def _packed_for(source: Source, target: Path) -> Source:
    """Return *source*, to be packed as the name of *target* says, where that is another name. Raises InputError."""
    kind, packed = kind_by_name(target.name)
    if source.kind == "pages" or not kind or target.name == Path(source.path).name:
        return source
    if FORMATS.get(kind) != FORMATS[source.kind]:
        raise InputError(
            f"{target}: expected the name of a {FORMATS[source.kind]} file, since the output has the form of the "
            f"input, found one of another kind; name it otherwise"
        )
    return replace(source, packed=packed)


def _require_outside(sources: Sequence[Source], targets: Sequence[Path]) -> None:
    """Raise InputError where one of *targets* is one of *sources*, or lies in a folder that is."""
    files = {os.path.realpath(source.path) for source in sources}
    folders = {Path(os.path.realpath(source.folder)) for source in sources if source.folder}
    for target in targets:
        real = Path(os.path.realpath(target))
        if str(real) in files or any(real.is_relative_to(folder) for folder in folders):
            raise InputError(f"{target}: expected a place outside of what is read, found it inside; name another place")


@contextmanager
def open_sink(source: Source, target: str | Path, fields: Fields = DEFAULT_FIELDS) -> Iterator[Sink]:
    """Give a sink for records of *source*, to be written to the file *target*, or for pages into that folder.

    The file is packed as its name says (.gz, .zst), or as the source is if the name is no help. It appears when the
    block ends; if the block fails, what was there before stays. Pages are written one by one.
    Raises InputError if the target cannot be written, and for the name of another kind of file.
    """
    path = Path(target)
    _require_outside([source], [path])
    source = _packed_for(source, path)
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if source.kind == "pages":
        yield PagesSink(source, path)
        return
    with telling(path), ExitStack() as opening:
        file = opening.enter_context(replacing(path))
        sink = _SINKS[source.kind](source, file, fields)
        closing = opening.pop_all()
    try:
        yield _Told(sink, path)
    except BaseException:
        with suppress(Exception):  # what it would write is thrown away
            sink.finish()
        closing.__exit__(*sys.exc_info())
        raise
    with telling(path), closing:
        sink.finish()


class _Writer(Sink, Protocol):
    """A sink that has something to write at the end."""

    def finish(self) -> None:
        """Write the end, and let go of all but the file."""


class _Told(NamedTuple):
    """A sink whose file at *path* may fail."""

    sink: Sink
    path: Path

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        with telling(self.path):
            self.sink.put(raw, text, note, edits)


class RejectsFile:
    """A file of what could not be read: JSON Lines of file, number and reason, sorted, whatever order they came in.

    A context manager; the file is there when the block ends without an error. Until then a table on disk holds them.
    """

    def __init__(self, path: str | Path) -> None:
        """Begin a file at *path*."""
        self.path, self.count = Path(path), 0
        self._table = sqlite3.connect("")
        self._table.execute("CREATE TABLE rejects (file, number, reason)")

    def __enter__(self) -> "RejectsFile":
        return self

    def add(self, reject: Reject) -> None:
        """Take one more."""
        self._table.execute("INSERT INTO rejects VALUES (?, ?, ?)", (*reject.place, reject.reason))
        self.count += 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._write()
        finally:
            self._table.close()

    def _write(self) -> None:
        rows = self._table.execute("SELECT file, number, reason FROM rejects ORDER BY file, number, reason")
        with telling(self.path), replacing(self.path) as file:
            for row in rows:
                line = json.dumps(dict(zip(("file", "number", "reason"), row, strict=True)), ensure_ascii=False)
                file.write(encode(line + "\n"))


FORMATS = {"lines": "JSON", "json": "JSON", "list": "JSON", "table": "Parquet", "archive": "WARC"}
_SINKS: Mapping[str, Callable[[Source, BinaryIO, Fields], _Writer]] = {
    "lines": LinesSink,
    "json": LinesSink,
    "list": ListSink,
    "table": TableSink,
    "archive": ArchiveSink,
}
