"""Size of the page for a browser, and the time it takes to build: `python -m tests.tools.pages [FILE...]`.

Without files: seed 000, and seed 000 repeated to 20,000 words. The article is repaired first; that time is told apart.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from normalizer import Normalizer, Settings, reporting
from normalizer.files import decode

WORDS = 20_000
REPEATS = 3  # the fastest counts


def main(names: list[str]) -> None:
    """Print a line for each article: words, edits shown, seconds for repairing and for the page, bytes."""
    tool = Normalizer(settings=Settings(detailed=True))
    tool.repair("It rained.")
    for name, text in texts(names):
        start = time.perf_counter()
        result = tool.repair(text)
        repaired = time.perf_counter() - start
        built = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            page = reporting.html_page(result, name).encode()
            built.append(time.perf_counter() - start)
        edits = len(result.plan().listed)
        print(f"{name}: {len(text.split())} words, {len(text.encode())} bytes, {edits} edits;", end=" ")
        print(f"repaired in {repaired:.2f} s, page in {min(built):.2f} s, {len(page)} bytes")


def texts(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the articles to measure with their names."""
    if names:
        yield from ((name, decode(Path(name).read_bytes(), name)) for name in names)
        return
    path = next((Path(__file__).parents[2] / "seeds").glob("000_*.txt"))
    text = decode(path.read_bytes(), path.name)
    yield path.name, text
    yield f"{path.name}, repeated", "\n\n".join([text] * -(-WORDS // len(text.split())))


if __name__ == "__main__":
    main(sys.argv[1:])
