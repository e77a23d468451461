"""Which files the tables are loaded from: the shipped ones, and those that a caller has made."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from normalizer import ModelError, Normalizer
from normalizer.cli import main
from normalizer.corpus.records import Source
from normalizer.corpus.running import Options, _signature
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.table_files import SHIPPED, TableFiles
from normalizer.tables import Tables
from normalizer.weights import shipped_weights, write_weights

SPUN = (
    "The International Minister instructed reporters at a press convention on Friday that talks will proceed "
    "subsequent week. He stated Moscow had despatched extra troops to the border."
)


@pytest.fixture
def cautious(tmp_path: Path) -> Path:
    """A file of weights under which no edit is sure."""
    weights = replace(shipped_weights(), confidence={"bias": -9.0}, synonyms={}, article={})
    path = tmp_path / "cautious.json"
    path.write_text(write_weights(weights, "by hand"), "utf-8")
    return path


def test_weights_of_ones_own_decide_what_is_repaired(cautious: Path) -> None:
    usual, own = Normalizer(), Normalizer(weights=str(cautious))
    assert usual.repair(SPUN).edits and not own.repair(SPUN).edits
    assert own.tables.weights.provenance == "by hand"
    assert [m.path for m in own.tables.models] == [m.path for m in usual.tables.models]


def test_weights_are_part_of_the_signature_and_their_provenance_is_not(cautious: Path) -> None:
    weights = shipped_weights()
    assert replace(weights, provenance="elsewhere").signature == weights.signature
    assert replace(weights, model=weights.model + 1).signature != weights.signature
    signatures = [Normalizer(weights=path).repair("It rained.").signature for path in (None, cautious)]
    parts = [dict(part.split(":", 1) for part in each.split("|")) for each in signatures]
    assert {name for name in parts[0] if parts[0][name] != parts[1][name]} == {"weights"}


def test_every_model_can_be_named(tmp_path: Path) -> None:
    """Copies of the shipped models compile to the same lexicon, so this is quick."""
    paths = []
    for kind in (LanguageModel, AssociationModel, ContextModel):
        paths.append(tmp_path / f"my.{kind.SHIPPED.rpartition('.')[2]}")
        shutil.copyfile(kind.shipped(), paths[-1])
    tool = Normalizer(model=paths[0], association=paths[1], context=paths[2])
    assert [model.path for model in tool.tables.models] == paths
    assert tool.repair(SPUN) == Normalizer().repair(SPUN)
    assert Tables.of(TableFiles((), *paths)).signature == tool.tables.signature


@pytest.mark.parametrize("name", ["model", "association", "context", "weights"])
def test_a_table_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ModelError, match=r"gone\.file: expected "):
        Normalizer(**{name: "gone.file"})


def test_the_command_line_uses_what_tune_writes(cautious: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(SPUN, "utf-8")
    run = CliRunner().invoke
    assert run(main, ["repair", "-q", str(page)]).stdout != SPUN
    assert run(main, ["repair", "-q", str(page), "--weights", str(cautious)]).stdout == SPUN
    plan = run(main, ["repair", "-q", "-f", "json", str(page), "--weights", str(cautious)]).stdout
    assert f"|weights:{Normalizer(weights=cautious).tables.weights.signature}|" in json.loads(plan)["signature"]


@pytest.mark.parametrize("name", ["lexicons", "model", "association", "context", "weights"])
def test_a_run_over_a_scrape_begins_anew_with_other_tables(tmp_path: Path, name: str) -> None:
    scrape, table = tmp_path / "scrape.jsonl", tmp_path / "a_table"
    scrape.write_bytes(b"{}\n")
    table.write_bytes(b"one")
    options, sources = Options((scrape,), tmp_path / "out.jsonl"), [Source(str(scrape), scrape.name, "lines")]
    named = SHIPPED._replace(**{name: (table,) if name == "lexicons" else table})
    before = _signature(options._replace(files=named), sources)
    assert before == _signature(options._replace(files=named), sources) != _signature(options, sources)
    table.write_bytes(b"another")
    assert _signature(options._replace(files=named), sources) != before
