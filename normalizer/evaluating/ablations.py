"""Normalizers with something left out.

They serve ablations, and see to it that nothing is tested on what it was read from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from normalizer.errors import CaseError
from normalizer.lexicon import FAMILIES, Entry, Lexicon
from normalizer.repairing import Normalizer, Settings
from normalizer.scoring import FEATURES, Weights

# What `--without` understands, beside family:NAME, half:SEED and feature:NAME.
PARTS = ("model", "references")
MODEL_FEATURES = ("unigram",)  # features that the language model feeds


def is_known(entry: Entry, *, held_out: float = 0.5, seed: int = 0) -> bool:
    """Tell whether *entry* is in the known part of the lexicon; a share *held_out* is not.

    By a hash of the swap's words, so that it is the same on every machine and all lines of one swap stay
    together.
    """
    digest = sha256(f"{seed}|{entry.spun}|{entry.original}".lower().encode()).digest()
    return int.from_bytes(digest[:8], "big") >= held_out * 2**64


def known_half(entries: Iterable[Entry], seed: int = 0) -> list[Entry]:
    """Return the known half of *entries*: with it unseen swaps can be tested."""
    return [entry for entry in entries if is_known(entry, seed=seed)]


def wants_references(without: Sequence[str]) -> bool:
    """Tell whether an ablated run still uses references."""
    return "references" not in without


def ablate(
    normalizer: Normalizer,
    without: Sequence[str] = (),
    *,
    sources: Sequence[str] = (),
    min_confidence: float | None = None,
) -> Normalizer:
    """Return *normalizer* without some parts; its tables are shared, not copied.

    without: "family:NAME", "feature:NAME" (one of `scoring.FEATURES`, or several with + between them), "half:SEED" (the
    half of the lexicon that `known_half` leaves out), "model" (no
    n-gram scores; word rarity still serves to pair sentences with references), "references" (which is for the
    caller to heed). sources: articles from which nothing may have been learnt. Raises CaseError for anything
    else.
    """
    lexicon, weights, settings = normalizer.lexicon, normalizer.weights, normalizer.settings
    for part in without:
        lexicon, weights = _without(part, lexicon, weights)
    if any(sources):
        lexicon = lexicon.without(*filter(None, sources))
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    return _remade(normalizer, lexicon, weights, settings)


def _remade(normalizer: Normalizer, lexicon: Lexicon, weights: Weights, settings: Settings) -> Normalizer:
    return Normalizer(
        model=normalizer.model,
        settings=settings,
        lexicon=lexicon,
        weights=weights,
        association=normalizer.association,
        context=normalizer.context,
    )


def _without(part: str, lexicon: Lexicon, weights: Weights) -> tuple[Lexicon, Weights]:
    kind, _, value = part.partition(":")
    if kind == "family" and value in FAMILIES:
        return Lexicon(entry for entry in lexicon.entries if entry.family != value), weights
    if kind == "half" and value.isdecimal():
        return Lexicon(known_half(lexicon.entries, int(value))), weights
    if kind == "feature" and set(value.split("+")) <= set(FEATURES):
        left_out = set(value.split("+"))
        features, confidence = (
            {name: weight for name, weight in known.items() if name not in left_out}
            for known in (weights.features, weights.confidence)
        )
        return lexicon, replace(weights, features=features, confidence=confidence)
    if part == "model":
        features = {k: v for k, v in weights.features.items() if k not in MODEL_FEATURES}
        return lexicon, replace(weights, features=features, model=0.0)
    if part not in PARTS:
        raise CaseError(
            f"--without {part}: expected {', '.join(PARTS)}, half:SEED, family:NAME with NAME one of "
            f"{', '.join(FAMILIES)}, or feature:NAME with NAME one of {', '.join(FEATURES)}, found something else; "
            "choose one of them"
        )
    return lexicon, weights
