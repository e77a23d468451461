"""References: which sentences tell the same, and what they say for a reading."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pytest
from core_strategies import readables, thorough, usual
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.lattice import Lattice, build_lattice
from normalizer.references import (
    LONGEST_PHRASE,
    PAIRING_THRESHOLD,
    PAIRS_PER_SENTENCE,
    Pairing,
    Reference,
    Support,
    pair_sentences,
    prepare,
    support,
)
from normalizer.tokens import fold_words, sentences, tokenize

NAMES = [
    "blinken",
    "lavrov",
    "geneva",
    "ukraine",
    "moscow",
    "sanctions",
    "embassy",
    "january",
    "treaty",
    "missiles",
]
OTHERS = ["striker", "goal", "league", "penalty", "coach", "stadium", "referee"]
SMALL = ["the", "of", "said", "met"]
FIELDS = [field.name for field in fields(Support)]


def weigh(word: str) -> float:
    """Rare words say 5, others nothing."""
    return 5.0 if len(word) > 4 else 0.0


def paired(text: str, references: Sequence[Reference]) -> list[list[Pairing]]:
    """Pair the sentences of a text that has no readings."""
    tokens = tokenize(text)
    words = [[token.word for token in tokens[a:b]] for a, b in sentences(text, tokens)]
    return pair_sentences([set(w) for w in words], [sum(map(weigh, w)) for w in words], references, weigh)


def asked(lattice: Lattice, pairings: Sequence[Sequence[Pairing]], references: Sequence[Reference]) -> Support:
    return support(
        lattice.words, lattice.sources.tolist(), lattice.targets.tolist(), lattice.sentence.tolist(),
        pairings, references, weigh,
    )  # fmt: skip


def texts(words: Sequence[str]) -> st.SearchStrategy[str]:
    """Texts of a few sentences, none of which says a word twice."""
    sentence = st.lists(st.sampled_from(words), min_size=1, max_size=8, unique=True).map(" ".join)
    return st.lists(sentence, min_size=1, max_size=3).map(lambda lines: ".\n".join(lines) + ".")


stories = texts([*NAMES, *SMALL])

# --- preparing ----------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from("abcd."), max_size=12).map(" ".join) | stories)
@example("a b a. B a b a b a b a b.")
@thorough
def test_a_reference_knows_the_first_place_of_every_phrase(text):
    reference = prepare(text)
    words = [token.word for token in reference.tokens]
    expected, everywhere = [], {}
    for first, end in reference.spans:
        own = {}
        for start in range(first, end):
            for stop in range(start + 1, min(end, start + LONGEST_PHRASE) + 1):
                own.setdefault(tuple(words[start:stop]), start)
                everywhere.setdefault(tuple(words[start:stop]), start)
        expected.append(own)
    assert reference.by_sentence == expected
    assert reference.places == everywhere
    assert (reference.text, reference.tokens) == (text, tokenize(text))


# --- pairing ------------------------------------------------------------------------------------------------


@given(stories, st.lists(stories, min_size=1, max_size=3), st.randoms(use_true_random=False))
@thorough
def test_the_order_of_references_does_not_matter(text, references, random):
    order = random.sample(range(len(references)), len(references))
    plain = paired(text, [prepare(r) for r in references])
    shuffled = paired(text, [prepare(references[i]) for i in order])
    assert [{(order[p.reference], p.sentence, p.score) for p in found} for found in shuffled] == [
        {(p.reference, p.sentence, p.score) for p in found} for found in plain
    ]


@given(stories, st.lists(stories, max_size=2), texts(OTHERS), st.integers(0, 2))
@thorough
def test_an_unrelated_reference_adds_no_pair(text, references, unrelated, at):
    prepared = [prepare(r) for r in references]
    at = min(at, len(prepared))
    found = paired(text, [*prepared[:at], prepare(unrelated), *prepared[at:]])
    back = [[(p.reference - (p.reference > at), p.sentence, p.score) for p in each] for each in found]
    assert all(p.reference != at for each in found for p in each)
    assert back == [[(p.reference, p.sentence, p.score) for p in each] for each in paired(text, prepared)]


def share(left: str, right: str) -> float:
    """The weight that two sentences share, over that of the lighter one; 0 for one that weighs too little."""
    bags = [set(fold_words(left)), set(fold_words(right))]
    lighter = min(sum(map(weigh, bag)) for bag in bags)
    return sum(map(weigh, bags[0] & bags[1])) / lighter if lighter >= 12 else 0.0


@given(stories, stories)
@thorough
def test_the_score_is_the_shared_weight_over_that_of_the_lighter_sentence(left, right):
    rows = [left[a:b] for a, b in _lines(left)]
    columns = [right[a:b] for a, b in _lines(right)]
    for row, found in zip(rows, paired(left, [prepare(right)]), strict=True):
        scores = [share(row, column) for column in columns]
        good = sorted((s for s in range(len(scores)) if scores[s] >= PAIRING_THRESHOLD), key=lambda s: (-scores[s], s))
        assert [(p.sentence, p.score) for p in found] == [
            (s, pytest.approx(scores[s])) for s in good[:PAIRS_PER_SENTENCE]
        ]


def _lines(text: str) -> list[tuple[int, int]]:
    tokens = tokenize(text)
    return [(tokens[a].start, tokens[b - 1].end) for a, b in sentences(text, tokens)]


@given(stories.map(lambda text: text.split("\n")[0]), stories.map(lambda text: text.split("\n")[0]))
@thorough
def test_two_sentences_pair_alike_from_either_side(left, right):
    (there,), (back,) = paired(left, [prepare(right)]), paired(right, [prepare(left)])
    assert [p.score for p in there] == [p.score for p in back]


def test_a_sentence_pairs_with_itself_wholly_unless_it_says_too_little():
    long, short = "Blinken met Lavrov of Geneva.", "Blinken met Lavrov."
    assert paired(f"{long}\n{short}", [prepare(f"{short}\n{long}")])[0][0] == Pairing(0, 1, 1.0)
    assert paired(short, [prepare(short)]) == [[]], "two rare words are no evidence"


def test_a_pair_stands_on_any_reading_of_the_article():
    reference = prepare("Blinken met Lavrov near Geneva.")
    spun = {"blinken", "assembled", "lavrov", "close", "basel"}
    assert pair_sentences([spun], [25.0], [reference], weigh)[0][0].score == pytest.approx(10 / 15)
    assert pair_sentences([spun | {"geneva"}], [25.0], [reference], weigh)[0][0].score == 1.0
    assert pair_sentences([["basel", "blinken", "blinken"]], [25.0], [reference], weigh)[0][0].score == pytest.approx(
        1 / 3
    ), "a word counts once"


# --- support ------------------------------------------------------------------------------------------------


def test_no_references_say_nothing():
    none = Support.none(3)
    assert FIELDS == ["in_pair", "pair_context", "context", "anywhere"]
    assert all(getattr(none, name).tolist() == [0.0] * 3 for name in FIELDS)
    assert len({id(getattr(none, name)) for name in FIELDS}) == 4, "four arrays, not one"


words_of_arcs = ("apple", "berry", "c")
pairings = st.lists(
    st.builds(Pairing, st.integers(0, 1), st.integers(0, 0), st.sampled_from([0.4, 0.7, 1.0])), max_size=3
)
SPOKEN = st.lists(st.sampled_from(words_of_arcs), min_size=1, max_size=6).map(" ".join)


def holds(sentence: str, phrase: Sequence[str]) -> bool:
    words = fold_words(sentence)
    return any(words[i : i + len(phrase)] == tuple(phrase) for i in range(len(words)))


@given(readables(words=words_of_arcs), st.tuples(SPOKEN, SPOKEN), st.data())
@thorough
def test_support_is_what_plain_reading_finds(readable, spoken, data):
    lattice, references = readable.lattice, [prepare(text) for text in spoken]
    pairs = [data.draw(pairings) for _ in readable.spans]
    found = asked(lattice, pairs, references)
    for i, words in enumerate(lattice.words):
        lefts = [lattice.words[j][-1] for j in range(len(lattice)) if lattice.targets[j] == lattice.sources[i]]
        rights = [lattice.words[j][0] for j in range(len(lattice)) if lattice.sources[j] == lattice.targets[i]]
        grams = [(left, *words) for left in lefts] + [(*words, right) for right in rights]
        said = [text for text in spoken if holds(text, words)]
        near = [text for text in said if any(holds(text, gram) for gram in grams)]
        mine = [(p.score, spoken[p.reference]) for p in pairs[lattice.sentence[i]]]
        assert found.anywhere[i] == (max(min(1.0, weigh(word) / 8) for word in words) if said else 0)
        assert found.context[i] == bool(near)
        assert found.in_pair[i] == max((score for score, text in mine if text in said), default=0)
        assert found.pair_context[i] == max((score for score, text in mine if text in near), default=0)


@given(
    readables(words=words_of_arcs),
    st.lists(SPOKEN, max_size=2),
    texts(OTHERS),
    st.randoms(use_true_random=False),
)
@usual
def test_support_does_not_depend_on_order_or_on_unrelated_references(readable, spoken, unrelated, random):
    lattice = readable.lattice
    bags = [fold_words(readable.text[a:b]) for a, b in _lines(readable.text)]
    sizes = [sum(map(weigh, bag)) for bag in bags]
    shuffled = random.sample([*spoken, unrelated], len(spoken) + 1)
    results = []
    for each in (spoken, shuffled):
        references = [prepare(text) for text in each]
        results.append(asked(lattice, pair_sentences(bags, sizes, references, weigh), references))
    for name in FIELDS:
        assert np.array_equal(*(getattr(result, name) for result in results))


def test_no_references_at_all_support_nothing():
    text = "Apple berry."
    tokens = tokenize(text)
    found = asked(build_lattice(tokens, list(sentences(text, tokens)), []), [[]], [])
    assert all(not getattr(found, name).any() for name in FIELDS)
