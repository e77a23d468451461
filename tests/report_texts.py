"""Repairs for the tests of reports: as a pipeline would return them, but without one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from normalizer.edits import Alternative, Edit, Evidence, Kind, SupportingSentence, apply_edits
from normalizer.plans import Plan


@dataclass(frozen=True)
class Verdict:
    spun: float = 0.98
    family: str | None = "A"
    rate: float = 0.257
    families: dict[str, float] = field(default_factory=lambda: {"A": 0.9, "B": 0.1})


@dataclass(frozen=True)
class Repaired:
    source: str
    edits: tuple[Edit, ...]
    verdict: Verdict = Verdict()
    held_back: tuple[Edit, ...] = ()
    withheld: int = 0

    @property
    def text(self) -> str:
        return apply_edits(self.source, self.edits)

    def plan(self) -> Plan:
        return Plan.of(self.source, self.edits, "v:1", {"spun": self.verdict.spun}, held_back=self.held_back)


def swap(
    source: str,
    before: str,
    after: str,
    *others: tuple[str, float],
    kind: Kind = "lexical",
    confidence: float = 0.9,
    family: str | None = "a",
    said: str = "",
) -> Edit:
    """The edit that puts *after* where *before* stands first; others: alternatives; said: a supporting sentence."""
    start = source.index(before)
    references = (SupportingSentence(0, 0, 0, said),) if said else ()
    alternatives = tuple(Alternative(wording, share, f"{before} -> {wording}") for wording, share in others)
    evidence = Evidence(f"{before} -> {after} [a: seen 9 times]", references, 4.25, "", family, alternatives)
    return Edit(start, start + len(before), before, after, kind, evidence, confidence)


NEWS = (
    "The navy chief instructed reporters on Friday.\n\nHe stated the assembly would proceed subsequent week 🌍.\r\n"
    "[ad_1]Nobody was harm, he stated: “4 troopers fled”.\n"
)


def news() -> Repaired:
    """A short repair with every sort of edit: 6 made, 2 held back."""
    made = [
        swap(NEWS, "navy", "military", ("army", 0.05), confidence=0.95),
        swap(
            NEWS,
            "instructed",
            "told",
            ("ordered", 0.03),
            ("taught", 0.01),
            said="The chief told the press, and told all.",
        ),
        swap(NEWS, "assembly", "meeting", confidence=0.8, family="b"),
        swap(NEWS, "subsequent", "next", kind="function", confidence=0.99),
        swap(NEWS, "[ad_1]", "", kind="residue", family=None),
        swap(NEWS, "4 troopers", "four soldiers", kind="number", confidence=0.76),
    ]
    held = [
        swap(NEWS, "proceed", "continue", ("go on", 0.2), confidence=0.6),
        swap(NEWS, "harm", "hurt", confidence=0.3, family="b"),
    ]
    return Repaired(NEWS, tuple(sorted(made)), held_back=tuple(sorted(held)))


def many(text: str, words: Sequence[str], count: int) -> Repaired:
    """A repair of *text*, repeated, in which each of *words* is put in capitals wherever it stands."""
    source = text * count
    edits = [
        Edit(at + base, at + base + len(word), word, word.upper(), "lexical", Evidence(family="a"), 0.9)
        for base in range(0, len(source), len(text))
        for word in words
        for at in [text.index(word)]
    ]
    return Repaired(source, tuple(sorted(edits)))
