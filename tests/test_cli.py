"""The command line, over a pipeline that knows one swap, and over the real one where its tables are at hand.

Run as a program this module is the command line with that small pipeline: the subprocess tests use it.
"""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from strategies import environment

from normalizer import __main__, __version__
from normalizer.articles import Article
from normalizer.cli import main
from normalizer.commands import loading, output, repair
from normalizer.commands.configuration import default_map, find_settings
from normalizer.commands.console import Exit
from normalizer.edits import Edit
from normalizer.errors import ModelError, NormalizerError, NormalizerWarning
from normalizer.explaining import Explanation
from normalizer.lexicon import Entry
from normalizer.lexicon.files import format_file
from normalizer.plans import Plan
from normalizer.reading import Job
from normalizer.repairing import Normalizer, Repair, Verdict
from normalizer.residue import residue_edits
from normalizer.table_files import SHIPPED, TableFiles
from tests.tools.counting import grows_too_fast

SPUN = "\ufeffThe “assembly” is over.\r\nNo assembly tomorrow"
CLEAN = SPUN.replace("assembly", "meeting")
SUMMARY = "{name}: 2 edits (2 lexical); spun (probability 0.90), family A, 25% of the words swapped\n" + (
    "  surest: assembly -> meeting (0.80), assembly -> meeting (0.80)\n"
)


@dataclass(frozen=True)
class OneSwap:
    """A pipeline that knows one swap; it keeps the word if a reference has it or the bar is too high."""

    min_confidence: float = 0.5

    def repair(self, text: str, references: Sequence[Any]) -> Repair:
        told = any("assembly" in reference.text for reference in references) or self.min_confidence > 0.8
        found = [] if told else list(re.finditer("assembly", text))
        edits = [Edit(m.start(), m.end(), m.group(), "meeting", "lexical", confidence=0.8) for m in found]
        edits = sorted([*edits, *residue_edits(text)])
        return Repair(text, Plan.of(text, edits).apply(text), tuple(edits), self.detect(text), "test")

    def repair_many(self, jobs: Iterable[Job]) -> Iterator[Repair]:
        """Read two articles side by side."""
        waiting: list[Job] = []
        for job in jobs:
            waiting.append(job)
            if len(waiting) == 2:
                yield from (self.repair(*each[:2]) for each in waiting)
                waiting = []
        yield from (self.repair(*each[:2]) for each in waiting)

    def explain(self, text: str, start: int, end: int, references: list[str]) -> Explanation | None:
        return None

    def detect(self, text: str) -> Verdict:
        return Verdict(0.9, "A", 0.25, {"A": 1.0}) if "assembly" in text else Verdict(0.1, None, 0.0)


def load_one_swap(
    files: TableFiles = SHIPPED, min_confidence: float | None = None, *_: object, detailed: bool = False
) -> OneSwap:
    if files.model == Path("broken"):
        raise ModelError("broken: expected a model,\x1b found none")
    return OneSwap() if min_confidence is None else OneSwap(min_confidence)


@pytest.fixture(autouse=True)
def small_pipeline(monkeypatch, tmp_path):
    monkeypatch.setattr(loading, "load", load_one_swap)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(SPUN.encode())
    return path


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, prog_name="normalizer")


def refused(*arguments: str, stdin: bytes = b"") -> str:
    """Return the message of a run that must fail with 2 and write nothing to standard output."""
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout_bytes) == (Exit.WRONG, b"")
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.splitlines()[-1].split())


def written(path: Path) -> str:
    return path.read_bytes().decode()


# --- repair -------------------------------------------------------------------------------------------------


def test_repaired_text_keeps_every_other_byte(page):
    result = run("repair", "page.txt")
    assert result.stdout_bytes == CLEAN.encode()
    assert result.stderr == SUMMARY.format(name="page.txt")
    assert result.exit_code == Exit.FINE
    assert written(page) == SPUN


@pytest.mark.parametrize("arguments", [["-"], []])
def test_standard_input_is_repaired(arguments):
    result = run("repair", "-q", *arguments, stdin=SPUN.encode())
    assert (result.stdout_bytes, result.stderr, result.exit_code) == (CLEAN.encode(), "", 0)


def test_a_terminal_without_files_gets_the_help(monkeypatch):
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True, raising=False)
    result = run("repair")
    assert result.exit_code == Exit.FINE
    assert result.stdout.startswith("Usage: normalizer repair [OPTIONS] [FILE|-]...")


def test_references_reach_the_pipeline(page):
    Path("ref.txt").write_text("an assembly", "utf-8")
    assert run("repair", "page.txt", "-r", "ref.txt").stdout_bytes == SPUN.encode()
    assert run("repair", "page.txt", "-r", "-", stdin=b"an assembly").stdout_bytes == SPUN.encode()


def test_min_confidence_reaches_the_pipeline(page):
    assert run("repair", "page.txt", "--min-confidence", "0.9").stdout_bytes == SPUN.encode()
    assert "0<=x<=1" in refused("repair", "page.txt", "--min-confidence", "90")


def test_a_confidence_that_is_no_number_is_refused(monkeypatch, page):
    monkeypatch.undo()
    assert refused("repair", str(page), "--min-confidence", "nan") == (
        "normalizer: min_confidence: expected a number from 0 to 1, found nan"
    )


def test_options_reach_the_real_pipeline(monkeypatch, tmp_path):
    made = []
    monkeypatch.undo()
    monkeypatch.setattr("normalizer.repairing.Normalizer", lambda **arguments: made.append(arguments))
    monkeypatch.setattr("normalizer.tables.Tables.of", lambda files: files)
    names = tmp_path / "names.txt"
    names.write_text("# names\nAdam Worth\n\nMetropolis*\n", "utf-8")
    files = TableFiles((Path("a.tsv"),), Path("m.ngrams"), weights=Path("w.json"))
    loading.load(files, 0.9, [str(names), "Who"], [r"\d+"])
    loading.load()
    settings, defaults = (each["settings"] for each in made)
    assert (settings.protect, settings.ignore) == (("Adam Worth", "Metropolis*", "Who"), (r"\d+",))
    assert settings.min_confidence == 0.9
    assert [each["tables"] for each in made] == [files, SHIPPED]
    assert defaults == type(defaults)()


@pytest.mark.parametrize(
    "command", ["repair page.txt", "detect page.txt", "explain page.txt --at 1:1", "review page.txt -o out.txt"]
)
def test_every_table_can_be_named(page, monkeypatch, command):
    asked = []
    monkeypatch.setattr(loading, "load", lambda files, *_, **__: asked.append(files) or OneSwap())
    named = "--lexicon a.tsv --lexicon b.tsv --lm m --association t --context c --weights w"
    assert run(*command.split(), *named.split(), stdin=b"q\n").exit_code == Exit.FINE
    lexicons = (Path("a.tsv"), Path("b.tsv"))
    assert asked == [TableFiles(lexicons, Path("m"), Path("t"), Path("c"), Path("w"))]
    assert asked[0].named == [*lexicons, *map(Path, "mtcw")]
    asked.clear()
    run(*command.split(), stdin=b"q\n")
    assert asked == [SHIPPED]


def test_plans_come_one_a_line(page):
    Path("clean.txt").write_bytes(b"Nothing.\n")
    result = run("repair", "-q", "-f", "json", "page.txt", "clean.txt", "-", stdin=SPUN.encode())
    plans = [Plan.from_json(line) for line in result.stdout.splitlines()]
    assert [(plan.name, len(plan.edits)) for plan in plans] == [("page.txt", 2), ("clean.txt", 0), ("", 2)]
    assert plans[0].apply(SPUN) == CLEAN


def test_diff(page):
    result = run("repair", "-q", "-f", "diff", "page.txt")
    assert result.stdout_bytes.startswith("--- page.txt\n+++ page.txt\n@@ -1,2 +1,2 @@\n-\ufeffThe".encode())
    assert "+No meeting tomorrow\n\\ No newline at end of file\n" in result.stdout


def test_diff_on_a_terminal_is_shown_by_words(page, monkeypatch):
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True, raising=False)
    assert "\x1b[31m" in run("repair", "-q", "-f", "diff", "page.txt").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run("repair", "-q", "-f", "diff", "page.txt").stdout
    assert plain.startswith("page.txt\n1  ") and plain.endswith("\n2  No [-assembly-]{+meeting+} tomorrow\n")
    assert "\x1b[31m" in run("repair", "-q", "-f", "diff", "--color", "always", "page.txt").stdout
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in run("repair", "-q", "-f", "diff", "--color", "never", "page.txt").stdout


def test_a_diff_that_goes_into_a_pipe_is_plain_unless_asked_for(page):
    assert run("repair", "-f", "diff", "--color", "never", "page.txt").stdout.startswith("--- page.txt\n")
    assert "\x1b[31m" in run("repair", "-f", "diff", "--color", "always", "page.txt").stdout
    beside = run("repair", "-f", "diff", "--side-by-side", "page.txt").stdout
    assert "2  No [-assembly-] tomorrow              │ No {+meeting+} tomorrow\n" in beside and "\x1b" not in beside


def test_a_diff_comes_with_one_line_of_summary(page):
    assert run("repair", "-f", "diff", "page.txt").stderr == SUMMARY.format(name="page.txt").splitlines()[0] + "\n"


def test_a_page_for_a_browser(page):
    run("repair", "-q", "-f", "html", "-o", "page.html", "page.txt")
    assert written(Path("page.html")).startswith("<!doctype html>")
    Path("pages").mkdir()
    Path("b.txt").write_bytes(b"An assembly.\n")
    run("repair", "-q", "-f", "html", "-o", "pages", "page.txt", "b.txt")
    assert sorted(path.name for path in Path("pages").iterdir()) == ["b.txt.html", "page.txt.html"]


def test_check(page):
    Path("clean.txt").write_bytes(b"Nothing.\n")
    found = run("repair", "--check", "page.txt", "clean.txt")
    assert (found.exit_code, found.stdout_bytes) == (Exit.FOUND, b"")
    assert found.stderr.startswith("page.txt: 2 edits")
    assert written(page) == SPUN
    clean = run("repair", "--check", "clean.txt")
    assert (clean.exit_code, clean.stdout_bytes) == (Exit.FINE, b"")


def test_check_with_a_diff_shows_it(page):
    result = run("repair", "-q", "--check", "-f", "diff", "page.txt")
    assert result.exit_code == Exit.FOUND
    assert result.stdout.startswith("--- page.txt\n")


def test_in_place(page):
    clean = Path("clean.txt")
    clean.write_bytes(b"Nothing.\n")
    before = clean.stat()
    result = run("repair", "-q", "--in-place", "page.txt", "clean.txt")
    assert (result.exit_code, result.stdout_bytes, result.stderr) == (Exit.FINE, b"", "")
    assert written(page) == CLEAN
    assert (clean.stat().st_ino, clean.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(os.listdir()) == ["clean.txt", "page.txt"]  # noqa: PTH208 - hidden files count


def test_in_place_with_plans_can_be_reverted(page):
    result = run("repair", "-q", "--in-place", "-f", "json", "page.txt")
    assert written(page) == CLEAN
    assert run("revert", "--in-place", "-", "page.txt", stdin=result.stdout_bytes).exit_code == Exit.FINE
    assert written(page) == SPUN


def test_in_place_changes_nothing_when_its_plan_cannot_be_written(page, monkeypatch):
    def fail(_data: bytes) -> None:
        raise NormalizerError("standard output: full")

    monkeypatch.setattr(output, "write_stdout", fail)
    assert run("repair", "--in-place", "-f", "json", "page.txt").exit_code == Exit.WRONG
    assert written(page) == SPUN


def test_failed_writing_leaves_the_article_alone(page, monkeypatch):
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    assert refused("repair", "-q", "--in-place", "page.txt") == (
        "normalizer: page.txt: expected a file to write, found no space left; make room, the original is untouched"
    )
    assert written(page) == SPUN
    assert os.listdir() == ["page.txt"]  # noqa: PTH208 - hidden files count


def test_output_file_and_folder(page):
    Path("folder").mkdir()
    Path("b.txt").write_bytes(b"An assembly.")
    assert run("repair", "-o", "out.txt", "page.txt").stdout_bytes == b""
    assert written(Path("out.txt")) == CLEAN
    assert run("repair", "-o", "folder", "page.txt", "b.txt").exit_code == Exit.FINE
    assert written(Path("folder/page.txt")) == CLEAN
    assert written(Path("folder/b.txt")) == "An meeting."
    run("repair", "-f", "json", "-o", "folder/", "b.txt")
    assert Plan.from_json(written(Path("folder/b.txt.json"))).name == "b.txt"


def test_plans_of_many_files_in_one_file(page):
    Path("b.txt").write_bytes(b"An assembly.")
    assert run("repair", "-f", "json", "-o", "plans.jsonl", "page.txt", "b.txt").stdout_bytes == b""
    assert [json.loads(line)["name"] for line in written(Path("plans.jsonl")).splitlines()] == [
        "page.txt",
        "b.txt",
    ]


def test_several_files_get_a_line_each_counted_on_a_terminal(monkeypatch, page):
    names = ["page.txt", "gone", "page.txt"]
    lines = run("repair", "--check", *names).stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["page.txt", "normalizer", "page.txt"]
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True, raising=False)
    shown = run("repair", "--check", *names).stderr.splitlines()
    assert [line[:10] for line in shown] == ["1/3 page.t", "normalizer", "3/3 page.t"]


def test_one_bad_file_does_not_stop_the_others(page):
    result = run("repair", "-q", "--in-place", "gone.txt", "page.txt")
    assert result.exit_code == Exit.WRONG
    assert result.stderr == ("normalizer: gone.txt: expected a readable file, found nothing there; check the path\n")
    assert written(page) == CLEAN


# --- wrong use ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["page.txt", "page.txt"],
            "Error: one text can go to standard output, but 2 were given: "
            "use --in-place, -o with an existing folder, -f json or -f diff.",
        ),
        (
            ["-o", "gone", "page.txt", "page.txt"],
            "Error: one text can go to gone, but 2 were given: "
            "use --in-place, -o with an existing folder, -f json or -f diff.",
        ),
        (
            ["-o", "page.txt", "page.txt"],
            "Error: -o would overwrite the input page.txt: use --in-place, or name another file.",
        ),
        (
            ["-o", ".", "page.txt"],
            "Error: -o would overwrite the input page.txt: use --in-place, or name another file.",
        ),
        (
            ["-o", "link.txt", "page.txt"],
            "Error: -o would overwrite the input page.txt: use --in-place, or name another file.",
        ),
        (
            ["-o", "ref.txt", "page.txt", "-r", "ref.txt"],
            "Error: -o would overwrite the input ref.txt: use --in-place, or name another file.",
        ),
        (
            ["-o", "folder", "page.txt", "folder/../page.txt"],
            "Error: two inputs would go to folder/page.txt: repair them into different folders.",
        ),
        (
            ["-f", "html", "page.txt", "b.txt"],
            "Error: each article has a page of its own: use -o with an existing folder.",
        ),
        (["--color", "always", "page.txt"], "Error: --side-by-side and --color are about a diff: use -f diff."),
        (
            ["--side-by-side", "-f", "json", "page.txt"],
            "Error: --side-by-side and --color are about a diff: use -f diff.",
        ),
        (["-o", "folder", "-"], "Error: standard input has no name to use in a folder: give -o a file name."),
        (["page.txt", "--lm", ""], "Error: Invalid value for '--lm': expected the name of a file, found an empty one."),
        (
            ["page.txt", "-o", ""],
            "Error: Invalid value for '-o' / '--output': expected the name of a file, found an empty one.",
        ),
        (
            ["--in-place", "-o", "x", "page.txt"],
            "Error: --in-place and -o name two places for one text: leave out one of them.",
        ),
        (
            ["--in-place", "pipe"],
            "Error: pipe is a pipe or device and cannot be replaced: leave out --in-place.",
        ),
        (["one\ntwo"], "normalizer: one\\ntwo: expected a readable file, found nothing there; check the path"),
        (
            ["--in-place", "-"],
            "Error: standard input cannot be replaced: leave out --in-place, or name a file.",
        ),
        (
            ["--check", "-o", "x", "page.txt"],
            "Error: --check writes nothing: leave out -o and --in-place, or --check.",
        ),
        (
            ["-", "-r", "-"],
            "Error: standard input can be read only once: give '-' for one input, files for the rest.",
        ),
        (
            ["gone.txt"],
            "normalizer: gone.txt: expected a readable file, found nothing there; check the path",
        ),
        (["folder"], "normalizer: folder: expected a readable file, found a folder; name the files in it"),
        (
            ["page.txt", "-r", "gone"],
            "normalizer: gone: expected a readable file, found nothing there; check the path",
        ),
        (["page.gz"], "normalizer: page.gz: expected text, found a gzip archive; gunzip page.gz"),
        (
            ["-q", "-o", "gone/", "page.txt", "other.txt"],
            "normalizer: gone/: expected a folder to write to, found none; create it first",
        ),
        (["--lm", "broken", "page.txt"], "normalizer: broken: expected a model,\\x1b found none"),
    ],
)
def test_wrong_use_is_answered_with_a_remedy(page, arguments, message):
    Path("folder").mkdir()
    Path("link.txt").symlink_to("page.txt")
    os.mkfifo("pipe")
    Path("ref.txt").write_bytes(b"reference")
    Path("page.gz").write_bytes(b"\x1f\x8b\x08")
    assert refused("repair", *arguments) == message
    assert written(page) == SPUN
    assert written(Path("ref.txt")) == "reference"


# --- detect, apply, revert ----------------------------------------------------------------------------------


def test_detect(page):
    Path("clean.txt").write_bytes(b"Nothing.\n")
    result = run("detect", "page.txt", "gone", "clean.txt")
    assert result.stdout == "page.txt\tspun\t0.900\tA\t0.250\nclean.txt\tclean\t0.100\t-\t0.000\n"
    assert result.stderr == "normalizer: gone: expected a readable file, found nothing there; check the path\n"
    assert result.exit_code == Exit.WRONG


def test_detect_as_json(page):
    result = run("detect", "--json", "page.txt")
    assert json.loads(result.stdout) == {
        "name": "page.txt", "verdict": "spun", "spun": 0.9, "family": "A", "rate": 0.25,
        "families": {"A": 1.0},
    }  # fmt: skip
    assert result.exit_code == Exit.FINE


def test_apply_and_revert(page):
    Path("plan.json").write_bytes(run("repair", "-q", "-f", "json", "page.txt").stdout_bytes)
    assert run("apply", "plan.json", "page.txt").stdout_bytes == CLEAN.encode()
    assert run("apply", "plan.json", "-", stdin=SPUN.encode()).stdout_bytes == CLEAN.encode()
    assert run("apply", "plan.json", "page.txt", "-o", "out.txt").stdout_bytes == b""
    assert run("revert", "plan.json", "out.txt").stdout_bytes == SPUN.encode()
    Path("folder").mkdir()
    assert run("revert", "plan.json", "out.txt", "-o", "folder").exit_code == Exit.FINE
    assert written(Path("folder/out.txt")) == SPUN
    assert run("apply", "--in-place", "plan.json", "page.txt").exit_code == Exit.FINE
    assert written(page) == CLEAN


def test_apply_makes_what_is_chosen(page):
    Path("plan.json").write_bytes(run("repair", "-q", "-f", "json", "page.txt").stdout_bytes)
    first = SPUN.replace("“assembly”", "“meeting”")
    assert run("apply", "plan.json", "page.txt", "--only", "1").stdout_bytes == first.encode()
    assert run("apply", "plan.json", "page.txt", "--except", "2").stdout_bytes == first.encode()
    assert run("apply", "plan.json", "page.txt", "--except", "kind:lexical").stdout_bytes == SPUN.encode()
    assert run("apply", "plan.json", "page.txt", "--only", "confidence:0.9").stdout_bytes == SPUN.encode()
    message = refused("apply", "plan.json", "page.txt", "--only", "3")
    assert message == "normalizer: edit 3: expected a number from 1 to 2, the edits of the plan; name one of them"


def test_apply_keeps_what_was_chosen_as_a_plan(page):
    Path("plan.json").write_bytes(run("repair", "-q", "-f", "json", "page.txt").stdout_bytes)
    run("apply", "plan.json", "page.txt", "--only", "1", "--plan-out", "new.json", "-o", "out.txt")
    assert run("revert", "new.json", "out.txt").stdout_bytes == SPUN.encode()
    assert [each.held_back for each in Plan.from_json(written(Path("new.json"))).listed] == [False, True]
    assert "would overwrite the input plan.json" in refused("apply", "plan.json", "page.txt", "--plan-out", "plan.json")


def test_a_plan_with_edits_taken_out_by_hand_is_applied_with_a_word_on_it(page):
    plan = json.loads(run("repair", "-q", "-f", "json", "page.txt").stdout)
    del plan["edits"][0]
    Path("plan.json").write_text(json.dumps(plan), "utf-8")
    result = run("apply", "plan.json", "page.txt")
    assert result.stdout_bytes == SPUN.replace("No assembly", "No meeting").encode()
    assert result.exit_code == Exit.FINE
    assert re.fullmatch(r"normalizer: the edits of the plan give a text with SHA-256 .*\n", result.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["apply", "plan.json", "other.txt"],
            r"normalizer: the text is not the one this plan was made for: expected SHA-256 \w{12}…, "
            r"found \w{12}… \(5 code points\); use the very file that was repaired, byte for byte, .*",
        ),
        (
            ["revert", "plan.json", "page.txt"],
            ".*: it is the text before the repair, so there is nothing to do",
        ),
        (["apply", "page.txt", "page.txt"], "normalizer: page.txt: plan: expected one JSON object, found .*"),
        (
            ["apply", "plan.json", "page.txt", "-o", "plan.json"],
            "Error: -o would overwrite the input plan.json: .*",
        ),
        (["apply", "-", "-"], "Error: standard input can be read only once: .*"),
        (["apply", "--in-place", "plan.json", "-"], "Error: standard input cannot be replaced: .*"),
    ],
)
def test_plans_that_do_not_fit_are_refused(page, arguments, message):
    Path("plan.json").write_bytes(run("repair", "-q", "-f", "json", "page.txt").stdout_bytes)
    Path("other.txt").write_bytes(b"other")
    assert re.fullmatch(message, refused(*arguments))
    assert written(page) == SPUN


# --- documents ----------------------------------------------------------------------------------------------

RECORDS = b'{"id": 1.0, "assembly": null, "text": "The \\u201cassembly\\u201d."}\n{"text": "Nothing."}\n{"id": 3}\n'
WEBPAGE = b"<html><body class=assembly><p>The as&shy;sembly &amp; <b>the assembly</b>.</p></body></html>"


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("x.jsonl", RECORDS, ()),
        ("x.csv", b'id,assembly,text\n1,assembly,"The assembly, again"\n', ()),
        ("x.csv", b"id,assembly,text\n1,assembly,x\n", ("--field", "assembly")),
        ("x.html", WEBPAGE, ("--as", "html")),
        ("x.txt", "\ufeffThe assembly.".encode("utf-16-le"), ()),
        ("x.txt", "The assembly of caf\u00e9 owners.".encode("cp1252"), ()),
        ("x.md", b"---\ntitle: assembly\n---\nThe assembly.\n", ()),
        ("x.xml", b"<a>The assembly.</a>", ("--as", "text")),
    ],
)
def test_documents_are_repaired_checked_replaced_and_restored(name, data, options):
    page = Path(name)
    page.write_bytes(data)
    repaired = run("repair", "-q", *options, name).stdout_bytes
    assert repaired != data
    assert run("repair", "-q", *options, "-", stdin=data).stdout_bytes == repaired
    assert run("repair", "-q", "--check", *options, name).exit_code == Exit.FOUND
    plan = run("repair", "-q", "-f", "json", *options, name).stdout_bytes
    Path("plan.json").write_bytes(plan)
    assert run("apply", "plan.json", name).stdout_bytes == repaired
    Path("out").mkdir()
    assert run("repair", "-q", "-o", "out", *options, name).exit_code == Exit.FINE
    assert Path("out", name).read_bytes() == repaired
    again = run("repair", "-q", "--in-place", "-f", "json", *options, name)
    assert (again.exit_code, again.stdout_bytes, page.read_bytes()) == (Exit.FINE, plan, repaired)
    assert run("repair", "-q", "--check", *options, name).exit_code == Exit.FINE
    assert run("revert", "--in-place", "plan.json", name).exit_code == Exit.FINE
    assert page.read_bytes() == data


def test_offsets_are_those_of_the_file():
    Path("x.jsonl").write_bytes(RECORDS)
    plan = Plan.from_json(run("repair", "-q", "-f", "json", "x.jsonl").stdout)
    assert [(edit.start, edit.before, edit.after) for edit in plan.edits] == [
        (RECORDS.index(b"assembly\\u201d"), "assembly", "meeting")
    ]


def test_detect_has_a_line_for_each_record():
    Path("x.jsonl").write_bytes(RECORDS)
    assert run("detect", "x.jsonl").stdout == "x.jsonl:1\tspun\t0.900\tA\t0.250\nx.jsonl:2\tclean\t0.100\t-\t0.000\n"


@pytest.mark.parametrize("options", [("--in-place",), ("-f", "json"), ("-f", "diff")])
def test_a_plan_of_a_page_needs_the_page(options):
    pytest.importorskip("trafilatura")
    Path("x.html").write_bytes(WEBPAGE.replace(b"</p>", b" It went on for long, they said, and then some.</p>" * 9))
    wish = options[0] if len(options) == 1 else " ".join(options)
    assert refused("repair", *options, "x.html") == (
        f"normalizer: x.html: expected a text for {wish}, found a web page, of which only the main text is read; "
        "edit the page in place with --as html"
    )
    assert run("repair", "-q", "x.html").stdout_bytes.startswith(b"The meeting & the meeting. It went")


def test_places_are_checked_in_linear_time():
    Path("out").mkdir()

    def check(each: str) -> None:
        output.Output([f"{number}.txt" for number in range(len(each))], (), None, "out", False, False).require_sense()

    assert not grows_too_fast(check, "x", size=100)


def test_records_are_references_each():
    Path("page.txt").write_text("The assembly.", "utf-8")
    Path("refs.jsonl").write_text('{"text": "x"}\n{"text": "an assembly"}\n', "utf-8")
    assert run("repair", "-q", "page.txt", "-r", "refs.jsonl").stdout == "The assembly."


def test_what_the_encoding_lacks_makes_it_utf_8(monkeypatch):
    def to_an_arrow(self: OneSwap, text: str, _references: object) -> Repair:
        edit = Edit(text.index("assembly"), text.index("assembly") + 8, "assembly", "\u2192", "lexical")
        return Repair(text, text.replace("assembly", "\u2192"), (edit,), self.detect(text), "test")

    monkeypatch.setattr(OneSwap, "repair", to_an_arrow)
    result = run("repair", "-q", "-", stdin="caf\u00e9 assembly, they said".encode("cp1252"))
    assert result.stdout_bytes == "caf\u00e9 \u2192, they said".encode()
    assert result.stderr == (
        "normalizer: standard input: expected to write cp1252 as was read, found '\u2192', which it lacks; "
        "written as UTF-8\n"
    )
    page = "<meta charset=cp1252><p>caf\u00e9 assembly</p>".encode("cp1252")
    result = run("repair", "-q", "--as", "html", "-", stdin=page)
    assert (result.stdout_bytes, result.stderr) == (page.replace(b"assembly", b"&#8594;"), "")


# --- memory -------------------------------------------------------------------------------------------------


def test_memory_that_runs_out_is_one_line_and_the_next_file_goes_on(monkeypatch):
    for name in "abc":
        Path(name).write_text(f"{name} assembly", "utf-8")
    repair_one = OneSwap.repair

    def too_large(self: OneSwap, text: str, references: Any) -> Repair:
        if text.startswith("b"):
            raise MemoryError
        return repair_one(self, text, references)

    monkeypatch.setattr(OneSwap, "repair", too_large)
    result = run("repair", "-q", "-f", "json", "a", "b", "gone", "c")
    assert [json.loads(line)["name"] for line in result.stdout.splitlines()] == ["a", "c"]
    assert result.exit_code == Exit.WRONG
    assert result.stderr.splitlines() == [
        "normalizer: b: expected an article that fits into memory, found that it ran out; divide the file",
        "normalizer: gone: expected a readable file, found nothing there; check the path",
    ]


def test_memory_that_runs_out_elsewhere_is_one_line(monkeypatch, page):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(repair, "repair_all", full)
    assert refused("repair", "page.txt") == (
        "normalizer: expected enough memory for this input, found that it ran out; divide the file, or name fewer"
    )


def test_a_misspelt_command_is_told_with_what_is_near():
    assert refused("repare", "page.txt").endswith("No such command 'repare'. Did you mean 'repair'?")
    assert refused("zzz").endswith("No such command 'zzz'.")


# --- settings -----------------------------------------------------------------------------------------------


def test_settings_come_from_the_nearest_file(page):
    Path("pyproject.toml").write_text("[tool.normalizer]\nmin-confidence = 0.9\n", "utf-8")
    assert run("repair", "-q", "page.txt").stdout_bytes == SPUN.encode()
    Path("deep").mkdir()
    os.chdir("deep")
    assert run("repair", "-q", "../page.txt").stdout_bytes == SPUN.encode()
    Path("normalizer.toml").write_text("[repair]\nmin_confidence = 0.1\n", "utf-8")
    assert run("repair", "-q", "../page.txt").stdout_bytes == CLEAN.encode()
    assert run("--config", "../pyproject.toml", "repair", "-q", "../page.txt").stdout_bytes == SPUN.encode()


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(page, monkeypatch):
    Path("normalizer.toml").write_text("min-confidence = 0.9\nprotect = ['Who']\n", "utf-8")
    monkeypatch.setenv("NORMALIZER_REPAIR_FIELD", "text body")
    shown = run("repair", "--show-config", "--lm", "x").stdout.splitlines()
    assert shown[:2] == [f"# {Path('normalizer.toml').resolve()}", "[repair]"]
    assert {'lm = "x"  # the command line', 'field = ["text", "body"]  # the environment'} < set(shown)
    assert f"min-confidence = 0.9  # {Path('normalizer.toml').resolve()}" in shown
    assert "check = false  # the default" in shown
    monkeypatch.delenv("NORMALIZER_REPAIR_FIELD")
    monkeypatch.setenv("NORMALIZER_REPAIR_MIN_CONFIDENCE", "0.1")
    assert run("repair", "-q", "page.txt").stdout_bytes == CLEAN.encode()
    assert run("repair", "-q", "page.txt", "--min-confidence", "0.9").stdout_bytes == SPUN.encode()


def test_without_a_file_the_settings_say_so():
    assert run("repair", "--show-config").stdout.startswith(
        "# no normalizer.toml, and no [tool.normalizer] in pyproject.toml\n[repair]\n"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "min-confidence = 2",
            "min-confidence: expected what the option takes (2.0 is not in the range 0<=x<=1), found 2",
        ),
        (
            "min-confidense = 0.5",
            "expected the names of options, found min-confidense; did you mean min-confidence? `normalizer repair",
        ),
        ("[repare]\nx = 1", "repare: expected the name of a command (apply, "),
        (
            "[evaluate.golden]\nquick = true",
            "evaluate.golden: expected the name of a command of evaluate (clean, contrasts, gold, speed)",
        ),
        (
            "[evaluate.gold]\nquik = true",
            "expected the names of options, found quik; did you mean quick? `normalizer evaluate gold --help` lists",
        ),
        (
            "[evaluate]\nquik = true",
            "expected the names of options, found quik; did you mean quick? `normalizer evaluate COMMAND --help` lists",
        ),
        ("[stories.find]\nlimit = 0", "limit: expected what the option takes (0 is not in the range x>=1), found 0"),
        ("[repair.quiet]\nx = true", 'quiet: expected true or false, found {"x": true}'),
        ("[detect]\nx = 1", "expected the names of options, found x; `normalizer detect --help` lists them"),
        ("protect = 'Who'", 'protect: expected a list, found "Who"'),
        ("as = ['html']", 'as: expected one value, not a list, found ["html"]'),
        ("in-place = 'yes'", 'in-place: expected true or false, found "yes"'),
        ("x = ", "expected settings in TOML, found: Invalid value (at end of document)"),
    ],
)
def test_settings_that_cannot_be_are_refused(page, content, message):
    Path("normalizer.toml").write_text(content, "utf-8")
    found = refused("repair", "page.txt")
    assert found.startswith(f"normalizer: {Path('normalizer.toml').resolve()}: {message}")
    assert found.endswith(("; mend the file", " lists them"))


def defaults(content: str) -> dict[str, Any]:
    """Return the values that options have by settings with this *content*, of every command that has any."""
    Path("normalizer.toml").write_text(content, "utf-8")
    found = default_map(click.Context(main), main, find_settings(None))
    return {name: values for name, values in found.items() if any(values.values())}


def test_settings_reach_the_commands_of_a_group():
    assert defaults("[evaluate.gold]\nquick = true\n[lexicon.coverage]\nmisses = 3\n") == {
        "evaluate": {"clean": {}, "contrasts": {}, "gold": {"quick": True}, "speed": {}},
        "lexicon": {"add": {}, "compile": {}, "coverage": {"misses": 3}, "lint": {}, "measure": {}, "show": {}},
    }


def test_what_is_said_of_a_command_goes_before_its_group_and_that_before_all():
    found = defaults("quiet = true\nweights = 'w'\n[evaluate]\nweights = 'v'\n[evaluate.gold]\nweights = 'u'\n")
    weights = {name: values.get("weights") for name, values in found["evaluate"].items()}
    assert weights == {"clean": "v", "contrasts": None, "gold": "u", "speed": "v"}
    assert found["repair"] == {"quiet": True, "weights": "w"} and found["stories"]["add"] == {"quiet": True}


def test_a_setting_for_all_commands_reaches_those_that_take_it():
    """--lm is one model for most commands, and a list of them for `evaluate contrasts`."""
    found = defaults("lm = 'my.ngrams'\n")
    assert found["repair"] == found["evaluate"]["gold"] == {"model": "my.ngrams"}
    assert found["evaluate"]["contrasts"] == {}


@pytest.mark.parametrize("name", ["lm", "association", "context", "weights"])
def test_a_setting_that_names_tables_to_use_is_no_place_to_write_them(name: str) -> None:
    found = defaults(f"{name} = 'mine'\n")
    assert "repair" in found and not {"train-lm", "train-context"} & set(found)
    assert "output" not in found.get("tune", {})


def test_settings_of_a_group_are_used(monkeypatch):
    Path("normalizer.toml").write_text("[lexicon.show]\njson = true\nonly = true\nlexicon = ['mine.tsv']\n", "utf-8")
    Path("mine.tsv").write_text(format_file([Entry("zwonk", "zip", sources=("test",))]), "utf-8")
    [entry] = json.loads(run("lexicon", "show", "zwonk").stdout)
    assert entry["spun"] == "zwonk"
    monkeypatch.setenv("NORMALIZER_LEXICON_SHOW_JSON", "0")
    assert run("lexicon", "show", "zwonk").stdout.startswith("zwonk")


def test_files_of_settings_lie_beside_them(page, monkeypatch):
    asked = []
    monkeypatch.setattr(loading, "load", lambda *options, **_: asked.append(options) or OneSwap())
    Path("names.lst").write_text("Who\n", "utf-8")
    Path("normalizer.toml").write_text("protect = ['names.lst', 'Who Else']\n", "utf-8")
    Path("deep").mkdir()
    os.chdir("deep")
    run("repair", "-q", "../page.txt")
    assert list(asked[0][2]) == [str(Path("..").resolve() / "names.lst"), "Who Else"]


def test_a_list_of_names_that_is_not_there_is_refused(monkeypatch, page):
    monkeypatch.undo()
    assert refused("repair", str(page), "--protect", "gone.txt") == (
        "normalizer: --protect gone.txt: expected a file of names or a phrase, found no such file; check the path"
    )


# --- review and explain -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "made"),
    [
        ("a\nr\n", "10"), ("r\nq\n", "01"), ("r\n", "01"), ("\n\n", "11"), ("R\n", "00"), ("r\nb\na\nr\n", "10"),
        ("?\n1\nb\nr\nA\n", "01"), ("", "11"), ("q\n", "11"),
    ],
)  # fmt: skip
def test_review(page, answers, made):
    result = run("review", "page.txt", "-o", "out.txt", "--plan-out", "plan.json", stdin=answers.encode())
    assert (result.exit_code, result.stdout_bytes) == (Exit.FINE, b"")
    assert "1 of 2: lexical, confidence 0.80; made; 2 times\n" in result.stderr
    assert "    \ufeffThe “[-assembly-]{+meeting+}” is over.\n" in result.stderr
    wanted = SPUN
    for at, place in enumerate(("“assembly”", "No assembly")):
        wanted = wanted.replace(place, place.replace("assembly", "meeting")) if made[at] == "1" else wanted
    assert written(Path("out.txt")) == wanted
    assert run("apply", "plan.json", "page.txt").stdout_bytes == wanted.encode()
    assert run("revert", "plan.json", "out.txt").stdout_bytes == SPUN.encode()


def test_a_plan_can_be_reviewed_again(page):
    run("review", "page.txt", "--plan-out", "plan.json", stdin=b"R\n")
    run("review", "page.txt", "--plan", "plan.json", "--in-place", stdin=b"r\na\n")
    assert written(page) == SPUN.replace("No assembly", "No meeting")


def test_explain_names_the_edits_at_a_place(page):
    told = "Edit 2, “assembly -> meeting”, is made; confidence 0.80.\n"
    assert told in run("explain", "page.txt", "--edit", "2").stdout
    assert told in run("explain", "page.txt", "--at", "2:4").stdout
    assert "No edit is made or suggested here.\n" in run("explain", "page.txt", "--at", "2:3").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["review", "page.txt"], "Error: say where the outcome goes: -o OUT, --in-place or --plan-out NEW."),
        (["review", "-", "-o", "x"], "Error: answers come from standard input: name a file to review."),
        (["review", "page.txt", "-o", "page.txt"], "Error: -o would overwrite the input page.txt: .*"),
        (["review", "page.txt", "--plan-out", "page.txt"], "Error: -o would overwrite the input page.txt: .*"),
        (["review", "page.txt", "--plan", "other.json", "-o", "x"], "normalizer: the text is not the one this plan .*"),
        (["explain", "page.txt"], "Error: say what to explain: either --at LINE:COL or --edit N."),
        (["explain", "page.txt", "--at", "1:1", "--edit", "1"], "Error: say what to explain: .*"),
        (["explain", "page.txt", "--at", "x"], "normalizer: --at x: expected line and column, as 12:40, found .*"),
        (["explain", "page.txt", "--at", "9:1"], "normalizer: --at 9:1: expected a line from 1 to 2, found 9"),
        (
            ["explain", "gap.txt", "--at", "2:1"],
            "normalizer: --at 2:1: expected a line with text in it, found line 2.*",
        ),
        (["explain", "page.txt", "--at", "2:90"], r"normalizer: --at 2:90: expected a column from 1 to 20 .*"),
        (["explain", "page.txt", "--edit", "3"], "normalizer: edit 3: expected a number from 1 to 2, the edits .*"),
    ],
)
def test_review_and_explain_refuse(page, arguments, message):
    Path("other.json").write_text(Plan.of("other", []).to_json(), "utf-8")
    Path("gap.txt").write_text("It rained.\n\nIt poured.\n", "utf-8")
    assert re.fullmatch(message, refused(*arguments))
    assert written(page) == SPUN and not Path("x").exists()


# --- help ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--version"], ["repair", "--version"]])
def test_version(arguments):
    assert run(*arguments).stdout == f"normalizer, version {__version__}\n"


# --- as a program -------------------------------------------------------------------------------------------


def program(*arguments: str, stdin: bytes = b"", stdout: Any = subprocess.PIPE) -> Any:
    """Run the command line as a program, on an ASCII terminal, which must not matter."""
    result = subprocess.run(
        [sys.executable, __file__, *arguments],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
        env=environment(PYTHONIOENCODING="ascii"),
    )
    assert b"Traceback" not in result.stderr
    return result


def test_program_pipes_bytes_through():
    result = program("repair", "-q", stdin=SPUN.encode())
    assert (result.returncode, result.stdout, result.stderr) == (0, CLEAN.encode(), b"")


def test_program_exits_with_named_codes(page):
    assert program("repair", "--check", str(page)).returncode == 1
    assert program("repair", str(page), str(page)).returncode == 2
    broken = program("repair", "gone-é.txt")
    assert (broken.returncode, broken.stdout) == (2, b"")
    assert broken.stderr.startswith(b"normalizer: gone-")
    assert broken.stderr.endswith(b".txt: expected a readable file, found nothing there; check the path\n")


def test_program_is_quiet_about_a_closed_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:  # noqa: PTH123 - a descriptor has no path
        result = program("repair", "-q", stdin=b"An assembly.", stdout=pipe)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_program_says_that_the_disk_is_full():
    with Path("/dev/full").open("wb") as full:
        result = program("repair", "-q", stdin=b"An assembly.", stdout=full)
    assert result.returncode == Exit.WRONG
    assert result.stderr == (
        b"normalizer: standard output: expected to write 11 bytes, found: No space left on device\n"
    )


@pytest.mark.parametrize(
    ("closed", "arguments", "message"),
    [
        ("<&-", ["repair"], b"normalizer: standard input: expected text, found it closed; name a file\n"),
        ("<&-", ["detect", "-"], b"normalizer: standard input: expected text, found it closed; name a file\n"),
        (
            ">&-",
            ["repair", "-q", "page.txt"],
            b"normalizer: standard output: expected to write %d bytes, found it closed; name a file for them\n"
            % len(CLEAN.encode()),
        ),
        (
            ">&-",
            ["detect", "page.txt"],
            b"normalizer: standard output: expected to write 28 bytes, found it closed; name a file for them\n",
        ),
    ],
)
def test_program_says_that_a_stream_is_closed(page, closed, arguments, message):
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, __file__, *arguments]
    result = subprocess.run(shell, capture_output=True, timeout=60, env=environment())
    assert (result.returncode, result.stderr) == (Exit.WRONG, message)


@pytest.mark.parametrize("arguments", [["-o", "out.txt", "page.txt"], ["--in-place", "page.txt"]])
def test_a_program_without_output_can_still_fill_files(page, arguments):
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, __file__, "repair", *arguments]
    assert subprocess.run(shell, timeout=60, env=environment()).returncode == Exit.FINE
    assert written(page if "--in-place" in arguments else Path("out.txt")) == CLEAN


def test_output_can_be_a_pipe_by_name(page):
    """/dev/stdout leads to something that has no name of its own."""
    assert program("repair", "-q", "page.txt", "-o", "/dev/stdout").stdout == CLEAN.encode()


# --- interrupted --------------------------------------------------------------------------------------------


def test_ctrl_c_while_writing_leaves_the_article_whole(page, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _descriptor: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background may ignore it
    try:
        result = run("repair", "-q", "--in-place", "page.txt")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (result.exit_code, result.stderr) == (Exit.INTERRUPTED, "normalizer: interrupted; no file is half written\n")
    assert written(page) == SPUN
    assert os.listdir() == ["page.txt"]  # noqa: PTH208 - hidden files count


def test_ctrl_c_while_loading_is_no_traceback(monkeypatch):
    class Interrupted:
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "normalizer.cli", Interrupted())
    with pytest.raises(SystemExit) as stopped:
        __main__.run()
    assert stopped.value.code == Exit.INTERRUPTED


def test_the_pipeline_is_loaded_only_when_it_is_needed():
    """Or Ctrl-C in the first half second would meet imports that no command can guard."""
    code = "import sys; from normalizer.cli import main; main(standalone_mode=False); " + (
        "sys.exit('numpy' in sys.modules or 'normalizer.repairing' in sys.modules)"
    )
    for words in (["--help"], ["repair", "--help"], ["lexicon", "--help"]):
        asked = subprocess.run([sys.executable, "-c", code, *words], env=environment(), stdout=subprocess.DEVNULL)
        assert asked.returncode == 0


def test_many_files_keep_their_order_whatever_fails_among_them(tmp_path):
    """Articles are read side by side; what is said of them comes in the order of the files all the same."""
    names = ["gone1", "a", "b", "gone2", "gone3", "c", "gone4"]
    for name in "abc":
        (tmp_path / name).write_text(f"{name} assembly", "utf-8")
    result = run("repair", "-f", "json", *names)
    assert result.exit_code == Exit.WRONG
    assert [json.loads(line)["name"] for line in result.stdout.splitlines()] == ["a", "b", "c"]
    told = [line.removeprefix("normalizer: ").split(":")[0] for line in result.stderr.splitlines() if line[:1] != " "]
    assert told == names


def test_a_file_named_twice_is_repaired_once(tmp_path, page):
    (tmp_path / "link.txt").symlink_to(page)
    result = run("repair", "--in-place", "page.txt", "link.txt", "page.txt")
    assert result.exit_code == Exit.FINE and written(page) == CLEAN
    assert [line.partition("; ")[0] for line in result.stderr.splitlines() if line[:1] != " "] == [
        "page.txt: 2 edits (2 lexical)", "link.txt: 0 edits", "page.txt: 0 edits",
    ]  # fmt: skip


def test_a_few_dozen_articles_are_held_at_a_time(monkeypatch):
    read, most = [], []

    def reading(source: str) -> Article:
        read.append(source)
        return Article("An assembly.", source)

    def putting(_output: object, source: str, *_: object) -> Exit:
        most.append(len(read) - len(most))
        return Exit.FINE

    monkeypatch.setattr(repair, "read_article", reading)
    monkeypatch.setattr(repair, "put", putting)
    assert run("repair", "--check", *(f"{number}" for number in range(50))).exit_code == Exit.FINE
    assert len(most) == 50 and max(most) == 2


def test_a_warning_is_one_line(page, monkeypatch):
    def load_and_warn(*arguments: Any, **named: Any) -> OneSwap:
        for _ in range(2):
            warnings.warn("the cache\x1b is full", NormalizerWarning, stacklevel=1)
        warnings.warn("another's", DeprecationWarning, stacklevel=1)
        return load_one_swap(*arguments, **named)

    monkeypatch.setattr(loading, "load", load_and_warn)
    with pytest.warns(DeprecationWarning, match="another's"):
        result = run("repair", "-q", "page.txt")
    assert (result.exit_code, result.stdout_bytes) == (Exit.FINE, CLEAN.encode())
    assert result.stderr == "normalizer: the cache\\x1b is full\n"


# --- the real pipeline --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_load():
    try:
        normalizer = Normalizer()
    except NormalizerError as error:
        pytest.skip(f"the tables are not built: {error}")
    return lambda *_, **__: normalizer


SEED = next(Path(__file__).parent.parent.joinpath("seeds").glob("003_*.txt"))


def test_real_plan_replays_and_reverts(real_load, monkeypatch):
    monkeypatch.setattr(loading, "load", real_load)
    repaired = run("repair", "-q", str(SEED)).stdout_bytes
    plan = run("repair", "-q", "-f", "json", str(SEED)).stdout_bytes
    assert repaired != SEED.read_bytes()
    Path("plan.json").write_bytes(plan)
    assert run("apply", "plan.json", str(SEED)).stdout_bytes == repaired
    assert run("revert", "plan.json", "-", stdin=repaired).stdout_bytes == SEED.read_bytes()


def test_real_verdict(real_load, monkeypatch):
    monkeypatch.setattr(loading, "load", real_load)
    assert run("detect", str(SEED)).stdout.split("\t")[1] == "spun"


if __name__ == "__main__":
    loading.load = load_one_swap  # type: ignore[assignment]
    main(prog_name="normalizer")
