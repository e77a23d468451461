"""The lattice of articles: arcs in order, inside their sentence, the kept text always among the paths."""

from itertools import groupby, product

import numpy as np
from core_strategies import (
    FAKES,
    TABLES,
    Drawn,
    Readable,
    arc_words,
    batches,
    fake_tables,
    of_page,
    paths,
    readable,
    readables,
    side_by_side,
    thorough,
)
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.lattice import Wordings, model_ids, phrase_keys
from normalizer.lexicon import Entry
from normalizer.tokens import fold_words

WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)


def spans_of(texts: list[Readable]) -> list[tuple[int, int]]:
    """First and end token of every sentence of a batch."""
    found, done = [], 0
    for each in texts:
        page = each.page
        found += [(done + first, done + end) for first, end in page.spans]
        done += len(page.tokens)
    return found


@given(batches)
@example([Readable("")])
@example([Readable("a \n\n b c"), Readable(""), Readable("a")])
@thorough
def test_without_readings_the_lattice_is_a_chain_of_kept_tokens(texts):
    lattice = side_by_side([Readable(each.text) for each in texts])
    assert (lattice.reading == -1).all()
    assert (lattice.until == lattice.level + 1).all()
    words = [token.word for each in texts for token in each.page.tokens]
    said = arc_words(lattice)
    for number, (first, end) in enumerate(spans_of(texts)):
        (path,) = paths(lattice, number)
        assert [said[arc] for arc in path] == [(word,) for word in ("<s>", *words[first:end], "</s>")]
    assert set(lattice.sentence.tolist()) == set(range(len(spans_of(texts))))


@given(batches)
@thorough
def test_arcs_are_sorted_by_level_and_sentence_and_the_kept_token_comes_first(texts):
    lattice = side_by_side(texts)
    keys = list(zip(lattice.level.tolist(), lattice.sentence.tolist(), lattice.reading.tolist(), strict=True))
    assert keys == sorted(keys)
    for _, own in groupby(keys, key=lambda key: key[:2]):
        kept, *others = (reading for *_, reading in own)
        assert kept == -1 and -1 not in others, "one arc keeps the text, and comes first"
    drawn = sum(len(each.drawn) for each in texts)
    assert sorted(lattice.reading[lattice.edits].tolist()) == list(range(drawn)), "every reading is one arc"


@given(batches)
@thorough
def test_an_arc_says_where_it_lies(texts):
    lattice, said = side_by_side(texts), arc_words(side_by_side(texts))
    tokens = [token for each in texts for token in each.page.tokens]
    drawn = [reading for each in texts for reading in each.drawn]
    pages = [number for number, each in enumerate(texts) for _ in each.page.spans]
    for number, (first, end) in enumerate(spans_of(texts)):
        own = np.flatnonzero(lattice.sentence == number)
        start, stop = own[0], own[-1]
        assert (lattice.page[own] == pages[number]).all()
        assert (said[start], said[stop]) == (("<s>",), ("</s>",))
        assert (lattice.first[start], lattice.end[start]) == (first, first)
        assert (lattice.first[stop], lattice.end[stop]) == (end, end)
        assert (lattice.level[start], lattice.until[start], lattice.until[stop]) == (0, 1, lattice.level[stop] + 1)
        for arc in own.tolist()[1:-1]:
            assert first <= lattice.first[arc] < lattice.end[arc] <= end, "arcs never cross a sentence"
            assert lattice.level[arc] == lattice.first[arc] - first + 1
            assert lattice.until[arc] == lattice.end[arc] - first + 1
            reading = int(lattice.reading[arc])
            if reading >= 0:
                length = drawn[reading].end - drawn[reading].start
                assert (said[arc], lattice.end[arc] - lattice.first[arc]) == (drawn[reading].words, length)
                assert lattice.first[arc] == lattice.readings.start[reading]
            else:
                assert lattice.end[arc] - lattice.first[arc] == 1
                assert said[arc] == (tokens[lattice.first[arc]].word,)


@given(batches)
@thorough
def test_every_path_covers_its_sentence(texts):
    lattice = side_by_side(texts)
    for number, (first, end) in enumerate(spans_of(texts)):
        for path in paths(lattice, number):
            at = first
            for arc in path:
                assert lattice.first[arc] == at
                at = lattice.end[arc]
            assert at == end


@given(batches)
@thorough
def test_a_text_has_the_arcs_that_it_has_alone(texts):
    lattice, said = side_by_side(texts), arc_words(side_by_side(texts))
    for page, each in enumerate(texts):
        alone, own = each.lattice, of_page(lattice, page)
        assert [said[arc] for arc in own] == arc_words(alone)
        for name in ("first", "end", "level", "until", "sentence", "reading"):
            base = lattice.batch.token_offsets[page] if name in ("first", "end") else 0
            base = lattice.batch.sentence_offsets[page] if name == "sentence" else base
            found = getattr(lattice, name)[own] - base
            if name == "reading":
                base = sum(len(before.drawn) for before in texts[:page])
                found = np.where(found >= 0, found - base, found)
            assert found.tolist() == getattr(alone, name).tolist()


@given(readables(kinds=("lexical", "grammar", "name")))
@thorough
def test_arcs_are_known_by_what_they_do(each):
    lattice = each.lattice
    kinds = [None if number < 0 else each.drawn[number].kind for number in lattice.reading.tolist()]
    assert lattice.edits.tolist() == [arc for arc, kind in enumerate(kinds) if kind]
    assert lattice.repairs.tolist() == [arc for arc, kind in enumerate(kinds) if kind and kind != "grammar"]
    framing = {0, *np.flatnonzero(lattice.first == lattice.end).tolist()}
    assert np.flatnonzero(lattice.keeps).tolist() == [
        arc for arc, kind in enumerate(kinds) if kind is None and arc not in framing
    ]  # fmt: skip
    assert lattice.sizes.tolist() == [len(words) for words in arc_words(lattice)]


def test_two_sentences_with_readings():
    lattice = readable("Big it.\nTalk", Drawn(3, 4, ("chat",)), Drawn(0, 2, ("large", "one"))).lattice
    rows = zip(
        lattice.sentence.tolist(), lattice.level.tolist(), lattice.until.tolist(), arc_words(lattice), strict=True
    )
    assert sorted(rows) == [
        (0, 0, 1, ("<s>",)), (0, 1, 2, ("big",)), (0, 1, 3, ("large", "one")), (0, 2, 3, ("it",)), (0, 3, 4, (".",)),
        (0, 4, 5, ("</s>",)),
        (1, 0, 1, ("<s>",)), (1, 1, 2, ("chat",)), (1, 1, 2, ("talk",)), (1, 2, 3, ("</s>",)),
    ]  # fmt: skip


# --- words ----------------------------------------------------------------------------------------------------


@given(st.lists(WORDS, max_size=3, unique=True), st.data())
@thorough
def test_wordings_are_those_of_the_lexicon_and_behind_them_those_of_references(further, data):
    own = ["big talk", "off", "take", "a", "an"]
    lexicon = fake_tables([Entry("x", text, sources=("A01",)) for text in own]).lexicon
    wordings = Wordings(lexicon, [" ".join(words).upper() for words in further], further)
    assert wordings.size == len(own)
    expected = [(text, fold_words(text)) for text in sorted(own)]
    expected += [(" ".join(words).upper(), words) for words in further]
    assert [(wordings.text(n), wordings.folded(n)) for n in range(len(expected))] == expected
    asked = data.draw(st.lists(st.integers(0, len(expected) - 1), max_size=6))
    flat, counts = wordings.words(np.array(asked, dtype=np.int64))
    assert counts.tolist() == [len(expected[number][1]) for number in asked]
    assert flat.tolist() == lexicon.ids.of([word for number in asked for word in expected[number][1]]).tolist()


@given(readables(words=["talks", "a", "zzz", "7", "2022", "2.5"]))
@thorough
def test_models_know_the_words_of_arcs_by_their_own_numbers(each):
    lattice = each.lattice
    words = [word for arc in arc_words(lattice) for word in arc]
    seen = [word if word in FAKES[0].words else CLASSES.get(word, "<unk>") for word in words]
    for name, model in zip(("ngrams", "topics", "context"), FAKES, strict=True):
        assert model_ids(lattice, TABLES.lexicon, name).tolist() == model.ids(seen)


CLASSES = {"7": "<num>", "2022": "<year>", "2.5": "<num>"}


def test_phrases_share_a_number_only_if_they_are_equal():
    phrases = [words for size in range(4) for words in product(range(1, 12), repeat=size)]
    phrases += [words[::-1] for words in phrases]
    flat = np.array([word for words in phrases for word in words], dtype=np.int64)
    sizes = np.array([len(words) for words in phrases], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    keys = phrase_keys(flat, starts, sizes).tolist()
    by_key = dict(zip(keys, phrases, strict=True))
    assert len(by_key) == len(set(phrases))
    assert [by_key[key] for key in keys] == phrases
