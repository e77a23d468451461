"""What references say of a batch: they are asked about its readings page by page, and the answers go to its arcs."""

import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from normalizer.edits import SENTENCE_LIMIT, SupportingSentence
from normalizer.errors import NormalizerWarning
from normalizer.features import SUPPORT
from normalizer.glancing import spun_signs
from normalizer.lattice import Lattice, Wordings
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.pages import Batch, Page, lay_out
from normalizer.proposals import REFERENCE, Claims, Readings, claims_of, joined, readings_of, unproven, withheld
from normalizer.ragged import numbered
from normalizer.references import (
    LEAST_TRUST,
    LONGEST_REFERENCE,
    Candidates,
    Evidence,
    Reference,
    Trusted,
    gather_evidence,
    prepare,
)
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Trust in a reference (0 to 1) by how spun it looks (nats a word, see `glancing.spun_signs`). Clean references reach
# .18, spun ones start at .21 with half of the lexicon and at .26 with all of it. The trust in spun ones, .2, is the
# highest that brings no more wrong edits than leaving them out (`python -m tests.tools.witnesses wrong`): .15 brings a
# third fewer right edits, .3 brings one more wrong edit.
CLEAN_SIGNS, CLEAN_TRUST = (0.17, 0.25), (1.0, 0.2)
REMEMBERED = 2_000_000  # characters of references that a cache holds: about 200 MB
MOST_TEXT = 5_000_000  # characters of references that are read for one article: about a second for each million
TOO_MUCH = (
    f"references: expected at most {MOST_TEXT:,} characters for one article, found more; the rest is not read: "
    "name the reports of the same story only"
)
# A function that returns the sentences of references that support certain words in place of the tokens start to end.
Supports = Callable[[int, int, tuple[str, ...]], list[SupportingSentence]]
NOTHING = Trusted(prepare(""), 0.0, {})  # takes the place of a reference that is not read
MOST_SURPRISE = 14.0  # nats; words rarer than about once in a million count alike


class Surprises(dict[str, float]):
    """Surprisal of words: negative unigram log-probability (nats), at most MOST_SURPRISE, looked up when first used."""

    def __init__(self, tables: Tables) -> None:
        """Look words up in the n-gram model of *tables*."""
        super().__init__()
        self._tables = tables

    def __missing__(self, word: str) -> float:
        ids = self._tables.lexicon["word.ngrams"][self._tables.lexicon.ids[word] & WORD_MASK]
        self[word] = found = min(MOST_SURPRISE, -float(self._tables.model.unigram_log_probs([int(ids)])[0]))
        return found


class ReferenceCache:
    """Prepares references and judges how clean they look; holds those that were used last, found by their text.

    Calling it with texts or prepared references returns them as `Trusted`. A text that comes twice, and texts beyond
    MOST_TEXT characters in all, are replaced by an empty reference, so that the others keep their numbers. Safe to
    share between threads.
    """

    def __init__(self, tables: Tables) -> None:
        """Judge by the lexicon of *tables*."""
        self._tables, self._lock = tables, Lock()
        self._known: OrderedDict[str, Trusted] = OrderedDict()
        self._held = 0  # characters of the references in *_known*

    def __call__(self, references: Sequence[str | Reference]) -> list[Trusted]:
        """Return *references* prepared, each with how far it is to be trusted.

        Warns with a NormalizerWarning if they hold more than MOST_TEXT characters.
        """
        taken: set[str] = set()
        left = MOST_TEXT
        found: list[Trusted] = []
        for reference in references:
            text = reference if isinstance(reference, str) else reference.text
            fits = text not in taken and len(text[:LONGEST_REFERENCE]) <= left
            found.append(self._trusted(reference) if fits else NOTHING)
            if fits:
                taken.add(text)
                left -= len(text[:LONGEST_REFERENCE])
            elif text not in taken:
                warnings.warn(TOO_MUCH, NormalizerWarning, stacklevel=2)
        return found

    def _trusted(self, reference: str | Reference) -> Trusted:
        text = reference if isinstance(reference, str) else reference.text
        with self._lock:
            found = self._known.get(text)
            if found is not None:
                self._known.move_to_end(text)
                return found
        found = trusted(prepare(text) if isinstance(reference, str) else reference, self._tables)
        with self._lock:
            self._held += len(text) if text not in self._known else 0
            self._known[text] = found
            while len(self._known) > 1 and self._held > REMEMBERED:
                self._held -= len(self._known.popitem(last=False)[0])
        return found


def trusted(reference: Reference, tables: Tables) -> Trusted:
    """Return *reference* with the trust that it deserves (0 to 1): a spun one is evidence still, but weak evidence."""
    lexicon = tables.lexicon
    signs = spun_signs(lexicon.ids.of([token.word for token in reference.tokens]), lexicon)
    trust = float(np.interp(signs, CLEAN_SIGNS, CLEAN_TRUST))
    return Trusted(reference, trust, _swaps(reference, lexicon) if trust < LEAST_TRUST else {})


def _swaps(reference: Reference, lexicon: CompiledLexicon) -> dict[tuple[int, int, tuple[str, ...]], float]:
    """Return the readings of a spun reference: by (start, end, original words) how strong the swap is (0 to 1)."""
    batch = lay_out([Page(reference.text, list(reference.tokens), list(reference.spans), [])], lexicon)
    found = readings_of(claims_of(batch, lexicon), lexicon)
    columns = found.start.tolist(), found.end.tolist(), found.wording.tolist(), found.strength.max(axis=1).tolist()
    return {(start, end, lexicon.wording_words(w)): strength for start, end, w, strength in zip(*columns, strict=True)}


@dataclass(frozen=True, slots=True)
class Testimony:
    """What references say of the pages of a batch.

    readings: of all pages, with those that only references know. wordings: of all these readings. evidence: of each
    page, None for a page without references. support: what references say of each token as it stands and of each
    reading, by the names of SUPPORT, shape (tokens + readings,) each; empty if no page has references.
    """

    readings: Readings
    wordings: Wordings
    evidence: tuple[Evidence | None, ...] = ()
    support: dict[str, Floats] = field(default_factory=dict)

    def on_arcs(self, lattice: Lattice) -> dict[str, Floats]:
        """Return the support of each arc, shape (arcs,) each."""
        tokens = len(lattice.batch.words)
        own = lattice.reading + tokens
        rows = np.where(lattice.keeps, lattice.first, np.where(lattice.reading >= 0, own, -1))
        # References are not asked about start and end arcs and "a" for "an": these take the row of zeros at the end.
        return {
            name: np.append(values, np.zeros(len(lattice.readings) + tokens + 1 - len(values)))[rows]
            for name, values in self.support.items()
        }

    def of_page(self, page: int) -> Supports | None:
        """Return a function that finds the sentences of references that support words on a page; None without any."""
        evidence = self.evidence[page] if self.evidence else None
        if evidence is None:
            return None

        def sentences(start: int, end: int, words: tuple[str, ...]) -> list[SupportingSentence]:
            return [_sentence(evidence, number, at, len(words)) for number, at in evidence.places(start, end, words)]

        return sentences


def _sentence(evidence: Evidence, number: int, at: int, size: int) -> SupportingSentence:
    reference = evidence.references[number]
    start, last = reference.tokens[at].start, reference.tokens[at + size - 1].end
    return SupportingSentence(number, start, last, reference.sentence(at)[:SENTENCE_LIMIT])


def testify(batch: Batch, claims: Claims, references: Sequence[Sequence[Trusted]], tables: Tables) -> Testimony:
    """Return all readings of *batch*, and what the *references* of each page say of them."""
    lexicon = tables.lexicon
    guarded = lexicon["entry.reference"][claims.entry] != 0
    if not any(references):
        return Testimony(readings_of(claims.where(~guarded), lexicon), Wordings(lexicon))
    readings = readings_of(claims, lexicon)
    evidence = tuple(_asked(batch, page, readings, own, tables) if own else None for page, own in enumerate(references))
    if guarded.any():
        # Entries with the guard `ref` count only where a reference supports them, which the first evidence tells.
        readings = readings_of(claims.where(~guarded | _supported(batch, claims, readings, evidence)), lexicon)
        evidence = tuple(
            _asked(batch, page, readings, own, tables) if own else None for page, own in enumerate(references)
        )
    return _gathered(batch, readings, evidence, lexicon)


class Rows:
    """Where the tokens and readings of one page stand in a batch.

    tokens, readings: slices of the page's tokens and readings. count: how many tokens it has. start: first token of
    each of its tokens and then of its readings. order: these in the order in which references are asked about them: by
    start, and of those with the same start the token as it stands first.
    """

    def __init__(self, batch: Batch, readings: Readings, page: int) -> None:
        """Find the tokens and the readings of *page*. readings: of the whole batch, sorted by start."""
        self.tokens = slice(int(batch.token_offsets[page]), int(batch.token_offsets[page + 1]))
        low, high = np.searchsorted(readings.start, (self.tokens.start, self.tokens.stop))
        self.readings = slice(int(low), int(high))
        self.count = self.tokens.stop - self.tokens.start
        self.start = np.concatenate((np.arange(self.count), readings.start[self.readings] - self.tokens.start))
        self.order = np.argsort(self.start, kind="stable")


def _asked(batch: Batch, page: int, readings: Readings, references: Sequence[Trusted], tables: Tables) -> Evidence:
    own = batch.pages[page]
    candidates = _candidates(batch, page, readings, tables.lexicon)
    return gather_evidence(own.tokens, own.spans, candidates, references, Surprises(tables).__getitem__)


def _candidates(batch: Batch, page: int, readings: Readings, lexicon: CompiledLexicon) -> Candidates:
    """Return every way to read a stretch of *page*, in the order of `Rows`."""
    rows = Rows(batch, readings, page)
    own, order, words = rows.readings, rows.order, [token.word for token in batch.pages[page].tokens]
    numbers, wording = np.unique(readings.wording[own], return_inverse=True)
    distinct = {word: number for number, word in enumerate(dict.fromkeys(words))}
    standing = np.array([distinct[word] for word in words], dtype=np.int64)
    capital = np.array([lexicon.wording(number)[0].isupper() for number in numbers.tolist()], dtype=np.bool_)
    end = np.concatenate((np.arange(rows.count) + 1, readings.end[own] - rows.tokens.start))
    none = np.zeros(rows.count)
    return Candidates(
        rows.start[order],
        end[order],
        np.concatenate((standing, wording + len(distinct)))[order],
        order < rows.count,
        np.concatenate((none.astype(np.bool_), capital[wording]))[order],
        np.concatenate((none, readings.strength[own].max(axis=1, initial=0.0)))[order],
        [*((word,) for word in distinct), *map(lexicon.wording_words, numbers.tolist())],
    )


def _supported(batch: Batch, claims: Claims, readings: Readings, evidence: Sequence[Evidence | None]) -> Bools:
    """Say for each claim whether a reference supports the reading that it belongs to."""
    spoken = np.zeros(len(readings), dtype=np.bool_)
    for page, said in enumerate(evidence):
        if said is not None:
            rows = Rows(batch, readings, page)
            found = np.empty(len(rows.order), dtype=np.bool_)
            found[rows.order] = said.supported
            spoken[rows.readings] = found[rows.count :]
    both = [
        np.concatenate((getattr(readings, name)[spoken], getattr(claims, name))) for name in ("start", "end", "wording")
    ]
    number, known = numbered(np.stack(both)), int(spoken.sum())
    return np.asarray(np.isin(number[known:], number[:known]))


def _gathered(
    batch: Batch, readings: Readings, evidence: Sequence[Evidence | None], lexicon: CompiledLexicon
) -> Testimony:
    """Return the readings with those that only references know, and the support of all."""
    tokens, known = len(batch.words), len(readings)
    size = len(lexicon["wording.offset"]) - 1
    said = [(page, each) for page, each in enumerate(evidence) if each is not None]
    fresh = [(page, proposal) for page, each in said for proposal in each.proposals]
    base = batch.token_offsets
    start = np.array([base[page] + proposal.start for page, proposal in fresh], dtype=np.int64)
    end = np.array([base[page] + proposal.end for page, proposal in fresh], dtype=np.int64)
    near = np.array([proposal.near for _, proposal in fresh], dtype=np.bool_)
    support = {name: np.zeros(tokens + known + len(fresh)) for name in SUPPORT}
    done = tokens + known
    for page, each in said:
        rows = Rows(batch, readings, page)
        places = np.concatenate((np.arange(base[page], base[page + 1]), tokens + np.arange(known)[rows.readings]))
        behind = done + np.arange(len(each.proposals))
        for name in SUPPORT:
            support[name][np.concatenate((places[rows.order], behind))] = getattr(each, name)
        done += len(each.proposals)
    kept = ~withheld(batch, start, end)
    proposed = unproven(start[kept], end[kept], (size + np.arange(len(fresh)))[kept], REFERENCE, near[kept])
    support = {
        name: np.concatenate((values[: tokens + known], values[tokens + known :][kept]))
        for name, values in support.items()
    }
    wordings = Wordings(lexicon, [p.text for _, p in fresh], [p.words for _, p in fresh])
    return Testimony(joined(readings, proposed), wordings, tuple(evidence), support)
