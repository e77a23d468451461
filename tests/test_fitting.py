"""How readings fit into the path: the words around each arc are those of the path, whatever the arcs' lengths."""

import numpy as np
import pytest
from normalizer.decoding import best_path

from normalizer.fitting import context_fits, path_stream
from normalizer.language_model import ContextModel
from normalizer.repairing import Normalizer

TEXT = (
    "The International Minister instructed reporters at this time that talks will proceed subsequent week. "
    "He stated Moscow had despatched extra troops to the border."
)


@pytest.fixture(scope="module")
def read():
    """The tool, an article's lattice and its best path."""
    tool = Normalizer()
    proposed = tool.propose(TEXT)
    decoded = tool.decode(proposed)
    nodes = best_path(decoded.trellis.graph, decoded.scores.nodes, decoded.scores.edges)
    return tool, proposed, decoded.trellis.arcs[nodes].tolist()


def test_the_stream_is_the_repaired_text(read):
    _, proposed, path = read
    stream = path_stream(proposed.lattice, path)
    text = " ".join(stream.words)
    first = "<s> the foreign minister told reporters today that talks will continue next week . </s>"
    assert text.startswith(f"{first} <s>")
    assert stream.words[-1] == "</s>"


def test_gaps_lead_to_the_words_beside_them(read):
    _, proposed, path = read
    stream = path_stream(proposed.lattice, path)
    words = [token.word for token in proposed.tokens]
    at = words.index("at")  # "at this time" is one arc of the path
    assert stream.words[stream.before[at] - 1] == "reporters"
    assert {int(stream.before[at + k]) for k in range(3)} == {int(stream.before[at])}
    assert stream.words[stream.behind[at + 3]] == "that"
    assert {int(stream.behind[at + k]) for k in (1, 2, 3)} == {int(stream.behind[at + 3])}
    first = words.index("he")
    assert stream.words[stream.before[first] - 1] == "<s>"
    assert stream.words[stream.behind[first]] == "</s>"


def test_arcs_without_a_choice_have_no_fit(read):
    tool, proposed, path = read
    lattice = proposed.lattice
    fits = context_fits(lattice, path, tool.context)
    read_tokens = {i for r in lattice.readings if r is not None for i in range(r.start, r.end)}
    for arc in range(len(lattice)):
        edge = lattice.firsts[arc] == lattice.ends[arc]
        free = lattice.readings[arc] is None and int(lattice.firsts[arc]) not in read_tokens
        assert (fits[arc] == 0) == (edge or free)


def test_the_right_word_fits_best(read):
    tool, proposed, path = read
    lattice = proposed.lattice
    fits = context_fits(lattice, path, tool.context)
    place = [token.word for token in proposed.tokens].index("instructed")
    arcs = [i for i in range(len(lattice)) if (lattice.firsts[i], lattice.ends[i]) == (place, place + 1)]
    assert lattice.words[max(arcs, key=lambda i: fits[i])] == ("told",)


def test_an_article_without_readings_asks_for_nothing():
    tool = Normalizer()
    lattice = tool.propose("Xyzzy.").lattice
    assert not context_fits(lattice, np.arange(len(lattice)).tolist(), ContextModel.load()).any()
