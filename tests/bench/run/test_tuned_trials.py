"""A search for parameters that is cut off goes on, and what ends its process costs itself alone."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from bench.protocol.record import Tried
from bench.results.searches import SearchRecords, end
from bench.results.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.processes]

PLUGIN = '''
"""Brightness, better with a higher power; some powers end the process."""
import os, signal, time
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Powered(ClassifierMixin, BaseEstimator):
    def __init__(self, power=DECLARED, random_state=None):
        self.power = power
        self.random_state = random_state

    def fit(self, X, y):
        with open(os.environ["FITS"], "a") as file:
            file.write(f"{self.random_state} {self.power}\\n")
        if self.power == "exit":
            os._exit(7)
        if self.power == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.power == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.power == "hang":
            time.sleep(600)
        if self.power == "hog":
            hold = [bytearray(b"x") * 20_000_000 for _ in range(200)]
            time.sleep(600)
        if self.power == "raise":
            raise ValueError("no luck")
        time.sleep(float(os.environ.get("PAUSE", 0)))
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        noise = np.random.default_rng(0).uniform(size=len(X))
        share = self.power / 10
        bright = share * X[:, 0, 0, 0] / 255 + (1 - share) * noise
        return np.stack([1 - bright, bright], axis=1)


def build():
    """Brightness, to be tuned."""
    return Powered()


build.search_space = {"power": POWERS}
'''

MANY = list(range(10))


@pytest.fixture
def search(tmp_path):
    """Tunes the plugin in a process of its own: its output, or the process if that is asked for."""
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    rows = ["path,label,split"]
    for i in range(90):
        pixels = rng.integers(0, 256, (16, 16), dtype=np.uint8)
        pixels[0, 0] = rng.integers(0, 140) + 110 * (i % 2)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{i}.png")
        rows.append(f"{i}.png,{('no', 'yes')[i % 2]},{('train', 'val', 'test')[i // 2 % 3]}")
    (tmp_path / "images" / "manifest.csv").write_text("\n".join(rows))

    def go(powers, *flags, declared=0, pause=0.0, wait=True, out="results", seeds=1):
        text = PLUGIN.replace("POWERS", repr(powers)).replace("DECLARED", repr(declared))
        (tmp_path / "power.py").write_text(text)
        command = [sys.executable, "-m", "bench", "run", "--data", "images", "--size", "16"]
        command += ["--plugin", "power.py:build", "--method", "class-prior", "--no-report"]
        command += ["--jobs", "1", "--out", out, "--seeds", str(seeds), *flags]
        settings = {"FITS": str(tmp_path / f"fits-{out}"), "PAUSE": str(pause)}
        settings |= {"BENCH_CACHE": str(tmp_path / "cache")}
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # where the tests run in the background of a shell, Ctrl-C is ignored by what they start
            preexec_fn=heed_interrupts if sys.platform != "win32" else None,
        )
        if not wait:
            return process
        out_text, err = process.communicate(timeout=300)
        return process.returncode, out_text, err

    return go


@pytest.fixture
def record(tmp_path):
    """The stored run of the tuned method."""

    def read(out="results", seed=0):
        store = Store(tmp_path / out)
        (trial,) = (t for t in store.trials() if t.method == "power" and t.seed == seed)
        return store.run(trial)

    return read


@pytest.fixture
def fits(tmp_path):
    """How often each configuration was trained, as "seed power"."""
    return lambda out="results": Counter((tmp_path / f"fits-{out}").read_text().splitlines())


def heed_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def kept(tmp_path, out="results"):
    """Files of configurations of searches that have not ended."""
    return sorted((tmp_path / out / "searches").glob("*/*/*/*.json"))


def wait_until(condition, seconds=120):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_configuration_that_ends_its_process_costs_itself_and_not_the_trial(
    search, record, tmp_path
):
    powers = [0, 3, "exit", "crash", "kill", "hang", "hog", "raise", 10]
    flags = ("--tune", "9", "--timeout", "20", "--memory", "2GB")
    status, _, err = search(powers, *flags)
    assert status == 0, err
    run = record()
    by_power = {tried.changes.get("power", 0): tried for tried in run.tuning}
    assert set(by_power) == set(powers)
    told = {power: (tried.status, tried.error) for power, tried in by_power.items()}
    assert told["exit"] == ("failed", "it ended its process (exit status 7)")
    assert told["crash"] == ("failed", "its process crashed (SIGSEGV)")
    assert told["hang"] == ("timeout", "took longer than the limit of 20 s")
    assert told["raise"] == ("failed", "ValueError: no luck")
    assert told["kill"][0] == told["hog"][0] == "out-of-memory"
    assert "more than the limit of" in told["hog"][1]
    assert by_power["hang"].seconds > 19
    assert by_power[10].chosen
    assert by_power[10].status == "ok"
    assert run.status == "ok"
    assert run.fit_seconds == pytest.approx(sum(t.seconds for t in run.tuning), abs=0.5)
    assert run.seconds > run.fit_seconds
    assert kept(tmp_path) == []


def test_a_search_of_which_nothing_can_be_trained_fails_as_its_first_configuration_did(
    search, record, tmp_path
):
    status, _, _ = search(["exit", "raise"], "--tune", "3", "--timeout", "6", declared="hang")
    assert status == 1
    run = record()
    assert (run.status, run.error) == ("timeout", "took longer than the limit of 6 s")
    assert run.predictions is None
    assert kept(tmp_path) == []  # the next run tries them again


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_search_that_was_cut_off_goes_on_where_it_was(search, record, fits, tmp_path, sent):
    whole, _, err = search(MANY, "--tune", "10", out="whole")
    assert whole == 0, err
    process = search(MANY, "--tune", "10", pause=0.3, wait=False)
    wait_until(lambda: len(kept(tmp_path)) >= 4)
    process.send_signal(sent)
    process.communicate(timeout=60)
    done = len(kept(tmp_path))
    assert 4 <= done < 10
    status, _, err = search(MANY, "--tune", "10")
    assert status == 0, err
    again = [power for power, times in fits().items() if times > 1]
    # what was being trained at the time, and the best one, if that was from before
    assert len(again) <= 2
    assert sum(fits().values()) <= 12
    one, other = record(), record("whole")
    assert [t.changes for t in one.tuning] == [t.changes for t in other.tuning]
    assert [t.score for t in one.tuning] == [t.score for t in other.tuning]
    assert [t.chosen for t in one.tuning] == [t.chosen for t in other.tuning]
    assert np.array_equal(one.predictions.probabilities, other.predictions.probabilities)
    assert kept(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_killing_searches_at_random_moments_loses_no_configuration_that_had_ended(
    search, record, fits, tmp_path
):
    rng = random.Random(0)
    status, _, err = search(MANY, "--tune", "10", out="whole", seeds=2)
    assert status == 0, err
    log, lost = tmp_path / "fits-results", set()
    log.touch()
    for _ in range(4):
        before = len(log.read_text().splitlines())
        process = search(MANY, "--tune", "10", pause=0.25, wait=False, seeds=2)
        wait_until(lambda n=before: len(log.read_text().splitlines()) > n)
        there = set(kept(tmp_path))
        time.sleep(rng.uniform(0, 0.8))
        process.kill()
        process.communicate(timeout=60)
        stored = {path.parent.name for path in (tmp_path / "results").glob("runs/*/power/*/*.json")}
        lost |= {p for p in there - set(kept(tmp_path)) if p.parent.name not in stored}
    assert not lost
    status, _, err = search(MANY, "--tune", "10", seeds=2)
    assert status == 0, err
    for seed in range(2):
        one, other = record(seed=seed), record("whole", seed=seed)
        assert [t.score for t in one.tuning] == [t.score for t in other.tuning]
        assert np.array_equal(one.predictions.probabilities, other.predictions.probabilities)
    assert kept(tmp_path) == []
    assert list((tmp_path / "results").rglob(".incomplete*")) == []


def test_a_larger_number_extends_the_search_that_is_there(search, record, fits):
    assert search(MANY, "--tune", "4", pause=0.2)[0] == 0
    first, before = record(), fits()
    status, out, _ = search(MANY, "--tune", "8")
    assert status == 0
    assert "1 trial(s) run, 1 reused" in out
    run = record()
    assert len(run.tuning) == run.tune == 8
    assert [t.changes for t in run.tuning[:4]] == [t.changes for t in first.tuning]
    assert [t.seconds for t in run.tuning[:4]] == [t.seconds for t in first.tuning]
    # four more, and the best once more if it is one of the four from before
    again = fits() - before
    assert sum(again.values()) == 4 + (run.chosen in run.tuning[:4])
    assert run.fit_seconds > 4 * 0.2  # what was known is charged
    assert run.known_seconds == pytest.approx(sum(t.seconds for t in first.tuning))
    assert first.known_seconds == 0
    assert run.seconds > run.fit_seconds
    assert run.peak_memory >= max(t.peak_memory for t in run.tuning)


def test_a_smaller_number_takes_the_first_ones_of_the_search_that_is_there(search, record, fits):
    assert search(MANY, "--tune", "8")[0] == 0
    first, before = record(), fits()
    assert search(MANY, "--tune", "3")[0] == 0
    assert [t.changes for t in record().tuning] == [t.changes for t in first.tuning[:3]]
    assert sum((fits() - before).values()) == 1  # the best of them once more


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_configurations_of_other_images_are_not_taken_for_those_of_these(
    search, record, fits, tmp_path
):
    process = search(MANY, "--tune", "10", pause=0.3, wait=False)
    wait_until(lambda: len(kept(tmp_path)) >= 3)
    process.kill()
    process.communicate(timeout=60)
    Image.new("L", (16, 16), 77).save(tmp_path / "images" / "0.png")
    before = fits()
    assert search(MANY, "--tune", "10")[0] == 0
    assert sum((fits() - before).values()) == 10
    assert kept(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_damaged_configuration_is_set_aside_and_tried_again(search, record, tmp_path):
    process = search(MANY, "--tune", "10", pause=0.3, wait=False)
    wait_until(lambda: len(kept(tmp_path)) >= 3)
    process.kill()
    process.communicate(timeout=60)
    path = kept(tmp_path)[0]
    path.write_text(path.read_text().replace('"score": ', '"score": 1'))
    status, out, err = search(MANY, "--tune", "10")
    assert status == 0, err
    assert f"set aside as results/damaged/{path.relative_to(tmp_path / 'results')}" in out
    assert all(t.score is None or t.score <= 1 for t in record().tuning)


def test_of_a_trial_that_failed_the_configurations_that_did_are_tried_again(tmp_path):
    records = SearchRecords(tmp_path / "s", "of these images")
    good = Tried({}, 0.8, 2.0)
    records.write(good)
    records.write(Tried({"C": 1.0}, None, 5.0, "took too long", status="timeout"))
    end(tmp_path / "s", ok=False)
    assert records.read() == [good]
    assert SearchRecords(tmp_path / "s", "of others").read() == []
    end(tmp_path / "s", ok=True)
    assert not (tmp_path / "s").exists()
