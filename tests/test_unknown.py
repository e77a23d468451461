"""Unknown spinners: what each says it did is what it did, it keeps to its habits, and the halves share nothing."""

import json
import lzma
import random
from dataclasses import replace
from itertools import islice

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.errors import CaseError
from normalizer.evaluating.gold import gold_text, load_cases
from normalizer.language_model import LanguageModel
from normalizer.lexicon import Entry, Lexicon
from normalizer.tokens import tokenize
from tests.tools import unknown
from tests.tools.spinner import story, story_names
from tests.tools.spinners import frozen
from tests.tools.spinners.dictionaries import Sources
from tests.tools.spinners.texts import documents, passages
from tests.tools.spinners.thesaurus import SOURCES, Frequencies, Thesaurus, half
from tests.tools.spinners.traits import STYLES, draw_traits, numbers
from tests.tools.spinners.unknown import UnknownSpinner

MOBY = {
    "minister": "cleric|priest|envoy|secretary|plenipotentiary|man of god|serve",
    "official": "authorized|bureaucrat|functionary|approved|sanctioned|placeman|man in office",
    "talk": "chat|palaver|parley|speech|converse|natter|powwow|bull session",
    "say": "utter|state|declare|enunciate|articulate|allege|remark",
    "country": "land|realm|fatherland|terrain|motherland|native land",
    "week": "hebdomad|sennight|semaine",
    "new": "novel|fresh|newfangled|unused|virgin|brand-new",
    "city": "metropolis|municipality|burg|conurbation",
    "people": "folk|populace|laity|multitude|cousins",
    "report": "bulletin|dispatch|account|rumble|bang|tale",
    "agree": "concur|accede|acquiesce|jibe|see eye to eye",
    "government": "regime|regimen|polity|sway|direction",
    "of course": "naturally|surely|by all means",
    "land": "soil|ground|terra firma|alight",
    "chat": "gossip|stonechat|confab",
}
WORDNET = {
    ("minister", "n", "hypernym"): "diplomat|clergyman",
    ("minister", "n", "synonym"): "curate|rector|parson",
    ("talk", "n", "synonym"): "lecture|talking|parley",
    ("talk", "v", "synonym"): "speak|verbalize|spill the beans",
    ("talk", "v", "hyponym"): "jabber|rant|whisper",
    ("say", "v", "synonym"): "state|allege|aver|order|tell",
    ("week", "n", "synonym"): "hebdomad|workweek",
    ("city", "n", "synonym"): "metropolis",
    ("new", "a", "similar"): "fresh|novel|raw|unexampled",
    ("report", "n", "synonym"): "account|study|composition",
    ("report", "v", "hyponym"): "announce|publish",
    ("government", "n", "synonym"): "regime|authorities",
    ("quickly", "r", "synonym"): "rapidly|speedily|apace",
}
CLEAN = tuple(story(name, "original")[:600] for name in story_names()[:2])
spinner_numbers = st.integers(0, 3000)
usual = settings(deadline=None, max_examples=12)


@pytest.fixture(scope="module")
def sources():
    wordnet: dict[tuple[str, str, str], str] = {}
    relations = {"hypernym": "broader", "hyponym": "narrower"}
    for (lemma, pos, relation), words in WORDNET.items():
        wordnet[lemma, pos, relations.get(relation, relation)] = words
    return Sources(Thesaurus(MOBY, wordnet), Frequencies(LanguageModel.load()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with thesauri and with corpora of two genres and news, all of the stories."""
    tmp_path = tmp_path_factory.mktemp("data")
    write(tmp_path / "moby.tsv.xz", "".join(f"{root}\t{words}\n" for root, words in MOBY.items()))
    write(tmp_path / "wordnet.tsv.xz", "".join("\t".join((*key, words)) + "\n" for key, words in WORDNET.items()))
    every = [story(name, text) for name in story_names() for text in ("original", "report1", "report2", "other")]
    articles = ["\n".join(line for line in text.split("\n") if line) for text in every]
    write(tmp_path / "genres" / "letters.txt.xz", "\n\n".join(articles))
    write(tmp_path / "genres" / "leaflets.txt.xz", "\n\n".join(articles[::-1]))
    write(tmp_path / "wire.txt.xz", "\n\n".join(articles * 7))
    return tmp_path


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(text.encode(), preset=0))


def spin(sources, number, text, rate=0.6, **traits):
    drawn = replace(draw_traits(number), **traits)
    return UnknownSpinner.draw(sources, drawn).spin(text, random.Random(0), rate)


@pytest.mark.parametrize("text", CLEAN)
@given(number=spinner_numbers, rate=st.floats(0, 1))
@usual
def test_its_repairs_restore_the_clean_text(sources, text, number, rate):
    assert spin(sources, number, text, rate).restored() == text


@given(number=spinner_numbers)
@usual
def test_the_same_number_spins_the_same(sources, number):
    assert spin(sources, number, CLEAN[0]) == spin(sources, number, CLEAN[0])


def test_different_numbers_have_different_dictionaries(sources):
    spinners = [UnknownSpinner.draw(sources, replace(draw_traits(n), coverage=1.0)) for n in islice(numbers(0), 40)]
    assert len({spinner.dictionary.forms("talk", "n") for spinner in spinners}) > 3


def test_the_halves_have_no_pair_in_common(sources):
    pairs = [set(), set()]
    for number in range(100):
        spinner = UnknownSpinner.draw(sources, draw_traits(number))
        for lemma, pos in (
            ("talk", "v"),
            ("talk", "n"),
            ("say", "v"),
            ("minister", "n"),
            ("new", "a"),
            ("of course", ""),
        ):
            pairs[spinner.traits.held] |= {frozenset((lemma, form)) for form in spinner.dictionary.forms(lemma, pos)}
    assert pairs[0] and pairs[1] and pairs[0].isdisjoint(pairs[1])


@given(number=spinner_numbers, rate=st.floats(0, 0.6))
@usual
def test_it_swaps_no_more_content_words_than_it_was_told(sources, number, rate):
    spun = spin(sources, number, CLEAN[1], rate, function=0.0, padding=0.0, turned=0.0, over=None, steady=False)
    swapped = sum(len(gold.readings[0].split()) for gold in spun.golds if gold.category != "grammar")
    content = sum(len(token.text) > 2 and token.text.isalpha() for token in tokenize(CLEAN[1]))
    assert swapped <= rate * content + 3  # the last may be a phrase


@pytest.mark.parametrize(
    ("clean", "spared", "traits"),
    [
        ("Yesterday the New City said so.\n", "New City", {"names": False}),
        ("He said: “Our minister will talk.” Officials agreed.\n", "“Our minister will talk.”", {"quotes": False}),
        (
            "A minister said it. " + "We shall see. " * 4 + "A minister said it.\n",
            "see. A minister said it.",
            {"opening": True},
        ),
        ("A minister-general will talk.\n", "minister-general", {}),
    ],
)
@given(number=spinner_numbers)
@usual
def test_it_leaves_alone_what_its_habits_spare(sources, clean, spared, traits, number):
    spun = spin(sources, number, clean, 1.0, coverage=1.0, over=None, **traits)
    assert spared in spun.text


def many(sources, clean, **traits):
    return {spin(sources, number, clean, 1.0, over=None, coverage=1.0, **traits).text for number in range(90)}


@pytest.mark.parametrize(
    ("clean", "seen", "never", "traits"),
    [
        ("They talked.\n", "spoke", "speak.", {"inflected": 1.0}),
        ("They talked.\n", "They speak.", "spoke", {"inflected": 0.0}),
        ("They spoke of city ministers.\n", "ministers that are city", "", {"turned": 1.0}),
        ("The city of course grew.\n", "by all means", "", {"phrases": 1.0}),
        ("They met because he came.\n", "the guy", "", {"padding": 1.0}),
        ("An official came.\n", "A bureaucrat", "An bureaucrat", {"articles": True}),
        ("An official came.\n", "An bureaucrat", "A bureaucrat", {"articles": False}),
    ],
)
def test_a_habit_shows(sources, clean, seen, never, traits):
    texts = many(sources, clean, **traits)
    assert any(seen in text for text in texts)
    assert not never or not any(never in text for text in texts)


def test_a_stacked_spinner_swaps_what_another_wrote(sources):
    """What stands beside "chat" alone is written for "talks" only if another wrote "chats" there before."""
    for over, there in ((True, True), (False, False)):
        traits = [replace(draw_traits(n), sources={"moby": 1.0}, coverage=1.0, over=n + 1) for n in range(80)]
        drawn = [each if over else replace(each, over=None) for each in traits]
        texts = [UnknownSpinner.draw(sources, each).spin("The talks.\n", random.Random(0), 1.0).text for each in drawn]
        assert any(word in text for text in texts for word in ("gossip", "stonechat", "confab")) is there


def test_a_steady_one_writes_for_a_word_everywhere_or_nowhere(sources):
    clean = "A minister spoke. The minister left. No minister came.\n"
    for number in range(60):
        text = spin(sources, number, clean, 0.3, steady=True, opening=False, over=None, function=0.0).text
        assert text.count("minister") in (0, 3)


@pytest.mark.parametrize(
    ("spun", "original", "there"),
    [
        ("chats", "talks", True),
        ("chatted", "talked", True),
        ("chat", "talked", False),
        ("folk", "people", True),
        ("by all means", "of course", True),
        ("week", "city", False),
    ],
)
def test_what_the_thesauri_reach(sources, spun, original, there):
    assert sources.thesaurus.reaches(spun, original) is there


def test_the_tables_say_which_line_is_torn(tmp_path):
    write(tmp_path / "moby.tsv.xz", "talk\tchat\nsay\n")
    with pytest.raises(CaseError, match="line 2: expected 2 cells divided by tabs, found 1"):
        Thesaurus.load(tmp_path)


def test_the_halves_of_the_texts_share_no_document(folder):
    for path in (folder / "genres" / "letters.txt.xz", folder / "wire.txt.xz"):
        learn, held = ({index for index, _ in documents(path, which)} for which in (0, 1))
        assert learn and held and learn.isdisjoint(held)


def test_passages_are_of_every_genre_and_as_long_as_wanted(folder):
    found = list(passages(folder, 0))
    assert {passage.genre for passage in found} == {"news", "letters", "leaflets"}
    assert all(len(passage.text.split()) <= 700 for passage in found)
    assert all(passage.text.strip() for passage in found)


@pytest.fixture(scope="module")
def made(folder):
    """A folder of cases made by family a and by unknown spinners."""
    result = make(folder, "made", "--count", "4", "--rates", ".1,.6", "--families", "a", "--families", "unknown")
    assert result.exit_code == 0, result.output
    return folder / "made"


def make(folder, name, *options):
    arguments = ["make", str(folder / name), "--thesaurus", str(folder), "--corpora", str(folder), *options]
    return CliRunner().invoke(unknown.main, arguments)


def test_cases_are_written_with_what_is_known_of_them(folder):
    result = make(folder, "out", "--split", "held", "--count", "6", "--rates", ".3,.6")
    assert result.exit_code == 0, result.output
    cases = load_cases(folder / "out" / "cases.json")
    made = json.loads((folder / "out" / "meta.json").read_text())
    assert [case.name for case in cases] == [each["name"] for each in made]
    assert {each["rate"] for each in made} == {0.3, 0.6}
    assert all(half("spinner", each["spinner"]) == 1 for each in made)
    assert all(len(each["reachable"]) == len(case.golds) > 0 for each, case in zip(made, cases, strict=True))
    clean = {passage.text for passage in passages(folder, 1)}
    assert all(gold_text(case) in clean for case in cases)


@pytest.mark.parametrize("rates", ["0", "1.5", "x", ".1,,.2"])
def test_rates_that_are_no_shares_are_refused(folder, rates):
    result = make(folder, "none", "--rates", rates)
    assert result.exit_code == 2 and "expected shares such as" in result.output


def measured(made, *options):
    result = CliRunner().invoke(unknown.main, ["measure", str(made), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_cases_are_measured_by_what_is_known_of_them(made):
    groups = {(each["by"], each["name"]): each for each in json.loads(measured(made, "--json"))}
    known = json.loads((made / "meta.json").read_text())
    assert {name for by, name in groups if by == "family"} == {"a", "unknown"}
    assert {name for by, name in groups if by == "rate"} == {"0.1", "0.6"}
    assert {name for by, name in groups if by == "genre"} == {each["genre"] for each in known}
    for name in ("tp", "fn", "fp", "cases"):
        assert groups["all", "all"][name] == groups["family", "a"][name] + groups["family", "unknown"][name]
    reachable = [there for each in known for there in each["reachable"]]
    assert groups["all", "all"]["reach"] == pytest.approx(sum(reachable) / len(reachable), abs=1e-4)


def test_the_ceiling_of_the_lattice_and_calibration_are_measured_when_asked(made):
    report = measured(made, "--full")
    assert "best F0.5" in report and "confidence, a" in report


def test_untouched_cases_are_counted_and_named(made):
    lines = measured(made, "--untouched").splitlines()
    rows = {line.split()[0]: line.split() for line in lines[:4]}
    untouched, total = map(int, rows["all"][-1].split("/"))
    assert total == 4 and 0 < untouched == len(lines[5:])


def test_measuring_what_was_not_made_is_refused(tmp_path):
    result = CliRunner().invoke(unknown.main, ["measure", str(tmp_path)])
    assert result.exit_code == 2 and "make the cases again" in result.output


def test_corpora_that_are_not_there_are_refused(folder, tmp_path):
    options = ["--thesaurus", str(folder), "--corpora", str(tmp_path)]
    result = CliRunner().invoke(unknown.main, ["make", str(tmp_path / "out"), *options])
    assert result.exit_code == 2 and "found none; name their folder" in result.output


# --- the frozen ones -------------------------------------------------------------------------------------


def test_stories_are_spun_alike_whatever_the_lexicon_has(monkeypatch):
    """The gate's stories come from files alone: no thesaurus is read, and no lexicon."""
    monkeypatch.setattr(Lexicon, "load", lambda *_: pytest.fail("the lexicon was read"))
    monkeypatch.setattr(Thesaurus, "load", lambda *_: pytest.fail("a thesaurus was read"))
    first, second = list(islice(frozen.frozen_stories(), 9)), list(islice(frozen.frozen_stories(), 9))
    assert first == second
    assert {case.family for case in first} == {"a", "b", "t", "unknown"}
    for case in first[3:8]:
        assert gold_text(case) == story(story_names()[0], "original")
        assert len(case.golds) > 20


def test_frozen_spinners_are_held_ones_of_every_style():
    spinners = frozen.unknown_spinners()
    assert all(spinner.traits.held == 1 for spinner in spinners)
    assert {spinner.traits.style for spinner in spinners} == set(STYLES)
    assert sum(spinner.below is not None for spinner in spinners) == 1


def test_what_is_frozen_writes_what_it_wrote_before(folder, sources, tmp_path, monkeypatch):
    """A spinner that was written down and read back spins as it did."""
    stacked = next(n for n in range(100) if draw_traits(n).over is not None)
    monkeypatch.setattr(frozen, "chosen_traits", lambda: [draw_traits(1), draw_traits(stacked)])
    monkeypatch.setattr(frozen, "story_names", lambda: story_names()[:1])
    monkeypatch.setattr(frozen, "ROUNDS", 4)
    frozen.freeze([], sources, tmp_path)
    for thawed in frozen.unknown_spinners(tmp_path):
        assert thawed.traits == draw_traits(thawed.traits.number)
        drawn = UnknownSpinner.draw(sources, thawed.traits)
        text = story(story_names()[0], "original")
        assert thawed.spin(text, random.Random(1), 0.5) == drawn.spin(text, random.Random(1), 0.5)


def test_a_frozen_file_that_is_torn_is_refused(tmp_path):
    (tmp_path / "unknown.json").write_text("[{}]")
    with pytest.raises(CaseError, match="expected frozen spinners as JSON, found: 'traits'; restore it"):
        frozen.unknown_spinners(tmp_path)


def test_seen_swaps_are_those_of_real_pages_that_the_stories_can_ask_for():
    word = next(token.word for token in tokenize(story(story_names()[0], "original")) if len(token.word) > 6)
    known = [Entry("zzz", word, count=2, sources=("A01",)), Entry("yyy", word, count=0, sources=("known:1",))]
    found = list(frozen.seen_swaps([*known, Entry("xxx", "qqqq", count=3, sources=("A01",))]))
    assert [(entry.spun, entry.original, entry.count, entry.sources) for entry in found] == [
        ("zzz", word, 2, ("seen",))
    ]


def test_sources_are_those_of_the_tables():
    assert set(draw_traits(5).sources) <= {*SOURCES, "agreed", "far", "seen"}
