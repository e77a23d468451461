"""Pages: they tile the text, end where something ends, and lie side by side in columns; offsets are the caller's."""

from itertools import pairwise

import numpy as np
import pytest
from core_strategies import TABLES, hard_texts, thorough, usual
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.pages import BLANK, PARAGRAPH, SENTENCE, lay_out, page_bounds, read, read_page, touched
from normalizer.prose import read_prose
from normalizer.residue import residue_edits
from normalizer.tokens import INVISIBLE, sentences, tokenize

PROSE = st.lists(
    st.sampled_from(
        ["Talks went on", "they said", ". ", "! ", ".” ", "\n\n", "\n", " ", "1. ", "x" * 9, "It", "”", "é"]
    ),
    max_size=40,
).map("".join)


def best_cut(text: str, start: int, end: int) -> int:
    """The last place between *start* and *end* behind the end of a paragraph, else of a sentence, else of a word."""
    for pattern in (PARAGRAPH, SENTENCE, BLANK):
        half = start + (end - start) // 2
        cuts = [m.end() for low in (half, start) for m in pattern.finditer(text, low, end)]
        cuts = [cut for cut in cuts if start < cut < end]
        if cuts:
            return max(cuts)
    return end


@given(hard_texts(40) | PROSE, st.integers(1, 40))
@example("", 1)
@example("x" * 100, 7)
@thorough
def test_pages_tile_the_text_and_are_no_longer_than_they_may_be(text, longest):
    bounds = page_bounds(text, longest)
    assert (bounds[0][0], bounds[-1][1]) == (0, len(text))
    assert all(left[1] == right[0] for left, right in pairwise(bounds))
    assert all(0 < end - start <= longest for start, end in bounds if text)
    assert len(bounds) == 1 or len(text) > longest


@given(PROSE, st.integers(5, 60))
@thorough
def test_a_page_ends_with_a_paragraph_a_sentence_or_at_least_a_word(text, longest):
    for start, end in page_bounds(text, longest)[:-1]:
        assert end == best_cut(text, start, start + longest)


@pytest.mark.parametrize(
    ("text", "longest", "pages"),
    [
        ("One is. Two is.\n\nThree is. Four is.", 30, ["One is. Two is.\n\n", "Three is. Four is."]),
        ("One is. Two is. Three is. Four", 20, ["One is. Two is. ", "Three is. Four"]),
        ("one and\ntwo and\nthree and four", 20, ["one and\ntwo and\n", "three and four"]),
        ("He said “no.” She did.", 18, ["He said “no.” ", "She did."]),
        ("onetwothreefour", 5, ["onetw", "othre", "efour"]),
        ("A line.\n“Quoted,” he said", 20, ["A line.\n", "“Quoted,” he said"]),
        ("A line that was\nwrapped here", 20, ["A line that was\n", "wrapped here"]),
    ],
)
def test_pages_table(text, longest, pages):
    assert [text[start:end] for start, end in page_bounds(text, longest)] == pages


@given(PROSE, st.integers(5, 60))
@thorough
def test_pages_cut_where_sentences_end_hold_the_sentences_of_the_text(text, longest):
    """A page that does not end in the middle of a sentence has the sentences that the whole text has there."""
    whole = tokenize(text)
    starts = {whole[first].start for first, _ in sentences(text, whole)}
    for start, end in page_bounds(text, longest):
        page = read_page(text, (start, end), [])
        inside = [token for token in whole if start <= token.start < end]
        if [token.start for token in inside] != [token.start for token in page.tokens]:
            continue  # cut inside a word
        opening = {page.tokens[0].start} if page.tokens else set()
        found = {page.tokens[first].start for first, _ in page.spans}
        assert found - opening == {at for at in starts if start <= at < end} - opening


def visible(text: str) -> list[str]:
    return [letter for letter in text if not letter.isspace() and not INVISIBLE.match(letter)]


@given(hard_texts(40), st.integers(1, 40))
@thorough
def test_offsets_of_a_page_are_those_of_the_text(text, longest):
    for bounds in page_bounds(text, longest):
        page = read_page(text, bounds, [])
        assert page.text is text
        assert all(text[token.start : token.end] == token.text for token in page.tokens)
        assert all(bounds[0] <= token.start < token.end <= bounds[1] for token in page.tokens)
        assert "".join(visible(text[slice(*bounds)])) == "".join(visible("".join(each.text for each in page.tokens)))


@given(hard_texts(20))
@usual
def test_a_text_is_read_as_one_page(text):
    page = read(text)
    assert (page.tokens, page.kept) == read_prose(text)
    assert page.spans == list(sentences(text, page.tokens))
    assert page.residue == residue_edits(text)


# --- side by side -----------------------------------------------------------------------------------------------


@given(st.lists(hard_texts(12), max_size=4))
@example([])
@example(["", "The talks. The end", ""])
@thorough
def test_columns_of_a_batch_are_what_each_token_says(texts):
    pages = [read(text) for text in texts]
    batch = lay_out(pages, TABLES.lexicon)
    tokens = [token for page in pages for token in page.tokens]
    assert batch.words.tolist() == TABLES.lexicon.ids.of([token.word for token in tokens]).tolist()
    heads = [token.text[0] for token in tokens]
    for name, says in (("upper", str.isupper), ("lower", str.islower), ("letter", str.isalpha)):
        assert getattr(batch, name).tolist() == [says(head) for head in heads]
    assert batch.starts.tolist() == [token.start for token in tokens]
    assert batch.stops.tolist() == [token.end for token in tokens]
    assert batch.page_of.tolist() == [number for number, page in enumerate(pages) for _ in page.tokens]
    assert batch.token_offsets.tolist() == [sum(len(page.tokens) for page in pages[:n]) for n in range(len(pages) + 1)]
    assert batch.sentence_offsets.tolist() == [sum(len(p.spans) for p in pages[:n]) for n in range(len(pages) + 1)]
    assert batch.sentence_page.tolist() == [number for number, page in enumerate(pages) for _ in page.spans]
    sentence = 0
    for number, page in enumerate(pages):
        base = int(batch.token_offsets[number])
        for first, end in page.spans:
            assert (batch.firsts[sentence], batch.ends[sentence]) == (base + first, base + end)
            assert (batch.sentence_of[base + first : base + end] == sentence).all()
            assert batch.tokens(base + first, base + end) == page.tokens[first:end]
            sentence += 1


RESIDUE = st.lists(
    st.sampled_from(
        ["He said ", "so. ", "[ad_1]\n", "\n[ad_2]", "{hardware} ", "«it» ", "{ it } ", "3-0 ", "a_b ", "\n"]
    ),
    max_size=8,
).map("".join)


@given(st.lists(RESIDUE, max_size=3))
@example(["[ad_1]\nHe said {hardware} so.", "", "He said so"])
@thorough
def test_residue_and_what_is_kept_mark_the_tokens_and_gaps_that_they_touch(texts):
    pages = [read(text) for text in texts]
    found = touched(lay_out(pages, TABLES.lexicon))
    expected = []
    for page in pages:
        spans = [(token.start, token.end) for token in page.tokens]
        stops = [start for start, _ in spans[1:]] + [end for _, end in spans[-1:]]
        gaps = [(end, stop) for (_, end), stop in zip(spans, stops, strict=True)]
        for span, gap in zip(spans, gaps, strict=True):
            there = [(edit.start, edit.end) for edit in page.residue] + list(page.kept)
            expected.append([any(start < high and low < end for start, end in there) for low, high in (span, gap)])
    assert found.T.tolist() == expected
    assert found.dtype == np.bool_
