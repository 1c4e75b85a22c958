import numpy as np
import pytest
from scipy import stats

from baselines.family import ImageBatch
from baselines.intensity import (
    HUE_BINS,
    STATISTICS,
    Colour,
    Intensity,
    first_order,
    histograms,
)


@pytest.fixture(scope="module")
def gray():
    rng = np.random.default_rng(0)
    flat = rng.integers(0, 256, (4, 21, 19))
    peaked = np.clip(rng.normal(90, 20, (4, 21, 19)), 0, 255)
    return np.concatenate([flat, peaked]).astype(np.uint8)


def reference(pixels):
    """Each statistic once more, from the pixels instead of their histogram."""
    x = pixels.astype(float)
    p = np.histogram(x, bins=32, range=(0, 256))[0] / x.size
    p10, p90 = np.percentile(x, [10, 90])
    kept = x[(x >= p10) & (x <= p90)]
    return {
        "mean": x.mean(),
        "std": x.std(),
        "skewness": stats.skew(x),
        "kurtosis": stats.kurtosis(x),
        "rms": np.sqrt(np.mean(x**2)),
        "entropy": stats.entropy(p, base=2),
        "uniformity": np.sum(p**2),
        "min": x.min(),
        "p5": np.percentile(x, 5),
        "p10": p10,
        "p25": np.percentile(x, 25),
        "median": np.median(x),
        "p75": np.percentile(x, 75),
        "p90": p90,
        "p95": np.percentile(x, 95),
        "max": x.max(),
        "range": np.ptp(x),
        "iqr": stats.iqr(x),
        "mean_absolute_deviation": np.mean(np.abs(x - x.mean())),
        "robust_mean_absolute_deviation": np.mean(np.abs(kept - kept.mean())),
    }


def test_every_first_order_statistic_agrees_with_numpy_and_scipy(gray):
    values = first_order(histograms(gray))
    for row, image in zip(values, gray, strict=True):
        expected = reference(image.ravel())
        assert tuple(expected) == STATISTICS
        np.testing.assert_allclose(row, list(expected.values()), rtol=1e-10, atol=1e-10)


def test_a_masked_histogram_describes_the_masked_pixels_only(gray):
    mask = np.random.default_rng(1).integers(0, 2, gray.shape, dtype=np.uint8)
    values = first_order(histograms(gray, mask))
    for row, image, inside in zip(values, gray, mask, strict=True):
        expected = reference(image[inside == 1])
        np.testing.assert_allclose(row, list(expected.values()), rtol=1e-10, atol=1e-10)


def test_two_levels_in_equal_parts_have_the_known_values():
    gray = np.zeros((1, 10, 10), dtype=np.uint8)
    gray[0, :5] = 100
    values = dict(zip(STATISTICS, first_order(histograms(gray))[0], strict=True))
    assert values["mean"] == 50
    assert values["std"] == 50
    assert values["skewness"] == 0
    assert values["kurtosis"] == -2
    assert values["entropy"] == 1
    assert values["uniformity"] == 0.5
    assert values["median"] == 50
    assert values["iqr"] == 100


def test_a_constant_image_has_no_spread():
    values = dict(
        zip(STATISTICS, first_order(histograms(np.full((1, 8, 8), 7, np.uint8)))[0], strict=True)
    )
    levels = ("mean", "rms", "min", "p5", "p10", "p25", "median", "p75", "p90", "p95", "max")
    assert {values.pop(name) for name in levels} == {7.0}
    assert values.pop("uniformity") == 1
    assert set(values.values()) == {0.0}


def test_an_empty_histogram_gives_zeros():
    assert not first_order(np.zeros((1, 256), dtype=np.int64)).any()


def test_the_histogram_of_the_image_sums_to_one(gray):
    family = Intensity().fit(gray[..., None])
    values = family.transform(gray[..., None])
    bins = [name.startswith("intensity_histogram") for name in family.get_feature_names_out()]
    np.testing.assert_allclose(values[:, bins].sum(axis=1), 1)
    np.testing.assert_allclose(values[0, bins][3], np.mean(gray[0] // 16 == 3))


def test_colour_describes_each_channel():
    images = np.random.default_rng(2).integers(0, 256, (2, 12, 12, 3), dtype=np.uint8)
    family = Colour().fit(images)
    values = dict(zip(family.get_feature_names_out(), family.transform(images)[0], strict=True))
    for k, channel in enumerate(("red", "green", "blue")):
        assert values[f"colour_{channel}_mean"] == pytest.approx(images[0, ..., k].mean())
        assert values[f"colour_{channel}_std"] == pytest.approx(images[0, ..., k].std())


@pytest.mark.parametrize(("colour", "degrees"), [((255, 0, 0), 0), ((0, 255, 0), 120)])
def test_hue_points_to_the_colour(colour, degrees):
    images = np.full((1, 8, 8, 3), colour, dtype=np.uint8)
    images[0, :4] = 77  # gray pixels have no hue and must not count
    values = Colour().describe(ImageBatch(images))[0]
    names = Colour().names(3)
    cos, sin = values[names.index("colour_hue_cos")], values[names.index("colour_hue_sin")]
    assert np.rad2deg(np.arctan2(sin, cos)) == pytest.approx(degrees, abs=1e-4)
    assert np.hypot(cos, sin) == pytest.approx(1)
    assert values[names.index(f"colour_hue_histogram_{degrees * HUE_BINS // 360}")] == 1


def test_gray_images_have_no_colour_features():
    images = np.zeros((3, 8, 8, 2), dtype=np.uint8)
    assert Colour().fit_transform(images).shape == (3, 0)
