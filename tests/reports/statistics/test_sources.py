"""The mean difference on the data sets at hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from reports.statistics.contrast import Difference
from reports.statistics.sources import mean_over_sources

differences = st.builds(
    Difference,
    st.floats(-0.3, 0.3),
    st.floats(2e-3, 0.1),
    st.floats(0, 0.05),
    st.one_of(st.just(math.inf), st.floats(5, 200)),
    st.floats(1, 1.5),
    st.floats(1, 1.5),
)
several = st.lists(differences, min_size=1, max_size=6)


def test_the_mean_of_independent_sets_is_that_of_statsmodels():
    rng = np.random.default_rng(0)
    d, se = rng.normal(size=5) / 10, rng.uniform(0.01, 0.05, 5)
    found = mean_over_sources([Difference(*pair) for pair in zip(d, se, strict=True)])
    expected = combine_effects(d, se**2).summary_frame().loc["fixed effect"]
    assert found.d == pytest.approx(expected["eff"], abs=1e-12)
    assert found.interval(0.95) == pytest.approx((expected["ci_low"], expected["ci_upp"]), abs=1e-6)


@given(differences)
def test_one_set_stands_for_itself(one):
    found = mean_over_sources([one])
    assert found.interval(0.95) == pytest.approx(one.interval(0.95))
    assert found.interval(0.9) == pytest.approx(one.interval(0.9))
    assert found.p() == pytest.approx(one.p(), abs=1e-9)
    assert found.p_equivalence(0.02) == pytest.approx(one.p_equivalence(0.02), abs=1e-9)
    assert found.p_beyond(0.02) == pytest.approx(one.p_beyond(0.02), abs=1e-9)


def test_two_sets_that_agree_are_surer_than_one():
    one = Difference(0.1, 0.0148)
    assert mean_over_sources([one]).interval(0.95) == pytest.approx((0.071, 0.129), abs=1e-3)
    assert mean_over_sources([one, one]).interval(0.95) == pytest.approx((0.0795, 0.1205), abs=1e-3)


def test_a_set_with_one_degree_of_freedom_beside_others_has_a_p_value():
    few, many = Difference(0.07, 0.005, 0.05, 1.0), Difference(-0.07, 0.01)
    found = mean_over_sources([few, many])
    assert 0 < found.p() < 1
    assert found.interval(1 - found.p())[1] == pytest.approx(0, abs=1e-9)


def test_sets_of_one_source_are_no_surer_than_one():
    one = Difference(0.1, 0.0148)
    same = mean_over_sources([one] * 4, ["photographs"] * 4)
    assert same.interval(0.95) == pytest.approx(one.interval(0.95))
    assert same.n_sources == 1
    assert same.weights == pytest.approx([0.25] * 4)


def test_a_source_of_several_sets_weighs_as_much_as_one_of_its_sets():
    one = Difference(0.1, 0.02)
    found = mean_over_sources([one, one, one, one], ["x", "x", "x", "y"])
    assert found.weights == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


@pytest.mark.slow
@settings(deadline=None)
@given(several, st.floats(0.5, 0.99))
def test_tests_turn_where_intervals_end(some, level):
    found = mean_over_sources(some)
    low, high = found.interval(level)
    assert found.p_above(low) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert found.p_below(high) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert found.p_above(0.01) + found.p_below(0.01) == pytest.approx(1)


@pytest.mark.slow
@settings(deadline=None)
@given(several)
def test_swapping_the_sides_mirrors_the_mean(some):
    one = mean_over_sources(some)
    other = mean_over_sources([each.mirrored() for each in some])
    low, high = one.interval(0.95)
    assert other.interval(0.95) == pytest.approx((-high, -low))
    assert other.p() == pytest.approx(one.p(), abs=1e-9)


@pytest.mark.slow
@settings(deadline=None)
@given(several, st.integers(0, 5), st.sampled_from(["new", "0"]), st.floats(-0.1, 0.1))
def test_a_set_that_excludes_as_much_never_takes_an_exclusion_back(some, which, source, bound):
    """What every one of some sets shows, their mean shows, of one source or of several."""
    agreeing = [each for each in some if each.p_above(bound) < 0.025]
    if agreeing:
        added = agreeing[which % len(agreeing)]
        names = [str(i) for i in range(len(agreeing))]
        assert mean_over_sources([*agreeing, added], [*names, source]).p_above(bound) < 0.025


@pytest.mark.slow
@settings(deadline=None)
@given(several, st.floats(1, 50))
def test_a_set_of_a_new_source_at_the_mean_only_sharpens_it(some, wider):
    some = [Difference(each.d, each.se_cases, each.se_seeds) for each in some]
    before = mean_over_sources(some)
    after = mean_over_sources([*some, Difference(before.d, before.se * wider)])
    assert after.d == pytest.approx(before.d)
    assert after.se <= before.se + 1e-12


def test_a_set_without_an_error_does_not_take_all_the_weight():
    found = mean_over_sources([Difference(0.1, 0.0), Difference(0.0, 1e-3)])
    assert found.weights[1] > 0
    assert found.interval(0.95)[0] < found.d


@pytest.mark.parametrize("wrong", [[], [Difference(math.nan, 0.1)], [Difference(0, math.inf)]])
def test_what_is_no_difference_is_refused(wrong):
    with pytest.raises(ValueError, match="mean needs"):
        mean_over_sources(wrong)


@pytest.mark.slow
def test_the_interval_covers_the_mean_over_sources_that_share_patients():
    """Six sets of two sources: errors within a source are the same."""
    rng, hits, runs = np.random.default_rng(1), 0, 2000
    for _ in range(runs):
        shared = np.repeat(rng.normal(0, 0.02, 2), 3)
        some = [Difference(d, 0.02) for d in shared]
        low, high = mean_over_sources(some, [0, 0, 0, 1, 1, 1]).interval(0.95)
        hits += low <= 0 <= high
    assert hits / runs == pytest.approx(0.95, abs=0.015)
