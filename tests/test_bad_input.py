"""Bad files at every command: one line says what is wrong, the exit code is 2, and nothing is lost or left behind.

Each command line below is run with each bad file in place of X.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from normalizer import cli
from normalizer.commands import loading, repair
from normalizer.commands.console import Exit
from normalizer.errors import InputError
from normalizer.files import write_atomically
from normalizer.reading import Job
from tests.tools.spinner import corpus_of_a_story, main

TEXT = "He said so.\n"
BAD_FILES: dict[str, bytes] = {
    "binary": b"\xff\xfe\x00bad\x80",
    "cut.txt.gz": b"\x1f\x8b123",
    "cut.txt.xz": b"\xfd7zXZ",
    "bad.json": b"{",
    "list.json": b"[]",
    "deep.json": b"[" * 5000,
    "deep.jsonl": b"[" * 5000,
    "numbers.jsonl": b'{"spun": 3}\n',
    "no_cases.json": b'{"cases": []}',
    "half_a_case.json": b'{"cases": [{"name": "x"}]}',
    "table.tsv": b"x\ty\n",
}
UNREADABLE = ("gone", "folder", "loop", "binary")
JSON = (*UNREADABLE, "bad.json", "list.json", "deep.json", "no_cases.json", "half_a_case.json")
COMMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("repair X", UNREADABLE),
    ("repair text.txt -r X", UNREADABLE),
    ("repair --in-place X", UNREADABLE),
    ("repair -q text.txt -o X", ("folder/none/", "text.txt/x")),
    ("repair text.txt --lm X", (*UNREADABLE, "text.txt")),
    ("repair text.txt --lexicon X", (*UNREADABLE, "text.txt")),
    ("detect X", UNREADABLE),
    ("apply X text.txt", (*JSON, "text.txt")),
    ("revert X text.txt", (*JSON, "text.txt")),
    ("repair text.txt --context X", (*UNREADABLE, "text.txt")),
    ("repair text.txt --association X", (*UNREADABLE, "text.txt")),
    ("repair text.txt --weights X", (*UNREADABLE, "text.txt", "bad.json", "list.json", "deep.json")),
    ("evaluate gold -q X", JSON),
    ("evaluate speed X", JSON),
    ("evaluate clean -q X", (*UNREADABLE, "cut.txt.gz", "cut.txt.xz")),
    ("evaluate contrasts -q --lm X", (*UNREADABLE, "text.txt")),
    ("train-lm -q X -o model", (*UNREADABLE, "cut.txt.gz", "cut.txt.xz", "text.txt")),
    ("train-lm -q text.txt -o X", ("folder", "gone/model")),
    ("train-context -q --steps 1 X -o model", (*UNREADABLE, "cut.txt.gz", "cut.txt.xz", "text.txt")),
    ("train-context -q --steps 1 text.txt -o X", ("folder", "gone/model")),
    ("tune -q X -o weights", JSON),
    ("lexicon lint --no-vocabulary X", UNREADABLE),
    ("lexicon show --only --lexicon X word", (*UNREADABLE, "table.tsv")),
    ("lexicon add X --to out.tsv", UNREADABLE),
    ("lexicon add pairs.tsv --to X", ("folder", "binary", "table.tsv", "gone/out.tsv")),
    ("lexicon coverage --only X", (*UNREADABLE, "text.txt")),
    ("lexicon measure -q --processes 1 X --to lexicon.tsv", (*UNREADABLE, "cut.txt.gz")),
    ("lexicon measure -q --processes 1 text.txt --to X", (*UNREADABLE, "table.tsv")),
    ("learn -q X text.txt", (*UNREADABLE, "deep.jsonl", "numbers.jsonl")),
    ("learn -q text.txt X", (*UNREADABLE, "deep.jsonl", "numbers.jsonl")),
    ("learn -q X", (*UNREADABLE, "deep.jsonl", "numbers.jsonl")),
    ("learn -q -r X text.txt", UNREADABLE),
    ("learn -q text.txt text.txt -o X", ("folder", "gone/new.tsv")),
)
GRID = [(command, bad) for command, files in COMMANDS for bad in files]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all bad files, and good ones beside them."""
    monkeypatch.chdir(tmp_path)
    lay_out()
    return tmp_path


def lay_out() -> None:
    """Write the bad files and the good ones to the working folder."""
    for name, data in BAD_FILES.items():
        Path(name).write_bytes(data)
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    Path("text.txt").write_bytes(TEXT.encode())
    Path("pairs.tsv").write_bytes(b"mentioned\tsaid\n")
    Path("lexicon.tsv").write_bytes(b"spun\toriginal\tpos\tguard\tcount\tclean\tsource\nfrank\topen\t-\t\t1\t0\tA01\n")


def run(command: str, bad: str = "") -> Result:
    words = [bad if part == "X" else part for part in command.split()]
    return CliRunner().invoke(cli.main, words, prog_name="normalizer")


def contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


@pytest.mark.parametrize(("command", "bad"), GRID, ids=[f"{command} ({bad})" for command, bad in GRID])
def test_bad_files_get_one_clear_line(command: str, bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if command.startswith("evaluate"):
        monkeypatch.setattr(loading, "load", lambda *_: object())
        monkeypatch.setattr("normalizer.evaluating.ablations.ablate", lambda tool, _: tool)
    before = contents()
    result = run(command, bad)
    assert result.exit_code == Exit.WRONG, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    *_, last = result.stderr.strip().splitlines()
    assert last.startswith(("normalizer: ", "Error: "))
    assert len(last) > 30
    assert contents() == before


# --- while it runs ------------------------------------------------------------------------------------------

LATER = "Somebody else wrote this.\n"


class Meanwhile:
    """A pipeline during whose work somebody else writes the file."""

    def repair_many(self, jobs: Iterable[Job]) -> Iterator[Any]:
        from normalizer.edits import Edit
        from normalizer.repairing import Repair, Verdict

        for text, *_ in jobs:
            Path("text.txt").write_text(LATER, "utf-8")
            edit = Edit(3, 7, "said", "told", "lexical")
            yield Repair(text, text.replace("said", "told"), (edit,), Verdict(0.9, "a", 0.1))


def test_a_file_that_changed_meanwhile_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "load", lambda *_, **__: Meanwhile())
    result = run("repair -q --in-place text.txt")
    assert result.exit_code == Exit.WRONG
    assert result.stderr == (
        "normalizer: text.txt: expected the text that was read, found another; it was changed meanwhile, run again\n"
    )
    assert Path("text.txt").read_text("utf-8") == LATER


def test_what_the_system_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(repair, "repair_all", full)
    result = run("repair text.txt")
    assert result.exit_code == Exit.WRONG
    assert result.stderr.startswith("normalizer: expected to read and write files, found: [Errno 28] No space left")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "number", [errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.ENAMETOOLONG]
)
@pytest.mark.parametrize("step", ["open", "replace", "chmod"])
def test_no_failure_of_the_disk_loses_a_byte(monkeypatch: pytest.MonkeyPatch, number: int, step: str) -> None:
    """Whichever step fails for whatever reason, the old file stands and nothing lies beside it."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    before = contents()
    with monkeypatch.context() as patched:
        patched.setattr(Path, step, fail)
        with pytest.raises(InputError, match=r"text.txt: expected a file to write, found"):
            write_atomically("text.txt", b"new")
    assert contents() == before


def test_hard_links_and_folders_survive() -> None:
    os.link("text.txt", "other.txt")
    write_atomically("text.txt", b"new")
    assert Path("other.txt").read_bytes() == TEXT.encode()
    with pytest.raises(InputError, match="found a folder"):
        write_atomically("folder", b"new")
    assert Path("folder").is_dir()


def test_names_cannot_leave_the_folder() -> None:
    """-o FOLDER takes the last part of a name only."""
    Path("out").mkdir()
    Path("deep").mkdir()
    Path("deep/a.txt").write_text("So.\n", "utf-8")
    result = CliRunner().invoke(cli.main, ["repair", "-q", "-o", "out", "deep/../deep/a.txt"])
    assert result.exit_code == Exit.FINE
    assert [str(path) for path in Path("out").rglob("*")] == ["out/a.txt"]


@pytest.mark.usefixtures("small_lexicon")
def test_a_lexicon_named_twice_is_no_error() -> None:
    assert run("repair -q text.txt --lexicon lexicon.tsv --lexicon lexicon.tsv").stdout == TEXT


def die(*_: object) -> None:
    os._exit(9)


@pytest.mark.parametrize(
    ("command", "reads"),
    [
        ("train-lm -q text.txt -o model", "normalizer.language_model.training.ngrams.encode"),
        ("lexicon measure -q --processes 2 text.txt --to lexicon.tsv", "normalizer.learning.measuring._count"),
    ],
)
def test_a_killed_reader_is_one_line(command: str, reads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system kills a process where memory runs out."""
    monkeypatch.setattr(reads, die)
    before = contents()
    result = run(command)
    assert result.exit_code == Exit.WRONG
    assert result.stderr == (
        "normalizer: corpora: expected 2 readers to live, found one killed; most likely memory ran out: "
        "use --processes 1\n"
    )
    assert contents() == before


@pytest.mark.parametrize(
    "command",
    [
        "train-lm -q text.txt -o text.txt",
        "train-lm -q text.txt -o link.txt",
        "train-lm -q text.txt -o model --write-association text.txt",
        "learn -q text.txt text.txt -o text.txt",
        "learn -q folder folder -o folder/inside.txt",
        "tune -q bad.json -o bad.json",
        "lexicon add pairs.tsv --to pairs.tsv",
    ],
)
def test_no_command_writes_over_what_it_reads(command: str) -> None:
    Path("link.txt").symlink_to("text.txt")
    Path("folder/inside.txt").write_text(TEXT, "utf-8")
    before = contents()
    result = run(command)
    assert result.exit_code == Exit.WRONG
    assert "-o would overwrite the input" in result.stderr
    assert contents() == before


@pytest.mark.parametrize("command", ["train-lm -q text.txt", "tune -q half_a_case.json", "learn -q text.txt text.txt"])
@pytest.mark.parametrize(
    ("place", "found"),
    [("folder", "a folder; name a file in it"), ("gone/x", "no such folder; create it first")],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    command: str, place: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("hours of it")

    for name in ("evaluating.gold.load_cases", "language_model.train_model", "learning.inputs.read_versions"):
        monkeypatch.setattr(f"normalizer.{name}", work)
    result = run(f"{command} -o {place}")
    assert result.exit_code == Exit.WRONG
    assert result.stderr == f"normalizer: {place}: expected a file to write, found {found}\n"


def test_a_write_protected_place_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode, **_: mode != os.W_OK)
    result = run("train-lm -q text.txt -o model")
    assert result.stderr == (
        "normalizer: model: expected a file to write, found no permission to write there; choose another place\n"
    )


def test_learning_what_references_are_worth_needs_cases_with_some(tmp_path: Path) -> None:
    words = [str(tmp_path), "--corpus", str(corpus_of_a_story(tmp_path)), "--articles", "1"]
    main.main(words, standalone_mode=False)
    result = run(f"tune -q {tmp_path}/cases.json --references -o weights")
    assert result.exit_code == Exit.WRONG
    assert result.stderr.startswith(f"normalizer: {tmp_path}/cases.json: found no case with references; `python -m ")
    assert not Path("weights").exists()


def test_weights_of_references_alone_are_not_learnt_upon_nothing() -> None:
    result = run("tune -q half_a_case.json --references --without 000 -o weights")
    assert result.exit_code == 2
    assert "--references: expected --weights FILE" in result.stderr and "run tune without" in result.stderr


def test_a_weight_that_is_no_number_is_refused() -> None:
    result = run("tune -q half_a_case.json -o weights --made nan")
    assert "--made: expected a number of 0 or more, found nan." in result.stderr
