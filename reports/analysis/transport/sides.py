"""The best model of each side, chosen before, on any cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.study import Study
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.counted_classes import units_per_class, without_classes
from reports.analysis.pairs.dataset_comparison import DatasetComparison, trained_again
from reports.analysis.pairs.folds import LEAST, CrossValidated, thin_fold
from reports.analysis.pairs.single_split import SingleSplit
from reports.evidence import SIDES, LeftOutClass, Side
from reports.evidence.primary import standing
from reports.formatting import plural
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart
from reports.statistics.contrast import TOO_FEW
from reports.statistics.transport.interaction import InSetting

TEST = "the test part"
"""Its name among places."""

IntArray = NDArray[np.int64]

NOBODY = Chosen("")
"""Stands for a side that has no model to compare."""


@dataclass(frozen=True, eq=False)
class Sides:
    """The two models that a verdict compares, wherever they are asked again.

    Attributes:
        study: alpha and margin.
        deep, classical: the best of each side (chosen on validation).
        n_candidates: method → among how many it was chosen.
        apart: why d cannot be had anywhere, one sentence, or "".
    """

    study: Study
    deep: Chosen
    classical: Chosen
    n_candidates: Mapping[str, int]
    apart: str = ""

    @property
    def level(self) -> float:
        """Of the intervals."""
        return 1 - self.study.alpha

    @classmethod
    def of(cls, compared: DatasetComparison) -> "Sides | None":
        """Those of a data set; None where they cannot be compared."""
        candidates = compared.candidates
        deep, classical = candidates.champion("deep"), candidates.champion("classical")
        if compared.obstacle or deep is None or classical is None:
            return None
        return cls(compared.study, deep, classical, candidates.n_candidates)

    @classmethod
    def not_compared(cls, compared: DatasetComparison) -> "Sides":
        """The only side that is there, or nobody, where the two cannot be compared."""
        candidates = compared.candidates
        deep, classical = (candidates.champion(side) or NOBODY for side in SIDES)
        if deep.name and classical.name:
            deep = classical = NOBODY
        return cls(compared.study, deep, classical, candidates.n_candidates, compared.obstacle)

    @property
    def by_side(self) -> dict[Side, Chosen]:
        """Deep, then classical, without one that is not there."""
        both: dict[Side, Chosen] = {"deep": self.deep, "classical": self.classical}
        return {side: one for side, one in both.items() if one.name}

    @property
    def both(self) -> tuple[Chosen, ...]:
        """Deep and classical, without one that is not there."""
        return tuple(self.by_side.values())

    def paired(self, data: DatasetRuns, level: float | None = None) -> SingleSplit | CrossValidated:
        """The AUCs of the two, under their names, each by who stands for it in every fold.

        Args:
            data: the runs, on cases of at least two classes, of which none is `absent`.
            level: None for that of the intervals.
        """
        level = self.level if level is None else level
        if None in data.tests:
            scores = {one.name: np.stack([r.test for r in runs_of(data, one)]) for one in self.both}
            again = trained_again(data, self.study)
            return SingleSplit(scores, data.tests[None], data.card.positive, level, again)
        stands = {one.name: dict(one.by_fold) for one in self.both if one.by_fold}
        every = CrossValidated(data.scored, data.tests, data.card.positive, level)
        return every.standing(stands)

    def absent(self, data: DatasetRuns) -> str:
        """Why one that is there has no result on these cases, one sentence, or ""."""
        for one in self.both:
            if not runs_of(data, one):
                return f"{named(one)} was not asked about these cases."
        paired = None if None in data.tests or self.apart else self.paired(data)
        names = self.deep.name, self.classical.name
        if isinstance(paired, CrossValidated) and not paired.comparable(*names):
            return f"{names[0]} and {names[1]} have fewer than two folds in common."
        return ""

    def in_setting(self, data: DatasetRuns, models: str) -> tuple[InSetting, tuple[float, float]]:
        """d on these cases with its error, and the AUC of both.

        With folds the whole error of d counts as that of cases which no other setting has: where
        another setting has them, their covariance is left out, and an interaction is less sure than
        it could be.

        Args:
            data: the runs, on any cases of two classes.
            models: names the fitted models.
        """
        paired = self.paired(data)
        a, b = self.deep.name, self.classical.name
        aucs = paired.value(a).value, paired.value(b).value
        if isinstance(paired, SingleSplit):
            names = unit_names(data.tests[None])
            return paired.in_setting(a, b, names, models, self.n_candidates), aucs
        (tested,) = paired.tested([(a, b)], self.n_candidates)
        sizes = units_per_class(data)
        alone = np.array([f"{models}\0{id(data)}"])
        return (
            InSetting(
                tested.difference,
                np.array([[tested.difference.se], [0.0]]),
                alone,
                (np.zeros(1), np.zeros(1)),
                int(sizes[sizes > 0].min()),
                0.0,
                f"{models}, by fold",
                whole=True,
            ),
            aucs,
        )


def of_candidates(compared: DatasetComparison) -> DatasetRuns:
    """The runs of all methods that have a result, with the largest share of the training part.

    Those on samples of the training part stay beside them, so that d here is that of the verdict.
    """
    runs = (run for own in compared.candidates.tested.values() for run in own)
    return replace(compared.data.of(runs), resampled=compared.data.resampled)


def named(chosen: Chosen) -> str:
    """The model of a side, or every model that stands for it, with its number of folds."""
    return standing(chosen.name, chosen.times)


def runs_of(data: DatasetRuns, chosen: Chosen) -> list[ScoredRun]:
    """The runs of the model of a side on these cases, or of those that were chosen in each fold.

    On an external part, which models of all folds predict, several models count alike: as many runs
    of every fold, so that d there is of the same as d over folds, and none where a fold has none.
    """
    if len(chosen.times) < 2:
        return [run for run in data.scored if run.run.trial.method == chosen.name]
    each = [
        [
            run
            for run in data.scored
            if run.run.trial.method == name
            and fold == (run.part or 0 if run.trained_in is None else run.trained_in)
        ]
        for fold, name in chosen.by_fold
    ]
    fewest = min(len(own) for own in each) if None in data.tests else None
    return [run for own in each for run in own[:fewest]]


def paired_on(
    data: DatasetRuns, methods: Sequence[str], level: float
) -> SingleSplit | CrossValidated:
    """The AUCs of methods on these cases, at least two classes of them.

    Args:
        data: the runs.
        methods: with a result.
        level: of the intervals.
    """
    positive = data.card.positive
    if None not in data.tests:
        runs = tuple(run for run in data.scored if run.run.trial.method in methods)
        return CrossValidated(runs, data.tests, positive, level)
    scores = {
        name: np.stack([run.test for run in data.scored if run.run.trial.method == name])
        for name in methods
    }
    return SingleSplit(scores, data.tests[None], positive, level)


def unit_names(part: TestPart) -> NDArray[np.str_]:
    """`(u,)` what counts as one, in the order of `TestPart.units`."""
    return part.case_ids if part.clusters is None else np.unique(part.clusters)


def has_aucs(data: DatasetRuns) -> bool:
    """Whether AUCs are defined on these cases: two classes, with folds enough of two in each."""
    if None in data.tests:
        return bool(np.count_nonzero(units_per_class(data)) > 1)
    folds = (replace(data, tests={fold: part}) for fold, part in data.tests.items())
    return all(np.count_nonzero(units_per_class(own) >= LEAST) > 1 for own in folds)


def counted_classes(places: Sequence[DatasetRuns]) -> IntArray:
    """The classes with enough cases (patients) in all of some places."""
    sizes = np.array([units_per_class(data) for data in places])
    return np.flatnonzero((sizes >= TOO_FEW).all(axis=0))


def obstacle(places: Sequence[DatasetRuns], names: Sequence[str]) -> str:
    """Why d cannot be compared between places, one sentence, or "".

    Args:
        places: of one data set, or of several with the same classes.
        names: of the places.
    """
    counted = counted_classes(places)
    card = places[0].card
    classes = card.class_names
    if card.positive is not None and len(counted) < len(classes):
        where, data = next(
            (n, d) for n, d in zip(names, places, strict=True) if len(counted_classes([d])) < 2
        )
        sizes = units_per_class(data)
        fewest = int(sizes.argmin())
        unit = "patient" if _patients(data) else "case"
        if where == TEST:
            where = "The test part"
        number = int(sizes[fewest])
        amount = plural(number, unit) if number else f"no {unit}s"
        return f"{where} has {amount} of “{classes[fewest]}” (at least {TOO_FEW} are needed)."
    if len(counted) < 2:
        where = " and ".join(names)
        what = "patients" if all(map(_patients, places)) else "cases"
        return f"No two classes have {TOO_FEW} {what} in {where}."
    for data in places:
        if None not in data.tests:
            left = [name for i, name in enumerate(classes) if i not in counted]
            if thin := thin_fold(data.tests, classes, left):
                return thin
    return ""


def on_classes(data: DatasetRuns, classes: IntArray) -> DatasetRuns:
    """The same runs on the cases of these classes; two classes are left as they are."""
    if data.card.positive is not None:
        return data
    sizes = units_per_class(data)
    absent = tuple(
        LeftOutClass(name, int(sizes[label]))
        for label, name in enumerate(data.card.class_names)
        if label not in classes
    )
    return without_classes(data, absent)


def _patients(data: DatasetRuns) -> bool:
    return all(part.groups is not None for part in data.tests.values())
