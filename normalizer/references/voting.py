"""Voting: from aligned places to what all references together say of each reading."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from normalizer.references.alignment import Sources
from normalizer.references.arrays import Floats, Ints, any_of, opens_run, take, whole
from normalizer.references.article import Article, Candidates
from normalizer.references.prepared import LEAST_TRUST, Trusted
from normalizer.references.proposing import Backing
from normalizer.references.witnesses import Witnesses

# An aligned word that is less sure than this (0..1) says nothing: so much agrees between any two stories of one beat.
LEAST_VOTE = 0.1


class Votes(NamedTuple):
    """The aligned places behind each reading, sorted by reading, the best first, one of each reference at most.

    reading: see `number_readings`; proposals count on from there. source: index of the related reference. token: first
    token there. proof, verbatim: as in `Witnesses`.
    """

    reading: Ints
    source: Ints
    token: Ints
    proof: Floats
    verbatim: Floats


def number_readings(candidates: Candidates) -> tuple[Ints, Ints]:
    """Return the number of each candidate's reading, and the first candidate of each reading.

    Candidates of the same tokens and words are one reading.
    """
    words, tokens = max(1, len(candidates.wordings)), int(candidates.end.max(initial=0)) + 1
    keys = (candidates.start * tokens + candidates.end) * words + candidates.wording
    _, firsts, reading = np.unique(keys, return_index=True, return_inverse=True)
    return reading, firsts


def choose_witnesses(
    candidates: Candidates, reading: Ints, witnesses: Witnesses, sources: Sources, numbers: Ints, believed: Floats
) -> Votes:
    """Return the votes of *witnesses*: of each reading the best place in each reference that may speak for it.

    reading: of each candidate. numbers, believed: of each related reference its index among all, and how far it is
    believed (0..1).
    """
    speaks = believed[witnesses.source] >= np.where(candidates.stands[witnesses.candidate], LEAST_TRUST, 1e-9)
    found = take(witnesses, speaks)
    read = reading[found.candidate]
    order = np.lexsort((found.token, found.pair, -found.proof, found.source, read))
    order = order[opens_run(read[order], found.source[order])]
    token = found.token - sources.first[found.source]
    votes = take(Votes(read, found.source, token, np.round(found.proof, 6), found.verbatim), order)
    return take(votes, np.lexsort((numbers[votes.source], -votes.proof, votes.reading)))


def undecided(votes: Votes, article: Article, reading: Ints, firsts: Ints, references: Sequence[Trusted]) -> Votes:
    """Return *votes*, those of spun references less sure where these, not the article, may hold the swap.

    "Store" for "shop" in one text is "shop" for "store" in the other: which was there first, the spinners' habits tell.
    reading, firsts: see `number_readings`. references: the related ones.
    """
    spun = np.array([bool(each.swaps) for each in references])
    if not spun.any():
        return votes
    candidates, proof = article.candidates, votes.proof.copy()
    forth = np.zeros(len(firsts))
    np.maximum.at(forth, reading, candidates.strength)
    for k in np.flatnonzero(spun[votes.source]).tolist():
        row, at = firsts[votes.reading[k]], int(votes.token[k])
        words = tuple(token.word for token in article.tokens[candidates.start[row] : candidates.end[row]])
        size = len(candidates.wordings[candidates.wording[row]])
        if back := references[votes.source[k]].swaps.get((at, at + size, words), 0.0):
            strength = forth[votes.reading[k]]
            proof[k] *= strength / (strength + back)
    return votes._replace(proof=proof)


def proposal_votes(backings: Sequence[Sequence[Backing]], numbers: Ints, first: int) -> Votes:
    """Return the votes for proposals by what backs each of them.

    numbers: see `choose_witnesses`. first: number of the first proposal's reading.
    """
    flat = [b for each in backings for b in sorted(each, key=lambda b: (-b.proof, numbers[b.source]))]
    reading = np.repeat(np.arange(len(backings)), whole([len(each) for each in backings])) + first
    return Votes(
        reading,
        whole([backing.source for backing in flat]),
        whole([backing.token for backing in flat]),
        np.array([backing.proof for backing in flat], dtype=np.float64),
        np.array([backing.verbatim for backing in flat], dtype=np.float64),
    )


def count_votes(votes: Votes, believed: Floats, repeats: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Return how surely the words of each reading belong where they are read, shape (count,) each.

    First by all aligned places, then by those in sentences that are the article's own but for the swaps, then by those
    in texts that are. believed, repeats: of each related reference (0..1).
    """
    vote = votes.proof * believed[votes.source]
    kept = vote >= LEAST_VOTE
    vote, reading = vote[kept], votes.reading[kept]
    verbatim = vote * votes.verbatim[kept]
    copied = verbatim * repeats[votes.source[kept]]
    return any_of(vote, reading, count), any_of(verbatim, reading, count), any_of(copied, reading, count)
