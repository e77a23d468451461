"""Spun articles of a scrape repaired with the right references given by hand: the bar for those found by a command."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from normalizer.repairing import Normalizer, Repair
from tests.tools.processes import deal_out
from tests.tools.scraping.measuring import ADDED, FIRST
from tests.tools.scraping.truth import SCRAPE, Places, Truth, read_records, read_truth, record_at

TOGETHER = 32  # articles that are repaired side by side

Shown = dict[str, object]


class Batch(NamedTuple):
    """Articles to repair: where in the scrape each stands, and its references."""

    path: Path
    places: Sequence[tuple[int, Sequence[int]]]


def repair_by_hand(folder: Path, output: Path, tool: Normalizer, processes: int = 1, limit: int | None = None) -> int:
    """Write to *output* what comes of the scrape in *folder*, and return how many articles were repaired.

    limit: repair only the first so many spun articles, and write no more of these.
    """
    spun = [truth for truth in read_truth(folder) if truth.spun][:limit]
    places = Places(folder / SCRAPE)
    batches = [_batch(folder / SCRAPE, places, spun[at : at + TOGETHER]) for at in range(0, len(spun), TOGETHER)]
    done = (each for batch in deal_out(repaired, tool, batches, processes) for each in batch)
    wanted = {truth.id for truth in spun}
    parts = output.with_name(output.name + ".part")
    with parts.open("w", encoding="utf-8") as out:
        for record, truth in zip(read_records(folder / SCRAPE), read_truth(folder), strict=True):
            if truth.id in wanted:
                text, shown = next(done)
                record |= {"text": text, ADDED: shown | {"references": truth.references[:FIRST]}}
            elif truth.spun:
                continue
            else:
                record[ADDED] = {"verdict": {"spun": 0.0, "family": None, "rate": 0.0}, "edits": [], "references": []}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    parts.replace(output)
    return len(spun)


def _batch(path: Path, places: Places, spun: Sequence[Truth]) -> Batch:
    return Batch(path, [(places[truth.id], [places[name] for name in truth.references[:FIRST]]) for truth in spun])


def repaired(tool: Normalizer, batch: Batch) -> list[tuple[str, Shown]]:
    """Return the repaired text of each article, with verdict and edits."""
    return [(repair.text, _shown(repair)) for repair in tool.repair_many(_jobs(batch))]


def _jobs(batch: Batch) -> Iterator[tuple[str, list[str]]]:
    for place, references in batch.places:
        text = record_at(batch.path, place)["text"]
        yield text, [record_at(batch.path, each)["text"] for each in references]


def _shown(repair: Repair) -> Shown:
    plan = json.loads(repair.plan().to_json())
    return {"verdict": plan["verdict"], "edits": plan["edits"]}
