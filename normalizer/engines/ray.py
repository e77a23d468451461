"""Ray Data: datasets repaired by actors that load their tables once.

    import ray
    from normalizer.engines.ray import repair_dataset

    repair_dataset(ray.data.read_parquet("scrape/"), text="body").write_parquet("repaired/")

For a whole scrape that finds its references in itself see `normalizer.engines.ray_corpus`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from normalizer.corpus.fields import text_of
from normalizer.corpus.records import FIELD, Fields
from normalizer.engines.missing import extra
from normalizer.engines.repairer import Outcome, Repairer, RepairOptions
from normalizer.errors import InputError
from normalizer.language_model.blas import one_blas_thread

with extra("ray"):
    import ray

BATCH = 256  # rows that an actor reads at once


def repair_dataset(
    dataset: "ray.data.Dataset",
    *,
    workers: int | None = None,
    batch_size: int = BATCH,
    **options: Unpack[RepairOptions],
) -> "ray.data.Dataset":
    """Return *dataset* with its texts repaired, and a column `normalizer` of JSON texts, null where nothing was.

    Args:
        dataset: rows with a text; other columns pass through. Missing texts stay missing.
        workers: actors at most, each with tables of its own; as many as the cluster has CPUs by default.
        batch_size: rows that an actor reads side by side.
        options: how records are repaired, see `RepairOptions`. Files that they name must be there on every node.

    Returns:
        A lazy dataset; rows come in the order of *dataset* if its execution keeps that.

    Raises:
        InputError: if the options do not go together, or there is no column for the text.
    """
    repairer = Repairer.of(**options)
    _require_text(dataset, repairer.fields)
    return dataset.map_batches(
        _Actor,
        fn_constructor_args=(repairer,),
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers or cpus()),
    )


def cpus() -> int:
    """Return how many CPUs the cluster has; starts Ray on this machine if there is none."""
    if not ray.is_initialized():
        ray.init()
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _require_text(dataset: "ray.data.Dataset", fields: Fields) -> None:
    columns = dataset.columns() or []
    if columns and not any(text.split(".")[0] in columns for text in fields.texts):
        raise InputError(
            f"expected a column {' or '.join(fields.texts)} with text, found {', '.join(columns)}; name it: text=NAME"
        )


class _Actor:
    """Repairs batches of rows; tables are loaded with the first."""

    def __init__(self, repairer: Repairer) -> None:
        one_blas_thread().__enter__()  # for good: whoever reads many articles runs many processes
        self._repairer = repairer

    def __call__(self, table: Any) -> Any:
        rows = table.select(_needed(table.column_names, self._repairer)).to_pylist()
        return with_outcomes(table, rows, self._repairer.outcomes(rows), self._repairer.fields)


def _needed(columns: Sequence[str], repairer: Repairer) -> list[str]:
    """Return the *columns* that a repairer looks at."""
    fields = {*repairer.fields.texts, *repairer.fields, repairer.references}
    heads = {head for field in fields if field for head in (field, field.split(".")[0])}
    return [column for column in columns if column in heads]


def with_outcomes(table: Any, rows: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome], fields: Fields) -> Any:
    """Return a pyarrow *table* with what became of its rows."""
    from normalizer.corpus.tables import repaired

    texts: dict[tuple[str, ...], dict[int, str]] = {}
    for place, (row, outcome) in enumerate(zip(rows, outcomes, strict=True)):
        if outcome.content is not None:
            texts.setdefault(text_of(row, fields)[0], {})[place] = outcome.content
    notes = [None if each.note is None else json.dumps(each.note, ensure_ascii=False) for each in outcomes]
    return repaired(table, texts, notes)


__all__ = ["FIELD", "repair_dataset"]
