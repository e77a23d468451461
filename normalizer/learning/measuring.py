"""How often spun forms stand in clean text: the `clean` column of the lexicon, counted over corpora."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from normalizer.errors import LexiconError
from normalizer.files import write_atomically
from normalizer.language_model import articles, held_out
from normalizer.learning.adding import LexiconFile
from normalizer.lexicon import Entry
from normalizer.lexicon.matcher import trie_keys
from normalizer.surface import analyses
from normalizer.tokens import tokenize

Key = tuple[Any, ...]
Node = dict[Any, Any]
Tell = Callable[[str], None]


class Counts(NamedTuple):
    """How often each spun form was found. found: by trie key, see `matcher.trie_keys`. words: that were read."""

    found: Counter[Key]
    words: int

    def per_million(self, entry: Entry) -> float:
        """Return the occurrences of an entry's spun form per million words; of several classes the commonest."""
        most = max(self.found[tuple(key)] for key in trie_keys(entry))
        return most * 1e6 / self.words if self.words else 0.0


def count_clean(
    entries: Sequence[Entry],
    corpora: Sequence[Path],
    *,
    limit: int | None = None,
    processes: int = 2,
    tell: Tell = lambda line: None,
) -> Counts:
    """Count spun forms in clean *corpora*, without the articles that the language model holds out.

    limit: words to read of each corpus. tell: called with lines of progress. Each process reads all files and takes its
    share of the articles, since unpacking takes a fortieth of the time of tokenising. Articles are read one by one, so
    that memory is that of a trie in each process. Raises ModelError for an unreadable corpus.
    """
    keys = sorted({tuple(key) for entry in entries for key in trie_keys(entry)}, key=repr)
    jobs = [(path, part, processes) for path in corpora for part in range(processes)]
    share = None if limit is None else max(1, limit // processes)
    found: Counter[Key] = Counter()
    words = 0
    for (path, *_), counts in zip(jobs, _run(keys, jobs, share, processes), strict=True):
        found.update(counts.found)
        words += counts.words
        tell(f"{path.name}: {words:,} words read so far, {len(found):,} of {len(keys):,} spun forms found")
    return Counts(found, words)


Job = tuple[Path, int, int]


def _run(keys: list[Key], jobs: list[Job], share: int | None, processes: int) -> Iterator[Counts]:
    if processes == 1:
        yield from map(_count, jobs, repeat(share), repeat(_trie(keys)))
        return
    # "spawn" starts clean processes everywhere alike; forking a process with threads can hang.
    try:
        with ProcessPoolExecutor(processes, get_context("spawn"), _start, (keys,)) as pool:
            yield from pool.map(_count, jobs, repeat(share))
    except BrokenProcessPool as error:
        raise LexiconError(
            f"corpora: expected {processes} readers to live, found one killed; most likely memory ran out: "
            "use --processes 1"
        ) from error


_shared: Node = {}  # the trie of a worker process, set once when it starts


def _start(keys: list[Key]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends at Ctrl-C without a word
    _shared.update(_trie(keys))


def _trie(keys: Sequence[Key]) -> Node:
    root: Node = {}
    for key in keys:
        node = root
        for part in key:
            node = node.setdefault(part, {})
        node[None] = key
    return root


def _count(job: Job, share: int | None, trie: Node | None = None) -> Counts:
    path, part, parts = job
    root = _shared if trie is None else trie
    found: Counter[Key] = Counter()
    total = 0
    for index, article in enumerate(articles(path)):
        if held_out(index) or index % parts != part:
            continue
        words = [token.word for token in tokenize(article)]
        for start in range(len(words)):
            found.update(_keys_at(root, words, start))
        total += len(words)
        if share is not None and total >= share:
            break
    return Counts(found, total)


def _keys_at(node: Node, words: Sequence[str], at: int) -> Iterator[Key]:
    """Yield the keys that match from *at*, by words and by the lemmas of heads."""
    if None in node:
        yield node[None]
    if at == len(words):
        return
    word = words[at]
    if word in node:
        yield from _keys_at(node[word], words, at + 1)
    if len(node) > (word in node) + (None in node):
        for head in dict.fromkeys((a.lemma, a.pos) for a in analyses(word)):
            if head in node:
                yield from _keys_at(node[head], words, at + 1)


def measure_files(
    files: Sequence[Path],
    corpora: Sequence[Path],
    *,
    limit: int | None = None,
    processes: int = 2,
    tell: Tell = lambda line: None,
) -> dict[Path, int]:
    """Recount the `clean` column of lexicon *files* and write them; return how many lines of each changed.

    Raises LexiconError or ModelError before anything is written.
    """
    lexicons = [LexiconFile.read(path) for path in files]
    missing = [lexicon.path for lexicon in lexicons if not lexicon.path.exists()]
    if missing:
        raise LexiconError(f"{missing[0]}: expected a lexicon file, found none; name an existing one")
    entries = [entry for lexicon in lexicons for entry in lexicon.entries.values()]
    counts = count_clean(entries, corpora, limit=limit, processes=processes, tell=tell)
    changed: dict[Path, int] = {}
    for lexicon in lexicons:
        fresh = {key: replace(entry, clean=counts.per_million(entry)) for key, entry in lexicon.entries.items()}
        pairs = [(fresh[key], old) for key, old in lexicon.entries.items()]
        changed[lexicon.path] = sum(f"{new.clean:.3g}" != f"{old.clean:.3g}" for new, old in pairs)
        lexicon.entries = fresh
        if changed[lexicon.path]:
            write_atomically(lexicon.path, lexicon.text())
    return changed
