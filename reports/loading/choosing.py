"""The validation cases that have a twin in train do not choose, where enough remain."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import DatasetCard
from bench.protocol.choosing import choosing
from reports.evidence import ValidationTwins
from reports.loading.selection import DatasetRuns, ScoredRun


def with_choosing_cases(data: DatasetRuns, folds: int) -> DatasetRuns:
    """The same runs; their validation cases are those that choose (`bench.protocol.choosing`).

    Args:
        data: the study's runs on a data set.
        folds: of the study.
    """
    if data.card.val_near_duplicates is None:
        return data
    scored = tuple(_choosing(run, data.card, folds) for run in data.scored)
    return replace(
        data,
        scored=scored,
        resampled=tuple(_choosing(run, data.card, folds) for run in data.resampled),
        other_images=tuple(_choosing(run, data.card, folds) for run in data.other_images),
        validation_twins=_counted(data.scored, scored, data.card, folds),
    )


def _has_twin(run: ScoredRun, card: DatasetCard, folds: int) -> NDArray[np.bool_]:
    """`(v,)` whether a validation case has a near twin in train."""
    trial = run.run.trial
    twins = card.val_twins(trial.repeat * folds + (trial.fold or 0))
    if run.validation_ids is None:
        return np.zeros(len(run.validation_labels), dtype=bool)
    return np.isin(run.validation_ids, np.array(twins, dtype=np.str_))


def _choosing(run: ScoredRun, card: DatasetCard, folds: int) -> ScoredRun:
    kept = choosing(run.validation_labels, _has_twin(run, card, folds), len(card.class_names))
    return replace(
        run,
        validation_labels=run.validation_labels[kept],
        validation=run.validation[kept],
        validation_ids=None if run.validation_ids is None else run.validation_ids[kept],
    )


def _counted(
    before: Sequence[ScoredRun], after: Sequence[ScoredRun], card: DatasetCard, folds: int
) -> ValidationTwins:
    """Over the folds, of the first run of each."""
    first: dict[int | None, tuple[int, int, int]] = {}
    for whole, left in zip(before, after, strict=True):
        fold = whole.run.trial.fold
        if fold not in first:
            n = len(whole.validation_labels)
            twins = int(_has_twin(whole, card, folds).sum())
            first[fold] = n, twins, n - len(left.validation_labels)
    n, twins, left_out = np.sum(list(first.values()), axis=0, dtype=int) if first else (0, 0, 0)
    return ValidationTwins(int(n), int(twins), int(left_out))
