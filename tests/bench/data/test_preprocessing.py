"""The steps a study can switch on, and the policies of resizing."""

import numpy as np
import pytest
from PIL import Image

from bench.data.preprocessing import prepare_batch, prepare_image
from bench.data.resizing import fit, pad
from bench.data.sets import folder
from bench.protocol.errors import StudyError
from bench.protocol.preprocessing import in_order
from bench.protocol.study import Study


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def resized(picture, shape, how, smooth=True):
    return pad(fit(picture, shape, how, smooth), shape)


def test_letterboxing_keeps_the_aspect_ratio_and_all_of_the_image():
    boxed = resized(np.full((10, 20), 200, np.uint8), (40, 40), "letterbox")
    assert (boxed[:10] == 0).all()
    assert (boxed[10:30] == 200).all()
    assert (boxed[30:] == 0).all()


def test_squashing_fills_the_square():
    assert (resized(np.full((10, 20), 200, np.uint8), (40, 40), "squash") == 200).all()


def test_cropping_keeps_the_middle():
    picture = np.zeros((10, 30), np.uint8)
    picture[:, 10:20] = 200
    assert (resized(picture, (40, 40), "crop") == 200).all()
    assert (resized(picture.T.copy(), (40, 40), "crop") == 200).all()


@pytest.mark.parametrize("how", ["letterbox", "squash", "crop"])
@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (7, 9), (64, 64), (333, 64)])
def test_any_image_comes_to_the_size(how, shape):
    for picture in (noise(*shape), noise(*shape, 3)):
        assert resized(picture, (64, 64), how).shape == (64, 64, *picture.shape[2:])
        assert resized(picture, (40, 70), how).shape == (40, 70, *picture.shape[2:])


@pytest.mark.parametrize("how", ["letterbox", "squash", "crop"])
def test_masks_follow_their_images_and_stay_sharp(how):
    picture = np.zeros((60, 90), np.uint8)
    picture[20:40, 30:60] = 255
    shown, mask = prepare_image(
        picture, np.where(picture > 0, 255, 0).astype(np.uint8), (), (32, 32), how
    )
    assert set(np.unique(mask)) <= {0, 255}
    assert np.abs((shown > 127) ^ (mask > 0)).mean() < 0.04


def test_gray_is_luma():
    picture = noise(12, 12, 3)
    shown, _ = prepare_image(picture, None, ("gray",), (12, 12), "letterbox")
    luma = picture @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(shown, luma, atol=1)


def test_denoising_is_the_median_of_three_by_three():
    picture = noise(9, 11)
    shown, _ = prepare_image(picture, None, ("denoise",), (9, 11), "letterbox")
    for row, column in ((4, 5), (1, 1), (7, 9)):
        assert shown[row, column] == np.median(picture[row - 1 : row + 2, column - 1 : column + 2])


def test_clahe_raises_local_contrast_and_leaves_constant_images_alone():
    picture = (100 + 10 * (np.indices((64, 64)).sum(axis=0) // 4 % 2)).astype(np.uint8)
    shown, _ = prepare_image(picture, None, ("clahe",), (64, 64), "letterbox")
    assert shown.std() > 3 * picture.std()
    flat = np.full((64, 64), 90, np.uint8)
    np.testing.assert_array_equal(prepare_image(flat, None, ("clahe",), (64, 64), "crop")[0], flat)


def test_clahe_does_not_see_the_borders_of_letterboxing():
    picture = noise(20, 40)
    boxed, _ = prepare_image(picture, None, ("clahe",), (40, 40), "letterbox")
    alone, _ = prepare_image(picture, None, ("clahe",), (20, 40), "letterbox")
    np.testing.assert_array_equal(boxed[10:30], alone)
    assert (boxed[:10] == 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("side", [8, 9, 28, 101])
def test_every_step_takes_images_of_any_size(side):
    for channels in (1, 2, 3, 4):
        steps = in_order(["clahe", "denoise", "gray"] + ["crop-to-mask"] * (channels % 2 == 0))
        images = noise(2, side, side + 3, channels)
        done = prepare_batch(images, steps, "letterbox")
        assert done.shape == (2, side, side + 3, 1 + (channels % 2 == 0))


def test_the_crop_is_the_box_of_the_mask_with_a_tenth_around_it():
    picture = noise(100, 100)
    mask = np.zeros((100, 100), np.uint8)
    mask[30:50, 40:80] = 1
    steps = ("crop-to-mask",)
    shown, inside = prepare_image(picture, mask, steps, (24, 48), "letterbox")
    np.testing.assert_array_equal(shown, picture[28:52, 36:84])
    assert (inside > 0).sum() == 20 * 40
    whole, _ = prepare_image(picture, np.zeros_like(mask), steps, (100, 100), "letterbox")
    np.testing.assert_array_equal(whole, picture)


def test_a_read_only_batch_is_not_changed():
    images = noise(3, 16, 16, 3)
    images.setflags(write=False)
    before = images.copy()
    prepare_batch(images, ("denoise", "clahe"), "letterbox")
    np.testing.assert_array_equal(images, before)


def test_a_mistyped_step_is_named():
    with pytest.raises(StudyError, match="Did you mean 'clahe'"):
        Study(("a",), ("b",), preprocess=("clhae",))
    with pytest.raises(StudyError, match="Did you mean 'letterbox'"):
        Study(("a",), ("b",), resize="leterbox")


def test_steps_and_policy_are_part_of_the_hash_whatever_their_order():
    plain = Study(("a",), ("b",))
    assert "preprocess" not in plain.as_json()
    assert "resize" not in plain.as_json()
    one = Study(("a",), ("b",), preprocess=("clahe", "gray"))
    assert one.hash == Study(("a",), ("b",), preprocess=("gray", "clahe", "gray")).hash
    hashes = {plain.hash, one.hash, Study(("a",), ("b",), resize="crop").hash}
    assert len(hashes) == 3
    assert Study.from_json(one.as_json()) == one


@pytest.mark.slow
def test_what_was_done_is_said_in_order(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    for k, label in enumerate("ab"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(6):
            path = tmp_path / "set" / label / f"{i}.png"
            Image.fromarray(noise(20, 30, 3, seed=9 * k + i)).save(path)
            Image.fromarray(noise(20, 30) // 200).save(path.with_name(f"{i}_mask.png"))
    steps = ["clahe", "denoise", "gray", "crop-to-mask"]
    data = folder.load(tmp_path / "set", 32, resize="squash", preprocess=steps)
    assert data.image_shape == (32, 32, 2)
    said = [text.split()[0] for text in data.provenance.preprocessing]
    assert said == ["cropped", "colour", "median", "squashed", "CLAHE", "masks"]
