"""What workers do: survey records, compare articles with others of their story, repair them.

Each task is a pure function of its arguments, the tables and the story store, so that its result is the same in every
process, and whatever other tasks are done there.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from normalizer.corpus.comparing import Comparison, compare, swapped_words
from normalizer.corpus.records import Fields, Raw, Record, Reject
from normalizer.corpus.reports import REFERENCES, article_page
from normalizer.corpus.restoring import SURE, restored
from normalizer.corpus.sources import parse
from normalizer.corpus.state import Compared, Seen, Suspect
from normalizer.edits import Edit, apply_edits
from normalizer.errors import StoreError
from normalizer.files import write_atomically
from normalizer.protection import Protection, Spans, joined
from normalizer.reading import Finding, Job, Prior, read_articles
from normalizer.repairing import Normalizer, Repair, Settings
from normalizer.reporting import html_page
from normalizer.stories import Articles, Finder, Keyed, Story, StoryStore, Worths, keyed
from normalizer.synonyms import Swaps
from normalizer.table_files import TableFiles
from normalizer.tables import Tables
from normalizer.tokens import tokenize

LONGEST = 200_000  # characters of an article that is read, by default
MOST_REFERENCES = 3  # of an article that is repaired: further ones cost time and say little new
MOST_FOUND = 6  # reports of an article's story to find: some of them may turn out to be spun
NEAR = 0.35  # least share of equal words in paired sentences for two texts to be compared word by word
PAIRED = 0.2  # least share of an article's sentences that are paired, for the same


class Shop:
    """What a worker does its tasks with: a normalizer, and a story store that it reads."""

    def __init__(
        self,
        files: TableFiles,
        settings: Settings,
        stories: Path | None,
        html: Path | None = None,
        learnt: Sequence[Path] = (),
    ) -> None:
        """Load the tables. The store is opened when it is first asked.

        html: folder of pages about repairs. learnt: lexicons of the scrape, for articles of an unknown spinner.
        """
        self.html = html
        self.normalizer = Normalizer(tables=Tables.of(files), settings=settings)
        self.taught = self.normalizer
        if learnt:
            self.taught = Normalizer(tables=Tables.of(files.with_lexicons(learnt)), settings=settings)
        self.worths = Worths(self.normalizer.tables)
        self._protection = Protection(settings.protect, settings.ignore)
        self._stories = stories

    def kept(self, seen: Seen, text: str) -> Spans:
        """Return the stretches of an article and its *text* that no edit may touch."""
        return joined([*seen.kept, *self._protection.stretches(text)])

    @cached_property
    def store(self) -> Articles:
        """The story store. Raises StoreError without one."""
        if self._stories is None:
            raise StoreError("expected a story store, found none; name one")
        return StoryStore(self._stories, writable=False)

    @cached_property
    def finder(self) -> Finder:
        """The finder of reports in the store."""
        return Finder(self.store, self.normalizer.tables, self.worths)

    def close(self) -> None:
        """Close the store, if it was opened here."""
        store = self.__dict__.get("store")
        if isinstance(store, StoryStore):
            store.close()

    def beside(self, store: Articles) -> "Shop":
        """Return a shop with the same tables that reads another store."""
        other = copy(self)
        other.__dict__.pop("finder", None)
        other.__dict__["store"] = store
        return other


# --- survey ---------------------------------------------------------------------------------------------------


class Surveying(NamedTuple):
    """Records to survey. longest: characters of an article; a longer one is passed on unread."""

    raws: Sequence[Raw | Reject]
    fields: Fields
    longest: int
    drop_residue: bool


class Surveyed(NamedTuple):
    """What a record holds.

    digest: of its text, or "". reason: why it was not read, or "". passed: whether a record that was not read is passed
    on as it came. keyed: the article for the story store. note: the repair if it is known already, which is that of a
    clean article from which only residue is removed.
    """

    file: str
    number: int
    digest: str = ""
    reason: str = ""
    passed: bool = False
    seen: Seen | None = None
    keyed: Keyed | None = None
    note: Mapping[str, Any] | None = None


def survey(shop: Shop, task: Surveying) -> list[Surveyed]:
    """Return what each record holds, and how likely it is spun."""
    parsed = [raw if isinstance(raw, Reject) else parse(raw, task.fields) for raw in task.raws]
    return survey_records(shop, parsed, task.longest, task.drop_residue)


def survey_records(
    shop: Shop, parsed: Sequence[Record | Reject], longest: int, drop_residue: bool = False
) -> list[Surveyed]:
    """Return what each of *parsed* holds. longest: characters of an article that is read."""
    read = [each for each in parsed if isinstance(each, Record) and len(each.text) <= longest]
    tables = shop.normalizer.tables
    jobs = [Job(record.text, (), record.closed, record.markup) for record in read]
    findings = iter(read_articles(jobs, tables, 1.0, lambda _: []))
    found = []
    for each in parsed:
        if isinstance(each, Reject):
            found.append(Surveyed(each.place.file, each.place.number, reason=each.reason))
        elif len(each.text) > longest:
            reason = too_long(len(each.text), longest)
            found.append(Surveyed(each.place.file, each.place.number, reason=reason, passed=True))
        else:
            found.append(_surveyed(shop, each, next(findings), drop_residue))
    return found


def too_long(length: int, longest: int) -> str:
    """Return why an article of so many characters is not read."""
    return f"expected at most {longest:,} characters, found {length:,}; raise the limit (--longest) to read it"


def _surveyed(shop: Shop, record: Record, finding: Finding, drop_residue: bool) -> Surveyed:
    story = Story.of(record.text, record.id, record.day, record.site, round(finding.verdict.spun, 4))
    day = record.day.isoformat() if record.day else ""
    seen = Seen(
        story.digest, day, record.id, record.site, len(record.text.split()), finding.verdict.spun,
        finding.evidence, finding.expected, tuple(record.closed), record.markup,
    )  # fmt: skip
    residue = [edit for edit in finding.edits if edit.kind == "residue"] if drop_residue else []
    note = note_of(_residue_only(shop, record.text, residue, finding), ()) if residue else None
    found = keyed(story, shop.worths)
    return Surveyed(record.place.file, record.place.number, story.digest, "", True, seen, found, note)


def _residue_only(shop: Shop, text: str, edits: Sequence[Edit], finding: Finding) -> Repair:
    return Repair(text, apply_edits(text, edits), tuple(edits), finding.verdict, shop.normalizer.signature(0))


# --- compare --------------------------------------------------------------------------------------------------


def compare_all(shop: Shop, task: Sequence[Seen]) -> list[Compared]:
    """Return for each article which others tell its story, and whether it is a spun copy of one of them."""
    return [compare_story(shop, shop.store.story(seen.digest)) for seen in task]


def compare_story(shop: Shop, article: Story) -> Compared:
    """Return which articles of the store tell the story of *article*, and whether it is a spun copy of one."""
    tables = shop.normalizer.tables
    found = shop.finder.find(article, limit=MOST_FOUND)
    near = [each.story for each in found if each.paired >= PAIRED and each.equal >= NEAR]
    twins = [(compare(article.text, story.text, tables), story.digest) for story in near]
    digests = tuple(each.story.digest for each in found)
    best, twin = max(
        ((each, digest) for each, digest in twins if each.is_twin),
        key=lambda pair: (pair[0].spun, pair[0].restored, pair[0].equal, pair[1]),
        default=(Comparison(0.0, 0, 0.0, 0.0), ""),
    )
    told = swapped_words(article.text, shop.store.story(twin).text) if best.restored else ((), ())
    return Compared(article.digest, digests, twin, best.spun, best.restored, *told)


# --- repair ---------------------------------------------------------------------------------------------------


class Repairing(NamedTuple):
    """An article to repair, with the digests of the clean reports of its story that are known, best first.

    If there are none, reports are looked for again, since it was not yet known which articles are spun when they were
    compared. copied: whether the article is a spun copy of the first report. known: whether its spinner is of a family
    that the lexicon knows.
    """

    seen: Seen
    prior: Prior
    references: tuple[str, ...]
    copied: bool = False
    known: bool = False


def to_repair(seen: Seen, suspect: Suspect, compared: Compared, is_suspect: Callable[[str], bool]) -> Repairing:
    """Return how an article is to be repaired. is_suspect: says of a digest whether that article may be spun itself."""
    copied = compared.clean and not is_suspect(compared.twin)
    first = [compared.twin] if copied else []
    found = [*first, *(each for each in compared.found if each not in first and not is_suspect(each))]
    return Repairing(seen, suspect.prior, tuple(found), copied, suspect.known)


def with_told(task: Repairing, text: str, told: Callable[[str, Iterable[str]], Swaps]) -> Repairing:
    """Return *task* with the swaps that other pages of its site tell of; a copy, which has its original, stays.

    text: of the article. told: returns what is known of the swaps of a site that write one of some words.
    """
    if task.copied:
        return task
    swaps = told(task.seen.site, {token.word for token in tokenize(text)})
    return task._replace(prior=task.prior._replace(swaps=swaps))


def repair_all(shop: Shop, task: Sequence[Repairing]) -> list[tuple[str, dict[str, Any] | None]]:
    """Return for each article its digest and the note on its repair, None if nothing is to be repaired."""
    return repair_stories(shop, [(each, shop.store.story(each.seen.digest)) for each in task])


def repair_stories(shop: Shop, task: Sequence[tuple[Repairing, Story]]) -> list[tuple[str, dict[str, Any] | None]]:
    """Return for each article the same as `repair_all`; the articles themselves need not lie in the store."""
    found: dict[int, tuple[str, dict[str, Any] | None]] = {}
    for normalizer, known in ((shop.normalizer, True), (shop.taught, False)):
        own = [number for number, (each, _) in enumerate(task) if each.known is known]
        found |= dict(zip(own, _repaired(shop, normalizer, [task[number] for number in own]), strict=True))
    return [found[number] for number in range(len(task))]


def _repaired(
    shop: Shop, normalizer: Normalizer, task: Sequence[tuple[Repairing, Story]]
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    references = [_references(shop, *each) for each in task]
    jobs = (
        Job(story.text, [other.text for other in own], each.seen.kept, each.seen.whole_page, each.prior)
        for (each, story), own in zip(task, references, strict=True)
    )
    sure = normalizer.settings.min_confidence <= SURE
    for (each, _), own, read in zip(task, references, normalizer.repair_many(jobs), strict=True):
        repair = restored(read, own[0].text, shop.kept(each.seen, read.source)) if each.copied and sure else read
        yield each.seen.digest, note_of(repair, [story.id for story in own]) if repair.edits else None
        if shop.html is not None and repair.edits:
            path = article_page(shop.html, each.seen.digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, html_page(repair, each.seen.id, [story.id for story in own]).encode())


def _references(shop: Shop, task: Repairing, story: Story) -> list[Story]:
    if task.references:
        return [shop.store.story(digest) for digest in task.references[:MOST_REFERENCES]]
    found = shop.finder.find(story, limit=MOST_REFERENCES)
    return [each.story for each in found]


def note_of(repair: Repair, references: Sequence[str]) -> dict[str, Any]:
    """Return a repair as the field `normalizer` of its record has it: its plan, and the ids of its references.

    Sentences of references are left out: they stand in the scrape, and would make a record four times as long.
    """
    edits = [replace(edit, evidence=replace(edit.evidence, references=())) for edit in repair.edits]
    plan = replace(repair, edits=tuple(edits), held_back=()).plan()
    return {**json.loads(plan.to_json()), REFERENCES: list(references)}
