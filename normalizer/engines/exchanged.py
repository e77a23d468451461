"""What goes from process to process in a job on Ray, as pyarrow tables, and what is done with such tables.

Values are pickled where no column type of Arrow holds them: texts may have lone surrogates.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any, NamedTuple
from zlib import crc32

import pyarrow as pa

from normalizer.corpus.records import Fields, Source
from normalizer.corpus.running import batches_of
from normalizer.corpus.sources import read
from normalizer.corpus.tasks import Repairing
from normalizer.engines.shuffling import POSTINGS, groups
from normalizer.reporting.results import SPUN_FROM
from normalizer.stories import Story
from normalizer.stories.finding import MOST_CLEAN, MOST_SPUN
from normalizer.stories.store import LIKELY_SPUN

TEXT, BYTES = pa.string(), pa.binary()
ARTICLE = pa.schema([("article", TEXT), ("story", BYTES), ("words", pa.list_(TEXT))])  # words: the keys of the article
FACTS = ARTICLE.append(pa.field("fact", BYTES))  # one for each record; article: digest, null where none was read
WANTED = pa.schema([
    ("article", TEXT), ("asker", TEXT), ("rank", pa.int64()), ("suspect", pa.bool_()), ("task", BYTES),
    ("story", BYTES),
])  # fmt: skip
TASKS = pa.schema([
    ("article", TEXT), ("task", BYTES), ("others", pa.list_(TEXT)), ("suspects", pa.list_(pa.bool_())),
])  # fmt: skip
NOTES = pa.schema([("article", TEXT), ("note", TEXT)])
RESULTS = pa.schema([("result", BYTES)])
BUCKET = "bucket"  # column: of rows that are brought together


def spread(table: Any, column: str, buckets: int) -> Any:
    """Return the rows that have a value in *column*, each with the bucket that this value belongs to."""
    table = table.filter(table[column].is_valid())
    numbers = [crc32(value.encode()) % buckets for value in table[column].to_pylist()]
    return table.append_column(BUCKET, pa.array(numbers, pa.int64()))


def read_batches(table: Any, fields: Fields) -> Iterator[Any]:
    """Yield the records of a source in batches, one a row."""
    source: Source = pickle.loads(table["source"][0].as_py())
    for batch in batches_of(read(source, fields)):
        yield pa.table({"raws": pa.array([pickle.dumps(batch)], BYTES)})


def earliest(table: Any) -> Any:
    """Return ARTICLE without texts that are there twice: the earliest stands for all, see `State.add_article`."""
    order, bounds = groups(table["article"])
    stories = table["story"]
    firsts = []
    for first, last in pairwise(bounds):
        rows = order[first:last].tolist()
        firsts.append(rows[0] if len(rows) == 1 else min(rows, key=lambda row: _age(stories[row].as_py())))
    return table.take(pa.array(firsts, pa.int64())).select(ARTICLE.names)


def _age(packed: bytes) -> tuple[bool, str, str, str]:
    story: Story = pickle.loads(packed)
    return story.day is None, story.day.isoformat() if story.day else "", story.id, story.site


def postings(articles: Any) -> Any:
    """Return ARTICLE as POSTINGS: a row for each key of each."""
    rows = []
    for article, packed, words in zip(*(articles[name].to_pylist() for name in ARTICLE.names), strict=True):
        spun = pickle.loads(packed).spun
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


def _wanted(asker: str, others: Sequence[str], suspects: Sequence[bool], task: bytes | None = None) -> list[Any]:
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
    found = pa.array([stories[digest] for digest in wanted["article"].to_pylist()], BYTES)
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
        yield Asker(_story(first["story"], False), others, pickle.loads(first["task"]) if first["task"] else None)


def _story(packed: bytes, suspect: bool) -> Story:
    story: Story = pickle.loads(packed)
    return replace(story, spun=max(story.spun, SPUN_FROM)) if suspect else story
