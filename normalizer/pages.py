"""An article as read: its tokens and sentences, and many articles side by side as columns.

A page is what is read at once: an article, or a window of whole sentences of a very long one, so that memory does not
grow with the text. Pages lie side by side in a batch, and every array over its tokens or sentences holds all of them.
What is worked out for one page never depends on the others.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.edits import Edit
from normalizer.lexicon.compiled import CompiledLexicon
from normalizer.prose import read_prose
from normalizer.prose.seams import Knows, nothing
from normalizer.prose.spans import united
from normalizer.ragged import offsets_of
from normalizer.residue import residue_edits
from normalizer.tokens import Token, sentences

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Spans = list[tuple[int, int]]

# Characters read at once. Most articles are shorter: what depends on the whole of one (how often a swap agrees with
# itself, phrases that stand elsewhere in it) is looked for within a page. The readings of 25,000 take some 40 MB.
LONGEST_PAGE = 25_000
# What comes behind cannot be a wrapped line. A run of blanks is tried from its beginning only, in linear time.
PARAGRAPH = re.compile(r"(?<!\s)[^\S\r\n]*+[\r\n]\s*+(?=[^\s\W]|[\"“‘'(])(?=[^a-zß-öø-ÿ])")
SENTENCE = re.compile(r"[.!?][\"”’)]*\s+(?=[A-Z])")
BLANK = re.compile(r"\s+")


class Page(NamedTuple):
    """What is read at once of an article.

    text: of the whole article; the offsets of *tokens* and *residue* point into it. spans: (first, end) token of each
    sentence. residue: edits that remove what a scraper left. kept: (start, end) offsets of what no edit may touch.
    """

    text: str
    tokens: list[Token]
    spans: Spans
    residue: list[Edit]
    kept: Sequence[tuple[int, int]] = ()


def page_bounds(text: str, longest: int = LONGEST_PAGE) -> list[tuple[int, int]]:
    """Return (start, end) offsets of the pages of *text*, at most *longest* characters each.

    They are cut at the last paragraph that begins there, else at a sentence, else at a blank. Text without any of these
    is cut where it is.
    """
    bounds, start = [], 0
    while len(text) - start > longest:
        cut = _last_cut(text, start, start + longest)
        bounds.append((start, cut))
        start = cut
    return [*bounds, (start, len(text))]


def _last_cut(text: str, start: int, end: int) -> int:
    for pattern in (PARAGRAPH, SENTENCE, BLANK):
        for low in (start + (end - start) // 2, start):  # the second half mostly has one
            cuts = [match.end() for match in pattern.finditer(text, low, end) if start < match.end() < end]
            if cuts:
                return cuts[-1]
    return end


def read_page(
    text: str,
    bounds: tuple[int, int],
    residue: list[Edit],
    knows: Knows = nothing,
    kept: Sequence[tuple[int, int]] = (),
) -> Page:
    """Return the part of *text* within *bounds* in tokens and sentences.

    residue, kept: of the whole text. knows: says whether a folded word is known, see `prose.read_prose`.
    """
    tokens, own = read_prose(text, *bounds, knows)
    kept = united([*kept, *own]) if kept else own
    return Page(text, tokens, list(sentences(text, tokens)), residue, kept)


def read(text: str) -> Page:
    """Return the whole of *text* as one page, however long."""
    return read_page(text, (0, len(text)), residue_edits(text))


@dataclass(frozen=True, slots=True)
class Batch:
    """Pages side by side. Tokens, sentences and pages are numbered from the first page to the last.

    words: number of each token's word (see `WordIds`), shape (tokens,). upper, lower, letter: whether the token begins
    with a capital, a small letter, a letter at all. starts, stops: offsets into the page's text. sentence_of, page_of:
    sentence and page of each token. firsts, ends: tokens of each sentence, shape (sentences,). sentence_page: page of
    each sentence. token_offsets, sentence_offsets: where those of each page begin, shape (pages + 1,).
    """

    pages: tuple[Page, ...]
    words: Ints
    upper: Bools
    lower: Bools
    letter: Bools
    starts: Ints
    stops: Ints
    sentence_of: Ints
    page_of: Ints
    firsts: Ints
    ends: Ints
    sentence_page: Ints
    token_offsets: Ints
    sentence_offsets: Ints

    def tokens(self, start: int, end: int) -> list[Token]:
        """Return the tokens with the numbers *start* to *end*, all of one page."""
        page = int(self.page_of[start])
        base = int(self.token_offsets[page])
        return self.pages[page].tokens[start - base : end - base]


def lay_out(pages: Iterable[Page], lexicon: CompiledLexicon) -> Batch:
    """Return *pages* side by side."""
    kept = tuple(pages)
    tokens = [token for page in kept for token in page.tokens]
    token_offsets = offsets_of(np.array([len(page.tokens) for page in kept], dtype=np.int64))
    sentence_offsets = offsets_of(np.array([len(page.spans) for page in kept], dtype=np.int64))
    sizes, counts = np.diff(token_offsets), np.diff(sentence_offsets)
    spans = np.array([span for page in kept for span in page.spans], dtype=np.int64).reshape(-1, 2)
    base = np.repeat(token_offsets[:-1], counts)
    firsts, ends = spans[:, 0] + base, spans[:, 1] + base
    heads = [token.text[0] for token in tokens]
    return Batch(
        kept,
        lexicon.ids.of([token.word for token in tokens]),
        np.fromiter(map(str.isupper, heads), np.bool_, len(heads)),
        np.fromiter(map(str.islower, heads), np.bool_, len(heads)),
        np.fromiter(map(str.isalpha, heads), np.bool_, len(heads)),
        np.array([token.start for token in tokens], dtype=np.int64),
        np.array([token.end for token in tokens], dtype=np.int64),
        np.repeat(np.arange(len(firsts)), ends - firsts),
        np.repeat(np.arange(len(kept)), sizes),
        firsts,
        ends,
        np.repeat(np.arange(len(kept)), counts),
        token_offsets,
        sentence_offsets,
    )


def touched(batch: Batch) -> Bools:
    """Return for each token, and for the gap behind it, whether residue is removed or text is kept there.

    Shape (2, tokens).
    """
    marks = np.zeros((2, len(batch.words)), dtype=np.bool_)
    for number, page in enumerate(batch.pages):
        if (page.residue or page.kept) and page.tokens:
            own = slice(int(batch.token_offsets[number]), int(batch.token_offsets[number + 1]))
            stretches = united([*((edit.start, edit.end) for edit in page.residue), *page.kept])
            _mark(marks[:, own], batch.starts[own], batch.stops[own], stretches)
    return marks


def _mark(marks: Bools, starts: Ints, stops: Ints, stretches: Spans) -> None:
    """Set the *marks* of one page's tokens, and of the gaps behind them, that one of *stretches* touches."""
    edges = np.array(stretches, dtype=np.int64)
    for row, (low, high) in enumerate(((starts, stops), (stops, np.append(starts[1:], stops[-1:])))):
        first = np.searchsorted(edges[:, 1], low, "right")
        inside = np.minimum(first, len(edges) - 1)
        marks[row] = (first < len(edges)) & (edges[inside, 0] < high)
