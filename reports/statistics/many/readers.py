"""Several readers and several modalities on the same cases: Obuchowski and Rockette's analysis.

Obuchowski & Rockette 1995 (Communications in Statistics, Simulation 24:285) with the degrees of
freedom of Hillis 2007 (Statistics in Medicine 26:596). AUCs of modality i and reader j are

    θ_ij = μ + τ_i + R_j + (τR)_ij + ε_ij

where errors are correlated, since readers see the same cases: Cov1 of one reader under two
modalities, Cov2 of two readers under one modality, Cov3 of two readers under two modalities.

Readers who all gain alike, as AUCs of few cases may by chance, would leave no error at all. So the
error of a difference is at least that of r readers who err on further cases, each on others:
1 / √r of the least that two AUCs have on so many cases (`reports.statistics.zero_discordance`).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from reports.statistics.contrast import Difference

FloatArray = NDArray[np.float64]

Generalisation = Literal["readers-and-cases", "cases", "readers"]
"""To whom a result carries over: other readers and other cases; these readers and other cases;
other readers and these cases."""

_ROUNDING = 1e-12  # a mean square below this is none


@dataclass(frozen=True)
class ErrorCovariances:
    """What the cases add to the error of AUCs, means over modalities and readers.

    Attributes:
        variance: of one AUC.
        cov1: of one reader under two modalities.
        cov2: of two readers under one modality.
        cov3: of two readers under two modalities.
    """

    variance: float
    cov1: float
    cov2: float
    cov3: float


@dataclass(frozen=True)
class Contrast:
    """A mean AUC, or the difference of two, with its interval and test.

    Attributes:
        value, se: the number and its standard error.
        df: degrees of freedom; inf for the normal distribution.
        low, high: limits, no further than the number can be.
        p: two-sided, of 0 (of a mean AUC it says nothing).
    """

    value: float
    se: float
    df: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Equality:
    """The test that all modalities have the same mean AUC.

    Attributes:
        statistic: F, or χ² / df where readers are fixed.
        df1, df2: degrees of freedom; df2 is inf for χ².
        p: of it.
    """

    statistic: float
    df1: float
    df2: float
    p: float


def error_covariances(covariance: FloatArray) -> ErrorCovariances:
    """The four means of a covariance matrix.

    Args:
        covariance: `(t, r, t, r)` of the AUCs of t modalities and r readers over samples of cases.
    """
    t, r = covariance.shape[:2]
    same = np.einsum("ijij->ij", covariance)
    reader = np.einsum("ijkj->ijk", covariance)  # one reader, modalities i and k
    modality = np.einsum("ijik->ijk", covariance)  # one modality, readers j and k
    variance = float(same.sum())
    one_reader, one_modality = float(reader.sum()) - variance, float(modality.sum()) - variance
    others = float(covariance.sum()) - variance - one_reader - one_modality
    n = t * r
    return ErrorCovariances(
        variance / n,
        one_reader / (n * (t - 1)) if t > 1 else 0.0,
        one_modality / (n * (r - 1)) if r > 1 else 0.0,
        others / (n * (t - 1) * (r - 1)) if t > 1 and r > 1 else 0.0,
    )


class ReaderStudy:
    """A study in which every reader has read every case under every modality.

    Args:
        auc: `(t, r)` of t modalities and r readers.
        covariance: `(t, r, t, r)` of these AUCs over samples of cases.
        generalisation: to whom results carry over.
        level: of the intervals.
        least: standard error that the difference of two AUCs has at least on these cases.

    Raises:
        ValueError: if the shapes do not fit, or readers are to be generalised to from one.
    """

    def __init__(
        self,
        auc: FloatArray,
        covariance: FloatArray,
        generalisation: Generalisation = "readers-and-cases",
        level: float = 0.95,
        least: float = 0.0,
    ) -> None:
        t, r = auc.shape
        if covariance.shape != (t, r, t, r):
            raise ValueError(f"the covariance must be {(t, r, t, r)}, not {covariance.shape}")
        if r < 2 and generalisation != "cases":
            raise ValueError("one reader says nothing of others")
        self._auc, self._level, self._to = auc, level, generalisation
        self._least = least**2 / 2  # of an AUC; a difference has that of two
        self._covariance = covariance
        self._errors = error_covariances(covariance)
        self._means = auc.mean(axis=1)
        interaction = auc - self._means[:, None] - auc.mean(axis=0)[None, :] + auc.mean()
        freedom = (t - 1) * (r - 1)
        ms_tr = float((interaction**2).sum()) / freedom if freedom else 0.0
        self._ms_tr = ms_tr if ms_tr > _ROUNDING else 0.0
        self._ms_t = r * float(self._means.var(ddof=1)) if t > 1 else 0.0

    def equality(self) -> Equality:
        """Whether all modalities have the same mean AUC; of two or more modalities."""
        t, _ = self._auc.shape
        error, df = self._error()
        ratio = self._ms_t / error if error > 0 else (math.inf if self._ms_t > 0 else 0.0)
        if math.isinf(df):
            return Equality(ratio, t - 1, df, float(chdtrc(t - 1, ratio * (t - 1))))
        return Equality(ratio, t - 1, df, float(fdtrc(t - 1, df, ratio)))

    def difference(self, a: int, b: int) -> Contrast:
        """Mean AUC of modality a − that of modality b."""
        r = self._auc.shape[1]
        error, df = self._error()
        d = float(self._means[a] - self._means[b])
        return self._contrast(d, math.sqrt(2 / r * error), df, -1.0)

    def mean(self, a: int) -> Contrast:
        """Mean AUC of a modality over readers, from its own readings alone."""
        r = self._auc.shape[1]
        own = error_covariances(self._covariance[a : a + 1, :, a : a + 1, :])
        spread = float(self._auc[a].var(ddof=1)) if r > 1 else 0.0
        if self._to == "cases":
            error, df = own.variance + (r - 1) * max(own.cov2, 0.0), math.inf
        elif self._to == "readers":
            error, df = spread, r - 1.0
        else:
            error = spread + r * max(own.cov2, 0.0)
            df = math.inf
            if spread > _ROUNDING:
                df = max(error, self._least) ** 2 / (spread**2 / (r - 1))
        error = max(error, self._least)
        return self._contrast(float(self._means[a]), math.sqrt(error / r), df, 0.0)

    @property
    def errors(self) -> ErrorCovariances:
        """What the cases add to the error of single AUCs."""
        return self._errors

    def _error(self) -> tuple[float, float]:
        """The mean square that differences between modalities are measured by, and its df."""
        t, r = self._auc.shape
        own, freedom = self._errors, (t - 1) * (r - 1)
        shared = max(own.cov2 - own.cov3, 0.0)
        if self._to == "cases":
            return max(own.variance - own.cov1 + (r - 1) * shared, self._least), math.inf
        if self._to == "readers":
            return max(self._ms_tr, self._least), float(freedom)
        error = max(self._ms_tr + r * shared, self._least)
        df = error**2 / (self._ms_tr**2 / freedom) if self._ms_tr > 0 else math.inf
        return error, df

    def _contrast(self, value: float, se: float, df: float, least: float) -> Contrast:
        d = Difference(value, se, df=df)
        low, high = d.interval(self._level)
        p = d.p() if se > 0 else float(value == 0)
        return Contrast(value, se, df, max(least, low), min(1.0, high), p)
