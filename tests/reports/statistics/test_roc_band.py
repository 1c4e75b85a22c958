"""The confidence band of a ROC curve."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from reports.statistics.proportions import wilson
from reports.statistics.roc_band import GRID, roc_band


def binormal(rng, m, n, auc, seeds=1):
    labels = np.repeat([1, 0], [m, n])
    shared = rng.normal(size=m + n)
    scores = np.sqrt(0.7) * shared + np.sqrt(0.3) * rng.normal(size=(seeds, m + n))
    scores = scores + np.sqrt(2) * ndtri(auc) * labels
    return labels, np.stack([-scores, scores], axis=2)


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n", "auc"), [(12, 20, 0.85), (60, 120, 0.9)])
def test_the_band_covers_the_true_curve(m, n, auc):
    rng = np.random.default_rng(0)
    truth = ndtr(np.sqrt(2) * ndtri(auc) + ndtri(np.clip(GRID, 1e-12, 1 - 1e-12)))
    held = np.zeros(len(GRID))
    for repetition in range(100):
        band = roc_band(*binormal(rng, m, n, auc), (1,), repetitions=200, random_state=repetition)
        held += (band.low <= truth) & (truth <= band.high)
    assert held[(GRID > 0.02) & (GRID < 0.9)].min() >= 88  # of 100 at a level of 95 %


def test_a_curve_without_error_has_a_band_of_the_width_that_the_cases_allow():
    labels = np.repeat([1, 0], [15, 400])
    scores = np.stack([1.0 - labels, labels + 0.0], axis=1)[None]
    band = roc_band(labels, scores, (1,))
    middle = np.argmin(np.abs(GRID - 0.5))
    low, _ = wilson(15, 15)
    assert band.low[middle] == pytest.approx(low, abs=0.07)
    assert band.high.max() == 1
    assert band.low[0] < 0.8  # a false positive rate of 0 cannot be known


@pytest.mark.slow
def test_patients_widen_the_band_as_fewer_cases_do():
    rng = np.random.default_rng(1)
    labels, scores = binormal(rng, 30, 40, 0.85)
    repeated = np.repeat(np.arange(70), 4)
    few = roc_band(labels, scores, (1,), repetitions=2000)
    grouped = roc_band(labels[repeated], scores[:, repeated], (1,), repeated, repetitions=2000)
    naive = roc_band(labels[repeated], scores[:, repeated], (1,), repetitions=2000)
    inner = (GRID > 0.05) & (GRID < 0.6)
    width, own, less = ((b.high - b.low)[inner].mean() for b in (few, grouped, naive))
    assert own == pytest.approx(width, rel=0.08)
    assert less < 0.65 * width


def test_seeds_that_differ_widen_the_band():
    rng = np.random.default_rng(2)
    labels, scores = binormal(rng, 60, 60, 0.8)
    same = np.concatenate([scores] * 3)
    moved = np.concatenate(
        [scores, *(binormal(np.random.default_rng(s), 60, 60, 0.95)[1] for s in (3, 4))]
    )
    narrow, wide = roc_band(labels, same, (1,)), roc_band(labels, moved, (1,))
    inner = (GRID > 0.05) & (GRID < 0.4)
    assert (narrow.high - narrow.low)[inner].mean() < (wide.high - wide.low)[inner].mean()


def test_many_bins_change_little_and_the_same_seed_gives_the_same_band():
    rng = np.random.default_rng(5)
    labels, scores = binormal(rng, 400, 600, 0.9)
    coarse = np.round(scores, 1)
    first, again = (roc_band(labels, scores, (1,), random_state=3) for _ in range(2))
    assert first.low.tolist() == again.low.tolist()
    rounded = roc_band(labels, coarse, (1,), random_state=3)
    assert np.abs(first.low - rounded.low)[GRID > 0.1].max() < 0.03


def test_several_classes_have_the_band_of_their_mean_curve():
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 3, 300)
    scores = rng.random((1, 300, 3)) + 0.5 * np.eye(3)[labels]
    band = roc_band(labels, scores, (0, 1, 2))
    one = roc_band(labels, scores, (0,))
    assert (band.low <= band.high).all()
    inner = (GRID > 0.1) & (GRID < 0.5)
    assert (band.high - band.low)[inner].mean() < (one.high - one.low)[inner].mean()
