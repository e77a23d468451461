"""Where a command may read and write: not over what it reads, and not where it would fail after hours of work."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from normalizer.articles import Article, read_article
from normalizer.errors import InputError
from normalizer.files import require_writable, write_atomically


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


def folder_of(out: str | None) -> Path | None:
    """Return the folder that -o names, which need not be there if the name ends in a slash, or None."""
    return Path(out) if out and (out.endswith(os.sep) or Path(out).is_dir()) else None


def require_single_stdin(paths: Sequence[str]) -> None:
    """Raise a usage error if more than one of *paths* is standard input."""
    if list(paths).count("-") > 1:
        raise click.UsageError("standard input can be read only once: give '-' for one input, files for the rest.")


def require_one_place(sources: Sequence[str], out: str | None, in_place: bool) -> None:
    """Raise a usage error if texts could not go where -o and --in-place say."""
    if in_place and out is not None:
        raise click.UsageError("--in-place and -o name two places for one text: leave out one of them.")
    for source in sources if in_place else ():
        if Path(source).exists() and not (Path(source).is_file() or Path(source).is_dir()):
            raise click.UsageError(f"{source} is a pipe or device and cannot be replaced: leave out --in-place.")
    if in_place and "-" in sources:
        raise click.UsageError("standard input cannot be replaced: leave out --in-place, or name a file.")


def require_new_places(targets: Iterable[Path], inputs: Sequence[str]) -> None:
    """Raise a usage error if writing one of *targets* would overwrite an input. "-" is no file."""
    places = {os.path.realpath(name): name for name in inputs if name != "-"}
    for target in targets:
        place = Path(os.path.realpath(target))
        inside = (name for path, name in places.items() if place in Path(path).parents) if place.is_dir() else ()
        name = places.get(str(place)) or next(iter(inside), None)
        if name is not None:
            raise click.UsageError(f"-o would overwrite the input {name}: use --in-place, or name another file.")


def require_folder(folder: Path) -> None:
    """Raise InputError if nothing can be written to *folder*, before there is anything to write."""
    if not folder.is_dir():
        raise InputError(f"{folder}{os.sep}: expected a folder to write to, found none; create it first")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{folder}{os.sep}: expected a folder to write to, found no permission; choose another")


def replace_text(path: str, article: Article, text: str) -> None:
    """Replace the text of the file of *article*, unless someone else has changed it since it was read."""
    if read_article(path) != article:
        raise InputError(f"{path}: expected the text that was read, found another; it was changed meanwhile, run again")
    write_atomically(path, article.encoded(text))
