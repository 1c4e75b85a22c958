"""How long the five measures of a mask take, beside MONAI's (extra `peers`).

    python -m tests.benchmarks.segmentation_measures [masks]

Prints CPU-seconds of 1,000 masks of 256 px on one core, and how many times as long MONAI takes for
four of the five (it has no area error). Half of the masks are single lesions of 2 to 15 % of the
image, half are several blobs that cover a fifth.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from reports.statistics.segmentation.measures import region_measures

Mask = NDArray[np.uint8]
SIDE = 256
TOLERANCE = 2.0


def masks(n: int, random_state: int = 0) -> tuple[list[Mask], list[Mask]]:
    """n true masks and as many that are moved and bent a little."""
    rng = np.random.default_rng(random_state)
    y, x = np.mgrid[:SIDE, :SIDE]
    true, said = [], []
    for i in range(n):
        field = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 12)
        other = field + 0.15 * gaussian_filter(rng.normal(size=(SIDE, SIDE)), 8)
        if i % 2:
            centre, radius = rng.uniform(90, 166, 2), rng.uniform(0.08, 0.22) * SIDE
            lesion = radius - np.hypot(y - centre[0], x - centre[1])
            field = other = lesion + 100 * field
        share = 0.8 if i % 2 == 0 else 1 - np.pi * (radius / SIDE) ** 2
        true.append((field > np.quantile(field, share)).astype(np.uint8))
        moved = np.roll(other, rng.integers(-6, 7, 2), (0, 1))
        said.append((moved > np.quantile(moved, share)).astype(np.uint8))
    return true, said


def ours(true: list[Mask], said: list[Mask]) -> NDArray[np.float64]:
    """`(n, 5)`."""
    return np.array(
        [region_measures(t, s, 2, TOLERANCE)[0] for t, s in zip(true, said, strict=True)]
    )


def monais(true: list[Mask], said: list[Mask]) -> NDArray[np.float64]:
    """`(n, 4)` Dice, IoU, surface Dice and HD95 by MONAI, mask by mask."""
    import torch
    from monai.metrics import (
        compute_dice,
        compute_hausdorff_distance,
        compute_iou,
        compute_surface_dice,
    )

    found = []
    for one, other in zip(true, said, strict=True):
        y, p = (torch.from_numpy(m.astype(np.float32))[None, None] for m in (one, other))
        found.append(
            [
                float(compute_dice(p, y, ignore_empty=False)),
                float(compute_iou(p, y, ignore_empty=False)),
                float(compute_surface_dice(p, y, [TOLERANCE], include_background=True)),
                float(compute_hausdorff_distance(p, y, include_background=True, percentile=95)),
            ]
        )
    return np.array(found)


def seconds(work: Callable[[], object]) -> float:
    """CPU-seconds."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main(n: int) -> None:
    """Print both."""
    import torch

    torch.set_num_threads(1)
    true, said = masks(n)
    region_measures(true[0], said[0], 2, TOLERANCE)
    monais(true[:1], said[:1])
    own = seconds(lambda: ours(true, said)) * 1000 / n
    theirs = seconds(lambda: monais(true, said)) * 1000 / n
    print(f"1,000 masks of {SIDE} px: ours {own:.2f} s, MONAI {theirs:.2f} s: {theirs / own:.1f} ×")
    gap = np.abs(ours(true, said)[:, :4] - monais(true, said)).max(axis=0)
    print(f"largest differences (Dice, IoU, surface Dice, HD95): {gap.tolist()}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
