"""Word vectors: what they say, their file, and that the vectorised scores are the plain ones."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.errors import ModelError
from normalizer.language_model import AssociationModel, LanguageModel, topic_scores
from normalizer.language_model.training import association as room
from normalizer.language_model.training.ngrams import train_model

SUBJECTS = (
    "judge jury lawyer trial appeal verdict prison witness".split(),
    "goal striker league keeper penalty referee stadium coach".split(),
    "vaccine nurse hospital patient doctor virus clinic surgery".split(),
)
FILLERS = "the a of and to in was that for on it with as at by".split()


def sentence(random, subject):
    topical = random.choice(SUBJECTS[subject], 4, replace=False)
    fillers = random.choice(FILLERS, 5)
    return " ".join(random.permutation([*topical, *fillers])) + "."


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with the corpus, a model and word vectors."""
    folder = tmp_path_factory.mktemp("topics")
    random = np.random.default_rng(5)
    stories = ["\n".join(sentence(random, number % 3) for _ in range(8)) for number in range(150)]
    (folder / "news.txt").write_text("\n\n".join(stories) + "\n", encoding="utf-8")
    train(folder)
    return folder


def train(folder, name="news"):
    target = folder / f"{name}.topics"
    train_model([folder / "news.txt"], folder / f"{name}.ngrams", processes=1, association=target)
    return target


@pytest.fixture(scope="module")
def model(small):
    return AssociationModel.load(small / "news.topics")


def test_words_of_one_subject_keep_company(model):
    context = "the jury and the judge at the trial".split()
    assert model.score_words(["verdict"], context) > 0.5
    assert model.score_words(["verdict"], context) > model.score_words(["penalty"], context) + 0.5


def test_frequent_and_unknown_words_say_nothing(model):
    assert model.ids(["zebra", "verdict"])[0] == 0
    assert not model.vectors([0]).any()
    assert model.score_words(["zebra"], ["jury"]) == model.score_words(["verdict"], ["zebra"]) == 0
    assert model.score_words([], []) == 0
    usable = room.content_words(["<unk>", "<s>", "</s>", ".", "the", "<num>", *(f"w{i}" for i in range(14))])
    assert np.flatnonzero(usable).tolist() == list(range(7, 20))  # a tenth of 20 words: "the" and the next


def test_vectors_are_of_length_one(model):
    known = np.flatnonzero(np.linalg.norm(model.vectors(range(len(model.words))), axis=1))
    assert len(known) >= 20
    np.testing.assert_allclose(np.linalg.norm(model.vectors(known), axis=1), 1, atol=1e-3)


def test_topic_scores_equal_the_plain_ones(model):
    tokens = "the jury heard the witness and the goal . a striker in the stadium".split()
    sentences = [(0, 9), (9, 14)]
    arcs = [(0, 1, ("the",)), (1, 2, ("jury",)), (1, 3, ("trial", "verdict")), (7, 8, ("appeal",)), (9, 14, ("goal",))]
    arcs += [(10, 11, ("coach",)), (14, 14, ("</s>",))]
    first, end = (np.array([arc[i] for arc in arcs]) for i in (0, 1))
    which = np.array([0, 0, 0, 0, 1, 1, 1])
    found = topic_scores(model, [arc[2] for arc in arcs], (first, end), which, tokens, sentences)
    for value, (start, stop, words), number in zip(found, arcs, which, strict=True):
        low, high = sentences[number]
        expected = model.score_words(words, [*tokens[low:start], *tokens[stop:high]])
        assert value == pytest.approx(expected, abs=1e-4)
    assert found[4] == 0  # nothing of its sentence is left as context


TOPICAL = [word for subject in SUBJECTS for word in subject]
words_of_text = st.lists(st.sampled_from([*TOPICAL, *FILLERS, "zebra"]), max_size=12)


@st.composite
def asked(draw):
    """Return sentences, and (sentence, first, end, word) for words that stand for stretches of them."""
    sentences = draw(st.lists(words_of_text, min_size=1, max_size=6))
    items = []
    for _ in range(draw(st.integers(0, 12))):
        number = draw(st.integers(0, len(sentences) - 1))
        first = draw(st.integers(0, len(sentences[number])))
        end = draw(st.integers(first, len(sentences[number])))
        items.append((number, first, end, draw(st.sampled_from([*TOPICAL, "the", "zebra"]))))
    return sentences, items


def associations(model, sentences, items):
    ends = np.cumsum([len(words) for words in sentences])
    bounds = np.stack((ends - [len(words) for words in sentences], ends), axis=1)
    columns = np.array([(n, a + bounds[n, 0], b + bounds[n, 0]) for n, a, b, _ in items], np.int64).reshape(-1, 3).T
    words = np.array(model.ids([word for *_, word in items]), np.int64)
    tokens = np.array(model.ids([word for words_ in sentences for word in words_]), np.int64)
    return model.in_sentences(words, columns[1], columns[2], columns[0], tokens, bounds)


@pytest.mark.parametrize("block", [4, 1024])
@settings(deadline=None, max_examples=50)
@given(case=asked(), before=st.lists(words_of_text, max_size=4), data=st.data())
def test_a_sentence_counts_for_itself_alone(model, block, case, before, data):
    """Among other sentences, and in any order, each word is worth what it is worth alone, to the last bit."""
    sentences, items = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("normalizer.language_model.association.BLOCK", block)
        moved = [(n + len(before), *rest) for n, *rest in items]
        order = data.draw(st.permutations(range(len(items))))
        found = associations(model, [*before, *sentences], [moved[i] for i in order])
    for place, i in enumerate(order):
        number, first, end, word = items[i]
        alone = associations(model, [sentences[number]], [(0, first, end, word)])[0]
        assert found[place] == alone
        rest = [*sentences[number][:first], *sentences[number][end:]]
        assert alone == pytest.approx(model.score_words([word], rest), abs=1e-5)


def test_no_arcs_have_no_scores(model):
    none = np.zeros(0, np.int64)
    assert topic_scores(model, [], (none, none), none, [], []).shape == (0,)


def test_training_is_deterministic(small):
    assert train(small, "again").read_bytes() == (small / "news.topics").read_bytes()


def test_counting_in_blocks_loses_only_pairs_across_them(monkeypatch):
    text = np.array([1, 4, 5, 4, 2, 1, 5, 6, 2], np.uint16)
    usable = np.array([False, False, False, False, True, True, True])
    whole = room.count_pairs(text, usable)
    assert whole[4, 5] == whole[5, 4] == 2 and whole[4, 4] == 2 and whole[5, 6] == 1 and whole[4, 6] == 0
    monkeypatch.setattr(room, "BLOCK", 5)
    monkeypatch.setattr(room, "ROWS", 2)
    np.testing.assert_array_equal(room.count_pairs(text, usable), whole)


def test_leading_vectors_span_the_largest_eigenvalues():
    random = np.random.default_rng(2)
    basis, _ = np.linalg.qr(random.standard_normal((60, 60)))
    table = ((basis * np.r_[90.0, 70.0, 50.0, np.full(57, 0.1)]) @ basis.T).astype(np.float32)
    found = room.leading_vectors(table, 3)
    np.testing.assert_allclose(found @ found.T, basis[:, :3] @ basis[:, :3].T, atol=1e-3)


def test_pickled_model_is_the_same_file(model):
    again = pickle.loads(pickle.dumps(model))
    assert (again.signature, again.words) == (model.signature, model.words)


def test_held_out_articles_are_named(model):
    assert model.provenance["corpora"][0]["held_out"] == 3
    assert "50th" in model.provenance["held out"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:100], "expected an undamaged file of word vectors"),
        (lambda data: data[:-8], "bytes in place of"),
        (lambda data: data[:-40] + b"\xff" * 40, "contents with the checksum"),
        (lambda data: b"PK" + data[2:], "expected a file of word vectors, which starts with"),
        (lambda data: b"", "expected a file of word vectors"),
        (lambda data: data[:8] + b"\x09" + data[9:], "format 9: written by a newer"),
    ],
)
def test_damage_is_told(small, tmp_path, damage, message):
    path = tmp_path / "bad.topics"
    path.write_bytes(damage((small / "news.topics").read_bytes()))
    with pytest.raises(ModelError, match=message):
        AssociationModel.load(path)


def test_other_files_are_told(small, tmp_path):
    with pytest.raises(ModelError, match="expected a file of word vectors"):
        AssociationModel.load(small / "news.ngrams")
    with pytest.raises(ModelError, match="expected a language model"):
        LanguageModel.load(small / "news.topics")
    with pytest.raises(ModelError, match=r"missing: expected a file of word vectors, found"):
        AssociationModel.load(tmp_path / "missing")


def test_shipped_vectors_tell_senses():
    shipped = AssociationModel.load()
    assert shipped.path.stat().st_size < 4_000_000
    drama = "bored with dramas the studio now wants comedies".split()
    assert shipped.score_words(["actor"], drama) > shipped.score_words(["surgeon"], drama)
    football = ["penalty", "goal"]
    assert shipped.score_words(["striker"], football) > shipped.score_words(["attacker"], football)


def test_text_without_pairs_is_told(tmp_path):
    text = np.array([1, 3, 2], np.uint16)
    with pytest.raises(ModelError, match="expected sentences of two and more words"):
        room.train_association(text, ("<unk>", "<s>", "</s>", "word"), tmp_path / "never", {})
