"""BM25 as SQLite's full-text index reckons it, for who searches articles that lie in no file of SQLite.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009; k1 and b, and the least weight of
a key that most articles hold, are those of FTS5. Every article holds a key once or not at all.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75
LEAST = 1e-6


def weight(articles: int, holders: int) -> float:
    """Return what a key is worth that so many *holders* of all *articles* hold."""
    found = log((articles - holders + 0.5) / (holders + 0.5))
    return found if found > 0.0 else LEAST


def scores(worth: float, keys: NDArray[np.int64], average: float) -> NDArray[np.float64]:
    """Return what a key of this *worth* adds to the score of each article that holds it, shape (articles,).

    keys: how many each of them has. average: number of keys of all articles.
    """
    return worth * ((1.0 * (K1 + 1.0)) / (1.0 + K1 * (1 - B + B * keys.astype(np.float64) / average)))
