"""The language model: counts and smoothing against plain ones, the file, the shipped model."""

import hashlib
import lzma
import math
import pickle
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer import Normalizer, Settings, apply_edits
from normalizer.errors import ModelError
from normalizer.language_model import LanguageModel, articles, classes, held_out, train_model
from normalizer.language_model.__main__ import main as measure
from normalizer.language_model.ngrams import _searched
from normalizer.language_model.packed import PREFIX
from normalizer.language_model.training import counting
from normalizer.language_model.training.contrasts import _area, measure_contrasts
from normalizer.language_model.training.counting import count_ngrams, lower_table
from normalizer.language_model.training.kneser_ney import discounts, estimate, levels
from normalizer.language_model.training.kneser_ney import prune as prune_estimates
from normalizer.language_model.training.packing import quantize, write_model
from normalizer.language_model.training.pruning import Budget, Cutoffs, parse
from normalizer.language_model.words import END_ID, START_ID, sentence_words

SIZE = 9  # word ids of the small corpora below, with the three special ones

small_corpora = st.lists(st.lists(st.integers(3, SIZE - 1), min_size=1, max_size=7), min_size=1, max_size=12)


def as_text(corpus):
    """Return a corpus of word ids as `counting` wants it."""
    return np.array([word for line in corpus for word in (START_ID, *line, END_ID)], np.uint16)


def linked_levels(corpus, order):
    """Return the levels of a corpus of word ids."""
    text = as_text(corpus)
    tables = [count_ngrams(text, order, SIZE)]
    for lower in range(order - 1, 0, -1):
        tables.insert(0, lower_table(tables[0], text, lower, SIZE))
    return levels(tables)


def ngram_at(levels_, order, row):
    """Return the word ids of the n-gram in a row, found by way of its contexts."""
    level = levels_[order - 1]
    before = ngram_at(levels_, order - 1, int(level.parent[row])) if order > 1 else ()
    return (*before, int(level.keys[row]) & 0xFFFF)


# --- a plain modified Kneser-Ney, straight from Chen and Goodman (1999), one n-gram at a time ---


def plain_counts(corpus, order):
    """Return a Counter of n-grams per order: plain at the top and at sentence starts, else of left words."""
    plain = [Counter() for _ in range(order)]
    for line in corpus:
        words = (START_ID, *line, END_ID)
        for n in range(1, order + 1):
            plain[n - 1].update(words[i : i + n] for i in range(len(words) - n + 1))
    counts = [None] * (order - 1) + [plain[-1]]
    for n in range(order - 1, 0, -1):
        left = defaultdict(set)
        for ngram in plain[n]:
            left[ngram[1:]].add(ngram[0])
        counts[n - 1] = Counter({ngram: len(words) for ngram, words in left.items()})
        if n > 1:
            counts[n - 1].update({ngram: c for ngram, c in plain[n - 1].items() if ngram[0] == START_ID})
    return counts


def plain_probability(counts, context, word):
    """Return the interpolated P(word | context) by recursion."""
    order = len(context) + 1
    table = counts[order - 1]
    discount = (0.0, *discounts(np.array([*table.values()])))
    after = {ngram[-1]: c for ngram, c in table.items() if ngram[:-1] == context}
    lower = plain_probability(counts, context[1:], word) if context else 1 / (SIZE - 1)
    if not after:
        return lower
    total = sum(after.values())
    left = sum(discount[min(c, 3)] for c in after.values()) / total
    own = after.get(word, 0)
    return (own - discount[min(own, 3)]) / total + left * lower


def naive_log_prob(levels_, estimates, kept, context, word):
    """Return ln P(word | context) by walking a dict of kept n-grams."""
    probs, lefts = {}, {}
    for order, (found, mask) in enumerate(zip(estimates, kept, strict=True), 1):
        for row in np.flatnonzero(mask):
            ngram = ngram_at(levels_, order, row)
            probs[ngram] = found.prob[row]
            lefts[ngram] = found.left[row] if len(found.left) else 1.0
    weight = 1.0
    while (*context, word) not in probs:
        weight *= lefts.get(context, 1.0)
        context = context[1:]
    return math.log(weight * probs[(*context, word)])


def everything(levels_):
    return [np.ones(len(level.keys), bool) for level in levels_]


@settings(deadline=None, max_examples=60)
@given(small_corpora, st.integers(2, 5), st.data())
def test_estimates_equal_the_plain_formula(corpus, order, data):
    linked = linked_levels(corpus, order)
    counts = plain_counts(corpus, order)
    assert len(linked[-1].keys) == len(counts[-1])
    found = estimate(linked)
    for n, (level, estimates) in enumerate(zip(linked, found, strict=True), 1):
        if not len(level.keys):  # no sentence is that long
            continue
        row = data.draw(st.integers(0, len(level.keys) - 1))
        *context, word = ngram_at(linked, n, row)
        if word != START_ID:
            assert estimates.prob[row] == pytest.approx(plain_probability(counts, tuple(context), word))


@pytest.mark.parametrize("order", [3, 5])
def test_estimates_use_measured_discounts_where_there_are_some(order):
    random = np.random.default_rng(7)
    corpus = [list(random.zipf(1.3, 6) % (SIZE - 3) + 3) for _ in range(300)]
    linked, counts = linked_levels(corpus, order), plain_counts(corpus, order)
    assert discounts(linked[-1].counts) != (0.5, 1.0, 1.5)
    found = estimate(linked)
    for row in range(0, len(linked[-1].keys), 7):
        *context, word = ngram_at(linked, order, row)
        assert found[-1].prob[row] == pytest.approx(plain_probability(counts, tuple(context), word))


@settings(deadline=None, max_examples=60)
@given(small_corpora, st.integers(2, 5), st.data())
def test_probabilities_sum_to_one(corpus, order, data):
    linked = linked_levels(corpus, order)
    full = estimate(linked)
    cutoffs = data.draw(st.sampled_from([(0,) * order, (0, *[1] * (order - 1)), (0, *[2] * (order - 1))]))
    kept = Cutoffs(cutoffs).choose(linked, full)
    pruned = prune_estimates(linked, full, kept)
    context = tuple(data.draw(st.lists(st.integers(3, SIZE - 1), min_size=order - 1, max_size=order - 1)))
    words = [word for word in range(SIZE) if word != START_ID]
    total = sum(math.exp(naive_log_prob(linked, pruned, kept, context, word)) for word in words)
    assert total == pytest.approx(1, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(small_corpora)
def test_nothing_pruned_changes_nothing(corpus):
    linked = linked_levels(corpus, 3)
    full = estimate(linked)
    for before, after in zip(full, prune_estimates(linked, full, everything(linked)), strict=True):
        np.testing.assert_allclose(before.prob, after.prob)


@settings(deadline=None, max_examples=30)
@given(small_corpora, st.integers(2, 5), st.integers(1, 2))
def test_counting_in_shares_equals_counting_at_once(corpus, order, words):
    text = as_text(corpus)
    once = count_ngrams(text, order, SIZE)
    limits = list(counting._shares(text, SIZE, words))
    parts = [counting._runs(np.sort(counting._share(text, order, *limit, once.contexts))) for limit in limits]
    shares = [np.concatenate(column) for column in zip(*parts, strict=True)]
    assert len(limits) > 1
    np.testing.assert_array_equal(once.keys, shares[0])
    np.testing.assert_array_equal(once.counts, shares[1])


@settings(deadline=None, max_examples=60)
@given(small_corpora, st.integers(2, 5))
def test_tables_hold_the_ngrams_of_the_text(corpus, order):
    linked, counts = linked_levels(corpus, order), plain_counts(corpus, order)
    for n, level in enumerate(linked[1:], 2):
        ngrams = [ngram_at(linked, n, row) for row in range(len(level.keys))]
        assert dict(zip(ngrams, level.counts.tolist(), strict=True)) == counts[n - 1]
        assert ngrams == sorted(ngrams)
        assert [ngram_at(linked, n - 1, row) for row in level.suffix] == [ngram[1:] for ngram in ngrams]


def test_five_words_with_the_highest_ids():
    text = np.array([START_ID, *[65_534] * 6, END_ID], np.uint16)
    table = count_ngrams(text, 5, 65_535)
    assert table.counts.tolist() == [1, 1, 2]
    below = lower_table(table, text, 4, 65_535)
    np.testing.assert_array_equal(below.keys, table.contexts)
    assert below.counts.tolist() == [1, 1, 2]


def test_budget_keeps_what_fits_and_what_is_worth_most():
    random = np.random.default_rng(3)
    corpus = [list(random.zipf(1.3, 8) % (SIZE - 3) + 3) for _ in range(200)]
    linked = linked_levels(corpus, 3)
    full = estimate(linked)
    everything_fits = Budget(1).choose(linked, full)
    assert sum(mask.sum() for mask in everything_fits) > 0.8 * sum(len(level.keys) for level in linked)
    for order in (1, 2):
        assert everything_fits[order - 1][linked[order].parent[everything_fits[order]]].all()


@pytest.mark.parametrize("text", ["0-1", "0-1-x", "38 MB", "", "-1-1-1", "0MB"])
def test_pruning_says_what_it_expects(text):
    with pytest.raises(ModelError, match='cut-off per order, such as "0-1-2", or a size, such as "38MB"'):
        parse(text, 3)


@given(st.lists(st.floats(-20, 0, allow_nan=False, width=32), min_size=1, max_size=600))
def test_quantising_keeps_few_values_and_the_order_of_many(values):
    array = np.array(values)
    codes, index = quantize(array)
    assert len(codes) <= 256
    if len(set(values)) <= 256:
        np.testing.assert_array_equal(codes[index], array.astype(np.float32))
    order = np.argsort(array, kind="stable")
    assert (np.diff(codes[index][order]) >= 0).all()


# --- files ---

STORY = [
    "Officials told reporters on Friday that the talks had ended.\nThe talks would go on in 2022, he said.",
    "The minister told reporters that 25,000 people had signed. “We can't wait,” he said.",
    "Reporters said the minister had told officials: the talks ended at 9 p.m. See www.example.com for more.",
]


def write_corpus(folder: Path, name="news.txt", copies=4) -> Path:
    """Write a corpus whose first article (held out) speaks of zebras."""
    texts = ["Zebras were held out."]
    texts += [f"{story} Take {take} of them." for take in range(copies) for story in STORY]
    path = folder / name
    content = "\n\n".join(texts) + "\n"
    if path.suffix == ".xz":
        path.write_bytes(lzma.compress(content.encode()))
    else:
        path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A trigram model of a small corpus, nothing pruned: its path."""
    folder = tmp_path_factory.mktemp("model")
    train_model([write_corpus(folder)], folder / "small.ngrams", pruning="0-0-0", processes=1)
    return folder / "small.ngrams"


@pytest.fixture(scope="module", params=[2, 4, 5])
def other(request, tmp_path_factory):
    """A model of the same corpus and of another order: its path."""
    folder = tmp_path_factory.mktemp("other")
    train_model([write_corpus(folder)], folder / "other.ngrams", order=request.param, processes=1)
    return folder / "other.ngrams"


FORMAT_1 = {  # SHA-256 of the files as written before there was order 5
    2: "78f1c50fc074123fb7a2bb871f941fb734785e82151f192ac2d629a35e741e57",
    3: "cdf386d5a42e575285c065de5240b62e9c200d3233b6106c14817ec7cd5c4719",
    4: "c121c402dca875923cdd7acdd834df0b8466b179b404f66334d3b27ebb9db263",
}


@pytest.mark.parametrize("order", FORMAT_1)
def test_files_keep_their_bytes(tmp_path, order):
    corpus = [[3 + (i * i + i * j + j) % (SIZE - 3) for j in range(1 + i % 9)] for i in range(60)]
    linked = linked_levels(corpus, order)
    full = estimate(linked)
    kept = Cutoffs((0, *[1] * (order - 1))).choose(linked, full)
    names = ["<unk>", "<s>", "</s>", *"abcdef"]
    write_model(tmp_path / "model", names, linked, kept, prune_estimates(linked, full, kept), {})
    assert hashlib.sha256((tmp_path / "model").read_bytes()).hexdigest() == FORMAT_1[order]


def test_other_orders_sum_to_one_in_batches_and_one_by_one(other):
    model = LanguageModel.load(other)
    words = [number for number in range(len(model.words)) if number != START_ID]
    said = model.ids("officials told reporters on friday that the talks".split())
    for context in (said[:4], said[1:5], [START_ID, *said[:3]], [-1, -1, START_ID, said[0]], [0, 0, said[5], said[6]]):
        rows = np.array([[*context, word] for word in words])
        found = model.log_probs(rows)
        assert np.exp(found, dtype=float).sum() == pytest.approx(1, abs=2e-3)
        np.testing.assert_array_equal(found, [model.log_probs(row[None])[0] for row in rows])
        np.testing.assert_array_equal(found, model.log_probs(rows[:, -model.order :]))
    windows = model._windows(model.words[10:30])
    assert windows.shape == (21, model.order)
    assert model.score(model.words[10:30]) == pytest.approx(float(model.log_probs(windows).sum()))
    assert model.order == len(model.counts) and model.counts[-1] > 0


def test_other_orders_are_deterministic(tmp_path, monkeypatch, other):
    monkeypatch.setattr("normalizer.language_model.training.counting.KEY_BYTES", 2**18)
    order = LanguageModel.load(other).order
    train_model([write_corpus(tmp_path)], tmp_path / "bounded", order=order, processes=2, memory=1)
    assert (tmp_path / "bounded").read_bytes() == other.read_bytes()


def test_trigram_rows_suit_models_of_other_orders(other):
    model = LanguageModel.load(other)
    rows = np.random.default_rng(2).integers(-1, len(model.words), (300, 3))
    rows[:, 0] = np.where(rows[:, 1] < 0, -1, rows[:, 0])
    rows[:, 2] = np.abs(rows[:, 2])
    padded = np.concatenate([np.full((300, 2), -1), rows], axis=1)
    spread = model.unknown_spread * (rows[:, 2] == 0)
    np.testing.assert_allclose(model.trigrams(rows), model.log_probs(padded) - spread, rtol=1e-6)
    if model.order == 2:
        np.testing.assert_array_equal(model.log_probs(rows), model.log_probs(rows[:, 1:]))


def test_repairing_takes_models_of_other_orders(other, small_lexicon):
    text = "Officials instructed newshounds on Friday that the subsequent talks had ended. " * 3
    tool = Normalizer(model=other, settings=Settings(min_confidence=0.0))
    repair = tool.repair(text)
    assert repair.edits and apply_edits(text, repair.edits) == repair.text
    assert tool.repair(text) == repair


def test_packed_probabilities_sum_to_one(small):
    model = LanguageModel.load(small)
    words = [number for number in range(len(model.words)) if number != START_ID]
    contexts = [model.ids(pair) for pair in (("told", "reporters"), ("the", "talks"), ("zzz", "the"), ("9", "zzz"))]
    contexts += [[-1, START_ID], [-1, -1], [START_ID, model.ids(["the"])[0]]]
    for context in contexts:
        rows = np.array([[*context, word] for word in words])
        assert np.exp(model.log_probs(rows), dtype=float).sum() == pytest.approx(1, abs=2e-3)  # 8-bit codes


@settings(deadline=None, max_examples=40)
@given(corpus=small_corpora | st.just([[3]]), order=st.integers(2, 5), cutoff=st.integers(0, 2), data=st.data())
def test_packed_model_equals_a_dict(tmp_path_factory, corpus, order, cutoff, data):
    linked = linked_levels(corpus, order)
    full = estimate(linked)
    kept = Cutoffs((0, *[cutoff] * (order - 1))).choose(linked, full)
    pruned = prune_estimates(linked, full, kept)
    path = tmp_path_factory.mktemp("packed") / "model"
    names = ["<unk>", "<s>", "</s>", *"abcdef"]
    write_model(path, names, linked, kept, pruned, {})
    model = LanguageModel.load(path)
    word = st.integers(3, SIZE - 1)
    row = [*data.draw(st.lists(word, min_size=order - 1, max_size=order - 1)), data.draw(word)]
    expected = naive_log_prob(linked, pruned, kept, tuple(row[:-1]), row[-1])
    assert model.log_probs(np.array([row]))[0] == pytest.approx(expected, abs=1e-4)
    short = np.array([[-1] * (order - 2) + row[-2:]])
    expected = naive_log_prob(linked, pruned, kept, tuple(row[-2:-1]), row[-1])
    assert model.log_probs(short)[0] == pytest.approx(expected, abs=1e-4)


def test_batch_equals_one_by_one(small):
    model = LanguageModel.load(small)
    random = np.random.default_rng(1)
    rows = random.integers(-1, len(model.words), (500, 3))
    rows[:, 0] = np.where(rows[:, 1] < 0, -1, rows[:, 0])
    rows[:, 2] = np.abs(rows[:, 2])
    single = [model.log_probs(row[None])[0] for row in rows]
    np.testing.assert_array_equal(model.log_probs(rows), single)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_trigrams_depend_on_their_own_row_alone(small, other, data):
    """Each row alone, and among others in any order, is what `log_probs` says, to the last bit."""
    model = LanguageModel.load(data.draw(st.sampled_from([small, other])))
    word = st.integers(0, len(model.words) - 1)
    row = st.tuples(st.just(-1), st.just(-1), word) | st.tuples(st.just(-1), word, word) | st.tuples(word, word, word)
    said = model.ids("officials told reporters on friday that the talks had ended".split())
    windows = zip(said, said[1:], said[2:], strict=False)
    rows = data.draw(st.permutations([*windows, *data.draw(st.lists(row, max_size=8))]))
    rows += data.draw(st.lists(st.sampled_from(rows), max_size=8))
    array = np.array(rows)
    found = model.trigrams(array)
    assert found.dtype == np.float64
    for line, value in zip(array, found, strict=True):
        alone = float(model.log_probs(line[None])[0]) - model.unknown_spread * (line[2] == 0)
        assert value == model.trigrams(line[None])[0] == alone
    np.testing.assert_array_equal(model.log_probs(array), [model.log_probs(line[None])[0] for line in array])


def test_trigrams_of_many_rows(small, monkeypatch):
    model = LanguageModel.load(small)
    rows = np.random.default_rng(4).integers(0, len(model.words), (5000, 3))
    found = model.trigrams(rows)
    monkeypatch.setattr("normalizer.language_model.ngrams.MOST", 64)
    monkeypatch.setattr("normalizer.language_model.ngrams.BLOCK", 16)
    np.testing.assert_array_equal(model.trigrams(rows), found)


def test_an_unknown_word_is_worth_less_than_all_unknown_words(tmp_path):
    train_model([write_corpus(tmp_path)], tmp_path / "tiny", vocabulary=12, processes=1)
    model = LanguageModel.load(tmp_path / "tiny")
    rows = np.array([[3, 4, 5], [0, 0, 3], [3, 4, 0], [-1, -1, 0], [3, 4, 0]])
    less = np.array([0, 0, 1, 1, 1]) * model.unknown_spread
    np.testing.assert_array_equal(model.trigrams(rows), model.log_probs(rows).astype(np.float64) - less)
    assert model.trigrams(rows[:0]).shape == (0,)


def test_searching_many_ranges_at_once_is_searching_each():
    """Every range of a small table, and every word in and around it."""
    words = np.arange(1, 60, 2).astype(np.uint16)
    cases = [(a, b - a, w) for a in range(30) for b in range(a + 1, 31) for w in range(61)]
    low, size, wanted = (np.array(column) for column in zip(*cases, strict=True))
    hit, row = _searched(words, low, size, wanted.astype(np.uint16))
    found = dict(zip(hit.tolist(), row.tolist(), strict=True))
    assert found == {i: w // 2 for i, (a, n, w) in enumerate(cases) if w % 2 and a <= w // 2 < a + n}


def test_columns_beyond_the_order_are_not_looked_at(small):
    model = LanguageModel.load(small)
    rows = np.array([[5, 6, 7, 8], [0, 6, 7, 8]])
    one, other = model.log_probs(rows)
    assert one == other == model.log_probs(rows[:, 1:])[0]
    assert model.log_probs(rows[:, 3:])[0] == model.unigram_log_probs([8])[0]
    assert model.log_probs(rows[:0]).shape == (0,)


def test_score_is_the_sum_over_the_sentence(small):
    model = LanguageModel.load(small)
    words = ["officials", "told", "reporters"]
    start, (a, b, c), end = START_ID, model.ids(words), END_ID
    rows = np.array([[-1, start, a], [start, a, b], [a, b, c], [b, c, end]])
    assert model.score(words) == pytest.approx(float(model.log_probs(rows).sum()))
    assert model.score([]) == pytest.approx(float(model.log_probs(np.array([[-1, start, end]]))[0]))


def test_perplexity_counts_tokens_and_sentence_ends(small):
    model = LanguageModel.load(small)
    text = "Officials told reporters. The zebra said so."
    found = model.measure([text])
    assert found.tokens == 4 + 1 + 5 + 1
    assert found.unknown == 2  # zebra, so
    assert found.log_prob == pytest.approx(sum(model.score(words) for words in sentence_words(text)))
    assert model.perplexity([text]) == pytest.approx(math.exp(-found.log_prob / found.tokens))
    assert math.isnan(model.perplexity([]))


def test_ids_know_classes_and_unknown_words(small):
    model = LanguageModel.load(small)
    named = [model.words[number] for number in model.ids(["told", "1,000", "77", "1999", "a.com", "zebras"])]
    assert named == ["told", "<num>", "<num>", "<year>", "<site>", "<unk>"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[
            ("talks", "talks"),
            ("7", "7"),
            ("07", "07"),
            ("1899", "<num>"),
            ("2099", "<year>"),
            ("½", "<num>"),
        ],
        *[
            ("u.s.", "u.s."),
            ("...", "..."),
            ("/", "/"),
            ("'s", "'s"),
            ("a@b.org", "<site>"),
            ("3.5", "<num>"),
        ],
        *[("24.com", "<site>"), ("http://localhost", "<site>"), ("covid19", "covid19"), ("", "")],
    ],
)
def test_classes(word, expected):
    assert classes(word) == expected


def test_training_is_deterministic(tmp_path):
    corpora = [write_corpus(tmp_path, "a.txt", 3), write_corpus(tmp_path, "b.txt.xz", 5)]
    train_model(corpora, tmp_path / "one", memory=1, processes=2)
    train_model(corpora[::-1], tmp_path / "two", memory=4096, processes=1)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    provenance = LanguageModel.load(tmp_path / "one").provenance
    assert [corpus["name"] for corpus in provenance["corpora"]] == ["a", "b"]
    assert not list(tmp_path.glob("*.part"))


def test_memory_bound_makes_no_difference(tmp_path, monkeypatch, small):
    monkeypatch.setattr("normalizer.language_model.training.counting.KEY_BYTES", 2**18)  # one MB is one key
    train_model([write_corpus(tmp_path)], tmp_path / "bounded", pruning="0-0-0", processes=1, memory=1)
    assert (tmp_path / "bounded").read_bytes() == small.read_bytes()


def test_held_out_articles_are_not_learnt(tmp_path, small):
    path = write_corpus(tmp_path)
    assert [held_out(index) for index in (0, 1, 49, 50, 100)] == [True, False, False, True, True]
    found = list(articles(path))
    assert found[0] == "Zebras were held out."
    assert found[1].startswith("Officials told") and found[1].count("\n") == 1
    assert "zebras" not in LanguageModel.load(small).words
    corpus = LanguageModel.load(small).provenance["corpora"][0]
    assert (corpus["articles"], corpus["held_out"]) == (13, 1)
    assert corpus["repeated"] > 0  # each story is there four times


def test_vocabulary_size_is_kept(tmp_path):
    train_model([write_corpus(tmp_path)], tmp_path / "tiny", vocabulary=12, processes=1)
    model = LanguageModel.load(tmp_path / "tiny")
    assert len(model.words) == 12
    assert model.provenance["unknown"]["types"] > 10
    assert 1 < model.unknown_spread <= math.log(model.provenance["unknown"]["types"])


def test_pickled_model_is_the_same_file(small):
    model = LanguageModel.load(small)
    again = pickle.loads(pickle.dumps(model))
    assert (again.signature, again.score(["told"])) == (model.signature, model.score(["told"]))


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"order": 6}, "order: expected one of"),
        ({"vocabulary": 70_000}, "expected 4 to 65535 words"),
        ({"pruning": "0-1"}, "pruning: expected"),
    ],
)
def test_training_says_which_setting_is_wrong(tmp_path, settings_, message):
    with pytest.raises(ModelError, match=message):
        train_model([write_corpus(tmp_path)], tmp_path / "never", processes=1, **settings_)
    assert not (tmp_path / "never").exists()


def test_training_says_which_corpus_is_wrong(tmp_path):
    with pytest.raises(ModelError, match=r"missing\.txt: expected a corpus"):
        train_model([tmp_path / "missing.txt"], tmp_path / "never", processes=1)
    (tmp_path / "bad.txt.xz").write_bytes(b"not xz at all")
    with pytest.raises(ModelError, match=r"bad\.txt\.xz: expected a corpus"):
        train_model([tmp_path / "bad.txt.xz"], tmp_path / "never", processes=1)
    (tmp_path / "one.txt").write_text("One article only.\n")
    with pytest.raises(ModelError, match="found none in"):
        train_model([tmp_path / "one.txt"], tmp_path / "never", processes=1)


def change(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: b"", "cannot mmap an empty file"),
        (lambda data: b"PK\3\4" + data, r"which starts with .*NGRAMS.*found b'PK"),
        (lambda data: data[:10], "expected a language model"),
        (lambda data: data[: PREFIX.size + 20], "end within the header"),
        (lambda data: data[:-8], r"\d+ bytes in place of \d+"),
        (lambda data: data + b"more", r"\d+ bytes in place of \d+"),
        (lambda data: change(data, PREFIX.size + 5), "a header with the checksum"),
        (
            lambda data: LanguageModel.MAGIC + b"\x02" + data[9:],
            r"found format 2: written by a newer version.*Update normalizer",
        ),
    ],
)
def test_foreign_damaged_and_newer_files(tmp_path, small, damage, message):
    path = tmp_path / "broken.ngrams"
    path.write_bytes(damage(small.read_bytes()))
    with pytest.raises(ModelError, match=message) as error:
        LanguageModel.load(path)
    assert str(path) in str(error.value) and "normalizer train-lm" in str(error.value)


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.ngrams: expected a language model, found"):
        LanguageModel.load(tmp_path / "nowhere.ngrams")


def test_verify_finds_a_changed_byte(tmp_path, small):
    data = small.read_bytes()
    LanguageModel.load(small).verify()
    (tmp_path / "bad").write_bytes(change(data, len(data) - 9))
    with pytest.raises(ModelError, match="contents with the checksum"):
        LanguageModel.load(tmp_path / "bad")
    with pytest.raises(ModelError, match="contents with the checksum"):
        LanguageModel.mapped(tmp_path / "bad").verify()


def test_contrasts_reward_context_and_nothing_else(small):
    model = LanguageModel.load(small)
    texts = [
        "The minister told reporters. Officials told reporters.",
        "Talks go on in 2022. Talks ended on Friday.",
    ] * 5
    found = measure_contrasts(
        model, [("told", "ended"), ("told", "told"), ("zebra", "told"), ("geneva", "told")], texts
    )
    assert (found.pairs, found.area) == (1, 1.0)
    assert math.isnan(measure_contrasts(model, [], texts).area)
    assert _area(np.array([1.0, 2.0]), np.array([1.0, 3.0])) == 0.375


def test_the_command_measures_held_out_articles(tmp_path, small):
    (one, other) = (str(write_corpus(tmp_path, name)) for name in ("a.txt", "b.txt.xz"))
    (tmp_path / "pairs.tsv").write_text("spun\toriginal\tcount\nheld\tout\t3\nout\n", "utf-8")
    measured = CliRunner().invoke(measure, [one, other, "--model", str(small)])
    rows = [line.split() for line in measured.stdout.splitlines()]
    assert [row[0] for row in rows] == ["a", "b", "all"]
    assert [row[1:3] for row in rows] == [["6", "66.67"], ["6", "66.67"], ["12", "66.67"]]  # 4 of 6 words are unknown
    assert float(rows[2][-1]) > 1
    asked = CliRunner().invoke(measure, [one, "--model", str(small), "--pairs", str(tmp_path / "pairs.tsv")])
    assert (asked.exit_code, asked.stdout) == (0, "0 pairs, area nan\n")
    wrong = CliRunner().invoke(measure, [one, "--model", one])
    assert wrong.exit_code == 2 and wrong.stderr.startswith(f"{one}: expected a language model")


# --- the shipped model ---


@pytest.fixture(scope="module")
def news():
    return LanguageModel.load()


@pytest.mark.smoke
def test_shipped_model_loads_fast():
    code = (
        "import time; from normalizer.language_model import LanguageModel; start = time.perf_counter();"
        "LanguageModel.load(); print(time.perf_counter() - start)"
    )
    seconds = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) for _ in range(3)
    )
    assert seconds < 0.25  # 0.02 on the machine it was measured on


@pytest.mark.smoke
def test_shipped_model_is_whole(news):
    news.verify()
    assert news.order == 3
    assert Path(news.path).stat().st_size < 40_000_000


# Each right phrase stands in a context of its own; the second list is right where the first would be wrong.
CONTRASTS = [
    ("officials told reporters on friday", "officials instructed reporters on friday"),
    ("he instructed them to leave", "he said them to leave"),
    ("the white house said in a statement", "the white home said in a statement"),
    ("she returned to her home in london", "she returned to her white in london"),
    ("he was arrested on monday", "he used to be arrested on monday"),
    ("he used to be a teacher", "he was to be a teacher"),
    ("the foreign minister of russia", "the international minister of russia"),
    ("the international committee of the red cross", "the foreign committee of the red cross"),
    ("at the same time", "at the identical time"),
    ("most of the people in the united states", "many of the individuals within the united states"),
]


@pytest.mark.parametrize(("right", "wrong"), CONTRASTS)
def test_shipped_model_prefers_news_wording(news, right, wrong):
    assert news.score(right.split()) > news.score(wrong.split())
