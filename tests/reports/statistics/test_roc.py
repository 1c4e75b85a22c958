"""ROC paths for display."""

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from bench.protocol.scoring import binary_auc
from reports.statistics.roc import roc_path, thinned, vertical_mean


def area(fpr, tpr):
    return float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))


def cases(seed, n=300, digits=2):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    return truth, np.round(rng.normal(size=n) + truth, digits)


@pytest.mark.slow
@pytest.mark.parametrize("digits", [0, 1, 4])
def test_the_path_is_that_of_scikit_learn(digits):
    truth, score = cases(0, digits=digits)
    path = roc_path(truth, score)
    fpr, tpr, _ = roc_curve(truth, score, drop_intermediate=False)
    ours = {(round(x, 12), round(y, 12)) for x, y in zip(path.fpr, path.tpr, strict=True)}
    theirs = {(round(x, 12), round(y, 12)) for x, y in zip(fpr, tpr, strict=True)}
    assert ours <= theirs
    assert area(path.fpr, path.tpr) == pytest.approx(binary_auc(truth, score), abs=1e-12)


def test_a_constant_score_is_the_diagonal():
    path = roc_path(np.array([True, False, True]), np.zeros(3))
    assert path.fpr.tolist() == [0, 1]
    assert path.tpr.tolist() == [0, 1]


def test_the_vertical_mean_has_the_mean_area():
    paths, values = [], []
    for seed in range(5):
        truth, score = cases(seed, n=80 + 13 * seed, digits=1)
        paths.append(roc_path(truth, score))
        values.append(binary_auc(truth, score))
    mean = vertical_mean(paths)
    assert area(mean.fpr, mean.tpr) == pytest.approx(np.mean(values), abs=1e-12)
    assert (np.diff(mean.tpr) >= -1e-12).all()
    assert (np.diff(mean.thresholds) <= 1e-12).all()


@pytest.mark.parametrize("digits", [0, 1, 4])
def test_a_threshold_gives_the_rates_of_its_vertex(digits):
    truth, score = cases(3, digits=digits)
    path = roc_path(truth, score)
    for fpr, tpr, threshold in zip(*path, strict=True):
        assert np.mean(score[truth] >= threshold) == pytest.approx(tpr, abs=1e-12)
        assert np.mean(score[~truth] >= threshold) == pytest.approx(fpr, abs=1e-12)


def test_the_threshold_of_a_mean_is_the_mean_of_the_thresholds():
    truth, score = cases(4, n=60)
    path = roc_path(truth, score)
    moved = roc_path(truth, score + 0.5)
    mean = vertical_mean([path, moved])
    at = np.searchsorted(mean.fpr, path.fpr[-2], side="right") - 1
    last = np.searchsorted(path.fpr, path.fpr[-2], side="right") - 1
    assert mean.thresholds[at] == pytest.approx(path.thresholds[last] + 0.25)


@pytest.mark.slow
def test_thinning_keeps_the_ends_and_hardly_moves_the_area():
    truth, score = cases(7, n=20_000, digits=6)
    band = vertical_mean([roc_path(truth, score)])
    few = thinned(band)
    assert len(band.fpr) > 3000
    assert len(few.fpr) <= 302
    assert (few.fpr[0], few.tpr[0], few.fpr[-1], few.tpr[-1]) == (0, 0, 1, 1)
    assert area(few.fpr, few.tpr) == pytest.approx(binary_auc(truth, score), abs=1e-3)
    there = np.interp(few.fpr + few.tpr, band.fpr + band.tpr, band.tpr)
    assert np.abs(there - few.tpr).max() < 2 / 300


def test_a_short_path_is_left_alone():
    truth, score = cases(8, n=40)
    band = vertical_mean([roc_path(truth, score)])
    assert thinned(band) is band
