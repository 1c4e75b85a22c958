"""Two methods compared by a measure other than the AUC, with every test that AUCs have.

On one split the error due to cases is that of the linearised measure, with that of further cases
(`reports.analysis.measures.further_cases`) and the t distribution of as many degrees of freedom as
the measure has cases (patients), of several classes the smallest, less one. Where decisions are
right nearly always, that interval is on the wrong side: the limits are those of the paired
bootstrap of cases (patients) where they lie further away. Seeds add their variance, as with
AUCs, and trainings on samples of the training part in place of seeds. Over folds the errors of the
folds are put together as `reports.statistics.trainings.fold_measure` says, with the bootstrap's
limits too, and each side is represented in every fold by the best there.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from bench.protocol.scoring import Measure
from reports.analysis.measures.measures import LOSSES, RATES, gains, measured
from reports.analysis.measures.run_scores import Contrast, RunScores, run_scores
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.paired import Tested
from reports.evidence import Estimate, PairTest
from reports.loading.selection import ScoredRun, TestPart, units_of
from reports.statistics import paired_bootstrap
from reports.statistics.contrast import Difference, widening
from reports.statistics.operating import confusion, decision_threshold, decisions, rates
from reports.statistics.power import TestModel
from reports.statistics.trainings.training_sets import LEAST, with_training_sets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

IDENTICAL_PREDICTIONS = "least error of so many cases (identical predictions)"


def measure_pair(
    compared: DatasetComparison, measure: Measure, a: Chosen, b: Chosen, margin: float
) -> PairTest:
    """Method a against method b, Holm's corrections still to be made.

    The difference is above 0 where the first is better, of losses too.

    Args:
        compared: the data set's runs.
        measure: not the AUC.
        a, b: two for which `can_pair` holds.
        margin: smallest difference that matters.

    Raises:
        ValueError: if they are not comparable.
    """
    if compared.paired is None or not compared.can_pair(a, b):
        raise ValueError(f"{a.name} and {b.name} have no {measure} to compare")
    stands = {one.name: dict(one.by_fold) for one in (a, b) if one.by_fold}
    paired = ByMeasure(compared, measure, (a.name, b.name), stands)
    names = [(a.name, b.name)]
    n_candidates = {a.name: a.n_candidates, b.name: b.n_candidates}
    (pair,) = pair_tests(
        paired,
        names,
        margin=margin,
        alpha=compared.study.alpha,
        n_cases=None if compared.study.folds else compared.data.size.cases,
        n_candidates=n_candidates,
        classes=len(compared.data.card.class_names),
    )
    return pair


class ByMeasure:
    """A measure of some methods on the same test cases.

    Args:
        compared: the data set's runs; test has cases of two classes.
        measure: not the AUC.
        methods: those to be compared.
        stands: names of `methods` that mean another method in another fold: fold → method.
    """

    def __init__(
        self,
        compared: DatasetComparison,
        measure: Measure,
        methods: Sequence[str],
        stands: Mapping[str, Mapping[int, str]] | None = None,
    ) -> None:
        self._stands = stands or {}
        meant = {name for own in self._stands.values() for name in own.values()}
        found = run_scores(compared, measure, methods={*methods, *meant})
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
                found.append(self._stretched(folds, a, b))
            else:
                raise ValueError(f"{a} and {b} have fewer than two folds in common")
        return found

    def _resampled(
        self, contrast: Contrast, a: str, b: str, n_candidates: Mapping[str, int]
    ) -> Tested:
        """The linearised difference, with the bootstrap's limits where they lie further away."""
        one = self.run_scores.linearised(contrast, {a: self._rows(a)}, {b: self._rows(b)})
        name = self.run_scores.procedure("t", one)
        part = self.compared.data.tests[None]
        same = self._same(a, b)
        if not same:
            one = self._reaching(one, one.d, self._replicates(a, b), part.units, len(part.labels))
        who = "cases" if part.units is None else part.unit_named
        name = f"{name} and paired bootstrap of {who}, the wider"
        each = self._over_training_sets(a, b)
        if same and not each:
            return Tested(one, one.p(), IDENTICAL_PREDICTIONS)
        if one.se_seeds > 0:
            one = self._widened(one, a, b, n_candidates)
        if each:
            one = with_training_sets(one, self.run_scores.cases_df, each)
            name = f"{name}, with the variance between {len(each)} resampled trainings"
        elif one.se_seeds > 0:
            name = f"{name}, with seed variance"
        return Tested(one, one.p(), name, len(each))

    def _reaching(
        self, one: Difference, d: float, replicates: FloatArray, units: IntArray | None, n: int
    ) -> Difference:
        """With the reach of a bootstrap of d where that is further than the error's."""
        quantile = float(stdtrit(self.run_scores.cases_df, (1 + self.compared.level) / 2))
        n_units = n if units is None else int(units.max()) + 1
        low, high = paired_bootstrap.limits(d, replicates, self.compared.level, quantile, n_units)
        reach = quantile * one.se_cases
        return replace(
            one,
            stretch_below=max(1.0, (d - low) / reach),
            stretch_above=max(1.0, (high - d) / reach),
        )

    def _over_training_sets(self, a: str, b: str) -> list[float]:
        """A difference for each sample that both were trained on; none where they are too few."""
        own, other = (self._of_samples(name) for name in (a, b))
        each = [own[i] - other[i] for i in sorted(own.keys() & other.keys())]
        return each if len(each) >= LEAST else []

    def _of_samples(self, method: str) -> dict[int, float]:
        """Sample of the training part → the measure of the model that was trained on it."""
        part, positive = self.compared.data.tests[None], self.compared.data.card.positive
        found = {}
        for run in self.compared.data.resampled:
            sample = run.run.trial.resample
            if run.run.trial.method == method and sample is not None:
                threshold = decision_threshold(run.validation_labels, run.validation, positive)
                told = measured(
                    self.measure, part.labels, run.test[None], np.array([threshold]), positive, None
                )
                found[sample] = float(told.value[0])
        return found

    def _stretched(self, folds: Tested, a: str, b: str) -> Tested:
        """Over folds, with the limits of a bootstrap of all cases where they lie further away.

        All draws of the folds test the same cases, so that the first whole one tells.
        """
        tests, positive = self.compared.data.tests, self.compared.data.card.positive
        parts = _whole_draw([self._by_part(name) for name in (a, b)], tests)
        if not parts:
            return folds
        runs = [[self._by_part(name)[part] for part in parts] for name in (a, b)]
        labels = np.concatenate([tests[part].labels for part in parts])
        units = units_of([tests[part] for part in parts])
        if self.measure in LOSSES:
            gain = [
                np.concatenate(
                    [
                        self._gain(tests[part].labels, np.stack([run.test for run in own]))
                        for part, own in zip(parts, side, strict=True)
                    ]
                )
                for side in runs
            ]
            each = gain[0] - gain[1]
            if not each.any():
                return folds
            replicates, d = paired_bootstrap.mean_replicates(each, units), float(each.mean())
        else:
            k, column = len(self.compared.data.card.class_names), RATES[self.measure]
            decided = [_decided(side, positive) for side in runs]
            if all((own == decided[0][0]).all() for own in decided):
                return folds
            replicates = paired_bootstrap.rate_replicates(
                labels, (decided[0], decided[1]), k, positive, column, units
            )
            means = [
                np.mean([rates(confusion(labels, own, k), positive)[column] for own in side])
                for side in decided
            ]
            d = float(means[0] - means[1])
        one = self._reaching(folds.difference, d, replicates, units, len(labels))
        who = "cases" if units is None else tests[parts[0]].unit_named
        return Tested(one, one.p(), f"{folds.test}, and paired bootstrap of {who}, the wider")

    def _by_part(self, name: str) -> dict[int, list[ScoredRun]]:
        """Fold → the runs of whom the name means there."""
        found: dict[int, list[ScoredRun]] = {}
        meant = self._stands.get(name)
        for method in {name} if meant is None else set(meant.values()):
            for run in self._runs(method):
                if meant is None or meant.get(run.part or 0) == method:
                    found.setdefault(run.part or 0, []).append(run)
        return found

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
            each = [self._gain(part.labels, self._probabilities(name)) for name in (a, b)]
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

    def _gain(self, labels: IntArray, said: FloatArray) -> FloatArray:
        positive = self.compared.data.card.positive
        return np.asarray(gains(self.measure, labels, said, positive).mean(axis=0))

    def _same(self, a: str, b: str) -> bool:
        """Whether all runs of both say the same of every case."""
        both = np.concatenate([self._probabilities(a), self._probabilities(b)])
        return bool((both == both[0]).all())

    def _rows(self, name: str) -> list[int]:
        """Runs of the method that the name means, in every fold."""
        meant = self._stands.get(name)
        if meant is None:
            return self.run_scores.rows([name], None)[name]
        both = zip(self.run_scores.methods, self.run_scores.parts, strict=True)
        return [row for row, (method, part) in enumerate(both) if meant.get(part or 0) == method]

    def _runs(self, method: str) -> list[ScoredRun]:
        scores = self.compared.candidates.scores[method]
        both = zip(self.compared.candidates.runs[method], scores, strict=True)
        return [run for run, score in both if score.test is not None]

    def _probabilities(self, method: str) -> FloatArray:
        return np.stack([run.test for run in self._runs(method)])


def _whole_draw(
    sides: Sequence[Mapping[int, object]], tests: Mapping[int | None, TestPart]
) -> list[int]:
    """The folds of the first draw in which both sides have a run in every fold; [] without one."""
    draws: dict[int, list[int]] = {}
    for part, test in tests.items():
        draws.setdefault(test.repeat, []).append(part or 0)
    whole = (own for own in draws.values() if all(part in side for side in sides for part in own))
    return next(whole, [])


def _decided(side: Sequence[Sequence[ScoredRun]], positive: int | None) -> IntArray:
    """`(s, n)` decisions of a side, fold after fold; s is the smallest number of runs of a fold."""
    s = min(len(own) for own in side)
    found = []
    for own in side:
        thresholds = [decision_threshold(r.validation_labels, r.validation, positive) for r in own]
        said = np.stack([run.test for run in own[:s]])
        found.append(decisions(said, np.array(thresholds[:s]), positive))
    return np.concatenate(found, axis=1)
