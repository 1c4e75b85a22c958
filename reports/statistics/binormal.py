"""How much the AUCs of two methods on the same cases vary, if their scores are binormal.

Scores of both classes are normal with the same spread, those of two methods on the same case
correlate. Then the variance of an AUC (Bamber 1975, Journal of Mathematical Psychology 12:387) and
the covariance of two are exact:

    m n Cov(A₁, A₂) = Φ₂(h₁, h₂; ρ) − A₁A₂ + (m + n − 2) (Φ₂(h₁, h₂; ρ/2) − A₁A₂)

with h = Φ⁻¹(A), m and n the class sizes, ρ the correlation of the two scores within a class, and
ρ = 1 for the variance of one. Obuchowski & McClish 1997 (Statistics in Medicine 16:1529) plan
studies so, with an approximation of the variance.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t

FloatArray = NDArray[np.float64]

_NEARLY = 0.999  # correlations are sought up to here


def covariance(a: FloatArray, b: FloatArray, m: float, n: float, correlation: float) -> FloatArray:
    """Covariance of AUC estimates whose true values are a and b, element by element.

    Args:
        a, b: strictly between 0 and 1.
        m, n: positive and negative cases, each at least 1.
        correlation: of the two methods' scores within a class, in [−1, 1].
    """
    product = a * b
    if correlation == 1:
        same = np.minimum(a, b) - product
    elif correlation == -1:
        same = np.maximum(0.0, a + b - 1) - product
    else:
        same = _both(a, b, correlation) - product
    sharing = _both(a, b, correlation / 2) - product
    return np.asarray((same + (m + n - 2) * sharing) / (m * n), dtype=np.float64)


def variance(auc: FloatArray, m: float, n: float) -> FloatArray:
    """Variance of an AUC estimate, element by element; arguments as of `covariance`."""
    return covariance(auc, auc, m, n, 1.0)


def score_correlation(auc_a: float, auc_b: float, m: float, n: float, shared: float) -> float:
    """The correlation of scores at which two AUCs have this covariance, within ±0.999.

    Args:
        auc_a, auc_b: strictly between 0 and 1.
        m, n: positive and negative cases, each at least 1.
        shared: covariance of the AUCs.

    >>> round(score_correlation(0.9, 0.8, 30, 70, 0.001), 2)
    0.71
    """
    a, b = np.array([auc_a]), np.array([auc_b])

    def excess(correlation: float) -> float:
        return float(covariance(a, b, m, n, correlation)[0]) - shared

    if excess(_NEARLY) <= 0:
        return _NEARLY
    if excess(-_NEARLY) >= 0:
        return -_NEARLY
    return float(brentq(excess, -_NEARLY, _NEARLY, xtol=1e-4))


def inflation(cases_per_patient: float, icc: float) -> float:
    """Design effect of several cases per patient on the variance of an AUC (Kish 1965).

    Exact where patients have the same number of cases of one class, and the intraclass correlation
    is that of the cases' contributions to the AUC.

    Args:
        cases_per_patient: mean number, at least 1.
        icc: intraclass correlation, in [0, 1].

    Raises:
        ValueError: if an argument is out of range.

    >>> inflation(4, 0.5)
    2.5
    """
    if not cases_per_patient >= 1 or not 0 <= icc <= 1:
        raise ValueError(
            f"at least one case per patient and a correlation in [0, 1] are needed, not "
            f"{cases_per_patient} and {icc}"
        )
    return 1 + (cases_per_patient - 1) * icc


def _both(a: FloatArray, b: FloatArray, correlation: float) -> FloatArray:
    """Φ₂(Φ⁻¹(a), Φ⁻¹(b); correlation) by Owen's T function (1956), |correlation| below 1."""
    # Owen's formula divides by the limits; so near 0 it has lost no digit that matters.
    h, k = (np.where(np.abs(x) < 1e-9, 1e-9, x) for x in (ndtri(a), ndtri(b)))
    root = math.sqrt(1 - correlation**2)
    first = owens_t(h, (k - correlation * h) / (h * root))
    second = first if a is b else owens_t(k, (h - correlation * k) / (k * root))
    corner = np.where(h * k < 0, 0.5, 0.0)
    return np.asarray((ndtr(h) + ndtr(k)) / 2 - first - second - corner, dtype=np.float64)
