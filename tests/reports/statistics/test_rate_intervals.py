"""Intervals of balanced accuracy, MCC, F1 and macro means."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from reports.statistics.operating import Rates, confusion, rates
from reports.statistics.proportions import wilson
from reports.statistics.rate_intervals import rate_intervals


def decided(rng, labels, right, k):
    return np.where(rng.random(len(labels)) < right, labels, rng.integers(0, k, len(labels)))


@pytest.mark.parametrize("positive", [None, 1])
def test_values_are_those_of_the_confusion_matrix_averaged_over_seeds(positive):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    decisions = np.stack([decided(rng, labels, share, 2) for share in (0.9, 0.6, 0.5)])
    found = rate_intervals(labels, decisions, 2, positive, repetitions=50)
    each = [rates(confusion(labels, one, 2), positive) for one in decisions]
    np.testing.assert_allclose(found.value, np.mean(each, axis=0), atol=1e-12)


def test_the_interval_of_a_sensitivity_is_jeffreys():
    labels = np.repeat([1, 0], [40, 60])
    decisions = labels.copy()
    decisions[:6] = 0
    found = rate_intervals(labels, decisions[None], 2, 1, repetitions=20_000)
    low, high = stats.beta.ppf([0.025, 0.975], 34.5, 6.5)
    assert found.low.sensitivity == pytest.approx(low, abs=0.004)
    assert found.high.sensitivity == pytest.approx(high, abs=0.004)


def test_decisions_without_an_error_have_an_interval():
    labels = np.repeat([1, 0], [12, 40])
    found = rate_intervals(labels, labels[None], 2, 1)
    for name in Rates._fields:
        assert getattr(found.value, name) == getattr(found.high, name) == 1
        assert 0.7 < getattr(found.low, name) < 1


def test_images_that_repeat_their_patient_count_about_once():
    rng = np.random.default_rng(1)
    labels = np.repeat([1, 0], [40, 60])
    decisions = decided(rng, labels, 0.7, 2)
    alone = rate_intervals(labels, decisions[None], 2, 1, repetitions=6000)
    images = rate_intervals(
        np.repeat(labels, 4),
        np.repeat(decisions, 4)[None],
        2,
        1,
        np.repeat(np.arange(100), 4),
        repetitions=6000,
    )
    # Korn and Graubard's interval of a recall, behind the first two, is wider than Wilson's.
    for name, near in (
        ("balanced_accuracy", 0.03),
        ("mcc", 0.05),
        ("f1", 0.02),
        ("sensitivity", 0.02),
    ):
        assert getattr(images.low, name) == pytest.approx(getattr(alone.low, name), abs=near)
        assert getattr(images.high, name) == pytest.approx(getattr(alone.high, name), abs=near)


def test_balanced_accuracy_adds_the_squares_of_wilsons_half_widths():
    labels = np.repeat([1, 0], [20, 50])
    decisions = labels.copy()
    decisions[:3] = 0
    decisions[20:25] = 1
    found = rate_intervals(labels, decisions[None], 2, 1)
    one, other = wilson(17, 20), wilson(45, 50)
    below = np.hypot(17 / 20 - one[0], 45 / 50 - other[0]) / 2
    above = np.hypot(one[1] - 17 / 20, other[1] - 45 / 50) / 2
    assert found.low.balanced_accuracy == pytest.approx(0.875 - below)
    assert found.high.balanced_accuracy == pytest.approx(0.875 + above)


def test_where_patients_err_alike_in_both_classes_balanced_accuracy_varies_more():
    """A patient with an image of each class: both right, both wrong, or exactly one."""
    units = np.repeat(np.arange(40), 2)
    labels = np.tile([0, 1], 40)
    alike = np.where(units < 10, 1 - labels, labels)
    opposed = np.where((units < 10) & (labels == 0), 1, labels)
    opposed = np.where((units >= 10) & (units < 20) & (labels == 1), 0, opposed)
    wide, narrow = (rate_intervals(labels, one[None], 2, 1, units) for one in (alike, opposed))
    assert wide.value.balanced_accuracy == narrow.value.balanced_accuracy == 0.75
    width = wide.high.balanced_accuracy - wide.low.balanced_accuracy
    assert width > 1.2 * (narrow.high.balanced_accuracy - narrow.low.balanced_accuracy)


@pytest.mark.slow
def test_balanced_accuracy_covers_at_least_93_of_100_by_the_binomial_distribution():
    """Exactly, over the grid of tests/benchmarks/validity.py, where its limits are Wilson's."""
    short = []
    for n, share, auc in product((40, 100, 400), (0.1, 0.3, 0.5), (0.6, 0.8, 0.9, 0.95, 0.98)):
        counts = round(n * share), n - round(n * share)
        rate = stats.norm.cdf(np.sqrt(2) * stats.norm.ppf(auc) / 2)
        probability, limits_of, rates_of = [], [], []
        for m in counts:
            x = np.arange(m + 1)
            probability.append(stats.binom.pmf(x, m, rate))
            limits_of.append(np.array([wilson(i, m) for i in x]))
            rates_of.append(x / m)
        mean = (rates_of[0][:, None] + rates_of[1]) / 2
        half = [
            np.hypot(*np.meshgrid(*(limits_of[i][:, side] - rates_of[i] for i in (0, 1)),
                                  indexing="ij")) / 2
            for side in (0, 1)
        ]  # fmt: skip
        inside = (mean - half[0] <= rate) & (rate <= mean + half[1])
        covered = (np.outer(*probability) * inside).sum()
        if covered < 0.93:
            short.append((n, share, auc, covered))
    assert not short


def test_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 4, 80)
    decisions = decided(rng, labels, 0.5, 4)[None]
    assert rate_intervals(labels, decisions, 4, None) == rate_intervals(labels, decisions, 4, None)


def test_macro_means_with_a_class_of_five_cases_have_finite_intervals():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(7), [200, 90, 60, 40, 30, 15, 5])
    decisions = np.stack([decided(rng, labels, 0.6, 7) for _ in range(3)])
    found = rate_intervals(labels, decisions, 7, None, labels * 30 + np.arange(440) % 30)
    for low, value, high in zip(found.low, found.value, found.high, strict=True):
        assert -1 <= low < value < high <= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "prevalence", "sensitivity", "specificity"),
    [(60, 0.2, 0.95, 0.95), (200, 0.02, 0.9, 0.9)],
)
def test_intervals_cover(n, prevalence, sensitivity, specificity):
    shares = [
        [(1 - prevalence) * specificity, (1 - prevalence) * (1 - specificity)],
        [prevalence * (1 - sensitivity), prevalence * sensitivity],
    ]
    truth = np.array(rates(np.array(shares), 1))
    rng = np.random.default_rng(4)
    covered, runs = np.zeros(8), 300
    for _ in range(runs):
        labels = (rng.random(n) < prevalence).astype(np.int64)
        labels[0] = 1
        flipped = rng.random(n) > np.where(labels == 1, sensitivity, specificity)
        decisions = np.where(flipped, 1 - labels, labels)
        found = rate_intervals(labels, decisions[None], 2, 1, repetitions=600)
        covered += (np.array(found.low) <= truth) & (truth <= np.array(found.high))
    # Two standard errors below 93 %.
    assert (covered / runs >= 0.93 - 2 * (0.93 * 0.07 / runs) ** 0.5).all()


def test_decisions_of_other_cases_are_refused():
    with pytest.raises(ValueError, match="seeds by cases"):
        rate_intervals(np.array([0, 1]), np.array([0, 1]), 2, 1)
