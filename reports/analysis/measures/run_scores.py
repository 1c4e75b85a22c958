"""One measure of every run on one data set, and the difference of any two sets of runs."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.protocol.scoring import Measure
from reports.analysis.measures.measures import measured
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.family_mean import FamilySplit
from reports.analysis.pairs.folds import CrossValidated
from reports.analysis.pairs.paired import Tested, class_sizes
from reports.loading.selection import ScoredRun, TestPart
from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.crossvalidation import corrected_difference
from reports.statistics.operating import decision_threshold

FloatArray = NDArray[np.float64]

Rows = Sequence[int]
"""Rows of a `RunScores`: the runs of one method."""

Side = Mapping[str, Rows]
"""What is compared: methods with their runs. Of several methods the mean counts."""

Contrast = Callable[[FloatArray], tuple[float, float]]
"""Weights `(v,)` of runs → a sum of their values, and its variance due to cases."""

FOLDS = "corrected t over folds (Nadeau and Bengio)"
LINEARISED = "t of the linearised measure"

_ZERO = 1e-9  # a standard error below this is rounding


@dataclass(frozen=True, eq=False)
class RunScores:
    """A measure of all runs.

    Attributes:
        methods, seeds, folds: `(v,)` of each run.
        test, validation: `(v,)` values, NaN where a part has cases of one class only.
        contrast: weights `(v,)` → Σ weights · test and its variance due to cases; None with folds.
        cases_df: degrees of freedom of that variance.
        test_to_train: test cases per training case, with folds.
        aucs: what compares AUCs; None for other measures and with folds.
        folded: what compares AUCs over folds; None for other measures and without folds.
    """

    methods: tuple[str, ...]
    seeds: tuple[int | None, ...]
    folds: tuple[int | None, ...]
    test: FloatArray
    validation: FloatArray
    contrast: Contrast | None
    cases_df: float
    test_to_train: float
    aucs: "Aucs | None" = None
    folded: CrossValidated | None = None

    def rows(self, methods: Collection[str], seed: int | None) -> dict[str, list[int]]:
        """Method → its runs with this seed (None for all); runs without a seed count always."""
        found: dict[str, list[int]] = {}
        for row, (method, own) in enumerate(zip(self.methods, self.seeds, strict=True)):
            if method in methods and (seed is None or own is None or own == seed):
                found.setdefault(method, []).append(row)
        return found

    def tested(
        self,
        pairs: Sequence[tuple[Side, Side]],
        seed: int | None = None,
        n_candidates: Mapping[str, int] | None = None,
    ) -> list[Tested | None]:
        """Mean over the methods of the first side of their means over runs, minus the second's.

        AUCs are compared as the primary comparison compares them. The error of other measures is
        that of the linearised measure; it has the t distribution with as many degrees of freedom as
        the smallest class has cases (patients), less one.

        Args:
            pairs: of sides, from `rows` of this seed.
            seed: the only one that counts, or None.
            n_candidates: of AUCs, as of `reports.analysis.pairs.paired.Paired.tested`.

        Returns:
            None where two sets of folds have fewer than two in common.
        """
        if self.contrast is None:
            return [self._over_folds(a, b, seed) for a, b in pairs]
        if self.aucs is not None:
            split = self.aucs.of_seed(seed)
            names = [(split.name(a), split.name(b)) for a, b in pairs]
            return list(split.tested(names, n_candidates))
        linear = [self.linearised(self.contrast, a, b) for a, b in pairs]
        return [Tested(d, d.p(), LINEARISED) for d in linear]

    def linearised(self, contrast: Contrast, a: Side, b: Side) -> Difference:
        """Side a − side b with the error that `contrast` says and that of the seeds."""
        weights = np.zeros(len(self.test))
        seeds = []
        for side, sign in ((a, 1.0), (b, -1.0)):
            for rows in side.values():
                weights[list(rows)] = sign / (len(side) * len(rows))
                spread = float(self.test[list(rows)].var(ddof=1)) if len(rows) > 1 else 0.0
                seeds.append((spread / len(rows) / len(side) ** 2, len(rows)))
        d, variance = contrast(weights)
        se_cases = math.sqrt(variance)
        if se_cases < _ZERO:
            se_cases = 0.0
        df = degrees_of_freedom(se_cases, self.cases_df, tuple(seeds))
        return Difference(d, se_cases, math.sqrt(sum(part for part, _ in seeds)), df)

    def _over_folds(self, a: Side, b: Side, seed: int | None) -> Tested | None:
        if self.folded is not None and len(a) == len(b) == 1:
            names, folded = (next(iter(a)), next(iter(b))), self.folded.of_seed(seed)
            return folded.tested([names])[0] if folded.comparable(*names) else None
        each = []
        for fold in sorted({fold or 0 for fold in self.folds}):
            means = []
            for side in (a, b):
                own = [[r for r in rows if (self.folds[r] or 0) == fold] for rows in side.values()]
                if all(own):
                    means.append(float(np.mean([self.test[rows].mean() for rows in own])))
            if len(means) == 2 and not math.isnan(sum(means)):
                each.append(means[0] - means[1])
        if len(each) < 2:
            return None
        difference = corrected_difference(each, self.test_to_train)
        return Tested(difference, difference.p(), FOLDS)


@dataclass(frozen=True, eq=False)
class Aucs:
    """The AUCs of runs on the same test cases, of all of them or of a single seed.

    Attributes:
        runs: method, seed and `(n, k)` probabilities of each.
        part: the test cases.
        positive: of two classes the one to be found, else None.
        level: of the intervals.
    """

    runs: tuple[tuple[str, int | None, FloatArray], ...]
    part: TestPart
    positive: int | None
    level: float
    _made: dict[int | None, FamilySplit] = field(default_factory=dict)

    def of_seed(self, seed: int | None) -> FamilySplit:
        """The runs with this seed (None for all) and those without one, made when asked for."""
        if seed not in self._made:
            scores: dict[str, list[FloatArray]] = {}
            for method, own, probabilities in self.runs:
                if seed is None or own is None or own == seed:
                    scores.setdefault(method, []).append(probabilities)
            stacked = {method: np.stack(each) for method, each in scores.items()}
            self._made[seed] = FamilySplit(stacked, self.part, self.positive, self.level)
        return self._made[seed]


def run_scores(
    compared: DatasetComparison,
    measure: Measure,
    without: Collection[str] = (),
    methods: Collection[str] | None = None,
) -> RunScores | None:
    """A measure of all runs with the study's largest fraction, on the test cases that are left.

    Args:
        compared: the data set's runs.
        measure: which.
        without: ids of test cases that are left out.
        methods: only these, None for all.

    Returns:
        None where test has cases of one class only.
    """
    positive = compared.data.card.positive
    runs = [
        (run, score.validation)
        for name, own in compared.candidates.runs.items()
        for run, score in zip(own, compared.candidates.scores[name], strict=True)
        if score.test is not None and (methods is None or name in methods)
    ]
    if not runs or compared.paired is None:
        return None
    thresholds = np.array(
        [decision_threshold(run.validation_labels, run.validation, positive) for run, _ in runs]
    )
    test = np.full(len(runs), np.nan)
    contrast: Contrast | None = None
    cases_df, aucs = math.inf, None
    for fold, whole in compared.data.tests.items():
        rows = [i for i, (run, _) in enumerate(runs) if run.run.trial.fold == fold]
        part, kept = _left(whole, without)
        if not rows or np.count_nonzero(np.bincount(part.labels)) < 2:
            continue
        said = [runs[i][0].test[kept] for i in rows]
        if measure == "auc" and fold is None:
            trials = (runs[i][0].run.trial for i in rows)
            known = tuple((t.method, t.seed, p) for t, p in zip(trials, said, strict=True))
            aucs = Aucs(known, part, positive, compared.level)
            components = aucs.of_seed(None).components  # runs stand there method by method, too
            test[rows], contrast = components.auc, components.contrast
            continue
        found = measured(
            measure, part.labels, np.stack(said), thresholds[rows], positive, part.units
        )
        test[rows] = found.value
        if fold is None:
            contrast = found.contrast
            cases_df = max(1.0, min(class_sizes(part.labels, part.units)) - 1.0)
    if np.isnan(test).all():
        return None
    return RunScores(
        methods=tuple(run.run.trial.method for run, _ in runs),
        seeds=tuple(run.run.trial.seed for run, _ in runs),
        folds=tuple(run.run.trial.fold for run, _ in runs),
        test=test,
        validation=np.array(
            [
                _validation(measure, run, auc, threshold, positive)
                for (run, auc), threshold in zip(runs, thresholds, strict=True)
            ]
        ),
        contrast=contrast,
        cases_df=cases_df,
        test_to_train=(
            compared.paired.test_to_train if isinstance(compared.paired, CrossValidated) else 0.0
        ),
        aucs=aucs,
        folded=(
            compared.paired
            if isinstance(compared.paired, CrossValidated) and measure == "auc" and not without
            else None
        ),
    )


def _left(part: TestPart, without: Collection[str]) -> tuple[TestPart, NDArray[np.bool_]]:
    """The test cases that are left, and which they are."""
    kept = ~np.isin(part.case_ids, list(without))
    return part.only(kept), kept


def _validation(
    measure: Measure,
    run: ScoredRun,
    auc: float | None,
    threshold: float,
    positive: int | None,
) -> float:
    if auc is None:
        return float("nan")
    if measure == "auc":
        return auc
    found = measured(
        measure,
        run.validation_labels,
        run.validation[None],
        np.array([threshold]),
        positive,
        None,
    )
    return float(found.value[0])
