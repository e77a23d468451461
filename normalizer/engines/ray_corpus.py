"""A whole scrape on Ray: what `normalizer corpus` does, spread over the machines of a cluster, with the same bytes out.

    from normalizer.corpus import Options
    from normalizer.engines.ray_corpus import run

    run(Options(inputs=[Path("/shared/scrape")], output=Path("/shared/repaired")))

Texts never pass through the machine that calls `run`: it holds some 1.5 KB of each article, in the SQLite file of
the run's state. Reading, looking stories up (by shuffles, see `shuffling`), comparing and repairing are Ray Data jobs,
whose results lie as Parquet in the folder of the state: a job that is broken off begins anew, those before it do not.
Inputs, output and that folder (beside the output, or `Options.keep`) must be paths that all nodes share, and every node
needs normalizer. A worker that dies is Ray's to replace: its batch is done again, and nothing is written twice, since a
job's result counts only when all of it is there.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import Any

from normalizer.corpus import tasks
from normalizer.corpus.kept import STORIES, learnt_in, repairing
from normalizer.corpus.progress import SILENT, Progress
from normalizer.corpus.records import Fields, Source
from normalizer.corpus.reports import Summary
from normalizer.corpus.running import (
    TAUGHT,
    Options,
    begin,
    chunks_of,
    end,
    finish,
    learn,
    note_surveyed,
    note_suspects,
    pairs,
)
from normalizer.corpus.state import State, remove_database
from normalizer.corpus.tasks import MOST_REFERENCES, Repairing, Shop, Surveying
from normalizer.engines.exchanged import (
    ARTICLE,
    BUCKET,
    FACTS,
    NOTES,
    RESULTS,
    TASKS,
    Asker,
    asked,
    askers,
    best_of,
    brought,
    candidates,
    chosen,
    compared_of,
    earliest,
    fact_of,
    offered,
    packed_compared,
    packed_fact,
    packed_repairing,
    packed_story,
    postings,
    read_batches,
    spread,
    story_of,
)
from normalizer.engines.gathered import Gathered
from normalizer.engines.missing import extra
from normalizer.engines.ray import cpus
from normalizer.engines.shuffling import (
    COUNTED,
    RANKED,
    choose_keys,
    count_holders,
    match_holders,
    rank_matches,
)
from normalizer.errors import CorpusError, InputError
from normalizer.language_model.blas import one_blas_thread
from normalizer.reporting.results import SPUN_FROM
from normalizer.stories import Keyed, StoryStore
from normalizer.synonyms import Swaps

with extra("ray"):
    import pyarrow as pa
    import pyarrow.dataset as pds
    import pyarrow.parquet as pq
    import ray
    from ray.data import ActorPoolStrategy, Dataset

PER_BUCKET = 1000  # articles whose rows are brought together at once; it bounds the memory of a worker
# Folders of results, in that of the state.
SURVEYED, ARTICLES, HOLDERS, MATCHES, COMPARED, REPAIRS, REPAIRED = (
    "surveyed", "articles", "holders", "matches", "compared", "repairs", "repaired"
)  # fmt: skip


def run(options: Options, progress: Progress = SILENT, workers: int | None = None) -> Summary:
    """Do what *options* say on the Ray cluster at hand, or go on with what was broken off.

    Args:
        options: as for `normalizer.corpus.run`; `stories` cannot be given, and `workers` counts for nothing.
        progress: gets a line for each step; Ray shows what is inside of them.
        workers: processes that hold tables, at most; as many as the cluster has CPUs by default. Two CPUs at least.

    Returns:
        What was done.

    Raises:
        InputError: for inputs or options that cannot be.
        CorpusError: if a record cannot be read and `strict` is set.
    """
    if options.stories is not None:
        raise InputError("stories: expected none on Ray, whose shuffles stand for a store; run normalizer corpus")
    sources, state = begin(options, progress)
    with closing(state):
        job = _Job(options, state, progress, workers or cpus())
        job.step(SURVEYED, lambda: job.survey(sources), job.note_survey)
        job.step(ARTICLES, job.articles)
        job.step(HOLDERS, job.holders)
        job.step(MATCHES, job.matches)
        job.step(COMPARED, job.compare, job.note_compared)
        if not state.fact(TAUGHT):
            note_suspects(state)
            learn(options, state, job.texts().__getitem__, progress)
        job.step(REPAIRED, job.repair, job.note_repaired)
        summary = finish(options, sources, state, progress)
        if options.keep is not None:
            job.write_store(options.keep / STORIES)
    for name in (SURVEYED, ARTICLES, HOLDERS, MATCHES, COMPARED, REPAIRS, REPAIRED):
        shutil.rmtree(options.place / name, ignore_errors=True)
    end(options, options.place / STORIES)
    return summary


class _Job:
    """The steps of one run."""

    def __init__(self, options: Options, state: State, progress: Progress, workers: int) -> None:
        self.options, self.state, self.progress = options, state, progress
        self.actors = ActorPoolStrategy(min_size=1, max_size=workers)
        self.workers = workers

    def step(self, name: str, work: Callable[[], Dataset | None], note: Callable[[], None] = lambda: None) -> None:
        """Do a step whose result lies in a folder of its own, unless it was done before, and note its result.

        work: returns None where there is nothing to do: a shuffle of no rows fails in Ray.
        """
        done = f"{name} on Ray"  # a run that was begun without Ray has other results
        if self.state.fact(done):
            return
        self.progress.say(f"{name}: on Ray")
        folder = self.options.place / name
        begun = folder.with_name(f"{name}.begun")
        for path in (folder, begun):
            shutil.rmtree(path, ignore_errors=True)
        begun.mkdir()
        if (result := work()) is not None:
            result.write_parquet(str(begun))
        begun.rename(folder)
        note()
        self.state.set_fact(done, "1")
        self.state.commit()

    def rows(self, name: str, schema: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of a result, of each the columns of *schema*."""
        data = pds.dataset(self.options.place / name, schema=schema, format="parquet")
        for batch in data.to_batches(columns=schema.names, batch_size=1000):
            yield from batch.to_pylist()

    def any(self, name: str, schema: Any, column: str) -> bool:
        """Say whether any row of a result has something in *column*."""
        return any(row[column] for row in self.rows(name, pa.schema([schema.field(column)])))

    def part(self, name: str, schema: Any) -> Dataset:
        """Return a result that has rows as a dataset."""
        files = sorted(map(str, (self.options.place / name).rglob("*.parquet")))
        return ray.data.read_parquet(files).select_columns(schema.names)

    def by(self, dataset: Dataset, column: str, work: Any, *arguments: Any, actors: bool = False) -> Dataset:
        """Return what *work* makes of the rows of *dataset* in tables that hold all rows with the same *column*.

        work: a function of a table and *arguments*, or a class that takes these and is called with the table.
        """
        buckets = max(2 * self.workers, ceil(self.state.count("articles") / PER_BUCKET))
        spreading = dataset.map_batches(spread, fn_args=(column, buckets), batch_size=None, batch_format="pyarrow")
        grouped = spreading.groupby(BUCKET, num_partitions=min(buckets, 4 * self.workers))
        if actors:
            return grouped.map_groups(work, fn_constructor_args=arguments, batch_format="pyarrow", compute=self.actors)
        return grouped.map_groups(_worked, fn_args=(work, *arguments), batch_format="pyarrow")

    # --- steps

    def survey(self, sources: Sequence[Source]) -> Dataset:
        """Read every record once: FACTS."""
        options = self.options
        packed = [asdict(source) for source in sources]
        raws = ray.data.from_items(packed, override_num_blocks=len(packed)).map_batches(
            read_batches, fn_args=(options.fields,), batch_size=1, batch_format="numpy"
        )
        arguments = self.shop(), (options.fields, options.longest, options.drop_residue)
        return raws.repartition(target_num_rows_per_block=2).map_batches(
            _Surveyor, fn_constructor_args=arguments, batch_size=1, batch_format="numpy", compute=self.actors
        )

    def note_survey(self) -> None:
        """Note what each record holds."""
        for row in self.rows(SURVEYED, pa.schema([FACTS.field("fact")])):
            each = fact_of(row["fact"])
            if self.options.strict and each.reason:
                raise CorpusError(f"{each.file}: record {each.number}: {each.reason}")
            note_surveyed(self.state, each)

    def articles(self) -> Dataset | None:
        """Return different texts: ARTICLE."""
        if not self.any(SURVEYED, ARTICLE, "article"):
            return None
        return self.by(self.part(SURVEYED, ARTICLE), "article", earliest)

    def holders(self) -> Dataset | None:
        """Return which articles share which keys: COUNTED."""
        if not self.any(ARTICLES, ARTICLE, "words"):
            return None
        return self.by(_mapped(self.part(ARTICLES, ARTICLE), postings), "key", count_holders)

    def matches(self) -> Dataset | None:
        """Return for each article those that share keys with it: RANKED."""
        if not self.any(HOLDERS, COUNTED, "article"):
            return None
        words = sum(len(row["words"]) for row in self.rows(ARTICLES, pa.schema([ARTICLE.field("words")])))
        size = self.state.count("articles")
        chosen = self.by(self.part(HOLDERS, COUNTED), "article", choose_keys)
        matched = self.by(chosen, "key", match_holders, size, words / max(1, size))
        return self.by(matched, "article", rank_matches)

    def compare(self) -> Dataset | None:
        """Find for every article those that tell its story, and see whether it is a spun copy of one: RESULTS."""
        if not self.any(MATCHES, RANKED, "article"):
            return None
        wanted = self.brought(_mapped(self.part(MATCHES, RANKED), candidates))
        return self.by(wanted, "asker", _Comparer, self.shop(), self.store(), actors=True)

    def note_compared(self) -> None:
        """Note what was found for each article."""
        for row in self.rows(COMPARED, RESULTS):
            self.state.add_compared(compared_of(row["result"]))

    def texts(self) -> dict[str, str]:
        """Return the texts that the swaps of the scrape are learnt from, by digest."""
        wanted = {digest for pair in pairs(self.state) for digest in pair} if self.options.teach else set()
        if not wanted:
            return {}
        found = _mapped(self.part(ARTICLES, ARTICLE), chosen, wanted)
        return {row["article"]: story_of(row["story"]).text for row in found.iter_rows()}

    def repair(self) -> Dataset | None:
        """Repair what is spun: NOTES."""
        self.write_tasks()
        if not self.any(REPAIRS, TASKS, "article"):
            return None
        wanted = self.brought(_mapped(self.part(REPAIRS, TASKS), asked))
        shop, told = self.shop(learnt_in(self.options.place)), ray.put(self.state.all_told())
        return self.by(wanted, "asker", _Mender, shop, self.store(), told, actors=True)

    def note_repaired(self) -> None:
        """Note the repairs."""
        for row in self.rows(REPAIRED, NOTES):
            self.state.add_repair(row["article"], None if row["note"] is None else json.loads(row["note"]))

    def write_tasks(self) -> None:
        """Write what is to be repaired, with the articles that each repair has to look at: TASKS."""
        folder = self.options.place / REPAIRS
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        alone = {digest for digest in self.state.unrepaired() if not self.task(digest).references}
        near = {row["article"]: row for row in self.rows(MATCHES, RANKED) if row["article"] in alone}
        with pq.ParquetWriter(folder / "tasks.parquet", TASKS) as writer:
            for digests in chunks_of(self.state.unrepaired(), PER_BUCKET):
                rows = [self.task_row(digest, near.get(digest)) for digest in digests]
                writer.write_table(pa.Table.from_pylist(rows, TASKS))

    def task(self, digest: str) -> Repairing:
        """Return how a suspect is to be repaired."""
        found = repairing(self.state, digest)
        assert found is not None
        return found

    def task_row(self, digest: str, near: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return a suspect as a row of TASKS. near: its row of RANKED, if no clean report of it is known."""
        task = self.task(digest)
        others = list(task.references[:MOST_REFERENCES])
        if near is not None:
            spun = zip(near["others"], near["spun"], strict=True)
            others = best_of({other: max(own, SPUN_FROM * self.state.is_suspect(other)) for other, own in spun})
        suspects = [self.state.is_suspect(other) for other in others]
        return {"article": digest, "task": packed_repairing(task), "others": others, "suspects": suspects}

    def brought(self, wanted: Dataset) -> Dataset:
        """Return WANTED with the articles that are asked for."""
        return self.by(wanted.union(_mapped(self.part(ARTICLES, ARTICLE), offered)), "article", brought)

    def write_store(self, path: Path) -> None:
        """Write the story store that a kept run has."""
        remove_database(path)
        with closing(StoryStore(path)) as store:
            rows = self.rows(ARTICLES, ARTICLE)
            store.add(Keyed(story_of(row["story"]), row["words"]) for row in rows)
            store.mark_spun((digest, SPUN_FROM) for digest in self.state.suspects())

    def shop(self, learnt: Sequence[Path] = ()) -> tuple[Any, ...]:
        """Return what the shop of an actor is made of."""
        options = self.options
        return options.files, options.settings, None, options.html, tuple(learnt)

    def store(self) -> Any:
        """Return what stands for the store in the finder of an actor, as Ray holds it once for each node."""
        common = {row["key"]: row["holders"] for row in self.rows(HOLDERS, COUNTED) if row["article"] is None}
        return ray.put((self.state.count("articles"), common))


def _mapped(dataset: Dataset, work: Callable[..., Any], *arguments: Any) -> Dataset:
    return dataset.map_batches(work, fn_args=arguments, batch_size=None, batch_format="pyarrow")


def _worked(table: Any, work: Callable[..., Any], *arguments: Any) -> Any:
    return work(table.drop_columns([BUCKET]), *arguments)


# --- actors: they hold tables ---------------------------------------------------------------------------------


class _Surveyor:
    """Reads records for the first time: FACTS."""

    def __init__(self, shop: Sequence[Any], how: tuple[Fields, int, bool]) -> None:
        one_blas_thread().__enter__()  # for good: whoever reads many articles runs many processes
        self._shop, self._how = Shop(*shop), how

    def __call__(self, table: Any) -> Any:
        rows = []
        for batch in table["raws"]:
            for each in tasks.survey(self._shop, Surveying(batch, *self._how)):
                row: dict[str, Any] = {"fact": packed_fact(each)}
                if each.keyed is not None:
                    story, keys = each.keyed
                    row |= {"article": story.digest, "story": packed_story(story), "words": list(keys)}
                rows.append(row)
        return pa.Table.from_pylist(rows, FACTS)


class _Seeker:
    """Looks stories up among what a shuffle has brought together."""

    def __init__(self, shop: Sequence[Any], store: Any) -> None:
        one_blas_thread().__enter__()
        self.gathered = Gathered(*_there(store))
        self.shop = Shop(*shop).beside(self.gathered)


class _Comparer(_Seeker):
    """Compares articles with others of their story: RESULTS."""

    def __call__(self, table: Any) -> Any:
        results = []
        for asker in askers(table):
            self.gathered.lay(asker.others)
            self.gathered.know(asker.others)
            results.append({"result": packed_compared(tasks.compare_story(self.shop, asker.story))})
        return pa.Table.from_pylist(results, RESULTS)


class _Mender(_Seeker):
    """Repairs articles: NOTES."""

    def __init__(self, shop: Sequence[Any], store: Any, told: Any) -> None:
        super().__init__(shop, store)
        self.told: Mapping[str, Mapping[str, Swaps]] = _there(told)

    def __call__(self, table: Any) -> Any:
        found = list(askers(table))
        repairs = [
            (tasks.with_told(self._with_references(each), each.story.text, self._told), each.story) for each in found
        ]
        self.gathered.know(story for each in found for story in (each.story, *each.others))
        self.gathered.lay(())
        notes = tasks.repair_stories(self.shop, repairs)
        rows = [{"article": digest, "note": None if note is None else json.dumps(note)} for digest, note in notes]
        return pa.Table.from_pylist(rows, NOTES)

    def _with_references(self, asker: Asker) -> Repairing:
        """Return the repair with what is found, where no clean report is known."""
        assert asker.task is not None
        if asker.task.references:
            return asker.task
        self.gathered.lay(asker.others)
        found = self.shop.finder.find(asker.story, limit=MOST_REFERENCES)
        return asker.task._replace(references=tuple(each.story.digest for each in found))

    def _told(self, site: str, words: Iterable[str]) -> Swaps:
        """Return what a site tells of the swaps that write one of *words*."""
        known = self.told.get(site, {})
        return {swap: nats for word in sorted(words) for swap, nats in known.get(word, {}).items()}


def _there(value: Any) -> Any:
    """Return what Ray holds for all actors of a node."""
    return ray.get(value) if isinstance(value, ray.ObjectRef) else value
