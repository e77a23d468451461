"""The command `normalizer repair`."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import click

from normalizer.articles import Article, read_article, write_stdout
from normalizer.commands import configuration, loading
from normalizer.commands.console import Exit, Told, complain, is_terminal, out_of_memory
from normalizer.commands.options import (
    FILES,
    HELP,
    field_option,
    ignore_option,
    in_place_option,
    kind_option,
    output_option,
    protect_option,
    quiet_option,
    references_option,
    tables_options,
    version_option,
)
from normalizer.commands.output import SUFFIXES, Output
from normalizer.errors import NormalizerError
from normalizer.formats import Document, Request, open_document
from normalizer.table_files import TableFiles

if TYPE_CHECKING:
    from normalizer.references import Reference
    from normalizer.repairing import Normalizer, Repair


class Opened(NamedTuple):
    """A source that was read, and taken apart."""

    article: Article
    document: Document


Outcome = tuple[str, Opened | None, "Repair | NormalizerError"]  # of a source


@click.command(context_settings=HELP)
@click.argument("articles", nargs=-1, metavar="[FILE|-]...", type=FILES)
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
@kind_option
@field_option
@protect_option
@ignore_option
@tables_options
@quiet_option
@click.option("--show-config", is_flag=True, help="Print the settings and where each comes from, and stop.")
@version_option
@click.pass_context
def repair(
    ctx: click.Context,
    articles: tuple[str, ...],
    references: tuple[str, ...],
    form: str | None,
    colour: str,
    side_by_side: bool,
    out: str | None,
    in_place: bool,
    check: bool,
    min_confidence: float | None,
    kind: str | None,
    fields: tuple[str, ...],
    protect: tuple[str, ...],
    ignore: tuple[str, ...],
    files: TableFiles,
    quiet: bool,
    show_config: bool,
) -> None:
    """Repair articles: restore wording that a spinner garbled.

    "-" or no FILE reads standard input. The repaired text goes to standard output, a summary to standard error.

    \b
    Examples:
      normalizer repair page.txt > repaired.txt
      normalizer repair page.txt -r agency.txt -o repaired.txt
      normalizer repair page.txt -f diff                what would change
      normalizer repair page.txt -f html -o look.html   the same with evidence, to decide in a browser
      normalizer repair --check *.txt                   exit code 1 if anything would
      normalizer repair --min-confidence 0.9 - < page.txt
      normalizer repair --in-place -f json *.txt > plans.jsonl
      normalizer repair --as html --in-place page.html
      normalizer repair scrape.jsonl --field article > repaired.jsonl
      normalizer repair page.txt --protect names.txt --protect "Adam Worth"
      normalizer repair page.txt --lexicon a_mine.tsv --weights my_weights.json

    Several files need --in-place, --check, -o FOLDER, -f json or -f diff. With --in-place a plan or diff
    still goes to standard output: keep the plan, and "normalizer revert" brings the old text back.

    Of a web page the main text is repaired, or with --as html all its text where it stands; of JSON, JSON Lines, CSV
    and TSV one field. All else in them stays byte for byte.

    The shipped lexicon, models and weights are used, or those that you made: --lexicon adds entries (the name of the
    file begins with its family), --lm, --association and --context name models, --weights what tune has learnt. With
    a lexicon or model that is used for the first time the whole lexicon is compiled, which takes half a minute.
    """
    if show_config:
        write_stdout(configuration.shown(ctx).encode())
        return
    if not articles and is_terminal(sys.stdin):
        click.echo(ctx.get_help())
        return
    sources = articles or ("-",)
    output = Output(sources, references, form, out, in_place, check, colour, side_by_side)
    output.require_sense()
    request = Request(kind, fields)

    def load() -> "Normalizer":
        return loading.load(files, min_confidence, protect, ignore, detailed=output.detailed)

    ctx.exit(repair_all(output, request, load, quiet))


def repair_all(output: Output, request: Request, load: Callable[[], "Normalizer"], quiet: bool) -> Exit:
    """Repair every source. A source that fails is reported and the others go on."""
    from normalizer.references import prepare

    output.sweep()
    once = cache(prepare)
    references = [once(text) for path in output.references for text in reference_texts(path)]
    normalizer = load()

    def opened(source: str) -> Opened:
        article = read_article(source)
        document = open_document(article.text, article.name, request, article.encoding)
        output.require_fit(document, article.name)
        return Opened(article, document)

    found = (each for sources in runs(output.sources) for each in repaired(normalizer, sources, references, opened))
    tell = Told(len(output.sources), quiet, output.form == "diff")
    codes = {put(output, outcome, tell) for outcome in found}
    output.close()
    if Exit.WRONG in codes:
        return Exit.WRONG
    return Exit.FOUND if output.check and Exit.FOUND in codes else Exit.FINE


def reference_texts(path: str) -> Iterator[str]:
    """Yield the texts of a reference: of a page its main text, of records each one's."""
    article = read_article(path)
    for segment in open_document(article.text, article.name).segments:
        yield segment.text


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
    normalizer: "Normalizer",
    sources: Iterable[str],
    references: Sequence["Reference"],
    opened: Callable[[str], Opened],
) -> Iterator[Outcome]:
    """Yield each of *sources*, as it was opened, with its repair, or with the error that it gave.

    The articles are repaired in one stream, a few dozen side by side; only these are held in memory. Where memory runs
    out, those that were side by side are repaired one by one, and what does not fit alone is an error of its own.
    """
    from normalizer.documents import repair_documents

    rest = iter(sources)
    waiting: deque[tuple[str, Opened | NormalizerError]] = deque()  # opened, but not yielded yet

    def documents() -> Iterator[tuple[Document, Sequence["Reference"]]]:
        for source in rest:
            try:
                opening = opened(source)
            except NormalizerError as error:
                waiting.append((source, error))
            except MemoryError:
                waiting.append((source, out_of_memory(source)))
            else:
                waiting.append((source, opening))
                yield opening.document, references

    while True:
        try:
            for result in repair_documents(normalizer, documents()):
                yield from _failed(waiting)
                source, opening = waiting.popleft()
                yield source, opening if isinstance(opening, Opened) else None, result
            yield from _failed(waiting)
            return
        except MemoryError:
            yield from _one_by_one(normalizer, waiting, references)
            waiting.clear()


def _failed(waiting: deque[tuple[str, Opened | NormalizerError]]) -> Iterator[Outcome]:
    """Yield what could not be read at the head of *waiting*, and take it from there."""
    while waiting and isinstance(error := waiting[0][1], NormalizerError):
        yield waiting.popleft()[0], None, error


def _one_by_one(
    normalizer: "Normalizer",
    waiting: Iterable[tuple[str, Opened | NormalizerError]],
    references: Sequence["Reference"],
) -> Iterator[Outcome]:
    """Yield each of *waiting* with its repair, made alone."""
    from normalizer.documents import repair_documents

    for source, opening in waiting:
        if isinstance(opening, NormalizerError):
            yield source, None, opening
            continue
        try:
            yield source, opening, next(repair_documents(normalizer, [(opening.document, references)]))
        except MemoryError:
            yield source, opening, out_of_memory(opening.article.name)


def put(output: Output, outcome: Outcome, tell: Told) -> Exit:
    """Write one repair to where it belongs and tell of it, or tell of the error; say whether there were edits."""
    source, opening, result = outcome
    tell.next()
    if opening is None or isinstance(result, NormalizerError):
        complain(str(result))
        return Exit.WRONG
    try:
        output.put(source, opening.article, result)
    except NormalizerError as error:
        complain(str(error))
        return Exit.WRONG
    except MemoryError:
        complain(str(out_of_memory(opening.article.name)))
        return Exit.WRONG
    tell.of(result, opening.article.name)
    return Exit.FOUND if result.edits else Exit.FINE
