"""Names: words with a capital beside others that have one, inside a sentence or at its start."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from normalizer.prose.languages import ENGLISH_TOO
from normalizer.surface import is_common
from normalizer.tokens import Token

# Offices before a person's name: "Previous President Obama" at the start of a sentence is no name of its own.
OFFICES = frozenset(
    """
    president minister secretary senator congressman congresswoman governor mayor judge justice attorney general
    chancellor ambassador king queen prince princess pope bishop captain colonel major sergeant lieutenant admiral
    doctor professor director chairman coach chief officer detective sheriff speaker leader lord lady sir republican
    republicans democrat democrats
    """.split()
)

TITLES = frozenset("mr mrs ms dr prof sen rep gov gen lt col sgt capt maj rev st adm cpl pvt hon".split())
PARTICLES = frozenset("de da di du del della van von der den ter bin ibn al el la le -".split())
NO_NAME, OPENS, FOLLOWS, INSIDE, ACRONYM = range(5)
OPENERS = frozenset("\"“‘'«„:(–—-•*")
STOPS = frozenset('.!?…"”’»)')


def parts_of_names(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each token what a capital makes of it. spans: (first, end) token of each sentence.

    INSIDE: it stands beside another word with a capital, or behind "Mr.". OPENS: so does the first word of a
    sentence or quotation, which has its capital from its place; FOLLOWS: the word behind that. ACRONYM: it is all in
    capitals, where words in small letters are three times as many or more. The cost: in a headline, a line with more
    capitals than small letters that no stop ends, no name is known.
    """
    return [part for first, end in spans for part in _parts(tokens[first:end])]


def _parts(tokens: Sequence[Token]) -> list[int]:
    upper = [token.text[0].isupper() and token.text != "I" for token in tokens]
    capitals = [token.text.isupper() and len(token.text) > 1 for token in tokens]
    small = sum(token.text[0].islower() for token in tokens)
    if sum(upper) > small and tokens[-1].text[0] not in STOPS:
        return [NO_NAME] * len(tokens)
    few = 3 * sum(capitals) <= small
    result = [ACRONYM if few and each else NO_NAME for each in capitals]
    for at, (one, two) in enumerate(pairwise(upper)):
        if two and at and _joins(tokens[at - 1], tokens[at]):
            result[at + 1] = max(result[at + 1], INSIDE)
        elif one and two:
            opens = at == 0 or tokens[at - 1].text in OPENERS
            result[at] = max(result[at], OPENS if opens else INSIDE)
            result[at + 1] = max(result[at + 1], FOLLOWS if opens else INSIDE)
    return result


def _joins(before: Token, token: Token) -> bool:
    """Say whether a *token* between *before* and a capital joins them to a name: "Mr. Worth", "Carl von Worth"."""
    if token.text == ".":
        return before.word in TITLES or (len(before.text) == 1 and before.text.isupper())
    return before.text[0].isupper() and token.word in PARTICLES


def goes_on_a_name(token: Token) -> bool:
    """Say whether a *token* with a capital makes a name of the word that opens the sentence before it.

    A common noun does that is no person's office: "Nationwide Insurance", but not "Extra Russian troops".
    """
    word = token.word
    return not token.text.isupper() and word not in OFFICES | ENGLISH_TOO and is_common(word, "n")
