"""What a segmenter predicts: checked, compared on validation, and as it is stored."""

import math
import time
from collections.abc import Iterable
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
    row = {case: i for i, case in enumerate(truth.case_ids.tolist())}
    values = []
    for case, found in zip(case_ids.tolist(), maps, strict=True):
        true = decode(truth.pngs[row[case]])
        made = to_original(found, true.shape[0], true.shape[1], resize)
        values.append(mean_dice(true[None], made[None], classes))
    return float(np.mean(values)) if values else math.nan
