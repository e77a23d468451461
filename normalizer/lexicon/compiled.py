"""A compiled lexicon in use: word numbers, the rows of every stretch, wordings and entries, all as columns.

The columns lie in one packed file that is mapped into memory, so that loading costs next to nothing and processes
share its pages. The sections are

    words.text, words.offset      the words of the models in the order of their UTF-8 bytes, and likewise behind them
                                  those that only the lexicon has; a word's number is its place
    word.ngrams, .topics, .context  the word's number in each of the models
    word.sign, word.worth         what the word alone, as it stands or in any inflection, tells of a spinner (nats)
    word.node                     the trie node that the word leads to from the root, 0 for none
    edge.key, edge.node           the other trie edges: node and word in one number, sorted, and where they lead
    node.rows                     offsets of each node's rows
    row.wording, .left, .right, .guard   what a stretch is read as, and how many words stay at either end
    row.offset, row.entry         the entries behind each row
    wording.text, .offset, .word, .start, .pair, .tail   letters and words of each wording, and n-gram scores inside it
    entry.*                       family, kind, evidence and description of each entry
    sign.key, sign.worth          spun forms of two and three words, and what they tell (nats)
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.words import UNKNOWN, classes, stand_in
from normalizer.lexicon.compiling import ARTICLES, WORD_BITS
from normalizer.lexicon.entries import OPEN, Guard

Array = NDArray[Any]
Ints = NDArray[np.int64]

WORD_MASK = (1 << WORD_BITS) - 1
REMEMBERED = 100_000  # words and wordings that are kept as strings at most: 20 MB
HASH_BITS = 63 - WORD_BITS  # of a word that the vocabulary lacks


class WordIds(dict[str, int]):
    """Numbers of folded words; a word that was not asked for yet is looked up, and remembered.

    The lower WORD_BITS of a number are the word's place in the vocabulary. A word that is not there has the place of
    its class ("<num>", "<unk>"), and a hash of its letters above, so that different words have different numbers.
    """

    def __init__(self, text: Array, offsets: Array, base: int) -> None:
        """Take the vocabulary as its bytes and the offset of each word; *base* words come from the models."""
        super().__init__()
        self._text, self._offsets = text.data, offsets.data
        self._parts = range(base), range(base, len(offsets) - 1)
        self._class_ids: dict[str, int] = {}

    def place(self, word: str) -> int:
        """Return the place of *word* in the vocabulary, -1 where it is not there."""
        sought = word.encode("utf-8", "surrogatepass")
        for part in self._parts:
            at = bisect_left(part, sought, key=self._bytes)
            if at < len(part) and self._bytes(part[at]) == sought:
                return part[at]
        return -1

    def knows(self, word: str) -> bool:
        """Say whether the models have seen the folded *word*."""
        return self.place(word) in self._parts[0]

    def _bytes(self, place: int) -> bytes:
        return bytes(self._text[self._offsets[place] : self._offsets[place + 1]])

    def __missing__(self, word: str) -> int:
        found = self.place(word)
        if found < 0:
            digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            found = self._class(word) | (1 + int.from_bytes(digest, "big") % ((1 << HASH_BITS) - 1)) << WORD_BITS
        if len(self) < REMEMBERED:
            self[word] = found
        return found

    def _class(self, word: str) -> int:
        name = classes(word)
        for each in (name, stand_in(name), UNKNOWN):
            if (place := self._class_ids.get(each)) is None:
                place = self.place(each)
                if each[:1] == "<":
                    self._class_ids[each] = place
            if place >= 0:
                return place
        return 0  # a vocabulary without an unknown word: there is no model to ask about it

    def of(self, words: Sequence[str]) -> Ints:
        """Return the numbers of *words*, shape (words,)."""
        return np.fromiter(map(self.__getitem__, words), np.int64, len(words))


class CompiledLexicon:
    """The columns of a lexicon. Immutable but for what it remembers of strings; safe to share between threads.

    columns: as listed at the top of this module. guards: by the numbers in `row.guard`; the first is open. base: how
    many words of the vocabulary come from the models. signature: a short hash of the entries, for reports.
    """

    def __init__(
        self,
        columns: Mapping[str, Array],
        guards: Sequence[Guard],
        base: int,
        signature: str,
        ids: WordIds | None = None,
    ) -> None:
        """Take columns as `compiling.compile_columns` makes them; *ids* are shared with a lexicon of the same words."""
        self._columns, self.guards, self.base, self.signature = columns, (OPEN, *guards), base, signature
        self.ids = WordIds(columns["words.text"], columns["words.offset"], base) if ids is None else ids
        self._wordings: dict[int, tuple[str, tuple[str, ...]]] = {}
        self.articles: dict[str, int] = {text: self._wording_number(text) for text in ARTICLES}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without what is remembered."""
        return type(self), (dict(self._columns), self.guards[1:], self.base, self.signature)

    def __getitem__(self, name: str) -> Array:
        """Return the column *name*."""
        return self._columns[name]

    def with_entries(self, columns: Mapping[str, Array], alive: NDArray[np.bool_], signature: str) -> "CompiledLexicon":
        """Return the lexicon with other evidence for its entries, and without those that are not *alive*.

        columns: those that change; all others are shared.
        """
        changed = {**self._columns, **columns, "entry.alive": alive}
        return CompiledLexicon(changed, self.guards[1:], self.base, signature, self.ids)

    @property
    def columns(self) -> Mapping[str, Array]:
        """All columns by name."""
        return self._columns

    @property
    def alive(self) -> NDArray[np.bool_] | None:
        """Which entries may speak, shape (entries,); None if all do."""
        return self._columns.get("entry.alive")

    @property
    def size(self) -> dict[str, int]:
        """Return how many entries there are, stretches of words that they are found at, and readings of these."""
        rows = self["node.rows"]
        counts = len(self["entry.family"]), int(np.count_nonzero(rows[1:] > rows[:-1])), len(self["row.wording"])
        return dict(zip(("entries", "stretches", "readings"), counts, strict=True))

    def places(self) -> dict[str, int]:
        """Return the place of every word; for the tools that work on a lexicon."""
        return {self.word(number): number for number in range(len(self["words.offset"]) - 1)}

    def word(self, number: int) -> str:
        """Return the word at a place of the vocabulary."""
        return self._string("words", number)

    def wording(self, number: int) -> str:
        """Return the text of a wording."""
        return self._remembered(number)[0]

    def wording_words(self, number: int) -> tuple[str, ...]:
        """Return the folded words of a wording."""
        return self._remembered(number)[1]

    def description(self, entry: int) -> str:
        """Return the line that a report shows for an entry."""
        return self._string("entry", entry)

    def describe(self, entries: Iterable[int]) -> list[str]:
        """Return the lines that a report shows for *entries*."""
        return [self.description(entry) for entry in entries]

    def _remembered(self, number: int) -> tuple[str, tuple[str, ...]]:
        found = self._wordings.get(number)
        if found is None:
            start, end = self["wording.start"][number : number + 2].tolist()
            words = tuple(self.word(word) for word in self["wording.word"][start:end].tolist())
            found = self._string("wording", number), words
            if len(self._wordings) < REMEMBERED:
                self._wordings[number] = found
        return found

    def _string(self, name: str, number: int) -> str:
        start, end = self[f"{name}.offset"][number : number + 2].tolist()
        return bytes(self[f"{name}.text"][start:end]).decode()

    def _wording_number(self, text: str) -> int:
        numbers = range(len(self["wording.offset"]) - 1)
        return bisect_left(numbers, text, key=lambda number: self._string("wording", number))
