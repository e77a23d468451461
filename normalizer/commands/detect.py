"""The command `normalizer detect`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from normalizer import reporting
from normalizer.articles import read_article, write_stdout
from normalizer.commands import loading
from normalizer.commands.console import Exit, complain, out_of_memory
from normalizer.commands.options import FILES, HELP, field_option, kind_option, tables_options
from normalizer.commands.places import require_single_stdin
from normalizer.errors import NormalizerError
from normalizer.files import encode
from normalizer.formats import Request, open_document
from normalizer.table_files import TableFiles

if TYPE_CHECKING:
    from normalizer.repairing import Verdict


@click.command(context_settings=HELP)
@click.argument("articles", nargs=-1, required=True, metavar="FILE...", type=FILES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@kind_option
@field_option
@tables_options
@click.pass_context
def detect(
    ctx: click.Context,
    articles: tuple[str, ...],
    as_json: bool,
    kind: str | None,
    fields: tuple[str, ...],
    files: TableFiles,
) -> None:
    """Tell how likely articles are spun, and by which family of spinners.

    Prints a line for each file, with tabs between: name, verdict, probability, family, share of swaps. Of JSON Lines
    and tables each record has a line of its own, its number behind the name and a colon.

    \b
    Examples:
      normalizer detect page.txt
      normalizer detect --json *.txt > verdicts.jsonl
    """
    from normalizer.documents import detect_document

    require_single_stdin(articles)
    normalizer = loading.load(files)
    line: Callable[[Verdict, str], str] = reporting.verdict_line if as_json else reporting.verdict_row
    code = Exit.FINE
    for source in articles:
        try:
            article = read_article(source)
            document = open_document(article.text, article.name, Request(kind, fields), article.encoding)
            for label, verdict in detect_document(normalizer, document):
                write_stdout(encode(line(verdict, f"{article.name}:{label}" if label else article.name)))
        except NormalizerError as error:
            complain(str(error))
            code = Exit.WRONG
        except MemoryError:
            complain(str(out_of_memory(source)))
            code = Exit.WRONG
    ctx.exit(code)
