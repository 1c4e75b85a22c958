"""Midranks, and what is counted by ties."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from reports.statistics.midranks import doubled_midranks, ties

ROWS = st.lists(st.integers(-3, 3), min_size=1, max_size=30)


@given(ROWS)
def test_doubled_midranks_are_twice_those_of_scipy(values):
    rows = np.array([values, values[::-1]], dtype=float)
    assert np.array_equal(doubled_midranks(rows), 2 * rankdata(rows, axis=1))


@given(ROWS)
def test_ties_begin_and_end_where_equal_values_do(values):
    ordered = np.sort(np.array(values, dtype=float))
    first, behind = ties(ordered)
    assert np.array_equal(first, np.searchsorted(ordered, ordered, side="left"))
    assert np.array_equal(behind, np.searchsorted(ordered, ordered, side="right"))


def test_scores_that_all_differ_have_ranks_without_halves():
    scores = np.random.default_rng(0).random((2, 1000))
    assert np.array_equal(doubled_midranks(scores), 2 * rankdata(scores, axis=1))
