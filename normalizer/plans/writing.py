"""Writing plans: edits with their evidence as JSON values, and JSON in plain ASCII that reads back whole."""

import json
import re

from normalizer.edits import Alternative, Edit, Evidence
from normalizer.errors import PlanError

FORMAT = "normalizer-plan"
VERSION = 2
# Between a high and a low surrogate of a string, which JSON would join to one character.
SPLIT_PAIR = re.compile(r"(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")
PIECES = "$pieces"  # the only field of an object that stands for a string written in pieces


def ascii_json(value: object, indent: int | None = None) -> str:
    """Return *value* as JSON in plain ASCII that `Plan.from_json` reads back as the same value.

    Raises PlanError for what JSON cannot hold: a number that is not finite, or an object of another type.
    """
    try:
        return json.dumps(_split_pairs(value), indent=indent, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PlanError(f"the plan cannot be written: expected plain finite JSON values, found {error}") from error


def edit_object(edit: Edit, held_back: bool) -> dict[str, object]:
    """Return an edit as the object that a plan lists."""
    evidence = _evidence_object(edit.evidence)
    return {
        "start": edit.start,
        "end": edit.end,
        "before": edit.before,
        "after": edit.after,
        "kind": edit.kind,
        "confidence": edit.confidence,
        **({"held_back": True} if held_back else {}),
        **({"evidence": evidence} if evidence else {}),
    }


def _evidence_object(evidence: Evidence) -> dict[str, object]:
    """Return evidence as an object; empty fields are left out, since most edits have evidence in one or two only."""
    members = {
        "entry": evidence.entry,
        "references": [sentence._asdict() for sentence in evidence.references] or None,
        "margin": evidence.margin,
        "note": evidence.note or None,
        "family": evidence.family,
        "alternatives": [_alternative_object(each) for each in evidence.alternatives] or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _alternative_object(alternative: Alternative) -> dict[str, object]:
    return {name: value for name, value in alternative._asdict().items() if value is not None}


def _split_pairs(value: object) -> object:
    """Return *value* with every string that JSON would read back differently as an object of its pieces."""
    if isinstance(value, str):
        pieces = SPLIT_PAIR.split(value)
        return {PIECES: pieces} if len(pieces) > 1 else value
    if isinstance(value, dict):
        return {key: _split_pairs(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_split_pairs(each) for each in value]
    return value
