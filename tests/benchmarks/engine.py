"""What the engine costs, and what two workers gain.

    python tests/benchmarks/engine.py [--trials 200] [--turns 3]

Overhead: a study of many short trials by `python -m bench run`, against the same fits and
predictions in a plain script with joblib that writes one npz file per trial. Both are timed from
the start of Python to its end. The engine should cost no more than 5 % and 3 s beyond the methods'
own time, which is the sum of the trials' fit and predict seconds divided by the number of workers.

Speed-up: a classical method on a phantom, one worker against two, from the first trial to the last.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.results.store import Store

METHOD = '''
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier


class Trees(ClassifierMixin, BaseEstimator):
    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.trees_ = ExtraTreesClassifier(100, random_state=self.random_state)
        self.trees_.fit(X.reshape(len(X), -1), y)
        self.classes_ = self.trees_.classes_
        return self

    def predict_proba(self, X):
        return self.trees_.predict_proba(X.reshape(len(X), -1))


def build():
    """Extra trees on pixels."""
    return Trees()
'''

SCRIPT = """
import json, sys, time
import joblib
import numpy as np
from bench.methods import sources

sys.path.insert(0, ".")
data = sources.source("phantom-null").load(None)

def trial(seed):
    from trees import build
    start = time.perf_counter()
    model = build().set_params(random_state=seed).fit(data.train.images, data.train.labels)
    found = [model.predict_proba(part.images) for part in (data.val, data.test)]
    seconds = time.perf_counter() - start
    np.savez(f"script/{seed}.npz", *found)
    return seconds

jobs, trials = map(int, sys.argv[1:])
print(json.dumps(joblib.Parallel(n_jobs=jobs)(joblib.delayed(trial)(s) for s in range(trials))))
"""


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    start = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "BENCH_DATA": ""}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, check=True
    )
    return time.perf_counter() - start, done.stdout


def own_seconds(results: Path) -> float:
    store = Store(results)
    runs = [run for trial in store.trials() if (run := store.record(trial))]
    assert all(run.status == "ok" for run in runs)
    return sum((run.fit_seconds or 0) + (run.predict_seconds or 0) for run in runs)


def overhead(jobs: int, trials: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "trees.py").write_text(METHOD)
        (folder / "script.py").write_text(SCRIPT)
        (folder / "script").mkdir()
        command = [sys.executable, "-m", "bench", "run", "--dataset", "phantom-null"]
        command += ["--plugin", "trees.py", "--method", "trees", "--seeds", str(trials)]
        wall, _ = timed([*command, "--jobs", str(jobs), "--no-report"], folder)
        own = own_seconds(folder / "results") / jobs
        allowed = 1.05 * own + 3
        script, out = timed([sys.executable, "script.py", str(jobs), str(trials)], folder)
        own_of_script = sum(json.loads(out)) / jobs
        print(
            f"{trials} trials, {jobs} workers: engine {wall:.1f} s, the method's own {own:.1f} s, "
            f"beyond it {wall - own:.1f} s (allowed {allowed - own:.1f} s); "
            f"joblib script {script:.1f} s, beyond the method {script - own_of_script:.1f} s",
            flush=True,
        )


def speed_up(method: str) -> None:
    seconds = {}
    for jobs in (1, 2):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            command = [sys.executable, "-m", "bench", "run", "--dataset", "phantom-shape"]
            command += ["--method", method, "--seeds", "12", "--jobs", str(jobs), "--no-report"]
            timed(command, folder)
            results = folder / "results"
            ends = [path.stat().st_mtime for path in results.glob("runs/*/*/*/run.json")]
            seconds[jobs] = max(ends) - (results / "study.json").stat().st_mtime
    ratio = seconds[1] / seconds[2]
    print(
        f"12 trials of {method}: one worker {seconds[1]:.1f} s, two {seconds[2]:.1f} s, "
        f"{ratio:.2f} times as fast",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--method", default="random-forest")
    arguments = parser.parse_args()
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f}")
    for _ in range(arguments.turns):
        overhead(2, arguments.trials)
    for _ in range(arguments.turns):
        speed_up(arguments.method)


if __name__ == "__main__":
    main()
