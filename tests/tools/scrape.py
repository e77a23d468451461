"""A scrape with known truth, and what `normalizer corpus` makes of it.

    python -m tests.tools.scrape make FOLDER --corpora CORPORA --thesaurus THESAURUS [--articles 20000] [-n 2]
    python -m tests.tools.scrape measure FOLDER OUTPUT.jsonl [--against OTHER.jsonl] [-n 2]
    python -m tests.tools.scrape hand FOLDER OUTPUT.jsonl [-n 2]
    python -m tests.tools.scrape copies FOLDER
    python -m tests.tools.scrape speed FOLDER [--beside PYTHON]

`make` writes FOLDER/scrape.jsonl and, article by article, what is true of it, FOLDER/truth.jsonl. The corpora and
thesauri are read where they lie and are no part of this project.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from normalizer.repairing import Normalizer
from tests.tools.options import PATH, OneLineGroup, normalizer_options
from tests.tools.scraping import by_hand, making, measuring, speed
from tests.tools.scraping.copies import copies as pairs_taken_for_copies
from tests.tools.scraping.planning import SPUN
from tests.tools.scraping.sites import load_spinners
from tests.tools.spinner import STORIES


@click.group(cls=OneLineGroup)
def main() -> None:
    """Whole scrapes with known truth: make one, and measure what was made of it."""


@main.command()
@click.argument("folder", type=PATH)
@click.option("--corpora", type=PATH, required=True, help="Folder of clean corpora, with genres/ in it.")
@click.option("--stories", type=PATH, default=STORIES, help="Folder of invented stories; those of the tests if none.")
@click.option("--thesaurus", type=PATH, required=True, help="Folder of moby.tsv.xz and wordnet.tsv.xz.")
@click.option("--articles", type=click.IntRange(100), default=20_000, show_default=True, help="How many.")
@click.option("--spun", type=click.FloatRange(0.01, 0.5), default=SPUN, show_default=True, help="Share of spun ones.")
@click.option("--seed", default=0, show_default=True, help="Another seed, another scrape.")
@click.option("-n", "processes", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
def make(
    folder: Path,
    corpora: Path,
    stories: Path,
    thesaurus: Path,
    articles: int,
    spun: float,
    seed: int,
    processes: int,
) -> None:
    """Write a scrape and its truth to FOLDER, and print what is in it."""
    made = making.make(folder, corpora, stories, load_spinners(thesaurus), articles, seed, processes, spun)
    click.echo(json.dumps(made, indent=1))


@main.command()
@click.argument("folder", type=PATH)
@click.argument("output", type=PATH)
@click.option("--against", type=PATH, metavar="OUTPUT", help="Another output; the table shows the differences from it.")
@click.option("-n", "processes", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
def measure(folder: Path, output: Path, against: Path | None, processes: int) -> None:
    """Measure OUTPUT, what `normalizer corpus` made of the scrape in FOLDER: JSONL, or a folder of parts."""
    measured = measuring.measure(folder, output, processes)
    before = measuring.measure(folder, against, processes) if against else None
    click.echo(measuring.report(measured, before), nl=False)


@main.command()
@click.argument("folder", type=PATH)
def copies(folder: Path) -> None:
    """Print which texts of the scrape in FOLDER are taken for spun copies of others."""
    click.echo(pairs_taken_for_copies(folder))


@main.command()
@click.argument("folder", type=PATH)
@click.argument("output", type=PATH)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N spun articles.")
@normalizer_options
def hand(folder: Path, output: Path, limit: int | None, tool: Normalizer, processes: int) -> None:
    """Repair the spun articles of FOLDER with right references given by hand, and write OUTPUT to measure."""
    count = by_hand.repair_by_hand(folder, output, tool, processes, limit)
    click.echo(f"{output}: {count} spun articles repaired, each with up to {measuring.FIRST} right references")


@main.command("speed")
@click.argument("folder", type=PATH)
@click.option("--command", default=speed.COMMAND, show_default=True, help="What to run.")
@click.option("--beside", "pythons", multiple=True, metavar="PYTHON", help="Interpreters that have datatrove and ftfy.")
def compare(folder: Path, command: str, pythons: Sequence[str]) -> None:
    """Run the command on FOLDER with 1 and 2 workers, and datatrove's reader and ftfy on the same file."""
    click.echo(speed.compare(folder, command, [*pythons, sys.executable]), nl=False)


@main.command()
@click.argument("folder", type=PATH)
@click.option("--articles", "counts", multiple=True, type=click.IntRange(1), required=True, help="How many; again.")
@click.option("--words", type=click.IntRange(1), default=120, show_default=True, help="What is kept of each article.")
@click.option("-n", "workers", type=click.IntRange(1), default=2, show_default=True, help="How many workers.")
def memory(folder: Path, counts: Sequence[int], words: int, workers: int) -> None:
    """Print the peak memory of the command on more and more articles of FOLDER, each cut to its first words."""
    click.echo(speed.growth(folder, counts, words, workers), nl=False)


if __name__ == "__main__":
    main()
