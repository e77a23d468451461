"""A pool of clean articles on disk, without near-duplicates, and which of them tell of the same event.

The corpora hold the same article under several names, and agencies send a story again and again. Two articles that
share a sentence of LONG words, which fewer than BOILERPLATE articles have, count as one, and the later one is left out.
Articles that share half of the weight of their names and numbers (inverse document frequency) are kin: read by eye, of
a dozen such pairs nearly all told of one event, of as many pairs at a third hardly any did. Memory: some 300 bytes an
article; the texts stay on disk.
"""

import re
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.training.corpora import HELD_OUT_EVERY, articles, corpus_name, held_out
from tests.tools.spinners.texts import NEWS, corpus_files, documents, genre_of, in_turn

NO_NEWS = frozenset("whitehouse state_union".split())  # speeches that lie among the news
SHORTEST = 80  # words of an article
LONGEST = 4000  # characters; the paragraphs after them are left out
GLUED = 700  # characters of a paragraph that is taken for several
PARAGRAPH = 350  # characters from which on it is divided
LONG, BOILERPLATE = 12, 10
COMMON = 60  # articles in which a name stands that tells no event from another
KIN_SHARE, KIN_WEIGHT = 0.5, 25.0

SENTENCE = re.compile(r"(?<=[.!?])[\"”’']?\s+(?=[\"“‘'A-Z])")
NAME = re.compile(r" ([A-Z][A-Za-z'’-]{2,})")
NUMBER = re.compile(r"\d[\d.,]*\d")
MARKS, STOP = re.compile(r"[^a-z0-9\s.!?]+"), re.compile(r"[.!?]\s+")

Numbers = NDArray[np.int64]
Weights = NDArray[np.float64]


class Source(NamedTuple):
    """Where an article is from. number: in its corpus. genre: NEWS, or which other. unseen: see `Truth`."""

    corpus: str
    number: int
    genre: str
    unseen: bool


Texts = Iterator[tuple[Source, str]]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a corpus text, glued ones divided, as many as LONGEST characters hold."""
    found: list[str] = []
    size = 0
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        for paragraph in _divided(line):
            size += len(paragraph) + 1
            if found and size > LONGEST:
                return found
            found.append(paragraph)
    return found


def sentences_of(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph; joined by a blank they are nearly it."""
    cuts = [match.end() for match in SENTENCE.finditer(paragraph)]
    bounds = zip([0, *cuts], [*cuts, len(paragraph)], strict=True)
    return [paragraph[start:end].strip() for start, end in bounds]


def _divided(line: str) -> Iterator[str]:
    if len(line) <= GLUED:
        yield line
        return
    own: list[str] = []
    for sentence in sentences_of(line):
        own.append(sentence)
        if sum(map(len, own)) >= PARAGRAPH:
            yield " ".join(own)
            own = []
    if own:
        yield " ".join(own)


def news_and_genres(corpora: Path) -> tuple[Texts, Texts]:
    """Return readers of the news and of the held documents of other genres, a text of each corpus in turn."""
    news: list[Texts] = []
    others: list[Texts] = []
    for path in corpus_files(corpora):
        (news if genre_of(path) == NEWS and corpus_name(path) not in NO_NEWS else others).append(_read(path))
    return in_turn(news), in_turn(others)


def _read(path: Path) -> Texts:
    name, genre = corpus_name(path), genre_of(path)
    if path.parent.name == "genres":
        yield from ((Source(name, index, genre, True), text) for index, text in documents(path, held=1))
    else:
        genre = name if name in NO_NEWS else genre
        for index, text in enumerate(articles(path)):
            unseen = held_out(index) and index // HELD_OUT_EVERY % 2 == 1
            yield Source(name, index, genre, unseen), text


def names_of(text: str) -> Iterator[str]:
    """Yield the words with a capital inside sentences, and the numbers of two digits or more."""
    yield from NUMBER.findall(text)
    for match in NAME.finditer(text):
        before = text[match.start() - 1]
        if before.islower() or before in ",;":
            yield match.group(1)


class Pool:
    """Articles in a file, by number, with what tells near-duplicates and kin."""

    def __init__(self, path: Path) -> None:
        """Begin an empty pool in a file at *path*."""
        self.path = path
        self.sources: list[Source] = []
        self.sizes = array("l")  # characters
        self._file = path.open("w+b")
        self._offsets = array("q", [0])
        self._sentences, self._in = array("Q"), array("l")
        self._names, self._bounds = array("L"), array("q", [0])

    def fill(self, texts: Iterable[tuple[Source, str]], most: int) -> None:
        """Add *most* of the *texts* that are long enough, or as many as there are."""
        wanted = len(self) + most
        for source, text in texts:
            if len(self) >= wanted:
                return
            own = paragraphs(text)
            if len(" ".join(own).split()) >= SHORTEST and len(own) > 1:
                self._add(source, "\n".join(own))

    def _add(self, source: Source, text: str) -> None:
        number = len(self)
        self.sources.append(source)
        self.sizes.append(len(text))
        self._file.seek(0, 2)
        self._file.write(text.encode())
        self._offsets.append(self._file.tell())
        for sentence in STOP.split(MARKS.sub("", text.lower())):
            words = sentence.split()
            if len(words) >= LONG:
                digest = blake2b(" ".join(words).encode(), digest_size=8).digest()
                self._sentences.append(int.from_bytes(digest, "big"))
                self._in.append(number)
        self._names.extend(sorted({zlib.crc32(name.encode()) for name in names_of(text)}))
        self._bounds.append(len(self._names))

    def __len__(self) -> int:
        return len(self.sources)

    def text(self, number: int) -> str:
        """Return an article."""
        self._file.seek(self._offsets[number])
        return self._file.read(self._offsets[number + 1] - self._offsets[number]).decode()

    def place(self, number: int) -> tuple[int, int]:
        """Return where an article stands in the file: offset and length in bytes."""
        return self._offsets[number], self._offsets[number + 1] - self._offsets[number]

    def close(self) -> None:
        """Write the file down and close it."""
        self._file.close()

    def flush(self) -> None:
        """Write down what was added, for other processes to read."""
        self._file.flush()

    def distinct(self) -> list[int]:
        """Return the numbers of the articles, the first alone of those that share a long sentence."""
        hashes, inside = np.array(self._sentences, dtype=np.uint64), np.array(self._in, dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        hashes, inside = hashes[order], inside[order]
        starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]]) if len(hashes) else np.array([], dtype=np.int64)
        counts = np.diff(np.r_[starts, len(hashes)])
        leader = list(range(len(self)))
        for start, count in zip(starts[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True):
            group = inside[start : start + count].tolist()
            if len(set(group)) < BOILERPLATE:
                first = _root(leader, group[0])
                for other in group[1:]:
                    found = _root(leader, other)
                    leader[max(first, found)] = first = min(first, found)
        return [number for number in range(len(self)) if leader[number] == number]

    def kin(self, asked: Sequence[int], among: Sequence[int]) -> dict[int, list[int]]:
        """Return for each article *asked*, one of those *among*, which others seem to tell of the same event."""
        names = [np.array(self._names[self._bounds[i] : self._bounds[i + 1]], dtype=np.int64) for i in among]
        every = np.concatenate(names) if names else np.array([], dtype=np.int64)
        owner = np.repeat(np.arange(len(among)), [len(own) for own in names])
        known, at, counts = np.unique(every, return_inverse=True, return_counts=True)
        weights = np.where((counts > 1) & (counts <= COMMON), np.log(len(among) / np.maximum(counts, 1)), 0.0)
        totals: Weights = np.bincount(owner, weights[at], minlength=len(among)).astype(np.float64)
        order = np.argsort(at, kind="stable")
        owner, ends = owner[order], np.cumsum(counts)
        return {number: self._kin_of(number, among, known, weights, totals, owner, ends) for number in asked}

    def _kin_of(
        self,
        number: int,
        among: Sequence[int],
        known: Numbers,
        weights: Weights,
        totals: Weights,
        owner: Numbers,
        ends: Numbers,
    ) -> list[int]:
        own = np.array(self._names[self._bounds[number] : self._bounds[number + 1]], dtype=np.int64)
        scores: dict[int, float] = {}
        total = 0.0
        for at in np.searchsorted(known, own).tolist():
            weight = float(weights[at])
            total += weight
            for other in owner[ends[at - 1] if at else 0 : ends[at]].tolist() if weight else ():
                scores[other] = scores.get(other, 0.0) + weight
        return [
            among[other]
            for other, score in sorted(scores.items())
            if among[other] != number and score >= KIN_WEIGHT and score >= KIN_SHARE * min(total, totals[other])
        ]


def _root(leader: list[int], number: int) -> int:
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number
