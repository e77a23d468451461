"""What a run over a scrape has done so far: one SQLite file beside its output, from which the same command goes on.

Every result is stored under what it was made from (the place of a record, the digest of a text), in the transaction
that marks it as done. A run that is killed loses only the tasks that were in progress.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from normalizer.errors import CorpusError
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.reading import Prior
from normalizer.synonyms import Swaps

FORMAT = "2"  # changes whenever a state of an older version cannot be continued
ROWS = 500  # fetched at a time
SCHEMA = """
create table if not exists facts(name text primary key, value text not null) without rowid;
create table if not exists sources(file text primary key, records integer not null) without rowid;
create table if not exists records(
    file text not null, number integer not null, digest text, reason text, passed integer not null,
    primary key(file, number)) without rowid;
create table if not exists articles(
    digest text primary key, day text not null, id text not null, site text not null, words integer not null,
    spun real not null, evidence text not null, expected real not null, kept text not null, page integer not null)
    without rowid;
create table if not exists compared(
    digest text primary key, found text not null, twin text not null, copied integer not null, clean integer not null,
    swaps text not null, kept text not null) without rowid;
create index if not exists by_site on articles(site);
create table if not exists told(
    site text not null, spun text not null, original text not null, nats real not null,
    primary key(site, spun, original)) without rowid;
create table if not exists sites(
    name text primary key, articles integer not null, spun integer not null, evidence text not null,
    expected real not null) without rowid;
create table if not exists suspects(digest text primary key, prior text not null, known integer not null) without rowid;
create table if not exists repairs(digest text primary key, note text) without rowid;
"""


class Seen(NamedTuple):
    """An article as it was first read.

    digest: of its text. day: ISO date, or "". words: in it. spun: probability. evidence, expected: what it says of its
    spinner's family, see `features.family_evidence`. kept, whole_page: see `reading.Job`.
    """

    digest: str
    day: str
    id: str
    site: str
    words: int
    spun: float
    evidence: tuple[float, ...]
    expected: float
    kept: tuple[tuple[int, int], ...] = ()
    whole_page: bool = False


class Known(NamedTuple):
    """What is known of a record.

    digest: of its text, None if it was not read. passed: whether a record that was not read is passed on as it came.
    """

    digest: str | None
    passed: bool


class Compared(NamedTuple):
    """What was found for an article.

    found: digests of reports of its story, best first. twin: digest of the report that is the same but for short
    differences, or "". copied: whether it is a spun copy of its twin. clean: whether, besides, the twin shows no
    sign of being spun itself. swaps, kept: of such a copy, see `comparing.swapped_words`.
    """

    digest: str
    found: tuple[str, ...] = ()
    twin: str = ""
    copied: bool = False
    clean: bool = False
    swaps: Sequence[tuple[str, str]] = ()
    kept: Sequence[str] = ()


class Suspect(NamedTuple):
    """What is known beforehand of an article that is to be repaired.

    known: whether its spinner is of a family that the lexicon knows.
    """

    prior: Prior
    known: bool = False


@dataclass
class Site:
    """What the articles of a site show.

    articles: how many there are. spun: how many of them are spun. evidence, expected: sums of what they say of their
    spinner's family, see `features.family_evidence`.
    """

    articles: int = 0
    spun: int = 0
    evidence: list[float] = field(default_factory=lambda: [0.0] * len(FAMILY_NAMES))
    expected: float = 0.0

    def add(self, seen: Seen, spun: bool) -> None:
        """Count an article."""
        self.articles += 1
        if spun:
            self.spun += 1
            self.evidence = [have + more for have, more in zip(self.evidence, seen.evidence, strict=True)]
            self.expected += seen.expected


class State:
    """The state of one run; to be used in the thread that opened it."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        """Open the state in the file at *path*; if it is to be *writable*, begin one where there is none.

        Raises CorpusError.
        """
        self.path = path
        try:
            if not writable:
                self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
                self._base.execute("select name from facts").fetchone()
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path)
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = normal")
            self._base.executescript(SCHEMA)
        except (OSError, sqlite3.DatabaseError) as error:
            raise CorpusError(
                f"{path}: expected the state of a run or room for it, found: {error}; delete it, or name another output"
            ) from error

    @classmethod
    def of_run(cls, path: Path, signature: str) -> tuple[Self, bool]:
        """Return the state of the run with this *signature*, and whether that of another run was removed for it."""
        state = cls(path)
        known = state.fact("signature")
        whole = f"{FORMAT} {signature}"
        if known == whole:
            return state, False
        if known is not None:
            state.close()
            remove_database(path)
            state = cls(path)
        state.set_fact("signature", whole)
        state.commit()
        return state, known is not None

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def commit(self) -> None:
        """Make what was written part of the file."""
        self._base.commit()

    def fact(self, name: str) -> str | None:
        """Return what is kept under *name*."""
        row = self._base.execute("select value from facts where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Keep *value* under *name*."""
        self._base.execute("insert or replace into facts values (?, ?)", (name, value))

    def forget_written(self) -> None:
        """Forget which files have been written, so that a kept run can be written anew."""
        self._base.execute("delete from facts where name glob 'written *'")

    # --- the records of the sources

    def records_of(self, file: str) -> int:
        """Return how many records of the source *file* have been read."""
        row = self._base.execute("select records from sources where file = ?", (file,)).fetchone()
        return 0 if row is None else int(row[0])

    def read(self, file: str, records: int) -> None:
        """Note that so many *records* of the source *file* have been read."""
        self._base.execute("insert or replace into sources values (?, ?)", (file, records))

    def add_record(self, file: str, number: int, digest: str | None, reason: str | None, *, passed: bool) -> None:
        """Note the digest of a record's text, or why it was not read, and whether it is *passed* on even so."""
        self._base.execute(
            "insert or replace into records values (?, ?, ?, ?, ?)", (file, number, digest, reason, passed)
        )

    def record(self, file: str, number: int) -> Known | None:
        """Return what is known of a record, None if nothing is."""
        query = "select digest, passed from records where file = ? and number = ?"
        row = self._base.execute(query, (file, number)).fetchone()
        return None if row is None else Known(row[0], bool(row[1]))

    def rejected(self) -> Iterator[tuple[str, int, str]]:
        """Yield the place and the reason of every record that was rejected, in order."""
        query = "select file, number, reason from records where reason is not null order by file, number"
        yield from self._base.execute(query)

    # --- articles

    def add_article(self, seen: Seen) -> None:
        """Note an article; of a text that comes several times the earliest one is kept, in whatever order they come."""
        self._base.execute(
            """insert into articles values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict(digest) do update set day = excluded.day, id = excluded.id, site = excluded.site
            where (excluded.day = '', excluded.day, excluded.id, excluded.site) < (day = '', day, id, site)""",
            (*seen[:6], json.dumps(seen.evidence), seen.expected, json.dumps(seen.kept), seen.whole_page),
        )

    def article(self, digest: str) -> Seen:
        """Return the article with this *digest*. Raises KeyError."""
        row = self._base.execute("select * from articles where digest = ?", (digest,)).fetchone()
        if row is None:
            raise KeyError(digest)
        return _seen(row)

    def has_article(self, digest: str) -> bool:
        """Say whether there is an article with this *digest*."""
        return self._base.execute("select 1 from articles where digest = ?", (digest,)).fetchone() is not None

    def articles(self) -> Iterator[Seen]:
        """Yield all articles by digest."""
        yield from map(_seen, self._by_digest("select * from articles where digest > ?"))

    def uncompared(self) -> Iterator[Seen]:
        """Yield the articles that have not been compared, by digest."""
        query = "select * from articles where digest > ? and digest not in (select digest from compared)"
        yield from map(_seen, self._by_digest(query))

    def add_compared(self, compared: Compared) -> None:
        """Note what was found for an article."""
        lists = json.dumps(compared.swaps), json.dumps(compared.kept)
        row = compared.digest, json.dumps(compared.found), compared.twin, compared.copied, compared.clean, *lists
        self._base.execute("insert or replace into compared values (?, ?, ?, ?, ?, ?, ?)", row)

    def compared(self, digest: str) -> Compared:
        """Return what was found for the article with this *digest*; an empty value if it was not compared."""
        row = self._base.execute("select * from compared where digest = ?", (digest,)).fetchone()
        return Compared(digest) if row is None else _compared(row)

    def all_compared(self) -> Iterator[Compared]:
        """Yield what was found for all articles by digest."""
        yield from map(_compared, self._by_digest("select * from compared where digest > ?"))

    # --- sites

    def add_site(self, name: str, site: Site) -> None:
        """Note what the articles of a site show."""
        row = name, site.articles, site.spun, json.dumps(site.evidence), site.expected
        self._base.execute("insert or replace into sites values (?, ?, ?, ?, ?)", row)

    def site(self, name: str) -> Site | None:
        """Return what the articles of a site show, None for an unknown site."""
        query = "select articles, spun, evidence, expected from sites where name = ?"
        row = self._base.execute(query, (name,)).fetchone()
        return None if row is None else Site(row[0], row[1], json.loads(row[2]), row[3])

    def copying_sites(self) -> list[str]:
        """Return the sites that have copies of clean texts, in order."""
        query = "select distinct site from articles join compared using(digest) where clean and site <> '' order by 1"
        return [site for (site,) in self._base.execute(query)]

    def copies_of(self, site: str) -> Iterator[Compared]:
        """Yield what was found for the articles of a *site* that are copies of clean texts, by digest."""
        query = "select compared.* from articles join compared using(digest) where site = ? and clean order by digest"
        yield from map(_compared, self._base.execute(query, (site,)))

    def tell(self, site: str, swaps: Swaps) -> None:
        """Note what is known of the *swaps* of a site's spinner."""
        rows = ((site, spun, original, nats) for (spun, original), nats in swaps.items())
        self._base.executemany("insert or replace into told values (?, ?, ?, ?)", rows)

    def all_told(self) -> dict[str, dict[str, dict[tuple[str, str], float]]]:
        """Return what is known of all sites' swaps: by site, then by what is written."""
        found: dict[str, dict[str, dict[tuple[str, str], float]]] = {}
        for site, spun, original, nats in self._base.execute("select * from told order by site, spun, original"):
            found.setdefault(site, {}).setdefault(spun, {})[spun, original] = nats
        return found

    def told(self, site: str, words: Iterable[str]) -> dict[tuple[str, str], float]:
        """Return what is known of the swaps of a site's spinner that write one of *words*."""
        query = "select spun, original, nats from told where site = ? and spun = ? order by original"
        rows = (row for word in sorted(set(words)) for row in self._base.execute(query, (site, word)))
        return {(spun, original): nats for spun, original, nats in rows}

    # --- those that are repaired

    def suspect(self, digest: str, prior: Prior, *, known: bool = False) -> None:
        """Note that an article is to be repaired, and what is known of it, see `Suspect`; replaces an earlier note."""
        self._base.execute("delete from repairs where digest = ?", (digest,))
        row = digest, json.dumps([prior.spun, prior.families]), known
        self._base.execute("insert or replace into suspects values (?, ?, ?)", row)

    def is_suspect(self, digest: str) -> bool:
        """Say whether an article is to be repaired."""
        return self._base.execute("select 1 from suspects where digest = ?", (digest,)).fetchone() is not None

    def suspicion(self, digest: str) -> Suspect | None:
        """Return what is known beforehand of an article that is to be repaired, None for any other."""
        row = self._base.execute("select prior, known from suspects where digest = ?", (digest,)).fetchone()
        if row is None:
            return None
        spun, families = json.loads(row[0])
        return Suspect(Prior(spun, tuple(families)), bool(row[1]))

    def suspects(self) -> Iterator[str]:
        """Yield the articles that are to be repaired, or were, by digest."""
        for (digest,) in self._by_digest("select digest from suspects where digest > ?"):
            yield digest

    def unrepaired(self) -> Iterator[str]:
        """Yield the articles that are still to be repaired, by digest."""
        query = "select digest from suspects where digest > ? and digest not in (select digest from repairs)"
        for (digest,) in self._by_digest(query):
            yield digest

    # --- repairs

    def add_repair(self, digest: str, note: Mapping[str, Any] | None) -> None:
        """Note the repair of an article, None if nothing is to be repaired."""
        self._base.execute(
            "insert or replace into repairs values (?, ?)", (digest, None if note is None else json.dumps(note))
        )

    def repairs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the articles that have a repair, by digest, with the note on it."""
        for digest, note in self._by_digest("select * from repairs where digest > ? and note is not null"):
            yield digest, json.loads(note)

    def repair(self, digest: str) -> dict[str, Any] | None:
        """Return the note on an article's repair, None if it has none."""
        row = self._base.execute("select note from repairs where digest = ?", (digest,)).fetchone()
        return None if row is None or row[0] is None else json.loads(row[0])

    def _by_digest(self, query: str) -> Iterator[Any]:
        """Yield the rows of a *query* for those behind a digest, some at a time: others may be written meanwhile."""
        last = ""
        while rows := self._base.execute(f"{query} order by digest limit {ROWS}", (last,)).fetchall():
            yield from rows
            last = rows[-1][0]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self._base.execute(f"select count(*) from {table}").fetchone()[0])


def remove_database(path: Path) -> None:
    """Remove the SQLite file at *path*, if it is there, with what lies beside it."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _seen(row: Sequence[Any]) -> Seen:
    digest, day, id_, site, words, spun, evidence, expected, kept, page = row
    spans = tuple((start, end) for start, end in json.loads(kept))
    return Seen(digest, day, id_, site, words, spun, tuple(json.loads(evidence)), expected, spans, bool(page))


def _compared(row: Sequence[Any]) -> Compared:
    swaps = tuple((spun, original) for spun, original in json.loads(row[5]))
    return Compared(row[0], tuple(json.loads(row[1])), row[2], bool(row[3]), bool(row[4]), swaps, json.loads(row[6]))
