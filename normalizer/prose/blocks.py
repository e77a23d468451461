"""Lines that are no prose: front matter, code with and without fences, rows of figures.

In code, comments are prose: "x = 1  # extra" has a word of the author's behind the mark.
"""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from normalizer.prose.seams import ENTITY

FENCE = re.compile(r"[ \t>]{0,12}(`{3,}|~{3,})[^`\r\n]{0,80}\Z")
# A comment's mark has a blank behind it, and one before it or nothing. The cost: "#extra" stays.
COMMENT = re.compile(r"(?:\A|(?<=\s))(?:#+|//+|--)[ \t]+(?=[^\W\d_])")
BORDER = re.compile(r"(?:---|\+\+\+)[ \t]*\Z")
KEY = re.compile(r"[\w-]{1,80}[ \t]*[:=][ \t]*")
VISIBLE_KEYS = re.compile(r"(?i)[\"']?(?:title|sub_?title|headline|description|summary|excerpt|lead)[\"']?[ \t]*[:=]")
LONGEST_FRONT_MATTER = 60  # lines
# Letters that code is full of and prose is not; how much of a line they are at the least, and how long a run of plain
# words may be. Of the lines of this package without its docstrings .58 look like code by themselves and .80 with their
# neighbours; of 579 lines of the seeds and stories none.
SYMBOL = re.compile(r"[{}()\[\]=<>;_$\\|&*+#@~^/:\"'`.,]")
STRONG = re.compile(r"[{}=<>;_$\\|&*+@~^`\[\]]|\w\(|\)[:;,)]|\":|::|->|//")
LEAST_SYMBOLS = 0.04
PLAIN_WORDS = re.compile(r"(?:(?<![\w$])[A-Za-z][a-z'’]{0,30},?[ ]){5}[a-z]")
CODE_LINE = re.compile(
    r"""
      \A (?: @?\w[\w.\[\]"'*&$>-]{0,80} [ ]? [-+*/|&^%:]?= [^=] .*                  # total += price
        | [\w.$>-]{1,80} \( .* \) [ ]? [;:{,]? (?: [ ]? (?: \# | // ) .* )?      # print("x")
        | .{0,200} (?: \w[(\[] | = | -> | :: ) .{0,300} ;                      # int x = f(y);
        | .* [)\w] \s? \{ | \} .* | [\])}] [\])};,]* | [{\[(]+                        # if (x) {
        | (?: def | class | async | fn | func | function | public | private | protected | static | const | let | var
            | struct | enum | impl | interface | package | namespace | template | extern ) \s .*
        | (?: if | elif | else | for | while | switch | case | try | except | catch | finally | with ) \b .* [:{]
        | (?: from [ ] [\w.]+ [ ] import [ ] .* | import [ ] [\w.]+ (?: [ ] as [ ] \w+ )? ;? )
        | (?: return | yield | raise | throw | assert | await | print | echo | export | require ) \b .*
        | (?: SELECT | INSERT [ ] INTO | UPDATE | DELETE [ ] FROM | CREATE [ ] (?: TABLE|INDEX|VIEW )
            | ALTER [ ] TABLE ) \b .*
        | \#!? [ ]? (?: include | define | ifdef | ifndef | endif | pragma | / ) .* | >>> .* | \.\.\. [ ] .*
        | \$ [ ] \w .* | (?: sudo | pip | npm | git | docker | apt-get | curl | wget | cd | make ) [ ] .*
        | <!-- .* | --> | // .* | /\* .* | \*/ | @ \w+ (?: \( .* \) )?
        | ["']? [\w.-]+ ["']? \s? : \s? (?: ["'\[{] .* | true | false | null | -?\d [\d.]* ) ,?  # JSON, YAML
      )
    """,
    re.VERBOSE,
)
HUMP = re.compile(r"[a-z][A-Z]")
# A name that goes on behind it lost its blank: "statesHarry S Truman".
CAMEL = re.compile(r"(?<![\w.])[a-z]{1,30}[A-Z]\w{1,60}+(?![^\S\n]{1,3}[A-Z])")
CELL_BORDER = re.compile(r"\t+|[ ]{2,}|[ ]?\|[ ]?|;(?=\S)|,(?=\S)(?!\d{3}(?:\D|\Z))")
DIGIT = re.compile(r"\d")
FIGURE = re.compile(r"[-+(~<>≈]?[$€£¥₹]?[-+]?\d[\d.,:/]*\s?(?:%|[a-zA-Z]{1,3})?\)?\*?|[-–—.]|n/?a|N/?A")
LEAST_FIGURES = 2  # cells of a row
LONGEST_ROW = 250  # characters


class Line(NamedTuple):
    """A line without its end. start: offset into the text."""

    start: int
    text: str


def lines_of(text: str) -> list[Line]:
    """Return the lines of *text*."""
    lines = text.splitlines(keepends=True)
    starts = accumulate(map(len, lines), initial=0)
    return [Line(start, line.rstrip("\r\n")) for start, line in zip(starts, lines, strict=False)]


def front_matter(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands before a page's text between two lines of dashes, but for what its readers see."""
    lines = lines_of(text[: 200 * LONGEST_FRONT_MATTER])[:LONGEST_FRONT_MATTER]
    if not lines or not BORDER.fullmatch(lines[0].text.lstrip("\ufeff")):
        return
    last = next((at for at, line in enumerate(lines[1:], 1) if BORDER.fullmatch(line.text)), 0)
    if last and all(not line.text.strip() or line.text[0] in " \t-#" or KEY.match(line.text) for line in lines[1:last]):
        for line in lines[: last + 1]:
            visible = VISIBLE_KEYS.match(line.text)
            yield line.start, line.start + (visible.end() if visible else len(line.text))


def fenced(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands in fences of backticks or tildes; what is never closed ends with its paragraph."""
    lines = lines_of(text)
    at = 0
    while at < len(lines):
        opening = FENCE.match(lines[at].text)
        if opening is None:
            at += 1
            continue
        last = _closing(lines, at, opening.group(1))
        for line in lines[at : last + 1]:
            yield from _code(line)
        at = last + 1


def _closing(lines: list[Line], first: int, mark: str) -> int:
    """Return the line that closes the fence *mark* of line *first*, else the last one of its paragraph."""
    for at in range(first + 1, len(lines)):
        inner = lines[at].text.strip(" \t>")
        if len(inner) >= len(mark) and not inner.strip(mark[0]):
            return at
    return next((at - 1 for at in range(first + 1, len(lines)) if not lines[at].text.strip()), len(lines) - 1)


def _code(line: Line) -> Iterator[tuple[int, int]]:
    """Yield a line of code without the words of its comment."""
    comment = COMMENT.search(line.text)
    end = comment.end() if comment else len(line.text)
    inner = line.text[:end]
    yield line.start + len(inner) - len(inner.lstrip()), line.start + len(inner.rstrip())


def unfenced(text: str) -> Iterator[tuple[int, int]]:
    """Yield lines that look like code, and indented ones beside them."""
    lines = lines_of(text)
    code = [looks_like_code(line.text) for line in lines]
    for step in (1, -1):  # an indented line behind or before one of code is code, too
        order = range(len(lines)) if step == 1 else range(len(lines) - 1, -1, -1)
        for at in order:
            beside = at - step
            if 0 <= beside < len(lines) and code[beside] and _continues(lines[at].text, lines[beside].text):
                code[at] = True
    for line, is_code in zip(lines, code, strict=True):
        if is_code:
            yield from _code(line)


def _continues(line: str, code: str) -> bool:
    deep = line[:1] in " \t" and len(line) - len(line.lstrip()) >= min(4, len(code) - len(code.lstrip()) or 4)
    return deep and bool(line.strip()) and not PLAIN_WORDS.search(line)


def looks_like_code(line: str) -> bool:
    """Say whether *line* has the form of a statement, and more symbols and fewer plain words than prose has."""
    inner = ENTITY.sub("", line).strip()
    if len(inner) < 2 or len(inner) > 500 or not STRONG.search(inner) or not CODE_LINE.fullmatch(inner):
        return False
    comment = COMMENT.search(inner)
    code = inner[: comment.start()] if comment else inner
    symbols = len(SYMBOL.findall(code))
    return symbols >= LEAST_SYMBOLS * len(code) and not PLAIN_WORDS.search(code)


def figures(text: str) -> Iterator[tuple[int, int]]:
    """Yield rows of cells of which most are figures, and the row of heads above them."""
    lines = lines_of(text)
    rows = [_cells(line.text) if DIGIT.search(line.text) else [] for line in lines]
    told = [_is_row(cells) for cells in rows]
    for at, line in enumerate(lines):
        if told[at] or (at + 1 < len(lines) and told[at + 1] and _are_heads(_cells(line.text), len(rows[at + 1]))):
            yield line.start, line.start + len(line.text)


def _cells(line: str) -> list[str]:
    """Return the cells of a row; a line longer than rows are is none."""
    return [] if len(line) > LONGEST_ROW else [cell for cell in CELL_BORDER.split(line.strip()) if cell.strip(" |")]


def _is_row(cells: list[str]) -> bool:
    found = sum(FIGURE.fullmatch(cell.strip(" |")) is not None for cell in cells)
    return found >= LEAST_FIGURES and 2 * found >= len(cells)


def _are_heads(cells: list[str], count: int) -> bool:
    """Say whether *cells* may be the heads of a row of so many; the first column often has none."""
    return len(cells) > 1 and 0 <= count - len(cells) < 2


def camels(text: str) -> Iterator[tuple[int, int]]:
    """Yield words with a capital behind a small letter they begin with: "extraFolks"."""
    if HUMP.search(text):
        yield from (match.span() for match in CAMEL.finditer(text))
