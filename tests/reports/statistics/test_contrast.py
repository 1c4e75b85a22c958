"""What a difference and its standard error allow to say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.contrast import Difference, degrees_of_freedom, widening
from reports.statistics.crossvalidation import corrected, correlated_t
from reports.statistics.multiplicity import holm

differences = st.builds(
    Difference,
    st.floats(-0.5, 0.5),
    st.floats(1e-4, 0.2),
    st.floats(0, 0.1),
    st.one_of(st.just(math.inf), st.floats(1, 200)),
    st.floats(1, 2),
    st.floats(1, 2),
    st.floats(1, 4),
    st.floats(1, 4),
)


def test_both_parts_of_the_error_add_up_in_squares():
    assert Difference(0.1, 0.03, 0.04).se == pytest.approx(0.05)


def test_p_is_the_normal_tail_and_the_t_tail():
    assert Difference(0.05, 0.025).p() == pytest.approx(2 * stats.norm.sf(2))
    assert Difference(0.05, 0.025, df=4).p() == pytest.approx(2 * stats.t.sf(2, 4))


def test_identical_scores_give_p_of_one_and_never_zero():
    same = Difference(0.0, 0.0)
    assert same.p() == 1
    assert same.interval(0.95) == (0, 0)
    assert same.p_equivalence(0.02) == 0
    assert same.minimum_detectable(0.05) is None


@pytest.mark.slow
@given(differences)
def test_swapping_the_sides_swaps_everything(found):
    mirrored = found.mirrored()
    low, high = found.interval(0.95)
    assert mirrored.interval(0.95) == pytest.approx((-high, -low))
    assert mirrored.p() == pytest.approx(found.p())
    assert mirrored.p_equivalence(0.02) == pytest.approx(found.p_equivalence(0.02))
    assert mirrored.p_beyond(0.02) == pytest.approx(found.p_beyond(0.02))
    assert mirrored.p_above(0.01) == pytest.approx(1 - found.p_above(-0.01), abs=1e-9)


@given(differences, st.floats(0.005, 0.1))
def test_tests_and_intervals_agree(found, margin):
    low, high = found.interval(0.95)
    inner_low, inner_high = found.interval(0.90)
    slack = 1e-6
    if low > slack or high < -slack:
        assert found.p() < 0.05
    if low < -slack and high > slack:
        assert found.p() > 0.05
    if low > margin + slack or high < -margin - slack:
        assert found.p_beyond(margin) < 0.05
    if low < margin - slack and high > -margin + slack:
        assert found.p_beyond(margin) > 0.05
    if inner_low > -margin + slack and inner_high < margin - slack:
        assert found.p_equivalence(margin) < 0.05
    if inner_low < -margin - slack or inner_high > margin + slack:
        assert found.p_equivalence(margin) > 0.05


@pytest.mark.parametrize("df", [4, 9, math.inf])
def test_the_minimum_detectable_difference_is_found_four_times_in_five(df):
    error = 0.02
    minimum = Difference(0.0, error, df=df).minimum_detectable(0.05)
    rng = np.random.default_rng(0)
    drawn = rng.normal(minimum, error, 20_000)
    estimated = error * (1 if math.isinf(df) else np.sqrt(rng.chisquare(df, 20_000) / df))
    rejected = np.abs(drawn) > stats.t.ppf(0.975, df) * estimated
    assert np.mean(rejected) == pytest.approx(0.8, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("folds", [5, 10])
def test_over_folds_the_minimum_detectable_difference_is_found_about_as_often(folds):
    """Differences on folds correlate by test cases / all cases: the correction's own assumption."""
    rng, ratio, runs = np.random.default_rng(1), 1 / (folds - 1), 4000
    shared = ratio / (1 + ratio)
    error = 0.02 * math.sqrt(shared) * rng.normal(size=(2 * runs, 1))
    each = error + 0.02 * math.sqrt(1 - shared) * rng.normal(size=(2 * runs, folds))
    stated = np.mean([corrected(row, ratio).minimum_detectable(0.05) for row in each[:200]])
    found = [corrected(row + stated, ratio).p() < 0.05 for row in each[runs:]]
    assert np.mean(found) == pytest.approx(0.8, abs=0.05 + 2 * math.sqrt(0.16 / runs))


def test_known_variances_leave_the_normal_distribution():
    assert degrees_of_freedom(0.02, math.inf, ((0.0, 1), (0.0, 5))) == math.inf


def test_degrees_of_freedom_lie_between_the_smallest_part_and_the_normal():
    mixed = degrees_of_freedom(0.02, math.inf, ((0.0001, 3), (0.0001, 5)))
    assert 2 < mixed < math.inf
    assert degrees_of_freedom(0.0, math.inf, ((0.0001, 3), (0.0, 1))) == pytest.approx(2)


def test_a_champion_of_several_is_held_to_the_luckiest_of_them():
    """The best of 8 by the seeds that are tested lies beyond the widened limit in 2.5 %."""
    rng, n_candidates, seeds = np.random.default_rng(2), 8, 4
    runs = rng.normal(size=(40_000, n_candidates, seeds))
    t = runs.mean(axis=2) / (runs.std(axis=2, ddof=1) / math.sqrt(seeds))
    limit = stats.t.ppf(0.975, seeds - 1)
    assert np.mean(t.max(axis=1) > limit) > 0.15
    beyond = np.mean(t.max(axis=1) > limit * widening(seeds, n_candidates, 0.05))
    assert beyond == pytest.approx(0.025, abs=0.003)


def test_nothing_is_widened_without_a_choice_or_without_seeds():
    assert widening(5, 1, 0.05) == widening(1, 10, 0.05) == 1


def test_only_the_side_that_the_choice_flatters_is_widened():
    chosen = Difference(0.03, 0.01, 0.005, seeds_below=2.0)
    plain = Difference(0.03, 0.01, 0.005)
    assert chosen.interval(0.95)[0] < plain.interval(0.95)[0]
    assert chosen.interval(0.95)[1] == plain.interval(0.95)[1]
    assert chosen.se == plain.se


def test_holm_is_that_of_r():
    found = holm([0.001, 0.012, 0.02, 0.035, 0.04, 0.3, 0.9])
    assert found == pytest.approx((0.007, 0.072, 0.1, 0.14, 0.14, 0.6, 0.9), abs=1e-12)


def test_holm_of_one_test_changes_nothing():
    assert holm([0.03]) == pytest.approx((0.03,))


FOLDS = (
    "-0.011 -0.01249 0.00775 0.00367 0.02509 -0.02361 0.04776 0.01145 0.00456 0.00111 0.05033 "
    "-0.00207 0.01413 0.00402 0.06736 -0.01318 0.00968 -0.06653 0.03864 -0.00922 0.06471 0.01747 "
    "0.00399 0.03979 -0.0088 0.09246 0.01868 -0.0092 0.02452 0.02309 -0.01541 0.00249 0.04347 "
    "0.01704 0.01294 -0.01831 0.02348 -0.01259 0.02285 0.0148 -0.01225 -0.04858 -0.01016 0.02349 "
    "0.06393 0.00591 -0.01789 -0.0272 -0.01793 -0.00495 0.06456 -0.00443 -0.01376 0.01348 0.006 "
    "-0.02112 0.01922 0.02343 0.07891 0.04798 0.02044 -0.02408 0.02595 0.02256 -0.0057 -0.01361 "
    "0.0046 0.05818 0.02838 0.05895 0.01949 -0.04687 -0.01227 -0.00296 0.02115 0.00332 0.05573 "
    "0.03821 -0.01659 0.01105 0.01542 -0.01961 0.01668 0.05101 -0.02268 0.01848 0.03613 -0.00996 "
    "-0.03654 0.03717 0.00146 -0.00949 -0.01621 0.0339 -0.00114 0.00452 -0.00816 0.03603 -0.03267 "
    "0.02562"
)


def test_the_corrected_t_test_over_folds_is_that_of_r():
    found = corrected([float(x) for x in FOLDS.split()], 1 / 9)
    assert found.d / found.se == pytest.approx(1.03839324114785, abs=1e-9)
    assert found.p() == pytest.approx(0.301616542111449, abs=1e-9)


def test_equal_folds_have_no_error_and_a_single_one_is_refused():
    assert corrected([0.1 + 0.2, 0.3, 0.3], 0.25).p() == 1
    with pytest.raises(ValueError, match="two"):
        corrected([0.1], 0.25)


def test_the_bayesian_form_reads_the_same_distribution():
    each = [float(x) for x in FOLDS.split()]
    found = correlated_t(each, 1 / 9, 0.01)
    assert sum(found) == pytest.approx(1)
    mirrored = correlated_t([-x for x in each], 1 / 9, 0.01)
    assert (mirrored.below, mirrored.above) == (
        pytest.approx(found.above),
        pytest.approx(found.below),
    )
    # Without a region, twice the smaller side is the p value of the test.
    sides = correlated_t(each, 1 / 9, 0.0)
    assert sides.within == pytest.approx(0, abs=1e-12)
    assert 2 * sides.below == pytest.approx(corrected(each, 1 / 9).p())


def test_folds_that_agree_leave_no_doubt():
    assert correlated_t([0.005, 0.005], 1 / 4, 0.01) == (0, 1, 0)
    assert correlated_t([-0.5, -0.5], 1 / 4, 0.01) == (1, 0, 0)
    with pytest.raises(ValueError, match="region"):
        correlated_t([0.1, 0.2], 1 / 4, -0.1)


STRETCHED = Difference(0.03, 0.012, 0.004, df=20, stretch_below=1.4, stretch_above=1.05)


def test_a_stretched_interval_reaches_further_on_its_side_and_seeds_are_not_stretched():
    low, high = STRETCHED.interval(0.95)
    t = stats.t.ppf(0.975, 20)
    assert low == pytest.approx(0.03 - t * math.hypot(0.012 * 1.4, 0.004))
    assert high == pytest.approx(0.03 + t * math.hypot(0.012 * 1.05, 0.004))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_the_tests_turn_where_the_interval_ends(level):
    low, high = STRETCHED.interval(level)
    tail = (1 - level) / 2
    assert STRETCHED.p_above(low) == pytest.approx(tail)
    assert STRETCHED.mirrored().p_above(-high) == pytest.approx(tail)
    assert (STRETCHED.p() < 1 - level) == (low > 0)


def test_the_mirrored_difference_has_the_mirrored_interval():
    low, high = STRETCHED.interval(0.95)
    assert STRETCHED.mirrored().interval(0.95) == pytest.approx((-high, -low))
    assert STRETCHED.mirrored().p() == STRETCHED.p()
    assert STRETCHED.mirrored().mirrored() == STRETCHED
