import numpy as np
import pytest

from bench.deploy.novelty import Novelty

RANDOM = np.random.default_rng(0)
MIXING = RANDOM.normal(size=(40, 40)) * np.linspace(3, 0.1, 40)


def like_training(n, seed):
    return np.random.default_rng(seed).normal(size=(n, 40)) @ MIXING


NOVELTY = Novelty.of(like_training(400, 1), like_training(200, 2))


def test_percentiles_of_images_of_the_same_kind_are_uniform():
    # 2,000 draws against 200 held-out distances: a share differs by 0.05 at five standard errors
    found = NOVELTY.percentiles(NOVELTY.distances(like_training(2000, 3)))
    for percent in (10, 50, 90):
        assert abs((found < percent).mean() - percent / 100) < 0.12


def test_the_usual_distance_is_about_1():
    assert 0.7 < np.median(NOVELTY.distances(like_training(500, 4))) < 1.5


@pytest.mark.parametrize("shift", [4.0, -4.0])
def test_what_is_shifted_in_one_direction_lies_far(shift):
    moved = like_training(200, 5)
    moved[:, 7] += shift * like_training(500, 6)[:, 7].std()
    far = NOVELTY.percentiles(NOVELTY.distances(moved))
    assert np.median(far) > 95


def test_a_combination_that_never_occurs_lies_far_though_each_feature_is_usual():
    shuffled = like_training(300, 7)
    for column in shuffled.T:
        np.random.default_rng(int(abs(column[0]) * 1e6)).shuffle(column)
    assert np.median(NOVELTY.percentiles(NOVELTY.distances(shuffled))) > 95


def test_constant_features_and_fewer_images_than_features_are_no_obstacle():
    few = np.random.default_rng(8).normal(size=(12, 30))
    few[:, 3] = 5.0
    found = Novelty.of(few, few[:6])
    assert np.isfinite(found.distances(few)).all()
    other = few.copy()
    other[:, 3] = 9.0
    assert (found.distances(other) > found.distances(few)).all()


def test_it_comes_back_from_arrays():
    back = Novelty.from_arrays(NOVELTY.arrays())
    features = like_training(5, 9)
    np.testing.assert_array_equal(back.distances(features), NOVELTY.distances(features))
