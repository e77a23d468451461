"""Near-verbatim reports of an article: what other outlets make of an agency's story, honestly.

They leave sentences out, put paragraphs in another order, begin with another lead, and say small things otherwise:
where "on Tuesday" stands, who said it before or behind a quotation, "more than" or "over". No fact is changed.
"""

import random
import re
from collections.abc import Sequence
from itertools import chain

from tests.tools.scraping.outlets import Outlet, Page, published
from tests.tools.scraping.pool import sentences_of

DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
PLAIN_OPENERS = frozenset(
    "The A An He She It They This That These Those His Her Its Their Officials Police Some Many Most Several".split()
)
BEHIND = re.compile(r"[\"“]([^\"“”]{15,}),[\"”] ((?:[A-Z][\w.'’-]+ ){0,4}?[A-Z][\w.'’-]+|he|she|they) said\.")
LATE_DAY = re.compile(rf"([^\"“”:;]{{20,}}?) (on {DAY}|last (?:week|month|year))\.")
Rule = tuple[re.Pattern[str], str]
RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), after)
    for pattern, after in (
        (rf"\bsaid on ({DAY})\b", r"said \1"),
        (rf"\bsaid ({DAY})\b", r"said on \1"),
        (r"\b(said|told reporters|added|announced) that (?=the|he|she|it|they|there)", r"\1 "),
        (r"\bsaid (?=(?:the|he|she|it|they|there) )", "said that "),
        (r"\bmore than (?=[\d$£€])", "over "),
        (r"\bover (?=[\d$£€][\d.,]* (?:people|million|billion|percent|per cent))", "more than "),
        (r"\babout (?=[\d$£€])", "around "),
        (r"\balthough\b", "though"),
        (r"\bas well as\b", "and"),
        (r"\bin order to\b", "to"),
        (r"\bbecause of\b", "due to"),
        (r"\bdid not\b", "didn't"),
        (r"\bdoes not\b", "doesn't"),
        (r"\bwas not\b", "wasn't"),
        (r"^(?:But|And|Meanwhile,|However,|Still,) (?=[a-z])", ""),
    )
)


def retold(body: Sequence[str], outlet: Outlet, first: Outlet, rng: random.Random) -> Page:
    """Return a report of the article *body* (paragraphs) as *outlet* prints it. first: who had the story."""
    freedom = rng.uniform(0.05, 0.7)
    paragraphs = [_whole_quotes(sentences_of(paragraph)) for paragraph in body]
    paragraphs = _thinned(paragraphs, 0.35 * freedom, rng)
    own = [" ".join(reworded(sentence, freedom, rng) for sentence in each) for each in paragraphs]
    if len(own) > 4 and rng.random() < freedom:
        own = _reordered(own, rng)
    if len(own) > 3 and rng.random() < freedom / 2:
        own = _joined(own, rng)
    if rng.random() < 0.15:
        own.append(f"This story was first published by the {first.name}.")
    return published(own, outlet, lead=rng.choice((0, 0, 1)))


def _whole_quotes(sentences: Sequence[str]) -> list[str]:
    """Return the sentences of a paragraph, those joined that one quotation spans."""
    own: list[str] = []
    open_ = False
    for sentence in sentences:
        if open_:
            own[-1] += f" {sentence}"
        else:
            own.append(sentence)
        open_ = own[-1].count('"') % 2 == 1 or own[-1].count("“") > own[-1].count("”")
    return own


def _thinned(paragraphs: Sequence[Sequence[str]], share: float, rng: random.Random) -> list[list[str]]:
    """Leave out a *share* of the sentences, but for the very first."""
    kept = [
        [each for k, each in enumerate(own) if (i == 0 and k == 0) or rng.random() >= share]
        for i, own in enumerate(paragraphs)
    ]
    return [own for own in kept if own]


def _reordered(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
    """Move one or two paragraphs, or begin with the second."""
    own = list(paragraphs)
    if rng.random() < 0.3:
        own[0], own[1] = own[1], own[0]
    for _ in range(rng.choice((1, 1, 2))):
        own.insert(rng.randrange(1, len(own)), own.pop(rng.randrange(1, len(own))))
    return own


def _joined(paragraphs: Sequence[str], rng: random.Random) -> list[str]:
    """Print every two paragraphs as one, from a random one on."""
    start = rng.randrange(len(paragraphs) - 1)
    pairs = (" ".join(paragraphs[i : i + 2]) for i in range(start, len(paragraphs), 2))
    return list(chain(paragraphs[:start], pairs))


def reworded(sentence: str, freedom: float, rng: random.Random) -> str:
    """Return a sentence, said otherwise at a share *freedom* of the places where that is easily done."""
    for turn in (_turned, _day_first):
        if rng.random() < freedom:
            sentence = turn(sentence, rng)
    for pattern, after in RULES:
        if pattern.search(sentence) and rng.random() < freedom:
            sentence = _outside_quotes(sentence, pattern, after)
    return sentence[:1].upper() + sentence[1:] if sentence[:1].islower() else sentence


def _turned(sentence: str, rng: random.Random) -> str:
    """Move who said it to the other side of what was said, or before it."""
    match = BEHIND.fullmatch(sentence)
    if not match:
        return sentence
    said, who = match.groups()
    opening, closing = ("“", "”") if "“" in sentence else ('"', '"')
    if who in ("he", "she", "they") or rng.random() < 0.5:
        return f"{who[0].upper()}{who[1:]} said: {opening}{said}.{closing}"
    return f"{opening}{said},{closing} said {who}."


def _day_first(sentence: str, rng: random.Random) -> str:
    """Begin a sentence with the day that it ends with."""
    match = LATE_DAY.fullmatch(sentence)
    if not match:
        return sentence
    rest, day = match.groups()
    opener = rest.split(" ", 1)[0]
    if opener in PLAIN_OPENERS:
        rest = rest[0].lower() + rest[1:]
    return f"{day[0].upper()}{day[1:]}, {rest}."


def _outside_quotes(sentence: str, pattern: re.Pattern[str], after: str) -> str:
    """Replace *pattern* where no quotation is: what somebody said stays."""
    parts = re.split(r"([\"“][^\"“”]*[\"”])", sentence)
    return "".join(part if i % 2 else pattern.sub(after, part) for i, part in enumerate(parts))


# --- shorter and later -----------------------------------------------------------------------------------


def truncated(body: Sequence[str], outlet: Outlet, rng: random.Random) -> Page:
    """Return the beginning of an article, as pages show it before "read more": at a paragraph, or within one."""
    count = max(1, int(len(body) * rng.uniform(0.25, 0.6)))
    own = list(body[:count])
    if rng.random() < 0.4:
        words = body[count].split(" ") if count < len(body) else []
        if len(words) > 12:
            own.append(" ".join(words[: rng.randrange(8, len(words))]) + rng.choice(("...", "…", " [...]")))
    return published(own, outlet)


def divided(body: Sequence[str], rng: random.Random) -> tuple[list[str], list[str]]:
    """Return the paragraphs of an article as a first story and what an update has: its own news, then background.

    Both have some of the first half; the update alone has the end.
    """
    cut = int(len(body) * rng.uniform(0.55, 0.7))
    background = sorted(rng.sample(range(cut), max(1, int(cut * rng.uniform(0.3, 0.6)))))
    return list(body[:cut]), [*body[cut:], *(body[i] for i in background)]
