"""Telling English from other languages by their small words, as far as a stretch of a few words allows it."""

import re
from collections.abc import Iterator

from normalizer.tokens import INVISIBLE

WORD = re.compile(r"[^\W\d_]+")
# Words that tell English from its neighbours, where guillemets are at home.
ENGLISH = frozenset("the of and to that was were for with from not he she said they has by is".split())
FOREIGN = frozenset(
    """
    le la les des du et une dans est pour qui sur pas au aux avec par que il elle el los las un una del
    y en con para se su como de der die das und ist nicht di che per non og det som er ikke
    """.split()
)
ENGLISH_TOO = ENGLISH | frozenset(
    """
    it its this these are be been have had which who would could their them will can more about when what there if after
    his her you your we our but into out because than then only over before while where how any some
    """.split()
)
# Further ones that stand in no English text but as quotations; too many to be told from names in a line of a page.
FOREIGN_TOO = FOREIGN | frozenset(
    """
    ce cette ces sont ont nous vous ils elles leur mais ou où donc être avoir fait plus très aussi selon
    ein eine einen einem einer dem den auf für mit von zu zum zur sich auch sind wird werden haben wir ihr aber oder
    es por pero más este esta estos muy ser sus lo son fue ha han sin sobre entre
    o os um uma não na no nas nos do da dos das com mais foi são pelo pela ao
    gli della delle nel nella sono anche alla questo questa più è
    het een van niet voor met zijn hij zij wij maar ook naar
    att och är på av för inte har till den jag
    yang dan untuk dengan tidak ini itu dari pada
    bir ve bu için ile da
    się jest nie na że to w z jak
    """.split()
)
# The same letters are a small word of English: these prove nothing.
SHARED = frozenset(
    """
    a in on so no do was is it an as at has per son ha also die war to den van sin nos ser o z w met till ve un
    """.split()
)
PROOF = FOREIGN_TOO - SHARED
MARKS = frozenset("\"'’“”„«»(),.;:!?")  # that touch words
LEAST_PROOF = 2  # foreign words that it takes; one may be a name's, as in "Cirque du Soleil"
SENTENCE = re.compile(r"[^\s.!?…][^.!?…\n\r]*")
QUOTED = re.compile(r"«([^«»\n\r]{2,300})»|„([^„“”\n\r]{2,300})[“”]|“([^“”\n\r]{2,300})”|\"([^\"\n\r]{2,300})\"")
FAR_LETTERS = re.compile("[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufdff]{2,}")  # a word of another script than Latin
ACCENTED = re.compile(r"[ß-öø-ÿāăąćčďđęěğıķłńňőœřśşšťůűźżž]")


def english_surplus(text: str) -> int:
    """Return by how many the English function words outnumber those of other languages."""
    words = WORD.findall(INVISIBLE.sub("", text.lower()))
    return sum(word in ENGLISH for word in words) - sum(word in FOREIGN for word in words)


def foreign(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences and quotations of *text* that are in another language than English.

    The cost: a foreign sentence of names and long words alone is read as English.
    """
    bare = text.lower()
    for mark in MARKS & set(bare):
        bare = bare.replace(mark, " ")
    if len(PROOF.intersection(bare.split())) < LEAST_PROOF and (text.isascii() or not FAR_LETTERS.search(text)):
        return
    quoted = [match.span() for match in QUOTED.finditer(text) if is_foreign(match.group())]
    yield from quoted
    for start, end in reversed(quoted):  # what stands around them may be English
        text = text[:start] + " " * (end - start) + text[end:]
    for match in SENTENCE.finditer(text):
        if is_foreign(match.group()):
            yield match.span()


def is_foreign(stretch: str) -> bool:
    """Say whether the small words of *stretch* are those of another language.

    A capitalised one inside proves nothing: "Oscar De La Hoya". A word with an accent counts half. A stretch of which
    most is in another script than Latin is foreign, too.
    """
    words = WORD.findall(INVISIBLE.sub("", stretch))
    if not words:
        return False
    if 2 * sum(map(len, FAR_LETTERS.findall(stretch))) > sum(map(len, words)):
        return True
    lowered = [words[0].lower(), *(word for word in words[1:] if word.islower())]
    proof = sum(word in PROOF for word in lowered)
    accents = sum(ACCENTED.search(word) is not None for word in lowered)
    english = sum(word in ENGLISH_TOO for word in lowered)
    return proof + accents // 2 >= LEAST_PROOF and proof + accents // 2 > english
