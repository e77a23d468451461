"""The look of a replacement: inflected like its source, in the article's case and quote style.

Inflection follows Penn Treebank tags (VB VBP VBZ VBD VBN VBG, NN NNS, JJ JJR JJS) from lemminflect's tables.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from normalizer.tokens import tokenize

UPOS = {"v": "VERB", "n": "NOUN", "a": "ADJ"}
TAGS = {
    "v": ("VB", "VBP", "VBZ", "VBD", "VBN", "VBG"),
    "n": ("NN", "NNS"),
    "a": ("JJ", "JJR", "JJS"),
}
GRECO_LATIN = ("us", "a", "um", "on", "is", "men", "x")  # endings of nouns whose plural may be Greek or Latin
NOUN_TAGS = ("NN", "NNS", "NNP", "NNPS")  # those of names, too
# Vowel letters that sound like a consonant: "you" (unit, unanimous, useful, utility, Ukraine, Europe) and "won" (once).
SOUNDS_LIKE_A_CONSONANT = regex.compile(
    r"uni(?![nm]|den)|unanim|unesco|us[aeiu]|ut[aeio]|ur[aiou]|uk|uga|ubi|uefa|ufo|eu|ewe|one(?!r)|once"
)
LONGEST_WORD = 60  # letters; what is longer is no word, and remembering many would fill the memory
LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")  # where str.splitlines splits
SMALL_WORDS = frozenset(
    """
    a an the of in on at to for and or by from with as but nor
    """.split()
)
DETERMINERS = frozenset("the a an this that each every his her its our my your another".split())
JOINTS = frozenset(
    """
    and or nor of in on at for with from by to as than about between among under over into against after before , & that
    """.split()
)
# Nouns that take "were" and end in no s.
PLURALS = frozenset(
    """
    people men women children police staff crew team cattle media data public feet teeth folk youth elderly poor rich
    others majority number lot couple pair dead wounded injured you we they both all some most many few those these who
    which
    """.split()
)
# lemminflect lists the bare form among the plurals of every mass noun ("motion", "battle"). Read as plurals they would
# offer "actions" for "motion", so a bare form is a plural where it is the first listed (series), or ends like this.
ONE_FORM = ("aircraft", "spacecraft", "hovercraft", "fish", "offspring")


class Analysis(NamedTuple):
    """One way to read a word form: its lemma, word class (v, n, a) and inflection tag."""

    lemma: str
    pos: str
    tag: str


def analyses(word: str) -> tuple[Analysis, ...]:
    """Return every reading of the folded *word* as an inflected verb, noun or adjective; () for anything else.

    Words that lemminflect does not know are read as regular nouns only: guessing verbs made proper names into verbs.
    """
    return _analyses(word) if 2 <= len(word) <= LONGEST_WORD and word.isalpha() else ()


@lru_cache(maxsize=100_000)
def _analyses(word: str) -> tuple[Analysis, ...]:
    import lemminflect

    found = []
    lemmas = lemminflect.getAllLemmas(word)
    for pos, upos in UPOS.items():
        for lemma in dict.fromkeys((*lemmas.get(upos, ()), word)):
            found += [Analysis(lemma, pos, tag) for tag in TAGS[pos] if word in _forms(lemma, tag)]
    if not found:
        found = [Analysis(word, "n", "NN")]
        if word.endswith("s") and len(word) > 4:
            found.append(Analysis(word[:-1], "n", "NNS"))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def forms(lemma: str, pos: str) -> dict[str, tuple[str, ...]]:
    """Return every word form that `analyses` reads as *lemma* of the word class *pos*, with its inflection tags.

    >>> forms("leave", "v")["left"], sorted(forms("news", "n"))
    (('VBD', 'VBN'), ['news'])
    """
    candidates = {form: None for tag in TAGS[pos] for form in _forms(lemma, tag)} | {
        lemma: None,
        f"{lemma}s": None,
    }
    found = {
        form: tuple(a.tag for a in analyses(form) if (a.lemma, a.pos) == (lemma, pos)) for form in sorted(candidates)
    }
    return {form: tags for form, tags in found.items() if tags}


@lru_cache(maxsize=100_000)
def _inflections(lemma: str) -> dict[str, tuple[str, ...]]:
    """Return the forms of all word classes by tag. lemminflect copies its table at every call, so it is asked once."""
    import lemminflect

    table: dict[str, tuple[str, ...]] = lemminflect.getAllInflections(lemma)
    return table


@lru_cache(maxsize=100_000)
def _guesses(lemma: str, pos: str) -> dict[str, tuple[str, ...]]:
    """Return the forms by tag that lemminflect's rules give a lemma which its tables lack.

    A neural network chooses between two rules, in a quarter of a millisecond; for most nouns both give the same.
    """
    import lemminflect
    from lemminflect.core.InflectionRules import InflectionRules

    if pos == "n" and lemma.islower() and not lemma.endswith(GRECO_LATIN):
        return {"NNS": tuple(InflectionRules.buildRegNoun(lemma))}
    guessed: dict[str, tuple[str, ...]] = lemminflect.getAllInflectionsOOV(lemma, UPOS[pos])
    return guessed


def _forms(lemma: str, tag: str) -> tuple[str, ...]:
    table = _inflections(lemma)
    if tag == "VBP":
        return tuple(table.get("VBP", ()) or table.get("VB", ()))
    if tag == "VBN" and "VBN" not in table:
        return tuple(table.get("VBD", ()))
    if tag == "NNS":
        return _plurals(lemma, table.get("NNS", ()))
    return tuple(table.get(tag, ()))


def _plurals(lemma: str, listed: Sequence[str]) -> tuple[str, ...]:
    if lemma.endswith(ONE_FORM):
        return tuple(dict.fromkeys((lemma, *listed)))
    return tuple(form for form in listed if form != lemma or form == listed[0])


@lru_cache(maxsize=200_000)
def inflect(lemma: str, pos: str, tag: str) -> str | None:
    """Return *lemma* in the form *tag*, or None where it has none (`important` has no JJR).

    Lemmas outside lemminflect's tables are inflected by its rules for verbs and nouns; adjectives are left alone.
    """
    if tag in ("VB", "NN", "JJ"):
        return lemma
    if (lemma, pos) == ("be", "v"):
        return {"VBP": "are", "VBZ": "is", "VBD": "was", "VBN": "been", "VBG": "being"}[tag]
    forms = _forms(lemma, tag)
    if forms:
        return forms[0]
    if pos == "a" or (pos == "n" and not _inflections(lemma).keys().isdisjoint(NOUN_TAGS)):
        return None
    guessed = _guesses(lemma, pos).get(tag, ())
    return guessed[0] if guessed else None


def head_index(words: Sequence[str], pos: str) -> int:
    """Return which of *words* carries the inflection: the first of a verb phrase, else the last.

    A star behind a word marks another head: `head* of state`.
    """
    for i, word in enumerate(words):
        if word.endswith("*") and len(word) > 1:
            return i
    return 0 if pos == "v" else len(words) - 1


def inflect_phrase(phrase: str, pos: str, tag: str) -> str | None:
    """Return *phrase* with its head in the form *tag*: ("make use of", v, VBD) -> "made use of"."""
    words = phrase.split(" ")
    at = head_index(words, pos)
    form = inflect(words[at].rstrip("*"), pos, tag)
    return None if form is None else " ".join([*words[:at], form, *words[at + 1 :]])


def match_case(spun: Sequence[str], original: str, *, starts_sentence: bool) -> str:
    """Return *original* in the case of the *spun* token texts.

    An original with capitals of its own keeps them. All capitals stay all capitals; where every word of the spun
    stretch is capitalised, so is every longer word of the original; a capital at the first word moves to the first
    word.
    """
    if all(map(str.islower, spun)):
        return original
    words = [text for text in spun if text[0].isalpha()]
    if not any(word[0].isupper() for word in words):
        return original
    if len("".join(words)) > 3 and all(text.isupper() for text in words):
        return original.upper()
    titled = all(text[0].isupper() or text in SMALL_WORDS for text in words)
    if titled and (len(words) > 1 or not starts_sentence):
        original = _title(original)
    return original[0].upper() + original[1:] if words[0][0].isupper() else original


def _title(phrase: str) -> str:
    words = phrase.split(" ")
    return " ".join(w if w in SMALL_WORDS or w != w.lower() else w[:1].upper() + w[1:] for w in words)


def is_titled(before: str, behind: str) -> bool:
    """Say whether a numeral between two words is part of a name: "Big 4", "2nd Amendment", "Fantastic 4 Premieres".

    *before* opens no sentence. Names are told by capitals that common words have: an adjective before it, a noun
    behind. The cost: a title that is no adjective ("Area 51") is not told from the end of a name.
    """
    if not behind[:1].isupper():
        return before[:1].isupper() and is_common(before, "a")
    return before[:1].isupper() or (is_common(behind, "n") and not is_common(behind, "a"))


def is_common(word: str, pos: str) -> bool:
    """Say whether *word* is a common one: whether lemminflect's tables have it in the word class *pos*."""
    import lemminflect

    return bool(lemminflect.getAllLemmas(word.lower(), upos=UPOS[pos]))


def ends_in_plural_s(text: str) -> bool:
    """Say whether *text* ends in a plural with an s, so that an apostrophe alone makes its possessive.

    >>> [ends_in_plural_s(word) for word in ("employees", "people", "boss")]
    [True, False, False]
    """
    word = text.rsplit(" ", 1)[-1].lower()
    return word.endswith("s") and any(each.tag == "NNS" and each.lemma != word for each in analyses(word))


def has_singular_subject(words: Sequence[str]) -> bool:
    """Say whether folded *words* of a sentence end in a singular subject, so that "were" would be wrong behind them.

    That is a noun with "the" or the like a few words before it, neither joined to another by "and" nor part of "the end
    of the". The cost: "the jury were" of British news is left as it was spun.

    >>> [has_singular_subject(text.split()) for text in ("said the second amendment", "ends of the law", "the men")]
    [True, False, False]
    """
    if not words or words[-1].endswith("s") or words[-1] in PLURALS or not words[-1].isalpha():
        return False
    for at in range(len(words) - 2, max(-1, len(words) - 5), -1):
        if words[at] in DETERMINERS:
            return at == 0 or words[at - 1] not in JOINTS
        if words[at] in JOINTS or not words[at].isalnum():
            return False
    return False


def match_quotes(original: str, article: str) -> str:
    """Return *original* with the apostrophe that the article uses."""
    return original.replace("'", "’") if "'" in original and "’" in article else original


def match_layout(original: str, gaps: Sequence[str]) -> str:
    """Return *original* with the line breaks that stood in the *gaps* between the spun tokens.

    A break stays as near to its place as the words allow; where there are too few words it goes before the first.

    >>> match_layout("Oval Office", ["\\n", " "]), match_layout("was", [" ", "\\n"])
    ('Oval\\nOffice', '\\nwas')
    """
    breaks = [(i, gap) for i, gap in enumerate(gaps) if not LINE_BREAKS.isdisjoint(gap)]
    if not breaks:
        return original
    words = original.split(" ")
    blanks = [""] + [" "] * (len(words) - 1)
    for i, gap in breaks:
        at = min(i + 1, len(words) - 1)
        at = at if blanks[at] == " " else 0
        blanks[at] = blanks[at].strip(" ") + gap
    return "".join(blank + word for blank, word in zip(blanks, words, strict=True))


def indefinite_article(following: str) -> str:
    """Return "a" or "an" for the word that follows, by its sound.

    >>> [indefinite_article(word) for word in ("opportunity", "united", "hour", "FBI", "US", "11", "one")]
    ['an', 'a', 'an', 'an', 'a', 'an', 'a']
    """
    word = following.lower()
    if following.isupper() and len(following) <= 4 and following not in ("NATO", "NASA", "UNESCO", "FIFA", "UEFA"):
        return "an" if following[0] in "AEFHILMNORSX" else "a"
    if word[:1].isdigit():
        return "an" if word[0] == "8" or word in ("11", "18") else "a"
    if word.startswith(("hour", "honest", "honor", "honour", "heir")):
        return "an"
    if SOUNDS_LIKE_A_CONSONANT.match(word):
        return "a"
    return "an" if word[:1] in tuple("aeiou") else "a"


def first_word(text: str) -> str:
    """Return the first token of *text*, or "" of an empty one."""
    tokens = tokenize(text)
    return tokens[0].text if tokens else ""
