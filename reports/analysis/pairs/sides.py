"""Deep against classical on one data set: champions, the primary comparison, secondary looks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import numpy as np

from bench.protocol.cards import FAMILIES, Family
from bench.protocol.study import Study
from reports.analysis.methods.method import mean_validation, seed_score
from reports.analysis.pairs.paired import CrossValidated, SingleSplit
from reports.analysis.pairs.tests import corrected, estimate, pair_tests
from reports.evidence import (
    Comparison,
    ContrastRule,
    ControlCheck,
    Estimate,
    PairTest,
    SeedScore,
    Side,
    SideContrast,
)
from reports.formatting import p_clause, signed
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.verdicts.rules import SIDES, ruled


@dataclass(frozen=True)
class Chosen:
    """A method that stands for others, or for itself.

    Attributes:
        name: of the method.
        n_candidates: methods with several seeds of which it was the best on validation, itself
            included; 1 where it was not chosen, or none has several.
    """

    name: str
    n_candidates: int = 1


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
                lost = {trial.method for trial in self.data.missing} - set(self.data.methods)
                return f"No {side} method was run on this data set" + (
                    f", or its results are lost: there are none of {', '.join(sorted(lost))}."
                    if lost
                    else "."
                )
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
        if not self.comparable(deep, classical):
            return f"{deep} and {classical} have fewer than two folds in common."
        return ""

    def pair(
        self, a: Chosen, b: Chosen, margin: float | None = None, *, prospects: bool = True
    ) -> PairTest:
        """Method a against method b, Holm's corrections still to be made.

        Args:
            a, b: two methods that are `comparable`.
            margin: None for the study's.
            prospects: as of `reports.analysis.pairs.tests.pair_tests`.

        Raises:
            ValueError: if they are not comparable.
        """
        if self.paired is None or not self.comparable(a.name, b.name):
            raise ValueError(f"{a.name} and {b.name} have no AUC to compare")
        (found,) = pair_tests(
            self.paired,
            [(a.name, b.name)],
            margin=self.study.margin if margin is None else margin,
            alpha=self.study.alpha,
            n_cases=None if self.study.folds else self.data.size.cases,
            n_candidates={a.name: a.n_candidates, b.name: b.n_candidates},
            prospects=prospects,
        )
        return found

    def champion(self, side: Side) -> Chosen | None:
        """The champion of a side, and out of how many."""
        name = self.champions[side]
        return None if name is None else Chosen(name, self.n_candidates[name])

    def comparison(self, *, prospects: bool = True) -> Comparison | None:
        """The primary comparison, Holm's corrections still to be made; None with an obstacle.

        Args:
            prospects: as of `reports.analysis.pairs.tests.pair_tests`.
        """
        deep, classical = self.champion("deep"), self.champion("classical")
        if self.obstacle or deep is None or classical is None:
            return None
        pair = self.pair(deep, classical, prospects=prospects)
        size = self.data.size
        picked = {side: self._best(side, self._test) or "" for side in SIDES}
        gain = {side: self._test(picked[side]) for side in SIDES}
        return Comparison(
            pair=pair,
            n_cases=size.cases,
            n_groups=size.groups,
            n_smallest=size.smallest,
            smallest_class=size.smallest_class,
            picked_on_test_deep=picked["deep"],
            picked_on_test_classical=picked["classical"],
            picked_on_test_gain_deep=max(0.0, gain["deep"] - pair.auc_a.value),
            picked_on_test_gain_classical=max(0.0, gain["classical"] - pair.auc_b.value),
            picked_on_test_difference=gain["deep"] - gain["classical"],
            controls=self._control_checks(),
        )

    def contrasts(self) -> dict[str, SideContrast]:
        """Method → its difference from the champion of the other side."""
        pairs = []
        for method, family in self.family.items():
            opponent = self._opponent(family)
            if opponent and self.comparable(method, opponent):
                pairs.append((method, opponent))
        if not pairs or self.paired is None:
            return {}
        judged = corrected(
            pair_tests(
                self.paired,
                pairs,
                margin=self.study.margin,
                alpha=self.study.alpha,
                n_cases=None,
                n_candidates=self.n_candidates,
                prospects=False,
            )
        )
        return {pair.a: _contrast(pair) for pair in judged}

    def representative(self, names: Sequence[str]) -> Chosen:
        """The method that speaks for families and methods: the best on validation.

        Raises:
            LookupError: with the reason, if there is none.
        """
        wanted = [
            card.name
            for card in self.data.methods.values()
            if card.family in names or card.name in names
        ]
        if not wanted:
            if len(names) > 1:
                raise LookupError(f"None of {', '.join(names)} was run.")
            family = names[0] in FAMILIES
            raise LookupError(
                f"No {names[0]} method was run." if family else f"{names[0]} was not run."
            )
        running = sorted(name for name in wanted if name in self.family)
        if not running:
            raise LookupError(f"Every run of {', '.join(sorted(wanted))} failed.")
        known = [name for name in running if not np.isnan(self._validation(name))]
        if len(running) == 1:
            return Chosen(running[0])
        if not known:
            raise LookupError("Validation has cases of one class only: nothing can be chosen.")
        return Chosen(max(known, key=self._validation), self._seeded(known))

    def _best(self, family: Family, score: Callable[[str], float]) -> str | None:
        known = [name for name in self._members(family) if not np.isnan(score(name))]
        return max(known, key=score) if known else None

    def _members(self, family: Family) -> list[str]:
        return sorted(name for name, own in self.family.items() if own == family)

    def _seeded(self, names: Sequence[str]) -> int:
        """How many of some methods have several seeds, so that luck can favour them; at least 1."""
        return max(1, sum(len({run.run.trial.seed for run in self.runs[n]}) > 1 for n in names))

    @cached_property
    def n_candidates(self) -> dict[str, int]:
        """Method → among how many it was chosen, of the champions and the best control."""
        chosen: tuple[tuple[Family, str | None], ...] = (
            ("deep", self.champions["deep"]),
            ("classical", self.champions["classical"]),
            ("control", self.best_control),
        )
        return {
            name: self._seeded(self._members(family)) for family, name in chosen if name is not None
        }

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

    def comparable(self, a: str, b: str) -> bool:
        """Whether two methods have AUCs that can be compared."""
        if isinstance(self.paired, CrossValidated):
            return self.paired.comparable(a, b)
        return self.auc(a) is not None and self.auc(b) is not None

    def _control_checks(self) -> tuple[ControlCheck, ...]:
        checks = []
        control = self.best_control
        for side, champion in self.champions.items():
            if not (control and champion and self.paired and self.comparable(champion, control)):
                continue
            (tested,) = self.paired.tested([(champion, control)], self.n_candidates)
            p = tested.difference.p_above(0.0) if tested.difference.se > 0 else 1.0
            passed = p < self.study.alpha
            verb = "is better than" if passed else "is not shown to be better than"
            sentence = (
                f"The {side} champion, {champion}, {verb} the best control, {control} "
                f"(ΔAUC {signed(tested.difference.d)}, one-sided {p_clause(p)})."
            )
            difference = estimate(tested, self.level)
            checks.append(ControlCheck(side, champion, control, difference, p, passed, sentence))
        return tuple(checks)


def _contrast(pair: PairTest) -> SideContrast:
    ruling = ruled(pair, pair.a, pair.b)
    return SideContrast(
        opponent=pair.b,
        difference=pair.difference,
        p=pair.p,
        p_holm=pair.p_holm,
        p_equivalence=pair.p_equivalence_holm,
        rule=cast(ContrastRule, ruling.rule),
        ahead=None if ruling.winner is None else ruling.winner == "a",
    )
