"""What reports say of a reading agrees with what a repair does: alternatives, held-back edits, explanations."""

import json
import re
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import any_texts, examples

from normalizer import Normalizer, Repair, Settings, repairing
from normalizer.edits import Alternative, Edit
from normalizer.explaining import (
    LANGUAGE,
    MOST_ALTERNATIVES,
    PARTS,
    SUSPECTED,
    Considered,
    _through,
    considered,
    explained,
    with_alternatives,
)
from normalizer.files import decode
from normalizer.lexicon.compiling import FAMILY_NAMES
from normalizer.pages import read
from normalizer.plans import Listed, Plan, schema
from normalizer.reading import Finding, Job, Sight, View, read_articles, read_pages
from normalizer.reporting import explanation
from normalizer.testimony import ReferenceCache
from normalizer.verdicts import Verdict
from normalizer.weights import FEATURES

SEEDS = {
    path.name[:3]: decode(path.read_bytes(), path.name)
    for path in (Path(__file__).parent.parent / "seeds").glob("*.txt")
}
SPUN = (
    "The International Minister instructed reporters at a press convention on Friday that talks will proceed "
    "subsequent week. He stated Moscow had despatched extra troops to the border."
)
STORY = "The council will vote on the plan for the harbour on Tuesday. Nobody spoke against it. " * 20


@cache
def tool(detailed: bool = False, bar: float = 0.75) -> Normalizer:
    first = Normalizer() if not detailed and bar == 0.75 else tool()
    return Normalizer(tables=first.tables, settings=Settings(bar, detailed=detailed))


@cache
def repaired(name: str, bar: float = 0.75, references: tuple[str, ...] = ()) -> Repair:
    return tool(True, bar).repair(SEEDS[name], [SEEDS[each] for each in references])


def plain(repair: Repair) -> list[tuple[int, int, str, float]]:
    return [(edit.start, edit.end, edit.after, edit.confidence) for edit in repair.edits]


# --- details change nothing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["000", "003", "004"])
def test_a_detailed_repair_makes_the_same_edits(name):
    assert plain(repaired(name)) == plain(tool().repair(SEEDS[name]))
    assert repaired(name).text == tool().repair(SEEDS[name]).text
    assert tool().repair(SEEDS[name]).held_back == ()


@examples(15)
@given(any_texts(40).map(SPUN.__add__) | st.sampled_from([SPUN, "", "It rained."]))
def test_any_text_is_repaired_alike(text):
    assert plain(tool(True).repair(text)) == plain(tool().repair(text))


def test_records_side_by_side_are_told_as_much():
    texts = [SPUN, "It rained.", SEEDS["001"][:3000], SPUN]
    assert list(tool(True).repair_many(texts)) == [tool(True).repair(text) for text in texts]


@pytest.mark.parametrize("bar", [0.3, 0.75, 0.95])
def test_held_back_is_what_the_first_reading_finds_below_the_bar(bar):
    repair = repaired("000", bar)
    cache = ReferenceCache(tool().tables)
    first = read_articles([Job(SEEDS["000"])], tool().tables, SUSPECTED, cache)[0].edits
    unsure = [edit for edit in first if edit.confidence < bar]
    free = [e for e in unsure if not any(made.start < e.end and e.start < made.end for made in repair.edits)]
    assert repair.held_back and [(e.start, e.end, e.after, e.confidence) for e in repair.held_back] == [
        (edit.start, edit.end, edit.after, edit.confidence) for edit in free
    ]
    assert all(SUSPECTED <= edit.confidence < bar for edit in repair.held_back)
    assert repair.plan().held_back == repair.held_back


def test_what_a_second_reading_makes_is_not_held_back(monkeypatch):
    """The first reading is not sure of a place that the second one repairs."""
    text = "assembly on friday"
    first = [Edit(0, 8, "assembly", "meeting", "lexical", confidence=0.5), Edit(9, 11, "on", "by", "lexical")]
    second = [Edit(0, 8, "assembly", "session", "lexical")]
    readings = iter([first, second, []])
    monkeypatch.setattr(repairing, "read_articles", lambda *_: [Finding(next(readings), Verdict(0.9, "a", 0.1))])
    repair = tool(True).repair(text)
    assert (repair.text, repair.held_back) == ("session by friday", ())


# --- alternatives ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "references"), [("000", ()), ("001", ("002", "004")), ("003", ())])
def test_alternatives_are_other_wordings_and_share_what_the_edit_leaves(name, references):
    repair = repaired(name, 0.75, references)
    told = [edit for edit in (*repair.edits, *repair.held_back) if edit.evidence.alternatives]
    assert len(told) > len(repair.edits) / 5
    for edit in told:
        others = edit.evidence.alternatives
        wordings = [each.after for each in others]
        assert len({edit.before, edit.after, *wordings}) == len(others) + 2 <= MOST_ALTERNATIVES + 2
        assert [each.probability for each in others] == sorted((each.probability for each in others), reverse=True)
        assert edit.confidence + sum(each.probability for each in others) <= 1.0


def test_a_plan_with_everything_fits_the_schema():
    plan = repaired("001", 0.75, ("002", "004")).plan()
    assert plan.held_back and any(edit.evidence.references for edit in plan.edits)
    Draft202012Validator(json.loads(schema())).validate(json.loads(plan.to_json()))
    assert Plan.from_json(plan.to_json()) == plan


def test_families_are_those_of_the_article():
    families = [edit.evidence.family for edit in repaired("000").edits if edit.evidence.entry]
    assert set(families) - {None} <= set(FAMILY_NAMES)
    assert families.count("a") > 0.95 * len(families)
    families = [edit.evidence.family for edit in repaired("003").edits if edit.evidence.entry]
    assert families.count("b") > 0.5 * len(families)


def test_an_alternative_is_written_like_the_wording_it_stands_for():
    """Capitals, apostrophes and the words around it in a longer stretch are kept."""
    text = "Struggle and battle. The battle goes on. " + SPUN
    for edit in (*(repair := tool(True).repair(text)).edits, *repair.held_back):
        for each in edit.evidence.alternatives:
            assert each.after[:1].isupper() == edit.after[:1].isupper() or edit.kind == "name"


TEXT = "aa bb cc"


def possible(rows: list[tuple[int, int, str, float]], spun: float = 1.0) -> list[Sight]:
    """A look at TEXT: start, end, wording and probability of readings in one sentence."""
    edits = [Edit(start, end, TEXT[start:end], after, "lexical", confidence=0.7) for start, end, after, _ in rows]
    seen = [Considered(edit, 0, share) for edit, (_, _, _, share) in zip(edits, rows, strict=True)]
    return [Sight(seen, np.array([spun]))]


def test_alternatives_are_the_readings_of_the_stretch_and_of_its_parts():
    sights = possible([(0, 2, "xx", 0.5), (0, 5, "yy", 0.2), (3, 5, "zz", 0.1), (0, 8, "ww", 0.1)])
    edit = Edit(0, 5, "aa bb", "xx bb", "lexical", confidence=0.6)
    found = with_alternatives(TEXT, [edit], sights)[0].evidence.alternatives
    assert found == (Alternative("yy", 0.16), Alternative("aa zz", 0.08))


def test_in_a_sentence_that_is_not_spun_alternatives_are_unlikely():
    sights = possible([(0, 2, "xx", 0.5), (0, 2, "yy", 0.5)], spun=0.1)
    found = with_alternatives(TEXT, [sights[0].seen[0].edit], sights)[0].evidence.alternatives
    assert found == (Alternative("yy", 0.0157),)


# --- explanations ---------------------------------------------------------------------------------------------


def test_the_winner_has_the_best_score_and_is_the_edit_that_is_made():
    """What the first reading makes of a place; a second one may see more in it."""
    job = Job(SEEDS["001"])
    made = read_articles([job], tool().tables, 0.75, ReferenceCache(tool().tables))[0].edits
    for edit in [edit for edit in made if edit.kind != "residue"][::9]:
        found = tool().explain(job.text, edit.start, edit.end)
        won = {(reading.start, reading.end, reading.after): reading for reading in found.readings if reading.won}
        assert won[edit.start, edit.end, edit.after].entry == edit.evidence.entry
        assert len(won) > 1 or found.readings[0].won


def test_a_score_is_made_of_all_features():
    assert sorted(name for names in PARTS.values() for name in names) == sorted(FEATURES)
    found = tool().explain(SPUN, SPUN.index("proceed"), SPUN.index("proceed") + 1)
    assert [reading.after for reading in found.readings][:3] == ["continue", "go", "proceed"]
    assert all(set(reading.parts) == {LANGUAGE, *PARTS} for reading in found.readings)
    assert found.readings[2].total == 0 and found.readings[2].kind is None
    assert SPUN[slice(*found.sentence)].endswith("subsequent week.")
    assert found.spun > 0.9 and max(found.families, key=found.families.__getitem__) == "a"


@pytest.mark.parametrize("word", ["instructed", "convention", "stated", "proceed"])
def test_scores_differ_as_the_odds_of_two_readings_do(word):
    """Where little else is undecided, a difference of scores is the log of the odds."""
    found = tool().explain(SPUN, SPUN.index(word), SPUN.index(word))
    first, second = sorted(found.readings, key=lambda reading: -reading.probability)[:2]
    assert first.total - second.total == pytest.approx(np.log(first.probability / second.probability), abs=0.2)


def test_readings_that_win_side_by_side_are_all_shown():
    """ "press convention" is a stretch of its own; what won is a reading of its second word."""
    found = tool().explain(SPUN, SPUN.index("press"), SPUN.index("press"))
    assert SPUN[found.start : found.end] == "press convention"
    assert [reading.after for reading in found.readings if reading.won] == ["conference"]


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        (SPUN, 0, "The"),
        (SPUN, SPUN.index("instructed") - 1, "instructed"),  # the blank before it
        (SPUN, SPUN.index("instructed") + 4, "instructed"),
        (SPUN + " ", len(SPUN), None),
        (SPUN, len(SPUN) + 5, None),
        (STORY, 0, None),  # not read: clean at a glance
        ("", 0, None),
    ],
)
def test_places(text, at, word):
    found = tool().explain(text, at, at)
    assert (found and text[found.start : found.end]) == word


def test_a_long_article_is_explained_on_the_page_where_the_place_is():
    text = (SEEDS["000"] + "\n\n") * 3
    at = text.rindex("instructed")
    found = tool().explain(text, at, at)
    assert text[found.start : found.end] == "instructed"
    assert [reading.after for reading in found.readings if reading.won] == ["told"]


def test_an_explanation_in_words():
    repair = tool(True).repair(SPUN)
    at = SPUN.index("proceed")
    told = explanation(tool().explain(SPUN, at, at), SPUN, repair.plan().listed, at, at + 1).splitlines()
    assert "talks will [proceed] subsequent week." in told[0]
    assert re.search(r"families: a 0\.\d\d, b 0\.\d\d\.$", told[1])
    assert told[3].split()[:5] == ["reading", "chance", "score", "language", "habit"]
    assert told[4].startswith("* proceed -> continue  ") and told[6].startswith("  proceed (as it stands)  ")
    assert all(len(row) == len(told[3]) for row in told[4:9])
    assert "“proceed -> continue” won over “proceed -> go” by " in told[-6]
    assert told[-5].startswith("  For it: ") and "language model +1." in told[-5]
    assert re.fullmatch(r"Edit 4, “proceed -> continue”, is made; confidence 0\.9\d\.", told[-1])
    nothing = explanation(None, SPUN, (), 0, 3).splitlines()
    assert nothing[0].endswith("(“The”).") and nothing[1] == "No edit is made or suggested here."


def test_an_explanation_says_when_a_second_reading_saw_more():
    edit = Edit(at := SPUN.index("proceed"), at + 7, "proceed", "last", "lexical", confidence=0.8)
    told = explanation(tool().explain(SPUN, at, at), SPUN, [Listed(1, edit, True)], at, at + 1)
    last = told.splitlines()[-1]
    assert "held back: it is not sure enough" in last and "a second reading, of the repaired text" in last


def test_every_word_can_be_explained():
    text = SEEDS["003"][:600]
    views: list[View] = []
    read_pages([read(text)], [()], tool().tables, 1.0, look=views.append)
    explain = partial(explained, views[0], tables=tool().tables)
    for token, after in pairwise(read(text).tokens):
        found = explain(token.start, token.end)
        assert found.start <= token.start < token.end <= found.end
        best, won = found.readings[0], [reading for reading in found.readings if reading.won]
        assert won and (len(won) > 1 or best.total - won[0].total < 0.05), (token, found.readings[:3])
        assert explain(token.end, token.end) is None or text[token.end].isspace() or after.start == token.end


def test_every_path_through_a_reading_has_each_token_once():
    text = SEEDS["000"][:1500]
    views: list[View] = []
    read_pages([read(text)], [()], tool().tables, 1.0, look=views.append)
    lattice, best = views[0].inferred.lattice, views[0].inferred.path
    for arc in lattice.edits.tolist():
        path = best[lattice.sentence[best] == lattice.sentence[arc]]
        over = path[(lattice.first[path] < lattice.end[arc]) & (lattice.end[path] > lattice.first[arc])]
        low, high = lattice.first[over].min(), lattice.end[over].max()
        keeps = np.flatnonzero(lattice.keeps & (lattice.first >= low) & (lattice.first < high))
        through = _through(lattice, arc, path, keeps)
        tokens = sorted(token for each in through for token in range(lattice.first[each], lattice.end[each]))
        sentence = lattice.sentence[arc]
        assert tokens == list(range(lattice.batch.firsts[sentence], lattice.batch.ends[sentence]))
        assert arc in through


def test_what_is_possible_is_looked_at_page_by_page():
    text = SEEDS["001"]
    views: list[View] = []
    read_pages([read(text), read(SPUN)], [(), ()], tool().tables, 1.0, look=views.append)
    first, second = (considered(view, tool().tables) for view in views)
    assert all(text[each.edit.start : each.edit.end] == each.edit.before for each in first)
    assert all(SPUN[each.edit.start : each.edit.end] == each.edit.before for each in second)
    assert {each.sentence for each in second} == {0, 1}
