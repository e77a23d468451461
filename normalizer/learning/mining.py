"""Mining lexicon entries from pairs of a spun text and its original.

Sentences are paired, then their tokens. Where two paired sentences differ in a short stretch between equal words, a
spinner made a swap; where little is equal, somebody rewrote the sentence. A stretch that holds several swaps side by
side is divided by what was found in other stretches: hard expectation-maximisation (Dempster, Laird and Rubin 1977).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

import regex

from normalizer.learning.generalising import has_capitals_of_its_own
from normalizer.learning.inputs import Versions
from normalizer.learning.pairing import Paired, pair_best, pair_in_order
from normalizer.learning.stretches import LONGEST_STRETCH, Pair, Stretch, divide, expected, possible, stretches, widened
from normalizer.learning.vetting import General, generalise, kind_of, objection
from normalizer.lexicon import Entry, Lexicon
from normalizer.lexicon.coverage import Options, judge, options
from normalizer.tokens import Token, fold, sentences, tokenize

Words = tuple[str, ...]
Tell = Callable[[str], None]

ROUNDS = 4  # of dividing; on the spun stories the fourth changes nothing
LEAST_EQUAL = 0.35  # share of a spun sentence's tokens that must stand in the original: spinners change up to 45 %
LEAST_EQUAL_WEAK = 0.5  # the same for a weak text: another cleaner version that is not the original
LONGEST_WEAK = 3  # tokens on either side of a stretch that is read off a weak text
WEAK_SHARE = 0.5  # what an occurrence in a weak text counts
SOURCES_KEPT = 8
TELL_EVERY = 100  # text pairs between two lines of progress
NO_SOURCE = regex.compile(r"[^\w:./\-]+")


class Site(NamedTuple):
    """A differing stretch of one sentence pair, see `stretches.widened`.

    page: number of the text pair. spun, original: its tokens in both versions. left, right: the words of the original
    on either side, "" for none. opens: whether it begins the original sentence.
    """

    page: int
    spun: tuple[Token, ...]
    original: tuple[Token, ...]
    left: str
    right: str
    opens: bool

    @property
    def words(self) -> Pair:
        """Both sides, folded."""
        return tuple(t.word for t in self.spun), tuple(t.word for t in self.original)


@dataclass(slots=True)
class Statistics:
    """Counts of what was read.

    pages: text pairs. sentences: of the spun texts. paired: sentences with a counterpart. rewritten: sentences that
    have too few words in common with theirs. stretches: differing stretches. long: stretches that are too long to be
    swaps.
    """

    pages: int = 0
    sentences: int = 0
    paired: int = 0
    rewritten: int = 0
    stretches: int = 0
    long: int = 0

    def describe(self) -> str:
        """Return the figures as a line."""
        return (
            f"{self.pages} pages: {self.paired} of {self.sentences} sentences have a counterpart, "
            f"{self.rewritten} of these are rewritten; {self.stretches} differing stretches, "
            f"{self.long} too long to be swaps"
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed entry with its evidence.

    entry: as it would stand in the lexicon, with count, sources and family. pages: on how many pages it was seen.
    contexts: between how many different pairs of neighbours. consistency: the share of this original among all that the
    spun form was aligned with, itself included (0 to 1). known: whether the lexicon has it. example: the spun wording
    and the original, each with a neighbour on either side. weak: whether it was seen only beside weak texts, which are
    not the original.
    """

    entry: Entry
    pages: int
    contexts: int
    consistency: float
    known: bool
    example: tuple[str, str]
    weak: bool = False

    @property
    def score(self) -> float:
        """How well the entry is supported; the same swap between the same words on one page counts once."""
        return sqrt(self.contexts * self.pages) * self.consistency * (WEAK_SHARE if self.weak else 1.0)


@dataclass(slots=True)
class Evidence:
    """What was found for one possible entry.

    count: occurrences. pages, strong: numbers of the pages, and of those beside their original. contexts: pairs of
    neighbours. surfaces: spun forms as they stood. pairs: of spun and original words. example: the shortest.
    """

    count: float = 0.0
    pages: set[int] = field(default_factory=set)
    strong: set[int] = field(default_factory=set)
    contexts: set[tuple[str, str]] = field(default_factory=set)
    surfaces: set[Words] = field(default_factory=set)
    pairs: set[Pair] = field(default_factory=set)
    example: tuple[str, str] = ("", "")


class Miner:
    """Collects differing stretches page by page, then proposes entries.

    Memory grows with the number of differing stretches (about 2 kB each) and of different kept words.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        """Make a miner that has read nothing. lexicon: swaps that count as known."""
        self.statistics = Statistics()
        self._lexicon = lexicon
        self._known: dict[Pair, bool] = {}
        self._names: list[str] = []
        self._weak: list[bool] = []
        self._sites: list[Site] = []
        self._kept: Counter[Words] = Counter()  # words and word pairs that stand in both versions

    def read(self, versions: Iterable[Versions], tell: Tell = lambda line: None) -> None:
        """Read text pairs; *tell* is called with a line of progress after every TELL_EVERY."""
        for number, pair in enumerate(versions, 1):
            self._read_page(pair)
            if number % TELL_EVERY == 0:
                tell(f"{number} text pairs read, {len(self._sites)} differing stretches")

    def _read_page(self, pair: Versions) -> None:
        page = len(self._names)
        self._names.append(pair.name)
        self._weak.append(pair.weak)
        spun, original = _sentences(pair.spun), _sentences(pair.other)
        words = [[[t.word for t in tokens] for tokens in side] for side in (spun, original)]
        paired = pair_best(*words) if pair.weak else pair_in_order(*words)
        self.statistics.pages += 1
        self.statistics.sentences += len(spun)
        self.statistics.paired += sum(p.spun[1] - p.spun[0] for p in paired)
        for each in paired:
            self._read_sentences(page, _joined(spun, each.spun), _joined(original, each.original), each)

    def _read_sentences(self, page: int, spun: list[Token], original: list[Token], paired: Paired) -> None:
        words, other = [t.word for t in spun], [t.word for t in original]
        found = stretches(words, other)
        equal = 1.0 - sum(s.end - s.start for s in found) / len(words)
        if equal < (LEAST_EQUAL_WEAK if self._weak[page] else LEAST_EQUAL):
            self.statistics.rewritten += paired.spun[1] - paired.spun[0]
            return
        self._count_kept(words, found)
        for stretch in found:
            self.statistics.stretches += 1
            if max(stretch.end - stretch.start, stretch.last - stretch.first) > self._longest(page):
                self.statistics.long += 1
                continue
            self._sites.append(_site(page, widened(stretch, words, other), spun, original))

    def _longest(self, page: int) -> int:
        return LONGEST_WEAK if self._weak[page] else LONGEST_STRETCH

    def _count_kept(self, words: Sequence[str], found: Sequence[Stretch]) -> None:
        """Count words and word pairs left as they are; longer forms hardly ever stand in clean text by chance."""
        at = 0
        for stretch in (*found, None):
            end = stretch.start if stretch else len(words)
            self._kept.update((words[i],) for i in range(at, end))
            self._kept.update((words[i], words[i + 1]) for i in range(at, end - 1))
            at = stretch.end if stretch else end

    def _readings(self, spun: Words) -> Options:
        return options(self._lexicon, spun)

    def _knows(self, spun: Words, original: Words) -> bool:
        pair = (spun, original)
        if pair not in self._known:
            self._known[pair] = judge(self._lexicon, spun, original)[0]
        return self._known[pair]

    def candidates(self, family: str | None = None, tell: Tell = lambda line: None) -> list[Candidate]:
        """Return the possible entries in what was read, the best supported first.

        family: of the spinner; if None, each page has the family that explains its known swaps best.
        """
        tell(f"dividing {len(self._sites)} stretches into swaps")
        divided = divide_all(self._sites, self._readings)
        families = [family or "a"] * len(self._names) if family else self._families(divided)
        evidence, aligned = self._gather(divided)
        found = [self._candidate(general, own, aligned, families) for general, own in evidence.items()]
        return sorted(found, key=lambda c: (-c.score, -c.entry.count, c.entry.spun, c.entry.original))

    def _families(self, divided: Sequence[tuple[Site, tuple[Pair, ...]]]) -> list[str]:
        """Return for each page the family that explains its known swaps best.

        That is "a", the commonest, where no swap is known.
        """
        votes: list[Counter[str]] = [Counter() for _ in self._names]
        asked: dict[Pair, dict[str, float]] = {}
        for site, parts in divided:
            for part in parts:
                if part[0] != part[1] and self._knows(*part):
                    if part not in asked:
                        asked[part] = _strengths(self._lexicon, part)
                    votes[site.page].update(asked[part])
        return [min(own, key=lambda f: (-own[f], f)) if own else "a" for own in votes]

    def _gather(
        self, divided: Sequence[tuple[Site, tuple[Pair, ...]]]
    ) -> tuple[dict[General, Evidence], Counter[Words]]:
        evidence: dict[General, Evidence] = defaultdict(Evidence)
        aligned: Counter[Words] = Counter()
        for site, parts in divided:
            weight = WEAK_SHARE if self._weak[site.page] else 1.0
            for pair, spun, original, context in _cut(site, parts):
                aligned[pair[0]] += weight  # type: ignore[assignment] # weak ones count in part
                if objection(spun, original) is None:
                    for general in generalise(spun, original, divide=False):
                        own = evidence[general]
                        own.count += weight
                        own.pages.add(site.page)
                        own.strong.update(() if self._weak[site.page] else (site.page,))
                        own.contexts.add(context)
                        own.surfaces.add(pair[0])
                        own.pairs.add(pair)
                        own.example = min(filter(all, (own.example, _example(spun, original, context))), key=len)
        return evidence, aligned

    def _candidate(
        self, general: General, own: Evidence, aligned: Counter[Words], families: Sequence[str]
    ) -> Candidate:
        everything = sum(aligned[words] + self._kept[words] for words in sorted(own.surfaces))
        by_family = Counter(families[page] for page in sorted(own.pages))
        weak = not own.strong
        entry = Entry(
            general.spun, general.original, general.pos, count=round(own.count, 2), sources=self._sources(own, weak),
            family=min(by_family, key=lambda f: (-by_family[f], f)), kind=kind_of(general.spun, general.original),
        )  # fmt: skip
        known = all(self._knows(*pair) for pair in own.pairs)
        consistency = min(1.0, own.count / everything) if everything else 1.0
        return Candidate(entry, len(own.pages), len(own.contexts), consistency, known, own.example, weak)

    def _sources(self, own: Evidence, weak: bool) -> tuple[str, ...]:
        pages = sorted(own.pages if weak else own.strong)[:SOURCES_KEPT]
        named = dict.fromkeys("C:" + (NO_SOURCE.sub("_", self._names[page]).strip("_") or "page") for page in pages)
        return (*named, "weak") if weak else tuple(named)


def divide_all(sites: Sequence[Site], read: Callable[[Words], Options]) -> list[tuple[Site, tuple[Pair, ...]]]:
    """Return each site with its division into swaps and kept words; sites that cannot be divided are left out.

    read: returns the lexicon's readings of folded words. The first division counts how many different stretches each
    swap would be possible in, since a real swap recurs between different neighbours. In each later round, every stretch
    is divided again by the divisions of all others, short stretches first.
    """
    words = [site.words for site in sites]
    readings = {spun: read(spun) for spun in dict.fromkeys(spun for spun, _ in words)}
    soft: Counter[Pair] = Counter()
    for pair in dict.fromkeys(words):
        for part in set(possible(*pair)):
            soft[part] += expected(*part)  # type: ignore[assignment] # pseudo-counts are fractions
    chosen = [divide(*pair, soft, readings[pair[0]]) for pair in words]
    seen = Counter(part for parts in chosen for part in parts)
    order = sorted(range(len(sites)), key=lambda i: len(words[i][0]) * len(words[i][1]))
    for _ in range(ROUNDS):
        before = list(chosen)
        for i in order:
            seen.subtract(chosen[i])
            chosen[i] = divide(*words[i], seen, readings[words[i][0]])
            seen.update(chosen[i])
        if chosen == before:
            break
    return [(site, parts) for site, parts in zip(sites, chosen, strict=True) if parts]


def _strengths(lexicon: Lexicon, part: Pair) -> dict[str, float]:
    """Return the strength of a swap in each family that has it."""
    strengths: dict[str, float] = {}
    for match in lexicon.matches(part[0]):
        if (match.start, match.end) == (0, len(part[0])):
            alone = judge(Lexicon([match.entry]), *part)[0]
            if alone:
                family = match.entry.family
                strengths[family] = max(strengths.get(family, 0.0), lexicon.strength(match.entry))
    return strengths


# --- from tokens to phrases -------------------------------------------------------------------------------


def _sentences(text: str) -> list[list[Token]]:
    tokens = tokenize(text)
    return [tokens[first:end] for first, end in sentences(text, tokens)]


def _joined(side: Sequence[list[Token]], span: tuple[int, int]) -> list[Token]:
    return [token for tokens in side[span[0] : span[1]] for token in tokens]


def _site(page: int, stretch: Stretch, spun: Sequence[Token], original: Sequence[Token]) -> Site:
    return Site(
        page,
        tuple(spun[stretch.start : stretch.end]),
        tuple(original[stretch.first : stretch.last]),
        original[stretch.first - 1].word if stretch.first else "",
        original[stretch.last].word if stretch.last < len(original) else "",
        stretch.first == 0,
    )


def _cut(site: Site, parts: Sequence[Pair]) -> Iterator[tuple[Pair, str, str, tuple[str, str]]]:
    """Yield each swap of a divided site: folded, as phrases, and its neighbours in the original."""
    around = [site.left, *(t.word for t in site.original), site.right]
    i = j = 0
    for left, right in parts:
        spun, original = site.spun[i : i + len(left)], site.original[j : j + len(right)]
        if left != right:
            context = (around[j], around[j + len(right) + 1])
            yield (left, right), _phrase(spun).lower(), _written(spun, original, site.opens and j == 0), context
        i, j = i + len(left), j + len(right)


def _phrase(tokens: Sequence[Token]) -> str:
    """Return tokens as one phrase, with single spaces where the text had white space and straight apostrophes."""
    pieces = []
    for before, token in zip((None, *tokens), tokens, strict=False):
        pieces.append(" " if before and before.end < token.start else "")
        pieces.append(
            token.text if token.text.isascii() or fold(token.text) == token.text.lower() else fold(token.text)
        )
    return "".join(pieces)


def _written(spun: Sequence[Token], original: Sequence[Token], opens: bool) -> str:
    """Return the original as a phrase, without capitals that it has only because of its place.

    Capitals inside a word stay, and so does a first capital that the spun form lacks ("patient" for "Patience").
    """
    capitalised = any(token.text[0].isupper() for token in spun)
    tokens = []
    for number, token in enumerate(original):
        own = has_capitals_of_its_own(token.text) or token.text == "I"
        own = own or (token.text[0].isupper() and not capitalised and not (opens and number == 0))
        tokens.append(token if own else token._replace(text=token.text.lower()))
    return _phrase(tokens)


def _example(spun: str, original: str, context: tuple[str, str]) -> tuple[str, str]:
    left, right = context
    return " ".join(f"{left} {spun} {right}".split()), " ".join(f"{left} {original} {right}".split())
