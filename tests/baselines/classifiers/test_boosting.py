import numpy as np
import pytest
from xgboost import XGBClassifier

from baselines.classifiers.boosting import ROUNDS_WITHOUT_STOPPING, BoostedTrees


def noisy(n, seed=0, d=6):
    """Features and labels, which depend on two of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    chance = 1 / (1 + np.exp(-2 * x[:, 0] - x[:, 1] + 1))
    return x, (rng.random(n) < chance).astype(int)


def test_it_stops_early_and_says_where():
    x, y = noisy(300)
    model = BoostedTrees(learning_rate=0.3, patience=10).fit(x, y)
    info = model.fit_info_
    assert info["held_out"] == 60
    assert 1 <= info["rounds"] < 60
    assert model.model_.get_booster().num_boosted_rounds() == info["rounds"]
    assert len(info["held_out_loss"]) == -(-(info["rounds"] + 10) // 10)


@pytest.mark.slow
def test_other_seeds_hold_other_images_out():
    x, y = noisy(300)
    first, again, other = (
        BoostedTrees(n_estimators=20, random_state=seed).fit(x, y).fit_info_ for seed in (5, 5, 6)
    )
    assert first == again
    assert first["held_out_loss"] != other["held_out_loss"]


@pytest.mark.slow
def test_more_rounds_that_stay_in_vain_change_nothing():
    x, y = noisy(200)
    few = BoostedTrees(n_estimators=60, learning_rate=0.3, patience=15).fit(x, y)
    many = BoostedTrees(n_estimators=400, learning_rate=0.3, patience=15).fit(x, y)
    assert few.fit_info_["rounds"] == many.fit_info_["rounds"] < 45
    np.testing.assert_array_equal(few.predict_proba(x), many.predict_proba(x))


@pytest.mark.slow
@pytest.mark.parametrize("counts", [(1, 3), (4, 4), (40, 5)])
def test_with_too_few_images_it_does_not_stop_early(counts):
    y = np.repeat([0, 1], counts)
    x = np.random.default_rng(0).normal(size=(len(y), 3))
    info = BoostedTrees(n_estimators=500).fit(x, y).fit_info_
    assert info["held_out"] == 0
    assert info["held_out_loss"] == []
    assert info["rounds"] == ROUNDS_WITHOUT_STOPPING


@pytest.mark.slow
def test_a_class_too_small_to_be_held_out_can_be_fitted():
    y = np.repeat([0, 1, 2], [80, 60, 1])
    x = np.random.default_rng(0).normal(size=(len(y), 3)) + y[:, None]
    model = BoostedTrees(n_estimators=20).fit(x, y)
    assert model.fit_info_["held_out"] >= 28
    assert model.predict_proba(x).shape == (141, 3)


@pytest.mark.slow
def test_the_probabilities_are_those_of_xgboost_after_as_many_rounds():
    x, y = noisy(300)
    ours = BoostedTrees(learning_rate=0.3, patience=10).fit(x[:250], y[:250])
    theirs = XGBClassifier(
        n_estimators=ours.fit_info_["rounds"],
        learning_rate=0.3,
        max_depth=4,
        min_child_weight=1.0,
        reg_lambda=1.0,
        subsample=0.8,
        colsample_bytree=0.3,
        colsample_bynode=0.3,
        max_bin=64,
        tree_method="hist",
        random_state=0,
    ).fit(x[:250], y[:250])
    np.testing.assert_allclose(
        ours.predict_proba(x[250:]), theirs.predict_proba(x[250:]), atol=1e-6
    )
