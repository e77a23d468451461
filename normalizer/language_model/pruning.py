"""Which n-grams a model keeps."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from normalizer.errors import ModelError
from normalizer.language_model.kneser_ney import Level, Mask, contexts_kept


class Pruning(NamedTuple):
    """Count cut-offs, one per order: an n-gram counted no more often than this is dropped.

    Counts are the plain ones at the highest order and the numbers of different words before the n-gram below it. Unigrams
    are all kept, and so is the context of a kept n-gram, whatever its count.
    """

    cutoffs: tuple[int, ...]

    @classmethod
    def parse(cls, text: str, order: int) -> "Pruning":
        """Return the pruning written as *text*, such as "0-1-2" for a trigram model.

        Raises ModelError if *text* is not one number per order.
        """
        if not re.fullmatch(r"\d+(-\d+)*", text) or text.count("-") != order - 1:
            example = "-".join(str(min(n, 2)) for n in range(order))
            raise ModelError(f"pruning: expected one cut-off per order, such as {example}, found {text!r}.")
        return cls(tuple(int(number) for number in text.split("-")))

    def __str__(self) -> str:
        return "-".join(map(str, self.cutoffs))


def choose(linked: Sequence[Level], pruning: Pruning) -> list[Mask]:
    """Return which rows of each order to keep."""
    masks = [level.counts > cutoff for level, cutoff in zip(linked, pruning.cutoffs, strict=True)]
    masks[0] = np.ones_like(masks[0])
    return contexts_kept(linked, masks)
