import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.svm import LinearSVC

from baselines.classifiers.linear import ElasticNet, LinearSVM


def mixture(n, d=8, classes=2, seed=0):
    """Normal features, of which the first and second tell the class, with noise."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    x = rng.normal(size=(n, d))
    x[:, 0] += y
    x[:, 1] -= 0.5 * y
    return x, y


@pytest.mark.parametrize("classes", [2, 3])
def test_the_decision_values_are_those_of_scikit_learns_machine(classes):
    x, y = mixture(200, classes=classes)
    ours = LinearSVM(C=0.5).fit(x[:150], y[:150])
    scale = np.mean(np.sum(x[:150] ** 2, axis=1))
    values = ours.decision_function(x[150:])
    for column, k in enumerate([1] if classes == 2 else range(classes)):
        machine = LinearSVC(C=0.5 / scale, dual=False, class_weight="balanced", tol=1e-8)
        machine.fit(x[:150], y[:150] == k)
        np.testing.assert_allclose(values[:, column], machine.decision_function(x[150:]), atol=2e-3)


def test_the_penalty_of_the_machine_does_not_depend_on_the_units_of_the_features():
    x, y = mixture(100)
    x -= x.mean(axis=0)
    far = np.abs(
        LinearSVM().fit(x, y).predict_proba(x) - LinearSVM().fit(30 * x, y).predict_proba(30 * x)
    )
    assert far.max() < 0.01


@pytest.mark.parametrize("build", [LinearSVM, ElasticNet])
def test_probabilities_are_calibrated_although_classes_are_weighted(build):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 2))
    chance = 1 / (1 + np.exp(-2 * x[:, 0] + 2))  # a fifth of the images is positive
    y = (rng.random(3000) < chance).astype(int)
    p = build().fit(x[:1500], y[:1500]).predict_proba(x[1500:])[:, 1]
    assert abs(p.mean() - y[1500:].mean()) < 0.03
    assert np.mean((p - chance[1500:]) ** 2) < 0.005


def test_the_elastic_net_reaches_the_optimum_of_scikit_learn_where_it_may_take_its_time():
    x, y = mixture(150, classes=3)
    ours = ElasticNet(C=0.5, l1_ratio=0.0, tol=1e-6, max_iter=5000).fit(x, y)
    reference = LogisticRegression(C=0.5, class_weight="balanced", tol=1e-8).fit(x, y)
    np.testing.assert_allclose(ours.coef_, reference.coef_, atol=1e-3)
    share = np.bincount(y) / len(y)
    expected = reference.predict_proba(x) * share
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ours.predict_proba(x), expected, atol=1e-3)


def test_the_l1_norm_puts_coefficients_of_noise_to_zero():
    x, y = mixture(200, d=40)
    few = ElasticNet(C=0.05, l1_ratio=0.9).fit(x, y)
    all_of_them = ElasticNet(C=0.05, l1_ratio=0.0).fit(x, y)
    assert few.coef_[0, 0] != 0
    assert few.fit_info_["features_used"] < 0.5 < all_of_them.fit_info_["features_used"]


def test_the_passes_are_recorded_and_too_few_of_them_are_no_error():
    x, y = mixture(100)
    assert ElasticNet().fit(x, y).fit_info_["converged"]
    short = ElasticNet(tol=1e-9, max_iter=2).fit(x, y)
    assert short.fit_info_["passes"] == 2
    assert not short.fit_info_["converged"]


def test_stopping_early_costs_next_to_nothing_with_more_features_than_images():
    rng = np.random.default_rng(0)
    latent, mixing = rng.normal(size=(400, 10)), rng.normal(size=(10, 300))
    x = latent @ mixing / 3 + rng.normal(size=(400, 300))
    y = (latent[:, 0] + 0.5 * rng.normal(size=400) > 0).astype(int)
    losses, areas = [], []
    for tol in (1e-2, 1e-4):
        p = ElasticNet(tol=tol, max_iter=3000).fit(x[:200], y[:200]).predict_proba(x[200:])
        losses.append(log_loss(y[200:], p))
        areas.append(roc_auc_score(y[200:], p[:, 1]))
    assert losses[0] < losses[1] + 0.02
    assert areas[0] > areas[1] - 0.01
