"""Planting faults in a copy of the tree, and running the tests there.

The working tree is never touched: tests run in the copy, with HOME and the temporary folder inside it, with bounded
memory and time, and as an unprivileged user where the caller is root, so that a fault in writing files cannot reach a
device. A compiled lexicon is a cache of what is compiled from the files, not of the code that compiles: a fault in that
code gets an empty cache, or it would not be seen, and would stay in the cache for all others.
"""

import os
import re
import shutil
import site
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import NamedTuple, Protocol

import click

ROOT = Path(__file__).parent.parent.parent
TREES = ("normalizer", "lexicons", "tests", "seeds", "pyproject.toml")
FLOOR = 0.85  # share of the faults in a room that must be noticed
NOBODY = 65534
EXAMPLES = "0.5"  # of the usual examples: a fault should be noticed without luck
SECONDS = 400  # a run that takes longer has noticed the fault
MEMORY = 6 << 20  # kilobytes; a fault may fill the memory of the machine
FAILED = re.compile(r"^(?:FAILED|ERROR) tests/(.+?)(?: - .*)?$", re.MULTILINE)
TIMEOUT = "no end"
COMPILING = ("lexicon", "language_model", "surface", "tokens", "ragged")  # rooms that compiling a lexicon needs


class Fault(Protocol):
    """Something to plant in one file of the package, and the tests that should notice: test files, and `pytest -k`."""

    @property
    def file(self) -> str: ...
    @property
    def tests(self) -> tuple[str, ...]: ...
    @property
    def keyword(self) -> str: ...
    @property
    def shown(self) -> str: ...
    def planted(self, source: str) -> str: ...


class Catch(NamedTuple):
    """A fault, and the test that failed; None if no test did."""

    fault: Fault
    test: str | None


def room(fault: Fault) -> str:
    """Return the room of the file."""
    return fault.file.split("/")[0].removesuffix(".py")


def copy_tree(target: Path) -> None:
    """Copy what tests need to *target*, and give it to the unprivileged user."""
    for name in TREES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, target / name)
    (target / "tmp").mkdir()
    if os.geteuid() == 0:
        target.chmod(0o755)
        for path in (target, *target.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def run_tests(python: str, tree: Path, tests: Sequence[str], keyword: str = "", cache: str = "cache") -> str | None:
    """Return the first test that fails in *tree*, or None. cache: folder of compiled lexicons, beside the tree."""
    command = [python, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    command += [f"tests/{test}" for test in tests] + ["-m", "not slow"] + (["-k", keyword] if keyword else [])
    inside = {
        "HOME": str(tree),
        "TMPDIR": str(tree / "tmp"),
        "PYTHONPATH": os.pathsep.join([str(tree), *site.getsitepackages()]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NORMALIZER_CACHE": str(tree.parent / cache),
    }
    other = NOBODY if os.geteuid() == 0 else None
    process = subprocess.Popen(
        ["sh", "-c", f'ulimit -v {MEMORY} && exec "$@"', "sh", *command],
        cwd=tree,
        env={"PATH": os.environ["PATH"], "NORMALIZER_EXAMPLES": EXAMPLES, "OMP_NUM_THREADS": "1", **inside},
        user=other,
        group=other,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        shown, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return TIMEOUT
    if process.returncode in (126, 127):
        raise SystemExit(f"the unprivileged user cannot run {python}: name another with --python")
    if process.returncode in (4, 5):  # a wrong keyword would look like a noticed fault
        raise SystemExit(f"{' '.join(command)}: no test was run\n{shown}")
    failed = FAILED.search(shown)
    return None if process.returncode == 0 else failed[1] if failed else "an import"


def make_folder(path: Path) -> None:
    """Make a folder that the unprivileged user may write to."""
    path.mkdir()
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


@contextmanager
def copies(number: int) -> "Iterator[Queue[Path]]":
    """Yield *number* copies of the tree, which are deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        Path(folder).chmod(0o755)
        trees: Queue[Path] = Queue()
        make_folder(Path(folder) / "cache")
        for each in range(number):
            tree = Path(folder) / str(each)
            tree.mkdir()
            copy_tree(tree)
            trees.put(tree)
        yield trees


def catch(python: str, fault: Fault, trees: "Queue[Path]") -> Catch:
    """Plant *fault* in a free copy, run its tests, and mend the copy."""
    tree = trees.get()
    path = tree / "normalizer" / fault.file
    whole = path.read_text("utf-8")
    own = tree.parent / f"cache-{tree.name}"
    make_folder(own)
    try:
        path.write_text(fault.planted(whole), "utf-8")
        cache = own.name if room(fault) in COMPILING else "cache"
        found = Catch(fault, run_tests(python, tree, fault.tests, fault.keyword, cache))
    finally:
        path.write_text(whole, "utf-8")
        shutil.rmtree(own)
        trees.put(tree)
    print(f"{found.test or 'SURVIVES'}: {fault.shown}", file=sys.stderr, flush=True)
    return found


def hunt(faults: Sequence[Fault], jobs: int, python: str) -> list[Catch]:
    """Return what notices each of *faults*, after making sure that the tests pass without any."""
    with copies(jobs) as trees:
        first = trees.get()
        for file in sorted({test for fault in faults for test in fault.tests}):
            if failed := run_tests(python, first, [file]):
                raise SystemExit(f"{file} fails without any planted fault: {failed}")
        trees.put(first)
        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(lambda fault: catch(python, fault, trees), faults))


def by_room(caught: Iterable[Catch]) -> dict[str, list[bool]]:
    """Return for each room whether its faults were noticed."""
    rooms: dict[str, list[bool]] = defaultdict(list)
    for fault, test in caught:
        rooms[room(fault)].append(test is not None)
    return dict(rooms)


def table(caught: Sequence[Catch]) -> str:
    """Return how many faults were noticed per room, and the survivors."""
    rooms = by_room(caught)
    rows = [*rooms.items(), ("all", [seen for found in rooms.values() for seen in found])]
    lines = ["| room | faults | noticed |", "|---|---|---|"]
    lines += [f"| {name} | {len(found)} | {sum(found)} |" for name, found in rows]
    lines += [f"survivor: {fault.shown}" for fault, test in caught if test is None]
    return "\n".join(lines)


def weak_rooms(caught: Iterable[Catch], core: Iterable[str]) -> list[str]:
    """Return the rooms of *core* below the floor."""
    rooms = by_room(caught)
    return [name for name in core if name in rooms and sum(rooms[name]) < FLOOR * len(rooms[name])]


def hunting(command: Callable[..., None]) -> Callable[..., None]:
    """Add to *command* what every hunt can be told: rooms, jobs, python."""
    python = click.option(
        "--python", default=sys.executable, metavar="PATH", help="An interpreter that the unprivileged user may run."
    )
    jobs = click.option("--jobs", default=2, show_default=True, metavar="N", help="Copies of the tree to test in.")
    return click.argument("rooms", nargs=-1, metavar="[ROOM]...")(jobs(python(command)))


def conclude(caught: Sequence[Catch], core: Iterable[str], more: Callable[[], str] = str) -> None:
    """Print the table and *more*; exit with 1 if a room of *core* is below the floor."""
    print(table(caught))
    if shown := more():
        print(shown)
    if weak := weak_rooms(caught, core):
        raise SystemExit(f"below {FLOOR:.0%}: {', '.join(weak)}")
