import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from baselines import importance
from baselines.features.handcrafted import HandcraftedFeatures
from baselines.importance import LARGEST, REPEATS, family_importance


def bright_and_dark(n, classes=2, seed=0):
    """Flat images with a little noise that differ in nothing but their gray level."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    x = 60 + 60 * y[:, None, None, None] + rng.integers(-40, 41, (n, 1, 1, 1))
    return (x + rng.integers(0, 4, (n, 16, 16, 1))).astype(np.uint8), y


def fitted(families, x, y):
    model = make_pipeline(
        HandcraftedFeatures(families), StandardScaler(), LogisticRegression(C=0.01)
    )
    return model.fit(x, y)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3])
def test_the_family_that_tells_the_classes_apart_is_the_one_that_is_missed(classes):
    x, y = bright_and_dark(120, classes)
    model = fitted(("intensity", "lbp"), x, y)
    lost = family_importance(model, *bright_and_dark(120, classes, seed=1))
    assert list(lost) == ["intensity", "lbp"]
    assert lost["intensity"] > 0.2
    assert abs(lost["lbp"]) < 0.05


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("values", [1, 2_000_000])
def test_what_is_lost_is_scikit_learns_auc_however_many_are_asked_at_once(
    classes, values, monkeypatch
):
    monkeypatch.setattr(importance, "_MOST_VALUES", values)
    x, y = bright_and_dark(60, classes)
    model = fitted(("intensity", "glcm"), x, y)
    x, y = bright_and_dark(45, classes, seed=1)
    x[::4] = x[0]  # ties
    found = family_importance(model, x, y)

    def auc(table):
        p = model[1:].predict_proba(table)
        positive = [1] if classes == 2 else range(classes)
        return np.mean([roc_auc_score(y == k, p[:, k]) for k in positive])

    table = model[0].transform(x)
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(y)) for _ in range(REPEATS)]
    for family, columns in model[0].columns().items():
        each = []
        for order in orders:
            shuffled = table.copy()
            shuffled[:, columns] = table[order, columns]
            each.append(auc(shuffled))
        assert found[family] == pytest.approx(auc(table) - np.mean(each), abs=1e-12)


def test_families_without_columns_are_not_listed():
    x, y = bright_and_dark(40)
    assert list(family_importance(fitted(("colour", "glcm"), x, y), x, y)) == ["glcm"]


@pytest.mark.slow
def test_the_same_model_and_images_give_the_same_importance_and_stay_as_they_are():
    x, y = bright_and_dark(60)
    model = fitted(("intensity", "glcm"), x, y)
    before = model.predict_proba(x)
    first = family_importance(model, x, y)
    assert family_importance(model, x, y) == first
    np.testing.assert_array_equal(model.predict_proba(x), before)


@pytest.mark.slow
def test_of_many_images_a_sample_is_looked_at(monkeypatch):
    x, y = bright_and_dark(LARGEST // 10)
    model = fitted(("intensity",), x, y)
    seen = []
    transform = HandcraftedFeatures.transform
    monkeypatch.setattr(
        HandcraftedFeatures, "transform", lambda self, X: seen.append(len(X)) or transform(self, X)
    )
    family_importance(model, np.tile(x, (20, 1, 1, 1)), np.tile(y, 20))
    assert seen == [LARGEST]


def test_one_class_has_no_importance():
    x, y = bright_and_dark(40)
    assert family_importance(fitted(("intensity",), x, y), x[y == 1], y[y == 1]) == {}


def test_another_pipeline_is_refused():
    model = Pipeline([("scale", StandardScaler()), ("classifier", LogisticRegression())])
    with pytest.raises(TypeError, match="StandardScaler, not HandcraftedFeatures"):
        family_importance(model, *bright_and_dark(4))
