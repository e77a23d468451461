"""Collation: an article set beside its witnesses, sentence by sentence and word by word.

All readings of an article sentence are aligned at once with the reference sentences it is paired with, and what a
reading is worth as evidence is the best alignment *around* it: a word deep inside a sentence that both report verbatim
is nearly certain, the same word by chance in another sentence is worth nothing. Where a short gap on both sides lies
between words that fit, the reference proposes its own wording.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from normalizer.alignment import (
    Board,
    Candidate,
    Fit,
    Gap,
    Ties,
    align,
    earned,
    find_gaps,
    find_ties,
    lay_out,
)
from normalizer.lattice import Lattice
from normalizer.proposals import Reading
from normalizer.references import (
    LEAST_SHARED_MARKS,
    Phrase,
    Reference,
    Trusted,
    Weigh,
    marks,
    names,
    pair_sentences,
    shared_marks,
    specific,
)
from normalizer.rewording import are_near, may_rename, may_replace, may_stand_for
from normalizer.tokens import Token

Floats = NDArray[np.float64]
Spans = Sequence[tuple[int, int]]

LEAST_FIT = 4.0  # nats around a word below which an alignment is chance
HALF_SURE = 20.0  # nats around a word that prove it by half
# Nats that the best alignment of two sentences loses by a detour through a place, from which the place proves 1/e of
# what it would. Measured beside originals: right words cost .8 at most in 95 of 100 cases, wrong ones 12 in the median.
# 3 to 5 explain the gold repairs of the learning cases best; 1 and no limit at all are worse by 11 and 45 nats of 950.
DETOUR = 4.0
TELLING = 8.0  # nats of surprise from which a word tells as much as any
# An aligned word that is less sure than this (0..1) says nothing: so much agrees between any two stories of one beat.
LEAST_VOTE = 0.1
# Trust from which a reference speaks for words that stand, for its own wordings, and for words that are not aligned.
# One below, spun itself, may hold the same swap by chance; that it holds the original of one does not come by chance.
LEAST_TRUST = 0.5
# Share of a reference sentence's nats that an article sentence aligns with, from which on both hold the same words: not
# at all, surely. Measured: 95 of 100 spun sentences reach .52 beside their originals with half of the lexicon and .72
# with all of it; beside reports three quarters stay below .26, and the rest are mostly sentences taken over as they
# are. Quotations are verbatim by nature, so that less is asked of the sentence around them.
LIKE, LIKE_IN_QUOTES = (0.4, 0.65), (0.15, 0.4)
VERBATIM = 25.0  # nats around a gap from which a verbatim sentence may lend any words
# Share of an article's tokens in sentences that a reference repeats as they stand, from which it is a copy: of a text
# that looks clean, and of one that looks spun, where a few such sentences tell that both were spun at once.
COPIED, COPIED_SPIN = 0.9, 0.2
LOOKS_CLEAN = 0.9  # trust of a text that looks clean without doubt


class Witness(NamedTuple):
    """A place where a reference says the words of a reading in the same surroundings.

    start: token index there. proof: how surely (0..1) the words belong there, by the alignment around them. verbatim:
    how surely (0..1) the sentence there is the article's own but for the swaps.
    """

    reference: int
    start: int
    proof: float
    verbatim: float


Wording = tuple[int, int, Phrase]  # start, end and words of a reading


@dataclass(frozen=True, slots=True)
class Collation:
    """What the references say of one article.

    trust: of each reference (0..1); 0 for one that tells another story. witnesses: aligned places behind a reading,
    best first, at most one of each reference. proposals: readings that only references know. repeats: share of the
    article (0..1) that each reference has word for word, but for the swaps.
    """

    references: tuple[Reference, ...] = ()
    trust: tuple[float, ...] = ()
    witnesses: Mapping[Wording, Sequence[Witness]] = field(default_factory=dict)
    proposals: Sequence[Reading] = ()
    repeats: tuple[float, ...] = ()

    def trusted(self) -> Iterator[tuple[int, Reference, float]]:
        """Yield number, text and trust of the references that are believed at all."""
        for number, (reference, trust) in enumerate(zip(self.references, self.trust, strict=True)):
            if trust:
                yield number, reference, trust

    def places(self, start: int, end: int, words: Phrase) -> list[tuple[int, int]]:
        """Return (reference, token index) of what supports a reading: where it is aligned, or else stands."""
        aligned = [(witness.reference, witness.start) for witness in self.witnesses.get((start, end, words), ())]
        if aligned:
            return aligned
        return [(number, found[0]) for number, reference, _ in self.trusted() if (found := reference.find(words))]


# --- from the alignment to evidence ---------------------------------------------------------------------------


def collate(
    tokens: Sequence[Token],
    spans: Spans,
    readings: Sequence[Reading],
    trusted: Sequence[Trusted],
    weigh: Weigh,
) -> Collation:
    """Set an article with its lexicon *readings* (by start) beside its references.

    weigh: surprise of a word in nats.
    """
    if not trusted:
        return Collation()
    references, trust = [each.reference for each in trusted], [each.trust for each in trusted]
    own = names(tokens, spans)
    related = _related(tokens, own, references, weigh)
    silent = Collation(tuple(references), (0.0,) * len(references))
    if not related:
        return silent
    candidates = sorted(_candidates(tokens, readings))
    pairings = pair_sentences(_bags(candidates, spans), related, weigh)
    if not any(pairings):
        return silent
    gain = cache(lambda word: earned(word, weigh))
    board = lay_out(pairings, references, gain)
    ties = find_ties(candidates, spans, board, references, gain)
    fit = align(ties, board)
    strength = _strength(fit, board, len(spans), len(references))
    believed = np.array(trust) * same_story(strength) * not_copied(tokens, spans, references, trust)
    gaps = fillable(tokens, find_gaps(fit, board, spans), references, own)
    shared = likeness(fit, board, gaps)
    table = _witnesses(candidates, ties, fit, board, references, believed, shared)
    table = _weighed(table, tokens, trusted, readings)
    clean = (gap for gap in gaps if believed[gap.reference] >= LEAST_TRUST)
    found = propose(tokens, clean, references, shared, {candidate[:3] for candidate in candidates})
    table |= {wording: witnesses for wording, (_, witnesses) in found.items()}
    repeats = _repeats(shared, board, references, [end - first for first, end in spans])
    proposals = [found[wording][0] for wording in sorted(found)]
    return Collation(tuple(references), tuple(believed.tolist()), table, proposals, tuple(repeats.tolist()))


def _related(
    tokens: Sequence[Token], own: frozenset[str], references: Sequence[Reference], weigh: Weigh
) -> dict[int, Reference]:
    mine = marks((token.word for token in tokens), own, weigh)
    return {
        number: reference
        for number, reference in enumerate(references)
        if shared_marks(mine, marks((word for word, *rest in reference.places if not rest), reference.names, weigh))
        >= LEAST_SHARED_MARKS
    }


def _candidates(tokens: Sequence[Token], readings: Iterable[Reading]) -> Iterator[Candidate]:
    for i, token in enumerate(tokens):
        yield Candidate(i, i + 1, (token.word,), True)
    for reading in readings:
        yield Candidate(reading.start, reading.end, reading.words, False, reading.text[0].isupper())


def _bags(candidates: Sequence[Candidate], spans: Spans) -> list[dict[str, float]]:
    bags: list[dict[str, float]] = [{} for _ in spans]
    sentence = 0
    for candidate in candidates:
        while candidate.start >= spans[sentence][1]:
            sentence += 1
        bag, sure = bags[sentence], 1.0 if candidate.stands else 0.5
        for word in candidate.words:
            bag[word] = max(sure, bag.get(word, 0.0))
    return bags


def _strength(fit: Fit, board: Board, sentences: int, count: int) -> Floats:
    """Return the best alignment of every article sentence with every reference in nats, (sentences, references)."""
    result = np.zeros((sentences, count))
    firsts = np.flatnonzero(np.diff(board.pair, prepend=-1))
    np.maximum.at(result, (board.sentence[firsts], board.reference[firsts]), fit.best)
    return result


def same_story(strength: Floats) -> Floats:
    """Return how surely each reference tells the article's story (0..1): by its two best pairs of sentences.

    Measured with half of the lexicon: of 54 pairs of spun article and report the two reach 46 nats at least and 103 in
    the median, of 840 pairs of different stories 42 at most and mostly 0.
    """
    best = np.sort(strength, axis=0)[-2:].sum(axis=0)
    return np.asarray(np.clip((best - 43.0) / 15.0, 0.0, 1.0))


def not_copied(
    tokens: Sequence[Token], spans: Spans, references: Sequence[Reference], trust: Sequence[float]
) -> Floats:
    """Return 0 for each reference that holds too much of the article as it stands, else 1.

    A copy of a spun article is no witness of what stood there before. A report that shares a quotation is. trust: how
    clean each reference looks.
    """
    result = np.ones(len(references))
    words = [tuple(token.word for token in tokens[first:end]) for first, end in spans]
    size = sum(map(len, words))
    for number, reference in enumerate(references):
        own = {tuple(token.word for token in reference.tokens[first:end]) for first, end in reference.spans}
        most = COPIED if trust[number] >= LOOKS_CLEAN else COPIED_SPIN
        result[number] = float(sum(len(sentence) for sentence in words if sentence in own) < most * size)
    return result


def _witnesses(
    candidates: Sequence[Candidate],
    ties: Ties,
    fit: Fit,
    board: Board,
    references: Sequence[Reference],
    believed: Floats,
    shared: Floats,
) -> dict[Wording, list[Witness]]:
    """Return for every candidate its best tie with each believed reference, where anything around it fits.

    A small word stands somewhere in most sentences. What it proves there falls with the detour that the alignment of
    the two sentences makes to meet it.
    """
    around = fit.before + fit.after
    pair = board.pair[ties.left]
    detour = fit.best[pair] - around - ties.gain
    proof = sureness(around) * np.exp(-detour / DETOUR)
    source = board.reference[ties.left]
    stands = np.array([candidate.stands for candidate in candidates], dtype=bool)[ties.candidate]
    heard = believed[source] >= np.where(stands, LEAST_TRUST, 1e-9)
    fits = np.flatnonzero((around >= LEAST_FIT) & heard)
    order = fits[np.lexsort((ties.left[fits], -proof[fits], ties.candidate[fits]))]
    table: dict[Wording, list[Witness]] = {}
    for tie in order.tolist():
        start, end, words = candidates[ties.candidate[tie]][:3]
        found = table.setdefault((start, end, words), [])
        number = int(source[tie])
        if all(witness.reference != number for witness in found):
            at = int(board.at[ties.left[tie]])
            verbatim = same_words(float(shared[pair[tie]]), references[number].quoted[at])
            found.append(Witness(number, at, round(float(proof[tie]), 6), verbatim))
    return table


def _weighed(
    table: Mapping[Wording, list[Witness]],
    tokens: Sequence[Token],
    trusted: Sequence[Trusted],
    readings: Iterable[Reading],
) -> dict[Wording, list[Witness]]:
    """Return the witnesses, those of spun references less sure where these may hold the swap and the article what it
    was made of.

    "Store" for "shop" in one text is "shop" for "store" in the other: which was there first, the spinners' habits tell.
    """
    spun = {number for number, each in enumerate(trusted) if each.swaps}
    result = dict(table)
    strengths = {(r.start, r.end, r.words): max(r.strengths) for r in readings} if spun else {}
    for (start, end, words), witnesses in table.items():
        if spun.isdisjoint(witness.reference for witness in witnesses):
            continue
        own, forth = tuple(token.word for token in tokens[start:end]), strengths.get((start, end, words), 0.0)
        result[start, end, words] = [_undecided(w, trusted[w.reference], len(words), own, forth) for w in witnesses]
    return result


def _undecided(witness: Witness, source: Trusted, size: int, own: Phrase, forth: float) -> Witness:
    """Return *witness*, less sure as far as *source* may hold a swap of the article's *own* words.

    size: words of the reading. forth: how strongly the article's words are a swap of those of the reference.
    """
    back = source.swaps.get((witness.start, witness.start + size, own), 0.0)
    return witness._replace(proof=witness.proof * forth / (forth + back)) if back else witness


def likeness(fit: Fit, board: Board, gaps: Iterable["Gap"]) -> Floats:
    """Return for each pair of sentences which share of the nats of the reference's is aligned (0..1).

    What lies in *gaps* is left out: there the article may hold a swap that the lexicon does not know.
    """
    gains = board.gains.copy()
    for gap in gaps:
        gains[gap.column : gap.column + gap.size] = 0.0
    return fit.best / np.maximum(1.0, np.bincount(board.pair, gains, len(fit.best)))


def same_words(alike: float, quoted: bool) -> float:
    """Return how surely (0..1) two sentences are one but for the swaps.

    alike: share of the nats of one that are aligned with the other. quoted: whether the place stands in a quotation.
    """
    low, high = LIKE_IN_QUOTES if quoted else LIKE
    return round(min(1.0, max(0.0, (alike - low) / (high - low))), 6)


def _repeats(shared: Floats, board: Board, references: Sequence[Reference], sizes: Sequence[int]) -> Floats:
    """Return the share of the article's tokens (0..1) in sentences that each reference has, too, but for the swaps.

    shared: likeness of each pair of sentences. sizes: tokens of each article sentence.
    """
    firsts = np.flatnonzero(np.diff(board.pair, prepend=-1))
    same = np.zeros((len(sizes), len(references)))
    quoted = [references[r].quoted[at] for r, at in zip(board.reference[firsts], board.at[firsts], strict=True)]
    values = [same_words(float(alike), inside) for alike, inside in zip(shared, quoted, strict=True)]
    np.maximum.at(same, (board.sentence[firsts], board.reference[firsts]), values)
    return np.asarray(np.round(np.array(sizes) @ same / max(1, sum(sizes)), 6))


# --- proposals ----------------------------------------------------------------------------------------------


def fillable(
    tokens: Sequence[Token], gaps: Iterable[Gap], references: Sequence[Reference], own: frozenset[str]
) -> list[Gap]:
    """Return the *gaps* that a reference's words may fill if all around them is the same. own: names of the article."""
    name_words = {reference.names: own | reference.names for reference in references}
    kept = []
    for found in gaps:
        source = references[found.reference]
        gap = found if found.size else _widened(found, tokens, source)
        ours, theirs = tokens[gap.start : gap.end], source.tokens[gap.at : gap.at + gap.size]
        if _in_compound(tokens, gap):
            continue
        if may_replace(ours, theirs, name_words[source.names], opens=_opens(source, gap.at)) or (
            names_meet(tokens, gap, source) and may_rename(ours, theirs)
        ):
            kept.append(gap)
    return kept


def _widened(gap: Gap, tokens: Sequence[Token], source: Reference) -> Gap:
    """Return a gap that is empty in the reference with the word before it: "have" for "have actually"."""
    return gap._replace(start=max(0, gap.start - 1), at=max(0, gap.at - 1), size=1, column=max(0, gap.column - 1))


def _in_compound(tokens: Sequence[Token], gap: Gap) -> bool:
    """Say whether the gap is a part of a compound: "escalating" of "de-escalating"."""
    start, end = gap.start, gap.end
    before = start > 0 and tokens[start - 1].word == "-" and tokens[start - 1].end == tokens[start].start
    return before or (end < len(tokens) and tokens[end].word == "-" and tokens[end].start == tokens[end - 1].end)


def _opens(source: Reference, at: int) -> bool:
    """Say whether a capital at token *at* may be that of a sentence or quotation."""
    return at == source.spans[source.sentence_of[at]][0] or source.tokens[at - 1].word in ("'", '"', ":")


def propose(
    tokens: Sequence[Token],
    gaps: Iterable[Gap],
    references: Sequence[Reference],
    shared: Floats,
    known: Container[Wording],
) -> dict[Wording, tuple[Reading, list[Witness]]]:
    """Return the readings that fill *gaps* and are not *known*, with their witnesses.

    shared: likeness of each pair of sentences. Where they are not one but for the swaps nothing is proposed: measured,
    3 of 163 such wordings are right.
    """
    found: dict[Wording, tuple[Reading, list[Witness]]] = {}
    for gap in gaps:
        source = references[gap.reference]
        theirs, ours = source.tokens[gap.at : gap.at + gap.size], tokens[gap.start : gap.end]
        words = tuple(token.word for token in theirs)
        key = (gap.start, gap.end, words)
        same = same_words(float(shared[gap.pair]), source.quoted[gap.at])
        if not same or key in known or not ((same > 0.5 and gap.fit > VERBATIM) or may_stand_for(ours, theirs)):
            continue
        text = source.text[theirs[0].start : theirs[-1].end]
        text = text if theirs[0].word in source.names else text[0].lower() + text[1:]
        reading = Reading(gap.start, gap.end, text, words, "reference", near=are_near(ours, theirs))
        _, witnesses = found.setdefault(key, (reading, []))
        if all(witness.reference != gap.reference for witness in witnesses):
            witnesses.append(Witness(gap.reference, gap.at, sureness(gap.fit), same))
    return found


def names_meet(tokens: Sequence[Token], gap: Gap, source: Reference) -> bool:
    """Say whether a name stands beside the gap on both sides: the "Ned" of "Ned Value" and "Ned Price"."""
    end, last = gap.end, gap.at + gap.size
    return (
        gap.start > 0 and gap.at > 0 and _is_same_name(tokens[gap.start - 1], source.tokens[gap.at - 1], source)
    ) or (
        end < len(tokens) and last < len(source.tokens) and _is_same_name(tokens[end], source.tokens[last], source)
    )


def _is_same_name(mine: Token, theirs: Token, source: Reference) -> bool:
    return mine.text == theirs.text and mine.text[0].isupper() and mine.word in source.names


# --- support ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Support:
    """What the references say for each arc, shape (arcs,) each, 0 = nothing, 1 = surely.

    aligned: the words stand where the surroundings fit. verbatim: and the sentences are one but for the swaps. copied:
    and so are the texts, by the share that they are. context: the words stand anywhere with a neighbour of the article,
    anywhere: they stand anywhere; both by how much the words tell.
    """

    aligned: NDArray[np.float64]
    verbatim: NDArray[np.float64]
    copied: NDArray[np.float64]
    context: NDArray[np.float64]
    anywhere: NDArray[np.float64]

    @classmethod
    def none(cls, arcs: int) -> "Support":
        """Return the support of no references at all."""
        return cls(*(np.zeros(arcs) for _ in range(5)))


def support(lattice: Lattice, collation: Collation, weigh: Weigh) -> Support:
    """Return what the collated references say for each arc of *lattice*."""
    result = Support.none(len(lattice))
    trusted = list(collation.trusted())
    if not trusted:
        return result
    endings, openings = _neighbours(lattice, set().union(*(reference.holders for _, reference, _ in trusted)))
    sources, targets = lattice.sources.tolist(), lattice.targets.tolist()
    firsts, ends = lattice.firsts.tolist(), lattice.ends.tolist()
    says = cache(lambda word: specific(word, weigh))
    holders = cache(lambda words: [(r, t) for _, r, t in trusted if t >= LEAST_TRUST and r.find(words)])
    rarest = cache(lambda words: max(map(says, words)))
    for i, words in enumerate(lattice.words):
        witnesses = collation.witnesses.get((firsts[i], ends[i], words))
        if witnesses:
            votes = [(collation.trust[w.reference] * w.proof, w.verbatim, w.reference) for w in witnesses]
            votes = [vote for vote in votes if vote[0] >= LEAST_VOTE]
            result.aligned[i] = _joined([vote for vote, *_ in votes])
            result.verbatim[i] = _joined([vote * verbatim for vote, verbatim, _ in votes if verbatim])
            result.copied[i] = _joined([vote * verbatim * collation.repeats[r] for vote, verbatim, r in votes])
        if (rare := rarest(words)) and (found := holders(words)):
            result.anywhere[i] = min(1.0, rare / TELLING) * _joined([trust for _, trust in found])
            before, behind = endings[sources[i]], openings[targets[i]]
            beside = [(_beside(words, reference, before, behind, says), trust) for reference, trust in found]
            result.context[i] = _joined([trust * tells for tells, trust in beside if tells])
    return result


def _beside(words: Phrase, reference: Reference, before: set[str], behind: set[str], says: Weigh) -> float:
    """Return how much it tells (0..1) that *words* stand in *reference* with one of the words around them.

    "the press" is said of everything, "press conference" of this.
    """
    places, first, last, most = reference.places, words[0], words[-1], 0.0
    for word in before:
        if (word, first) in places:
            most = max(most, says(first) + says(word))
    for word in behind:
        if (last, word) in places:
            most = max(most, says(last) + says(word))
    return min(1.0, most / (2 * TELLING))


def _neighbours(lattice: Lattice, said: Container[str]) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """Return the words that can end at, and start from, each lattice position; only those that are *said* anywhere."""
    endings: dict[int, set[str]] = defaultdict(set)
    openings: dict[int, set[str]] = defaultdict(set)
    for words, source, target in zip(lattice.words, lattice.sources.tolist(), lattice.targets.tolist(), strict=True):
        if words[0] in said:
            openings[source].add(words[0])
        if words[-1] in said:
            endings[target].add(words[-1])
    return endings, openings


@overload
def sureness(fit: float) -> float: ...
@overload
def sureness(fit: Floats) -> Floats: ...
def sureness(fit: float | Floats) -> float | Floats:
    """Return how far nats of fit around a word prove it (0..1)."""
    return fit * fit / (fit * fit + HALF_SURE * HALF_SURE)


def _joined(votes: list[float]) -> float:
    """Return the chance that at least one of independent *votes* is right; their order does not matter."""
    if len(votes) < 2:
        return votes[0] if votes else 0.0
    return 1.0 - prod(sorted([1.0 - vote for vote in votes]))
