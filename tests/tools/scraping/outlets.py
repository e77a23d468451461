"""Outlets: who prints an article, in which house style, under which headline and address."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 60

PLACES = (
    "northfield eastbrook harbor lakeside millbrook stonegate westvale fairhaven redhill oakmont riverton kingsmere "
    "ashford claremont dunmore elmstead foxley granton highbury ironbridge juniper kestrel langdale merriton newbridge "
    "orchard pinecrest queensway rosedale silverton thornbury underhill valley whitfield yarrow capital metro coastal "
    "prairie summit"
).split()
PAPERS = "herald times post tribune courier gazette chronicle observer journal dispatch mail standard star".split()
CATCHES = (
    "daily buzz trend viral fresh hot world info insta prime next smart quick globe click top rapid mega flash"
).split()
FARMS = "news feed hub zone updates bulletin wire digest spot today central press reporter media".split()

AMERICAN = {
    "color": "colour", "colors": "colours", "labor": "labour", "favor": "favour", "favorite": "favourite",
    "neighbor": "neighbour", "neighbors": "neighbours", "neighborhood": "neighbourhood", "honor": "honour",
    "center": "centre", "centers": "centres", "theater": "theatre", "defense": "defence", "offense": "offence",
    "organization": "organisation", "organizations": "organisations", "organized": "organised",
    "criticized": "criticised", "recognize": "recognise", "recognized": "recognised", "apologized": "apologised",
    "program": "programme", "programs": "programmes", "traveled": "travelled", "traveling": "travelling",
    "canceled": "cancelled", "behavior": "behaviour", "rumors": "rumours", "harbor": "harbour", "toward": "towards",
}  # fmt: skip
BRITISH = {british: american for american, british in AMERICAN.items()}
SMALL = frozenset("a an and as at but by for from in into of on or over the to with".split())
DANGLING = SMALL | frozenset(
    "that who which its his her their after before than will would has have had is are".split()
)
HEADLINE_WORDS = 11
ENDS = ".!?:;,…'\"’”)"


@dataclass(frozen=True, slots=True)
class Outlet:
    """A site with a house style. Each of the style's fields is "" where it prints what it gets.

    headline: "sentence" or "title" case. percent: how it writes that. gap: what stands between paragraphs.
    """

    host: str
    headline: str = ""
    gap: str = "\n"
    spelling: str = ""
    percent: str = ""
    states: str = ""
    quotes: str = ""

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.host.partition(".")[0].title()


def clean_outlets(count: int, rng: random.Random) -> list[Outlet]:
    """Return *count* outlets with styles of their own."""
    hosts = [f"{place}{paper}.example" for place in PLACES for paper in PAPERS]
    return [
        Outlet(
            host,
            headline=rng.choice(("", "sentence", "sentence", "title")),
            gap=rng.choice(("\n", "\n\n")),
            spelling=rng.choice(("", "", "american", "british")),
            percent=rng.choice(("", "", "percent", "per cent", "%")),
            states=rng.choice(("", "", "U.S.", "US")),
            quotes=rng.choice(("", "", "straight", "curly")),
        )
        for host in rng.sample(hosts, min(count, len(hosts)))
    ]


def farm_hosts(count: int, rng: random.Random) -> list[str]:
    """Return *count* hosts of spinner sites."""
    hosts = [f"{catch}{place}{farm}.example" for catch in CATCHES for place in PLACES for farm in FARMS]
    return rng.sample(hosts, count)


# --- style -----------------------------------------------------------------------------------------------


def styled(paragraph: str, outlet: Outlet) -> str:
    """Return a paragraph in the house style of an outlet."""
    words = {"american": BRITISH, "british": AMERICAN}.get(outlet.spelling)
    if words:
        paragraph = re.sub(r"\b[a-z]+\b", lambda match: words.get(match.group(), match.group()), paragraph)
    if outlet.percent == "%":
        paragraph = re.sub(r"(?<=\d) per ?cent\b", "%", paragraph)
    elif outlet.percent:
        paragraph = re.sub(r"(?<=\d)(?: per ?cent\b|%)", f" {outlet.percent}", paragraph)
    if outlet.states == "US":
        paragraph = re.sub(r"\bU\.S\.(?= [a-z])", "US", paragraph)
    elif outlet.states:
        paragraph = re.sub(r"\bUS(?= [a-z])", "U.S.", paragraph)
    if outlet.quotes == "straight":
        paragraph = paragraph.translate(str.maketrans("“”‘’", "\"\"''"))
    elif outlet.quotes and paragraph.count('"') % 2 == 0:
        paragraph = re.sub(r'"([^"]*)"', r"“\1”", paragraph).replace("'s ", "’s ").replace("n't ", "n’t ")
    return paragraph


def headline_of(sentence: str, case: str) -> str | None:
    """Return the first clause of a *sentence* as a headline in "sentence" or "title" case; None if it makes none."""
    clause = re.split(r"[,;:(“\"—]| (?:after|as|while|who|which|because) ", sentence.strip("“\"'‘ "))[0]
    words = clause.rstrip(".!?").split()[:HEADLINE_WORDS]
    while words and words[-1].lower() in DANGLING:
        words.pop()
    if len(words) < 4:
        return None
    if case == "title":
        return " ".join(w if i and w in SMALL else w[0].upper() + w[1:] for i, w in enumerate(words))
    return " ".join(words)


class Page(NamedTuple):
    """What a site prints. body: where the text begins behind the headline, in code points."""

    text: str
    body: int


def published(paragraphs: Sequence[str], outlet: Outlet, lead: int = 0) -> Page:
    """Return a page: a headline, if the outlet has them, made of paragraph *lead*, and the paragraphs.

    A first paragraph that does not end as sentences do is a headline already.
    """
    own = [styled(paragraph, outlet) for paragraph in paragraphs]
    if own[0][-1] not in ENDS:
        return Page(outlet.gap.join(own), len(own[0] + outlet.gap) if len(own) > 1 else 0)
    headline = headline_of(own[min(lead, len(own) - 1)], outlet.headline) if outlet.headline else None
    above = headline + outlet.gap if headline else ""
    return Page(above + outlet.gap.join(own), len(above))


# --- addresses and dates ---------------------------------------------------------------------------------


def address(host: str, text: str, when: datetime, number: int) -> str:
    """Return an URL as such sites have them."""
    words = re.findall(r"[a-z0-9]+", text.partition("\n")[0].lower())[:7]
    return f"https://www.{host}/{when:%Y/%m}/{'-'.join(words)}-{number}"


def any_time(rng: random.Random) -> datetime:
    """Return a time in the two months of a scrape, oftener by day than by night."""
    day = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
    return day + timedelta(minutes=int(min(1439, max(0, rng.gauss(840, 260)))))


def later(when: datetime, rng: random.Random, hours: float, most: float) -> datetime:
    """Return a time after *when*, half of the times within so many *hours*, never after *most*."""
    return when + timedelta(minutes=int(60 * min(most, hours * rng.lognormvariate(0, 1))) + 1)


def stamp(when: datetime, rng: random.Random) -> str | None:
    """Return a date as a scraper finds it: mostly to the second, at times the day alone, now and then none."""
    kind = rng.random()
    return None if kind < 0.02 else f"{when:%Y-%m-%d}" if kind < 0.12 else f"{when:%Y-%m-%dT%H:%M:%SZ}"
