import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.deploy.operating import (
    Operating,
    Rules,
    conformal_quantile,
    fewest_cases,
    operating,
)
from reports.statistics.operating import decision_threshold, youden_threshold
from reports.statistics.recalibrate import logistic_map

RULES = Rules(decision_threshold, logistic_map)


def drawn(n, k, seed=0, sharpness=2.0):
    """Labels, and probabilities that know something of them."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    logits = random.normal(size=(n, k)) + sharpness * np.eye(k)[labels]
    p = np.exp(logits)
    return labels, p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_calibration_is_that_of_the_report(k):
    labels, p = drawn(200, k)
    found = operating(labels, p, None, 0.9, RULES)
    expected = logistic_map(labels, p).apply(p)
    np.testing.assert_allclose(found.calibrated(p), expected, rtol=1e-12, atol=1e-15)


def test_the_threshold_is_that_of_the_report():
    labels, p = drawn(200, 2)
    found = operating(labels, p, 1, 0.9, RULES)
    assert found.threshold == youden_threshold(labels == 1, p[:, 1])
    np.testing.assert_array_equal(found.decisions(p), (p[:, 1] >= found.threshold).astype(int))


def test_with_the_first_class_positive_it_is_the_one_that_is_found():
    labels, p = drawn(200, 2)
    found = operating(labels, p, 0, 0.9, RULES)
    np.testing.assert_array_equal(found.decisions(p) == 0, p[:, 0] >= found.threshold)


def test_with_more_classes_the_most_probable_is_taken():
    labels, p = drawn(100, 4)
    found = operating(labels, p, None, 0.9, RULES)
    assert found.threshold is None
    np.testing.assert_array_equal(found.decisions(p), p.argmax(axis=1))


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_hold_the_wanted_share_of_the_cases_of_each_class(coverage):
    # of 300 calibrations with about 60 and 40 cases the mean is at least the coverage, and at
    # most 1 / (n + 1) above it; its standard error is below 0.004
    held = {0: [], 1: []}
    for seed in range(300):
        labels, p = drawn(400, 2, seed, sharpness=1.0)
        kept = np.flatnonzero(labels == 1)[40:]
        mask = np.ones(len(labels), bool)
        mask[kept] = False
        calibration = np.flatnonzero(mask)[:120]
        rest = np.setdiff1d(np.arange(400), calibration)
        sets = operating(labels[calibration], p[calibration], 1, coverage, RULES).sets(p[rest])
        for c in held:
            own = labels[rest] == c
            held[c].append(sets[own, c].mean())
    for c, values in held.items():
        assert coverage - 0.012 <= np.mean(values) <= coverage + 0.045, c


def test_too_few_cases_leave_a_class_in_every_set():
    labels, p = drawn(12, 2)
    found = operating(labels, p, 1, 0.95, RULES)
    assert found.quantiles == (None, None)
    assert found.sets(p).all()
    lines = found.unbounded(("benign", "malignant"), np.bincount(labels).tolist())
    for name, own, line in zip(("benign", "malignant"), np.bincount(labels), lines, strict=True):
        assert line.startswith(f"“{name}” is in every set of classes")
        assert f"it had {own} validation cases, and at least 19 are needed" in line
    assert "too few validation cases; at least 19 are" in found.unbounded(("a", "b"), [])[1]


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.95, 0.999])
def test_as_many_cases_as_are_needed_bound_a_class(coverage):
    n = fewest_cases(coverage)
    assert conformal_quantile(np.arange(float(n)), coverage) is not None
    assert conformal_quantile(np.arange(float(n - 1)), coverage) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
def test_the_quantile_is_the_ranked_one_of_n_plus_1(scores, coverage):
    found = conformal_quantile(np.array(scores), coverage)
    needed = int(np.ceil((len(scores) + 1) * coverage - 1e-9))
    if needed > len(scores):
        assert found is None
    else:
        assert sorted(scores)[needed - 1] == found


def test_it_comes_back_from_json():
    labels, p = drawn(12, 2)
    found = operating(labels, p, 1, 0.95, RULES)
    assert Operating.from_json(found.as_json()) == found
