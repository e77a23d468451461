"""How likely each relative is the original: a conditional logit over its signs, then over those of its page, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.inference import Inferred
from normalizer.lattice import Lattice
from normalizer.lexicon.compiled import CompiledLexicon
from normalizer.lexicon.meanings import change_of_meaning
from normalizer.pages import Batch
from normalizer.ragged import ranges
from normalizer.synonyms.places import Places, known_rates
from normalizer.synonyms.relatives import Relatives, Swaps
from normalizer.synonyms.signs import candidates
from normalizer.tables import Tables
from normalizer.weights import PAGE_SIGNS, SYNONYM_SIGNS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LIKELIER = 0.5  # a relative below this posterior never makes an edit, whatever the bar


@dataclass(frozen=True, slots=True)
class Weighed:
    """The relatives that were weighed.

    found: these relatives. posteriors: probability that each is the original, shape (relatives,). margins: by how many
    nats the n-gram model prefers each to the text as it stands, shape (relatives,). best: numbers of the relatives that
    may make an edit, one for a place at most, by start. swaps: expected swaps of each sentence, each form counted once
    on its page, shape (sentences,).
    """

    found: Relatives
    posteriors: Floats
    margins: Floats
    best: Ints
    swaps: Floats

    def surest(self, chosen: Ints, confidences: Floats, lattice: Lattice, least: float) -> tuple[Ints, Bools]:
        """Return the relatives that are likelier than the arcs chosen in their place, and which of *chosen* are left.

        Shapes (relatives,), numbers among `best`, and (chosen,). chosen: arcs of the best path. confidences: of all
        arcs, shape (arcs,). least: relatives below this posterior are left out.
        """
        taken = np.zeros(len(lattice.batch.words))
        sizes = lattice.end[chosen] - lattice.first[chosen]
        tokens = ranges(lattice.first[chosen], sizes)
        np.maximum.at(taken, tokens, np.repeat(confidences[chosen], sizes))
        best = self.best[self.posteriors[self.best] >= least]
        start, end = self.found.start[best], self.found.end[best]
        spans = ranges(start, end - start)
        rival = np.zeros(len(best))
        np.maximum.at(rival, np.repeat(np.arange(len(best)), end - start), taken[spans])
        best = best[self.posteriors[best] > rival]
        reach = np.maximum.accumulate(self.found.end[best])
        best = best[np.append(True, self.found.start[best][1:] >= reach[:-1])[: len(best)]]
        won = np.zeros(len(taken), dtype=np.bool_)
        won[ranges(self.found.start[best], self.found.end[best] - self.found.start[best])] = True
        lost = np.bincount(np.repeat(np.arange(len(chosen)), sizes), won[tokens], minlength=len(chosen)) > 0
        return best, ~lost


def weigh(inferred: Inferred, confidences: Floats, tables: Tables, told: Sequence[Swaps] = ()) -> Weighed | None:
    """Return how likely the relatives of the kept words of all pages are; None if there are no relatives or no weights.

    confidences: of all arcs, shape (arcs,). told: for each page the swaps that are known of its spinner; empty if
    nothing is known of any.
    """
    asked = candidates(inferred, confidences, tables, told)
    weights = tables.weights.synonyms
    if asked is None or not weights:
        return None
    batch, places = inferred.lattice.batch, Places.of_batch(inferred.lattice.batch, asked.found)
    posteriors = places.posteriors(asked.told + total(asked.signs, SYNONYM_SIGNS, weights["first"]))
    names = (*SYNONYM_SIGNS, *PAGE_SIGNS)
    page = places.page_signs(posteriors, known_rates(inferred, confidences))
    posteriors = places.posteriors(asked.told + total([*asked.signs, *page], names, weights["second"]))
    swapped = places.swapped(posteriors)
    sentence = batch.sentence_of[places.start]
    swaps = np.bincount(sentence, swapped / places.standing, minlength=len(batch.firsts)).astype(np.float64)
    best = places.best(posteriors)
    best = best[posteriors[best] >= LIKELIER]
    meant = [_means_the_same(batch, asked.found, number, tables.lexicon) for number in best.tolist()]
    return Weighed(asked.found, posteriors, asked.margins, best[np.array(meant, dtype=np.bool_)], swaps)


def _means_the_same(batch: Batch, found: Relatives, number: int, lexicon: CompiledLexicon) -> bool:
    """Say whether a relative names the same unit, quantity, obligation and time as the text in its place."""
    tokens = batch.tokens(int(found.start[number]), int(found.end[number]))
    spun = " ".join(token.word for token in tokens)
    return change_of_meaning(spun, lexicon.word(int(found.word[number]))) is None


def total(signs: Sequence[Floats], names: Sequence[str], weights: Mapping[str, float]) -> Floats:
    """Return the weighted sum of *signs*, shape (relatives,). names: of the signs, in order."""
    result = np.zeros(len(signs[0]))
    for sign, name in zip(signs, names, strict=True):  # a matrix product's rounding depends on its shape
        result += weights.get(name, 0.0) * sign
    return result
