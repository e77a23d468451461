"""A small scrape, and a run over it that was kept: what every adapter is tried on."""

import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from strategies import STORY_NAMES, story

from normalizer.corpus.running import Options, run
from tests.tools.spinner import Habits
from tests.tools.spinners.frozen import known_spinner, unknown_spinners

NAMES = STORY_NAMES[:3]


@cache
def scrape() -> tuple[dict[str, Any], ...]:
    """Stories, each with its original, a report, and copies by a known and an unknown spinner; and what is no text."""
    known, unknown = known_spinner(), unknown_spinners()[0]
    records: list[dict[str, Any]] = []
    for number, name in enumerate(NAMES):
        original = story(name, "original")
        texts = {
            "0": ("gazette.example", original),
            "1": ("courier.example", story(name, "report1")),
            "a": ("copies.example", known.spin(original, random.Random(number), Habits("a", 0.4)).text),
            "u": ("others.example", unknown.spin(original, random.Random(number), 0.4).text),
        }
        for kind, (site, text) in texts.items():
            id_ = f"{name}-{kind}"
            records.append({"id": id_, "url": f"https://{site}/{id_}", "date": f"2026-03-0{number + 1}", "text": text})
    records.append({"id": "missing", "url": "https://copies.example/x", "date": "2026-03-04", "text": None})
    return tuple(records)


def spun(kind: str = "a") -> dict[str, Any]:
    """Return a spun record of the scrape."""
    return next(record for record in scrape() if record["id"].endswith(f"-{kind}"))


def clean_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the original of a spun record."""
    return next(each for each in scrape() if each["id"] == f"{record['id'][:-2]}-0")


def written(path: Path, records: Sequence[Any]) -> Path:
    """Write records as JSON Lines."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def read_back(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def keep(folder: Path) -> tuple[Path, Path]:
    """Run over the scrape, which learns no lexicon (to compile one takes long), and return output and kept run."""
    source = written(folder / "in.jsonl", [record for record in scrape() if record["text"]])
    run(Options((source,), folder / "out.jsonl", teach=False, keep=folder / "kept"))
    return folder / "out.jsonl", folder / "kept"
