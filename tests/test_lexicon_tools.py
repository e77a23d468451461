"""The tools of the lexicon: lint, show, coverage, add, measure, the thesaurus pack and tortured phrases."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from core_strategies import GUARD_EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from normalizer.cli import Commands
from normalizer.commands.lexicon import lexicon as command
from normalizer.errors import InputError, LexiconError, ModelError
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.learning import adding, measuring, relating, review, tortured, vetting
from normalizer.lexicon import Entry, Lexicon, coverage, show
from normalizer.lexicon.coverage import Swap, composes, cover, judge, read_swaps
from normalizer.lexicon.entries import parse_guard
from normalizer.lexicon.files import HEADER, read_entries, shipped_files
from normalizer.lexicon.lint import lint, summary
from normalizer.lexicon.meanings import change_of_meaning, is_guarded, rules
from normalizer.pages import lay_out, read
from normalizer.proposals import claims_of
from normalizer.references import thesaurus as pack
from normalizer.tokens import fold_words, tokenize

CASES = Path(__file__).parent / "cases"
shipped = pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.name)
MODELS = LanguageModel.load(), AssociationModel.load(), ContextModel.load()


def entry(spun: str, original: str, pos: str = "", **more: object) -> Entry:
    return Entry(spun, original, pos, **{"sources": ("A01",), "count": 1.0, **more})  # type: ignore[arg-type] # fields


def speaks(spun: str, cell: str, text: str) -> bool:
    """Say whether an entry with this guard reads any of the places in *text* where its spun form stands."""
    free, guarded = (entry(spun, "whatever else", guard=parse_guard(guard)) for guard in ("", cell))
    compiled = [Lexicon([each]).compiled(MODELS) for each in (free, guarded)]
    found = [len(claims_of(lay_out([read(text)], each), each).entry) for each in compiled]
    assert found[0], "the spun form stands there"
    return found[1] > 0


def line(
    spun: str,
    original: str,
    pos: str = "-",
    guard: str = "",
    count: str = "1",
    source: str = "A01",
    clean: str = "0",
) -> str:
    return "\t".join((spun, original, pos, guard, count, clean, source))


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    main = Commands("normalizer")
    main.add_command(command)
    return CliRunner().invoke(main, ["lexicon", *map(str, arguments)])


# --- lint ---------------------------------------------------------------------------------------------------

BAD = (  # what stands in the file, the line found, the level, a part of the message
    ((line("b", "x"), line("a", "x")), 3, "error", "'a' comes before 'b'; sort the lines"),
    ((line("a", "x", count="1"), line("a", "x", count="2")), 3, "error", "a -> x stands in line 2 already"),
    (("a\tb",), 2, "error", "found 2; put a tab between cells"),
    ((line("a", "x", pos="q"),), 2, "error", "write - for a fixed form"),
    ((line("same", "Same"),), 2, "error", "'same' maps to itself; mend the line, or delete it"),
    ((line("a", "x", guard="before:new_york"),), 2, "error", "guard word 'new_york' is not one token"),
    ((line("a", "x"), line("a", "x", guard="cap")), 3, "warning", "stands without a guard in a.tsv, line 2"),
    ((line("told", "say", pos="v"),), 2, "warning", "'told' is no base form of class v, so the line is never found"),
    ((line("'ve", "have"),), 2, "warning", "never speaks: one side clings"),
    ((line("a", "x", source="B):torn"),), 2, "warning", "source 'B):torn' looks torn"),
    ((line("a", "qzzyx"),), 2, "warning", "unknown word 'qzzyx'"),
    ((line("kilos", "pounds", clean="4"),), 2, "error", "kilos -> pounds changes the meaning (weight); guard it with"),
    ((line("achieve", "win", pos="nv"),), 2, "note", "'achieve' is no base form of class n; drop the class"),
    ((line("a", "x"), line("x", "a")), 2, "note", "a <-> x: swapped both ways in family a (a.tsv, line 3)"),
    ((line("a", "x"), line("b", "a")), 2, "note", "'a' is itself spun, to 'b' for one"),
)


@pytest.mark.parametrize(("lines", "number", "level", "message"), BAD, ids=lambda value: str(value)[:40])
def test_lint_names_line_level_and_remedy(tmp_path, lines, number, level, message):
    found = lint([write(tmp_path / "a.tsv", *lines)], {"x", "a", "b", "same"}.__contains__)
    assert [f for f in found if f.line == number and f.level == level and message in f.message], found


def test_lint_is_silent_about_good_lines_and_comments(tmp_path):
    good = [
        "# a comment", line("aren't", "are not"), line("instruct", "tell", pos="v"),
        line("white home", "White House", guard="cap has:president"), line("x's", "y's", guard="before:'s after:-"),
    ]  # fmt: skip
    assert lint([write(tmp_path / "a.tsv", *good)], {"y"}.__contains__) == []


MEANINGS = [
    row.split("\t")
    for row in (CASES / "meanings.tsv").read_text(encoding="utf-8").splitlines()[1:]
    if not row.startswith("dimension")
]


@pytest.mark.parametrize(("dimension", "spun", "original"), MEANINGS)
def test_a_pair_that_means_something_else_is_told(dimension, spun, original):
    assert change_of_meaning(spun, original) == (dimension or None)
    assert change_of_meaning(original, spun) == (dimension or None)


def test_every_rule_is_shown_firing():
    assert {rule.dimension for rule in rules()} == {dimension for dimension, *_ in MEANINGS if dimension}


@shipped
def test_no_shipped_entry_changes_a_unit_a_quantity_an_obligation_or_a_time(path):
    free = [each for each in read_entries(path) if not is_guarded(each)]
    assert [(each.spun, each.original) for each in free if change_of_meaning(each.spun, each.original)] == []


@pytest.mark.parametrize(
    ("fields", "silent"),
    [
        ({"clean": "4"}, False),
        ({"clean": "4", "guard": "cap"}, False),
        ({"clean": "4", "guard": "has:pounds"}, False),
        ({"clean": "4", "guard": "ref"}, True),  # a reference proves it
        ({"clean": "4", "guard": "after:of", "count": "2"}, True),  # the words around do, and a spinner wrote it
        ({"clean": "4", "guard": "after:of", "count": "0"}, False),
        ({"clean": "0"}, False),  # not measured yet
        ({"spun": "big kilos", "clean": "0.05"}, True),  # nobody else writes the spun form
        ({"spun": "big kilos", "clean": "0.5"}, False),
    ],
)
def test_a_pair_may_mean_something_else_where_the_other_reading_is_excluded(tmp_path, fields, silent):
    found = lint([write(tmp_path / "a.tsv", line(**{"spun": "kilos", "original": "pounds", **fields}))])
    assert [f.check for f in found] == ([] if silent else ["meaning"])


def test_lint_finds_one_swap_in_two_files_of_a_family(tmp_path):
    one, other = write(tmp_path / "a.tsv", line("a", "x")), write(tmp_path / "a_names.tsv", line("a", "x"))
    apart = write(tmp_path / "b.tsv", line("a", "x"))
    (found,) = lint([one, other, apart], {"x", "a"}.__contains__)
    assert (found.file, found.level) == (str(other), "warning")
    assert "of family a also in a.tsv, line 2; keep one" in found.message


def test_lint_goes_on_after_an_error_and_counts(tmp_path):
    found = lint([write(tmp_path / "a.tsv", "torn", line("b", "x"), line("a", "x"))], {"x"}.__contains__)
    assert [f.check for f in found] == ["format", "order"]
    assert summary(found) == "2 errors (format 1, order 1); 0 warnings; 0 notes"


def test_a_wrong_header_is_an_error_and_a_missing_file_cannot_be_read(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("spun\toriginal\n", encoding="utf-8")
    assert "put the header in the first line" in lint([path])[0].message
    with pytest.raises(LexiconError, match=r"none\.tsv: cannot read this lexicon"):
        lint([tmp_path / "none.tsv"])


def test_lint_exit_codes(tmp_path):
    assert run("lint", write(tmp_path / "a.tsv", line("a", "the")), "--no-vocabulary").exit_code == 0
    bad = run("lint", write(tmp_path / "b.tsv", "torn"), "--no-vocabulary")
    assert bad.exit_code == 1 and "b.tsv, line 2: error: expected 7 tab-separated cells" in bad.stdout
    assert run("lint", tmp_path / "none.tsv").exit_code == 2


def test_notes_are_listed_on_demand(tmp_path):
    path = write(tmp_path / "a.tsv", line("a", "the"), line("the", "a"))
    assert "both ways" not in run("lint", path, "--no-vocabulary").stdout
    assert "swapped both ways" in run("lint", path, "--no-vocabulary", "-v").stdout


def test_the_shipped_lexicons_have_no_errors():
    assert [str(f) for f in lint(shipped_files()) if f.level == "error"] == []


# --- show ---------------------------------------------------------------------------------------------------

SMALL = (
    entry("instruct", "tell", "v", count=5.0), entry("instruct", "teach", "v", family="t"),
    entry("inform", "tell", "v"), entry("head* of place", "head* of state", "n"),
    entry("white home", "White House", guard=parse_guard("cap has:president")),
)  # fmt: skip


def shown(word: str) -> list[tuple[str, str, str]]:
    return [(each.side, each.spun, each.original) for each in show.find(SMALL, word)]


def test_show_finds_inflected_forms_on_both_sides_best_first():
    assert shown("instructed") == [("spun", "instructed", "told"), ("spun", "instructed", "taught")]
    assert shown("told") == [("original", "instructed", "told"), ("original", "informed", "told")]
    assert shown("heads of state") == [("original", "heads of place", "heads of state")]
    assert shown("head") == []


@pytest.mark.parametrize("example", GUARD_EXAMPLES, ids=lambda example: example.cell)
def test_the_example_of_a_guarded_entry_fires(example):
    guarded = entry(example.spun, "whatever else", guard=parse_guard(example.cell))
    (each,) = show.find([guarded], example.spun)
    before, after = each.example
    assert speaks(example.spun, example.cell, before)
    assert "else" in after.lower()


def test_show_as_json_and_text(tmp_path):
    path = write(tmp_path / "b.tsv", line("zibble", "zabble", guard="before:the", count="3", source="B01"))
    found = run("show", "zibble", "--lexicon", path, "--only", "--json")
    assert json.loads(found.stdout) == [
        {
            "side": "spun", "spun": "zibble", "original": "zabble", "family": "b", "kind": "lexical", "pos": "",
            "guard": "before:the", "count": 3.0, "clean": 0.0, "sources": ["B01"],
            "example": ["… the zibble …", "… the zabble …"],
        }
    ]  # fmt: skip
    text = run("show", "zabble", "--lexicon", path, "--only").stdout
    assert "zabble is spun to" in text and "lexical, fixed, only before:the, seen 3 times" in text and "B01" in text
    missing = run("show", "zabbles", "--lexicon", path, "--only")
    assert missing.exit_code == 1 and "not in the lexicon" in missing.stdout


# --- coverage -----------------------------------------------------------------------------------------------

HABITS = Lexicon(
    [
        entry("instruct", "tell", "v", count=9.0), entry("instruct", "teach", "v", count=2.0),
        entry("reporters", "journalists"), entry("big boss", "chief"), entry("big", "large"), entry("boss", "head"),
        entry("used to be", "was", sources=("B01", "known:1"), count=4.0),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("spun", "original", "proposed", "first"),
    [
        ("instructed", "told", True, True),
        ("INSTRUCTS", "Tells", True, True),
        ("instructed", "taught", True, False),
        ("instructed", "tell", False, False),
        ("instructed reporters", "told journalists", True, True),
        ("instructed the reporters", "taught the journalists", True, False),
        ("big boss", "chief", True, True),
        ("big boss", "large head", True, False),  # the whole phrase has a reading, which comes first
        ("big boss", "large", False, False),
        ("big old boss", "large old head", True, True),
        ("used to be big", "was big", True, True),
    ],
)
def test_a_swap_is_proposed_whole_or_by_its_parts(spun, original, proposed, first):
    assert judge(HABITS, fold_words(spun), fold_words(original)) == (proposed, first)


words = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple)


@given(words, words, st.dictionaries(words, st.sets(words, max_size=2), max_size=4))
def test_composing_agrees_with_writing_out_all_readings(spun, original, table):
    found = {
        (i, j): dict.fromkeys(table[spun[i:j]], 1.0)
        for i in range(len(spun))
        for j in range(i + 1, len(spun) + 1)
        if spun[i:j] in table
    }

    def written(at: int) -> set[tuple[str, ...]]:
        if at == len(spun):
            return {()}
        result = {(spun[at], *rest) for rest in written(at + 1)}
        for (i, j), texts in found.items():
            if i == at:
                result |= {text + rest for text in texts for rest in written(j)}
        return result

    assert composes(spun, original, found) == (original in written(0))


def test_coverage_counts_rows_occurrences_families_and_misses():
    swaps = [Swap("instructed", "told", 6, ("A", "B")), Swap("instructed", "taught", 3, ("A",)),
             Swap("Party", "birthday", 2, ("B",)), Swap("same", "Same"), Swap("x", "y", 5, ("B",))]  # fmt: skip
    report = cover(HABITS, swaps)
    assert report.as_json() == {
        "total": 4, "proposed": 2, "first": 1, "weight": 16, "weight_proposed": 9, "weight_first": 6, "unusable": 1,
        "families": {
            "B": {"total": 3, "proposed": 1, "first": 1, "weight": 13, "weight_proposed": 6, "weight_first": 6},
            "A": {"total": 2, "proposed": 2, "first": 1, "weight": 9, "weight_proposed": 9, "weight_first": 6},
        },
        "misses": [{"spun": "x", "original": "y", "count": 5, "family": "B"},
                   {"spun": "Party", "original": "birthday", "count": 2, "family": "B"}],
    }  # fmt: skip
    text = coverage.text_report(report, misses=1)
    assert "x <- y" in text and "birthday" not in text
    (family,) = [row.split() for row in text.splitlines() if row.startswith("A ")]
    assert family[:5] == ["A", "2", "100.0%", "50.0%", "100.0%"]


def test_sources_can_be_forgotten():
    known = coverage.without_sources(HABITS.entries, coverage.source_filter((), known_only=True))
    assert [(e.spun, e.count, e.sources) for e in known] == [("used to be", 0.0, ("known:1",))]
    rest = coverage.without_sources(HABITS.entries, coverage.source_filter(("A*",), known_only=False))
    assert [e.sources for e in rest] == [("B01", "known:1")]


def test_coverage_command(tmp_path):
    swaps = tmp_path / "swaps.tsv"
    swaps.write_text("spun\tnote\toriginal\tcount\nBamboozled\tx\tfooled\t2\nno such\ty\tswap\t\n", encoding="utf-8")
    own = write(tmp_path / "a.tsv", line("bamboozle", "fool", pos="v", source="A01"))
    found = json.loads(run("coverage", swaps, "--lexicon", own, "--only", "--json").stdout)
    assert (found["proposed"], found["first"], found["total"]) == (1, 1, 2)
    assert found["misses"] == [{"spun": "no such", "original": "swap", "count": 1.0, "family": ""}]
    for option in (("--known-only",), ("--without-source", "A*")):
        blind = json.loads(run("coverage", swaps, "--lexicon", own, "--only", "--json", *option).stdout)
        assert blind["proposed"] == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\n", "line 1: expected a header with the columns spun and original"),
        ("spun\toriginal\tcount\na\tb\tmany\n", "line 2: count 'many': expected a number"),
        ("spun\toriginal\na\n", "line 2: expected tab-separated cells"),
    ],
)
def test_unreadable_swaps_name_the_line(tmp_path, text, message):
    path = tmp_path / "swaps.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match=message):
        read_swaps(path)


# --- add ----------------------------------------------------------------------------------------------------


def signs(changes: Sequence[adding.Change]) -> list[str]:
    return [change.sign for change in changes]


def add(tmp_path: Path, text: str, target: Path | None = None, **more: bool) -> list[adding.Change]:
    source = tmp_path / "new.txt"
    source.write_text(text, encoding="utf-8")
    return adding.add(review.read_review(source, "C:page"), tmp_path, target, **more)


def test_plain_lines_are_generalised_divided_and_summed(tmp_path):
    changes = add(
        tmp_path, "instructed reporters\ttold reporters\t3\tA\ninstructs\ttells\t2\n# x\tno\nbig cats\tlarge dogs\n"
    )
    assert signs(changes) == ["+", "+"]
    assert list(read_entries(tmp_path / "a.tsv")) == [
        entry("big cat", "large dog", "n", sources=("C:page",)),
        entry("instruct", "tell", "v", count=5.0, sources=("C:page",)),
    ]


def test_lines_go_to_the_file_of_their_family_and_kind(tmp_path):
    add(tmp_path, "white home\tWhite House\t1\tA\n4\tfour\t1\tA,B_mt\nbug\tspider\t1\tSPINBOT\n")
    assert sorted(path.name for path in tmp_path.glob("*.tsv")) == [
        "a_names.tsv",
        "a_numbers.tsv",
        "b_numbers.tsv",
        "t.tsv",
    ]


def test_adding_merges_counts_and_sources_once_and_keeps_comments(tmp_path):
    own = write(tmp_path / "a.tsv", "# kept", line("instruct", "tell", pos="v", count="4", source="A07 known:2"))
    text = "spun\toriginal\tpos\tcount\tsource\ninstruct\ttell\tv\t3\tC:x.com known:1\n"
    assert signs(add(tmp_path, text, own)) == ["~"]
    assert own.read_text("utf-8").split("\n")[1:] == [
        "# kept",
        line("instruct", "tell", "v", "", "7", "A07 C:x.com known:1"),
        "",
    ]
    before = own.read_bytes()
    (again,) = add(tmp_path, text, own)
    assert again.sign == "=" and own.read_bytes() == before


def test_conflicts_are_explained(tmp_path):
    write(tmp_path / "a.tsv", line("fight", "war"), line("leader", "chief", pos="n"))
    write(tmp_path / "a_names.tsv", line("zibble", "zabble"))
    changes = add(tmp_path, "spun\toriginal\tpos\nfight\twar\tn\nchief\tleader\tn\nzibble\tzabble\t-\n")
    assert [change.message for change in changes if change.sign == "!"] == [
        "fight -> war also stands with pos - in a.tsv (here n)",
        "the reverse stands too, leader -> chief: context will have to decide",
        "zibble -> zabble also stands in a_names.tsv, and would count twice",
    ]


@pytest.mark.parametrize(
    ("spun", "original", "denied"),
    [
        ("not too long ago", "recently", False),
        ("not less than", "at least", False),
        ("no fewer than", "at least", False),
        ("gained't", "won't", False),
        ("not too long ago was", "recently was not", True),
        ("not less", "less", True),
        ("gained't", "gained", True),
    ],
)
def test_a_not_that_denies_nothing_is_no_negation(spun, original, denied):
    assert (vetting.objection(spun, original) is not None) == denied


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ("now\tnot", "it would add a negation"),
        ("does not\tdoes", "it would remove a negation"),
        ("2021\t2022", "the numbers differ"),
        ("Same\tsame", "both sides are the same"),
        ("...\tthe", "a side has no words"),
        ("<b>\tthe", "the character '<' belongs in no phrase"),
        ("a b c d e f g\tx", "longer than 6 words"),
        ("alone", "expected 2 to 4 tab-separated cells, found 1"),
    ],
)
def test_what_cannot_be_an_entry_is_rejected_with_the_reason(tmp_path, pair, why):
    if pair == "now\tnot":
        assert vetting.objection("now not", "no longer") is None and vetting.objection("lately", "not") == why
        return
    (change,) = add(tmp_path, pair + "\n")
    assert change.sign == "-" and why in change.message
    assert not (tmp_path / "a.tsv").exists()


@pytest.mark.parametrize(
    "pair",
    [
        ("is without doubt one of the", "is one of the"),
        ("not too long ago", "recently"),
        ("let or not it's", "let it be"),
        ("no matter if", "whether"),
        ("devoid of", "without"),
    ],
)
def test_set_phrases_that_deny_nothing_are_no_negations(pair):
    assert vetting.objection(*pair) is None
    assert vetting.objection("without the", "the") == "it would remove a negation"


def test_a_bad_line_names_itself_and_the_others_are_added(tmp_path):
    changes = add(tmp_path, "spun\toriginal\tguard\nbig\tlarge\tcaps\nfast\tquick\t\n")
    assert signs(changes) == ["-", "+"] and "line 2: big -> large: unknown guard 'caps'" in changes[0].message


def test_a_dry_run_changes_nothing(tmp_path):
    source = tmp_path / "new.txt"
    source.write_text("instructed\ttold\n", encoding="utf-8")
    own = tmp_path / "a_own.tsv"
    found = run("add", source, "--to", own, "--dry-run")
    assert found.exit_code == 0 and "+ a_own.tsv: instruct -> tell (v), count 1, user" in found.stdout
    assert not own.exists()
    assert run("add", source, "--to", own).exit_code == 0
    assert lint([own]) == [] and [e.spun for e in read_entries(own)] == ["instruct"]
    source.write_text("same\tsame\n", encoding="utf-8")
    assert run("add", source, "--to", own).exit_code == 1
    assert run("add", tmp_path / "none.txt", "--to", own).exit_code == 2


# --- measure ------------------------------------------------------------------------------------------------

COUNTED = (
    entry("instruct", "tell", "v"),
    entry("white home", "White House"),
    entry("fight", "war", "vn"),
    entry("nary", "no"),
)
ARTICLES = (
    "Held out: nary nary nary.",
    "He instructed us. The White Home instructs them.",
    "Fights and a white homely fight; they fought.",
)


def corpus(path: Path) -> Path:
    path.write_text("\n\n".join(ARTICLES) + "\n", encoding="utf-8")
    return path


def test_clean_counts_leave_out_held_out_articles_and_count_inflections(tmp_path):
    counts = measuring.count_clean(COUNTED, [corpus(tmp_path / "c.txt")], processes=1)
    assert counts.words == sum(len(tokenize(article)) for article in ARTICLES[1:])
    assert [counts.per_million(e) * counts.words / 1e6 for e in COUNTED] == pytest.approx([2, 1, 3, 0])


def test_processes_do_not_change_the_counts(tmp_path):
    files = [corpus(tmp_path / "c.txt"), corpus(tmp_path / "d.txt")]
    assert measuring.count_clean(COUNTED, files, processes=2) == measuring.count_clean(COUNTED, files, processes=1)


def test_measure_rewrites_the_clean_column_only(tmp_path):
    own = write(tmp_path / "a.tsv", "# kept", line("instruct", "tell", pos="v"), line("nary", "no"))
    found = run("measure", corpus(tmp_path / "c.txt"), "--to", own, "--processes", "1", "-q")
    assert found.exit_code == 0 and "1 lines changed" in found.stdout
    words = sum(len(tokenize(article)) for article in ARTICLES[1:])
    rows = own.read_text("utf-8").split("\n")
    assert rows[1] == "# kept" and rows[2].split("\t") == [
        "instruct",
        "tell",
        "v",
        "",
        "1",
        f"{2e6 / words:.3g}",
        "A01",
    ]
    assert run("measure", tmp_path / "none.txt", "--to", own).exit_code == 2
    with pytest.raises(LexiconError, match="expected a lexicon file, found none"):
        measuring.measure_files([tmp_path / "none.tsv"], [])


def test_a_damaged_corpus_changes_nothing(tmp_path):
    own = write(tmp_path / "a.tsv", line("nary", "no"))
    before = own.read_bytes()
    (tmp_path / "c.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(ModelError, match="expected a corpus"):
        measuring.measure_files([own], [tmp_path / "c.txt.gz"], processes=1)
    assert own.read_bytes() == before


# --- the thesaurus pack --------------------------------------------------------------------------------------


def test_the_pack_is_small_symmetric_and_knows_neighbours():
    near = pack.thesaurus()
    assert all(word in near[other] for word, others in near.items() for other in others)
    assert all(word not in others for word, others in near.items())
    assert "serious" in near["severe"] and "discussion" in near["talk"]
    assert "talk" not in near["severe"]
    assert (shipped_files()[0].parent / pack.PACK).stat().st_size < 1_000_000
    assert pack.thesaurus() is near


def test_show_asks_the_shipped_lexicon_by_default():
    found = run("show", "instructed")
    assert found.exit_code == 0 and "instructed may stand for\n  tell: family" in found.stdout


def test_a_missing_pack_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(pack, "shipped_folder", lambda: tmp_path)
    with pytest.raises(LexiconError, match=r"ref_thesaurus\.txt\.gz: cannot read the thesaurus pack"):
        pack.thesaurus.__wrapped__()


def test_pairs_come_from_known_habits_only_and_reach_siblings():
    known = {"sources": ("known:1",)}
    entries = [
        entry("big", "large", "a", **known), entry("huge", "large", "a", **known), entry("great", "large", "a"),
        entry("huge", "rare", "v", **known), entry("of", "large", "a", **known), entry("big", "oddity", "a", **known),
    ]  # fmt: skip
    vocabulary = {"big", "huge", "large", "great", "rare", "of"}
    assert relating.near_pairs(entries, vocabulary) == [
        ("big", "huge"),
        ("big", "large"),
        ("huge", "large"),
        ("huge", "rare"),
    ]
    assert relating.near_pairs(entries, vocabulary, most=3)[0] == ("big", "large")
    text = gzip.decompress(relating.pack([("big", "huge"), ("big", "large")])).decode()
    assert text.endswith("\nbig\thuge large\n")


# --- tortured phrases ----------------------------------------------------------------------------------------

PHRASES = (
    ("counterfeit consciousness", "artificial intelligence (ai)"),
    ("help vector machines", "support vector machines (svm)"),
    ("profound qwk organization", "deep qwk network"), ("neural qwk", "nets (qwk)"), ("malicious hobbies", "???"),
    ("singleword", "single word"), ("loss (of) x", "loss function"), ("same thing", "same thing (st)"),
    ("first request", "differential equation and 1st order"), ("place of interest", "region of interest (roi)"),
)  # fmt: skip


def test_usable_phrases_become_entries_that_inflect():
    made = {e.spun: (e.original, e.pos) for e in tortured.entries_of(PHRASES)}
    assert made == {
        "counterfeit consciousness": ("artificial intelligence", "n"),
        "help vector machine": ("support vector machine", "n"),
        "profound qwk organization": ("deep QWK network", "n"),
        "neural qwk": ("nets", ""),
        "place of interest": ("region of interest", "n"),
    }


def test_ordinary_english_is_dropped_and_rare_english_guarded():
    entries = list(tortured.entries_of(PHRASES))
    found = measuring.Counts(
        measuring.Counter({("place", "of", ("interest", "n")): 50, ("help", "vector", ("machine", "n")): 1}), 10_000_000
    )
    kept = {e.spun: e.guard.has for e in tortured.checked(entries, found)}
    assert kept == {
        "counterfeit consciousness": (), "help vector machine": ("support", "vector", "machine"),
        "profound qwk organization": (), "neural qwk": (),
    }  # fmt: skip


def test_phrase_lists_that_cannot_be_read(tmp_path):
    path = tmp_path / "phrases.json"
    path.write_text('{"phrases": [{"tortured": "x"}]}', encoding="utf-8")
    with pytest.raises(InputError, match="expected JSON with"):
        tortured.read_phrases(path)


# --- the README ------------------------------------------------------------------------------------------------


def guard_rows() -> list[list[str]]:
    text = (shipped_files()[0].parent / "README.md").read_text(encoding="utf-8")
    table = text.split("## Guards")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in row.replace("\\|", "¦").split("|")[1:-1]]
        for row in table.splitlines()
        if row[:3] == "| `"
    ]
    return [[cell.replace("¦", "|").strip("`") for cell in row] for row in rows]


@pytest.mark.parametrize("row", guard_rows(), ids=lambda row: row[0])
def test_the_guards_of_the_readme_fire_and_stay_silent(row):
    cell, _, spun, fires, silent = row
    if not parse_guard(cell).reference:  # judged where the references are
        assert speaks(spun, cell, fires) and not speaks(spun, cell, silent)


def test_the_readme_shows_every_kind_of_guard_and_lines_that_stand_in_the_files():
    parts = {part.partition(":")[0] for row in guard_rows() for part in row[0].split()}
    assert parts == {"cap", "lower", "before", "after", "has", "ref"}
    text = (shipped_files()[0].parent / "README.md").read_text(encoding="utf-8")
    examples = [row.split("→") for row in text.splitlines() if row.count("→") == 6]
    pairs = {(e.spun, e.original, e.pos or "-") for path in shipped_files() for e in read_entries(path, trusted=True)}
    assert len(examples) == 3 and {tuple(cells[:3]) for cells in examples} <= pairs
