import json

import numpy as np
import pytest
from sklearn.base import clone

from deep.classifier import TimmClassifier
from deep.ensemble import DeepEnsemble


def ensemble(members=3, seed=0, **changes):
    settings = {"pretrained": False, "epochs": 2, "device": "cpu", "input_size": 56} | changes
    return DeepEnsemble(
        TimmClassifier("test_resnet", **settings), members=members, random_state=seed
    )


@pytest.fixture(scope="module")
def problem():
    X = np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1), dtype=np.uint8)
    return X, np.arange(12) % 2 * 3


@pytest.fixture(scope="module")
def fitted(problem):
    return ensemble().fit(*problem)


@pytest.mark.slow
def test_probabilities_are_the_mean_of_those_of_separately_trained_members(fitted, problem):
    X, y = problem
    alone = [
        clone(fitted.estimator).set_params(random_state=seed).fit(X, y).predict_proba(X)
        for seed in fitted.fit_info_["seeds"]
    ]
    np.testing.assert_array_equal(fitted.predict_proba(X), np.mean(alone, axis=0))
    assert not np.array_equal(alone[0], alone[1])


def test_it_is_a_classifier(fitted, problem):
    X, _ = problem
    np.testing.assert_array_equal(fitted.classes_, [0, 3])
    assert set(fitted.predict(X)) <= {0, 3}
    assert not hasattr(fitted.estimator, "network_")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_members_and_another_seed_others(fitted, problem):
    again, other = ensemble(2).fit(*problem), ensemble(2, seed=1).fit(*problem)
    assert again.fit_info_["seeds"] == fitted.fit_info_["seeds"][:2]
    assert not set(other.fit_info_["seeds"]) & set(fitted.fit_info_["seeds"])


def test_the_record_has_the_mean_training_curve(fitted):
    curves = [member.fit_info_["training_loss"] for member in fitted.members_]
    info = json.loads(json.dumps(fitted.fit_info_))
    assert info["training_loss"] == pytest.approx(np.mean(curves, axis=0), abs=1e-5)


def test_the_parameters_of_all_members_are_counted(fitted):
    networks = [member.network_ for member in fitted.members_]
    counted = [sum(p.numel() for p in network.parameters()) for network in networks]
    assert fitted.fit_info_["parameters"] == sum(counted) == 3 * counted[0] > 0


@pytest.mark.slow
def test_progress_goes_over_all_members(problem, tmp_path):
    file = tmp_path / "progress.json"
    ensemble(2, progress_file=str(file)).fit(*problem)
    report = json.loads(file.read_text())
    assert (report["epoch"], report["epochs"]) == (4, 4)


def test_an_ensemble_of_none_is_refused(problem):
    with pytest.raises(ValueError, match="at least 1"):
        ensemble(0).fit(*problem)
