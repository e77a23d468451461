"""Arrays of arrays: every function against the plain lists that it stands for."""

from itertools import pairwise

import numpy as np
from core_strategies import thorough
from hypothesis import example, given
from hypothesis import strategies as st

from normalizer.ragged import contains, flatten, group_starts, numbered, offsets_of, ranges, take_rows

SMALL = st.integers(0, 5)
ROWS = st.lists(st.lists(SMALL, max_size=4), max_size=6)


def ints(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@given(st.lists(st.tuples(st.integers(-5, 50), SMALL), max_size=6))
@thorough
def test_ranges_are_those_of_every_start_in_turn(pairs):
    found = ranges(ints([start for start, _ in pairs]), ints([count for _, count in pairs]))
    assert found.tolist() == [start + k for start, count in pairs for k in range(count)]


@given(st.lists(SMALL, max_size=6))
@thorough
def test_offsets_are_the_sums_so_far(counts):
    assert offsets_of(ints(counts)).tolist() == [sum(counts[:number]) for number in range(len(counts) + 1)]


@given(ROWS)
@example([])
@thorough
def test_flat_rows_can_be_cut_out_again(rows):
    flat, offsets = flatten(rows)
    assert flat.dtype == offsets.dtype == np.int64
    assert [flat[low:high].tolist() for low, high in pairwise(offsets.tolist())] == rows


@given(ROWS.filter(bool), st.data())
@thorough
def test_rows_are_taken_in_the_order_asked_for(rows, data):
    flat, offsets = flatten(rows)
    wanted = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=5))
    at, counts = take_rows(offsets.astype(np.uint32), ints(wanted))
    assert counts.tolist() == [len(rows[number]) for number in wanted]
    assert flat[at].tolist() == [item for number in wanted for item in rows[number]]


@given(st.lists(SMALL, max_size=8).map(sorted))
@thorough
def test_a_group_starts_where_the_key_changes(keys):
    starts = group_starts(ints(keys)).tolist()
    assert starts == [at for at, key in enumerate(keys) if at == 0 or keys[at - 1] != key]


@given(st.lists(st.tuples(SMALL, SMALL), max_size=8))
@thorough
def test_equal_columns_share_a_number_and_others_do_not(columns):
    found = numbered(ints([a for a, _ in columns] + [b for _, b in columns]).reshape(2, -1)).tolist()
    assert sorted(set(found)) == list(range(len(set(columns))))
    for i, one in enumerate(columns):
        for j, other in enumerate(columns):
            assert (found[i] == found[j]) == (one == other)


@given(st.lists(SMALL, max_size=6).map(sorted), st.lists(st.integers(-1, 7), max_size=6))
@thorough
def test_a_sorted_table_contains_what_stands_in_it(table, keys):
    assert contains(ints(table), ints(keys)).tolist() == [key in table for key in keys]
