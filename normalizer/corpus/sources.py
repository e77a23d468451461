"""Reading a scrape: JSON Lines, JSON, Parquet, web archives (WARC) and folders of pages, record by record.

`read` is cheap and lazy: it finds where records begin and end, with one of them, or a batch of rows, in memory. `parse`
does the costly part. What cannot be read becomes a Reject, and reading goes on behind it.
"""

import io
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesHeaderParser
from importlib import import_module
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from normalizer.articles import Article, read_article
from normalizer.corpus.records import (
    DEFAULT_FIELDS,
    Fields,
    Place,
    Prose,
    Raw,
    Record,
    Reject,
    day_of,
    named,
    prose_of,
    site_of,
    value_of,
)
from normalizer.corpus.records import Path as Keys
from normalizer.errors import InputError
from normalizer.files import READ_REMEDIES, decode, remedy
from normalizer.formats import PAGE, front_matter, html, kind_of, main_text

LIMIT = 50_000_000  # bytes of one record
PIECE = 1 << 14  # compressed bytes unpacked at once: 16 KB may hold 16 MB
LONGEST_WINDOW = 1 << 31  # bytes, of zstd --long=31, as large dumps are packed; taken only if a file asks for it
BUFFER = 1 << 16
COLUMN_BUFFER = 1 << 20  # bytes of each column read at once, however large its row group
BATCH = 128  # rows of a table in memory at once
HEAD = 1 << 16  # bytes that the headers of an archived record fit into

GZIP, ZSTD = "gz", "zst"
PAGES = (".txt", ".html", ".htm")
KINDS = {
    ".jsonl": "lines", ".ndjson": "lines", ".json": "json", ".parquet": "table", ".warc": "archive", ".wet": "archive",
    **dict.fromkeys(PAGES, "pages"),
}  # fmt: skip
NOTE = ".normalizer.json"  # ends the name of what stands beside a repaired page
MAGIC = {GZIP: re.compile(rb"\x1f\x8b\x08"), ZSTD: re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")}
WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 and UTF-32 begin

RECORD_START = re.compile(rb"WARC/\d\.\d{1,3}\r?\n")
RECORD_HEAD_END = re.compile(rb"\r?\n\r?\n")
HTML_TYPE = re.compile(rb"(?im)^content-type:[ \t]*(?:text/html|application/xhtml\+xml)")
GOOD_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+2\d\d\b")
CHARSET = re.compile(r"""(?i)charset\s*=\s*["']?([\w.:-]+)""")


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


def find_sources(inputs: Iterable[str | Path]) -> tuple[Source, ...]:
    """Return the sources in *inputs*, files and folders, sorted by name.

    Of a folder the pages (.txt, .html, .htm) are one source, and each file of records is one; hidden files and files of
    other kinds are left out. Raises InputError for what is not there, of an unknown kind or without a record, and for a
    missing library.
    """
    given = [Path(os.path.abspath(each)) for each in inputs]  # noqa: PTH100 - links stay as they are named
    for path in given:
        if not path.exists():
            raise InputError(f"{path}: expected a file or folder, {READ_REMEDIES[2]}")
    if not given:
        raise InputError("expected files or folders to read, found none; name some")
    alone = len(given) == 1
    base = given[0] if alone and given[0].is_dir() else Path(os.path.commonpath([path.parent for path in given]))
    found: dict[str, Source] = {}
    for path in given:
        for source in _in_folder(path, base) if path.is_dir() else [_of_file(path, base, alone)]:
            found.setdefault(os.path.realpath(source.path), source)
    if not found:
        raise InputError(
            f"{given[0]}: expected JSON Lines, JSON, Parquet, WARC, .txt or .html in the folder, found none of them; "
            "name another folder"
        )
    for source in found.values():
        _require_libraries(source)
    return tuple(sorted(found.values(), key=lambda source: (source.name, source.path)))


def read(source: Source, fields: Fields = DEFAULT_FIELDS, limit: int = LIMIT) -> Iterator[Raw | Reject]:
    """Yield the records of *source* as they came, in order, and what cannot be read.

    limit: bytes of the longest record; a longer one is not held in memory. Never raises for what a file holds.
    """
    if source.kind == "pages":
        yield from _read_pages(source, limit)
    elif source.kind == "table":
        yield from _read_table(source, fields, limit)
    else:
        yield from _read_stream(source, limit)


def parse(raw: Raw, fields: Fields = DEFAULT_FIELDS) -> Record | Reject:
    """Return *raw* as a record. Never raises for what it holds."""
    try:
        return _PARSERS[raw.kind](raw, fields)
    except InputError as error:
        reason = str(error).removeprefix(f"{raw.place.file}: ").removeprefix(f"{raw.data}: ")
        return Reject(raw.place, " ".join(reason.split()))


# --- which files there are ---------------------------------------------------------------------------------------


def _in_folder(folder: Path, base: Path) -> Iterator[Source]:
    """Yield the sources of *folder*: its pages as one, and each file of records."""
    paged = False
    for path in _walk(folder):
        kind, _ = _kind_by_name(path.name)
        if kind == "pages" and not paged:
            paged = True
            yield Source(str(folder), _relative(folder, base), "pages", folder=str(folder))
        elif kind not in ("", "pages"):
            yield replace(_of_file(path, base, False), folder=str(folder))


def _walk(folder: Path) -> Iterator[Path]:
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
            yield from _walk(Path(entry.path))


def _relative(path: Path, base: Path) -> str:
    relative = path.relative_to(base).as_posix()
    return "" if relative == "." else relative


def _kind_by_name(name: str) -> tuple[str, str]:
    """Return the kind of a file and how it is packed, as its name says; "" where it does not.

    >>> _kind_by_name("a.b.jsonl.gz"), _kind_by_name("a.pdf")
    (('lines', 'gz'), ('', ''))
    """
    path = PurePosixPath(name.lower())
    packed = path.suffix[1:] if path.suffix in (".gz", ".zst") else ""
    kind = KINDS.get(PurePosixPath(path.stem).suffix if packed else path.suffix, "")
    return ("", "") if packed and kind in ("pages", "table") else (kind, packed)


def _of_file(path: Path, base: Path, alone: bool) -> Source:
    """Return the source that a file is: by its name, and how it is packed by its content. Raises InputError."""
    kind, packed = _kind_by_name(path.name)
    name = _relative(path, base)
    if kind in ("pages", "table"):
        return Source(str(path), name, kind, "", alone)
    try:
        with path.open("rb") as file:
            head = file.read(4)
        packed = next((packed for packed, magic in MAGIC.items() if magic.match(head)), "" if head else packed)
        source = Source(str(path), name, kind, packed, alone)
        if kind in ("", "json"):
            kind = _kind_by_content(source, head)
    except OSError as error:
        raise InputError(f"{path}: expected a readable file, {remedy(error, READ_REMEDIES)}") from error
    if not kind:
        raise InputError(
            f"{path}: expected JSON Lines, JSON, Parquet, WARC, .txt or .html (JSON and WARC also as .gz or .zst), "
            "found another kind of file; convert it, or give it the name of its kind"
        )
    return Source(str(path), name, kind, packed, alone)


def _kind_by_content(source: Source, head: bytes) -> str:
    """Return the kind of a file whose name does not say it, or that is JSON of some form."""
    if head == b"PAR1":
        return "table"
    _require_libraries(source)
    with closing(_Unpacked(source)) as file:
        start = file.read(BUFFER).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return "list"
    if source.kind == "json":
        return "json"
    return "archive" if start.startswith(b"WARC/") else "lines" if start.startswith(b"{") else ""


LIBRARIES = {
    "table": ("parquet", "pyarrow.parquet"),
    "archive": ("warc", "warcio", "trafilatura"),
    ZSTD: ("zstd", "zstandard"),
}


def _require_libraries(source: Source) -> None:
    """Raise InputError where a library that *source* takes is missing."""
    for need in (source.kind, source.packed):
        extra, *modules = LIBRARIES.get(need, ("",))
        for module in modules:
            try:
                import_module(module)
            except ImportError as error:
                raise InputError(
                    f"{source.path}: expected {module.partition('.')[0]}, which reads it, found it is not installed: "
                    f"pip install 'normalizer[{extra}]'"
                ) from error


# --- unpacking ---------------------------------------------------------------------------------------------------


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Unpacked(io.BufferedReader):
    """A file of a source, unpacked as it is read. Damage ends it early and is told in `damage`, or is left out."""

    def __init__(self, source: Source) -> None:
        self.damage: list[str] = []
        self.file = Path(source.path).open("rb")  # noqa: SIM115 - closed with the reader
        super().__init__(_Pieces(_unpack(self.file, source.packed, self.damage)), BUFFER)

    def close(self) -> None:
        super().close()
        self.file.close()


class _Pieces(io.RawIOBase):
    """Pieces of bytes as one stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.piece, self.at = pieces, b"", 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while self.at == len(self.piece):
            self.piece, self.at = next(self.pieces, b""), 0
            if not self.piece:
                return 0
        size = min(len(buffer), len(self.piece) - self.at)
        buffer[:size] = self.piece[self.at : self.at + size]
        self.at += size
        return size


def _unpack(file: BinaryIO, packed: str, damage: list[str]) -> Iterator[bytes]:
    """Yield the content of *file* in pieces. *damage* takes why it ends early."""
    try:
        if packed:
            yield from _inflated(file, packed, damage)
        else:
            yield from iter(lambda: file.read(BUFFER), b"")
    except OSError as error:
        damage.append(f"expected a readable file, {remedy(error, READ_REMEDIES)}")


def _inflated(file: BinaryIO, packed: str, damage: list[str]) -> Iterator[bytes]:
    """Yield what the members of a gzip or zstd file hold; behind damage it goes on with the next member."""
    magic, inflater, lost = MAGIC[packed], None, False
    name = "gzip" if packed == GZIP else "zstd"
    data = file.read(PIECE)
    while data:
        if inflater is None:
            data += file.read(PIECE) if len(data) < 4 else b""  # a member may begin at the very end of a piece
            start = magic.search(data)
            if not lost and data[: start.start() if start else None].strip(b"\0"):  # zeros fill up a block of a tape
                damage.append(f"expected {name}, found other bytes; {FETCH}")
            lost = start is None
            if start is None:
                data = file.read(PIECE)
                continue
            data, inflater = data[start.start() :], _inflater(packed)
        try:
            piece = inflater.decompress(data)
        except Exception as error:  # each library has an exception of its own
            damage.append(f"expected {name}, found damage: {error}; {FETCH}")
            data, inflater, lost = data[1:], None, True
            continue
        if piece:
            yield piece
        ended = inflater.eof
        data = (inflater.unused_data if ended else b"") or file.read(PIECE)
        inflater = None if ended else inflater
    if inflater is not None:
        damage.append(f"expected the end of the {name} data, found that the file is cut off; fetch it again")


def _inflater(packed: str) -> _Inflater:
    if packed == GZIP:
        return zlib.decompressobj(31)
    import zstandard

    inflater: _Inflater = zstandard.ZstdDecompressor(max_window_size=LONGEST_WINDOW).decompressobj()
    return inflater


# --- records of a stream -----------------------------------------------------------------------------------------


def _read_stream(source: Source, limit: int) -> Iterator[Raw | Reject]:
    """Yield the records of a file that is read from its beginning to its end."""
    reader = {"lines": _read_lines, "json": _read_values, "list": _read_values, "archive": _read_archive}[source.kind]
    number = 0
    try:
        file = _Unpacked(source)
    except OSError as error:
        yield Reject(Place(source.name, 0), f"expected a readable file, {remedy(error, READ_REMEDIES)}")
        return
    with closing(file):
        for number, data in reader(file, limit):
            place = Place(source.name, number)
            kind = "archived" if source.kind == "archive" else "json"
            yield Reject(place, data) if isinstance(data, str) else Raw(place, kind, data)
        for damage in file.damage:
            yield Reject(Place(source.name, number + 1), f"{damage}; what can be read of the rest has been read")


Read = Iterator[tuple[int, bytes | str]]  # the number of a record, and its bytes, or why it cannot be read


def _read_lines(file: BinaryIO, limit: int) -> Read:
    for number in count(1):
        line = file.readline(limit + 1)
        if number == 1:
            if line.startswith(WIDE):
                yield 0, f"expected UTF-8, found UTF-16 or UTF-32; {_iconv('UTF-16')}"
                return
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            return
        if len(line) > limit:
            while line and not line.endswith(b"\n"):
                line = file.readline(BUFFER)
            yield (
                number,
                f"expected a line of at most {limit:,} bytes, found a longer one; divide it or raise the limit",
            )
        elif line.strip():
            yield number, line


def _iconv(encoding: str) -> str:
    return f"iconv -f {encoding} -t UTF-8 FILE > NEW"


def _read_values(file: BinaryIO, limit: int) -> Read:
    """Yield the items of a JSON list, or the values of a file one after another; the file is read as a whole."""
    data = file.read(limit + 1)
    if len(data) > limit:
        yield 0, f"expected a JSON file of at most {limit:,} bytes, found a longer one; jq -c '.[]' FILE > FILE.jsonl"
        return
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        yield 0, _no_utf8(error)
        return
    at = _behind_blanks(text, 0)
    inside = text.startswith("[", at)
    at = _behind_blanks(text, at + inside)
    for number in count(1):
        if at == len(text) or (inside and text[at] == "]"):
            if at == len(text) and inside:
                yield number, "expected the end of the JSON list, found that the file is cut off; fetch it again"
            return
        try:
            _, end = DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            yield number, f"{_no_json(error)}; what is behind it cannot be read"
            return
        behind = _behind_blanks(text, end)
        yield number, text[at : end if inside else behind].encode()
        at = _behind_blanks(text, behind + 1) if inside and text.startswith(",", behind) else behind


DECODER = json.JSONDecoder()
BLANKS = re.compile(r"[ \t\r\n]*+")


def _behind_blanks(text: str, at: int) -> int:
    return found.end() if (found := BLANKS.match(text, at)) else at


class _Window:
    """A stream of which a stretch is seen at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.seen = file, b""

    def see(self, size: int) -> bytes:
        """Return the next bytes, at least *size* of them if there are as many, and keep them."""
        pieces, have = [self.seen], len(self.seen)
        while have < size and (piece := self.file.read(max(BUFFER, size - have))):
            pieces.append(piece)
            have += len(piece)
        self.seen = b"".join(pieces)
        return self.seen

    def skip(self, size: int) -> int:
        """Leave out the next bytes, *size* of them if there are as many; return how many there were."""
        left = size
        while left and self.see(1):
            step = min(left, len(self.seen))
            self.seen, left = self.seen[step:], left - step
        return size - left

    def find(self, pattern: re.Pattern[bytes]) -> None:
        """Go to where *pattern*, of less than a hundred bytes, is found next, or to the end."""
        while self.see(HEAD):
            if (found := pattern.search(self.seen)) is not None:
                self.skip(found.start())
                return
            self.skip(len(self.seen) - (100 if len(self.seen) >= HEAD else 0))


def _read_archive(file: BinaryIO, limit: int) -> Read:
    """Yield the records of a WARC file that hold pages or texts; behind damage it goes on with the next record."""
    window = _Window(file)
    for number in count(1):
        while window.see(HEAD)[:1] in (b"\r", b"\n"):
            window.skip(len(window.seen) - len(window.seen.lstrip(b"\r\n")))
        if not window.seen:
            return
        yield from ((number, found) for found in _read_archived(window, limit))


def _read_archived(window: _Window, limit: int) -> Iterator[bytes | str]:
    """Yield the record that *window* is at, if it holds a page or text, and what is wrong with it; go behind it."""
    if not RECORD_START.match(window.seen):
        yield f"expected a WARC record, found other bytes; {AGAIN}"
        window.find(RECORD_START)
        return
    end = RECORD_HEAD_END.search(window.seen)
    headers = HEADERS.parsebytes(window.seen[: end.end()].partition(b"\n")[2]) if end else Message()
    length = str(headers.get("Content-Length", "")).strip()
    if end is None or not (length.isascii() and length.isdigit()):
        yield f"expected the headers of a WARC record with its length, found others; {AGAIN}"
        window.skip(1)
        window.find(RECORD_START)
        return
    size = end.end() + int(length)
    if not _holds_text(headers, window.seen[end.end() :]):
        if window.skip(size) < size:
            yield _cut_short(length)
    elif size > limit:
        yield f"expected a record of at most {limit:,} bytes, found one of {size:,}; raise the limit"
        window.skip(size)
    else:
        seen = window.see(size + 1)
        if len(seen) >= size and seen[size : size + 1] in (b"", b"\r", b"\n"):
            window.skip(size)
            yield seen[:size]
        else:
            yield _cut_short(length)
            window.skip(1)
            window.find(RECORD_START)


HEADERS = BytesHeaderParser()
FETCH = "fetch the file again"
AGAIN = f"{FETCH}; what is behind is read from the next record on"


def _cut_short(length: str) -> str:
    return f"expected a WARC record of {int(length):,} bytes as its headers say, found it cut short; {AGAIN}"


def _holds_text(headers: Message, block: bytes) -> bool:
    """Say whether a WARC record is a page that was fetched, or the text of one."""
    kind, content = str(headers.get("WARC-Type", "")).lower(), str(headers.get("Content-Type", "")).lower()
    if kind == "response":
        end = RECORD_HEAD_END.search(block)
        return bool(end and GOOD_STATUS.match(block) and HTML_TYPE.search(block, 0, end.end()))
    return (kind == "resource" and content.startswith(HTML)) or (kind == "conversion" and content.startswith(PLAIN))


HTML, PLAIN = ("text/html", "application/xhtml+xml"), "text/plain"


# --- records of a table, and pages -------------------------------------------------------------------------------


def _read_table(source: Source, fields: Fields, limit: int) -> Iterator[Raw | Reject]:
    import pyarrow as pa

    try:
        names, table = columns_of(source, fields)
    except InputError as error:
        yield Reject(Place(source.name, 0), str(error))
        return
    with closing(table):
        for first, batch in batches_of(table, names):
            if isinstance(batch, str):
                yield Reject(Place(source.name, first), batch)
                continue
            for number, row in enumerate(_rows(batch, pa), start=first):
                place = Place(source.name, number)
                text = next((found[1] for each in fields.texts if (found := value_of(row or {}, each))), "")
                if row is None:
                    yield Reject(place, "expected text in UTF-8, found other bytes; write the table anew")
                elif isinstance(text, str) and len(text) > limit:
                    yield Reject(place, f"expected a text of at most {limit:,} characters, found one of {len(text):,}")
                else:
                    yield Raw(place, "row", row)


def columns_of(source: Source, fields: Fields) -> tuple[list[str], Any]:
    """Return the columns of a Parquet file that *fields* lie in, and the open file. Raises InputError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(source.path, pre_buffer=False, buffer_size=COLUMN_BUFFER)
        known = table.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"expected a Parquet file, found what pyarrow cannot read: {_line(error)}; fetch the file again"
        ) from error
    names = {name for field in (*fields.texts, *fields[1:]) for name in known if _leads_to(name, field)}
    if not any(_leads_to(name, text) for name in names for text in fields.texts):
        table.close()
        raise _no_text(known, fields)
    return sorted(names), table


def _leads_to(name: str, field: str) -> bool:
    return field == name or field.startswith(f"{name}.")


def batches_of(table: Any, names: Sequence[str] | None = None) -> Iterator[tuple[int, Any]]:
    """Yield the number of the first row of each batch of a Parquet file, and the batch or why it cannot be read."""
    import pyarrow as pa

    first = 1
    for group in range(table.num_row_groups):
        number, first = first, first + table.metadata.row_group(group).num_rows
        try:
            for batch in table.iter_batches(BATCH, row_groups=[group], columns=names):
                yield number, batch
                number += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            yield (
                number,
                (f"expected rows {number} to {first - 1} of the table, found damage: {_line(error)}; {FETCH}"),
            )


def _rows(batch: Any, pa: Any) -> Iterator[dict[str, Any] | None]:
    """Yield the rows of *batch*, None for one that cannot be read. Times lose their nanoseconds."""
    for place, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            column = batch.column(place).cast(pa.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(place, field.name, column)
    try:
        yield from batch.to_pylist()
    except ValueError:  # one row's is that of all
        for place in range(batch.num_rows):
            try:
                yield batch.slice(place, 1).to_pylist()[0]
            except ValueError:
                yield None


def _read_pages(source: Source, limit: int) -> Iterator[Raw | Reject]:
    folder = Path(source.path)
    for path in _walk(folder) if folder.is_dir() else [folder]:
        if path.suffix.lower() in PAGES:
            relative = "" if path == folder else path.relative_to(folder).as_posix()
            place = Place("/".join(filter(None, (source.name, relative))), 1)
            if path.is_file() and path.stat().st_size > limit:
                yield Reject(place, f"expected a page of at most {limit:,} bytes, found a longer one; raise the limit")
            else:
                yield Raw(place, "page", str(path))


# --- one record --------------------------------------------------------------------------------------------------


def json_of(data: bytes) -> tuple[str, dict[str, Any]]:
    """Return a JSON record as text and as what it says. Raises InputError."""
    try:
        text = data.decode("utf-8")
        record = json.loads(text)
    except UnicodeDecodeError as error:
        raise InputError(_no_utf8(error)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(_no_json(error)) from error
    if not isinstance(record, dict):
        raise InputError(f"expected a JSON object, found {_called(record)}; write each record as one object")
    return text, record


def text_of(record: Mapping[str, Any], fields: Fields) -> tuple[Keys, str]:
    """Return the keys that lead to the text of *record*, and the text. Raises InputError without one."""
    for field in fields.texts:
        if (found := value_of(record, field)) is not None:
            if not isinstance(found[1], str):
                raise InputError(
                    f"expected text in the field {field}, found {_called(found[1])}; name the field that holds the text"
                )
            return found
    raise _no_text(list(record), fields)


def field_prose(content: str) -> Prose:
    """Return the prose of a field; one with markup in it is read as a fragment of a page."""
    return prose_of(content, markup=html.is_fragment(content))


def page_prose(raw: Raw) -> tuple[Article, Prose]:
    """Return a .txt or .html file, and the prose in it. Raises InputError."""
    article = read_article(raw.data)
    kind = kind_of(article.text, raw.place.file)
    if kind not in ("text", PAGE):
        raise InputError(f"expected prose or a web page, found {kind}; give the file the name of its kind")
    if kind == PAGE:
        return article, prose_of(article.text, markup=True, encoding=article.encoding)
    return article, prose_of(article.text, markup=False, start=front_matter(article.text) or 0)


def archived_of(data: bytes) -> Any:
    """Return the WARC record that *data* holds, as warcio reads it. Raises InputError."""
    from warcio.recordloader import ArcWarcRecordLoader

    try:
        return ArcWarcRecordLoader().parse_record_stream(io.BytesIO(data))
    except Exception as error:  # warcio has several, without a common base
        raise InputError(f"expected a WARC record, found what warcio cannot read: {_line(error)}; {AGAIN}") from error


def archived_text(record: Any, name: str) -> str:
    """Return the text of a WARC record, of a page its main text. Raises InputError."""
    try:
        data = record.content_stream().read()
    except Exception as error:  # as above
        raise InputError(f"expected a page as its headers say, found damage: {_line(error)}; {AGAIN}") from error
    headers = record.http_headers or record.rec_headers
    page = _decoded_page(data, str(headers.get_header("Content-Type") or ""), name)
    if record.rec_type == "conversion":
        return page
    try:
        return main_text(page, name)
    except InputError as error:
        if isinstance(error.__cause__, ImportError):
            raise
        raise InputError(
            "expected a web page with an article, found no main text in it; leave it: lists and forms have none"
        ) from error
    except Exception as error:  # what a parser makes of a hostile page
        raise InputError(
            f"expected a web page, found what trafilatura cannot read: {_line(error)}; leave it"
        ) from error


def _decoded_page(data: bytes, content_type: str, name: str) -> str:
    """Return a page as text: in UTF-8 if it fits, whatever its server says, or else as that says or its head does."""
    charset = CHARSET.search(content_type)
    for encoding in ("utf-8", charset[1] if charset else ""):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError, TypeError):  # TypeError: a codec that is not of characters
            continue
    return decode(data, name)


def _parse_json(raw: Raw, fields: Fields) -> Record:
    _, record = json_of(raw.data)
    return _of_fields(raw.place, record, fields)


def _parse_row(raw: Raw, fields: Fields) -> Record:
    return _of_fields(raw.place, raw.data, fields)


def _of_fields(place: Place, record: Mapping[str, Any], fields: Fields) -> Record:
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


def _parse_archived(raw: Raw, fields: Fields) -> Record:
    record = archived_of(raw.data)
    text = archived_text(record, raw.place.file)
    url = str(record.rec_headers.get_header("WARC-Target-URI") or "")
    day = day_of(record.rec_headers.get_header("WARC-Date"))
    own = url or f"{raw.place.file}:{raw.place.number}"
    return Record(raw.place, text, own, day, site_of("", url, raw.place.file), url)


def _parse_page(raw: Raw, fields: Fields) -> Record:
    file = raw.place.file
    _, prose = page_prose(raw)
    return Record(
        raw.place, prose.segment.text, file, None, site_of("", "", file), "", prose.segment.closed, prose.markup
    )


_PARSERS: Mapping[str, Callable[[Raw, Fields], Record]] = {
    "json": _parse_json,
    "row": _parse_row,
    "archived": _parse_archived,
    "page": _parse_page,
}


def _line(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:200]


def _no_utf8(error: UnicodeDecodeError) -> str:
    return (
        f"expected UTF-8, found byte 0x{error.object[error.start]:02X} at byte {error.start}; "
        f"find out the encoding, and {_iconv('ENCODING')}"
    )


def _no_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"expected JSON, found at column {error.colno}: {error.msg}; mend the program that wrote it"
    return f"expected JSON, found what Python cannot read: {_line(error)}; mend the program that wrote it"


def _no_text(known: Sequence[str], fields: Fields) -> InputError:
    shown = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    return InputError(
        f"expected a field {' or '.join(fields.texts)} with text, found {shown or 'no field'}; "
        "name the field that holds the text"
    )


def _called(value: object) -> str:
    """Return how JSON calls what *value* is."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null" if value is None else f"a {type(value).__name__}")
