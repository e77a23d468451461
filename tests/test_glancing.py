"""The glance at an article: what makes it suspicious, and that it sees what the plain words say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.glancing import LEAST, WINDOW, Glance, glanced_words
from normalizer.language_model import LanguageModel
from normalizer.lexicon import Entry, Lexicon
from normalizer.repairing import Normalizer
from normalizer.tokens import tokenize

SPUN = "The Prime Minister instructed reporters at a press convention that talks will proceed subsequent week. "
CLEAN = "The prime minister told reporters at a news conference that the talks would go on next week. "


@pytest.fixture(scope="module")
def tool():
    return Normalizer()


def small(**spun):
    entries = [
        Entry(form.replace("_", " "), "x", count=count, clean=1.0, sources=("A01",)) for form, count in spun.items()
    ]
    return Glance(Lexicon(entries), LanguageModel.load())


def worths(glance, words):
    return glance._worths(words, np.array([glance._ids[word] for word in words]))


def test_inflected_forms_are_signs():
    glance = Glance(
        Lexicon([Entry("instruct", "tell", "v", count=50, sources=("A01",))]), LanguageModel.load()
    )
    found = worths(glance, "he instructed and instructs the instructor".split())
    assert np.flatnonzero(found).tolist() == [1, 3]
    assert worths(glance, ["instructs"] * 2).tolist() == [found[3]] * 2


@pytest.mark.parametrize(
    ("text", "suspicious"),
    [(SPUN * 10, True), (CLEAN * 10, False), (CLEAN * 30 + SPUN * 10 + CLEAN * 30, True), (CLEAN, True), ("", False)],
    ids=["spun", "clean", "partly spun", "too short to say", "empty"],
)
def test_spun_stretches_are_suspicious(tool, text, suspicious):
    assert tool.glance.may_be_spun(text) is suspicious


def test_what_fits_counts_less(tool):
    fitting, unfit = ("The judge instructed the jury on Friday. ", "The judge instructed reporters on Friday. ")
    fits, misfits = (tool.glance.suspicion(glanced_words(text * 10)).max() for text in (fitting, unfit))
    assert fits < misfits / 2


def test_an_article_that_is_not_suspicious_is_not_read(tool, monkeypatch):
    monkeypatch.setattr(Normalizer, "propose", lambda *_: pytest.fail("read in full"))
    assert tool.repair(CLEAN * 10).edits == ()
    with pytest.raises(pytest.fail.Exception):
        tool.repair(SPUN * 10)


def test_the_longest_form_counts_and_counts_once():
    glance = small(take=50, take_part_in=50, part=50)
    assert np.flatnonzero(worths(glance, "they take part in part of it".split())).tolist() == [1, 4]


def test_words_that_only_the_lexicon_knows_are_seen():
    glance = small(zzzyx=50)
    found = worths(glance, ("zzzyx", "zzzyy", "the"))
    assert found[0] > 0 and not found[1:].any()
    assert np.isfinite(glance.suspicion(["zzzyx"] * 80)).all()


@given(st.lists(st.sampled_from("talks instructed the of press convention zzz 4 2.5 . ,".split()), max_size=400))
def test_windows_are_the_plain_sums(words):
    glance = small(instructed=9, press_convention=9)
    if not words:
        return
    found = glance.suspicion(words)
    size = min(WINDOW, len(words))
    ids = np.array([glance._ids[word] for word in words])
    places = np.arange(len(words))
    values = np.minimum(glance._worths(words, ids), 6) / (1 + np.exp(0.5 * glance._fits(ids, places)))
    assert found.max() <= values.sum() / size + 1e-9
    assert found[0] == pytest.approx(values[:size].sum() / size)
    assert found[-1] == pytest.approx(values[-size:].sum() / size)


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


def test_short_texts_are_always_read(tool):
    assert tool.glance.may_be_spun("the " * (LEAST - 1))
    assert not tool.glance.may_be_spun("the " * LEAST)
