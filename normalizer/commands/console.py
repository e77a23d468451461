"""What every command says to the one who called it: exit codes, messages, progress."""

import enum
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import click

from normalizer import reporting
from normalizer.articles import write_stdout
from normalizer.errors import InputError

if TYPE_CHECKING:
    from normalizer.repairing import Repair

Tell = Callable[[str], None]


class Exit(enum.IntEnum):
    """The exit codes."""

    FINE = 0
    FOUND = 1  # --check found something to repair
    WRONG = 2  # wrong use or unreadable input
    INTERRUPTED = 130  # what shells use for Ctrl-C; 1 would say that --check found something


def complain(message: str) -> None:
    """Print one line on standard error that says what is wrong."""
    click.echo(f"normalizer: {reporting.visible_line(message)}", err=True)


def out_of_memory(name: str) -> InputError:
    """Return the error for a file that memory does not hold."""
    return InputError(f"{name}: expected an article that fits into memory, found that it ran out; divide the file")


def progress(quiet: bool) -> Tell:
    """Return what prints a line of progress on standard error, or nothing if *quiet*."""
    return _silent if quiet else _tell


class Told:
    """What is told of repairs on standard error: of one file some lines, of several one each, counted on a terminal."""

    def __init__(self, files: int, quiet: bool, brief: bool = False) -> None:
        """Tell of so many *files*, or of none if *quiet*; in one line each if *brief*."""
        self._files, self._quiet, self._brief, self._done = files, quiet, brief or files > 1, 0

    def next(self) -> None:
        """Go on to the next file."""
        self._done += 1

    def of(self, repair: "Repair", name: str) -> None:
        """Tell of the *repair* of the file at hand."""
        if self._quiet:
            return
        count = f"{self._done}/{self._files} " if self._files > 1 and is_terminal(sys.stderr) else ""
        lines = reporting.summary(repair, name).splitlines(keepends=True)
        click.echo(count + "".join(lines[:1] if self._brief else lines), err=True, nl=False)


def _tell(line: str) -> None:
    click.echo(reporting.visible(line), err=True)


def _silent(line: str) -> None:
    return None


def print_line(text: str) -> None:
    """Print *text* and a line end on standard output."""
    write_stdout(reporting.visible(text).encode() + b"\n")


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether somebody sits before *stream*, which is None where the caller closed it."""
    return stream is not None and stream.isatty()
