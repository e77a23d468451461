"""Compiling a lexicon: from its entries to columns that are ready for reading.

An entry says how a phrase is written, in its base form, and what stood there before. The reading of an article asks
another question: what can this stretch of words, as it is inflected here, be read as? So every spun form is inflected
in all ways that its original can follow, and for each resulting stretch the rows say which words are replaced by which
wording, under which guard, on the word of which entries. A stretch is found by walking a trie over word numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.lexicon.entries import OPEN, Entry, Guard, head_of
from normalizer.lexicon.files import FAMILIES
from normalizer.lexicon.thesaurus import NO_THESAURUS, Thesaurus, original_forms, spun_surfaces, thesaurus_columns
from normalizer.ragged import flatten, offsets_of
from normalizer.surface import forms, inflect_phrase
from normalizer.tokens import fold_words, tokenize

Array = NDArray[Any]
Phrase = tuple[str, ...]

WORD_BITS = 20  # a word's number in a key; a lexicon of a million different words is far away
FAMILY_NAMES = tuple(FAMILIES)
KINDS = ("lexical", "function", "name", "number", "grammar", "reference")
ARTICLES = ("a", "an")  # wordings that grammar proposes, so that every lexicon has them


class Row(NamedTuple):
    """One way to read a stretch of words.

    left, right: how many words of the stretch stay as they are at either end. text: what stands for the rest.
    """

    guard: Guard
    left: int
    right: int
    text: str


Stretches = dict[Phrase, dict[Row, dict[int, None]]]  # rows by stretch, each with the numbers of its entries


Models = Mapping[str, Callable[[Sequence[str]], Sequence[int]]]  # by name: numbers of a sequence of folded words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the models that a lexicon is compiled for; those that only the lexicon has are numbered behind them.

    words: in the order of their UTF-8 bytes. ids: the place of each. columns: letters and numbers of all words, see
    `compiled`. models: what finds the numbers of further words. scores: log-probabilities (nats) of rows of three word
    numbers of the n-gram model, -1 for no word.
    """

    words: tuple[str, ...]
    ids: Mapping[str, int]
    columns: Mapping[str, Array]
    models: Models
    scores: Callable[[Array], Array]

    @classmethod
    def of(cls, words: Iterable[str], models: Models, scores: Callable[[Array], Array]) -> "Vocabulary":
        """Return the vocabulary of all *words* of the *models*."""
        ordered = tuple(sorted(set(words), key=str.encode))
        ids = {word: number for number, word in enumerate(ordered)}
        return cls(ordered, ids, _word_columns(ordered, models), models, scores)


def clings(text: str) -> bool:
    """Say whether *text* starts with a clitic: swapped for a word of its own it would leave "Ihave" or "I 've"."""
    return len(text) > 1 and text[0] == "'" and text[1].isalpha()


def compile_columns(
    entries: Sequence[Entry],
    strengths: Sequence[float],
    signs: Mapping[Phrase, float],
    vocabulary: Vocabulary,
    thesaurus: Thesaurus = NO_THESAURUS,
) -> tuple[dict[str, Array], list[Guard]]:
    """Return the columns of *entries* by name (see `compiled`), and the guards that they number.

    strengths: P(spun form | original was swapped) of each entry. signs: what spun forms tell of a spinner (nats).
    thesaurus: what stands behind the entries.
    """
    stretches = expand(entries)
    surfaces, forms = spun_surfaces(thesaurus.groups), original_forms(thesaurus.groups)
    texts = sorted({row.text for rows in stretches.values() for row in rows} | set(ARTICLES))
    folded = {text: fold_words(text) for text in texts}
    guards = sorted({row.guard for rows in stretches.values() for row in rows} - {OPEN}, key=repr)
    used = {word for phrases in (stretches, folded.values(), signs) for phrase in phrases for word in phrase}
    used.update(word for guard in guards for word in (*guard.before, *guard.after, *guard.has))
    used.update(word for surface in surfaces for word in surface.words)
    used.update(word for own in forms.values() for word in own.values())
    extra = sorted(used - vocabulary.ids.keys(), key=str.encode)
    ids = {**vocabulary.ids, **{word: number for number, word in enumerate(extra, len(vocabulary.words))}}
    numbers = {text: number for number, text in enumerate(texts)}
    columns = _joined_words(vocabulary.columns, _word_columns(extra, vocabulary.models))
    columns |= sign_columns(entries, signs, ids)
    columns |= _trie_columns(stretches, ids, numbers, {guard: number for number, guard in enumerate([OPEN, *guards])})
    columns |= _wording_columns(texts, folded, ids, vocabulary)
    columns |= entry_columns(entries, strengths)
    columns |= text_columns("entry", [entry.describe() for entry in entries])
    columns |= thesaurus_columns(thesaurus, surfaces, forms, ids, _frequencies(thesaurus, vocabulary), sign_key)
    return columns, guards


def _frequencies(thesaurus: Thesaurus, vocabulary: Vocabulary) -> dict[str, float]:
    """Return the log-probability (nats) of each word of the thesaurus that the n-gram model knows."""
    words = sorted({word for group in thesaurus.groups for word in (group.spun, *group.originals)})
    numbers = np.array(vocabulary.models["ngrams"](words), dtype=np.int64)
    none = np.full(len(words), -1, dtype=np.int64)
    logs = vocabulary.scores(np.stack((none, none, numbers), axis=1)).tolist() if words else []
    return {word: log for word, number, log in zip(words, numbers.tolist(), logs, strict=True) if number}


def _word_columns(words: Sequence[str], models: Models) -> dict[str, Array]:
    columns = text_columns("words", words)
    return columns | {f"word.{name}": np.array(find(words), dtype=np.uint16) for name, find in models.items()}


def _joined_words(first: Mapping[str, Array], second: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns of the words of both, one after the other."""
    columns = {name: np.concatenate((values, second[name])) for name, values in first.items()}
    moved = second["words.offset"][1:] + first["words.offset"][-1]
    return columns | {"words.offset": np.concatenate((first["words.offset"], moved))}


def expand(entries: Sequence[Entry]) -> Stretches:
    """Return what every stretch of folded words can be read as, spun forms inflected in all ways."""
    stretches: Stretches = defaultdict(lambda: defaultdict(dict))
    for number, entry in enumerate(entries):
        for stretch, text in _inflected(entry):
            row = _trimmed(entry.guard, text, stretch)
            if row is not None:
                stretches[stretch][row][number] = None
    return stretches


def _inflected(entry: Entry) -> Iterator[tuple[Phrase, str]]:
    """Yield each stretch of words that *entry* reads, and its original in the same inflection."""
    if not entry.pos:
        yield fold_words(entry.spun), entry.original
    for pos in entry.pos:
        words, at = head_of(entry.spun, pos)
        before, behind = fold_words(" ".join(words[:at])), fold_words(" ".join(words[at + 1 :]))
        for form, tags in forms(words[at].lower(), pos).items():
            for tag in tags:
                text = inflect_phrase(entry.original, pos, tag)
                if text is not None:
                    yield (*before, form, *behind), text


def _trimmed(guard: Guard, text: str, stretch: Phrase) -> Row | None:
    """Return the row that reads *stretch* as *text*, without what both share at either end.

    "press conference" for "press convention" is "conference" for "convention", and so joins what other entries say of
    that word. None if nothing is left to change, or if a clitic would stand for a word.
    """
    folded = fold_words(text)
    start, end = 0, len(stretch)
    left, right = 0, len(folded)
    while end - start > 1 and right - left > 1 and folded[right - 1] == stretch[end - 1]:
        right, end = right - 1, end - 1
    while end - start > 1 and right - left > 1 and folded[left] == stretch[start]:
        left, start = left + 1, start + 1
    if folded[left:right] == stretch[start:end]:
        return None
    if right - left < len(folded):
        pieces = tokenize(text)
        text = text[pieces[left].start : pieces[right - 1].end]
    if clings(text) != clings(stretch[start]):
        return None
    return Row(guard, start, len(stretch) - end, text)


def entry_columns(entries: Sequence[Entry], strengths: Sequence[float]) -> dict[str, Array]:
    """Return what is known of each entry, a column each."""
    return {
        "entry.family": np.array([FAMILY_NAMES.index(entry.family) for entry in entries], dtype=np.uint8),
        "entry.kind": np.array([KINDS.index(entry.kind) for entry in entries], dtype=np.uint8),
        "entry.phrase": np.array([" " in entry.spun for entry in entries], dtype=np.uint8),
        "entry.reference": np.array([entry.guard.reference for entry in entries], dtype=np.uint8),
        "entry.clean": np.array([entry.clean for entry in entries], dtype=np.float64),
        **evidence_columns(entries, strengths),
    }


def evidence_columns(entries: Sequence[Entry], strengths: Sequence[float]) -> dict[str, Array]:
    """Return what changes of the entries where a source is left out, a column each."""
    return {
        "entry.weight": np.array([entry.weight for entry in entries], dtype=np.float64),
        "entry.count": np.array([entry.count for entry in entries], dtype=np.float64),
        "entry.strength": np.array(strengths, dtype=np.float64),
    }


def text_columns(name: str, texts: Sequence[str]) -> dict[str, Array]:
    """Return *texts* as one run of bytes and the offset of each."""
    encoded = [text.encode() for text in texts]
    offsets = offsets_of(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    return {f"{name}.text": np.frombuffer(b"".join(encoded), np.uint8), f"{name}.offset": offsets.astype(np.uint32)}


def sign_columns(entries: Sequence[Entry], signs: Mapping[Phrase, float], ids: Mapping[str, int]) -> dict[str, Array]:
    """Return what single words and phrases tell of a spinner (nats), as columns; ids: of all words."""
    single = {stretch[0]: worth for stretch, worth in signs.items() if len(stretch) == 1}
    inflected = dict(single)
    for lemma, pos in {(entry.spun, pos) for entry in entries if entry.spun in single for pos in entry.pos}:
        for form in forms(lemma, pos):
            if form in ids:
                inflected[form] = max(inflected.get(form, 0.0), single[lemma])
    phrases = sorted((sign_key([ids[word] for word in words]), worth) for words, worth in signs.items() if words[1:])
    return {
        "word.sign": _by_word(single, ids),
        "word.worth": np.maximum(0.0, _by_word(inflected, ids)),
        "sign.key": np.array([key for key, _ in phrases], dtype=np.int64),
        "sign.worth": np.array([worth for _, worth in phrases], dtype=np.float64),
    }


def _by_word(values: Mapping[str, float], ids: Mapping[str, int]) -> Array:
    column = np.zeros(len(ids))
    column[np.array([ids[word] for word in values], dtype=np.int64)] = list(values.values())
    return column


def _trie_columns(
    stretches: Stretches, ids: Mapping[str, int], wordings: Mapping[str, int], guards: Mapping[Guard, int]
) -> dict[str, Array]:
    """Return the trie over all stretches, the rows at its nodes and the entries behind the rows.

    Nodes are numbered by the order of the stretches, so that equal entries give equal bytes.
    """
    nodes: dict[tuple[int, int], int] = {}
    at_node: dict[int, list[tuple[int, int, int, int, list[int]]]] = {}
    for stretch in sorted(stretches):
        node = 0
        for word in stretch:
            node = nodes.setdefault((node, ids[word]), len(nodes) + 1)
        rows = [(wordings[r.text], r.left, r.right, guards[r.guard], list(e)) for r, e in stretches[stretch].items()]
        at_node[node] = sorted(rows)
    flat = [row for node in range(len(nodes) + 1) for row in at_node.get(node, ())]
    behind, starts = flatten(row[4] for row in flat)
    first = np.zeros(len(ids), dtype=np.int32)
    inner = sorted((node << WORD_BITS | number, child) for (node, number), child in nodes.items() if node)
    for (node, number), child in nodes.items():
        if not node:
            first[number] = child
    counts = np.array([len(at_node.get(node, ())) for node in range(len(nodes) + 1)], dtype=np.int64)
    return {
        "word.node": first,
        "edge.key": np.array([key for key, _ in inner], dtype=np.int64),
        "edge.node": np.array([child for _, child in inner], dtype=np.int32),
        "node.rows": offsets_of(counts).astype(np.uint32),
        "row.wording": np.array([row[0] for row in flat], dtype=np.uint32),
        "row.left": np.array([row[1] for row in flat], dtype=np.uint8),
        "row.right": np.array([row[2] for row in flat], dtype=np.uint8),
        "row.guard": np.array([row[3] for row in flat], dtype=np.uint16),
        "row.offset": starts.astype(np.uint32),
        "row.entry": behind.astype(np.uint32),
    }


def _wording_columns(
    texts: Sequence[str], folded: Mapping[str, Phrase], ids: Mapping[str, int], vocabulary: Vocabulary
) -> dict[str, Array]:
    """Return the wordings, in the order of their texts: letters, words, and n-gram scores inside each of them."""
    flat, starts = flatten([ids[word] for word in folded[text]] for text in texts)
    columns = text_columns("wording", texts)
    columns |= {"wording.word": flat.astype(np.uint32), "wording.start": starts.astype(np.uint32)}
    words = [word for text in texts for word in folded[text]]
    numbers = np.array(vocabulary.models["ngrams"](words), dtype=np.int64)
    return columns | inner_scores(numbers, starts, vocabulary.scores)


def inner_scores(words: Array, starts: Array, scores: Callable[[Array], Array]) -> dict[str, Array]:
    """Return the n-gram scores inside wordings: of the second word after the first, and of all words behind it.

    words, starts: word numbers of the n-gram model, and the offsets of the wordings.
    """
    sizes = np.diff(starts)
    place = np.arange(len(words)) - np.repeat(starts[:-1], sizes)
    own = np.repeat(np.arange(len(sizes)), sizes)
    second, later = np.flatnonzero(place == 1), np.flatnonzero(place >= 2)
    pair, tail = np.zeros(len(sizes)), np.zeros(len(sizes))
    none = np.full(len(second), -1, dtype=np.int64)
    pair[own[second]] = scores(np.stack((none, words[second - 1], words[second]), axis=1))
    found = scores(np.stack((words[later - 2], words[later - 1], words[later]), axis=1))
    tail += np.bincount(own[later], found, minlength=len(sizes))
    return {"wording.pair": pair, "wording.tail": tail}


def sign_key(ids: Sequence[int]) -> int:
    """Return the number of a phrase of up to three words; no two phrases share one."""
    key = 0
    for number in ids:
        key = key << WORD_BITS | (number + 1)
    return key
