"""Plans: written as JSON, read back, replayed and undone."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import any_texts, edited_texts

from normalizer.edits import KINDS, Alternative, Edit, Evidence, SupportingSentence, apply_edits
from normalizer.errors import NormalizerWarning, PlanError
from normalizer.plans import Plan, fingerprint, reworded, schema

VALIDATOR = Draft202012Validator(json.loads(schema()))
TEXT = "He instructed reporters that the assembly was over."
EDITS = (
    Edit(
        3,
        13,
        "instructed",
        "told",
        "lexical",
        Evidence("instructed -> told", (SupportingSentence(0, 5, 9, "He told them."),), 4.25, "seen"),
        0.93,
    ),
    Edit(33, 41, "assembly", "meeting", "reference", Evidence(), 0.5),
)
REPAIRED = "He told reporters that the meeting was over."


def edit(start: int, before: str, after: str) -> Edit:
    return Edit(start, start + len(before), before, after, "lexical")


HELD = Edit(
    14,
    23,
    "reporters",
    "journalists",
    "lexical",
    Evidence(family="a", alternatives=(Alternative("newsmen", 0.2, "reporter -> newsman"), Alternative("press", 0.1))),
    0.4,
)


def plan() -> Plan:
    return Plan.of(TEXT, EDITS, "v:1", {"spun": 0.9, "family": None}, "a b.txt", [HELD])


def test_plan_replays_and_reverts():
    assert plan().apply(TEXT) == REPAIRED
    assert plan().revert(REPAIRED) == TEXT


@given(edited_texts())
@example(("a\ud83d\ude00b", [edit(1, "\ud83d\ude00", "\U0001f600")]))
def test_plans_survive_json_and_replay_exactly(case):
    text, edits = case
    verdict = {"family": "\udcff", "list": [1, None]}
    made = Plan.of(text, edits[::2], "\ud83d\ude00", verdict, held_back=edits[1::2])
    written = made.to_json()
    assert written.isascii() and "\n" not in written
    read = Plan.from_json(written)
    assert read == made
    assert Plan.from_json(made.to_json(indent=2)) == made
    repaired = read.apply(text)
    assert repaired == apply_edits(text, edits[::2])
    assert read.revert(repaired) == text
    VALIDATOR.validate(json.loads(written))


@pytest.mark.smoke
def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json.loads(schema()))


# A plan of version 1, as the program wrote it then.
OLD_PLAN = """{"format": "normalizer-plan", "version": 1, "name": "page.txt", "signature": "lexicon:0a|v:0.1.0",
"length": 27, "source_sha256": "SOURCE",
"repaired_sha256": "REPAIRED",
"verdict": {"spun": 0.98, "family": "a", "rate": 0.2, "families": {"a": 1.0}},
"edits": [{"start": 3, "end": 13, "before": "instructed", "after": "told", "kind": "lexical", "confidence": 0.93,
"evidence": {"entry": "instruct -> tell [a: seen 9 times]", "margin": 4.25,
"references": [{"reference": 0, "start": 3, "end": 7, "sentence": "He told them."}]}}]}"""


def test_a_plan_of_the_first_version_is_read_and_replayed():
    text, repaired = "He instructed them to wait.", "He told them to wait."
    old = OLD_PLAN.replace("SOURCE", fingerprint(text))
    old = old.replace("REPAIRED", fingerprint(repaired))
    VALIDATOR.validate(json.loads(old))
    read = Plan.from_json(old)
    assert read.apply(text) == repaired and read.revert(repaired) == text
    assert read.held_back == () and read.edits[0].evidence.alternatives == ()
    assert Plan.from_json(read.to_json()) == read


def test_documented_form_of_a_plan():
    members = json.loads(plan().to_json())
    assert list(members) == [
        "format", "version", "name", "signature", "length", "source_sha256", "repaired_sha256", "verdict",
        "edits",
    ]  # fmt: skip
    assert (members["format"], members["version"], members["length"]) == ("normalizer-plan", 2, 51)
    assert members["source_sha256"] == fingerprint(TEXT)
    assert members["edits"][0] == {
        "start": 3, "end": 13, "before": "instructed", "after": "told", "kind": "lexical", "confidence": 0.93,
        "evidence": {
            "entry": "instructed -> told", "margin": 4.25, "note": "seen",
            "references": [{"reference": 0, "start": 5, "end": 9, "sentence": "He told them."}],
        },
    }  # fmt: skip
    assert members["edits"][1] == {
        "start": 14, "end": 23, "before": "reporters", "after": "journalists", "kind": "lexical", "confidence": 0.4,
        "held_back": True,
        "evidence": {
            "family": "a",
            "alternatives": [
                {"after": "newsmen", "probability": 0.2, "entry": "reporter -> newsman"},
                {"after": "press", "probability": 0.1},
            ],
        },
    }  # fmt: skip
    assert "evidence" not in members["edits"][2]


def test_plan_refuses_another_text():
    with pytest.raises(PlanError, match=r"^the text is not the one this plan was made for: expected SHA-256 "):
        plan().apply(TEXT + " ")
    with pytest.raises(PlanError, match=r"made for: it is already repaired, so there is nothing to do$"):
        plan().apply(REPAIRED)
    with pytest.raises(PlanError, match=r"made for: it is the text before the repair, so there is nothing to do$"):
        plan().revert(TEXT)
    with pytest.raises(PlanError, match=r"found [0-9a-f]{12}… \(1 code points\); use the very file"):
        plan().revert("x")


def changed(change: Callable[[list[Any]], object]) -> Plan:
    """The plan with its list of edits changed by hand."""
    members = json.loads(plan().to_json())
    change(members["edits"])
    return Plan.from_json(json.dumps(members))


def test_plan_that_edits_were_taken_out_of_is_applied_with_what_is_left():
    left = changed(lambda edits: edits.pop(0))
    with pytest.warns(NormalizerWarning, match=r"^the edits of the plan give a text with SHA-256 [0-9a-f]{12}…, while"):
        repaired = left.apply(TEXT)
    assert repaired == "He instructed reporters that the meeting was over."
    assert left.revert(repaired) == TEXT
    with pytest.raises(PlanError, match=r"^the text is not the one this plan was made for: expected SHA-256 "):
        left.revert(REPAIRED)


def test_a_text_that_the_edits_happen_to_fit_is_not_reverted():
    with pytest.raises(PlanError, match=r"^the text is not the one this plan was made for: expected SHA-256 "):
        plan().revert(REPAIRED + "x")


def test_wording_that_was_changed_by_hand_is_used():
    with pytest.warns(NormalizerWarning):
        assert changed(lambda edits: edits[0].update(after="ordered")).apply(TEXT).startswith("He ordered reporters")


@pytest.mark.parametrize("before", ["instructed", "xxxxxxxxxx"])
def test_a_plan_whose_edits_do_not_fit_changes_nothing(before):
    moved = changed(lambda edits: edits[0].update(start=4, end=14, before=before))
    with pytest.raises(PlanError, match=r"^edit at 4-14: expected .*, found 'nstructed '"):
        moved.apply(TEXT)


# --- decisions ----------------------------------------------------------------------------------------------


def test_numbers_count_all_edits_in_order():
    assert [(each.number, each.edit.before, each.held_back) for each in plan().listed] == [
        (1, "instructed", False),
        (2, "reporters", True),
        (3, "assembly", False),
    ]


def test_decisions_make_edits_hold_them_back_and_reword_them():
    decided = plan().decided(TEXT, {1: None, 2: "newsmen"})
    assert decided.apply(TEXT) == "He instructed newsmen that the meeting was over."
    assert [each.edit.before for each in decided.listed if each.held_back] == ["instructed"]
    assert (decided.name, decided.signature, decided.verdict) == (plan().name, plan().signature, plan().verdict)
    assert decided.decided(TEXT, {1: "told", 2: None}).apply(TEXT) == REPAIRED
    with pytest.raises(PlanError, match="made for"):
        plan().decided(REPAIRED, {})


def test_a_wording_that_is_chosen_brings_its_evidence():
    chosen = reworded(HELD, "newsmen")
    assert (chosen.after, chosen.confidence, chosen.evidence.entry) == ("newsmen", 0.2, "reporter -> newsman")
    assert chosen.evidence.alternatives == (Alternative("journalists", 0.4), Alternative("press", 0.1))
    assert reworded(HELD, "journalists") is HELD
    assert reworded(HELD, "hacks").evidence.alternatives == HELD.evidence.alternatives
    assert reworded(chosen, "journalists").evidence.alternatives == HELD.evidence.alternatives


@given(edited_texts(), st.data())
def test_any_decisions_give_a_plan_that_replays_and_reverts(case, data):
    text, edits = case
    made = Plan.of(text, edits[::2], held_back=edits[1::2])
    decisions = data.draw(st.dictionaries(st.integers(1, max(1, len(edits))), st.none() | any_texts(3)))
    decided = made.decided(text, decisions)
    after = [each.edit.after for each in made.listed]
    held = [each.held_back for each in made.listed]
    wanted = {n: decisions.get(n, None if held[n - 1] else after[n - 1]) for n in range(1, len(edits) + 1)}
    expected = [
        replace(each.edit, after=wanted[each.number]) for each in made.listed if wanted[each.number] is not None
    ]
    assert decided.apply(text) == apply_edits(text, expected)
    assert decided.revert(decided.apply(text)) == text


@pytest.mark.parametrize("verdict", [{"spun": float("nan")}, {"spun": object()}])
def test_plan_that_json_cannot_hold_is_refused(verdict):
    with pytest.raises(PlanError, match=r"^the plan cannot be written: expected plain finite JSON values, found "):
        Plan.of(TEXT, EDITS, verdict=verdict).to_json()


GONE = object()
REMEDY = "; write the plan again with 'normalizer repair -f json'"
MALFORMED = [
    (("format",), GONE, "format: expected the field to be there, found nothing"),
    (("format",), "other", "format: expected 'normalizer-plan', found 'other'"),
    (("version",), True, "version: expected a whole number from 1, found True"),
    (("length",), -1, "length: expected a whole number from 0, found -1"),
    (("length",), 40, "edits[2].end: expected at most 40, the length of the text, found 41"),
    (("signature",), None, "signature: expected a string, found None"),
    (("source_sha256",), "AB", "source_sha256: expected 64 hex digits in lower case, found 'AB'"),
    (("repaired_sha256",), 1, "repaired_sha256: expected 64 hex digits in lower case, found 1"),
    (("verdict",), [], "verdict: expected an object, found []"),
    (("name",), 3, "name: expected a string, found 3"),
    (("edits",), {}, "edits: expected a list, found {}"),
    (("edits", 1), 7, "edits[1]: expected an object, found 7"),
    (("edits", 0, "start"), "3", "edits[0].start: expected a whole number from 0, found '3'"),
    (("edits", 0, "start"), 3.0, "edits[0].start: expected a whole number from 0, found 3.0"),
    (("edits", 0, "end"), 2, "edits[0].end: expected a whole number from 3, found 2"),
    (
        ("edits", 0, "before"),
        "x",
        "edits[0].before: expected 10 code points, as from start to end, found 1: 'x'",
    ),
    (("edits", 0, "after"), GONE, "edits[0].after: expected the field to be there, found nothing"),
    (("edits", 0, "kind"), "odd", f"edits[0].kind: expected one of {', '.join(KINDS)}, found 'odd'"),
    (("edits", 0, "kind"), [], f"edits[0].kind: expected one of {', '.join(KINDS)}, found []"),
    (("edits", 0, "confidence"), 1.5, "edits[0].confidence: expected a number from 0 to 1, found 1.5"),
    (("edits", 0, "confidence"), "1", "edits[0].confidence: expected a finite number, found '1'"),
    (
        ("edits", 0, "evidence", "margin"),
        True,
        "edits[0].evidence.margin: expected a finite number, found True",
    ),
    (("edits", 0, "evidence", "entry"), 1, "edits[0].evidence.entry: expected a string, found 1"),
    (
        ("edits", 0, "evidence", "references", 0, "start"),
        10,
        "edits[0].evidence.references[0].end: expected a whole number from 10, found 9",
    ),
    (
        ("edits", 0, "evidence", "references", 0, "sentence"),
        "x" * 301,
        "edits[0].evidence.references[0].sentence: expected at most 300 characters, found 301",
    ),
    (
        ("edits", 0, "evidence", "colour"),
        "red",
        "edits[0].evidence.colour: expected only entry, references, margin, note, family, alternatives, "
        "found a field of another name",
    ),
    (("edits", 1, "held_back"), 1, "edits[1].held_back: expected true or false, found 1"),
    (("edits", 1, "evidence", "family"), 1, "edits[1].evidence.family: expected a string, found 1"),
    (("edits", 1, "evidence", "alternatives"), "x", "edits[1].evidence.alternatives: expected a list, found 'x'"),
    (
        ("edits", 1, "evidence", "alternatives", 0, "probability"),
        2,
        "edits[1].evidence.alternatives[0].probability: expected a number from 0 to 1, found 2",
    ),
    (
        ("edits", 1),
        {"start": 12, "end": 13, "before": "d", "after": "", "kind": "name", "confidence": 1},
        "edits[1].start: expected at least 13, where the edit before it ends, found 12",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), MALFORMED, ids=[message for _, _, message in MALFORMED])
def test_malformed_plans_name_the_field(path, value, message):
    members = deepcopy(json.loads(plan().to_json()))
    inner = members
    for step in path[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    with pytest.raises(PlanError) as error:
        Plan.from_json(json.dumps(members))
    assert str(error.value) == message + REMEDY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "plan: expected one JSON object, found Expecting value at line 1, column 1" + REMEDY),
        ("[]", "plan: expected an object, found []" + REMEDY),
        ('{"a": 1, "a": 2}', "plan: expected each field once, found 'a' twice in one object" + REMEDY),
        ('{"a": NaN}', "plan: expected finite numbers, found NaN" + REMEDY),
        (
            "{}\n{}",
            "plan: expected one JSON object, found Extra data at line 2, column 1 "
            "(one plan at a time: pick a line of a JSONL file)" + REMEDY,
        ),
    ],
)
def test_what_is_not_a_plan_is_refused(text, message):
    with pytest.raises(PlanError) as error:
        Plan.from_json(text)
    assert str(error.value) == message


@pytest.mark.parametrize("number", ["1e999", "1" + "0" * 400, "1" + "0" * 5000])
def test_numbers_out_of_range_are_refused(number):
    with pytest.raises(PlanError, match="expected"):
        Plan.from_json(plan().to_json().replace("0.93", number))


def test_deep_nesting_is_refused():
    with pytest.raises(PlanError, match=r"^plan: expected one JSON object, found "):
        Plan.from_json("[" * 200_000)


def test_a_newer_version_asks_for_a_newer_program():
    with pytest.raises(PlanError, match=r"^version: expected 1 or 2, found 3; use a newer normalizer$"):
        Plan.from_json(plan().to_json().replace('"version": 2', '"version": 3'))


def test_a_byte_order_mark_before_a_plan_is_no_part_of_it():
    plan = Plan.of("frank", [Edit(0, 5, "frank", "open", "lexical")])
    assert Plan.from_json("\ufeff" + plan.to_json()) == plan


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "NaN", "true"])
def test_numbers_that_no_float_holds_are_refused(number):
    plan = Plan.of("frank", [Edit(0, 5, "frank", "open", "lexical", Evidence(margin=1.25))]).to_json()
    with pytest.raises(PlanError, match=r"finite number"):
        Plan.from_json(plan.replace("1.25", number))
