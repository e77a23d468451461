"""Which of two wordings belongs in a gap: language models compared on sentences made for that.

A contrast is a sentence with a gap, the wording that belongs there and one that does not; each pair of words comes with
sentences for either side, since otherwise a scorer that only prefers frequent words could win. A keep sentence is a
contrast whose right wording is a word that spinners write and people write too. Scorers add up for each wording

    n-gram log-probability of the sentence - part * unigram log-probability of the wording + topic * association

with constants that are fitted on one half of the suite; the other half only measures.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import CaseError
from normalizer.evaluating.tables import align
from normalizer.language_model import AssociationModel, LanguageModel, articles, held_out
from normalizer.tokens import fold_words

GAP = "___"
HALVES = ("tune", "held")
CONTRASTS, KEEP = "contrasts.tsv", "keep.tsv"  # in the folder of cases
PARTS = tuple(round(0.2 * step, 1) for step in range(11))  # of the unigram log-probability
TOPICS = tuple(float(step) for step in range(16))  # weights of the association, whose values lie within -1 ... 1
BATCH = 20_000  # rows scored at a time where speed is measured
LEAST_SECONDS = 0.5

Floats = NDArray[np.float64]


class Contrast(NamedTuple):
    """One question. half: "tune" or "held". kept: of the keep sentences. right, wrong: wordings for the GAP."""

    half: str
    kept: bool
    right: str
    wrong: str
    sentence: str


class Gains(NamedTuple):
    """By how much the right wording of each question beats the wrong one, float64 (questions,) each.

    ngram: log-probability of the whole sentence. unigram: of the wordings by themselves. topic: their association
    with the rest of the sentence.
    """

    ngram: Floats
    unigram: Floats
    topic: Floats


class Mixture(NamedTuple):
    """A scorer: which *part* of the unigram log-probability is taken off, and the weight of *topic*."""

    part: float = 0.0
    topic: float = 0.0


class Cost(NamedTuple):
    """What a model takes.

    load: seconds. rate: scored words a second. peak: bytes above an empty process, nan where the system does not tell.
    """

    load: float
    rate: float
    peak: float


@dataclass(frozen=True, slots=True)
class Row:
    """One model with one scorer. shares: right answers by (kept, half). perplexity: nan if not asked for."""

    model: str
    size: int
    order: int
    ngrams: tuple[int, ...]
    perplexity: float
    cost: Cost
    scorer: str
    mixture: Mixture
    shares: dict[tuple[bool, str], float]


def read_suite(folder: Path) -> list[Contrast]:
    """Return the questions of both tables in *folder*. Raises CaseError if one is missing or malformed."""
    return [*_read(folder / CONTRASTS, "right", False), *_read(folder / KEEP, "word", True)]


def _read(path: Path, right: str, kept: bool) -> Iterator[Contrast]:
    try:
        header, *lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise CaseError(f"{path}: expected a table of contrasts, found: {error}") from error
    names = header.split("\t")
    for number, line in enumerate(lines, 2):
        cells = dict(zip(names, line.split("\t"), strict=False))
        try:
            question = Contrast(cells["half"], kept, cells[right], cells["wrong"], cells["sentence"])
        except KeyError as error:
            raise CaseError(f"{path}, line {number}: expected the column {error}, found {names}") from error
        if question.half not in HALVES or question.sentence.count(GAP) != 1:
            raise CaseError(f"{path}, line {number}: expected one {GAP} and a half of {HALVES}, found {line!r}")
        yield question


def gains(model: LanguageModel, association: AssociationModel | None, suite: Sequence[Contrast]) -> Gains:
    """Score both wordings of every question in place; without *association*, topic is 0."""
    pairs = [(question, wording) for question in suite for wording in (question.right, question.wrong)]
    ngram = _sums(model, [fold_words(question.sentence.replace(GAP, wording)) for question, wording in pairs], True)
    unigram = _sums(model, [fold_words(wording) for _, wording in pairs], False)
    topic = np.zeros(len(pairs))
    if association is not None:
        topic = np.array([_topic(association, question.sentence, wording) for question, wording in pairs])
    return Gains(*(values[::2] - values[1::2] for values in (ngram, unigram, topic)))


def _sums(model: LanguageModel, texts: Sequence[Sequence[str]], in_sentence: bool) -> Floats:
    """Return the summed log-probabilities of each text: as a sentence, or word by word.

    An unknown word is one of many, so it costs `unknown_spread` more than the unknown word of the model.
    """
    lines = [model.ids(words) for words in texts]
    rows = np.concatenate([_windows(model.order if in_sentence else 1, line) for line in lines])
    values = model.log_probs(rows).astype(np.float64) - model.unknown_spread * (rows[:, -1] == 0)
    sizes = np.array([len(line) + in_sentence for line in lines])
    return np.bincount(np.repeat(np.arange(len(lines)), sizes), values, minlength=len(lines)).astype(np.float64)


def _windows(order: int, line: Sequence[int]) -> NDArray[np.int64]:
    padded = line if order == 1 else [-1] * (order - 2) + [1, *line, 2]  # START and END have the ids 1 and 2
    return np.lib.stride_tricks.sliding_window_view(np.array(padded, np.int64), order)


def _topic(association: AssociationModel, sentence: str, wording: str) -> float:
    around = [word for part in sentence.split(GAP) for word in fold_words(part)]
    return association.score_words(fold_words(wording), around)


def mixed(found: Gains, mixture: Mixture) -> Floats:
    """Return by how many nats the right wording wins under *mixture*, shape (questions,)."""
    return found.ngram - mixture.part * found.unigram + mixture.topic * found.topic


def shares(suite: Sequence[Contrast], wins: Floats) -> dict[tuple[bool, str], float]:
    """Return the share of right answers by (kept, half); a tie is a wrong answer, since it changes nothing."""
    keys = [(question.kept, question.half) for question in suite]
    return {
        (kept, half): _mean([float(win > 0) for key, win in zip(keys, wins, strict=True) if key == (kept, half)])
        for kept in (False, True)
        for half in HALVES
    }


def fit(suite: Sequence[Contrast], found: Gains, topics: Sequence[float]) -> Mixture:
    """Return the mixture with the best mean of both shares on the tuning half; ties go to the likelier answers."""

    def quality(mixture: Mixture) -> tuple[float, float]:
        wins = mixed(found, mixture)
        own = shares(suite, wins)
        return own[False, "tune"] + own[True, "tune"], float(-np.logaddexp(0.0, -wins[tuned]).sum())

    tuned = np.array([question.half == "tune" for question in suite])
    return max((Mixture(part, topic) for part in PARTS for topic in topics), key=quality)


def compare(
    models: Sequence[Path | None],
    association: AssociationModel | None,
    suite: Sequence[Contrast],
    clean: Sequence[Path] = (),
    progress: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """Measure every model (None: the shipped one) with each scorer.

    clean: corpora whose held-out articles give the perplexity. Raises ModelError and CaseError as reading does.
    """
    rows = []
    for place in models:
        model = LanguageModel.load(place)
        progress(f"{model.path.name}: cost")
        cost = measure_cost(model.path, suite)
        progress(f"{model.path.name}: perplexity" if clean else f"{model.path.name}: contrasts")
        texts = (text for path in clean for index, text in enumerate(articles(path)) if held_out(index))
        perplexity = model.perplexity(texts) if clean else math.nan
        for scorer, mixture, wins in _scorers(suite, gains(model, association, suite), association is not None):
            rows.append(
                Row(
                    model.path.name, model.path.stat().st_size, model.order, model.counts, perplexity, cost,
                    scorer, mixture, shares(suite, wins),
                )
            )  # fmt: skip
    return rows


def _scorers(suite: Sequence[Contrast], found: Gains, associated: bool) -> Iterator[tuple[str, Mixture, Floats]]:
    yield "n-gram", Mixture(), mixed(found, Mixture())
    less = fit(suite, found, (0.0,))
    yield "less part of the unigram", less, mixed(found, less)
    if associated:
        both = fit(suite, found, TOPICS)
        yield "with association", both, mixed(found, both)


def measure_cost(path: Path, suite: Sequence[Contrast]) -> Cost:
    """Measure loading, speed and memory in a process of its own, where nothing of the model is in memory yet."""
    words = [fold_words(question.sentence) for question in suite]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_cost, path, words).result()


def _cost(path: Path, texts: Sequence[Sequence[str]]) -> Cost:
    before = _high_water()
    start = time.perf_counter()
    model = LanguageModel.load(path)
    load = time.perf_counter() - start
    rows = np.concatenate([_windows(model.order, model.ids(words)) for words in texts])
    rows = np.tile(rows, (math.ceil(BATCH / len(rows)), 1))[:BATCH]
    model.log_probs(rows)
    rounds, start = 0, time.perf_counter()
    while time.perf_counter() - start < LEAST_SECONDS:
        model.log_probs(rows)
        rounds += 1
    return Cost(load, rounds * len(rows) / (time.perf_counter() - start), _high_water() - before)


def _high_water() -> float:
    """Return the most memory this process has held, in bytes; nan where /proc does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), math.nan)


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept) if kept else math.nan


# --- reports ---------------------------------------------------------------------------------------------

HEADER = (
    "model", "MB", "order", "n-grams", "perplexity", "load ms", "M words/s", "peak MiB", "scorer", "part", "topic",
    "balanced tune", "held", "keep tune", "held",
)  # fmt: skip
NOTES = """\
balanced, keep: share of gaps whose right wording wins. part, topic: constants of the scorer, fitted on the tuning
half. n-grams: in thousands, by order. perplexity: of held-out articles of the corpora named with --clean."""


def text_report(rows: Sequence[Row]) -> str:
    """Return the table that a terminal shows."""
    return f"{align([_cells(row) for row in rows], HEADER)}\n{NOTES}\n"


def _cells(row: Row) -> list[object]:
    return [
        row.model, f"{row.size / 1e6:.1f}", row.order, "/".join(str(round(n / 1000)) for n in row.ngrams),
        _figure(row.perplexity, 1), _figure(1000 * row.cost.load, 0), _figure(row.cost.rate / 1e6, 2),
        _figure(row.cost.peak / 2**20, 0), row.scorer, row.mixture.part, row.mixture.topic, *row.shares.values(),
    ]  # fmt: skip


def _figure(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def json_report(rows: Sequence[Row], suite: Sequence[Contrast]) -> dict[str, Any]:
    """Return the same as JSON values, with the number of questions; null for what was not measured."""
    keys = {(kept, half): f"{'keep' if kept else 'balanced'}_{half}" for kept in (False, True) for half in HALVES}
    questions = {name: sum((q.kept, q.half) == key for q in suite) for key, name in keys.items()}
    return {
        "questions": questions,
        "rows": [
            {
                "model": row.model, "bytes": row.size, "order": row.order, "ngrams": list(row.ngrams),
                "perplexity": _known(row.perplexity, 2), "load_seconds": _known(row.cost.load, 4),
                "words_per_second": _known(row.cost.rate, 0), "peak_bytes": _known(row.cost.peak, 0),
                "scorer": row.scorer, **row.mixture._asdict(),
                **{name: _known(row.shares[key], 4) for key, name in keys.items()},
            }
            for row in rows
        ],
    }  # fmt: skip


def _known(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(value, digits)
