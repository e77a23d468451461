"""What of a text is prose: which tokens are words of it, and which stretches no edit may touch.

A scrape brings code, paths, handles, markup, figures and other languages along. What is no word at all (code, a path)
becomes one token that no lexicon knows; what is a word but must stay (a date, a foreign sentence) keeps its tokens.
Words with an entity or an invisible character inside are compared without it, and their offsets are those of the
caller's text.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from normalizer.prose.rules import RULES, Rule
from normalizer.prose.seams import Knows, nothing, seen_through
from normalizer.prose.spans import Spans, united
from normalizer.tokens import Token, fold, tokenize

NO_WORD = "\ufffc"  # what a long stretch that is no word is compared as: an object in the text
LONGEST_WORD = 60  # characters; "images/next.png" is compared as itself, a line of code is not


class Prose(NamedTuple):
    """The tokens of a text, and the stretches (offsets, in order, apart from each other) that no edit may touch."""

    tokens: list[Token]
    kept: Spans


def read_prose(text: str, start: int = 0, end: int | None = None, knows: Knows = nothing) -> Prose:
    """Return the prose of *text*, or of a part of it; offsets are those of the whole.

    knows: says whether a folded word is known, which settles whether "would", a zero-width space and "proceed" are one
    word or two.

    >>> prose = read_prose("He named `extra folks` on 01.02.2022.")
    >>> [token.text for token in prose.tokens]
    ['He', 'named', '`extra folks`', 'on', '01.02.2022', '.']
    """
    end = len(text) if end is None else end
    opaque, kept = stretches(text, start, end)
    tokens = seen_through(text, tokenize(text, start, end), knows)
    return Prose(_merged(text, tokens, opaque), united([*opaque, *kept]))


def stretches(text: str, start: int, end: int, rules: Iterable[Rule] = RULES) -> tuple[Spans, Spans]:
    """Return what *rules* find between *start* and *end*: stretches without words, and stretches whose words stay."""
    part = text if (start, end) == (0, len(text)) else text[start:end]
    found: dict[bool, Spans] = {True: [], False: []}
    for rule in rules:
        if not rule.hints or any(hint in part for hint in rule.hints):
            found[rule.opaque] += [(low + start, high + start) for low, high in rule.find(part) if low < high]
    return united(found[True]), united(found[False])


def _merged(text: str, tokens: Sequence[Token], opaque: Spans) -> list[Token]:
    """Return *tokens*, those that touch one of the *opaque* stretches as one token each."""
    if not opaque:
        return list(tokens)
    result: list[Token] = []
    at = 0
    for low, high in opaque:
        while at < len(tokens) and tokens[at].end <= low:
            result.append(tokens[at])
            at += 1
        first = at
        while at < len(tokens) and tokens[at].start < high:
            at += 1
        if at > first:
            result.append(_no_word(text, tokens[first].start, tokens[at - 1].end))
    return [*result, *tokens[at:]]


def _no_word(text: str, start: int, end: int) -> Token:
    stretch = text[start:end]
    short = len(stretch) <= LONGEST_WORD and len(stretch.split()) == 1 and not stretch.isalpha()
    return Token(stretch, start, end, fold(stretch) if short else NO_WORD)


__all__ = ["Prose", "Rule", "Spans", "read_prose", "stretches"]
