"""Alignment: where the readings of article sentences match reference sentences.

Local alignment (Smith and Waterman 1981) of a word lattice with a text. An equal word adds its surprise in nats to the
score, a word that is skipped on either side costs SKIP. Nats are counted in whole units, so that sums do not depend on
their order or on what else is aligned at the same time.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.references.arrays import Bools, Floats, Ints, expand, offsets, opens_run, whole
from normalizer.references.article import Article, Numbering, Related
from normalizer.references.pairing import Pairs
from normalizer.references.prepared import PUNCTUATION

SKIP = 0.7  # nats that a skipped word costs
LEAST_GAIN, MOST_GAIN = 0.3, 9.0  # nats that an equal word gains: of a comma, of a rare name
COMMON = 3.0  # nats that are taken off a word's surprise to give its gain
UNSURE = 0.6  # the gain of a reading as a share of that of a standing word: one of many readings may fit by chance
LONGEST_SENTENCE = 150  # tokens; longer sentences are lists, and aligning them would take as many steps
LONGEST_GAP = 4  # tokens on either side; longer differences are rewriting
LONGEST_ADDED = 2  # tokens that only the article has: a spinner's "actually" or "or she", but not a clause
LEAST_FLANK, LEAST_GAP_FIT = 0.2, 12.0  # nats of alignment on either side of a gap, and on both sides together
SLACK = 2.0  # nats by which an alignment with a gap may be below the best one of its sentences
# Units in a nat: 2^38, so that sums are exact to 10^-11 nats, and the positions of 4,000 pairs of sentences fit into 63
# bits.
UNIT = float(1 << 38)
PAIR_COST = 16  # columns that are added to those of each pair when blocks are cut, so that a block has few pairs
# The article tokens (down) and reference tokens (right) of a gap.
GAP_SHAPES = tuple(
    (down, right)
    for down in range(1, LONGEST_GAP + 1)
    for right in range(LONGEST_GAP + 1)
    if right or down <= LONGEST_ADDED
)


def gains(surprise: Floats, kinds: NDArray[np.int8]) -> Floats:
    """Return the nats that each word gains if both sides have it, from its surprise (nats) and kind."""
    return np.where(kinds == PUNCTUATION, LEAST_GAIN, np.clip(surprise - COMMON, LEAST_GAIN, MOST_GAIN))


class Grid(NamedTuple):
    """Reference sentences laid side by side as columns, each for the article sentence that it is paired with.

    Behind the last token of each sentence comes a column without a token. Shape (columns,): pair: number of the pair,
    from 0. token: index of the reference token, -1 for none. word: the number of its word, -1 for none. capital:
    whether it begins with a capital. gain: nats that it gains where the article has it too. Shape (pairs,): sentence:
    the article sentence of each pair.
    """

    pair: Ints
    token: Ints
    word: Ints
    capital: Bools
    gain: Floats
    sentence: Ints


class Sources(NamedTuple):
    """What the alignment needs of all related references, their tokens one behind the other, shape (tokens,).

    word: the number of each token's word. gain: its gain in nats. capital, quoted: see `Reference`. first: number of
    the first token of each reference. bounds: for each reference the start of each sentence and the end of the last.
    first_bound: index of the first bound of each reference.
    """

    word: Ints
    gain: Floats
    capital: Bools
    quoted: Bools
    first: Ints
    bounds: Ints
    first_bound: Ints


def gather_sources(related: Sequence[Related], numbering: Numbering) -> Sources:
    """Return the columns of the *related* references."""
    words = np.concatenate([named[each.reference.words] for each, named in zip(related, numbering.named, strict=True)])
    first = offsets(whole([len(each.reference.words) for each in related]))
    ends_of = [[end for _, end in each.reference.spans] for each in related]
    return Sources(
        words,
        gains(numbering.surprise, numbering.kinds)[words],
        np.concatenate([each.reference.capital for each in related]),
        np.concatenate([each.reference.quoted for each in related]),
        first,
        np.concatenate([whole([0, *ends]) + start for ends, start in zip(ends_of, first.tolist(), strict=False)]),
        offsets(whole([len(ends) + 1 for ends in ends_of])),
    )


def pair_spans(pairs: Pairs, sources: Sources) -> tuple[Ints, Ints]:
    """Return the first token and the number of tokens of the reference sentence of each pair."""
    bound = sources.first_bound[pairs.source] + pairs.other
    return sources.bounds[bound], sources.bounds[bound + 1] - sources.bounds[bound]


def lay_out(sentence: Ints, first: Ints, size: Ints, sources: Sources) -> Grid:
    """Return the grid of pairs: their article sentences, and the first tokens and sizes of the reference sentences."""
    pair, token = expand(first, size + 1)
    behind = np.cumsum(size + 1) - 1
    token[behind] = first  # any valid index: these columns are overwritten below
    word, gain, capital = sources.word[token], sources.gain[token], sources.capital[token]
    token[behind], word[behind], gain[behind] = -1, -1, 0.0
    return Grid(pair, token, word, capital, gain, sentence)


class Matches(NamedTuple):
    """Every place on a grid where the words of a candidate stand: arrays of one length.

    candidate: its index. top, bottom: its first row and the row behind its last; rows are the article's tokens, counted
    from the start of the sentence. left, right: its first column and the column behind its last. gain: units that the
    words gain.
    """

    candidate: Ints
    top: Ints
    bottom: Ints
    left: Ints
    right: Ints
    gain: Ints


def find_matches(article: Article, grid: Grid, rows: slice) -> Matches:
    """Return the matches of the candidates *rows* with all words of their wordings.

    A wording with a capital of its own matches only a capital: "US" does not match "us".
    """
    candidates, wordings, bounds = article.candidates, article.wordings, article.bounds
    span, sentence = len(article.numbering.surprise), article.sentence[rows]
    columns = np.flatnonzero(grid.word >= 0)
    keys = grid.sentence[grid.pair[columns]] * span + grid.word[columns]
    order = np.argsort(keys, kind="stable")
    keys, columns = keys[order], columns[order]
    on_grid = np.zeros(span, dtype=np.bool_)
    on_grid[grid.word[columns]] = True
    first = wordings.first[candidates.wording[rows]]
    asked = np.flatnonzero(on_grid[first] & (np.diff(bounds) <= LONGEST_SENTENCE)[sentence])
    wanted = sentence[asked] * span + first[asked]
    starts = np.searchsorted(keys, wanted)
    found, place = expand(starts, np.searchsorted(keys, wanted, side="right") - starts)
    candidate, left = asked[found] + rows.start, columns[place]
    fits = grid.capital[left] | ~candidates.capital[candidate]
    candidate, left = _followed(article, grid, candidate[fits], left[fits])
    wording, opening = candidates.wording[candidate], bounds[article.sentence[candidate]]
    return Matches(
        candidate,
        candidates.start[candidate] - opening,
        candidates.end[candidate] - opening,
        left,
        left + wordings.sizes[wording],
        _worth(article, wording, candidates.stands[candidate]),
    )


def _followed(article: Article, grid: Grid, candidate: Ints, left: Ints) -> tuple[Ints, Ints]:
    """Return those of *candidate* and *left* at which all words of the wording stand, from column *left* on."""
    wording, wordings = article.candidates.wording[candidate], article.wordings
    sizes, starts = wordings.sizes[wording], wordings.bounds[wording]
    stands = np.ones(len(left), dtype=np.bool_)
    open_, k = np.flatnonzero(sizes > 1), 1
    while len(open_):
        same = grid.word[left[open_] + k] == wordings.words[starts[open_] + k]
        stands[open_[~same]] = False
        open_, k = open_[same], k + 1
        open_ = open_[sizes[open_] > k]
    return candidate[stands], left[stands]


def _worth(article: Article, wording: Ints, stands: Bools) -> Ints:
    """Return the units that each match of a *wording* gains."""
    numbering, wordings = article.numbering, article.wordings
    each = gains(numbering.surprise, numbering.kinds)[wordings.words]
    nats = np.bincount(np.repeat(np.arange(len(wordings.sizes)), wordings.sizes), each)
    return np.rint(nats[wording] * np.where(stands, UNIT, UNSURE * UNIT)).astype(np.int64)


class Fit(NamedTuple):
    """Scores of the best alignments around each match, in units.

    before, after: the best alignment that ends before each match, and the best that starts behind it, less the cost of
    skipped words, shape (matches,) each. best: the best alignment of each pair of sentences, shape (pairs,).
    """

    before: Ints
    after: Ints
    best: Ints


def align(matches: Matches, grid: Grid) -> Fit:
    """Return the scores around each match. One sweep computes both directions: the second on a mirrored copy."""
    height = int(matches.bottom.max(initial=0))
    position, width = _positions(grid), len(grid.pair)
    both = Matches(
        matches.candidate,
        np.concatenate([matches.top, height - matches.bottom]),
        np.concatenate([matches.bottom, height - matches.top]),
        np.concatenate([matches.left, 2 * width - 1 - matches.right]),
        np.concatenate([matches.right, 2 * width - 1 - matches.left]),
        np.concatenate([matches.gain, matches.gain]),
    )
    before, after = np.split(_sweep(both, height, position), 2)
    best = np.zeros(len(grid.sentence), dtype=np.int64)
    np.maximum.at(best, grid.pair[matches.left], before + after + matches.gain)
    return Fit(before, after, best)


def _positions(grid: Grid) -> Ints:
    """Return the position of each column, and then those of the mirrored columns.

    The difference of two positions is the number of columns that are skipped between them. Between two sentences the
    positions leave a gap that costs more than any alignment gains, so that no alignment crosses it.
    """
    barrier = int(np.bincount(grid.pair, grid.gain, minlength=1).max() / SKIP) + 2
    position = np.arange(len(grid.pair)) + grid.pair * barrier
    return np.concatenate([position, 2 * position.max(initial=0) + barrier - position[::-1]])


def _sweep(matches: Matches, height: int, position: Ints) -> Ints:
    """Return the units of the best alignment that ends before each match, row by row. position: see `_positions`.

    The cost of skips is kept as a potential: the score of an alignment that ends in a cell is raised by the cost of
    skipping all rows and columns before that cell. The best raised score never falls from one column to the next, so
    that a running maximum holds it; reading it subtracts the potential of the cell where the match begins.
    """
    skip = int(SKIP * UNIT)
    by_bottom, by_top = np.argsort(matches.bottom, kind="stable"), np.argsort(matches.top, kind="stable")
    rows = np.arange(height + 1)
    ends = np.searchsorted(matches.bottom[by_bottom], rows, side="right").tolist()
    starts = np.searchsorted(matches.top[by_top], rows, side="right").tolist()
    place = np.empty_like(by_bottom)
    place[by_bottom] = np.arange(len(place))
    target, left, right = place[by_top], matches.left[by_top], matches.right[by_bottom]
    passed = (position[left] + matches.top[by_top]) * skip
    gain = matches.gain[by_bottom] + (position[right] + matches.bottom[by_bottom]) * skip
    best, before = np.zeros_like(position), np.zeros_like(gain)
    done = begun = 0
    for end, start in zip(ends, starts, strict=True):
        if done < end:
            np.maximum.at(best, right[done:end], before[done:end] + gain[done:end])
            np.maximum.accumulate(best, out=best)
        before[target[begun:start]] = np.maximum(best[left[begun:start]] - passed[begun:start], 0)
        done, begun = end, start
    return np.asarray(before[place])


class Gaps(NamedTuple):
    """Short stretches on which an article sentence and its reference sentence differ, between words that fit.

    All have the shape (gaps,). shape: index into GAP_SHAPES. top: its first row. column: its first column. fit: nats of
    the alignments on both sides.
    """

    shape: Ints
    top: Ints
    column: Ints
    fit: Floats


def find_gaps(matches: Matches, fit: Fit, grid: Grid) -> Gaps:
    """Return the gaps of the best alignments of all pairs, sorted by size and place.

    Only gaps that the best alignment of two sentences skips, or one within SLACK of it: elsewhere equal words match by
    chance. A gap may be empty in the reference.
    """
    pair = grid.pair[matches.left]
    whole_fit = fit.before + matches.gain + fit.after
    near = np.flatnonzero(whole_fit > fit.best[pair] - int(SLACK * UNIT))  # others lie on no such alignment
    width = len(grid.pair) + LONGEST_GAP
    end, before = _best_cells(matches.bottom[near] * width + matches.right[near], (fit.before + matches.gain)[near])
    start, after = _best_cells(matches.top[near] * width + matches.left[near], (fit.after + matches.gain)[near])
    shapes = np.array(GAP_SHAPES, dtype=np.int64)
    wanted = end[None, :] + (shapes[:, 0] * width + shapes[:, 1])[:, None]
    place = np.minimum(np.searchsorted(start, wanted), max(0, len(start) - 1))
    shape, cell = np.nonzero(start[place] == wanted) if len(start) else (end[:0], end[:0])
    behind = after[place[shape, cell]] if len(start) else after
    top, column = np.divmod(end[cell], width)
    down, right = shapes[shape].T
    around, least = before[cell] + behind, int(LEAST_FLANK * UNIT)
    lost = fit.best[grid.pair[column]] - (around - int(SKIP * UNIT) * (down + right))
    kept = (before[cell] > least) & (behind > least) & (around > LEAST_GAP_FIT * UNIT) & (lost < SLACK * UNIT)
    kept &= grid.pair[column] == grid.pair[np.minimum(column + right, len(grid.pair) - 1)]
    return Gaps(shape[kept], top[kept], column[kept], np.round(around[kept] / UNIT, 6))


def _best_cells(cells: Ints, units: Ints) -> tuple[Ints, Ints]:
    """Return the distinct *cells* in order, and the largest of the *units* of each."""
    order = np.argsort(cells, kind="stable")
    firsts = np.flatnonzero(opens_run(cells[order]))
    most = np.maximum.reduceat(units[order], firsts) if len(firsts) else units[:0]
    return cells[order[firsts]], most
