"""BM25 scores as SQLite's full-text index computes them, for searching articles that are not in an SQLite file.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. K1, B, and the LEAST weight of a
key that most articles hold, are those of FTS5. Every article holds a key once or not at all.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75
LEAST = 1e-6


def weight(articles: int, holders: int) -> float:
    """Return the inverse document frequency of a key that *holders* of all *articles* hold."""
    found = log((articles - holders + 0.5) / (holders + 0.5))
    return found if found > 0.0 else LEAST


def scores(worth: float, keys: NDArray[np.int64], average: float) -> NDArray[np.float64]:
    """Return what a key adds to the score of each article that holds it, shape (articles,).

    worth: the key's weight. keys: how many keys each of these articles has, shape (articles,). average: how many keys
    all articles have on average.
    """
    return worth * ((1.0 * (K1 + 1.0)) / (1.0 + K1 * (1 - B + B * keys.astype(np.float64) / average)))
