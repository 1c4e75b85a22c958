"""How fast the statistics are: paired DeLong, the full matrix, the whole evidence.

    python tests/benchmarks/procedures.py [--rounds 7] [--evidence 12]

The peers of the paired test are pROC (where `Rscript` and the package are found) and a plain NumPy
version of Sun & Xu's algorithm. `--evidence 0` leaves out the whole evidence, which takes minutes
together with the writing of the simulated predictions. One thread.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.statistics.auc import components
from tests.oracles.delong_of_scores import paired

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_PAIRED, _FULL, _VECTORS = 200_000, 20_000, 60

_PROC = """
suppressMessages(library(pROC))
arguments <- commandArgs(trailingOnly = TRUE)
n <- as.integer(arguments[2]); rounds <- as.integer(arguments[3])
values <- readBin(arguments[1], "double", 3 * n)
y <- values[1:n]; a <- values[(n + 1):(2 * n)]; b <- values[(2 * n + 1):(3 * n)]
for (round in seq_len(rounds)) {
  spent <- system.time({
    one <- roc(y, a, levels = c(0, 1), direction = "<")
    other <- roc(y, b, levels = c(0, 1), direction = "<")
    found <- roc.test(one, other, method = "delong", paired = TRUE)
  })
  cat(sum(spent[1:2]), sprintf("%.17g", unname(found$statistic)), "\\n")
}
cat(as.character(packageVersion("pROC")), R.version$major, R.version$minor, "\\n")
"""


def processor_seconds(call: Callable[[], object], rounds: int) -> float:
    """Median over rounds, after one that is not counted."""
    call()
    each = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        each.append(time.process_time() - start)
    return float(np.median(each))


def scores(n: int, vectors: int, share: float = 0.3) -> tuple[BoolArray, FloatArray]:
    """Truth `(n,)` and correlated scores `(vectors, n)` of AUC 0.8."""
    rng = np.random.default_rng(0)
    truth = rng.random(n) < share
    shared = 1.2 * truth + np.sqrt(0.5) * rng.normal(size=n)
    return truth, shared + np.sqrt(0.5) * rng.normal(size=(vectors, n))


def plain_sun_xu(truth: BoolArray, a: FloatArray, b: FloatArray) -> float:
    """z of the paired test, written down from the paper: midranks, then two covariances."""
    m, n = int(truth.sum()), int((~truth).sum())
    aucs, tens, ones = [], [], []
    for score in (a, b):
        positive, negative = score[truth], score[~truth]
        everyone = _midranks(np.concatenate([positive, negative]))
        ten = (everyone[:m] - _midranks(positive)) / n
        one = 1 - (everyone[m:] - _midranks(negative)) / m
        aucs.append(everyone[:m].sum() / (m * n) - (m + 1) / (2 * n))
        tens.append(ten)
        ones.append(one)
    covariance = np.cov(tens) / m + np.cov(ones) / n
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return float((aucs[0] - aucs[1]) / np.sqrt(variance))


def _midranks(values: FloatArray) -> FloatArray:
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.append(starts[1:], len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranks


def proc(truth: BoolArray, a: FloatArray, b: FloatArray, rounds: int) -> tuple[float, float, str]:
    """Median processor seconds of pROC, its z, and its version.

    Raises:
        FileNotFoundError: where R or the package is not installed.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise FileNotFoundError("Rscript is not installed")
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "scores", Path(folder) / "time.R"
        np.concatenate([truth.astype(float), a, b]).tofile(data)
        script.write_text(_PROC)
        command = [program, str(script), str(data), str(len(a)), str(rounds + 1)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise FileNotFoundError(f"pROC did not run: {done.stderr.strip()[-200:]}")
    *lines, version = done.stdout.strip().splitlines()
    figures = np.array([[float(value) for value in line.split()] for line in lines])
    name, *of_r = version.split()
    return float(np.median(figures[1:, 0])), float(figures[0, 1]), f"{name}, R {'.'.join(of_r)}"


def against_peers(n: int, rounds: int) -> None:
    """The paired test, of distinct scores and of scores with ties."""
    truth, (a, b) = scores(n, 2)
    for words, (first, second) in {
        "distinct scores": (a, b),
        "scores of two decimals": (a.round(2), b.round(2)),
    }.items():
        ours = processor_seconds(lambda x=first, y=second: paired(truth, x, y), rounds)
        z = paired(truth, first, second).z
        peer = processor_seconds(lambda x=first, y=second: plain_sun_xu(truth, x, y), rounds)
        off = abs(plain_sun_xu(truth, first, second) - (z or 0.0))
        print(f"paired DeLong, n = {n:,}, {words}: {1000 * ours:.0f} ms of processor time")
        print(f"  plain NumPy Sun & Xu: {1000 * peer:.0f} ms, ours / peer {ours / peer:.2f}, "
              f"z differs by {off:.1e}")  # fmt: skip
        try:
            theirs, their_z, version = proc(truth, first, second, rounds)
        except FileNotFoundError as reason:
            print(f"  pROC: not measured, {reason}")
            continue
        print(f"  pROC {version}: {1000 * theirs:.0f} ms, ours / pROC {ours / theirs:.2f}, "
              f"z differs by {abs(their_z - (z or 0.0)):.1e}", flush=True)  # fmt: skip


def full_matrix(n: int, vectors: int, rounds: int) -> None:
    """Covariance of all score vectors, independent and with patients."""
    truth, each = scores(n, vectors)
    columns = np.stack([-each, each], axis=2)
    labels = truth.astype(np.int64)
    patients = np.arange(n, dtype=np.int64) // 4
    for words, units in (("independent", None), ("4 per patient", patients)):
        spent = processor_seconds(
            lambda units=units: components(labels, columns, 1, units).covariance(), rounds
        )
        print(f"{vectors} score vectors, n = {n:,}, {words}: AUCs and covariance in {spent:.2f} s")
    alone = components(labels, columns[:2], 1)
    d, variance = alone.contrast(np.array([1.0, -1.0]))
    p = float(2 * stats.norm.sf(abs(d) / np.sqrt(variance)))
    if not np.isclose(p, paired(truth, each[0], each[1]).p or 0.0, rtol=1e-9):
        sys.exit("both ways to the same test disagree")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--evidence", type=int, default=12, metavar="DATA SETS")
    options = parser.parse_args(arguments)
    against_peers(_PAIRED, options.rounds)
    full_matrix(_FULL, _VECTORS, options.rounds)
    if options.evidence:
        from tests.benchmarks.evidence import main as evidence

        evidence(options.evidence)


if __name__ == "__main__":
    main()
