"""All five measures of a label map at once."""

import numpy as np
import pytest

from reports.statistics.segmentation.measures import REGION_MEASURES, region_measures


def test_golden_values_of_a_square_moved_by_one() -> None:
    truth, said = np.zeros((10, 10), np.uint8), np.zeros((10, 10), np.uint8)
    truth[2:6, 2:6], said[2:6, 3:7] = 1, 1
    found = dict(zip(REGION_MEASURES, region_measures(truth, said, 2, 0.5)[0], strict=True))
    # 12 of 16 pixels are shared; of 12 outline pixels 6 lie on the other outline
    assert found == pytest.approx(
        {"dice": 0.75, "iou": 0.6, "nsd": 0.5, "hd95": 1.0, "area-error": 0.0}
    )


def test_golden_values_in_millimetres() -> None:
    truth, said = np.zeros((10, 10), np.uint8), np.zeros((10, 10), np.uint8)
    truth[2:6, 2:6], said[2:8, 2:6] = 1, 1  # two rows more, each 3 mm high
    found = dict(
        zip(REGION_MEASURES, region_measures(truth, said, 2, 3.0, (3.0, 1.0))[0], strict=True)
    )
    assert found["dice"] == pytest.approx(2 * 16 / 40)
    assert found["iou"] == pytest.approx(16 / 24)
    assert found["area-error"] == pytest.approx(0.5)
    assert found["hd95"] == pytest.approx(6.0)


def test_each_class_has_its_own_row() -> None:
    truth = np.array([[1, 1, 2, 2], [0, 0, 0, 0]], np.uint8)
    said = np.array([[1, 1, 0, 0], [3, 3, 0, 0]], np.uint8)
    found = region_measures(truth, said, 4, 1.0)
    assert found[:, 0].tolist() == [1.0, 0.0, 0.0]  # found, missed, not there
    assert found[:, 4].tolist() == [0.0, 1.0, 1.0]
    assert found[1:, 3].tolist() == [pytest.approx(np.hypot(2, 4))] * 2
