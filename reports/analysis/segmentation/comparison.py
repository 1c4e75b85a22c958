"""Methods that segment, compared on one data set: deep against classical, and with controls."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import Family
from bench.protocol.study import Study
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.control_checks import control_check, untested, worst_passed
from reports.analysis.pairs.pair_tests import estimate, pair_tests
from reports.analysis.segmentation.over_cases import (
    Cases,
    DicePairs,
    OverCases,
    cases_needed,
    over_cases,
)
from reports.evidence import SIDES, ControlCheck, PairTest, PrimaryComparison, Side
from reports.formatting import plural
from reports.loading.segmented import SegmentedRun, SegmentedRuns
from reports.statistics.contrast import FEW_CASES, TOO_FEW
from reports.statistics.fold_auc import OVERLAP
from reports.statistics.segmentation.emptiness import present_dice

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SegmentationComparison:
    """What can be compared on one data set.

    Args:
        runs: the study's, on the test cases that are looked at.
        study: margin, alpha, folds and fractions.
    """

    runs: SegmentedRuns
    study: Study

    @property
    def cases(self) -> Cases:
        """What the errors are of."""
        overlap = OVERLAP if self.study.folds else 0.0
        return Cases(self.runs.units, self.runs.who, 1 - self.study.alpha, overlap)

    @cached_property
    def of_method(self) -> dict[str, tuple[SegmentedRun, ...]]:
        """Method → successful runs with the study's largest fraction."""
        found: dict[str, list[SegmentedRun]] = {}
        for run in self.runs.scored:
            trial = run.measured.run.trial
            if trial.fraction == max(self.study.fractions):
                found.setdefault(trial.method, []).append(run)
        return {name: tuple(own) for name, own in found.items()}

    @cached_property
    def family(self) -> dict[str, Family]:
        """Method → family, of methods with a result on every test case."""
        return {
            name: own[0].measured.run.method.family
            for name, own in self.of_method.items()
            if self._over_cases(dict.fromkeys(self.runs.rows, name)) is not None
        }

    def over_cases(self, method: str) -> OverCases | None:
        """Dice of a method on every test case, mean over classes; None where it lacks a fold."""
        return self._over_cases(dict.fromkeys(self.runs.rows, method))

    def measure(self, chosen: Chosen, column: int, of_class: int | None = None) -> OverCases | None:
        """A measure of a method, or of what stands for a side, on every test case.

        Args:
            chosen: which.
            column: of the measure.
            of_class: index among the classes without the background; None for their mean.
        """
        return self._over_cases(self._stands(chosen), column, of_class)

    def _stands(self, chosen: Chosen) -> dict[int | None, str]:
        by_fold = dict(chosen.by_fold)
        return {part: by_fold.get(part or 0, chosen.name) for part in self.runs.rows}

    def runs_of(self, chosen: Chosen) -> tuple[SegmentedRun, ...]:
        """The runs of a method, or of what stands for a side in each fold."""
        return tuple(
            run
            for part, method in self._stands(chosen).items()
            for run in self.of_method.get(method, ())
            if run.part == part
        )

    def _over_cases(
        self, stands: Mapping[int | None, str], column: int = 0, of_class: int | None = None
    ) -> OverCases | None:
        values: dict[int | None, FloatArray] = {}
        for part, method in stands.items():
            own = [run for run in self.of_method.get(method, ()) if run.part == part]
            if own:
                each = [
                    run.over_classes[:, column]
                    if of_class is None
                    else run.values[:, of_class, column]
                    for run in own
                ]
                values[part] = np.stack(each)
        draws = {part: test.repeat for part, test in self.runs.data.tests.items()}
        return over_cases(values, self.runs.rows, draws, len(self.runs.case_ids))

    def present(self, chosen: Chosen) -> tuple[Cases, OverCases] | None:
        """Dice of what is there, on the test cases that have something to find; None of none.

        Args:
            chosen: a method, or what stands for a side, with a result on every test case.
        """
        there = self.runs.shares > 0
        each: dict[int | None, list[FloatArray]] = {}
        for run in self.runs_of(chosen):
            own = present_dice(run.values[:, :, 0], there[self.runs.rows[run.part]])
            each.setdefault(run.part, []).append(own)
        values = {part: np.stack(own) for part, own in each.items()}
        draws = {part: test.repeat for part, test in self.runs.data.tests.items()}
        every = over_cases(values, self.runs.rows, draws, len(self.runs.case_ids))
        some = np.flatnonzero(there.any(axis=1))
        if every is None or not len(some):
            return None
        # the others are 0 in every run, so that the mean over these is as many times larger
        larger = len(there) / len(some)
        present = replace(
            every,
            values=every.values[some],
            seed_variance=every.seed_variance * larger**2,
            draws=tuple(larger * mean for mean in every.draws),
        )
        return self.cases.of(some), present

    def members(self, family: Family) -> list[str]:
        """The methods of a family with a result, sorted by name."""
        return sorted(name for name, own in self.family.items() if own == family)

    def validation(self, method: str) -> float | None:
        """Mean validation Dice over runs."""
        each = [run.validation for run in self.of_method[method] if run.validation is not None]
        return fmean(each) if each else None

    @cached_property
    def champions(self) -> dict[Side, str | None]:
        """The best method of each side on validation; with folds the one most often best."""
        return {side: self._best(self.members(side)) for side in SIDES}

    def chosen(self, family: Family) -> Chosen | None:
        """The best of a family on validation, out of how many; with folds who it is in each."""
        members = self.members(family)
        name = self._best(members)
        if name is None:
            return None
        seeded = sum(
            len({run.measured.run.trial.seed for run in self.of_method[m]}) > 1 for m in members
        )
        return Chosen(name, max(1, seeded), self._by_fold(members))

    def _best(self, names: Sequence[str]) -> str | None:
        times = Counter(name for _, name in self._by_fold(names))
        known = {name: value for name in names if (value := self.validation(name)) is not None}
        return max(sorted(known), key=lambda n: (times[n], known[n])) if known else None

    def _by_fold(self, names: Sequence[str]) -> tuple[tuple[int, str], ...]:
        """Fold → the best of these on validation of that fold; () without folds."""
        if not self.study.folds:
            return ()
        found: dict[int, dict[str, float]] = {}
        for name in sorted(names):
            own: dict[int, list[float]] = {}
            for run in self.of_method[name]:
                if run.validation is not None:
                    own.setdefault(run.part or 0, []).append(run.validation)
            for fold, each in own.items():
                found.setdefault(fold, {})[name] = fmean(each)
        return tuple((fold, max(own, key=lambda n: own[n])) for fold, own in sorted(found.items()))

    @cached_property
    def obstacle(self) -> str:
        """Why the sides cannot be compared, one sentence, or "" where they can."""
        for side in SIDES:
            seen = [card.name for card in self.runs.data.methods.values() if card.family == side]
            if not seen:
                return f"No {side} method was run on this data set."
            if not self.members(side):
                names = ", ".join(sorted(seen))
                return f"No {side} method has a result on every test case: {names} failed."
            if self.champions[side] is None:
                return "There are no validation cases, so that no best model can be chosen."
        if self.runs.n_units < 2:
            n = len(self.runs.case_ids)
            whose = " of a single patient" if n > 1 else ""
            return (
                f"The test part has {plural(n, 'case')}{whose}, and no error can be told of that."
            )
        return ""

    def primary(self) -> PrimaryComparison | None:
        """The one primary comparison, to be corrected yet by Holm; None with an obstacle."""
        deep, classical = (self.chosen(side) for side in SIDES)
        if self.obstacle or deep is None or classical is None:
            return None
        both = self._both(deep, classical)
        pair = self._pair(deep, classical, both)
        mean_of = {name: one.mean for name in self.family if (one := self.over_cases(name))}
        picked = {side: max(self.members(side), key=lambda n: mean_of[n]) for side in SIDES}
        number, name = self._smallest()
        n_train = [
            run.measured.run.n_train
            for one in (deep, classical)
            for run in self.of_method[one.name]
            if run.measured.run.n_train is not None
        ]
        return PrimaryComparison(
            pair=pair,
            n_cases=len(self.runs.case_ids),
            n_groups=self._patients,
            n_smallest=number,
            smallest_class=name,
            unit=self._unit,
            picked_on_test_deep=picked["deep"],
            picked_on_test_classical=picked["classical"],
            picked_on_test_gain_deep=max(0.0, mean_of[picked["deep"]] - pair.value_a.value),
            picked_on_test_gain_classical=max(
                0.0, mean_of[picked["classical"]] - pair.value_b.value
            ),
            picked_on_test_difference=mean_of[picked["deep"]] - mean_of[picked["classical"]],
            controls=self._control_checks(),
            folds_deep=deep.times,
            folds_classical=classical.times,
            n_deep=len(self.members("deep")),
            n_classical=len(self.members("classical")),
            n_train=fmean(n_train) if n_train else None,
            classes=self.runs.class_names,
        )

    @property
    def _patients(self) -> int | None:
        known = all(part.groups is not None for part in self.runs.data.tests.values())
        return self.runs.n_units if known and self.runs.units is not None else None

    @property
    def _unit(self) -> str:
        return "test case" if self._patients is None else "test patient"

    def _smallest(self) -> tuple[int, str]:
        """Patients (cases) that have the class of which the fewest have some, and its name."""
        units = np.arange(len(self.runs.case_ids)) if self.runs.units is None else self.runs.units
        with_class = [
            len(np.unique(units[self.runs.shares[:, k] > 0]))
            for k in range(len(self.runs.class_names))
        ]
        fewest = int(np.argmin(with_class))
        return with_class[fewest], self.runs.class_names[fewest]

    def _both(self, a: Chosen, b: Chosen) -> DicePairs:
        found = {one.name: self.measure(one, 0) for one in (a, b)}
        return DicePairs(self.cases, {n: one for n, one in found.items() if one is not None})

    def _pair(self, a: Chosen, b: Chosen, both: DicePairs) -> PairTest:
        """Every test of the difference, with how many cases the margin takes."""
        margin, alpha = self.study.margin, self.study.alpha
        (pair,) = pair_tests(
            both,
            [(a.name, b.name)],
            margin=margin,
            alpha=alpha,
            n_cases=None,
            n_candidates={one.name: one.n_candidates for one in (a, b)},
        )
        if self.study.folds:
            return pair
        n, patients = len(self.runs.case_ids), self.runs.n_units
        to_find, as_narrow = cases_needed(pair.estimated(), alpha, n, margin, patients)
        return replace(pair, cases_for_difference=to_find, cases_for_interval=as_narrow)

    def _control_checks(self) -> tuple[ControlCheck, ...]:
        """Per side, whether its best model beats every control: the check that it passes worst.

        Where too few cases have a class for a test, the closest control without one.
        """
        number, name = self._smallest()
        few = f"{plural(number, self._unit)} with “{name}”"
        checks = []
        for side in SIDES:
            own = self.chosen(side)
            if own is None:
                continue
            each = [self._control_check(side, own, name) for name in self.members("control")]
            if number < TOO_FEW:
                checks += untested(each, own, few, "ΔDice")
            else:
                checks += worst_passed(each)
        return tuple(checks)

    def _control_check(self, side: Side, own: Chosen, control: str) -> ControlCheck:
        both = self._both(own, Chosen(control))
        (tested,) = both.tested([(own.name, control)], {own.name: own.n_candidates})
        d = tested.difference
        p = d.p_above(0.0) if d.d != 0 else 1.0
        if self.runs.n_units < FEW_CASES and d.d > 0:
            p = max(p, tested.p / 2)
        alpha = self.study.alpha
        difference = estimate(tested, 1 - 2 * alpha)
        return control_check(side, own, control, difference, p, alpha, "ΔDice")
