"""Plans: written as JSON, read back, replayed and undone."""

import json
from copy import deepcopy

import pytest
from hypothesis import example, given
from strategies import edited_texts

from normalizer.edits import KINDS, Edit, Evidence, SupportingSentence, apply_edits
from normalizer.errors import PlanError
from normalizer.plans import Plan, fingerprint

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


def plan() -> Plan:
    return Plan.of(TEXT, EDITS, signature="v:1", verdict={"spun": 0.9, "family": None}, name="a b.txt")


def test_plan_replays_and_reverts():
    assert plan().apply(TEXT) == REPAIRED
    assert plan().revert(REPAIRED) == TEXT


@given(edited_texts())
@example(("a\ud83d\ude00b", [edit(1, "\ud83d\ude00", "\U0001f600")]))
def test_plans_survive_json_and_replay_exactly(case):
    text, edits = case
    made = Plan.of(text, edits, signature="\ud83d\ude00", verdict={"family": "\udcff", "list": [1, None]})
    written = made.to_json()
    assert written.isascii() and "\n" not in written
    read = Plan.from_json(written)
    assert read == made
    assert Plan.from_json(made.to_json(indent=2)) == made
    repaired = read.apply(text)
    assert repaired == apply_edits(text, edits)
    assert read.revert(repaired) == text


def test_documented_form_of_a_plan():
    members = json.loads(plan().to_json())
    assert list(members) == [
        "format", "version", "name", "signature", "length", "source_sha256", "repaired_sha256", "verdict",
        "edits",
    ]  # fmt: skip
    assert (members["format"], members["version"], members["length"]) == ("normalizer-plan", 1, 51)
    assert members["source_sha256"] == fingerprint(TEXT)
    assert members["edits"][0] == {
        "start": 3, "end": 13, "before": "instructed", "after": "told", "kind": "lexical", "confidence": 0.93,
        "evidence": {
            "entry": "instructed -> told", "margin": 4.25, "note": "seen",
            "references": [{"reference": 0, "start": 5, "end": 9, "sentence": "He told them."}],
        },
    }  # fmt: skip
    assert "evidence" not in members["edits"][1]


def test_plan_refuses_another_text():
    with pytest.raises(PlanError, match=r"^the text is not the one this plan was made for: expected SHA-256 "):
        plan().apply(TEXT + " ")
    with pytest.raises(PlanError, match=r"made for: it is already repaired, so there is nothing to do$"):
        plan().apply(REPAIRED)
    with pytest.raises(PlanError, match=r"made for: it is the text before the repair, so there is nothing to do$"):
        plan().revert(TEXT)
    with pytest.raises(PlanError, match=r"found [0-9a-f]{12}… \(1 code points\); use the very file"):
        plan().revert("x")


def test_plan_that_was_tampered_with_is_refused():
    members = json.loads(plan().to_json())
    members["edits"][0]["after"] = "tld"
    with pytest.raises(PlanError, match=r"^the plan is damaged: its edits should give a text with SHA-256 "):
        Plan.from_json(json.dumps(members)).apply(TEXT)


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
    (("length",), 40, "edits[1].end: expected at most 40, the length of the text, found 41"),
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
        "edits[0].evidence.colour: expected only entry, references, margin, note, "
        "found a field of another name",
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
    with pytest.raises(PlanError, match=r"^version: expected 1, found 2; use a newer normalizer$"):
        Plan.from_json(plan().to_json().replace('"version": 1', '"version": 2'))


def test_a_byte_order_mark_before_a_plan_is_no_part_of_it():
    plan = Plan.of("frank", [Edit(0, 5, "frank", "open", "lexical")])
    assert Plan.from_json("\ufeff" + plan.to_json()) == plan


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "NaN", "true"])
def test_numbers_that_no_float_holds_are_refused(number):
    plan = Plan.of("frank", [Edit(0, 5, "frank", "open", "lexical", Evidence(margin=1.25))]).to_json()
    with pytest.raises(PlanError, match=r"finite number"):
        Plan.from_json(plan.replace("1.25", number))
