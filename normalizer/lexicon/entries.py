"""One lexicon line: what the spinner writes, and what stood there before."""

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from normalizer.errors import LexiconError
from normalizer.surface import head_index
from normalizer.tokens import fold, fold_words

COLUMNS = ("spun", "original", "pos", "guard", "count", "clean", "source")
POS_LETTERS = "vna"
RANK = re.compile(r"0*[1-9][0-9]{0,8}")
KINDS = ("lexical", "function", "name", "number")
FUNCTION_WORDS = frozenset(
    """
    a an the and or but nor so yet if as of in on at to for from with by into onto upon about after before
    between among against through over under above below up down out off during within without toward towards
    since until till while because although though unless whereas than then that which who whom whose what
    when where why how whether this these those there here it its it's he she they them his her hers their
    theirs we us our you your i me my is am are was were be been being 's 're 've 'll 'd 'm has have had
    having do does did done will would can could may might shall should must not no n't don't doesn't didn't
    isn't aren't wasn't weren't won't wouldn't can't couldn't hasn't haven't hadn't shouldn't never ever also
    too very just only even still already again more most much many few less least some any each every all
    both either neither such same other another one own
    """.split()
)


class Guard(NamedTuple):
    """Conditions under which an entry may speak; an empty guard always lets it.

    case: "" any, "cap" (every spun word capitalised), "lower" (none is). before, after: folded words of which one
    must stand beside the spun form. has: a folded phrase that must stand elsewhere in the article. reference: speaks
    only where a reference supports it. never: does not speak at all, and switches off what other files say of the pair.
    """

    case: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    reference: bool = False
    never: bool = False


OPEN = Guard()
EVERY = "*"  # the original of a line with `never` that switches off whatever is said of a spun form


@dataclass(frozen=True, slots=True)
class Entry:
    """One substitution `spun` <- `original` of one spinner family.

    spun, original: phrases as in the file (a star marks an inflected head). pos: letters of v, n, a whose inflection
    both sides share; "" for a fixed form. count: times seen on real pages. clean: occurrences of the spun form per
    million words of clean text. sources: where it was seen (`A01`, `seed000`) or why it is known (`known:2` = the
    second habit of its original).
    """

    spun: str
    original: str
    pos: str = ""
    guard: Guard = OPEN
    count: float = 0.0
    clean: float = 0.0
    sources: tuple[str, ...] = ()
    family: str = "a"
    kind: str = "lexical"

    weight: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Set the weight: evidence in observed occurrences; a habit known but not counted is worth at most one."""
        known = 0.0
        for source in self.sources:
            if source.startswith("known:"):
                known = max(known, 1.0 / int(source[6:] or 1))
        object.__setattr__(self, "weight", self.count + known)

    def without(self, source: str) -> "Entry | None":
        """Return the entry as it would stand without *source*; None where nothing else supports it."""
        if source not in self.sources:
            return self
        rest = tuple(s for s in self.sources if s != source)
        if not rest:
            return None
        if source.startswith("known:"):
            return replace(self, sources=rest)
        seen = [s for s in self.sources if not s.startswith("known:")]
        share = (len(seen) - 1) / len(seen)
        return replace(self, sources=rest, count=self.count * share)

    def describe(self) -> str:
        """Return the entry as a line of a report: `instructed -> told [a: seen 12 times, A01 A06 ...]`."""
        where = " ".join(self.sources[:3]) + (" ..." if len(self.sources) > 3 else "")
        seen = f"seen {self.count:g} times, " if self.count else ""
        return f"{self.spun} -> {self.original} [{self.family}: {seen}{where}]"


def parse_guard(text: str) -> Guard:
    """Read a guard cell: space-separated `cap`, `lower`, `ref`, `never`, `before:w|w`, `after:w|w`, `has:some_phrase`.

    Raises LexiconError on anything else.
    """
    if not text:
        return OPEN
    fields: dict[str, object] = {}
    for part in text.split():
        name, _, value = part.partition(":")
        words = tuple(map(fold, value.split("|"))) if value else ()
        if part in ("cap", "lower"):
            fields["case"] = part
        elif part == "ref":
            fields["reference"] = True
        elif part == "never":
            fields["never"] = True
        elif name in ("before", "after") and all(words) and words:
            fields[name] = words
        elif name == "has" and value:
            fields["has"] = fold_words(value.replace("_", " "))
        else:
            raise LexiconError(
                f"unknown guard {part!r}; "
                "expected cap, lower, ref, never, before:word|word, after:word|word or has:some_phrase"
            )
    return Guard(**fields)  # type: ignore[arg-type] # the names are those of the fields, each with its type


def format_guard(guard: Guard) -> str:
    """Return the cell that `parse_guard` reads back."""
    parts = [guard.case] if guard.case else []
    parts += ["ref"] if guard.reference else []
    parts += ["never"] if guard.never else []
    beside = (("before", guard.before), ("after", guard.after))
    parts += [f"{name}:{'|'.join(words)}" for name, words in beside if words]
    parts += ["has:" + "_".join(guard.has).replace("_'", "'")] if guard.has else []  # 's is a word only behind another
    return " ".join(parts)


def parse_line(line: str, family: str, kind: str, *, trusted: bool = False) -> Entry:
    """Read one TSV line. Raises LexiconError saying what is wrong with it (the caller adds file and line).

    trusted: skip the checks of the phrases, which the tests make on the shipped files; that halves the time.
    """
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise LexiconError(f"expected {len(COLUMNS)} tab-separated cells ({', '.join(COLUMNS)}), found {len(cells)}")
    spun, original, pos, guard, count, clean, source = cells
    if pos != "-" and (not pos or set(pos) - set(POS_LETTERS)):
        raise LexiconError(f"pos {pos!r}: expected - (fixed form) or letters of v (verb), n (noun), a (adjective)")
    entry = Entry(
        spun, original, "" if pos == "-" else pos, parse_guard(guard), _number(count, "count"), _number(clean, "clean"),
        _sources(source), family, _kind(original, kind),
    )  # fmt: skip
    return entry if trusted else _checked(entry)


def _sources(cell: str) -> tuple[str, ...]:
    sources = tuple(cell.split())
    for source in sources:
        if source.startswith("known:") and not RANK.fullmatch(source[6:]):
            raise LexiconError(f"source {source[:40]!r}: expected known: and a rank from 1, such as known:1")
    return sources


def _number(cell: str, name: str) -> float:
    if cell == "0":
        return 0.0
    try:
        value = float(cell or 0)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise LexiconError(f"{name} {cell!r}: expected a number of 0 or more")
    return value


def _checked(entry: Entry) -> Entry:
    if entry.original == EVERY and not entry.guard.never:
        raise LexiconError(f"original {EVERY!r}: expected words; a star alone stands for all originals beside never")
    phrases = ("spun form", entry.spun), ("original", entry.original)
    for name, phrase in phrases if entry.original != EVERY else phrases[:1]:
        if not fold_words(phrase) or phrase != " ".join(phrase.split()):
            raise LexiconError(f"{name} {phrase!r}: expected words with single spaces between them")
        if phrase.count("*") > 1:
            raise LexiconError(f"{name} {phrase!r}: expected at most one starred head")
        if not entry.pos and any(word.endswith("*") and len(word) > 1 for word in phrase.split(" ")):
            raise LexiconError(f"{name} {phrase!r}: a starred head inflects; give its pos, or drop the star")
    if fold_words(entry.spun.replace("*", "")) == fold_words(entry.original.replace("*", "")):
        raise LexiconError(f"{entry.spun!r} maps to itself")
    if not entry.sources:
        raise LexiconError(f"{entry.spun!r}: no source; name where it was seen, or known:1")
    return entry


def _kind(original: str, kind: str) -> str:
    if kind != "lexical" or (original.isalpha() and original.lower() not in FUNCTION_WORDS):
        return kind
    return "function" if all(word in FUNCTION_WORDS for word in fold_words(original)) else kind


def format_line(entry: Entry) -> str:
    """Return the TSV line that `parse_line` reads back."""
    return "\t".join(
        (entry.spun, entry.original, entry.pos or "-", format_guard(entry.guard), f"{entry.count:g}",
        f"{entry.clean:.3g}", " ".join(entry.sources))
    )  # fmt: skip


def head_of(phrase: str, pos: str) -> tuple[list[str], int]:
    """Return the words of *phrase* without the star, and the index of the inflected one."""
    words = phrase.split(" ")
    at = head_index(words, pos)
    return [word.rstrip("*") if len(word) > 1 else word for word in words], at
