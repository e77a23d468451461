"""Data frames of pandas and polars, and through them those of Dask and Spark.

A frame comes out as it came, with the text column repaired and a column `normalizer`: the note on each repair as JSON
text, missing where nothing was repaired. Both libraries' rows are read as records, and what changes is put back column
by column.

    repaired = repair_frame(frame)                                             # pandas and polars, also a LazyFrame
    repaired = frame.map_partitions(repair_frame, meta=repair_frame(frame._meta))                             # Dask
    noted = frame.withColumn("normalizer", lit(None).cast("string"))                                         # Spark
    repaired = noted.mapInPandas(repair_frames, noted.schema)
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, Unpack

from normalizer.corpus.fields import leads_to, no_text, text_of
from normalizer.corpus.records import FIELD
from normalizer.engines.repairer import RECORDS, Fielded, Repairer, RepairOptions
from normalizer.errors import InputError

Frame = TypeVar("Frame")
Cells = dict[int, Any]  # of a column, by the number of their row from 0


def repair_frame(frame: Frame, **options: Unpack[RepairOptions]) -> Frame:
    """Return *frame* with its text column repaired and a column `normalizer`; the frame itself stays as it is.

    frame: DataFrame of pandas, or DataFrame or LazyFrame of polars. The options name its columns: "a.b" is the field b
    of the objects in the column a; references may be a column of lists. Index, other columns, types and missing values
    stay as they are; a categorical column gets the categories that it lacks, and an Enum of polars, which takes none,
    becomes text. A column `normalizer` that is there already keeps what it says of rows that are not repaired; what is
    no text in it is written as JSON. A LazyFrame stays lazy; where it streams, it is repaired part by part.

    Raises InputError where no column holds the text, naming those that are there, or where options do not go together;
    TypeError for what is no such frame; LexiconError, ModelError, StoreError or CorpusError where tables, store or kept
    run cannot be read.
    """
    repairer = Repairer.of(**options)
    kinds = [_name_of(kind) for kind in type(frame).__mro__]
    repair = next((_REPAIRS[kind] for kind in kinds if kind in _REPAIRS), None)
    if repair is None:
        raise TypeError(
            f"expected a frame of pandas or polars (pip install 'normalizer[pandas]' or 'normalizer[polars]'), found "
            f"{kinds[0]}; for Dask use frame.map_partitions(repair_frame, ...), for Spark repair_frames"
        )
    repaired: Frame = repair(frame, repairer)
    return repaired


def repair_frames(frames: Iterable[Frame], **options: Unpack[RepairOptions]) -> Iterator[Frame]:
    """Yield *frames* repaired, each as `repair_frame` does: a function for Spark's `mapInPandas`.

    What it yields has the schema of the frames with a column `normalizer` of strings that may be missing.
    """
    for frame in frames:
        yield repair_frame(frame, **options)


def _name_of(kind: type) -> str:
    """Return the library that a class is of, and its name: "pandas.DataFrame"."""
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


def _needed(columns: Iterable[Any], repairer: Repairer) -> list[str]:
    """Return the *columns* that the fields of a record lie in. Raises InputError where none holds the text."""
    known = list(columns)
    fields = [*repairer.fields.texts, *repairer.fields[1:], *filter(None, [repairer.references])]
    needed = [name for name in known if isinstance(name, str) and any(leads_to(name, field) for field in fields)]
    if not any(_holds_text(name, repairer) for name in needed):
        raise no_text([str(name) for name in known], repairer.fields)
    twice = {name for name in [*needed, FIELD] if known.count(name) > 1}
    if twice:
        raise InputError(f"expected one column {min(twice)}, found several; rename or drop the others")
    return needed


def _holds_text(name: str, repairer: Repairer) -> bool:
    return any(leads_to(name, field) for field in repairer.fields.texts)


def _changes(rows: Iterable[Fielded], repairer: Repairer) -> dict[str, Cells]:
    """Return the cells that change, by column; those of `normalizer` last, and also where there is none."""
    changes, notes, number = dict[str, Cells](), Cells(), 0
    for batch in repairer.batches(rows):
        for row, outcome in zip(batch, repairer.outcomes(batch), strict=True):
            if outcome.content is not None:
                name = text_of(row, repairer.fields)[0][0]
                changes.setdefault(name, {})[number] = repairer.rewritten(row, outcome)[name]
            if outcome.note is not None:
                notes[number] = _as_text(outcome.note)
            number += 1
    return changes | {FIELD: notes}


def _as_text(note: Any) -> str:
    return note if isinstance(note, str) else json.dumps(note, ensure_ascii=False, default=str)


# --- pandas ---------------------------------------------------------------------------------------------------


def _repair_pandas(frame: Any, repairer: Repairer) -> Any:
    needed = _needed(frame.columns, repairer)
    repaired = frame.copy(deep=False)
    for name, cells in _changes(_pandas_rows(frame, needed), repairer).items():
        before = _pandas_notes(frame, needed, repairer) if name == FIELD else frame[name]
        repaired[name] = _pandas_column(before, cells)
    return repaired


def _pandas_rows(frame: Any, names: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of *frame* as Python's own values, None where one is missing."""
    for start in range(0, len(frame), RECORDS):
        part = frame.iloc[start : start + RECORDS]
        columns = [
            [None if missing else cell for cell, missing in zip(part[name].tolist(), part[name].isna(), strict=True)]
            for name in names
        ]
        yield from (dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True))


def _pandas_notes(frame: Any, needed: list[str], repairer: Repairer) -> Any:
    """Return the column `normalizer` as text; a new one is of the type of the text column, if that is one of texts."""
    import pandas as pd

    is_text = pd.api.types.is_string_dtype  # of object, too, where it is given the type alone
    if FIELD not in frame.columns:
        dtype = next(frame[name].dtype for name in needed if _holds_text(name, repairer))
        return pd.Series([None] * len(frame), frame.index, dtype if is_text(dtype) else object)
    before = frame[FIELD] if is_text(frame[FIELD].dtype) else frame[FIELD].astype(object)
    if before.dtype != object:
        return before
    cells = [cell if missing else _as_text(cell) for cell, missing in zip(before, before.isna(), strict=True)]
    return pd.Series(cells, frame.index, object)


def _pandas_column(before: Any, cells: Cells) -> Any:
    """Return a column with new *cells*; one of texts without making objects of those that stay."""
    import pandas as pd

    rows, new = list(cells), list(cells.values())
    if isinstance(before.dtype, pd.CategoricalDtype):
        lacking = [each for each in dict.fromkeys(new) if each not in before.cat.categories]
        array = before.array.add_categories(lacking)
    elif pd.api.types.is_string_dtype(before.dtype):
        array = before.array.copy()
    else:  # other arrays may take new cells wrongly, as Arrow's dictionaries do
        array = before.to_numpy(object, copy=True)
    if rows:
        array[rows] = new
    return pd.Series(array, before.index, before.dtype if array.dtype == object else array.dtype)


# --- polars ---------------------------------------------------------------------------------------------------


def _repair_polars(frame: Any, repairer: Repairer) -> Any:
    import polars as pl

    needed = _needed(frame.columns, repairer)
    types = _polars_types(frame.schema, repairer)
    rows = (row for part in frame.select(needed).iter_slices(RECORDS) for row in part.iter_rows(named=True))
    changes = _changes(rows, repairer)
    columns = []
    for name, dtype in types.items():
        if name == FIELD:
            before = frame[FIELD] if FIELD in frame.columns else pl.Series(FIELD, [None] * len(frame), pl.String)
            columns.append(_polars_column(_polars_notes(before), changes[FIELD], dtype))
        else:
            columns.append(_polars_column(frame[name], changes.get(name, {}), dtype))
    return frame.with_columns(columns)


def _polars_types(schema: Mapping[str, Any], repairer: Repairer) -> dict[str, Any]:
    """Return the types of the columns that may change, as they come out."""
    import polars as pl

    texts = [name for name in schema if _holds_text(name, repairer)]
    return {name: pl.String() if schema[name] == pl.Enum else schema[name] for name in texts} | {FIELD: pl.String()}


def _polars_notes(before: Any) -> Any:
    import polars as pl

    if before.dtype == pl.String:
        return before
    return pl.Series(before.name, [None if cell is None else _as_text(cell) for cell in before], pl.String)


def _polars_column(before: Any, cells: Cells, dtype: Any) -> Any:
    import polars as pl

    if cells:
        new = pl.Series(before.name, [cells.get(row) for row in range(len(before))], dtype)
        before = new.zip_with(new.is_not_null(), before.cast(dtype))
    return before.cast(dtype)


def _repair_lazily(frame: Any, repairer: Repairer) -> Any:
    schema = frame.collect_schema()
    _needed(schema, repairer)
    return frame.map_batches(
        lambda part: _repair_polars(part, repairer),
        predicate_pushdown=False,  # what is asked of repaired texts and notes cannot be asked before
        projection_pushdown=False,  # a column that nobody wants in the end may be needed to repair
        schema={**schema, **_polars_types(schema, repairer)},
        streamable=True,
    )


_REPAIRS: Mapping[str, Callable[[Any, Repairer], Any]] = {
    "pandas.DataFrame": _repair_pandas,
    "polars.DataFrame": _repair_polars,
    "polars.LazyFrame": _repair_lazily,
}
