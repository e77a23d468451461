"""Web archives (WARC): the pages that were fetched, and the texts of pages, as in WET files.

The borders of records are found here, since reading must go on behind damage; the content of a record is read by
warcio.
"""

import hashlib
import io
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import count
from typing import Any, BinaryIO

from normalizer.corpus.fields import day_of, site_of
from normalizer.corpus.packing import BUFFER, GZIP, ZSTD, packed_into
from normalizer.corpus.pages import published
from normalizer.corpus.records import FETCH, Fields, Note, Raw, Read, Record, Source, line_of
from normalizer.edits import Edit
from normalizer.errors import InputError
from normalizer.files import decode, encode
from normalizer.formats import main_text

HEAD = 1 << 16  # bytes that the headers of an archived record fit into
RECORD_START = re.compile(rb"WARC/\d\.\d{1,3}\r?\n")
RECORD_HEAD_END = re.compile(rb"\r?\n\r?\n")
HTML_TYPE = re.compile(rb"(?im)^content-type:[ \t]*(?:text/html|application/xhtml\+xml)")
GOOD_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+2\d\d\b")
CHARSET = re.compile(r"""(?i)charset\s*=\s*["']?([\w.:-]+)""")
HTML, PLAIN = ("text/html", "application/xhtml+xml"), "text/plain"
HEADERS = BytesHeaderParser()
AGAIN = f"{FETCH}; what is behind is read from the next record on"


class _Window:
    """A stream that is read through a window: a stretch of it that is held in memory."""

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


def read_archive(file: BinaryIO, limit: int) -> Read:
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


def _cut_short(length: str) -> str:
    return f"expected a WARC record of {int(length):,} bytes as its headers say, found it cut short; {AGAIN}"


def _holds_text(headers: Message, block: bytes) -> bool:
    """Say whether a WARC record is a page that was fetched, or the text of one."""
    kind, content = str(headers.get("WARC-Type", "")).lower(), str(headers.get("Content-Type", "")).lower()
    if kind == "response":
        end = RECORD_HEAD_END.search(block)
        return bool(end and GOOD_STATUS.match(block) and HTML_TYPE.search(block, 0, end.end()))
    return (kind == "resource" and content.startswith(HTML)) or (kind == "conversion" and content.startswith(PLAIN))


def parse_archived(raw: Raw, fields: Fields) -> Record:
    """Return a WARC record as a record with the main text of the page in it. Raises InputError."""
    record = archived_of(raw.data)
    page = archived_page(record, raw.place.file)
    text = archived_text(record, page, raw.place.file)
    url = str(record.rec_headers.get_header("WARC-Target-URI") or "")
    day = published(page) or day_of(record.rec_headers.get_header("WARC-Date"))
    own = url or f"{raw.place.file}:{raw.place.number}"
    return Record(raw.place, text, own, day, site_of("", url, raw.place.file), url)


def archived_of(data: bytes) -> Any:
    """Return the WARC record that *data* holds, as warcio reads it. Raises InputError."""
    from warcio.recordloader import ArcWarcRecordLoader

    try:
        return ArcWarcRecordLoader().parse_record_stream(io.BytesIO(data))
    except Exception as error:  # warcio has several, without a common base
        raise InputError(f"expected a WARC record, found what warcio cannot read: {line_of(error)}; {AGAIN}") from error


def archived_page(record: Any, name: str) -> str:
    """Return the page or text that a WARC record holds. Raises InputError."""
    try:
        data = record.content_stream().read()
    except Exception as error:  # as above
        raise InputError(f"expected a page as its headers say, found damage: {line_of(error)}; {AGAIN}") from error
    headers = record.http_headers or record.rec_headers
    return _decoded_page(data, str(headers.get_header("Content-Type") or ""), name)


def archived_text(record: Any, page: str, name: str) -> str:
    """Return the text of the *page* that a WARC record holds: of a web page its main text. Raises InputError."""
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
            f"expected a web page, found what trafilatura cannot read: {line_of(error)}; leave it"
        ) from error


def _decoded_page(data: bytes, content_type: str, name: str) -> str:
    """Return a page as text: by UTF-8 if it is valid, else by the encoding that its server or its own head names."""
    charset = CHARSET.search(content_type)
    for encoding in ("utf-8", charset[1] if charset else ""):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError, TypeError):  # TypeError: a codec that is not of characters
            continue
    return decode(data, name)


class ArchiveSink:
    """Texts of pages as a WARC file, each with its note behind it."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        """Begin to write what becomes of *source* to *file*."""
        from warcio.warcwriter import WARCWriter

        file, self.packer = packed_into(file, source.packed if source.packed == ZSTD else "")
        self.writer = WARCWriter(file, gzip=source.packed == GZIP)  # each record is a member of its own

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record, see `sinks.Sink`."""
        record = archived_of(raw.data)
        headers, name = record.rec_headers, raw.place.file
        shown = archived_text(record, archived_page(record, name), name) if text is None else text
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
        """Write the end."""
        self.packer.close()

    def _write(self, kind: str, content: str, described: Mapping[str, str | None], refers: str, data: bytes) -> str:
        """Write a record, and return its name, which depends only on its content and on what it refers to."""
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
