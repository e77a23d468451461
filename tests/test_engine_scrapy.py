"""Scrapy: spiders scrape a local site for real, and items of all kinds come out repaired, or as they came."""

import asyncio
import importlib
import json
import logging
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from engine_examples import examples_of

pytest.importorskip("scrapy", minversion="2.15")  # the first in which coroutines run without a reactor

import attrs
from itemadapter import ItemAdapter
from scrapy import Field, Item, signals
from scrapy.settings import BaseSettings
from scrapy.signalmanager import SignalManager
from scrapy.statscollectors import MemoryStatsCollector
from strategies import environment

from normalizer.engines import Outcome, Repairer
from normalizer.engines.scrapy import NormalizerPipeline, item_repaired_late
from normalizer.errors import InputError, LexiconError, StoreError
from normalizer.reporting.results import SPUN_FROM
from tests.tools.spinner import Habits, story
from tests.tools.spinners.frozen import known_spinner

pytestmark = pytest.mark.engines

TALKS, RATES, TRIAL = "01_vienna_talks", "03_bank_rates", "05_jeweller_trial"


def clean(name: str) -> str:
    """Return the beginning of a story, as the spiders find it on a page."""
    paragraphs = [part.strip() for part in story(name, "original").split("\n\n")]
    return "\n\n".join(filter(None, paragraphs[:5]))


@cache
def spun(name: str, turn: int = 0) -> str:
    return known_spinner().spin(clean(name), random.Random(turn), Habits("a", 0.4)).text


# --- a site ---------------------------------------------------------------------------------------------------

SITE = (
    ("/", spun(TALKS)),  # its clean version comes later
    ("/rates", spun(RATES)),  # has none
    ("/unwanted", spun(TALKS, 1)),  # has one, but is dropped
    ("/trial", clean(TRIAL)),
    ("/empty", ""),
    ("/talks", clean(TALKS)),
    ("/again", spun(TALKS, 2)),  # has one at once
)
SMALL = (("/", spun(TALKS)), ("/talks", clean(TALKS)))


def page(text: str, following: str | None) -> str:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)
    link = f"<nav><a href='{following}'>next</a></nav>" if following else ""
    return f"<!DOCTYPE html><html><body><article>{paragraphs}</article>{link}</body></html>"


@contextmanager
def served(site: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Serve the texts of *site* as pages, each with a link to the next, also as a proxy for any host."""
    following = [path for path, _ in site[1:]] + [None]
    pages = {path: page(text, after) for (path, text), after in zip(site, following, strict=True)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = pages.get(urlsplit(self.path).path)
            body = (found or "no such page").encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Crawled:
    """What a crawl brought. log: what it wrote to standard error."""

    start: str
    items: list[dict[str, Any]]
    fed: list[dict[str, Any]]
    late: list[dict[str, Any]]
    events: list[str]
    stats: dict[str, Any]
    log: str

    def item(self, path: str, where: str = "items") -> dict[str, Any]:
        found = [item for item in getattr(self, where) if urlsplit(item["url"]).path == path]
        assert len(found) == 1
        return dict(found[0])

    def counts(self) -> dict[str, int]:
        prefix = "normalizer/"
        return {name.removeprefix(prefix): count for name, count in self.stats.items() if name.startswith(prefix)}


def crawl(
    folder: Path,
    site: Sequence[tuple[str, str]],
    spider: str = "Chain",
    process: str = "AsyncCrawlerProcess",
    **options: Any,
) -> Crawled:
    with served(site) as start:
        asked = {"start": start, "spider": spider, "process": process, "settings": options}
        ran = subprocess.run(
            [sys.executable, "-m", "tests.tools.crawl", json.dumps(asked)],
            cwd=folder,
            env=environment(no_proxy="127.0.0.1"),
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert ran.returncode == 0, ran.stderr
    return Crawled(start=start, log=ran.stderr, **json.loads(ran.stdout))


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    folder = tmp_path_factory.mktemp("scraped")
    found = crawl(folder, SITE, NORMALIZER_STORIES="stories.db", NORMALIZER_LATE="late.jsonl")
    found.late_file = (folder / "late.jsonl").read_text("ascii")  # type: ignore[attr-defined]
    return found


def looked_at(folder: Path, start: str, site: Sequence[tuple[str, str]]) -> dict[str, tuple[Outcome, Outcome | None]]:
    """Return what becomes of each text at the first look and, of those that were alone, at the second."""
    repairer = Repairer.of(stories=folder / "stories.db", remember=True)
    records = [{"url": start + path[1:], "text": text} for path, text in site]
    first = [repairer.outcomes([record])[0] for record in records]
    second = [repairer.outcomes([each])[0] if one.alone else None for each, one in zip(records, first, strict=True)]
    return {path: both for (path, _), both in zip(site, zip(first, second, strict=True), strict=True)}


def test_items_come_out_as_the_repairer_leaves_them(scraped, tmp_path):
    expected = looked_at(tmp_path, scraped.start, SITE)
    for path, text in SITE:
        if path == "/unwanted":
            continue
        first, second = expected[path]
        fed = scraped.item(path, "fed")
        assert fed["text"] == (text if first.content is None else first.content)
        if first.note is not None:
            assert fed["normalizer"] == json.loads(json.dumps(first.note))
        last = first if second is None else second
        assert scraped.item(path)["text"] == (text if last.content is None else last.content)


def test_an_item_scraped_before_its_clean_version_is_repaired_with_it_at_the_end(scraped):
    before, after = scraped.item("/", "fed"), scraped.item("/")
    assert before["normalizer"]["references"] == []
    assert after["normalizer"]["references"] == [scraped.start + "talks"]
    assert len(after["normalizer"]["edits"]) > len(before["normalizer"]["edits"]) > 10
    right, repaired, first = (set(text.split()) for text in (clean(TALKS), after["text"], before["text"]))
    assert len(right & repaired) > len(right & first)


def test_late_repairs_are_signalled_and_written(scraped):
    assert [item["url"] for item in scraped.late] == [scraped.start]
    assert [json.loads(line) for line in scraped.late_file.splitlines()] == scraped.late == [scraped.item("/")]


def test_an_item_without_any_report_stays_as_the_first_look_left_it(scraped):
    assert scraped.item("/rates") == scraped.item("/rates", "fed")
    assert scraped.item("/rates")["normalizer"]["references"] == []


def test_an_item_whose_report_was_scraped_before_needs_one_look(scraped):
    assert scraped.item("/again", "fed")["normalizer"]["references"] == [scraped.start + "talks"]


@pytest.mark.parametrize(("path", "name"), [("/trial", TRIAL), ("/talks", TALKS)])
def test_a_clean_item_bears_its_verdict_alone(scraped, path, name):
    item = scraped.item(path)
    assert item == {"url": scraped.start + path[1:], "text": clean(name), "normalizer": item["normalizer"]}
    assert list(item["normalizer"]) == ["verdict"]
    assert 0 <= item["normalizer"]["verdict"]["spun"] < SPUN_FROM


def test_an_empty_text_is_a_clean_one(scraped):
    assert scraped.item("/empty") == {
        "url": scraped.start + "empty", "text": "", "normalizer": {"verdict": {"spun": 0.0}}
    }  # fmt: skip


def test_what_another_pipeline_drops_is_not_looked_at_again(scraped):
    assert not [item for item in scraped.items + scraped.late if item["url"].endswith("unwanted")]
    assert scraped.stats["item_dropped_count"] == 1


def test_statistics_tell_what_was_done(scraped):
    notes = [item["normalizer"] for item in scraped.fed if "edits" in item.get("normalizer", {})]
    counts = scraped.counts()
    edits = counts.pop("edits")
    assert edits > sum(len(note["edits"]) for note in notes)  # those of the dropped item besides
    assert counts == {
        "read": 7, "spun": 4, "repaired": 4, "referenced": 2, "second_look": 2, "repaired_late": 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("process", "reactor"),
    [
        ("AsyncCrawlerProcess", "twisted.internet.asyncioreactor.AsyncioSelectorReactor"),
        ("CrawlerProcess", "twisted.internet.asyncioreactor.AsyncioSelectorReactor"),
        ("CrawlerProcess", "twisted.internet.selectreactor.SelectReactor"),
    ],
)
def test_whatever_runs_the_crawl_its_items_are_the_same(tmp_path, process, reactor):
    found = crawl(tmp_path, SMALL, process=process, TWISTED_REACTOR=reactor)
    expected = looked_at(tmp_path, found.start, SMALL)["/"]
    assert [found.item("/", where)["text"] for where in ("fed", "items")] == [each.content for each in expected]
    assert found.item("/talks")["text"] == clean(TALKS)


def test_the_store_of_a_crawl_is_its_own_unless_a_setting_names_one(tmp_path):
    first, second = (crawl(tmp_path, [("/", spun(TALKS))]) for _ in range(2))
    assert first.counts() == second.counts()
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_named_serves_the_next_crawl(tmp_path):
    first = crawl(tmp_path, [("/", clean(TALKS))], NORMALIZER_STORIES="stories.db")
    assert [path.name for path in tmp_path.iterdir()] == ["stories.db"]  # whole, without a log beside it
    second = crawl(tmp_path, [("/", spun(TALKS))], NORMALIZER_STORIES="stories.db")
    assert second.item("/", "fed")["normalizer"]["references"] == [first.start]
    assert "second_look" not in second.counts()


def test_pages_are_fetched_and_parsed_while_a_text_is_read(tmp_path):
    found = crawl(tmp_path, SMALL, spider="Overtaker")
    assert found.events[:2] in (["/", "reading begins"], ["reading begins", "/"])
    assert found.events[2:4] == ["/talks", "reading ends"]
    assert found.counts()["read"] == 2
    assert "errors" not in found.counts()


def test_a_store_that_breaks_loses_nothing(tmp_path):
    found = crawl(tmp_path, SMALL, spider="Spoiler", NORMALIZER_STORIES="stories.db", NORMALIZER_LATE="late.jsonl")
    assert [(item["url"], item["text"]) for item in found.items] == [
        (found.start + path[1:], text) for path, text in SMALL
    ]
    assert found.counts() == {"errors": 2}
    assert found.log.count("not repaired, passed on as it came: StoreError: stories.db: expected") == 1
    assert "Traceback" not in found.log
    assert (tmp_path / "late.jsonl").read_bytes() == b""


def test_the_example_of_the_readme_works_as_it_stands(tmp_path):
    (example,) = examples_of("scrapy")
    (tmp_path / "news.py").write_text(example, "utf-8")
    with served(SMALL) as proxy:
        ran = subprocess.run(
            [sys.executable, "-m", "scrapy", "runspider", "news.py", "-O", "news.jsonl"],
            cwd=tmp_path,
            env={name: value for name, value in environment(http_proxy=proxy).items() if name.lower() != "no_proxy"},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert ran.returncode == 0, ran.stderr
    items = [json.loads(line) for line in (tmp_path / "news.jsonl").read_text("utf-8").splitlines()]
    late = [json.loads(line) for line in (tmp_path / "late.jsonl").read_text("utf-8").splitlines()]
    last = {item["url"]: item for item in items + late}
    assert last["http://news.example/"]["normalizer"]["references"] == ["http://news.example/talks"]
    assert last["http://news.example/talks"]["text"] == clean(TALKS)


# --- the pipeline by itself -----------------------------------------------------------------------------------


class Bench:
    """A pipeline that is driven by hand, with repairs that a test says: of each record, what *outcomes* return."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outcomes: Any = None, **options: Any) -> None:
        self.batches: list[list[Any]] = []
        if outcomes is not None:
            monkeypatch.setattr(Repairer, "outcomes", lambda _, records: self._noted(outcomes, records))
        self.crawler = SimpleNamespace(
            settings=BaseSettings({f"NORMALIZER_{name}": value for name, value in options.items()}),
            signals=SignalManager(),
            spider="the spider",
        )
        self.crawler.stats = MemoryStatsCollector(SimpleNamespace(settings=BaseSettings({"STATS_DUMP": False})))
        self.pipeline = NormalizerPipeline.from_crawler(self.crawler)

    def _noted(self, outcomes: Any, records: Any) -> Any:
        if records:
            self.batches.append([record["text"] for record in records])
        return outcomes(records)

    def run(self, items: Sequence[Any], meanwhile: Any = None) -> list[Any]:
        """Let all *items* through at once, and close."""

        async def go() -> list[Any]:
            await self.pipeline.open_spider()
            tasks = [asyncio.ensure_future(self.pipeline.process_item(item)) for item in items]
            await asyncio.sleep(0)
            if meanwhile is not None:
                meanwhile()
            found = [await task for task in tasks]
            await self.pipeline.close_spider()
            return found

        return asyncio.run(go())

    def count(self, name: str) -> int:
        return int(self.crawler.stats.get_value(f"normalizer/{name}", 0))


NOTE = {"edits": [{"start": 0}], "references": [], "verdict": {"spun": 1.0}}


def as_spun(records: Sequence[Any]) -> list[Outcome]:
    return [Outcome(1.0, "repaired", NOTE, alone=True) for _ in records]


class Declared(Item):
    text = Field()
    normalizer = Field()


@dataclass
class Data:
    text: str
    normalizer: Any = None


@attrs.define
class Attrs:
    text: str
    normalizer: Any = None


class Bare(Item):
    text = Field()


@dataclass
class Plain:
    text: str


@pytest.mark.parametrize("kind", [dict, Declared, Data, Attrs])
def test_items_of_all_kinds_are_repaired_in_place(monkeypatch, kind):
    item = kind(text="garbled")
    bench = Bench(monkeypatch, as_spun)
    assert bench.run([item])[0] is item
    assert ItemAdapter(item).asdict() == {"text": "repaired", "normalizer": NOTE}


@pytest.mark.parametrize("kind", [Bare, Plain])
def test_an_item_without_the_field_is_repaired_and_one_warning_names_it(monkeypatch, caplog, kind):
    bench = Bench(monkeypatch, as_spun)
    items = bench.run([kind(text="garbled"), kind(text="garbled")])
    assert [ItemAdapter(item).asdict() for item in items] == [{"text": "repaired"}] * 2
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert f"type {kind.__name__}: expected a field normalizer" in warning.getMessage()
    assert warning.spider == "the spider"


def test_fields_have_the_names_that_the_settings_say(monkeypatch):
    bench = Bench(monkeypatch, None, TEXT="article.body", REMEMBER="False")
    (item,) = bench.run([{"article": Data(text="x", normalizer=None), "text": 1, "n": 1} | {"article": {"body": ""}}])
    assert item == {"article": {"body": ""}, "text": 1, "n": 1, "normalizer": {"verdict": {"spun": 0.0}}}


def test_text_inside_another_field_is_put_back_there(monkeypatch):
    inner = Data(text="garbled")
    bench = Bench(monkeypatch, lambda records: as_spun(records), TEXT="article.text")
    monkeypatch.setattr(bench, "_noted", lambda outcomes, records: outcomes(records))
    (item,) = bench.run([{"article": inner}])
    assert item["article"] is inner
    assert inner.text == "repaired"
    assert item["normalizer"] == NOTE


@dataclass(frozen=True)
class Frozen:
    text: str


def test_an_item_that_cannot_be_changed_passes_as_it_came(monkeypatch, caplog):
    bench = Bench(monkeypatch, as_spun)
    assert bench.run([Frozen("garbled"), {"text": "garbled"}])[0] == Frozen("garbled")
    assert (bench.count("errors"), bench.count("repaired")) == (1, 1)
    (record,) = caplog.records
    assert "not repaired, passed on as it came: FrozenInstanceError" in record.getMessage()


@pytest.mark.parametrize("text", [5, None, ["a", "list"], b"bytes", {"a": 1}])
def test_what_is_no_text_passes_as_it_came_and_is_told_once(monkeypatch, caplog, text):
    bench = Bench(monkeypatch)
    assert bench.run([{"text": text, "n": 1}, {"text": text, "n": 2}]) == [{"text": text, "n": n} for n in (1, 2)]
    assert (bench.count("unread"), bench.count("read"), bench.count("errors")) == (2, 0, 0)
    assert len(caplog.records) == 1
    assert "items of the type dict are not read: expected" in caplog.records[0].getMessage()


def test_a_lone_surrogate_and_too_long_a_text_lose_nothing(monkeypatch):
    bench = Bench(monkeypatch, LONGEST="100")
    items = [{"text": "A lone \ud83d surrogate."}, {"text": "Long. " * 100}]
    found = bench.run([dict(item) for item in items])
    assert [item["text"] for item in found] == [item["text"] for item in items]
    assert (bench.count("unread"), bench.count("read"), bench.count("errors")) == (1, 1, 0)


def test_one_item_that_makes_all_fail_fails_alone(monkeypatch, caplog):
    def fail_at_bad(records: Sequence[Any]) -> list[Outcome]:
        if any(record["text"].startswith("bad") for record in records):
            raise RuntimeError("a fault of ours")
        return as_spun(records)

    bench = Bench(monkeypatch, fail_at_bad)
    found = bench.run([{"text": text} for text in ("a", "bad 1", "b", "bad 2", "c")])
    assert [item["text"] for item in found] == ["repaired", "bad 1", "repaired", "bad 2", "repaired"]
    assert (bench.count("errors"), bench.count("repaired")) == (2, 3)
    (record,) = caplog.records
    assert record.exc_info  # a fault of ours shows where it is


@pytest.mark.parametrize("returned", [[], None])
def test_whatever_goes_wrong_in_the_thread_nobody_waits_for_ever(monkeypatch, returned):
    bench = Bench(monkeypatch, lambda records: returned, REMEMBER=False)
    assert bench.run([{"text": "a"}, {"text": "b"}]) == [{"text": "a"}, {"text": "b"}]
    assert bench.count("errors") == 2


def test_what_queues_up_while_a_text_is_read_is_read_side_by_side(monkeypatch):
    begun, queued = threading.Event(), threading.Event()

    def slowly(records: Sequence[Any]) -> list[Outcome]:
        if records:
            begun.set()
            assert queued.wait(100)
        return as_spun(records)

    def feed() -> None:
        assert begun.wait(100)
        queued.set()

    bench = Bench(monkeypatch, slowly, REMEMBER=False)
    texts = ["a", "b", "c", "d", "e"]
    assert [item["text"] for item in bench.run([{"text": text} for text in texts], feed)] == ["repaired"] * 5
    assert [text for batch in bench.batches for text in batch] == texts
    assert len(bench.batches) <= 2


def test_the_event_loop_goes_on_while_a_text_is_read(monkeypatch):
    turned = threading.Event()

    def waiting(records: Sequence[Any]) -> list[Outcome]:
        if records and not turned.wait(100):
            raise AssertionError("the event loop stood still")
        return as_spun(records)

    bench = Bench(monkeypatch, waiting, REMEMBER=False)
    bench.run([{"text": "garbled"}], turned.set)
    assert (bench.count("repaired"), bench.count("errors")) == (1, 0)


# --- the second look --------------------------------------------------------------------------------------------


def at_second(*, content: str | None, note: Any, alone: bool = False) -> Any:
    """Return what repairs a text once by itself, and then with what was found."""
    seen: set[str] = set()

    def outcomes(records: Sequence[Any]) -> list[Outcome]:
        again = [record["text"] in seen for record in records]
        seen.update(record["text"] for record in records)
        second = Outcome(1.0, content, note, alone)
        return [second if each else Outcome(1.0, "first", NOTE, alone=True) for each in again]

    return outcomes


def listened(bench: Bench) -> list[Any]:
    heard: list[Any] = []
    bench.listener = lambda item, spider: heard.append((item, spider))  # type: ignore[attr-defined]
    bench.crawler.signals.connect(bench.listener, item_repaired_late)  # type: ignore[attr-defined]
    return heard


def test_a_second_look_changes_the_item_itself_and_sends_a_signal(monkeypatch):
    better = {**NOTE, "references": ["report"]}
    bench = Bench(monkeypatch, at_second(content="second", note=better))
    heard = listened(bench)
    (item,) = bench.run([Data("garbled")])
    assert (item.text, item.normalizer) == ("second", better)
    assert heard == [(item, "the spider")]
    assert (bench.count("second_look"), bench.count("repaired_late")) == (1, 1)


def test_what_the_second_look_would_not_change_is_as_it_came(monkeypatch):
    bench = Bench(monkeypatch, at_second(content=None, note=None))
    (item,) = bench.run([{"text": "garbled"}])
    assert item == {"text": "garbled", "normalizer": {"verdict": {"spun": 1.0}}}


def test_an_item_that_is_alone_still_stays_and_nothing_is_sent(monkeypatch):
    bench = Bench(monkeypatch, at_second(content="second", note=NOTE, alone=True))
    heard = listened(bench)
    assert bench.run([{"text": "garbled"}])[0]["text"] == "first"
    assert (heard, bench.count("second_look"), bench.count("repaired_late")) == ([], 1, 0)


def test_no_more_items_are_held_than_the_setting_says(monkeypatch):
    bench = Bench(monkeypatch, at_second(content="second", note=NOTE), SECOND_LOOKS="2")
    found = bench.run([{"text": f"garbled {number}"} for number in range(5)])
    assert [item["text"] for item in found] == ["second", "second", "first", "first", "first"]
    assert (bench.count("second_look"), bench.count("second_look_missed")) == (2, 3)


@pytest.mark.parametrize("options", [{"SECOND_LOOKS": 0}, {"REMEMBER": False}, {"REFERENCES": "reports"}])
def test_without_second_looks_nothing_is_held(monkeypatch, options):
    bench = Bench(monkeypatch, at_second(content="second", note=NOTE), **options)
    assert bench.run([{"text": "garbled"}])[0]["text"] == "first"
    assert (bench.count("second_look"), bench.count("second_look_missed")) == (0, 0)


@pytest.mark.parametrize("signal", [signals.item_dropped, signals.item_error])
def test_an_item_that_another_pipeline_lost_is_let_go(monkeypatch, signal):
    bench = Bench(monkeypatch, at_second(content="second", note=NOTE))
    item = {"text": "garbled"}

    async def go() -> None:
        await bench.pipeline.open_spider()
        await bench.pipeline.process_item(item)
        bench.crawler.signals.send_catch_log(signal, item=item, spider="the spider", response=None)
        await bench.pipeline.close_spider()

    asyncio.run(go())
    assert item["text"] == "first"
    assert bench.count("second_look") == 0


def test_an_error_at_the_second_look_leaves_the_first_repair(monkeypatch, caplog):
    first = at_second(content="second", note=NOTE)

    def breaking(records: Sequence[Any]) -> list[Outcome]:
        found: list[Outcome] = first(records)
        if any(each.content == "second" for each in found):
            raise StoreError("stories.db: expected a whole story store, found none; add the articles again")
        return found

    bench = Bench(monkeypatch, breaking)
    assert bench.run([{"text": "garbled"}])[0]["text"] == "first"
    assert bench.count("errors") == 1
    assert "StoreError: stories.db" in caplog.text


def test_a_file_of_late_items_that_cannot_be_written_ends_no_crawl(monkeypatch, caplog, tmp_path):
    late = tmp_path / "folder" / "late.jsonl"
    late.parent.mkdir()
    bench = Bench(monkeypatch, at_second(content="second", note=NOTE), LATE=late)
    bench.run([{"text": "garbled"}], late.parent.rmdir)
    assert bench.count("errors") == 1
    assert f"{late}: expected a file to write" in caplog.text


# --- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"MIN_CONFIDENCE": 2}, "NORMALIZER_MIN_CONFIDENCE: min_confidence: expected a number from 0 to 1, found 2.0"),
        ({"MIN_CONFIDENCE": "high"}, "NORMALIZER_MIN_CONFIDENCE: expected a number, found 'high'"),
        ({"TEXT": 5}, "NORMALIZER_TEXT: expected the name of a field, found 5"),
        ({"REMEMBER": "maybe"}, "NORMALIZER_REMEMBER: expected True or False, found 'maybe'"),
        ({"SECOND_LOOKS": -1}, "NORMALIZER_SECOND_LOOKS: expected a whole number from 0 on, found -1"),
        ({"STORIES": 5}, "NORMALIZER_STORIES: expected a path, found 5"),
        ({"LEXICONS": 5}, "NORMALIZER_LEXICONS: expected a list of texts, found 5"),
        ({"STORY": "x"}, "NORMALIZER_STORY: expected a setting that there is, found none of that name; did you"),
        ({"XYZZYQQ": "x"}, "NORMALIZER_XYZZYQQ: expected a setting that there is, found none of that name; "),
        (
            {"STORIES": "x", "REFERENCES": "y"},
            "NORMALIZER_REFERENCES, NORMALIZER_STORIES: expected one source of references, found",
        ),
        ({"REFERENCES": "y", "REMEMBER": True}, "NORMALIZER_REFERENCES, NORMALIZER_REMEMBER: remember: expected a"),
        ({"LATE": "late.jsonl", "REMEMBER": False}, "NORMALIZER_LATE: expected a story store that remembers"),
        ({"LATE": "no/such/folder/late.jsonl"}, "NORMALIZER_LATE: no/such/folder/late.jsonl: expected a file to write"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(monkeypatch, options, message):
    with pytest.raises(InputError) as caught:
        Bench(monkeypatch, **options)
    assert str(caught.value).startswith(message)


def test_settings_that_are_none_are_not_set(monkeypatch):
    bench = Bench(monkeypatch, as_spun, STORIES=None, LATE=None, REFERENCES=None)
    assert bench.run([{"text": "garbled"}])[0]["text"] == "repaired"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"STORIES": "{file}"}, StoreError),
        ({"STORIES": "{folder}/none.db", "REMEMBER": False}, StoreError),
        ({"LEXICONS": ["{folder}/a_none.tsv"]}, LexiconError),
    ],
)
def test_files_that_cannot_be_read_end_the_crawl_before_it_begins(monkeypatch, tmp_path, options, error):
    file = tmp_path / "file"
    file.write_text("no store")
    filled = json.loads(json.dumps(options).replace("{file}", str(file)).replace("{folder}", str(tmp_path)))
    bench = Bench(monkeypatch, **filled)
    with pytest.raises(error, match=str(tmp_path)):
        asyncio.run(bench.pipeline.open_spider())
    assert file.read_text() == "no store"


def test_reports_that_an_item_brings_along_are_its_references(monkeypatch):
    bench = Bench(monkeypatch, REFERENCES="reports")
    (item,) = bench.run([{"text": spun(TALKS), "reports": [clean(TALKS)]}])
    assert len(item["normalizer"]["references"]) == 1
    assert (bench.count("referenced"), bench.count("second_look")) == (1, 0)


def test_without_scrapy_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "scrapy", None)
    monkeypatch.delitem(sys.modules, "normalizer.engines.scrapy")
    with pytest.raises(ImportError, match=r"pip install 'normalizer\[scrapy\]'"):
        importlib.import_module("normalizer.engines.scrapy")
