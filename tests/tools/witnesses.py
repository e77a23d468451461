"""What references bring, and what wrong ones spoil: the figures behind `references` and `testimony`, in six tables.

    python -m tests.tools.witnesses [--weights FILE] [TABLE]...
    python -m tests.tools.witnesses --clean CORPUS [--articles N]

TABLE is one of gain, unknown, original, wrong, kinds, speed; all by default, which takes some minutes. --clean counts
edits in clean articles beside reports of the same story in their corpus.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import islice, product
from operator import add
from pathlib import Path

import click

from normalizer.edits import Edit
from normalizer.evaluating.ablations import ablate, known_half
from normalizer.evaluating.gold import Case, load_cases
from normalizer.evaluating.judging import Counts, judge
from normalizer.evaluating.metrics import right_edits
from normalizer.evaluating.tables import align
from normalizer.pages import read
from normalizer.reading import PageReading, _finding, read_lattice, read_pages
from normalizer.references import Trusted, prepare
from normalizer.repairing import Normalizer, Repair
from normalizer.tables import Tables
from normalizer.testimony import ReferenceCache
from normalizer.weights import load_weights
from tests.tools.spinner import Habits, Siblings, Spinner, story, story_cases, story_names

SEEDS = Path(__file__).parent.parent / "cases" / "cases.json"
SPANISH = """El ministro de Asuntos Exteriores se reunió el viernes en Ginebra con su homólogo durante noventa minutos.
«No esperábamos grandes avances», dijo a los periodistas. Los dos países acordaron seguir hablando la próxima semana.
"""
FIGURES = ("P", "R", "F0.5", "ERR")


def figures(counts: Counts) -> list[object]:
    """Return the figures of *counts* in the order of FIGURES."""
    return [counts.precision, counts.recall, counts.f05, counts.err]


def pooled(tool: Normalizer, cases: Iterable[tuple[Case, Sequence[str]]]) -> Counts:
    """Return the pooled counts of *cases*, each with the references named."""
    judged = [judge(case.text, case.golds, tool.repair(case.text, refs).text).counts for case, refs in cases]
    return reduce(add, judged, Counts())


def both(name: str, tool: Normalizer, cases: Sequence[Case]) -> Iterator[list[object]]:
    """Yield the lines of *cases* without and with their references."""
    yield [f"{name}, alone", *figures(pooled(tool, [(case, ()) for case in cases]))]
    yield [f"{name}, with references", *figures(pooled(tool, [(case, case.references) for case in cases]))]


TIMES = 10  # how often each family spins a story beside whose original it is read


def gain(tool: Normalizer, cases: Sequence[Case]) -> str:
    """Return what references bring to each seed, its own entries left out, and to each family of spun stories."""
    rows: list[list[object]] = []
    for case in load_cases(SEEDS):
        rows += both(f"seed {case.name}", ablate(tool, sources=[case.source]), [case])
    for family in dict.fromkeys(case.family for case in cases):
        rows += both(f"stories {family}", tool, [case for case in cases if case.family == family])
    return align(rows, ["", *FIGURES])


def unknown(tool: Normalizer, cases: Sequence[Case]) -> str:
    """Return what references bring to the stories where half of the spinner's entries are not in the lexicon."""
    rows: list[list[object]] = []
    for seed in (0, 1):
        half = half_of(tool, seed)
        rows += both(f"half {seed}", half, cases)
        rows.append([f"half {seed}, with the original", *figures(pooled(half, beside_originals(cases)))])
    return align(rows, ["", *FIGURES])


def half_of(tool: Normalizer, seed: int = 0) -> Normalizer:
    """Return *tool* without half of its entries."""
    return Normalizer(tables=tool.tables.with_lexicon(known_half(tool.lexicon, seed)))


def beside_originals(cases: Sequence[Case]) -> list[tuple[Case, Sequence[str]]]:
    """Return *cases*, each with the story it was spun from as its reference."""
    return [(case, [story(story_of(case), "original")]) for case in cases]


def original(tool: Normalizer, cases: Sequence[Case]) -> str:
    """Return how much of a spun story is restored beside its original: of each spun TIMES times by each family, the
    whole and the worst, with all entries known and with half.
    """
    spinner, rows = Spinner(tool.lexicon.entries), []
    names, families = dict.fromkeys(map(story_of, cases)), dict.fromkeys(case.family for case in cases)
    for name, reader in (("all known", tool), ("half known", half_of(tool))):
        counts = [restored(reader, spinner, *text) for text in product(names, families, range(TIMES))]
        worst = [min(one.precision for one in counts), min(one.recall for one in counts)]
        rows.append([name, *figures(reduce(add, counts)), len(counts), *worst])
    return align(rows, ["", *FIGURES, "articles", "worst P", "worst R"])


def restored(tool: Normalizer, spinner: Spinner, name: str, family: str, number: int) -> Counts:
    """Return how well story *name*, spun for the *number*-th time, is restored beside its original."""
    clean = story(name, "original")
    spun = spinner.spin(clean, random.Random(number), Habits(family))
    return judge(spun.text, spun.golds, tool.repair(spun.text, [clean]).text).counts


def story_of(case: Case) -> str:
    """Return the name of the story that a case was spun from."""
    return case.name.split()[0]


# --- wrong references -----------------------------------------------------------------------------------------


def wrong_references(tool: Normalizer) -> Mapping[str, Callable[[Case], str]]:
    """Return kinds of references that should change nothing or next to nothing, each as a text for a case."""
    spinner, names = Spinner(tool.lexicon.entries), story_names()

    def spun(text: str, case: Case, family: str) -> str:
        return spinner.spin(text, random.Random(f"{case.name} again"), Habits(family)).text

    return {
        "another story": lambda c: story(names[(names.index(story_of(c)) + 1) % len(names)], "original"),
        "another day": lambda c: story(story_of(c), "other"),
        "empty": lambda c: "",
        "another language": lambda c: SPANISH,
        "the article itself": lambda c: c.text,
        "the article without every third line": lambda c: without_thirds(c.text),
        "the original spun again": lambda c: spun(story(story_of(c), "original"), c, c.family),
        "the original spun by another family": lambda c: spun(
            story(story_of(c), "original"), c, "b" if c.family == "a" else "a"
        ),
        "a report, spun": lambda c: spun(story(story_of(c), "report1"), c, c.family),
        "another day, spun": lambda c: spun(story(story_of(c), "other"), c, c.family),
    }


def without_thirds(text: str) -> str:
    """Return *text* without every third of its lines."""
    return "\n".join(line for i, line in enumerate(text.split("\n")) if i % 3 != 2)


def wrong(tool: Normalizer, cases: Sequence[Case]) -> str:
    """Return how many edits an article each kind of wrong reference changes, and how rightly."""
    alone = [tool.repair(case.text) for case in cases]
    rows = []
    for kind, text in wrong_references(tool).items():
        parts = [changed(tool, c, a, [text(c)]) for c, a in zip(cases, alone, strict=True)]
        rows.append([kind, *(sum(column) / len(cases) for column in zip(*parts, strict=True))])
    beat = [story("01_vienna_talks", "original")]
    for case in load_cases(SEEDS):
        own = ablate(tool, sources=[case.source])
        row = changed(own, case, own.repair(case.text), beat)
        rows.append([f"other talks, seed {case.name}", *map(float, row)])
    return align(rows, ["edits an article", "new, wrong", "new, right", "lost, wrong", "lost, right"])


def changed(tool: Normalizer, case: Case, alone: Repair, references: Sequence[str]) -> tuple[int, int, int, int]:
    """Return how many edits *references* add (wrong, right) and take away (wrong, right)."""
    before, after = rated(case, alone), rated(case, tool.repair(case.text, references))
    new, lost = after - before, before - after
    return (
        sum(not right for *_, right in new),
        sum(right for *_, right in new),
        sum(not right for *_, right in lost),
        sum(right for *_, right in lost),
    )


def rated(case: Case, repair: Repair) -> set[tuple[int, int, str, bool]]:
    """Return the edits of *repair*, each with whether it is right."""
    right = right_edits(case.text, case.golds, repair.edits)
    return {(e.start, e.end, e.after, r) for e, r in zip(repair.edits, right, strict=True)}


def clean_beside_reports(tool: Normalizer, corpus: Path, most: int) -> str:
    """Return how many edits clean articles get beside reports of the same story, and list them.

    Nearly all are left at a glance, whatever their references say, so edits are counted of texts read in full, too.
    """
    siblings, articles, words = Siblings(corpus), 0, 0
    edits: list[str] = []
    read: list[str] = []
    for index, text in enumerate(siblings.texts[:most]):
        if 200 < len(text.split()) < 900 and (references := siblings.of(index, text)):
            articles, words = articles + 1, words + len(text.split())
            edits += map(shown, tool.repair(text, references).edits)
            read += map(shown, read_in_full(tool, text, references))
    first = f"{articles} articles, {words} words, {len(edits)} edits; read in full, residue aside: {len(read)} edits"
    return "\n".join([first, *edits, *read])


def shown(edit: Edit) -> str:
    """Return an edit in a line."""
    return f"{edit.kind}: {edit.before!r} -> {edit.after!r}"[:100]


def read_in_full(tool: Normalizer, text: str, references: Sequence[str]) -> list[Edit]:
    """Return the edits of one reading that no glance has spared, page residue aside."""
    tables, bar = tool.tables, tool.settings.min_confidence
    found: list[PageReading] = read_pages([read(text)], [ReferenceCache(tables)(references)], tables, bar)
    return _finding(found, [], tables, bar).edits


# --- kinds of evidence ----------------------------------------------------------------------------------------

KINDS = {
    "all evidence": (),
    "no aligned words": ("aligned", "keep_aligned"),
    "no verbatim wording": ("verbatim", "keep_verbatim", "copied", "keep_copied"),
    "no verbatim texts": ("copied", "keep_copied"),
    "no words with a neighbour": ("context", "keep_context"),
    "no words anywhere": ("anywhere",),
}


def kinds(tool: Normalizer, cases: Sequence[Case]) -> str:
    """Return F0.5 and error reduction without each kind of evidence.

    Of the stories with reports, of the seeds with theirs, and of the stories beside their originals, half of the
    entries unknown.
    """
    rows: list[list[object]] = []
    for name, off in KINDS.items():
        rows.append([name, *_without(tool, cases, dict.fromkeys(off, 0.0))])
    rows.append(["no wordings of references alone", *_without(tool, cases, {"proposed": -50.0})])
    return align(rows, ["", *(f"{of} {name}" for of in ("stories", "seeds", "originals") for name in FIGURES[2:])])


def _without(tool: Normalizer, cases: Sequence[Case], weights: Mapping[str, float]) -> list[object]:
    learnt = tool.tables.weights
    other = replace(learnt, features={**learnt.features, **weights})
    changed_tool = Normalizer(tables=replace(tool.tables, weights=other))
    seeds = [
        pooled(ablate(changed_tool, sources=[case.source]), [(case, case.references)]) for case in load_cases(SEEDS)
    ]
    stories = pooled(changed_tool, [(case, case.references) for case in cases])
    originals = pooled(half_of(changed_tool), beside_originals(cases))
    return [value for counts in (stories, reduce(add, seeds), originals) for value in figures(counts)[2:]]


# --- speed ----------------------------------------------------------------------------------------------------


def speed(tool: Normalizer, cases: Sequence[Case]) -> str:
    """Return milliseconds that five references of one story cost an article of 1,000 words, beside the rest."""
    case = next(case for case in load_cases(SEEDS) if case.name == "000")
    text = " ".join(case.text.split(" ")[:1000])
    texts = [*case.references, *(c.text for c in load_cases(SEEDS) if c.name != "000"), " ".join(case.references)]
    references = [prepare(each) for each in texts]
    trusted = ReferenceCache(tool.tables)(references)

    def asked(witnesses: Sequence[Trusted]) -> float:
        return milliseconds(lambda: read_lattice([read(text)], [witnesses], tool.tables))

    rows: list[list[object]] = [
        ["prepare and judge five references", milliseconds(lambda: ReferenceCache(tool.tables)(texts))],
        ["all readings and what is said of them, no reference", asked(())],
        ["all readings and what is said of them, five references", asked(trusted)],
        ["repair, no reference", milliseconds(lambda: tool.repair(text))],
        ["repair, five references", milliseconds(lambda: tool.repair(text, references))],
    ]
    return align(rows, ["1,000 words", "ms"])


def milliseconds(work: Callable[[], object], rounds: int = 9) -> float:
    """Return the shortest of some runs of *work*."""

    def once() -> float:
        start = time.process_time()
        work()
        return 1000 * (time.process_time() - start)

    return min(once() for _ in range(rounds))


TABLES: Mapping[str, Callable[[Normalizer, Sequence[Case]], str]] = {
    "gain": gain,
    "unknown": unknown,
    "original": original,
    "wrong": wrong,
    "kinds": kinds,
    "speed": speed,
}


@click.command()
@click.argument("tables", nargs=-1, metavar="[TABLE]...", type=click.Choice(list(TABLES)))
@click.option("--weights", type=click.Path(path_type=Path), help="Use these weights.")
@click.option(
    "--clean", type=click.Path(path_type=Path), metavar="CORPUS", help="Count edits in its clean articles instead."
)
@click.option("--articles", default=500, show_default=True, metavar="N", help="With --clean: of the first N articles.")
@click.option("--stories", type=int, metavar="N", help="Only the first N spun stories.")
def main(tables: Sequence[str], weights: Path | None, clean: Path | None, articles: int, stories: int | None) -> None:
    """Print the tables asked for: gain, unknown, original, wrong, kinds, speed; by default all."""
    tool = Normalizer(tables=Tables.load(weights=load_weights(weights) if weights else None))
    if clean:
        click.echo(clean_beside_reports(tool, clean, articles))
        return
    cases = list(islice(story_cases(Spinner(tool.lexicon.entries)), stories))
    for name in tables or TABLES:
        start = time.perf_counter()
        click.echo(f"{name}: {TABLES[name].__doc__}\n{TABLES[name](tool, cases)}")
        click.echo(f"({time.perf_counter() - start:.0f} s)\n")


if __name__ == "__main__":
    main()
