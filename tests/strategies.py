"""Hypothesis strategies: texts as they come from the web, and edits that fit them."""

from hypothesis import strategies as st

from normalizer.edits import KINDS, SENTENCE_LIMIT, Edit, Evidence, Support

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
    lambda reference, start, length, sentence: Support(reference, start, start + length, sentence),
    st.integers(0, 9),
    st.integers(0, 10_000),
    st.integers(0, 50),
    any_texts(10).map(lambda text: text[:SENTENCE_LIMIT]),
)
evidences = st.builds(
    Evidence,
    entry=st.none() | any_texts(5),
    references=st.lists(supports, max_size=2).map(tuple),
    margin=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    note=any_texts(5),
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
