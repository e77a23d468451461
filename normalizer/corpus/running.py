"""A whole scrape at once: survey it, compare its articles, learn from it, repair what is spun, write it.

The first four steps fill the state of the run and the story store; the last one only reads them. A run can be stopped
in any step and continued. The result for an article depends only on the set of articles, so that the output is the
same, byte for byte, for any number of workers and any order of the input, and whether or not the run was stopped.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from normalizer.corpus import tasks, teaching
from normalizer.corpus.kept import STATE, STORIES, learnt_in, repairing, settle
from normalizer.corpus.progress import SILENT, Progress
from normalizer.corpus.records import Fields, Place, Raw, Reject, Source
from normalizer.corpus.reports import Summary, plan_of, summary_of, write_summary_page
from normalizer.corpus.sinks import RejectsFile, Sink, open_sink, targets_of
from normalizer.corpus.sources import find_sources, parse, read
from normalizer.corpus.state import State, remove_database
from normalizer.corpus.tasks import Repairing, Shop, Surveyed, Surveying, with_told
from normalizer.corpus.workers import Workers
from normalizer.errors import CorpusError
from normalizer.files import write_atomically
from normalizer.learning.inputs import Versions
from normalizer.lexicon import Lexicon
from normalizer.lexicon.files import format_file
from normalizer.repairing import Settings
from normalizer.reporting.results import SPUN_FROM
from normalizer.stories import StoryStore
from normalizer.table_files import SHIPPED, TableFiles
from normalizer.tables import Tables

Item = TypeVar("Item")

TAUGHT = "taught"  # name of the fact that the step of learning is done
RECORDS, CHARACTERS = 64, 400_000  # in a task of the survey, at most
ARTICLES = 16  # in a task of the other steps


class Options(NamedTuple):
    """What a run is to do.

    inputs: files and folders. output: a file for one input file, else a folder; None writes nothing. stories: the story
    store; None for one that is removed at the end. files: from which the tables are loaded. learn: where the lexicon of
    the scrape is written. longest: characters of an article; a longer one is passed on unread. only_spun: whether clean
    records are left out. drop_residue: whether residue is removed from clean articles too. rejects: where records that
    cannot be read are listed. report: where the summary is written, as JSON. html: folder of pages about repairs.
    teach: whether swaps are learnt from the scrape. strict: whether a record that cannot be read ends the run. keep:
    folder in which the state of the run stays, for `kept.KeptRun`; None removes it at the end.
    """

    inputs: Sequence[Path]
    output: Path | None
    fields: Fields = Fields()
    stories: Path | None = None
    files: TableFiles = SHIPPED
    settings: Settings = Settings()
    workers: int = 1
    learn: Path | None = None
    longest: int = tasks.LONGEST
    only_spun: bool = False
    drop_residue: bool = False
    rejects: Path | None = None
    report: Path | None = None
    html: Path | None = None
    teach: bool = True
    strict: bool = False
    keep: Path | None = None

    @property
    def place(self) -> Path:
        """The folder of the run's state: `keep`, or a folder beside the output."""
        if self.keep is not None:
            return self.keep
        base = self.output if self.output is not None else Path(self.inputs[0])
        return base.with_name(f"{base.name}.state")


def run(options: Options, progress: Progress = SILENT) -> Summary:
    """Run over a scrape as *options* say, or continue a run that was stopped.

    Raises InputError for inputs and outputs that cannot be used, CorpusError if a state cannot be used or a record
    cannot be read in a strict run, and StoreError if the story store cannot be used.
    """
    sources, state = begin(options, progress)
    stories = options.stories or options.place / STORIES
    with ExitStack() as stack:
        stack.callback(state.close)
        store = stack.enter_context(StoryStore(stories))
        Tables.of(options.files)  # compiled here once, not by every worker, and warned of once
        arguments = options.settings, stories, options.html
        with Workers(options.workers, Shop, options.files, *arguments) as workers:
            _survey(options, sources, state, store, workers, progress)
            _compare(state, workers, progress)
        if not state.fact(TAUGHT):
            note_suspects(state)
            store.mark_spun((digest, SPUN_FROM) for digest in state.unrepaired())
            learn(options, state, lambda digest: store.story(digest).text, progress)
        learnt = learnt_in(options.place)
        Tables.of(options.files.with_lexicons(learnt))
        with Workers(options.workers, Shop, options.files, *arguments, learnt) as workers:
            _repair(state, store, workers, progress)
        summary = finish(options, sources, state, progress)
    end(options, stories)
    return summary


def begin(options: Options, progress: Progress) -> tuple[Sequence[Source], State]:
    """Return the sources, and the state of the run so far. Raises CorpusError or InputError."""
    sources = find_sources(options.inputs)
    if options.output is not None:
        targets_of(sources, options.output)  # raises for an unusable output now, not after hours
    state, anew = State.of_run(options.place / STATE, _signature(options, sources))
    if anew:
        progress.say(f"{options.place}: the state of another run, or of other input; begun anew")
        remove_database(options.place / STORIES)
    return sources, state


def finish(options: Options, sources: Sequence[Source], state: State, progress: Progress) -> Summary:
    """Write the results: articles, rejects, the lexicon that was learnt, the summary and its page."""
    if options.output is not None:
        _write(options, sources, state, progress)
    if options.rejects is not None:
        _write_rejects(options.rejects, state)
    learnt = options.place / teaching.LEARNT
    if options.learn is not None and learnt.exists():
        write_atomically(options.learn, learnt.read_bytes())
    swaps = sum(len(path.read_text("utf-8").splitlines()) - 1 for path in learnt_in(options.place))
    summary = summary_of(state, swaps)
    if options.report is not None:
        write_atomically(options.report, summary.to_json().encode())
    if options.html is not None:
        write_summary_page(options.html, ", ".join(path.name for path in options.inputs), state)
    return summary


def end(options: Options, stories: Path) -> None:
    """Remove the state of a run, or finish it if it is to be kept."""
    if options.keep is None:
        shutil.rmtree(options.place)
    else:
        settle(options.keep, stories)


def _signature(options: Options, sources: Sequence[Source]) -> str:
    """Return a hash of what a run depends on: a state with another signature cannot be continued."""
    from normalizer import __version__

    named = [source.path for source in sources] + options.files.named
    files = [[str(path), sha256(repr(_stamp(Path(path))).encode()).hexdigest()] for path in named]
    rest = options._replace(
        inputs=(), output=None, workers=1, keep=None, rejects=None, learn=None, report=None, only_spun=False
    )
    return json.dumps([__version__, files, repr(rest)])


def _stamp(path: Path) -> list[tuple[str, int, int]]:
    """Return what changes when a file, or any in a folder, does: names, sizes and the times of the last changes."""
    found = ((each.relative_to(path).as_posix(), each.stat()) for each in _files(path))
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in found]


def _files(path: Path) -> list[Path]:
    return sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _size(source: Source) -> int:
    """Return the bytes of a source, for showing progress."""
    return sum(each.stat().st_size for each in _files(Path(source.path)))


# --- survey ---------------------------------------------------------------------------------------------------


def _survey(
    options: Options, sources: Sequence[Source], state: State, store: StoryStore, workers: Workers, progress: Progress
) -> None:
    """Read every record once, and note its article, how likely that is spun, and the keys by which it is found."""
    if state.fact("surveyed"):
        return
    progress.begin("reading", sum(_size(source) for source in sources), "bytes")
    for source in sources:
        done = state.records_of(source.path)
        raws = islice(read(source, options.fields), done, None)
        batches = (
            Surveying(batch, options.fields, options.longest, options.drop_residue) for batch in batches_of(raws)
        )
        for found in workers.map(tasks.survey, batches):
            done += len(found)
            _note_survey(found, source, done, state, store, options)
            progress.advance(sum(len(each.keyed.story.text) for each in found if each.keyed))
    state.set_fact("surveyed", "1")
    state.commit()
    progress.end()


def _note_survey(
    found: Sequence[Surveyed], source: Source, done: int, state: State, store: StoryStore, options: Options
) -> None:
    if options.strict and (bad := next((each for each in found if each.reason), None)):
        raise CorpusError(f"{bad.file}: record {bad.number}: {bad.reason}")
    store.add(each.keyed for each in found if each.keyed is not None)
    for each in found:
        note_surveyed(state, each)
    state.read(source.path, done)
    state.commit()


def note_surveyed(state: State, each: Surveyed) -> None:
    """Note what a record holds."""
    state.add_record(each.file, each.number, each.digest or None, each.reason or None, passed=each.passed)
    if each.seen is not None:
        state.add_article(each.seen)
    if each.note is not None:
        state.add_repair(each.digest, each.note)


def batches_of(raws: Iterable[Raw | Reject]) -> Iterator[list[Raw | Reject]]:
    """Yield records in batches of bounded size."""
    batch: list[Raw | Reject] = []
    size = 0
    for raw in raws:
        batch.append(raw)
        size += len(raw.data) if isinstance(raw, Raw) and isinstance(raw.data, bytes) else 0
        if len(batch) >= RECORDS or size >= CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def chunks_of(items: Iterable[Item], size: int = ARTICLES) -> Iterator[list[Item]]:
    """Yield *items* in lists of this *size*, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


# --- compare --------------------------------------------------------------------------------------------------


def _compare(state: State, workers: Workers, progress: Progress) -> None:
    """Find other reports of every article's story, and tell whether it is a spun copy of one."""
    if state.fact("compared"):
        return
    progress.begin("comparing", state.count("articles") - state.count("compared"), "articles")
    for found in workers.map(tasks.compare_all, chunks_of(state.uncompared(), 4 * ARTICLES)):
        for compared in found:
            state.add_compared(compared)
        state.commit()
        progress.advance(len(found))
    state.set_fact("compared", "1")
    state.commit()
    progress.end()


# --- teach ----------------------------------------------------------------------------------------------------


def note_suspects(state: State) -> None:
    """Note what each site shows, and which articles are to be repaired."""
    teaching.note_sites(state)
    for digest, suspect in teaching.suspects(state):
        state.suspect(digest, suspect.prior, known=suspect.known)


def learn(options: Options, state: State, text_of: Callable[[str], str], progress: Progress) -> None:
    """Write the lexicon of the scrape, and note that this is done. text_of: returns the text with a digest."""
    if options.teach:
        progress.say("learning the swaps of this scrape")
        for site, told in teaching.told_by_sites(state):
            state.tell(site, told)
        swaps = teaching.swaps_of(_versions(state, text_of), Lexicon.load(options.files.lexicons))
        write_atomically(options.place / teaching.LEARNT, format_file(swaps).encode())
    state.set_fact(TAUGHT, "1")
    state.commit()


def pairs(state: State) -> Iterator[tuple[str, str]]:
    """Yield the digests of spun articles, each with that of the clean text that it is a copy of."""
    twins = (compared for compared in state.all_compared() if compared.twin)
    spun = (each for each in twins if state.is_suspect(each.digest) and not state.is_suspect(each.twin))
    yield from ((each.digest, each.twin) for each in islice(spun, teaching.MOST_PAIRS))


def _versions(state: State, text_of: Callable[[str], str]) -> Iterator[Versions]:
    for digest, twin in pairs(state):
        yield Versions(state.article(digest).id or digest, text_of(digest), text_of(twin))


# --- repair ---------------------------------------------------------------------------------------------------


def _repair(state: State, store: StoryStore, workers: Workers, progress: Progress) -> None:
    """Repair the articles that are spun."""
    if state.fact("repaired"):
        return
    progress.begin("repairing", sum(1 for _ in state.unrepaired()), "articles")
    for found in workers.map(tasks.repair_all, chunks_of(_to_repair(state, store))):
        for digest, note in found:
            state.add_repair(digest, note)
        state.commit()
        progress.advance(len(found))
    state.set_fact("repaired", "1")
    state.commit()
    progress.end()


def _to_repair(state: State, store: StoryStore) -> Iterator[Repairing]:
    for digest in state.unrepaired():
        found = repairing(state, digest)
        assert found is not None
        yield with_told(found, store.story(digest).text, state.told)


# --- write ----------------------------------------------------------------------------------------------------


def _write(options: Options, sources: Sequence[Source], state: State, progress: Progress) -> None:
    """Write every source anew, with what was repaired. What is finished already is not written again."""
    assert options.output is not None
    progress.begin("writing", len(sources), "files")
    for source, target in zip(sources, targets_of(sources, options.output), strict=True):
        if state.fact(f"written {source.path}") is None:
            if not _write_source(source, target, options, state):
                progress.say(f"{source.path}: nothing in it could be read, so nothing is written")
            state.set_fact(f"written {source.path}", "1")
            state.commit()
        progress.advance(1)
    progress.end()


def _write_source(source: Source, target: Path, options: Options, state: State) -> bool:
    """Write a source anew, and say whether there was anything in it."""
    raws = (raw for raw in read(source, options.fields) if isinstance(raw, Raw))
    first = next(raws, None)
    if first is None:
        return False
    with open_sink(source, target, options.fields) as sink:
        for raw in chain([first], raws):
            _put(raw, sink, state, options)
    return True


def _put(raw: Raw, sink: Sink, state: State, options: Options) -> None:
    """Pass a record on: repaired, or as it came; what could not be read is listed with the rejects."""
    known = state.record(raw.place.file, raw.place.number)
    note = state.repair(known.digest) if known is not None and known.digest is not None else None
    if note is None:
        if known is not None and known.passed and not options.only_spun:
            sink.put(raw)
        return
    record = parse(raw, options.fields)
    if isinstance(record, Reject):
        raise CorpusError(
            f"{raw.place.file}: record {raw.place.number}: expected the article that was read before, found: "
            f"{record.reason}; run it again over files that nobody changes meanwhile"
        )
    plan = plan_of(note)
    sink.put(raw, plan.apply(record.text), note, plan.edits)


def _write_rejects(path: Path, state: State) -> None:
    with RejectsFile(path) as rejects:
        for file, number, reason in state.rejected():
            rejects.add(Reject(Place(file, number), reason))
