"""What the scraper or the spinner's template left on a page: "[ad_1]", "{hardware}", "Source link", comment forms.

Each artefact is found by a rule, a line of data below, and becomes an edit like all others. Left alone on purpose: site
headers ("My Blog"), headlines under "Related posts", the "Supply:" before a credit (a lexicon entry) and Indian digit
groups such as 1,00,000 (a legitimate style).
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, partial
from typing import NamedTuple

from normalizer.edits import Edit, Evidence
from normalizer.numerals import CARDINALS
from normalizer.prose.languages import english_surplus


class Rule(NamedTuple):
    """One kind of artefact.

    hints: letters in lower case of which some stand wherever the pattern fits; looking for them first spares a text
    without any nine tenths of the time. pattern: what it looks like; place "line" and "tail" match a whole line without
    the white space around it, "start" its beginning, the others anywhere. place: a key of PLACES. example_firing,
    example_silent: a text with the artefact, and a clean one much like it. confidence: 0 to 1, judged, not measured.
    replacement: what is left of the artefact, as for re.sub. unless: a pattern that, found anywhere, says that the text
    is about such things. doubtful: whether it is an artefact in spun text only.
    """

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    place: str
    example_firing: str
    example_silent: str
    confidence: float
    replacement: str = ""
    unless: re.Pattern[str] | None = None
    doubtful: bool = False


class Line(NamedTuple):
    """One line without its line end and the white space around it. start: code points into the text."""

    start: int
    text: str


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.VERBOSE)


# Body text for the examples: a page's tail begins after its last line of prose.
_BODY = "The minister said on Friday that the talks would go on next week.\n"

# A text about any of these shows the artefact on purpose. The cost: in such an article real residue stays.
ABOUT_CODE = _pattern(
    r"""
      ``` | </[a-z]+> | <script | \b Dear [ ] \{                                    # code, and a form letter
    | (?i: \b (?: templates? | templating | placeholders? | curly | json | syntax | mail [ ] merge ) \b )
    """
)
ABOUT_PAGES = _pattern(r"``` | </[a-z]+> | <script | (?i: \b (?: shortcodes? | embed [ ] codes? ) \b )")
ABOUT_QUOTES = _pattern(r"(?i: \b (?: guillemets? | angle [ ] quotes? | quotation [ ] marks? ) \b )")

BRACES = _pattern(r"(?<! [^\s(“‘\"'] ) \{ ( [A-Za-z][a-z]+ (?: [ ] [A-Za-z][a-z]* ){0,3} ) \} (?! [\w{(\[=/] )")

FIGURES = {word: value for word, value in CARDINALS.items() if 1 <= value <= 9}

RULES = (
    Rule(
        name="ad marker",
        hints=("[ad",),
        pattern=_pattern(r"(?i) \[ ad _? \d{1,2} \]"),
        place="line",
        example_firing="[ad_1]\n" + _BODY,
        example_silent="Figures in the annex [ad_1] were revised.\n",
        confidence=0.99,
        unless=ABOUT_PAGES,
    ),
    Rule(
        name="source link",
        hints=tuple(
            f"{source}{gap}{link}" for source in ("source", "supply") for gap in " _" for link in ("link", "hyperlink")
        ),
        pattern=_pattern(r"(?i) (?: source | supply ) [ _] (?: link | hyperlink )"),
        place="tail",
        example_firing=_BODY + "Source_link\n",
        example_silent="Source link\n" + _BODY,
        confidence=0.98,
    ),
    Rule(
        name="related posts",
        hints=("related posts", "related articles", "related stories", "related news"),
        pattern=_pattern(r"(?i) related [ ] (?: posts | articles | stories | news ) :?"),
        place="tail",
        example_firing=_BODY + "Related Posts\n",
        example_silent="Related stories\n" + _BODY,
        confidence=0.95,
    ),
    Rule(
        name="comment form",
        hints=("leave a reply", "leave a comment", "cancel reply", "post comment", "*"),
        pattern=_pattern(
            r"""(?i)
              leave [ ] a [ ] (?: reply | comment ) (?: [ ]? cancel [ ] reply )?  |  cancel [ ] reply
            | post [ ] comment  |  (?: comment | name | email ) [ ]? \*
            """
        ),
        place="tail",
        example_firing=_BODY + "Leave a Reply Cancel reply\nName *\n",
        example_silent="Leave a comment\n" + _BODY,
        confidence=0.97,
    ),
    Rule(
        name="comment notice",
        hints=("will not be published", "save my name", "notify me of", "this site uses akismet"),
        pattern=_pattern(
            r"""(?i)
              your [ ] e-?mail [ ] address [ ] will [ ] not [ ] be [ ] published [.]?
                  (?: [ ]? required [ ] fields [ ] are [ ] marked (?: [ ]? \* )? )?
            | save [ ] my [ ] name, [ ] e-?mail,? [ ] and [ ] website [ ] in [ ] this [ ] browser [ ] for
                  [ ] the [ ] next [ ] time [ ] I [ ] comment [.]?
            | notify [ ] me [ ] of [ ] (?: follow-up [ ] comments | new [ ] posts ) [ ] (?: by | via )
                  [ ] e-?mail [.]?
            | this [ ] site [ ] uses [ ] akismet [ ] to [ ] reduce [ ] spam [.]
                  (?: [ ] learn [ ] how [ ] your [ ] comment [ ] data [ ] is [ ] processed [.]? )?
            """
        ),
        place="line",
        example_firing="Your email address will not be published. Required fields are marked *\n",
        example_silent="The form says that your email address will not be published.\n",
        confidence=0.98,
        unless=ABOUT_PAGES,
    ),
    Rule(
        name="share buttons",
        hints=("share this:", "like this:", "like loading"),
        pattern=_pattern(
            r"""(?i)
              share [ ] this: | like [ ] this: (?: [ ] like [ ] loading (?: \.{3} | … ) )?
            | like [ ] loading (?: \.{3} | … )
            """
        ),
        place="tail",
        example_firing=_BODY + "Share this:\nLike this: Like Loading...\n",
        example_silent="Like this:\n" + _BODY,
        confidence=0.97,
    ),
    Rule(
        name="tweet embed",
        hints=("tweet embed",),
        pattern=_pattern(r"(?i) tweet [ ] embed"),
        place="line",
        example_firing=_BODY + "Tweet embed\n" + _BODY,
        example_silent="The page has a tweet embed under each photo.\n",
        confidence=0.95,
        unless=ABOUT_PAGES,
    ),
    Rule(
        name="button script",
        hints=("(function", "'script'", "fjs", "getelementbyid", "createelement", "js.src", "js.id"),
        pattern=_pattern(
            r"""
              (?: (?: \( function \( d, \s? s, \s? id \) \s* \{
                    | var [ ] js CODE ;
                    | if \s? \( d\.getElementById\( id \) \) \s* (?: \{ \s* return \s* ;? \s* \} | return \s* ; )
                    | js \s? = \s? d\.createElement\( CODE ;
                    | js\.\w+ \s? = CODE ;
                    | fjs\.parentNode\.insertBefore\( CODE ;
                    | \} \s* \( document, \s? 'script', \s? '[\w-]+' \) \) \s* ;
                  ) \s* )+
            """.replace("CODE", r"""(?: [^;"'\n] | "[^"\n]*" | '[^'\n]*' )*+""")
        ),
        place="start",
        example_firing=_BODY + "(function(d, s, id) { var js, fjs = d.getElementsByTagName(s)[0];\n",
        example_silent="The call (function(d, s, id) loads the button.\n",
        confidence=0.97,
        unless=ABOUT_PAGES,
    ),
    Rule(
        name="dollars in braces",
        hints=("{dollars}",),
        pattern=_pattern(
            r"""
            (?<! [\w.,$€£] ) ( \d+ (?: [.,]\d+ )* (?: [ ] (?: million | billion | trillion ) )? )
            [ ] \{dollars\}
            """
        ),
        place="braces",
        replacement=r"$\1",
        example_firing="The pass costs 5.61 {dollars} a month.\n",
        example_silent="The template prints 5.61 {dollars} here.\n",
        confidence=0.95,
        unless=ABOUT_CODE,
    ),
    Rule(
        name="braces",
        hints=("{",),
        pattern=BRACES,
        place="braces",
        replacement=r"\1",
        example_firing="They moved the {hardware} on Friday, the official said.\n",
        example_silent="Hello {name}, your order of {item} for {company} has left {city}.\n",
        confidence=0.97,
        unless=ABOUT_CODE,
    ),
    Rule(
        name="braces in quotations",  # where a spinner leaves them like anywhere, and an editor says what "it" is
        hints=("{",),
        pattern=BRACES,
        place="quoted braces",
        replacement=r"\1",
        example_firing="He said that “the {trade} talks” would go on and that they were frank.\n",
        example_silent="He said “hello {name}”, “your {item} has left” and “see {city}”.\n",
        confidence=0.97,
        unless=ABOUT_CODE,
        doubtful=True,
    ),
    Rule(
        name="guillemets",
        hints=("«",),
        pattern=_pattern(r"« [ \u00A0\u202F]? ( [^«»\n\r]+? ) [ \u00A0\u202F]? »"),
        place="english",
        replacement=r"“\1”",
        example_firing="He said that the talks were «frank» and that they would go on.\n",
        example_silent="Il a dit que les pourparlers étaient «francs» et la suite est pour lundi.\n",
        confidence=0.9,
        unless=ABOUT_QUOTES,
    ),
    Rule(
        name="doubled stop",
        hints=(". .",),
        pattern=_pattern(r"(?<= [\w”»\"’)] [.] ) [ ] [.] (?= \s | $ ) (?! [ ] [.] )"),
        place="anywhere",
        example_firing="That is all, he told reporters. . The talks go on.\n",
        example_silent="He paused. . . and went on.\n",
        confidence=0.95,
    ),
    Rule(
        name="picture link",
        hints=("%.twitter.com/",),
        pattern=_pattern(r"(?<! [\w%/.] ) % (?= \.twitter\.com/\w )"),
        place="anywhere",
        replacement="pic",
        example_firing="Good to see my friend %.twitter.com/WEDd\n",
        example_silent="Good to see my friend pic.twitter.com/WEDd and a 40%.twitter.com/a\n",
        confidence=0.97,
    ),
    Rule(
        name="spelt digit in a number",
        hints=tuple(f"{numeral}{mark}" for numeral in FIGURES for mark in ",."),
        pattern=_pattern(
            r"""
            (?<! [\w.,/-] ) (?i: one | two | three | four | five | six | seven | eight | nine )
            ( , (?: \d{2}, )* \d{3} (?: ,\d{3} )* (?! ,? \d ) (?! \w )       # two,03,678 and one,431
              | \. \d{1,2} (?= -? [a-z] | [ ] [a-z] | [ ]? % ) )          # two.5 million
            """
        ),
        place="digits",
        example_firing="It sold two.5 million phones and two,03,678 chargers.\n",
        example_silent="It was the best of the two.5 Of the other two, 300 were recalled.\n",
        confidence=0.95,
    ),
)

WORD = re.compile(r"[^\W\d_]+")
LINE = re.compile(r"[^\r\n]+")
FAR_LETTER = re.compile(r"[^\W\d_\u0000-\u024F]")  # of another script than Latin
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*\Z")
BLANKS = " \t\u00a0\u200b\ufeff"

# Names of form fields. The cost: a spun noun that happens to be one of these keeps its braces.
PLACEHOLDERS = frozenset(WORD.findall("name username user id email url key value date"))
# Spun pages show one pair of braces in 300 to 1,300 words (seeds 000 and 003), form letters about one in ten.
WORDS_PER_BRACE = 40
# A line of so many words that ends a sentence is body text; a shorter one may be a caption or a button.
PROSE_WORDS = 8
TAIL_LINES = 15
TAIL_SHARE = 0.25


class Page:
    """A text as the rules look at it; what only some of them need is worked out when one asks for it."""

    def __init__(self, text: str) -> None:
        """Take the *text*."""
        self.text = text

    @cached_property
    def lines(self) -> list[Line]:
        """The lines that hold more than blanks."""
        return [line for match in LINE.finditer(self.text) if (line := _line(match)).text]

    @cached_property
    def tail(self) -> int:
        """Where, in code points, the lines after the last prose begin."""
        lines = self.lines
        body = max((i for i, line in enumerate(lines) if _is_prose(line.text)), default=len(lines))
        first = max(body + 1, len(lines) - max(TAIL_LINES, int(len(lines) * TAIL_SHARE)))
        return lines[first].start if first < len(lines) else len(self.text)


# What is no residue on a whole web page.
AT_HOME = frozenset(("source link", "related posts", "comment form", "comment notice", "share buttons"))

Found = Iterator[tuple[int, int, str]]  # start, end, what comes there instead


def residue_edits(text: str, *, whole_page: bool = False) -> list[Edit]:
    """Return the edits that remove scrape artefacts, in order, none overlapping; line ends stay.

    Those of a rule in DOUBTFUL are to be made in spun text only. whole_page: the text is the whole of a web
    page, whose lists of links and comment forms belong to it.
    """
    page, lowered = Page(text), text.lower()
    edits: list[Edit] = []
    for rule in RULES:
        if not any(hint in lowered for hint in rule.hints) or (whole_page and rule.name in AT_HOME):
            continue
        found = _new_edits(rule, page, edits)
        if found and not (rule.unless and rule.unless.search(text)):
            edits = sorted([*edits, *found])
    return edits


def _new_edits(rule: Rule, page: Page, taken: list[Edit]) -> list[Edit]:
    """Return what *rule* finds in the places no rule before it has *taken*."""
    return [
        Edit(start, end, page.text[start:end], after, "residue", Evidence(note=rule.name), rule.confidence)
        for start, end, after in PLACES[rule.place](rule, page)
        if not touches(taken, start, end)
    ]


def touches(edits: Sequence[Edit], start: int, end: int) -> bool:
    """Say whether one of *edits*, in order and without overlaps, changes something between *start* and *end*."""
    at = bisect_right(edits, start, key=lambda edit: edit.end)
    return at < len(edits) and edits[at].start < end


def _line(match: re.Match[str]) -> Line:
    right = match.group().rstrip(BLANKS)
    left = right.lstrip(BLANKS)
    return Line(match.start() + len(right) - len(left), left)


def _is_prose(line: str) -> bool:
    ends = len(line.split()) >= PROSE_WORDS and SENTENCE_END.search(line) is not None
    return ends and not _is_residue_line(line)


def _is_residue_line(line: str) -> bool:
    return any(pattern.fullmatch(line) for pattern in LINE_PATTERNS)


# --- kinds of places: how the match of a rule becomes an edit ------------------------------------------


def _on_lines(rule: Rule, page: Page) -> Found:
    for line in page.lines:
        if rule.pattern.fullmatch(line.text):
            yield line.start, line.start + len(line.text), rule.replacement


def _at_line_starts(rule: Rule, page: Page) -> Found:
    for line in page.lines:
        if match := rule.pattern.match(line.text):
            yield line.start, line.start + match.end(), rule.replacement


def _in_tail(rule: Rule, page: Page) -> Found:
    return (found for found in _on_lines(rule, page) if found[0] >= page.tail)


def _anywhere(rule: Rule, page: Page) -> Found:
    for match in rule.pattern.finditer(page.text):
        yield match.start(), match.end(), match.expand(rule.replacement)


def _as_digits(rule: Rule, page: Page) -> Found:
    """Yield whole numbers, so that nothing reads the rest of one as a number of its own ("2" as "two" in "four.2")."""
    for match in rule.pattern.finditer(page.text):
        digit = FIGURES[page.text[match.start() : match.start(1)].lower()]
        yield match.start(), match.end(), f"{digit}{match.group(1)}"


def _in_prose_braces(rule: Rule, page: Page, *, quoted: bool = False) -> Found:
    """Yield the matches if all braces of the text are plain and few; otherwise they mean something.

    quoted: where all of them stand in quotations, or only where some do not.
    """
    if "{" not in page.text:
        return
    body = [line.text for line in page.lines if not _is_residue_line(line.text)]
    braces = [match for line in body for match in BRACES.finditer(line)]
    words = sum(len(line.split()) for line in body)
    plain = sum(line.count("{") + line.count("}") for line in body) == 2 * len(braces)
    named = any(PLACEHOLDERS.intersection(match.group(1).lower().split()) for match in braces)
    if plain and not named and len(braces) <= 1 + words / WORDS_PER_BRACE and quoted == all(map(_is_quoted, braces)):
        yield from _anywhere(rule, page)


def _is_quoted(match: re.Match[str]) -> bool:
    """Say whether a match in a line stands inside a quotation."""
    before = match.string[: match.start()]
    curly = before.count("“") + before.count("``") - before.count("”") - before.count("''")
    return curly > 0 or before.count('"') % 2 == 1


def _in_english(rule: Rule, page: Page) -> Found:
    """Yield the two marks of each English quotation, in the style that the rest of the text has."""
    if "«" not in page.text or english_surplus(page.text) < 1:
        return
    straight = page.text.count('"') > page.text.count("“") + page.text.count("”")
    surplus = cache(lambda number: english_surplus(page.lines[number].text))  # of a line, which may hold many
    for match in rule.pattern.finditer(page.text):
        inside, line = match.group(1), _line_number(page, match.start())
        if english_surplus(inside) >= 0 and surplus(line) >= 0 and not FAR_LETTER.search(inside):
            yield match.start(), match.start(1), '"' if straight else "“"
            yield match.end(1), match.end(), '"' if straight else "”"


def _line_number(page: Page, start: int) -> int:
    return bisect_right(page.lines, start, key=lambda line: line.start) - 1


LINE_PATTERNS = [rule.pattern for rule in RULES if rule.place in ("line", "start", "tail")]
DOUBTFUL = frozenset(rule.name for rule in RULES if rule.doubtful)
PLACES: dict[str, Callable[[Rule, Page], Found]] = {
    "line": _on_lines,
    "start": _at_line_starts,
    "tail": _in_tail,
    "anywhere": _anywhere,
    "digits": _as_digits,
    "braces": _in_prose_braces,
    "quoted braces": partial(_in_prose_braces, quoted=True),
    "english": _in_english,
}
