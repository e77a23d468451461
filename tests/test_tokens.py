"""Tokens tile the text, their comparing form is blind to spelling variants, and sentences cover them all."""

import unicodedata

import pytest
import regex
from core_strategies import PIECES, hard_texts, thorough, usual
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.tokens import fold, fold_words, sentences, tokenize

LINE_END = regex.compile(r"\r\n|\r|\n")
LATIN = st.text("aeindrsztAEN \u0301\u0308\u0327é\u00e7ü'’.-2", max_size=12)


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


def split(text: str) -> list[str]:
    tokens = tokenize(text)
    return [text[tokens[a].start : tokens[b - 1].end] for a, b in sentences(text, tokens)]


# --- tokens -------------------------------------------------------------------------------------------------


@given(hard_texts())
@example("".join(PIECES))
@example("\u0130stanbul’s e\u0301\u00ad 👍🏽\r\n\x00")
@thorough
def test_tokens_tile_the_text(text):
    done = 0
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text
        assert token.text and not regex.search(r"\s", token.text)
        assert not text[done : token.start].removeprefix("\ufeff").strip(), "only white space between tokens"
        done = token.end
    assert not text[done:].removeprefix("\ufeff").strip()


@given(hard_texts())
@example("plain words alone")
@example("'s been")
@usual
def test_the_words_of_a_phrase_are_the_words_of_its_tokens(text):
    assert fold_words(text) == tuple(token.word for token in tokenize(text))
    assert all(token.word == fold(token.text) != "" for token in tokenize(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Visit https://a.b/c?d=e.f, now", ["Visit", "https://a.b/c?d=e.f", ",", "now"]),
        ("www.site.org!", ["www.site.org", "!"]),
        ("mail x.y@z.org.", ["mail", "x.y@z.org", "."]),
        ("on amazon.com today", ["on", "amazon.com", "today"]),
        ("The U.S. at 5 p.m.", ["The", "U.S.", "at", "5", "p.m."]),
        ("end.The", ["end", ".", "The"]),
        ("a.b", ["a", ".", "b"]),
        ("today’s and we're", ["today", "’s", "and", "we", "'re"]),
        ("CHINA'S", ["CHINA", "'S"]),
        ("cafe\u0301's", ["cafe\u0301", "'s"]),
        ("zero\u200d's", ["zero\u200d", "'s"]),
        ("'s been", ["'s", "been"]),
        ("he ’s 'sure'", ["he", "’", "s", "'", "sure", "'"]),
        ("don't DON’T n't N'Ts", ["don't", "DON’T", "n't", "N", "'", "Ts"]),
        ("the '80s", ["the", "'", "80", "s"]),
        ("2,03,678 of 2.5, 3.", ["2,03,678", "of", "2.5", ",", "3", "."]),
        ("$2.5m 22-year-old", ["$", "2.5", "m", "22", "-", "year", "-", "old"]),
        ("wait... no -- yes", ["wait", "...", "no", "--", "yes"]),
        ("so\u00adft ze\u200bro", ["so\u00adft", "ze\u200bro"]),
        ("le\u202eft ri\u2069ght", ["le\u202eft", "ri\u2069ght"]),
        ("\x00\ufeffa", ["\x00", "\ufeff", "a"]),
    ],
)
def test_token_table(text, expected):
    assert words(text) == expected


# --- the comparing form -------------------------------------------------------------------------------------


@given(hard_texts(6))
@example("İ")
@example("\u212b\u2126ﬁ\u00ad")
@thorough
def test_composed_and_decomposed_fold_alike(text):
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(LATIN)
@example("cafe\u0301's")
@example("’\u015b")
@example("don'\u1e6b")
@example("É.U. d'e\u0301")
@thorough
def test_composed_and_decomposed_text_has_the_same_words(text):
    assert fold_words(unicodedata.normalize("NFC", text)) == fold_words(unicodedata.normalize("NFD", text))


@given(hard_texts(6))
@usual
def test_folding_is_done_at_once(text):
    assert fold(fold(text)) == fold(text)


@given(
    st.text("abcäÖß", min_size=1, max_size=8),
    st.integers(0, 8),
    st.sampled_from("\u00ad\u200b\u200c\u200d\ufeff"),
)
@usual
def test_invisible_characters_do_not_count(word, at, invisible):
    assert fold(word[:at] + invisible + word[at:]) == fold(word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("US", "us"),
        ("İ", "i\u0307"),
        ("E\u0301", "é"),
        ("’S", "'s"),
        ("“", '"'),
        ("»", '"'),
        ("—", "-"),
        ("\u2011", "-"),
        ("Ze\u200bro", "zero"),
        ("\u200b", "\u200b"),
    ],
)
def test_fold_table(text, expected):
    assert fold(text) == expected


# --- sentences ----------------------------------------------------------------------------------------------


@given(hard_texts())
@example("".join(PIECES))
@thorough
def test_sentences_cover_all_tokens_in_order(text):
    tokens = tokenize(text)
    done = 0
    for first, end in sentences(text, tokens):
        assert first == done < end
        done = end
    assert done == len(tokens)


line_texts = st.lists(
    st.sampled_from(["low", "Up", ".", "!", ":", ",", "2", "\n", "\r\n", "\r", "\n\n", "\r\r", "\n\r\n", " ", "”"]),
    max_size=14,
).map(" ".join)


@given(line_texts | hard_texts())
@example("one\r\rtwo")
@example("one\ntwo")
@thorough
def test_a_line_break_ends_a_sentence_unless_the_line_was_wrapped(text):
    tokens = tokenize(text)
    firsts = {first for first, _ in sentences(text, tokens)}
    for i in range(1, len(tokens)):
        left, right = tokens[i - 1], tokens[i]
        line_ends = len(LINE_END.findall(text[left.end : right.start]))
        wrapped = line_ends == 1 and right.text[0].islower() and left.text not in (".", "!", "?", ":")
        if line_ends:
            assert (i not in firsts) == wrapped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("“Go.” He went.", ["“Go.”", "He went."]),
        ("(See here.) Then go.", ["(See here.)", "Then go."]),
        ("He said “go.” and went.", ["He said “go.” and went."]),
        ("Mr. Smith met Gen. Brown.", ["Mr. Smith met Gen. Brown."]),
        ("It was Sq. Enix again. So it ended.", ["It was Sq. Enix again.", "So it ended."]),
        ("John F. Kennedy spoke.", ["John F. Kennedy spoke."]),
        ("At 2.5 percent. 3 more.", ["At 2.5 percent.", "3 more."]),
        ("end.The next", ["end.The next"]),
        ("Wait... what? yes", ["Wait... what? yes"]),
        ("Wait… What", ["Wait…", "What"]),
        ("A title\nBody text", ["A title", "Body text"]),
        ("a wrapped\nline", ["a wrapped\nline"]),
        ("a wrapped\r\nline", ["a wrapped\r\nline"]),
        ("a wrapped\rline", ["a wrapped\rline"]),
        ("no stop\n\nbut a gap", ["no stop", "but a gap"]),
        ("no stop\r\rbut a gap", ["no stop", "but a gap"]),
        ("list:\nitem", ["list:", "item"]),
        ("", []),
        (" \n", []),
    ],
)
def test_sentence_table(text, expected):
    assert split(text) == expected
