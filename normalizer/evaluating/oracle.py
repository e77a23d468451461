"""The oracle ceiling: what the best choice among the readings could reach.

Two graphs over the article are searched at once: what the tool could write (each stretch kept, or any of its readings)
and what the gold repairs allow (each stretch kept, or any accepted wording). A pair of paths that spell the same text,
apart from white space, is a choice without a wrong edit; the best pair makes the most needed repairs. The search is
exact. A state says how far each side has read, and what the side ahead has written and the other has not; states are
visited in the order of the sum of both positions. The difference between a scorer and this ceiling is due to scoring;
what the ceiling lacks is due to missing readings.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from normalizer.edits import Edit
from normalizer.evaluating.gold import Gold
from normalizer.evaluating.judging import widen
from normalizer.pages import read
from normalizer.reading import read_lattice
from normalizer.references import Trusted
from normalizer.rendering import SURE_OF_NAME, choices_for, render
from normalizer.tables import Tables

NEEDED, OPTIONAL, COST = (
    1_000_000,
    1000,
    1,
)  # worth of a needed and an optional repair, and cost of any edit
ALIKE = str.maketrans("‘’“”–—", "''\"\"--", " \t\r\n\u00a0")


class Arc(NamedTuple):
    """A replacement of text[start:end] by *after*; worth: what making it is worth."""

    start: int
    end: int
    after: str
    worth: int


class State(NamedTuple):
    """How far a pair of paths has come.

    tool, gold: code points that each side has read. owed: what the side ahead has written and the other has not; "" if
    they are even. leads: whether the side ahead is the tool.
    """

    tool: int
    gold: int
    owed: str
    leads: bool


def possible_edits(text: str, references: Sequence[Trusted], tables: Tables) -> list[Edit]:
    """Return every edit that some choice among the readings of an article could make."""
    page = read(text)
    lattice = read_lattice([page], [references], tables)[0]
    every = np.arange(len(lattice.readings))
    choices = choices_for(lattice, every, np.ones(len(every)), np.full(len(every), SURE_OF_NAME), tables)
    return sorted([*page.residue, *(edit for edit in render(page, choices) if edit is not None)])


def best_edits(text: str, golds: Sequence[Gold], possible: Iterable[Edit]) -> list[Edit]:
    """Return the choice among the *possible* edits that makes the most repairs and no wrong edit."""
    edits = {(edit.start, edit.end, edit.after): edit for edit in possible}
    tool = [Arc(*key, -COST) for key in edits if key[0] < key[1]]
    wanted = [
        _widened(text, Arc(gold.start, gold.end, reading, OPTIONAL if gold.optional else NEEDED))
        for gold in golds
        for reading in gold.readings
    ]
    return [edits[arc.start, arc.end, arc.after] for arc in _search(text, tool, wanted)]


def _widened(text: str, arc: Arc) -> Arc:
    """Return an insertion as a replacement of the word after it.

    Every arc must advance in the text, else the search might not end.
    """
    if arc.start < arc.end:
        return arc
    _, end = widen(text, arc.start, min(len(text), arc.start + 1))
    return Arc(arc.start, end, arc.after + text[arc.start : end], arc.worth)


def _search(text: str, tool: Sequence[Arc], wanted: Sequence[Arc]) -> list[Arc]:
    """Return the arcs of *tool* on the best pair of paths.

    A state is reached only from states with a smaller sum of positions, so its worth is final when the heap yields it.
    """
    cuts = _cuts(text, [*tool, *wanted])
    arcs = _by_start(tool), _by_start(wanted)
    best: dict[State, tuple[int, State | None, Arc | None]] = {State(0, 0, "", False): (0, None, None)}
    heap = [(0, State(0, 0, "", False))]
    done: set[State] = set()
    end = State(len(text), len(text), "", False)
    while heap:
        _, state = heapq.heappop(heap)
        if state in done:
            continue
        done.add(state)
        worth = best[state][0]
        for reached, arc, gain in _moves(text, state, arcs, cuts):
            if reached not in best or best[reached][0] < worth + gain:
                best[reached] = (worth + gain, state, arc)
                heapq.heappush(heap, (reached.tool + reached.gold, reached))
    return _trace(best, end)


def _trace(best: dict[State, tuple[int, State | None, Arc | None]], end: State) -> list[Arc]:
    arcs, state = [], end
    while True:
        _, before, arc = best[state]
        if arc is not None:
            arcs.append(arc)
        if before is None:
            return arcs[::-1]
        state = before


def _moves(
    text: str, state: State, arcs: tuple[dict[int, list[Arc]], dict[int, list[Arc]]], cuts: dict[int, int]
) -> Iterator[tuple[State, Arc | None, int]]:
    """Yield (state reached, the tool's arc if it took one, worth gained).

    The side that is behind moves, and the gold's when they are even.
    """
    moves_tool = not state.leads and (bool(state.owed) or state.gold > state.tool)
    at = state.tool if moves_tool else state.gold
    for arc in arcs[0 if moves_tool else 1].get(at, ()):
        yield from _written(state, moves_tool, arc.end, arc.after, arc, arc.worth)
    if at in cuts:
        yield from _written(state, moves_tool, cuts[at], text[at : cuts[at]], None, 0)


def _written(
    state: State, by_tool: bool, end: int, wording: str, arc: Arc | None, worth: int
) -> Iterator[tuple[State, Arc | None, int]]:
    """Yield the state after one side wrote *wording* and stands at *end*, if it can."""
    new = wording.translate(ALIKE)
    ahead = state.leads == by_tool and bool(state.owed)
    if ahead:
        owed, leads = state.owed + new, by_tool
    elif state.owed.startswith(new):
        owed, leads = state.owed[len(new) :], state.leads
    elif new.startswith(state.owed):
        owed, leads = new[len(state.owed) :], by_tool
    else:
        return
    tool, gold = (end, state.gold) if by_tool else (state.tool, end)
    yield State(tool, gold, owed, leads and bool(owed)), arc if by_tool else None, worth


def _by_start(arcs: Iterable[Arc]) -> dict[int, list[Arc]]:
    index: dict[int, list[Arc]] = defaultdict(list)
    for arc in arcs:
        index[arc.start].append(arc)
    return index


def _cuts(text: str, arcs: Iterable[Arc]) -> dict[int, int]:
    """Return for every place where a path may stand the next such place."""
    places = sorted({0, len(text), *(arc.start for arc in arcs), *(arc.end for arc in arcs)})
    return dict(pairwise(places))
