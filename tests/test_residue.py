"""Page residue: artefacts found, and legitimate text left alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import any_texts

from normalizer import residue
from normalizer.articles import read_article
from normalizer.edits import Edit, apply_edits
from normalizer.residue import RULES, residue_edits, touches
from tests.tools.counting import grows_too_fast

SEEDS = Path(__file__).parent.parent / "seeds"
BODY = "The minister said on Friday that the talks would go on next week.\n"


def seed(number: str) -> str:
    return read_article(next(SEEDS.glob(f"{number}_*.txt"))).text


def repaired(text: str) -> str:
    return apply_edits(text, residue_edits(text))


def changes(text: str) -> list[tuple[str, str]]:
    return [(edit.before, edit.after) for edit in residue_edits(text)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_fires_and_stays_silent(rule):
    found = residue_edits(rule.example_firing)
    assert rule.name in {edit.evidence.note for edit in found}
    assert {edit.kind for edit in found} == {"residue"}
    assert residue_edits(rule.example_silent) == []
    assert 0 < rule.confidence < 1


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.unless], ids=lambda rule: rule.name)
def test_every_guard_silences_its_rule(rule):
    about = {
        residue.ABOUT_CODE: "This page shows the curly kind.\n",
        residue.ABOUT_PAGES: "This page shows a shortcode.\n",
        residue.ABOUT_QUOTES: "This page shows the guillemets.\n",
    }
    assert rule.name in {edit.evidence.note for edit in residue_edits("Plain words.\n" + rule.example_firing)}
    assert residue_edits(about[rule.unless] + rule.example_firing) == []


def test_rules_have_names_of_their_own():
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_residue_of_the_spun_seeds():
    assert changes(seed("000")) == [
        ("[ad_1]", ""),
        ("{hardware}", "hardware"),
        ("{that a}", "that a"),
        ("{that a}", "that a"),
        ("[ad_2]", ""),
        ("Source link", ""),
    ]
    assert changes(seed("001")) == [("Related posts", "")]
    assert changes(seed("003")) == [
        ("{that a}", "that a"),
        ("{hardware}", "hardware"),
        ("{that a}", "that a"),
        ("Source_link", ""),
        ("Related posts", ""),
        ("Leave a Comment", ""),
    ]
    assert changes(seed("004")) == [
        ("Leave a Reply", ""),
        ("Your email address will not be published. Required fields are marked *", ""),
    ]


def test_guillemets_of_the_translated_seed_but_not_of_its_spanish_line():
    text = seed("002")
    found = changes(text)
    body, last = repaired(text).rsplit("\n", 1)
    assert (found.count(("«", "“")), found.count(("»", "”")), found.count((" .", ""))) == (29, 29, 1)
    assert len(found) == 59
    assert (body.count("«"), body.count("»")) == (2, 0)  # the two marks that nothing closes
    assert text.endswith(last) and last.startswith("«Lector")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeff[ad_1]\r\n" + BODY, "\ufeff\r\n" + BODY),
        (BODY + "  Supply hyperlink \n", BODY + "   \n"),
        (BODY + "[ad_2]\r\n\r\nSource link", BODY + "\r\n\r\n"),
        (BODY + "Share this:\nTwitter\nRelated Articles:\nA headline\n", BODY + "\nTwitter\n\nA headline\n"),
        (BODY + "Leave a Reply\nNotify me of new posts by email.\nPost Comment", BODY + "\n\n"),
        ("Save my name, email, and website in this browser for the next time I comment.\n", "\n"),
        ("He said {that a} deal is near. {Hardware} sells.\n" + BODY * 4, None),
        ("It cost 5.61 million {dollars} in all.\n", "It cost $5.61 million in all.\n"),
        ("It cost a few {dollars} in all.\n", "It cost a few dollars in all.\n"),
        ("He said that the « frank » \"talks\" go on.", "He said that the \"frank\" \"talks\" go on."),
        ("At least one,431 of the 12 people; Seven,02,887 more and three,40,37,592 in all.\n",
         "At least 1,431 of the 12 people; 7,02,887 more and 3,40,37,592 in all.\n"),
        ("A two.5-inch screen, up four.5% or three.25 percent", "A 2.5-inch screen, up 4.5% or 3.25 percent"),
        ('"That is all." . Then (he said.) . He left. .', '"That is all." . Then (he said.) . He left.'),
        ("(function(d, s, id) { var js; }(document, 'script', 'x-jssdk')); Post by Jo.\n", "Post by Jo.\n"),
    ],
)  # fmt: skip
def test_artefacts_are_repaired(text, expected):
    if expected is None:
        expected = text.replace("{", "").replace("}", "")
    assert repaired(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        BODY * 3 + "Source link\n" + BODY * 3,
        "Source link\nRelated posts\nLeave a Reply\n",
        "The Source link feature shows where a story came from.\n" + BODY,
        BODY + "Related posts are listed by date.\n",
        BODY + "Leave a reply to the editor\n",
        "Use [ad_1] to place the first advertisement.\n",
        "The shortcode below places it.\n[ad_1]\n" + BODY,
        "Write {title} where the headline of the template goes.\n",
        "Greet the reader as {name} and go on.\n",
        "Dear {customer}, thank you for the order.\n",
        "Call f({x}) or ${HOME} or {{hardware}} in the text.\n",
        'The reply was {"hardware": 3} and the {hardware} too.\n',
        "The set {a, b} and the {hardware} of it.\n",
        "In \\frac{a}{b} the {hardware} is small.\n",
        "The {0} and {name_1} of the {hardware} part.\n",
        "Fill in {colour} and {size} and {length}.\n",
        "void main() {hardware}\n" + "if (x) {\n}\n",
        "Le titre « La guerre est finie » dans le journal est pour les lecteurs.\n",
        "He said that the headline of the day was «La guerre est finie» and that it was new.\n",
        "The Kremlin said that the paper «Известия» was of the same view and that it was right.\n",
        "Он сказал, что переговоры были «откровенными».\n",
        "Han sier at det er «frank» og det som var.\n",
        "Bakan «olumlu» dedi.\n",
        BODY * 2 + "Il a dit «bravo» dans la rue.\n",
        "The guillemets « and » are the quotation marks of French.\n",
        "Well. . . that was that. . . .\n",
        "Type cd . . or find . .git in the folder.\n",
        "Chapter 1. . . . . 5\n",
        "Sales were 2,03,678 and 1,00,000 units, one in three.\n",
        "Of one, two and three,but not four. 5 was the last. Part one.\n",
        "The first was number two.5 Later it fell.\n",
        "See https://one.5g.example/two,300x and day-two.5 notes.\n",
        "A 40%.twitter.com/x and pic.twitter.com/x and %2.twitter.com.\n",
        "My Blog\nPolitics\n" + BODY,
        "Supply: Reuters\n" + BODY,
    ],
)
def test_clean_text_stays(text):
    assert changes(text) == []


def test_artefacts_at_the_tail_of_a_long_page_only():
    page = "A short line\n" * 40
    assert repaired(BODY + "Source link\n" + page) == BODY + "Source link\n" + page
    assert repaired(BODY + page + "Source link\n") == BODY + page + "\n"


material = st.lists(
    st.sampled_from(
        [rule.example_firing for rule in RULES]
        + ["[ad_1]", "Source link", "«", "»", "{that a}", "{", "}", ". .", " .", "two", ",300", ".5 m"]
        + ["\r\n", "\n", " ", "Leave a Reply", BODY]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(material | any_texts())
def test_edits_fit_and_never_touch_the_layout(text):
    edits = residue_edits(text)
    after = apply_edits(text, edits)
    assert edits == sorted(edits)
    assert [text.count(mark) for mark in "\r\n"] == [after.count(mark) for mark in "\r\n"]
    assert not any(mark in edit.before + edit.after for edit in edits for mark in "\r\n")
    assert all(edit.before != edit.after for edit in edits)


@pytest.mark.parametrize(
    "unit", [" ", "«", "{a", "{a b", "1,", "two,", ". ", "' '", "(function(d, s, id)'", "\n", "1 "]
)
def test_no_rule_takes_more_than_linear_time(unit):
    """Measured in steps; `test_hostile.py` measures the patterns."""
    assert not grows_too_fast(residue_edits, unit)


@given(st.lists(st.integers(0, 30), max_size=8, unique=True), st.integers(0, 30), st.integers(0, 5))
def test_touching_agrees_with_looking_at_every_edit(cuts, start, length):
    spans = list(zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
    edits = [Edit(low, high, "x" * (high - low), "", "residue") for low, high in spans]
    end = start + 1 + length
    assert touches(edits, start, end) == any(low < end and start < high for low, high in spans)


def test_a_number_is_mended_as_a_whole():
    assert changes("It sold two,03,678 phones with four.2 inches.\n") == [("two,03,678", "2,03,678"), ("four.2", "4.2")]


def test_braces_in_other_residue_do_not_count():
    script = "(function(d, s, id) { var js, fjs = d.getElementsByTagName(s)[0];\n"
    assert ("{hardware}", "hardware") in changes("They moved the {hardware} on Friday, the official said.\n" + script)


def test_a_line_of_eight_words_that_ends_a_sentence_is_prose():
    assert changes("The talks will go on next week here.\nSource link\n") == [("Source link", "")]
    assert changes("The talks will go on next week.\nSource link\n") == []
