"""The commands `normalizer evaluate ...`."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from normalizer.articles import write_stdout
from normalizer.commands import loading
from normalizer.commands.console import progress
from normalizer.commands.options import HELP, PATH, tables_options
from normalizer.errors import CaseError
from normalizer.reporting import visible
from normalizer.table_files import TableFiles

if TYPE_CHECKING:
    from normalizer.evaluating.gold import Case

USUAL_INDEX = Path("tests/cases/cases.json")  # of a checkout, where the commands are mostly run

# What the commands need is imported only when called, so that `--help` stays quick.


@click.group(context_settings=HELP)
def evaluate() -> None:
    """Measure repairs, and compare language models.

    \b
    Examples:
      normalizer evaluate gold --leave-out --quick
      normalizer evaluate clean --held-out corpora/*.txt.xz
    """


cases_argument = click.argument("cases", nargs=-1, metavar="[CASES.json]...", type=PATH)
without_option = click.option(
    "--without",
    multiple=True,
    metavar="PART",
    help="Leave out a part: model, references, family:NAME, feature:NAME, half:SEED; may be given again.",
)
bar_option = click.option(
    "--min-confidence", type=click.FloatRange(0, 1), metavar="P", help="Leave out edits less sure than P, 0 to 1."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")


def command_of(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Return the decorator that makes a function the command `normalizer evaluate NAME`."""
    return evaluate.command(name, context_settings=HELP)


@command_of("gold")
@cases_argument
@click.option("--leave-out", is_flag=True, help="Use nothing on a case that was learnt from it.")
@without_option
@click.option("--quick", is_flag=True, help="No oracle, calibration and curve: three times as fast.")
@bar_option
@tables_options
@json_option
@quiet_option
def gold(
    cases: tuple[Path, ...],
    leave_out: bool,
    without: tuple[str, ...],
    quick: bool,
    min_confidence: float | None,
    files: TableFiles,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare repairs with gold ones.

    Prints precision, recall, F0.5, error reduction and calibration. CASES.json are index files (tests/cases/README.md);
    without any, the seeds of a checkout. `python -m tests.tools.spinner` in a checkout writes made-up cases.

    \b
    Examples:
      normalizer evaluate gold --leave-out
      normalizer evaluate gold spun/cases.json --without family:b --json
      normalizer evaluate gold --quick --weights my_weights.json
    """
    from normalizer.evaluating import running, tables

    tool = loading.load(files, min_confidence)
    tell = progress(quiet)
    results = running.evaluate(tool, _cases(cases), leave_out=leave_out, without=without, full=not quick, progress=tell)
    about = {"signature": tool.signature(0), "leave_out": leave_out, "without": list(without)}
    _print(_dumped(tables.json_report(results, **about)) if as_json else tables.text_report(results, full=not quick))


@command_of("clean")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("--held-out", is_flag=True, help="Only articles that the language model was not trained on.")
@click.option("--limit-words", type=click.IntRange(1), metavar="N", help="Stop after N words.")
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, metavar="N", help="List N false edits.")
@without_option
@bar_option
@tables_options
@json_option
@quiet_option
def clean(
    corpora: tuple[Path, ...],
    held_out: bool,
    limit_words: int | None,
    show: int,
    without: tuple[str, ...],
    min_confidence: float | None,
    files: TableFiles,
    as_json: bool,
    quiet: bool,
) -> None:
    """Count false edits in clean text.

    CORPUS: text files (.txt, .txt.gz, .txt.xz), one paragraph a line, a blank line between articles.

    \b
    Examples:
      normalizer evaluate clean clean/*.txt.xz
      normalizer evaluate clean --held-out --limit-words 500000 corpora/*.txt.xz
    """
    from normalizer.evaluating import ablations, harm

    tool = loading.load(files, min_confidence)
    texts = harm.clean_texts(corpora, only_held_out=held_out, spread=limit_words is not None)
    tell = progress(quiet)
    found = harm.measure_harm(ablations.ablate(tool, without), texts, limit_words=limit_words, progress=tell)
    _print(_dumped(harm.json_report(found, show)) if as_json else harm.text_report(found, show))


@command_of("speed")
@cases_argument
@without_option
@tables_options
@json_option
def speed(cases: tuple[Path, ...], without: tuple[str, ...], files: TableFiles, as_json: bool) -> None:
    """Measure throughput and memory, beside ftfy.

    Both are measured on the spun texts of gold cases and on their gold repairs. CASES.json are index files
    (tests/cases/README.md); without any, the seeds of a checkout.

    \b
    Example:
      normalizer evaluate speed
    """
    from normalizer.evaluating import ablations, gold, speed

    tool, read = loading.load(files), _cases(cases)
    kinds = {"clean": [gold.gold_text(case) for case in read], "spun": [case.text for case in read]}
    measured = speed.compare(ablations.ablate(tool, without), kinds)
    _print(_dumped(speed.json_report(measured)) if as_json else speed.text_report(measured))


@command_of("contrasts")
@click.argument("corpora", nargs=-1, metavar="[CORPUS]...", type=PATH)
@click.option(
    "--lm",
    "models",
    multiple=True,
    type=PATH,
    metavar="MODEL",
    help="Judge this language model, not the shipped one; may be given again.",
)
@json_option
@quiet_option
def contrasts(corpora: tuple[Path, ...], models: tuple[Path, ...], as_json: bool, quiet: bool) -> None:
    """Compare language models on swapped words.

    The question is how well they tell swapped words from the right ones. The contrasts are those of a checkout:
    tests/cases/contrasts.tsv, and keep.tsv for words that are right as they stand. CORPUS: clean text for the
    perplexity of the models, in files as for "evaluate clean".

    \b
    Examples:
      normalizer evaluate contrasts
      normalizer evaluate contrasts --lm one.ngrams --lm other.ngrams clean/*.txt.xz
    """
    from normalizer.evaluating import contrasts
    from normalizer.language_model import AssociationModel

    suite = contrasts.read_suite(USUAL_INDEX.parent)
    rows = contrasts.compare(models or [None], AssociationModel.load(), suite, corpora, progress(quiet))
    _print(_dumped(contrasts.json_report(rows, suite)) if as_json else contrasts.text_report(rows))


def _cases(indexes: Sequence[Path]) -> "list[Case]":
    from normalizer.evaluating.gold import load_cases

    if not indexes and not USUAL_INDEX.is_file():
        raise CaseError(
            f"evaluate: expected an index of cases, found no {USUAL_INDEX} here; name one, or run it in a checkout"
        )
    return [case for index in indexes or [USUAL_INDEX] for case in load_cases(index)]


def _dumped(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"


def _print(report: str) -> None:
    write_stdout(visible(report).encode())
