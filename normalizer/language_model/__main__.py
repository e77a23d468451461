"""Build or measure a language model: ``python -m normalizer.language_model train|measure CORPUS...``."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from normalizer.errors import NormalizerError
from normalizer.language_model.ngrams import LanguageModel, Measure
from normalizer.language_model.training.contrasts import measure_contrasts
from normalizer.language_model.training.corpora import articles, corpus_name, held_out
from normalizer.language_model.training.ngrams import DEFAULT_PRUNING, train_model
from normalizer.language_model.training.vocabulary import LARGEST


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "train":
            _train(options)
        else:
            _measure(options)
    except NormalizerError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def held_out_articles(path: Path) -> Iterator[str]:
    """Yield the articles of the corpus at *path* that training leaves out."""
    return (article for index, article in enumerate(articles(path)) if held_out(index))


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Return the first two columns of the table at *path*: tabs between columns, a line of headings."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [(columns[0], columns[1]) for line in lines if len(columns := line.split("\t")) > 1]


def _train(options: argparse.Namespace) -> None:
    train_model(
        options.corpora,
        options.model,
        order=options.order,
        vocabulary=options.vocabulary,
        pruning=options.prune,
        memory=options.memory,
        processes=options.processes,
        association=options.association,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )


def _measure(options: argparse.Namespace) -> None:
    model = LanguageModel.load(options.model)
    model.verify()
    if options.pairs:
        texts = (article for path in options.corpora for article in held_out_articles(path))
        found = measure_contrasts(model, read_pairs(options.pairs), texts)
        print(f"{found.pairs} pairs, area {found.area:.4f}")
        return
    total = Measure(0, 0, 0.0)
    for path in options.corpora:
        measure = model.measure(held_out_articles(path))
        total = total.plus(measure)
        print(_line(corpus_name(path), measure))
    print(_line("all", total))


def _line(name: str, measure: Measure) -> str:
    unknown = 100 * measure.unknown / max(1, measure.tokens)
    return f"{name:20}{measure.tokens:10}{unknown:7.2f} %{measure.perplexity:9.1f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m normalizer.language_model", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="build a model")
    measure = commands.add_parser("measure", help="perplexity on the held-out articles of corpora")
    for command in (train, measure):
        command.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    train.add_argument("-o", "--model", type=Path, required=True)
    train.add_argument("--order", type=int, default=3)
    train.add_argument("--vocabulary", type=int, default=LARGEST)
    train.add_argument(
        "--prune", default=DEFAULT_PRUNING, help="count cut-offs, such as 0-1-1, or a size, such as 38MB"
    )
    train.add_argument("--memory", type=int, default=1024, help="MB for counting")
    train.add_argument("--processes", type=int, default=2)
    train.add_argument("--association", type=Path, metavar="FILE", help="write word vectors, too (2.5 GB more)")
    measure.add_argument("--pairs", type=Path, help="in place of perplexity, tell these wordings apart (TSV)")
    measure.add_argument("--model", type=Path, help="default: the shipped one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
