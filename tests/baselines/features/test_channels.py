import colorsys

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab, rgb2xyz

from baselines.features.channels import (
    check_images,
    cielab,
    colour_channels,
    gray_from_colour,
    hue_saturation,
    mask_channel,
)


@pytest.fixture
def rgb():
    return np.random.default_rng(0).integers(0, 256, (3, 20, 17, 3), dtype=np.uint8)


def test_gray_agrees_with_pillow(rgb):
    expected = [np.asarray(Image.fromarray(image).convert("L")) for image in rgb]
    np.testing.assert_array_equal(gray_from_colour(rgb), expected)


def test_gray_of_a_gray_image_is_the_image(rgb):
    np.testing.assert_array_equal(gray_from_colour(rgb[..., :1]), rgb[..., 0])


@pytest.mark.slow
def test_hue_and_saturation_agree_with_colorsys(rgb):
    rgb[0, 0, :3] = [[90, 90, 90], [0, 0, 0], [255, 0, 1]]
    hue, saturation = hue_saturation(rgb)
    expected = np.array([colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in rgb.reshape(-1, 3)])
    np.testing.assert_allclose(hue.ravel(), expected[:, 0], atol=1e-6)
    np.testing.assert_allclose(saturation.ravel(), 255 * expected[:, 1], atol=0.5 + 1e-9)


def test_cielab_agrees_with_scikit_image_up_to_its_rounded_white_point(rgb):
    # all dark colours too, where the cube root gives way to a line
    rgb = np.concatenate([rgb, rgb // 16])
    np.testing.assert_allclose(cielab(rgb), rgb2lab(rgb), atol=0.005)


def test_cielab_follows_the_formula_of_the_cie(rgb):
    rgb = np.concatenate([rgb, rgb // 16])
    t = rgb2xyz(rgb) / rgb2xyz(np.full((1, 1, 3), 255, np.uint8))[0, 0]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    lab = [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])]
    np.testing.assert_allclose(cielab(rgb), np.stack(lab, axis=-1), atol=5e-5)


@pytest.mark.slow
def test_gray_is_neutral_in_cielab_and_runs_from_0_to_100():
    gray = np.repeat(np.arange(256, dtype=np.uint8)[None, None, :, None], 3, axis=3)
    lab = cielab(gray)[0, 0]
    assert not lab[:, 1:].any()
    assert (np.diff(lab[:, 0]) > 0).all()
    np.testing.assert_allclose(lab[[0, 255], 0], [0, 100], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "colours"), [(1, 1), (2, 1), (3, 3), (4, 3)])
def test_the_last_channel_of_an_even_count_is_the_mask(channels, colours):
    images = np.zeros((2, 9, 9, channels), dtype=np.uint8)
    images[0, 4, 4, -1] = 128
    assert colour_channels(images).shape == (2, 9, 9, colours)
    mask = mask_channel(images)
    if channels in (1, 3):
        assert mask is None
    else:
        assert mask.sum() == 1
        assert mask[0, 4, 4] == 1


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((1, 9, 9, 1)), TypeError, "must be uint8, got float64"),
        (np.zeros((1, 9, 9), dtype=np.uint8), ValueError, "shape"),
        (np.zeros((0, 9, 9, 1), dtype=np.uint8), ValueError, "at least one image"),
        (np.zeros((1, 9, 9, 5), dtype=np.uint8), ValueError, "got 5"),
        (np.zeros((1, 9, 7, 1), dtype=np.uint8), ValueError, "got 9 x 7"),
    ],
)
def test_wrong_images_are_refused_with_what_is_wrong(images, error, message):
    with pytest.raises(error, match=message):
        check_images(images)
