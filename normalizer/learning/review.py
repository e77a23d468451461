"""The reviewable file between `learn` and `lexicon add`: a TSV whose first columns are those of a lexicon."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from normalizer.errors import LexiconError
from normalizer.learning.mining import Candidate
from normalizer.learning.vetting import generalise, objection
from normalizer.lexicon import FAMILIES, Entry
from normalizer.lexicon.entries import COLUMNS, format_line, parse_line

EVIDENCE = ("family", "kind", "score", "pages", "contexts", "consistency", "known", "spun_text", "original_text")
REVIEW_HEADER = "\t".join((*COLUMNS, *EVIDENCE))
ADVICE = "# best supported first; delete or comment out (#) what you do not believe, then: normalizer lexicon add FILE"
# Labels of observed swaps (evidence lists name spinners more finely than the lexicon does) by lexicon family.
LABELS = {
    "A": "a",
    "A2": "a",
    "A-double": "a",
    "A-old": "a",
    "B": "b",
    "B_mt": "b",
    "BACKTRANSLATION": "x",
    "PARAPHRASER": "x",
}


class Proposed(NamedTuple):
    """An entry read from a reviewable file.

    line: its number. ready: whether the file gave a part of speech, so that the entry was not generalised.
    """

    line: int
    entry: Entry
    ready: bool


class Rejected(NamedTuple):
    """A line that cannot become an entry, and why."""

    line: int
    text: str
    why: str


def format_review(candidates: Iterable[Candidate]) -> str:
    """Return the reviewable file for *candidates*."""
    return "\n".join([REVIEW_HEADER, ADVICE, *map(_review_line, candidates), ""])


def _review_line(candidate: Candidate) -> str:
    entry = candidate.entry
    evidence = (
        entry.family, entry.kind, f"{candidate.score:.2f}", str(candidate.pages), str(candidate.contexts),
        f"{candidate.consistency:.2f}", "known" if candidate.known else "new", *candidate.example,
    )  # fmt: skip
    return "\t".join((format_line(entry), *evidence))


def read_review(path: Path, source: str, family: str = "a") -> Iterator[Proposed | Rejected]:
    """Yield the entries of a reviewable file, or of plain lines `spun, original[, count[, family]]`, tab-separated.

    Lines that cannot become entries are yielded as `Rejected`. The header, if there is one, names the columns: spun and
    original, and any of pos, guard, count, clean, source, family, kind. A line with a pos is taken as it stands; other
    lines are generalised, and may give several entries. source, family: used for lines that have none. Raises
    LexiconError if the file cannot be read.
    """
    try:
        rows = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: expected a UTF-8 TSV file, found: {error}") from error
    names = rows[0].rstrip("\r").split("\t")
    headed = {"spun", "original"} <= set(names)
    names = names if headed else ["spun", "original", "count", "family"]
    for number, row in enumerate(rows[1:] if headed else rows, start=2 if headed else 1):
        row = row.rstrip("\r")
        if row and not row.startswith("#"):
            yield from _proposals(number, row, names, source, family)


def _proposals(number: int, row: str, names: list[str], source: str, family: str) -> Iterator[Proposed | Rejected]:
    parts = row.split("\t")
    if not 2 <= len(parts) <= len(names):
        yield Rejected(
            number, row, f"expected 2 to {len(names)} tab-separated cells, found {len(parts)}; put tabs between cells"
        )
        return
    cells = {"source": source, "family": family} | {
        name: cell.strip() for name, cell in zip(names, parts, strict=False) if cell
    }
    spun, original = cells.get("spun", ""), cells.get("original", "")
    why = objection(spun.replace("*", ""), original.replace("*", ""))
    if why:
        yield Rejected(number, f"{spun} -> {original}", why)
        return
    try:
        for label in families_of(cells["family"]):
            ready = bool(cells.get("pos"))
            forms = [(spun, original, cells["pos"])] if ready else list(generalise(spun, original))
            for a, b, pos in forms:
                yield Proposed(number, _entry(cells, a, b, pos, label), ready)
    except LexiconError as error:
        yield Rejected(number, f"{spun} -> {original}", str(error))


def _entry(cells: dict[str, str], spun: str, original: str, pos: str, family: str) -> Entry:
    count = cells.get("count") or (
        "0" if cells["source"].startswith("known:") else "1"
    )  # a pair was seen at least once
    line = "\t".join(
        (spun, original, pos or "-", cells.get("guard", ""), count, cells.get("clean", ""), cells["source"])
    )
    return parse_line(line, family, cells.get("kind", "lexical"))


def families_of(label: str) -> list[str]:
    """Return the lexicon families that a label such as `a`, `A,B_mt` or `SPINBOT` means.

    Unknown labels are thesaurus spinners.
    """
    labels = [part.strip() for part in label.split(",") if part.strip()]
    found = [part if part in FAMILIES else LABELS.get(part, "t") for part in labels]
    return list(dict.fromkeys(found))
