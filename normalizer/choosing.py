"""Choosing edits of a plan by number, kind, family or confidence: what `--only` and `--except` of a command mean."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from normalizer.edits import KINDS
from normalizer.errors import PlanError
from normalizer.plans import Listed, Plan

Test = Callable[[Listed], bool]
FORMS = "3, 3-7, kind:name, family:b or confidence:0.9-1"


class Choice(NamedTuple):
    """What one `--only` or `--except` says: numbers that it names, and tests of other edits; any of them will do."""

    numbers: tuple[tuple[int, int], ...]
    tests: tuple[Test, ...]

    def names(self, listed: Listed) -> bool:
        """Say whether the number of an edit is named."""
        return any(low <= listed.number <= high for low, high in self.numbers)

    def has(self, listed: Listed) -> bool:
        """Say whether an edit is chosen."""
        return self.names(listed) or any(test(listed) for test in self.tests)


def parse_choice(text: str) -> Choice:
    """Read terms with commas between: numbers, `kind:`, `family:` and `confidence:`. Raises PlanError."""
    numbers, tests = [], []
    for term in filter(None, map(str.strip, text.split(","))):
        field, colon, value = term.partition(":")
        if colon:
            tests.append(_test(term, field, value))
        else:
            numbers.append(_range(term))
    if not numbers and not tests:
        raise PlanError(f"expected edits to choose ({FORMS}), found nothing; name some")
    return Choice(tuple(numbers), tuple(tests))


def _range(term: str) -> tuple[int, int]:
    low, dash, high = term.partition("-")
    try:
        bounds = int(low), int(high if dash else low)
    except ValueError:
        bounds = 0, 0
    if not 1 <= bounds[0] <= bounds[1]:
        raise PlanError(f"{term}: expected edits to choose ({FORMS}), found something else; numbers count from 1")
    return bounds


def _test(term: str, field: str, value: str) -> Test:
    if field == "kind" and value in KINDS:
        return lambda listed: listed.edit.kind == value
    if field == "kind":
        raise PlanError(f"{term}: expected one of the kinds {', '.join(KINDS)}, found another; name one of them")
    if field == "family" and value:
        return lambda listed: (listed.edit.evidence.family or "-") == value
    if field == "confidence":
        low, high = _shares(term, value)
        return lambda listed: low <= listed.edit.confidence <= high
    raise PlanError(f"{term}: expected edits to choose ({FORMS}), found something else; write it in one of these forms")


def _shares(term: str, value: str) -> tuple[float, float]:
    low, _, high = value.partition("-")
    try:
        bounds = float(low or 0), float(high or 1)
    except ValueError:
        bounds = 1.0, 0.0
    if not 0 <= bounds[0] <= bounds[1] <= 1:
        raise PlanError(f"{term}: expected a range of numbers from 0 to 1, found another; write confidence:0.9-1")
    return bounds


def decisions(plan: Plan, only: Sequence[str], but: Sequence[str], held_back: bool = False) -> dict[int, str | None]:
    """Return for every edit of *plan* its wording, or None where it is not to be made.

    only: choices that all must have an edit; but: choices of which none may. held_back: whether edits that are held
    back are made like the others; else only those that a choice of *only* names by number are. Raises PlanError for a
    choice that cannot be read or names a number that is not there.
    """
    wanted, unwanted = [parse_choice(text) for text in only], [parse_choice(text) for text in but]
    listed = plan.listed
    _require_there([*wanted, *unwanted], len(listed))
    return {each.number: each.edit.after if _made(each, wanted, unwanted, held_back) else None for each in listed}


def _made(each: Listed, wanted: Sequence[Choice], unwanted: Sequence[Choice], held_back: bool) -> bool:
    if each.held_back and not held_back and not any(choice.names(each) for choice in wanted):
        return False
    return all(choice.has(each) for choice in wanted) and not any(choice.has(each) for choice in unwanted)


def _require_there(choices: Sequence[Choice], count: int) -> None:
    highest = max((high for choice in choices for _, high in choice.numbers), default=0)
    if highest > count:
        raise PlanError(f"edit {highest}: expected a number from 1 to {count}, the edits of the plan; name one of them")
