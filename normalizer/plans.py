"""Plans: the edits of one repair as JSON, which can be replayed on the text, or undone.

    {"format": "normalizer-plan", "version": 2, "name": "article.txt", "signature": "...", "length": 1234,
     "source_sha256": "<64 hex digits>", "repaired_sha256": "<64 hex digits>", "verdict": {...},
     "edits": [{"start": 14, "end": 24, "before": "instructed", "after": "told", "kind": "lexical",
                "confidence": 0.93, "held_back": true,
                "evidence": {"entry": "instructed -> told", "margin": 4.1, "note": "...", "family": "a",
                             "references": [{"reference": 0, "start": 80, "end": 84, "sentence": "..."}],
                             "alternatives": [{"after": "ordered", "probability": 0.04, "entry": "..."}]}}]}

`name`, `held_back`, `evidence`, and every field of the evidence, may be left out; all others must be there, and no
more may be. What is held back is suggested, not made. An edit's number is its place in the list, counted from 1.
Offsets and `length` count code points of the source text, hashes are over its UTF-8 bytes. A plan is
plain ASCII. JSON would join a high surrogate and the low one after it to one character, so a string in which
they stand apart is written {"$pieces": ["...", "..."]} and read back whole. `plan.schema.json` says all this as a JSON
Schema. Version 1 had no `held_back`, `family` and `alternatives`; it is read as well.
"""

import hashlib
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

from normalizer.arguments import items_of, shown, text_of
from normalizer.edits import (
    KINDS,
    SENTENCE_LIMIT,
    Alternative,
    Edit,
    Evidence,
    Kind,
    SupportingSentence,
    apply_edits,
    invert_edits,
)
from normalizer.errors import NormalizerWarning, PlanError

FORMAT = "normalizer-plan"
VERSION = 2
READABLE = (1, VERSION)  # versions; their fields are those of the newest, or fewer
REMEDY = "write the plan again with 'normalizer repair -f json'"
SPLIT_PAIR = re.compile(r"(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")
PIECES = "$pieces"
HASH = re.compile(r"[0-9a-f]{64}")


def fingerprint(text: str) -> str:
    """Return the SHA-256 of the UTF-8 bytes of *text*, as 64 hex digits; lone surrogates are no obstacle."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def schema() -> str:
    """Return the JSON Schema of plans."""
    return (files("normalizer") / "plan.schema.json").read_text(encoding="utf-8")


class Listed(NamedTuple):
    """An edit as a plan lists it: its number, counted from 1, the edit, and whether it is held back."""

    number: int
    edit: Edit
    held_back: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The edits of one repair with what is needed to replay or undo them on the right text, and on no other.

    Attributes:
        edits: The edits that are made, in order.
        signature: What the repair was made with: lexicon, models, weights, number of references, version.
        source_sha256: Fingerprint of the text before: SHA-256 of its UTF-8 bytes, 64 hex digits.
        repaired_sha256: Fingerprint of the text after.
        length: How many code points the text before has.
        verdict: The verdict on the article, as JSON values.
        name: The file that was repaired, or "".
        held_back: Edits that are suggested and not made, in order. They overlap none of those that are made.

    Example:
        >>> text = "He instructed us."
        >>> plan = Plan.of(text, [Edit(3, 13, "instructed", "told", "lexical")])
        >>> plan.apply(text)
        'He told us.'
        >>> Plan.from_json(plan.to_json()).revert("He told us.")
        'He instructed us.'
    """

    edits: tuple[Edit, ...]
    signature: str
    source_sha256: str
    repaired_sha256: str
    length: int
    verdict: dict[str, object] = field(default_factory=dict)
    name: str = ""
    held_back: tuple[Edit, ...] = ()

    @classmethod
    def of(
        cls,
        text: str,
        edits: Iterable[Edit],
        signature: str = "",
        verdict: Mapping[str, object] | None = None,
        name: str = "",
        held_back: Iterable[Edit] = (),
    ) -> "Plan":
        """Return the plan that makes edits in a text.

        Args:
            text: The text before.
            edits: The edits to make, in any order.
            signature: What they were found with.
            verdict: The verdict on the article, as JSON values.
            name: The file that holds the text, or "".
            held_back: Edits to suggest only.

        Returns:
            The plan.

        Raises:
            PlanError: If the edits do not fit the text.
            ArgumentError: For what is no text, and no series of edits.
        """
        ordered = tuple(sorted(items_of(edits, Edit, "edits")))
        other = tuple(sorted(items_of(held_back, Edit, "held_back")))
        apply_edits(text, [*ordered, *other])
        repaired = fingerprint(apply_edits(text, ordered))
        return cls(ordered, signature, fingerprint(text), repaired, len(text), dict(verdict or {}), name, other)

    @property
    def listed(self) -> list[Listed]:
        """All edits in order, those that are held back among them, with their numbers."""
        edits = [(edit, False) for edit in self.edits] + [(edit, True) for edit in self.held_back]
        edits.sort(key=lambda pair: (pair[0].start, pair[0].end))
        return [Listed(number, edit, held) for number, (edit, held) in enumerate(edits, 1)]

    def decided(self, text: str, decisions: Mapping[int, str | None]) -> "Plan":
        """Return the plan with other decisions.

        Args:
            text: The text that the plan was made for.
            decisions: By the number of an edit (`listed`) the wording that it makes, or None if it is held back. Edits
                that are not named stay as they are.

        Returns:
            The plan that makes what was decided, and holds the rest back.

        Raises:
            PlanError: If it is another text.
            ArgumentError: For what is no text.
        """
        self._require_source(text)
        made: list[Edit] = []
        held: list[Edit] = []
        for number, edit, held_back in self.listed:
            after = decisions.get(number, None if held_back else edit.after)
            (held if after is None else made).append(edit if after is None else reworded(edit, text_of(after, "after")))
        return Plan.of(text, made, self.signature, self.verdict, self.name, held)

    def apply(self, text: str) -> str:
        """Return a text with the edits of the plan made.

        Args:
            text: The text that the plan was made for, with every byte as it was.

        Returns:
            The repaired text.

        Raises:
            PlanError: If it is another text.
            ArgumentError: For what is no text.

        Warns:
            NormalizerWarning: If the edits give another text than the plan says, as they do once some of them were
                taken out of it by hand.
        """
        self._require_source(text)
        repaired = apply_edits(text, self.edits)
        if (found := fingerprint(repaired)) != self.repaired_sha256:
            warnings.warn(
                f"the edits of the plan give a text with SHA-256 {found[:12]}…, while it says "
                f"{self.repaired_sha256[:12]}…: some were taken out or changed; all that are left fit, and are made",
                NormalizerWarning,
                stacklevel=2,
            )
        return repaired

    def revert(self, text: str) -> str:
        """Return the text as it was before the repair.

        A plan that was changed by hand reverts what it gives itself.

        Args:
            text: The text after the repair.

        Returns:
            The text before it.

        Raises:
            PlanError: If it is another text.
            ArgumentError: For what is no text.
        """
        text_of(text)
        before = None
        with suppress(PlanError):  # what does not fit is another text
            before = apply_edits(text, invert_edits(self.edits))
        if before is None or fingerprint(before) != self.source_sha256:
            _refuse_text(self, text, fingerprint(text), self.source_sha256, "it is the text before the repair")
        return before

    def _require_source(self, text: str) -> None:
        if (found := fingerprint(text_of(text))) != self.source_sha256:
            _refuse_text(self, text, found, self.repaired_sha256, "it is already repaired")

    def to_json(self, indent: int | None = None) -> str:
        """Return the plan as JSON in plain ASCII.

        Args:
            indent: Spaces for each level; None puts all on one line.

        Returns:
            The JSON, without a line end behind it.

        Raises:
            PlanError: For what JSON cannot hold: a number that is not finite, a foreign object.
        """
        return ascii_json(_plan_object(self), indent)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Read a plan from its JSON form.

        Args:
            text: The JSON, as `to_json` and "normalizer repair -f json" write it, of version 1 or 2.

        Returns:
            The plan.

        Raises:
            PlanError: If it is none. The message names the field, what was expected there and what was found.
            ArgumentError: For what is no text.
        """
        top = _members(_parse(text_of(text)), "plan", PLAN_FIELDS, PLAN_OPTIONAL)
        _require_version(top)
        length = _integer(top["length"], "length", 0)
        listed = [_read_edit(each, f"edits[{i}]", length) for i, each in enumerate(_list(top["edits"], "edits"))]
        _require_order([edit for edit, _ in listed])
        return cls(
            edits=tuple(edit for edit, held_back in listed if not held_back),
            held_back=tuple(edit for edit, held_back in listed if held_back),
            signature=_string(top["signature"], "signature"),
            source_sha256=_hash(top["source_sha256"], "source_sha256"),
            repaired_sha256=_hash(top["repaired_sha256"], "repaired_sha256"),
            length=length,
            verdict=_object(top["verdict"], "verdict"),
            name=_string(top.get("name", ""), "name"),
        )


def reworded(edit: Edit, after: str) -> Edit:
    """Return *edit* with another wording, one of its alternatives or a caller's own.

    An alternative brings its evidence along, and the wording that it takes the place of becomes an alternative.
    """
    if after == edit.after:
        return edit
    old = Alternative(edit.after, edit.confidence, edit.evidence.entry)
    new = next((each for each in edit.evidence.alternatives if each.after == after), Alternative(after, 1.0))
    rest = [each if each.after != after else old for each in edit.evidence.alternatives]
    evidence = Evidence(entry=new.entry, note="chosen by hand", alternatives=tuple(rest))
    return replace(edit, after=after, evidence=evidence, confidence=new.probability)


def _refuse_text(plan: Plan, text: str, found: str, other: str, why: str) -> NoReturn:
    """Raise the PlanError for a text that a plan does not fit; *other* is the hash at the plan's far end."""
    if found == other:
        raise PlanError(f"the text is not the one this plan was made for: {why}, so there is nothing to do")
    expected = plan.source_sha256 if other == plan.repaired_sha256 else plan.repaired_sha256
    raise PlanError(
        f"the text is not the one this plan was made for: expected SHA-256 {expected[:12]}…, "
        f"found {found[:12]}… ({len(text)} code points); "
        f"use the very file that was repaired, byte for byte, or {REMEDY}"
    )


# --- writing ------------------------------------------------------------------------------------------


def ascii_json(value: object, indent: int | None = None) -> str:
    """Return *value* as JSON in plain ASCII that reads back whole. Raises PlanError for what JSON cannot hold."""
    try:
        return json.dumps(_split_pairs(value), indent=indent, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PlanError(f"the plan cannot be written: expected plain finite JSON values, found {error}") from error


def _plan_object(plan: Plan) -> dict[str, object]:
    name = {"name": plan.name} if plan.name else {}
    return {
        "format": FORMAT,
        "version": VERSION,
        **name,
        "signature": plan.signature,
        "length": plan.length,
        "source_sha256": plan.source_sha256,
        "repaired_sha256": plan.repaired_sha256,
        "verdict": plan.verdict,
        "edits": [_edit_object(edit, held_back) for _, edit, held_back in plan.listed],
    }


def _edit_object(edit: Edit, held_back: bool) -> dict[str, object]:
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
    """Return what the evidence holds; empty fields are left out, since most edits have only one or two."""
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
    """Return *value* with every string that JSON would read back differently written in pieces."""
    if isinstance(value, str):
        pieces = SPLIT_PAIR.split(value)
        return {PIECES: pieces} if len(pieces) > 1 else value
    if isinstance(value, dict):
        return {key: _split_pairs(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_split_pairs(each) for each in value]
    return value


# --- reading: each helper checks one value and names its place in the plan ----------------------------

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


def _reject(path: str, expected: str, found: str) -> NoReturn:
    raise PlanError(f"{path}: expected {expected}, found {found}; {REMEDY}")


def _parse(text: str) -> object:
    try:  # some shells put a byte order mark before what they write
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
    # The comparison is false for NaN, and unlike math.isfinite it stands integers of any size.
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
    """Return an edit, and whether it is held back."""
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
