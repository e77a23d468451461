"""Voting: aligned places in references are combined to what all references together say of each reading."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from normalizer.references.alignment import Sources
from normalizer.references.arrays import Floats, Ints, any_of, opens_run, take, whole
from normalizer.references.article import Article, Candidates
from normalizer.references.prepared import LEAST_TRUST, Trusted
from normalizer.references.proposing import Backing
from normalizer.references.witnesses import Witnesses

# Votes below this (0 to 1) do not count: any two stories on one subject agree as much by chance.
LEAST_VOTE = 0.1


class Votes(NamedTuple):
    """The aligned places that support each reading, at most one of each reference, by reading and falling proof.

    All have the shape (votes,). reading: see `number_readings`; proposals have the numbers behind those. source: index
    of the related reference. token: the first token in that reference. proof, verbatim: as in `Witnesses`.
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
    """Return the votes of *witnesses*: for each reading the best place in each reference that may support it.

    reading: of each candidate. numbers: for each related reference its index among all references. believed: how far
    each related reference is believed (0 to 1).
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
    """Return *votes* with less proof where a spun reference, not the article, may hold the swap.

    If one text has "store" and the other "shop", either may be the original. The proof is multiplied by the strength of
    the swap in the article, divided by the sum of the strengths of both directions. reading, firsts: see
    `number_readings`. references: the related ones.
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
    """Return the votes for proposals. backings: of each proposal.

    numbers: see `choose_witnesses`. first: the number of the first proposal's reading.
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
    """Return three probabilities that the words of each reading are right, shape (count,) each.

    The first counts all aligned places, the second only places in sentences that are the article's own but for the
    swaps, the third only such places in texts that are the article's own but for the swaps. believed, repeats: of each
    related reference (0 to 1). count: readings and proposals.
    """
    vote = votes.proof * believed[votes.source]
    kept = vote >= LEAST_VOTE
    vote, reading = vote[kept], votes.reading[kept]
    verbatim = vote * votes.verbatim[kept]
    copied = verbatim * repeats[votes.source[kept]]
    return any_of(vote, reading, count), any_of(verbatim, reading, count), any_of(copied, reading, count)
