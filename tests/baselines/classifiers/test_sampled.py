import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import SVC

from baselines.classifiers.folds import StratifiedFolds, stratified_sample
from baselines.classifiers.sampled import SampledCalibratedClassifierCV


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
