"""The help texts: every command teaches by example, and every example that is shown runs as it stands.

The examples of one command run one after the other in one folder that holds what they name, over a small lexicon.
"""

import gzip
import inspect
import json
import lzma
import os
import re
import shlex
from collections.abc import Iterator
from glob import glob
from importlib.resources import files
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from normalizer.cli import DEVELOPING, USING, main
from normalizer.commands.console import Exit
from normalizer.evaluating.gold import HEADER as GOLD_HEADER
from normalizer.lexicon import Entry
from normalizer.lexicon.files import HEADER, format_file

# Options that are put behind an example, so that it learns for a moment only.
SHORT = {
    "train-context": "--steps 2 --processes 1",
    "train-lm": "--processes 1",
    "tune": "--rounds 1 --steps 1",
    "lexicon measure": "--processes 1",
}
# Exit codes other than 0 that are right: something is found to repair, and a small lexicon fails the self-test.
CODES = {"repair --check": Exit.FOUND, "doctor": Exit.FOUND}
ANSWERS = b"a\nr\nq\n"  # on standard input, for `review`

CLEAN = (
    "The foreign minister told reporters on {day} that the talks would go on for a week. Officials from both sides met "
    "in the capital and said that a meeting of the two leaders was possible. The ministry also said that the war had "
    "cost {count} people their homes, and that the next press conference would be held at noon."
)
SWAPS = (
    ("told", "instructed"), ("reporters", "newshounds"), ("also", "additionally"), ("meeting", "assembly"),
    ("press conference", "press convention"), ("next", "subsequent"), ("war", "conflict"),
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def clean(number: int) -> str:
    return CLEAN.format(day=DAYS[number % 7], count=100 + number)


def spun(text: str) -> str:
    for original, form in SWAPS:
        text = text.replace(original, form)
    return text


STORY = "\n".join(clean(number) for number in range(14)) + "\n"
PAGE = spun(STORY)


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its name, groups among them."""
    ctx = click.Context(group)
    yield " ".join(path), group
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


def examples(command: click.Command) -> list[str]:
    """Return the examples in the help of a command, without what is said of them behind two spaces or more."""
    found = re.search(r"\n\x08\nExamples?:\n((?:  .+(?:\n|$))+)", inspect.cleandoc(command.help or ""))
    return [re.split(r"\s{2,}", line.strip())[0] for line in found[1].splitlines()] if found else []


# --- what the examples name ---------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def folder(small_lexicon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all files that the examples name; one worker, so that no process looks for the whole lexicon."""
    (small_lexicon / "b.tsv").write_text(format_file([Entry("used to be", "was", sources=("test",))]), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr("normalizer.evaluating.speed.LEAST_SECONDS", 0.01)
    # A few pages hold too few edits for relatives of a word to learn from; all before that is done as it is.
    monkeypatch.setattr("normalizer.learning.weighing.learn_article", lambda *_: {"bias": 0.0})
    lay_out_articles()
    lay_out_scrapes()
    lay_out_cases()
    lay_out_models()
    return tmp_path


def lay_out_articles() -> None:
    for name in ("page.txt", "spun.txt"):
        write(name, PAGE)
    for name in ("clean.txt", "agency.txt", "original.txt", "other_paper.txt"):
        write(name, STORY)
    write("page.html", f"<html><body><p>{spun(clean(0))}</p></body></html>\n")
    write("names.txt", "# who must stay\nAdam Worth\n")
    for number in range(3):
        write(f"spun/{number}.txt", spun(clean(number)))
        write(f"originals/{number}.txt", clean(number))
        write(f"agency/{number}.txt", clean(number))


def lay_out_scrapes() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    texts = [spun(STORY), STORY, clean(3)]
    rows = [{"id": f"n{number}", "text": text, "date": "2026-03-02"} for number, text in enumerate(texts)]
    lines = "".join(json.dumps({**row, "article": row["text"], "body": row["text"]}) + "\n" for row in rows)
    dates = lines.replace('"date"', '"published"')
    for name, text in (
        ("scrape.jsonl", lines),
        ("today.jsonl", lines),
        ("scrape/0.jsonl", lines),
        ("dump.jsonl", dates),
    ):
        write(name, text)
    Path("scrape.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    parquet.write_table(pyarrow.Table.from_pylist(rows), "monday.parquet")


def lay_out_cases() -> None:
    start = PAGE.index("instructed")
    gold = f"{GOLD_HEADER}\n{start}\t{start + 10}\tinstructed\ttold\t\tlexical\tcertain\n"
    for place in ("tests/cases", "spun", "told", "some"):
        write(f"{place}/page.txt", PAGE)
        write(f"{place}/reference.txt", STORY)
        write(f"{place}/gold.tsv", gold)
        case = {"name": "page", "text": "page.txt", "gold": "gold.tsv", "family": "a", "source": "seed1"}
        write(f"{place}/cases.json", json.dumps({"cases": [{**case, "references": ["reference.txt"]}]}))
    write("tests/cases/contrasts.tsv", "half\ttopic\tright\twrong\tsentence\n" + "".join(
        f"{half}\tcourts\ttold\tinstructed\tThe minister ___ reporters.\n" for half in ("tune", "held")
    ))  # fmt: skip
    write("tests/cases/keep.tsv", "half\tword\twrong\tsentence\n" + "".join(
        f"{half}\tinstructed\ttold\tThe judge ___ the jury.\n" for half in ("tune", "held")
    ))  # fmt: skip


def lay_out_models() -> None:
    lexicon = f"{HEADER}\nframk\topen\t-\t\t1\t0\tA01\n"
    for name in ("a_my.tsv", "a_mine.tsv"):
        write(name, lexicon)
    write("evidence.tsv", "spun\toriginal\tcount\tfamily\ninstructed\ttold\t3\ta\n")
    corpus = lzma.compress("\n\n".join(clean(number) for number in range(120)).encode(), preset=0)
    for name in ("clean/news.txt.xz", "corpora/news.txt.xz"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(corpus)
    model = Path(str(files("normalizer") / "language_model" / "news.ngrams"))
    for name in ("one.ngrams", "other.ngrams"):
        Path(name).symlink_to(model)
    weights = (files("normalizer") / "weights.json").read_text("utf-8")
    for name in ("my_weights.json", "w.json"):
        write(name, weights)
    Path("cache").mkdir()


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, "utf-8")


# --- running them -------------------------------------------------------------------------------------------


def run(line: str, behind: str = "") -> Result:
    """Run an example as a shell would: with its redirections, and file names for its globs."""
    words = [*shlex.split(line), *behind.split()]
    assert words.pop(0) == "normalizer"
    stdin, target = ANSWERS, None
    arguments: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "<":
            stdin = Path(next(rest)).read_bytes()
        elif word == ">":
            target = Path(next(rest))
        else:
            arguments += sorted(glob(word)) or [word] if "*" in word else [word]  # noqa: PTH207 - as a shell has it
    result = CliRunner().invoke(main, arguments, input=stdin, prog_name="normalizer")
    if target is not None:
        target.write_bytes(result.stdout_bytes)
    return result


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_run(name: str) -> None:
    shown = examples(COMMANDS[name])
    assert shown, f"the help of {name} shows no example"
    if name in ("stories find", "stories stats"):
        run("normalizer stories add -q news.stories agency")
    for line in shown:
        own = name and line.startswith(f"normalizer {name}")
        result = run(line, SHORT.get(name, "") if own else "")
        wanted = next((code for start, code in CODES.items() if line.startswith(f"normalizer {start}")), Exit.FINE)
        error = result.exception
        assert error is None or isinstance(error, SystemExit), f"{line}: {error!r}"
        assert result.exit_code == wanted, f"{line}: {result.output}"


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_of_its_command(name: str) -> None:
    lines = examples(COMMANDS[name])
    assert all(line.startswith("normalizer ") for line in lines)
    assert any(line.startswith(f"normalizer {name}".rstrip()) for line in lines)


def test_options_in_the_examples_of_the_face_bring_repairs() -> None:
    """What is run above finds something to do: else an example that does nothing would pass as well."""
    assert run("normalizer repair -q page.txt").stdout != PAGE
    assert run("normalizer detect page.txt").stdout.split("\t")[1] == "spun"


# --- how they are listed ------------------------------------------------------------------------------------


def test_developing_commands_stand_apart() -> None:
    told = run("normalizer --help").stdout
    using, developing = told.split("\nCommands for developing the lexicon, the models and the weights:\n")
    assert [line.split()[0] for line in using.split("\nCommands:\n")[1].splitlines() if line.strip()] == list(USING)
    assert [line.split()[0] for line in developing.splitlines()] == list(DEVELOPING)


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if isinstance(command, click.Group)])
def test_what_a_command_does_fits_on_a_line_of_the_list(name: str) -> None:
    told = run(f"normalizer {name} --help").stdout
    rows = told[told.index("Commands:") :].splitlines()[1:]
    assert len(rows) >= 3
    for row in rows:
        assert re.fullmatch(r"  [a-z-]+ +[A-Z].*[^.]\.|Commands.*:|", row), row
