import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from baselines.classifiers.tree import SmoothedTree


def noisy(n, seed=0, d=6):
    """Features and labels, which depend on two of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    chance = 1 / (1 + np.exp(-2 * x[:, 0] - x[:, 1] + 1))
    return x, (rng.random(n) < chance).astype(int)


@pytest.mark.slow
def test_leaves_hold_smoothed_frequencies():
    x, y = noisy(120)
    model = SmoothedTree(min_samples_leaf=10, smoothing=4).fit(x, y)
    plain = DecisionTreeClassifier(min_samples_leaf=10, class_weight="balanced", random_state=0)
    leaf = plain.fit(x, y).apply(x)
    for i in range(20):
        members = y[leaf == leaf[i]]
        expected = (members.sum() + 4 * y.mean()) / (len(members) + 4)
        assert model.predict_proba(x[i : i + 1])[0, 1] == pytest.approx(expected)


def test_no_smoothing_gives_the_frequencies():
    x, y = noisy(80)
    p = SmoothedTree(min_samples_leaf=1, smoothing=0).fit(x, y).predict_proba(x)
    np.testing.assert_array_equal(p[np.arange(80), y], 1)


@pytest.mark.slow
def test_depth_and_leaves_are_recorded():
    x, y = noisy(200)
    assert SmoothedTree(max_depth=2).fit(x, y).fit_info_ == {"depth": 2, "leaves": 4}
