import mahotas
import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops

from baselines.features.family import ImageBatch
from baselines.features.glcm import GLCM
from baselines.features.quantisation import quantise
from baselines.kernels.cooccurrence import DESCRIPTORS, cooccurrence
from tests.baselines import ibsi, radiomics_values
from tests.baselines.textbook import STEPS, analytic_levels, pixels_of, random_regions

LEVELS = 16


@pytest.fixture(scope="module")
def gray():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2, 18, 23), dtype=np.uint8)
    smooth = np.cumsum(rng.integers(-9, 10, (2, 18, 23)), axis=2) + 128
    return np.concatenate([noise, np.clip(smooth, 0, 255).astype(np.uint8)])


def entropy(p):
    return -np.sum(p[p > 0] * np.log2(p[p > 0]))


def matrices(image, levels, distance):
    """Matrices of counts (4, levels, levels) of a region, pair by pair, in both directions."""
    pixels = pixels_of(image)
    counts = np.zeros((4, levels, levels))
    for angle, (dr, dc) in enumerate(STEPS):
        for (r, c), level in pixels.items():
            other = pixels.get((r + distance * dr, c + distance * dc))
            if other is not None:
                counts[angle, level - 1, other - 1] += 1
                counts[angle, other - 1, level - 1] += 1
    return counts


def textbook(counts):
    """The descriptors, summed over the whole matrix as the definitions are written."""
    if not counts.any():
        return dict.fromkeys(DESCRIPTORS, 0.0)
    P = counts / counts.sum()
    n = len(P)
    i, j = np.indices(P.shape) + 1
    px = P.sum(axis=1)
    mean = np.sum(i * P)
    variance = np.sum((i - mean) ** 2 * P)
    sums = np.bincount((i + j).ravel(), P.ravel())
    differences = np.bincount(np.abs(i - j).ravel(), P.ravel())
    k = np.arange(n)
    outer = np.outer(px, px)
    positive = outer > 0
    hxy1 = -np.sum(P[positive] * np.log2(outer[positive]))
    hxy2 = -np.sum(outer[positive] * np.log2(outer[positive]))
    hxy, hx = entropy(P), entropy(px)
    flat = np.count_nonzero(px) == 1
    return {
        "joint_maximum": P.max(),
        "joint_average": mean,
        "joint_variance": variance,
        "joint_entropy": hxy,
        "difference_average": np.sum(np.abs(i - j) * P),
        "difference_variance": np.sum((k - np.sum(k * differences)) ** 2 * differences),
        "difference_entropy": entropy(differences),
        "sum_entropy": entropy(sums),
        "angular_second_moment": np.sum(P**2),
        "contrast": np.sum((i - j) ** 2 * P),
        "inverse_difference": np.sum(P / (1 + np.abs(i - j))),
        "inverse_difference_normalised": np.sum(P / (1 + np.abs(i - j) / n)),
        "inverse_difference_moment": np.sum(P / (1 + (i - j) ** 2)),
        "inverse_difference_moment_normalised": np.sum(P / (1 + (i - j) ** 2 / n**2)),
        "inverse_variance": np.sum(P[i != j] / (i - j)[i != j] ** 2),
        "correlation": 1 if flat else np.sum((i - mean) * (j - mean) * P) / variance,
        "autocorrelation": np.sum(i * j * P),
        "cluster_tendency": np.sum((i + j - 2 * mean) ** 2 * P),
        "cluster_shade": np.sum((i + j - 2 * mean) ** 3 * P),
        "cluster_prominence": np.sum((i + j - 2 * mean) ** 4 * P),
        "imc1": 0 if flat else (hxy - hxy1) / hx,
        "imc2": np.sqrt(max(0, 1 - np.exp(-2 * (hxy2 - hxy)))),
    }


def largest_correlation(counts):
    """Haralick's fourteenth: root of the second largest eigenvalue of Q, which LAPACK finds."""
    kept = counts.sum(axis=0) > 0
    if kept.sum() < 2:
        return float(kept.sum())
    P = counts[np.ix_(kept, kept)] / counts.sum()
    px = P.sum(axis=1)
    Q = (P / px[:, None]) @ (P / px).T  # Q(i, j) = sum_k P(i, k) P(j, k) / (p(i) p(k))
    return np.sqrt(np.sort(np.linalg.eigvals(Q).real)[-2])


@pytest.mark.slow
@pytest.mark.parametrize("distance", [1, 2, 4])
@pytest.mark.parametrize(
    ("images", "levels"),
    [(random_regions(5), 5), (random_regions(30), 32), (analytic_levels(16), 16)],
    ids=["random, 5 levels", "random, 30 of 32 levels", "known"],
)
def test_descriptors_agree_with_the_definitions(images, levels, distance):
    ours = cooccurrence(images, levels, (distance,))
    for k, image in enumerate(images):
        counts = matrices(image, levels, distance)
        np.testing.assert_array_equal(ours.pairs[k, 0], counts.sum(axis=(1, 2)) / 2)
        assert ours.mcc[k, 0] == pytest.approx(largest_correlation(counts.sum(axis=0)), abs=1e-7)
        for angle in range(4):
            theirs = textbook(counts[angle])
            assert list(theirs) == list(DESCRIPTORS)
            for name, value in zip(DESCRIPTORS, ours.descriptors[k, 0, angle], strict=True):
                # imc2 is a square root, and near 0 loses half of the digits
                tolerance = 1e-7 if name == "imc2" else 1e-9
                assert value == pytest.approx(theirs[name], rel=1e-9, abs=tolerance), name


def test_large_images_with_few_levels_agree_with_the_definitions():
    image = np.add.outer(np.arange(90) // 30, np.arange(110) // 80).astype(np.uint8)
    ours = cooccurrence(image[None], 4, (3,))
    counts = matrices(image, 4, 3)
    assert counts.max() > 4096
    for angle in range(4):
        theirs = list(textbook(counts[angle]).values())
        np.testing.assert_allclose(ours.descriptors[0, 0, angle], theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("distance", [1, 2, 5])
@pytest.mark.parametrize(
    ("descriptor", "prop"),
    [
        ("contrast", "contrast"),
        ("difference_average", "dissimilarity"),
        ("inverse_difference_moment", "homogeneity"),
        ("angular_second_moment", "ASM"),
        ("correlation", "correlation"),
    ],
)
def test_descriptors_agree_with_scikit_image(gray, distance, descriptor, prop):
    levels = quantise(gray, LEVELS)
    found = cooccurrence(levels, LEVELS, (distance,)).descriptors
    ours = found[:, 0, :, DESCRIPTORS.index(descriptor)]
    for k, image in enumerate(levels):
        for quarter in range(4):
            # scikit-image measures the diagonal in pixels, Haralick in steps
            length = distance * (np.sqrt(2) if quarter % 2 else 1)
            matrix = graycomatrix(
                image - 1, [length], [quarter * np.pi / 4], LEVELS, symmetric=True, normed=True
            )
            assert ours[k, quarter] == pytest.approx(graycoprops(matrix, prop)[0, 0], rel=1e-10)


# columns of mahotas.features.haralick; its difference variance (9) is of the entries of p-
MAHOTAS = {
    "angular_second_moment": 0,
    "contrast": 1,
    "correlation": 2,
    "joint_variance": 3,
    "inverse_difference_moment": 4,
    "cluster_tendency": 6,
    "sum_entropy": 7,
    "joint_entropy": 8,
    "difference_entropy": 10,
    "imc1": 11,
    "imc2": 12,
}


@pytest.mark.parametrize("distance", [1, 3])
@pytest.mark.parametrize(
    "images", [random_regions(9)[:7], analytic_levels(16)[[0, 2, 3]]], ids=["random", "known"]
)
def test_descriptors_agree_with_mahotas(images, distance):
    ours = cooccurrence(images, 16, (distance,)).descriptors[:, 0]
    for k, image in enumerate(images):
        theirs = mahotas.features.haralick(image, ignore_zeros=True, distance=distance)
        # the angles are in another order
        for name, column in MAHOTAS.items():
            values = np.sort(ours[k, :, DESCRIPTORS.index(name)])
            np.testing.assert_allclose(values, np.sort(theirs[:, column]), rtol=1e-8, atol=1e-8)
        averages = ours[k, :, DESCRIPTORS.index("joint_average")]
        np.testing.assert_allclose(np.sort(2 * averages), np.sort(theirs[:, 5]))


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_digital_phantom_has_the_reference_values(name):
    values = cooccurrence(ibsi.PHANTOM, ibsi.LEVELS, (1,)).descriptors[..., DESCRIPTORS.index(name)]
    assert ibsi.rounds_to(values.mean(), ibsi.GLCM[name])


def test_the_descriptors_left_out_follow_from_others_in_the_digital_phantom():
    values = cooccurrence(ibsi.PHANTOM, ibsi.LEVELS, (1,)).descriptors.mean(axis=(0, 1, 2))
    found = dict(zip(DESCRIPTORS, values, strict=True))
    same = {
        "dissimilarity": found["difference_average"],
        "sum_average": 2 * found["joint_average"],
        "sum_variance": found["cluster_tendency"],
    }
    assert len(ibsi.GLCM) + len(ibsi.GLCM_REDUNDANT) == 25
    for name, reference in ibsi.GLCM_REDUNDANT.items():
        assert ibsi.rounds_to(same[name], reference), name


@pytest.mark.parametrize("case", range(4), ids=[name for name, _ in radiomics_values.CASES])
def test_the_analytic_images_have_the_values_of_pyradiomics(case):
    levels = radiomics_values.region_of(*radiomics_values.CASES[case])
    found = cooccurrence(levels, int(levels.max()), (1,))
    assert set(radiomics_values.GLCM) == set(DESCRIPTORS)
    for name, value in zip(DESCRIPTORS, found.descriptors[0, 0].mean(axis=0), strict=True):
        theirs = radiomics_values.GLCM[name][case]
        assert value == pytest.approx(theirs, rel=1e-10, abs=1e-10), name
    # there, 2e-16 is added to the divisors of Q
    assert found.mcc[0, 0] == pytest.approx(radiomics_values.MCC[case], abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("occurring", [2, 3, 8, 40, 120])
def test_the_maximal_correlation_is_the_second_singular_value(occurring):
    rng = np.random.default_rng(occurring)
    chosen = rng.permutation(255)[:occurring] + 1
    noise = chosen[rng.integers(0, occurring, (2, 40, 44))]
    smooth = np.sort(noise, axis=2)
    images = np.concatenate([noise, smooth]).astype(np.uint8)
    ours = cooccurrence(images, 255, (1,)).mcc[:, 0]
    for image, found in zip(images, ours, strict=True):
        counts = matrices(image, 255, 1).sum(axis=0)
        kept = counts.sum(axis=0) > 0
        counts = counts[np.ix_(kept, kept)]
        root = np.sqrt(counts.sum(axis=0))
        values = np.linalg.svd(counts / np.outer(root, root), compute_uv=False)
        assert found == pytest.approx(values[1], abs=1e-11)


def test_vertical_stripes_have_the_known_values():
    gray = np.zeros((1, 16, 16), dtype=np.uint8)
    gray[:, :, ::2] = 255
    found = cooccurrence(quantise(gray, 2), 2, (1, 2))
    contrast = found.descriptors[0, :, :, DESCRIPTORS.index("contrast")]
    correlation = found.descriptors[0, :, :, DESCRIPTORS.index("correlation")]
    np.testing.assert_allclose(contrast, [[1, 1, 0, 1], [0, 0, 0, 0]])
    np.testing.assert_allclose(correlation, [[-1, -1, 1, -1], [1, 1, 1, 1]])
    assert found.mcc[0, 1] == 1


def test_a_constant_image_has_the_documented_values():
    found = cooccurrence(np.full((1, 16, 16), 7, np.uint8), 32, (1,))
    values = found.descriptors[0, 0]
    expected = dict.fromkeys(DESCRIPTORS, 0.0)
    expected |= {"joint_average": 7, "autocorrelation": 49}
    for name in (
        "joint_maximum",
        "angular_second_moment",
        "inverse_difference",
        "inverse_difference_normalised",
        "inverse_difference_moment",
        "inverse_difference_moment_normalised",
        "correlation",
    ):
        expected[name] = 1
    assert values.tolist() == [list(expected.values())] * 4
    assert found.mcc.tolist() == [[1]]


def test_a_region_without_pairs_has_zeros_and_angles_without_pairs_do_not_count():
    images = np.random.default_rng(3).integers(0, 256, (3, 12, 12, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[1, 4, 4, 1] = 1  # one pixel
    images[2, 6, 2:10, 1] = 1  # a horizontal line
    family = GLCM(distances=(1,), region="lesion")
    empty, pixel, line = family.fit_transform(images)
    assert not empty.any()
    assert not pixel.any()
    found = cooccurrence(quantise(images[..., 0], 32, images[..., 1]), 32, (1,))
    assert found.pairs[2, 0].tolist() == [7, 0, 0, 0]
    expected = [*found.descriptors[2, 0, 0], *np.zeros(len(DESCRIPTORS)), found.mcc[2, 0]]
    np.testing.assert_array_equal(line, expected)


def test_the_lesion_is_described_as_if_cut_out():
    images = np.random.default_rng(2).integers(0, 256, (1, 20, 20, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[0, 2:12, 3:14, 1] = 1
    np.testing.assert_array_equal(
        GLCM(levels=6, region="lesion").fit_transform(images),
        GLCM(levels=6).fit_transform(images[:, 2:12, 3:14, :1]),
    )
    assert GLCM(region="lesion").names(2)[0] == "lesion_glcm_joint_maximum_d1_mean"


def test_mean_and_range_pool_the_angles(gray):
    family = GLCM(levels=LEVELS, distances=(1, 3))
    values = dict(
        zip(family.names(1), family.describe(ImageBatch(gray[..., None]))[1], strict=True)
    )
    found = cooccurrence(quantise(gray, LEVELS), LEVELS, (1, 3))
    angles = found.descriptors[1, 1, :, DESCRIPTORS.index("joint_entropy")]
    assert values["glcm_joint_entropy_d3_mean"] == pytest.approx(angles.mean())
    assert values["glcm_joint_entropy_d3_range"] == pytest.approx(np.ptp(angles))
    assert values["glcm_mcc_d3"] == found.mcc[1, 1]


@pytest.mark.parametrize(
    ("family", "message"),
    [
        (GLCM(levels=1), "levels must be from 2 to 255"),
        (GLCM(distances=(1, 18)), "from 1 to 17"),
        (GLCM(region="x"), "region must be one of"),
    ],
)
def test_settings_that_do_not_fit_are_refused(gray, family, message):
    with pytest.raises(ValueError, match=message):
        family.fit_transform(gray[..., None])


def test_a_level_above_the_number_of_levels_is_refused():
    with pytest.raises(ValueError, match="levels must be from 0 to 4, got 5"):
        cooccurrence(np.full((1, 8, 8), 5, np.uint8), 4, (1,))
