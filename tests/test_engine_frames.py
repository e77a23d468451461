"""Data frames: what is repaired in them, and all that stays as it is."""

import json
import math
import shutil
import sys
from typing import Any

import numpy as np
import pytest
from engine_cases import keep, read_back, scrape, written
from engine_examples import ALSO_SPUN, CLEAN, COLUMN, SPUN, TEXTS, examples_of, repaired
from hypothesis import given
from hypothesis import strategies as st
from strategies import environment, examples

from normalizer.engines import Repairer
from normalizer.engines.frames import repair_frame, repair_frames
from normalizer.errors import InputError
from normalizer.stories import StoryStore, digest_of
from tests.tools.engines import ADAPTERS, digest

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

pytestmark = pytest.mark.engines

EXPECTED = [repaired(text) for text in COLUMN]
PANDAS_TYPES = (
    "object", "string[python]", "string[pyarrow]", "category", pd.ArrowDtype(pa.string()),
    pd.ArrowDtype(pa.large_string()), pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())),
    pytest.param("str", marks=pytest.mark.skipif(pd.__version__ < "3", reason="a type of pandas 3")),
)  # fmt: skip
POLARS_TYPES = (pl.String, pl.Categorical, pl.Enum([SPUN, CLEAN, ALSO_SPUN]))
MISSING = (None, math.nan, pd.NA, pd.NaT, np.datetime64("NaT"))


def notes(column: Any) -> list[Any]:
    """Return the notes of a column, None for what is missing."""
    return [json.loads(cell) if isinstance(cell, str) else None for cell in column]


def texts(column: Any) -> list[Any]:
    return [cell if isinstance(cell, str) else None for cell in column]


def pandas_frame(dtype: Any = object) -> Any:
    text = pd.Series(list(COLUMN), dtype=object).astype(dtype)
    frame = pd.DataFrame({"n": [1, 2, 3, 4], "text": text, "when": pd.to_datetime(["2022-01-21"] * 4)})
    return frame.set_axis(pd.Index([7, 7, 8, 9], name="row"))


# --- pandas ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", PANDAS_TYPES, ids=str)
def test_texts_of_any_type_are_repaired_and_all_else_stays(dtype):
    frame, before = pandas_frame(dtype), pandas_frame(dtype)
    found = repair_frame(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert list(found.columns) == ["n", "text", "when", "normalizer"]
    pd.testing.assert_frame_equal(found[["n", "when"]], before[["n", "when"]])
    assert found["text"].dtype == before["text"].dtype or dtype == "category"
    assert found["text"].isna().tolist() == [False, True, False, False]
    assert texts(found["text"]) == [each["text"] for each in EXPECTED]
    assert notes(found["normalizer"]) == [each["normalizer"] for each in EXPECTED]
    assert found["normalizer"].isna().tolist() == [False, True, True, False]


def test_categories_are_added_and_none_is_lost():
    before, found = pandas_frame("category")["text"], repair_frame(pandas_frame("category"))["text"]
    categories = list(before.cat.categories)
    assert list(found.cat.categories) == [*categories, EXPECTED[0]["text"], EXPECTED[3]["text"]]


@pytest.mark.parametrize("missing", MISSING, ids=repr)
def test_a_missing_value_stays_the_very_same(missing):
    cells, empty = (pd.Series(each, dtype=object) for each in ([missing, SPUN, missing], [missing] * 3))
    found = repair_frame(
        pd.DataFrame({"text": cells, "id": empty, "date": empty, "url": empty, "clean": empty}), references="clean"
    )
    assert [found["text"].array[row] is missing for row in range(3)] == [True, False, True]
    assert found["text"].array[1] == repaired(SPUN)["text"]
    assert all(found[name].array[1] is missing for name in ("id", "date", "url", "clean"))


def test_a_row_may_have_its_text_in_another_column_than_the_one_before():
    frame = pd.DataFrame({"text": [SPUN, math.nan, None], "body": [CLEAN, SPUN, None]})
    found = repair_frame(frame)
    assert texts(found["text"]) == [repaired(SPUN)["text"], None, None]
    assert texts(found["body"]) == [CLEAN, repaired(SPUN)["text"], None]
    assert notes(found["normalizer"]) == [repaired(SPUN)["normalizer"]] * 2 + [None]


def test_what_is_no_text_stays():
    cells = [5, 1.5, b"bytes", ["a"], SPUN, {"a": 1}]
    found = repair_frame(pd.DataFrame({"text": pd.Series(cells, dtype=object)}))
    assert found["text"].tolist() == [*cells[:4], repaired(SPUN)["text"], cells[5]]
    assert found["normalizer"].notna().tolist() == [False] * 4 + [True, False]


def test_a_text_inside_of_objects_is_repaired_and_the_objects_are_left_as_they_were():
    cells = [{"text": SPUN, "by": 1}, None, {"by": 2}, {"text": CLEAN}]
    found = repair_frame(pd.DataFrame({"article": cells}), text="article.text")
    assert found["article"].tolist() == [{"text": repaired(SPUN)["text"], "by": 1}, *cells[1:]]
    assert cells[0]["text"] == SPUN
    packed = pd.ArrowDtype(pa.struct([("text", pa.string()), ("by", pa.int64())]))
    found = repair_frame(pd.DataFrame({"article": pd.Series(cells, dtype=packed)}), text="article.text")["article"]
    assert found.dtype == packed and found.isna().tolist() == [False, True, False, False]
    assert [found[row] for row in (0, 3)] == [{"text": repaired(SPUN)["text"], "by": 1}, {"text": CLEAN, "by": None}]


OLD = ["old", "old"]


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (pd.Series(["old"] * 4, dtype=object), OLD),
        (pd.Series(["old"] * 4, dtype="string[pyarrow]"), OLD),
        (pd.Series([{"a": 1}] * 4), ['{"a": 1}', '{"a": 1}']),
        (pd.Series([1.5] * 4), ["1.5", "1.5"]),
        (pd.Series([math.nan] * 4), [None, None]),
    ],
    ids=["text", "arrow", "objects", "numbers", "nothing"],
)
def test_notes_from_before_are_kept_where_nothing_is_repaired(before, kept):
    frame = pd.DataFrame({"normalizer": before, "text": list(COLUMN)})
    found = repair_frame(frame)
    assert list(found.columns) == ["normalizer", "text"]
    assert [None if pd.isna(cell) else cell for cell in found["normalizer"][1:3]] == kept
    assert notes(found["normalizer"][::3]) == [EXPECTED[0]["normalizer"], EXPECTED[3]["normalizer"]]


def test_subclasses_and_attributes_stay():
    class Table(pd.DataFrame):  # type: ignore[misc]
        @property
        def _constructor(self):
            return Table

    frame = Table({"text": list(COLUMN)})
    frame.attrs["from"] = "here"
    found = repair_frame(frame)
    assert type(found) is Table and found.attrs == {"from": "here"}


# --- polars ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", POLARS_TYPES, ids=str)
@pytest.mark.parametrize("engine", ["eager", "lazy", "streaming"])
def test_frames_of_polars_eager_and_lazy(dtype, engine):
    frame = pl.DataFrame({"n": [1, 2, 3, 4], "text": list(COLUMN)}, schema_overrides={"text": dtype})
    if engine == "eager":
        found = repair_frame(frame)
    else:
        lazy = repair_frame(frame.lazy())
        found = lazy.collect(engine="streaming" if engine == "streaming" else "auto")
        assert lazy.collect_schema() == found.schema
        asked = lazy.filter(pl.col("normalizer").is_not_null()).select("n").collect()
        assert asked["n"].to_list() == [1, 4]
        texts_asked = lazy.filter(pl.col("text").cast(pl.String) == EXPECTED[0]["text"]).collect()
        assert texts_asked["n"].to_list() == [1]
    assert dict(found.schema) == {
        "n": pl.Int64(), "text": pl.String() if dtype == pl.Enum else dtype, "normalizer": pl.String()
    }  # fmt: skip
    assert found["n"].to_list() == [1, 2, 3, 4]
    assert found["text"].to_list() == [each["text"] for each in EXPECTED]
    assert notes(found["normalizer"]) == [each["normalizer"] for each in EXPECTED]
    assert frame["text"].to_list() == list(COLUMN)


def test_structs_of_polars_and_notes_from_before():
    cells = [{"text": SPUN, "by": 1}, None, {"text": None, "by": 2}, {"text": CLEAN, "by": None}]
    before = [{"a": 1}, {"a": 2}, None, {"a": 3}]
    frame = pl.DataFrame({"normalizer": before, "article": cells})
    found = repair_frame(frame, text="article.text")
    assert found.schema == {"normalizer": pl.String(), "article": frame.schema["article"]}
    assert found["article"].to_list() == [{"text": repaired(SPUN)["text"], "by": 1}, *cells[1:]]
    assert notes(found["normalizer"]) == [repaired(SPUN)["normalizer"], {"a": 2}, None, {"a": 3}]


# --- both -----------------------------------------------------------------------------------------------------


rows = st.fixed_dictionaries(
    {"text": st.none() | st.sampled_from(TEXTS), "id": st.none() | st.integers(0, 9).map(str), "n": st.integers(0, 9)}
)
SCHEMA = {"text": pl.String, "id": pl.String, "n": pl.Int64}


def frames_of(records: list[dict[str, Any]]) -> list[Any]:
    return [pd.DataFrame(records, columns=list(SCHEMA), dtype=object), pl.DataFrame(records, schema=SCHEMA)]


def records_of(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of *frame* as records; those of pandas by their cells, which conversions would change."""
    columns = {name: list(frame[name]) for name in frame.columns}
    found = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return [record | {"normalizer": json.loads(record["normalizer"] or "null")} for record in found]


@examples(15)
@given(st.lists(rows, max_size=6))
def test_a_frame_gives_what_its_records_give(records):
    expected = [{**record, "normalizer": record.get("normalizer")} for record in Repairer().repair_many(records)]
    for frame in frames_of(records):
        assert records_of(repair_frame(frame)) == expected


@examples(8)
@given(st.lists(rows, max_size=6), st.data())
def test_a_frame_may_be_split_anywhere(records, data):
    cut = data.draw(st.integers(0, len(records)))
    of_pandas, of_polars = frames_of(records)
    parts = [part for part in (of_pandas.iloc[:cut], of_pandas.iloc[cut:]) if len(part)]
    if parts:
        pd.testing.assert_frame_equal(pd.concat(list(repair_frames(parts))), repair_frame(of_pandas))
    assert pl.concat(list(repair_frames([of_polars[:cut], of_polars[cut:]]))).equals(repair_frame(of_polars))


def test_rows_are_read_in_batches(monkeypatch):
    monkeypatch.setattr("normalizer.engines.frames.RECORDS", 3)
    monkeypatch.setattr("normalizer.engines.repairer.RECORDS", 2)
    for frame in (pd.DataFrame({"text": list(COLUMN * 2)}), pl.DataFrame({"text": list(COLUMN * 2)})):
        assert notes(repair_frame(frame)["normalizer"]) == [each["normalizer"] for each in EXPECTED * 2]


def test_empty_frames_get_the_column_and_load_no_tables(monkeypatch):
    monkeypatch.setattr("normalizer.engines.repairer._Bench", None)
    for frame in frames_of([]):
        found = repair_frame(frame)
        assert list(found.columns) == [*SCHEMA, "normalizer"] and len(found) == 0
    for kind in ("object", "string[pyarrow]"):  # so that the meta of Dask has the types of its parts
        types = repair_frame(pandas_frame(kind)).dtypes
        assert repair_frame(pandas_frame(kind).iloc[:0]).dtypes.equals(types)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pl.LazyFrame], ids=lambda kind: kind.__name__)
def test_a_missing_column_is_named_beside_those_there_are(kind):
    with pytest.raises(InputError, match="expected a field text or body or content with text, found id, words; name"):
        repair_frame(kind({"id": [1], "words": [SPUN]}))
    with pytest.raises(InputError, match=r"^expected a field page\.words with text, found id, words; name"):
        repair_frame(kind({"id": [1], "words": [SPUN]}), text="page.words")


def test_what_cannot_be_is_said():
    with pytest.raises(InputError, match="expected one column text, found several; rename or drop the others"):
        repair_frame(pd.DataFrame([[SPUN, SPUN]], columns=["text", "text"]))
    with pytest.raises(
        TypeError, match=r"frame of pandas or polars .*normalizer\[pandas\].*found builtins.list; for D"
    ):
        repair_frame([SPUN])
    with pytest.raises(InputError, match="expected one source of references"):
        repair_frame(pd.DataFrame({"text": [SPUN]}), stories="a", references="b")


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"text": [SPUN, SPUN], "clean": [np.array(["Talks will continue, he said.", None]), None]}),
        pd.DataFrame({"text": [SPUN, SPUN], "clean": [["Talks will continue, he said."], 5]}, dtype=object),
        pd.DataFrame({"text": [SPUN, SPUN], "clean": ["Talks will continue, he said.", math.nan]}),
        pl.DataFrame({"text": [SPUN, SPUN], "clean": [["Talks will continue, he said."], None]}),
    ],
    ids=["array", "list", "text", "pl.List"],
)
def test_references_may_stand_in_a_column(frame):
    found = notes(repair_frame(frame, references="clean")["normalizer"])
    assert [len(note["references"]) for note in found] == [1, 0]


@pytest.mark.parametrize(
    "dates",
    [
        pd.to_datetime(["2022-01-21T23:30"]),
        pd.to_datetime(["2022-01-21T23:30-05:00"]),
        pd.Series(["2022-01-21"]),
        pd.Series([20220121.0]),
        pl.Series(["2022-01-21"]).str.to_date(),
        pl.Series(["2022-01-21T23:30"]).str.to_datetime(),
    ],
    ids=["datetime64", "zone", "text", "number", "Date", "Datetime"],
)
def test_dates_of_all_types_are_read(dates, tmp_path):
    library = pl if isinstance(dates, pl.Series) else pd
    text = (
        "The ministers of Ruritania and Freedonia met in Strelsau on Friday to talk about the border and its 40 guards."
    )
    frame = library.DataFrame({"text": [text], "date": dates, "id": [5]})
    repair_frame(frame, stories=tmp_path / "stories", remember=True)
    story = StoryStore(tmp_path / "stories").story(digest_of(text))
    assert (str(story.day), story.id) == ("2022-01-21", "5")


# --- in pipelines ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return keep(tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize("name", ["pandas", "polars", "dask"])
def test_a_kept_run_gives_what_corpus_wrote(name, kept):
    pytest.importorskip(name)
    output, folder = kept
    records = [record for record in scrape() if record["text"]]
    assert digest(ADAPTERS[name].run(records, 1, {"kept": folder})) == digest(read_back(output)) != digest(records)


@pytest.mark.parametrize(("library", "number"), [("pandas", 0), ("polars", 0), ("dask", 0)])
def test_examples_run_as_they_stand(library, number, tmp_path, monkeypatch):
    pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "scrape.jsonl", [{"id": place, "text": text} for place, text in enumerate(COLUMN)])
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(examples_of(library)[number], names)
    made = {"pandas": lambda: names["repaired"], "polars": lambda: pd.read_parquet("repaired.parquet")}
    check_repaired(made.get(library, lambda: pd.read_parquet("repaired"))())


@pytest.mark.slow
def test_spark_repairs_by_frames_of_pandas(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark takes a Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "scrape.jsonl", [{"id": place, "text": text} for place, text in enumerate(COLUMN)])
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(examples_of("pyspark")[0], names)
    names["SparkSession"].builder.getOrCreate().stop()
    check_repaired(pd.read_parquet("repaired"))


def check_repaired(frame: Any) -> None:
    frame = frame.sort_values("id")
    assert texts(frame["text"]) == [each["text"] for each in EXPECTED]
    assert notes(frame["normalizer"]) == [each["normalizer"] for each in EXPECTED]
