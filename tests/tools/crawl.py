"""Scrapes a site and tells what became of its items: one crawl a process, since no reactor starts twice.

    python -m tests.tools.crawl '{"start": "http://127.0.0.1:8000/", "spider": "Chain", "settings": {}}'

writes as JSON: items (as they are when all is over), fed (as they were passed on), late (as the signal brought them),
events and stats.
"""

import json
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, CrawlerProcess
from scrapy.exceptions import DropItem
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred

from normalizer.engines import Repairer
from normalizer.engines.scrapy import item_repaired_late

PIPELINES = {"normalizer.engines.scrapy.NormalizerPipeline": 300, "tests.tools.crawl.Unwanted": 400}


class News(Spider):
    """Every page is an article, and leads to the next."""

    name = "news"

    def __init__(self, start: str, **options: Any) -> None:
        super().__init__(**options)
        self.first = start
        self.events: list[str] = []

    async def start(self) -> AsyncIterator[Any]:
        yield Request(self.first)

    def parse(self, response: Any) -> Iterator[Any]:
        yield article(response)
        yield from response.follow_all(css="nav a")


class Chain(News):
    """Follows a link only when the item of its page has gone through all pipelines; an async spider."""

    def __init__(self, start: str, **options: Any) -> None:
        super().__init__(start, **options)
        self.waiting: dict[str, Deferred[None]] = {}

    async def parse(self, response: Any) -> AsyncIterator[Any]:
        self.waiting[response.url] = through = Deferred()
        yield article(response)
        await maybe_deferred_to_future(through)
        for request in response.follow_all(css="nav a"):
            yield request

    def passed(self, item: Any) -> None:
        self.waiting[item["url"]].callback(None)


class Spoiler(Chain):
    """Breaks the story store before anything is scraped."""

    async def start(self) -> AsyncIterator[Any]:
        store = sqlite3.connect(self.settings["NORMALIZER_STORIES"])
        store.execute("DROP TABLE articles")
        store.close()
        async for request in super().start():
            yield request


class Overtaker(News):
    """The first text is not read before the page after it was parsed."""

    def __init__(self, start: str, **options: Any) -> None:
        super().__init__(start, **options)
        self.parsed = threading.Event()
        outcomes = Repairer.outcomes

        def late(repairer: Repairer, records: Any) -> Any:
            if not records:
                return outcomes(repairer, records)
            self.events.append("reading begins")
            if not self.parsed.wait(100):
                raise AssertionError("the event loop stood still")
            found = outcomes(repairer, records)
            self.events.append("reading ends")
            return found

        patch.object(Repairer, "outcomes", late).start()

    def parse(self, response: Any) -> Iterator[Any]:
        self.events.append(urlsplit(response.url).path)
        if len(response.css("nav a")) == 0:
            self.parsed.set()
        yield from super().parse(response)


class Unwanted:
    """A pipeline behind ours that drops items."""

    def process_item(self, item: Any) -> Any:
        if item["url"].endswith("unwanted"):
            raise DropItem("unwanted")
        return item


def article(response: Any) -> dict[str, Any]:
    """Return the item of a page."""
    return {"url": response.url, "text": "\n\n".join(response.css("article p::text").getall())}


def crawl(start: str, spider: str, process: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Scrape the site that begins at *start*, and return what came of it."""
    runner = {"CrawlerProcess": CrawlerProcess, "AsyncCrawlerProcess": AsyncCrawlerProcess}[process]
    started = runner({"ITEM_PIPELINES": PIPELINES, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "INFO", **settings})
    crawler = started.create_crawler({"Chain": Chain, "News": News, "Spoiler": Spoiler, "Overtaker": Overtaker}[spider])
    items: list[Any] = []
    fed: list[Any] = []
    late: list[Any] = []

    def passed_on(item: Any) -> None:
        items.append(item)
        fed.append(deepcopy(item))
        passed(item)

    def passed(item: Any) -> None:
        if isinstance(crawler.spider, Chain):
            crawler.spider.passed(item)

    async def repaired_late(item: Any, spider: Any) -> None:
        late.append(deepcopy(item))

    crawler.signals.connect(passed_on, signals.item_scraped)
    crawler.signals.connect(passed, signals.item_dropped)
    crawler.signals.connect(repaired_late, item_repaired_late)
    started.crawl(crawler, start)
    started.start()
    stats = {name: value for name, value in crawler.stats.get_stats().items() if isinstance(value, int | str)}
    events = crawler.spider.events if isinstance(crawler.spider, News) else []
    return {"items": items, "fed": fed, "late": late, "events": events, "stats": stats}


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    json.dump(crawl(asked["start"], asked["spider"], asked["process"], asked["settings"]), sys.stdout)
