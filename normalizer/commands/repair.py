"""The command `normalizer repair`."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from normalizer import reporting
from normalizer.articles import STDIN, read_article
from normalizer.commands import loading
from normalizer.commands.console import Exit, complain, is_terminal
from normalizer.commands.options import (
    FILES,
    HELP,
    in_place_option,
    lexicon_option,
    model_option,
    output_option,
    quiet_option,
    references_option,
    version_option,
)
from normalizer.commands.output import SUFFIXES, Output
from normalizer.errors import NormalizerError

if TYPE_CHECKING:
    from normalizer.references import Reference
    from normalizer.repairing import Normalizer, Repair


@click.command(context_settings=HELP)
@click.argument("files", nargs=-1, metavar="[FILE|-]...", type=FILES)
@references_option
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(list(SUFFIXES)),
    help="text (the default), json (an edit plan a line), diff, or html (a page to look at and decide).",
)
@click.option(
    "--color",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether a diff has colours; auto: on a terminal.",
)
@click.option("--side-by-side", is_flag=True, help="Show a diff in two columns.")
@output_option
@in_place_option
@click.option("--check", is_flag=True, help="Write nothing, exit with 1 if there is something to repair.")
@click.option(
    "--min-confidence",
    metavar="P",
    type=click.FloatRange(0, 1),
    help="Leave out edits less sure than P, 0 to 1.",
)
@lexicon_option
@model_option
@quiet_option
@version_option
@click.pass_context
def repair(
    ctx: click.Context,
    files: tuple[str, ...],
    references: tuple[str, ...],
    form: str | None,
    colour: str,
    side_by_side: bool,
    out: str | None,
    in_place: bool,
    check: bool,
    min_confidence: float | None,
    lexicons: tuple[str, ...],
    model: str | None,
    quiet: bool,
) -> None:
    """Repair articles; "-" or no FILE reads standard input.

    The repaired text goes to standard output, a summary to standard error.

    \b
    Examples:
      normalizer repair page.txt > repaired.txt
      normalizer repair page.txt -r agency.txt -o repaired.txt
      normalizer repair --in-place -f json *.txt > plans.jsonl
      normalizer repair -f diff page.txt            what would change
      normalizer repair -f html page.txt -o page.html   the same with evidence, to decide in a browser
      normalizer repair --check *.txt               exit code 1 if anything would
      normalizer repair --min-confidence 0.9 - < page.txt

    Several files need --in-place, --check, -o FOLDER, -f json or -f diff. With --in-place a plan or diff
    still goes to standard output: keep the plan, and "normalizer revert" brings the old text back.
    """
    if not files and is_terminal(sys.stdin):
        click.echo(ctx.get_help())
        return
    sources = files or ("-",)
    output = Output(sources, references, form, out, in_place, check, colour, side_by_side)
    output.require_sense()
    ctx.exit(repair_all(output, lambda: loading.load(lexicons, model, min_confidence, output.detailed), quiet))


def repair_all(output: Output, load: Callable[[], "Normalizer"], quiet: bool) -> Exit:
    """Repair every source. A source that fails is reported and the others go on."""
    from normalizer.references import prepare

    references = [prepare(read_article(path).text) for path in output.references]
    normalizer = load()
    pairs = (pair for sources in runs(output.sources) for pair in repaired(normalizer, sources, references))
    codes = {put(output, source, result, quiet) for source, result in pairs}
    output.close()
    if Exit.WRONG in codes:
        return Exit.WRONG
    return Exit.FOUND if output.check and Exit.FOUND in codes else Exit.FINE


def runs(sources: Sequence[str]) -> Iterator[list[str]]:
    """Yield *sources* in order, in runs without repeats: a file that is replaced and named again is read anew."""
    run: dict[str, str] = {}
    for source in sources:
        place = os.path.realpath(source)
        if place in run:
            yield list(run.values())
            run = {}
        run[place] = source
    yield list(run.values())


def repaired(
    normalizer: "Normalizer", sources: Iterable[str], references: Sequence["Reference"]
) -> Iterator[tuple[str, "Repair | NormalizerError"]]:
    """Yield each of *sources* with its repair, or with the error that reading it gave.

    The articles are repaired in one stream, a few dozen side by side; only these are held in memory.
    """
    waiting: deque[tuple[str, NormalizerError | None]] = deque()  # read, but not yielded yet

    def articles() -> Iterator[tuple[str, Sequence["Reference"]]]:
        for source in sources:
            try:
                text = read_article(source).text
            except NormalizerError as error:
                waiting.append((source, error))
            else:
                waiting.append((source, None))
                yield text, references

    for result in normalizer.repair_many(articles()):
        while (error := waiting[0][1]) is not None:
            yield waiting.popleft()[0], error
        yield waiting.popleft()[0], result
    for source, error in waiting:
        if error is not None:
            yield source, error


def put(output: Output, source: str, result: "Repair | NormalizerError", quiet: bool) -> Exit:
    """Write one repair to where it belongs and tell of it, or tell of the error; say whether there were edits."""
    try:
        if isinstance(result, NormalizerError):
            raise result
        output.put(source, result)
    except NormalizerError as error:
        complain(str(error))
        return Exit.WRONG
    if not quiet:
        name = STDIN if source == "-" else source
        brief = f"{reporting.summary_line(result, name)}\n"
        click.echo(brief if output.form == "diff" else reporting.summary(result, name), err=True, nl=False)
    return Exit.FOUND if result.edits else Exit.FINE
