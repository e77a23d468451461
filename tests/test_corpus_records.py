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
from normalizer.corpus.archives import HEAD
from normalizer.corpus.fields import day_of, site_of
from normalizer.corpus.lines import rewritten
from normalizer.corpus.packing import BUFFER, PIECES, _inflated
from normalizer.corpus.records import DEFAULT_FIELDS, difference, prose_of
from normalizer.edits import Edit, apply_edits
from normalizer.errors import InputError
from normalizer.formats import html

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
zstandard = pytest.importorskip("zstandard")
warcio = pytest.importorskip("warcio")
pytest.importorskip("trafilatura")

NOTE = {"spun": 0.9, "edits": [["stated", "said"]], "references": ["a", "“b”"]}
PROSE = "The assembly met on Tuesday and stated that the budget would be read again. "


Changes = dict[int, tuple[str | None, Any]]


def read_all(path: Path, fields: Fields = DEFAULT_FIELDS, **more: Any) -> list[Raw | Reject]:
    return [each for source in find_sources([path]) for each in read(source, fields, **more)]


def parsed(path: Path, fields: Fields = DEFAULT_FIELDS, **more: Any) -> list[Record | Reject]:
    return [parse(each, fields) if isinstance(each, Raw) else each for each in read_all(path, fields, **more)]


def raws(source: Source, fields: Fields = DEFAULT_FIELDS) -> list[Raw]:
    return [each for each in read(source, fields) if isinstance(each, Raw)]


def records(path: Path, fields: Fields = DEFAULT_FIELDS) -> list[Record]:
    found = parsed(path, fields)
    assert [each for each in found if isinstance(each, Reject)] == []
    return [each for each in found if isinstance(each, Record)]


def copied(
    path: Path, target: Path, changes: dict[int, tuple[str | None, Any]], fields: Fields = DEFAULT_FIELDS
) -> None:
    """Write what can be read of *path* to *target*, the records with the numbers in *changes* with text and note."""
    for source, place in zip(find_sources([path]), targets_of(find_sources([path]), target), strict=True):
        with open_sink(source, place, fields) as sink:
            for raw in raws(source, fields):
                sink.put(raw, *changes.get(raw.place.number, (None, None)))


# --- JSON --------------------------------------------------------------------------------------------------------

plain = st.text(st.characters(exclude_characters="<")).filter(lambda text: not html.is_fragment(text))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2), max_leaves=3
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


@given(st.lists(json_lines(), max_size=3), st.sampled_from(["", ".gz", ".zst"]), st.booleans())
@examples(30)
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
        return gzip.compress(data, mtime=0)
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
@examples(100)
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
        Record(Place("x.jsonl", 1), "a", "5", date(2022, 1, 21), "example.com", "https://www.Example.com/a"),
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
    (
        "no field",
        GOOD + b'{"a": 1, "b": 2}\n',
        [1],
        2,
        "expected a field text or body or content with text, found a, b; ",
    ),
    ("no string", b'{"text": 7}\n' + GOOD, [2], 1, "expected text in the field text, found a number; name the field"),
    ("null", b'{"text": null}\n' + GOOD, [2], 1, "expected a field text or body"),
    ("a list", b'{"text": ["a"]}\n' + GOOD, [2], 1, "expected text in the field text, found a list"),
    ("deep", b'{"text": ' + b"[" * 200000 + b"\n" + GOOD, [2], 1, "expected JSON, found what Python cannot read"),
    ("digits", b'{"n": ' + b"1" * 5000 + b"}\n" + GOOD, [2], 1, "expected JSON, found what Python cannot read"),
    (
        "Latin-1",
        '{"text": "caf\xe9 x"}\n'.encode("latin-1") + GOOD,
        [2],
        1,
        "expected UTF-8, found byte 0xE9 at byte 13",
    ),
    ("UTF-16", '{"text": "a"}\n'.encode("utf-16"), [], 0, "expected UTF-8, found UTF-16 or UTF-32; iconv -f UTF-16"),
    ("cut off", GOOD + b'{"text": "a', [1], 2, "expected JSON, found at column 10"),
    ("NUL bytes", GOOD + b"\0" * 40 + b"\n" + GOOD, [1, 3], 2, "expected JSON, found at column 1"),
)


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize(
    ("data", "good", "number", "reason"), [each[1:] for each in BROKEN_LINES], ids=[each[0] for each in BROKEN_LINES]
)
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
            "expected a line of at most 1,000 bytes, found a longer one; divide it, or raise the limit",
        )
        assert [each.place.number for each in found if isinstance(each, Record)] == [1, 3][: 1 + bool(last)]
    path.write_bytes(LONG.replace(b"x" * 3000, b"x" * (1000 - 13)) + GOOD)
    assert len([each for each in parsed(path, limit=1000) if isinstance(each, Record)]) == 2


def lines_of(count: int) -> bytes:
    import random

    draw = random.Random(5)  # so that packing does not make it small
    return b"".join(b'{"id": %d, "text": "%x"}\n' % (number, draw.getrandbits(400)) for number in range(count))


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_file_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, packed: str) -> None:
    path = tmp_path / f"x.jsonl{packed}"
    data = pack(lines_of(5000), packed)
    path.write_bytes(data[: len(data) // 2])
    *found, last = parsed(path)
    good = [each for each in found if isinstance(each, Record)]
    assert len(good) > 1500 and [each.id for each in good] == list(map(str, range(len(good))))
    assert isinstance(last, Reject) and last.place.number in (len(good) + 1, len(good) + 2)
    name = {".gz": "gzip", ".zst": "zstd"}[packed]
    assert last.reason.startswith(
        f"expected the end of the {name} data, found that the file is cut off; fetch it again"
    )


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_behind_damage_the_next_member_is_read(tmp_path: Path, packed: str) -> None:
    path = tmp_path / f"x.jsonl{packed}"
    members = [pack(lines_of(2000)[at : at + 60_000], packed) for at in (0, 60_000, 120_000)]
    broken = bytearray(members[1])
    broken[4:44] = b"\xff" * 40
    path.write_bytes(members[0] + bytes(broken) + members[2] + b"\0" * 512)
    found = parsed(path)
    ids = [int(each.id) for each in found if isinstance(each, Record)]
    assert ids[:480] == list(range(480)) and ids[-1] > 1440 and ids == sorted(ids)
    rejects = [each.reason for each in found if isinstance(each, Reject)]
    assert 1 <= len(rejects) <= 4 and any("found damage" in reason for reason in rejects)


@given(st.lists(st.binary(max_size=40), max_size=4), st.integers(1, 60), st.integers(0, 9), st.booleans())
@examples(60)
def test_members_are_joined_wherever_pieces_end(parts: list[bytes], size: int, zeros: int, broken: bool) -> None:
    for packed in (".gz", ".zst"):
        members = [pack(part, packed) + b"\0" * zeros for part in parts]
        damaged = b"\x1f\x8b\x08\xffxx" if packed == ".gz" else b"\x28\xb5\x2f\xfd\xff\xff"
        data, damage = b"".join(members) + (damaged + b"x" * 60 + pack(b"last", packed) if broken else b""), list[str]()
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(PIECES, packed[1:], size)
            found = b"".join(_inflated(io.BytesIO(data), packed[1:], damage))
        assert found == b"".join(parts) + (b"last" if broken else b"")
        assert len(damage) == broken


def test_a_name_may_be_wrong_about_packing(tmp_path: Path) -> None:
    for name, packed in (("x.jsonl", ".gz"), ("x.jsonl.gz", ""), ("y.jsonl.gz", ".zst")):
        (tmp_path / name).write_bytes(pack(GOOD, packed))
        assert [record.text for record in records(tmp_path / name)] == ["a"]


@pytest.mark.parametrize("into", ["", ".gz", ".zst"])
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_what_is_written_is_packed_as_its_name_says(tmp_path: Path, packed: str, into: str) -> None:
    path, out = tmp_path / f"x.jsonl{packed}", tmp_path / f"y.jsonl{into}"
    path.write_bytes(pack(GOOD, packed))
    copied(path, out, {})
    assert unpack(out.read_bytes(), into) == GOOD
    copied(path, tmp_path / "y", {})
    assert unpack((tmp_path / "y").read_bytes(), packed) == GOOD


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("y.parquet", "y.parquet: expected the name of a JSON file, .*; name it otherwise"),
        ("y.warc.gz", "y.warc.gz: expected the name of a JSON file"),
        ("y.txt", "y.txt: expected the name of a JSON file"),
    ],
)
def test_no_output_is_given_the_name_of_another_kind(tmp_path: Path, name: str, message: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(GOOD)
    with pytest.raises(InputError, match=message):
        targets_of(find_sources([path]), tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_library_that_packs_is_asked_for_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(GOOD)
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(InputError, match=r"y.jsonl.zst: expected zstandard, .* pip install 'normalizer\[zstd\]'"):
        targets_of(find_sources([path]), tmp_path / "y.jsonl.zst")


class Counted(io.BytesIO):
    """Bytes that count what was read of them, and what was asked for at once."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.read_so_far, self.largest = 0, 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_so_far, self.largest = self.read_so_far + len(data), max(self.largest, len(data))
        return data


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_reading_is_lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: str) -> None:
    path = tmp_path / f"x.jsonl{packed}"
    path.write_bytes(pack(lines_of(20_000), packed))
    [source] = find_sources([path])
    counted = Counted(path.read_bytes())
    monkeypatch.setattr(Path, "open", lambda *_: counted)
    reading = read(source)
    for _ in range(100):
        next(reading)
    assert counted.read_so_far <= 4 * BUFFER < len(counted.getvalue()) // 2
    assert counted.largest <= BUFFER


@pytest.mark.parametrize(("packed", "size", "most"), [(".gz", 60, 25), (".zst", 200, 100)])
def test_a_line_over_the_limit_is_never_held(tmp_path: Path, packed: str, size: int, most: int) -> None:
    """Only what one piece of packed bytes may hold is in memory, and not the line. size, most: megabytes."""
    path = tmp_path / f"x.jsonl{packed}"
    packer = zlib.compressobj(1, wbits=31) if packed == ".gz" else zstandard.ZstdCompressor().compressobj()
    with path.open("wb") as file:
        for piece in (b'{"text": "', *[b"x" * 1_000_000] * size, b'"}\n' + GOOD):
            file.write(packer.compress(piece))
        file.write(packer.flush())
    [source] = find_sources([path])
    tracemalloc.start()
    found = list(read(source, limit=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(each) for each in found] == [Reject, Raw]
    assert peak < most * 1_000_000


# --- Parquet -----------------------------------------------------------------------------------------------------

ROWS = [
    {
        "id": number,
        "text": f"{PROSE}{number}",
        "date": datetime(2022, 1, 21, 10, number % 60),
        "tags": ["a", None] * (number % 3),
        "price": number / 7,
        "raw": bytes([number % 256]),
        "kind": "news",
    }
    for number in range(700)
]


def table_of(rows: list[dict[str, Any]], **types: Any) -> Any:
    table = pa.Table.from_pylist(rows)
    for name, kind in types.items():
        table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(kind))
    return table.replace_schema_metadata({"made by": "a test"})


TEXT_TYPES = {
    "string": pa.string(),
    "large": pa.large_string(),
    "dictionary": pa.dictionary(pa.int32(), pa.string()),
}


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_tables_keep_their_columns_and_types(tmp_path: Path, kind: str) -> None:
    path, out = tmp_path / "x.parquet", tmp_path / "y.parquet"
    table = table_of(ROWS, text=TEXT_TYPES[kind], date=pa.timestamp("ns"), kind=TEXT_TYPES["dictionary"])
    pq.write_table(table, path, row_group_size=300, compression="zstd")
    assert [(each.text, each.id, each.day) for each in records(path)] == [
        (row["text"], str(row["id"]), date(2022, 1, 21)) for row in ROWS
    ]
    copied(path, out, {2: ("new", NOTE), 350: ("other", None), 351: (None, {}), 700: (f"{PROSE}699", NOTE)})
    written = pq.read_table(out)
    notes = written["normalizer"].to_pylist()
    assert {at + 1: json.loads(note) for at, note in enumerate(notes) if note} == {2: NOTE, 351: {}, 700: NOTE}
    texts = [{1: "new", 349: "other"}.get(at, row["text"]) for at, row in enumerate(ROWS)]
    assert written["text"].to_pylist() == texts
    assert written.drop_columns(["text", "normalizer"]).equals(table.drop_columns(["text"]))
    assert written.schema.remove(7).equals(pq.read_schema(path), check_metadata=True)
    assert pq.ParquetFile(out).metadata.row_group(0).column(0).compression == "ZSTD"
    again = tmp_path / "z.parquet"
    copied(out, again, {1: ("one", {"n": 1})})
    repeated = pq.read_table(again)
    assert repeated.schema == written.schema and repeated["normalizer"].to_pylist() == ['{"n": 1}', *notes[1:]]


@given(
    st.lists(st.tuples(st.none() | st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)), max_size=12),
    st.dictionaries(st.integers(1, 12), plain.filter(lambda text: text.isprintable()), max_size=4),
    st.integers(1, 5),
)
@examples(30)
def test_rows_may_be_replaced_or_left_out(rows: list[tuple[str | None, int]], new: dict[int, str], size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "x.parquet"), Path(folder, "y.parquet")
        schema = pa.schema([("text", pa.string()), ("n", pa.int8())])
        pq.write_table(pa.Table.from_pylist([{"text": t, "n": n} for t, n in rows], schema), path, row_group_size=size)
        [source] = find_sources([path])
        with open_sink(source, out) as sink:
            for raw in raws(source):
                if isinstance(parse(raw), Record):
                    sink.put(raw, new.get(raw.place.number))
        kept = [(number, text, n) for number, (text, n) in enumerate(rows, start=1) if text is not None]
        assert pq.read_table(out).to_pylist() == [
            {"text": text if number not in new or html.is_fragment(text) else new[number], "n": n, "normalizer": None}
            for number, text, n in kept
        ]


def test_a_text_may_lie_in_a_column_of_fields(tmp_path: Path) -> None:
    path, out = tmp_path / "x.parquet", tmp_path / "y.parquet"
    rows = [{"a": {"text": "x", "n": 1}}, {"a": None}, {"a": {"text": "z", "n": None}}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    fields = Fields(text="a.text")
    found = parsed(path, fields)
    assert [each.text if isinstance(each, Record) else each.place.number for each in found] == ["x", 2, "z"]
    copied(path, out, {3: ("new", None)}, fields)
    assert pq.read_table(out).drop_columns(["normalizer"]).to_pylist() == [*rows[:2], {"a": {"text": "new", "n": None}}]


def test_rows_are_written_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(table_of(ROWS[:3]), path)
    [source] = find_sources([path])
    first, second, _ = raws(source)
    with (
        pytest.raises(ValueError, match="expected the rows of a table in order, found 1 behind 2"),
        open_sink(source, tmp_path / "y.parquet") as sink,
    ):
        sink.put(second)
        sink.put(first)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.parquet"]


def test_broken_tables_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(table_of(ROWS), path, row_group_size=300, compression="none", use_dictionary=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    [reject] = parsed(path)
    assert isinstance(reject, Reject) and reject.place == ("x.parquet", 0)
    assert reject.reason.startswith("expected a Parquet file, found what pyarrow cannot read: ")
    column = pq.ParquetFile(io.BytesIO(whole)).metadata.row_group(1).column(1)
    start = column.data_page_offset
    path.write_bytes(whole[:start] + b"\xff" * 40 + whole[start + 40 :])
    found = parsed(path)
    [reject] = [each for each in found if isinstance(each, Reject)]
    assert reject.place == ("x.parquet", 301)
    assert reject.reason.startswith("expected rows 301 to 600 of the table, found damage: ")
    good = [each.place.number for each in found if isinstance(each, Record)]
    assert good == [*range(1, 301), *range(601, 701)]
    copied(path, tmp_path / "y.parquet", {650: ("new", NOTE)})
    written = pq.read_table(tmp_path / "y.parquet")
    assert written["id"].to_pylist() == [number - 1 for number in good]
    assert written["text"][349].as_py() == "new"


def test_rows_that_hold_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1], "b": [2]}), path)
    assert parsed(path) == [
        Reject(
            Place("x.parquet", 0),
            "expected a field text or body or content with text, found a, b; name the field that holds the text",
        )
    ]
    pq.write_table(pa.table({"text": [b"a", b"b"]}), path)
    assert [each.reason for each in parsed(path) if isinstance(each, Reject)] == [
        "expected text in the field text, found a bytes; name the field that holds the text"
    ] * 2
    broken = pa.array([b"good", b"b\xe9d", b"long " * 50], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": broken}), path)
    found = parsed(path, limit=100)
    assert [each.text if isinstance(each, Record) else each.reason for each in found] == [
        "good",
        "expected text in UTF-8, found other bytes; write the table anew",
        "expected a text of at most 100 characters, found one of 250",
    ]


# --- WARC --------------------------------------------------------------------------------------------------------

PAGE = f"<html><body><nav>Home</nav><article><h1>Talks</h1>{f'<p>{PROSE * 4}</p>' * 3}</article></body></html>"
HTML_HEAD = "Content-Type: text/html; charset=utf-8\r\n"


def archived(kind: str, block: bytes, number: int, content: str = "application/http; msgtype=response") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://www.example.com/{number}\r\n"
        f"WARC-Date: 2022-01-21T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:{number:036d}>\r\n"
        f"Content-Type: {content}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def response(page: bytes, number: int, head: str = HTML_HEAD, status: str = "200 OK") -> bytes:
    return archived("response", f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + page, number)


def chunked(data: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(data[at : at + 99]), data[at : at + 99]) for at in range(0, len(data), 99))
        + b"0\r\n\r\n"
    )


ARCHIVE: tuple[bytes, ...] = (
    archived("warcinfo", b"software: x\r\n", 1, "application/warc-fields"),
    archived("request", b"GET / HTTP/1.1\r\n\r\n", 2, "application/http; msgtype=request"),
    response(PAGE.encode(), 3),
    response(b"\x89PNG" + b"\0" * 9000, 4, "Content-Type: image/png\r\n"),
    response(b"<html>gone</html>", 5, HTML_HEAD, "404 Not Found"),
    response(
        chunked(gzip.compress(PAGE.encode(), mtime=0)),
        6,
        f"{HTML_HEAD}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    ),
    response(b"<html><body><script>x</script></body></html>", 7),
    response(
        PAGE.replace("Tuesday", "M\xe9zi\xe8re").encode("latin-1"), 8, "content-type: text/html; charset=iso-8859-1\r\n"
    ),
    archived("conversion", "caf\xe9 text".encode(), 9, "text/plain"),
    archived("resource", PAGE.encode(), 10, "text/html"),
)


def packed_archive(records: Iterable[bytes], packed: str) -> bytes:
    """Return a WARC file: plain, each record packed on its own, or all of them as one."""
    if packed == "one":
        return gzip.compress(b"".join(records), mtime=0)
    return b"".join(pack(record, packed) for record in records)


@pytest.mark.parametrize("packed", ["", ".gz", "one", ".zst"])
def test_pages_of_archives_are_read_and_written_as_texts(tmp_path: Path, packed: str) -> None:
    from warcio.archiveiterator import ArchiveIterator

    ending = ".gz" if packed == "one" else packed
    path, out = tmp_path / "x.warc", tmp_path / f"y.warc{ending}"
    path.write_bytes(packed_archive(ARCHIVE, packed))
    found = parsed(path)
    assert [each.place.number for each in found] == [3, 6, 7, 8, 9, 10]
    assert found[2] == Reject(
        Place("x.warc", 7),
        "expected a web page with an article, found no main text in it; leave it: lists and forms have none",
    )
    first, second, latin, text, resource = [each for each in found if isinstance(each, Record)]
    assert first == Record(
        Place("x.warc", 3),
        first.text,
        "http://www.example.com/3",
        date(2022, 1, 21),
        "example.com",
        "http://www.example.com/3",
    )
    assert first.text.startswith("Talks\nThe assembly met on Tuesday") and "Home" not in first.text
    assert second.text == resource.text == first.text and "Mézière" in latin.text and text.text == "café text"
    copied(path, out, {3: ("repaired “text”", NOTE), 6: (None, None), 7: ("", None), 9: ("new", None)})
    data = out.read_bytes()
    assert data.startswith({"": b"WARC", ".gz": b"\x1f\x8b", "one": b"\x1f\x8b", ".zst": b"\x28\xb5"}[packed])
    again = tmp_path / f"again.warc{ending}"
    copied(path, again, {3: ("repaired “text”", NOTE), 7: ("", None), 9: ("new", None)})
    assert again.read_bytes() == data
    written = [
        (record.rec_type, record.rec_headers.get_header("WARC-Refers-To"), record.content_stream().read().decode())
        for record in ArchiveIterator(io.BytesIO(unpack_all(data) if packed == ".zst" else data), check_digests="raise")
    ]
    assert [kind for kind, *_ in written] == ["conversion", "metadata", *["conversion"] * 5]
    assert written[0] == ("conversion", f"<urn:uuid:{3:036d}>", "repaired “text”")
    assert json.loads(written[1][2]) == NOTE
    assert [text for *_, text in written[2:]] == [first.text, "", latin.text, "new", first.text]
    assert [record.text for record in records(out)] == [text for kind, _, text in written if kind == "conversion"]
    identities = [
        record.rec_headers.get_header("WARC-Record-ID")
        for record in ArchiveIterator(io.BytesIO(unpack_all(data) if packed == ".zst" else data))
    ]
    assert len(set(identities)) == len(identities) and written[1][1] == identities[0]


def unpack_all(data: bytes) -> bytes:
    return bytes(zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read())


@pytest.mark.parametrize("packed", ["", ".gz", "one"])
@pytest.mark.parametrize(
    ("damaged", "rejects", "good"),
    [
        ("cut", {4: "expected a WARC record of"}, [3]),
        ("shortened", {4: "expected a WARC record of"}, [3, 5]),
        ("length", {4: "expected the headers of a WARC record with its length, found others"}, [3, 5]),
        ("garbage", {4: "expected a WARC record, found other bytes"}, [3, 5]),
        ("large", {4: "expected a record of at most 5,000 bytes, found one of 40,"}, [3, 5]),
    ],
)
def test_damaged_archives_are_told_and_read_from_the_next_record_on(
    tmp_path: Path, packed: str, damaged: str, rejects: dict[int, str], good: list[int]
) -> None:
    page = response(PAGE.encode(), 4)
    bad = {
        "cut": page[:-300],
        "shortened": page[:-300],
        "length": page.replace(b"Content-Length: ", b"Content-Length: x"),
        "garbage": b"\0garbage\r\n" * 20,
        "large": response(b"x" * 40_000, 4),
    }[damaged]
    behind = [] if damaged == "cut" else [response(PAGE.encode(), 5)]
    path = tmp_path / "x.warc"
    path.write_bytes(packed_archive([*ARCHIVE[:3], bad, *behind], packed))
    found = parsed(path, limit=5000)
    assert [each.place.number for each in found if isinstance(each, Record)] == good
    told = {each.place.number: each.reason for each in found if isinstance(each, Reject)}
    assert told.keys() == rejects.keys() and all(told[number].startswith(rejects[number]) for number in told)


def test_a_cut_off_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    data = packed_archive(ARCHIVE[:3], ".gz")
    path.write_bytes(data[:-60])
    reasons = [each.reason for each in parsed(path) if isinstance(each, Reject)]
    assert reasons[0].startswith("expected a WARC record of ") and reasons[-1].startswith(
        "expected the end of the gzip"
    )


@given(st.binary(max_size=300), st.integers(0, 1500), st.integers(0, 40))
@examples(40)
def test_no_damage_makes_reading_fail(junk: bytes, at: int, gone: int) -> None:
    import tempfile

    table = io.BytesIO()
    pq.write_table(table_of(ROWS[:20]), table)
    whole = {
        "x.jsonl": GOOD * 40,
        "x.jsonl.gz": gzip.compress(GOOD * 40, mtime=0),
        "x.jsonl.zst": zstandard.compress(lines_of(20)),
        "x.json": b"[" + GOOD + b"," + GOOD + b"]",
        "x.warc": b"".join(ARCHIVE[-2:]),
        "x.warc.gz": packed_archive(ARCHIVE[-2:], ".gz"),
        "x.html": PAGE.encode(),
        "x.txt": PROSE.encode(),
        "x.parquet": table.getvalue(),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, data in whole.items():
            place = at % len(data)
            Path(folder, name).write_bytes(data[:place] + junk + data[place + gone :])
        for each in parsed(Path(folder)):
            assert isinstance(each, Record) or ("expected " in each.reason and "\n" not in each.reason)


# --- folders -----------------------------------------------------------------------------------------------------


def folder_of(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


WEB_PAGE = "<!DOCTYPE html>\n<title>Talks</title><p>He <b>sta&shy;ted</b> so, and&nbsp;the <i>extra</i> folks.</p>"


def test_folders_of_pages(tmp_path: Path) -> None:
    source = folder_of(
        tmp_path / "in",
        {
            "example.org/b.html": WEB_PAGE.encode(),
            "example.org/a.txt": b"---\ntitle: stated\n---\nHe stated so.\r\n",
            "a.TXT": "In the caf\xe9 they \x93stated\x94 so.".encode("latin-1"),
            ".hidden.txt": b"x",
            ".git/x.txt": b"x",
            "picture.png": b"x",
            "scrape.jsonl": GOOD,
            "old.txt.normalizer.json": b"{}",
            "z.txt": b'{"text": "x"}',
        },
    )
    pages, scrape = find_sources([source])
    assert (pages.kind, pages.name, scrape.kind, scrape.name) == ("pages", "", "lines", "scrape.jsonl")
    *found, last = [each if isinstance(each, Reject) else parse(each) for each in read(pages)]
    assert [(each.place, each.id, each.site, each.text) for each in found if isinstance(each, Record)] == [
        (("a.TXT", 1), "a.TXT", "", "In the café they “stated” so."),
        (("example.org/a.txt", 1), "example.org/a.txt", "example.org", "He stated so.\r\n"),
        (
            ("example.org/b.html", 1),
            "example.org/b.html",
            "example.org",
            "Talks\n\nHe sta\xadted so, and\xa0the extra folks.",
        ),
    ]
    assert last == Reject(
        Place("z.txt", 1), "expected prose or a web page, found json; give the file the name of its kind"
    )
    out = tmp_path / "out"
    [target, _] = targets_of([pages, scrape], out)
    with open_sink(pages, target) as sink:
        a, text, page, _ = raws(pages)
        sink.put(a, "In the café they “said” so.", NOTE)
        sink.put(text, "He said so.\r\n")
        sink.put(page, "Talks\n\nHe said so, and\xa0the more people.", {})
    assert {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.*") if path.is_file()} == {
        "a.TXT": "In the caf\xe9 they \x93said\x94 so.".encode("latin-1"),
        "a.TXT.normalizer.json": json.dumps(NOTE, ensure_ascii=False, indent=1).encode() + b"\n",
        "example.org/a.txt": b"---\ntitle: stated\n---\nHe said so.\r\n",
        "example.org/b.html": WEB_PAGE.replace("sta&shy;ted", "said")
        .replace("extra</i> folks", "more</i> people")
        .encode(),
        "example.org/b.html.normalizer.json": b"{}\n",
    }
    with open_sink(pages, target) as sink:
        sink.put(a)
    assert (out / "a.TXT").read_bytes() == (source / "a.TXT").read_bytes()
    assert not (out / "a.TXT.normalizer.json").exists()


def test_a_word_for_a_word_is_one_edit() -> None:
    edits = difference("He stated so, and it.", "She said so, and.")
    assert [(edit.before, edit.after) for edit in edits] == [("He", "She"), ("stated", "said"), (" it", "")]


def texts_of(words: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words.split(" ")), max_size=20).map(" ".join)


@given(texts_of("He stated so, the extra folks . \n no"), texts_of("He said so, the more people . \n no"))
@example("", "a")
@examples(100)
def test_differences_make_the_one_out_of_the_other(before: str, after: str) -> None:
    assert apply_edits(before, difference(before, after)) == after
    page = prose_of(f"<p>{before}</p>", markup=True)
    if page.segment.text and after.strip() and not page.segment.closed:
        assert html.segment_of(page.rewritten(after)).text.split() == after.split()
    assert prose_of(f"x{before}", markup=False, start=1).rewritten(after) == f"x{after}"


def test_inputs_are_named_by_what_tells_them_apart(tmp_path: Path) -> None:
    folder_of(tmp_path, {"a/x.jsonl": GOOD, "b/x.jsonl": GOOD, "b/y.txt": b"x", "b/c/z.txt": b"x"})
    out = tmp_path / "out"

    def names(*inputs: str) -> list[tuple[str, str]]:
        found = find_sources([tmp_path / each for each in inputs])
        return [
            (source.name, path.relative_to(tmp_path).as_posix())
            for source, path in zip(found, targets_of(found, out), strict=True)
        ]

    assert names("a/x.jsonl") == [("x.jsonl", "out")]
    assert names("a/x.jsonl", "b/x.jsonl") == [("a/x.jsonl", "out/a/x.jsonl"), ("b/x.jsonl", "out/b/x.jsonl")]
    assert names("b", "b/x.jsonl") == [("b", "out/b"), ("b/x.jsonl", "out/b/x.jsonl")]
    assert names("b") == [("", "out"), ("x.jsonl", "out/x.jsonl")]
    assert names("b/y.txt") == [("y.txt", "out")]
    out.mkdir()
    assert names("a/x.jsonl") == [("x.jsonl", "out/x.jsonl")]
    found = [raw.place.file for source in find_sources([tmp_path]) for raw in read(source)]
    assert found == ["b/c/z.txt", "b/y.txt", "a/x.jsonl", "b/x.jsonl"]


# --- writing -----------------------------------------------------------------------------------------------------


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    for name, data in (
        ("x.jsonl", GOOD),
        ("x.jsonl.gz", gzip.compress(GOOD, mtime=0)),
        ("x.jsonl.zst", zstandard.compress(GOOD)),
        ("x.json", b"[" + GOOD + b"]"),
        ("x.warc.gz", packed_archive(ARCHIVE, ".gz")),
    ):
        folder = folder_of(tmp_path / name, {name: data, "out": b"old"})
        [source] = find_sources([folder / name])
        with pytest.raises(RuntimeError), open_sink(source, folder / "out") as sink:
            for raw in raws(source):
                sink.put(raw, "text")
            raise RuntimeError
        assert (folder / "out").read_bytes() == b"old" and len(list(folder.iterdir())) == 2
        with open_sink(source, folder / "out") as sink:
            pass
        assert (folder / "out").read_bytes() != b"old" and len(list(folder.iterdir())) == 2


def test_errors_of_the_caller_are_its_own_and_those_of_the_disk_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder_of(tmp_path, {"x.jsonl": GOOD}) / "x.jsonl"
    [source] = find_sources([path])
    with pytest.raises(FileNotFoundError), open_sink(source, tmp_path / "y"):
        (tmp_path / "gone").read_bytes()
    with pytest.raises(InputError, match="y: expected a file to write, found a folder; name a file in it"):
        (tmp_path / "y").mkdir()
        with open_sink(source, tmp_path / "y"):
            pass

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with (
        pytest.raises(InputError, match="z: expected a file to write, found no space left; make room"),
        open_sink(source, tmp_path / "z"),
    ):
        pass
    assert not (tmp_path / "z").exists()


@pytest.mark.parametrize("output", ["in", "in/out", "link"])
def test_no_input_is_overwritten(tmp_path: Path, output: str) -> None:
    folder = folder_of(tmp_path / "in", {"x.jsonl": GOOD, "y.txt": b"x"})
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(
        InputError, match="expected a place outside of what is read, found it inside; name another place"
    ):
        targets_of(find_sources([folder]), tmp_path / output) and None
    [source] = find_sources([folder / "x.jsonl"])
    (tmp_path / "file").symlink_to(folder / "x.jsonl")
    for target in (folder / "x.jsonl", tmp_path / "file"):
        with pytest.raises(InputError, match="expected a place outside"), open_sink(source, target):
            pass
    assert (folder / "x.jsonl").read_bytes() == GOOD


def test_several_files_do_not_go_into_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"x.jsonl": GOOD, "y.jsonl": GOOD, "out": b""})
    with pytest.raises(InputError, match="out: expected a folder to write several files into, found a file"):
        targets_of(find_sources([folder / "x.jsonl", folder / "y.jsonl"]), folder / "out")


def test_rejects_are_sorted_and_written_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    found = [Reject(Place(file, number), "expected “x”") for file, number in (("b", 2), ("b", 10), ("a", 3))]
    for order in (found, found[::-1]):
        with RejectsFile(path) as rejects:
            for each in order:
                rejects.add(each)
        assert rejects.count == 3
        assert path.read_text("utf-8") == "".join(
            f'{{"file": "{file}", "number": {number}, "reason": "expected “x”"}}\n'
            for file, number in (("a", 3), ("b", 2), ("b", 10))
        )
    with pytest.raises(RuntimeError), RejectsFile(path) as rejects:
        raise RuntimeError
    assert path.read_text("utf-8").count("\n") == 3 and len(list(tmp_path.iterdir())) == 1


# --- what cannot be opened ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("gone.jsonl", None, "gone.jsonl: expected a file or folder, found nothing there; check the path"),
        ("x.pdf", b"%PDF", "x.pdf: expected JSON Lines, JSON, Parquet, WARC, .txt or .html"),
        (
            "x.txt.gz",
            gzip.compress(b"x", mtime=0),
            "found another kind of file; convert it, or give it the name of its kind",
        ),
        (
            "empty/x.png",
            b"x",
            "expected JSON Lines, JSON, Parquet, WARC, .txt or .html in the folder, found none of them",
        ),
    ],
)
def test_what_is_no_scrape_is_refused(tmp_path: Path, name: str, data: bytes | None, message: str) -> None:
    path = folder_of(tmp_path, {} if data is None else {name: data}) / name
    with pytest.raises(InputError) as error:
        find_sources([path.parent if "/" in name else path])
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a", GOOD, "lines"),
        ("b", b"[]", "list"),
        ("c", b"WARC/1.0\r\n", "archive"),
        ("d", b"PAR1", "table"),
        ("e", gzip.compress(GOOD, mtime=0), "lines"),
    ],
)
def test_a_file_without_a_telling_name_is_known_by_its_content(
    tmp_path: Path, name: str, data: bytes, kind: str
) -> None:
    path = folder_of(tmp_path, {name: data}) / name
    assert [source.kind for source in find_sources([path])] == [kind]


@pytest.mark.parametrize(
    ("name", "module", "message"),
    [
        (
            "x.parquet",
            "pyarrow.parquet",
            r"expected pyarrow, which it takes, found it is not installed: pip install 'normalizer\[parquet\]'",
        ),
        ("x.warc", "warcio", r"expected warcio, .* pip install 'normalizer\[warc\]'"),
        ("x.warc", "trafilatura", r"expected trafilatura, .* pip install 'normalizer\[warc\]'"),
        ("x.jsonl", "zstandard", r"expected zstandard, .* pip install 'normalizer\[zstd\]'"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, message: str
) -> None:
    path = folder_of(tmp_path, {name: zstandard.compress(GOOD)}) / name
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(InputError, match=message):
        find_sources([path])


# --- dates and sites ---------------------------------------------------------------------------------------------

DAY = date(2022, 1, 21)
DAYS = (
    ("2022-01-21", DAY), ("2022-01-21T23:59:59.123456789Z", DAY), ("2022-01-21 10:00:00 UTC", DAY), ("20220121", DAY),
    (" 2022/01/21", DAY), ("2022.01.21", DAY), ("20220121103000", DAY), ("Fri, 21 Jan 2022 10:00:00 +0100", DAY),
    ("21 Jan 2022 10:00", DAY), (1642760000, DAY), (1642760000.5, DAY), (1642760000000, DAY), (1642760000000000, DAY),
    (1642760000000000000, DAY), ("1642760000", DAY), ("1642760000000", DAY), (20220121, DAY), (DAY, DAY),
    (datetime(2022, 1, 21, 3), DAY), ("2022-13-45", None), ("soon", None), ("", None), (2022, None), ("2022", None),
    (0, None), (-5, None), (float("nan"), None), (float("inf"), None), (10**40, None), (True, None), (None, None),
    ([2022], None), ("Fri, 99 Foo 2022", None), ("9" * 19, None),
)  # fmt: skip


@pytest.mark.parametrize(("value", "day"), DAYS, ids=[repr(value)[:30] for value, _ in DAYS])
def test_days_are_read(value: object, day: date | None) -> None:
    assert day_of(value) == day


@given(st.text() | st.floats() | st.integers())
@examples(200)
def test_any_value_has_a_day_or_none(value: object) -> None:
    assert day_of(value) is None or isinstance(day_of(value), date)


@given(st.dates(date(1971, 1, 2), date(2099, 12, 30)), st.times())
@examples(50)
def test_any_day_is_read_back(day: date, time: Any) -> None:
    moment = datetime.combine(day, time)
    assert {day_of(moment.isoformat()), day_of(day.strftime("%Y%m%d")), day_of(str(moment))} == {day}


@pytest.mark.parametrize(
    ("source", "url", "file", "site"),
    [
        ("Daily", "https://a.example/x", "f/x", "Daily"),
        ("", "https://www.A.example:443/x", "f/x", "a.example"),
        ("", "//cdn.example/x", "", "cdn.example"),
        ("", "a.example/x", "", "a.example"),
        ("", "http://[broken", "folder/x.html", "folder"),
        ("", "", "x.html", ""),
    ],
)
def test_sites_are_told_by_source_host_or_folder(source: str, url: str, file: str, site: str) -> None:
    assert site_of(source, url, file) == site


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta property="article:published_time" content="2020-02-02T10:00:00Z">', date(2020, 2, 2)),
        ("<META content='Sun, 02 Feb 2020 10:00:00 GMT' itemprop='datePublished'/>", date(2020, 2, 2)),
        ('<script type="application/ld+json">{"datePublished" : "2020-02-02"}</script>', date(2020, 2, 2)),
        ('<meta name="pubdate" content="lately"><meta name="x" content="2019-01-01">', None),
        ('<meta name="date" content="2020-02-02">', None),
    ],
)
def test_a_page_may_say_when_it_was_published(tmp_path: Path, head: str, day: date | None) -> None:
    page = PAGE.replace("<body>", f"<head>{head}</head><body>").encode()
    folder = folder_of(tmp_path, {"x.html": page, "x.warc": response(page, 1)})
    assert [record.day for record in records(folder)] == [day, day or DAY]


def test_records_go_from_process_to_process(tmp_path: Path) -> None:
    files = {"x.jsonl": GOOD, "x.html": WEB_PAGE.encode(), "x.warc": response(PAGE.encode(), 1)}
    folder = folder_of(tmp_path, files)
    pq.write_table(table_of(ROWS[:1]), folder / "x.parquet")
    found = [raw for source in find_sources([folder]) for raw in raws(source)]
    assert sorted(raw.kind for raw in found) == ["archived", "json", "page", "row"]
    there, sent = pickle.loads(pickle.dumps((parse, found)))
    assert [pickle.loads(pickle.dumps(there(raw))) for raw in sent] == [parse(raw) for raw in found]


def test_edits_say_where_words_that_stand_there_twice_were_taken_out() -> None:
    line = b'{"text": "<p>so <b>so</b> <i>so</i></p>"}'
    for at, want in ((0, b"<p><b>so</b> <i>so</i></p>"), (3, b"<p>so <b></b><i>so</i></p>")):
        assert rewritten(line, Fields(), "so so", None, [Edit(at, at + 3, "so ", "", "lexical")]) == (
            b'{"text": "' + want + b'"}'
        )


def test_a_record_without_a_line_end_may_be_written_before_others(tmp_path: Path) -> None:
    path = folder_of(tmp_path, {"x.jsonl": GOOD + b'{"text": "b"}'}) / "x.jsonl"
    [source] = find_sources([path])
    with open_sink(source, tmp_path / "y.jsonl") as sink:
        for raw in reversed(raws(source)):
            sink.put(raw)
    assert (tmp_path / "y.jsonl").read_bytes() == b'{"text": "b"}\n' + GOOD


def test_an_archive_may_end_in_what_is_no_page(tmp_path: Path) -> None:
    path = folder_of(tmp_path, {"x.warc": ARCHIVE[2] + ARCHIVE[3][:-300]}) / "x.warc"
    record, reject = parsed(path)
    assert isinstance(record, Record) and isinstance(reject, Reject)
    assert reject.place.number == 2 and "found it cut short" in reject.reason


@pytest.mark.parametrize("size", [1, HEAD - 5, HEAD, 3 * HEAD - 7])
def test_the_next_record_is_found_however_much_lies_before_it(tmp_path: Path, size: int) -> None:
    path = folder_of(tmp_path, {"x.warc": b"x" * size + ARCHIVE[8]}) / "x.warc"
    reject, record = parsed(path)
    assert isinstance(record, Record) and record.text == "café text"
    assert isinstance(reject, Reject) and "found other bytes" in reject.reason


def test_a_page_is_in_the_encoding_that_its_server_names() -> None:
    page = PAGE.replace("Tuesday", "Łódź").encode("iso-8859-2")
    record = parse(Raw(Place("x", 1), "archived", response(page, 1, "Content-Type: text/html; charset=ISO-8859-2\r\n")))
    assert isinstance(record, Record) and "met on Łódź and" in record.text
