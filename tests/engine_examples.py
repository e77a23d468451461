"""Short texts and what they are repaired to, and the examples of the README of the engines, for their tests."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import normalizer
from normalizer.engines import Repairer

README = Path(normalizer.__file__).parent / "engines" / "README.md"
SPUN = "The International Minister instructed reporters at a press convention on Friday. He stated talks will proceed."
ALSO_SPUN = (
    "Newshounds used to be instructed on Tuesday that the assembly at the White Space would proceed subsequent week."
)
CLEAN = "It rained on Friday, and the bus was late."
TEXTS = (SPUN, ALSO_SPUN, CLEAN, f"<p>{SPUN}</p>", "")
COLUMN = (SPUN, None, CLEAN, ALSO_SPUN)


@cache
def repaired(text: str | None) -> dict[str, Any]:
    """Return the record of a text as plain Python repairs it: its text, and the note or None."""
    [record] = Repairer().repair_many([{"text": text}])
    return {"normalizer": None, **record}


def examples_of(library: str) -> list[str]:
    """Return the code of the README's examples that import *library*, as it stands."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if re.search(rf"^(?:import|from) {library}\b", block, re.MULTILINE)]
