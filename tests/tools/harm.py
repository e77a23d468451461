"""Harm on clean text, genre by genre.

    python -m tests.tools.harm CORPORA [--limit-words N] [-n 2]

CORPORA is a folder of clean corpora (*.txt.xz, news) with genres in it (genres/*.txt.xz); of the news only articles are
read that the language model was not trained on. Nothing there should change, so every edit is false; residue of pages,
which clean copies may really have, is counted apart.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import click

from normalizer.evaluating.harm import CONTEXT, PER, CleanText, count_words, poisson_interval
from normalizer.evaluating.tables import align
from normalizer.repairing import Normalizer
from tests.tools.options import OneLine, normalizer_options
from tests.tools.processes import deal_out
from tests.tools.spinners.cases import HALVES
from tests.tools.spinners.texts import NEWS, corpus_files, documents, genre_of

BATCH = 60_000  # characters of a task
EVERYTHING = "both"


class FalseSwap(NamedTuple):
    """A false edit: where, what stood there and what was written, how sure, and the text around."""

    place: str
    before: str
    after: str
    confidence: float
    left: str
    right: str


class Batch(NamedTuple):
    """Documents of one corpus."""

    corpus: str
    news: bool
    texts: tuple[CleanText, ...]


@dataclass(frozen=True, slots=True)
class Genre:
    """What repairing the documents of one corpus changed, or of several pooled with `+`.

    documents, words, characters: read. edited, spun: documents changed, and taken for spun. residue: edits of page
    residue. seconds: of one process. edits: all others, in order.
    """

    name: str
    news: bool = False
    documents: int = 0
    words: int = 0
    characters: int = 0
    edited: int = 0
    spun: int = 0
    residue: int = 0
    seconds: float = 0.0
    edits: tuple[FalseSwap, ...] = field(default=())

    def __add__(self, other: "Genre") -> "Genre":
        """Return both together, under the name of the first."""
        summed = {
            name: getattr(self, name) + getattr(other, name)
            for name in ("documents", "words", "characters", "edited", "spun", "residue", "seconds", "edits")
        }
        return replace(self, **summed)

    @property
    def rate(self) -> float:
        """False edits per 100,000 words."""
        return len(self.edits) * PER / self.words if self.words else 0.0

    @property
    def swaps(self) -> Counter[tuple[str, str]]:
        """How often each swap was made, whatever its capitals."""
        return Counter((edit.before.lower(), edit.after.lower()) for edit in self.edits)


def measure(tool: Normalizer, batch: Batch) -> Genre:
    """Repair the documents of *batch*."""
    began = time.perf_counter()
    repairs = list(tool.repair_many(text for _, text in batch.texts))
    seconds = time.perf_counter() - began
    edits: list[FalseSwap] = []
    edited = residue = 0
    for (place, text), repair in zip(batch.texts, repairs, strict=True):
        own = [edit for edit in repair.edits if edit.kind != "residue"]
        residue += len(repair.edits) - len(own)
        edited += bool(own)
        for edit in own:
            left, right = text[max(0, edit.start - CONTEXT) : edit.start], text[edit.end : edit.end + CONTEXT]
            edits.append(FalseSwap(place, edit.before, edit.after, round(edit.confidence, 3), left, right))
    return Genre(
        name=batch.corpus,
        news=batch.news,
        documents=len(repairs),
        words=sum(count_words(text) for _, text in batch.texts),
        characters=sum(len(text) for _, text in batch.texts),
        edited=edited,
        spun=sum(repair.verdict.family is not None for repair in repairs),
        residue=residue,
        seconds=seconds,
        edits=tuple(edits),
    )


def batches(path: Path, halves: Sequence[int], limit_words: int | None) -> Iterator[Batch]:
    """Yield the documents of a corpus in batches, until there are *limit_words*."""
    name, news = path.name.partition(".")[0], genre_of(path) == NEWS
    texts: list[CleanText] = []
    size = words = 0
    for index, text in _in_order(path, halves):
        texts.append(CleanText(f"{name}:{index}", text + "\n"))
        size, words = size + len(text), words + len(text.split())
        done = limit_words is not None and words >= limit_words
        if size >= BATCH or done:
            yield Batch(name, news, tuple(texts))
            texts, size = [], 0
        if done:
            return
    if texts:
        yield Batch(name, news, tuple(texts))


def _in_order(path: Path, halves: Sequence[int]) -> Iterable[tuple[int, str]]:
    """Return the documents of several halves; of one half they are read lazily."""
    if len(halves) == 1:
        return documents(path, halves[0])
    return sorted(chain.from_iterable(documents(path, half) for half in halves))


def pooled(done: Iterable[Genre]) -> list[Genre]:
    """Return one for each corpus, in order, then news, the other genres, and all."""
    genres: dict[str, Genre] = {}
    for part in done:
        genres[part.name] = genres[part.name] + part if part.name in genres else part
    rows = list(genres.values())
    for name, own in (
        ("all news", [row for row in rows if row.news]),
        ("all other genres", [row for row in rows if not row.news]),
        ("all", rows),
    ):
        if own:
            rows = [*rows, sum(own[1:], replace(own[0], name=name))]
    return rows


HEADER = ("genre", "words", "documents", "edits", "per 100,000", "95 %", "edited", "called spun", "residue", "MB/s")


def text_report(rows: Sequence[Genre], show: int) -> str:
    """Return the table, worst genre first, and the *show* swaps made most often."""
    genres = sorted((row for row in rows if not row.name.startswith("all")), key=lambda row: -row.rate)
    totals = [row for row in rows if row.name.startswith("all")]
    parts = [align([_cells(row) for row in [*genres, *totals]], HEADER)]
    swaps = totals[-1].swaps.most_common(show) if totals else []
    if swaps:
        lines = [(f"{before} -> {after}", count, _where(genres, (before, after))) for (before, after), count in swaps]
        parts.append(align(lines, ("worst swaps", "times", "genres")))
    return "\n\n".join(parts) + "\n"


def _cells(row: Genre) -> list[object]:
    low, high = poisson_interval(len(row.edits))
    scale = PER / row.words if row.words else 0.0
    return [
        row.name,
        row.words,
        row.documents,
        len(row.edits),
        f"{row.rate:.1f}",
        f"{low * scale:.1f}-{high * scale:.1f}",
        row.edited,
        row.spun,
        row.residue,
        f"{row.characters / 1e6 / row.seconds:.3f}" if row.seconds else "-",
    ]


def _where(genres: Sequence[Genre], swap: tuple[str, str]) -> str:
    found = [(row.swaps[swap], row.name) for row in genres if row.swaps[swap]]
    return ", ".join(f"{name} {count}" for count, name in sorted(found, reverse=True)[:3])


def json_report(rows: Sequence[Genre]) -> list[dict[str, Any]]:
    """Return the same as JSON values, with every edit."""
    return [
        {**asdict(row), "rate": round(row.rate, 3), "edits": [edit._asdict() for edit in row.edits]}
        for row in rows
        if not row.name.startswith("all")
    ]


@click.command(cls=OneLine)
@click.argument("corpora", type=click.Path(path_type=Path))
@click.option("--limit-words", type=click.IntRange(1), metavar="N", help="Stop after N words of each corpus.")
@click.option("--half", "which", type=click.Choice((*HALVES, EVERYTHING)), default=EVERYTHING, help="Which documents.")
@click.option("--genre", "wanted", multiple=True, metavar="NAME", help="Only this corpus; may be given again.")
@click.option("--show", type=click.IntRange(0), default=30, show_default=True, metavar="N", help="List N swaps.")
@click.option("--json", "target", type=click.Path(path_type=Path), metavar="FILE", help="Write all edits there.")
@normalizer_options
def main(
    corpora: Path,
    limit_words: int | None,
    which: str,
    wanted: Sequence[str],
    show: int,
    target: Path | None,
    tool: Normalizer,
    processes: int,
) -> None:
    """Count false edits on clean text, genre by genre."""
    halves = tuple(HALVES.values()) if which == EVERYTHING else (HALVES[which],)
    files = [path for path in corpus_files(corpora) if not wanted or path.name.partition(".")[0] in wanted]
    if not files:
        raise click.UsageError(f"--genre: expected the name of a corpus in {corpora}, found {', '.join(wanted)}")
    tasks = chain.from_iterable(batches(path, halves, limit_words) for path in files)
    rows = pooled(deal_out(measure, tool, tasks, processes))
    if target is not None:
        target.write_text(json.dumps(json_report(rows), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(text_report(rows, show), nl=False)


if __name__ == "__main__":
    main()
