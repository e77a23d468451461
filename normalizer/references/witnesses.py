"""Witnesses: places where a reference has the words of a candidate in the same context, and how far they prove it.

A word inside a sentence that article and reference have verbatim is nearly certain; the same word in another sentence
proves nothing. So the proof of a place is the best alignment *around* it, without the word itself.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from normalizer.references.alignment import (
    GAP_SHAPES,
    PAIR_COST,
    UNIT,
    Fit,
    Gaps,
    Grid,
    Matches,
    Sources,
    align,
    find_gaps,
    find_matches,
    lay_out,
    pair_spans,
)
from normalizer.references.arrays import Bools, Floats, Ints, blocks, expand, join, opens_run, sums, take
from normalizer.references.article import Article
from normalizer.references.pairing import Pairs
from normalizer.references.prepared import Reference, joined_sentences

LEAST_FIT = 4.0  # nats around a word; less is chance
HALF_SURE = 20.0  # nats around a word at which its proof is one half
# The detour of a place is the nats by which the best alignment through it is below the best one of the two sentences;
# the proof falls by a factor of e for every DETOUR nats. Measured beside originals: the detour of right words is at
# most .8 nats in 95 of 100 cases, that of wrong words 12 in the median. Values of 3 to 5 explain the gold repairs of
# the learning cases best; a value of 1 is worse by 11 nats of 950, no detour term at all by 45.
DETOUR = 4.0
# The share of a reference sentence's nats that aligns with an article sentence tells whether the two are the same but
# for the swaps: at the first number surely not, at the second surely. Measured: 95 of 100 spun sentences reach .52
# beside their originals with half of the lexicon and .72 with all of it; beside other reports three quarters stay below
# .26, and the rest are mostly sentences that were taken over. Quotations are verbatim by nature, so that the sentence
# around them needs less.
SIMILAR, SIMILAR_IN_QUOTES = (0.4, 0.65), (0.15, 0.4)
# The share of an article's tokens in sentences that a reference repeats as they stand, spun words and all, from which
# on the reference counts as a copy of the article: COPIED if the reference looks clean, COPIED_SPIN if it looks spun,
# since then a few such sentences tell that both come from one spun text.
COPIED, COPIED_SPIN = 0.9, 0.2
LOOKS_CLEAN = 0.9  # trust from which on a reference looks clean without doubt
MOST_COLUMNS = 1 << 15  # of a grid, which is aligned as a whole: some 20 MB


class Witnesses(NamedTuple):
    """Places where references have the words of candidates, the best one for each candidate and reference.

    All have the shape (places,). candidate, pair: indices. source: index of the related reference. token: index of the
    first token, counted over all references. proof: how surely (0 to 1) the words are right, by the alignment around
    them. verbatim: how surely (0 to 1) the reference's sentence is the article's own but for the swaps.
    """

    candidate: Ints
    pair: Ints
    source: Ints
    token: Ints
    proof: Floats
    verbatim: Floats


class PlacedGaps(NamedTuple):
    """Stretches of the article that the words of a reference may fill.

    All have the shape (gaps,). start, end: article tokens. source: index of the related reference. token, size: its
    first token, counted over all references, and how many there are. fit: nats of the alignments on both sides. pair:
    index of the pair of sentences. column: of the first token on its grid. shape: index into GAP_SHAPES.
    """

    start: Ints
    end: Ints
    source: Ints
    token: Ints
    size: Ints
    fit: Floats
    pair: Ints
    column: Ints
    shape: Ints


class Aligned(NamedTuple):
    """What the alignment of all pairs of sentences found.

    witnesses, gaps: see these classes. best: nats of the best alignment of each pair, shape (pairs,). similarity: share
    (0 to 1) of the nats of each pair's reference sentence that is aligned, shape (pairs,).
    """

    witnesses: Witnesses
    gaps: PlacedGaps
    best: Floats
    similarity: Floats


def align_pairs(
    article: Article,
    pairs: Pairs,
    sources: Sources,
    fillable: Callable[[PlacedGaps], Bools],
    most_columns: int = MOST_COLUMNS,
) -> Aligned:
    """Align all *pairs* of sentences, as many at once as fit into a grid of *most_columns*.

    fillable: tells which gaps the words of a reference may fill. most_columns: bounds the memory, and changes nothing
    else.
    """
    first, size = pair_spans(pairs, sources)
    parts = []
    for block in blocks(size + PAIR_COST, most_columns):
        grid = lay_out(pairs.sentence[block], first[block], size[block], sources)
        low, high = np.searchsorted(article.sentence, [grid.sentence[0], grid.sentence[-1] + 1]).tolist()
        matches = find_matches(article, grid, slice(low, high))
        fit = align(matches, grid)
        gaps = _placed(find_gaps(matches, fit, grid), grid, article.bounds, pairs.source, block.start)
        # Most pairs are not the same sentence even if all their gaps are filled: that saves asking about their words.
        gaps = take(gaps, may_be_one(similarities(fit, grid, gaps), grid, sources)[gaps.pair - block.start])
        gaps = take(gaps, fillable(gaps))
        similarity = similarities(fit, grid, gaps)
        witnesses = _witnesses(matches, fit, grid, pairs.source, block.start, sources.quoted, similarity)
        parts.append(Aligned(witnesses, gaps, fit.best / UNIT, similarity))
    gaps = join([part.gaps for part in parts])
    # Of gaps with one wording and reference only the first counts: which one is first must not depend on the blocks.
    gaps = take(gaps, np.lexsort((gaps.token, gaps.pair, gaps.start, gaps.shape)))
    best, similarity = (np.concatenate([part[k] for part in parts]) for k in (2, 3))
    return Aligned(join([part.witnesses for part in parts]), gaps, best, similarity)


def may_be_one(similarity: Floats, grid: Grid, sources: Sources) -> Bools:
    """Return which pairs of sentences may be the same but for the swaps. similarity: see `similarities`."""
    quotes = np.bincount(grid.pair, sources.quoted[grid.token] & (grid.token >= 0), len(similarity))
    return np.asarray(similarity > np.where(quotes > 0, SIMILAR_IN_QUOTES[0], SIMILAR[0]))


def _placed(gaps: Gaps, grid: Grid, bounds: Ints, source: Ints, first_pair: int) -> PlacedGaps:
    """Return *gaps* with their tokens. source: the related reference of each pair.

    A gap that is empty in the reference is extended by the word before it on both sides, so that "have" replaces "have
    actually".
    """
    down, right = np.array(GAP_SHAPES, dtype=np.int64)[gaps.shape].T
    empty = (right == 0).astype(np.int64)
    pair, column = grid.pair[gaps.column], gaps.column - empty
    start = bounds[grid.sentence[pair]] + gaps.top
    return PlacedGaps(
        start - empty,
        start + down,
        source[pair + first_pair],
        grid.token[column],
        right + empty,
        gaps.fit,
        pair + first_pair,
        column,
        gaps.shape,
    )


def similarities(fit: Fit, grid: Grid, gaps: PlacedGaps) -> Floats:
    """Return which share (0 to 1) of the nats of each pair's reference sentence is aligned, shape (pairs,).

    Words in *gaps* do not count: there the article may hold a swap that the lexicon does not know.
    """
    gain = grid.gain.copy()
    gain[expand(gaps.column, gaps.size)[1]] = 0.0
    return np.asarray(fit.best / UNIT / np.maximum(1.0, sums(grid.pair, gain, len(fit.best))))


def _witnesses(
    matches: Matches, fit: Fit, grid: Grid, source: Ints, first_pair: int, quoted: Bools, similarity: Floats
) -> Witnesses:
    """Return the best match of every candidate in each reference, if at least LEAST_FIT nats are aligned around it.

    A small word stands somewhere in most sentences, so the proof falls with the detour that the alignment makes through
    it. source: of each pair. quoted: of each reference token.
    """
    kept = np.flatnonzero(fit.before + fit.after >= int(LEAST_FIT * UNIT))
    pair, around = grid.pair[matches.left[kept]], (fit.before + fit.after)[kept]
    detour = (fit.best[pair] - around - matches.gain[kept]) / UNIT
    proof = sureness(around / UNIT) * np.exp(-detour / DETOUR)
    candidate, token, owner = matches.candidate[kept], grid.token[matches.left[kept]], source[pair + first_pair]
    order = np.lexsort((token, pair, -proof, owner, candidate))
    order = order[opens_run(candidate[order], owner[order])]
    verbatim = same_words(similarity[pair], quoted[token])
    return take(Witnesses(candidate, pair + first_pair, owner, token, proof, verbatim), order)


def sureness(nats: Floats) -> Floats:
    """Return how far so many nats of alignment around a word prove it (0 to 1)."""
    return np.asarray(nats * nats / (nats * nats + HALF_SURE * HALF_SURE))


def same_words(similarity: Floats, quoted: Bools) -> Floats:
    """Return how surely (0 to 1) two sentences are the same but for the swaps.

    similarity: share of the nats of one that are aligned with the other. quoted: whether the place stands in a
    quotation.
    """
    low = np.where(quoted, SIMILAR_IN_QUOTES[0], SIMILAR[0])
    high = np.where(quoted, SIMILAR_IN_QUOTES[1], SIMILAR[1])
    return np.asarray(np.round(np.clip((similarity - low) / (high - low), 0.0, 1.0), 6))


# --- which references are believed ----------------------------------------------------------------------------


def same_story(strength: Floats) -> Floats:
    """Return how surely (0 to 1) each reference tells the article's story, shape (references,).

    strength: nats of the best alignments of article sentences with each reference, shape (sentences, references), of
    which the two best are added up. Measured with half of the lexicon: their sum is at least 46 nats and 103 in the
    median for 54 pairs of a spun article and a report of its story, at most 42 and mostly 0 for 840 pairs of different
    stories.
    """
    best = np.sort(strength, axis=0)[-2:].sum(axis=0)
    return np.asarray(np.clip((best - 43.0) / 15.0, 0.0, 1.0))


def two_best(aligned: Aligned, pairs: Pairs, count: int) -> Floats:
    """Return the nats of the two best alignments of an article sentence with each reference, shape (2, count)."""
    order = np.lexsort((-aligned.best, pairs.sentence, pairs.source))
    order = order[opens_run(pairs.source[order], pairs.sentence[order])]
    order = order[np.lexsort((-aligned.best[order], pairs.source[order]))]
    source = pairs.source[order]
    rank = np.arange(len(order)) - np.searchsorted(source, source)
    result = np.zeros((2, count))
    result[rank[rank < 2], source[rank < 2]] = aligned.best[order[rank < 2]]
    return result


def not_copied(article: Article, references: Sequence[Reference], trust: Sequence[float]) -> Floats:
    """Return 0 for each reference that is a copy of the article, else 1, shape (references,).

    A copy of a spun article does not show what stood there before; a report that shares a quotation with it does.
    trust: in each reference (0 to 1), which tells how clean it looks.
    """
    own, sizes = joined_sentences(article.tokens, article.spans), np.diff(article.bounds).tolist()
    most = [(COPIED if each >= LOOKS_CLEAN else COPIED_SPIN) * sum(sizes) for each in trust]
    held = [
        sum(size for words, size in zip(own, sizes, strict=True) if words in reference.sentences)
        for reference in references
    ]
    return np.array([float(size < least) for size, least in zip(held, most, strict=True)])


def repeats(article: Article, aligned: Aligned, pairs: Pairs, sources: Sources) -> Floats:
    """Return the share (0 to 1) of the article's tokens in sentences that each reference has but for the swaps."""
    sizes = np.diff(article.bounds)
    opens = sources.quoted[pair_spans(pairs, sources)[0]]
    same = same_words(aligned.similarity, opens)
    order = np.lexsort((-same, pairs.sentence, pairs.source))
    order = order[opens_run(pairs.source[order], pairs.sentence[order])]
    shares = sums(pairs.source[order], same[order] * sizes[pairs.sentence[order]], len(sources.first) - 1)
    return np.asarray(np.round(shares / max(1, int(sizes.sum())), 6))
