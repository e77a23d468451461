"""The evidence of references computed the plain way: word by word, match by match, without any array.

What `normalizer.references` does in columns must come out the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from math import exp, prod
from typing import NamedTuple

from normalizer.references import LEAST_TRUST, Candidates, Reference, Trusted
from normalizer.references.alignment import (
    COMMON,
    GAP_SHAPES,
    LEAST_FLANK,
    LEAST_GAIN,
    LEAST_GAP_FIT,
    LONGEST_SENTENCE,
    MOST_GAIN,
    SKIP,
    SLACK,
    UNSURE,
)
from normalizer.references.article import FREQUENT, LEAST_SHARED_MARKS, RARE
from normalizer.references.pairing import LEAST_SCORE, LEAST_SHARED_WEIGHT, PAIRS_PER_SENTENCE, READING_SURE
from normalizer.references.prepared import names
from normalizer.references.proposing import VERBATIM, _in_compound, names_meet, opens_sentence
from normalizer.references.rewording import are_near, may_rename, may_replace, may_stand_for
from normalizer.references.unaligned import TELLING
from normalizer.references.voting import LEAST_VOTE
from normalizer.references.witnesses import (
    COPIED,
    COPIED_SPIN,
    DETOUR,
    HALF_SURE,
    LEAST_FIT,
    LOOKS_CLEAN,
    SIMILAR,
    SIMILAR_IN_QUOTES,
)

Key = tuple[int, int, tuple[str, ...]]
SHAPES = set(GAP_SHAPES)


class Match(NamedTuple):
    candidate: int
    top: int
    bottom: int
    left: int
    right: int
    gain: float


class Witness(NamedTuple):
    reference: int
    token: int
    proof: float
    verbatim: float


class Row(NamedTuple):
    start: int
    end: int
    words: tuple[str, ...]
    stands: bool
    capital: bool
    strength: float

    @property
    def key(self) -> Key:
        return self[:3]


def rows_of(candidates: Candidates) -> list[Row]:
    columns = zip(*(column.tolist() for column in candidates[:6]), strict=True)
    return [Row(a, b, candidates.wordings[w], *rest) for a, b, w, *rest in columns]


class Plain:
    """The evidence for one article; see `Evidence` for what the results mean."""

    def __init__(self, tokens, spans, candidates: Candidates, trusted: Sequence[Trusted], weigh) -> None:
        self.tokens, self.spans, self.weigh, self.trusted = tokens, spans, weigh, trusted
        self.rows = rows_of(candidates)
        self.own = names(tokens, spans)
        self.trust = [0.0] * len(trusted)
        self.repeats = [0.0] * len(trusted)
        self.witnesses: dict[Key, list[Witness]] = {}
        self.proposals: list[tuple[int, int, str, tuple[str, ...], bool]] = []
        related = [r for r in range(len(trusted)) if self.related(trusted[r].reference)]
        pairs = [pair for s in range(len(spans)) for r in related for pair in self.pairs(s, r)]
        if pairs:
            self.align(pairs)
        everything = [*self.rows, *(Row(a, b, words, False, False, 0.0) for a, b, _, words, _ in self.proposals)]
        self.columns = [self.evidence(row, everything) for row in everything]

    # --- words

    def says(self, word: str) -> float:
        return self.weigh(word) if word[0].isalnum() and self.weigh(word) > FREQUENT else 0.0

    def gain(self, word: str) -> float:
        return min(MOST_GAIN, max(LEAST_GAIN, self.weigh(word) - COMMON)) if word[0].isalnum() else LEAST_GAIN

    def marks(self, words, known) -> dict[str, float]:
        found = {}
        for word in set(words):
            if word[0].isdigit() and len(word) > 1:
                found[word] = 4.0 if len(word) == 4 and word[:2] in ("19", "20") else 8.0
            elif word in known:
                found[word] = self.weigh(word)
            elif word[0].isalpha() and self.weigh(word) > RARE:
                found[word] = self.weigh(word) - 4.0
        return found

    def related(self, reference: Reference) -> bool:
        mine = self.marks([token.word for token in self.tokens], self.own)
        theirs = self.marks([token.word for token in reference.tokens], reference.names)
        shared = sum(min(mine[word], theirs[word]) for word in mine.keys() & theirs.keys())
        lighter = min(sum(mine.values()), sum(theirs.values()))
        return bool(lighter) and shared / lighter >= LEAST_SHARED_MARKS

    # --- pairs of sentences

    def pairs(self, sentence: int, number: int) -> list[tuple[int, int, int, float]]:
        first, end = self.spans[sentence]
        bag: dict[str, float] = {}
        for row in self.rows:
            for word in row.words if first <= row.start < end else ():
                bag[word] = max(bag.get(word, 0.0), 1.0 if row.stands else READING_SURE)
        reference = self.trusted[number].reference
        sets = [{token.word for token in reference.tokens[a:b]} for a, b in reference.spans]
        worth = {w: self.says(w) / (1 + sum(w in s for s in sets) / 8) for s in sets for w in s}
        mine = sum(self.says(word) for word, sure in bag.items() if sure == 1.0)
        scored = []
        for other, words in enumerate(sets):
            shared = sum(worth[word] * bag[word] for word in words & bag.keys())
            if shared >= LEAST_SHARED_WEIGHT:
                lighter = max(LEAST_SHARED_WEIGHT, min(mine, sum(worth[word] for word in words)))
                scored.append((round(min(1.0, shared / lighter), 9), other))
        best = sorted((each for each in scored if each[0] >= LEAST_SCORE), key=lambda each: (-each[0], each[1]))
        return [(sentence, number, other, score) for score, other in best[:PAIRS_PER_SENTENCE]]

    # --- alignment

    def matches(self, sentence: int, theirs) -> list[Match]:
        first, end = self.spans[sentence]
        if end - first > LONGEST_SENTENCE:
            return []
        found = []
        for number, row in enumerate(self.rows):
            for left in range(len(theirs) if first <= row.start < end else 0):
                stretch = theirs[left : left + len(row.words)]
                if tuple(token.word for token in stretch) != row.words:
                    continue
                if row.capital and not stretch[0].text[0].isupper():
                    continue
                gain = sum(map(self.gain, row.words)) * (1.0 if row.stands else UNSURE)
                right = left + len(row.words)
                found.append(Match(number, row.start - first, row.end - first, left, right, gain))
        return found

    def align(self, pairs) -> None:
        best: dict[tuple[int, int], float] = defaultdict(float)
        alike: dict[tuple[int, int], float] = defaultdict(float)
        rows: list[tuple[int, float, int, int, Witness]] = []
        gaps = []
        for number, (sentence, r, other, _) in enumerate(sorted(pairs, key=lambda p: (p[0], -p[3], p[1], p[2]))):
            reference = self.trusted[r].reference
            first, end = reference.spans[other]
            matches = self.matches(sentence, reference.tokens[first:end])
            before, after = chains(matches), chains([mirrored(match) for match in matches])
            totals = [b + m.gain + a for b, m, a in zip(before, matches, after, strict=True)]
            most = max(totals, default=0.0)
            own = self.gaps(sentence, r, first, matches, before, after, most, number)
            filled = {at for gap in own for at in range(gap[3], gap[3] + gap[4])}
            nats = sum(self.gain(reference.tokens[at].word) for at in range(first, end) if at not in filled)
            similarity = most / max(1.0, nats)
            gaps += [(*gap, similarity) for gap in own]
            best[sentence, r] = max(best[sentence, r], most)
            alike[sentence, r] = max(alike[sentence, r], one(similarity, reference.quoted[first]))
            for match, around in zip(matches, (t - m.gain for t, m in zip(totals, matches, strict=True)), strict=True):
                if around >= LEAST_FIT:
                    proof = sure(around) * exp(-(most - around - match.gain) / DETOUR)
                    at = first + match.left
                    witness = Witness(r, at, proof, one(similarity, reference.quoted[at]))
                    rows.append((match.candidate, -proof, number, at, witness))
        self.believe(best)
        sizes = [end - first for first, end in self.spans]
        for r in range(len(self.trusted)):
            shares = sum(alike[s, r] * size for s, size in enumerate(sizes))
            self.repeats[r] = round(shares / sum(sizes), 6)
        self.testify(rows)
        self.propose(gaps)

    def believe(self, best) -> None:
        for r, (reference, trust, _) in enumerate(self.trusted):
            two = sorted(best[s, r] for s in range(len(self.spans)))[-2:]
            story = min(1.0, max(0.0, (sum(two) - 43.0) / 15.0))
            sentences = {tuple(t.word for t in reference.tokens[a:b]) for a, b in reference.spans}
            held = sum(b - a for a, b in self.spans if tuple(t.word for t in self.tokens[a:b]) in sentences)
            most = COPIED if trust >= LOOKS_CLEAN else COPIED_SPIN
            self.trust[r] = trust * story * (held < most * len(self.tokens))

    def testify(self, rows) -> None:
        for candidate, _, _, _, witness in sorted(rows, key=lambda row: (round(row[1], 12), row[2], row[3])):
            row, trust = self.rows[candidate], self.trust[witness.reference]
            found = self.witnesses.setdefault(row.key, [])
            heard = trust >= (LEAST_TRUST if row.stands else 1e-9)
            if heard and all(other.reference != witness.reference for other in found):
                found.append(witness._replace(proof=self.weighed(row, witness)))

    def weighed(self, row: Row, witness: Witness) -> float:
        own = tuple(token.word for token in self.tokens[row.start : row.end])
        place = (witness.token, witness.token + len(row.words), own)
        back = self.trusted[witness.reference].swaps.get(place, 0.0)
        forth = max(other.strength for other in self.rows if other.key == row.key)
        return round(witness.proof, 6) * (forth / (forth + back) if back else 1.0)

    # --- proposals

    def gaps(self, sentence, r, first, matches, before, after, most, pair):
        """Return (shape, start, end, token, size, fit, reference, pair) of what a reference's words may fill."""
        reference, start = self.trusted[r].reference, self.spans[sentence][0]
        ends, heads = defaultdict(float), defaultdict(float)
        for match, b, a in zip(matches, before, after, strict=True):
            ends[match.bottom, match.right] = max(ends[match.bottom, match.right], b + match.gain)
            heads[match.top, match.left] = max(heads[match.top, match.left], a + match.gain)
        found = []
        for (row, column), (down, right) in product(ends, GAP_SHAPES):
            behind, nats = heads.get((row + down, column + right), 0.0), ends[row, column]
            if min(nats, behind) <= LEAST_FLANK or nats + behind <= LEAST_GAP_FIT:
                continue
            if nats + behind - SKIP * (down + right) <= most - SLACK:
                continue
            empty = not right
            ours, theirs = (start + row - empty, start + row + down), (first + column - empty, right + empty)
            if self.fillable(reference, ours, theirs):
                found.append((down, right, *ours, *theirs, round(nats + behind, 6), r, pair))
        return [(gap[:2], *gap[2:]) for gap in found]

    def fillable(self, reference: Reference, span, place) -> bool:
        (start, end), (at, size) = span, place
        ours, theirs = self.tokens[start:end], reference.tokens[at : at + size]
        if _in_compound(self.tokens, start, end):
            return False
        if may_replace(ours, theirs, self.own | reference.names, opens=opens_sentence(reference, at)):
            return True
        return names_meet(self.tokens, start, end, reference, at, at + size) and may_rename(ours, theirs)

    def propose(self, gaps) -> None:
        known, found = {row.key for row in self.rows}, {}
        for _, start, end, at, size, fit, r, _, similarity in sorted(gaps, key=lambda g: (g[0], g[1], g[7], g[3])):
            reference = self.trusted[r].reference
            ours, theirs = self.tokens[start:end], reference.tokens[at : at + size]
            same, words = one(similarity, reference.quoted[at]), tuple(token.word for token in theirs)
            lends = (same > 0.5 and fit > VERBATIM) or may_stand_for(ours, theirs)
            if self.trust[r] < LEAST_TRUST or not same or not lends or (start, end, words) in known:
                continue
            text = reference.text[theirs[0].start : theirs[-1].end]
            text = text if theirs[0].word in reference.names else text[0].lower() + text[1:]
            found.setdefault((start, end, words), (start, end, text, words, are_near(ours, theirs)))
            witnesses = self.witnesses.setdefault((start, end, words), [])
            if all(witness.reference != r for witness in witnesses):
                witnesses.append(Witness(r, at, sure(fit), same))
        self.proposals = [found[key] for key in sorted(found)]

    # --- columns

    def evidence(self, row: Row, everything) -> tuple[float, float, float, float, float]:
        votes = [(self.trust[w.reference] * w.proof, w) for w in self.witnesses.get(row.key, ())]
        votes = [(vote, w) for vote, w in votes if vote >= LEAST_VOTE]
        aligned = either(vote for vote, _ in votes)
        verbatim = either(vote * w.verbatim for vote, w in votes)
        copied = either(vote * w.verbatim * self.repeats[w.reference] for vote, w in votes)
        rare = max(map(self.says, row.words))
        heard = [r for r, trust in enumerate(self.trust) if trust >= LEAST_TRUST]
        found = [r for r in heard if rare and self.trusted[r].reference.find(row.words)]
        anywhere = min(1.0, rare / TELLING) * either(self.trust[r] for r in found)
        (sentence,) = (span for span in self.spans if span[0] <= row.start < span[1])
        inside = [other for other in everything if sentence[0] <= other.start < sentence[1]]
        before = {other.words[-1] for other in inside if other.end == row.start}
        behind = {other.words[0] for other in inside if other.start == row.end}
        beside = [(word, row.words[0]) for word in before] + [(row.words[-1], word) for word in behind]
        context = either(self.trust[r] * self.tells(r, beside) for r in found)
        return aligned, verbatim, copied, context, anywhere

    def tells(self, number: int, beside) -> float:
        reference = self.trusted[number].reference
        most = max((sum(map(self.says, two)) for two in beside if reference.find(two)), default=0.0)
        return min(1.0, most / (2 * TELLING))

    def places(self, key: Key) -> list[tuple[int, int]]:
        """Return what supports a reading; of places that are alike in all, any may be named."""
        if aligned := self.witnesses.get(key):
            return [(witness.reference, witness.token) for witness in aligned]
        return [(r, at[0]) for r, t in enumerate(self.trust) if t and (at := self.trusted[r].reference.find(key[2]))]


def mirrored(match: Match) -> Match:
    return match._replace(top=-match.bottom, bottom=-match.top, left=-match.right, right=-match.left)


def chains(matches: Sequence[Match]) -> list[float]:
    """Return the best alignment that ends before each match, trying all matches before it."""
    before = [0.0] * len(matches)
    for k in sorted(range(len(matches)), key=lambda k: matches[k].top):
        for j, other in enumerate(matches):
            rows, columns = matches[k].top - other.bottom, matches[k].left - other.right
            if rows >= 0 and columns >= 0:
                before[k] = max(before[k], before[j] + other.gain - SKIP * (rows + columns))
    return before


def sure(nats: float) -> float:
    return nats * nats / (nats * nats + HALF_SURE * HALF_SURE)


def one(similarity: float, quoted) -> float:
    low, high = SIMILAR_IN_QUOTES if quoted else SIMILAR
    return round(min(1.0, max(0.0, (similarity - low) / (high - low))), 6)


def either(chances) -> float:
    return 1.0 - prod(1.0 - chance for chance in chances)
