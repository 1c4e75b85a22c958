"""The AUC of many score vectors on the same cases, and how the cases make them vary.

DeLong, DeLong & Clarke-Pearson 1988 (Biometrics 44:837), by midranks as in Sun & Xu 2014 (IEEE
Signal Processing Letters 21:1389); several images per patient after Obuchowski 1997 (Biometrics
53:567). All score vectors of a data set go in at once, so that every contrast of them (two methods,
two means over seeds) is a product of matrices.

More than two classes: the unweighted mean of the one-against-rest AUCs. They share their cases, so
a case's contributions to all of them are added up before they are squared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.statistics.midranks import ties

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Components:
    """AUCs and what every unit (a case, or a patient with all of his cases) adds to their error.

    Attributes:
        auc: `(v,)` one per score vector.
        per_class: `(v, q)` AUCs whose mean `auc` is: one-against-rest AUCs of the classes that
            are present (q = 1 for two classes), or those of pairs of classes.
        positive, negative: `(v, u)` contribution of each unit through its positive and through
            its negative cases, scaled so that the error is their sum.
        cross: weight of the product of the two, which is not 0 where a patient has cases of both.
        estimable: False where a class has a single case (patient), through which no variance can
            be estimated; what the covariance says is then too little.
    """

    auc: FloatArray
    per_class: FloatArray
    positive: FloatArray
    negative: FloatArray
    cross: float
    estimable: bool = True

    def of(self, rows: Sequence[int]) -> "Components":
        """Those of some of the score vectors alone."""
        return replace(
            self,
            auc=self.auc[rows],
            per_class=self.per_class[rows],
            positive=self.positive[rows],
            negative=self.negative[rows],
        )

    def covariance(self) -> FloatArray:
        """`(v, v)` covariance of the AUCs over repeated samples of cases."""
        mixed = self.positive @ self.negative.T
        return (
            self.positive @ self.positive.T
            + self.negative @ self.negative.T
            + self.cross * (mixed + mixed.T)
        )

    def covariance_of(self, a: int, b: int) -> float:
        """Covariance of two of the AUCs."""
        mixed = self.positive[a] @ self.negative[b] + self.positive[b] @ self.negative[a]
        own = self.positive[a] @ self.positive[b] + self.negative[a] @ self.negative[b]
        return float(own + self.cross * mixed)

    def contrast(self, weights: FloatArray) -> tuple[float, float]:
        """Σ weights · AUC and the variance that it has because the cases are a sample.

        Args:
            weights: `(v,)`.
        """
        positive, negative = weights @ self.positive, weights @ self.negative
        variance = positive @ positive + negative @ negative + 2 * self.cross * positive @ negative
        return float(weights @ self.auc), max(float(variance), 0.0)


def components(
    labels: IntArray,
    scores: FloatArray,
    positive: int | None,
    units: IntArray | None = None,
) -> Components:
    """AUCs of all score vectors and their structural components.

    With one case per unit the covariance is DeLong's, else Obuchowski's. A class with one case has
    no estimable variance and contributes 0.

    Args:
        labels: `(n,)` in `0..k-1`.
        scores: `(v, n, k)` class probabilities.
        positive: of two classes the one to be found; None averages over all classes that have at
            least one case and at least one case of another class.
        units: `(n,)` patients as `0..u-1`; None where every case stands for itself.

    Raises:
        ValueError: if there are fewer than two classes among the labels.
    """
    counts = np.bincount(labels, minlength=scores.shape[2])
    classes = np.flatnonzero(counts > 0) if positive is None else np.array([positive])
    if np.count_nonzero(counts) < 2 or not counts[classes].all():
        raise ValueError("an AUC needs cases of two classes")
    n_units = len(labels) if units is None else int(units.max()) + 1
    shape = (len(classes), scores.shape[0])
    each = np.empty(shape)
    added = np.zeros((2, scores.shape[0], n_units))
    cross = 1.0
    estimable = True
    for row, label in enumerate(classes):
        each[row], scaled, cross, fewest = contributions(
            labels == label, scores[:, :, label], units, n_units
        )
        added += scaled
        estimable = estimable and fewest > 1
    if len(classes) > 1:
        cross = 1.0
    through_positive, through_negative = added / len(classes)
    return Components(
        each.mean(axis=0), each.T.copy(), through_positive, through_negative, cross, estimable
    )


def contributions(
    is_positive: NDArray[np.bool_], scores: FloatArray, units: IntArray | None, n_units: int
) -> tuple[FloatArray, FloatArray, float, int]:
    """AUCs of one question, what every unit adds to their error, and two numbers about units.

    Args:
        is_positive: `(n,)` truth, both classes present.
        scores: `(v, n)`.
        units: `(n,)` in `0..n_units-1`, or None where every case is a unit.
        n_units: of the data set.

    Returns:
        AUCs `(v,)`; contributions `(2, v, n_units)` through positive and through negative cases;
        the weight of their product; the smaller of the numbers of units with positive and with
        negative cases.
    """
    auc, placed = _placements(is_positive, scores)
    scaled, cross, fewest = _by_unit(is_positive, placed - auc[:, None], units, n_units)
    return auc, scaled, cross, fewest


def _placements(
    is_positive: NDArray[np.bool_], scores: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """AUC `(v,)`, and `(v, n)` for every case the share of the other class that it beats.

    A positive beats a negative with a lower score, a negative a positive with a higher one; ties
    count half.
    """
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    wins, placed = np.empty(len(scores)), np.empty(scores.shape)
    for row, score in enumerate(scores):
        order = np.argsort(score)
        first, behind = ties(score[order])
        positive = is_positive[order]
        positives = np.append(0, np.cumsum(positive))  # before each place
        negatives = np.arange(len(order) + 1) - positives
        below = (negatives[first] + negatives[behind])[positive] / 2
        placed[row, order[positive]] = below / n
        placed[row, order[~positive]] = (
            1 - (positives[first] + positives[behind])[~positive] / 2 / m
        )
        wins[row] = below.sum()
    return wins / (m * n), placed


def _by_unit(
    is_positive: NDArray[np.bool_],
    deviation: FloatArray,
    units: IntArray | None,
    n_units: int,
) -> tuple[FloatArray, float, int]:
    """Scaled sums `(2, v, u)` of the positive and negative deviations, and the cross weight.

    With them the smaller of the numbers of units that have positive and negative cases.

    Obuchowski's factors I/(I − 1) count the units that have positive, negative, or any cases.
    """
    summed = np.zeros((2, deviation.shape[0], n_units))
    factors = np.ones(2)
    fewest = n_units
    for side, member in enumerate((is_positive, ~is_positive)):
        own = np.flatnonzero(member)
        if units is None:
            summed[side][:, own] = deviation[:, own] / len(own)
            n_own = len(own)
        else:
            order = own[np.argsort(units[own], kind="stable")]
            present, start = np.unique(units[order], return_index=True)
            summed[side][:, present] = np.add.reduceat(deviation[:, order], start, axis=1) / len(
                own
            )
            n_own = len(present)
        factors[side] = n_own / (n_own - 1) if n_own > 1 else 1.0
        fewest = min(fewest, n_own)
    of_all = n_units / (n_units - 1) if n_units > 1 else 1.0
    scaled = summed * np.sqrt(factors)[:, None, None]
    return scaled, float(min(of_all / np.sqrt(factors.prod()), 1.0)), fewest
