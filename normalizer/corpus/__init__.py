"""Whole scrapes: records of JSON Lines, Parquet, web archives and folders of pages, read and written record by record.

    for source in find_sources(["scrape.jsonl.gz"]):
        with open_sink(source, "repaired.jsonl.gz") as sink:
            for raw in read(source):
                record = parse(raw) if isinstance(raw, Raw) else raw
                if isinstance(record, Record):
                    sink.put(raw, record.text, {"seen": True})

`records` holds the values, `sources` reads, `sinks` writes; each kind of file has a module of its own. Reading is lazy
and takes the same memory however long the file; `parse` does the costly part and is meant for other processes.
"""

from normalizer.corpus.records import Fields, Place, Raw, Record, Reject, Source
from normalizer.corpus.sinks import RejectsFile, Sink, open_sink, targets_of
from normalizer.corpus.sources import find_sources, parse, read

__all__ = [
    "Fields",
    "Place",
    "Raw",
    "Record",
    "Reject",
    "RejectsFile",
    "Sink",
    "Source",
    "find_sources",
    "open_sink",
    "parse",
    "read",
    "targets_of",
]
