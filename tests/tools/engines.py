"""The adapters of `normalizer.engines`, run on a whole scrape: whether all do the same, and what each costs.

    python -m tests.tools.engines same FOLDER KEPT OUTPUT
    python -m tests.tools.engines speed FOLDER [--kept KEPT] [--articles 200]

FOLDER holds scrape.jsonl; OUTPUT is what `normalizer corpus FOLDER/scrape.jsonl -o OUTPUT --keep KEPT` made of it. An
adapter whose library is not installed is left out.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click

from normalizer.corpus.records import FIELD
from normalizer.engines import Repairer, RepairOptions
from tests.tools.options import PATH, OneLineGroup
from tests.tools.scraping.truth import SCRAPE

Records = list[dict[str, Any]]
PLAIN = "plain loop"
PARTS = 4  # files that datatrove reads, so that its workers have something to share


class Adapter(NamedTuple):
    """A way to repair records. run: records, how many workers, options; what comes out. library: that it needs."""

    run: Callable[[Records, int, RepairOptions], Records]
    library: str
    most_workers: int = 1


def by_loop(records: Records, workers: int, options: RepairOptions) -> Records:
    """Repair *records* without any library: what the others are measured by."""
    return list(Repairer.of(**options).repair_many(records))


def by_pandas(records: Records, workers: int, options: RepairOptions) -> Records:
    """Repair *records* as a frame of pandas; objects, so that nothing is made a number or a date on the way."""
    import pandas as pd

    from normalizer.engines.frames import repair_frame

    frame = repair_frame(pd.DataFrame(records, dtype=object), **options)
    return _noted(frame.where(frame.notna(), None).to_dict("records"))


def by_polars(records: Records, workers: int, options: RepairOptions) -> Records:
    """Repair *records* as a frame of polars."""
    import polars as pl

    from normalizer.engines.frames import repair_frame

    return _noted(repair_frame(pl.DataFrame(records, infer_schema_length=None), **options).to_dicts())


def by_dask(records: Records, workers: int, options: RepairOptions) -> Records:
    """Repair *records* as a frame of Dask, in so many processes."""
    import dask
    import dask.dataframe as dd
    import pandas as pd

    from normalizer.engines.frames import repair_frame

    with dask.config.set({"dataframe.convert-string": False}):  # it would make texts of objects
        frame = dd.from_pandas(pd.DataFrame(records, dtype=object), npartitions=PARTS, sort=False)
        meta = repair_frame(frame._meta, **options)
        repaired = frame.map_partitions(repair_frame, meta=meta, **options)
        done = repaired.compute(scheduler="processes", num_workers=workers)
    return _noted(done.where(done.notna(), None).to_dict("records"))


def by_datatrove(records: Records, workers: int, options: RepairOptions) -> Records:
    """Repair *records* by datatrove's local executor, from JSONL to JSONL."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    from normalizer.engines.datatrove import NormalizerStep

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        for part in range(PARTS):
            write_records(folder / "in" / f"{part}.jsonl", records[part::PARTS])
        steps = [
            JsonlReader(f"{folder}/in", add_file_path=False),
            NormalizerStep(**options),
            JsonlWriter(f"{folder}/out", compression=None),
        ]
        LocalPipelineExecutor(steps, tasks=PARTS, workers=workers, logging_dir=f"{folder}/logs").run()
        documents = [each for path in sorted((folder / "out").iterdir()) for each in read_records(path)]
    return [document.pop("metadata", {}) | document for document in documents]


def by_ray(records: Records, workers: int, options: RepairOptions) -> Records:
    """Repair *records* as a dataset of Ray, by so many actors on this machine."""
    import ray

    from normalizer.engines.ray import repair_dataset

    ray.init(num_cpus=workers + 1, include_dashboard=False, log_to_driver=False, logging_level="error")
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        dataset = ray.data.from_items(records, override_num_blocks=PARTS * workers)
        return _noted(repair_dataset(dataset, workers=workers, **options).take_all())
    finally:
        ray.shutdown()


ADAPTERS = {
    PLAIN: Adapter(by_loop, "normalizer"),
    "pandas": Adapter(by_pandas, "pandas"),
    "polars": Adapter(by_polars, "polars"),
    "dask": Adapter(by_dask, "dask", most_workers=2),
    "datatrove": Adapter(by_datatrove, "datatrove", most_workers=2),
    "ray": Adapter(by_ray, "ray", most_workers=2),
}


def installed() -> dict[str, Adapter]:
    """Return the adapters whose libraries are there."""
    return {name: adapter for name, adapter in ADAPTERS.items() if find_spec(adapter.library) is not None}


def _noted(records: Records) -> Records:
    """Return the records of a table, where notes are texts."""
    return [{**record, FIELD: json.loads(record[FIELD] or "null")} for record in records]


def read_records(path: Path, most: int | None = None) -> Records:
    """Return the records of a JSON Lines file, or the first of them."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in islice(lines, most)]


def write_records(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write *records* as JSON Lines."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")


def canonical(record: dict[str, Any]) -> str:
    """Return *record* so that it reads alike from everywhere: sorted, and without fields that say nothing."""
    return json.dumps({name: value for name, value in record.items() if value is not None}, sort_keys=True)


def digest(records: Iterable[dict[str, Any]]) -> str:
    """Return a hash over *records* that does not depend on their order.

    >>> digest([{"b": 1, "a": 2}, {"c": None}]) == digest([{}, {"a": 2, "b": 1}])
    True
    """
    return sha256("\n".join(sorted(map(canonical, records))).encode()).hexdigest()[:16]


@click.group(cls=OneLineGroup)
def main() -> None:
    """Run the adapters of other people's pipelines on a whole scrape."""


@main.command()
@click.argument("folder", type=PATH)
@click.argument("kept", type=PATH)
@click.argument("output", type=PATH)
@click.option("--only", multiple=True, metavar="ADAPTER", help="Only these.")
def same(folder: Path, kept: Path, output: Path, only: Sequence[str]) -> None:
    """Print a hash over the sorted records that come out of each adapter, beside that of OUTPUT."""
    records, expected = read_records(folder / SCRAPE), digest(read_records(output))
    click.echo(f"corpus       {expected}  {_repaired(read_records(output))} of {len(records)} records repaired")
    differ = []
    for name, adapter in installed().items():
        if only and name not in only:
            continue
        found = adapter.run(records, adapter.most_workers, {"kept": kept})
        click.echo(f"{name:12} {digest(found)}  {_repaired(found)} of {len(found)} records repaired")
        differ += [name] if digest(found) != expected else []
    if find_spec("ray") is not None and (not only or "ray corpus" in only):
        found = _by_ray_corpus(folder / SCRAPE)
        click.echo(f"{'ray corpus':12} {digest(found)}  {_repaired(found)} of {len(found)} records repaired")
        differ += ["ray corpus"] if digest(found) != expected else []
    if differ:
        raise click.ClickException(f"expected what corpus wrote, found something else from {', '.join(differ)}")


def _by_ray_corpus(scrape: Path) -> Records:
    """Return what becomes of a whole scrape on Ray, without a kept run: found, learnt and repaired anew."""
    import ray

    from normalizer.corpus import Options
    from normalizer.engines.ray_corpus import run as run_on_ray

    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, logging_level="error")
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        with tempfile.TemporaryDirectory() as name:
            run_on_ray(Options((scrape,), Path(name) / "out.jsonl"), workers=2)
            return read_records(Path(name) / "out.jsonl")
    finally:
        ray.shutdown()


def _repaired(records: Records) -> int:
    return sum(record.get(FIELD) is not None for record in records)


@main.command()
@click.argument("folder", type=PATH)
@click.option("--kept", type=PATH, help="Repair as this run did.")
@click.option("--articles", type=click.IntRange(2), default=200, show_default=True, help="How many.")
@click.option("--times", type=click.IntRange(1), default=3, show_default=True, help="Rounds over all of them.")
@click.option("--only", multiple=True, metavar="ADAPTER", help="Only these, beside the plain loop.")
def speed(folder: Path, kept: Path | None, articles: int, times: int, only: Sequence[str]) -> None:
    """Print what starting each adapter costs, and how fast it is then, as a ratio to the plain loop.

    Each run is a process of its own, and the quickest of each kind counts. Start-up is a run that repairs a single
    article; what more articles take besides is counted for the throughput. The time of all processors together says
    what an adapter itself costs, also where the machine is busy.
    """
    rows = [
        (name, workers)
        for name, adapter in installed().items()
        if not only or name in (PLAIN, *only)
        for workers in range(1, adapter.most_workers + 1)
    ]
    taken: dict[tuple[str, int, int], list[Taken]] = {}
    for _ in range(times):  # in rounds, so that a busy minute is nobody's alone
        for name, workers in rows:
            for count in (1, articles):
                taken.setdefault((name, workers, count), []).append(_taken(name, workers, folder, kept, count))
    best = {key: Taken(*map(min, zip(*each, strict=True))) for key, each in taken.items()}
    click.echo(f"{articles} articles, best of {times}; start-up: from nothing to the first article out")
    click.echo("| adapter | workers | start-up, s | articles/s | of the plain loop | processor time, of its |")
    click.echo("|---|---|---|---|---|---|")
    loop = best[PLAIN, 1, articles].beyond(best[PLAIN, 1, 1])
    for name, workers in rows:
        start = best[name, workers, 1]
        more = best[name, workers, articles].beyond(start)
        rate, faster = (articles - 1) / more.seconds, loop.seconds / more.seconds
        of_all = f"{more.processor / loop.processor:.2f}" if workers == 1 else ""  # workers of a pool may go uncounted
        click.echo(f"| {name} | {workers} | {start.seconds:.1f} | {rate:.1f} | {faster:.2f} | {of_all} |")


class Taken(NamedTuple):
    """What a run took: seconds by the clock, and of all processors together."""

    seconds: float
    processor: float

    def beyond(self, other: "Taken") -> "Taken":
        """Return what this one took more than the *other*."""
        return Taken(self.seconds - other.seconds, self.processor - other.processor)


def _taken(name: str, workers: int, folder: Path, kept: Path | None, articles: int) -> Taken:
    """Return what a process takes, with its own, that repairs so many articles by the adapter *name*."""
    command = [sys.executable, "-m", "tests.tools.engines", "run", name, str(folder), str(workers), str(articles)]
    before, begun = _processor_time(), time.perf_counter()
    subprocess.run([*command, *(["--kept", str(kept)] if kept else [])], check=True, capture_output=True)
    return Taken(time.perf_counter() - begun, _processor_time() - before)


def _processor_time() -> float:
    """Return the seconds that processes have taken which this one started and saw end, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@main.command(hidden=True)
@click.argument("name", type=click.Choice(list(ADAPTERS)))
@click.argument("folder", type=PATH)
@click.argument("workers", type=int)
@click.argument("articles", type=int)
@click.option("--kept", type=PATH)
def run(name: str, folder: Path, workers: int, articles: int, kept: Path | None) -> None:
    """Repair the first articles of a scrape once: the process that `speed` measures."""
    ADAPTERS[name].run(read_records(folder / SCRAPE, articles), workers, {"kept": kept} if kept else {})


if __name__ == "__main__":
    main()
