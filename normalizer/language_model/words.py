"""Model words: what the language model sees of a folded token.

Most tokens stand for themselves. Numbers and addresses form open classes, of which no corpus shows more than
a sliver, so each class is one model word. Its price: the model cannot tell "2.5" from "25,000", and must
never be asked to.
"""

UNKNOWN, START, END = "<unk>", "<s>", "</s>"
NUMBER, YEAR, SITE = "<num>", "<year>", "<site>"
SPECIAL = (UNKNOWN, START, END)  # these have the word ids 0, 1, 2 in every model


def classes(word: str) -> str:
    """Return the model word of the folded token *word* (``Token.word``), whatever the vocabulary.

    Integers of one or two digits stay: "two 30 - minute talks", "page 2" and "24 hours" are wording. No token
    can collide with a class name, since the tokeniser takes "<" as a mark by itself.

    >>> [classes(word) for word in ("talks", "21", "2022", "2.5", "100,000", "bbc.co.uk", "u.s.")]
    ['talks', '21', '<year>', '<num>', '<num>', '<site>', 'u.s.']
    """
    if not word[:1].isnumeric():
        return SITE if _is_site(word) else word
    if word.isascii() and word.isdecimal():
        if len(word) <= 2:
            return word
        return YEAR if len(word) == 4 and word[:2] in ("19", "20") else NUMBER
    return SITE if _is_site(word) and not _is_number(word) else NUMBER


def stand_in(word: str) -> str:
    """Return the model word that stands for the model word *word* where the vocabulary lacks it.

    >>> stand_in("07"), stand_in("zugzwang")
    ('<num>', '<unk>')
    """
    return NUMBER if word[:1].isnumeric() else UNKNOWN


def _is_site(word: str) -> bool:
    """Tell addresses from initials: "u.s." and "..." end in a stop, which the tokeniser never leaves on an
    address."""
    return len(word) > 1 and word[-1] != "." and any(mark in word for mark in "./@")


def _is_number(word: str) -> bool:
    return all(character.isnumeric() or character in ".," for character in word)
