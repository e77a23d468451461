"""What `learn` reads: spun texts with their originals or their cleaner versions, from files, folders and JSONL."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from normalizer.articles import read_article
from normalizer.errors import InputError

Tell = Callable[[str], None]
EXPECTED = 'expected {"spun": "...", "original": "..."} or {"spun": "...", "references": ["..."]}'


class Versions(NamedTuple):
    """A spun text and another version of it.

    weak: whether the other is not its original, but only a cleaner text of the same story.
    """

    name: str
    spun: str
    other: str
    weak: bool = False


def read_versions(paths: Sequence[Path], *, references: bool, tell: Tell = lambda line: None) -> Iterator[Versions]:
    """Yield the text pairs that *paths* name, one by one, so that large folders need little memory.

    A .jsonl file holds pairs itself. Other paths come in twos, spun and original: two files, or two folders with the
    same file names. references: whether instead the first path is a spun text and all others are cleaner versions of
    its story. tell: called with a line for each file without a counterpart. Raises InputError for paths that do not
    pair, and for files that cannot be read.
    """
    if references:
        yield from _with_references(paths)
        return
    rest: list[Path] = []
    for path in paths:
        if path.suffix == ".jsonl":
            yield from _records(path)
        else:
            rest.append(path)
    if len(rest) % 2:
        raise InputError(
            f"learn: expected spun and original in twos, found {rest[-1]} without a counterpart; "
            "name its original behind it"
        )
    for spun, original in zip(rest[::2], rest[1::2], strict=True):
        yield from _folders(spun, original, tell) if spun.is_dir() else _files(spun, original)


def _with_references(paths: Sequence[Path]) -> Iterator[Versions]:
    texts = [path for path in paths if path.suffix != ".jsonl"]
    for path in paths:
        if path.suffix == ".jsonl":
            yield from _records(path)
    if not texts:
        return
    spun, *others = texts
    if not others:
        raise InputError(f"learn --references: expected cleaner versions behind {spun}, found none; name at least one")
    text = read_article(spun).text
    for other in others:
        yield Versions(spun.name, text, read_article(other).text, weak=True)


def _files(spun: Path, original: Path) -> Iterator[Versions]:
    if original.is_dir():
        raise InputError(
            f"{original}: expected a file, as {spun} is one, found a folder; name two files or two folders"
        )
    yield Versions(spun.name, read_article(spun).text, read_article(original).text)


def _folders(spun: Path, original: Path, tell: Tell) -> Iterator[Versions]:
    if not original.is_dir():
        raise InputError(f"{original}: expected a folder, as {spun} is one; name two files or two folders")
    names = sorted(path.relative_to(spun) for path in spun.rglob("*") if path.is_file())
    paired = [name for name in names if (original / name).is_file()]
    for name in sorted(set(names) - set(paired)):
        tell(f"{spun / name}: no original of this name in {original}, left out")
    if not paired:
        raise InputError(f"{spun}: expected files with the same names as in {original}, found none; rename them alike")
    for name in paired:
        yield Versions(name.as_posix(), read_article(spun / name).text, read_article(original / name).text)


def _records(path: Path) -> Iterator[Versions]:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from _record(f"{path}, line {number}", f"{path.stem}:{number}", line)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a UTF-8 file of JSON lines, found: {error}") from error


def _record(place: str, name: str, line: str) -> Iterator[Versions]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: {EXPECTED}, found no JSON ({error})") from error
    if not isinstance(record, dict) or not isinstance(record.get("spun"), str):
        raise InputError(f"{place}: {EXPECTED}, found {line.strip()[:60]!r}")
    name = str(record.get("name") or record.get("url") or name)
    references = record.get("references", [])
    if isinstance(record.get("original"), str):
        yield Versions(name, record["spun"], record["original"])
    elif isinstance(references, list) and references and all(isinstance(text, str) for text in references):
        for text in references:
            yield Versions(name, record["spun"], text, weak=True)
    else:
        raise InputError(f"{place}: {EXPECTED}, found neither original nor references")
