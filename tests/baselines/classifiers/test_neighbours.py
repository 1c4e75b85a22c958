import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from baselines.classifiers.neighbours import NearestNeighbours, inverse_square


def clouds(n, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return rng.normal(size=(n, 4)) + y[:, None], y


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 4, 80])
def test_it_is_scikit_learns_where_there_are_neighbours_enough(k):
    x, y = clouds(100)
    ours = NearestNeighbours(k).fit(x[:80], y[:80])
    theirs = KNeighborsClassifier(k, weights=inverse_square).fit(x[:80], y[:80])
    np.testing.assert_array_equal(ours.predict_proba(x[80:]), theirs.predict_proba(x[80:]))


def test_of_fewer_images_all_are_neighbours():
    x, y = clouds(9)
    ours = NearestNeighbours(10).fit(x[:5], y[:5])
    theirs = KNeighborsClassifier(5, weights=inverse_square).fit(x[:5], y[:5])
    np.testing.assert_array_equal(ours.predict_proba(x[5:]), theirs.predict_proba(x[5:]))
    assert ours.kneighbors()[1].shape == (5, 4)  # an image is not its own neighbour


def test_twins_of_training_images_have_finite_probabilities():
    x, y = np.repeat(np.eye(3), 4, axis=0), np.repeat([0, 1, 2], 4)
    p = NearestNeighbours(2).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(p, np.eye(3)[y], atol=1e-9)
