"""Options that several commands take."""

from pathlib import Path
from typing import Any

import click

from normalizer import __version__
from normalizer.formats import KINDS

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
PATH = click.Path(path_type=Path)


class FileName(click.Path):
    """A path. An empty one, as a variable gives that is not set, is refused: it would pass for no option at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path that *value* names. Fails if it is empty."""
        if not value:
            self.fail("expected the name of a file, found an empty one.", param, ctx)
        return super().convert(value, param, ctx)


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
lexicon_option = click.option(
    "--lexicon",
    "lexicons",
    metavar="FILE",
    multiple=True,
    type=FILES,
    help="Use this lexicon; may be given again.",
)
model_option = click.option("--lm", "model", metavar="MODEL", type=FILES, help="Use this language model.")
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
