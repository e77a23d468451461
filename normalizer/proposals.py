"""Candidate readings of stretches of an article: from the lexicon, from the references, and from grammar."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from normalizer.lexicon import FAMILIES, OPEN, Entry, Guard, Lexicon, Match
from normalizer.surface import inflect_phrase
from normalizer.tokens import Token, fold_words, tokenize

# More readings of one stretch cost time and hardly ever hold the right one. Measured on the seeds: see the tests of
# this room.
READINGS_PER_STRETCH = 12
FAMILY_NAMES = tuple(FAMILIES)


class Reading(NamedTuple):
    """One way to read tokens start..end of an article other than as they stand.

    text: the wording before case transfer. words: its folded tokens. kind: the kind of edit it would make. entries: the
    lexicon lines behind it. strengths: P(spun form | original swapped) for each family of FAMILY_NAMES, 0 where the
    family is not known to do it. weight, seen: evidence for the swap and observed occurrences, over all entries.
    clean: occurrences of the longest matched spun form per million words of clean text. phrase: whether an entry of
    several words is among them. near: whether the thesaurus has the words of a reference near those that stand there.
    """

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    kind: str
    entries: tuple[Entry, ...] = ()
    strengths: tuple[float, ...] = (0.0,) * len(FAMILY_NAMES)
    weight: float = 0.0
    seen: float = 0.0
    clean: float = 0.0
    phrase: bool = False
    near: bool = False


def lexicon_readings(
    lexicon: Lexicon, tokens: Sequence[Token], spans: Iterable[tuple[int, int]]
) -> list[Reading]:
    """Return every lexicon reading inside the sentences *spans* (first, end token indices), by place, strongest first.

    What a stretch can be read as is worked out once for each lexicon.
    """
    words = tuple(token.word for token in tokens)
    found: dict[tuple[int, int], dict[str, Reading]] = defaultdict(dict)
    known: dict[tuple[str, ...], tuple[int, int]] = {}
    for first, end in spans:
        for start, stop in lexicon.stretches(words[first:end]):
            for reading in _readings_at(lexicon, tokens, words, first + start, first + stop, known):
                same = found[reading.start, reading.end]
                other = same.get(reading.text)
                same[reading.text] = _merged(lexicon, other, reading) if other else reading
    return [reading for place in sorted(found) for reading in _strongest(found[place].values())]


def _readings_at(
    lexicon: Lexicon,
    tokens: Sequence[Token],
    words: tuple[str, ...],
    start: int,
    end: int,
    known: dict[tuple[str, ...], tuple[int, int]],
) -> Iterator[Reading]:
    for guard, reading in readings_of(lexicon, words[start:end]):
        if guard is OPEN or allows(guard, tokens, words, start, end, known):
            yield reading._replace(start=reading.start + start, end=reading.end + start)


def readings_of(lexicon: Lexicon, stretch: tuple[str, ...]) -> list[tuple[Guard, Reading]]:
    """Return what the whole *stretch* can be read as, each reading with the guard it stands under."""
    known: list[tuple[Guard, Reading]] | None = lexicon.memo.get(stretch)
    if known is None:
        known = lexicon.memo[stretch] = _work_out(lexicon, stretch)
    return known


def _work_out(lexicon: Lexicon, stretch: tuple[str, ...]) -> list[tuple[Guard, Reading]]:
    # One entry matches as noun and as verb, and often in several tenses: it is evidence once.
    found: dict[tuple[Guard, int, int, str], dict[Entry, None]] = defaultdict(dict)
    for match in lexicon.matches(stretch):
        text = _inflected(match) if (match.start, match.end) == (0, len(stretch)) else None
        place = None if text is None else _trimmed(text, stretch)
        if place is not None and clings(place[2]) == clings(stretch[place[0]]):
            found[(match.entry.guard, *place)][match.entry] = None
    return [
        (guard if guard != OPEN else OPEN, _reading(lexicon, start, end, text, tuple(entries)))
        for (guard, start, end, text), entries in found.items()
    ]


def swapped_words(lexicon: Lexicon, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (spun, original) for every two of *words* of which the lexicon reads the one as the other."""
    known = set(words)
    for word in words:
        for _guard, reading in readings_of(lexicon, (word,)) if word[0].isalpha() else ():
            if len(reading.words) == 1 and reading.words[0] in known and reading.words[0] != word:
                yield word, reading.words[0]


def _inflected(match: Match) -> str | None:
    entry = match.entry
    return inflect_phrase(entry.original, match.pos, match.tag) if match.pos else entry.original


def clings(text: str) -> bool:
    """Say whether *text* starts with a clitic: swapped for a word of its own it would leave "Ihave" or "I 've"."""
    return len(text) > 1 and text[0] == "'" and text[1].isalpha()


def _trimmed(text: str, stretch: tuple[str, ...]) -> tuple[int, int, str] | None:
    """Cut what the reading shares with the article at either end: "press conference" for "press convention" is
    "conference" for "convention", and so joins what other entries say of that word. None if nothing is left to change.
    """
    folded = fold_words(text)
    start, end = 0, len(stretch)
    left, right = 0, len(folded)
    while end - start > 1 and right - left > 1 and folded[right - 1] == stretch[end - 1]:
        right, end = right - 1, end - 1
    while end - start > 1 and right - left > 1 and folded[left] == stretch[start]:
        left, start = left + 1, start + 1
    if folded[left:right] == stretch[start:end]:
        return None
    if right - left < len(folded):
        pieces = tokenize(text)
        text = text[pieces[left].start : pieces[right - 1].end]
    return start, end, text


def _reading(lexicon: Lexicon, start: int, end: int, text: str, entries: Sequence[Entry]) -> Reading:
    strengths = [0.0] * len(FAMILY_NAMES)
    for entry in entries:
        at = FAMILY_NAMES.index(entry.family)
        strengths[at] = max(strengths[at], lexicon.strength(entry))
    best = max(entries, key=lambda entry: entry.weight)
    return Reading(
        start,
        end,
        text,
        fold_words(text),
        best.kind,
        tuple(entries),
        tuple(strengths),
        weight=sum(entry.weight for entry in entries),
        seen=sum(entry.count for entry in entries),
        clean=min(entry.clean for entry in entries),
        phrase=any(" " in entry.spun for entry in entries),
    )


def _merged(lexicon: Lexicon, one: Reading, other: Reading) -> Reading:
    return _reading(lexicon, one.start, one.end, one.text, tuple(dict.fromkeys((*one.entries, *other.entries))))


def _strongest(readings: Iterable[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda reading: (-reading.weight, reading.text))[:READINGS_PER_STRETCH]


def allows(
    guard: Guard,
    tokens: Sequence[Token],
    words: Sequence[str],
    start: int,
    end: int,
    known: dict[tuple[str, ...], tuple[int, int]] | None = None,
) -> bool:
    """Say whether *guard* lets an entry speak at tokens start..end. `ref` is left to `heard`, when support is known.

    known: what is remembered of the article from one call to the next.
    """
    texts = [token.text for token in tokens[start:end] if token.text[0].isalpha()]
    if guard.case == "cap" and not all(text[0].isupper() for text in texts):
        return False
    if guard.case == "lower" and any(text[0].isupper() for text in texts):
        return False
    if guard.before and (start == 0 or words[start - 1] not in guard.before):
        return False
    if guard.after and (end == len(words) or words[end] not in guard.after):
        return False
    return not guard.has or _stands_outside(guard.has, words, start, end, {} if known is None else known)


def heard(
    lexicon: Lexicon, readings: Iterable[Reading], supported: Callable[[Reading], bool]
) -> Iterator[Reading]:
    """Yield *readings* without the entries guarded by `ref`, unless a reference supports the reading."""
    for reading in readings:
        if not any(entry.guard.reference for entry in reading.entries) or supported(reading):
            yield reading
        elif entries := [entry for entry in reading.entries if not entry.guard.reference]:
            yield _reading(lexicon, reading.start, reading.end, reading.text, entries)


def _stands_outside(
    phrase: tuple[str, ...], words: Sequence[str], start: int, end: int, known: dict[tuple[str, ...], tuple[int, int]]
) -> bool:
    """Say whether *phrase* stands in *words* before *start* or after *end*. known: first and last places found so far;
    looking a phrase up once an article keeps the time linear.
    """
    size = len(phrase)
    if phrase not in known:
        places = [i for i in range(len(words) - size + 1) if tuple(words[i : i + size]) == phrase]
        known[phrase] = (places[0], places[-1]) if places else (len(words), -1)
    first, last = known[phrase]
    return first + size <= start or last >= end


def grammar_readings(tokens: Sequence[Token], readings: Iterable[Reading]) -> Iterator[Reading]:
    """Yield `a` for `an` and the reverse before every stretch that has a reading: the right one depends on the
    repair.
    """
    for start in sorted({reading.start for reading in readings}):
        if start and tokens[start - 1].word in ("a", "an"):
            other = "an" if tokens[start - 1].word == "a" else "a"
            yield Reading(start - 1, start, other, (other,), "grammar")
