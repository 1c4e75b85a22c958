"""Which stored runs belong to the current study, and their predictions in one order of cases."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import DatasetCard, MethodCard
from bench.protocol.predictions import Predictions
from bench.protocol.record import Run, Status, Trial
from bench.protocol.study import Study
from bench.results.store import Store
from reports.evidence import FailedRun, LeftOutClass, MissingTrial, ValidationTwins

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
    """

    __test__ = False  # not a test, whatever its name says

    fold: int | None
    case_ids: NDArray[np.str_]
    labels: IntArray
    groups: NDArray[np.str_] | None
    joined: NDArray[np.str_] | None = None
    unit: str = "patient"

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
        return TestPart(self.fold, cases, labels, groups, joined, self.unit)


def units_of(parts: Sequence[TestPart]) -> IntArray | None:
    """`(n,)` what counts as one among the cases of all parts, in their order, as `0..u-1`.

    None where each case counts, or where what counts as one is not known in every part.
    """
    known = [part.clusters for part in parts if part.clusters is not None]
    if not known or len(known) < len(parts):
        return None
    return np.unique(np.concatenate(known), return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, eq=False)
class ScoredRun:
    """A successful run with its probabilities.

    Attributes:
        run: as stored, without its predictions.
        validation_labels: `(v,)`.
        validation: `(v, k)` class probabilities.
        test: `(n, k)` class probabilities, in the order of the test part of its fold.
        validation_ids: `(v,)` case ids, None where nothing is known of them.
    """

    run: Run
    validation_labels: IntArray
    validation: FloatArray
    test: FloatArray
    validation_ids: NDArray[np.str_] | None = None


@dataclass(frozen=True, eq=False)
class DatasetRuns:
    """All of the study's runs on one data set.

    Attributes:
        card: the data set.
        tests: fold → its test cases.
        scored: successful runs, sorted by trial.
        failed: runs without predictions, or with those of other cases.
        missing: trials without a stored run.
        runs: all stored runs of the study, without predictions.
        methods: cards of the methods seen, by name.
        misfits: methods with runs whose test cases are not those of the others.
        groups_shared: number of patients that are in validation and in test of one run.
        tuned_otherwise: number of stored runs that are left out, since the study asks for other
            tuning.
        resampled: runs on bootstrap samples of the training part, on the same test cases. Only the
            error of a difference uses them.
        validation_twins: how many validation cases have a twin in train, and which of them chose;
            None where they were not searched for.
        left_out: the classes whose test cases are left out, since they have too few.
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
    tuned_otherwise: int = 0
    resampled: tuple[ScoredRun, ...] = ()
    validation_twins: ValidationTwins | None = None
    left_out: tuple[LeftOutClass, ...] = ()

    @property
    def size(self) -> "TestSize":
        """How many test cases there are."""
        return TestSize.of(self)

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
        )


def _only(
    runs: Iterable[ScoredRun], kept: dict[int | None, NDArray[np.bool_]]
) -> tuple[ScoredRun, ...]:
    return tuple(replace(run, test=run.test[kept[run.run.trial.fold]]) for run in runs)


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
    """

    __test__ = False  # not a test, whatever its name says

    cases: int
    groups: int | None
    units: int
    smallest: int
    smallest_class: str
    per_class: tuple[int, ...]

    @classmethod
    def of(cls, data: DatasetRuns) -> "TestSize":
        """Of all folds together."""
        parts = list(data.tests.values())
        labels = np.concatenate([part.labels for part in parts] or [np.zeros(0, np.int64)])
        counts = np.bincount(labels, minlength=len(data.card.class_names))
        n_groups, n_units, units = None, len(labels), counts
        patients = units_of(parts)
        if patients is not None:
            n_units = len(np.unique(patients))
            if all(part.groups is not None for part in parts):
                n_groups = n_units
            units = np.array([len(np.unique(patients[labels == k])) for k in range(len(counts))])
        left_out = {one.name for one in data.left_out}
        counted = [k for k, name in enumerate(data.card.class_names) if name not in left_out]
        smallest = min(counted, key=lambda k: units[k])
        name = data.card.class_names[smallest]
        fewest, per_class = int(units[smallest]), tuple(counts.tolist())
        return cls(len(labels), n_groups, n_units, fewest, name, per_class)


def trials_of_study(study: Study, stored: Iterable[Trial]) -> tuple[set[Trial], set[Trial]]:
    """The stored trials that belong to the study, and the others."""
    folds = set(range(study.folds)) if study.folds else {None}
    ours: set[Trial] = set()
    others: set[Trial] = set()
    for trial in stored:
        if trial.resample is not None or trial.repeat:
            continue
        belongs = (
            trial.dataset in study.datasets
            and trial.method in study.methods
            and (trial.seed is None or trial.seed in study.seeds)
            and trial.fold in folds
            and trial.fraction in study.fractions
        )
        (ours if belongs else others).add(trial)
    return ours, others


def load(store: Store, study: Study, card: DatasetCard, trials: set[Trial]) -> DatasetRuns:
    """Read the study's runs on one data set and bring their cases into one order.

    Runs that were tuned otherwise than the study says are those of another study. A method that
    has both runs with and runs without a seed was changed in between: the kind that was run last
    counts.

    Args:
        store: the results folder.
        study: its current study.
        card: the data set.
        trials: those of this data set that are stored and belong to the study.
    """
    stored = [run for trial in sorted(trials, key=_order) if (run := store.run(trial)) is not None]
    alike = [run for run in stored if run.tune == (study.tune if run.tunable else 0)]
    runs = _one_kind(alike)
    tests, scored, misfits, shared = _align([run for run in runs if run.predictions is not None])
    failed = [_failure(run, run.status, run.error) for run in runs if run.predictions is None]
    failed += [
        _failure(run, "failed", "Its test cases are not those of the other methods.")
        for run in misfits
    ]
    return DatasetRuns(
        card=card,
        tests=tests,
        scored=tuple(scored),
        failed=tuple(sorted(failed, key=_failure_order)),
        missing=tuple(_missing(study, card.name, [run.trial for run in runs])),
        runs=tuple(replace(run, predictions=None) for run in runs),
        methods={run.method.name: run.method for run in runs},
        misfits=tuple(sorted({run.method.name for run in misfits})),
        groups_shared=shared,
        tuned_otherwise=len(stored) - len(alike),
    )


def _order(trial: Trial) -> tuple[str, float, int, int]:
    """By method, fraction, fold and seed; no seed and no fold come first."""
    return (
        trial.method,
        trial.fraction,
        -1 if trial.fold is None else trial.fold,
        -1 if trial.seed is None else trial.seed,
    )


def _failure_order(failure: FailedRun) -> tuple[str, float, int, int]:
    trial = Trial(failure.dataset, failure.method, failure.seed, failure.fold, failure.fraction)
    return _order(trial)


def _failure(run: Run, status: Status, error: str) -> FailedRun:
    trial = run.trial
    return FailedRun(
        dataset=trial.dataset,
        method=trial.method,
        family=run.method.family,
        seed=trial.seed,
        fold=trial.fold,
        fraction=trial.fraction,
        status=status,
        error=error,
        traceback=run.traceback,
    )


def _one_kind(runs: list[Run]) -> list[Run]:
    alike: dict[tuple[str, float], list[Run]] = defaultdict(list)
    for run in runs:
        alike[run.trial.method, run.trial.fraction].append(run)
    kept = []
    for own in alike.values():
        seeded = max(own, key=lambda run: run.started).trial.seed is not None
        kept += [run for run in own if (run.trial.seed is not None) == seeded]
    return kept


def _missing(study: Study, dataset: str, stored: list[Trial]) -> Iterable[MissingTrial]:
    there = set(stored)
    for method in study.methods:
        own = [trial for trial in stored if trial.method == method]
        for fraction in study.fractions:
            seeded = any(t.seed is not None for t in own if t.fraction == fraction)
            seeds = study.seeds if seeded else (None,)
            for fold in range(study.folds) if study.folds else (None,):
                for seed in seeds:
                    if Trial(dataset, method, seed, fold, fraction) not in there:
                        yield MissingTrial(dataset, method, seed, fold, fraction)


def _align(
    runs: list[Run],
) -> tuple[dict[int | None, TestPart], list[ScoredRun], list[Run], int]:
    """Test parts by fold, runs in their order, runs on other cases, patients in both parts.

    The cases that most runs of a fold have are those of the fold; of equally many, the first.
    """
    parts: dict[int | None, list[tuple[TestPart, list[ScoredRun]]]] = defaultdict(list)
    shared = 0
    for run in runs:
        if run.predictions is None:
            continue
        known = parts[run.trial.fold]
        test, validation = run.predictions.part("test"), run.predictions.part("val")
        order = np.argsort(test.case_ids, kind="stable")
        part = _test_part(run.trial.fold, test, order)
        members = next((found for other, found in known if _same_cases(other, part)), None)
        if members is None:
            members = []
            known.append((part, members))
            if test.groups is not None and validation.groups is not None:
                shared += len(np.intersect1d(test.groups, validation.groups))
        bare = replace(run, predictions=None)
        probabilities = validation.probabilities, test.probabilities[order]
        members.append(ScoredRun(bare, validation.labels, *probabilities, validation.case_ids))
    tests, scored, misfits = {}, [], []
    for fold, known in parts.items():
        known.sort(key=lambda found: -len(found[1]))
        tests[fold] = known[0][0]
        scored += known[0][1]
        misfits += [member.run for _, members in known[1:] for member in members]
    return tests, sorted(scored, key=lambda s: _order(s.run.trial)), misfits, shared


def _test_part(fold: int | None, test: Predictions, order: NDArray[np.intp]) -> TestPart:
    groups = None if test.groups is None else test.groups[order]
    return TestPart(fold, test.case_ids[order], test.labels[order], groups)


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
