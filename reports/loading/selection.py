"""Which stored runs belong to the current study, and their predictions in one order of cases."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import DatasetCard, MethodCard
from bench.protocol.predictions import Predictions
from bench.protocol.record import Run, Trial
from bench.protocol.study import Study
from bench.results.other_data import of_other_data
from bench.results.store import Store
from reports.evidence import FailedRun, LeftOutClass, MissingTrial, ValidationTwins
from reports.loading.trials import (
    OTHER_CASES,
    failed_run,
    failure_order,
    missing_trials,
    one_kind,
    trial_order,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TestPart:
    """The test cases that all methods were asked about, sorted by case id.

    Attributes:
        fold: None where the data set's one split is used.
        case_ids: `(n,)` strings.
        labels: `(n,)`.
        groups: `(n,)` patients as strings, or None.
        joined: `(n,)` strings, equal for cases that count as one, where that is more than the cases
            of a patient (see `reports.loading.units`); else None.
        unit: what that is called in the name of a test.
        repeat: which draw of the folds, from 0.
    """

    __test__ = False  # not a test, whatever its name says

    fold: int | None
    case_ids: NDArray[np.str_]
    labels: IntArray
    groups: NDArray[np.str_] | None
    joined: NDArray[np.str_] | None = None
    unit: str = "patient"
    repeat: int = 0

    @property
    def clusters(self) -> NDArray[np.str_] | None:
        """`(n,)` strings, equal for cases that count as one; None where each case counts."""
        return self.groups if self.joined is None else self.joined

    @property
    def unit_named(self) -> str:
        """Several of what counts as one, for example "patients" or "groups of near-duplicates"."""
        return f"groups of {self.unit}" if self.unit.endswith("s") else f"{self.unit}s"

    @property
    def units(self) -> IntArray | None:
        """`(n,)` what counts as one, patients in short, as `0..u-1`; None where each case does."""
        return units_of([self])

    def only(self, kept: NDArray[np.bool_]) -> "TestPart":
        """Some of the cases."""
        groups, joined = (None if n is None else n[kept] for n in (self.groups, self.joined))
        cases, labels = self.case_ids[kept], self.labels[kept]
        return TestPart(self.fold, cases, labels, groups, joined, self.unit, self.repeat)


def units_of(parts: Sequence[TestPart]) -> IntArray | None:
    """`(n,)` what counts as one among the cases of all parts, in their order, as `0..u-1`.

    None where each case counts, or where what counts as one is not known in every part.
    """
    known = [part.clusters for part in parts if part.clusters is not None]
    if not known or len(known) < len(parts):
        return None
    return np.unique(np.concatenate(known), return_inverse=True)[1].astype(np.int64)


def each_case_once(parts: Iterable[TestPart]) -> list[TestPart]:
    """The same parts without the cases that an earlier one has: those of further draws of folds."""
    found: list[TestPart] = []
    seen = np.zeros(0, dtype=np.str_)
    for part in parts:
        new = ~np.isin(part.case_ids, seen)
        if new.any():
            found.append(part if new.all() else part.only(new))
            seen = np.concatenate([seen, part.case_ids[new]])
    return found


@dataclass(frozen=True, eq=False)
class ScoredRun:
    """A successful run with its probabilities.

    Attributes:
        run: as stored, without its predictions.
        validation_labels: `(v,)`.
        validation: `(v, k)` class probabilities.
        test: `(n, k)` class probabilities, in the order of the test part of its fold.
        validation_ids: `(v,)` case ids, None where nothing is known of them.
        folds_before: folds of the draws of the folds before its own.
        trained_in: of predictions of an external part, the fold that it was trained in, counted
            over all draws of the folds; else None.
    """

    run: Run
    validation_labels: IntArray
    validation: FloatArray
    test: FloatArray
    validation_ids: NDArray[np.str_] | None = None
    folds_before: int = 0
    trained_in: int | None = None

    @property
    def part(self) -> int | None:
        """Its test part in `DatasetRuns.tests`: the fold, counted over all draws of the folds."""
        fold = self.run.trial.fold
        return None if fold is None else self.folds_before + fold


@dataclass(frozen=True, eq=False)
class DatasetRuns:
    """All of the study's runs on one data set.

    Attributes:
        card: the data set.
        tests: fold → its test cases, the folds of each draw after those of the one before; every
            draw tests the same cases.
        scored: successful runs, sorted by trial.
        failed: runs without predictions, or with those of other cases.
        missing: trials without a stored run.
        runs: all stored runs of the study, without predictions.
        methods: cards of the methods seen, by name.
        misfits: methods with runs whose test cases are not those of the others.
        groups_shared: number of patients that are in validation and in test of one run.
        of_other_data: methods with runs that are left out, since they saw other images or parts
            than the data set has.
        tuned_otherwise: number of stored runs that are left out, since the study asks for other
            tuning.
        resampled: runs on bootstrap samples of the training part, on the same test cases. Only the
            error of a difference uses them.
        validation_twins: how many validation cases have a twin in train, and which of them chose;
            None where they were not searched for.
        left_out: the classes whose test cases are left out, since they have too few.
        other_images: runs on other images of the same test cases than those of the verdict: at
            other sizes, or with other lesion masks. Only what is shown by size and by mask uses
            them.
    """

    card: DatasetCard
    tests: dict[int | None, TestPart]
    scored: tuple[ScoredRun, ...]
    failed: tuple[FailedRun, ...]
    missing: tuple[MissingTrial, ...]
    runs: tuple[Run, ...]
    methods: dict[str, MethodCard]
    misfits: tuple[str, ...]
    groups_shared: int
    of_other_data: tuple[str, ...] = ()
    tuned_otherwise: int = 0
    resampled: tuple[ScoredRun, ...] = ()
    validation_twins: ValidationTwins | None = None
    left_out: tuple[LeftOutClass, ...] = ()
    other_images: tuple[ScoredRun, ...] = ()

    @property
    def size(self) -> "TestSize":
        """How many test cases there are."""
        return TestSize.of(self)

    def of(self, runs: Iterable[ScoredRun]) -> "DatasetRuns":
        """The same test cases with these runs alone, and none beside them."""
        return replace(self, scored=tuple(runs), resampled=(), other_images=())

    def without(self, cases: Collection[str]) -> "DatasetRuns":
        """The same runs on the test cases that are not among these."""
        kept = {
            fold: ~np.isin(part.case_ids, np.array(sorted(cases), dtype=np.str_))
            for fold, part in self.tests.items()
        }
        return replace(
            self,
            tests={fold: part.only(kept[fold]) for fold, part in self.tests.items()},
            scored=_only(self.scored, kept),
            resampled=_only(self.resampled, kept),
            other_images=_only(self.other_images, kept),
        )


def _only(
    runs: Iterable[ScoredRun], kept: dict[int | None, NDArray[np.bool_]]
) -> tuple[ScoredRun, ...]:
    return tuple(replace(run, test=run.test[kept[run.part]]) for run in runs)


@dataclass(frozen=True)
class TestSize:
    """Test cases and patients over all folds, and the smallest class.

    Near twins count as one patient, and as one case where patients are not known.

    Attributes:
        cases: test cases, twins one by one.
        groups: patients among them, None where they are not known.
        units: what counts as one among them: these patients, or the cases.
        smallest: patients that have a case of the class of which the fewest have one; cases where
            patients are not known. Classes that are left out do not count.
        smallest_class: its name.
        per_class: cases of each class.
        unit: what `smallest` counts: "test patient", "test case", or "distinct test case" where
            near twins count as one.
    """

    __test__ = False  # not a test, whatever its name says

    cases: int
    groups: int | None
    units: int
    smallest: int
    smallest_class: str
    per_class: tuple[int, ...]
    unit: str = "test case"

    @property
    def per_group(self) -> float | None:
        """Test cases of a patient, on average; None where patients are not known."""
        return self.cases / self.groups if self.groups else None

    @classmethod
    def of(cls, data: DatasetRuns) -> "TestSize":
        """Of all folds together; folds that were drawn again have no further cases."""
        parts = each_case_once(data.tests.values())
        labels = np.concatenate([part.labels for part in parts] or [np.zeros(0, np.int64)])
        counts = np.bincount(labels, minlength=len(data.card.class_names))
        n_groups, n_units, units, unit = None, len(labels), counts, "test case"
        patients = units_of(parts)
        if patients is not None:
            n_units = len(np.unique(patients))
            unit = "distinct test case"
            if all(part.groups is not None for part in parts):
                n_groups, unit = n_units, "test patient"
            units = np.array([len(np.unique(patients[labels == k])) for k in range(len(counts))])
        left_out = {one.name for one in data.left_out}
        counted = [k for k, name in enumerate(data.card.class_names) if name not in left_out]
        smallest = min(counted, key=lambda k: units[k])
        name = data.card.class_names[smallest]
        fewest, per_class = int(units[smallest]), tuple(counts.tolist())
        return cls(len(labels), n_groups, n_units, fewest, name, per_class, unit)


def load(store: Store, study: Study, card: DatasetCard, trials: set[Trial]) -> DatasetRuns:
    """Read the study's runs on one data set and bring their cases into one order.

    Runs of other images or parts than the card's are left out, and so are those that were tuned
    otherwise than the study says: they are those of another study. A method that
    has both runs with and runs without a seed was changed in between: the kind that was run last
    counts.

    Args:
        store: the results folder.
        study: its current study.
        card: the data set.
        trials: those of this data set that are stored and belong to the study.
    """
    found = [
        run for trial in sorted(trials, key=trial_order) if (run := store.run(trial)) is not None
    ]
    stale = of_other_data(card, found)
    stored = [run for run in found if run.trial not in stale]
    alike = [run for run in stored if run.tune == (study.tune if run.tunable else 0)]
    runs = one_kind(alike)
    tests, scored, misfits, shared = _align(
        [run for run in runs if run.predictions is not None], study.folds
    )
    failed = [failed_run(run, run.status, run.error) for run in runs if run.predictions is None]
    failed += [failed_run(run, "failed", OTHER_CASES) for run in misfits]
    return DatasetRuns(
        card=card,
        tests=tests,
        scored=tuple(scored),
        failed=tuple(sorted(failed, key=failure_order)),
        missing=tuple(missing_trials(study, card.name, [run.trial for run in runs])),
        runs=tuple(replace(run, predictions=None) for run in runs),
        methods={run.method.name: run.method for run in runs},
        misfits=tuple(sorted({run.method.name for run in misfits})),
        groups_shared=shared,
        of_other_data=tuple(sorted({trial.method for trial in stale})),
        tuned_otherwise=len(stored) - len(alike),
    )


def _align(
    runs: list[Run], folds: int
) -> tuple[dict[int | None, TestPart], list[ScoredRun], list[Run], int]:
    """Test parts by fold, runs in their order, runs on other cases, patients in both parts.

    The cases that most runs of a fold have are those of the fold; of equally many, the first. Folds
    are counted over all draws of `folds` each.
    """
    parts: dict[int | None, list[tuple[TestPart, list[ScoredRun]]]] = defaultdict(list)
    shared = 0
    for run in runs:
        if run.predictions is None:
            continue
        before = run.trial.repeat * folds
        known = parts[None if run.trial.fold is None else before + run.trial.fold]
        test, validation = run.predictions.part("test"), run.predictions.part("val")
        order = np.argsort(test.case_ids, kind="stable")
        part = _test_part(run.trial, test, order)
        members = next((found for other, found in known if _same_cases(other, part)), None)
        if members is None:
            members = []
            known.append((part, members))
            if test.groups is not None and validation.groups is not None:
                shared += len(np.intersect1d(test.groups, validation.groups))
        bare = replace(run, predictions=None)
        probabilities = validation.probabilities, test.probabilities[order]
        members.append(
            ScoredRun(bare, validation.labels, *probabilities, validation.case_ids, before)
        )
    tests, scored, misfits = {}, [], []
    for fold, known in sorted(parts.items(), key=lambda item: item[0] or 0):
        known.sort(key=lambda found: -len(found[1]))
        tests[fold] = known[0][0]
        scored += known[0][1]
        misfits += [member.run for _, members in known[1:] for member in members]
    return tests, sorted(scored, key=lambda s: trial_order(s.run.trial)), misfits, shared


def _test_part(trial: Trial, test: Predictions, order: NDArray[np.intp]) -> TestPart:
    groups = None if test.groups is None else test.groups[order]
    cases, labels = test.case_ids[order], test.labels[order]
    return TestPart(trial.fold, cases, labels, groups, repeat=trial.repeat)


def _same_cases(one: TestPart, other: TestPart) -> bool:
    """Whether ids, truth and patients agree."""
    if (one.groups is None) != (other.groups is None):
        return False
    return (
        np.array_equal(one.case_ids, other.case_ids)
        and np.array_equal(one.labels, other.labels)
        and (
            one.groups is None
            or other.groups is None
            or bool(np.array_equal(one.groups, other.groups))
        )
    )
