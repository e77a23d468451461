"""Options that several commands take."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from normalizer import __version__
from normalizer.formats import KINDS
from normalizer.table_files import TableFiles

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
PATH = click.Path(path_type=Path)


class FileName(click.Path):
    """A path. An empty one, as a variable gives that is not set, is refused: it would pass for no option at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path that *value* names. Fails if it is empty."""
        if not value:
            self.fail("expected the name of a file, found an empty one.", param, ctx)
        return super().convert(value, param, ctx)


class Listed(click.Option):
    """An option of a `ListingCommand` that takes all words behind it: `--clean a b` is `--clean a --clean b`.

    That is what a shell makes of `--clean *.txt`. A word that is no such option's belongs before it, or behind `--`.
    """


class ListingCommand(click.Command):
    """A command some of whose options are `Listed`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args* with every listed option spelt out before each of its words."""
        listing = {name for param in self.params if isinstance(param, Listed) for name in param.opts}
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


FILES = FileName(path_type=str, allow_dash=True)

version_option = click.version_option(__version__, prog_name="normalizer")
references_option = click.option(
    "-r",
    "--reference",
    "references",
    metavar="REF",
    multiple=True,
    type=FILES,
    help="A cleaner version of the same story; may be given again.",
)
output_option = click.option("-o", "--output", "out", metavar="OUT", type=FILES, help="Write to this file or folder.")
in_place_option = click.option("--in-place", is_flag=True, help="Replace the file itself, in one step.")


def tables_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options that name the files its tables are loaded from, which it takes as `files`."""

    @click.option(
        "--lexicon",
        "lexicons",
        metavar="FILE",
        multiple=True,
        type=FILES,
        help="Add the entries of this lexicon; may be given again.",
    )
    @click.option("--lm", "model", metavar="MODEL", type=FILES, help="Use this language model, as train-lm writes it.")
    @click.option("--association", metavar="FILE", type=FILES, help="Use these word vectors, as train-lm writes them.")
    @click.option("--context", metavar="FILE", type=FILES, help="Use this context model, as train-context writes it.")
    @click.option("--weights", metavar="FILE", type=FILES, help="Use these weights, as tune writes them.")
    @wraps(command)
    def given(*args: Any, lexicons: Sequence[str], **others: Any) -> Any:
        named = {name: others.pop(name) for name in ("model", "association", "context", "weights")}
        models = {name: None if value is None else Path(value) for name, value in named.items()}
        return command(*args, files=TableFiles(tuple(map(Path, lexicons)), **models), **others)

    return given


kind_option = click.option(
    "--as",
    "kind",
    metavar="KIND",
    type=click.Choice(KINDS),
    help=f"Read the files as {', '.join(KINDS[:-1])} or {KINDS[-1]}, whatever they look like.",
)
field_option = click.option(
    "--field",
    "fields",
    metavar="FIELD",
    multiple=True,
    help="The field or column that holds the prose; text, body or content by default.",
)
protect_option = click.option(
    "--protect",
    metavar="FILE|WORD",
    multiple=True,
    help="Leave this name or phrase as it is, or all that a file lists; may be given again.",
)
ignore_option = click.option(
    "--ignore-re", "ignore", metavar="REGEX", multiple=True, help="Leave what this matches as it is."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
