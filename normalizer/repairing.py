"""The face of the package: repairing one article or many, and telling how spun they are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from normalizer.edits import Edit, apply_edits, compose_edits
from normalizer.errors import InputError
from normalizer.explaining import SUSPECTED, Explanation, considered, explained, with_alternatives
from normalizer.lexicon import Lexicon
from normalizer.plans import Plan
from normalizer.protection import Protection, joined, moved
from normalizer.reading import BATCH, Finding, Job, Look, View, read_articles
from normalizer.references import Reference
from normalizer.residue import touches
from normalizer.tables import Tables
from normalizer.testimony import ReferenceCache
from normalizer.verdicts import Verdict

# A repaired text is read again so often at most. Of 960 excerpts of the seeds 18 changed in a second reading, none in a
# third. The cost: a spun text takes about twice as long, a clean one no longer.
REREADINGS = 8
MOST_ARTICLES = 256  # that are held at a time, however short

Text = str | tuple[str, Sequence[str | Reference]] | Job  # an article, one with its references, or with all there is


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may choose.

    min_confidence: edits below this probability (0..1) are not made. The default is where F0.5 is highest on the seeds
    and on real pages (`normalizer evaluate --leave-out` prints the curve); .9 loses a sixth of the repairs and half of
    the wrong ones. protect, ignore: names and phrases that must stay, and regular expressions for them; see
    `protection.Protection`. detailed: whether a repair tells more: edits that are held back, for each edit the other
    wordings that were considered, and its family. The edits are the same; a spun article takes two fifths longer, a
    clean one no longer.
    """

    min_confidence: float = 0.75
    protect: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    detailed: bool = False

    def __post_init__(self) -> None:
        """Check the numbers. Raises InputError; TypeError for one phrase in place of a list."""
        if not 0 <= self.min_confidence <= 1:  # also if it is no number at all
            raise InputError(f"min_confidence: expected a number from 0 to 1, found {self.min_confidence}")
        for name in ("protect", "ignore"):
            if isinstance(value := getattr(self, name), str):
                raise TypeError(f"{name}: expected a list of texts, found one text; write [{value!r}]")
            object.__setattr__(self, name, tuple(value))


@dataclass(frozen=True, slots=True)
class Repair:
    """The result for one article: text is source with edits applied.

    withheld: how many edits the first reading found that are less sure than `min_confidence`, and not quite unlikely.
    held_back: further edits, from a probability of SUSPECTED on, that the first reading found and that are not sure
    enough to be made; of detailed repairs only.
    """

    source: str
    text: str
    edits: tuple[Edit, ...]
    verdict: Verdict
    signature: str = ""
    withheld: int = 0
    held_back: tuple[Edit, ...] = ()

    def plan(self) -> Plan:
        """Return the edits as a plan that can be written down, replayed and reverted."""
        verdict = {
            "spun": round(self.verdict.spun, 4),
            "family": self.verdict.family,
            "rate": round(self.verdict.rate, 4),
            "families": {name: round(value, 4) for name, value in self.verdict.families.items()},
        }
        return Plan.of(self.source, self.edits, self.signature, verdict, held_back=self.held_back)


class Normalizer:
    """Loaded tables for repairing many articles.

    Safe to share between threads; pickles as the paths of its tables and loads in a moment in another process, which
    shares their memory.

    Example:
        >>> tool = Normalizer()
        >>> [repair.verdict.family for repair in tool.repair_many(["It rained.", "The talks will go on next week."])]
        [None, None]
    """

    def __init__(
        self,
        lexicons: Sequence[str | Path] = (),
        model: str | Path | None = None,
        settings: Settings = Settings(),
        *,
        tables: Tables | None = None,
    ) -> None:
        """Load the shipped tables, with the entries of the files *lexicons* besides and the n-gram model at *model*.

        tables: what to use instead of all that; a variant of another normalizer's `tables`. Raises LexiconError or
        ModelError, naming the file; InputError for settings that cannot be; TypeError for what is no list of paths.
        """
        if tables is None:
            tables = Tables.load(_paths(lexicons), None if model is None else _path(model, "model"))
        self.tables = tables
        self.settings = settings
        self._protection = Protection(settings.protect, settings.ignore)
        self._references = ReferenceCache(self.tables)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without what is remembered of references."""
        return _restored, (self.tables, self.settings)

    @property
    def lexicon(self) -> Lexicon:
        """The entries behind the tables; read when first asked for, which takes a second."""
        return self.tables.entries

    def repair(self, text: str, references: Sequence[str | Reference] = ()) -> Repair:
        """Return the repair of *text*, checked against *references*: cleaner versions of the story.

        What is repaired makes the rest clearer, so a text that was changed is read again until nothing changes:
        repairing a repair changes nothing, whatever the bar. Raises TypeError for what is no text.
        """
        return self._repaired([_job((text, references))])[0]

    def repair_many(self, records: Iterable[Text]) -> Iterator[Repair]:
        """Yield the repair of each of *records*, in order: texts, pairs of a text and its references, or jobs.

        Each repair is what `repair` returns for its record. Articles are read side by side, which is several times
        faster; a few dozen are held at a time, however many there are. Raises TypeError for what is no text.
        """
        jobs: list[Job] = []
        size = 0
        for record in records:
            jobs.append(_job(record))
            size += len(jobs[-1].text)
            if size >= BATCH or len(jobs) >= MOST_ARTICLES:
                yield from self._repaired(jobs)
                jobs, size = [], 0
        yield from self._repaired(jobs)

    def detect(self, text: str) -> Verdict:
        """Return how likely *text* is spun, and by which family. Raises TypeError for what is no text."""
        return self._read([self._with_kept(_job(text))], 1.0)[0].verdict

    def explain(
        self, text: str, start: int, end: int, references: Sequence[str | Reference] = ()
    ) -> Explanation | None:
        """Return how *text* was read from *start* to *end*, in code points, when it was first read.

        None where there is no word, or where a glance found the page clean and it was not read.
        """

        def look(view: View) -> object:
            return explained(view, start, end, self.tables)

        finding = self._read([self._with_kept(_job((text, references)))], 1.0, look)[0]
        return next((sight.seen.weighed(sight.states) for sight in finding.sights), None)

    def signature(self, references: int) -> str:
        """Return what makes a repair with so many references: lexicon, models and version."""
        from normalizer import __version__

        return f"{self.tables.signature}|refs:{references}|v:{__version__}"

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
        """Return *job* with all that must stay in it: what the caller says of the text, and what the settings do."""
        return job._replace(kept=joined([*job.kept, *self._protection.stretches(job.text)]))

    def _after(self, job: Job, edits: Sequence[Edit]) -> Job:
        """Return *job* with *edits* made; what had to stay still has to, also where it no longer looks so."""
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


def _paths(lexicons: object) -> list[Path]:
    if isinstance(lexicons, str | bytes | Path) or not isinstance(lexicons, Iterable):
        raise TypeError(f"lexicons: expected a list of paths, found {lexicons!r}; write [{lexicons!r}]")
    return [_path(each, "lexicons") for each in lexicons]


def _path(value: object, name: str) -> Path:
    if not isinstance(value, str | Path):
        raise TypeError(f"{name}: expected paths, found {type(value).__name__} {value!r}; give the name of a file")
    return Path(value)


def _restored(tables: Tables, settings: Settings) -> Normalizer:
    return Normalizer(tables=tables, settings=settings)


def _job(record: object) -> Job:
    """Return a record as a job. Raises TypeError that says what is no text."""
    job = record if isinstance(record, Job) else Job(*record) if _is_pair(record) else Job(record)  # type: ignore[misc,arg-type]
    if isinstance(job.references, str):
        raise TypeError("references: expected a list of texts, found one text; write [text]")
    given = tuple(job.references)
    for number, each in enumerate((job.text, *given)):
        if not isinstance(each, str) and (number == 0 or not isinstance(each, Reference)):
            raise TypeError(f"expected texts (str), found {type(each).__name__}; decode bytes as UTF-8")
    return job._replace(text=str(job.text), references=given)


def _is_pair(record: object) -> bool:
    return isinstance(record, tuple) and len(record) == 2


@lru_cache(maxsize=1)
def _default() -> Normalizer:
    return Normalizer()


def repair(text: str, references: Sequence[str] = (), settings: Settings | None = None) -> Repair:
    """Repair one article, as *settings* say. For many articles make a `Normalizer` once."""
    tool = _default()
    if settings is not None:
        tool = Normalizer(tables=tool.tables, settings=settings)
    return tool.repair(text, references)


def detect(text: str) -> Verdict:
    """Return how likely *text* is spun, and by which family."""
    return _default().detect(text)


__all__ = ["Normalizer", "Repair", "Settings", "Verdict", "detect", "repair"]
