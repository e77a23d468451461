"""How fast a command repairs a whole scrape and how much memory it takes, beside others that only read or tidy it.

Every run is a process of its own, one after the other, on the same file. Memory is the proportional set size of the
process and all its descendants: what several share counts once. It is looked at ten times a second; shorter peaks are
missed.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import NamedTuple

from normalizer.errors import CaseError
from tests.tools.scraping.truth import SCRAPE

COMMAND = "{python} -m normalizer corpus {input} -o {output} --workers {workers}"
WORKERS = (1, 2)
MIB = 1 << 20
LOOK_EVERY = 0.1  # seconds

# Each prints the seconds that its loop took, without what importing takes.
DATATROVE = """
import sys, time
from datatrove.pipeline.readers import JsonlReader
start = time.perf_counter()
size = sum(len(document.text) for document in JsonlReader(sys.argv[1], glob_pattern=sys.argv[2]).run())
print(time.perf_counter() - start)
"""
FTFY = """
import json, sys, time
from pathlib import Path
from ftfy import fix_text
start = time.perf_counter()
with (Path(sys.argv[1]) / sys.argv[2]).open(encoding="utf-8") as lines:
    size = sum(len(fix_text(json.loads(line)["text"])) for line in lines)
print(time.perf_counter() - start)
"""
OTHERS = {"datatrove, JSONL reader": ("datatrove", DATATROVE), "ftfy.fix_text over it": ("ftfy", FTFY)}


class Run(NamedTuple):
    """One run. seconds: None if the program is not installed. memory: peak, in bytes."""

    name: str
    seconds: float | None
    memory: int


def compare(folder: Path, command: str = COMMAND, pythons: Sequence[str] = (sys.executable,)) -> str:
    """Return the table of all runs on the scrape in *folder*.

    command: {python}, {input}, {output} and {workers} are put in. pythons: interpreters to look for the other programs
    in. Raises CaseError if the command fails.
    """
    file = folder / SCRAPE
    size = file.stat().st_size
    with file.open("rb") as lines:
        articles = sum(1 for _ in lines)
    own = [_own(file, command, workers) for workers in WORKERS]
    others = [_other(folder, name, module, script, pythons) for name, (module, script) in OTHERS.items()]
    header = ["", "seconds", "articles/s", "MB/s", *(f"{run.name} takes as long" for run in own), "peak MiB"]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    rows += [_cells(run, articles, size, own) for run in [*own, *others]]
    about = f"{articles} articles, {size / 1e6:.1f} MB of JSONL, {os.cpu_count()} processors. Ours: from start to end."
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", about, ""])


def _cells(run: Run, articles: int, size: int, own: Sequence[Run]) -> list[str]:
    if not run.seconds:
        return [run.name, "not installed: left out", *["-"] * (len(own) + 3)]
    ratios = [f"x {(each.seconds or 0) / run.seconds:.1f}" for each in own]
    rates = [f"{articles / run.seconds:.1f}", f"{size / 1e6 / run.seconds:.3f}"]
    return [run.name, f"{run.seconds:.1f}", *rates, *ratios, f"{run.memory / MIB:.0f}"]


def _own(file: Path, command: str, workers: int) -> Run:
    with TemporaryDirectory() as work:
        values = {"python": sys.executable, "input": str(file), "output": str(Path(work) / "out.jsonl")}
        words = [word.format(workers=workers, **values) for word in shlex.split(command)]
        start = time.perf_counter()
        done, memory = watched(words)
        seconds = time.perf_counter() - start
    if done.returncode:
        raise CaseError(f"{shlex.join(words)}: expected exit code 0, found {done.returncode}:\n{done.stderr.strip()}")
    return Run(f"normalizer corpus, {workers} worker{'s' * (workers > 1)}", seconds, memory)


def _other(folder: Path, name: str, module: str, script: str, pythons: Sequence[str]) -> Run:
    """Return what another program takes, in the first of *pythons* that has it."""
    for python in pythons:
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            done, memory = watched([python, "-c", script, str(folder.resolve()), SCRAPE])
            if done.returncode:
                raise CaseError(
                    f"{name}: expected exit code 0, found {done.returncode}:\n{done.stderr.strip()[-2000:]}"
                )
            return Run(name, json.loads(done.stdout.split()[-1]), memory)
    return Run(name, None, 0)


# --- memory ----------------------------------------------------------------------------------------------


def growth(folder: Path, counts: Sequence[int], words: int, workers: int, command: str = COMMAND) -> str:
    """Return a table of the peak memory of *command* on ever more articles of the scrape in *folder*.

    counts: how many articles, spread evenly over the scrape. words: what is kept of each, from its beginning: memory
    that grows with the scrape grows with its articles, and short ones take less time. Raises CaseError as `compare`.
    """
    header = ["articles", "MB", "seconds", "peak MiB"]
    rows = [header, ["---:"] * len(header)]
    with TemporaryDirectory() as work:
        for count in counts:
            file = Path(work) / f"{count}.jsonl"
            written = cut(folder / SCRAPE, file, count, words)
            run = _own(file, command, workers)
            size = file.stat().st_size / 1e6
            rows.append([f"{written:,}", f"{size:.1f}", f"{run.seconds or 0:.0f}", f"{run.memory / MIB:.0f}"])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cut(source: Path, target: Path, count: int, words: int) -> int:
    """Write *count* articles of *source*, spread evenly, with the first *words* of each; return how many there are."""
    with source.open(encoding="utf-8") as lines:
        total = sum(1 for _ in lines)
    taken = min(count, total)
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for number, line in enumerate(lines):
            if number * taken // total != (number + 1) * taken // total:
                record = json.loads(line)
                ends = [word.end() for word in islice(re.finditer(r"\S+", record["text"]), words)]
                out.write(json.dumps({**record, "text": record["text"][: ends[-1] if ends else 0]}) + "\n")
    return taken


def watched(command: Sequence[str]) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run *command*, and return it with the peak of the memory of its whole process tree, in bytes; 0 if not Linux."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        peak, ended = [0], Event()

        def look() -> None:
            while not ended.wait(LOOK_EVERY):
                peak[0] = max(peak[0], sum(map(memory_of, tree(process.pid))))

        watcher = Thread(target=look)
        watcher.start()
        try:
            out, err = process.communicate()
        finally:
            ended.set()
            watcher.join()
    return subprocess.CompletedProcess(command, process.returncode, out, err), peak[0]


def tree(pid: int) -> Iterator[int]:
    """Yield a process and its descendants, as Linux lists them."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a process that ended meanwhile
            for child in children.read_text().split():
                yield from tree(int(child))


def memory_of(pid: int) -> int:
    """Return the proportional set size of a process in bytes, 0 if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
