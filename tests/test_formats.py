"""Documents: what a file is, where the prose in it stands, and edits of the prose as edits of the document.

The cases are repaired by a reader that knows the swaps below and nothing else, so that they show the way into a
document and back alone.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.edits import Edit, apply_edits
from normalizer.errors import InputError
from normalizer.formats import KINDS, PAGE, Document, Request, Segment, html, kind_of, open_document
from normalizer.formats.segments import shares, verbatim

CASES = Path(__file__).parent / "cases" / "formats"
SWAPS = {
    "stated": "said",
    "extra": "more",
    "subsequent": "next",
    "folks": "people",
    "folks’": "people’s",
    "folks'": "people's",
    "had been": "were",
    "places of work": "offices",
    "in the course of": "during",
    "thousand": "1,000",
    "heads of place": "heads of state",
}
SOFT = "\u00ad"
WORDS = re.compile(
    "|".join(
        rf"\b{SOFT_WORD}(?!\w)"
        for phrase in sorted(SWAPS, key=len, reverse=True)
        for SOFT_WORD in [r"\s+".join(f"{SOFT}?".join(map(re.escape, word)) for word in phrase.split())]
    )
)


def cases(name: str) -> list[Any]:
    return [
        pytest.param(case, id=case["name"]) for case in json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    ]


def swaps(text: str) -> list[Edit]:
    """Return the edits of the reader that knows SWAPS; line breaks move before the new words, as in a repair."""
    found = []
    for match in WORDS.finditer(text):
        before = match[0]
        after = SWAPS[" ".join(before.replace(SOFT, "").split())]
        broken = "\n" if "\n" in before and "\n" not in after else ""
        found.append(Edit(match.start(), match.end(), before, broken + after, "lexical"))
    return found


def edits_of(document: Document) -> list[Edit]:
    return sorted(
        moved
        for segment in document.segments
        for edit in swaps(segment.text)
        if (moved := segment.back(edit)) is not None
    )


def repaired(case: dict[str, Any], kind: str | None, name: str) -> str:
    request = Request(kind, tuple(case.get("fields", ())))
    document = open_document(case["input"], case.get("file", name), request)
    return apply_edits(document.text, edits_of(document))


@pytest.mark.parametrize("case", cases("html"))
def test_pages_are_edited_where_they_hold_text(case: dict[str, Any]) -> None:
    assert repaired(case, "html", "x.html") == case["want"]


@pytest.mark.parametrize("case", [*cases("json"), *cases("csv")])
def test_records_are_edited_in_one_field(case: dict[str, Any]) -> None:
    name = "x.csv" if "," in case["input"].split("\n")[0] and case["input"].strip("\ufeff")[0] not in "[{" else "x.json"
    name = "x.jsonl" if case["input"].count("\n{") and name == "x.json" else name
    if "error" in case:
        with pytest.raises(InputError) as error:
            repaired(case, None, name)
        assert str(error.value) == case["error"]
    else:
        assert repaired(case, None, name) == case["want"]


# --- what a file is -----------------------------------------------------------------------------------------

PROSE = "He stated so, and the subsequent week he stated it again.\n"
KIND_CASES: tuple[tuple[str, str, str], ...] = (
    ("x.txt", PROSE, "text"),
    ("x.txt", "", "text"),
    ("x", "[ad_1]\n" + PROSE, "text"),
    ("x", "{hardware} was moved, he stated.\n", "text"),
    ("x", "[1] He stated so.\n", "text"),
    ("x", "<3 he stated > it.\n", "text"),
    ("x", "<b>Extra</b>, he stated.\n", "text"),
    ("README.md", '<p align="center">stated</p>\n\n# Extra\n', "text"),
    ("x", "Rose, red\nViolet, blue\nDaisy, white\n", "text"),
    ("x", "In May, he stated\nIn June, they did\n", "text"),
    ("x", "One line, with a comma\n", "text"),
    ("x", "---\ntitle: extra\n---\n" + PROSE, "text"),
    ("x.log", PROSE, "text"),
    ("x.txt", "<!DOCTYPE html><p>x", PAGE),
    ("x", "\ufeff\n<!-- saved -->\n<HTML lang=en><body>x", PAGE),
    ("x", '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html>', PAGE),
    ("x", '<div class="article">\n<p>x</p></div>', PAGE),
    ("x.html", PROSE, PAGE),
    ("x.HTM", PROSE, PAGE),
    ("x", '{"text": "x"}', "json"),
    ("x.txt", '[{"text": "x"}]', "json"),
    ("x", '{\n "text": "x"\n}', "json"),
    ("x.json", "x", "json"),
    ("x", '{"text": "x"}\n{"text": "y"}\n', "jsonl"),
    ("x.jsonl", '{"text": "x"}\n', "jsonl"),
    ("x.ndjson", '{"text": "x"}\n', "jsonl"),
    ("x.json", '{"text": "x"}\n{"text": "y"}\n', "json"),
    ("x", '{"text": "x', "json"),
    ("x", "id,text\n1,He stated so.\n", "csv"),
    ("x", 'id,title,text\n1,"a, b","He stated\nso"\n2,c,d\n', "csv"),
    ("x", "id\ttext\n1\tHe stated so, they said.\n", "tsv"),
    ("x.csv", PROSE, "csv"),
    ("x.tsv", PROSE, "tsv"),
)


@pytest.mark.parametrize(("name", "text", "kind"), KIND_CASES)
def test_kinds_are_told_by_content_and_then_by_name(name: str, text: str, kind: str) -> None:
    assert kind_of(text, name) == kind


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("x", '<?xml version="1.0"?><rss><channel><item/></channel></rss>', "a feed (RSS or Atom)"),
        ("x", '<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>', "a feed (RSS or Atom)"),
        ("x.txt", "<?xml version='1.0'?>\n<!-- x -->\n<urlset></urlset>", "XML"),
        ("x", "<nitf><body>He stated</body></nitf>\n", "XML"),
        ("x.xml", PROSE, "XML (by the name)"),
        ("x.rss", PROSE, "XML (by the name)"),
        ("x.yaml", "title: extra\n", "a file of settings (by the name)"),
        ("x.yml", PROSE, "a file of settings (by the name)"),
        ("x.toml", "a = 1\n", "a file of settings (by the name)"),
        ("x.py", "extra = 1\n", "program text (by the name)"),
        ("x.css", ".extra {}\n", "program text (by the name)"),
        ("x.js", "var extra;\n", "program text (by the name)"),
        ("x.srt", "1\n00:00 --> 00:01\nExtra\n", "subtitles (by the name)"),
        ("x.tex", "\\section{Extra}\n", "TeX (by the name)"),
    ],
)
def test_what_is_no_prose_is_refused_and_read_only_if_one_insists(name: str, text: str, found: str) -> None:
    with pytest.raises(InputError) as error:
        open_document(text, name)
    message = str(error.value)
    assert message.startswith(f"{name}: expected prose, found {found}; ")
    assert message.endswith(", or read it as prose with --as text")
    assert open_document(text, name, Request("text")).segments[0].text == text


def test_front_matter_is_no_prose() -> None:
    text = "---\r\ntitle: Extra folks\r\ntags: [extra]\r\n---\r\nHe stated so.\r\n"
    document = open_document(text, "x.md")
    assert apply_edits(text, edits_of(document)) == text.replace("stated", "said")


def test_a_line_of_dashes_is_no_front_matter() -> None:
    assert open_document("---\nHe stated so.\n---\n", "x").segments[0].text.startswith("---")


def test_fields_are_of_records() -> None:
    for name, found in (("x.txt", "prose"), ("x.html", "a web page")):
        with pytest.raises(InputError, match=f"expected records for --field, found {found}; leave out --field"):
            open_document(PROSE, name, Request(None, ("text",)))


def test_the_main_text_of_a_page_needs_trafilatura(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trafilatura", None)
    with pytest.raises(InputError, match=r"trafilatura takes out: pip install 'normalizer\[html\]'; or .* --as html"):
        open_document("<html><p>x</p></html>", "x.html")


def test_the_main_text_of_a_page_is_read() -> None:
    pytest.importorskip("trafilatura")
    page = f"<html><body><nav>Extra</nav><article><h1>Talks</h1>{'<p>' + PROSE * 6 + '</p>'}</article></body></html>"
    document = open_document(page, "x.html")
    assert (document.kind, document.whole) == (PAGE, True)
    assert "stated so" in document.text and "<" not in document.text and document.text.endswith("\n")
    with pytest.raises(InputError, match="found no main text in it; edit all of its text in place with --as html"):
        open_document("<html><script>x</script></html>", "x.html")


# --- there and back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "after", "divided"),
    [
        (["extra ", "folks"], "more people", ["more ", "people"]),
        (["places ", "of work"], "offices", ["", "offices"]),
        (["pri", "me"], "main", ["", "main"][::-1]),
        (["a ", "b ", "c"], "x y z", ["x ", "y ", "z"]),
        (["a", " ", "b"], "x y", ["x", " ", "y"]),
        (["a", " b"], "x y", ["x", " y"]),
        (["", "a b"], "x y", ["", "x y"]),
        (["a b", ""], "x y", ["x y", ""]),
        (["a b"], "x", ["x"]),
    ],
)
def test_new_words_are_divided_among_old_ones(parts: list[str], after: str, divided: list[str]) -> None:
    assert shares(parts, after) == divided


TAGS = [
    "<b>",
    "</b>",
    "<i class='extra'>",
    "<br>",
    "<p>",
    "</p>",
    "<!-- extra -->",
    "<script>extra</script>",
    '<img alt="extra">',
]
BITS = [
    "stated",
    "extra ",
    " subsequent",
    "places of work",
    "&amp;",
    "&nbsp;",
    "sta&shy;ted",
    "<",
    "&",
    "\n ",
    "had",
    " been ",
]


@given(st.lists(st.sampled_from([*TAGS, *BITS]) | st.text("ab<>&;\"'/= \n-!", max_size=4), max_size=30).map("".join))
def test_any_page_is_changed_in_its_text_alone(page: str) -> None:
    """What a page shows is what its text shows, repaired; its tags and all else that is no text stay as they are."""
    segment = html.segment_of(page)
    edits = [edit for each in swaps(segment.text) if (edit := segment.back(each)) is not None]
    after = apply_edits(page, sorted(edits))
    expected = apply_edits(segment.text, swaps(segment.text))
    assert re.sub(r"\s+", " ", html.segment_of(after).text).strip() == re.sub(r"\s+", " ", expected).strip()
    assert re.findall(r"<[a-zA-Z/!][^<>]*>", re.sub('alt="[^"]*"', "", after)) == re.findall(
        r"<[a-zA-Z/!][^<>]*>", re.sub('alt="[^"]*"', "", page)
    )


@given(st.lists(st.text(max_size=12) | st.sampled_from(list(SWAPS)), max_size=6).map(" ".join), st.booleans())
def test_any_string_is_found_in_json_and_written_back(text: str, ascii_only: bool) -> None:
    line = json.dumps({"extra": "extra", "text": text, "n": 1.50}, ensure_ascii=ascii_only)
    document = open_document(line, "x.json", Request("json"))
    assert "".join(segment.text for segment in document.segments if segment.outer is None) in (text, "")
    changed = json.loads(apply_edits(line, edits_of(document)))
    if not html.is_fragment(text):
        assert changed == {"extra": "extra", "text": apply_edits(text, swaps(text)), "n": 1.5}


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), min_size=1, max_size=5))
def test_any_table_is_read_as_the_csv_module_reads_it(pairs: list[tuple[str, str]]) -> None:
    import csv
    import io

    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *pairs])
    document = open_document(written.getvalue(), "x.csv", Request("csv"))
    shown = [segment.text for segment in document.segments if segment.outer is None]
    assert shown == [text for _, text in pairs if text and not html.is_fragment(text)]


@given(st.text(max_size=40), st.text(max_size=40))
def test_prose_is_its_own_segment(matter: str, text: str) -> None:
    document = verbatim(matter + text, len(matter))
    segment = document.segments[0]
    edits = [Edit(0, len(text), text, "new", "lexical")]
    assert segment.text == text
    if text not in ("", "new"):
        assert apply_edits(document.text, [edit for each in edits if (edit := segment.back(each))]) == matter + "new"


def test_items_of_a_list_are_articles_and_a_list_of_texts_is_one() -> None:
    items = open_document('{"a": [{"b": "x"}, {"b": "y"}]}', "x.json", Request(None, ("a.b",)))
    assert ([each.text for each in items.segments], items.labels) == (["x", "y"], ("1", "2"))
    texts = open_document('[{"a": ["x", "y"]}, {"a": ["z"]}]', "x.json", Request(None, ("a",)))
    assert ([each.text for each in texts.segments], texts.labels) == (["x\n\ny", "z"], ("1", "2"))


def test_what_is_closed_is_not_edited() -> None:
    segment = html.segment_of("<p>a</p><p>b <code>c</code> d</p>")
    assert segment.text == "a\n\nb \ufffc d"
    assert segment.closed == ((1, 3), (5, 6))
    assert segment.back(Edit(0, 4, "a\n\nb", "x", "lexical")) is None
    assert segment.back(Edit(3, 8, "b \ufffc d", "x", "lexical")) is None


def test_an_insertion_keeps_to_the_words() -> None:
    page = "<p>He <b>went</b> home.</p>"
    segment: Segment = html.segment_of(page)
    for at, want in ((3, "<p>He <b>not went</b> home.</p>"), (0, "<p>not He <b>went</b> home.</p>")):
        edit = segment.back(Edit(at, at, "", "not ", "lexical"))
        assert edit is not None and apply_edits(page, [edit]) == want


def test_every_kind_can_be_asked_for() -> None:
    for kind in KINDS:
        text = {
            "json": '{"text": "stated"}',
            "jsonl": '{"text": "stated"}',
            "csv": "text,b\nstated,b",
            "tsv": "text\tb\nstated\tb",
        }
        assert edits_of(open_document(text.get(kind, "stated"), "x", Request(kind)))
