"""Scrapes read and written: what passes through stays byte for byte, what is damaged is told and the rest is read."""

import gzip
import io
import json
import pickle
import tracemalloc
import zlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import examples

from normalizer.corpus import (
    Fields,
    Place,
    Raw,
    Record,
    Reject,
    RejectsFile,
    Source,
    find_sources,
    open_sink,
    parse,
    read,
    targets_of,
)
from normalizer.corpus import sources as sources_module
from normalizer.corpus.records import day_of, difference, prose_of, site_of
from normalizer.corpus.sinks import rewritten
from normalizer.edits import apply_edits
from normalizer.errors import InputError
from normalizer.formats import html

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
zstandard = pytest.importorskip("zstandard")
warcio = pytest.importorskip("warcio")
pytest.importorskip("trafilatura")

NOTE = {"spun": 0.9, "edits": [["stated", "said"]], "references": ["a", "“b”"]}
PROSE = "The assembly met on Tuesday and stated that the budget would be read again. "


def read_all(path: Path, fields: Fields = Fields(), **more: Any) -> list[Raw | Reject]:
    return [each for source in find_sources([path]) for each in read(source, fields, **more)]


def parsed(path: Path, fields: Fields = Fields(), **more: Any) -> list[Record | Reject]:
    return [parse(each, fields) if isinstance(each, Raw) else each for each in read_all(path, fields, **more)]


def records(path: Path, fields: Fields = Fields()) -> list[Record]:
    found = parsed(path, fields)
    assert [each for each in found if isinstance(each, Reject)] == []
    return [each for each in found if isinstance(each, Record)]


def copied(path: Path, target: Path, changes: dict[int, tuple[str | None, Any]], fields: Fields = Fields()) -> None:
    """Write what can be read of *path* to *target*, the records with the numbers in *changes* with text and note."""
    for source, place in zip(find_sources([path]), targets_of(find_sources([path]), target), strict=True):
        with open_sink(source, place, fields) as sink:
            for raw in read(source, fields):
                if isinstance(raw, Raw):
                    sink.put(raw, *changes.get(raw.place.number, (None, None)))


# --- JSON --------------------------------------------------------------------------------------------------------

plain = st.text(st.characters(exclude_characters="<")).filter(lambda text: not html.is_fragment(text))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)
json_records = st.builds(
    lambda before, text, after: {**before, "text": text, **after},
    st.dictionaries(st.text().filter(lambda key: key != "text"), json_values, max_size=3),
    plain,
    st.dictionaries(st.sampled_from(["id", "url", "normalizer", "x"]), json_values, max_size=2),
)


@st.composite
def json_lines(draw: st.DrawFn) -> str:
    """One record as some program may write it: with escapes or without, compact or wide, blanks around it."""
    record = draw(json_records)
    ascii_only = draw(st.booleans())
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :\t")]))
    line = json.dumps(record, ensure_ascii=ascii_only, separators=separators)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(record, separators=separators)
    return draw(st.sampled_from(["", " "])) + line + draw(st.sampled_from(["", " ", "\r"]))


@given(st.lists(json_lines(), max_size=6), st.sampled_from(["", ".gz", ".zst"]), st.booleans())
@examples(60)
def test_lines_pass_through_byte_for_byte(lines: list[str], packed: str, ended: bool) -> None:
    import tempfile

    data = "\n".join(lines).encode("utf-8") + (b"\n" if ended and lines else b"")
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, f"x.jsonl{packed}"), Path(folder, f"y.jsonl{packed}")
        path.write_bytes(pack(data, packed))
        copied(path, out, {})
        assert unpack(out.read_bytes(), packed) == data
        again = Path(folder, f"z.jsonl{packed}")
        copied(path, again, {})
        assert again.read_bytes() == out.read_bytes()


def pack(data: bytes, packed: str) -> bytes:
    if packed == ".gz":
        return gzip.compress(data)
    return zstandard.compress(data) if packed == ".zst" else data


def unpack(data: bytes, packed: str) -> bytes:
    if packed == ".gz":
        assert data[4:8] == b"\0\0\0\0"  # no time in it
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompressobj().decompress(data) if packed == ".zst" else data


@given(json_lines(), plain, st.none() | st.dictionaries(st.text(), json_values, max_size=3))
@example('{"a": 1.50, "text": "x\\/\\u00e9", "b": 1e5}', "new é", {"a": 1})
@example('{"text":"a","text":"b"}', "c", {})
@example('{"normalizer":1,"text":"\\ud83d","normalizer":2}', "\ud83d", {})
@example('{"text": "\\ud800 é"}', "\ud800 é!", {"a": "\ud800"})
@examples(200)
def test_a_text_replaced_reads_back_and_the_rest_is_equal(line: str, text: str, note: dict[str, Any] | None) -> None:
    before = json.loads(line)
    after = rewritten(line.encode("utf-8"), Fields(), text, note)
    expected = {**before, "text": text}
    if note is not None:
        expected["normalizer"] = note
        assert "normalizer" in before or list(json.loads(after))[-1] == "normalizer"
    assert json.loads(after) == expected


@pytest.mark.parametrize(
    ("line", "text", "note", "want"),
    [
        ('{"text": "a"}\n', "b", None, '{"text": "b"}\n'),
        ('{"text": "a"}\n', "a", {"x": 1}, '{"text": "a", "normalizer": {"x": 1}}\n'),
        ('{"text":"a"}', "a", {"x": [1, 2]}, '{"text":"a","normalizer":{"x":[1,2]}}'),
        ('{"text":"a\\/b","n":1.50 }', "a/b", {}, '{"text":"a\\/b","n":1.50,"normalizer":{} }'),
        ('{"normalizer": {"a": ["}"]}, "text": "a"}', "b", {}, '{"normalizer": {}, "text": "b"}'),
        ('{"text": "a", "x": "\\u00e9"}', "é", None, '{"text": "\\u00e9", "x": "\\u00e9"}'),
        ('{"text": "a", "x": "é"}', "é", None, '{"text": "é", "x": "é"}'),
        ('{"a": {"text": "x"}, "text": "y"}', "z", None, '{"a": {"text": "x"}, "text": "z"}'),
        ('{"text": null, "content": "y"}', "z", None, '{"text": null, "content": "z"}'),
        ('{"text": "<p>He <b>stated</b> so.</p>"}', "He said so.", None, '{"text": "<p>He <b>said</b> so.</p>"}'),
    ],
)
def test_a_record_is_written_in_its_own_manner(line: str, text: str, note: Any, want: str) -> None:
    assert rewritten(line.encode(), Fields(), text, note).decode() == want


def test_fields_with_dots_lie_in_other_fields_or_are_named_so() -> None:
    fields = Fields(text="a.b", id="a.id", source="site.name")
    for line, want in (
        (b'{"a": {"b": "x", "id": 7}, "site": {"name": "S"}}', b'{"a": {"b": "y", "id": 7}, "site": {"name": "S"}}'),
        (b'{"a.b": "x", "a": {"b": "z", "id": "7"}, "site.name": " S "}', None),
    ):
        record = parse(Raw(Place("f", 1), "json", line), fields)
        assert isinstance(record, Record) and (record.text, record.id, record.site) == ("x", "7", "S")
        assert rewritten(line, fields, "y") == (want or line.replace(b'"x"', b'"y"'))


def test_what_a_record_says_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "example.org" / "x.jsonl"
    path.parent.mkdir()
    lines = [
        {"text": "a", "id": 5, "url": "https://www.Example.com/a", "date": "2022-01-21T23:30:00-05:00"},
        {"body": "b", "url": "http://news.example.com:8080/b", "date": 1642760000},
        {"content": "c", "source": "Daily", "date": "soon"},
        {"text": "<p>He <b>stated</b></p><p>so.</p>"},
    ]
    path.write_text("\ufeff" + "\n\n".join(map(json.dumps, lines)))
    assert records(path) == [
        Record(
            Place("x.jsonl", 1), "a", "5", date(2022, 1, 21), "example.com", "https://www.Example.com/a"
        ),
        Record(
            Place("x.jsonl", 3),
            "b",
            "http://news.example.com:8080/b",
            date(2022, 1, 21),
            "news.example.com",
            "http://news.example.com:8080/b",
        ),
        Record(Place("x.jsonl", 5), "c", "x.jsonl:5", None, "Daily"),
        Record(Place("x.jsonl", 7), "He stated\n\nso.", "x.jsonl:7", None, "", "", ((9, 11),), True),
    ]
    [*_, last] = records(tmp_path)
    assert (last.id, last.site) == ("example.org/x.jsonl:7", "example.org")
    assert pickle.loads(pickle.dumps(last)) == last


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('[{"text": "a"},\n {"text": "b"}]\n', ["a", "b"]),
        ("[]", []),
        ('{\n "text": "a"\n}\n', ["a"]),
        ('{"text": "a"}\n{"text": "b"}\n', ["a", "b"]),
        ("", []),
    ],
)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_json_files_are_lists_or_values(tmp_path: Path, content: str, texts: list[str], packed: str) -> None:
    path, out = tmp_path / f"x.json{packed}", tmp_path / f"y.json{packed}"
    path.write_bytes(pack(content.encode(), packed))
    assert [record.text for record in records(path)] == texts
    copied(path, out, {1: ("new", NOTE)})
    assert [record.text for record in records(out)] == ["new", *texts[1:]][: len(texts)]
    written = unpack(out.read_bytes(), packed).decode()
    if content.startswith("["):
        want = json.loads(content)
        for each in want[:1]:
            each.update(text="new", normalizer=NOTE)
        assert json.loads(written) == want
    else:
        copied(path, out, {})
        assert unpack(out.read_bytes(), packed).decode() == content


# --- what is damaged ---------------------------------------------------------------------------------------------

GOOD = b'{"text": "a"}\n'
LONG = b'{"text": "' + b"x" * 3000 + b'"}\n'
BROKEN_LINES: tuple[tuple[str, bytes, list[int], int, str], ...] = (
    ("no JSON", GOOD + b'{"text": "a"\n' + GOOD, [1, 3], 2, "expected JSON, found at column"),
    ("no object", GOOD + b"[1]\n" + GOOD, [1, 3], 2, "expected a JSON object, found a list; write each record as one"),
    ("no field", GOOD + b'{"a": 1, "b": 2}\n', [1], 2, "expected a field text or body or content with text, found a, b; "),
    ("no string", b'{"text": 7}\n' + GOOD, [2], 1, "expected text in the field text, found a number; name the field"),
    ("null", b'{"text": null}\n' + GOOD, [2], 1, "expected a field text or body"),
    ("a list", b'{"text": ["a"]}\n' + GOOD, [2], 1, "expected text in the field text, found a list"),
    ("deep", b'{"text": ' + b"[" * 200000 + b"\n" + GOOD, [2], 1, "expected JSON, found what Python cannot read"),
    ("digits", b'{"n": ' + b"1" * 5000 + b"}\n" + GOOD, [2], 1, "expected JSON, found what Python cannot read"),
    ("Latin-1", '{"text": "caf\xe9 x"}\n'.encode("latin-1") + GOOD, [2], 1, "expected UTF-8, found byte 0xE9 at byte 13"),
    ("UTF-16", '{"text": "a"}\n'.encode("utf-16"), [], 0, "expected UTF-8, found UTF-16 or UTF-32; iconv -f UTF-16"),
    ("cut off", GOOD + b'{"text": "a', [1], 2, "expected JSON, found at column 10"),
    ("NUL bytes", GOOD + b"\0" * 40 + b"\n" + GOOD, [1, 3], 2, "expected JSON, found at column 1"),
)


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize(("data", "good", "number", "reason"), [each[1:] for each in BROKEN_LINES], ids=[each[0] for each in BROKEN_LINES])
def test_broken_lines_are_told_and_the_rest_is_read(
    tmp_path: Path, data: bytes, good: list[int], number: int, reason: str, packed: str
) -> None:
    path = tmp_path / f"x.jsonl{packed}"
    path.write_bytes(pack(data, packed))
    found = parsed(path)
    assert [each.place.number for each in found if isinstance(each, Record)] == good
    [reject] = [each for each in found if isinstance(each, Reject)]
    assert reject.place == ("x.jsonl" + packed, number)
    assert reject.reason.startswith(reason) and "\n" not in reject.reason


def test_a_line_over_the_limit_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    for last in (GOOD, b""):
        path.write_bytes(GOOD + LONG + last)
        found = parsed(path, limit=1000)
        assert found[1] == Reject(
            Place("x.jsonl", 2),
            "expected a line of at most 1,000 bytes, found a longer one; divide it or raise the limit",
        )
        assert [each.place.number for each in found if isinstance(each, Record)] == [1, 3][: 1 + bool(last)]
    path.write_bytes(LONG.replace(b"x" * 3000, b"x" * (1000 - 13)) + GOOD)
    assert len([each for each in parsed(path, limit=1000) if isinstance(each, Record)]) == 2
