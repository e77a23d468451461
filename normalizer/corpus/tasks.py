"""What workers do: survey records, compare articles with others of their story, repair them.

Each task is a pure function of its arguments, the tables and the story store, so that results are the same whoever
works them out, and in whatever company.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from normalizer.corpus.comparing import Comparison, compare, swapped_words
from normalizer.corpus.records import Fields, Raw, Record, Reject
from normalizer.corpus.reports import REFERENCES, article_page
from normalizer.corpus.restoring import SURE, restored
from normalizer.corpus.sources import parse
from normalizer.corpus.state import Compared, Seen
from normalizer.edits import Edit, apply_edits
from normalizer.files import write_atomically
from normalizer.protection import Protection, Spans, joined
from normalizer.reading import Finding, Job, Prior, read_articles
from normalizer.repairing import Normalizer, Repair, Settings
from normalizer.reporting import html_page
from normalizer.stories import Finder, Keyed, Story, StoryStore, Worths, keyed

MOST_REFERENCES = 3  # of an article that is repaired: further ones cost time and say little new
MOST_FOUND = 6  # reports of an article's story that are looked for: some may turn out to be spun
NEAR = 0.35  # share of the words of paired sentences that are equal, from which two texts are compared word by word
PAIRED = 0.2  # share of an article's sentences that must have a counterpart then


class Shop:
    """What a worker does its tasks with: a normalizer, and a story store that it reads."""

    def __init__(
        self,
        lexicons: Sequence[Path],
        model: Path | None,
        settings: Settings,
        stories: Path,
        html: Path | None,
        learnt: Sequence[Path] = (),
    ) -> None:
        """Load the tables. The store is opened when it is first asked. html: folder of pages about repairs.

        learnt: lexicons of the scrape, for articles whose spinner nobody knows.
        """
        self.html = html
        self.normalizer = Normalizer(lexicons, model, settings)
        self.taught = Normalizer([*lexicons, *learnt], model, settings) if learnt else self.normalizer
        self.worths = Worths(self.normalizer.tables)
        self._protection = Protection(settings.protect, settings.ignore)
        self._stories = stories

    def kept(self, seen: Seen, text: str) -> Spans:
        """Return the stretches of an article and its *text* that no edit may touch."""
        return joined([*seen.kept, *self._protection.stretches(text)])

    @cached_property
    def store(self) -> StoryStore:
        """The story store."""
        return StoryStore(self._stories, writable=False)

    @cached_property
    def finder(self) -> Finder:
        """What finds reports of a story in the store."""
        return Finder(self.store, self.normalizer.tables, self.worths)


# --- survey ---------------------------------------------------------------------------------------------------


class Surveying(NamedTuple):
    """Records to look at for the first time. longest: characters of an article; a longer one is passed on unread."""

    raws: Sequence[Raw | Reject]
    fields: Fields
    longest: int
    drop_residue: bool


class Surveyed(NamedTuple):
    """What a record holds.

    digest: of its text, or "". reason: why it was not read, or "". passed: whether it is passed on even so. keyed: the
    article for the story store. note: the repair, where one is known already: that of a clean article which only loses
    what a scraper left in it.
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
    read = [each for each in parsed if isinstance(each, Record) and len(each.text) <= task.longest]
    tables = shop.normalizer.tables
    jobs = [Job(record.text, (), record.closed, record.markup) for record in read]
    findings = iter(read_articles(jobs, tables, 1.0, lambda _: []))
    found = []
    for each in parsed:
        if isinstance(each, Reject):
            found.append(Surveyed(each.place.file, each.place.number, reason=each.reason))
        elif len(each.text) > task.longest:
            reason = (
                f"expected at most {task.longest:,} characters, found {len(each.text):,}; raise --longest to read it"
            )
            found.append(Surveyed(each.place.file, each.place.number, reason=reason, passed=True))
        else:
            found.append(_surveyed(shop, each, next(findings), task.drop_residue))
    return found


def _surveyed(shop: Shop, record: Record, finding: Finding, drop_residue: bool) -> Surveyed:
    story = Story.of(record.text, record.id, record.day, record.site, round(finding.verdict.spun, 4))
    day = record.day.isoformat() if record.day else ""
    seen = Seen(
        story.digest, day, record.id, record.site, len(record.text.split()), finding.verdict.spun,
        finding.evidence, finding.expected, tuple(record.closed), record.markup,
    )  # fmt: skip
    residue = [edit for edit in finding.edits if edit.kind == "residue"] if drop_residue else []
    note = _note(_residue_only(shop, record.text, residue, finding), ()) if residue else None
    found = keyed(story, shop.worths)
    return Surveyed(record.place.file, record.place.number, story.digest, "", True, seen, found, note)


def _residue_only(shop: Shop, text: str, edits: Sequence[Edit], finding: Finding) -> Repair:
    return Repair(text, apply_edits(text, edits), tuple(edits), finding.verdict, shop.normalizer.signature(0))


# --- compare --------------------------------------------------------------------------------------------------


def compare_all(shop: Shop, task: Sequence[Seen]) -> list[Compared]:
    """Return for each article which others tell its story, and whether it is a spun copy of one of them."""
    return [_compared(shop, seen) for seen in task]


def _compared(shop: Shop, seen: Seen) -> Compared:
    tables = shop.normalizer.tables
    article = shop.store.story(seen.digest)
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
    return Compared(seen.digest, digests, twin, best.spun, best.restored, *told)


# --- repair ---------------------------------------------------------------------------------------------------


class Repairing(NamedTuple):
    """An article to repair, with the digests of the clean reports of its story that are known, best first.

    Without one it is looked for again: when the articles were compared, nobody knew yet which were spun. copied:
    whether the first of them is the text that the article is a spun copy of. known: whether its spinner is of a family
    that the lexicon knows.
    """

    seen: Seen
    prior: Prior
    references: tuple[str, ...]
    copied: bool = False
    known: bool = False


def repair_all(shop: Shop, task: Sequence[Repairing]) -> list[tuple[str, dict[str, Any] | None]]:
    """Return for each article its digest and the note on its repair, None if nothing is to be repaired."""
    known, unknown = ([each for each in task if each.known is which] for which in (True, False))
    return [*_repaired(shop, shop.normalizer, known), *_repaired(shop, shop.taught, unknown)]


def _repaired(
    shop: Shop, normalizer: Normalizer, task: Sequence[Repairing]
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    stories = [_references(shop, each) for each in task]
    jobs = (
        Job(
            shop.store.story(each.seen.digest).text,
            [story.text for story in own],
            each.seen.kept,
            each.seen.whole_page,
            each.prior,
        )
        for each, own in zip(task, stories, strict=True)
    )
    sure = normalizer.settings.min_confidence <= SURE
    for each, own, read in zip(task, stories, normalizer.repair_many(jobs), strict=True):
        repair = restored(read, own[0].text, shop.kept(each.seen, read.source)) if each.copied and sure else read
        yield each.seen.digest, _note(repair, [story.id for story in own]) if repair.edits else None
        if shop.html is not None and repair.edits:
            path = article_page(shop.html, each.seen.digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, html_page(repair, each.seen.id, [story.id for story in own]).encode())


def _references(shop: Shop, task: Repairing) -> list[Story]:
    if task.references:
        return [shop.store.story(digest) for digest in task.references[:MOST_REFERENCES]]
    found = shop.finder.find(shop.store.story(task.seen.digest), limit=MOST_REFERENCES)
    return [each.story for each in found]


def _note(repair: Repair, references: Sequence[str]) -> dict[str, Any]:
    """Return a repair as the field `normalizer` of its record has it: its plan, and the ids of its references.

    Sentences of references are left out: they stand in the scrape, and would make a record four times as long.
    """
    edits = [replace(edit, evidence=replace(edit.evidence, references=())) for edit in repair.edits]
    plan = replace(repair, edits=tuple(edits), held_back=()).plan()
    return {**json.loads(plan.to_json()), REFERENCES: list(references)}
