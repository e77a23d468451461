"""Articles: one text with a name, from a file or standard input; and bytes to standard output."""

import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from normalizer.errors import InputError
from normalizer.files import READ_REMEDIES, decode, read_text, remedy

STDIN = "standard input"


@dataclass(frozen=True, slots=True)
class Article:
    """One text as it stands in its file, and what to call it in messages."""

    text: str
    name: str


def read_article(path: str | Path) -> Article:
    """Read a UTF-8 file, or standard input for "-". Raises InputError with a remedy."""
    if str(path) == "-":
        return Article(decode(_standard_input(), STDIN), STDIN)
    return Article(read_text(path), str(path))


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
