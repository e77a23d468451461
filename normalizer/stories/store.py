"""The story store: articles in one SQLite file, found by the keys that they share with another text.

An article is identified by its text: the same text with another id or day is the same article. The keys lie in a
full-text index (FTS5) that holds no text of its own. A table beside it says how many articles hold each key, so that a
look-up can leave out common keys before they cost time. What a store answers depends on the set of its articles, not on
the order in which they were added.

The file is in write-ahead mode: any number of processes can read while one writes, and if a process is killed, the
transaction that it had begun is undone.
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
NO_DAY = date.max.toordinal()  # stands for an unknown day, so that every known day comes before it
LIKELY_SPUN = 0.5  # probability from which an article counts as spun
BATCH = 1000  # articles that are written in one transaction
MOST_MARKS = 10_000  # values in one statement; SQLite takes 32,766
PATIENCE = 60.0  # seconds to wait for another process that writes
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

    digest: of its text, see `digest_of`. id: the caller's name for it. day: on which it appeared, None if unknown.
    site: which published it, "" if unknown. spun: probability that it is spun (0 to 1).
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
        """Whether its probability of being spun is at least LIKELY_SPUN."""
        return self.spun >= LIKELY_SPUN


class Keyed(NamedTuple):
    """An article and its keys, which are distinct."""

    story: Story
    keys: Sequence[str]


class Match(NamedTuple):
    """An article that holds some of the keys searched for.

    number: of the article in the file. score: BM25, higher is better. spun: see `Story`.
    """

    number: int
    digest: str
    score: float
    spun: float


class Stats(NamedTuple):
    """What a store holds.

    articles, sites: how many. first, last: the earliest and latest day, None if no day is known. size: bytes on disk.
    spun: how many articles look spun.
    """

    articles: int
    first: date | None
    last: date | None
    sites: int
    size: int
    spun: int


def digest_of(text: str) -> str:
    """Return the digest by which *text* is known: 32 hexadecimal digits."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Articles(Protocol):
    """What `Finder` searches: a `StoryStore`, or another collection with the same methods and results."""

    def __len__(self) -> int:
        """Return how many articles there are."""

    def __contains__(self, digest: str) -> bool:
        """Say whether the text with this *digest* is there."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Return a context in which all reads see the articles as they are now."""

    def holders(self, keys: Iterable[str]) -> dict[str, int]:
        """Return how many articles hold each of *keys*, for those that any holds."""

    def search(self, keys: Iterable[str], most: int) -> list[Match]:
        """Return the articles that hold any of *keys*, best first by BM25, equals by their digests; at most so many."""

    def stories(self, numbers: Iterable[int]) -> dict[int, Story]:
        """Return the articles with these *numbers*, by number."""

    def story(self, digest: str) -> Story:
        """Return the article with this *digest*. Raises KeyError without one."""


class StoryStore:
    """The articles of a file. Open it in the thread that uses it: a connection belongs to one thread of one process.

    path: of the file.
    """

    def __init__(self, path: Path | str, *, writable: bool = True) -> None:
        """Open the store at *path*. writable: whether articles can be added; a store that does not exist is then made.

        Raises StoreError for a file that is not a store, that another version of normalizer made, or that cannot be
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
            # Articles are numbered from 1 and never removed; count(*) would take time in proportion to their number.
            return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM articles").fetchone()[0])

    def __contains__(self, digest: str) -> bool:
        """Say whether the text with this *digest* is there."""
        with self._told():
            query = "SELECT 1 FROM articles WHERE digest = ?"
            return self._connection.execute(query, (bytes.fromhex(digest),)).fetchone() is not None

    def add(self, articles: Iterable[Keyed]) -> int:
        """Add *articles* and return how many are new; of one text the least (day, id, site, spun) is kept.

        Each BATCH is written as a whole or not at all. Raises StoreError if the file cannot be written.
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
        """Return a context in which all reads see the store as it is now, whatever other processes add."""
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

        The time grows with the number of articles that hold any of *keys*, which `holders` tells.
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
            # Of articles with equal scores the digest decides: their numbers depend on the order of adding.
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
        """Raise the probability of being spun of some articles, given as (digest, probability), to at least that."""
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
        """Make the tables in one transaction; another process that wants to make them waits, and finds them made."""
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
        """Insert *story* and return its number; if its text is there already, keep the least facts and return None."""
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
        """Make all changes or none, after waiting for any other process that writes."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of SQLite into StoreErrors that name the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{self.path}: expected to read and write a story store, found: {error}; {BUSY}"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: expected a whole story store, found: {error}; {REMEDY}") from error


def _require_ours(path: Path, writable: bool) -> None:
    """Raise StoreError for a file that is not SQLite's or that is missing, before SQLite opens it."""
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
