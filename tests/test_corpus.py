"""A whole scrape at once: what comes out, and that neither workers, order nor an interruption change it."""

import gzip
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from rapidfuzz.distance import Levenshtein
from strategies import STORY_NAMES, environment, seed, story

from normalizer import cli
from normalizer.corpus import comparing, tasks
from normalizer.corpus.comparing import Comparison, compare, swapped_words
from normalizer.corpus.kept import repairing
from normalizer.corpus.progress import Silent
from normalizer.corpus.restoring import NOTE, restorations, restored
from normalizer.corpus.running import Options, _to_repair, run
from normalizer.corpus.state import Compared, Seen, Site, State
from normalizer.corpus.teaching import TOLD, note_sites, suspects, told_by_sites
from normalizer.corpus.workers import Workers
from normalizer.edits import Edit, apply_edits
from normalizer.errors import CorpusError
from normalizer.lexicon import Entry
from normalizer.lexicon.files import families_and_kind, format_file, read_entries
from normalizer.plans import Plan
from normalizer.reading import Job, Prior
from normalizer.references import prepare
from normalizer.repairing import Normalizer, Repair, Settings
from normalizer.stories import Story, StoryStore, keyed
from normalizer.table_files import SHIPPED
from normalizer.tables import Tables
from normalizer.verdicts import Verdict
from tests.tools.spinner import Habits
from tests.tools.spinners.frozen import known_spinner, unknown_spinners

NAMES = STORY_NAMES[:5]


@cache
def tables() -> Tables:
    return Tables.load()


@cache
def scrape() -> tuple[dict[str, Any], ...]:
    """Stories, each with its original, two reports, and copies by a known and an unknown spinner; and the seeds."""
    known, unknown = known_spinner(), unknown_spinners()[0]
    records: list[dict[str, Any]] = []

    def add(id_: str, text: str, site: str, day: int) -> None:
        records.append(
            {"id": id_, "url": f"https://{site}/{id_}", "date": f"2026-03-{day:02}", "text": text, "n": 1.50}
        )

    for number, name in enumerate(NAMES):
        original = story(name, "original")
        add(f"{name}-0", original, "gazette.example", 1 + number)
        add(f"{name}-1", story(name, "report1"), "courier.example", 1 + number)
        add(f"{name}-2", story(name, "report2"), "herald.example", 2 + number)
        add(
            f"{name}-a",
            known.spin(original, random.Random(number), Habits("a", 0.4)).text,
            "copies.example",
            2 + number,
        )
        add(f"{name}-u", unknown.spin(original, random.Random(number), 0.4).text, "others.example", 3 + number)
    for number in ("000", "002"):
        add(f"seed{number}", seed(number), "real.example", 20)
    return tuple(records)


def written(path: Path, records: Sequence[Any]) -> Path:
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0) if path.suffix == ".gz" else lines.encode())
    return path


def read_back(path: Path) -> dict[str, Any]:
    return {record["id"]: record for record in map(json.loads, path.read_text("utf-8").splitlines())}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scrape with its output, rejects and what it has taught."""
    folder = tmp_path_factory.mktemp("corpus")
    source = written(folder / "in.jsonl", scrape())
    with source.open("ab") as file:
        file.write(b'{"id": 1, "text": "cut sho\n{"id": "no text"}\n')
    run(
        Options(
            (source,), folder / "out.jsonl", learn=folder / "any_x.tsv", rejects=folder / "rejects.jsonl",
            report=folder / "report.json", html=folder / "pages",
        )
    )  # fmt: skip
    return folder


# --- what comes out -------------------------------------------------------------------------------------------


def test_clean_records_pass_byte_for_byte_and_spun_ones_are_repaired(done):
    before, after = (done / "in.jsonl").read_bytes().splitlines(), (done / "out.jsonl").read_bytes().splitlines()
    assert len(after) == len(scrape())
    for record, old, new in zip(scrape(), before, after, strict=False):
        out = json.loads(new)
        if record["id"].endswith(("-0", "-1", "-2", "seed002")):
            assert old == new
        else:
            note = out.pop("normalizer")
            assert out["text"] != record["text"]
            assert {**out, "text": 0} == {**record, "text": 0} and list(out) == list(record)
            plan = Plan.from_json(json.dumps({key: note[key] for key in note if key != "references"}))
            assert plan.apply(record["text"]) == out["text"]
            assert plan.revert(out["text"]) == record["text"]
            assert note["verdict"]["spun"] > 0.5


def test_references_are_reports_of_the_story_and_the_original_comes_first(done):
    for id_, record in read_back(done / "out.jsonl").items():
        references = record.get("normalizer", {}).get("references", [])
        if id_ == "seed000":
            assert references == ["seed002"]  # another report of that day
        elif id_.endswith(("-a", "-u")):
            assert references[0] == f"{id_[:-2]}-0"
            assert {each[:-2] for each in references} == {id_[:-2]}
            assert not any(each.endswith(("-a", "-u")) for each in references)
        else:
            assert references == []


def test_a_copy_whose_original_is_in_the_scrape_is_nearly_restored_whoever_spun_it(done):
    out = read_back(done / "out.jsonl")
    alone = Normalizer(tables=tables())
    for name in NAMES:
        original = story(name, "original").split()
        for kind in "au":
            before = next(record["text"] for record in scrape() if record["id"] == f"{name}-{kind}")
            after = out[f"{name}-{kind}"]["text"]
            texts = before, alone.repair(before).text, after
            wrong = [sum(op.tag != "equal" for op in Levenshtein.opcodes(text.split(), original)) for text in texts]
            assert wrong[2] < 0.5 * wrong[0] and wrong[2] <= wrong[1]
    made = [edit for record in out.values() for edit in record.get("normalizer", {"edits": []})["edits"]]
    assert any(edit.get("evidence", {}).get("note") == NOTE for edit in made)


def test_rejects_are_listed_with_place_and_reason(done):
    rejects = [json.loads(line) for line in (done / "rejects.jsonl").read_text("utf-8").splitlines()]
    places = [(each["file"], each["number"]) for each in rejects]
    assert places == [("in.jsonl", len(scrape()) + 1), ("in.jsonl", len(scrape()) + 2)]
    assert "expected" in rejects[0]["reason"] and "text" in rejects[1]["reason"]


def test_the_report_counts_what_was_done(done):
    report = json.loads((done / "report.json").read_text("utf-8"))
    notes = [record["normalizer"] for record in read_back(done / "out.jsonl").values() if "normalizer" in record]
    assert report["records"] == len(scrape()) + 2 and report["rejected"] == 2
    assert report["articles"] == len(scrape())
    assert report["repaired"] == len(notes) == 2 * len(NAMES) + 1
    assert report["edits"] == sum(len(note["edits"]) for note in notes)
    assert report["referenced"] == len(notes)
    assert sum(report["families"].values()) == sum(report["sites"].values()) == len(notes)


def test_what_is_learnt_is_a_lexicon_with_provenance_for_any_family(done):
    path = done / "any_x.tsv"
    entries = list(read_entries(path))
    report = json.loads((done / "report.json").read_text("utf-8"))
    assert report["learnt"] == len(path.read_text("utf-8").splitlines()) - 1 > 0
    assert len(entries) == 3 * report["learnt"]
    assert {entry.family for entry in entries} == {"a", "b", "t"}
    ids = {record["id"] for record in scrape()}
    for entry in entries:
        assert len(entry.sources) >= 2
        assert {source.removeprefix("C:") for source in entry.sources} <= ids
    texts = {record["id"]: record["text"].lower() for record in scrape()}
    fixed = [entry for entry in entries if not entry.pos]
    assert fixed
    for entry in fixed:
        for source in (source.removeprefix("C:") for source in entry.sources):
            assert entry.spun in texts[source] and entry.original.lower() in texts[f"{source[:-2]}-0"]


def test_pages_are_written_and_linked(done):
    index = (done / "pages" / "index.html").read_text("utf-8")
    pages = sorted(path.name for path in (done / "pages" / "articles").iterdir())
    assert len(pages) == 2 * len(NAMES) + 1
    assert all(f'href="articles/{name}"' in index for name in pages)
    assert "copies.example" in index


def test_the_state_is_gone_when_all_is_written(done):
    assert not (done / "out.jsonl.state").exists()


# --- the same bytes -------------------------------------------------------------------------------------------


def test_two_workers_and_another_order_give_the_same_records(done, tmp_path):
    records = list(scrape())
    random.Random(3).shuffle(records)
    source = written(tmp_path / "in.jsonl", records)
    run(Options((source,), tmp_path / "out.jsonl", workers=2))
    ours = sorted((done / "out.jsonl").read_bytes().splitlines())
    assert sorted((tmp_path / "out.jsonl").read_bytes().splitlines()) == ours


class Breaking(Silent):
    """Breaks a run off at the given moment."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def advance(self, done: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def end(self) -> None:
        self.advance(0)


def test_a_run_that_is_broken_off_anywhere_goes_on_to_the_same_bytes(done, tmp_path, monkeypatch):
    monkeypatch.setattr("normalizer.corpus.running.RECORDS", 10)
    read: list[str] = []

    def survey(shop: tasks.Shop, task: tasks.Surveying) -> list[tasks.Surveyed]:
        found = real(shop, task)
        read.extend(each.digest for each in found)
        return found

    real = tasks.survey
    monkeypatch.setattr("normalizer.corpus.tasks.survey", survey)
    source = written(tmp_path / "in.jsonl", scrape())
    breaks = 0
    for moment in range(1, 40):
        try:
            run(Options((source,), tmp_path / "out.jsonl"), Breaking(moment))
            break
        except KeyboardInterrupt:
            breaks += 1
    assert breaks > 2
    assert len(read) == len(set(read)) == len(scrape())  # what was done is not done again
    assert (tmp_path / "out.jsonl").read_bytes() == (done / "out.jsonl").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(done, tmp_path):
    source = written(tmp_path / "in.jsonl", scrape())
    command = [sys.executable, "-m", "normalizer", "corpus", str(source), "-o", str(tmp_path / "out.jsonl"), "-n", "2"]
    for wanted in ("articles", "compared", "suspects", "repairs"):
        with subprocess.Popen(command, env=environment(), start_new_session=True, stderr=subprocess.DEVNULL) as process:
            state = tmp_path / "out.jsonl.state" / "run.sqlite"
            while process.poll() is None and not _has_rows(state, wanted):
                time.sleep(0.02)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    subprocess.run(command, env=environment(), check=True, stderr=subprocess.DEVNULL)
    assert (tmp_path / "out.jsonl").read_bytes() == (done / "out.jsonl").read_bytes()
    assert not (tmp_path / "out.jsonl.state").exists()


def _has_rows(path: Path, table: str) -> bool:
    import sqlite3

    if not path.exists():
        return False
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        try:
            return bool(base.execute(f"select count(*) from {table}").fetchone()[0])
        except sqlite3.Error:
            return False


# --- options --------------------------------------------------------------------------------------------------


def corpus(*arguments: object) -> Any:
    return CliRunner().invoke(cli.main, ["corpus", *map(str, arguments)])


def test_the_command_says_why_records_were_rejected(tmp_path):
    source = written(tmp_path / "in.jsonl", [{"article": "It rained."}, {"article": "It snowed."}])
    result = corpus(source, "-o", tmp_path / "out.jsonl", "-n", 1)
    assert result.exit_code == 2, result.output
    told = "normalizer: expected records that can be read, found none among 2; the first rejected: in.jsonl, record 1: "
    assert told + "expected a field text or body or content" in result.output
    result = corpus(source, "-o", tmp_path / "other.jsonl", "-n", 1, "--field", "article")
    assert "2 records, 0 rejected" in result.output and "the first" not in result.output


def test_the_command_repairs_and_says_so(tmp_path):
    source = written(tmp_path / "in.jsonl.gz", scrape()[:5])
    result = corpus(source, "-o", tmp_path / "out.jsonl.gz", "-n", 1)
    assert result.exit_code == 0, result.output
    assert "5 records, 0 rejected" in result.output and "2 repaired" in result.output
    lines = gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).splitlines()
    assert ["normalizer" in json.loads(line) for line in lines] == [False, False, False, True, True]


def test_only_spun_and_dry_run_and_no_teach(tmp_path):
    source = written(tmp_path / "in.jsonl", scrape()[:5])
    assert corpus(source, "-o", tmp_path / "spun.jsonl", "--only-spun", "--no-teach", "-n", 1, "-q").output == ""
    assert [record[-1] for record in read_back(tmp_path / "spun.jsonl")] == ["a", "u"]
    before = sorted(tmp_path.iterdir())
    result = corpus(source, "--dry-run", "-n", 1)
    assert result.exit_code == 0 and "2 repaired" in result.output
    assert sorted(tmp_path.iterdir()) == before


def test_residue_of_clean_articles_goes_only_when_asked(tmp_path):
    text = story(NAMES[0], "original") + "\n[ad_2]\nSource link\n"
    source = written(tmp_path / "in.jsonl", [{"id": "x", "text": text}])
    assert corpus(source, "-o", tmp_path / "kept.jsonl", "-n", 1).exit_code == 0
    assert corpus(source, "-o", tmp_path / "dropped.jsonl", "-n", 1, "--drop-residue").exit_code == 0
    assert (tmp_path / "kept.jsonl").read_bytes() == source.read_bytes()
    assert read_back(tmp_path / "dropped.jsonl")["x"]["text"].strip() == story(NAMES[0], "original").strip()


def test_residue_of_a_spun_article_does_not_keep_it_from_being_repaired(state):
    state.add_repair("d", {"edits": []})
    state.suspect("d", Prior(1.0, (1.0,)))
    assert list(state.unrepaired()) == ["d"]


def test_an_article_over_the_limit_is_passed_on_and_told(tmp_path):
    source = written(tmp_path / "in.jsonl", [scrape()[3], {"id": "short", "text": "It rained."}])
    result = corpus(source, "-o", tmp_path / "out.jsonl", "-n", 1, "--longest", 100, "--rejects", tmp_path / "r.jsonl")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.jsonl").read_bytes() == source.read_bytes()
    assert "--longest" in (tmp_path / "r.jsonl").read_text("utf-8")


def test_strict_stops_at_a_bad_record(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "It rained."}\n{"text": 3}\n', "utf-8")
    result = corpus(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "-n", 1, "--strict")
    assert result.exit_code == 2 and "in.jsonl: record 2: expected text" in result.output
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(("line", "code"), [('{"text": 3}', 2), ('{"text": "It rained."}', 0)])
def test_a_scrape_of_which_nothing_can_be_read_is_an_error(tmp_path, line, code):
    (tmp_path / "in.jsonl").write_text(f'{{"text": 4}}\n{line}\n', "utf-8")
    result = corpus(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "-n", 1, "--quiet")
    assert result.exit_code == code, result.output
    assert ("in.jsonl, record 1: expected" in result.output) == (code == 2)


@pytest.mark.parametrize("arguments", [[], ["-o", "out.jsonl", "--dry-run"]])
def test_an_output_or_a_dry_run_is_needed(tmp_path, arguments):
    source = written(tmp_path / "in.jsonl", scrape()[:1])
    result = corpus(source, *arguments)
    assert result.exit_code == 2 and "--dry-run" in result.output


def test_another_run_is_begun_anew_and_says_so(tmp_path):
    source = written(tmp_path / "in.jsonl", scrape()[:2])
    with pytest.raises(KeyboardInterrupt):
        run(Options((source,), tmp_path / "out.jsonl"), Breaking(1))
    written(source, scrape()[:4])
    result = corpus(source, "-o", tmp_path / "out.jsonl", "-n", 1)
    assert result.exit_code == 0 and "begun anew" in result.output
    assert len(read_back(tmp_path / "out.jsonl")) == 4


def test_last_weeks_report_is_found_in_the_store(tmp_path):
    store = tmp_path / "news.store"
    first = written(tmp_path / "first.jsonl", scrape()[:1])
    second = written(tmp_path / "second.jsonl", scrape()[3:4])
    for source in (first, second):
        assert corpus(source, "-o", tmp_path / f"out-{source.name}", "-n", 1, "--stories", store).exit_code == 0
    (record,) = read_back(tmp_path / "out-second.jsonl").values()
    assert record["normalizer"]["references"] == [scrape()[0]["id"]]
    assert store.exists()


# --- comparing ------------------------------------------------------------------------------------------------


def test_a_spun_copy_is_told_from_its_original_and_not_the_other_way_round():
    for record in scrape():
        if record["id"].endswith(("-a", "-u")):
            original = story(record["id"][:-2], "original")
            assert compare(record["text"], original, tables()).spun
            assert not compare(original, record["text"], tables()).spun


def test_reports_of_a_story_are_no_spun_copies_of_each_other():
    for name in STORY_NAMES:
        texts = [story(name, which) for which in ("original", "report1", "report2", "other")]
        assert not any(compare(one, two, tables()).spun for one in texts for two in texts)


def test_a_text_is_equal_to_itself_and_has_nothing_in_common_with_another():
    text = story(NAMES[0], "original")
    assert compare(text, text, tables()) == Comparison(1.0, 0, 0.0, 0.0)
    assert compare("", text, tables()) == Comparison(0.0, 0, 0.0, 0.0)
    assert compare("Wholly other.", "", tables()).equal == 0.0


def test_names_and_numbers_that_differ_are_no_swaps():
    line = "In {} more than {} people said that the war in the east of the country was at an end for good."
    found = compare(line.format("Paris", "40"), line.format("London", "60"), tables())
    assert (found.swaps, found.share) == (0, 0.0)


def test_the_style_of_an_outlet_is_no_spinners_hand():
    """Spelling is none, and a wording that an outlet has throughout is one sign, not many."""
    text = story(NAMES[1], "original")
    line = (
        "\nThe programme recognised a rise of {n} {unit} in that year, {verb} the bank in its labour survey number {n}."
    )
    british, american = (
        text + "".join(line.format(n=n, unit=unit, verb=verb) for n in range(30, 60))
        for unit, verb in (("per cent", "stated"), ("percent", "said"))
    )
    american = american.replace("programme recognised", "program recognized").replace("labour", "labor")
    found = compare(british, american, tables())
    assert found.swaps == 1 and not found.spun
    assert not compare(american, british, tables()).spun


def test_a_few_odd_words_of_an_outlet_are_no_spinners_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """However unlikely each may be: of the shortened version of a report three words may fit badly."""
    report = (
        "The council said on Monday that the new school would be built next to the old one. "
        "Most parents who came to the meeting told the mayor that they were glad. "
        "The money will come from the state, and the work will begin in the spring of next year."
    )
    odd = report.replace("parents", "yearlings").replace("spring", "sprocket").replace("money", "turpitude")
    assert not compare(odd, report, tables()).spun
    monkeypatch.setattr(comparing, "LEAST_SWAPS", 3)
    assert compare(odd, report, tables()).spun


# --- restoring ------------------------------------------------------------------------------------------------

ORIGINAL = """The strong winds hurled beetles into boats, and the crew slept below.
Many {who} stayed at home all {span}.
On Monday {name} said that {count} {state} people would {no}come back to the small harbour by the end of May.
"""
FACTS = {"who": "sailors", "span": "week", "name": "Anna Marsh", "count": "five", "state": "young", "no": ""}


def left(text: str, **facts: str) -> dict[str, str]:
    """Return what stands in *text* and what its original has, where that is restored."""
    original = prepare(ORIGINAL.format(**(FACTS | facts)))
    return {edit.before: edit.after for edit in restorations(text, original, ())}


def test_words_of_the_original_are_restored_that_no_lexicon_knows():
    spun = ORIGINAL.format(**FACTS).replace("hurled beetles", "chucked hammerheads").replace("Many", "Umpteen")
    assert left(spun.replace("small harbour", "wee anchorage spot")) == {
        "chucked hammerheads": "hurled beetles",
        "Umpteen": "Many",
        "wee anchorage spot": "small harbour",
    }
    assert left(spun.replace("come back to the small harbour", "reappear")) == {  # so much is rewriting
        "chucked hammerheads": "hurled beetles",
        "Umpteen": "Many",
    }
    assert left(ORIGINAL.format(**FACTS)) == {}


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "Berta Marsh"},
        {"count": "seven"},
        {"no": "not "},
        {"name": "she"},
        {"count": "most"},
        {"who": "Danes"},
        {"span": "month"},
    ],
)
def test_a_fact_that_the_original_has_otherwise_is_not_taken_over(facts):
    assert left(ORIGINAL.format(**FACTS), **facts) == {}


def test_what_must_stay_is_not_restored():
    text = ORIGINAL.format(**FACTS).replace("winds", "currents")
    original, at = prepare(ORIGINAL.format(**FACTS)), text.index("currents")
    assert [edit.start for edit in restorations(text, original, ())] == [at]
    assert restorations(text, original, ((at + 2, at + 4),)) == []
    made = Edit(0, 3, "The", "Those", "lexical")
    repair = Repair(text, apply_edits(text, [made]), (made,), Verdict(1.0, None, 0.0))
    assert restored(repair, original.text, ((at, at + 1),)).text == repair.text.replace("Those", "The")
    assert restored(repair, original.text, ()).text == original.text


class Shelf:
    """A story store that holds one text under any digest."""

    def __init__(self, text: str) -> None:
        self.text = text

    def story(self, digest: str) -> Story:
        return Story.of(self.text, digest)


def to_repair(state: State, text: str = "") -> list[tasks.Repairing]:
    return list(_to_repair(state, cast(StoryStore, Shelf(text))))


def test_a_suspect_is_no_original(state):
    for digest in "xyz":
        state.add_article(seen(digest, "", 0.9))
    state.suspect("x", Prior(1.0, (1.0,)))
    state.add_compared(Compared("x", ("z", "y"), "y", True, True))
    assert repairing(state, "x")[2:4] == (("y", "z"), True)
    state.suspect("y", Prior(1.0, (1.0,)))
    assert repairing(state, "x")[2:4] == (("z",), False)
    state.add_compared(Compared("x", ("z", "y"), "z", True, False))
    assert repairing(state, "x")[2:4] == (("z",), False)


def test_a_text_that_is_spun_itself_is_no_original():
    """Beside another copy of its original, too, a copy looks spun; but that writes oddly in places of its own."""
    heavy, light = known_spinner(), unknown_spinners()[0]
    for number, name in enumerate(NAMES):
        original = story(name, "original")
        copy = heavy.spin(original, random.Random(number), Habits("a", 0.5)).text
        other = light.spin(original, random.Random(number), 0.3).text
        assert compare(copy, original, tables()).restored
        assert not compare(copy, other, tables()).restored


# --- teaching -------------------------------------------------------------------------------------------------


def seen(digest: str, site: str, spun: float, evidence: float = 0.0) -> Seen:
    families = (0.0, evidence, 0.0, 0.0, 0.0)[: len(Site().evidence)]
    return Seen(digest, "2026-03-01", digest, site, 100, spun, families, abs(evidence))


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "run.sqlite")
    yield state
    state.close()


def test_articles_of_a_spinners_site_are_read_with_that_in_mind_and_others_only_if_they_are_spun(state):
    for number in range(6):
        state.add_article(seen(f"s{number}", "spinner", 0.9 if number else 0.1, 9.0))
        state.add_article(seen(f"c{number}", "clean", 0.0 if number else 0.9))
        state.add_article(seen(f"n{number}", "", 0.0))
    state.add_article(seen("x", "clean", 0.1))
    state.add_compared(Compared("x", ("y",), "y", True))
    note_sites(state)
    found = {digest: suspect.prior for digest, suspect in suspects(state)}
    assert sorted(found) == ["c0", *(f"s{number}" for number in range(6)), "x"]
    assert found["s0"].spun > 0.5 > found["c0"].spun
    assert found["x"].spun == 1.0
    assert max(range(len(found["s0"].families)), key=lambda k: found["s0"].families[k]) == 1


def test_a_spinner_whose_swaps_suit_a_family_is_known(state):
    for site, nats in (("known", -1.2), ("unknown", -2.5)):
        for digest, count in (("1", 9), ("2", 60)):
            rest = [-7.0 * count] * (len(Site().evidence) - 1)
            shown = seen(site + digest, site, 0.9)._replace(evidence=(nats * count, *rest), expected=count)
            state.add_article(shown)
    state.add_article(seen("nothing", "", 0.9))
    note_sites(state)
    found = {digest: suspect.known for digest, suspect in suspects(state)}
    assert found == {"known1": True, "known2": True, "unknown1": False, "unknown2": False, "nothing": False}
    state.suspect("known1", Prior(1.0, (1.0,)), known=True)
    state.suspect("unknown1", Prior(1.0, (1.0,)))
    assert [(task.seen.digest, task.known) for task in to_repair(state)] == [("known1", True), ("unknown1", False)]


def test_the_lexicon_of_a_scrape_is_for_unknown_spinners(tmp_path, state):
    text = next(record["text"] for record in scrape() if record["id"].endswith("-a"))
    odd = text + "\nThe soldiers crossed the hammerhead before dawn, and nobody on the other side woke up.\n"
    learnt = tmp_path / "any_scrape.tsv"
    entry = Entry("hammerhead", "river", count=9, sources=("x", "y"))
    learnt.write_text(format_file([entry]), "utf-8")
    with StoryStore(tmp_path / "stories.sqlite") as store:
        shop = tasks.Shop(SHIPPED, Settings(), tmp_path / "stories.sqlite", None, [learnt])
        store.add([keyed(Story.of(odd, "x"), shop.worths)])
        digest = Story.of(odd, "x").digest
    prior = Prior(1.0, (1.0, *[0.0] * (len(Site().evidence) - 1)))
    for known in (True, False):
        task = tasks.Repairing(seen(digest, "", 0.9), prior, (), False, known)
        ((_, note),) = tasks.repair_all(shop, [task])
        assert note is not None
        assert any(edit["before"] == "hammerhead" for edit in note["edits"]) is not known


def test_the_swaps_of_a_copy_are_read_off_its_original_word_by_word():
    spun = "He purchased a huge vessel for Anna, which everybody in the town saw at once yesterday."
    original = "He bought a big ship for Berta, which everyone in town saw yesterday."
    assert swapped_words(spun, original) == (
        [("everybody", "everyone"), ("huge", "big"), ("purchased", "bought"), ("vessel", "ship")],
        ["saw", "town", "yesterday"],
    )


def test_copies_of_a_site_tell_what_its_spinner_writes_for_what(state):
    found: dict[str, Sequence[tuple[str, str]]] = {"a": [("aid", "help")], "b": [("aid", "help"), ("aid", "aids")]}
    for digest in "abcd":
        state.add_article(seen(digest, "site" if digest < "d" else "", 0.9))
        state.suspect(digest, Prior(1.0, (1.0,)))
        swaps = found.get(digest, [("aid", "rescue")])
        state.add_compared(
            Compared(digest, (), "a" if digest == "c" else "clean", True, True, swaps, ("aid",)[: digest == "b"])
        )
    for site, swaps in told_by_sites(state):
        state.tell(site, swaps)
    once, twice = TOLD + math.log(1.5 / 1.5), TOLD + math.log(2.5 / 1.5)
    assert state.told("site", ["x", "aid", "aid"]) == {("aid", "help"): twice, ("aid", "aids"): once}
    assert state.told("site", ["x"]) == state.told("other", ["aid"]) == {}
    priors = {task.seen.digest: task.prior.swaps for task in to_repair(state, "Aid came.")}
    assert priors["c"] == {("aid", "help"): twice, ("aid", "aids"): once}
    assert priors["a"] == priors["d"] == {}  # the one is restored, of the other no site is known


def test_what_a_page_is_told_of_its_spinner_decides_between_wordings():
    text = next(record["text"] for record in scrape() if record["id"].endswith("-u"))
    tool, families = Normalizer(tables=tables()), (1.0, *[0.0] * (len(Site().evidence) - 1))

    def edits(text: str, swaps: dict[tuple[str, str], float]) -> dict[str, str]:
        repair = next(tool.repair_many([Job(text, prior=Prior(1.0, families, swaps))]))
        return {edit.before: edit.after for edit in repair.edits}

    odd = text + "\nThe soldiers crossed the hammerhead before dawn, and nobody on the other side woke up.\n"
    assert "hammerhead" not in edits(odd, {})
    assert edits(odd, {("hammerhead", "river"): 9.0})["hammerhead"] == "river"
    alone = next(tool.repair_many([Job(text, prior=Prior(1.0, families))])).edits
    doubtful = {(edit.before, edit.after): -20.0 for edit in alone if edit.kind == "synonym"}
    assert doubtful and not doubtful.keys() & edits(text, doubtful).items()


def test_a_prior_decides_where_the_text_alone_leaves_a_doubt():
    text = next(record["text"] for record in scrape() if record["id"].endswith("-a")).split("\n")[0]
    tool, families = Normalizer(tables=tables()), (1.0, *[0.0] * (len(Site().evidence) - 1))
    low, high = (next(tool.repair_many([Job(text, prior=Prior(spun, families))])).verdict.spun for spun in (0.01, 0.99))
    assert low < high


def test_of_one_text_the_earliest_record_stands_for_all_in_any_order(state):
    records = [
        seen("d", "b", 0.5)._replace(day="", id="0"),
        seen("d", "a", 0.5)._replace(day="2026-01-02", id="2"),
        seen("d", "c", 0.5)._replace(day="2026-01-01", id="3"),
        seen("d", "c", 0.5)._replace(day="2026-01-01", id="1"),
    ]
    for order in range(24):
        mixed = random.Random(order).sample(records, 4)
        for each in mixed:
            state.add_article(each)
        assert state.article("d")[1:4] == ("2026-01-01", "1", "c")


def test_a_file_for_any_family_holds_entries_of_all_news_spinners(tmp_path):
    assert families_and_kind(Path("any_site.tsv")) == (("a", "b", "t"), "lexical")
    assert families_and_kind(Path("b_names.tsv")) == (("b",), "name")


# --- workers --------------------------------------------------------------------------------------------------


def furnish(value: int) -> int:
    return value


def times(shop: int, task: int) -> int:
    return shop * task


def die(shop: int, task: int) -> int:
    os._exit(1)


@pytest.mark.parametrize("count", [1, 2])
def test_results_come_in_the_order_of_their_tasks(count):
    with Workers(count, furnish, 3) as workers:
        assert list(workers.map(times, range(20))) == [3 * task for task in range(20)]


def test_tasks_are_taken_as_they_are_needed():
    taken = []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield number

    with Workers(2, furnish, 1) as workers:
        results = workers.map(times, tasks())
        assert next(results) == 0
        assert len(taken) < 20
        results.close()


def test_a_worker_that_dies_is_told_of():
    with Workers(2, furnish, 1) as workers, pytest.raises(CorpusError, match="workers"):
        list(workers.map(die, [1]))


def test_a_changed_page_in_a_folder_begins_the_run_anew(tmp_path):
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    for record in scrape()[3:5]:
        (folder / f"{record['id']}.txt").write_text(record["text"], "utf-8")
    page = sorted(folder.iterdir())[0]
    with pytest.raises(KeyboardInterrupt):
        run(Options((tmp_path / "in",), tmp_path / "out", teach=False), Breaking(6))
    page.write_text("It rained all day, and nobody came.\n", "utf-8")
    result = corpus(tmp_path / "in", "-o", tmp_path / "out", "-n", 1, "--no-teach")
    assert result.exit_code == 0 and "begun anew" in result.output
    assert (tmp_path / "out" / "deep" / page.name).read_text("utf-8") == page.read_text("utf-8")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_workers_end_with_the_process_that_started_them(tmp_path):
    code = """
import os, signal, sys, time
sys.path[:0] = sys.argv[1:3]
from test_corpus import Workers, furnish, whoami
if __name__ == "__main__":
    with Workers(2, furnish, 1) as workers:
        print(*set(workers.map(whoami, range(20))), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""
    script = tmp_path / "script.py"
    script.write_text(code, "utf-8")
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, str(script), str(here.parent), str(here)], env=environment(), capture_output=True, text=True
    )
    workers = [int(number) for number in done.stdout.split()]
    assert workers and os.getpid() not in workers, done.stderr
    for _ in range(600):
        left = [number for number in workers if _is_running(number)]
        if not left:
            break
        time.sleep(0.1)
    assert not left


def whoami(shop: int, task: int) -> int:
    return os.getpid()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_every_kind_of_input_comes_out_as_it_came_in(tmp_path):
    import io

    import pyarrow as pa
    from pyarrow import parquet
    from warcio.archiveiterator import ArchiveIterator
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    records = scrape()[:5]
    page = "<html><head><title>News</title></head><body><article>{}</article></body></html>"
    pages = [
        page.format("".join(f"<p class=x>{line}</p>\n" for line in record["text"].splitlines() if line))
        for record in records
    ]
    folder = tmp_path / "in"
    (folder / "web").mkdir(parents=True)
    for record, text in zip(records, pages, strict=True):
        (folder / "web" / f"{record['id']}.html").write_text(text, "utf-8")
        (folder / "web" / f"{record['id']}.txt").write_text(record["text"], "utf-8")
    parquet.write_table(pa.Table.from_pylist(list(records)), folder / "a.parquet")
    with (folder / "b.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for record, text in zip(records, pages, strict=True):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.0")
            payload = io.BytesIO(text.encode())
            writer.write_record(
                writer.create_warc_record(record["url"], "response", payload=payload, http_headers=headers)
            )
    result = corpus(folder, "-o", tmp_path / "out", "-n", 1, "--no-teach")
    assert result.exit_code == 0, result.output
    out = tmp_path / "out"
    rows = parquet.read_table(out / "a.parquet").to_pylist()
    assert [row["normalizer"] is not None for row in rows] == [False, False, False, True, True]
    assert [row["text"] == record["text"] for row, record in zip(rows, records, strict=True)] == [True] * 3 + [
        False
    ] * 2
    with (out / "b.warc.gz").open("rb") as file:
        kinds = [(record.rec_type, record.content_stream().read()) for record in ArchiveIterator(file)]
    assert [kind for kind, _ in kinds].count("conversion") == 5
    assert [kind for kind, _ in kinds].count("metadata") == 2
    for record, text in zip(records, pages, strict=True):
        spun = record["id"].endswith(("-a", "-u"))
        for suffix, before in ((".html", text), (".txt", record["text"])):
            after = (out / "web" / f"{record['id']}{suffix}").read_text("utf-8")
            assert (after != before) == spun
            assert (out / "web" / f"{record['id']}{suffix}.normalizer.json").exists() == spun
            assert after.count("<p class=x>") == before.count("<p class=x>")
