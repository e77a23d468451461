"""A spinner of our own: garbles clean text the way the spinner families do, and says what it did.

The lexicon is turned round: wherever an original stands, any of its spun forms may be put there, drawn anew
at each place in proportion to the evidence for it, whatever the word means there. Words are inflected like
the ones they replace and take their capitals. Articles (a, an) and agreement are left wrong, as spinners
leave them.

    python -m tests.tools.spinner FOLDER [--seed N] [--held-out SEED]

writes the eight stories, spun as families a, b and t, as cases with an index, ready for `normalizer
evaluate gold`.

    python -m tests.tools.spinner FOLDER --corpus clean/*.txt.xz [--articles N]

spins articles of clean corpora instead, for `normalizer tune`: only such as the language model was not trained on, and
of these every second one, so that the others stay unseen for measuring.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import log
from pathlib import Path
from typing import NamedTuple

import click

from normalizer.evaluating.ablations import is_known
from normalizer.evaluating.gold import Case, Gold, apply_readings, format_gold
from normalizer.language_model.training.corpora import HELD_OUT_EVERY, articles, held_out
from normalizer.lexicon import OPEN, Entry, Lexicon, Match
from normalizer.surface import inflect_phrase, match_case
from normalizer.tokens import Token, sentences, tokenize
from tests.tools.options import ListingCommand

STORIES = Path(__file__).parent.parent / "cases" / "stories"
FAMILIES = ("a", "b", "t")
# Share of tokens that a family changes, from spun pages set beside their originals: A 25 to 45 %, B 32 to 43
# %, SpinBot 39 %.
RATES = {"a": 0.30, "b": 0.35, "t": 0.39}
LONGEST_FIRST = 0.8  # how often the longest phrase that stands at a place is taken rather than a shorter one
OPENING = 0.35  # share of the sentences that a partial spinner touches
BRACE_EVERY = 400  # words between two words in braces, where page residue is asked for
OPENERS, CLOSERS = "“«", "”»"


class Spun(NamedTuple):
    """A garbled text and the repairs that restore the clean one, byte for byte."""

    text: str
    golds: tuple[Gold, ...]

    def restored(self) -> str:
        """Return the text with all repairs made."""
        return apply_readings(self.text, self.golds, [gold.readings[0] for gold in self.golds])


@dataclass(frozen=True, slots=True)
class Habits:
    """How to spin. rate: share of tokens to change, None for that of the family.

    protect_names: leave words alone that are capitalised inside a sentence. protect_quotes: leave quotations
    alone. partial: spin the opening only. residue: add what templates leave on a page.
    """

    family: str = "a"
    rate: float | None = None
    protect_names: bool = False
    protect_quotes: bool = False
    partial: bool = False
    residue: bool = False


class Place(NamedTuple):
    """A stretch of tokens that could be swapped, and with what (the lexicon turned round)."""

    start: int
    end: int
    swaps: tuple[Match, ...]


class Swap(NamedTuple):
    """text[start:end] of the clean text becomes *after*;

    kind: of the lexicon entry behind it, or "artefact".
    """

    start: int
    end: int
    after: str
    kind: str


def split(entries: Iterable[Entry], held_out: float = 0.5, seed: int = 0) -> tuple[list[Entry], list[Entry]]:
    """Divide *entries* into a known and a held-out part, the same on every machine."""
    parts: tuple[list[Entry], list[Entry]] = ([], [])
    for entry in entries:
        parts[0 if is_known(entry, held_out=held_out, seed=seed) else 1].append(entry)
    return parts


class Spinner:
    """A lexicon turned round, ready to spin many texts."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_family = {
            family: Lexicon(_turned(entry) for entry in own if entry.weight > 0)
            for family, own in _grouped(entries).items()
        }

    def spin(self, text: str, rng: random.Random, habits: Habits = Habits()) -> Spun:
        """Return *text* garbled. The same text, habits and state of *rng* give the same."""
        tokens = tokenize(text)
        spans = list(sentences(text, tokens))
        places = list(
            _places(self._by_family[habits.family], tokens, spans, _protected(text, tokens, spans, habits), rng)
        )
        rng.shuffle(places)
        rate = RATES[habits.family] if habits.rate is None else habits.rate
        starts = {first for first, _ in spans}
        swaps: list[Swap] = []
        changed, most = 0, rate * len(tokens)
        for place in places:
            if changed + place.end - place.start > most:
                continue
            swap = _swapped(text, tokens, place, place.start in starts, rng)
            if swap is not None:
                swaps.append(swap)
                changed += place.end - place.start
        if habits.residue:
            swaps += _residue(text, tokens, swaps, rng)
        return made(text, sorted(swaps))


def _grouped(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {family: [] for family in RATES}
    for entry in entries:
        groups.setdefault(entry.family, []).append(entry)
    return groups


def _turned(entry: Entry) -> Entry:
    """Return the entry turned round: what it finds is the original, what it proposes is the spun form."""
    return replace(entry, spun=entry.original, original=entry.spun, guard=OPEN)


# --- where ------------------------------------------------------------------------------------------------


def _places(
    lexicon: Lexicon,
    tokens: Sequence[Token],
    spans: Sequence[tuple[int, int]],
    protected: set[int],
    rng: random.Random,
) -> Iterator[Place]:
    """Yield places left to right that do not overlap, mostly the longest phrase at each."""
    words = [token.word for token in tokens]
    for first, end in spans:
        at_start: dict[int, list[Match]] = {}
        for match in lexicon.matches(words[first:end]):
            at_start.setdefault(first + match.start, []).append(match)
        at = first
        while at < end:
            place = _place(at, first, at_start.get(at, ()), protected, rng)
            if place:
                yield place
            at = place.end if place else at + 1


def _place(at: int, first: int, matches: Sequence[Match], protected: set[int], rng: random.Random) -> Place | None:
    for end in sorted({first + match.end for match in matches}, reverse=True):
        if protected.isdisjoint(range(at, end)) and rng.random() < LONGEST_FIRST:
            return Place(at, end, tuple(match for match in matches if first + match.end == end))
    return None


def _protected(text: str, tokens: Sequence[Token], spans: Sequence[tuple[int, int]], habits: Habits) -> set[int]:
    """Return the indices of the tokens that *habits* spare."""
    spared: set[int] = set()
    if habits.protect_names:
        starts = {first for first, _ in spans}
        spared |= {i for i, token in enumerate(tokens) if token.text[0].isupper() and i not in starts}
    if habits.protect_quotes:
        spared |= quoted(text, tokens)
    if habits.partial and spans:
        spared |= set(range(spans[int(len(spans) * OPENING)][0], len(tokens)))
    return spared


def quoted(text: str, tokens: Sequence[Token]) -> set[int]:
    """Return the indices of the tokens in quotations; a line break ends one that was never closed."""
    inside: set[int] = set()
    open_ = False
    for i, token in enumerate(tokens):
        if i and "\n" in text[tokens[i - 1].end : token.start]:
            open_ = False
        if token.text in OPENERS or (token.text == '"' and not open_):
            open_ = True
        elif token.text in CLOSERS or token.text == '"':
            open_ = False
        elif open_:
            inside.add(i)
    return inside


# --- what -------------------------------------------------------------------------------------------------


def _swapped(text: str, tokens: Sequence[Token], place: Place, opens: bool, rng: random.Random) -> Swap | None:
    """Return what the spinner writes at *place*, None if that is what stands there."""
    match = rng.choices(place.swaps, [match.entry.weight for match in place.swaps])[0]
    phrase = inflect_phrase(match.entry.original, match.pos, match.tag) if match.pos else match.entry.original
    if phrase is None:
        return None
    stretch = tokens[place.start : place.end]
    after = match_case([token.text for token in stretch], phrase.replace("*", ""), starts_sentence=opens)
    start, end = stretch[0].start, stretch[-1].end
    return None if after == text[start:end] else Swap(start, end, after, match.entry.kind)


def _residue(text: str, tokens: Sequence[Token], swaps: Sequence[Swap], rng: random.Random) -> Iterator[Swap]:
    """Yield markers before and after the page, and now and then a word in braces."""
    yield Swap(0, 0, "[ad_1]\n", "artefact")
    yield Swap(len(text), len(text), rng.choice(["\nSource link", "\n[ad_2]", "\n[ad_2]\nSource link"]), "artefact")
    taken = {at for swap in swaps for at in (swap.start, swap.end)}
    long = [t for t in tokens if len(t.text) > 4 and t.text.isalpha() and t.text.islower()]
    free = [t for t in long if t.start not in taken and not any(s.start <= t.start < s.end for s in swaps)]
    for token in rng.sample(free, min(len(free), len(tokens) // BRACE_EVERY)):
        yield Swap(token.start, token.end, f"{{{token.text}}}", "artefact")


def made(text: str, swaps: Sequence[Swap]) -> Spun:
    """Return *text* with *swaps* (in order) made, and the repairs that undo them."""
    pieces: list[str] = []
    golds: list[Gold] = []
    done = length = 0
    for swap in swaps:
        pieces += [text[done : swap.start], swap.after]
        start = length + swap.start - done
        length = start + len(swap.after)
        done = swap.end
        category = {"number": "number-format"}.get(swap.kind, swap.kind)
        golds.append(Gold(start, length, swap.after, (text[swap.start : swap.end],), category=category))
    return Spun("".join([*pieces, text[done:]]), tuple(golds))


# --- story cases ------------------------------------------------------------------------------------------


def story_names() -> list[str]:
    """Return the names of the stories, sorted."""
    return sorted(folder.name for folder in STORIES.iterdir() if folder.is_dir())


def story(name: str, text: str) -> str:
    """Return a text of a story: original, report1, report2 or other."""
    return (STORIES / name / f"{text}.txt").read_bytes().decode("utf-8")


def story_cases(spinner: Spinner, families: Sequence[str] = FAMILIES, seed: int = 0) -> Iterator[Case]:
    """Yield every story spun by every family."""
    for number, name in enumerate(story_names()):
        for family in families:
            yield story_case(spinner, name, number, family, seed)


def story_case(spinner: Spinner, name: str, number: int, family: str, seed: int = 0) -> Case:
    """Return a story spun by a family; its reports are the references, the other story is unrelated.

    A story and family is always spun the same, whichever others are asked for. number: of the story; every second one
    has page residue, every third its names spared, every fourth its quotations.
    """
    habits = Habits(family, residue=number % 2 == 1, protect_names=number % 3 == 2, protect_quotes=number % 4 == 3)
    spun = spinner.spin(story(name, "original"), random.Random(f"{name} {family} {seed}"), habits)
    return Case(
        name=f"{name} {family}",
        text=spun.text,
        golds=spun.golds,
        references=(story(name, "report1"), story(name, "report2")),
        unrelated=(story(name, "other"),),
        family=family,
    )


def corpus_cases(
    spinner: Spinner, corpora: Sequence[Path], articles_each: int, seed: int = 0, beside: str = ""
) -> Iterator[Case]:
    """Yield held-out articles of 200 to 700 words, spun by the families in turn at rates of 20 to 40 %.

    beside: "reports": only articles that have reports of the same story in their corpus, with two of these as
    references; "copies": each with a shortened copy of itself, as of an agency's story that many outlets print.
    """
    number = 0
    for path in corpora:
        siblings = Siblings(path) if beside == "reports" else None
        for index, text in islice(_unseen(path), articles_each):
            family = FAMILIES[number % len(FAMILIES)]
            rng = random.Random(f"{path.name} {index} {seed}")
            habits = Habits(
                family,
                rate=rng.choice((None, 0.2, 0.3, 0.4)),
                protect_names=number % 4 == 3,
                protect_quotes=number % 5 == 4,
            )
            spun = spinner.spin(text, rng, habits)
            references = siblings.of(index, text) if siblings else ()
            if beside == "copies":
                references = (shortened(text, rng),)
            name = f"{path.name.partition('.')[0]} {index} {family}"
            if references or not siblings:
                yield Case(name, spun.text, spun.golds, references, family=family)
            number += 1


def corpus_of_a_story(folder: Path) -> Path:
    """Write a corpus of one article, the first of the stories, and return its path."""
    path = folder / "corpus.txt"
    lines = [line for line in story(story_names()[0], "original").split("\n") if line]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def shortened(text: str, rng: random.Random) -> str:
    """Return *text* without a third of its lines."""
    lines = text.split("\n")
    kept = sorted(rng.sample(range(len(lines)), len(lines) - len(lines) // 3))
    return "\n".join(lines[i] for i in kept)


class Siblings:
    """Finds reports of the same story in a corpus, by the rare words that two articles share."""

    def __init__(self, path: Path) -> None:
        self.texts = list(articles(path))
        self.words = [{token.word for token in tokenize(text)} for text in self.texts]
        counts = Counter(word for words in self.words for word in words)
        self.weights = {word: log(len(self.texts) / count) for word, count in counts.items() if 1 < count < 60}

    def of(self, index: int, text: str) -> tuple[str, ...]:
        """Return up to two other articles that share a fifth to two thirds of the weight of their rare words."""
        own = self.words[index]
        total = self._weight(own)
        scored = []
        for other, words in enumerate(self.words):
            share = self._weight(own & words) / max(1.0, min(total, self._weight(words))) if other != index else 0.0
            if 0.2 < share < 0.67 and len(self.texts[other]) > 800:
                scored.append((-share, other))
        return tuple(self.texts[other] for _, other in sorted(scored)[:2])

    def _weight(self, words: set[str]) -> float:
        return sum(self.weights.get(word, 0.0) for word in words)


def _unseen(path: Path) -> Iterator[tuple[int, str]]:
    for index, text in enumerate(articles(path)):
        if held_out(index) and index // HELD_OUT_EVERY % 2 == 0 and 200 < len(text.split()) < 700:
            yield index, text


def write_cases(cases: Iterable[Case], folder: Path) -> Path:
    """Write *cases* as files under *folder* and return the index."""
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for case in cases:
        stem = case.name.replace(" ", "_")
        texts = {"text": case.text, "gold": format_gold(case.golds)}
        named = {"text": f"{stem}.txt", "gold": f"{stem}.tsv"}
        record: dict[str, object] = {"name": case.name, "family": case.family, "source": case.source, **named}
        for kind, group in (("references", case.references), ("unrelated", case.unrelated)):
            names = [f"{stem}.{kind}{i}.txt" for i in range(len(group))]
            texts |= dict(zip(names, group, strict=True))
            named |= dict(zip(names, names, strict=True))
            record[kind] = names
        for key, content in texts.items():
            (folder / named[key]).write_bytes(content.encode())
        records.append(record)
    index = folder / "cases.json"
    index.write_text(json.dumps({"cases": records}, indent=1) + "\n", encoding="utf-8")
    return index


@click.command(cls=ListingCommand)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Another seed, other swaps.")
@click.option("--held-out", type=int, metavar="SEED", help="Spin with the half that --without half:SEED leaves out.")
@click.option(
    "--corpus",
    "corpora",
    multiple=True,
    metavar="FILE...",
    type=click.Path(path_type=Path),
    help="Spin articles of clean corpora instead.",
)
@click.option("--articles", "each", default=8, show_default=True, metavar="N", help="Articles of each corpus.")
@click.option("--beside", type=click.Choice(["reports", "copies"]), help="With --corpus: references of the same story.")
def main(folder: Path, seed: int, held_out: int | None, corpora: Sequence[Path], each: int, beside: str | None) -> None:
    """Write the spun stories, or spun articles of clean corpora, to FOLDER, and print the name of their index."""
    entries: Sequence[Entry] = Lexicon.load().entries
    if held_out is not None:
        entries = split(entries, seed=held_out)[1]
    spinner = Spinner(entries)
    cases = corpus_cases(spinner, corpora, each, seed, beside or "") if corpora else story_cases(spinner, seed=seed)
    click.echo(write_cases(cases, folder))


if __name__ == "__main__":
    main()
