"""How one unknown spinner differs from another: its habits, drawn from its number.

What real ones do is known from some fifteen pages of at least seven tools: they change 25 to 58 % of the words, draw
from a thesaurus in any sense, write the same few forms for a word all over, and nearly always put a rarer word for a
commoner one. Some leave function words alone, some lose the tense, some pad, one turns modifiers round; two may be
stacked, and a page may be spun in its opening only. The shares below are set so that each of this is met among some
dozens of spinners, the usual ones more often. Of 1,060 swaps of one word for one seen on pages of thesaurus spinners
(family t), Moby and WordNet agree on 47 %, Moby alone has 29 %, WordNet alone 4 %, neither 20 %; a quarter of the
spun forms is commoner than the original, half is rarer by a nat or more, and half is among the commonest quarter of
what Moby lists. Spinners share habits: of the swaps on nine pages of unknown ones the lexicon knew 40 %, which is why
a third of what they draw was seen on pages of others. The population is near all that: of its swaps of one word for one
the thesauri agree on 47 %, Moby alone has 28 %, WordNet alone 8 %, neither 17 %; a fifth of the forms is commoner than
the original; the lexicon knows 33 % of all swaps, function words and fillers included.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from tests.tools.spinners.thesaurus import AGREED, MOBY, SEEN, half

# What spinners draw from, and how much of each on the average.
MOBY_ALONE, WORDNET_ALONE = {MOBY: 2.0}, {"synonym": 2.0, "similar": 1.0, "broader": 1.0, "narrower": 0.7}
STYLES = {
    "near": {AGREED: 6.0, MOBY: 1.5, "synonym": 0.5, SEEN: 9.0},
    "both": {AGREED: 2.0, SEEN: 9.0} | MOBY_ALONE | WORDNET_ALONE,
    "moby": {AGREED: 1.0, SEEN: 4.0} | MOBY_ALONE,
    "wordnet": {AGREED: 1.0, SEEN: 6.0} | WORDNET_ALONE,
}
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
FAR = "far"  # a source of its own: what stands beside something that stands beside the word


@dataclass(frozen=True)
class Traits:
    """The habits of one spinner.

    number: which one it is. style: what it draws from, one of STYLES. sources: how much of each source of a thesaurus,
    and of FAR. forms: how many it has for a word. commoner: share of its forms that may be commoner than the original.
    taste: how much it prefers common forms; 0 takes any. coverage: share of the words it has something for. phrases:
    share of its forms that are phrases; originals of several words are known to it if there are any. tagged: it looks
    at the word before to tell verbs from nouns. inflected: share of its forms that take the inflection of the original.
    function: share of function words that it swaps, as a multiple of its rate. names, quotes: whether it touches names
    and quotations. opening: it stops after the opening. padding, turned: share of the places for fillers and for
    modifiers to turn round that it uses. articles: it mends "a" and "an" before what it writes. steady: it swaps a word
    wherever it stands on a page, or nowhere. rate: share of the content words that it swaps. over: the number of the
    spinner whose output it spins again, None for clean text.
    """

    number: int
    style: str
    sources: Mapping[str, float]
    forms: int
    commoner: float
    taste: float
    coverage: float
    phrases: float
    tagged: bool
    inflected: float
    function: float
    names: bool
    quotes: bool
    opening: bool
    padding: float
    turned: float
    articles: bool
    steady: bool
    rate: float
    over: int | None = None

    @property
    def held(self) -> int:
        """0 for a spinner to learn from, 1 for a held one."""
        return half("spinner", self.number)

    @property
    def marks(self) -> tuple[str, ...]:
        """Return what is unusual about it, in words for a table."""
        told = {
            "stacked": self.over is not None,
            "fillers": self.padding > 0,
            "turned": self.turned > 0,
            "bare": self.inflected < 1,
            "function words": self.function > 0,
            "names": self.names,
            "phrases": self.phrases > 0,
            "opening": self.opening,
            "steady": self.steady,
            "one form": self.forms == 1,
        }
        return tuple(name for name, holds in told.items() if holds)


def draw_traits(number: int) -> Traits:
    """Return the habits of spinner *number*; the same number gives the same."""
    rng = random.Random(f"unknown spinner {number}")
    style = rng.choices(tuple(STYLES), (40, 20, 20, 20))[0]
    sources = {source: rng.gammavariate(mean, 1.0) + 0.02 for source, mean in STYLES[style].items()}
    far = rng.choice((0.0, rng.uniform(0.05, 0.25), rng.uniform(0.05, 0.25)))
    total = sum(sources.values())
    mixture = {source: weight / total * (1 - far) for source, weight in sources.items()} | ({FAR: far} if far else {})
    return Traits(
        number=number,
        style=style,
        sources=mixture,
        forms=rng.choices((1, 2, 3, 5, 12), (25, 30, 25, 12, 8))[0],
        commoner=rng.choice((0.1, 0.3, 0.6)),
        taste=rng.uniform(0.3, 0.9),
        coverage=rng.uniform(0.5, 1.0),
        phrases=rng.choice((0.0, rng.uniform(0.05, 0.25), rng.uniform(0.05, 0.25))),
        tagged=rng.random() < 0.5,
        inflected=rng.choices((1.0, 0.6, 0.0), (70, 15, 15))[0],
        function=rng.uniform(0.2, 1.0) if rng.random() < 0.45 else 0.0,
        names=rng.random() < 0.35,
        quotes=rng.random() < 0.7,
        opening=rng.random() < 0.1,
        padding=rng.uniform(0.05, 0.4) if rng.random() < 0.15 else 0.0,
        turned=rng.uniform(0.1, 0.5) if rng.random() < 0.1 else 0.0,
        articles=rng.random() < 0.3,
        steady=rng.random() < 0.4,
        rate=rng.choice(RATES),
        over=_below(number, rng) if rng.random() < 0.15 else None,
    )


def _below(number: int, rng: random.Random) -> int:
    """Return another spinner of the same half, for *number* to be stacked on."""
    others = (rng.randrange(1_000_000) for _ in count())
    return next(other for other in others if half("spinner", other) == half("spinner", number))


def numbers(held: int) -> Iterator[int]:
    """Yield the numbers of the spinners to learn from (0) or of the held ones (1)."""
    return (number for number in count() if half("spinner", number) == held)
