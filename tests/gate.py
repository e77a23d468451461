"""The quality gate of this project: measures the headline figures and holds them against `gate.json`.

    python -m tests.gate check
    python -m tests.gate raise
    python -m tests.gate lower --allow-regression --reason "why this had to be"

`check` fails when a figure is below its floor, or when the case files are not those that the floors were
pinned on.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from normalizer.errors import CaseError
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

if __package__:  # run as `python -m tests.gate`
    from tests.spinner import Spinner, story, story_cases, story_names
else:  # imported by a test, which finds its neighbours without a package
    from spinner import Spinner, story, story_cases, story_names

TESTS = Path(__file__).parent
PINS = TESTS / "gate.json"
CASES = TESTS / "cases"
SEEDS = CASES / "cases.json"
NEGATIVE = CASES / "negative.tsv"
SHORT = {ALONE: "alone", HELPED: "helped"}
STORY_TEXTS = ("original", "report1", "report2", "other")


def measured_files() -> Iterator[Path]:
    """Yield every file that the figures depend on, beside the package and its data."""
    for path in case_files(SEEDS):
        yield path.resolve()
    yield from (NEGATIVE, TESTS / "spinner.py")
    yield from (CASES / "stories").glob("*/*.txt")


def measure(normalizer: Normalizer) -> Measured:
    """Measure all headline figures; takes a minute or two."""
    seeds = evaluate(normalizer, load_cases(SEEDS), leave_out=True, full=False)
    stories = evaluate(normalizer, story_cases(Spinner(normalizer.lexicon.entries)), full=False)
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
    }
    return Measured(high, low, hash_files(measured_files(), TESTS.parent))


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand. Returns 0 if all is well, 1 if the gate does not open, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate", description=__doc__)
    parser.add_argument("command", choices=("check", "raise", "lower"))
    parser.add_argument("--allow-regression", action="store_true", help="with lower: figures may fall")
    parser.add_argument("--reason", default="", help="with lower: why, for the record")
    parser.add_argument("--pins", type=Path, default=PINS, help="the gate file")
    options = parser.parse_args(arguments)
    try:
        if options.command == "lower":  # refuse at once, not after a minute
            lowered(
                load_pins(options.pins),
                Measured({}, {}, ""),
                allowed=options.allow_regression,
                reason=options.reason,
            )
        return _run(options, measure(Normalizer()))
    except CaseError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace, measured: Measured) -> int:
    pinned = load_pins(options.pins)
    print(report(pinned, measured))
    if options.command == "check":
        found = failures(pinned, measured)
        for line in found:
            print(f"gate: {line}", file=sys.stderr)
        return int(bool(found))
    if options.command == "raise":
        save_pins(options.pins, raised(pinned, measured))
    else:
        save_pins(
            options.pins, lowered(pinned, measured, allowed=options.allow_regression, reason=options.reason)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
