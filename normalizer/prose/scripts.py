"""Statements of scripts and style sheets that an extractor left between sentences."""

import re
from collections.abc import Iterator

# Where a statement may begin: a name with a member that is called or set, a declaration, a function, a style rule, an
# object in JSON. The cost: "the.stock(s)" with a missing blank is taken for a call and stays as it is.
OPENING = re.compile(
    r"""
    (?<! [\w.$@/-] ) (?:
        (?: var | let | const ) [ ] [\w$]{1,60} \s? = (?!=)
      | [\w$]{1,60} (?: \. [\w$]{1,60} | \[ [^\]\n]{1,60} \] ){1,8} (?: \s? (?: =(?!=) | [|+]= ) | \( )
      | function \s? [\w$]{0,60} \s? \( [\w$,\s]{0,200} \) \s? \{
      | (?: gtag | fbq | ga | gtm | require | define | setTimeout | setInterval | addEventListener | alert | eval
          | adsbygoogle | __\w{1,30} ) \( (?= ['"{\[\w] )
      | (?: if | for | while | switch ) \s? \( [^)\n]{1,200} \) \s? \{
      | (?: try | else ) \s? \{
      | new [ ] [A-Z]\w{0,60} \(
      | @(?: media | import | font-face | keyframes ) \b [^{};\n]{0,200} (?= [{;] )
    )
    | \$? \( (?: \s? function \b | \s? [\w$]{1,60} \s? = \s? (?: window | document | self )\b | \s? \(\) \s? =>
               | (?: document | window ) \) | ['"][.#][\w-]{1,60}['"] \) )
    | (?P<rule> (?<! [\w.\#-] ) (?: [.\#][\w-]{1,60} | (?: body|html|div|span|p|a|ul|ol|li|h[1-6]|img|table|t[dhr]|input
          |button|section|article|nav|header|footer|main ) (?! [\w-] ) )
          (?: (?: \s? [,>+~] \s? | \s | (?= [.\#:] ) ) [.\#:]{0,2} [\w-]{1,60} (?! [\w-] ) ){0,6} \s?
          (?= \{ \s? (?: [a-z-]{2,40} \s? : \s? [^{};:\n]{1,80} ; \s? )+ [^{}\n]{0,80} \} ) )
    | (?<! \w ) [{\[] \s? (?: \{ \s? )? "[@\w-]{1,60}" \s? : (?= \s? ["{\[\dtfn-] )
    """,
    re.VERBOSE,
)
# One of these stands in whatever OPENING finds, and in little else: looking for it first spares most texts the search.
SIGN = re.compile(r"\w\((?!s\))|[{}=]|\$\(|\((?:function|document|window|['\"][.#])|@(?:media|import|font|key)")
PAIRS = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(PAIRS.values())
QUOTES = "'\"`"
JOINING = frozenset("=+-*/|&?:<>,.![({%^~;")  # a statement goes on behind one of these
KEYWORDS = frozenset("new return typeof var let const function else in of await async delete void".split())
AHEAD = 400  # characters behind the end of a line that still belong to a rule that begins in it
LONGEST = 20_000  # characters of a statement; one that does not end before is no statement
LAST_WORD = re.compile(r"[\w$]{1,20}\Z")
BLANK = re.compile(r"\s+")
PLAIN = re.compile(r"[^\s()\[\]{};'\"`]*")
STRING = re.compile(r"'(?:[^'\\\n]|\\.){0,500}'|\"(?:[^\"\\\n]|\\.){0,500}\"|`(?:[^`\\]|\\.){0,1000}`")


def scripts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the statements of scripts, style rules and JSON objects in *text*."""
    done, steps = 0, len(text) + LONGEST  # what is walked in vain again and again is bounded, so that time is linear
    for start, body in _openings(text):
        if start >= done and steps > 0:
            walked, whole = _walk(text, body)
            steps -= 0 if whole else walked - start
            if whole and walked > start:
                done = walked
                yield start, walked


def _openings(text: str) -> Iterator[tuple[int, int]]:
    """Yield where statements may begin, and from where each is followed, in lines that have a SIGN of one."""
    looked = 0
    for sign in SIGN.finditer(text):
        if sign.start() >= looked:
            first, last = text.rfind("\n", looked, sign.start()) + 1, text.find("\n", sign.end())
            looked, low = last if last >= 0 else len(text), first or looked
            for match in OPENING.finditer(text, low, looked + AHEAD):
                if match.start() >= looked:
                    break
                yield match.start(), match.end() if match["rule"] else match.start()


def _walk(text: str, start: int) -> tuple[int, bool]:
    """Return how far the statement that begins at *start* was followed, and whether that is its end."""
    open_pairs: list[str] = []
    at, limit = start, min(len(text), start + LONGEST)
    while at < limit:
        letter = text[at]
        if letter in QUOTES and (string := STRING.match(text, at)):
            at = string.end()
        elif letter in PAIRS:
            open_pairs.append(PAIRS[letter])
            at += 1
        elif letter in CLOSING:
            if not open_pairs or open_pairs.pop() != letter:
                return at, True  # it closes something around the statement
            at += 1
        elif letter == ";" and not open_pairs:
            return at + 1, True
        elif letter.isspace():
            behind = BLANK.match(text, at).end()  # type: ignore[union-attr] # a blank is there
            if not open_pairs and not _goes_on(text, start, at, behind):
                return at, True
            at = behind
        else:
            at = max(at + 1, PLAIN.match(text, at, limit).end())  # type: ignore[union-attr] # matches nothing, too
    return limit, not open_pairs and limit == len(text)


def _goes_on(text: str, start: int, at: int, behind: int) -> bool:
    """Say whether a statement goes on behind the blanks at *at*."""
    if behind >= len(text):
        return False
    if text[at - 1] in JOINING or text[behind] in "=+*/|&?:<>,.!({[})]%^~":
        return True
    word = LAST_WORD.search(text, max(start, at - 20), at)
    return word is not None and word.group() in KEYWORDS
