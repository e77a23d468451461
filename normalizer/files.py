"""Files: bytes to text and back, and writing in one step.

Nothing is tidied on the way in: line ends, a byte order mark and a missing last line end stay in the text, so that
`encoded(*decoded(data, name)) == data` for every file that can be read at all. What is tried, in this order: a byte
order mark, UTF-16 without one, UTF-8, what the document declares, and Windows-1252, which most of the rest is.
"""

import codecs
import errno
import hashlib
import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from normalizer.errors import InputError


class Decoded(NamedTuple):
    """A text, and the codec that turns it back into the very bytes it came from."""

    text: str
    encoding: str


# How files begin that hold no text, and what to do with them.
SIGNATURES = (
    (b"\xff\xfe\x00\x00", "UTF-32", "iconv -f UTF-32 -t UTF-8 {name} > utf8.txt"),
    (b"\x00\x00\xfe\xff", "UTF-32", "iconv -f UTF-32 -t UTF-8 {name} > utf8.txt"),
    (b"\x1f\x8b", "a gzip archive", "gunzip {name}"),
    (b"\xfd7zXZ\x00", "an xz archive", "unxz {name}"),
    (b"BZh", "a bzip2 archive", "bunzip2 {name}"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unzstd {name}"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (b"PK\x03\x04", "a zip archive or office document", "save the article as plain text"),
    (b"\xd0\xcf\x11\xe0", "an old office document", "save the article as plain text"),
    (b"{\\rtf", "a rich text document", "save the article as plain text"),
    (b"%PDF", "a PDF document", "pdftotext {name}"),
    (b"%!PS", "a PostScript document", "ps2ascii {name}"),
    (b"\x89PNG", "a picture (PNG)", "name a text"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "name a text"),
    (b"GIF8", "a picture (GIF)", "name a text"),
    (b"RIFF", "a picture, sound or film (RIFF)", "name a text"),
    (b"SQLite format 3", "an SQLite database", "write its texts to JSON Lines and name the field with --field"),
    (b"PAR1", "a Parquet table", "write its texts to JSON Lines and name the field with --field"),
    (b"\x7fELF", "a program", "name a text"),
    (b"WARC/", "a web archive (WARC)", "take the pages out of it"),
)
MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# English in UTF-16 has a NUL in every other byte; so has a file of 16-bit numbers, which decodes to nonsense.
SAMPLE = 4096  # bytes
MOST_ODD = 0.3  # of the characters of a text in UTF-16 may be no ASCII
MOST_FOREIGN = 0.1  # of the bytes of a text in Windows-1252 may be no ASCII: Greek or Chinese in its own code has more
DECLARED = re.compile(
    r"""(?ix) <meta\s [^>]{0,200}? charset \s{0,9}=\s{0,9} ["']? ([\w.:-]{2,40})
            | \A <\?xml\s [^>]{0,200}? encoding \s{0,9}=\s{0,9} ["'] ([\w.:-]{2,40})"""
)
UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")  # in Windows-1252
CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


TEMPORARY = ".normalizer"  # begins the name of a file that is about to take the place of another

READ_REMEDIES = {
    errno.ENOENT: "found nothing there; check the path",
    errno.EISDIR: "found a folder; name the files in it",
    errno.EACCES: "found no permission to read it; change the permissions or copy the file",
}
WRITE_REMEDIES = {
    errno.ENOENT: "found no such folder; create it first",
    errno.EISDIR: "found a folder; name a file in it",
    errno.EACCES: "found no permission to write there; choose another place",
    errno.EROFS: "found a read-only file system; choose another place",
    errno.ENOSPC: "found no space left; make room, the original is untouched",
}


def read_bytes(path: str | Path) -> bytes:
    """Return the bytes of a file. Raises InputError with a remedy."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError(f"{path}: expected a readable file, {remedy(error, READ_REMEDIES)}") from error
    except MemoryError as error:
        raise InputError(f"{path}: expected a file that fits into memory, found a larger one; divide it") from error


def decoded(data: bytes, name: str) -> Decoded:
    """Return the text of *data*. Raises InputError with line, byte offset and remedy for what is no text."""
    for signature, kind, remedy in SIGNATURES:
        if data.startswith(signature):
            raise InputError(f"{name}: expected text, found {kind}; {remedy.format(name=name)}")
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _exact(data, name, encoding)
    if (wide := _wide(data)) is not None:
        return wide
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _in_eight_bits(data, name, error)
    if "\x00" in text[:SAMPLE] and len(CONTROLS.findall(text[:SAMPLE])) > 1 + len(text[:SAMPLE]) // 50:
        raise InputError(f"{name}: expected text, found binary data (NUL bytes); name a text")
    return Decoded(text, "utf-8")


def decode(data: bytes, name: str) -> str:
    """Return the text of *data*, as `decoded` does."""
    return decoded(data, name).text


def encode(text: str) -> bytes:
    """Return the UTF-8 bytes of *text*. Raises InputError for a lone surrogate."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"character {error.start}: expected text that UTF-8 can hold, found the lone surrogate "
            f"U+{ord(text[error.start]):04X}; mend the program that made the text"
        ) from error


def encoded(text: str, encoding: str) -> bytes:
    """Return the bytes of *text*. Raises InputError for a lone surrogate, UnicodeError for what the encoding lacks."""
    return encode(text) if encoding == "utf-8" else text.encode(encoding)


@contextmanager
def telling(path: str | Path) -> Iterator[None]:
    """Raise what the system says of writing to *path*, in this block, as InputError with a remedy."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: expected a file to write, {remedy(error, WRITE_REMEDIES)}") from error


def write_atomically(path: str | Path, data: bytes) -> None:
    """Replace the file at *path* by *data*, wholly or not at all; owner and permission bits stay, links are followed.

    A device or pipe is written to in place, since replacing it would destroy it. Raises InputError; then the
    original is untouched and nothing is left beside it.
    """
    target = Path(path)
    try:
        with telling(path):
            if target.exists() and not target.is_file() and not target.is_dir():
                target.write_bytes(data)
                return
            with replacing(target) as file:
                file.write(data)
    except ValueError as error:  # a NUL in the path
        raise InputError(f"{path}: expected a file to write, found: {error}") from error


def require_writable(path: str | Path) -> None:
    """Raise the InputError that `write_atomically` would, before there is anything to write."""
    target = Path(os.path.realpath(path))
    number = 0
    if target.is_dir():
        number = errno.EISDIR
    elif not target.parent.is_dir():
        number = errno.ENOENT
    elif not os.access(target if target.exists() else target.parent, os.W_OK):
        number = errno.EACCES
    if number:
        raise InputError(f"{path}: expected a file to write, {WRITE_REMEDIES[number]}")


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of that at *path* in one step when the block ends.

    Where the block fails the original is untouched, and nothing is left beside it. Owner and permission bits stay,
    links are followed. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not os.access(target, os.W_OK):  # os.replace would not mind, but the owner does
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    temporary = target.with_name(f"{TEMPORARY}-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            if target.exists():
                _take_after(temporary, target.stat())
            yield file
            _write_through(file)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def sweep(folder: str | Path) -> None:
    """Remove what a process that was killed while it replaced a file has left in *folder*; the files are whole."""
    for path in Path(folder).glob(f"{TEMPORARY}-{_machine()}-*.tmp"):
        number = path.name.split("-")[-2]
        if number.isdecimal() and not _is_alive(int(number)):
            path.unlink(missing_ok=True)


def _machine() -> str:
    """Return what tells this machine from others that may see the same folder."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # where the signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def _sync_folder(folder: Path) -> None:
    """Write the names in *folder* down to the disk, where the system can; the file itself is there already."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_through(file: BinaryIO) -> None:
    """Write what went to *file* down to the disk."""
    file.flush()
    os.fsync(file.fileno())


def _take_after(path: Path, model: os.stat_result) -> None:
    """Give the file at *path* the owner and permission bits of another; the superuser alone may give files away."""
    if hasattr(os, "chown") and (model.st_uid, model.st_gid) != (path.stat().st_uid, path.stat().st_gid):
        with suppress(PermissionError):
            os.chown(path, model.st_uid, model.st_gid)
    path.chmod(model.st_mode & 0o7777)


def remedy(error: Exception, remedies: dict[int, str]) -> str:
    """Return what was found, as the system names it in *error*, and what to do where *remedies* know."""
    number = error.errno if isinstance(error, OSError) else None
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return remedies.get(number or 0, f"found: {reason}")


def _exact(data: bytes, name: str, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: byte {error.start}: expected {encoding.upper()} as its first bytes say, "
            f"found {error.reason}; the file looks cut off or damaged: fetch it again"
        ) from error


def _wide(data: bytes) -> Decoded | None:
    """Return *data* as UTF-16 without a byte order mark, or None if it does not look like it."""
    sample = data[: SAMPLE - SAMPLE % 2]
    if len(data) % 2 or b"\x00" not in sample:
        return None
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros.count(0) > (1 - MOST_ODD) * len(zeros) and data[:2] != b"\x00\x00":
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                return None
            return None if CONTROLS.search(text[:SAMPLE]) else Decoded(text, encoding)
    return None


def _declared(data: bytes) -> Decoded | None:
    """Return *data* in the encoding that a page or XML document names at its head, None without one that fits."""
    match = DECLARED.search(data[:SAMPLE].decode("latin-1"))
    try:
        encoding = codecs.lookup(match[1] or match[2]).name if match else "utf-8"
        encoding = "cp1252" if encoding in ("ascii", "iso8859-1") else encoding  # as browsers read it
        text = data.decode(encoding)
        exact = text.encode(encoding) == data
    except (LookupError, UnicodeError, TypeError):  # TypeError: a codec that is not of characters
        return None
    return Decoded(text, encoding) if match and exact else None


def _in_eight_bits(data: bytes, name: str, error: UnicodeDecodeError) -> Decoded:
    """Return what is no UTF-8 as what it declares, as Windows-1252 or as Latin-1."""
    if (declared := _declared(data)) is not None:
        return declared
    head = data[: error.start]
    half = len(data) > error.start + 1 or not head.isascii()  # else one letter of another encoding
    cut = error.reason == "unexpected end of data" and half
    mixed = _mostly_multibyte(data)
    foreign = sum(byte > 127 for byte in data[:SAMPLE]) > 1 + MOST_FOREIGN * len(data[:SAMPLE])
    binary = CONTROLS.search(data[:SAMPLE].decode("latin-1")) is not None
    if not (cut or mixed or foreign or binary):
        encoding = "cp1252" if UNDEFINED.isdisjoint(data) else "latin-1"
        return Decoded(data.decode(encoding), encoding)
    line = data.count(b"\n", 0, error.start) + 1
    raise InputError(
        f"{name}: line {line}, byte {error.start}: expected UTF-8, found byte 0x{data[error.start]:02X}; "
        + _remedy(name, cut, mixed, binary)
    ) from error


def _mostly_multibyte(data: bytes) -> bool:
    """Say whether the bytes beyond ASCII are UTF-8 for the most part: a text with some damage in it."""
    text = data.decode("utf-8", "replace")
    damage = text.count("\ufffd")
    return sum(not char.isascii() for char in text) - damage >= max(1, damage)


def _remedy(name: str, cut: bool, mixed: bool, binary: bool) -> str:
    if binary:
        return "the file looks like binary data: name a text"
    if cut:
        return "the file looks cut off in the middle of a character: fetch it again"
    if mixed:
        return f"most of the file is UTF-8: mend this place, or iconv -c -f UTF-8 -t UTF-8 {name} > utf8.txt"
    return f"the file is in an encoding of its own: find out which, and iconv -f ENCODING -t UTF-8 {name} > utf8.txt"
