"""Writes a scrape and its truth: texts are made one by one, spun site by site, and put in any order on disk."""

import json
import random
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.tools.scraping.measuring import trigrams
from tests.tools.scraping.outlets import Outlet, Page, address, clean_outlets, published, stamp
from tests.tools.scraping.planning import SPUN, Member, Plan, Planner, SpunMember, Story
from tests.tools.scraping.pool import Pool, news_and_genres
from tests.tools.scraping.retelling import divided, retold, truncated
from tests.tools.scraping.sites import Copy, Site, Spinners, copied, draw_sites, spin_site
from tests.tools.scraping.truth import COPY, MADE, SCRAPE, TRUTH, UNKNOWN, Truth, plain
from tests.tools.spinner import Spun

READ_EACH = 8  # articles of the corpora that are looked at for each of the scrape: one in a hundred is unseen
OUTLETS_PER = 150  # articles to an outlet


def make(
    folder: Path,
    corpora: Path,
    stories: Path,
    spinners: Spinners,
    articles: int,
    seed: int = 0,
    processes: int = 1,
    spun: float = SPUN,
) -> dict[str, Any]:
    """Write a scrape of so many *articles* to *folder*, and return what is in it.

    stories: the folder of the invented stories. spun: share of the articles that are spun copies. There are fewer
    articles where the corpora have no more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"scrape {seed}")
    with TemporaryDirectory(dir=folder) as work:
        pool = Pool(Path(work) / "pool")
        news, genres = news_and_genres(corpora)
        pool.fill(news, READ_EACH * articles)
        pool.fill(genres, articles)
        pool.flush()
        distinct = pool.distinct()
        outlets = clean_outlets(max(12, articles // OUTLETS_PER), rng)
        sites = draw_sites(round(spun * articles), rng)
        names = sorted(path.name for path in stories.iterdir() if path.is_dir())
        plan = Planner(pool, outlets, sites, articles, seed).plan(distinct, names)
        writer = Writer(Path(work))
        counts = Maker(plan, pool, stories, writer).write(spinners, processes)
        writer.finish(folder, random.Random(f"order {seed}"))
        pool.close()
    made: dict[str, Any] = {"articles": writer.count, "asked": articles, "seed": seed}
    made |= {"read": len(pool), "distinct": len(distinct), "stories": len(plan.stories), "sites": len(sites)}
    made |= {name: dict(sorted(counter.items())) for name, counter in counts.items()}
    (folder / MADE).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return made


class Maker:
    """Makes the texts of a plan."""

    def __init__(self, plan: Plan, pool: Pool, stories: Path, writer: "Writer") -> None:
        """Take what to make and where to put it."""
        self._plan, self._pool, self._stories, self._writer = plan, pool, stories, writer
        used = sorted(story.number for story in plan.stories if story.number is not None)
        spun = [story.number for story in plan.stories if story.copies and story.number is not None]
        clean = {story.number: [member.id for member in story.members] for story in plan.stories}
        self._kin = {
            number: tuple(name for other in others for name in clean[other])
            for number, others in pool.kin(spun, used).items()
        }
        self._nearest: dict[str, tuple[str, ...]] = {}
        names = ("kinds", "spun by", "beside spun copies", "beside copies by unknown spinners", "unseen")
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in names}

    def write(self, spinners: Spinners, processes: int) -> dict[str, Counter[str]]:
        """Make all articles and return how many there are of each kind."""
        for story in self._plan.stories:
            self._clean(story)
        by_site: dict[int, list[tuple[Story, SpunMember]]] = {}
        for story in self._plan.stories:
            for copy in story.copies:
                by_site.setdefault(copy.site, []).append((story, copy))
        tasks = [
            Task(self._plan.sites[site], self._plan.seed, [self._order(*pair) for pair in pairs])
            for site, pairs in by_site.items()
        ]
        farm = Farm(spinners, self._pool.path, self._stories)
        for task, pairs, done in zip(tasks, by_site.values(), farm.work(tasks, processes), strict=True):
            for (story, copy), spun in zip(pairs, done, strict=True):
                if spun is not None:
                    self._put(self._truth(story, copy, task.site, spun), spun.text, copy.when)
        return self._counts

    def _clean(self, story: Story) -> None:
        """Make the clean articles of a story."""
        recipe = self._recipe(story)
        first = told(recipe, self._pool.path, self._stories, self._plan.seed)
        own = trigrams(first.page.text) if story.copies else set()
        near: dict[str, float] = {}
        for member in story.members:
            text = self._text(story, member, first)
            near[member.id] = len(own & trigrams(text)) / len(own) if own else 0.0
            self._put(
                Truth(member.id, story.id, member.kind, member.outlet.host, self._unseen(story)), text, member.when
            )
        if story.copies:
            self._nearest[story.id] = tuple(sorted(near, key=lambda name: (-near[name], name)))

    def _text(self, story: Story, member: Member, first: "Told") -> str:
        rng = random.Random(f"{self._plan.seed} {member.id}")
        if member.part:
            return invented(self._stories, story.name, member.part).text
        if member.kind == "report":
            return retold(first.body, member.outlet, story.first, rng).text
        if member.kind == "truncated":
            return truncated(first.body, member.outlet, rng).text
        return published(first.later if member.kind == "update" else first.body, member.outlet).text

    def _recipe(self, story: Story) -> "Recipe":
        place = None if story.number is None else self._pool.place(story.number)
        return Recipe(story.id, place, story.name, story.first, story.divided)

    def _order(self, story: Story, copy: SpunMember) -> tuple["Recipe", SpunMember]:
        return self._recipe(story), copy

    def _unseen(self, story: Story) -> bool:
        return story.number is None or self._pool.sources[story.number].unseen

    def _truth(self, story: Story, copy: SpunMember, site: Site, spun: Spun) -> Truth:
        return Truth(
            id=copy.id,
            story=story.id,
            kind=COPY,
            site=site.host,
            unseen=self._unseen(story),
            references=self._nearest[story.id],
            kin=self._kin.get(story.number, ()) if story.number is not None else (),
            spinner=site.spinner,
            family=site.family,
            beside=story.beside,
            original=story.original,
            gold=plain(spun.golds),
        )

    def _put(self, truth: Truth, text: str, when: datetime) -> None:
        rng = random.Random(f"{self._plan.seed} record {truth.id}")
        record = {
            "id": truth.id,
            "url": address(truth.site, text, when, rng.randrange(10_000, 1_000_000)),
            "date": stamp(when, rng),
            "text": text,
            "crawl": {"fetched": f"{when + timedelta(hours=rng.randrange(1, 72)):%Y-%m-%d}", "depth": rng.randrange(4)},
        }
        self._writer.add(json.dumps(record, ensure_ascii=False) + "\n", truth.line())
        self._counts["kinds"][truth.kind] += 1
        self._counts["unseen"]["spun" if truth.spun else "clean"] += truth.unseen
        if truth.spun:
            self._counts["spun by"][str(truth.family)] += 1
            self._counts["beside spun copies"][str(truth.beside)] += 1
            self._counts["beside copies by unknown spinners"][str(truth.beside)] += truth.family == UNKNOWN


# --- the first telling -----------------------------------------------------------------------------------


class Recipe(NamedTuple):
    """How the first article of a story is made: of a place in the pool, or of the invented story *name*."""

    story: str
    place: tuple[int, int] | None
    name: str
    first: Outlet
    divided: bool


class Told(NamedTuple):
    """The first article of a story as its outlet prints it, its paragraphs, and those that an update has."""

    page: Page
    body: Sequence[str]
    later: Sequence[str] = ()


def told(recipe: Recipe, pool: Path, stories: Path, seed: int) -> Told:
    """Return the first article of a story; the same wherever it is made."""
    if recipe.place is None:
        return Told(invented(stories, recipe.name, "original"), ())
    offset, length = recipe.place
    with pool.open("rb") as file:
        file.seek(offset)
        body: Sequence[str] = file.read(length).decode().split("\n")
    later: Sequence[str] = ()
    if recipe.divided:
        body, later = divided(body, random.Random(f"{seed} {recipe.story}"))
    return Told(published(body, recipe.first), body, later)


def invented(stories: Path, name: str, part: str) -> Page:
    """Return a text of an invented story; its first line is the headline."""
    text = (stories / name / f"{part}.txt").read_bytes().decode().strip("\n")
    headline, _, rest = text.partition("\n")
    return Page(text, len(headline) + 1 + len(rest) - len(rest.lstrip("\n")))


# --- spinning in several processes -----------------------------------------------------------------------


class Task(NamedTuple):
    """All that one site copies."""

    site: Site
    seed: int
    orders: Sequence[tuple[Recipe, SpunMember]]


@dataclass(frozen=True)
class Farm:
    """Spins the articles of sites. pool, stories: where originals are read."""

    spinners: Spinners
    pool: Path
    stories: Path

    def work(self, tasks: Sequence[Task], processes: int) -> Iterator[list[Spun | None]]:
        """Yield what each site makes of its articles, in order, done by so many processes."""
        if processes == 1:
            yield from map(self.spun, tasks)
            return
        _farms[:] = [self]  # before processes are forked, which share what is loaded
        with ProcessPoolExecutor(processes) as executor:
            yield from executor.map(_spun, tasks)

    def spun(self, task: Task) -> list[Spun | None]:
        """Return what a site makes of its articles."""
        return list(spin_site(self.spinners, task.site, self._copies(task)))

    def _copies(self, task: Task) -> Iterator[Copy]:
        for recipe, member in task.orders:
            page = told(recipe, self.pool, self.stories, task.seed).page
            rng = random.Random(f"{task.seed} copy {member.id}")
            text = copied(page, member.cut, task.site.headline, rng)
            yield Copy(text, copied(page, "whole", task.site.headline, rng), f"{task.seed} spin {member.id}")


_farms: list[Farm] = []


def _spun(task: Task) -> list[Spun | None]:
    return _farms[0].spun(task)


# --- writing ---------------------------------------------------------------------------------------------


class Writer:
    """Takes records and their truth in any order and writes them in another: only their places are held."""

    def __init__(self, work: Path) -> None:
        """Begin with files in the folder *work*."""
        self._files = [(work / name).open("w+b") for name in (SCRAPE, TRUTH)]
        self._ends = [array("q", [0]), array("q", [0])]

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self._ends[0]) - 1

    def add(self, *lines: str) -> None:
        """Add a record and its truth."""
        for file, ends, line in zip(self._files, self._ends, lines, strict=True):
            ends.append(ends[-1] + file.write(line.encode()))

    def finish(self, folder: Path, rng: random.Random) -> None:
        """Write both files to *folder*, their lines in an order drawn by *rng*."""
        order = list(range(self.count))
        rng.shuffle(order)
        for file, ends, name in zip(self._files, self._ends, (SCRAPE, TRUTH), strict=True):
            places = list(pairwise(ends))
            with (folder / name).open("wb") as out:
                for number in order:
                    start, end = places[number]
                    file.seek(start)
                    out.write(file.read(end - start))
            file.close()
