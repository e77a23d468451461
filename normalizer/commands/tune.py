"""The command `normalizer tune`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.commands.console import progress
from normalizer.commands.options import HELP, PATH, Listed, ListingCommand, tables_options
from normalizer.commands.places import require_place
from normalizer.table_files import TableFiles

if TYPE_CHECKING:
    from normalizer.evaluating.gold import Case
    from normalizer.learning.alignment import GoldEdit
    from normalizer.learning.tuning import Example
    from normalizer.tables import Tables


@click.command(cls=ListingCommand, context_settings=HELP)
@click.argument("indices", nargs=-1, required=True, metavar="CASES.json...", type=PATH)
@click.option("-o", "--output", required=True, metavar="WEIGHTS", type=PATH, help="Write the weights to this file.")
@click.option("--without", multiple=True, metavar="CASE", help="Leave out a case and all learnt from it.")
@click.option("--rounds", type=click.IntRange(1), default=2, show_default=True, help="Times all is unrolled.")
@click.option("--steps", type=click.IntRange(1), default=60, show_default=True, help="Gradient steps a round.")
@click.option("--made", type=float, default=0.08, show_default=True, metavar="W", help="What a made-up case counts.")
@click.option("--references", "beside", is_flag=True, help="Learn what references are worth, and nothing else.")
@click.option("--synonyms", is_flag=True, help="Learn how to weigh relatives by the thesaurus, and nothing else.")
@click.option(
    "--clean",
    multiple=True,
    cls=Listed,
    metavar="CORPUS...",
    type=PATH,
    help="With --synonyms: articles in which nothing is to be changed.",
)
@click.option(
    "--per-corpus",
    type=click.IntRange(1),
    default=12,
    show_default=True,
    metavar="N",
    help="Take so many articles of each of these, their first 400 words.",
)
@tables_options
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def tune(
    indices: tuple[Path, ...],
    output: Path,
    without: tuple[str, ...],
    rounds: int,
    steps: int,
    made: float,
    beside: bool,
    synonyms: bool,
    clean: tuple[Path, ...],
    per_corpus: int,
    files: TableFiles,
    quiet: bool,
) -> None:
    """Learn the weights of the scoring, for --weights.

    The shipped ones are normalizer/weights.json. CASES.json: index files as for "normalizer evaluate gold". A case that
    the lexicon has entries from is read with a lexicon without them; cases made by a spinner are read with the whole
    lexicon and with half of it, so that the weights know both known and unknown swaps; they count little, since our
    spinner is easier to undo than a real one. Every case is read with and without its references. With --references
    only cases that have some are read, and what is said of texts alone stays as it is. Learning begins with the shipped
    weights, or those that --weights names, and anew with --without alone: take --rounds 3 then.

    With --synonyms the weights of what the thesaurus says are learnt, and how far an edit for a relative is believed in
    its article; all else stays. Every case counts the same and is read without references. --clean takes corpora,
    .txt, .txt.xz or .txt.gz, a paragraph a line and a blank line between articles, of every kind of text that is to be
    left alone; what "normalizer evaluate clean --held-out" measures on is left out.

    Made-up cases (spun, told, some below) are written in a checkout by `python -m tests.tools.spinner`, with references
    by its --beside reports, and for --synonyms by `python -m tests.tools.unknown make`.

    \b
    Examples:
      normalizer tune tests/cases/cases.json spun/cases.json -o w.json
      normalizer tune tests/cases/cases.json told/cases.json --references --weights w.json -o r.json
      normalizer tune some/cases.json --synonyms --weights w.json -o s.json --clean corpora/*.txt.xz
      normalizer repair page.txt --weights w.json
    """
    from dataclasses import replace

    from normalizer.confidence import SIGNS
    from normalizer.errors import CaseError
    from normalizer.evaluating.gold import load_cases
    from normalizer.files import write_atomically
    from normalizer.learning.tuning import tune as learn
    from normalizer.learning.tuning import tune_confidence
    from normalizer.learning.weighing import clean_openings, learn_weighing
    from normalizer.tables import Tables
    from normalizer.weights import FEATURES, OF_REFERENCES, write_weights

    require_place(output, (*indices, *clean))
    if not 0 <= made < float("inf"):
        raise click.UsageError(f"--made: expected a number of 0 or more, found {made}.")
    if beside and synonyms:
        raise click.UsageError("--references and --synonyms learn two things: run tune once for each.")
    if clean and not synonyms:
        raise click.UsageError("--clean: expected --synonyms, which alone is learnt from clean text; add it.")
    if (beside or synonyms) and without and files.weights is None:
        raise click.UsageError(
            f"--{'references' if beside else 'synonyms'}: expected --weights FILE with what texts alone are worth, "
            "learnt --without the same cases, found none; run tune without it first."
        )
    cases = [case for index in indices for case in load_cases(index) if case.name not in without]
    texts = [text for corpus in clean for text in clean_openings(corpus, per_corpus)]
    tables = Tables.of(files)
    left_out = [f"seed{name}" for name in without]
    examples = list(_plain(cases, tables, left_out) if synonyms else _examples(cases, tables, left_out, made))
    if beside:
        examples = [example for example in examples if example.references]
    if not examples:
        made_by = "`python -m tests.tools.spinner --beside reports`"
        wanted = f"with references; {made_by} makes some" if beside else "to learn from"
        raise CaseError(f"{', '.join(map(str, indices))}: found no case {wanted}")

    tell = progress(quiet)
    start = tables.weights
    if synonyms:
        tell(f"{len(cases)} cases and {len(texts)} clean texts")
        weights = learn_weighing([*examples, *_clean(texts, tables)], start, tell)
        learnt = f"{start.provenance}; normalizer tune --synonyms, {len(cases)} cases, {len(texts)} clean texts"
        write_atomically(output, write_weights(weights, learnt).encode())
        return
    tell(f"{len(examples)} examples of {len(cases)} cases")
    only = OF_REFERENCES if beside else (*FEATURES, "model")
    if without and files.weights is None:  # which the shipped weights have seen: learning begins anew
        start = replace(start, features={"edit": -1.0, "strength": 1.0}, model=0.5)
    weights = learn(examples, start, rounds=rounds, steps=steps, only=only, progress=tell)
    tell("confidence of edits")
    weights = tune_confidence(examples, weights, only=OF_REFERENCES if beside else SIGNS)
    learnt = f"normalizer tune, {len(cases)} cases"
    if beside:
        learnt = f"{start.provenance}; normalizer tune --references, {len(examples)} cases"
    write_atomically(output, write_weights(weights, learnt).encode())


def _examples(cases: "Sequence[Case]", tables: "Tables", left_out: list[str], made: float) -> "Iterator[Example]":
    """Yield each case with and without its references, made-up ones with all of the lexicon and with half of it."""
    from normalizer.evaluating.ablations import known_half
    from normalizer.learning.tuning import Example

    half = tables.with_lexicon(known_half(tables.entries))
    for number, case in enumerate(cases):
        used = _blind(case, tables, left_out) if case.source else (tables, half)[number % 2]
        for references in dict.fromkeys(((), case.references)):
            yield Example(case.text, _repairs(case), references, used, 1.0 if case.source else made)


def _plain(cases: "Sequence[Case]", tables: "Tables", left_out: list[str]) -> "Iterator[Example]":
    """Yield each case once, without references."""
    from normalizer.learning.tuning import Example

    for case in cases:
        yield Example(case.text, _repairs(case), (), _blind(case, tables, left_out) if case.source else tables)


def _clean(texts: "Sequence[str]", tables: "Tables") -> "Iterator[Example]":
    from normalizer.learning.tuning import Example

    return (Example(text, (), (), tables) for text in texts)


def _blind(case: "Case", tables: "Tables", left_out: list[str]) -> "Tables":
    """Return *tables* without the entries that the lexicon has from this case, and from what is left out."""
    return tables.with_lexicon(tables.entries.without(case.source, *left_out))


def _repairs(case: "Case") -> "tuple[GoldEdit, ...]":
    from normalizer.learning.alignment import GoldEdit

    return tuple(
        GoldEdit(gold.start, gold.end, gold.readings, gold.optional)
        for gold in case.golds
        if not gold.category.startswith("artefact")
    )
