"""The interval of one AUC: which procedure, and its limits.

DeLong's standard error on the logit scale; Newcombe's interval from the class sizes alone where
DeLong's error cannot be trusted:

- the smaller of two classes has fewer than 20 cases (patients), or the AUC is 0 or 1;
- the smaller class has at most a third of the other's cases, or these are of patients with several,
  and it expects fewer than 3 cases (patients) on the wrong side: its size times the distance of the
  AUC from 0 or 1. There the few cases that show the error decide alone. In 2,000 binormal samples
  with 20, 30 and 50 cases against 980, 270 and 950 and an AUC of 0.98, the logit interval covers
  84, 90 and 89 % instead of 95 %, Newcombe's 97 to 98 %.

The smallest class carries most of the error where classes are unequal, or more than two. Then, and
with patients, the logit interval uses the t distribution. Its degrees of freedom are
Satterthwaite's for variances that go with 1/cases; the estimated ones, which of a class of five
cases are the problem, play no part. With 100, 50 and 5 cases the normal distribution covers 90 to
92 %, this 96 to 98 %.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.intervals import (
    SMALL_CLASS,
    logit_interval,
    newcombe_interval,
    widened,
)

FEW_ERRORS = 3
"""Below this many expected cases on the wrong side, of unequal classes, Newcombe's is used."""

UNEQUAL = 3
"""Classes are unequal where the larger has at least so many times the cases of the smaller."""

LOGIT = "DeLong on the logit scale"
NEWCOMBE = "Newcombe 2006, method 5"

_ZERO = 1e-9  # a standard error below this is rounding


class AucInterval(NamedTuple):
    """Limits and the name of the procedure."""

    low: float
    high: float
    procedure: str


def auc_interval(
    auc: float,
    se_cases: float,
    counts: Sequence[int],
    level: float = 0.95,
    seeds: tuple[float, int] = (0.0, 1),
    *,
    clustered: bool = False,
) -> AucInterval:
    """Interval of one AUC, or of a mean of AUCs over seeds. Never a single point.

    Args:
        auc: of two classes, or a mean over one-against-rest or pairwise AUCs.
        se_cases: its standard error because the cases are a sample (DeLong's or Obuchowski's).
        counts: cases of each class that is present; patients that have a case of it where cases
            of a patient correlate. At least two classes.
        level: for example 0.95.
        seeds: (variance of the mean over seeds, number of seeds).
        clustered: whether `counts` are of patients with several cases.

    Raises:
        ValueError: if there are fewer than two classes, or the AUC is none.

    >>> auc_interval(1.0, 0.0, [12, 30]).procedure
    'Newcombe 2006, method 5'
    """
    present = [int(count) for count in counts if count > 0]
    if len(present) < 2 or not 0 <= auc <= 1:
        raise ValueError(f"an AUC of at least two classes is needed, not {auc} of {present}")
    smaller = min(present)
    others = sum(present) - smaller
    unequal = clustered or others >= UNEQUAL * smaller
    cases_df = math.inf if len(present) == 2 and not unequal else design_df(present)
    df = degrees_of_freedom(se_cases, cases_df, (seeds,))
    whole = Difference(auc, se_cases, math.sqrt(seeds[0]), df)
    quantile = whole.quantile((1 + level) / 2)
    few = smaller < SMALL_CLASS or (unequal and smaller * min(auc, 1 - auc) < FEW_ERRORS)
    if se_cases < _ZERO or not 0 < auc < 1 or (len(present) == 2 and few):
        low, high = newcombe_interval(auc, smaller, others, level)
        low, high = widened(auc, low, high, whole.se_seeds, quantile)
        return AucInterval(low, high, NEWCOMBE)
    low, high = logit_interval(auc, whole.se, quantile)
    return AucInterval(low, high, LOGIT)


def design_df(counts: Sequence[int]) -> float:
    """Degrees of freedom of the error of an AUC, from the class sizes alone.

    Args:
        counts: cases of each class that is present.

    >>> round(design_df([100, 50, 5]), 1), round(design_df([50, 950]), 1)
    (5.3, 54.3)
    """
    cases = np.array(counts, dtype=float)
    if cases.min() < 2:
        return 1.0
    shares = (1 / cases) / (1 / cases).sum()
    return float(1 / (shares**2 / (cases - 1)).sum())
