"""The glance at an article: what makes it suspicious, and that it sees what the plain words say."""

import numpy as np
import pytest
from core_strategies import fake_tables, usual
from hypothesis import given
from hypothesis import strategies as st

from normalizer import reading
from normalizer.glancing import (
    LEAST,
    MOST_WORTH,
    SLOPE,
    STEP,
    THRESHOLD,
    WINDOW,
    glanced_words,
    may_be_spun,
    sign_worths,
    suspicion,
)
from normalizer.lexicon import Entry
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.repairing import Normalizer
from normalizer.tables import Tables
from normalizer.tokens import tokenize

SPUN = "The Prime Minister instructed reporters at a press convention that talks will proceed subsequent week. "
CLEAN = "The prime minister told reporters at a news conference that the talks would go on next week. "


@pytest.fixture(scope="module")
def loaded():
    return Tables.load()


def small(**spun):
    """Tables of a lexicon that knows these spun forms."""
    return fake_tables(
        Entry(form.replace("_", " "), "x", count=count, clean=1.0, sources=("A01",)) for form, count in spun.items()
    )


def worths(tables, words):
    return sign_worths(tables.lexicon.ids.of(words), tables.lexicon, "word.worth")


FEW = small(instructed=9, press_convention=9)
WORDS = st.sampled_from("talks instructed the of press convention zzz 4 2.5 . ,".split())


def test_inflected_forms_are_signs():
    tables = fake_tables([Entry("instruct", "tell", "v", count=50, sources=("A01",))])
    found = worths(tables, "he instructed and instructs the instructor".split())
    assert np.flatnonzero(found).tolist() == [1, 3]
    assert worths(tables, ["instructs"] * 2).tolist() == [found[3]] * 2


TEXTS = {
    "spun": (SPUN * 10, True),
    "clean": (CLEAN * 10, False),
    "partly spun": (CLEAN * 30 + SPUN * 10 + CLEAN * 30, True),
    "too short to say": (CLEAN, True),
    "empty": ("", False),
}


@pytest.mark.parametrize(("text", "suspicious"), TEXTS.values(), ids=TEXTS)
def test_spun_stretches_are_suspicious(loaded, text, suspicious):
    assert may_be_spun([text], loaded) == [suspicious]


def test_many_texts_are_told_apart_in_their_order(loaded):
    assert may_be_spun([text for text, _ in TEXTS.values()], loaded) == [found for _, found in TEXTS.values()]
    assert may_be_spun([], loaded) == []


def test_what_fits_counts_less(loaded):
    fitting, unfit = ("The judge instructed the jury on Friday. ", "The judge instructed reporters on Friday. ")
    fits, misfits = suspicion([glanced_words(text * 10) for text in (fitting, unfit)], loaded)
    assert fits.max() < misfits.max() / 2


def test_the_longest_form_counts_and_counts_once():
    tables = small(take=50, take_part_in=50, part=50)
    assert np.flatnonzero(worths(tables, "they take part in part of it".split())).tolist() == [1, 4]


def test_words_that_only_the_lexicon_knows_are_seen():
    tables = small(zzzyx=50)
    found = worths(tables, ["zzzyx", "zzzyy", "the"])
    assert found[0] > 0 and not found[1:].any()
    assert np.isfinite(suspicion([["zzzyx"] * 80], tables)[0]).all()


@given(st.lists(WORDS, min_size=1, max_size=800))
@usual
def test_windows_are_the_plain_sums(words):
    found = suspicion([words], FEW)[0]
    model = FEW.model
    known = FEW.lexicon["word.ngrams"][FEW.lexicon.ids.of(words) & WORD_MASK].tolist()
    spoken = [-1, -1, *known, 0]

    def gain(place):
        """By how much the two words before it make a word likelier."""
        row = np.array([spoken[place : place + 3]])
        return float(model.log_probs(row)[0] - model.unigram_log_probs(row[:, 2])[0])

    values = np.array(
        [
            min(worth, MOST_WORTH) / (1 + np.exp(SLOPE * (gain(place) + gain(place + 1))))
            for place, worth in enumerate(np.maximum(0, worths(FEW, words)))
        ]
    )
    size = min(WINDOW, len(words))
    starts = [*range(0, len(words) - size, STEP), len(words) - size]
    assert found == pytest.approx([values[start : start + size].mean() for start in starts])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=400), max_size=5))
@usual
def test_many_texts_together_look_as_each_alone(texts):
    together = suspicion(texts, FEW)
    assert [each.tolist() for each in together] == [suspicion([words], FEW)[0].tolist() for words in texts]


def test_no_phrase_crosses_two_texts():
    halves = [["the", "press"], ["convention", "the"]]
    assert not any(each.any() for each in suspicion(halves, FEW))
    assert suspicion([halves[0] + halves[1]], FEW)[0].all()


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Lavrov said he'd \"never\" agree; they don't, can't and won't.",
        "It’s the minister’s “third” trip – in 2022, for $2.5 million, to 1,000 people — they’re sure.",
        "Ünal said: naïve (well-known) plans, 50% off!",
    ],
)
def test_glanced_words_are_the_tokens(text):
    assert glanced_words(text) == [token.word for token in tokenize(text)]


def test_short_texts_are_always_read(loaded):
    assert may_be_spun(["the " * (LEAST - 1), "the " * LEAST, SPUN * 10], loaded) == [True, False, True]
    assert suspicion([["the"] * LEAST], loaded)[0].max() <= THRESHOLD


def test_an_article_that_is_not_suspicious_is_not_read(loaded, monkeypatch):
    monkeypatch.setattr(reading, "read_pages", lambda *_: pytest.fail("read in full"))
    tool = Normalizer(tables=loaded)
    assert tool.repair(CLEAN * 10).edits == ()
    with pytest.raises(pytest.fail.Exception):
        tool.repair(SPUN * 10)
