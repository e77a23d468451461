"""Spinners that stand still, for stories that are spun alike from version to version.

`tests/cases/spinners/` holds what they write. `a.tsv`, `b_names.tsv` and the like are lexicon files: the swaps that had
been seen on real pages when they were written, as far as their originals stand in the stories. `unknown.json` holds
unknown spinners with their habits and the part of their dictionaries that the stories ask for.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from normalizer.errors import CaseError
from normalizer.evaluating.gold import Case
from normalizer.lexicon import OPEN, Entry, Lexicon
from normalizer.lexicon.entries import format_line
from normalizer.lexicon.files import HEADER, read_entries
from normalizer.tokens import tokenize
from tests.tools.spinner import FAMILIES, Spinner, story, story_case, story_names
from tests.tools.spinners.cases import UNKNOWN
from tests.tools.spinners.dictionaries import DrawnDictionary, FrozenDictionary, Sources
from tests.tools.spinners.traits import STYLES, Traits, draw_traits, numbers
from tests.tools.spinners.unknown import UnknownSpinner

FROZEN = Path(__file__).parent.parent.parent / "cases" / "spinners"
UNKNOWN_FILE = "unknown.json"
UNFIT = frozenset("rape shit".split())  # words of the thesauri that no file of this project needs
ROUNDS = 12  # how often every story is spun to find out what it asks a dictionary for
RATES = (0.2, 0.3, 0.4, 0.6)  # of the unknown spinners, in turn


def frozen_files(folder: Path = FROZEN) -> list[Path]:
    """Return the files of the frozen spinners."""
    return sorted([*folder.glob("*.tsv"), folder / UNKNOWN_FILE])


def known_spinner(folder: Path = FROZEN) -> Spinner:
    """Return the frozen spinner of the known families."""
    return Spinner(entry for path in sorted(folder.glob("*.tsv")) for entry in read_entries(path))


def unknown_spinners(folder: Path = FROZEN) -> list[UnknownSpinner]:
    """Return the frozen unknown spinners. Raises CaseError if their file is missing or malformed."""
    path = folder / UNKNOWN_FILE
    try:
        return [_thawed(record) for record in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CaseError(f"{path}: expected frozen spinners as JSON, found: {error}; restore it") from error


def frozen_stories() -> Iterator[Case]:
    """Yield every story spun by every known family, and by one unknown spinner after the other."""
    known, unknown = known_spinner(), unknown_spinners()
    for number, name in enumerate(story_names()):
        for family in FAMILIES:
            yield story_case(known, name, number, family)
        for turn, spinner in enumerate(unknown):
            rng = random.Random(f"{name} {spinner.traits.number}")
            spun = spinner.spin(story(name, "original"), rng, RATES[(number + turn) % len(RATES)])
            yield replace(
                story_case(known, name, number, FAMILIES[0]),
                name=f"{name} {UNKNOWN}{spinner.traits.number}",
                text=spun.text,
                golds=spun.golds,
                family=UNKNOWN,
            )


# --- thawing ---------------------------------------------------------------------------------------------


def _thawed(record: dict[str, Any]) -> UnknownSpinner:
    traits = Traits(**record["traits"])
    entries = {(lemma, pos): tuple(forms) for lemma, pos, forms in record["forms"]}
    small = [{word: tuple(forms) for word, forms in record[name].items()} for name in ("function", "fillers")]
    below = _thawed(record["below"]) if record["below"] else None
    return UnknownSpinner(FrozenDictionary(entries, *small), traits, below)


# --- freezing --------------------------------------------------------------------------------------------


def freeze(entries: Iterable[Entry], sources: Sources, folder: Path = FROZEN) -> None:
    """Write both kinds of spinners to *folder*: swaps seen among *entries*, and unknown ones drawn from *sources*."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[str]] = defaultdict(list)
    for entry in seen_swaps(entries):
        files[_file_name(entry)].append(format_line(entry))
    for name, lines in files.items():
        (folder / name).write_text("\n".join([HEADER, *sorted(set(lines)), ""]), encoding="utf-8")
    records = [_frozen(sources, traits) for traits in chosen_traits()]
    text = json.dumps(records, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n[")
    (folder / UNKNOWN_FILE).write_text(text + "\n", encoding="utf-8")


def seen_swaps(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the swaps that were counted on real pages and whose original stands in a story; bare of their sources."""
    seen = [
        replace(entry, guard=OPEN, clean=0.0, sources=("seen",))
        for entry in entries
        if entry.family in FAMILIES and entry.count > 0
    ]
    turned = Lexicon(replace(entry, spun=entry.original, original=entry.spun) for entry in seen)
    for entry in {match.entry for name in story_names() for match in turned.matches(_words(name))}:
        yield replace(entry, spun=entry.original, original=entry.spun)


def _words(name: str) -> list[str]:
    return [token.word for token in tokenize(story(name, "original"))]


def _file_name(entry: Entry) -> str:
    return f"{entry.family}_{entry.kind}s.tsv" if entry.kind in ("name", "number") else f"{entry.family}.tsv"


def chosen_traits() -> list[Traits]:
    """Return held spinners to freeze: the first of each style that leaves names alone, and the first stacked one."""
    found: dict[str, Traits] = {}
    for number in numbers(held=1):
        traits = draw_traits(number)
        kind = "stacked" if traits.over is not None else traits.style
        if not traits.opening and not traits.names:
            found.setdefault(kind, traits)
        if len(found) > len(STYLES):
            return [found[kind] for kind in (*STYLES, "stacked")]
    raise AssertionError("there is no end of spinners")


def _frozen(sources: Sources, traits: Traits) -> dict[str, Any]:
    spinner = UnknownSpinner.draw(sources, traits)
    texts: Sequence[str] = [story(name, "original") for name in story_names()]
    for turn in range(ROUNDS):
        for text in texts:
            spinner.spin(text, random.Random(turn), 1.0 if turn % 2 else 0.5)
    return _record(spinner)


def _record(spinner: UnknownSpinner) -> dict[str, Any]:
    dictionary = spinner.dictionary
    assert isinstance(dictionary, DrawnDictionary)
    drawn = dictionary.drawn
    return {
        "traits": asdict(spinner.traits),
        "function": dictionary.function,
        "fillers": dictionary.fillers,
        "forms": [[*key, forms] for key, forms in sorted(drawn.items()) if forms and UNFIT.isdisjoint(forms)],
        "below": _record(spinner.below) if spinner.below else None,
    }
