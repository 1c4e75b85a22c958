import numpy as np
import pytest

from baselines.segmentation.pixels import sampling, sizes
from baselines.segmentation.pixels.overlap import dice_of, mean_dice
from baselines.segmentation.segmenters.morphology import Morphology, chosen_morphology
from baselines.segmentation.segmenters.rules import ClassRules, chosen_rules, likeliest


def square(side=40, start=10, stop=30):
    mask = np.zeros((side, side), bool)
    mask[start:stop, start:stop] = True
    return mask


def test_two_empty_masks_agree_and_one_empty_does_not():
    nothing, something = np.zeros((4, 4), bool), np.eye(4, dtype=bool)
    assert dice_of(nothing, nothing) == 1
    assert dice_of(nothing, something) == 0
    both = mean_dice(np.stack([nothing, something]), np.stack([nothing, something]))
    assert both == 1


def test_each_step_of_morphology_does_what_it_is_called():
    specks = square()
    specks[2, 2] = True
    assert np.array_equal(Morphology(largest=True).applied(specks), square())
    assert np.array_equal(Morphology(opening=1 / 40).applied(specks)[:5], np.zeros((5, 40), bool))
    holed = square()
    holed[20, 20] = False
    assert np.array_equal(Morphology(fill=True).applied(holed), square())
    assert Morphology(closing=1 / 40).applied(holed)[20, 20]
    assert not Morphology(smallest=0.5).applied(square()).any()
    assert Morphology(smallest=0.1).applied(square()).any()


def test_a_mask_that_reaches_the_border_is_not_eaten_from_there():
    half = np.zeros((40, 40), bool)
    half[:, :20] = True
    assert np.array_equal(Morphology(opening=1 / 16).applied(half), half)
    assert np.array_equal(Morphology(closing=1 / 16).applied(half), half)


def test_steps_are_chosen_only_where_they_gain():
    truth = np.stack([square(), square(start=5)])
    assert chosen_morphology(truth, truth) == (Morphology(), 1.0)
    specks = truth.copy()
    specks[:, 2, 2] = True
    rule, score = chosen_morphology(specks, truth)
    assert score == 1
    assert rule.largest or rule.opening or rule.smallest


def test_the_threshold_is_the_one_of_the_best_dice():
    truth = np.stack([square()] * 3).astype(np.uint8)
    inside = np.where(truth == 1, 0.35, 0.1).astype(np.float32)
    maps = np.stack([1 - inside, inside], axis=-1)
    rules, score = chosen_rules(maps, truth)
    assert score == 1
    assert 0.1 < rules.threshold <= 0.35
    assert np.array_equal(rules.classes(maps[0]), truth[0])


def test_a_pixel_above_the_threshold_is_of_the_likeliest_class_but_the_background():
    maps = np.array([[0.5, 0.3, 0.2], [0.4, 0.1, 0.5], [0.9, 0.05, 0.05]], np.float32)
    assert likeliest(maps, 0.5).tolist() == [1, 2, 0]
    assert likeliest(maps, 0.05).tolist() == [1, 2, 1]


def test_filling_one_class_takes_nothing_from_another():
    labels = square().astype(np.uint8)
    labels[18:22, 18:22] = 2
    maps = np.eye(3, dtype=np.float32)[labels]
    rules = ClassRules(0.5, (Morphology(fill=True), Morphology()))
    assert np.array_equal(rules.classes(maps), labels)


def test_every_class_gives_as_many_pixels_as_any():
    rng = np.random.default_rng(0)
    Y = np.zeros((10, 30, 30), np.uint8)
    Y[:5, :5, :5] = 1  # 25 pixels in each of five images
    quota = sampling.quotas(Y, 2, 200)
    assert quota.tolist() == [10, 20]
    drawn = [Y[i].ravel()[sampling.drawn_places(Y[i], quota, rng)] for i in range(10)]
    assert np.bincount(np.concatenate(drawn)).tolist() == [100, 100]
    np.testing.assert_allclose(sampling.frequencies(Y, 2), [1 - 125 / 9000, 125 / 9000])


@pytest.mark.parametrize("width", [3, 6, 12])
def test_the_width_of_bands_is_measured(width):
    Y = np.zeros((2, 100, 100), np.uint8)
    Y[:, :, 20 : 20 + width] = 1
    assert sizes.class_width(Y) == pytest.approx(width, rel=0.15)


def test_thin_things_are_looked_at_closely_and_large_ones_from_afar():
    thin, thick = np.zeros((2, 1, 256, 256), np.uint8)
    thin[:, :, 20:23] = 1
    thick[:, 50:200, 50:200] = 1
    assert sizes.working_scale(thin) == 1
    assert sizes.working_scale(thick) == sizes.LEAST_SIDE / 256
    assert sizes.working_scale(np.zeros((1, 256, 256), np.uint8)) == 1


def test_probabilities_are_scaled_smoothly_and_classes_to_the_nearest():
    maps = np.zeros((4, 4, 2), np.float32)
    maps[:2, :, 0] = maps[2:, :, 1] = 1
    larger = sizes.scaled_probabilities(maps, (8, 8))
    assert larger.shape == (8, 8, 2)
    np.testing.assert_allclose(larger.sum(-1), 1, atol=1e-6)
    targets = np.array([[0, 2], [1, 0]], np.uint8)
    assert set(np.unique(sizes.scaled_targets(targets, (8, 8)))) == {0, 1, 2}
