"""Normalizers with something left out: for ablations, and for tests on articles that entries were read from."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from normalizer.errors import CaseError
from normalizer.lexicon import FAMILIES, Entry, Lexicon
from normalizer.repairing import Normalizer
from normalizer.tables import Tables
from normalizer.weights import FEATURES

# What `--without` understands, beside family:NAME, half:SEED and feature:NAME.
PARTS = ("model", "references")


def is_known(entry: Entry, *, held_out: float = 0.5, seed: int = 0) -> bool:
    """Tell whether *entry* is in the known part of the lexicon; a share *held_out* (0 to 1) of the swaps is not.

    A hash of the swap's words decides, so that the parts are the same on every machine and all lines of one swap are in
    one part.
    """
    digest = sha256(f"{seed}|{entry.spun}|{entry.original}".lower().encode()).digest()
    return int.from_bytes(digest[:8], "big") >= held_out * 2**64


def known_half(lexicon: Lexicon, seed: int = 0) -> Lexicon:
    """Return the known half of *lexicon*, with which repairs of unknown swaps can be tested."""
    return lexicon.where(lambda entry: is_known(entry, seed=seed))


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

    without: "family:NAME", "feature:NAME" (one of `weights.FEATURES`, or several with + between them), "half:SEED" (the
    half of the lexicon that `known_half` leaves out), "model" (no n-gram scores in readings; the glance and the pairing
    of sentences with references still use it), "references" (changes nothing here: the caller must leave them out, see
    `wants_references`). sources: articles from which nothing may have been learnt. min_confidence: None for that of
    *normalizer*. Raises CaseError for any other part.
    """
    tables, settings = normalizer.tables, normalizer.settings
    for part in without:
        tables = _without(part, tables)
    if any(sources):
        tables = tables.with_lexicon(tables.entries.without(*filter(None, sources)))
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    return Normalizer(tables=tables, settings=settings)


def _without(part: str, tables: Tables) -> Tables:
    kind, _, value = part.partition(":")
    if kind == "family" and value in FAMILIES:
        return tables.with_lexicon(tables.entries.where(lambda entry: entry.family != value))
    if kind == "half" and value.isdecimal():
        return tables.with_lexicon(known_half(tables.entries, int(value)))
    if kind == "feature" and set(value.split("+")) <= set(FEATURES):
        left_out = set(value.split("+"))
        features, confidence = (
            {name: weight for name, weight in known.items() if name not in left_out}
            for known in (tables.weights.features, tables.weights.confidence)
        )
        return replace(tables, weights=replace(tables.weights, features=features, confidence=confidence))
    if part == "model":
        return replace(tables, weights=replace(tables.weights, model=0.0))
    if part not in PARTS:
        raise CaseError(
            f"--without {part}: expected {', '.join(PARTS)}, half:SEED, family:NAME with NAME one of "
            f"{', '.join(FAMILIES)}, or feature:NAME with NAME one of {', '.join(FEATURES)}, found something else; "
            "choose one of them"
        )
    return tables
