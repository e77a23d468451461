"""Finding other reports of an article's story: candidates by their keys, ranked by what they share, then checked.

What a word tells comes from the n-gram model; the store only lowers it, for words that many of its articles hold (in a
scrape of one beat, the team or the company). Everything follows from the text, its day and the set of articles in the
store; ties are broken by digests.
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

# A look-up costs some microseconds for every article that holds one of its keys, so it asks for the rarest of them, as
# long as few enough hold them all together. The cost: a text all of whose names many articles hold finds nothing.
MOST_HOLDERS = 2000
MOST_MATCHES = 200  # of which the candidates are taken
# Candidates whose words are compared. BM25 has the right one first, or second behind another report; spun copies may be
# many, all of them nearer to each other than a report of its own is, so they take no place of a clean one.
MOST_CLEAN, MOST_SPUN = 16, 4
MOST_PAIRED = 6  # of these whose sentences are compared
# Articles that a store counts as if it had besides, with every word as often as in all news, and articles of its own
# that may hold a word without it telling less: the reports of one story.
BACKGROUND, FREE = 10_000.0, 5
WORDS = 300.0  # of an article: by them the share of articles that hold a word follows from its share of words
FULL_NATS = 80.0  # shared by two texts from which these are enough to tell a story
FULL_EQUAL = 0.3  # share of equal words from which paired sentences tell the same
# Measured on what `python -m tests.tools.stories measure --undated -v` finds, 67 pairs of which were read: from here on
# 97 in 100 spun stories have a report of their own, and 4 in 300 articles without any have one of another story (a
# couple's next quarrel, the next outing of a star); at .586 all have one, and 6 a wrong one.
LEAST_SCORE = 0.61
NEAR = 2  # days apart that reports of one story may be
HALVED = 7.0  # days after which half of the belief that a report lost is lost
LEAST_NEARNESS = 0.5  # what is left of it after a long time
REMEMBERED_BAGS, REMEMBERED_TEXTS = 1000, 100

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Found:
    """Another report of an article's story.

    score: how surely it is one (0..1), days between them counted. overlap: share of what tells the lighter text's story
    that both hold. paired: share of the article's sentences, by what they tell, that have a counterpart in it. equal:
    share of words that these sentences have in common; 1 for a copy, some .6 for a spun one, some .3 for a report of
    its own.
    """

    story: Story
    score: float
    overlap: float
    paired: float
    equal: float


class Recent(Generic[Kept]):
    """What was made of the last texts, by their digests."""

    def __init__(self, make: Callable[[str], Kept], most: int) -> None:
        """Make a value of a text with *make*, and keep so many."""
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
    """Finds reports in a store; belongs to the thread that opened that."""

    def __init__(self, store: Articles, tables: Tables, worths: Worths | None = None) -> None:
        """Search *store*; *worths* may be shared with what extracts keys."""
        self._store, self._nats = store, Nats(tables)
        self._worths = worths = Worths(tables) if worths is None else worths
        self._bags: Recent[Bag] = Recent(lambda text: bag_of(text, worths), REMEMBERED_BAGS)
        self._prepared: Recent[Reference] = Recent(prepare, REMEMBERED_TEXTS)

    def find(self, article: Story | str, day: date | None = None, limit: int = 3) -> list[Found]:
        """Return up to *limit* other reports of the story of *article*, the best first.

        day: on which a text appeared; a `Story` has its own. A text is no report of itself. What looks spun is left out
        where anything cleaner is found. Raises StoreError.
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
        """Return the *candidates* that may be found, each with what it shares, at most MOST_PAIRED."""
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
        """Return a candidate as found, None where it is not sure enough."""
        own, other = (self._prepared.of(each.digest, each.text) for each in (article, story))
        pairs = pairing(own, other, self._nats)
        score = likeness(shared, pairs) * nearness(article.day, story.day, pairs.fit)
        return Found(story, score, shared.share, pairs.share, pairs.equal) if score >= LEAST_SCORE else None

    def _discounts(self, words: Iterable[str]) -> dict[str, float]:
        """Return by how much each of *words* tells less in this store than in all news (0..1)."""
        wanted = sorted(words)
        holders = self._store.holders(wanted)
        size = len(self._store) + BACKGROUND
        return {word: _discount(self._nats[word], holders.get(word, 0), size) for word in wanted}


def _discount(nats: float, holders: int, size: float) -> float:
    """Return what a word tells of an article among so many, over what it tells in all news.

    nats: surprise of the word. holders: articles of the store that hold it. size: articles with the background.
    """
    usual = max(0.1, nats - math.log(WORDS))  # the log of how few articles hold it
    here = math.log(size / (max(0, holders - FREE) + BACKGROUND * math.exp(-usual)))
    return max(0.0, min(1.0, here / usual))


def asked_keys(holders: Mapping[str, int]) -> list[str]:
    """Return the keys to search for: the rarest, as long as few enough articles hold them all together.

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
    """Return how surely two texts tell one story (0..1): they share much, of much, and their sentences say it alike.

    A short text has few words that tell anything; if it is a copy, its sentences prove it.
    """
    evidence = max(min(1.0, shared.nats / FULL_NATS), pairs.fit)
    return math.cbrt(shared.share * evidence * min(1.0, pairs.equal / FULL_EQUAL))


def nearness(one: date | None, other: date | None, copied: float) -> float:
    """Return how far two texts may be of one story, by their days (0..1); a day that nobody knows says nothing.

    The longer apart, the less a text is believed, but a copy is one whenever it appears. copied: how far it is (0..1).
    """
    if one is None or other is None:
        return 1.0
    lost = 1.0 - math.exp2(-max(0, abs((one - other).days) - NEAR) / HALVED)
    return 1.0 - (1.0 - LEAST_NEARNESS) * lost * (1.0 - copied)
