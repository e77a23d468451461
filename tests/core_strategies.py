"""Hypothesis strategies for the core rooms: hard texts, small lexicons, lattices, graphs, a fake model."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import any_texts

from normalizer.lattice import Lattice, build_lattice
from normalizer.lexicon.entries import Entry, Guard
from normalizer.proposals import Reading
from normalizer.tokens import Token, sentences, tokenize

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

# --- lattices -----------------------------------------------------------------------------------------------


class Readable(NamedTuple):
    """A small text with all that a lattice is built of."""

    text: str
    tokens: list[Token]
    spans: list[tuple[int, int]]
    readings: list[Reading]

    @property
    def lattice(self) -> Lattice:
        return build_lattice(self.tokens, self.spans, self.readings)


@st.composite
def readables(
    draw: st.DrawFn, words: Sequence[str] = "abc", tokens: int = 6, readings: int = 4, longest: int = 3
) -> Readable:
    """Texts of a few sentences over *words*, with readings of one to *longest* of the same words."""
    pieces = st.lists(st.sampled_from(words) | st.just("\n"), min_size=1, max_size=tokens)
    text = " ".join(draw(pieces))
    found = tokenize(text)
    spans = list(sentences(text, found))
    drawn = []
    for _ in range(draw(st.integers(0, readings)) if spans else 0):
        first, end = draw(st.sampled_from(spans))
        start = draw(st.integers(first, end - 1))
        stop = draw(st.integers(start + 1, min(end, start + longest)))
        wording = tuple(draw(st.lists(st.sampled_from(words), min_size=1, max_size=longest)))
        drawn.append(Reading(start, stop, " ".join(wording), wording, "lexical"))
    return Readable(text, found, spans, drawn)


def paths(lattice: Lattice, sentence: int) -> list[list[int]]:
    """All paths of arcs through one sentence, edges included, by plain recursion."""
    arcs = [i for i in range(len(lattice)) if lattice.sentence[i] == sentence]

    def onward(arc: int) -> list[list[int]]:
        if arc == arcs[-1]:
            return [[arc]]
        ahead = [i for i in arcs if lattice.sources[i] == lattice.targets[arc]]
        return [[arc, *rest] for i in ahead for rest in onward(i)]

    return onward(arcs[0])


class FakeModel:
    """A model with an opinion of every trigram, made of nothing but its word ids; all three count."""

    def ids(self, words: Sequence[str]) -> list[int]:
        """Return an id for each word: its letters as a number, <s> and </s> among them."""
        return [sum((ord(c) % 50) * 7**k for k, c in enumerate(word)) % 5000 for word in words]

    def log_probs(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return between -4 and 0 for each row; -1 stands for no word."""
        mixed = (rows.astype(np.int64) + 2) @ np.array([[101], [37], [13]]) % 97
        return (-(mixed[:, 0]) / 24.25).astype(np.float32)

    unknown_spread = 0.0

    def unigram_log_probs(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return between -5 and 0 for each id."""
        return (-(np.asarray(ids) % 23) / 4.6).astype(np.float32)


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
        total += float(model.log_probs(np.array([row]))[0])
    return total


# --- graphs -------------------------------------------------------------------------------------------------


class Web(NamedTuple):
    """The raw material of a graph: levels, groups, transitions; weights are whole, so that sums are exact."""

    levels: NDArray[np.int64]
    groups: NDArray[np.int64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    nodes: NDArray[np.float64]
    edges: dict[tuple[int, int], float]


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
    pairs = draw(st.permutations(sorted(links)))
    return Web(
        np.array(levels),
        np.array(groups),
        np.array([a for a, _ in pairs]),
        np.array([b for _, b in pairs]),
        np.array([float(draw(weights)) for _ in levels]),
        {pair: float(draw(weights)) for pair in pairs},
    )


def web_paths(web: Web, group: int) -> list[list[int]]:
    """All paths of nodes through one sentence of *web*."""
    own = np.flatnonzero(web.groups == group)
    end = own[np.argmax(web.levels[own])]

    def onward(node: int) -> list[list[int]]:
        if node == end:
            return [[node]]
        return [[node, *rest] for a, b in web.edges if a == node for rest in onward(b)]

    return onward(int(own[0]))
