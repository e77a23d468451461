"""The command `normalizer repair`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from normalizer import reporting
from normalizer.articles import read_article
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
    version_option,
)
from normalizer.commands.output import SUFFIXES, Output
from normalizer.errors import NormalizerError

if TYPE_CHECKING:
    from normalizer.repairing import Normalizer


@click.command(context_settings=HELP)
@click.argument("files", nargs=-1, metavar="[FILE|-]...", type=FILES)
@click.option(
    "-r",
    "--reference",
    "references",
    metavar="REF",
    multiple=True,
    type=FILES,
    help="A cleaner version of the same story; may be given again.",
)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(list(SUFFIXES)),
    help="text (the default), json (an edit plan a line) or diff.",
)
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
      normalizer repair --check *.txt               exit code 1 if anything would
      normalizer repair --min-confidence 0.9 - < page.txt

    Several files need --in-place, --check, -o FOLDER, -f json or -f diff. With --in-place a plan or diff
    still goes to standard output: keep the plan, and "normalizer revert" brings the old text back.
    """
    if not files and is_terminal(sys.stdin):
        click.echo(ctx.get_help())
        return
    sources = files or ("-",)
    output = Output(sources, references, form, out, in_place, check)
    output.require_sense()
    ctx.exit(repair_all(output, lambda: loading.load(lexicons, model, min_confidence), quiet))


def repair_all(output: Output, load: Callable[[], "Normalizer"], quiet: bool) -> Exit:
    """Repair every source. A source that fails is reported and the others go on."""
    from normalizer.references import prepare

    references = [prepare(read_article(path).text) for path in output.references]
    normalizer = load()
    failed = found = False
    for source in output.sources:
        try:
            article = read_article(source)
            result = normalizer.repair(article.text, references)
            output.put(source, result)
        except NormalizerError as error:
            complain(str(error))
            failed = True
            continue
        found = found or bool(result.edits)
        if not quiet:
            click.echo(reporting.summary(result, article.name), err=True, nl=False)
    output.close()
    return Exit.WRONG if failed else Exit.FOUND if output.check and found else Exit.FINE
