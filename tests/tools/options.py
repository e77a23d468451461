"""What the command lines of the tools share."""

from collections.abc import Iterator, Sequence

import click


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


def spelt_out(arguments: Sequence[str], listing: set[str]) -> Iterator[str]:
    """Yield *arguments* with each option of *listing* repeated before the second and later words behind it."""
    option, seen = "", 0
    for position, word in enumerate(arguments):
        if word == "--":
            yield from arguments[position:]
            return
        if word.startswith("-") and word != "-":
            option, seen = word if word in listing else "", 0
        elif option:
            if seen:
                yield option
            seen += 1
        yield word
