"""From observed pairs of surface forms to lexicon entries.

Words that both sides share at an end are cut off, and heads that share an inflection are reduced to their base form.
"""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from normalizer.lexicon.entries import POS_LETTERS
from normalizer.surface import Analysis, analyses, head_index
from normalizer.tokens import tokenize

ARTICLES = frozenset(("a", "an", "the"))


def trim(spun: Sequence[str], original: Sequence[str]) -> tuple[list[str], list[str]]:
    """Drop the words that both phrases share at either end, leaving at least one word on each side.

    >>> trim(["of", "the", "big", "ship"], ["of", "the", "large", "ship"])
    (['big'], ['large'])
    """
    left, right = list(spun), list(original)
    while min(len(left), len(right)) > 1 and left[-1].lower() == right[-1].lower():
        left, right = left[:-1], right[:-1]
    while min(len(left), len(right)) > 1 and left[0].lower() == right[0].lower():
        left, right = left[1:], right[1:]
    if min(len(left), len(right)) > 1 and {left[0].lower(), right[0].lower()} == {"a", "an"}:
        left, right = left[1:], right[1:]
    return left, right


def words_of(phrase: str) -> list[str]:
    """Return the phrase as words, without the quotes and stops around it; inner punctuation stays attached."""
    words = [word.strip(',;:!?"“”‘()[]{}') for word in phrase.replace("’", "'").split()]
    return [bare for word in words if (bare := word if "." in word.rstrip(".") else word.rstrip(".").lstrip("."))]


def shared_inflection(spun: str, original: str) -> tuple[str, str, str] | None:
    """Return (spun, original, pos) in base form if the heads of both phrases share an inflection, else None.

    A pair that may be of several word classes has them all: pos "vn" for ("fight", "combat").

    >>> shared_inflection("made use of", "used")
    ('make use of', 'use', 'v')
    """
    found: dict[tuple[str, str], str] = {}
    for pos in POS_LETTERS:
        lemmas = _lemmas(spun, original, pos)
        if lemmas:
            found[lemmas] = found.get(lemmas, "") + pos
    if not found:
        return None
    (left, right), pos = max(found.items(), key=lambda item: (len(item[1]), item[1] != "a"))
    return (left, right, pos) if left != right else None


def _lemmas(spun: str, original: str, pos: str) -> tuple[str, str] | None:
    sides = []
    for phrase in (spun, original):
        words = phrase.split(" ")
        at = head_index(words, pos)
        readings = [a for a in analyses(words[at]) if a.pos == pos and not _guessed_plural(words[at], a)]
        sides.append((words, at, readings))
    shared = {a.tag for a in sides[0][2]} & {a.tag for a in sides[1][2]}
    if not shared:
        return None
    left, right = (_with_lemma(words, at, readings, shared) for words, at, readings in sides)
    return left, right


def _guessed_plural(word: str, analysis: Analysis) -> bool:
    """Say whether a plural is guessed from the final s of a word known as something else: "always" for "alway"."""
    import lemminflect

    classes = lemminflect.getAllLemmas(word) if analysis.tag == "NNS" else {}
    return bool(classes) and not {"NOUN", "PROPN"} & classes.keys()


def _with_lemma(words: list[str], at: int, readings: list[Analysis], shared: set[str]) -> str:
    lemma = next(a.lemma for a in readings if a.tag in shared)
    return " ".join([*words[:at], lemma, *words[at + 1 :]])


def has_capitals_of_its_own(word: str) -> bool:
    """Say whether a word is written in capitals beyond a sentence start: US, McDonald, iPhone, U.S."""
    return any(letter.isupper() for letter in word[1:])


def word_count(phrase: str) -> int:
    """Return how many tokens the phrase has."""
    return len(tokenize(phrase))


def split_pair(spun: Sequence[str], original: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Cut a pair of phrases at the words they share: each differing stretch is a swap of its own.

    >>> split_pair(["transfer", "up", "garments"], ["switch", "up", "clothes"])
    [(['transfer'], ['switch']), (['garments'], ['clothes'])]
    """
    left, right = [w.lower() for w in spun], [w.lower() for w in original]
    blocks = [op for op in Levenshtein.opcodes(left, right) if op.tag != "equal"]
    if not blocks or any(op.tag != "replace" for op in blocks):
        return [trim(spun, original)]
    return [(list(spun[op.src_start : op.src_end]), list(original[op.dest_start : op.dest_end])) for op in blocks]
