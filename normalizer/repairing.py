"""The face of the package: repairing one article or many, and telling how spun they are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import SupportsFloat

from normalizer.arguments import instance_of, path_of, paths_of, shown, text_of, texts_of
from normalizer.edits import Edit, apply_edits, compose_edits
from normalizer.errors import ArgumentError, InputError
from normalizer.explaining import SUSPECTED, Explanation, considered, explained, with_alternatives
from normalizer.lexicon import Lexicon
from normalizer.plans import Plan
from normalizer.protection import Protection, joined, moved
from normalizer.reading import BATCH, Finding, Job, Look, View, read_articles
from normalizer.references import Reference
from normalizer.residue import touches
from normalizer.table_files import TableFiles
from normalizer.tables import Tables
from normalizer.testimony import ReferenceCache
from normalizer.verdicts import Verdict

# How often a repaired text is read again at most. Of 960 excerpts of the seeds 18 changed in a second reading, none in
# a third. The cost: a spun text takes about twice as long; a clean one takes no longer.
REREADINGS = 8
MOST_ARTICLES = 256  # articles that are held at a time, however short they are

Paths = str | Path | Sequence[str | Path]
Text = str | tuple[str, Sequence[str | Reference]] | Job  # an article, an article with its references, or a job


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may choose of a repair.

    Attributes:
        min_confidence: Edits that are less probable than this, 0 to 1, are not made. The default is where F0.5 is
            highest on the seeds and on real pages (`normalizer evaluate gold --leave-out` prints the curve). With .9 a
            sixth of the right edits and half of the wrong ones are not made.
        protect: Names and phrases that must stay as they are. A star stands for the rest of a word ("Metropolis*"), a
            question mark for one character of it; a phrase in lower case covers every case.
        ignore: Regular expressions for what must stay as it is.
        detailed: Whether a repair tells more: the edits that are held back, and for each edit its family and the other
            wordings that were considered. The edits are the same. A spun article takes two fifths longer, a clean one
            no longer.

    Raises:
        InputError: For a `min_confidence` outside 0 to 1.
        ArgumentError: For values of the wrong type, such as one phrase in place of a list.

    Example:
        >>> Settings(min_confidence=0.9, protect=["Adam Worth"]).protect
        ('Adam Worth',)
    """

    min_confidence: float = 0.75
    protect: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    detailed: bool = False

    def __post_init__(self) -> None:
        """Check the values, and keep the lists as tuples."""
        bar = self.min_confidence
        if isinstance(bar, bool) or not isinstance(bar, SupportsFloat):
            raise ArgumentError(f"min_confidence: expected a number from 0 to 1, found {type(bar).__name__} {bar!r}")
        if not 0 <= bar <= 1:  # also if it is not a number (nan)
            raise InputError(f"min_confidence: expected a number from 0 to 1, found {bar}")
        for name in ("protect", "ignore"):
            object.__setattr__(self, name, texts_of(getattr(self, name), name))


@dataclass(frozen=True, slots=True)
class Repair:
    """The result for one article.

    Attributes:
        source: The text of the article as it came.
        text: The repaired text: `source` with `edits` applied.
        edits: The edits that were made, in order. Offsets are code points of `source`.
        verdict: How likely the article is spun, and by which family.
        signature: What the repair was made with: lexicon, models, weights, number of references, version.
        withheld: How many edits the first reading found whose confidence is at least .3 and below
            `Settings.min_confidence`.
        held_back: The edits that were found and not made, with a confidence of at least .1, in order; only filled in
            detailed repairs (`Settings.detailed`).

    Example:
        >>> result = repair("The ministers will meet again on Friday.")
        >>> result.text == result.source, result.edits
        (True, ())
    """

    source: str
    text: str
    edits: tuple[Edit, ...]
    verdict: Verdict
    signature: str = ""
    withheld: int = 0
    held_back: tuple[Edit, ...] = ()

    def plan(self) -> Plan:
        """Return the edits as a plan that can be written down, replayed and reverted.

        Returns:
            The plan; `plan.to_json()` is what "normalizer repair -f json" writes.
        """
        verdict = {
            "spun": round(self.verdict.spun, 4),
            "family": self.verdict.family,
            "rate": round(self.verdict.rate, 4),
            "families": {name: round(value, 4) for name, value in self.verdict.families.items()},
        }
        return Plan.of(self.source, self.edits, self.signature, verdict, held_back=self.held_back)


class Normalizer:
    """Loaded tables for repairing many articles.

    Safe to share between threads. Pickled, it is the paths of its tables: another process loads it in a moment and maps
    the same files into memory.

    Attributes:
        tables: The lexicon, models and weights in use.
        settings: What the caller chose.

    Example:
        >>> tool = Normalizer(settings=Settings(min_confidence=0.9))
        >>> [repair.verdict.family for repair in tool.repair_many(["It rained.", "The talks will go on next week."])]
        [None, None]
    """

    def __init__(
        self,
        lexicons: Paths = (),
        model: str | Path | None = None,
        settings: Settings = Settings(),
        *,
        association: str | Path | None = None,
        context: str | Path | None = None,
        weights: str | Path | None = None,
        tables: Tables | None = None,
    ) -> None:
        """Load the tables: the shipped ones, or those in the caller's files.

        Args:
            lexicons: One lexicon file or a list of them, whose entries are added to the shipped ones. The name of a
                file begins with its family: `a_mine.tsv`. With a lexicon or model that was not used before, the whole
                lexicon is compiled, which takes half a minute, and kept in the user's cache.
            model: An n-gram model, as "normalizer train-lm" writes it.
            settings: What the caller chooses, such as the least confidence.
            association: Word vectors, as "normalizer train-lm --write-association" writes them.
            context: A context model, as "normalizer train-context" writes it.
            weights: Learnt weights, as "normalizer tune" writes them.
            tables: Loaded tables to use instead of files: those of another normalizer, or a variant of them.

        Raises:
            LexiconError: For a lexicon file that cannot be read, naming file and line.
            ModelError: For a model or weights that cannot be read, naming the file.
            InputError: For a regular expression in the settings that does not compile.
            ArgumentError: For arguments of the wrong type, and for both tables and files.

        Warns:
            NormalizerWarning: For a lexicon file whose name tells no family, and where the compiled lexicon could not
                be kept.
        """
        named = {"model": model, "association": association, "context": context, "weights": weights}
        others = {name: None if value is None else path_of(value, name) for name, value in named.items()}
        files = TableFiles(paths_of(lexicons, "lexicons"), **others)
        if tables is not None and files.named:
            raise ArgumentError(f"tables: expected loaded tables or files, found both; leave out {files.named[0]}")
        if tables is None:
            tables = Tables.of(files)
        self.tables = instance_of(tables, Tables, "tables")
        self.settings = instance_of(settings, Settings, "settings")
        self._protection = Protection(settings.protect, settings.ignore)
        self._references = ReferenceCache(self.tables)
        self._signature = (
            self.tables.signature
        )  # a hash over all weights, which would take a millisecond for each repair

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without what is remembered of references."""
        return _restored, (self.tables, self.settings)

    @property
    def lexicon(self) -> Lexicon:
        """The entries behind the tables. They are read when first asked for, which takes a second."""
        return self.tables.entries

    def repair(self, text: str, references: Sequence[str | Reference] = ()) -> Repair:
        """Repair one article.

        Once some words are repaired, others can be recognised, so a text that was changed is read again until nothing
        changes. Repairing a repaired text with the same settings therefore changes nothing.

        Args:
            text: The article.
            references: Cleaner versions of its story, as texts or prepared (`prepare_references`).

        Returns:
            The repair. A clean article comes back as it is.

        Raises:
            ArgumentError: For what is no text, and for one text in place of a list of references.

        Warns:
            NormalizerWarning: For more references than are read for one article, 5,000,000 characters.
        """
        return self._repaired([_job((text, references))])[0]

    def repair_many(self, records: Iterable[Text]) -> Iterator[Repair]:
        """Repair many articles.

        Articles are read in batches, which takes about half the time that reading them one by one does. A few dozen are
        held in memory at a time, however many there are.

        Args:
            records: Texts, pairs of a text and a list of its references, or jobs (`normalizer.reading.Job`).

        Yields:
            The repair of each record, in order: the same as `repair` returns for it.

        Raises:
            ArgumentError: For one text in place of a series, and for a record that is none of these.
        """
        jobs: list[Job] = []
        size = 0
        if isinstance(records, str | bytes) or not isinstance(records, Iterable):
            raise ArgumentError(f"records: expected a list of texts, found {shown(records)}; use repair for one text")
        for record in records:
            jobs.append(_job(record))
            size += len(jobs[-1].text)
            if size >= BATCH or len(jobs) >= MOST_ARTICLES:
                yield from self._repaired(jobs)
                jobs, size = [], 0
        yield from self._repaired(jobs)

    def detect(self, text: str) -> Verdict:
        """Judge an article, without repairing it.

        Args:
            text: The article.

        Returns:
            How likely it is spun, and by which family.

        Raises:
            ArgumentError: For what is no text.
        """
        return self._read([self._with_kept(_job(text))], 1.0)[0].verdict

    def explain(
        self, text: str, start: int, end: int, references: Sequence[str | Reference] = ()
    ) -> Explanation | None:
        """Tell how a stretch of an article was read, before anything was repaired.

        Args:
            text: The article.
            start: Where the stretch begins, in code points.
            end: Where it ends, in code points, exclusive.
            references: Cleaner versions of its story, as texts or prepared (`prepare_references`).

        Returns:
            Every reading of the stretch with the parts of its score; None if there is no word, or if a glance found the
            page clean, so that it was not read.

        Raises:
            ArgumentError: For what is no text, and for offsets that are not whole numbers.
        """
        instance_of(start, int, "start"), instance_of(end, int, "end")

        def look(view: View) -> object:
            return explained(view, start, end, self.tables)

        finding = self._read([self._with_kept(_job((text, references)))], 1.0, look)[0]
        return next((sight.seen.weighed(sight.states) for sight in finding.sights), None)

    def signature(self, references: int) -> str:
        """Return what identifies the tables and the version that a repair is made with.

        Args:
            references: How many references the repair has.

        Returns:
            Short hashes of lexicon, models and weights, the number of references and the version:
            "lexicon:...|lm:...|topics:...|context:...|weights:...|refs:2|v:0.1.0".
        """
        from normalizer import __version__

        return f"{self._signature}|refs:{references}|v:{__version__}"

    def _read(self, jobs: Sequence[Job], bar: float, look: Look | None = None) -> list[Finding]:
        return read_articles(jobs, self.tables, bar, self._references, look)

    def _repaired(self, jobs: Sequence[Job]) -> list[Repair]:
        """Return the repair of each article, read until nothing changes."""
        looked = [self._with_kept(job) for job in jobs]
        if self.settings.detailed:
            least = min(self.settings.min_confidence, SUSPECTED)
            found = self._read(looked, least, partial(considered, tables=self.tables))
        else:
            found = self._read(looked, self.settings.min_confidence)
        edits = [self._sure(finding) for finding in found]
        unsettled = [number for number, each in enumerate(edits) if each]
        for _ in range(REREADINGS):
            if not unsettled:
                break
            again = [self._after(jobs[number], edits[number]) for number in unsettled]
            read = self._read(again, self.settings.min_confidence)
            more = {number: new for number, each in zip(unsettled, read, strict=True) if (new := self._sure(each))}
            for number, new in more.items():
                edits[number] = compose_edits(jobs[number].text, edits[number], new)
            unsettled = list(more)
        return [self._repair(*each) for each in zip(jobs, edits, found, strict=True)]

    def _sure(self, finding: Finding) -> list[Edit]:
        return [edit for edit in finding.edits if edit.confidence >= self.settings.min_confidence]

    def _with_kept(self, job: Job) -> Job:
        """Return *job* with all stretches that must stay: those it names already, and those that the settings match."""
        return job._replace(kept=joined([*job.kept, *self._protection.stretches(job.text)]))

    def _after(self, job: Job, edits: Sequence[Edit]) -> Job:
        """Return *job* with *edits* made; what had to stay must still stay, even if the settings no longer match it."""
        kept = moved(self._with_kept(job).kept, edits)
        return self._with_kept(job._replace(text=apply_edits(job.text, edits), kept=kept))

    def _repair(self, job: Job, edits: Sequence[Edit], finding: Finding) -> Repair:
        text, signature = apply_edits(job.text, edits), self.signature(len(job.references))
        held_back: list[Edit] = []
        if self.settings.detailed:
            unsure = [edit for edit in finding.edits if edit.confidence < self.settings.min_confidence]
            held_back = [edit for edit in unsure if not touches(edits, edit.start, edit.end)]
            edits, held_back = (with_alternatives(job.text, each, finding.sights) for each in (edits, held_back))
        return Repair(job.text, text, tuple(edits), finding.verdict, signature, finding.withheld, tuple(held_back))


def _restored(tables: Tables, settings: Settings) -> Normalizer:
    return Normalizer(tables=tables, settings=settings)


def _job(record: object) -> Job:
    """Return a record as a job. Raises ArgumentError, which names what is no text."""
    job = record if isinstance(record, Job) else Job(*record) if _is_pair(record) else Job(record)  # type: ignore[misc,arg-type]
    text_of(job.text)
    if isinstance(job.references, str | bytes) or not isinstance(job.references, Iterable):
        found = "one text; write [text]" if isinstance(job.references, str) else shown(job.references)
        raise ArgumentError(f"references: expected a list of texts, found {found}")
    given = tuple(job.references)
    for each in given:
        if not isinstance(each, Reference):
            text_of(each, "references")
    return job._replace(text=str(job.text), references=given)


def _is_pair(record: object) -> bool:
    return isinstance(record, tuple) and len(record) == 2


@lru_cache(maxsize=1)
def _default() -> Normalizer:
    """Return the normalizer with the shipped tables, loaded once for all calls of the functions below."""
    return Normalizer()


def _with(settings: Settings | None) -> Normalizer:
    """Return a normalizer with the shipped tables and *settings*."""
    return _default() if settings is None else Normalizer(tables=_default().tables, settings=settings)


def repair(text: str, references: Sequence[str | Reference] = (), settings: Settings | None = None) -> Repair:
    """Repair one article with the shipped tables.

    Args:
        text: The article.
        references: Cleaner versions of its story, as texts or prepared (`prepare_references`).
        settings: What the caller chooses, such as the least confidence; None for the defaults.

    Returns:
        The repair: the text, the edits with their evidence, and a verdict. A clean article comes back as it is.

    Raises:
        InputError: For a regular expression in the settings that does not compile.
        ArgumentError: For what is no text, and for one text in place of a list of references.

    Warns:
        NormalizerWarning: For more references than are read for one article, 5,000,000 characters.

    Example:
        >>> article = (
        ...     "The International Minister instructed reporters at a press convention on Friday that talks will "
        ...     "proceed subsequent week. He stated Moscow had despatched extra troops to the border."
        ... )
        >>> print(repair(article).text.split(". ")[0])
        The Foreign Minister told reporters at a press conference on Friday that talks will continue next week
    """
    return _with(settings).repair(text, references)


def repair_many(records: Iterable[Text], settings: Settings | None = None) -> Iterator[Repair]:
    """Repair many articles with the shipped tables.

    Each repair is what `repair` returns for its record. Articles are read in batches, which takes about half the time
    (`python -m tests.tools.bench`). A few dozen are held in memory at a time, however many there are.

    Args:
        records: Texts, pairs of a text and a list of its references, or jobs (`normalizer.reading.Job`).
        settings: What the caller chooses, such as the least confidence; None for the defaults.

    Yields:
        The repair of each record, in order.

    Raises:
        ArgumentError: For one text in place of a series, and for a record that is none of these.

    Example:
        >>> texts = ["It rained on Friday.", ("The talks went on.", ["The talks went on for a week."])]
        >>> [len(each.edits) for each in repair_many(texts)]
        [0, 0]
    """
    return _with(settings).repair_many(records)


def detect(text: str) -> Verdict:
    """Judge one article with the shipped tables, without repairing it.

    Args:
        text: The article.

    Returns:
        How likely it is spun, and by which family.

    Raises:
        ArgumentError: For what is no text.

    Example:
        >>> detect("The ministers will meet again on Friday.").family is None
        True
    """
    return _default().detect(text)


__all__ = ["Normalizer", "Repair", "Settings", "Verdict", "detect", "repair", "repair_many"]
