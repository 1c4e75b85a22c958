"""Whether acting on one method does more good than acting on another."""

import numpy as np
import pytest

from reports.statistics.decision_curve import benefit_difference, net_benefit

AT = [0.1, 0.3, 0.6]


def cases(n, rng, noise=(0.5, 0.5)):
    x = rng.normal(size=n)
    truth = rng.random(n) < 1 / (1 + np.exp(-x))
    return truth, *((1 / (1 + np.exp(-(x + s * rng.normal(size=n)))))[None] for s in noise)


def test_the_difference_is_that_of_the_two_curves():
    truth, a, b = cases(200, np.random.default_rng(0))
    found = benefit_difference(truth, a, b, AT)
    expected = net_benefit(truth, a[0], AT).method - net_benefit(truth, b[0], AT).method
    assert found.difference == pytest.approx(expected)


def test_a_much_better_method_is_of_benefit():
    truth, a, b = cases(1000, np.random.default_rng(0), noise=(0.1, 4))
    found = benefit_difference(truth, a, b, AT)
    assert (found.probability > 0.99).all()
    assert (found.low > 0).all()


def test_swapping_the_sides_swaps_the_probability():
    truth, a, b = cases(200, np.random.default_rng(0))
    one, other = benefit_difference(truth, a, b, AT), benefit_difference(truth, b, a, AT)
    assert other.difference == pytest.approx(-one.difference)
    assert other.probability == pytest.approx(1 - one.probability, abs=0.03)


@pytest.mark.slow
def test_limits_cover_the_truth():
    rng, hits, runs = np.random.default_rng(4), np.zeros(len(AT)), 300
    truth, a, b = cases(400_000, rng, noise=(0.3, 0.8))
    whole = net_benefit(truth, a[0], AT).method - net_benefit(truth, b[0], AT).method
    for i in range(runs):
        found = benefit_difference(*cases(80, rng, noise=(0.3, 0.8)), AT, random_state=i)
        hits += (found.low <= whole) & (whole <= found.high)
    assert hits.min() / runs >= 0.93 - 2 * (0.05 * 0.95 / runs) ** 0.5


def test_methods_that_act_alike_are_not_known_to_be_equal():
    truth, a, _ = cases(24, np.random.default_rng(0))
    found = benefit_difference(truth, a, a, AT)
    assert (found.difference == 0).all()
    assert (found.low < 0).all()
    assert (found.high > 0).all()
    assert found.probability == pytest.approx([0.5] * 3, abs=0.05)


def test_patients_with_several_images_widen_the_limits():
    truth, a, b = cases(80, np.random.default_rng(0))
    several = truth.repeat(4), a.repeat(4, axis=1), b.repeat(4, axis=1)
    naive = benefit_difference(*several, AT)
    own = benefit_difference(*several, AT, np.arange(80).repeat(4))
    assert (own.high - own.low > 1.5 * (naive.high - naive.low)).all()


def test_a_threshold_that_is_none_is_refused():
    with pytest.raises(ValueError, match="thresholds"):
        benefit_difference(*cases(20, np.random.default_rng(0)), [0.0])
