"""How many test cases a question needs."""

from dataclasses import replace

import numpy as np
import pytest

from reports.statistics.power import Seeds, TestModel
from reports.statistics.sample_size import cases_for_difference, cases_for_interval
from tests.oracles.binormal_variance import difference_variance

MODEL = TestModel(200, 200, (200, 200))


def test_so_many_cases_find_the_difference_in_four_of_five():
    times = cases_for_difference(MODEL, 0.85, 0.03)
    assert MODEL.times(times).power(0.88, 0.85) == pytest.approx(0.8, abs=0.01)


@pytest.mark.slow
def test_it_agrees_with_the_normal_approximation_where_cases_are_many():
    """(1.96 + 0.84)² variances over δ², Obuchowski & McClish 1997."""
    times = cases_for_difference(MODEL, 0.8, 0.02)
    m = 200 * times
    error = difference_variance(0.82, 0.8, m, m, 0.5) ** 0.5
    assert 0.02 / error == pytest.approx(1.96 + 0.84, rel=0.03)


def test_so_many_cases_give_the_interval():
    times = cases_for_interval(MODEL, 0.85, 0.02)
    m = 200 * times
    assert 1.96 * difference_variance(0.85, 0.85, m, m, 0.5) ** 0.5 == pytest.approx(0.02, rel=0.05)


def test_a_smaller_difference_or_interval_needs_more():
    assert cases_for_difference(MODEL, 0.85, 0.02) > cases_for_difference(MODEL, 0.85, 0.04)
    assert cases_for_interval(MODEL, 0.85, 0.01) > 3.5 * cases_for_interval(MODEL, 0.85, 0.02)


@pytest.mark.slow
def test_where_there_are_more_than_enough_fewer_would_do():
    many = TestModel(50_000, 50_000, (50_000, 50_000))
    assert cases_for_difference(many, 0.85, 0.02) < 1
    assert cases_for_interval(many, 0.85, 0.02) < 1


def test_seeds_that_vary_too_much_are_not_made_up_for_by_cases():
    noisy = replace(MODEL, seeds=(Seeds(0.03**2, 3), Seeds()))
    assert cases_for_difference(noisy, 0.85, 0.02) is None
    assert cases_for_interval(noisy, 0.85, 0.02) is None


@pytest.mark.parametrize("auc", [0.6, 0.85, 0.97])
@pytest.mark.parametrize("widening", [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (3.3, 1.5)])
@pytest.mark.parametrize(("runs", "noise"), [(2, 0.01), (3, 0.1), (5, 0.3)])
def test_to_find_a_difference_takes_more_cases_than_an_interval_as_wide(auc, widening, runs, noise):
    """80 % power needs an error below δ / 2.8, the interval one below δ / 1.96."""
    both = Seeds(1e-6, runs, noise), Seeds(5e-7, runs, noise)
    for seeds in (both, (both[0], Seeds()), (Seeds(), both[1])):
        model = replace(MODEL, seeds=seeds, widening=widening)
        to_find, as_narrow = (
            of(model, auc, 0.02) for of in (cases_for_difference, cases_for_interval)
        )
        assert to_find is None or to_find >= as_narrow
        if to_find is not None:
            mirrored = cases_for_difference(model.mirrored(), auc, 0.02)
            assert mirrored == pytest.approx(to_find, rel=0.05)
            at = model.times(to_find)
            either = at.power(auc + 0.02, auc), at.mirrored().power(auc + 0.02, auc)
            assert min(either) > 0.79
            assert to_find == as_narrow or min(either) < 0.81


def test_no_auc_is_above_one():
    assert cases_for_difference(MODEL, 0.99, 0.02) is None


@pytest.mark.slow
def test_the_observed_difference_plays_no_part():
    """Samples of one study fit the same errors; the difference that they show is chance."""
    found = [
        cases_for_difference(MODEL.fitted(0.85 + d, 0.85, (4e-4, 4e-4), 2e-4), 0.85, 0.02)
        for d in np.linspace(-0.03, 0.03, 5)
    ]
    assert max(found) / min(found) < 1.4


@pytest.mark.parametrize(("auc", "distance"), [(0.0, 0.02), (1.0, 0.02), (0.8, 0.0)])
def test_what_is_no_question_is_refused(auc, distance):
    for of in (cases_for_difference, cases_for_interval):
        with pytest.raises(ValueError, match="strictly between"):
            of(MODEL, auc, distance)
