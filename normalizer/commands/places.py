"""Where a command may write: not over what it reads, and not where it would fail after hours of work."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from normalizer.files import require_writable


def require_place(target: Path | None, inputs: Iterable[str | Path]) -> None:
    """Raise a usage error if *target* is one of the *inputs*, or lies in a folder of them; InputError if it cannot be.

    Checked before anything is read. None is standard output.
    """
    if target is None:
        return
    require_other_file(target, inputs, "name another file.")
    require_writable(target)


def require_other_file(target: Path, inputs: Iterable[str | Path], remedy: str) -> None:
    """Raise a usage error if writing *target* would overwrite one of the *inputs*, a file or what is in a folder."""
    place = Path(os.path.realpath(target))
    for name in inputs:
        source = Path(os.path.realpath(name))
        if place == source or (place.exists() and source in place.parents):
            raise click.UsageError(f"-o would overwrite the input {name}: {remedy}")
