"""The plan itself: a value that is applied to its text, reverted, or decided anew, and knows its JSON form."""

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import NamedTuple, NoReturn

from normalizer.arguments import items_of, text_of
from normalizer.edits import Alternative, Edit, Evidence, apply_edits, invert_edits
from normalizer.errors import NormalizerWarning, PlanError
from normalizer.plans.reading import REMEDY, plan_arguments
from normalizer.plans.writing import FORMAT, VERSION, ascii_json, edit_object


def fingerprint(text: str) -> str:
    """Return the SHA-256 of the UTF-8 bytes of *text*, as 64 hex digits; lone surrogates are encoded too."""
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
        held_back: Edits that are suggested and not made, in order. They do not overlap the edits that are made.

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
            signature: What the edits were found with, see `Normalizer.signature`.
            verdict: The verdict on the article, as JSON values.
            name: The file that holds the text, or "".
            held_back: Edits to suggest only.

        Returns:
            The plan.

        Raises:
            PlanError: If the edits do not fit the text, or overlap.
            ArgumentError: If *text* is not a text, or *edits* or *held_back* is not a series of edits.
        """
        ordered = tuple(sorted(items_of(edits, Edit, "edits")))
        other = tuple(sorted(items_of(held_back, Edit, "held_back")))
        apply_edits(text, [*ordered, *other])
        repaired = fingerprint(apply_edits(text, ordered))
        return cls(ordered, signature, fingerprint(text), repaired, len(text), dict(verdict or {}), name, other)

    @property
    def listed(self) -> list[Listed]:
        """All edits in order, made and held back, with their numbers."""
        edits = [(edit, False) for edit in self.edits] + [(edit, True) for edit in self.held_back]
        edits.sort(key=lambda pair: (pair[0].start, pair[0].end))
        return [Listed(number, edit, held) for number, (edit, held) in enumerate(edits, 1)]

    def decided(self, text: str, decisions: Mapping[int, str | None]) -> "Plan":
        """Return the plan with other decisions on which edits to make, and with which wording.

        Args:
            text: The text that the plan was made for.
            decisions: By the number of an edit (`listed`) the wording to put in, or None to hold the edit back. Edits
                that are not named stay as they are.

        Returns:
            The plan with these decisions.

        Raises:
            PlanError: If the text is not the one that the plan was made for.
            ArgumentError: If *text* or a wording is not a text.
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
            text: The text that the plan was made for, unchanged.

        Returns:
            The repaired text.

        Raises:
            PlanError: If the text is not the one that the plan was made for.
            ArgumentError: If *text* is not a text.

        Warns:
            NormalizerWarning: If the edits give another text than the plan says, as they do after some of them were
                removed from the plan by hand.
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

        A plan that was changed by hand reverts the text that its own edits give.

        Args:
            text: The text after the repair.

        Returns:
            The text before the repair.

        Raises:
            PlanError: If the text is not the one that the edits give.
            ArgumentError: If *text* is not a text.
        """
        text_of(text)
        before = None
        with suppress(PlanError):  # edits that do not fit mean another text
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
            indent: Spaces for each level; None writes one line.

        Returns:
            The JSON, without a line end behind it.

        Raises:
            PlanError: If JSON cannot hold a value: a number that is not finite, or an object of another type.
        """
        plan = {
            "format": FORMAT,
            "version": VERSION,
            **({"name": self.name} if self.name else {}),
            "signature": self.signature,
            "length": self.length,
            "source_sha256": self.source_sha256,
            "repaired_sha256": self.repaired_sha256,
            "verdict": self.verdict,
            "edits": [edit_object(edit, held_back) for _, edit, held_back in self.listed],
        }
        return ascii_json(plan, indent)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Read a plan from its JSON form.

        Args:
            text: The JSON, as `to_json` and "normalizer repair -f json" write it, of version 1 or 2.

        Returns:
            The plan.

        Raises:
            PlanError: If the text is not a plan. The message names the field, what was expected there and what was
                found.
            ArgumentError: If *text* is not a text.
        """
        return cls(**plan_arguments(text))


def reworded(edit: Edit, after: str) -> Edit:
    """Return *edit* with another wording: one of its alternatives, or a wording of the caller's.

    An alternative comes with its entry and its probability, and the wording that it replaces becomes an alternative. A
    wording of the caller's has confidence 1.
    """
    if after == edit.after:
        return edit
    old = Alternative(edit.after, edit.confidence, edit.evidence.entry)
    new = next((each for each in edit.evidence.alternatives if each.after == after), Alternative(after, 1.0))
    rest = [each if each.after != after else old for each in edit.evidence.alternatives]
    evidence = Evidence(entry=new.entry, note="chosen by hand", alternatives=tuple(rest))
    return replace(edit, after=after, evidence=evidence, confidence=new.probability)


def _refuse_text(plan: Plan, text: str, found: str, other: str, why: str) -> NoReturn:
    """Raise a PlanError for a text that a plan does not fit.

    found: the text's hash. other: the hash of the text that applying, or reverting, would have given; if the text has
    that one already, *why* says so.
    """
    if found == other:
        raise PlanError(f"the text is not the one this plan was made for: {why}, so there is nothing to do")
    expected = plan.source_sha256 if other == plan.repaired_sha256 else plan.repaired_sha256
    raise PlanError(
        f"the text is not the one this plan was made for: expected SHA-256 {expected[:12]}…, "
        f"found {found[:12]}… ({len(text)} code points); "
        f"use the very file that was repaired, byte for byte, or {REMEDY}"
    )
