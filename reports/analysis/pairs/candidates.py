"""The methods with a result on one data set, and which of them stands for its side."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bench.protocol.cards import FAMILIES, Family
from bench.protocol.study import Study
from reports.analysis.methods.method import mean_validation, seed_score
from reports.evidence import SIDES, SeedScore, Side
from reports.loading.selection import DatasetRuns, ScoredRun


@dataclass(frozen=True)
class Chosen:
    """A method that stands for others, or for itself.

    Attributes:
        name: of the method.
        n_candidates: methods with several seeds of which it was the best on validation, itself
            included; 1 where it was not chosen, or none has several.
        by_fold: fold (over all draws) → the method that was chosen there, where one of several is
            chosen in every fold anew; `name` is the one most often chosen. () where `name` stands
            in every fold.
    """

    name: str
    n_candidates: int = 1
    by_fold: tuple[tuple[int, str], ...] = ()

    @property
    def times(self) -> dict[str, int]:
        """Method → in how many folds it was chosen, the most often chosen first."""
        return dict(Counter(name for _, name in self.by_fold).most_common())


@dataclass(frozen=True, eq=False)
class Candidates:
    """All methods with a result on one data set; the best of several is chosen on validation.

    Args:
        data: the study's runs on the data set.
        study: fractions and metric.

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
                seed_score(run, self.data.tests[run.part], self.data.card, self.study.metric)
                for run in own
            )
            for name, own in runs.items()
        }
        object.__setattr__(self, "runs", {name: tuple(own) for name, own in runs.items()})
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "family", {n: own[0].run.method.family for n, own in runs.items()})

    @cached_property
    def tested(self) -> dict[str, list[ScoredRun]]:
        """Method → its runs on a test part with at least two classes; without empty ones."""
        usable = {
            name: [
                run
                for run, score in zip(own, self.scores[name], strict=True)
                if score.test is not None
            ]
            for name, own in self.runs.items()
        }
        return {name: own for name, own in usable.items() if own}

    @cached_property
    def champions(self) -> dict[Side, str | None]:
        """The best method of each side on validation; with folds the one most often best.

        Ties go to the higher mean validation AUC, then by name.
        """
        return {side: self._most_often(self.members(side)) for side in SIDES}

    @cached_property
    def best_control(self) -> str | None:
        """The best control on validation, as of `champions`."""
        return self._most_often(self.members("control"))

    def champion(self, side: Side) -> Chosen | None:
        """The champion of a side, and out of how many; with folds also who it is in each."""
        return self._standing(self.champions[side], side)

    @cached_property
    def n_candidates(self) -> dict[str, int]:
        """Method → among how many it was chosen, of the champions and the best control."""
        chosen: tuple[tuple[Family, str | None], ...] = (
            ("deep", self.champions["deep"]),
            ("classical", self.champions["classical"]),
            ("control", self.best_control),
        )
        return {
            name: self._seeded(self.members(family)) for family, name in chosen if name is not None
        }

    def representative(self, names: Sequence[str]) -> Chosen:
        """The method that stands for families and methods: the best of them on validation.

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
        known = [name for name in running if not np.isnan(self.validation(name))]
        if len(running) == 1:
            return Chosen(running[0])
        if not known:
            raise LookupError("Validation has cases of one class only: nothing can be chosen.")
        name = self._most_often(known) or known[0]
        return Chosen(name, self._seeded(known), self.by_fold(known))

    def by_fold(self, names: Sequence[str]) -> tuple[tuple[int, str], ...]:
        """Fold → that of these methods which is best on validation of that fold; () without folds.

        Mean over its seeds; ties by name. No test case of a fold has a part in it.
        """
        if not self.study.folds:
            return ()
        found: dict[int, dict[str, float]] = {}
        for name in sorted(names):
            own: dict[int, list[float]] = {}
            for run, score in zip(self.runs[name], self.scores[name], strict=True):
                if score.validation is not None:
                    own.setdefault(run.part or 0, []).append(score.validation)
            for fold, each in own.items():
                found.setdefault(fold, {})[name] = float(np.mean(each))
        return tuple((fold, max(own, key=lambda n: own[n])) for fold, own in sorted(found.items()))

    def opponent(self, family: Family) -> str | None:
        """The champion that methods of a family are set against.

        The deep one for classical methods, the classical one for deep methods and hybrids, that
        with the higher validation AUC for controls.
        """
        if family == "classical":
            return self.champions["deep"]
        if family in ("deep", "hybrid"):
            return self.champions["classical"]
        champions = [name for name in self.champions.values() if name]
        return max(champions, key=self.validation) if champions else None

    def best(self, family: Family, score: Callable[[str], float] | None = None) -> str | None:
        """The method of a family with the highest score, by default on validation; ties by name."""
        score = score or self.validation
        known = [name for name in self.members(family) if not np.isnan(score(name))]
        return max(known, key=score) if known else None

    def members(self, family: Family) -> list[str]:
        """The methods of a family, sorted by name."""
        return sorted(name for name, own in self.family.items() if own == family)

    def validation(self, method: str) -> float:
        """Mean validation AUC, NaN where it is not known."""
        value = mean_validation(self.scores[method])
        return np.nan if value is None else value

    def _standing(self, name: str | None, family: Family) -> Chosen | None:
        if name is None:
            return None
        return Chosen(name, self.n_candidates[name], self.by_fold(self.members(family)))

    def _most_often(self, names: Sequence[str]) -> str | None:
        """The best on validation; with folds the one that is best in most of them."""
        times = Counter(name for _, name in self.by_fold(names))
        known = sorted(name for name in names if not np.isnan(self.validation(name)))
        return max(known, key=lambda n: (times[n], self.validation(n))) if known else None

    def _seeded(self, names: Sequence[str]) -> int:
        """How many of some methods have several seeds, so that luck can favour them; at least 1."""
        return max(1, sum(len({run.run.trial.seed for run in self.runs[n]}) > 1 for n in names))
