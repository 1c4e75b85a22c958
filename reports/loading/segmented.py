"""A segmentation study's measured runs on one data set, in one order of cases."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import DatasetCard
from bench.protocol.choosing import LEAST
from bench.protocol.study import Study
from bench.results.other_data import of_other_data
from reports.evidence import ValidationTwins
from reports.loading.measured import Measured, MeasuredRun, Truth, true_shares
from reports.loading.selection import DatasetRuns, TestPart, each_case_once, units_of
from reports.loading.trials import (
    OTHER_CASES,
    failed_run,
    failure_order,
    missing_trials,
    one_kind,
    trial_order,
)
from reports.loading.units import with_twins_as_one
from reports.statistics.segmentation.emptiness import both_empty, present_dice

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SegmentedRun:
    """A successful run with its measures.

    Attributes:
        measured: the run, with what it measures on every case.
        part: its test part in `DatasetRuns.tests`: None, or the fold, counted over all draws.
        values: `(n, k - 1, 5)` of its test cases, sorted by id.
        validation: mean Dice of the validation cases that choose; None without any.
        validation_present: the same of what these cases have to find; None where they have nothing.
        validation_both_empty: share of them (pairs of case and class) in which neither truth nor
            prediction has anything, so that Dice is 1 by convention; None without any.
    """

    measured: MeasuredRun
    part: int | None
    values: FloatArray
    validation: float | None
    validation_present: float | None
    validation_both_empty: float | None

    @property
    def over_classes(self) -> FloatArray:
        """`(n, 5)` mean over the classes."""
        return np.asarray(self.values.mean(axis=1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class SegmentedRuns:
    """All of the study's runs on one data set.

    Attributes:
        data: cards, runs, test parts, failures; nothing in it is scored.
        scored: successful runs, sorted by trial.
        truth: as stored.
        case_ids: `(n,)` test cases, each once, in the order of the test parts.
        shares: `(n, k - 1)` share of the image that each class takes.
        units: `(n,)` what counts as one, patients in short, as `0..u-1`; None where each case does.
        rows: test part → places of its cases among `case_ids`.
    """

    data: DatasetRuns
    scored: tuple[SegmentedRun, ...]
    truth: Truth
    case_ids: NDArray[np.str_]
    shares: FloatArray
    units: IntArray | None
    rows: dict[int | None, IntArray]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the classes of pixels, without the background."""
        return self.data.card.target_names[1:] or ("foreground",)

    @property
    def n_units(self) -> int:
        """Patients, or cases where patients are not known."""
        return len(self.case_ids) if self.units is None else int(self.units.max(initial=-1)) + 1

    @property
    def who(self) -> str:
        """What counts as one, several of it in words."""
        part = next(iter(self.data.tests.values()), None)
        return "cases" if self.units is None or part is None else part.unit_named

    def without(self, cases: Collection[str]) -> "SegmentedRuns":
        """The same runs on the test cases that are not among these."""
        left_out = np.array(sorted(cases), dtype=np.str_)
        kept = {part: ~np.isin(test.case_ids, left_out) for part, test in self.data.tests.items()}
        tests = {part: test.only(kept[part]) for part, test in self.data.tests.items()}
        return replace(
            _in_order(replace(self.data, tests=tests), self.truth, self._share_of),
            scored=tuple(replace(run, values=run.values[kept[run.part]]) for run in self.scored),
        )

    @property
    def _share_of(self) -> dict[str, FloatArray]:
        return dict(zip(self.case_ids.tolist(), self.shares, strict=True))


def load_segmented(
    study: Study, card: DatasetCard, truth: Truth, measured: Iterable[MeasuredRun]
) -> SegmentedRuns:
    """The study's runs on one data set, brought into one order of cases.

    Runs of other images or parts than the card's are left out. Those that were tuned otherwise than
    the study says are those of another study, and of a method that has runs with and without a seed
    the kind that was run last counts, as of classification.

    Args:
        study: the results folder's current one.
        card: the data set.
        truth: of its cases.
        measured: the stored runs of the study.
    """
    found = sorted(measured, key=lambda one: trial_order(one.run.trial))
    stale = of_other_data(card, [one.run for one in found])
    stored = [one for one in found if one.run.trial not in stale]
    alike = [one for one in stored if one.run.tune == (study.tune if one.run.tunable else 0)]
    kept = {id(run) for run in one_kind([one.run for one in alike])}
    ours = [one for one in alike if id(one.run) in kept]
    groups_of = truth.group_of
    tests, scored, misfits, shared = _align(ours, study, card, groups_of)
    failed = [
        failed_run(one.run, one.run.status, one.run.error) for one in ours if one.run.status != "ok"
    ]
    failed += [failed_run(one.run, "failed", OTHER_CASES) for one in misfits]
    data = DatasetRuns(
        card=card,
        tests=tests,
        scored=(),
        failed=tuple(sorted(failed, key=failure_order)),
        missing=tuple(missing_trials(study, card.name, [one.run.trial for one in ours])),
        runs=tuple(one.run for one in ours),
        methods={one.run.method.name: one.run.method for one in ours},
        misfits=tuple(sorted({one.run.method.name for one in misfits})),
        groups_shared=shared,
        of_other_data=tuple(sorted({trial.method for trial in stale})),
        tuned_otherwise=len(stored) - len(alike),
        validation_twins=_validation_twins(scored, card),
    )
    return replace(_in_order(with_twins_as_one(data), truth, {}), scored=tuple(scored))


def _in_order(data: DatasetRuns, truth: Truth, share_of: Mapping[str, FloatArray]) -> SegmentedRuns:
    """The test cases in one order, without any run; `share_of` those that are known already."""
    parts = each_case_once(data.tests.values())
    ids = np.concatenate([part.case_ids for part in parts] or [np.zeros(0, np.str_)])
    place = {case: i for i, case in enumerate(ids.tolist())}
    rows = {
        part: np.array([place[case] for case in test.case_ids.tolist()], dtype=np.int64)
        for part, test in data.tests.items()
    }
    if share_of:
        shares = np.array([share_of[case] for case in ids.tolist()])
        shares = shares.reshape(len(ids), truth.n_classes - 1)
    else:
        shares = true_shares(truth, ids.tolist())
    return SegmentedRuns(data, (), truth, ids, shares, units_of(parts), rows)


def _align(
    runs: Sequence[MeasuredRun], study: Study, card: DatasetCard, groups_of: dict[str, str] | None
) -> tuple[dict[int | None, TestPart], list[SegmentedRun], list[MeasuredRun], int]:
    """Test parts, runs on their cases, runs on other cases, patients in both parts.

    The cases that most runs of a part have are those of the part; of equally many, the first.
    """
    by_part: dict[int | None, list[tuple[MeasuredRun, Measured]]] = defaultdict(list)
    misfits = []
    for one in runs:
        if one.run.status != "ok":
            continue
        if one.test is None:
            misfits.append(one)
            continue
        fold = one.run.trial.fold
        part = None if fold is None else one.run.trial.repeat * study.folds + fold
        by_part[part].append((one, one.test))
    tests: dict[int | None, TestPart] = {}
    scored = []
    shared = 0
    for part, own in sorted(by_part.items(), key=lambda item: item[0] or 0):
        times = Counter(tuple(test.case_ids.tolist()) for _, test in own)
        cases = times.most_common(1)[0][0]
        ids = np.array(cases, dtype=np.str_)
        groups = None
        if groups_of is not None:
            groups = np.array([groups_of[case] for case in cases], dtype=np.str_)
        trial = own[0][0].run.trial
        labels = np.zeros(len(ids), dtype=np.int64)
        tests[part] = TestPart(trial.fold, ids, labels, groups, repeat=trial.repeat)
        for one, test in own:
            if tuple(test.case_ids.tolist()) != cases:
                misfits.append(one)
                continue
            validation = _validation(one, card, part or 0)
            scored.append(SegmentedRun(one, part, test.values, *validation))
        first = own[0][0].validation
        if first is not None and groups_of is not None:
            validated = {groups_of[case] for case in first.case_ids.tolist()}
            shared += len(validated & {groups_of[case] for case in cases})
    scored.sort(key=lambda run: trial_order(run.measured.run.trial))
    return tests, scored, misfits, shared


def _choosing(validation: Measured, card: DatasetCard, part: int) -> NDArray[np.bool_]:
    """`(v,)` validation cases without a near twin in train; all where fewer than ten remain."""
    twins = np.array(card.val_twins(part), dtype=np.str_)
    alone = ~np.isin(validation.case_ids, twins)
    return alone if alone.sum() >= LEAST else np.ones(len(alone), dtype=bool)


def _validation(
    one: MeasuredRun, card: DatasetCard, part: int
) -> tuple[float | None, float | None, float | None]:
    """Mean Dice of the validation cases that choose, that of what they have, both empty."""
    validation = one.validation
    if validation is None or not len(validation.case_ids):
        return None, None, None
    rows = _choosing(validation, card, part)
    dice, there = validation.values[rows][:, :, 0], validation.there[rows]
    some = there.any(axis=1)
    present = present_dice(dice, there)[some].mean() if some.any() else None
    return (
        float(dice.mean()),
        None if present is None else float(present),
        float(both_empty(dice, there).mean()),
    )


def _validation_twins(scored: Sequence[SegmentedRun], card: DatasetCard) -> ValidationTwins | None:
    """Over the folds, of the first run of each."""
    if card.val_near_duplicates is None:
        return None
    first: dict[int | None, tuple[int, int, int]] = {}
    for run in scored:
        validation = run.measured.validation
        if validation is None or run.measured.run.trial.fold in first:
            continue
        twins = np.isin(validation.case_ids, np.array(card.val_twins(run.part or 0), dtype=np.str_))
        kept = _choosing(validation, card, run.part or 0)
        counts = len(twins), int(twins.sum()), int((~kept).sum())
        first[run.measured.run.trial.fold] = counts
    totals = [sum(column) for column in zip(*first.values(), strict=True)] or [0, 0, 0]
    return ValidationTwins(*totals)
