"""What a reading considered, for reports: the other wordings of an edit, and why one reading of a place won.

Nothing here decides anything, and none of it runs unless a report is asked for. A look at a page (`reading.Look`) keeps
what a report needs of what was inferred; the rest is not kept.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from normalizer.edits import Alternative, Edit, Kind
from normalizer.lattice import Lattice
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.compiling import FAMILY_NAMES, KINDS
from normalizer.ragged import ranges
from normalizer.reading import Sight, View
from normalizer.rendering import SURE_OF_NAME, choices_for, render
from normalizer.tables import Tables
from normalizer.weights import FEATURES, OF_REFERENCES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SUSPECTED = 0.1  # edits below this confidence are not even shown as held back
# Readings below this posterior are not considered, wordings below this probability are not shown as alternatives.
LEAST_POSTERIOR, LEAST_PROBABILITY = 1e-3, 1e-3
MOST_ALTERNATIVES = 3
DIGITS = 4  # decimals of a probability

# What the score of a reading is made of: the features behind each part, in the words of a report.
LANGUAGE = "language model"
PARTS: dict[str, tuple[str, ...]] = {
    "the spinner's habit": ("edit", "strength", "count", "known_only", "multiword", "spun_count"),
    "clean text": ("clean",),
    "the rest of the article": ("burst", "agreed"),
    "words around": ("fit",),
    "subject": ("topic",),
    "references": OF_REFERENCES,
    "length": ("longer", "shorter"),
    "rarity": ("unigram",),
    "a or an": ("article",),
}


class Considered(NamedTuple):
    """A reading that a page's inference found possible: the edit it would make, and how likely it is.

    sentence: its number on the page. probability: of the reading, if its sentence is spun.
    """

    edit: Edit
    sentence: int
    probability: float


class Reading(NamedTuple):
    """One way to read a place, with the parts of its score.

    start, end: code points of the article. before: the text that stands there. after: the text of this reading. kind,
    entry, family: of the edit, None where the text is kept. probability: of the reading, if its sentence is spun.
    parts: by the names of PARTS and LANGUAGE, the nats by which each part of the score is above that of the place as it
    stands, with the rest of the sentence as on the best path. won: whether it lies on the best path.
    """

    start: int
    end: int
    before: str
    after: str
    kind: Kind | None
    entry: str | None
    family: str | None
    probability: float
    parts: Mapping[str, float]
    won: bool

    @property
    def total(self) -> float:
        """By how many nats the reading beats the place as it stands."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one place was read.

    start, end: code points of the article that the readings touch. sentence: start and end of its sentence, likewise.
    readings: all that were considered, best first; of several that touch different words, more than one can have won.
    families: probability of each family of spinners on the page. number: of the sentence on its page. spun: probability
    that the sentence is spun.
    """

    start: int
    end: int
    sentence: tuple[int, int]
    readings: tuple[Reading, ...]
    families: Mapping[str, float]
    number: int
    spun: float = 1.0

    def weighed(self, states: Floats) -> "Explanation":
        """Return the explanation with the probability that its sentence is spun. states: that of each on the page."""
        return replace(self, spun=float(states[self.number]))


# --- alternatives ---------------------------------------------------------------------------------------------


def considered(view: View, tables: Tables) -> list[Considered]:
    """Return the readings of a page with a posterior of at least LEAST_POSTERIOR that change something, by place."""
    lattice, posteriors = view.inferred.lattice, view.inferred.posteriors
    arcs = lattice.edits
    arcs = arcs[(lattice.page[arcs] == view.page) & (posteriors[arcs] >= LEAST_POSTERIOR)]
    found = _edits(view, arcs, tables)
    numbers = (lattice.sentence[arcs] - lattice.batch.sentence_offsets[view.page]).tolist()
    rows = zip(found, numbers, posteriors[arcs].tolist(), strict=True)
    possible = [Considered(edit, number, share) for edit, number, share in rows if edit is not None]
    return sorted(possible, key=lambda each: (each.edit.start, each.edit.end))


def _edits(view: View, arcs: Ints, tables: Tables) -> list[Edit | None]:
    """Return the edit that each of *arcs*, all of one page, would make, with entry and family; None for no change."""
    lattice = view.inferred.lattice
    own = lattice.reading[arcs]
    margins = np.full(len(own), SURE_OF_NAME)  # margins are not computed here: high enough that no name is refused
    choices = choices_for(lattice, own, view.sure[arcs], margins, tables)
    strengths = lattice.readings.strength[own] * view.inferred.families[view.page]
    likeliest, known = strengths.argmax(axis=1).tolist(), (strengths > 0).any(axis=1).tolist()
    names = [FAMILY_NAMES[k] if any_ else None for k, any_ in zip(likeliest, known, strict=True)]
    edits = render(lattice.batch.pages[view.page], choices)
    return [
        None if edit is None else replace(edit, evidence=replace(edit.evidence, margin=None, family=name))
        for edit, name in zip(edits, names, strict=True)
    ]


def with_alternatives(text: str, edits: Iterable[Edit], sights: Sequence[Sight]) -> list[Edit]:
    """Return *edits* of *text* with their families and up to MOST_ALTERNATIVES other wordings each, likeliest first.

    sights: what looks by `considered` kept. The probabilities of the alternatives and the confidence add up to 1 at
    most; the remainder is that of the text as it stands and of wordings that are not listed.
    """
    possible = [
        each._replace(probability=each.probability * float(sight.states[each.sentence]))
        for sight in sights
        for each in sight.seen
    ]
    starts = [each.edit.start for each in possible]
    return [_with_alternatives(text, edit, list(_inside(edit, possible, starts))) for edit in edits]


def _inside(edit: Edit, possible: Sequence[Considered], starts: Sequence[int]) -> Iterator[Considered]:
    for at in range(bisect_left(starts, edit.start), len(possible)):
        if possible[at].edit.start >= edit.end:
            return
        if possible[at].edit.end <= edit.end:
            yield possible[at]


def _with_alternatives(text: str, edit: Edit, inside: Sequence[Considered]) -> Edit:
    if not inside:
        return edit
    wordings: dict[str, tuple[float, Considered]] = {}
    for each in inside:
        after = text[edit.start : each.edit.start] + each.edit.after + text[each.edit.end : edit.end]
        known, best = wordings.get(after, (0.0, each))
        likelier = max(each, best, key=lambda one: one.probability)
        wordings[after] = known + each.probability, likelier
    share, own = wordings.pop(edit.after, (0.0, max(inside, key=lambda one: one.probability)))
    others = sorted(wordings.items(), key=lambda item: (-item[1][0], item[0]))
    # The posteriors say how the readings compare with each other; the confidence says how much probability is left.
    left = (1.0 - edit.confidence) / max(1.0 - share, sum(found for found, _ in wordings.values()), 1e-9)
    alternatives = [
        Alternative(after, _rounded_down(found * left), each.edit.evidence.entry)
        for after, (found, each) in others[:MOST_ALTERNATIVES]
        if found * left >= LEAST_PROBABILITY
    ]
    family = own.edit.evidence.family
    return replace(edit, evidence=replace(edit.evidence, family=family, alternatives=tuple(alternatives)))


def _rounded_down(share: float) -> float:
    """Return *share* with DIGITS decimals, never more than it is, so that sums stay below 1."""
    return float(np.floor(share * 10**DIGITS) / 10**DIGITS)


# --- why a reading won ----------------------------------------------------------------------------------------


def explained(view: View, start: int, end: int, tables: Tables) -> Explanation | None:
    """Return how a page was read from *start* to *end*, in code points of the article.

    At a blank it is how the word behind was read. None if no word of the page stands there.
    """
    lattice, batch = view.inferred.lattice, view.inferred.lattice.batch
    tokens = _tokens(view, start, end)
    if tokens is None:
        return None
    sentence = int(batch.sentence_of[tokens[0]])
    low, high, arcs = _window(view, tokens[0], min(tokens[1], int(batch.ends[sentence])))
    path = view.inferred.path[lattice.sentence[view.inferred.path] == sentence]
    keeps = np.flatnonzero(lattice.keeps & (lattice.first >= low) & (lattice.first < high))
    outside = path[(lattice.first[path] >= high) | (lattice.end[path] <= low)]
    kept = _score(view, np.concatenate((outside, keeps)), tables)
    readings = [_reading(view, arc, path, keeps, kept, tables) for arc in arcs.tolist()]
    readings.append(_standing(view, keeps, kept, not any(reading.won for reading in readings)))
    readings.sort(key=lambda reading: (-reading.total, not reading.won))
    return Explanation(
        int(batch.starts[low]),
        int(batch.stops[high - 1]),
        (int(batch.starts[batch.firsts[sentence]]), int(batch.stops[batch.ends[sentence] - 1])),
        tuple(readings),
        dict(zip(FAMILY_NAMES, view.inferred.families[view.page].tolist(), strict=True)),
        sentence - int(batch.sentence_offsets[view.page]),
    )


def _tokens(view: View, start: int, end: int) -> tuple[int, int] | None:
    """Return the tokens (first, end) from *start* to *end*, or the one behind a blank there; None for none."""
    batch = view.inferred.lattice.batch
    page, base = batch.pages[view.page], int(batch.token_offsets[view.page])
    first = bisect_left(page.tokens, True, key=lambda token: token.end > start)
    if first == len(page.tokens):
        return None
    blank = page.text[start : page.tokens[first].start]
    if blank and not blank.isspace():
        return None
    behind = bisect_left(page.tokens, True, key=lambda token: token.start >= end)
    return base + first, base + max(first + 1, behind)


def _window(view: View, low: int, high: int) -> tuple[int, int, Ints]:
    """Return the readings that touch the tokens *low* to *high*, and the tokens (first, end) that all of these span.

    Readings of the best path that compete with one of them are among them, even if they touch other tokens only.
    """
    lattice, path = view.inferred.lattice, view.inferred.path
    edits = lattice.edits
    arcs = edits[(lattice.first[edits] < high) & (lattice.end[edits] > low)]
    low, high = int(min([low, *lattice.first[arcs]])), int(max([high, *lattice.end[arcs]]))
    over = path[(lattice.first[path] < high) & (lattice.end[path] > low)]
    arcs = np.union1d(arcs, over[lattice.reading[over] >= 0])
    return int(min([low, *lattice.first[over]])), int(max([high, *lattice.end[over]])), arcs


def _through(lattice: Lattice, arc: int, path: Ints, keeps: Ints) -> Ints:
    """Return the arcs of the path that goes through *arc* and follows *path* wherever that is possible.

    keeps: the arcs that keep the tokens around; they fill in what neither covers.
    """
    first, end = lattice.first[arc], lattice.end[arc]
    rest = path[(lattice.first[path] >= end) | (lattice.end[path] <= first)]
    covers = np.append(rest, arc)
    begins, ends = lattice.first[covers][:, None], lattice.end[covers][:, None]
    covered = ((begins <= lattice.first[keeps]) & (ends > lattice.first[keeps])).any(axis=0)
    return np.concatenate((covers, keeps[~covered]))


def _score(view: View, arcs: Ints, tables: Tables) -> dict[str, float]:
    """Return the score of a whole path through a sentence, part by part, in nats. arcs: of the path, in any order."""
    lattice = view.inferred.lattice
    weights, table = tables.weights, view.inferred.features.table
    path = arcs[np.argsort(lattice.level[arcs], kind="stable")]
    by_name = dict(zip(FEATURES, weights.vector() * table[:, path].sum(axis=1), strict=True))
    flat = ranges(lattice.offsets[path], lattice.sizes[path])
    ids = tables.lexicon["word.ngrams"][lattice.words[flat] & WORD_MASK].astype(np.int64)
    words = np.concatenate(([-1], ids))
    rows = np.stack((words[:-2], words[1:-1], words[2:]), axis=1)
    parts = {part: float(sum(by_name[name] for name in names)) for part, names in PARTS.items()}
    return {LANGUAGE: weights.model * float(tables.model.trigrams(rows).sum()), **parts}


def _reading(view: View, arc: int, path: Ints, keeps: Ints, kept: Mapping[str, float], tables: Tables) -> Reading:
    lattice = view.inferred.lattice
    scored = _score(view, _through(lattice, arc, path, keeps), tables)
    edit = _edits(view, np.array([arc]), tables)[0]
    start, end = int(lattice.batch.starts[lattice.first[arc]]), int(lattice.batch.stops[lattice.end[arc] - 1])
    before = lattice.batch.pages[view.page].text[start:end]
    return Reading(
        start,
        end,
        before,
        before if edit is None else edit.after,
        cast(Kind, KINDS[int(lattice.readings.kind[lattice.reading[arc]])]),
        None if edit is None else edit.evidence.entry,
        None if edit is None else edit.evidence.family,
        float(view.inferred.posteriors[arc]),
        {part: scored[part] - kept[part] for part in scored},
        arc in path,
    )


def _standing(view: View, keeps: Ints, kept: Mapping[str, float], won: bool) -> Reading:
    """Return the reading that keeps the text; it is as likely as the least likely of the arcs *keeps*."""
    lattice = view.inferred.lattice
    batch = lattice.batch
    likely = float(view.inferred.posteriors[keeps].min())
    start, end = int(batch.starts[lattice.first[keeps].min()]), int(batch.stops[lattice.first[keeps].max()])
    text = batch.pages[view.page].text[start:end]
    return Reading(start, end, text, text, None, None, None, likely, dict.fromkeys(kept, 0.0), won)
