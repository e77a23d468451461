"""Scrapy: an item pipeline that repairs the text of items while they are scraped.

    ITEM_PIPELINES = {"normalizer.engines.scrapy.NormalizerPipeline": 300}

is all that is needed. Texts are repaired in a thread of their own, so that downloads go on meanwhile; items that queue
up are read side by side. Items of any kind that Scrapy takes come out with their text repaired and a field
`normalizer`: the repair as `normalizer corpus` writes it, of a text that needs none the verdict alone. An item that
cannot be repaired passes on as it came.

Reports of an item's story are looked for among the items scraped before. Spun items without a clean one are held, and
looked at again when the spider closes: the item is then changed in place, `item_repaired_late` is sent, and the file of
NORMALIZER_LATE holds it. By then it has been passed on; keeping it back until all is scraped cannot be done, since
Scrapy calls no spider idle while a pipeline holds an item of it, and stops downloading when too many wait. What other
pipelines do to the text belongs before this one: a late repair is made of the text as it came here.

Settings, all beginning with NORMALIZER_:

- TEXT, ID, DATE, URL, SOURCE: fields of an item, "a.b" for one inside another; "text", "id", "date", "url", "source".
- STORIES: file of a story store, in which reports are looked for; by default one that the crawl makes and throws away.
- REMEMBER: whether items are added to it, True by default. If it is False and no store is named, texts are repaired
  each by itself.
- REFERENCES, in place of a store: field with the clean reports of an item's story, a text or a list of texts.
- KEPT, in place of a store: folder of a run of `normalizer corpus --keep`.
- SECOND_LOOKS: how many items are held at most, 10,000 by default.
- LATE: JSON Lines file for the items repaired late, replaced as a whole when the spider closes.
- MIN_CONFIDENCE, PROTECT, IGNORE, LEXICONS, MODEL, ASSOCIATION, CONTEXT, WEIGHTS, LONGEST: as for `normalizer corpus`.

A wrong setting ends the crawl before it begins, with an error that names it. Statistics: normalizer/read, spun,
repaired, edits, referenced, unread, errors, second_look, second_look_missed (items that were too many to be held) and
repaired_late.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self, TypeVar

from normalizer.corpus.fields import text_of
from normalizer.corpus.records import FIELD, line_of
from normalizer.engines.repairer import Fielded, Outcome, Repairer
from normalizer.errors import InputError, MissingExtraError, NormalizerError
from normalizer.files import require_writable, write_atomically
from normalizer.repairing import Settings
from normalizer.stories import StoryStore

try:
    from itemadapter import ItemAdapter
    from scrapy import signals
    from scrapy.crawler import Crawler
    from scrapy.exporters import JsonLinesItemExporter
    from scrapy.settings import BaseSettings
    from scrapy.utils.asyncio import is_asyncio_available
    from twisted.internet.defer import Deferred
except ImportError as error:
    raise MissingExtraError(
        f"normalizer.engines.scrapy: expected Scrapy 2.14 or later, found: {error}; pip install 'normalizer[scrapy]'"
    ) from error

logger = logging.getLogger(__name__)

item_repaired_late = object()
"""Signal: an item that was passed on is repaired better, now that a report of its story was scraped.

Sent with *item*, changed in place, and *spider*, when the spider closes; handlers may be coroutines. Pipelines close at
the same time: what a handler writes to should be closed at Scrapy's signal `spider_closed`, which comes after.
"""

PREFIX = "NORMALIZER_"
STATISTICS = "normalizer/"
HELD = 10_000  # items, unless a setting says otherwise

Result = TypeVar("Result")


class NormalizerPipeline:
    """Repairs the text of items. Made by Scrapy, for one spider; see the module for its settings."""

    def __init__(self, crawler: Crawler) -> None:
        """Read the settings of *crawler*. Raises InputError that names a wrong one."""
        self._crawler = crawler
        self._setup = _setup(crawler.settings)
        self._resources = ExitStack()
        self._held: dict[int, _Held] = {}  # by the identity of the item
        self._told: set[object] = set()
        crawler.signals.connect(self._let_go, signals.item_dropped)
        crawler.signals.connect(self._let_go, signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of *crawler*, as Scrapy asks for it."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Load the tables and open the story store. Raises a NormalizerError for files that cannot be read."""
        repairer = self._setup.repairer
        if self._setup.makes_store:
            folder = TemporaryDirectory(prefix="normalizer-", ignore_cleanup_errors=True)
            repairer = replace(repairer, stories=Path(self._resources.enter_context(folder)) / "stories", remember=True)
        self._fields = repairer.fields
        self._reader = self._resources.enter_context(_Reader(repairer))
        try:
            await _result(self._reader.run(_prepare, repairer))
        except BaseException:
            self._resources.close()
            raise

    async def process_item(self, item: Any) -> Any:
        """Return *item*, repaired if it can be."""
        try:
            await self._repair(item)
        except Exception as error:
            self._failed(error)
        return item

    async def close_spider(self) -> None:
        """Look again at the items that are held."""
        try:
            await self._look_again()
        except Exception as error:
            self._failed(error)
        finally:
            self._resources.close()

    async def _repair(self, item: Any) -> None:
        record = ItemAdapter(item).asdict()
        outcome = await _result(self._reader.read(record))
        if outcome.reason:
            self._tell(type(item), f"items of the type {type(item).__name__} are not read: {outcome.reason}")
        else:
            self._put_back(item, record, outcome)
        self._count(outcome.counts())
        if outcome.alone and self._setup.second_looks:
            self._hold(item, record)

    def _put_back(self, item: Any, record: Fielded, outcome: Outcome) -> None:
        """Write what became of *item* into it. record: what it held when it came."""
        if outcome.content is not None:
            _put(item, text_of(record, self._fields)[0], outcome.content)
        try:
            ItemAdapter(item)[FIELD] = outcome.note or _verdict(outcome)
        except KeyError:
            self._tell(
                (type(item), FIELD),
                f"items of the type {type(item).__name__}: expected a field {FIELD} for verdict and plan, found none; "
                "declare it; their texts are repaired even so",
            )

    def _hold(self, item: Any, record: Fielded) -> None:
        if len(self._held) < self._setup.second_looks:
            self._held[id(item)] = _Held(item, record)
        else:
            self._count({"second_look_missed": 1})

    def _let_go(self, item: Any) -> None:
        """Forget an item that another pipeline dropped, or failed at."""
        self._held.pop(id(item), None)

    async def _look_again(self) -> None:
        """Repair once more what was spun and alone, now that everything is scraped."""
        self._count({"second_look": len(self._held)})
        late = []
        looks = [(each, self._reader.read(each.record)) for each in self._held.values()]
        for held, future in looks:
            try:
                if await self._repaired_late(held, await _result(future)):
                    late.append(held.item)
            except Exception as error:
                self._failed(error)
        if self._setup.late is not None:
            await _result(self._reader.run(_write, self._setup.late, late))

    async def _repaired_late(self, held: "_Held", outcome: Outcome) -> bool:
        """Write into an item what became of it at the second look; say whether that is news."""
        if outcome.alone or outcome.spun is None:
            return False
        if outcome.content is None:  # what the first look took for an edit is none
            outcome = outcome._replace(content=text_of(held.record, self._fields)[1])
        self._put_back(held.item, held.record, outcome)
        self._count({"repaired_late": 1})
        await self._crawler.signals.send_catch_log_async(
            item_repaired_late, item=held.item, spider=self._crawler.spider
        )
        return True

    def _count(self, counts: Mapping[str, int]) -> None:
        for name, count in counts.items():
            if count and self._crawler.stats is not None:
                self._crawler.stats.inc_value(STATISTICS + name, count)

    def _failed(self, error: Exception) -> None:
        """Count an error, and log the first of its kind; one that is nobody's mistake but ours with its traceback."""
        self._count({"errors": 1})
        trace = None if isinstance(error, NormalizerError) else error
        message = f"not repaired, passed on as it came: {type(error).__name__}: {line_of(error)}"
        self._tell(type(error), f"{message}; further ones are only counted, in {STATISTICS}errors", trace)

    def _tell(self, key: object, message: str, trace: Exception | None = None) -> None:
        """Log a warning, the first time that it is given for *key*."""
        if key not in self._told:
            self._told.add(key)
            logger.warning(message, exc_info=trace, extra={"spider": self._crawler.spider})


class _Held(NamedTuple):
    """An item that is to be looked at again. record: what it held when it came."""

    item: Any
    record: Fielded


def _verdict(outcome: Outcome) -> dict[str, Any]:
    """Return the note on an item that needs no repair."""
    return {"verdict": {"spun": round(outcome.spun or 0.0, 4)}}


def _put(item: Any, keys: Sequence[str], content: str) -> None:
    """Put *content* where *keys* lead to in *item*, be it a dict, an Item, a dataclass or of another kind."""
    for key in keys[:-1]:
        item = ItemAdapter(item)[key]
    fields: MutableMapping[str, Any] = ItemAdapter(item)
    fields[keys[-1]] = content


def _write(path: Path, items: Sequence[Any]) -> None:
    """Replace the file at *path* by *items* as JSON Lines, wholly or not at all. Raises InputError."""
    lines = BytesIO()
    exporter = JsonLinesItemExporter(lines)
    for item in items:
        exporter.export_item(item)
    write_atomically(path, lines.getvalue())


# --- the thread ---------------------------------------------------------------------------------------------


class _Reader:
    """A thread that repairs records; those that queue up while it is busy are read side by side.

    One thread: reading is bound by the interpreter's lock, and a story store belongs to the thread that opened it.
    """

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self._waiting: SimpleQueue[tuple[Fielded, Future[Outcome]]] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1, "normalizer")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.submit(self._repairer.close)
        self._thread.shutdown()

    def run(self, function: Callable[..., Result], *arguments: Any) -> "Future[Result]":
        """Call *function* in the thread."""
        return self._thread.submit(function, *arguments)

    def read(self, record: Fielded) -> "Future[Outcome]":
        """Return what will become of *record*."""
        future: Future[Outcome] = Future()
        self._waiting.put((record, future))
        self._thread.submit(self._read_waiting)  # finds nothing to do if an earlier call took the record along
        return future

    def _read_waiting(self) -> None:
        taken: list[Future[Outcome]] = []
        try:
            batch = next(self._repairer.batches(self._drawn(taken)), [])
            for future, found in zip(taken, self._outcomes(batch), strict=True):
                if isinstance(found, Outcome):
                    future.set_result(found)
                else:
                    future.set_exception(found)
        except BaseException as error:  # whoever is not told waits for ever, and the crawl with him
            for future in taken:
                if not future.done():
                    future.set_exception(error)
            raise

    def _drawn(self, taken: "list[Future[Outcome]]") -> Iterator[Fielded]:
        """Yield the records that wait and that somebody waits for, and note for whom they are in *taken*."""
        while True:
            try:
                record, future = self._waiting.get_nowait()
            except Empty:
                return
            if future.set_running_or_notify_cancel():
                taken.append(future)
                yield record

    def _outcomes(self, batch: Sequence[Fielded]) -> Sequence[Outcome | Exception]:
        """Return what becomes of each record; where one makes all fail, the others are repaired without it."""
        try:
            return self._repairer.outcomes(batch)
        except Exception as error:
            return [error] if len(batch) == 1 else [self._outcomes([record])[0] for record in batch]


def _prepare(repairer: Repairer) -> None:
    """Load and open what *repairer* needs. Raises a NormalizerError that names the file."""
    if repairer.stories is not None and not repairer.remember:
        StoryStore(repairer.stories, writable=False).close()
    repairer.outcomes([])


async def _result(future: "Future[Result]") -> Result:
    """Return what a thread works out; the event loop, be it asyncio's or Twisted's, goes on meanwhile."""
    if is_asyncio_available():
        return await asyncio.wrap_future(future)
    reactor = import_module("twisted.internet.reactor")
    done: Deferred[None] = Deferred()
    future.add_done_callback(lambda _: reactor.callFromThread(done.callback, None))
    await done
    return future.result()


# --- settings -----------------------------------------------------------------------------------------------


class _Setup(NamedTuple):
    """What the settings say. makes_store: whether the crawl has a story store of its own. second_looks: 0 for none."""

    repairer: Repairer
    makes_store: bool
    second_looks: int
    late: Path | None


def _text(settings: BaseSettings, name: str) -> str:
    if not isinstance(value := settings.get(name), str) or not value:
        raise ValueError
    return value


def _path(settings: BaseSettings, name: str) -> Path:
    if not isinstance(value := settings.get(name), str | Path) or not str(value):
        raise ValueError
    return Path(value)


def _texts(settings: BaseSettings, name: str) -> tuple[str, ...]:
    return tuple(map(str, settings.getlist(name)))


def _whole(settings: BaseSettings, name: str) -> int:
    value: int = settings.getint(name)
    if value < 0:
        raise ValueError
    return value


class _Kind(NamedTuple):
    """What a setting holds, and what reads it; that raises ValueError or TypeError where it does not."""

    expected: str
    read: Callable[[BaseSettings, str], Any]


NAME = _Kind("the name of a field", _text)
PATH = _Kind("a path", _path)
FLAG = _Kind("True or False", lambda settings, name: settings.getbool(name))
NUMBER = _Kind("a number", lambda settings, name: settings.getfloat(name))
WHOLE = _Kind("a whole number from 0 on", _whole)
TEXTS = _Kind("a list of texts", _texts)

KINDS = {
    **dict.fromkeys(("text", "id", "date", "url", "source", "references"), NAME),
    **dict.fromkeys(("stories", "kept", "model", "association", "context", "weights", "late"), PATH),
    **dict.fromkeys(("lexicons", "protect", "ignore"), TEXTS),
    **dict.fromkeys(("longest", "second_looks"), WHOLE),
    "remember": FLAG,
    "min_confidence": NUMBER,
}
REPAIRING = ("min_confidence", "protect", "ignore")  # go into `Settings`
SOURCES = ("stories", "references", "kept")


def _setup(settings: BaseSettings) -> _Setup:
    """Return what *settings* say. Raises InputError that names a wrong one."""
    given = _given(settings)
    late, second_looks = given.pop("late", None), given.pop("second_looks", HELD)
    alone = not any(name in given for name in SOURCES)
    remember = given.get("remember", alone or "stories" in given)
    if alone:
        given.pop("remember", None)
    given["settings"] = _made(Settings, {name: given.pop(name) for name in REPAIRING if name in given})
    repairer = _made(Repairer.of, given)
    if not alone and remember:
        repairer = replace(repairer, remember=True)
    second_looks = second_looks if remember else 0
    if late is not None and not second_looks:
        raise InputError(
            f"{_setting('late')}: expected a story store that remembers items, and items to be looked at twice, found "
            f"that other settings turn it off; leave this one out, or see {_setting('remember')} and "
            f"{_setting('second_looks')}"
        )
    if late is not None:
        _made(lambda late: require_writable(late), {"late": late})
    return _Setup(repairer, alone and remember, second_looks, late)


def _given(settings: BaseSettings) -> dict[str, Any]:
    """Return the values of our settings that are there, by their names without the prefix, in lower case."""
    found = {}
    for name in sorted(str(each) for each in settings if str(each).startswith(PREFIX)):
        kind = KINDS.get(name.removeprefix(PREFIX).lower())
        if kind is None or not name.isupper():
            raise InputError(f"{name}: expected a setting that there is, found none of that name; {_nearest(name)}")
        value = settings.get(name)
        if value is None:
            continue
        try:
            found[name.removeprefix(PREFIX).lower()] = kind.read(settings, name)
        except (ValueError, TypeError) as error:
            raise InputError(f"{name}: expected {kind.expected}, found {value!r}; change it or leave it out") from error
    return found


def _nearest(name: str) -> str:
    known = [_setting(each) for each in KINDS]
    near = get_close_matches(name.upper(), known, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"


def _made(make: Callable[..., Result], options: dict[str, Any]) -> Result:
    """Return what *make* makes of *options*. Raises InputError that names the settings they come from."""
    try:
        return make(**options)
    except InputError as error:
        names = ", ".join(_setting(name) for name in options if name in KINDS)
        raise InputError(f"{names}: {error}") from error


def _setting(name: str) -> str:
    return PREFIX + name.upper()
