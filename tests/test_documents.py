"""Documents through the real pipeline: the faults that were handed over, and what holds for every document."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from strategies import seed

from normalizer import Normalizer
from normalizer.documents import detect_document, repair_documents
from normalizer.formats import Document, Request, open_document
from normalizer.repairing import Repair

FAULTS = Path(__file__).parent / "cases" / "faults"
TAG = re.compile(r"<!--.*?-->|<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL)
SEEN = re.compile(r"(?:title|alt|content)=\"[^\"]*\"")


@cache
def tool() -> Normalizer:
    return Normalizer()


def given(name: str) -> tuple[str, str]:
    """Return the text of a fault and what it should become."""
    folder = FAULTS / name
    return tuple((folder / f"{part}.txt").read_bytes().decode() for part in ("input", "want"))  # type: ignore[return-value]


def repaired(document: Document) -> Repair:
    return next(repair_documents(tool(), [(document, ())]))


def test_a_page_is_repaired_in_its_text_alone() -> None:
    text, want = given("01-html-page")
    repair = repaired(open_document(text, "input.txt", Request("html")))
    assert [SEEN.sub("", tag) for tag in TAG.findall(repair.text)] == [SEEN.sub("", tag) for tag in TAG.findall(text)]
    ours, theirs = TAG.split(repair.text), TAG.split(want)
    different = [(one, other) for one, other in zip(ours, theirs, strict=True) if one != other]
    title = "Top diplomats agree to keep {} &#8211; The Daily Herald"
    unsure = {("Enterprise", "Business"), (title.format("speaking"), title.format("talking"))}
    assert set(different) <= unsure  # a word alone says little, and a title not much
    assert SEEN.findall(repair.text) == SEEN.findall(want)
    assert repair.plan().revert(repair.text) == text


@pytest.mark.parametrize(("name", "file"), [("02-jsonl-record", "x.jsonl"), ("03-csv-ids", "x.csv")])
def test_records_are_repaired_in_their_text_alone(name: str, file: str) -> None:
    text, want = given(name)
    document = open_document(text, file)
    repair = repaired(document)
    assert repair.plan().apply(text) == repair.text and repair.plan().revert(repair.text) == text
    for segment in document.segments:
        alone = tool().repair(segment.text)
        assert len(alone.edits) > 7
        assert {segment.back(edit) for edit in alone.edits} <= set(repair.edits)
    # The first sentences say enough to be certain of; what follows may be worded in several ways.
    start = want.index("The Foreign Minister told reporters")
    sure = want[start : want.index("Police")].split("border.")[0]
    assert repair.text.count(sure) == want.count(sure) == len(document.segments)
    assert repair.text[:start] == want[:start] == text[:start]


def test_records_keep_all_but_the_field() -> None:
    text, _ = given("02-jsonl-record")
    after = repaired(open_document(text, "x.jsonl")).text
    for old, new in zip(text.splitlines(), after.splitlines(), strict=True):
        one, other = json.loads(old), json.loads(new)
        assert one.pop("text") != other.pop("text")
        assert one == other
        assert old.split('"text"')[0] == new.split('"text"')[0]
        assert new.isascii() and "caf\\u00e9 was \\u201cproper\\u201d.\\t" in new


def test_the_verdict_on_a_document_is_that_on_its_most_spun_article() -> None:
    clean = "The ministers will meet again on Friday."
    lines = "".join(json.dumps({"text": text}) + "\n" for text in (clean, seed("003"), clean, seed("001")[:2000]))
    document = open_document(lines, "x.jsonl")
    verdicts = dict(detect_document(tool(), document))
    whole = repaired(document).verdict
    assert list(verdicts) == ["1", "2", "3", "4"]
    assert whole.spun == max(verdict.spun for verdict in verdicts.values()) > 0.99
    assert min(verdict.rate for verdict in verdicts.values()) < whole.rate < max(v.rate for v in verdicts.values())


def test_documents_come_in_order_whatever_is_in_them() -> None:
    texts = ["", "He said so.", '{"text": ""}', '{"text": "x"}\n{"text": "y"}\n', "<p></p>", seed("003")[:800]]
    names = ["a.txt", "b.txt", "c.json", "d.jsonl", "e", "f.txt"]
    documents = [
        open_document(text, name, Request("html" if name == "e" else None))
        for text, name in zip(texts, names, strict=True)
    ]
    repairs = list(repair_documents(tool(), [(document, ()) for document in documents]))
    assert [repair.source for repair in repairs] == texts
    assert [bool(repair.edits) for repair in repairs] == [False] * 5 + [True]
    assert repairs[2].verdict.spun == 0.0


def test_what_is_at_home_on_a_page_stays() -> None:
    body = "".join(f"<p>{line}</p>\n" for line in seed("001").split("\n") if len(line) > 80)
    page = f"<html><body>{body}<p>[ad_1]</p><h3>Related Posts</h3><h3>Leave a Reply</h3></body></html>"
    repair = repaired(open_document(page, "x.html", Request("html")))
    assert "<h3>Related Posts</h3><h3>Leave a Reply</h3>" in repair.text and "<p></p>" in repair.text
    assert repaired(open_document(repair.text, "x.html", Request("html"))).edits == ()
