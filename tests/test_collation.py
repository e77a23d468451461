"""Collation: a garbled text set beside its witnesses, word by word."""

import random

import numpy as np
import pytest
from core_strategies import thorough, usual
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizer.alignment import NOWHERE, SKIP, Candidate, Gap, Ties, _sweep
from normalizer.collation import (
    Collation,
    Support,
    Witness,
    collate,
    propose,
    same_story,
    support,
)
from normalizer.evaluating.metrics import right_edits
from normalizer.lattice import build_lattice
from normalizer.lexicon import Entry, Guard, Lexicon
from normalizer.proposals import FAMILY_NAMES, Reading
from normalizer.references import Trusted, prepare
from normalizer.repairing import Normalizer
from normalizer.rewording import may_rename, may_replace, may_stand_for
from normalizer.tokens import sentences, tokenize
from tests.tools.spinner import Habits, Spinner, story, story_names

REPORT = (
    "Lukas Haradin spoke to reporters in Vienna. “We did not expect to end a war in one afternoon, but Velania and "
    "Karovia understand what the other really needs,” Haradin told them. Drezev left Vienna at noon."
)
SPUN = (
    "Lukas Haradin talked to newshounds in Vienna. “We did not anticipate to end a battle in one afternoon, but "
    "Velania and Karovia perceive what the other really wishes,” Haradin advised them. Drezev departed Vienna at noon."
)


def weigh(word: str) -> float:
    """Short words say little."""
    return min(12.0, 2.0 * len(word)) if word[0].isalnum() else 1.0


def collated(text: str, *references: str, readings=(), trust=None) -> tuple[Collation, list, list]:
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    trusts = trust or [1.0] * len(references)
    trusted = [Trusted(prepare(reference), each) for reference, each in zip(references, trusts, strict=True)]
    return collate(tokens, spans, readings, trusted, weigh), tokens, spans


def wordings(collation: Collation, tokens) -> set[tuple[str, str]]:
    return {(" ".join(t.text for t in tokens[r.start : r.end]), r.text) for r in collation.proposals}


# --- the alignment itself -------------------------------------------------------------------------------------


def plain_best(ties, height, position):
    """The best chain up to each cell, tried one by one."""
    best = np.zeros((height, len(position)))
    for row in range(height):
        for column in range(len(position)):
            for top, bottom, left, right, gain in ties:
                if bottom <= row and right <= column:
                    skipped = row - bottom + position[column] - position[right]
                    best[row, column] = max(best[row, column], best[top, left] + gain - SKIP * skipped)
    return best


TIE = st.tuples(st.integers(0, 4), st.integers(1, 2), st.integers(0, 5), st.integers(1, 2), st.floats(0.3, 9))


@given(st.lists(TIE, max_size=6))
@thorough
def test_the_sweep_finds_what_trying_all_chains_finds(drawn):
    ties = [(top, top + rows, left, left + columns, gain) for top, rows, left, columns, gain in drawn]
    position = np.array([0.0, 1, 2, 3, 1000, 1001, 1002, 1003])
    columns = [np.array([tie[k] for tie in ties], dtype=np.int64) for k in range(4)]
    best, ends = _sweep(*columns, np.array([tie[4] for tie in ties], dtype=float), 7, position)
    assert np.allclose(best, plain_best(ties, 7, position))
    assert {(r, c) for r, c in np.argwhere(ends > NOWHERE).tolist()} == {(tie[1], tie[3]) for tie in ties}


def test_ties_are_rows_of_one_length():
    assert Ties._fields == ("candidate", "top", "bottom", "left", "right", "gain")
    assert Candidate(0, 1, ("a",), True).stands


# --- witnesses ------------------------------------------------------------------------------------------------


def test_a_spun_quotation_gets_its_words_back_from_a_report():
    collation, tokens, _ = collated(SPUN, REPORT)
    assert collation.trust == (1.0,)
    found = wordings(collation, tokens)
    assert {("anticipate", "expect"), ("battle", "war"), ("perceive", "understand"), ("wishes", "needs")} <= found
    (war,) = (reading for reading in collation.proposals if reading.text == "war")
    assert [witness.verbatim for witness in collation.witnesses[war.start, war.end, war.words]] == [1.0]


def test_a_lexicon_reading_is_witnessed_where_the_surroundings_fit():
    tokens = tokenize(SPUN)
    at = [token.word for token in tokens].index("battle")
    war = Reading(at, at + 1, "war", ("war",), "lexical")
    fight = Reading(at, at + 1, "fight", ("fight",), "lexical")
    collation, *_ = collated(SPUN, REPORT, readings=[fight, war])
    (witness,) = collation.witnesses[at, at + 1, ("war",)]
    assert witness.verbatim == 1.0 and witness.proof > 0.5
    assert (at, at + 1, ("fight",)) not in collation.witnesses
    assert all(reading.words != ("war",) for reading in collation.proposals), "the lexicon knows it"


def test_a_word_that_stands_elsewhere_in_the_sentence_proves_little():
    spun = SPUN.replace("to end a battle in one afternoon", "to end a battle for one afternoon")
    tokens = tokenize(spun)
    at = [token.word for token in tokens].index("for")
    readings = [Reading(at, at + 1, word, (word,), "function") for word in ("in", "to", "the")]
    collation, *_ = collated(spun, REPORT, readings=readings)
    proofs = {word: collation.witnesses[at, at + 1, (word,)][0].proof for word in ("in", "to", "the")}
    assert proofs["in"] > 0.7 and proofs["to"] < 0.2 and proofs["the"] < 0.2


def test_how_much_of_the_article_a_reference_repeats():
    article = SPUN + "\nThe lawmakers in Karovia convened at dawn and the premier held a lengthy address."
    quoting = "Karovia and Velania met in Vienna. " + REPORT[REPORT.index("“") :]
    collation, *_ = collated(article, REPORT, quoting, "The striker scored.")
    whole, part, none = collation.repeats
    assert 0.7 < whole < 0.95 and 0.2 < part < whole and none == 0.0


def test_a_name_is_not_witnessed_by_a_word_like_it():
    tokens = tokenize(SPUN.replace("told them", "advised them"))
    at = len(tokens) - 1 - [token.word for token in tokens][::-1].index("them")
    readings = [Reading(at, at + 1, text, ("us",), "lexical") for text in ("US", "us")]
    for report, said in (("told us.", ["us"]), ("told US.", ["US", "us"])):
        found = []
        for reading in readings:
            collation, *_ = collated(SPUN, REPORT.replace("told them.", report), readings=[reading])
            found += [reading.text] * ((at, at + 1, ("us",)) in collation.witnesses)
        assert found == said


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "The striker scored twice in the league and the coach was glad.",
        "El ministro de Asuntos Exteriores se reunió en Viena con su homólogo. " * 3,
        SPUN,
    ],
    ids=["empty", "another story", "another language", "the article itself"],
)
def test_a_wrong_reference_says_nothing(reference):
    collation, tokens, spans = collated(SPUN, reference)
    assert not any(collation.trust) and not collation.proposals
    said = support(build_lattice(tokens, spans, []), collation, weigh)
    assert not any(getattr(said, name).any() for name in Support.__dataclass_fields__)


@given(st.permutations([REPORT, "The league striker scored.", REPORT.replace("reporters", "journalists")]))
@usual
def test_neither_order_nor_an_unrelated_reference_matters(references):
    plain, tokens, spans = collated(SPUN, REPORT, REPORT.replace("reporters", "journalists"))
    mixed, *_ = collated(SPUN, *references)
    assert wordings(mixed, tokens) == wordings(plain, tokens)
    lattice = build_lattice(tokens, spans, plain.proposals)
    said, other = support(lattice, plain, weigh), support(lattice, mixed, weigh)
    assert all(np.array_equal(getattr(said, n), getattr(other, n)) for n in Support.__dataclass_fields__)


def test_a_doubtful_reference_supports_less_and_proposes_nothing():
    sure, tokens, spans = collated(SPUN, REPORT)
    doubtful, *_ = collated(SPUN, REPORT, trust=[0.2])
    lattice = build_lattice(tokens, spans, [])
    high, low = support(lattice, sure, weigh), support(lattice, doubtful, weigh)
    assert sure.proposals and not doubtful.proposals
    assert np.all(low.aligned <= high.aligned) and low.aligned.max() < 0.2 < high.aligned.max()


def test_references_vote():
    tokens = tokenize("Velania spoke.")
    spans = list(sentences("Velania spoke.", tokens))
    lattice = build_lattice(tokens, spans, [])
    references = (prepare("Velania spoke."), prepare("Velania spoke."))
    votes = {(0, 1, ("velania",)): [Witness(0, 0, 0.5, 0.0), Witness(1, 0, 0.5, 0.5)]}
    said = support(lattice, Collation(references, (1.0, 0.5), votes, repeats=(0.3, 0.4)), weigh)
    assert said.aligned[1] == pytest.approx(1 - 0.5 * 0.75)
    assert said.verbatim[1] == pytest.approx(0.125)
    assert said.copied[1] == pytest.approx(0.05)
    assert said.context[1] == pytest.approx(1.0) and said.anywhere[1] == 1.0


def test_two_good_pairs_make_a_story():
    strength = np.array([[60.0, 22, 20, 0], [45, 21, 0, 0], [3, 10, 0, 0]])
    assert same_story(strength).tolist() == [1.0, 0.0, 0.0, 0.0]


# --- proposals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [
        ("battle", "war", True),
        ("walked", "walks", False),  # another inflection
        ("battle", "quickly", False),  # another word class
        ("anticipates", "expects", True),
        ("talked about", "discussed", True),
        ("within", "in", False),  # function words are chosen freely
        ("one two three four", "war", False),
    ],
)
def test_what_may_stand_for_what_where_outlets_word_freely(ours, theirs, may):
    assert may_stand_for(tokenize(ours), tokenize(theirs)) is may


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [
        ("within", "in", True),
        ("three", "four", False),
        ("3", "4", False),
        ("3", "three", True),
        ("a dozen", "12", True),
        ("two times", "twice", True),
        ("three times", "twice", False),
        ("that was once", "that was", True),
        ("12 months", "year", False),
        ("Value", "Price", False),
        ("value", "price", False),  # a name in the article, however it is written here
        ("did", "did not", False),  # a negation is a fact
        ("by no means", "not", True),
        ("nary army objectives", "no military targets", True),
        ("now have", "have", True),
        ("have", "have", False),
        ("leaders", "the old leaders", False),
        ("a constant resolution", "the same decision", True),
        ("however no person", "but nobody", True),
        ("I", "he", False),  # another speaker
        ("the guy", "he", True),
        ("my", "the", True),
        ("however", "But", True),  # the capital of a sentence
        ("'s", "is", False),  # a clitic clings to the word before it
        ("quick slices", "short cuts", True),
        ("at this time met", "and his", False),
        ("at this time met", "and", False),
        ("man", "guy of the town", False),  # a fact
        ("nevertheless", "all the same", True),
        ("have actually", "have", True),
        ("team manager", "manager", True),
        ("formed by the government", "formed", False),  # a clause
        ("have", "have certainly", False),  # a word that the article never had
    ],
)
def test_what_may_replace_what_in_the_same_sentence(ours, theirs, may):
    assert may_replace(tokenize(ours), tokenize(theirs), {"value"}, opens=True) is may


@pytest.mark.parametrize(("opens", "may"), [(True, True), (False, False)])
def test_a_capital_is_a_name_but_where_a_sentence_opens(opens, may):
    assert may_replace(tokenize("however"), tokenize("But"), set(), opens=opens) is may


@pytest.mark.parametrize(
    ("ours", "theirs", "may"),
    [("Worth", "Price", True), ("Smith", "Price", False), ("worth", "Price", False), ("North", "South", False),
     ("Old Worth", "Old Price", True), ("Worth", "Old Price", False)],
)  # fmt: skip
def test_names_are_taken_over_only_where_a_spinner_may_have_been(ours, theirs, may):
    assert may_rename(tokenize(ours), tokenize(theirs)) is may


def renamed(text: str, *references: str) -> set[tuple[str, str]]:
    collation, tokens, _ = collated(text, *references)
    return {(ours, theirs) for ours, theirs in wordings(collation, tokens) if theirs[0].isupper()}


def test_a_name_is_taken_from_a_reference_that_spells_it():
    spun, clean = (text + " A spokesman named Ned {} confirmed it in Vienna on Karovian television." for text in
                   (SPUN, REPORT))  # fmt: skip
    assert renamed(spun.format("Worth"), clean.format("Price")) == {("Worth", "Price")}
    assert not renamed(spun.format("Smith"), clean.format("Price"))
    assert not renamed(spun.format("Worth"), clean.replace("Ned", "Rod").format("Price")), "another person"


def test_a_wording_of_two_references_has_two_witnesses():
    references = [prepare("a war here"), prepare("no war here")]
    gaps = [Gap(1, 2, 0, 1, 1, 30.0), Gap(1, 2, 1, 1, 1, 30.0, 1, 1), Gap(1, 2, 1, 1, 1, 20.0, 1, 1)]
    tokens = tokenize("the battle there")
    found = propose(tokens, gaps, references, np.array([1.0, 0.5]), set())
    ((reading, witnesses),) = found.values()
    assert (reading.text, reading.kind, reading.entries) == ("war", "reference", ())
    assert [(w.reference, w.verbatim) for w in witnesses] == [(0, 1.0), (1, pytest.approx(0.4))]
    assert not propose(tokens, gaps, references, np.array([1.0, 0.5]), {(1, 2, ("war",))})
    assert not propose(tokens, gaps, references, np.array([0.3, 0.3]), set()), "the sentences are not one"


def test_a_wording_is_near_if_the_thesaurus_says_so():
    references, gap = [prepare("a war here"), prepare("a box here")], Gap(1, 2, 0, 1, 1, 30.0)
    for number, expected in ((0, True), (1, False)):
        found = propose(tokenize("the battle there"), [gap._replace(reference=number)], references, np.ones(1), set())
        assert [reading.near for reading, _ in found.values()] == [expected]


def test_only_the_best_alignment_of_two_sentences_has_gaps():
    theirs = "He met the guy of the town in the end and the talks of two men in the city of the lake ended."
    collation, tokens, _ = collated(
        SPUN + " He met the man in the end and the talks of the two in the city ended.", REPORT + " " + theirs
    )
    found = wordings(collation, tokens)
    assert ("battle", "war") in found
    assert not {ours for ours, _ in found} & {"city", "man in", "end and"}


@pytest.mark.parametrize(("added", "may"), [("precisely", True), ("very precisely indeed", False)])
def test_one_word_that_a_spinner_added_may_go(added, may):
    collation, tokens, _ = collated(SPUN.replace("perceive what", f"understand {added} what"), REPORT)
    assert ((f"understand {added}", "understand") in wordings(collation, tokens)) is may


def test_a_part_of_a_compound_is_left_alone():
    spun = SPUN.replace("in one afternoon", "by de-escalating in one afternoon")
    report = REPORT.replace("in one afternoon", "by de-escalation in one afternoon")
    collation, tokens, _ = collated(spun, report)
    assert not {theirs for _, theirs in wordings(collation, tokens)} & {"escalation"}


@pytest.mark.parametrize(("trust", "says"), [(1.0, {"battle", "war"}), (0.3, {"war"})])
def test_a_spun_reference_speaks_for_originals_only(trust, says):
    tokens = tokenize(SPUN)
    at = [token.word for token in tokens].index("battle")
    war = Reading(at, at + 1, "war", ("war",), "lexical")
    both = REPORT + "\n" + REPORT.replace("war", "battle").replace("spoke", "talked")
    collation, *_ = collated(SPUN, both, readings=[war], trust=[trust])
    assert {words[0] for start, _, words in collation.witnesses if start == at} == says


@pytest.mark.parametrize(("back", "share"), [(0.0, 1.0), (0.1, 0.75), (0.3, 0.5)])
def test_where_a_spun_reference_may_hold_the_swap_itself_it_says_less(back, share):
    tokens, report = tokenize(SPUN), prepare(REPORT)
    at, there = (
        [token.word for token in text].index(word) for text, word in ((tokens, "battle"), (report.tokens, "war"))
    )
    strengths = (0.3, *[0.0] * (len(FAMILY_NAMES) - 1))
    war = Reading(at, at + 1, "war", ("war",), "lexical", strengths=strengths)
    spans = list(sentences(SPUN, tokens))
    proofs = []
    for swaps in ({}, {(there, there + 1, ("battle",)): back}):
        collation = collate(tokens, spans, [war], [Trusted(report, 0.3, swaps)], weigh)
        proofs += [witness.proof for witness in collation.witnesses[at, at + 1, ("war",)]]
    assert proofs[1] == pytest.approx(share * proofs[0])


def test_a_text_that_repeats_sentences_is_a_copy_if_it_looks_spun():
    text = SPUN + "\nDrezev departed Vienna at noon and Haradin departed Vienna at midnight."
    copy = "\n".join(text.split("\n")[1:]) + "\n" + REPORT
    for trust, believed in ((1.0, True), (0.3, False)):
        collation, *_ = collated(text, copy, trust=[trust])
        assert bool(collation.trust[0]) is believed


# --- the whole --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tool():
    return Normalizer()


@pytest.fixture(scope="module")
def spinner(tool):
    return Spinner(tool.lexicon.entries)


def spun(spinner: Spinner, name: str, seed: int, family: str):
    return spinner.spin(story(name, "original"), random.Random(seed), Habits(family))


few = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
CHOICE = (st.sampled_from(story_names()), st.integers(0, 3), st.sampled_from("abt"))


@given(*CHOICE)
@few
def test_wrong_references_change_nothing_in_a_spun_story(tool, spinner, name, seed, family):
    text = spun(spinner, name, seed, family).text
    stories = story_names()
    other = story(stories[(stories.index(name) + 1) % len(stories)], "original")
    alone = tool.repair(text).edits
    assert tool.repair(text, [other, "", text, story(name, "other")]).edits == alone


@given(*CHOICE)
@few
def test_the_original_as_reference_restores_more_and_rightly(tool, spinner, name, seed, family):
    text, golds = spun(spinner, name, seed, family)
    repair = tool.repair(text, [story(name, "original")])
    right = right_edits(text, golds, repair.edits)
    assert sum(right) > 0.9 * len(right)  # 0.976 pooled over all stories and families
    alone = tool.repair(text)
    assert sum(right) > sum(right_edits(text, golds, alone.edits))


@pytest.mark.parametrize("name", story_names())
def test_reports_change_nothing_in_a_clean_story(tool, name):
    text = story(name, "original")
    assert tool.repair(text, [story(name, "report1"), story(name, "report2")]).edits == ()


def test_an_entry_that_needs_a_reference_speaks_only_with_one(tool):
    guarded = Entry("battle", "war", guard=Guard(reference=True), count=50, sources=("A01",))
    small = Normalizer(lexicon=Lexicon([guarded]), model=tool.model)
    proposed = [small.propose(SPUN, refs).lattice.readings for refs in ([], [REPORT])]
    kinds = [{r.kind for r in readings if r is not None and r.words == ("war",)} for readings in proposed]
    assert kinds == [set(), {"lexical"}]

