"""What the luck of one training set adds to the error of a difference."""

import numpy as np
import pytest

from reports.statistics.contrast import Difference
from reports.statistics.trainings.training_sets import training_variance, with_training_sets


def test_the_variance_is_not_divided_by_the_number_of_samples():
    rng = np.random.default_rng(0)
    assert training_variance(rng.normal(0, 0.02, 20_000)) == pytest.approx(4e-4, rel=0.03)


def test_the_error_of_cases_and_of_training_sets_add_up_in_squares():
    found = with_training_sets(Difference(0.05, 0.03), np.inf, [0.02, 0.06, 0.10])
    assert found.se == pytest.approx(0.05)
    assert found.d == 0.05
    assert 2 < found.df < 20


def test_training_sets_that_vary_less_than_seeds_do_not_narrow_the_error():
    seeds = Difference(0.05, 0.03, 0.04, df=10)
    assert with_training_sets(seeds, np.inf, [0.01, 0.011, 0.012]) is seeds


def test_two_samples_say_nothing():
    with pytest.raises(ValueError, match="at least 3"):
        training_variance([0.01, 0.02])


@pytest.mark.slow
def test_a_statement_about_training_sets_is_seldom_wrong():
    """Each study has one training set whose luck is normal, and ten bootstrap samples of it."""
    rng, runs = np.random.default_rng(1), 4000
    luck, cases = rng.normal(0, 0.02, runs), rng.normal(0, 0.015, runs)
    resampled = (luck + cases)[:, None] + rng.normal(0, 0.02, (runs, 10))
    plain = aware = 0
    for d, each in zip(luck + cases, resampled, strict=True):
        found = Difference(d, 0.015)
        plain += found.p() < 0.05
        aware += with_training_sets(found, np.inf, each).p() < 0.05
    assert plain / runs > 0.2
    assert aware / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


def test_only_the_share_of_the_seeds_stays_widened_for_the_champion_they_chose():
    seeds = Difference(0.05, 0.0, 0.03, df=2, seeds_below=3.0)
    found = with_training_sets(seeds, np.inf, [0.02, 0.06, 0.10])
    assert found.error_above == pytest.approx(0.04)
    assert found.error_below**2 == pytest.approx(0.04**2 + (3**2 - 1) * 0.03**2)
