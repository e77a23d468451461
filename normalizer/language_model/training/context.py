"""Training a context model: corpora and confusable words in, one packed file out.

Places of the text are drawn at random. In each, the word that stands there is to score higher than words that spinners
confuse it with and than a sample of the vocabulary: the softmax over these alone costs a hundredth of that over all
words (Bengio and Senecal 2008 for the sample). The context is garbled on purpose, up to three words in ten by what a
spinner writes for them, since it is never quite clean where the model is asked. Word vectors are fitted by Adagrad with
one rate a row (Duchi and others 2011), the layers by Adam (Kingma and Ba 2015), both with falling rates.

The same corpora, pairs and steps give the same model on one machine; another BLAS may round otherwise.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError
from normalizer.language_model.context import BANDS, NEAR, SLOTS, ContextModel
from normalizer.language_model.packed import write_packed
from normalizer.language_model.training.ngrams import provenance_of, read_text
from normalizer.language_model.training.packing import spelling
from normalizer.language_model.training.vocabulary import Words
from normalizer.language_model.words import SPECIAL

SIZE = 32_768  # words of the vocabulary; the rest is one unknown word
DIMENSIONS, HIDDEN = 128, 320
STEPS = 18_000  # of some 5,300 places each
PIECES, LENGTH = 48, 256  # stretches of text a step, and their words
REACH = BANDS[-1]
CONFUSED, SAMPLED = 6, 256  # words that each place is told apart from: confusable ones, and any
MOST_CONFUSED, MOST_SPUN = 48, 16  # kept of each word's
GARBLED = 0.3  # of the words of a stretch at most
FREQUENT = 4e-4  # words above this share of the text are drawn less often
UNCONFUSED = 0.15  # how often a place is drawn whose word nothing is confused with, relative to others
FLATTENED = 0.75  # power of the frequencies that the sample is drawn by
COUNTED = 4_000_000  # words that frequencies are counted on
VECTOR_RATE, LAYER_RATE = 0.06, 1.5e-3
FIRST_MOMENT, SECOND_MOMENT = 0.9, 0.999
SEED, PAIR_SEED, SAMPLE_SEED = 1, 0, 0
SECONDS = 20.0  # between two lines of progress

Reals = NDArray[np.float32]
Ids = NDArray[np.int32]
Tell = Callable[[str], None]


class Confusions(NamedTuple):
    """What spinners confuse each word with. rivals: ids, (size, MOST_CONFUSED). rival_counts: how many are there.

    spun, spun_counts: likewise, what they write for it.
    """

    rivals: Ids
    rival_counts: Ids
    spun: Ids
    spun_counts: Ids


@dataclass(slots=True)
class Network:
    """The parameters, float32; shapes as in `ContextModel`. input, output: word vectors, (size, dimensions)."""

    input: Reals
    output: Reals
    bias: Reals
    first: Reals
    first_bias: Reals
    second: Reals
    second_bias: Reals

    def layers(self) -> list[Reals]:
        """Return what Adam fits."""
        return [self.first, self.first_bias, self.second, self.second_bias]


def train_context(
    corpora: Sequence[Path],
    pairs: Callable[[Sequence[str]], Iterable[tuple[str, str]]],
    output: Path,
    *,
    steps: int = STEPS,
    processes: int = 2,
    progress: Tell | None = None,
) -> None:
    """Train a context model on *corpora* and write it to *output*.

    pairs: given a vocabulary, returns (spun, original) words of it that spinners swap. steps: see STEPS; the shipped
    model takes 45 minutes on two cores and 1.5 GB. Raises ModelError as `train_model` does, and if there are no pairs.
    """
    tell = progress or (lambda line: None)
    with tempfile.TemporaryDirectory(prefix="train-context-") as folder:
        text, words, encoded = read_text(corpora, Path(folder), processes, tell)
        vocabulary = words[:SIZE]
        ids = {word: number for number, word in enumerate(vocabulary)}
        swaps = [(ids[spun], ids[original]) for spun, original in pairs(vocabulary)]
        if not swaps:
            raise ModelError("pairs: expected words of the corpora that spinners swap, found none. Add text.")
        if len(text) <= LENGTH + 2 * REACH:
            raise ModelError(f"corpora: expected more than {LENGTH + 2 * REACH} words, found {len(text)}. Add text.")
        network = fit(text, confusions(swaps, len(vocabulary)), steps, tell)
        frequencies = count(text, len(vocabulary), np.random.default_rng(SEED))
        del text  # as in `train_model`
    sample = _draw(frequencies, np.random.default_rng(SAMPLE_SEED), SAMPLED)
    flags = {"vocabulary": len(vocabulary), "steps": steps, "pairs": len(swaps)}
    write_context(output, vocabulary, network, sample, {**provenance_of(encoded), "flags": flags})
    tell(f"{output}: {output.stat().st_size} bytes")


def write_context(
    output: Path, words: Sequence[str], network: Network, sample: Ids, provenance: dict[str, object]
) -> None:
    """Write *network* to *output*, its word vectors in 8 bits."""
    rows, scales = _quantized(network.input)
    own_rows, own_scales = _quantized(network.output)
    sections: dict[str, NDArray[Any]] = {
        "words": spelling(words),
        "vectors.input": rows,
        "vectors.output": own_rows,
        "scales.input": scales,
        "scales.output": own_scales,
        "weights.bias": network.bias,
        "weights.first": network.first.ravel(),
        "weights.first_bias": network.first_bias,
        "weights.second": network.second.ravel(),
        "weights.second_bias": network.second_bias,
        "sample": sample,
    }
    write_packed(output, ContextModel, sections, provenance)


def _quantized(vectors: Reals) -> tuple[NDArray[np.int8], Reals]:
    peaks = np.maximum(np.abs(vectors).max(axis=1), 1e-30)
    rows: NDArray[np.int8] = np.rint(vectors * (127 / peaks)[:, None]).astype(np.int8)
    return rows.ravel(), (peaks / 127).astype(np.float32)


def confusions(swaps: Iterable[tuple[int, int]], size: int) -> Confusions:
    """Return what each word below *size* is confused with: what is written for it, and what else that stands for.

    swaps: (spun, original) word ids.
    """
    originals: dict[int, set[int]] = defaultdict(set)
    written: dict[int, set[int]] = defaultdict(set)
    for spun, original in swaps:
        originals[spun].add(original)
        written[original].add(spun)
    random = np.random.default_rng(PAIR_SEED)
    found = Confusions(
        np.zeros((size, MOST_CONFUSED), np.int32), np.zeros(size, np.int32),
        np.zeros((size, MOST_SPUN), np.int32), np.zeros(size, np.int32),
    )  # fmt: skip
    for word, spun_forms in written.items():
        first = sorted(spun_forms)
        others = {other for spun in first for other in originals[spun]}
        rest = sorted(others - spun_forms - {word})
        random.shuffle(first)
        random.shuffle(rest)
        rivals = [*first, *rest][:MOST_CONFUSED]
        found.rivals[word, : len(rivals)], found.rival_counts[word] = rivals, len(rivals)
        first = first[:MOST_SPUN]
        found.spun[word, : len(first)], found.spun_counts[word] = first, len(first)
    return found


def count(text: Words, size: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return the shares of the first *size* words in *text*, from a sample of it."""
    drawn = text[random.integers(0, len(text), COUNTED)]
    counts = np.bincount(drawn, minlength=1 << 16)[:size].astype(np.float64) + 0.5
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def fit(text: Words, confused: Confusions, steps: int, tell: Tell) -> Network:
    """Return a network fitted to *text* in so many *steps*."""
    random = np.random.default_rng(SEED)
    size = len(confused.rival_counts)
    shares = count(text, size, random)
    chance = np.minimum(1, np.sqrt(FREQUENT / shares)).astype(np.float32)
    chance *= (confused.rival_counts > 0) * (1 - UNCONFUSED) + UNCONFUSED
    chance[: len(SPECIAL)] = 0
    network = _start(size, random)
    fitter = Fitter(network)
    began = told = time.monotonic()
    seen, loss = 0, 0.0
    for step in range(steps):
        batch = draw(text, confused, chance, shares, random)
        places, value = fitter.step(batch, 1 - step / steps)
        seen, loss = seen + places, value if not step else 0.98 * loss + 0.02 * value
        if time.monotonic() - told > SECONDS or step == steps - 1:
            told = time.monotonic()
            rate = seen / max(told - began, 1e-9)
            tell(f"step {step + 1} of {steps}: {seen / 1e6:.1f} M places, {rate:,.0f} a second, loss {loss:.3f}")
    return network


def _start(size: int, random: np.random.Generator) -> Network:
    width = SLOTS * DIMENSIONS
    vectors = (random.standard_normal((size, DIMENSIONS)) * 0.1).astype(np.float32)
    first = (random.standard_normal((width, HIDDEN)) * np.sqrt(1 / width) / 0.1 * 0.3).astype(np.float32)
    second = (random.standard_normal((HIDDEN, DIMENSIONS)) * np.sqrt(1 / HIDDEN)).astype(np.float32)
    zeros = (np.zeros(shape, np.float32) for shape in ((size, DIMENSIONS), size, HIDDEN, DIMENSIONS))
    output, bias, first_bias, second_bias = zeros
    return Network(vectors, output, bias, first, first_bias, second, second_bias)


class Batch(NamedTuple):
    """One step's text. context: garbled word ids, (PIECES, LENGTH + 2 * REACH). rows, columns: the places drawn.

    candidates: for each place the word that stands there, then confusable ones, (places, 1 + CONFUSED). valid: which of
    the latter are real. sample: ids of words that all places are told apart from.
    """

    context: Ids
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    candidates: Ids
    valid: NDArray[np.bool_]
    sample: Ids


def draw(
    text: Words, confused: Confusions, chance: Reals, shares: NDArray[np.float64], random: np.random.Generator
) -> Batch:
    """Draw stretches of *text* and places in them; *chance*: of each word to be drawn where it stands."""
    width, size = LENGTH + 2 * REACH, len(chance)
    at = random.integers(0, len(text) - width, PIECES)
    ids = text[at[:, None] + np.arange(width)].astype(np.int32)
    ids[ids >= size] = 0
    share = random.random((PIECES, 1)) * GARBLED
    swap = (random.random(ids.shape) < share) & (confused.spun_counts[ids] > 0)
    context, clean = ids.copy(), ids[swap]
    context[swap] = confused.spun[clean, (random.random(len(clean)) * confused.spun_counts[clean]).astype(np.int32)]
    targets = ids[:, REACH : REACH + LENGTH]
    rows, columns = np.nonzero(random.random(targets.shape) < chance[targets])
    true = targets[rows, columns]
    counts = confused.rival_counts[true]
    picked = (random.random((len(true), CONFUSED)) * np.maximum(counts, 1)[:, None]).astype(np.int32)
    candidates = np.concatenate((true[:, None], confused.rivals[true[:, None], picked]), axis=1)
    valid = np.repeat(counts[:, None] > 0, CONFUSED, axis=1)
    return Batch(context, rows, columns, candidates, valid, _draw(shares, random, SAMPLED))


def _draw(shares: NDArray[np.float64], random: np.random.Generator, size: int) -> Ids:
    steps = np.cumsum(shares**FLATTENED)
    return np.minimum(np.searchsorted(steps / steps[-1], random.random(size)), len(shares) - 1).astype(np.int32)


class Fitter:
    """A network with the moments of its gradients."""

    def __init__(self, network: Network) -> None:
        """Start with no moments."""
        size = len(network.bias)
        self.network = network
        self._input, self._output, self._bias = (np.full(size, 1e-6, np.float32) for _ in range(3))
        self._means = [np.zeros_like(layer) for layer in network.layers()]
        self._squares = [np.zeros_like(layer) for layer in network.layers()]
        self._steps = 0

    def step(self, batch: Batch, rate: float) -> tuple[int, float]:
        """Go one step down the gradient; return how many places it is of, and their mean loss. rate: 1 falling to 0."""
        net = self.network
        windows = window_vectors(net.input[batch.context])[batch.rows, batch.columns]
        bent = windows @ net.first + net.first_bias
        hidden = np.maximum(bent, 0)
        made = hidden @ net.second + net.second_bias
        own, sampled, loss = _softmax(net, batch, made)
        vectors = net.output[batch.candidates]
        to_made = np.einsum("nk,nkd->nd", own, vectors, optimize=True) + sampled @ net.output[batch.sample]
        to_hidden = (to_made @ net.second.T) * (bent > 0)
        gradients = (windows.T @ to_hidden, to_hidden.sum(axis=0), hidden.T @ to_made, to_made.sum(axis=0))
        spread = np.zeros((PIECES, LENGTH, net.first.shape[0]), np.float32)
        spread[batch.rows, batch.columns] = to_hidden @ net.first.T
        to_input = window_gradient(spread, net.input.shape[1])
        words = np.concatenate((batch.candidates.ravel(), batch.sample))
        outputs = (own[:, :, None] * made[:, None, :]).reshape(-1, made.shape[1])
        to_output = np.concatenate((outputs, sampled.T @ made))
        to_bias = np.concatenate((own.ravel(), sampled.sum(axis=0)))
        pace = np.float32(VECTOR_RATE * rate)
        _adagrad(net.output, self._output, words, to_output, pace)
        _adagrad(net.bias[:, None], self._bias, words, to_bias[:, None], pace)
        _adagrad(net.input, self._input, batch.context.ravel(), to_input.reshape(-1, to_input.shape[2]), pace)
        self._adam([gradient / len(batch.rows) for gradient in gradients], rate)
        return len(batch.rows), loss

    def _adam(self, gradients: Sequence[Reals], rate: float) -> None:
        self._steps += 1
        pace = np.float32(LAYER_RATE * rate)
        early, late = 1 - FIRST_MOMENT**self._steps, 1 - SECOND_MOMENT**self._steps
        moments = zip(self.network.layers(), self._means, self._squares, gradients, strict=True)
        for layer, mean, square, gradient in moments:
            mean += (1 - FIRST_MOMENT) * (gradient - mean)
            square += (1 - SECOND_MOMENT) * (gradient * gradient - square)
            layer -= pace * (mean / early) / (np.sqrt(square / late) + 1e-8)


def _softmax(net: Network, batch: Batch, made: Reals) -> tuple[Reals, Reals, float]:
    """Return the gradient of the loss by the scores of candidates and of the sample, and the mean loss."""
    own = np.einsum("nkd,nd->nk", net.output[batch.candidates], made, optimize=True) + net.bias[batch.candidates]
    own[:, 1:][~batch.valid] = -1e9
    sampled = made @ net.output[batch.sample].T + net.bias[batch.sample]
    sampled[batch.sample[None, :] == batch.candidates[:, :1]] = -1e9
    peaks = np.maximum(own.max(axis=1), sampled.max(axis=1))[:, None]
    true = own[:, 0] - peaks[:, 0]
    own, sampled = np.exp(own - peaks), np.exp(sampled - peaks)
    total = own.sum(axis=1) + sampled.sum(axis=1)
    own, sampled = own / total[:, None], sampled / total[:, None]
    own[:, 0] -= 1
    return own, sampled, float(np.mean(np.log(total) - true))


def bounds() -> list[tuple[int, int]]:
    """Return the first and last offset of each slot of a window, in the order of `context`."""
    near = [(k, k) for k in range(-NEAR, NEAR + 1) if k]
    far, inner = [], NEAR
    for outer in BANDS:
        far += [(-outer, -inner - 1), (inner + 1, outer)]
        inner = outer
    return near + far


def window_vectors(vectors: Reals) -> Reals:
    """Return the slots of each place side by side, (pieces, LENGTH, SLOTS * dimensions).

    vectors: of the words of each piece, REACH more on either side, (pieces, LENGTH + 2 * REACH, dimensions).
    """
    length = vectors.shape[1] - 2 * REACH
    sums = np.concatenate((np.zeros_like(vectors[:, :1]), np.cumsum(vectors, axis=1)), axis=1)
    parts = []
    for low, high in bounds():
        if low == high:
            parts.append(vectors[:, REACH + low : REACH + low + length])
        else:
            ends = sums[:, REACH + high + 1 : REACH + high + 1 + length], sums[:, REACH + low : REACH + low + length]
            parts.append((ends[0] - ends[1]) / np.float32(np.sqrt(high - low + 1)))
    return np.concatenate(parts, axis=2)


def window_gradient(windows: Reals, dimensions: int) -> Reals:
    """Return the gradient by the vectors of each piece's words, given that by its windows."""
    pieces, length, _ = windows.shape
    gradient = np.zeros((pieces, length + 2 * REACH, dimensions), np.float32)
    by_sums = np.zeros((pieces, length + 2 * REACH + 1, dimensions), np.float32)
    for slot, (low, high) in enumerate(bounds()):
        part = windows[:, :, slot * dimensions : (slot + 1) * dimensions]
        if low == high:
            gradient[:, REACH + low : REACH + low + length] += part
        else:
            part = part / np.float32(np.sqrt(high - low + 1))
            by_sums[:, REACH + high + 1 : REACH + high + 1 + length] += part
            by_sums[:, REACH + low : REACH + low + length] -= part
    gradient += np.cumsum(by_sums[:, :0:-1], axis=1)[:, ::-1]  # a word is in every sum behind it
    return gradient


def _adagrad(vectors: Reals, squares: Reals, ids: Ids, gradients: Reals, pace: np.float32) -> None:
    """Fit the rows *ids* of *vectors* in place; *squares*: mean squared gradient of each row so far, summed up."""
    order = np.argsort(ids, kind="stable")
    ranked = ids[order]
    heads = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    rows = ranked[heads]
    summed = np.add.reduceat(gradients[order], heads, axis=0)
    squares[rows] += np.mean(summed * summed, axis=1)
    vectors[rows] -= pace * (summed / np.sqrt(squares[rows])[:, None])
