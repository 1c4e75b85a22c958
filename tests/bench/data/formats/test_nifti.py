"""NIfTI volumes: one orientation for all, values that are no numbers, versions of the format."""

import nibabel
import numpy as np
import pytest

from bench.data.formats.images import decode, file_bytes, read
from bench.data.formats.masks import read_mask
from bench.data.formats.picture import Part
from bench.protocol.errors import DataError

SHAPE = (12, 16, 9)
AFFINE = np.array([[2.0, 0, 0, -10], [0, 1.5, 0, 4], [0, 0, 3, 7], [0, 0, 0, 1]])
ORDERS = ["RAS", "LPS", "LAS", "SAR", "PIL", "ASR"]


def reoriented(image, codes):
    from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform

    return image.as_reoriented(ornt_transform(io_orientation(image.affine), axcodes2ornt(codes)))


def values(seed=0):
    return np.random.default_rng(seed).integers(0, 1000, SHAPE).astype(np.int16)


def lesion():
    inside = np.zeros(SHAPE, np.int16)
    inside[2:5, 9:14, 3:8] = 1
    return inside


@pytest.mark.slow
@pytest.mark.parametrize("codes", ORDERS)
@pytest.mark.parametrize("axis", [None, 0, 1, 2])
@pytest.mark.parametrize("version", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_a_volume_is_the_same_picture_in_whatever_order_it_is_stored(
    tmp_path, codes, axis, version
):
    stored = reoriented(version(values(), AFFINE), tuple(codes))
    nibabel.save(stored, tmp_path / "a.nii.gz")
    part = Part() if axis is None else Part(axis=axis, index=5)
    found = decode(tmp_path / "a.nii.gz", part=part)
    picture = np.rot90(values().take(5 if axis is not None else 4, 2 if axis is None else axis))
    low, high = np.percentile(picture, (0.5, 99.5))
    want = np.rint(255 * np.clip((picture - low) / (high - low), 0, 1))
    np.testing.assert_array_equal(found, want)


@pytest.mark.slow
@pytest.mark.parametrize("codes", ORDERS)
def test_a_mask_follows_its_image(tmp_path, codes):
    nibabel.save(nibabel.Nifti1Image(values(), AFFINE), tmp_path / "a.nii")
    mask = reoriented(nibabel.Nifti1Image(lesion(), AFFINE), tuple(codes))
    nibabel.save(mask, tmp_path / "m.nii")
    part = Part(axis=1, index=10)
    image = read(tmp_path / "a.nii", file_bytes(tmp_path / "a.nii"), part)
    found = read_mask(tmp_path / "m.nii", file_bytes(tmp_path / "m.nii"), part, image)
    np.testing.assert_array_equal(found.inside, np.rot90(lesion()[:, 10]) > 0)


def test_a_mask_that_lies_elsewhere_is_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Image(values(), AFFINE), tmp_path / "a.nii")
    image = read(tmp_path / "a.nii", file_bytes(tmp_path / "a.nii"))
    for name, affine in (("moved", AFFINE + [[0, 0, 0, 9]] * 4), ("eye", np.eye(4))):
        affine[3] = [0, 0, 0, 1]
        path = tmp_path / f"{name}.nii"
        nibabel.save(nibabel.Nifti1Image(lesion(), affine), path)
        with pytest.raises(DataError, match=rf"{name}\.nii: the mask lies elsewhere.*Resample"):
            read_mask(path, file_bytes(path), Part(), image)


def test_a_volume_of_one_slice_is_that_slice_whatever_its_direction(tmp_path):
    one = values()[:, 3:4]
    nibabel.save(nibabel.Nifti1Image(one, AFFINE), tmp_path / "a.nii")
    assert decode(tmp_path / "a.nii").shape == (9, 12)


def test_what_is_no_number_is_black_and_does_not_count(tmp_path):
    stored = np.full((20, 20, 3), np.nan, np.float32)
    stored[5:15, 5:15] = -900 + np.arange(100).reshape(10, 10, 1)
    stored[0, 0] = np.inf
    nibabel.save(nibabel.Nifti1Image(stored, np.eye(4)), tmp_path / "a.nii")
    found = np.rot90(decode(tmp_path / "a.nii"), -1)
    assert found[1, 1] == 0
    assert (found[5, 5], found[14, 14]) == (0, 255)
    assert len(np.unique(found)) >= 95
    nibabel.save(nibabel.Nifti1Image(stored[:4] * np.nan, np.eye(4)), tmp_path / "b.nii")
    with pytest.raises(DataError, match="no finite value"):
        decode(tmp_path / "b.nii")


def test_values_are_scaled_as_the_header_says(tmp_path):
    image = nibabel.Nifti1Image(lesion(), np.eye(4))
    image.header.set_slope_inter(-2, 5)
    nibabel.save(image, tmp_path / "a.nii")
    raw = bytearray((tmp_path / "a.nii").read_bytes())
    raw[112:120] = np.array([-2, 5], "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(raw)
    found = np.rot90(decode(tmp_path / "a.nii"), -1)
    assert (found[3, 10], found[0, 0]) == (0, 255)


@pytest.mark.parametrize("kind", [np.complex64, "rgb", "four"])
def test_what_is_no_volume_of_numbers_is_refused_by_name(tmp_path, kind):
    if kind == "rgb":
        stored = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    else:
        stored = np.ones((*SHAPE, 2), np.int16) if kind == "four" else np.ones(SHAPE, kind)
    nibabel.save(nibabel.Nifti1Image(stored, np.eye(4)), tmp_path / "a.nii")
    with pytest.raises(DataError, match=r"a\.nii: (colour|has complex|has 4 dimensions)"):
        decode(tmp_path / "a.nii")


@pytest.mark.parametrize("missing", [1, 400])
def test_a_volume_that_is_cut_off_is_refused_whichever_slice_is_meant(tmp_path, missing):
    nibabel.save(nibabel.Nifti1Image(values(), AFFINE), tmp_path / "a.nii")
    content = (tmp_path / "a.nii").read_bytes()
    (tmp_path / "a.nii").write_bytes(content[:-missing])
    for index in (0, 4, 8):
        with pytest.raises(DataError, match=r"a\.nii: is cut off"):
            decode(tmp_path / "a.nii", part=Part(axis=2, index=index))


def test_a_file_without_an_affine_counts_as_it_is(tmp_path):
    image = nibabel.Nifti1Image(values(), None)
    nibabel.save(image, tmp_path / "a.nii")
    raw = bytearray((tmp_path / "a.nii").read_bytes())
    raw[252:256] = bytes(4)
    (tmp_path / "a.nii").write_bytes(raw)
    nibabel.save(nibabel.Nifti1Image(values(), np.eye(4)), tmp_path / "b.nii")
    np.testing.assert_array_equal(decode(tmp_path / "a.nii"), decode(tmp_path / "b.nii"))
