"""Measure an n-gram model on clean text: `python -m normalizer.language_model CORPUS...`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from normalizer.errors import NormalizerError
from normalizer.language_model.ngrams import LanguageModel, Measure
from normalizer.language_model.training.contrasts import measure_contrasts
from normalizer.language_model.training.corpora import articles, corpus_name, held_out

PATH, TABLE = click.Path(path_type=Path), click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("--model", type=PATH, metavar="FILE", help="The model; the shipped one if none is named.")
@click.option("--pairs", type=TABLE, metavar="FILE.tsv", help="In place of perplexity, tell these wordings apart.")
def main(corpora: Sequence[Path], model: Path | None, pairs: Path | None) -> None:
    """Print tokens, the share of unknown words and the perplexity of the held-out articles of each CORPUS and of all.

    With --pairs, a table of wordings in its first two columns with a line of headings, print how well the model tells
    apart where the one and where the other stands, as the area under the ROC curve.
    """
    try:
        loaded = LanguageModel.load(model)
        loaded.verify()
        lines = _contrasts(loaded, corpora, pairs) if pairs else _perplexities(loaded, corpora)
        for line in lines:
            click.echo(line)
    except NormalizerError as error:
        click.echo(error, err=True)
        click.get_current_context().exit(2)


def held_out_articles(path: Path) -> Iterator[str]:
    """Yield the articles of the corpus at *path* that training leaves out."""
    return (article for index, article in enumerate(articles(path)) if held_out(index))


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Return the first two columns of the table at *path*: tabs between columns, a line of headings."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [(columns[0], columns[1]) for line in lines if len(columns := line.split("\t")) > 1]


def _contrasts(model: LanguageModel, corpora: Sequence[Path], pairs: Path) -> Iterator[str]:
    texts = (article for path in corpora for article in held_out_articles(path))
    found = measure_contrasts(model, read_pairs(pairs), texts)
    yield f"{found.pairs} pairs, area {found.area:.4f}"


def _perplexities(model: LanguageModel, corpora: Sequence[Path]) -> Iterator[str]:
    total = Measure(0, 0, 0.0)
    for path in corpora:
        measure = model.measure(held_out_articles(path))
        total = total.plus(measure)
        yield _line(corpus_name(path), measure)
    yield _line("all", total)


def _line(name: str, measure: Measure) -> str:
    unknown = 100 * measure.unknown / max(1, measure.tokens)
    return f"{name:20}{measure.tokens:10}{unknown:7.2f} %{measure.perplexity:9.1f}"


if __name__ == "__main__":
    main()
