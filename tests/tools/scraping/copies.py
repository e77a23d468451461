"""Which pairs of texts of a made scrape are taken for a spun copy and its original."""

from collections import defaultdict
from itertools import permutations
from pathlib import Path

from normalizer.corpus.comparing import compare
from normalizer.tables import Tables
from tests.tools.scraping.truth import COPY, SCRAPE, read_records, read_truth

MOST = 6  # clean texts of a story that are compared
SHOWN = 10  # pairs that pass wrongly, in a report


def copies(folder: Path) -> str:
    """Return how many pairs of clean reports of one story pass for a copy, and how many spun copies beside them do."""
    texts = {record["id"]: record["text"] for record in read_records(folder / SCRAPE)}
    clean, spun = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for truth in read_truth(folder):
        (spun if truth.kind == COPY else clean)[truth.story].append(truth.id)
    tables = Tables.load()
    pairs, wrong, beside, right = 0, list[str](), 0, 0
    for story, reports in clean.items():
        for one, other in permutations(reports[:MOST], 2):
            found = compare(texts[one], texts[other], tables)
            pairs += found.is_twin
            if found.spun:
                wrong.append(f"  {one} beside {other}: {found}")
        for one in spun[story]:
            found_all = [compare(texts[one], texts[other], tables) for other in reports[:MOST]]
            beside += any(found.is_twin for found in found_all)
            right += any(found.spun for found in found_all)
    lines = (
        f"pairs of clean reports that are nearly one text: {pairs}, taken for a copy: {len(wrong)}",
        *wrong[:SHOWN],
        f"spun articles that are nearly one text with a clean one: {beside}, taken for its copy: {right}",
    )
    return "\n".join(lines)
