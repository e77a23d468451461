"""Words, numbers and marks of a text, with offsets into the caller's own string.

Tokens never overlap, come in order, and between two of them stands nothing but white space: the text is the tokens plus
the gaps, so an edit that replaces a run of tokens can never touch anything else.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import regex

# Titled by example; the order matters, since the first alternative that fits wins. Repeats that may fail at their end
# are bounded, so that "ab.ab.ab..." without an end takes linear time: without bounds, 32 KB of it took 80 seconds. The
# cost: an address of more than 64 letters before its @, or of more than eight parts, falls into several tokens.
PATTERN = r"""
      (?P<site>                                            # https://a.b/c, x@y.z, amazon.com
          (?:https?://|www\.)[^\s<>"“”«»]*[^\s<>"“”«».,;:!?)\]}'’]
        | \b[\p{L}\p{N}.]{1,64}+@[\p{L}\p{N}.]{1,254}\p{L}
        | \b[\p{L}\p{N}]{1,63}+(?:\.[\p{L}\p{N}]{1,63}+){0,7}\.(?:com|org|net|gov|edu|co\.uk)\b)
    | (?P<short>                                           # U.S., p.m.: one letter and a stop, twice or more
          (?:\p{L}\p{M}*+\.){2,12}(?![\p{L}\p{N}]))
    | (?P<clitic>                                          # today|'s, she|'ll; first in a phrase, too
          ['’](?:(?<=[\p{L}\p{M}\p{N}\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]['’])|(?<=^['’]))
          (?:s|re|ve|ll|d|m|S|RE|VE|LL|D|M)(?![\p{L}\p{M}\p{N}]))
    | (?P<number>                                          # 100,000  2.5
          \p{N}+(?:[.,]\p{N}+)*)
    | (?P<word>                                            # don't stays whole
          \p{L}(?:[\p{L}\p{M}\p{N}\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]|['’](?=[tT](?![\p{L}\p{M}\p{N}]))(?<=[nN]['’]))*)
    | (?P<mark>                                            # everything else by itself
          \.\.\.|--+|\S)
"""
TOKEN = regex.compile(PATTERN, regex.VERBOSE)
# Most news is written in these characters alone. Among them letters, numbers and marks are easily told, and the
# standard library's matcher finds the same tokens in two thirds of the time.
USUAL = re.compile(r"[\t\n\r -~\xa0¡-©«¬®-±´¶-¸»¿-ÿ‘’“”–—…€]*+")
LETTERS, NUMBERS = "A-Za-zÀ-ÖØ-öø-ÿ", "0-9"


def _usual(pattern: str) -> str:
    """Return *pattern* with the USUAL characters in place of each class of characters."""
    for name in (
        r"\p{M}*+",
        r"\p{M}",
        r"\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF",
    ):  # USUAL has none of these
        pattern = pattern.replace(name, "")
    pattern = re.sub(r"(\[[^\]]*)\\p\{L\}", rf"\g<1>{LETTERS}", pattern)
    pattern = re.sub(r"(\[[^\]]*)\\p\{N\}", rf"\g<1>{NUMBERS}", pattern)
    return pattern.replace(r"\p{L}", f"[{LETTERS}]").replace(r"\p{N}", f"[{NUMBERS}]")


USUAL_TOKEN = re.compile(_usual(PATTERN), re.VERBOSE)
INVISIBLE = re.compile(r"[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]")
QUOTES = {"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-"}
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}  # as PDF readers leave them
VARIANTS = QUOTES | LIGATURES
PLAIN = str.maketrans(VARIANTS)
SHORT = 50  # characters

# A full stop after one of these does not end a sentence. The cost: a sentence that ends in "Inc." runs on.
ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr sq prof sen rep gov gen lt col sgt capt maj rev hon st jr sr vs etc no inc ltd co corp jan feb
    mar apr jun jul aug sept sep oct nov dec mt ft dept est al fig op cit approx
    """.split()
)
CLOSERS = "\"'”’»)]}"
MAY_END = frozenset((".", "!", "?", "...", "…", *CLOSERS))  # tokens behind which a sentence may end in a line
# Decoding takes a step for each token of the longest sentence, so a page without stops would take many; of the seeds
# and stories the longest has 65. The cost: no reading and no context crosses the cut.
LONGEST_SENTENCE = 300


class Token(NamedTuple):
    """One word, number or mark.

    text: as it stands. start, end: offsets (code points) into the tokenised string. word: the form used for comparing
    (lower case, straight quotes, composed, no invisible characters).
    """

    text: str
    start: int
    end: int
    word: str


_token = partial(tuple.__new__, Token)  # half of the time that the class's own `__new__` takes


def fold(text: str) -> str:
    """Return *text* in the form used for comparing.

    That is in lower case, composed, with straight quotes and dashes, without ligatures and anything invisible.
    """
    if text.isascii():
        return text.lower()
    folded = INVISIBLE.sub("", text).lower()
    if len(text) < SHORT:
        folded = folded.translate(PLAIN)
    else:
        for mark in VARIANTS.keys() & set(folded):  # ten times as fast on a page, and slower on a word
            folded = folded.replace(mark, VARIANTS[mark])
    return unicodedata.normalize("NFC", folded) or text


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Split *text*, or a part of it, into tokens; offsets are those of the whole.

    White space belongs to no token, nor does a byte order mark at the start.

    >>> [token.text for token in tokenize("Blinken’s U.S. talks can't cost $2.5m (well-known).")]
    ['Blinken', '’s', 'U.S.', 'talks', "can't", 'cost', '$', '2.5', 'm', '(', 'well', '-', 'known', ')', '.']
    """
    start = max(start, int(text.startswith("\ufeff")))
    end = len(text) if end is None else end
    usual = USUAL.match(text, start, end)
    matcher = USUAL_TOKEN if usual is not None and usual.end() == end else TOKEN
    spans = [match.span() for match in matcher.finditer(text, start, end)]
    texts = [text[first:last] for first, last in spans]
    words = [each.lower() if each.isascii() else fold(each) for each in texts]
    return [_token((each, *span, word)) for each, span, word in zip(texts, spans, words, strict=True)]


def fold_words(text: str) -> tuple[str, ...]:
    """Return the comparing forms of all tokens of *text*."""
    if text.isascii() and text.replace(" ", "").isalpha():
        return tuple(text.lower().split())  # the same, five times faster: most lexicon phrases are plain words
    return tuple(token.word for token in tokenize(text))


def sentences(text: str, tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) token indices of each sentence; together they cover all tokens in order.

    A sentence ends after a full stop, question or exclamation mark with its closing quotes where the next token does
    not start in lower case, and at a line break, unless the line was merely wrapped (no stop before it, lower case
    after). What runs on for LONGEST_SENTENCE tokens is cut there.
    """
    first = 0
    for i in range(1, len(tokens)):
        left = tokens[i - 1]
        inside = left.text not in MAY_END and text[left.end : tokens[i].start] in ("", " ")
        if i - first == LONGEST_SENTENCE or (not inside and _ends_before(text, tokens, i)):
            yield first, i
            first = i
    if tokens:
        yield first, len(tokens)


def _ends_before(text: str, tokens: list[Token], i: int) -> bool:
    left, right = tokens[i - 1], tokens[i]
    gap = text[left.end : right.start]
    if not gap:
        return False
    if "\n" in gap or "\r" in gap:
        line_ends = gap.count("\n") + gap.count("\r") - gap.count("\r\n")
        wrapped = line_ends == 1 and right.text[0].islower() and left.text not in (".", "!", "?", ":")
        return not wrapped
    k = i - 1
    while k > 0 and tokens[k].text in CLOSERS and tokens[k - 1].end == tokens[k].start:
        k -= 1
    stop = tokens[k].text
    if stop in ("!", "?", "...", "…"):
        return not right.text[0].islower()
    if stop != "." or right.text[0].islower():
        return False
    return not (k == i - 1 and k > 0 and _abbreviates(tokens[k - 1]))


def _abbreviates(token: Token) -> bool:
    return token.word in ABBREVIATIONS or (len(token.text) == 1 and token.text.isupper())
