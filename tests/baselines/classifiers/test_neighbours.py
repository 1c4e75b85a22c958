import numpy as np
import pytest

from baselines.classifiers.calibration import PlattScaling
from baselines.classifiers.neighbours import NearestNeighbours


def shares(x, rows, y, k, skip=None):
    """Scores of rows among the images x straight from the definition."""
    counts = np.bincount(y)
    scores = []
    for i, row in enumerate(rows):
        squares = ((x - row) ** 2).sum(axis=1)
        if skip is not None:
            squares[skip[i]] = np.inf
        near = np.argsort(squares)[:k]
        weight = 1 / np.maximum(squares[near], 1e-6 * squares[near].mean() + 1e-12)
        weight *= k / weight.sum()
        votes = [
            (weight * (y[near] == c)).sum() * len(y) / (len(counts) * counts[c])
            for c in range(len(counts))
        ]
        votes = np.array(votes) + 1
        scores.append(np.log(votes / votes.sum()))
    return np.array(scores)


@pytest.mark.parametrize("k", [1, 4, 99])
def test_votes_and_calibration_follow_the_definition(k):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 100)
    x = rng.normal(size=(100, 4)) + y[:, None]
    few = x[:80], y[:80]
    model = NearestNeighbours(n_neighbors=k).fit(*few)
    used = min(k, 79)
    np.testing.assert_allclose(model.scores(x[80:]), shares(few[0], x[80:], few[1], used))
    left_out = shares(few[0], few[0], few[1], used, skip=np.arange(80))
    expected = PlattScaling.fit(left_out, few[1])
    assert model.calibration_.slope == pytest.approx(expected.slope, rel=1e-3)
    np.testing.assert_allclose(model.calibration_.bias, expected.bias, atol=1e-3)
    assert model.fit_info_["neighbours"] == used


def test_an_image_is_not_its_own_neighbour_in_the_calibration():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 5)), rng.integers(0, 2, 200)
    p = NearestNeighbours(n_neighbors=3).fit(x, y).predict_proba(rng.normal(size=(200, 5)))
    assert np.abs(p - 0.5).max() < 0.3  # labels by chance: no reason to be sure


def test_twins_of_training_images_have_finite_probabilities():
    x = np.repeat(np.eye(3), 4, axis=0)
    y = np.repeat([0, 1, 2], 4)
    p = NearestNeighbours(n_neighbors=2).fit(x, y).predict_proba(x)
    assert np.isfinite(p).all()
    np.testing.assert_array_equal(p.argmax(axis=1), y)
