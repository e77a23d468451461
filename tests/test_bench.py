"""The benchmark: its parts on small inputs, and a run with two stand-ins for the versions."""

import json
import random
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from normalizer.commands.options import spelt_out
from tests.tools import bench, bench_driver, bench_texts
from tests.tools.bench import NEW, OLD, Figure, Version

STORY = "The minister met reporters on Friday.\nTalks will go on next week.\n\n"
NORMALIZER = """
class Repair:
    edits = (1, 2)
class Normalizer:
    def repair(self, text, references=()):
        return Repair()
"""


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("--only a b --pairs 1", "--only a --only b --pairs 1"),
        ("x --only a -q y", "x --only a -q y"),
        ("--only a b -- c d", "--only a --only b -- c d"),
        ("--only", "--only"),
        ("--only a --only b c", "--only a --only b --only c"),
    ],
)
def test_an_option_takes_all_words_behind_it(given, spelt):
    assert list(spelt_out(given.split(), {"--only"})) == spelt.split()


def test_an_unknown_commit_is_named():
    result = CliRunner().invoke(bench.main, ["--against", "no-such-commit"])
    assert result.exit_code == 2
    assert "expected a commit of this repository, found none called 'no-such-commit'" in result.output


def test_genres_are_left_out_without_their_folder(tmp_path):
    assert bench.chosen_cases([], None) == [case for case in bench.CASES if case != "genres"]
    assert bench.chosen_cases(["load", "genres"], tmp_path) == ["genres", "load"]
    with pytest.raises(click.BadParameter, match="expected --genres FOLDER"):
        bench.chosen_cases(["genres"], None)


def test_a_folder_with_other_files_is_not_overwritten(tmp_path):
    (tmp_path / "old").write_text("mine")
    with pytest.raises(click.BadParameter, match="expected a new or empty folder"), bench.scratch_folder(tmp_path):
        pass


def test_more_is_better_or_less_is():
    assert bench.gains([Figure(2.0, "KB/s")], [Figure(3.0, "KB/s")]) == [1.5]
    assert bench.gains([Figure(3.0, "s"), Figure(3.0, "s")], [Figure(2.0, "s"), Figure(6.0, "s")]) == [1.5, 0.5]


def test_the_table_shows_medians_spread_and_edits():
    runs = [(OLD, 1.0, 7), (NEW, 2.0, 8), (OLD, 2.0, 7), (NEW, 2.0, 8), (OLD, 4.0, 7), (NEW, 2.0, 8)]
    (row,) = bench.rows_of((version, {"many": Figure(value, "s", edits)}) for version, value, edits in runs)
    assert row == ["many, s", "2", "2", "1.000", "0.500", "2.000", "7 / 8"]
    assert bench.table([row]).splitlines()[0].split() == "old new times better lowest highest edits".split()


def test_a_figure_of_the_newer_version_alone_has_no_gain():
    (row,) = bench.rows_of([(NEW, {"memory": Figure(3.0, "MiB")})])
    assert row == ["memory, MiB", "-", "3", "-", "-", "-", ""]


def test_the_working_tree_is_copied_without_what_is_ignored(tmp_path):
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(source)], check=True)
    (source / ".gitignore").write_text("ignored\n")
    for name in ("ignored", "gone", "new", "inner/new"):
        (source / name).write_text(name)
    subprocess.run(["git", "add", "gone"], cwd=source, check=True)
    (source / "gone").unlink()
    copied = bench.copy_working_tree(tmp_path / "copy", source)
    assert sorted(path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file()) == [
        ".gitignore",
        "inner/new",
        "new",
    ]


def test_pieces_are_whole_paragraphs_over_and_over():
    pieces = bench_texts.endless(["one\ntwo\n", "three"], 6)
    assert [next(pieces) for _ in range(3)] == ["one\ntwo", "three", "one\ntwo"]


def test_streams_are_read_in_turn():
    assert "".join(bench_texts.in_turn(["ab", "1234", "."])) == "a1.b234"


def test_a_tree_without_a_spinner_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"expected a tree with a spinner among its tests, found none"):
        bench_texts.spinner_of(tmp_path)


class Mirror:
    """A spinner that turns every line round."""

    class Habits:
        def __init__(self, family: str) -> None:
            self.family = family

    class Spun:
        def __init__(self, text: str) -> None:
            self.text = text

    def spin(self, text: str, rng: random.Random, habits: Habits) -> Spun:
        return self.Spun("\n".join(line[::-1] for line in text.split("\n")))


def mirrored(plan: bench_texts.Plan) -> bench_texts.Maker:
    """Return a maker of texts with a spinner that needs no lexicon."""
    maker = object.__new__(bench_texts.Maker)
    maker.plan, maker.module, maker.spinner = plan, Mirror, Mirror()
    maker.clean = [f"{letter} story\n" * 60 for letter in "abcdefghij"]
    maker.stories = [{"original": f"{n}", "report1": "one", "report2": "two"} for n in range(8)]
    return maker


def test_every_case_has_its_texts_and_none_is_used_for_warming_up(tmp_path):
    genre = tmp_path / "tales.txt"
    genre.write_text("\n\n".join(STORY.strip() + str(n) for n in range(4)))
    plan = bench_texts.Plan(str(tmp_path), (), articles=6, genres=[str(genre)], large=3000)
    maker = mirrored(plan)
    made = {name: content for case in bench.CASES for name, content in getattr(maker, case, dict)().items()}
    assert set(made) == {*bench.TEXTS.values()} - {"genres", "."} | {"genres/tales.json", "large.txt"}
    for name in ("many.json", "long.json", "alone.json", "references.json", "news.json", "genres/tales.json"):
        assert made[name]["work"]
        assert made[name]["warm"]
        assert not {str(item) for item in made[name]["warm"]} & {str(item) for item in made[name]["work"]}
    assert [len(share) for share in made["workers.json"]["work"]] == [3, 3]


def stand_in(name: str, folder: Path) -> Version:
    """Return a version whose normalizer repairs nothing, found by a path that its interpreter is told."""
    tree = folder / name
    (tree / "normalizer").mkdir(parents=True)
    (tree / "normalizer" / "__init__.py").write_text(NORMALIZER)
    (tree / "normalizer" / "__main__.py").write_text("")
    python = tree / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tree}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return Version(name, tree, str(python))


@pytest.fixture
def texts(tmp_path):
    """A folder with tiny texts for every case."""
    folder = tmp_path / "texts"
    (folder / "genres").mkdir(parents=True)
    plain = {"warm": ["One."], "work": ["Two words.", "Three more words."]}
    for name in ("many.json", "long.json", "alone.json", "news.json", "genres/tales.json"):
        (folder / name).write_text(json.dumps(plain))
    told = {"warm": [["One.", ["Two."]]], "work": [["Three.", ["Four.", "Five."]]]}
    (folder / "references.json").write_text(json.dumps(told))
    (folder / "workers.json").write_text(json.dumps({"warm": ["One."], "work": [["Two."], ["Three."]]}))
    (folder / "memory.json").write_text(json.dumps(["One."]))
    for name in ("process.txt", "large.txt"):
        (folder / name).write_text("One.\n")
    return folder


@pytest.mark.parametrize("case", bench.CASES)
def test_every_case_runs_with_both_versions_in_turn(case, texts, tmp_path):
    versions = [stand_in(name, tmp_path) for name in (OLD, NEW)]
    found = list(bench.measure(versions, case, 1, texts))
    assert [version for version, _ in found] == [OLD, NEW]
    assert all(figure.value > 0 for _, figures in found for figure in figures.values())
    assert len(list(bench.rows_of(found))) == len(found[0][1]) > 0


def test_what_a_version_prints_when_it_fails_is_shown(texts, tmp_path):
    version = stand_in(OLD, tmp_path)
    (version.tree / "normalizer" / "__init__.py").write_text("raise ImportError('this one is broken')")
    with pytest.raises(click.ClickException, match="this one is broken"):
        bench.run_case(version, "many", texts)


def test_articles_are_repaired_together_where_the_version_can():
    class Tool:
        def repair(self, text, references=()):
            return (text, *references)

        def repair_many(self, records):
            yield from records

    items = ["a", ["b", ["c"]]]
    assert bench_driver.repaired_together(Tool(), items) == ["a", ("b", ["c"])]
    assert bench_driver.repaired_alone(Tool(), items) == [("a",), ("b", "c")]
