"""The page for a browser, as far as none is needed: what it holds, and that no text of others is more than text."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from report_texts import NEWS, Repaired, Verdict, many, news, swap
from strategies import any_texts, edited_texts, examples

from normalizer import reporting
from normalizer.plans import Plan
from normalizer.reporting.html import BARS, HEIGHT, LONGEST_BLOCK, blocks, shown


class Elements(HTMLParser):
    """The elements of a page, the text of its article and of its scripts and style."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.article, self.contents = "", {"script": [], "style": []}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "rect"):
            self.open.append(tag)
        if tag in self.contents:
            self.contents[tag].append("")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1] in self.contents:
            self.contents[self.open[-1]][-1] += data
        elif "article" in self.open and "ins" not in self.open:
            self.article += data


def page(result=None, name: str = "page.txt", references=("clean.txt",)) -> str:
    return reporting.html_page(result or news(), name, references)


def embedded(written: str) -> dict:
    return json.loads(Elements(written).contents["script"][0])


@pytest.mark.smoke
def test_the_page_holds_the_article_with_every_edit_in_place():
    found = Elements(page())
    assert found.article.split() == NEWS.split()
    marks = [attributes for tag, attributes in found.tags if tag == "span" and "data-n" in attributes]
    assert [mark["data-n"] for mark in marks] == [str(number) for number in range(1, 9)]
    assert [mark["class"].split()[2:] for mark in marks] == [
        ["sure"], ["sure"], ["likely"], ["unsure", "held"], ["sure"], ["sure"], ["unsure", "held"], ["likely"],
    ]  # fmt: skip


def test_the_data_give_back_source_and_plan():
    data = embedded(page(name="a/b.txt"))
    assert (data["name"], data["references"]) == ("a/b.txt", ["clean.txt"])
    plan = Plan.from_json(json.dumps(data["plan"]))
    assert plan == news().plan()
    befores = [each.edit.before for each in plan.listed]
    assert "".join(gap + before for gap, before in zip(data["gaps"], [*befores, ""], strict=True)) == NEWS


def test_the_page_allows_its_own_script_and_style_and_nothing_else():
    found = Elements(page())
    policy = next(attributes["content"] for tag, attributes in found.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    data, script = found.contents["script"]
    for text in (script, found.contents["style"][0]):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert policy.count("'sha256-") == 2 and "unsafe" not in policy and "http" not in policy
    for tag, attributes in found.tags:
        assert not {"src", "style", "srcset", "action"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith("#")
    assert json.loads(data)
    assert not re.search(r"https?:|@import|url\(", script + found.contents["style"][0])


HOSTILE = (
    "<script>document.title='run'</script>", "</script><img src=x onerror=document.title='run'>", "</p></article>",
    "<!--", "]]>", "&lt;b&gt; &amp;", "\"onmouseover='document.title=1'", "{{ 7 * 7 }} {% raw %}", "`${7*7}`",
    "javascript:alert(1)", "\u202egnp.exe\u202c \u2066x\u2069", "\x00\x08\x1b[31m", "\ud800", "\u2028\u2029",
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text_wherever_it_stands(hostile):
    source = f"{hostile} stated {hostile}\nthe assembly"
    made = swap(source, "stated", hostile, (hostile, 0.2), family=hostile, said=hostile)
    held = swap(source, "assembly", hostile + "x", confidence=0.2)
    written = page(Repaired(source, (made,), held_back=(held,)), f"{hostile}.txt", [hostile])
    found, plain = Elements(written), Elements(page())
    harmless = set("a rect title span del ins p label input small".split())  # as many as there are edits
    assert [tag for tag, _ in found.tags if tag not in harmless] == [
        tag for tag, _ in plain.tags if tag not in harmless
    ]
    assert len([tag for tag, _ in found.tags if tag == "ins"]) == 2
    assert found.contents["script"][1] == plain.contents["script"][1]
    assert shown(hostile) in found.article
    data = json.loads(found.contents["script"][0])
    assert not re.search("[<>&]", found.contents["script"][0])  # `</script` with a blank behind it ends a script, too
    assert Plan.from_json(json.dumps(data["plan"])).edits == (made,)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", written)
    written.encode()


@examples(60)
@given(edited_texts(), any_texts(5))
def test_any_text_becomes_a_page_with_its_edits_in_place(case, name):
    text, edits = case
    made = Repaired(text, tuple(sorted(edits[::2])), held_back=tuple(sorted(edits[1::2])))
    written = page(made, name, [name])
    written.encode()
    found = Elements(written)
    assert [tag for tag, _ in found.tags].count("script") == 2
    assert "".join(found.article.split()) == "".join(shown(text).split())


@examples(60)
@given(edited_texts())
def test_paragraphs_are_the_lines_of_the_article(case):
    text, edits = case
    made = Plan.of(text, edits).listed
    pieces = [
        [piece.edit.before if piece.edit else piece.text for piece in block.pieces] for block in blocks(text, made)
    ]
    found = "\n".join("".join(block) for block in pieces)
    assert lines(found) == lines(shown(text))


def lines(text: str) -> list[str]:
    """The lines with anything in them: an edit may part the two marks of one line end."""
    return [line for line in text.split("\n") if line]


def test_a_very_long_line_is_laid_out_in_parts():
    long = many("the navy stated so, ", ["navy", "stated"], 3000)
    found = list(blocks(long.source, long.plan().listed))
    sizes = [
        sum(len(piece.text) + len(piece.edit.before if piece.edit else "") for piece in block.pieces) for block in found
    ]
    assert max(sizes) < 2.5 * LONGEST_BLOCK and len(found) > 2
    assert [block.continued for block in found] == [False] + [True] * (len(found) - 1)
    text = "".join(piece.edit.before if piece.edit else piece.text for block in found for piece in block.pieces)
    assert text == long.source
    assert len(list(blocks("x" * 5 * LONGEST_BLOCK, []))) == 3  # without a blank, too


def test_the_chart_counts_the_edits_of_each_part():
    found = Elements(page(many("the navy stated so, ", ["navy", "stated"], 300)))
    bars = [attributes for tag, attributes in found.tags if tag == "rect" and attributes["class"] == "made"]
    assert len(bars) == BARS and {bar["height"] for bar in bars} == {str(float(HEIGHT))}
    links = [attributes["href"] for tag, attributes in found.tags if tag == "a" and attributes.get("tabindex")]
    assert links[:2] == ["#e1", "#e11"]


def test_a_clean_article_has_a_page():
    written = page(Repaired("Nothing.", (), Verdict(0.01, None, 0.0)))
    assert "0 edits; not spun (probability 0.01)" in html.unescape(written)
    assert "No edits" in written
