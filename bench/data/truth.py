"""A data set for segmentation → its true label maps as they are stored."""

import numpy as np

from bench.data.dataset import Dataset
from bench.data.targets import Originals
from bench.protocol.label_maps import Targets, encode
from bench.protocol.metadata import EXTERNAL


def targets_of(data: Dataset, in_folds: bool) -> Targets:
    """What is true of the cases that are predicted, at the size of their files.

    Args:
        data: for segmentation.
        in_folds: whether every case of train, val and test is a test case once.
    """
    parts = list(data.all_parts())
    names = [
        "test" if in_folds and not name.startswith(EXTERNAL) else name
        for name, part in parts
        for _ in range(len(part))
    ]
    groups = [np.full(len(p), "") if p.groups is None else p.groups for _, p in parts]
    grouped = all(part.groups is not None for _, part in data.parts())
    known = data.originals or _of_images(data)
    whole = Targets(
        case_ids=np.concatenate([part.case_ids for _, part in parts]),
        split=np.array(names),
        groups=np.concatenate(groups) if grouped else None,
        pngs=known.pngs,
        heights=known.heights,
        widths=known.widths,
        spacings=known.spacings,
    )
    return whole.take(np.flatnonzero(whole.split != "train"))


def _of_images(data: Dataset) -> Originals:
    """The true label maps of all cases at the size of their images."""
    maps = [part.targets for _, part in data.all_parts() if part.targets is not None]
    pngs = tuple(encode(target) for own in maps for target in own)
    h, w, _ = data.image_shape
    heights, widths = (np.full(len(pngs), side, np.int32) for side in (h, w))
    return Originals(pngs, heights, widths, np.full((len(pngs), 2), np.nan))
