import numpy as np
import pytest
from scipy import ndimage

from baselines.features.glszm import DESCRIPTORS, GLSZM, zone_descriptors
from tests.baselines import ibsi, radiomics_values
from tests.baselines.textbook import analytic_levels, random_regions, size_descriptors


def zones(image):
    """(level, pixels) of every zone, found by SciPy."""
    found = []
    for level in range(1, image.max(initial=0) + 1):
        labels, _ = ndimage.label(image == level, np.ones((3, 3)))
        found += [(level, int(size)) for size in np.bincount(labels.ravel())[1:]]
    return found


@pytest.mark.parametrize(
    "images",
    [random_regions(2), random_regions(5), analytic_levels(8)],
    ids=["random, 2 levels", "random, 5 levels", "known"],
)
def test_descriptors_agree_with_the_definitions(images):
    ours = zone_descriptors(images)
    for k, image in enumerate(images):
        theirs = size_descriptors(zones(image), np.count_nonzero(image))
        theirs.pop("energy")
        np.testing.assert_allclose(ours[k], list(theirs.values()), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_digital_phantom_has_the_reference_values(name):
    values = zone_descriptors(ibsi.PHANTOM)[:, DESCRIPTORS.index(name)]
    assert ibsi.rounds_to(values.mean(), ibsi.GLSZM[name])


@pytest.mark.parametrize("case", range(4), ids=[name for name, _ in radiomics_values.CASES])
def test_the_analytic_images_have_the_values_of_pyradiomics(case):
    ours = zone_descriptors(radiomics_values.region_of(*radiomics_values.CASES[case]))[0]
    assert set(radiomics_values.GLSZM) == set(DESCRIPTORS)
    for name, value in zip(DESCRIPTORS, ours, strict=True):
        theirs = radiomics_values.GLSZM[name][case]
        assert value == pytest.approx(theirs, rel=1e-10, abs=1e-10), name


def test_a_spiral_is_one_zone_and_its_ground_another():
    image = np.array(
        [
            [2, 2, 2, 2, 2, 2, 2],
            [2, 1, 1, 1, 1, 1, 2],
            [2, 1, 2, 2, 2, 1, 2],
            [2, 1, 2, 1, 2, 1, 2],
            [2, 1, 2, 1, 1, 1, 2],
            [2, 1, 2, 2, 2, 2, 2],
        ],
        dtype=np.uint8,
    )
    values = dict(zip(DESCRIPTORS, zone_descriptors(image[None])[0], strict=True))
    n_one, n_two = np.sum(image == 1), np.sum(image == 2)
    assert values["zone_percentage"] == pytest.approx(2 / 42)
    assert values["large_zone_emphasis"] == pytest.approx((n_one**2 + n_two**2) / 2)


def test_diagonal_neighbours_are_one_zone():
    values = zone_descriptors((np.indices((8, 8)).sum(axis=0) % 2 + 1).astype(np.uint8)[None])[0]
    assert values[DESCRIPTORS.index("zone_percentage")] == 2 / 64
    assert values[DESCRIPTORS.index("large_zone_emphasis")] == 32**2


@pytest.mark.parametrize("side", [8, 400])
def test_a_constant_image_is_one_zone(side):
    found = zone_descriptors(np.full((1, side, side), 200, np.uint8))[0]
    theirs = size_descriptors([(200, side * side)], side * side)
    theirs.pop("energy")
    np.testing.assert_allclose(found, list(theirs.values()), atol=1e-15)


def test_one_pixel_is_one_zone_and_no_pixel_is_none():
    image = np.zeros((2, 8, 8), dtype=np.uint8)
    image[0, 7, 7] = 3
    one, none = zone_descriptors(image)
    theirs = size_descriptors([(3, 1)], 1)
    theirs.pop("energy")
    np.testing.assert_allclose(one, list(theirs.values()))
    assert not none.any()


def test_the_lesion_is_described_as_if_cut_out():
    images = np.random.default_rng(2).integers(0, 256, (2, 20, 20, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[0, 2:12, 3:14, 1] = 1
    inside, empty = GLSZM(levels=6, region="lesion").fit_transform(images)
    np.testing.assert_array_equal(
        inside, GLSZM(levels=6).fit_transform(images[:1, 2:12, 3:14, :1])[0]
    )
    assert not empty.any()
    assert GLSZM().names(1)[0] == "glszm_small_zone_emphasis"
    assert GLSZM(region="lesion").names(2)[0] == "lesion_glszm_small_zone_emphasis"


@pytest.mark.parametrize(
    ("family", "message"),
    [(GLSZM(levels=1), "levels must be from 2"), (GLSZM(region="x"), "region must be one of")],
)
def test_settings_that_do_not_fit_are_refused(family, message):
    with pytest.raises(ValueError, match=message):
        family.fit_transform(np.zeros((1, 8, 8, 1), np.uint8))
