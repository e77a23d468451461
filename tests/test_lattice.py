"""The lattice of an article: arcs in order, inside their sentence, the kept text always among the paths."""

from itertools import pairwise

import numpy as np
from core_strategies import Readable, paths, readables, thorough
from hypothesis import example, given

from normalizer.lattice import build_lattice
from normalizer.proposals import Reading
from normalizer.tokens import sentences, tokenize


def of(text: str, *readings: Reading) -> Readable:
    tokens = tokenize(text)
    return Readable(text, tokens, list(sentences(text, tokens)), list(readings))


@given(readables())
@example(of(""))
@example(of("a \n b c"))
@thorough
def test_without_readings_the_lattice_is_a_chain_of_kept_tokens(readable):
    lattice = build_lattice(readable.tokens, readable.spans, [])
    assert lattice.readings == [None] * len(lattice)
    expected = [
        ("<s>", *(t.word for t in readable.tokens[first:end]), "</s>") for first, end in readable.spans
    ]  # fmt: skip
    assert lattice.words == [(word,) for words in expected for word in words]
    assert (lattice.targets == lattice.sources + 1).all()
    for number, words in enumerate(expected):
        assert [len(path) for path in paths(lattice, number)] == [len(words)]


@given(readables())
@thorough
def test_arcs_never_cross_a_sentence(readable):
    lattice = readable.lattice
    ranges = []
    for number, (first, end) in enumerate(readable.spans):
        own = np.flatnonzero(lattice.sentence == number)
        assert (lattice.firsts[own] >= first).all() and (lattice.ends[own] <= end).all()
        ranges.append((lattice.sources[own].min(), lattice.targets[own].max()))
    assert all(left[1] < right[0] for left, right in pairwise(ranges)), "no shared positions"


@given(readables())
@thorough
def test_arcs_are_sorted_and_the_kept_token_comes_first(readable):
    lattice = readable.lattice
    assert (np.diff(lattice.sources) >= 0).all() and (np.diff(lattice.sentence) >= 0).all()
    firsts = np.unique(lattice.sources, return_index=True)[1]
    assert all(lattice.readings[i] is None for i in firsts)
    others = [reading for i, reading in enumerate(lattice.readings) if i not in set(firsts.tolist())]
    assert sorted(map(repr, others)) == sorted(map(repr, readable.readings)), "every reading is one arc"


@given(readables())
@thorough
def test_an_arc_says_where_it_lies(readable):
    lattice = readable.lattice
    for number, (first, end) in enumerate(readable.spans):
        own = np.flatnonzero(lattice.sentence == number)
        start, stop = own[0], own[-1]
        assert (lattice.words[start], lattice.words[stop]) == (("<s>",), ("</s>",))
        assert (lattice.firsts[start], lattice.ends[start]) == (first, first)
        assert (lattice.firsts[stop], lattice.ends[stop]) == (end, end)
        for i in own:
            assert lattice.levels[i] == lattice.sources[i] - lattice.sources[start]
            reading = lattice.readings[i]
            if reading is not None:
                assert (lattice.firsts[i], lattice.ends[i]) == (reading.start, reading.end)
                assert lattice.words[i] == reading.words
            elif i not in (start, stop):
                assert lattice.ends[i] - lattice.firsts[i] == 1
                assert lattice.words[i] == (readable.tokens[lattice.firsts[i]].word,)
            if i not in (start, stop):
                assert lattice.targets[i] - lattice.sources[i] == lattice.ends[i] - lattice.firsts[i]


@given(readables())
@thorough
def test_every_path_covers_its_sentence(readable):
    lattice = readable.lattice
    for number, (first, end) in enumerate(readable.spans):
        for path in paths(lattice, number):
            at = first
            for arc in path:
                assert lattice.firsts[arc] == at
                at = lattice.ends[arc]
            assert at == end


def test_two_sentences_with_readings():
    big = Reading(0, 2, "large one", ("large", "one"), "lexical")
    talk = Reading(3, 4, "chat", ("chat",), "lexical")
    lattice = of("Big it.\nTalk", talk, big).lattice
    assert lattice.words == [
        ("<s>",), ("big",), ("large", "one"), ("it",), (".",), ("</s>",),
        ("<s>",), ("talk",), ("chat",), ("</s>",),
    ]  # fmt: skip
    assert lattice.sources.tolist() == [0, 1, 1, 2, 3, 4, 6, 7, 7, 8]
    assert lattice.targets.tolist() == [1, 2, 3, 3, 4, 5, 7, 8, 8, 9]
    assert lattice.levels.tolist() == [0, 1, 1, 2, 3, 4, 0, 1, 1, 2]
