"""Names: words with a capital beside others that have one, inside a sentence or at its start."""

from collections.abc import Iterable, Sequence

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

NO_NAME, OPENS, INSIDE, ACRONYM = range(4)
OPENERS = frozenset("\"“‘'«„:(–—-•*")
STOPS = '.!?…"”’»)'


def parts_of_names(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each token whether it is capitalised beside another that is, in a sentence that is no headline.

    That is one of NO_NAME, OPENS, INSIDE and ACRONYM. The first word of a sentence or quotation has its capital from
    its place, so it is part of a name only before a common noun with one, which is no person's office: "Nationwide
    Insurance". A word all in capitals is an acronym where words in small letters are three times as many or more.
    spans: (first, end) token of each sentence. The cost: in a headline, a line with more capitals than small letters
    that no stop ends, no name is known.
    """
    result = [NO_NAME] * len(tokens)
    for first, end in spans:
        upper = [token.text[0].isupper() and token.text != "I" for token in tokens[first:end]]
        small = sum(token.text[0].islower() for token in tokens[first:end])
        if sum(upper) > small and tokens[end - 1].text[0] not in STOPS:
            continue
        capitals = [token.text.isupper() and len(token.text) > 1 for token in tokens[first:end]]
        if 3 * sum(capitals) <= small:
            result[first:end] = [ACRONYM if each else NO_NAME for each in capitals]
        opens = [at == 0 or token.text in OPENERS for at, token in enumerate([tokens[first], *tokens[first : end - 1]])]
        for at in range(end - first - 1):
            if upper[at] and upper[at + 1] and (not opens[at] or _opens_name(tokens[first + at + 1])):
                result[first + at] = max(result[first + at], OPENS if opens[at] else INSIDE)
                result[first + at + 1] = max(result[first + at + 1], INSIDE)
    return result


def _opens_name(behind: Token) -> bool:
    """Say whether the first word of a sentence is part of a name, by the capitalised word *behind* it."""
    word = behind.word
    return not behind.text.isupper() and word not in OFFICES | ENGLISH_TOO and is_common(word, "n")
