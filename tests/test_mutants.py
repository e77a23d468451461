"""The planted faults can be planted, every property has one of its own, and the hunt counts right."""

import ast
import re
from pathlib import Path

import pytest

from tests.tools import mutations
from tests.tools.mutants import CORE, MUTANTS, PROPERTIES, Mutant, property_table, stale
from tests.tools.planting import FLOOR, ROOT, Catch, room, table, weak_rooms


@pytest.mark.slow
def test_every_fault_can_be_planted() -> None:
    assert stale() == []


def test_faults_are_faults_and_their_tests_exist() -> None:
    assert len(MUTANTS) == len(set(MUTANTS))
    for mutant in MUTANTS:
        assert mutant.old != mutant.new
        assert (ROOT / "tests" / mutant.test).is_file()


def test_every_property_has_a_fault_that_it_must_notice_alone() -> None:
    own = {match[1] for m in MUTANTS if m.test == PROPERTIES and (match := re.fullmatch(r"test_(\d+)_\w*", m.keyword))}
    assert own >= {str(number) for number in range(1, 12)}


def test_every_core_room_has_a_fault() -> None:
    assert {room(mutant) for mutant in MUTANTS} >= set(CORE)


def test_the_hunt_reports_rooms_survivors_and_properties() -> None:
    one, two = (Mutant("edits.py", old, "x", "test_edits.py") for old in "ab")
    far = Mutant("cli.py", "c", "x", "test_cli.py")
    found = [Catch(one, "test_properties.py::test_3_x"), Catch(two, None), Catch(far, None)]
    assert table(found).splitlines()[2:] == [
        "| edits | 2 | 1 |",
        "| cli | 1 | 0 |",
        "| all | 3 | 1 |",
        "survivor: edits.py: 'b' -> 'x' (test_edits.py -k '')",
        "survivor: cli.py: 'c' -> 'x' (test_cli.py -k '')",
    ]
    assert property_table(found).splitlines()[2:] == ["| 3 | edits.py: 'a' -> 'x' |"]
    assert FLOOR > 0.5
    assert weak_rooms(found, ["edits", "lattice"]) == ["edits"]


# --- mutations ----------------------------------------------------------------------------------------------

SOURCE = '''
LIMIT = 3
def f(x, y):
    """Doc."""
    if not x < y and min(x, 2):
        x += 1
    return [z for z in y if z is True]
'''


def test_possible_faults_are_small_changes_inside_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "normalizer").mkdir()
    (tmp_path / "normalizer" / "x.py").write_text(SOURCE, "utf-8")
    monkeypatch.setattr(mutations, "ROOT", tmp_path)
    found = mutations.possible("x.py")
    assert sorted((mutation.old, mutation.new) for mutation in found) == [
        ("1", "2"), ("2", "3"), ("True", "False"),
        ("if not x < y and min(x, 2)", "if not (not x < y and min(x, 2))"), ("if z is True", "no if"),
        ("min(x, 2)", "max(x, 2)"), ("not x < y and min(x, 2)", "not x < y or min(x, 2)"),
        ("x += 1", "pass"), ("x += 1", "x -= 1"), ("x < y", "x <= y"), ("z is True", "z is not True"),
    ]  # fmt: skip
    for mutation in found:
        assert mutation.planted(SOURCE) != ast.unparse(ast.parse(SOURCE))


@pytest.mark.parametrize("room", CORE)
def test_the_sample_is_the_same_every_time_and_its_tests_exist(room: str) -> None:
    chosen = mutations.sample(room, 5, 1)
    assert chosen == mutations.sample(room, 5, 1) != mutations.sample(room, 5, 2)
    for test in chosen[0].tests:
        assert (ROOT / "tests" / test).is_file()
