"""What a segmenter predicts: checked, compared on validation, and as it is stored."""

import math
import time
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, Split
from bench.methods.label_maps import Maps, check_label_maps, mean_dice
from bench.protocol.label_maps import LabelMaps, Map, Targets, decode, encode, to_original
from bench.protocol.preprocessing import Resize

Scored = Literal["val", "test"]


def predicted_maps(estimator: Any, part: Split, data: Dataset) -> tuple[Maps, float]:
    """Label maps `(n, h, w)` of a part, and the seconds that the method took."""
    start = time.perf_counter()
    raw = estimator.predict(part.images)
    seconds = time.perf_counter() - start
    return check_label_maps(raw, part.images, len(data.target_names)), seconds


def stored_maps(parts: list[tuple[str, Split, Maps]]) -> LabelMaps:
    """The label maps of several parts as they are stored."""
    return LabelMaps(
        case_ids=np.concatenate([part.case_ids for _, part, _ in parts]),
        split=np.repeat([name for name, _, _ in parts], [len(part) for _, part, _ in parts]),
        pngs=tuple(encode(one) for _, _, maps in parts for one in maps),
    )


def score_of_maps(
    label_maps: LabelMaps, truth: Targets, resize: Resize, classes: int, part: Scored = "val"
) -> float:
    """Mean Dice of the cases of a part, see `dice_of_files`."""
    own = label_maps.part(part)
    return dice_of_files(own.case_ids, map(decode, own.pngs), truth, resize, classes)


def dice_of_files(
    case_ids: NDArray[np.str_],
    maps: Iterable[Map],
    truth: Targets,
    resize: Resize,
    classes: int,
) -> float:
    """Mean Dice (`mean_dice`) of cases at the size of their files, as it is reported; NaN of none.

    At the size that methods see a small lesion may be gone, and to find nothing would be right.

    Args:
        case_ids: `(n,)`, of the maps.
        maps: n label maps `(h, w)` at the size that the method saw.
        truth: of these cases at least.
        resize: how images reached that size.
        classes: of pixels, the background among them.
    """
    values = [
        mean_dice(true[None], made[None], classes)
        for true, made in _of_files(case_ids, maps, truth, resize)
    ]
    return float(np.mean(values)) if values else math.nan


def missed_in_files(
    case_ids: NDArray[np.str_], maps: Iterable[Map], truth: Targets, resize: Resize
) -> float:
    """Share of the cases with something to find in which nothing of it was found; 0 of none.

    At the size of their files, as in the report. What is marked elsewhere finds nothing.

    Args:
        case_ids, maps, truth, resize: as of `dice_of_files`.
    """
    missed = [
        not (made[true > 0] > 0).any()
        for true, made in _of_files(case_ids, maps, truth, resize)
        if (true > 0).any()
    ]
    return float(np.mean(missed)) if missed else 0.0


def _of_files(
    case_ids: NDArray[np.str_], maps: Iterable[Map], truth: Targets, resize: Resize
) -> Iterator[tuple[Map, Map]]:
    """Of every case the true label map and the one that was made, at the size of its file."""
    row = {case: i for i, case in enumerate(truth.case_ids.tolist())}
    for case, found in zip(case_ids.tolist(), maps, strict=True):
        true = decode(truth.pngs[row[case]])
        yield true, to_original(found, true.shape[0], true.shape[1], resize)
