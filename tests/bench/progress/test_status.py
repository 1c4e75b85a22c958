"""What another shell sees of a run: while it goes on, at its end and after a crash."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from bench.cli import main
from bench.progress.display import ProgressLines
from bench.progress.eta import Eta
from bench.progress.run_plan import RunPlan, configurations_by_method, known_cells
from bench.progress.status import lines
from bench.protocol.cards import MethodCard
from bench.protocol.errors import ResultsError
from bench.protocol.record import Environment, Run, Trial
from bench.protocol.study import Study
from bench.results import lock
from bench.results.lock import RunLock
from bench.results.store import Store
from bench.workers.schedule import Capacity, PlannedTrial

PLUGIN = """
import json, time
import numpy as np

class Waits:
    def __init__(self, random_state=None, progress_file=None):
        self.random_state, self.progress_file = random_state, progress_file
    def get_params(self, deep=True):
        return {"random_state": self.random_state, "progress_file": self.progress_file}
    def set_params(self, **values):
        vars(self).update(values)
        return self
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.random_state == 1:
            raise ValueError("not this seed")
        if self.random_state > 1:
            with open(self.progress_file, "w") as file:
                json.dump({"epoch": 2, "epochs": 7, "images_per_second": 1234.5}, file)
            time.sleep(300)
        return self
    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)

def build():
    "Waits."
    return Waits()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the run is killed")
def test_a_run_is_seen_from_another_shell_also_after_it_was_killed(tmp_path, capsys):
    (tmp_path / "waits.py").write_text(PLUGIN)
    command = [sys.executable, "-m", "bench", "run", "--dataset", "phantom-null", "--jobs", "1"]
    command += ["--plugin", "waits.py", "--method", "waits", "--seeds", "4", "--no-report"]
    log = (tmp_path / "log").open("w")
    run = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "BENCH_DATA": ""}, stdout=log, stderr=log
    )
    results = tmp_path / "results"
    text, limit = "", time.monotonic() + 90
    try:
        while time.monotonic() < limit and not ("epoch" in text and "2 of 4" in text):
            time.sleep(0.2)
            main.run_command(["status", str(results)])
            text = capsys.readouterr().out
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
        log.close()
    assert "2 of 4 trials done (1 failed, 1 ok)" in text
    assert f"running (process {run.pid} on " in text
    assert re.search(r"waits on phantom-null \(seed-2\)  .*epoch 2 of 7, 1,23[45] images/s", text)
    assert re.search(r"about .* left", text)
    assert "waits on phantom-null (seed-1): failed: ValueError: not this seed" in text
    assert main.run_command(["status", str(results)]) == 0
    text = capsys.readouterr().out
    assert "2 of 4 trials done" in text
    assert "not running: the last run was cut off; the same command goes on from there" in text


def stored(trial, status="ok", started="2026-01-01T00:00:00+00:00", **changes):
    card = MethodCard(trial.method, "classical", "", "", "")
    place = Environment("", "", "", 1, 1, "cpu")
    return Run(trial, card, status, "", "quick", place, started, **({"seconds": 2.0} | changes))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.declare(Study(("a",), ("m",)))
    return store


def run_plan(trials, **changes):
    values = {
        "before": {},
        "reused": frozenset(),
        "capacity": Capacity(2),
        "heartbeats": "/nowhere",
    }
    planned = tuple(PlannedTrial(trial, "classical") for trial in trials)
    return RunPlan("abc", "quick", planned, **(values | changes))


def test_a_run_that_came_to_its_end_says_so(store):
    trials = [Trial("a", "m", seed) for seed in range(3)]
    lock.write_plan(store.root, run_plan(trials, ended="complete").as_json())
    for trial, status in zip(trials, ("failed", "timeout", "failed"), strict=True):
        store.write_run(stored(trial, status))
    first, second, *_ = lines(store)
    assert "3 of 3 trials done (2 failed, 1 timeout)" in first
    assert second == "not running: the last run came to its end"


def test_a_trial_that_is_to_be_run_again_is_not_done(store):
    trial = Trial("a", "m", 0)
    store.write_run(stored(trial, "failed"))
    plan = run_plan([trial], before={trial: "2026-01-01T00:00:00+00:00"})
    lock.write_plan(store.root, plan.as_json())
    assert "0 of 1 trials done" in lines(store)[0]
    store.write_run(stored(trial, "failed", "2026-01-02T00:00:00+00:00"))
    assert "1 of 1 trials done" in lines(store)[0]


def test_what_a_worker_does_once_is_not_expected_again(store, tmp_path):
    trials = [Trial("a", "m", seed) for seed in range(11)]
    plan = run_plan(trials, capacity=Capacity(1))
    store.write_run(stored(trials[0], seconds=31.0, warm_up_seconds=30.0))
    assert 9 < plan.eta(store).seconds() < 12
    said = []
    progress = ProgressLines(said.append)
    progress.begin(11, Eta(plan.planned, plan.capacity), tmp_path)
    progress.finished(stored(trials[0], seconds=31.0, warm_up_seconds=30.0), None)
    assert 9 < float(re.search(r"([\d.]+) s left$", said[0])[1]) < 12


def test_only_trials_that_were_tuned_alike_tell_how_long_one_takes(store):
    trials = [Trial("a", "m", seed) for seed in range(5)]
    plan = replace(
        run_plan(trials), planned=tuple(PlannedTrial(t, "classical", tune=9) for t in trials)
    )
    store.write_run(stored(trials[0], seconds=5.0))
    assert plan.eta(store).seconds() is None
    assert known_cells(store, "quick", configurations_by_method(plan.planned)) == set()
    store.write_run(stored(trials[0], seconds=50.0, tune=9, tunable=True))
    assert plan.eta(store).seconds() > 60
    known = known_cells(store, "quick", configurations_by_method(plan.planned))
    assert known == {("m", "a", 1.0, 0, "")}


def test_a_plan_comes_back_as_it_was_written(store):
    trials = [Trial("a", "m", seed, fold=1, fraction=0.5) for seed in range(3)]
    plan = run_plan(
        trials, before={trials[0]: "then"}, reused=frozenset(trials[:1]), capacity=Capacity(3, 2, 4)
    )
    lock.write_plan(store.root, plan.as_json())
    assert RunPlan.from_json(lock.read_plan(store.root)) == plan


def test_a_run_that_has_just_begun_is_told(tmp_path):
    with RunLock(tmp_path / "results", "t" * 16, tmp_path):
        assert "a run is starting (process" in lines(Store(tmp_path / "results"))[0]


CUT_OFF = "not running: the last run was cut off; the same command goes on from there"


def test_a_run_that_makes_masks_first_is_seen_before_it_has_a_study(tmp_path):
    root = tmp_path / "results"
    masks = Store(root / "masks")
    first = f"{root}: first the masks, by a segmentation study in {masks.root}"
    with RunLock(root, "t" * 16, tmp_path):
        lock.write_masks_first(root)
        alone = lines(Store(root))
        assert alone[0] == first
        assert alone[1].startswith(f"running (process {os.getpid()}")
        with RunLock(masks.root, "u" * 16, tmp_path):
            masks.declare(Study(("a",), ("m",)))
            lock.write_plan(masks.root, run_plan([Trial("a", "m")]).as_json())
            text = lines(Store(root))
    assert text[:2] == [first, f"{masks.root}: study abc, 0 of 1 trials done"]
    assert text[2].startswith(f"running (process {os.getpid()}")
    assert lines(Store(root)) == [*text[:2], CUT_OFF]
    lock.write_plan(masks.root, run_plan([Trial("a", "m")], ended="complete").as_json())
    assert lines(Store(root)) == [first, CUT_OFF]  # before the study itself had begun


def test_an_old_folder_is_counted(store):
    store.write_run(stored(Trial("a", "m", 0), "failed"))
    assert lines(store)[1] == "  1 failed"


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="not a results folder"):
        lines(Store(tmp_path))
