"""Candidate readings of stretches of an article: from the lexicon, from the references, and from grammar."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from normalizer.lexicon import FAMILIES, OPEN, Entry, Guard, Lexicon, Match
from normalizer.surface import inflect_phrase
from normalizer.tokens import Token, fold_words, tokenize

# More readings of one stretch cost time and hardly ever hold the right one. Measured on the seeds: see the tests of
# this room.
READINGS_PER_STRETCH = 12
FAMILY_NAMES = tuple(FAMILIES)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read tokens start..end of an article other than as they stand.

    text: the wording before case transfer. words: its folded tokens. entries: the lexicon lines behind it.
    strengths: P(spun form | original swapped) for each family of FAMILY_NAMES, 0 where the family is not known to
    do it. kind: the kind of edit it would make.
    """

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    kind: str
    entries: tuple[Entry, ...] = ()
    strengths: tuple[float, ...] = (0.0,) * len(FAMILY_NAMES)

    @property
    def weight(self) -> float:
        """Evidence for the swap over all families, in observed occurrences."""
        return sum(entry.weight for entry in self.entries)


def lexicon_readings(
    lexicon: Lexicon, tokens: Sequence[Token], spans: Iterable[tuple[int, int]]
) -> list[Reading]:
    """Return every lexicon reading inside the sentences *spans* (first, end token indices), by start, strongest
    first.
    """
    article_words = [token.word for token in tokens]
    found: dict[tuple[int, int, str], list[Entry]] = defaultdict(list)
    for first, end in spans:
        for match in lexicon.matches(article_words[first:end]):
            start, stop = first + match.start, first + match.end
            if match.entry.guard is not OPEN and not allows(match.entry.guard, tokens, article_words, start, stop):
                continue
            text = _inflected(match)
            place = None if text is None else _trimmed(text, article_words, start, stop)
            if place is not None and _clings(place[2]) == _clings(article_words[place[0]]):
                found[place].append(match.entry)
    readings: dict[tuple[int, int], list[Reading]] = defaultdict(list)
    for (start, stop, text), entries in found.items():
        readings[start, stop].append(_reading(lexicon, start, stop, text, _folded(text), entries))
    return [reading for place in sorted(readings) for reading in _strongest(readings[place])]


def _inflected(match: Match) -> str | None:
    entry = match.entry
    return inflect_phrase(entry.original, match.pos, match.tag) if match.pos else entry.original


def _clings(text: str) -> bool:
    """Say whether *text* starts with a clitic: swapped for a word of its own it would leave "Ihave" or "I 've"."""
    return len(text) > 1 and text[0] == "'" and text[1].isalpha()


def _trimmed(text: str, words: Sequence[str], start: int, end: int) -> tuple[int, int, str] | None:
    """Cut what the reading shares with the article at either end: "press conference" for "press convention" is
    "conference" for "convention", and so joins what other entries say of that word. None if nothing is left to change.
    """
    folded = _folded(text)
    left, right = 0, len(folded)
    while end - start > 1 and right - left > 1 and folded[right - 1] == words[end - 1]:
        right, end = right - 1, end - 1
    while end - start > 1 and right - left > 1 and folded[left] == words[start]:
        left, start = left + 1, start + 1
    if folded[left:right] == tuple(words[start:end]):
        return None
    if right - left < len(folded):
        pieces = tokenize(text)
        text = text[pieces[left].start : pieces[right - 1].end]
    return start, end, text


@lru_cache(maxsize=100_000)
def _folded(text: str) -> tuple[str, ...]:
    return fold_words(text)


def _reading(
    lexicon: Lexicon, start: int, end: int, text: str, words: tuple[str, ...], entries: Sequence[Entry]
) -> Reading:
    strengths = [0.0] * len(FAMILY_NAMES)
    for entry in entries:
        at = FAMILY_NAMES.index(entry.family)
        strengths[at] = max(strengths[at], lexicon.strength(entry))
    best = max(entries, key=lambda entry: entry.weight)
    return Reading(start, end, text, words, best.kind, tuple(entries), tuple(strengths))


def _strongest(readings: list[Reading]) -> list[Reading]:
    readings.sort(key=lambda reading: (-reading.weight, reading.text))
    return readings[:READINGS_PER_STRETCH]


def allows(guard: Guard, tokens: Sequence[Token], words: Sequence[str], start: int, end: int) -> bool:
    """Say whether *guard* lets an entry speak at tokens start..end. `ref` is left to `heard`, when support is known."""
    texts = [token.text for token in tokens[start:end] if token.text[0].isalpha()]
    if guard.case == "cap" and not all(text[0].isupper() for text in texts):
        return False
    if guard.case == "lower" and any(text[0].isupper() for text in texts):
        return False
    if guard.before and (start == 0 or words[start - 1] not in guard.before):
        return False
    if guard.after and (end == len(words) or words[end] not in guard.after):
        return False
    return not guard.has or _stands_in(guard.has, words[:start]) or _stands_in(guard.has, words[end:])


def heard(
    lexicon: Lexicon, readings: Iterable[Reading], supported: Callable[[Reading], bool]
) -> Iterator[Reading]:
    """Yield *readings* without the entries guarded by `ref`, unless a reference supports the reading."""
    for reading in readings:
        if not any(entry.guard.reference for entry in reading.entries) or supported(reading):
            yield reading
        elif entries := [entry for entry in reading.entries if not entry.guard.reference]:
            yield _reading(lexicon, reading.start, reading.end, reading.text, reading.words, entries)


def _stands_in(phrase: tuple[str, ...], words: Sequence[str]) -> bool:
    size = len(phrase)
    return any(tuple(words[i : i + size]) == phrase for i in range(len(words) - size + 1))


def grammar_readings(tokens: Sequence[Token], readings: Iterable[Reading]) -> Iterator[Reading]:
    """Yield `a` for `an` and the reverse before every stretch that has a reading: the right one depends on the
    repair.
    """
    for start in sorted({reading.start for reading in readings}):
        if start and tokens[start - 1].word in ("a", "an"):
            other = "an" if tokens[start - 1].word == "a" else "a"
            yield Reading(start - 1, start, other, (other,), "grammar")
