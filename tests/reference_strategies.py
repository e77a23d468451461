"""Candidates, and small random articles with references that share sentences with them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from normalizer.references import Candidates, Trusted, prepare
from normalizer.tokens import Token, fold_words, sentences, tokenize

NAMES = ("Haradin", "Vienna", "Velania", "Karovia", "Drezev")
WORDS = ("ministers", "afternoon", "understand", "battle", "war", "reporters", "journalists", "told", "advised")
SMALL = ("the", "of", "in", "not", "now", "really", "3", "2021", "it", ",", "-", "“", "”")
Reading = tuple[int, int, str, float]  # start, end, text, strength


def weigh(word: str) -> float:
    """Short words say little."""
    return min(12.0, 2.0 * len(word)) if word[0].isalnum() else 1.0


def candidates_of(tokens: Sequence[Token], readings: Iterable[Reading] = ()) -> Candidates:
    """Return all tokens as they stand, and *readings*."""
    rows = [(i, i + 1, (token.word,), True, False, 0.0) for i, token in enumerate(tokens)]
    rows += [(a, b, fold_words(text), False, text[0].isupper(), strength) for a, b, text, strength in readings]
    rows.sort(key=lambda row: row[0])
    numbers: dict[tuple[str, ...], int] = {}
    wording = [numbers.setdefault(row[2], len(numbers)) for row in rows]
    columns = [np.array([row[k] for row in rows], dtype=kind) for k, kind in ((0, int), (1, int), (3, bool), (4, bool))]
    strength = np.array([row[5] for row in rows], dtype=float)
    return Candidates(columns[0], columns[1], np.array(wording, dtype=int), *columns[2:], strength, list(numbers))


class Scene(NamedTuple):
    """An article, its candidates and its references."""

    tokens: list[Token]
    spans: list[tuple[int, int]]
    candidates: Candidates
    references: list[Trusted]


def scene(text: str, references: Sequence[Trusted], readings: Iterable[Reading] = ()) -> Scene:
    tokens = tokenize(text)
    return Scene(tokens, list(sentences(text, tokens)), candidates_of(tokens, readings), list(references))


lines = st.lists(st.sampled_from(NAMES) | st.sampled_from(WORDS) | st.sampled_from(SMALL), min_size=4, max_size=11)


@st.composite
def altered(draw: st.DrawFn, line: list[str]) -> list[str]:
    """A line with a few words swapped, left out or put in."""
    result = list(line)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(result)))
        result[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(WORDS + SMALL), max_size=2))
    return result


def written(drawn: Iterable[Sequence[str]]) -> str:
    return "\n".join(" ".join(line) + "." for line in drawn)


@st.composite
def trusted_references(draw: st.DrawFn, article: list[list[str]], tokens: Sequence[Token]) -> Trusted:
    """A reference that shares most sentences with *article*, clean or spun, then with swaps of its own."""
    shared = [draw(altered(line)) for line in article if draw(st.integers(0, 3))]
    reference = prepare(written(draw(st.permutations([*shared, *draw(st.lists(lines, max_size=2))]))))
    trust = draw(st.sampled_from([1.0, 1.0, 0.9, 0.3]))
    swaps = {}
    if trust < 0.5 and reference.tokens:
        for at in draw(st.lists(st.integers(0, len(reference.tokens) - 1), max_size=8)):
            swaps[at, at + 1, (draw(st.sampled_from(tokens)).word,)] = draw(st.sampled_from([0.1, 0.5]))
    return Trusted(reference, trust, swaps)


@st.composite
def scenes(draw: st.DrawFn, most: int = 3) -> Scene:
    """An article of a few sentences with random readings, and up to *most* references."""
    article = draw(st.lists(lines, min_size=2, max_size=4))
    text = written(article)
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    readings = []
    for _ in range(draw(st.integers(0, 12))):
        first, end = draw(st.sampled_from(spans))
        start = draw(st.integers(first, end - 1))
        words = draw(st.lists(st.sampled_from(WORDS + SMALL[:7] + ("Told", "War")), min_size=1, max_size=3))
        stop = draw(st.integers(start + 1, min(end, start + 3)))
        readings.append((start, stop, " ".join(words), draw(st.sampled_from([0.0, 0.2, 0.7]))))
    references = [draw(trusted_references(article, tokens)) for _ in range(draw(st.integers(1, most)))]
    return scene(text, references, readings)
