"""Proposals: readings that only references know.

Where article and reference differ in a short gap between words that match on both sides, the wording of the reference
is proposed, unless it would change what the article says.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from normalizer.references.alignment import Sources
from normalizer.references.arrays import Bools
from normalizer.references.article import Article, Related, find_candidate
from normalizer.references.prepared import Phrase, Reference
from normalizer.references.rewording import are_near, may_rename, may_replace, may_stand_for
from normalizer.references.witnesses import Aligned, PlacedGaps, same_words, sureness
from normalizer.tokens import Token

VERBATIM = 25.0  # nats around a gap above which a sentence that is the same may supply any words


class Proposal(NamedTuple):
    """A reading of tokens start..end that only references know.

    text: the wording before case transfer. words: its folded words. near: whether the thesaurus relates one of its
    words to one of those that stand there.
    """

    start: int
    end: int
    text: str
    words: Phrase
    near: bool


class Backing(NamedTuple):
    """A place in a reference that supports a proposal.

    source: index of the related reference. token: its index in that reference. proof, verbatim: as in `Witnesses`.
    """

    source: int
    token: int
    proof: float
    verbatim: float


def fillable(gaps: PlacedGaps, article: Article, related: Sequence[Related], sources: Sources) -> Bools:
    """Return which *gaps* the words of the reference may fill if the sentences are otherwise the same."""
    tokens, names = article.tokens, [article.names | each.reference.names for each in related]
    result = np.zeros(len(gaps.start), dtype=np.bool_)
    columns = (gaps.start, gaps.end, gaps.source, gaps.token - sources.first[gaps.source], gaps.size)
    for k, (start, end, source, at, size) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        reference = related[source].reference
        ours, theirs = tokens[start:end], reference.tokens[at : at + size]
        result[k] = not _in_compound(tokens, start, end) and (
            may_replace(ours, theirs, names[source], opens=opens_sentence(reference, at))
            or (may_rename(ours, theirs) and names_meet(tokens, start, end, reference, at, at + size))
        )
    return result


def _in_compound(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Say whether tokens start..end are a part of a compound: "escalating" of "de-escalating"."""
    before = start > 0 and tokens[start - 1].word == "-" and tokens[start - 1].end == tokens[start].start
    return before or (end < len(tokens) and tokens[end].word == "-" and tokens[end].start == tokens[end - 1].end)


def opens_sentence(reference: Reference, at: int) -> bool:
    """Say whether a capital at token *at* may be that of a sentence or quotation."""
    return at == reference.spans[reference.sentence_of[at]][0] or reference.tokens[at - 1].word in ("'", '"', ":")


def names_meet(tokens: Sequence[Token], start: int, end: int, reference: Reference, at: int, last: int) -> bool:
    """Say whether the same name stands beside tokens start..end of an article and at..last of a reference.

    For "Value" and "Price" that is the "Ned" of "Ned Value" and "Ned Price".
    """
    before = start > 0 and at > 0 and _is_same_name(tokens[start - 1], reference.tokens[at - 1], reference)
    return before or (
        end < len(tokens)
        and last < len(reference.tokens)
        and _is_same_name(tokens[end], reference.tokens[last], reference)
    )


def _is_same_name(mine: Token, theirs: Token, reference: Reference) -> bool:
    return mine.text == theirs.text and mine.text[0].isupper() and mine.word in reference.names


def propose(
    article: Article, aligned: Aligned, related: Sequence[Related], sources: Sources, believed: Bools
) -> dict[tuple[int, int, Phrase], tuple[Proposal, list[Backing]]]:
    """Return the proposals that fill the gaps, by (start, end, words), with one supporting place of each reference.

    Nothing is proposed where the sentences are not the same but for the swaps: measured, 3 of 163 such wordings are
    right. believed: whether each related reference may support wordings of its own.
    """
    found: dict[tuple[int, int, Phrase], tuple[Proposal, list[Backing]]] = {}
    gaps = aligned.gaps
    same = same_words(aligned.similarity[gaps.pair], sources.quoted[gaps.token])
    proof = sureness(gaps.fit)
    for k in np.flatnonzero((same > 0) & believed[gaps.source]).tolist():
        source, start, end = int(gaps.source[k]), int(gaps.start[k]), int(gaps.end[k])
        at = int(gaps.token[k] - sources.first[source])
        reference = related[source].reference
        ours, theirs = article.tokens[start:end], reference.tokens[at : at + int(gaps.size[k])]
        if not (same[k] > 0.5 and gaps.fit[k] > VERBATIM) and not may_stand_for(ours, theirs):
            continue
        words = tuple(token.word for token in theirs)
        if find_candidate(article.candidates, start, end, words) >= 0:
            continue  # the lexicon has this reading already
        if (start, end, words) not in found:
            proposal = Proposal(start, end, wording(reference, theirs), words, are_near(ours, theirs))
            found[start, end, words] = (proposal, [])
        backings = found[start, end, words][1]
        if all(backing.source != source for backing in backings):
            backings.append(Backing(source, at, float(proof[k]), float(same[k])))
    return found


def wording(reference: Reference, tokens: Sequence[Token]) -> str:
    """Return *tokens* as they stand in a reference, in lower case at the start unless that is a name."""
    text = reference.text[tokens[0].start : tokens[-1].end]
    return text if tokens[0].word in reference.names else text[0].lower() + text[1:]
