"""The difference of a measure over the folds of a cross-validation, from that of every fold.

As with the AUC (`reports.statistics.fold_auc`) the error due to cases is that of the influence of
every case on the measure of its own fold: folds of one draw test different cases, so that their
variances add up, and it is taken `1 + OVERLAP` times, since every test case also trains other
folds. Where the folds were drawn several times all draws test the same cases: the mean over draws
is taken to have the error of one of them, which it can only fall short of, and the variance between
draws is added.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.fold_auc import OVERLAP


@dataclass(frozen=True)
class InFold:
    """A difference on the test cases of one fold.

    Attributes:
        repeat: which draw of the folds this one belongs to.
        d: side a − side b.
        variance: of d, due to its cases.
        seeds: for every method of both sides the variance of its mean due to seeds, and how many.
    """

    repeat: int
    d: float
    variance: float
    seeds: tuple[tuple[float, int], ...] = ()


def mean_over_folds(
    folds: Sequence[InFold], cases_df: float, least: float = 0.0, further: float = 0.0
) -> Difference | None:
    """The mean over folds with its error; None of fewer than two folds.

    Draws with fewer folds than others are left out.

    Args:
        folds: of one or several draws.
        cases_df: degrees of freedom of the error due to cases.
        least: smallest standard error due to cases.
        further: standard error that cases beyond those of the folds add.

    >>> one = mean_over_folds([InFold(0, 0.1, 0.02), InFold(0, 0.3, 0.02)], 99.0)
    >>> round(one.d, 3), round(one.se_cases, 3), round(one.se_seeds / one.se_cases, 3)
    (0.2, 0.1, 0.742)
    """
    draws: dict[int, list[InFold]] = defaultdict(list)
    for fold in folds:
        draws[fold.repeat].append(fold)
    most = max((len(own) for own in draws.values()), default=0)
    if most < 2:
        return None
    whole = [own for own in draws.values() if len(own) == most]
    means = np.array([np.mean([fold.d for fold in own]) for own in whole])
    variances = [sum(fold.variance for fold in own) / most**2 for own in whole]
    shown = math.hypot(math.sqrt(np.mean(variances)), further)
    se_cases = max(shown, least)
    n = sum(len(own) for own in whole)
    seeds = [
        (sum(v for v, _ in each) / n**2, 1 + sum(count - 1 for _, count in each))
        for each in zip(*(fold.seeds for own in whole for fold in own), strict=True)
    ]
    between = (float(means.var(ddof=1)) / len(means), len(means)) if len(means) > 1 else (0.0, 1)
    extra = (*seeds, between)
    return Difference(
        float(means.mean()),
        se_cases,
        math.sqrt(OVERLAP * se_cases**2 + sum(variance for variance, _ in extra)),
        degrees_of_freedom(math.sqrt(1 + OVERLAP) * se_cases, cases_df, extra),
        at_least=shown < least,
    )
