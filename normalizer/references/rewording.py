"""Rewording: which words of a reference may stand for words of an article, and which are facts.

A spinner swaps words, an outlet rewrites sentences. A difference that a swap can have made may be undone with the words
of a reference, but a name, a number, a speaker or a clause is never taken over.
"""

from collections.abc import Container, Iterable, Sequence

from normalizer.lexicon.entries import FUNCTION_WORDS
from normalizer.numerals import NEGATIONS, NUMBER_WORDS, NUMERALS
from normalizer.references.prepared import CALENDAR
from normalizer.references.thesaurus import near
from normalizer.surface import analyses
from normalizer.tokens import Token

LONGEST_REWORDING = 3  # tokens on either side, where the sentences are not surely the same
MOST_DROPPED = 2  # small words that a spinner may have added
PERSONS = frozenset(  # who speaks: "I will" and "he would" are direct and reported speech
    "i me my mine myself we us our ours ourselves you your yours he him his she her hers they them their theirs".split()
)
# These are not always numbers: spinners write "one" for "a", and "was once" for "was".
SMALL_NUMBERS = frozenset(("one", "once"))
# Words that distinguish the names of two places, days or offices.
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
    """Say whether a reference's words may replace the article's, if the sentences are otherwise the same.

    ours, theirs: the differing words of article and reference. names: folded words that are names. opens: whether the
    first of *theirs* may be capitalised because it starts a sentence.
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

    Names and who speaks are never taken over; a number may replace a number of the same value, a negation a negation.
    Arguments as of `may_replace`.
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

    "Quick slices" and "short cuts" may, since the words have the same inflections. Longer stretches that do not
    correspond word by word say different things.
    """
    return len(words) == len(others) and all(
        (one in FUNCTION_WORDS and two in FUNCTION_WORDS) or bool(_classes([one]) & _classes([two]))
        for one, two in zip(words, others, strict=True)
    )


def may_stand_for(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether a few words are akin to a few others; longer stretches are an outlet's own wording."""
    return max(len(ours), len(theirs)) <= LONGEST_REWORDING and are_akin(ours, theirs)


def are_akin(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether words of both sides are near each other in the thesaurus, or have the same class and inflection."""
    return are_near(ours, theirs) or bool(_classes(t.word for t in ours) & _classes(t.word for t in theirs))


def are_near(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether a word of *ours* and a word of *theirs* are near each other in the thesaurus."""
    return any(near(one.word, two.word) for one in ours for two in theirs)


def may_rename(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Say whether a reference's name may replace the article's: spinners also swap the words of names.

    All words must be capitalised, and words that differ must be near each other in the thesaurus: "Value" and "Price"
    may be one person, "Smith" and "Price" are two.
    """
    return len(ours) == len(theirs) and all(
        mine.text[0].isupper()
        and other.text[0].isupper()
        and mine.word not in FIXED_NAMES
        and (mine.word == other.word or near(mine.word, other.word))
        for mine, other in zip(ours, theirs, strict=True)
    )


def clings(text: str) -> bool:
    """Say whether *text* starts with a clitic, which cannot be swapped with a full word: "I 've", "Ihave"."""
    return len(text) > 1 and text[0] == "'" and text[1].isalpha()


def amounts(tokens: Iterable[Token]) -> list[str]:
    """Return the values of all numbers among *tokens*, sorted; that of "two" and "twice" is "2"."""
    words = [token.word for token in tokens]
    return sorted(
        NUMERALS.get(word, word)
        for word in words
        if word[0].isdigit() or (word in NUMBER_WORDS and word not in SMALL_NUMBERS)
    )


def _is_common(token: Token, names: Container[str]) -> bool:
    """Say whether a token is a word or number that is not part of a name or acronym."""
    word, tail = token.word, token.text[1:].replace("’", "'")
    return word not in names and (word[0].isdigit() or (word.replace("'", "").isalpha() and tail == word[1:]))


def _is_added(words: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether *words* differ from *others* only by what a spinner adds or drops at one end.

    It may add up to MOST_DROPPED function words, or one word of any kind ("now have" for "have"), and drop one function
    word.
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
    return inflected | {("adverb", "") for word in content if word[-2:] == "ly"}  # else they would count as nouns
