"""Two segmenters that learn equally well, compared over folds: how often one is called better.

    python -m tests.benchmarks.segmentation_folds [studies]

Both classify every pixel of a case by linear discriminant analysis of features of their own that
tell as much as the other's, so that no side is better over training sets. A case is a line of
pixels with one lesion; its features are shifted by numbers of the case, so that the pixels of a
case fail together. Printed are the variance of ΔDice over studies in that which its cases show, and
the share of studies in which the rules of verdicts call a side better, and in which the 95 %
interval holds 0: with the cases' error alone, and as the report shows it.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.segmentation.over_cases import Cases, DicePairs, OverCases
from reports.statistics.fold_auc import OVERLAP
from reports.statistics.segmentation.overlap import dice
from reports.verdicts.rules import ruled

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEVEL = 0.95
_PIXELS = 24
_LENGTH = 5, 12  # of a lesion, the second left out
_STRENGTH, _OF_CASE, _OF_LESION = 1.3, 0.5, 0.8


@dataclass(frozen=True)
class Design:
    """A kind of study.

    Attributes:
        cases: each tested in one fold.
        folds: how many.
        features: of each method; the more, the more luck of training.
    """

    cases: int
    folds: int
    features: int


DESIGNS = (
    Design(40, 2, 20),
    Design(40, 3, 40),
    Design(100, 3, 60),
    Design(12, 5, 10),
    Design(40, 5, 30),
    Design(60, 5, 60),
    Design(100, 5, 100),
    Design(100, 5, 1),
)


def _predicted(x: FloatArray, truth: BoolArray, tested: BoolArray) -> BoolArray:
    """`(tested cases, pixels)` by the discriminant of the other cases, slightly ridged."""
    trained, inside = x[~tested].reshape(-1, x.shape[2]), truth[~tested].ravel()
    high, low = trained[inside].mean(axis=0), trained[~inside].mean(axis=0)
    centred = trained - np.where(inside[:, None], high, low)
    within = centred.T @ centred / len(centred) + 1e-3 * np.eye(x.shape[2])
    direction = np.linalg.solve(within, high - low)
    return np.asarray(x[tested] @ direction > direction @ (high + low) / 2, dtype=bool)


def draw(design: Design, rng: np.random.Generator) -> tuple[OverCases, OverCases]:
    """Both methods on the cases of a study."""
    n = design.cases
    lengths = rng.integers(*_LENGTH, size=n)
    starts = rng.integers(0, _PIXELS - lengths)
    places = np.arange(_PIXELS)
    truth = (places >= starts[:, None]) & (places < (starts + lengths)[:, None])
    fold = rng.permutation(n) % design.folds
    found = np.empty((2, n))
    for own in found:
        x = rng.normal(size=(n, _PIXELS, design.features))
        x[:, :, 0] += _STRENGTH * truth
        x += _OF_CASE * rng.normal(size=(n, 1, design.features))
        x += _OF_LESION * truth[:, :, None] * rng.normal(size=(n, 1, design.features))
        for number in range(design.folds):
            tested = fold == number
            said = _predicted(x, truth, tested)
            both = (said & truth[tested]).sum(axis=1)
            own[tested] = dice(both, truth[tested].sum(axis=1), said.sum(axis=1))
    return OverCases(found[0]), OverCases(found[1])


@dataclass(frozen=True)
class Counted:
    """Over studies without a true difference.

    Attributes:
        variance: of ΔDice, in the mean variance that the cases show.
        better: share that calls a side better, by the cases' error alone and as shown.
        covered: share whose interval holds 0, likewise.
    """

    variance: float
    better: tuple[float, float]
    covered: tuple[float, float]


def count(design: Design, studies: int, random_state: int = 0) -> Counted:
    """Draw studies and judge each."""
    rng = np.random.default_rng(random_state)
    plain = Cases(None, "cases", LEVEL)
    kinds = plain, replace(plain, overlap=OVERLAP)
    gains, errors = np.empty(studies), np.empty(studies)
    better, covered = np.zeros((studies, 2), bool), np.zeros((studies, 2), bool)
    for study in range(studies):
        a, b = draw(design, rng)
        for kind, cases in enumerate(kinds):
            both = DicePairs(cases, {"a": a, "b": b})
            (pair,) = pair_tests(both, [("a", "b")], margin=0.02, alpha=1 - LEVEL, n_cases=None)
            better[study, kind] = ruled(pair).rule.startswith("better")
            covered[study, kind] = pair.superiority.low <= 0 <= pair.superiority.high
        gains[study], errors[study] = pair.difference.value, pair.se_cases
    return Counted(
        float(gains.var() / np.square(errors).mean()),
        (float(better[:, 0].mean()), float(better[:, 1].mean())),
        (float(covered[:, 0].mean()), float(covered[:, 1].mean())),
    )


def main(studies: int) -> None:
    """Print a line for each design."""
    print("design: variance; called better and covered, by the cases alone and as shown")
    for design in DESIGNS:
        found = count(design, studies)
        better, covered = (
            " ".join(f"{share:.3f}" for share in shares) for shares in (found.better, found.covered)
        )
        print(f"{design}: {found.variance:.2f}; {better}; {covered}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
