"""How often a comparison of mean Dice claims a difference that is not there, and what it covers.

    python -m tests.benchmarks.segmentation_verdicts [studies]

Every study draws test cases of patients and two methods. The logit of a method's Dice on a case has
a difficulty that the case and its patient give to both, and a part of its own; with a given chance
it finds nothing at all. On null studies both have the same chance of a miss; on others the
difference is known from the distribution. Printed are the share of null studies in which the rules
of verdicts call a side better, and how often 95 % intervals hold the true difference: Student's t
alone, the bootstrap alone, and what the report shows.
"""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.segmentation.over_cases import Cases, DicePairs, OverCases
from reports.statistics.contrast import Difference
from reports.statistics.segmentation.paired_cases import Sums, bca_interval, standard_error
from reports.verdicts.rules import ruled

FloatArray = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True)
class Design:
    """A kind of study.

    Attributes:
        patients: in the test part.
        cases: of a patient, mean; each has at least one.
        misses: chance of a total miss of either method.
        seeds: of either method; the logit of each is shifted by a number of its own.
        seed_sd: standard deviation of that shift.
    """

    patients: int
    cases: int = 1
    misses: tuple[float, float] = (0.05, 0.05)
    seeds: int = 1
    seed_sd: float = 0.0

    @property
    def difference(self) -> float:
        """The true one."""
        hit = 1 - self.misses[0], 1 - self.misses[1]
        return (hit[0] - hit[1]) * _mean_dice(np.hypot(_spread(), self.seed_sd))


_CENTRE, _SHARED_CASE, _SHARED_PATIENT, _OWN, _OWN_PATIENT = 1.5, 0.6, 0.5, 0.6, 0.3


def _spread() -> float:
    parts = _SHARED_CASE, _SHARED_PATIENT, _OWN, _OWN_PATIENT
    return float(np.sqrt(sum(part**2 for part in parts)))


def _mean_dice(spread: float) -> float:
    """Mean of expit of a normal number, by its quantiles."""
    quantiles = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    return float(expit(_CENTRE + spread * quantiles).mean())


def draw(
    design: Design, rng: np.random.Generator
) -> tuple[OverCases, OverCases, NDArray[np.int64]]:
    """Both methods on the cases of a study, and the patient of each case."""
    number = 1 + rng.poisson(design.cases - 1, design.patients)
    units = np.repeat(np.arange(design.patients), number)
    n = len(units)
    shared = _SHARED_PATIENT * rng.normal(size=design.patients)[units]
    shared += _SHARED_CASE * rng.normal(size=n)
    methods = []
    for miss in design.misses:
        own = _OWN_PATIENT * rng.normal(size=design.patients)[units] + _OWN * rng.normal(size=n)
        missed = rng.random(n) < miss
        shifts = design.seed_sd * rng.normal(size=design.seeds)
        runs = expit(_CENTRE + shared + own + shifts[:, None]) * ~missed
        variance = float(runs.mean(axis=1).var(ddof=1)) / design.seeds if design.seeds > 1 else 0.0
        methods.append(OverCases(runs.mean(axis=0), variance, design.seeds))
    return methods[0], methods[1], units


@dataclass
class Counted:
    """Of some studies.

    Attributes:
        studies: how many.
        better: in which a side was called better.
        covered: by t alone, by the bootstrap alone, by what is shown.
        width: summed, of the same three intervals.
    """

    studies: int = 0
    better: int = 0
    covered: tuple[int, int, int] = (0, 0, 0)
    width: tuple[float, float, float] = (0.0, 0.0, 0.0)


def count(design: Design, studies: int, random_state: int = 0) -> Counted:
    """Draw studies and judge each."""
    rng = np.random.default_rng(random_state)
    found = Counted()
    for _ in range(studies):
        a, b, units = draw(design, rng)
        both = DicePairs(Cases(units, "patients", LEVEL), {"a": a, "b": b})
        (pair,) = pair_tests(both, [("a", "b")], margin=0.02, alpha=1 - LEVEL, n_cases=None)
        sums = Sums.of(a.values - b.values, units)
        t = Difference(sums.mean, standard_error(sums), df=sums.n - 1).interval(LEVEL)
        shown = pair.superiority.low, pair.superiority.high
        intervals = t, bca_interval(sums, LEVEL), shown
        inside = [low <= design.difference <= high for low, high in intervals]
        found.studies += 1
        found.better += ruled(pair).rule.startswith("better")
        found.covered = _added(found.covered, inside)  # type: ignore[assignment]
        found.width = _added(found.width, [high - low for low, high in intervals])  # type: ignore[assignment]
    return found


def _added(one: tuple[float, ...], other: list[float] | list[bool]) -> tuple[float, ...]:
    return tuple(x + y for x, y in zip(one, other, strict=True))


DESIGNS = (
    Design(12),
    Design(20),
    Design(50),
    Design(20, 3),
    Design(50, 3),
    Design(50, 3, seeds=3, seed_sd=0.1),
    Design(12, misses=(0.02, 0.15)),
    Design(20, misses=(0.02, 0.15)),
    Design(50, misses=(0.02, 0.15)),
    Design(20, 3, (0.02, 0.15)),
    Design(50, 3, (0.02, 0.15)),
)


def main(studies: int) -> None:
    """Print a line for each design."""
    print("design: called better; coverage and width of t, bootstrap, shown")
    for design in DESIGNS:
        found = count(design, studies)
        n = found.studies
        cover = " ".join(f"{covered / n:.3f}" for covered in found.covered)
        width = " ".join(f"{w / n:.3f}" for w in found.width)
        kind = "null" if design.difference == 0 else f"d = {design.difference:.3f}"
        print(f"{design} {kind}: {found.better / n:.3f}; {cover}; {width}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
