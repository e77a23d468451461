"""Which arcs of a lattice agree with gold repairs: the intersection of two word graphs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.lattice import Lattice
from normalizer.tokens import Token, fold_words

Words = tuple[str, ...]


class GoldEdit(NamedTuple):
    """A gold repair of text[start:end]: the accepted wordings; optional ones may also be left as they stand."""

    start: int
    end: int
    readings: tuple[str, ...]
    optional: bool = False


class State(NamedTuple):
    """Lattice position, gold position, and the words by which the lattice (or else the gold side) is ahead."""

    position: int
    gold: int
    ahead: Words
    lattice_leads: bool


class Agreement(NamedTuple):
    """What of a lattice agrees with the gold repairs.

    allowed: whether an arc lies on some path that agrees with them, shape (arcs,). reached, missed: gold edits that
    some path realises, and those that none does.
    """

    allowed: NDArray[np.bool_]
    reached: tuple[GoldEdit, ...]
    missed: tuple[GoldEdit, ...]


def agree(
    lattice: Lattice, tokens: Sequence[Token], spans: Sequence[tuple[int, int]], golds: Iterable[GoldEdit]
) -> Agreement:
    """Return the arcs that agree with *golds*. Gold edits that no path realises may be left as they stand."""
    placed = [(gold, *_token_span(tokens, gold)) for gold in golds]
    allowed = np.zeros(len(lattice), dtype=bool)
    arcs_of: dict[int, list[int]] = defaultdict(list)
    for arc, sentence in enumerate(lattice.sentence.tolist()):
        arcs_of[sentence].append(arc)
    reached: list[GoldEdit] = []
    missed: list[GoldEdit] = []
    for number, (first, end) in enumerate(spans):
        inside = [(gold, a, b) for gold, a, b in placed if first <= a and b <= end and a < b]
        found, used = _intersect(lattice, arcs_of[number], tokens, first, end, inside, required=frozenset())
        required = frozenset(gold for gold, _, _ in inside if gold in used and not gold.optional)
        strict, _ = _intersect(lattice, arcs_of[number], tokens, first, end, inside, required)
        allowed[list(strict or found)] = True
        for gold, _, _ in inside:
            (reached if gold in used else missed).append(gold)
    whole = {gold for gold, _, _ in placed}
    missed += sorted(whole - set(reached) - set(missed))
    return Agreement(allowed, tuple(reached), tuple(missed))


def _token_span(tokens: Sequence[Token], gold: GoldEdit) -> tuple[int, int]:
    covered = [i for i, token in enumerate(tokens) if token.start < gold.end and gold.start < token.end]
    return (covered[0], covered[-1] + 1) if covered else (-1, -1)


def _intersect(
    lattice: Lattice,
    arcs: Sequence[int],
    tokens: Sequence[Token],
    first: int,
    end: int,
    golds: Sequence[tuple[GoldEdit, int, int]],
    required: frozenset[GoldEdit],
) -> tuple[set[int], set[GoldEdit]]:
    """Return the arcs, and the gold edits, on paths whose words both sides can spell."""
    blocked = {i for gold, a, b in golds if gold in required for i in range(a, b)}
    gold_arcs: dict[int, list[tuple[int, Words, GoldEdit | None]]] = defaultdict(list)
    for i in range(first, end):
        if i not in blocked:
            gold_arcs[i].append((i + 1, (tokens[i].word,), None))
    for gold, a, b in golds:
        gold_arcs[a] += [(b, fold_words(reading), gold) for reading in gold.readings]
    from_position: dict[int, list[int]] = defaultdict(list)
    for arc in arcs:
        from_position[int(lattice.sources[arc])].append(arc)
    start_arc, end_arc = arcs[0], arcs[-1]
    start = State(int(lattice.targets[start_arc]), first, (), True)
    goal = (int(lattice.sources[end_arc]), end)
    back: dict[State, list[tuple[State, int, GoldEdit | None]]] = defaultdict(list)
    pending, seen = [start], {start}
    while pending:
        state = pending.pop()
        for after, arc, edit in _steps(state, lattice, from_position, gold_arcs, end_arc):
            back[after].append((state, arc, edit))
            if after not in seen:
                seen.add(after)
                pending.append(after)
    finals = [state for state in seen if (state.position, state.gold) == goal and not state.ahead]
    used_arcs, used_golds = _walk_back(finals, back)
    return (used_arcs | {start_arc, end_arc} if finals else set()), used_golds


def _steps(
    state: State,
    lattice: Lattice,
    from_position: dict[int, list[int]],
    gold_arcs: dict[int, list[tuple[int, Words, GoldEdit | None]]],
    end_arc: int,
) -> list[tuple[State, int, GoldEdit | None]]:
    steps: list[tuple[State, int, GoldEdit | None]] = []
    if not state.ahead or not state.lattice_leads:
        for arc in from_position[state.position]:
            if arc != end_arc:
                ahead = _match(state.ahead, lattice.words[arc])
                if ahead is not None:
                    steps.append((State(int(lattice.targets[arc]), state.gold, *ahead), arc, None))
    if state.lattice_leads:
        for stop, words, gold in gold_arcs[state.gold]:
            if not words:
                steps.append((State(state.position, stop, state.ahead, True), -1, gold))
            elif state.ahead and (ahead := _match(state.ahead, words)) is not None:
                steps.append((State(state.position, stop, ahead[0], not (ahead[0] and ahead[1])), -1, gold))
    return steps


def _match(ahead: Words, words: Words) -> tuple[Words, bool] | None:
    """Cancel what both sides spell; return what is left and whether the side of *words* is now ahead."""
    shared = min(len(ahead), len(words))
    if ahead[:shared] != words[:shared]:
        return None
    if len(words) > len(ahead):
        return words[shared:], True
    return ahead[shared:], not ahead[shared:]


def _walk_back(
    finals: Sequence[State], back: dict[State, list[tuple[State, int, GoldEdit | None]]]
) -> tuple[set[int], set[GoldEdit]]:
    arcs: set[int] = set()
    golds: set[GoldEdit] = set()
    pending, seen = list(finals), set(finals)
    while pending:
        for before, arc, gold in back[pending.pop()]:
            if arc >= 0:
                arcs.add(arc)
            if gold is not None:
                golds.add(gold)
            if before not in seen:
                seen.add(before)
                pending.append(before)
    return arcs, golds
