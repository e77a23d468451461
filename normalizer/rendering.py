"""From the chosen readings to edits in the caller's text."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from normalizer.edits import Edit, Evidence, Kind, SupportingSentence
from normalizer.inference import Inferred
from normalizer.lattice import Lattice, model_ids
from normalizer.lexicon.compiling import KINDS
from normalizer.lexicon.thesaurus import RELATIONS
from normalizer.pages import Batch, Page
from normalizer.prose.names import ACRONYM, FOLLOWS, OPENS, goes_on_a_name, parts_of_names
from normalizer.ragged import offsets_of, ranges
from normalizer.residue import touches
from normalizer.surface import (
    LINE_BREAKS,
    ends_in_plural_s,
    has_singular_subject,
    is_titled,
    match_case,
    match_layout,
    match_quotes,
)
from normalizer.synonyms import Weighed
from normalizer.tables import Tables
from normalizer.tokens import Token

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
# Nats by which the n-gram model must prefer a changed name to the one that stands there. Measured: 8.5 to 27 for spun
# names of the seeds ("Matthew Likelihood", "Senior World Correspondent"), at most 6.5 for real names ("Nationwide
# Insurance").
SURE_OF_NAME = 7.0
# A function that returns the sentences of references that support certain words in place of the tokens start to end.
Supports = Callable[[int, int, tuple[str, ...]], Sequence[SupportingSentence]]


class Choice(NamedTuple):
    """A reading that was chosen.

    start, end: tokens of its page. text: the wording before case transfer. words: its folded words. kind: of the edit
    that it makes. entry: the lexicon entry behind it as a line of a report, or None. confidence: probability that the
    edit is right. margin: by how many nats the n-gram model prefers it over the kept wording. named: whether it comes
    from an entry for a name.
    """

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    kind: Kind
    entry: str | None
    confidence: float
    margin: float
    named: bool = False


def choices_of(inferred: Inferred, arcs: Ints, confidences: Floats, tables: Tables) -> list[Choice]:
    """Return the choices that *arcs* of the best path make, in their order. confidences: of all arcs, shape (arcs,)."""
    margins = language_margins(inferred, arcs, tables)
    return choices_for(inferred.lattice, inferred.lattice.reading[arcs], confidences[arcs], margins, tables)


def choices_for(lattice: Lattice, own: Ints, confidences: Floats, margins: Floats, tables: Tables) -> list[Choice]:
    """Return the choices that some readings would be, in their order.

    own: numbers of the readings. confidences, margins: of each of these, shape (own,).
    """
    readings, lexicon = lattice.readings, tables.lexicon
    start, end = readings.start[own], readings.end[own]
    base = lattice.batch.token_offsets[lattice.batch.page_of[start]]
    columns = (
        start - base, end - base, readings.wording[own], readings.kind[own], readings.entry[own], confidences, margins,
        readings.named[own],
    )  # fmt: skip
    return [
        Choice(
            first,
            last,
            lattice.wordings.text(wording),
            lattice.wordings.folded(wording),
            cast(Kind, KINDS[kind]),
            lexicon.description(entry) if entry >= 0 else None,
            sure,
            margin,
            named,
        )
        for first, last, wording, kind, entry, sure, margin, named in zip(
            *(each.tolist() for each in columns), strict=True
        )
    ]


def synonyms_of(weighed: Weighed, relatives: Ints, batch: Batch, tables: Tables) -> list[Choice]:
    """Return the choices that put relatives in place of words, in the order of *relatives*, numbers among *weighed*."""
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
    """Return what a report says of two words with this *relation* (bits of RELATIONS)."""
    names = [RELATION_NAMES[name] for bit, name in enumerate(RELATIONS) if relation >> bit & 1]
    return f"thesaurus: {', '.join(names)}" if names else "lexicon: a swap of another family"


def language_margins(inferred: Inferred, arcs: Ints, tables: Tables) -> Floats:
    """Return by how many nats the n-gram model prefers the wording of each of *arcs* over the text as it stands.

    Shape (arcs,). The arcs lie on the best path, whose other words are the context of both wordings.
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
    """Return the trigrams that end at each word of some stretches and at the words behind them, and their stretches.

    Shapes (trigrams, 3) and (trigrams,). words[start : start + count]: the words of each stretch. before: the two words
    before it. stream[high : high + behind]: those behind it.
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
    """Return the edit that each choice makes in the text of *page*, None for one that makes none.

    A choice makes no edit if it changes nothing, if it changes a name without evidence for the new name, or if its verb
    does not agree with the subject. Edits stay inside the stretch of their reading, with two exceptions: the apostrophe
    behind a plural may change, and a blank is removed before a line break that moves to the front of the wording.

    choices: by place. supports: finds sentences of references that support a reading, to be shown as evidence.
    """
    kept = list(choices)
    style = "’" if "’" in page.text else ""
    starts = {first for first, _ in page.spans}
    names = _Names.of(page) if kept else _Names([], {})
    free = [*(choice.start for choice in kept[1:]), len(page.tokens)]  # where the next choice begins
    return [
        None
        if _renames(page, choice, names, supports) or _disagrees(page, choice)
        else _edit(page, choice, style, choice.start in starts, limit, supports)
        for choice, limit in zip(kept, free, strict=False)
    ]


class _Names(NamedTuple):
    """Where names stand on a page.

    parts: for each token which part of a name it is (see `prose.names`), 0 if it is none. pairs: for two words that
    follow each other inside names, the tokens at which they do, in order.
    """

    parts: Sequence[int]
    pairs: Mapping[tuple[str, str], Sequence[int]]

    @classmethod
    def of(cls, page: Page) -> "_Names":
        """Find the names of *page*."""
        parts = parts_of_names(page.tokens, page.spans)
        pairs: dict[tuple[str, str], list[int]] = {}
        for at, (one, two) in enumerate(pairwise(page.tokens)):
            if parts[at] and parts[at + 1]:
                pairs.setdefault((one.word, two.word), []).append(at)
        return cls(parts, pairs)


def _renames(page: Page, choice: Choice, names: _Names, supports: Supports | None) -> bool:
    """Say whether *choice* changes a part of a name without evidence for the new name.

    Evidence is a reference that has the new name, an entry for a name, or another place on the page where the new name
    stands. Without it the new name is accepted only if the n-gram model prefers it by SURE_OF_NAME.
    """
    tokens = page.tokens
    stretch = tokens[choice.start : choice.end]
    if choice.kind in ("grammar", "reference", "number") or choice.margin >= SURE_OF_NAME:
        return False
    part = names.parts[choice.start]
    if not any(names.parts[choice.start : choice.end]) or not all(token.text[0].isupper() for token in stretch):
        return False
    if part == ACRONYM and not choice.text.islower():  # "USA" for "US"
        return False
    if part == OPENS and (choice.kind == "function" or not goes_on_a_name(tokens[choice.start + 1])):
        return False
    if part == FOLLOWS and not goes_on_a_name(stretch[0]):
        return False
    if choice.named and not {token.word for token in stretch}.issuperset(choice.words):
        return False
    if supports is not None and supports(choice.start, choice.end, choice.words):
        return False
    return not _stands_elsewhere(tokens, names, choice)


def _disagrees(page: Page, choice: Choice) -> bool:
    """Say whether *choice* puts "were" for "had been" behind a singular subject."""
    if choice.words[0] != "were" or choice.kind == "reference":
        return False
    first = page.spans[bisect_right(page.spans, choice.start, key=itemgetter(0)) - 1][0]
    return has_singular_subject([token.word for token in page.tokens[first : choice.start]][-6:])


def _stands_elsewhere(tokens: Sequence[Token], names: _Names, choice: Choice) -> bool:
    """Say whether the new name of *choice*, with a neighbour that is part of it, stands elsewhere on the page."""
    sought = set()
    if choice.start and names.parts[choice.start - 1]:
        sought.add((tokens[choice.start - 1].word, choice.words[0]))
    if choice.end < len(tokens) and names.parts[choice.end]:
        sought.add((choice.words[-1], tokens[choice.end].word))
    return any(not choice.start - 1 <= at < choice.end for pair in sought for at in names.pairs.get(pair, ()))


def _edit(
    page: Page, choice: Choice, style: str, starts_sentence: bool, limit: int, supports: Supports | None
) -> Edit | None:
    """Return the edit that *choice* makes.

    style: the curly apostrophe if the text uses it, else "". limit: the token where the next choice begins.
    """
    text, stretch = page.text, page.tokens[choice.start : choice.end]
    after = match_case([token.text for token in stretch], choice.text, starts_sentence=starts_sentence)
    if choice.kind == "number":
        after = _numeral(page, choice, after, starts_sentence)
    if len(stretch) > 1:
        after = match_layout(after, [text[left.end : right.start] for left, right in pairwise(stretch)])
    start, end = _without_blanks(page, stretch[0].start, after), stretch[-1].end
    if choice.end < limit and (mark := _possessive(page, choice, after)):
        after, end = after + mark, page.tokens[choice.end].end
    after = match_quotes(after, style)
    before = text[start:end]
    if after == before:
        return None
    return Edit(start, end, before, after, choice.kind, _evidence(choice, supports), choice.confidence)


def _numeral(page: Page, choice: Choice, after: str, starts_sentence: bool) -> str:
    """Return a numeral in words with a capital where figures stood in a name, or at the start of a sentence."""
    tokens = page.tokens
    before = tokens[choice.start - 1].text if choice.start and not starts_sentence else ""
    behind = tokens[choice.end].text if choice.end < len(tokens) else ""
    if tokens[choice.start].text[0].isdigit() and (starts_sentence or is_titled(before, behind)):
        return after[0].upper() + after[1:]
    return after


def _without_blanks(page: Page, start: int, after: str) -> int:
    """Return where an edit begins, so that no blank stays before a line break at the front of its wording *after*."""
    first = start
    if after[:1] in LINE_BREAKS:
        while first and page.text[first - 1] in " \t":
            first -= 1
    return start if touches(page.residue, first, start) else first


def _possessive(page: Page, choice: Choice, after: str) -> str:
    """Return the possessive mark that *after* needs, or "" if the one that stands behind the stretch fits it.

    "folks' homes" becomes "people's homes", "staff's homes" "employees' homes". A mark that closes a quotation is not
    a possessive.
    """
    tokens, text, at = page.tokens, page.text, choice.end
    mark, last = tokens[at], tokens[at - 1]
    if mark.start != last.end or mark.word not in ("'", "'s"):
        return ""
    if mark.word == "'s":
        return "'" if ends_in_plural_s(after) else ""
    owns = text[mark.end : mark.end + 1] == " " and text[mark.end + 1 : mark.end + 2].isalpha()
    if not owns or not last.word.endswith("s") or after.endswith("s"):
        return ""
    first = next(first for first, end in page.spans if first <= choice.start < end)
    return "" if any(_opens(text, *pair) for pair in pairwise(tokens[first:at])) else "'s"


def _opens(text: str, mark: Token, behind: Token) -> bool:
    """Say whether *mark* is a single quote that opens a quotation."""
    return mark.word == "'" and mark.end == behind.start and not text[max(0, mark.start - 1) : mark.start].strip()


def _evidence(choice: Choice, supports: Supports | None) -> Evidence:
    grammar = choice.kind == "grammar"
    spoken = supports(choice.start, choice.end, choice.words) if supports is not None and not grammar else ()
    note = "a or an by the sound of what follows" if grammar else ""
    return Evidence(choice.entry, tuple(spoken), round(choice.margin, 3), note)
