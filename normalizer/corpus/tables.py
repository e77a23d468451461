"""Parquet: rows with the fields that matter, and the table with new texts and notes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, BinaryIO

from normalizer.corpus.fields import Keys, field_prose, leads_to, no_text, record_of, text_of, value_of
from normalizer.corpus.records import FETCH, FIELD, Fields, Note, Place, Raw, Record, Reject, Source, line_of
from normalizer.edits import Edit
from normalizer.errors import InputError

COLUMN_BUFFER = 1 << 20  # bytes of each column read at once, however large its row group
BATCH = 128  # rows of a table in memory at once
ROW_GROUP = 1 << 25  # bytes of a table in memory at once; the table is written in row groups of this size
CODECS = ("SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4", "NONE")


def read_table(source: Source, fields: Fields, limit: int) -> Iterator[Raw | Reject]:
    """Yield the rows of a Parquet file, of each the columns that *fields* lie in."""
    import pyarrow as pa

    try:
        names, table = columns_of(source, fields)
    except InputError as error:
        yield Reject(Place(source.name, 0), str(error))
        return
    with closing(table):
        for first, batch in batches_of(table, names):
            if isinstance(batch, str):
                yield Reject(Place(source.name, first), batch)
                continue
            for number, row in enumerate(_rows(batch, pa), start=first):
                place = Place(source.name, number)
                text = next((found[1] for each in fields.texts if (found := value_of(row or {}, each))), "")
                if row is None:
                    yield Reject(place, "expected text in UTF-8, found other bytes; write the table anew")
                elif isinstance(text, str) and len(text) > limit:
                    yield Reject(place, f"expected a text of at most {limit:,} characters, found one of {len(text):,}")
                else:
                    yield Raw(place, "row", row)


def columns_of(source: Source, fields: Fields) -> tuple[list[str], Any]:
    """Return the columns of a Parquet file that *fields* lie in, and the open file. Raises InputError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(source.path, pre_buffer=False, buffer_size=COLUMN_BUFFER)
        known = table.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"expected a Parquet file, found what pyarrow cannot read: {line_of(error)}; fetch the file again"
        ) from error
    names = {name for field in (*fields.texts, *fields[1:]) for name in known if leads_to(name, field)}
    if not any(leads_to(name, text) for name in names for text in fields.texts):
        table.close()
        raise no_text(known, fields)
    return sorted(names), table


def batches_of(table: Any, names: Sequence[str] | None = None) -> Iterator[tuple[int, Any]]:
    """Yield the number of the first row of each batch of a Parquet file, and the batch or why it cannot be read."""
    import pyarrow as pa

    first = 1
    for group in range(table.num_row_groups):
        number, first = first, first + table.metadata.row_group(group).num_rows
        try:
            for batch in table.iter_batches(BATCH, row_groups=[group], columns=names):
                yield number, batch
                number += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            damage = f"found damage: {line_of(error)}; {FETCH}"
            yield number, f"expected rows {number} to {first - 1} of the table, {damage}"


def _rows(batch: Any, pa: Any) -> Iterator[dict[str, Any] | None]:
    """Yield the rows of *batch*, None for one that cannot be read. Times lose their nanoseconds."""
    for place, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            column = batch.column(place).cast(pa.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(place, field.name, column)
    try:
        yield from batch.to_pylist()
    except ValueError:  # one row's is that of all
        for place in range(batch.num_rows):
            try:
                yield batch.slice(place, 1).to_pylist()[0]
            except ValueError:
                yield None


def parse_row(raw: Raw, fields: Fields) -> Record:
    """Return a row of a table as a record. Raises InputError."""
    return record_of(raw.place, raw.data, fields)


class TableSink:
    """Rows of a Parquet file. What a Raw does not hold of its row is read again, batch by batch, beside it."""

    def __init__(self, source: Source, file: BinaryIO, fields: Fields) -> None:
        """Begin to write what becomes of *source* to *file*."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.pa, self.fields = pa, fields
        try:
            _, table = columns_of(source, fields)
        except InputError as error:
            raise InputError(f"{source.path}: {error}") from error
        self.table = table
        self.schema = _with_note(table.schema_arrow, pa)
        codec = table.metadata.row_group(0).column(0).compression if table.num_row_groups else "SNAPPY"
        codec = {"UNCOMPRESSED": "NONE"}.get(codec, codec)
        self.writer = pq.ParquetWriter(file, self.schema, compression=codec if codec in CODECS else "SNAPPY")
        self.batches = ((first, batch) for first, batch in batches_of(table) if not isinstance(batch, str))
        self.first, self.batch = 1, None
        self.rows: list[tuple[int, Mapping[str, Any], str | None, str | None]] = []
        self.group: list[Any] = []
        self.size = self.last = 0

    def put(self, raw: Raw, text: str | None = None, note: Note | None = None, edits: Sequence[Edit] = ()) -> None:
        """Write a record, see `sinks.Sink`."""
        number = raw.place.number
        if number <= self.last:
            raise ValueError(f"expected the rows of a table in order, found {number} behind {self.last}")
        self.last = number
        while self.batch is None or number >= self.first + self.batch.num_rows:
            self._take()
            self.first, self.batch = next(self.batches)
        new = None if text is None else field_prose(text_of(raw.data, self.fields)[1]).rewritten(text, edits)
        written = None if note is None else json.dumps(note, ensure_ascii=False)
        self.rows.append((number - self.first, raw.data, new, written))

    def _take(self) -> None:
        """Take what was put of the batch at hand out of it, and write a row group when there is enough of it."""
        if self.rows:
            assert self.batch is not None
            table = self.pa.Table.from_batches([self.batch]).take([place for place, *_ in self.rows])
            texts: dict[Keys, dict[int, str]] = {}  # a row may have its text in another field than the one before
            for place, (_, row, text, _) in enumerate(self.rows):
                if text is not None:
                    texts.setdefault(text_of(row, self.fields)[0], {})[place] = text
            self.group.append(repaired(table, texts, [note for *_, note in self.rows]).cast(self.schema))
            self.size += self.group[-1].nbytes
            self.rows = []
        if self.size >= ROW_GROUP:
            self._write()

    def _write(self) -> None:
        if self.group:
            self.writer.write_table(self.pa.concat_tables(self.group))
            self.group, self.size = [], 0

    def finish(self) -> None:
        """Write the end."""
        self._take()
        self._write()
        self.writer.close()
        self.table.close()


def repaired(table: Any, texts: Mapping[Keys, Mapping[int, str]], notes: Sequence[str | None]) -> Any:
    """Return a pyarrow table with new texts in some rows, and a column `normalizer`.

    texts: by the keys that lead to a text, the new ones by row. notes: JSON for each row; one without keeps that from
    before.
    """
    import pyarrow as pa
    import pyarrow.compute

    for keys, new in texts.items():
        column = _replaced(table.column(keys[0]).combine_chunks(), keys[1:], new, pa)
        table = table.set_column(table.schema.get_field_index(keys[0]), table.schema.field(keys[0]), column)
    column = pa.array(notes, pa.string())
    index = table.schema.get_field_index(FIELD)
    if index < 0:
        return table.append_column(FIELD, column)
    if pa.types.is_string(table.schema.field(index).type):
        column = pa.compute.coalesce(column, table.column(index))
    return table.set_column(index, FIELD, column)


def _with_note(schema: Any, pa: Any) -> Any:
    """Return *schema* with a column of texts for the notes."""
    field, index = pa.field(FIELD, pa.string()), schema.get_field_index(FIELD)
    return schema.set(index, field) if index >= 0 else schema.append(field)


def _replaced(column: Any, keys: Keys, new: Mapping[int, str], pa: Any) -> Any:
    """Return *column*, or what *keys* lead to in it, with the texts *new* in some of its rows."""
    if not keys:
        texts = column.to_pylist()
        for place, text in new.items():
            texts[place] = text
        return pa.array(texts, pa.string()).cast(column.type)
    children = list(column.flatten())
    index = column.type.get_field_index(keys[0])
    children[index] = _replaced(children[index], keys[1:], new, pa)
    fields = [column.type.field(place) for place in range(column.type.num_fields)]
    return pa.StructArray.from_arrays(children, fields=fields, mask=column.is_null())
