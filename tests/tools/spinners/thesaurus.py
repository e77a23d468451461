"""Two public thesauri as tables: what each puts beside a word, relation by relation.

Moby Thesaurus II (Grady Ward, public domain) lists for a root every word that has anything to do with it, of any sense
and part of speech. WordNet 3.0 (Princeton; Miller 1995) lists lemmas by part of speech and relation, the senses of a
lemma run together. The files are `moby.tsv.xz` (root, words divided by `|`) and `wordnet.tsv.xz` (lemma, part of
speech, relation, words); they are not part of this project.
"""

import lzma
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from math import log
from pathlib import Path

from normalizer.errors import CaseError
from normalizer.language_model import LanguageModel
from normalizer.lexicon import Entry
from normalizer.surface import Analysis, analyses, head_index

MOBY = "moby"
AGREED = "agreed"  # what Moby and WordNet both put beside a word: the sense is nearer there
# Relations of WordNet that a spinner draws from, under the name they have here.
RELATIONS = {
    "synonym": "synonym",
    "similar": "similar",
    "also": "similar",
    "verb_group": "similar",
    "hypernym": "broader",
    "hyponym": "narrower",
}
SEEN = "seen"  # what some spinner was seen to write for the word
SOURCES = (MOBY, "synonym", "similar", "broader", "narrower")
CLASSES = "vnar"  # verb, noun, adjective, adverb, as WordNet writes them
RARE = log(1e-8)  # log-probability of a word outside the model's vocabulary
LINKED = 3.0  # by how many nats a phrase counts as rarer than the rarest of its words

SEEN_IN = ("a", "b", "t")
SEEN_FILE = Path(__file__).parent / "seen.tsv"


def half(*parts: object) -> int:
    """Return 0 (to learn from) or 1 (held) for what *parts* name, the same on every machine."""
    return sha256(" ".join(map(str, parts)).encode()).digest()[0] & 1


@dataclass(frozen=True)
class Thesaurus:
    """What may stand for a word, as words divided by `|`.

    moby: by root. wordnet: by (lemma, class, relation). seen: by (lemma, class), what spinners were seen to write.
    """

    moby: Mapping[str, str]
    wordnet: Mapping[tuple[str, str, str], str]
    seen: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> "Thesaurus":
        """Read both tables in *folder*. Raises CaseError for one that is not there or cannot be read."""
        moby = {row[0]: row[1] for row in _rows(folder / "moby.tsv.xz", 2)}
        wordnet: dict[tuple[str, str, str], str] = {}
        for lemma, pos, relation, words in _rows(folder / "wordnet.tsv.xz", 4):
            key = (lemma, pos, RELATIONS.get(relation, relation))
            wordnet[key] = f"{wordnet[key]}|{words}" if key in wordnet else words
        return cls(moby, wordnet, read_seen())

    def near(self, lemma: str, pos: str, source: str) -> list[str]:
        """Return what *source* (AGREED, SEEN or one of SOURCES) puts beside *lemma* of the class *pos*, each once."""
        if source == AGREED:
            moby = set(self.near(lemma, pos, MOBY))
            listed = [form for relation in SOURCES[1:] for form in self.near(lemma, pos, relation)]
            return list(dict.fromkeys(form for form in listed if form in moby))
        if source == SEEN:
            row = self.seen.get((lemma, pos), "")
        else:
            row = self.moby.get(lemma, "") if source == MOBY else self.wordnet.get((lemma, pos, source), "")
        return list(dict.fromkeys(row.split("|"))) if row else []

    def holds(self, lemma: str, pos: str, other: str) -> bool:
        """Tell whether any source puts *other* beside *lemma*, or the other way round."""
        return any(
            other in self.near(lemma, pos, source) or lemma in self.near(other, pos, source) for source in SOURCES
        )

    @cached_property
    def phrases(self) -> frozenset[str]:
        """Roots of several words."""
        return frozenset(root for root in (*self.moby, *(key[0] for key in self.wordnet)) if " " in root)

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """The classes of every lemma of WordNet, as letters."""
        found: dict[str, str] = {}
        for lemma, pos, _ in self.wordnet:
            if pos not in found.get(lemma, ""):
                found[lemma] = found.get(lemma, "") + pos
        return found

    def is_of(self, phrase: str, pos: str) -> bool:
        """Tell whether *phrase* can be of the class *pos*, as far as tables know it."""
        known = self.classes.get(phrase, "")
        if known:
            return pos in known
        if pos == "r":
            return False
        head = phrase.split(" ")[head_index(phrase.split(" "), pos)]
        return any(a.lemma == head and a.pos == pos for a in analyses(head))

    def reaches(self, spun: str, original: str) -> bool:
        """Tell whether the tables offer *original* for *spun* (both folded), inflected alike.

        What they offer is what stands beside a word in either table, in either direction.
        """
        return any(
            one.tag == two.tag and self.holds(one.lemma, one.pos, two.lemma)
            for one in readings(spun)
            for two in readings(original)
            if one.pos == two.pos
        )


def readings(phrase: str) -> Iterator[Analysis]:
    """Yield every way to read a folded word or phrase: inflected at its head, and as it stands."""
    words = phrase.split(" ")
    for pos in CLASSES:
        yield Analysis(phrase, pos, "")
    for pos in "vna":
        at = head_index(words, pos)
        for found in analyses(words[at]):
            if found.pos == pos:
                lemma = " ".join([*words[:at], found.lemma, *words[at + 1 :]])
                yield Analysis(lemma, pos, found.tag)


class Frequencies:
    """How common a word is in clean news, by the language model."""

    def __init__(self, model: LanguageModel) -> None:
        logs = model.unigram_log_probs(model.ids(model.words))
        self._logs = dict(zip(model.words, logs.tolist(), strict=True))

    def log(self, phrase: str) -> float:
        """Return the log-probability of a word; of a phrase that of its rarest word, less LINKED."""
        known = self._logs.get(phrase)
        if known is None:
            known = min(self._logs.get(word, RARE) for word in phrase.split(" ")) - LINKED if " " in phrase else RARE
            self._logs[phrase] = known
        return known


def read_seen() -> dict[tuple[str, str], str]:
    """Return what spinners were seen to write, from the table beside this module."""
    lines = SEEN_FILE.read_text(encoding="utf-8").splitlines()[1:]
    return {(lemma, pos): forms for lemma, pos, forms in (line.split("\t") for line in lines)}


def write_seen(entries: Iterable[Entry]) -> None:
    """Write the table of what spinners were seen to write, from the *entries* that were counted on real pages."""
    table: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in entries:
        spun, original = entry.spun.replace("*", ""), entry.original.replace("*", "")
        if (
            entry.count > 0
            and entry.family in SEEN_IN
            and entry.kind == "lexical"
            and (spun + original).replace(" ", "").isalpha()
        ):
            classes = entry.pos or ("" if " " in original else "r")
            for pos in classes or [""]:
                table[original, pos].append(spun)
    lines = ["\t".join((*key, "|".join(sorted(set(forms))))) for key, forms in sorted(table.items())]
    SEEN_FILE.write_text("\n".join(["original\tclass\tforms", *lines, ""]), encoding="utf-8")


def _rows(path: Path, width: int) -> Iterator[list[str]]:
    try:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                cells = line.rstrip("\n").split("\t")
                if len(cells) != width:
                    raise CaseError(
                        f"{path}, line {number}: expected {width} cells divided by tabs, found {len(cells)}; "
                        "restore the file"
                    )
                yield cells
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise CaseError(f"{path}: expected a table of a thesaurus (UTF-8, xz), found: {error}; get it") from error
