from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bench.data import thumbnails
from bench.data.dataset import Split
from bench.data.thumbnails import of_test_cases, sample, thumbnail


def opened(png):
    return np.asarray(Image.open(BytesIO(png)))


def part(n, name="t"):
    images = np.random.default_rng(n).integers(0, 256, (n, 16, 16, 1), dtype=np.uint8)
    ids = np.array([f"{name}{i}" for i in range(n)])
    return Split(images, (np.arange(n) % 10 == 0).astype(np.int64), ids)


def test_a_small_image_is_kept_pixel_by_pixel_and_a_large_one_shrinks_in_proportion():
    small = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(opened(thumbnail(small)), small)
    assert opened(thumbnail(np.zeros((100, 200, 1), np.uint8))).shape == (32, 64)


def test_the_outline_of_a_mask_is_drawn_and_its_inside_is_left():
    image = np.full((16, 16, 2), 80, np.uint8)
    image[..., 1] = 0
    image[4:10, 5:12, 1] = 255
    drawn = opened(thumbnail(image))
    coloured = (drawn != 80).any(axis=2)
    expected = np.zeros((16, 16), bool)
    expected[4:10, 5:12] = True
    expected[5:9, 6:11] = False
    np.testing.assert_array_equal(coloured, expected)


def test_all_cases_of_all_folds_are_pictured_where_they_are_few():
    found = of_test_cases([part(12, "a"), part(8, "b")])
    assert found.case_ids.tolist() == [*(f"a{i}" for i in range(12)), *(f"b{i}" for i in range(8))]
    np.testing.assert_array_equal(opened(found.pngs[13]), part(8).images[1, ..., 0])


def test_pictures_for_outlines_are_large_enough_to_read_and_have_none_drawn_in():
    images = np.random.default_rng(0).integers(0, 256, (3, 240, 320, 1), dtype=np.uint8)
    targets = np.zeros((3, 240, 320), np.uint8)
    targets[:, 50:90, 60:120] = 1
    ids = np.array(["a", "b", "c"])
    found = of_test_cases([Split(images, np.zeros(3, np.int64), ids, targets=targets)])
    assert [opened(png).shape for png in found.pngs] == [(120, 160)] * 3  # gray: no colour drawn


@pytest.mark.slow
def test_of_many_cases_a_sample_is_pictured_that_keeps_the_class_frequencies(monkeypatch):
    monkeypatch.setattr(thumbnails, "MOST", 50)
    whole = part(500)
    found = of_test_cases([whole])
    rows = np.searchsorted(np.arange(500), [int(name[1:]) for name in found.case_ids])
    assert len(rows) == len(found.pngs) == 50
    assert (np.diff(rows) > 0).all()
    assert whole.labels[rows].sum() == 5
    assert found.case_ids.tolist() == of_test_cases([whole]).case_ids.tolist()


@pytest.mark.parametrize("most", [1, 7, 300, 999])
def test_a_sample_has_the_size_that_was_asked_for(most):
    labels = np.random.default_rng(0).choice(3, 1000, p=[0.9, 0.09, 0.01])
    rows = sample(labels, most)
    assert len(np.unique(rows)) == most
    shares = np.bincount(labels[rows], minlength=3) / most
    np.testing.assert_allclose(shares, np.bincount(labels) / 1000, atol=1.5 / most)
