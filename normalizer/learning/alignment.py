"""Which arcs of a lattice agree with gold repairs: the intersection of two word graphs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.lattice import Lattice
from normalizer.lexicon.compiled import WordIds
from normalizer.tokens import Token, fold_words

Words = tuple[int, ...]  # by their numbers, see `WordIds`


class GoldEdit(NamedTuple):
    """A gold repair of text[start:end], in code points.

    readings: the accepted wordings. optional: whether the text may also be left as it stands.
    """

    start: int
    end: int
    readings: tuple[str, ...]
    optional: bool = False


class State(NamedTuple):
    """A state of the search: how far each side has come, and the words that one side has spelt and the other has not.

    position: level in the lattice. gold: token on the gold side. ahead: the words. lattice_leads: whether the lattice
    is the side ahead, or both are even.
    """

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


def agree(lattice: Lattice, ids: WordIds, golds: Iterable[GoldEdit]) -> Agreement:
    """Return the arcs that agree with *golds*; where no path makes a gold repair, the text may stay as it is.

    lattice: of one article. ids: numbers of the words of its arcs.
    """
    tokens = lattice.batch.pages[0].tokens
    placed = [(gold, *_token_span(tokens, gold)) for gold in golds]
    allowed = np.zeros(len(lattice), dtype=bool)
    arcs_of: dict[int, list[int]] = defaultdict(list)
    for arc, sentence in enumerate(lattice.sentence.tolist()):
        arcs_of[sentence].append(arc)
    reached: list[GoldEdit] = []
    missed: list[GoldEdit] = []
    for number, (first, end) in enumerate(lattice.batch.pages[0].spans):
        inside = [(gold, a, b) for gold, a, b in placed if first <= a and b <= end and a < b]
        side = _Side(lattice, ids, arcs_of[number], first, end)
        found, used = _intersect(side, inside, required=frozenset())
        required = frozenset(gold for gold, _, _ in inside if gold in used and not gold.optional)
        strict, _ = _intersect(side, inside, required)
        allowed[list(strict or found)] = True
        for gold, _, _ in inside:
            (reached if gold in used else missed).append(gold)
    whole = {gold for gold, _, _ in placed}
    missed += sorted(whole - set(reached) - set(missed))
    return Agreement(allowed, tuple(reached), tuple(missed))


class _Side:
    """The arcs of one sentence, tokens first..end, as what the search over two word graphs needs to know of them."""

    def __init__(self, lattice: Lattice, ids: WordIds, arcs: Sequence[int], first: int, end: int) -> None:
        self.ids, self.first, self.end = ids, first, end
        self.tokens = lattice.batch.words
        self.start_arc, self.end_arc = arcs[0], arcs[-1]
        self.level = {arc: int(lattice.level[arc]) for arc in arcs}
        self.until = {arc: int(lattice.until[arc]) for arc in arcs}
        self.words = {arc: tuple(lattice.words[slice(*lattice.offsets[arc : arc + 2])].tolist()) for arc in arcs}
        self.leaving: dict[int, list[int]] = defaultdict(list)
        for arc in arcs:
            self.leaving[self.level[arc]].append(arc)


def _token_span(tokens: Sequence[Token], gold: GoldEdit) -> tuple[int, int]:
    covered = [i for i, token in enumerate(tokens) if token.start < gold.end and gold.start < token.end]
    return (covered[0], covered[-1] + 1) if covered else (-1, -1)


def _intersect(
    side: _Side, golds: Sequence[tuple[GoldEdit, int, int]], required: frozenset[GoldEdit]
) -> tuple[set[int], set[GoldEdit]]:
    """Return the arcs and the gold repairs on those paths whose words the lattice and the gold side can both spell.

    golds: each with its tokens (first, end). required: those that must be made.
    """
    blocked = {i for gold, a, b in golds if gold in required for i in range(a, b)}
    gold_arcs: dict[int, list[tuple[int, Words, GoldEdit | None]]] = defaultdict(list)
    for i in range(side.first, side.end):
        if i not in blocked:
            gold_arcs[i].append((i + 1, (int(side.tokens[i]),), None))
    for gold, a, b in golds:
        gold_arcs[a] += [(b, tuple(map(side.ids.__getitem__, fold_words(text))), gold) for text in gold.readings]
    start = State(side.until[side.start_arc], side.first, (), True)
    goal = (side.level[side.end_arc], side.end)
    back: dict[State, list[tuple[State, int, GoldEdit | None]]] = defaultdict(list)
    pending, seen = [start], {start}
    while pending:
        state = pending.pop()
        for after, arc, edit in _steps(state, side, gold_arcs):
            back[after].append((state, arc, edit))
            if after not in seen:
                seen.add(after)
                pending.append(after)
    finals = [state for state in seen if (state.position, state.gold) == goal and not state.ahead]
    used_arcs, used_golds = _walk_back(finals, back)
    return (used_arcs | {side.start_arc, side.end_arc} if finals else set()), used_golds


def _steps(
    state: State, side: _Side, gold_arcs: dict[int, list[tuple[int, Words, GoldEdit | None]]]
) -> list[tuple[State, int, GoldEdit | None]]:
    steps: list[tuple[State, int, GoldEdit | None]] = []
    if not state.ahead or not state.lattice_leads:
        for arc in side.leaving[state.position]:
            if arc != side.end_arc:
                ahead = _match(state.ahead, side.words[arc])
                if ahead is not None:
                    steps.append((State(side.until[arc], state.gold, *ahead), arc, None))
    if state.lattice_leads:
        for stop, words, gold in gold_arcs[state.gold]:
            if not words:
                steps.append((State(state.position, stop, state.ahead, True), -1, gold))
            elif state.ahead and (ahead := _match(state.ahead, words)) is not None:
                steps.append((State(state.position, stop, ahead[0], not (ahead[0] and ahead[1])), -1, gold))
    return steps


def _match(ahead: Words, words: Words) -> tuple[Words, bool] | None:
    """Remove what both sides have spelt; return the rest and whether the side of *words* has it, None on a mismatch."""
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
