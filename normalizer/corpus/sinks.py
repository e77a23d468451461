"""Writing a scrape: the same kind of file as was read, each record as it came but for its text and a note.

* JSON: the bytes of the record stay, but for the string of the text and a last member `normalizer`.
* Parquet: the same columns, types and order, and a column `normalizer` of JSON texts, null where there is no note.
* WARC: for each page that was put, a `conversion` record with its text, as in WET files, and a `metadata` record with
  the note. All other records (requests, pictures, what describes the crawl) are left out.
* Pages: files of the same names in another folder, with the note in NAME.normalizer.json beside each.

The same records give the same bytes. Files are written under another name and take their own in one step at the end.
"""

import gzip
import hashlib
import io
import json
import os
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from normalizer.corpus.records import DEFAULT_FIELDS, Fields, Raw, Reject
from normalizer.corpus.records import Path as Keys
from normalizer.corpus.sources import (
    GZIP,
    NOTE,
    ZSTD,
    Source,
    archived_of,
    archived_text,
    batches_of,
    columns_of,
    field_prose,
    json_of,
    page_prose,
    text_of,
)
from normalizer.edits import Edit
from normalizer.errors import InputError
from normalizer.files import WRITE_REMEDIES, encode, read_bytes, remedy, replacing, write_atomically
from normalizer.formats.records import TOKEN, values

FIELD = "normalizer"  # of the note in a record
ROW_GROUP = 1 << 25  # bytes of a table in memory at once; the table is written in row groups of this size
GZIP_LEVEL = 6
Note = Mapping[str, Any]


class Sink(Protocol):
    """Takes the records of one source, in the order they were read; any may be left out."""

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record.

        text: the repaired text of its Record, or None to leave it as it came; a web archive's page is then read again.
        note: what to say of it, as JSON, or None for nothing: then a record whose text is the same is the same byte for
        byte. edits: those that made *text*; without them, markup is kept by the words that differ.
        """


def targets_of(sources: Sequence[Source], output: str | Path) -> list[Path]:
    """Return where each of *sources* goes: to the file *output* if a file is all there is, else into that folder.

    Raises InputError where a source would be overwritten, or would find what was written among its files.
    """
    place = Path(output)
    if len(sources) == 1 and sources[0].alone:
        targets = [place / sources[0].name if place.is_dir() else place]
    elif place.exists() and not place.is_dir():
        raise InputError(f"{place}: expected a folder to write several files into, found a file; name another place")
    else:
        targets = [place / source.name for source in sources]
    _require_outside(sources, targets)
    return targets


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

    The file is there when the block ends, and what was there before stays if it fails; pages are written one by one.
    Raises InputError where it cannot be written.
    """
    path = Path(target)
    _require_outside([source], [path])
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if source.kind == "pages":
        yield _Pages(source, path)
        return
    with _told(path), ExitStack() as opening:
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
    with _told(path), closing:
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
        with _told(self.path):
            self.sink.put(raw, text, note, edits)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: expected a file to write, {remedy(error, WRITE_REMEDIES)}") from error


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
        with _told(self.path), replacing(self.path) as file:
            for row in rows:
                line = json.dumps(dict(zip(("file", "number", "reason"), row, strict=True)), ensure_ascii=False)
                file.write(encode(line + "\n"))


# --- JSON --------------------------------------------------------------------------------------------------------


class _Lines:
    """Records of JSON one after another, packed as the source is."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        self.file, self.packer = _packed(file, source.packed)
        self.fields, self.ended = fields, True

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        data = rewritten(raw.data, self.fields, text, note, edits)
        self.file.write(data if self.ended else b"\n" + data)  # the last record of a file may come without a line end
        self.ended = data.endswith(b"\n")

    def finish(self) -> None:
        self.packer.close()


class _List:
    """Records of JSON in one list."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        self.file, self.packer = _packed(file, source.packed)
        self.fields, self.begun = fields, False

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        self.file.write((b",\n" if self.begun else b"[\n") + rewritten(raw.data, self.fields, text, note, edits))
        self.begun = True

    def finish(self) -> None:
        self.file.write(b"\n]\n" if self.begun else b"[]\n")
        self.packer.close()


def _packed(file: BinaryIO, packed: str) -> tuple[BinaryIO, ExitStack]:
    """Return what packs into *file*, alike for the same bytes whenever it is done, and how to end it."""
    writer: Any = file
    if packed == GZIP:
        writer = gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0)
    elif packed == ZSTD:
        import zstandard

        writer = zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False)
    ending = ExitStack()
    if packed:
        ending.callback(writer.close)
    return writer, ending


def rewritten(
    data: bytes, fields: Fields, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()
) -> bytes:
    """Return a JSON record with *text* for its text and *note* as its last member; all else stays as it is."""
    if text is None and note is None:
        return data
    line, record = json_of(data)
    changes = []
    if text is not None:
        keys, content = text_of(record, fields)
        new = field_prose(content).rewritten(text, edits)
        if new != content:
            changes.append((*_string(line, keys), _written(new, line)))
    if note is not None:
        changes.append(_noted(line, note))
    for start, end, new in sorted(changes, reverse=True):
        line = line[:start] + new + line[end:]
    return line.encode("utf-8")


def _string(line: str, keys: Keys) -> tuple[int, int]:
    """Return where the string that *keys* lead to stands with its quotes: of equal keys the last counts."""
    value = [value for value in values(line, 0, len(line)) if value.path == keys][-1]
    return value.start - 1, value.end + 1


def _written(value: object, line: str, blank: str = " ") -> str:
    """Return *value* as JSON: without escapes if *line* does without, with *blank* where it has blanks."""
    separators = (f",{blank}", f":{blank}")
    written = json.dumps(value, ensure_ascii=line.isascii(), separators=separators)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair of surrogates
        return json.dumps(value, separators=separators)
    return written


def _noted(line: str, note: Note) -> tuple[int, int, str]:
    """Return the change that makes *note* the last member of *line*, or puts it in place of one from before."""
    members = list(_members(line))
    blank = " " if line[members[0].start - 1].isspace() else ""
    written = _written(note, line, blank)
    own = [member for member in members if member.key == FIELD]
    if own:
        return own[-1].start, own[-1].end, written
    end = members[-1].end
    return end, end, f',{blank}"{FIELD}":{blank}{written}'


class _Member(NamedTuple):
    """A member of a JSON object: its key, and where its value stands."""

    key: str
    start: int
    end: int


def _members(line: str) -> Iterator[_Member]:
    """Yield the members of the JSON object that *line* is."""
    depth, start, end = 0, -1, -1
    key: str | None = None
    for match in TOKEN.finditer(line):
        mark = match[0]
        closes = mark in "}]"
        depth -= closes
        if key is not None and ((closes and depth == 0) or (mark == "," and depth == 1)):
            yield _Member(key, start, end)
            key, start = None, -1
        elif key is None and mark[0] == '"':
            key = json.loads(mark)
        elif key is not None and not (mark == ":" and start < 0):
            start, end = match.start() if start < 0 else start, match.end()
        depth += mark in "{["


# --- Parquet -----------------------------------------------------------------------------------------------------


class _Table:
    """Rows of a Parquet file. What a Raw does not hold of its row is read again, batch by batch, beside it."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet as pq

        self.pa, self.fields = pa, fields
        try:
            _, table = columns_of(source, fields)
        except InputError as error:
            raise InputError(f"{source.path}: {error}") from error
        self.table = table
        self.schema = _with_note(table.schema_arrow, pa)
        codec = table.metadata.row_group(0).column(0).compression if table.num_row_groups else "SNAPPY"
        codec = {"UNCOMPRESSED": "NONE"}.get(codec, codec)
        self.writer = pq.ParquetWriter(file, self.schema, compression=codec if codec in CODECS else "SNAPPY")
        self.batches = ((first, batch) for first, batch in batches_of(table) if not isinstance(batch, str))
        self.first, self.batch = 1, None
        self.rows: list[tuple[int, Mapping[str, Any], str | None, str | None]] = []
        self.group: list[Any] = []
        self.last = 0

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        number = raw.place.number
        if number <= self.last:
            raise ValueError(f"expected the rows of a table in order, found {number} behind {self.last}")
        self.last = number
        while self.batch is None or number >= self.first + self.batch.num_rows:
            self._take()
            self.first, self.batch = next(self.batches)
        new = None if text is None else field_prose(text_of(raw.data, self.fields)[1]).rewritten(text, edits)
        written = None if note is None else json.dumps(note, ensure_ascii=False)
        self.rows.append((number - self.first, raw.data, new, written))

    def _take(self) -> None:
        """Take what was put of the batch at hand out of it, and write a row group when there is enough of it."""
        if self.rows:
            assert self.batch is not None
            table = self.pa.Table.from_batches([self.batch]).take([place for place, *_ in self.rows])
            self.group.append(self._noted(self._repaired(table)))
            self.rows = []
        if sum(table.nbytes for table in self.group) >= ROW_GROUP:
            self._write()

    def _repaired(self, table: Any) -> Any:
        """Return *table* with the new texts; a row may have its text in another field than the one before."""
        texts: dict[Keys, dict[int, str]] = {}
        for place, (_, row, text, _) in enumerate(self.rows):
            if text is not None:
                texts.setdefault(text_of(row, self.fields)[0], {})[place] = text
        for keys, new in texts.items():
            name = keys[0]
            column = table.column(name).combine_chunks()
            column = _replaced(column, keys[1:], new, self.pa)
            table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
        return table

    def _noted(self, table: Any) -> Any:
        notes = self.pa.array([note for *_, note in self.rows], self.pa.string())
        index = table.schema.get_field_index(FIELD)
        if index < 0:
            return table.append_column(FIELD, notes).cast(self.schema)
        if self.pa.types.is_string(table.schema.field(index).type):  # a row without a note keeps that from before
            notes = self.pa.compute.coalesce(notes, table.column(index))
        return table.set_column(index, FIELD, notes).cast(self.schema)

    def _write(self) -> None:
        if self.group:
            self.writer.write_table(self.pa.concat_tables(self.group))
            self.group = []

    def finish(self) -> None:
        self._take()
        self._write()
        self.writer.close()
        self.table.close()


CODECS = ("SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4", "NONE")


def _with_note(schema: Any, pa: Any) -> Any:
    """Return *schema* with a column of texts for the notes."""
    field, index = pa.field(FIELD, pa.string()), schema.get_field_index(FIELD)
    return schema.set(index, field) if index >= 0 else schema.append(field)


def _replaced(column: Any, keys: Keys, new: Mapping[int, str], pa: Any) -> Any:
    """Return *column*, or what *keys* lead to in it, with the texts *new* in some of its rows."""
    if not keys:
        texts = column.to_pylist()
        for place, text in new.items():
            texts[place] = text
        return pa.array(texts, pa.string()).cast(column.type)
    children = list(column.flatten())
    index = column.type.get_field_index(keys[0])
    children[index] = _replaced(children[index], keys[1:], new, pa)
    fields = [column.type.field(place) for place in range(column.type.num_fields)]
    return pa.StructArray.from_arrays(children, fields=fields, mask=column.is_null())


# --- WARC --------------------------------------------------------------------------------------------------------


class _Archive:
    """Texts of pages as a WARC file, each with its note behind it."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        from warcio.warcwriter import WARCWriter

        file, self.packer = _packed(file, source.packed if source.packed == ZSTD else "")
        self.writer = WARCWriter(file, gzip=source.packed == GZIP)  # each record is a member of its own

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        page = archived_of(raw.data)
        headers = page.rec_headers
        shown = archived_text(page, raw.place.file) if text is None else text
        described = {
            "WARC-Date": headers.get_header("WARC-Date"),
            "WARC-Target-URI": headers.get_header("WARC-Target-URI"),
        }
        refers = headers.get_header("WARC-Record-ID") or ""
        own = self._write("conversion", "text/plain; charset=UTF-8", described, refers, encode(shown))
        if note is not None:
            data = json.dumps(note, ensure_ascii=False).encode("utf-8")
            self._write("metadata", "application/json", described, own, data)

    def finish(self) -> None:
        self.packer.close()

    def _write(self, kind: str, content: str, described: Mapping[str, str | None], refers: str, data: bytes) -> str:
        """Write a record, and return its name, which its content and what it refers to make."""
        digest = hashlib.sha256(data).hexdigest()
        own = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind} {refers} {digest}')}>"
        headers = {"WARC-Type": kind, "WARC-Record-ID": own, **described}
        if refers:
            headers["WARC-Refers-To"] = refers
        named = {key: value for key, value in headers.items() if value}
        url = named.get("WARC-Target-URI", "")
        record = self.writer.create_warc_record(url, kind, io.BytesIO(data), len(data), content, named)
        self.writer.write_record(record)
        return own


# --- pages -------------------------------------------------------------------------------------------------------


class _Pages:
    """Pages, each a file of its own; a source that is one page gives one file."""

    def __init__(self, source: Source, target: Path) -> None:
        self.source, self.target = Path(source.path), target

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        path = self.target
        if self.source.is_dir():
            path = path / Path(raw.data).relative_to(self.source)
        with _told(path):
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


_SINKS: Mapping[str, Callable[[Source, BinaryIO, Fields], _Writer]] = {
    "lines": _Lines,
    "json": _Lines,
    "list": _List,
    "table": _Table,
    "archive": _Archive,
}
