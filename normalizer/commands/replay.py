"""The commands `normalizer apply` and `normalizer revert`."""

from collections.abc import Callable
from pathlib import Path

import click

from normalizer.articles import read_article, write_stdout
from normalizer.commands.options import FILES, HELP, in_place_option, output_option
from normalizer.commands.places import (
    folder_of,
    replace_text,
    require_new_places,
    require_one_place,
    require_single_stdin,
)
from normalizer.errors import PlanError
from normalizer.files import write_atomically
from normalizer.plans import Plan


@click.command("apply", context_settings=HELP)
@click.argument("plan", metavar="PLAN|-", type=FILES)
@click.argument("file", metavar="FILE|-", type=FILES)
@output_option
@in_place_option
def apply_plan(plan: str, file: str, out: str | None, in_place: bool) -> None:
    """Make the edits of PLAN in FILE, the text that the plan was made for.

    \b
    Examples:
      normalizer repair -f json page.txt > plan.json
      normalizer apply plan.json page.txt > repaired.txt
    """
    _replay(Plan.apply, plan, file, out, in_place)


@click.command("revert", context_settings=HELP)
@click.argument("plan", metavar="PLAN|-", type=FILES)
@click.argument("file", metavar="FILE|-", type=FILES)
@output_option
@in_place_option
def revert_plan(plan: str, file: str, out: str | None, in_place: bool) -> None:
    """Undo the edits of PLAN in FILE, a text that was repaired by it.

    \b
    Examples:
      normalizer repair --in-place -f json page.txt > plan.json
      normalizer revert --in-place plan.json page.txt
    """
    _replay(Plan.revert, plan, file, out, in_place)


def _replay(replay: Callable[[Plan, str], str], plan: str, file: str, out: str | None, in_place: bool) -> None:
    require_single_stdin([plan, file])
    require_one_place([file], out, in_place)
    folder = folder_of(out)
    target = folder / Path(file).name if folder else Path(out) if out else None
    require_new_places([] if target is None or out == "-" else [target], [plan, file])
    article = read_article(file)
    outcome = replay(_read_plan(plan), article.text)
    if in_place:
        replace_text(file, article, outcome)
    elif target is None or out == "-":
        write_stdout(article.encoded(outcome))
    else:
        write_atomically(target, article.encoded(outcome))


def _read_plan(path: str) -> Plan:
    article = read_article(path)
    try:
        return Plan.from_json(article.text)
    except PlanError as error:
        raise PlanError(f"{article.name}: {error}") from error
