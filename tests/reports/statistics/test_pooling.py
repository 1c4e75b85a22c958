"""The random-effects pool."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from reports.statistics.pooling import random_effects

EFFECTS = np.array([0.05, 0.01, 0.08, -0.02, 0.06, 0.03, 0.11])
ERRORS = np.array([0.02, 0.015, 0.03, 0.02, 0.01, 0.025, 0.02])


def test_the_pool_is_that_of_statsmodels():
    found = random_effects(EFFECTS, ERRORS, 0.95)
    peer = combine_effects(EFFECTS, ERRORS**2, method_re="iterated", use_t=True, atol=1e-12)
    assert found.tau**2 == pytest.approx(peer.tau2, abs=1e-9)
    assert found.difference.d == pytest.approx(peer.mean_effect_re, abs=1e-9)
    np.testing.assert_allclose(found.weights, peer.weights_rel_re, atol=1e-9)
    # At Paule and Mandel's tau the Hartung-Knapp factor is 1 by construction.
    assert found.difference.se == pytest.approx(peer.sd_eff_w_re_hksj, abs=1e-9)
    assert found.i_squared == pytest.approx(peer.i2, abs=1e-9)


def test_effects_that_agree_better_than_chance_do_not_narrow_the_error():
    found = random_effects([0.03, 0.03, 0.03], [0.02, 0.02, 0.02], 0.95)
    assert found.tau == 0
    assert found.i_squared == 0
    assert found.difference.se == pytest.approx(0.02 / np.sqrt(3))
    assert found.difference.df == 2


def test_a_single_data_set_stands_for_itself():
    found = random_effects([0.04], [0.01], 0.95)
    assert (found.difference.d, found.difference.se) == (0.04, pytest.approx(0.01))
    assert found.prediction is None


def test_a_further_data_set_is_less_certain_than_the_mean():
    found = random_effects(EFFECTS, ERRORS, 0.95)
    low, high = found.difference.interval(0.95)
    assert found.prediction[0] < low
    assert found.prediction[1] > high
    assert random_effects(EFFECTS[:2], ERRORS[:2], 0.95).prediction is None


def test_a_difference_without_error_does_not_take_all_the_weight():
    found = random_effects([0.0, 0.05], [0.0, 0.01], 0.95)
    assert np.isfinite(found.difference.d)
    assert found.weights.max() < 0.9


@pytest.mark.slow
def test_intervals_of_the_pool_cover():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(600):
        errors = rng.uniform(0.01, 0.03, 6)
        effects = 0.02 + rng.normal(0, 0.02, 6) + rng.normal(0, errors)
        low, high = random_effects(effects, errors, 0.95).difference.interval(0.95)
        covered += low <= 0.02 <= high
    assert covered / 600 >= 0.93


@pytest.mark.parametrize(
    ("effects", "errors"), [([], []), ([0.1, float("nan")], [0.1, 0.1]), ([0.1, 0.2], [0.1])]
)
def test_what_cannot_be_pooled_is_refused(effects, errors):
    with pytest.raises(ValueError, match="finite effects"):
        random_effects(effects, errors, 0.95)
