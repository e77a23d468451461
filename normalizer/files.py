"""Files: bytes to text and back, and writing in one step.

Nothing is tidied on the way in: line ends, a byte order mark and a missing last line end stay in the text, so
that `encode(decode(data, name)) == data` for every file that can be read at all.
"""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from normalizer.errors import InputError

# How files that are not UTF-8 begin, and what to do with them.
SIGNATURES = (
    (b"\xff\xfe\x00\x00", "UTF-32", "iconv -f UTF-32 -t UTF-8 {name} > utf8.txt"),
    (b"\xff\xfe", "UTF-16", "iconv -f UTF-16 -t UTF-8 {name} > utf8.txt"),
    (b"\xfe\xff", "UTF-16", "iconv -f UTF-16 -t UTF-8 {name} > utf8.txt"),
    (b"\x1f\x8b", "a gzip archive", "gunzip {name}"),
    (b"PK\x03\x04", "a zip archive or office document", "save the article as plain text"),
    (b"%PDF", "a PDF document", "pdftotext {name}"),
)

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


def read_text(path: str | Path) -> str:
    """Return the text of a UTF-8 file as it stands. Raises InputError with a remedy."""
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError(f"{path}: expected a readable file, {remedy(error, READ_REMEDIES)}") from error
    return decode(data, str(path))


def decode(data: bytes, name: str) -> str:
    """Return the text of *data*, strict UTF-8. Raises InputError with line, byte offset and remedy."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}: line {line}, byte {error.start}: expected UTF-8, found byte 0x{data[error.start]:02X}; "
            f"{_encoding_remedy(data, name, error)}"
        ) from error


def encode(text: str) -> bytes:
    """Return the UTF-8 bytes of *text*, the inverse of decode. Raises InputError for a lone surrogate."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"character {error.start}: expected text that UTF-8 can hold, found the lone surrogate "
            f"U+{ord(text[error.start]):04X}; mend the program that made the text"
        ) from error


def write_atomically(path: str | Path, data: bytes) -> None:
    """Replace the file at *path* by *data*, wholly or not at all; owner and permission bits stay, links are followed.

    A device or pipe is written to in place, since replacing it would destroy it. Raises InputError; then the
    original is untouched and nothing is left beside it.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(target)), data)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected a file to write, {remedy(error, WRITE_REMEDIES)}") from error


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


def _replace(target: Path, data: bytes) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not os.access(target, os.W_OK):  # os.replace would not mind, but the owner does
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    temporary = target.with_name(f".normalizer-{secrets.token_hex(8)}.tmp")
    try:
        _write_through(temporary, data, target)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_through(temporary: Path, data: bytes, model: Path) -> None:
    """Write *data* down to the disk, with the owner and permission bits of *model* if that exists."""
    with temporary.open("xb") as file:
        if model.exists():
            _take_after(temporary, model.stat())
        file.write(data)
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


def _encoding_remedy(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    for signature, kind, remedy in SIGNATURES:
        if data.startswith(signature):
            return f"the file looks like {kind}: {remedy.format(name=name)}"
    if error.reason == "unexpected end of data":
        return "the file looks cut off in the middle of a character: fetch it again"
    return f"the file looks like Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 {name} > utf8.txt"
