"""Measures what the verdict rests on: expected swaps per token that can be swapped, in pieces of clean and of spun
articles.

    python -m tests.rates clean/*.txt.xz [--pieces N]

prints quantiles of both, and how often a spun piece has the higher rate (the area under the curve). Clean pieces are
held-out articles of the corpora, spun ones the seeds, each read with a lexicon without it.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from normalizer.evaluating.gold import load_cases
from normalizer.language_model.training.corpora import articles, held_out
from normalizer.repairing import Normalizer, read, swap_signs

CASES = Path(__file__).parent / "cases" / "cases.json"
QUANTILES = (0.0, 0.01, 0.5, 0.99, 1.0)


def pieces(text: str, words: int = 200) -> Iterator[str]:
    """Yield runs of whole paragraphs with at least *words* words."""
    taken: list[str] = []
    for paragraph in text.split("\n"):
        taken.append(paragraph)
        if sum(len(part.split()) for part in taken) >= words:
            yield "\n".join(taken)
            taken = []


def rate(tool: Normalizer, text: str) -> float:
    """Return the expected swaps per token of *text* that can be swapped."""
    proposed = tool.propose(read(text))
    swaps, exposed = swap_signs(proposed, tool.decode(proposed))
    return float(swaps.sum()) / sum(exposed)


def clean_pieces(path: Path, count: int) -> Iterator[str]:
    """Yield *count* pieces of the held-out articles of a corpus, two of each article at most."""
    unseen = (text for index, text in enumerate(articles(path)) if held_out(index))
    return islice((piece for text in unseen for piece in islice(pieces(text), 2)), count)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the rates of clean and of spun pieces."""
    parser = argparse.ArgumentParser(prog="python -m tests.rates", description=main.__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--pieces", type=int, default=24, metavar="N", help="of each corpus (default 24)")
    options = parser.parse_args(arguments)
    tool = Normalizer()
    clean = np.array([rate(tool, text) for path in options.corpora for text in clean_pieces(path, options.pieces)])
    found = []
    for case in load_cases(CASES):
        without = Normalizer(model=tool.model, lexicon=tool.lexicon.without(case.source), association=tool.association)
        found += [rate(without, text) for text in pieces(case.text)]
    spun = np.array(found)
    for name, rates in (("clean", clean), ("spun", spun)):
        values = zip(QUANTILES, np.quantile(rates, QUANTILES), strict=True)
        marks = ", ".join(f"{share:.0%} {value:.3f}" for share, value in values)
        print(f"{name}: {len(rates)} pieces; {marks}")
    print(f"area under the curve: {(spun[:, None] > clean[None]).mean():.4f}")


if __name__ == "__main__":
    main()
