"""The commands that rebuild what is learnt: `train-lm`, `train-context` and `tune`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.commands.places import require_place
from normalizer.reporting import visible

if TYPE_CHECKING:
    from normalizer.evaluating.gold import Case
    from normalizer.learning.tuning import Example
    from normalizer.repairing import Normalizer

PATH = click.Path(path_type=Path)


@click.command("train-lm", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("-o", "--output", required=True, metavar="MODEL", type=PATH, help="Write the model to this file.")
@click.option("--order", type=click.IntRange(2, 5), default=3, show_default=True, help="Longest word sequence counted.")
@click.option("--vocabulary", type=click.IntRange(4, 65_535), default=65_535, show_default=True, help="Words.")
@click.option("--prune", metavar="CUTS", help="Size to prune to (38MB), or counts to drop by order (0-1-2).")
@click.option("--memory", type=click.IntRange(16), default=1024, show_default=True, metavar="MB", help="For counting.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="Readers at the same time.")
@click.option("--association", metavar="FILE", type=PATH, help="Write word vectors to this file, too (2.5 GB more).")
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
    Example:
      normalizer train-lm clean/*.txt.xz -o my.ngrams
      normalizer repair page.txt --lm my.ngrams
    """
    from normalizer.language_model import train_model

    for place in filter(None, (output, association)):
        require_place(place, corpora)
    progress = None if quiet else lambda line: click.echo(visible(line), err=True)
    train_model(
        corpora,
        output,
        order=order,
        vocabulary=vocabulary,
        pruning=prune,
        memory=memory,
        processes=processes,
        association=association,
        progress=progress,
    )


@click.command("train-context", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option("-o", "--output", required=True, metavar="FILE", type=PATH, help="Write the model to this file.")
@click.option("--steps", type=click.IntRange(1), default=18_000, show_default=True, help="Of some 5,000 places each.")
@click.option("--without", multiple=True, metavar="SOURCE", help="Do not use lexicon lines that only SOURCE has shown.")
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="Readers at the same time.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def train_context(
    corpora: tuple[Path, ...], output: Path, steps: int, without: tuple[str, ...], processes: int, quiet: bool
) -> None:
    """Train a context model on clean text: which word belongs between its neighbours.

    CORPUS: files as for train-lm; the same articles are left out. The model learns to tell each word from those that
    the lexicon's spinners swap it with. Takes 45 minutes with the usual steps.

    \b
    Example:
      normalizer train-context clean/*.txt.xz -o normalizer/language_model/news.context --without seed000
    """
    from normalizer.language_model.training.context import train_context as train
    from normalizer.lexicon import Lexicon
    from normalizer.proposals import swapped_words

    require_place(output, corpora)
    lexicon = Lexicon.load().without(*without)
    progress = None if quiet else lambda line: click.echo(visible(line), err=True)
    train(
        corpora,
        lambda vocabulary: swapped_words(lexicon, vocabulary),
        output,
        steps=steps,
        processes=processes,
        progress=progress,
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("indices", nargs=-1, required=True, metavar="CASES.json...", type=PATH)
@click.option("-o", "--output", required=True, metavar="WEIGHTS", type=PATH, help="Write the weights to this file.")
@click.option("--without", multiple=True, metavar="CASE", help="Leave out a case and all learnt from it.")
@click.option("--rounds", type=click.IntRange(1), default=2, show_default=True, help="Times all is unrolled.")
@click.option("--steps", type=click.IntRange(1), default=60, show_default=True, help="Gradient steps a round.")
@click.option("--made", type=float, default=0.08, show_default=True, metavar="W", help="What a made-up case counts.")
@click.option("--references", "beside", is_flag=True, help="Learn what references are worth, and nothing else.")
@click.option("--weights", "begin", type=PATH, metavar="FILE", help="Begin with these weights.")
@click.option("--lm", "model", type=PATH, metavar="MODEL", help="Use this language model.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def tune(
    indices: tuple[Path, ...],
    output: Path,
    without: tuple[str, ...],
    rounds: int,
    steps: int,
    made: float,
    beside: bool,
    begin: Path | None,
    model: Path | None,
    quiet: bool,
) -> None:
    """Learn the weights of the scoring from gold cases, for normalizer/weights.json.

    CASES.json: index files as for `normalizer evaluate`. A case that the lexicon has entries from is read with a
    lexicon without them; cases made by a spinner are read with the whole lexicon and with half of it, so that the
    weights know both known and unknown swaps; they count little, since our spinner is easier to undo than a real one.
    Every case is read with and without its references. With --references only cases that have some are read, and what
    is said of texts alone stays as it is. Learning begins with the shipped weights, and anew with --without: take
    --rounds 3 then.

    \b
    Examples:
      python -m tests.spinner spun --corpus clean/*.txt.xz
      normalizer tune tests/cases/cases.json spun/cases.json -o w.json
      python -m tests.spinner told --corpus clean/*.txt.xz --beside reports
      normalizer tune tests/cases/cases.json told/cases.json --references --weights w.json -o normalizer/weights.json
    """
    from dataclasses import replace

    from normalizer.articles import write_atomically
    from normalizer.confidence import SIGNS
    from normalizer.errors import CaseError
    from normalizer.evaluating.gold import load_cases
    from normalizer.learning.tuning import tune as learn
    from normalizer.learning.tuning import tune_confidence
    from normalizer.repairing import Normalizer
    from normalizer.scoring import FEATURES, OF_REFERENCES, load_weights, write_weights

    require_place(output, indices)
    if not 0 <= made < float("inf"):
        raise click.UsageError(f"--made: expected a number of 0 or more, found {made}.")
    if beside and without and begin is None:
        raise click.UsageError(
            "--references: expected --weights FILE with what texts alone are worth, learnt --without the same cases, "
            "found none; run tune without --references first."
        )
    cases = [case for index in indices for case in load_cases(index) if case.name not in without]
    tool = Normalizer(model=model)
    examples = list(_examples(cases, tool, [f"seed{name}" for name in without], made))
    if beside:
        examples = [example for example in examples if example.references]
    if not examples:
        wanted = "with references; `python -m tests.spinner --beside reports` makes some" if beside else "to learn from"
        raise CaseError(f"{', '.join(map(str, indices))}: found no case {wanted}")
    only = OF_REFERENCES if beside else (*FEATURES, "model")

    def progress(line: str) -> None:
        if not quiet:
            click.echo(visible(line), err=True)

    progress(f"{len(examples)} examples of {len(cases)} cases")
    start = tool.weights if begin is None else load_weights(begin)
    if without and begin is None:  # which the shipped weights have seen: learning begins anew
        start = replace(start, features={"edit": -1.0, "strength": 1.0}, model=0.5)
    weights = learn(examples, start, rounds=rounds, steps=steps, only=only, progress=progress)
    progress("confidence of edits")
    weights = tune_confidence(examples, weights, only=OF_REFERENCES if beside else SIGNS)
    learnt = f"normalizer tune, {len(cases)} cases"
    if beside:
        learnt = f"{start.provenance}; normalizer tune --references, {len(examples)} cases"
    write_atomically(output, write_weights(weights, learnt).encode())


def _examples(cases: "Sequence[Case]", tool: "Normalizer", left_out: list[str], made: float) -> "Iterator[Example]":
    from normalizer.evaluating.ablations import known_half
    from normalizer.learning.alignment import GoldEdit
    from normalizer.learning.tuning import Example
    from normalizer.lexicon import Lexicon
    from normalizer.repairing import Normalizer

    half = Lexicon(known_half(tool.lexicon.entries))
    for number, case in enumerate(cases):
        known = tool.lexicon.without(case.source, *left_out) if case.source else (tool.lexicon, half)[number % 2]
        golds = tuple(
            GoldEdit(gold.start, gold.end, gold.readings, gold.optional)
            for gold in case.golds
            if not gold.category.startswith("artefact")
        )
        reader = Normalizer(
            model=tool.model,
            lexicon=known,
            weights=tool.weights,
            association=tool.association,
            context=tool.context,
        )
        for references in {(), case.references}:
            yield Example(case.text, golds, references, reader, 1.0 if case.source else made)
