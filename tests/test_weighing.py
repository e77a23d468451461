"""Weighing relatives: what is right, the fit against its own slope and against odds that are known, clean openings."""

import json
import lzma
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.cli import main
from normalizer.errors import CaseError, ModelError
from normalizer.learning import weighing
from normalizer.learning.alignment import GoldEdit
from normalizer.learning.tuning import Example
from normalizer.learning.weighing import (
    Judged,
    asked,
    clean_openings,
    fit_logit,
    judged_edits,
    learn_article,
    learn_synonyms,
    learn_weighing,
)
from normalizer.synonyms import weighing as synonyms_weighing
from normalizer.synonyms.weighing import total
from normalizer.tables import Tables
from normalizer.weights import ARTICLE_SIGNS, PAGE_SIGNS, SYNONYM_SIGNS, load_weights

SPUN = (
    "The mayor said on Monday that the metropolis will construct a novel bridge over the stream next year.\n"
    "Folk who dwell near the haven requested the assembly to terminate the racket of the lorries at night.\n"
)
SWAPS = {
    "metropolis": "city", "construct": "build", "novel": "new", "stream": "river", "Folk": "People", "dwell": "live",
    "haven": "harbour", "requested": "asked", "terminate": "stop", "racket": "noise",
}  # fmt: skip
CLEAN = (
    "The mayor said on Monday that the city will build a new bridge over the river next year.\n"
    "The tenor of the choir has a fine voice, and the choir sang a hymn at the vigil of the parish.\n"
)


def golds(text: str, optional: str = "") -> tuple[GoldEdit, ...]:
    found = []
    for spun, original in SWAPS.items():
        at = text.index(spun)
        found.append(GoldEdit(at, at + len(spun), (original,), spun == optional))
    return tuple(found)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load()


@pytest.fixture(scope="module")
def examples(tables: Tables) -> list[Example]:
    return [Example(SPUN, golds(SPUN), (), tables), Example(CLEAN, (), (), tables)]


# --- what is asked, and what is right -------------------------------------------------------------------------


def test_relatives_are_right_where_gold_wants_them(tables):
    spun = asked(SPUN, golds(SPUN), tables)
    assert spun is not None and spun.signs.shape == (len(SYNONYM_SIGNS), len(spun.right))
    assert 2 <= spun.right.sum() <= len(SWAPS)
    assert np.bincount(spun.places.of, spun.right).max() == 1
    assert (np.diff(spun.places.of) >= 0).all(), "the fit takes places in order"
    untouched = asked(SPUN, (), tables)
    assert untouched is not None and not untouched.right.any()
    np.testing.assert_array_equal(untouched.signs, spun.signs)


def test_a_text_without_words_in_small_letters_asks_nothing(tables):
    assert asked("DUNMORE 1987", (), tables) is None


def test_edits_are_right_where_gold_wants_them_and_open_ones_teach_nothing(tables, monkeypatch):
    monkeypatch.setattr(weighing, "LEAST_SURE", 0.0)
    monkeypatch.setattr(synonyms_weighing, "LIKELIER", 0.0)  # with unfit weights nothing is likely
    found = judged_edits(SPUN, golds(SPUN), tables)
    assert found.signs.shape == (len(found.right), len(ARTICLE_SIGNS))
    assert 2 <= found.right.sum() < len(found.right)
    assert not judged_edits(SPUN, (), tables).right.any()
    shifted = [replace_end(gold) for gold in golds(SPUN)]
    assert not judged_edits(SPUN, shifted, tables).right.any(), "an edit of another stretch"
    opened = [judged_edits(SPUN, golds(SPUN, spun), tables) for spun in SWAPS]
    assert sum(len(found.right) - len(each.right) for each in opened) >= found.right.sum()
    assert all(len(each.right) == len(found.right) or each.right.sum() < found.right.sum() for each in opened)


def replace_end(gold: GoldEdit) -> GoldEdit:
    return gold._replace(end=gold.end + 1)


# --- the fits -------------------------------------------------------------------------------------------------


@st.composite
def choices(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signs of some relatives, which are right, and their places."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = random.integers(1, 5, draw(st.integers(1, 40)))
    place = np.repeat(np.arange(len(sizes)), sizes)
    signs = random.normal(0, random.choice([0.1, 1, 30]), (3, len(place))).astype(np.float32)
    signs[0] = 1
    right = np.zeros(len(place), dtype=bool)
    firsts = np.cumsum(sizes) - sizes
    swapped = random.random(len(sizes)) < 0.5
    right[(firsts + random.integers(0, sizes))[swapped]] = True
    return signs, right, place


NAMES = ("bias", "one", "two")


@given(choices())
@settings(deadline=None, max_examples=60)
def test_at_the_fitted_weights_the_likelihood_is_level(drawn):
    signs, right, place = drawn
    fitted = np.array(list(fit_logit(signs, right, place, NAMES).values()))
    scales = np.sqrt((signs.astype(float) ** 2).mean(axis=1))
    penalty = np.array([1e-3, weighing.PRIOR, weighing.PRIOR])

    def likelihood(scaled: np.ndarray) -> float:
        totals = (scaled / scales) @ signs
        kept = 1.0 + np.bincount(place, np.exp(totals))
        return float(totals[right].sum() - np.log(kept).sum() - (penalty * scaled**2).sum() / 2)

    best = fitted * scales
    for k in range(len(NAMES)):
        nudge = 0.2 * (np.arange(len(NAMES)) == k)
        assert likelihood(best) > max(likelihood(best + nudge), likelihood(best - nudge)) - 1e-3


@given(choices(), st.integers(1, 7))
@settings(deadline=None, max_examples=40)
def test_blocks_make_no_difference(drawn, block):
    whole = fit_logit(*drawn, NAMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weighing, "BLOCK", block)
        assert fit_logit(*drawn, NAMES) == pytest.approx(whole, abs=2e-4)


def test_the_fit_finds_the_weights_that_drew_the_choices():
    random = np.random.default_rng(5)
    place = np.repeat(np.arange(6000), 3)
    signs = random.normal(0, 1, (3, len(place))).astype(np.float32)
    signs[0] = 1
    odds = np.exp(np.array([-1.0, 2.0, -0.5]) @ signs).reshape(-1, 3)
    bounds = np.cumsum(odds / (1 + odds.sum(axis=1, keepdims=True)), axis=1)
    drawn = (random.random((6000, 1)) > bounds).sum(axis=1)  # 3: what stands there
    right = (np.arange(3) == drawn[:, None]).ravel()
    assert fit_logit(signs, right, place, NAMES) == pytest.approx({"bias": -1.0, "one": 2.0, "two": -0.5}, abs=0.1)


def test_an_article_is_believed_as_far_as_it_was_right():
    random = np.random.default_rng(3)
    signs = random.normal(0, 1, (4000, len(ARTICLE_SIGNS)))
    signs[:, 0] = 1
    right = random.random(4000) < 1 / (1 + np.exp(1 - 2 * signs[:, 1] - signs[:, 4]))
    found = learn_article([Judged(signs[:1000], right[:1000]), Judged(signs[1000:], right[1000:])])
    expected = {"bias": -1.0, "odds": 2.0, "state": 0.0, "known": 0.0, "unknown": 1.0}
    assert {name: found.get(name, 0.0) for name in ARTICLE_SIGNS} == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize(("right", "found"), [((), "0 and 0"), ((True,), "1 and 0"), ((False, False), "0 and 2")])
def test_edits_that_are_all_right_or_all_wrong_are_refused(right, found):
    signs = np.ones((len(right), len(ARTICLE_SIGNS)))
    with pytest.raises(CaseError, match=f"found {found}; give more cases"):
        learn_article([Judged(signs, np.array(right, dtype=bool))])


def test_texts_without_a_swap_are_refused(tables):
    clean = asked(CLEAN, (), tables)
    assert clean is not None
    with pytest.raises(CaseError, match="swapped for their relatives, found none in 1 texts"):
        learn_synonyms([clean])
    with pytest.raises(CaseError, match="found none in 0 texts"):
        learn_synonyms([])


# --- all of it ------------------------------------------------------------------------------------------------


def test_only_what_is_said_of_relatives_is_learnt_and_always_the_same(tables, examples, monkeypatch):
    monkeypatch.setattr(weighing, "LEAST_SURE", 0.0)
    lexicon = {"bias": 1.5}
    start = replace(tables.weights, article={**tables.weights.article, "lexical": lexicon})
    told: list[str] = []
    learnt = learn_weighing(examples, start, told.append)
    assert set(learnt.synonyms) == {"first", "second"}
    assert tuple(learnt.synonyms["second"]) == (*SYNONYM_SIGNS, *PAGE_SIGNS)
    assert learnt.synonyms["first"] != start.synonyms["first"]
    assert learnt.article["synonym"] != start.article["synonym"] and learnt.article["lexical"] == lexicon
    assert replace(learnt, synonyms=start.synonyms, article=start.article) == start
    new = replace(tables, weights=replace(start, synonyms=learnt.synonyms))
    judged = [judged_edits(each.text, each.golds, new) for each in examples]
    assert learnt.article["synonym"] == learn_article(judged), "edits as they are made with the new weights"
    assert learn_weighing(examples, start) == learnt
    assert [" in 2 texts, " in line for line in told] == [True, True]


def test_places_of_all_texts_are_told_apart_and_pages_seen_as_the_first_fit_leaves_them(tables, examples):
    texts = [asked(each.text, each.golds, tables) for each in examples]
    spun, clean = texts
    assert spun is not None and clean is not None
    learnt = learn_synonyms([spun, clean])
    place = np.concatenate((spun.places.of, clean.places.of + spun.places.of.max() + 1))
    right = np.concatenate((spun.right, clean.right))
    own = np.concatenate((spun.signs, clean.signs), axis=1)
    assert learnt["first"] == fit_logit(own, right, place, SYNONYM_SIGNS)
    totals = [total([*each.signs.astype(float)], SYNONYM_SIGNS, learnt["first"]) for each in (spun, clean)]
    shown = [
        each.places.page_signs(each.places.posteriors(nats), each.known)
        for each, nats in zip((spun, clean), totals, strict=True)
    ]
    every = np.concatenate((own, np.concatenate(shown, axis=1).astype(np.float32)))
    assert learnt["second"] == fit_logit(every, right, place, (*SYNONYM_SIGNS, *PAGE_SIGNS))


def test_clean_text_makes_relatives_less_likely(tables, examples):
    spun, clean = (asked(each.text, each.golds, tables) for each in examples)
    assert spun is not None and clean is not None
    few, many = (learn_synonyms([spun, *[clean] * count])["first"]["bias"] for count in (0, 8))
    assert many < few


# --- clean openings -------------------------------------------------------------------------------------------


def corpus(path, sizes):
    """Write articles of so many words, each of them `N.K` with its number and the word's, and return the path."""
    texts = ["\n".join(" ".join(f"{n}.{k}" for k in range(i, min(i + 7, size))) for i in range(0, size, 7))
             for n, size in enumerate(sizes)]  # fmt: skip
    path.write_bytes(lzma.compress("\n\n".join(texts).encode()))
    return path


def test_openings_are_spread_over_the_corpus_and_cut(tmp_path):
    path = corpus(tmp_path / "c.txt.xz", [500] * 9)
    found = clean_openings(path, 4)
    assert [text.split(".")[0] for text in found] == ["1", "3", "5", "7"], "the first one is held out"
    assert {len(text.split()) for text in found} == {400}
    assert found[0].split()[-1] == "1.399" and "\n" in found[0]


def test_fewer_articles_than_asked_for_are_all_taken_and_captions_left_out(tmp_path):
    path = corpus(tmp_path / "c.txt.xz", [80, 39, 40, 90])
    assert [len(text.split()) for text in clean_openings(path, 50)] == [40, 90]


def test_a_corpus_without_an_article_is_refused(tmp_path):
    path = corpus(tmp_path / "c.txt.xz", [80, 39])
    with pytest.raises(ModelError, match=r"c\.txt\.xz: expected an article of 40 words or more"):
        clean_openings(path, 3)


# --- the command ----------------------------------------------------------------------------------------------

HEADER = "start\tend\tspun\tgold\talternatives\tcategory\tconfidence"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a case, and two corpora of the same clean text."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{g.start}\t{g.end}\t{SPUN[g.start : g.end]}\t{g.readings[0]}\t\tlexical\toriginal" for g in golds(SPUN)]
    (tmp_path / "one.tsv").write_text("\n".join([HEADER, *sorted(rows, key=lambda row: int(row.split()[0]))]) + "\n")
    (tmp_path / "one.txt").write_text(SPUN)
    case = {"name": "one", "text": "one.txt", "gold": "one.tsv", "references": [], "family": "unknown"}
    (tmp_path / "cases.json").write_text(json.dumps({"cases": [case]}))
    (tmp_path / "none.json").write_text(json.dumps({"cases": []}))
    (tmp_path / "kept.tsv").write_text(HEADER + "\n")
    (tmp_path / "kept.json").write_text(json.dumps({"cases": [case | {"gold": "kept.tsv"}]}))
    (tmp_path / "cut.txt.xz").write_bytes(lzma.compress(CLEAN.encode() * 99)[:-20])
    (tmp_path / "latin.txt").write_bytes("café".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    article = CLEAN + CLEAN
    (tmp_path / "a.txt").write_text("\n\n".join([article] * 5))
    (tmp_path / "b.txt").write_text("\n\n".join([article] * 2))
    return tmp_path


def run(command):
    return CliRunner().invoke(main, command.split(), prog_name="normalizer")


def test_the_command_learns_from_cases_and_corpora(folder, monkeypatch, tables):
    monkeypatch.setattr(weighing, "LEAST_SURE", 0.0)
    result = run("tune cases.json --synonyms -o w.json --per-corpus 3 --clean a.txt b.txt")
    assert result.exit_code == 0, result.output
    assert "1 cases and 4 clean texts" in result.stderr and "in 5 texts" in result.stderr
    learnt = load_weights(folder / "w.json")
    expected = f"{tables.weights.provenance}; normalizer tune --synonyms, 1 cases, 4 clean texts"
    assert learnt.provenance == expected
    assert learnt.synonyms != tables.weights.synonyms and learnt.article != tables.weights.article
    assert learnt.features == tables.weights.features and learnt.confidence == tables.weights.confidence


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("none.json --synonyms", "normalizer: none.json: expected "),
        ("none.json --synonyms --clean a.txt", "normalizer: none.json: expected "),
        ("kept.json --synonyms --clean a.txt", "normalizer: expected words that were swapped for their relatives, "),
        ("cases.json --clean a.txt b.txt", "Error: --clean: expected --synonyms, "),
        ("cases.json --synonyms --references", "Error: --references and --synonyms learn two things: "),
        ("cases.json --synonyms --without 000", "Error: --synonyms: expected --weights FILE "),
        ("cases.json --synonyms --clean a.txt gone.txt", "normalizer: gone.txt: expected a corpus "),
        ("cases.json --synonyms --clean cut.txt.xz", "normalizer: cut.txt.xz: expected a corpus "),
        ("cases.json --synonyms --clean a.txt latin.txt", "normalizer: latin.txt: expected a corpus "),
        ("cases.json --synonyms --clean folder", "normalizer: folder: expected a corpus "),
        ("cases.json --synonyms --clean cases.json -o a.txt", "normalizer: cases.json: expected an article of 40 "),
        ("cases.json --synonyms -o a.txt --clean b.txt a.txt", "Error: -o would overwrite the input a.txt: "),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_in_one_line(folder, command, said):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    place = "" if " -o " in command else " -o w.json"
    result = run(f"tune -q{place} {command}")
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert result.stderr.splitlines()[-1].startswith(said)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
