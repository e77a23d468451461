"""References: prepared once, told from other stories, and set beside the article sentence by sentence."""

from collections.abc import Sequence

import pytest
from core_strategies import thorough
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.references import (
    LEAST_SCORE,
    LEAST_SHARED_WEIGHT,
    PAIRS_PER_SENTENCE,
    Pairing,
    marks,
    names,
    pair_sentences,
    prepare,
    quoted,
    shared_marks,
)
from normalizer.tokens import sentences, tokenize

NAMES = ["blinken", "lavrov", "geneva", "ukraine", "moscow", "sanctions", "embassy", "january", "treaty", "missiles"]
OTHERS = ["striker", "goal", "league", "penalty", "coach", "stadium", "referee"]
SMALL = ["the", "of", "said", "met"]


def weigh(word: str) -> float:
    """Rare words say 12, others nothing."""
    return 12.0 if len(word) > 4 else 0.0


def texts(words: Sequence[str]) -> st.SearchStrategy[str]:
    """Texts of a few sentences, none of which says a word twice."""
    sentence = st.lists(st.sampled_from(words), min_size=1, max_size=8, unique=True).map(" ".join)
    return st.lists(sentence, min_size=1, max_size=3).map(lambda lines: ".\n".join(lines) + ".")


stories = texts([*NAMES, *SMALL])


def bags(text: str) -> list[dict[str, float]]:
    """The words of each sentence of a text that has no readings."""
    tokens = tokenize(text)
    return [{token.word: 1.0 for token in tokens[a:b]} for a, b in sentences(text, tokens)]


def paired(text: str, references: Sequence[str]) -> list[list[Pairing]]:
    prepared = {number: prepare(reference) for number, reference in enumerate(references)}
    return pair_sentences(bags(text), prepared, weigh)


# --- preparing ----------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from("abcd."), max_size=12).map(" ".join) | stories, st.data())
@example("a b a. B a b a b a b a b.", None)
@thorough
def test_a_reference_finds_every_place_of_a_phrase_within_its_sentences(text, data):
    reference = prepare(text)
    words = [token.word for token in reference.tokens]
    phrases = {tuple(words[i : i + n]) for i in range(len(words)) for n in (1, 2, 3, 5)} | {("a", "b", "a")}
    for phrase in phrases:
        size = len(phrase)
        expected = [
            at for first, end in reference.spans for at in range(first, end - size + 1)
            if tuple(words[at : at + size]) == phrase
        ]  # fmt: skip
        assert reference.find(phrase) == expected
    assert (reference.text, reference.tokens) == (text, tokenize(text))
    assert [reference.sentence_of[first] for first, _ in reference.spans] == list(range(len(reference.spans)))


def test_names_stand_capitalised_inside_sentences():
    text = "The Blue House said so. Blue is blue. Mr Lee met Lee on Monday."
    tokens = tokenize(text)
    assert names(tokens, sentences(text, tokens)) == {"house", "lee"}


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("He “was here” then.", "“ was here"),
        ('He "was here" then.', '" was here'),
        ("He ‘didn’t go’ then.", "‘ didn’t go"),
        ("Lee’s “is.\nIt’s", "“ is ."),
        ("«No», he said", "« No"),
    ],
)
def test_quotations(text, inside):
    tokens = tokenize(text)
    assert " ".join(t.text for t, q in zip(tokens, quoted(text, tokens), strict=True) if q) == inside


# --- related or not -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ('They knew. "Every hour counts now."', False),
        ("They knew, as “Every hour counts now” tells.", False),
        ('"It is late," Every said in the hall.', True),  # the mark before it closes a quotation
        ("“It is late,” Every said in the hall.", True),
    ],
)
def test_a_word_that_opens_a_quotation_is_no_name(text, is_name):
    tokens = tokenize(text)
    assert ("every" in names(tokens, list(sentences(text, tokens)))) is is_name


def test_marks_are_names_numbers_and_rare_words():
    found = marks(["lee", "met", "14", "5", "2021", "extravagant", "."], frozenset(["lee"]), lambda w: float(len(w)))
    assert found == {"lee": 3.0, "14": 8.0, "2021": 4.0, "extravagant": 7.0}


@given(*[st.dictionaries(st.sampled_from("abcdef"), st.floats(0.5, 9), max_size=6)] * 2)
@thorough
def test_shared_marks_are_alike_from_either_side_and_whole_for_a_part(left, right):
    assert shared_marks(left, right) == shared_marks(right, left) <= 1 + 1e-9
    if left:
        assert shared_marks(left, {**right, **left}) == pytest.approx(1)


# --- pairing ------------------------------------------------------------------------------------------------


@given(stories, st.lists(stories, min_size=1, max_size=3), st.randoms(use_true_random=False))
@thorough
def test_the_order_of_references_does_not_matter(text, references, random):
    order = random.sample(range(len(references)), len(references))

    def plain(found, name):
        return [{(name(p.reference), p.sentence, round(p.score, 9)) for p in each} for each in found]

    shuffled = plain(paired(text, [references[i] for i in order]), lambda number: order[number])
    # Which of two equal copies of a text is named depends on nothing else than their number.
    assert shuffled == plain(paired(text, references), lambda number: number)


@given(stories, texts(OTHERS))
@thorough
def test_an_unrelated_reference_has_no_pair(text, unrelated):
    assert not any(paired(text, [unrelated]))


@given(stories, st.lists(stories, max_size=3))
@thorough
def test_pairs_are_few_and_share_enough(text, references):
    for bag, found in zip(bags(text), paired(text, references), strict=True):
        numbers = [pairing.reference for pairing in found]
        assert all(numbers.count(number) <= PAIRS_PER_SENTENCE for number in numbers)
        assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
        for pairing in found:
            other = bags(references[pairing.reference])[pairing.sentence]
            assert LEAST_SCORE <= pairing.score <= 1
            assert sum(weigh(word) for word in bag.keys() & other.keys()) >= LEAST_SHARED_WEIGHT


def test_a_sentence_pairs_best_with_itself_and_readings_count_less():
    text = "Blinken met Lavrov of Geneva.\nThe Moscow treaty."
    found = paired(text, ["Missiles.\n" + text])
    assert [[p.sentence for p in each] for each in found] == [[1], [2]]
    assert all(each[0].score > 0.85 for each in found)
    bag = {"blinken": 1.0, "lavrov": 1.0, "basel": 1.0, "geneva": 0.5}
    ((pairing,),) = pair_sentences([bag], {0: prepare("Blinken met Lavrov of Geneva.")}, weigh)
    assert pairing.score == pytest.approx(2.5 / 3)


def test_a_word_of_many_sentences_says_less():
    reference = "\n".join(["Blinken spoke."] * 9 + ["Blinken left Geneva."])
    (found,) = paired("Blinken Geneva.", [reference])
    assert found[0].sentence == 9


def test_two_shared_words_of_a_long_sentence_are_no_pair():
    words = [*NAMES, *OTHERS]
    assert not any(paired(" ".join(words) + ".", ["Blinken Lavrov " + " ".join(f"{w}ish" for w in words) + "."]))
    assert any(paired(" ".join(words) + ".", ["Blinken Lavrov " + " ".join(f"{w}ish" for w in words[:3]) + "."]))


def test_holders_are_the_sentences_of_a_word():
    reference = prepare("Blinken met Lavrov.\nLavrov left. Lavrov said: Lavrov.\nNo.")
    assert reference.holders["lavrov"] == (0, 1, 2)
    assert reference.holders["no"] == (3,)


def test_a_sentence_has_two_pairs_in_a_reference_that_says_it_thrice():
    reference = "Blinken met Lavrov of Geneva.\nLavrov of Geneva met Blinken.\nBlinken and Lavrov met, of Geneva."
    (found,) = paired("Blinken met Lavrov of Geneva.", [reference])
    assert len(found) == PAIRS_PER_SENTENCE == 2


def test_what_stories_share_is_measured_by_the_lighter():
    assert shared_marks({"lee": 3.0, "kim": 1.0}, {"lee": 2.0, "14": 8.0}) == 0.5
    assert shared_marks({"lee": 3.0}, {"14": 8.0}) == shared_marks({}, {"14": 8.0}) == 0.0
