"""What a report needs to know of a repair, and how to show text of unknown origin on a terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from normalizer.edits import Edit
from normalizer.plans import Plan

SPUN_FROM = 0.5  # from this probability on a text is called spun
SURE, LIKELY = 0.9, 0.75  # from these confidences on an edit is shown as sure, and as likely

# Control characters (C0 without newline and tab, DEL, C1), line separators, direction marks, lone surrogates.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Judgement(Protocol):
    """A verdict as reports need it, see `verdicts.Verdict`."""

    @property
    def spun(self) -> float:
        """The probability that the text is spun."""

    @property
    def family(self) -> str | None:
        """The likeliest family, or None."""

    @property
    def rate(self) -> float:
        """The share (0 to 1) of the words that were swapped."""

    @property
    def families(self) -> Mapping[str, float]:
        """The probability of each family."""


class Result(Protocol):
    """A repair as reports need it, see `repairing.Repair`."""

    @property
    def source(self) -> str:
        """The caller's text."""

    @property
    def text(self) -> str:
        """The repaired text."""

    @property
    def edits(self) -> Sequence[Edit]:
        """The edits that turn `source` into `text`, in order."""

    @property
    def verdict(self) -> Judgement:
        """Whether the text is spun, and by which family."""

    @property
    def withheld(self) -> int:
        """How many edits were found and not made, since their confidence is too low."""

    def plan(self) -> Plan:
        """Return the edits as a plan."""


def visible(text: str) -> str:
    """Return *text* with everything that could steer a terminal written as an escape: ESC becomes \\x1b."""
    return UNSAFE.sub(lambda match: ascii(match.group())[1:-1], text)


def visible_line(text: str) -> str:
    """Return *text* as `visible` does, and on one line, as for the name of a file."""
    return visible(text).replace("\t", "\\t").replace("\n", "\\n")


def is_spun(verdict: Judgement) -> bool:
    """Say whether a verdict calls the text spun."""
    return verdict.spun >= SPUN_FROM
