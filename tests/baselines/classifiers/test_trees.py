import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from baselines.classifiers.boosting import ROUNDS_WITHOUT_STOPPING, BoostedTrees
from baselines.classifiers.forest import ExtraTrees, RandomForest
from baselines.classifiers.tree import SmoothedTree


def noisy(n, seed=0, d=6):
    """Features, labels and the chance of class 1, which depends on two features."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    chance = 1 / (1 + np.exp(-2 * x[:, 0] - x[:, 1] + 1))
    return x, (rng.random(n) < chance).astype(int), chance


class TestTree:
    def test_leaves_hold_smoothed_frequencies(self):
        x, y, _ = noisy(120)
        model = SmoothedTree(min_samples_leaf=10, smoothing=4).fit(x, y)
        plain = DecisionTreeClassifier(min_samples_leaf=10, class_weight="balanced", random_state=0)
        leaf = plain.fit(x, y).apply(x)
        for i in range(20):
            members = y[leaf == leaf[i]]
            expected = (members.sum() + 4 * y.mean()) / (len(members) + 4)
            assert model.predict_proba(x[i : i + 1])[0, 1] == pytest.approx(expected)

    def test_no_smoothing_gives_the_frequencies(self):
        x, y, _ = noisy(80)
        p = SmoothedTree(min_samples_leaf=1, smoothing=0).fit(x, y).predict_proba(x)
        np.testing.assert_array_equal(p[np.arange(80), y], 1)

    def test_depth_and_leaves_are_recorded(self):
        x, y, _ = noisy(200)
        assert SmoothedTree(max_depth=2).fit(x, y).fit_info_ == {"depth": 2, "leaves": 4}


class TestForests:
    @pytest.mark.parametrize("build", [RandomForest, ExtraTrees])
    def test_probabilities_are_calibrated_although_classes_are_weighted(self, build):
        x, y, chance = noisy(1500)
        model = build().fit(x[:700], y[:700])
        raw = model.model_.predict_proba(x[700:])[:, 1]
        p = model.predict_proba(x[700:])[:, 1]
        assert np.mean((p - chance[700:]) ** 2) < min(0.02, np.mean((raw - chance[700:]) ** 2))
        assert abs(p.mean() - y[700:].mean()) < 0.04

    def test_the_order_of_images_is_that_of_scikit_learns_forests(self):
        x, y, _ = noisy(120)
        for ours, theirs in (
            (
                RandomForest(n_estimators=20, random_state=3),
                RandomForestClassifier(
                    20,
                    criterion="entropy",
                    min_samples_leaf=3,
                    class_weight="balanced",
                    random_state=3,
                ),
            ),
            (
                ExtraTrees(n_estimators=20, random_state=3),
                ExtraTreesClassifier(
                    20,
                    criterion="entropy",
                    max_features=0.1,
                    class_weight="balanced",
                    random_state=3,
                ),
            ),
        ):
            p = ours.fit(x, y).predict_proba(x)[:, 1]
            raw = theirs.fit(x, y).predict_proba(x)[:, 1]
            order = np.argsort(raw)
            assert (np.diff(p[order]) >= -1e-12).all()

    def test_the_out_of_bag_probabilities_are_scikit_learns(self):
        from baselines.classifiers.forest import _out_of_bag

        x, y, _ = noisy(90)
        forest = RandomForestClassifier(60, oob_score=True, random_state=0).fit(x, y)
        ours = _out_of_bag(forest, x.astype(np.float32))
        np.testing.assert_allclose(ours, forest.oob_decision_function_, atol=1e-12)


class TestBoosting:
    def test_it_stops_early_and_says_where(self):
        x, y, _ = noisy(300)
        model = BoostedTrees(learning_rate=0.3, patience=10).fit(x, y)
        info = model.fit_info_
        assert info["held_out"] == sum(int(0.2 * size) for size in np.bincount(y))
        assert 1 <= info["rounds"] < 60
        assert model.model_.get_booster().num_boosted_rounds() == info["rounds"]
        assert len(info["held_out_loss"]) == -(-(info["rounds"] + 10) // 10)

    def test_the_images_held_out_belong_to_the_training_images_and_to_every_class(self):
        _, y, _ = noisy(300)
        model = BoostedTrees(random_state=5)
        model.classes_ = np.array([0, 1])
        out = model._held_out(y)
        np.testing.assert_array_equal(np.bincount(y[out]), (0.2 * np.bincount(y)).astype(int))
        np.testing.assert_array_equal(model._held_out(y), out)
        model.random_state = 6
        assert not np.array_equal(model._held_out(y), out)

    def test_more_rounds_that_stay_in_vain_change_nothing(self):
        x, y, _ = noisy(200)
        few = BoostedTrees(n_estimators=60, learning_rate=0.3, patience=15).fit(x, y)
        many = BoostedTrees(n_estimators=400, learning_rate=0.3, patience=15).fit(x, y)
        assert few.fit_info_["rounds"] == many.fit_info_["rounds"] < 45
        np.testing.assert_array_equal(few.predict_proba(x), many.predict_proba(x))

    @pytest.mark.parametrize("counts", [(1, 3), (4, 4), (40, 5)])
    def test_with_too_few_images_it_does_not_stop_early(self, counts):
        y = np.repeat([0, 1], counts)
        x = np.random.default_rng(0).normal(size=(len(y), 3))
        info = BoostedTrees(n_estimators=500).fit(x, y).fit_info_
        if counts == (40, 5):  # 8 and 1 images would be held out
            assert sum(int(0.2 * size) for size in counts) == 9
        assert info["held_out"] == 0
        assert info["held_out_loss"] == []
        assert info["rounds"] == ROUNDS_WITHOUT_STOPPING

    def test_a_class_too_small_to_be_held_out_leaves_the_probabilities_as_they_are(self):
        y = np.repeat([0, 1, 2], [80, 60, 3])
        x = np.random.default_rng(0).normal(size=(len(y), 3)) + y[:, None]
        model = BoostedTrees().fit(x, y)
        assert model.fit_info_["held_out"] == 16 + 12
        assert model.calibration_.slope == 1
        np.testing.assert_array_equal(model.calibration_.bias, 0)

    def test_nothing_is_held_out_on_demand(self):
        x, y, _ = noisy(300)
        info = BoostedTrees(n_estimators=12, held_out=0).fit(x, y).fit_info_
        assert (info["held_out"], info["rounds"]) == (0, 12)
