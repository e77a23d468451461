"""Pairs that mean different things: another unit, quantity, obligation or time.

Spinners write such pairs, too; but a repair that is wrong there does harm that a reader does not see ("take the next
tablet tomorrow" for "the next day"). So an entry may have one only where the words around, or a reference, exclude the
other reading. The rules are data, in `meanings.tsv`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import isclose, prod
from pathlib import Path
from typing import NamedTuple

from normalizer.lexicon.entries import Entry
from normalizer.numerals import CARDINALS
from normalizer.surface import analyses
from normalizer.tokens import fold_words

RULES = Path(__file__).parent / "meanings.tsv"
SAME = 0.02  # by what share two amounts may differ: a month counts 30 days and a year 365
# Occurrences in a million words of clean news below which a spun phrase is no good English: "tens of hundreds" is never
# meant, so it harms nothing to read it otherwise. The cost: what is rare in news may be a term elsewhere, and a phrase
# that was never measured passes.
UNHEARD = 0.1
NUMBERS = {word: float(value) for word, value in CARDINALS.items() if value} | {"half": 0.5, "quarter": 0.25}
TENS = frozenset(10.0 * n for n in range(2, 10))
VAGUE = frozenset("many several few tens dozens hundreds thousands".split())  # before a unit: nobody knows how many

Phrase = tuple[str, ...]


class Member(NamedTuple):
    """What belongs on one place of a scale. phrases: ways to say it. value: for a measure or product, else 0."""

    phrases: tuple[Phrase, ...]
    value: float


class Rule(NamedTuple):
    """A dimension in which the sides of an entry may not differ. kind: scale, measure or product."""

    kind: str
    dimension: str
    members: tuple[Member, ...]


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the rules as they are shipped."""
    lines = [line for line in RULES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(_rule(*line.split("\t")) for line in lines[1:])


def _rule(kind: str, dimension: str, members: str) -> Rule:
    return Rule(kind, dimension, tuple(_member(member) for member in members.split(" ")))


def _member(text: str) -> Member:
    phrases, _, value = text.partition("=")
    return Member(tuple(tuple(phrase.split("_")) for phrase in phrases.split("|")), float(value or 0))


def change_of_meaning(spun: str, original: str) -> str | None:
    """Return the dimension in which two phrases mean different things, None if there is none.

    >>> change_of_meaning("kilos", "pounds"), change_of_meaning("ten years", "a decade")
    ('weight', None)
    """
    sides = [fold_words(side.replace("*", "")) for side in (spun, original)]
    lemmas = [frozenset[str]().union(*map(_lemmas, side)) for side in sides]
    told = (rule for rule in rules() if not any(map(_words(rule).isdisjoint, lemmas)))  # few rules speak of both
    return next((rule.dimension for rule in told if _differ(rule, *sides)), None)


def is_guarded(entry: Entry) -> bool:
    """Tell whether an entry speaks only where a reference or the words around exclude the other reading."""
    beside = entry.count > 0 and bool(entry.guard.before or entry.guard.after)
    unheard = entry.clean < UNHEARD and " " in entry.spun
    return entry.guard.reference or beside or unheard


def _differ(rule: Rule, spun: Phrase, original: Phrase) -> bool:
    if rule.kind == "scale":
        left, right = (_places(rule, side) for side in _own(spun, original))
        return bool(left) and bool(right) and left.isdisjoint(right)
    if rule.kind == "product":
        return _are_apart(_product(rule, spun), _product(rule, original))
    if _units(rule, spun) == _units(rule, original) and not any(map(_is_number, (*spun, *original))):
        return False  # "day by day" is every day
    return _are_apart(_amount(rule, spun), _amount(rule, original))


def _are_apart(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and not isclose(one, other, rel_tol=SAME)


def _own(spun: Phrase, original: Phrase) -> tuple[Phrase, Phrase]:
    """Return what each side has and the other has not: "not any more" for "no more" is "not any" for "no"."""
    return tuple(w for w in spun if w not in original), tuple(w for w in original if w not in spun)


def _places(rule: Rule, words: Phrase) -> set[int]:
    """Return the places of a scale that *words* name; of phrases that overlap the longest counts."""
    lemmas = [_lemmas(word) for word in words]
    found: dict[int, tuple[int, int]] = {}
    for (place, member), start in product(enumerate(rule.members), range(len(words))):
        for phrase in member.phrases:
            if _stands(phrase, lemmas[start:]):
                length = len(phrase)
                for at in range(start, start + length):
                    found[at] = max(found.get(at, (0, 0)), (length, place))
    return {place for _, place in found.values()}


def _stands(phrase: Phrase, lemmas: Sequence[frozenset[str]]) -> bool:
    return len(phrase) <= len(lemmas) and all(word in known for word, known in zip(phrase, lemmas, strict=False))


@lru_cache(maxsize=20_000)
def _lemmas(word: str) -> frozenset[str]:
    return frozenset({word, "not" if word == "n't" else word, *(found.lemma for found in analyses(word))})


@lru_cache(maxsize=16)
def _words(rule: Rule) -> frozenset[str]:
    return frozenset(word for member in rule.members for phrase in member.phrases for word in phrase)


@lru_cache(maxsize=16)
def _values(rule: Rule) -> Mapping[str, float]:
    return {phrase[0]: member.value for member in rule.members for phrase in member.phrases}


def _unit(rule: Rule, word: str) -> float | None:
    values = _values(rule)
    return next((values[lemma] for lemma in sorted(_lemmas(word)) if lemma in values), None)


def _units(rule: Rule, words: Phrase) -> set[float]:
    return {unit for word in words if (unit := _unit(rule, word)) is not None}


def _amount(rule: Rule, words: Phrase) -> float | None:
    """Return what numbers and units come to, None without a unit or where a number is vague."""
    total, number, last = 0.0, None, 0.0
    for word in words:
        unit = _unit(rule, word)
        if word in VAGUE:
            return None
        if unit is not None:
            total, number, last = total + unit * (1.0 if number is None else number), None, unit
        elif word == "hundred":
            number = 100.0 * (number or 1.0)
        else:
            number = _read(word, number)
    fraction = number if number is not None and number < 1 else 0.0  # a decade and a half
    return total + fraction * last if last else None


def _read(word: str, before: float | None) -> float | None:
    """Return the number that *word* makes of the one *before*: twenty, then four, is 24, and half a day is half."""
    if word in ("-", "of") or (word in ("a", "an") and before is not None):
        return before
    if not _is_number(word):
        return 1.0 if word in ("a", "an") else None
    value = NUMBERS.get(word) or float(word)
    return value + before if before in TENS and value < 10 else value


def _is_number(word: str) -> bool:
    return word in NUMBERS or word.replace(".", "", 1).isdecimal()


def _product(rule: Rule, words: Phrase) -> float | None:
    """Return the product of the values of all *words* and numbers, None without a word of the rule."""
    found = [value for word in words if (value := _unit(rule, word)) is not None]
    numbers = [NUMBERS.get(word) or float(word) for word in words if _is_number(word) and _unit(rule, word) is None]
    return prod([*found, *numbers]) if found else None
