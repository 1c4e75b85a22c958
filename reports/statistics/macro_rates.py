"""Intervals of the measures of three or more classes: accuracy, means over the classes, and MCC.

Accuracy is a plain proportion (`reports.statistics.intervals.proportion`). A mean over classes has
the interval of a proportion, too, of as many trials as have its variance, as with samples that have
a design (Kott & Carr 1997, Journal of Official Statistics 13:81; Franco et al. 2019, Journal of
Survey Statistics and Methodology 7:334): Wilson's for

    n* = θ (1 − θ) / V,    V = Σ_ij m_ij (∂θ / ∂m_ij)²

with m the confusion matrix. V is the variance of the linearised measure over independent cases, of
whom the class may vary, too. A class without an error would seem to be known for certain; so n* is
taken where each class has four more cases (Agresti & Coull 1998, The American Statistician 52:119),
of which the same share is wrong as of all cases, and errors fall evenly on the other classes. The
quantile is of the t distribution with the degrees of freedom that class sizes give by Welch and
Satterthwaite.

Half widths of the classes' own intervals, squared and added, will not do for many classes: Wilson's
limits are drawn towards ½ in every class, which does not average out, so that the mean of eleven is
covered in 91 %. Nor will the Bayesian bootstrap with a pseudo-case per class in k equal parts: it
adds k − 1 wrong cases.

MCC of k equal classes is (k a − 1) / (k − 1) of an accuracy a whose errors fall evenly, so that
(1 + (k − 1) MCC) / k is treated as the proportion.

With patients n* is divided by the design effect, the ratio of the variance over patients to that
over cases, both within classes and never below 1, and multiplied by (z / t)²; the interval is Korn
and Graubard's, as of one proportion. Where no case is wrong, patients are counted.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from reports.statistics.auc_interval import design_df
from reports.statistics.intervals import proportion
from reports.statistics.operating import Rates, rates_of_many
from reports.statistics.proportions import clopper_pearson, wilson

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FURTHER = 4  # cases of each class
_NOTHING = 1e-12  # of a variance: what rounding leaves of 0


def macro_limits(
    labels: IntArray,
    decided: IntArray,
    k: int,
    value: Rates,
    units: IntArray | None = None,
    level: float = 0.95,
) -> tuple[Rates, Rates]:
    """Lower and upper limits of every measure, means over the classes that have a case.

    Seeds add no cases: the variance is that of one run with the mean confusion matrix.

    Args:
        labels: `(n,)` in `0..k-1`, of two classes at least.
        decided: `(s, n)` decisions of s seeds in `0..k-1`.
        k: classes.
        value: the measures, means over seeds.
        units: `(n,)` patients as `0..u-1`, or None.
        level: for example 0.95.

    Raises:
        ValueError: if there are cases of one class only.
    """
    if units is not None and len(np.unique(units)) == len(units):
        units = None
    shown = np.unique(labels)
    if len(shown) < 2:
        raise ValueError("cases of two classes are needed")
    cells = labels * k + decided  # (s, n)
    matrix = np.bincount(cells.ravel(), minlength=k * k).reshape(k, k) / len(decided)
    usual = _with_further_cases(matrix)
    (at,) = rates_of_many(usual[None], shown, None)
    z = float(ndtri((1 + level) / 2))
    t = _quantile(labels, units, level)
    least = np.zeros(len(Rates._fields))
    least[_MCC] = -1 / (len(shown) - 1)
    limits = []
    for theta, slope, found, end in zip(at, gradients(usual, shown), value, least, strict=True):
        width = 1 - end
        share, rate = (theta - end) / width, min(max((found - end) / width, 0.0), 1.0)
        trials = share * (1 - share) * width**2 / float((usual * slope**2).sum())
        if units is None:
            low, high = wilson(rate * trials, trials, 2 * float(ndtr(t)) - 1)
        else:
            trials *= _per_design(slope, matrix, cells, units, (z / t) ** 2)
            low, high = clopper_pearson(rate * trials, trials, level)
        limits.append((min(end + width * low, found), max(end + width * high, found)))
    right = proportion((decided == labels).mean(axis=0), np.ones(len(labels)), units, level)
    assert right is not None  # there are cases
    limits[_ACCURACY] = right[1:]
    low_of_all, high_of_all = zip(*limits, strict=True)
    return Rates(*map(float, low_of_all)), Rates(*map(float, high_of_all))


_ACCURACY, _MCC = (Rates._fields.index(name) for name in ("accuracy", "mcc"))


def _with_further_cases(matrix: FloatArray) -> FloatArray:
    """The same numbers of cases as they would be with further ones that err as all do."""
    k, true = len(matrix), matrix.sum(axis=1)
    wrong = (true.sum() - np.trace(matrix) + 0.5) / (true.sum() + 1)
    usual = np.full((k, k), wrong / (k - 1))
    np.fill_diagonal(usual, 1 - wrong)
    scale = true / (true + _FURTHER)
    return np.asarray((matrix + _FURTHER * usual) * scale[:, None], dtype=np.float64)


def _quantile(labels: IntArray, units: IntArray | None, level: float) -> float:
    """Of the t distribution, by cases (patients) of each class."""
    if units is not None:
        labels = np.unique(np.stack([labels, units]), axis=1)[0]
    _, counts = np.unique(labels, return_counts=True)
    return float(stdtrit(design_df((counts + _FURTHER).tolist()), (1 + level) / 2))


def gradients(matrix: FloatArray, shown: IntArray) -> FloatArray:
    """`(8, k, k)` slopes of the measures, in the order of `Rates`, in the cells of a matrix.

    Args:
        matrix: `(k, k)` counts, rows are the truth; not all of one class, nor decided for one.
        shown: two or more classes that have a case, over which the means go.
    """
    k, total = len(matrix), float(matrix.sum())
    true, named, hit = matrix.sum(axis=1), matrix.sum(axis=0), np.diagonal(matrix)
    weight, none = np.zeros(k), np.zeros(k)
    weight[shown] = 1 / len(shown)
    of_true, of_named, of_both = (_over(weight, n) for n in (true, named, true + named))
    of_others, of_unnamed = weight / (total - true), weight / (total - named)
    false_alarms, missed = (named - hit) / (total - true), (true - hit) / (total - named)
    f1 = _over(2 * hit, true + named)
    recall = _slopes(of_true, -of_true * _over(hit, true), none, 0.0)
    return np.stack(
        [
            _slopes(np.full(k, 1 / total), none, none, -float(hit.sum()) / total**2),
            recall,
            _slopes(of_others, -of_others * false_alarms, -of_others, of_others @ false_alarms),
            _slopes(of_named, none, -of_named * _over(hit, named), 0.0),
            _slopes(of_unnamed, -of_unnamed, -of_unnamed * missed, of_unnamed @ missed),
            _slopes(2 * of_both, -of_both * f1, -of_both * f1, 0.0),
            recall,
            _of_mcc(total, true, named, hit),
        ]
    )


def _of_mcc(total: float, true: FloatArray, named: FloatArray, hit: FloatArray) -> FloatArray:
    right = float(hit.sum())
    by_named, by_true = total**2 - float(named @ named), total**2 - float(true @ true)
    root = float(np.sqrt(by_named * by_true))
    mcc = (right * total - float(true @ named)) / root
    return _slopes(
        np.full(len(true), total / root),
        mcc * true / by_true - named / root,
        mcc * named / by_named - true / root,
        right / root - mcc * total * (1 / by_named + 1 / by_true),
    )


def _slopes(hit: FloatArray, true: FloatArray, named: FloatArray, total: float) -> FloatArray:
    """`(k, k)` slopes in the cells from those in the margins, of which a cell is a part."""
    return np.asarray(np.diag(hit) + true[:, None] + named[None, :] + total, dtype=np.float64)


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


def _per_design(
    slope: FloatArray, matrix: FloatArray, cells: IntArray, units: IntArray, few: float
) -> float:
    """By what the trials are multiplied where cases of a patient err together.

    Args:
        slope, matrix: `(k, k)` what a case of each cell adds to the measure, and counts.
        cells: `(s, n)` of the cases.
        units: `(n,)` patients as `0..u-1`.
        few: factor of what few patients know of the design effect.
    """
    patients = int(units.max()) + 1
    mean = _over((matrix * slope).sum(axis=1), matrix.sum(axis=1))
    residual = slope - mean[:, None]
    independent = float((matrix * residual**2).sum())
    if patients < 2 or independent <= _NOTHING * float((matrix * slope**2).sum()):
        return patients / len(units)
    summed = np.bincount(units, weights=residual.ravel()[cells].mean(axis=0))
    together = float(summed @ summed) * patients / (patients - 1)
    return few / max(1.0, together / independent)
