import numpy as np
import pytest

from baselines.features.family import ImageBatch
from baselines.features.glrlm import DESCRIPTORS, GLRLM, run_descriptors
from tests.baselines import ibsi, radiomics_values
from tests.baselines.textbook import (
    STEPS,
    analytic_levels,
    pixels_of,
    random_regions,
    size_descriptors,
)


def runs(image, step):
    """(level, length) of every run, found by removing pixels one run at a time."""
    left = pixels_of(image)
    found = []
    while left:
        position, level = next(iter(left.items()))
        run = [position]
        for sign in (1, -1):
            r, c = position
            while left.get((r + sign * step[0], c + sign * step[1])) == level:
                r, c = r + sign * step[0], c + sign * step[1]
                run.append((r, c))
        for pixel in run:
            del left[pixel]
        found.append((level, len(run)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("images", [random_regions(4), analytic_levels(8)], ids=["random", "known"])
def test_descriptors_agree_with_the_definitions(images):
    ours = run_descriptors(images)
    for k, image in enumerate(images):
        for angle, step in enumerate(STEPS):
            theirs = size_descriptors(runs(image, step), np.count_nonzero(image))
            theirs.pop("energy")
            np.testing.assert_allclose(
                ours[k, angle], list(theirs.values()), rtol=1e-11, atol=1e-12
            )


@pytest.mark.slow
@pytest.mark.parametrize("name", DESCRIPTORS)
def test_the_digital_phantom_has_the_reference_values(name):
    values = run_descriptors(ibsi.PHANTOM)[..., DESCRIPTORS.index(name)]
    assert ibsi.rounds_to(values.mean(), ibsi.GLRLM[name])


@pytest.mark.parametrize("case", range(4), ids=[name for name, _ in radiomics_values.CASES])
def test_the_analytic_images_have_the_values_of_pyradiomics(case):
    ours = run_descriptors(radiomics_values.region_of(*radiomics_values.CASES[case]))[0].mean(
        axis=0
    )
    assert set(radiomics_values.GLRLM) == set(DESCRIPTORS)
    for name, value in zip(DESCRIPTORS, ours, strict=True):
        theirs = radiomics_values.GLRLM[name][case]
        assert value == pytest.approx(theirs, rel=1e-10, abs=1e-10), name


def test_horizontal_stripes_have_the_known_values():
    image = np.ones((1, 4, 6), dtype=np.uint8)
    image[:, 1::2] = 2
    values = run_descriptors(image)[0]
    along, across = values[0], values[2]
    assert along[DESCRIPTORS.index("long_run_emphasis")] == 36
    assert along[DESCRIPTORS.index("run_percentage")] == pytest.approx(4 / 24)
    assert along[DESCRIPTORS.index("run_entropy")] == 1
    assert across[DESCRIPTORS.index("short_run_emphasis")] == 1
    assert across[DESCRIPTORS.index("run_percentage")] == 1
    assert across[DESCRIPTORS.index("gray_level_variance")] == 0.25


def test_a_constant_image_has_runs_as_long_as_its_lines():
    values = dict(
        zip(DESCRIPTORS, run_descriptors(np.full((1, 8, 9), 3, np.uint8))[0, 0], strict=True)
    )
    assert values["long_run_emphasis"] == 81
    assert values["high_gray_level_run_emphasis"] == 9
    assert values["run_length_nonuniformity_normalised"] == 1
    assert values["run_percentage"] == pytest.approx(1 / 9)
    for name in ("gray_level_variance", "run_length_variance", "run_entropy"):
        assert values[name] == 0


def test_one_pixel_is_one_run_and_no_pixel_is_none():
    image = np.zeros((2, 8, 8), dtype=np.uint8)
    image[0, 2, 3] = 2
    one, none = run_descriptors(image)
    expected = size_descriptors([(2, 1)], 1)
    expected.pop("energy")
    np.testing.assert_allclose(one, [list(expected.values())] * 4)
    assert not none.any()


def test_mean_and_range_pool_the_angles():
    gray = np.random.default_rng(1).integers(0, 256, (2, 10, 14, 1), dtype=np.uint8)
    gray[0, ::2] = 7
    family = GLRLM(levels=5)
    values = family.describe(ImageBatch(gray))
    angles = run_descriptors((gray[..., 0].astype(int) * 5 // 256 + 1).astype(np.uint8))
    assert family.names(1)[0] == "glrlm_short_run_emphasis_mean"
    assert family.names(1)[-1] == "glrlm_run_entropy_range"
    np.testing.assert_allclose(values[:, :16], angles.mean(axis=1))
    np.testing.assert_allclose(values[:, 16:], np.ptp(angles, axis=1))


def test_the_lesion_is_described_as_if_cut_out():
    images = np.random.default_rng(2).integers(0, 256, (2, 20, 20, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[0, 2:12, 3:14, 1] = 1
    inside, empty = GLRLM(levels=6, region="lesion").fit_transform(images)
    np.testing.assert_array_equal(
        inside, GLRLM(levels=6).fit_transform(images[:1, 2:12, 3:14, :1])[0]
    )
    assert not empty.any()
    assert GLRLM(region="lesion").names(2)[0] == "lesion_glrlm_short_run_emphasis_mean"


@pytest.mark.parametrize(
    ("family", "message"),
    [(GLRLM(levels=1), "levels must be from 2"), (GLRLM(region="x"), "region must be one of")],
)
def test_settings_that_do_not_fit_are_refused(family, message):
    with pytest.raises(ValueError, match=message):
        family.fit_transform(np.zeros((1, 8, 8, 1), np.uint8))
