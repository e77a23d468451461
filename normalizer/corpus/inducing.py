"""The dictionary of a spinner that nobody knows, induced from the articles of its site.

A spinner writes the same form for a word wherever it can. One context seldom tells whether a form was written for a
commoner relative of its meaning; those of many articles together do, as naive Bayes adds them up.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np

from normalizer.lexicon import CompiledLexicon, Entry
from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.reading import View

LEAST_SHARE = 0.03  # probability of a relative in one context from which it is kept in mind
# Log-odds that a form with a commoner relative was written for that, on a spinner's site; those that it must have after
# all contexts; and by how much it must lead the next relative of the form. On the sites of a made scrape four in five of
# what is induced are swaps of the site's spinner (144 of 2,000 articles, of which 200 were spun by 25 unknown ones).
PRIOR, LEAST_ODDS, LEAD = -2.0, 0.5, 0.3
LEAST_ARTICLES = 2


class Sign(NamedTuple):
    """What one article says of a swap. odds: mean log-odds of *original* in the contexts of *form*."""

    form: str
    original: str
    odds: float


def signs_of(view: View, lexicon: CompiledLexicon) -> list[Sign]:
    """Return what a page says of relatives that may have stood for its words."""
    if view.weighed is None:
        return []
    found, posteriors = view.weighed.found, view.weighed.posteriors
    batch = view.inferred.lattice.batch
    own = np.flatnonzero((batch.page_of[found.start] == view.page) & (posteriors >= LEAST_SHARE))
    odds: dict[tuple[str, str], list[float]] = {}
    for number in own.tolist():
        tokens = batch.tokens(int(found.start[number]), int(found.end[number]))
        form = " ".join(token.word for token in tokens)
        share = min(max(float(posteriors[number]), LEAST_SHARE), 1 - LEAST_SHARE)
        odds.setdefault((form, lexicon.word(int(found.word[number]))), []).append(math.log(share / (1 - share)))
    return [Sign(*pair, math.fsum(values) / len(values)) for pair, values in sorted(odds.items())]


def induced(signs: Iterable[Sign], site: str) -> Iterator[Entry]:
    """Yield the entries that the *signs* of all articles of a *site* speak for together, sorted by form and original.

    Sums are exact, so that they do not depend on the order of the articles.
    """
    for form, own in groupby(signs, key=lambda sign: sign.form):
        totals = []
        for original, each in groupby(own, key=lambda sign: sign.original):
            odds = [sign.odds for sign in each]
            totals.append((PRIOR + math.fsum(value - PRIOR for value in odds), len(odds), original))
        totals.sort(reverse=True)
        best, articles, original = totals[0]
        behind = totals[1][0] if len(totals) > 1 else -math.inf
        small = form in FUNCTION_WORDS and original in FUNCTION_WORDS  # which stand in for each other everywhere
        if articles >= LEAST_ARTICLES and best >= LEAST_ODDS and best >= behind + LEAD and not small:
            yield Entry(form, original, count=float(articles), sources=(f"site:{site}",))
