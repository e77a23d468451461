"""Making the thesaurus pack: which commoner words a word may have been swapped for, by Moby and WordNet.

    python -m normalizer.learning.synonyms moby.tsv.xz wordnet.tsv.xz -o lexicons/thesaurus.tsv.xz

moby.tsv.xz: `root<TAB>synonyms`, from Moby Thesaurus II. wordnet.tsv.xz: `lemma<TAB>part of speech<TAB>relation<TAB>
words`, from WordNet 3.0. Words are separated by `|`. The originals of a word are ranked by a conditional logit, which
is fitted to the swaps that the lexicon has from real pages of thesaurus spinners; the likeliest are kept.
"""

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from normalizer.errors import LexiconError, NormalizerError
from normalizer.files import write_atomically
from normalizer.language_model import LanguageModel
from normalizer.lexicon import Entry, Lexicon
from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.lexicon.thesaurus import LOGIT_SIGNS, RARE, RELATIONS, WEIGHTS, Group, logit_scores, logit_signs
from normalizer.surface import analyses

Floats = NDArray[np.float64]
Related = dict[tuple[str, str], dict[str, int]]  # by spun form and word class: bits of RELATIONS by original

COMMON = 25_000  # originals are among so many most frequent words of clean news
MOST, MOST_OF_PHRASE = 24, 6  # originals kept for a word, and for a phrase
WORST = 4.0  # nats behind the best original at which others are left out
SPUN_FORM = re.compile(r"[a-z]+(?:[ -][a-z]+){0,2}")
CLASSES = {"n": "n", "v": "v", "a": "a", "s": "a", "r": "r"}
BIT = {name: 1 << number for number, name in enumerate(RELATIONS)}
# By a relation of WordNet: how the listed word is related to its lemma as the original, and the reverse.
WORDNET = {
    "synonym": ("synonym", "synonym"),
    "similar": ("similar", "similar"),
    "also": ("similar", "similar"),
    "verb_group": ("similar", "similar"),
    "hypernym": ("broader", "narrower"),
    "hyponym": ("narrower", "broader"),
}
OF_THESAURUS_SPINNERS = ("t",)  # families whose swaps the logit is fitted to
STEPS, RATE, PRIOR = 600, 0.02, 0.05
NOTE = (
    "# Words and the commoner words that they may have been written for, by their relations in Moby Thesaurus II",
    "# (Grady Ward, public domain) and WordNet 3.0 (Princeton University, see NOTICE). Rebuilt by:",
    "# python -m normalizer.learning.synonyms moby.tsv.xz wordnet.tsv.xz -o lexicons/thesaurus.tsv.xz",
)


def related(moby: Iterable[str], wordnet: Iterable[str], common: set[str]) -> Related:
    """Return the *common* originals of all spun forms, from the lines of both sources."""
    found: Related = defaultdict(lambda: defaultdict(int))
    classes: dict[str, set[str]] = defaultdict(set)

    def add(spun: str, pos: str, original: str, relation: str) -> None:
        if spun != original and original in common and spun not in FUNCTION_WORDS and SPUN_FORM.fullmatch(spun):
            found[spun, pos][original] |= BIT[relation]

    for line in wordnet:
        lemma, part, relation, words = line.rstrip("\n").split("\t")
        pos, (listed, lists) = CLASSES[part], WORDNET[relation]
        classes[lemma].add(pos)
        for word in words.split("|"):
            add(word, pos, lemma, listed)
            add(lemma, pos, word, lists)
    known: dict[str, frozenset[str]] = {}

    def classes_of(word: str) -> frozenset[str]:
        if word not in known:
            own = classes.get(word) or {each.pos for each in analyses(word) if each.lemma == word}
            known[word] = frozenset(own)
        return known[word]

    for line in moby:
        root, _, words = line.rstrip("\n").lower().partition("\t")
        for word in words.split("|"):
            for spun, original, relation in ((word, root, "listed"), (root, word, "lists")):
                if original in common and SPUN_FORM.fullmatch(spun):
                    for pos in classes_of(original) & (classes_of(spun) or classes_of(original)):
                        add(spun, pos, original, relation)
    return found


def observed(entries: Iterable[Entry], groups: Related) -> dict[tuple[str, str, str], float]:
    """Return how often each swap of the *groups* was seen on pages of thesaurus spinners."""
    seen: dict[tuple[str, str, str], float] = defaultdict(float)
    for entry in entries:
        if entry.family in OF_THESAURUS_SPINNERS and entry.count and entry.kind == "lexical":
            spun, original = entry.spun.lower().replace("*", ""), entry.original.lower()
            for pos in entry.pos or "r":
                if original in groups.get((spun, pos), ()):
                    seen[spun, pos, original] += entry.count
    return seen


def fit(seen: Mapping[tuple[str, str, str], float], groups: Related, logs: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of LOGIT_SIGNS under which the originals that were *seen* are likeliest."""
    rows = []
    for spun, pos, original in sorted(seen):
        own = groups[spun, pos]
        frequencies = np.array([logs.get(word, RARE) for word in own])
        signs = logit_signs(np.array(list(own.values())), logs.get(spun, RARE), frequencies)
        rows.append((list(own).index(original), signs, min(3.0, seen[spun, pos, original])))
    weights = np.zeros(len(LOGIT_SIGNS))
    total = sum(row[2] for row in rows) or 1.0
    for _ in range(STEPS):
        slope = -PRIOR * weights
        for right, signs, count in rows:
            scores = signs @ weights
            shares = np.exp(scores - scores.max())
            slope += count * (signs[right] - shares @ signs / shares.sum())
        weights += RATE * slope * min(1.0, 100.0 / total)
    return {name: round(float(weight), 4) for name, weight in zip(LOGIT_SIGNS, weights, strict=True)}


def kept_groups(groups: Related, logs: Mapping[str, float], weights: Mapping[str, float]) -> Iterator[Group]:
    """Yield the groups with their likeliest originals first, those that say too little left out.

    Of words that clean news does not know, and of phrases, only close relations are kept: the others are mostly names
    of species and the like.
    """
    for (spun, pos), own in sorted(groups.items()):
        words = re.split("[ -]", spun)
        phrase, unknown = len(words) > 1, any(word not in logs for word in words)
        if phrase and unknown:
            continue
        kept = {word: bits for word, bits in own.items() if _close(bits, phrase, unknown)}
        if kept:
            group = Group(spun, pos, tuple(kept), tuple(kept.values()))
            scores = logit_scores([group], logs, weights)
            best = [i for i in np.argsort(-scores, kind="stable").tolist() if scores[i] > scores.max() - WORST]
            best = best[: MOST_OF_PHRASE if phrase else MOST]
            yield Group(spun, pos, tuple(group.originals[i] for i in best), tuple(group.relations[i] for i in best))


def _close(bits: int, phrase: bool, unknown: bool) -> bool:
    both = BIT["listed"] | BIT["lists"]
    if phrase:
        return bits & both == both or bool(bits & BIT["synonym"])
    return not unknown or bool(bits & (both | BIT["synonym"] | BIT["similar"]))


def pack(groups: Sequence[Group], weights: Mapping[str, float]) -> bytes:
    """Return the packed file; the same groups give the same bytes."""
    rows = (
        f"{group.spun}\t{group.pos}\t"
        + " ".join(f"{word}:{bits}" for word, bits in zip(group.originals, group.relations, strict=True))
        for group in groups
    )
    text = "\n".join([*NOTE, f"{WEIGHTS}{json.dumps(weights)}", *rows, ""])
    return lzma.compress(text.encode(), preset=9)


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of an .xz file. Raises LexiconError naming it."""
    try:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            yield from file
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise LexiconError(f"{path}: expected lines of words, compressed by xz, found: {error}") from error


@click.command()
@click.argument("moby", type=click.Path(path_type=Path))
@click.argument("wordnet", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="Write this file.")
def main(moby: Path, wordnet: Path, output: Path) -> None:
    """Write the thesaurus pack."""
    try:
        model = LanguageModel.load()
        logs = dict(zip(model.words, model.unigram_log_probs(range(len(model.words))).tolist(), strict=True))
        common = {word for word in model.words[:COMMON] if word.isalpha() and len(word) > 1}
        groups = related(read_lines(moby), read_lines(wordnet), common)
        seen = observed(Lexicon.load().entries, groups)
        weights = fit(seen, groups, logs)
        kept = list(kept_groups(groups, logs, weights))
        data = pack(kept, weights)
        write_atomically(output, data)
    except NormalizerError as error:
        click.echo(error, err=True)
        click.get_current_context().exit(2)
    pairs = sum(len(group.originals) for group in kept)
    click.echo(f"{pairs} pairs of {len(kept)} spun forms, {len(data)} bytes; logit over {len(seen)} swaps: {weights}")


if __name__ == "__main__":
    main()
