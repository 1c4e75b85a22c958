"""The search for parameters: what is tried, what is kept, what it costs, who sees what."""

import gc
import json
import math
import time
import weakref
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from bench.cli.main import run_command
from bench.methods.tuning import Attempt, configurations, search
from bench.protocol.errors import ContractError
from bench.protocol.record import Tried
from bench.results.store import Store

pytestmark = pytest.mark.slow

PLUGIN = '''
"""Brightness with a power that says how good the method is on which images."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Powered(ClassifierMixin, BaseEstimator):
    def __init__(self, power=0.0, cache_folder=None):
        self.power = power
        self.cache_folder = cache_folder

    def fit(self, X, y):
        if self.power == 13:
            raise RuntimeError("an unlucky\\nnumber")
        with open(f"{self.cache_folder}.log", "a") as file:
            file.write(f"fit {len(X)} {self.power}\\n")
        self.classes_ = np.unique(y)
        self.cached_seconds_ = 100.0
        self.fit_info_ = {"power": self.power}
        return self

    def predict_proba(self, X):
        with open(f"{self.cache_folder}.log", "a") as file:
            file.write(f"predict {len(X)} {self.power}\\n")
        self.cached_seconds_ += 20.0
        value = X[:, 0, 0, 0] / 255
        noise = np.random.default_rng(0).uniform(size=len(X))
        share = {0.0: 0.2, 1.0: 0.5, 2.0: 1.0}[self.power]
        bright = share * value + (1 - share) * noise
        return np.stack([1 - bright, bright], axis=1)


def build():
    """Brightness, to be tuned."""
    return Powered()


def fixed():
    """Brightness, with nothing to tune."""
    return Powered()


def hopeless():
    """Brightness, always unlucky."""
    return Powered(power=13.0)


def misspelt():
    """Brightness, with a parameter that is none."""
    return Powered()


build.search_space = {"power": [0.0, 1.0, 2.0, 13]}
hopeless.search_space = {"power": [13.0, 13]}
misspelt.search_space = {"powr": [1.0]}
'''


STEPS = '''
"""A classifier that may be exchanged."""
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Inner(BaseEstimator):
    def __init__(self, C=0.0):
        self.C = C


class Outer(ClassifierMixin, BaseEstimator):
    def __init__(self, clf=None):
        self.clf = clf

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    @property
    def fit_info_(self):
        return {"C": self.clf.C}

    def predict_proba(self, X):
        value = X[:, 0, 0, 0] / 255
        share = 1.0 if self.clf and self.clf.C == 10 else 0.0
        bright = 0.5 + share * (value - 0.5)
        return np.stack([1 - bright, bright], axis=1)


def build():
    """A step that may be exchanged."""
    return Outer()


build.search_space = {"clf": [Inner()], "clf__C": [1.0, 10.0, 2.0, 3.0]}
'''


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the plugin with flags on a folder of images; what was printed, and what was stored."""
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "images").mkdir()
    (tmp_path / "power.py").write_text(PLUGIN)
    rng = np.random.default_rng(0)
    rows = []
    for i in range(90):
        label = i % 2
        pixels = rng.integers(0, 256, (16, 16), dtype=np.uint8)
        pixels[0, 0] = rng.integers(0, 140) + 110 * label
        Image.fromarray(pixels).save(tmp_path / "images" / f"{i}.png")
        part = ("train", "val", "test")[i // 2 % 3]
        rows.append(f"{i}.png,{['no', 'yes'][label]},{part}")
    (tmp_path / "images" / "manifest.csv").write_text("\n".join(["path,label,split", *rows]))

    def go(*flags, attribute="build"):
        command = ["run", "--data", "images", "--plugin", f"power.py:{attribute}"]
        command += ["--method", "class-prior", "--no-report", "--jobs", "1", "--size", "16"]
        status = run_command([*command, *flags])
        return status, capsys.readouterr()

    return go


def stored(tmp_path, method="power"):
    store = Store(tmp_path / "results")
    found = [store.run(trial) for trial in sorted(store.trials()) if trial.method == method]
    assert found
    return found


SPACE = {"a": [1, 2, 3], "b": ["x", "y"]}


def test_the_declared_parameters_come_first_and_nothing_is_tried_twice():
    found = configurations(SPACE, {"a": 2, "b": "x", "c": 0}, 20, seed=0)
    assert found[0] == {}
    assert len(found) == 6
    pairs = {(changes["a"], changes["b"]) for changes in found[1:]}
    assert pairs == {(a, b) for a in (1, 2, 3) for b in ("x", "y")} - {(2, "x")}


@pytest.mark.parametrize("n", [2, 3, 5])
def test_as_many_are_tried_as_were_asked_for(n):
    assert all(
        len(configurations(SPACE, {"a": 2, "b": "x"}, n, seed=seed)) == n for seed in range(20)
    )


@pytest.mark.parametrize(
    "space",
    [
        {"a": [*range(7)], "b": [*"xyzuvw"], "c": [0.1, 0.2]},
        {"a": loguniform(1e-3, 1.0), "b": ["x", "y"]},
        [{"a": randint(0, 50)}, {"b": [*"xyzuvw"]}],
        {"a": [*range(7)]},
    ],
)
def test_the_configurations_of_a_smaller_search_are_the_first_of_a_larger_one(space):
    declared = {"a": 0, "b": "x", "c": 0.1}
    for seed in range(5):
        largest = configurations(space, declared, 60, seed)
        for n in (2, 3, 10, 33, 59):
            assert configurations(space, declared, n, seed) == largest[:n]


def test_a_search_draws_the_whole_of_a_grid_if_it_may_and_a_larger_one_at_random():
    space = {"a": [*range(20)], "b": [*range(20)]}
    assert len(configurations(space, {"a": 0, "b": 0}, 400, seed=3)) == 400
    declared = {"a": 0, "b": 0}
    drawn = [c["a"] for s in range(400) for c in configurations(space, declared, 3, s)[1:]]
    counts = np.bincount(drawn, minlength=20)
    assert 20 <= counts.min() <= counts.max() <= 65  # of 40 each


def test_a_grid_too_large_to_be_counted_is_drawn_from_too():
    space = {f"p{i}": [*range(100)] for i in range(12)}
    found = configurations(space, dict.fromkeys(space, 0), 20, seed=0)
    assert len(found) == 20
    assert found[:5] == configurations(space, dict.fromkeys(space, 0), 5, seed=0)


def test_the_seed_decides_what_is_drawn_distributions_too():
    space = {"a": loguniform(1e-3, 1.0)}
    first, again, other = (configurations(space, {"a": 0.1}, 5, seed=s) for s in (1, 1, 2))
    assert first == again != other
    assert all(1e-3 <= changes["a"] <= 1 for changes in first[1:])


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"gama": [1]}, "'gama', which is no parameter. Did you mean 'gamma'"),
        ({"gamma": 3}, "cannot be drawn from"),
        ({"gamma": []}, "cannot be drawn from"),
        ([{"gamma": [1]}, {"x": [1]}], "'x', which is no parameter"),
        ({"clf__random_state": [1, 2]}, "'clf__random_state', which the engine sets"),
        ({"device": ["cpu"]}, "'device', which the engine sets"),
        (5, "must be a dictionary of parameter to list of values or distribution.* it is 5"),
        ("gamma", "must be a dictionary"),
    ],
)
def test_a_space_that_does_not_fit_the_method_is_refused(space, message):
    with pytest.raises(ContractError, match=message):
        configurations(space, {"gamma": 1}, 4, seed=0)


def test_what_a_distribution_gives_twice_is_tried_once():
    found = configurations({"a": randint(1, 4)}, {"a": 2}, 20, seed=0)
    assert found[0] == {}
    assert sorted(changes["a"] for changes in found[1:]) == [1, 3]
    twice = configurations([{"a": [1, 1]}, {"a": [1, 3], "b": [0]}], {"a": 2, "b": 0}, 20, seed=0)
    assert sorted(changes["a"] for changes in twice[1:]) == [1, 3]


def test_whole_numbers_and_shares_are_different_values():
    found = configurations({"max_features": [1, 1.0]}, {"max_features": 1}, 9, seed=0)
    assert [type(changes["max_features"]) for changes in found[1:]] == [float]


def test_a_step_may_be_exchanged_with_its_own_parameters():
    space = [{"clf": [LogisticRegression()], "clf__C": [0.1]}, {"clf": [GaussianNB()]}]
    found = configurations(space, {"clf": None}, 9, seed=0)
    assert sorted(len(changes) for changes in found) == [0, 1, 2]


def attempt(score, seconds=1.0, cached=0.0):
    return Attempt(f"estimator {score}", np.zeros((1, 2)), score, seconds, 0.25, cached)


def test_the_highest_score_wins_and_of_equal_ones_the_earliest():
    found = search([{}, {"a": 1}, {"a": 2}], [attempt(s) for s in (0.6, 0.8, 0.8)].__getitem__)
    assert [tried.chosen for tried in found.tried] == [False, True, False]
    assert [tried.score for tried in found.tried] == [0.6, 0.8, 0.8]
    assert found.best.score == 0.8


def test_where_no_score_can_be_had_the_declared_parameters_stay():
    found = search([{}, {"a": 1}], [attempt(math.nan), attempt(math.nan)].__getitem__)
    assert [tried.chosen for tried in found.tried] == [True, False]
    assert found.tried[0].score is None
    better = search([{}, {"a": 1}], [attempt(math.nan), attempt(0.2)].__getitem__)
    assert better.tried[1].chosen


def test_what_is_known_of_an_earlier_search_is_not_tried_again_and_paid_for_in_full():
    trained = []

    def attempted(position):
        trained.append(position)
        return attempt((0.6, 0.7, 0.9)[position], 3.0, 60.0)

    known = [Tried({}, 0.6, 100.0, cached_seconds=40.0), Tried({"a": 1}, None, 7.0, "no", False)]
    known[1] = replace(known[1], status="timeout")
    found = search([{}, {"a": 1}, {"a": 2}], attempted, known)
    assert trained == [2]
    assert found.fit_seconds == pytest.approx(100.0 + 7.0 + 3.0)
    assert found.known_seconds == 107.0
    assert found.cached_in_fit == 40.0
    assert [tried.chosen for tried in found.tried] == [False, False, True]
    assert found.tried[:2] == tuple(known)


def test_what_was_best_before_is_trained_once_more_and_paid_for_once():
    trained = []

    def attempted(position):
        trained.append(position)
        return attempt((0.8, 0.7)[position], 3.0, 60.0)

    found = search([{}, {"a": 1}], attempted, [Tried({}, 0.8, 100.0)])
    assert trained == [1, 0]
    assert found.best.score == 0.8
    assert found.fit_seconds == pytest.approx(100.0 + 3.0)


def test_each_configuration_is_told_as_it_ends():
    told = []

    def attempted(position):
        told.append(position)
        if position == 1:
            raise MemoryError("too large")
        return attempt(0.5)

    def record(tried):
        told.append((tried.changes, tried.status))
        return tried

    search([{}, {"a": 1}, {"a": 2}], attempted, record=record)
    assert told == [0, ({}, "ok"), 1, ({"a": 1}, "out-of-memory"), 2, ({"a": 2}, "ok")]


def test_all_configurations_are_paid_for_and_what_they_share_once():
    found = search([{}, {"a": 1}], [attempt(0.6, 2.0, 50.0), attempt(0.8, 3.0, 60.0)].__getitem__)
    assert found.fit_seconds == pytest.approx(2.0 + 0.25 + 3.0)
    assert found.cached_in_fit == 50.0
    assert [tried.seconds for tried in found.tried] == [2.25, 3.25]


def test_what_a_configuration_made_before_it_failed_is_not_charged_twice():
    def attempted(position):
        if position == 0:
            time.sleep(0.2)
            raise ValueError("after the features were made")
        return attempt(0.8, 1.0, cached=0.25)

    found = search([{}, {"a": 1}], attempted)
    assert found.cached_in_fit == pytest.approx(0.05, abs=0.04)
    assert found.tried[1].chosen


def test_no_more_than_the_best_is_kept_while_the_next_is_trained():
    class Model:
        pass

    alive = []

    def attempted(position):
        gc.collect()
        alive.append(sum(model() is not None for model in models))
        model = Model()
        models.append(weakref.ref(model))
        if position == 1:
            raise ValueError("half trained")
        return replace(attempt(scores[position]), estimator=model)

    models, scores = [], [0.5, None, 0.7, 0.6, 0.6]
    found = search([{}] * 5, attempted)
    assert alive == [0, 1, 1, 1, 1]
    assert found.best.score == 0.7


def test_configurations_share_no_estimator(run, tmp_path):
    (tmp_path / "power.py").write_text(STEPS)
    status, out = run("--tune", "9", "--seeds", "1")
    assert status == 0, out.err
    (record,) = stored(tmp_path)
    by_power = {tried.changes.get("clf__C", 0): tried for tried in record.tuning}
    assert by_power[10.0].chosen
    assert record.fit_info["C"] == 10.0  # asked for after all were trained


def test_a_tuned_method_takes_what_is_best_on_validation_and_says_what_it_tried(run, tmp_path):
    status, out = run("--tune", "4", "--seeds", "2")
    assert status == 0, out.err
    first, second = stored(tmp_path)
    assert [r.trial.key for r in (first, second)] == ["seed-0", "seed-1"]
    assert first.tune == 4
    assert first.parameters["power"] == 0.0
    assert first.parameters_used["power"] == first.fit_info["power"] == 2.0
    assert first.tuning[0].changes == {}
    by_power = {tried.changes.get("power", 0.0): tried for tried in first.tuning}
    assert by_power[2.0].chosen
    assert by_power[2.0].score > by_power[1.0].score > by_power[0.0].score
    assert by_power[13].error == "RuntimeError: an unlucky number"
    assert by_power[13].score is None
    assert {t.changes.get("power", 0.0) for t in second.tuning} == {0.0, 1.0, 2.0, 13}


def test_the_test_part_is_shown_to_the_chosen_configuration_only(run, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    text = (tmp_path / "power.py").read_text()
    (tmp_path / "power.py").write_text(text.replace('f"{self.cache_folder}.log"', f"{str(kept)!r}"))
    run("--tune", "4", "--seeds", "1")
    (record,) = stored(tmp_path)
    told = kept.read_text().split("\n")
    n = {part: (record.predictions.split == part).sum() for part in ("val", "test")}
    assert n["val"] == n["test"] == 30
    predicted = [float(line.split()[2]) for line in told if line.startswith("predict")]
    # validation of each, and of the chosen one validation once more and test
    assert sorted(predicted) == [0.0, 1.0, 2.0, 2.0, 2.0]
    assert predicted[-2:] == [2.0, 2.0]


def test_what_a_search_found_in_the_cache_is_charged_once(run, tmp_path):
    run("--tune", "4", "--seeds", "1")
    (record,) = stored(tmp_path)
    assert 100 <= record.fit_seconds < 105
    assert 40 <= record.predict_seconds < 45  # of the chosen one, both parts
    assert record.cached_seconds == 140


def test_a_method_with_nothing_to_tune_runs_as_without_tuning(run, tmp_path):
    run("--tune", "4", attribute="fixed")
    (record,) = stored(tmp_path, "fixed")
    assert record.trial.seed is None
    assert record.tune == 0
    assert record.tuning == ()
    assert not record.tunable


def test_without_tuning_nothing_is_drawn(run, tmp_path):
    run()
    (record,) = stored(tmp_path)
    assert (record.tune, record.tuning, record.tunable) == (0, (), True)
    assert record.trial.key == "once"


def test_a_method_whose_every_configuration_fails_has_failed(run, tmp_path):
    status, _ = run("--tune", "2", "--seeds", "1", attribute="hopeless")
    (record,) = stored(tmp_path, "hopeless")
    assert status == 1
    assert record.status == "failed"
    assert "unlucky number" in record.error
    assert "RuntimeError" in record.traceback


def test_a_search_may_take_as_long_as_its_configurations_one_after_the_other(run, tmp_path):
    text = (tmp_path / "power.py").read_text()
    slow = text.replace(
        "        self.classes_", "        __import__('time').sleep(1)\n        self.classes_"
    )
    (tmp_path / "power.py").write_text(slow)
    assert run("--tune", "4", "--seeds", "1", "--timeout", "2")[0] == 0
    (record,) = stored(tmp_path)
    assert record.fit_seconds > 100 + 3  # of which 100 were cached
    assert len(record.tuning) == 4


def test_a_space_of_unknown_parameters_makes_its_method_unavailable_and_no_other(run, tmp_path):
    status, _ = run("--tune", "2", "--seeds", "1", attribute="misspelt")
    (record,) = stored(tmp_path, "misspelt")
    assert status == 1
    assert record.status == "unavailable"
    assert "search_space names 'powr', which is no parameter. Did you mean 'power'?" in record.error
    assert stored(tmp_path, "class-prior")[0].status == "ok"


def test_another_number_of_configurations_is_another_run_and_the_same_is_not(run, tmp_path):
    run("--tune", "2", "--seeds", "1")
    assert "0 trial(s) run, 2 reused" in run("--tune", "2", "--seeds", "1")[1].out
    assert "1 trial(s) run, 1 reused" in run("--tune", "3", "--seeds", "1")[1].out
    (record,) = stored(tmp_path)
    assert len(record.tuning) == 3


def test_the_plan_says_that_a_space_does_not_fit(run):
    assert (
        "unavailable: misspelt: search_space names"
        in run("--tune", "7", "--dry-run", attribute="misspelt")[1].out
    )
    assert "misspelt (classical): 1 trial" in run("--dry-run", attribute="misspelt")[1].out


def test_the_plan_says_how_many_configurations_are_tried(run):
    _, out = run("--tune", "7", "--dry-run")
    assert "power (classical): 3 trials of up to 7 configurations" in out.out
    assert "class-prior (control): 1 trial, nothing to tune" in out.out


def test_a_study_file_may_say_it_and_the_hash_depends_on_it(run, tmp_path):
    (tmp_path / "study.toml").write_text("[study]\ntune = 3\nseeds = 1\n")
    status, out = run("study.toml")
    assert status == 0, out.err
    (record,) = stored(tmp_path)
    assert len(record.tuning) == 3
    declared = json.loads((tmp_path / "results" / "study.json").read_text())
    assert declared["studies"][-1]["study"]["tune"] == 3


def test_a_configuration_stored_before_its_status_was_is_read_as_failed_where_it_has_an_error():
    assert Tried.from_json({"changes": {}, "score": 0.5, "seconds": 1.0}).status == "ok"
    told = {"changes": {}, "score": None, "seconds": 1.0, "error": "ValueError: no"}
    assert Tried.from_json(told).status == "failed"


def test_a_stored_search_is_read_back_as_it_was(run, tmp_path):
    run("--tune", "3", "--seeds", "1")
    (record,) = stored(tmp_path)
    assert type(record).from_json(json.loads(json.dumps(record.as_json()))).tuning == record.tuning
