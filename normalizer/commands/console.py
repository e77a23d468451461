"""What every command says to the one who called it: exit codes, messages, progress."""

import enum
from collections.abc import Callable
from typing import TextIO

import click

from normalizer import reporting
from normalizer.articles import write_stdout

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


def progress(quiet: bool) -> Tell:
    """Return what prints a line of progress on standard error, or nothing if *quiet*."""
    return _silent if quiet else _tell


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
