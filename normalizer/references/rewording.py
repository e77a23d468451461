"""Rewording: which words of a reference may stand for words of an article, and which are facts.

A spinner swaps words and leaves the sense to chance; an outlet rewrites. What a swap can have done may be undone with a
reference's words, but a name, a number, a speaker or a clause is never taken over.
"""

from collections.abc import Container, Iterable, Sequence

from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.numerals import NEGATIONS, NUMBER_WORDS, NUMERALS
from normalizer.references.prepared import CALENDAR
from normalizer.references.thesaurus import near
from normalizer.surface import analyses
from normalizer.tokens import Token

LONGEST_REWORDING = 3  # tokens on either side, where the sentences are not one
MOST_DROPPED = 2  # small words that a spinner may have added
PERSONS = frozenset(  # "I will" and "he would" are one quotation, told by two people
    "i me my mine myself we us our ours ourselves you your yours he him his she her hers they them their theirs".split()
)
# "One" and "once" are a spinner's "a" and part of its "was once", too.
SMALL_NUMBERS = frozenset(("one", "once"))
# Words of names that tell one place, day or office from another.
FIXED_NAMES = (
    CALENDAR
    | NUMBER_WORDS
    | frozenset(
        """
        north south east west northern southern eastern western upper lower prime deputy vice former junior senior
        """.split()
    )
)


def may_replace(ours: Sequence[Token], theirs: Sequence[Token], names: Container[str], *, opens: bool = False) -> bool:
    """Say whether a reference's words may stand for the article's, where the sentences around them are one.

    opens: whether a capital of theirs may be that of a sentence.
    """
    if not keeps_facts(ours, theirs, names, opens=opens):
        return False
    words, others = [token.word for token in ours], [token.word for token in theirs]
    if not set(words).isdisjoint(others):
        return _is_added(words, others)
    ours_say, theirs_say = len(set(words) - FUNCTION_WORDS), len(set(others) - FUNCTION_WORDS)
    if theirs_say > max(1, ours_say) or (ours_say > 1 and not theirs_say):
        return False  # "man" for "guy of the town", "at this time met" for "and"
    return min(len(words), len(others)) == 1 or _go_in_step(words, others) or are_akin(ours, theirs)


def keeps_facts(ours: Sequence[Token], theirs: Sequence[Token], names: Container[str], *, opens: bool = False) -> bool:
    """Say whether no fact changes if a reference's words are put in place of the article's.

    Names and who speaks are facts and never taken over, a number only for one of its value, a negation for a negation.
    opens: whether a capital of theirs may be that of a sentence.
    """
    if amounts(ours) != amounts(theirs) or not all(_is_common(token, names) for token in (*ours, *theirs)):
        return False
    if any(token.text[0].isupper() for token in theirs[opens:]):
        return False
    words, others = [token.word for token in ours], [token.word for token in theirs]
    if NEGATIONS.isdisjoint(words) != NEGATIONS.isdisjoint(others) or clings(words[0]) != clings(others[0]):
        return False
    persons = PERSONS.intersection(words)
    return not persons or persons.issuperset(PERSONS.intersection(others))


def _go_in_step(words: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether phrases may stand for each other word by word.

    "Quick slices" and "short cuts" may, both of the same inflections. Longer stretches that differ otherwise are two
    facts.
    """
    return len(words) == len(others) and all(
        (one in FUNCTION_WORDS and two in FUNCTION_WORDS) or bool(_classes([one]) & _classes([two]))
        for one, two in zip(words, others, strict=True)
    )


def may_stand_for(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether a few words are akin to a few others: outlets choose the rest freely."""
    return max(len(ours), len(theirs)) <= LONGEST_REWORDING and are_akin(ours, theirs)


def are_akin(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether a word on both sides is near in the thesaurus, or of one class and inflection."""
    return are_near(ours, theirs) or bool(_classes(t.word for t in ours) & _classes(t.word for t in theirs))


def are_near(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether the thesaurus puts a word of the one near a word of the other."""
    return any(near(one.word, two.word) for one in ours for two in theirs)


def may_rename(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether a reference's name may stand for the article's: spinners swap the words in names like all others.

    Each of its words is capitalised, and one that differs stands for its neighbour in the thesaurus: "Value" and
    "Price" may be one person, "Smith" and "Price" are two.
    """
    return len(ours) == len(theirs) and all(
        mine.text[0].isupper()
        and other.text[0].isupper()
        and mine.word not in FIXED_NAMES
        and (mine.word == other.word or near(mine.word, other.word))
        for mine, other in zip(ours, theirs, strict=True)
    )


def clings(text: str) -> bool:
    """Say whether *text* starts with a clitic: swapped for a word of its own it would leave "Ihave" or "I 've"."""
    return len(text) > 1 and text[0] == "'" and text[1].isalpha()


def amounts(tokens: Iterable[Token]) -> list[str]:
    """Return the values of all numbers among *tokens*, sorted: "two" and "twice" are "2"."""
    words = [token.word for token in tokens]
    return sorted(
        NUMERALS.get(word, word)
        for word in words
        if word[0].isdigit() or (word in NUMBER_WORDS and word not in SMALL_NUMBERS)
    )


def _is_common(token: Token, names: Container[str]) -> bool:
    """Say whether a token is a word or number, and no part of a name."""
    word, tail = token.word, token.text[1:].replace("’", "'")
    return word not in names and (word[0].isdigit() or (word.replace("'", "").isalpha() and tail == word[1:]))


def _is_added(words: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether *words* are *others* with what a spinner adds or drops, but no clause.

    That is small words before or behind, or one of any kind ("now have" for "have"), or one small word less.
    """
    short, long = sorted((list(words), list(others)), key=len)
    size = len(short)
    if long[:size] == short:
        rest = long[size:]
    elif long[-size:] == short:
        rest = long[:-size]
    else:
        return False
    dropped = len(words) > len(others)
    if len(rest) == 1 and dropped:
        return True
    return 0 < len(rest) <= (MOST_DROPPED if dropped else 1) and FUNCTION_WORDS.issuperset(rest)


def _classes(words: Iterable[str]) -> set[tuple[str, str]]:
    content = [word for word in words if word not in FUNCTION_WORDS]
    inflected = {(reading.pos, reading.tag) for word in content if word[-2:] != "ly" for reading in analyses(word)}
    return inflected | {("adverb", "") for word in content if word[-2:] == "ly"}  # or they would pass for nouns
