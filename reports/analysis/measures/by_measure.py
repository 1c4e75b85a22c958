"""Two methods compared by a measure other than the AUC, with every test that AUCs have.

On one split the error due to cases is that of the linearised measure, with the t distribution of as
many degrees of freedom as the smallest class has cases (patients), less one. Where decisions are
right nearly always, that interval is too short and on the wrong side: the limits are those of the
paired bootstrap of cases (patients) where they lie further away. Seeds add their variance, as with
AUCs. Over folds it is the corrected t test.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from bench.protocol.scoring import Measure
from reports.analysis.measures.measures import LOSSES, RATES, gains
from reports.analysis.measures.run_scores import Contrast, RunScores, run_scores
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.paired import Tested, class_sizes
from reports.evidence import Estimate, PairTest
from reports.loading.selection import ScoredRun
from reports.statistics import paired_bootstrap
from reports.statistics.contrast import Difference, widening
from reports.statistics.operating import decision_threshold, decisions
from reports.statistics.power import TestModel
from reports.statistics.zero_discordance import least_error

FloatArray = NDArray[np.float64]


def measure_pair(
    compared: DatasetComparison, measure: Measure, a: Chosen, b: Chosen, margin: float
) -> PairTest:
    """Method a against method b, Holm's corrections still to be made.

    The difference is above 0 where the first is better, of losses too.

    Args:
        compared: the data set's runs.
        measure: not the AUC.
        a, b: two methods that are `comparable`.
        margin: smallest difference that matters.

    Raises:
        ValueError: if they are not comparable.
    """
    if compared.paired is None or not compared.comparable(a.name, b.name):
        raise ValueError(f"{a.name} and {b.name} have no {measure} to compare")
    paired = ByMeasure(compared, measure, (a.name, b.name))
    names = [(a.name, b.name)]
    n_candidates = {a.name: a.n_candidates, b.name: b.n_candidates}
    (pair,) = pair_tests(
        paired,
        names,
        margin=margin,
        alpha=compared.study.alpha,
        n_cases=None if compared.study.folds else compared.data.size.cases,
        n_candidates=n_candidates,
    )
    return pair


class ByMeasure:
    """A measure of some methods on the same test cases.

    Args:
        compared: the data set's runs; test has cases of two classes.
        measure: not the AUC.
        methods: those to be compared.
    """

    def __init__(
        self, compared: DatasetComparison, measure: Measure, methods: Sequence[str]
    ) -> None:
        found = run_scores(compared, measure, methods=methods)
        if found is None:
            raise ValueError(f"{', '.join(methods)} have no {measure} to compare")
        self.compared, self.measure = compared, measure
        self.run_scores: RunScores = found

    def value(self, method: str) -> Estimate:
        """The measure, mean over runs, as it is: a loss is not turned round."""
        better = float(np.nanmean(self.run_scores.test[self._rows(method)]))
        return Estimate(-better if self.measure in LOSSES else better)

    def model(
        self, a: str, b: str, n_candidates: Mapping[str, int] | None = None
    ) -> TestModel | None:
        """None: what could be found is not modelled."""

    def tested(
        self, pairs: Sequence[tuple[str, str]], n_candidates: Mapping[str, int] | None = None
    ) -> list[Tested]:
        """The measure of the first − that of the second, for every pair.

        Raises:
            ValueError: if two methods have fewer than two folds in common.
        """
        found = []
        for a, b in pairs:
            sides = {a: self._rows(a)}, {b: self._rows(b)}
            if self.run_scores.contrast is not None:
                found.append(self._resampled(self.run_scores.contrast, a, b, n_candidates or {}))
            elif (folds := self.run_scores.tested([sides])[0]) is not None:
                found.append(folds)
            else:
                raise ValueError(f"{a} and {b} have fewer than two folds in common")
        return found

    def _resampled(
        self, contrast: Contrast, a: str, b: str, n_candidates: Mapping[str, int]
    ) -> Tested:
        """The linearised difference, with the bootstrap's limits where they lie further away."""
        one = self.run_scores.linearised(contrast, {a: self._rows(a)}, {b: self._rows(b)})
        quantile = float(stdtrit(self.run_scores.cases_df, (1 + self.compared.level) / 2))
        part = self.compared.data.tests[None]
        n_units = len(part.labels) if part.units is None else int(part.units.max()) + 1
        same = self._same(a, b)
        counts = class_sizes(part.labels, part.units)
        one = replace(one, se_cases=max(one.se_cases, least_error(counts)))
        if not same:
            low, high = paired_bootstrap.limits(
                one.d, self._replicates(a, b), self.compared.level, quantile, n_units
            )
            reach = quantile * one.se_cases
            one = replace(
                one,
                stretch_below=max(1.0, (one.d - low) / reach),
                stretch_above=max(1.0, (high - one.d) / reach),
            )
        who = "cases" if part.units is None else part.unit_named
        name = f"t and paired bootstrap of {who}, the wider"
        if same:
            name = "least error of so many cases (identical predictions)"
        elif one.se_seeds > 0:
            one, name = self._widened(one, a, b, n_candidates), f"{name}, with seed variance"
        return Tested(one, one.p(), name)

    def _widened(
        self, one: Difference, a: str, b: str, n_candidates: Mapping[str, int]
    ) -> Difference:
        """As with AUCs, where the seeds that are tested have chosen the champion."""
        alpha = 1 - self.compared.level
        own, factor = {}, {}
        for name in (a, b):
            each = self.run_scores.test[self._rows(name)]
            own[name] = float(each.var(ddof=1)) / len(each) if len(each) > 1 else 0.0
            factor[name] = widening(len(each), n_candidates.get(name, 1), alpha)
        below = math.sqrt(factor[a] ** 2 * own[a] + own[b]) / one.se_seeds
        above = math.sqrt(own[a] + factor[b] ** 2 * own[b]) / one.se_seeds
        return replace(one, seeds_below=below, seeds_above=above)

    def _replicates(self, a: str, b: str) -> FloatArray:
        """Of a − b; the same samples, whichever of the two is named first."""
        if a > b:
            return -self._replicates(b, a)
        part, positive = self.compared.data.tests[None], self.compared.data.card.positive
        if self.measure in LOSSES:
            each = [
                gains(self.measure, part.labels, self._probabilities(name), positive).mean(axis=0)
                for name in (a, b)
            ]
            return paired_bootstrap.mean_replicates(each[0] - each[1], part.units)
        decided = []
        for name in (a, b):
            thresholds = [
                decision_threshold(run.validation_labels, run.validation, positive)
                for run in self._runs(name)
            ]
            said = self._probabilities(name)
            decided.append(decisions(said, np.array(thresholds), positive))
        return paired_bootstrap.rate_replicates(
            part.labels,
            (decided[0], decided[1]),
            len(self.compared.data.card.class_names),
            positive,
            RATES[self.measure],
            part.units,
        )

    def _same(self, a: str, b: str) -> bool:
        """Whether all runs of both say the same of every case."""
        both = np.concatenate([self._probabilities(a), self._probabilities(b)])
        return bool((both == both[0]).all())

    def _rows(self, method: str) -> list[int]:
        return self.run_scores.rows([method], None)[method]

    def _runs(self, method: str) -> list[ScoredRun]:
        scores = self.compared.candidates.scores[method]
        both = zip(self.compared.candidates.runs[method], scores, strict=True)
        return [run for run, score in both if score.test is not None]

    def _probabilities(self, method: str) -> FloatArray:
        return np.stack([run.test for run in self._runs(method)])
