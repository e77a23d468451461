"""The spinner: what it says it did is what it did, and it keeps to its habits."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import file_texts

from normalizer.evaluating.gold import Gold, gold_text, load_cases
from normalizer.lexicon import Entry, Lexicon
from normalizer.tokens import tokenize
from tests.tools.spinner import (
    RATES,
    Habits,
    Spinner,
    corpus_cases,
    corpus_of_a_story,
    main,
    split,
    story,
    story_cases,
    story_names,
    write_cases,
)

usual = settings(deadline=None, max_examples=60)

ENTRIES = (
    Entry("stated", "said", count=9, sources=("x",)),
    Entry("mentioned", "said", count=1, sources=("x",)),
    Entry("assembly", "meeting", pos="n", count=2, sources=("x",)),
    Entry("make use of", "use", pos="v", count=2, sources=("x",)),
    Entry("area", "house", pos="n", count=2, sources=("x",)),
    Entry("in step with", "according to", count=2, sources=("x",), family="b"),
    Entry("never seen", "press conference", count=0, sources=("x",)),
)
SMALL = Spinner(ENTRIES)
WORDS = (
    "said",
    "meetings",
    "used",
    "White House",
    "according to",
    "“",
    "”",
    "the",
    ".",
    "\n",
    "Meeting",
    "SAID",
)
prose = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
habits = st.builds(
    Habits,
    family=st.sampled_from(sorted(RATES)),
    rate=st.none() | st.floats(0, 1),
    protect_names=st.booleans(),
    protect_quotes=st.booleans(),
    partial=st.booleans(),
    residue=st.booleans(),
)


@pytest.fixture(scope="module")
def entries():
    return Lexicon.load().entries


@pytest.fixture(scope="module")
def shipped(entries):
    return Spinner(entries)


def spin(text, seed=0, **fields):
    return SMALL.spin(text, random.Random(seed), Habits(**{"rate": 1.0, **fields}))


def swaps(spun):
    return [(gold.spun, *gold.readings) for gold in spun.golds]


@usual
@given(prose | file_texts(), st.integers(0, 9), habits)
def test_the_repairs_restore_the_original_byte_for_byte(text, seed, how):
    spun = SMALL.spin(text, random.Random(seed), how)
    assert spun.restored() == text
    assert all(spun.text[gold.start : gold.end] == gold.spun for gold in spun.golds)
    assert list(spun.golds) == sorted(spun.golds, key=lambda gold: gold.start)


@usual
@given(prose, st.integers(0, 9), habits)
def test_the_same_seed_gives_the_same_text(text, seed, how):
    assert SMALL.spin(text, random.Random(seed), how) == SMALL.spin(text, random.Random(seed), how)


def test_another_seed_gives_another_text(shipped):
    text = story(story_names()[0], "original")
    assert shipped.spin(text, random.Random(1)).text != shipped.spin(text, random.Random(2)).text


@usual
@given(prose, st.integers(0, 9), st.floats(0, 1))
def test_the_rate_is_never_exceeded(text, seed, rate):
    spun = SMALL.spin(text, random.Random(seed), Habits("a", rate))
    changed = sum(len(tokenize(gold.readings[0])) for gold in spun.golds)
    assert changed <= rate * len(tokenize(text))


@pytest.mark.parametrize("family", sorted(RATES))
@pytest.mark.parametrize("name", story_names())
def test_families_spin_real_text_at_their_rate(shipped, family, name):
    text = story(name, "original")
    spun = shipped.spin(text, random.Random(name), Habits(family))
    share = sum(len(tokenize(gold.readings[0])) for gold in spun.golds) / len(tokenize(text))
    assert RATES[family] - 0.06 <= share <= RATES[family]
    assert spun.restored() == text


def test_words_are_inflected_and_take_their_capitals():
    assert swaps(spin("Meetings are USED. MEETING over.", seed=3)) == [
        ("Assemblies", "Meetings"), ("MADE USE OF", "USED"), ("ASSEMBLY", "MEETING"),
    ]  # fmt: skip


def test_forms_are_drawn_anew_by_their_weight():
    spun = [gold.spun for gold in spin("said " * 400).golds]
    assert set(spun) == {"stated", "mentioned"}
    assert 0.8 < spun.count("stated") / len(spun) < 0.97


def test_a_family_uses_its_own_swaps_and_nothing_without_evidence():
    text = "Now, according to the press conference, he said so. " * 20
    assert set(swaps(spin(text, family="b"))) == {("in step with", "according to")}
    assert set(swaps(spin(text))) == {("stated", "said"), ("mentioned", "said")}


def test_names_and_quotations_can_be_spared():
    text = "The White House said. House said, “we said so” there."
    everything = {("Area", "House"), ("stated", "said")}
    assert {(a.replace("mentioned", "stated"), b) for a, b in swaps(spin(text, 5))} == everything
    assert "House" in spin(text, 5, protect_names=True).text
    assert "White House" in spin(text, 5, protect_names=True).text
    assert "“we said so”" in spin(text, 5, protect_quotes=True).text
    assert spin('"he said\nhe said', protect_quotes=True).text.startswith('"he said\nhe ')


def test_a_partial_spinner_leaves_the_end_alone():
    text = "He said so. " * 20
    spun = spin(text, partial=True)
    assert spun.text.endswith("He said so. " * 13)
    assert 4 <= len(spun.golds) <= 7


def test_residue_is_added_and_comes_off():
    text = "Officials agreed on another round. " * 300
    spun = spin(text, residue=True)
    assert spun.text.startswith("[ad_1]\n")
    assert re.search(r"\{[a-z]+\}", spun.text)
    assert spun.text != text == spun.restored()
    assert {gold.category for gold in spun.golds} == {"artefact"}


def test_entries_are_split_in_known_and_held_out_halves(entries):
    known, held = split(entries, seed=4)
    assert len(known) + len(held) == len(entries)
    assert 0.45 < len(held) / len(entries) < 0.55
    assert not {(e.spun, e.original) for e in known} & {(e.spun, e.original) for e in held}
    assert split(entries, seed=4) == (known, held)
    assert split(entries, held_out=0.0) == (list(entries), [])


def test_story_cases_are_written_and_read_back(tmp_path):
    cases = list(story_cases(SMALL, families=("a",)))
    assert len(cases) == len(story_names()) == 8
    assert all(gold_text(case) == story(case.name.removesuffix(" a"), "original") for case in cases)
    assert load_cases(write_cases(cases, tmp_path)) == cases


def test_articles_of_a_corpus_are_spun_beside_copies_and_reports(tmp_path, capsys):
    text = story(story_names()[0], "original")
    corpus = corpus_of_a_story(tmp_path)
    (plain,) = corpus_cases(SMALL, [corpus], 1)
    (copied,) = corpus_cases(SMALL, [corpus], 1, beside="copies")
    assert plain.references == () and copied.text == plain.text
    lines = [line for line in text.split("\n") if line]
    (copy,) = copied.references
    kept = [line for line in lines if line in copy.split("\n")]
    assert 0 < len(kept) < len(lines) and kept == [line for line in copy.split("\n") if line]
    assert list(corpus_cases(SMALL, [corpus], 1, beside="reports")) == [], "no other article tells the story"
    main.main([str(tmp_path), "--corpus", str(corpus), "--articles", "1", "--beside", "copies"], standalone_mode=False)
    (case,) = load_cases(tmp_path / "cases.json")
    assert set(case.references[0].split("\n")) < set(text.split("\n"))


def test_stories_can_be_spun_with_unseen_swaps(entries, tmp_path, capsys):
    main.main([str(tmp_path), "--held-out", "4"], standalone_mode=False)
    index = tmp_path / "cases.json"
    assert capsys.readouterr().out.strip() == str(index)
    cases = load_cases(index)
    assert len(cases) == 24
    known = {e.spun for e in split(entries, seed=4)[0] if not e.pos}
    golds = [gold for case in cases for gold in case.golds if gold.category == "lexical"]
    assert sum(gold.spun.lower() in known for gold in golds) < 0.4 * len(golds)
    assert isinstance(golds[0], Gold)
