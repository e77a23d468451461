"""The command `normalizer evaluate`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.articles import write_stdout
from normalizer.commands.console import Tell, progress
from normalizer.commands.options import HELP, PATH
from normalizer.errors import CaseError
from normalizer.reporting import visible

if TYPE_CHECKING:
    from normalizer.evaluating.gold import Case
    from normalizer.repairing import Normalizer

USUAL_INDEX = Path("tests/cases/cases.json")  # of a checkout, where the command is mostly run


@click.command(context_settings=HELP)
@click.argument("cases", nargs=-1, metavar="[CASES.json]...", type=PATH)
@click.option("--leave-out", is_flag=True, help="Use nothing on a case that was learnt from it.")
@click.option(
    "--without",
    multiple=True,
    metavar="PART",
    help="Leave out a part: model, references, family:NAME, feature:NAME, half:SEED; may be given again.",
)
@click.option("--quick", is_flag=True, help="No oracle, calibration and curve: three times as fast.")
@click.option("--clean", is_flag=True, help="The files are clean corpora: count false edits.")
@click.option("--held-out", is_flag=True, help="With --clean: only articles the model was not trained on.")
@click.option("--limit-words", type=click.IntRange(1), metavar="N", help="With --clean: stop after N words.")
@click.option("--show", type=click.IntRange(0), default=20, metavar="N", help="With --clean: list N false edits.")
@click.option("--speed", is_flag=True, help="Throughput and memory on the cases, beside ftfy.")
@click.option("--contrasts", is_flag=True, help="Compare language models on tests/cases/contrasts.tsv and keep.tsv.")
@click.option(
    "--lm",
    "models",
    multiple=True,
    type=PATH,
    metavar="MODEL",
    help="Use this language model; may be given again with --contrasts.",
)
@click.option("--lexicon", "lexicons", multiple=True, type=PATH, metavar="FILE", help="Add this lexicon.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), metavar="P", help="Leave out edits less sure than P.")
@click.option("--weights", type=PATH, metavar="FILE", help="Use these weights, as `normalizer tune` writes them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def evaluate(
    cases: tuple[Path, ...],
    leave_out: bool,
    without: tuple[str, ...],
    quick: bool,
    clean: bool,
    held_out: bool,
    limit_words: int | None,
    show: int,
    speed: bool,
    contrasts: bool,
    models: tuple[Path, ...],
    lexicons: tuple[Path, ...],
    min_confidence: float | None,
    weights: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure repairs against gold cases, harm on clean text, speed, or language models.

    With --contrasts and --clean, CASES are corpora for the perplexity of the models.

    CASES are index files (tests/cases/README.md); without any, the seeds of a checkout. Synthetic cases are
    written by `python -m tests.tools.spinner FOLDER`.

    \b
    Examples:
      normalizer evaluate --leave-out
      normalizer evaluate spun/cases.json --without family:b --json
      normalizer evaluate --clean --held-out --limit-words 500000 corpora/*.txt.xz
      normalizer evaluate --speed
      normalizer evaluate --contrasts --lm one.ngrams --lm other.ngrams
    """
    tell = progress(quiet)
    if contrasts:
        write_stdout(visible(_contrasts(models, cases if clean else (), as_json, tell)).encode())
        return
    if len(models) > 1:
        raise click.UsageError("--lm: expected one model; several are compared with --contrasts.")
    tool = _loaded(models[0] if models else None, lexicons, min_confidence, weights)
    if clean:
        report = _harm(tool, without, cases, held_out, limit_words, show, as_json, tell)
    elif speed:
        report = _speed(tool, without, _cases(cases), as_json)
    else:
        report = _quality(tool, without, _cases(cases), leave_out, not quick, as_json, tell)
    write_stdout(visible(report).encode())


# What the pipeline is needed for is imported only when called, so that `--help` stays quick.


def _loaded(
    model: Path | None, lexicons: Sequence[Path], min_confidence: float | None, weights: Path | None
) -> "Normalizer":
    from normalizer.repairing import Normalizer, Settings
    from normalizer.tables import Tables
    from normalizer.weights import load_weights

    settings = Settings() if min_confidence is None else Settings(min_confidence=min_confidence)
    learnt = None if weights is None else load_weights(weights)
    return Normalizer(tables=Tables.load(lexicons, model, weights=learnt), settings=settings)


def _cases(indexes: Sequence[Path]) -> "list[Case]":
    from normalizer.evaluating.gold import load_cases

    if not indexes and not USUAL_INDEX.is_file():
        raise CaseError(
            f"evaluate: expected an index of cases, found no {USUAL_INDEX} here; name one, or run it in a checkout"
        )
    return [case for index in indexes or [USUAL_INDEX] for case in load_cases(index)]


def _quality(
    tool: "Normalizer",
    without: Sequence[str],
    cases: "Sequence[Case]",
    leave_out: bool,
    full: bool,
    as_json: bool,
    tell: Tell,
) -> str:
    from normalizer.evaluating import running, tables

    results = running.evaluate(tool, cases, leave_out=leave_out, without=without, full=full, progress=tell)
    if not as_json:
        return tables.text_report(results, full=full)
    about = {"signature": tool.signature(0), "leave_out": leave_out, "without": list(without)}
    return _dumped(tables.json_report(results, **about))


def _harm(
    tool: "Normalizer",
    without: Sequence[str],
    files: Sequence[Path],
    only_held_out: bool,
    limit_words: int | None,
    show: int,
    as_json: bool,
    tell: Tell,
) -> str:
    from normalizer.evaluating import ablations, harm

    if not files:
        raise CaseError(
            "evaluate --clean: expected corpora of clean text, found none; name .txt, .txt.xz or .txt.gz files"
        )
    texts = harm.clean_texts(files, only_held_out=only_held_out, spread=limit_words is not None)
    found = harm.measure_harm(ablations.ablate(tool, without), texts, limit_words=limit_words, progress=tell)
    return _dumped(harm.json_report(found, show)) if as_json else harm.text_report(found, show)


def _speed(tool: "Normalizer", without: Sequence[str], cases: "Sequence[Case]", as_json: bool) -> str:
    from normalizer.evaluating import ablations, gold, speed

    kinds = {"clean": [gold.gold_text(case) for case in cases], "spun": [case.text for case in cases]}
    measured = speed.compare(ablations.ablate(tool, without), kinds)
    return _dumped(speed.json_report(measured)) if as_json else speed.text_report(measured)


def _contrasts(models: Sequence[Path], clean: Sequence[Path], as_json: bool, tell: Tell) -> str:
    from normalizer.evaluating import contrasts
    from normalizer.language_model import AssociationModel

    suite = contrasts.read_suite(USUAL_INDEX.parent)
    rows = contrasts.compare(models or [None], AssociationModel.load(), suite, clean, tell)
    return _dumped(contrasts.json_report(rows, suite)) if as_json else contrasts.text_report(rows)


def _dumped(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"
