"""The command `normalizer review`."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click

from normalizer import reporting
from normalizer.articles import read_article, write_stdout
from normalizer.commands import loading
from normalizer.commands.console import Exit, is_terminal
from normalizer.commands.options import (
    FILES,
    HELP,
    in_place_option,
    output_option,
    references_option,
    tables_options,
    version_option,
)
from normalizer.commands.places import replace_text, require_new_places, require_one_place, require_single_stdin
from normalizer.commands.replay import read_plan
from normalizer.errors import InputError
from normalizer.files import encode, write_atomically
from normalizer.plans import Plan
from normalizer.reviewing import Review
from normalizer.table_files import TableFiles

KEYS = """\
  a  accept          A  accept this and all later edits that swap the same
  r  reject          R  reject this and all later ones that swap the same
  1 2 3  use another reading
  Enter  leave it as it is      b  back      q  quit and keep what was decided      ?  this help
"""
QUIT, END = "q", ""


@click.command(context_settings=HELP)
@click.argument("file", metavar="FILE", type=FILES)
@references_option
@click.option(
    "--plan", "plan_in", metavar="PLAN", type=FILES, help="Review this plan; without it FILE is repaired first."
)
@click.option("--plan-out", metavar="NEW", type=FILES, help="Write the plan as it was decided.")
@output_option
@in_place_option
@tables_options
@version_option
@click.pass_context
def review(
    ctx: click.Context,
    file: str,
    references: tuple[str, ...],
    plan_in: str | None,
    plan_out: str | None,
    out: str | None,
    in_place: bool,
    files: TableFiles,
) -> None:
    """Decide the edits of an article one by one.

    Keys: a accept, r reject, 1 to 3 another reading, A and R the same for all later edits that swap the same, Enter
    leave it as it is, b back, q quit and keep what was decided. Nothing is written before the end.

    \b
    Examples:
      normalizer review page.txt -o repaired.txt --plan-out plan.json
      normalizer review page.txt --plan plan.json --plan-out plan2.json
      normalizer review page.txt --in-place
    """
    if plan_out is None and out is None and not in_place:
        raise click.UsageError("say where the outcome goes: -o OUT, --in-place or --plan-out NEW.")
    if file == "-":
        raise click.UsageError("answers come from standard input: name a file to review.")
    require_single_stdin([file, *references, *filter(None, [plan_in])])
    require_one_place([file], out, in_place)
    targets = [Path(target) for target in (plan_out, None if out == "-" else out) if target]
    require_new_places(targets, [file, *references, *filter(None, [plan_in])])
    article = read_article(file)
    text = article.text
    if plan_in is not None:
        plan = read_plan(plan_in)
    else:
        told = [read_article(name).text for name in references]
        plan = loading.load(files, detailed=True).repair(text, told).plan()
    decided = decide(plan, text, _asked()).outcome(text)
    if plan_out is not None:
        write_atomically(plan_out, encode(decided.to_json() + "\n"))
    if in_place:
        replace_text(file, article, decided.apply(text))
    elif out == "-":
        write_stdout(article.encoded(decided.apply(text)))
    elif out is not None:
        write_atomically(out, article.encoded(decided.apply(text)))
    ctx.exit(Exit.FINE)


def decide(plan: Plan, text: str, ask: Callable[[], str]) -> Review:
    """Show every edit and do as *ask* answers, until the last edit or the answer that quits."""
    review = Review(plan)
    review.outcome(text)  # another text is refused before anybody has answered
    coloured = is_terminal(sys.stderr)
    while (current := review.current) is not None:
        width = shutil.get_terminal_size().columns
        _say(reporting.edit_view(text, current, len(review.listed), len(review.alike()), coloured, width))
        answer = ask()
        if answer in (QUIT, END):
            break
        _say(_act(review, answer))
    made = sum(not review.state(each).held_back for each in review.listed)
    _say(f"{len(review.decisions)} of {len(review.listed)} edits decided; {made} are made.\n")
    return review


def _act(review: Review, answer: str) -> str:
    """Do what an answer says; return what there is to say to it."""
    if answer == "A":
        return f"{review.accept_swap()} accepted.\n"
    if answer == "R":
        return f"{review.reject_swap()} rejected.\n"
    if answer.isdecimal():
        return "" if review.reword(int(answer) - 1) else "There is no such reading.\n"
    if answer == "b":
        return "" if review.back() else "This is where you began.\n"
    acts: dict[str, Callable[[], None]] = {"a": review.accept, "r": review.reject}
    act = review.leave if answer in ("\n", "\r") else acts.get(answer)
    if act is None:
        return KEYS
    act()
    return ""


def _asked() -> Callable[[], str]:
    """Return what reads one answer: a key on a terminal, else a line of standard input; "" at its end."""
    if sys.stdin is None:
        raise InputError("standard input: expected answers, found it closed; run the review in a terminal")
    if is_terminal(sys.stdin):
        return click.getchar

    def line() -> str:
        text = sys.stdin.readline()
        return text.strip() or ("\n" if text else END)

    return line


def _say(text: str) -> None:
    click.echo(text, err=True, nl=False)
