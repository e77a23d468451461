"""Made scrapes: the same for a seed, and true; what is measured of outputs whose worth is known."""

import json
import lzma
import random
import re
import sys
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from click.testing import CliRunner
from test_unknown import MOBY, WORDNET

from normalizer.corpus import comparing
from normalizer.errors import CaseError
from normalizer.evaluating.gold import Gold, apply_readings
from normalizer.evaluating.judging import Counts
from normalizer.language_model import LanguageModel
from normalizer.repairing import Normalizer
from tests.tools import scrape
from tests.tools.scraping import by_hand, measuring, speed
from tests.tools.scraping.copies import copies
from tests.tools.scraping.making import make
from tests.tools.scraping.measuring import ADDED, GROUPS, Job, applied, counts_of, measure, report
from tests.tools.scraping.outlets import Outlet, headline_of, published, styled
from tests.tools.scraping.pool import Pool, Source, paragraphs
from tests.tools.scraping.retelling import divided, retold, truncated
from tests.tools.scraping.sites import SHARES, Spinners, draw_sites, made_edits, stacked
from tests.tools.scraping.truth import COPY, KINDS, RESIDUE, SCRAPE, TRUTH, Truth, plain, read_records, read_truth
from tests.tools.spinner import STORIES, Habits, story, story_names
from tests.tools.spinners.dictionaries import Sources
from tests.tools.spinners.frozen import known_spinner, unknown_spinners
from tests.tools.spinners.thesaurus import Frequencies, Thesaurus, read_seen

ARTICLES = 240
TOWNS = "Arbon Belcastel Corvey Dunholm Esbo Farsund Gavray Husum Ilmenau Jarnac Kirkby Lulworth".split()
PEOPLE = "Abegg Baines Corrigan Dacre Ekman Fenwick Garvey Holub Imber Jessop Kerrigan Lorimer".split()
THINGS = "bridge school harbour clinic library stadium market railway dam theatre prison airport".split()
PARAGRAPHS = (
    "The government of {town} said on Tuesday that it would build a new {thing} for {n} million euros by 20{k}.",
    "“The people of this country have waited {k} years for it,” {person} said. Officials did not say who will pay.",
    "The minister, {person}, told reporters that more than {n} people had signed a letter against it last week.",
    "“We agree on the goal and not on the way,” {person} said. “That is no secret, and all {n} of us know it.”",
    "The city council of {town} will talk about the report of {n} pages on Friday. But many doubt that it can pay.",
    "A first plan for a {thing} was given up {k} years ago because of its cost, which had grown to {n} million euros.",
    "In {town}, which has {n} inhabitants and about {k} schools, the mayor said that the state had never asked them.",
    "{person}, who leads the opposition, announced that her party wanted a vote on the {thing} and on {k} other plans.",
)


def article(number, seed=0):
    """An article of eight paragraphs that shares no sentence and few names with another."""
    rng = random.Random(f"article {seed} {number}")
    town, person = (f"{rng.choice(names)}{number:x}".capitalize() for names in (TOWNS, PEOPLE))
    values = ({"n": rng.randrange(100, 9999), "k": rng.randrange(27, 99)} for _ in PARAGRAPHS)
    thing = rng.choice(THINGS)
    order = rng.sample(PARAGRAPHS, len(PARAGRAPHS))
    return "\n".join(p.format(town=town, person=person, thing=thing, **v) for p, v in zip(order, values, strict=True))


@pytest.fixture(scope="module")
def spinners():
    wordnet = {(lemma, pos, relation): words for (lemma, pos, relation), words in WORDNET.items()}
    frequencies = Frequencies(LanguageModel.load())
    return Spinners(known_spinner(), Sources(Thesaurus(MOBY, wordnet, read_seen()), frequencies))


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    (folder / "genres").mkdir()
    for name, numbers in (("one", range(300)), ("two", range(300, 600)), ("genres/letters", range(600, 640))):
        texts = "\n\n".join(article(number) for number in numbers)
        (folder / f"{name}.txt.xz").write_bytes(lzma.compress(texts.encode()))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory, corpora, spinners):
    path = tmp_path_factory.mktemp("scrape")
    make(path, corpora, STORIES, spinners, ARTICLES)
    return path


@pytest.fixture(scope="module")
def truths(folder):
    return {truth.id: truth for truth in read_truth(folder)}


@pytest.fixture(scope="module")
def records(folder):
    return {record["id"]: record for record in read_records(folder / SCRAPE)}


# --- the scrape ------------------------------------------------------------------------------------------


def test_same_seed_same_bytes_whatever_the_number_of_processes(tmp_path, folder, corpora, spinners):
    make(tmp_path / "again", corpora, STORIES, spinners, ARTICLES, processes=2)
    make(tmp_path / "other", corpora, STORIES, spinners, ARTICLES, seed=1)
    for name in ("scrape.jsonl", "truth.jsonl", "made.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_records_are_what_a_scraper_has_and_truth_goes_along(truths, records):
    assert list(truths) == list(records)
    assert len(records) == ARTICLES
    for record in records.values():
        assert set(record) == {"id", "url", "date", "text", "crawl"}
        assert truths[record["id"]].site in record["url"]
        assert record["text"].strip()
        assert record["date"] is None or re.fullmatch(r"2026-0[1-3]-\d\d(T[\d:]{8}Z)?", record["date"])


def test_every_kind_is_there_and_a_fifth_is_spun(truths):
    kinds = Counter(truth.kind for truth in truths.values())
    assert set(kinds) == set(KINDS)
    assert kinds[COPY] == pytest.approx(ARTICLES / 5, abs=2)
    assert {truth.family for truth in truths.values()} >= {"a", "b", "t", "unknown"}
    assert {truth.beside for truth in truths.values()} == {None, "original", "report", "nothing"}


def test_gold_repairs_restore_a_stretch_of_the_original(truths, records):
    with_original = 0
    for truth in truths.values():
        golds = truth.golds(records[truth.id]["text"])
        assert sum(gold.category != RESIDUE for gold in golds) >= 3 * truth.spun
        assert bool(golds) == truth.spun
        if truth.beside == "original":
            restored = apply_readings(records[truth.id]["text"], golds, [gold.readings[0] for gold in golds])
            assert restored in records[truth.original]["text"]
            assert restored != records[truth.id]["text"]
            with_original += 1
    assert with_original


def test_right_references_are_clean_and_of_the_story(truths):
    for truth in truths.values():
        own = {name for name, other in truths.items() if other.story == truth.story and not other.spun}
        assert set(truth.references) == (own if truth.spun else set())
        assert truth.id not in truth.references
        assert not own & set(truth.kin)
        if truth.spun:
            assert (truth.beside == "nothing") == (not truth.references)
            assert (truth.original in truth.references) == (truth.beside == "original")


def test_the_nearest_reference_comes_first(truths):
    firsts = [truths[truth.references[0]].kind for truth in truths.values() if truth.beside == "original"]
    assert set(firsts) == {"original"}


def test_a_site_spins_in_one_way_and_no_story_twice(truths):
    spun = [truth for truth in truths.values() if truth.spun]
    assert len({(truth.site, truth.spinner) for truth in spun}) == len({truth.site for truth in spun})
    assert len({(truth.site, truth.story) for truth in spun}) == len(spun)
    sites = {truth.site for truth in spun}
    assert {truth.kind for truth in truths.values() if truth.site in sites} == {COPY, "unspun"}


def test_copies_come_after_the_original(truths, records):
    for truth in truths.values():
        if truth.beside == "original" and (mine := records[truth.id]["date"]) and records[truth.original]["date"]:
            assert mine[:10] >= records[truth.original]["date"][:10]


@pytest.mark.parametrize("articles", [30, 800, 20_000])
def test_sites_share_the_spun_articles_out(articles):
    sites = draw_sites(articles, random.Random(2))
    sizes = Counter()
    for site in sites:
        sizes[site.family] += site.size
    assert sum(sizes.values()) == articles
    for family, share in SHARES.items():
        assert sizes[family] == pytest.approx(share * articles, abs=2)
    assert max(site.size for site in sites) <= 200
    assert len({site.host for site in sites}) == len(sites)


@pytest.mark.parametrize(("below", "above"), [*product(["a", "t"], ["b", "unknown"])])
def test_stacked_spinners_are_undone_at_once(below, above):
    known, unknown = known_spinner(), unknown_spinners()[0]
    for name in story_names()[:3]:
        text = story(name, "original")
        first = known.spin(text, random.Random(1), Habits(below, residue=True))
        rng = random.Random(2)
        second = unknown.spin(first.text, rng) if above == "unknown" else known.spin(first.text, rng, Habits(above))
        both = stacked(text, first, second)
        assert both.text == second.text
        assert both.restored() == text
        assert [edit.before for edit in made_edits(both)] == [gold.readings[0] for gold in both.golds]


# --- the pool --------------------------------------------------------------------------------------------


def filled(path, texts):
    pool = Pool(path / "pool")
    pool.fill(((Source("c", i, "news", False), text) for i, text in enumerate(texts)), len(texts))
    return pool


def test_of_near_duplicates_the_first_alone_counts(tmp_path):
    changed = article(1).replace("Friday", "Saturday").replace("The ", "A ", 1)
    pool = filled(tmp_path, [article(0), article(1), article(2), changed, article(2)])
    assert pool.distinct() == [0, 1, 2]
    assert pool.text(1) == article(1)


def test_a_sentence_that_many_have_makes_no_duplicates(tmp_path):
    line = "\nThe company did not answer when it was asked for a comment by this newspaper on Sunday."
    pool = filled(tmp_path, [article(i) + line for i in range(12)])
    assert pool.distinct() == list(range(12))


def test_kin_share_names_and_numbers(tmp_path):
    event = "said Harrow Quillon of Tremaine, near Vastra and Ostra, where 1,204 of 5,381 and 77 or 91 were, by Leck. "
    one, two = (f"{other}\n" + event * 2 for other in ("He came home and " * 25, "They went away and " * 25))
    pool = filled(tmp_path, [one, two, *(article(i) for i in range(200))])
    every = list(range(202))
    assert pool.kin([0, 1, 5], every) == {0: [1], 1: [0], 5: []}


def test_glued_paragraphs_are_divided_and_long_articles_cut():
    sentence = "The talks went on for a week without any result at all, he said. "
    assert all(len(p) < 700 for p in paragraphs(sentence * 40))
    assert " ".join(paragraphs(sentence * 30)) == (sentence * 30).strip()
    assert len("\n".join(paragraphs(sentence * 200))) <= 4000


# --- retelling -------------------------------------------------------------------------------------------

FACTS = re.compile(r"\b\d+|(?<=[a-z] )[A-Z][\w-]+")
WIRE = Outlet("wire.example")


@pytest.mark.parametrize("seed", range(40))
def test_reports_bring_no_fact_that_the_original_has_not(seed):
    body = article(seed, "reports").split("\n")
    outlet = Outlet("x.example", "title", "\n\n", ("american", "british")[seed % 2], "%", "US", "curly")
    known = set(re.findall(r"\w+", " ".join(body))) | set("This Wire".split())
    for page in (retold(body, outlet, WIRE, random.Random(seed)), truncated(body, WIRE, random.Random(seed))):
        assert set(FACTS.findall(page.text[page.body :])) <= known
        assert page.text.count("“") == page.text.count("”")
        assert page.text != "\n".join(body)


def test_reports_differ_from_each_other_but_keep_most():
    body = article(3).split("\n")
    texts = [retold(body, WIRE, WIRE, random.Random(seed)).text for seed in range(12)]
    words = set("\n".join(body).split())
    assert len(set(texts)) == 12
    assert all(len(words & set(text.split())) > 0.5 * len(words) for text in texts)
    assert any("said: “" in text for text in texts)
    assert any("didn't" in text for text in texts)


def test_what_was_said_stays_as_it_was_said():
    body = ["“It did not work because of the rain,” she said.", "The rain did not stop because of that, he said."] * 3
    for seed in range(20):
        text = retold(body, WIRE, WIRE, random.Random(seed)).text
        assert "It did not work because of the rain" in text
        assert "It didn't" not in text


def test_an_update_has_news_of_its_own_and_some_background():
    body = [f"Paragraph {i}." for i in range(10)]
    first, later = divided(body, random.Random(0))
    assert first == body[: len(first)]
    assert later[: 10 - len(first)] == body[len(first) :]
    assert 0 < len(set(later) & set(first)) < len(first)


@pytest.mark.parametrize(
    ("sentence", "case", "headline"),
    [
        ("The bank held its rates on Thursday, as growth stalled.", "sentence", "The bank held its rates on Thursday"),
        ("The bank held its rates after the vote was over.", "title", "The Bank Held Its Rates"),
        ("It rained.", "sentence", None),
    ],
)
def test_headlines(sentence, case, headline):
    assert headline_of(sentence, case) == headline


def test_house_style():
    outlet = Outlet("x.example", spelling="british", percent="per cent", states="US", quotes="curly")
    clean = 'Defense took 5 percent of the color, the U.S. army said. "It isn\'t his labor," he said.'
    wanted = "Defense took 5 per cent of the colour, the US army said. “It isn’t his labour,” he said."
    assert styled(clean, outlet) == wanted
    assert published(["A line without an end", "The first sentence of it is here."], Outlet("x", "title")).body == 22


# --- measuring -------------------------------------------------------------------------------------------


@pytest.fixture
def output(tmp_path, truths, records):
    """A function that writes the records, each as another function has it, and measures them."""

    def written(change):
        path = tmp_path / "out.jsonl"
        changed = (change(truths[name], dict(record)) for name, record in records.items())
        path.write_text("".join(json.dumps(each) + "\n" for each in changed if each), "utf-8")
        return path

    return written


def perfect(truth, record):
    golds = truth.golds(record["text"])
    edits = [{"start": g.start, "end": g.end, "before": g.spun, "after": g.readings[0]} for g in golds]
    record["text"] = apply_readings(record["text"], golds, [gold.readings[0] for gold in golds])
    verdict = {"spun": float(truth.spun), "family": "a" if truth.spun else None, "rate": 0.3}
    return record | {ADDED: {"verdict": verdict, "edits": edits, "references": list(truth.references)}}


def untouched(truth, record):
    return record | {ADDED: {"verdict": {"spun": 0.0, "family": None}, "edits": [], "references": []}}


def changed_by(base, wanted, **others):
    """Return *base*, with other fields of what is added for the articles that are *wanted*."""

    def change(truth, record):
        record = base(truth, record)
        if wanted(truth):
            record[ADDED] |= {name: value(truth) for name, value in others.items()}
        return record

    return change


@pytest.fixture
def unjudged(monkeypatch):
    """Leaves out judging repairs, which takes longest, where nothing hangs on it."""
    monkeypatch.setattr(measuring, "counts_of", lambda job: Counts())


def rows_of(text):
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {line[0]: dict(zip(lines[0][1:], line[1:], strict=True)) for line in lines[2:]}


def test_a_perfect_output_scores_one(folder, output):
    measured = measure(folder, output(perfect), processes=2)
    for row in rows_of(report(measured)).values():
        assert [row[name] for name in ("P", "R", "F0.5", "ERR", "called spun")] == ["1.000"] * 5
        assert row["right in first 3"] in ("1.000", "-")
        assert row["wrong story"] == row["untouched"] == "0.000"
    assert (measured.changed, measured.missing, measured.unfit, measured.foreign) == ([], 0, [], [])
    assert measured.clean + len(measured.rows) == ARTICLES


def test_an_untouched_output_scores_nothing(folder, output):
    row = rows_of(report(measure(folder, output(untouched))))["all"]
    assert (row["right in first 3"], row["R"], row["ERR"]) == ("0.000",) * 3
    assert row["untouched"] == "1.000"


PAGE = "[ad_1]\nThe old man spake.\nHe {went} home.\n[ad_2]\nSource link"
MARKS = (
    Gold(0, 7, "[ad_1]\n", ("",), category="artefact"),
    Gold(19, 24, "spake", ("spoke",)),
    Gold(29, 35, "{went}", ("went",), category="artefact"),
    Gold(41, 60, "\n[ad_2]\nSource link", ("",), category="artefact"),
)


@pytest.mark.parametrize(
    ("repaired", "tp", "fn", "fp"),
    [
        (PAGE, 0, 5, 0),
        ("The old man spoke.\nHe went home.", 5, 0, 0),
        ("The old man spoke.\nHe went home.\n", 5, 0, 0),
        ("The old man spoke.\nHe went home.\nSource link", 4, 1, 0),
        ("[ad_1]\nThe old man spoke.\nHe {went} home.\n", 3, 2, 0),
        ("The man spoke.\nHe went home.", 5, 0, 1),
    ],
)
def test_what_a_template_left_counts_line_by_line(repaired, tp, fn, fp):
    truth = Truth("x", "s", COPY, "h", True, gold=plain(MARKS))
    assert [gold.spun for gold in truth.golds(PAGE)][-2:] == ["\n[ad_2]", "\nSource link"]
    counts = counts_of(Job(truth, PAGE, repaired))
    assert (counts.tp, counts.fn, counts.fp) == (tp, fn, fp)


def test_every_group_is_told_apart(folder, output, unjudged):
    rows = rows_of(report(measure(folder, output(perfect))))
    count = {name: int(row["articles"]) for name, row in rows.items()}
    families = ("A", "B", "T", "two known, stacked", "unknown")
    assert sum(count.get(name, 0) for name in families) == count["all"]
    parts = [name for name, _ in GROUPS if "," in name and "stacked" not in name]
    assert sum(count.get(name, 0) for name in parts) == count["all"]


def test_wrong_references_are_counted(folder, output, truths, unjudged):
    strangers = [t.id for t in truths.values() if t.kind == "distractor"]

    def misled(truth):
        return truth.spun and truth.beside != "nothing"

    def after_the_right_one(truth):
        return [truth.references[0], next(s for s in strangers if s not in truth.kin)]

    def too_late(truth):
        return ["nowhere", "nowhere", "nowhere", truth.references[0]]

    after = rows_of(report(measure(folder, output(changed_by(perfect, misled, references=after_the_right_one)))))
    late = rows_of(report(measure(folder, output(changed_by(perfect, misled, references=too_late)))))
    for beside in ("known, original in the scrape", "unknown, report only"):
        assert (after[beside]["wrong story"], after[beside]["right in first 3"]) == ("1.000", "1.000")
        assert (late[beside]["wrong story"], late[beside]["right in first 3"]) == ("1.000", "0.000")
    assert after["known, nothing"]["wrong story"] == "0.000"


def test_spun_copies_of_the_story_are_neither_right_nor_wrong(folder, output, truths, unjudged):
    copies = {truth.story: truth.id for truth in truths.values() if truth.spun}
    change = changed_by(perfect, lambda truth: truth.spun, references=lambda truth: [copies[truth.story]])
    measured = measure(folder, output(change))
    row = rows_of(report(measured))["all"]
    assert (row["wrong story"], row["right in first 3"]) == ("0.000", "0.000")
    assert sum(row.copies for row in measured.rows) == len(measured.rows)


def test_what_perhaps_tells_of_the_same_event_is_neither_right_nor_wrong(folder, output, truths, tmp_path, unjudged):
    near, far, *_ = (truth.id for truth in truths.values() if truth.kind == "genre")
    (tmp_path / SCRAPE).write_bytes((folder / SCRAPE).read_bytes())
    lines = (replace(truth, kin=(near,) if truth.spun else ()).line() for truth in truths.values())
    (tmp_path / TRUTH).write_text("".join(lines), "utf-8")
    for name, wrong in ((near, False), (far, True)):
        path = output(changed_by(perfect, lambda truth: truth.spun, references=lambda truth, name=name: [name]))
        rows = measure(tmp_path, path).rows
        assert {(row.wrong, row.kin, row.found) for row in rows} == {(wrong, not wrong, False)}


def test_references_that_have_no_sentence_of_a_copy_are_not_asked_for(folder, output, truths, records, unjudged):
    reports = (t for t in truths.values() if t.beside == "report")
    copy = next(t for t in reports if all(truths[name].kind == "report" for name in t.references))
    rows = {row.truth.id: row for row in measure(folder, output(perfect)).rows}
    golds = copy.golds(records[copy.id]["text"])
    clean = apply_readings(records[copy.id]["text"], golds, [gold.readings[0] for gold in golds]).split()
    shared = [sum(" ".join(clean[i : i + 3]) in records[n]["text"] for i in range(len(clean))) for n in copy.references]
    assert rows[copy.id].has == (max(shared) > 0.1 * len(clean))
    assert all(row.has for row in rows.values() if row.truth.beside == "original")
    assert not any(row.has for row in rows.values() if row.truth.beside == "nothing")


def test_harm_is_named(folder, output, truths, unjudged):
    clean = next(truth.id for truth in truths.values() if truth.kind == "distractor")
    spun = next(truth.id for truth in truths.values() if truth.spun)

    def harmful(truth, record):
        record = perfect(truth, record)
        if truth.id == clean:
            record["text"] += "!"
        if truth.id == spun:
            record["crawl"] = None
        return record

    measured = measure(folder, output(harmful))
    assert (measured.changed, measured.unfit, measured.foreign) == ([clean], [clean], [spun])
    assert f"changed: {clean}" in report(measured)
    assert f"clean articles changed: 1 of {measured.clean}" in report(measured)


def test_what_the_output_lacks_counts_as_untouched(folder, output, unjudged):
    measured = measure(folder, output(lambda truth, record: None if truth.spun else untouched(truth, record)))
    assert measured.missing == measured.missing_spun == len(measured.rows) > 0
    assert rows_of(report(measured))["all"]["untouched"] == "1.000"


def test_against_another_output(folder, output, tmp_path):
    base = output(untouched).rename(tmp_path / "base.jsonl")
    row = rows_of(report(measure(folder, output(perfect), 2), measure(folder, base, 2)))["all"]
    assert (row["R"], row["untouched"]) == ("1.000 (+1.000)", "0.000 (-1.000)")


def test_edits_that_are_held_back_are_not_made():
    held = {"start": 0, "end": 1, "before": "a", "after": "x", "held_back": True}
    made = {"start": 2, "end": 3, "before": "c", "after": "y"}
    assert applied("abc", [made, held]) == "aby"
    assert applied("abd", [made]) is None


def test_a_folder_of_parts_is_read_whole(folder, output, tmp_path, unjudged):
    lines = output(perfect).read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "parts").mkdir()
    for number in (0, 1):
        (tmp_path / "parts" / f"{number}.jsonl").write_text("".join(lines[number::2]), "utf-8")
    assert measure(folder, tmp_path / "parts") == measure(folder, output(perfect))


@pytest.mark.parametrize(
    ("content", "found"),
    [('{"id": "strange"}\n', "found none by their ids"), ("[1]\n", "line 1"), ('{"id": 1}\n{"id', "line 2")],
)
def test_a_file_that_is_no_output(folder, tmp_path, content, found):
    (tmp_path / "x.jsonl").write_text(content)
    result = CliRunner().invoke(scrape.main, ["measure", str(folder), str(tmp_path / "x.jsonl")])
    assert result.exit_code == 2
    assert found in result.stderr
    assert str(tmp_path / "x.jsonl") in result.stderr


# --- by hand, and speed ----------------------------------------------------------------------------------


def test_references_given_by_hand(folder, tmp_path):
    path = tmp_path / "hand.jsonl"
    assert by_hand.repair_by_hand(folder, path, Normalizer(), limit=8) == 8
    measured = measure(folder, path)
    row = [row for row in measured.rows if row.used]
    assert row and all(each.found and not each.wrong for each in row)
    assert (measured.changed, measured.unfit, measured.foreign) == ([], [], [])
    assert any(each.counts.recall > 0.5 for each in row)


def test_speed_is_told_beside_others(folder):
    copy = "{python} -c 'import shutil, sys; shutil.copy(*sys.argv[1:3])' {input} {output} {workers}"
    text = speed.compare(folder, copy, [sys.executable])
    lines = text.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == [
        "| normalizer corpus, 1 worker",
        "| normalizer corpus, 2 workers",
    ]
    assert f"{ARTICLES} articles" in text
    with pytest.raises(CaseError, match="found 3"):
        speed.compare(folder, "{python} -c 'import sys; sys.exit(3)'")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_memory_is_that_of_all_processes():
    child = "import time; kept = bytearray(80 << 20); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    _, memory = speed.watched([sys.executable, "-c", parent])
    assert memory > 80 << 20


def test_memory_is_measured_on_ever_more_short_articles(folder, tmp_path):
    """The command sees as many articles as asked for, spread over the scrape, the first words of each."""
    holds = "import json, sys, shutil; shutil.copy(sys.argv[1], sys.argv[3] + '/' + sys.argv[1].split('/')[-1])"
    command = f"{{python}} -c {holds!r} {{input}} {{output}} {tmp_path}"
    text = speed.growth(folder, [10, 10**9], 7, 1, command)
    assert [line.split(" | ")[0] for line in text.splitlines()[2:]] == ["| 10", f"| {ARTICLES:,}"]
    whole = [json.loads(line) for line in (folder / "scrape.jsonl").read_text("utf-8").splitlines()]
    for count, name in ((10, "10.jsonl"), (ARTICLES, f"{10**9}.jsonl")):
        found = [json.loads(line) for line in (tmp_path / name).read_text("utf-8").splitlines()]
        at = [next(n for n, each in enumerate(whole) if each["id"] == record["id"]) for record in found]
        assert len(found) == count and at == sorted(set(at))
        assert all(record["text"].split() == whole[n]["text"].split()[:7] for n, record in zip(at, found, strict=True))


def test_what_is_taken_for_a_copy_is_counted(folder, monkeypatch):
    wanted = r"nearly one text: (\d+), taken for a copy: 0\n.* clean one: (\d+), taken for its copy: (\d+)"
    found = re.search(wanted, copies(folder))
    assert found and int(found[1]) > 0 and 0 < int(found[3]) <= int(found[2])
    monkeypatch.setattr(comparing, "LEAST_TOTAL", 10**9)
    none = re.search(wanted, copies(folder))
    assert none and none.groups() == (found[1], found[2], "0")
