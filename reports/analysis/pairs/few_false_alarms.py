"""Two methods where few false alarms are allowed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reports.analysis.methods.answers import (
    Answer,
    labels_of,
    patients,
    stored_answers,
    whole_seeds,
    whom,
)
from reports.analysis.methods.discrimination import SPECIFIC
from reports.analysis.pairs.paired import SEEDS, procedure
from reports.evidence import Estimate, FewFalseAlarms, FixedSpecificity, PartialAucDifference
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.statistics.decisions.curve_tests import (
    fixed_difference,
    partial_difference,
    specific_threshold,
)
from reports.statistics.discordance import Discordance

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

AIMED_AT = (0.9, 0.95)
"""Specificities for which thresholds are sought on validation."""

REPETITIONS = 300
"""Of the bootstrap, whose standard deviation they give to within some 4 %."""

BOOTSTRAP = "bootstrap of cases"
PAIRED = "Bonett and Price"

Both = tuple[Sequence[ScoredRun], Sequence[ScoredRun]]


def few_false_alarms(
    data: DatasetRuns, names: tuple[str, str], runs: Both, level: float
) -> FewFalseAlarms | None:
    """Partial AUC, and sensitivity at thresholds that reach a specificity on validation.

    Args:
        data: all runs of the data set.
        names: of a and b.
        runs: theirs.
        level: of the intervals.

    Returns:
        None for more than two classes, with a class absent from test, and where one of the two
        has no seed with every fold.
    """
    positive = data.card.positive
    labels, units = labels_of(data), patients(data)
    is_positive = labels == positive
    if positive is None or is_positive.all() or not is_positive.any():
        return None
    told = [stored_answers(data, own) for own in runs]
    if not all(len(_scores(own, positive, len(labels))) for own in told):
        return None
    partial = None
    if None in data.tests:  # scores of several fitted methods have no curve in common
        name = BOOTSTRAP if units is None else f"bootstrap of {whom(data)}"
        partial = _partial(is_positive, told, positive, units, level, name)
    fixed = [
        _fixed(
            specificity,
            is_positive,
            _called(told, runs, positive, specificity, len(labels)),
            units,
            level,
            next(iter(data.tests.values())).unit,
        )
        for specificity in AIMED_AT
        if all(_has_negatives(run, positive) for own in runs for run in own)
    ]
    return FewFalseAlarms(names[0], names[1], partial, tuple(fixed))


def _partial(
    is_positive: BoolArray,
    told: Sequence[list[Answer]],
    positive: int,
    units: IntArray | None,
    level: float,
    name: str,
) -> PartialAucDifference | None:
    a, b = (_scores(own, positive, len(is_positive)) for own in told)
    try:
        found = partial_difference(is_positive, a, b, SPECIFIC, units, REPETITIONS)
    except ValueError:  # so few patients that hardly any sample has both classes
        return None
    low, high = found.difference.interval(level)
    most = 1 - SPECIFIC
    name = procedure(name, found.difference, SEEDS if found.difference.se_seeds > 0 else "")
    return PartialAucDifference(
        SPECIFIC,
        found.a,
        found.b,
        Estimate(found.difference.d, max(-most, low), min(most, high), name),
        found.difference.p(),
    )


def _called(
    told: Sequence[list[Answer]], runs: Both, positive: int, specificity: float, n_cases: int
) -> list[BoolArray]:
    """`(s, n)` of each side: whether a run calls a case positive, at its own threshold."""
    called = []
    for answers, own in zip(told, runs, strict=True):
        each = []
        for answer, run in zip(answers, own, strict=True):
            truth = run.validation_labels == positive
            threshold = specific_threshold(truth, run.validation[:, positive], specificity)
            each.append((answer.probabilities[:, positive] >= threshold).astype(float))
        called.append(whole_seeds(answers, each, n_cases) > 0.5)
    return called


def _fixed(
    specificity: float,
    is_positive: BoolArray,
    called: Sequence[BoolArray],
    units: IntArray | None,
    level: float,
    unit: str,
) -> FixedSpecificity:
    found = fixed_difference(is_positive, called[0], called[1], units, level, unit)
    return FixedSpecificity(
        aimed_at=specificity,
        sensitivity_a=found.sensitivity.accuracy_a,
        sensitivity_b=found.sensitivity.accuracy_b,
        difference=_difference(found.sensitivity),
        p=found.sensitivity.p,
        test=found.sensitivity.test,
        specificity_a=found.specificity.accuracy_a,
        specificity_b=found.specificity.accuracy_b,
        specificity_difference=_difference(found.specificity),
    )


def _difference(found: Discordance) -> Estimate:
    return Estimate(found.accuracy_a - found.accuracy_b, found.low, found.high, PAIRED)


def _scores(told: Sequence[Answer], positive: int, n_cases: int) -> NDArray[np.float64]:
    return whole_seeds(told, [one.probabilities[:, positive] for one in told], n_cases)


def _has_negatives(run: ScoredRun, positive: int) -> bool:
    return bool((run.validation_labels != positive).any())
