"""Web pages: what a reader sees of one, with the place of every character.

A tokeniser after the HTML standard's, as far as it takes to know text from markup: it never fails, and where a page is
broken it takes for markup what a browser would. Titles, alternative texts and descriptions are paragraphs before those
of the body. Scripts, styles, comments, code, pictures and what stands in forms to be typed over is not seen.
"""

import html
import re
from collections.abc import Iterator
from functools import cache, partial

from normalizer.formats.segments import Piece, Segment, joined

# Elements in the midst of a sentence; all others begin a paragraph.
INLINE = frozenset(
    "a abbr acronym b bdi bdo big button cite data del dfn em font i img ins label mark nobr q s small span strike "
    "strong time tt u wbr".split()
)
# Elements whose content is not prose, up to their end tag. Some are not seen at all; those that are seen in the midst
# of a sentence leave OBJECT there, notes and indices among them, or the word before would not be recognised.
UNSEEN = frozenset("script style noscript template svg".split())
OPAQUE_INLINE = frozenset("code kbd samp var ruby math sup sub".split())
OPAQUE = UNSEEN | OPAQUE_INLINE | frozenset("textarea iframe object pre select canvas audio video xmp".split())
OBJECT = "\ufffc"  # the object replacement character
DESCRIPTIONS = frozenset(
    "description og:description og:title twitter:description twitter:title dc.description dc.title".split()
)
SEEN = frozenset(("title", "alt"))  # attributes that a reader sees

OPENING = re.compile(r"<(?:(/)?([A-Za-z][^\s/>]*+)|!--|[!?])")
ATTRIBUTE = re.compile(
    r"""[\s/]*+ ([^\s/>=]++) (?: \s*+ = \s*+ (?: "([^"]*+)" | '([^']*+)' | ([^\s>"'][^\s>]*+) ) )?+""", re.VERBOSE
)
UNCLOSED = re.compile(r"\s{0,99}=\s{0,99}[\"']")  # where an attribute was expected: one whose quote is not closed
BLANK = " \t\n\r\f"  # what HTML takes for one; a no-break space is a character
TEXT = re.compile(
    r"""(&(?: \#[0-9]{1,7} | \#[xX][0-9a-fA-F]{1,6} | [A-Za-z][A-Za-z0-9]{1,31} );)   # an entity
      | ([ \t\n\r\f]++)
      | (& | [^&\ \t\n\r\f]++ (?: [ ] [^&\ \t\n\r\f]++ )*+)                           # words with single blanks
    """,
    re.VERBOSE,
)
# What a fragment of a page has and prose has not: an end tag, or a paragraph or line break as a tag.
FRAGMENT = re.compile(
    r"""(?ix) </ (?: p|div|a|b|i|u|em|strong|span|h[1-6]|ul|ol|li|blockquote|article|section|figure|table|td ) \s{0,9} >
            | < (?: p | br [ ]? /? ) >"""
)


def is_fragment(text: str) -> bool:
    """Say whether *text*, the content of a field, has markup in it."""
    return "<" in text and FRAGMENT.search(text) is not None


def segment_of(page: str, encoding: str = "utf-8", outer: Segment | None = None) -> Segment:
    """Return what a reader sees of *page*. encoding: what new characters must fit into, or become entities.

    outer: the segment whose text the page is, where it stands in another document.
    """
    paragraphs = list(_Page(page).read())
    pieces = tuple(joined(paragraph for paragraph in paragraphs if any(piece.text.strip() for piece in paragraph)))
    plain = {char for piece in pieces if piece.end - piece.start == len(piece.text) for char in piece.text}
    forms = {
        piece.text: page[piece.start : piece.end]
        for piece in pieces
        if page.startswith("&", piece.start) and len(piece.text) == 1 and piece.text not in plain
    }
    return Segment(page, pieces, partial(_written, forms=forms, encoding=encoding), outer)


def _written(text: str, quote: str, *, forms: dict[str, str], encoding: str) -> str:
    """Return *text* with entities where it takes them, and where the page has nothing else for the same character."""
    return "".join(forms.get(char) or _entity(char, quote, encoding) for char in text)


@cache
def _entity(char: str, quote: str, encoding: str) -> str:
    if char in "&<" or char == quote:
        return "&#39;" if char == "'" else html.escape(char)
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return f"&#{ord(char)};"
    return char


class _Page:
    """A page as it is read: *at* is the place in it, *body* the paragraph that is being read."""

    def __init__(self, page: str) -> None:
        self.page, self.at = page, 0
        self.head: list[list[Piece]] = []
        self.paragraphs: list[list[Piece]] = []
        self.body: list[Piece] = []
        self.blank = True  # whether the paragraph is empty so far, or ends in a blank
        self.unclosed: set[str] = set()  # elements that are not closed any more

    def read(self) -> list[list[Piece]]:
        """Return the paragraphs of the page."""
        page = self.page
        while (start := page.find("<", self.at)) >= 0:
            opening = OPENING.match(page, start)
            if opening is None:  # a mark in the text
                self._text(self.at, start + 1)
                self.at = start + 1
                continue
            self._text(self.at, start)
            self.at = opening.end()
            if opening[2] is None:
                self._pass(start, "-->" if opening[0] == "<!--" else ">")
            else:
                self._tag(start, opening[2].lower(), closing=opening[1] is not None)
        self._text(self.at, len(page))
        self._break()
        return [*self.head, *self.paragraphs]

    def _pass(self, start: int, end: str) -> None:
        """Take what reaches up to *end* for markup."""
        found = self.page.find(end, self.at)
        self.at = found + len(end) if found >= 0 else len(self.page)
        self.body.append(Piece("", start, self.at))

    def _tag(self, start: int, name: str, *, closing: bool) -> None:
        attributes = dict(self._attributes())
        for piece in () if closing else _visible(name, attributes):
            self.head.append(list(pieces_of(self.page, piece.start, piece.end, piece.quote)))
        if not closing and (name == "title" or name in OPAQUE):
            inner = self.at
            if not self._skip(name):
                self._mark(start, name)
                return
            if name == "title":
                self.head.append(list(pieces_of(self.page, inner, self.page.rfind("</", inner, self.at))))
            elif name in OPAQUE_INLINE:
                self.body.append(Piece(OBJECT, start, self.at, closed=True))
                self.blank = False
                return
            elif name in UNSEEN:
                self.body.append(Piece("", start, self.at))
                return
        self._mark(start, name)

    def _mark(self, start: int, name: str) -> None:
        """Take the tag that begins at *start* for markup inside a paragraph, or for the end of one."""
        if name in INLINE or name in OPAQUE_INLINE or name in UNSEEN:
            self.body.append(Piece("", start, self.at))
        elif name == "br":
            self.body.append(Piece("\n", start, self.at))
            self.blank = True
        else:
            self._break()

    def _skip(self, name: str) -> bool:
        """Go behind the end tag of the element *name*, if it has one."""
        end = _end_tag(name).search(self.page, self.at) if name not in self.unclosed else None
        if end is None:
            self.unclosed.add(name)
            if name in ("script", "style"):  # which a browser would not show either
                self.at = len(self.page)
                return True
            return False
        self.at = end.end()
        return True

    def _attributes(self) -> Iterator[tuple[str, Piece]]:
        """Yield the quoted attributes of the tag at hand, and go behind it."""
        page = self.page
        while (match := ATTRIBUTE.match(page, self.at)) is not None:
            self.at = match.end()
            group = match.lastindex or 1
            if group in (2, 3):
                yield match[1].lower(), Piece(match[group], *match.span(group), quote='"' if group == 2 else "'")
            elif group == 4:
                yield match[1].lower(), Piece(match[4], match.start(4), match.start(4))
        end = page.find(">", self.at) if UNCLOSED.match(page, self.at) is None else -1
        self.at = end + 1 if end >= 0 else len(page)

    def _text(self, start: int, end: int) -> None:
        for piece in pieces_of(self.page, start, end):
            if piece.text.strip(BLANK):
                self.body.append(piece)
                self.blank = False
            else:  # of several blanks one is seen, of one before the first word none
                self.body.append(piece._replace(text="" if self.blank else " "))
                self.blank = True

    def _break(self) -> None:
        if self.body:
            self.paragraphs.append(self.body)
        self.body, self.blank = [], True


@cache
def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])[^>]*>", re.IGNORECASE)


def _visible(name: str, attributes: dict[str, Piece]) -> Iterator[Piece]:
    """Yield the values of the attributes that a reader sees."""
    named = {attributes[key].text.lower() for key in ("name", "property") if key in attributes}
    described = ("content",) if name == "meta" and named & DESCRIPTIONS else ()
    for key, value in attributes.items():
        if (key in SEEN or key in described) and value.end > value.start:
            yield value


def pieces_of(page: str, start: int, end: int, quote: str = "") -> Iterator[Piece]:
    """Yield the text of page[start:end]: entities as the characters they stand for, blanks as one."""
    for match in TEXT.finditer(page, start, end):
        low, high = match.span()
        if match[1]:
            text = html.unescape(match[1])
        elif match[2]:
            text = " "
        else:
            text = match[3]
        yield Piece(text, low, high, quote=quote)
