import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RandomizedSearchCV
from sklearn.svm import SVC, LinearSVC
from threadpoolctl import threadpool_limits

from baselines import controls, methods
from baselines.classifiers.boosting import BoostedTrees
from baselines.classifiers.pipelines import CLASSIFIERS
from baselines.classifiers.sampled import SampledCalibratedClassifierCV
from baselines.classifiers.tree import SmoothedTree
from baselines.classifiers.vote import SoftVote

METHODS = {name: getattr(methods, name) for name in (*CLASSIFIERS, "patch_svm", "soft_vote")}
CONTROLS = {
    name: getattr(controls, name) for name in ("class_prior", "mean_brightness", "raw_pixel_svm")
}
ALL = METHODS | CONTROLS
STOCHASTIC = set(METHODS) - {"svm", "linear_svm", "k_nearest_neighbours"}
ALONE = 1e-9  # an image alone or among others: matrix products of other shapes round otherwise


@pytest.fixture(autouse=True)
def one_thread():
    """As the engine runs methods; on so few images more threads only wait for each other."""
    with threadpool_limits(1):
        yield


def textures(n, c=1, classes=2, side=32, seed=0):
    """Noise that is smoother the higher the class; mean brightness grows a little with it."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    x = rng.integers(0, 200, (n, side, side, c)).astype(float)
    for label in range(classes):
        for _ in range(label):
            x[y == label] = (x[y == label] + np.roll(x[y == label], 1, axis=2)) / 2
    x += 20 * y[:, None, None, None] / classes
    return np.clip(x, 0, 255).astype(np.uint8), y.astype(np.int64)


def seeded(build, seed=0):
    model = build()
    names = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
    return model.set_params(**dict.fromkeys(names, seed))


def smaller(name, seed=0):
    """The method with fewer trees and quick candidates, where only its behaviour matters."""
    model = seeded(ALL[name], seed)
    changes = {
        "classifier__n_estimators": 20,
        "classifier__candidates": ("svm", "logistic_regression", "decision_tree"),
        "classifier__members": 2,
        "patches__drawn": 2000,
        "patches__words": 40,
    }
    known = model.get_params()
    return model.set_params(**{key: value for key, value in changes.items() if key in known})


def check_probabilities(model, x, k):
    p = model.predict_proba(x)
    assert p.shape == (len(x), k)
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-9)
    return p


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_a_method_learns_two_textures(name, c):
    x, y = textures(60, c)
    test_x, test_y = textures(40, c, seed=1)
    model = seeded(METHODS[name]) if c == 1 else smaller(name)
    assert model.fit(x, y) is model
    np.testing.assert_array_equal(model.classes_, [0, 1])
    p = check_probabilities(model, test_x, 2)
    assert roc_auc_score(test_y, p[:, 1]) > 0.95
    np.testing.assert_array_equal(model.predict(test_x), p.argmax(axis=1))


@pytest.mark.parametrize("name", ["mean_brightness", "raw_pixel_svm"])
def test_a_control_learns_bright_from_dark(name):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = (rng.integers(0, 60, (60, 32, 32, 1)) + 60 * y[:, None, None, None]).astype(np.uint8)
    model = seeded(CONTROLS[name]).fit(x[:40], y[:40])
    assert roc_auc_score(y[40:], check_probabilities(model, x[40:], 2)[:, 1]) == 1


def test_the_class_prior_is_the_share_of_each_class():
    x, _ = textures(10)
    y = np.array([0] * 6 + [1] * 3 + [2])
    model = controls.class_prior().fit(x, y)
    np.testing.assert_allclose(model.predict_proba(x[:2]), [[0.6, 0.3, 0.1]] * 2)
    np.testing.assert_array_equal(model.predict(x), np.zeros(10))


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_seven_classes_of_which_one_has_three_images(name):
    x, y = textures(70, classes=7)
    rare = np.flatnonzero(y == 6)
    kept = np.setdiff1d(np.arange(70), rare[3:])
    model = smaller(name).fit(x[kept], y[kept])
    np.testing.assert_array_equal(model.classes_, np.arange(7))
    check_probabilities(model, x, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("counts", [(2, 2), (1, 3), (30, 1), (2, 1, 1)])
def test_a_handful_of_images_is_enough_to_fit(name, counts):
    y = np.repeat(np.arange(len(counts)), counts)
    x, _ = textures(len(y), side=16)
    check_probabilities(smaller(name).fit(x, y), x, len(counts))


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same_result_in_any_order_and_batch(name):
    x, y = textures(40, classes=3)
    p = smaller(name, 3).fit(x, y).predict_proba(x)
    model = clone(smaller(name, 3)).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(x), p)
    np.testing.assert_allclose(model.predict_proba(x[::-1])[::-1], p, atol=ALONE)
    np.testing.assert_allclose(model.predict_proba(x[7:8])[0], p[7], atol=ALONE)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_read_only_memory_map_is_accepted_and_left_as_it_is(tmp_path, name):
    x, y = textures(30, c=4)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    p = smaller(name).fit(mapped, y).predict_proba(mapped)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), x)
    np.testing.assert_array_equal(p, smaller(name).fit(x, y).predict_proba(x))


@pytest.mark.parametrize("name", ALL)
def test_leaf_parameters_are_strict_json(name):
    params = ALL[name]().get_params(deep=True)
    plain = {k: v for k, v in params.items() if not hasattr(v, "get_params") and k != "steps"}
    json.dumps(plain, allow_nan=False)


@pytest.mark.parametrize("name", METHODS)
def test_what_the_fit_tells_is_strict_json(name):
    x, y = textures(24)
    model = smaller(name).fit(x, y)
    told = [step.fit_info_ for _, step in model.steps if hasattr(step, "fit_info_")]
    assert told
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_numpys_global_generator_is_left_alone(name):
    x, y = textures(20, side=8)
    before = repr(np.random.get_state())  # noqa: NPY002
    for _, step in CLASSIFIERS[name]():
        step.fit(x.reshape(20, -1), y)
    assert repr(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize("name", ALL)
def test_a_method_that_is_random_in_nothing_says_so(name):
    assert ALL[name].deterministic == (name not in STOCHASTIC)


@pytest.mark.parametrize("name", sorted(set(ALL) - STOCHASTIC))
def test_the_seed_changes_nothing_where_nothing_is_random(name):
    x, y = textures(30, classes=3, side=16)
    one, other = (seeded(ALL[name], seed).fit(x, y).predict_proba(x) for seed in (0, 1))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("svm", SVC),
        ("linear_svm", LinearSVC),
        ("logistic_regression", LogisticRegression),
        ("random_forest", RandomForestClassifier),
        ("extra_trees", ExtraTreesClassifier),
    ],
)
def test_the_classifiers_are_scikit_learns_own(name, kind):
    classifier = ALL[name]()[-1]
    while type(classifier) is not kind:
        assert type(classifier).__module__.startswith(("sklearn.", "baselines.classifiers.sampled"))
        classifier = classifier.estimator


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].search_space])
def test_the_search_space_names_parameters_of_the_method(name):
    x, y = textures(24)
    space = ALL[name].search_space
    assert set(space) <= set(ALL[name]().get_params())
    if name == "soft_vote":
        space = {"classifier__members": [1, 2]}  # it has three quick candidates here
    search = RandomizedSearchCV(
        smaller(name), space, n_iter=2, cv=2, random_state=0, error_score="raise"
    )
    search.fit(x, y)


def test_every_method_but_the_class_prior_is_tunable_or_has_nothing_to_tune():
    assert {n for n in ALL if ALL[n].search_space is None} == {
        "class_prior",
        "mean_brightness",
    }


@pytest.mark.parametrize("name", ALL)
def test_a_method_has_a_summary_of_one_line(name):
    summary = ALL[name].__doc__.splitlines()[0]
    assert summary.endswith(".")
    assert len(summary) <= 100


@pytest.mark.parametrize(("name", "classes"), [("svm", 2), ("svm", 3), ("linear_svm", 2)])
def test_the_decision_values_are_those_of_one_machine_per_class(name, classes):
    """And the calibration is `CalibratedClassifierCV`'s, so that a reader knows the baseline."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(150, 5)), np.arange(150) % classes
    x[:, 0] += y
    classifier = ALL[name]()[-1].fit(x[:100], y[:100])
    assert isinstance(classifier, CalibratedClassifierCV)
    assert not classifier.ensemble
    (whole,) = classifier.calibrated_classifiers_
    before = classifier if name == "svm" else whole.estimator  # the machines have a kernel's rows
    values = before.decision_function(x[100:]).reshape(50, -1)
    for column, k in enumerate([1] if classes == 2 else range(classes)):
        machine = (
            SVC(C=3.0, class_weight="balanced")
            if name == "svm"
            else LinearSVC(C=7e-4, dual=False, class_weight="balanced", random_state=0)
        )
        machine.fit(x[:100], y[:100] == k)
        np.testing.assert_allclose(values[:, column], machine.decision_function(x[100:]), atol=1e-6)


@pytest.mark.parametrize("name", ["svm", "raw_pixel_svm"])
def test_of_too_many_images_a_sample_is_fitted(name):
    classifier = ALL[name]()[-1]
    assert isinstance(classifier, SampledCalibratedClassifierCV)
    assert classifier.largest == 10_000


def test_the_elastic_net_puts_coefficients_of_noise_to_zero():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 40)), np.arange(200) % 2
    x[:, 0] += y
    model = ALL["logistic_regression"]()[-1]
    few = clone(model).set_params(C=0.05, l1_ratio=0.9).fit(x, y).coef_[0]
    assert few[0] != 0
    assert np.mean(few != 0) < 0.5


@pytest.mark.parametrize("model", [SmoothedTree(smoothing=-1), SoftVote(members=0)])
def test_settings_that_do_not_exist_are_refused(model):
    with pytest.raises(ValueError, match="must be"):
        model.fit(np.eye(4), np.array([0, 0, 1, 1]))


@pytest.mark.parametrize("model", [SmoothedTree(), BoostedTrees(n_estimators=5)])
def test_classes_may_have_any_labels(model):
    x, y = textures(30)
    model = clone(model).fit(x.reshape(30, -1), y * 4 + 3)
    np.testing.assert_array_equal(model.classes_, [3, 7])
    assert set(model.predict(x.reshape(30, -1))) <= {3, 7}
