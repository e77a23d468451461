"""Packed files, gzip and zstd: read past damage, and written so that the same content gives the same bytes."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from normalizer.corpus.records import FETCH
from normalizer.files import READ_REMEDIES, remedy

GZIP, ZSTD = "gz", "zst"
MAGIC = {GZIP: re.compile(rb"\x1f\x8b\x08"), ZSTD: re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")}
PIECES = {GZIP: 1 << 14, ZSTD: 1 << 10}  # bytes unpacked at once: the most they may hold is 16 MB and 67 MB
LONGEST_WINDOW = 1 << 31  # bytes, of zstd --long=31, as large dumps are packed; taken only if a file asks for it
BUFFER = 1 << 16
GZIP_LEVEL = 6


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


@contextmanager
def unpacked(path: str | Path, packed: str, damage: list[str]) -> Iterator[BinaryIO]:
    """Give the file at *path* unpacked as it is read. What is damaged is left out, and *damage* says so.

    Raises OSError where it cannot be opened.
    """
    with Path(path).open("rb") as file, io.BufferedReader(_Pieces(_unpack(file, packed, damage)), BUFFER) as reader:
        yield reader


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
    """Yield the content of *file* in pieces. *damage* takes what is wrong with it."""
    try:
        if packed:
            yield from _inflated(file, packed, damage)
        else:
            yield from iter(lambda: file.read(BUFFER), b"")
    except OSError as error:
        damage.append(f"expected a readable file, {remedy(error, READ_REMEDIES)}")


def _inflated(file: BinaryIO, packed: str, damage: list[str]) -> Iterator[bytes]:
    """Yield what the members of a gzip or zstd file hold; behind damage it goes on with the next member."""
    magic, size, inflater, lost = MAGIC[packed], PIECES[packed], None, False
    name = "gzip" if packed == GZIP else "zstd"
    data = file.read(size)
    while data:
        if inflater is None:
            start = magic.search(data)
            between = data[: start.start() if start else -3]  # a member may begin at the end of a piece
            if between.strip(b"\0") and not lost:  # zeros fill up a block of a tape
                damage.append(f"expected {name}, found other bytes; {FETCH}")
                lost = True
            if start is None:
                more = file.read(size)
                data = data[-3:] + more if more else b""
                continue
            data, inflater, lost = data[start.start() :], _inflater(packed), False
        try:
            piece = inflater.decompress(data)
        except Exception as error:  # each library has an exception of its own
            damage.append(f"expected {name}, found damage: {error}; {FETCH}")
            data, inflater, lost = data[1:] or file.read(size), None, True
            continue
        if piece:
            yield piece
        ended = inflater.eof
        data = (inflater.unused_data if ended else b"") or file.read(size)
        inflater = None if ended else inflater
    if inflater is not None:
        damage.append(f"expected the end of the {name} data, found that the file is cut off; fetch it again")


def _inflater(packed: str) -> _Inflater:
    if packed == GZIP:
        return zlib.decompressobj(31)
    import zstandard

    inflater: _Inflater = zstandard.ZstdDecompressor(max_window_size=LONGEST_WINDOW).decompressobj()
    return inflater


def packed_into(file: BinaryIO, packed: str) -> tuple[BinaryIO, ExitStack]:
    """Return a stream that packs into *file*, without times or names, and a stack that ends it."""
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
