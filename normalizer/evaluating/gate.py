"""The gate: headline figures that may only get better.

A JSON file pins for each figure the value that it must not fall below (*floors*) or rise above (*ceilings*), with a
hash of the case files on which it was measured. Better figures are pinned by one command. Worse ones need a permission
and a reason, which the file keeps. The caller decides what is measured; `tests/tools/gate.py` is the gate of this
project.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from normalizer.errors import CaseError
from normalizer.files import write_atomically

NOISE = 5e-4  # tolerance: sums of floats differ by processor and numpy version; one repair of the seeds is .001
DIGITS = 4
RAISE = "python -m tests.tools.gate raise"
LOWER = 'python -m tests.tools.gate lower --allow-regression --reason "..."'


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of one run.

    high: figures of which higher is better. low: figures of which lower is better. cases: hash of the case files.
    """

    high: dict[str, float]
    low: dict[str, float]
    cases: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the gate file holds. lowered: a record for every time that a pin was lowered, oldest first."""

    floors: dict[str, float]
    ceilings: dict[str, float]
    cases: str
    lowered: list[dict[str, Any]] = field(default_factory=list)


def hash_files(paths: Iterable[Path], base: Path) -> str:
    """Return the SHA-256 over names (relative to *base*) and bytes of *paths*, whatever their order."""
    digest = sha256()
    for path in sorted(set(paths)):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(base).as_posix()} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def failures(pinned: Pinned, measured: Measured) -> list[str]:
    """Return the reasons why *measured* does not pass, a line each; an empty list if it passes."""
    found = []
    if pinned.cases != measured.cases:
        found.append(
            f"cases: expected the case files with SHA-256 {pinned.cases[:12]}, found {measured.cases[:12]}: "
            f"figures on other cases cannot be compared; pin them anew: {RAISE}"
        )
    for name, (pin, value, sign) in _both(pinned, measured).items():
        if pin is None:
            found.append(f"{name}: expected a pinned value, found none for {_number(value)}; pin it: {RAISE}")
        elif value is None:
            found.append(f"{name}: expected a figure, found none; measure it again, or let it go: {LOWER}")
        elif not (value - pin) * sign >= -NOISE:
            bound = "at least" if sign > 0 else "at most"
            found.append(f"{name}: expected {bound} {_number(pin)}, found {_number(value)}")
    return found


def _both(pinned: Pinned, measured: Measured) -> dict[str, tuple[float | None, float | None, int]]:
    """Return for every figure (pinned value, measured value, 1 if higher is better else -1)."""
    table: dict[str, tuple[float | None, float | None, int]] = {}
    for pins, values, sign in ((pinned.floors, measured.high, 1), (pinned.ceilings, measured.low, -1)):
        for name in dict.fromkeys([*pins, *values]):
            table[name] = (pins.get(name), values.get(name), sign)
    return table


def raised(pinned: Pinned, measured: Measured) -> Pinned:
    """Return the pins moved to the better figures of *measured*. Raises CaseError if any figure is worse."""
    worse = _worse(pinned, measured)
    if worse:
        raise CaseError(f"raise: expected no figure to fall, found {'; '.join(worse)}; mend it, or {LOWER}")
    return replace(_moved(pinned, measured), lowered=pinned.lowered)


def lowered(pinned: Pinned, measured: Measured, *, allowed: bool, reason: str) -> Pinned:
    """Return the pins set to *measured*, with the *reason* recorded.

    Raises CaseError without permission and reason.
    """
    if not allowed or not reason.strip():
        missing = "--allow-regression" if not allowed else "--reason"
        raise CaseError(f"lower: expected a permission and a reason, found no {missing}; run {LOWER}")
    record = {"reason": reason.strip(), "changes": _worse(pinned, measured), "cases": measured.cases}
    moved = Pinned(_rounded(measured.high, 1), _rounded(measured.low, -1), measured.cases)
    return replace(moved, lowered=[*pinned.lowered, record])


def _worse(pinned: Pinned, measured: Measured) -> list[str]:
    worse = []
    for name, (pin, value, sign) in _both(pinned, measured).items():
        if pin is not None and (value is None or not (value - pin) * sign >= -NOISE):
            worse.append(f"{name} {_number(pin)} -> {_number(value)}")
    return worse


def _moved(pinned: Pinned, measured: Measured) -> Pinned:
    """Return the better one of pin and measured value for each figure."""
    high, low = _rounded(measured.high, 1), _rounded(measured.low, -1)
    return Pinned(
        {name: max(value, pinned.floors.get(name, -math.inf)) for name, value in high.items()},
        {name: min(value, pinned.ceilings.get(name, math.inf)) for name, value in low.items()},
        measured.cases,
    )


def _rounded(values: Mapping[str, float], sign: int) -> dict[str, float]:
    """Return *values* rounded so that the figures themselves pass: floors down (sign 1), ceilings up (sign -1)."""
    scale = 10**DIGITS
    turn = math.floor if sign > 0 else math.ceil
    # A value such as 0.7560000000000001 is .756: without this its ceiling would be .7561.
    return {name: turn(round(value * scale, 6)) / scale for name, value in values.items()}


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.{DIGITS}f}"


def load_pins(path: Path) -> Pinned:
    """Read a gate file; a missing one pins nothing. Raises CaseError if it is malformed."""
    if not path.exists():
        return Pinned({}, {}, "")
    try:
        return Pinned(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CaseError(
            f"{path}: expected floors, ceilings, cases, lowered as JSON, found: {error}; restore it"
        ) from error


def save_pins(path: Path, pinned: Pinned) -> None:
    """Write a gate file."""
    fields = {name: getattr(pinned, name) for name in ("floors", "ceilings", "cases", "lowered")}
    write_atomically(path, (json.dumps(fields, indent=1) + "\n").encode())


def report(pinned: Pinned, measured: Measured) -> str:
    """Return every figure with its pin, a line each."""
    lines = [
        f"{name}: {_number(value)} ({'at least' if sign > 0 else 'at most'} {_number(pin)})"
        for name, (pin, value, sign) in _both(pinned, measured).items()
    ]
    return "\n".join(lines)
