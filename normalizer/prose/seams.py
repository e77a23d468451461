"""Words that something stands in which no reader sees: an entity, an invisible character, the hyphen of a line end.

They are seen through for look-up: tokens are found in the text as a browser shows it, and point into the text as it
is.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator

from normalizer.tokens import INVISIBLE, Token, fold, tokenize

Piece = tuple[int, int, list[Token]]  # a stretch of the text, and its tokens
Knows = Callable[[str], bool]  # whether a folded word is known

# "&nbsp;", "&#8217;", "&#x2019;", and "&amp;#8217;" of feeds that were escaped twice. The cost: "AT&T;" stays as it is,
# since no such entity exists.
ENTITY = re.compile(r"&(?:amp;){0,3}(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});")
SOLID = re.compile(r"\S+")
SEPARATOR = "\u200b"  # stands between words, or is hidden inside one
# What typesetters break at the end of a line. The cost: "well-" and "known" are looked up as "wellknown", in vain.
HYPHEN = re.compile(r"[-\u00ad\u2010]\s+")
BROKEN = re.compile(
    r"(?<!\w)[^\W\d_]{2,40}[-\u00ad\u2010][^\S\r\n]*(?:\r\n|\r|\n)[^\S\r\n]*[^\W\d_A-ZÀ-ÖØ-Þ]{2,40}(?!\w)"
)


def nothing(word: str) -> bool:
    """Know no *word* at all."""
    return False


def seen_through(text: str, tokens: list[Token], knows: Knows) -> list[Token]:
    """Return *tokens* of *text* as they are without entities, invisible characters and hyphens at line ends."""
    if not tokens:
        return tokens
    start, end = tokens[0].start, tokens[-1].end
    if "&" in text:
        solid = SOLID.finditer(text, start, end)
        tokens = _replaced(tokens, [_decoded(each) for each in solid if ENTITY.search(each.group())])
    if not text.isascii() and INVISIBLE.search(text, start, end):
        tokens = [part for token in tokens for part in _visible(token, knows)]
    if "\n" in text or "\r" in text:
        tokens = _replaced(tokens, _joined(BROKEN.finditer(text, start, end), knows))
    return tokens


def _replaced(tokens: list[Token], pieces: Iterable[Piece]) -> list[Token]:
    """Return *tokens* with those of each of *pieces*, which come in order, in place of those that it covers."""
    result: list[Token] = []
    at = 0
    for start, end, inner in pieces:
        while at < len(tokens) and tokens[at].end <= start:
            result.append(tokens[at])
            at += 1
        result += inner
        while at < len(tokens) and tokens[at].start < end:
            at += 1
    return [*result, *tokens[at:]]


def _decoded(match: re.Match[str]) -> Piece:
    """Return the tokens of a stretch with entities, found in what they stand for."""
    source, letters = match.group(), list[str]()
    places: list[int] = []
    at = 0
    for entity in ENTITY.finditer(source):
        letters.append(source[at : entity.start()])
        places += range(at, entity.start())
        shown = _shown(entity.group())
        letters.append(shown)
        places += [entity.start()] * len(shown)
        at = entity.end()
    letters.append(source[at:])
    places += range(at, len(source))
    places.append(len(source))
    base = match.start()
    spans = [(places[each.start], places[each.end], each.word) for each in tokenize("".join(letters))]
    inner = [Token(source[low:high], base + low, base + high, word) for low, high, word in spans if low < high]
    return base, match.end(), inner


def _shown(entity: str) -> str:
    """Return what a browser shows for *entity*, or for one that was escaped several times."""
    while (shown := html.unescape(entity)) != entity and ENTITY.fullmatch(shown):
        entity = shown
    return shown


def _visible(token: Token, knows: Knows) -> list[Token]:
    """Return *token* without invisible characters at its edges, in parts where it is no word but they are."""
    if not INVISIBLE.search(token.text):
        return [token]
    if SEPARATOR in token.text.strip(SEPARATOR) and not knows(token.word):
        parts, at = [], token.start
        for piece in token.text.split(SEPARATOR):
            parts += _stripped(piece, at)
            at += len(piece) + 1
        if all(knows(part.word) for part in parts):
            return parts
    return _stripped(token.text, token.start)


def _stripped(text: str, start: int) -> list[Token]:
    """Return *text* as a token without invisible characters at its edges, or nothing."""
    first = next((at for at, letter in enumerate(text) if not INVISIBLE.match(letter)), len(text))
    last = next((at for at in range(len(text), first, -1) if not INVISIBLE.match(text[at - 1])), first)
    inner = text[first:last]
    return [Token(inner, start + first, start + last, fold(inner))] if inner else []


def _joined(matches: Iterable[re.Match[str]], knows: Knows) -> Iterator[Piece]:
    """Yield each word that a line end breaks as one token, if that is a word."""
    for match in matches:
        first, second = HYPHEN.split(match.group())
        word = fold(first + second)
        if knows(word):
            yield *match.span(), [Token(match.group(), *match.span(), word)]
