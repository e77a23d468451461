"""JSON: records on lines, in a list, or one after another.

A record is changed in its raw text, not parsed and written anew, so that white space, the order of keys, numbers and
escapes stay.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, BinaryIO, NamedTuple

from normalizer.corpus.fields import Keys, called, field_prose, record_of, text_of
from normalizer.corpus.packing import BUFFER, packed_into
from normalizer.corpus.records import FIELD, Fields, Note, Raw, Read, Record, Source, line_of
from normalizer.edits import Edit
from normalizer.errors import InputError
from normalizer.formats.records import TOKEN, values

WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 and UTF-32 begin
DECODER = json.JSONDecoder()
BLANKS = re.compile(r"[ \t\r\n]*+")


def read_lines(file: BinaryIO, limit: int) -> Read:
    """Yield the lines of a file that are not blank. A line over the limit is never in memory as a whole."""
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
            found = "found a longer one; divide it, or raise the limit"
            yield number, f"expected a line of at most {limit:,} bytes, {found}"
        elif line.strip():
            yield number, line


def read_values(file: BinaryIO, limit: int) -> Read:
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


def _behind_blanks(text: str, at: int) -> int:
    return found.end() if (found := BLANKS.match(text, at)) else at


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
        raise InputError(f"expected a JSON object, found {called(record)}; write each record as one object")
    return text, record


def parse_json(raw: Raw, fields: Fields) -> Record:
    """Return a JSON object as a record. Raises InputError."""
    _, record = json_of(raw.data)
    return record_of(raw.place, record, fields)


class LinesSink:
    """Records of JSON one after another, packed as the source is."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        """Begin to write what becomes of *source* to *file*."""
        self.file, self.packer = packed_into(file, source.packed)
        self.fields, self.ended = fields, True

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record, see `sinks.Sink`."""
        data = rewritten(raw.data, self.fields, text, note, edits)
        self.file.write(data if self.ended else b"\n" + data)  # the last record of a file may come without a line end
        self.ended = data.endswith(b"\n")

    def finish(self) -> None:
        """Write the end."""
        self.packer.close()


class ListSink:
    """Records of JSON in one list."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        """Begin to write what becomes of *source* to *file*."""
        self.file, self.packer = packed_into(file, source.packed)
        self.fields, self.begun = fields, False

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record, see `sinks.Sink`."""
        self.file.write((b",\n" if self.begun else b"[\n") + rewritten(raw.data, self.fields, text, note, edits))
        self.begun = True

    def finish(self) -> None:
        """Write the end."""
        self.file.write(b"\n]\n" if self.begun else b"[]\n")
        self.packer.close()


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


def _iconv(encoding: str) -> str:
    return f"iconv -f {encoding} -t UTF-8 FILE > NEW"


def _no_utf8(error: UnicodeDecodeError) -> str:
    return (
        f"expected UTF-8, found byte 0x{error.object[error.start]:02X} at byte {error.start}; "
        f"find out the encoding, and {_iconv('ENCODING')}"
    )


def _no_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"expected JSON, found at column {error.colno}: {error.msg}; mend the program that wrote it"
    return f"expected JSON, found what Python cannot read: {line_of(error)}; mend the program that wrote it"
