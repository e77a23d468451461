"""Throughput and memory of repairing, beside ftfy's `fix_text` in the same process."""

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from normalizer.errors import InputError
from normalizer.evaluating.harm import Repairer
from normalizer.evaluating.tables import align

LEAST_SECONDS = 1.0  # each text set is repeated until a measurement took so long
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one tool reads one kind of text, and what it takes.

    rate: bytes of UTF-8 read a second. peak: the most memory taken while working, in bytes.
    """

    tool: str
    kind: str
    rate: float
    peak: int


def compare(repairer: Repairer, kinds: Mapping[str, Sequence[str]]) -> list[Speed]:
    """Measure repairing and ftfy on each kind of text ("clean", "spun"), after one run for warming up.

    Raises InputError if ftfy is not installed.
    """
    fix = _ftfy()
    measured = []
    for kind, texts in kinds.items():
        measured.append(_measured("normalizer", kind, lambda text: repairer.repair(text), texts))
        measured.append(_measured("ftfy", kind, fix, texts))
    return measured


def _ftfy() -> Callable[[str], object]:
    try:
        import ftfy
    except ImportError as error:
        raise InputError(
            "--speed: expected ftfy to compare with, found it is not installed; pip install 'normalizer[test]'"
        ) from error
    return lambda text: ftfy.fix_text(text)


def _measured(tool: str, kind: str, work: Callable[[str], object], texts: Sequence[str]) -> Speed:
    for text in texts:
        work(text)
    size, rounds = sum(len(text.encode()) for text in texts), 0
    start = time.perf_counter()
    while not rounds or time.perf_counter() - start < LEAST_SECONDS:
        for text in texts:
            work(text)
        rounds += 1
    rate = size * rounds / (time.perf_counter() - start)
    return Speed(tool, kind, rate, _peak(work, texts))  # apart, since watching memory slows down by a factor


def _peak(work: Callable[[str], object], texts: Sequence[str]) -> int:
    tracemalloc.start()
    try:
        for text in texts:
            work(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def ratios(measured: Sequence[Speed]) -> dict[str, float]:
    """Return for every kind of text how many times as long as ftfy repairing takes."""
    rates = {(each.tool, each.kind): each.rate for each in measured}
    return {kind: rates["ftfy", kind] / rates["normalizer", kind] for tool, kind in rates if tool == "ftfy"}


def text_report(measured: Sequence[Speed]) -> str:
    """Return a table with a line for every tool and kind of text, and the ratios."""
    rows = [[f"{s.tool}, {s.kind} text", s.rate / 1e6, s.peak / MEBIBYTE] for s in measured]
    lines = [f"on {kind} text ftfy is {ratio:.1f} times as fast" for kind, ratio in ratios(measured).items()]
    return "\n".join([align(rows, ["", "MB/s", "peak MiB"]), *lines, ""])


def json_report(measured: Sequence[Speed]) -> dict[str, object]:
    """Return the same as JSON values."""
    rows = [{"tool": s.tool, "text": s.kind, "bytes_per_second": round(s.rate), "peak_bytes": s.peak} for s in measured]
    return {"speed": rows, "times_slower_than_ftfy": {k: round(v, 3) for k, v in ratios(measured).items()}}
