"""The report that compares language models on gaps with two candidate wordings."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from normalizer.commands.evaluate import evaluate
from normalizer.errors import CaseError
from normalizer.evaluating import contrasts
from normalizer.evaluating.contrasts import Contrast, Gains, Mixture, compare, fit, gains, mixed, read_suite, shares
from normalizer.language_model import AssociationModel, LanguageModel, train_model
from normalizer.tokens import fold_words

STORY = "The judge told the jury of the trial.\nThe coach told the striker of the goal.\nA goal ended the trial."
SUITE = [
    Contrast("tune", False, "jury", "goal", "The judge told the ___ of the trial."),
    Contrast("tune", False, "goal", "jury", "The coach told the striker of the ___."),
    Contrast("held", False, "striker", "zebra", "The coach told the ___ of the goal."),
    Contrast("tune", True, "ended", "told", "A goal ___ the trial."),
    Contrast("held", True, "ended the", "told", "A goal ___ trial."),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with a suite, a model, word vectors and their corpus."""
    folder = tmp_path_factory.mktemp("contrasts")
    texts = [f"{STORY}\nTake {number}." for number in range(60)]
    (folder / "news.txt").write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    files = [folder / "news.txt"], folder / "small.ngrams"
    train_model(*files, pruning="0-0-0", processes=1, association=folder / "small.topics")
    write_suite(folder)
    return folder


def write_suite(folder: Path) -> None:
    rows = [f"{q.half}\tcourts\t{q.right}\t{q.wrong}\t{q.sentence}" for q in SUITE if not q.kept]
    (folder / "contrasts.tsv").write_text("half\ttopic\tright\twrong\tsentence\n" + "\n".join(rows) + "\n")
    rows = [f"{q.half}\t{q.right}\t{q.wrong}\t{q.sentence}" for q in SUITE if q.kept]
    (folder / "keep.tsv").write_text("half\tword\twrong\tsentence\n" + "\n".join(rows) + "\n")


def test_suite_is_read(small):
    assert read_suite(small) == SUITE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("___", "..."), "line 2: expected one ___"),
        (("tune", "test"), "line 2: expected one ___ and a half"),
        (("\tright", "\tgood"), "expected the column 'right'"),
    ],
)
def test_malformed_suites_are_told(small, tmp_path, change, message):
    write_suite(tmp_path)
    path = tmp_path / "contrasts.tsv"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(CaseError, match=message):
        read_suite(tmp_path)


def test_missing_suite_is_told(tmp_path):
    with pytest.raises(CaseError, match="expected a table of contrasts"):
        read_suite(tmp_path)


def test_gains_are_differences_of_sentence_scores(small):
    model = LanguageModel.load(small / "small.ngrams")
    found = gains(model, None, SUITE)
    for question, gain, unigram in zip(SUITE, found.ngram, found.unigram, strict=True):
        scores, singles = [], []
        for wording in (question.right, question.wrong):
            words = fold_words(question.sentence.replace("___", wording))
            scores.append(model.score(words) - model.unknown_spread * model.ids(words).count(0))
            ids = model.ids(fold_words(wording))
            singles.append(float(model.unigram_log_probs(ids).sum()) - model.unknown_spread * ids.count(0))
        assert gain == pytest.approx(scores[0] - scores[1], abs=1e-4)
        assert unigram == pytest.approx(singles[0] - singles[1], abs=1e-4)
    assert not found.topic.any()


def test_topic_is_the_association_with_the_rest(small):
    model, words = LanguageModel.load(small / "small.ngrams"), AssociationModel.load(small / "small.topics")
    found = gains(model, words, SUITE)
    around = "the judge told the of the trial .".split()
    expected = words.score_words(["jury"], around) - words.score_words(["goal"], around)
    assert found.topic[0] == pytest.approx(expected)


def test_shares_count_ties_as_wrong():
    found = shares(SUITE, np.array([1.0, 0.0, 2.0, -1.0, 3.0]))
    assert found == {(False, "tune"): 0.5, (False, "held"): 1.0, (True, "tune"): 0.0, (True, "held"): 1.0}


def test_constants_are_fitted_on_the_tuning_half_alone():
    ngram, unigram = np.array([-1.0, 2.0, -9.0, -1.0, -9.0]), np.array([-2.0, 1.0, 90.0, -2.0, 90.0])
    chosen = fit(SUITE, Gains(ngram, unigram, np.zeros(5)), (0.0,))
    assert 0.5 < chosen.part < 2.0
    assert (mixed(Gains(ngram, unigram, np.zeros(5)), chosen)[[0, 1, 3]] > 0).all()
    topical = Gains(np.zeros(5), np.zeros(5), np.array([0.5, 0.5, -0.5, 0.5, -0.5]))
    assert fit(SUITE, topical, (0.0, 1.0)).topic == 1.0


def test_every_model_gets_a_row_for_every_scorer(small):
    place, words = small / "small.ngrams", AssociationModel.load(small / "small.topics")
    rows = compare([place, place], words, SUITE, [small / "news.txt"])
    assert [row.scorer for row in rows] == ["n-gram", "less part of the unigram", "with association"] * 2
    assert rows[0].mixture == Mixture(0.0, 0.0)
    assert rows[0].perplexity > 1 and rows[0].cost.load > 0 and rows[0].cost.rate > 1000
    assert rows[0].ngrams == LanguageModel.load(place).counts
    record = contrasts.json_report(rows, SUITE)
    assert record["questions"] == {"balanced_tune": 2, "balanced_held": 1, "keep_tune": 1, "keep_held": 1}
    assert json.loads(json.dumps(record))["rows"][2]["scorer"] == "with association"


def test_without_association_and_corpora_there_is_less(small):
    rows = compare([small / "small.ngrams"], None, SUITE)
    assert [row.scorer for row in rows] == ["n-gram", "less part of the unigram"]
    assert contrasts.json_report(rows, SUITE)["rows"][0]["perplexity"] is None
    assert "small.ngrams" in contrasts.text_report(rows)


def test_command_prints_the_table(small, monkeypatch):
    monkeypatch.setattr("normalizer.commands.evaluate.USUAL_INDEX", small / "cases.json")
    lm = ["--lm", str(small / "small.ngrams")]
    result = CliRunner().invoke(evaluate, ["contrasts", *lm, *lm, "--json", "-q", str(small / "news.txt")])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    assert len(rows) == 6 and all(row["perplexity"] > 1 for row in rows)
