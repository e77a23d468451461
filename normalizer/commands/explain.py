"""The command `normalizer explain`."""

import re

import click

from normalizer import reporting
from normalizer.articles import read_article, write_stdout
from normalizer.commands import loading
from normalizer.commands.options import FILES, HELP, references_option, tables_options, version_option
from normalizer.commands.places import require_single_stdin
from normalizer.errors import InputError
from normalizer.table_files import TableFiles

PLACE = re.compile(r"(\d{1,9}):(\d{1,9})")


@click.command(context_settings=HELP)
@click.argument("file", metavar="FILE|-", type=FILES)
@click.option("--at", "place", metavar="LINE:COL", help="Explain the word there; both count from 1, in characters.")
@click.option("--edit", "number", metavar="N", type=click.IntRange(1), help="Explain this edit of the plan.")
@references_option
@tables_options
@version_option
def explain(
    file: str,
    place: str | None,
    number: int | None,
    references: tuple[str, ...],
    files: TableFiles,
) -> None:
    """Tell why a place of an article was read as it was.

    Shows every reading of the place, its score by part, and why the winner won. Scores are in nats, a factor of 2.7
    each, over the place as it stands. Edits are numbered as in the plan of "normalizer repair -f json" with the same
    references.

    \b
    Examples:
      normalizer explain page.txt --at 12:40
      normalizer explain page.txt --edit 7 -r agency.txt
    """
    if (place is None) == (number is None):
        raise click.UsageError("say what to explain: either --at LINE:COL or --edit N.")
    require_single_stdin([file, *references])
    text = read_article(file).text
    told = [read_article(name).text for name in references]
    at = 0 if place is None else offset_of(text, place)
    normalizer = loading.load(files, detailed=True)
    listed = normalizer.repair(text, told).plan().listed
    start, end = at, at + 1
    if number is not None:
        if number > len(listed):
            raise InputError(f"edit {number}: expected a number from 1 to {len(listed)}, the edits of {file}")
        start, end = listed[number - 1].edit.start, listed[number - 1].edit.end
    found = normalizer.explain(text, start, end, told)
    write_stdout(reporting.explanation(found, text, listed, start, end).encode())


def offset_of(text: str, place: str) -> int:
    """Return the offset of a place like 12:40, line and column from 1. Raises InputError if it is none of *text*."""
    match = PLACE.fullmatch(place)
    if match is None:
        raise InputError(f"--at {place}: expected line and column, as 12:40, found something else")
    line, column = map(int, match.groups())
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        raise InputError(f"--at {place}: expected a line from 1 to {len(lines)}, found {line}")
    longest = len(lines[line - 1])
    if not longest:
        raise InputError(f"--at {place}: expected a line with text in it, found line {line}, which is empty")
    if not 1 <= column <= longest:
        raise InputError(f"--at {place}: expected a column from 1 to {longest} in this line, found {column}")
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
