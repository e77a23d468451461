"""The learnt weights: what each feature, the n-gram model and the verdict's rates count."""

import json
import sys
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import ModelError

FEATURES = (
    "edit", "strength", "count", "known_only", "longer", "shorter", "unigram", "multiword", "article", "aligned",
    "verbatim", "copied", "context", "anywhere", "keep_aligned", "keep_verbatim", "keep_copied", "keep_context",
    "proposed", "proposed_known", "proposed_near", "clean", "burst", "spun_count", "topic", "agreed", "fit",
)  # fmt: skip
# Features that are 0 where there are no references.
OF_REFERENCES = (
    "aligned", "verbatim", "copied", "context", "anywhere", "keep_aligned", "keep_verbatim", "keep_copied",
    "keep_context", "proposed", "proposed_known", "proposed_near",
)  # fmt: skip
# What is known of a word that may have stood where another one stands, see `synonyms`.
SYNONYM_SIGNS = (
    "bias", "model", "fit", "kept_fit", "kept_model", "related", "unlisted", "commoner", "rare", "choice", "phrase",
    "strength", "count", "entry", "burst", "already", "repeated", "verb", "adjective", "short", "listed", "lists",
    "synonym", "similar", "broader", "narrower",
)  # fmt: skip
# What the rest of the page says of it. rate: swaps of such words. known_rate: those that the lexicon knows.
# rate_by_size: the rate, by how large the page is. elsewhere: what is made of the same form in other places. again:
# whether there are any.
PAGE_SIGNS = ("rate", "known_rate", "rate_by_size", "elsewhere", "again")
# What an article says of an edit: how sure it is by itself, how spun its sentence, and the shares of swapped words.
ARTICLE_SIGNS = ("bias", "odds", "state", "known", "unknown")


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates that verdicts rest on.

    clean, spun: expected swaps per token that can be swapped where nothing is spun, and where all is. start, change:
    probability that an article is spun, and that a sentence is what the one before it is not.

    Each form and each word counts once on its page. 960 clean texts of sixty genres, read in full, reach .048 in the
    median, .107 at the hundredth most and .154 at most; pieces of 150 words of the seeds have .150 at least, 95 of 100
    texts of families a, b and t that swap a tenth to four tenths of their words .105. The two rates put the border at
    .116. The cost: a text of an unknown spinner in which the lexicon knows few swaps is not called spun.
    """

    clean: float = 0.055
    spun: float = 0.21
    start: float = 0.2
    change: float = 0.01


@dataclass(frozen=True, slots=True)
class Weights:
    """features: weight by feature name; model: weight of the n-gram log-probabilities; rates: calibrate verdicts.

    confidence: weights of `confidence.SIGNS`; without any, an edit is as sure as its posterior. synonyms: of
    SYNONYM_SIGNS ("first"), and of PAGE_SIGNS besides ("second"); without any, no synonym is asked about. article: of
    ARTICLE_SIGNS by the kind of an edit. provenance: what all this was learnt from.
    """

    features: dict[str, float]
    model: float = 1.0
    rates: Rates = field(default_factory=Rates)
    confidence: dict[str, float] = field(default_factory=dict)
    synonyms: dict[str, dict[str, float]] = field(default_factory=dict)
    article: dict[str, dict[str, float]] = field(default_factory=dict)
    provenance: str = ""

    @property
    def signature(self) -> str:
        """A short hash of all weights, for reports; what they were learnt from is no part of it."""
        values = {name: value for name, value in asdict(self).items() if name != "provenance"}
        return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:8]

    def vector(self) -> NDArray[np.float64]:
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
    named = [pair for own in (*weights.synonyms.values(), *weights.article.values()) for pair in own.items()]
    for name, value in [*weights.features.items(), *weights.confidence.items(), *named, *asdict(rates).items(), model]:
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
        raise ModelError(
            f"{path}: expected weights as `normalizer tune` writes them, found: {error}; check the path"
        ) from error


def write_weights(weights: Weights, provenance: str) -> str:
    """Return the JSON form of *weights*, with a line saying what they were learnt from."""
    return json.dumps({**asdict(weights), "provenance": provenance}, indent=1) + "\n"
