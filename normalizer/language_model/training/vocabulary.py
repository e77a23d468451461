"""The vocabulary: which words get one of the 16-bit word ids, and the corpora written in those ids."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError
from normalizer.language_model.training.corpora import LOCAL_END, LOCAL_FIRST, LOCAL_START, Encoded
from normalizer.language_model.words import END_ID, SPECIAL, START_ID, UNKNOWN, classes, lookup, stand_in

LARGEST = 65_535  # words with the special ones: ids are 16 bit
BLOCK = 1 << 22  # word numbers handled at a time

Words = NDArray[np.uint16]


class Vocabulary(NamedTuple):
    """The words of a model in the order of their ids, and what is known of the rest.

    words: the special words, then by falling frequency. unknown_types: how many different words have become
    UNKNOWN; unknown_tokens: how often; unknown_spread: the entropy (nats) of their frequencies, that is, by
    how much the log-probability of UNKNOWN exceeds that of any one unknown word, on average.
    """

    words: tuple[str, ...]
    unknown_types: int
    unknown_tokens: int
    unknown_spread: float


def choose(corpora: Sequence[Encoded], size: int) -> Vocabulary:
    """Return the vocabulary of the *size* most frequent model words; ties go to the alphabetically first.

    Raises ModelError if *size* is not within 4 ... 65,535.
    """
    if not len(SPECIAL) < size <= LARGEST:
        raise ModelError(
            f"vocabulary size: expected {len(SPECIAL) + 1} to {LARGEST} words (ids are 16 bit), found {size}."
        )
    totals: Counter[str] = Counter()
    for corpus in corpora:
        for word, count in zip(corpus.words, _frequencies(corpus), strict=True):
            totals[classes(word)] += count
    ranked = sorted((-count, word) for word, count in totals.items() if count)
    room = size - len(SPECIAL)
    kept = {word for _, word in ranked[:room]}
    rest = [-count for count, word in ranked[room:] if stand_in(word) == UNKNOWN]
    if any(stand_in(word) != UNKNOWN and stand_in(word) not in kept for _, word in ranked[room:]):
        rest = [-count for count, word in ranked[room:]]
    words = SPECIAL + tuple(word for _, word in ranked[:room])
    return Vocabulary(words, len(rest), sum(rest), _entropy(rest))


def renumber(corpora: Iterable[Encoded], vocabulary: Vocabulary, target: Path) -> None:
    """Write all *corpora* as uint16 word ids to *target*, each sentence framed by START and END."""
    ids = {word: number for number, word in enumerate(vocabulary.words)}
    with target.open("wb") as out:
        for corpus in corpora:
            table = np.empty(len(corpus.words) + LOCAL_FIRST, np.uint16)
            table[LOCAL_END], table[LOCAL_START] = END_ID, START_ID
            table[LOCAL_FIRST:] = [lookup(word, ids) for word in corpus.words]
            for numbers in _blocks(corpus.path):
                table[numbers].tofile(out)


def _frequencies(corpus: Encoded) -> list[int]:
    totals = np.zeros(len(corpus.words) + LOCAL_FIRST, np.int64)
    for numbers in _blocks(corpus.path):
        totals += np.bincount(numbers, minlength=len(totals))
    found: list[int] = totals[LOCAL_FIRST:].tolist()
    return found


def _blocks(path: Path) -> Iterable[NDArray[np.uint32]]:
    with path.open("rb") as file:
        while len(numbers := np.fromfile(file, np.uint32, BLOCK)):
            yield numbers


def _entropy(counts: Sequence[int]) -> float:
    total = sum(counts)
    return -math.fsum(count / total * math.log(count / total) for count in counts)
