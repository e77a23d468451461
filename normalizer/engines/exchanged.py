"""The tables (pyarrow) that a job on Ray sends from process to process, and the functions that work on them.

Values are stored as JSON, which can hold every text, lone surrogates too, and which, unlike a pickle, never runs code.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import date
from itertools import groupby, pairwise
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from normalizer.corpus.records import Fields, Source
from normalizer.corpus.running import batches_of
from normalizer.corpus.sources import read
from normalizer.corpus.state import Compared, Seen
from normalizer.corpus.tasks import Repairing, Surveyed
from normalizer.engines.missing import extra
from normalizer.engines.shuffling import POSTINGS, groups
from normalizer.reading import Prior
from normalizer.reporting.results import SPUN_FROM
from normalizer.stories import Story
from normalizer.stories.finding import MOST_CLEAN, MOST_SPUN
from normalizer.stories.store import LIKELY_SPUN

with extra("ray"):
    import pyarrow as pa

TEXT = pa.string()
ARTICLE = pa.schema([("article", TEXT), ("story", TEXT), ("words", pa.list_(TEXT))])  # words: the keys of the article
FACTS = ARTICLE.append(pa.field("fact", TEXT))  # one for each record; article: digest, null where none was read
WANTED = pa.schema([
    ("article", TEXT), ("asker", TEXT), ("rank", pa.int64()), ("suspect", pa.bool_()), ("task", TEXT),
    ("story", TEXT),
])  # fmt: skip
TASKS = pa.schema([
    ("article", TEXT), ("task", TEXT), ("others", pa.list_(TEXT)), ("suspects", pa.list_(pa.bool_())),
])  # fmt: skip
NOTES = pa.schema([("article", TEXT), ("note", TEXT)])
RESULTS = pa.schema([("result", TEXT)])
BUCKET = "bucket"  # column: of rows that are brought together


def spread(table: Any, column: str, buckets: int) -> Any:
    """Return the rows that have a value in *column*, each with the bucket that this value belongs to."""
    table = table.filter(table[column].is_valid())
    numbers = [crc32(value.encode()) % buckets for value in table[column].to_pylist()]
    return table.append_column(BUCKET, pa.array(numbers, pa.int64()))


def read_batches(rows: Mapping[str, Any], fields: Fields) -> Iterator[dict[str, Any]]:
    """Yield the records of a source in batches, one a row. rows: of NumPy, the source's fields in one row."""
    source = Source(*(each[0] for each in (rows[field.name].tolist() for field in dataclass_fields(Source))))
    for batch in batches_of(read(source, fields)):
        column = np.empty(1, dtype=object)
        column[0] = batch
        yield {"raws": column}


def earliest(table: Any) -> Any:
    """Return ARTICLE without texts that are there twice: the earliest stands for all, see `State.add_article`."""
    order, bounds = groups(table["article"])
    stories = table["story"]
    firsts = []
    for first, last in pairwise(bounds):
        rows = order[first:last].tolist()
        firsts.append(rows[0] if len(rows) == 1 else min(rows, key=lambda row: _age(story_of(stories[row].as_py()))))
    return table.take(pa.array(firsts, pa.int64())).select(ARTICLE.names)


def _age(story: Story) -> tuple[bool, str, str, str]:
    return story.day is None, story.day.isoformat() if story.day else "", story.id, story.site


def postings(articles: Any) -> Any:
    """Return ARTICLE as POSTINGS: a row for each key of each."""
    rows = []
    for article, packed, words in zip(*(articles[name].to_pylist() for name in ARTICLE.names), strict=True):
        spun = story_of(packed).spun
        rows += [{"key": key, "article": article, "keys": len(words), "spun": spun} for key in words]
    return pa.Table.from_pylist(rows, POSTINGS)


def best_of(spun: Mapping[str, float]) -> list[str]:
    """Return which articles are looked at, see `Finder`. spun: how likely each is, in the order of their scores."""
    clean = [digest for digest, own in spun.items() if own < LIKELY_SPUN][:MOST_CLEAN]
    return clean + [digest for digest, own in spun.items() if own >= LIKELY_SPUN][:MOST_SPUN]


def candidates(ranked: Any) -> Any:
    """Return RANKED as WANTED: what each article is compared with, and it itself."""
    rows = []
    for row in ranked.to_pylist():
        others = best_of(dict(zip(row["others"], row["spun"], strict=True)))
        rows += _wanted(row["article"], others, [False] * len(others))
    return pa.Table.from_pylist(rows, WANTED)


def asked(tasks: Any) -> Any:
    """Return TASKS as WANTED."""
    rows = []
    for row in tasks.to_pylist():
        rows += _wanted(row["article"], row["others"], row["suspects"], row["task"])
    return pa.Table.from_pylist(rows, WANTED)


def _wanted(asker: str, others: Sequence[str], suspects: Sequence[bool], task: str | None = None) -> list[Any]:
    own = {"article": asker, "asker": asker, "rank": -1, "task": task}
    return [own] + [
        {"article": other, "asker": asker, "rank": rank, "suspect": suspect}
        for rank, (other, suspect) in enumerate(zip(others, suspects, strict=True))
    ]


def offered(articles: Any) -> Any:
    """Return ARTICLE as WANTED, to be brought to those that ask for them."""
    return pa.Table.from_pylist(articles.select(["article", "story"]).to_pylist(), WANTED)


def brought(table: Any) -> Any:
    """Return what was asked for with the articles that were offered."""
    is_offer = table["asker"].is_null()
    offers, wanted = table.filter(is_offer), table.filter(table["asker"].is_valid())
    stories = dict(zip(offers["article"].to_pylist(), offers["story"].to_pylist(), strict=True))
    found = pa.array([stories[digest] for digest in wanted["article"].to_pylist()], TEXT)
    return wanted.set_column(wanted.schema.get_field_index("story"), "story", found).cast(WANTED)


def chosen(articles: Any, wanted: set[str]) -> Any:
    """Return the *wanted* articles, by digest."""
    return articles.filter(pa.array([digest in wanted for digest in articles["article"].to_pylist()], pa.bool_()))


class Asker(NamedTuple):
    """An article with what was brought for it: others, best first. task: its repair, if that is the matter."""

    story: Story
    others: Sequence[Story]
    task: Repairing | None


def askers(table: Any) -> Iterator[Asker]:
    """Yield the articles of WANTED with what was brought for them, by digest."""
    rows = table.sort_by([("asker", "ascending"), ("rank", "ascending")]).to_pylist()
    for _, own in groupby(rows, key=lambda row: row["asker"]):
        first, *rest = own
        others = [_story(row["story"], row["suspect"]) for row in rest]
        yield Asker(story_of(first["story"]), others, repairing_of(first["task"]) if first["task"] else None)


def _story(packed: str, suspect: bool) -> Story:
    story = story_of(packed)
    return replace(story, spun=max(story.spun, SPUN_FROM)) if suspect else story


# --- values as JSON -------------------------------------------------------------------------------------------


def packed_story(story: Story) -> str:
    """Return *story* as JSON."""
    day = story.day.isoformat() if story.day else None
    return json.dumps([story.digest, story.id, story.text, day, story.site, story.spun])


def story_of(packed: str) -> Story:
    """Return the story that was packed."""
    digest, id_, text, day, site, spun = json.loads(packed)
    return Story(digest, id_, text, date.fromisoformat(day) if day else None, site, spun)


def packed_fact(surveyed: Surveyed) -> str:
    """Return what a record holds as JSON, but for the article itself."""
    return json.dumps(surveyed._replace(keyed=None))


def fact_of(packed: str) -> Surveyed:
    """Return what was packed of a record."""
    file, number, digest, reason, passed, seen, _, note = json.loads(packed)
    return Surveyed(file, number, digest, reason, passed, seen_of(seen) if seen else None, None, note)


def seen_of(values: Sequence[Any]) -> Seen:
    """Return an article as it was first read, from a list of JSON."""
    digest, day, id_, site, words, spun, evidence, expected, kept, whole_page = values
    spans = tuple((start, end) for start, end in kept)
    return Seen(digest, day, id_, site, words, spun, tuple(evidence), expected, spans, whole_page)


def packed_compared(compared: Compared) -> str:
    """Return what was found for an article as JSON."""
    return json.dumps(compared)


def compared_of(packed: str) -> Compared:
    """Return what was packed of an article."""
    digest, found, twin, copied, clean, swaps, kept = json.loads(packed)
    return Compared(digest, tuple(found), twin, copied, clean, tuple((one, two) for one, two in swaps), kept)


def packed_repairing(task: Repairing) -> str:
    """Return how an article is to be repaired as JSON; what its site tells is still to be added."""
    return json.dumps([task.seen, task.prior[:2], task.references, task.copied, task.known])


def repairing_of(packed: str) -> Repairing:
    """Return the repair that was packed."""
    seen, (spun, families), references, copied, known = json.loads(packed)
    return Repairing(seen_of(seen), Prior(spun, tuple(families)), tuple(references), copied, known)
