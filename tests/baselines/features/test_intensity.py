import numpy as np
import pytest
from scipy import stats

from baselines.features.channels import gray_from_colour
from baselines.features.intensity import STATISTICS, Intensity, first_order, histograms
from tests.baselines.analytic import analytic_images

PYRADIOMICS_COLUMNS = (
    "mean",
    "variance",
    "skewness",
    "kurtosis",
    "rms",
    "entropy",
    "uniformity",
    "min",
    "p10",
    "median",
    "p90",
    "max",
    "range",
    "iqr",
    "mean_absolute_deviation",
    "robust_mean_absolute_deviation",
)
# pyradiomics 3.0.1, RadiomicsFirstOrder of the gray levels of the analytic images, binWidth=8
PYRADIOMICS = {
    ("checkerboard", "image"): (
        120.0,
        6400.0,
        0.0,
        1.0,
        144.2220510186,
        1.0,
        0.5,
        40.0,
        40.0,
        120.0,
        200.0,
        200.0,
        160.0,
        160.0,
        80.0,
        80.0,
    ),
    ("checkerboard", "lesion"): (
        120.0,
        6400.0,
        0.0,
        1.0,
        144.2220510186,
        1.0,
        0.5,
        40.0,
        40.0,
        120.0,
        200.0,
        200.0,
        160.0,
        160.0,
        80.0,
        80.0,
    ),
    ("disc", "image"): (
        97.1484375,
        3077.8060913086,
        0.8238066038,
        1.6786573204,
        111.8732541763,
        0.8926768352,
        0.5725269318,
        60.0,
        60.0,
        60.0,
        180.0,
        180.0,
        120.0,
        120.0,
        51.2967681885,
        51.2967681885,
    ),
    ("disc", "lesion"): (
        180.0,
        0.0,
        0.0,
        0.0,
        180.0,
        -0.0,
        1.0,
        180.0,
        180.0,
        180.0,
        180.0,
        180.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ),
    ("gradient", "image"): (
        124.0,
        2066.798828125,
        0.0,
        1.9951871303,
        132.0711884861,
        4.4621681348,
        0.0476112366,
        28.0,
        63.0,
        124.0,
        185.0,
        220.0,
        192.0,
        74.5,
        38.802734375,
        30.2791262136,
    ),
    ("gradient", "lesion"): (
        124.0,
        514.765625,
        0.0,
        1.9868173451,
        126.0585801324,
        3.4760184448,
        0.0948181152,
        78.0,
        93.5,
        124.0,
        154.5,
        170.0,
        92.0,
        38.0,
        19.375,
        14.9901960784,
    ),
    ("noise", "image"): (
        130.16796875,
        2494.510848999,
        0.029660426,
        2.2039605934,
        139.4209845665,
        4.6260405036,
        0.0440216064,
        9.0,
        64.0,
        129.0,
        197.7,
        253.0,
        244.0,
        76.0,
        41.8880615234,
        31.7844031482,
    ),
    ("noise", "lesion"): (
        131.7520325203,
        2396.3653413973,
        0.0528382821,
        2.2578552002,
        140.552351153,
        4.5231807125,
        0.0484169476,
        9.0,
        67.0,
        129.0,
        199.0,
        243.0,
        234.0,
        72.0,
        41.2297574195,
        30.9616841454,
    ),
}
# IBSI reference manual (Zwanenburg et al., arXiv:1612.07003), digital phantom, intensity-based
# statistics: benchmark values with the manual's three significant digits
IBSI_PHANTOM = {
    "mean": 2.15,
    "std": 3.05**0.5,
    "skewness": 1.08,
    "kurtosis": -0.355,
    "median": 1,
    "min": 1,
    "p10": 1,
    "p90": 4,
    "max": 6,
    "iqr": 3,
    "range": 5,
    "mean_absolute_deviation": 1.55,
    "robust_mean_absolute_deviation": 1.11,
    "median_absolute_deviation": 1.15,
    "coefficient_of_variation": 0.812,
    "quartile_coefficient_of_dispersion": 0.6,
    "rms": 2.77,
}


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
        "median_absolute_deviation": np.mean(np.abs(x - np.median(x))),
        "coefficient_of_variation": stats.variation(x),
        "quartile_coefficient_of_dispersion": (
            (np.percentile(x, 75) - np.percentile(x, 25))
            / (np.percentile(x, 75) + np.percentile(x, 25))
        ),
    }


@pytest.mark.slow
def test_every_first_order_statistic_agrees_with_numpy_and_scipy(gray):
    values = first_order(histograms(gray))
    for row, image in zip(values, gray, strict=True):
        expected = reference(image.ravel())
        assert tuple(expected) == STATISTICS
        np.testing.assert_allclose(row, list(expected.values()), rtol=1e-10, atol=1e-10)


@pytest.mark.slow
def test_a_masked_histogram_describes_the_masked_pixels_only(gray):
    mask = np.random.default_rng(1).integers(0, 2, gray.shape, dtype=np.uint8)
    values = first_order(histograms(gray, mask))
    for row, image, inside in zip(values, gray, mask, strict=True):
        expected = reference(image[inside == 1])
        np.testing.assert_allclose(row, list(expected.values()), rtol=1e-10, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), PYRADIOMICS)
def test_first_order_statistics_agree_with_pyradiomics(name, part):
    image = analytic_images()[name]
    mask = np.ones((1, 32, 32), np.uint8) if part == "image" else image[None, ..., 3]
    counts = histograms(gray_from_colour(image[None, ..., :3]), mask)
    ours = dict(zip(STATISTICS, first_order(counts)[0], strict=True))
    ours["variance"] = ours["std"] ** 2
    ours["kurtosis"] += 3 if ours["std"] else 0  # theirs is not the excess, but 0 if constant
    for column, expected in zip(PYRADIOMICS_COLUMNS, PYRADIOMICS[name, part], strict=True):
        assert ours[column] == pytest.approx(expected, rel=1e-9, abs=1e-9), column


def test_first_order_statistics_agree_with_the_digital_phantom_of_ibsi():
    counts = np.zeros((1, 256), dtype=np.int64)
    counts[0, [1, 3, 4, 6]] = 50, 1, 16, 7  # its 74 voxels
    ours = dict(zip(STATISTICS, first_order(counts)[0], strict=True))
    for name, expected in IBSI_PHANTOM.items():
        assert ours[name] == pytest.approx(expected, rel=5e-3), name


def test_no_statistic_is_a_monotone_function_of_another(gray):
    rng = np.random.default_rng(3)
    centres, widths = rng.uniform(60, 190, (60, 2, 1)), rng.uniform(3, 50, (60, 2, 1))
    pixels = np.clip(rng.normal(centres, widths, (60, 2, 200)), 1, 254).astype(np.uint8)
    pixels[::3] //= 2
    ranks = stats.rankdata(first_order(histograms(pixels)), axis=0)
    correlation = np.abs(np.corrcoef(ranks.T)) - np.eye(len(STATISTICS))
    assert correlation.max() < 1 - 1e-9


def test_few_pixels_have_the_quantiles_of_numpy():
    rng = np.random.default_rng(4)
    for n in range(1, 12):
        pixels = rng.integers(0, 256, (1, 1, n), dtype=np.uint8)
        values = dict(zip(STATISTICS, first_order(histograms(pixels))[0], strict=True))
        for q in (5, 10, 25, 75, 90, 95):
            assert values[f"p{q}"] == pytest.approx(np.percentile(pixels, q))
        assert values["median"] == np.median(pixels)


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


def test_a_black_image_has_no_relative_spread():
    values = first_order(histograms(np.zeros((1, 8, 8), np.uint8)))[0]
    assert values[STATISTICS.index("uniformity")] == 1
    assert np.count_nonzero(values) == 1


def test_an_empty_histogram_gives_zeros():
    assert not first_order(np.zeros((1, 256), dtype=np.int64)).any()


def test_the_histogram_of_the_image_sums_to_one(gray):
    family = Intensity().fit(gray[..., None])
    values = family.transform(gray[..., None])
    bins = [name.startswith("intensity_histogram") for name in family.get_feature_names_out()]
    np.testing.assert_allclose(values[:, bins].sum(axis=1), 1)
    np.testing.assert_allclose(values[0, bins][3], np.mean(gray[0] // 16 == 3))
