import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.protocol.scoring import auc, binary_auc


@pytest.mark.slow
def test_auc_agrees_with_scikit_learn_with_ties():
    rng = np.random.default_rng(0)
    y, s = rng.integers(0, 2, 200), rng.integers(0, 10, 200) / 10
    assert binary_auc(y, s) == pytest.approx(roc_auc_score(y, s), abs=1e-12)


def test_constant_scores_have_auc_one_half():
    assert binary_auc([0, 1, 1], [0.3, 0.3, 0.3]) == 0.5


def test_an_auc_below_one_half_stays_below():
    assert binary_auc([1, 1, 0], [0.1, 0.2, 0.3]) == 0.0


def test_without_one_of_the_classes_there_is_no_auc():
    assert np.isnan(binary_auc([1, 1], [0.1, 0.2]))


def test_the_positive_class_may_be_the_first():
    y, p = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    assert auc(y, p, positive=0) == auc(y, p, positive=1) == 0.75


@pytest.mark.slow
def test_several_classes_are_averaged_one_against_rest_as_in_scikit_learn():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(4), 300)
    y = rng.integers(0, 4, 300)
    expected = roc_auc_score(y, p, multi_class="ovr", average="macro")
    assert auc(y, p, None) == pytest.approx(expected, abs=1e-12)


def test_a_class_without_a_case_is_left_out_of_the_mean():
    rng = np.random.default_rng(2)
    p, y = rng.dirichlet(np.ones(3), 50), rng.integers(0, 2, 50)
    expected = np.mean([binary_auc(y == 0, p[:, 0]), binary_auc(y == 1, p[:, 1])])
    assert auc(y, p, None) == pytest.approx(expected)


def test_a_score_that_is_no_number_has_no_place_in_an_order():
    assert np.isnan(binary_auc([0, 1, 1], [0.1, np.nan, 0.9]))
