"""What `normalizer corpus` made of a scrape whose truth is known: references found, repairs, harm."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from normalizer.errors import CaseError
from normalizer.evaluating.gold import apply_readings
from normalizer.evaluating.judging import Counts, judge
from tests.tools.scraping.truth import (
    COPY,
    NOTHING,
    ORIGINAL,
    REPORT,
    RESIDUE,
    SCRAPE,
    STACKED,
    UNKNOWN,
    Places,
    Truth,
    read_records,
    read_truth,
)

FIRST = 3  # references among which a right one should be
SHARED = 0.1  # share of the trigrams of a copy's original that a reference must have to be of use
SHOWN = 10  # ids of changed clean articles that are named
ADDED = "normalizer"  # the field of the output that is not in the input


class Row(NamedTuple):
    """One spun article and what came of it.

    has: whether the scrape has a right reference with some of its sentences; a report may lack the paragraph copied.

    found: one is among the first three used. wrong: one of another story was used; kin: one that perhaps tells of the
    same event; copies: a spun one of the same story. used: any was. called: the verdict names a family or says more
    likely spun than not. touched: the text was changed.
    """

    truth: Truth
    counts: Counts
    has: bool
    found: bool
    wrong: bool
    kin: bool
    copies: bool
    used: bool
    called: bool
    touched: bool


@dataclass
class Measured:
    """All rows, and what should not be.

    clean: how many clean articles there are; changed: ids of those whose text was changed. missing: records that the
    output lacks. unfit: ids of records whose edits do not give their text; foreign: of those that lost another field.
    """

    rows: list[Row] = field(default_factory=list)
    clean: int = 0
    changed: list[str] = field(default_factory=list)
    missing: int = 0
    missing_spun: int = 0
    unfit: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


class Job(NamedTuple):
    """A spun article to judge."""

    truth: Truth
    text: str
    repaired: str


def measure(folder: Path, output: Path, processes: int = 1) -> Measured:
    """Return what *output* made of the scrape in *folder*. Raises CaseError for files that are neither."""
    stories = {truth.id: (truth.story, truth.kind) for truth in read_truth(folder)}
    scrape = Places(folder / SCRAPE)
    out = Places(output)
    if not any(name in stories for name in out):
        raise CaseError(f"{output}: expected records of {folder / SCRAPE}, found none by their ids; name its output")
    measured = Measured()
    pairs = zip(read_records(folder / SCRAPE), read_truth(folder), strict=True)
    rows = (_row(measured, stories, scrape, out, record, truth) for record, truth in pairs)
    jobs_and_rows = [each for each in rows if each is not None]
    counts = _judged([job for job, _ in jobs_and_rows], processes)
    measured.rows = [row._replace(counts=own) for (_, row), own in zip(jobs_and_rows, counts, strict=True)]
    return measured


def _judged(jobs: Sequence[Job], processes: int) -> Iterator[Counts]:
    if processes == 1:
        yield from map(counts_of, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(counts_of, jobs, chunksize=16)


def counts_of(job: Job) -> Counts:
    """Return the judge's counts of a repaired article; what its template left above and below is counted apart.

    Where lines were dropped the judge must guess which are left, and at the edges of a page it may guess wrong.
    """
    text, repaired, golds = job.text, job.repaired.strip("\n"), list(job.truth.golds(job.text))
    shift = made = missed = 0
    while golds and golds[-1].category == RESIDUE and golds[-1].end == len(text):
        mark = golds.pop().spun
        text, left = text[: -len(mark)], repaired.endswith(mark.strip("\n"))
        repaired = repaired.removesuffix(mark.strip("\n")).rstrip("\n")
        made, missed = made + (not left), missed + left
    if golds and golds[0].category == RESIDUE and golds[0].start == 0:
        mark = golds.pop(0).spun
        shift, left = len(mark), repaired.startswith(mark.strip("\n"))
        repaired = repaired.removeprefix(mark.strip("\n")).lstrip("\n")
        made, missed = made + (not left), missed + left
    moved = [replace(gold, start=gold.start - shift, end=gold.end - shift) for gold in golds]
    return judge(text[shift:], moved, repaired).counts + Counts(tp=made, fn=missed)


def _row(
    measured: Measured,
    stories: Mapping[str, tuple[str, str]],
    scrape: Places,
    out: Places,
    record: dict[str, Any],
    truth: Truth,
) -> tuple[Job, Row] | None:
    """Return one article to judge, None for a clean one; what should not be goes to *measured*."""
    text = record["text"]
    repaired = record | {ADDED: {}}
    if truth.id in out:
        repaired = out.record(truth.id)
        _check(measured, truth.id, record, repaired)
    else:
        measured.missing += 1
        measured.missing_spun += truth.spun
    if not truth.spun:
        measured.clean += 1
        if repaired.get("text") != text:
            measured.changed.append(truth.id)
        return None
    told = repaired.get(ADDED) or {}
    used = [str(name) for name in told.get("references") or ()]
    others = [name for name in used if name not in truth.references]
    same_story = [stories.get(name) == (truth.story, COPY) for name in others]
    kin = [name in truth.kin for name in others]
    verdict = told.get("verdict") or {}
    row = Row(
        truth,
        Counts(),
        has=any(_helps(scrape, name, stories[name][1], truth, text) for name in truth.references),
        found=any(name in truth.references for name in used[:FIRST]),
        wrong=any(not own and not near for own, near in zip(same_story, kin, strict=True)),
        kin=any(kin),
        copies=any(same_story),
        used=bool(used),
        called=bool(verdict.get("family")) or verdict.get("spun", 0.0) > 0.5,
        touched=repaired.get("text") != text,
    )
    return Job(truth, text, str(repaired.get("text"))), row


def _helps(scrape: Places, name: str, kind: str, truth: Truth, text: str) -> bool:
    """Tell whether a reference has some of what a spun *text* was before; another hand's words are taken to help."""
    if kind == "independent":
        return True
    golds = truth.golds(text)
    own = trigrams(apply_readings(text, golds, [gold.readings[0] for gold in golds]))
    return len(own & trigrams(scrape.record(name)["text"])) >= SHARED * len(own)


def trigrams(text: str) -> set[tuple[str, ...]]:
    """Return all runs of three words."""
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


def _check(measured: Measured, name: str, record: dict[str, Any], repaired: dict[str, Any]) -> None:
    """Note what a record of the output may not have: edits that do not give its text, a foreign field changed."""
    edits = (repaired.get(ADDED) or {}).get("edits")
    if edits is not None and applied(record["text"], edits) != repaired.get("text"):
        measured.unfit.append(name)
    if any(repaired.get(key) != value for key, value in record.items() if key != "text"):
        measured.foreign.append(name)


def applied(text: str, edits: Sequence[Mapping[str, Any]]) -> str | None:
    """Return *text* with the edits of a plan made, None if they do not fit it."""
    pieces, done = [], 0
    for edit in sorted((e for e in edits if not e.get("held_back")), key=lambda e: (e["start"], e["end"])):
        if edit["start"] < done or text[edit["start"] : edit["end"]] != edit["before"]:
            return None
        pieces += [text[done : edit["start"]], edit["after"]]
        done = edit["end"]
    return "".join([*pieces, text[done:]])


# --- the table -------------------------------------------------------------------------------------------

Group = tuple[str, Callable[[Truth], bool]]


def _beside(what: str, unknown: bool) -> Callable[[Truth], bool]:
    return lambda truth: truth.beside == what and (truth.family == UNKNOWN) == unknown


GROUPS: tuple[Group, ...] = (
    ("A", lambda truth: truth.family == "a"),
    ("B", lambda truth: truth.family == "b"),
    ("T", lambda truth: truth.family == "t"),
    ("two known, stacked", lambda truth: truth.family == STACKED),
    ("unknown", lambda truth: truth.family == UNKNOWN),
    ("known, original in the scrape", _beside(ORIGINAL, unknown=False)),
    ("known, report only", _beside(REPORT, unknown=False)),
    ("known, nothing", _beside(NOTHING, unknown=False)),
    ("unknown, original in the scrape", _beside(ORIGINAL, unknown=True)),
    ("unknown, report only", _beside(REPORT, unknown=True)),
    ("unknown, nothing", _beside(NOTHING, unknown=True)),
    ("text seen in training", lambda truth: not truth.unseen),
    ("all", lambda truth: True),
)
COLUMNS: dict[str, Callable[[Sequence[Row]], float | None]] = {
    f"right in first {FIRST}": lambda rows: _share([row.found for row in rows if row.has]),
    "wrong story": lambda rows: _share([row.wrong for row in rows]),
    "P": lambda rows: _total(rows).precision,
    "R": lambda rows: _total(rows).recall,
    "F0.5": lambda rows: _total(rows).f05,
    "ERR": lambda rows: _total(rows).err,
    "untouched": lambda rows: _share([not row.touched for row in rows]),
    "called spun": lambda rows: _share([row.called for row in rows]),
}
NOTES = f"""\
right in first {FIRST}: of the spun articles for which the scrape has a clean one of their story that shares a tenth of
their trigrams, as they were before. wrong story: spun articles for which any reference of another story was used;
perhaps the same event, spun copy: told apart, and neither. P, R, F0.5, ERR: the judge's, over gold edits."""


def report(measured: Measured, against: Measured | None = None) -> str:
    """Return the table in Markdown, with differences to *against* if that is given, and what should not be."""
    header = ["spun by", "articles", *COLUMNS]
    lines = [header, ["---", *["---:"] * (len(header) - 1)]]
    for name, belongs in GROUPS:
        rows = [row for row in measured.rows if belongs(row.truth)]
        before = [row for row in against.rows if belongs(row.truth)] if against else None
        if rows:
            lines.append([name, str(len(rows)), *(_cell(column, rows, before) for column in COLUMNS.values())])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    parts = [table, NOTES, _found(measured)]
    if against:
        parts += ["Before, where differences start from:", _found(against)]
    return "\n\n".join(parts) + "\n"


def _cell(column: Callable[[Sequence[Row]], float | None], rows: Sequence[Row], before: Sequence[Row] | None) -> str:
    value = column(rows)
    old = column(before) if before else None
    shown = "-" if value is None else f"{value:.3f}"
    return shown if value is None or old is None else f"{shown} ({value - old:+.3f})"


def _found(measured: Measured) -> str:
    """Return what should not be, a line each."""
    rows = measured.rows
    alone = len(rows) - sum(row.used for row in rows)
    lines = [
        f"clean articles changed: {len(measured.changed)} of {measured.clean}",
        f"wrong-story references: {_count(rows, 'wrong')}; perhaps of the same event: {_count(rows, 'kin')}; "
        f"spun copies of the story: {_count(rows, 'copies')}; no reference: {alone}",
    ]
    lone = sum(not row.has and bool(row.truth.references) for row in rows)
    if lone:
        lines.append(f"spun articles of which no clean article of their story has any sentence: {lone}")
    if measured.changed:
        lines.append(f"  changed: {' '.join(measured.changed[:SHOWN])}")
    if measured.missing:
        lines.append(f"not in the output: {measured.missing}; spun ones, counted as untouched: {measured.missing_spun}")
    for what, names in (("edits that do not give the text", measured.unfit), ("a field changed", measured.foreign)):
        if names:
            lines.append(f"{what}: {len(names)} ({' '.join(names[:SHOWN])})")
    return "\n".join(f"- {line}" if line[0] != " " else line for line in lines)


def _count(rows: Sequence[Row], name: str) -> str:
    return f"{sum(bool(getattr(row, name)) for row in rows)} articles"


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _total(rows: Sequence[Row]) -> Counts:
    return sum((row.counts for row in rows), Counts())
