"""What an unknown spinner writes for a word: drawn from thesauri when first asked for, or read from a file.

Pairs of words are halved by a hash: a dictionary to learn from and a held one have no pair in common but what spinners
were seen to write, which everybody may know.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import Protocol

from tests.tools.spinners.thesaurus import SEEN, Frequencies, Thesaurus, half
from tests.tools.spinners.traits import FAR, Traits

HERE = Path(__file__).parent
LONGEST = 4  # words of an original, and of a form
FILLERS = 0.7  # share of the fillers of its half that a spinner that pads has
TRIES = 30  # forms of a source that are tried before the next source is

SmallWords = Mapping[str, tuple[str, ...]]


class Dictionary(Protocol):
    """What a spinner writes. function, fillers: forms of function words, and what it pads them with."""

    @property
    def function(self) -> SmallWords: ...

    @property
    def fillers(self) -> SmallWords: ...

    def forms(self, lemma: str, pos: str) -> tuple[str, ...]:
        """Return what it has for *lemma* of a class, "" for a phrase of any; () for nothing."""

    def is_phrase(self, lemma: str) -> bool:
        """Tell whether it may have something for *lemma*, which has several words."""

    def is_adverb(self, word: str) -> bool:
        """Tell whether *word* can be an adverb."""


@dataclass(frozen=True)
class Sources:
    """What every spinner draws from."""

    thesaurus: Thesaurus
    frequencies: Frequencies

    @classmethod
    def load(cls, folder: Path) -> "Sources":
        """Read the thesauri in *folder*, and the language model for how common words are."""
        from normalizer.language_model import LanguageModel

        return cls(Thesaurus.load(folder), Frequencies(LanguageModel.load()))


class DrawnDictionary:
    """A dictionary that is drawn word by word, in proportions that are the spinner's own."""

    def __init__(self, sources: Sources, traits: Traits) -> None:
        self._traits = traits
        self._sources = sources
        self.drawn: dict[tuple[str, str], tuple[str, ...]] = {}
        self.function = self._small_words("function_words.tsv") if traits.function else {}
        self.fillers = self._small_words("fillers.tsv", share=FILLERS) if traits.padding else {}

    def is_phrase(self, lemma: str) -> bool:
        """Tell whether a thesaurus has the phrase *lemma*."""
        return lemma in self._sources.thesaurus.phrases

    def is_adverb(self, word: str) -> bool:
        """Tell whether WordNet has the adverb *word*."""
        return "r" in self._sources.thesaurus.classes.get(word, "")

    def forms(self, lemma: str, pos: str) -> tuple[str, ...]:
        """Return what its dictionary has for *lemma* of a class, "" for any; () for nothing."""
        key = (lemma, pos)
        if key not in self.drawn:
            self.drawn[key] = self._draw(lemma, pos)
        return self.drawn[key]

    def _draw(self, lemma: str, pos: str) -> tuple[str, ...]:
        rng = random.Random(f"{self._traits.number} {lemma} {pos}")
        if rng.random() > self._traits.coverage:
            return ()
        drawn = (self._drawn_once(lemma, pos, rng) for _ in range(self._traits.forms))
        return tuple(dict.fromkeys(filter(None, drawn)))

    def _drawn_once(self, lemma: str, pos: str, rng: random.Random) -> str | None:
        """Return one form, from a source drawn in proportion; the next source where that one has none."""
        weights = dict(self._traits.sources)
        phrase = rng.random() < self._traits.phrases
        commoner = rng.random() < self._traits.commoner
        while weights:
            source = rng.choices(tuple(weights), tuple(weights.values()))[0]
            del weights[source]
            near = self._far(lemma, pos, rng) if source == FAR else self._sources.thesaurus.near(lemma, pos, source)
            wanted = [form for form in near if self._is_wanted(lemma, form, phrase, commoner or source == SEEN)]
            tried = self._by_taste(wanted, rng)
            form = next((form for form in tried if source == SEEN or self._fits(lemma, pos, form)), None)
            if form:
                return form
        return None

    def _by_taste(self, forms: Sequence[str], rng: random.Random) -> Iterator[str]:
        """Yield TRIES of *forms* at random, the common ones likelier as far as it is to the spinner's taste."""
        if forms:
            weights = [exp(self._traits.taste * self._sources.frequencies.log(form)) for form in forms]
            yield from rng.choices(forms, weights, k=TRIES)

    def _far(self, lemma: str, pos: str, rng: random.Random) -> list[str]:
        """Return what stands beside one of the words beside *lemma*, but not beside *lemma* itself."""
        near = self._sources.thesaurus.near
        sources = [source for source in self._traits.sources if source != FAR]
        beside = [form for source in sources for form in near(lemma, pos, source)]
        if not beside:
            return []
        step = rng.choice(beside)
        return [form for source in sources for form in near(step, pos, source) if form not in beside]

    def _is_wanted(self, lemma: str, form: str, phrase: bool, commoner: bool) -> bool:
        """Tell whether *form* is a phrase or a word as wanted, and rare enough."""
        if (" " in form) != phrase or form == lemma or (phrase and form.count(" ") >= LONGEST):
            return False
        log = self._sources.frequencies.log
        return commoner or log(form) <= log(lemma)

    def _fits(self, lemma: str, pos: str, form: str) -> bool:
        """Tell whether *form* is of the class *pos* and the pair of the spinner's half."""
        if half("pair", *sorted((lemma, form))) != self._traits.held or not form.replace(" ", "").isalpha():
            return False
        if lemma in form.split(" "):
            return False
        return not pos or self._sources.thesaurus.is_of(form, pos)

    def _small_words(self, table: str, share: float = 1.0) -> dict[str, tuple[str, ...]]:
        """Return one or two forms, of its half, for a *share* of the words in a table of this folder."""
        found = {}
        for word, forms in _table(table).items():
            rng = random.Random(f"{self._traits.number} {table} {word}")
            known = [form for form in forms if half("pair", *sorted((word, form))) == self._traits.held]
            if known and rng.random() < share:
                found[word] = tuple(rng.sample(known, min(len(known), rng.choice((1, 1, 2)))))
        return found


@dataclass(frozen=True)
class FrozenDictionary:
    """A dictionary that stands still. entries: forms by (lemma, class)."""

    entries: Mapping[tuple[str, str], tuple[str, ...]]
    function: SmallWords
    fillers: SmallWords

    def forms(self, lemma: str, pos: str) -> tuple[str, ...]:
        """Return what it has for *lemma* of a class; () for nothing."""
        return self.entries.get((lemma, pos), ())

    def is_phrase(self, lemma: str) -> bool:
        """Tell whether it has something for the phrase *lemma*."""
        return any((lemma, pos) in self.entries for pos in ("", "v", "n"))

    def is_adverb(self, word: str) -> bool:
        """Tell whether it has something for the adverb *word*."""
        return (word, "r") in self.entries


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, tuple[str, ...]]:
    lines = [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = (line.split("\t") for line in lines[1:])
    return {word: tuple(forms.split("|")) for word, forms in rows}
