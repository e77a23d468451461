"""From the chosen readings to edits in the caller's text."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from normalizer.edits import Edit, Evidence, Kind, SupportingSentence
from normalizer.inference import Inferred
from normalizer.lattice import model_ids
from normalizer.lexicon.compiling import KINDS
from normalizer.lexicon.thesaurus import RELATIONS
from normalizer.pages import Batch, Page
from normalizer.ragged import offsets_of, ranges
from normalizer.surface import match_case, match_layout, match_quotes
from normalizer.synonyms import Weighed
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# What a report says of the relations of two words.
RELATION_NAMES = {
    "listed": "listed under the original",
    "lists": "lists the original",
    "synonym": "synonym",
    "similar": "similar word",
    "broader": "broader word",
    "narrower": "narrower word",
}
Supports = Callable[[int, int, tuple[str, ...]], Sequence[SupportingSentence]]  # of what stands at tokens start..end


class Choice(NamedTuple):
    """A reading on the chosen path.

    start, end: tokens of its page. text: the wording before case transfer. words: its folded words. kind: of the edit
    it makes. entry: the lexicon entry behind it as a line of a report, or None. confidence: probability that the edit
    is right. margin: by how many nats the n-gram model prefers it over the kept wording.
    """

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    kind: Kind
    entry: str | None
    confidence: float
    margin: float


def choices_of(inferred: Inferred, arcs: Ints, confidences: Floats, tables: Tables) -> list[Choice]:
    """Return the choices behind *arcs* of the best path, in its order. confidences: of all arcs, shape (arcs,)."""
    lattice, readings, lexicon = inferred.lattice, inferred.lattice.readings, tables.lexicon
    base, own = lattice.batch.token_offsets[lattice.page[arcs]], lattice.reading[arcs]
    columns = (
        lattice.first[arcs] - base, lattice.end[arcs] - base, readings.wording[own], readings.kind[own],
        readings.entry[own], confidences[arcs], language_margins(inferred, arcs, tables),
    )  # fmt: skip
    return [
        Choice(
            start,
            end,
            lattice.wordings.text(wording),
            lattice.wordings.folded(wording),
            cast(Kind, KINDS[kind]),
            lexicon.description(entry) if entry >= 0 else None,
            sure,
            margin,
        )
        for start, end, wording, kind, entry, sure, margin in zip(*(each.tolist() for each in columns), strict=True)
    ]


def synonyms_of(weighed: Weighed, relatives: Ints, batch: Batch, tables: Tables) -> list[Choice]:
    """Return the choices of *relatives*, numbers of some that were weighed, in their order."""
    found, lexicon = weighed.found, tables.lexicon
    base = batch.token_offsets[batch.page_of[found.start[relatives]]]
    columns = (
        found.start[relatives] - base, found.end[relatives] - base, found.word[relatives], found.relation[relatives],
        weighed.posteriors[relatives], weighed.margins[relatives],
    )  # fmt: skip
    return [
        Choice(start, end, lexicon.word(word), (lexicon.word(word),), "synonym", _related(relation), sure, margin)
        for start, end, word, relation, sure, margin in zip(*(each.tolist() for each in columns), strict=True)
    ]


def _related(relation: int) -> str:
    """Return what a report says of two words that are related so (bits of RELATIONS)."""
    names = [RELATION_NAMES[name] for bit, name in enumerate(RELATIONS) if relation >> bit & 1]
    return f"thesaurus: {', '.join(names)}" if names else "lexicon: a swap of another family"


def language_margins(inferred: Inferred, arcs: Ints, tables: Tables) -> Floats:
    """Return by how many nats the n-gram model prefers the wording of each of *arcs* over what stands there.

    The arcs lie on the best path, the rest of which stays as it is. Shape (arcs,).
    """
    if not len(arcs):
        return np.zeros(0)
    lattice, path = inferred.lattice, inferred.path
    ids = model_ids(lattice, tables.lexicon, "ngrams")
    sizes = lattice.sizes[path]
    stream = ids[ranges(lattice.offsets[path], sizes)]
    cuts = offsets_of(sizes)
    place = np.full(len(lattice), -1)
    place[path] = np.arange(len(path))
    heads = np.flatnonzero(np.diff(lattice.sentence[path], prepend=-1))
    first, last = cuts[heads], np.append(cuts[heads[1:]], cuts[-1])  # words of each sentence in the stream
    at, sentence = place[arcs], lattice.sentence[arcs]
    low, high = cuts[at], cuts[at + 1]
    own = np.full(len(lattice.batch.words), -1)
    keeps = np.flatnonzero(lattice.keeps)
    own[lattice.first[keeps]] = ids[lattice.offsets[keeps]]
    behind = np.minimum(2, last[sentence] - high)
    before = [np.where(low - k >= first[sentence], stream[np.maximum(low - k, 0)], -1) for k in (2, 1)]
    spoken = _windows(stream, low, high - low, before, stream, high, behind)
    kept = _windows(own, lattice.first[arcs], lattice.end[arcs] - lattice.first[arcs], before, stream, high, behind)
    logs = tables.model.trigrams(np.concatenate((spoken[0], kept[0])))
    sums = np.bincount(np.concatenate((spoken[1], kept[1] + len(arcs))), logs, minlength=2 * len(arcs))
    return np.asarray(sums[: len(arcs)] - sums[len(arcs) :])


def _windows(
    words: Ints, start: Ints, count: Ints, before: list[Ints], stream: Ints, high: Ints, behind: Ints
) -> tuple[Ints, Ints]:
    """Return three words a row for each word of some stretches and for those behind them, and the stretch of each row.

    words[start : start + count]: the words of each stretch. before: the two words before it. stream[high : high +
    behind]: those behind it.
    """
    begins = offsets_of(2 + count + behind)[:-1]
    flat = np.empty(int((2 + count + behind).sum()), np.int64)
    flat[begins], flat[begins + 1] = before
    flat[ranges(begins + 2, count)] = words[ranges(start, count)]
    flat[ranges(begins + 2 + count, behind)] = stream[ranges(high, behind)]
    rows = ranges(begins + 2, count + behind)
    owner = np.repeat(np.arange(len(start)), count + behind)
    return np.stack((flat[rows - 2], flat[rows - 1], flat[rows]), axis=1), owner


def render(page: Page, choices: Iterable[Choice], supports: Supports | None = None) -> list[Edit | None]:
    """Return the edit that each choice makes in the text of *page*, None for one that changes nothing.

    Edits stay inside the stretch of their reading.

    supports: what references say for a reading, to be shown as evidence.
    """
    style = "’" if "’" in page.text else ""
    starts = {first for first, _ in page.spans}
    return [_edit(page, choice, style, choice.start in starts, supports) for choice in choices]


def _edit(page: Page, choice: Choice, style: str, starts_sentence: bool, supports: Supports | None) -> Edit | None:
    """Return the edit that *choice* makes. style: the apostrophe of the text, if it is not the straight one."""
    text, stretch = page.text, page.tokens[choice.start : choice.end]
    start, end = stretch[0].start, stretch[-1].end
    after = match_case([token.text for token in stretch], choice.text, starts_sentence=starts_sentence)
    after = match_quotes(after, style)
    if len(stretch) > 1:
        after = match_layout(after, [text[left.end : right.start] for left, right in pairwise(stretch)])
    before = text[start:end]
    if after == before:
        return None
    return Edit(start, end, before, after, choice.kind, _evidence(choice, supports), choice.confidence)


def _evidence(choice: Choice, supports: Supports | None) -> Evidence:
    grammar = choice.kind == "grammar"
    spoken = supports(choice.start, choice.end, choice.words) if supports is not None and not grammar else ()
    note = "a or an by the sound of what follows" if grammar else ""
    return Evidence(choice.entry, tuple(spoken), round(choice.margin, 3), note)
