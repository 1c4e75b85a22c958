"""AUCs of methods on one test part with several seeds, and differences of two of them."""

import math
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from bench.protocol.scoring import Measure
from reports.analysis.pairs.paired import IDENTICAL, SEEDS, Tested, class_sizes, procedure
from reports.evidence import Estimate
from reports.loading.selection import TestPart
from reports.statistics.auc import components
from reports.statistics.auc_interval import AucInterval, auc_interval
from reports.statistics.contrast import (
    FEW_CASES,
    Difference,
    cases_df,
    degrees_of_freedom,
    widening,
)
from reports.statistics.difference_interval import difference_interval
from reports.statistics.midranks import doubled_midranks
from reports.statistics.permutation import swap_test, swap_weights
from reports.statistics.power import Seeds, TestModel
from reports.statistics.trainings.training_sets import (
    LEAST,
    training_variance,
    with_training_sets,
)
from reports.statistics.transport.interaction import InSetting
from reports.statistics.zero_discordance import least_error

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ZERO = 1e-9  # a standard error below this is rounding


def _in_order(runs: Mapping[str, int]) -> dict[str, slice]:
    """Where the runs of each method stand, one method behind the other."""
    ends = np.cumsum(list(runs.values())).tolist()
    return {name: slice(end - runs[name], end) for name, end in zip(runs, ends, strict=True)}


class SingleSplit:
    """One test part, several seeds.

    The error of a method's mean over K seeds is that of the cases, by DeLong's or Obuchowski's
    covariance of all its score vectors, plus s²/K with s² the variance between seeds. Seeds are
    never ensembled. The error of a difference has the variance between resampled trainings instead,
    where both methods were trained on the same samples of the training part.

    Args:
        scores: method → `(seeds, n, k)` class probabilities of the test cases.
        part: the test cases; at least two classes among them.
        positive: of two classes the one to be found, else None.
        level: of the intervals.
        resampled: method → sample of the training part → `(n, k)` class probabilities of the test
            cases by the model that was trained on it.
    """

    measure: Measure = "auc"

    def __init__(
        self,
        scores: Mapping[str, FloatArray],
        part: TestPart,
        positive: int | None,
        level: float,
        resampled: Mapping[str, Mapping[int, FloatArray]] | None = None,
    ) -> None:
        self.level = level
        self.positive = positive
        self._resampled = resampled or {}
        self._resampled_auc: dict[str, dict[int, float]] = {}
        self.labels = part.labels
        self.units = part.units
        self._whom = part.unit
        self.scores = np.concatenate(list(scores.values()))  # (v, n, k)
        self.components = components(self.labels, self.scores, positive, self.units)
        counts = np.bincount(self.labels, minlength=self.scores.shape[2])
        self.classes = np.flatnonzero(counts) if positive is None else np.array([positive])
        self.counts = class_sizes(self.labels, self.units)
        self.smallest = min(self.counts)
        self.clustered = self.units is not None and len(self.units) > int(self.units.max()) + 1
        self._rows = _in_order({method: len(own) for method, own in scores.items()})
        self._ranked: dict[str, list[IntArray]] = {}

    def of_runs(self, rows: Mapping[str, Sequence[int]]) -> Self:
        """The same cases as some of the runs answer them: method → places among all runs."""
        chosen = [row for own in rows.values() for row in own]
        part = copy(self)
        part.scores, part.components = self.scores[chosen], self.components.of(chosen)
        part._rows = _in_order({method: len(own) for method, own in rows.items()})
        part._ranked = {}
        return part

    def value(self, method: str) -> Estimate:
        """Mean over seeds; interval on the logit scale, or Newcombe's where cases are few."""
        value, variance = self.components.contrast(self._mean(method))
        if self._constant(method):
            return Estimate(value, value, value, "none: all scores are equal")
        found = self._interval(value, variance, self._seeds(method))
        by_patient = "" if self.units is None else f", clustered by {self._whom}"
        return Estimate(value, found.low, found.high, f"{found.procedure}{by_patient}")

    def _interval(
        self, value: float, variance: float, seeds: tuple[float, int] = (0.0, 1)
    ) -> AucInterval:
        return auc_interval(
            value, math.sqrt(variance), self.counts, self.level, seeds, clustered=self.clustered
        )

    def per_class(self, method: str) -> dict[int, float]:
        """Class → one-against-rest AUC, mean over seeds, of the classes that are present."""
        each = self.components.per_class[self._rows[method]].mean(axis=0)
        return dict(zip(self.classes.tolist(), each.tolist(), strict=True))

    def tested(
        self, pairs: Sequence[tuple[str, str]], n_candidates: Mapping[str, int] | None = None
    ) -> list[Tested]:
        """DeLong's test; with few cases the larger p of that and of the swap permutation.

        The larger one, so that a difference is never called shown whose interval includes 0.
        """
        differences = [self.difference(a, b, n_candidates) for a, b in pairs]
        if self.smallest >= FEW_CASES or not pairs:
            return [
                Tested(d, d.p(), self.procedure(d, pair), self.resamples(*pair))
                for d, pair in zip(differences, pairs, strict=True)
            ]
        weights = np.stack([self._swap_weights(a, b) for a, b in pairs])
        shrink = np.array([d.se_cases / d.se if d.se > 0 else 1.0 for d in differences])
        permuted = swap_test(weights, self.units, shrink)
        return [
            Tested(
                d,
                max(d.p(), float(p)),
                self.procedure(d, pair, permuted=True),
                self.resamples(*pair),
            )
            for d, p, pair in zip(differences, permuted, pairs, strict=True)
        ]

    def difference(
        self, a: str, b: str, n_candidates: Mapping[str, int] | None = None
    ) -> Difference:
        """AUC of the first − AUC of the second, with its error; `n_candidates` as of `tested`."""
        d, variance = self.components.contrast(self._mean(a) - self._mean(b))
        if variance < _ZERO**2 and self._same_ranks(a, b):
            d = 0.0
        # Two methods that rank all cases alike, or decide them alike, may differ on the next one.
        shown, least = math.sqrt(variance), least_error(self.counts)
        se_cases = max(shown, least)
        df = cases_df(self.smallest)
        low, high = self._case_limits(a, b, variance)
        reach = self._quantile(df) * se_cases
        seeds = self._seeds(a), self._seeds(b)
        (own_a, _), (own_b, _) = seeds
        wide_a, wide_b = self._widening(a, b, n_candidates)
        se_seeds = math.sqrt(own_a + own_b)
        plain = Difference(
            d,
            se_cases,
            se_seeds,
            degrees_of_freedom(se_cases, df, seeds),
            max(1.0, (d - low) / reach),
            max(1.0, (high - d) / reach),
            math.sqrt(wide_a**2 * own_a + own_b) / se_seeds if se_seeds > 0 else 1.0,
            math.sqrt(own_a + wide_b**2 * own_b) / se_seeds if se_seeds > 0 else 1.0,
            at_least=shown < least,
        )
        each = self._over_training_sets(a, b)
        return with_training_sets(plain, df, each) if each else plain

    def in_setting(
        self,
        a: str,
        b: str,
        units: NDArray[np.str_],
        models: str = "",
        n_candidates: Mapping[str, int] | None = None,
    ) -> InSetting:
        """The same difference with what every unit adds to it, to be set against other settings.

        Args:
            a, b: the methods.
            units: `(u,)` names of the units; where each case counts, of the cases.
            models: as of `reports.statistics.transport.interaction.InSetting`.
            n_candidates: as of `tested`.
        """
        weights = self._mean(a) - self._mean(b)
        found = self.components
        return InSetting(
            difference=self.difference(a, b, n_candidates),
            added=np.stack([weights @ found.positive, weights @ found.negative]),
            units=units,
            runs=(found.auc[self._rows[a]], found.auc[self._rows[b]]),
            smallest=self.smallest,
            least=least_error(self.counts),
            models=models,
        )

    def resamples(self, a: str, b: str) -> int:
        """Samples of the training part whose variance is in the error of their difference."""
        return len(self._over_training_sets(a, b))

    def _over_training_sets(self, a: str, b: str) -> list[float]:
        """A difference for each sample that both were trained on; none where they are too few."""
        own, other = (self._auc_of_samples(name) for name in (a, b))
        each = [own[i] - other[i] for i in sorted(own.keys() & other.keys())]
        return each if len(each) >= LEAST else []

    def _auc_of_samples(self, method: str) -> dict[int, float]:
        """Of a model for each sample, kept since many pairs share them."""
        if method not in self._resampled_auc:
            self._resampled_auc[method] = {
                i: float(
                    components(self.labels, test[np.newaxis], self.positive, self.units).auc[0]
                )
                for i, test in self._resampled.get(method, {}).items()
            }
        return self._resampled_auc[method]

    def model(self, a: str, b: str, n_candidates: Mapping[str, int] | None = None) -> TestModel:
        """What the test of a pair could show, by the errors that it has here."""
        (auc_a, own_a), (auc_b, own_b) = (
            self.components.contrast(self._mean(name)) for name in (a, b)
        )
        _, variance = self.components.contrast(self._mean(a) - self._mean(b))
        cases = np.bincount(self.labels)
        fewest = int(cases[cases > 0].min())
        model = TestModel(
            positive=fewest,
            negative=len(self.labels) - fewest,
            counts=self.counts,
            level=self.level,
            clustered=self.clustered,
            widening=self._widening(a, b, n_candidates),
        )
        shared = (own_a + own_b - variance) / 2
        seeds = self._with_noise(a, own_a), self._with_noise(b, own_b)
        each = self._over_training_sets(a, b)
        if each and (variance_of_sets := training_variance(each)) > sum(s.variance for s in seeds):
            seeds = Seeds(variance_of_sets, len(each)), Seeds()
        return model.fitted(auc_a, auc_b, (own_a, own_b), shared, seeds)

    def _with_noise(self, method: str, own: float) -> Seeds:
        """Its seeds, and how much of what they differ is due to the cases; `own` is of the mean."""
        variance, count = self._seeds(method)
        if count < 2 or own <= 0:
            return Seeds(variance, count)
        rows = range(self._rows[method].start, self._rows[method].stop)
        single = float(np.mean([self.components.covariance_of(row, row) for row in rows]))
        return Seeds(variance, count, max(0.0, single / own - 1) / (count - 1))

    def _widening(
        self, a: str, b: str, n_candidates: Mapping[str, int] | None
    ) -> tuple[float, float]:
        wide_a, wide_b = (
            widening(self._seeds(name)[1], (n_candidates or {}).get(name, 1), 1 - self.level)
            for name in (a, b)
        )
        return wide_a, wide_b

    def _case_limits(self, a: str, b: str, variance: float) -> tuple[float, float]:
        """Limits of the difference due to cases that follow from those of the two AUCs."""
        found = []
        for method in (a, b):
            value, own = self.components.contrast(self._mean(method))
            limits = (value, value)
            if not self._constant(method):
                interval = self._interval(value, own)
                limits = interval.low, interval.high
            found.append((value, own, limits))
        (value_a, own_a, limits_a), (value_b, own_b, limits_b) = found
        product = math.sqrt(own_a * own_b)
        correlation = (own_a + own_b - variance) / (2 * product) if product > _ZERO**2 else 0.0
        return difference_interval(
            value_a, limits_a, value_b, limits_b, min(max(correlation, -1.0), 1.0)
        )

    def _quantile(self, df: float) -> float:
        return float(stdtrit(df, (1 + self.level) / 2))

    def _mean(self, method: str) -> FloatArray:
        weights = np.zeros(len(self.scores))
        weights[self._rows[method]] = 1.0
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def _seeds(self, method: str) -> tuple[float, int]:
        """Variance of the mean over seeds, and the number of seeds; 0 with a single one."""
        each = self.components.auc[self._rows[method]]
        return (float(each.var(ddof=1)) / len(each) if len(each) > 1 else 0.0), len(each)

    def _columns(self, method: str) -> FloatArray:
        """`(seeds, n, classes)` scores that are ranked."""
        return self.scores[self._rows[method]][:, :, self.classes]

    def _constant(self, method: str) -> bool:
        return bool((np.ptp(self._columns(method), axis=1) == 0).all())

    def _same_ranks(self, a: str, b: str) -> bool:
        columns = np.concatenate([self._columns(a), self._columns(b)])
        ranks = (doubled_midranks(columns[:, :, at]) for at in range(columns.shape[2]))
        return all(bool((own == own[0]).all()) for own in ranks)

    def _swap_weights(self, a: str, b: str) -> FloatArray:
        """`(n,)` weights of the swap permutation, mean over classes and over pairs of runs."""
        each = [
            swap_weights(self.labels == label, own, other)
            for label, own, other in zip(self.classes, self._ranks(a), self._ranks(b), strict=True)
        ]
        return np.asarray(np.mean(each, axis=0), dtype=np.float64)

    def _ranks(self, method: str) -> list[IntArray]:
        """Per class the ranks of the method's runs, kept since many pairs share them."""
        if method not in self._ranked:
            rows = self.scores[self._rows[method]]
            self._ranked[method] = [doubled_midranks(rows[:, :, c]) for c in self.classes]
        return self._ranked[method]

    def procedure(
        self, difference: Difference, pair: tuple[str, str], *, permuted: bool = False
    ) -> str:
        """Name of what gave a difference its error and interval, for the reader.

        Args:
            difference: of the pair.
            pair: the two methods.
            permuted: whether it is to name the swap permutation, which p may come from.
        """
        resamples = self.resamples(*pair)
        seeds = ""
        if resamples:
            seeds = f"with the variance between {resamples} resampled trainings"
        elif difference.se_seeds > 0:
            seeds = SEEDS
        if seeds and max(difference.seeds_below, difference.seeds_above) > 1:
            seeds = f"{seeds}, widened as the same seeds chose the model"
        if difference.d == 0 and self._same_ranks(*pair):
            return procedure(IDENTICAL, difference, seeds)
        name = "DeLong"
        if self.units is not None:
            name = f"DeLong clustered by {self._whom} (Obuchowski)"
        if permuted:
            name = f"{name} and swap permutation, the larger p"
        return procedure(name, difference, seeds)
