"""Loading a normalizer as the options of a command say."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from normalizer.articles import read_article
from normalizer.errors import InputError
from normalizer.table_files import SHIPPED, TableFiles

if TYPE_CHECKING:
    from normalizer.repairing import Normalizer


def load(
    files: TableFiles = SHIPPED,
    min_confidence: float | None = None,
    protect: Sequence[str] = (),
    ignore: Sequence[str] = (),
    *,
    detailed: bool = False,
) -> "Normalizer":
    """Load the tables. Raises LexiconError or ModelError, naming the file; InputError for settings that cannot be."""
    from normalizer.repairing import Normalizer, Settings
    from normalizer.tables import Tables

    bar = Settings().min_confidence if min_confidence is None else min_confidence
    settings = Settings(bar, tuple(protected(protect)), tuple(ignore), detailed)
    return Normalizer(tables=Tables.of(files), settings=settings)


def protected(names: Sequence[str]) -> Iterator[str]:
    """Yield the phrases that --protect names: each its own, or those in a file, one a line; # begins a comment.

    Raises InputError for what looks like a file and is none.
    """
    for name in names:
        if Path(name).is_file():
            lines = read_article(name).text.removeprefix("\ufeff").splitlines()
            yield from (line.strip() for line in lines if line.strip() and not line.startswith("#"))
        elif "/" in name or name.endswith((".txt", ".tsv", ".csv", ".lst")):
            raise InputError(
                f"--protect {name}: expected a file of names or a phrase, found no such file; check the path"
            )
        else:
            yield name
