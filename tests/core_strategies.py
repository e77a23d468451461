"""Hypothesis strategies for the core rooms: hard texts, small lexicons, lattices, graphs, fake models."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import any_texts

from normalizer.inference import Inferred
from normalizer.language_model import Phrases
from normalizer.lattice import Lattice, Wordings, build_lattice
from normalizer.lexicon import Lexicon
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon, WordIds
from normalizer.lexicon.compiling import FAMILY_NAMES, KINDS
from normalizer.lexicon.entries import Entry, Guard
from normalizer.pages import Page, lay_out, read_page
from normalizer.proposals import Readings, claims_of
from normalizer.proposals import readings_of as gathered
from normalizer.tables import Tables
from normalizer.tokens import tokenize
from normalizer.weights import FEATURES, Weights

# The first analysis of a word loads tables, and a busy machine stalls: time says nothing here.
usual = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
thorough = settings(usual, max_examples=150)

# --- texts --------------------------------------------------------------------------------------------------

PIECES = (
    "İ", "i\u0307", "ﬁ", "ß", "ǅ", "Å", "\u212b", "\u2126", "e\u0301", "é", "\u0301", "so\u00adft",
    "\u00ad", "ze\u200bro", "\u200b", "\ufeff", "👩\u200d👩\u200d👧", "👍🏽", "1\ufe0f\u20e3", "\r\n",
    "\r", "\n", "\n\n", "\r\r", "\x00", "\x1c", "\x85", "\u2028", "\u00a0", " ", "  ", "\t",
    "U.S.", "p.m.", "don’t", "can't", "it’s", "we're", "I'd", "'s", "’", "'", '"', "”", "»", ")",
    ".", ". ", "! ", "? ", "...", "…", ": ", "--", "-", "2.5", "100,000", "$2.5m", "www.a.com",
    "https://a.b/c?d=e.", "x@y.z", "amazon.com", "Mr", "Mr. ", "Inc. ", "J. ", "the", "The",
)  # fmt: skip


def hard_texts(size: int = 25) -> st.SearchStrategy[str]:
    """Texts with any code points, mixed with what tokenisers stumble over."""
    return st.lists(st.sampled_from(PIECES) | any_texts(2), max_size=size).map("".join)


# --- lexicons -----------------------------------------------------------------------------------------------

# Regular and irregular, of several classes at once (left, leaves), lemmas that are forms of others (found).
VOCABULARY = (
    "talk", "talks", "talked", "say", "says", "said", "leave", "leaves", "left", "big", "bigger",
    "take", "took", "taken", "off", "the", "of", "found", "find", "founded",
)  # fmt: skip
LEMMAS = ("talk", "say", "leave", "left", "big", "take", "found", "find", "off", "the", "of", "leaf")
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)
sources = st.sampled_from(["A01", "A02", "B07", "seed000", "seed003", "known:1", "known:2", "known:12"])


@st.composite
def small_entries(draw: st.DrawFn) -> Entry:
    """Entries over LEMMAS, of one to three words, with any word classes and sometimes a starred head."""
    words = draw(st.lists(st.sampled_from(LEMMAS), min_size=1, max_size=3))
    pos = "".join(draw(st.sets(st.sampled_from("vna"))))
    if pos and draw(st.booleans()):
        words[draw(st.integers(0, len(words) - 1))] += "*"
    return Entry(" ".join(words), draw(WORDS), pos, sources=("known:1",))


class GuardExample(NamedTuple):
    """A guard cell, a spun form, a sentence where it speaks, one where it is silent ("" if none)."""

    cell: str
    spun: str
    fires: str
    silent: str


GUARD_EXAMPLES = (
    GuardExample("", "home", "The home stood empty.", ""),
    GuardExample("cap", "white home", "Talks at the White Home went on.", "The white home on the hill is for sale."),
    GuardExample("cap", "submit", "The Washington Submit reported it.", "They submit their plans today."),
    GuardExample("lower", "submit", "A blog submit said so.", "The Washington Submit reported it."),
    GuardExample(
        "before:international|overseas",
        "minister",
        "Its overseas minister spoke.",
        "Its prime minister spoke.",
    ),
    GuardExample("before:the", "home", "The home voted.", "At home."),
    GuardExample("after:of", "head", "He is head of the party.", "His head hurts."),
    GuardExample(
        "has:white_house",
        "white home",
        "The White House said no; the White Home agreed.",
        "The White Home agreed.",
    ),
    GuardExample("has:today's_talks", "assembly", "The assembly ended today’s talks.", "The assembly ended the talks."),
    GuardExample("has:submit", "submit", "They submit it; others submit nothing.", "They submit it."),
    GuardExample("cap before:the has:senate", "home", "The Home and the Senate met.", "The home and the Senate met."),
    GuardExample("ref", "home", "The home voted.", ""),  # silent without a reference: judged when support is known
)
phrases = st.lists(
    WORDS | st.sampled_from(["it's", "don't", "year-old", "U.S.", "2.5", "naïve"]), min_size=1, max_size=3
)
guards = st.builds(
    Guard,
    case=st.sampled_from(["", "cap", "lower"]),
    before=st.lists(WORDS, max_size=2).map(tuple),
    after=st.lists(WORDS, max_size=2).map(tuple),
    has=phrases.map(lambda words: tuple(t.word for t in tokenize(" ".join(words)))) | st.just(()),
    reference=st.booleans(),
)
entries = st.builds(
    Entry,
    spun=phrases.map(" ".join).map("spun ".__add__),  # never equal to the original
    original=phrases.map(" ".join),
    pos=st.sampled_from(["", "v", "na", "vna"]),
    guard=guards,
    count=st.integers(0, 99_999).map(lambda n: n / 10),
    clean=st.integers(0, 999).map(lambda n: n / 100),
    sources=st.lists(sources, min_size=1, max_size=5, unique=True).map(tuple),
    family=st.sampled_from("abtxp"),
    kind=st.sampled_from(["name", "number"]),  # lexical becomes function where every word is one
)

NEAR = st.lists(st.sampled_from([*VOCABULARY, "a", "it"]), min_size=1, max_size=2).map(tuple)
near_guards = st.builds(
    Guard,
    case=st.sampled_from(["", "", "cap", "lower"]),
    before=NEAR | st.just(()),
    after=NEAR | st.just(()),
    has=NEAR | st.just(()),
)


@st.composite
def knowing(draw: st.DrawFn) -> list[Entry]:
    """Small entries, some under a guard, whose originals are such that they meet, trim and change nothing."""
    found = []
    for each in draw(st.lists(small_entries(), max_size=8)):
        originals = each.original, each.spun.replace("*", ""), "take off", "talk of", "big", "'s", "an x"
        guard = draw(near_guards) if draw(st.booleans()) else Guard()
        counts = {"count": draw(st.sampled_from([0.0, 1.0, 2.0, 7.0])), "clean": draw(st.sampled_from([0.0, 3.0]))}
        more = {"family": draw(st.sampled_from("abt")), "kind": draw(st.sampled_from(["lexical", "name"])), **counts}
        found.append(Entry(each.spun, draw(st.sampled_from(originals)), each.pos, guard, sources=("known:1",), **more))
    return found


# --- models -------------------------------------------------------------------------------------------------

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MODEL_WORDS = ("<unk>", "<s>", "</s>", "<num>", "<year>", *VOCABULARY, *"abcd", "an", "it", "'s", ".")


class FakeWords:
    """The vocabulary of a fake model."""

    words = MODEL_WORDS
    signature = "fake"

    def ids(self, words: Sequence[str]) -> list[int]:
        """Return an id for each word: its letters as a number, <s> and </s> among them."""
        return [sum((ord(c) % 50) * 7**k for k, c in enumerate(word)) % 5000 for word in words]


class FakeModel(FakeWords):
    """A model with an opinion of every trigram, made of nothing but its word ids; all three count."""

    unknown_spread = 1.5  # unknown words are many

    def trigrams(self, rows: Ints) -> Floats:
        """Return between -4 and 0 for each row; -1 stands for no word."""
        mixed = (np.asarray(rows, np.int64) + 2) @ np.array([[101], [37], [13]]) % 97
        return -(mixed[:, 0]) / 24.25

    log_probs = trigrams

    def unigram_log_probs(self, ids: Ints) -> Floats:
        """Return between -5 and 0 for each id."""
        return -(np.asarray(ids) % 23) / 4.6


class FakeAssociation(FakeWords):
    """Word vectors that say something of a word and every other word of its sentence; some words have none."""

    def ids(self, words: Sequence[str]) -> list[int]:
        """Return an id for each word, 0 for those without a vector."""
        return [number % 40 for number in super().ids(words)]

    def in_sentences(
        self, words: Ints, firsts: Ints, ends: Ints, sentence_of: Ints, tokens: Ints, bounds: Ints
    ) -> Floats:
        """Return between -.5 and .5 for each word, by the words of its sentence that it does not stand for."""
        found = []
        asked = (each.tolist() for each in (words, firsts, ends, sentence_of))
        for word, first, end, sentence in zip(*asked, strict=True):
            low, high = bounds[sentence].tolist()
            around = [*tokens[low:first].tolist(), *tokens[end:high].tolist()]
            found.append(sum((word * 31 + other * 17) % 13 for other in around) / (13 * max(1, len(around))) - 0.5)
        return np.array(found)


class FakeContext(FakeWords):
    """A context model that looks at one word on either side."""

    def fits(self, stream: Ints, phrases: Phrases) -> Floats:
        """Return between -3 and 0 for each wording."""
        end = self.ids(["</s>"])[0]
        cuts = np.cumsum(phrases.sizes)[:-1]
        found = []
        for words, start, stop in zip(np.split(phrases.words, cuts), phrases.starts, phrases.stops, strict=True):
            before = stream[start - 1] if start else end
            behind = stream[stop] if stop < len(stream) else end
            found.append(-float((before * 7 + behind * 5 + words.sum() * 3) % 31) / 10)
        return np.array(found)


FAKES: Any = (FakeModel(), FakeAssociation(), FakeContext())
PLAIN_WEIGHTS = Weights(dict(zip(FEATURES, np.linspace(-0.6, 0.6, len(FEATURES)).tolist(), strict=True)), 0.7)


def fake_tables(entries: Iterable[Entry] = (), weights: Weights = PLAIN_WEIGHTS) -> Tables:
    """Return tables with these *entries*, compiled in a millisecond beside the fake models."""
    lexicon = Lexicon(entries)
    return Tables(lexicon.compiled(FAKES), *FAKES, weights, lexicon)


TABLES = fake_tables()


def path_log_prob(model: FakeModel, arcs: Sequence[Sequence[str]], order: int) -> float:
    """The log-probability of the words of *arcs* (<s> first, which is given), word by word.

    A bigram model looks two words back only inside an arc.
    """
    places = [k for words in arcs for k in range(len(words))]
    ids = model.ids([word for words in arcs for word in words])
    total = 0.0
    for i in range(1, len(ids)):
        far = order == 3 or places[i] >= 2
        row = [ids[i - 2] if far and i >= 2 else -1, ids[i - 1], ids[i]]
        total += float(model.trigrams(np.array([row]))[0])
    return total


# --- readings ---------------------------------------------------------------------------------------------------


class Found(NamedTuple):
    """A reading with all that is known of it, spelt out."""

    start: int
    end: int
    text: str
    kind: str
    strengths: dict[str, float]
    weight: float
    seen: float
    clean: float
    phrase: bool
    best: str


def found_in(pages: Sequence[Page], lexicon: Lexicon) -> list[Found]:
    """The readings of *pages* by the compiled lexicon."""
    compiled = lexicon.compiled(FAKES)
    found = gathered(claims_of(lay_out(pages, compiled), compiled), compiled)
    columns = (found.start, found.end, found.wording, found.kind, found.strength, found.weight, found.seen, found.clean)
    rows = zip(*(column.tolist() for column in (*columns, found.phrase, found.entry)), strict=True)
    return [
        Found(
            start, end, compiled.wording(wording), KINDS[kind], dict(zip(FAMILY_NAMES, strengths, strict=True)),
            weight, seen, clean, phrase, compiled.description(best),
        )
        for start, end, wording, kind, strengths, weight, seen, clean, phrase, best in rows
    ]  # fmt: skip


# --- lattices -----------------------------------------------------------------------------------------------


class Drawn(NamedTuple):
    """A reading of tokens start..end of a small text, by what the columns of `Readings` say of it."""

    start: int
    end: int
    words: tuple[str, ...]
    kind: str = "lexical"
    strengths: tuple[float, ...] = (0.0,) * len(FAMILY_NAMES)
    seen: float = 0.0
    clean: float = 0.0
    phrase: bool = False
    near: bool = False
    entry: int = -1

    @property
    def text(self) -> str:
        return " ".join(self.words)


class Readable(NamedTuple):
    """A small text with its readings, sorted by start and end."""

    text: str
    drawn: tuple[Drawn, ...] = ()

    @property
    def page(self) -> Page:
        return read_page(self.text, (0, len(self.text)), [])

    @property
    def lattice(self) -> Lattice:
        return side_by_side([self])


def readable(text: str, *drawn: Drawn) -> Readable:
    """Return a text with readings in any order."""
    return Readable(text, tuple(sorted(drawn, key=lambda each: (each.start, each.end))))


def side_by_side(texts: Sequence[Readable], lexicon: CompiledLexicon = TABLES.lexicon) -> Lattice:
    """Return the lattice of several texts; their wordings are such as references bring."""
    pages = [each.page for each in texts]
    batch = lay_out(pages, lexicon)
    base = [int(batch.token_offsets[number]) for number, each in enumerate(texts) for _ in each.drawn]
    drawn = [reading for each in texts for reading in each.drawn]
    wordings = list(dict.fromkeys(reading.words for reading in drawn))
    known = Wordings(lexicon, [" ".join(words) for words in wordings], wordings)
    numbers = [known.size + wordings.index(reading.words) for reading in drawn]
    return build_lattice(batch, readings_of(drawn, base, numbers), known, lexicon.ids)


def readings_of(drawn: Sequence[Drawn], base: Sequence[int], numbers: Sequence[int]) -> Readings:
    """Return *drawn* as columns: base: first token of the page of each; numbers: of their wordings."""

    def column(name: str, kind: type) -> Any:
        return np.array([getattr(reading, name) for reading in drawn], dtype=kind)

    own = np.array(base, dtype=np.int64)
    return Readings(
        column("start", int) + own,
        column("end", int) + own,
        np.array(numbers, dtype=np.int64),
        np.array([KINDS.index(reading.kind) for reading in drawn], dtype=np.int64),
        column("strengths", float).reshape(-1, len(FAMILY_NAMES)),
        column("seen", float),
        column("seen", float),
        column("clean", float),
        column("phrase", bool),
        column("near", bool),
        column("entry", int),
    )


@st.composite
def readables(
    draw: st.DrawFn,
    words: Sequence[str] = "abc",
    tokens: int = 6,
    readings: int = 4,
    longest: int = 3,
    kinds: Sequence[str] = ("lexical",),
) -> Readable:
    """Texts of a few sentences over *words*, with readings of one to *longest* of the same words."""
    pieces = st.lists(st.sampled_from(words) | st.just("\n\n"), min_size=1, max_size=tokens)
    text = " ".join(draw(pieces))
    spans = Readable(text).page.spans
    drawn = []
    for _ in range(draw(st.integers(0, readings)) if spans else 0):
        first, end = draw(st.sampled_from(spans))
        start = draw(st.integers(first, end - 1))
        stop = draw(st.integers(start + 1, min(end, start + longest)))
        wording = tuple(draw(st.lists(st.sampled_from(words), min_size=1, max_size=longest)))
        kind = draw(st.sampled_from(kinds))
        strengths = tuple(draw(st.sampled_from([0.0, 0.2, 0.7])) for _ in FAMILY_NAMES)
        seen, clean = draw(st.sampled_from([0.0, 1.0, 12.0])), draw(st.sampled_from([0.0, 2.0, 400.0]))
        phrase, near = draw(st.booleans()), draw(st.booleans())
        drawn.append(Drawn(start, stop, wording, kind, strengths, seen, clean, phrase, near))
    return readable(text, *drawn)


batches = st.lists(readables(), max_size=4)


def word_of(number: int, ids: WordIds, lexicon: CompiledLexicon = TABLES.lexicon) -> str:
    """Return the word that has this *number*; *ids* must have been asked for it."""
    known = number <= WORD_MASK
    return lexicon.word(number) if known else next(word for word, its in ids.items() if its == number)


def arc_words(lattice: Lattice, lexicon: CompiledLexicon = TABLES.lexicon) -> list[tuple[str, ...]]:
    """Return the folded words of every arc."""
    flat = [word_of(number, lexicon.ids, lexicon) for number in lattice.words.tolist()]
    return [tuple(flat[low:high]) for low, high in pairwise(lattice.offsets.tolist())]


def paths(lattice: Lattice, sentence: int) -> list[list[int]]:
    """All paths of arcs through one sentence, edges included, by plain recursion."""
    arcs = np.flatnonzero(lattice.sentence == sentence).tolist()

    def onward(arc: int) -> Iterator[list[int]]:
        if arc == arcs[-1]:
            yield [arc]
        for ahead in arcs:
            if lattice.level[ahead] == lattice.until[arc]:
                yield from ([arc, *rest] for rest in onward(ahead))

    return list(onward(arcs[0]))


def of_page(lattice: Lattice, page: int) -> Ints:
    """Return the arcs of one page in the order that they have when it is read alone."""
    return np.flatnonzero(lattice.page == page)


def sure(lattice: Lattice, posteriors: Floats, path: Sequence[int], features: Any = None) -> Inferred:
    """Return as inferred what a test says of a lattice."""
    pages = len(lattice.batch.pages)
    none = np.zeros((pages, len(FAMILY_NAMES)))
    return Inferred(lattice, features, posteriors, np.array(path, dtype=np.int64), none, none, np.zeros(pages))


# --- graphs -------------------------------------------------------------------------------------------------


class Web(NamedTuple):
    """The raw material of a graph: nodes by level and then by sentence, and the edges between them, by their target.

    Weights are whole, so that sums are exact.
    """

    levels: Ints
    groups: Ints
    nodes: Floats
    edges: dict[tuple[int, int], float]

    @property
    def ends(self) -> list[int]:
        """The end node of each sentence."""
        own = [np.flatnonzero(self.groups == group) for group in range(int(self.groups.max()) + 1)]
        return [int(nodes[-1]) for nodes in own]


@st.composite
def webs(draw: st.DrawFn, weights: st.SearchStrategy[int] = st.integers(-3, 3)) -> Web:  # noqa: B008 - strategies are values
    """One to three sentences, each with one start, one end, and between them nodes that lie on some path."""
    levels: list[int] = []
    groups: list[int] = []
    links: set[tuple[int, int]] = set()
    for group in range(draw(st.integers(1, 3))):
        start = len(levels)
        middle = sorted(draw(st.lists(st.integers(1, 4), max_size=5)))
        own = [0, *middle, (middle[-1] if middle else 0) + 1]
        levels += own
        groups += [group] * len(own)
        end = start + len(own) - 1
        possible = [(i, j) for i in range(start, end) for j in range(i + 1, end + 1) if levels[i] < levels[j]]
        links |= {pair for pair in possible if draw(st.booleans())}
        links |= {(start, j) for j in range(start + 1, end + 1) if not any(b == j for _, b in links)}
        links |= {(i, end) for i in range(start, end) if not any(a == i for a, _ in links)}
    order = sorted(range(len(levels)), key=lambda node: (levels[node], groups[node], node))
    place = {node: number for number, node in enumerate(order)}
    pairs = sorted(((place[a], place[b]) for a, b in links), key=lambda pair: pair[::-1])
    return Web(
        np.array([levels[node] for node in order]),
        np.array([groups[node] for node in order]),
        np.array([float(draw(weights)) for _ in levels]),
        {pair: float(draw(weights)) for pair in pairs},
    )


def web_paths(web: Web, group: int) -> list[list[int]]:
    """All paths of nodes through one sentence of *web*."""
    own = np.flatnonzero(web.groups == group)
    end = own[-1]

    def onward(node: int) -> list[list[int]]:
        if node == end:
            return [[node]]
        return [[node, *rest] for a, b in web.edges if a == node for rest in onward(b)]

    return onward(int(own[0]))
