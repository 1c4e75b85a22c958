"""Whatever kills a run, and whenever: nothing that had ended is lost, and the next run goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bench.machine import processes
from bench.results import lock
from bench.results.store import Store

pytestmark = pytest.mark.processes

TRIALS = 40
KILLS = 30

METHOD = """
import time
import numpy as np

class Quick:
    def __init__(self, random_state=None):
        self.random_state = random_state
    def get_params(self, deep=True):
        return {"random_state": self.random_state}
    def set_params(self, **values):
        vars(self).update(values)
        return self
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.weight_ = np.random.default_rng(self.random_state).random(X[0].size)
        time.sleep(0.02)
        return self
    def predict_proba(self, X):
        p = (X.reshape(len(X), -1) / 255 * self.weight_).mean(axis=1)
        return np.stack([1 - p, p], axis=1)

def build():
    "Quick."
    return Quick()
"""

# Runs are forked from a process that has imported everything, since importing takes longer than
# what is tested here. The data set is looked at once, for the same reason.
FORKS = """
    import os, sys
    from pathlib import Path
    import numpy as np
    import pyarrow.parquet, scipy.stats, psutil
    from bench.data.checks.card import describe
    from bench.data.dataset import Dataset, Provenance, Split
    from bench.data.memory_maps import write_memory_maps
    from bench.methods import discovery
    from bench.run import engine
    from bench.run.inspection import inspect_method
    from bench.run.loading import Prepared
    from bench.protocol.plan import plan
    from bench.progress.display import ProgressLines
    from bench.run.preparation import Request, PreparedStudy
    from bench.results.store import Store
    from bench.protocol.study import Study

    def part(name, n):
        rng = np.random.default_rng(n)
        y = np.arange(n) % 2
        X = rng.integers(0, 200, (n, 8, 8, 1)).astype(np.uint8)
        ids = np.array([f"{name}-{i}" for i in range(n)])
        return Split(images=X, labels=y.astype(np.int64), case_ids=ids)

    root, trials = Path(sys.argv[1]), int(sys.argv[2])
    parts = (part("train", 24), part("val", 12), part("test", 16))
    data = Dataset("toy", ("a", "b"), *parts, provenance=Provenance("generated"))
    write_memory_maps(data, root / "data")
    method = discovery.plugin(str(root / "quick.py"))
    facts = {"quick": inspect_method(method)}
    study = Study(("toy",), ("quick",), seeds=tuple(range(trials)))
    ready = Prepared("toy", (root / "data",), describe(data))
    setting = PreparedStudy(
        study, {"quick": method}, facts, {"toy": ready}, plan(study, facts), (), False, "cpu", "cpu"
    )
    request = Request(study, (), (method,), jobs=2)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            result = engine.run(request, Store(Path(line.strip())), ProgressLines(str), setting)
            os._exit(0 if result.failed == 0 else 1)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
"""


class Forks:
    """Starts runs of the same study in any results folder."""

    def __init__(self, folder):
        (folder / "quick.py").write_text(METHOD)
        command = [sys.executable, "-c", textwrap.dedent(FORKS), str(folder), str(TRIALS)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"

    def start(self, results):
        self.process.stdin.write(f"{results}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self):
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def forks(tmp_path_factory):
    made = Forks(tmp_path_factory.mktemp("forks"))
    yield made
    made.close()


def content(root):
    """What a run has left, times left out; checks that all of it is intact."""
    store = Store(root)
    found = {}
    for trial in store.trials():
        run = store.run(trial)  # raises if a file is half-written
        place = store.layout.run_folder(trial)
        told = json.loads((place / "run.json").read_text())
        for name in ("started", "peak_memory", "content_sha256"):
            told.pop(name)
        told = {name: value for name, value in told.items() if not name.endswith("seconds")}
        found[trial] = (run.status, told, (place / "predictions.parquet").read_bytes())
    return found


def identities(root):
    """When each complete run was written."""
    found = Path(root).glob("runs/*/*/[!.]*/run.json")
    return {path: path.stat().st_mtime_ns for path in found}


def wait_for(rng, folder, done, took):
    """Until any moment of the start of a run, or shortly after some more of its trials."""
    if rng.random() < 0.3:
        time.sleep(rng.uniform(0, took / 2))
        return
    wanted = rng.randint(done, TRIALS - 1)
    limit = time.monotonic() + 20
    while len(identities(folder)) < wanted and time.monotonic() < limit:
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.03))


def kill_something(main, token, chance):
    """SIGKILL the main process, or one worker, or the two together, or these and the reaper."""
    with suppress(ProcessLookupError):
        workers = processes.marked(token) if token else []
        if chance < 0.6 or not workers:
            os.kill(main, signal.SIGKILL)
        elif chance < 0.8:
            os.kill(random.choice(workers), signal.SIGKILL)
        elif chance < 0.9:
            for child in processes.trees([main], thorough=True)[main]:
                os.kill(child, signal.SIGKILL)
        else:
            os.kill(main, signal.SIGKILL)
            for worker in workers:
                os.kill(worker, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked and killed")
def test_killing_at_random_moments_loses_nothing(forks, tmp_path):
    rng = random.Random(0)
    begun = time.monotonic()
    forks.start(tmp_path / "whole")
    assert forks.wait() == 0
    took = time.monotonic() - begun
    whole = content(tmp_path / "whole")
    assert len(whole) == TRIALS
    kills, folder, number = 0, tmp_path / "0", 0
    stopped_at = []
    while kills < KILLS:
        before = identities(folder)
        main = forks.start(folder)
        wait_for(rng, folder, len(before), took)
        owner = lock.lock_owner(folder)
        kill_something(main, owner.token if owner and owner.pid == main else "", rng.random())
        kills += 1
        status = forks.wait()
        assert status in (0, -signal.SIGKILL)
        after = identities(folder)
        assert before.items() <= after.items()  # nothing lost, nothing run twice
        stopped_at.append(len(after))
        if (folder / "study.json").exists():
            for trial, made in content(folder).items():
                assert made == whole[trial]
        if len(after) > TRIALS - 5:  # else a busy machine would be killed here again and again
            forks.start(folder)
            assert forks.wait() == 0
            number += 1
            folder = tmp_path / str(number)
    forks.start(folder)
    assert forks.wait() == 0
    for one in range(number + 1):
        assert content(tmp_path / str(one)) == whole
        left = list((tmp_path / str(one)).rglob(".incomplete*"))
        assert not left or one < number  # cleared away by the next run, if there is one
    assert len(set(stopped_at)) > 10  # the moments were different ones


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked and killed")
def test_a_second_run_is_told_of_the_first_and_a_dead_one_is_not_waited_for(forks, tmp_path):
    results = tmp_path / "results"
    main = forks.start(results)
    limit = time.monotonic() + 60
    while (lock.lock_owner(results) is None) and time.monotonic() < limit:
        time.sleep(0.01)
    os.kill(main, signal.SIGSTOP)  # so that it cannot come to its end before the second has begun
    command = [sys.executable, "-m", "bench", "run", "--dataset", "phantom-null"]
    command += ["--method", "class-prior", "--out", str(results), "--no-report"]
    second = subprocess.run(command, capture_output=True, text=True)
    assert second.returncode == 2
    assert "Traceback" not in second.stderr
    assert f"in use by another run (process {main} on " in second.stderr
    assert second.stderr.count("\n") == 1
    os.kill(main, signal.SIGKILL)
    assert forks.wait() == -signal.SIGKILL
    work = lock.lock_owner(results).folder
    forks.start(results)
    assert forks.wait() == 0
    assert not os.path.exists(work)  # what the dead run had in the folder for temporary files
    assert len(identities(results)) == TRIALS
