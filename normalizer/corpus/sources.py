"""Reading a scrape: its files, their records, and the content of each record.

`read` is cheap and lazy: it finds the borders of records, with one record, or a batch of rows, in memory. `parse` does
the costly part. A record that cannot be read becomes a Reject, and reading goes on behind it.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from normalizer.corpus.archives import parse_archived, read_archive
from normalizer.corpus.lines import parse_json, read_lines, read_values
from normalizer.corpus.packing import BUFFER, MAGIC, ZSTD, unpacked
from normalizer.corpus.pages import PAGES, parse_page, read_pages, walk
from normalizer.corpus.records import DEFAULT_FIELDS, LIMIT, Fields, Place, Raw, Read, Record, Reject, Source
from normalizer.corpus.tables import parse_row, read_table
from normalizer.errors import InputError
from normalizer.files import READ_REMEDIES, remedy

KINDS = {
    ".jsonl": "lines", ".ndjson": "lines", ".json": "json", ".parquet": "table", ".warc": "archive", ".wet": "archive",
    **dict.fromkeys(PAGES, "pages"),
}  # fmt: skip
LIBRARIES = {
    "table": ("parquet", "pyarrow.parquet"),
    "archive": ("warc", "warcio", "trafilatura"),
    ZSTD: ("zstd", "zstandard"),
}


def find_sources(inputs: Iterable[str | Path]) -> tuple[Source, ...]:
    """Return the sources in *inputs*, files and folders, sorted by name.

    Of a folder the pages (.txt, .html, .htm) are one source, and each file of records is one; hidden files and files of
    other kinds are left out. Raises InputError for an input that does not exist, is of an unknown kind or has no
    records, and for a missing library.
    """
    given = []
    for each in inputs:
        if not Path(each).exists():
            raise InputError(f"{each}: expected a file or folder, {READ_REMEDIES[errno.ENOENT]}")
        given.append(Path(os.path.abspath(each)))  # noqa: PTH100 - links stay as they are named
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
        require_libraries(source)
    return tuple(sorted(found.values(), key=lambda source: (source.name, source.path)))


def read(source: Source, fields: Fields = DEFAULT_FIELDS, limit: int = LIMIT) -> Iterator[Raw | Reject]:
    """Yield the records of *source* as they came, in order, and a Reject for each that cannot be read.

    limit: bytes of the longest record; a longer one is not held in memory. The content of a file never raises.
    """
    if source.kind == "pages":
        yield from read_pages(source, limit)
    elif source.kind == "table":
        yield from read_table(source, fields, limit)
    else:
        yield from _read_stream(source, limit)


def parse(raw: Raw, fields: Fields = DEFAULT_FIELDS) -> Record | Reject:
    """Return *raw* as a record, or a Reject with the reason why it cannot be read; never raises."""
    try:
        return _PARSERS[raw.kind](raw, fields)
    except InputError as error:
        reason = str(error).removeprefix(f"{raw.place.file}: ").removeprefix(f"{raw.data}: ")
        return Reject(raw.place, " ".join(reason.split()))


def _in_folder(folder: Path, base: Path) -> Iterator[Source]:
    """Yield the sources of *folder*: its pages as one, and each file of records."""
    paged = False
    for path in walk(folder):
        kind, _ = kind_by_name(path.name)
        if kind == "pages" and not paged:
            paged = True
            yield Source(str(folder), _relative_name(folder, base), "pages", folder=str(folder))
        elif kind not in ("", "pages"):
            yield replace(_of_file(path, base, False), folder=str(folder))


def _relative_name(path: Path, base: Path) -> str:
    relative = path.relative_to(base).as_posix()
    return "" if relative == "." else relative


def kind_by_name(name: str) -> tuple[str, str]:
    """Return the kind of a file and how it is packed, as its name says; "" where it does not.

    >>> kind_by_name("a.b.jsonl.gz"), kind_by_name("a.pdf")
    (('lines', 'gz'), ('', ''))
    """
    path = PurePosixPath(name.lower())
    packed = path.suffix[1:] if path.suffix in (".gz", ".zst") else ""
    kind = KINDS.get(PurePosixPath(path.stem).suffix if packed else path.suffix, "")
    return ("", "") if packed and kind in ("pages", "table") else (kind, packed)


def _of_file(path: Path, base: Path, alone: bool) -> Source:
    """Return the source that a file is: by its name, and how it is packed by its content. Raises InputError."""
    kind, packed = kind_by_name(path.name)
    name = _relative_name(path, base)
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
    require_libraries(source)
    with unpacked(source.path, source.packed, []) as file:
        start = file.read(BUFFER).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return "list"
    if source.kind == "json":
        return "json"
    return "archive" if start.startswith(b"WARC/") else "lines" if start.startswith(b"{") else ""


def require_libraries(source: Source) -> None:
    """Raise InputError where a library that *source* takes is missing."""
    for need in (source.kind, source.packed):
        extra, *modules = LIBRARIES.get(need, ("",))
        for module in modules:
            try:
                import_module(module)
            except ImportError as error:
                raise InputError(
                    f"{source.path}: expected {module.partition('.')[0]}, which it takes, found it is not installed: "
                    f"pip install 'normalizer[{extra}]', or 'normalizer[corpus]' for all kinds of files"
                ) from error


def _read_stream(source: Source, limit: int) -> Iterator[Raw | Reject]:
    """Yield the records of a file that is read from its beginning to its end."""
    number, damage = 0, list[str]()
    kind = "archived" if source.kind == "archive" else "json"
    try:
        with unpacked(source.path, source.packed, damage) as file:
            for number, data in _READERS[source.kind](file, limit):
                place = Place(source.name, number)
                yield Reject(place, data) if isinstance(data, str) else Raw(place, kind, data)
    except OSError as error:
        yield Reject(Place(source.name, 0), f"expected a readable file, {remedy(error, READ_REMEDIES)}")
    for found in damage:
        yield Reject(Place(source.name, number + 1), f"{found}; what can be read of the rest has been read")


_READERS: Mapping[str, Callable[[BinaryIO, int], Read]] = {
    "lines": read_lines,
    "json": read_values,
    "list": read_values,
    "archive": read_archive,
}
_PARSERS: Mapping[str, Callable[[Raw, Fields], Record]] = {
    "json": parse_json,
    "row": parse_row,
    "archived": parse_archived,
    "page": parse_page,
}
