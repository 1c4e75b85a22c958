import numpy as np
import pytest
import torch

from deep.training.augmentation import (
    AUGMENTATIONS,
    Augmentation,
    augment_batch,
    augmentation_named,
    mirrored_views,
)

GEOMETRY = Augmentation(
    flip_horizontal=True,
    flip_vertical=True,
    quarter_turn=True,
    shift=0.1,
    rotation=20,
    scale=0.2,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=6, c=1, side=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, c), dtype=np.uint8)


def corners(name):
    """Which arrangements of four pixels a preset makes of one."""
    X = torch.arange(4.0).view(1, 1, 2, 2).expand(256, 1, 2, 2).to(torch.uint8)
    return {tuple(i.flatten().tolist()) for i in augment_batch(X, name, generator()).round()}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_in_every_preset_a_mask_follows_its_image_and_keeps_its_values(name):
    mask = np.zeros((16, 48, 48, 1), np.uint8)
    mask[:, 10:20, 25:42] = 255
    pair = torch.from_numpy(np.concatenate([mask, mask], 3)).permute(0, 3, 1, 2)
    settings = AUGMENTATIONS[name]
    moved = augment_batch(pair, settings, generator())
    assert moved[:, 1].min() >= 0
    assert moved[:, 1].max() <= 255 + 1e-3
    # lit or partly hidden, the image is bright where its mask is
    inside, outside = moved[:, 1] > 250, moved[:, 1] < 5
    for image, lesion, rest in zip(moved[:, 0], inside, outside, strict=True):
        assert image[lesion].max() > image[rest].median() + 100
        assert image[lesion].quantile(0.9) > image[rest].quantile(0.9) + 10
    if not (settings.brightness or settings.contrast or settings.cutout):
        torch.testing.assert_close(moved[:, 0], moved[:, 1])


def test_brightness_and_contrast_change_the_image_and_not_the_mask():
    X = torch.from_numpy(images(c=2)).permute(0, 3, 1, 2)
    lit = augment_batch(X, Augmentation(brightness=0.3, contrast=0.3), generator())
    assert torch.equal(lit[:, 1], X[:, 1].float())
    change = lit[:, 0] - X[:, 0].float()
    assert change.abs().max() > 5
    # a linear map of gray levels in each image
    for old, new in zip(X[:, 0].float(), lit[:, 0], strict=True):
        assert np.corrcoef(old.flatten(), new.flatten())[0, 1] > 1 - 1e-6


def test_the_same_geometry_is_drawn_with_and_without_a_mask():
    X = torch.from_numpy(images(c=2)).permute(0, 3, 1, 2)
    torch.testing.assert_close(
        augment_batch(X, GEOMETRY, generator(3))[:, :1],
        augment_batch(X[:, :1], GEOMETRY, generator(3)),
    )


@pytest.mark.parametrize("name", ["standard", "microscopy"])
def test_flips_quarter_turns_and_whole_pixel_shifts_keep_the_gray_levels(name):
    X = torch.from_numpy(images(n=40, side=32)).permute(0, 3, 1, 2)
    settings = AUGMENTATIONS[name]
    settings = Augmentation(**(vars(settings) | {"brightness": 0.0, "contrast": 0.0}))
    moved = augment_batch(X, settings, generator())
    assert (moved - moved.round()).abs().max() < 1e-2
    assert len({tuple(image.flatten().tolist()) for image in moved[:, :, 2:-2, 2:-2]}) == 40


def test_each_of_the_four_flips_occurs():
    assert corners(AUGMENTATIONS["flips"]) == {
        (0, 1, 2, 3),
        (1, 0, 3, 2),
        (2, 3, 0, 1),
        (3, 2, 1, 0),
    }


def test_each_of_the_eight_flips_and_turns_occurs():
    assert len(corners(Augmentation(flip_horizontal=True, quarter_turn=True))) == 8


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chest-x-ray", "ultrasound"])
def test_upright_images_are_never_turned_upside_down(name):
    X = torch.zeros(200, 1, 32, 32, dtype=torch.uint8)
    X[:, :, :8] = 255
    moved = augment_batch(X, AUGMENTATIONS[name], generator())
    assert (moved[:, :, :6].mean((1, 2, 3)) > moved[:, :, -6:].mean((1, 2, 3)) + 50).all()
    X = X.transpose(2, 3).contiguous()
    moved = augment_batch(X, AUGMENTATIONS[name], generator())
    left = moved[..., :6].mean((1, 2, 3)) > moved[..., -6:].mean((1, 2, 3))
    assert 0.3 < left.float().mean() < 0.7


@pytest.mark.slow
def test_cutout_replaces_one_square_by_the_mean_and_spares_the_mask():
    X = torch.from_numpy(images(n=50, c=4)).permute(0, 3, 1, 2)
    cut = augment_batch(X, Augmentation(cutout=0.25), generator())
    assert torch.equal(cut[:, 3], X[:, 3].float())
    changed = (cut != X).any(1)
    areas = changed.sum((1, 2))
    assert areas.max() <= 64
    assert areas.float().mean() > 40
    for old, new, hidden in zip(X.float(), cut, changed, strict=True):
        rows, columns = hidden.any(1).nonzero(), hidden.any(0).nonzero()
        assert hidden.sum() >= 0.9 * len(rows) * len(columns)
        for channel in range(3):
            values = new[channel][hidden]
            torch.testing.assert_close(values, old[channel].mean().expand_as(values))


def test_no_augmentation_changes_nothing():
    X = torch.from_numpy(images()).permute(0, 3, 1, 2)
    assert torch.equal(augment_batch(X, AUGMENTATIONS["none"], generator()), X.float())


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_the_images_themselves_are_never_changed(name):
    X = torch.rand(6, 2, 16, 16) * 255
    before = X.clone()
    augment_batch(X, AUGMENTATIONS[name], generator())
    assert torch.equal(X, before)


def test_mirror_images_are_those_that_training_draws():
    X = torch.arange(4.0).view(1, 1, 2, 2)
    for name, expected in [
        ("none", {(0, 1, 2, 3)}),
        ("ultrasound", {(0, 1, 2, 3), (1, 0, 3, 2)}),
        ("flips", {(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)}),
    ]:
        views = mirrored_views(X, AUGMENTATIONS[name])
        assert {tuple(view.flatten().tolist()) for view in views} == expected
        assert len(views) == len(expected)


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="chest-x-ray"):
        augmentation_named("wild")
