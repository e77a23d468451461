"""Running a normalizer on cases, with one result for each case and condition."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from normalizer.edits import Edit, apply_edits
from normalizer.evaluating.ablations import ablate, wants_references
from normalizer.evaluating.gold import Case
from normalizer.evaluating.judging import Counts, judge
from normalizer.evaluating.metrics import (
    BINS,
    Bin,
    Bins,
    Detection,
    Integrity,
    calibrate,
    detect,
    integrity,
    right_edits,
)
from normalizer.evaluating.oracle import best_edits, possible_edits
from normalizer.repairing import Normalizer
from normalizer.testimony import ReferenceCache

ALONE, HELPED, MISLED = "without references", "with references", "with unrelated references"
CONDITIONS = (ALONE, HELPED, MISLED)
# Confidences of the coverage-precision curve: closer together near 1, for callers who want few but sure edits.
THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
NOTHING = Counts()
NO_CURVE = (NOTHING,) * len(THRESHOLDS)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one case under one condition, or of several pooled with `+`.

    counts: what the judge counts. oracle: the same for the best choice among the readings. detection, integrity: of the
    edits made. bins: calibration of all edits on the best path, of any confidence. curve: the judge's counts if only
    edits from each of THRESHOLDS on are made. edits: how many were made. astray: how many edits differ from those
    without references because of unrelated references. spun: how many articles were taken for spun. articles: how many
    were read. verdicts: how many articles by family, "none" for clean ones.
    """

    name: str
    family: str
    condition: str
    counts: Counts = NOTHING
    oracle: Counts = NOTHING
    detection: Detection = field(default_factory=Detection)
    integrity: Integrity = field(default_factory=Integrity)
    bins: Bins = (Bin(),) * BINS
    curve: tuple[Counts, ...] = NO_CURVE
    edits: int = 0
    astray: int = 0
    spun: int = 0
    articles: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        """Return the results of both together."""
        verdicts = {k: self.verdicts.get(k, 0) + other.verdicts.get(k, 0) for k in {**self.verdicts, **other.verdicts}}
        return replace(
            self,
            counts=self.counts + other.counts,
            oracle=self.oracle + other.oracle,
            detection=self.detection + other.detection,
            integrity=self.integrity + other.integrity,
            bins=tuple(a + b for a, b in zip(self.bins, other.bins, strict=True)),
            curve=tuple(a + b for a, b in zip(self.curve, other.curve, strict=True)),
            edits=self.edits + other.edits,
            astray=self.astray + other.astray,
            spun=self.spun + other.spun,
            articles=self.articles + other.articles,
            verdicts=verdicts,
        )


def pool(results: Iterable[Result], name: str, family: str = "") -> Result:
    """Return the sum of *results* of one condition under a new *name*. Raises ValueError if there is none."""
    first, *others = results
    total = replace(first, name=name, family=family)
    for other in others:
        total += other
    return total


def evaluate(
    normalizer: Normalizer,
    cases: Iterable[Case],
    *,
    leave_out: bool = False,
    without: Sequence[str] = (),
    full: bool = True,
    progress: Progress = lambda line: None,
) -> list[Result]:
    """Measure *normalizer* on *cases* under every condition that a case has texts for.

    leave_out: nothing learnt from a case's own article may be used on it. without: see `ablations.ablate`.
    full: whether the oracle, calibration and curve are measured too, which takes three times as long. progress: called
    with a line for each case.
    """
    base = ablate(normalizer, without)
    results: list[Result] = []
    for case in cases:
        progress(f"{case.family} {case.name}")
        used = ablate(base, sources=[case.source]) if leave_out and case.source else base
        results += _run(used, case, full, wants_references(without))
    return results


def _run(normalizer: Normalizer, case: Case, full: bool, helped: bool) -> Iterator[Result]:
    alone = _measure(normalizer, case, ALONE, (), full)
    yield alone[0]
    if helped and case.references:
        yield _measure(normalizer, case, HELPED, case.references, full)[0]
    if helped and case.unrelated:
        result, edits = _measure(normalizer, case, MISLED, case.unrelated, full=False)
        yield replace(result, astray=len(_plain(edits) ^ _plain(alone[1])))


def _plain(edits: Sequence[Edit]) -> set[tuple[int, int, str]]:
    return {(edit.start, edit.end, edit.after) for edit in edits}


def _measure(
    normalizer: Normalizer, case: Case, condition: str, references: Sequence[str], full: bool
) -> tuple[Result, tuple[Edit, ...]]:
    repair = normalizer.repair(case.text, references)
    judgement = judge(case.text, case.golds, repair.text)
    result = Result(
        name=case.name,
        family=case.family,
        condition=condition,
        counts=judgement.counts,
        detection=detect(case.golds, judgement.chosen, repair.edits),
        integrity=integrity(case.text, repair.edits),
        edits=len(repair.edits),
        spun=int(repair.verdict.family is not None),
        articles=1,
        verdicts={repair.verdict.family or "none": 1},
    )
    return (_filled(normalizer, case, references, result) if full else result), repair.edits


def _filled(normalizer: Normalizer, case: Case, references: Sequence[str], result: Result) -> Result:
    """Return *result* with oracle, calibration and curve."""
    possible = possible_edits(case.text, ReferenceCache(normalizer.tables)(references), normalizer.tables)
    oracle = apply_edits(case.text, best_edits(case.text, case.golds, possible))
    edits = ablate(normalizer, min_confidence=0.0).repair(case.text, references).edits
    return replace(
        result,
        oracle=judge(case.text, case.golds, oracle).counts,
        bins=calibrate(edits, right_edits(case.text, case.golds, edits)),
        curve=coverage_curve(case, edits),
    )


def coverage_curve(case: Case, edits: Sequence[Edit]) -> tuple[Counts, ...]:
    """Return the judge's counts with only the *edits* of at least each of THRESHOLDS confidence made."""
    curve, before, counts = [], -1, Counts()
    for threshold in THRESHOLDS:
        sure = [edit for edit in edits if edit.confidence >= threshold]
        if len(sure) != before:  # edits at a threshold are a subset of those below it: the same if as many
            counts = judge(case.text, case.golds, apply_edits(case.text, sure)).counts
        curve.append(counts)
        before = len(sure)
    return tuple(curve)
