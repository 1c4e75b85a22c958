"""DeLong's plain figures where R prints none, and for several methods at once."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from reports.statistics.auc import components
from reports.statistics.delong import one, plain_difference
from tests.oracles.delong_of_scores import paired, unpaired


def simulated(seed, m, n, shift=1.0):
    rng = np.random.default_rng(seed)
    truth = np.repeat([True, False], [m, n])
    return truth, rng.normal(size=m + n) + shift * truth, rng.normal(size=m + n) + truth


@pytest.mark.slow
def test_a_single_positive_case_has_an_auc_but_no_variance():
    truth, a, b = simulated(0, 1, 12)
    found = paired(truth, a, b)
    assert found.a.auc == np.mean(a[0] > a[1:])
    assert found.d == found.a.auc - found.b.auc
    assert found.a.variance is found.a.interval is found.variance is found.z is found.p is None
    assert unpaired(truth, a, truth, b).p is None


def test_a_single_patient_with_positive_cases_has_no_variance_either():
    labels = np.array([1, 1, 0, 0, 0, 0])
    scores = np.random.default_rng(0).random((1, 6, 2))
    assert not components(labels, scores, 1, np.array([0, 0, 0, 1, 1, 2])).estimable
    assert components(labels, scores, 1, np.array([0, 1, 0, 1, 1, 2])).estimable


def test_a_difference_without_variance_is_no_evidence():
    truth = np.repeat([True, False], [10, 10])
    found = paired(truth, truth.astype(float), np.full(20, 0.5))
    assert (found.d, found.variance, found.z, found.p) == (0.5, 0, 0, 1)
    assert found.interval == (0.5, 0.5)


@pytest.mark.slow
def test_the_unpaired_test_is_welchs_of_the_placements():
    truth, a, _ = simulated(1, 30, 50)
    other_truth, _, b = simulated(2, 20, 25)
    found = unpaired(truth, a, other_truth, b)
    first, second = one(truth, a), one(other_truth, b)
    error = math.sqrt(first.variance + second.variance)
    assert found.d == first.auc - second.auc
    assert found.t == pytest.approx(found.d / error, rel=1e-12)
    assert 44 < found.df < 79 + 44
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.t), found.df), rel=1e-12)
    mirrored = unpaired(other_truth, b, truth, a)
    assert (mirrored.t, mirrored.p) == (pytest.approx(-found.t), pytest.approx(found.p))
    assert mirrored.p_greater == pytest.approx(1 - found.p_greater)


def test_several_methods_at_once_have_the_figures_of_each_pair():
    truth, a, b = simulated(3, 25, 40)
    scores = np.stack([a, b, a + b])
    found = components(truth.astype(np.int64), np.stack([-scores, scores], axis=2), 1)
    together, alone = plain_difference(found, *np.eye(3)[[2, 1]]), paired(truth, a + b, b)
    for name, value in asdict(alone).items():
        if isinstance(value, float):
            assert getattr(together, name) == pytest.approx(value, abs=1e-12)


def test_plain_figures_of_a_macro_auc_have_the_covariance_of_the_classes():
    rng = np.random.default_rng(4)
    labels, scores = rng.integers(0, 3, 90), rng.random((2, 90, 3))
    found = components(labels, scores, None)
    together = plain_difference(found, *np.eye(2))
    matrix = found.covariance()
    assert together.covariance == pytest.approx(matrix[0, 1], abs=1e-15)
    assert together.variance == pytest.approx(matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1])


@pytest.mark.slow
def test_an_auc_below_one_half_is_shown_as_it_is():
    truth, a, _ = simulated(5, 40, 40, shift=-1.5)
    found = one(truth, a)
    assert found.auc < 0.3
    assert found.interval[1] < 0.5
    assert one(truth, -a).auc == pytest.approx(1 - found.auc)
    assert one(truth, -a).variance == pytest.approx(found.variance)


@pytest.mark.slow
def test_the_figures_can_be_written_as_json():
    truth, a, b = simulated(6, 9, 9)
    assert json.loads(json.dumps(asdict(paired(truth, a, b))))["a"]["auc"] == one(truth, a).auc


def test_whole_numbers_as_scores_are_fine():
    truth = np.array([True, True, False, False])
    scores = np.array([250, 3, 4, 1], dtype=np.uint8)
    assert one(truth, scores).auc == one(truth, scores.astype(float)).auc == 0.75


@pytest.mark.parametrize(
    ("truth", "score", "message"),
    [
        ([True, True], [0.1, 0.2], "both classes"),
        ([False, False], [0.1, 0.2], "both classes"),
        ([True, False], [0.1, float("nan")], "finite"),
        ([True, False], [0.1, float("inf")], "finite"),
        ([True, False], [0.1], "one score per case"),
        ([1, 0], [0.1, 0.2], "boolean"),
    ],
)
def test_cases_without_a_curve_are_refused_with_a_reason(truth, score, message):
    with pytest.raises(ValueError, match=message):
        one(np.array(truth), np.array(score))
