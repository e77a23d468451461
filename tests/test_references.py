"""References: prepared once, told from other stories, and set beside the article sentence by sentence."""

import pickle
from collections.abc import Sequence

import numpy as np
import pytest
from core_strategies import hard_texts, thorough
from hypothesis import example, given
from hypothesis import strategies as st
from reference_strategies import scene

from normalizer.references import Trusted, prepare
from normalizer.references.arrays import any_of, blocks, expand
from normalizer.references.article import marks, read_article, related_references, shared_marks
from normalizer.references.pairing import (
    LEAST_SCORE,
    LEAST_SHARED_WEIGHT,
    PAIRS_PER_SENTENCE,
    Pairs,
    collect_bags,
    pair_sentences,
)
from normalizer.references.prepared import names, quoted, word_kinds
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


def paired(text: str, references: Sequence[str], readings=(), most_cells: int = 1 << 20) -> Pairs:
    """The pairs of sentences of a text and related references, by the number of the reference."""
    drawn = scene(text, [Trusted(prepare(reference), 1.0) for reference in references], readings)
    related = related_references(drawn.tokens, frozenset(), [r.reference for r in drawn.references], weigh)
    if not related:
        return Pairs(*[np.array([], dtype=int)] * 4)
    article = read_article(drawn.tokens, drawn.spans, frozenset(), drawn.candidates, related, weigh)
    pairs = pair_sentences(collect_bags(article), related, article.numbering.own, most_cells)
    return pairs._replace(source=np.array([each.number for each in related])[pairs.source])


def listed(pairs: Pairs) -> list[tuple[int, int, int, float]]:
    return list(zip(*(column.tolist() for column in pairs), strict=True))


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
    assert (reference.text, list(reference.tokens)) == (text, tokenize(text))
    assert [reference.sentence_of[first] for first, _ in reference.spans] == list(range(len(reference.spans)))


@given(hard_texts())
@thorough
def test_the_columns_of_a_reference_say_what_its_tokens_say(text):
    reference = prepare(text)
    words, spans = [token.word for token in reference.tokens], reference.spans
    assert list(reference.vocabulary) == list(dict.fromkeys(words))
    assert [list(reference.vocabulary)[number] for number in reference.words] == words
    for word, number in reference.vocabulary.items():
        places = reference.places[reference.place_offsets[number] : reference.place_offsets[number + 1]]
        holders = reference.holders[reference.holder_offsets[number] : reference.holder_offsets[number + 1]]
        assert places.tolist() == [at for at, other in enumerate(words) if other == word]
        assert holders.tolist() == [s for s, (first, end) in enumerate(spans) if word in words[first:end]]
        assert reference.is_name[number] == (word in reference.names)
    pairs = {(words[at], words[at + 1]) for first, end in spans for at in range(first, end - 1)}
    numbers = (divmod(key, len(reference.vocabulary)) for key in reference.neighbours.tolist())
    assert {(list(reference.vocabulary)[a], list(reference.vocabulary)[b]) for a, b in numbers} == pairs
    assert reference.neighbours.tolist() == sorted(set(reference.neighbours.tolist()))
    assert reference.sentences == {" ".join(words[first:end]) for first, end in spans}


@given(hard_texts())
@thorough
def test_quotations_are_what_reading_word_by_word_finds(text):
    tokens, inside, expected = tokenize(text), False, []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and "\n" in text[before.end : token.start]:
            inside = False
        if token.text in "“«‘" or (token.text == '"' and not inside):
            inside = True
        elif token.text in "”»’" or token.text == '"':
            inside = False
        expected.append(inside)
    assert quoted(text, tokens).tolist() == expected


def test_a_reference_travels_and_never_changes():
    reference = prepare("“Blinken met Lavrov,” he said.\nLavrov left.")
    copy = pickle.loads(pickle.dumps(reference))
    assert copy == reference and hash(copy) == hash(reference) and reference != prepare("Lavrov left.")
    for name in reference.__dataclass_fields__:
        ours, theirs = getattr(reference, name), getattr(copy, name)
        assert np.array_equal(ours, theirs) if isinstance(ours, np.ndarray) else ours == theirs
    with pytest.raises(ValueError, match="read-only"):
        reference.words[0] = 1


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
        ("He “said.\nIt is “no” now", "“ said . “ no"),
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
    words = ["lee", "met", "14", "5", "2021", "extravagant", ".", "½"]
    surprise = np.array([float(len(word)) for word in words])
    found = marks(surprise, word_kinds(words), np.array([word == "lee" for word in words]))
    assert found.tolist() == [3.0, 0.0, 8.0, 0.0, 4.0, 7.0, 0.0, 0.0]


@given(*[st.lists(st.floats(0.5, 9), min_size=6, max_size=6)] * 2, st.permutations(range(6)), st.integers(0, 6))
@thorough
def test_shared_marks_are_alike_from_either_side_and_whole_for_a_part(left, right, order, shared):
    places = np.array([k if order[k] < shared else -1 for k in range(6)])
    left, right = np.array(left), np.array(right)
    assert shared_marks(left, right, places) == shared_marks(right, left, places) <= 1 + 1e-9
    assert shared_marks(left[:3], np.concatenate([left[:3], right]), np.arange(3)) == pytest.approx(1)


def test_what_stories_share_is_measured_by_the_lighter():
    assert shared_marks(np.array([3.0, 1.0]), np.array([2.0, 8.0]), np.array([0, -1])) == 0.5
    assert shared_marks(np.array([3.0]), np.array([8.0]), np.array([-1])) == 0.0
    assert shared_marks(np.array([]), np.array([8.0]), np.array([], dtype=int)) == 0.0


def test_related_references_come_in_an_order_of_their_own():
    texts = ["Lavrov met Blinken.", "The striker.", "Blinken met Lavrov.", "Lavrov met Blinken."]
    found = related_references(tokenize("Blinken of Lavrov"), frozenset(), [prepare(text) for text in texts], weigh)
    assert [related.number for related in found] == [2, 0, 3]


# --- pairing ------------------------------------------------------------------------------------------------


@given(stories, st.lists(stories, min_size=1, max_size=3), st.randoms(use_true_random=False))
@thorough
def test_the_order_of_references_does_not_matter(text, references, random):
    order = random.sample(range(len(references)), len(references))
    shuffled = paired(text, [references[i] for i in order])
    shuffled = shuffled._replace(source=np.array(order)[shuffled.source] if len(shuffled.source) else shuffled.source)
    # Which of two equal copies of a text is named depends on nothing else than their number.
    assert sorted(listed(shuffled)) == sorted(listed(paired(text, references)))


@given(stories, texts(OTHERS))
@thorough
def test_an_unrelated_reference_has_no_pair(text, unrelated):
    assert not listed(paired(text, [unrelated]))


@given(stories, st.lists(stories, max_size=3))
@thorough
def test_pairs_are_few_and_share_enough(text, references):
    tokens = tokenize(text)
    bags = [{token.word for token in tokens[a:b]} for a, b in sentences(text, tokens)]
    found = listed(paired(text, references))
    for sentence, number, other, score in found:
        reference = prepare(references[number])
        first, end = reference.spans[other]
        shared = bags[sentence] & {token.word for token in reference.tokens[first:end]}
        assert LEAST_SCORE <= score <= 1 and sum(map(weigh, shared)) >= LEAST_SHARED_WEIGHT
        assert sum(pair[:2] == (sentence, number) for pair in found) <= PAIRS_PER_SENTENCE
    assert [(s, -score) for s, _, _, score in found] == sorted((s, -score) for s, _, _, score in found)


@given(stories, st.lists(stories, min_size=1, max_size=2), st.integers(1, 40))
@thorough
def test_pairs_do_not_depend_on_how_many_are_weighed_at_once(text, references, most_cells):
    assert listed(paired(text, references, most_cells=most_cells)) == listed(paired(text, references))


def test_a_sentence_pairs_best_with_itself_and_readings_count_less():
    text = "Blinken met Lavrov of Geneva.\nThe Moscow treaty."
    found = listed(paired(text, ["Missiles.\n" + text]))
    assert [(s, other) for s, _, other, _ in found] == [(0, 1), (1, 2)]
    assert all(score > 0.85 for *_, score in found)
    (pair,) = listed(paired("Blinken Lavrov Basle", ["Blinken met Lavrov of Geneva."], [(2, 3, "Geneva", 0.5)]))
    assert pair[3] == pytest.approx(2.5 / 3)


def test_a_word_of_many_sentences_says_less():
    reference = "\n".join(["Blinken spoke."] * 9 + ["Blinken left Geneva."])
    found = listed(paired("Blinken Geneva.", [reference]))
    assert found[0][2] == 9


@pytest.mark.parametrize(
    ("shared", "others", "pairs"),
    [(2, 7, True), (2, 8, False), (2, 17, False), (1, 0, False)],
    ids=["over a fifth", "under a fifth", "two words of many", "one word, if it is all"],
)
def test_a_pair_shares_two_words_and_a_fifth_of_the_lighter_sentence(shared, others, pairs):
    """The reference has the sentence itself, too: it is related, and each shared word stands in two sentences of it."""
    words = [*NAMES, *OTHERS]
    sentence = " ".join([*words[:shared], *(f"{word}ish" for word in words[:others])]) + "."
    whole = " ".join(words) + "."
    found = [other for _, _, other, _ in listed(paired(whole, [f"{sentence}\n{whole}"]))]
    assert found == ([1, 0] if pairs else [1])


def test_a_sentence_has_two_pairs_in_a_reference_that_says_it_thrice():
    reference = "Blinken met Lavrov of Geneva.\nLavrov of Geneva met Blinken.\nBlinken and Lavrov met, of Geneva."
    assert len(listed(paired("Blinken met Lavrov of Geneva.", [reference]))) == PAIRS_PER_SENTENCE == 2


# --- ragged columns -----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4)), max_size=6))
def test_expanding_lists_every_element_of_every_row(rows):
    starts, sizes = (np.array([row[k] for row in rows], dtype=int) for k in (0, 1))
    row, at = expand(starts, sizes)
    assert list(zip(row, at, strict=True)) == [(k, a + i) for k, (a, n) in enumerate(rows) for i in range(n)]


@given(st.lists(st.integers(0, 9), max_size=9), st.integers(1, 20))
def test_blocks_cover_all_and_are_no_larger_than_they_must(sizes, limit):
    found = list(blocks(np.array(sizes, dtype=int), limit))
    assert [k for block in found for k in range(block.start, block.stop)] == list(range(len(sizes)))
    assert all(sum(sizes[block]) <= limit or block.stop - block.start == 1 for block in found)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=9), st.randoms(use_true_random=False))
def test_chances_add_up_in_any_order(drawn, random):
    expected = [1 - np.prod([1 - chance for row, chance in drawn if row == k]) for k in range(4)]
    results = []
    for _ in range(2):
        rows, chances = np.array([d[0] for d in drawn], dtype=int), np.array([d[1] for d in drawn], dtype=float)
        results.append(any_of(chances, rows, 4).tolist())
        random.shuffle(drawn)
    assert results[0] == results[1] == pytest.approx(expected)
