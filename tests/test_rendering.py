"""From the chosen readings to edits: only their stretch, in the article's case and quotes, with evidence."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from core_strategies import (
    FAKES,
    TABLES,
    Drawn,
    arc_words,
    fake_tables,
    paths,
    readable,
    readables,
    side_by_side,
    sure,
    thorough,
)
from hypothesis import given
from hypothesis import strategies as st

from normalizer.edits import SENTENCE_LIMIT, Edit, SupportingSentence, apply_edits
from normalizer.lexicon import Entry
from normalizer.lexicon.thesaurus import RELATIONS
from normalizer.pages import read_page
from normalizer.references import Evidence, prepare
from normalizer.rendering import RELATION_NAMES, SURE_OF_NAME, Choice, choices_of, language_margins, render, synonyms_of
from normalizer.synonyms import Relatives, Weighed
from normalizer.testimony import _sentence
from normalizer.tokens import fold_words

INSTRUCTED = Entry("instructed", "told", count=3, sources=("A01",))
MODEL = FAKES[0]


def choice(start: int, end: int, text: str, kind: str = "lexical", entry: str | None = None) -> Choice:
    return Choice(start, end, text, tuple(fold_words(text)), kind, entry, 0.98765, 1.23456, named=True)


def drafted(text: str, *choices: Choice, supports=None) -> list[Edit | None]:
    return render(read_page(text, (0, len(text)), []), choices, supports)


def rendered(text: str, *choices: Choice, supports=None) -> list[Edit]:
    """The edits of *choices* in *text*."""
    return [edit for edit in drafted(text, *choices, supports=supports) if edit is not None]


@given(readables(words=["the", "House", "DON’T", "it's", "a", "."]), st.data())
@thorough
def test_edits_stay_inside_the_stretches_of_their_readings(drawn, data):
    chosen, done = [], 0
    for each in drawn.drawn:
        if each.start >= done and data.draw(st.booleans()):
            chosen.append(choice(each.start, each.end, each.text))
            done = each.end
    text, tokens = drawn.text, drawn.page.tokens
    edits = drafted(text, *chosen)
    places = [(tokens[c.start].start, tokens[c.end - 1].end) for c in chosen]
    assert len(edits) == len(chosen)
    for edit, place in zip(edits, places, strict=True):
        assert edit is None or (edit.start, edit.end) == place
        assert edit is None or edit.before == text[edit.start : edit.end] != edit.after
    plain = text
    for (start, end), c in list(zip(places, chosen, strict=True))[::-1]:
        plain = plain[:start] + c.text + plain[end:]
    gap = "" if any("\n" in text[start:end] for start, end in places) else " "
    assert _alike(apply_edits(text, [edit for edit in edits if edit]), gap) == _alike(plain, gap)


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
        ("At the White\nHome.", 2, 4, "white house", "At the White\nHouse."),
        ("AT THE WHITE HOME.", 2, 4, "white house", "AT THE WHITE HOUSE."),
        ("He wont say “it’s”.", 1, 2, "won't", "He won’t say “it’s”."),
        ("He wont say 'it'.", 1, 2, "won't", "He won't say 'it'."),
        ("the nation's army", 1, 2, "US", "the US's army"),
        ("one\r\ntwo three", 1, 2, "2", "one\r\n2 three"),
    ],
)
def test_rendering_table(text, start, end, original, repaired):
    assert apply_edits(text, rendered(text, choice(start, end, original))) == repaired


@pytest.mark.parametrize(
    ("text", "start", "end", "original", "repaired"),
    [
        ("the Big 4 met.", 2, 3, "four", "the Big Four met."),
        ("the 2nd Amendment met.", 1, 3, "second", "the Second Amendment met."),
        ("the 2nd Biden talks met.", 1, 3, "second", "the second Biden talks met."),
        ("in Moscow 4 men met.", 2, 3, "four", "in Moscow four men met."),
        ("4 men met.", 0, 1, "four", "Four men met."),
        ("the 4 Men.", 1, 2, "5", "the 5 Men."),
    ],
)
def test_numerals_in_names_take_a_capital(text, start, end, original, repaired):
    assert apply_edits(text, rendered(text, choice(start, end, original, "number"))) == repaired


@pytest.mark.parametrize(
    ("text", "start", "original", "repaired"),
    [
        ("the folks' homes", 1, "people", "the people's homes"),
        ("the folks’ homes", 1, "people", "the people’s homes"),
        ("the folks' homes", 1, "workers", "the workers' homes"),
        ("the staff's homes", 1, "employees", "the employees' homes"),
        ("the staff's homes", 1, "team", "the team's homes"),
        ("the boss's homes", 1, "chief", "the chief's homes"),
        ("he said 'the folks' and left", 4, "people", "he said 'the people' and left"),
        ("the folks'", 1, "people", "the people'"),
        ("the folks ' homes", 1, "people", "the people ' homes"),
    ],
)
def test_a_possessive_takes_the_mark_of_its_word(text, start, original, repaired):
    assert apply_edits(text, rendered(text, choice(start, start + 1, original))) == repaired


def test_a_mark_of_possession_that_another_choice_changes_is_left_to_it():
    edits = rendered("the folks' homes", choice(1, 2, "people"), choice(2, 3, "of"))
    assert apply_edits("the folks' homes", edits) == "the peopleof homes"


@pytest.mark.parametrize(
    ("text", "start", "end", "original", "repaired"),
    [
        ("he had referred\nto as it", 2, 5, "called", "he had\ncalled it"),
        ("he had \t referred\r\nto as it", 2, 5, "called", "he had\r\ncalled it"),
        ("he had referred\nto as it", 2, 5, "named so", "he had named\nso it"),
    ],
)
def test_no_blank_is_left_at_the_end_of_a_line(text, start, end, original, repaired):
    assert apply_edits(text, rendered(text, choice(start, end, original))) == repaired


def test_were_is_not_put_behind_a_singular_subject():
    for subject, places in (("the law", 2), ("the laws", 2), ("laws", 1)):
        (edit,) = drafted(f"{subject} had been named", choice(places, places + 2, "were"))
        assert (edit is None) is (subject == "the law")
    assert drafted("the law had been named", choice(2, 4, "was"))[0] is not None


NAMED = "he met Adam Worth in town, and left."


def renamed(text: str, original: str = "price", supports=None, **more) -> list[Edit | None]:
    return drafted(text, choice(3, 4, original)._replace(**{"named": False, **more}), supports=supports)


def test_a_part_of_a_name_stays_where_only_a_word_is_known():
    assert renamed(NAMED) == [None]
    assert renamed("he met Adam worth in town, and left.")[0] is not None
    assert renamed(NAMED, kind="grammar")[0] is not None


def test_a_part_of_a_name_changes_where_something_speaks_for_it():
    for found in (
        renamed(NAMED, named=True),
        renamed(NAMED, margin=SURE_OF_NAME),
        renamed(NAMED, supports=lambda *_: [SPOKEN]),
        renamed(NAMED + " So did Adam Price in it."),
    ):
        assert found[0] is not None and found[0].after == "Price"
    assert renamed(NAMED, supports=lambda *_: []) == [None]
    assert renamed(NAMED + " So did Adam Worth in it.") == [None]
    assert renamed(NAMED + " So did Joe Price in it.") == [None]


def test_an_entry_that_only_drops_a_word_of_a_name_does_not_speak_for_it():
    text = "he met the Video Game Awards in town, and left."
    assert drafted(text, choice(3, 5, "game")) == [None]
    assert drafted(text, choice(3, 5, "film"))[0] is not None


def test_the_first_word_of_a_sentence_is_part_of_a_name_before_a_common_noun():
    first = choice(0, 1, "national")._replace(named=False)
    assert drafted("Nationwide Insurance left it.", first) == [None]
    assert drafted("Nationwide Russian men left it.", first)[0] is not None
    assert drafted("Nationwide Insurance left it.", first._replace(kind="function"))[0] is not None


def test_an_acronym_becomes_another_acronym_only():
    text = "he met the USA in town, and left for it."
    assert renamed(text, "US")[0] is not None and renamed(text, "land") == [None]


def test_a_choice_that_changes_nothing_is_no_edit():
    found = drafted("Told us he did.", choice(0, 1, "told"), choice(2, 3, "she"))
    assert found[0] is None and found[1].after == "she"


def test_an_edit_carries_its_evidence():
    (edit,) = rendered("He instructed us.", choice(1, 2, "told", entry="instructed -> told"))
    assert (edit.kind, edit.confidence, edit.before, edit.after) == ("lexical", 0.98765, "instructed", "told")
    evidence = edit.evidence
    assert (evidence.entry, evidence.margin, evidence.note, evidence.references) == (
        "instructed -> told",
        1.235,
        "",
        (),
    )


SPOKEN = SupportingSentence(1, 3, 7, "He TOLD us.")


def test_what_references_say_of_a_stretch_is_quoted():
    asked = []

    def supports(*place):
        asked.append(place)
        return [SPOKEN]

    (edit,) = rendered("It ended.\nHe instructed us.", choice(4, 5, "Told"), supports=supports)
    assert edit.evidence.references == (SPOKEN,)
    assert asked == [(4, 5, ("told",))]


def test_a_grammar_edit_says_so_and_names_no_reference():
    (edit,) = rendered("It is a old one.", choice(2, 3, "an", "grammar"), supports=lambda *_: [SPOKEN])
    assert (edit.after, edit.kind) == ("an", "grammar")
    assert edit.evidence.note == "a or an by the sound of what follows"
    assert edit.evidence.entry is None and edit.evidence.references == ()


# --- choices --------------------------------------------------------------------------------------------------------


def drawn_path(lattice, data) -> list[int]:
    """The arcs of some path through every sentence, sentence by sentence."""
    return [
        arc
        for sentence in range(len(lattice.batch.firsts))
        for arc in data.draw(st.sampled_from(paths(lattice, sentence)))
    ]


def sentence_score(words: list[str]) -> float:
    """The log-probability of all *words* but the first, each after two more."""
    ids = [-1, *MODEL.ids(words)]
    return sum(float(MODEL.trigrams(np.array([ids[i - 2 : i + 1]]))[0]) for i in range(2, len(ids)))


@given(st.lists(readables(), min_size=1, max_size=3), st.data())
@thorough
def test_margins_are_those_of_the_whole_sentence_with_and_without_the_wording(texts, data):
    lattice = side_by_side(texts)
    path = drawn_path(lattice, data)
    arcs = np.array([arc for arc in path if lattice.reading[arc] >= 0], dtype=np.int64)
    said = arc_words(lattice)
    words = [token.word for each in texts for token in each.page.tokens]
    expected = []
    for arc in arcs.tolist():
        own = [each for each in path if lattice.sentence[each] == lattice.sentence[arc]]
        spoken = [word for each in own for word in said[each]]
        stands = words[int(lattice.first[arc]) : int(lattice.end[arc])]
        kept = [word for each in own for word in (stands if each == arc else said[each])]
        expected.append(sentence_score(spoken) - sentence_score(kept))
    found = language_margins(sure(lattice, np.ones(len(lattice)), path), arcs, TABLES)
    assert found == pytest.approx(np.array(expected))


@given(st.lists(readables(kinds=["lexical", "name"]), min_size=1, max_size=3), st.data())
@thorough
def test_choices_say_what_their_readings_say(texts, data):
    lattice = side_by_side(texts)
    path = drawn_path(lattice, data)
    inferred = sure(lattice, np.ones(len(lattice)), path)
    arcs = np.array([arc for arc in path if lattice.reading[arc] >= 0], dtype=np.int64)
    confidences = np.linspace(0, 1, len(lattice))
    found = choices_of(inferred, arcs, confidences, TABLES)
    drawn = [each for text in texts for each in text.drawn]
    for each, arc, margin in zip(found, arcs.tolist(), language_margins(inferred, arcs, TABLES), strict=True):
        reading = drawn[lattice.reading[arc]]
        assert each[:5] == (reading.start, reading.end, reading.text, reading.words, reading.kind)
        assert each[5:] == (None, confidences[arc], margin, reading.phrase)


def test_the_entry_behind_a_choice_is_named():
    tables = fake_tables([INSTRUCTED])
    lattice = side_by_side([readable("he instructed us", Drawn(1, 2, ("told",), entry=0))], tables.lexicon)
    path = next(path for path in paths(lattice, 0) if (lattice.reading[path] >= 0).any())
    (found,) = choices_of(sure(lattice, np.ones(len(lattice)), path), lattice.edits, np.ones(len(lattice)), tables)
    assert found.entry == INSTRUCTED.describe()


def test_of_a_long_sentence_a_plan_quotes_the_beginning():
    reference = prepare("He told us that " + "it rained and " * 40 + "stopped.")
    found = _sentence(cast(Evidence, SimpleNamespace(references=(reference,))), 0, 1, 1)
    assert found == SupportingSentence(0, 3, 7, reference.text[:SENTENCE_LIMIT])


def test_margins_do_not_look_across_the_border_of_a_sentence(monkeypatch):
    """Before the mark that begins a sentence stands no word."""
    asked = []
    trigrams = type(MODEL).trigrams
    monkeypatch.setattr(type(MODEL), "trigrams", lambda self, rows: asked.extend(rows.tolist()) or trigrams(self, rows))
    lattice = side_by_side([readable("a b\n\nd b", Drawn(2, 3, ("c",)))])
    own = next(path for path in paths(lattice, 1) if (lattice.reading[path] >= 0).any())
    path = [*paths(lattice, 0)[0], *own]
    language_margins(sure(lattice, np.ones(len(lattice)), path), lattice.edits, TABLES)
    start = TABLES.lexicon["word.ngrams"][TABLES.lexicon.ids["<s>"]]
    assert {first for first, second, _ in asked if second == start} == {-1}


# --- relatives ----------------------------------------------------------------------------------------------------


def weighed(*rows) -> Weighed:
    """Relatives that were weighed, from (start, end, word, relation, posterior, margin) each."""
    start, end, words, relation, posteriors, margins = (np.array(column) for column in zip(*rows, strict=True))
    word = np.array([TABLES.lexicon.ids.place(each) for each in words.tolist()])
    none = np.zeros(len(rows))
    found = Relatives(start, end, word, none, relation, np.full(len(rows), -1), none, none)
    return Weighed(found, posteriors, margins, np.arange(len(rows)), none)


def test_relatives_become_choices_of_their_own_page():
    batch = side_by_side([readable("he found it"), readable("it said so . it left")]).batch
    rows = [(1, 2, "talk", 1, 0.5, -1.0), (4, 5, "say", 0, 0.75, 2.0), (7, 9, "take", 6, 0.25, 0.5)]
    found = synonyms_of(weighed(*rows), np.array([0, 2, 1]), batch, TABLES)
    assert [each[:3] for each in found] == [(1, 2, "talk"), (4, 6, "take"), (1, 2, "say")]
    assert {each.kind for each in found} == {"synonym"} and not any(each.named for each in found)
    assert [each.words for each in found] == [("talk",), ("take",), ("say",)]
    assert [(each.confidence, each.margin) for each in found] == [(0.5, -1.0), (0.25, 0.5), (0.75, 2.0)]


@given(st.integers(0, 2 ** len(RELATIONS) - 1))
@thorough
def test_a_report_names_every_relation_of_a_relative(relation):
    batch = side_by_side([readable("he found it")]).batch
    (found,) = synonyms_of(weighed((1, 2, "talk", relation, 0.5, 0.0)), np.array([0]), batch, TABLES)
    names = [RELATION_NAMES[name] for bit, name in enumerate(RELATIONS) if relation & 2**bit]
    assert found.entry == (f"thesaurus: {', '.join(names)}" if names else "lexicon: a swap of another family")


def test_a_relative_is_written_like_the_word_that_it_replaces():
    batch = side_by_side([readable("HE FOUND it")]).batch
    (found,) = synonyms_of(weighed((1, 2, "talk", 4, 0.5, 1.25)), np.array([0]), batch, TABLES)
    (edit,) = rendered("HE FOUND it", found)
    assert (edit.before, edit.after, edit.kind, edit.confidence) == ("FOUND", "TALK", "synonym", 0.5)
    assert (edit.evidence.entry, edit.evidence.margin) == ("thesaurus: synonym", 1.25)


def test_a_relative_of_a_part_of_a_name_leaves_it():
    assert renamed(NAMED, kind="synonym") == [None]
