"""What `normalizer doctor` looks at: versions, tables, cache, extras, and whether a repair comes out as it should."""

import os
import platform
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from normalizer.errors import NormalizerError
from normalizer.language_model.packed import PackedModel
from normalizer.lexicon.files import shipped_files
from normalizer.lexicon.packed import CACHE_VARIABLE, SUFFIX, MappedLexicon, cache_folder
from normalizer.repairing import Normalizer
from normalizer.table_files import SHIPPED, TableFiles
from normalizer.tables import Tables

State = Literal["ok", "note", "broken"]

LIBRARIES = ("numpy", "rapidfuzz", "regex", "lemminflect", "click", "jinja2", "platformdirs", "threadpoolctl")
DEVELOPING = ("test", "lint", "engines")  # extras that are not for those who use normalizer
NAME = re.compile(r"[\w.-]+")  # of a requirement, before its version
EXTRA = re.compile(r"extra\s*==\s*['\"]([\w.-]+)['\"]")

SPUN = (
    "The International Minister instructed reporters at a press convention on Friday that talks will proceed "
    "subsequent week, and stated Moscow had despatched extra troops to the border."
)
REPAIRED = (
    "The Foreign Minister told reporters at a press conference on Friday that talks will continue next week, and said "
    "Moscow had sent more troops to the border."
)
CLEAN = "The foreign minister told reporters at a press conference on Friday that talks will continue next week."


class Finding(NamedTuple):
    """One thing that was looked at.

    section: versions, tables, cache, extras or self-test. name: of the thing. found: what it is like. state: "ok",
    "note" for what lacks and is not needed, or "broken". remedy: what to do, or "".
    """

    section: str
    name: str
    found: str
    state: State = "ok"
    remedy: str = ""


def diagnose(chosen: TableFiles = SHIPPED) -> list[Finding]:
    """Look at everything, with the tables that are *chosen*. Nothing that is broken keeps the rest from being seen."""
    found = [*versions(), *command(), *tables(chosen), *cache()]
    found += extras(requirements())
    return found + list(self_test(lambda: Normalizer(tables=Tables.of(chosen))))


def is_fine(findings: Sequence[Finding]) -> bool:
    """Say whether nothing is broken."""
    return all(finding.state != "broken" for finding in findings)


# --- versions -------------------------------------------------------------------------------------------------


def versions() -> Iterator[Finding]:
    """Yield the versions of normalizer, of Python and of the libraries that it needs."""
    from normalizer import __version__

    yield Finding("versions", "normalizer", f"{__version__} in {files('normalizer')}")
    yield Finding("versions", "Python", f"{platform.python_version()} on {platform.platform()}")
    for name in LIBRARIES:
        version = _version(name)
        if version is None:
            yield Finding("versions", name, "not installed", "broken", f"pip install {name}")
        else:
            yield Finding("versions", name, version)


def command() -> Iterator[Finding]:
    """Yield whose the command `normalizer` is: charset-normalizer, which many packages need, brings one, too."""
    path = shutil.which("normalizer")
    if path is None:
        yield Finding("versions", "command", "not on the path", "note", "python -m normalizer is the same")
        return
    with suppress(OSError):
        if b"charset_normalizer" in Path(path).read_bytes():
            remedy = "python -m normalizer is ours; pip install --force-reinstall --no-deps normalizer takes it back"
            yield Finding("versions", "command", f"{path} is that of charset-normalizer", "note", remedy)
            return
    yield Finding("versions", "command", path)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


# --- tables ---------------------------------------------------------------------------------------------------


def tables(chosen: TableFiles) -> Iterator[Finding]:
    """Yield what is loaded: the lexicon, three models and the weights, each with its file, size and signature."""
    try:
        loaded = Tables.of(chosen)
    except NormalizerError as error:
        yield Finding("tables", "loading", str(error), "broken", "see the message; reinstall if the file is shipped")
        return
    lexicon = loaded.lexicon
    names = ", ".join(path.name for path in [*shipped_files(), *chosen.lexicons])
    yield Finding("tables", "lexicon", f"{lexicon.size['entries']:,} entries, {lexicon.signature}, of {names}")
    if isinstance(lexicon, MappedLexicon):
        yield Finding("tables", "compiled lexicon", _file(lexicon.file))
    else:
        remedy = f"set {CACHE_VARIABLE} to a folder that can be written"
        yield Finding("tables", "compiled lexicon", "kept nowhere: each start takes half a minute", "note", remedy)
    for name, model in zip(("n-gram model", "word vectors", "context model"), loaded.models, strict=True):
        yield Finding("tables", name, _file(model))
    where = chosen.weights or "shipped"
    yield Finding("tables", "weights", f"{loaded.weights.signature}, {where}: {loaded.weights.provenance}")


def _file(model: PackedModel) -> str:
    return f"{_megabytes(model.path.stat().st_size)}, {model.signature}, {model.path}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


# --- cache ----------------------------------------------------------------------------------------------------


def cache() -> Iterator[Finding]:
    """Yield where compiled lexicons are kept, and whether they can be."""
    folder = cache_folder()
    kept = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    size = _megabytes(sum(path.stat().st_size for path in kept))
    found = f"{folder}, {len(kept)} compiled {'lexicon' if len(kept) == 1 else 'lexicons'}, {size}"
    if _writable(folder):
        yield Finding("cache", "folder", found)
    else:
        remedy = f"set {CACHE_VARIABLE} to a folder that can be written"
        yield Finding("cache", "folder", f"{found}; it cannot be written", "note", remedy)


def _writable(folder: Path) -> bool:
    """Say whether *folder* can be written, or made where it is not there yet."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


# --- extras ---------------------------------------------------------------------------------------------------


def extras(required: dict[str, list[str]]) -> Iterator[Finding]:
    """Yield for each extra whether what it brings is installed. required: distributions by the name of the extra."""
    for extra, distributions in required.items():
        found = {name: _version(name) for name in distributions}
        lacking = [name for name, version in found.items() if version is None]
        if lacking:
            remedy = f"pip install 'normalizer[{extra}]'"
            yield Finding("extras", extra, f"lacks {', '.join(lacking)}", "note", remedy)
        else:
            yield Finding("extras", extra, ", ".join(f"{name} {version}" for name, version in found.items()))


def requirements() -> dict[str, list[str]]:
    """Return the distributions that each extra brings, as `pyproject.toml` beside a checkout says, or the metadata."""
    project = _project()
    if project.get("name") == "normalizer":
        named = project.get("optional-dependencies", {})
        pairs = [(extra, line) for extra, lines in named.items() for line in lines]
    else:
        pairs = [(match[1], line) for line in _metadata() if (match := EXTRA.search(line))]
    found: dict[str, list[str]] = {}
    for extra, line in pairs:
        match = NAME.match(line)
        if match is not None and extra not in DEVELOPING and match[0] != "normalizer":
            found.setdefault(extra, []).append(match[0])
    return found


def _project() -> dict[str, Any]:
    """Return the project that a `pyproject.toml` beside the package describes; empty where there is none."""
    path = Path(str(files("normalizer"))).parent / "pyproject.toml"
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("project", {})
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _metadata() -> list[str]:
    try:
        return metadata.requires("normalizer") or []
    except metadata.PackageNotFoundError:
        return []


# --- self-test ------------------------------------------------------------------------------------------------


def self_test(load: Callable[[], Normalizer]) -> Iterator[Finding]:
    """Yield whether a spun sentence is repaired, and a clean one left alone, by what *load* returns."""
    try:
        tool = load()
    except NormalizerError:
        yield Finding("self-test", "repair", "not run: the tables cannot be loaded", "broken", "see tables")
        return
    for name, text, wanted in (("spun sentence", SPUN, REPAIRED), ("clean sentence", CLEAN, CLEAN)):
        found = tool.repair(text)
        if found.text == wanted:
            yield Finding("self-test", name, f"{len(found.edits)} edits, as it should be")
        else:
            remedy = "reinstall normalizer; with tables of your own, leave them out one by one"
            yield Finding("self-test", name, f"expected {wanted!r}, found {found.text!r}", "broken", remedy)
