"""What must stay: phrases with globs, regular expressions, and where they lie once a text is repaired."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import Normalizer, Settings
from normalizer.edits import Edit, apply_edits
from normalizer.errors import InputError
from normalizer.protection import Protection, joined, moved, overlaps
from normalizer.reading import Job

CASES = json.loads((Path(__file__).parent / "cases" / "protected.json").read_text(encoding="utf-8"))
SPUN = (
    "The International Minister instructed reporters at a press convention on Friday that talks will proceed "
    "subsequent week. He stated Moscow had despatched extra troops to the border."
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_phrases_and_patterns_are_found(case: dict[str, Any]) -> None:
    text = case["text"]
    spans = Protection(case.get("protect", ()), case.get("ignore", ())).stretches(text)
    assert [text[start:end] for start, end in spans] == case["kept"]


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"'\(x': expected a regular expression as Python has them, found: missing \)"):
        Normalizer(settings=Settings(ignore=("(x",)))


def test_one_phrase_is_no_list() -> None:
    with pytest.raises(TypeError, match=r"protect: expected a list of texts, found one text; write \['Adam Worth'\]"):
        Settings(protect="Adam Worth")  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))), st.integers(0, 30), st.integers(0, 30))
def test_stretches_are_joined_and_found(spans: list[tuple[int, int]], start: int, end: int) -> None:
    covered = {place for low, high in spans for place in range(low, high)}
    found = joined(spans)
    assert {place for low, high in found for place in range(low, high)} == covered
    assert all(left[1] < right[0] for left, right in itertools.pairwise(found))
    if start < end:
        assert overlaps(found, start, end) == (not covered.isdisjoint(range(start, end)))
    else:  # an insertion: inside of a stretch, not at its edges
        assert overlaps(found, start, start) == any(low < start < high for low, high in found)


@given(st.text("abc ", min_size=10, max_size=30), st.lists(st.integers(0, 9), max_size=4, unique=True), st.data())
def test_stretches_move_with_the_text(text: str, places: list[int], data: st.DataObject) -> None:
    """Every third character is a stretch, edits lie between them."""
    spans = joined((3 * place, 3 * place + 1) for place in places if 3 * place < len(text))
    edits = [
        Edit(at, at + 2, text[at : at + 2], data.draw(st.text("xyz", max_size=4)), "lexical")
        for at in range(1, len(text) - 1, 3)
    ]
    after = apply_edits(text, edits)
    kept = [text[start:end] for start, end in spans]
    assert [after[start:end] for start, end in moved(spans, edits)] == kept


@pytest.fixture(scope="module")
def tool() -> Normalizer:
    return Normalizer()


@pytest.mark.parametrize(
    ("protect", "ignore", "stay"),
    [
        (("International Minister",), (), ["International"]),
        (("subsequent week", "extra"), (), ["extra", "subsequent"]),
        (("inst*",), (), ["instructed"]),
        ((), (r"He \w+ed\b",), ["stated"]),
        ((), (r"\bM\w+ had [a-z]+",), ["despatched"]),
    ],
)
def test_what_is_protected_stays_and_the_rest_is_repaired(
    tool: Normalizer, protect: tuple[str, ...], ignore: tuple[str, ...], stay: list[str]
) -> None:
    free = {edit.before for edit in tool.repair(SPUN).edits}
    settings = Settings(protect=protect, ignore=ignore)
    repair = Normalizer(tables=tool.tables, settings=settings).repair(SPUN)
    assert {edit.before for edit in repair.edits} == free - set(stay)
    assert set(stay) <= free


def test_what_is_protected_stays_when_its_surroundings_change(tool: Normalizer) -> None:
    """The first reading changes "stated", and with it what the pattern looks for; it is kept all the same."""
    settings = Settings(ignore=(r"(?<=stated Moscow had )\w+", r"(?<=proceed )\w+"))
    repair = Normalizer(tables=tool.tables, settings=settings).repair(SPUN)
    assert "said Moscow had despatched" in repair.text and "continue subsequent week" in repair.text


def test_what_is_protected_is_carried_through_the_readings(tool: Normalizer) -> None:
    settings = Settings(ignore=(r"(?<=proceed )\w+", r"(?<=continue subsequent )\w+"))
    at = SPUN.index("proceed")
    edits = [Edit(at, at + 7, "proceed", "continue", "lexical")]
    after = Normalizer(tables=tool.tables, settings=settings)._after(Job(SPUN), edits)
    assert [after.text[start:end] for start, end in after.kept] == ["subsequent", "week"]


def test_residue_is_protected_too(tool: Normalizer) -> None:
    text = "They moved the {hardware} on Friday, the official said, and that was all of it for the day.\n"
    assert tool.repair(text).text != text
    assert Normalizer(tables=tool.tables, settings=Settings(protect=("hardware",))).repair(text).edits == ()
