"""The command `normalizer doctor`."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from normalizer.commands.console import Exit, print_line
from normalizer.commands.options import HELP, tables_options
from normalizer.table_files import TableFiles

if TYPE_CHECKING:
    from normalizer.diagnosis import Finding


@click.command(context_settings=HELP)
@tables_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, files: TableFiles, as_json: bool) -> None:
    """Check whether normalizer works here.

    Looks at versions, tables, cache and extras, and repairs one spun and one clean sentence as a self-test. Each line
    says ok, note (what lacks and is not needed) or broken, with what to do. Exit code 0: nothing is broken, 1:
    something is. Send the report along when you report a fault.

    \b
    Examples:
      normalizer doctor
      normalizer doctor --json > report.json
      normalizer doctor --weights my_weights.json       whether it works with tables of your own
    """
    from normalizer.diagnosis import diagnose, is_fine

    findings = diagnose(files)
    print_line(json.dumps(as_object(findings), indent=1) if as_json else report(findings))
    ctx.exit(Exit.FINE if is_fine(findings) else Exit.FOUND)


def as_object(findings: "Sequence[Finding]") -> dict[str, object]:
    """Return *findings* as JSON values: whether all is fine, and by section what was found."""
    from normalizer.diagnosis import is_fine

    sections = {
        section: [
            {"name": each.name, "state": each.state, "found": each.found, "remedy": each.remedy} for each in group
        ]
        for section, group in groupby(findings, lambda finding: finding.section)
    }
    return {"fine": is_fine(findings), **sections}


def report(findings: "Sequence[Finding]") -> str:
    """Return *findings* as text, a line each under the name of their section."""
    width = max(len(finding.name) for finding in findings)
    lines: list[str] = []
    for section, group in groupby(findings, lambda finding: finding.section):
        lines.append(section)
        for each in group:
            remedy = f"; {each.remedy}" if each.remedy else ""
            lines.append(f"  {each.state:<6}  {each.name:<{width}}  {each.found}{remedy}")
    return "\n".join(lines)
