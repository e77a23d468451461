"""Harm on clean text: false edits per 100,000 words.

On clean text nothing should change, so every edit is false. Their number is assumed to be Poisson, with the exact
confidence interval of Garwood (1936). The cost: edits come in clusters, since an article that is wrongly taken for spun
has many, so that the true interval is wider. Therefore the changed articles are counted too.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol

from normalizer.edits import Edit
from normalizer.evaluating.judging import judged_words
from normalizer.language_model import articles, held_out
from normalizer.repairing import Repair

PER = 100_000
CONTEXT = 50  # code points shown on each side of a false edit
REPORT_EVERY = 50_000  # words between two lines of progress


class Repairer(Protocol):
    """What the measurements of this room need of a `Normalizer`."""

    def repair(self, text: str) -> Repair:
        """Return the repair of *text*."""


class CleanText(NamedTuple):
    """A clean article and where it is from: the file and its number in it, from 0."""

    place: str
    text: str


class FalseEdit(NamedTuple):
    """One edit of clean text, with the text around it."""

    place: str
    left: str
    edit: Edit
    right: str


@dataclass(frozen=True, slots=True)
class Harm:
    """What repairing clean text changed.

    words: tokens with a letter or digit in what was read. articles, touched: how many were read and how many
    changed. false_edits: every edit, in order, page residue too (which clean copies may really have).
    """

    words: int
    articles: int
    touched: int
    false_edits: tuple[FalseEdit, ...]

    @property
    def residue(self) -> int:
        """How many edits removed page residue."""
        return sum(each.edit.kind == "residue" for each in self.false_edits)

    @property
    def rate(self) -> float:
        """False edits per 100,000 words; 0 for no text."""
        return len(self.false_edits) * PER / self.words if self.words else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the rate."""
        low, high = poisson_interval(len(self.false_edits))
        return (low * PER / self.words, high * PER / self.words) if self.words else (0.0, math.inf)


def measure_harm(
    repairer: Repairer,
    texts: Iterable[CleanText],
    *,
    limit_words: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Harm:
    """Repair clean *texts* one by one and count what changed; stop after *limit_words*."""
    words = count = touched = 0
    found: list[FalseEdit] = []
    for place, text in texts:
        edits = repairer.repair(text).edits
        found += [_shown(place, text, edit) for edit in edits]
        size = count_words(text)
        if words // REPORT_EVERY != (words + size) // REPORT_EVERY:
            progress(f"{words + size:,} words, {len(found):,} false edits")
        words, count, touched = words + size, count + 1, touched + bool(edits)
        if limit_words is not None and words >= limit_words:
            break
    return Harm(words, count, touched, tuple(found))


def count_words(text: str) -> int:
    """Return the number of tokens that have a letter or digit."""
    return sum(word[0].isalnum() for word in judged_words(text))


def _shown(place: str, text: str, edit: Edit) -> FalseEdit:
    left, right = text[max(0, edit.start - CONTEXT) : edit.start], text[edit.end : edit.end + CONTEXT]
    return FalseEdit(place, left, edit, right)


def clean_texts(paths: Sequence[Path], *, only_held_out: bool = False, spread: bool = False) -> Iterator[CleanText]:
    """Yield the articles of .txt, .txt.xz or .txt.gz corpora: a paragraph a line, a blank line between them.

    only_held_out: leave out what the language model was trained on. spread: take an article of each file in
    turn, so that a limit on the words cuts no file off. Raises ModelError for what cannot be read.
    """
    readers = [_articles(path, only_held_out) for path in paths]
    if not spread:
        yield from chain.from_iterable(readers)
        return
    while readers:
        for reader in list(readers):
            text = next(reader, None)
            if text is None:
                readers.remove(reader)
            else:
                yield text


def _articles(path: Path, only_held_out: bool) -> Iterator[CleanText]:
    for index, text in enumerate(articles(path)):
        if held_out(index) or not only_held_out:
            yield CleanText(f"{path.name}:{index}", text)


# --- the interval ----------------------------------------------------------------------------------------


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact confidence interval of a Poisson mean after *count* events (Garwood 1936).

    Its lower end is the mean under which *count* or more events have probability (1 - level) / 2, its upper end the
    mean under which *count* or fewer have.

    >>> tuple(round(end, 3) for end in poisson_interval(10))
    (4.795, 18.39)
    """
    tail = (1 - level) / 2
    low = _solve(lambda mean: 1 - _poisson_cdf(count - 1, mean) - tail, count) if count else 0.0
    return low, _solve(lambda mean: tail - _poisson_cdf(count, mean), count)


def _solve(rising: Callable[[float], float], count: int) -> float:
    """Return where a *rising* function is 0, by bisection to the last digit."""
    low, high = 0.0, count + 10 * math.sqrt(count) + 20
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _poisson_cdf(count: int, mean: float) -> float:
    if mean <= 0:
        return 1.0
    logs = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1))
    return min(1.0, math.fsum(map(math.exp, logs)))


# --- sentences with lexicon words used by right ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Negatives:
    """How many clean sentences changed, out of how many.

    alone: each repaired by itself. joined: repaired as articles of many sentences, counted by the sentence
    that an edit stands in.
    """

    sentences: int
    alone: int
    joined: int

    @property
    def alone_rate(self) -> float:
        """Share of the sentences that changed when repaired alone."""
        return self.alone / self.sentences if self.sentences else 0.0

    @property
    def joined_rate(self) -> float:
        """Share of the sentences that changed when repaired together."""
        return self.joined / self.sentences if self.sentences else 0.0


def read_column(content: str, column: str) -> list[str]:
    """Return the cells of *column* of a TSV file with a header line; lines that start with # are comments."""
    lines = [line for line in content.split("\n") if line and not line.startswith("#")]
    at = lines[0].split("\t").index(column)
    return [line.split("\t")[at] for line in lines[1:]]


def measure_negatives(repairer: Repairer, sentences: Sequence[str], together: int = 20) -> Negatives:
    """Repair clean *sentences* each alone, and joined to articles of *together*, one a line."""
    alone = sum(bool(repairer.repair(sentence + "\n").edits) for sentence in sentences)
    joined = 0
    for first in range(0, len(sentences), together):
        text = "\n".join(sentences[first : first + together]) + "\n"
        joined += len({text.count("\n", 0, edit.start) for edit in repairer.repair(text).edits})
    return Negatives(len(sentences), alone, joined)


# --- reports ---------------------------------------------------------------------------------------------


def text_report(harm: Harm, show: int) -> str:
    """Return the rate, and the first *show* false edits with their evidence."""
    low, high = harm.interval
    lines = [
        f"{harm.rate:.2f} false edits per {PER:,} words (95 % interval {low:.2f} to {high:.2f})",
        f"{len(harm.false_edits):,} edits, {harm.residue:,} of them page residue, "
        f"in {harm.touched:,} of {harm.articles:,} articles; {harm.words:,} words",
    ]
    lines += [_line(each) for each in harm.false_edits[:show]]
    if len(harm.false_edits) > show:
        lines.append(f"... and {len(harm.false_edits) - show:,} more; raise --show to see them")
    return "\n".join(lines) + "\n"


def _line(each: FalseEdit) -> str:
    edit = each.edit
    shown = f"{each.left}[{edit.before} -> {edit.after}]{each.right}".replace("\n", " ")
    return f"  {each.place}  {edit.confidence:.2f}  {shown}\n      {edit.evidence.entry or edit.evidence.note}"


def json_report(harm: Harm, show: int) -> dict[str, object]:
    """Return the same as JSON values."""
    return {
        "false_edits_per_100000_words": round(harm.rate, 3),
        "interval_95": [round(end, 3) for end in harm.interval],
        "false_edits": len(harm.false_edits),
        "residue": harm.residue,
        "words": harm.words,
        "articles": harm.articles,
        "articles_touched": harm.touched,
        "shown": [
            {
                "place": each.place,
                "before": each.edit.before,
                "after": each.edit.after,
                "confidence": each.edit.confidence,
                "left": each.left,
                "right": each.right,
                "evidence": each.edit.evidence.entry or each.edit.evidence.note,
            }
            for each in harm.false_edits[:show]
        ],
    }
