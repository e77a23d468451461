"""The commands `normalizer apply` and `normalizer revert`."""

from collections.abc import Callable
from pathlib import Path

import click

from normalizer.articles import read_article, write_stdout
from normalizer.choosing import decisions
from normalizer.commands.options import FILES, HELP, in_place_option, output_option
from normalizer.commands.places import (
    folder_of,
    replace_text,
    require_new_places,
    require_one_place,
    require_single_stdin,
)
from normalizer.errors import PlanError
from normalizer.files import encode, write_atomically
from normalizer.plans import Plan


@click.command("apply", context_settings=HELP)
@click.argument("plan", metavar="PLAN|-", type=FILES)
@click.argument("file", metavar="FILE|-", type=FILES)
@output_option
@in_place_option
@click.option("--only", metavar="EDITS", multiple=True, help="Make these edits only; given again, what all say.")
@click.option("--except", "but", metavar="EDITS", multiple=True, help="Do not make these edits; may be given again.")
@click.option("--held-back", is_flag=True, help="Choose among the edits that the plan holds back, too.")
@click.option("--plan-out", metavar="NEW", type=FILES, help="Write the plan with what was chosen, to revert by.")
def apply_plan(
    plan: str,
    file: str,
    out: str | None,
    in_place: bool,
    only: tuple[str, ...],
    but: tuple[str, ...],
    held_back: bool,
    plan_out: str | None,
) -> None:
    """Make the edits of a plan, or some of them.

    FILE is the text that PLAN was made for. EDITS are terms with commas between: numbers as a plan lists its edits,
    from 1 on (3 or 3-7), kind:name, family:b, confidence:0.9-1. An edit that the plan holds back is made if --only
    names its number, or with --held-back. A plan that edits were taken out of by hand is applied with what is left.

    \b
    Examples:
      normalizer repair -f json page.txt > plan.json
      normalizer apply plan.json page.txt > repaired.txt
      normalizer apply plan.json page.txt --except kind:name,kind:number
      normalizer apply plan.json page.txt --only confidence:0.9-1 --except 7
    """
    require_new_places([Path(plan_out)] if plan_out else [], [plan, file])

    def replay(read: Plan, text: str) -> str:
        if only or but or held_back:
            read = read.decided(text, decisions(read, only, but, held_back))
        repaired = read.apply(text)
        if plan_out:  # first, so that no text changes without its plan
            write_atomically(plan_out, encode(read.to_json() + "\n"))
        return repaired

    _replay(replay, plan, file, out, in_place)


@click.command("revert", context_settings=HELP)
@click.argument("plan", metavar="PLAN|-", type=FILES)
@click.argument("file", metavar="FILE|-", type=FILES)
@output_option
@in_place_option
def revert_plan(plan: str, file: str, out: str | None, in_place: bool) -> None:
    """Undo the edits of a plan.

    FILE is a text that was repaired by PLAN; it comes back byte for byte as it was.

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
    outcome = replay(read_plan(plan), article.text)
    if in_place:
        replace_text(file, article, outcome)
    elif target is None or out == "-":
        write_stdout(article.encoded(outcome))
    else:
        write_atomically(target, article.encoded(outcome))


def read_plan(path: str) -> Plan:
    """Read the plan in a file, or on standard input for "-". Raises PlanError naming it."""
    article = read_article(path)
    try:
        return Plan.from_json(article.text)
    except PlanError as error:
        raise PlanError(f"{article.name}: {error}") from error
