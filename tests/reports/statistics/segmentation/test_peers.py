"""MONAI measures the same, but where a region is empty."""

import numpy as np
import pytest

from reports.statistics.segmentation.measures import region_dice, region_measures

SIDE = 40
TOLERANCE = 1.5


def monai_measures(truth: np.ndarray, said: np.ndarray, n_classes: int) -> np.ndarray:
    """`(n_classes - 1, 4)` Dice, IoU, surface Dice and HD95 by MONAI."""
    pytest.importorskip("monai")
    import torch
    from monai.metrics import (
        compute_dice,
        compute_hausdorff_distance,
        compute_iou,
        compute_surface_dice,
    )

    y, p = (
        torch.from_numpy(np.stack([one == k for k in range(n_classes)])[None].astype(np.float32))
        for one in (truth, said)
    )
    tolerances = [TOLERANCE] * (n_classes - 1)
    each = (
        compute_dice(p, y, include_background=False, ignore_empty=False),
        compute_iou(p, y, include_background=False, ignore_empty=False),
        compute_surface_dice(p, y, tolerances, include_background=False),
        compute_hausdorff_distance(p, y, include_background=False, percentile=95),
    )
    return np.stack([one[0].numpy() for one in each], axis=1)


def random_maps(random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise of three classes, and the same with a third of the pixels drawn anew."""
    rng = np.random.default_rng(random_state)
    truth = np.kron(rng.integers(0, 3, (8, 8)), np.ones((5, 5))).astype(np.uint8)
    anew = rng.random(truth.shape) < 0.3
    return truth, np.where(anew, rng.integers(0, 3, truth.shape), truth).astype(np.uint8)


def hand_made() -> tuple[np.ndarray, np.ndarray]:
    """Two squares, a disc at the border of the image, each found elsewhere or in part."""
    truth, said = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    truth[5:15, 5:15], said[7:17, 4:12] = 1, 1
    truth[20:25, 20:30], said[20:23, 20:33] = 1, 1
    y, x = np.mgrid[:SIDE, :SIDE]
    truth[(y - 36) ** 2 + (x - 36) ** 2 < 40] = 2
    said[(y - 33) ** 2 + (x - 37) ** 2 < 30] = 2
    return truth, said


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("maps", [hand_made(), *map(random_maps, range(4))])
def test_four_measures_are_those_of_monai(maps: tuple[np.ndarray, np.ndarray]) -> None:
    ours = region_measures(*maps, 3, TOLERANCE)[:, :4]
    np.testing.assert_allclose(ours, monai_measures(*maps, 3), atol=1e-5)
    np.testing.assert_array_equal(region_dice(*maps, 3), ours[:, 0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
def test_monai_leaves_out_what_is_empty_and_here_it_counts() -> None:
    nothing, square = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    square[5:15, 5:15] = 1
    missed = monai_measures(square, nothing, 2)[0]
    assert missed[:3].tolist() == [0.0, 0.0, 0.0]
    assert not np.isfinite(missed[3])
    ours = region_measures(square, nothing, 2, TOLERANCE)[0]
    assert ours.tolist() == [0.0, 0.0, 0.0, pytest.approx(np.hypot(SIDE, SIDE)), 1.0]
    assert region_measures(nothing, nothing, 2, TOLERANCE)[0].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert np.isnan(monai_measures(nothing, nothing, 2)[0, 2])
