"""Clean text of every genre, halved: passages to learn from, and held ones.

`CORPORA/*.txt.xz` are news; of these only articles that the language model has not seen are taken, every second one to
learn from (as `python -m tests.tools.spinner --corpus` does). `CORPORA/genres/NAME.txt.xz` are genres by name, their
documents halved by a hash.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from normalizer.errors import CaseError
from normalizer.language_model.training.corpora import HELD_OUT_EVERY, articles, held_out
from normalizer.tokens import sentences, tokenize
from tests.tools.spinners.thesaurus import half

NEWS = "news"
SHORTEST, LONGEST = 150, 600  # words of a passage
MOST_READ = 2500  # articles of a corpus of news that are looked at: all of them would take a minute
NEWS_EVERY = 3  # of so many passages one is news

Item = TypeVar("Item")


class Passage(NamedTuple):
    """A run of whole paragraphs or sentences of one document, or of some short ones. name: where it is from."""

    genre: str
    name: str
    text: str


def genre_of(path: Path) -> str:
    """Return the genre of a corpus: its name in the folder `genres`, NEWS elsewhere and for `news_*`."""
    name = path.name.partition(".")[0]
    return name if path.parent.name == "genres" and not name.startswith("news_") else NEWS


def corpus_files(corpora: Path) -> list[Path]:
    """Return the corpora in a folder and its `genres`. Raises CaseError if there are none."""
    found = sorted([*corpora.glob("*.txt.xz"), *corpora.glob("genres/*.txt.xz")])
    if not found:
        raise CaseError(f"{corpora}: expected corpora (*.txt.xz, genres/*.txt.xz), found none; name their folder")
    return found


def documents(path: Path, held: int) -> Iterator[tuple[int, str]]:
    """Yield (index, text) of the documents of a corpus that are to learn from (0) or held (1)."""
    is_genre = path.parent.name == "genres"
    for index, text in enumerate(articles(path)):
        if is_genre:
            if half("document", path.name, index) == held:
                yield index, text
        elif held_out(index) and index // HELD_OUT_EVERY % 2 == held:
            yield index, text


def passages(corpora: Path, held: int, seed: int = 0) -> Iterator[Passage]:
    """Yield passages of all genres in turn, news every NEWS_EVERY-th time, until there are no more.

    The documents of a corpus come in an order that *seed* decides.
    """
    by_genre: dict[str, list[Iterator[Passage]]] = {}
    for path in corpus_files(corpora):
        by_genre.setdefault(genre_of(path), []).append(_passages_of(path, held, seed))
    turns = {genre: in_turn(readers) for genre, readers in by_genre.items()}
    news = turns.pop(NEWS, iter(()))
    others = in_turn(list(turns.values()))
    for number in count():
        first, second = (news, others) if number % NEWS_EVERY == 0 else (others, news)
        passage = next(first, None) or next(second, None)
        if passage is None:
            return
        yield passage


def in_turn(readers: Sequence[Iterator[Item]]) -> Iterator[Item]:
    """Yield one of each reader in turn, as long as any has one."""
    left = list(readers)
    while left:
        for reader in list(left):
            passage = next(reader, None)
            if passage is None:
                left.remove(reader)
            else:
                yield passage


def _passages_of(path: Path, held: int, seed: int) -> Iterator[Passage]:
    rng = random.Random(f"{path.name} {held} {seed}")
    found = documents(path, held)
    if genre_of(path) == NEWS and path.parent.name != "genres":
        found = islice(found, MOST_READ // HELD_OUT_EVERY // 2)
    known = list(found)
    rng.shuffle(known)
    pieces: list[str] = []
    name, words = "", 0
    for index, text in known:
        longest = rng.randint(SHORTEST, LONGEST)
        piece = cut(text, longest - words, rng)
        pieces.append(piece)
        name, words = name or f"{path.name.partition('.')[0]} {index}", words + len(piece.split())
        if words >= SHORTEST:
            yield Passage(genre_of(path), name, "\n".join(pieces) + "\n")
            pieces, name, words = [], "", 0


def cut(text: str, words: int, rng: random.Random) -> str:
    """Return a run of whole sentences of *text* of about so many *words*, all of it if it is shorter.

    It begins with a paragraph, unless the last ones are too short.
    """
    if len(text.split()) <= words:
        return text
    units = list(chain.from_iterable(_sentences(paragraph) for paragraph in text.split("\n")))
    sizes = [len(unit.split()) for unit in units]
    latest = max(i for i in range(len(units)) if sum(sizes[i:]) >= words)
    openings = [i for i in range(latest + 1) if i == 0 or units[i - 1].endswith("\n")]
    first = rng.choice(openings)
    end, size = first, 0
    while end < len(units) and (size + sizes[end] <= words or end == first):
        size, end = size + sizes[end], end + 1
    return "".join(units[first:end]).strip("\n ")


def _sentences(paragraph: str) -> Iterator[str]:
    """Yield the sentences of a paragraph with the white space behind each, a line feed behind the last."""
    tokens = tokenize(paragraph)
    starts = [tokens[first].start for first, _ in sentences(paragraph, tokens)]
    for start, end in zip([0, *starts[1:]], [*starts[1:], len(paragraph)], strict=True) if starts else ():
        yield paragraph[start:end]
    yield "\n"
