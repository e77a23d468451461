"""The story store: articles in one SQLite file, found by the keys that they share with another.

An article is its text: the same text twice is one article, whatever it came with. The keys lie in a full-text index
(FTS5) that holds no text of its own, how many articles hold each of them in a table beside it, so that a look-up can
leave out what many hold before it costs anything. All that is asked of a store follows from the set of its articles,
never from the order in which they came.

The file is in write-ahead mode: any number of processes read while one writes, and what a transaction had written
when its process was killed is as if it had never been.
"""

import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from normalizer.errors import StoreError

MAGIC = b"SQLite format 3\0"
APPLICATION = 0x4E53544F  # "NSTO": the number by which SQLite files say whose they are
SCHEMA = 1  # changes whenever tables or keys do
NO_DAY = date.max.toordinal()  # stands for a day that nobody knows, so that any other comes before it
LIKELY_SPUN = 0.5  # probability from which an article counts as spun
BATCH = 1000  # articles that are written in one transaction
MOST_MARKS = 10_000  # values of one statement; SQLite takes 32,766
PATIENCE = 60.0  # seconds that one waits for another that writes
REMEDY = "name another file, or move this one away and add the articles again"
BUSY = "check the folder, the disk, the permissions, and whether another process holds the file, then run it again"

# The tokeniser takes keys as they are: letters and figures, a stop or comma in a number, anything beyond ASCII.
TABLES = """
    CREATE TABLE articles (
        number INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        id TEXT NOT NULL,
        day INTEGER NOT NULL,
        site TEXT NOT NULL,
        spun REAL NOT NULL
    );
    CREATE TABLE texts (number INTEGER PRIMARY KEY, text BLOB NOT NULL);
    CREATE TABLE rarity (key TEXT PRIMARY KEY, articles INTEGER NOT NULL) WITHOUT ROWID;
    CREATE VIRTUAL TABLE keys USING fts5(key, content='', tokenize="ascii tokenchars '.,'");
"""


@dataclass(frozen=True, slots=True)
class Story:
    """An article among others. Make it by `Story.of`.

    digest: of its text. id: what its owner calls it. day: on which it appeared, if that is known. site: which
    published it, "" if that is not known. spun: how likely it is spun (0..1).
    """

    digest: str
    id: str
    text: str
    day: date | None = None
    site: str = ""
    spun: float = 0.0

    @classmethod
    def of(cls, text: str, id: str, day: date | None = None, site: str = "", spun: float = 0.0) -> Self:
        """Return the article with this *text*."""
        return cls(digest_of(text), id, text, day, site, spun)

    @property
    def looks_spun(self) -> bool:
        """Whether it is rather spun than not."""
        return self.spun >= LIKELY_SPUN


class Keyed(NamedTuple):
    """An article and its keys, which are distinct."""

    story: Story
    keys: Sequence[str]


class Match(NamedTuple):
    """An article that shares keys with another. number: in the file. score: BM25, more is better. spun: see `Story`."""

    number: int
    digest: str
    score: float
    spun: float


class Stats(NamedTuple):
    """What a store holds. first, last: days. sites: how many. size: bytes on disk. spun: how many look spun."""

    articles: int
    first: date | None
    last: date | None
    sites: int
    size: int
    spun: int


def digest_of(text: str) -> str:
    """Return the digest by which *text* is known: 32 hexadecimal figures."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Articles(Protocol):
    """What `Finder` searches: a `StoryStore`, or whatever else answers the same questions in the same way."""

    def __len__(self) -> int:
        """Return how many articles there are."""

    def __contains__(self, digest: str) -> bool:
        """Say whether the text with this *digest* is there."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Read the articles as they are now."""

    def holders(self, keys: Iterable[str]) -> dict[str, int]:
        """Return how many articles hold each of *keys*, for those that any holds."""

    def search(self, keys: Iterable[str], most: int) -> list[Match]:
        """Return the articles that hold any of *keys*, best first by BM25, equals by their digests; at most so many."""

    def stories(self, numbers: Iterable[int]) -> dict[int, Story]:
        """Return the articles with these *numbers*, by number."""

    def story(self, digest: str) -> Story:
        """Return the article with this *digest*. Raises KeyError without one."""


class StoryStore:
    """The articles of a file. Open it where it is used: a connection belongs to one thread of one process.

    path: of the file.
    """

    def __init__(self, path: Path | str, *, writable: bool = True) -> None:
        """Open the store at *path*; if it is to be *writable*, it is made where there is none.

        Raises StoreError for a file that is no store, that another version of normalizer made, or that cannot be
        opened.
        """
        self.path = Path(path)
        _require_ours(self.path, writable)
        with self._told():
            self._connection = _connected(self.path, writable)
        try:
            self._prepare(writable)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __len__(self) -> int:
        """Return how many articles there are."""
        with self._told():
            # They are numbered from 1 on and none is ever taken out; to count them takes the longer the more there are.
            return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM articles").fetchone()[0])

    def __contains__(self, digest: str) -> bool:
        """Say whether the text with this *digest* is there."""
        with self._told():
            query = "SELECT 1 FROM articles WHERE digest = ?"
            return self._connection.execute(query, (bytes.fromhex(digest),)).fetchone() is not None

    def add(self, articles: Iterable[Keyed]) -> int:
        """Add *articles* and return how many are new; of a text that is there twice the earliest (day, id) is kept.

        Each BATCH is on the disk as a whole or not at all. Raises StoreError where the file cannot be written.
        """
        added, batch = 0, list[Keyed]()
        for article in articles:
            batch.append(article)
            if len(batch) == BATCH:
                added += self._add(batch)
                batch = []
        return added + self._add(batch)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read the store as it is now, whatever others add meanwhile."""
        with self._told():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def holders(self, keys: Iterable[str]) -> dict[str, int]:
        """Return how many articles hold each of *keys*, for those that any holds."""
        with self._told():
            return dict(self._chosen("SELECT key, articles FROM rarity WHERE key", sorted(set(keys))))

    def search(self, keys: Iterable[str], most: int) -> list[Match]:
        """Return the articles that hold any of *keys*, best first by BM25, equals by their digests; at most so many.

        Costs time for every article that holds one of *keys*: ask `holders` first.
        """
        wanted = sorted(set(keys))
        if not wanted or most < 1:
            return []
        query = " OR ".join(f'"{key}"' for key in wanted)
        with self._told():
            rows = self._connection.execute(
                "SELECT bm25(keys), rowid FROM keys WHERE keys MATCH ?", (query,)
            ).fetchall()
            rows.sort()
            # Those that are as good as the last one may come in any order of numbers, which is that of adding.
            last = rows[most - 1][0] if len(rows) > most else 0.0
            near = {number: rank for rank, number in rows if rank <= last}
            facts = list(self._chosen("SELECT number, digest, spun FROM articles WHERE number", list(near)))
        found = [Match(number, digest.hex(), -near[number], spun) for number, digest, spun in facts]
        return sorted(found, key=lambda match: (-match.score, match.digest))[:most]

    def stories(self, numbers: Iterable[int]) -> dict[int, Story]:
        """Return the articles with these *numbers*, by number."""
        query = "SELECT number, digest, id, text, day, site, spun FROM articles JOIN texts USING (number) WHERE number"
        with self._told():
            return {number: _story(*row) for number, *row in self._chosen(query, sorted(set(numbers)))}

    def _chosen(self, query: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a *query* whose last column is one of *values*."""
        for start in range(0, len(values), MOST_MARKS):
            part = values[start : start + MOST_MARKS]
            yield from self._connection.execute(f"{query} IN ({','.join('?' * len(part))})", part)

    def story(self, digest: str) -> Story:
        """Return the article with this *digest*. Raises KeyError without one."""
        query = "SELECT digest, id, text, day, site, spun FROM articles JOIN texts USING (number) WHERE digest = ?"
        with self._told():
            row = self._connection.execute(query, (bytes.fromhex(digest),)).fetchone()
        if row is None:
            raise KeyError(digest)
        return _story(*row)

    def mark_spun(self, spun: Iterable[tuple[str, float]]) -> None:
        """Note of some articles, by digest, how likely they are spun, where that is more than was known."""
        with self._told(), self._transaction():
            self._connection.executemany(
                "UPDATE articles SET spun = ?1 WHERE digest = ?2 AND spun < ?1",
                ((probability, bytes.fromhex(digest)) for digest, probability in spun),
            )

    def stats(self) -> Stats:
        """Return what the store holds."""
        with self._told():
            count, first, last, sites, spun = self._connection.execute(
                "SELECT count(*), min(day), max(CASE WHEN day < ? THEN day END), count(DISTINCT nullif(site, '')), "
                "count(CASE WHEN spun >= ? THEN 1 END) FROM articles",
                (NO_DAY, LIKELY_SPUN),
            ).fetchone()
        files = (self.path.with_name(self.path.name + end) for end in ("", "-wal"))
        size = sum(file.stat().st_size for file in files if file.exists())
        return Stats(count, _date(first), _date(last), sites, size, spun)

    def _prepare(self, writable: bool) -> None:
        """Make the tables of a new file. Raises StoreError for a file of another kind or version."""
        with self._told():
            (application,), (schema,), (tables,) = (
                self._connection.execute(query).fetchone()
                for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
            )
            if not (application or schema or tables) and writable:
                self._create()
                application, schema = APPLICATION, SCHEMA
        if application != APPLICATION:
            raise _foreign(self.path, "a database of another program")
        if schema != SCHEMA:
            raise StoreError(
                f"{self.path}: expected a story store of format {SCHEMA}, found format {schema}, which "
                f"{'a newer' if schema > SCHEMA else 'an older'} version of normalizer wrote; {REMEDY}"
            )
        if writable:
            with self._told():
                self._connection.execute("PRAGMA journal_mode = WAL")

    def _create(self) -> None:
        """Make the tables in one transaction; another process that is about to do so, too, waits and finds them."""
        with self._transaction():
            if not self._connection.execute("PRAGMA application_id").fetchone()[0]:
                for statement in TABLES.split(";"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
                self._connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def _add(self, batch: Sequence[Keyed]) -> int:
        """Add a batch in one transaction and return how many articles are new."""
        if not batch:
            return 0
        held: Counter[str] = Counter()
        new = 0
        with self._told(), self._transaction():
            for story, keys in batch:
                number = self._inserted(story)
                if number is not None:
                    new += 1
                    held.update(keys)
                    self._connection.execute("INSERT INTO keys (rowid, key) VALUES (?, ?)", (number, " ".join(keys)))
            self._connection.executemany(
                "INSERT INTO rarity VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET articles = articles + excluded.articles",
                sorted(held.items()),
            )
        return new

    def _inserted(self, story: Story) -> int | None:
        """Insert *story* and return its number; of one that is there keep what comes first, and return None."""
        day = NO_DAY if story.day is None else story.day.toordinal()
        digest, facts = bytes.fromhex(story.digest), (day, _plain(story.id), _plain(story.site), story.spun)
        row = self._connection.execute(
            "INSERT INTO articles (digest, day, id, site, spun) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (digest) DO NOTHING RETURNING number",
            (digest, *facts),
        ).fetchone()
        if row is None:
            self._connection.execute(
                "UPDATE articles SET (day, id, site, spun) = (?1, ?2, ?3, ?4) "
                "WHERE digest = ?5 AND (?1, ?2, ?3, ?4) < (day, id, site, spun)",
                (*facts, digest),
            )
            return None
        self._connection.execute("INSERT INTO texts VALUES (?, ?)", (row[0], _packed(story.text)))
        return int(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make all changes or none; another process that writes is waited for."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite has to complain of into StoreErrors that name the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{self.path}: expected to read and write a story store, found: {error}; {BUSY}"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: expected a whole story store, found: {error}; {REMEDY}") from error


def _require_ours(path: Path, writable: bool) -> None:
    """Raise StoreError, before SQLite touches it, for what is no file of SQLite, or is not there to be read."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except FileNotFoundError as error:
        if writable:
            return
        raise StoreError(
            f"{path}: expected a story store, found no such file; make one: normalizer stories add {path} FILE..."
        ) from error
    except OSError as error:
        raise StoreError(f"{path}: expected a story store, found: {error.strerror}; name a file") from error
    if head != MAGIC and (head or not writable):
        raise _foreign(path, f"a file that starts with {head!r}")


def _foreign(path: Path, found: str) -> StoreError:
    return StoreError(f"{path}: expected a story store of normalizer, found {found}; it is left as it is: {REMEDY}")


def _connected(path: Path, writable: bool) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if writable else 'ro'}"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _plain(text: str) -> str:
    """Return *text* without lone surrogates, which JSON may hold and UTF-8 does not."""
    return text.encode("utf-8", "backslashreplace").decode()


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def _story(digest: bytes, id: str, text: bytes, day: int, site: str, spun: float) -> Story:
    return Story(digest.hex(), id, zlib.decompress(text).decode("utf-8", "surrogatepass"), _date(day), site, spun)


def _date(day: int | None) -> date | None:
    return None if day is None or day == NO_DAY else date.fromordinal(day)
