import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB

from baselines.classifiers.folds import StratifiedFolds, class_codes, deal, stratified_sample


@pytest.mark.parametrize("counts", [(2, 2), (50, 2), (9, 3, 2, 2, 30), (5, 5)])
def test_every_image_is_held_out_once_and_no_class_is_ever_missing(counts):
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    splits = list(StratifiedFolds(5).split(None, y))
    held_out = np.concatenate([test for _, test in splits])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(len(y)))
    for train, test in splits:
        assert len(test) > 0
        assert set(y[train]) == set(y)
        assert not set(train) & set(test)
    assert StratifiedFolds(5).get_n_splits(None, y) == len(splits)


def test_classes_are_spread_evenly():
    y = np.repeat([0, 1], [103, 22])
    for _, test in StratifiedFolds(5).split(None, y):
        assert np.bincount(y[test])[0] in (20, 21)
        assert np.bincount(y[test])[1] in (4, 5)


@pytest.mark.parametrize("counts", [(1, 9), (1, 1), (4, 1, 3)])
def test_an_image_alone_in_its_class_is_in_every_training_part(counts):
    y = np.repeat(np.arange(len(counts)), counts)
    alone = np.flatnonzero(np.asarray(counts)[y] == 1)
    splits = list(StratifiedFolds(3).split(None, y))
    held_out = np.concatenate([test for _, test in splits])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(len(y)))
    for train, test in splits:
        assert set(alone) <= set(train)
        assert set(train) & set(test) <= set(alone)


@pytest.mark.slow
def test_scikit_learn_calibrates_over_them_where_a_class_has_one_member():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [20, 3, 1])
    x = rng.normal(size=(len(y), 2)) + y[:, None]
    cv = StratifiedFolds(5)
    p = cross_val_predict(GaussianNB(), x, y, cv=cv, method="predict_proba")
    assert p.shape == (24, 3)
    model = CalibratedClassifierCV(GaussianNB(), ensemble=False, cv=clone(cv)).fit(x, y)
    np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1)


def test_another_seed_deals_the_images_otherwise():
    y = np.repeat([0, 1], 30)
    first, again, other = (deal(y, 5, seed)[0][1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_fold_is_refused():
    with pytest.raises(ValueError, match="folds must be at least 2, got 1"):
        list(StratifiedFolds(1).split(None, np.array([0, 1, 0, 1])))


def test_a_sample_keeps_every_class():
    y = np.repeat([0, 1, 2], [900, 90, 1])
    sample = stratified_sample(y, 100)
    np.testing.assert_array_equal(np.bincount(y[sample]), [91, 10, 1])
    np.testing.assert_array_equal(sample, np.unique(sample))
    np.testing.assert_array_equal(stratified_sample(y, 991), np.arange(991))


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        class_codes(np.zeros(4))
