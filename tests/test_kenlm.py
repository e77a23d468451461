"""Our probabilities against those of KenLM (Heafield 2011), which reads the same n-grams from an ARPA file."""

import math

import numpy as np
import pytest
from test_language_model import STORY, as_text

from normalizer.language_model import LanguageModel
from normalizer.language_model.training.kneser_ney import estimate
from normalizer.language_model.training.kneser_ney import prune as prune_estimates
from normalizer.language_model.training.ngrams import count_levels
from normalizer.language_model.training.packing import write_model
from normalizer.language_model.training.pruning import Cutoffs
from normalizer.language_model.words import SPECIAL
from normalizer.tokens import fold_words

kenlm = pytest.importorskip("kenlm", reason="kenlm is built from source, which needs a C++ compiler: pip install kenlm")
ORDER = 3


@pytest.fixture(scope="module", params=[(0, 0, 0), (0, 1, 1)], ids=["nothing pruned", "pruned"])
def both(request, tmp_path_factory):
    """The same n-grams as a packed model and as one of KenLM's."""
    folder = tmp_path_factory.mktemp("kenlm")
    lines = [fold_words(line) for story in STORY for line in story.replace("\n", " ").split(". ")]
    words = (*SPECIAL, *sorted({word for line in lines for word in line}))
    ids = {word: number for number, word in enumerate(words)}
    text = as_text([[ids[word] for word in line] for line in lines])
    linked = count_levels(text, ORDER, len(words), 16, lambda line: None)
    full = estimate(linked)
    kept = Cutoffs(request.param).choose(linked, full)
    estimates = prune_estimates(linked, full, kept)
    write_model(folder / "ours.ngrams", words, linked, kept, estimates, {})
    write_arpa(folder / "theirs.arpa", words, linked, kept, estimates)
    return LanguageModel.load(folder / "ours.ngrams"), kenlm.Model(str(folder / "theirs.arpa")), lines


def write_arpa(path, words, linked, kept, estimates):
    """Write n-grams as text: log10 of the probability, the words, log10 of the back-off weight."""
    parts = ["\\data\\"]
    parts += [f"ngram {order}={np.count_nonzero(mask)}" for order, mask in enumerate(kept, 1)]
    for order, (level, mask, found) in enumerate(zip(linked, kept, estimates, strict=True), 1):
        parts.append(f"\n\\{order}-grams:")
        for row in np.flatnonzero(mask):
            key = int(level.keys[row])
            ngram = " ".join(words[key >> 16 * i & 0xFFFF] for i in range(order - 1, -1, -1))
            prob = math.log10(found.prob[row]) if found.prob[row] > 0 else -99
            left = f"\t{math.log10(found.left[row]):.9f}" if order < ORDER and found.left[row] > 0 else ""
            parts.append(f"{prob:.9f}\t{ngram}{left}")
    path.write_text("\n".join([*parts, "\n\\end\\", ""]), encoding="utf-8")


def test_sentences_score_the_same(both):
    ours, theirs, lines = both
    random = np.random.default_rng(0)
    vocabulary = sorted({word for line in lines for word in line})
    lines = lines + [list(random.choice(vocabulary, 7)) for _ in range(200)] + [["zebras", "told", "reporters"]]
    for line in lines:
        expected = theirs.score(" ".join(line)) * math.log(10)
        assert ours.score(line) == pytest.approx(expected, abs=0.02 * (len(line) + 1))  # 8-bit codes


def test_perplexity_is_the_same(both):
    ours, theirs, lines = both
    tokens = sum(len(line) + 1 for line in lines)
    expected = math.exp(-sum(theirs.score(" ".join(line)) for line in lines) * math.log(10) / tokens)
    found = math.exp(-sum(ours.score(line) for line in lines) / tokens)
    assert found == pytest.approx(expected, rel=1e-3)
