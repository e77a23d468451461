"""The tables of `python -m tests.tools.witnesses`: that they count what they say."""

import pytest

from normalizer import Normalizer, Repair
from normalizer.edits import Edit
from normalizer.evaluating.gold import Case, Gold
from normalizer.verdicts import Verdict
from tests.tools.spinner import Spinner, story_cases
from tests.tools.witnesses import TABLES, changed, main, wrong_references


@pytest.fixture(scope="module")
def tool() -> Normalizer:
    return Normalizer()


def test_changes_are_told_apart():
    text = "a b c d"
    golds = (Gold(0, 1, "a", ("x",)), Gold(2, 3, "b", ("y",)))
    case = Case("n", text, golds)

    def repair(*edits: tuple[int, str]) -> Repair:
        made = tuple(Edit(at, at + 1, text[at], after, "lexical") for at, after in edits)
        return Repair(text, text, made, Verdict(1.0, "a", 0.0))

    class Fixed:
        def repair(self, text: str, references: object) -> Repair:
            return repair((0, "x"), (4, "z"), (6, "w"))

    assert changed(Fixed(), case, repair((2, "y"), (4, "v")), [""]) == (2, 1, 1, 1)  # type: ignore[arg-type]


def test_every_kind_of_wrong_reference_is_another_text(tool):
    case = next(story_cases(Spinner(tool.lexicon.entries)))
    texts = [text(case) for text in wrong_references(tool).values()]
    assert len(set(texts)) == len(texts) >= 10


def test_a_table_is_printed(capsys, monkeypatch):
    monkeypatch.setattr("tests.tools.witnesses.TIMES", 1)
    main.main(["original", "--stories", "1"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert shown.startswith("original: Return how much") and "all known" in shown
    assert set(TABLES) == {"gain", "unknown", "original", "wrong", "kinds", "speed"}
