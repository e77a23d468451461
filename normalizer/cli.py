"""The command line: a group whose commands lie in `commands`, each a few lines over one function.

Repaired text goes to standard output, messages to standard error. Text is written as UTF-8 bytes with the
layout and line ends it came with. The pipeline is imported only by the commands that need it.
"""

import warnings
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from normalizer.articles import silence_stdout
from normalizer.commands.configuration import SOURCE_FILE, default_map, find_settings, name_variables
from normalizer.commands.console import Exit, complain
from normalizer.commands.options import FILES, HELP, version_option
from normalizer.errors import NormalizerError, NormalizerWarning

USING = {  # where each command lies; in the order in which --help lists them
    "repair": "repair:repair",
    "detect": "detect:detect",
    "review": "review:review",
    "explain": "explain:explain",
    "apply": "replay:apply_plan",
    "revert": "replay:revert_plan",
    "corpus": "corpus:corpus",
    "stories": "stories:stories",
    "doctor": "doctor:doctor",
}
DEVELOPING = {
    "lexicon": "lexicon:lexicon",
    "learn": "learn:learn",
    "train-lm": "training:train_lm",
    "train-context": "training:train_context",
    "tune": "tune:tune",
    "evaluate": "evaluate:evaluate",
}
COMMANDS = USING | DEVELOPING
SECTIONS = {"Commands": USING, "Commands for developing the lexicon, the models and the weights": DEVELOPING}


class Commands(click.Group):
    """A group whose commands fail with one line in place of a traceback, and stop in silence when a pipe is closed.

    The commands of COMMANDS are imported only when they are called or listed.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands for using normalizer, and apart from them those for developing it."""
        for title, names in SECTIONS.items():
            commands = ((name, self.get_command(ctx, name)) for name in names)
            rows = [(name, command.get_short_help_str(limit=80)) for name, command in commands if command is not None]
            with formatter.section(title):
                formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command by its name, or None."""
        if name not in COMMANDS:
            return super().get_command(ctx, name)
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(f"normalizer.commands.{module}"), attribute)
        name_variables(command, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* begin with. A misspelt one fails, with the name that is near it."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = get_close_matches(name, self.list_commands(ctx), 1)
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and turn what can go wrong into an exit code."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("once", NormalizerWarning)
                warnings.showwarning = _warn(warnings.showwarning)
                return super().invoke(ctx)
        except NormalizerError as error:
            complain(str(error))
            ctx.exit(Exit.WRONG)
        except BrokenPipeError:
            silence_stdout()
            ctx.exit(Exit.FINE)
        except KeyboardInterrupt:
            complain("interrupted; no file is half written")
            ctx.exit(Exit.INTERRUPTED)
        except MemoryError:
            complain("expected enough memory for this input, found that it ran out; divide the file, or name fewer")
            ctx.exit(Exit.WRONG)
        except OSError as error:  # a full disk, a lost network drive: nothing that a traceback would explain
            complain(f"expected to read and write files, found: {error}; check disk and paths, run it again")
            ctx.exit(Exit.WRONG)


def _warn(usual: Callable[..., None]) -> Callable[..., None]:
    """Return what shows a warning of normalizer in one line, and any other as *usual*."""

    def show(message: Warning | str, category: type[Warning], *where: Any, **further: Any) -> None:
        if issubclass(category, NormalizerWarning):
            complain(str(message))
        else:
            usual(message, category, *where, **further)

    return show


@click.group(cls=Commands, context_settings={**HELP, "auto_envvar_prefix": "NORMALIZER"})
@click.option(
    "--config", metavar="FILE", type=FILES, help="Take settings from this file, not normalizer.toml or pyproject.toml."
)
@version_option
@click.pass_context
def main(ctx: click.Context, config: str | None) -> None:
    """Repair spun articles: restore wording that a synonym spinner garbled.

    \b
    Examples:
      normalizer repair page.txt > repaired.txt
      normalizer repair page.txt -r clean.txt -f diff
      normalizer detect *.txt

    Settings come from the command line, from variables such as NORMALIZER_REPAIR_MIN_CONFIDENCE, and from
    normalizer.toml or [tool.normalizer] in pyproject.toml; "normalizer repair --show-config" tells which hold.

    Exit codes: 0 fine, 1 --check found something to repair, 2 wrong use or unreadable input.
    """
    if (settings := find_settings(config)) is not None:
        ctx.meta[SOURCE_FILE] = settings.path
        group = ctx.command
        assert isinstance(group, click.Group)
        ctx.default_map = default_map(ctx, group, settings)


if __name__ == "__main__":
    main()
