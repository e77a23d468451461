"""The public names of the package: their list, their documentation and what they raise.

Run as a program this module prints the list as it now is; a change of it is a change for every caller, so it goes into
`cases/api.txt` by hand, and into the notes of the release.
"""

import ast
import doctest
import importlib
import inspect
import pickle
import pydoc
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from strategies import environment

import normalizer
from normalizer import (
    ArgumentError,
    Edit,
    InputError,
    Lexicon,
    Normalizer,
    NormalizerError,
    NormalizerWarning,
    Plan,
    Settings,
    apply_edits,
    errors,
    invert_edits,
    prepare_references,
    repair,
    repair_many,
)
from normalizer.lexicon.files import HEADER

LIST = Path(__file__).parent / "cases" / "api.txt"
NAMES = [name for name in normalizer.__all__ if name != "__version__"]
DOCUMENTED = [name for name in NAMES if not name.endswith(("Error", "Warning"))]
LINE = "newshounds\treporters\t-\t\t9\t0\tA01"


# --- the list of names and signatures -----------------------------------------------------------------------


def listed() -> str:
    """Return all public names with what they take and give, as the source says it."""
    return "".join(f"{line}\n" for name in NAMES for line in described(name, getattr(normalizer, name)))


def described(name: str, value: Any) -> Iterator[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]
    if isinstance(tree, ast.FunctionDef):
        yield name + signature_of(tree)
        return
    assert isinstance(tree, ast.ClassDef)
    yield f"class {name}({', '.join(map(ast.unparse, tree.bases))})" if tree.bases else f"class {name}"
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and is_documented(value, ast.unparse(node.target)):
            yield f"    {ast.unparse(node)}"
        if isinstance(node, ast.FunctionDef) and is_promised(vars(value)[node.name]):
            marks = [ast.unparse(each) for each in node.decorator_list]
            yield "    " + " ".join([*marks, node.name + signature_of(node)])


def signature_of(node: ast.FunctionDef) -> str:
    given = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(node.args)}){given}"


def is_documented(value: Any, attribute: str) -> bool:
    return re.search(rf"^ {{4,8}}{attribute}: ", value.__doc__ or "", re.MULTILINE) is not None


def is_promised(member: Any) -> bool:
    """Say whether callers may rely on a method: one whose documentation has sections; others serve the package."""
    doc = member.__doc__ or ""
    return isinstance(member, property) or "Args:" in doc or "Returns:" in doc


def test_public_names_and_signatures_are_as_promised() -> None:
    assert listed() == LIST.read_text("utf-8"), "what callers rely on has changed: see `python tests/test_api.py`"


def test_every_exception_is_exported() -> None:
    own = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert own == {name for name in NAMES if name.endswith(("Error", "Warning"))}


# --- documentation ------------------------------------------------------------------------------------------


def members(name: str) -> Iterator[tuple[str, Any]]:
    """Yield a public name and the methods that callers may rely on."""
    value = getattr(normalizer, name)
    yield name, value
    for own, member in vars(value).items() if inspect.isclass(value) else ():
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and is_promised(function):
            yield f"{name}.{own}", function


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documentation_names_every_argument_and_what_comes_back(name: str) -> None:
    for member, value in members(name):
        doc = inspect.cleandoc(value.__doc__ or "")
        assert doc.splitlines()[0].endswith("."), f"{member}: the first line is a sentence"
        if inspect.isfunction(value):
            tree = inspect.signature(value)
            taken = [each for each in tree.parameters if each not in ("self", "cls")]
            assert all(re.search(rf"^ +{each}: \S", doc, re.MULTILINE) for each in taken), member
            assert tree.return_annotation is None or re.search("^(Returns|Yields):", doc, re.MULTILINE), member
    assert any(word in getattr(normalizer, name).__doc__ for word in ("Args:", "Attributes:"))


def test_every_public_method_is_promised_or_says_that_it_is_none() -> None:
    """Of `Lexicon` and `Reference` most methods serve the package; of all other classes every one is for callers."""
    for name in set(DOCUMENTED) - {"Lexicon", "Reference"}:
        value = getattr(normalizer, name)
        for own, member in vars(value).items() if inspect.isclass(value) else ():
            if own[0] != "_" and inspect.isfunction(getattr(member, "__func__", member)):
                assert is_promised(getattr(member, "__func__", member)), f"{name}.{own}"


@pytest.mark.parametrize("name", ["", *DOCUMENTED])
def test_examples_in_the_documentation_work(name: str) -> None:
    value = getattr(normalizer, name) if name else normalizer
    room = importlib.import_module(value.__module__) if name else normalizer
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags)
    tests = doctest.DocTestFinder(recurse=bool(name)).find(value, name or "normalizer", room, vars(room))
    report: list[str] = []
    for test in tests:
        runner.run(test, out=report.append)
    assert runner.tries > 0, "an example is missing"
    assert runner.failures == 0, "".join(report)


def test_help_shows_public_names_only() -> None:
    told = pydoc.render_doc(normalizer, renderer=pydoc.plaintext)
    assert all(re.search(rf"\b{name}\b", told) for name in NAMES)
    assert "_ROOMS" not in told and "import_module" not in told and "TYPE_CHECKING" not in told
    assert "DATA" not in told
    assert dir(normalizer) == sorted(normalizer.__all__)


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'normalizer' has no attribute 'repare'"):
        normalizer.__getattr__("repare")


def test_exceptions_come_without_the_pipeline() -> None:
    code = "import sys; from normalizer import InputError, ArgumentError; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment()).returncode == 0


# --- what is raised -----------------------------------------------------------------------------------------

EDIT = Edit(0, 1, "a", "b", "lexical")
PLAN = Plan.of("abc", [EDIT])
WRONG = [
    (lambda: repair(b"x"), r"text: expected a text, found bytes b'x'; decode it as UTF-8"),
    (lambda: repair("x", 3), "references: expected a list of texts, found 3"),
    (lambda: repair("x", "y"), r"references: expected a list of texts, found one text; write \[text\]"),
    (lambda: repair("x", settings=3), "settings: expected Settings, found int 3"),
    (lambda: list(repair_many("one text")), "records: expected a list of texts, found 'one text'; use repair for one"),
    (lambda: list(repair_many([("a", "b", "c")])), r"text: expected a text, found tuple \('a', 'b', 'c'\); give a str"),
    (lambda: Settings(protect=3), "protect: expected a list of texts, found int 3"),
    (lambda: Settings(protect="Who"), r"protect: expected a list of texts, found one text; write \['Who'\]"),
    (lambda: Settings(ignore=[3]), "ignore: expected a text, found int 3; give a str"),
    (lambda: Settings("x"), "min_confidence: expected a number from 0 to 1, found str 'x'"),
    (lambda: Settings(True), "min_confidence: expected a number from 0 to 1, found bool True"),
    (lambda: Normalizer(settings=3), "settings: expected Settings, found int 3"),
    (lambda: Normalizer(tables=3), "tables: expected Tables, found int 3"),
    (lambda: Normalizer("a_x.tsv", tables=Normalizer().tables), "tables: expected loaded tables or files, found both;"),
    (lambda: Normalizer(weights=3), "weights: expected the path of a file, found int 3; give a str or a pathlib.Path"),
    (lambda: Normalizer().explain("x", "a", 3), "start: expected int, found str 'a'"),
    (lambda: apply_edits(b"abc", [EDIT]), "text: expected a text, found bytes b'abc'; decode it as UTF-8"),
    (lambda: apply_edits("abc", [1]), "edits: expected Edit values, found int 1"),
    (lambda: invert_edits(3), "edits: expected a list of Edit values, found int 3"),
    (lambda: Plan.of("abc", 3), "edits: expected a list of Edit values, found int 3"),
    (lambda: Plan.from_json(b"{}"), "text: expected a text, found bytes b'{}'; decode it as UTF-8"),
    (lambda: PLAN.apply(3), "text: expected a text, found int 3; give a str"),
    (lambda: PLAN.revert(3), "text: expected a text, found int 3; give a str"),
    (lambda: PLAN.decided("abc", {1: 3}), "after: expected a text, found int 3; give a str"),
    (lambda: prepare_references("x"), r"texts: expected a list of texts, found one text; write \['x'\]"),
    (lambda: prepare_references([b"x"]), "texts: expected a text, found bytes b'x'; decode it as UTF-8"),
    (lambda: Lexicon.load(3), "extra: expected a path or a list of paths, found int 3"),
    (lambda: Lexicon([3]), "entries: expected Entry values, found int 3"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_an_argument_of_the_wrong_type_is_an_error_of_the_package(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        call()
    assert isinstance(caught.value, NormalizerError) and isinstance(caught.value, TypeError)


def test_a_regular_expression_that_is_none_is_an_error_of_the_package() -> None:
    with pytest.raises(InputError, match="expected a regular expression"):
        Normalizer(settings=Settings(ignore=["("]))


# --- lexicons and references --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my.tsv", "A.tsv", "ab_names.tsv", "c_mine.tsv"])
def test_a_lexicon_whose_name_tells_no_family_is_warned_of(small_lexicon: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(f"{HEADER}\n{LINE}\n", "utf-8")
    wanted = (
        f"{re.escape(str(path))}: expected a name that begins with a family of spinners .*: call it a_{name}, or any_"
    )
    for _ in range(2):  # the second time its compiled form is there already
        with pytest.warns(NormalizerWarning, match=wanted) as told:
            Normalizer(path)
        assert len(told) == 1
    with pytest.warns(NormalizerWarning, match=wanted):
        assert {entry.family for entry in Lexicon.load(path, shipped=False).entries} == {"a"}


@pytest.mark.parametrize("name", ["a.tsv", "b_names.tsv", "t_my.tsv", "any_scrape.tsv", "any.tsv"])
@pytest.mark.filterwarnings("error")
def test_a_lexicon_whose_name_tells_its_family_is_taken_in_silence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(f"{HEADER}\n{LINE}\n", "utf-8")
    assert Lexicon.load(str(path), shipped=False).entries


def test_prepared_references_say_what_their_texts_say() -> None:
    article = (
        "The International Minister instructed reporters at a press convention on Friday that talks will proceed "
        "subsequent week. He stated Moscow had despatched extra troops to the border."
    )
    told = ["The Foreign Minister told reporters at a news conference on Friday that talks will go on next week."]
    prepared = prepare_references(told)
    alone, beside = repair(article), repair(article, told)
    assert beside == repair(article, prepared) == next(repair_many([(article, prepared)]))
    assert beside.edits != alone.edits


def test_many_are_repaired_as_one_by_one_and_one_at_a_time() -> None:
    taken: list[int] = []

    def texts() -> Iterator[str]:
        for number in range(600):
            taken.append(number)
            yield f"It rained on day {number}."

    many = repair_many(texts(), Settings(min_confidence=0.9))
    assert next(many) == repair("It rained on day 0.", settings=Settings(min_confidence=0.9))
    assert len(taken) < 300  # what is not asked for is not read
    assert sum(1 for _ in many) == 599


def test_an_exception_survives_the_way_between_processes() -> None:
    for name in NAMES:
        if name.endswith(("Error", "Warning")):
            error = getattr(normalizer, name)("page.txt: expected this")
            assert str(pickle.loads(pickle.dumps(error))) == "page.txt: expected this"


if __name__ == "__main__":
    print(listed(), end="")
