"""What a test set could show, before any method is trained.

The binormal model: scores of both classes are normal with the same spread, those of two methods on
the same case correlate. Under it the variance of an AUC (Bamber 1975, Journal of Mathematical
Psychology 12:387) and the covariance of two are exact:

    m n Cov(A₁, A₂) = Φ₂(h₁, h₂; ρ) − A₁A₂ + (m + n − 2) (Φ₂(h₁, h₂; ρ/2) − A₁A₂)

with h = Φ⁻¹(A), m and n the class sizes, ρ the correlation of the two scores within a class, and
ρ = 1 for the variance of one. Obuchowski & McClish 1997 (Statistics in Medicine 16:1529) plan
studies so, with an approximation of the variance.

Their power is that of a difference with a known error. But an estimated AUC that is too high comes
with an estimated error that is too small, so a test rejects more often than that near an AUC of 1
(97 % instead of 80 % with 20 positives among 1,000 cases, 0.90 against 0.9975). Here the pair of
estimates is normal on the logit scale, and power is the share of pairs at which the test, with the
error that belongs to the pair, rejects. Where it says 80 %, DeLong's test rejected in 79 to 83 % of
800 to 1,000 simulated data sets with 15 to 200 positives, and in 86 % in the case above.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import bisect
from scipy.special import expit, logit, ndtr, ndtri, owens_t

FloatArray = NDArray[np.float64]

ASSUMED_AUC = 0.85
"""Of the worse method, where nothing is known."""

ASSUMED_CORRELATION = 0.5
"""Of two methods' scores within a class, where nothing is known."""

POWER = 0.8

_HIGHEST = 1 - 1e-4  # an AUC of 1 has no error that could be planned with
_EDGE = 1e-9  # estimates are kept this far from 0 and 1
_GRID = 64  # pairs of estimates: so many squared
_PRECISION = 1e-5  # of the smallest detectable difference


def difference_variance(
    auc_a: float,
    auc_b: float,
    m: float,
    n: float,
    correlation: float = ASSUMED_CORRELATION,
    design_effect: float = 1.0,
) -> float:
    """Variance of the difference of two AUCs on the same cases.

    Args:
        auc_a, auc_b: strictly between 0 and 1.
        m, n: positive and negative cases, each at least 1.
        correlation: of the two methods' scores within a class, in [−1, 1].
        design_effect: by how much patients with several cases inflate variances (see
            `inflation`), at least 1.

    Raises:
        ValueError: if an argument is out of range.

    >>> round(difference_variance(0.8, 0.8, 50, 50, 0.0) ** 0.5, 3)
    0.062
    """
    for auc in (auc_a, auc_b):
        if not 0 < auc < 1:
            raise ValueError(f"an AUC strictly between 0 and 1 is needed, not {auc}")
    if not (m >= 1 and n >= 1):
        raise ValueError(f"cases of both classes are needed: {m} positive and {n} negative")
    if not -1 <= correlation <= 1:
        raise ValueError(f"a correlation lies between -1 and 1, not {correlation}")
    if not design_effect >= 1:
        raise ValueError(f"a design effect is at least 1, not {design_effect}")
    a, b = np.array([auc_a]), np.array([auc_b])
    own = _covariance(a, a, m, n, 1.0) + _covariance(b, b, m, n, 1.0)
    shared = _covariance(a, b, m, n, correlation)
    return max(0.0, float((own - 2 * shared)[0])) * design_effect


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


def power(
    d: float,
    m: float,
    n: float,
    *,
    auc: float = ASSUMED_AUC,
    correlation: float = ASSUMED_CORRELATION,
    alpha: float = 0.05,
    design_effect: float = 1.0,
    seed_variance: float = 0.0,
    df: float = math.inf,
) -> float:
    """Probability that the two-sided test of a paired difference of AUCs rejects.

    Args:
        d: true difference: the better method has `auc + d`.
        m, n: positive and negative cases.
        auc: of the worse method.
        correlation: of the two methods' scores within a class.
        alpha: of the test.
        design_effect: of several cases per patient.
        seed_variance: of the difference of means over seeds, added to that of the cases.
        df: degrees of freedom of the test.

    Raises:
        ValueError: if an argument is out of range; among others if `auc + d` is not below 1.
    """
    # Checks the arguments; without any error a difference is always seen.
    if difference_variance(auc + d, auc, m, n, correlation, design_effect) + seed_variance == 0:
        return 1.0 if d != 0 else 0.0
    means = np.array([auc + d, auc])
    own = _covariance(means, means, m, n, 1.0) * design_effect + seed_variance / 2
    shared = float(_covariance(means[:1], means[1:], m, n, correlation)[0]) * design_effect
    together = min(1.0, shared / math.sqrt(own.prod()))
    first, second = _GRID_POINTS
    deviates = first, together * first + math.sqrt(1 - together**2) * second
    a, b = (
        np.clip(expit(logit(mean) + math.sqrt(v) / (mean * (1 - mean)) * z), _EDGE, 1 - _EDGE)
        for mean, v, z in zip(means, own, deviates, strict=True)
    )
    cases = (
        _covariance(a, a, m, n, 1.0)
        + _covariance(b, b, m, n, 1.0)
        - 2 * _covariance(a, b, m, n, correlation)
    )
    error = np.sqrt(np.maximum(cases, 0.0) * design_effect + seed_variance)
    critical = float(stats.t.ppf(1 - alpha / 2, df))
    return float(np.mean(np.abs(a - b) > critical * error))


def minimum_detectable(
    m: float,
    n: float,
    *,
    auc: float = ASSUMED_AUC,
    correlation: float = ASSUMED_CORRELATION,
    alpha: float = 0.05,
    wanted: float = POWER,
    design_effect: float = 1.0,
    seed_variance: float = 0.0,
    df: float = math.inf,
) -> float | None:
    """Smallest true ΔAUC that is found with the wanted power, or None where even AUC 1 is not.

    Args:
        m, n: positive and negative cases.
        auc: of the worse method.
        correlation, alpha, design_effect, seed_variance, df: see `power`.
        wanted: power, above alpha and below 1.

    Raises:
        ValueError: if an argument is out of range.

    >>> round(minimum_detectable(200, 200), 3)
    0.051
    """
    if not alpha < wanted < 1:
        raise ValueError(f"a power between {alpha} and 1 is needed, not {wanted}")

    def lacking(d: float) -> float:
        reached = power(
            d,
            m,
            n,
            auc=auc,
            correlation=correlation,
            alpha=alpha,
            design_effect=design_effect,
            seed_variance=seed_variance,
            df=df,
        )
        return wanted - reached

    largest = _HIGHEST - auc
    smallest = min(_PRECISION, largest / 2)
    if largest <= 0 or lacking(largest) > 0:
        return None
    if lacking(smallest) <= 0:
        return smallest
    return float(bisect(lacking, smallest, largest, xtol=_PRECISION))


def _covariance(a: FloatArray, b: FloatArray, m: float, n: float, correlation: float) -> FloatArray:
    """Covariance of AUC estimates whose true values are a and b, element by element."""
    product = a * b
    if correlation == 1:
        same = np.minimum(a, b) - product
    elif correlation == -1:
        same = np.maximum(0.0, a + b - 1) - product
    else:
        same = _both(a, b, correlation) - product
    sharing = _both(a, b, correlation / 2) - product
    return np.asarray((same + (m + n - 2) * sharing) / (m * n), dtype=np.float64)


def _both(a: FloatArray, b: FloatArray, correlation: float) -> FloatArray:
    """Φ₂(Φ⁻¹(a), Φ⁻¹(b); correlation) by Owen's T function (1956), |correlation| below 1."""
    # Owen's formula divides by the limits; so near 0 it has lost no digit that matters.
    h, k = (np.where(np.abs(x) < 1e-9, 1e-9, x) for x in (ndtri(a), ndtri(b)))
    root = math.sqrt(1 - correlation**2)
    first = owens_t(h, (k - correlation * h) / (h * root))
    second = owens_t(k, (h - correlation * k) / (k * root))
    corner = np.where(h * k < 0, 0.5, 0.0)
    return np.asarray((ndtr(h) + ndtr(k)) / 2 - first - second - corner, dtype=np.float64)


def _equally_probable() -> tuple[FloatArray, FloatArray]:
    """`(g²,)` pairs of independent standard normal deviates."""
    middle = ndtri((np.arange(_GRID) + 0.5) / _GRID)
    first, second = np.meshgrid(middle, middle)
    return first.ravel(), second.ravel()


_GRID_POINTS = _equally_probable()
