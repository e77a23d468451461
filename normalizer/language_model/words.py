"""Model words: what the language model sees of a folded token.

Most tokens stand for themselves. Numbers and addresses form open classes, of which no corpus shows more than
a sliver, so each class is one model word. Its price: the model cannot tell "2.5" from "25,000", and must
never be asked to.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from normalizer.language_model.packed import Contents, PackedModel
from normalizer.tokens import sentences, tokenize

UNKNOWN, START, END = "<unk>", "<s>", "</s>"
NUMBER, YEAR, SITE = "<num>", "<year>", "<site>"
SPECIAL = (UNKNOWN, START, END)  # these have the word ids 0, 1, 2 in every model
UNKNOWN_ID, START_ID, END_ID = range(3)


class WordModel(PackedModel):
    """A packed model with a vocabulary: a section "words" of UTF-8, a line feed after each word, in the order of ids.

    The words are taken apart when somebody asks for them or for their ids, and not before: that takes longer than all
    the rest of loading, and the memory is private to the process.
    """

    def __init__(self, path: Path, contents: Contents) -> None:
        """Wrap *contents* as `PackedModel` does."""
        super().__init__(path, contents)
        self._spelling = self.section("words")

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The vocabulary in the order of its ids. Raises ModelError if the file's is no UTF-8."""
        try:
            return tuple(self._spelling.tobytes().decode().split("\n")[:-1])
        except UnicodeDecodeError as error:
            raise self.damaged(self.path, f"words that are no UTF-8 ({error})") from error

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def ids(self, words: Iterable[str]) -> list[int]:
        """Return the word ids of folded tokens: numbers and addresses by their class, unknown words 0."""
        known = self._ids
        return [known[word] if word in known else lookup(word, known) for word in words]


def lookup(word: str, ids: Mapping[str, int]) -> int:
    """Return the id of the folded token *word*: its own, its class's, or UNKNOWN_ID."""
    model_word = classes(word)
    found = ids.get(model_word)
    return ids.get(stand_in(model_word), UNKNOWN_ID) if found is None else found


def sentence_words(text: str) -> Iterator[list[str]]:
    """Yield the folded tokens of each sentence of *text*."""
    tokens = tokenize(text)
    for first, end in sentences(text, tokens):
        yield [token.word for token in tokens[first:end]]


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
    """Tell an address from initials ("u.s.") and dots: these end in a stop, which no address does."""
    return len(word) > 1 and word[-1] != "." and any(mark in word for mark in "./@")


def _is_number(word: str) -> bool:
    return all(character.isnumeric() or character in ".," for character in word)
