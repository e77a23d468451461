"""Corpora: articles in, sentences of word numbers out.

A corpus is a text file (``.txt``, ``.txt.xz``, ``.txt.gz``; UTF-8), one paragraph a line, a blank line
between articles. Reading it is nine tenths of the work of training (tokenising runs at some 0.4 M tokens a
second), so each corpus is read once and alone, in a process of its own, into numbers that count only inside
that corpus; the vocabulary is settled after all have been read. Nothing depends on which process finishes
first.
"""

import gzip
import hashlib
import lzma
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from normalizer.errors import ModelError
from normalizer.tokens import Token, sentences, tokenize

HELD_OUT_EVERY = 50
LONG_SENTENCE = 6  # words; shorter sentences ("He said:") repeat because people talk like that
SENTENCE_LIMIT = (
    5_000_000  # sentences remembered per corpus, about 0.5 GB; later ones are no longer checked for repeats
)
LONGEST_ARTICLE = 1 << 26  # characters
FLUSH = 1 << 20  # word numbers kept before they go to disc

LOCAL_END, LOCAL_START, LOCAL_FIRST = 0, 1, 2  # word numbers inside one corpus; real words start at 2


class Encoded(NamedTuple):
    """One corpus as word numbers.

    name: file name without its endings. words: the folded tokens, words[0] having the number LOCAL_FIRST.
    path: file of uint32 numbers, each sentence as LOCAL_START ... LOCAL_END. tokens, sentences: what is in
    there. repeated: tokens left out with repeated sentences. articles, held_out: articles seen, and left out.
    sha256: of the corpus file.
    """

    name: str
    words: list[str]
    path: Path
    tokens: int
    sentences: int
    repeated: int
    articles: int
    held_out: int
    sha256: str


def held_out(index: int) -> bool:
    """Tell whether the article with this *index* (from 0, in its own corpus file) is kept out of training.

    Every 50th is: enough for stable figures (73 M words leave 1.5 M), too little to be missed.
    """
    return index % HELD_OUT_EVERY == 0


def articles(path: Path) -> Iterator[str]:
    """Yield the articles of the corpus at *path*, paragraphs joined by a line feed.

    Raises ModelError if the file is missing, is not UTF-8 or breaks off.
    """
    paragraphs: list[str] = []
    try:
        with _open(path) as lines:
            for line in _lines(lines, path):
                if line.strip():
                    paragraphs.append(line.rstrip("\n"))
                elif paragraphs:
                    yield "\n".join(paragraphs)
                    paragraphs = []
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise ModelError(
            f"{path}: expected a corpus (.txt, .txt.xz or .txt.gz, UTF-8), found: {error}. "
            "Check the file, then try again."
        ) from error
    if paragraphs:
        yield "\n".join(paragraphs)


def _lines(file: IO[str], path: Path) -> Iterator[str]:
    """Yield the lines of an open corpus. Raises ModelError for an article that no memory should hold.

    A few kilobytes can unpack to gigabytes, so no line is read whole before its length is known.
    """
    size = 0
    while line := file.readline(LONGEST_ARTICLE):
        size = size + len(line) if line.strip() else 0
        if size >= LONGEST_ARTICLE:
            raise ModelError(
                f"{path}: expected articles of less than {LONGEST_ARTICLE} characters, found a longer one. "
                "Put a blank line between articles, then try again."
            )
        yield line


def corpus_name(path: Path) -> str:
    """Return the name of the corpus at *path*: its file name without .txt, .xz, .gz."""
    return path.name.removesuffix(".xz").removesuffix(".gz").removesuffix(".txt")


def encode(path: Path, target: Path, keep: Callable[[int], bool] | None = None) -> Encoded:
    """Read the corpus at *path* and write its sentences as word numbers to *target*.

    keep: which article indices to read; by default those that are not held out. A sentence of more than
    LONG_SENTENCE tokens is taken only once: agencies send updates of a story, and the model would learn them
    by heart.
    """
    numbers: dict[str, int] = {}
    seen: set[int] = set()
    buffer = array("I")
    tokens = count = repeated = index = skipped = 0
    with target.open("wb") as out:
        for index, article in enumerate(articles(path), 1):
            if not (keep(index - 1) if keep else not held_out(index - 1)):
                skipped += 1
                continue
            for sentence in _numbered(article, numbers):
                if _is_repeat(sentence, seen):
                    repeated += len(sentence)
                    continue
                buffer.append(LOCAL_START)
                buffer.extend(sentence)
                buffer.append(LOCAL_END)
                tokens += len(sentence)
                count += 1
            if len(buffer) >= FLUSH:
                buffer.tofile(out)
                del buffer[:]
        buffer.tofile(out)
    return Encoded(corpus_name(path), list(numbers), target, tokens, count, repeated, index, skipped, _digest(path))


def _numbered(article: str, numbers: dict[str, int]) -> Iterator[list[int]]:
    """Yield the sentences of *article* as word numbers, numbering new words in *numbers*."""
    tokens: list[Token] = tokenize(article)
    all_numbers = [numbers.setdefault(token.word, len(numbers) + LOCAL_FIRST) for token in tokens]
    for first, end in sentences(article, tokens):
        yield all_numbers[first:end]


def _is_repeat(sentence: list[int], seen: set[int]) -> bool:
    """Tell whether this long sentence was *seen*, and remember it.

    Only a 64-bit hash is kept: among a million sentences one is lost to a collision once in 10^7 corpora.
    """
    if len(sentence) <= LONG_SENTENCE:
        return False
    key = hash(tuple(sentence))
    if key in seen:
        return True
    if len(seen) < SENTENCE_LIMIT:
        seen.add(key)
    return False


def _open(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open("rt", encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
