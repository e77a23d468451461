"""What the command lines of the tools share."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from normalizer.commands.options import spelt_out
from normalizer.errors import CaseError, LexiconError, ModelError
from normalizer.evaluating.ablations import ablate
from normalizer.repairing import Normalizer
from normalizer.weights import load_weights

PATH = click.Path(path_type=Path)


class ListingCommand(click.Command):
    """A command whose repeatable options take all words behind them: `--corpus a b` is `--corpus a --corpus b`.

    That is what a shell makes of `--corpus *.txt`. A word that is no option's belongs before such an option, or
    behind `--`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args* with every repeatable option spelt out before each of its words."""
        listing = {
            name for param in self.params if isinstance(param, click.Option) and param.multiple for name in param.opts
        }
        return super().parse_args(ctx, list(spelt_out(args, listing)))


class OneLine(click.Command):
    """A command that says in one line what is wrong with what it was given, with exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (CaseError, ModelError, LexiconError) as error:
            click.echo(error, err=True)
            ctx.exit(2)


class OneLineGroup(OneLine, click.Group):
    """A group of such commands."""


def normalizer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give *command* the options that make its normalizer, which it takes as `tool`, and `processes`."""

    @click.option("--weights", type=PATH, metavar="FILE", help="Use these weights.")
    @click.option(
        "--without", multiple=True, metavar="PART", help="Leave out a part, as `normalizer evaluate gold` does."
    )
    @click.option(
        "--min-confidence", type=click.FloatRange(0, 1), metavar="P", help="Leave out edits less sure than P."
    )
    @click.option("-n", "processes", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
    @wraps(command)
    def made(
        *args: Any, weights: Path | None, without: Sequence[str], min_confidence: float | None, **others: Any
    ) -> None:
        tool = Normalizer()
        if weights is not None:
            tool = Normalizer(tables=replace(tool.tables, weights=load_weights(weights)))
        command(*args, tool=ablate(tool, without, min_confidence=min_confidence), **others)

    return made
