"""The thesaurus behind the lexicon: for words that no entry knows, the originals that a thesaurus has for them.

An unknown spinner's dictionary is taken from some thesaurus, in any sense. The pack holds, for each word and word
class, the commoner words that Moby or WordNet relate it to. Compiled, it is found by the inflected surface of a word or
phrase, and gives lemmas with a score each, which are inflected as the surface is.

A score is the log-probability that the original is the one that was swapped, before any context is looked at: a
conditional logit (McFadden 1974) over the relations of the two words and the frequency of the original, fitted by
`normalizer.learning.synonyms` to swaps seen on pages of thesaurus spinners.
"""

import json
import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import LexiconError
from normalizer.lexicon.entries import head_of
from normalizer.ragged import flatten, group_starts, offsets_of, segment_sums
from normalizer.surface import TAGS, inflect

Array = NDArray[Any]
Floats = NDArray[np.float64]
Phrase = tuple[str, ...]

# How two words are related, a bit each: Moby lists the spun word under the original, or the original under the spun
# word; WordNet has them in one set, as similar, the spun word as the broader or as the narrower one.
RELATIONS = ("listed", "lists", "synonym", "similar", "broader", "narrower")
# What the logit looks at, see `logit_signs`.
LOGIT_SIGNS = ("both_ways", *RELATIONS, "both_sources", "frequency", "rarer", "much_commoner")
RARE = -16.0  # log-probability of a word that the n-gram model does not know
ALL_TAGS = (*TAGS["v"], *TAGS["n"], *TAGS["a"], "RB")
LONGEST = 3  # words of a spun form
CLASSES = ("v", "n", "a", "r")
WEIGHTS = "# weights "  # what the line of a pack begins with that holds the weights of the logit
MOST_WEIGHT = 1e6


class Group(NamedTuple):
    """The originals that a word or phrase may have been written for. pos: v, n, a, or r for an adverb.

    originals, relations: commoner words in base form, and how each is related (bits of RELATIONS).
    """

    spun: str
    pos: str
    originals: tuple[str, ...]
    relations: tuple[int, ...]


class Thesaurus(NamedTuple):
    """What a pack holds: its groups, and the weights of LOGIT_SIGNS."""

    groups: tuple[Group, ...]
    weights: Mapping[str, float]


NO_THESAURUS = Thesaurus((), {})


def read_thesaurus(path: Path) -> Thesaurus:
    """Read the pack at *path*. Raises LexiconError if it is missing or damaged."""
    try:
        lines = lzma.decompress(path.read_bytes()).decode("utf-8").splitlines()
        weights = _weights(next((line for line in lines if line.startswith(WEIGHTS)), ""))
        return Thesaurus(tuple(_group(line) for line in lines if line and not line.startswith("#")), weights)
    except (OSError, EOFError, ValueError, RecursionError, lzma.LZMAError) as error:
        raise LexiconError(f"{path}: cannot read the thesaurus pack ({error}); reinstall normalizer") from error


def _weights(line: str) -> dict[str, float]:
    found = json.loads(line.removeprefix(WEIGHTS)) if line else None
    if not isinstance(found, dict) or set(found) != set(LOGIT_SIGNS):
        raise ValueError(f"expected a line {WEIGHTS.strip()!r} with a number for each of {', '.join(LOGIT_SIGNS)}")
    if not all(type(value) in (int, float) and abs(value) <= MOST_WEIGHT for value in found.values()):
        raise ValueError("a weight is no number, or far too large")
    return found


def _group(line: str) -> Group:
    spun, pos, cell = line.split("\t")
    originals, bits = zip(*(each.split(":") for each in cell.split(" ")), strict=True)
    relations = tuple(map(int, bits))
    within = min(relations) > 0 and max(relations) < 1 << len(RELATIONS)
    if not (spun and pos in CLASSES and all(originals) and within):
        raise ValueError(f"expected spun form, word class, and originals with their relations, found {line!r}")
    return Group(spun, pos, originals, relations)


def logit_signs(relations: Array, spun: float | Floats, originals: Floats) -> Floats:
    """Return what the logit looks at for each original of spun forms, shape (originals, LOGIT_SIGNS).

    relations: bits, shape (originals,). spun, originals: log-probabilities of the words (nats); spun: of one spun form,
    or of that of each original.
    """
    bits = [(relations & (1 << k)) > 0 for k in range(len(RELATIONS))]
    moby, wordnet = bits[0] | bits[1], bits[2] | bits[3] | bits[4] | bits[5]
    columns = (
        bits[0] & bits[1], *bits, moby & wordnet, originals, np.maximum(0.0, spun - originals),
        np.minimum(0.0, spun - originals + 2.0),
    )  # fmt: skip
    return np.stack(columns, axis=1, dtype=np.float64)


def logit_scores(groups: Sequence[Group], logs: Mapping[str, float], weights: Mapping[str, float]) -> Floats:
    """Return the log-probability of each original of *groups*, one group after the other.

    logs: log-probability of single words (nats).
    """
    counts = np.array([len(group.originals) for group in groups], dtype=np.int64)
    starts = offsets_of(counts)
    spun = np.array([logs.get(group.spun, RARE) for group in groups])
    originals = np.array([logs.get(word, RARE) for group in groups for word in group.originals])
    relations = np.array([bits for group in groups for bits in group.relations], dtype=np.int64)
    signs = logit_signs(relations, np.repeat(spun, counts), originals)
    total = signs @ np.array([weights[name] for name in LOGIT_SIGNS])
    total -= np.repeat(np.maximum.reduceat(total, starts[:-1]), counts)
    found: Floats = total - np.repeat(np.log(segment_sums(np.exp(total), starts)), counts)
    return found


def surfaces(spun: str, pos: str) -> Iterator[tuple[Phrase, int]]:
    """Yield the folded words of each inflection of a word or phrase, and the number of its tag in ALL_TAGS."""
    if pos == "r":
        yield tuple(spun.split(" ")), len(ALL_TAGS) - 1
        return
    words, at = head_of(spun, pos)
    for tag in TAGS[pos]:
        if (form := inflect(words[at], pos, tag)) is not None:
            yield (*words[:at], *form.split(" "), *words[at + 1 :]), ALL_TAGS.index(tag)


class Surface(NamedTuple):
    """A spun form as it is written. words: folded. group: number of its group. tag: of ALL_TAGS."""

    words: Phrase
    group: int
    tag: int


def spun_surfaces(groups: Sequence[Group]) -> list[Surface]:
    """Return every inflected surface of the spun forms of *groups*, in order."""
    return sorted(
        Surface(words, number, tag)
        for number, group in enumerate(groups)
        for words, tag in surfaces(group.spun, group.pos)
        if len(words) <= LONGEST
    )


def original_forms(groups: Iterable[Group]) -> dict[tuple[str, str], dict[int, str]]:
    """Return for each original and word class its forms by the number of their tag."""
    lemmas = sorted({(word, group.pos) for group in groups for word in group.originals})
    return {lemma: {tag: words[0] for words, tag in surfaces(*lemma)} for lemma in lemmas}


def thesaurus_columns(
    thesaurus: Thesaurus,
    found: Sequence[Surface],
    forms: Mapping[tuple[str, str], Mapping[int, str]],
    ids: Mapping[str, int],
    logs: Mapping[str, float],
    key: Any,
) -> dict[str, Array]:
    """Return the columns of a thesaurus, see `compiled`.

    found, forms: what `spun_surfaces` and `original_forms` return. ids: numbers of all words. logs: log-probability of
    single words. key: makes a number of the ids of a phrase.
    """
    keys = np.array([key([ids[word] for word in each.words]) for each in found], dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = group_starts(keys)
    lemmas = {lemma: number for number, lemma in enumerate(forms)}
    table = np.zeros((len(lemmas), len(ALL_TAGS)), dtype=np.int32)
    for lemma, number in lemmas.items():
        for tag, word in forms[lemma].items():
            table[number, tag] = ids[word] + 1
    groups = thesaurus.groups
    pairs, offsets = flatten([lemmas[word, group.pos] for word in group.originals] for group in groups)
    scores = logit_scores(groups, logs, thesaurus.weights) if groups else np.zeros(0)
    return {
        "surface.key": keys[starts],
        "surface.offset": np.append(starts, len(keys)).astype(np.uint32),
        "surface.group": np.array([each.group for each in found], dtype=np.uint32)[order],
        "surface.tag": np.array([each.tag for each in found], dtype=np.uint8)[order],
        "group.offset": offsets.astype(np.uint32),
        "pair.lemma": pairs.astype(np.uint32),
        "pair.score": scores.astype(np.float32),
        "pair.relation": np.array([bits for group in groups for bits in group.relations], dtype=np.uint8),
        "lemma.form": table.ravel(),
    }
