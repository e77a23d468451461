"""The planted faults can be planted, and the hunt counts right."""

import pytest
from mutants import MUTANTS, ROOT, Mutant, stale, table, weak_rooms


@pytest.mark.slow
def test_every_fault_can_be_planted() -> None:
    assert stale() == []


def test_faults_are_faults_and_their_tests_exist() -> None:
    assert len(MUTANTS) == len(set(MUTANTS))
    for mutant in MUTANTS:
        assert mutant.old != mutant.new
        assert (ROOT / "tests" / mutant.test).is_file()


def test_the_hunt_reports_rooms_and_survivors() -> None:
    one, two = (Mutant("edits.py", old, "x", "test_edits.py") for old in "ab")
    far = Mutant("cli.py", "c", "x", "test_cli.py")
    found = [(one, True), (two, False), (far, False)]
    assert table(found).splitlines()[2:] == [
        "| edits | 2 | 1 |",
        "| cli | 1 | 0 |",
        "survivor: edits.py: 'b' -> 'x' (test_edits.py -k '')",
        "survivor: cli.py: 'c' -> 'x' (test_cli.py -k '')",
    ]
    assert weak_rooms(found) == ["edits"]
