"""Spinners by the hundred, of our own making: writes cases, and measures on them.

    python -m tests.tools.unknown make FOLDER --thesaurus THESAURUS --corpora CORPORA --split held --count 300
    python -m tests.tools.unknown measure FOLDER [--full] [-n 2]
    python -m tests.tools.unknown measure FOLDER --untouched

The thesauri and corpora are read where they lie and are no part of this project.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from normalizer.evaluating.gold import load_cases
from normalizer.lexicon import Lexicon
from normalizer.repairing import Normalizer
from tests.tools.options import OneLineGroup, normalizer_options
from tests.tools.processes import deal_out
from tests.tools.spinner import FAMILIES, Spinner
from tests.tools.spinners import frozen, measuring
from tests.tools.spinners.cases import HALVES, UNKNOWN, made_up, read_made, write_made
from tests.tools.spinners.dictionaries import Sources
from tests.tools.spinners.measuring import Task
from tests.tools.spinners.thesaurus import write_seen

PATH = click.Path(path_type=Path)


class Numbers(click.ParamType["tuple[float, ...]"]):
    """Numbers divided by commas, each more than 0 and at most 1."""

    name = "numbers"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Return the numbers."""
        try:
            found = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            found = ()
        if not found or not all(0 < number <= 1 for number in found):
            self.fail(f"expected shares such as .1,.2,.4, found {value!r}", param, ctx)
        return found


@click.group(cls=OneLineGroup)
def main() -> None:
    """Spinners that nobody knows: make cases and measure on them."""


@main.command()
@click.argument("folder", type=PATH)
@click.option("--thesaurus", type=PATH, required=True, help="Folder of moby.tsv.xz and wordnet.tsv.xz.")
@click.option("--corpora", type=PATH, required=True, help="Folder of clean corpora, with genres/ in it.")
@click.option("--split", type=click.Choice(tuple(HALVES)), default="learn", show_default=True, help="Which half.")
@click.option("--count", type=click.IntRange(1), default=300, show_default=True, help="How many cases.")
@click.option("--rates", type=Numbers(), default=".1,.2,.4,.6", show_default=True, help="Shares to swap, in turn.")
@click.option(
    "--families",
    "families",
    multiple=True,
    type=click.Choice((UNKNOWN, *FAMILIES)),
    default=(UNKNOWN,),
    show_default=True,
    help="Whose spinners, in turn; may be given again.",
)
@click.option("--seed", default=0, show_default=True, help="Another seed, other passages.")
def make(
    folder: Path,
    thesaurus: Path,
    corpora: Path,
    split: str,
    count: int,
    rates: Sequence[float],
    families: Sequence[str],
    seed: int,
) -> None:
    """Write spun passages of every genre to FOLDER, and print the name of their index."""
    known = Spinner(Lexicon.load().entries) if set(families) - {UNKNOWN} else None
    cases = made_up(Sources.load(thesaurus), corpora, split, rates, families, known, seed)
    click.echo(write_made(cases, count, folder))


@main.command()
@click.option("--thesaurus", type=PATH, required=True, help="Folder of moby.tsv.xz and wordnet.tsv.xz.")
def freeze(thesaurus: Path) -> None:
    """Write anew what spinners were seen to write, and the spinners of the stories.

    Figures before and after do not compare.
    """
    entries = Lexicon.load().entries
    write_seen(entries)
    frozen.freeze(entries, Sources.load(thesaurus))


@main.command("measure")
@click.argument("folder", type=PATH)
@click.option("--full", is_flag=True, help="With the ceiling of the lattice and calibration: three times as long.")
@click.option("--untouched", is_flag=True, help="Only which cases are left as they are, family by rate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@normalizer_options
def measure(folder: Path, full: bool, untouched: bool, as_json: bool, tool: Normalizer, processes: int) -> None:
    """Measure the cases that `make` wrote to FOLDER: by family, spinner, rate and genre."""
    made = read_made(folder)
    tasks = [Task(case, full) for case in load_cases(folder / "cases.json")]
    results = deal_out(measuring.touched if untouched else measuring.measured, tool, tasks, processes)
    rows = [measuring.Row(*pair) for pair in zip(made, results, strict=True)]
    if untouched:
        click.echo(measuring.untouched_report(rows), nl=False)
        return
    groups = list(measuring.grouped(rows))
    report = (
        json.dumps(measuring.json_report(groups), indent=1) if as_json else measuring.text_report(groups, full=full)
    )
    click.echo(report.rstrip("\n"))


if __name__ == "__main__":
    main()
