import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops

from baselines.family import ImageBatch
from baselines.glcm import DESCRIPTORS, GLCM, glcm_descriptors

LEVELS = 16


@pytest.fixture(scope="module")
def gray():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2, 18, 23), dtype=np.uint8)
    smooth = np.cumsum(rng.integers(-9, 10, (2, 18, 23)), axis=2) + 128
    return np.concatenate([noise, np.clip(smooth, 0, 255).astype(np.uint8)])


def matrices(image, distance):
    """Normalised matrices (levels, levels, 4) of scikit-image at Haralick's four offsets."""
    quantised = (image.astype(int) * LEVELS // 256).astype(np.uint8)
    found = []
    for quarter in range(4):
        # scikit-image measures the diagonal in pixels, Haralick in steps
        length = distance * (np.sqrt(2) if quarter % 2 else 1)
        matrix = graycomatrix(
            quantised, [length], [quarter * np.pi / 4], LEVELS, symmetric=True, normed=True
        )
        found.append(matrix[:, :, 0, 0])
    return np.stack(found, axis=2)


@pytest.mark.parametrize("distance", [1, 2, 5])
@pytest.mark.parametrize(
    ("descriptor", "prop"),
    [
        ("contrast", "contrast"),
        ("dissimilarity", "dissimilarity"),
        ("homogeneity", "homogeneity"),
        ("energy", "energy"),
        ("correlation", "correlation"),
    ],
)
def test_descriptors_agree_with_scikit_image(gray, distance, descriptor, prop):
    ours = glcm_descriptors(gray, LEVELS, (distance,))[:, 0, :, DESCRIPTORS.index(descriptor)]
    theirs = [graycoprops(matrices(image, distance)[:, :, None], prop)[0] for image in gray]
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def entropy(p):
    return -np.sum(p[p > 0] * np.log2(p[p > 0]))


def textbook(P):
    """The descriptors that scikit-image lacks, summed over the whole matrix as Haralick writes."""
    i, j = np.indices(P.shape)
    px = P.sum(axis=1)
    mean = np.sum(i * P)
    sums = np.bincount((i + j).ravel(), P.ravel())
    differences = np.bincount(np.abs(i - j).ravel(), P.ravel())
    k = np.arange(len(sums))
    d = np.arange(len(differences))
    outer = np.outer(px, px)
    positive = outer > 0
    hxy1 = -np.sum(P[positive] * np.log(outer[positive]))
    hxy2 = -np.sum(outer[positive] * np.log(outer[positive]))
    hxy, hx = entropy(P) * np.log(2), entropy(px) * np.log(2)
    return {
        "entropy": entropy(P),
        "max_probability": P.max(),
        "variance": np.sum((i - mean) ** 2 * P),
        "sum_variance": np.sum((k - np.sum(k * sums)) ** 2 * sums),
        "sum_entropy": entropy(sums),
        "difference_variance": np.sum((d - np.sum(d * differences)) ** 2 * differences),
        "difference_entropy": entropy(differences),
        "cluster_shade": np.sum((i + j - 2 * mean) ** 3 * P),
        "cluster_prominence": np.sum((i + j - 2 * mean) ** 4 * P),
        "imc1": (hxy - hxy1) / hx,
        "imc2": np.sqrt(1 - np.exp(-2 * (hxy2 - hxy))),
    }


def test_the_other_descriptors_agree_with_the_textbook_sums(gray):
    ours = glcm_descriptors(gray, LEVELS, (2,))
    for k, image in enumerate(gray):
        P = matrices(image, 2)
        for angle in range(4):
            for name, value in textbook(P[:, :, angle]).items():
                got = ours[k, 0, angle, DESCRIPTORS.index(name)]
                assert got == pytest.approx(value, rel=1e-9, abs=1e-9), name


def test_every_descriptor_has_a_reference():
    compared = {"contrast", "dissimilarity", "homogeneity", "energy", "correlation"}
    assert compared | set(textbook(np.full((2, 2), 0.25))) == set(DESCRIPTORS)


def test_vertical_stripes_have_the_known_values():
    gray = np.zeros((1, 16, 16), dtype=np.uint8)
    gray[:, :, ::2] = 255
    values = glcm_descriptors(gray, 2, (1, 2))
    contrast = values[0, :, :, DESCRIPTORS.index("contrast")]
    correlation = values[0, :, :, DESCRIPTORS.index("correlation")]
    np.testing.assert_allclose(contrast, [[1, 1, 0, 1], [0, 0, 0, 0]])
    np.testing.assert_allclose(correlation, [[-1, -1, 1, -1], [1, 1, 1, 1]])


def test_a_constant_image_has_correlation_one_and_no_contrast():
    values = glcm_descriptors(np.full((1, 16, 16), 200, np.uint8), 32, (1,))[0, 0, 0]
    expected = {"correlation", "energy", "homogeneity", "max_probability"}
    assert {name for name, v in zip(DESCRIPTORS, values, strict=True) if v == 1} == expected
    assert {name for name, v in zip(DESCRIPTORS, values, strict=True) if v == 0} == set(
        DESCRIPTORS
    ) - expected


def test_mean_and_range_pool_the_angles(gray):
    family = GLCM(levels=LEVELS, distances=(1, 3))
    values = dict(
        zip(family.names(1), family.describe(ImageBatch(gray[..., None]))[1], strict=True)
    )
    angles = glcm_descriptors(gray, LEVELS, (1, 3))[1, 1, :, DESCRIPTORS.index("entropy")]
    assert values["glcm_entropy_d3_mean"] == pytest.approx(angles.mean())
    assert values["glcm_entropy_d3_range"] == pytest.approx(np.ptp(angles))


@pytest.mark.parametrize(
    ("family", "message"),
    [(GLCM(levels=1), "levels must be from 2 to 256"), (GLCM(distances=(1, 18)), "from 1 to 17")],
)
def test_settings_that_do_not_fit_are_refused(gray, family, message):
    with pytest.raises(ValueError, match=message):
        family.fit_transform(gray[..., None])
