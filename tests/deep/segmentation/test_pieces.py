"""The pieces of a training: pairs, patches, loss, sizes, tiles, rules."""

import numpy as np
import pytest
import torch

from deep.segmentation.augmentation import augment_pairs
from deep.segmentation.cleaning import Cleaning, chosen_cleaning
from deep.segmentation.losses import IGNORED, presence_loss, segmentation_loss, soft_dice_loss
from deep.segmentation.network import SegmenterPlan, build_segmenter
from deep.segmentation.patches import PatchStore, resized_classes
from deep.segmentation.prediction import TILE, probability_chunks
from deep.segmentation.working_size import LEAST_SIDE, class_width, working_shape
from deep.training.augmentation import AUGMENTATIONS, augment_batch
from tests.deep.segmentation.pictures import discs


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def tensors(X, Y):
    return torch.from_numpy(X).permute(0, 3, 1, 2), torch.from_numpy(Y)


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_classes_move_with_their_images(name):
    Y = discs(16, (48, 48), classes=2)[1]
    X = (100 + 100 * Y)[..., None].astype(np.uint8)
    images, targets = augment_pairs(*tensors(X, Y), AUGMENTATIONS[name], generator())
    assert targets.dtype == torch.int64
    assert set(targets.unique().tolist()) <= {0, 1}
    for image, target in zip(images[:, 0], targets, strict=True):
        # lit or partly hidden, the image is bright where the class is
        assert image[target == 1].quantile(0.9) > image[target == 0].median() + 40


def test_pairs_are_drawn_as_images_alone_are():
    X, Y = tensors(*discs(6))
    for name in ("standard", "strong", "microscopy"):
        alone = augment_batch(X, AUGMENTATIONS[name], generator(3))
        pairs = augment_pairs(X, Y, AUGMENTATIONS[name], generator(3))[0]
        torch.testing.assert_close(alone, pairs)


def test_the_loss_is_zero_for_the_truth_and_ignores_what_is_beyond_the_border():
    Y = torch.from_numpy(discs(3, classes=3)[1]).long()
    logits = 50 * torch.nn.functional.one_hot(Y, 3).permute(0, 3, 1, 2).float()
    assert segmentation_loss(logits, Y, 0.5) < 1e-6
    wrong = logits.clone()
    wrong[:, :, :8] = 50 * torch.tensor([0.0, 0, 1]).view(1, 3, 1, 1)
    Y[:, :8] = IGNORED
    assert segmentation_loss(wrong, Y, 0.5) < 1e-6
    assert segmentation_loss(wrong, torch.zeros_like(Y), 0.5) > 1


def test_the_dice_loss_of_a_half_sure_network_is_that_of_the_formula():
    Y = torch.zeros((1, 4, 4), dtype=torch.int64)
    Y[:, :2] = 1
    # 2 * 8 * 0.5 + 1 over 16 * 0.5 + 8 + 1
    assert soft_dice_loss(torch.zeros(1, 2, 4, 4), Y) == pytest.approx(1 - 9 / 17)


def test_a_small_lesion_that_is_missed_costs_as_much_as_a_large_one():
    Y = torch.zeros((2, 32, 32), dtype=torch.int64)
    Y[0, :24, :24] = Y[1, :4, :4] = 1
    right = 50 * torch.nn.functional.one_hot(Y, 2).permute(0, 3, 1, 2).float()
    for missed in (0, 1):
        logits = right.clone()
        logits[missed] = torch.tensor([50.0, 0]).view(2, 1, 1)
        assert soft_dice_loss(logits, Y) == pytest.approx(0.5, abs=0.03)


def test_an_image_without_the_class_is_left_to_the_cross_entropy():
    Y = torch.zeros((2, 16, 16), dtype=torch.int64)
    Y[0, :8] = 1
    logits = 50 * torch.nn.functional.one_hot(Y, 2).permute(0, 3, 1, 2).float()
    logits[1] = 0
    assert soft_dice_loss(logits, Y) < 1e-6
    assert segmentation_loss(logits, Y, 0.0) == pytest.approx(np.log(2) / 2, abs=1e-4)
    assert soft_dice_loss(logits[1:], Y[1:]) == 0


def test_patches_hold_what_the_image_holds_there_and_often_a_class():
    Y = np.zeros((2, 64, 64), np.uint8)
    Y[:, 50:54, 50:54] = 1
    X = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 1), dtype=np.uint8)
    store = PatchStore(X, Y, np.arange(2), (64, 64), 16, 2, "cpu")
    assert not store.whole
    images, targets = store.pairs(torch.tensor([0, 1] * 100), generator())
    assert images.shape == (200, 1, 16, 16)
    assert 0.4 < (targets == 1).any(2).any(1).float().mean() < 0.7
    windows = {
        w.tobytes()
        for w in np.lib.stride_tricks.sliding_window_view(X[0, ..., 0], (16, 16)).reshape(
            -1, 16, 16
        )
    }
    assert all(image.numpy().tobytes() in windows for image in images[::2, 0])


def test_an_image_smaller_than_a_patch_is_continued_by_its_border_which_counts_for_nothing():
    X, Y = discs(2, (20, 30))
    store = PatchStore(X, Y, np.arange(2), (20, 30), 32, 2, "cpu")
    images, targets = store.pairs(torch.tensor([0, 1]), generator())
    assert images.shape == (2, 1, 32, 32)
    assert (images[:, :, 20:] == images[:, :, 19:20]).all()
    assert (targets[:, 20:] == IGNORED).all()
    assert torch.equal(targets[:, :20, :30], torch.from_numpy(Y))


def test_a_smaller_map_has_the_class_of_the_largest_share():
    Y = np.zeros((1, 8, 8), np.uint8)
    Y[:, :, :4] = 2
    assert resized_classes(Y, (2, 2), 3)[0].tolist() == [[2, 0], [2, 0]]


def test_presence_is_that_of_any_pixel_that_counts():
    Y = torch.zeros(3, 4, 4, dtype=torch.int64)
    Y[0, 1, 1], Y[1, 0, 0], Y[2] = 2, 1, IGNORED
    there = torch.tensor([[0, 1], [1, 0], [0, 0]])
    assert presence_loss(40.0 * there - 20, Y) < 1e-6
    assert presence_loss(20.0 - 40 * there, Y) == pytest.approx(20)
    assert presence_loss(torch.zeros(3, 2), Y) == pytest.approx(np.log(2))


def test_thin_things_are_looked_at_closely_and_large_ones_from_afar():
    thin, thick = np.zeros((2, 3, 200, 256), np.uint8)
    thin[:, 20:23] = 1
    thick[:, 40:160, 60:190] = 1
    assert class_width(thin) == pytest.approx(3, abs=0.5)
    assert class_width(np.zeros((2, 9, 9), np.uint8)) is None
    assert working_shape(thin, "auto") == (200, 256)
    assert working_shape(thick, "auto") == (200 * LEAST_SIDE // 256, LEAST_SIDE)
    assert working_shape(thick, "native") == (200, 256)
    assert working_shape(thick, 64) == (50, 64)


def test_tiles_agree_with_the_whole_image_and_show_no_seams():
    network = build_segmenter(SegmenterPlan("compact", "", 1, 2), None)
    with torch.no_grad():
        network.model.head.weight.mul_(3)
    network.eval().requires_grad_(False)
    X = discs(1, (96, TILE + 200), seed=2)[0]
    shape = X.shape[1:3]
    tiled = next(probability_chunks(network, X, shape, AUGMENTATIONS["none"]))[0]
    with torch.no_grad():
        whole = network.probabilities(tensors(X, X[..., 0])[0])[0].permute(1, 2, 0).numpy()
    # away from the end of a tile by what the network sees
    np.testing.assert_allclose(tiled[:, :150], whole[:, :150], atol=1e-4)
    np.testing.assert_allclose(tiled[:, -150:], whole[:, -150:], atol=1e-4)
    assert np.abs(tiled - whole).mean() < 0.01
    np.testing.assert_allclose(tiled.sum(-1), 1, atol=1e-5)


def test_mirrored_views_are_mirrored_back():
    network = build_segmenter(SegmenterPlan("compact", "", 1, 2), None).eval()
    X = discs(2, (32, 48))[0]
    mirrors = AUGMENTATIONS["flips"]
    mean = next(probability_chunks(network, X, (32, 48), mirrors))
    flipped = next(probability_chunks(network, X[:, ::-1, ::-1], (32, 48), mirrors))
    np.testing.assert_allclose(flipped[:, ::-1, ::-1], mean, atol=1e-5)


def test_the_rule_for_pixels_is_the_plainest_of_the_best():
    Y = discs(6)[1]
    sure = np.stack([1 - Y, Y], axis=-1).astype(np.float32)
    assert chosen_cleaning(sure, Y) == (Cleaning(), 1.0)
    specks = sure.copy()
    specks[:, 1, 1] = [0, 1]
    rule, score = chosen_cleaning(specks, Y)
    assert score == 1
    assert rule.largest
    timid = np.stack([1 - 0.45 * Y, 0.45 * Y], axis=-1).astype(np.float32)
    assert chosen_cleaning(timid, Y)[0].threshold == 0.4


def test_a_component_that_is_nowhere_sure_is_dropped_and_a_sure_one_keeps_its_rim():
    maps = np.zeros((1, 16, 16, 3), np.float32)
    maps[0, 2:6, 2:6, 1] = 0.6  # a rim around a sure middle
    maps[0, 3, 3, 1] = 0.95
    maps[0, 9:14, 9:14, 1] = 0.7
    maps[0, 9:14, 2:5, 2] = 0.8  # of another class
    maps[..., 0] = 1 - maps[..., 1:].sum(-1)
    whole = Cleaning().classes(maps)
    assert (whole[0, 9:14, 9:14] == 1).all()
    assert (whole[0, 9:14, 2:5] == 2).all()
    sure = Cleaning(peak=0.9).classes(maps)
    assert (sure[0, 2:6, 2:6] == 1).all()
    assert sure.sum() == 16
    # the largest of those that are sure, not of all
    assert np.array_equal(Cleaning(largest=True, peak=0.9).classes(maps), sure)
    assert not Cleaning(peak=0.99).classes(maps).any()


def test_what_is_found_in_empty_images_raises_the_peak():
    Y = discs(8, empty=range(4))[1]
    maps = np.stack([1 - 0.95 * Y, 0.95 * Y], axis=-1).astype(np.float32)
    maps[:4, 10:20, 10:20] = [0.35, 0.65]
    rule, score = chosen_cleaning(maps, Y)
    assert rule == Cleaning(peak=0.7)
    assert score == 1
