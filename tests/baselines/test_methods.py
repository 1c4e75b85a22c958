import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RandomizedSearchCV
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from baselines import controls, methods
from baselines.classifiers.blocks import BLOCK, in_blocks
from baselines.classifiers.boosting import BoostedTrees
from baselines.classifiers.calibration import LEAST_SLOPE, PlattScaling
from baselines.classifiers.folds import doubled_singles, stratified_folds, stratified_sample
from baselines.classifiers.forest import ExtraTrees, RandomForest
from baselines.classifiers.linear import ElasticNet, LinearSVM
from baselines.classifiers.neighbours import NearestNeighbours
from baselines.classifiers.pipelines import CLASSIFIERS
from baselines.classifiers.scaling import ClippedScores
from baselines.classifiers.svm import CalibratedSVC
from baselines.classifiers.tree import SmoothedTree
from baselines.classifiers.vote import SoftVote
from baselines.controls import pool

METHODS = {name: getattr(methods, name) for name in (*CLASSIFIERS, "patch_svm", "soft_vote")}
CONTROLS = {
    name: getattr(controls, name) for name in ("class_prior", "mean_brightness", "raw_pixel_svm")
}
ALL = METHODS | CONTROLS
STOCHASTIC = set(METHODS) - {"svm", "linear_svm", "k_nearest_neighbours"}
CLASSIFIER_STEPS = [
    CalibratedSVC(),
    LinearSVM(),
    ElasticNet(),
    SmoothedTree(),
    RandomForest(n_estimators=10),
    ExtraTrees(n_estimators=10),
    BoostedTrees(n_estimators=5),
    NearestNeighbours(),
    SoftVote(candidates=("svm", "decision_tree"), members=1),
]


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


@pytest.mark.parametrize("name", ALL)
def test_seven_classes_of_which_one_has_three_images(name):
    x, y = textures(70, classes=7)
    rare = np.flatnonzero(y == 6)
    kept = np.setdiff1d(np.arange(70), rare[3:])
    model = smaller(name).fit(x[kept], y[kept])
    np.testing.assert_array_equal(model.classes_, np.arange(7))
    check_probabilities(model, x, 7)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("counts", [(2, 2), (1, 3), (30, 1), (2, 1, 1)])
def test_a_handful_of_images_is_enough_to_fit(name, counts):
    y = np.repeat(np.arange(len(counts)), counts)
    x, _ = textures(len(y), side=16)
    check_probabilities(smaller(name).fit(x, y), x, len(counts))


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same_result_in_any_order_and_batch(name):
    x, y = textures(40, classes=3)
    p = smaller(name, 3).fit(x, y).predict_proba(x)
    model = clone(smaller(name, 3)).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(x), p)
    np.testing.assert_array_equal(model.predict_proba(x[::-1])[::-1], p)
    np.testing.assert_array_equal(model.predict_proba(x[7:8])[0], p[7])


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
    for _, step in model.steps:
        json.dumps(getattr(step, "fit_info_", {}), allow_nan=False)
    assert model[-1].fit_info_


@pytest.mark.parametrize("model", CLASSIFIER_STEPS, ids=lambda model: type(model).__name__)
def test_numpys_global_generator_is_left_alone(model):
    x, y = textures(20, side=8)
    before = repr(np.random.get_state())  # noqa: NPY002
    clone(model).fit(x.reshape(20, -1), y)
    assert repr(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize("name", ALL)
def test_only_what_is_random_has_a_random_state(name):
    stochastic = any(key.endswith("random_state") for key in ALL[name]().get_params())
    assert stochastic == (name in STOCHASTIC)


@pytest.mark.parametrize("name", [name for name in ALL if hasattr(ALL[name], "search_space")])
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
    assert {n for n in ALL if not hasattr(ALL[n], "search_space")} == {
        "class_prior",
        "mean_brightness",
    }


@pytest.mark.parametrize("name", ALL)
def test_a_method_has_a_summary_of_one_line(name):
    summary = ALL[name].__doc__.splitlines()[0]
    assert summary.endswith(".")
    assert len(summary) <= 100


class TestStratifiedFolds:
    @pytest.mark.parametrize("counts", [(2, 2), (50, 2), (9, 3, 2, 2, 30), (5, 5)])
    def test_every_image_is_left_out_once_and_no_class_is_ever_missing(self, counts):
        y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
        splits = stratified_folds(y, 5)
        np.testing.assert_array_equal(
            np.sort(np.concatenate([test for _, test in splits])), np.arange(len(y))
        )
        for train, test in splits:
            assert len(test) > 0
            assert set(y[train]) == set(y)
            assert not set(train) & set(test)

    def test_classes_are_spread_evenly(self):
        y = np.repeat([0, 1], [103, 22])
        for _, test in stratified_folds(y, 5):
            assert np.bincount(y[test])[0] in (20, 21)
            assert np.bincount(y[test])[1] in (4, 5)


def test_the_probabilities_of_the_support_vector_machine_are_calibrated():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 2))
    chance = 1 / (1 + np.exp(-2 * x[:, 0]))
    y = (rng.random(1500) < chance).astype(int)
    p = CalibratedSVC(C=1.0).fit(x[:500], y[:500]).predict_proba(x[500:])[:, 1]
    assert np.mean((p - chance[500:]) ** 2) < 0.01
    assert abs(p.mean() - y[500:].mean()) < 0.04


@pytest.mark.parametrize("gamma", ["scale", 0.2])
def test_the_decision_values_are_those_of_scikit_learns_machine(gamma):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(150, 5)), rng.integers(0, 3, 150)
    x[:, 0] += y
    ours = CalibratedSVC(C=2.0, gamma=gamma).fit(x[:100], y[:100]).decision_function(x[100:])
    for k in range(3):
        machine = SVC(C=2.0, gamma=gamma, class_weight="balanced").fit(x[:100], y[:100] == k)
        np.testing.assert_allclose(ours[:, k], machine.decision_function(x[100:]), atol=5e-3)


def test_of_too_many_images_a_stratified_sample_is_fitted():
    y = np.repeat([0, 1, 2], [900, 90, 1])
    sample = stratified_sample(y, 100)
    np.testing.assert_array_equal(np.bincount(y[sample]), [91, 10, 1])
    np.testing.assert_array_equal(sample, np.unique(sample))
    np.testing.assert_array_equal(stratified_sample(y, 991), np.arange(991))
    x = np.random.default_rng(0).normal(size=(991, 3))
    model = CalibratedSVC(largest=100).fit(x, y)
    assert model.fit_info_["images"] == 102
    assert len(model.support_) <= 103


@pytest.mark.parametrize(
    "model",
    [
        CalibratedSVC(folds=1),
        CalibratedSVC(gamma="auto"),
        LinearSVM(folds=1),
        ExtraTrees(folds=1),
        NearestNeighbours(n_neighbors=0),
        SmoothedTree(smoothing=-1),
        BoostedTrees(held_out=0.9),
    ],
)
def test_settings_that_do_not_exist_are_refused(model):
    with pytest.raises(ValueError, match="must be"):
        model.fit(np.eye(4), np.array([0, 0, 1, 1]))


def test_only_a_class_of_one_is_entered_twice():
    np.testing.assert_array_equal(doubled_singles(np.array([2, 0, 1, 0, 1])), [0, 1, 2, 3, 4, 0])


@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, 2 * BLOCK + 1])
def test_rows_are_computed_in_blocks_of_one_shape(n):
    shapes = []

    def double(rows):
        shapes.append(rows.shape)
        return 2 * rows

    x = np.random.default_rng(0).normal(size=(n, 3))
    np.testing.assert_array_equal(in_blocks(double, x), 2 * x)
    assert set(shapes) == {(BLOCK, 3)}


def test_platt_scaling_agrees_with_a_logistic_regression_on_his_targets():
    rng = np.random.default_rng(0)
    f = rng.normal(size=300)
    y = (rng.random(300) < 1 / (1 + np.exp(-3 * f + 1))).astype(int)
    positives, negatives = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    reference = LogisticRegression(C=1e8, tol=1e-10).fit(
        np.tile(f, 2)[:, None], np.repeat([1, 0], 300), np.concatenate([target, 1 - target])
    )
    scaling = PlattScaling.fit(np.stack([np.zeros(300), f], axis=1), y)
    assert scaling.slope == pytest.approx(reference.coef_[0, 0], rel=1e-3)
    assert scaling.bias[1] - scaling.bias[0] == pytest.approx(reference.intercept_[0], abs=1e-3)


def test_misleading_scores_give_flat_probabilities_in_the_order_of_the_scores():
    f = np.linspace(-1, 1, 40)
    scores = np.stack([np.zeros(40), f], axis=1)
    scaling = PlattScaling.fit(scores, (f < 0).astype(int))
    assert scaling.slope == LEAST_SLOPE
    p = scaling.probabilities(scores)[:, 1]
    assert (np.diff(p) > 0).all()
    np.testing.assert_allclose(p, 0.5, atol=1e-3)


def test_separable_scores_give_finite_probabilities():
    codes = np.repeat([0, 1, 2], 10)
    scaling = PlattScaling.fit(1000.0 * np.eye(3)[codes], codes)
    p = scaling.probabilities(1000.0 * np.eye(3)[codes])
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p[np.arange(30), codes], 11 / 12, atol=1e-3)


def test_classes_may_have_any_labels():
    x, y = textures(30)
    features = x.reshape(30, -1)
    for model in map(clone, CLASSIFIER_STEPS):
        model.fit(features, y * 4 + 3)
        np.testing.assert_array_equal(model.classes_, [3, 7])
        assert set(model.predict(features)) <= {3, 7}


@pytest.mark.parametrize("model", CLASSIFIER_STEPS, ids=lambda model: type(model).__name__)
def test_one_class_is_refused(model):
    with pytest.raises(ValueError, match="two classes"):
        clone(model).fit(np.zeros((4, 2)), np.zeros(4, dtype=int))


def test_scores_are_standardised_and_cut():
    x = np.concatenate([np.zeros(999), [1.0]])[:, None] * [1.0, 0.0]
    scores = ClippedScores(limit=3).fit_transform(x)
    assert scores[-1, 0] == 3
    assert scores[0, 0] == pytest.approx(-x[:, 0].mean() / x[:, 0].std())
    assert not scores[:, 1].any()


@pytest.mark.parametrize(("h", "w"), [(28, 28), (64, 64), (33, 100), (50, 20)])
def test_pooling_averages_and_never_enlarges(h, w):
    x = np.random.default_rng(0).integers(0, 256, (2, h, w, 3), dtype=np.uint8)
    small = pool(x, 32)
    assert small.shape == (2, min(h, 32), min(w, 32), 3)
    if h <= 32 and w <= 32:
        np.testing.assert_array_equal(small, x)
    if h == w == 64:
        np.testing.assert_allclose(small[1, 3, 5], x[1, 6:8, 10:12].mean(axis=(0, 1)))
    rows = np.arange(h) * small.shape[1] // h
    cols = np.arange(w) * small.shape[2] // w
    tile = x[0][np.ix_(rows == 4, cols == 7)]
    np.testing.assert_allclose(small[0, 4, 7], tile.mean(axis=(0, 1)))
