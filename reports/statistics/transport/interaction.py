"""Is the difference of two methods another one elsewhere? A difference of differences.

The same two methods, trained once, are compared in several settings: on the test part, on that of
another hospital, on the same images spoilt, among women. d is their difference in AUC in each. A
weighted sum of such d is an AUC contrast, and its error due to the cases follows from DeLong's (or
Obuchowski's) structural components: what a unit (a case, or a patient with all of his cases) adds
in every setting in which it appears is added up before it is squared. So settings that share their
cases have their joint covariance, and those that share none are independent, by one formula.

The seeds are those of the same fitted models everywhere. A model that is better than its siblings
in one setting mostly is so in another, so that the contrast is formed seed by seed before its
variance is taken.

Limits are not symmetric where an AUC is near 1: those of every d are squared and added with the
correlation of the settings (Zou & Donner 2008, Statistics in Medicine 27:1693), as those of two
AUCs are for one d (`reports.statistics.difference_interval`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.statistics.contrast import Difference, cases_df, degrees_of_freedom

FloatArray = NDArray[np.float64]

_ZERO = 1e-18  # a variance below this is rounding


@dataclass(frozen=True, eq=False)
class InSetting:
    """The difference of two methods in one setting, and what every unit adds to its error.

    Attributes:
        difference: d with its error.
        added: `(2, u)` what each unit adds through its positive and through its negative cases, as
            in `reports.statistics.auc.Components`, for the weights of d.
        units: `(u,)` names of the units; the same name in two settings is the same case (patient).
        runs: AUCs of the single runs of the first and of the second method, `(s,)` and `(t,)`.
        smallest: cases (patients) of the smallest class.
        least: smallest standard error that d may have here.
        models: names the fitted models; runs of settings with the same name are the same, in order.
        whole: whether all of the error of d counts as that of the cases, that of seeds included,
            since `runs` tell nothing of it.
    """

    difference: Difference
    added: FloatArray
    units: NDArray[np.str_]
    runs: tuple[FloatArray, FloatArray]
    smallest: int
    least: float
    models: str = ""
    whole: bool = False

    @property
    def error(self) -> float:
        """Of d due to the cases, as it is set against that of other settings."""
        return self.difference.se if self.whole else self.difference.se_cases

    def reaching(self, *, downwards: bool) -> float:
        """The same for what lies below or above d."""
        d = self.difference
        if self.whole:
            return d.error_below if downwards else d.error_above
        return d.se_cases * (d.stretch_below if downwards else d.stretch_above)


def weighted(settings: Sequence[InSetting], weights: Sequence[float]) -> Difference:
    """Σ weight · d over settings, with its error.

    Weights that add up to 0 make an interaction, those that add up to 1 a mean.

    Args:
        settings: at least one.
        weights: one for each.

    Raises:
        ValueError: if their numbers differ, or runs of the same models do.
    """
    if len(settings) != len(weights) or not settings:
        raise ValueError(f"{len(weights)} weights do not fit {len(settings)} settings")
    w = np.asarray(weights, dtype=float)
    value = float(sum(own * one.difference.d for own, one in zip(w, settings, strict=True)))
    correlation = correlations(settings)
    error = np.array([one.error for one in settings])
    # A method that no change of images moves may be moved by the next one all the same.
    least = max(abs(w)) * min(one.least for one in settings)
    shown = _added_up(w * error, correlation)
    se_cases = max(shown, least)
    seeds = _seed_parts(settings, w)
    se_seeds = math.sqrt(sum(variance for variance, _ in seeds))
    df = cases_df(min(one.smallest for one in settings))
    stretched = [
        _added_up(
            np.array(
                [
                    own * one.reaching(downwards=down)
                    for own, one, down in zip(w, settings, (w > 0) == lower, strict=True)
                ]
            ),
            correlation,
        )
        for lower in (True, False)
    ]
    below, above = (max(1.0, each / se_cases) for each in stretched)
    return Difference(
        value,
        se_cases,
        se_seeds,
        degrees_of_freedom(se_cases, df, tuple(seeds)),
        below,
        above,
        at_least=shown < least
        or any(one.difference.at_least for own, one in zip(w, settings, strict=True) if own),
    )


def correlations(settings: Sequence[InSetting]) -> FloatArray:
    """`(s, s)` of the d of settings, so far as they share units; 0 where one has no variance.

    >>> left = InSetting(
    ...     Difference(0.1, 0.02), np.array([[0.01, 0.0], [0.0, 0.02]]), np.array(["a", "b"]),
    ...     (np.array([0.9]), np.array([0.8])), 50, 0.001,
    ... )
    >>> correlations([left, left]).round(6).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    names, where = np.unique(np.concatenate([one.units for one in settings]), return_inverse=True)
    placed = np.zeros((len(settings), len(names)))
    ends = np.cumsum([len(one.units) for one in settings])[:-1]
    for row, (one, own) in enumerate(zip(settings, np.split(where, ends), strict=True)):
        placed[row, own] = one.added.sum(axis=0)
    covariance = placed @ placed.T
    error = np.sqrt(np.diag(covariance))
    product = np.outer(error, error)
    found = np.divide(covariance, product, out=np.zeros_like(product), where=product > _ZERO)
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.clip(found, -1.0, 1.0), dtype=np.float64)


def _added_up(errors: FloatArray, correlation: FloatArray) -> float:
    return math.sqrt(max(0.0, float(errors @ correlation @ errors)))


def _seed_parts(settings: Sequence[InSetting], w: FloatArray) -> list[tuple[float, int]]:
    """(variance of the mean over runs, runs) of each method of each set of fitted models."""
    found = []
    for models in dict.fromkeys(one.models for one in settings):
        own = [(k, one) for k, one in zip(w, settings, strict=True) if one.models == models]
        for side in (0, 1):
            if len({len(one.runs[side]) for _, one in own}) > 1:
                raise ValueError("settings of the same models must have the same runs")
            each = sum(k * one.runs[side] for k, one in own)
            count = len(each)
            found.append((float(np.var(each, ddof=1)) / count if count > 1 else 0.0, count))
    return found
