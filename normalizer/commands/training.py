"""The commands `normalizer train-lm` and `normalizer train-context`."""

from pathlib import Path

import click

from normalizer.commands.console import progress
from normalizer.commands.options import HELP, PATH
from normalizer.commands.places import require_place


@click.command("train-lm", context_settings=HELP)
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("-o", "--output", required=True, metavar="MODEL", type=PATH, help="Write the model to this file.")
@click.option("--order", type=click.IntRange(2, 5), default=3, show_default=True, help="Longest word sequence counted.")
@click.option("--vocabulary", type=click.IntRange(4, 65_535), default=65_535, show_default=True, help="Words.")
@click.option("--prune", metavar="CUTS", help="Size to prune to (38MB), or counts to drop by order (0-1-2).")
@click.option("--memory", type=click.IntRange(16), default=1024, show_default=True, metavar="MB", help="For counting.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="Readers at the same time.")
@click.option(
    "--write-association",
    "association",
    metavar="FILE",
    type=PATH,
    help="Write word vectors to this file, too (2.5 GB more).",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def train_lm(
    corpora: tuple[Path, ...],
    output: Path,
    order: int,
    vocabulary: int,
    prune: str | None,
    memory: int,
    processes: int,
    association: Path | None,
    quiet: bool,
) -> None:
    """Train a language model on clean text, for --lm.

    CORPUS: text files (.txt, .txt.gz, .txt.xz), one paragraph a line, a blank line between articles. Every 50th article
    is left out of training, so that the model can be judged on it.

    \b
    Examples:
      normalizer train-lm clean/*.txt.xz -o my.ngrams --write-association my.topics
      normalizer repair page.txt --lm my.ngrams --association my.topics
    """
    from normalizer.language_model import train_model

    for place in filter(None, (output, association)):
        require_place(place, corpora)
    train_model(
        corpora,
        output,
        order=order,
        vocabulary=vocabulary,
        pruning=prune,
        memory=memory,
        processes=processes,
        association=association,
        progress=progress(quiet),
    )


@click.command("train-context", context_settings=HELP)
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("-o", "--output", required=True, metavar="FILE", type=PATH, help="Write the model to this file.")
@click.option("--steps", type=click.IntRange(1), default=18_000, show_default=True, help="Of some 5,000 places each.")
@click.option("--without", multiple=True, metavar="SOURCE", help="Do not use lexicon lines that only SOURCE has shown.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="Readers at the same time.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def train_context(
    corpora: tuple[Path, ...], output: Path, steps: int, without: tuple[str, ...], processes: int, quiet: bool
) -> None:
    """Train a context model on clean text, for --context.

    The model tells which word belongs between its neighbours: it learns to tell each word from those that the lexicon's
    spinners swap it with. CORPUS: files as for train-lm; the same articles are left out. Takes 45 minutes with the
    usual steps.

    \b
    Examples:
      normalizer train-context clean/*.txt.xz -o my.context
      normalizer train-context clean/*.txt.xz -o my.context --without seed000
      normalizer repair page.txt --context my.context
    """
    from normalizer.language_model.training.context import train_context as train
    from normalizer.learning.swaps import swapped_words
    from normalizer.lexicon import Lexicon

    require_place(output, corpora)
    lexicon = Lexicon.load().without(*without)
    train(
        corpora,
        lambda vocabulary: swapped_words(lexicon, vocabulary),
        output,
        steps=steps,
        processes=processes,
        progress=progress(quiet),
    )
