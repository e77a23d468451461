"""What the thesaurus behind the lexicon says of the words that the first decoding left as they stand.

The *relatives* of a word are the words that a thesaurus relates it to. An unknown spinner may swap any word for any
relative of it, and no entry of the lexicon says for which. So each word that was kept is compared with its commoner
relatives, by a conditional logit (McFadden 1974) over three kinds of signs: how well each fits between the words
around, as far as these are repaired; how the two words are related; and what the whole page shows. The logit is fitted
to spinners of our own making and to clean text of sixty genres (`normalizer.learning.weighing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.fitting import Stream, path_stream
from normalizer.inference import Inferred
from normalizer.language_model import Phrases
from normalizer.language_model.words import END_ID, START_ID
from normalizer.lattice import Lattice
from normalizer.lexicon.compiled import WORD_MASK, CompiledLexicon
from normalizer.lexicon.compiling import KINDS, WORD_BITS
from normalizer.lexicon.meanings import change_of_meaning
from normalizer.lexicon.thesaurus import ALL_TAGS, LONGEST, RELATIONS
from normalizer.numerals import NEGATIONS, NUMBER_WORDS
from normalizer.pages import Batch
from normalizer.proposals import Readings, withheld
from normalizer.ragged import contains, group_starts, numbered, ranges, take_rows
from normalizer.tables import Tables
from normalizer.weights import PAGE_SIGNS, SYNONYM_SIGNS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Swaps = Mapping[tuple[str, str], float]  # for a swap (spun, original) the nats that are added to its score
NO_SWAPS: Swaps = {}

# Edits of the first decoding below this confidence are undone here: the words that stood there are compared with all of
# their relatives.
SETTLED = 0.75
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
UNLISTED = -9.0  # score (nats) of a relative that the thesaurus does not have
LEXICAL = (KINDS.index("lexical"), KINDS.index("function"))
LIKELIER = 0.5  # a relative below this posterior never makes an edit, whatever the bar
MOST_NATS, SUREST = 40.0, 1e-4  # log-odds are clipped to +-MOST_NATS, probabilities to SUREST from 0 and 1
# Pseudo-counts: words that are added to a page's, and swaps among them. A page has about USUAL_WORDS different words.
FEW_WORDS, FEW_SWAPS, USUAL_WORDS = 10.0, 0.3, 100.0


@dataclass(frozen=True, slots=True)
class Relatives:
    """Relatives of stretches of the text: words that these may have been swapped for, shape (relatives,) each.

    start, end: tokens of the stretch. word: number of the relative in the vocabulary. score: its log-probability (nats)
    before any context is looked at, UNLISTED where only the lexicon has it. relation: bits of RELATIONS. tag: number of
    its inflection in ALL_TAGS, -1 if unknown. strength, seen: what the lexicon knows of the swap, see
    `proposals.Readings`; 0 if it does not know the swap.
    """

    start: Ints
    end: Ints
    word: Ints
    score: Floats
    relation: Ints
    tag: Ints
    strength: Floats
    seen: Floats

    def __len__(self) -> int:
        return len(self.start)

    def where(self, kept: Bools | Ints) -> "Relatives":
        """Return those that are *kept*."""
        return Relatives(*(getattr(self, each.name)[kept] for each in fields(self)))


def relatives(batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> Relatives:
    """Return all commoner relatives of stretches of *batch* in lower case, inflected as these are.

    open_: which tokens a relative may replace, shape (tokens,).
    """
    start, end, row = _surfaces(batch, open_, lexicon)
    rows, counts = take_rows(lexicon["surface.offset"], row)
    start, end = np.repeat(start, counts), np.repeat(end, counts)
    tag = lexicon["surface.tag"][rows].astype(np.int64)
    pairs, counts = take_rows(lexicon["group.offset"], lexicon["surface.group"][rows].astype(np.int64))
    start, end, tag = np.repeat(start, counts), np.repeat(end, counts), np.repeat(tag, counts)
    place = lexicon["pair.lemma"][pairs].astype(np.int64) * len(ALL_TAGS) + tag
    word = lexicon["lemma.form"][place].astype(np.int64) - 1
    score = lexicon["pair.score"][pairs].astype(np.float64)
    order = np.lexsort((-score, word, end, start))
    start, end, word = start[order], end[order], word[order]
    fresh = np.ones(len(word), dtype=np.bool_)
    fresh[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1]) | (word[1:] != word[:-1])
    fresh &= (word >= 0) & ((end > start + 1) | (word != batch.words[start]))
    relation, none = lexicon["pair.relation"][pairs].astype(np.int64), np.zeros(len(word))
    return Relatives(start, end, word, score[order], relation[order], tag[order], none, none).where(fresh)


def _surfaces(batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Ints]:
    """Return (start, end, row) of every stretch in lower case that the thesaurus knows, by length and then by start."""
    table = lexicon["surface.key"]
    ids = np.where(batch.lower & open_ & (batch.words <= WORD_MASK), batch.words, -1)
    last, count = batch.ends[batch.sentence_of], len(ids)
    keys, inside = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_)
    found = []
    for size in range(1, LONGEST + 1):
        behind = np.append(ids[size - 1 :], np.full(min(count, size - 1), -1))
        inside = inside & (behind >= 0) & (np.arange(count) + size <= last)
        keys = keys << WORD_BITS | (behind + 1)
        start = np.flatnonzero(inside)
        if not len(table) or not len(start):
            break
        at = np.minimum(np.searchsorted(table, keys[start]), len(table) - 1)
        hit = table[at] == keys[start]
        found.append((start[hit], start[hit] + size, at[hit]))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    start, end, row = (np.concatenate(column) for column in zip(*found, strict=True))
    kept = ~withheld(batch, start, end)
    return start[kept], end[kept], row[kept]


def with_known(found: Relatives, readings: Readings, open_: Bools, lexicon: CompiledLexicon) -> Relatives:
    """Return *found* and the single words that the lexicon reads single words as, with what it knows of these swaps."""
    own, word = _single_words(readings, open_, lexicon)
    columns = (
        (found.start, readings.start[own]), (found.end, readings.end[own]), (found.word, word),
        (found.score, np.full(len(own), UNLISTED)), (found.relation, np.zeros(len(own), dtype=np.int64)),
        (found.tag, np.full(len(own), -1)),
    )  # fmt: skip
    start, end, words, score, relation, tag = (np.concatenate(pair) for pair in columns)
    number = numbered(np.stack((words, end, start)))
    order = np.argsort(number, kind="stable")  # of equal relatives that of the thesaurus comes first
    first = order[group_starts(number[order])]
    strength, seen = np.zeros(len(first)), np.zeros(len(first))
    of_own = number[len(found) :]
    np.maximum.at(strength, of_own, readings.strength[own].max(axis=1, initial=0.0))
    np.maximum.at(seen, of_own, readings.seen[own])
    return Relatives(start[first], end[first], words[first], score[first], relation[first], tag[first], strength, seen)


def with_told(
    found: Relatives, told: Sequence[Swaps], batch: Batch, open_: Bools, lexicon: CompiledLexicon
) -> tuple[Relatives, Floats]:
    """Return *found* and the originals in *told*, with the nats that *told* adds to each, shape (relatives,).

    told: for each page the swaps that are known of its spinner.
    """
    if not any(told):
        return found, np.zeros(len(found))
    start, word, nats = _told(told, batch, open_, lexicon)
    none = np.zeros(len(start))
    own = Relatives(
        start, start + 1, word, none + UNLISTED, none.astype(np.int64), none.astype(np.int64) - 1, none, none
    )
    joined = Relatives(
        *(np.concatenate((getattr(found, each.name), getattr(own, each.name))) for each in fields(Relatives))
    )
    number = numbered(np.stack((joined.word, joined.end, joined.start)))
    order = np.argsort(number, kind="stable")
    first = order[group_starts(number[order])]
    total = np.bincount(number, np.concatenate((np.zeros(len(found)), nats)))
    return joined.where(first), np.asarray(total[number[first]])


def _told(told: Sequence[Swaps], batch: Batch, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints, Floats]:
    """Return the token, the original's number and the nats of every place at which a swap in *told* is possible."""
    rows: list[tuple[int, int, float]] = []
    for page, swaps in enumerate(told):
        known: dict[int, list[tuple[int, float]]] = {}
        for (spun, original), nats in swaps.items():
            if (word := lexicon.ids[original]) <= WORD_MASK:
                known.setdefault(lexicon.ids[spun], []).append((word, nats))
        low, high = batch.token_offsets[page : page + 2].tolist() if known else (0, 0)
        for token in range(low, high):
            if open_[token]:
                rows += [(token, word, nats) for word, nats in known.get(int(batch.words[token]), ())]
    tokens, words, values = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(tokens, dtype=np.int64), np.array(words, dtype=np.int64), np.array(values, dtype=np.float64)


def _means_otherwise(batch: Batch, found: Relatives, lexicon: CompiledLexicon) -> Bools:
    """Say for each relative whether it would change a number or a negation, which a thesaurus may never do."""
    kept = np.sort(lexicon.ids.of(sorted(NUMBER_WORDS | NEGATIONS)))
    inside = contains(kept, batch.words[found.start]) | contains(kept, batch.words[found.end - 1])
    return np.asarray(inside | contains(kept, found.word))


def _single_words(readings: Readings, open_: Bools, lexicon: CompiledLexicon) -> tuple[Ints, Ints]:
    """Return the readings that put a single word in place of an open single word, and the numbers of these words."""
    size = len(lexicon["wording.offset"]) - 1
    plain = np.isin(readings.kind, LEXICAL) & (readings.wording < size) & (readings.end == readings.start + 1)
    own = np.flatnonzero(plain & open_[readings.start])
    begins = lexicon["wording.start"][readings.wording[own]].astype(np.int64)
    single = lexicon["wording.start"][readings.wording[own] + 1].astype(np.int64) - begins == 1
    return own[single], lexicon["wording.word"][begins[single]].astype(np.int64)


# --- the context ----------------------------------------------------------------------------------------------


class Context(NamedTuple):
    """The words of all pages as far as they are repaired, and where each token stands among them.

    ngrams: ids of the words in the n-gram model, sentence by sentence between START_ID and END_ID. logs:
    log-probability (nats) of each of them after the two before it. at: for each token where its word stands in
    *ngrams*, -1 if it was replaced. stream: the same words for the context model.
    """

    ngrams: Ints
    logs: Floats
    at: Ints
    stream: Stream


def context_of(lattice: Lattice, path: Ints, tables: Tables) -> Context:
    """Return the words along *path* as a context. path: arcs, sentence by sentence, with start and end arcs."""
    lexicon = tables.lexicon
    sizes = lattice.sizes[path]
    words = lexicon["word.ngrams"][lattice.words[ranges(lattice.offsets[path], sizes)] & WORD_MASK].astype(np.int64)
    before = np.cumsum(sizes) - sizes
    at = np.full(len(lattice.batch.words), -1)
    keeps = lattice.keeps[path]
    at[lattice.first[path[keeps]]] = before[keeps]
    context = lexicon["word.context"][lattice.words & WORD_MASK].astype(np.int64)
    end_mark = int(lexicon["word.context"][lexicon.ids["</s>"] & WORD_MASK])
    one, two = np.append(-1, words)[:-1], np.append((-1, -1), words)[:-2]
    logs = tables.model.trigrams(np.stack((np.where(one == START_ID, -1, two), one, words), axis=1))
    logs[words == START_ID] = 0.0
    return Context(words, logs, at, path_stream(lattice, path, context, end_mark))


def settled_path(inferred: Inferred, confidences: Floats) -> Ints:
    """Return the best path with its edits below SETTLED undone. confidences: of all arcs, shape (arcs,)."""
    lattice, path = inferred.lattice, inferred.path
    unsure = (lattice.reading[path] >= 0) & (confidences[path] < SETTLED)
    keeps = np.flatnonzero(lattice.keeps)
    keeper = np.empty(len(lattice.batch.words), dtype=np.int64)
    keeper[lattice.first[keeps]] = keeps
    counts = np.where(unsure, lattice.end[path] - lattice.first[path], 1)
    result = np.repeat(path, counts)
    again = np.repeat(unsure, counts)
    own = path[unsure]
    result[again] = keeper[ranges(lattice.first[own], lattice.end[own] - lattice.first[own])]
    return result


def spoken_logs(context: Context, found: Relatives, words: Ints, tables: Tables) -> Floats:
    """Return the log-probability (nats) of each relative and the two words behind it, with the relative in its stretch.

    Shape (relatives,). words: the n-gram model's ids of the relatives.
    """
    left, right, rest = _around(context, found)
    stream = context.ngrams
    farther = np.where(left == START_ID, -1, stream[np.maximum(context.at[found.start] - 2, 0)])
    rows = np.stack((farther, left, words, left, words, right, words, right, np.maximum(rest, 0)), axis=1)
    logs = tables.model.trigrams(rows.reshape(-1, 3)).reshape(-1, 3)
    logs[rest < 0, 2] = 0.0
    return logs[:, 0] + logs[:, 1] + logs[:, 2]


def _around(context: Context, found: Relatives) -> tuple[Ints, Ints, Ints]:
    """Return the word before each stretch, and the two behind it; -1 for what lies behind the end of the sentence."""
    stream = context.ngrams
    behind = context.at[found.end - 1] + 1
    right = stream[behind]
    rest = np.where(right == END_ID, -1, stream[np.minimum(behind + 1, len(stream) - 1)])
    return stream[context.at[found.start] - 1], right, rest


def kept_logs(context: Context, found: Relatives) -> Floats:
    """Return the log-probability (nats) of each stretch as it stands with the two words behind, shape (relatives,)."""
    low, high = context.at[found.start], context.at[found.end - 1] + 1
    last = np.where(context.ngrams[high] == END_ID, high + 1, high + 2)
    total = np.zeros(len(found))
    for k in range(LONGEST + 2):  # the rounding of a difference of running sums depends on the words before
        inside = low + k < last
        total[inside] += context.logs[low[inside] + k]
    return total


# --- weighing -------------------------------------------------------------------------------------------------


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
    same = ~_means_otherwise(batch, found, lexicon)
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


# --- what a page shows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """The places at which relatives compete, one for each first token, and the forms of a page that stand there.

    of: the place of each relative, shape (relatives,). Of each place, shape (places,): start: its token. form: a number
    for its word, which it shares with the same word elsewhere on its page. standing: at how many places that form
    stands. page: its page. form_page: the page of each form, shape (forms,). sizes: how many different words in lower
    case each page has, shape (pages,).
    """

    of: Ints
    start: Ints
    form: Ints
    standing: Floats
    page: Ints
    form_page: Ints
    sizes: Floats

    @classmethod
    def of_batch(cls, batch: Batch, found: Relatives) -> "Places":
        """Return the places of *found*."""
        start, of = np.unique(found.start, return_inverse=True)
        page, pages = batch.page_of[start], len(batch.pages)
        key = (page.astype(np.int64) << WORD_BITS) | (batch.words[start] & WORD_MASK)
        forms, form = np.unique(key, return_inverse=True)
        small = np.unique((batch.page_of << WORD_BITS | (batch.words & WORD_MASK))[batch.lower])
        sizes = np.bincount(small >> WORD_BITS, minlength=pages).astype(np.float64)
        standing = np.bincount(form)[form].astype(np.float64)
        return cls(of, start, form, standing, page, forms >> WORD_BITS, sizes)

    def posteriors(self, totals: Floats) -> Floats:
        """Return the probability of each relative against its rivals and the text as it stands, whose total is 0 nats.

        Shape (relatives,). totals: log-odds (nats) of each relative against the text as it stands.
        """
        odds = np.exp(np.clip(totals, -MOST_NATS, MOST_NATS))
        found: Floats = odds / (1.0 + np.bincount(self.of, odds)[self.of])
        return found

    def swapped(self, posteriors: Floats) -> Floats:
        """Return the probability that the word at each place was swapped, shape (places,)."""
        found: Floats = np.minimum(1.0, np.bincount(self.of, posteriors))
        return found

    def best(self, posteriors: Floats) -> Ints:
        """Return the likeliest relative of each place, by start, shape (places,)."""
        order = np.lexsort((-posteriors, self.of))
        found: Ints = order[group_starts(self.of[order])]
        return found

    def page_signs(self, posteriors: Floats, known: Floats) -> list[Floats]:
        """Return PAGE_SIGNS of all relatives, shape (relatives,) each: what the rest of the page says of them.

        known: share of the words of each page that the first decoding repairs, shape (pages,).
        """
        swapped = np.clip(self.swapped(posteriors), SUREST, 1 - SUREST)
        mean = np.bincount(self.form, swapped) / np.bincount(self.form)
        total = np.bincount(self.form_page, mean, minlength=len(self.sizes))
        rest = total[self.page] - mean[self.form]
        rate = np.log((rest + FEW_SWAPS) / (self.sizes[self.page] + FEW_WORDS))
        odds = np.log(swapped / (1 - swapped))
        repeated = self.standing > 1
        others = (np.bincount(self.form, odds)[self.form] - odds) / np.maximum(1.0, self.standing - 1)
        size = np.log((self.sizes[self.page] + 1.0) / USUAL_WORDS)
        columns = rate, np.log(known[self.page]), rate * size, np.where(repeated, others, 0.0), repeated
        return [np.asarray(column, dtype=np.float64)[self.of] for column in columns]


def known_rates(inferred: Inferred, confidences: Floats) -> Floats:
    """Return the share of each page's words in lower case that the first decoding repairs, shape (pages,).

    Only edits of at least SETTLED count. confidences: of all arcs, shape (arcs,).
    """
    lattice, batch = inferred.lattice, inferred.lattice.batch
    sure = inferred.path[(lattice.reading[inferred.path] >= 0) & (confidences[inferred.path] >= SETTLED)]
    made = np.bincount(lattice.page[sure], minlength=len(batch.pages))
    small = np.bincount(batch.page_of[batch.lower], minlength=len(batch.pages))
    return np.asarray((made + FEW_SWAPS) / (small + FEW_WORDS))
