"""Log-linear scores of readings: what the channel, the language model and the references say of every arc.

A noisy channel (Shannon 1948; Brill and Moore 2000 for text repair) in log-linear form, as a linear-chain conditional
random field over lattice arcs (Lafferty, McCallum and Pereira 2001): the score of a path is the weighted sum of arc
features plus the weighted n-gram log-probabilities along it. Weights are learnt by `normalizer tune`.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from normalizer.collation import Support
from normalizer.decoding import Graph, build_graph
from normalizer.errors import ModelError
from normalizer.language_model import AssociationModel, LanguageModel, topic_scores
from normalizer.lattice import Lattice
from normalizer.proposals import FAMILY_NAMES, Reading
from normalizer.verdicts import Rates

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FEATURES = (
    "edit", "strength", "count", "known_only", "share", "longer", "shorter", "unigram", "function", "multiword",
    "article", "aligned", "verbatim", "copied", "context", "anywhere", "keep_aligned", "keep_verbatim",
    "keep_copied", "keep_context", "proposed", "proposed_known", "proposed_near", "clean", "burst", "spun_count",
    "topic", "agreed", "fit",
)  # fmt: skip
# Features that are 0 where there are no references.
OF_REFERENCES = (
    "aligned", "verbatim", "copied", "context", "anywhere", "keep_aligned", "keep_verbatim", "keep_copied",
    "keep_context", "proposed", "proposed_known", "proposed_near",
)  # fmt: skip
TOPIC = 0.1  # a cosine of word vectors that tells two subjects apart
FLOOR = 1e-3  # strength of a swap in a family that is not known for it


@dataclass(frozen=True, slots=True)
class Weights:
    """features: weight by feature name; model: weight of the n-gram log-probabilities; rates: calibrate verdicts.

    confidence: weights of `confidence.SIGNS`; without any, an edit is as sure as its posterior.
    """

    features: dict[str, float]
    model: float = 1.0
    rates: Rates = field(default_factory=Rates)
    confidence: dict[str, float] = field(default_factory=dict)
    provenance: str = ""

    def vector(self) -> Floats:
        """Return the feature weights in the order of FEATURES."""
        return np.array([self.features.get(name, 0.0) for name in FEATURES])


def shipped_weights() -> Weights:
    """Return the weights beside this file."""
    return read_weights((files("normalizer") / "weights.json").read_text(encoding="utf-8"))


def read_weights(text: str) -> Weights:
    """Read weights from their JSON form. Raises ValueError, TypeError, AttributeError or RecursionError if another."""
    record = json.loads(text)
    weights = Weights(**{**record, "rates": Rates(**record.get("rates", {}))})
    rates, model = weights.rates, ("model", weights.model)
    for name, value in [*weights.features.items(), *weights.confidence.items(), *asdict(rates).items(), model]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise ValueError(f"{name} is no finite number")
    if not (0 < rates.clean < rates.spun and 0 < rates.start < 1 and 0 < rates.change < 1):
        raise ValueError("rates are 0 < clean < spun, and start and change lie between 0 and 1")
    return weights


def load_weights(path: Path) -> Weights:
    """Read a file of weights. Raises ModelError naming it."""
    try:
        return read_weights(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: expected weights as `normalizer tune` writes them, found: {error}") from error


def write_weights(weights: Weights, provenance: str) -> str:
    """Return the JSON form of *weights*, with a line saying what they were learnt from."""
    return json.dumps({**asdict(weights), "provenance": provenance}, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class WordTable:
    """Model ids of the words of every arc: first, last and last but one (-1 if of one word), and what is inside.

    unigram: summed unigram log-probabilities. tail: log-probability of the words from the third on.
    second: id of the second word or -1. topic: association of the words with the rest of their sentence.
    """

    first: Ints
    last: Ints
    before_last: Ints
    second: Ints
    unigram: Floats
    tail: Floats
    topic: Floats


def word_table(lattice: Lattice, model: LanguageModel, association: AssociationModel | None = None) -> WordTable:
    """Look up the words of all arcs; without *association*, all topics are 0."""
    flat = model.ids([word for words in lattice.words for word in words])
    lengths = [len(words) for words in lattice.words]
    ids = np.array(flat, dtype=np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    sizes = np.array(lengths)
    unigrams = np.asarray(model.unigram_log_probs(ids), dtype=np.float64) - model.unknown_spread * (ids == 0)
    sums = np.concatenate(([0.0], np.cumsum(unigrams)))
    tail = np.zeros(len(lattice))
    third = np.flatnonzero((np.arange(len(ids)) - np.repeat(starts, sizes)) >= 2)
    if len(third):
        rows = np.stack((ids[third - 2], ids[third - 1], ids[third]), axis=1)
        np.add.at(tail, np.repeat(np.arange(len(lattice)), sizes)[third], trigram(model, rows))
    several = sizes > 1
    return WordTable(
        ids[starts], ids[ends - 1],
        np.where(several, ids[np.maximum(ends - 2, 0)], -1),
        np.where(several, ids[np.minimum(starts + 1, len(ids) - 1)], -1),
        sums[ends] - sums[starts], tail,
        np.zeros(len(lattice)) if association is None else _topics(lattice, association),
    )  # fmt: skip


def _topics(lattice: Lattice, association: AssociationModel) -> Floats:
    """Return the association of every arc with its sentence as it stands, without the tokens the arc spans.

    In units of TOPIC, so that its weight is of the size of the others', as the prior of tuning expects.
    """
    edges = lattice.firsts == lattice.ends
    tokens = [
        words[0]
        for words, reading, edge in zip(lattice.words, lattice.readings, edges.tolist(), strict=True)
        if reading is None and not edge
    ]
    starts, stops = lattice.firsts[edges][::2], lattice.firsts[edges][1::2]
    spans = list(zip(starts.tolist(), stops.tolist(), strict=True))
    bounds = lattice.firsts, lattice.ends
    return topic_scores(association, lattice.words, bounds, lattice.sentence, tokens, spans) / TOPIC


def trigram(model: LanguageModel, rows: Ints) -> Floats:
    """Return log P(third | first, second) for rows of word ids, -1 for no word; equal rows are looked up once.

    An unknown word stands for itself, not for all unknown words together, so it is worth `unknown_spread` less.
    """
    return model.trigrams(rows)


@dataclass(frozen=True, slots=True)
class ArcTable:
    """What is known of every arc before the family is.

    fixed: features that do not depend on the family, shape (arcs, len(FEATURES)). strengths: P(spun form | original
    swapped) per family, shape (arcs, families). edits: arcs that repair a spun form. stretch: for each of *edits*, a
    number that it shares with the other readings of the same stretch. swap: likewise, a number that it shares with
    the same swap elsewhere in the article.
    """

    fixed: Floats
    strengths: Floats
    edits: Ints
    stretch: Ints
    swap: Ints


COLUMN = {name: i for i, name in enumerate(FEATURES)}


def arc_table(lattice: Lattice, table: WordTable, support: Support) -> ArcTable:
    """Collect the features of all arcs that do not depend on the family."""
    chosen = np.array(
        [i for i, r in enumerate(lattice.readings) if r is not None and r.kind != "grammar"], dtype=np.int64
    )
    readings = [r for r in lattice.readings if r is not None and r.kind != "grammar"]
    grammar = [i for i, r in enumerate(lattice.readings) if r is not None and r.kind == "grammar"]
    fixed = np.zeros((len(lattice), len(FEATURES)))
    fixed[:, COLUMN["unigram"]] = table.unigram
    fixed[:, COLUMN["topic"]] = table.topic
    fixed[grammar, COLUMN["article"]] = 1.0
    for name, values in (_own_features(readings) | _article_features(lattice, readings)).items():
        fixed[chosen, COLUMN[name]] = values
    for name in ("aligned", "verbatim", "copied", "context", "anywhere"):
        _split(fixed, name, getattr(support, name), chosen)
    strengths = np.zeros((len(lattice), len(FAMILY_NAMES)))
    if readings:
        strengths[chosen] = [r.strengths for r in readings]
    stretch = lattice.sources[chosen] * (int(lattice.targets.max(initial=0)) + 1) + lattice.targets[chosen]
    of_stretch = np.unique(stretch, return_inverse=True)[1]
    return ArcTable(fixed, strengths, chosen, of_stretch, _same_swaps(lattice, readings))


def _same_swaps(lattice: Lattice, readings: Sequence[Reading]) -> Ints:
    """Number the readings so that equal swaps share a number: the same wording for the same words, at any place."""
    words_at = _words_at(lattice)
    numbers: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    swaps = [(tuple(words_at[k] for k in range(r.start, r.end)), r.words) for r in readings]
    return np.array([numbers.setdefault(swap, len(numbers)) for swap in swaps], dtype=np.int64)


def _words_at(lattice: Lattice) -> dict[int, str]:
    firsts = lattice.firsts.tolist()
    return {f: w[0] for f, w, r in zip(firsts, lattice.words, lattice.readings, strict=True) if r is None}


def _own_features(readings: Sequence[Reading]) -> dict[str, Floats]:
    """Return the features that a reading has in every article, shape (readings,) each."""
    counts = np.array([r.seen for r in readings])
    gains = np.array([len(r.words) - (r.end - r.start) for r in readings], dtype=np.float64)
    return {
        "edit": np.ones(len(readings)),
        "count": np.log1p(counts),
        "known_only": np.array(counts == 0, dtype=np.float64),
        "longer": np.maximum(0.0, gains),
        "shorter": np.maximum(0.0, -gains),
        "function": np.array([r.kind == "function" for r in readings], dtype=np.float64),
        "multiword": np.array([r.phrase for r in readings], dtype=np.float64),
    }


def _article_features(lattice: Lattice, readings: Sequence[Reading]) -> dict[str, Floats]:
    """Return the features that compare the article with clean text: what stands there too often."""
    size = max(1, sum(reading is None for reading in lattice.readings))
    words_at = _words_at(lattice)
    places = {(r.start, r.end) for r in readings}
    stretches = {(a, b): tuple(words_at[k] for k in range(a, b)) for a, b in places}
    spun: dict[tuple[int, int], float] = defaultdict(float)
    for reading in readings:
        spun[reading.start, reading.end] += reading.seen
    repeats = Counter(stretches.values())
    standing = np.array([repeats[stretches[r.start, r.end]] for r in readings], dtype=np.float64)
    clean = np.array([r.clean for r in readings])
    counted = np.array([spun[r.start, r.end] for r in readings])
    proposed = np.array([r.kind == "reference" for r in readings], dtype=bool)
    return {
        "clean": np.where(proposed, 0.0, np.log(clean + 0.1)),
        "burst": np.where(proposed, 0.0, np.log((standing + 1.0) / (size * clean * 1e-6 + 1.0))),
        "spun_count": np.where(proposed, 0.0, np.log1p(counted)),
        "proposed": np.where(proposed, 1.0, 0.0),
        "proposed_near": np.array([r.near for r in readings], dtype=np.float64),
        "proposed_known": np.where(proposed & (counted > 0), 1.0, 0.0),
    }


def _split(fixed: Floats, name: str, values: Floats, edits: Ints) -> None:
    """Write support of edits under its own name, and of kept tokens under `keep_...` where that is a feature."""
    fixed[edits, COLUMN[name]] = values[edits]
    if "keep_" + name in COLUMN:
        kept = values.copy()
        kept[edits] = 0.0
        fixed[:, COLUMN["keep_" + name]] = kept


def arc_features(arcs: ArcTable, families: Floats, posteriors: Floats | None = None) -> Floats:
    """Return the feature matrix, shape (arcs, len(FEATURES)), under *families*: probability of each of FAMILY_NAMES.

    posteriors: of all arcs under the beliefs so far, so that a swap that is sure in one place helps in another.
    """
    matrix = arcs.fixed.copy()
    if posteriors is not None and len(arcs.edits):
        matrix[arcs.edits, COLUMN["agreed"]] = _agreement(arcs.swap, posteriors[arcs.edits])
    if len(arcs.edits):
        strength = np.log(FLOOR + arcs.strengths[arcs.edits] @ families)
        matrix[arcs.edits, COLUMN["strength"]] = strength
        weight = strength + matrix[arcs.edits, COLUMN["unigram"]]
        peak = np.full(int(arcs.stretch.max()) + 1, -np.inf)
        np.maximum.at(peak, arcs.stretch, weight)
        total = np.bincount(arcs.stretch, np.exp(weight - peak[arcs.stretch]))
        matrix[arcs.edits, COLUMN["share"]] = weight - peak[arcs.stretch] - np.log(total[arcs.stretch])
    return matrix


def with_fits(arcs: ArcTable, fits: Floats) -> ArcTable:
    """Return *arcs* with the fit of each into its context, shape (arcs,)."""
    fixed = arcs.fixed.copy()
    fixed[:, COLUMN["fit"]] = fits
    return replace(arcs, fixed=fixed)


def _agreement(swap: Ints, posterior: Floats) -> Floats:
    """Log-odds of each swap over its other places in the article, smoothed by half a place either way; 0 for none."""
    made = np.bincount(swap, posterior)[swap] - posterior
    others = np.bincount(swap)[swap] - 1
    agreed: Floats = np.log((np.maximum(made, 0.0) + 0.5) / (np.maximum(others - made, 0.0) + 0.5))
    return agreed


@dataclass(frozen=True, slots=True)
class Trellis:
    """The lattice unrolled to trigram states: each node is an arc with the arc before it.

    graph: nodes and transitions. arcs: the arc of each node. node_model, edge_model: n-gram log-probability inside a
    node and on a transition.
    """

    graph: Graph
    arcs: Ints
    node_model: Floats
    edge_model: Floats


def join(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Return all index pairs (i, j) with left[i] == right[j]; *right* must be sorted."""
    low, high = np.searchsorted(right, left, "left"), np.searchsorted(right, left, "right")
    counts = high - low
    i = np.repeat(np.arange(len(left)), counts)
    offset = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
    return i, low[i] + offset


def bigram_trellis(lattice: Lattice, table: WordTable, model: LanguageModel) -> Trellis:
    """Return the coarse trellis whose nodes are the arcs themselves."""
    left, right = join(lattice.targets, lattice.sources)
    graph = build_graph(lattice.levels, lattice.sentence, left, right)
    none = np.full(len(graph.sources), -1)
    edge = trigram(model, np.stack((none, table.last[graph.sources], table.first[graph.targets]), axis=1))
    inside = table.tail.copy()
    several = np.flatnonzero(table.second >= 0)
    none = np.full(len(several), -1)
    inside[several] += trigram(model, np.stack((none, table.first[several], table.second[several]), axis=1))
    return Trellis(graph, np.arange(len(lattice)), inside, edge)


def trigram_trellis(
    lattice: Lattice, table: WordTable, model: LanguageModel, pairs: tuple[Ints, Ints]
) -> Trellis:
    """Return the trellis over *pairs* of adjacent arcs (left, right arc indices), plus one start node a sentence."""
    starts = np.flatnonzero(lattice.levels == 0)
    left = np.concatenate((np.full(len(starts), -1), pairs[0]))
    right = np.concatenate((starts, pairs[1]))
    order = np.lexsort((right, left))
    left, right = left[order], right[order]
    source, target = join(right, left)
    sink = np.full(len(lattice), -1)
    closing = np.flatnonzero(lattice.levels[right] == _last_levels(lattice)[lattice.sentence[right]])
    # All nodes that end a sentence are made one: nothing follows that could tell them apart.
    sink[right[closing[::-1]]] = closing[::-1]
    target = np.where(sink[right[target]] >= 0, sink[right[target]], target)
    graph = build_graph(lattice.levels[right], lattice.sentence[right], source, target)
    graph = replace(graph, ends=np.unique(graph.targets[np.isin(graph.targets, closing)]))
    a, b, c = left[graph.sources], right[graph.sources], right[graph.targets]
    before = np.where(table.before_last[b] >= 0, table.before_last[b], np.where(a >= 0, table.last[a], -1))
    edge = trigram(model, np.stack((before, table.last[b], table.first[c]), axis=1))
    inside = table.tail[right].copy()
    several = np.flatnonzero((table.second[right] >= 0) & (left >= 0))
    rows = (table.last[left[several]], table.first[right[several]], table.second[right[several]])
    inside[several] += trigram(model, np.stack(rows, axis=1))
    return Trellis(graph, right, inside, edge)


def _last_levels(lattice: Lattice) -> Ints:
    last = np.zeros(int(lattice.sentence.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(last, lattice.sentence, lattice.levels)
    return last


@dataclass(frozen=True, slots=True)
class Scores:
    """Log weights of a trellis under given weights, ready for the sweeps of `decoding`."""

    nodes: Floats
    edges: Floats
    arcs: Floats = field(default_factory=lambda: np.zeros(0))


def score(trellis: Trellis, features: Floats, weights: Weights) -> Scores:
    """Return the log weights of all nodes and transitions."""
    arcs = features @ weights.vector()
    return Scores(arcs[trellis.arcs] + weights.model * trellis.node_model, weights.model * trellis.edge_model, arcs)


def family_posterior(expected: Floats, strengths: Floats, prior: Floats) -> Floats:
    """Return the probability of each family. expected: posterior of every edit arc; strengths: shape (arcs, families).

    Evidence is tempered by its square root: neighbouring swaps are not independent.
    """
    logs = np.log(FLOOR + strengths)
    total = expected @ logs
    scale = np.sqrt(max(1.0, float(expected.sum())))
    weights: Floats = np.log(prior) + total / scale
    weights -= weights.max()
    shares: Floats = np.exp(weights)
    shares /= shares.sum()
    return shares


UNIFORM = np.full(len(FAMILY_NAMES), 1.0 / len(FAMILY_NAMES))
