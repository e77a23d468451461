"""Edits: applied, turned round, written as plans and read back."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import any_texts, edit_lists, edited_texts

from normalizer.edits import Edit, Evidence, SupportingSentence, apply_edits, compose_edits, invert_edits
from normalizer.errors import PlanError

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


def plainly_applied(text: str, edits: list[Edit]) -> str:
    """Make the edits from the last to the first, the way a person would."""
    for each in sorted(edits)[::-1]:
        text = text[: each.start] + each.after + text[each.end :]
    return text


# --- applying and inverting ---------------------------------------------------------------------------------


def test_edits_are_applied_in_any_order():
    assert apply_edits(TEXT, EDITS) == REPAIRED
    assert apply_edits(TEXT, EDITS[::-1]) == REPAIRED
    assert apply_edits(TEXT, []) == TEXT


def test_insertions_and_deletions_touch_their_neighbours():
    edits = [edit(0, "", "<"), edit(0, "ab", ""), edit(2, "", "|"), edit(2, "c", "C"), edit(3, "", ">")]
    assert apply_edits("abc", edits) == "<|C>"
    assert apply_edits("<|C>", invert_edits(edits)) == "abc"


def test_insertions_at_one_place_keep_their_order():
    assert apply_edits("x", [edit(0, "", "b"), edit(0, "", "a")]) == "bax"


@given(edited_texts())
@example(("abcde", [edit(0, "abc", ""), edit(3, "de", "")]))
@example(("ab", [edit(1, "", "\ud83d"), edit(1, "", "\ude00")]))
def test_applying_agrees_with_doing_it_from_the_end(case):
    text, edits = case
    same_place = len({(each.start, each.end) for each in edits if each.start == each.end})
    if same_place == sum(each.start == each.end for each in edits):
        assert apply_edits(text, edits) == plainly_applied(text, edits)


@given(edited_texts())
@example(("abcde", [edit(0, "abc", ""), edit(3, "de", "")]))
def test_inverse_gives_the_text_back(case):
    text, edits = case
    inverse = invert_edits(edits)
    repaired = apply_edits(text, edits)
    assert apply_edits(repaired, inverse) == text
    assert invert_edits(inverse) == sorted(edits)
    assert all(repaired[each.start : each.end] == each.before for each in inverse)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (
            [edit(1, "b", "x"), edit(1, "bc", "y")],
            "edits overlap: expected one edit for each place, found 1-2 ('b') and 1-3 ('bc'); drop one",
        ),
        (
            [edit(1, "bc", "x"), edit(2, "", "y")],
            "edits overlap: expected one edit for each place, found 1-3 ('bc') and 2-2 (''); drop one",
        ),
        (
            [edit(2, "cd", "x")],
            "edit at 2-4: expected a place in the text, found its end at 3; "
            "apply the edits to the text they were made for, and count offsets in code points",
        ),
        (
            [edit(1, "x", "y")],
            "edit at 1-2: expected 'x', found 'b'; apply the edits to the text they were made for",
        ),
        (
            [Edit(1, 3, "b", "y", "lexical")],
            "edit at 1-3: expected a span as long as 'b' (1 code points), found 2; count offsets in code points",
        ),
        (
            [edit(-1, "c", "y")],
            "edit at -1-0: expected a span as long as 'c' (1 code points), found 1; count offsets in code points",
        ),
    ],
)
def test_edits_that_do_not_fit_are_refused(edits, message):
    with pytest.raises(PlanError) as error:
        apply_edits("abc", edits)
    assert str(error.value) == message


# --- composing ----------------------------------------------------------------------------------------------


@st.composite
def twice_edited_texts(draw):
    text = draw(any_texts())
    first = draw(edit_lists(text))
    return text, first, draw(edit_lists(apply_edits(text, first)))


@given(twice_edited_texts())
def test_composing_is_doing_one_after_the_other(case):
    text, first, second = case
    composed = compose_edits(text, first, second)
    assert apply_edits(text, composed) == apply_edits(apply_edits(text, first), second)
    assert all(edit.before != edit.after for edit in composed)
    assert apply_edits(apply_edits(text, composed), invert_edits(composed)) == text


def test_composed_edits_stay_apart_unless_they_overlap():
    text = "abcdef"
    one, two = edit(1, "b", "BBB"), edit(4, "e", "")
    assert compose_edits(text, [one, two], []) == [one, two]
    assert compose_edits(text, [], [one, two]) == [one, two]
    assert compose_edits(text, [one], [edit(4, "c", "C"), edit(6, "e", "E")]) == [
        one, edit(2, "c", "C"), edit(4, "e", "E"),
    ]  # fmt: skip
    assert compose_edits(text, [one], [edit(1, "BBB", "b")]) == []


def test_an_edit_of_an_edit_has_the_later_reason_and_the_lesser_confidence():
    first = Edit(1, 3, "bc", "xyz", "lexical", Evidence(note="one"), 0.6)
    left = Edit(0, 2, "ax", "A", "name", Evidence(note="two"), 0.9)
    later = [left, Edit(3, 5, "zd", "D", "grammar", Evidence(), 0.8)]
    assert compose_edits("abcd", [first], later) == [Edit(0, 4, "abcd", "AyD", "grammar", Evidence(), 0.6)]
