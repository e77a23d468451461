"""What each kind of evidence brings: F0.5 on the seeds, left out of the lexicon, with one kind at a time switched off.

    python -m tests.tools.ablation [--weights FILE] [CASES.json ...]

The weights of the others stay as they are, so this says what the shipped tool loses, not what a tool tuned without that
kind would lose. Takes a minute a line for the seeds.
"""

from collections.abc import Sequence
from pathlib import Path

import click
from normalizer.scoring import FEATURES, load_weights

from normalizer.evaluating.gold import Case, load_cases
from normalizer.evaluating.running import ALONE, HELPED, evaluate, pool
from normalizer.evaluating.tables import align
from normalizer.repairing import Normalizer

CASES = Path(__file__).parent.parent / "cases" / "cases.json"
# Features that make sense only together; every other one stands for itself. `tests.tools.witnesses kinds` tells those
# of the references apart, by what they see: some have negative weights, so that without a weight they would say more.
KINDS = {
    "all that references say": "feature:aligned+keep_aligned+verbatim+keep_verbatim+context+keep_context+anywhere"
    "+proposed+proposed_known+proposed_near",
    "length": "feature:longer+shorter",
    "language model": "model",
}


def parts() -> dict[str, str]:
    """Return a name for every part that is switched off, and what `--without` calls it."""
    grouped = {name for part in KINDS.values() for name in part.removeprefix("feature:").split("+")}
    return KINDS | {name: f"feature:{name}" for name in FEATURES if name not in grouped}


def scores(tool: Normalizer, cases: Sequence[Case], without: Sequence[str]) -> list[float]:
    """Return F0.5 of all *cases* together, without and with references, with parts switched off."""
    results = evaluate(tool, cases, leave_out=True, without=without, full=False)
    wanted = [[result for result in results if result.condition == condition] for condition in (ALONE, HELPED)]
    return [pool(found, "all").counts.f05 for found in wanted if found]


@click.command()
@click.argument("indices", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--weights", type=click.Path(path_type=Path), help="Use these weights.")
def main(indices: Sequence[Path], weights: Path | None) -> None:
    """Print the table."""
    tool = Normalizer(weights=load_weights(weights) if weights else None)
    cases = [case for index in indices or (CASES,) for case in load_cases(index)]
    full = scores(tool, cases, ())
    rows: list[list[object]] = [["all", *full]]
    for name, part in parts().items():
        found = scores(tool, cases, (part,))
        rows.append([f"without {name}", *found])
        change = ", ".join(f"{a - b:+.4f}" for a, b in zip(found, full, strict=True))
        click.echo(f"without {name}: {change}", err=True)
    click.echo(align(rows, ["", "F0.5 alone", "F0.5 helped"]))


if __name__ == "__main__":
    main()
