"""Hostile input: patterns that must not run wild, code that must not run at all, characters that must not mislead."""

import ast
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import regex
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from strategies import SPUN_SEEDS, examples, paragraphs, seed, story

import normalizer
from normalizer import Normalizer, cli, reporting
from normalizer.commands.console import Exit
from normalizer.edits import Edit
from normalizer.errors import MissingExtraError
from normalizer.plans import Listed
from normalizer.repairing import Repair, Verdict
from normalizer.reporting import Record
from normalizer.residue import RULES
from normalizer.tokens import fold, sentences, tokenize
from tests.tools.counting import grows_too_fast

PACKAGE = Path(normalizer.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

# --- patterns -----------------------------------------------------------------------------------------------

UNITS = (
    "a", "a ", "ab.", "a.", "a.b", "ab-", "a@", "a.a@", "@", "www.", "www.a.", "http://",
    "http://.", "https://a.)", "1,", "1.",
    "1", "1 ", "'", "’s ", "n't", "a\u0301", "\u0301", "\u00ad", "{", "{a", "{a b", "{a b} ", "}",
    "«", "« a", "«a»", "(", ")",
    "[ad_1", "[ad_1]\n", "\n", "\r\n", " ", " . ", ". . ", "…", "two,03", "two,000,678 ", "two.5",
    "%.twitter.com/a", "%",
    "5 {dollars} ", "5,5", "name *\n", "<b", "</a", "<script", "`", "--", "😀", "x.co", "x.com",
    "U.S", ".)", '."', "A. ",
    "(function(d, s, id) { '", "(function(d, s, id)'a')", "comment ",
    "your email address will not be published. ",
)  # fmt: skip
TAILS = ("!", "b")


def patterns() -> Iterator[tuple[str, Any]]:
    """Yield every compiled pattern of the package under its name."""
    for path in SOURCES:
        if path.stem.startswith("__") or path.stem == "build_hook":  # which only a build can import
            continue
        name = ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts))
        with suppress(MissingExtraError):  # an adapter to what is not installed here
            for key, value in vars(import_module(name)).items():
                if isinstance(value, re.Pattern | regex.Pattern):
                    yield f"{path.stem}.{key}", value
    for rule in RULES:
        yield rule.name, rule.pattern


OWN_INPUT = ("metrics.ENTRY",)  # reads only what Entry.describe wrote
PATTERNS = {name: pattern for name, pattern in patterns() if name not in OWN_INPUT}
# Tried once a line, at its start: what they do inside of one is nobody's business.
ONCE_A_LINE = {rule.name for rule in RULES if rule.place in ("line", "tail", "start")}


def search_time(pattern: Any, text: str | bytes, searched: bool) -> float:
    """Return the seconds of processor time for what the package does with patterns; *searched*: anywhere in a text."""
    start = time.process_time()
    for _ in pattern.finditer(text) if searched else ():
        pass
    pattern.fullmatch(text)
    pattern.match(text)
    return time.process_time() - start


def runs_wild(
    pattern: Any, unit: str, tail: str, sizes: tuple[int, int] = (1000, 8000), *, searched: bool = True
) -> bool:
    """Say whether eight times the text takes much more than sixteen times as long.

    The engines count nothing that could be asked for, so this is time of the processor; four times, since machines
    stall.
    """
    small, large = (unit * (size // len(unit)) + tail for size in sizes)
    if isinstance(pattern.pattern, bytes):
        small, large = small.encode(), large.encode()
    allowed = 2 * sizes[1] / sizes[0]
    return all(
        search_time(pattern, large, searched) > 0.02 + allowed * search_time(pattern, small, searched) for _ in range(4)
    )


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_backtracks_without_end(name: str) -> None:
    """Every pattern of the package takes time in proportion to the text, also where it nearly fits."""
    wild = [
        (unit, tail)
        for unit in UNITS
        for tail in TAILS
        if runs_wild(PATTERNS[name], unit, tail, searched=name not in ONCE_A_LINE)
    ]
    assert wild == []


def test_a_wild_pattern_is_noticed() -> None:
    assert runs_wild(re.compile("a*c"), "a", "!", (1000, 16_000))


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_sentences_are_found_in_linear_time(unit: str) -> None:
    """Measured in steps; what the patterns take is measured above."""
    for tail in TAILS:
        assert not grows_too_fast(lambda text: list(sentences(text, tokenize(text))), unit, tail)


def test_quadratic_work_is_noticed() -> None:
    assert grows_too_fast(lambda text: [None for _ in text for _ in text], "ab", size=100)
    assert not grows_too_fast(lambda text: [None for _ in text], "ab")


# --- code ---------------------------------------------------------------------------------------------------

FORBIDDEN_MODULES = frozenset(
    """
    pickle marshal shelve dill cloudpickle socket ssl urllib http ftplib smtplib telnetlib xmlrpc requests httpx
    aiohttp ctypes cffi code codeop pty subprocess webbrowser
    """.split()
)
HARMLESS = frozenset({"urllib.parse"})  # works on texts alone
FORBIDDEN_CALLS = frozenset("eval exec compile __import__ system popen loads_pickle allow_pickle".split())


def dangers(source: str) -> list[str]:
    """Return the imports and calls in *source* that could run or fetch what a file says."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES]
        elif isinstance(node, ast.ImportFrom):
            name = str(node.module)
            found += [name] if name.split(".")[0] in FORBIDDEN_MODULES and name not in HARMLESS else []
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in FORBIDDEN_CALLS:
                found.append(called.id)
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "os":
                found += [f"os.{called.attr}"] if called.attr in FORBIDDEN_CALLS else []
            found += [k.arg for k in node.keywords if k.arg in ("allow_pickle", "shell")]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_read_is_ever_run(path: Path) -> None:
    """No pickle, no eval, no network and no other program anywhere in the package."""
    assert dangers(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from urllib.request import urlopen", ["urllib.request"]),
        ("eval('1')", ["eval"]),
        ("import os\nos.system('x')", ["os.system"]),
        ("np.load(f, allow_pickle=True)", ["allow_pickle"]),
        ("import re\nre.compile('x')", []),
    ],
)
def test_the_walk_sees_dangers(source: str, found: list[str]) -> None:
    assert dangers(source) == found


# --- terminals ----------------------------------------------------------------------------------------------

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\x7f\u202e\u2066\u200f\r"


def harmless(shown: str) -> bool:
    """Say whether *shown* holds nothing that steers a terminal, but for the colours of the report itself."""
    return not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", shown)


@given(st.text(max_size=20) | st.sampled_from(list(STEERING)), st.text(max_size=20))
@examples(100)
def test_reports_for_people_cannot_steer_a_terminal(before: str, after: str) -> None:
    """Whatever an article, its name or a repair holds, the reports show it and do not send it."""
    source = f"{STEERING}{before}x\n{STEERING}"
    start = len(STEERING)
    edit = Edit(start, start + len(before) + 1, before + "x", after + STEERING, "lexical")
    result = Repair(source, source[:start] + edit.after + source[edit.end :], (edit,), Verdict(0.9, "a", 0.1))
    for shown in (
        reporting.terminal_diff(result, STEERING, colour=False),
        reporting.terminal_diff(result, STEERING, colour=False, side_by_side=True),
        reporting.edit_view(source, Listed(1, edit, False), 1, 1, colour=False),
        reporting.explanation(None, source, [Listed(1, edit, True)], edit.start, edit.end),
        reporting.html_page(result, STEERING, [STEERING]),
        reporting.corpus_page([Record(STEERING, STEERING, STEERING, None, result.verdict, 9, [edit])], STEERING),
        reporting.summary(result, STEERING),
        reporting.verdict_row(result.verdict, STEERING),
        reporting.plan_line(result, STEERING),
        reporting.verdict_line(result.verdict, STEERING),
    ):
        assert harmless(shown)


def test_complaints_cannot_steer_a_terminal() -> None:
    result = CliRunner().invoke(cli.main, ["repair", f"gone{STEERING}"])
    assert result.exit_code == Exit.WRONG
    assert harmless(result.stderr)


def test_evaluations_cannot_steer_a_terminal(tmp_path: Path) -> None:
    """The false edits that "normalizer evaluate clean" lists stand in text of unknown origin."""
    spun = seed("001").replace("stated", f"stated {STEERING.strip()}")
    path = tmp_path / "clean.txt"
    path.write_bytes(spun.encode())
    result = CliRunner().invoke(cli.main, ["evaluate", "clean", "-q", "--show", "500", str(path)])
    assert result.exit_code == Exit.FINE
    assert "\\x1b" in result.stdout
    assert harmless(result.stdout)


def test_mined_swaps_cannot_steer_a_terminal(tmp_path: Path) -> None:
    original = story("01_vienna_talks", "original")
    spun = original.replace("talks", "negotiations").replace("city", "to\x1bwn\u202e")
    for name, text in (("spun.txt", spun), ("original.txt", original)):
        (tmp_path / name).write_bytes(text.encode())
    files = [str(tmp_path / "spun.txt"), str(tmp_path / "original.txt")]
    result = CliRunner().invoke(cli.main, ["learn", "-q", "--all", "--min-count", "0", *files])
    assert result.exit_code == Exit.FINE
    assert "negotiations" in result.stdout
    assert "to\\x1bwn" in result.stdout
    assert harmless(result.stdout)


# --- characters ---------------------------------------------------------------------------------------------


@cache
def tool() -> Normalizer:
    return Normalizer()


@pytest.mark.parametrize("step", [101, pytest.param(1, marks=pytest.mark.slow)])
def test_offsets_are_right_for_every_code_point(step: int) -> None:
    """Whatever character stands in a text, tokens and gaps are the text, and every offset counts code points.

    step: all that Europe writes with is tried, marks and emoji, and of the others every so many.
    """
    dense = (*range(0x3000), *range(0xFE00, 0x10000), *range(0x1F000, 0x1FB00), *range(0xE0000, 0xE0200))
    points = sorted({*dense, *range(0, 0x110000, step)} - {*range(0xD800, 0xE000)})
    text = "a ".join(map(chr, points))
    done = 0
    for token in tokenize(text):
        assert token.start >= done
        assert text[done : token.start].strip() == ""
        assert text[token.start : token.end] == token.text
        done = token.end


@pytest.mark.parametrize("character", ["İ", "ﬁ", "ß", "\U0001f469\u200d\U0001f467", "e\u0301", "\u0345", "Ǆ", "\ufdfa"])
def test_edits_stand_where_they_should_behind_any_character(character: str) -> None:
    """Characters that grow when folded (U+0130, ligatures) move no edit."""
    text = seed("001")
    marked = text.replace("\n", f" {character}{character}.\n")
    repair = tool().repair(marked)
    assert len(repair.edits) > 100
    for edit in repair.edits:
        assert marked[edit.start : edit.end] == edit.before


def outcome(text: str) -> list[tuple[str, str]]:
    """Return what is repaired, as compared: folded, with plain blanks. Scrape artefacts are left aside."""
    edits = [edit for edit in tool().repair(text).edits if edit.kind != "residue"]
    return [(" ".join(fold(e.before).split()), " ".join(fold(e.after).split())) for e in edits]


@cache
def seed_text(number: str) -> str:
    """Return the long lines of a seed, behind words with accents."""
    text = "\n".join(line for line in paragraphs(seed(number)) if "{" not in line and len(line) > 60)
    return "Café São Tomé naïve. " + text


@cache
def usual_outcome(number: str) -> list[tuple[str, str]]:
    return outcome(seed_text(number))


def inside_words(text: str, character: str) -> str:
    return re.sub(r"(?<=[A-Za-z]{2})(?=[A-Za-z]{2})", character, text)


VARIANTS: dict[str, Callable[[str], str]] = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "soft hyphens": lambda text: inside_words(text, "\u00ad"),
    "zero-width spaces": lambda text: inside_words(text, "\u200b"),
    "zero-width joiners": lambda text: inside_words(text, "\u200d"),
    "word joiners": lambda text: inside_words(text, "\u2060"),
    "ligatures": lambda text: text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ").replace("ff", "ﬀ"),
    "straight quotes": lambda text: text.translate(str.maketrans("‘’“”", "''\"\"")),
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "non-breaking spaces": lambda text: text.replace(" ", "\u00a0"),
    "narrow spaces": lambda text: text.replace(" ", "\u202f"),
    "doubled spaces": lambda text: text.replace(" ", "  "),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "byte order mark": "\ufeff".__add__,
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_text_in_other_characters_is_repaired_alike(variant: str) -> None:
    """Composed or not, with straight or curly quotes, soft hyphens or odd blanks: the same words are repaired."""
    for number in SPUN_SEEDS:
        found, wanted = outcome(VARIANTS[variant](seed_text(number))), usual_outcome(number)
        if variant == "zero-width spaces":  # one between two words ("hyper", "links") may stand for a blank
            lost = [edit for edit in wanted if edit not in found]
            assert len(lost) <= 2 and len(found) >= len(wanted) - 2
        else:
            assert found == wanted


@given(
    st.sampled_from(["mentioned", "assembly", "struggle", "troopers"]),
    st.integers(1, 6),
    st.sampled_from("\u00ad\u200b\u2060\ufeff"),
)
@examples(60)
def test_invisible_characters_hide_no_word(word: str, at: int, invisible: str) -> None:
    """A word with something invisible inside is the word."""
    (token,) = tokenize(word[:at] + invisible + word[at:])
    assert token.word == word
