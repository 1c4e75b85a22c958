"""Stored label maps → what each measures on every case, at the size of the image's file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import DatasetCard
from bench.protocol.errors import ResultsError
from bench.protocol.label_maps import LabelMaps, Map, Targets, decode, to_original
from bench.protocol.preprocessing import Resize
from bench.protocol.record import Run, Trial
from bench.results.durable import stamp
from bench.results.store import Store
from reports.statistics.segmentation.measures import region_dice, region_measures

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
StrArray = NDArray[np.str_]

TOLERATED = 2
"""Pixels by which an outline may be off and still be right, for the normalised surface Dice."""

EXTERNAL = "external:"
"""How the name of a further test part begins among the parts of stored label maps."""


@dataclass(frozen=True)
class Scale:
    """In which unit the distances of a data set are told.

    Attributes:
        unit: "mm" where the spacing of every case is known, else "px".
        tolerance: of the normalised surface Dice, in that unit: two pixels, of the median spacing.
    """

    unit: Literal["px", "mm"]
    tolerance: float

    @classmethod
    def of(cls, spacings: FloatArray) -> "Scale":
        """Of `(n, 2)` spacings in mm, NaN where one is not known.

        >>> Scale.of(np.array([[0.5, 0.5], [0.7, 0.7], [0.5, 0.5]]))
        Scale(unit='mm', tolerance=1.0)
        >>> Scale.of(np.array([[0.5, 0.5], [np.nan, np.nan]]))
        Scale(unit='px', tolerance=2.0)
        """
        known = np.isfinite(spacings).all() and (spacings > 0).all() and len(spacings)
        if not known:
            return cls("px", float(TOLERATED))
        return cls("mm", TOLERATED * float(np.median(spacings)))


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of the cases of a data set.

    Attributes:
        targets: as stored.
        n_classes: of pixels, the background included.
        scale: in which unit distances are told.
    """

    targets: Targets
    n_classes: int
    scale: Scale
    row_of: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows = {str(case): row for row, case in enumerate(self.targets.case_ids)}
        object.__setattr__(self, "row_of", rows)

    @classmethod
    def of(cls, card: DatasetCard, targets: Targets) -> "Truth":
        """Of a data set's card and stored truth."""
        names = card.target_names or ("background", "foreground")
        return cls(targets, len(names), Scale.of(targets.spacings))

    @property
    def group_of(self) -> dict[str, str] | None:
        """Case → patient; None where patients are not known."""
        groups = self.targets.groups
        if groups is None:
            return None
        return dict(zip(self.targets.case_ids.tolist(), groups.tolist(), strict=True))

    def knows(self, cases: StrArray) -> bool:
        """Whether the truth of all cases is stored."""
        return all(str(case) in self.row_of for case in cases)

    def map_of(self, case: str) -> Map:
        """`(h, w)` at the size of the file."""
        return decode(self.targets.pngs[self.row_of[case]])

    def spacing(self, case: str) -> tuple[float, float]:
        """Height and width of a pixel in the unit of the scale."""
        if self.scale.unit == "px":
            return 1.0, 1.0
        down, across = self.targets.spacings[self.row_of[case]].tolist()
        return down, across


def true_shares(truth: Truth, cases: Sequence[str]) -> FloatArray:
    """`(n, n_classes - 1)` share of the image that each class takes."""
    found = np.empty((len(cases), truth.n_classes - 1))
    for row, case in enumerate(cases):
        label_map = truth.map_of(case)
        counts = np.bincount(label_map.ravel(), minlength=truth.n_classes)
        found[row] = counts[1 : truth.n_classes] / label_map.size
    return found


@dataclass(frozen=True, eq=False)
class Measured:
    """What a run measures on the cases of one part.

    Attributes:
        case_ids: `(n,)` strings, sorted.
        values: `(n, k - 1, 5)` measures of every class but the background in the order of
            `REGION_MEASURES`; of validation cases `(n, k - 1, 1)`, Dice alone.
        there: `(n, k - 1)` whether the truth has the class.
    """

    case_ids: StrArray
    values: FloatArray
    there: BoolArray

    @property
    def over_classes(self) -> FloatArray:
        """`(n, 5)` mean over the classes."""
        return np.asarray(self.values.mean(axis=1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class MeasuredRun:
    """A stored run with what its label maps measure.

    Attributes:
        run: as stored, without its label maps.
        test, validation: of the cases of both parts; None where the run has no label maps, or of
            other cases than those whose truth is stored.
        external: name of a further test part → what it measures there.
    """

    run: Run
    test: Measured | None = None
    validation: Measured | None = None
    external: dict[str, Measured] = field(default_factory=dict)


def measured_run(subject: tuple[Store, Resize], trial: Trial) -> MeasuredRun | None:
    """What a trial's stored label maps measure; None where nothing is stored of it.

    Args:
        subject: the results folder, and how images reached the size that methods saw.
        trial: of the store.

    Raises:
        ResultsError: if something stored is damaged.
    """
    store, resize = subject
    run = store.run(trial)
    if run is None:
        return None
    files = (store.layout.card_file(trial.dataset), store.layout.targets_file(trial.dataset))
    truth = _truth(store.root.absolute(), trial.dataset, tuple(map(stamp, files)))
    maps = store.label_maps(trial) if run.status == "ok" else None
    if maps is None or truth is None or not truth.knows(maps.case_ids):
        return MeasuredRun(run)
    parts = {str(name): maps.part(str(name)) for name in np.unique(maps.split)}
    measured = {
        name: _measured(part, truth, resize, trial, dice_alone=name == "val")
        for name, part in parts.items()
    }
    return MeasuredRun(
        run,
        measured.get("test"),
        measured.get("val"),
        {
            name.removeprefix(EXTERNAL): own
            for name, own in measured.items()
            if name.startswith(EXTERNAL)
        },
    )


def truth_of(store: Store, dataset: str) -> Truth | None:
    """The stored truth of a data set; None where there is none.

    Raises:
        ResultsError: if it is damaged.
    """
    card, targets = store.card(dataset), store.targets(dataset)
    return None if card is None or targets is None else Truth.of(card, targets)


@lru_cache(maxsize=2)
def _truth(root: Path, dataset: str, _files: object) -> Truth | None:
    """The same, read once for all runs of a data set that a process measures.

    Args:
        root: of the results.
        dataset: its name.
        _files: stamps of those that are read, since a run of the same process may write others.
    """
    return truth_of(Store(root), dataset)


def _measured(
    part: LabelMaps, truth: Truth, resize: Resize, trial: Trial, *, dice_alone: bool
) -> Measured:
    order = np.argsort(part.case_ids, kind="stable")
    found = np.empty((len(order), truth.n_classes - 1, 1 if dice_alone else 5))
    there = np.empty((len(order), truth.n_classes - 1), dtype=bool)
    for row, place in enumerate(order):
        case = str(part.case_ids[place])
        true = truth.map_of(case)
        height, width = true.shape
        there[row] = np.bincount(true.ravel(), minlength=truth.n_classes)[1 : truth.n_classes] > 0
        said = to_original(decode(part.pngs[place]), height, width, resize)
        try:
            if dice_alone:
                found[row, :, 0] = region_dice(true, said, truth.n_classes)
            else:
                found[row] = region_measures(
                    true, said, truth.n_classes, truth.scale.tolerance, truth.spacing(case)
                )
        except ValueError as error:
            raise ResultsError(
                f"{trial}: the label map of {case} does not fit the truth: {error}. Run the study "
                "again."
            ) from None
    return Measured(part.case_ids[order], found, there)
