"""Faults that nobody chose: a sample of small changes to the core rooms, drawn by a seed.

    python -m tests.tools.mutations [ROOM]... [--each 11] [--seed 8] [--jobs N] [--python PATH]

Every place in a function where a comparison can be flipped, a `not` dropped, `and` swapped for `or`, a condition
negated, a number or a sign changed, `min` swapped for `max`, or a statement left out, is a possible fault; so many of
each room are drawn. Numbers outside functions are left alone: they are measured, and the quality gate watches them.
Prints how many are noticed by the tests of the room, of the pipeline and of the specification, and the survivors.
"""

import ast
import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import NamedTuple

import click

from tests.tools.mutants import CORE
from tests.tools.planting import ROOT, conclude, hunt, hunting

EACH, SEED = 11, 8
FURTHER = {  # test files of a room besides its own
    "articles": ("test_bad_input.py", "test_cli.py"),
    "files": ("test_articles.py", "test_bad_input.py", "test_cli.py"),
    "plans": ("test_readers.py",),
    "features": ("test_learning.py",),
    "inference": ("test_features.py", "test_learning.py"),
    "lexicon": (
        "test_readers.py",
        "test_proposals.py",
        "test_lint.py",
        "test_lexicon_tools.py",
        "test_compiled.py",
        "test_thesaurus.py",
    ),
    "references": ("test_evidence.py", "test_rewording.py"),
    "testimony": ("test_evidence.py", "test_rendering.py"),
    "tokens": ("test_hostile.py",),
}
WITHOUT_OWN = ("testimony", "reading")  # rooms without a test file of their name
PIPELINE = ("test_repairing.py", "test_properties.py")
OTHER: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}  # fmt: skip
TWINS = {"min": "max", "any": "all", "minimum": "maximum", "argmin": "argmax"}
TWINS |= {other: name for name, other in TWINS.items()}
LEFT_OUT = (ast.Expr, ast.AugAssign, ast.Continue, ast.Break, ast.Raise)


class Mutation(NamedTuple):
    """The *number*-th possible fault of a file of the package, on *line*: *old* becomes *new*."""

    file: str
    number: int
    line: int
    old: str
    new: str

    @property
    def tests(self) -> tuple[str, ...]:
        """The test files that must notice: first those of the room, which are fast."""
        room = self.file.split("/")[0].removesuffix(".py")
        own = () if room in WITHOUT_OWN else (f"test_{room}.py",)
        return tuple(dict.fromkeys((*own, *FURTHER.get(room, ()), *PIPELINE)))

    @property
    def keyword(self) -> str:
        """No choice among the tests."""
        return ""

    @property
    def shown(self) -> str:
        """The fault on one line."""
        return f"{self.file}:{self.line}: {self.old} -> {self.new}"

    def planted(self, source: str) -> str:
        """Return *source* with the fault; comments and layout are lost."""
        tree = ast.parse(source)
        list(changes(tree))[self.number].make()
        return ast.unparse(ast.fix_missing_locations(tree))


class Change(NamedTuple):
    """Setting one field of a node: the fault, and how to show it."""

    node: ast.AST
    name: str
    value: object
    line: int
    old: str
    new: str

    def make(self) -> None:
        """Make the fault in the tree."""
        setattr(self.node, self.name, self.value)


def changes(tree: ast.Module) -> Iterator[Change]:
    """Yield every possible fault inside the functions of *tree*."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node, parent in inside(function):
                yield from of_node(node, parent)


def inside(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the nodes of the statements of *function* with their parents, but for those of functions within."""
    stack: list[tuple[ast.AST, ast.AST]] = [(statement, function) for statement in reversed(function.body)]
    while stack:
        node, parent = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.Assert):
            continue
        yield node, parent
        children = [child for name, value in ast.iter_fields(node) if name != "annotation" for child in as_list(value)]
        stack += [(child, node) for child in reversed(children)]


def as_list(value: object) -> list[ast.AST]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]


def of_node(node: ast.AST, parent: ast.AST) -> Iterator[Change]:
    """Yield what can be changed at *node*."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            yield whole(node, "ops", [*node.ops[:i], OTHER[type(operator)](), *node.ops[i + 1 :]])
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in OTHER:
        yield whole(node, "op", OTHER[type(node.op)]())
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        test = node.test
        other = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else negated(test)
        yield Change(node, "test", other, node.lineno, f"if {short(test)}", f"if {short(other)}")
    elif isinstance(node, ast.comprehension):
        for i, test in enumerate(node.ifs):
            yield Change(node, "ifs", node.ifs[:i] + node.ifs[i + 1 :], test.lineno, f"if {short(test)}", "no if")
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield whole(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield whole(node, "value", node.value + 1)
    elif isinstance(node, ast.Call) and (name := called(node.func)) in TWINS:
        yield whole(node, "func", renamed(node.func, TWINS[name]))
    if isinstance(node, LEFT_OUT) and not is_docstring(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and node in block:
                rest = [ast.Pass() if each is node else each for each in block]
                yield Change(parent, name, rest, node.lineno, short(node), "pass")


def whole(node: ast.expr | ast.AugAssign, name: str, value: object) -> Change:
    """Return the change of one field, shown as the whole node before and after."""
    changed = deepcopy(node)
    setattr(changed, name, value)
    return Change(node, name, value, node.lineno, short(node), short(changed))


def negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def renamed(function: ast.expr, name: str) -> ast.expr:
    twin = deepcopy(function)
    setattr(twin, "id" if isinstance(twin, ast.Name) else "attr", name)
    return twin


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def short(node: ast.AST) -> str:
    shown = " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())
    return shown if len(shown) <= 110 else shown[:107] + "..."


def possible(file: str) -> list[Mutation]:
    """Return all faults that can be made in a file of the package."""
    tree = ast.parse((ROOT / "normalizer" / file).read_text("utf-8"))
    found = [Mutation(file, i, change.line, change.old, change.new) for i, change in enumerate(changes(tree))]
    return [mutation for mutation in found if mutation.old != mutation.new]


@cache
def files_of(room: str) -> tuple[str, ...]:
    package = ROOT / "normalizer"
    paths = [package / f"{room}.py"] if (package / f"{room}.py").exists() else sorted((package / room).glob("*.py"))
    return tuple(path.relative_to(package).as_posix() for path in paths)


def sample(room: str, number: int, seed: int) -> list[Mutation]:
    """Return *number* faults of a room, drawn by *seed*."""
    everything = [mutation for file in files_of(room) for mutation in possible(file)]
    random.Random(f"{room} {seed}").shuffle(everything)
    return everything[:number]  # a larger sample holds a smaller one


@click.command()
@hunting
@click.option("--each", default=EACH, show_default=True, metavar="N", help="Faults of each room.")
@click.option("--seed", default=SEED, show_default=True, help="Another seed, other faults.")
def main(rooms: Sequence[str], jobs: int, python: str, each: int, seed: int) -> None:
    """Plant a random sample of faults, in each ROOM or in all, and report which test notices each."""
    chosen = [room for room in CORE if not rooms or room in rooms]
    conclude(hunt([m for room in chosen for m in sample(room, each, seed)], jobs, python), CORE)


if __name__ == "__main__":
    main()
