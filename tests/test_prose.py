"""Prose: rules that fire and stay silent, words seen through what no reader sees, names, and whole repairs."""

import html
import json
import re
import time
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import any_texts, examples, wild_texts
from test_hostile import TAILS, UNITS

from normalizer import Normalizer
from normalizer.edits import Edit, apply_edits, invert_edits
from normalizer.pages import lay_out, read_page
from normalizer.prose import NO_WORD, Prose, read_prose, stretches
from normalizer.prose.blocks import LONGEST_FRONT_MATTER, figures, looks_like_code
from normalizer.prose.languages import english_surplus, is_foreign
from normalizer.prose.names import ACRONYM, FOLLOWS, INSIDE, NO_NAME, OPENS, goes_on_a_name, parts_of_names
from normalizer.prose.rules import RULES, Rule
from normalizer.prose.scripts import scripts
from normalizer.prose.spans import united
from normalizer.tokens import INVISIBLE, sentences, tokenize

FAULTS = Path(__file__).parent / "cases" / "faults"
GIVEN = sorted(
    folder.name for folder in FAULTS.glob("*-*") if folder.name[:3].strip("b-") in "04 05 06 07 09 10 11 12 13 15 16 19"
)
MADE_UP = json.loads((FAULTS / "prose.json").read_text("utf-8"))
# Why a given input is not repaired as wanted yet.
UNMENDED = {
    "10-code": "one spun word by itself in a comment is not sure enough",
}
WORDS = frozenset("would proceed said subsequent week had been the government sent".split())


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return *text* without its marks, and what stands between each pair of them."""
    plain, spans = "", []
    for piece in re.split("([⟦⟧])", text):
        if piece == "⟦":
            spans.append((len(plain), -1))
        elif piece == "⟧":
            spans[-1] = (spans[-1][0], len(plain))
        else:
            plain += piece
    return plain, spans


def found(rule: Rule, text: str) -> list[tuple[int, int]]:
    opaque, kept = stretches(text, 0, len(text), [rule])
    assert not (kept if rule.opaque else opaque)
    return opaque or kept


def prose(text: str) -> Prose:
    return read_prose(text, knows=WORDS.__contains__)


def words(text: str) -> list[str]:
    return [token.word for token in prose(text).tokens]


def shown(text: str) -> list[str]:
    """What no edit may touch."""
    return [text[start:end] for start, end in prose(text).kept]


# --- rules ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_fires_where_it_should_and_nowhere_else(rule):
    text, spans = marked(rule.example_firing)
    assert spans and found(rule, text) == spans
    assert not rule.hints or any(hint in text for hint in rule.hints)
    assert marked(rule.example_silent) == (rule.example_silent, [])
    assert found(rule, rule.example_silent) == []
    assert rule.why


def test_rules_have_names_of_their_own():
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.hints], ids=lambda rule: rule.name)
def test_hints_spare_nothing_that_a_rule_would_find(rule):
    """What a rule finds in the examples of all rules, it finds with its hints, too."""
    for other in RULES:
        for text in (marked(other.example_firing)[0], other.example_silent):
            assert found(rule, text) == united((low, high) for low, high in rule.find(text) if low < high)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_rule_takes_more_than_linear_time(rule):
    """Eight times the text may take sixteen times as long; processor time, four times over, since machines stall."""
    further = (
        "a/", "_", "a_", "a-\n", "<!--", "<script>", "```\n", "a.b(", '{"a":', "[a b=", "1  ", "le la ", "May ",
        "a man of the town said so and left ",
    )  # fmt: skip

    def took(text: str) -> float:
        start = time.process_time()
        list(rule.find(text))
        return time.process_time() - start

    def is_slow(unit: str, tail: str) -> bool:
        small, large = (unit * (size // len(unit)) + tail for size in (1000, 8000))
        return all(took(large) > 0.05 + 16 * took(small) for _ in range(4))

    assert [(unit, tail) for unit in (*UNITS, *further) for tail in TAILS if is_slow(unit, tail)] == []


material = st.lists(
    st.sampled_from([rule.example_firing for rule in RULES] + [rule.example_silent for rule in RULES])
    | st.sampled_from(
        ["&amp;", "&nbsp;", "&#8217;s", "would\u200bproceed", "gov\u00adernment", "govern-\nment", " ", "\n"]
    )
    | any_texts(6),
    max_size=5,
).map(lambda pieces: "".join(marked(piece)[0] for piece in pieces))


@given(material | wild_texts())
@examples(150)
@example("\ufeffHe sa\u200bid")
@example("&nbsp;")
def test_tokens_come_in_order_and_leave_nothing_visible_out(text):
    tokens, kept = prose(text)
    assert all(text[token.start : token.end] == token.text != "" for token in tokens)
    assert all(one.end <= two.start for one, two in pairwise(tokens))
    ends = [0, *(token.end for token in tokens)]
    gaps = [text[end:start] for end, start in zip(ends, [*(t.start for t in tokens), len(text)], strict=True)]
    assert not INVISIBLE.sub("", html.unescape(html.unescape("".join(gaps)))).strip()
    assert all(token.word for token in tokens)
    assert kept == united(kept) and all(0 <= start < end <= len(text) for start, end in kept)


@given(
    st.lists(st.sampled_from("the Minister said that talks go on , . ; 5 “so” ’s".split()), max_size=30).map(" ".join)
)
@examples(100)
def test_plain_prose_is_what_its_tokens_are(text):
    assert read_prose(text) == (tokenize(text), [])


@given(material, st.data())
@examples(80)
def test_a_part_is_read_as_in_a_text_of_its_own(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    whole, part = stretches(text, start, end), stretches(text[start:end], 0, end - start)
    assert [[(low - start, high - start) for low, high in spans] for spans in whole] == list(part)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=8))
def test_united_stretches_cover_the_same_places(drawn):
    spans = [(start, start + size) for start, size in drawn]
    both = united(spans)
    assert {at for low, high in both for at in range(low, high)} == {
        at for low, high in spans for at in range(low, high)
    }
    assert all(one[1] <= two[0] for one, two in pairwise(both))


def test_what_is_no_word_is_one_token_and_unknown():
    code = "He left.\n```\nextra folks = 2\n```\nHe named `x_1` so.\n"
    tokens, kept = prose(code)
    assert [token.text for token in tokens if token.word == NO_WORD] == ["extra folks = 2"]
    assert [token.word for token in tokens if token.text == "`x_1`"] == ["`x_1`"]
    assert len(kept) == 4


def test_a_batch_keeps_its_edits_off():
    from core_strategies import TABLES

    from normalizer.proposals import withheld

    batch = lay_out([read_page("He cut 3-0 and so on", (0, 20), [])], TABLES.lexicon)
    every = range(len(batch.words))
    held = withheld(batch, *(lay([at + more for at in every]) for more in (0, 1)))
    assert [token.text for token, is_held in zip(batch.pages[0].tokens, held, strict=True) if is_held] == [
        "3",
        "-",
        "0",
    ]


def lay(numbers):
    import numpy as np

    return np.array(numbers, dtype=np.int64)


# --- what no reader sees -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The choose&#8217;s car", ["the", "choose", "'s", "car"]),
        ("it&#039;s", ["it", "'s"]),
        ("legal&nbsp;men", ["legal", "men"]),
        ("legal&amp;nbsp;men", ["legal", "men"]),
        ("legal&#xA0;men", ["legal", "men"]),
        ("A&amp;B", ["a", "&", "b"]),
        ("&quot;so&quot;", ['"', "so", '"']),
        ("a &nbsp; b", ["a", "b"]),
        ("gov&shy;ernment", ["government"]),
        ("AT&T; and R&D", ["at", "&", "t", ";", "and", "r", "&", "d"]),
        ("would\u200bproceed", ["would", "proceed"]),
        ("sa\u200bid", ["said"]),
        ("xyz\u200babc", ["xyzabc"]),
        ("xyz\u200bproceed", ["xyzproceed"]),
        ("had been\u200b sent", ["had", "been", "sent"]),
        ("had \u200bbeen \u2067sent\u2069", ["had", "been", "sent"]),
        ("govern-\nment", ["government"]),
        ("govern\u00ad\r\n  ment", ["government"]),
        ("well-\nknown", ["well", "-", "known"]),
        ("govern- ment", ["govern", "-", "ment"]),
    ],
)
def test_words_are_seen_through_what_no_reader_sees(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(("text", "inner"), [("president\u200b", "president"), ("&ldquo;so&rdquo;", "so")])
def test_what_stands_at_the_edge_of_a_word_is_not_its_own(text, inner):
    assert inner in [token.text for token in prose(text).tokens]


@given(st.lists(st.sampled_from(["said", "&#8217;", "“", "’s", ";", "é", "."]), max_size=10).map("".join))
@examples(100)
def test_entities_stand_for_what_a_browser_shows(text):
    escaped = html.escape(html.unescape(text)).replace("’", "&rsquo;").replace("é", "&eacute;")
    assert words(escaped) == [token.word for token in tokenize(html.unescape(text))]


def test_a_broken_word_stays():
    assert shown("The govern-\nment and the well-\nknown") == ["govern-\nment", "well-\nknown"]


# --- blocks --------------------------------------------------------------------------------------------------


def test_readers_see_the_title_of_front_matter():
    text = "---\ntitle: Extra folks\ntags: [extra]\n---\nHe said so.\n"
    assert shown(text)[:4] == ["---", "title:", "tags: [extra]", "---"]
    assert shown("---\nHe said so.\n---\n") == []
    long = "---\n" + "a: b\n" * LONGEST_FRONT_MATTER + "---\n"
    assert shown(long) == []


def test_a_fence_that_nothing_closes_ends_with_its_paragraph():
    assert shown("```\nextra folks\n\nHe said so.\n") == ["```", "extra folks"]
    assert shown("```\nextra folks\n\nfolks\n```\nHe said so.\n") == ["```", "extra folks", "folks", "```"]


@pytest.mark.parametrize(
    ("line", "is_code"),
    [
        ("x = extra(folks)", True),
        ("return extra.folks[2];", True),
        ("import numpy as np", False),  # no symbol tells it from prose
        ("for folk in folks():", True),
        ("SELECT extra FROM folks WHERE a = 2;", True),
        ('"extra": "folks",', True),
        ("If folks come, print this (as he said):", False),
        ("He said so; folks came;", False),
        ("Note: he said so.", False),
        ("The rule (x) holds for all of the folks that come here;", False),
        ("", False),
    ],
)
def test_code_is_told_from_prose_by_its_form(line, is_code):
    assert looks_like_code(line) is is_code


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("folks;12;13;extra\n", ["folks;12;13;extra"]),
        ("folks;12;13;extra;came;so\n", []),  # most cells are words
        ("folks;12;extra\n", []),
        ("Folks\tExtra\nfolks\t1\t2\n", ["Folks\tExtra", "folks\t1\t2"]),
        ("Folks\nfolks\t1\t2\n", ["folks\t1\t2"]),
    ],
)
def test_most_cells_of_a_row_are_figures(text, rows):
    assert [text[start:end] for start, end in figures(text)] == rows


def test_comments_in_code_are_prose():
    assert shown("x = f(1)  # extra folks\n") == ["x = f(1)  #"]
    assert shown("x = f(1); // extra folks\n") == ["x = f(1); //"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("window.a = window.b || []; He left.", "He left."),
        ("f.push({a: 'x;(', b: [1]}); He left.", "He left."),
        ("(function(d, s, id) { var x = 1; }(document, 'script', 'y')); He left.", "He left."),
        ("var x = new Foo(1) He left.", "He left."),
        ("a.b(c) He left.", "He left."),
        ("p { color: red; } He left.", "He left."),
        ("To the border. .extra-folks > p { color: red; } He left.", "To the border.  He left."),
        ("He (as he said) left the folks = all.", "He (as he said) left the folks = all."),
        ("a.b(c] x) He left.", "] x) He left."),
        ("a.b(c He left.", "a.b(c He left."),
    ],
)
def test_a_statement_ends_where_its_brackets_close(text, left):
    for start, end in reversed(list(scripts(text))):
        text = text[:start] + text[end:]
    assert text.strip() == left or text.strip() == left.removeprefix("a.b(c He left.")


# --- languages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("Le ministre est dans la ville", True),
        ("Das ist die Zeit", True),
        ("El hombre dijo que no por la ley", True),
        ("Министр сказал это", True),
        ("Oscar De La Hoya won in Las Vegas and left for El Paso", False),
        ("Smith et al. said so", False),
        ("The Cirque du Soleil left for la Scala with him", False),
        ("He was in the war to die", False),
        ("", False),
    ],
)
def test_languages_are_told_by_their_small_words(text, foreign):
    assert is_foreign(text) is foreign


def test_english_surplus_counts_both_sides():
    assert english_surplus("The man and the dog") == 3
    assert english_surplus("le chat et la souris") == -3


# --- names ---------------------------------------------------------------------------------------------------


def names(text: str) -> list[tuple[str, int]]:
    tokens = tokenize(text)
    kinds = parts_of_names(tokens, sentences(text, tokens))
    return [(token.text, kind) for token, kind in zip(tokens, kinds, strict=True) if kind != NO_NAME]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("he met Adam Worth there.", [("Adam", INSIDE), ("Worth", INSIDE)]),
        ("Nationwide Insurance said so.", [("Nationwide", OPENS), ("Insurance", FOLLOWS)]),
        ("Previous President Obama said so.", [("Previous", OPENS), ("President", INSIDE), ("Obama", INSIDE)]),
        ("he said “Now We all go on to it”.", [("Now", OPENS), ("We", FOLLOWS)]),
        ("the talks of Lavrov went on.", []),
        ("he met Mr. Worth and F. Price there.", [("Worth", INSIDE), ("Price", INSIDE)]),
        ("he met Carl von Worth there.", [("Worth", INSIDE)]),
        ("he met Jean-Worth there.", [("Worth", INSIDE)]),
        ("After I left he went on.", []),
        ("Extra Folks Come To Town", []),
        (
            "Extra Folks Come To Town.",
            [("Extra", OPENS), *((word, INSIDE) for word in ("Folks", "Come", "To", "Town"))],
        ),
        ("he said NATO left the talks of it.", [("NATO", ACRONYM)]),
        ("EXTRA FOLKS came there", [("EXTRA", OPENS), ("FOLKS", FOLLOWS)]),
    ],
)
def test_names_are_capitals_side_by_side(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("word", "goes_on"),
    [("Insurance", True), ("Records", True), ("Russian", False), ("President", False), ("TV", False), ("We", False)],
)
def test_a_common_noun_makes_a_name_of_what_opens_a_sentence(word, goes_on):
    assert goes_on_a_name(tokenize(word)[0]) is goes_on


# --- whole repairs -------------------------------------------------------------------------------------------


@cache
def tool() -> Normalizer:
    return Normalizer()


def given_case(name: str) -> tuple[str, str]:
    source, wanted = ((FAULTS / name / each).read_bytes().decode() for each in ("input.txt", "want.txt"))
    return source, wanted


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(reason=UNMENDED[name])) if name in UNMENDED else name
        for name in GIVEN
    ],
)
def test_given_inputs_are_repaired_as_wanted(name):
    source, wanted = given_case(name)
    repair = tool().repair(source)
    assert repair.text == wanted
    assert apply_edits(wanted, invert_edits(repair.edits)) == source


def kind_edits(kind: str, before: str) -> list[tuple[str, list[tuple[int, int]], list[Edit]]]:
    """Each input of *kind* behind *before*: its text, what must stay, and its edits."""
    inputs = [marked(piece) for piece in MADE_UP["kinds"][kind]]
    result = []
    for (text, spans), repair in zip(inputs, tool().repair_many([before + text for text, _ in inputs]), strict=True):
        moved = [(low + len(before), high + len(before)) for low, high in spans]
        result.append((text, moved, [e for e in repair.edits if e.start >= len(before) - 1 and e.kind != "residue"]))
    return result


@pytest.mark.parametrize("kind", MADE_UP["kinds"])
def test_in_a_spun_article_what_is_no_prose_stays_and_the_rest_is_repaired(kind):
    for text, spans, edits in kind_edits(kind, MADE_UP["spun"]):
        assert [e for e in edits if any(e.start < high and low < e.end for low, high in spans)] == [], text
        assert edits, text


@pytest.mark.parametrize("kind", MADE_UP["kinds"])
def test_every_kind_has_ten_inputs(kind):
    assert len(set(MADE_UP["kinds"][kind])) >= 10


@pytest.mark.parametrize("kind", MADE_UP["kinds"])
def test_in_a_clean_article_nothing_changes(kind):
    clean = "The minister said on Friday that the talks would go on next week, and that the army had left the border. "
    for text, _, edits in kind_edits(kind, 12 * clean):
        assert edits == [], text
