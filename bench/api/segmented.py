"""What `bench.Results` says of a segmentation study: of methods and of single cases."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.protocol.errors import UsageError
from bench.protocol.label_maps import decode, to_original
from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results import counting
from bench.results.other_data import left_out
from bench.results.store import Store

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from reports.evidence import DatasetEvidence, MethodEvidence

_KEY = ["dataset", "method", "family", "seed", "fold", "repeat", "fraction", "size"]
_CASE = ["case_id", "split", "group", *counting.COLUMNS, "class_name", "present"]
_MEASURES = ["dice", "iou", "nsd", "hd95", "area_error"]


def told(data: "DatasetEvidence", method: "MethodEvidence") -> dict[str, Any]:
    """What `bench.Results.evidence` says of a method that segments, but for its runs and times."""
    found = None if data.segmentation is None else data.segmentation.method(method.name)
    measured = {} if found is None else {one.measure: one for one in found.measures}
    dice = measured.get("dice")
    return {
        "dice": dice and dice.mean.value,
        "dice_low": dice and dice.mean.low,
        "dice_high": dice and dice.mean.high,
        "dice_sd": found and found.seed_sd,
        "dice_median": dice and dice.median,
        "validation_dice": found and found.validation,
        **{
            name.replace("-", "_"): measured[name].mean.value if name in measured else None
            for name in ("iou", "nsd", "hd95", "area-error")
        },
        "misses": found and found.misses,
        "false_alarms": found and found.false_alarms,
    }


def measures(store: Store, study: Study) -> "pd.DataFrame":
    """The table of `bench.Results.measures`.

    Raises:
        UsageError: if the study does not segment.
        ResultsError: if something stored is damaged.
    """
    import pandas as pd

    from reports.loading.measured import EXTERNAL, measured_run, truth_of

    refuse_classification(study, "measures")
    rows: list[dict[str, Any]] = []
    cards = {name: store.card(name) for name in study.datasets}
    truths = {name: truth_of(store, name) for name in study.datasets}
    for trial in [*_trials(store, study), *_at_other_sizes(store, study)]:
        found = measured_run((store, study.resize), trial)
        truth, card = truths[trial.dataset], cards[trial.dataset]
        if found is None or truth is None or card is None:
            continue
        own = {**trial.as_json(), "family": found.run.method.family}
        key = {name: own[name] for name in _KEY}
        group_of = truth.group_of
        names = (card.target_names or ("background", "foreground"))[1:]
        external = {f"{EXTERNAL}{name}": part for name, part in found.external.items()}
        for split, part in {"val": found.validation, "test": found.test, **external}.items():
            if part is None:
                continue
            ids = part.case_ids
            deciding = counting.decides(card, study.folds, trial, split, ids).tolist()
            each = zip(ids, part.values, part.there, deciding, strict=True)
            for case, values, there, decides in each:
                group = None if group_of is None else group_of[str(case)] or None
                about = {"case_id": str(case), "split": split, "group": group}
                about |= {"decides": decides}
                for name, measured, present in zip(names, values, there, strict=True):
                    numbers = dict(zip(_MEASURES, measured.tolist(), strict=False))
                    rows.append(
                        {**key, **about, "class_name": name, "present": bool(present), **numbers}
                    )
    table = pd.DataFrame(rows, columns=[*_KEY, *_CASE, *_MEASURES])
    table = table.astype({"decides": bool})
    table["counts_as"] = counting.counts_as(table, cards)
    return table.astype(dict.fromkeys(("seed", "fold"), "Int64"))


@dataclass(frozen=True)
class Wanted:
    """Which run is meant, see `bench.Results.label_maps`."""

    dataset: str
    method: str
    seed: int | None
    fold: int | None
    repeat: int
    fraction: float | None


def label_maps(store: Store, study: Study, wanted: Wanted) -> "dict[str, NDArray[np.uint8]]":
    """The maps of `bench.Results.label_maps`.

    Raises:
        UsageError: if the study does not segment, or none or several runs are meant.
        ResultsError: if something stored is damaged.
    """
    from reports.loading.measured import truth_of

    refuse_classification(study, "label_maps")
    meant = (wanted.dataset, wanted.method, wanted.repeat)
    found = [
        trial
        for trial in _trials(store, study)
        if (trial.dataset, trial.method, trial.repeat) == meant
        and trial.fraction == (max(study.fractions) if wanted.fraction is None else wanted.fraction)
        and wanted.seed in (None, trial.seed)
        and wanted.fold in (None, trial.fold)
    ]
    if len(found) != 1:
        stored = "; ".join(map(str, found)) or "none"
        raise UsageError(
            f"One run of {wanted.method!r} on {wanted.dataset!r} is needed, by seed, fold and "
            f"fraction; there is {stored}."
        )
    run, truth = store.run(found[0]), truth_of(store, wanted.dataset)
    maps = None if run is None else store.label_maps(found[0])
    if maps is None or truth is None:
        raise UsageError(f"{found[0]} has no label maps: it failed.")
    shown = {}
    for case, png in zip(maps.case_ids.tolist(), maps.pngs, strict=True):
        height, width = truth.map_of(case).shape
        shown[case] = to_original(decode(png), height, width, study.resize)
    return shown


def _trials(store: Store, study: Study) -> list[Trial]:
    """The stored trials of a study on the images of its verdicts, in order."""
    from reports.loading.trials import trial_order, trials_of_study

    ours, _ = trials_of_study(study, store.trials())
    return sorted(ours - left_out(store), key=lambda trial: (trial.dataset, *trial_order(trial)))


def _at_other_sizes(store: Store, study: Study) -> list[Trial]:
    """The stored trials of a study at its other sizes, in order."""
    from reports.loading.other_images import trials_on_other_images

    return trials_on_other_images(study, set(store.trials()) - left_out(store))


def refuse_classification(study: Study, what: str) -> None:
    """Raise `UsageError` where a study has no label maps."""
    if study.task != "segmentation":
        raise UsageError(
            f"{what}() is of studies that segment, and this one classifies: see predictions()."
        )
