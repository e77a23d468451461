"""Reports: plans a line, patches that patch, terminal output that cannot be steered, summaries."""

import json
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_texts import Repaired, Verdict
from strategies import any_texts, edited_texts

from normalizer import reporting
from normalizer.edits import KINDS, Edit
from normalizer.plans import Plan
from normalizer.reporting import pages, terminal
from normalizer.reporting.terminal import Span, cells, wrap


def result(source: str, *changes: tuple[str, str], confidence: float = 0.9) -> Repaired:
    edits = [
        Edit(
            start := source.index(before),
            start + len(before),
            before,
            after,
            "lexical",
            confidence=confidence,
        )
        for before, after in changes
    ]
    return Repaired(source, tuple(edits))


# --- JSON ---------------------------------------------------------------------------------------------------


def test_plan_line_is_one_line_that_reads_back():
    line = reporting.plan_line(result("One\nbig assembly.\n", ("assembly", "meeting")), "a\tb.txt")
    assert line.count("\n") == 1 and line.endswith("\n")
    plan = Plan.from_json(line)
    assert plan.name == "a\tb.txt"
    assert plan.apply("One\nbig assembly.\n") == "One\nbig meeting.\n"


def test_verdict_line():
    assert json.loads(reporting.verdict_line(Verdict(), "x")) == {
        "name": "x", "verdict": "spun", "spun": 0.98, "family": "A", "rate": 0.257,
        "families": {"A": 0.9, "B": 0.1},
    }  # fmt: skip
    assert json.loads(reporting.verdict_line(Verdict(0.49, None)))["verdict"] == "clean"


# --- diffs --------------------------------------------------------------------------------------------------


def test_unified_diff():
    repaired = result("One.\nThe assembly.\r\nLast assemblage", ("assembly", "meeting"), ("assemblage", "one"))
    assert reporting.unified_diff(repaired, "page.txt") == (
        "--- page.txt\n+++ page.txt\n@@ -1,3 +1,3 @@\n One.\n-The assembly.\r\n-Last assemblage\n"
        "\\ No newline at end of file\n+The meeting.\r\n+Last one\n\\ No newline at end of file\n"
    )


def test_unified_diff_of_an_untouched_text_is_empty():
    assert reporting.unified_diff(result("One.\n"), "page.txt") == ""


@pytest.mark.skipif(not shutil.which("patch"), reason="needs the program patch")
@pytest.mark.parametrize(
    "source",
    ["a\nassembly\n", "assembly", "a\r\nassembly\r\n", "x\u2028assembly\x0c\x85\ny", "\ufeffassembly\n\n"],
)
def test_patch_understands_the_diff(tmp_path, source):
    repaired = result(source, ("assembly", "meeting"))
    page = tmp_path / "a page.txt"
    page.write_bytes(source.encode())
    diff = reporting.unified_diff(repaired, page.name)
    subprocess.run(["patch", "--binary", "-s", "-p0"], input=diff.encode(), cwd=tmp_path, check=True)
    assert page.read_bytes() == repaired.text.encode()


def test_terminal_diff_without_colour():
    repaired = result("One.\r\nThe assembly of two.\r\nLast", ("assembly", "meeting"), (" of two", ""))
    assert reporting.terminal_diff(repaired, "p", colour=False) == "p\n2  The [-assembly-]{+meeting+}[- of two-].\n"
    assert reporting.terminal_diff(result("One."), "p", colour=True) == ""


@pytest.mark.parametrize(
    ("kind", "confidence", "style"),
    [
        ("lexical", 0.95, "\x1b[32m\x1b[1m"),
        ("lexical", 0.8, "\x1b[32m"),
        ("name", 0.8, "\x1b[33m"),
        ("number", 0.5, "\x1b[35m\x1b[4m"),
    ],
)
def test_terminal_diff_is_coloured_by_kind_and_confidence(kind, confidence, style):
    edit = Edit(4, 12, "assembly", "meeting", kind, confidence=confidence)
    name, line = reporting.terminal_diff(Repaired("The assembly.", (edit,)), "p", colour=True).splitlines()
    assert line == f"1  The \x1b[31m\x1b[9massembly\x1b[0m{style}meeting\x1b[0m."
    assert name.startswith("\x1b[1mp\x1b[0m") and kind in name and "from 0.9" in name  # a legend


def test_the_width_of_a_text_is_counted_in_cells():
    assert [cells(text) for text in ("abc", "日本", "e\u0301", "👍", "ｱ", "a\u200bb")] == [3, 4, 1, 2, 1, 2]


def test_terminal_diff_wraps_to_the_width():
    repaired = result("The assembly of the town was over.\n" * 2, ("assembly", "meeting"), ("over", "at an end"))
    assert reporting.terminal_diff(repaired, "p", colour=False, width=25) == (
        "p\n1  The [-assembly-]\n   {+meeting+} of the\n   town was [-over-]{+at\n   an end+}.\n"
    )


def test_terminal_diff_side_by_side():
    repaired = result("The assembly of the town.\n\nIt went on.", ("assembly", "meeting"), ("on", "forth"))
    shown = reporting.terminal_diff(repaired, "p", colour=False, width=44, side_by_side=True)
    assert shown == (
        "p\n"
        "1  The [-assembly-] of │ The {+meeting+} of\n"
        "   the town.           │ the town.\n"
        "3  It went [-on-].     │ It went {+forth+}.\n"
    )


def test_terminal_diff_takes_along_all_lines_of_an_edit():
    repaired = result("a b\nc d\ne", ("b\nc", "x"))
    assert reporting.terminal_diff(repaired, "p", colour=False) == "p\n1  a [-b\n   c-]{+x+} d\n"


def test_the_article_cannot_steer_the_terminal():
    bad = "\x1b]0;title\x07 \x9b31m \u202e \r \ud800"
    repaired = result(f"{bad} assembly", ("assembly", "\x1b[2Jmeeting"))
    shown = reporting.terminal_diff(repaired, "p\x1b", colour=False, width=200)
    assert shown == ("p\\x1b\n1  \\x1b]0;title\\x07 \\x9b31m \\u202e \\r \\ud800 [-assembly-]{+\\x1b[2Jmeeting+}\n")
    assert "\x1b" not in reporting.summary(repaired, "p\x1b")
    assert "\x1b" not in reporting.verdict_row(Verdict(), "p\x1b\n")
    assert reporting.verdict_row(Verdict(), "p\x1b\n").count("\n") == 1


@given(edited_texts(), st.booleans())
def test_terminal_output_is_free_of_controls(case, side_by_side):
    text, edits = case
    shown = reporting.terminal_diff(Repaired(text, tuple(edits)), "p", False, 60, side_by_side)
    assert all(mark == "\n" or mark.isprintable() or ord(mark) >= 0xA0 for mark in shown)
    shown.encode()


@given(edited_texts(), st.integers(30, 90), st.booleans(), st.booleans())
def test_no_row_is_wider_than_the_terminal(case, width, colour, side_by_side):
    text, edits = case
    shown = reporting.terminal_diff(Repaired(text, tuple(edits)), "p", colour, width, side_by_side)
    for row in shown.split("\n")[1:]:
        assert cells(re.sub("\x1b\\[[0-9;]*m", "", row)) <= width


pieces = st.sampled_from(["a", "longer", "  ", " ", "\n", "x" * 30, "日本", "e\u0301", "👍"]) | any_texts(3)


@given(st.lists(st.builds(Span, pieces, st.sampled_from([None, {"fg": "red"}])), max_size=12), st.integers(2, 20))
def test_wrapping_loses_nothing_but_blanks(line, width):
    rows = wrap(line, width)
    assert all(cells("".join(span.text for span in row)) <= width for row in rows)
    kept = [(mark, style) for row in rows for text, style in row for mark in text if not mark.isspace()]
    assert kept == [(mark, style) for text, style in line for mark in text if not mark.isspace()]


# --- summary ------------------------------------------------------------------------------------------------


def test_summary():
    source = "one two three four five six"
    edits = [
        Edit(i * 4, i * 4 + 1, source[i * 4], "x", kind, confidence=confidence)
        for i, (kind, confidence) in enumerate(
            [("lexical", 0.5), ("residue", 0.99), ("lexical", 0.7), ("name", 0.8), ("lexical", 0.6)]
        )
    ]
    assert reporting.summary(Repaired(source, tuple(edits)), "page.txt") == (
        "page.txt: 5 edits (3 lexical, 1 name, 1 residue); "
        "spun (probability 0.98), family A, 26% of the words swapped\n"
        "  surest: t -> x (0.99), e -> x (0.80), t -> x (0.70)\n"
        "  least sure: o -> x (0.50), u -> x (0.60)\n"
    )


@pytest.mark.parametrize(
    ("withheld", "told"),
    [
        (0, ""),
        (1, "; 1 edit less sure left out (a lower --min-confidence makes it)"),
        (8, "; 8 edits less sure left out (a lower --min-confidence makes them)"),
    ],
)
def test_summary_counts_what_was_left_out(withheld, told):
    shown = reporting.summary(Repaired("x", (), withheld=withheld), "p")
    assert shown == f"p: 0 edits; spun (probability 0.98), family A, 26% of the words swapped{told}\n"
    assert "left out" not in reporting.summary(Repaired("x", (), Verdict(0.01, None, 0.0), withheld), "p")


def test_summary_of_clean_text():
    clean = Repaired("x", (), Verdict(0.01, None, 0.0))
    assert reporting.summary(clean, "p") == "p: 0 edits; not spun (probability 0.01)\n"


def test_summary_names_one_edit_and_shortens_it():
    shown = reporting.summary(result("a\n" + "b" * 80, ("a\n" + "b" * 80, "")), "p")
    assert shown.splitlines()[0].startswith("p: 1 edit (1 lexical); spun")
    assert shown.splitlines()[1:] == [f"  surest: a\\n{'b' * 36}… -> (nothing) (0.90)"]


def test_verdict_row():
    assert reporting.verdict_row(Verdict(), "p") == "p\tspun\t0.980\tA\t0.257\n"
    assert reporting.verdict_row(Verdict(0.2, None, 0.0), "p") == "p\tclean\t0.200\t-\t0.000\n"


def test_a_name_cannot_add_lines_to_a_report():
    """Names of files may hold line feeds and tabs."""
    repaired, name = result("An assembly.\n", ("assembly", "meeting")), "a\n+++ b\tc"
    shown = "a\\n+++ b\\tc"
    assert reporting.unified_diff(repaired, name).startswith(f"--- {shown}\t\n+++ {shown}\t\n@@")
    assert reporting.terminal_diff(repaired, name, colour=False).startswith(f"{shown}\n1  ")
    assert reporting.summary(repaired, name).startswith(f"{shown}: 1 edit")
    assert reporting.verdict_row(repaired.verdict, name).startswith(f"{shown}\tspun\t")


def test_every_kind_has_a_colour_of_its_own_on_the_terminal_and_on_the_page() -> None:
    assert set(terminal.COLOURS) == set(KINDS)
    assert len(set(terminal.COLOURS.values())) == len(KINDS)
    styles = pages.part("base.css") + pages.part("article.css")
    for kind in KINDS:
        assert f"--{kind}: light-dark(" in styles
        assert f".k-{kind} {{ --k: var(--{kind}); }}" in styles
