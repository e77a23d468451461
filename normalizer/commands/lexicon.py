"""The commands `normalizer lexicon ...`."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import click

from normalizer.commands.console import print_line, progress
from normalizer.commands.options import HELP, PATH
from normalizer.commands.places import require_other_file, require_place
from normalizer.errors import LexiconError

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
extra_option = click.option("--lexicon", "extra", metavar="FILE", multiple=True, type=PATH, help="Add this lexicon.")
only_option = click.option("--only", is_flag=True, help="With --lexicon: leave out the shipped lexicon.")

# What the commands need is imported only when called, so that `--help` stays quick.


@click.group(context_settings=HELP)
def lexicon() -> None:
    """Check, look up, measure and grow the lexicon.

    \b
    Examples:
      normalizer lexicon show instructed
      normalizer lexicon lint a_my.tsv
    """


@lexicon.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=PATH)
@click.option("-v", "--verbose", is_flag=True, help="List the notes too: both-way swaps, chains, idle classes.")
@click.option("--no-vocabulary", is_flag=True, help="Skip the language model: fewer words count as known.")
@json_option
@click.pass_context
def lint(ctx: click.Context, files: tuple[Path, ...], verbose: bool, no_vocabulary: bool, as_json: bool) -> None:
    """Check lexicon files, by default the shipped ones.

    Errors break the format or can do nothing, warnings want a second look, notes count facts (swaps that run both
    ways). Exit code 0: no errors, 1: errors found, 2: a file cannot be read.

    \b
    Examples:
      normalizer lexicon lint
      normalizer lexicon lint a_my.tsv -v
    """
    from normalizer.lexicon import lint as checks
    from normalizer.lexicon.files import shipped_files, warn_of_families

    warn_of_families(files)
    findings = checks.lint(files or shipped_files(), None if no_vocabulary else _vocabulary().__contains__)
    shown = [finding for finding in findings if verbose or finding.level != "note"]
    if as_json:
        print_line(json.dumps([finding._asdict() for finding in shown], indent=1))
    else:
        for finding in shown:
            print_line(str(finding))
        click.echo(checks.summary(findings), err=True)
    ctx.exit(1 if any(finding.level == "error" for finding in findings) else 0)


def _vocabulary() -> frozenset[str]:
    from normalizer.language_model import LanguageModel

    return frozenset(LanguageModel.load().words)


@lexicon.command("compile")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=PATH)
@click.option("-o", "--output", "out", metavar="OUT", type=PATH, help="Write to this file or folder.")
@click.option("--force", is_flag=True, help="Compile it even if that was done before.")
@click.option("--lm", "model", type=PATH, metavar="MODEL", help="Compile it for this language model.")
@json_option
def compile_(files: tuple[Path, ...], out: Path | None, force: bool, model: Path | None, as_json: bool) -> None:
    """Compile the lexicon ahead, so that programs start at once.

    The shipped lexicon is compiled, and further FILES with it. Whatever needs a lexicon does so by itself at its first
    start, which takes half a minute then, and keeps the result in the user's cache, or in the folder that
    NORMALIZER_CACHE names. Compile it ahead where many processes start at the same time, or into a cache that they may
    only read. A compiled lexicon is never stale: its name is a hash of the lexicon files and the models that it was
    made from.

    \b
    Examples:
      normalizer lexicon compile
      normalizer lexicon compile a_my.tsv           for "normalizer repair --lexicon a_my.tsv"
      normalizer lexicon compile -o cache           for NORMALIZER_CACHE=cache, a folder that is there
    """
    from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
    from normalizer.lexicon import keep_compiled

    if out is not None:
        require_place(out / "lexicon" if out.is_dir() else out, files)
    start = time.perf_counter()
    models = LanguageModel.load(model), AssociationModel.load(), ContextModel.load()
    place, compiled, made = keep_compiled(models, files, out, anew=force)
    size, seconds = compiled.size, time.perf_counter() - start
    if as_json:
        print_line(json.dumps({"file": str(place), "compiled": made, "seconds": round(seconds, 2), **size}))
        return
    print_line(str(place))
    numbers = ", ".join(f"{number:,} {name}" for name, number in size.items())
    click.echo(f"{numbers}: " + (f"compiled in {seconds:.1f} s" if made else "compiled before"), err=True)


@lexicon.command()
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@extra_option
@only_option
@json_option
@click.pass_context
def show(ctx: click.Context, words: tuple[str, ...], extra: tuple[Path, ...], only: bool, as_json: bool) -> None:
    """Show all entries for a word or phrase.

    WORD: a spun form or an original, in any inflected form. Several words are one phrase. Exit code 1 if the lexicon
    has nothing.

    \b
    Examples:
      normalizer lexicon show instructed
      normalizer lexicon show used to be --json
    """
    from normalizer.lexicon import Lexicon
    from normalizer.lexicon import show as showing

    phrase = " ".join(words)
    shown = showing.find(Lexicon.load(extra, shipped=not only).entries, phrase)
    if as_json:
        print_line(json.dumps([each.as_json() for each in shown], indent=1, ensure_ascii=False))
    else:
        print_line(showing.text_report(shown, phrase).rstrip("\n"))
    ctx.exit(0 if shown else 1)


@lexicon.command()
@click.argument("file", type=PATH)
@click.option(
    "--to", "target", metavar="LEXICON.tsv", type=PATH, help="Add to this file; by default by family and kind."
)
@click.option("--source", default="user", metavar="CODE", help="Where lines without a source come from (user).")
@click.option("--family", default="a", metavar="LETTER", help="Family of lines without one (a).")
@click.option("-n", "--dry-run", is_flag=True, help="Only print what would change.")
@click.pass_context
def add(ctx: click.Context, file: Path, target: Path | None, source: str, family: str, dry_run: bool) -> None:
    """Add reviewed entries to the lexicon.

    FILE is what "normalizer learn" wrote, or has lines SPUN<TAB>ORIGINAL[<TAB>COUNT[<TAB>FAMILY]]. Pairs are
    generalised over inflections, counts and sources merged, lines sorted. Prints what happens to each: + new, ~ merged,
    = nothing new, ! a conflict to know of, - rejected. Exit code 1 if any was rejected.

    \b
    Examples:
      normalizer learn spun/ originals/ -o new.tsv       then edit new.tsv
      normalizer lexicon add new.tsv --dry-run
      normalizer lexicon add new.tsv --to a_my.tsv
    """
    from normalizer.learning import adding, review
    from normalizer.lexicon.files import shipped_folder, warn_of_families

    if target:
        warn_of_families([target], new=True)
        require_other_file(target, [file], "name another file with --to.")
    folder = target.parent if target else shipped_folder()
    changes = adding.add(review.read_review(file, source, family), folder, target, dry_run=dry_run)
    for change in changes:
        print_line(str(change))
    done = {sign: sum(change.sign == sign for change in changes) for sign in "+~=!-"}
    did = "would be " if dry_run else ""
    click.echo(
        f"{did}new {done['+']}, {did}merged {done['~']}, nothing new {done['=']}, "
        f"conflicts {done['!']}, rejected {done['-']}",
        err=True,
    )
    ctx.exit(1 if done["-"] else 0)


@lexicon.command()
@click.argument("swaps", metavar="SWAPS.tsv", type=PATH)
@extra_option
@only_option
@click.option(
    "--without-source", "patterns", multiple=True, metavar="PATTERN", help="Forget sources, such as 'C:*' or seed001."
)
@click.option("--known-only", is_flag=True, help="Forget all that was seen on pages: keep known habits only.")
@click.option("--misses", type=click.IntRange(0), default=50, metavar="N", help="List N misses (50).")
@json_option
def coverage(
    swaps: Path,
    extra: tuple[Path, ...],
    only: bool,
    patterns: tuple[str, ...],
    known_only: bool,
    misses: int,
    as_json: bool,
) -> None:
    """Tell how many observed swaps the lexicon proposes.

    Also tells how many it proposes as its first choice. SWAPS.tsv has a header with spun and original, perhaps count
    and family. A swap counts as proposed if the lexicon reads the whole spun phrase as the original, or its parts,
    other words kept. Guards are taken as open.

    \b
    Examples:
      normalizer lexicon coverage evidence.tsv
      normalizer lexicon coverage evidence.tsv --known-only --json
    """
    from normalizer.lexicon import Lexicon
    from normalizer.lexicon import coverage as covering

    loaded = Lexicon.load(extra, shipped=not only)
    if known_only or patterns:
        loaded = Lexicon(covering.without_sources(loaded.entries, covering.source_filter(patterns, known_only)))
    result = covering.cover(loaded, covering.read_swaps(swaps))
    if as_json:
        print_line(json.dumps(result.as_json(), indent=1, ensure_ascii=False))
    else:
        print_line(covering.text_report(result, misses).rstrip("\n"))


@lexicon.command()
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=PATH)
@click.option(
    "--to", "files", multiple=True, metavar="FILE", type=PATH, help="Recount this lexicon; by default the shipped ones."
)
@click.option("--limit-words", type=click.IntRange(1), metavar="N", help="Read N words of each corpus.")
@click.option("--processes", type=click.IntRange(1), default=2, metavar="N", help="Processes to use (2).")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def measure(
    corpora: tuple[Path, ...], files: tuple[Path, ...], limit_words: int | None, processes: int, quiet: bool
) -> None:
    """Recount how often spun forms stand in clean text.

    That is the column `clean` of a lexicon file: occurrences per million words. CORPUS: .txt, .txt.xz or .txt.gz, a
    paragraph a line, a blank line between articles. Articles that the language model holds out are left aside.

    \b
    Example:
      normalizer lexicon measure corpora/*.txt.xz --limit-words 1000000
    """
    from normalizer.learning.measuring import measure_files
    from normalizer.lexicon.files import shipped_files

    _require_files(corpora)
    changed = measure_files(
        files or shipped_files(), corpora, limit=limit_words, processes=processes, tell=progress(quiet)
    )
    for path, count in changed.items():
        print_line(f"{path}: {count} lines changed")


def _require_files(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise LexiconError(f"{path}: expected a corpus file, found none; check the name")
