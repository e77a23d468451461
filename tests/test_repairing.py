"""The pipeline as a whole: what a repair promises."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from core_strategies import Drawn, readable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from normalizer import Normalizer, Settings, apply_edits, glancing, invert_edits, reading, testimony
from normalizer.confidence import outcome_posteriors
from normalizer.errors import ArgumentError, InputError, NormalizerWarning
from normalizer.files import decode
from normalizer.inference import infer
from normalizer.lexicon import Lexicon
from normalizer.pages import read
from normalizer.plans import Plan
from normalizer.reading import read_lattice
from normalizer.references import prepare
from normalizer.testimony import ReferenceCache
from normalizer.verdicts import swap_signs

ROOT = Path(__file__).parent
SEEDS = {path.name[:3]: decode(path.read_bytes(), path.name) for path in (ROOT.parent / "seeds").glob("*.txt")}
STORIES = sorted((ROOT / "cases" / "stories").glob("*/*.txt"))
SPUN = ("000", "001", "003")
CLEANER = ("002", "004")


@pytest.fixture(scope="module")
def tool():
    return Normalizer()


@pytest.mark.smoke
@pytest.mark.parametrize("seed", SPUN)
def test_seed_is_found_spun_and_its_plan_replays_and_reverts(tool, seed):
    text = SEEDS[seed]
    repair = tool.repair(text, [SEEDS[name] for name in CLEANER])
    assert repair.verdict.spun > 0.99
    assert repair.verdict.family == ("b" if seed == "003" else "a")
    assert len(repair.edits) > 100
    plan = Plan.from_json(repair.plan().to_json())
    assert plan.apply(text) == repair.text
    assert plan.revert(repair.text) == text


@pytest.mark.smoke
@pytest.mark.parametrize("seed", CLEANER)
def test_cleaner_seed_keeps_its_wording(tool, seed):
    repair = tool.repair(SEEDS[seed])
    assert repair.verdict.family is None
    assert {edit.kind for edit in repair.edits} <= {"residue"}


@pytest.mark.smoke
@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_clean_story_is_left_alone(tool, path):
    text = decode(path.read_bytes(), path.name)
    repair = tool.repair(text)
    assert repair.edits == ()
    assert repair.text == text


def signs(tool, text, references=()):
    lattice, testimony = read_lattice([read(text)], [ReferenceCache(tool.tables)(references)], tool.tables)
    support = testimony.on_arcs(lattice)
    return swap_signs(infer(lattice, tool.tables, support), support.get("verbatim"))


def test_only_what_can_be_swapped_speaks_for_clean_text(tool):
    """Names, figures and marks are hardly ever swapped; a capitalised word is counted where a reading covers it."""
    assert signs(tool, "Brel Vantor, Ixil Omrade: Tosk Quillen.")[1].tolist() == [0]
    swaps, exposed = signs(tool, "Crimson Navy Subsequent")
    assert exposed.tolist() == [3] and 0.0 <= swaps[0] <= 3.0


def test_a_reference_tells_that_a_sentence_is_spun(tool):
    """Swaps of common words are no sign of a spinner, unless a reference has the sentence without them."""
    clean = "The talks in Vienna were held on Monday and the two sides did not agree on the borders of the province."
    spun = "The talks in Vienna were held at Monday and the 2 aspects did not agree at the boundaries of the province."
    report = f"{clean}\n{clean.replace('Monday', 'Tuesday')}"
    (alone,), (beside,) = (signs(tool, spun, references)[0] for references in ([], [report]))
    assert beside > alone + 1.0


def test_formal_prose_is_not_taken_for_spun(tool):
    """Its words are those that spinners write, but clean text has them often."""
    formal = (
        "The numerical display of remaining capacity provides users with a precise indication of available power. "
        "Access to this specific level of detail enables effective management and mitigates the risk of shutdown. "
        "Understanding the various methods available across different versions will be examined in later sections."
    )
    assert tool.detect(formal).spun < 0.5


def test_a_page_full_of_names_is_still_found_spun(tool):
    """The names alone must not outweigh the swaps around them."""
    spun = (
        "The singer stated followers have been blissful in regards to the reside exhibits final yr. "
        "Her newest album options a number of friends, in line with the corporate, and extra music movies are coming. "
    )
    names = "Guests: Orla Venn, Tomas Brel, Ixil Omrade, Petra Vantor, Juno Halleck, Mirko Stane, Ada Quill. "
    assert tool.detect(spun).spun > 0.9
    assert tool.detect(spun + names * 3).spun > 0.9


def test_famous_damage_is_undone(tool):
    repaired = tool.repair(SEEDS["001"]).text
    for wanted in ("Foreign Minister", "Eastern Europe", "told", "running high", "crisis"):
        assert wanted in repaired
    assert "Jap" not in repaired


def test_invented_damage_is_mostly_undone(tool):
    """Sixty sentences written by hand in the manner of the families: .73 of the wrong words go."""
    lines = (ROOT / "cases" / "damage.tsv").read_text(encoding="utf-8").split("\n")[1:]
    spun, clean = zip(*(line.split("\t") for line in lines if line), strict=True)
    repaired = tool.repair("\n".join(spun)).text.split("\n")

    def errors(texts):
        return sum(Levenshtein.distance(a.split(), b.split()) for a, b in zip(texts, clean, strict=True))

    assert errors(repaired) < 0.35 * errors(spun)


def test_every_edit_says_why(tool):
    repair = tool.repair(SEEDS["001"], [SEEDS["002"]])
    assert any(edit.evidence.references for edit in repair.edits)
    for edit in repair.edits:
        assert 0 < edit.confidence <= 1
        if edit.kind in ("lexical", "function", "name", "number"):
            assert edit.evidence.entry
            assert edit.evidence.margin is not None


def test_supporting_places_hold_the_wording(tool):
    from normalizer.tokens import fold_words

    for edit in tool.repair(SEEDS["001"], [SEEDS["002"]]).edits:
        for support in edit.evidence.references:
            assert fold_words(SEEDS["002"][support.start : support.end]) == fold_words(edit.after)


@pytest.mark.parametrize("low, high", [(0.3, 0.6), (0.5, 0.8), (0.8, 0.95)])
def test_higher_confidence_removes_edits(tool, low, high):
    few, many = (
        Normalizer(tables=tool.tables, settings=Settings(min_confidence=level)).repair(SEEDS["003"])
        for level in (high, low)
    )
    few_places, many_places = ({(edit.start, edit.end, edit.after) for edit in each.edits} for each in (few, many))
    assert few_places < many_places
    assert few.withheld > many.withheld


@pytest.mark.parametrize("bar", [0.0, 0.95, *(pytest.param(bar, marks=pytest.mark.slow) for bar in (0.3, 0.9))])
def test_a_repair_is_settled_at_every_bar(tool, bar):
    other = Normalizer(tables=tool.tables, settings=Settings(min_confidence=bar))
    for text in SEEDS.values():
        assert other.repair(other.repair(text).text).edits == ()


def test_what_is_held_back_is_counted(tool):
    text = "He stated so.\n" + SEEDS["003"]
    shown = [Normalizer(tables=tool.tables, settings=Settings(min_confidence=bar)).repair(text) for bar in (0.0, 1.0)]
    assert shown[0].withheld == 0 and shown[0].edits
    assert not shown[1].edits and shown[1].withheld > 100
    first = reading.read_articles([reading.Job(text)], tool.tables, 0.0, testimony.ReferenceCache(tool.tables))[0]
    expected = sum(edit.confidence >= 0.3 and edit.kind != "residue" for edit in first.edits)
    assert abs(shown[1].withheld - expected) <= 2  # an edit that a relative displaces at a lower bar is counted, too
    assert tool.repair("The ministers will meet again on Friday.").withheld == 0


def test_lexicons_and_models_are_paths_or_names_of_files(small_lexicon, tmp_path):
    own = tmp_path / "a_my.tsv"
    own.write_text("spun\toriginal\tpos\tguard\tcount\tclean\tsource\nnewshounds\treporters\t-\t\t9\t0\tA01\n", "utf-8")
    for lexicons in (str(own), own, [str(own)], [own]):
        assert Normalizer(lexicons).tables.source == (own,)


@pytest.mark.parametrize(
    ("lexicons", "model", "message"),
    [
        (3, None, "lexicons: expected a path or a list of paths, found int 3"),
        (b"a_my.tsv", None, "lexicons: expected a path or a list of paths, found bytes b'a_my.tsv'"),
        ([b"a_my.tsv"], None, "lexicons: expected the path of a file, found bytes b'a_my.tsv'; give a str or a pathli"),
        ([], 3, "model: expected the path of a file, found int 3; give a str or a pathlib.Path"),
    ],
)
def test_what_is_no_path_is_refused(lexicons, model, message):
    with pytest.raises(ArgumentError, match=message):
        Normalizer(lexicons, model)
    assert issubclass(ArgumentError, TypeError)  # what callers guarded against before it had a name of its own


def test_order_of_references_is_irrelevant(tool):
    references = [SEEDS["002"], SEEDS["004"]]
    assert tool.repair(SEEDS["001"], references).text == tool.repair(SEEDS["001"], references[::-1]).text


def test_unrelated_reference_changes_nothing(tool):
    other = (ROOT / "cases" / "stories" / "09_pioneers_injury" / "original.txt").read_text(encoding="utf-8")
    assert tool.repair(SEEDS["001"], [other]).text == tool.repair(SEEDS["001"]).text


def test_partly_spun_article_is_repaired_where_it_is_spun(tool):
    clean = (ROOT / "cases" / "stories" / "07_nurses_strike" / "original.txt").read_text(encoding="utf-8")
    text = SEEDS["001"][:2500] + "\n\n" + clean
    repair = tool.repair(text)
    assert len(repair.edits) > 40
    assert all(edit.start < 2500 for edit in repair.edits)


WORDS = st.text(alphabet="qxzjkvw\u0130\u00ad\u0301é😀 \r\n\t{}[]«»'’", max_size=200)


@given(text=WORDS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_without_proposals_not_a_byte_changes(text):
    repair = empty().repair(text)
    if not any(edit.kind == "residue" for edit in repair.edits):
        assert repair.text == text
        assert repair.edits == ()


@cache
def empty():
    return Normalizer(tables=repairer().tables.with_lexicon(Lexicon([])))


PIECES = st.lists(
    st.one_of(
        st.sampled_from([line for seed in SPUN for line in SEEDS[seed].split("\n") if line]),
        st.text(max_size=30),
        st.sampled_from(["\r\n", "\n\n", "\ufeff", "\x00", "at this time ", "used to be ", "An excessive ", "US "]),
    ),
    max_size=8,
)


@given(pieces=PIECES)
@settings(max_examples=60, deadline=None)
def test_any_text_is_repaired_by_a_plan_that_reverts(pieces):
    text = "".join(pieces)
    tool = repairer()
    repair = tool.repair(text, [SEEDS["002"]])
    assert apply_edits(text, repair.edits) == repair.text
    assert apply_edits(repair.text, invert_edits(repair.edits)) == text
    assert repair.text.count("\n") == text.count("\n")


@cache
def repairer():
    return Normalizer()


def test_signature_names_what_made_the_repair(tool):
    signature = tool.repair("Nothing here.").signature
    names = zip(("lm", "topics", "context"), tool.tables.models, strict=True)
    models = "|".join(f"{name}:{model.signature}" for name, model in names)
    assert signature.startswith(
        f"lexicon:{tool.lexicon.signature}|{models}|weights:{tool.tables.weights.signature}|refs:0|v:"
    )


@pytest.mark.parametrize("bar", [-0.1, 1.1, float("nan")])
def test_a_bar_outside_probabilities_is_refused(bar: float) -> None:
    with pytest.raises(InputError, match="min_confidence: expected a number from 0 to 1, found"):
        Settings(min_confidence=bar)


def test_arcs_that_do_the_same_are_as_sure_as_all_of_them_together() -> None:
    """To leave out `actually` is one outcome, whichever neighbour the arc spans; so is `cold` in one arc or two."""
    chances = {"have": 0.4, "been": 0.5, "cold": 0.3, "cold war": 0.6, "clash": 0.2, "now we": 0.1}
    places = ((1, 3), (2, 4), (5, 6), (5, 7), (6, 7), (0, 1))
    drawn = [Drawn(*place, tuple(words.split())) for place, words in zip(places, chances, strict=True)]
    lattice = readable("we have actually been in chilly conflict", *drawn).lattice
    texts = [lattice.wordings.text(int(lattice.readings.wording[own])) for own in lattice.reading[lattice.edits]]
    arcs = np.zeros(len(lattice))
    arcs[lattice.edits] = [chances[text] for text in texts]
    found = outcome_posteriors(lattice, arcs)[lattice.edits]
    sure = {text: round(float(p), 6) for text, p in zip(texts, found, strict=True)}
    assert sure == {"have": 0.9, "been": 0.9, "cold": 0.9, "cold war": 0.6, "clash": 0.2, "now we": 0.1}


def test_one_text_is_no_list_of_references(tool):
    with pytest.raises(TypeError, match="expected a list of texts"):
        tool.repair("He said so.", "He told them so.")


@pytest.mark.parametrize(("text", "references"), [(b"x", []), (None, []), ("x", [b"y"]), ("x", ["y", None])])
def test_what_is_no_text_is_named(tool, text, references):
    with pytest.raises(TypeError, match=r"expected a text, found (bytes .*; decode it as UTF-8|NoneType None; give)"):
        tool.repair(text, references)


def test_references_may_come_one_by_one(tool):
    cleaner = [SEEDS[name] for name in CLEANER]
    assert tool.repair(SEEDS["001"], iter(cleaner)) == tool.repair(SEEDS["001"], cleaner)


@pytest.mark.parametrize(
    "line",
    [
        "He said “the {trade} talks” were on, and “no {such} thing”.",
        '"It {the ministry} has failed," she said. "So {it} goes."',
        "``The {trade} gap is wide,'' said Mr. Smith.",
        "“The {trade} gap is wide, and it grows.",
    ],
)
def test_braces_in_quotations_are_an_editors_in_clean_text(tool, line):
    clean = "The minister said on Friday that the talks would go on next week.\n" * 8
    assert tool.repair(line + "\n" + clean).edits == ()
    assert [e.before for e in tool.repair(clean + line.replace("“", "") + "\nA {thing} fell.").edits][-1] == "{thing}"
    spun = tool.repair(line + "\n" + SEEDS["001"])
    assert spun.edits[0].before.startswith("{")


def test_equal_references_speak_once(tool):
    once = tool.repair(SEEDS["001"], [SEEDS["004"], SEEDS["002"]])
    often = tool.repair(SEEDS["001"], [SEEDS["004"], SEEDS["004"], SEEDS["002"], prepare(SEEDS["004"]), SEEDS["002"]])
    assert [(e.start, e.after, e.confidence) for e in often.edits] == [
        (e.start, e.after, e.confidence) for e in once.edits
    ]
    spoken = {place.reference for edit in often.edits for place in edit.evidence.references}
    assert spoken == {0, 2}


def test_references_are_bounded(tool, monkeypatch):
    long = SEEDS["004"] + "\n\n" + "It rained. " * 40_000
    assert tool.repair(SEEDS["001"], [long]).text == tool.repair(SEEDS["001"], [long[:300_000]]).text
    monkeypatch.setattr(testimony, "MOST_TEXT", len(SEEDS["002"]))
    cache = ReferenceCache(tool.tables)
    with pytest.warns(NormalizerWarning, match="references: expected at most .* found more; the rest is not read"):
        taken = cache([SEEDS["002"], SEEDS["004"]])
    assert [each.reference.text for each in taken] == [SEEDS["002"], ""]


def test_a_second_look_spares_long_clean_texts(monkeypatch):
    """Of a long text whose most suspicious part is clean only that part is read; a spun one is read in full."""
    clean = "\n\n".join(path.read_text(encoding="utf-8") for path in STORIES if path.stem == "original")[:12000]
    tokens = []
    read_pages = reading.read_pages

    def counted(pages, *rest):
        tokens.append(sum(len(page.tokens) for page in pages))
        return read_pages(pages, *rest)

    monkeypatch.setattr(reading, "read_pages", counted)
    monkeypatch.setattr(glancing, "THRESHOLD", 0.0)  # everything is suspicious at a glance
    assert repairer().repair(clean).edits == ()
    assert 0 < sum(tokens) < 0.4 * len(read(clean).tokens)
    tokens.clear()
    assert len(repairer().repair(SEEDS["000"]).edits) > 400
    assert max(tokens) == len(read(SEEDS["000"]).tokens)


def test_edits_are_as_sure_as_learnt_confidence_says(tool):
    text = "The International Minister instructed reporters at a press convention that talks will proceed next week."
    tables = tool.tables
    learnt = [replace(tables, weights=replace(tables.weights, confidence={"bias": bias})) for bias in (-9.0, 9.0)]
    found = [Normalizer(tables=each).repair(text).edits for each in learnt]
    sizes = [sum(edit.kind != "synonym" for edit in edits) for edits in found]
    assert sizes[0] == 0
    assert sizes[1] >= len(tool.repair(text).edits) >= 4
