"""Masks: sharp, soft, lossy, of several labels, transparent; always of the size of their image."""

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageFilter

from bench.data.formats.images import file_bytes, read
from bench.data.formats.label_values import read_label_values
from bench.data.formats.masks import SOFT, read_mask
from bench.data.formats.picture import Part, Picture
from bench.protocol.errors import DataError
from tests.bench.data.formats.dicom_files import write

ROWS, COLUMNS = np.mgrid[:64, :64]
DISC = (ROWS - 30) ** 2 + (COLUMNS - 34) ** 2 < 18**2


def mask(path, values=None):
    if values is not None:
        Image.fromarray(values).save(path)
    return read_mask(path, file_bytes(path), Part())


@pytest.mark.slow
@pytest.mark.parametrize("value", [1, 2, 128, 255])
def test_of_a_sharp_mask_everything_above_0_is_inside(tmp_path, value):
    found = mask(tmp_path / "m.png", DISC.astype(np.uint8) * value)
    np.testing.assert_array_equal(found.inside, DISC)
    assert found.remarks == ()


def test_of_a_soft_mask_what_is_above_half_is_inside_and_that_is_told(tmp_path):
    sharp = Image.fromarray(DISC.astype(np.uint8) * 255)
    sharp.filter(ImageFilter.GaussianBlur(3)).save(tmp_path / "m.png")
    found = mask(tmp_path / "m.png")
    assert abs(found.inside.sum() / DISC.sum() - 1) < 0.03
    assert found.remarks == (SOFT,)


@pytest.mark.parametrize("quality", [50, 75, 95])
def test_of_a_mask_saved_as_jpeg_too(tmp_path, quality):
    Image.fromarray(DISC.astype(np.uint8) * 255).save(tmp_path / "m.jpg", quality=quality)
    found = mask(tmp_path / "m.jpg")
    assert abs(found.inside.sum() / DISC.sum() - 1) < 0.02
    assert found.remarks == (SOFT,)


def test_an_empty_mask_saved_as_jpeg_is_empty_and_a_dark_one_is_refused(tmp_path):
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "m.jpg")
    assert not mask(tmp_path / "m.jpg").inside.any()
    Image.fromarray(DISC.astype(np.uint8)).save(tmp_path / "n.jpg", quality=95)
    with pytest.raises(DataError, match=r"n\.jpg.*it cannot be told what is inside.*PNG"):
        mask(tmp_path / "n.jpg")


@pytest.mark.parametrize("quality", [40, 75, 95])
def test_a_mask_of_three_levels_saved_as_jpeg_is_refused(tmp_path, quality):
    values = DISC.astype(np.uint8) * 128
    values[24:36, 28:40] = 255
    Image.fromarray(values).save(tmp_path / "m.jpg", quality=quality)
    with pytest.raises(DataError, match=r"m\.jpg.*areas of gray beside black and white.*PNG"):
        mask(tmp_path / "m.jpg")


@pytest.mark.parametrize("quality", [10, 30, 75])
@pytest.mark.parametrize("blur", [0, 1, 3])
def test_a_blurred_mask_saved_as_jpeg_is_not(tmp_path, quality, blur):
    sharp = Image.fromarray(DISC.astype(np.uint8) * 255)
    sharp.filter(ImageFilter.GaussianBlur(blur)).save(tmp_path / "m.jpg", quality=quality)
    assert abs(mask(tmp_path / "m.jpg").inside.sum() / DISC.sum() - 1) < 0.05


def test_a_probability_map_is_inside_above_half(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    soft = np.exp(-((ROWS - 30.0) ** 2 + (COLUMNS - 34.0) ** 2) / 300)[..., None]
    nibabel.save(nibabel.Nifti1Image(soft.astype(np.float32), np.eye(4)), tmp_path / "m.nii")
    found = mask(tmp_path / "m.nii")
    assert found.inside.sum() == (soft > 0.5 * soft.max()).sum()
    assert found.remarks == (SOFT,)


def test_every_label_of_a_mask_of_several_is_inside(tmp_path):
    two = np.where(DISC, 128, 0) + np.where((ROWS - 30) ** 2 + (COLUMNS - 34) ** 2 < 36, 127, 0)
    np.testing.assert_array_equal(mask(tmp_path / "m.png", two.astype(np.uint8)).inside, DISC)
    many = np.zeros((64, 64), np.uint8)
    for i in range(9):
        many[7 * (i // 3) * 2 : 7 * (i // 3) * 2 + 9, 14 * (i % 3) : 14 * (i % 3) + 9] = i + 1
    np.testing.assert_array_equal(mask(tmp_path / "n.png", many).inside, many > 0)


def test_what_is_transparent_is_outside(tmp_path):
    drawn = np.full((64, 64, 4), 255, np.uint8)
    drawn[..., 3] = DISC * 255
    np.testing.assert_array_equal(mask(tmp_path / "m.png", drawn).inside, DISC)


def test_a_mask_of_dicom_is_taken_before_any_window(tmp_path):
    values = np.zeros((64, 64), np.uint16)
    values[DISC] = 2
    path = write(tmp_path / "m.dcm", values, WindowCenter="2000", WindowWidth="100")
    np.testing.assert_array_equal(mask(path).inside, DISC)


def test_a_mask_of_another_size_is_refused_by_name(tmp_path):
    image = Picture(np.zeros((64, 60), np.uint8), "png")
    Image.fromarray(DISC.astype(np.uint8)).save(tmp_path / "m.png")
    with pytest.raises(DataError, match=r"m\.png: the mask is 64×64 px, its image 60×64"):
        read_mask(tmp_path / "m.png", file_bytes(tmp_path / "m.png"), Part(), image)
    assert read(tmp_path / "m.png", file_bytes(tmp_path / "m.png")).pixels.shape == (64, 64)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16"])
def test_of_a_tiff_in_which_white_is_0_zeros_are_inside(tmp_path, dtype):
    drawn = np.zeros((20, 24), bool)
    drawn[5:10, 6:15] = True
    stored = (~drawn).astype(dtype) * (1 if dtype == "bool" else np.iinfo(dtype).max)
    tifffile.imwrite(tmp_path / "m.tif", stored.astype(dtype), photometric="miniswhite")
    data = file_bytes(tmp_path / "m.tif")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif", data, Part()).inside, drawn)
    labels = read_label_values(tmp_path / "m.tif", data, Part(), None)
    np.testing.assert_array_equal(labels.values > 0, drawn)
