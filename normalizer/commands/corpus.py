"""The command `normalizer corpus`."""

import os
import sys
import time
from pathlib import Path

import click

from normalizer.commands.console import Exit, complain, is_terminal
from normalizer.commands.loading import protected
from normalizer.commands.options import (
    HELP,
    PATH,
    ignore_option,
    protect_option,
    quiet_option,
    tables_options,
)
from normalizer.table_files import TableFiles

EVERY = 10.0  # seconds between two lines of progress where nobody sits before a terminal


class Shown:
    """Progress on standard error: a line that changes on a terminal, a new line now and then elsewhere."""

    def __init__(self) -> None:
        """Begin with no step."""
        self._terminal = is_terminal(sys.stderr)
        self._step, self._total, self._done, self._unit = "", 0, 0, ""
        self._began = self._told = 0.0

    def begin(self, step: str, total: int, unit: str) -> None:
        """Begin a step."""
        self._step, self._total, self._done, self._unit = step, total, 0, unit
        self._began = self._told = time.monotonic()

    def advance(self, done: int) -> None:
        """Go on, and tell of it if it is time to."""
        self._done += done
        now = time.monotonic()
        if now - self._told >= (0.2 if self._terminal else EVERY):
            self._told = now
            self._tell(self.line(now - self._began), last=False)

    def end(self) -> None:
        """End the step with its last line."""
        self._tell(f"{self._step}: {_amount(self._done, self._unit)} in {_clock(time.monotonic() - self._began)}", True)

    def say(self, line: str) -> None:
        """Tell something in a line."""
        self._tell(line, True)

    def line(self, seconds: float) -> str:
        """Return how far the step is after so many *seconds*: share, amount, rate and time left."""
        share = min(1.0, self._done / max(1, self._total))
        rate = self._done / max(seconds, 1e-9)
        left = f", {_clock((self._total - self._done) / rate)} left" if 0 < self._done < self._total else ""
        return f"{self._step}: {share:4.0%}  {_amount(self._done, self._unit)}, {_amount(rate, self._unit)}/s{left}"

    def _tell(self, line: str, last: bool) -> None:
        if self._terminal:
            click.echo(f"\r\x1b[K{line}", err=True, nl=last)
        else:
            click.echo(line, err=True)


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / 1e6:,.1f} MB"
    return f"{value:,.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@click.command(context_settings=HELP)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", type=PATH)
@click.option("-o", "--output", "out", metavar="OUTPUT", type=PATH, help="Write to this file, or folder.")
@click.option("--dry-run", is_flag=True, help="Write no articles; say what would be repaired.")
@click.option(
    "--text-field", "--field", default="text", show_default=True, help="Field of the text; or body, or content."
)
@click.option("--id-field", default="id", show_default=True, help="Field of what the article is called.")
@click.option("--date-field", default="date", show_default=True, help="Field of the day it appeared.")
@click.option("--url-field", default="url", show_default=True, help="Field of its address, whose host is its site.")
@click.option("--source-field", default="source", show_default=True, help="Field of its site, if there is one.")
@click.option("--stories", metavar="STORE", type=PATH, help="Find references in this story store, too, and extend it.")
@click.option("--learn", metavar="FILE", type=PATH, help="Write the swaps that the scrape teaches to this lexicon.")
@click.option("--no-teach", is_flag=True, help="Learn no swaps from the scrape.")
@click.option("--keep", metavar="FOLDER", type=PATH, help="Keep in FOLDER what was found out, for normalizer.engines.")
@click.option("--only-spun", is_flag=True, help="Write the articles only that were repaired.")
@click.option("--drop-residue", is_flag=True, help="Take out what a scraper left in clean articles, too.")
@click.option("--report", metavar="FILE", type=PATH, help="Write what was done to this file, as JSON.")
@click.option("--rejects", metavar="FILE", type=PATH, help="List the records that could not be read in this file.")
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be read.")
@click.option("--html", metavar="FOLDER", type=PATH, help="Write a summary page and a page for each repaired article.")
@click.option("--longest", metavar="N", type=click.IntRange(1), default=200_000, show_default=True,
              help="Pass articles on unread that have more characters.")  # fmt: skip
@click.option(
    "-n", "--workers", metavar="N", type=click.IntRange(1), help="Processes; as many as there are cores by default."
)
@click.option("--ray", "on_ray", is_flag=True, help="Run on the Ray cluster at hand; the output is the same.")
@click.option(
    "--min-confidence", metavar="P", type=click.FloatRange(0, 1), help="Leave out edits less sure than P, 0 to 1."
)
@protect_option
@ignore_option
@tables_options
@quiet_option
@click.pass_context
def corpus(
    ctx: click.Context,
    inputs: tuple[Path, ...],
    out: Path | None,
    dry_run: bool,
    text_field: str,
    id_field: str,
    date_field: str,
    url_field: str,
    source_field: str,
    stories: Path | None,
    learn: Path | None,
    no_teach: bool,
    keep: Path | None,
    only_spun: bool,
    drop_residue: bool,
    report: Path | None,
    rejects: Path | None,
    strict: bool,
    html: Path | None,
    longest: int,
    workers: int | None,
    on_ray: bool,
    min_confidence: float | None,
    protect: tuple[str, ...],
    ignore: tuple[str, ...],
    files: TableFiles,
    quiet: bool,
) -> None:
    """Repair a whole scrape, with references found in it.

    INPUT: JSON Lines (also .gz, .zst), Parquet, WARC, folders of these and of .txt and .html. For every spun article
    the reports of the same story are found in the scrape itself and kept in mind as references; where spun copies and
    their originals meet, the swaps of their spinners are learnt. Records come out as they came, repaired ones with a
    field "normalizer": verdict, edits, ids of the references.

    One INPUT gives one output file; several, or a folder, give a folder.

    \b
    Examples:
      normalizer corpus scrape.jsonl.gz -o repaired.jsonl.gz
      normalizer corpus scrape/ -o repaired/ --report report.json --rejects rejects.jsonl
      normalizer corpus monday.parquet -o out.parquet --stories news.stories
      normalizer corpus scrape.jsonl --dry-run --html pages/
      normalizer corpus scrape.jsonl -o out.jsonl --learn any_scrape.tsv
      normalizer corpus scrape.jsonl -o out.jsonl --keep kept/

    Broken off, by Ctrl-C or worse, the same command goes on where it was. What it has done so far lies in OUTPUT.state,
    or in the folder of --keep.

    Records that cannot be read are left out and counted. If none can be read, the exit code is 2.
    """
    from normalizer.corpus.progress import SILENT
    from normalizer.corpus.records import Fields
    from normalizer.corpus.running import Options, run
    from normalizer.repairing import Settings

    if (out is None) != dry_run:
        found = "both" if dry_run else "neither"
        raise click.UsageError(
            f"expected -o OUTPUT or --dry-run, found {found}; name where the articles go, or dry-run"
        )
    settings = Settings(
        Settings().min_confidence if min_confidence is None else min_confidence,
        tuple(protected(protect)),
        tuple(ignore),
        detailed=html is not None,
    )
    options = Options(
        inputs, out, Fields(text_field, id_field, date_field, url_field, source_field), stories,
        files, settings, workers or os.cpu_count() or 1,
        learn, longest, only_spun, drop_residue, rejects, report, html, not no_teach, strict, keep,
    )  # fmt: skip
    try:
        progress = SILENT if quiet else Shown()
        if on_ray:
            from normalizer.engines import ray_corpus

            summary = ray_corpus.run(options, progress, workers)
        else:
            summary = run(options, progress)
    except KeyboardInterrupt:
        complain(f"interrupted; the same command goes on where it was, from {options.place}")
        ctx.exit(Exit.INTERRUPTED)
    if summary.rejected and not summary.articles:
        found = f"none among {summary.records:,}"
        complain(f"expected records that can be read, found {found}; the first rejected: {summary.first_reject}")
        ctx.exit(Exit.WRONG)
    if not quiet:
        click.echo("\n".join(summary.lines()), err=True)
