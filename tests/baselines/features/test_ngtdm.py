import numpy as np
import pytest

from baselines.features.ngtdm import COARSEST, DESCRIPTORS, NGTDM, tone_difference_descriptors
from tests.baselines import ibsi, radiomics_values
from tests.baselines.textbook import NEIGHBOURS, analytic_levels, pixels_of, random_regions


def textbook(image):
    """The five descriptors as Amadasun and King write them."""
    pixels = pixels_of(image)
    n, s = {}, {}
    for (r, c), level in pixels.items():
        around = [pixels.get((r + dr, c + dc)) for dr, dc in NEIGHBOURS]
        around = [other for other in around if other is not None]
        if around:
            n[level] = n.get(level, 0) + 1
            s[level] = s.get(level, 0) + abs(level - sum(around) / len(around))
    total = sum(n.values())
    p = {i: n[i] / total for i in n}
    both = [(i, j) for i in n for j in n]
    coarse = sum(p[i] * s[i] for i in n)
    g = len(n)
    return [
        1 / coarse,
        sum(p[i] * p[j] * (i - j) ** 2 for i, j in both) / g / (g - 1) * sum(s.values()) / total,
        coarse / sum(abs(i * p[i] - j * p[j]) for i, j in both),
        sum(abs(i - j) * (p[i] * s[i] + p[j] * s[j]) / (p[i] + p[j]) for i, j in both) / total,
        sum((p[i] + p[j]) * (i - j) ** 2 for i, j in both) / sum(s.values()),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "images",
    [random_regions(3), random_regions(40), analytic_levels(8)[[0, 2, 3]]],
    ids=["random, 3 levels", "random, 40 levels", "known"],
)
def test_descriptors_agree_with_the_definitions(images):
    ours = tone_difference_descriptors(images)
    for k, image in enumerate(images):
        np.testing.assert_allclose(ours[k], textbook(image), rtol=1e-11)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_digital_phantom_has_the_reference_values(name):
    values = tone_difference_descriptors(ibsi.PHANTOM)[:, DESCRIPTORS.index(name)]
    assert ibsi.rounds_to(values.mean(), ibsi.NGTDM[name])


@pytest.mark.parametrize("case", range(4), ids=[name for name, _ in radiomics_values.CASES])
def test_the_analytic_images_have_the_values_of_pyradiomics(case):
    ours = tone_difference_descriptors(radiomics_values.region_of(*radiomics_values.CASES[case]))[0]
    assert set(radiomics_values.NGTDM) == set(DESCRIPTORS)
    for name, value in zip(DESCRIPTORS, ours, strict=True):
        assert value == pytest.approx(radiomics_values.NGTDM[name][case], rel=1e-10), name


def test_a_constant_image_is_the_coarsest():
    values = tone_difference_descriptors(np.full((1, 8, 8), 9, np.uint8))[0]
    assert values.tolist() == [COARSEST, 0, 0, 0, 0]


def test_levels_that_never_meet_are_coarse_and_have_no_strength():
    image = np.zeros((1, 8, 9), dtype=np.uint8)
    image[0, :, :3] = 1
    image[0, :, 5:] = 4
    coarseness, contrast, busyness, complexity, strength = tone_difference_descriptors(image)[0]
    assert coarseness == COARSEST
    assert contrast == busyness == complexity == strength == 0


def test_levels_with_equal_weights_have_no_busyness():
    image = np.ones((1, 1, 3), dtype=np.uint8)
    image[0, 0, 0] = 2  # twice the level, half as often: |i p(i) - j p(j)| = 0
    values = dict(zip(DESCRIPTORS, tone_difference_descriptors(image)[0], strict=True))
    assert values["busyness"] == 0
    assert values["coarseness"] == pytest.approx(1 / (1 / 3 * 1 + 2 / 3 * 0.5))


def test_pixels_without_neighbours_and_empty_regions_have_zeros():
    image = np.zeros((2, 8, 8), dtype=np.uint8)
    image[0, 1, 1] = 3
    image[0, 5, 5] = 1
    assert not tone_difference_descriptors(image).any()


def test_the_lesion_is_described_as_if_cut_out():
    images = np.random.default_rng(2).integers(0, 256, (2, 20, 20, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[0, 2:12, 3:14, 1] = 1
    inside, empty = NGTDM(levels=6, region="lesion").fit_transform(images)
    np.testing.assert_array_equal(
        inside, NGTDM(levels=6).fit_transform(images[:1, 2:12, 3:14, :1])[0]
    )
    assert not empty.any()
    assert NGTDM().names(1)[0] == "ngtdm_coarseness"
    assert NGTDM(region="lesion").names(2)[0] == "lesion_ngtdm_coarseness"


@pytest.mark.parametrize(
    ("family", "message"),
    [(NGTDM(levels=1), "levels must be from 2"), (NGTDM(region="x"), "region must be one of")],
)
def test_settings_that_do_not_fit_are_refused(family, message):
    with pytest.raises(ValueError, match=message):
        family.fit_transform(np.zeros((1, 8, 8, 1), np.uint8))
