import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from baselines.classifiers import sampled
from baselines.classifiers.folds import StratifiedFolds, stratified_sample
from baselines.classifiers.sampled import SampledCalibratedClassifierCV, SharedKernelCV


def noisy(n, seed=0):
    """Two features, labels, and the chance of class 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    chance = 1 / (1 + np.exp(-2 * x[:, 0]))
    return x, (rng.random(n) < chance).astype(int), chance


@pytest.mark.slow
def test_up_to_the_largest_number_of_images_it_is_scikit_learns():
    x, y, _ = noisy(200)
    machine = SVC(class_weight="balanced")
    ours = SampledCalibratedClassifierCV(machine, cv=StratifiedFolds(), largest=200).fit(x, y)
    theirs = CalibratedClassifierCV(machine, ensemble=False, cv=StratifiedFolds()).fit(x, y)
    np.testing.assert_array_equal(ours.predict_proba(x), theirs.predict_proba(x))
    assert ours.fit_info_ == {"images": 200, "left_out": 0}


@pytest.mark.slow
def test_of_more_images_a_stratified_sample_is_fitted_and_it_says_so():
    x, y, _ = noisy(300)
    y[:290] = 0
    y[290:] = 1
    few = stratified_sample(y, 100)
    ours = SampledCalibratedClassifierCV(SVC(), cv=StratifiedFolds(), largest=100).fit(x, y)
    theirs = SampledCalibratedClassifierCV(SVC(), cv=StratifiedFolds()).fit(x[few], y[few])
    np.testing.assert_array_equal(ours.predict_proba(x), theirs.predict_proba(x))
    assert ours.fit_info_ == {"images": len(few), "left_out": 300 - len(few)}


@pytest.mark.slow
def test_the_probabilities_of_a_support_vector_machine_are_calibrated():
    x, y, chance = noisy(1500)
    model = SampledCalibratedClassifierCV(SVC(class_weight="balanced"), cv=StratifiedFolds())
    p = model.fit(x[:500], y[:500]).predict_proba(x[500:])[:, 1]
    assert np.mean((p - chance[500:]) ** 2) < 0.01
    assert abs(p.mean() - y[500:].mean()) < 0.04


def shells(n, classes, seed=0):
    """Four features; the class is how far from the middle the first two lie, with some noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    far = np.hypot(x[:, 0], x[:, 1]) + 0.2 * rng.normal(size=n)
    return x, np.searchsorted(np.quantile(far, np.arange(1, classes) / classes), far)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("gamma", [0.07, 0.5])
def test_machines_that_share_a_kernel_are_scikit_learns(gamma, classes):
    x, y = shells(240, classes)
    machine = OneVsRestClassifier(SVC(C=3.0, gamma=gamma, class_weight="balanced"))
    ours = SharedKernelCV(machine, cv=StratifiedFolds()).fit(x[:160], y[:160])
    theirs = CalibratedClassifierCV(machine, ensemble=False, cv=StratifiedFolds())
    theirs.fit(x[:160], y[:160])
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    # the optimiser stops within a tolerance of 1e-3
    np.testing.assert_allclose(
        ours.predict_proba(x[160:]), theirs.predict_proba(x[160:]), atol=1e-3
    )


def test_the_width_scale_is_that_of_all_images():
    x, y = shells(150, 2)
    machine = OneVsRestClassifier(SVC(class_weight="balanced"))
    ours = SharedKernelCV(machine, cv=StratifiedFolds()).fit(x, y)
    assert ours.gamma_ == pytest.approx(1 / (4 * x.var()), rel=1e-12)
    plain = SVC(class_weight="balanced").fit(x, y)
    np.testing.assert_allclose(ours.decision_function(x), plain.decision_function(x), atol=1e-3)


def test_machines_share_a_kernel_on_images_that_are_all_alike():
    y = np.arange(20) % 2
    model = SharedKernelCV(OneVsRestClassifier(SVC()), cv=StratifiedFolds()).fit(
        np.zeros((20, 3)), y
    )
    np.testing.assert_allclose(model.predict_proba(np.zeros((2, 3))), 0.5, atol=0.05)


@pytest.mark.parametrize(
    ("machine", "largest_kernel"), [(SVC(), 99), (SVC(kernel="poly"), 100)], ids=["many", "poly"]
)
def test_without_a_kernel_to_share_every_machine_computes_its_own(machine, largest_kernel):
    x, y = shells(100, 3)
    machine = OneVsRestClassifier(machine)
    ours = SharedKernelCV(machine, cv=StratifiedFolds(), largest_kernel=largest_kernel).fit(x, y)
    theirs = SampledCalibratedClassifierCV(machine, cv=StratifiedFolds()).fit(x, y)
    np.testing.assert_array_equal(ours.predict_proba(x), theirs.predict_proba(x))
    np.testing.assert_array_equal(
        ours.decision_function(x),
        theirs.calibrated_classifiers_[0].estimator.decision_function(x),
    )


def test_predictions_by_parts_are_those_of_all_at_once():
    x, y = shells(90, 2)
    model = SharedKernelCV(OneVsRestClassifier(SVC()), cv=StratifiedFolds()).fit(x, y)
    many = np.tile(x, (sampled.PAIRS // 90 // 90 + 2, 1))
    p = model.predict_proba(many)
    np.testing.assert_allclose(p[-90:], p[:90], atol=1e-9)
