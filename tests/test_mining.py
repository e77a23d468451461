"""Mining entries: pairing sentences, dividing stretches, evidence, and how much of a spinner's habits is recovered."""

import json
import random
from collections import Counter
from math import log

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.cli import Commands
from normalizer.commands.learn import learn
from normalizer.commands.lexicon import lexicon as tools
from normalizer.errors import InputError
from normalizer.learning.inputs import Versions, read_versions
from normalizer.learning.mining import Candidate, Miner
from normalizer.learning.pairing import Paired, pair_best, pair_in_order
from normalizer.learning.review import Proposed, format_review, read_review
from normalizer.learning.stretches import KNOWN, Stretch, divide, expected, possible, stretches, widened
from normalizer.learning.vetting import generalise
from normalizer.lexicon import Entry, Lexicon
from normalizer.lexicon.coverage import judge
from normalizer.lexicon.files import read_entries
from normalizer.tokens import fold_words
from tests.tools.spinner import FAMILIES, Habits, Spinner, split, story, story_names

NOTHING = Lexicon([])
NEWS = (
    "The minister told reporters in Oslo that talks would resume next week. "
    "Police said 14 people were injured when a bus overturned near Bergen. "
    "Shares of the shipping company fell by nine percent on Tuesday. "
    "The storm is expected to reach the coast before midnight."
)


def sentences_of(text: str) -> list[tuple[str, ...]]:
    return [fold_words(sentence) for sentence in text.split(". ")]


def mined(*pairs: tuple[str, str], lexicon: Lexicon = NOTHING, weak: bool = False) -> dict[tuple[str, str], Candidate]:
    miner = Miner(lexicon)
    miner.read(Versions(f"page{i}", spun, original, weak) for i, (spun, original) in enumerate(pairs))
    return {(c.entry.spun, c.entry.original): c for c in miner.candidates()}


# --- pairing sentences --------------------------------------------------------------------------------------


def test_sentences_pair_in_order_with_some_left_out():
    original = sentences_of(NEWS)
    spun = [*original[:1], *sentences_of("An advertisement nobody wrote"), *original[2:]]
    assert [(p.spun, p.original) for p in pair_in_order(spun, original)] == [
        ((0, 1), (0, 1)),
        ((2, 3), (2, 3)),
        ((3, 4), (3, 4)),
    ]


def test_a_sentence_may_pair_with_two():
    original = sentences_of(NEWS)
    merged = [(*original[0], *original[1]), *original[2:]]
    assert pair_in_order(merged, original)[0][:2] == ((0, 1), (0, 2))
    assert pair_in_order(original, merged)[0][:2] == ((0, 2), (0, 1))


def test_a_moved_sentence_still_pairs_and_order_is_preferred():
    original = sentences_of(NEWS)
    moved = [*original[1:], original[0]]
    assert {(p.spun[0], p.original[0]) for p in pair_in_order(moved, original)} == {(0, 1), (1, 2), (2, 3), (3, 0)}
    twice = [original[0], original[2], original[0]]
    assert [p.original[0] for p in pair_in_order(twice, twice)] == [0, 1, 2]


@given(st.permutations(range(4)))
def test_other_versions_pair_in_any_order(order):
    original = sentences_of(NEWS)
    pairs = pair_best([original[i] for i in order], original)
    assert [pair.original[0] for pair in pairs] == list(order)
    assert all(isinstance(pair, Paired) and pair.score == pytest.approx(1) for pair in pairs)


# --- stretches ----------------------------------------------------------------------------------------------


def test_stretches_are_where_sentences_differ():
    spun, original = "he instructed the newshounds at this time".split(), "he told the reporters today".split()
    assert stretches(spun, original) == [Stretch(1, 2, 1, 2), Stretch(3, 7, 3, 5)]
    assert stretches(spun, spun) == []
    assert widened(Stretch(1, 2, 1, 2), spun, original) == Stretch(0, 3, 0, 3)
    assert widened(Stretch(0, 1, 0, 1), [",", "a"], ["the", "a"]) == Stretch(0, 2, 0, 2)


small = st.lists(st.sampled_from(["a", "the", "big", "old", "town"]), min_size=1, max_size=3).map(tuple)


@given(small, small, st.dictionaries(st.tuples(small, small), st.floats(0.5, 9), max_size=5), st.data())
@settings(deadline=None)
def test_dividing_finds_the_best_of_all_divisions(spun, original, seen, data):
    known = data.draw(st.sets(st.sampled_from(sorted(set(possible(spun, original))) or [(("x",), ("y",))]), max_size=2))
    readings = {
        (i, j): {right: 1.0 for left, right in known if left == spun[i:j]}
        for i in range(len(spun))
        for j in range(i + 1, len(spun) + 1)
    }

    def gain(left: tuple[str, ...], right: tuple[str, ...]) -> float:
        if left == right:
            return 0.0
        return log(seen.get((left, right), 0.0) + (KNOWN if (left, right) in known else 0.0) + expected(left, right))

    def best(i: int, j: int) -> float:
        if (i, j) == (len(spun), len(original)):
            return 0.0
        return max(
            (
                gain(spun[i:k], original[j:m]) + best(k, m)
                for k in range(i + 1, len(spun) + 1)
                for m in range(j + 1, len(original) + 1)
            ),
            default=-1e9,
        )

    parts = divide(spun, original, seen, readings)
    assert sum((left for left, _ in parts), ()) == spun and sum((right for _, right in parts), ()) == original
    assert sum(gain(*part) for part in parts) == pytest.approx(best(0, 0))


# --- evidence -----------------------------------------------------------------------------------------------


def test_swaps_are_found_generalised_and_counted():
    found = mined(
        (NEWS.replace("told", "instructed").replace("injured", "harmed"), NEWS),
        (NEWS.replace("told reporters", "instructed newshounds"), NEWS),
    )
    told = found["instruct", "tell"]
    assert (told.entry.pos, told.entry.count, told.pages, told.contexts) == ("v", 2, 2, 1)
    assert told.entry.sources == ("C:page0", "C:page1") and told.example == ("minister instructed reporters",
                                                                            "minister told reporters")  # fmt: skip
    assert ("newshound", "reporter") in found and found["newshound", "reporter"].entry.pos == "n"
    assert ("harm", "injure") in found


def test_consistency_is_the_share_of_what_the_spun_form_stands_for():
    text = NEWS.replace("injured", "told")
    found = mined((text.replace("Police said", "Police told"), text))
    assert found["tell", "say"].consistency == pytest.approx(1 / 3)  # twice it stands in both versions


def test_words_side_by_side_are_divided_by_what_stands_elsewhere():
    far = "Officials told newspapers nothing. Several reporters waited outside the court in Bergen."
    found = mined(
        (NEWS.replace("told reporters in Oslo", "instructed newshounds within Oslo"), NEWS),
        (far.replace("told", "instructed").replace("reporters", "newshounds"), far),
    )
    assert {("instruct", "tell"), ("newshound", "reporter"), ("within", "in")} <= set(found)


def test_a_word_without_counterpart_joins_a_neighbour_by_counting():
    text = "The bridge was closed on Monday. A tunnel was flooded on Tuesday. The harbour was empty by Friday."
    found = mined((text.replace("was", "was once"), text))
    assert found["was once", "was"].entry.count == 3
    assert not any(spun.startswith("once") for spun, _ in found)


def test_rewriting_is_no_swap():
    rewritten = NEWS.replace(
        "The minister told reporters in Oslo that talks would resume next week",
        "Speaking to journalists after a long day of meetings in Oslo the minister confirmed plans for further talks",
    )
    assert mined((rewritten, NEWS)) == {}
    miner = Miner(NOTHING)
    miner.read([Versions("page", rewritten, NEWS)])
    assert miner.statistics.sentences == 4 and miner.statistics.paired - miner.statistics.rewritten == 3


def test_facts_and_negations_are_never_proposed():
    changed = NEWS.replace("14", "40").replace("is expected", "is not expected")
    assert mined((changed, NEWS)) == {}


def test_known_swaps_are_marked_and_tell_the_family():
    known = Lexicon([Entry("newshound", "reporter", "n", count=3, sources=("B01",), family="b")])
    found = mined((NEWS.replace("reporters", "newshounds").replace("storm", "hurricane"), NEWS), lexicon=known)
    assert {pair: c.known for pair, c in found.items()} == {
        ("newshound", "reporter"): True,
        ("hurricane", "storm"): False,
    }
    assert found["hurricane", "storm"].entry.family == "b"


def test_capitals_of_a_place_are_not_the_originals_own():
    original = "Gold mine owners met in Wolf Creek. The US senator met Patience Gold."
    spun = (
        original.replace("Gold mine", "Silver mine")
        .replace("The US", "The united states")
        .replace("Patience", "persistence")
    )
    found = mined((spun, original))
    assert ("silver", "gold") in found
    assert ("united states", "US") in found and found["united states", "US"].entry.pos == ""
    assert ("persistence", "Patience") in found


def test_pairs_with_cleaner_versions_are_weaker():
    other = "He left at noon. " + NEWS.replace("storm", "tempest") + " Nobody else was hurt."
    strong, weak = mined((NEWS, other)), mined((NEWS, other), weak=True)
    assert weak["storm", "tempest"].weak and weak["storm", "tempest"].entry.sources == ("C:page0", "weak")
    assert weak["storm", "tempest"].entry.count < strong["storm", "tempest"].entry.count
    assert weak["storm", "tempest"].score < strong["storm", "tempest"].score


def test_the_best_supported_come_first():
    pairs = [(NEWS.replace("told", "instructed"), NEWS)] * 3 + [(NEWS.replace("storm", "tempest"), NEWS)]
    assert list(mined(*pairs)) == [("instruct", "tell"), ("tempest", "storm")]


def test_a_final_s_makes_no_plural_of_an_adverb():
    assert list(generalise("at all times", "always")) == [("at all times", "always", "")]
    assert list(generalise("newshounds", "reporters")) == [("newshound", "reporter", "n")]


# --- on our own spinner --------------------------------------------------------------------------------------


def test_four_fifths_of_the_swaps_seen_twice_are_recovered():
    """The stories, spun with the half of the lexicon that the miner does not know: 90 % when this was written."""
    known, held_out = split(Lexicon.load().entries)
    spinner, half = Spinner(held_out), Lexicon(known)
    pages: list[Versions] = []
    made: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    for name in story_names():
        original = story(name, "original")
        for family in FAMILIES:
            spun = spinner.spin(original, random.Random(f"{name} {family}"), Habits(family))
            pages.append(Versions(f"{name}-{family}", spun.text, original))
            made.update((fold_words(gold.spun), fold_words(gold.readings[0])) for gold in spun.golds)
    miner = Miner(half)
    miner.read(pages)
    new = [candidate for candidate in miner.candidates() if not candidate.known]
    wanted = [swap for swap, times in made.items() if times >= 2 and not judge(half, *swap)[0]]
    grown = Lexicon([*known, *(candidate.entry for candidate in new)])
    assert len(wanted) > 300
    assert sum(judge(grown, *swap)[0] for swap in wanted) >= 0.8 * len(wanted)
    everything = Lexicon([*known, *held_out])
    top = [(fold_words(c.entry.spun), fold_words(c.entry.original)) for c in new[:200]]
    assert sum(judge(everything, *swap)[0] for swap in top) >= 0.9 * len(top), "the best supported are no inventions"


# --- reading and writing --------------------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    main = Commands("normalizer")
    main.add_command(learn)
    main.add_command(tools)
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_files_folders_and_records_are_read(tmp_path):
    for folder, text in (("spun", "S"), ("original", "O")):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "one.txt").write_text(text, encoding="utf-8")
    (tmp_path / "spun" / "lonely.txt").write_text("L", encoding="utf-8")
    records = tmp_path / "pairs.jsonl"
    lines = [{"spun": "s", "original": "o", "name": "n"}, {"spun": "t", "references": ["r1", "r2"]}]
    records.write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    told: list[str] = []
    one = (tmp_path / "spun" / "lonely.txt", tmp_path / "spun" / "deep" / "one.txt")
    found = list(
        read_versions([tmp_path / "spun", tmp_path / "original", records, *one], references=False, tell=told.append)
    )
    assert found == [
        Versions("n", "s", "o"), Versions("pairs:2", "t", "r1", weak=True), Versions("pairs:2", "t", "r2", weak=True),
        Versions("deep/one.txt", "S", "O"), Versions("lonely.txt", "L", "S"),
    ]  # fmt: skip
    assert len(told) == 1 and "lonely.txt: no original of this name" in told[0]
    weak = list(read_versions([*one, records], references=True))
    assert weak[-1] == Versions("lonely.txt", "L", "S", weak=True) and len(weak) == 4


@pytest.mark.parametrize(
    ("names", "references", "message"),
    [
        (["a.txt"], False, "expected spun and original in twos, found .*a.txt without a counterpart"),
        (["a.txt"], True, "expected cleaner versions behind .*a.txt, found none"),
        (["a.txt", "."], False, "expected a file, as .*a.txt is one, found a folder"),
        ([".", "a.txt"], False, "expected a folder, as .* is one"),
        (["bad.jsonl"], False, r"bad.jsonl, line 2: expected \{\"spun\".*found neither original nor references"),
        (["torn.jsonl"], False, "torn.jsonl, line 1: expected .*found no JSON"),
    ],
)
def test_wrong_inputs_are_explained(tmp_path, names, references, message):
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"spun": "s", "original": "o"}\n{"spun": "s"}\n', encoding="utf-8")
    (tmp_path / "torn.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        list(read_versions([tmp_path / name for name in names], references=references))


def test_what_learn_writes_add_reads_back():
    found = list(mined((NEWS.replace("told", "instructed").replace("storm", "tempest"), NEWS)).values())
    assert {c.entry.spun for c in found} == {"instruct", "tempest"}
    text = format_review(found)
    assert text.startswith("spun\toriginal\tpos\t") and "\n# best supported first" in text


def test_learn_then_add(small_lexicon, tmp_path):
    spun, original = tmp_path / "spun.txt", tmp_path / "original.txt"
    original.write_text(NEWS, encoding="utf-8")
    spun.write_text(NEWS.replace("bus", "zeppelin").replace("told", "instructed"), encoding="utf-8")
    table, own = tmp_path / "new.tsv", tmp_path / "a_own.tsv"
    found = run("learn", spun, original, "-o", table)
    assert found.exit_code == 0 and "1 known already; 1 listed" in found.stderr
    (proposed,) = read_review(table, "user")
    assert isinstance(proposed, Proposed) and proposed.ready
    everything = run("learn", spun, original, "--all", "-q").stdout.split("\n")
    assert {line.split("\t")[14 - 1] for line in everything[2:-1]} == {"known", "new"}
    assert run("lexicon", "add", table, "--to", own).exit_code == 0
    (entry,) = read_entries(own)
    assert (entry.spun, entry.original, entry.pos, entry.count, entry.sources) == (
        "zeppelin",
        "bus",
        "n",
        1,
        ("C:spun.txt",),
    )
    assert run("learn", spun).exit_code == 2
    assert run("learn", spun, original, "--family", "q").exit_code == 2
