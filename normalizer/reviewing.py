"""Deciding the edits of a plan one by one, with the way back: what the review in a terminal works on."""

from dataclasses import dataclass, field

from normalizer.edits import Edit
from normalizer.plans import Listed, Plan, reworded


def swap_of(edit: Edit) -> tuple[str, str]:
    """Return what an edit swaps for what, whatever the capitals."""
    return edit.before.casefold(), edit.after.casefold()


@dataclass
class Review:
    """The edits of *plan* in order, and what was decided of them. at: the place of the one that is looked at."""

    plan: Plan
    at: int = 0
    decisions: dict[int, str | None] = field(default_factory=dict)
    steps: list[tuple[int, dict[int, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """List the edits once."""
        self.listed = self.plan.listed

    @property
    def current(self) -> Listed | None:
        """The edit that is looked at, as it was decided so far; None behind the last one."""
        return self.state(self.listed[self.at]) if self.at < len(self.listed) else None

    def state(self, each: Listed) -> Listed:
        """Return an edit of the plan as it was decided so far."""
        if each.number not in self.decisions:
            return each
        after = self.decisions[each.number]
        return each._replace(edit=each.edit if after is None else reworded(each.edit, after), held_back=after is None)

    def leave(self) -> None:
        """Go on, the edit as it is."""
        self._step({})

    def accept(self) -> None:
        """Make the edit, and go on."""
        self._step({each.number: each.edit.after for each in self._now()})

    def reject(self) -> None:
        """Hold the edit back, and go on."""
        self._step({each.number: None for each in self._now()})

    def reword(self, number: int) -> bool:
        """Make the edit with its alternative of this *number*, from 0 on, and go on; say whether there is one."""
        alternatives = [each.edit.evidence.alternatives for each in self._now()]
        if not alternatives or not 0 <= number < len(alternatives[0]):
            return False
        self._step({each.number: alternatives[0][number].after for each in self._now()})
        return True

    def accept_swap(self) -> int:
        """Make this and all later edits that swap the same, and go on; return how many these are."""
        alike = self.alike()
        self._step({each.number: each.edit.after for each in alike})
        return len(alike)

    def reject_swap(self) -> int:
        """Hold this and all later edits back that swap the same, and go on; return how many these are."""
        alike = self.alike()
        self._step({each.number: None for each in alike})
        return len(alike)

    def alike(self) -> list[Listed]:
        """Return this and all later edits that swap the same."""
        now = self._now()
        later = [self.state(each) for each in self.listed[self.at + 1 :]]
        return now + [each for each in later if swap_of(each.edit) == swap_of(now[0].edit)]

    def back(self) -> bool:
        """Take the last step back; say whether there was one."""
        if not self.steps:
            return False
        self.at, self.decisions = self.steps.pop()
        return True

    def outcome(self, text: str) -> Plan:
        """Return the plan for *text* with what was decided; what was not stays as it is."""
        return self.plan.decided(text, self.decisions)

    def _now(self) -> list[Listed]:
        return [] if self.current is None else [self.current]

    def _step(self, decided: dict[int, str | None]) -> None:
        self.steps.append((self.at, dict(self.decisions)))
        self.decisions.update(decided)
        self.at += 1
        while (now := self.at) < len(self.listed) and self.listed[now].number in self.decisions:
            self.at += 1  # decided together with an earlier one
