"""Which articles a scrape has: stories, who tells them, who spins them, and when."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain
from typing import NamedTuple, TypeVar

from tests.tools.scraping.outlets import Outlet, any_time, later
from tests.tools.scraping.pool import Pool
from tests.tools.scraping.sites import Cut, Site, draw_cut
from tests.tools.scraping.truth import NOTHING, ORIGINAL, REPORT
from tests.tools.spinners.texts import NEWS

SPUN = 0.2  # share of the articles
GENRES = 0.05  # share of the articles that are no news
TOLD = 0.03  # stories that several outlets tell and nobody spins, as a share of the articles
COPIES = {1: 0.3, 2: 0.25, 3: 0.2, 4: 0.12, 6: 0.08, 9: 0.05}  # how many sites spin a story
BESIDE = (ORIGINAL, ORIGINAL, ORIGINAL, REPORT, REPORT, NOTHING)  # of so many spun stories, in any order
REPORTS = {0: 0.3, 1: 0.3, 2: 0.2, 3: 0.12, 5: 0.08}
MIXED, UNSPUN = 0.4, 0.15  # share of the spinner sites that print unspun articles too, and how many to a spun one
TRUNCATED, UPDATED = 0.25, 0.15  # shares of the stories that have one
FIT = (5, 900, 4000)  # paragraphs and characters (from, to) of an article that makes a story
NEXT = 50  # turns of sites that are looked through for one that has not the story yet

Value = TypeVar("Value")


class Member(NamedTuple):
    """One clean article. part: of an invented story, which text; else ""."""

    id: str
    kind: str
    outlet: Outlet
    when: datetime
    part: str = ""


class SpunMember(NamedTuple):
    """One spun copy. site: its number."""

    id: str
    site: int
    when: datetime
    cut: Cut


@dataclass(slots=True)
class Story:
    """A story. number: of its article in the pool; None for an invented one, which *name* names.

    first: the outlet that had it, whether its article is in the scrape or not; original: the id that it has, or would
    have. divided: there is an update.
    """

    id: str
    number: int | None
    name: str
    first: Outlet
    original: str
    beside: str | None
    divided: bool = False
    members: list[Member] = field(default_factory=list)
    copies: list[SpunMember] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.members) + len(self.copies)


@dataclass(frozen=True, slots=True)
class Plan:
    """All stories of a scrape, and the sites that spin."""

    seed: int
    stories: Sequence[Story]
    sites: Sequence[Site]


class Planner:
    """Draws the stories of one scrape."""

    def __init__(self, pool: Pool, outlets: Sequence[Outlet], sites: Sequence[Site], articles: int, seed: int) -> None:
        """Take what there is: articles, who prints them, who spins them; *articles* are wanted."""
        self._pool, self._outlets, self._sites, self._wanted, self._seed = pool, outlets, sites, articles, seed
        self._rng = random.Random(f"plan {seed}")
        self._turns = turns(sites, self._rng)
        self._ids = 0
        self._numbers = 0

    def plan(self, distinct: Sequence[int], names: Sequence[str]) -> Plan:
        """Return the plan of a scrape of the articles *distinct* of the pool and the invented stories *names*."""
        news = [number for number in distinct if self._pool.sources[number].genre == NEWS]
        others = [number for number in distinct if self._pool.sources[number].genre != NEWS]
        for each in (news, others):
            self._rng.shuffle(each)
        told = sorted((n for n in news if self._fits(n)), key=lambda n: not self._pool.sources[n].unseen)
        stories = list(self._invented(names))
        stories += self._spun(told)
        used = {story.number for story in stories}
        rest = [number for number in news if number not in used]
        fit = [number for number in rest if self._fits(number)]
        alone = [self._told(number, None) for number in fit[: round(TOLD * self._wanted)]]
        stories += [story for story in alone if len(story) > 1]
        used |= {story.number for story in stories}
        left = self._wanted - sum(map(len, stories))
        single = [*others[: round(GENRES * self._wanted)], *(number for number in rest if number not in used)]
        singles = [self._single(number) for number in single[: max(0, left)]]
        self._print_unspun([story for story in singles if story.members[0].kind == "distractor"])
        stories += singles
        return Plan(self._seed, stories, self._sites)

    def _print_unspun(self, alone: Sequence[Story]) -> None:
        """Let some spinner sites print articles as they are: those at hand of stories that are told once."""
        left = iter(alone)
        for site in self._sites:
            if self._rng.random() < MIXED:
                for _, story in zip(range(max(1, round(UNSPUN * site.size))), left, strict=False):
                    story.members[0] = story.members[0]._replace(kind="unspun", outlet=Outlet(site.host))

    def _fits(self, number: int) -> bool:
        least, low, high = FIT
        return low <= self._pool.sizes[number] <= high and self._pool.text(number).count("\n") + 1 >= least

    def _invented(self, names: Sequence[str]) -> Iterator[Story]:
        """Yield the stories that were written for this project, with their independent reports and distractors."""
        for at, name in enumerate(names):
            story = self._new(None, name, (ORIGINAL, REPORT)[at % 2])
            when = any_time(self._rng)
            if story.beside == ORIGINAL:
                story.members.append(Member(story.original, "original", story.first, when, "original"))
            for part in ("report1", "report2"):
                reported = later(when, self._rng, 6, 48)
                story.members.append(Member(self._id(), "independent", self._outlet(story), reported, part))
            self._spin(story, self._drawn(COPIES), when)
            yield story
            other = self._new(None, name, None)
            other.members.append(Member(other.original, "distractor", other.first, any_time(self._rng), "other"))
            yield other

    def _spun(self, told: Sequence[int]) -> Iterator[Story]:
        """Yield stories until all sites have as many articles as they should."""
        beside: list[str] = []
        for number in told:
            if not self._turns:
                return
            beside = beside or self._rng.sample(BESIDE, len(BESIDE))
            yield self._told(number, beside.pop())

    def _told(self, number: int, beside: str | None) -> Story:
        """Return a story told by several outlets, and spun if *beside* says what there shall be beside that."""
        story = self._new(number, "", beside)
        when = any_time(self._rng)
        kinds = [] if beside == NOTHING else ["report"] * self._drawn(REPORTS)
        if beside != NOTHING:
            kinds += ["truncated"] * (self._rng.random() < TRUNCATED) + ["update"] * (self._rng.random() < UPDATED)
        if beside == REPORT and "report" not in kinds:
            kinds.append("report")
        story.divided = "update" in kinds
        if beside in (ORIGINAL, None):
            story.members.append(Member(story.original, "original", story.first, when))
        for kind in kinds:
            hours, most = (30.0, 96.0) if kind == "update" else (8.0, 48.0)
            story.members.append(Member(self._id(), kind, self._outlet(story), later(when, self._rng, hours, most)))
        if beside is not None:
            self._spin(story, self._drawn(COPIES), when)
        return story

    def _spin(self, story: Story, count: int, when: datetime) -> None:
        own: set[int] = set()
        for _ in range(count):
            last = range(len(self._turns) - 1, max(-1, len(self._turns) - NEXT - 1), -1)
            at = next((at for at in last if self._turns[at] not in own), None)
            if at is None:
                return
            site = self._turns.pop(at)
            own.add(site)
            story.copies.append(SpunMember(self._id(), site, later(when, self._rng, 20, 140), draw_cut(self._rng)))

    def _single(self, number: int) -> Story:
        source = self._pool.sources[number]
        story = self._new(number, "", None)
        kind, outlet = "distractor", story.first
        if source.genre != NEWS:
            kind, outlet = "genre", Outlet(f"{source.corpus.replace('_', '')}.example")
        story.members.append(Member(story.original, kind, outlet, any_time(self._rng)))
        return story

    def _new(self, number: int | None, name: str, beside: str | None) -> Story:
        self._numbers += 1
        return Story(f"s{self._numbers:06}", number, name, self._rng.choice(self._outlets), self._id(), beside)

    def _id(self) -> str:
        """Return a new id that tells nothing."""
        self._ids += 1
        return sha256(f"{self._seed} {self._ids}".encode()).hexdigest()[:12]

    def _outlet(self, story: Story) -> Outlet:
        taken = {story.first.host, *(member.outlet.host for member in story.members)}
        free = [outlet for outlet in self._outlets if outlet.host not in taken]
        return self._rng.choice(free or self._outlets)

    def _drawn(self, shares: dict[Value, float]) -> Value:
        return self._rng.choices(tuple(shares), tuple(shares.values()))[0]


def turns(sites: Sequence[Site], rng: random.Random) -> list[int]:
    """Return the number of each site as often as it has articles, in any order."""
    found = list(chain.from_iterable([number] * site.size for number, site in enumerate(sites)))
    rng.shuffle(found)
    return found
