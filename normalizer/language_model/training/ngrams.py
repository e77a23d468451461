"""Training a language model: corpora in, one packed file out.

    corpora --encode, one process each--> word numbers --vocabulary--> word ids --count--> tables
    --Kneser-Ney--> levels --prune--> the kept rows --pack--> file

The same corpora and settings give the same bytes, whatever the number of processes or the memory.
"""

import signal
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from normalizer.errors import ModelError
from normalizer.language_model.training.association import SIZE, train_association
from normalizer.language_model.training.corpora import HELD_OUT_EVERY, Encoded, corpus_name, encode
from normalizer.language_model.training.counting import Table, count_ngrams, lower_table
from normalizer.language_model.training.kneser_ney import Level, estimate, levels
from normalizer.language_model.training.kneser_ney import prune as prune_estimates
from normalizer.language_model.training.packing import write_model
from normalizer.language_model.training.pruning import Budget, Cutoffs, parse
from normalizer.language_model.training.vocabulary import LARGEST, Vocabulary, Words, renumber
from normalizer.language_model.training.vocabulary import choose as choose_vocabulary

ORDERS = (2, 3, 4, 5)
DEFAULT_PRUNING = "38MB"

Progress = Callable[[str], None]


def train_model(
    corpora: Sequence[Path],
    output: Path,
    *,
    order: int = 3,
    vocabulary: int = LARGEST,
    pruning: str | None = None,
    memory: int = 1024,
    processes: int = 2,
    association: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Train a model on the *corpora* and write it to *output*; and word vectors (`association`) if a path is given.

    corpora: text files as `corpora.articles` reads them; their order makes no difference. order: 2 to 5.
    vocabulary: number of words, at most 65,535. pruning: see `pruning.parse`; default 38MB. memory: MB for
    counting; the distinct n-grams come on top, some 60 bytes each (73 M words: 36 M n-grams, 2.3 GB).
    processes: readers working at the same time. progress: called with a line of text per step.

    Raises ModelError for settings out of range, corpora that cannot be read or hold no text, and two of the
    same name.
    """
    tell = progress or (lambda line: None)
    if order not in ORDERS:
        raise ModelError(f"order: expected one of {ORDERS}, found {order}.")
    chosen = parse(pruning or DEFAULT_PRUNING, order)
    with tempfile.TemporaryDirectory(prefix="train-lm-") as folder:
        encoded = read_corpora(_by_name(corpora), Path(folder), processes, tell)
        words = choose_vocabulary(encoded, vocabulary)
        text = _renumbered(encoded, words, Path(folder) / "text", tell)
        linked = count_levels(text, order, len(words.words), memory, tell)
        if association:
            _associate(encoded, min(vocabulary, SIZE), Path(folder) / "topics", association, tell)
        del text  # the folder cannot be emptied while it is mapped, on some systems
    full = estimate(linked)
    kept = chosen.choose(linked, full)
    estimates = prune_estimates(linked, full, kept)
    tell("kept n-grams per order: " + ", ".join(str(np.count_nonzero(mask)) for mask in kept))
    write_model(output, words.words, linked, kept, estimates, _provenance(encoded, words, order, chosen))
    tell(f"{output}: {output.stat().st_size} bytes")


def read_text(
    corpora: Sequence[Path], folder: Path, processes: int, tell: Progress
) -> tuple[Words, tuple[str, ...], list[Encoded]]:
    """Return *corpora* as one row of word ids, mapped from a file in *folder*, with their vocabulary."""
    encoded = read_corpora(_by_name(corpora), folder, processes, tell)
    words = choose_vocabulary(encoded, LARGEST)
    return _renumbered(encoded, words, folder / "text", tell), words.words, encoded


def _renumbered(corpora: Sequence[Encoded], words: Vocabulary, target: Path, tell: Progress) -> Words:
    renumber(corpora, words, target)
    tell(f"vocabulary: {len(words.words)}; {words.unknown_types} other words, {words.unknown_tokens} times")
    return np.memmap(target, np.uint16, "r")


def _associate(corpora: Sequence[Encoded], size: int, scratch: Path, output: Path, tell: Progress) -> None:
    """Write word vectors of the *size* most frequent words to *output*."""
    words = choose_vocabulary(corpora, size)
    renumber(corpora, words, scratch)
    text = np.memmap(scratch, np.uint16, "r")
    provenance = {**provenance_of(corpora), "flags": {"vocabulary": size}}
    train_association(text, words.words, output, provenance, progress=tell)
    del text  # as in `train_model`


def read_corpora(paths: Sequence[Path], folder: Path, processes: int, tell: Progress) -> list[Encoded]:
    """Return the corpora as word numbers, in the order of *paths*, with their files in *folder*.

    The largest are begun first, so that the processes end together. Raises ModelError if there is no text in
    them.
    """
    targets = [folder / str(number) for number in range(len(paths))]
    by_size = sorted(range(len(paths)), key=lambda number: (-_size(paths[number]), number))
    found: dict[int, Encoded] = {}
    try:  # a reader ends at Ctrl-C without a word
        with ProcessPoolExecutor(processes, None, signal.signal, (signal.SIGINT, signal.SIG_DFL)) as pool:
            jobs = [(number, pool.submit(encode, paths[number], targets[number])) for number in by_size]
            for number, job in jobs:
                found[number] = job.result()
                tell(f"{found[number].name}: {found[number].tokens} tokens, {found[number].sentences} sentences")
    except BrokenProcessPool as error:
        raise ModelError(
            f"corpora: expected {processes} readers to live, found one killed; most likely memory ran out: "
            "use --processes 1"
        ) from error
    if not any(corpus.tokens for corpus in found.values()):
        raise ModelError(
            f"corpora: expected text outside of every {HELD_OUT_EVERY}th article (held out), "
            f"found none in {', '.join(map(str, paths))}. Add articles, with a blank line between two."
        )
    return [found[number] for number in range(len(paths))]


def count_levels(text: Words, order: int, vocabulary: int, memory: int, tell: Progress) -> list[Level]:
    """Return the n-grams of order 1 ... *order* of *text*, counted and linked."""
    tables: list[Table] = [count_ngrams(text, order, vocabulary, memory)]
    for lower in range(order - 1, 0, -1):
        tables.insert(0, lower_table(tables[0], text, lower, vocabulary))
    tell("distinct n-grams per order: " + ", ".join(str(len(table.keys)) for table in tables))
    return levels(tables)


def _by_name(corpora: Sequence[Path]) -> list[Path]:
    paths = sorted(map(Path, corpora), key=corpus_name)
    names = [corpus_name(path) for path in paths]
    if not paths or len(set(names)) < len(names):
        raise ModelError(f"corpora: expected one or more files with different names, found {names}.")
    return paths


def _size(path: Path) -> int:
    """Return the size of *path*, 0 if there is no such file: reading it gives the message."""
    return path.stat().st_size if path.is_file() else 0


def _provenance(
    corpora: Sequence[Encoded], vocabulary: Vocabulary, order: int, chosen: Cutoffs | Budget
) -> dict[str, object]:
    return {
        **provenance_of(corpora),
        "flags": {"order": order, "vocabulary": len(vocabulary.words), "prune": str(chosen)},
        "unknown": {
            "types": vocabulary.unknown_types,
            "tokens": vocabulary.unknown_tokens,
            "spread": round(vocabulary.unknown_spread, 4),
        },
        "smoothing": "modified Kneser-Ney, interpolated",
    }


def provenance_of(corpora: Sequence[Encoded]) -> dict[str, object]:
    """Return what of the provenance every model has."""
    return {
        "corpora": [
            {field: getattr(corpus, field) for field in Encoded._fields if field not in ("words", "path")}
            for corpus in corpora
        ],
        "held out": f"every {HELD_OUT_EVERY}th article of each corpus, from the first on",
    }
