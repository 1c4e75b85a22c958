"""CPU time of the whole evidence: 12 data sets × 12 methods × 5 seeds × 5,000 test cases.

    python tests/benchmarks/evidence.py [data sets]

Writes simulated predictions to a temporary folder (half of the data sets with two classes, half
with seven, a third with four images per patient), then times `collect`: comparison, verdicts,
claims, audit and sensitivity grid. Writing is not timed.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.results.store import Store
from reports.collect import collect
from tests.reports.simulated import Data, Method, results

SHARES = ((0.6, 0.4), (0.3, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02))
METHODS = tuple(
    Method(name, family, 0.8 + 0.01 * number, stochastic=True, seed_sd=0.01, fit_spread=0.1)
    for number, (name, family) in enumerate(
        [(f"network-{i}", "deep") for i in range(5)]
        + [(n, "classical") for n in ("svm", "random-forest", "extra-trees", "xgboost")]
        + [("cnn-svm", "hybrid"), ("class-prior", "control"), ("mean-brightness", "control")]
    )
)


def simulate(root: Path, count: int) -> Store:
    """A results folder of so many data sets, all methods and five seeds."""
    datasets = tuple(
        Data(
            f"set-{number}",
            n_val=2000,
            n_test=5000,
            shares=SHARES[number % 2],
            images_per_patient=4 if number % 3 == 0 else 0,
        )
        for number in range(count)
    )
    return results(root, datasets, METHODS, seeds=(0, 1, 2, 3, 4))


def main(count: int) -> None:
    """Write, collect, print."""
    with tempfile.TemporaryDirectory() as folder:
        store = simulate(Path(folder) / "results", count)
        cpu, wall = time.process_time(), time.perf_counter()
        evidence = collect(store)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    analyses = len(evidence.robustness.analyses)
    print(f"{count} data sets, {analyses} analyses: {cpu:.1f} s of CPU, {wall:.1f} s of wall time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
