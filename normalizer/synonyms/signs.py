"""Which relatives are weighed, and the signs of each: its fit, its relation to the word, what is known of the swap."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.inference import Inferred
from normalizer.language_model import Phrases
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.compiling import WORD_BITS
from normalizer.lexicon.thesaurus import RELATIONS
from normalizer.pages import Batch
from normalizer.ragged import group_starts, numbered
from normalizer.synonyms.context import Context, context_of, kept_logs, settled_path, spoken_logs
from normalizer.synonyms.relatives import UNLISTED, Relatives, Swaps, means_otherwise, relatives, with_known, with_told
from normalizer.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The shortlist ranks relatives by their score in the thesaurus, the n-gram model (weighed about as in the lattice) and
# how often the lexicon saw the swap. These weights and the bounds below are set by hand, wide enough to keep nearly all
# relatives that the logit would choose.
MODEL_WEIGHT, COUNT_WEIGHT = 0.5, 0.5
WORST_SCORE = -6.0  # nats; lower scores, such as UNLISTED, are raised to this for the shortlist
MOST_SYNONYMS = 8  # relatives of one stretch that are weighed
# A relative this many nats below the best one of its stretch, or below the text as it stands, is not weighed.
MOST_BEHIND = 4.0
SHORT = 4  # letters; shorter words have too many senses
RAREST = -18.0  # lower unigram log-probabilities (nats) of words that stand in the text are raised to this
LEAST_STRENGTH = 1e-3  # is added to the strength of a swap before its logarithm is taken


class Candidates(NamedTuple):
    """Relatives to be weighed.

    found: these relatives. Of each, shape (relatives,): signs: SYNONYM_SIGNS, one array for each sign. margins: nats by
    which the n-gram model prefers it to the text as it stands. told: nats that are added for what is known of the
    page's spinner.
    """

    found: Relatives
    signs: list[Floats]
    margins: Floats
    told: Floats


def candidates(
    inferred: Inferred, confidences: Floats, tables: Tables, told: Sequence[Swaps] = ()
) -> Candidates | None:
    """Return the relatives on the shortlist, with the signs of each; None for none. Arguments as of `weigh`."""
    lattice, lexicon = inferred.lattice, tables.lexicon
    batch = lattice.batch
    context = context_of(lattice, settled_path(inferred, confidences), tables)
    open_ = batch.lower & (context.at >= 0)
    found = with_known(relatives(batch, open_, lexicon), lattice.readings, open_, lexicon)
    found, nats = with_told(found, told, batch, open_, lexicon)
    same = ~means_otherwise(batch, found, lexicon)
    found, nats = found.where(same), nats[same]
    if not len(found):
        return None
    spoken = spoken_logs(context, found, lexicon["word.ngrams"][found.word].astype(np.int64), tables)
    kept = kept_logs(context, found)
    look = np.maximum(found.score, WORST_SCORE) + MODEL_WEIGHT * spoken
    look += COUNT_WEIGHT * np.minimum(3.0, np.log1p(found.seen)) + nats
    chosen, choice = _shortlist(found, look, MODEL_WEIGHT * (spoken - kept))
    if not len(chosen):
        return None
    found, spoken, kept = found.where(chosen), spoken[chosen], kept[chosen]
    return Candidates(
        found, _signs(batch, context, found, spoken, kept, choice[chosen], tables), spoken - kept, nats[chosen]
    )


def _shortlist(found: Relatives, look: Floats, gain: Floats) -> tuple[Ints, Ints]:
    """Return the relatives to weigh, in order, and for all relatives how many their stretch has, shape (relatives,).

    look: the score (nats) by which relatives of a stretch are ranked. gain: nats by which the n-gram model prefers
    each.
    """
    place = numbered(np.stack((found.end, found.start)))
    order = np.lexsort((found.word, -look, place))
    heads = group_starts(place[order])
    sizes = np.diff(np.append(heads, len(order)))
    rank = np.arange(len(order)) - np.repeat(heads, sizes)
    best = np.repeat(look[order][heads], sizes)
    good = (rank < MOST_SYNONYMS) & (look[order] > best - MOST_BEHIND) & (gain[order] > -MOST_BEHIND)
    choice = np.empty(len(order), dtype=np.int64)
    choice[order] = np.repeat(sizes, sizes)
    return np.sort(order[good]), choice


def _signs(
    batch: Batch, context: Context, found: Relatives, spoken: Floats, kept: Floats, choice: Ints, tables: Tables
) -> list[Floats]:
    """Return SYNONYM_SIGNS of all relatives, shape (relatives,) each.

    spoken, kept: what `spoken_logs` and `kept_logs` return. choice: how many relatives the stretch of each has.
    """
    lexicon = tables.lexicon
    own, single = batch.words[found.start] & WORD_MASK, found.end == found.start + 1
    rare = np.maximum(RAREST, _frequencies(lexicon["word.ngrams"][own].astype(np.int64), tables))
    common = _frequencies(lexicon["word.ngrams"][found.word].astype(np.int64), tables)
    fits = _fits(context, found, found.word, tables)
    kept_fits = _fits(context, found, own, tables)
    standing, already = _standing(batch, own, found.start), _standing(batch, found.word, found.start)
    expected = _page_sizes(batch, found.start) * np.exp(rare)
    known = found.score > UNLISTED
    verb, adjective = ((found.tag >= low) & (found.tag < high) for low, high in ((0, 6), (8, 11)))
    relation = [((found.relation >> bit) & 1) for bit in range(len(RELATIONS))]
    lengths = np.diff(lexicon["words.offset"].astype(np.int64))[own]
    columns = (
        np.ones(len(found)), spoken - kept, fits - kept_fits, kept_fits, np.where(single, kept, 0.0),
        np.where(known, found.score, 0.0), ~known, common - rare, -rare, np.log(choice), ~single,
        np.log(LEAST_STRENGTH + found.strength), np.log1p(found.seen), found.strength > 0,
        np.log((standing + 1.0) / (expected + 1.0)), np.log1p(already), np.log(standing), verb, adjective,
        lengths < SHORT, *relation,
    )  # fmt: skip
    return [np.asarray(column, dtype=np.float64) for column in columns]


def _frequencies(ids: Ints, tables: Tables) -> Floats:
    logs = tables.model.unigram_log_probs(ids).astype(np.float64)
    return np.asarray(logs - tables.model.unknown_spread * (ids == 0))


def _fits(context: Context, found: Relatives, words: Ints, tables: Tables) -> Floats:
    """Return how well *words*, numbers in the vocabulary, fit into the stretches of the relatives (nats)."""
    ids = tables.lexicon["word.context"][words].astype(np.int64)
    ones = np.ones(len(ids), dtype=np.int64)
    stream = context.stream
    phrases = Phrases(ids, ones, stream.begins[found.start], stream.stops[found.end - 1])
    return tables.context.fits(stream.words, phrases).astype(np.float64)


def _standing(batch: Batch, words: Ints, start: Ints) -> Floats:
    """Return how often each of *words* stands on its page. start: a token of the page of each."""
    key = (batch.page_of.astype(np.int64) << WORD_BITS) | (batch.words & WORD_MASK)
    table, counts = np.unique(key, return_counts=True)
    sought = (batch.page_of[start].astype(np.int64) << WORD_BITS) | words
    at = np.minimum(np.searchsorted(table, sought), len(table) - 1)
    return np.where(table[at] == sought, counts[at], 0).astype(np.float64)


def _page_sizes(batch: Batch, start: Ints) -> Floats:
    """Return how many tokens the page of each of the tokens *start* has."""
    return np.diff(batch.token_offsets)[batch.page_of[start]].astype(np.float64)
