"""The compiled lexicon on disc: never stale, never half written, and the same in every process that reads it."""

import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from strategies import environment

import normalizer
from normalizer import Normalizer
from normalizer.cli import main
from normalizer.errors import LexiconError, NormalizerWarning
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.lexicon import Lexicon, keep_compiled, load_compiled, packed
from normalizer.lexicon.entries import Entry
from normalizer.lexicon.files import HEADER, format_file
from normalizer.tables import Tables

PACKAGE = Path(normalizer.__file__).parent
MODELS = LanguageModel.load(), AssociationModel.load(), ContextModel.load()
SWAPS = [
    ("instructed", "told"), ("newshounds", "reporters"), ("additionally", "also"), ("assembly", "meeting"),
    ("press convention", "press conference"), ("conflict", "war"), ("leaders", "bosses"), ("subsequent", "next"),
]  # fmt: skip
SPUN = (
    "The minister instructed newshounds at the press convention that the assembly was over. "
    "Additionally the subsequent assembly will finish the conflict, leaders instructed newshounds.\n"
)


def entries(swaps: list[tuple[str, str]]) -> list[Entry]:
    return [Entry(spun, original, count=90.0, clean=0.5, sources=("test",)) for spun, original in swaps]


def lines(*swaps: tuple[str, str]) -> str:
    return format_file(entries(list(swaps)))


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of shipped lexicons with one small file, and an empty cache."""
    folder = tmp_path / "lexicons"
    folder.mkdir()
    (folder / "a.tsv").write_text(lines(*SWAPS), "utf-8")
    for module in ("files", "packed"):
        monkeypatch.setattr(f"normalizer.lexicon.{module}.shipped_folder", lambda: folder)
    monkeypatch.setenv("NORMALIZER_CACHE", str(tmp_path / "cache"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", NormalizerWarning)
        yield folder


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows whenever entries are read to be compiled."""
    made: list[int] = []
    load = Lexicon._read
    monkeypatch.setattr(Lexicon, "_read", lambda *given, **more: made.append(1) or load(*given, **more))
    return made


def cached(folder: Path) -> list[Path]:
    return sorted((folder.parent / "cache").iterdir())


def described(lexicon: packed.CompiledLexicon) -> list[str]:
    return lexicon.describe(range(lexicon.size["entries"]))


# --- never stale --------------------------------------------------------------------------------------------


def test_what_was_compiled_once_is_mapped_afterwards(shipped: Path, reads: list[int]) -> None:
    first, again = load_compiled(MODELS), load_compiled(MODELS)
    assert len(reads) == 1 and len(cached(shipped)) == 1
    for lexicon in (first, again):
        assert isinstance(lexicon, packed.MappedLexicon) and not lexicon["row.wording"].flags.writeable
        assert described(lexicon) == described(Lexicon.load().compiled(MODELS))
        assert lexicon.size["entries"] == len(SWAPS)


def test_a_changed_a_new_and_a_renamed_file_are_seen(shipped: Path) -> None:
    seen = [load_compiled(MODELS)]
    (shipped / "a.tsv").write_text(lines(*SWAPS, ("folks", "people")), "utf-8")
    seen.append(load_compiled(MODELS))
    (shipped / "t.tsv").write_text(lines(("loaf", "bread")), "utf-8")
    seen.append(load_compiled(MODELS))
    (shipped / "t.tsv").rename(shipped / "b.tsv")  # another family
    seen.append(load_compiled(MODELS))
    (shipped / "b.tsv").write_text(lines(("loaf", "crumb")), "utf-8")  # as long as before
    seen.append(load_compiled(MODELS))
    assert len(cached(shipped)) == len({lexicon.signature for lexicon in seen}) == 5
    assert [lexicon.size["entries"] - len(SWAPS) for lexicon in seen] == [0, 1, 2, 2, 2]
    assert seen[2]["entry.family"].tolist() != seen[3]["entry.family"].tolist()


def test_another_model_has_another_key(shipped: Path) -> None:
    paths, signatures = [shipped / "a.tsv"], [model.signature for model in MODELS]
    keys = {packed.content_key(paths, [*signatures[:k], "other", *signatures[k + 1 :]]) for k in range(3)}
    assert len(keys | {packed.content_key(paths, signatures), packed.content_key([], signatures)}) == 5


def test_another_format_has_another_key(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = packed.content_key([shipped / "a.tsv"], [])
    monkeypatch.setattr(packed, "FORMAT", packed.FORMAT + 1)
    assert packed.content_key([shipped / "a.tsv"], []) != before


def test_files_cannot_share_a_key_by_moving_a_line(tmp_path: Path) -> None:
    one, two = tmp_path / "a.tsv", tmp_path / "b.tsv"
    keys = set()
    for first, second in [("x\ny\n", "z\n"), ("x\n", "y\nz\n")]:
        one.write_text(first, "utf-8")
        two.write_text(second, "utf-8")
        keys.add(packed.content_key([one, two], []))
    assert len(keys) == 2


def test_files_of_ones_own_are_compiled_with_the_shipped_ones(shipped: Path, tmp_path: Path, reads: list[int]) -> None:
    own = tmp_path / "a_own.tsv"
    own.write_text(lines(("folks", "people")), "utf-8")
    assert [load_compiled(MODELS, [own]).size["entries"] for _ in range(2)] == [len(SWAPS) + 1] * 2
    own.write_text(lines(("folks", "persons"), ("loaf", "bread")), "utf-8")
    assert load_compiled(MODELS, [own]).size["entries"] == len(SWAPS) + 2
    assert len(reads) == len(cached(shipped)) == 2


def test_what_changes_while_it_is_read_is_not_kept(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Lexicon._read

    def changing(*given: object) -> Lexicon:
        (shipped / "a.tsv").write_text(lines(("folks", "people")), "utf-8")
        return load(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Lexicon, "_read", changing)
    assert load_compiled(MODELS).size["entries"] == 1
    assert not (shipped.parent / "cache").exists()
    (shipped / "a.tsv").write_text(lines(*SWAPS), "utf-8")
    with pytest.raises(LexiconError, match="changed while they were read; run it again"):
        keep_compiled(MODELS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_lexicon_through_a_pipe_is_read_once(shipped: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "a_pipe.tsv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(lines(("folks", "people")), "utf-8"))
    writer.start()
    assert load_compiled(MODELS, [pipe]).size["entries"] == len(SWAPS) + 1
    writer.join()
    assert not (shipped.parent / "cache").exists()


def test_the_lexicon_that_ships_is_taken_only_with_the_same_key(shipped: Path, reads: list[int]) -> None:
    keep_compiled(MODELS, target=shipped / packed.SHIPPED)
    assert load_compiled(MODELS).signature and len(reads) == 1
    assert not (shipped.parent / "cache").exists()
    (shipped / "a.tsv").write_text(lines(*SWAPS[1:]), "utf-8")
    assert load_compiled(MODELS).size["entries"] == len(SWAPS) - 1
    assert len(cached(shipped)) == 1


def test_entries_are_those_of_the_files_as_they_are_now(shipped: Path) -> None:
    """Tables that are loaded after a change in the same process are not those of before, nor are their parts."""
    for swaps in (SWAPS, [("folks", "people"), *SWAPS[:3]]):
        (shipped / "a.tsv").write_text(lines(*swaps), "utf-8")
        tables = Tables.load()
        part = tables.with_lexicon(tables.entries.where(lambda entry: entry.spun != "instructed"))
        assert {entry.spun for entry in tables.entries.entries} == {spun for spun, _ in swaps}
        assert "newshounds told reporters" not in answer(Normalizer(tables=part))[0]  # type: ignore[operator]
        assert tables.lexicon.signature == tables.entries.signature != part.lexicon.signature
    old = tables
    (shipped / "a.tsv").write_text(lines(*SWAPS), "utf-8")
    fresh = old.with_lexicon(old.entries.where(lambda entry: True))
    assert len(described(fresh.lexicon)) == fresh.lexicon.size["entries"] == len(fresh.entries.entries)


# --- never half written -------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut", "header", "body", "empty", "foreign", "model", "folder"])
def test_a_damaged_file_is_made_anew(shipped: Path, reads: list[int], damage: str) -> None:
    load_compiled(MODELS)
    (file,) = cached(shipped)
    whole = file.read_bytes()
    bad = {
        "cut": whole[:-8],
        "header": whole[:40] + b"\x00" + whole[41:],
        "body": whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
        "empty": b"",
        "foreign": b"GIF89a" * 100,
        "model": MODELS[1].path.read_bytes(),
    }
    if damage == "folder":
        file.unlink()
        file.mkdir()
        with pytest.warns(NormalizerWarning, match="could not be kept"):
            assert load_compiled(MODELS).size["entries"] == len(SWAPS)
        return
    file.write_bytes(bad[damage])
    assert load_compiled(MODELS).size["entries"] == len(SWAPS)
    assert len(reads) == 2
    assert file.read_bytes() == whole


def test_equal_files_compile_to_equal_bytes(shipped: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        keep_compiled(MODELS, target=tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a small lexicon, whose package consists of links, for other processes."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.compiled")
    shutil.copytree(PACKAGE, tmp_path / "normalizer", copy_function=os.symlink, ignore=unwanted)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "lexicons" / "a.tsv").write_text(lines(*SWAPS), "utf-8")
    (tmp_path / "page.txt").write_text(SPUN, "utf-8")
    return tmp_path


def started(checkout: Path, *arguments: str, **more: str) -> "subprocess.Popen[str]":
    paths = [str(checkout), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {"PYTHONPATH": os.pathsep.join(paths), "NORMALIZER_CACHE": str(checkout / "cache"), **more}
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=checkout, env=environment(**variables), text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


REPAIR = ("-m", "normalizer", "repair", "-q", "page.txt")
KILLED = """
import os, pathlib, signal
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from normalizer import Normalizer
Normalizer()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_process_killed_while_writing_leaves_no_compiled_lexicon(checkout: Path) -> None:
    killed = started(checkout, "-c", KILLED)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert list((checkout / "cache").iterdir()) and not list((checkout / "cache").glob("*.compiled"))
    process = started(checkout, *REPAIR)
    text, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "") and "told reporters" in text
    assert len(list((checkout / "cache").glob("*.compiled"))) == 1


def test_processes_that_start_at_once_read_the_same(checkout: Path) -> None:
    processes = [started(checkout, *REPAIR) for _ in range(4)]
    answers = {process.communicate(timeout=240) for process in processes}
    ((text, said),) = answers
    assert "told reporters" in text and said == ""
    (file,) = (checkout / "cache").iterdir()
    assert file.suffix == ".compiled"


# --- where nothing can be kept ------------------------------------------------------------------------------


def test_a_cache_that_cannot_be_written_costs_a_warning(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMALIZER_CACHE", str(shipped / "a.tsv" / "cache"))  # in a file: nobody can write that
    with pytest.warns(NormalizerWarning, match=r"could not be kept .*; set NORMALIZER_CACHE to a folder"):
        lexicon = load_compiled(MODELS)
    assert lexicon.size["entries"] == len(SWAPS)


def test_the_command_line_says_so_in_one_line(checkout: Path) -> None:
    process = started(checkout, *REPAIR, NORMALIZER_CACHE=str(checkout / "page.txt" / "cache"))
    text, said = process.communicate(timeout=120)
    assert process.returncode == 0 and "told reporters" in text
    assert said.startswith("normalizer: the compiled lexicon could not be kept (") and said.count("\n") == 1


def test_without_a_variable_the_users_cache_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NORMALIZER_CACHE", raising=False)
    assert "normalizer" in packed.cache_file("0").parts[-2] and packed.cache_file("0").name == "0.compiled"


# --- the command --------------------------------------------------------------------------------------------


def compiling(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["lexicon", "compile", *map(str, arguments)], prog_name="normalizer")
    return done.exit_code, done.stdout, done.stderr


def test_the_command_fills_the_cache_and_says_what_is_in_it(shipped: Path, reads: list[int]) -> None:
    code, place, said = compiling()
    (file,) = cached(shipped)
    assert (code, place) == (0, f"{file}\n")
    assert said.startswith("8 entries, 8 stretches, 8 readings: compiled in ")
    assert compiling()[1:] == (place, "8 entries, 8 stretches, 8 readings: compiled before\n")
    assert len(reads) == 1
    assert "compiled in" in compiling("--force")[2]
    assert load_compiled(MODELS).size["entries"] == 8 and len(reads) == 2


def test_the_command_compiles_files_into_a_file_or_folder(shipped: Path, tmp_path: Path) -> None:
    own, folder = tmp_path / "a_own.tsv", tmp_path / "for_all"
    own.write_text(lines(("folks", "people")), "utf-8")
    folder.mkdir()
    assert compiling(own, "-o", tmp_path / "one.compiled")[:2] == (0, f"{tmp_path / 'one.compiled'}\n")
    _, place, said = compiling(own, "-o", folder)
    assert said.startswith("9 entries")
    assert Path(place.strip()).read_bytes() == (tmp_path / "one.compiled").read_bytes()
    os.environ["NORMALIZER_CACHE"] = str(folder)  # put back by the fixture
    assert load_compiled(MODELS, [own]).file.path == Path(place.strip())  # type: ignore[attr-defined]


def test_what_cannot_be_compiled_is_one_clear_line(shipped: Path, tmp_path: Path) -> None:
    own = tmp_path / "a_own.tsv"
    own.write_text(f"{HEADER}\nfolks\n", "utf-8")
    code, place, said = compiling(own)
    assert (code, place) == (2, "") and said.startswith(f"normalizer: {own}, line 2: ") and said.count("\n") == 1
    gone = tmp_path / "gone.tsv"  # of which nothing is told but that it is not there
    assert compiling(gone)[2].startswith(f"normalizer: {gone}: cannot read this lexicon (found nothing there, check")
    assert "expected a language model" in compiling("--lm", own)[2]
    assert "-o would overwrite the input" in compiling(own, "-o", own)[2]
    assert compiling("-o", tmp_path / "gone" / "x")[0] == 2


# --- many processes -----------------------------------------------------------------------------------------


def variants(own: Path) -> dict[str, Normalizer]:
    """Return normalizers whose tables come from all places that tables can come from."""
    own.write_text(lines(("folks", "people")), "utf-8")
    tables = Tables.load()
    bold = replace(tables.weights, model=0.5)
    return {
        "shipped": Normalizer(tables=tables),
        "own": Normalizer([own]),
        "weights": Normalizer(tables=replace(tables, weights=bold)),
        "made": Normalizer(tables=tables.with_lexicon(Lexicon(entries(SWAPS)))),
        "part": Normalizer(tables=tables.with_lexicon(tables.entries.where(lambda entry: entry.spun != "conflict"))),
    }


def answer(tool: Normalizer) -> tuple[object, ...]:
    found = tool.repair(SPUN + "Folks went on.\n", ["The minister told reporters at the press conference."])
    return found.text, found.edits, found.verdict, found.signature


@pytest.mark.parametrize("method", [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_every_normalizer_works_in_another_process(shipped: Path, tmp_path: Path, method: str) -> None:
    tools = variants(tmp_path / "a_own.tsv")
    here = {name: answer(tool) for name, tool in tools.items()}
    assert len(set(map(str, here.values()))) == len(here)
    assert all("told reporters" in str(found[0]) for found in here.values())
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert dict(zip(tools, pool.map(answer, tools.values()), strict=True)) == here


def test_every_normalizer_works_in_threads(shipped: Path, tmp_path: Path) -> None:
    tools = list(variants(tmp_path / "a_own.tsv").values())
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(answer, tools * 4))
    assert at_once == [answer(tool) for tool in tools] * 4


def test_what_lies_on_disc_is_pickled_by_its_name(shipped: Path, tmp_path: Path) -> None:
    tools = variants(tmp_path / "a_own.tsv")
    for name in ("shipped", "own", "weights"):
        answer(tools[name])  # what is remembered of words and references stays here
        data = pickle.dumps(tools[name])
        assert len(data) < 10_000
        assert answer(pickle.loads(data)) == answer(tools[name])


@pytest.mark.slow
def test_the_shipped_tables_pickle_small_and_are_as_their_files_say() -> None:
    tool = Normalizer()
    tool.repair(SPUN, [SPUN])
    assert len(pickle.dumps(tool)) < 10_000
    fresh = Lexicon.load().compiled(tool.tables.models)
    for name, column in fresh.columns.items():
        assert (column == tool.tables.lexicon[name]).all(), name
