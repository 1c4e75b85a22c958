"""One measure of every run on one data set, and the difference of any two sets of runs."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.protocol.scoring import Measure
from reports.analysis.measures import further_cases
from reports.analysis.measures.measures import LOSSES, RATES, measured
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.family_mean import FamilySplit
from reports.analysis.pairs.folds import CrossValidated
from reports.analysis.pairs.paired import Tested, procedure
from reports.loading.selection import ScoredRun, TestPart, each_case_once, units_of
from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.operating import decision_threshold
from reports.statistics.trainings.fold_measure import InFold, mean_over_folds

FloatArray = NDArray[np.float64]

Rows = Sequence[int]
"""Rows of a `RunScores`: the runs of one method."""

Side = Mapping[str, Rows]
"""What is compared: methods with their runs. Of several methods the mean counts."""

Contrast = Callable[[FloatArray], tuple[float, float]]
"""Weights `(v,)` of runs → a sum of their values, and its variance due to cases."""

FOLDS = "t of the linearised measure, mean over folds, with overlapping training parts"
LINEARISED = "t of the linearised measure"
FURTHER = "with further cases (Bonett and Price)"

_ZERO = 1e-18  # a variance below this is rounding


@dataclass(frozen=True, eq=False)
class FoldContrast:
    """A measure on the test cases of one fold.

    Attributes:
        part: the fold, counted over all draws of the folds.
        repeat: the draw.
        rows: of its runs in `RunScores`.
        contrast: weights of these runs → a sum of their values, and its variance due to cases.
    """

    part: int
    repeat: int
    rows: tuple[int, ...]
    contrast: Contrast


@dataclass(frozen=True, eq=False)
class RunScores:
    """A measure of all runs.

    Attributes:
        methods, seeds, parts: `(v,)` of each run; parts are folds, counted over all draws of them.
        test, validation: `(v,)` values, NaN where a part has cases of one class only.
        contrast: weights `(v,)` → Σ weights · test and its variance due to cases; None with folds.
        cases_df: degrees of freedom of that variance.
        least: `(v,)` of each run the error of a difference that remains where the cases show none
            (`reports.analysis.measures.further_cases`).
        measure: which. The error of AUCs is `least` at least, that of decisions has it on top, and
            of losses, which differ as soon as probabilities do, only identical ones have it.
        fold_contrasts: the same of every fold; () without folds.
        aucs: what compares AUCs; None for other measures and with folds.
        folded: what compares AUCs over folds; None for other measures and without folds.
    """

    methods: tuple[str, ...]
    seeds: tuple[int | None, ...]
    parts: tuple[int | None, ...]
    test: FloatArray
    validation: FloatArray
    contrast: Contrast | None
    cases_df: float
    least: FloatArray
    measure: Measure
    fold_contrasts: tuple[FoldContrast, ...] = ()
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

        AUCs are compared as the primary comparison compares them, but for the mean of several
        methods over folds. The error of other measures is
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
        return [Tested(d, d.p(), self.procedure(LINEARISED, d)) for d in linear]

    def procedure(self, base: str, difference: Difference) -> str:
        """The name of what was done, with what stands for cases that were not seen."""
        return procedure(base, difference, FURTHER if self.measure in RATES else "")

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
        # Two methods that decide all cases alike may differ on the next one.
        least, further = self._unseen([variance], a, b)
        shown = math.hypot(math.sqrt(variance), further)
        se_cases = max(shown, least)
        df = degrees_of_freedom(se_cases, self.cases_df, tuple(seeds))
        error_seeds = math.sqrt(sum(part for part, _ in seeds))
        return Difference(d, se_cases, error_seeds, df, at_least=shown < least)

    def _over_folds(self, a: Side, b: Side, seed: int | None) -> Tested | None:
        if self.folded is not None and len(a) == len(b) == 1:
            folded = self.folded.of_seed(seed).standing(
                {name: self._by_part(rows) for side in (a, b) for name, rows in side.items()}
            )
            names = next(iter(a)), next(iter(b))
            return folded.tested([names])[0] if folded.comparable(*names) else None
        each = [
            self._in_fold(one, a, b)
            for one in self.fold_contrasts
            if all(self._in_part(rows, one.part) for side in (a, b) for rows in side.values())
        ]
        least, further = self._unseen([one.variance for one in each], a, b)
        found = mean_over_folds(each, self.cases_df, least, further)
        if found is None:
            return None
        return Tested(found, found.p(), self.procedure(FOLDS, found))

    def _unseen(self, variances: Sequence[float], a: Side, b: Side) -> tuple[float, float]:
        """The least error of a difference with these variances, and what is added to its own."""
        methods = [list(rows) for side in (a, b) for rows in side.values()]
        error = max(float(np.nanmean(self.least[rows])) for rows in methods)
        if self.measure in RATES:
            return 0.0, error
        differ = max(variances, default=0.0) > _ZERO
        return (0.0 if self.measure in LOSSES and differ else error), 0.0

    def _by_part(self, rows: Rows) -> dict[int, str]:
        return {self.parts[r] or 0: self.methods[r] for r in rows}

    def _in_part(self, rows: Rows, part: int) -> list[int]:
        return [r for r in rows if self.parts[r] == part and not math.isnan(self.test[r])]

    def _in_fold(self, fold: FoldContrast, a: Side, b: Side) -> InFold:
        weights = np.zeros(len(self.test))
        seeds = []
        for side, sign in ((a, 1.0), (b, -1.0)):
            for rows in side.values():
                own = self._in_part(rows, fold.part)
                weights[own] = sign / (len(side) * len(own))
                spread = float(self.test[own].var(ddof=1)) / len(own) if len(own) > 1 else 0.0
                seeds.append((spread / len(side) ** 2, len(own)))
        d, variance = fold.contrast(weights[list(fold.rows)])
        return InFold(fold.repeat, d, variance, tuple(seeds))


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
            self._made[seed] = self._whole() if seed is None else self._alone(seed)
        return self._made[seed]

    def _whole(self) -> FamilySplit:
        scores: dict[str, list[FloatArray]] = {}
        for method, _, probabilities in self.runs:
            scores.setdefault(method, []).append(probabilities)
        stacked = {method: np.stack(each) for method, each in scores.items()}
        return FamilySplit(stacked, self.part, self.positive, self.level)

    def _alone(self, seed: int) -> FamilySplit:
        """Every run's AUC has been worked out for all seeds together."""
        seeds: dict[str, list[int | None]] = {}
        for method, own, _ in self.runs:
            seeds.setdefault(method, []).append(own)
        rows: dict[str, list[int]] = {}
        before = 0
        for method, each in seeds.items():
            chosen = [before + i for i, own in enumerate(each) if own is None or own == seed]
            before += len(each)
            if chosen:
                rows[method] = chosen
        return self.of_seed(None).of_runs(rows)


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
    parts = each_case_once(_left(part, without)[0] for part in compared.data.tests.values())
    if not parts:
        return None
    counted = further_cases.Counted.of(
        np.concatenate([part.labels for part in parts]),
        units_of(parts),
        len(compared.data.card.class_names),
        positive,
    )
    test = np.full(len(runs), np.nan)
    least = np.full(len(runs), np.nan)
    contrast: Contrast | None = None
    aucs = None
    folds: list[FoldContrast] = []
    for fold, whole in compared.data.tests.items():
        rows = [i for i, (run, _) in enumerate(runs) if run.part == fold]
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
            least[rows] = further_cases.of_measure(measure, counted, None, None)
            continue
        found = measured(
            measure, part.labels, np.stack(said), thresholds[rows], positive, part.units
        )
        test[rows] = found.value
        least[rows] = further_cases.of_measure(measure, counted, found.tables, found.largest)
        if fold is None:
            contrast = found.contrast
        else:
            folds.append(FoldContrast(fold, part.repeat, tuple(rows), found.contrast))
    if np.isnan(test).all():
        return None
    return RunScores(
        methods=tuple(run.run.trial.method for run, _ in runs),
        seeds=tuple(run.run.trial.seed for run, _ in runs),
        parts=tuple(run.part for run, _ in runs),
        test=test,
        validation=np.array(
            [
                _validation(measure, run, auc, threshold, positive)
                for (run, auc), threshold in zip(runs, thresholds, strict=True)
            ]
        ),
        contrast=contrast,
        cases_df=counted.degrees_of_freedom(measure),
        least=least,
        measure=measure,
        fold_contrasts=tuple(folds),
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
