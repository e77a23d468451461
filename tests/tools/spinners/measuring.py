"""What a normalizer makes of made-up cases: by family, spinner, rate and genre."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from normalizer.evaluating.gold import Case
from normalizer.evaluating.metrics import BINS, expected_calibration_error
from normalizer.evaluating.running import Result, evaluate, pool
from normalizer.evaluating.tables import align, counts_record
from normalizer.repairing import Normalizer
from tests.tools.spinners.cases import UNKNOWN, Made


class Task(NamedTuple):
    """A case to measure. full: with the ceiling of the lattice and calibration, which takes three times as long."""

    case: Case
    full: bool


class Row(NamedTuple):
    """One case: what is known of it and what came out."""

    made: Made
    result: Result


class Group(NamedTuple):
    """Cases that have something in common. by: what; name: which."""

    by: str
    name: str
    rows: Sequence[Row]

    @property
    def result(self) -> Result:
        """All results added up."""
        return pool([row.result for row in self.rows], self.name)

    @property
    def untouched(self) -> float:
        """Share of the cases in which nothing was changed."""
        return sum(row.result.edits == 0 for row in self.rows) / len(self.rows)

    @property
    def reach(self) -> float:
        """Share of the gold repairs that the thesauri offer: no choice among their words alone repairs more."""
        reachable = list(chain.from_iterable(row.made.reachable for row in self.rows))
        return sum(reachable) / len(reachable)


def measured(tool: Normalizer, task: Task) -> Result:
    """Return what comes of one case without references."""
    return evaluate(tool, [task.case], full=task.full)[0]


def grouped(rows: Sequence[Row]) -> Iterator[Group]:
    """Yield all cases by family, unknown ones by style and mark, all by rate and by genre, and all together."""
    unknown = [row for row in rows if row.made.family == UNKNOWN]
    ways: tuple[tuple[str, Sequence[Row], Callable[[Made], Iterable[str]]], ...] = (
        ("family", rows, lambda made: [made.family]),
        ("style", unknown, lambda made: [made.style]),
        ("mark", unknown, lambda made: made.marks),
        ("rate", rows, lambda made: [f"{made.rate:g}"]),
        ("family and rate", rows, lambda made: [f"{made.family} {made.rate:g}"]),
        ("genre", rows, lambda made: [made.genre]),
    )
    for by, own, names in ways:
        found: dict[str, list[Row]] = {}
        for row in own:
            for name in names(row.made):
                found.setdefault(name, []).append(row)
        yield from (Group(by, name, found[name]) for name in sorted(found))
    yield Group("all", "all", rows)


HEADER = ("cases", "P", "R", "F0.5", "ERR", "tp", "fn", "fp", "called spun", "untouched", "reach")
NOTES = """\
P, R, F0.5, ERR, tp, fn, fp: the judge's. called spun, untouched: share of the cases. reach: the oracle ceiling of
recall with thesauri at hand: share of the gold repairs whose original Moby or WordNet puts beside what stands there,
inflected alike."""
LATTICE = "best R, best F0.5: the ceiling of the readings that the tool has now. ECE: expected calibration error."


def text_report(groups: Sequence[Group], *, full: bool) -> str:
    """Return a table for each way to group, and calibration by family if *full*."""
    header = [*HEADER, *(("best R", "best F0.5", "ECE") if full else ())]
    parts = []
    for by in dict.fromkeys(group.by for group in groups):
        lines = [_cells(group, full) for group in groups if group.by == by]
        parts.append(align(lines, [by, *header]))
    parts.append(f"{NOTES}\n{LATTICE}" if full else NOTES)
    if full:
        parts += [_calibration(group) for group in groups if group.by in ("family", "all")]
    return "\n\n".join(parts) + "\n"


def _cells(group: Group, full: bool) -> list[object]:
    result = group.result
    counts = result.counts
    cells: list[object] = [group.name, len(group.rows), counts.precision, counts.recall, counts.f05, counts.err]
    cells += [counts.tp, counts.fn, counts.fp, result.spun / result.articles, group.untouched, group.reach]
    if full:
        cells += [result.oracle.recall, result.oracle.f05, expected_calibration_error(result.bins)]
    return cells


def _calibration(group: Group) -> str:
    lines = [
        [f"{at / BINS:.1f}-{(at + 1) / BINS:.1f}", each.edits, each.confidence / each.edits, each.right / each.edits]
        for at, each in enumerate(group.result.bins)
        if each.edits
    ]
    return align(lines, [f"confidence, {group.name}", "edits", "expected", "precision"])


def json_report(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the same as JSON values."""
    return [
        {
            "by": group.by,
            "name": group.name,
            "cases": len(group.rows),
            **counts_record(group.result.counts),
            "taken_for_spun": group.result.spun,
            "untouched": round(group.untouched, 4),
            "reach": round(group.reach, 4),
            "oracle": counts_record(group.result.oracle),
            "calibration_error": round(expected_calibration_error(group.result.bins), 4),
        }
        for group in groups
    ]


def untouched_report(rows: Sequence[Row]) -> str:
    """Return the share of cases left untouched, family by rate, and their names."""
    families = list(dict.fromkeys(row.made.family for row in rows))
    rates = sorted({row.made.rate for row in rows})
    lines: list[list[object]] = []
    for family in [*families, "all"]:
        own = [row for row in rows if family in ("all", row.made.family)]
        groups = [[row for row in own if rate in (None, row.made.rate)] for rate in [*rates, None]]
        lines.append([family, len(own), *(_share_untouched(group) for group in groups)])
    table = align(lines, ["untouched", "cases", *(f"{rate:g}" for rate in rates), "all"])
    names = [row.made.name for row in rows if not row.result.edits]
    return "\n".join([table, "", *names, ""]) if names else table + "\n"


def _share_untouched(rows: Sequence[Row]) -> str:
    return f"{sum(not row.result.edits for row in rows)}/{len(rows)}"


def touched(tool: Normalizer, task: Task) -> Result:
    """Return how many edits one case gets, without judging them."""
    repair = tool.repair(task.case.text)
    result = Result(task.case.name, task.case.family, "", edits=len(repair.edits), articles=1)
    return replace(result, spun=int(repair.verdict.family is not None))
