"""Stratified folds of groups are those of scikit-learn, and quicker."""

import time
import warnings

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from bench.data.dealing import stratified, stratified_group_folds


def as_scikit_learn_deals(labels, units, k, seed):
    fold = np.empty(len(labels), dtype=np.int64)
    splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
    for i, (_, rows) in enumerate(splitter.split(labels, labels, units)):
        fold[rows] = i
    return fold


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize("classes", [2, 3, 9])
@pytest.mark.parametrize("images", [1, 3, 12])
def test_the_folds_are_those_of_scikit_learn(classes, images):
    for seed in range(6):
        rng = np.random.default_rng([classes, images, seed])
        n = int(rng.integers(150, 400))
        k = int(rng.integers(2, 21 if images == 1 else 8))
        labels = rng.choice(classes, n, p=rng.dirichlet(np.full(classes, 3.0)))
        units = rng.integers(0, max(n // images, 3 * k), n)
        found = stratified_group_folds(labels, units, k, seed)
        np.testing.assert_array_equal(found, as_scikit_learn_deals(labels, units, k, seed))


def test_the_folds_are_those_of_scikit_learn_where_each_image_stands_alone():
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [700, 250, 50]))
    units = np.arange(1000)
    for k in (5, 10):
        found = stratified_group_folds(labels, units, k, 3)
        np.testing.assert_array_equal(found, as_scikit_learn_deals(labels, units, k, 3))


def test_ten_thousand_images_are_dealt_in_less_than_half_of_the_time():
    labels = np.arange(10_000) % 2
    units = np.arange(10_000)
    spent = []
    for deal in (stratified_group_folds, as_scikit_learn_deals):
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            deal(labels, units, 5, 0)
        spent.append(time.process_time() - start)
    assert spent[0] < spent[1] / 2


@pytest.mark.parametrize("huge", [40, 120, 400])
def test_a_patient_with_very_many_images_leaves_every_part_two_of_each_class(huge):
    units = np.concatenate([np.repeat(np.arange(20), 3), np.full(huge, 20)])
    labels = np.where(units == 20, 1, units % 2)
    for seed in range(5):
        part = stratified(labels, ("a", "b"), units, 5, seed)
        for label in (0, 1):
            of_part = [len(np.unique(units[(part == i) & (labels == label)])) for i in range(5)]
            assert min(of_part) >= 2
        assert all(len(np.unique(part[units == unit])) == 1 for unit in range(21))


def test_a_rare_class_stays_spread_beside_a_patient_with_very_many_images():
    units = np.concatenate([np.repeat(np.arange(20), 3), np.full(300, 20), [21, 22, 23]])
    labels = np.where(units >= 21, 2, np.where(units == 20, 1, units % 2))
    part = stratified(labels, ("a", "b", "c"), units, 5, 0)
    assert len(np.unique(part[labels == 2])) == 3
    assert len(np.unique(part)) == 5
