"""What is known of every article of a made scrape, and where its text stands."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from normalizer.errors import CaseError
from normalizer.evaluating.gold import Gold

SCRAPE, TRUTH, MADE = "scrape.jsonl", "truth.jsonl", "made.json"
COPY = "copy"  # the kind of a spun article; all other kinds are clean
KINDS = {
    "original": "the article at its outlet",
    "report": "nearly the same words at another outlet",
    "truncated": "the original, broken off",
    "update": "the story a day or more later: a new lead over old background",
    "independent": "another hand's report of the story",
    "distractor": "a story that is here once",
    "unspun": "the same, printed by a spinner site as it is",
    "genre": "clean text that is no news",
    COPY: "a spun copy",
}
ORIGINAL, REPORT, NOTHING = "original", "report", "nothing"  # what a spun copy has beside it in the scrape
RESIDUE = "artefact"  # the category of gold repairs of what a template left
UNKNOWN, STACKED = "unknown", "stacked"

LINE = re.compile(r"\n*[^\n]+(?:\n+$)?|\n+$")
PlainGold = tuple[int, int, str, str]  # start, end, the original wording, category


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of one article.

    story: which it tells. kind: one of KINDS. site: the host. unseen: neither the language model nor the weights were
    learnt from the text. references: ids of the clean articles of the story, the nearest to this text first. kin: ids
    of articles of the corpora that seem to tell of the same event, and are neither right nor wrong.

    Of spun copies only: spinner: "a", "a+t" (t over a), "unknown12"; family: "a", "b", "t", UNKNOWN, or STACKED for
    two known ones; beside: ORIGINAL, REPORT or NOTHING; original: the id that the original has, or would have, in the
    scrape; gold: the repairs, without what stands there now.
    """

    id: str
    story: str
    kind: str
    site: str
    unseen: bool
    references: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    spinner: str | None = None
    family: str | None = None
    beside: str | None = None
    original: str | None = None
    gold: tuple[PlainGold, ...] = ()

    @property
    def spun(self) -> bool:
        """Tell whether it is a spun copy."""
        return self.kind == COPY

    def golds(self, text: str) -> tuple[Gold, ...]:
        """Return the gold repairs of its *text*."""
        return tuple(
            Gold(start, end, text[start:end], (after,), category=kind) for start, end, after, kind in self.gold
        )

    def line(self) -> str:
        """Return it as a line of JSON; what is empty is left out."""
        full = {name: value for name, value in asdict(self).items() if value not in ((), None)}
        return json.dumps(full, ensure_ascii=False, separators=(",", ":")) + "\n"


def plain(golds: tuple[Gold, ...]) -> tuple[PlainGold, ...]:
    """Return *golds* as `Truth` holds them; what is to be deleted, line by line."""
    found: list[PlainGold] = []
    for gold in golds:
        at = gold.start
        for part in [gold.spun] if gold.readings[0] else LINE.findall(gold.spun):
            found.append((at, at + len(part), gold.readings[0], gold.category))
            at += len(part)
    return tuple(found)


def read_truth(folder: Path) -> Iterator[Truth]:
    """Yield the truth of the scrape in *folder*, in the order of its records. Raises CaseError naming the remedy."""
    path = folder / TRUTH
    for record in read_records(path):
        try:
            tuples = {name: tuple(record.get(name, ())) for name in ("references", "kin")}
            gold = tuple((start, end, after, kind) for start, end, after, kind in record.get("gold", ()))
            yield Truth(**{**record, **tuples, "gold": gold})
        except (TypeError, ValueError) as error:
            raise CaseError(f"{path}: expected what `make` wrote, found: {error}; make the scrape again") from error


class Places(Mapping[str, int]):
    """Where the records of a JSONL file, or of all in a folder, stand, by id; the records stay on disk."""

    def __init__(self, path: Path) -> None:
        """Read through the file once. Raises CaseError naming file, line and remedy."""
        self._files = files_of(path)
        self._places: dict[str, tuple[int, int]] = {}
        for number, file in enumerate(self._files):
            for at, record in _located(file):
                self._places[str(record.get("id"))] = number, at

    def __getitem__(self, name: str) -> int:
        return self._places[name][1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def record(self, name: str) -> dict[str, Any]:
        """Return the record of an id. Raises KeyError if there is none."""
        number, at = self._places[name]
        return record_at(self._files[number], at)


def record_at(path: Path, at: int) -> dict[str, Any]:
    """Return the record that begins *at* so many bytes."""
    with path.open("rb") as file:
        file.seek(at)
        record: dict[str, Any] = json.loads(file.readline())
        return record


def files_of(path: Path) -> list[Path]:
    """Return the JSONL files in a folder, or the file itself. Raises CaseError if there is none."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise CaseError(f"{path}: expected *.jsonl in it, found none; name the output of `normalizer corpus`")
    return files


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a JSONL file. Raises CaseError naming file, line and remedy."""
    return (record for _, record in _located(path))


def _located(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    number, at = 1, 0
    try:
        with path.open("rb") as lines:
            for line in lines:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError(f"no object but {line[:40]!r}")
                yield at, record
                number, at = number + 1, at + len(line)
    except (OSError, ValueError) as error:
        raise CaseError(
            f"{path}, line {number}: expected a JSON object, found: {error}; make the file again"
        ) from error
