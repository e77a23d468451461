"""The command `normalizer tune`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.commands.console import progress
from normalizer.commands.options import HELP, PATH
from normalizer.commands.places import require_place

if TYPE_CHECKING:
    from normalizer.evaluating.gold import Case
    from normalizer.learning.tuning import Example
    from normalizer.tables import Tables


@click.command(context_settings=HELP)
@click.argument("indices", nargs=-1, required=True, metavar="CASES.json...", type=PATH)
@click.option("-o", "--output", required=True, metavar="WEIGHTS", type=PATH, help="Write the weights to this file.")
@click.option("--without", multiple=True, metavar="CASE", help="Leave out a case and all learnt from it.")
@click.option("--rounds", type=click.IntRange(1), default=2, show_default=True, help="Times all is unrolled.")
@click.option("--steps", type=click.IntRange(1), default=60, show_default=True, help="Gradient steps a round.")
@click.option("--made", type=float, default=0.08, show_default=True, metavar="W", help="What a made-up case counts.")
@click.option("--references", "beside", is_flag=True, help="Learn what references are worth, and nothing else.")
@click.option("--weights", "begin", type=PATH, metavar="FILE", help="Begin with these weights.")
@click.option("--lm", "model", type=PATH, metavar="MODEL", help="Use this language model.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def tune(
    indices: tuple[Path, ...],
    output: Path,
    without: tuple[str, ...],
    rounds: int,
    steps: int,
    made: float,
    beside: bool,
    begin: Path | None,
    model: Path | None,
    quiet: bool,
) -> None:
    """Learn the weights of the scoring from gold cases, for normalizer/weights.json.

    CASES.json: index files as for `normalizer evaluate`. A case that the lexicon has entries from is read with a
    lexicon without them; cases made by a spinner are read with the whole lexicon and with half of it, so that the
    weights know both known and unknown swaps; they count little, since our spinner is easier to undo than a real one.
    Every case is read with and without its references. With --references only cases that have some are read, and what
    is said of texts alone stays as it is. Learning begins with the shipped weights, and anew with --without: take
    --rounds 3 then.

    \b
    Examples:
      python -m tests.tools.spinner spun --corpus clean/*.txt.xz
      normalizer tune tests/cases/cases.json spun/cases.json -o w.json
      python -m tests.tools.spinner told --corpus clean/*.txt.xz --beside reports
      normalizer tune tests/cases/cases.json told/cases.json --references --weights w.json -o normalizer/weights.json
    """
    from dataclasses import replace

    from normalizer.confidence import SIGNS
    from normalizer.errors import CaseError
    from normalizer.evaluating.gold import load_cases
    from normalizer.files import write_atomically
    from normalizer.learning.tuning import tune as learn
    from normalizer.learning.tuning import tune_confidence
    from normalizer.tables import Tables
    from normalizer.weights import FEATURES, OF_REFERENCES, load_weights, write_weights

    require_place(output, indices)
    if not 0 <= made < float("inf"):
        raise click.UsageError(f"--made: expected a number of 0 or more, found {made}.")
    if beside and without and begin is None:
        raise click.UsageError(
            "--references: expected --weights FILE with what texts alone are worth, learnt --without the same cases, "
            "found none; run tune without --references first."
        )
    cases = [case for index in indices for case in load_cases(index) if case.name not in without]
    tables = Tables.load(model=model)
    examples = list(_examples(cases, tables, [f"seed{name}" for name in without], made))
    if beside:
        examples = [example for example in examples if example.references]
    if not examples:
        made_by = "`python -m tests.tools.spinner --beside reports`"
        wanted = f"with references; {made_by} makes some" if beside else "to learn from"
        raise CaseError(f"{', '.join(map(str, indices))}: found no case {wanted}")
    only = OF_REFERENCES if beside else (*FEATURES, "model")

    tell = progress(quiet)
    tell(f"{len(examples)} examples of {len(cases)} cases")
    start = tables.weights if begin is None else load_weights(begin)
    if without and begin is None:  # which the shipped weights have seen: learning begins anew
        start = replace(start, features={"edit": -1.0, "strength": 1.0}, model=0.5)
    weights = learn(examples, start, rounds=rounds, steps=steps, only=only, progress=tell)
    tell("confidence of edits")
    weights = tune_confidence(examples, weights, only=OF_REFERENCES if beside else SIGNS)
    learnt = f"normalizer tune, {len(cases)} cases"
    if beside:
        learnt = f"{start.provenance}; normalizer tune --references, {len(examples)} cases"
    write_atomically(output, write_weights(weights, learnt).encode())


def _examples(cases: "Sequence[Case]", tables: "Tables", left_out: list[str], made: float) -> "Iterator[Example]":
    from normalizer.evaluating.ablations import known_half
    from normalizer.learning.alignment import GoldEdit
    from normalizer.learning.tuning import Example

    half = tables.with_lexicon(known_half(tables.entries))
    for number, case in enumerate(cases):
        sources = [case.source, *left_out]
        used = tables.with_lexicon(tables.entries.without(*sources)) if case.source else (tables, half)[number % 2]
        golds = tuple(
            GoldEdit(gold.start, gold.end, gold.readings, gold.optional)
            for gold in case.golds
            if not gold.category.startswith("artefact")
        )
        for references in dict.fromkeys(((), case.references)):
            yield Example(case.text, golds, references, used, 1.0 if case.source else made)
