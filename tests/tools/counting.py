"""Work measured in steps, which are the same on a busy machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(work: Callable[[], object]) -> int:
    """Return how many lines of Python *work* runs, those of a loop anew in every turn.

    What a C function does counts as nothing. Counting instructions would take three times as long and tell no more.
    """
    count = 0

    def step(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def grows_too_fast(work: Callable[[str], object], unit: str, tail: str = "", size: int = 1000) -> bool:
    """Say whether four times the text takes much more than four times the steps."""
    work(unit)  # fills the caches
    small, large = (unit * (n // len(unit)) + tail for n in (size, 4 * size))
    return steps(lambda: work(large)) > 5 * steps(lambda: work(small)) + 400
