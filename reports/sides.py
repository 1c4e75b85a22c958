"""Deep against classical on one data set: champions, the primary comparison, secondary looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bench.record import Family
from bench.study import Study
from reports.evidence import (
    Comparison,
    ControlCheck,
    Estimate,
    SeedScore,
    Side,
    SideContrast,
)
from reports.formatting import p_clause, signed
from reports.methods import mean_validation, seed_score
from reports.paired import CrossValidated, SingleSplit, Tested
from reports.selection import DatasetRuns, ScoredRun
from reports.statistics.multiplicity import holm

SIDES: tuple[Side, Side] = ("deep", "classical")


@dataclass(frozen=True, eq=False)
class Contest:
    """All methods with a result on one data set.

    Args:
        data: the study's runs on the data set.
        study: margin, alpha, folds, fractions and metric.

    Attributes:
        runs: method → successful runs with the study's largest fraction.
        scores: method → what each of them scored.
        family: method → family, of methods with a result.
    """

    data: DatasetRuns
    study: Study
    runs: Mapping[str, tuple[ScoredRun, ...]] = field(init=False)
    scores: Mapping[str, tuple[SeedScore, ...]] = field(init=False)
    family: Mapping[str, Family] = field(init=False)

    def __post_init__(self) -> None:
        runs: dict[str, list[ScoredRun]] = {}
        for run in self.data.scored:
            if run.run.trial.fraction == max(self.study.fractions):
                runs.setdefault(run.run.trial.method, []).append(run)
        scores = {
            name: tuple(
                seed_score(
                    run, self.data.tests[run.run.trial.fold], self.data.card, self.study.metric
                )
                for run in own
            )
            for name, own in runs.items()
        }
        object.__setattr__(self, "runs", {name: tuple(own) for name, own in runs.items()})
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "family", {n: own[0].run.method.family for n, own in runs.items()})

    @property
    def level(self) -> float:
        """Of the intervals."""
        return 1 - self.study.alpha

    @cached_property
    def paired(self) -> SingleSplit | CrossValidated | None:
        """The AUCs and their joint error; None where test has cases of one class only."""
        usable = {
            name: [
                run
                for run, score in zip(own, self.scores[name], strict=True)
                if score.test is not None
            ]
            for name, own in self.runs.items()
        }
        usable = {name: own for name, own in usable.items() if own}
        positive = self.data.card.positive
        if not usable:
            return None
        if self.study.folds:
            runs = [run for own in usable.values() for run in own]
            return CrossValidated(runs, self.data.tests, positive, self.level)
        scores = {name: np.stack([run.test for run in own]) for name, own in usable.items()}
        return SingleSplit(scores, self.data.tests[None], positive, self.level)

    def auc(self, method: str) -> Estimate | None:
        """Mean AUC with its interval, or None without a result."""
        defined = any(score.test is not None for score in self.scores.get(method, ()))
        return self.paired.auc(method) if defined and self.paired else None

    @cached_property
    def champions(self) -> dict[Side, str | None]:
        """The method of each side with the highest mean validation AUC; ties by name."""
        return {side: self._best(side, self._validation) for side in SIDES}

    @cached_property
    def best_control(self) -> str | None:
        """The control with the highest mean validation AUC."""
        return self._best("control", self._validation)

    @cached_property
    def obstacle(self) -> str:
        """Why the sides cannot be compared, one sentence, or "" where they can."""
        for side in SIDES:
            seen = [card for card in self.data.methods.values() if card.family == side]
            if not seen:
                return f"No {side} method was run on this data set."
            if not any(self.family.get(card.name) == side for card in seen):
                names = ", ".join(sorted(card.name for card in seen))
                return f"No {side} method has a result: every run of {names} failed."
        if self.paired is None:
            return "The test part has cases of one class only, so that no AUC is defined."
        deep, classical = self.champions["deep"], self.champions["classical"]
        if deep is None or classical is None:
            return (
                "The validation part has cases of one class only, so that no champion can be "
                "chosen."
            )
        if not self._comparable(deep, classical):
            return f"{deep} and {classical} have fewer than two folds in common."
        return ""

    def comparison(self) -> Comparison | None:
        """The primary comparison, Holm's corrections still to be made; None with an obstacle."""
        deep, classical = self.champions["deep"], self.champions["classical"]
        if self.obstacle or deep is None or classical is None or self.paired is None:
            return None
        auc_deep, auc_classical = self.auc(deep), self.auc(classical)
        if auc_deep is None or auc_classical is None:
            return None
        (tested,) = self.paired.tested([(deep, classical)])
        d, margin, alpha = tested.difference, self.study.margin, self.study.alpha
        size = _TestSize.of(self.data)
        picked = {side: self._best(side, self._test) or "" for side in SIDES}
        gain = {side: self._test(picked[side]) for side in SIDES}
        equivalence, beyond = d.p_equivalence(margin), d.p_beyond(margin)
        return Comparison(
            deep=deep,
            classical=classical,
            auc_deep=auc_deep,
            auc_classical=auc_classical,
            difference=_estimate(tested, self.level),
            se=d.se,
            se_cases=d.se_cases,
            se_seeds=d.se_seeds,
            df=None if np.isinf(d.df) else float(d.df),
            test=tested.test,
            p=tested.p,
            p_holm=tested.p,
            p_equivalence=equivalence,
            p_equivalence_holm=equivalence,
            p_margin=beyond,
            p_margin_holm=beyond,
            p_deep_not_worse=d.p_above(-margin),
            p_classical_not_worse=d.mirrored().p_above(-margin),
            margin=margin,
            alpha=alpha,
            minimum_detectable=d.minimum_detectable(alpha),
            additional_cases=(
                None if self.study.folds else d.cases_needed(size.cases, margin, alpha)
            ),
            n_cases=size.cases,
            n_groups=size.groups,
            n_smallest=size.smallest,
            smallest_class=size.smallest_class,
            picked_on_test_deep=picked["deep"],
            picked_on_test_classical=picked["classical"],
            picked_on_test_gain_deep=max(0.0, gain["deep"] - auc_deep.value),
            picked_on_test_gain_classical=max(0.0, gain["classical"] - auc_classical.value),
            picked_on_test_difference=gain["deep"] - gain["classical"],
            controls=self._control_checks(),
        )

    def contrasts(self) -> dict[str, SideContrast]:
        """Method → its difference from the champion of the other side."""
        pairs = []
        for method, family in self.family.items():
            opponent = self._opponent(family)
            if opponent and self._comparable(method, opponent):
                pairs.append((method, opponent))
        if not pairs or self.paired is None:
            return {}
        tested = self.paired.tested(pairs)
        adjusted = holm([result.p for result in tested])
        return {
            method: SideContrast(opponent, _estimate(result, self.level), result.p, p_holm)
            for (method, opponent), result, p_holm in zip(pairs, tested, adjusted, strict=True)
        }

    def _best(self, family: Family, score: Callable[[str], float]) -> str | None:
        names = sorted(name for name, own in self.family.items() if own == family)
        known = [name for name in names if not np.isnan(score(name))]
        return max(known, key=score) if known else None

    def _validation(self, method: str) -> float:
        value = mean_validation(self.scores[method])
        return np.nan if value is None else value

    def _test(self, method: str) -> float:
        estimate = self.auc(method)
        return np.nan if estimate is None else estimate.value

    def _opponent(self, family: Family) -> str | None:
        if family == "classical":
            return self.champions["deep"]
        if family in ("deep", "hybrid"):
            return self.champions["classical"]
        champions = [name for name in self.champions.values() if name]
        return max(champions, key=self._validation) if champions else None

    def _comparable(self, a: str, b: str) -> bool:
        if isinstance(self.paired, CrossValidated):
            return self.paired.comparable(a, b)
        return self.auc(a) is not None and self.auc(b) is not None

    def _control_checks(self) -> tuple[ControlCheck, ...]:
        checks = []
        control = self.best_control
        for side, champion in self.champions.items():
            if not (control and champion and self.paired and self._comparable(champion, control)):
                continue
            (tested,) = self.paired.tested([(champion, control)])
            p = tested.difference.p_above(0.0) if tested.difference.se > 0 else 1.0
            passed = p < self.study.alpha
            verb = "is better than" if passed else "is not shown to be better than"
            sentence = (
                f"The {side} champion, {champion}, {verb} the best control, {control} "
                f"(ΔAUC {signed(tested.difference.d)}, one-sided {p_clause(p)})."
            )
            estimate = _estimate(tested, self.level)
            checks.append(ControlCheck(side, champion, control, estimate, p, passed, sentence))
        return tuple(checks)


@dataclass(frozen=True)
class _TestSize:
    """Test cases and patients over all folds, and the smallest class."""

    cases: int
    groups: int | None
    smallest: int
    smallest_class: str

    @classmethod
    def of(cls, data: DatasetRuns) -> "_TestSize":
        parts = list(data.tests.values())
        labels = np.concatenate([part.labels for part in parts])
        counts = np.bincount(labels, minlength=len(data.card.class_names))
        groups = [part.groups for part in parts if part.groups is not None]
        n_groups = len(np.unique(np.concatenate(groups))) if len(groups) == len(parts) else None
        smallest = int(np.argmin(counts))
        return cls(len(labels), n_groups, int(counts[smallest]), data.card.class_names[smallest])


def _estimate(tested: Tested, level: float) -> Estimate:
    low, high = tested.difference.interval(level)
    return Estimate(tested.difference.d, max(-1.0, low), min(1.0, high), tested.test)
