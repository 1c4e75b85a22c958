"""Intervals of measures of three or more classes."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from reports.statistics.intervals import proportion
from reports.statistics.macro_rates import gradients, macro_limits
from reports.statistics.operating import Rates, rates_of_many
from reports.statistics.proportions import wilson
from reports.statistics.rate_intervals import rate_intervals
from tests.benchmarks.class_coverage import Classes, covered


def eight():
    labels = np.repeat(np.arange(8), 24)
    decided = labels.copy()
    decided[::10] = (decided[::10] + 1) % 8
    return labels, decided


def test_accuracy_of_many_classes_is_a_plain_proportion():
    labels, decided = eight()
    found = rate_intervals(labels, decided[None], 8, None)
    expected = proportion_confint((labels == decided).sum(), len(labels), method="wilson")
    assert (found.low.accuracy, found.high.accuracy) == pytest.approx(expected)
    units = np.arange(len(labels)) // 4
    found = rate_intervals(labels, decided[None], 8, None, units)
    clustered = proportion((labels == decided).astype(float), np.ones(len(labels)), units, 0.95)
    assert (found.value.accuracy, found.low.accuracy, found.high.accuracy) == pytest.approx(
        clustered
    )


def test_balanced_accuracy_of_equal_classes_is_about_as_certain_as_accuracy():
    labels, decided = eight()
    found = rate_intervals(labels, decided[None], 8, None)
    assert found.low.balanced_accuracy == pytest.approx(found.low.accuracy, abs=0.002)
    assert found.high.balanced_accuracy == pytest.approx(found.high.accuracy, abs=0.002)
    assert found.low.sensitivity == found.low.balanced_accuracy


@pytest.mark.parametrize("k", [3, 5])
def test_slopes_are_those_of_the_measures(k):
    matrix = np.random.default_rng(k).integers(1, 20, (k, k)).astype(float)
    shown, step = np.arange(k), 1e-5
    found = gradients(matrix, shown)
    for i in range(k):
        for j in range(k):
            moved = np.zeros((2, k, k))
            moved[:, i, j] = step, -step
            up, down = rates_of_many(matrix + moved, shown, None)
            np.testing.assert_allclose(found[:, i, j], (up - down) / (2 * step), atol=1e-7)


def test_the_size_of_the_variance_is_that_of_samples():
    rng, k = np.random.default_rng(1), 4
    shares = np.full((k, k), 0.05) + 0.8 * np.eye(k)
    shares *= np.array([0.1, 0.2, 0.3, 0.4])[:, None] / shares.sum(axis=1, keepdims=True)
    samples = rng.multinomial(2000, shares.ravel(), size=4000).reshape(-1, k, k).astype(float)
    seen = rates_of_many(samples, np.arange(k), None).std(axis=0)
    slopes = gradients(2000 * shares, np.arange(k))
    expected = np.sqrt((2000 * shares * slopes**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(seen, expected, rtol=0.05)


@pytest.mark.parametrize("images", [1, 3])
def test_without_an_error_there_is_an_interval(images):
    labels = np.repeat(np.repeat(np.arange(5), [40, 30, 20, 12, 10]), images)
    units = np.arange(len(labels)) // images
    low, high = macro_limits(labels, labels[None], 5, Rates(*[1.0] * 8), units)
    assert high == Rates(*[1.0] * 8)
    assert low.accuracy == pytest.approx(
        wilson(112, 112)[0] if images == 1 else 0.025 ** (1 / 112), abs=1e-6
    )
    assert 0.8 < low.balanced_accuracy < low.accuracy
    assert low.balanced_accuracy < low.specificity < 1


def test_methods_that_find_nothing_or_name_one_class_have_intervals():
    labels = np.repeat(np.arange(3), 20)
    for decided in ((labels + 1) % 3, np.zeros(60, int), np.full(60, 2)):
        found = rate_intervals(labels, decided[None], 4, None, np.arange(60) // 2)
        for low, value, high in zip(found.low, found.value, found.high, strict=True):
            assert -1 <= low <= value <= high <= 1
            assert low < high


def test_images_of_a_patient_that_err_together_count_less_and_never_more():
    labels, decided = eight()
    wide = rate_intervals(np.repeat(labels, 4), np.repeat(decided, 4)[None], 8, None,
                          np.repeat(np.arange(192), 4))  # fmt: skip
    alone = rate_intervals(labels, decided[None], 8, None)
    many = rate_intervals(np.repeat(labels, 4), np.repeat(decided, 4)[None], 8, None)
    for name in ("balanced_accuracy", "f1", "precision", "specificity", "mcc"):
        width, single, hopeful = (
            getattr(found.high, name) - getattr(found.low, name) for found in (wide, alone, many)
        )
        assert width == pytest.approx(single, rel=0.1)
        assert width > 1.7 * hopeful


def test_cases_of_one_class_are_refused():
    with pytest.raises(ValueError, match="two classes"):
        macro_limits(np.zeros(9, int), np.zeros((1, 9), int), 3, Rates(*[0.0] * 8))


@pytest.mark.parametrize(
    "design",
    [
        Classes((24,) * 8, 0.9, "even"),
        Classes((20,) * 11, 0.9, "one perfect"),
        Classes((15, 37, 90), 0.95, "near"),
        Classes((20,) * 3, 0.85, "even", images=4),
    ],
)
def test_the_truth_is_covered(design):
    found = covered(design, experiments=200)
    assert min(found.values()) > 0.93 - 2 * (0.95 * 0.05 / 200) ** 0.5, found
