"""What the tests tried, as tables to read.

python -m tests.tools.tables properties [-m 'not slow']    the specification, and on how many examples it was tried
python -m tests.tools.tables bad-inputs                     every bad file at every command, and what it got
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import click
import pytest

TESTS = Path(__file__).parent.parent
TRIED = re.compile(r"(\d+) passing")


class Statistics:
    """A pytest plugin that keeps what every test is called, says, and tried."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, int, str]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Add the outcome of one test to the row of its function."""
        report = yield
        if call.when == "call":
            name = item.name.partition("[")[0]
            says = " ".join((getattr(item, "obj", None).__doc__ or "").split())
            tried = sum(map(int, TRIED.findall(getattr(item, "hypothesis_statistics", "")))) or 1
            _, before, outcome = self.rows.get(name, ("", 0, ""))
            worst = "xfailed" if hasattr(report, "wasxfail") else report.outcome
            self.rows[name] = (says, before + tried, worst if outcome in ("", "passed") else outcome)
        return report


def properties(*chosen: str) -> None:
    """Run the specification, by default all of it, and print it."""
    found = Statistics()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        code = pytest.main(["-p", "no:cacheprovider", *chosen, str(TESTS / "test_properties.py")], plugins=[found])
    print("| property | what a user may rely on | examples | |\n|---|---|---|---|")
    for name, (says, tried, outcome) in found.rows.items():
        number, _, rest = name.removeprefix("test_").partition("_")
        print(f"| {number} {rest.replace('_', ' ')} | {says} | {tried} | {outcome} |")
    raise SystemExit(code)


def bad_inputs() -> None:
    """Run every command with every bad file and print the answers."""
    sys.path.insert(0, str(TESTS))
    import test_bad_input as bad

    print("| command | X is | answer | exit code |\n|---|---|---|---|")
    for command, name in bad.GRID:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            bad.lay_out()
            result = bad.run(command, name)
            answer = result.stderr.strip().rpartition("\n")[2]
            os.chdir(TESTS)
        print(f"| {command} | {name} | {answer.replace('|', '¦')} | {result.exit_code} |")


@click.group()
def main() -> None:
    """Print what the tests tried, as tables to read."""


@main.command("properties", context_settings={"ignore_unknown_options": True})
@click.argument("chosen", nargs=-1, metavar="[PYTEST OPTION]...")
def print_properties(chosen: Sequence[str]) -> None:
    """Run the specification, and say on how many examples each property was tried."""
    properties(*chosen)


@main.command("bad-inputs")
def print_bad_inputs() -> None:
    """Run every command with every bad file, and print what it gets."""
    bad_inputs()


if __name__ == "__main__":
    main()
