"""How often a verdict says that one side is better where no method is better than another."""

import math
from dataclasses import dataclass, fields

import numpy as np
from scipy import stats

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.single_split import SingleSplit
from reports.collect import corrected_over_datasets
from reports.statistics.multiplicity import holm
from reports.verdicts.dataset_verdict import decide
from reports.verdicts.mean import Counted, judged_mean
from reports.verdicts.rules import limits
from tests.benchmarks.binormal import MARGIN, Design, draw_comparison

ALPHA = 0.05


@dataclass(frozen=True)
class NullCount:
    """Counts over experiments; each is a study of some data sets.

    Attributes:
        experiments, datasets: how many studies, of how many data sets each.
        deep, classical: data sets on which that side would be called better if it were the only
            data set of its study.
        by_margin: those of them that say "by more than the margin".
        any_better: studies in which any data set says "better", after Holm's correction.
        pooled: studies whose mean over data sets has an interval that leaves out 0; None with one
            data set.
        naive: data sets on which DeLong's normal test of single images with the seeds as they are
            says that the champions differ.
        any_naive: studies in which any of them does, after Holm's correction.
    """

    experiments: int
    datasets: int
    deep: int
    classical: int
    by_margin: int
    any_better: int
    pooled: int
    naive: int
    any_naive: int

    def __add__(self, other: "NullCount") -> "NullCount":
        if self.datasets != other.datasets:
            raise ValueError("studies of different sizes cannot be counted together")
        return NullCount(
            *(
                self.datasets
                if field.name == "datasets"
                else getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            )
        )


def false_verdicts(
    design: Design, datasets: int, experiments: int, random_state: list[int]
) -> NullCount:
    """Verdicts of so many studies, each on so many data sets of this design."""
    if design.deep != design.classical:
        raise ValueError("there is a difference, so that finding one is no error")
    rng = np.random.default_rng(random_state)
    total = NullCount(0, datasets, 0, 0, 0, 0, 0, 0, 0)
    for _ in range(experiments):
        total += _study([draw_comparison(design, rng) for _ in range(datasets)])
    return total


def allowed(experiments: int) -> float:
    """5 % and two standard errors of a share of so many."""
    return ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / experiments)


def _study(all_compared: list[DatasetComparison]) -> NullCount:
    found = [each.primary(prospects=False) for each in all_compared]
    alone = [
        decide(one, each.obstacle, (), MARGIN)
        for one, each in zip(found, all_compared, strict=True)
    ]
    together = [
        decide(one, each.obstacle, (), MARGIN)
        for one, each in zip(corrected_over_datasets(found), all_compared, strict=True)
    ]
    pooled = None
    if len(all_compared) > 1:
        judged = [
            Counted(str(i), str(i), one.pair)
            for i, (one, verdict) in enumerate(zip(found, together, strict=True))
            if one is not None and verdict.is_verdict
        ]
        pooled = judged_mean(judged, margin=MARGIN, alpha=ALPHA)
    outside = False
    if pooled is not None:
        low, high = limits(pooled.mean.effect)
        outside = low > 0 or high < 0
    naive = [_naive_p(each) for each in all_compared]
    better = [verdict for verdict in alone if verdict.rule.startswith("better")]
    return NullCount(
        experiments=1,
        datasets=len(all_compared),
        deep=sum(verdict.winner == "deep" for verdict in better),
        classical=sum(verdict.winner == "classical" for verdict in better),
        by_margin=sum(verdict.rule == "better-beyond-margin" for verdict in better),
        any_better=any(verdict.rule.startswith("better") for verdict in together),
        pooled=outside,
        naive=sum(p < ALPHA for p in naive),
        any_naive=any(p < ALPHA for p in holm(naive)),
    )


def _naive_p(found: DatasetComparison) -> float:
    """As most papers test: DeLong, every image a case of its own, no error of the seeds."""
    test = found.data.tests[None]
    names = [name for name in found.candidates.champions.values() if name is not None]
    scores = {name: np.stack([run.test for run in found.candidates.runs[name]]) for name in names}
    part = type(test)(test.fold, test.case_ids, test.labels, None)
    components = SingleSplit(scores, part, 1, 1 - ALPHA).components
    first = len(scores[names[0]])
    counts = first, len(components.auc) - first
    weights = np.repeat([1 / counts[0], -1 / counts[1]], counts)
    d, variance = components.contrast(weights)
    return float(2 * stats.norm.sf(abs(d) / math.sqrt(variance))) if variance > 1e-18 else 1.0
