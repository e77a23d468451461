"""What may become a lexicon entry: objections to a pair of phrases, and the entry that a pair generalises to."""

from collections.abc import Iterator
from typing import NamedTuple

import regex

from normalizer.learning.generalising import shared_inflection, split_pair, words_of
from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.tokens import fold, fold_words

LONGEST_SIDE = 6  # words; titles of institutions are the longest that spinners were seen to swap as one
ODD = regex.compile(r"[<>|\[\]{}@#/\\*_\t\n]")
NEGATIONS = frozenset("no not never nor none neither nobody nothing nowhere cannot without".split())
NEAR_NEGATIONS = frozenset(
    "barely hardly rarely fail fails failed failing unable lack lacks devoid nary nil zero now".split()
)
# Negations that deny nothing: spinners write "not too long ago" for "recently", "not less than" for "at least", and "is
# without doubt one of the best" for "is one of the best".
UNDENYING = regex.compile(
    r"\b(?:without (?:a )?doubt|no doubt|no matter|or not|not (?:\w+ )?long ago"
    r"|(?:not?|nothing) (?:less|fewer|more|later|earlier) than)\b"
)
DIGITS = regex.compile(r"\d+")


class General(NamedTuple):
    """A pair in the form of a lexicon line. pos: parts of speech, "" for a form that does not inflect."""

    spun: str
    original: str
    pos: str


def objection(spun: str, original: str) -> str | None:
    """Return why the pair cannot be an entry, or None if it can."""
    left, right = fold_words(spun), fold_words(original)
    if not _has_words(left) or not _has_words(right):
        return "a side has no words"
    if left == right:
        return "both sides are the same"
    if max(len(spun.split()), len(original.split())) > LONGEST_SIDE:
        return f"longer than {LONGEST_SIDE} words: that is rewriting, or several swaps in one"
    odd = ODD.search(spun + original)
    if odd:
        return f"the character {odd.group()!r} belongs in no phrase"
    if _negated(right) and not (_negated(left) or _nearly_negated(left)):
        return "it would add a negation"
    if _negated(left) and not (_negated(right) or _nearly_negated(right)):
        return "it would remove a negation"
    numbers = [set(DIGITS.findall("".join(side))) for side in (left, right)]
    if numbers[0] and numbers[1] and numbers[0].isdisjoint(numbers[1]):
        return "the numbers differ"
    return None


def _has_words(words: tuple[str, ...]) -> bool:
    return any(word[0].isalnum() or (word[0] == "'" and word[1:].isalpha()) for word in words)


def _negated(words: tuple[str, ...]) -> bool:
    joined = " ".join(words)
    # "gained't" for "won't" denies as well, though no rule of spelling joins its pieces.
    denying = UNDENYING.sub("", joined).split()
    return joined.endswith(" ' t") or any(word in NEGATIONS or word.endswith("n't") for word in denying)


def _nearly_negated(words: tuple[str, ...]) -> bool:
    return any(word in NEAR_NEGATIONS or word.startswith(("un", "in", "im", "dis")) for word in words)


def generalise(spun: str, original: str, *, divide: bool = True) -> Iterator[General]:
    """Yield the entries that an observed pair supports, in base form where both sides share an inflection.

    divide: whether the pair is divided at words that both sides share. The original keeps its capitals, the spun form
    is in lower case. Function words are not reduced to base forms: "were" for "was" is no evidence about "be".
    """
    left, right = words_of(spun), words_of(original)
    if not left or not right:
        return
    for a, b in split_pair(left, right) if divide else [(left, right)]:
        phrase, wording = " ".join(a).lower(), " ".join(b)
        shared = shared_inflection(phrase, wording) if wording == wording.lower() and not _function(b) else None
        if shared and fold_words(shared[0]) != fold_words(shared[1]):
            yield General(*shared)
        else:
            yield General(phrase, wording, "")


def _function(words: list[str]) -> bool:
    return all(fold(word) in FUNCTION_WORDS for word in words)


def kind_of(spun: str, original: str) -> str:
    """Return the kind of file a pair belongs in: number, name or lexical."""
    if any(letter.isdigit() for letter in spun + original):
        return "number"
    words = [word for word in original.split() if fold(word) not in FUNCTION_WORDS and word[0].isalpha()]
    return "name" if words and all(word[0].isupper() for word in words) else "lexical"
