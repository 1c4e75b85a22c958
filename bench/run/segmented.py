"""What a segmenter predicts: checked, compared on validation, and as it is stored."""

import math
import time
from typing import Any, Literal

import numpy as np

from bench.data.dataset import Dataset, Split
from bench.methods.label_maps import Maps, check_label_maps, mean_dice
from bench.protocol.label_maps import LabelMaps, decode, encode

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


def score_of_maps(label_maps: LabelMaps, data: Dataset, part: Scored = "val") -> float:
    """Mean Dice of the cases of a part, see `mean_dice`."""
    maps = [decode(png) for png in label_maps.part(part).pngs]
    targets = (data.val if part == "val" else data.test).targets
    if targets is None or not maps:
        return math.nan
    return mean_dice(targets, np.stack(maps), len(data.target_names))
