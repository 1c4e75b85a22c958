import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from deep.linear import CalibratedLinearSVC


def clouds(n, classes=2, distance=2.0, seed=0):
    """Normal clouds in five dimensions, one for each class."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    x = rng.normal(size=(n, 5))
    x[np.arange(n), y % 5] += distance
    return x, y


@pytest.mark.slow
def test_it_tells_clouds_apart_with_probabilities_near_the_truth():
    model = CalibratedLinearSVC(C=1.0, smoothing=0.0).fit(*clouds(400))
    x, y = clouds(4000, seed=1)
    p = model.predict_proba(x)
    # classes e1 and e2 at distance d: the log odds are d (x1 - x2)
    odds = 1 / (1 + np.exp(2 * (x[:, 0] - x[:, 1])))
    assert roc_auc_score(y, p[:, 1]) > 0.97
    assert log_loss(y, p[:, 1]) < log_loss(y, odds) + 0.02


def test_separable_rows_do_not_give_certain_probabilities():
    x, y = clouds(100, distance=40)
    p = CalibratedLinearSVC().fit(x, y).predict_proba(x)
    assert 0.9 < p[np.arange(100), y].mean() < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("rare", [1, 2, 3])
def test_a_rare_class_among_seven_has_its_column(rare):
    x, y = clouds(140, classes=7)
    keep = (y != 6) | (np.cumsum(y == 6) <= rare)
    p = CalibratedLinearSVC().fit(x[keep], y[keep]).predict_proba(x)
    assert p.shape == (140, 7)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)


def test_two_rows_are_enough():
    p = CalibratedLinearSVC().fit(np.array([[0.0], [1.0]]), np.array([0, 1])).predict_proba([[1.0]])
    assert np.isfinite(p).all()


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        CalibratedLinearSVC().fit(np.zeros((3, 1)), np.zeros(3))


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(11, 2, 3), (3, 2, 1), (1, 1, 1), (40, 2, 2)])
def test_classes_of_fewer_rows_than_there_are_folds_are_learnt(sizes):
    y = np.repeat(np.arange(3), sizes)
    x = np.eye(3)[y] + np.random.default_rng(0).normal(0, 0.01, (len(y), 3))
    p = CalibratedLinearSVC(C=1.0).fit(x, y).predict_proba(np.eye(3))
    assert p.shape == (3, 3)
    assert p[0].argmax() == 0
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
