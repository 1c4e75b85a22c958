"""What the luck of one training set adds to the error of a difference.

A test of two trained models says nothing of two ways to train: with other training images each
would have come out otherwise. The bootstrap answers by how much (Efron & Tibshirani 1993, chapter
6): both methods are trained anew on the same N samples of the training part, drawn with
replacement, and tested on the same cases. The variance of the N differences stands for what another
training set would have done. There is one training set, however often it is resampled, so that
variance is added whole and not divided by N; its few values give N − 1 degrees of freedom. It
holds the seeds' variance too, since every training has a seed of its own.

The bootstrap's training sets hold 63 % distinct images, and what the cases add to each difference
is in the variance as well: both make it somewhat too large rather than too small.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics.contrast import Difference, degrees_of_freedom

LEAST = 3
"""Fewer trainings than this say nothing of how trainings vary."""


def training_variance(differences: ArrayLike) -> float:
    """Variance of a difference because of the training set.

    Args:
        differences: `(N,)` one per sample of the training part, both methods trained on the same.

    Raises:
        ValueError: if there are fewer than three, or one is not finite.

    >>> round(training_variance([0.01, 0.03, 0.02]), 6)
    0.0001
    """
    each = np.asarray(differences, dtype=float)
    if each.ndim != 1 or len(each) < LEAST or not np.isfinite(each).all():
        raise ValueError(f"at least {LEAST} finite differences are needed: {each.tolist()}")
    return float(each.var(ddof=1))


def with_training_sets(
    difference: Difference, cases_df: float, differences: ArrayLike
) -> Difference:
    """The same difference as a statement about training sets like this one.

    The seeds' part of its error is replaced by the larger of itself and the training sets' part,
    of which only the seeds' share stays widened for a champion that the same seeds chose.

    Args:
        difference: of the models that were trained on the whole training part.
        cases_df: degrees of freedom of the part of its error that is due to cases.
        differences: as of `training_variance`.

    Raises:
        ValueError: as of `training_variance`.
    """
    each = np.asarray(differences, dtype=float)
    error = math.sqrt(training_variance(each))
    if error <= difference.se_seeds:
        return difference
    own = ((error**2, len(each)),)
    share = (difference.se_seeds / error) ** 2
    return replace(
        difference,
        se_seeds=error,
        df=degrees_of_freedom(difference.se_cases, cases_df, own),
        seeds_below=math.sqrt(1 + (difference.seeds_below**2 - 1) * share),
        seeds_above=math.sqrt(1 + (difference.seeds_above**2 - 1) * share),
    )
