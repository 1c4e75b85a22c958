"""Superpixels, vesselness and seeds."""

import numpy as np
import pytest
from skimage import filters

from baselines.segmentation.pixels import multiscale, regions
from baselines.segmentation.pixels.vesselness import frangi
from baselines.segmentation.segmenters.seeds import SeedRule, seeds_of
from tests.baselines.segmentation.pictures import cells, discs, vessels


@pytest.mark.parametrize("picture", [discs, cells])
def test_superpixels_are_numbered_through_and_keep_to_outlines(picture):
    X, Y = picture()
    labels = regions.superpixels(X[0])
    k = int(Y.max()) + 1
    assert labels.shape == Y[0].shape
    assert np.array_equal(np.unique(labels), np.arange(labels.max() + 1))
    best = regions.region_classes(Y[0], labels, k)[labels]
    assert (best == Y[0]).mean() > 0.95


def test_regions_are_described_by_their_pixels_and_by_those_beside():
    labels = np.repeat([[0, 0, 1, 1, 2, 2]], 4, axis=0)
    features = np.random.default_rng(0).normal(size=(4, 6, 3)).astype(np.float32)
    mean, deviation, around, against, area = np.split(
        regions.describe_regions(features, labels, regions.neighbours(labels)),
        [3, 6, 9, 12],
        axis=1,
    )
    own = [features[labels == r] for r in range(3)]
    np.testing.assert_allclose(mean, [v.mean(0) for v in own], atol=1e-6)
    np.testing.assert_allclose(deviation, [v.std(0) for v in own], atol=1e-5)
    np.testing.assert_allclose(around, [mean[1], (mean[0] + mean[2]) / 2, mean[1]], atol=1e-6)
    np.testing.assert_allclose(against, mean - around, atol=1e-6)
    np.testing.assert_allclose(area[:, 0], 1 / 3, atol=1e-6)


def test_a_single_region_has_itself_beside_it():
    features = np.ones((3, 3, 2), np.float32)
    labels = np.zeros((3, 3), np.intp)
    beside = regions.neighbours(labels)
    described = regions.describe_regions(features, labels, beside)
    assert described[0].tolist() == [1, 1, 0, 0, 1, 1, 0, 0, 1]
    context = regions.describe_context(np.array([[0.7, 0.3]]), beside)
    np.testing.assert_allclose(context, np.full((1, 7), 0.3), rtol=1e-6)


def test_context_is_what_was_found_here_around_and_in_the_whole_image():
    labels = np.repeat([np.arange(6)], 3, axis=0)  # a row of six, each beside the next
    found = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.8])
    context = regions.describe_context(
        np.stack([1 - found, found], axis=1), regions.neighbours(labels)
    )
    here, once, twice, four, mean, top, most = context.T
    np.testing.assert_allclose(here, found)
    np.testing.assert_allclose(once, [0, 0, 0, 0, 0.4, 0], atol=1e-7)
    np.testing.assert_allclose(twice, [0, 0, 0, 0.2, 0, 0.4], atol=1e-7)
    np.testing.assert_allclose(four, [0, 0.05, 0, 0.2, 0, 0.3], atol=1e-7)
    np.testing.assert_allclose(mean, 0.8 / 6, rtol=1e-6)
    assert (top == most).all()
    assert set(most) == {np.float32(0.8)}


def test_every_class_but_the_first_has_its_own_context():
    labels = np.array([[0, 1]])
    context = regions.describe_context(
        np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]), regions.neighbours(labels)
    )
    assert context.shape == (2, 14)
    np.testing.assert_allclose(context[0, :4], [0.3, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(context[1, :4], [0.0, 0.0, 0.3, 0.5])


@pytest.mark.parametrize("bright", [True, False])
def test_vesselness_is_that_of_scikit_image(bright):
    X = vessels(1, bright=bright)[0][0]
    plane = multiscale.luma(X)
    own = frangi(plane, (2.0, 3.0), bright)
    # away from the border, which scikit-image continues otherwise; its γ is half the largest norm
    expected = filters.frangi(
        plane, sigmas=(2.0, 3.0), black_ridges=not bright, mode="nearest", beta=0.5
    )
    inner = (slice(12, -12), slice(12, -12))
    assert np.corrcoef(own[inner].ravel(), expected[inner].ravel())[0, 1] > 0.97
    assert own.min() >= 0
    assert own.max() <= 1


def test_a_constant_image_has_no_vessels():
    assert not frangi(np.full((20, 20), 0.5, np.float32), (1.0, 2.0), True).any()


def test_seeds_are_the_brightest_or_darkest_pixels_nearer_to_the_middle_if_wanted():
    values = np.zeros((21, 21), np.float32)
    values[10, 10], values[1, 1] = 0.8, 1.0
    values += np.linspace(0, 0.01, 441, dtype=np.float32).reshape(21, 21)
    anywhere = seeds_of(values, SeedRule("gray", True, False, 0.001, 0.3))
    central = seeds_of(values, SeedRule("gray", True, True, 0.001, 0.3))
    assert np.argwhere(anywhere == 1).tolist() == [[1, 1]]
    assert np.argwhere(central == 1).tolist() == [[10, 10]]
    assert (anywhere == 2).mean() == pytest.approx(0.3, abs=0.01)
    darkest = seeds_of(-values, SeedRule("gray", False, False, 0.001, 0.3))
    assert np.array_equal(darkest, anywhere)


def test_where_all_pixels_are_alike_there_are_no_seeds():
    assert not seeds_of(np.ones((5, 5), np.float32), SeedRule("gray", True, True, 0.1, 0.3)).any()
