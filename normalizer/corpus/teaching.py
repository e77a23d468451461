"""What a scrape teaches of its spinners: which sites are a spinner's, and what it swaps.

What one page tells of its spinner holds for all pages of its site. Where a spun copy and its original meet, their swaps
are mined as `normalizer learn` does, and those with evidence from several places become a lexicon of this scrape. Both
only speak in texts that are spun, or that lie among spun ones. Neither depends on the order of the articles.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import log

import numpy as np

from normalizer.corpus.state import Compared, Seen, State
from normalizer.features import believed
from normalizer.learning.inputs import Versions
from normalizer.learning.mining import Candidate, Miner
from normalizer.lexicon import Entry, Lexicon
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.lexicon.files import ANY_FAMILY
from normalizer.lexicon.meanings import change_of_meaning
from normalizer.reading import Prior
from normalizer.reporting.results import SPUN_FROM

USUAL = 0.2  # share of spun articles on a site that nothing is known of
DOUBT = 5.0  # articles of a site that are as good as what is known of sites in general
SPINNERS_SITE = 0.5  # share of spun articles from which all articles of a site are read with that in mind
# Nats that a swap is expected to have in the family that suits a site best, from which its spinner is of that family.
# On made scrapes those of the known families have -1.44 at least; two families stacked have -2.2, unknown ones -1.7.
LEAST_KNOWN = -1.6
MOST_PAIRS = 1500  # of a spun text and its original that are mined: more take minutes, and say little new
LEAST_PAGES, LEAST_CONTEXTS, LEAST_CONSISTENCY = 2, 2, 0.2
MOST_COPIES = 300  # of a site that its swaps are read off
# Nats that a swap is likelier for standing once in copies of its site, and once not. With 3 and 4 as many right edits
# come on made scrapes, and more wrong ones.
TOLD = 2.0
LEARNT = f"{ANY_FAMILY}_scrape.tsv"  # file of the lexicon of a scrape


@dataclass
class Site:
    """What the articles of a site show.

    articles, spun: how many there are, and how many of them are spun. evidence, expected: what they say of their
    spinner's family, together.
    """

    articles: int = 0
    spun: int = 0
    evidence: list[float] = field(default_factory=lambda: [0.0] * len(FAMILY_NAMES))
    expected: float = 0.0

    def add(self, seen: Seen, spun: bool) -> None:
        """Count an article."""
        self.articles += 1
        if spun:
            self.spun += 1
            self.evidence = [have + more for have, more in zip(self.evidence, seen.evidence, strict=True)]
            self.expected += seen.expected

    @property
    def share(self) -> float:
        """How likely an article of the site is spun."""
        return (self.spun + USUAL * DOUBT) / (self.articles + DOUBT)

    @property
    def known(self) -> bool:
        """Whether the spinner of the site is of a family that the lexicon knows."""
        return bool(self.expected) and max(self.evidence) >= LEAST_KNOWN * self.expected

    def prior(self, copied: bool) -> Prior:
        """Return what the site says of an article. copied: whether it is a spun copy of a clean text."""
        families = believed(np.array([self.evidence]), np.array([self.expected]))[0]
        return Prior(1.0 if copied else max(USUAL, self.share), tuple(families.tolist()))


def is_spun(seen: Seen, compared: Compared) -> bool:
    """Say whether an article is spun by itself, or beside the text that it is a copy of."""
    return seen.spun >= SPUN_FROM or compared.copied


def sites_of(state: State) -> dict[str, Site]:
    """Return the sites of all articles by name; articles of no known site are none."""
    sites: dict[str, Site] = {}
    for seen in state.articles():
        if seen.site:
            sites.setdefault(seen.site, Site()).add(seen, is_spun(seen, state.compared(seen.digest)))
    return sites


def suspects(state: State) -> Iterator[tuple[str, Prior, bool]]:
    """Yield the articles that are to be repaired, by digest, with what is known of each beforehand.

    The last says whether its spinner is of a family that the lexicon knows.
    """
    sites = sites_of(state)
    for seen in state.articles():
        compared = state.compared(seen.digest)
        spun = is_spun(seen, compared)
        site = sites.get(seen.site)
        if site is None:
            site = Site()
            site.add(seen, spun)
        if spun or site.share >= SPINNERS_SITE:
            yield seen.digest, site.prior(compared.copied), site.known


def told_by_sites(state: State) -> Iterator[tuple[str, dict[tuple[str, str], float]]]:
    """Yield each site that copies clean texts, with by how many nats its spinner's swaps are likelier there.

    What it writes for what is read off its copies: a swap counts by how many of them have it, against those in which
    the spun form stands in the original, too.
    """
    for site in state.copying_sites():
        swapped, kept = Counter[tuple[str, str]](), Counter[str]()
        copies = (each for each in state.copies_of(site) if state.is_suspect(each.digest))
        for each in islice((each for each in copies if not state.is_suspect(each.twin)), MOST_COPIES):
            swapped.update(each.swaps)
            kept.update(each.kept)
        yield site, {pair: TOLD + log((n + 0.5) / (kept[pair[0]] + 0.5)) for pair, n in swapped.items()}


def swaps_of(pairs: Iterable[Versions], lexicon: Lexicon) -> list[Entry]:
    """Return the swaps that *pairs* of spun texts and their originals prove, and that *lexicon* does not have."""
    miner = Miner(lexicon)
    miner.read(pairs)
    return [candidate.entry for candidate in miner.candidates() if _is_proven(candidate)]


def _is_proven(candidate: Candidate) -> bool:
    """Say whether a swap was seen in several places, is what its spun form often stands for, and changes no meaning."""
    return (
        not candidate.known
        and candidate.entry.kind == "lexical"
        and candidate.pages >= LEAST_PAGES
        and candidate.contexts >= LEAST_CONTEXTS
        and candidate.consistency >= LEAST_CONSISTENCY
        and change_of_meaning(candidate.entry.spun, candidate.entry.original) is None
    )
