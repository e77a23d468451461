"""What the lexicon has on a word: its entries as a spun form and as an original, each with an example."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from normalizer.lexicon.entries import Entry, Guard, format_guard
from normalizer.lexicon.files import FAMILIES
from normalizer.lexicon.matcher import build_trie, find_matches
from normalizer.surface import inflect_phrase
from normalizer.tokens import fold_words

SIDES = ("spun", "original")


class Shown(NamedTuple):
    """An entry that a word is part of.

    side: which side of it the word is, spun or original. spun, original: both sides inflected as the word that was
    asked for.
    """

    side: str
    entry: Entry
    spun: str
    original: str

    @property
    def example(self) -> tuple[str, str]:
        """A made-up stretch of text before and after the repair, in which the guard lets the entry speak."""
        return _in_context(self.entry.guard, self.spun), _in_context(self.entry.guard, self.original)

    def as_json(self) -> dict[str, object]:
        """Return the object of `lexicon show --json`."""
        entry = self.entry
        return {
            "side": self.side, "spun": entry.spun, "original": entry.original, "family": entry.family,
            "kind": entry.kind, "pos": entry.pos, "guard": format_guard(entry.guard), "count": entry.count,
            "clean": entry.clean, "sources": list(entry.sources), "example": list(self.example),
        }  # fmt: skip


def find(entries: Iterable[Entry], phrase: str) -> list[Shown]:
    """Return all entries with *phrase*, in any inflected form, on either side; the best supported come first."""
    words = fold_words(phrase)
    size = len(words)
    every = list(entries)
    shown = [
        Shown("spun", entry, " ".join(words), other)
        for entry, other in _matching((entry for entry in every if _length(entry.spun) == size), words)
    ]
    turned = {
        id(mirror): (mirror, entry)
        for entry in every
        if _length(entry.original) == size
        for mirror in [replace(entry, spun=entry.original, original=entry.spun)]
    }
    for mirror, other in _matching((mirror for mirror, _ in turned.values()), words):
        shown.append(Shown("original", turned[id(mirror)][1], other, " ".join(words)))
    return sorted(shown, key=_rank)


def _rank(shown: Shown) -> tuple[int, float, str, str, str]:
    entry = shown.entry
    return SIDES.index(shown.side), -entry.weight, entry.family, entry.spun, entry.original


def _length(phrase: str) -> int:
    return 1 if phrase.isalpha() else len(fold_words(phrase.replace("*", "")))


def _matching(entries: Iterable[Entry], words: Sequence[str]) -> Iterator[tuple[Entry, str]]:
    """Yield the entries whose spun form is *words* as a whole, each once, with the original inflected likewise."""
    seen: set[int] = set()
    for match in find_matches(build_trie(entries), words):
        whole = (match.start, match.end) == (0, len(words))
        if whole and id(match.entry) not in seen:
            text = inflect_phrase(match.entry.original, match.pos, match.tag) if match.pos else match.entry.original
            if text is not None:
                seen.add(id(match.entry))
                yield match.entry, text.replace("*", "")


def _in_context(guard: Guard, phrase: str) -> str:
    """Return *phrase* between dots, with the neighbours, capitals and other mention that *guard* asks for."""
    if guard.case == "cap":
        phrase = " ".join(word[:1].upper() + word[1:] for word in phrase.split(" "))
    before = f"{guard.before[0]} " if guard.before else ""
    after = f" {guard.after[0]}" if guard.after else ""
    elsewhere = " ".join(guard.has).replace(" '", "'") + " … " if guard.has else ""  # 's is a word only behind another
    return f"… {elsewhere}{before}{phrase}{after} …"


def text_report(shown: Sequence[Shown], phrase: str) -> str:
    """Return the entries as text: as a spun form first, then as an original."""
    if not shown:
        return f"{phrase}: not in the lexicon, neither as a spun form nor as an original\n"
    lines = []
    for side, title in zip(SIDES, ("may stand for", "is spun to"), strict=True):
        own = [each for each in shown if each.side == side]
        if own:
            lines += [f"{phrase} {title}", *(line for each in own for line in _lines(each))]
    return "\n".join(lines) + "\n"


def _lines(shown: Shown) -> Iterator[str]:
    entry = shown.entry
    other = entry.original if shown.side == "spun" else entry.spun
    traits = [f"family {entry.family} ({FAMILIES.get(entry.family, 'unknown').partition(':')[0]})", entry.kind]
    traits += [f"inflects as {'/'.join(entry.pos)}"] if entry.pos else ["fixed"]
    traits += [f"only {format_guard(entry.guard)}"] if entry.guard != Guard() else []
    traits += [f"seen {entry.count:g} times"] if entry.count else []
    traits += [f"clean text {entry.clean:g} per million words"]
    yield f"  {other}: {', '.join(traits)}; {' '.join(entry.sources)}"
    before, after = shown.example
    yield f'      "{before}" -> "{after}"' + (" where a reference says so" if entry.guard.reference else "")
