"""Gold cases: spun articles with the repairs that a careful reader would make.

A gold file is tab-separated, UTF-8, with a header line and one repair a line:

    start  end  spun  gold  alternatives  category  confidence
    21     26   extra more                lexical   original

`start` and `end` count code points of the text; `spun` is what stands there. An empty `gold` deletes. `alternatives`
are further right wordings, separated by `|`; `<DEL>` among them says that removing the whole paragraph is right too. A
category that contains `optional` marks a repair that may be left undone, the confidence `open` a repair whose original
cannot be known. Both kinds count if they are made, and are not missed if they are not. In cells, a line feed is written
`\\n`, a tab `\\t`, a backslash `\\\\`.

An index (`cases.json`) lists cases: {"cases": [{"name", "text", "gold", "references", "family", "source"}]},
its paths relative to itself. `unrelated` may list texts of other stories, which must change nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from normalizer.errors import CaseError

COLUMNS = ("start", "end", "spun", "gold", "alternatives", "category", "confidence")
HEADER = "\t".join(COLUMNS)
DROP = "<DEL>"
ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}
OFFSET = re.compile(r"[0-9]{1,18}")
ESCAPED = re.compile(r"\\[nt\\]")
FIELDS = {
    "name": str,
    "text": str,
    "gold": str,
    "references": list,
    "family": str,
    "source": str,
    "unrelated": list,
}
OPTIONAL_FIELDS = ("references", "source", "unrelated")


@dataclass(frozen=True, slots=True)
class Gold:
    """One gold repair: text[start:end], which is *spun*, should read like one of *readings*.

    start, end: code points. readings: the gold wording, then its alternatives. droppable: dropping the whole
    paragraph is right too. category: "lexical", "function", "name", "grammar", "artefact", "number-format",
    with ",optional" if so. confidence: how sure the annotator was ("original": read off the original
    article).
    """

    start: int
    end: int
    spun: str
    readings: tuple[str, ...]
    droppable: bool = False
    category: str = "lexical"
    confidence: str = "certain"

    @property
    def optional(self) -> bool:
        """Whether leaving the text as it is does not count as a miss."""
        return "optional" in self.category or self.confidence == "open"


@dataclass(frozen=True, slots=True)
class Case:
    """One article under test.

    text: the spun article. golds: its repairs, in order. references: cleaner texts of the same story.
    unrelated: texts of other stories. family: name of the spinner family for the tables. source: what the
    lexicon calls this article, or "".
    """

    name: str
    text: str
    golds: tuple[Gold, ...]
    references: tuple[str, ...] = ()
    unrelated: tuple[str, ...] = ()
    family: str = ""
    source: str = ""


# --- gold files ------------------------------------------------------------------------------------------


def parse_gold(content: str, text: str, name: str) -> tuple[Gold, ...]:
    """Read the gold file *content* for *text*. Raises CaseError naming file *name*, line and remedy."""
    lines = content.split("\n")
    if lines[0] != HEADER:
        raise CaseError(f"{name}, line 1: expected the header {HEADER!r}, found {lines[0][:80]!r}; add it")
    rows = [(number, _row(line, f"{name}, line {number}")) for number, line in enumerate(lines[1:], 2) if line]
    for number, gold in rows:
        _require_fit(gold, text, f"{name}, line {number}")
    rows.sort(key=lambda row: (row[1].start, row[1].end))
    for (_, left), (number, right) in pairwise(rows):
        if right.start < left.end:
            raise CaseError(
                f"{name}, line {number}: expected repairs that do not overlap, "
                f"found {right.start}-{right.end} inside {left.start}-{left.end}; join the two lines"
            )
    return tuple(gold for _, gold in rows)


def format_gold(golds: Iterable[Gold]) -> str:
    """Return the gold file that `parse_gold` reads back."""
    return "\n".join([HEADER, *map(_line, golds), ""])


def _row(line: str, place: str) -> Gold:
    cells = [_unescape(cell) for cell in line.split("\t")]
    if len(cells) != len(COLUMNS):
        raise CaseError(
            f"{place}: expected {len(COLUMNS)} tab-separated cells ({', '.join(COLUMNS)}), "
            f"found {len(cells)}; write empty cells too"
        )
    start, end, spun, gold, alternatives, category, confidence = cells
    if not (OFFSET.fullmatch(start) and OFFSET.fullmatch(end) and int(start) <= int(end)):
        raise CaseError(
            f"{place}: expected start and end as code points with start <= end, found {start!r} and {end!r}; "
            "count them in the decoded text, not in bytes"
        )
    others = [other for other in alternatives.split("|") if other]
    readings = (gold, *(other for other in others if other != DROP))
    return Gold(int(start), int(end), spun, readings, DROP in others, category, confidence)


def _line(gold: Gold) -> str:
    first, *others = gold.readings
    alternatives = "|".join([*others, *([DROP] if gold.droppable else [])])
    cells = (str(gold.start), str(gold.end), gold.spun, first, alternatives, gold.category, gold.confidence)
    return "\t".join(_escape(cell) for cell in cells)


def _unescape(cell: str) -> str:
    return ESCAPED.sub(lambda match: ESCAPES[match.group()], cell)


def _escape(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _require_fit(gold: Gold, text: str, place: str) -> None:
    found = text[gold.start : gold.end]
    if found != gold.spun:
        at = [match.start() for match in re.finditer(re.escape(gold.spun), text)] if gold.spun else []
        nearest = min(at, key=lambda i: abs(i - gold.start), default=None)
        remedy = "check the text" if nearest is None else f"it stands at {nearest}-{nearest + len(gold.spun)}"
        raise CaseError(f"{place}: expected {gold.spun!r} at {gold.start}-{gold.end}, found {found[:60]!r}; {remedy}")


# --- the index -------------------------------------------------------------------------------------------


def load_cases(index: Path) -> list[Case]:
    """Read the cases that the JSON file *index* lists.

    Raises CaseError naming the file, the case and the remedy.
    """
    try:
        top = json.loads(_read(index, index.name))
    except json.JSONDecodeError as error:
        raise CaseError(f"{index}, line {error.lineno}: expected a JSON object, found: {error.msg}; mend it") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 100,000 brackets
        raise CaseError(f"{index}: expected a JSON object, found: {error}; mend it") from error
    if not isinstance(top, dict) or not isinstance(top.get("cases"), list) or not top["cases"]:
        raise CaseError(
            f'{index}: expected {{"cases": [...]}} with a case, found something else; see tests/cases/README.md'
        )
    return [_case(index, number, record) for number, record in enumerate(top["cases"])]


def case_files(index: Path) -> Iterator[Path]:
    """Yield the files that the cases of *index* are made of, the index first, each once."""
    paths = [index]
    for record in json.loads(_read(index, index.name))["cases"]:
        names = [record["text"], record["gold"], *record.get("references", ()), *record.get("unrelated", ())]
        paths += [index.parent / name for name in names]
    yield from dict.fromkeys(paths)


def _case(index: Path, number: int, record: Any) -> Case:
    place = f"{index}, case {number}"
    if not isinstance(record, dict):
        raise CaseError(f"{place}: expected an object, found {record!r}; see tests/cases/README.md")
    _require_fields(record, place)
    text = _read_named(index, record["text"], place)
    gold = index.parent / record["gold"]
    return Case(
        name=record["name"],
        text=text,
        golds=parse_gold(_read_named(index, record["gold"], place), text, str(gold)),
        references=tuple(_read_named(index, each, place) for each in record.get("references", ())),
        unrelated=tuple(_read_named(index, each, place) for each in record.get("unrelated", ())),
        family=record["family"],
        source=record.get("source", ""),
    )


def _require_fields(record: dict[str, Any], place: str) -> None:
    missing = [name for name in FIELDS if name not in record and name not in OPTIONAL_FIELDS]
    surplus = [name for name in record if name not in FIELDS]
    wrong = [name for name, value in record.items() if name in FIELDS and not _is_a(value, FIELDS[name])]
    if missing or surplus or wrong:
        found = [
            f"{what} {', '.join(names)}"
            for what, names in (("no", missing), ("unknown", surplus), ("wrong type of", wrong))
            if names
        ]
        raise CaseError(f"{place}: expected the fields {', '.join(FIELDS)}, found {'; '.join(found)}; mend the index")


def _is_a(value: object, kind: type) -> bool:
    """Tell whether *value* is of this kind; lists hold strings."""
    return isinstance(value, kind) and (kind is not list or all(isinstance(each, str) for each in value))  # type: ignore[attr-defined] # a list by then


def _read_named(index: Path, name: str, place: str) -> str:
    """Return the text of a file that an index names; pipes and devices are refused, since they might never end."""
    path = index.parent / name
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise CaseError(f"{place}: expected a file {path}, found a pipe or device; check the path")
    return _read(path, place)


def _read(path: Path, place: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a path that no file can have
        raise CaseError(f"{place}: expected a UTF-8 file {path}, found: {error}; check the path") from error


# --- applying --------------------------------------------------------------------------------------------


def apply_readings(text: str, golds: Sequence[Gold], chosen: Sequence[str]) -> str:
    """Return *text* with each of *golds* (in order, none overlapping) replaced by its *chosen* wording."""
    pieces, done = [], 0
    for gold, wording in zip(golds, chosen, strict=True):
        pieces += [text[done : gold.start], wording]
        done = gold.end
    return "".join([*pieces, text[done:]])


def gold_text(case: Case) -> str:
    """Return the article as the gold repairs would have it, optional ones too."""
    return apply_readings(case.text, case.golds, [gold.readings[0] for gold in case.golds])
