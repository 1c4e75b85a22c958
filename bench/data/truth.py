"""A data set for segmentation → its true label maps as they are stored."""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, Originals
from bench.protocol.label_maps import Targets, encode


def targets_of(data: Dataset, rows: NDArray[np.intp] | None = None) -> Targets:
    """What is true of the validation and test cases, at the size of their files.

    Args:
        data: for segmentation.
        rows: of folds the cases of all parts that are tested, train first, then val and test, which
            are then all called "test"; None for those of val and test.
    """
    parts = list(data.parts())
    names = np.repeat([name for name, _ in parts], [len(part) for _, part in parts])
    groups = [part.groups for _, part in parts if part.groups is not None]
    known = originals_of(data)
    whole = Targets(
        case_ids=np.concatenate([part.case_ids for _, part in parts]),
        split=names if rows is None else np.full(len(names), "test"),
        groups=np.concatenate(groups) if len(groups) == len(parts) else None,
        pngs=known.pngs,
        heights=known.heights,
        widths=known.widths,
        spacings=known.spacings,
    )
    return whole.take(np.flatnonzero(names != "train") if rows is None else rows)


def originals_of(data: Dataset) -> Originals:
    """The true label maps of all cases at the size of their files, or else of their images."""
    if data.originals is not None:
        return data.originals
    n = sum(len(part) for _, part in data.parts())
    h, w, _ = data.image_shape
    pngs = [
        encode(target)
        for _, part in data.parts()
        if part.targets is not None
        for target in part.targets
    ]
    sizes = (np.full(n, side, np.int32) for side in (h, w))
    return Originals(tuple(pngs), *sizes, np.full((n, 2), np.nan))
