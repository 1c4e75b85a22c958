from pathlib import Path

import numpy as np
import pytest

from bench.data.dataset import Dataset, Provenance, Split
from bench.data.memory_maps import write_memory_maps
from bench.machine import power
from bench.methods.discovery import Method
from bench.methods.own_fit import SHARED
from bench.protocol.record import Trial
from bench.run.execute import execute
from bench.run.inspection import inspect_method
from bench.workers.heartbeat import running_trials
from bench.workers.job import Job

PLUGIN = '''
"""A method that counts what it computes, and explains itself."""
import sys
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Explained(ClassifierMixin, BaseEstimator):
    def __init__(self, cache_folder=None, progress_file=None):
        self.cache_folder = cache_folder
        self.progress_file = progress_file

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.cached_seconds_ = 100.0
        self.fit_info_ = {"cache": self.cache_folder}
        with open(self.progress_file, "w") as file:
            file.write('{"epoch": 2, "epochs": 3}')
        return self

    def predict_proba(self, X):
        self.cached_seconds_ += 20.0
        bright = X.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - bright, bright], axis=1)


def build():
    """Brightness."""
    return Explained()


def with_importance():
    """Brightness, explained."""
    return Explained()


def with_warm_up():
    """Brightness, slow to begin with."""
    return Explained()


def with_broken_importance():
    """Brightness, explained badly."""
    return Explained()


def _explain(model, X, y):
    return {"brightness": np.float32(len(X) / 100), "nothing": float("nan")}


with_warm_up.warm_up = lambda: time.sleep(0.3)


def _fail(model, X, y):
    raise RuntimeError("no")


def with_maps():
    """Brightness, shown."""
    return Explained()


def _look(model, X, targets):
    time.sleep(0.3)
    np.ones(600_000_000, np.uint8).sum()
    return np.ones((len(X), 4, 4))


with_maps.explain = _look


def with_broken_maps():
    """Brightness, shown badly."""
    return Explained()


def with_flat_maps():
    """Brightness, shown in rows."""
    return Explained()


class Alternating(ClassifierMixin, BaseEstimator):
    """Gives every other case the share that it was fitted with, and may keep that outside."""

    def __init__(self, share=1.0, place="instance"):
        self.share = share
        self.place = place

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.cached_seconds_ = 100.0
        owner = type(self) if self.place == "class" else self
        owner.share_ = self.share
        return self

    def predict_proba(self, X):
        self.cached_seconds_ += 20.0
        second = self.share_ * (np.arange(len(X)) % 2)
        if self.place == "drawn":
            second = second * np.random.default_rng().uniform(0.6, 1)
        return np.stack([1 - second, second], axis=1)


def tuned():
    """Keeps what it fitted."""
    return Alternating()


def tuned_outside():
    """Keeps what it fitted in the class."""
    return Alternating(place="class")


def tuned_and_drawn():
    """Draws at each prediction."""
    return Alternating(place="drawn")


for _each in (tuned, tuned_outside, tuned_and_drawn):
    _each.search_space = {"share": [0.0]}


def with_an_end():
    """Brightness, shown by ending it all."""
    return Explained()


with_broken_maps.explain = lambda *_: 1 / 0
with_flat_maps.explain = lambda model, X, targets: np.ones((len(X), 4))
with_an_end.explain = lambda *_: sys.exit(3)
with_importance.importance = _explain
with_broken_importance.importance = _fail
'''


def part(name, n):
    rng = np.random.default_rng(n)
    return Split(
        images=rng.integers(0, 256, (n, 16, 16, 1), dtype=np.uint8),
        labels=np.arange(n, dtype=np.int64) % 2,
        case_ids=np.array([f"{name}-{i}" for i in range(n)]),
    )


@pytest.fixture
def job(tmp_path):
    data = Dataset(
        "d",
        ("no", "yes"),
        *(part(name, n) for name, n in (("train", 12), ("val", 8), ("test", 10))),
        provenance=Provenance("generated"),
    )
    write_memory_maps(data, tmp_path / "d")
    (tmp_path / "plugin.py").write_text(PLUGIN)

    def make(attribute, explained_cases=(), **more):
        target = f"{tmp_path / 'plugin.py'}:{attribute}"
        method = Method(attribute, "classical", target, "plugin.py", "1", is_file=True)
        return Job(
            trial=Trial("d", attribute),
            method=method,
            facts=inspect_method(method),
            data=tmp_path / "d",
            fingerprint="f",
            budget="quick",
            device="cpu",
            device_name="cpu",
            threads=1,
            split_seed=0,
            cache_folder=tmp_path / "cache",
            heartbeat_file=tmp_path / "0.json",
            explained_cases=explained_cases,
            **more,
        )

    return make


def test_a_method_is_told_where_to_keep_features_and_its_record_says_none_was_declared(job):
    run = execute(job("build"))
    assert Path(run.fit_info["cache"]).name == "cache"
    assert run.parameters == {"cache_folder": None, "progress_file": None}


def test_a_method_is_charged_for_what_it_found_in_the_cache(job):
    run = execute(job("build"))
    assert 100 <= run.fit_seconds < 101
    assert 40 <= run.predict_seconds < 41
    assert run.cached_seconds == 140


def test_a_model_that_a_later_configuration_was_fitted_over_fails_its_trial(job):
    run = execute(job("tuned_outside", tune=2))
    assert (run.status, run.predictions) == ("failed", None)
    assert run.error.endswith(SHARED)
    assert execute(job("tuned_outside")).status == "ok"  # nothing else was fitted


@pytest.mark.parametrize("name", ["tuned", "tuned_and_drawn"])
def test_a_model_that_is_kept_is_asked_once_more_at_no_charge(job, name):
    run = execute(job(name, tune=2))
    assert (run.status, run.error) == ("ok", "")
    assert [tried.chosen for tried in run.tuning] == [True, False]
    test = run.predictions.part("test")
    assert ((test.probabilities[:, 1] > 0.5) == test.labels).all()
    assert 40 <= run.predict_seconds < 41
    assert run.cached_seconds == 140


@pytest.mark.slow
def test_what_a_worker_does_once_for_a_method_is_told_apart(job):
    run = execute(job("with_warm_up"))
    assert 0.3 <= run.warm_up_seconds < 2
    assert run.fit_seconds < 100.3
    assert execute(job("build")).warm_up_seconds < 0.3


def test_what_a_method_relies_on_is_asked_for_on_the_validation_cases(job):
    assert execute(job("with_importance")).importance == {"brightness": pytest.approx(0.08)}
    assert execute(job("build")).importance == {}


def test_an_importance_that_fails_does_not_fail_the_method_and_the_record_says_why(job):
    run = execute(job("with_broken_importance"))
    assert (run.status, run.error) == ("ok", "")
    assert run.importance == {}
    assert run.importance_error == "RuntimeError: no"
    assert run.explanation_error == ""


def test_an_importance_that_is_no_number_in_part_is_named(job):
    assert execute(job("with_importance")).importance_error == "not finite for nothing"
    assert execute(job("build")).importance_error == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("with_broken_maps", "ZeroDivisionError: division by zero"),
        ("with_flat_maps", "explain gave maps of shape (2, 4) for 2 images"),
        ("with_an_end", "the method tried to end the program (exit 3)"),
    ],
)
def test_maps_that_cannot_be_had_do_not_fail_the_method_and_the_record_says_why(job, name, why):
    run = execute(job(name, ("test-3", "test-8")))
    assert (run.status, run.activations) == ("ok", None)
    assert run.explanation_error == why
    assert execute(job(name)).explanation_error == ""  # it was not asked


def test_a_trial_is_announced_while_it_runs(job):
    made = job("build")
    execute(made)
    assert [item.trial for item in running_trials(made.heartbeat_file.parent)] == [
        "build on d (once)"
    ]


def test_what_a_method_tells_of_its_training_is_shown_with_its_trial(job):
    made = job("build")
    execute(made)
    assert [str(item) for item in running_trials(made.heartbeat_file.parent)] == ["epoch 2 of 3"]


@pytest.mark.slow
def test_where_a_method_looks_is_asked_for_after_everything_was_measured(job):
    run = execute(job("with_maps", ("test-3", "test-8")))
    assert run.activations.case_ids.tolist() == ["test-3", "test-8"]
    assert run.activations.targets.tolist() == [1, 1]
    assert (run.activations.grids == 255).all()
    assert run.predict_seconds < 40.3  # of which 40 were cached
    silent = execute(job("build"))
    assert silent.activations is None
    assert run.peak_memory < silent.peak_memory + 300e6


def test_the_power_of_a_trial_is_measured_where_the_processor_tells_it(job, tmp_path, monkeypatch):
    assert (execute(job("build")).watts, execute(job("build")).watts_by) == (None, "")
    zone = tmp_path / "powercap" / "intel-rapl:0"
    zone.mkdir(parents=True)
    for name, text in (("name", "package-0"), ("energy_uj", "7"), ("max_energy_range_uj", "99")):
        (zone / name).write_text(text)
    monkeypatch.setattr(power, "POWERCAP", tmp_path / "powercap")
    run = execute(job("build"))
    assert (run.watts, run.watts_by) == (0.0, "RAPL")  # a counter that stands still
