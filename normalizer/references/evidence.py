"""Evidence: what references say of every reading of an article, in columns.

The article is aligned with its references sentence by sentence and word by word. Each reference has a vote on a
reading, which counts by how clean the reference looks, how surely it tells the article's story, and how well the words
around the reading match.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from normalizer.references.alignment import Sources, gather_sources
from normalizer.references.arrays import Bools, Floats, Ints, join
from normalizer.references.article import (
    Article,
    Candidates,
    Related,
    Spans,
    Weigh,
    find_candidate,
    read_article,
    related_references,
)
from normalizer.references.pairing import Pairs, collect_bags, pair_sentences
from normalizer.references.prepared import LEAST_TRUST, Phrase, Reference, Trusted, names
from normalizer.references.proposing import Proposal, fillable, propose
from normalizer.references.unaligned import count_unaligned
from normalizer.references.voting import (
    Votes,
    choose_witnesses,
    count_votes,
    number_readings,
    proposal_votes,
    undecided,
)
from normalizer.references.witnesses import Aligned, align_pairs, not_copied, repeats, same_story, two_best
from normalizer.tokens import Token


@dataclass(frozen=True, slots=True)
class Evidence:
    """What references say of an article.

    references: all of them. trust: how far each is believed (0 to 1); 0 for a reference that tells another story.
    repeats: the share of the article (0 to 1) that each has word for word but for the swaps. proposals: readings that
    only references know, sorted by place and words.

    The following columns have a row for each candidate and then for each proposal, from 0 for no support to 1 for
    certainty. aligned: references have the words where the words around match. verbatim: the same, counting only
    sentences that are the article's own but for the swaps. copied: the same, with each reference weighed by *repeats*.
    context: references have the words anywhere beside a word of the article's readings. anywhere: references have the
    words anywhere. The last two grow with how specific the words are. supported: for each candidate whether `places`
    returns anything.

    The rest is for `places`. candidates: as they were given. reading: the number of each row's reading, which rows of
    the same tokens and words share. votes: the aligned places that support each reading; *source* is an index into
    *references*.
    """

    references: tuple[Reference, ...]
    trust: tuple[float, ...]
    repeats: tuple[float, ...]
    proposals: tuple[Proposal, ...]
    aligned: Floats
    verbatim: Floats
    copied: Floats
    context: Floats
    anywhere: Floats
    supported: Bools
    candidates: Candidates
    reading: Ints
    votes: Votes

    def places(self, start: int, end: int, words: Phrase) -> list[tuple[int, int]]:
        """Return (reference, token index) of the places that support a reading.

        Those are the places where it is aligned, or if there are none, one place in each reference that has the words.
        """
        row = find_candidate(self.candidates, start, end, words)
        for number, proposal in enumerate(self.proposals, start=len(self.candidates.start)):
            if (proposal.start, proposal.end, proposal.words) == (start, end, words):
                row = number
        low, high = np.searchsorted(self.votes.reading, self.reading[row] + np.arange(2)) if row >= 0 else (0, 0)
        if low < high:
            return list(zip(self.votes.source[low:high].tolist(), self.votes.token[low:high].tolist(), strict=True))
        believed = (number for number, trust in enumerate(self.trust) if trust)
        return [(number, found[0]) for number in believed if (found := self.references[number].find(words))]


def no_evidence(candidates: Candidates, references: Sequence[Reference] = ()) -> Evidence:
    """Return what *references* that tell another story say: nothing."""
    nothing, zeros = (0.0,) * len(references), np.zeros(len(candidates.start))
    reading, votes = np.arange(len(zeros)), proposal_votes([], np.arange(0), 0)
    return Evidence(
        tuple(references), nothing, nothing, (), zeros, zeros, zeros, zeros, zeros,
        zeros > 0, candidates, reading, votes,
    )  # fmt: skip


def gather_evidence(
    tokens: Sequence[Token],
    spans: Spans,
    candidates: Candidates,
    references: Sequence[Trusted],
    weigh: Weigh,
) -> Evidence:
    """Return what *references* say of every reading of an article.

    spans: (first, end) tokens of each sentence; together they cover all *tokens*. weigh: returns the surprise of a word
    in nats; called for the words of the article and of the references.
    """
    prepared, own_names = [each.reference for each in references], names(tokens, spans)
    related = related_references(tokens, own_names, prepared, weigh)
    if not related:
        return no_evidence(candidates, prepared)
    article = read_article(tokens, spans, own_names, candidates, related, weigh)
    pairs = pair_sentences(collect_bags(article), related, article.numbering.own)
    if not len(pairs.sentence):
        return no_evidence(candidates, prepared)
    return _collate(article, pairs, related, gather_sources(related, article.numbering), references)


def _collate(
    article: Article,
    pairs: Pairs,
    related: Sequence[Related],
    sources: Sources,
    references: Sequence[Trusted],
) -> Evidence:
    """Return what the alignment of all *pairs* of sentences says, and what the references say without it."""
    aligned = align_pairs(article, pairs, sources, partial(fillable, article=article, related=related, sources=sources))
    numbers = np.array([each.number for each in related])
    asked = [references[number] for number in numbers]
    believed = _believe(article, aligned, pairs, asked)
    reading, firsts = number_readings(article.candidates)
    votes = choose_witnesses(article.candidates, reading, aligned.witnesses, sources, numbers, believed)
    votes = undecided(votes, article, reading, firsts, asked)
    found = propose(article, aligned, related, sources, believed >= LEAST_TRUST)
    proposals = tuple(found[key][0] for key in sorted(found))
    added = proposal_votes([found[key][1] for key in sorted(found)], numbers, len(firsts))
    votes = join([votes, added])
    rows = np.concatenate([reading, len(firsts) + np.arange(len(proposals))])
    shares = repeats(article, aligned, pairs, sources)
    aligned_by, verbatim, copied = count_votes(votes, believed, shares, len(firsts) + len(proposals))
    context, anywhere, supported = count_unaligned(article, proposals, related, believed)
    return Evidence(
        tuple(each.reference for each in references),
        _spread(believed, numbers, len(references)),
        _spread(shares, numbers, len(references)),
        proposals,
        aligned_by[rows],
        verbatim[rows],
        copied[rows],
        context,
        anywhere,
        supported,
        article.candidates,
        rows,
        votes._replace(source=numbers[votes.source]),
    )


def _believe(article: Article, aligned: Aligned, pairs: Pairs, references: Sequence[Trusted]) -> Floats:
    """Return how far each of the related *references* is believed (0 to 1), shape (references,)."""
    trust = [each.trust for each in references]
    story = same_story(two_best(aligned, pairs, len(references)))
    return np.array(trust) * story * not_copied(article, [each.reference for each in references], trust)


def _spread(values: Floats, numbers: Ints, count: int) -> tuple[float, ...]:
    """Return a value for each of *count* references: *values* for those with *numbers*, 0 for the others."""
    result = np.zeros(count)
    result[numbers] = values
    return tuple(result.tolist())
