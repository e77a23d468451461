"""How well a model tells which of two wordings stands in a text: the use it is put to, on text nobody spun.

For each pair of wordings that spinners swap (``stated``, ``said``), take places in held-out text where the one stands
and places where the other does, and score both in place. A model that decides by context scores the second wording
higher where it is the one that stands there; a model that merely likes the frequent word does so everywhere: .5.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.language_model.ngrams import PADDING, LanguageModel
from normalizer.language_model.words import END_ID, START_ID, UNKNOWN_ID, sentence_words
from normalizer.tokens import fold_words

PLACES = 30  # at most, per wording of a pair: no pair counts for more than another
FEWEST = 5  # places of either wording; pairs with fewer are left out
SEED = 0

Ids = NDArray[np.int64]
Wording = tuple[int, ...]


class Contrast(NamedTuple):
    """What came out. pairs: how many were measured. area: area under the ROC curve within a pair, mean over pairs."""

    pairs: int
    area: float


def measure_contrasts(model: LanguageModel, pairs: Iterable[tuple[str, str]], texts: Iterable[str]) -> Contrast:
    """Measure *model* on *pairs* of wordings in *texts*; pairs with unknown words or too few places are left out."""
    stream = _stream(model, texts)
    order = np.argsort(stream, kind="stable")
    random = np.random.default_rng(SEED)
    areas = []
    for pair in _usable(model, pairs):
        found = [_places(stream, order, wording) for wording in pair]
        if min(map(len, found)) >= FEWEST:
            chosen = [random.choice(at, PLACES, replace=False) if len(at) > PLACES else at for at in found]
            first, second = (_preferences(model, stream, at, pair, pair[i]) for i, at in enumerate(chosen))
            areas.append(_area(second, first))
    return Contrast(len(areas), float(np.mean(areas)) if areas else float("nan"))


def _stream(model: LanguageModel, texts: Iterable[str]) -> Ids:
    """Return the word ids of all sentences, each framed by START and END."""
    lines = (model.ids(words) for text in texts for words in sentence_words(text))
    return np.array([number for line in lines for number in (START_ID, *line, END_ID)], np.int64)


def _usable(model: LanguageModel, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[Wording, Wording]]:
    """Yield the different pairs, sorted, as word ids; no unknown words, no pair of equals."""
    found = {tuple(tuple(model.ids(fold_words(wording))) for wording in pair) for pair in pairs}
    for first, second in sorted(found):
        if first and second and first != second and UNKNOWN_ID not in first + second:
            yield first, second


def _places(stream: Ids, order: Ids, wording: Wording) -> Ids:
    """Return where *wording* stands in *stream*, given the *order* that sorts it."""
    low, high = np.searchsorted(stream, (wording[0], wording[0] + 1), sorter=order)
    at = order[low:high]
    for offset, word in enumerate(wording[1:], 1):
        at = at[at + offset < len(stream)]
        at = at[stream[at + offset] == word]
    return at


def _preferences(
    model: LanguageModel, stream: Ids, at: Ids, pair: tuple[Wording, Wording], standing: Wording
) -> NDArray[Any]:
    """Return by how many nats *model* prefers the second of *pair* at each place, where *standing* stands now."""
    rows: list[list[int]] = []
    signs: list[tuple[int, int]] = []
    for number, place in enumerate(at.tolist()):
        for sign, wording in zip((-1, 1), pair, strict=True):
            added = _rows(model.order, stream, place, len(standing), wording)
            rows += added
            signs += [(number, sign)] * len(added)
    which, weights = np.array(signs).T
    return np.bincount(which, weights * model.log_probs(np.array(rows)), minlength=len(at))


def _rows(order: int, stream: Ids, place: int, length: int, wording: Sequence[int]) -> list[list[int]]:
    """Return the rows that score *wording* in place of *length* words, and the words after it that see it."""
    reach = order - 1
    before = stream[max(0, place - reach) : place].tolist()
    after = stream[place + length : place + length + reach].tolist()
    if START_ID in before:
        before = before[len(before) - 1 - before[::-1].index(START_ID) :]
    if END_ID in after:
        after = after[: after.index(END_ID) + 1]
    line = [PADDING] * (reach - len(before)) + before + list(wording) + after
    return [line[end - reach : end + 1] for end in range(reach, len(line))]


def _area(high: NDArray[Any], low: NDArray[Any]) -> float:
    """Return how often a value of *high* exceeds one of *low*, ties counting half."""
    difference = high[:, None] - low
    return float((difference > 0).mean() + (difference == 0).mean() / 2)
