import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from baselines.classifiers.one_class import (
    AnomalyClassifier,
    MahalanobisDistance,
    NeighbourDistance,
    PCAResidual,
    SeededOneClassSVM,
)

DETECTORS = [
    IsolationForest(n_estimators=50, random_state=0),
    SeededOneClassSVM(nu=0.1),
    PCAResidual(),
    MahalanobisDistance(),
    NeighbourDistance(),
]


def rows(n=200, seed=0):
    """Four correlated columns of rank two, and a little noise."""
    rng = np.random.default_rng(seed)
    mix = np.array([[1.0, 0.5, 0.0, 1.0], [0.0, 1.0, 1.0, -1.0]])
    return rng.normal(size=(n, 2)) @ mix + 0.1 * rng.normal(size=(n, 4))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: type(d).__name__)
def test_what_is_unlike_the_rows_of_training_is_more_probably_something_else(detector):
    model = AnomalyClassifier(detector).fit(rows())
    new = rows(seed=1)
    odd = new + 3 * np.array([1.0, -1.0, 1.0, 1.0])
    assert model.classes_.tolist() == [0, 1]
    assert model.predict_proba(odd)[:, 1].mean() > model.predict_proba(new)[:, 1].mean() + 0.2
    assert (model.predict(odd) == 1).mean() > 0.5
    assert (model.predict(new) == 1).mean() < 0.15


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: type(d).__name__)
def test_the_probability_follows_the_anomaly_score(detector):
    model = AnomalyClassifier(detector).fit(rows())
    spread = np.linspace(0, 30, 400)[:, None] * np.array([1.0, -1.0, 1.0, 1.0])
    score = -model.detector_.score_samples(spread)
    p = model.predict_proba(spread)
    assert (np.diff(p[np.argsort(score), 1]) >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert ((p > 0) & (p < 1)).all()


@pytest.mark.parametrize("detector", DETECTORS[2:], ids=lambda d: type(d).__name__)
def test_rows_that_are_very_far_away_are_still_told_from_each_other(detector):
    model = AnomalyClassifier(detector).fit(rows())
    far = model.predict_proba(np.arange(3, 300)[:, None] * np.array([1.0, -1.0, 1.0, 1.0]))
    assert (np.diff(far[:, 1].astype(np.float32)) > 0).all()


def test_the_share_of_rows_above_one_half_is_that_which_was_asked_for():
    model = AnomalyClassifier(MahalanobisDistance(), share=0.2).fit(rows(2000))
    assert (model.predict(rows(4000, seed=2)) == 1).mean() == pytest.approx(0.2, abs=0.03)


def test_a_residual_is_what_the_main_axes_leave():
    x = rows()
    detector = PCAResidual(0.9).fit(x)
    axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:2]
    left = (x - x.mean(axis=0)) @ (np.eye(4) - axes.T @ axes)
    np.testing.assert_allclose(detector.score_samples(x), -np.linalg.norm(left, axis=1))


def test_a_distance_is_scaled_by_the_covariance():
    x = np.random.default_rng(0).normal(size=(20_000, 2)) * [1.0, 10.0]
    detector = MahalanobisDistance().fit(x)
    near, far = -detector.score_samples(np.array([[0.0, 10.0], [10.0, 0.0]]))
    assert near == pytest.approx(1, abs=0.05)
    assert far == pytest.approx(10, rel=0.05)


def test_neighbours_are_the_nearest_rows_of_training_or_all_where_there_are_few():
    x = np.array([[0.0], [1.0], [5.0]])
    assert NeighbourDistance(2).fit(x).score_samples([[0.0]])[0] == -0.5
    assert NeighbourDistance(9).fit(x).score_samples([[0.0]])[0] == -2.0


@pytest.mark.parametrize("n", [1, 2, 3, 9, 11])
@pytest.mark.parametrize("detector", [DETECTORS[0], DETECTORS[2], DETECTORS[4]])
def test_few_rows_are_enough(detector, n):
    p = AnomalyClassifier(detector).fit(rows(n)).predict_proba(rows(5))
    assert np.isfinite(p).all()


def test_rows_that_are_all_alike_are_told_from_others():
    model = AnomalyClassifier(PCAResidual()).fit(np.ones((30, 3)))
    p = model.predict_proba(np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 1.0]]))[:, 1]
    assert p[0] < p[1]


def test_several_classes_and_impossible_parameters_are_refused():
    with pytest.raises(ValueError, match=r"one class is learned; got labels \[0, 1\]"):
        AnomalyClassifier(PCAResidual()).fit(rows(4), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="share must lie between 0 and 1"):
        AnomalyClassifier(PCAResidual(), share=1.0).fit(rows(4))
    with pytest.raises(ValueError, match="folds be at least 2"):
        AnomalyClassifier(PCAResidual(), folds=1).fit(rows(4))
