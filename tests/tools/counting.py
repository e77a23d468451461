"""Work measured in operations, which are the same on a busy machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def instructions(work: Callable[[], object]) -> int:
    """Return how many instructions of Python *work* takes; what a C function does counts as one."""
    count = 0

    def step(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def grows_too_fast(work: Callable[[str], object], unit: str, tail: str = "", size: int = 1000) -> bool:
    """Say whether four times the text takes much more than four times the instructions."""
    work(unit)  # fills the caches
    small, large = (unit * (n // len(unit)) + tail for n in (size, 4 * size))
    return instructions(lambda: work(large)) > 5 * instructions(lambda: work(small)) + 2000
