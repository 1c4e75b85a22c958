"""What remains unknown of a difference of a measure, by the cases that the measure is made of.

Two methods that decide n cases alike may still differ on the next one. Bonett & Price 2012
(Statistics in Medicine 31:1049) count two cases more, one that only the first method decides
rightly and one that only the second does: a difference of proportions then has the variance

    (Σ x² + 2) / (n + 2)² − d² / (n + 2)  ≈  Var + 2 / (n + 2)²,   x = 1, 0 or −1 of every case.

So every measure of decisions gets the variance of its two further cases on top of its own, of the
cases that it is a proportion of: sensitivity of the positives, specificity of the negatives,
accuracy of all. A measure that is put together from several classes (balanced accuracy, F1, MCC,
and the means over classes where there are more than two) gets two of each class, since the errors
of a class say nothing of another's. Half of what the measure of a confusion matrix changes by, when
two cases of a class go from right to wrong, is

    1 / (m + 2) of a recall with m cases,

exactly Bonett & Price's, and is asked of the matrix itself for F1 and MCC, whose answer hangs on
where they are; among several wrong classes the worst one counts. A patient's cases go together.

A mean loss is of another kind: it differs as soon as probabilities do, and its own error is enough.
Only of identical probabilities nothing is known but that no case of n told the two apart: two
further ones may, at most by what a case can lose. That is 1 of a Brier score; the logarithmic loss
has no end, and the largest loss of any case stands for it, but 1 at least.

An AUC moves with both classes (`reports.statistics.zero_discordance.least_error`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.protocol.scoring import Measure
from reports.analysis.measures.measures import LOSSES, RATES
from reports.statistics.operating import rates_of_many
from reports.statistics.zero_discordance import least_error

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counted:
    """The test cases of all parts.

    Attributes:
        cases: `(k,)` of every class.
        units: `(k,)` patients with a case of the class; where patients are not known, the cases.
        all_units: patients, or cases. One with cases of two classes counts once.
        positive: of two classes the one to be found, else None.
    """

    cases: IntArray
    units: IntArray
    all_units: int
    positive: int | None

    @classmethod
    def of(
        cls, labels: IntArray, units: IntArray | None, k: int, positive: int | None
    ) -> "Counted":
        """Counted from `(n,)` labels in 0..k-1 and patients."""
        own = np.arange(len(labels)) if units is None else units
        each = [len(np.unique(own[labels == c])) for c in range(k)]
        return cls(np.bincount(labels, minlength=k), np.array(each), len(np.unique(own)), positive)

    def degrees_of_freedom(self, measure: Measure) -> float:
        """Of the error due to cases: those of the only class that counts, of all cases, or of the
        smallest class, which may carry most of the error of a measure of several classes (and of a
        mean loss).
        """
        if measure == "accuracy":
            counted = self.all_units
        elif measure in ("sensitivity", "specificity") and self.positive is not None:
            is_positive = np.arange(len(self.units)) == self.positive
            counted = int(self.units[is_positive == (measure == "sensitivity")].sum())
        else:
            counted = int(self.units[self.units > 0].min())
        return max(1.0, counted - 1.0)


def of_measure(
    measure: Measure, counted: Counted, tables: FloatArray | None, largest: FloatArray | None
) -> float | FloatArray:
    """Standard error of a difference due to two further cases, for every run or for all alike.

    Args:
        measure: which.
        counted: the test cases.
        tables: `(v, k, k)` truth by decision, for measures of decisions.
        largest: `(v,)` the largest loss of a case, for losses.
    """
    once = math.sqrt(2) / (counted.all_units + 2)
    if measure == "accuracy":
        return once
    if measure == "brier":
        return once  # no case can lose more than 1
    if measure in LOSSES and largest is not None:
        return once * np.maximum(1.0, largest)
    if measure in RATES and tables is not None:
        return _of_matrices(measure, counted, tables)
    return least_error(counted.units.tolist())


def _of_matrices(measure: Measure, counted: Counted, tables: FloatArray) -> FloatArray:
    """`(v,)` of a measure of the confusion matrix; those of a fold stand for all cases."""
    whole = tables * (counted.cases.sum() / tables.sum(axis=(1, 2)))[:, None, None]
    shown = np.flatnonzero(tables.sum(axis=(0, 2)))
    k = len(counted.cases)
    variance = np.zeros(len(tables))
    for c in shown:
        pair = 2 * whole[:, c].sum(axis=1) / max(1, counted.units[c])
        ends = []
        for decision in range(k):
            further = whole.copy()
            further[:, c, decision] += pair
            ends.append(rates_of_many(further, shown, counted.positive)[:, RATES[measure]])
        moved = np.abs(np.stack(ends) - ends[c]).max(axis=0) / 2
        variance += 2 * moved**2
    return np.asarray(np.sqrt(variance))
