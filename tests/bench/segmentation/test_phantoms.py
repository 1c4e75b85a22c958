"""The phantoms of segmentation: the answer that each states is true of its own pixels."""

import numpy as np
import pytest

from bench.data.phantoms.segmented import contrast, intensity, lookalike
from bench.data.phantoms.segmented.contrast import best_threshold


def best_of_all_thresholds(data):
    images, truth = data.test.images[..., 0], data.test.targets > 0
    sizes = truth.sum(axis=(1, 2))
    found = []
    for level in range(256):
        marked = images > level
        both = (marked & truth).sum(axis=(1, 2))
        found.append((2 * both / np.maximum(marked.sum(axis=(1, 2)) + sizes, 1)).mean())
    return int(np.argmax(found)), max(found)


@pytest.mark.parametrize("make", [contrast, intensity, lookalike])
def test_a_phantom_is_the_same_each_time_and_of_any_size(make):
    data = make()
    assert data.fingerprint == make().fingerprint
    assert data.task == "segmentation"
    assert all(part.targets.any(axis=(1, 2)).all() for _, part in data.parts())
    assert make(32).image_shape == (32, 32, 1)


def test_the_best_threshold_in_speckle_is_as_good_as_was_computed():
    data = contrast()
    level, dice = best_threshold(data.test.targets)
    drawn_level, drawn = best_of_all_thresholds(data)
    assert abs(dice - drawn) < 0.01
    assert abs(level - drawn_level) <= 6
    assert f"{dice:.3f}" in data.known_answer.statement
    assert (data.known_answer.ideal_dice, data.known_answer.expected) == (dice, "")


def test_a_threshold_finds_everything_where_intensity_alone_decides():
    data = intensity()
    assert best_of_all_thresholds(data)[1] == data.known_answer.ideal_dice == 1.0
    assert data.known_answer.expected == "not-deep"


def test_lesion_and_look_alike_are_the_same_to_whatever_does_not_know_directions():
    data = lookalike()
    assert best_of_all_thresholds(data)[1] < 2 / 3
    assert data.known_answer.expected == "deep"
    for image, target in zip(data.test.images[:20, ..., 0], data.test.targets[:20], strict=True):
        bright = image > 130
        lesion = target.sum()
        assert bright.sum() > 2 * lesion  # the other disc, and satellites
        assert abs(image[target > 0].mean() - image[bright & (target == 0)].mean()) < 4
