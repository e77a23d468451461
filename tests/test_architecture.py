"""The house of the package: rooms import only from rooms above them, so that the data flows one way."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import normalizer

PACKAGE = Path(normalizer.__file__).parent
ABOVE = "every room above"

HOUSE = PACKAGE / "README.md"
ROW = re.compile(r"\| `(\w+)` \| .+ \| (.+) \|")


def rooms() -> tuple[tuple[str, str], ...]:
    """Return the rooms of the house's README from the top, and what each may import besides `errors`."""
    rows = [row for row in map(ROW.fullmatch, HOUSE.read_text("utf-8").splitlines()) if row]
    return tuple((row[1], ABOVE if row[2] == "all above" else " ".join(re.findall(r"`(\w+)`", row[2]))) for row in rows)


TABLE = rooms()
ORDER = [room for room, _ in TABLE]
PACKAGES = {
    "plans",
    "formats",
    "prose",
    "language_model",
    "lexicon",
    "references",
    "synonyms",
    "stories",
    "reporting",
    "learning",
    "evaluating",
    "corpus",
    "commands",
}
ROOT_NAMES = {"__version__"}  # what a room may take from the package itself, which imports them all


def allowed(room: str) -> set[str]:
    rooms = dict(TABLE)[room]
    above = set(ORDER[: ORDER.index(room)])
    return {room, "errors"} | (above if rooms == ABOVE else set(rooms.split()) & above)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem[:2] != "__")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path: Path, source: str) -> Iterator[str]:
    """Yield the rooms that a module imports; imports for type checkers only count as well."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = ("normalizer", *path.relative_to(PACKAGE).parts[: -node.level])
            names = [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "normalizer" and parts[1:2] and parts[1] not in ROOT_NAMES:
                yield parts[1]


def breaches(path: Path, source: str) -> list[str]:
    return sorted(set(imported_rooms(path, source)) - allowed(room_of(path)))


def test_the_rooms_of_the_house_are_those_that_there_are():
    assert sorted(ORDER) == sorted({room_of(path) for path in modules()})


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_rooms_import_only_from_rooms_above(path):
    assert breaches(path, path.read_text("utf-8")) == []


def test_rooms_with_many_modules_are_packages():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} >= PACKAGES


@pytest.mark.parametrize(
    ("room", "source", "found"),
    [
        ("tokens.py", "from normalizer.edits import Edit", ["edits"]),
        ("tokens.py", "import normalizer.cli", ["cli"]),
        ("tokens.py", "def f():\n    from normalizer import repairing", ["repairing"]),
        ("tokens.py", "from normalizer import repair", ["repair"]),
        ("tokens.py", "from normalizer import __version__\nfrom normalizer.errors import InputError", []),
        (
            "lexicon/files.py",
            "from . import entries\nfrom .entries import Entry\nfrom ..tokens import Token",
            [],
        ),
        ("lexicon/files.py", "from ..inference import infer\nfrom .. import cli", ["cli", "inference"]),
        ("graphs.py", "from normalizer.inference import infer", ["inference"]),
    ],
)
def test_the_walk_sees_breaches(room, source, found):
    assert breaches(PACKAGE / room, source) == found
