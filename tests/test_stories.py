"""The story store: what survives a spinner, what is kept, and which reports of a story are found."""

import json
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from strategies import any_texts, environment, examples, seed

from normalizer.cli import main
from normalizer.errors import StoreError
from normalizer.references import prepare
from normalizer.stories import Finder, Keyed, Story, StoryStore, Worths, bag_of, keyed, keys_of
from normalizer.stories import store as storing
from normalizer.stories.comparing import Nats, overlap, pairing
from normalizer.stories.finding import MOST_HOLDERS, _discount, asked_keys, nearness
from normalizer.stories.keys import LEAST_KEY, Worth
from normalizer.stories.keys import MOST_KEYS as KEYS_OF_A_TEXT
from normalizer.tables import Tables
from tests.tools.spinner import Habits, story, story_names
from tests.tools.spinners.frozen import known_spinner

DAY = date(2022, 1, 21)
SEEDS = "000", "001", "002", "003", "004"


@cache
def tables():
    return Tables.load()


@cache
def worths():
    return Worths(tables())


@cache
def spinner():
    return known_spinner()


@cache
def spun(name, family="a"):
    return spinner().spin(story(name, "original"), random.Random(name), Habits(family)).text


@cache
def ready(text, id="", day=None, site="", probability=0.0):
    return keyed(Story.of(text, id, day, site, probability), worths())


def told(*kinds):
    """All stories, in these versions."""
    return [ready(story(name, kind), f"{name} {kind}") for name in story_names() for kind in kinds]


def found_in(folder, articles, text, **asked):
    with StoryStore(Path(folder) / "stories") as store:
        store.add(articles)
        return Finder(store, tables(), worths()).find(text, **asked)


def ids(found):
    return [each.story.id for each in found]


# --- keys -------------------------------------------------------------------------------------------------

TEXT = (
    "Talks in Vienna with Karovia failed, 140 officials instructed reporters in 2022. It cost $350,000, Karovia said."
)


def test_names_numbers_and_rare_words_are_keys():
    assert set(keys_of(bag_of(TEXT, worths()))) == {"karovia", "vienna", "140", "350,000"}


def test_what_tells_most_comes_first_and_names_count_by_how_often_they_stand():
    bag = bag_of(TEXT, worths())
    assert keys_of(bag)[0] == "karovia"
    assert bag["karovia"] > bag_of(TEXT.replace(", Karovia said", ""), worths())["karovia"]


def test_what_spinners_write_is_no_key():
    assert "instructed" not in bag_of(TEXT, worths())


def test_what_an_apostrophe_cuts_off_tells_nothing():
    assert keys_of(bag_of("They weren’t here, we'll see, and Karovia's don't.", worths())) == ("karovia",)


def test_a_word_that_could_be_swapped_tells_less_unless_it_is_a_name():
    plain, name = (bag_of(f"They walked to {word} again.", worths()) for word in ("geneva", "Geneva"))
    assert 0 < plain["geneva"] < name["geneva"]


def test_a_text_has_few_keys_and_the_rarest_are_kept():
    letters = "abcdefghij"
    text = "a story, " + " ".join(f"Zq{a}{b}{c}x" for a in letters for b in letters for c in letters[:2])
    kept = keys_of(bag_of(text + " Vienna", worths()))
    assert len(kept) == KEYS_OF_A_TEXT and "vienna" not in kept


@given(any_texts())
@examples(40)
def test_keys_are_the_words_of_the_bag_that_tell_enough_whatever_the_text(text):
    bag = bag_of(text, worths())
    assert set(keys_of(bag)) <= {word for word, worth in bag.items() if worth >= LEAST_KEY}
    assert bag == bag_of(text, Worths(tables()))


def test_most_keys_survive_a_spinner():
    for name in story_names():
        before, after = (set(keys_of(bag_of(text, worths()))) for text in (story(name, "original"), spun(name)))
        assert len(before & after) > 0.6 * len(before)


# --- the store --------------------------------------------------------------------------------------------


def plain(number, keys="karovia"):
    return Keyed(Story.of(f"Text {number}.", f"id {number}"), tuple(keys.split()))


def contents(store):
    """All that a store holds, but for the numbers of its articles."""
    rows = store._connection.execute("SELECT digest, id, day, site, spun, text FROM articles JOIN texts USING (number)")
    return sorted(rows), store._connection.execute("SELECT * FROM rarity").fetchall(), store.stats()._replace(size=0)


def test_what_is_added_comes_back(tmp_path):
    first = Story.of("Grüße 😀 \ud800", "a\ud800", DAY, "x.org", 0.25)
    with StoryStore(tmp_path / "s") as store:
        assert store.add([Keyed(first, ["a,b", "ß", "2.5"])]) == 1
        (match,) = store.search(["ß", "zzz"], 5)
        assert store.holders(["2.5", "2", "a,b"]) == {"2.5": 1, "a,b": 1}
        assert store.stories([match.number])[match.number] == replace(first, id="a\\ud800")
        assert first.digest in store and Story.of("Another.", "").digest not in store
        assert (len(store), store.stats()[:4]) == (1, (1, DAY, DAY, 1))


def test_a_text_is_one_article_and_the_earliest_is_kept(tmp_path):
    versions = [
        Story.of("Text.", id, day) for id, day in (("b", DAY), ("a", DAY), ("0", None), ("z", DAY - timedelta(1)))
    ]
    for order in (versions, versions[::-1]):
        with StoryStore(tmp_path / order[0].id) as store:
            assert sum(store.add([Keyed(each, ["k"])]) for each in order) == 1
            assert store.holders(["k"]) == {"k": 1}
            assert [each.id for each in store.stories([1]).values()] == ["z"]


@given(st.permutations([*range(12), 3, 7]), st.integers(1, 5))
@examples(15)
def test_the_order_of_adding_changes_nothing(tmp_path_factory, order, batch):
    articles = [plain(number, "k l" if number % 3 else "k m") for number in range(12)]
    articles[3] = Keyed(replace(articles[3].story, day=DAY), articles[3].keys)
    found = []
    for numbers in (range(12), order):
        with StoryStore(tmp_path_factory.mktemp("store") / "s") as store:
            for start in range(0, len(numbers), batch):
                store.add(articles[number] for number in numbers[start : start + batch])
            matches = [(each.digest, each.score) for each in store.search(["k", "m"], 3)]
            found.append((contents(store), matches, [each.digest for each in store.search(["l"], 7)]))
    assert found[0] == found[1]


KILLED = """
import os, signal, sys
from normalizer.stories import Keyed, Story, store as storing
storing.BATCH, inserted, left = 4, storing.StoryStore._inserted, int(sys.argv[2])
def insert(self, story):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return inserted(self, story)
storing.StoryStore._inserted = insert
articles = [Keyed(Story.of(f"Text {n}.", f"id {n}"), ("karovia",)) for n in range(12)]
storing.StoryStore(sys.argv[1]).add(articles)
"""


@pytest.mark.parametrize(("inserted", "kept"), [(0, 0), (3, 0), (4, 4), (10, 8)])
def test_a_process_that_is_killed_leaves_whole_batches(tmp_path, inserted, kept):
    path = tmp_path / "s"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), str(inserted)], env=environment(), check=False)
    assert killed.returncode == -9
    with StoryStore(path) as store, StoryStore(tmp_path / "whole") as whole:
        assert store._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert len(store) == kept == sum(store.holders(["karovia"]).values()) == len(store.search(["karovia"], 20))
        assert store.add(plain(number) for number in range(12)) == 12 - kept
        whole.add(plain(number) for number in range(12))
        assert contents(store) == contents(whole)


def test_an_article_that_breaks_takes_its_batch_with_it(tmp_path):
    with StoryStore(tmp_path / "s") as store:
        with pytest.raises(ValueError, match="hex"):
            store.add([plain(1), Keyed(Story("no digest", "", ""), [])])
        assert len(store) == 0 and store.add([plain(1)]) == 1


def test_others_read_while_one_writes_and_see_what_is_whole(tmp_path):
    with StoryStore(tmp_path / "s") as writer:
        writer.add([plain(1)])
        with StoryStore(tmp_path / "s", writable=False) as reader, reader.snapshot():
            assert len(reader) == 1
            with writer._transaction():
                writer._inserted(plain(2).story)
                assert len(reader) == 1
            assert len(reader) == 1
        with StoryStore(tmp_path / "s", writable=False) as reader:
            assert len(reader) == 2
            with pytest.raises(StoreError, match="readonly"):
                reader.add([plain(3)])


def foreign_text(path):
    path.write_text("A list that somebody needs.\n")


def foreign_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE articles (number INTEGER PRIMARY KEY)")


def newer_store(path):
    StoryStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {storing.SCHEMA + 1}")


def older_store(path):
    StoryStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 0")


def damaged_store(path):
    with StoryStore(path) as store:
        store.add(plain(number) for number in range(300))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def folder(path):
    path.mkdir()


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (foreign_text, "expected a story store of normalizer, found a file that starts with"),
        (foreign_database, "expected a story store of normalizer, found a database of another program"),
        (newer_store, "found format 2, which a newer version of normalizer wrote; name another file"),
        (older_store, "found format 0, which an older version of normalizer wrote; name another file"),
        (folder, "found: Is a directory"),
    ],
)
def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path, make, said, writable):
    path = tmp_path / "s"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as error:
        StoryStore(path, writable=writable)
    assert said in str(error.value) and str(error.value).startswith(f"{path}: ")
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_store_that_is_cut_short_is_said_to_be_so(tmp_path):
    damaged_store(tmp_path / "s")
    with pytest.raises(StoreError, match="expected a whole story store, found"), StoryStore(tmp_path / "s") as store:
        store.add(plain(number) for number in range(300, 400))


def test_a_store_that_is_only_read_must_be_there(tmp_path):
    with pytest.raises(StoreError, match="found no such file; make one: normalizer stories add"):
        StoryStore(tmp_path / "s", writable=False)
    assert not (tmp_path / "s").exists()
    with pytest.raises(StoreError, match="check the folder"):
        StoryStore(tmp_path / "none" / "s")


# --- finding ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["a", "b", "t"])
def test_a_spun_article_finds_its_original_and_the_reports_and_no_other_story(tmp_path, family):
    with StoryStore(tmp_path / "s") as store:
        store.add(told("original", "report1", "report2", "other"))
        finder, beside = Finder(store, tables(), worths()), []
        for name in story_names():
            found = finder.find(spun(name, family))
            assert ids(found)[0] == f"{name} original"
            assert {f"{name} report1", f"{name} report2"} >= set(ids(found)[1:])
            beside.append(len(found) > 1)
            assert found[0].paired > 0.9 and found[0].equal > 0.5
            assert all(each.equal < 0.5 for each in found[1:])
    assert sum(beside) >= 6


@pytest.mark.parametrize("number", ["000", "001", "003"])
def test_a_real_spun_page_finds_the_cleaner_ones(tmp_path, number):
    pages = [ready(seed(each), each, None, "", 0.9 if each in ("000", "001", "003") else 0.1) for each in SEEDS]
    found = found_in(tmp_path, [*pages, *told("original", "other")], seed(number))
    assert found and set(ids(found)) <= {"002", "004"}


def test_an_article_without_reports_finds_none(tmp_path):
    with StoryStore(tmp_path / "s") as store:
        store.add(told("original", "report1", "report2"))
        finder = Finder(store, tables(), worths())
        for name in story_names():
            assert finder.find(story(name, "other")) == []


@cache
def some():
    """Articles of three stories, among them spun ones, and equals of which the digest decides."""
    names = story_names()[:3]
    found = [
        ready(story(name, kind), f"{name} {kind}", DAY if kind == "report1" else None)
        for name in names
        for kind in ("original", "report1", "report2", "other")
    ]
    found += [ready(spun(name), f"{name} spun", None, "", 0.9) for name in names]
    return [*found, *(ready(f"{story(names[0], 'report1')}\n{mark}", f"twin {mark}") for mark in ".,;:!")]


@given(st.permutations(range(20)), st.integers(1, 6), st.integers(0, 2), st.integers(1, 4))
@examples(8)
def test_what_is_found_follows_from_the_set_of_articles(tmp_path_factory, order, cut, asked, limit):
    name = story_names()[asked]
    found, shuffled = [], [some()[number] for number in order]
    for articles in (some(), shuffled):
        with StoryStore(tmp_path_factory.mktemp("store") / "s") as store:
            store.add(articles[:cut])
            finder = Finder(store, tables(), worths())
            if articles is shuffled:
                finder.find(story(name, "original"))  # what was asked before changes nothing
            store.add(articles[cut:])
            found.append(finder.find(spun(name, "b"), DAY, limit))
    assert found[0] == found[1] and len(found[0]) >= min(limit, 2)


@given(st.sets(st.integers(0, 19)), st.integers(0, 19))
@examples(8)
def test_a_text_is_never_found_for_itself(tmp_path_factory, others, number):
    asked, articles = some()[number], [some()[other] for other in sorted(others)]
    found = found_in(tmp_path_factory.mktemp("store"), [*articles, asked], asked.story, limit=10)
    assert asked.story.digest not in {each.story.digest for each in found}
    again = found_in(tmp_path_factory.mktemp("store"), [*articles, asked], asked.story.text, limit=10)
    assert ids(again) == ids(found) or asked.story.day is not None


def test_what_looks_spun_is_found_only_where_nothing_cleaner_is(tmp_path):
    name = story_names()[0]
    copies = [ready(spun(name, family), family, None, "", 0.9) for family in "bt"]
    assert set(ids(found_in(tmp_path, copies, spun(name)))) == {"b", "t"}
    assert ids(found_in(tmp_path, told("report2"), spun(name))) == [f"{name} report2"]


def test_many_spun_copies_take_no_place_of_a_clean_report(tmp_path):
    name = story_names()[0]
    text = spun(name)
    copies = [ready(f"{text}\nCopy {number}.", f"copy {number}", None, "", 0.9) for number in range(60)]
    assert ids(found_in(tmp_path, [*copies, *told("report2")], text)) == [f"{name} report2"]


def test_days_near_each_other_count_for_more(tmp_path):
    name = story_names()[2]
    report, twin = story(name, "report1"), story(name, "report1") + "\nIt was reported again."
    articles = [ready(report, "near", DAY), ready(twin, "far", DAY - timedelta(400))]
    assert ids(found_in(tmp_path, articles, spun(name), day=DAY)) == ["near"]
    assert ids(found_in(tmp_path, articles, spun(name), day=DAY - timedelta(400))) == ["far"]
    assert set(ids(found_in(tmp_path, articles, spun(name)))) == {"near", "far"}


def test_a_copy_is_found_whenever_it_appeared(tmp_path):
    name = story_names()[0]
    articles = [ready(story(name, "original"), "original", DAY - timedelta(900))]
    assert ids(found_in(tmp_path, articles, spun(name), day=DAY)) == ["original"]


def test_nearness_falls_with_the_days_and_less_for_a_copy():
    later = [DAY + timedelta(days) for days in (0, 2, 5, 9, 30, 4000)]
    fell = [nearness(DAY, day, 0.2) for day in later]
    assert fell[:2] == [1.0, 1.0] and sorted(set(fell[1:]), reverse=True) == fell[1:]
    assert fell == [nearness(day, DAY, 0.2) for day in later]
    assert nearness(DAY, later[-1], 0.9) > 0.9 and nearness(DAY, None, 0.0) == nearness(None, DAY, 0.0) == 1.0


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 3000), max_size=60))
def test_a_search_asks_for_the_rarest_keys_and_never_for_too_many_articles(holders):
    asked = asked_keys(holders)
    assert sum(holders[key] for key in asked) <= MOST_HOLDERS
    left = holders.keys() - set(asked)
    assert all(holders[key] <= holders[other] for key in asked for other in left)


def test_a_text_without_keys_finds_nothing(tmp_path):
    for text in ("", "It was said. " * 50, "\ud800"):
        assert found_in(tmp_path, told("original"), text) == []


def test_what_many_articles_of_a_store_hold_tells_less():
    assert _discount(14.0, 5, 10_032.0) == 1.0 > _discount(14.0, 5000, 20_000.0) > _discount(14.0, 9000, 20_000.0)
    worth = {"karovia": Worth(6.0, 6.0), "vienna": Worth(1.0, 3.0), "oil": Worth(1.0, 1.0)}
    left, right = {"karovia": 9.0, "vienna": 3.0}, {"karovia": 8.0, "oil": 1.0}
    usual, common = dict.fromkeys(worth, 1.0), {"karovia": 0.1, "vienna": 1.0, "oil": 1.0}
    assert overlap(left, right, usual, worth) == (8.0 / 9.0, 6.0)
    assert overlap(left, right, common, worth) == pytest.approx((0.8 / 1.8, 0.6))
    assert overlap({}, right, usual, worth) == (0.0, 0.0)


def test_how_near_two_texts_are():
    text = prepare(story(story_names()[0], "original"))
    assert pairing(text, text, Nats(tables())) == (1.0, 1.0, 1.0)
    other = prepare(story(story_names()[1], "original"))
    assert pairing(text, other, Nats(tables())).share < 0.2
    assert pairing(text, prepare(""), Nats(tables())) == pairing(prepare(""), text, Nats(tables())) == (0.0, 0.0, 0.0)


# --- the commands -----------------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(main, ["stories", *map(str, arguments)])


def written(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


NAME = story_names()[0]


def records():
    return [
        {"id": 1, "text": story(NAME, "report1"), "date": "2022-01-21T10:00:00Z", "url": "https://www.x.org/a"},
        {"text": story(NAME, "other"), "url": "https://y.org/b"},
        {"id": "spun", "text": spun(NAME), "date": "Sat, 22 Jan 2022 08:00:00 GMT"},
    ]


def test_add_find_and_stats(tmp_path):
    store, scrape = tmp_path / "s", written(tmp_path / "scrape.jsonl", records())
    page = tmp_path / "page.txt"
    page.write_text(story(NAME, "original"))
    added = run("add", store, scrape)
    assert (added.exit_code, added.stderr) == (0, f"{store}: 3 new of 3 articles, 3 in all\n")
    assert run("add", store, scrape, "-q").stderr == ""
    found = run("find", store, page)
    (row,) = found.stdout.splitlines()
    cells = row.split("\t")
    assert found.exit_code == 0 and cells[:2] == ["page.txt", "1"] and 0.5 < float(cells[2]) < 1
    assert cells[3:] == [
        "2022-01-21",
        "x.org",
        "No Breakthrough in Vienna as Velania and Karovia Trade Demands The top",
    ]
    shown = json.loads(run("find", store, page, "--json").stdout)
    assert shown["id"] == "1" and shown["text"] == story(NAME, "report1") and shown["spun"] < 0.5
    stats = json.loads(run("stats", store, "--json").stdout)
    assert {**stats, "size": 0} == {
        "articles": 3, "first": "2022-01-21", "last": "2022-01-22", "sites": 2, "size": 0, "spun": 1
    }  # fmt: skip
    assert "spun      1 (33.3 %)" in run("stats", store).stdout.splitlines()
    other = written(tmp_path / "other.jsonl", records()[1:2])
    assert (run("find", store, other).exit_code, run("find", store, other).stdout) == (1, "")


def test_fields_have_other_names(tmp_path):
    record = {"key": "k", "body": story(NAME, "report1"), "published": 1642777200, "link": "http://x.org"}
    scrape = written(tmp_path / "scrape.jsonl", [record])
    names = "--id-field key --text-field body --date-field published --url-field link".split()
    assert run("add", tmp_path / "s", scrape, *names).exit_code == 0
    with StoryStore(tmp_path / "s") as store:
        kept = store.stories([1])[1]
    assert (kept.id, kept.day, kept.site) == ("k", DAY, "x.org")


def test_what_cannot_be_read_is_told_of_and_the_rest_is_added(tmp_path):
    bad, good = tmp_path / "bad.jsonl", written(tmp_path / "good.jsonl", records()[:1])
    bad.write_text('{"text": "A text."}\n{\n{"title": "x"}\n')
    added = run("add", tmp_path / "s", bad, good)
    assert added.exit_code == 2 and "Traceback" not in added.stderr
    assert "normalizer: bad.jsonl: record 2: expected " in added.stderr
    assert "normalizer: bad.jsonl: record 3: expected " in added.stderr
    with StoryStore(tmp_path / "s") as store:
        assert len(store) == 2 and store.holders(["karovia"]) == {"karovia": 1}


def test_the_store_is_no_input_and_no_foreign_file(tmp_path):
    page = tmp_path / "page.txt"
    page.write_text("A text.\n")
    assert "-o would overwrite" not in run("add", page, tmp_path / "x.txt").stderr
    refused = run("add", page, tmp_path / "x.txt")
    assert refused.exit_code == 2 and page.read_text() == "A text.\n"
    assert run("add", page, page).exit_code == 2
    assert run("find", tmp_path / "none", page).exit_code == run("stats", tmp_path / "none").exit_code == 2
