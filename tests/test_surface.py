"""The look of a replacement: its inflection, case, quotes, and the article before it."""

import lemminflect
import pytest
from core_strategies import WORDS, usual
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer import surface
from normalizer.surface import (
    TAGS,
    Analysis,
    analyses,
    first_word,
    head_index,
    indefinite_article,
    inflect,
    inflect_phrase,
    match_case,
    match_layout,
    match_quotes,
)

REGULAR = {
    "v": ["talk", "stop", "try", "make", "go", "say", "run", "be", "put", "acknowledge"],
    "n": ["talk", "city", "child", "woman", "leaf", "bus", "official"],
    "a": ["big", "good", "early", "strong"],
}

# --- analysing and inflecting -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("talks", {("talk", "v", "VBZ"), ("talk", "n", "NNS")}),
        ("said", {("say", "v", "VBD"), ("say", "v", "VBN")}),
        ("was", {("be", "v", "VBD")}),
        ("children", {("child", "n", "NNS")}),
        ("leaves", {("leave", "v", "VBZ"), ("leave", "n", "NNS"), ("leaf", "n", "NNS")}),
        ("blinken", {("blinken", "n", "NN")}),  # unknown to the tables: a noun, never a verb
        ("zorbs", {("zorbs", "n", "NN"), ("zorb", "n", "NNS")}),
        ("x", set()),
        ("2.5", set()),
        ("dogs'", set()),
        ("", set()),
    ],
)
def test_analysis_table(word, expected):
    assert set(map(tuple, analyses(word))) == expected


def test_a_word_may_be_of_several_lemmas_and_classes():
    found = analyses("better")
    assert {(a.lemma, a.pos) for a in found} >= {("good", "a"), ("well", "a"), ("better", "v")}
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("lemma", "pos", "tag", "form"),
    [
        ("go", "v", "VBD", "went"),
        ("go", "v", "VBN", "gone"),
        ("make", "v", "VBG", "making"),
        ("stop", "v", "VBG", "stopping"),
        ("say", "v", "VBZ", "says"),
        ("talk", "v", "VB", "talk"),
        ("talk", "v", "VBP", "talk"),
        ("put", "v", "VBN", "put"),
        ("be", "v", "VBP", "are"),
        ("be", "v", "VBZ", "is"),
        ("be", "v", "VBD", "was"),
        ("be", "v", "VBG", "being"),
        ("be", "n", "NNS", "bes"),  # not a verb: no key of the table of "be"
        ("child", "n", "NNS", "children"),
        ("city", "n", "NNS", "cities"),
        ("police", "n", "NNS", "police"),
        ("big", "a", "JJR", "bigger"),
        ("good", "a", "JJS", "best"),
        ("important", "a", "JJR", None),
        ("blorp", "n", "NNS", "blorps"),  # not in the tables: by rule
        ("blorp", "v", "VBD", "blorped"),
        ("blorpy", "a", "JJR", None),  # adjectives are left alone
    ],
)
def test_inflection_table(lemma, pos, tag, form):
    assert inflect(lemma, pos, tag) == form


@pytest.mark.parametrize(("pos", "lemma"), [(pos, lemma) for pos, lemmas in REGULAR.items() for lemma in lemmas])
def test_analysing_undoes_inflecting(pos, lemma):
    for tag in TAGS[pos]:
        form = inflect(lemma, pos, tag)
        assert form is not None
        assert Analysis(lemma, pos, tag) in analyses(form)


@pytest.mark.parametrize(
    ("phrase", "pos", "tag", "expected"),
    [
        ("make use of", "v", "VBD", "made use of"),
        ("prime minister", "n", "NNS", "prime ministers"),
        ("head* of state", "n", "NNS", "heads of state"),
        ("be likely* to", "v", "VB", "be likely to"),
        ("more big", "a", "JJR", "more bigger"),
        ("very important", "a", "JJR", None),
    ],
)
def test_phrase_table(phrase, pos, tag, expected):
    assert inflect_phrase(phrase, pos, tag) == expected


@pytest.mark.parametrize(
    ("phrase", "pos", "at"),
    [
        ("take off", "v", 0),
        ("big ship", "n", 1),
        ("very big", "a", 1),
        ("a b* c", "v", 1),
        ("b* c", "n", 0),
        ("* b", "n", 1),
    ],
)
def test_the_head_of_a_phrase(phrase, pos, at):
    assert head_index(phrase.split(" "), pos) == at


# --- case ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spun", "original", "starts_sentence", "expected"),
    [
        ("instructed", "told", False, "told"),
        ("Instructed", "told", True, "Told"),
        ("Instructed", "told", False, "Told"),
        ("Additionally", "as well", True, "As well"),
        ("Most cancers", "cancer", True, "Cancer"),
        ("White Home", "white house", True, "White House"),
        ("White Home", "white house", False, "White House"),
        ("Submit", "post office", False, "Post Office"),
        ("Submit", "post office", True, "Post office"),
        ("Head of State", "chief of the state", False, "Chief of the State"),
        ("Of The", "of the", False, "Of the"),
        ("WHITE HOME", "white house", False, "WHITE HOUSE"),
        ("NAVY", "military", False, "MILITARY"),
        ("NAVY", "US military", False, "US MILITARY"),
        ("UK", "america", False, "America"),
        ("White Telephone", "the iPhone", False, "The iPhone"),
        ("nation", "US", False, "US"),
        ("Nation", "US army", False, "US Army"),
        ("the White Home", "the white house", False, "the White House"),
        ("the assembly Was", "the meeting was", False, "the meeting was"),
        ("Nation", "the US", True, "The US"),
        ("23", "twenty-three", True, "twenty-three"),
        ("%", "percent", False, "percent"),
        ("2,03,678 Individuals", "persons", False, "Persons"),
        ("'s", "is", False, "is"),
    ],
)
def test_case_table(spun, original, starts_sentence, expected):
    assert match_case(spun.split(" "), original, starts_sentence=starts_sentence) == expected


any_case = WORDS.flatmap(lambda word: st.sampled_from([word, word.capitalize(), word.upper()]))


@given(st.lists(any_case, min_size=1, max_size=3), st.lists(any_case, min_size=1, max_size=3), st.booleans())
@usual
def test_case_transfer_changes_case_only_and_is_done_at_once(spun, original, starts_sentence):
    phrase = " ".join(original)
    once = match_case(spun, phrase, starts_sentence=starts_sentence)
    assert once.lower() == phrase.lower()
    assert all(b.isupper() for a, b in zip(phrase, once, strict=True) if a.isupper()), "capitals of its own stay"
    assert match_case(spun, once, starts_sentence=starts_sentence) == once
    if not any(word[0].isupper() for word in spun):
        assert once == phrase


# --- quotes and articles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("original", "article", "expected"),
    [
        ("don't", "They don’t know.", "don’t"),
        ("don't", "They don't know.", "don't"),
        ("don't", "No apostrophe at all.", "don't"),
        ("do not", "They don’t know.", "do not"),
    ],
)
def test_quote_table(original, article, expected):
    assert match_quotes(original, article) == expected


AN = (
    "opportunity", "apple", "egg", "ice", "hour", "honest", "honorary", "heir", "FBI", "MP", "NGO",
    "SMS", "F", "A", "8", "80", "8th", "11", "18", "eight", "umbrella", "upper", "utterly",
    "unidentified", "uninvited", "unimportant", "urban", "ugly", "onerous", "usher", "EU",
)  # fmt: skip
A = (
    "report", "unit", "united", "unanimous", "unilateral", "useful", "usual", "using", "usable",
    "university", "Ukrainian", "Ugandan", "Utah", "utility", "uranium", "Uruguayan", "ubiquitous",
    "European", "euro", "one", "one-off", "once", "US", "UK", "U", "UN", "UFO", "UNESCO", "NATO",
    "NASA", "UEFA", "FIFA", "house", "home", "1", "7", "10", "100", "21", "year",
)  # fmt: skip


@pytest.mark.parametrize(("word", "article"), [*((word, "an") for word in AN), *((word, "a") for word in A)])
def test_article_table(word, article):
    assert indefinite_article(word) == article


@pytest.mark.parametrize(("text", "word"), [("US-led talks", "US"), ("", ""), (" “now”", "“")])
def test_first_word(text, word):
    assert first_word(text) == word


@pytest.mark.parametrize(
    ("original", "gaps", "expected"),
    [
        ("was", [" ", " "], "was"),
        ("was", ["\n", " "], "\nwas"),
        ("Oval Office", ["\r\n"], "Oval\r\nOffice"),
        ("Oval Office", [" ", "\n"], "Oval\nOffice"),
        ("in the end", ["\n", " "], "in\nthe end"),
        ("in the end", [" ", "\n"], "in the\nend"),
        ("a b", ["\n", "\n"], "\na\nb"),
        ("a", ["\n", "\n\n"], "\n\n\na"),
        ("a b", ["\u00a0"], "a b"),
        ("a b", [" \u2028 "], "a \u2028 b"),
    ],
)
def test_line_breaks_stay(original, gaps, expected):
    assert match_layout(original, gaps) == expected


def test_what_is_too_long_for_a_word_is_not_remembered():
    analyses("antidisestablishmentarianisms")
    before = surface._analyses.cache_info().currsize
    assert analyses("a" * 100_000) == analyses("a" * 61) == analyses("a") == analyses("a1") == ()
    assert surface._analyses.cache_info().currsize == before
    assert analyses("a" * 60) != ()


@pytest.mark.parametrize("word", ["motion", "battle", "information", "crew"])
def test_a_mass_noun_is_no_plural(word):
    assert {tag for _, pos, tag in surface.analyses(word) if pos == "n"} == {"NN"}


@pytest.mark.parametrize("word", ["series", "sheep", "aircraft", "offspring"])
def test_a_noun_of_one_form_is_its_plural_too(word):
    assert {tag for _, pos, tag in surface.analyses(word) if pos == "n"} == {"NN", "NNS"}
    assert surface.inflect(word, "n", "NNS") == word


@pytest.mark.parametrize("word, plural", [("craft", "crafts"), ("handicraft", "handicrafts"), ("motion", "motions")])
def test_other_nouns_have_a_plural_of_their_own(word, plural):
    assert surface.inflect(word, "n", "NNS") == plural
    assert surface.Analysis(word, "n", "NNS") in surface.analyses(plural)


def test_a_second_plural_is_recognised():
    assert surface.Analysis("fish", "n", "NNS") in surface.analyses("fishes")


@pytest.mark.parametrize(
    ("before", "behind", "titled"),
    [
        ("Big", "met", True),
        ("Moscow", "men", False),
        ("the", "Amendment", True),
        ("the", "Republican", False),
        ("the", "Biden", False),
        ("Fantastic", "Premieres", True),
        ("", "men", False),
        ("the", "", False),
    ],
)
def test_a_numeral_in_a_name_is_told_by_its_neighbours(before, behind, titled):
    assert surface.is_titled(before, behind) is titled


@pytest.mark.parametrize(
    ("text", "singular"),
    [
        ("said the second amendment", True),
        ("the 2 nd amendment", True),
        ("a man", True),
        ("the men", False),
        ("the laws", False),
        ("the people", False),
        ("ends of the law", False),
        ("the man and the dog", False),
        ("a law of the land", False),
        ("build", False),
        ("", False),
        ("the 2 .", False),
    ],
)
def test_a_singular_subject_is_a_noun_behind_the_and_nothing_that_joins_it(text, singular):
    assert surface.has_singular_subject(text.split()) is singular


@pytest.mark.parametrize("ending", "us a ma um on sis is men ex x y z ch o r ts".split())
@given(start=st.text("abeglnortuz", min_size=3, max_size=9))
@settings(max_examples=15, deadline=None)
def test_the_plural_of_an_unknown_noun_is_what_lemminflect_makes_of_it(ending, start):
    lemma = f"{start}zq{ending}"
    assert not lemminflect.getAllInflections(lemma, upos="NOUN")
    assert inflect(lemma, "n", "NNS") == lemminflect.getAllInflectionsOOV(lemma, "NOUN")["NNS"][0]
