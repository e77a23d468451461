"""Finding spun forms in a token sequence: a trie over words, with inflected heads found by their lemma."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from normalizer.lexicon.entries import Entry, head_of
from normalizer.surface import analyses
from normalizer.tokens import fold_words

# A node maps a word, or a (lemma, pos) pair for an inflected head, to the next node; None leads to the entries that
# end here.
Node = dict[Any, Any]


class Match(NamedTuple):
    """A spun form found at tokens start..end.

    pos, tag: word class and inflection tag of the entry's head, both "" if its form is fixed.
    """

    start: int
    end: int
    entry: Entry
    pos: str
    tag: str


def build_trie(entries: Iterable[Entry]) -> Node:
    """Return the root node over the spun forms of *entries*."""
    root: Node = {}
    for entry in entries:
        for key in trie_keys(entry):
            node = root
            for part in key:
                node = node.setdefault(part, {})
            node.setdefault(None, []).append(entry)
    return root


def trie_keys(entry: Entry) -> Iterator[tuple[Any, ...]]:
    """Yield the key paths of an entry: its words, or for each word class those with a lemma in place of the head."""
    if not entry.pos:
        yield fold_words(entry.spun)
    elif entry.spun.isalpha():
        yield from (((entry.spun.lower(), pos),) for pos in entry.pos)
        return
    for pos in entry.pos:
        words, at = head_of(entry.spun, pos)
        yield (*fold_words(" ".join(words[:at])), (words[at].lower(), pos), *fold_words(" ".join(words[at + 1 :])))


def find_matches(root: Node, words: Sequence[str]) -> Iterator[Match]:
    """Yield every match in *words* (folded), by start."""
    for start in range(len(words)):
        yield from _walk(root, words, start, start, "", "")


def find_stretches(root: Node, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every stretch of *words* with a match, each once, by start.

    Articles repeat themselves, so what a stretch matches is worth remembering; finding the stretches is the part that
    has to be done each time.
    """
    for start, word in enumerate(words):
        nodes = _children(root, word)
        at = start + 1
        while nodes:
            if any(None in node for node in nodes):
                yield start, at
            if at == len(words):
                break
            nodes = [child for node in nodes for child in _children(node, words[at])]
            at += 1


def _children(node: Node, word: str) -> list[Node]:
    found = [node[word]] if word in node else []
    if len(node) > len(found) + (None in node):
        found += [node[key] for key in _lemma_keys(word) if key in node]
    return found


@lru_cache(maxsize=100_000)
def _lemma_keys(word: str) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((analysis.lemma, analysis.pos) for analysis in analyses(word)))


def _walk(node: Node, words: Sequence[str], start: int, at: int, pos: str, tag: str) -> Iterator[Match]:
    for entry in node.get(None, ()):
        yield Match(start, at, entry, pos, tag)
    if at == len(words):
        return
    word = words[at]
    if word in node:
        yield from _walk(node[word], words, start, at + 1, pos, tag)
    if len(node) > (word in node) and not pos:
        for lemma, its_pos, its_tag in analyses(word):
            child = node.get((lemma, its_pos))
            if child is not None:
                yield from _walk(child, words, start, at + 1, its_pos, its_tag)
