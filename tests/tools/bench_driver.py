"""Measures one case with the version of normalizer that this Python has, and prints what it found as JSON.

    python bench_driver.py CASE TEXTS

CASE is a function of this file; TEXTS the file or folder that `bench_texts` wrote for it. Only what every version
offers to its users is called. Printed are {"figures": [[name, value, unit], ...], "edits": N or null}.
"""

import json
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Figures = list[tuple[str, float, str]]
KIB, MIB = 1 << 10, 1 << 20


def main(case: str, texts: str) -> None:
    """Measure *case* and print the outcome."""
    edits: list[int] = []
    figures = CASES[case](Path(texts), edits)
    print(json.dumps({"figures": figures, "edits": sum(edits) if edits else None}))


def loaded() -> Any:
    """Return a Normalizer."""
    from normalizer import Normalizer

    return Normalizer()


def texts_of(path: Path) -> Any:
    """Return what a file of texts holds."""
    return json.loads(path.read_text("utf-8"))


def size(items: Sequence[Any]) -> int:
    """Return the bytes of the articles of *items*, references aside."""
    return sum(len((item if isinstance(item, str) else item[0]).encode()) for item in items)


# --- throughput ---------------------------------------------------------------------------------------


def repaired_together(tool: Any, items: Sequence[Any]) -> list[Any]:
    """Return the repairs of *items*, texts or (text, references), by `repair_many` where the version has it."""
    records = [item if isinstance(item, str) else (item[0], item[1]) for item in items]
    if hasattr(tool, "repair_many"):
        return list(tool.repair_many(records))
    return repaired_alone(tool, records)


def repaired_alone(tool: Any, items: Sequence[Any]) -> list[Any]:
    """Return the repairs of *items*, one after the other."""
    return [tool.repair(item) if isinstance(item, str) else tool.repair(*item) for item in items]


def throughput(path: Path, edits: list[int], name: str, repair: Any) -> Figures:
    """Return KB a second of repairing what *path* holds, after other articles for warming up."""
    tool, texts = loaded(), texts_of(path)
    repair(tool, texts["warm"])
    start = time.perf_counter()
    repairs = repair(tool, texts["work"])
    taken = time.perf_counter() - start
    edits.append(sum(len(one.edits) for one in repairs))
    return [(name, size(texts["work"]) / KIB / taken, "KB/s")]


def many(path: Path, edits: list[int]) -> Figures:
    """Measure short articles, together."""
    return throughput(path, edits, "many", repaired_together)


def long(path: Path, edits: list[int]) -> Figures:
    """Measure long articles, together."""
    return throughput(path, edits, "long", repaired_together)


def alone(path: Path, edits: list[int]) -> Figures:
    """Measure short articles, one by one."""
    return throughput(path, edits, "alone", repaired_alone)


def references(path: Path, edits: list[int]) -> Figures:
    """Measure articles with references, together."""
    return throughput(path, edits, "references", repaired_together)


# --- clean text ---------------------------------------------------------------------------------------


def news(path: Path, edits: list[int]) -> Figures:
    """Measure clean news beside ftfy."""
    return clean(loaded(), path, edits, "news")


def genres(path: Path, edits: list[int]) -> Figures:
    """Measure clean text of every genre beside ftfy."""
    tool = loaded()
    return [row for one in sorted(path.glob("*.json")) for row in clean(tool, one, edits, f"genre {one.stem}")]


CLEAN_TOGETHER = 20  # texts that are given at a time


def clean(tool: Any, path: Path, edits: list[int], name: str) -> Figures:
    """Return MB a second of clean text, and how many times as fast as ftfy that is; they read in turn."""
    from ftfy import fix_text

    texts, ours, theirs = texts_of(path), 0.0, 0.0
    for text in texts["warm"]:
        fix_text(text)
    repaired_together(tool, texts["warm"])
    for at in range(0, len(texts["work"]), CLEAN_TOGETHER):
        part = texts["work"][at : at + CLEAN_TOGETHER]
        start = time.perf_counter()
        for text in part:
            fix_text(text)
        middle = time.perf_counter()
        edits.append(sum(len(repair.edits) for repair in repaired_together(tool, part)))
        theirs, ours = theirs + middle - start, ours + time.perf_counter() - middle
    return [(name, size(texts["work"]) / MIB / ours, "MB/s"), (f"{name}, beside ftfy", theirs / ours, "x ftfy")]


# --- starting, memory ---------------------------------------------------------------------------------


def load(_path: Path, _edits: list[int]) -> Figures:
    """Measure loading, with and without the import."""
    start = time.perf_counter()
    from normalizer import Normalizer

    middle = time.perf_counter()
    Normalizer()
    end = time.perf_counter()
    return [("load, with import", end - start, "s"), ("load", end - middle, "s")]


def process(path: Path, _edits: list[int]) -> Figures:
    """Measure the whole command on one article."""
    start = time.perf_counter()
    command_line(path)
    return [("process", time.perf_counter() - start, "s")]


def command_line(path: Path) -> None:
    """Run `normalizer repair` on a file. Raises CalledProcessError if it fails."""
    command = [sys.executable, "-m", "normalizer", "repair", "-q", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def memory(path: Path, _edits: list[int]) -> Figures:
    """Measure the memory of a process, of a forked worker, and of the command on a large file."""
    command_line(path.parent / "large.txt")  # first, while this process is small: a child begins with its memory
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB
    tool = loaded()
    own = private()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("fork").Process(target=repair_and_weigh, args=(tool, texts_of(path), sender))
    worker.start()
    forked = receiver.recv()
    worker.join()
    return [
        ("memory after loading", own / MIB, "MiB"),
        ("memory of a forked worker", forked / MIB, "MiB"),
        ("memory of a large file, peak", peak / MIB, "MiB"),
    ]


def repair_and_weigh(tool: Any, texts: Sequence[str], sender: Connection) -> None:
    """Repair *texts* in a worker and send the bytes that it shares with nobody."""
    repaired_alone(tool, texts)
    sender.send(private())


def private() -> int:
    """Return the bytes of memory that this process shares with no other."""
    lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


# --- workers ------------------------------------------------------------------------------------------


def workers(path: Path, _edits: list[int]) -> Figures:
    """Measure how much more two processes do than one, forked and spawned."""
    texts = texts_of(path)
    shares = texts["work"]
    figures: Figures = []
    for method in ("fork", "spawn"):
        tool = loaded() if method == "fork" else None
        one = run_workers(method, tool, texts["warm"], shares[:1])
        two = run_workers(method, tool, texts["warm"], shares)
        gain = sum(map(size, shares)) / two / (size(shares[0]) / one)
        figures.append((f"two workers, {method}", gain, "x one"))
    return figures


def run_workers(method: str, tool: Any, warm: Sequence[str], shares: Sequence[Sequence[str]]) -> float:
    """Return the seconds that workers take, one for each of *shares*, from when all are ready to when all are done."""
    context = multiprocessing.get_context(method)
    pipes = [context.Pipe() for _ in shares]
    running = [
        context.Process(target=work, args=(tool, warm, share, theirs))
        for share, (_, theirs) in zip(shares, pipes, strict=True)
    ]
    for each in running:
        each.start()
    for ours, _ in pipes:
        ours.recv()
    start = time.perf_counter()
    for ours, _ in pipes:
        ours.send("go")
    for ours, _ in pipes:
        ours.recv()
    taken = time.perf_counter() - start
    for each in running:
        each.join()
    return taken


def work(tool: Any, warm: Sequence[str], share: Sequence[str], pipe: Connection) -> None:
    """Repair *warm*, say so, wait, repair *share*, say so. tool: None loads one."""
    tool = tool or loaded()
    repaired_together(tool, warm)
    pipe.send("ready")
    pipe.recv()
    repaired_together(tool, share)
    pipe.send("done")


CASES = {
    function.__name__: function
    for function in (many, long, alone, references, news, genres, load, process, memory, workers)
}

if __name__ == "__main__":
    main(*sys.argv[1:])
