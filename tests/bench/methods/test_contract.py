"""Every built-in method passes the plugin contract, and a broken one fails the right check."""

from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from bench.cli import main
from bench.methods import contract, discovery, sources
from bench.methods.parameters import named
from bench.protocol.errors import ContractError

AFFORDABLE = {
    "input_size": 32,
    "stem": "original",
    "epochs": 1,
    "pretrained": False,
    "members": 2,
}
"""Parameters of networks meant for a GPU, so that a CPU can train them, if not to learn much."""


def affordable(build, changes):
    """The same method with these values for parameters that it has, nested ones included."""

    def cheaper():
        estimator = build()
        for name, value in changes.items():
            estimator.set_params(**dict.fromkeys(named(estimator, name), value))
        return estimator

    cheaper.search_space = getattr(build, "search_space", None)
    cheaper.one_class = getattr(build, "one_class", "")
    return cheaper


FROZEN = ("embedding", "embedding-svm", "embedding-xgboost")
"""Factories of methods on a frozen network, here the one whose weights a package has."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*discovery.methods(), *(f"{prefix}:tf_efficientnet_lite0" for prefix in FROZEN)]
)
def test_a_built_in_method_passes(name):
    build, checks = discovery.method(name, {}).load(), set(contract.METHOD_CHECKS)
    if name == "class-prior":
        checks.remove("learns")  # the control that looks at no image
    if getattr(build, "needs", "") == "cuda":
        checks.remove("learns")  # which takes too long without a GPU, but for one of them
        if name == "resnet18":
            few = {key: value for key, value in AFFORDABLE.items() if key != "epochs"}
            contract.check_learns(affordable(build, few))
        build = affordable(build, AFFORDABLE)
    if name.startswith(FROZEN):
        build = affordable(build, {"input_size": 64})
    found = contract.results(build, checks)
    assert {result.name for result in found} == checks
    assert [f"{result.name}{result.detail}" for result in found if not result.passed] == []


class OneClass(ClassifierMixin, BaseEstimator):
    """What is unlike the mean gray level that it saw, which may be of one class only."""

    def fit(self, X, y):
        assert set(y) == {0}, "nothing but the one class is seen"
        self.mean_ = X.mean()
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        far = np.abs(X.mean(axis=(1, 2, 3)) - self.mean_) / 255
        return np.stack([1 - far, far], axis=1)


def one_class():
    """Distance in brightness."""
    return OneClass()


one_class.one_class = "only"


@pytest.mark.parametrize("check", contract.METHOD_CHECKS)
def test_a_method_of_one_class_is_shown_that_class_alone(check):
    contract.METHOD_CHECKS[check](one_class)


def test_a_method_of_one_class_has_two_classes():
    def build():
        class Alone(OneClass):
            def fit(self, X, y):
                super().fit(X, y)
                self.classes_ = np.array([0])
                return self

        return Alone()

    build.one_class = "only"
    with pytest.raises(ContractError, match="after fitting label 0 alone, not 0 and 1"):
        contract.check_classes(build)


def test_a_word_for_one_class_that_is_not_known_is_refused():
    def build():
        return OneClass()

    build.one_class = "onyl"
    with pytest.raises(ContractError, match=r"build.one_class is 'onyl'\. Did you mean 'only'"):
        contract.check_extras(build)


class Sound(ClassifierMixin, BaseEstimator):
    """Logistic regression on mean and spread of the colours; sound by construction."""

    def __init__(self, C=1.0):
        self.C = C

    def features(self, X):
        X = np.asarray(X[..., : X.shape[3] - (X.shape[3] % 2 == 0)], dtype=float)
        return np.column_stack([X.mean(axis=(1, 2, 3)), X.std(axis=(1, 2, 3))]) / 50

    def fit(self, X, y):
        self.model_ = LogisticRegression(C=self.C).fit(self.features(X), y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(self.features(X))


class ChangesParameters(Sound):
    def __init__(self, C=1.0):
        self.C = C * 2


class HoldsAnObject(Sound):
    def __init__(self, C=1.0, hook=None):
        super().__init__(C)
        self.hook = object()

    def get_params(self, deep=True):
        return {"C": self.C, "hook": self.hook}


class ReturnsNothing(Sound):
    def fit(self, X, y):
        super().fit(X, y)


class NoClasses(Sound):
    def fit(self, X, y):
        super().fit(X, y)
        del self.classes_
        return self


class NotProbabilities(Sound):
    def predict_proba(self, X):
        return 2 * super().predict_proba(X)


class NaN(Sound):
    def predict_proba(self, X):
        return np.where(X.mean(axis=(1, 2, 3))[:, None] < 1, np.nan, super().predict_proba(X))


class GrayOnly(Sound):
    def fit(self, X, y):
        if X.shape[3] != 1:
            raise ValueError("gray only")
        return super().fit(X, y)


class StandardisesTheBatch(Sound):
    def features(self, X):
        found = super().features(X)
        return (found - found.mean(axis=0)) / (found.std(axis=0) + 1e-9)


class DependsOnOrder(Sound):
    def predict_proba(self, X):
        p = super().predict_proba(X)
        return np.roll(p, 1, axis=0) if len(p) > 30 else p


class WritesToImages(Sound):
    def fit(self, X, y):
        X[0] = 0
        return super().fit(X, y)


class Unseeded(Sound):
    def fit(self, X, y):
        super().fit(X, y)
        self.model_.coef_ = self.model_.coef_ + np.random.default_rng().normal(0, 0.1)
        return self


class DrawsAsItIsTold(Sound):
    def __init__(self, C=1.0, random_state=None):
        super().__init__(C)
        self.random_state = random_state

    def fit(self, X, y):
        super().fit(X, y)
        noise = np.random.default_rng(self.random_state).normal(0, 0.1)
        self.model_.coef_ = self.model_.coef_ + noise
        return self


class SaysItDoesNotDraw(DrawsAsItIsTold):
    deterministic: ClassVar = True


class NeedsWhatThereIsNot(Sound):
    needs: ClassVar = "gpu"


class UsesGlobalGenerator(Sound):
    def fit(self, X, y):
        np.random.rand()  # noqa: NPY002
        return super().fit(X, y)


class NeedsManyOfEach(Sound):
    def fit(self, X, y):
        if np.bincount(y).min() < 5:
            raise ValueError("too few")
        return super().fit(X, y)


class KeepsItsModelInTheClass(Sound):
    def fit(self, X, y):
        super().fit(X, y)
        type(self).model_ = self.__dict__.pop("model_")
        return self


ONE_SCALER = StandardScaler()


def shares_a_step():
    flat = FunctionTransformer(lambda X: X.reshape(len(X), -1)[:, :1024])
    return make_pipeline(flat, ONE_SCALER, LogisticRegression())


ONE_INSTANCE = Sound()


def gives_the_same_instance():
    return ONE_INSTANCE


class Exits(Sound):
    def fit(self, X, y):
        raise SystemExit(3)


class LearnsNothing(Sound):
    def features(self, X):
        return np.zeros((len(X), 2))


class MisnamesAParameter(Sound):
    search_space: ClassVar = {"c": [0.1, 10.0]}


class CannotTakeAValue(Sound):
    search_space: ClassVar = {"C": [1.0, -1.0]}


class DependsOnTheSeed(Sound):
    """Says that it does not."""

    deterministic: ClassVar = True

    def __init__(self, C=1.0, random_state=0):
        super().__init__(C)
        self.random_state = random_state

    def fit(self, X, y):
        super().fit(X, y)
        shift = np.random.default_rng(self.random_state).normal(0, 0.1)
        self.model_.coef_ = self.model_.coef_ + shift
        return self


class Tunable(Sound):
    search_space: ClassVar = {"C": [0.1, 10.0]}


@pytest.mark.parametrize("build", [Sound, Tunable, DrawsAsItIsTold])
def test_a_sound_method_passes(build):
    contract.check_method(build)


@pytest.mark.parametrize(
    ("build", "check"),
    [
        (ChangesParameters, "clone"),
        (HoldsAnObject, "parameters"),
        (ReturnsNothing, "fit-returns-self"),
        (NoClasses, "classes"),
        (NotProbabilities, "probabilities"),
        (NaN, "probabilities"),
        (GrayOnly, "channels"),
        (StandardisesTheBatch, "one-image"),
        (DependsOnOrder, "row-order"),
        (WritesToImages, "memory-map"),
        (Unseeded, "same-seed"),
        (UsesGlobalGenerator, "same-seed"),
        (SaysItDoesNotDraw, "same-seed"),
        (NeedsWhatThereIsNot, "extras"),
        (DependsOnTheSeed, "same-seed"),
        (KeepsItsModelInTheClass, "own-fit"),
        (shares_a_step, "own-fit"),
        (gives_the_same_instance, "own-fit"),
        (NeedsManyOfEach, "few-images"),
        (Exits, "fit-returns-self"),
        (MisnamesAParameter, "search-space"),
        (CannotTakeAValue, "search-space"),
        (LearnsNothing, "learns"),
    ],
)
def test_a_broken_method_fails_the_check_that_names_its_fault(build, check):
    failed = {r.name for r in contract.results(build) if not r.passed}
    assert check in failed
    with pytest.raises(ContractError, match=check):
        contract.check_method(build)


@pytest.mark.parametrize("name", [n for n, s in sources.sources().items() if s.kind == "plugin"])
def test_a_built_in_data_set_passes(name):
    source = sources.source(name)
    contract.check_source(lambda size: source.load(size))


def test_a_data_set_that_changes_is_refused():
    source = sources.source("phantom-null")
    data = source.load(None)
    calls = iter([data, sources.source("phantom-shape").load(None)])
    with pytest.raises(ContractError, match="second time"):
        contract.check_source(lambda _: next(calls))
    with pytest.raises(ContractError, match="not a bench"):
        contract.check_source(lambda _: None)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_toy_is_separable_by_its_brightness_alone(channels):
    images, labels = contract.toy(channels)
    level = images[..., 0].reshape(len(images), -1).astype(float).mean(axis=1)
    assert level[labels == 0].max() < level[labels == 1].min()


@pytest.mark.parametrize(
    ("deed", "told"),
    [("os._exit(3)", "exit status 3"), ("time.sleep(100)", "took longer than the limit of 3 s")],
)
def test_a_method_that_crashes_or_hangs_is_told_so(deed, told, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("bench.cli.check.TIMEOUT", 3.0)
    (tmp_path / "mine.py").write_text(
        "import os, time\n"
        "from sklearn.dummy import DummyClassifier\n"
        "class Mine(DummyClassifier):\n"
        f"    def fit(self, X, y):\n        {deed}\n"
        "def build():\n    return Mine()\n"
    )
    assert main.run_command(["check", f"{tmp_path / 'mine.py'}:build"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("FAIL  mine: the checks came to no end: ")
    assert told in out
