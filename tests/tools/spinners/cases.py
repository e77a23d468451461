"""Cases made by unknown spinners, with what is known of each beside the gold repairs."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from normalizer.errors import CaseError
from normalizer.evaluating.gold import Case, Gold
from normalizer.tokens import fold, tokenize
from tests.tools.spinner import Habits, Spinner, write_cases
from tests.tools.spinners.dictionaries import Sources
from tests.tools.spinners.texts import passages
from tests.tools.spinners.thesaurus import Thesaurus
from tests.tools.spinners.traits import draw_traits, numbers
from tests.tools.spinners.unknown import UnknownSpinner

UNKNOWN = "unknown"
HALVES = {"learn": 0, "held": 1}
META = "meta.json"
DIVIDED = frozenset("lexical name".split())  # kinds of swaps that a thesaurus could undo


@dataclass(frozen=True)
class Made:
    """What is known of a made-up case.

    name: of the case. family: UNKNOWN, or one of the known ones. spinner: its number, 0 for a known family. style,
    marks: see `Traits`. rate: share of content words that it was to swap (of tokens, for a known family). share: share
    of all tokens that it did change. genre, source: of the clean text. reachable: for each gold repair whether the
    thesauri offer the original for what stands there, inflected alike.
    """

    name: str
    family: str
    spinner: int
    style: str
    marks: tuple[str, ...]
    rate: float
    share: float
    genre: str
    source: str
    reachable: tuple[bool, ...]


def made_up(
    sources: Sources,
    corpora: Path,
    split: str,
    rates: Sequence[float],
    families: Sequence[str] = (UNKNOWN,),
    known: Spinner | None = None,
    seed: int = 0,
) -> Iterator[tuple[Case, Made]]:
    """Yield cases without end: *families* and *rates* in turn, every passage and every unknown spinner once.

    split: "learn" or "held". known: the spinner of the known families, if any is among them. Another seed takes other
    passages of the documents.
    """
    held = HALVES[split]
    spinners = numbers(held)
    for passage, (family, rate) in zip(passages(corpora, held, seed), _turns(families, rates), strict=False):
        rng = random.Random(f"{passage.name} {family} {rate} {seed}")
        number, style, marks = 0, family, tuple[str, ...]()
        if family == UNKNOWN:
            number = next(spinners)
            traits = draw_traits(number)
            style, marks = traits.style, traits.marks
            spun = UnknownSpinner.draw(sources, traits).spin(passage.text, rng, rate)
        elif known is not None:
            spun = known.spin(passage.text, rng, Habits(family, rate=rate))
        else:
            raise CaseError(f"{family}: expected a spinner for the known families, found none; give one")
        if not spun.golds:
            continue
        name = f"{passage.name} {family}{number or ''}"
        case = Case(name, spun.text, spun.golds, family=family)
        yield (
            case,
            Made(
                name=name,
                family=family,
                spinner=number,
                style=style,
                marks=marks,
                rate=rate,
                share=_share(passage.text, spun.golds),
                genre=passage.genre,
                source=passage.name,
                reachable=tuple(_reachable(sources.thesaurus, gold) for gold in spun.golds),
            ),
        )


def _turns(families: Sequence[str], rates: Sequence[float]) -> Iterator[tuple[str, float]]:
    """Yield every family at every rate, again and again, in ever another order: genres come in turn, too."""
    rng = random.Random(0)
    pairs = [(family, rate) for family in families for rate in rates]
    while True:
        rng.shuffle(pairs)
        yield from pairs


def _share(clean: str, golds: Sequence[Gold]) -> float:
    changed = sum(len(tokenize(gold.readings[0])) for gold in golds)
    return round(changed / len(tokenize(clean)), 4)


def _reachable(thesaurus: Thesaurus, gold: Gold) -> bool:
    return thesaurus.reaches(fold(gold.spun), fold(gold.readings[0]))


def write_made(cases: Iterator[tuple[Case, Made]], count: int, folder: Path) -> Path:
    """Write *count* cases, their index and what is known of them to *folder*, and return the index."""
    kept = list(islice(cases, count))
    index = write_cases((case for case, _ in kept), folder)
    known = [asdict(made) for _, made in kept]
    (folder / META).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return index


def read_made(folder: Path) -> list[Made]:
    """Read what is known of the cases in *folder*. Raises CaseError if it is not there or malformed."""
    path = folder / META
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        return [
            Made(**{**record, "marks": tuple(record["marks"]), "reachable": tuple(record["reachable"])})
            for record in records
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CaseError(f"{path}: expected what `make` wrote, found: {error}; make the cases again") from error
