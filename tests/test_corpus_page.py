"""The summary page of a scrape: what it counts, what it draws, and that no text of others is more than text."""

import datetime
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_texts import Verdict
from strategies import any_texts, examples
from test_page import HOSTILE, Elements

from normalizer.edits import Edit, Evidence
from normalizer.reporting import Record, corpus_page
from normalizer.reporting.corpus import ARTICLES, SOURCES, SWAPS

DAY = datetime.date(2022, 1, 21)
SPUN, OTHER, CLEAN = Verdict(0.98, "a"), Verdict(0.9, None), Verdict(0.01, None, 0.0)


def edit(before: str = "navy", after: str = "military", confidence: float = 0.9, family: str | None = "a") -> Edit:
    return Edit(0, len(before), before, after, "lexical", Evidence(family=family), confidence)


def record(
    name="x.txt", source="site.org", day: datetime.date | None = DAY, verdict=SPUN, edits=(), page=None
) -> Record:
    return Record(name, f"{name}.html" if page is None else page, source, day, verdict, 50, tuple(edits))


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = page.partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in section.split("<tr>")[2:]]
    return [[re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell, flags=re.DOTALL).strip() for cell in row] for row in cells]


def test_sources_swaps_and_articles_are_counted():
    page = corpus_page(
        [
            record("a.txt", edits=[edit(), edit("Navy", "Military", 0.7), edit("told", "said", 0.5, "b")]),
            record("b.txt", verdict=OTHER, edits=[edit()]),
            record("c.txt", "news.com", verdict=CLEAN),
            record("d.txt", "news.com", verdict=CLEAN, edits=[edit("[ad]", "", 0.99, None)], page=""),
        ],
        "January",
        "v:1",
    )
    assert "4 articles, 2 of them spun; 5 edits" in page and "<title>January: repairs</title>" in page
    assert rows(page, "Sources") == [["site.org", "2", "2", ""], ["news.com", "2", "0", ""]]
    assert 'aria-label="a 1, unknown 1"' in page and 'aria-label="none spun"' in page
    assert rows(page, "Most frequent swaps") == [
        ["navy → military", "3", "2", "0.83", "a"],
        ["told → said", "1", "1", "0.50", "b"],
        ["[ad] → (nothing)", "1", "1", "0.99", "-"],
    ]
    assert rows(page, "Articles with most repairs")[0] == ["a.txt", "site.org", "2022-01-21", "a", "3", "6.0"]
    assert '<a href="a.txt.html">a.txt</a>' in page and "<td>d.txt</td>" in page
    assert "v:1" in page


@pytest.mark.parametrize(
    ("days", "unit", "periods"),
    [
        ([0, 0, 3], "day", ["2022-01-21", "2022-01-22", "2022-01-23", "2022-01-24"]),
        ([0, 100], "month", ["2022-01", "2022-02", "2022-03", "2022-04", "2022-05"]),
        ([0, 365 * 11], "year", [str(year) for year in range(2022, 2034)]),
    ],
)
def test_families_over_time(days, unit, periods):
    page = corpus_page([record(day=DAY + datetime.timedelta(at)) for at in days] + [record(day=None)], "x")
    assert f"Spun articles by family, {unit} by {unit}" in page
    assert re.findall(r"<g><title>([-0-9]+): ", page) == periods
    assert int(rows(page, f"Spun articles by family, {unit} by {unit}")[0][1]) == days.count(0)


def test_bars_stand_on_each_other():
    page = corpus_page([record(), record(), record(verdict=OTHER), record(day=DAY + datetime.timedelta(1))], "x")
    bars = re.findall(r'class="f(\d)" x="(\d+)" y="([\d.]+)" width="9" height="([\d.]+)"', page)
    assert bars == [("0", "0", "33.33", "66.67"), ("1", "0", "0.0", "33.33"), ("0", "10", "66.67", "33.33")]


def test_without_days_there_is_no_plot_of_them():
    page = corpus_page([record(day=None)], "x")
    assert "over time" not in page and "site.org" in page
    assert "0 articles, 0 of them spun" in corpus_page([], "x")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text(hostile):
    swap = edit(hostile, hostile, 0.5, hostile)
    page = corpus_page([record(hostile, hostile, DAY, Verdict(0.9, hostile), [swap], hostile)], hostile, hostile)
    page.encode()
    found, plain = Elements(page), Elements(corpus_page([record(edits=[edit()])], "x"))
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in plain.tags]
    policy = next(attributes["content"] for _, attributes in found.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "script-src" not in policy
    for _, attributes in found.tags:
        assert not re.match(r"\s*[a-z]+:", attributes.get("href") or "", re.IGNORECASE)
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style")]


def many_records() -> Iterator[Record]:
    for at in range(3000):
        swaps = [edit(f"w{at}", "x"), *[edit()] * (at % 50)]
        yield record(f"{at}.txt", f"site{at}.org", DAY + datetime.timedelta(at % 30), edits=swaps)


def test_of_a_large_scrape_the_first_rows_are_shown():
    page = corpus_page(many_records(), "x")
    assert len(rows(page, "Sources")) == SOURCES
    assert len(rows(page, "Most frequent swaps")) == SWAPS
    most = rows(page, "Articles with most repairs")
    assert len(most) == ARTICLES and {row[4] for row in most} == {"50"}
    assert rows(page, "Most frequent swaps")[0][:2] == ["navy → military", str(sum(at % 50 for at in range(3000)))]


names = any_texts(4)
days = st.none() | st.dates()
verdicts = st.builds(Verdict, st.floats(0, 1), st.none() | st.sampled_from("abtxp") | names)


@examples(40)
@given(st.lists(st.builds(record, names, names, days, verdicts, st.lists(st.just(edit()), max_size=2)), max_size=5))
def test_any_records_make_a_page(records):
    page = corpus_page(records, "x")
    page.encode()
    spun = sum(each.verdict.spun >= 0.5 for each in records)
    assert f"{len(records)} articles, {spun} of them spun; {sum(len(each.edits) for each in records)} edits" in page
    assert sum(int(row[2]) for row in rows(page, "Sources")) == spun
