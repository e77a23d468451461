"""Finding other reports of an article's story: candidates by their keys, ranked by what they share, then checked.

The weight of a word comes from the n-gram model. The store lowers it for words that many of its articles hold, such as
the name of the team in a scrape of sports pages. The result depends only on the text, its day and the set of articles
in the store; ties are broken by digests.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from normalizer.references.prepared import Reference, prepare
from normalizer.stories.comparing import Nats, Overlap, Pairing, overlap, pairing
from normalizer.stories.keys import Bag, Worths, bag_of, keys_of
from normalizer.stories.store import LIKELY_SPUN, Articles, Story
from normalizer.tables import Tables

# A look-up takes some microseconds for every article that holds one of its keys, so only the rarest keys are looked up,
# up to so many holders in all. The cost: nothing is found for a text if many articles hold each of its names.
MOST_HOLDERS = 2000
MOST_MATCHES = 200  # matches from which the candidates are taken
# Candidates whose words are compared. The right report is first or second by BM25. Spun copies may be many, and more
# similar to each other than to a report, so they are counted apart and do not displace clean candidates.
MOST_CLEAN, MOST_SPUN = 16, 4
MOST_PAIRED = 6  # candidates whose sentences are compared
# BACKGROUND: pseudo-count of articles that are added to a store's, which hold every word as often as all news does.
# FREE: how many articles of the store may hold a word before its weight falls, as the reports of one story do.
BACKGROUND, FREE = 10_000.0, 5
WORDS = 300.0  # words of a usual article, by which the share of articles that hold a word is estimated
FULL_NATS = 80.0  # nats that two texts share, from which on these are full evidence
FULL_EQUAL = 0.3  # share of equal words from which on paired sentences are full evidence
# Measured by `python -m tests.tools.stories measure --undated -v`, with 67 of the pairs checked by reading: at this
# score 97 of 100 spun stories find a report of their own, and 4 of 300 articles without one find a report of another
# story (a couple's next quarrel, a star's next outing). At .586 all find their own, and 6 a wrong one.
LEAST_SCORE = 0.61
NEAR = 2  # days apart at which two reports still count as of the same day
HALVED = 7.0  # days in which the nearness falls halfway from 1 to LEAST_NEARNESS
LEAST_NEARNESS = 0.5  # nearness of two texts after a long time
REMEMBERED_BAGS, REMEMBERED_TEXTS = 1000, 100

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Found:
    """Another report of an article's story.

    score: how surely it is one (0 to 1), which falls with the days between them. overlap: see
    `comparing.Overlap.share`. paired, equal: see `comparing.Pairing.share` and `equal`; the latter is 1 for a copy,
    about .6 for a spun copy, and about .3 for an independent report.
    """

    story: Story
    score: float
    overlap: float
    paired: float
    equal: float


class Recent(Generic[Kept]):
    """Values made from texts, kept for those that were used last, by their digests."""

    def __init__(self, make: Callable[[str], Kept], most: int) -> None:
        """Make the value of a text with *make*, and keep *most* of them."""
        self._make, self._most = make, most
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def of(self, digest: str, text: str) -> Kept:
        """Return the value of *text*."""
        if digest not in self._kept:
            self._kept[digest] = self._make(text)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(digest)
        return self._kept[digest]


class Finder:
    """Finds reports in a store; to be used in the thread that opened the store."""

    def __init__(self, store: Articles, tables: Tables, worths: Worths | None = None) -> None:
        """Search *store*. worths: those by which keys are extracted elsewhere, to be shared; None makes new ones."""
        self._store, self._nats = store, Nats(tables)
        self._worths = worths = Worths(tables) if worths is None else worths
        self._bags: Recent[Bag] = Recent(lambda text: bag_of(text, worths), REMEMBERED_BAGS)
        self._prepared: Recent[Reference] = Recent(prepare, REMEMBERED_TEXTS)

    def find(self, article: Story | str, day: date | None = None, limit: int = 3) -> list[Found]:
        """Return up to *limit* other reports of the story of *article*, the best first.

        day: on which the text appeared, if *article* is not a `Story`, which has its own. The same text is not found.
        Texts that look spun are left out if any others are found. Raises StoreError if the store cannot be read.
        """
        if isinstance(article, str):
            article = Story.of(article, "", day)
        bag = self._bags.of(article.digest, article.text)
        with self._store.snapshot():
            ranked = self._ranked(article, bag, self._candidates(article, bag))
        found = [self._checked(article, *each) for each in ranked]
        reports = [each for each in found if each is not None]
        clean = [each for each in reports if not each.story.looks_spun]
        return sorted(clean or reports, key=lambda each: (-each.score, each.story.digest))[:limit]

    def _candidates(self, article: Story, bag: Bag) -> list[Story]:
        """Return the articles of the store that share most rare keys with *article*."""
        own = article.digest in self._store
        holders = {key: count - own for key, count in self._store.holders(keys_of(bag)).items() if count > own}
        asked = asked_keys(holders)
        others = [match for match in self._store.search(asked, MOST_MATCHES) if match.digest != article.digest]
        clean = [match.number for match in others if match.spun < LIKELY_SPUN][:MOST_CLEAN]
        spun = [match.number for match in others if match.spun >= LIKELY_SPUN][:MOST_SPUN]
        return list(self._store.stories(clean + spun).values())

    def _ranked(self, article: Story, bag: Bag, candidates: Sequence[Story]) -> list[tuple[Story, Overlap]]:
        """Return the best MOST_PAIRED of the *candidates* with enough overlap, each with its overlap."""
        bags = [self._bags.of(each.digest, each.text) for each in candidates]
        discounts = self._discounts({word for each in (bag, *bags) for word in each}) if bags else {}
        scored = []
        for story, own in zip(candidates, bags, strict=True):
            shared = overlap(bag, own, discounts, self._worths)
            worth = shared.share * shared.nats * nearness(article.day, story.day, shared.share)
            if shared.share >= LEAST_SCORE**3:
                scored.append((story.looks_spun, -worth, story.digest, (story, shared)))
        return [each for *_, each in sorted(scored)[:MOST_PAIRED]]

    def _checked(self, article: Story, story: Story, shared: Overlap) -> Found | None:
        """Return a candidate as found, None if its score is below LEAST_SCORE."""
        own, other = (self._prepared.of(each.digest, each.text) for each in (article, story))
        pairs = pairing(own, other, self._nats)
        score = likeness(shared, pairs) * nearness(article.day, story.day, pairs.fit)
        return Found(story, score, shared.share, pairs.share, pairs.equal) if score >= LEAST_SCORE else None

    def _discounts(self, words: Iterable[str]) -> dict[str, float]:
        """Return the factor (0 to 1) by which the weight of each of *words* is less in this store than in all news."""
        wanted = sorted(words)
        holders = self._store.holders(wanted)
        size = len(self._store) + BACKGROUND
        return {word: _discount(self._nats[word], holders.get(word, 0), size) for word in wanted}


def _discount(nats: float, holders: int, size: float) -> float:
    """Return the weight of a word in the store, divided by that in all news (0 to 1).

    nats: surprise of the word. holders: articles of the store that hold it. size: articles of the store and BACKGROUND.
    """
    usual = max(0.1, nats - math.log(WORDS))  # negative log of the share of all articles that hold it
    here = math.log(size / (max(0, holders - FREE) + BACKGROUND * math.exp(-usual)))
    return max(0.0, min(1.0, here / usual))


def asked_keys(holders: Mapping[str, int]) -> list[str]:
    """Return the keys to search for: the rarest ones, with at most MOST_HOLDERS holders in all.

    holders: how many articles hold each key.
    """
    asked, cost = [], 0
    for key in sorted(holders, key=lambda key: (holders[key], key)):
        cost += holders[key]
        if cost > MOST_HOLDERS:
            break
        asked.append(key)
    return asked


def likeness(shared: Overlap, pairs: Pairing) -> float:
    """Return how surely two texts tell one story (0 to 1).

    It is the geometric mean of three factors: the share of their words that identify a story, how much evidence that
    is, and how many words their paired sentences have in common. A short text has few words that identify its story; if
    it is a copy, the fit of its sentences is evidence instead.
    """
    evidence = max(min(1.0, shared.nats / FULL_NATS), pairs.fit)
    return math.cbrt(shared.share * evidence * min(1.0, pairs.equal / FULL_EQUAL))


def nearness(one: date | None, other: date | None, copied: float) -> float:
    """Return a factor (LEAST_NEARNESS to 1) that falls with the days between two texts; 1 if either day is unknown.

    It falls less for copies, which may appear at any time. copied: how far the one is a copy of the other (0 to 1).
    """
    if one is None or other is None:
        return 1.0
    lost = 1.0 - math.exp2(-max(0, abs((one - other).days) - NEAR) / HALVED)
    return 1.0 - (1.0 - LEAST_NEARNESS) * lost * (1.0 - copied)
