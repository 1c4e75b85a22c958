import numpy as np
import pytest
from scipy import ndimage, stats

from baselines.features.lesion import Lesion, against_surroundings, surroundings
from tests.baselines.analytic import analytic_images


def square(level, around, side=30):
    images = np.full((1, side, side, 2), around, dtype=np.uint8)
    images[..., 1] = 0
    images[0, 10:20, 10:20] = level, 255
    return images


def described(images):
    family = Lesion().fit(images)
    return dict(zip(family.get_feature_names_out(), family.transform(images)[0], strict=True))


def test_a_flat_lesion_on_a_flat_ground_has_its_contrast_everywhere():
    values = described(square(150, 90))
    assert values["lesion_gray_mean"] == 150
    assert values["lesion_gray_ring_mean"] == 90
    assert values["lesion_gray_contrast"] == values["lesion_gray_margin_gradient"] == 60
    assert values["lesion_gray_contrast_to_noise"] == 0
    assert values["lesion_gray_overlap"] == 0


def test_a_dark_lesion_has_negative_contrast_and_gradient():
    values = described(square(20, 200))
    assert values["lesion_gray_contrast"] == values["lesion_gray_margin_gradient"] == -180


def test_contrast_to_noise_is_the_contrast_in_standard_deviations():
    rng = np.random.default_rng(0)
    images = square(0, 0, side=60)
    images[..., 0] = rng.integers(0, 256, images.shape[:3])
    inside = images[0, ..., 1] > 0
    ring = surroundings((images[..., 1] > 0).astype(np.uint8))[0] > 0
    gray = images[0, ..., 0].astype(float)
    values = described(images)
    contrast = gray[inside].mean() - gray[ring].mean()
    noise = np.hypot(gray[inside].std(), gray[ring].std())
    assert values["lesion_gray_contrast"] == pytest.approx(contrast)
    assert values["lesion_gray_contrast_to_noise"] == pytest.approx(contrast / noise)


def test_the_same_distribution_inside_and_outside_overlaps_wholly():
    images = square(0, 0)
    images[0, ..., 0] = np.arange(30) % 2 * 200
    values = described(images)
    assert values["lesion_gray_overlap"] == pytest.approx(1, abs=0.01)


def test_the_ring_is_beside_the_lesion_and_scales_with_the_image():
    mask = np.zeros((1, 60, 60), dtype=np.uint8)
    mask[0, 25:35, 25:35] = 1
    ring = surroundings(mask)
    assert ring.sum() == 22**2 - 10**2  # 60 / 10 pixels on each side
    assert not (ring & mask).any()


def reference(plane, mask, width):
    """Each column once more, from the pixels."""
    inside = mask > 0
    ring = ndimage.binary_dilation(inside, np.ones((3, 3)), iterations=width) & ~inside
    x, y = plane[inside].astype(float), plane[ring].astype(float)
    p = np.histogram(x, bins=32, range=(0, 256))[0] / x.size
    coarse = [np.histogram(v, bins=16, range=(0, 256))[0] / v.size for v in (x, y)]
    constant = x.std() == 0
    steps = []
    for axis in (0, 1):
        across = np.diff(mask.astype(int), axis=axis)  # 1 where the lesion begins, -1 where it ends
        change = np.diff(plane.astype(float), axis=axis)
        steps += [*(across * change)[across != 0]]
    noise = np.hypot(x.std(), y.std())
    return {
        "mean": x.mean(),
        "std": x.std(),
        "skewness": 0 if constant else stats.skew(x),
        "kurtosis": 0 if constant else stats.kurtosis(x),
        "entropy": stats.entropy(p, base=2),
        "p10": np.percentile(x, 10),
        "median": np.median(x),
        "p90": np.percentile(x, 90),
        "ring_mean": y.mean(),
        "ring_std": y.std(),
        "contrast": x.mean() - y.mean(),
        "contrast_to_noise": (x.mean() - y.mean()) / noise if noise else 0,
        "overlap": np.sum(np.sqrt(coarse[0] * coarse[1])),
        "margin_gradient": np.mean(steps),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", analytic_images())
def test_every_column_agrees_with_numpy_and_scipy(name):
    image = analytic_images()[name]
    values = described(image[None])
    for k, plane in enumerate(("red", "green", "blue")):
        for column, expected in reference(image[..., k], image[..., 3], width=3).items():
            ours = values[f"lesion_{plane}_{column}"]
            assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9), (plane, column)


@pytest.mark.parametrize("fill", [0, 1])
def test_a_lesion_that_is_empty_or_everything_has_no_contrast(fill):
    plane = np.random.default_rng(0).integers(0, 256, (1, 16, 16), dtype=np.uint8)
    mask = np.full((1, 16, 16), fill, dtype=np.uint8)
    values = against_surroundings(plane, mask, surroundings(mask))
    assert np.isfinite(values).all()
    assert not values[0, -4:].any()


def test_colour_channels_are_described_each():
    images = np.zeros((1, 20, 20, 4), dtype=np.uint8)
    images[0, 5:15, 5:15] = 200, 100, 50, 1
    values = described(images)
    contrasts = [values[f"lesion_{name}_contrast"] for name in ("red", "green", "blue")]
    assert contrasts == [200, 100, 50]
