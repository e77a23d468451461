"""datatrove: its local executor over JSONL, with a block of ours in the pipeline."""

import copy
import json
import pickle
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from engine_cases import keep, read_back, scrape, written
from engine_examples import ALSO_SPUN, CLEAN, COLUMN, SPUN, TEXTS, examples_of, repaired
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from normalizer.engines import Repairer
from normalizer.errors import CorpusError, InputError
from tests.tools.engines import ADAPTERS, digest

pytest.importorskip("datatrove")

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter

from normalizer.engines.datatrove import NormalizerStep

pytestmark = pytest.mark.engines

MOST_BYTES = 4000  # of a pickled block; the tables have some hundred million


def through(step: Any, *documents: Any) -> list[Any]:
    return list(step.run(iter(documents)))


def test_documents_are_repaired_and_told_in_the_metadata():
    first, second = through(
        NormalizerStep(), Document(SPUN, "1", metadata={"n": 1}), Document(CLEAN, "2", metadata={"normalizer": "old"})
    )
    assert (first.text, first.id) == (repaired(SPUN)["text"], "1")
    assert first.metadata == {"n": 1, "normalizer": repaired(SPUN)["normalizer"]}
    assert (second.text, second.metadata) == (CLEAN, {"normalizer": "old"})


def test_statistics_tell_what_was_done():
    step = NormalizerStep(longest=200)
    through(step, *(Document(text, "x") for text in (SPUN, CLEAN, ALSO_SPUN, "rain " * 50)))
    found = {name: (each.total, each.n) for name, each in step.stats.stats.items()}
    edits = sum(len(repaired(text)["normalizer"]["edits"]) for text in (SPUN, ALSO_SPUN))
    done = {"total": 4, "read": 3, "spun": 2, "repaired": 2, "edits": edits, "referenced": 0, "unread": 1}
    done["doc_len"] = sum(len(repaired(text)["text"]) for text in (SPUN, ALSO_SPUN)) + len(CLEAN) + 250
    assert found == {name: (total, 4) for name, total in done.items()}
    assert step.stats.time_stats.n == 1 and step.stats.time_stats.unit == "batch"


def test_nothing_in_nothing_out():
    assert list(NormalizerStep().run(None)) == list(NormalizerStep().run(iter(()))) == []


def test_documents_come_out_before_all_have_been_read(monkeypatch):
    monkeypatch.setattr("normalizer.engines.repairer.RECORDS", 2)
    read = []

    def documents():
        for number in range(6):
            read.append(number)
            yield Document(SPUN, str(number))

    found = NormalizerStep().run(documents())
    assert (next(found).id, read) == ("0", [0, 1])
    assert [each.id for each in found] == ["1", "2", "3", "4", "5"]


def test_the_text_is_the_documents_whatever_the_metadata_call_a_text():
    metadata = {"text": ALSO_SPUN, "body": ALSO_SPUN, "id": "other"}
    for step in (NormalizerStep(), NormalizerStep(text="body"), NormalizerStep(text="article.body")):
        [found] = through(step, Document(SPUN, "1", metadata=dict(metadata)))
        assert found.text == repaired(SPUN)["text"] and {**found.metadata, **metadata} == found.metadata
        [found] = through(step, Document("", "1", metadata=dict(metadata)))
        assert (found.text, found.metadata) == ("", metadata)


def test_references_stand_in_the_metadata():
    [found] = through(
        NormalizerStep(references="clean"), Document(SPUN, "1", metadata={"clean": ["Talks will continue, he said."]})
    )
    assert len(found.metadata["normalizer"]["references"]) == 1


@examples(10)
@given(st.lists(st.sampled_from(TEXTS), max_size=6))
def test_documents_give_what_their_records_give(texts):
    records = [{"id": str(place), "text": text} for place, text in enumerate(texts)]
    found = through(NormalizerStep(), *(Document(record["text"], record["id"]) for record in records))
    assert [{"id": each.id, "text": each.text} | each.metadata for each in found] == list(
        Repairer().repair_many(records)
    )


def test_a_block_is_small_to_copy_and_to_pickle_even_after_it_was_used(tmp_path):
    step = NormalizerStep(kept=tmp_path, lexicons=[tmp_path / "a.tsv"])
    used = NormalizerStep()
    through(used, Document(SPUN, "1"))
    for each in (step, used):
        assert len(pickle.dumps(each)) < MOST_BYTES
        twin = pickle.loads(pickle.dumps(copy.deepcopy(each)))
        assert twin.repairer == each.repairer and str(twin) == str(each)
    LocalPipelineExecutor([step], logging_dir=str(tmp_path)).save_executor_as_json()
    [written_down] = json.loads((tmp_path / "executor.json").read_text("utf-8"))["pipeline"]
    assert written_down["repairer"]["kept"] == str(tmp_path)


def test_what_cannot_be_is_said_at_once_or_where_it_is_read(tmp_path):
    with pytest.raises(InputError, match="expected one source of references, found stories and kept"):
        NormalizerStep(kept=tmp_path, stories=tmp_path)
    with pytest.raises(CorpusError, match="expected the folder of a kept run"):
        through(NormalizerStep(kept=tmp_path), Document(SPUN, "1"))


def test_without_datatrove_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datatrove.pipeline.base", None)
    monkeypatch.delitem(sys.modules, "normalizer.engines.datatrove")
    with pytest.raises(ImportError, match=r"pip install 'normalizer\[datatrove\]'"):
        import_module("normalizer.engines.datatrove")


# --- in an executor -------------------------------------------------------------------------------------------


def lay_out(folder: Path) -> None:
    """Write two files, so that each of two tasks has one."""
    (folder / "scrape").mkdir()
    for name in ("a", "b"):
        records = [{"id": f"{name}{place}", "text": text, "n": 1} for place, text in enumerate(COLUMN)]
        written(folder / "scrape" / f"{name}.jsonl", records)


def test_tasks_share_what_there_is_and_count_it_together(tmp_path):
    lay_out(tmp_path)
    steps = [
        JsonlReader(f"{tmp_path}/scrape", add_file_path=False),
        NormalizerStep(),
        LambdaFilter(lambda document: document.id != "b2"),
        JsonlWriter(f"{tmp_path}/out", compression=None),
    ]
    stats = LocalPipelineExecutor(steps, tasks=2, workers=1, logging_dir=f"{tmp_path}/logs").run()
    for name, rank in (("a", 0), ("b", 1)):
        found = {each["id"]: each for each in read_back(tmp_path / "out" / f"{rank:05}.jsonl")}
        assert list(found) == [f"{name}{place}" for place in (0, 2, 3) if (name, place) != ("b", 2)]
        for id_, each in found.items():
            expected = repaired(COLUMN[int(id_[1])])
            assert (each["text"], each["metadata"].get("normalizer")) == (expected["text"], expected["normalizer"])
            assert each["metadata"]["n"] == 1
    counted = stats.stats[1].stats
    assert (counted["total"].total, counted["read"].total, counted["repaired"].total) == (6, 6, 4)


def test_the_example_runs_as_it_stands_on_two_workers(tmp_path, monkeypatch):
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    [example] = examples_of("datatrove")
    exec(example, {"__name__": "__main__"})
    found = list(JsonlReader("repaired").run())
    assert sorted(each.id for each in found) == ["a0", "a2", "a3", "b0", "b2", "b3"]
    for each in found:
        expected = repaired(COLUMN[int(each.id[1])])
        assert (each.text, each.metadata.get("normalizer")) == (expected["text"], expected["normalizer"])


def test_a_writer_of_tables_takes_notes_as_text(tmp_path):
    """Its schema is that of the first document by default, which may have no note."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def row(writer: Any, document: Any) -> dict[str, Any]:
        note = document.metadata.get("normalizer")
        return {"id": document.id, "text": document.text, "normalizer": note and json.dumps(note)}

    schema = pa.schema([(name, pa.string()) for name in ("id", "text", "normalizer")])
    writer = ParquetWriter(str(tmp_path), adapter=row, schema=schema)
    list(writer.run(NormalizerStep().run(iter([Document(CLEAN, "1"), Document(SPUN, "2")]))))
    found = parquet.read_table(tmp_path).to_pylist()
    assert [each["text"] for each in found] == [CLEAN, repaired(SPUN)["text"]]
    assert [each["normalizer"] and json.loads(each["normalizer"]) for each in found] == [
        None, repaired(SPUN)["normalizer"]
    ]  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kept_run_gives_what_corpus_wrote(workers, tmp_path):
    output, folder = keep(tmp_path)
    records = [record for record in scrape() if record["text"]]
    found = ADAPTERS["datatrove"].run(records, workers, {"kept": folder})
    assert digest(found) == digest(read_back(output)) != digest(records)
