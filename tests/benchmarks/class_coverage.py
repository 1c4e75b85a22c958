"""How often the intervals of decisions on 2, 3, 8 and 11 classes contain the truth.

python tests/benchmarks/class_coverage.py --experiments 300 --jobs 2
"""

import argparse
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from reports.statistics.operating import Rates, rates
from reports.statistics.rate_intervals import rate_intervals

FloatArray = NDArray[np.float64]

LEAST = 0.93
_OF_TWO = ("f1", "balanced_accuracy", "mcc")  # the others are proportions then
_TOGETHER = 0.7  # share of a patient's images that are decided as one


@dataclass(frozen=True)
class Classes:
    """A test part and a method on it.

    Attributes:
        sizes: patients of each class.
        accuracy: mean recall.
        errors: "even": recalls are the same, and errors fall on all other classes alike; "near":
            recalls differ, and errors fall on the next classes; "one perfect": the first class has
            no error.
        images: of each patient, 7 of 10 of which are decided alike.
    """

    sizes: tuple[int, ...]
    accuracy: float
    errors: str
    images: int = 1

    @property
    def shares(self) -> FloatArray:
        """`(k, k)` probabilities of each decision, rows are the truth."""
        k = len(self.sizes)
        wrong = np.full(k, 1 - self.accuracy)
        apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
        others = np.exp(-apart) if self.errors == "near" else np.ones((k, k))
        np.fill_diagonal(others, 0.0)
        if self.errors == "near":
            wrong *= np.linspace(0.25, 1.75, k)
        if self.errors == "one perfect":
            wrong[0] = 0.0
        found = others / others.sum(axis=1, keepdims=True) * wrong[:, None]
        np.fill_diagonal(found, 1 - wrong)
        return np.asarray(found, dtype=np.float64)

    @property
    def measures(self) -> tuple[str, ...]:
        """Those that `rate_intervals` gives the report."""
        return _OF_TWO if len(self.sizes) == 2 else Rates._fields


def designs() -> Iterator[Classes]:
    """Those of docs/measurements/statistics.md."""
    for k, accuracy, errors in product(
        (2, 3, 8, 11), (0.7, 0.85, 0.95), ("even", "near", "one perfect")
    ):
        for sizes in ((20,) * k, (40,) * k, np.geomspace(15, 90, k).round().astype(int).tolist()):
            yield Classes(tuple(sizes), accuracy, errors)
    for k, accuracy in product((3, 8), (0.7, 0.85, 0.95)):
        yield Classes((20,) * k, accuracy, "even", images=4)
        yield Classes(tuple(range(15, 15 + 4 * k, 4)), accuracy, "near", images=4)


def covered(design: Classes, experiments: int, random_state: int = 0) -> dict[str, float]:
    """Share of samples whose 95 % interval contains the truth, by measure."""
    k, shares = len(design.sizes), design.shares
    patient_class = np.repeat(np.arange(k), design.sizes)
    labels = np.repeat(patient_class, design.images)
    patients = np.repeat(np.arange(len(patient_class)), design.images)
    units = patients if design.images > 1 else None
    positive = 1 if k == 2 else None
    truth = np.array(rates(shares * np.array(design.sizes)[:, None], positive))
    below = shares.cumsum(axis=1)[labels][:, :-1]
    rng = np.random.default_rng(random_state)
    hits = np.zeros(len(truth))
    for _ in range(experiments):
        drawn = rng.random(len(labels))
        if units is not None:
            alike = rng.random(len(labels)) < _TOGETHER
            drawn = np.where(alike, rng.random(len(patient_class))[patients], drawn)
        decided = (drawn[:, None] > below).sum(axis=1)[None]
        found = rate_intervals(labels, decided, k, positive, units)
        hits += (np.array(found.low) <= truth) & (truth <= np.array(found.high))
    each = dict(zip(Rates._fields, hits / experiments, strict=True))
    return {name: each[name] for name in design.measures}


def main() -> None:
    """Print a line per design, and what the cells of each number of classes have in common."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    grid = list(designs())
    cells: dict[tuple[int, bool, str], list[float]] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, mp_context=context) as pool:
        for design, found in zip(
            grid, pool.map(partial(covered, experiments=arguments.experiments), grid), strict=True
        ):
            told = "  ".join(f"{name} {100 * share:.1f}" for name, share in found.items())
            print(f"{design}: {told}", flush=True)
            for name, share in found.items():
                key = len(design.sizes), design.images > 1, name
                cells.setdefault(key, []).append(share)
    for (k, clustered, name), own in cells.items():
        short = sum(share < LEAST for share in own)
        whose = "4 images per patient" if clustered else "independent"
        print(
            f"{k} classes, {whose}, {name}: mean {np.mean(own):.1%}, lowest {min(own):.1%}, "
            f"{short} of {len(own)} below {LEAST:.0%}"
        )


if __name__ == "__main__":
    main()
