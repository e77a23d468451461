"""What the thesaurus says of the words that the first decoding left: relatives, their context, the page, the logit."""

import math
from dataclasses import fields, replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from core_strategies import FakeAssociation, FakeContext, FakeModel, usual
from hypothesis import example, given, settings
from hypothesis import strategies as st

from normalizer.confidence import edit_confidences
from normalizer.inference import infer
from normalizer.learning.alignment import GoldEdit
from normalizer.learning.weighing import PRIOR, asked, fit_logit, learn_synonyms, wanted
from normalizer.lexicon import Entry, Lexicon, vocabulary_of
from normalizer.lexicon.compiled import CompiledLexicon
from normalizer.lexicon.compiling import compile_columns
from normalizer.lexicon.thesaurus import ALL_TAGS, LOGIT_SIGNS, RELATIONS, Group, Thesaurus, logit_scores, surfaces
from normalizer.pages import read
from normalizer.reading import read_lattice, read_pages
from normalizer.synonyms.context import SETTLED, context_of, kept_logs, settled_path, spoken_logs
from normalizer.synonyms.places import FEW_SWAPS, FEW_WORDS, SUREST, USUAL_WORDS, Places, known_rates
from normalizer.synonyms.relatives import UNLISTED, Relatives, relatives, with_known
from normalizer.synonyms.signs import MOST_SYNONYMS, candidates
from normalizer.synonyms.weighing import Weighed, weigh
from normalizer.tables import Tables
from normalizer.weights import PAGE_SIGNS, SYNONYM_SIGNS, Weights

# --- a small world ----------------------------------------------------------------------------------------------------

SPECIAL = ("<unk>", "<s>", "</s>", "<num>", "<year>")
WORDS = (
    *SPECIAL, "grab", "grabs", "grabbed", "take", "takes", "took", "taken", "taking", "hold", "huge", "big", "bigger",
    "large", "say", "says", "said", "the", "a", "an", "it", ".", "rapidly", "fast", "homes", "houses", "seize",
    "seized",
)  # fmt: skip
SAID = (
    "grab",
    "grabs",
    "grabbed",
    "take",
    "taking",
    "take hold",
    "hold",
    "huge",
    "huger",
    "the",
    "it",
    ".",
    "rapidly",
    "homes",
    "Huge",
)
GROUPS = (
    Group("grab", "n", ("take",), (8,)),
    Group("grab", "v", ("take", "seize"), (7, 1)),
    Group("huge", "a", ("big", "large"), (5, 12)),
    Group("hold", "v", ("grab",), (2,)),
    Group("home", "n", ("house",), (16,)),
    Group("rapidly", "r", ("fast",), (4,)),
    Group("take", "v", ("grab", "say"), (1, 3)),
    Group("take hold", "v", ("seize", "take"), (4, 4)),
)
LOGIT = dict(zip(LOGIT_SIGNS, np.linspace(-0.3, 0.5, len(LOGIT_SIGNS)).tolist(), strict=True))
THESAURUS = Thesaurus(GROUPS, LOGIT)
ENTRIES = (
    Entry("huge", "large", count=4, sources=("known:1",)),
    Entry("grab", "seize", "v", count=2, family="b", sources=("known:1",)),
    Entry("rapidly", "at once", count=2, family="b", sources=("known:1",)),
    Entry("it", "its", count=1, sources=("known:1",)),
    Entry("homes", "Houses", count=1, kind="name", sources=("known:1",)),
)


class Numbered:
    """A vocabulary whose first three words have the ids that they have in every model."""

    words = WORDS
    signature = "numbered"

    def ids(self, words):
        return [WORDS.index(word) if word in WORDS else 0 for word in words]


class Model(Numbered, FakeModel):
    pass


class Association(Numbered, FakeAssociation):
    pass


class Context(Numbered, FakeContext):
    pass


FAKES = Model(), Association(), Context()
FIRST = dict(zip(SYNONYM_SIGNS, np.linspace(-0.2, 0.3, len(SYNONYM_SIGNS)).tolist(), strict=True))
SECOND = dict(zip((*SYNONYM_SIGNS, *PAGE_SIGNS), np.linspace(-0.2, 0.25, 31).tolist(), strict=True))
WEIGHTS = Weights({"edit": -0.5, "strength": 0.2, "count": 0.3}, 0.4, synonyms={"first": FIRST, "second": SECOND})


@cache
def tables() -> Tables:
    lexicon, vocabulary = Lexicon(ENTRIES), vocabulary_of(FAKES)
    strengths = [lexicon.strength(entry) for entry in lexicon.entries]
    columns, guards = compile_columns(lexicon.entries, strengths, lexicon.signs, vocabulary, THESAURUS)
    return Tables(CompiledLexicon(columns, guards, len(vocabulary.words), "small"), *FAKES, WEIGHTS, lexicon)


few = settings(usual, max_examples=40)
texts = st.lists(st.sampled_from(SAID) | st.just("\n\n"), min_size=1, max_size=14).map(" ".join)
several = st.lists(texts, min_size=1, max_size=3)


def inferred_of(some):
    """The first decoding of *some* texts side by side, and how sure each of its arcs is."""
    lattice, _ = read_lattice([read(text) for text in some], [()] * len(some), tables())
    inferred = infer(lattice, tables())
    return inferred, edit_confidences(inferred, {})


def spelt(lexicon, numbers):
    return [lexicon.word(number) for number in np.asarray(numbers).tolist()]


# --- relatives --------------------------------------------------------------------------------------------------------


def plain_relatives(batch):
    """Every stretch of small words, each group that it is a form of, each original in the same inflection."""
    found = {}
    words = [token.word for page in batch.pages for token in page.tokens]
    small = batch.lower.tolist()
    logs = {word: float(FAKES[0].trigrams(np.array([(-1, -1, WORDS.index(word))]))[0]) for word in WORDS}
    logs = {word: log for word, log in logs.items() if word in {w for g in GROUPS for w in (g.spun, *g.originals)}}
    for group in GROUPS:
        scores = logit_scores([group], logs, LOGIT).tolist()
        for surface, tag in surfaces(group.spun, group.pos):
            for start in range(len(words) - len(surface) + 1):
                end = start + len(surface)
                one_sentence = batch.sentence_of[start] == batch.sentence_of[end - 1]
                if tuple(words[start:end]) != surface or not all(small[start:end]) or not one_sentence:
                    continue
                for original, score, relation in zip(group.originals, scores, group.relations, strict=True):
                    forms = {tag: form for form, tag in surfaces(original, group.pos)}
                    if tag in forms and forms[tag] != surface:
                        key = start, end, forms[tag][0]
                        found[key] = max(found.get(key, (-99.0, 0)), (pytest.approx(score, abs=1e-5), relation), key=at)
    return found


def at(pair):
    return getattr(pair[0], "expected", pair[0])


@given(several)
@example(["it take\n\nhold huge", "it take", "hold it"])
@few
def test_relatives_are_those_of_the_thesaurus_inflected_like_what_stands_there(some):
    batch = inferred_of(some)[0].lattice.batch
    lexicon = tables().lexicon
    found = relatives(batch, np.ones(len(batch.words), dtype=np.bool_), lexicon)
    rows = zip(found.start.tolist(), found.end.tolist(), spelt(lexicon, found.word), strict=True)
    values = zip(found.score.tolist(), found.relation.tolist(), strict=True)
    assert dict(zip(rows, values, strict=True)) == plain_relatives(batch)


def test_what_is_not_open_or_written_with_a_capital_has_no_relatives():
    batch = inferred_of(["the Huge homes take hold"])[0].lattice.batch
    lexicon = tables().lexicon
    open_ = np.ones(len(batch.words), dtype=np.bool_)

    def stretches():
        found = relatives(batch, open_, lexicon)
        return set(zip(found.start.tolist(), found.end.tolist(), strict=True))

    assert stretches() == {(2, 3), (3, 4), (3, 5), (4, 5)}
    open_[4] = False
    assert stretches() == {(2, 3), (3, 4)}


@given(several)
@few
def test_single_words_of_the_lexicon_are_relatives_too(some):
    inferred, _ = inferred_of(some)
    lattice, lexicon = inferred.lattice, tables().lexicon
    open_ = np.ones(len(lattice.batch.words), dtype=np.bool_)
    own = relatives(lattice.batch, open_, lexicon)
    found = with_known(own, lattice.readings, open_, lexicon)
    rows = list(zip(found.start.tolist(), found.end.tolist(), spelt(lexicon, found.word), strict=True))
    assert len(set(rows)) == len(rows)
    readings, extra = lattice.readings, set()
    for number in range(len(readings)):
        start, end = int(readings.start[number]), int(readings.end[number])
        said = lattice.wordings.folded(int(readings.wording[number]))
        if readings.kind[number] <= 1 and len(said) == 1 and end == start + 1:
            extra.add((start, end, *said))
            at = rows.index((start, end, *said))
            assert found.strength[at] == readings.strength[number].max() and found.seen[at] == readings.seen[number]
    listed = set(zip(own.start.tolist(), own.end.tolist(), spelt(lexicon, own.word), strict=True))
    assert set(rows) == listed | extra
    assert {row for row, score in zip(rows, found.score.tolist(), strict=True) if score > UNLISTED} == listed
    assert {row for row, seen in zip(rows, found.seen.tolist(), strict=True) if seen} <= extra


# --- the context ------------------------------------------------------------------------------------------------------


def sentence_words(inferred, path):
    """The model's numbers of each sentence's words along *path*, and the place of every token that is kept."""
    lattice, lexicon = inferred.lattice, tables().lexicon
    sentences, places = {}, {}
    for arc in path.tolist():
        own = sentences.setdefault(int(lattice.sentence[arc]), [])
        if lattice.keeps[arc]:
            places[int(lattice.first[arc])] = len(own)
        own += FAKES[0].ids(spelt(lexicon, lattice.words[lattice.offsets[arc] : lattice.offsets[arc + 1]]))
    return sentences, places


def score(words, low=1, high=None):
    """The log-probability of the words from *low* to *high* of a sentence, <s> first, each after two more."""
    padded = [-1, *words]
    rows = [padded[i - 1 : i + 2] for i in range(low, len(words) if high is None else min(high, len(words)))]
    return math.fsum(FAKES[0].trigrams(np.array(rows)).tolist()) if rows else 0.0


@given(several)
@few
def test_kept_and_spoken_logs_are_the_models_own_word_by_word(some):
    inferred, confidences = inferred_of(some)
    lattice, lexicon = inferred.lattice, tables().lexicon
    path = settled_path(inferred, confidences)
    context = context_of(lattice, path, tables())
    open_ = lattice.batch.lower & (context.at >= 0)
    found = with_known(relatives(lattice.batch, open_, lexicon), lattice.readings, open_, lexicon)
    sentences, places = sentence_words(inferred, path)
    assert {token for token in range(len(open_)) if context.at[token] >= 0} == set(places)
    ids = FAKES[0].ids(spelt(lexicon, found.word))
    spoken = spoken_logs(context, found, np.array(ids, dtype=np.int64), tables())
    kept = kept_logs(context, found)
    for number, (start, end, word) in enumerate(zip(found.start.tolist(), found.end.tolist(), ids, strict=True)):
        own = sentences[int(lattice.batch.sentence_of[start])]
        low, high = places[start], places[end - 1] + 1
        said = [*own[:low], word, *own[high:]]
        assert kept[number] == pytest.approx(score(own, low, high + 2))
        assert spoken[number] == pytest.approx(score(said, low, low + 3))
        assert spoken[number] - kept[number] == pytest.approx(score(said) - score(own))  # the rest of it is untouched


@given(several, st.data())
@few
def test_unsure_edits_are_taken_back_and_sure_ones_stand(some, data):
    inferred, _ = inferred_of(some)
    lattice, path = inferred.lattice, inferred.path
    confidences = np.array(
        data.draw(
            st.lists(st.sampled_from([0.0, SETTLED - 0.01, SETTLED, 1.0]), min_size=len(lattice), max_size=len(lattice))
        )
    )
    found = settled_path(inferred, confidences)
    sure = {arc for arc in path.tolist() if lattice.reading[arc] >= 0 and confidences[arc] >= SETTLED}
    assert {arc for arc in found.tolist() if lattice.reading[arc] >= 0} == sure
    for left, right in zip(found[:-1].tolist(), found[1:].tolist(), strict=True):
        assert lattice.until[left] == lattice.level[right] or lattice.sentence[left] + 1 == lattice.sentence[right]
    frames = lattice.first[path] == lattice.end[path]
    assert (found[lattice.first[found] == lattice.end[found]] == path[frames]).all()


# --- the page ---------------------------------------------------------------------------------------------------------


def drawn_places(some, data):
    inferred, confidences = inferred_of(some)
    batch, lexicon = inferred.lattice.batch, tables().lexicon
    found = relatives(batch, np.ones(len(batch.words), dtype=np.bool_), lexicon)
    totals = data.draw(st.lists(st.floats(-50, 50), min_size=len(found), max_size=len(found)))
    return batch, found, Places.of_batch(batch, found), np.array(totals), known_rates(inferred, confidences)


@given(several, st.data())
@few
def test_rivals_at_a_place_and_keeping_it_share_one_probability(some, data):
    _, found, places, totals, _ = drawn_places(some, data)
    posteriors = places.posteriors(totals)
    odds = [math.exp(min(40.0, max(-40.0, total))) for total in totals.tolist()]
    best = set(places.best(posteriors).tolist())
    for start in set(found.start.tolist()):
        rivals = np.flatnonzero(found.start == start).tolist()
        whole = 1.0 + math.fsum(odds[rival] for rival in rivals)
        assert posteriors[rivals] == pytest.approx([odds[rival] / whole for rival in rivals])
        assert posteriors[rivals].sum() + 1.0 / whole == pytest.approx(1.0)
        place = places.of[rivals[0]]
        assert places.start[place] == start
        assert places.swapped(posteriors)[place] == pytest.approx(1.0 - 1.0 / whole, abs=1e-12)
        (top,) = best & set(rivals)
        assert posteriors[top] == posteriors[rivals].max()


@given(several, st.data())
@few
def test_signs_of_a_page_by_their_definition(some, data):
    batch, found, places, totals, known = drawn_places(some, data)
    posteriors = places.posteriors(totals)
    columns = np.array(places.page_signs(posteriors, known)).reshape(len(PAGE_SIGNS), -1)
    words = [token.word for page in batch.pages for token in page.tokens]
    swapped = {s: min(max(posteriors[found.start == s].sum(), SUREST), 1 - SUREST) for s in set(found.start.tolist())}
    for number, start in enumerate(found.start.tolist()):
        page = batch.page_of[start]
        here = [s for s in sorted(swapped) if batch.page_of[s] == page]
        forms = {word: [swapped[s] for s in here if words[s] == word] for word in {words[s] for s in here}}
        rest = math.fsum(sum(own) / len(own) for word, own in forms.items() if word != words[start])
        small = {w for w, p, low in zip(words, batch.page_of, batch.lower, strict=True) if p == page and low}
        rate = math.log((rest + FEW_SWAPS) / (len(small) + FEW_WORDS))
        others = [math.log(swapped[s] / (1 - swapped[s])) for s in here if words[s] == words[start] and s != start]
        expected = (
            rate, math.log(known[page]), rate * math.log((len(small) + 1) / USUAL_WORDS),
            math.fsum(others) / max(1, len(others)), float(bool(others)),
        )  # fmt: skip
        assert columns[:, number] == pytest.approx(expected, abs=1e-8)


@given(several)
@few
def test_known_rates_count_the_sure_repairs_of_each_page(some):
    inferred, confidences = inferred_of(some)
    lattice, batch = inferred.lattice, inferred.lattice.batch
    for page, found in enumerate(known_rates(inferred, confidences).tolist()):
        path = [arc for arc in inferred.path.tolist() if lattice.page[arc] == page and lattice.reading[arc] >= 0]
        sure = sum(bool(confidences[arc] >= SETTLED) for arc in path)
        assert found == pytest.approx((sure + FEW_SWAPS) / (batch.lower[batch.page_of == page].sum() + FEW_WORDS))


# --- weighed ----------------------------------------------------------------------------------------------------------


@given(several)
@few
def test_pages_side_by_side_are_weighed_as_each_alone_bit_for_bit(some):
    inferred, confidences = inferred_of(some)
    together = weigh(inferred, confidences, tables())
    batch = inferred.lattice.batch
    for page, text in enumerate(some):
        own, own_confidences = inferred_of([text])
        alone = weigh(own, own_confidences, tables())
        mine = [] if together is None else np.flatnonzero(batch.page_of[together.found.start] == page)
        assert (alone is None) == (not len(mine))
        if alone is None:
            continue
        base = int(batch.token_offsets[page])
        for field in fields(Relatives):
            moved = getattr(alone.found, field.name) + (base if field.name in ("start", "end") else 0)
            assert (getattr(together.found, field.name)[mine] == moved).all()
        assert (together.posteriors[mine] == alone.posteriors).all()
        assert (together.margins[mine] == alone.margins).all()
        low, high = batch.sentence_offsets[page : page + 2].tolist()
        assert (together.swaps[low:high] == alone.swaps).all()
        best = [number for number in together.best.tolist() if number in set(mine.tolist())]
        assert best == mine[alone.best].tolist()


@given(several)
@few
def test_expected_swaps_count_each_form_of_a_page_once(some):
    inferred, confidences = inferred_of(some)
    found = weigh(inferred, confidences, tables())
    if found is None:
        return
    batch = inferred.lattice.batch
    words = [token.word for page in batch.pages for token in page.tokens]
    starts = sorted(set(found.found.start.tolist()))
    expected = np.zeros(len(batch.firsts))
    for start in starts:
        same = [s for s in starts if words[s] == words[start] and batch.page_of[s] == batch.page_of[start]]
        swapped = found.posteriors[found.found.start == start].sum()
        expected[batch.sentence_of[start]] += swapped / len(same)
    assert found.swaps == pytest.approx(expected)
    assert found.swaps.sum() <= len({(words[s], int(batch.page_of[s])) for s in starts}) + 1e-9


@given(several)
@few
def test_no_more_relatives_than_a_few_are_weighed_and_margins_are_the_models(some):
    inferred, confidences = inferred_of(some)
    found = candidates(inferred, confidences, tables())
    if found is None:
        return
    stretches = list(zip(found.found.start.tolist(), found.found.end.tolist(), strict=True))
    assert max(map(stretches.count, stretches)) <= MOST_SYNONYMS
    signs = dict(zip(SYNONYM_SIGNS, found.signs, strict=True))
    assert (signs["model"] == found.margins).all()
    assert (signs["bias"] == 1).all() and (signs["repeated"] >= 0).all()
    assert ((signs["unlisted"] == 1) == (found.found.score == UNLISTED)).all()
    assert (signs["phrase"] == (found.found.end > found.found.start + 1)).all()
    tags = [ALL_TAGS[tag] if tag >= 0 else "" for tag in found.found.tag.tolist()]
    assert signs["verb"].tolist() == [tag[:1] == "V" for tag in tags]
    assert signs["adjective"].tolist() == [tag[:1] == "J" for tag in tags]
    for bit, name in enumerate(RELATIONS):
        assert (signs[name] == (found.found.relation >> bit & 1)).all()


def test_a_word_counts_how_often_it_and_its_relative_stand_on_the_page():
    inferred, confidences = inferred_of(["huge homes grab the huge homes take it", "big huge"])
    found = candidates(inferred, confidences, tables())
    signs = dict(zip(SYNONYM_SIGNS, found.signs, strict=True))
    big = [n for n, word in enumerate(spelt(tables().lexicon, found.found.word)) if word == "big"]
    assert [found.found.start[n] for n in big] == [0, 4, 9]
    assert np.exp(signs["repeated"][big]) == pytest.approx([2, 2, 1])
    assert np.expm1(signs["already"][big]) == pytest.approx([0, 0, 1])


@pytest.mark.parametrize("text", ["", "\n\n", "It.", "The Huge Homes", "the . the"])
def test_where_nothing_has_a_relative_nothing_is_asked(text):
    assert weigh(*inferred_of([text]), tables()) is None
    assert asked(text, (), tables()) is None


@given(several)
@few
def test_without_weights_nothing_is_asked(some):
    plain = replace(tables(), weights=replace(WEIGHTS, synonyms={}))
    assert weigh(*inferred_of(some), plain) is None
    for reading in read_pages([read(text) for text in some], [()] * len(some), plain, 0.0):
        assert not [edit for edit, _ in reading.drafts if edit.kind == "synonym"]
        assert not reading.related.any()


# --- edits and relatives ----------------------------------------------------------------------------------------------


@given(several, st.data())
@few
def test_an_edit_and_a_relative_never_overlap_and_the_surer_one_stays(some, data):
    inferred, _ = inferred_of(some)
    lattice, lexicon = inferred.lattice, tables().lexicon
    found = relatives(lattice.batch, np.ones(len(lattice.batch.words), dtype=np.bool_), lexicon)
    values = st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0])
    posteriors = np.array(data.draw(st.lists(values, min_size=len(found), max_size=len(found))))
    confidences = np.array(data.draw(st.lists(values, min_size=len(lattice), max_size=len(lattice))))
    least = data.draw(values)
    best = Places.of_batch(lattice.batch, found).best(posteriors) if len(found) else np.zeros(0, dtype=np.int64)
    weighed = Weighed(found, posteriors, posteriors, best, np.zeros(len(lattice.batch.firsts)))
    chosen = inferred.path[lattice.reading[inferred.path] >= 0]
    kept, rest = weighed.surest(chosen, confidences, lattice, least)
    spans = [(int(found.start[i]), int(found.end[i]), posteriors[i]) for i in kept.tolist()]
    left = [(int(lattice.first[a]), int(lattice.end[a]), confidences[a]) for a in chosen[rest].tolist()]
    every = sorted([*spans, *left])
    assert all(one[1] <= two[0] for one, two in pairwise(every))
    assert set(kept.tolist()) <= set(best.tolist())
    assert all(sure >= least for _, _, sure in spans)
    for arc in chosen[~rest].tolist():  # what is gone had to give way to something surer
        rivals = [sure for s, e, sure in spans if s < lattice.end[arc] and lattice.first[arc] < e]
        assert rivals and min(rivals) > confidences[arc]


@given(several)
@few
def test_what_is_read_on_pages_are_edits_that_never_overlap(some):
    readings = read_pages([read(text) for text in some], [()] * len(some), tables(), 0.0)
    for text, reading in zip(some, readings, strict=True):
        edits = [edit for edit, _ in reading.drafts]
        assert all(one.end <= two.start for one, two in pairwise(edits))
        assert all(text[edit.start : edit.end] == edit.before for edit in edits)
        for edit in edits:
            if edit.kind == "synonym":
                assert edit.after in {
                    word for g in GROUPS for o in g.originals for (word,), _ in surfaces(o, g.pos)
                } | {
                    "large",
                    "seize",
                    "its",
                }
                assert edit.evidence.entry.startswith(("thesaurus: ", "lexicon: "))


# --- learning ---------------------------------------------------------------------------------------------------------


def planted(weights, places=4000, rivals=3):
    """Places with a few rivals each, and the one that the logit under *weights* draws, or none."""
    random = np.random.default_rng(5)
    signs = random.normal(size=(len(weights), places * rivals)).astype(np.float32)
    signs[0] = 1.0
    place = np.repeat(np.arange(places), rivals)
    odds = np.exp(np.array(weights) @ signs).reshape(places, rivals)
    shares = np.cumsum(np.column_stack((np.ones(places), odds)), axis=1)
    drawn = (random.random(places)[:, None] * shares[:, -1:] > shares).sum(axis=1)  # 0: what stands there
    right = (drawn[:, None] == np.arange(1, rivals + 1)).ravel()
    return signs, right, place


def test_the_logit_recovers_planted_weights():
    weights = [-1.5, 1.2, -0.7, 0.0]
    found = fit_logit(*planted(weights), ("bias", "one", "two", "three"))
    assert list(found) == ["bias", "one", "two", "three"]
    assert list(found.values()) == pytest.approx(weights, abs=0.12)


def test_the_slope_is_zero_at_the_fitted_weights():
    signs, right, place = planted([-1.0, 0.8, -0.4], places=300)
    signs[1] *= 50  # the scale of a sign is no matter
    found = np.array(list(fit_logit(signs, right, place, ("bias", "one", "two")).values()))
    scales = np.sqrt((signs.astype(np.float64) ** 2).mean(axis=1))
    penalties = np.array([1e-3, PRIOR, PRIOR])

    def loss(weights):
        odds = np.exp(weights @ signs.astype(np.float64))
        shares = odds / (1 + np.bincount(place, odds))[place]
        none = 1 - np.bincount(place, shares)
        kept = none[np.bincount(place, right) == 0]
        return -np.log(shares[right]).sum() - np.log(kept).sum() + (penalties * (weights * scales) ** 2).sum() / 2

    for at, scale in enumerate(scales.tolist()):
        step = np.zeros(3)
        step[at] = 1e-3 / scale
        slope = (loss(found + step) - loss(found - step)) / 2e-3
        assert abs(slope) < 0.05 * max(1.0, scale)  # weights are rounded to four digits
        assert loss(found + 50 * step) > loss(found) < loss(found - 50 * step)


def test_where_nothing_is_right_all_is_kept():
    signs, right, place = planted([-1.0, 0.5], places=200)
    found = fit_logit(signs, np.zeros_like(right), place, ("bias", "one"))
    assert found["bias"] < -5


TEXT = "the huge homes take hold. It grabbed huge homes."
GOLDS = [GoldEdit(4, 8, ("Big", "great")), GoldEdit(15, 24, ("seize",)), GoldEdit(29, 36, ("had",))]


def test_right_is_what_a_gold_repair_wants_in_just_that_stretch():
    page, inferred = read(TEXT), inferred_of([TEXT])[0]
    found = relatives(inferred.lattice.batch, np.ones(len(page.tokens), dtype=np.bool_), tables().lexicon)
    right = wanted(page, found, GOLDS, tables())
    rows = zip(found.start.tolist(), found.end.tolist(), spelt(tables().lexicon, found.word), strict=True)
    assert {row for row, is_right in zip(rows, right.tolist(), strict=True) if is_right} == {
        (1, 2, "big"),
        (3, 5, "seize"),
    }


def test_weights_are_learnt_from_texts_and_used_by_tables():
    spun = asked(TEXT, GOLDS, tables())
    clean = asked("the huge homes grab it", (), tables())
    lines = []
    found = learn_synonyms([spun, clean], lines.append)
    rivals, places = (len(spun.right) + len(clean.right)), (len(spun.places.start) + len(clean.places.start))
    assert lines == [f"{rivals} relatives of {places} words in 2 texts, 2 of them right"]
    assert list(found["first"]) == list(SYNONYM_SIGNS) and list(found["second"]) == [*SYNONYM_SIGNS, *PAGE_SIGNS]
    learnt = replace(tables(), weights=replace(tables().weights, synonyms=found))
    one, two = (weigh(*inferred_of([TEXT]), each) for each in (tables(), learnt))
    assert (one.posteriors != two.posteriors).any()
    assert learnt.lexicon is tables().lexicon
