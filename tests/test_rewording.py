"""Rewording: what of a reference may stand for words of an article."""

import pytest

from normalizer.references.rewording import amounts, are_near, clings, may_rename, may_replace, may_stand_for
from normalizer.references.thesaurus import near
from normalizer.tokens import tokenize


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [
        ("battle", "war", True),
        ("walked", "walks", False),  # another inflection
        ("battle", "quickly", False),  # another word class
        ("anticipates", "expects", True),
        ("talked about", "discussed", True),
        ("within", "in", False),  # function words are chosen freely
        ("one two three four", "war", False),
    ],
)
def test_what_may_stand_for_what_where_outlets_word_freely(ours, theirs, may):
    assert may_stand_for(tokenize(ours), tokenize(theirs)) is may


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [
        ("within", "in", True),
        ("three", "four", False),
        ("3", "4", False),
        ("3", "three", True),
        ("a dozen", "12", True),
        ("two times", "twice", True),
        ("three times", "twice", False),
        ("that was once", "that was", True),
        ("12 months", "year", False),
        ("Value", "Price", False),
        ("value", "price", False),  # a name in the article, however it is written here
        ("did", "did not", False),  # a negation is a fact
        ("by no means", "not", True),
        ("nary army objectives", "no military targets", True),
        ("now have", "have", True),
        ("have", "have", False),
        ("leaders", "the old leaders", False),
        ("a constant resolution", "the same decision", True),
        ("however no person", "but nobody", True),
        ("I", "he", False),  # another speaker
        ("the guy", "he", True),
        ("my", "the", True),
        ("however", "But", True),  # the capital of a sentence
        ("'s", "is", False),  # a clitic clings to the word before it
        ("quick slices", "short cuts", True),
        ("at this time met", "and his", False),
        ("at this time met", "and", False),
        ("man", "guy of the town", False),  # a fact
        ("nevertheless", "all the same", True),
        ("have actually", "have", True),
        ("team manager", "manager", True),
        ("formed by the government", "formed", False),  # a clause
        ("have", "have certainly", False),  # a word that the article never had
    ],
)
def test_what_may_replace_what_in_the_same_sentence(ours, theirs, may):
    assert may_replace(tokenize(ours), tokenize(theirs), {"value"}, opens=True) is may


@pytest.mark.parametrize(("opens", "may"), [(True, True), (False, False)])
def test_a_capital_is_a_name_but_where_a_sentence_opens(opens, may):
    assert may_replace(tokenize("however"), tokenize("But"), set(), opens=opens) is may


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [("Worth", "Price", True), ("Smith", "Price", False), ("worth", "Price", False), ("North", "South", False),
     ("Old Worth", "Old Price", True), ("Worth", "Old Price", False)],
)  # fmt: skip
def test_names_are_taken_over_only_where_a_spinner_may_have_been(ours, theirs, may):
    assert may_rename(tokenize(ours), tokenize(theirs)) is may


@pytest.mark.parametrize(
    ("text", "found"),
    [("two of 3 men", ["2", "3"]), ("twice", ["2"]), ("one man once", []), ("the seventh of ten", ["10", "7th"])],
)
def test_amounts_are_values_not_words(text, found):
    assert amounts(tokenize(text)) == found


@pytest.mark.parametrize(("text", "says"), [("'ve", True), ("'", False), ("have", False), ("'90", False)])
def test_a_clitic_clings_to_the_word_before(text, says):
    assert clings(text) is says


@pytest.mark.parametrize(
    ("one", "two", "are"),
    [("battles", "wars", True), ("battles", "war", False), ("war", "battle", True), ("war", "box", False)],
)
def test_words_are_near_in_the_same_inflection(one, two, are):
    assert near(one, two) is are_near(tokenize(one), tokenize(two)) is are
