"""Spinner sites: one host each, which spins all that it copies in one way."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, cast

from normalizer.edits import Edit, Kind, compose_edits
from normalizer.lexicon import Lexicon
from tests.tools.scraping.outlets import Page, farm_hosts
from tests.tools.scraping.truth import RESIDUE, STACKED, UNKNOWN
from tests.tools.spinner import RATES, Habits, Spinner, Spun, Swap, made
from tests.tools.spinners.dictionaries import Sources
from tests.tools.spinners.thesaurus import half
from tests.tools.spinners.traits import draw_traits
from tests.tools.spinners.unknown import UnknownSpinner

# Share of all spun articles that is each family's.
SHARES = {UNKNOWN: 0.5, "a": 0.17, "b": 0.15, "t": 0.1, STACKED: 0.08}
STACKS = (("a", "t"), ("a", "b"), ("b", "t"), ("t", "a"))  # below, above
SMALLEST, LARGEST = 3, 200  # articles of a site
LEAST = 3  # swaps of a spun copy
TRIES = 3  # times that a text is spun before it counts as one that the spinner finds nothing in

Cut = Literal["whole", "opening", "paragraph"]
CUTS: dict[Cut, float] = {"whole": 0.5, "opening": 0.35, "paragraph": 0.15}
SHORT = 40  # words of a single paragraph


@dataclass(frozen=True, slots=True)
class Site:
    """A spinner site. spinners: from below; families of known ones, numbers of unknown ones.

    size: articles that it has. rate: None for the spinner's own. headline: it copies them. residue: its template
    shows. The rest is `Habits`, of known spinners.
    """

    host: str
    family: str
    spinners: tuple[str | int, ...]
    size: int
    rate: float | None
    headline: bool
    residue: bool
    protect_names: bool
    protect_quotes: bool
    partial: bool

    @property
    def spinner(self) -> str:
        """What the truth calls it."""
        return "+".join(f"{UNKNOWN}{each}" if isinstance(each, int) else each for each in self.spinners)


def draw_sites(articles: int, rng: random.Random) -> list[Site]:
    """Return sites that have so many articles together, SHARES of them spun by each family."""
    left = {family: round(share * articles) for family, share in SHARES.items()}
    left[UNKNOWN] += articles - sum(left.values())
    sizes: list[tuple[str, int]] = []
    largest = max(SMALLEST, min(LARGEST, articles // 12))
    for family, count in left.items():
        while count > 0:
            size = min(count, round(SMALLEST * (largest / SMALLEST) ** rng.random()))
            sizes.append((family, size))
            count -= size
    hosts = farm_hosts(len(sizes), rng)
    return [_drawn(host, family, size, rng) for host, (family, size) in zip(hosts, sizes, strict=True)]


def _drawn(host: str, family: str, size: int, rng: random.Random) -> Site:
    spinners: tuple[str | int, ...] = (family,)
    rate = None
    if family == UNKNOWN:
        spinners = (_held(rng),)
    elif family == STACKED:
        spinners = rng.choice(STACKS)
        rate = rng.uniform(0.15, 0.25)
    else:
        rate = RATES[family] * rng.uniform(0.7, 1.2)
    return Site(
        host=host,
        family=family,
        spinners=spinners,
        size=size,
        rate=rate,
        headline=rng.random() < 0.7,
        residue=rng.random() < 0.3,
        protect_names=rng.random() < 0.3,
        protect_quotes=rng.random() < 0.25,
        partial=rng.random() < 0.07,
    )


def _held(rng: random.Random) -> int:
    """Return the number of an unknown spinner of the held half."""
    while True:
        number = rng.randrange(100_000)
        if half("spinner", number) == 1:
            return number


# --- what a site copies ----------------------------------------------------------------------------------


def draw_cut(rng: random.Random) -> Cut:
    """Return how much of an article is copied."""
    return rng.choices(tuple(CUTS), tuple(CUTS.values()))[0]


def copied(page: Page, cut: Cut, keep_headline: bool, rng: random.Random) -> str:
    """Return the stretch of a page that is copied: all, its first paragraphs, or one of its first that is no line."""
    bounds = [match.span() for match in re.finditer(r"[^\n]+", page.text) if match.start() >= page.body]
    first = 0 if keep_headline else page.body
    if cut == "paragraph":
        long = [(start, end) for start, end in bounds if len(page.text[start:end].split()) >= SHORT]
        if long:
            start, end = rng.choice(long[:3])
            return page.text[start:end]
    last = rng.randrange(1, max(2, int(len(bounds) * 0.7))) if cut == "opening" and len(bounds) > 1 else len(bounds) - 1
    return page.text[first : bounds[last][1]]


# --- spinning --------------------------------------------------------------------------------------------


class Spinners(NamedTuple):
    """What sites spin with: the known families, and what unknown ones draw from."""

    known: Spinner
    sources: Sources


class Copy(NamedTuple):
    """A text that a site is to spin. whole: all of the page, for where nothing in the text can be spun.

    seed: what its chances hang on.
    """

    text: str
    whole: str
    seed: str


def spin_site(spinners: Spinners, site: Site, copies: Iterable[Copy]) -> Iterator[Spun | None]:
    """Yield what the site makes of each text; None for one in which its spinner finds fewer than LEAST words."""
    layers = [
        UnknownSpinner.draw(spinners.sources, draw_traits(each)) if isinstance(each, int) else each
        for each in site.spinners
    ]
    for copy in copies:
        tries = (
            _spun(spinners.known, site, layers, text, random.Random(f"{copy.seed} {i}"))
            for text in (copy.text, copy.whole)
            for i in range(TRIES)
        )
        yield next((spun for spun in tries if swapped(spun) >= LEAST), None)


def swapped(spun: Spun) -> int:
    """Return how many repairs a spun text needs besides those of page residue."""
    return sum(gold.category != RESIDUE for gold in spun.golds)


def _spun(known: Spinner, site: Site, layers: Sequence[str | UnknownSpinner], text: str, rng: random.Random) -> Spun:
    """Return *text* spun by each of *layers* on top of the one before; the last leaves the page residue."""
    spun = Spun(text, ())
    for depth, layer in enumerate(layers, 1):
        if isinstance(layer, str):
            habits = Habits(
                layer,
                rate=site.rate,
                protect_names=site.protect_names,
                protect_quotes=site.protect_quotes,
                partial=site.partial,
                residue=site.residue and depth == len(layers),
            )
            over = known.spin(spun.text, rng, habits)
        else:
            over = layer.spin(spun.text, rng)
        spun = stacked(text, spun, over) if depth > 1 else over
    return spun


def stacked(text: str, first: Spun, second: Spun) -> Spun:
    """Return *text* as spun by *first*, and what came of it by *second*, with the repairs that undo both."""
    both = compose_edits(text, made_edits(first), made_edits(second))
    return made(text, [Swap(edit.start, edit.end, edit.after, edit.kind) for edit in both])


def made_edits(spun: Spun) -> list[Edit]:
    """Return what a spinner did, as edits of the text that it was given."""
    edits, shift = [], 0
    for gold in spun.golds:
        before, start = gold.readings[0], gold.start + shift
        shift += len(before) - len(gold.spun)
        kind = {"number-format": "number"}.get(gold.category, gold.category)
        edits.append(Edit(start, start + len(before), before, gold.spun, cast(Kind, kind)))
    return edits


def load_spinners(thesaurus: Path) -> Spinners:
    """Load what every site spins with: the shipped lexicon, and the thesauri in a folder."""
    return Spinners(Spinner(Lexicon.load().entries), Sources.load(thesaurus))
