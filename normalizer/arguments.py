"""What a caller of the library gives, checked: a value of the wrong type gets a message that says what to write.

The functions are called where a value enters the package, so that nothing behind them meets a surprise.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from normalizer.errors import ArgumentError

Item = TypeVar("Item")


def text_of(value: object, name: str = "text") -> str:
    """Return *value*, which must be a text (`str`). name: what the caller calls it. Raises ArgumentError."""
    if not isinstance(value, str):
        remedy = "decode it as UTF-8" if isinstance(value, bytes) else "give a str"
        raise ArgumentError(f"{name}: expected a text, found {type(value).__name__} {shown(value)}; {remedy}")
    return value


def texts_of(value: object, name: str) -> tuple[str, ...]:
    """Return *value*, which must be a list of texts, as a tuple. Raises ArgumentError, also for one text alone."""
    if isinstance(value, str):
        raise ArgumentError(f"{name}: expected a list of texts, found one text; write [{shown(value)}]")
    return tuple(text_of(each, name) for each in _items(value, name, "a list of texts"))


def items_of(value: object, kind: type[Item], name: str) -> list[Item]:
    """Return *value*, which must be a series of instances of *kind*, as a list. Raises ArgumentError."""
    found: list[Item] = []
    for each in _items(value, name, f"a list of {kind.__name__} values"):
        if not isinstance(each, kind):
            raise ArgumentError(f"{name}: expected {kind.__name__} values, found {type(each).__name__} {shown(each)}")
        found.append(each)
    return found


def instance_of(value: object, kind: type[Item], name: str) -> Item:
    """Return *value*, which must be an instance of *kind*. Raises ArgumentError."""
    if not isinstance(value, kind):
        raise ArgumentError(f"{name}: expected {kind.__name__}, found {type(value).__name__} {shown(value)}")
    return value


def record_of(value: object, name: str) -> Mapping[str, Any]:
    """Return *value*, which must be a record: a mapping, such as a dictionary. Raises ArgumentError."""
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{name}: expected records (mappings), found {type(value).__name__} {shown(value)}")
    return value


def path_of(value: object, name: str) -> Path:
    """Return *value*, which must be a path or the name of a file. Raises ArgumentError."""
    if not isinstance(value, str | Path):
        found = f"{type(value).__name__} {shown(value)}"
        raise ArgumentError(f"{name}: expected the path of a file, found {found}; give a str or a pathlib.Path")
    return Path(value)


def paths_of(value: object, name: str) -> tuple[Path, ...]:
    """Return *value*, one path or a list of paths, as a tuple of paths. Raises ArgumentError."""
    if isinstance(value, str | Path):
        return (Path(value),)
    return tuple(path_of(each, name) for each in _items(value, name, "a path or a list of paths"))


def _items(value: object, name: str, what: str) -> Iterable[object]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ArgumentError(f"{name}: expected {what}, found {type(value).__name__} {shown(value)}")
    return value


def shown(value: object) -> str:
    """Return *value* for a message: in ASCII, and short."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
