"""Results as an aligned text table, and as JSON values."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from normalizer.evaluating.judging import Counts
from normalizer.evaluating.metrics import BINS, expected_calibration_error
from normalizer.evaluating.running import CONDITIONS, MISLED, THRESHOLDS, Result, pool

Row = Sequence[object]


def align(rows: Sequence[Row], header: Sequence[str]) -> str:
    """Return *rows* under *header* as a table: the first column to the left, all others to the right."""
    lines = [[_cell(value) for value in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
    return "  ".join([f"{line[0]:<{len(first)}}", *others]).rstrip()


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def pooled(results: Iterable[Result]) -> list[Result]:
    """Return each result, then the pool of every family, then of all, for each condition by itself."""
    rows = []
    kept = list(results)
    for condition in CONDITIONS:
        own = [result for result in kept if result.condition == condition]
        rows += own
        for family in dict.fromkeys(result.family for result in own):
            rows.append(pool([r for r in own if r.family == family], f"family {family}", family))
        if own:
            rows.append(pool(own, "all"))
    return rows


def text_report(results: Sequence[Result], *, full: bool = True) -> str:
    """Return the report that a terminal shows."""
    rows = pooled(results)
    parts = [_headline(rows, condition) for condition in CONDITIONS]
    if full:
        parts += [_oracle(rows), _calibration(rows), _curve(rows)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _titled(title: str, rows: Sequence[Row], header: Sequence[str]) -> str:
    return f"{title}\n{align(rows, header)}" if rows else ""


HEADLINE: dict[str, Callable[[Result], object]] = {
    "P": lambda r: r.counts.precision,
    "R": lambda r: r.counts.recall,
    "F0.5": lambda r: r.counts.f05,
    "ERR": lambda r: r.counts.err,
    "tp": lambda r: r.counts.tp,
    "fn": lambda r: r.counts.fn,
    "fp": lambda r: r.counts.fp,
    "optional": lambda r: f"{r.counts.tp_optional}/{r.counts.tp_optional + r.counts.skipped}",
    "found P": lambda r: r.detection.precision,
    "found R": lambda r: r.detection.recall,
    "worded": lambda r: r.detection.correction,
    "number": lambda r: f"{r.integrity.bare_numbers}/{r.integrity.numbers}",
    "name": lambda r: f"{r.integrity.bare_names}/{r.integrity.names}",
    "negation": lambda r: f"{r.integrity.bare_negations}/{r.integrity.negations}",
    "words": lambda r: r.counts.words,
}
NOTES = """\
P, R, F0.5, ERR, tp, fn, fp: the judge's, from the texts. optional: made / there are. found P, found R: edits
at a right place, needed repairs whose place was found (detection); worded: share of those places with a right
wording (correction). number, name, negation: edits that change one without evidence for it / edits that
change one."""


def _headline(rows: Sequence[Result], condition: str) -> str:
    own = [row for row in rows if row.condition == condition]
    columns = dict(HEADLINE)
    if condition == MISLED:
        columns = {"edits": lambda r: r.edits, "changed by them": lambda r: r.astray, **HEADLINE}
    lines = [[row.name, *(column(row) for column in columns.values())] for row in own]
    table = _titled(condition, lines, ["case", *columns])
    return f"{table}\n{NOTES}" if table and condition == CONDITIONS[0] else table


def _oracle(rows: Sequence[Result]) -> str:
    lines = [
        [
            f"{row.name}, {row.condition}",
            row.oracle.recall,
            row.oracle.f05,
            row.oracle.err,
            row.counts.f05,
            row.counts.err,
        ]
        for row in rows
        if row.condition != MISLED
    ]
    return _titled(
        "oracle ceiling: the best choice among the readings of the lattice",
        lines, ["case", "best R", "best F0.5", "best ERR", "F0.5", "ERR"],
    )  # fmt: skip


def _calibration(rows: Sequence[Result]) -> str:
    parts = []
    for row in rows:
        if row.name != "all" or row.condition == MISLED:
            continue
        lines = [
            [f"{i / BINS:.1f}-{(i + 1) / BINS:.1f}", b.edits, b.confidence / b.edits, b.right / b.edits]
            for i, b in enumerate(row.bins)
            if b.edits
        ]
        error = expected_calibration_error(row.bins)
        title = f"calibration, {row.condition}: expected calibration error {error:.3f}"
        parts.append(_titled(title, lines, ["confidence", "edits", "expected", "precision"]))
    return "\n\n".join(part for part in parts if part)


def _curve(rows: Sequence[Result]) -> str:
    own = [row for row in rows if row.name == "all" and row.condition != MISLED]
    lines = [
        [
            f"{t:.2f}",
            *(v for row in own for v in (row.curve[i].precision, row.curve[i].recall, row.curve[i].f05)),
        ]
        for i, t in enumerate(THRESHOLDS)
    ]
    header = ["--min-confidence", *(name for row in own for name in (f"{_short(row)} P", "R", "F0.5"))]
    return _titled("coverage and precision", lines, header) if own else ""


def _short(row: Result) -> str:
    return row.condition.removesuffix(" references")


# --- JSON ------------------------------------------------------------------------------------------------


def json_report(results: Sequence[Result], **about: object) -> dict[str, Any]:
    """Return the report as JSON values: what *about* says, and a record for each row of the table."""
    return {**about, "thresholds": list(THRESHOLDS), "rows": [_record(row) for row in pooled(results)]}


def counts_record(counts: Counts) -> dict[str, float | int]:
    """Return the figures and numbers of *counts*."""
    figures = {name: round(getattr(counts, name), 4) for name in ("precision", "recall", "f05", "err")}
    names = ("tp", "tp_optional", "fn", "fp", "skipped", "before", "after", "words")
    return {**figures, **{name: getattr(counts, name) for name in names}}


def _record(row: Result) -> dict[str, Any]:
    found, safe = row.detection, row.integrity
    return {
        "case": row.name,
        "family": row.family,
        "condition": row.condition,
        **counts_record(row.counts),
        "edits": row.edits,
        "changed_by_unrelated_references": row.astray,
        "articles": row.articles,
        "taken_for_spun": row.spun,
        "verdicts": row.verdicts,
        "oracle": counts_record(row.oracle),
        "detection": {
            "precision": round(found.precision, 4),
            "recall": round(found.recall, 4),
            "correction": round(found.correction, 4),
            "optional_touched": found.optional_touched,
        },
        "integrity": {
            "violations": safe.violations,
            "numbers": [safe.bare_numbers, safe.numbers],
            "names": [safe.bare_names, safe.names],
            "negations": [safe.bare_negations, safe.negations],
        },
        "calibration_error": round(expected_calibration_error(row.bins), 4),
        "calibration": [[b.edits, round(b.confidence, 4), b.right] for b in row.bins],
        "curve": [counts_record(point) for point in row.curve],
    }
