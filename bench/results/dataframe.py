"""A results folder as a pandas table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.protocol.cards import DatasetCard
from bench.protocol.errors import UsageError
from bench.protocol.predictions import Predictions
from bench.protocol.record import Run, Trial
from bench.results import counting
from bench.results.other_data import handed_out
from bench.results.store import Store

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_KEY = ["dataset", "method", "family", "seed", "fold", "repeat", "fraction", "resample", "size"]
_KEY += ["masks"]
_CASE = ["case_id", "split", "group", *counting.COLUMNS, "label", "class_name"]
_RUN = ["status", "error", "fit_seconds", "predict_seconds", "cached_seconds", "seconds"]
_RUN += ["peak_memory", "model_size", "n_train", "n_predicted", "budget", "tune", "started"]
_WHOLE = ("seed", "fold", "resample", "peak_memory", "model_size", "n_train", "n_predicted")


def load_results(path: str | Path, predictions: bool = False) -> "pd.DataFrame":
    """Every run of a results folder, of all its studies, as a table.

    There are no scores in it: the engine stores predictions, and scores are computed of these.
    Runs of other images or parts than their data set has by now are left out, as by the report.

    Args:
        path: the folder, `results` where `--out` named no other.
        predictions: whether to have a row per validation and test case of each successful run.

    Returns:
        One row per run: dataset, method, family, seed, fold, repeat (draw of the folds, from 0),
        fraction (of the training part), resample (bootstrap sample of it, from 0), size (side of
        the images in pixels where it is not that of the verdicts, else 0), masks (where those of
        lesions come from, where not of the data set, else ""), status, error, seconds (of fit and
        prediction, of these found in a cache, and of the whole trial), bytes (peak_memory,
        model_size), numbers of images, budget, tune, started.
        seed, fold and resample are missing (`<NA>`) where a run has none.
        With `predictions` one row per case: the first ten of these columns, then case_id, split
        ("val", "test" or "external:NAME"), group (a patient, None where not known), counts_as and
        decides (what the report counts), label (from 0), class_name, and the probabilities p0, p1,
        … of the classes, NaN where another data set has more classes.
        counts_as is equal for the cases of a part that count as one: the patient, or the case
        itself where patients are not known, with one name for near-duplicates and the patients that
        they are of. decides is False for a test or external case with a near twin in train or
        validation, for a validation case that may not choose since it has one in train, and for all
        of a run on folds where the last study of the data set has one split, or the other way
        about.

    Raises:
        ResultsError: if the folder is none, or something in it is damaged.
        UsageError: if predictions are asked for and the study segments.

    >>> told = load_results("results", predictions=True)  # doctest: +SKIP
    >>> own = [*told.columns[:10]]  # doctest: +SKIP
    >>> runs = told.query("split == 'test'").groupby(own, dropna=False)  # doctest: +SKIP
    >>> runs.apply(lambda run: roc_auc_score(run.label, run.p1))  # doctest: +SKIP
    """
    import pandas as pd

    store = Store(Path(path))
    store.studies()  # refuses what is no results folder
    if not predictions:
        runs = handed_out(store)
        rows = [_key(run) | {name: getattr(run, name) for name in _RUN} for run in runs]
        return pd.DataFrame(rows, columns=_KEY + _RUN).astype(dict.fromkeys(_WHOLE, "Int64"))
    if store.current.study.task == "segmentation":
        raise UsageError(
            "Runs of a study that segments have label maps and no probabilities: see measures() "
            f"and label_maps() of bench.Results({str(path)!r})."
        )
    trials = [run.trial for run in handed_out(store)]
    folds = {trial.dataset: counting.folds_of(store, trial.dataset) for trial in trials}
    parts = [
        _cases(store, run, folds[trial.dataset]) for trial in trials if (run := store.run(trial))
    ]
    found = [part for part in parts if part is not None]
    if not found:
        return pd.DataFrame(columns=_KEY + _CASE)
    table = pd.concat(found, ignore_index=True)
    cards = {name: store.card(name) for name in table["dataset"].unique()}
    table["counts_as"] = counting.counts_as(table, cards)
    return table


def _key(run: Run) -> dict[str, Any]:
    told = {**run.trial.as_json(), "family": run.method.family}
    return {name: told[name] for name in _KEY}


def _or_none(groups: "NDArray[np.str_] | None") -> list[str | None] | None:
    return None if groups is None else [group or None for group in groups.tolist()]


def _cases(store: Store, run: Run, folds: int) -> "pd.DataFrame | None":
    import numpy as np
    import pandas as pd

    predicted = run.predictions
    if predicted is None:
        return None
    card = store.card(run.trial.dataset)
    classes = card.class_names if card else map(str, range(predicted.probabilities.shape[1]))
    table = pd.DataFrame(
        {
            "case_id": predicted.case_ids,
            "split": predicted.split,
            "group": _or_none(predicted.groups),
            "counts_as": "",  # known once all runs are read: twins may be in other folds
            "decides": _decides(card, folds, run.trial, predicted),
            "label": predicted.labels,
            "class_name": np.array([*classes])[predicted.labels],
        }
    )
    for k, column in enumerate(predicted.probabilities.T):
        table[f"p{k}"] = column
    for position, (name, value) in enumerate(_key(run).items()):
        kind = "Int64" if name in _WHOLE else None
        table.insert(position, name, pd.Series([value] * len(table), dtype=kind))
    return table


def _decides(
    card: DatasetCard | None, folds: int, trial: Trial, told: Predictions
) -> "NDArray[np.bool_]":
    """`(n,)` which of all cases of a run decide."""
    import numpy as np

    found = np.zeros(len(told.case_ids), dtype=bool)
    for split in np.unique(told.split).tolist():
        own = told.split == split
        case_ids, labels = told.case_ids[own], told.labels[own]
        found[own] = counting.decides(card, folds, trial, split, case_ids, labels)
    return found
