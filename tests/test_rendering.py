"""From the chosen readings to edits: only their stretch, in the article's case and quotes, with evidence."""

import pytest
from core_strategies import readables, thorough
from hypothesis import given
from hypothesis import strategies as st
from normalizer.collation import Collation, Witness

from normalizer.edits import SENTENCE_LIMIT, Edit, apply_edits
from normalizer.lexicon import Entry
from normalizer.proposals import Reading
from normalizer.references import prepare
from normalizer.rendering import Choice, render
from normalizer.tokens import fold_words, sentences, tokenize

INSTRUCTED = Entry("instructed", "told", count=3, sources=("A01",))


def reading(start: int, end: int, text: str, kind: str = "lexical", *entries: Entry) -> Reading:
    return Reading(start, end, text, fold_words(text), kind, entries)


def rendered(text: str, *readings: Reading, references=(), trust=None, witnesses=None) -> list[Edit]:
    """The edits of *readings*, all sure, in a text of few sentences."""
    prepared = tuple(prepare(r) for r in references)
    collation = Collation(prepared, tuple(trust or [1.0] * len(prepared)), witnesses or {})
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    choices = [
        Choice(r, 0.98765, 1.23456, next(n for n, (a, b) in enumerate(spans) if a <= r.start < b)) for r in readings
    ]
    starts = frozenset(first for first, _ in spans)
    return render(text, tokens, starts, choices, collation)


@given(readables(words=["the", "House", "DON’T", "it's", "a", "."]), st.data())
@thorough
def test_edits_stay_inside_the_stretches_of_their_readings(readable, data):
    chosen, done = [], 0
    for each in sorted(readable.readings, key=lambda r: (r.start, r.end)):
        if each.start >= done and data.draw(st.booleans()):
            chosen.append(each)
            done = each.end
    text, tokens = readable.text, readable.tokens
    edits = rendered(text, *chosen)
    places = [(tokens[r.start].start, tokens[r.end - 1].end) for r in chosen]
    assert {(e.start, e.end) for e in edits} <= set(places)
    assert all(e.before == text[e.start : e.end] != e.after for e in edits)
    plain = text
    for (start, end), r in list(zip(places, chosen, strict=True))[::-1]:
        plain = plain[:start] + r.text + plain[end:]
    gap = "" if any("\n" in text[start:end] for start, end in places) else " "
    assert _alike(apply_edits(text, edits), gap) == _alike(plain, gap)


def _alike(text: str, gap: str) -> str:
    return gap.join(text.lower().replace("’", "'").split())  # where a line break goes is another test's matter


@pytest.mark.parametrize(
    ("text", "start", "end", "original", "repaired"),
    [
        ("He instructed us.", 1, 2, "told", "He told us."),
        ("Instructed, he went.", 0, 1, "told", "Told, he went."),
        ("It ended. Instructed, he went.", 3, 4, "as well", "It ended. As well, he went."),
        ("The Washington Submit said.", 2, 3, "post office", "The Washington Post Office said."),
        ("At the White  Home.", 2, 4, "white house", "At the White House."),
        ("AT THE WHITE HOME.", 2, 4, "white house", "AT THE WHITE HOUSE."),
        ("He wont say “it’s”.", 1, 2, "won't", "He won’t say “it’s”."),
        ("He wont say 'it'.", 1, 2, "won't", "He won't say 'it'."),
        ("the nation's army", 1, 2, "US", "the US's army"),
        ("one\r\ntwo three", 1, 2, "2", "one\r\n2 three"),
    ],
)
def test_rendering_table(text, start, end, original, repaired):
    assert apply_edits(text, rendered(text, reading(start, end, original))) == repaired


def test_a_choice_that_changes_nothing_is_no_edit():
    assert rendered("Told us.", reading(0, 1, "told")) == []


def test_an_edit_carries_its_evidence():
    weak = Entry("instruct", "tell", "v", count=1, sources=("B07",), family="b")
    (edit,) = rendered("He instructed us.", reading(1, 2, "told", "lexical", weak, INSTRUCTED))
    assert (edit.kind, edit.confidence) == ("lexical", 0.9877)
    assert edit.evidence.entry == INSTRUCTED.describe(), "the entry with most evidence"
    assert (edit.evidence.margin, edit.evidence.note, edit.evidence.references) == (1.235, "", ())


def test_a_grammar_edit_says_so_and_names_no_reference():
    (edit,) = rendered("It is a old one.", reading(2, 3, "an", "grammar"), references=["an old one"])
    assert (edit.after, edit.kind) == ("an", "grammar")
    assert edit.evidence.note == "a or an by the sound of what follows"
    assert edit.evidence.entry is None and edit.evidence.references == ()


def test_the_places_aligned_with_an_edit_are_quoted():
    references = ["Nothing here. They were told of it,\nthen told again.", "He TOLD us.", "He told us."]
    aligned = {(4, 5, ("told",)): [Witness(1, 1, 0.7, 0.0), Witness(0, 9, 0.5, 0.0)]}
    (edit,) = rendered("It ended.\nHe instructed us.", reading(4, 5, "told"), references=references, witnesses=aligned)
    assert [(s.reference, s.start, s.end, s.sentence) for s in edit.evidence.references] == [
        (1, 3, 7, "He TOLD us."),
        (0, 36, 40, "They were told of it,\nthen told again."),
    ]


def test_where_nothing_is_aligned_the_words_elsewhere_are_quoted_but_not_from_unrelated_references():
    references = ["Nothing. They were told of it.", "He TOLD us.", "He said."]
    (edit,) = rendered("He instructed us.", reading(1, 2, "told"), references=references, trust=[0.5, 0.0, 1.0])
    assert [(s.reference, s.sentence) for s in edit.evidence.references] == [(0, "They were told of it.")]


WORDING = st.lists(st.sampled_from(["Told", "the", "it’s", "don't", "2.5", "—"]), min_size=1, max_size=7)


@given(WORDING, st.lists(WORDING.map(" ".join), min_size=1, max_size=3))
@thorough
def test_evidence_really_contains_the_words(words, spoken):
    references = ["Before it. " + text + "\nAfter it." for text in spoken]
    prepared = [prepare(text) for text in references]
    wording = " ".join(words)
    edits = rendered("He x us", reading(1, 2, wording), references=references)
    found = [support for edit in edits for support in edit.evidence.references]
    holding = [number for number, reference in enumerate(prepared) if reference.find(fold_words(wording))]
    assert [support.reference for support in found] == holding
    for support in found:
        quoted = references[support.reference][support.start : support.end]
        assert fold_words(quoted) == fold_words(wording)
        assert quoted in support.sentence in references[support.reference]


def test_a_long_sentence_is_quoted_in_part():
    long = "told " + "and so on " * 100
    (edit,) = rendered("He x us", reading(1, 2, "told"), references=[long])
    assert edit.evidence.references[0].sentence == long[:SENTENCE_LIMIT]
