"""How well and how fast reports of an article's story are found among many articles.

    python -m tests.tools.stories measure --corpora CORPORA --stories STORIES --thesaurus THESAURUS
    python -m tests.tools.stories growth --corpora CORPORA

`measure` spins articles of clean corpora and of the stories, by known families and by spinners that nobody knows, and
looks for their originals and reports. Which stories are other ones is known where two articles cannot be of one time:
by the years of their corpora (SOURCES.tsv), and by their distance in a corpus that is in order of time. The corpora
are read where they lie and are no part of this project.
"""

import csv
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from normalizer.evaluating.tables import align
from normalizer.language_model.training.corpora import articles
from normalizer.lexicon import Lexicon
from normalizer.stories import Finder, Found, Keyed, Story, StoryStore, Worths, bag_of, keyed, keys_of
from normalizer.tables import Tables
from tests.tools.options import PATH, OneLineGroup
from tests.tools.spinner import FAMILIES, Habits, Spinner
from tests.tools.spinners.dictionaries import Sources
from tests.tools.spinners.traits import draw_traits, numbers
from tests.tools.spinners.unknown import UnknownSpinner

YEAR = re.compile(r"(?:19|20)\d\d")
# Corpora in order of time: how many articles appeared a day, and from how many days on two are of other stories.
DAILY = {"reuters0713": 16.0}
APART = 25
FIRST_DAY = date(2006, 10, 20)
WORDS = range(80, 1500)  # of an article of the store
SPUN_WORDS = range(150, 700)  # of one that is spun
UNKNOWN_SPINNERS = 40
RATES = (0.2, 0.3, 0.4, 0.6)
MOST_KNOWN_RATE = 0.4  # the known families swap no more
PIECE = 200  # words of a piece of an article that `growth` adds
SIZES = (10_000, 25_000, 50_000, 100_000, 200_000)


class Text(NamedTuple):
    """An article of a corpus or story. name: of that. place: in it."""

    name: str
    place: int
    text: str

    @property
    def id(self) -> str:
        return f"{self.name} {self.place}"

    def story(self, text: str | None = None, *, dated: bool = True) -> Story:
        """Return it, or *text* in its place, as an article of a store."""
        day = FIRST_DAY + timedelta(self.place / DAILY[self.name]) if dated and self.name in DAILY else None
        return Story.of(self.text if text is None else text, self.id, day)


class Spinners:
    """Known families and unknown spinners in turn."""

    def __init__(self, thesaurus: Path | None) -> None:
        self._known = Spinner(Lexicon.load().entries)
        sources = Sources.load(thesaurus) if thesaurus else None
        drawn = islice(numbers(1), UNKNOWN_SPINNERS if sources else 0)
        self._unknown = [UnknownSpinner.draw(sources, draw_traits(number)) for number in drawn] if sources else []
        self.kinds = (*FAMILIES, "unknown") if self._unknown else FAMILIES

    def spin(self, text: str, name: str, turn: int) -> tuple[str, str]:
        """Return the kind of the spinner whose *turn* it is, and what it makes of *text*."""
        kind, rng = self.kinds[turn % len(self.kinds)], random.Random(f"{name} {turn}")
        rate = rng.choice(RATES)
        if kind == "unknown":
            return kind, self._unknown[turn // len(self.kinds) % len(self._unknown)].spin(text, rng, rate).text
        habits = Habits(kind, rate=min(rate, MOST_KNOWN_RATE), protect_names=turn % 5 == 4)
        return kind, self._known.spin(text, rng, habits).text


class Asked(NamedTuple):
    """An article looked for. kind: of what is asked. right, wrong: of those found, from 0, which are."""

    kind: str
    spinner: str
    right: tuple[int, ...]
    wrong: tuple[int, ...]
    found: int


@click.group(cls=OneLineGroup)
def main() -> None:
    """Look-ups in the story store: how good, and how fast."""


@main.command()
@click.option("--corpora", type=PATH, required=True, help="Folder of clean corpora, with SOURCES.tsv.")
@click.option("--stories", type=PATH, required=True, help="Folder of stories: original, report1, report2, other.")
@click.option("--thesaurus", type=PATH, help="Folder of moby.tsv.xz and wordnet.tsv.xz, for unknown spinners.")
@click.option("--count", default=20_000, show_default=True, help="Articles of the store.")
@click.option("--queries", default=600, show_default=True, help="Spun articles of the corpora that are looked for.")
@click.option("--undated", is_flag=True, help="Look for all without their days.")
@click.option("-v", "--verbose", is_flag=True, help="List what was found wrong, and what was not found.")
def measure(
    corpora: Path, stories: Path, thesaurus: Path | None, count: int, queries: int, undated: bool, verbose: bool
) -> None:
    """Measure recall among the first and the first three, and how often another story is found."""
    texts, years, spinners = read_texts(corpora, count), read_years(corpora), Spinners(thesaurus)
    fit = [text for text in texts if len(text.text.split()) in SPUN_WORDS]
    chosen = random.Random(0).sample(fit, min(queries, len(fit)))
    alone = {text for turn, text in enumerate(chosen) if turn // len(spinners.kinds) % 2}  # looked for in vain
    told = read_stories(stories)
    tables = Tables.load()
    worths = Worths(tables)
    with tempfile.TemporaryDirectory() as folder, StoryStore(Path(folder) / "stories") as store:
        store.add(keyed(text.story(dated=not undated), worths) for text in texts if text not in alone)
        store.add(keyed(text.story(), worths) for text in told if not text.name.endswith("original"))
        finder, asked = Finder(store, tables, worths), []
        for turn, text in enumerate(chosen):
            spinner, spun = spinners.spin(text.text, text.id, turn)
            found = finder.find(text.story(spun, dated=not undated))
            ids = {text.id} if text not in alone else set()
            asked.append(judged("alone" if text in alone else "copy", spinner, text, ids, found, years))
            _tell(asked[-1], text, found, verbose)
        for text in told:
            for turn in range(len(spinners.kinds) * 2 if text.name.endswith("original") else 0):
                spinner, spun = spinners.spin(text.text, text.id, turn)
                found = finder.find(spun)
                story = text.name.removesuffix("original")
                ids = {f"{story}report1 0", f"{story}report2 0"}
                asked.append(judged("report", spinner, text, ids, found, years))
                _tell(asked[-1], text, found, verbose)
    click.echo(report(asked))


def judged(
    kind: str, spinner: str, text: Text, ids: set[str], found: Sequence[Found], years: dict[str, range]
) -> Asked:
    """Return what was *found* for *text*. ids: of what should be."""
    right = tuple(place for place, each in enumerate(found) if each.story.id in ids)
    wrong = tuple(place for place, each in enumerate(found) if is_other(text, each.story.id, ids, years))
    return Asked(kind, spinner, right, wrong, len(found))


def is_other(text: Text, other: str, ids: set[str], years: dict[str, range]) -> bool:
    """Say whether the article *other* surely tells another story than *text*: it cannot be of one time with it."""
    name, place = other.rsplit(" ", 1)
    if text.name not in years or name not in years:  # a made-up story
        return other not in ids
    if text.name == name and name in DAILY:
        return abs(text.place - int(place)) > APART * DAILY[name]
    return years[text.name].stop <= years[name].start or years[name].stop <= years[text.name].start


def report(asked: Sequence[Asked]) -> str:
    """Return a table, kind by kind and spinner by spinner."""
    rows = []
    for kind in ("copy", "report", "alone"):
        for spinner in ("all", *sorted({each.spinner for each in asked})):
            own = [each for each in asked if each.kind == kind and spinner in ("all", each.spinner)]
            if own:
                shares = (
                    sum(each.right[:1] == (0,) for each in own),
                    sum(bool(each.right) for each in own),
                    sum(bool(each.wrong) for each in own),
                    sum(bool(each.found) for each in own),
                )
                rows.append([kind, spinner, len(own), *(share / len(own) for share in shares)])
    return align(rows, ["looked for", "spinner", "articles", "recall@1", "recall@3", "wrong", "any found"])


def _tell(asked: Asked, text: Text, found: Sequence[Found], verbose: bool) -> None:
    if verbose and (asked.wrong or bool(asked.right) == (asked.kind == "alone") or (asked.found and not asked.right)):
        names = ", ".join(f"{each.story.id} {each.score:.2f} ({each.paired:.2f}, {each.equal:.2f})" for each in found)
        click.echo(f"{asked.kind} {asked.spinner}: {text.id}: {names or 'nothing'}", err=True)


@main.command()
@click.option("--corpora", type=PATH, required=True, help="Folder of clean corpora.")
@click.option("--queries", default=100, show_default=True, help="Spun articles that are looked for at each size.")
@click.option("--sizes", default=",".join(map(str, SIZES)), show_default=True, help="Articles of the store, in order.")
def growth(corpora: Path, queries: int, sizes: str) -> None:
    """Measure the time of a look-up as the store grows."""
    wanted = [int(size) for size in sizes.split(",")]
    pieces, spinners, tables = read_pieces(corpora, wanted[-1]), Spinners(None), Tables.load()
    worths, rows, asked = Worths(tables), [], list[str]()
    baseline = 0.0
    with tempfile.TemporaryDirectory() as folder, StoryStore(Path(folder) / "stories") as store:
        for size in wanted:
            new = list(islice(pieces, size - len(store)))
            asked = asked or [
                spinners.spin(text.text, text.id, turn)[1]
                for turn, text in enumerate(random.Random(0).sample(new, min(queries, len(new))))
            ]
            start = time.perf_counter()
            keys = [keys_of(bag_of(text.text, worths)) for text in new]
            extracted = time.perf_counter() - start
            store.add(Keyed(text.story(), own) for text, own in zip(new, keys, strict=True))
            added = time.perf_counter() - start - extracted
            took = [_timed(Finder(store, tables, worths), text) for text in asked]
            baseline = baseline or median(took)
            disk = store.stats().size / len(store)
            rows.append(
                [f"{len(store):,}", f"{median(took) * 1e3:.1f}", f"{median(took) / baseline:.2f}",
                 f"{sorted(took)[len(took) * 9 // 10] / baseline:.2f}",
                 f"{sum(len(text.text.encode()) for text in new) / extracted / 1e6:.2f}",
                 f"{len(new) / added:,.0f}", f"{disk:,.0f}"]
            )  # fmt: skip
            click.echo(f"{len(store):,} articles", err=True)
    heads = ["articles", "look-up ms", "to the first", "9 in 10 to that", "keys MB/s", "added a second", "bytes each"]
    click.echo(align(rows, heads))


def _timed(finder: Finder, text: str) -> float:
    start = time.perf_counter()
    finder.find(text)
    return time.perf_counter() - start


def read_texts(corpora: Path, count: int) -> list[Text]:
    """Return so many articles of all corpora of news, as many of each as it has."""
    files = sorted(corpora.glob("*.txt.xz"))
    found: list[Text] = []
    for left, path in zip(range(len(files), 0, -1), files, strict=True):
        name, most = path.name.partition(".")[0], (count - len(found)) // left
        read = (Text(name, place, text) for place, text in enumerate(articles(path)))
        found += islice((text for text in read if len(text.text.split()) in WORDS), most)
    return found


def read_pieces(corpora: Path, count: int) -> Iterator[Text]:
    """Yield pieces of about PIECE words of all corpora in turn."""
    readers = [_pieces(path) for path in sorted(corpora.glob("*.txt.xz"))]
    while readers:
        for reader in list(readers):
            piece = next(reader, None)
            if piece is None:
                readers.remove(reader)
            else:
                yield piece


def _pieces(path: Path) -> Iterator[Text]:
    name, place = path.name.partition(".")[0], 0
    for text in articles(path):
        lines: list[str] = []
        for line in text.split("\n"):
            lines.append(line)
            if sum(len(each.split()) for each in lines) >= PIECE:
                yield Text(name, place, "\n".join(lines))
                lines, place = [], place + 1


def read_years(corpora: Path) -> dict[str, range]:
    """Return the years of each corpus."""
    with (corpora / "SOURCES.tsv").open(encoding="utf-8", newline="") as file:
        named = {row["name"]: YEAR.findall(row["years"]) for row in csv.DictReader(file, delimiter="\t")}
    return {name: range(int(min(found)), int(max(found)) + 1) for name, found in named.items() if found}


def read_stories(folder: Path) -> list[Text]:
    """Return the texts of all stories, each named by its folder and file."""
    paths = sorted(folder.glob("*/*.txt"))
    return [Text(f"{path.parent.name} {path.stem}", 0, path.read_text("utf-8")) for path in paths]


if __name__ == "__main__":
    main()
