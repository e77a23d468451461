"""`normalizer doctor`: what it finds where all is well, and what it says of each thing that is not."""

import json
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from normalizer import Normalizer, __version__, diagnosis
from normalizer.cli import main
from normalizer.commands.console import Exit
from normalizer.diagnosis import (
    Finding,
    cache,
    command,
    diagnose,
    extras,
    is_fine,
    requirements,
    self_test,
    tables,
    versions,
)
from normalizer.lexicon import Lexicon
from normalizer.table_files import TableFiles

SECTIONS = ["versions", "tables", "cache", "extras", "self-test"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["doctor", *arguments], prog_name="normalizer")
    return result.exit_code, result.stdout


@pytest.mark.smoke
def test_all_is_well_here() -> None:
    code, told = run("--json")
    found = json.loads(told)
    assert code == Exit.FINE, told
    assert list(found) == ["fine", *SECTIONS] and found["fine"] is True
    assert found["versions"][0]["found"].startswith(__version__)
    assert [row["state"] for row in found["self-test"]] == ["ok", "ok"]
    signature = Normalizer().signature(0)
    shown = " ".join(row["found"] for row in found["tables"])
    assert all(part.partition(":")[2] in shown for part in signature.split("|")[:5])


def test_the_report_is_text_in_sections() -> None:
    code, told = run()
    lines = told.splitlines()
    assert [line for line in lines if line[0] != " "] == SECTIONS
    assert all(line[2:8].strip() in ("ok", "note", "broken") for line in lines if line[0] == " ")
    assert code == Exit.FINE


def test_a_table_that_cannot_be_loaded_is_broken_and_the_rest_is_seen() -> None:
    code, told = run("--weights", "gone.json")
    assert code == Exit.FOUND
    assert "  broken  loading " in told and "gone.json: expected weights as `normalizer tune` writes them" in told
    assert "  broken  repair " in told and "not run: the tables cannot be loaded; see tables" in told
    assert "\nextras\n" in told and "  ok      numpy " in told


@pytest.mark.parametrize(
    ("content", "state", "said"),
    [
        (None, "note", "not on the path"),
        ("from charset_normalizer.cli import cli_detect", "note", "that of charset-normalizer"),
        ("from normalizer.__main__ import run", "ok", "normalizer"),
    ],
)
def test_a_command_that_another_package_has_taken_is_told_of(tmp_path, monkeypatch, content, state, said) -> None:
    if content is not None:
        (tmp_path / "normalizer").write_text(f"#!/usr/bin/env python3\n{content}\n", "utf-8")
        (tmp_path / "normalizer").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = command()
    assert found.state == state and said in found.found
    assert bool(found.remedy) is (state == "note")


def test_a_library_that_is_not_there_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    known = metadata.version

    def version(name: str) -> str:
        if name == "regex":
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", version)
    broken = [finding for finding in versions() if finding.state == "broken"]
    assert broken == [Finding("versions", "regex", "not installed", "broken", "pip install regex")]
    assert not is_fine(broken)


def test_an_extra_that_lacks_something_says_how_to_install_it() -> None:
    found = list(extras({"html": ["numpy", "no-such-thing"], "all": ["numpy"]}))
    assert found[0] == Finding("extras", "html", "lacks no-such-thing", "note", "pip install 'normalizer[html]'")
    assert found[1] == Finding("extras", "all", f"numpy {metadata.version('numpy')}")
    assert is_fine(found)  # nobody needs all extras


def test_extras_are_those_of_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = requirements()
    assert {"html", "parquet", "warc"} <= set(here) and not {"test", "lint"} & set(here)
    assert "trafilatura" in here["html"]
    lines = ["click>=8.1", "trafilatura >=2.0 ; extra == 'html'", 'a-b.c[x]>=1; extra == "odd"', "x; extra == 'test'"]
    monkeypatch.setattr(diagnosis, "files", lambda _: tmp_path / "normalizer")  # installed, far from pyproject.toml
    monkeypatch.setattr(metadata, "requires", lambda _: lines)
    for content in ("", "x = ", "[project]\nname = 'other'\n[project.optional-dependencies]\nz = ['x']\n"):
        (tmp_path / "pyproject.toml").write_text(content, "utf-8")  # of another project, or none
        assert requirements() == {"html": ["trafilatura"], "odd": ["a-b.c"]}
    (tmp_path / "pyproject.toml").unlink()
    assert requirements() == {"html": ["trafilatura"], "odd": ["a-b.c"]}
    monkeypatch.setattr(metadata, "requires", lambda _: None)
    assert requirements() == {}


def test_the_cache_is_described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NORMALIZER_CACHE", str(tmp_path / "new" / "cache"))
    (found,) = cache()
    assert (found.state, found.found) == ("ok", f"{tmp_path}/new/cache, 0 compiled lexicons, 0.0 MB")
    (tmp_path / "one.compiled").write_bytes(bytes(1_500_000))
    monkeypatch.setenv("NORMALIZER_CACHE", str(tmp_path))
    assert next(cache()).found == f"{tmp_path}, 1 compiled lexicon, 1.5 MB"
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("NORMALIZER_CACHE", str(tmp_path / "file"))
    (found,) = cache()
    assert found.state == "note" and found.remedy == "set NORMALIZER_CACHE to a folder that can be written"


def test_a_lexicon_of_ones_own_is_named(small_lexicon: Path, tmp_path: Path) -> None:
    own = tmp_path / "a_mine.tsv"
    own.write_bytes((small_lexicon / "a.tsv").read_bytes())
    told = {finding.name: finding.found for finding in tables(TableFiles((own,)))}
    assert told["lexicon"].startswith("16 entries, ") and told["lexicon"].endswith(", of a.tsv, a_mine.tsv")
    assert str(small_lexicon / "cache") in told["compiled lexicon"]


def test_a_lexicon_that_is_kept_nowhere_is_a_note(small_lexicon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (small_lexicon / "file").write_bytes(b"")
    monkeypatch.setenv("NORMALIZER_CACHE", str(small_lexicon / "file" / "cache"))
    with pytest.warns(UserWarning, match="could not be kept"):
        told = {finding.name: finding for finding in tables(TableFiles())}
    assert told["compiled lexicon"].state == "note"


def test_a_repair_that_does_not_come_out_is_broken() -> None:
    tool = Normalizer()
    blind = Normalizer(tables=tool.tables.with_lexicon(Lexicon([])))
    spun, clean = self_test(lambda: blind)
    assert spun.state == "broken" and spun.found.startswith(f"expected {diagnosis.REPAIRED!r}, found ")
    assert clean.state == "ok"
    eager = replace(tool.tables, weights=replace(tool.tables.weights, features={}))
    assert len(list(self_test(lambda: Normalizer(tables=eager)))) == 2


def test_findings_come_section_by_section() -> None:
    found = diagnose()
    assert list(dict.fromkeys(finding.section for finding in found)) == SECTIONS
    assert is_fine(found)
