"""Somebody unknown: spins clean text with a dictionary of its own, and says what it did.

Its dictionary is drawn from thesauri (`dictionaries`), its habits from its number (`traits`).
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, cast

from normalizer.edits import Edit, Kind, compose_edits
from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.surface import Analysis, analyses, head_index, indefinite_article, inflect_phrase, match_case
from normalizer.tokens import Token, sentences, tokenize
from tests.tools.spinner import OPENING, Spun, Swap, made, quoted
from tests.tools.spinners.dictionaries import LONGEST, Dictionary, DrawnDictionary, SmallWords, Sources
from tests.tools.spinners.traits import Traits, draw_traits

CLASS_WEIGHTS = {"n": 0.45, "v": 0.35, "a": 0.2}  # how a spinner that does not look around reads a word of several
AFTER_NOUN_WORDS = frozenset(
    "a an the this that these those his her its their our my your some any no of in by".split()
)
AFTER_VERB_WORDS = frozenset("to will would can could may might must should not i he she we they you it who".split())
TURNING = {"NN": "that is", "NNS": "that are"}


class Original(NamedTuple):
    """A word or phrase that the spinner may swap, at tokens[start:end], and how it can be read, the likeliest first."""

    start: int
    end: int
    readings: Sequence[Analysis]


class UnknownSpinner:
    """A spinner with a dictionary and habits of its own, all drawn from its number."""

    def __init__(self, dictionary: Dictionary, traits: Traits, below: "UnknownSpinner | None" = None) -> None:
        """Take what it writes, its habits, and the spinner whose output it spins again, if any."""
        self.traits = traits
        self.dictionary = dictionary
        self.below = below

    @classmethod
    def draw(cls, sources: Sources, traits: Traits) -> "UnknownSpinner":
        """Return the spinner of these *traits*, its dictionary drawn from *sources*."""
        below = cls.draw(sources, draw_traits(traits.over)) if traits.over is not None else None
        return cls(DrawnDictionary(sources, traits), traits, below)

    def spin(self, text: str, rng: random.Random, rate: float | None = None) -> Spun:
        """Return *text* garbled. rate: share of its content words to swap, None for its own habit."""
        rate = self.traits.rate if rate is None else rate
        if self.below is None:
            return made(text, self._swaps(text, rng, rate))
        # Each of two swaps half as many, so that a stacked one is no harder for its rate than the others.
        first = self.below._edits(text, rng, rate / 2)
        between = made(text, [_swap(edit) for edit in first]).text
        both = compose_edits(text, first, self._edits(between, rng, rate / 2))
        return made(text, [_swap(edit) for edit in both])

    def _edits(self, text: str, rng: random.Random, rate: float) -> list[Edit]:
        return [
            Edit(swap.start, swap.end, text[swap.start : swap.end], swap.after, cast(Kind, swap.kind))
            for swap in self._swaps(text, rng, rate)
        ]

    def _own(self, *parts: object) -> float:
        """Return a number from 0 to 1 that is this spinner's own for *parts*."""
        return random.Random(" ".join(map(str, (self.traits.number, *parts)))).random()

    # --- the places ------------------------------------------------------------------------------------------

    def _swaps(self, text: str, rng: random.Random, rate: float) -> list[Swap]:
        page = self.page(text)
        tokens = page.tokens
        content = sum(_is_content(token) for token in tokens)
        taken = Taken(page)
        if self.traits.turned:
            self._turn(page, taken, rng, min(1.0, 2 * rate) * self.traits.turned)
        self._swap_words(page, taken, rng, most=rate * content)
        functions = [i for i, token in enumerate(tokens) if token.word in FUNCTION_WORDS and i not in page.spared]
        share = min(1.0, rate * self.traits.function)
        self._swap_small(page, taken, rng, functions, share, self.dictionary.function)
        self._swap_small(page, taken, rng, range(len(tokens)), rate * self.traits.padding, self.dictionary.fillers)
        swaps = sorted(taken.swaps)
        return sorted([*swaps, *_mended_articles(page, swaps)]) if self.traits.articles else swaps

    def page(self, text: str) -> "Page":
        """Return *text* as it sees it."""
        tokens = tokenize(text)
        spans = list(sentences(text, tokens))
        return Page(text, tokens, frozenset(first for first, _ in spans), self._spared(text, tokens, spans))

    def _spared(self, text: str, tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> frozenset[int]:
        starts = {first for first, _ in spans}
        spared = {
            i
            for i, token in enumerate(tokens)
            if not token.text.isalpha()
            or (token.text[0].isupper() and i not in starts and not self.traits.names)
            or _is_glued(text, tokens, i)
        }
        if not self.traits.quotes:
            spared |= quoted(text, tokens)
        if self.traits.opening and spans:
            spared |= set(range(spans[int(len(spans) * OPENING)][0], len(tokens)))
        return frozenset(spared)

    def _swap_words(self, page: "Page", taken: "Taken", rng: random.Random, most: float) -> None:
        """Swap content words and phrases until *most* words are changed."""
        groups: dict[object, list[Original]] = defaultdict(list)
        for original in self.originals(page):
            groups[original.readings[0].lemma if self.traits.steady else original.start].append(original)
        order = list(groups.values())
        rng.shuffle(order)
        for group in order:
            if taken.words >= most:
                return
            for original in group:
                after = self._wording(page, original, rng)
                taken.add(original.start, original.end, after, "lexical")

    def originals(self, page: "Page") -> Iterator[Original]:
        """Yield what the dictionary knows, left to right, the longest phrase first, without overlaps."""
        at = 0
        while at < len(page.tokens):
            original = next(self._originals_at(page, at), None)
            if original:
                yield original
            at = original.end if original else at + 1

    def _originals_at(self, page: "Page", at: int) -> Iterator[Original]:
        if self.traits.phrases:
            for end in range(min(at + LONGEST, len(page.tokens)), at + 1, -1):
                if page.spared.isdisjoint(range(at, end)) and page.is_run(at, end):
                    readings = list(self._phrase_readings([token.word for token in page.tokens[at:end]]))
                    if readings:
                        yield Original(at, end, readings)
        if at not in page.spared and _is_content(page.tokens[at]):
            readings = self._readings(page.tokens[at].word, page.tokens[at - 1].word if at else "")
            if readings:
                yield Original(at, at + 1, readings)

    def _phrase_readings(self, words: Sequence[str]) -> Iterator[Analysis]:
        for pos in ("", "v", "n"):
            at = head_index(words, pos)
            for found in [Analysis(words[at], "", "")] if not pos else analyses(words[at]):
                lemma = " ".join([*words[:at], found.lemma, *words[at + 1 :]])
                if found.pos == pos and self.dictionary.is_phrase(lemma) and self.dictionary.forms(lemma, pos):
                    yield Analysis(lemma, pos, found.tag)

    def _readings(self, word: str, before: str) -> list[Analysis]:
        """Return the ways to read *word*, the likeliest for this spinner first."""
        found = list(analyses(word))
        if self.dictionary.is_adverb(word):
            found.append(Analysis(word, "r", ""))
        weights = dict(CLASS_WEIGHTS, r=0.4)
        if self.traits.tagged:
            weights["v"] *= 0.05 if before in AFTER_NOUN_WORDS else 20 if before in AFTER_VERB_WORDS else 1
        return sorted(found, key=lambda a: -weights[a.pos] * (0.2 + self._own(word, a.pos)))

    def _wording(self, page: "Page", original: Original, rng: random.Random) -> str | None:
        """Return what it writes for *original*, None for nothing."""
        found = next((each for each in original.readings if self.dictionary.forms(each.lemma, each.pos)), None)
        if found is None:
            return None
        lemma, pos, tag = found
        form = rng.choice(self.dictionary.forms(lemma, pos))
        if pos in ("v", "n", "a") and rng.random() < self.traits.inflected:
            inflected = inflect_phrase(form, pos, tag)
            if inflected is None:
                return None
            form = inflected
        return page.cased(original.start, original.end, form)

    def _swap_small(
        self,
        page: "Page",
        taken: "Taken",
        rng: random.Random,
        places: Iterable[int],
        share: float,
        forms: SmallWords,
    ) -> None:
        """Swap a *share* of the words at *places* that *forms* has something for."""
        for i in places if share else ():
            known = forms.get(page.tokens[i].word, ())
            if known and i not in page.spared and rng.random() < share:
                taken.add(i, i + 1, page.cased(i, i + 1, rng.choice(known)), "function")

    def _turn(self, page: "Page", taken: "Taken", rng: random.Random, share: float) -> None:
        """Write "lenders that are payday" for "payday lenders" at some places."""
        words = [token.word for token in page.tokens]
        for i in range(1, len(words) - 2):
            if not page.spared.isdisjoint((i, i + 1)) or not page.is_run(i - 1, i + 2):
                continue
            tag = _noun_tag(words[i + 1])
            bounded = words[i - 1] in FUNCTION_WORDS and not _is_content(page.tokens[i + 2])
            if tag and bounded and _is_modifier(words[i]) and rng.random() < share:
                turned = f"{page.tokens[i + 1].text} {TURNING[tag]} {page.tokens[i].text}"
                taken.add(i, i + 2, turned, "grammar")


@dataclass(frozen=True)
class Page:
    """A text to spin. firsts: the indices of tokens that open a sentence. spared: those not to touch."""

    text: str
    tokens: Sequence[Token]
    firsts: frozenset[int]
    spared: frozenset[int]

    def is_run(self, start: int, end: int) -> bool:
        """Tell whether single blanks alone stand between the tokens start to end."""
        stretch = self.tokens[start:end]
        return all(self.text[a.end : b.start] == " " for a, b in pairwise(stretch))

    def cased(self, start: int, end: int, phrase: str) -> str:
        """Return *phrase* with the capitals of the tokens start to end."""
        texts = [token.text for token in self.tokens[start:end]]
        return match_case(texts, phrase, starts_sentence=start in self.firsts)


class Taken:
    """The swaps made so far. words: how many tokens they cover."""

    def __init__(self, page: Page) -> None:
        self.swaps: list[Swap] = []
        self.words = 0
        self._page = page
        self._covered: set[int] = set()

    def add(self, start: int, end: int, after: str | None, kind: str) -> None:
        """Add the swap of tokens start to end, unless one of them is taken or nothing would change."""
        tokens = self._page.tokens
        low, high = tokens[start].start, tokens[end - 1].end
        if after is None or after == self._page.text[low:high] or not self._covered.isdisjoint(range(start, end)):
            return
        named = any(tokens[i].text[0].isupper() and i not in self._page.firsts for i in range(start, end))
        self.swaps.append(Swap(low, high, after, "name" if named and kind == "lexical" else kind))
        self._covered.update(range(start, end))
        self.words += end - start


def _swap(edit: Edit) -> Swap:
    return Swap(edit.start, edit.end, edit.after, edit.kind)


def _mended_articles(page: Page, swaps: Sequence[Swap]) -> Iterator[Swap]:
    """Yield "a" for "an" and the reverse, right before what was written."""
    written = {swap.start: swap.after for swap in swaps}
    for article, following in pairwise(page.tokens):
        after = written.get(following.start)
        if article.word in ("a", "an") and after and article.start not in written:
            right = indefinite_article(after.split(" ")[0])
            if right != article.word:
                cased = match_case([article.text], right, starts_sentence=True)
                yield Swap(article.start, article.end, cased, "grammar")


def _is_content(token: Token) -> bool:
    return len(token.text) > 2 and token.text.isalpha() and token.word not in FUNCTION_WORDS


def _is_glued(text: str, tokens: Sequence[Token], i: int) -> bool:
    """Tell whether token i is a part of something longer: a compound with a hyphen, an address, a name of a file."""
    around = text[max(0, tokens[i].start - 1) : tokens[i].start] + text[tokens[i].end : tokens[i].end + 1]
    return any(c in "-_/\\@#&=<>{}[]|~^*+" or c.isalnum() for c in around)


def _noun_tag(word: str) -> str | None:
    tags = {a.tag for a in analyses(word) if a.pos == "n"}
    return "NNS" if "NNS" in tags else "NN" if "NN" in tags and len(word) > 3 else None


def _is_modifier(word: str) -> bool:
    return len(word) > 3 and any(a.tag in ("NN", "JJ") for a in analyses(word)) and word not in FUNCTION_WORDS
