"""Methods compared on one data set: deep against classical, and any two of them."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.protocol.study import Study
from reports.analysis.pairs.candidates import Candidates, Chosen
from reports.analysis.pairs.control_checks import (
    CHANCE,
    chance_check,
    control_check,
    untested,
    worst_passed,
)
from reports.analysis.pairs.folds import CrossValidated, thin_fold
from reports.analysis.pairs.pair_tests import estimate, pair_tests
from reports.analysis.pairs.single_split import SingleSplit
from reports.evidence import SIDES, ControlCheck, Estimate, PairTest, PrimaryComparison, Side
from reports.formatting import plural
from reports.loading.selection import DatasetRuns
from reports.statistics.contrast import TOO_FEW

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DatasetComparison:
    """What can be compared on one data set.

    Args:
        data: the study's runs on the data set.
        study: margin, alpha, folds, fractions and metric.

    Attributes:
        candidates: the methods with a result, and who stands for each side.
    """

    data: DatasetRuns
    study: Study
    candidates: Candidates = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "candidates", Candidates(self.data, self.study))

    @property
    def level(self) -> float:
        """Of the intervals."""
        return 1 - self.study.alpha

    @cached_property
    def paired(self) -> SingleSplit | CrossValidated | None:
        """The AUCs and their joint error; None where test has cases of one class only."""
        usable = self.candidates.tested
        positive = self.data.card.positive
        if not usable:
            return None
        if self.study.folds:
            runs = tuple(run for own in usable.values() for run in own)
            return CrossValidated(runs, self.data.tests, positive, self.level)
        scores = {name: np.stack([run.test for run in own]) for name, own in usable.items()}
        again = trained_again(self.data, self.study)
        return SingleSplit(scores, self.data.tests[None], positive, self.level, again)

    def auc(self, method: str) -> Estimate | None:
        """Mean AUC with its interval, or None without a result."""
        return self.paired.value(method) if self.paired and self._has_auc(method) else None

    def comparable(self, a: str, b: str) -> bool:
        """Whether two methods have AUCs that can be compared."""
        if isinstance(self.paired, CrossValidated):
            return self.paired.comparable(a, b)
        return self._has_auc(a) and self._has_auc(b)

    @cached_property
    def obstacle(self) -> str:
        """Why the sides cannot be compared, one sentence, or "" where they can."""
        for side in SIDES:
            seen = [card for card in self.data.methods.values() if card.family == side]
            if not seen:
                lost = {trial.method for trial in self.data.missing} - set(self.data.methods)
                return f"No {side} method was run on this data set" + (
                    f", or its results are lost: there are none of {', '.join(sorted(lost))}."
                    if lost
                    else "."
                )
            if not any(self.candidates.family.get(card.name) == side for card in seen):
                names = ", ".join(sorted(card.name for card in seen))
                return f"No {side} method has a result: every run of {names} failed."
        if self.paired is None:
            return self.one_class
        if self.thin_fold:
            return self.thin_fold
        deep, classical = (self.candidates.champion(side) for side in SIDES)
        if deep is None or classical is None:
            return (
                "The validation part has cases of one class only, so that no best model can "
                "be chosen."
            )
        if not self.can_pair(deep, classical):
            return f"{deep.name} and {classical.name} have fewer than two folds in common."
        return ""

    @property
    def one_class(self) -> str:
        """What to say where `paired` is None."""
        test = self.data.card.parts.get("test")
        if test is None or np.count_nonzero(test.per_class) < 2:
            return "The test part has cases of one class only, so that no AUC is defined."
        return (
            "The test cases that count are of one class only, so that no AUC is defined: those of "
            "the others have a near twin in train or validation."
        )

    @cached_property
    def thin_fold(self) -> str:
        """Why a fold has too few cases for a comparison, one sentence; "" where none has."""
        if not self.study.folds:
            return ""
        left_out = [one.name for one in self.data.left_out]
        return thin_fold(self.data.tests, self.data.card.class_names, left_out)

    def can_pair(self, a: Chosen, b: Chosen) -> bool:
        """Whether two have AUCs that can be compared, each by who stands for it in a fold."""
        if isinstance(self.paired, CrossValidated):
            return _standing(self.paired, a, b).comparable(a.name, b.name)
        return self.comparable(a.name, b.name)

    def pair(
        self, a: Chosen, b: Chosen, margin: float | None = None, *, prospects: bool = True
    ) -> PairTest:
        """Method a against method b, Holm's corrections still to be made.

        Args:
            a, b: two for which `can_pair` holds.
            margin: None for the study's.
            prospects: as of `reports.analysis.pairs.pair_tests.pair_tests`.

        Raises:
            ValueError: if they are not comparable.
        """
        if self.paired is None or not self.can_pair(a, b):
            raise ValueError(f"{a.name} and {b.name} have no AUC to compare")
        paired = self.paired
        (found,) = pair_tests(
            _standing(paired, a, b) if isinstance(paired, CrossValidated) else paired,
            [(a.name, b.name)],
            margin=self.study.margin if margin is None else margin,
            alpha=self.study.alpha,
            n_cases=None if self.study.folds else self.data.size.cases,
            n_candidates={a.name: a.n_candidates, b.name: b.n_candidates},
            prospects=prospects,
        )
        return found

    def primary(self, *, prospects: bool = True) -> PrimaryComparison | None:
        """The primary comparison, Holm's corrections still to be made; None with an obstacle.

        Args:
            prospects: as of `reports.analysis.pairs.pair_tests.pair_tests`.
        """
        deep, classical = (self.candidates.champion(side) for side in SIDES)
        if self.obstacle or deep is None or classical is None:
            return None
        pair = self.pair(deep, classical, prospects=prospects)
        size = self.data.size
        picked = {side: self.candidates.best(side, self._test) or "" for side in SIDES}
        gain = {side: self._test(picked[side]) for side in SIDES}
        return PrimaryComparison(
            pair=pair,
            n_cases=size.cases,
            n_groups=size.groups,
            n_smallest=size.smallest,
            smallest_class=size.smallest_class,
            unit=size.unit,
            picked_on_test_deep=picked["deep"],
            picked_on_test_classical=picked["classical"],
            picked_on_test_gain_deep=max(0.0, gain["deep"] - pair.value_a.value),
            picked_on_test_gain_classical=max(0.0, gain["classical"] - pair.value_b.value),
            picked_on_test_difference=gain["deep"] - gain["classical"],
            controls=self._control_checks(),
            folds_deep=deep.times,
            folds_classical=classical.times,
            resamples=pair.resamples,
            resamples_lost=self._lost_samples(deep.name, classical.name) if pair.resamples else 0,
            n_deep=len(self.candidates.members("deep")),
            n_classical=len(self.candidates.members("classical")),
            n_train=self._n_train(deep.name, classical.name),
            classes=tuple(
                name
                for name in self.data.card.class_names
                if name not in {one.name for one in self.data.left_out}
            ),
            left_out=self.data.left_out,
        )

    def _lost_samples(self, a: str, b: str) -> int:
        """Samples of the training part on which one of two failed, or has not been trained."""
        trained = [
            {run.run.trial.resample for run in self.data.resampled if run.run.trial.method == name}
            for name in (a, b)
        ]
        return self.study.resample - len(trained[0] & trained[1])

    def against_other_side(self) -> list[PairTest]:
        """Every method against its opponent of the other side, Holm's corrections to be made."""
        pairs = []
        for method, family in self.candidates.family.items():
            opponent = self.candidates.opponent(family)
            if opponent and self.comparable(method, opponent):
                pairs.append((method, opponent))
        if not pairs or self.paired is None:
            return []
        return pair_tests(
            self.paired,
            pairs,
            margin=self.study.margin,
            alpha=self.study.alpha,
            n_cases=None,
            n_candidates=self.candidates.n_candidates,
            prospects=False,
        )

    def _has_auc(self, method: str) -> bool:
        return method in self.candidates.tested

    def _test(self, method: str) -> float:
        found = self.auc(method)
        return np.nan if found is None else found.value

    def _n_train(self, *methods: str) -> float | None:
        known = [
            run.run.n_train
            for name in methods
            for run in self.candidates.runs[name]
            if run.run.n_train is not None
        ]
        return float(np.mean(known)) if known else None

    def _control_checks(self) -> tuple[ControlCheck, ...]:
        """Per side, whether its best model beats every control: the check that it passes worst.

        Where a class has too few cases for a test, the closest control without one.
        """
        size = self.data.size
        few = f"{plural(size.smallest, size.unit)} of “{size.smallest_class}”"
        checks: list[ControlCheck] = []
        for side in SIDES:
            chosen = self.candidates.champion(side)
            if chosen is not None:
                controls = self.candidates.members("control")
                each = [self._control_check(side, chosen, Chosen(name)) for name in controls]
                found = [one for one in each if one is not None]
                if found and not any(self._is_chance(name) for name in controls):
                    found += self._chance_check(side, chosen)
                if size.smallest < TOO_FEW:
                    checks += untested(found, chosen, few, "ΔAUC")
                else:
                    checks += worst_passed(found)
        return tuple(checks)

    def _is_chance(self, control: str) -> bool:
        """Whether a control says the same of every case."""
        auc = self.auc(control)
        return auc is not None and auc.value == CHANCE

    def _chance_check(self, side: Side, chosen: Chosen) -> list[ControlCheck]:
        """Against chance, which a control on the wrong side of it does not stand for."""
        paired = self.paired
        if isinstance(paired, CrossValidated):
            paired = _standing(paired, chosen, chosen)
        if paired is None:
            return []
        auc = paired.value(chosen.name)
        one = chance_check(side, chosen, auc, self.level, self.study.alpha)
        return [] if one is None else [one]

    def _control_check(self, side: Side, chosen: Chosen, control: Chosen) -> ControlCheck | None:
        """None where the control has no AUC on the same cases."""
        if self.paired is None or not self.can_pair(chosen, control):
            return None
        paired = self.paired
        if isinstance(paired, CrossValidated):
            paired = _standing(paired, chosen, control)
        names = chosen.name, control.name
        (tested,) = paired.tested([names], {chosen.name: chosen.n_candidates})
        p = tested.difference.p_above(0.0) if tested.difference.se > 0 else 1.0
        alpha = self.study.alpha
        difference = estimate(tested, 1 - 2 * alpha)
        return control_check(side, chosen, control.name, difference, p, alpha, "ΔAUC")


def trained_again(data: DatasetRuns, study: Study) -> dict[str, dict[int, FloatArray]]:
    """Method → sample of the training part → `(n, k)` what the model trained on it says of test."""
    found: dict[str, dict[int, FloatArray]] = defaultdict(dict)
    for run in data.resampled:
        trial = run.run.trial
        if trial.resample is not None and trial.fraction == max(study.fractions):
            found[trial.method][trial.resample] = run.test
    return found


def _standing(paired: CrossValidated, a: Chosen, b: Chosen) -> CrossValidated:
    """With who stands for the two in every fold."""
    return paired.standing({one.name: dict(one.by_fold) for one in (a, b) if one.by_fold})
