"""A scrape with known truth, and what `normalizer corpus` makes of it.

    python -m tests.tools.scrape make FOLDER --corpora CORPORA --thesaurus THESAURUS [--articles 20000] [-n 2]

`make` writes FOLDER/scrape.jsonl and, article by article, what is true of it, FOLDER/truth.jsonl. The corpora and
thesauri are read where they lie and are no part of this project.
"""

import json
from pathlib import Path

import click

from tests.tools.options import PATH, OneLineGroup
from tests.tools.scraping import making
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
@click.option("--seed", default=0, show_default=True, help="Another seed, another scrape.")
@click.option("-n", "processes", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
def make(
    folder: Path, corpora: Path, stories: Path, thesaurus: Path, articles: int, seed: int, processes: int
) -> None:
    """Write a scrape and its truth to FOLDER, and print what is in it."""
    made = making.make(folder, corpora, stories, load_spinners(thesaurus), articles, seed, processes)
    click.echo(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
