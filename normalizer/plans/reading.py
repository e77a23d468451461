"""Reading plans from JSON: every value is checked.

Each helper checks one value. *path* is the place of that value in the plan, such as "edits[0].start", which the error
names with what was expected there and what was found.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

from normalizer.arguments import shown, text_of
from normalizer.edits import KINDS, SENTENCE_LIMIT, Alternative, Edit, Evidence, Kind, SupportingSentence
from normalizer.errors import PlanError
from normalizer.plans.writing import FORMAT, PIECES, VERSION

READABLE = (1, VERSION)  # versions; the fields of version 1 are some of those of version 2
REMEDY = "write the plan again with 'normalizer repair -f json'"
HASH = re.compile(r"[0-9a-f]{64}")
PLAN_FIELDS = (
    "format",
    "version",
    "signature",
    "length",
    "source_sha256",
    "repaired_sha256",
    "verdict",
    "edits",
)
PLAN_OPTIONAL = ("name",)
EDIT_FIELDS = ("start", "end", "before", "after", "kind", "confidence")
EDIT_OPTIONAL = ("held_back", "evidence")
EVIDENCE_FIELDS = ("entry", "references", "margin", "note", "family", "alternatives")


def plan_arguments(text: str) -> dict[str, Any]:
    """Return the arguments of `Plan` from its JSON form. Raises PlanError, see `Plan.from_json`."""
    top = _members(_parse(text_of(text)), "plan", PLAN_FIELDS, PLAN_OPTIONAL)
    _require_version(top)
    length = _integer(top["length"], "length", 0)
    listed = [_read_edit(each, f"edits[{i}]", length) for i, each in enumerate(_list(top["edits"], "edits"))]
    _require_order([edit for edit, _ in listed])
    return {
        "edits": tuple(edit for edit, held_back in listed if not held_back),
        "held_back": tuple(edit for edit, held_back in listed if held_back),
        "signature": _string(top["signature"], "signature"),
        "source_sha256": _hash(top["source_sha256"], "source_sha256"),
        "repaired_sha256": _hash(top["repaired_sha256"], "repaired_sha256"),
        "length": length,
        "verdict": _object(top["verdict"], "verdict"),
        "name": _string(top.get("name", ""), "name"),
    }


def _reject(path: str, expected: str, found: str) -> NoReturn:
    raise PlanError(f"{path}: expected {expected}, found {found}; {REMEDY}")


def _parse(text: str) -> object:
    try:  # some shells put a byte order mark before what a command prints
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_unique_members, parse_constant=_not_json)
    except json.JSONDecodeError as error:
        hint = " (one plan at a time: pick a line of a JSONL file)" if error.msg == "Extra data" else ""
        _reject("plan", "one JSON object", f"{error.msg} at line {error.lineno}, column {error.colno}{hint}")
    except (ValueError, RecursionError) as error:
        _reject("plan", "one JSON object", str(error) or type(error).__name__)


def _not_json(constant: str) -> NoReturn:
    _reject("plan", "finite numbers", constant)


def _unique_members(pairs: list[tuple[str, Any]]) -> object:
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name in counts if counts[name] > 1)
        _reject("plan", "each field once", f"{shown(twice)} twice in one object")
    pieces = members.get(PIECES)
    if len(members) == 1 and isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces)
    return members


def _members(value: object, path: str, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    members = _object(value, path)
    inside = "" if path == "plan" else f"{path}."
    for name in required:
        if name not in members:
            _reject(f"{inside}{name}", "the field to be there", "nothing")
    for name in members:
        if name not in required and name not in optional:
            _reject(f"{inside}{name}", f"only {', '.join((*required, *optional))}", "a field of another name")
    return members


def _require_version(top: dict[str, Any]) -> None:
    if top["format"] != FORMAT:
        _reject("format", shown(FORMAT), shown(top["format"]))
    if _integer(top["version"], "version", 1) not in READABLE:
        known = " or ".join(map(str, READABLE))
        raise PlanError(f"version: expected {known}, found {top['version']}; use a newer normalizer")


def _object(value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _reject(path, "an object", shown(value))
    return value


def _list(value: object, path: str) -> list[object]:
    if not isinstance(value, list):
        _reject(path, "a list", shown(value))
    return value


def _string(value: object, path: str) -> str:
    if not isinstance(value, str):
        _reject(path, "a string", shown(value))
    return value


def _integer(value: object, path: str, low: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        _reject(path, f"a whole number from {low}", shown(value))
    return value


def _number(value: object, path: str) -> float:
    # The comparison is false for NaN; unlike math.isfinite it works for integers of any size.
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        _reject(path, "a finite number", shown(value))
    return value


def _truth(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        _reject(path, "true or false", shown(value))
    return value


def _hash(value: object, path: str) -> str:
    if not isinstance(value, str) or not HASH.fullmatch(value):
        _reject(path, "64 hex digits in lower case", shown(value))
    return value


def _read_edit(value: object, path: str, length: int) -> tuple[Edit, bool]:
    """Return an edit, and whether it is held back. length: code points of the text."""
    members = _members(value, path, EDIT_FIELDS, EDIT_OPTIONAL)
    start, end = _span(members, path, length)
    before = _string(members["before"], f"{path}.before")
    if len(before) != end - start:
        _reject(
            f"{path}.before",
            f"{end - start} code points, as from start to end",
            f"{len(before)}: {shown(before)}",
        )
    edit = Edit(
        start=start,
        end=end,
        before=before,
        after=_string(members["after"], f"{path}.after"),
        kind=_kind(members["kind"], f"{path}.kind"),
        evidence=_read_evidence(members.get("evidence", {}), f"{path}.evidence"),
        confidence=_share(members["confidence"], f"{path}.confidence"),
    )
    return edit, _truth(members.get("held_back", False), f"{path}.held_back")


def _span(members: dict[str, Any], path: str, length: int) -> tuple[int, int]:
    start = _integer(members["start"], f"{path}.start", 0)
    end = _integer(members["end"], f"{path}.end", start)
    if end > length:
        _reject(f"{path}.end", f"at most {length}, the length of the text", str(end))
    return start, end


def _kind(value: object, path: str) -> Kind:
    if value not in KINDS:
        _reject(path, f"one of {', '.join(KINDS)}", shown(value))
    return value


def _share(value: object, path: str) -> float:
    number = _number(value, path)
    if not 0 <= number <= 1:
        _reject(path, "a number from 0 to 1", shown(value))
    return number


def _read_evidence(value: object, path: str) -> Evidence:
    members = _members(value, path, (), EVIDENCE_FIELDS)
    sentences = _list(members.get("references", []), f"{path}.references")
    others = _list(members.get("alternatives", []), f"{path}.alternatives")
    margin = members.get("margin")
    return Evidence(
        entry=_optional_string(members.get("entry"), f"{path}.entry"),
        references=tuple(_read_sentence(each, f"{path}.references[{i}]") for i, each in enumerate(sentences)),
        margin=None if margin is None else _number(margin, f"{path}.margin"),
        note=_string(members.get("note", ""), f"{path}.note"),
        family=_optional_string(members.get("family"), f"{path}.family"),
        alternatives=tuple(_read_alternative(each, f"{path}.alternatives[{i}]") for i, each in enumerate(others)),
    )


def _optional_string(value: object, path: str) -> str | None:
    return None if value is None else _string(value, path)


def _read_alternative(value: object, path: str) -> Alternative:
    members = _members(value, path, ("after", "probability"), ("entry",))
    return Alternative(
        _string(members["after"], f"{path}.after"),
        _share(members["probability"], f"{path}.probability"),
        _optional_string(members.get("entry"), f"{path}.entry"),
    )


def _read_sentence(value: object, path: str) -> SupportingSentence:
    members = _members(value, path, SupportingSentence._fields)
    start = _integer(members["start"], f"{path}.start", 0)
    return SupportingSentence(
        reference=_integer(members["reference"], f"{path}.reference", 0),
        start=start,
        end=_integer(members["end"], f"{path}.end", start),
        sentence=_sentence_text(members["sentence"], f"{path}.sentence"),
    )


def _sentence_text(value: object, path: str) -> str:
    sentence = _string(value, path)
    if len(sentence) > SENTENCE_LIMIT:
        _reject(path, f"at most {SENTENCE_LIMIT} characters", str(len(sentence)))
    return sentence


def _require_order(edits: Sequence[Edit]) -> None:
    for i, (left, right) in enumerate(pairwise(edits), 1):
        if right.start < left.end:
            _reject(f"edits[{i}].start", f"at least {left.end}, where the edit before it ends", str(right.start))
