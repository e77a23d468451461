"""All readings of many articles at once: arcs between token positions, sentence by sentence, as columns.

Every sentence is a lattice of its own. An arc keeps a token, or puts the wording of a reading in place of a stretch of
tokens; a start arc (`<s>`) and an end arc (`</s>`) frame the sentence. Arcs are sorted by level, which is the number of
tokens before them plus one, then by sentence; of those with one source the arc that keeps the text comes first, and
readings follow in their order, so that of equal paths the first one changes least.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon, WordIds
from normalizer.pages import Batch
from normalizer.proposals import GRAMMAR, Readings
from normalizer.ragged import offsets_of, ranges, take_rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Wordings:
    """What can stand in place of a stretch: the wordings of the lexicon, and behind them those of references.

    Those of references have numbers from `size` on, in the order of *texts*.
    """

    def __init__(
        self, lexicon: CompiledLexicon, texts: Sequence[str] = (), words: Sequence[Sequence[str]] = ()
    ) -> None:
        """Take the wordings of *lexicon*, and further *texts* with the folded *words* of each."""
        self._lexicon, self._texts, self._words = lexicon, tuple(texts), tuple(map(tuple, words))
        self._flat = lexicon.ids.of([word for each in words for word in each])
        self._offsets = offsets_of(np.array([len(each) for each in words], dtype=np.int64))
        self.size = len(lexicon["wording.offset"]) - 1

    def text(self, number: int) -> str:
        """Return the wording as it would be written inside a sentence."""
        return self._lexicon.wording(number) if number < self.size else self._texts[number - self.size]

    def folded(self, number: int) -> tuple[str, ...]:
        """Return the folded words of the wording."""
        return self._lexicon.wording_words(number) if number < self.size else self._words[number - self.size]

    def words(self, numbers: Ints) -> tuple[Ints, Ints]:
        """Return the word numbers of all wordings *numbers*, one after the other, and how many each has."""
        own = numbers < self.size
        if own.all():
            at, counts = take_rows(self._lexicon["wording.start"], numbers)
            return self._lexicon["wording.word"][at].astype(np.int64), counts
        starts, counts = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
        for mine, offsets, base in ((own, self._lexicon["wording.start"], 0), (~own, self._offsets, self.size)):
            rows = numbers[mine] - base
            starts[mine] = offsets[rows]
            counts[mine] = offsets[rows + 1].astype(np.int64) - starts[mine]
        flat = np.empty(int(counts.sum()), np.int64)
        of_own = np.repeat(own, counts)
        flat[of_own] = self._lexicon["wording.word"][ranges(starts[own], counts[own])]
        flat[~of_own] = self._flat[ranges(starts[~own], counts[~own])]
        return flat, counts


@dataclass(frozen=True, slots=True)
class Lattice:
    """The arcs of a batch, shape (arcs,) each unless said otherwise.

    first, end: token numbers of each arc; start and end arcs have first == end. level, until: levels of its source and
    of its target. sentence: its sentence; page: its page. reading: index of its reading, -1 for one that keeps a token
    or frames a sentence. words: numbers of the words of all arcs, one arc after the other; offsets: where those of each
    arc begin, shape (arcs + 1,). batch, readings, wordings: what it was made of.
    """

    batch: Batch
    readings: Readings
    wordings: Wordings
    first: Ints
    end: Ints
    level: Ints
    until: Ints
    sentence: Ints
    page: Ints
    reading: Ints
    words: Ints
    offsets: Ints

    def __len__(self) -> int:
        return len(self.first)

    @property
    def sizes(self) -> Ints:
        """How many words each arc has."""
        found: Ints = np.diff(self.offsets)
        return found

    @property
    def edits(self) -> Ints:
        """The arcs with a reading, in order."""
        found: Ints = np.flatnonzero(self.reading >= 0)
        return found

    @property
    def repairs(self) -> Ints:
        """The arcs that repair a spun form, in order: all with a reading but for a and an."""
        arcs = self.edits
        found: Ints = arcs[self.readings.kind[self.reading[arcs]] != GRAMMAR]
        return found

    @property
    def keeps(self) -> Bools:
        """Which arcs keep a token, shape (arcs,)."""
        return (self.reading < 0) & (self.first < self.end)


def build_lattice(batch: Batch, readings: Readings, wordings: Wordings, ids: WordIds) -> Lattice:
    """Return the lattice of all sentences of *batch* with their *readings*, each inside one sentence."""
    tokens, sentences = len(batch.words), len(batch.firsts)
    every, each = np.arange(tokens), np.arange(sentences)
    first = np.concatenate((batch.firsts, every, readings.start, batch.ends))
    end = np.concatenate((batch.firsts, every + 1, readings.end, batch.ends))
    sentence = np.concatenate((each, batch.sentence_of, batch.sentence_of[readings.start], each))
    reading = np.full(len(first), -1, dtype=np.int64)
    inner = slice(sentences + tokens, sentences + tokens + len(readings))
    reading[inner] = np.arange(len(readings))
    begins = batch.firsts[sentence]
    level, until = first - begins + 1, end - begins + 1
    level[:sentences] = 0
    until[len(first) - sentences :] += 1
    order = np.lexsort((reading, level * max(1, sentences) + sentence))
    words, offsets = _words(batch, readings, wordings, ids, order)
    return Lattice(
        batch, readings, wordings, first[order], end[order], level[order], until[order], sentence[order],
        batch.sentence_page[sentence[order]], reading[order], words, offsets,
    )  # fmt: skip


def _words(batch: Batch, readings: Readings, wordings: Wordings, ids: WordIds, order: Ints) -> tuple[Ints, Ints]:
    """Return the words of all arcs in *order*, and their offsets; the arcs are start, token, reading and end arcs."""
    sentences = len(batch.firsts)
    own, counts = wordings.words(readings.wording)
    starts = np.full(sentences, ids["<s>"]), batch.words, own, np.full(sentences, ids["</s>"])
    flat = np.concatenate(starts)
    ones = np.ones(sentences, dtype=np.int64)
    sizes = np.concatenate((ones, np.ones(len(batch.words), dtype=np.int64), counts, ones))
    begins = offsets_of(sizes)[:-1]
    return flat[ranges(begins[order], sizes[order])], offsets_of(sizes[order])


def model_ids(lattice: Lattice, lexicon: CompiledLexicon, model: str) -> Ints:
    """Return the numbers that *model* ("ngrams", "topics", "context") has for all words of the arcs."""
    found: Ints = lexicon[f"word.{model}"][lattice.words & WORD_MASK].astype(np.int64)
    return found


def phrase_keys(words: Ints, starts: Ints, sizes: Ints) -> NDArray[np.uint64]:
    """Return a number for each phrase words[starts[i] : starts[i] + sizes[i]]; equal phrases share it.

    A hash of 64 bits: two of a million different phrases share a number once in 30 million batches.
    """
    keys = sizes.astype(np.uint64)
    for k in range(int(sizes.max(initial=0))):
        inside = np.flatnonzero(sizes > k)
        keys[inside] = _mixed(keys[inside], words[starts[inside] + k].astype(np.uint64))
    return keys


def _mixed(keys: NDArray[np.uint64], words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return *keys* mixed with one more word each (the finaliser of MurmurHash3, Appleby 2011)."""
    mixed = (keys * np.uint64(0x9E3779B97F4A7C15)) ^ words
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    found: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(33))
    return found
