import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from baselines.classifiers import vote
from baselines.classifiers.pipelines import CLASSIFIERS
from baselines.classifiers.vote import SoftVote

QUICK = ("svm", "linear_svm", "logistic_regression", "decision_tree", "k_nearest_neighbours")


def classes_in_circles(n, seed=0):
    """Two classes, one around the other, and noise: no linear boundary tells them apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    angle, radius = rng.uniform(0, 2 * np.pi, n), 1.0 + y + rng.normal(0, 0.15, n)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.hstack([x, 0.1 * rng.normal(size=(n, 2))]), y


@pytest.mark.slow
def test_the_vote_is_the_mean_of_the_probabilities_of_its_members():
    x, y = classes_in_circles(90)
    model = SoftVote(QUICK).fit(x[:60], y[:60])
    assert len(model.members_) == 3
    each = []
    for name in model.members_:
        alone = Pipeline(CLASSIFIERS[name]())
        seeds = [key for key in alone.get_params() if key.endswith("random_state")]
        alone.set_params(**dict.fromkeys(seeds, 0)).fit(x[:60], y[:60])
        each.append(alone.predict_proba(x[60:]))
    np.testing.assert_array_equal(model.predict_proba(x[60:]), np.mean(each, axis=0))


@pytest.mark.slow
def test_the_candidates_that_fit_the_problem_are_chosen_and_their_losses_recorded():
    x, y = classes_in_circles(120)
    info = SoftVote(QUICK, members=2).fit(x, y).fit_info_
    assert set(info["log_loss"]) == set(QUICK)
    assert info["members"] == sorted(QUICK, key=info["log_loss"].__getitem__)[:2]
    assert info["members"][0] in ("svm", "k_nearest_neighbours")
    assert info["log_loss"]["linear_svm"] > 0.6 > info["log_loss"]["svm"]
    assert info["deciding_images"] == 120


def test_candidates_are_judged_on_images_that_they_were_not_fitted_on(monkeypatch):
    """A candidate that knows its training images by heart, and nothing else, must come last."""
    from sklearn.neighbors import KNeighborsClassifier

    seen = []

    class ByHeart(KNeighborsClassifier):
        def fit(self, X, y):
            seen.append(set(X[:, 0]))
            return super().fit(X, y)

        def predict_proba(self, X):
            assert set(X[:, 0]).isdisjoint(seen[-1])
            return super().predict_proba(X)

    def by_heart():
        return [("classifier", ByHeart(n_neighbors=1))]

    monkeypatch.setitem(vote.CLASSIFIERS, "by_heart", by_heart)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    model = SoftVote(("by_heart", "svm"), members=1).fit(x, y)
    assert model.fit_info_["members"] == ["svm"]
    assert model.fit_info_["log_loss"]["by_heart"] > 1
    assert len(seen) == model.folds
    assert all(len(few) < 80 for few in seen)


@pytest.mark.slow
def test_of_many_images_a_sample_decides_and_all_of_them_are_fitted():
    x, y = classes_in_circles(200)
    model = SoftVote(("svm", "k_nearest_neighbours"), members=1, largest=60).fit(x, y)
    assert model.fit_info_["deciding_images"] < 70
    (member,) = model.members_.values()
    assert member[-1].fit_info_["images"] == 200


def test_the_seed_reaches_the_candidates():
    x, y = classes_in_circles(40)
    model = SoftVote(("decision_tree",), members=1, random_state=7).fit(x, y)
    assert model.members_["decision_tree"][-1].random_state == 7


@pytest.mark.slow
def test_every_seed_has_the_members_that_the_images_ask_for():
    """Forests differ with their seed; who is chosen does not."""
    x, y = classes_in_circles(60)
    candidates = ("decision_tree", "random_forest", "extra_trees", "svm")
    first, second = (SoftVote(candidates, members=2, random_state=seed) for seed in (0, 1))
    told = [model.fit(x, y).fit_info_ for model in (first, second)]
    assert told[0]["log_loss"] == told[1]["log_loss"]
    assert list(told[0]["log_loss"]) == list(told[1]["log_loss"]) == list(candidates)
    assert list(first.members_) == list(second.members_)


@pytest.mark.slow
def test_seeds_share_the_choice_and_are_charged_for_it(tmp_path):
    x, y = classes_in_circles(60)
    plain = SoftVote(QUICK, random_state=1).fit(x, y)
    assert plain.cached_seconds_ == 0
    writer = SoftVote(QUICK, random_state=0, cache_folder=str(tmp_path)).fit(x, y)
    assert writer.cached_seconds_ == 0
    reader = SoftVote(QUICK, random_state=1, cache_folder=str(tmp_path)).fit(x, y)
    assert reader.cached_seconds_ > 0
    assert reader.fit_info_ == plain.fit_info_
    np.testing.assert_array_equal(reader.predict_proba(x), plain.predict_proba(x))


def test_where_losses_were_kept_is_not_told(tmp_path):
    x, y = classes_in_circles(40)
    model = SoftVote(("decision_tree",), members=1, cache_folder=str(tmp_path)).fit(x, y)
    restored = SoftVote.from_parts(model.to_parts())
    assert restored.cache_folder is None
    np.testing.assert_array_equal(restored.predict_proba(x), model.predict_proba(x))


@pytest.mark.slow
@pytest.mark.parametrize("counts", [(1, 9), (2, 2), (12, 1, 3)])
def test_small_classes_can_vote(counts):
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.random.default_rng(0).normal(size=(len(y), 4))
    p = SoftVote(QUICK).fit(x, y).predict_proba(x)
    assert p.shape == (len(y), len(counts))
    np.testing.assert_allclose(p.sum(axis=1), 1)


@pytest.mark.parametrize(
    "setting", [{"candidates": ("oracle",)}, {"candidates": ()}, {"members": 9}, {"folds": 1}]
)
def test_settings_that_do_not_exist_are_refused(setting):
    with pytest.raises(ValueError, match="must be"):
        SoftVote(**setting).fit(np.eye(4), np.array([0, 0, 1, 1]))
