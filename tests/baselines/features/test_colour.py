import numpy as np
import pytest
from scipy import stats
from skimage.color import rgb2hsv, rgb2lab

from baselines.features.colour import HUE_BINS, Colour
from baselines.features.family import ImageBatch
from tests.baselines.analytic import analytic_images


def described(images):
    family = Colour().fit(images)
    return dict(zip(family.get_feature_names_out(), family.transform(images)[0], strict=True))


def colourful():
    images = [image[..., :3] for name, image in analytic_images().items() if name != "disc"]
    rng = np.random.default_rng(0)
    images.append(np.clip(rng.normal((180, 90, 60), (30, 20, 10), (21, 19, 3)), 0, 255))
    return [image.astype(np.uint8) for image in images]


@pytest.mark.slow
@pytest.mark.parametrize("image", colourful())
def test_moments_agree_with_scikit_image_and_scipy(image):
    ours = described(image[None])
    hsv, lab = rgb2hsv(image), rgb2lab(image)
    planes = {
        "red": (image[..., 0], 1e-9),
        "green": (image[..., 1], 1e-9),
        "blue": (image[..., 2], 1e-9),
        "saturation": (255 * hsv[..., 1], 0.5),  # ours is rounded to 8 bits
        "value": (255 * hsv[..., 2], 1e-9),
        "lightness": (lab[..., 0], 0.001),
        "green_red": (lab[..., 1], 0.005),  # the white point of scikit-image is rounded
        "blue_yellow": (lab[..., 2], 0.005),
    }
    for name, (plane, tolerance) in planes.items():
        x = plane.astype(float).ravel()
        assert ours[f"colour_{name}_mean"] == pytest.approx(x.mean(), abs=tolerance)
        assert ours[f"colour_{name}_std"] == pytest.approx(x.std(), abs=tolerance)
        if x.std() > 0.01:
            shape_tolerance = 1e-6 if tolerance == 1e-9 else 0.02
            for moment, reference in (("skewness", stats.skew), ("kurtosis", stats.kurtosis)):
                expected = pytest.approx(reference(x), abs=shape_tolerance)
                assert ours[f"colour_{name}_{moment}"] == expected, (name, moment)


@pytest.mark.parametrize("image", colourful())
def test_the_direction_and_histogram_of_hue_agree_with_scikit_image(image):
    ours = described(image[None])
    hsv = rgb2hsv(image).reshape(-1, 3)
    hue, weight = hsv[:, 0], np.floor(255 * hsv[:, 1] + 0.5 + 1e-9)
    total = max(weight.sum(), 1)
    cos, sin = (np.sum(weight * f(2 * np.pi * hue)) / total for f in (np.cos, np.sin))
    assert ours["colour_hue_cos"] == pytest.approx(cos, abs=1e-6)
    assert ours["colour_hue_sin"] == pytest.approx(sin, abs=1e-6)
    bins = [ours[f"colour_hue_histogram_{b}"] for b in range(HUE_BINS)]
    assert sum(bins) == pytest.approx(float(weight.any()))
    # a hue on the edge of two bins may fall into either of them, by rounding
    inside = np.abs(hue * HUE_BINS - np.round(hue * HUE_BINS)) > 1e-5
    expected = np.bincount((hue[inside] * HUE_BINS).astype(int), weight[inside], HUE_BINS) / total
    doubtful = weight[~inside].sum() / total
    assert (np.array(bins) >= expected - 1e-9).all()
    assert (np.array(bins) <= expected + doubtful + 1e-9).all()


@pytest.mark.parametrize(("colour", "degrees"), [((255, 0, 0), 0), ((0, 255, 0), 120)])
def test_hue_points_to_the_colour(colour, degrees):
    images = np.full((1, 8, 8, 3), colour, dtype=np.uint8)
    images[0, :4] = 77  # gray pixels have no hue and must not count
    values = described(images)
    cos, sin = values["colour_hue_cos"], values["colour_hue_sin"]
    assert np.rad2deg(np.arctan2(sin, cos)) == pytest.approx(degrees, abs=1e-4)
    assert np.hypot(cos, sin) == pytest.approx(1)
    assert values[f"colour_hue_histogram_{degrees * HUE_BINS // 360}"] == 1


def test_gray_levels_in_three_channels_have_no_colour_and_not_even_its_rounding():
    values = described(np.repeat(analytic_images()["noise"][None, ..., :1], 3, axis=3))
    for name, value in values.items():
        if name.split("_")[1] in ("saturation", "hue", "green_red", "blue_yellow"):
            assert value == 0, name
    assert values["colour_green_red_mean"] == values["colour_blue_yellow_std"] == 0
    assert values["colour_lightness_std"] > 1


def test_one_colour_has_no_spread():
    values = described(np.full((1, 9, 11, 3), (200, 31, 77), dtype=np.uint8))
    for name, value in values.items():
        if name.endswith(("_std", "_skewness", "_kurtosis", "_entropy")):
            assert value == 0, name


def test_gray_images_have_no_colour_features():
    images = np.zeros((3, 8, 8, 2), dtype=np.uint8)
    assert Colour().fit_transform(images).shape == (3, 0)


def test_an_image_has_the_same_colour_in_any_company():
    images = np.random.default_rng(2).integers(0, 256, (5, 17, 23, 3), dtype=np.uint8)
    together = Colour().describe(ImageBatch(images))
    for k in range(5):
        alone = Colour().describe(ImageBatch(images[k : k + 1]))
        np.testing.assert_array_equal(alone[0], together[k])
