"""Deciding the edits of a plan one by one: what each answer does, and that every step can be taken back."""

from hypothesis import given
from hypothesis import strategies as st
from report_texts import NEWS, Repaired, news, swap

from normalizer.edits import Edit
from normalizer.reviewing import Review


def review(result=None) -> Review:
    return Review((result or news()).plan())


def test_answers():
    at = review()
    at.accept()
    at.reject()
    at.leave()
    assert at.current.edit.before == "proceed" and at.current.held_back
    assert at.reword(0) and not at.reword(0)  # go on; "subsequent" has no other reading
    assert at.current.number == 5
    decided = at.outcome(NEWS)
    assert decided == news().plan().decided(NEWS, {1: "military", 2: None, 4: "go on"})
    assert "chief instructed reporters" in decided.apply(NEWS) and "meeting would go on next week" in decided.apply(
        NEWS
    )


def test_all_of_one_swap():
    source = "Big talk. A big talk, a bigger talk, big talk."
    places = [at for at in range(len(source)) if source[at : at + 4].lower() == "big "]
    edits = [
        Edit(at, at + 3, source[at : at + 3], "large" if source[at].islower() else "Large", "lexical") for at in places
    ]
    at = review(Repaired(source, tuple(sorted([*edits, swap(source, "bigger", "larger")]))))
    assert len(at.alike()) == 3
    assert at.reject_swap() == 3
    assert at.current.edit.before == "bigger"  # the others are decided
    at.accept()
    assert at.current is None
    assert at.outcome(source).apply(source) == "Big talk. A big talk, a larger talk, big talk."
    assert at.back() and at.back()
    assert at.accept_swap() == 3 and at.outcome(source).apply(source).startswith("Large talk. A large talk")


def test_what_was_decided_by_hand_is_not_decided_again():
    source = "big, big, big"
    at = review(Repaired(source, tuple(Edit(at, at + 3, "big", "large", "lexical") for at in (0, 5, 10))))
    at.reject()
    assert at.accept_swap() == 2
    assert at.outcome(source).apply(source) == "big, large, large"
    assert at.current is None and at.alike() == [] and not at.reword(0)


steps = st.sampled_from(["accept", "reject", "leave", "accept_swap", "reject_swap"])


@given(st.lists(steps, max_size=12))
def test_every_step_can_be_taken_back(names):
    at = review()
    seen = [(at.at, dict(at.decisions))]
    for name in names:
        if at.current is None:
            break
        getattr(at, name)()
        seen.append((at.at, dict(at.decisions)))
    for state in reversed(seen[:-1]):
        assert at.back()
        assert (at.at, at.decisions) == state
    assert not at.back()


@given(st.lists(st.sampled_from(["accept", "reject"]), min_size=8, max_size=8))
def test_answers_are_what_the_plan_says(names):
    at = review()
    for name in names:
        getattr(at, name)()
    assert at.current is None
    assert [not each.held_back for each in at.outcome(NEWS).listed] == [name == "accept" for name in names]
