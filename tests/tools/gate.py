"""The quality gate of this project: measures the headline figures and holds them against `gate.json`.

    python -m tests.tools.gate check
    python -m tests.tools.gate raise
    python -m tests.tools.gate lower --allow-regression --reason "why this had to be"

`check` fails when a figure is below its floor, or when the case files are not those that the floors were
pinned on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from normalizer.evaluating.gate import (
    Measured,
    failures,
    hash_files,
    load_pins,
    lowered,
    raised,
    report,
    save_pins,
)
from normalizer.evaluating.gold import case_files, load_cases
from normalizer.evaluating.harm import CleanText, measure_harm, measure_negatives, read_column
from normalizer.evaluating.running import ALONE, HELPED, MISLED, Result, evaluate, pool
from normalizer.repairing import Normalizer
from tests.tools.options import OneLineGroup
from tests.tools.spinner import story, story_names
from tests.tools.spinners.frozen import frozen_files, frozen_stories

TESTS = Path(__file__).parent.parent
PINS = TESTS / "gate.json"
CASES = TESTS / "cases"
SEEDS = CASES / "cases.json"
NEGATIVE = CASES / "negative.tsv"
TRADES = CASES / "trades.tsv"
SHORT = {ALONE: "alone", HELPED: "helped"}
STORY_TEXTS = ("original", "report1", "report2", "other")


def measured_files() -> Iterator[Path]:
    """Yield every file that the figures depend on, beside the package and its data."""
    for path in case_files(SEEDS):
        yield path.resolve()
    yield from (NEGATIVE, TRADES, TESTS / "tools" / "spinner.py", TESTS / "tools" / "spinners" / "unknown.py")
    yield from (CASES / "stories").glob("*/*.txt")
    yield from frozen_files()


def measure(normalizer: Normalizer) -> Measured:
    """Measure all headline figures; takes a minute or two."""
    seeds = evaluate(normalizer, load_cases(SEEDS), leave_out=True, full=False)
    stories = evaluate(normalizer, frozen_stories(), full=False)
    harm = measure_harm(normalizer, clean_stories())
    negatives = measure_negatives(normalizer, read_column(NEGATIVE.read_text(encoding="utf-8"), "sentence"))
    high = {**dict(seed_figures(seeds)), **dict(story_figures(stories))}
    low = {
        "integrity violations": float(sum(r.integrity.violations for r in [*seeds, *stories])),
        "seeds, edits changed by unrelated references": float(_astray(seeds)),
        "stories, edits changed by unrelated references": float(_astray(stories)),
        "clean stories, false edits": float(len(harm.false_edits)),
        "negative sentences changed alone": negatives.alone_rate,
        "negative sentences changed together": negatives.joined_rate,
        **dict(trade_figures(normalizer)),
    }
    return Measured(high, low, hash_files(measured_files(), TESTS.parent))


def trade_figures(normalizer: Normalizer) -> Iterator[tuple[str, float]]:
    """Yield the share of the sentences of trades that change, alone and among others of their trade."""
    by_trade: dict[str, list[str]] = defaultdict(list)
    content = TRADES.read_text(encoding="utf-8")
    for trade, sentence in zip(read_column(content, "trade"), read_column(content, "sentence"), strict=True):
        by_trade[trade].append(sentence)
    found = [measure_negatives(normalizer, sentences) for sentences in by_trade.values()]
    sentences = sum(each.sentences for each in found)
    yield "sentences of trades changed alone", sum(each.alone for each in found) / sentences
    yield "sentences of trades changed together", sum(each.joined for each in found) / sentences


def clean_stories() -> Iterator[CleanText]:
    """Yield the clean texts of all stories."""
    for name in story_names():
        for text in STORY_TEXTS:
            yield CleanText(f"{name}/{text}", story(name, text))


def seed_figures(results: Sequence[Result]) -> Iterator[tuple[str, float]]:
    """Yield the pooled figures of the seeds, each condition by itself."""
    for condition, short in SHORT.items():
        counts = pool([r for r in results if r.condition == condition], "all").counts
        for name in ("f05", "precision", "recall", "err"):
            yield f"seeds {short}, {name}", getattr(counts, name)


def story_figures(results: Sequence[Result]) -> Iterator[tuple[str, float]]:
    """Yield the pooled figures of the stories for each family, each condition by itself."""
    for condition, short in SHORT.items():
        for family in dict.fromkeys(r.family for r in results):
            own = [r for r in results if r.condition == condition and r.family == family]
            counts = pool(own, "all").counts
            for name in ("f05", "precision"):
                yield f"stories {family} {short}, {name}", getattr(counts, name)


def _astray(results: Iterable[Result]) -> int:
    return sum(r.astray for r in results if r.condition == MISLED)


pins_option = click.option(
    "--pins", type=click.Path(path_type=Path), default=PINS, show_default="tests/gate.json", help="The gate file."
)


@click.group(cls=OneLineGroup)
def main() -> None:
    """Measure the headline figures and hold them against the pinned ones.

    Exit code 0: all is well, 1: a figure fell or the cases changed, 2: wrong use.
    """


@main.command()
@pins_option
@click.pass_context
def check(ctx: click.Context, pins: Path) -> None:
    """Fail when a figure is below its floor."""
    pinned, measured = load_pins(pins), reported(pins)
    found = failures(pinned, measured)
    for line in found:
        click.echo(f"gate: {line}", err=True)
    ctx.exit(int(bool(found)))


@main.command("raise")
@pins_option
def raise_pins(pins: Path) -> None:
    """Pin figures that rose, and new ones."""
    save_pins(pins, raised(load_pins(pins), reported(pins)))


@main.command()
@pins_option
@click.option("--allow-regression", is_flag=True, help="Figures may fall.")
@click.option("--reason", default="", help="Why, for the record.")
def lower(pins: Path, allow_regression: bool, reason: str) -> None:
    """Pin figures as they are, lower ones too."""
    pinned = load_pins(pins)
    lowered(pinned, Measured({}, {}, ""), allowed=allow_regression, reason=reason)  # refuses at once, not in a minute
    save_pins(pins, lowered(pinned, reported(pins), allowed=allow_regression, reason=reason))


def reported(pins: Path) -> Measured:
    """Measure, and print the figures beside the pinned ones."""
    measured = measure(Normalizer())
    click.echo(report(load_pins(pins), measured))
    return measured


if __name__ == "__main__":
    main()
