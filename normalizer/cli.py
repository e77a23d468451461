"""The command line: each command is a few lines over one function.

Repaired text goes to standard output, messages to standard error. Text is written as UTF-8 bytes with the
layout and line ends it came with. The pipeline is imported only by the commands that need it.
"""

import enum
import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from normalizer import __version__, reporting
from normalizer.articles import STDIN, read_article, silence_stdout, write_stdout
from normalizer.commands.places import require_other_file
from normalizer.errors import InputError, NormalizerError, PlanError
from normalizer.files import encode, write_atomically
from normalizer.plans import Plan

if TYPE_CHECKING:
    from normalizer.repairing import Normalizer, Repair, Verdict

SUFFIXES = {"text": "", "json": ".json", "diff": ".diff"}  # of the files that -o FOLDER fills
FURTHER = {
    "evaluate": "normalizer.evaluating.command:evaluate",
    "learn": "normalizer.commands.learn:learn",
    "lexicon": "normalizer.commands.lexicon:lexicon",
    "train-lm": "normalizer.commands.training:train_lm",
    "train-context": "normalizer.commands.training:train_context",
    "tune": "normalizer.commands.training:tune",
}


class Exit(enum.IntEnum):
    """The exit codes."""

    FINE = 0
    FOUND = 1  # --check found something to repair
    WRONG = 2  # wrong use or unreadable input
    INTERRUPTED = 130  # what shells use for Ctrl-C; 1 would say that --check found something


class FileName(click.Path):
    """A path. An empty one, as a variable gives that is not set, is refused: it would pass for no option at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not value:
            self.fail("expected the name of a file, found an empty one.", param, ctx)
        return super().convert(value, param, ctx)


FILES = FileName(path_type=str, allow_dash=True)


class Commands(click.Group):
    """A group whose commands fail with one line, not a traceback, and fall silent when nobody listens.

    The commands of FURTHER are imported only when they are called or listed.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *FURTHER})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in FURTHER:
            return super().get_command(ctx, name)
        module, _, attribute = FURTHER[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NormalizerError as error:
            _complain(str(error))
            ctx.exit(Exit.WRONG)
        except BrokenPipeError:
            silence_stdout()
            ctx.exit(Exit.FINE)
        except KeyboardInterrupt:
            _complain("interrupted; no file is half written")
            ctx.exit(Exit.INTERRUPTED)
        except OSError as error:  # a full disk, a lost network drive: nothing that a traceback would explain
            _complain(f"expected to read and write files, found: {error}; check disk and paths, run it again")
            ctx.exit(Exit.WRONG)


def _complain(message: str) -> None:
    click.echo(f"normalizer: {reporting.visible_line(message)}", err=True)


version = click.version_option(__version__, prog_name="normalizer")
output = click.option(
    "-o", "--output", "out", metavar="OUT", type=FILES, help="Write to this file or folder."
)
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
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@version
def main() -> None:
    """Repair spun articles: restore wording that a synonym spinner garbled.

    \b
    Examples:
      normalizer repair page.txt > repaired.txt
      normalizer repair page.txt -r clean.txt -f diff
      normalizer detect *.txt

    Exit codes: 0 fine, 1 --check found something to repair, 2 wrong use or unreadable input.
    """


# --- repair --------------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, metavar="[FILE|-]...", type=FILES)
@click.option(
    "-r",
    "--reference",
    "references",
    metavar="REF",
    multiple=True,
    type=FILES,
    help="A cleaner version of the same story; may be given again.",
)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(list(SUFFIXES)),
    help="text (the default), json (an edit plan a line) or diff.",
)
@output
@in_place_option
@click.option("--check", is_flag=True, help="Write nothing, exit with 1 if there is something to repair.")
@click.option(
    "--min-confidence",
    metavar="P",
    type=click.FloatRange(0, 1),
    help="Leave out edits less sure than P, 0 to 1.",
)
@lexicon_option
@model_option
@quiet_option
@version
@click.pass_context
def repair(
    ctx: click.Context,
    files: tuple[str, ...],
    references: tuple[str, ...],
    form: str | None,
    out: str | None,
    in_place: bool,
    check: bool,
    min_confidence: float | None,
    lexicons: tuple[str, ...],
    model: str | None,
    quiet: bool,
) -> None:
    """Repair articles; "-" or no FILE reads standard input.

    The repaired text goes to standard output, a summary to standard error.

    \b
    Examples:
      normalizer repair page.txt > repaired.txt
      normalizer repair page.txt -r agency.txt -o repaired.txt
      normalizer repair --in-place -f json *.txt > plans.jsonl
      normalizer repair -f diff page.txt            what would change
      normalizer repair --check *.txt               exit code 1 if anything would
      normalizer repair --min-confidence 0.9 - < page.txt

    Several files need --in-place, --check, -o FOLDER, -f json or -f diff. With --in-place a plan or diff
    still goes to standard output: keep the plan, and "normalizer revert" brings the old text back.
    """
    if not files and _is_terminal(sys.stdin):
        click.echo(ctx.get_help())
        return
    sources = files or ("-",)
    sink = Sink(sources, references, form, out, in_place, check)
    sink.require_sense()
    ctx.exit(_repair_all(sink, lambda: _load(lexicons, model, min_confidence), quiet))


@dataclass
class Sink:
    """Where repairs go, as the options of `repair` say. pieces: what one file gets at the end."""

    sources: Sequence[str]
    references: Sequence[str]
    form: str | None
    out: str | None
    in_place: bool
    check: bool
    pieces: list[bytes] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        """Whether text is asked for, and not a report."""
        return self.form in (None, "text")

    @property
    def folder(self) -> Path | None:
        """The folder that -o names, if it names one."""
        return _folder(self.out)

    def require_sense(self) -> None:
        """Raise a usage error for options that contradict each other, before anything is read or written."""
        _require_single_stdin([*self.sources, *self.references])
        _require_one_place(self.sources, self.out, self.in_place)
        if self.check and (self.out is not None or self.in_place):
            raise click.UsageError("--check writes nothing: leave out -o and --in-place, or --check.")
        if len(self.sources) > 1 and self.plain and not (self.folder or self.in_place or self.check):
            raise click.UsageError(
                f"one text can go to {self.out or 'standard output'}, but {len(self.sources)} were given: "
                "use --in-place, -o with an existing folder, -f json or -f diff."
            )
        for source in self.sources:
            _require_other_file(self._target(source), [*self.sources, *self.references])
        self._require_distinct_targets()

    def _require_distinct_targets(self) -> None:
        targets = [self._target(source) for source in self.sources] if self.folder else []
        for target in targets:
            if targets.count(target) > 1:
                raise click.UsageError(
                    f"two inputs would go to {target}: repair them into different folders."
                )

    def _target(self, source: str) -> Path | None:
        """Return the file that one repair is written to, or None for standard output and --in-place."""
        if self.out in (None, "-"):
            return None
        if self.folder is None:
            return Path(str(self.out))
        if source == "-":
            raise click.UsageError("standard input has no name to use in a folder: give -o a file name.")
        return self.folder / (Path(source).name + SUFFIXES[self.form or "text"])

    def put(self, source: str, result: "Repair") -> None:
        """Write one repair to where it belongs."""
        if not (self.plain and (self.in_place or self.check)):
            self._put_report(source, self._report(source, result))
        if self.in_place and result.text != result.source:  # last, so that no text changes without its plan
            _replace(source, result.source, result.text)

    def _put_report(self, source: str, report: bytes) -> None:
        if self.folder is not None:
            write_atomically(str(self._target(source)), report)
        elif self.out in (None, "-"):
            write_stdout(report)
        else:
            self.pieces.append(report)

    def close(self) -> None:
        """Write what goes to one file, in one step, unless every input failed."""
        if self.pieces:
            write_atomically(str(self.out), b"".join(self.pieces))

    def _report(self, source: str, result: "Repair") -> bytes:
        name = STDIN if source == "-" else source
        if self.form == "json":
            return encode(reporting.plan_line(result, "" if source == "-" else source))
        if self.form == "diff":
            if self.out in (None, "-") and _is_terminal(sys.stdout):
                return encode(reporting.terminal_diff(result, name, colour="NO_COLOR" not in os.environ))
            return encode(reporting.unified_diff(result, name))
        return encode(result.text)


def _repair_all(sink: Sink, load: Callable[[], "Normalizer"], quiet: bool) -> Exit:
    """Repair every source. A source that fails is reported and the others go on."""
    from normalizer.references import prepare

    references = [prepare(read_article(path).text) for path in sink.references]
    normalizer = load()
    failed = found = False
    for source in sink.sources:
        try:
            article = read_article(source)
            result = normalizer.repair(article.text, references)
            sink.put(source, result)
        except NormalizerError as error:
            _complain(str(error))
            failed = True
            continue
        found = found or bool(result.edits)
        if not quiet:
            click.echo(reporting.summary(result, article.name), err=True, nl=False)
    sink.close()
    return Exit.WRONG if failed else Exit.FOUND if sink.check and found else Exit.FINE


def _load(lexicons: Sequence[str], model: str | None, min_confidence: float | None) -> "Normalizer":
    """Load the tables, which live as long as the process: the garbage collector need not walk them again and again.

    That takes a third off the time of a single article. The library leaves the collector alone.
    """
    from normalizer.repairing import Normalizer, Settings

    settings = Settings() if min_confidence is None else Settings(min_confidence=min_confidence)
    gc.disable()
    try:
        return Normalizer([Path(name) for name in lexicons], Path(model) if model else None, settings)
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)
        gc.enable()


# --- detect --------------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@lexicon_option
@model_option
@click.pass_context
def detect(
    ctx: click.Context, files: tuple[str, ...], as_json: bool, lexicons: tuple[str, ...], model: str | None
) -> None:
    """Tell how likely articles are spun, and by which family of spinners.

    Prints a line for each file, with tabs between: name, verdict, probability, family, share of swaps.

    \b
    Examples:
      normalizer detect page.txt
      normalizer detect --json *.txt > verdicts.jsonl
    """
    _require_single_stdin(files)
    normalizer = _load(lexicons, model, None)
    line: Callable[[Verdict, str], str] = reporting.verdict_line if as_json else reporting.verdict_row
    code = Exit.FINE
    for source in files:
        try:
            article = read_article(source)
            write_stdout(encode(line(normalizer.detect(article.text), article.name)))
        except NormalizerError as error:
            _complain(str(error))
            code = Exit.WRONG
    ctx.exit(code)


# --- apply and revert ----------------------------------------------------------------------------------


@main.command("apply")
@click.argument("plan", metavar="PLAN|-", type=FILES)
@click.argument("file", metavar="FILE|-", type=FILES)
@output
@in_place_option
def apply_plan(plan: str, file: str, out: str | None, in_place: bool) -> None:
    """Make the edits of PLAN in FILE, the text that the plan was made for.

    \b
    Examples:
      normalizer repair -f json page.txt > plan.json
      normalizer apply plan.json page.txt > repaired.txt
    """
    _replay(Plan.apply, plan, file, out, in_place)


@main.command("revert")
@click.argument("plan", metavar="PLAN|-", type=FILES)
@click.argument("file", metavar="FILE|-", type=FILES)
@output
@in_place_option
def revert_plan(plan: str, file: str, out: str | None, in_place: bool) -> None:
    """Undo the edits of PLAN in FILE, a text that was repaired by it.

    \b
    Examples:
      normalizer repair --in-place -f json page.txt > plan.json
      normalizer revert --in-place plan.json page.txt
    """
    _replay(Plan.revert, plan, file, out, in_place)


def _replay(
    replay: Callable[[Plan, str], str], plan: str, file: str, out: str | None, in_place: bool
) -> None:
    _require_single_stdin([plan, file])
    _require_one_place([file], out, in_place)
    folder = _folder(out)
    target = folder / Path(file).name if folder else Path(out) if out else None
    _require_other_file(target, [plan, file])
    text = read_article(file).text
    outcome = replay(_read_plan(plan), text)
    data = encode(outcome)
    if in_place:
        _replace(file, text, outcome)
    elif target is None or out == "-":
        write_stdout(data)
    else:
        write_atomically(target, data)


def _read_plan(path: str) -> Plan:
    article = read_article(path)
    try:
        return Plan.from_json(article.text)
    except PlanError as error:
        raise PlanError(f"{article.name}: {error}") from error


# --- shared by the commands ----------------------------------------------------------------------------


def _folder(out: str | None) -> Path | None:
    """Return the folder that -o names, which need not be there if the name ends in a slash, or None."""
    return Path(out) if out and (out.endswith(os.sep) or Path(out).is_dir()) else None


def _require_single_stdin(paths: Sequence[str]) -> None:
    if list(paths).count("-") > 1:
        raise click.UsageError(
            "standard input can be read only once: give '-' for one input, files for the rest."
        )


def _require_one_place(sources: Sequence[str], out: str | None, in_place: bool) -> None:
    if in_place and out is not None:
        raise click.UsageError("--in-place and -o name two places for one text: leave out one of them.")
    for source in sources if in_place else ():
        if Path(source).exists() and not (Path(source).is_file() or Path(source).is_dir()):
            raise click.UsageError(f"{source} is a pipe or device and cannot be replaced: leave out --in-place.")
    if in_place and "-" in sources:
        raise click.UsageError("standard input cannot be replaced: leave out --in-place, or name a file.")


def _require_other_file(target: Path | None, inputs: Sequence[str]) -> None:
    if target is not None:
        files = [name for name in inputs if name != "-"]
        require_other_file(target, files, "use --in-place, or name another file.")


def _replace(path: str, before: str, after: str) -> None:
    """Replace the text of a file, unless someone else has changed it since it was read as *before*."""
    if read_article(path).text != before:
        raise InputError(f"{path}: expected the text that was read, found another; it was changed meanwhile, run again")
    write_atomically(path, encode(after))


def _is_terminal(stream: TextIO | None) -> bool:
    """Say whether somebody sits before *stream*, which is None where the caller closed it."""
    return stream is not None and stream.isatty()


if __name__ == "__main__":
    main()
