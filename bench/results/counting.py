"""What the report counts: which cases of a run decide, and which of them count as one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.protocol.cards import DatasetCard
from bench.protocol.choosing import choosing
from bench.protocol.counting import joined_by
from bench.protocol.metadata import EXTERNAL
from bench.protocol.record import Trial
from bench.results.store import Store

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("counts_as", "decides")
"""What a table of cases says of it."""


def folds_of(store: Store, dataset: str) -> int:
    """The number of folds of the last study that has a data set, whose card tells its twins."""
    found = (e.study for e in reversed(store.studies()) if dataset in e.study.datasets)
    return next((study.folds for study in found), 0)


def decides(
    card: DatasetCard | None,
    folds: int,
    trial: Trial,
    split: str,
    case_ids: NDArray[np.str_],
    labels: ArrayLike | None = None,
) -> NDArray[np.bool_]:
    """`(n,)` which cases of a part decide.

    Test cases and those of external parts do that have no near twin in train or validation, and
    validation cases that choose (`bench.protocol.choosing`). None does of a run on folds where the
    study has one split, or the other way about: which have twins is not known there.

    Args:
        card: of the data set; all decide where it has none, or twins were not searched for.
        folds: of the study that the card is of.
        trial: the run.
        split: "val", "test" or "external:NAME".
        case_ids: `(n,)`, those of the part.
        labels: `(n,)` of these; None where they have no classes, as in segmentation.
    """
    if card is None:
        return np.ones(len(case_ids), dtype=bool)
    if (trial.fold is None) != (folds == 0):
        return np.zeros(len(case_ids), dtype=bool)
    if split == "val":
        twins = card.val_twins(trial.repeat * folds + (trial.fold or 0))
    elif split == "test":
        twins = card.near_duplicates or ()
    else:
        twins = (card.external_near_duplicates or {}).get(split.removeprefix(EXTERNAL), ())
    has_twin = np.isin(case_ids, np.array(twins, dtype=np.str_))
    if split != "val":
        return ~has_twin
    if labels is None:
        return choosing(np.zeros(len(case_ids), dtype=np.int64), has_twin, 1)
    return choosing(np.asarray(labels, dtype=np.int64), has_twin, len(card.class_names))


def counts_as(table: "pd.DataFrame", cards: Mapping[str, DatasetCard | None]) -> "pd.Series[str]":
    """One value per row, equal for the cases of a part that count as one.

    That is the patient, or the case itself where patients are not known; near-duplicates, and the
    patients that they are of, have one name.

    Args:
        table: rows of cases with dataset, case_id, split, group and decides.
        cards: of the data sets.
    """
    names = table["group"].where(table["group"].notna(), table["case_id"]).astype(object)
    for dataset, card in cards.items():
        if card is None:
            continue
        own = table["dataset"] == dataset
        of_test = own & (table["split"] == "test")
        beside = own & table["split"].isin(["val", "test"])
        within = [(of_test, beside, card.test_twin_groups or ())]
        for name, twins in (card.external_twin_groups or {}).items():
            there = own & (table["split"] == f"{EXTERNAL}{name}")
            # of an external part, those that do not decide join nothing
            within.append((there & table["decides"], there, twins))
        for joining, rows, twins in within:
            if twins:
                name_of = dict(zip(table["case_id"][joining], names[joining], strict=True))
                joined = joined_by(name_of, twins)
                names[rows] = [joined.get(name, name) for name in names[rows]]
    return names
