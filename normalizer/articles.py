"""Articles: one text with a name, from a file or standard input; and bytes to standard output."""

import errno
import os
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from normalizer.errors import InputError, NormalizerWarning
from normalizer.files import READ_REMEDIES, decoded, encode, encoded, read_bytes, remedy

STDIN = "standard input"


@dataclass(frozen=True, slots=True)
class Article:
    """One text as it stands in its file, what to call it in messages, and the encoding of its file."""

    text: str
    name: str
    encoding: str = "utf-8"

    def encoded(self, text: str) -> bytes:
        """Return *text* as its file would hold it: in the encoding of the file, or else in UTF-8, with a warning.

        Raises InputError for a lone surrogate.
        """
        try:
            return encoded(text, self.encoding)
        except UnicodeEncodeError as error:
            lacking = text[error.start : error.end]
            warnings.warn(
                f"{self.name}: expected to write {self.encoding} as was read, found {lacking!r}, which it lacks; "
                "written as UTF-8",
                NormalizerWarning,
                stacklevel=2,
            )
            return encode(text)


def read_article(path: str | Path) -> Article:
    """Read a file, or standard input for "-". Raises InputError with a remedy."""
    name, data = (STDIN, _standard_input()) if str(path) == "-" else (str(path), read_bytes(path))
    text, encoding = decoded(data, name)
    return Article(text, name, encoding)


def _standard_input() -> bytes:
    if sys.stdin is None:  # as after "<&-" in a shell
        raise InputError(f"{STDIN}: expected text, found it closed; name a file")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(f"{STDIN}: expected text, {remedy(error, READ_REMEDIES)}") from error


def write_stdout(data: bytes) -> None:
    """Write *data* to standard output. Raises BrokenPipeError where nobody reads on, InputError for other failures."""
    if sys.stdout is None:
        raise InputError(f"standard output: expected to write {len(data)} bytes, found it closed; name a file for them")
    rest = memoryview(data)
    try:
        while rest:  # an unbuffered stream (PYTHONUNBUFFERED) may take a part, and says so by its answer only
            rest = rest[_taken(sys.stdout.buffer.write(rest)) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence_stdout()
        raise InputError(f"standard output: expected to write {len(data)} bytes, found: {error.strerror}") from error


def sync_stdout() -> None:
    """Write down to the disk what went to standard output, if that is a file."""
    with suppress(OSError, ValueError, AttributeError):  # a pipe, a terminal, no real stream as in tests, or none
        os.fsync(sys.stdout.fileno())


def _taken(count: int | None) -> int:
    if not count:  # a stream that does not wait and has no room
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return count


def silence_stdout() -> None:
    """Point standard output at nothing, so that Python's last flush cannot fail on a closed pipe or a full disk."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a real stream, as in tests
        return
