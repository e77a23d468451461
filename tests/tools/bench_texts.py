"""Writes the texts that `tests.tools.bench` measures with: the same for both versions, the same on every machine.

    python bench_texts.py TREE PLAN.json

is run by the Python of the older version, whose tree is TREE, since that version's spinner and lexicon garble the
texts. PLAN.json holds the fields of `Plan`.
"""

import importlib
import json
import lzma
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

SEED = 20_220_121
FAMILIES = ("a", "b", "t")
SHORT, LONG = 2_000, 17_000  # bytes of an article
WARMING = 4  # articles that are read before the clock starts
HELD_OUT_EVERY = 50  # articles of a corpus; the language model is trained on the others
LARGE_UNIT = 250_000  # bytes of a large file that are spun; the rest of it repeats them
GENRE_LIMIT = 20_000  # characters taken of a document of another genre
NEWS_LIMIT = 1_000_000  # characters of clean news


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write. folder: where to. cases: which. articles: how many short ones; there are a tenth of long ones.

    corpora: clean corpora; none: the stories of the tests. genres: corpora of other genres. documents: of each of
    these. large: bytes of the large file.
    """

    folder: str
    cases: Sequence[str]
    articles: int = 60
    corpora: Sequence[str] = ()
    genres: Sequence[str] = ()
    documents: int = 40
    large: int = 5_000_000
    stories: str = field(default="tests/cases/stories")


def main(tree: Path, plan: Plan) -> None:
    """Write the texts of every case of *plan*."""
    maker = Maker(tree, plan)
    folder = Path(plan.folder)
    for case in plan.cases:
        for name, content in getattr(maker, case, dict)().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else json.dumps(content).encode())


class Maker:
    """The texts of each case, by file name: a text as it stands, anything else as JSON.

    "warm" is read before the clock starts, "work" while it runs; no article is in both, since a version may remember
    what it worked out for a stretch of text.
    """

    def __init__(self, tree: Path, plan: Plan) -> None:
        self.plan = plan
        self.module = spinner_of(tree)
        self.spinner = self.module.Spinner(importlib.import_module("normalizer.lexicon").Lexicon.load().entries)
        folders = sorted(path for path in (tree / plan.stories).iterdir() if path.is_dir())
        self.stories = [{path.stem: read(path) for path in sorted(folder.glob("*.txt"))} for folder in folders]
        clean = [text for story in self.stories for text in story.values()]
        corpora = [islice(unseen(Path(name)), 4 * plan.articles) for name in plan.corpora]
        self.clean = list(islice(in_turn(corpora), 400)) if corpora else clean

    def spun(self, size: int, count: int, name: str) -> dict[str, list[str]]:
        """Return *count* spun articles of some *size* bytes, and those to warm up with, made of other texts."""
        share = max(1, len(self.clean) // 8)
        return {
            "warm": self._articles(self.clean[:share], size, min(count, WARMING), f"{name} warm"),
            "work": self._articles(self.clean[share:], size, count, name),
        }

    def _articles(self, texts: Sequence[str], size: int, count: int, name: str) -> list[str]:
        pieces = islice(endless(texts, size), count)
        return [self._garbled(text, number, name) for number, text in enumerate(pieces)]

    def _garbled(self, text: str, number: int, name: str) -> str:
        family = FAMILIES[number % len(FAMILIES)]
        rng = random.Random(f"{SEED} {name} {number}")
        garbled: str = self.spinner.spin(text, rng, self.module.Habits(family)).text
        return garbled

    def many(self) -> dict[str, Any]:
        """Return short articles."""
        return {"many.json": self.spun(SHORT, self.plan.articles, "many")}

    def long(self) -> dict[str, Any]:
        """Return long articles."""
        return {"long.json": self.spun(LONG, max(1, self.plan.articles // 10), "long")}

    def alone(self) -> dict[str, Any]:
        """Return short articles, half as many."""
        return {"alone.json": self.spun(SHORT, max(1, self.plan.articles // 2), "alone")}

    def references(self) -> dict[str, Any]:
        """Return spun stories with their two reports; each report is the reference of several."""
        rows: dict[str, list[list[Any]]] = {"warm": [], "work": []}
        for number in range(max(2, self.plan.articles // 2) + 2):
            story = self.stories[0] if number < 2 else self.stories[1 + number % (len(self.stories) - 1)]
            text = self._garbled(story["original"], number // len(self.stories), f"references {number}")
            rows["warm" if number < 2 else "work"].append([text, [story["report1"], story["report2"]]])
        return {"references.json": rows}

    def news(self) -> dict[str, Any]:
        """Return clean news."""
        share = max(1, len(self.clean) // 8)
        return {"news.json": {"warm": self.clean[:share], "work": limited(self.clean[share:], NEWS_LIMIT)}}

    def genres(self) -> dict[str, Any]:
        """Return clean documents of every genre."""
        found = {}
        for name in self.plan.genres:
            path = Path(name)
            texts = [text[:GENRE_LIMIT] for text in islice(articles(path), self.plan.documents + 2)]
            found[f"genres/{path.name.partition('.')[0]}.json"] = {"warm": texts[:2], "work": texts[2:]}
        return found

    def process(self) -> dict[str, Any]:
        """Return one article of 500 words."""
        (text,) = self._articles(self.clean, 2 * SHORT, 1, "process")
        return {"process.txt": " ".join(text.split(" ")[:500]) + "\n"}

    def memory(self) -> dict[str, Any]:
        """Return three articles, and a large file."""
        unit = "\n".join(self._articles(self.clean, SHORT, max(1, min(LARGE_UNIT, self.plan.large) // SHORT), "large"))
        large = "\n".join([unit] * max(1, round(self.plan.large / len(unit.encode()))))
        return {"memory.json": self._articles(self.clean, SHORT, 3, "memory"), "large.txt": large + "\n"}

    def workers(self) -> dict[str, Any]:
        """Return articles for two processes."""
        made = self.spun(SHORT, max(2, self.plan.articles), "workers")
        return {"workers.json": {"warm": made["warm"], "work": [made["work"][0::2], made["work"][1::2]]}}


def spinner_of(tree: Path) -> Any:
    """Return the spinner among the tests of *tree*, wherever they keep it."""
    for place, name in (("tests/tools/spinner.py", "tests.tools.spinner"), ("tests/spinner.py", "tests.spinner")):
        if (tree / place).exists():
            sys.path.insert(0, str(tree))
            return importlib.import_module(name)
    raise SystemExit(f"{tree}: expected a tree with a spinner among its tests, found none")


def read(path: Path) -> str:
    """Return the text of a file with its line ends."""
    return path.read_bytes().decode("utf-8")


def articles(path: Path) -> Iterator[str]:
    """Yield the articles of a corpus: a paragraph a line, a blank line between articles."""
    paragraphs: list[str] = []
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                paragraphs.append(line.rstrip("\n"))
            elif paragraphs:
                yield "\n".join(paragraphs)
                paragraphs = []
    if paragraphs:
        yield "\n".join(paragraphs)


def unseen(path: Path) -> Iterator[str]:
    """Yield the articles of a corpus that the language model was not trained on."""
    return islice(articles(path), 0, None, HELD_OUT_EVERY)


def in_turn(streams: Sequence[Iterable[str]]) -> Iterator[str]:
    """Yield from each of *streams* in turn until all are at an end."""
    running = [iter(stream) for stream in streams]
    while running:
        for stream in list(running):
            try:
                yield next(stream)
            except StopIteration:
                running.remove(stream)


def endless(texts: Sequence[str], size: int) -> Iterator[str]:
    """Yield pieces of *size* bytes or a little more, whole paragraphs of *texts*, over and over."""
    taken: list[str] = []
    length = 0
    for paragraph in cycle(line for text in texts for line in text.split("\n") if line.strip()):
        taken.append(paragraph)
        length += len(paragraph.encode()) + 1
        if length >= size:
            yield "\n".join(taken)
            taken, length = [], 0


def limited(texts: Iterable[str], most: int) -> list[str]:
    """Return the first of *texts*, of *most* characters together or a little more."""
    taken: list[str] = []
    for text in texts:
        if sum(map(len, taken)) >= most:
            break
        taken.append(text)
    return taken


if __name__ == "__main__":
    main(Path(sys.argv[1]), Plan(**json.loads(Path(sys.argv[2]).read_text("utf-8"))))
