"""An independent judge: how good a repaired text is, from texts and gold repairs alone.

Every paragraph of the repaired text is *explained*: for each gold repair one wording is chosen (as it stands, the gold
wording, or an alternative) such that the whole has the least token edit distance (Levenshtein 1966) to the repaired
paragraph. That explanation is found exactly, by dynamic programming over the tokens of all wordings at once: an edit
distance between a string and an acyclic automaton. Then

* a gold repair explained by a right wording is a true positive, one left as it stands a miss;
* each block of tokens that the explanation still does not account for is a false positive;
* the error reduction rate is 1 - distance(repaired, ideal) / distance(spun, ideal), as in lexical
  normalisation (van der Goot 2019): the share of wrong tokens that the repair removed; below 0 it did harm.
  The ideal text has the chosen wording where one was right, the gold wording where a needed repair was
  missed, the text elsewhere.

Ties prefer the text as it stands, then the gold wording, but the shorter wording if another repair follows directly.
Precision, recall and F0.5 over edits follow the CoNLL-2014 shared task (Ng and others 2014) and ERRANT (Bryant, Felice
and Briscoe 2017), where precision counts twice as much as recall.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from normalizer.evaluating.gold import Gold, apply_readings

Costs = NDArray[np.int64]

# A word with its inner apostrophes, hyphens, points and commas (can't, re-run, 2.5, 100,000), or one mark.
# Coarser than `normalizer.tokens` on purpose: the judge must not share the faults of the tool.
JUDGED = re.compile(r"\w+ (?: ['’.,\-] \w+ )* | [^\w\s]", re.VERBOSE)
ALIKE = str.maketrans("‘’“”–—", "''\"\"--")
UNIT = 1 << 20  # cost of one token; smaller costs only break ties
LENGTH, AS_GOLD, AS_ALTERNATIVE = 1 << 6, 1, 2  # tie costs of a token, and of explaining a place as repaired


def judged_words(text: str) -> list[str]:
    """Return the tokens that the judge compares; quotes and dashes of all styles are alike, capitals are not.

    >>> judged_words("He can’t pay $2.5m – yet.")
    ['He', "can't", 'pay', '$', '2.5m', '-', 'yet', '.']
    """
    return [match.group().translate(ALIKE) for match in JUDGED.finditer(text)]


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a judgement; those of several texts are added up with `+`.

    tp: needed repairs made. tp_optional: optional ones made. fn: needed ones missed. fp: wrong blocks.
    skipped: optional ones not made. before, after: token distance of spun and repaired text to the ideal.
    words: tokens of the spun text.
    """

    tp: int = 0
    tp_optional: int = 0
    fn: int = 0
    fp: int = 0
    skipped: int = 0
    before: int = 0
    after: int = 0
    words: int = 0

    def __add__(self, other: Self) -> Self:
        """Return the counts of both together."""
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def precision(self) -> float:
        """Share of all changes made that are right, 1 if none was made."""
        right = self.tp + self.tp_optional
        return right / (right + self.fp) if right + self.fp else 1.0

    @property
    def recall(self) -> float:
        """Share of the needed repairs that were made, 1 if none was needed."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f05(self) -> float:
        """F-measure that weighs precision twice as much as recall (van Rijsbergen 1979)."""
        total = 0.25 * self.precision + self.recall
        return 1.25 * self.precision * self.recall / total if total else 0.0

    @property
    def err(self) -> float:
        """Error reduction rate in tokens: 1 all repaired, 0 nothing, below 0 harm."""
        return 1 - self.after / self.before if self.before else 0.0


class Wrong(NamedTuple):
    """One wrong block: tokens that were expected, those found instead, and the tokens around."""

    expected: str
    found: str
    context: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judge's view of one repaired text.

    chosen: for each gold repair 0 (as it stands), or 1 + the index of the reading that explains it. wrong:
    what no reading explains.
    """

    counts: Counts
    chosen: tuple[int, ...]
    wrong: tuple[Wrong, ...]


def judge(spun: str, golds: Sequence[Gold], repaired: str) -> Judgement:
    """Judge *repaired* against the *golds* (in order) of the text *spun*."""
    counts, chosen = Counts(words=len(judged_words(spun))), [0] * len(golds)
    wrong: list[Wrong] = []
    for start, end, found in _paragraphs(spun, repaired):
        own = [i for i, gold in enumerate(golds) if start <= _anchor(gold) < end]
        part = _judge_paragraph(spun[start:end], [_shifted(golds[i], start, end) for i in own], found)
        counts += part.counts
        wrong += part.wrong
        for i, choice in zip(own, part.chosen, strict=True):
            chosen[i] = choice
    return Judgement(counts, tuple(chosen), tuple(wrong))


def _anchor(gold: Gold) -> int:
    """Return the code point that decides to which paragraph a repair belongs: its first that is no line feed."""
    return gold.start + len(gold.spun) - len(gold.spun.lstrip("\n"))


def _shifted(gold: Gold, start: int, end: int) -> Gold:
    """Return *gold* with offsets into the paragraph start..end, cut to it."""
    low, high = max(gold.start, start), min(gold.end, end)
    spun = gold.spun[low - gold.start : high - gold.start]
    readings = tuple(reading.strip("\n") for reading in gold.readings)
    return Gold(low - start, high - start, spun, readings, gold.droppable, gold.category, gold.confidence)


def _judge_paragraph(part: str, golds: Sequence[Gold], found: list[str]) -> Judgement:
    if golds and not found and all(gold.droppable for gold in golds):
        return _dropped(part, golds)
    chosen = explain(part, golds, found)
    wordings = [(gold.spun, *gold.readings) for gold in golds]
    explained = judged_words(apply_readings(part, golds, [w[k] for w, k in zip(wordings, chosen, strict=True)]))
    aims = [k or int(not gold.optional) for gold, k in zip(golds, chosen, strict=True)]
    ideal = judged_words(apply_readings(part, golds, [w[k] for w, k in zip(wordings, aims, strict=True)]))
    wrong = tuple(_wrong_blocks(explained, found))
    distances = (Levenshtein.distance(judged_words(part), ideal), Levenshtein.distance(found, ideal))
    return Judgement(_counted(golds, chosen, len(wrong), distances), chosen, wrong)


def _dropped(part: str, golds: Sequence[Gold]) -> Judgement:
    """Judge a paragraph that was removed as a whole, where a gold repair allows that."""
    chosen = (1,) * len(golds)
    return Judgement(_counted(golds, chosen, 0, (len(judged_words(part)), 0)), chosen, ())


def _counted(golds: Sequence[Gold], chosen: Sequence[int], wrong: int, distances: tuple[int, int]) -> Counts:
    def count(optional: bool, made: bool) -> int:
        return sum(g.optional == optional and bool(k) == made for g, k in zip(golds, chosen, strict=True))

    return Counts(count(False, True), count(True, True), count(False, False), wrong, count(True, False), *distances)


def _wrong_blocks(explained: list[str], found: list[str]) -> Iterator[Wrong]:
    for op in Levenshtein.opcodes(explained, found):
        if op.tag != "equal":
            around = explained[max(0, op.src_start - 4) : op.src_end + 4]
            yield Wrong(
                " ".join(explained[op.src_start : op.src_end]),
                " ".join(found[op.dest_start : op.dest_end]),
                " ".join(around),
            )


# --- pairing paragraphs ----------------------------------------------------------------------------------


def _paragraphs(spun: str, repaired: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (start, end, tokens of its repair) of each line of *spun* that is not empty.

    Where the number of lines was kept, lines pair one to one, else through an alignment of all tokens.
    """
    lines = list(re.finditer(r"[^\n]+", spun))
    if spun.count("\n") == repaired.count("\n"):
        repaired_lines = repaired.split("\n")
        for match in lines:
            yield match.start(), match.end(), judged_words(repaired_lines[spun.count("\n", 0, match.start())])
    else:
        dealt = _dealt(spun, repaired, [match.end() for match in lines])
        for match, found in zip(lines, dealt, strict=True):
            yield match.start(), match.end(), found


def _dealt(spun: str, repaired: str, ends: Sequence[int]) -> list[list[str]]:
    """Return the tokens of *repaired* that belong to each line of *spun*. ends: where its lines end, in tokens."""
    line_of, line = [], 0
    for match in JUDGED.finditer(spun):
        while match.start() >= ends[line]:
            line += 1
        line_of.append(line)
    found = judged_words(repaired)
    dealt: list[list[str]] = [[] for _ in ends]
    for op in Levenshtein.opcodes(judged_words(spun), found) if ends else ():
        for k in range(op.dest_start, op.dest_end):
            at = op.src_start + (k - op.dest_start if op.tag == "equal" else 0)
            dealt[line_of[at] if at < len(line_of) else -1].append(found[k])
    return dealt


# --- the nearest explanation -----------------------------------------------------------------------------


class Stretch(NamedTuple):
    """A piece of a paragraph that no token reaches across, with all its wordings.

    wordings: for every wording its tokens, what it costs in ties, and the choice made at each of *golds*
    (indices).
    """

    golds: tuple[int, ...]
    wordings: list[tuple[list[str], int, tuple[int, ...]]]


def explain(part: str, golds: Sequence[Gold], found: Sequence[str]) -> tuple[int, ...]:
    """Return which wording of each of *golds* explains *found* best: 0 as it stands, k for the k-th reading.

    Time: tokens of all wordings times tokens found.
    """
    stretches = list(_stretches(part, golds))
    numbers = {word: i for i, word in enumerate(dict.fromkeys(found))}
    ids = np.array([numbers[word] for word in found], dtype=np.int64)
    row = np.arange(len(found) + 1, dtype=np.int64) * UNIT
    rows = []
    for stretch in stretches:
        rows.append(row)
        row = np.min([_advance(row, words, numbers, ids) + tie for words, tie, _ in stretch.wordings], axis=0)
    chosen, at = [0] * len(golds), len(found)
    for stretch, before in zip(reversed(stretches), reversed(rows), strict=True):
        ends = [_advance(before, words, numbers, ids)[at] + tie for words, tie, _ in stretch.wordings]
        words, _, choices = stretch.wordings[int(np.argmin(ends))]
        at = _origin(before, words, numbers, ids, at)
        for i, choice in zip(stretch.golds, choices, strict=True):
            chosen[i] = choice
    return tuple(chosen)


def _advance(row: Costs, words: Sequence[str], numbers: dict[str, int], ids: Costs) -> Costs:
    """Return the costs of explaining each prefix of what was found by what *row* stands for, then *words*."""
    for word in words:
        row = _step(row, numbers.get(word, -1), ids)
    return row


def _step(row: Costs, number: int, ids: Costs) -> Costs:
    steps = np.arange(len(row), dtype=np.int64) * UNIT
    direct = row + UNIT
    direct[1:] = np.minimum(direct[1:], row[:-1] + UNIT * (ids != number))
    return np.minimum.accumulate(direct - steps) + steps  # runs of inserted tokens, all at once


def _origin(row: Costs, words: Sequence[str], numbers: dict[str, int], ids: Costs, at: int) -> int:
    """Return from which prefix of the found tokens the best path through *words* to prefix *at* set out."""
    rows = [row]
    for word in words:
        rows.append(_step(rows[-1], numbers.get(word, -1), ids))
    k = len(words)
    while k:
        differs = at > 0 and ids[at - 1] != numbers.get(words[k - 1], -1)
        if at and rows[k][at] == rows[k - 1][at - 1] + UNIT * int(differs):
            k, at = k - 1, at - 1
        elif rows[k][at] == rows[k - 1][at] + UNIT:
            k -= 1
        else:
            at -= 1
    return at


def _stretches(part: str, golds: Sequence[Gold]) -> Iterator[Stretch]:
    """Cut the paragraph at white space: each stretch holds whole tokens, whatever wording is chosen."""
    done = 0
    for own, low, high in _clusters(part, golds):
        yield Stretch((), [(judged_words(part[done:low]), 0, ())])
        follow = [i + 1 < len(golds) and not part[golds[i].end : golds[i + 1].start].strip() for i in own]
        yield Stretch(tuple(own), list(_wordings(part[low:high], [_shifted(golds[i], low, high) for i in own], follow)))
        done = high
    yield Stretch((), [(judged_words(part[done:]), 0, ())])


def _clusters(part: str, golds: Sequence[Gold]) -> list[tuple[list[int], int, int]]:
    """Group the *golds* that share a word: (their indices, start, end), widened to white space."""
    clusters: list[tuple[list[int], int, int]] = []
    for i, gold in enumerate(golds):
        low, high = widen(part, gold.start, gold.end)
        if clusters and low < clusters[-1][2]:
            own, first, end = clusters.pop()
            clusters.append(([*own, i], first, max(end, high)))
        else:
            clusters.append(([i], low, high))
    return clusters


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Return start..end widened to the white space on both sides.

    >>> widen("the re-removal of it", 7, 10)
    (4, 14)
    """
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _wordings(
    stretch: str, golds: Sequence[Gold], followed: Sequence[bool]
) -> Iterator[tuple[list[str], int, tuple[int, ...]]]:
    """Yield every wording of a stretch.

    followed: whether the next gold repair comes right after each of *golds*.
    """
    options = [
        [
            (k, wording, _tie(k, wording, short_first=right_after))
            for k, wording in enumerate((gold.spun, *gold.readings))
        ]
        for gold, right_after in zip(golds, followed, strict=True)
    ]
    for chosen in itertools.product(*options):
        words = judged_words(apply_readings(stretch, golds, [wording for _, wording, _ in chosen]))
        yield words, sum(tie for _, _, tie in chosen), tuple(k for k, _, _ in chosen)


def _tie(k: int, wording: str, *, short_first: bool) -> int:
    """Return what explaining a place by its k-th wording costs in ties.

    If another repair follows directly, a foreign phrase can be explained equally well by either of two wordings; the
    shorter one then costs less.
    """
    return (LENGTH * len(judged_words(wording)) if short_first else 0) + (
        AS_GOLD if k == 1 else AS_ALTERNATIVE * bool(k)
    )
