"""The commands that rebuild what is learnt: `train-lm` and `tune`."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path)


@click.command("train-lm", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("-o", "--output", required=True, metavar="MODEL", type=PATH, help="Write the model to this file.")
@click.option("--order", type=click.IntRange(2, 4), default=3, show_default=True, help="Longest word sequence counted.")
@click.option("--vocabulary", type=click.IntRange(4, 65_535), default=65_535, show_default=True, help="Words.")
@click.option("--prune", metavar="CUTS", help="Counts up to which n-grams are dropped, by order: 0-1-2.")
@click.option("--memory", type=click.IntRange(16), default=1024, show_default=True, metavar="MB", help="For counting.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="Readers at the same time.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def train_lm(
    corpora: tuple[Path, ...],
    output: Path,
    order: int,
    vocabulary: int,
    prune: str | None,
    memory: int,
    processes: int,
    quiet: bool,
) -> None:
    """Train a language model on clean text, for --lm.

    CORPUS: text files (.txt, .txt.gz, .txt.xz), one paragraph a line, a blank line between articles. Every 50th article
    is left out of training, so that the model can be judged on it.

    \b
    Example:
      normalizer train-lm clean/*.txt.xz -o my.ngrams
      normalizer repair page.txt --lm my.ngrams
    """
    from normalizer.language_model import train_model

    progress = None if quiet else lambda line: click.echo(line, err=True)
    train_model(
        corpora,
        output,
        order=order,
        vocabulary=vocabulary,
        pruning=prune,
        memory=memory,
        processes=processes,
        progress=progress,
    )
