"""What a scrape teaches of its spinners: which sites are a spinner's, and what it swaps.

What one page tells of its spinner holds for all pages of its site. Where a spun copy and its original meet, their swaps
are mined as `normalizer learn` does, and those with evidence from several places become a lexicon of this scrape. Both
only speak in texts that are spun, or that lie among spun ones. Neither depends on the order of the articles.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from math import log

import numpy as np

from normalizer.corpus.state import Compared, Seen, Site, State, Suspect
from normalizer.features import believed
from normalizer.learning.inputs import Versions
from normalizer.learning.mining import Candidate, Miner
from normalizer.lexicon import Entry, Lexicon
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


def share_of(site: Site) -> float:
    """Return how likely an article of *site* is spun."""
    return (site.spun + USUAL * DOUBT) / (site.articles + DOUBT)


def is_known(site: Site) -> bool:
    """Say whether the spinner of *site* is of a family that the lexicon knows."""
    return bool(site.expected) and max(site.evidence) >= LEAST_KNOWN * site.expected


def prior_of(site: Site, copied: bool) -> Prior:
    """Return what *site* says of an article of it. copied: whether that is a spun copy of a clean text."""
    families = believed(np.array([site.evidence]), np.array([site.expected]))[0]
    return Prior(1.0 if copied else max(USUAL, share_of(site)), tuple(families.tolist()))


def is_spun(seen: Seen, compared: Compared) -> bool:
    """Say whether an article is spun by itself, or beside the text that it is a copy of."""
    return seen.spun >= SPUN_FROM or compared.copied


def note_sites(state: State) -> None:
    """Note what the articles of each site show; articles of no known site are none."""
    sites: dict[str, Site] = {}
    for seen in state.articles():
        if seen.site:
            sites.setdefault(seen.site, Site()).add(seen, is_spun(seen, state.compared(seen.digest)))
    for name, site in sites.items():
        state.add_site(name, site)


def suspects(state: State) -> Iterator[tuple[str, Suspect]]:
    """Yield the articles that are to be repaired, by digest, with what is known of each beforehand."""
    for seen in state.articles():
        suspect = suspicion(seen, state.compared(seen.digest), state.site(seen.site))
        if suspect is not None:
            yield seen.digest, suspect


def suspicion(seen: Seen, compared: Compared, site: Site | None) -> Suspect | None:
    """Return what is known of an article before it is repaired, None where it is to be left as it is.

    site: what the articles of its site show, this one among them; None where that is not known.
    """
    spun = is_spun(seen, compared)
    if site is None:
        site = Site()
        site.add(seen, spun)
    if not spun and share_of(site) < SPINNERS_SITE:
        return None
    return Suspect(prior_of(site, compared.copied), is_known(site))


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
