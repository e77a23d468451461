"""Hypothesis strategies: texts as they come from the web, edits that fit them, and files that someone damaged.

NORMALIZER_EXAMPLES=10 in the environment makes every property that asks for `examples(n)` try ten times as many.
"""

import os
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import normalizer
from normalizer.edits import KINDS, SENTENCE_LIMIT, Alternative, Edit, Evidence, SupportingSentence
from normalizer.files import decode
from normalizer.lexicon import Lexicon

HERE = Path(__file__).parent
FACTOR = float(os.environ.get("NORMALIZER_EXAMPLES", "1"))


def examples(number: int) -> settings:
    """Settings for a property that is tried *number* times; a busy machine and loading tables are no failure."""
    return settings(
        max_examples=max(1, int(number * FACTOR)),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def environment(**more: str) -> dict[str, str]:
    """Return the environment for another process that imports the package under test, and *more*."""
    paths = [str(Path(normalizer.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


LINE_ENDS = ("\n", "\r\n", "\r", "\n\n", "")
WORDING = (
    "the assembly",
    "“frank”",
    "don’t",
    "2,03,678",
    "{hardware}",
    "naïve",
    "e\u0301",
    "\U0001f30e",
    "\t",
    " ",
)
# Lone surrogates, and a pair that stands apart: nothing a file can hold, but strings in memory can.
SURROGATES = ("\ud83d", "\ude00", "\ud83d\ude00")

characters = st.characters(exclude_categories=()) | st.sampled_from([*LINE_ENDS, *WORDING])
encodable = st.characters(exclude_categories=("Cs",)) | st.sampled_from([*LINE_ENDS, *WORDING])


def _joined(pieces: st.SearchStrategy[str], size: int) -> st.SearchStrategy[str]:
    lists = st.lists(pieces, max_size=size).map("".join)
    return st.builds(str.__add__, st.sampled_from(["", "", "", "\ufeff"]), lists)


def any_texts(size: int = 30) -> st.SearchStrategy[str]:
    """Texts with any code points, lone surrogates too, all line ends, sometimes a byte order mark."""
    return _joined(characters | st.sampled_from(SURROGATES), size)


def file_texts(size: int = 30) -> st.SearchStrategy[str]:
    """Texts that a UTF-8 file can hold."""
    return _joined(encodable, size)


supports = st.builds(
    lambda reference, start, length, sentence: SupportingSentence(reference, start, start + length, sentence),
    st.integers(0, 9),
    st.integers(0, 10_000),
    st.integers(0, 50),
    any_texts(10).map(lambda text: text[:SENTENCE_LIMIT]),
)
alternatives = st.builds(Alternative, any_texts(2), st.floats(0, 1), st.none() | st.just("a -> b"))
evidences = st.builds(
    Evidence,
    entry=st.none() | any_texts(5),
    references=st.lists(supports, max_size=2).map(tuple),
    margin=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    note=any_texts(5),
    family=st.none() | st.sampled_from(["a", "b"]),
    alternatives=st.lists(alternatives, max_size=2).map(tuple),
)


@st.composite
def edit_lists(draw: st.DrawFn, text: str) -> list[Edit]:
    """Edits that fit *text*, in any order; adjacent ones, insertions and deletions included."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [
        Edit(
            start,
            end,
            text[start:end],
            draw(any_texts(4)),
            draw(st.sampled_from(KINDS)),
            draw(evidences),
            draw(st.floats(0, 1)),
        )
        for start, end in spans
    ]
    return draw(st.permutations(edits))


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text and edits that fit it."""
    text = draw(any_texts())
    return text, draw(edit_lists(text))


# --- real material ------------------------------------------------------------------------------------------


def read(path: Path) -> str:
    """Return the text of a file of the repository as it stands."""
    return decode(path.read_bytes(), path.name)


@cache
def seed(number: str) -> str:
    """Return one of the five seeds: 000, 001 and 003 are spun, 002 and 004 are cleaner."""
    return read(next((HERE.parent / "seeds").glob(f"{number}_*.txt")))


def story(name: str, text: str) -> str:
    """Return a text of a story: original, report1, report2 or other."""
    return read(HERE / "cases" / "stories" / name / f"{text}.txt")


STORY_NAMES = sorted(path.name for path in (HERE / "cases" / "stories").iterdir() if path.is_dir())
SPUN_SEEDS, CLEANER_SEEDS = ("000", "001", "003"), ("002", "004")


def paragraphs(text: str) -> list[str]:
    """Return the lines of *text* that hold something."""
    return [line for line in text.splitlines() if line.strip()]


@cache
def lexicon_phrases() -> tuple[str, ...]:
    """Return spun forms of the shipped lexicon, one in fifty of them."""
    return tuple(sorted({entry.spun.replace("*", "") for entry in Lexicon.load().entries})[::50])


ODD = (
    "x" * 5000, "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "👩\u200d👩\u200d👧 👍🏽", "Z\u0351\u036b\u0343algo", "\x00",
    "so\u00adft hy\u00adphens", "ze\u200bro width", "\ufeff", "İstanbul", "ﬁnance oﬃcer", "at\u00a0this\u00a0time",
    "{", "}", "{{{", "[ad_1]", "«", "»", "’", "“", "<b>", "&amp;", "a" + "\u0301" * 50, "1,00,000", "two,03,678",
    "http://", "www.", "a@b", "ab." * 50, "\x1b[31m", "\u202e", "\u2028", "\x85", "\t", "  ", "\\n", "U.S.", "p.m.",
)  # fmt: skip
GAPS = (" ", " ", " ", "\n", "\r\n", "\n\n", "\r", "", "\u00a0", "\t")


def spun_pieces() -> st.SearchStrategy[str]:
    """Paragraphs of the spun seeds, and phrases that spinners write."""
    lines = [line for number in SPUN_SEEDS for line in paragraphs(seed(number))]
    return st.sampled_from(lines) | st.sampled_from(lexicon_phrases())


def clean_pieces() -> st.SearchStrategy[str]:
    """Paragraphs of the clean stories."""
    return st.sampled_from([line for name in STORY_NAMES for line in paragraphs(story(name, "original"))])


def wild_texts(size: int = 6) -> st.SearchStrategy[str]:
    """Texts of spun and clean paragraphs, spun phrases, oddities and any code points but lone surrogates."""
    piece = spun_pieces() | clean_pieces() | st.sampled_from(ODD) | file_texts(8)
    pair = st.builds(str.__add__, piece, st.sampled_from(GAPS))
    return st.lists(pair, max_size=size).map("".join)


@st.composite
def excerpts(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """Consecutive paragraphs of one of *texts*, with any line ends."""
    lines = paragraphs(draw(st.sampled_from(texts)))
    first = draw(st.integers(0, len(lines) - 1))
    count = draw(st.sampled_from([1, 2, 3, 5, 8, len(lines)]))
    return draw(st.sampled_from(["\n", "\n\n", "\r\n"])).join(lines[first : first + count])


def spun_excerpts() -> st.SearchStrategy[str]:
    """Consecutive paragraphs of the spun seeds."""
    return excerpts(tuple(map(seed, SPUN_SEEDS)))


# --- damaged files ------------------------------------------------------------------------------------------


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    """The *valid* file with a few bytes changed, dropped, doubled or put in."""
    data = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 1, 2, 8, 100])))
        data[start:end] = draw(
            st.binary(max_size=4)
            | st.sampled_from([b"", b'"', b"{", b"]", b"\t", b"\n", b"-1", b"1e999", b"null", b"\xff", b"NaN"])
            | st.just(bytes(data[start:end] * 2))
        )
    return bytes(data)
