"""Documents as stretches of prose, and the way of an edit back into the document.

    page = html.segment_of("<p>He <b>sta&shy;ted</b> so.</p>", "utf-8")
    page.text           'He sta\\u00adted so.'
    page.back(edit)     the same edit in the page's own text, with the tags and entities it runs over

A segment is what a reader sees of a part of the document, with the place in the document of every character. An edit of
the segment becomes exactly one edit of the document: markup inside of it is kept, blanks keep the form they had, and
what is new is written as the format demands.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

from normalizer.edits import Edit

BREAK = "\n\n"  # between paragraphs that lie apart in the document
BLANKS = re.compile(r"\s+")
WORD = re.compile(r"\S+")


class Piece(NamedTuple):
    """A stretch of a segment: *text* is what a reader sees of document[start:end].

    If both are the same, any part of it may be edited; else only the whole. No text: markup, which is kept. closed: no
    edit may touch it, as what parts two paragraphs. quote: what the stretch is quoted with, or "".
    """

    text: str
    start: int
    end: int
    closed: bool = False
    quote: str = ""


class Chunk(NamedTuple):
    """The part of an edit between two pieces of markup: its text, its raw form, and what follows it unchanged."""

    text: str
    raws: list[tuple[str, str]]  # text and raw form of each piece
    quote: str
    markup: str = ""


Write = Callable[[str, str], "str | None"]  # text and quote to raw text; None for what the place cannot hold


@dataclass(frozen=True)
class Segment:
    """A stretch of prose in a document.

    source: the document. write: writes new text as the format demands. outer: the segment whose text is the source of
    this one, as of a page in a JSON string, or None.
    """

    source: str
    pieces: tuple[Piece, ...]
    write: Write
    outer: "Segment | None" = None

    @cached_property
    def text(self) -> str:
        """What a reader sees."""
        return "".join(piece.text for piece in self.pieces)

    @cached_property
    def closed(self) -> tuple[tuple[int, int], ...]:
        """The (start, end) of each stretch of the text that no edit may touch."""
        spans = zip(self._offsets, self.pieces, strict=True)
        return tuple((at, at + len(piece.text)) for at, piece in spans if piece.closed)

    @cached_property
    def _offsets(self) -> list[int]:
        return list(accumulate((len(piece.text) for piece in self.pieces), initial=0))[:-1]

    def back(self, edit: Edit) -> Edit | None:
        """Return *edit* of the text as an edit of the document, or None if it cannot be written there."""
        moved = self._back(edit)
        return self.outer.back(moved) if self.outer is not None and moved is not None else moved

    def _back(self, edit: Edit) -> Edit | None:
        parts = list(self._parts(edit))
        if not parts or any(part is None for part in parts):
            return None
        pieces = [part for part in parts if part is not None]
        if any(left.end != right.start for left, right in pairwise(pieces)):
            return None
        start, end = pieces[0].start, pieces[-1].end
        after = self._written(list(self._chunks(pieces)), edit.after)
        before = self.source[start:end]
        if after is None or after == before:
            return None
        return Edit(start, end, before, after, edit.kind, edit.evidence, edit.confidence)

    def _parts(self, edit: Edit) -> Iterator[Piece | None]:
        """Yield the pieces, or parts of them, that *edit* covers; None for one that cannot be edited."""
        insertion = edit.start == edit.end
        at = bisect_right(self._offsets, edit.start) - 1
        for number in range(max(at, 0), len(self.pieces)):
            piece, offset = self.pieces[number], self._offsets[number]
            low, high = max(edit.start, offset), min(edit.end, offset + len(piece.text))
            if offset > edit.end or (offset == edit.end and not insertion):
                return
            if insertion and piece.text and not piece.closed:
                yield _part(piece, low - offset, low - offset, self.source)
                return
            if low < high:
                yield None if piece.closed else _part(piece, low - offset, high - offset, self.source)
            elif not piece.text and edit.start < offset:
                yield piece

    def _chunks(self, pieces: list[Piece]) -> Iterator[Chunk]:
        """Yield the parts of an edit between its markup."""
        raws: list[tuple[str, str]] = []
        quote = markup = ""
        for piece in pieces:
            raw = self.source[piece.start : piece.end]
            if piece.text or piece.start == piece.end:
                if markup:
                    yield Chunk("".join(text for text, _ in raws), raws, quote, markup)
                    raws, markup = [], ""
                raws.append((piece.text, raw))
                quote = piece.quote
            else:
                markup += raw
        yield Chunk("".join(text for text, _ in raws), raws, quote, markup)

    def _written(self, chunks: list[Chunk], after: str) -> str | None:
        """Return *after* as it is written over *chunks*, with the markup between them."""
        pieces = []
        for chunk, share in zip(chunks, shares([chunk.text for chunk in chunks], after), strict=True):
            raw = self._raw(chunk, share)
            if raw is None:
                return None
            pieces += [raw, chunk.markup]
        return "".join(pieces)

    def _raw(self, chunk: Chunk, after: str) -> str | None:
        """Return *after* as raw text; its blanks take the form that those of *chunk* have."""
        blanks = [(text, raw) for text, raw in _runs(chunk.raws) if text.isspace()]
        pieces: list[str] = []
        done = 0
        for match in BLANKS.finditer(after):
            word = self.write(after[done : match.start()], chunk.quote)
            blank = _taken(blanks, match[0])
            blank = self.write(match[0], chunk.quote) if blank is None else blank
            if word is None or blank is None:
                return None
            pieces += [word, blank]
            done = match.end()
        last = self.write(after[done:], chunk.quote)
        return None if last is None else "".join([*pieces, last])


def _part(piece: Piece, low: int, high: int, source: str) -> Piece | None:
    """Return text[low:high] of *piece*, or None where only the whole can be edited."""
    if (low, high) == (0, len(piece.text)):
        return piece
    if piece.text == source[piece.start : piece.end]:
        return piece._replace(text=piece.text[low:high], start=piece.start + low, end=piece.start + high)
    if low == high:  # at an edge: insertions go before or behind
        edge = piece.start if low == 0 else piece.end if low == len(piece.text) else None
        return None if edge is None else piece._replace(text="", start=edge, end=edge)
    return None


def _runs(raws: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the blanks of some raw text, each run with its raw form."""
    for text, raw in raws:
        if text == raw:
            for match in BLANKS.finditer(text):
                yield match[0], match[0]
        else:
            yield text, raw


def _taken(blanks: list[tuple[str, str]], wanted: str) -> str | None:
    """Take from *blanks* the raw form of the first that is like *wanted*, and return it."""
    for text, raw in blanks:
        if text == wanted or (wanted == " " and "\n" not in text):
            blanks.remove((text, raw))
            return raw
    return None


def shares(parts: list[str], after: str) -> list[str]:
    """Return *after* divided among the *parts* of what it replaces, which markup stands between.

    Word by word if there are as many as before, and all to the longest part if not; the others are left empty.

    >>> shares(["extra ", "folks"], "more people"), shares(["places ", "of work"], "offices")
    (['more ', 'people'], ['', 'offices'])
    """
    if len(parts) == 1:
        return [after]
    whole = "".join(parts)
    old, new = list(WORD.finditer(whole)), list(WORD.finditer(after))
    cuts = list(accumulate(map(len, parts)))[:-1]
    inside = any(match.start() < cut < match.end() for match in old for cut in cuts)
    if len(old) == len(new) and not inside:
        edges = [0, *(edge for match in new for edge in match.span()), len(after)]
        # A blank stays on its side of the markup: a cut before one is a cut behind the word before.
        numbers = [2 * sum(match.start() < cut for match in old) + (not whole[cut : cut + 1].isspace()) for cut in cuts]
        places = [edges[number] for number in numbers]
        return [after[low:high] for low, high in zip([0, *places], [*places, len(after)], strict=True)]
    longest = max(range(len(parts)), key=lambda i: (len(parts[i].strip()), -i))
    return [after if i == longest else "" for i in range(len(parts))]


def joined(paragraphs: Iterable[Iterable[Piece]]) -> Iterator[Piece]:
    """Yield the pieces of *paragraphs* with closed breaks between them."""
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield Piece(BREAK, 0, 0, closed=True)
        yield from paragraph


@dataclass(frozen=True)
class Document:
    """A text with the stretches of prose in it, each to be repaired on its own.

    kind: what it is, as `formats.kind_of` says. labels: what tells the segments apart in messages, "" for all of it.
    """

    text: str
    kind: str
    segments: tuple[Segment, ...]
    labels: tuple[str, ...] = ("",)

    @property
    def whole(self) -> bool:
        """Whether the document is nothing but prose."""
        return len(self.segments) == 1 and self.segments[0].text == self.text


def verbatim(text: str, start: int = 0) -> Document:
    """Return *text* as a document that is prose from *start* on."""
    return Document(text, "text", (Segment(text, (Piece(text[start:], start, len(text)),), lambda new, _: new),))
