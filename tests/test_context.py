"""The context model: what it says, its file, and that the vectorised scores and gradients are the plain ones."""

import pickle

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.cli import main
from normalizer.errors import ModelError
from normalizer.language_model import ContextModel, Phrases
from normalizer.language_model.context import BANDS, MARGIN, NEAR
from normalizer.language_model.training import context as training
from normalizer.language_model.words import END_ID

SCENES = (
    "the judge sent the {} to prison",
    "a nurse gave the {} a vaccine",
    "the keeper let the {} into the goal",
)
RIGHT = ("defendant", "patient", "ball")
PAIRS = [(wrong, right) for right in RIGHT for wrong in RIGHT if wrong != right]


def pairs(vocabulary):
    return [pair for pair in PAIRS if set(pair) <= set(vocabulary)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A corpus in which the scene decides which of three words stands in it."""
    random = np.random.default_rng(3)
    lines = []
    for _ in range(4000):
        scene = random.integers(3)
        tail = " ".join(f"w{random.integers(400)}" for _ in range(6))
        lines.append(SCENES[scene].format(RIGHT[scene]) + f" {tail} .")
    path = tmp_path_factory.mktemp("context") / "news.txt"
    path.write_text("\n\n".join("\n".join(lines[i : i + 20]) for i in range(0, 4000, 20)) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(corpus):
    target = corpus.with_suffix(".context")
    training.train_context([corpus], pairs, target, steps=20, processes=1)
    return ContextModel.load(target)


def fits(model, text, at, words):
    stream = np.array(model.ids(["<s>", *text.split(), "</s>"]))
    ids = np.array(model.ids(words))
    one = np.ones(len(words), np.int64)
    return model.fits(stream, Phrases(ids, one, one * at + 1, one * at + 2))


@pytest.mark.parametrize("scene", range(3))
def test_learns_which_word_belongs(model, scene):
    text = SCENES[scene].format(RIGHT[(scene + 1) % 3])
    found = fits(model, text, text.split().index(RIGHT[(scene + 1) % 3]), RIGHT)
    assert found.argmax() == scene
    assert found[scene] > np.delete(found, scene).max() + 1


def test_an_unknown_word_is_worth_an_average_one(model):
    found = fits(model, "the judge sent the zebra to prison", 4, ["zebra"])
    assert found[0] == pytest.approx(-np.log(training.SAMPLED))


def plain(model, stream, words, start, stop, which):
    """The score of word *which* of a wording, written down as the docstring of the room has it."""
    vectors = model._input.astype(np.float64) * model._input_scales[:, None]
    outputs = model._output.astype(np.float64) * model._output_scales[:, None]
    left, right = [END_ID] * 50 + list(stream[:start]), list(stream[stop:]) + [END_ID] * 50
    before, after = left + list(words[:which]), list(words[which + 1 :]) + right
    window = [vectors[before[-k]] for k in range(NEAR, 0, -1)] + [vectors[after[k]] for k in range(NEAR)]
    inner = NEAR
    for outer in BANDS:
        size = np.sqrt(outer - inner)
        window.append(sum(vectors[left[-k]] for k in range(inner + 1, outer + 1)) / size)
        window.append(sum(vectors[right[k - 1]] for k in range(inner + 1, outer + 1)) / size)
        inner = outer
    bent = np.concatenate(window) @ model._first.reshape(-1, model._first.shape[2]) + model._first_bias
    made = np.maximum(bent, 0) @ model._second + model._second_bias
    sample = outputs[model.section("sample")] @ made + model._bias[model.section("sample")]
    word = words[which]
    return outputs[word] @ made + model._bias[word] - np.log(np.exp(sample - sample.max()).sum()) - sample.max()


@given(st.data())
def test_fits_are_the_plain_ones(model, data):
    ids = st.integers(1, len(model.words) - 1)
    stream = data.draw(st.lists(ids, min_size=1, max_size=60))
    phrases = []
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(stream)))
        stop = data.draw(st.integers(start, min(len(stream), start + 3)))
        phrases.append((data.draw(st.lists(ids, min_size=1, max_size=4)), start, stop))
    flat = np.array([word for words, _, _ in phrases for word in words])
    sizes, starts, stops = (
        np.array(column) for column in zip(*((len(words), start, stop) for words, start, stop in phrases), strict=True)
    )
    found = model.fits(np.array(stream), Phrases(flat, sizes, starts, stops))
    expected = [sum(plain(model, stream, w, a, b, k) for k in range(len(w))) for w, a, b in phrases]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@st.composite
def asked(draw, size):
    """Return a stream of word ids below *size*, and wordings (words, start, stop) for stretches of it."""
    ids = st.integers(0, size - 1) | st.integers(3, 6)
    stream = draw(st.lists(ids, min_size=1, max_size=80))
    wordings = []
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(stream)))
        stop = draw(st.integers(start, min(len(stream), start + 3)))
        wordings.append((draw(st.lists(ids, min_size=1, max_size=5)), start, stop))
    return stream, wordings


def phrases_of(wordings):
    columns = zip(*((len(words), start, stop) for words, start, stop in wordings), strict=True)
    return Phrases(np.array([word for words, _, _ in wordings for word in words]), *map(np.array, columns))


@pytest.mark.parametrize("span", [16, 4096])
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_wording_counts_for_itself_alone(model, span, data):
    """Among other wordings and other texts, each is worth what it is worth alone, to the last bit."""
    size = len(model.words)
    stream, wordings = data.draw(asked(size))
    alone = [model.fits(np.array(stream), phrases_of([wording]))[0] for wording in wordings]
    between = [END_ID] * MARGIN
    before, others = data.draw(asked(size))
    at = len(before) + MARGIN
    moved = [*others, *((words, start + at, stop + at) for words, start, stop in wordings)]
    order = data.draw(st.permutations(range(len(moved))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("normalizer.language_model.context.SPAN", span)
        patch.setattr("normalizer.language_model.context.MANY", span)
        found = model.fits(np.array([*before, *between, *stream]), phrases_of([moved[i] for i in order]))
    np.testing.assert_array_equal(found[np.argsort(order)][len(others) :], alone)


def test_only_a_margin_of_words_counts(model):
    random = np.random.default_rng(7)
    stream = random.integers(3, 100, 200)
    phrase = phrases_of([([5, 6], 90, 92)])
    expected = model.fits(stream, phrase)
    far = np.concatenate((stream[:20], stream[90 - MARGIN : 92 + MARGIN], stream[:50]))
    assert model.fits(far, phrases_of([([5, 6], 20 + MARGIN, 22 + MARGIN)])) == expected
    far[20 + NEAR] += 1
    assert model.fits(far, phrases_of([([5, 6], 20 + MARGIN, 22 + MARGIN)])) != expected


def test_the_gradient_of_windows_is_their_transpose():
    random = np.random.default_rng(1)
    vectors = random.standard_normal((2, training.LENGTH + 2 * training.REACH, 3)).astype(np.float32)
    windows = training.window_vectors(vectors)
    other = random.standard_normal(windows.shape).astype(np.float32)
    back = training.window_gradient(other, 3)
    assert float((windows * other).sum()) == pytest.approx(float((vectors * back).sum()), rel=1e-3)


def test_the_gradient_of_the_loss_is_its_slope():
    random = np.random.default_rng(2)
    net = training._start(30, random)
    net.output[:] = random.standard_normal(net.output.shape) * 0.1
    made = random.standard_normal((5, training.DIMENSIONS)).astype(np.float32)
    candidates = random.integers(3, 30, (5, 1 + training.CONFUSED)).astype(np.int32)
    valid = np.repeat([[True], [True], [False], [True], [True]], training.CONFUSED, axis=1)
    empty = np.zeros(0, np.int64)
    batch = training.Batch(candidates, empty, empty, candidates, valid, np.arange(3, 9, dtype=np.int32))
    own, sampled, loss = training._softmax(net, batch, made)
    slope = (own[:, :, None] * net.output[candidates]).sum(1) + sampled @ net.output[batch.sample]
    step = np.zeros_like(made)
    step[1, 4] = 0.05
    higher, lower = (training._softmax(net, batch, made + sign * step)[2] for sign in (1, -1))
    assert loss == pytest.approx((higher + lower) / 2, abs=1e-3)
    assert (higher - lower) / 0.1 * 5 == pytest.approx(float(slope[1, 4]), rel=0.02)


def test_the_same_text_gives_the_same_bytes(corpus, tmp_path):
    made = [tmp_path / "once.context", tmp_path / "again.context"]
    for path in made:
        training.train_context([corpus], pairs, path, steps=4, processes=1)
    assert made[0].read_bytes() == made[1].read_bytes()


def test_pickles_as_its_path(model):
    assert pickle.loads(pickle.dumps(model)).signature == model.signature


def test_missing_damaged_and_foreign_files(model, tmp_path):
    data = bytearray(model.path.read_bytes())
    data[-9] ^= 1
    (tmp_path / "damaged").write_bytes(data)
    (tmp_path / "foreign").write_bytes(b"no model at all, but long enough to be one")
    for name, told in (("none", "No such file"), ("damaged", "checksum"), ("foreign", "which starts with")):
        with pytest.raises(ModelError, match=told) as caught:
            ContextModel.load(tmp_path / name)
        assert name in str(caught.value) and "train-context" in str(caught.value)


def test_text_without_swapped_words_is_refused(corpus, tmp_path):
    with pytest.raises(ModelError, match="words of the corpora that spinners swap"):
        training.train_context([corpus], lambda vocabulary: [], tmp_path / "x", steps=1, processes=1)
    assert not (tmp_path / "x").exists()


def test_the_command_teaches_and_trains(small_lexicon, tmp_path):
    lines = [f"Minister {i} told reporters, and officer {i} instructed the recruits of {i}." for i in range(60)]
    (tmp_path / "clean.txt").write_text("\n\n".join(lines), encoding="utf-8")
    target = tmp_path / "my.context"
    done = CliRunner().invoke(main, ["train-context", str(tmp_path / "clean.txt"), "-o", str(target), "--steps", "2"])
    assert done.exit_code == 0, done.output
    assert "told" in ContextModel.load(target).words
    assert "clean text" in CliRunner().invoke(main, ["train-context", "--help"]).output


def test_the_shipped_model_knows_news():
    model = ContextModel.load()
    text = "the minister told reporters at a press convention on friday that talks would continue"
    found = fits(model, text, 7, ["convention", "conference"])
    assert found[1] > found[0] + 2
