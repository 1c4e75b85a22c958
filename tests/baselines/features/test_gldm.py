import numpy as np
import pytest

from baselines.features.gldm import DESCRIPTORS, GLDM, dependence_descriptors
from tests.baselines import ibsi, radiomics_values
from tests.baselines.textbook import (
    NEIGHBOURS,
    analytic_levels,
    pixels_of,
    random_regions,
    size_descriptors,
)


def dependences(image):
    """(level, dependence) of every pixel."""
    pixels = pixels_of(image)
    return [
        (level, 1 + sum(pixels.get((r + dr, c + dc)) == level for dr, dc in NEIGHBOURS))
        for (r, c), level in pixels.items()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("images", [random_regions(3), analytic_levels(8)], ids=["random", "known"])
def test_descriptors_agree_with_the_definitions(images):
    ours = dependence_descriptors(images)
    for k, image in enumerate(images):
        theirs = size_descriptors(dependences(image), np.count_nonzero(image))
        assert theirs.pop("percentage") == 1
        np.testing.assert_allclose(ours[k], list(theirs.values()), rtol=1e-11, atol=1e-12)


@pytest.mark.slow
def test_large_images_with_few_levels_agree_with_the_definitions():
    image = np.add.outer(np.arange(60) // 30, np.arange(70) // 40).astype(np.uint8)
    counted = dependences(image)
    assert max(counted.count(pair) for pair in set(counted)) > 1024
    theirs = size_descriptors(counted, np.count_nonzero(image))
    theirs.pop("percentage")
    ours = dependence_descriptors(image[None])[0]
    np.testing.assert_allclose(ours, list(theirs.values()), rtol=1e-11)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_digital_phantom_has_the_reference_values(name):
    values = dependence_descriptors(ibsi.PHANTOM)[:, DESCRIPTORS.index(name)]
    assert ibsi.rounds_to(values.mean(), ibsi.NGLDM[name])


@pytest.mark.parametrize("case", range(4), ids=[name for name, _ in radiomics_values.CASES])
def test_the_analytic_images_have_the_values_of_pyradiomics(case):
    ours = dependence_descriptors(radiomics_values.region_of(*radiomics_values.CASES[case]))[0]
    values = dict(zip(DESCRIPTORS, ours, strict=True))
    assert len(radiomics_values.GLDM) == 14
    for name, theirs in radiomics_values.GLDM.items():
        assert values[name] == pytest.approx(theirs[case], rel=1e-10, abs=1e-10), name


def test_a_constant_image_depends_on_all_neighbours_but_at_its_border():
    values = dict(
        zip(DESCRIPTORS, dependence_descriptors(np.ones((1, 8, 8), np.uint8))[0], strict=True)
    )
    assert values["large_dependence_emphasis"] == (36 * 81 + 24 * 36 + 4 * 16) / 64
    assert values["dependence_nonuniformity"] == (36**2 + 24**2 + 4**2) / 64
    assert values["gray_level_nonuniformity"] == 64
    assert values["gray_level_variance"] == 0


@pytest.mark.slow
def test_a_pixel_without_neighbours_depends_on_itself_and_no_pixel_on_nothing():
    image = np.zeros((2, 8, 8), dtype=np.uint8)
    image[0, 2, 3] = 2
    one, none = dependence_descriptors(image)
    theirs = size_descriptors([(2, 1)], 1)
    theirs.pop("percentage")
    np.testing.assert_allclose(one, list(theirs.values()))
    assert not none.any()


def test_the_lesion_is_described_as_if_cut_out():
    images = np.random.default_rng(2).integers(0, 256, (2, 20, 20, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[0, 2:12, 3:14, 1] = 1
    inside, empty = GLDM(levels=6, region="lesion").fit_transform(images)
    np.testing.assert_array_equal(
        inside, GLDM(levels=6).fit_transform(images[:1, 2:12, 3:14, :1])[0]
    )
    assert not empty.any()
    assert GLDM().names(1)[0] == "gldm_small_dependence_emphasis"
    assert GLDM(region="lesion").names(2)[0] == "lesion_gldm_small_dependence_emphasis"


@pytest.mark.parametrize(
    ("family", "message"),
    [(GLDM(levels=1), "levels must be from 2"), (GLDM(region="x"), "region must be one of")],
)
def test_settings_that_do_not_fit_are_refused(family, message):
    with pytest.raises(ValueError, match=message):
        family.fit_transform(np.zeros((1, 8, 8, 1), np.uint8))
