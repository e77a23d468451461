"""The commands `normalizer stories ...`."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.commands.console import Exit, complain, is_terminal, print_line
from normalizer.commands.options import HELP, PATH, quiet_option
from normalizer.commands.places import require_other_file

if TYPE_CHECKING:
    from normalizer.corpus import Fields
    from normalizer.stories import Found, Story

# What the commands need is imported only when called, so that `--help` stays quick.

FIRST_WORDS = 12  # that `find` shows of a report
TOLD_EVERY = 500  # articles between two lines of progress


@click.group(context_settings=HELP)
def stories() -> None:
    """Keep articles in a store, and find reports of a story.

    \b
    Examples:
      normalizer stories add news.stories agency/*.txt
      normalizer stories find news.stories page.txt
    """


store_argument = click.argument("store", metavar="STORE", type=PATH)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def field_options(command: click.decorators.FC) -> click.decorators.FC:
    """Give *command* the options that name the fields of JSON Lines."""
    for name, holds in (("url", "where it stood"), ("date", "its day"), ("text", "the article"), ("id", "its name")):
        shown = f"Field of a record that holds {holds} ({name})."
        names = [f"--{name}-field", *(["--field"] if name == "text" else [])]  # as repair and detect call it
        command = click.option(*names, default=name, metavar="FIELD", help=shown)(command)
    return command


@stories.command()
@store_argument
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=PATH)
@field_options
@quiet_option
@click.pass_context
def add(
    ctx: click.Context,
    store: Path,
    files: tuple[Path, ...],
    id_field: str,
    text_field: str,
    date_field: str,
    url_field: str,
    quiet: bool,
) -> None:
    """Add articles to a story store.

    STORE is made if it is not there. FILE: a text, a web page, a folder of them, or whatever "normalizer corpus" reads.
    The same text is kept once, however often it is added, so a run that was broken off may be run again. What cannot be
    read is told of, and left out.

    \b
    Examples:
      normalizer stories add news.stories scrape.jsonl
      normalizer stories add news.stories agency/*.txt
      normalizer stories add news.stories dump.jsonl --text-field body --date-field published
    """
    from normalizer.repairing import Normalizer
    from normalizer.stories import StoryStore, Worths, keyed

    require_other_file(store, files, "name another store.")
    fields = _fields(id_field, text_field, date_field, url_field)
    normalizer = Normalizer()
    worths = Worths(normalizer.tables)
    counted = _Counted(quiet)
    with StoryStore(store) as opened:
        judged = (replace(each, spun=normalizer.detect(each.text).spun) for each in counted.of(files, fields))
        new = opened.add(keyed(story, worths) for story in judged)
        if not quiet:
            click.echo(f"{store}: {new:,} new of {counted.count:,} articles, {len(opened):,} in all", err=True)
    ctx.exit(Exit.WRONG if counted.bad else Exit.FINE)


@stories.command()
@store_argument
@click.argument("file", metavar="FILE", type=PATH)
@click.option("--limit", type=click.IntRange(1), default=3, show_default=True, metavar="N", help="At most so many.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of an article that comes without one.")
@field_options
@json_option
@click.pass_context
def find(
    ctx: click.Context,
    store: Path,
    file: Path,
    limit: int,
    day: datetime | None,
    id_field: str,
    text_field: str,
    date_field: str,
    url_field: str,
    as_json: bool,
) -> None:
    """Find other reports of an article's story.

    Those of each article in FILE are listed, the best first. Prints a line for each report, with tabs between: the
    article's name, the report's, score (0 to 1), day, site, first words. Exit code 1 if there is none.

    \b
    Examples:
      normalizer stories find news.stories page.txt
      normalizer stories find news.stories today.jsonl --json > reports.jsonl
    """
    from normalizer.stories import Finder, StoryStore
    from normalizer.tables import Tables

    any_found, counted = False, _Counted(quiet=True)
    with StoryStore(store, writable=False) as opened:
        finder = Finder(opened, Tables.load())
        for article in counted.of((file,), _fields(id_field, text_field, date_field, url_field)):
            if article.day is None and day is not None:
                article = replace(article, day=day.date())
            for found in finder.find(article, limit=limit):
                any_found = True
                print_line(_as_json(article, found) if as_json else _row(article, found))
    ctx.exit(Exit.WRONG if counted.bad else Exit.FINE if any_found else Exit.FOUND)


@stories.command()
@store_argument
@json_option
def stats(store: Path, as_json: bool) -> None:
    """Tell what a story store holds.

    Prints how many articles, which days, how many sites, the size on disk, and how many articles look spun.

    \b
    Example:
      normalizer stories stats news.stories
    """
    from normalizer.stories import StoryStore

    with StoryStore(store, writable=False) as opened:
        found = opened.stats()
    if as_json:
        print_line(json.dumps({**found._asdict(), "first": _iso(found.first), "last": _iso(found.last)}))
        return
    days = f"{_iso(found.first)} to {_iso(found.last)}" if found.first else "none known"
    share = f"{100 * found.spun / found.articles:.1f} %" if found.articles else "-"
    rows = ("articles", f"{found.articles:,}"), ("days", days), ("sites", f"{found.sites:,}")
    for name, value in (*rows, ("size", f"{found.size / 1e6:,.1f} MB"), ("spun", f"{found.spun:,} ({share})")):
        print_line(f"{name:<9} {value}")


class _Counted:
    """Articles as they come. count, bad: how many there were, and how many could not be read."""

    def __init__(self, quiet: bool) -> None:
        """Tell how many there were on a terminal, unless *quiet*."""
        self._tells, self.count, self.bad = not quiet and is_terminal(sys.stderr), 0, 0

    def of(self, files: Sequence[Path], fields: "Fields") -> "Iterator[Story]":
        """Yield the articles in *files*; complain of what cannot be read."""
        from normalizer.corpus import Reject, find_sources, parse, read
        from normalizer.stories import Story

        for source in find_sources(files):
            for raw in read(source, fields):
                record = raw if isinstance(raw, Reject) else parse(raw, fields)
                if isinstance(record, Reject):
                    self.bad += 1
                    complain(f"{record.place.file}: record {record.place.number}: {record.reason}")
                    continue
                yield Story.of(record.text, record.id, record.day, record.site)
                self.count += 1
                if self._tells and self.count % TOLD_EVERY == 0:
                    click.echo(f"{source.path}: {self.count:,} articles", err=True)


def _fields(id: str, text: str, date: str, url: str) -> "Fields":
    from normalizer.corpus import Fields

    return Fields(text, id, date, url)


def _row(article: "Story", found: "Found") -> str:
    story = found.story
    words = " ".join(story.text[:1000].split()[:FIRST_WORDS])
    cells = article.id, story.id, f"{found.score:.2f}", _iso(story.day) or "-", story.site or "-", words
    return "\t".join(cell.replace("\t", " ") for cell in cells)


def _as_json(article: "Story", found: "Found") -> str:
    story = found.story
    numbers = {name: round(getattr(found, name), 4) for name in ("score", "overlap", "paired", "equal")}
    facts = {"article": article.id, "id": story.id, **numbers, "day": _iso(story.day), "site": story.site}
    return json.dumps({**facts, "spun": round(story.spun, 4), "text": story.text}, ensure_ascii=False)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
