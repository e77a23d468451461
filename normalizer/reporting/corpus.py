"""Many repairs on one page: families over time and by source, the most frequent swaps, the most repaired articles.

Records are read one by one and only counts are kept, so that a scrape may be of any size. The page has no script; its
plots are part of the document.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import NamedTuple
from urllib.parse import quote

from normalizer.edits import Edit
from normalizer.reporting.pages import part, policy, template, trusted
from normalizer.reporting.results import Judgement, is_spun, visible_line

UNKNOWN = "unknown"  # the family of a spinner of no known family
SOURCES, SWAPS, ARTICLES = 40, 60, 60  # rows of each table
MOST_DAYS, MOST_MONTHS = 62, 120  # periods of a plot: days if there are no more, else months, else years
COLOURS = 7  # of families; further families share the last colour
PERIOD = 10  # width of a period in the plot, in its own units


class Record(NamedTuple):
    """One repair of a scrape.

    name: of the article. page: path of its page from the summary's folder, or "". source: the site or folder that it
    comes from. day: when it was published, if known. words: how many it has. edits: those made.
    """

    name: str
    page: str
    source: str
    day: datetime.date | None
    verdict: Judgement
    words: int
    edits: Sequence[Edit]


class Row(NamedTuple):
    """An article in the table of those with most repairs."""

    edits: int
    share: float
    name: str
    link: str
    source: str
    day: str
    family: str


class Bar(NamedTuple):
    """A bar of a plot. family: its place in the legend. start, size: where it begins and its length, in per cent."""

    family: int
    start: float
    size: float


class Period(NamedTuple):
    """A day, month or year of the plot.

    x: where it begins. counts: of spun articles by family. label: the counts in words.
    """

    name: str
    x: int
    counts: list[int]
    label: str
    bars: list[Bar]


class SourceRow(NamedTuple):
    """A source in the table. label: how many of its articles are of each family, in words."""

    name: str
    articles: int
    spun: int
    label: str
    bars: list[Bar]


@dataclass
class Swap:
    """How often a swap was undone.

    times: edits. articles: that have such an edit. confidence: sum over the edits. families: of the edits.
    """

    times: int = 0
    articles: int = 0
    confidence: float = 0.0
    families: Counter[str] = field(default_factory=Counter)


@dataclass
class Source:
    """How many articles a source has, and how many of these are spun, by family."""

    articles: int = 0
    spun: Counter[str] = field(default_factory=Counter)


@dataclass
class Tally:
    """The counts of a summary. spun: articles by family. rows: candidates for the table of the most repaired."""

    articles: int = 0
    edits: int = 0
    spun: Counter[str] = field(default_factory=Counter)
    by_day: Counter[tuple[datetime.date, str]] = field(default_factory=Counter)
    by_source: dict[str, Source] = field(default_factory=dict)
    swaps: dict[tuple[str, str], Swap] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Count one repair."""
        self.articles += 1
        self.edits += len(record.edits)
        source = self.by_source.setdefault(visible_line(record.source), Source())
        source.articles += 1
        if is_spun(record.verdict):
            family = visible_line(record.verdict.family or UNKNOWN)
            self.spun[family] += 1
            source.spun[family] += 1
            if record.day is not None:
                self.by_day[record.day, family] += 1
        self._count_swaps(record.edits)
        if record.edits:
            self.rows.append(_row(record))
        if len(self.rows) > 20 * ARTICLES:
            self.rows = nlargest(ARTICLES, self.rows)

    def _count_swaps(self, edits: Sequence[Edit]) -> None:
        own = [(edit.before.casefold(), edit.after.casefold()) for edit in edits]
        for key, edit in zip(own, edits, strict=True):
            swap = self.swaps.setdefault(key, Swap())
            swap.times += 1
            swap.confidence += edit.confidence
            swap.families[edit.evidence.family or "-"] += 1
        for key in set(own):
            self.swaps[key].articles += 1


def corpus_page(records: Iterable[Record], name: str, signature: str = "") -> str:
    """Return the summary page of a scrape. name: its heading. signature: what the repairs were made with."""
    tally = Tally()
    for record in records:
        tally.add(record)
    from normalizer.lexicon import FAMILIES

    families = [family for family, _ in tally.spun.most_common()]
    unit, periods = _periods(tally, families)
    style = part("base.css") + part("corpus.css")
    return template("corpus.html").render(
        name=visible_line(name),
        policy=policy(style),
        style=trusted(style),
        articles=tally.articles,
        spun=tally.spun.total(),
        edits=tally.edits,
        families=[(family, FAMILIES.get(family, "").partition(":")[0]) for family in families],
        colours=COLOURS,
        unit=unit,
        periods=periods,
        most=max((sum(period.counts) for period in periods), default=0),
        sources=_sources(tally, families),
        swaps=_swaps(tally),
        most_repaired=nlargest(ARTICLES, tally.rows),
        signature=visible_line(signature),
    )


def _row(record: Record) -> Row:
    return Row(
        len(record.edits),
        100 * len(record.edits) / max(1, record.words),
        visible_line(record.name),
        quote(record.page.encode("utf-8", "surrogatepass")),  # a path, never a scheme
        visible_line(record.source),
        record.day.isoformat() if record.day else "",
        visible_line(record.verdict.family or ""),
    )


def _periods(tally: Tally, families: Sequence[str]) -> tuple[str, list[Period]]:
    """Return the unit of time, and all its periods without gaps, with their counts by family."""
    days = sorted({day for day, _ in tally.by_day})
    if not days:
        return "day", []
    unit, names = _calendar(days[0], days[-1])
    counts = {name: Counter[str]() for name in names}
    for (day, family), count in tally.by_day.items():
        counts[_period(day, unit)][family] += count
    most = max(own.total() for own in counts.values())
    rows = [(name, [own[family] for family in families]) for name, own in counts.items()]
    return unit, [
        Period(name, PERIOD * at, row, _label(families, row), _stacked(row, 100 / most, True))
        for at, (name, row) in enumerate(rows)
    ]


def _calendar(first: datetime.date, last: datetime.date) -> tuple[str, list[str]]:
    """Return the unit of time for a plot, and the names of all periods from the first to the last day."""
    days = (last - first).days + 1
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if days <= MOST_DAYS:
        return "day", [(first + datetime.timedelta(at)).isoformat() for at in range(days)]
    if months <= MOST_MONTHS:
        starts = (first.year * 12 + first.month - 1 + at for at in range(months))
        return "month", [f"{start // 12:04}-{start % 12 + 1:02}" for start in starts]
    return "year", [f"{year:04}" for year in range(first.year, last.year + 1)]


def _period(day: datetime.date, unit: str) -> str:
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[unit]]


def _sources(tally: Tally, families: Sequence[str]) -> list[SourceRow]:
    ranked = sorted(tally.by_source.items(), key=lambda item: (-item[1].spun.total(), -item[1].articles, item[0]))
    rows = []
    for name, source in ranked[:SOURCES]:
        own = [source.spun[family] for family in families]
        bars = _stacked(own, 100 / source.articles, False)
        rows.append(SourceRow(name, source.articles, sum(own), _label(families, own), bars))
    return rows


def _stacked(counts: Sequence[int], unit: float, upright: bool) -> list[Bar]:
    """Return a bar for each family with a count, one behind the other; *upright* bars grow from 100 towards 0."""
    bars: list[Bar] = []
    done = 0.0
    for family, count in enumerate(counts):
        if count:
            size = count * unit
            start = max(0.0, 100 - done - size) if upright else done
            bars.append(Bar(min(family, COLOURS - 1), round(start, 2), round(size, 2)))
            done += size
    return bars


def _label(families: Sequence[str], counts: Sequence[int]) -> str:
    return (
        ", ".join(f"{family} {count}" for family, count in zip(families, counts, strict=True) if count) or "none spun"
    )


def _swaps(tally: Tally) -> list[dict[str, object]]:
    most = nlargest(SWAPS, tally.swaps.items(), key=lambda item: (item[1].times, item[1].articles))
    return [
        {
            "before": visible_line(before),
            "after": visible_line(after),
            "times": swap.times,
            "articles": swap.articles,
            "confidence": swap.confidence / swap.times,
            "family": visible_line(swap.families.most_common(1)[0][0]),
        }
        for (before, after), swap in most
    ]
