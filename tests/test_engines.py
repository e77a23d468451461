"""The repairer behind all adapters, and the look-up of stories by shuffles."""

import copy
import json
import pickle
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from engine_cases import clean_of, keep, read_back, scrape, spun
from engine_examples import SPUN, examples_of, repaired
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.corpus.reports import REFERENCES
from normalizer.corpus.state import Compared, Seen
from normalizer.corpus.tasks import Repairing, Surveyed
from normalizer.engines import Repairer
from normalizer.engines import repairer as module
from normalizer.errors import ArgumentError, CorpusError, InputError
from normalizer.plans import Plan
from normalizer.reading import Prior
from normalizer.repairing import Normalizer
from normalizer.stories import Finder, Keyed, Story, StoryStore, Worths, asked_keys, keyed
from normalizer.stories.finding import MOST_MATCHES
from normalizer.tables import Tables
from tests.tools.spinner import Habits
from tests.tools.spinners.frozen import known_spinner

WET = "It rained all day, and the ministers went home."


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return keep(tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize("records", [["It rained."], {"text": "It rained."}])
def test_what_is_no_record_is_told_of(records: Any) -> None:
    with pytest.raises(ArgumentError, match=r"records: expected records \(mappings\), found str '"):
        list(Repairer().repair_many(records))


# --- a kept run -----------------------------------------------------------------------------------------------


def test_records_of_the_scrape_are_repaired_as_the_run_did_in_any_company(kept):
    output, folder = kept
    wanted = {record["id"]: record for record in read_back(output)}
    repairer = Repairer.of(kept=folder)
    records = [record for record in scrape() if record["text"]]
    assert [wanted[record["id"]] for record in records] == list(repairer.repair_many(records))
    assert sum("normalizer" in record for record in wanted.values()) == 6
    for record in records[::-1][:4]:
        assert list(repairer.repair_many([record])) == [wanted[record["id"]]]


def test_a_later_article_finds_its_report_in_the_kept_run(kept):
    later = {**spun(), "id": "later", "url": "https://new.example/1"}
    later["text"] = "A first line of its own.\n\n" + later["text"]
    (outcome,) = Repairer.of(kept=kept[1]).outcomes([later])
    assert outcome.note is not None and outcome.note["references"][0] == clean_of(spun())["id"]
    assert not outcome.alone and outcome.spun > 0.9
    assert Repairer.of(kept=kept[1]).outcomes([{**later, "text": WET}])[0].note is None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: shutil.rmtree(folder), "expected the folder of a kept run"),
        (lambda folder: (folder / "run.sqlite").write_bytes(b"no database at all" * 99), "expected the state of a run"),
        (lambda folder: _forget(folder, "finished"), "found one that was broken off"),
    ],
)
def test_what_is_no_kept_run_is_told_of(kept, tmp_path, spoil, said):
    folder = shutil.copytree(kept[1], tmp_path / "kept")
    spoil(folder)
    with pytest.raises(CorpusError, match=said):
        Repairer.of(kept=folder).outcomes([spun()])


def _forget(folder: Path, fact: str) -> None:
    base = sqlite3.connect(folder / "run.sqlite")
    base.execute("delete from facts where name = ?", (fact,))
    base.commit()
    base.close()


# --- a story store --------------------------------------------------------------------------------------------


def test_what_was_remembered_is_found_later(tmp_path):
    repairer = Repairer.of(stories=tmp_path / "news.store", remember=True)
    first = repairer.outcomes([spun()])[0]
    assert first.alone and first.note is not None and first.note["references"] == []
    assert repairer.outcomes([clean_of(spun())])[0].note is None
    second = repairer.outcomes([spun()])[0]
    assert not second.alone and second.note["references"] == [clean_of(spun())["id"]]
    assert len(second.note["edits"]) >= len(first.note["edits"])
    with StoryStore(tmp_path / "news.store", writable=False) as store:
        assert len(store) == 2 and store.stats().spun == 1


def test_a_spun_record_is_alone_until_a_clean_report_is_found(tmp_path):
    original = clean_of(spun())["text"]
    copies = [spun(), {"id": "2", "text": known_spinner().spin(original, random.Random(9), Habits("a", 0.4)).text}]
    repairer = Repairer.of(stories=tmp_path / "news.store", remember=True)
    found = [repairer.outcomes([record])[0] for record in copies]
    assert [each.note[REFERENCES] for each in found] == [[], [spun()["id"]]]  # a spun copy helps, too
    assert [each.alone for each in found] == [True, True]
    repairer.outcomes([clean_of(spun())])
    assert not repairer.outcomes([copies[0]])[0].alone


def test_a_record_without_a_name_is_called_the_same_in_any_batch(tmp_path):
    notes = []
    for before in ([], [{"text": WET}]):
        repairer = Repairer.of(stories=tmp_path / f"{len(before)}.store", remember=True)
        repairer.outcomes([*before, {"text": clean_of(spun())["text"]}])
        notes.append(repairer.outcomes([{"text": spun()["text"]}])[0].note)
    assert notes[0] == notes[1] and len(notes[0][REFERENCES]) == 1


def test_what_is_closed_is_one_file_and_can_be_asked_again(tmp_path):
    repairer = Repairer.of(stories=tmp_path / "news.store", remember=True)
    for _ in range(2):
        assert not repairer.outcomes([clean_of(spun())])[0].alone
        assert repairer.outcomes([spun()])[0].note[REFERENCES] == [clean_of(spun())["id"]]
        repairer.close()
        assert [path.name for path in tmp_path.iterdir()] == ["news.store"]
    repairer.close()  # there is nothing to close


# --- without stories ------------------------------------------------------------------------------------------


def test_alone_a_record_is_repaired_as_its_text_is():
    tool = Normalizer(tables=Tables.load())
    record, clean = spun(), clean_of(spun())["text"]
    for references in ([], [clean]):
        wanted = tool.repair(record["text"], references)
        (got,) = Repairer.of(references="clean").repair_many([{**record, "clean": references}])
        assert got["text"] == wanted.text != record["text"]
        assert len(got["normalizer"]["edits"]) == len(wanted.edits)
    (one,) = Repairer.of(references="clean").repair_many([{**record, "clean": clean}])
    assert one["text"] == got["text"]


def test_other_fields_and_the_record_itself_stay_as_they_are():
    record = {"a": {"text": spun()["text"], "n": 1}, "id": 7, "b": [1.50]}
    before = copy.deepcopy(record)
    (got,) = Repairer.of(text="a.text").repair_many([record])
    assert record == before
    assert got["a"]["text"] != before["a"]["text"] and got["a"]["n"] == 1 and got["b"] == [1.50]
    plan = {key: value for key, value in got["normalizer"].items() if key != "references"}
    assert Plan.from_json(json.dumps(plan)).revert(got["a"]["text"]) == before["a"]["text"]


def test_markup_of_a_field_stays():
    record = {"text": "<div><p>" + spun()["text"].replace("\n\n", "</p>\n<p class='x'>") + "</p></div>"}
    (got,) = Repairer().repair_many([record])
    assert got["text"] != record["text"]
    assert got["text"].count("<p class='x'>") == record["text"].count("<p class='x'>")


@pytest.mark.parametrize("value", [None, 5, float("nan"), ["a"], {"text": "a"}, b"bytes", True])
def test_what_is_no_text_passes_as_it_is_and_is_told(value):
    record = {"id": 1, "text": value}
    (outcome,) = Repairer().outcomes([record])
    assert outcome.spun is None and outcome.note is None and "expected" in outcome.reason
    assert outcome.counts() == dict.fromkeys(outcome.counts(), 0) | {"unread": 1}
    (got,) = Repairer().repair_many([record])
    assert got["text"] is value and list(got) == ["id", "text"]


def test_an_article_over_the_limit_passes_unread():
    (outcome,) = Repairer.of(longest=20).outcomes([{"text": WET}])
    assert outcome.spun is None and "found 47" in outcome.reason


def test_counts_of_a_repair():
    counts = Repairer().outcomes([spun()])[0].counts()
    assert counts["read"] == counts["spun"] == counts["repaired"] == 1
    assert counts["edits"] > 20 and counts["referenced"] == counts["unread"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stories": "a", "kept": "b"}, "found stories and kept"),
        ({"references": "a", "kept": "b"}, "found references and kept"),
        ({"remember": True}, "expected a story store"),
    ],
)
def test_options_that_do_not_go_together_are_told_of(options, said):
    with pytest.raises(InputError, match=said):
        Repairer.of(**options)


def test_it_is_cheap_to_copy_and_pickle():
    repairer = Repairer.of(lexicons="a.tsv", stories=Path("b"), text="body")
    assert repairer.files.lexicons == (Path("a.tsv"),) and repairer.fields.text == "body"
    list(Repairer().repair_many([{"text": WET}]))
    assert copy.deepcopy(repairer) == pickle.loads(pickle.dumps(repairer)) == repairer
    assert len(pickle.dumps(repairer)) < 2000


@given(st.lists(st.text(max_size=30), max_size=40), st.integers(1, 9), st.integers(1, 60))
def test_batches_hold_all_records_in_order_and_are_bounded(texts, most, size):
    records = [{"text": text} for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RECORDS", most)
        patch.setattr(module, "CHARACTERS", size)
        batches = list(Repairer().batches(iter(records)))
    assert [record for batch in batches for record in batch] == records
    for batch in batches:
        assert 1 <= len(batch) <= most
        assert sum(len(record["text"]) for record in batch[:-1]) < size


def test_the_example_of_plain_python_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    (tmp_path / "scrape.jsonl").write_text(json.dumps({"id": 1, "text": SPUN}) + "\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    exec(examples_of("json")[0])
    record = json.loads(capsys.readouterr().out)
    assert record == repaired(SPUN) | {"id": 1}


# --- shuffles -------------------------------------------------------------------------------------------------


@st.composite
def articles(draw: st.DrawFn) -> list[Keyed]:
    keys = [f"k{number}" for number in range(draw(st.integers(1, 12)))]
    holding = draw(st.lists(st.lists(st.sampled_from(keys), unique=True, max_size=8), min_size=1, max_size=25))
    return [
        Keyed(Story.of(f"text {number}", str(number), spun=draw(st.sampled_from([0.0, 0.9]))), own)
        for number, own in enumerate(holding)
    ]


@given(articles(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_shuffles_find_what_the_store_finds_in_any_order(tmp_path_factory, stored, rng):
    pytest.importorskip("pyarrow")
    with StoryStore(tmp_path_factory.mktemp("store") / "news.store") as store:
        store.add(stored)
        found = _shuffled(stored, rng)
        for story, keys in stored:
            holders = {key: count - 1 for key, count in store.holders(keys).items() if count > 1}
            matches = store.search(asked_keys(holders), MOST_MATCHES)
            wanted = [(match.digest, match.spun) for match in matches if match.digest != story.digest]
            assert found.get(story.digest, []) == wanted


def _shuffled(stored: list[Keyed], rng: Any) -> dict[str, list[tuple[str, float]]]:
    import pyarrow as pa

    from normalizer.engines import shuffling

    rows = [
        {"key": key, "article": story.digest, "keys": len(keys), "spun": story.spun}
        for story, keys in stored
        for key in keys
    ]
    rng.shuffle(rows)
    counted = shuffling.count_holders(pa.Table.from_pylist(rows, shuffling.POSTINGS))
    counted = counted.filter(counted["article"].is_valid())
    average = sum(len(keys) for _, keys in stored) / len(stored)
    ranked = shuffling.rank_matches(shuffling.match_holders(shuffling.choose_keys(counted), len(stored), average))
    return {row["article"]: list(zip(row["others"], row["spun"], strict=True)) for row in ranked.to_pylist()}


def test_a_finder_finds_the_same_among_what_was_gathered(tmp_path):
    from normalizer.engines.gathered import Gathered

    tables = Tables.load()
    worths = Worths(tables)
    stored = [keyed(Story.of(record["text"], record["id"]), worths) for record in scrape() if record["text"]]
    with StoryStore(tmp_path / "news.store") as store:
        store.add(stored)
        gathered = Gathered(len(stored), store.holders({key for _, keys in stored for key in keys}))
        for story, _ in stored:
            wanted = Finder(store, tables, worths).find(story)
            gathered.lay([other for other, _ in stored if other.digest != story.digest])
            assert Finder(gathered, tables, worths).find(story) == wanted != []


# --- what goes from process to process ------------------------------------------------------------------------


@given(
    st.text(),
    st.text(max_size=5),
    st.none() | st.dates(),
    st.floats(0, 1),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))),
)
def test_values_come_back_from_json_as_they_were(text, name, day, share, spans):
    pytest.importorskip("pyarrow")
    from normalizer.engines import exchanged

    story = Story.of(text, name, day, name, share)
    assert exchanged.story_of(exchanged.packed_story(story)) == story
    seen = Seen(story.digest, str(day or ""), name, name, 3, share, (share, -share), share, tuple(spans), True)
    task = Repairing(seen, Prior(share, (share, 1.0)), (name, text), True, True)
    assert exchanged.repairing_of(exchanged.packed_repairing(task)) == task
    compared = Compared(story.digest, (name,), name, True, True, ((name, text),), [text])
    assert exchanged.compared_of(exchanged.packed_compared(compared)) == compared
    surveyed = Surveyed(name, 3, story.digest, text, True, seen, None, {"edits": [share]})
    assert exchanged.fact_of(exchanged.packed_fact(surveyed._replace(keyed=keyed_by(story)))) == surveyed


def keyed_by(story: Story) -> Keyed:
    return Keyed(story, ["key"])
