r"""The packed file under every model: how it lies on disc, and in memory, since it is used where it lies.

All numbers are little-endian. A file is

    0   8 bytes   magic, which says what kind of model it is
    8   uint32    version of the format
    12  uint32    length of the header in bytes
    16  uint32    CRC-32 of the header
    20  uint32    0
    24            header: JSON (ASCII, keys sorted, filled with blanks up to a multiple of 8)
    ...           body: the sections, each beginning on a multiple of 8

    header  sections    name -> [offset into the body, number of items]
            body        [bytes, CRC-32]
            provenance  what it was made of, and how; no date, so that the same input gives the same bytes
            ...         further facts, as the model's own module describes them

A model is the file, mapped read-only: loading it reads the header and nothing else, the pages that scoring touches come
in by themselves, and all processes of a machine share them. What is checked of a file of the user's own is every byte,
since one wrong byte may send a look-up out of its table; the shipped files are as they were built, and only their
headers and lengths are checked, in a fifth of a millisecond.
"""

import json
import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError

PREFIX = struct.Struct("<8sIIII")
ALIGN = 8
MISFITS = (KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError)  # what a forged header leads to

Array = NDArray[Any]


class Contents(NamedTuple):
    """A mapped file. data: all of it. header: its parsed header. body: where its sections begin."""

    data: mmap.mmap
    header: Mapping[str, Any]
    body: int


class PackedModel:
    """A model that lies in a packed file: immutable, safe to share between threads, cheap to load and to pickle.

    path: its file. provenance: what it was made of. signature: short hash of the file's header, which holds the
    checksum of the rest, for reports.

    A subclass says what its files are. MAGIC: their first 8 bytes. VERSION: of their format. NAME, REBUILD: for
    messages, what such a file is called and how to make one. PACKAGE, SHIPPED: where the shipped one lies, as a package
    and a file name in it. DTYPES: type of the items of a section by its name, or by the first of its parts (which dots
    separate): "prob.1" is looked up before "prob".
    """

    MAGIC: ClassVar[bytes]
    VERSION: ClassVar[int] = 1
    NAME: ClassVar[str]
    REBUILD: ClassVar[str]
    PACKAGE: ClassVar[str] = "normalizer.language_model"
    SHIPPED: ClassVar[str]
    DTYPES: ClassVar[Mapping[str, str]]

    def __init__(self, path: Path, contents: Contents) -> None:
        """Wrap the mapped *contents* of the file at *path*; use `load`.

        A subclass takes its sections here. Whatever in `MISFITS` is raised on the way is told as damage to the file.
        """
        self.path = path
        self._contents = contents
        self.provenance: Mapping[str, Any] = MappingProxyType(contents.header["provenance"])
        self.signature = f"{zlib.crc32(json.dumps(contents.header, sort_keys=True).encode()):08x}"

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """Map the model at *path*, of which every byte is checked (10 ms for 38 MB), or the shipped one.

        Raises ModelError if the file is missing, is of another kind, is damaged or has a newer format.
        """
        if path is None:
            return cls.mapped(cls.shipped())
        model = cls.mapped(Path(path))
        model.verify()
        return model

    @classmethod
    def shipped(cls) -> Path:
        """Return where the shipped model lies."""
        return Path(str(files(cls.PACKAGE) / cls.SHIPPED))

    @classmethod
    def dtype_of(cls, section: str) -> np.dtype[Any]:
        """Return the type of the items of *section*. Raises KeyError if DTYPES does not say."""
        name = section
        while name not in cls.DTYPES and "." in name:
            name = name.rpartition(".")[0]
        return np.dtype(cls.DTYPES[name])

    def section(self, name: str) -> Array:
        """Return the section *name* as a read-only array over the mapped file, one-dimensional.

        Raises KeyError if there is none, and ValueError if it does not lie within the body.
        """
        data, header, body = self._contents
        offset, items = header["sections"][name]
        if offset < 0 or items < 0:
            raise ValueError(f"section {name} of {items} items at {offset}")
        if not items:  # an empty section may stand at the very end, where there is no buffer left to look at
            return np.zeros(0, self.dtype_of(name))
        return np.frombuffer(data, self.dtype_of(name), items, body + offset)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return the header of the file."""
        return self._contents.header

    def verify(self) -> None:
        """Check every byte of the body against the checksum. Raises ModelError if one is wrong."""
        data, header, body = self._contents
        checksum = header["body"][1]
        found = zlib.crc32(memoryview(data)[body:])
        if found != checksum:
            raise self.damaged(self.path, f"contents with the checksum {found:08x} in place of {checksum:08x}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the path: another process maps the same file, which has been checked, and shares its pages."""
        return type(self).mapped, (self.path,)

    @classmethod
    def damaged(cls, path: Path, found: str) -> ModelError:
        """Return the error for a file at *path* that is not as it was written. found: what is there instead."""
        return ModelError(f"{path}: expected an undamaged {cls.NAME}, found {found}. {cls.REBUILD}")

    @classmethod
    def mapped(cls, path: Path) -> Self:
        """Map the model at *path*; raises ModelError as `load` does, but does not see damage to the body."""
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: expected a {cls.NAME}, found: {error}. {cls.REBUILD}") from error
        try:
            return cls(path, cls._read_header(path, data))
        except MISFITS as error:
            raise cls.damaged(path, f"a header that does not fit its contents ({error!r})") from error

    @classmethod
    def _read_header(cls, path: Path, data: mmap.mmap) -> Contents:
        """Return *data*, the contents of *path*, with its header. Raises ModelError, or one of MISFITS."""
        magic = data[: len(cls.MAGIC)]
        if len(data) < PREFIX.size or magic != cls.MAGIC:
            raise ModelError(
                f"{path}: expected a {cls.NAME}, which starts with {cls.MAGIC!r}, found {magic!r}. {cls.REBUILD}"
            )
        _, version, length, checksum, _ = PREFIX.unpack_from(data)
        if version != cls.VERSION:
            raise ModelError(
                f"{path}: expected a {cls.NAME} of format {cls.VERSION}, found format {version}: written by "
                f"{'a newer' if version > cls.VERSION else 'an older'} version of normalizer. Update normalizer. "
                f"Or: {cls.REBUILD}"
            )
        body = PREFIX.size + length
        text = data[PREFIX.size : body]
        if len(text) < length:
            raise cls.damaged(path, f"{len(data)} bytes, which end within the header")
        if zlib.crc32(text) != checksum:
            raise cls.damaged(path, f"a header with the checksum {zlib.crc32(text):08x} in place of {checksum:08x}")
        header: dict[str, Any] = json.loads(text)
        size, checksum_of_body = header["body"]
        if not isinstance(checksum_of_body, int):
            raise TypeError(f"the checksum {checksum_of_body!r}")
        if len(data) != body + size:
            raise cls.damaged(path, f"{len(data)} bytes in place of {body + size}")
        return Contents(data, header, body)


def write_packed(
    path: Path,
    kind: type[PackedModel],
    sections: Mapping[str, Array],
    provenance: Mapping[str, object],
    facts: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write a file of this *kind* to *path*: all or nothing, and the same bytes for the same arguments.

    sections: one-dimensional arrays by name, in the order in which they are to lie; they are cast to the types that
    *kind* has for them. facts: what the header is to hold besides. Several processes may write the same file at once;
    one of them is the last, and a reader sees the whole file of one of them at any time. Raises OSError if the file
    cannot be written.
    """
    body = bytearray()
    places: dict[str, list[int]] = {}
    for name, array in sections.items():
        places[name] = [len(body), len(array)]
        body += array.astype(kind.dtype_of(name), copy=False).tobytes()
        body += b"\0" * (-len(body) % ALIGN)
    header = {**facts, "sections": places, "body": [len(body), zlib.crc32(body)], "provenance": provenance}
    text = json.dumps(header, sort_keys=True).encode("ascii")
    text += b" " * (-(PREFIX.size + len(text)) % ALIGN)
    _replace(path, PREFIX.pack(kind.MAGIC, kind.VERSION, len(text), zlib.crc32(text), 0) + text + body)


def _replace(path: Path, content: bytes | bytearray) -> None:
    """Write *content* beside *path*, wait until it is on the disc, and rename it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # mkstemp makes it 0600
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
