"""Whole scrapes: read record by record, repaired with references that they hold themselves, written in the same form.

`run` does what the command `normalizer corpus` does. Its parts can be used in a loop of the caller's: records of JSON
Lines, Parquet, web archives and folders of pages are read and written one by one,

    for source in find_sources(["scrape.jsonl.gz"]):
        with open_sink(source, "repaired.jsonl.gz") as sink:
            for raw in read(source):
                record = parse(raw) if isinstance(raw, Raw) else raw
                if isinstance(record, Record):
                    sink.put(raw, record.text, {"seen": True})

and `normalizer.stories` finds reports of a story among many articles. `records` holds the values, `sources` reads,
`sinks` writes; each kind of file has a module of its own. Reading is lazy, and its memory does not grow with the file;
`parse` does the costly part, and may run in other processes.
"""

from normalizer.corpus.progress import Progress
from normalizer.corpus.records import Fields, Place, Raw, Record, Reject, Source
from normalizer.corpus.reports import Summary
from normalizer.corpus.running import Options, run
from normalizer.corpus.sinks import RejectsFile, Sink, open_sink, targets_of
from normalizer.corpus.sources import find_sources, parse, read

__all__ = [
    "Fields",
    "Options",
    "Place",
    "Progress",
    "Raw",
    "Record",
    "Reject",
    "RejectsFile",
    "Sink",
    "Source",
    "Summary",
    "find_sources",
    "open_sink",
    "parse",
    "read",
    "run",
    "targets_of",
]
