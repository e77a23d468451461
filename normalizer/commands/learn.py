"""The command `normalizer learn`."""

from pathlib import Path

import click

from normalizer.articles import write_stdout
from normalizer.commands.console import progress
from normalizer.commands.options import HELP, PATH
from normalizer.commands.places import require_place
from normalizer.errors import InputError
from normalizer.files import write_atomically
from normalizer.reporting import visible


@click.command(context_settings=HELP)
@click.argument("paths", nargs=-1, required=True, metavar="SPUN ORIGINAL...", type=PATH)
@click.option("-r", "--references", is_flag=True, help="The texts behind SPUN are only cleaner versions of its story.")
@click.option("-o", "--output", "out", metavar="FILE", type=PATH, help="Write to this file.")
@click.option("--all", "everything", is_flag=True, help="List swaps that the lexicon has already, too.")
@click.option("--family", metavar="LETTER", help="Family of the spinner; by default judged by its known swaps.")
@click.option("--min-count", type=click.FloatRange(0), default=0, metavar="N", help="Leave out swaps seen less often.")
@click.option("--lexicon", "extra", metavar="FILE", multiple=True, type=PATH, help="Count this lexicon as known, too.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def learn(
    paths: tuple[Path, ...],
    references: bool,
    out: Path | None,
    everything: bool,
    family: str | None,
    min_count: float,
    extra: tuple[Path, ...],
    quiet: bool,
) -> None:
    """Propose lexicon entries from spun texts and originals.

    The best supported ones come first. Name two files, two folders with equal file names, or a .jsonl file of {"spun":
    ..., "original": ...}; several pairs may follow each other. Writes a table to review by hand, which "normalizer
    lexicon add" takes. Entries read off cleaner versions (-r) have the source "weak".

    \b
    Examples:
      normalizer learn spun/ originals/ -o new.tsv
      normalizer learn spun.txt original.txt --all
      normalizer learn -r spun.txt agency.txt other_paper.txt -o weak.tsv
    """
    from normalizer.learning.inputs import read_versions
    from normalizer.learning.mining import Miner
    from normalizer.learning.review import format_review
    from normalizer.lexicon import FAMILIES, Lexicon

    if family is not None and family not in FAMILIES:
        raise InputError(f"--family {family}: expected one of {', '.join(FAMILIES)}")
    require_place(out, paths)
    tell = progress(quiet)
    miner = Miner(Lexicon.load(extra))
    miner.read(read_versions(paths, references=references, tell=tell), tell)
    found = miner.candidates(family, tell)
    listed = [c for c in found if (everything or not c.known) and c.entry.count >= min_count]
    table = format_review(listed)
    if out is None:
        write_stdout(visible(table).encode())
    else:
        write_atomically(out, table.encode())
    tell(miner.statistics.describe())
    tell(f"{len(found)} swaps, {sum(c.known for c in found)} known already; {len(listed)} listed")
