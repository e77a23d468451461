"""Speed and memory beside an older version, both measured here and now.

    python -m tests.tools.bench --against REV [--pairs 5] [--only CASE...]
    python -m tests.tools.bench --against REV --corpus corpora/*.txt.xz --genres genres/

The older commit and the working tree are each installed into an environment of their own. Both get the same texts, made
by the older version's spinner with fixed seeds, and are run in turn (older, newer, older, newer ...), each time in a
fresh process and nothing beside it. What other programs do to the machine meanwhile meets both alike, so what is to be
trusted is the ratio within a pair: the table shows the median of these ratios and their spread.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from normalizer.evaluating.tables import align
from tests.tools.bench_texts import Plan
from tests.tools.options import ListingCommand

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
TEXTS = {  # of each case, below the folder of texts
    "many": "many.json",
    "long": "long.json",
    "alone": "alone.json",
    "references": "references.json",
    "news": "news.json",
    "genres": "genres",
    "load": ".",
    "process": "process.txt",
    "memory": "memory.json",
    "workers": "workers.json",
}
CASES = tuple(TEXTS)
MORE_IS_BETTER = {"KB/s", "MB/s", "x ftfy", "x one"}  # of other units less is better
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS")
OLD, NEW = "old", "new"


class Version(NamedTuple):
    """One of the two that are compared. tree: its files. python: the interpreter that has it installed."""

    name: str
    tree: Path
    python: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, and how many edits were made meanwhile (None: nothing was repaired)."""

    value: float
    unit: str
    edits: int | None = None


Round = Mapping[str, Figure]  # what one run of a case found, by name


# --- the two versions ---------------------------------------------------------------------------------


def commit_of(revision: str, repository: Path = ROOT) -> str:
    """Return the hash of *revision*. Raises BadParameter if *repository* has no such commit."""
    asked = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    if asked.returncode:
        raise click.BadParameter(
            f"expected a commit of this repository, found none called {revision!r}; `git log --oneline` lists them",
            param_hint="--against",
        )
    return asked.stdout.strip()


def check_out(commit: str, folder: Path, repository: Path = ROOT) -> Path:
    """Write the files of *commit* to *folder* and return it."""
    packed = subprocess.run(["git", "archive", commit], cwd=repository, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def copy_working_tree(folder: Path, repository: Path = ROOT) -> Path:
    """Copy the files of the working tree, but for those that git ignores, to *folder* and return it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=repository, check=True, capture_output=True).stdout
    for name in map(os.fsdecode, filter(None, listed.split(b"\0"))):
        source, target = repository / name, folder / name
        if source.is_file():  # a file that was deleted is still listed
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def install(name: str, tree: Path, environment: Path) -> Version:
    """Install *tree* and ftfy into a new environment. Raises ClickException with what pip said if that fails."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", str(tree), "ftfy>=6.3"]
    done = subprocess.run(pip, capture_output=True, text=True, env=surroundings())
    if done.returncode:
        raise click.ClickException(f"{name}: expected pip to install {tree}, found:\n{done.stderr.strip()}")
    return Version(name, tree, python)


def surroundings() -> dict[str, str]:
    """Return the environment variables of what is measured: none that sets threads or finds other modules."""
    return {name: value for name, value in os.environ.items() if name not in (*THREADS, "PYTHONPATH", "PYTHONHOME")}


# --- measuring ----------------------------------------------------------------------------------------


def make_texts(maker: Version, plan: Plan) -> None:
    """Write the texts of *plan* with the spinner of *maker*. Raises ClickException if it cannot."""
    folder = Path(plan.folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "plan.json"
    written.write_text(json.dumps(asdict(plan)), "utf-8")
    run_script(maker, HERE / "bench_texts.py", [str(maker.tree), str(written)], folder)


def run_case(version: Version, case: str, folder: Path) -> dict[str, Figure]:
    """Return what one run of *case* finds, in a fresh process. Raises ClickException if it fails."""
    out = run_script(version, HERE / "bench_driver.py", [case, str(folder / TEXTS[case])], folder)
    found = json.loads(out.splitlines()[-1])
    return {name: Figure(value, unit, found["edits"]) for name, value, unit in found["figures"]}


def run_script(version: Version, script: Path, arguments: Sequence[str], folder: Path) -> str:
    """Run a copy of *script*, away from the tree that it lies in, and return what it prints."""
    own = folder / script.name
    shutil.copy(script, own)
    command = [version.python, str(own), *arguments]
    done = subprocess.run(command, cwd=folder, env=surroundings(), capture_output=True, text=True)
    if done.returncode:
        ran = " ".join([script.name, *arguments])
        raise click.ClickException(f"{version.name}: {ran} failed:\n{done.stderr.strip()}")
    return done.stdout


def measure(versions: Sequence[Version], case: str, pairs: int, folder: Path) -> Iterator[tuple[str, Round]]:
    """Yield the version and what it found, of *pairs* runs of each of *versions* in turn.

    Where loading is measured, each runs once before, so that its files are in memory.
    """
    if case in ("load", "process"):
        for version in versions:
            run_case(version, case, folder)
    for _ in range(pairs):
        for version in versions:
            yield version.name, run_case(version, case, folder)


# --- the table ----------------------------------------------------------------------------------------


def gains(old: Sequence[Figure], new: Sequence[Figure]) -> list[float]:
    """Return for each pair how many times better the newer version is: faster, or smaller."""
    return [
        after.value / before.value if after.unit in MORE_IS_BETTER else before.value / after.value
        for before, after in zip(old, new, strict=True)
    ]


def rows_of(found: Iterable[tuple[str, Round]]) -> Iterator[list[object]]:
    """Yield a line of the table for every figure of a case: both medians, the median gain, the lowest, the highest."""
    columns: dict[str, dict[str, list[Figure]]] = {}
    for version, figures in found:
        for name, figure in figures.items():
            columns.setdefault(name, {OLD: [], NEW: []})[version].append(figure)
    for name, both in columns.items():
        unit = (both[NEW] or both[OLD])[0].unit
        middle = [f"{median(each.value for each in both[which]):.3g}" if both[which] else "-" for which in (OLD, NEW)]
        pairs = gains(both[OLD], both[NEW]) if both[OLD] and both[NEW] else []
        spread = [f"{value:.3f}" for value in (median(pairs), min(pairs), max(pairs))] if pairs else ["-"] * 3
        yield [f"{name}, {unit}", *middle, *spread, edits_of(both)]


def edits_of(both: Mapping[str, Sequence[Figure]]) -> str:
    """Return the edits made by the two versions, once if they are as many: else the work was not the same."""
    counts = dict.fromkeys(str(figure.edits) for which in (OLD, NEW) for figure in both[which])
    return "" if list(counts) == ["None"] else " / ".join(counts)


def table(rows: Sequence[Sequence[object]]) -> str:
    """Return the table with its heading."""
    return align(rows, ["", "old", "new", "times better", "lowest", "highest", "edits"])


# --- the command --------------------------------------------------------------------------------------


def chosen_cases(only: Sequence[str], genres: Path | None) -> list[str]:
    """Return the cases to run. Raises BadParameter for genres that are asked for and not given."""
    cases = [case for case in CASES if not only or case in only]
    if genres is None and "genres" in cases:
        if only:
            raise click.BadParameter("expected --genres FOLDER for the case genres, found none", param_hint="--only")
        click.echo("genres: left out; --genres FOLDER measures it", err=True)
        cases.remove("genres")
    return cases


@contextmanager
def scratch_folder(kept: Path | None) -> Iterator[Path]:
    """Yield *kept*, or a temporary folder that is deleted afterwards.

    Raises BadParameter if *kept* holds something that is not ours, which would be overwritten.
    """
    if kept is not None:
        if kept.exists() and any(kept.iterdir()) and not (kept / "old-env").is_dir():
            raise click.BadParameter(f"expected a new or empty folder, found files in {kept}", param_hint="--keep")
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


def prepared(commit: str, folder: Path) -> list[Version]:
    """Return both versions, installed below *folder*."""
    trees = {OLD: folder / "old", NEW: folder / "new"}
    for tree in (*trees.values(), folder / "old-env", folder / "new-env"):
        shutil.rmtree(tree, ignore_errors=True)
    check_out(commit, trees[OLD])
    copy_working_tree(trees[NEW])
    return [install(name, tree, folder / f"{name}-env") for name, tree in trees.items()]


@click.command(cls=ListingCommand)
@click.option("--against", required=True, metavar="REV", help="The older commit.")
@click.option("--pairs", type=click.IntRange(1), default=5, show_default=True, help="Runs of each version.")
@click.option("--only", multiple=True, type=click.Choice(CASES), metavar="CASE...", help="Run these cases only.")
@click.option(
    "--corpus",
    "corpora",
    multiple=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="Take clean articles from these corpora, not from the stories of the tests.",
)
@click.option(
    "--genres",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    metavar="FOLDER",
    help="Clean text of other genres: *.txt.xz, a paragraph a line, a blank line between documents.",
)
@click.option("--articles", type=click.IntRange(2), default=60, show_default=True, help="Short spun articles a case.")
@click.option("--documents", type=click.IntRange(1), default=40, show_default=True, help="Documents of each genre.")
@click.option("--large", type=click.FloatRange(0.002), default=5.0, show_default=True, help="MB of the large file.")
@click.option("--old-too", is_flag=True, help="Measure the memory of the older version, too, which may take long.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Work in this folder and keep it.")
def main(
    against: str,
    pairs: int,
    only: Sequence[str],
    corpora: Sequence[str],
    genres: Path | None,
    articles: int,
    documents: int,
    large: float,
    old_too: bool,
    keep: Path | None,
) -> None:
    """Compare the working tree with an older commit: throughput, start and memory.

    Prints for every figure the medians of both, and how many times better the working tree is: the median of the pairs,
    the lowest and the highest. "beside ftfy" is the speed as a multiple of ftfy's in the same process.

    \b
    Cases:
      many        spun articles of 2 KB, by repair_many where a version has it
      long        spun articles of 17 KB, likewise
      alone       spun articles of 2 KB, one by one
      references  spun stories with two reports each
      news        clean news beside ftfy
      genres      clean text of other genres beside ftfy
      load        loading, with and without the import
      process     the whole command on an article of 500 words
      memory      private memory after loading and of a forked worker; the peak on a large file
      workers     what two processes do over one, forked and spawned
    """
    commit = commit_of(against)
    cases = chosen_cases(only, genres)
    found = sorted(map(str, genres.glob("*.txt.xz"))) if genres else []
    with scratch_folder(keep) as folder:
        click.echo(f"installing {commit[:10]} and the working tree", err=True)
        versions = prepared(commit, folder)
        plan = Plan(
            folder=str(folder / "texts"),
            cases=cases,
            articles=articles,
            corpora=corpora,
            genres=found,
            documents=documents,
            large=round(large * 1e6),
        )
        make_texts(versions[0], plan)
        rows: list[list[object]] = []
        for case in cases:
            click.echo(f"{case} ...", err=True)
            measured = versions[1:] if case == "memory" and not old_too else versions
            rows += rows_of(measure(measured, case, pairs, folder / "texts"))
    click.echo(table(rows))


if __name__ == "__main__":
    main()
