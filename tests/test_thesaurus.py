"""The thesaurus behind the lexicon: its pack, how it is made, and the columns that it is compiled to."""

import lzma
import math

import numpy as np
import pytest
from core_strategies import FAKES, FakeModel, usual
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer import lexicon
from normalizer.errors import LexiconError
from normalizer.learning.synonyms import fit, kept_groups, observed, pack, read_lines, related
from normalizer.lexicon import Entry, Lexicon, vocabulary_of
from normalizer.lexicon.compiled import CompiledLexicon
from normalizer.lexicon.compiling import compile_columns, sign_key
from normalizer.lexicon.files import shipped_thesaurus
from normalizer.lexicon.thesaurus import (
    ALL_TAGS,
    LOGIT_SIGNS,
    NO_THESAURUS,
    RARE,
    RELATIONS,
    Group,
    Thesaurus,
    logit_scores,
    logit_signs,
    original_forms,
    read_thesaurus,
    spun_surfaces,
    surfaces,
)

WEIGHTS = dict(zip(LOGIT_SIGNS, np.linspace(-0.5, 0.7, len(LOGIT_SIGNS)).round(4).tolist(), strict=True))
LOGS = {"take": -6.0, "grab": -10.0, "big": -7.0, "huge": -9.0, "say": -5.0}
words = st.sampled_from(["take", "grab", "big", "huge", "say", "tell", "soon"])
bits = st.integers(1, 2 ** len(RELATIONS) - 1)


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """Groups of small words, each original once."""
    originals = draw(st.lists(words, min_size=1, max_size=5, unique=True))
    spun = draw(words | st.sampled_from(["take hold", "make do with"]))
    relations = draw(st.lists(bits, min_size=len(originals), max_size=len(originals)))
    return Group(spun, draw(st.sampled_from("vnar")), tuple(originals), tuple(relations))


some_groups = st.lists(groups(), max_size=5)


# --- the pack ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("pack") / "pack.tsv.xz"


@given(found=some_groups)
@settings(usual, max_examples=6)
def test_what_is_packed_is_read_again_and_equal_groups_give_equal_bytes(found, place):
    place.write_bytes(pack(found, WEIGHTS))
    assert read_thesaurus(place) == Thesaurus(tuple(found), WEIGHTS)
    assert place.read_bytes() == pack(list(found), dict(WEIGHTS))


def packed(*lines: str) -> bytes:
    return lzma.compress("\n".join(lines).encode())


HEAD = pack([], WEIGHTS)
WHOLE = pack([Group("grab", "v", ("take",), (1,))], WEIGHTS)
HEADER = lzma.decompress(HEAD).decode().rstrip("\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        packed(),
        b"no archive",
        WHOLE[:-9],
        WHOLE[:40] + b"\0" + WHOLE[41:],
        lzma.compress(b"\xff\xfe"),
        packed("grab\tv\ttake:1"),
        packed("# weights {", "grab\tv\ttake:1"),
        packed("# weights 3", "grab\tv\ttake:1"),
        packed('# weights {"frequency": 1.0}', "grab\tv\ttake:1"),
        packed(HEADER.replace(" 0.7", ' "0.7"')),
        packed(HEADER.replace(" 0.7", " NaN")),
        packed(HEADER, "grab\tv"),
        packed(HEADER, "grab\tq\ttake:1"),
        packed(HEADER, "grab\tv\ttake"),
        packed(HEADER, "grab\tv\ttake:one"),
        packed(HEADER, "grab\tv\ttake:64"),
        packed(HEADER, "grab\tv\ttake:-1"),
        packed(HEADER, "grab\tv\t:1"),
        packed(HEADER, "\tv\ttake:1"),
    ],
    ids=[f"damage {number}" for number in range(20)],
)
def test_a_damaged_pack_is_named_with_what_to_do(data, tmp_path):
    path = tmp_path / "pack.tsv.xz"
    path.write_bytes(data)
    with pytest.raises(LexiconError, match=r"pack.tsv.xz: cannot read the thesaurus pack \(.+\); reinstall normalizer"):
        read_thesaurus(path)


def test_a_missing_pack_is_named_with_what_to_do(tmp_path):
    path = tmp_path / "none.tsv.xz"
    with pytest.raises(LexiconError, match=r"none.tsv.xz: cannot read the thesaurus pack \(.+\); reinstall normalizer"):
        Lexicon([], path).compiled(FAKES)


def test_the_shipped_pack_can_be_read_and_prefers_no_word_to_itself():
    path = shipped_thesaurus()
    assert path is not None
    found = read_thesaurus(path)
    assert set(found.weights) == set(LOGIT_SIGNS)
    assert len({(group.spun, group.pos) for group in found.groups}) == len(found.groups) > 50_000
    assert not [group for group in found.groups if group.spun in group.originals]
    assert not [group for group in found.groups if len(set(group.originals)) < len(group.originals)]


# --- scores -----------------------------------------------------------------------------------------------------------


@given(groups())
@usual
def test_scores_of_a_group_are_log_probabilities(group):
    found = logit_scores([group], LOGS, WEIGHTS)
    assert np.exp(found).sum() == pytest.approx(1.0)
    signs = logit_signs(
        np.array(group.relations), LOGS.get(group.spun, RARE), np.array([LOGS.get(w, RARE) for w in group.originals])
    )
    totals = [math.fsum(WEIGHTS[n] * s for n, s in zip(LOGIT_SIGNS, row, strict=True)) for row in signs.tolist()]
    assert np.diff(found) == pytest.approx(np.diff(totals))


@given(st.lists(groups(), min_size=1, max_size=4))
@usual
def test_scores_of_groups_are_those_of_each_group_alone(several):
    alone = np.concatenate([logit_scores([group], LOGS, WEIGHTS) for group in several])
    assert logit_scores(several, LOGS, WEIGHTS) == pytest.approx(alone)


@given(bits, st.floats(-18, -3), st.floats(-18, -3))
@usual
def test_signs_of_a_pair_by_their_definition(relation, spun, original):
    found = dict(
        zip(LOGIT_SIGNS, logit_signs(np.array([relation]), spun, np.array([original]))[0].tolist(), strict=True)
    )
    has = {name for bit, name in enumerate(RELATIONS) if relation >> bit & 1}
    assert {name for name in RELATIONS if found[name]} == has
    assert found["both_ways"] == ({"listed", "lists"} <= has)
    assert found["both_sources"] == (bool(has & {"listed", "lists"}) and bool(has - {"listed", "lists"}))
    assert found["frequency"] == original
    assert found["rarer"] == pytest.approx(max(0.0, spun - original))
    assert found["much_commoner"] == pytest.approx(-max(0.0, original - spun - 2.0))


# --- compiled ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spun", "pos", "expected"),
    [
        ("grab", "v", {"VB": "grab", "VBP": "grab", "VBZ": "grabs", "VBD": "grabbed", "VBG": "grabbing"}),
        ("man", "n", {"NN": "man", "NNS": "men"}),
        ("big", "a", {"JJ": "big", "JJR": "bigger", "JJS": "biggest"}),
        ("soon", "r", {"RB": "soon"}),
        ("take hold", "v", {"VB": "take hold", "VBD": "took hold", "VBN": "taken hold", "VBG": "taking hold"}),
    ],
)  # fmt: skip
def test_surfaces_are_the_inflections_of_a_word(spun, pos, expected):
    found = {ALL_TAGS[tag]: " ".join(form) for form, tag in surfaces(spun, pos)}
    assert found.items() >= expected.items()


@given(found=some_groups)
@settings(usual, max_examples=40)
def test_compiled_columns_say_what_the_groups_say(found):
    """Read back through the columns, each surface gives its group's originals in the same inflection."""
    vocabulary = vocabulary_of(FAKES)
    columns, guards = compile_columns([], [], {}, vocabulary, Thesaurus(tuple(found), WEIGHTS))
    compiled = CompiledLexicon(columns, guards, len(vocabulary.words), "small")
    read = set()
    for at, key in enumerate(compiled["surface.key"].tolist()):
        for row in range(*compiled["surface.offset"][at : at + 2].tolist()):
            group, tag = int(compiled["surface.group"][row]), int(compiled["surface.tag"][row])
            pairs = slice(*compiled["group.offset"][group : group + 2].tolist())
            forms = compiled["lemma.form"].reshape(-1, len(ALL_TAGS))[compiled["pair.lemma"][pairs], tag] - 1
            scores, relations = compiled["pair.score"][pairs], compiled["pair.relation"][pairs]
            for form, score, relation in zip(forms.tolist(), scores.tolist(), relations.tolist(), strict=True):
                read.add((key, group, tag, compiled.word(form) if form >= 0 else "", round(score, 4), relation))
    expected = set()
    logs = known_logs(found)
    for number, group in enumerate(found):
        scores = logit_scores([group], logs, WEIGHTS).tolist()
        for surface, tag in surfaces(group.spun, group.pos):
            key = sign_key([compiled.ids[word] for word in surface])
            for original, score, relation in zip(group.originals, scores, group.relations, strict=True):
                form = {t: w[0] for w, t in surfaces(original, group.pos)}.get(tag, "")
                expected.add((key, number, tag, form, round(np.float32(score).item(), 4), relation))
    assert read == expected
    assert (np.diff(compiled["surface.key"]) > 0).all()


def known_logs(found):
    """The frequencies by the fake model of what it knows; a word of which it knows no number is rare."""
    model = FakeModel()
    every = sorted({word for group in found for word in (group.spun, *group.originals)})
    ids = model.ids(every)
    logs = model.trigrams(np.array([(-1, -1, number) for number in ids])).tolist() if every else []
    return {word: log for word, number, log in zip(every, ids, logs, strict=True) if number}


def test_a_lexicon_in_the_cache_is_that_of_its_pack(place, monkeypatch):
    """A pack that changes is compiled anew."""
    monkeypatch.setattr(lexicon, "shipped_thesaurus", lambda: place)
    keys = set()
    for weight in (0.5, 0.25):
        place.write_bytes(pack([Group("grab", "v", ("take",), (1,))], WEIGHTS | {"rarer": weight}))
        keys |= {lexicon._key(FAKES, []), lexicon._key(FAKES, [])}
    assert len(keys) == 2


def test_a_lexicon_without_a_thesaurus_knows_no_surface():
    compiled = Lexicon([Entry("grab", "take", sources=("known:1",))]).compiled(FAKES)
    assert not len(compiled["surface.key"]) and not len(compiled["pair.lemma"])
    assert spun_surfaces(NO_THESAURUS.groups) == [] and original_forms(NO_THESAURUS.groups) == {}


def test_phrases_longer_than_three_words_are_left_out():
    assert spun_surfaces([Group("get hold of it", "v", ("take",), (1,))]) == []


# --- making it --------------------------------------------------------------------------------------------------------

MOBY = ["take\tgrab|take hold|Seize", "grab\ttake|say", "big\thuge|the"]
WORDNET = ["take\tv\tsynonym\tgrab|seize", "grab\tv\thypernym\ttake", "big\ts\tsimilar\thuge", "huge\ta\tantique\t"]
COMMON = {"take", "big", "say"}


def names(found):
    return {key: {word: spelt(bits) for word, bits in own.items()} for key, own in found.items()}


def spelt(bits):
    return {name for bit, name in enumerate(RELATIONS) if bits >> bit & 1}


def test_relations_are_those_of_the_spun_form_to_its_common_original():
    found = names(related(MOBY, WORDNET[:3], COMMON))
    assert found["grab", "v"] == {"take": {"listed", "lists", "synonym", "narrower"}, "say": {"lists"}}
    assert found["huge", "a"] == {"big": {"listed", "similar"}}
    assert found["seize", "v"] == {"take": {"listed", "synonym"}}
    assert ("the", "a") not in found  # a function word is no spun form
    assert all(word in COMMON for own in found.values() for word in own)
    assert all(spun not in own for (spun, _), own in found.items())


def test_the_broader_word_of_a_hyponym_is_the_narrower_of_its_hypernym():
    broader = names(related([], ["grab\tv\thypernym\ttake"], {"grab", "take"}))
    narrower = names(related([], ["take\tv\thyponym\tgrab"], {"grab", "take"}))
    assert broader == narrower == {("take", "v"): {"grab": {"broader"}}, ("grab", "v"): {"take": {"narrower"}}}


def test_swaps_are_counted_from_pages_of_thesaurus_spinners_only():
    own = related(MOBY, WORDNET[:3], COMMON)
    of = {"pos": "v", "count": 2.0, "sources": ("known:1",)}
    entries = [
        Entry("grab*", "take", family="t", **of),
        Entry("seize*", "take", family="a", **of),
        Entry("grab*", "big", family="t", **of),
    ]
    assert observed(entries, own) == {("grab", "v", "take"): 2.0}


def test_the_logit_learns_which_relation_and_frequency_tell():
    own = {
        (f"w{number}", "v"): {"near": 1 << RELATIONS.index("synonym"), "far": 1 << RELATIONS.index("listed")}
        for number in range(30)
    }
    weights = fit({(spun, "v", "near"): 2.0 for spun, _ in own}, own, {"near": -8.0, "far": -8.0})
    assert weights["synonym"] > 1 and weights["listed"] < -1
    assert weights["frequency"] == 0.0  # both are as frequent
    group = Group("w0", "v", ("near", "far"), tuple(own["w0", "v"].values()))
    assert math.exp(logit_scores([group], {"near": -8.0, "far": -8.0}, weights)[0]) > 0.9


def test_the_likeliest_originals_are_kept_first_and_hopeless_ones_left_out():
    weights = dict.fromkeys(LOGIT_SIGNS, 0.0) | {"synonym": 3.0, "listed": -3.0}
    synonym, listed = (1 << RELATIONS.index(name) for name in ("synonym", "listed"))
    both = synonym | listed
    own = {("grab", "v"): {"move": listed, "seize": both, "take": synonym}, ("odd thing", "n"): {"take": synonym}}
    found = list(kept_groups(own, {"grab": -9.0}, weights))
    assert found == [Group("grab", "v", ("take", "seize"), (synonym, both))]
    known = {"grab": -9.0, "odd": -9.0, "thing": -9.0}
    assert [group.spun for group in kept_groups(own, known, weights)] == ["grab", "odd thing"]


def test_a_source_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "moby.tsv.xz"
    with pytest.raises(LexiconError, match=r"moby.tsv.xz: expected lines of words, compressed by xz, found: "):
        list(read_lines(path))
    path.write_bytes(b"plain words")
    with pytest.raises(LexiconError, match=r"moby.tsv.xz: expected lines of words, compressed by xz, found: "):
        list(read_lines(path))
