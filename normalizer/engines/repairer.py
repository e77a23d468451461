"""What all adapters use: a `Repairer` takes records and returns what becomes of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import local
from typing import Any, NamedTuple, Self, TypedDict, Unpack

from normalizer.arguments import record_of
from normalizer.corpus.fields import field_prose, text_of, value_of
from normalizer.corpus.kept import KeptRun
from normalizer.corpus.records import DEFAULT_FIELDS, FIELD, Fields, Place, Raw, Record, Reject
from normalizer.corpus.reports import REFERENCES, plan_of
from normalizer.corpus.sources import parse
from normalizer.corpus.state import Seen
from normalizer.corpus.tasks import (
    LONGEST,
    Repairing,
    Shop,
    compare_story,
    note_of,
    repair_stories,
    survey_records,
    to_repair,
    too_long,
)
from normalizer.corpus.teaching import suspicion
from normalizer.errors import InputError
from normalizer.language_model.blas import one_blas_thread
from normalizer.reading import Job
from normalizer.repairing import Settings
from normalizer.reporting.results import SPUN_FROM
from normalizer.stories import Story, StoryStore, digest_of
from normalizer.table_files import SHIPPED, TableFiles

RECORDS, CHARACTERS = 256, 400_000  # in a batch, at most: enough to be read side by side
PLACE = "records"  # the file name in the place of a record that comes from no file
MOST_BENCHES = 4  # that a thread keeps; a thread with more repairers in turn opens files and tables again and again

DEFAULT_SETTINGS = Settings()

Fielded = Mapping[str, Any]  # a record as its fields by name
Note = dict[str, Any]


class Outcome(NamedTuple):
    """What became of a record.

    spun: probability (0 to 1) that it is spun, None if it was not read. content: the new content of its text field,
    None if that is unchanged. note: the repair as `normalizer corpus` writes it into the field `normalizer` (verdict,
    edits, ids of references), None if nothing was repaired. alone: whether it was to be repaired and no clean report of
    its story was found. reason: why it was not read, or "".
    """

    spun: float | None
    content: str | None = None
    note: Note | None = None
    alone: bool = False
    reason: str = ""

    def counts(self) -> dict[str, int]:
        """Return the counts that this outcome adds to the statistics of a pipeline."""
        return {
            "read": int(self.spun is not None),
            "spun": int((self.spun or 0.0) >= SPUN_FROM),
            "repaired": int(self.note is not None),
            "edits": len(self.note["edits"]) if self.note else 0,
            "referenced": int(bool(self.note and self.note[REFERENCES])),
            "unread": int(bool(self.reason)),
        }


class RepairOptions(TypedDict, total=False):
    """The keyword arguments of all adapters; all are optional.

    text, id, date, url, source: fields of a record, "a.b" for one inside another; "text", "id", "date", "url" and
    "source" by default. references: field with the clean reports of a record's story, a text or a list of texts.
    stories: story store (`normalizer stories`) in which reports are looked for. remember: whether what is read is added
    to that store, so that later records find it. kept: folder of a run of `normalizer corpus --keep`; articles of its
    scrape are repaired as that run did, later ones with what it says of their sites and stories. lexicons, model,
    association, context, weights: files, see `TableFiles`. settings: see `Settings`. To get the output of a kept run,
    give the same files and settings as that run had. longest: characters of an article; a longer one is passed on
    unread.
    """

    text: str
    id: str
    date: str
    url: str
    source: str
    references: str | None
    stories: str | Path | None
    remember: bool
    kept: str | Path | None
    lexicons: str | Path | Sequence[str | Path]
    model: str | Path | None
    association: str | Path | None
    context: str | Path | None
    weights: str | Path | None
    settings: Settings
    longest: int


@dataclass(frozen=True, slots=True)
class Repairer:
    """How records are repaired. Cheap to copy and pickle: tables are loaded by each process when it first repairs.

    Make it by `Repairer.of`; see `RepairOptions` for what it holds. Without stories and kept run, a text is repaired as
    `Normalizer.repair` does. With one of them, only what looks spun, or is proven to be, is repaired, as in a scrape.
    """

    fields: Fields = DEFAULT_FIELDS
    references: str | None = None
    stories: Path | None = None
    remember: bool = False
    kept: Path | None = None
    files: TableFiles = SHIPPED
    settings: Settings = DEFAULT_SETTINGS
    longest: int = LONGEST

    def __post_init__(self) -> None:
        """Check the options. Raises InputError for options that exclude or need each other."""
        sources = {"references": self.references, "stories": self.stories, "kept": self.kept}
        given = [name for name, value in sources.items() if value is not None]
        if len(given) > 1:
            raise InputError(f"expected one source of references, found {' and '.join(given)}; choose one")
        if self.remember and self.stories is None:
            raise InputError("remember: expected a story store to add to, found none; name it: stories=FILE")

    @classmethod
    def of(cls, **options: Unpack[RepairOptions]) -> Self:
        """Return a repairer with these *options*. Raises InputError for options that exclude or need each other."""
        given: dict[str, Any] = {**options}
        fields = Fields(**{name: given.pop(name) for name in Fields._fields if name in given})
        lexicons = given.pop("lexicons", ())
        lexicons = [lexicons] if isinstance(lexicons, str | Path) else lexicons
        named = {name: given.pop(name, None) for name in TableFiles._fields[1:]}
        files = TableFiles(tuple(map(Path, lexicons)), **{name: path and Path(path) for name, path in named.items()})
        places = {name: Path(given.pop(name)) for name in ("stories", "kept") if given.get(name) is not None}
        return cls(fields, files=files, **{**given, **places})

    def outcomes(self, records: Sequence[Fielded]) -> list[Outcome]:
        """Return what becomes of each of *records*; the same whatever others stand beside it, unless it remembers them.

        The content of a record never raises. Raises LexiconError, ModelError, StoreError or CorpusError if tables,
        store or kept run cannot be read.
        """
        with one_blas_thread():
            return _bench_of(self).outcomes(records)

    def close(self) -> None:
        """Close the files that this thread has opened for it; they are opened again when they are needed."""
        bench = _opened().pop(self, None)
        if bench is not None:
            bench.close()

    def repair_many(self, records: Iterable[Fielded]) -> Iterator[dict[str, Any]]:
        """Yield *records* as they came, in order, repaired ones with their new text and the field `normalizer`.

        At most RECORDS are held in memory at a time. A record that cannot be read is passed on as it is. Raises
        ArgumentError for a value that is no record, such as a text.
        """
        for batch in self.batches(records):
            yield from map(self.rewritten, batch, self.outcomes(batch))

    def batches(self, records: Iterable[Fielded]) -> Iterator[list[Fielded]]:
        """Yield *records* in batches of at most RECORDS; a batch also ends once it has CHARACTERS."""
        batch, size = list[Fielded](), 0
        for record in records:
            batch.append(record_of(record, "records"))
            size += _length(record, self.fields)
            if len(batch) >= RECORDS or size >= CHARACTERS:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def rewritten(self, record: Fielded, outcome: Outcome) -> dict[str, Any]:
        """Return *record* with what became of it; the record itself stays as it is."""
        found = dict(record)
        if outcome.content is not None:
            _put(found, text_of(record, self.fields)[0], outcome.content)
        if outcome.note is not None:
            found[FIELD] = outcome.note
        return found


def _length(record: Fielded, fields: Fields) -> int:
    """Return how many characters the text of a record has, 0 without one."""
    found = next(filter(None, (value_of(record, field) for field in fields.texts)), None)
    return len(found[1]) if found and isinstance(found[1], str) else 0


def _put(record: dict[str, Any], keys: Sequence[str], content: str) -> None:
    """Put *content* where *keys* lead to, copying what lies on the way."""
    for key in keys[:-1]:
        record[key] = dict(record[key])
        record = record[key]
    record[keys[-1]] = content


class _Read(NamedTuple):
    """What was found out of a text: how likely it is spun, the note on its repair, and whether it was alone."""

    spun: float
    note: Note | None
    alone: bool = False


class _Bench:
    """What a thread repairs with: tables, which all threads of a process share, and files that it has opened."""

    def __init__(self, repairer: Repairer) -> None:
        self.how = repairer
        self.kept = KeptRun(repairer.kept) if repairer.kept is not None else None
        self.stories = self.kept.stories if self.kept else repairer.stories
        self.writer = StoryStore(repairer.stories) if repairer.stories and repairer.remember else None
        learnt = self.kept.lexicons if self.kept else ()
        self.shop = Shop(repairer.files, repairer.settings, self.stories, None, learnt)

    def outcomes(self, records: Sequence[Fielded]) -> list[Outcome]:
        """Return what becomes of each of *records*."""
        raws = (Raw(Place(PLACE, number), "row", record) for number, record in enumerate(records, 1))
        parsed = [self._fit(parse(raw, self.how.fields)) for raw in raws]
        fit = [(each, record) for each, record in zip(parsed, records, strict=True) if isinstance(each, Record)]
        read = iter(self._alone(fit) if self.stories is None else self._among_stories([each for each, _ in fit]))
        return [
            Outcome(None, reason=each.reason) if isinstance(each, Reject) else self._outcome(each, record, next(read))
            for each, record in zip(parsed, records, strict=True)
        ]

    def close(self) -> None:
        """Close all files; the writer last, so that what it wrote ends up in one file."""
        for each in (self.shop, self.kept, self.writer):
            if each is not None:
                each.close()

    def _fit(self, parsed: Record | Reject) -> Record | Reject:
        if isinstance(parsed, Reject):
            return parsed
        if len(parsed.text) > self.how.longest:
            return Reject(parsed.place, too_long(len(parsed.text), self.how.longest))
        # A record without a name is called by its place, which here is that in a batch, and says nothing.
        nameless = parsed.id == f"{parsed.place.file}:{parsed.place.number}"
        return replace(parsed, id=digest_of(parsed.text)) if nameless else parsed

    def _outcome(self, read: Record, record: Fielded, found: _Read) -> Outcome:
        if found.note is None:
            return Outcome(found.spun, alone=found.alone)
        plan = plan_of(found.note)
        before = text_of(record, self.how.fields)[1]
        after = field_prose(before).rewritten(plan.apply(read.text), plan.edits)
        return Outcome(found.spun, after, found.note, found.alone)

    def _alone(self, records: Sequence[tuple[Record, Fielded]]) -> list[_Read]:
        """Repair each record with the references that it brings along."""
        given = [_given(record, self.how.references) for _, record in records]
        jobs = (Job(each.text, own, each.closed, each.markup) for (each, _), own in zip(records, given, strict=True))
        found = []
        for own, repair in zip(given, self.shop.normalizer.repair_many(jobs), strict=True):
            note = note_of(repair, [digest_of(text) for text in own]) if repair.edits else None
            spun = repair.verdict.spun
            found.append(_Read(spun, note, spun >= SPUN_FROM and not own))
        return found

    def _among_stories(self, records: Sequence[Record]) -> list[_Read]:
        """Repair each record with the reports of its story that the store holds."""
        known = [self._as_known(each) for each in records]
        fresh = [record for record, each in zip(records, known, strict=True) if each is None]
        surveyed = iter(self._as_new(fresh))
        tasks = [each or next(surveyed) for each in known]
        notes = iter(repair_stories(self.shop, [(each.repairing, each.story) for each in tasks if each.repairing]))
        return [self._read(each, next(notes)[1] if each.repairing else None) for each in tasks]

    def _as_known(self, record: Record) -> "_Task | None":
        """Return how the kept run repaired *record*, None for a text that it did not read."""
        digest = digest_of(record.text)
        if self.kept is None or not self.kept.knows(digest):
            return None
        seen = self.kept.article(digest)
        day = date.fromisoformat(seen.day) if seen.day else None
        story = Story(digest, seen.id, record.text, day, seen.site, seen.spun)
        return _Task(seen, story, self.kept.repairing(digest, record.text))

    def _as_new(self, records: Sequence[Record]) -> list["_Task"]:
        """Return how records that nobody has read before are to be repaired."""
        surveyed = survey_records(self.shop, records, self.how.longest)
        articles = [(each.seen, each.keyed.story) for each in surveyed if each.seen and each.keyed]
        if self.writer is not None:
            self.writer.add(each.keyed for each in surveyed if each.keyed)
        tasks = [self._task(*article) for article in articles]
        if self.writer is not None:
            self.writer.mark_spun((task.story.digest, SPUN_FROM) for task in tasks if task.repairing)
        return tasks

    def _task(self, seen: Seen, story: Story) -> "_Task":
        compared = compare_story(self.shop, story)
        suspect = suspicion(seen, compared, self.kept.site(seen.site) if self.kept else None)
        if suspect is None:
            return _Task(seen, story, None)
        task = to_repair(seen, suspect, compared, self._looks_spun)
        return _Task(seen, story, self.kept.with_told(task, story.text) if self.kept else task)

    def _looks_spun(self, digest: str) -> bool:
        return self.shop.store.story(digest).looks_spun

    def _read(self, task: "_Task", note: Note | None) -> _Read:
        alone = task.repairing is not None and not task.repairing.references  # those it was repaired by are spun, then
        return _Read(task.seen.spun, note, alone)


class _Task(NamedTuple):
    """An article among stories. repairing: how it is to be repaired, None to leave it as it is."""

    seen: Seen
    story: Story
    repairing: Repairing | None


_benches = local()


def _opened() -> dict[Repairer, _Bench]:
    """Return what this thread repairs with."""
    benches: dict[Repairer, _Bench] = _benches.__dict__.setdefault("all", {})
    return benches


def _bench_of(repairer: Repairer) -> _Bench:
    """Return what this thread repairs with as *repairer* says; made once, then remembered."""
    benches = _opened()
    if repairer not in benches:
        while len(benches) >= MOST_BENCHES:
            benches.pop(next(iter(benches))).close()
        benches[repairer] = _Bench(repairer)
    return benches[repairer]


def _given(record: Fielded, field: str | None) -> list[str]:
    """Return the references that a record brings along; what is no text is none."""
    found = value_of(record, field) if field else None
    given = found[1] if found else ()
    several = isinstance(given, Iterable) and not isinstance(given, str | Mapping)
    return [each for each in (given if several else [given]) if isinstance(each, str)]
