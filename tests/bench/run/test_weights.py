"""Pretrained weights are part of a study: found once, the same for all trials, and stored."""

import hashlib

import numpy as np
import pytest

from bench.data.checks.card import describe
from bench.data.dataset import Dataset, Provenance, Split
from bench.data.memory_maps import write_memory_maps
from bench.methods import discovery
from bench.progress.display import ProgressLines
from bench.protocol.plan import plan
from bench.protocol.record import WeightsUsed
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run import engine
from bench.run.inspection import inspect_method
from bench.run.loading import Prepared
from bench.run.preparation import PreparedStudy, Request

pytestmark = pytest.mark.slow

METHOD = '''
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

CACHE = Path({cache!r})
ASKED = Path({asked!r})


class Network(ClassifierMixin, BaseEstimator):
    """Says how bright an image is; "pretrained" by a file that holds a factor."""

    def __init__(self, pretrained="auto", random_state=None):
        self.pretrained = pretrained
        self.random_state = random_state

    def resolve_weights(self):
        with ASKED.open("a") as file:
            file.write("asked\\n")
        if CACHE.exists():
            return SimpleNamespace(name="net.tag", file=str(CACHE), source="hub cache")
        if self.pretrained is True:
            raise ValueError("there are no weights of net")
        return None

    def fit(self, X, y):
        assert self.pretrained is False or Path(self.pretrained).is_absolute()
        self.classes_ = np.unique(y)
        text = Path(self.pretrained).read_text() if self.pretrained else ""
        self.fit_info_ = {{"started_from": text}}
        {in_fit}
        return self

    def predict_proba(self, X):
        bright = X.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - bright, bright], axis=1)


def build():
    """A network."""
    return Network({pretrained!r})
'''


def part(name, n):
    rng = np.random.default_rng(n)
    images = rng.integers(0, 200, (n, 8, 8, 1)).astype(np.uint8)
    ids = np.array([f"{name}-{i}" for i in range(n)])
    return Split(images, np.arange(n, dtype=np.int64) % 2, ids)


class Bench:
    """One method on one data set, run with any seeds into one results folder."""

    def __init__(self, folder):
        self.folder = folder
        self.cache = folder / "weights.bin"
        self.asked = folder / "asked"
        self.said = []
        parts = (part("train", 24), part("val", 12), part("test", 16))
        data = Dataset("toy", ("a", "b"), *parts, provenance=Provenance("noise"))
        write_memory_maps(data, folder / "data")
        self.ready = Prepared("toy", (folder / "data",), describe(data))
        self.write()

    def write(self, pretrained="auto", in_fit="pass"):
        text = METHOD.format(
            cache=str(self.cache), asked=str(self.asked), pretrained=pretrained, in_fit=in_fit
        )
        (self.folder / "net.py").write_text(text)

    def run(self, *seeds):
        method = discovery.plugin(str(self.folder / "net.py"))
        facts = {"net": inspect_method(method)}
        study = Study(("toy",), ("net",), seeds=seeds)
        prepared = PreparedStudy(
            study, {"net": method}, facts, {"toy": self.ready}, plan(study, facts), (), False,
            "cpu", "cpu",
        )  # fmt: skip
        request = Request(study, (), (method,), jobs=1)
        store = Store(self.folder / "results")
        result = engine.run(request, store, ProgressLines(self.said.append), prepared)
        return result, {run.trial.seed: run for run in map(store.run, store.trials())}

    @property
    def weights(self):
        digest = hashlib.sha256(self.cache.read_bytes()).hexdigest()
        return (WeightsUsed("net.tag", digest, "hub cache"),)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_weights_are_looked_for_once_in_a_study_and_every_run_names_them(bench):
    bench.cache.write_text("first")
    result, runs = bench.run(0, 1, 2)
    assert (result.executed, result.failed) == (3, 0)
    assert bench.asked.read_text().splitlines() == ["asked"]
    assert {run.weights for run in runs.values()} == {bench.weights}
    assert {run.fit_info["started_from"] for run in runs.values()} == {"first"}
    assert {run.parameters["pretrained"] for run in runs.values()} == {"auto"}  # as declared


def test_a_study_begun_without_weights_and_extended_with_them_mixes_no_seeds(bench):
    _, before = bench.run(0, 1)
    assert [run.weights for run in before.values()] == [(), ()]
    bench.cache.write_text("first")
    result, runs = bench.run(0, 1, 2)
    assert (result.executed, result.reused) == (3, 0)
    assert {run.fit_info["started_from"] for run in runs.values()} == {"first"}
    assert {run.weights for run in runs.values()} == {bench.weights}


def test_a_study_begun_with_weights_and_extended_without_them_mixes_no_seeds(bench):
    bench.cache.write_text("first")
    bench.run(0, 1)
    bench.cache.unlink()
    result, runs = bench.run(0, 1, 2)
    assert (result.executed, result.reused) == (3, 0)
    assert {run.weights for run in runs.values()} == {()}


def test_runs_from_the_same_weights_are_used_again_and_from_others_are_not(bench):
    bench.cache.write_text("first")
    bench.run(0, 1)
    result, _ = bench.run(0, 1, 2)
    assert (result.executed, result.reused) == (1, 2)
    bench.cache.write_text("other")
    result, runs = bench.run(0, 1, 2)
    assert (result.executed, result.reused) == (3, 0)
    assert {run.weights for run in runs.values()} == {bench.weights}


def test_weights_that_change_during_a_study_fail_the_trials_after_that(bench):
    bench.cache.write_text("first")
    bench.write(in_fit='CACHE.write_text("other")')
    result, runs = bench.run(0, 1)
    assert (result.executed, result.failed) == (2, 1)
    (failed,) = (run for run in runs.values() if run.status != "ok")
    assert failed.error.startswith("pretrained: the weights net.tag that this study began with")
    assert "is another file now" in failed.error


def test_weights_that_vanish_during_a_study_are_not_replaced_by_a_start_from_scratch(bench):
    bench.cache.write_text("first")
    bench.write(in_fit="CACHE.unlink()")
    _, runs = bench.run(0, 1)
    assert sorted(run.status for run in runs.values()) == ["failed", "ok"]
    (failed,) = (run for run in runs.values() if run.status != "ok")
    assert "does not exist. Copy that file there" in failed.error


def test_a_method_that_insists_on_weights_that_cannot_be_had_is_unavailable(bench):
    bench.write(pretrained=True)
    result, runs = bench.run(0)
    assert (result.executed, result.failed) == (1, 1)
    assert runs[0].status == "unavailable"
    assert runs[0].error == "net: there are no weights of net"
