"""Choosing edits of a plan: what `--only` and `--except` take, and what they mean together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.choosing import decisions, parse_choice
from normalizer.edits import Edit, Evidence
from normalizer.errors import PlanError
from normalizer.plans import Plan

TEXT = "a b c d e"
ROWS = (  # kind, family, confidence, held back; their wordings are A to E
    ("lexical", "a", 0.95, False),
    ("name", "a", 0.8, False),
    ("lexical", "b", 0.5, True),
    ("number", None, 0.99, False),
    ("lexical", None, 0.3, True),
)


def plan() -> Plan:
    edits = [
        Edit(2 * at, 2 * at + 1, TEXT[2 * at], TEXT[2 * at].upper(), kind, Evidence(family=family), confidence)
        for at, (kind, family, confidence, _) in enumerate(ROWS)
    ]
    held = [row[3] for row in ROWS]
    made = [edit for edit, back in zip(edits, held, strict=True) if not back]
    return Plan.of(TEXT, made, held_back=[edit for edit, back in zip(edits, held, strict=True) if back])


def chosen(only=(), but=(), held_back=False) -> str:
    return "".join(after or "-" for after in decisions(plan(), only, but, held_back).values())


@pytest.mark.parametrize(
    ("only", "but", "held_back", "made"),
    [
        ([], [], False, "AB-D-"),
        ([], [], True, "ABCDE"),
        (["1,4"], [], False, "A--D-"),
        (["2-4"], [], False, "-BCD-"),  # an edit that is held back is made where its number is named
        (["kind:lexical"], [], False, "A----"),
        (["kind:lexical"], [], True, "A-C-E"),
        (["family:a"], [], False, "AB---"),
        (["family:-"], [], False, "---D-"),
        (["confidence:0.9-1"], [], False, "A--D-"),
        (["confidence:0.9"], [], False, "A--D-"),
        (["confidence:-0.8"], [], True, "-BC-E"),
        (["kind:name, 5"], [], False, "-B--E"),
        (["family:a", "confidence:0.9"], [], False, "A----"),  # both must hold
        (["1,3", "kind:lexical"], [], False, "A-C--"),
        ([], ["kind:name,kind:number"], False, "A----"),
        ([], ["1", "4"], False, "-B---"),
        (["1-5"], ["3"], False, "AB-DE"),
        (["family:q"], [], False, "-----"),
    ],
)
def test_choices(only, but, held_back, made):
    assert chosen(only, but, held_back) == made


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("", r"expected edits to choose \(3, 3-7, kind:name, family:b or confidence:0.9-1\), found nothing; name some"),
        (",", "expected edits to choose .*, found nothing"),
        ("x", "x: expected edits to choose .*; numbers count from 1"),
        ("0", "0: expected edits .*; numbers count from 1"),
        ("7-3", "7-3: expected edits .*; numbers count from 1"),
        ("-3", "-3: expected edits .*; numbers count from 1"),
        ("6", "edit 6: expected a number from 1 to 5, the edits of the plan; name one of them"),
        ("2-6", "edit 6: expected a number from 1 to 5"),
        ("kind:verb", "kind:verb: expected one of the kinds lexical, function, .*, found another; name one of them"),
        ("family:", "family:: expected edits to choose"),
        ("colour:red", "colour:red: expected edits to choose .*; write it in one of these forms"),
        ("confidence:high", "confidence:high: expected a range of numbers from 0 to 1, .*; write confidence:0.9-1"),
        ("confidence:0.9-0.1", "confidence:0.9-0.1: expected a range"),
        ("confidence:1.5", "confidence:1.5: expected a range"),
        ("confidence:nan", "confidence:nan: expected a range"),
    ],
)
@pytest.mark.parametrize("option", ["only", "but"])
def test_what_is_no_choice_is_refused(choice, message, option):
    with pytest.raises(PlanError, match=f"^{message}"):
        chosen(**{option: [choice]})


@given(st.text(max_size=12))
def test_any_text_is_a_choice_or_refused(text):
    try:
        parse_choice(text)
    except PlanError as error:
        assert str(error)


@given(st.lists(st.sampled_from(["1-3", "kind:lexical", "family:a,2", "confidence:0.6"]), max_size=3))
def test_what_is_excepted_is_what_only_that_would_take(terms):
    """Of the edits that a plan makes, `--except X` leaves what `--only X` takes."""
    made = {number for number, after in decisions(plan(), [], []).items() if after}
    only = {number for number, after in decisions(plan(), [",".join(terms)], []).items() if after} if terms else made
    rest = {number for number, after in decisions(plan(), [], terms).items() if after}
    assert rest == (made - only if terms else made)
