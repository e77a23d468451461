"""Alignment: all readings of article sentences laid beside reference sentences, and where they fit.

Local alignment (Smith and Waterman 1981) of a word lattice with a text. A word that both hold earns its surprise in
nats, a word that one of them skips costs a little.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.references import Pairing, Phrase, Reference, Weigh
from normalizer.tokens import Token

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Spans = Sequence[tuple[int, int]]

SKIP = 0.7  # nats that a skipped word costs
LEAST_GAIN, MOST_GAIN = 0.3, 9.0  # nats that an equal word earns: a comma, a rare name
COMMON = 3.0  # nats of surprise that earn nothing
UNSURE = 0.6  # share that a reading earns of what the standing word would: one of many may fit by chance
LONGEST_SENTENCE = 150  # tokens; longer ones are lists, and their matrix would be as long
LONGEST_ADDED = 2  # tokens that the article alone has: a spinner's "actually" or "or she", but not a clause
LEAST_FLANK, LEAST_GAP_FIT = 0.2, 12.0  # nats on either side of a gap, and on both together
SLACK = 2.0  # nats by which an alignment may miss the best one of its sentences and still propose
BARRIER = 1e4  # columns between two sentences: no gap is that cheap
NOWHERE = -1e9
LONGEST_GAP = 4  # tokens on either side; longer differences are rewriting


class Candidate(NamedTuple):
    """A way to read tokens start..end: as they stand, or as *words*; a name meets only words with a *capital*."""

    start: int
    end: int
    words: Phrase
    stands: bool
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """Reference sentences laid side by side as columns, for all article sentences at once.

    sentence: article sentence of each column. at: index of the reference token in each column, -1 behind the last one
    of a sentence. reference: number of the reference of each column. pair: number of the pair of sentences of each
    column. gains: nats that its word earns where the article has it, too. position: columns counted with a barrier
    between sentences. starts: for each article sentence, the columns of every word.
    """

    sentence: Ints
    at: Ints
    reference: Ints
    pair: Ints
    gains: Floats
    position: Floats
    starts: list[dict[str, list[int]]]


def lay_out(pairings: Sequence[Sequence[Pairing]], references: Sequence[Reference], gain: Weigh) -> Board:
    """Return the board of all paired sentences. gain: what an equal word earns, in nats."""
    at: list[int] = []
    reference: list[int] = []
    gains: list[float] = []
    pair: list[int] = []
    position: list[float] = []
    starts: list[dict[str, list[int]]] = []
    sentence: list[int] = []
    here, count = 0.0, 0
    for number, pairs in enumerate(pairings):
        columns: dict[str, list[int]] = defaultdict(list)
        for pairing in pairs:
            source = references[pairing.reference]
            first, end = source.spans[pairing.sentence]
            for i in range(first, end):
                columns[source.tokens[i].word].append(len(at) + i - first)
            at += [*range(first, end), -1]
            reference += [pairing.reference] * (end - first + 1)
            pair += [count] * (end - first + 1)
            gains += [*(gain(token.word) for token in source.tokens[first:end]), 0.0]
            count += 1
            position += [here + k for k in range(end - first + 1)]
            sentence += [number] * (end - first + 1)
            here += end - first + BARRIER
        starts.append(columns)
    return Board(
        _whole(sentence), _whole(at), _whole(reference), _whole(pair), np.array(gains), np.array(position), starts
    )


class Ties(NamedTuple):
    """Every place where a candidate's words stand on the board: arrays of one length.

    candidate: its index. top, bottom: rows (article tokens counted from the sentence start). left, right: columns.
    gain: nats.
    """

    candidate: Ints
    top: Ints
    bottom: Ints
    left: Ints
    right: Ints
    gain: Floats


def find_ties(
    candidates: Sequence[Candidate], spans: Spans, board: Board, references: Sequence[Reference], gain: Weigh
) -> Ties:
    """Return the ties of all *candidates* (by start) with the sentences that theirs is paired with."""
    rows: list[tuple[int, int, int, int, int, float]] = []
    sentence, gains = 0, {}
    at, reference = board.at.tolist(), board.reference.tolist()
    for number, (start, end, words, stands, capital) in enumerate(candidates):
        while start >= spans[sentence][1]:
            sentence += 1
        places = board.starts[sentence].get(words[0])
        first = spans[sentence][0]
        if not places or end - first > LONGEST_SENTENCE:
            continue
        if words not in gains:
            gains[words] = sum(map(gain, words))
        worth = gains[words] * (1.0 if stands else UNSURE)
        size = len(words)
        for left in places:
            source = references[reference[left]].tokens
            if capital and not source[at[left]].text[0].isupper():
                continue
            if size == 1 or _follow(words, at, left, source):
                rows.append((number, start - first, end - first, left, left + size, worth))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    candidate, top, bottom, first_column, last_column = map(_whole, columns[:5])
    return Ties(candidate, top, bottom, first_column, last_column, np.array(columns[5], np.float64))


def _whole(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


def _follow(words: Phrase, at: Sequence[int], left: int, tokens: Sequence[Token]) -> bool:
    for k in range(1, len(words)):
        place = at[left + k]
        if place < 0 or tokens[place].word != words[k]:
            return False
    return True


class Fit(NamedTuple):
    """before, after: nats of the best alignment that ends before, or starts behind, each tie, skips paid.

    ends, heads: for each row and column nats of the best alignment that ends, or starts, right there. best: nats of the
    best alignment of each pair of sentences.
    """

    before: Floats
    after: Floats
    ends: Floats
    heads: Floats
    best: Floats


def align(ties: Ties, board: Board) -> Fit:
    """Return how well everything around each tie fits."""
    height = int(ties.bottom.max(initial=0)) + 1
    before, ends = _sweep(ties.top, ties.bottom, ties.left, ties.right, ties.gain, height, board.position)
    width = len(board.position) - 1
    last = float(board.position[-1]) if len(board.position) else 0.0
    after, heads = _sweep(
        height - 1 - ties.bottom, height - 1 - ties.top, width - ties.right, width - ties.left, ties.gain,
        height, last - board.position[::-1],
    )  # fmt: skip
    after, heads = after[::-1, ::-1], heads[::-1, ::-1]
    around = before[ties.top, ties.left], after[ties.bottom, ties.right]
    whole = np.zeros(board.pair[-1] + 1)
    np.maximum.at(whole, board.pair[ties.left], around[0] + around[1] + ties.gain)
    return Fit(*around, ends, heads, whole)


def _sweep(
    top: Ints, bottom: Ints, left: Ints, right: Ints, gain: Floats, height: int, position: Floats
) -> tuple[Floats, Floats]:
    """Return best scores up to each cell, shape (height, columns), and those of alignments that end right there."""
    best = np.zeros((height, len(position)))
    ends = np.full(best.shape, NOWHERE)
    order = np.argsort(bottom, kind="stable")
    cuts = np.searchsorted(bottom[order], np.arange(height + 1))
    slope = SKIP * position
    for row in range(height):
        own = order[cuts[row] : cuts[row + 1]]
        line = np.maximum(best[row - 1] - SKIP, 0.0) if row else np.zeros(len(position))
        if len(own):
            scores = best[top[own], left[own]] + gain[own]
            np.maximum.at(ends[row], right[own], scores)
            line = np.maximum(line, ends[row])
            line = np.maximum.accumulate(line + slope) - slope
        best[row] = line
    return best, ends


def earned(word: str, weigh: Weigh) -> float:
    """Return what an equal word earns, in nats."""
    return min(MOST_GAIN, max(LEAST_GAIN, weigh(word) - COMMON)) if word[0].isalnum() else LEAST_GAIN


class Gap(NamedTuple):
    """Tokens start..end of the article, *size* tokens of a reference from *at* on, and nats of fit around both.

    column, pair: where it lies on the board.
    """

    start: int
    end: int
    reference: int
    at: int
    size: int
    fit: float
    column: int = 0
    pair: int = 0


def find_gaps(fit: Fit, board: Board, spans: Spans) -> Iterator[Gap]:
    """Yield the short stretches on which an article and a reference differ, between words that touch and fit.

    Only such as the best alignment of two sentences skips: elsewhere a word stands on both sides by chance. A gap may
    be empty in the reference.
    """
    height, width = fit.ends.shape
    rows, columns = np.nonzero(fit.ends > LEAST_FLANK)  # few: looking behind each is faster than shifting the whole
    before = fit.ends[rows, columns]
    for down in range(1, LONGEST_GAP + 1):
        for right in range(LONGEST_GAP + 1):
            inside = np.flatnonzero((rows + down < height) & (columns + right < width))
            row, column = rows[inside], columns[inside]
            after = fit.heads[row + down, column + right]
            if not right and down > LONGEST_ADDED:
                continue
            level = board.position[column + right] - board.position[column] == right
            around = before[inside] + after
            on_path = around - SKIP * (down + right) > fit.best[board.pair[column]] - SLACK
            for k in np.flatnonzero((after > LEAST_FLANK) & (around > LEAST_GAP_FIT) & level & on_path).tolist():
                at, pair = int(column[k]), int(board.pair[column[k]])
                first = spans[board.sentence[at]][0] + int(row[k])
                nats = round(float(around[k]), 6)
                yield Gap(first, first + down, int(board.reference[at]), int(board.at[at]), right, nats, at, pair)
