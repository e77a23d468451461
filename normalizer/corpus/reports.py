"""What a run has done: a summary in words and as JSON, and pages to look at."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from normalizer.corpus.state import Seen, State
from normalizer.files import write_atomically
from normalizer.plans import Plan
from normalizer.reporting import Record, corpus_page
from normalizer.verdicts import Verdict

UNKNOWN = "unknown"  # the family of a spinner that is none of those known
ARTICLES = "articles"  # folder of the pages about articles
REFERENCES = "references"  # the field beside those of a plan: ids of the articles that served as references
MOST_SITES = 20  # in a report


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run has done.

    records: how many were read. rejected: how many could not be read. first_reject: place and reason of the first of
    these, or "". articles: different texts. suspicious: of these, how many were to be repaired. repaired: how many were
    changed. edits: how many were made. referenced: how many repaired articles had a report of their story as a
    reference. learnt: swaps that were learnt from the scrape. families: of the repaired articles. sites: those with
    most repaired articles.
    """

    records: int
    rejected: int
    first_reject: str
    articles: int
    suspicious: int
    repaired: int
    edits: int
    referenced: int
    learnt: int
    families: dict[str, int]
    sites: dict[str, int]

    def lines(self) -> list[str]:
        """Return the summary in words."""
        families = ", ".join(f"{name} {count:,}" for name, count in self.families.items())
        first = [f"the first rejected: {self.first_reject} (--rejects FILE lists all)"] if self.rejected else []
        return [
            f"{self.records:,} records, {self.rejected:,} rejected; {self.articles:,} different texts",
            *first,
            f"{self.repaired:,} repaired ({families or 'none'}) with {self.edits:,} edits, "
            f"{self.referenced:,} of them beside reports of their story",
            f"{self.learnt:,} swaps learnt from the scrape",
        ]

    def to_json(self) -> str:
        """Return the summary as JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"


def summary_of(state: State, learnt: int) -> Summary:
    """Return what the run with this *state* has done. learnt: swaps."""
    families, sites = Counter[str](), Counter[str]()
    repaired = edits = referenced = 0
    for digest, note in state.repairs():
        repaired += 1
        edits += len(note["edits"])
        referenced += bool(note[REFERENCES])
        families[note["verdict"]["family"] or UNKNOWN] += 1
        sites[state.article(digest).site or UNKNOWN] += 1
    ranked = sorted(sites.items(), key=lambda item: (-item[1], item[0]))
    rejected = sum(1 for _ in state.rejected())
    first = next((f"{file}, record {number}: {reason}" for file, number, reason in state.rejected()), "")
    return Summary(
        state.count("records"), rejected, first, state.count("articles"), state.count("suspects"),
        repaired, edits, referenced, learnt, dict(sorted(families.items())), dict(ranked[:MOST_SITES]),
    )  # fmt: skip


def plan_of(note: dict[str, Any]) -> Plan:
    """Return the plan in the field `normalizer`."""
    return Plan.from_json(json.dumps({name: value for name, value in note.items() if name != REFERENCES}))


def article_page(folder: Path, digest: str) -> Path:
    """Return the file of the page about the article with this *digest*."""
    return folder / ARTICLES / f"{digest}.html"


def write_summary_page(folder: Path, name: str, state: State) -> None:
    """Write the page that sums up a scrape, linked to those about its articles."""
    write_atomically(folder / "index.html", corpus_page(_records(state), name).encode())


def _records(state: State) -> Iterator[Record]:
    for seen in state.articles():
        note = state.repair(seen.digest)
        verdict = Verdict(0.0, None, 0.0) if note is None else Verdict(**note["verdict"])
        page = "" if note is None else f"{ARTICLES}/{seen.digest}.html"
        edits = () if note is None else plan_of(note).edits
        yield Record(seen.id, page, seen.site, _day(seen), verdict, seen.words, edits)


def _day(seen: Seen) -> date | None:
    return date.fromisoformat(seen.day) if seen.day else None
