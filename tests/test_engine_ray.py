"""Ray: datasets repaired by actors, and a whole scrape with the same bytes out as without Ray."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_cases import NAMES, keep, read_back, scrape, spun, written
from engine_examples import CLEAN, SPUN, examples_of, repaired
from strategies import environment

from normalizer.corpus.running import Options
from normalizer.engines import Repairer
from normalizer.errors import CorpusError, InputError

ray = pytest.importorskip("ray")
pyarrow = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.engines


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Two workers on this machine."""
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), environment().get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))  # workers find this module by its name
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return keep(tmp_path_factory.mktemp("kept"))


def rows(dataset: Any) -> dict[str, dict[str, Any]]:
    found = {row["id"]: dict(row) for row in dataset.take_all()}
    return {
        id_: {**row, "normalizer": row["normalizer"] and json.loads(row["normalizer"])} for id_, row in found.items()
    }


def test_a_dataset_is_repaired_as_the_plain_loop_does_and_missing_texts_stay_missing(kept):
    from normalizer.engines.ray import repair_dataset

    wanted = {record["id"]: {"normalizer": None} | record for record in Repairer.of(kept=kept[1]).repair_many(scrape())}
    dataset = ray.data.from_items(list(scrape()), override_num_blocks=3)
    assert rows(repair_dataset(dataset, workers=2, kept=kept[1])) == wanted
    assert wanted["missing"]["text"] is None and wanted[f"{NAMES[0]}-a"]["normalizer"]["edits"]


def test_a_missing_column_is_told_of_before_anything_runs():
    from normalizer.engines.ray import repair_dataset

    with pytest.raises(InputError, match="expected a column body with text, found id; name it"):
        repair_dataset(ray.data.from_items([{"id": 1}]), text="body")


class Dying:
    """Repairs as the actor does, and dies once on its way."""

    def __init__(self, repairer: Repairer, mark: Path) -> None:
        from normalizer.engines.ray import _Actor

        self.actor, self.mark = _Actor(repairer), mark

    def __call__(self, table: Any) -> Any:
        found = self.actor(table)
        if not self.mark.exists():
            self.mark.write_text("died")
            os._exit(1)
        return found


def test_a_worker_that_dies_is_replaced_and_nothing_is_lost_or_twice(kept, tmp_path):
    dataset = ray.data.from_items(list(scrape()), override_num_blocks=4).map_batches(
        Dying,
        fn_constructor_args=(Repairer.of(kept=kept[1]), tmp_path / "mark"),
        batch_size=4,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=1),
    )
    found = dataset.take_all()
    assert (tmp_path / "mark").exists()
    assert sorted(row["id"] for row in found) == sorted(record["id"] for record in scrape())


def test_a_whole_scrape_comes_out_byte_for_byte_as_without_ray(kept, tmp_path):
    from normalizer.engines.ray_corpus import run

    output, _ = kept
    source = output.with_name("in.jsonl")
    summary = run(Options((source,), tmp_path / "out.jsonl", teach=False, keep=tmp_path / "kept"))
    assert (tmp_path / "out.jsonl").read_bytes() == output.read_bytes()
    assert summary.repaired == summary.referenced == 6
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["run.sqlite", "stories.sqlite"]
    record = {**spun(), "id": "later", "text": "A first line.\n\n" + spun()["text"]}
    (later,) = Repairer.of(kept=tmp_path / "kept").repair_many([record])
    assert later == next(Repairer.of(kept=kept[1]).repair_many([record]))


def test_what_cannot_be_read_is_told_of_and_ends_a_strict_run(tmp_path):
    from normalizer.engines.ray_corpus import run

    source = written(tmp_path / "in.jsonl", [{"id": "a", "text": "It rained."}, {"id": "b", "text": 5}])
    with pytest.raises(CorpusError, match="record 2: expected text"):
        run(Options((source,), tmp_path / "strict.jsonl", strict=True))
    run(Options((source,), tmp_path / "out.jsonl", rejects=tmp_path / "rejects.jsonl"))
    assert [record["id"] for record in read_back(tmp_path / "out.jsonl")] == ["a"]
    assert [reject["number"] for reject in read_back(tmp_path / "rejects.jsonl")] == [2]


def test_a_story_store_of_ones_own_is_refused(tmp_path):
    from normalizer.engines.ray_corpus import run

    with pytest.raises(InputError, match="stories: expected none on Ray"):
        run(Options((tmp_path,), tmp_path / "out", stories=tmp_path / "news.store"))


def test_the_examples_run_as_they_stand(tmp_path):
    written(tmp_path / "scrape.jsonl", [{"id": 1, "text": SPUN}, {"id": 2, "text": CLEAN}])
    (tmp_path / "examples.py").write_text("\n".join([examples_of("ray")[0], examples_of("pathlib")[0]]), "utf-8")
    ran = subprocess.run(
        [sys.executable, "examples.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = pyarrow.read_table(tmp_path / "repaired").to_pylist()
    assert {row["id"]: row["text"] for row in found} == {1: repaired(SPUN)["text"], 2: CLEAN}
    assert [record["id"] for record in read_back(tmp_path / "repaired.jsonl")] == [1, 2]
    assert "Summary(records=2" in ran.stdout
