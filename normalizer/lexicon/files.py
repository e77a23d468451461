"""Lexicon files: `FAMILY.tsv` or `FAMILY_KIND.tsv`, tab-separated, with a header line; `#` starts a comment line."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from normalizer.errors import LexiconError, NormalizerWarning
from normalizer.lexicon.entries import COLUMNS, Entry, format_line, parse_line

HEADER = "\t".join(COLUMNS)
FAMILIES = {
    "a": "most autoblogs: stated, additionally, subsequent, navy for military",
    "b": "newsconquest and relatives: used to be, folks, executive for government",
    "t": "thesaurus spinners (SpinBot and the like): content words in any sense",
    "x": "back-translation damage",
    "p": "tortured phrases of academic papers",
}
ANY_FAMILY = "any"  # in a file's name: what it holds may be the swap of a spinner of any of NEWS_FAMILIES
NEWS_FAMILIES = ("a", "b", "t")
THESAURUS = "thesaurus.tsv.xz"  # what stands behind the entries, see `thesaurus`
KIND_OF_SUFFIX = {"names": "name", "numbers": "number"}


def shipped_folder() -> Path:
    """Return the folder of the shipped lexicons: in the installed package, or beside `pyproject.toml` in a checkout.

    Raises LexiconError if there is neither.
    """
    package = Path(str(files("normalizer")))
    inside, beside = package / "lexicons", package.parent / "lexicons"
    if inside.is_dir():
        return inside
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise LexiconError(f"no lexicons in {inside} or {beside}; reinstall normalizer (pip install --force-reinstall)")


def shipped_files() -> list[Path]:
    """Return the shipped lexicon files in a fixed order."""
    return sorted(shipped_folder().glob("*.tsv"))


def shipped_thesaurus() -> Path | None:
    """Return the shipped thesaurus pack; None where the folder has none."""
    path = shipped_folder() / THESAURUS
    return path if path.is_file() else None


def family_and_kind(path: Path) -> tuple[str, str]:
    """Read family and kind off a file name: `a.tsv`, `a_names.tsv`.

    A name of another form is taken for family a, lexical; `warn_of_families` tells whoever named the file.
    """
    family, _, kind = path.stem.partition("_")
    return (family if family in FAMILIES else "a"), KIND_OF_SUFFIX.get(kind, "lexical")


def warn_of_families(paths: Iterable[Path], *, new: bool = False) -> None:
    """Warn of each of *paths* whose name tells no family of spinners, so that its entries count for family a.

    Of a file that is not there whoever reads it tells, unless it is a *new* one, still to be written.
    """
    for path in paths:
        found = path.stem.partition("_")[0]
        if found not in FAMILIES and found != ANY_FAMILY and (new or path.exists()):
            warnings.warn(
                f"{path}: expected a name that begins with a family of spinners ({', '.join(FAMILIES)} or "
                f"{ANY_FAMILY}) and an underline, found {found}; its entries are taken for those of family a: "
                f"call it a_{path.name}, or {ANY_FAMILY}_{path.name} for those of any spinner of news",
                NormalizerWarning,
                stacklevel=2,
            )


def unreadable(path: Path, error: Exception) -> LexiconError:
    """Return the error for a lexicon file that cannot be read because of *error*."""
    found = "found nothing there, check the path" if isinstance(error, FileNotFoundError) else str(error)
    return LexiconError(f"{path}: cannot read this lexicon ({found}); expected a UTF-8 TSV file")


def families_and_kind(path: Path) -> tuple[tuple[str, ...], str]:
    """Read off a file name whose swaps it holds, and of what kind: `any_site.tsv` holds those of any news spinner."""
    family, kind = family_and_kind(path)
    return (NEWS_FAMILIES if path.stem.partition("_")[0] == ANY_FAMILY else (family,)), kind


def read_entries(path: Path, *, trusted: bool = False) -> Iterator[Entry]:
    """Yield the entries of a lexicon file. Raises LexiconError naming file and line. trusted: as in `parse_line`."""
    families, kind = families_and_kind(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a path that no file can have
        raise unreadable(path, error) from error
    lines = text.split("\n")
    if lines[0].rstrip("\r") != HEADER:
        raise LexiconError(f"{path}, line 1: expected the header {HEADER!r}, found {lines[0][:80]!r}")
    for number, line in enumerate(lines[1:], start=2):
        line = line.rstrip("\r")
        if not line or line.startswith("#"):
            continue
        try:
            entry = parse_line(line, families[0], kind, trusted=trusted)
        except LexiconError as error:
            raise LexiconError(f"{path}, line {number}: {error}") from error
        yield entry
        yield from (replace(entry, family=family) for family in families[1:])


def format_file(entries: Iterable[Entry]) -> str:
    """Return the text of a lexicon file: header, then entries sorted and unique."""
    return "\n".join([HEADER, *sorted({format_line(entry) for entry in entries}), ""])
