"""The measuring room: gold cases, judge, metrics, oracle, harm, ablations, reports and the command."""

import doctest
import importlib
import itertools
import json
import lzma
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from normalizer.commands import loading
from normalizer.commands.evaluate import evaluate as command
from normalizer.edits import Edit, Evidence, SupportingSentence, apply_edits
from normalizer.errors import CaseError, InputError
from normalizer.evaluating import harm, metrics, oracle, running, speed, tables
from normalizer.evaluating.ablations import ablate, is_known, known_half
from normalizer.evaluating.gold import (
    HEADER,
    Case,
    Gold,
    apply_readings,
    case_files,
    format_gold,
    gold_text,
    load_cases,
    parse_gold,
)
from normalizer.evaluating.judging import Counts, explain, judge, judged_words
from normalizer.lexicon import Entry, Lexicon
from normalizer.repairing import Normalizer, Repair, Verdict
from normalizer.weights import FEATURES, OF_REFERENCES
from tests.tools import ablation

CASES = Path(__file__).parent / "cases"
INDEXES = (CASES / "cases.json", CASES / "cleaner.json")
SEEDS = {case.name: case for index in INDEXES for case in load_cases(index)}

usual = settings(deadline=None, max_examples=60)


@pytest.fixture(scope="module")
def shipped():
    return Normalizer()


@pytest.mark.parametrize(
    "module",
    ["gold", "judging", "metrics", "oracle", "running", "tables", "harm", "ablations", "speed", "gate"],
)
def test_doctests(module):
    assert doctest.testmod(importlib.import_module(f"normalizer.evaluating.{module}")).failed == 0


# --- gold cases -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEEDS)
def test_gold_files_are_read_and_written_without_loss(name):
    content = (CASES / "seeds" / f"{name}.tsv").read_bytes().decode()
    assert format_gold(parse_gold(content, SEEDS[name].text, name)) == content


def test_the_gold_of_the_seeds_is_all_there():
    assert {name: len(case.golds) for name, case in SEEDS.items()} == {
        "000": 588, "001": 244, "002": 94, "003": 347, "004": 5,
    }  # fmt: skip
    golds = [gold for case in SEEDS.values() for gold in case.golds]
    assert sum(gold.droppable for gold in golds) == 7
    assert sum(gold.optional for gold in golds) == 431


def row(start=4, end=7, spun="cat", gold="dog", alternatives="", category="lexical", confidence="certain"):
    return "\t".join((str(start), str(end), spun, gold, alternatives, category, confidence))


def gold_file(*rows):
    return "\n".join([HEADER, *rows, ""])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("start\tend\n", r"gold\.tsv, line 1: expected the header 'start\\tend\\tspun"),
        (
            gold_file("4\t7\tcat"),
            r"gold\.tsv, line 2: expected 7 tab-separated cells .*, found 3; write empty cells too",
        ),
        (
            gold_file(row(start="x")),
            r"line 2: expected start and end as code points .*, found 'x' and '7'; count them",
        ),
        (gold_file(row(start=7, end=4)), r"line 2: expected start and end as code points with start <= end"),
        (
            gold_file(row(), row(start=9, end=12)),
            r"line 3: expected 'cat' at 9-12, found 'at\.'; it stands at 4-7",
        ),
        (gold_file(row(spun="cow")), r"line 2: expected 'cow' at 4-7, found 'cat'; check the text"),
        (
            gold_file(row(), row(start=6, end=10, spun="t sa")),
            r"line 3: .*do not overlap, found 6-10 inside 4-7; join",
        ),
    ],
)
def test_malformed_gold_is_refused_with_file_line_and_remedy(content, message):
    with pytest.raises(CaseError, match=message):
        parse_gold(content, "The cat sat.", "gold.tsv")


def test_cells_hold_line_feeds_tabs_and_backslashes():
    text = "[ad_1]\n\tC:\\n it\n"
    golds = (Gold(0, 7, "[ad_1]\n", ("",)), Gold(7, 12, "\tC:\\n", ("a\\b",)))
    assert parse_gold(format_gold(golds), text, "x") == golds
    assert "\\n\t\t\tlexical" in format_gold(golds)


def index_of(tmp_path, **changes):
    (tmp_path / "text.txt").write_text("The cat sat.", encoding="utf-8")
    (tmp_path / "gold.tsv").write_text(gold_file(row()), encoding="utf-8")
    record = {"name": "cat", "text": "text.txt", "gold": "gold.tsv", "family": "a", **changes}
    record = {key: value for key, value in record.items() if value is not None}
    (tmp_path / "cases.json").write_text(json.dumps({"cases": [record]}), encoding="utf-8")
    return tmp_path / "cases.json"


def test_an_index_gives_cases_and_their_files(tmp_path):
    index = index_of(tmp_path, references=["text.txt"], source="seed9")
    (case,) = load_cases(index)
    assert case == Case("cat", "The cat sat.", (Gold(4, 7, "cat", ("dog",)),), ("The cat sat.",), (), "a", "seed9")
    assert [path.name for path in case_files(index)] == ["cases.json", "text.txt", "gold.tsv"]
    assert gold_text(case) == "The dog sat."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": None}, "case 0: expected the fields .*, found no family; mend the index"),
        ({"refs": []}, "found unknown refs"),
        ({"references": "text.txt"}, "found wrong type of references"),
        (
            {"text": "none.txt"},
            "case 0: expected a UTF-8 file .*none.txt, found: .*No such file.*; check the path",
        ),
    ],
)
def test_a_malformed_index_is_refused(tmp_path, changes, message):
    with pytest.raises(CaseError, match=message):
        load_cases(index_of(tmp_path, **changes))


def test_an_index_that_is_no_json_is_refused_with_its_line(tmp_path):
    (tmp_path / "cases.json").write_text('{"cases":\n [}', encoding="utf-8")
    with pytest.raises(CaseError, match=r"cases\.json, line 2: expected a JSON object"):
        load_cases(tmp_path / "cases.json")


# --- the judge --------------------------------------------------------------------------------------------

# "The chief of the navy stated that assembly was brand new." with four repairs, worked out by hand.
SPUN = "The chief of the navy stated that assembly was brand new."
GOLDS = (
    Gold(4, 9, "chief", ("leader", "head")),
    Gold(17, 21, "navy", ("military",)),
    Gold(22, 28, "stated", ("said",), category="lexical,optional"),
    Gold(34, 42, "assembly", ("the meeting",)),
)


@pytest.mark.parametrize(
    ("repaired", "expected"),
    [
        # nothing done: three needed repairs missed; the ideal differs by three words and one more, "the"
        (SPUN, Counts(0, 0, 3, 0, 1, 4, 4, 12)),
        # all done, one by its alternative
        ("The head of the military said that the meeting was brand new.", Counts(3, 1, 0, 0, 0, 5, 0, 12)),
        # one right, one wrong wording (a miss and a false positive), one word too many
        ("The leader of the army stated that assembly was all brand new.", Counts(1, 0, 2, 2, 1, 4, 4, 12)),
        # a word lost
        ("The chief of the navy stated that assembly was new.", Counts(0, 0, 3, 1, 1, 4, 5, 12)),
        # quotes and dashes of other styles are no difference, capitals are
        ("The Leader of the navy stated that assembly was brand new.", Counts(0, 0, 3, 1, 1, 4, 4, 12)),
    ],
)
def test_the_judge_on_examples_worked_out_by_hand(repaired, expected):
    assert judge(SPUN, GOLDS, repaired).counts == expected


def test_figures_worked_out_by_hand():
    counts = Counts(tp=6, tp_optional=2, fn=4, fp=2, before=20, after=5)
    assert (counts.precision, counts.recall, counts.err) == (0.8, 0.6, 0.75)
    assert counts.f05 == pytest.approx(1.25 * 0.8 * 0.6 / (0.25 * 0.8 + 0.6))
    assert (Counts().precision, Counts().recall, Counts().f05, Counts().err) == (1, 1, 1, 0)
    assert Counts(before=10, after=15).err == -0.5
    assert counts + counts == Counts(12, 4, 8, 4, 0, 40, 10, 0)


def other_wordings(golds, kind):
    """Texts that anyone can make again: wordings chosen by position alone."""
    choose = {
        "identity": lambda i, gold, other: gold.spun,
        "gold": lambda i, gold, other: gold.readings[0],
        "last reading": lambda i, gold, other: gold.readings[-1],
        "every other": lambda i, gold, other: gold.readings[0] if i % 2 else gold.spun,
        "one in three wrong": lambda i, gold, other: (gold.spun, gold.readings[-1], other)[i % 3],
        "all wrong": lambda i, gold, other: other,
    }[kind]
    return [choose(i, gold, golds[(i * 7 + 3) % len(golds)].readings[0]) for i, gold in enumerate(golds)]


def made_text(case, kind):
    if kind != "noisy":
        return apply_readings(case.text, case.golds, other_wordings(case.golds, kind))
    words = made_text(case, "every other").split(" ")
    return " ".join("noise" if i % 17 == 5 else word for i, word in enumerate(words) if i % 23 != 11)


# Recorded from this judge when it agreed, figure by figure, with an outside judge of the same definition that
# works differently (a beam search over choices): tp, tp_optional, fn, fp, before, after.
RECORDED = [
    ("000", "identity", (0, 0, 375, 0, 510, 510)),
    ("000", "gold", (375, 213, 0, 0, 797, 0)),
    ("000", "last reading", (375, 204, 0, 0, 778, 0)),
    ("000", "every other", (188, 106, 187, 0, 657, 258)),
    ("000", "one in three wrong", (161, 75, 214, 239, 614, 419)),
    ("000", "all wrong", (77, 34, 298, 584, 590, 746)),
    ("000", "noisy", (173, 95, 202, 284, 645, 544)),
    ("001", "identity", (0, 0, 152, 0, 196, 196)),
    ("001", "gold", (152, 92, 0, 0, 324, 0)),
    ("001", "last reading", (152, 89, 0, 0, 317, 0)),
    ("001", "every other", (74, 48, 78, 0, 267, 107)),
    ("001", "noisy", (66, 46, 86, 104, 265, 208)),
    ("002", "identity", (0, 0, 85, 0, 141, 141)),
    ("002", "gold", (85, 9, 0, 0, 158, 0)),
    ("002", "every other", (45, 2, 40, 0, 143, 48)),
    ("002", "one in three wrong", (42, 3, 43, 29, 154, 118)),
    ("002", "all wrong", (46, 1, 39, 84, 150, 131)),
    ("002", "noisy", (42, 2, 43, 166, 143, 218)),
    ("003", "identity", (0, 0, 230, 0, 308, 308)),
    ("003", "gold", (230, 117, 0, 0, 503, 0)),
    ("003", "last reading", (230, 113, 0, 0, 497, 0)),
    ("003", "every other", (117, 56, 113, 0, 385, 148)),
    ("003", "one in three wrong", (93, 56, 137, 128, 406, 239)),
    ("004", "gold", (5, 0, 0, 0, 25, 0)),
    ("004", "every other", (2, 0, 3, 0, 25, 21)),
    ("004", "noisy", (2, 0, 3, 88, 25, 110)),
]


@pytest.mark.parametrize(("name", "kind", "expected"), RECORDED)
def test_the_judge_agrees_with_recorded_figures(name, kind, expected):
    case = SEEDS[name]
    counts = judge(case.text, case.golds, made_text(case, kind)).counts
    assert (counts.tp, counts.tp_optional, counts.fn, counts.fp, counts.before, counts.after) == expected


def test_a_dropped_residue_paragraph_is_right_where_gold_says_so():
    text = "One.\n\nSolely the headline was reworked.\n"
    gold = Gold(6, 12, "Solely", ("Only",), droppable=True)
    dropped = judge(text, [gold], "One.\n\n\n").counts
    assert (dropped.tp, dropped.fp, dropped.fn, dropped.after) == (1, 0, 0, 0)
    kept_needed = judge(text, [replace(gold, droppable=False)], "One.\n\n\n").counts
    assert (kept_needed.tp, kept_needed.fp) != (1, 0)


def test_paragraphs_pair_by_alignment_where_lines_were_lost():
    case = SEEDS["001"]
    plain = made_text(case, "every other")
    joined = "\n".join(line for line in plain.split("\n") if line)
    assert judge(case.text, case.golds, joined).counts == judge(case.text, case.golds, plain).counts


small_words = st.sampled_from(["a", "b", "c"])
phrases = st.lists(small_words, max_size=3).map(" ".join)


@st.composite
def puzzles(draw):
    """A short text with gold repairs of whole words, and what some tool made of it."""
    words = draw(st.lists(small_words, min_size=1, max_size=6))
    golds, at, i = [], 0, 0
    while i < len(words):
        size = draw(st.integers(0, 2))
        if size and i + size <= len(words):
            spun = " ".join(words[i : i + size])
            readings = draw(st.lists(phrases, min_size=1, max_size=2))
            golds.append(Gold(at, at + len(spun), spun, tuple(readings)))
        step = max(1, size) if size and i + size <= len(words) else 1
        at += len(" ".join(words[i : i + step])) + 1
        i += step
    return " ".join(words), golds, draw(st.lists(small_words, max_size=7))


@usual
@given(puzzles())
def test_the_explanation_is_as_near_as_the_nearest_of_all(puzzle):
    text, golds, found = puzzle

    def distance(choice):
        wordings = [(gold.spun, *gold.readings)[k] for gold, k in zip(golds, choice, strict=True)]
        return Levenshtein.distance(judged_words(apply_readings(text, golds, wordings)), found)

    every = itertools.product(*(range(1 + len(gold.readings)) for gold in golds))
    assert distance(explain(text, golds, found)) == min(map(distance, every))


# --- metrics of edits -------------------------------------------------------------------------------------


def edit(text, before, after, nth=0, **fields):
    start = -1
    for _ in range(nth + 1):
        start = text.index(before, start + 1)
    return Edit(start, start + len(before), before, after, fields.pop("kind", "lexical"), **fields)


def test_detection_is_told_from_correction():
    edits = [edit(SPUN, "chief", "boss"), edit(SPUN, "navy", "military"), edit(SPUN, "brand new", "new")]
    chosen = judge(SPUN, GOLDS, apply_edits(SPUN, edits)).chosen
    found = metrics.detect(GOLDS, chosen, edits)
    assert (found.needed, found.touched, found.corrected, found.edits, found.aimed) == (3, 2, 1, 3, 2)
    assert (found.recall, found.precision, found.correction) == (2 / 3, 2 / 3, 1 / 2)


def test_right_edits_are_found_alone_and_together():
    text = "They make use of of the assembly, a adequate one, e-mail."
    golds = (
        Gold(5, 16, "make use of", ("use",)),
        Gold(24, 32, "assembly", ("meeting",)),
        Gold(34, 44, "a adequate", ("an adequate", "a good")),
    )
    edits = [
        edit(text, "make use of", "use"),
        edit(text, "assembly", "gathering"),
        Edit(34, 35, "a", "an", "grammar"),
        edit(text, "adequate", "good"),
        edit(text, "mail", "post"),
    ]
    assert metrics.right_edits(text, golds, edits) == [True, False, True, True, False]


def test_an_edit_that_leaves_the_wording_alone_repairs_nothing():
    text = "the chief's car"
    golds = [Gold(4, 11, "chief's", ("leader's",))]
    assert metrics.right_edits(text, golds, [edit(text, "'", "’")]) == [False]


@pytest.mark.parametrize(
    ("before", "after", "evidence", "changed", "bare"),
    [
        ("four", "five", Evidence(entry="chief -> leader [a: x]"), (1, 0, 0), (1, 0, 0)),
        ("four", "4", Evidence(), (0, 0, 0), (0, 0, 0)),
        ("3,000", "3000", Evidence(), (0, 0, 0), (0, 0, 0)),
        ("four", "2.5", Evidence(entry="four -> 2.5 [a: x]"), (1, 0, 0), (0, 0, 0)),
        (
            "four",
            "five",
            Evidence(references=(SupportingSentence(0, 0, 4, "There were five of them."),)),
            (1, 0, 0),
            (0, 0, 0),
        ),
        ("four", "five", Evidence(references=(SupportingSentence(0, 0, 4, "There were many."),)), (1, 0, 0), (1, 0, 0)),
        ("White Space", "White House", Evidence(entry="space -> house [b: x]"), (0, 1, 0), (0, 0, 0)),
        ("White Space", "White House", Evidence(note="felt like it"), (0, 1, 0), (0, 1, 0)),
        ("do not", "don't", Evidence(), (0, 0, 0), (0, 0, 0)),
        ("did not go", "went", Evidence(entry="go -> went [a: x]"), (0, 0, 1), (0, 0, 1)),
        ("by no means", "not", Evidence(entry="by no means -> not [a: x]"), (0, 0, 0), (0, 0, 0)),
    ],
)
def test_integrity_sees_numbers_names_and_negations(before, after, evidence, changed, bare):
    text = f"We saw {before} there."
    seen = metrics.integrity(text, [edit(text, before, after, evidence=evidence)])
    assert (seen.numbers, seen.names, seen.negations) == changed
    assert (seen.bare_numbers, seen.bare_names, seen.bare_negations) == bare
    assert seen.violations == sum(bare)


def test_a_capital_at_the_start_of_a_sentence_is_no_name_and_residue_no_violation():
    text = "[ad_1]\nStated so. Chief."
    edits = [
        edit(text, "[ad_1]", "", kind="residue"),
        edit(text, "Stated", "Said"),
        edit(text, "Chief", "Leader"),
    ]
    assert metrics.integrity(text, edits) == metrics.Integrity()


def test_calibration_in_ten_bins():
    text = "a b c d"
    edits = [Edit(0, 1, "a", "x", "lexical", confidence=c) for c in (0.05, 0.95, 1.0, 0.91)]
    bins = metrics.calibrate([*edits, edit(text, "b", "", kind="residue")], [True, True, True, False, False])
    assert [b.edits for b in bins] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 3]
    assert (bins[9].right, bins[9].confidence) == (2, pytest.approx(2.86))
    assert metrics.expected_calibration_error(bins) == pytest.approx((0.95 + 0.86) / 4)
    assert metrics.expected_calibration_error((metrics.Bin(),) * 10) == 0


def test_the_curve_makes_only_edits_that_are_sure_enough():
    case = Case("x", SPUN, GOLDS)
    edits = [edit(SPUN, "chief", "leader", confidence=0.9), edit(SPUN, "brand new", "new", confidence=0.45)]
    curve = dict(zip(running.THRESHOLDS, running.coverage_curve(case, edits), strict=True))
    assert [(curve[t].tp, curve[t].fp) for t in (0.4, 0.5, 0.9, 0.95)] == [(1, 1), (1, 0), (1, 0), (0, 0)]


# --- the oracle -------------------------------------------------------------------------------------------


def test_the_oracle_makes_what_can_be_made_and_no_more():
    possible = [
        edit(SPUN, "chief", "boss"),
        edit(SPUN, "chief of", "head of"),
        edit(SPUN, "stated that", "said that"),
        edit(SPUN, "brand new", "new"),
        edit(SPUN, "assembly", "meeting"),
    ]
    best = oracle.best_edits(SPUN, GOLDS, possible)
    assert [each.after for each in best] == ["head of", "said that"]


@usual
@given(puzzles(), st.data())
def test_the_oracle_equals_the_best_of_all_choices(puzzle, data):
    text, golds, _ = puzzle
    words = [(m.start(), m.end()) for m in __import__("re").finditer(r"\S+", text)]
    spans = [(a[0], b[1]) for i, a in enumerate(words) for b in words[i : i + 2]]
    drawn = data.draw(st.lists(st.tuples(st.sampled_from(spans), phrases), max_size=5))
    possible = [Edit(a, b, text[a:b], after, "lexical") for (a, b), after in dict.fromkeys(drawn)]

    def made(edits):
        """Return the most repairs that explain these edits wholly, or -1 if nothing does."""
        target = apply_edits(text, edits).replace(" ", "")
        counts = [
            sum(k > 0 for k in choice)
            for choice in itertools.product(*(range(1 + len(gold.readings)) for gold in golds))
            if target
            == apply_readings(
                text, golds, [(g.spun, *g.readings)[k] for g, k in zip(golds, choice, strict=True)]
            ).replace(" ", "")
        ]
        return max(counts, default=-1)

    subsets = [
        subset
        for size in range(len(possible) + 1)
        for subset in itertools.combinations(possible, size)
        if all(a.end <= b.start for a, b in itertools.pairwise(sorted(subset)))
    ]
    assert made(oracle.best_edits(text, golds, possible)) == max(map(made, subsets))


# --- harm -------------------------------------------------------------------------------------------------


class Careless:
    """A repairer that writes "told" for "instructed" wherever it stands."""

    def repair(self, text):
        edits = [
            Edit(i, i + 10, "instructed", "told", "lexical", Evidence(entry="instructed -> told"), 0.9)
            for i in range(len(text))
            if text.startswith("instructed", i)
        ]
        return Repair(text, apply_edits(text, edits), tuple(edits), Verdict(1.0, "a", 0.3))


# Garwood's table as printed in textbooks.
@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390), (100, 81.36, 121.63)]
)
def test_the_poisson_interval_is_garwoods(count, low, high):
    assert harm.poisson_interval(count) == (pytest.approx(low, rel=1e-3), pytest.approx(high, rel=1e-3))


def test_false_edits_are_counted_shown_and_put_in_an_interval():
    texts = [
        harm.CleanText("c:0", "The judge instructed the jury.\n"),
        harm.CleanText("c:1", "Nothing happened here."),
    ]
    told = []
    found = harm.measure_harm(Careless(), texts, progress=told.append)
    assert (found.words, found.articles, found.touched, len(found.false_edits)) == (8, 2, 1, 1)
    assert found.rate == 12_500
    assert found.interval == (pytest.approx(316.5, rel=1e-3), pytest.approx(69_645, rel=1e-3))
    report = harm.text_report(found, show=1)
    assert "12500.00 false edits per 100,000 words (95 % interval 316" in report
    assert "The judge [instructed -> told] the jury." in report
    assert "instructed -> told" in report.splitlines()[-1]
    assert "and 1 more" in harm.text_report(found, show=0)
    assert harm.json_report(found, 1)["shown"][0]["place"] == "c:0"


def test_the_limit_stops_after_so_many_words():
    texts = (harm.CleanText(f"c:{i}", "one two three") for i in range(10))
    assert harm.measure_harm(Careless(), texts, limit_words=5).words == 6


def test_corpora_are_read_by_article_and_held_out_ones_can_be_picked(tmp_path):
    articles = [f"Article {i}.\nIts second line." for i in range(101)]
    plain, packed = tmp_path / "a.txt", tmp_path / "b.txt.xz"
    plain.write_text("\n\n".join(articles), encoding="utf-8")
    packed.write_bytes(lzma.compress("\n\n".join(articles[:2]).encode()))
    assert [text for _, text in harm.clean_texts([plain])] == articles
    held = [place for place, _ in harm.clean_texts([plain, packed], only_held_out=True)]
    assert held == ["a.txt:0", "a.txt:50", "a.txt:100", "b.txt.xz:0"]
    spread = [place for place, _ in harm.clean_texts([plain, packed], spread=True)]
    assert spread[:5] == ["a.txt:0", "b.txt.xz:0", "a.txt:1", "b.txt.xz:1", "a.txt:2"]


def test_negatives_are_counted_alone_and_together():
    sentences = ["He instructed and instructed.", "All is well.", "She instructed him."]
    found = harm.measure_negatives(Careless(), sentences, together=2)
    assert (found.sentences, found.alone, found.joined) == (3, 2, 2)
    assert found.alone_rate == found.joined_rate == 2 / 3


def test_a_column_is_read_by_its_name():
    assert harm.read_column("spun\tsentence\n# note\nnavy\tA navy officer.\n", "sentence") == ["A navy officer."]


# --- ablations and leave-one-out --------------------------------------------------------------------------

ENTRIES = (
    Entry("stated", "said", count=20, sources=("A01", "seed1"), family="a"),
    Entry("assembly", "meeting", pos="n", count=9, sources=("seed1",), family="a"),
    Entry("folks", "people", count=9, sources=("B01",), family="b"),
)


@pytest.fixture(scope="module")
def small(shipped):
    return Normalizer(tables=shipped.tables.with_lexicon(Lexicon(ENTRIES)))


@pytest.fixture(scope="module")
def empty(shipped):
    return Normalizer(tables=shipped.tables.with_lexicon(Lexicon([])))


def spun_forms(normalizer):
    return [entry.spun for entry in normalizer.lexicon.entries]


def test_parts_can_be_left_out(small):
    assert spun_forms(ablate(small, ["family:a"])) == ["folks"]
    assert spun_forms(ablate(small, sources=["seed1"])) == ["stated", "folks"]
    assert spun_forms(ablate(small, sources=[""])) == spun_forms(small)
    assert ablate(small, ["model"]).tables.weights.model == 0
    assert ablate(small, min_confidence=0.7).settings.min_confidence == 0.7
    assert ablate(small, ["references"]).lexicon.entries == small.lexicon.entries


@pytest.mark.parametrize("part", ["family:q", "lexicon", "half:x", ""])
def test_an_unknown_part_is_refused_with_the_known_ones(small, part):
    with pytest.raises(CaseError, match=r"--without .*: expected model, references, half:SEED, family:NAME"):
        ablate(small, [part])


def test_the_table_of_ablations_switches_off_every_feature_once(empty):
    named = [name for part in ablation.parts().values() for name in part.removeprefix("feature:").split("+")]
    assert sorted(named) == sorted([*FEATURES, "model"])
    for part in ablation.parts().values():
        ablate(empty, [part])


def test_all_that_references_say_is_left_out_together():
    left_out = ablation.KINDS["all that references say"].removeprefix("feature:").split("+")
    assert set(left_out) == set(OF_REFERENCES) >= {"copied", "keep_copied"}


def test_without_the_model_no_word_sequence_counts(small, monkeypatch):
    """Whatever the n-gram model says, a repair without it is the same."""
    tables = small.tables

    class Other:
        def __getattr__(self, name):
            return getattr(tables.model, name)

        def trigrams(self, rows):
            return -5.0 - np.arange(len(rows)) % 7

    def repaired(model, parts):
        tool = ablate(Normalizer(tables=replace(tables, model=model)), parts, min_confidence=0.0)
        return [(edit.before, edit.after, edit.confidence) for edit in tool.repair(CARRIER).edits]

    assert repaired(Other(), ["model"]) == repaired(tables.model, ["model"]) != []
    assert repaired(Other(), []) != repaired(tables.model, [])


def test_a_feature_is_left_out_by_its_name(empty):
    before = empty.tables.weights
    after = ablate(empty, ["feature:topic+count"]).tables.weights
    assert set(before.features) - set(after.features) == {"topic", "count"}
    assert set(before.confidence) - set(after.confidence) == {"topic", "count"} & set(before.confidence)
    with pytest.raises(CaseError, match="feature:NAME"):
        ablate(empty, ["feature:topic+nothing"])


def test_the_known_half_is_a_half_and_the_same_everywhere(shipped):
    lexicon = shipped.lexicon
    known = known_half(lexicon, 1).entries
    assert 0.45 < len(known) / len(lexicon.entries) < 0.55
    assert set(known) != set(known_half(lexicon, 2).entries)
    assert [seed for seed in range(6) if is_known(Entry("stated", "said"), seed=seed)] == [1]
    assert spun_forms(ablate(shipped, ["half:1"])) == [entry.spun for entry in known]


CARRIER = (
    "The minister stated on Friday that the assembly of the council would go on. “We stated so,” "
    "the minister stated. Most folks stated that the assembly was over.\n"
)


def carrier_case(**fields):
    golds, at = [], 0
    for spun, gold in (("stated", "said"), ("assembly", "meeting"), ("stated", "said"), ("stated", "said"),
                       ("folks", "people"), ("stated", "said"), ("assembly", "meeting")):  # fmt: skip
        at = CARRIER.index(spun, at)
        golds.append(Gold(at, at + len(spun), spun, (gold,)))
        at += len(spun)
    return Case("carrier", CARRIER, tuple(golds), family="a", source="seed1", **fields)


REFERENCE = "The minister said on Friday that the meeting of the council would go on. Most people said that.\n"
OTHER_STORY = "Rain fell on the coast, and the harvest failed for the third year.\n"


def test_every_condition_is_measured_and_pooled(small):
    case = carrier_case(references=(REFERENCE,), unrelated=(OTHER_STORY,))
    results = running.evaluate(small, [case, replace(case, name="second", family="b")])
    assert [r.condition for r in results] == [running.ALONE, running.HELPED, running.MISLED] * 2
    rows = tables.pooled(results)
    assert [row.name for row in rows[:5]] == ["carrier", "second", "family a", "family b", "all"]
    assert rows[4].counts == rows[0].counts + rows[1].counts
    assert rows[4].articles == 2
    assert rows[0].oracle.recall == 1.0
    assert rows[0].oracle.fp == 0
    assert rows[0].counts.tp + rows[0].counts.fn == 7


def test_leave_one_out_forgets_what_was_read_off_the_case(small):
    def reach(**options):
        return running.evaluate(small, [carrier_case()], **options)[0].oracle

    assert reach(leave_out=False).fn == 0
    assert reach(leave_out=True).fn == 2  # "assembly" was seen nowhere else
    assert reach(without=["family:b"]).fn == 1


def test_references_can_be_left_out_and_the_quick_run_skips_the_oracle(small):
    case = carrier_case(references=(REFERENCE,))
    (only,) = running.evaluate(small, [case], without=["references"], full=False)
    assert only.condition == running.ALONE
    assert only.oracle == Counts()


def test_reports_show_what_was_measured(small):
    results = running.evaluate(small, [carrier_case(references=(REFERENCE,))])
    report = tables.text_report(results)
    for part in (
        "without references",
        "with references",
        "oracle ceiling",
        "calibration",
        "--min-confidence",
    ):
        assert part in report
    record = tables.json_report(results, leave_out=False)
    assert json.loads(json.dumps(record)) == record
    first = record["rows"][0]
    assert first["tp"] == results[0].counts.tp
    assert len(first["calibration"]) == 10
    assert [point["tp"] for point in first["curve"]] == [c.tp for c in results[0].curve]
    headline = report.splitlines()[2].split()
    assert headline[:2] == ["carrier", f"{results[0].counts.precision:.3f}"]


def test_tables_are_aligned():
    assert tables.align([["ab", 1.0], ["c", 10]], ["", "n"]) == "        n\nab  1.000\nc      10"


# --- speed ------------------------------------------------------------------------------------------------


def test_speed_is_a_ratio_to_ftfy(monkeypatch):
    pytest.importorskip("ftfy")
    monkeypatch.setattr(speed, "LEAST_SECONDS", 0.01)
    measured = speed.compare(Careless(), {"clean": ["Nothing happened."], "spun": ["He instructed us."]})
    assert [(s.tool, s.kind) for s in measured] == [
        ("normalizer", "clean"), ("ftfy", "clean"), ("normalizer", "spun"), ("ftfy", "spun"),
    ]  # fmt: skip
    assert all(s.rate > 0 and s.peak > 0 for s in measured)
    assert set(speed.ratios(measured)) == {"clean", "spun"}
    assert "on clean text ftfy is" in speed.text_report(measured)
    assert speed.ratios([speed.Speed("normalizer", "x", 2.0, 1), speed.Speed("ftfy", "x", 6.0, 1)]) == {"x": 3.0}


def test_without_ftfy_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ftfy", None)
    with pytest.raises(InputError, match=r"expected ftfy .*not installed; pip install 'normalizer\[test\]'"):
        speed.compare(Careless(), {"clean": ["x"]})


# --- the command ------------------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def small_index(tmp_path):
    case = carrier_case()
    (tmp_path / "text.txt").write_text(case.text, encoding="utf-8")
    (tmp_path / "gold.tsv").write_text(format_gold(case.golds), encoding="utf-8")
    record = {"name": "carrier", "text": "text.txt", "gold": "gold.tsv", "family": "a", "source": "seed1"}
    (tmp_path / "cases.json").write_text(json.dumps({"cases": [record]}), encoding="utf-8")
    return tmp_path / "cases.json"


@pytest.fixture(autouse=True)
def one_normalizer(monkeypatch, request):
    """Let the command use the tables that are loaded already."""
    if "tmp_path" in request.fixturenames:
        normalizer = request.getfixturevalue("shipped")
        monkeypatch.setattr(loading, "load", lambda *arguments: normalizer)


def test_the_command_prints_a_table_and_progress(tmp_path):
    result = run("gold", small_index(tmp_path), "--quick")
    assert result.exit_code == 0
    assert "carrier" in result.stdout
    assert "a carrier" in result.stderr


def test_the_command_prints_json(tmp_path):
    result = run("gold", small_index(tmp_path), "--quick", "--json", "--leave-out", "--without", "family:b", "-q")
    record = json.loads(result.stdout)
    assert (record["leave_out"], record["without"]) == (True, ["family:b"])
    assert {row["case"] for row in record["rows"]} == {"carrier", "family a", "all"}
    assert result.stderr == ""


def test_the_command_measures_harm(tmp_path):
    corpus = tmp_path / "clean.txt"
    corpus.write_text("The train left at noon.\n\nIt arrived late.\n", encoding="utf-8")
    result = run("clean", corpus, "--json")
    assert json.loads(result.stdout)["articles"] == 2


@pytest.mark.parametrize("name", ["gold", "speed", "contrasts"])
def test_the_commands_say_what_they_need(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    result = run(name)
    assert isinstance(result.exception, CaseError)
    assert "expected" in str(result.exception)


def test_clean_text_must_be_named():
    assert "Missing argument 'CORPUS...'" in run("clean").output


# --- known failures ---------------------------------------------------------------------------------------


def known_failures():
    """Return the cases of the data file as strict expected failures."""
    lines = (CASES / "known_failures.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    return [
        pytest.param(text, wanted, id=why, marks=pytest.mark.xfail(strict=True, reason=why))
        for wanted, why, text in rows
    ]


@pytest.mark.parametrize(("text", "wanted"), known_failures())
def test_known_failure(shipped, text, wanted):
    assert wanted in shipped.repair(text.replace("\\n", "\n")).text
