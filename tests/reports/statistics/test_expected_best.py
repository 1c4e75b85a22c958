"""The expected best of a shorter search."""

import itertools
import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.expected_best import expected_best

FAILED = -math.inf
SCORES = st.floats(0, 1) | st.just(FAILED)


@pytest.mark.parametrize(
    ("n", "value"),
    [
        (1, 0.70),
        # each of 0.60, 0.80, 0.75, 0.90 with the declared 0.70: 0.70, 0.80, 0.75, 0.90
        (2, 3.15 / 4),
        # pairs: 0.80, 0.75, 0.90, 0.80, 0.90, 0.90
        (3, 5.05 / 6),
        # triples: 0.80, 0.90 three times
        (4, 3.5 / 4),
        (5, 0.90),
        (50, 0.90),
    ],
)
def test_worked_by_hand(n: int, value: float) -> None:
    assert expected_best(0.7, [0.6, 0.8, 0.75, 0.9], n) == pytest.approx(value, abs=1e-12)


def test_a_configuration_that_fails_brings_nothing() -> None:
    assert expected_best(0.7, [FAILED, 0.9], 2) == pytest.approx(0.8)
    assert expected_best(0.7, [FAILED, FAILED], 3) == 0.7


def test_without_others_the_first_is_the_best() -> None:
    assert expected_best(0.7, [], 12) == 0.7


@pytest.mark.slow
@given(st.floats(0, 1), st.lists(SCORES, max_size=7), st.integers(1, 9))
def test_it_is_the_mean_over_all_draws(first: float, others: list[float], n: int) -> None:
    k = min(n - 1, len(others))
    draws = list(itertools.combinations(range(len(others)), k))
    best = [max([first, *(others[i] for i in draw)]) for draw in draws]
    assert expected_best(first, others, n) == pytest.approx(fmean(best), abs=1e-12)


@pytest.mark.slow
@given(st.floats(0, 1), st.lists(SCORES, min_size=1, max_size=40))
def test_a_longer_search_finds_no_less_and_the_whole_of_it_the_best(
    first: float, others: list[float]
) -> None:
    each = [expected_best(first, others, n) for n in range(1, len(others) + 2)]
    assert all(b >= a - 1e-12 for a, b in itertools.pairwise(each))
    assert each[0] == first
    assert each[-1] == pytest.approx(max(first, *others))


def test_a_thousand_configurations_are_no_trouble() -> None:
    others = [i / 1000 for i in range(999)]
    # the largest of 500 of the numbers 1..999 is 500 · 1000 / 501 on average
    assert expected_best(0.0, others, 501) == pytest.approx((500 * 1000 / 501 - 1) / 1000)
