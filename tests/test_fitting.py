"""How readings fit into the path: what is asked of the context model, and that it is asked about the right places."""

import numpy as np
import pytest
from core_strategies import (
    FAKES,
    TABLES,
    Drawn,
    arc_words,
    of_page,
    paths,
    readable,
    readables,
    side_by_side,
    thorough,
    usual,
)
from hypothesis import given
from hypothesis import strategies as st

from normalizer.fitting import DECIDED, HOPELESS, LEAST_POSTERIOR, context_fits, path_stream, undecided
from normalizer.language_model.context import MARGIN
from normalizer.lattice import Lattice, model_ids
from normalizer.pages import read
from normalizer.reading import read_lattice
from normalizer.tables import Tables

TEXT = "The International Minister instructed reporters that talks will proceed subsequent week."
CONTEXT = FAKES[2]
END = CONTEXT.ids(["</s>"])[0]

batches = st.lists(readables(), min_size=1, max_size=3)


def drawn_path(lattice: Lattice, data: st.DataObject) -> np.ndarray:
    """The arcs of some path through every sentence, sentence by sentence."""
    chosen = [data.draw(st.sampled_from(paths(lattice, number))) for number in range(len(lattice.batch.firsts))]
    return np.array([arc for path in chosen for arc in path], dtype=np.int64)


def drawn_posteriors(lattice: Lattice, data: st.DataObject) -> np.ndarray:
    values = st.sampled_from([0.0, LEAST_POSTERIOR / 2, LEAST_POSTERIOR, 0.4, DECIDED, 1.0])
    return np.array(data.draw(st.lists(values, min_size=len(lattice), max_size=len(lattice))))


def plain_components(lattice: Lattice) -> list[set[int]]:
    """The arcs over tokens, those together that share a token with each other, directly or through others."""
    components: list[set[int]] = []
    tokens = {
        arc: set(range(int(lattice.first[arc]), int(lattice.end[arc])))
        for arc in range(len(lattice))
        if lattice.first[arc] < lattice.end[arc]
    }
    for arc, own in tokens.items():
        met = [each for each in components if any(own & tokens[other] for other in each)]
        components = [each for each in components if each not in met]
        components.append(set().union({arc}, *met))
    return components


@given(batches, st.data())
@thorough
def test_stretches_are_asked_together_or_not_at_all(texts, data):
    lattice = side_by_side(texts)
    path, posteriors = drawn_path(lattice, data), drawn_posteriors(lattice, data)
    expected = set()
    for component in plain_components(lattice):
        competing = any(lattice.reading[arc] >= 0 for arc in component)
        if competing and min(posteriors[arc] for arc in component & set(path.tolist())) < DECIDED:
            expected |= component
    found = undecided(lattice, path, posteriors).tolist()
    assert found == sorted(expected)


@given(batches, st.data())
@thorough
def test_the_stream_is_the_path_with_pages_kept_apart(texts, data):
    lattice = side_by_side(texts)
    path = drawn_path(lattice, data)
    stream = path_stream(lattice, path, model_ids(lattice, TABLES.lexicon, "context"), END)
    said = arc_words(lattice)
    expected: list[int] = []
    begins, stops = {}, {}
    for page in range(len(texts)):
        for arc in path[lattice.page[path] == page].tolist():
            for token in range(int(lattice.first[arc]), int(lattice.end[arc])):
                begins[token], stops[token] = len(expected), len(expected) + len(said[arc])
            expected += CONTEXT.ids([word if word in CONTEXT.words else "<unk>" for word in said[arc]])
        expected += [END] * MARGIN
    assert stream.words.tolist() == expected
    assert dict(enumerate(stream.begins.tolist())) == begins
    assert dict(enumerate(stream.stops.tolist())) == stops


@given(batches, st.data())
@thorough
def test_fits_equal_asking_the_model_plainly(texts, data):
    lattice = side_by_side(texts)
    path, posteriors = drawn_path(lattice, data), drawn_posteriors(lattice, data)
    found = context_fits(lattice, path, posteriors, TABLES)
    asked = set(undecided(lattice, path, posteriors).tolist())
    said, own = arc_words(lattice), path.tolist()
    for arc in range(len(lattice)):
        if arc not in asked:
            expected = 0.0
        elif posteriors[arc] < LEAST_POSTERIOR:
            expected = HOPELESS
        else:
            before = [
                e for e in own if lattice.page[e] == lattice.page[arc] and lattice.sentence[e] == lattice.sentence[arc]
            ]
            left = [e for e in before if lattice.level[e] <= 0 or lattice.end[e] <= lattice.first[arc]]
            left = [e for e in left if not (lattice.first[e] == lattice.end[e] and lattice.level[e] > 0)]
            # What the path says where the arc begins: the arc over its first token stands wholly in its place.
            right = [e for e in before if lattice.first[e] >= lattice.end[arc] and lattice.level[e] > 0]
            heads = CONTEXT.ids([said[left[-1]][-1]])[0], CONTEXT.ids([said[right[0]][0]])[0]
            words = np.array(CONTEXT.ids([w if w in CONTEXT.words else "<unk>" for w in said[arc]]))
            expected = -float((heads[0] * 7 + heads[1] * 5 + words.sum() * 3) % 31) / 10
        assert found[arc] == pytest.approx(expected)


@given(st.lists(readables(), min_size=2, max_size=3), st.data())
@usual
def test_an_article_fits_as_it_does_alone(texts, data):
    lattice = side_by_side(texts)
    path, posteriors = drawn_path(lattice, data), drawn_posteriors(lattice, data)
    found = context_fits(lattice, path, posteriors, TABLES)
    for page, each in enumerate(texts):
        arcs = of_page(lattice, page)
        place = {arc: number for number, arc in enumerate(arcs.tolist())}
        mine = np.array([place[arc] for arc in path.tolist() if arc in place], dtype=np.int64)
        assert context_fits(each.lattice, mine, posteriors[arcs], TABLES).tolist() == found[arcs].tolist()


def test_hopeless_readings_are_not_asked(monkeypatch):
    lattice = readable("a b c", Drawn(1, 2, ("a",)), Drawn(1, 2, ("c",))).lattice
    path = np.flatnonzero(lattice.reading < 0)
    asked = []
    fits = type(CONTEXT).fits

    def counting(self, stream, phrases):
        asked.append(len(phrases.sizes))
        return fits(self, stream, phrases)

    monkeypatch.setattr(type(CONTEXT), "fits", counting)
    posteriors = np.where(lattice.reading == 0, LEAST_POSTERIOR / 2, 0.5)
    found = context_fits(lattice, path, posteriors, TABLES)
    assert asked == [2], "the text and the other reading"
    assert found[lattice.reading == 0].tolist() == [HOPELESS]
    context_fits(lattice, path, np.where(lattice.reading < 0, 1.0, 0.0), TABLES)
    assert asked == [2], "nothing is undecided"


def test_the_right_word_fits_best():
    tables = Tables.load()
    lattice, _ = read_lattice([read(TEXT)], [[]], tables)
    order = np.flatnonzero(lattice.reading < 0)
    path = order[np.lexsort((order, lattice.sentence[order]))]
    fits = context_fits(lattice, path, np.full(len(lattice), 0.5), tables)
    words = [token.word for token in lattice.batch.pages[0].tokens]
    place = words.index("instructed")
    arcs = np.flatnonzero((lattice.first == place) & (lattice.end == place + 1))
    best = int(arcs[np.argmax(fits[arcs])])
    assert lattice.wordings.text(int(lattice.readings.wording[lattice.reading[best]])) == "told"
