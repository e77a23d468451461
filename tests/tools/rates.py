"""Measures what the verdict rests on: expected swaps per token that can be swapped, in pieces of clean and of spun
articles.

    python -m tests.tools.rates clean/*.txt.xz [--pieces N]

prints quantiles of both, and how often a spun piece has the higher rate (the area under the curve). Clean pieces are
held-out articles of the corpora, spun ones the seeds, each read with a lexicon without it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
import numpy as np

from normalizer.evaluating.gold import load_cases
from normalizer.language_model.training.corpora import articles, held_out
from normalizer.pages import read
from normalizer.reading import read_pages
from normalizer.tables import Tables

CASES = Path(__file__).parent.parent / "cases" / "cases.json"
QUANTILES = (0.0, 0.01, 0.5, 0.99, 1.0)


def pieces(text: str, words: int = 200) -> Iterator[str]:
    """Yield runs of whole paragraphs with at least *words* words."""
    taken: list[str] = []
    for paragraph in text.split("\n"):
        taken.append(paragraph)
        if sum(len(part.split()) for part in taken) >= words:
            yield "\n".join(taken)
            taken = []


def rate(tables: Tables, text: str) -> float:
    """Return the expected swaps per token of *text* that can be swapped."""
    (found,) = read_pages([read(text)], [()], tables, 1.0)
    return float(found.swaps.sum()) / int(found.exposed.sum())


def clean_pieces(path: Path, count: int) -> Iterator[str]:
    """Yield *count* pieces of the held-out articles of a corpus, two of each article at most."""
    unseen = (text for index, text in enumerate(articles(path)) if held_out(index))
    return islice((piece for text in unseen for piece in islice(pieces(text), 2)), count)


@click.command()
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=click.Path(path_type=Path))
@click.option("--pieces", "number", default=24, show_default=True, metavar="N", help="Pieces of each corpus.")
def main(corpora: Sequence[Path], number: int) -> None:
    """Print the rates of clean and of spun pieces."""
    tables = Tables.load()
    clean = np.array([rate(tables, text) for path in corpora for text in clean_pieces(path, number)])
    spun = np.array(list(spun_rates(tables)))
    for name, rates in (("clean", clean), ("spun", spun)):
        values = zip(QUANTILES, np.quantile(rates, QUANTILES), strict=True)
        marks = ", ".join(f"{share:.0%} {value:.3f}" for share, value in values)
        click.echo(f"{name}: {len(rates)} pieces; {marks}")
    click.echo(f"area under the curve: {(spun[:, None] > clean[None]).mean():.4f}")


def spun_rates(tables: Tables) -> Iterator[float]:
    """Yield the rates of pieces of the seeds, each read without its own entries."""
    for case in load_cases(CASES):
        without = tables.with_lexicon(tables.entries.without(case.source))
        for text in pieces(case.text):
            yield rate(without, text)


if __name__ == "__main__":
    main()
