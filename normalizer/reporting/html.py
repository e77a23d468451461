"""One article with its repairs as a page for a browser: one file that loads nothing, where edits can be decided.

All text of the article, of references and of file names is escaped by jinja2, or inserted as text by the page's script.
The page's content security policy allows its own script and style by their hashes, and nothing else: a browser would
not run a script in the article even if an escape were missing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from normalizer.edits import KINDS, Edit
from normalizer.plans import Listed, Plan, ascii_json
from normalizer.reporting.pages import part, policy, template, trusted
from normalizer.reporting.results import LIKELY, SURE, Result, is_spun, visible, visible_line
from normalizer.reporting.summary import counted, verdict_words

# Characters after which a paragraph is divided: browsers take seconds to lay out one of a megabyte.
LONGEST_BLOCK = 10_000
CHUNK = 5_000  # characters of paragraphs that are laid out together, when they are scrolled into view
BARS, BAR, GAP, HEIGHT = 60, 8, 2, 48  # the chart: number of bars; pixels from bar to bar, between bars, in height
BLANK = re.compile(r"\s")


class Marked(NamedTuple):
    """An edit as the page shows it. level: how sure it is, as a class of the style."""

    number: int
    kind: str
    before: str
    after: str
    held_back: bool
    level: str


class Piece(NamedTuple):
    """Text that stays, or an edit."""

    text: str
    edit: Marked | None = None


class Block(NamedTuple):
    """A paragraph, or a part of a very long one. continued: whether it goes on where the block before it ends."""

    pieces: list[Piece]
    continued: bool


class Bar(NamedTuple):
    """A bar of the chart, in pixels.

    first: the number of the first edit that it counts. label: its counts in words. x, width: its place. top: where it
    begins, from above. held, made: heights of its two parts.
    """

    first: int
    label: str
    x: int
    width: int
    top: float
    held: float
    made: float


def html_page(result: Result, name: str, references: Sequence[str] = ()) -> str:
    """Return the page for a repair. name: of the article. references: names of the references, in their order."""
    plan = result.plan()
    script, style = part("article.js"), part("base.css") + part("article.css")
    listed = plan.listed
    return template("article.html").render(
        name=visible_line(name),
        policy=policy(style, script),
        style=trusted(style),
        script=trusted(script),
        spun=is_spun(result.verdict),
        verdict=f"{counted(plan.edits)}; {verdict_words(result.verdict)}",
        chart=_chart(listed, plan.length),
        kinds=[(kind, count) for kind in KINDS if (count := sum(each.edit.kind == kind for each in listed))],
        families=_families(listed),
        chunks=list(chunks(blocks(result.source, listed))),
        signature=visible_line(plan.signature),
        data=trusted(_embedded(result.source, plan, name, references)),
    )


# --- the article ----------------------------------------------------------------------------------------------


def blocks(source: str, listed: Iterable[Listed]) -> Iterator[Block]:
    """Yield the paragraphs of *source* with the edits in place; lines that one edit spans are one block."""
    block, size = Block([], False), 0
    for text, each in _segments(source, listed):
        for line, ends, continued in _lines(text, size):
            size += len(line)
            if line:
                block.pieces.append(Piece(shown(line)))
            if ends:
                yield block
                block, size = Block([], continued), 0
        if each is not None:
            size += len(each.edit.before)
            block.pieces.append(Piece("", _marked(each)))
    yield block


def chunks(found: Iterable[Block]) -> Iterator[list[Block]]:
    """Yield the blocks in runs of about CHUNK characters, since a browser cannot watch thousands of single blocks."""
    run: list[Block] = []
    size = 0
    for block in found:
        run.append(block)
        size += sum(len(piece.text) + (len(piece.edit.after) if piece.edit else 0) for piece in block.pieces)
        if size >= CHUNK:
            yield run
            run, size = [], 0
    if run:
        yield run


def _segments(source: str, listed: Iterable[Listed]) -> Iterator[tuple[str, Listed | None]]:
    """Yield the text before each edit with the edit, and the text behind the last one with None."""
    done = 0
    for each in listed:
        yield source[done : each.edit.start], each
        done = each.edit.end
    yield source[done:], None


def _lines(text: str, used: int) -> Iterator[tuple[str, bool, bool]]:
    """Yield *text* in parts: each with whether a block ends behind it, and whether the next block continues that one.

    used: characters of the block so far.
    """
    *lines, last = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines:
        yield from _cut(line, used)
        yield "", True, False
        used = 0
    yield from _cut(last, used)


def _cut(line: str, used: int) -> Iterator[tuple[str, bool, bool]]:
    start = 0
    while used + len(line) - start > LONGEST_BLOCK:
        at = min(len(line), start + max(0, LONGEST_BLOCK - used))
        blank = BLANK.search(line, at)
        cut = min(blank.end() if blank else len(line), at + LONGEST_BLOCK)
        yield line[start:cut], True, True
        start, used = cut, 0
    yield line[start:], False, False


def _marked(each: Listed) -> Marked:
    edit = each.edit
    return Marked(each.number, edit.kind, shown(edit.before), shown(edit.after), each.held_back, level(edit))


def level(edit: Edit) -> str:
    """Return how sure an edit is: "sure", "likely" or "unsure"."""
    return "sure" if edit.confidence >= SURE else "likely" if edit.confidence >= LIKELY else "unsure"


def shown(text: str) -> str:
    """Return *text* for a page, with line feeds for all line ends and control characters as escapes."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))


# --- around it ------------------------------------------------------------------------------------------------


def _families(listed: Sequence[Listed]) -> list[tuple[str, str, int]]:
    """Return the families of the edits with what they are and their count, the most frequent first; "" for none."""
    from normalizer.lexicon import FAMILIES

    counts = Counter(each.edit.evidence.family or "" for each in listed)
    return [(shown(name), FAMILIES.get(name, "").partition(":")[0], count) for name, count in counts.most_common()]


def _chart(listed: Sequence[Listed], length: int) -> dict[str, object]:
    """Return the chart of how many edits lie in each part of an article of so many code points."""
    parts: list[list[Listed]] = [[] for _ in range(BARS)]
    for each in listed:
        parts[min(BARS - 1, each.edit.start * BARS // max(1, length))].append(each)
    most = max(map(len, parts))
    bars = [_bar(at, part, HEIGHT / most) for at, part in enumerate(parts) if part]
    caption = "Edits from the start of the article to its end; held-back ones are pale" if bars else "No edits"
    return {"width": BARS * BAR, "height": HEIGHT, "bars": bars, "caption": caption}


def _bar(at: int, part: Sequence[Listed], unit: float) -> Bar:
    held = sum(each.held_back for each in part)
    made = len(part) - held
    label = f"{made} made" + (f", {held} held back" if held else "")
    top = round(HEIGHT - len(part) * unit, 2)
    return Bar(part[0].number, label, at * BAR, BAR - GAP, top, round(held * unit, 2), round(made * unit, 2))


def _embedded(source: str, plan: Plan, name: str, references: Sequence[str]) -> str:
    """Return the data of the page's script as JSON, escaped so that it cannot end the script element."""
    gaps = [text for text, _ in _segments(source, plan.listed)]
    more = ascii_json({"name": name, "gaps": gaps, "references": list(references)})
    written = f'{{"plan": {plan.to_json()}, {more[1:]}'
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
