"""The extras, one by one: each installed into a clean environment, and put to its smallest real use there.

    python -m tests.tools.extras                 all of them
    python -m tests.tools.extras html scrapy     these
    python -m tests.tools.extras --wheel dist/normalizer-0.1.0-py3-none-any.whl

Without --wheel one is built from this checkout, once for all, as `pip install '.[EXTRA]'` does each time. An extra is
as it should be if it installs, its use (`extra_uses`) does what it is for, `normalizer doctor` finds it there and the
command still its own, and if the same use fails without it, with an error that names it. Prints a table; exit code 1 if
one is not. MiB are those that come to normalizer alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from tests.tools import extra_uses

ROOT = Path(__file__).parent.parent.parent
USE = Path(extra_uses.__file__)
MIB = 2**20
TOLD = 3000  # last characters of what a failure printed


class Environment(NamedTuple):
    """A clean environment in a *folder*. seconds: that installing took. failure: what pip said, or ""."""

    folder: Path
    seconds: float
    failure: str

    @property
    def python(self) -> Path:
        """Return its Python."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def size(self) -> int:
        """Return how many bytes its files hold."""
        return sum(path.lstat().st_size for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())


class Outcome(NamedTuple):
    """What became of an extra. size: bytes, beyond those of normalizer alone. faults: what is not as it should be."""

    extra: str
    seconds: float
    size: int
    faults: list[str]

    @property
    def row(self) -> str:
        """Return its row of the table."""
        tried = (extra_uses.USES[self.extra].__doc__ or "").rstrip(".")
        fine = "no" if self.faults else "yes"
        return f"| {self.extra} | {self.seconds:.0f} | {self.size / MIB:.0f} | {tried} | {fine} |"


def build(folder: Path) -> Path:
    """Return the wheel of this checkout, built into *folder*."""
    done = _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT], folder)
    if done.returncode:
        raise click.ClickException(f"expected a wheel, found:\n{_said(done)}")
    [wheel] = folder.glob("*.whl")
    return wheel


@contextmanager
def environment(what: str) -> Iterator[Environment]:
    """Yield a clean environment in which *what* is installed, by the pip of this one; it is thrown away then."""
    with tempfile.TemporaryDirectory(prefix="normalizer-extra-") as name:
        folder = Path(name) / "env"
        venv.create(folder)
        begun = time.perf_counter()
        done = _run([sys.executable, "-m", "pip", "--python", folder, "install", "-q", what], Path(name))
        yield Environment(folder, time.perf_counter() - begun, _said(done) if done.returncode else "")


def look_at(extra: str, wheel: Path, alone: Environment) -> Outcome:
    """Return what becomes of *extra*, installed with the *wheel*, and of its use where the wheel stands *alone*."""
    with environment(f"{wheel}[{extra}]") as made:
        if made.failure:
            faults = [f"installing: {made.failure}"]
        else:
            faults = [*_used(extra, made), *_diagnosed(extra, made), *_missed(extra, alone)]
        return Outcome(extra, made.seconds, made.size - alone.size, faults)


def _used(extra: str, made: Environment) -> Iterator[str]:
    done = _use(extra, made)
    if done.returncode:
        yield f"its use: {_said(done)}"


def _diagnosed(extra: str, made: Environment) -> Iterator[str]:
    """Yield what `normalizer doctor` does not find as it should be."""
    done = _run([made.python, "-m", "normalizer", "doctor", "--json"], made.folder)
    if done.returncode:
        yield f"doctor: {_said(done)}"
        return
    found = json.loads(done.stdout)
    states = {each["name"]: each for section in ("versions", "extras") for each in found[section]}
    yield from (f"doctor: {states[name]}" for name in ("command", extra) if states[name]["state"] != "ok")


def _missed(extra: str, alone: Environment) -> Iterator[str]:
    """Yield what is wrong with the error that the use gets without the extra."""
    done = _use(extra, alone)
    if not done.returncode or f"'normalizer[{extra}]'" not in done.stderr:
        yield f"without it: expected an error that names normalizer[{extra}], found {_said(done) or 'none'}"


def _use(extra: str, made: Environment) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory(prefix=f"normalizer-{extra}-") as name:
        return _run([made.python, "-I", USE, extra], Path(name))


def _run(command: Sequence[str | Path], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run *command* in *folder* as in a shell in which its environment is active, and nothing of ours is seen."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NORMALIZER_"))}
    variables["PATH"] = os.pathsep.join([str(Path(command[0]).parent), variables.get("PATH", "")])
    return subprocess.run(
        list(map(str, command)), cwd=folder, env=variables, capture_output=True, text=True, encoding="utf-8"
    )


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    return (done.stdout + done.stderr).strip()[-TOLD:]


@click.command()
@click.argument("extras", nargs=-1, metavar="[EXTRA]...", type=click.Choice(list(extra_uses.USES)))
@click.option("--wheel", metavar="FILE", type=click.Path(exists=True, path_type=Path), help="Install this wheel.")
def main(extras: Sequence[str], wheel: Path | None) -> None:
    """Install each EXTRA, by default every one, into a clean environment, and put it to use there."""
    with tempfile.TemporaryDirectory(prefix="normalizer-wheel-") as name:
        built = wheel.absolute() if wheel else build(Path(name))
        with environment(str(built)) as alone:
            if alone.failure:
                raise click.ClickException(f"expected that normalizer installs, found:\n{alone.failure}")
            click.echo(f"normalizer alone: {alone.seconds:.0f} s to install, {alone.size / MIB:.0f} MiB")
            click.echo("| extra | s to install | MiB more | what was tried | ok |\n|---|---|---|---|---|")
            faulty = []
            for extra in extras or extra_uses.USES:
                outcome = look_at(extra, built, alone)
                click.echo(outcome.row)
                for fault in outcome.faults:
                    click.echo(f"{extra}: {fault}", err=True)
                    faulty.append(extra)
    sys.exit(1 if faulty else 0)


if __name__ == "__main__":
    main()
