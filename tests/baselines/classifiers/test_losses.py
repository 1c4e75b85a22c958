import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier

from baselines.classifiers import losses
from baselines.classifiers.losses import LEAST_PROBABILITY, LossCache, log_loss_left_out

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.arange(40) % 2


def test_the_loss_of_a_coin_is_log_two():
    coin = DummyClassifier(strategy="uniform", random_state=0)
    assert log_loss_left_out(coin, X, Y, 2) == pytest.approx(np.log(2))


def test_certain_and_wrong_counts_as_the_least_probability():
    class Wrong(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X):
            zero = (X[:, 0] == 0).astype(float)
            return np.stack([1 - zero, zero], axis=1)

        def predict(self, X):
            return self.predict_proba(X).argmax(axis=1)

    x = Y[:, None].astype(float)  # gives itself away, and is told wrongly
    assert log_loss_left_out(Wrong(), x, Y, 2) == pytest.approx(-np.log(LEAST_PROBABILITY))


def test_an_answer_is_found_again_and_charged_for(tmp_path, monkeypatch):
    tree = DecisionTreeClassifier(random_state=0)
    first = LossCache(tmp_path)
    loss = first.loss(tree, X, Y, 2)
    assert loss == log_loss_left_out(tree, X, Y, 2)
    assert first.seconds == 0
    monkeypatch.setattr(losses, "log_loss_left_out", lambda *_: pytest.fail("asked again"))
    second = LossCache(tmp_path)
    assert second.loss(tree, X, Y, 2) == loss
    assert second.seconds > 0


@pytest.mark.parametrize(
    "other",
    [
        (DecisionTreeClassifier(random_state=1), X, Y, 2),
        (DecisionTreeClassifier(random_state=0, max_depth=1), X, Y, 2),
        (DecisionTreeClassifier(random_state=0), X + 1e-9, Y, 2),
        (DecisionTreeClassifier(random_state=0), X.T.reshape(X.shape), Y, 2),
        (DecisionTreeClassifier(random_state=0), X, 1 - Y, 2),
        (DecisionTreeClassifier(random_state=0), X, Y, 3),
    ],
)
def test_another_question_is_not_answered_by_it(tmp_path, other):
    LossCache(tmp_path).loss(DecisionTreeClassifier(random_state=0), X, Y, 2)
    cache = LossCache(tmp_path)
    assert cache.loss(*other) == log_loss_left_out(*other)
    assert cache.seconds == 0
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"loss": 1.0}), '{"loss": "x"}'])
def test_a_damaged_answer_is_worked_out_again(tmp_path, text):
    tree = DecisionTreeClassifier(random_state=0)
    loss = LossCache(tmp_path).loss(tree, X, Y, 2)
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    assert LossCache(tmp_path).loss(tree, X, Y, 2) == loss
    assert json.loads(path.read_text())["loss"] == loss


def test_a_folder_that_cannot_be_written_costs_only_the_saving(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    tree = DecisionTreeClassifier(random_state=0)
    loss = LossCache(tmp_path / "file").loss(tree, X, Y, 2)
    assert loss == LossCache(None).loss(tree, X, Y, 2)
