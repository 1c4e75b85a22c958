import numpy as np
import pytest
import torch

from deep.batches import (
    AUGMENTATIONS,
    Augmentation,
    applied,
    augmented,
    channel_statistics,
    check_images,
    load,
    shuffled,
)

MOVING = Augmentation(flip=True, shift=0.1, rotation=20, scale=0.2, brightness=0.3, contrast=0.3)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=6, c=1, side=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, c), dtype=np.uint8)


@pytest.mark.parametrize("n", [2, 3, 7, 32, 33, 65])
@pytest.mark.parametrize("size", [2, 32])
def test_an_epoch_has_every_image_once_and_no_batch_of_one(n, size):
    batches = shuffled(n, size, generator())
    assert sorted(torch.cat(batches).tolist()) == list(range(n))
    assert min(map(len, batches)) >= 2
    assert max(map(len, batches)) <= size + 1


@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_images_of_the_right_size_are_loaded_as_they_are(c):
    X = images(c=c)
    X[..., -1] = 255 * (X[..., -1] > 100)
    np.testing.assert_array_equal(load(X, 32, "cpu").permute(0, 2, 3, 1).numpy(), X)


def test_any_positive_mask_value_is_lesion():
    X = images(c=2)
    X[..., 1] = np.arange(32) % 3  # 0, 1 or 2
    mask = load(X, 32, "cpu")[:, 1].numpy()
    np.testing.assert_array_equal(mask, 255 * (X[..., 1] > 0))


def test_shrinking_averages_instead_of_picking_pixels():
    checkerboard = np.zeros((1, 64, 64, 1), np.uint8)
    checkerboard[0, ::2, ::2] = checkerboard[0, 1::2, 1::2] = 255
    small = load(checkerboard, 16, "cpu").float()
    assert small.sub(127.5).abs().max() < 30


def test_images_that_are_not_square_are_resized_to_a_square():
    assert load(np.zeros((3, 20, 40, 3), np.uint8), 32, "cpu").shape == (3, 3, 32, 32)


def test_images_are_read_from_read_only_memory_and_not_changed():
    X = images(c=2)
    before = X.copy()
    X.flags.writeable = False
    load(X, 32, "cpu")
    load(X, 16, "cpu")
    np.testing.assert_array_equal(X, before)


def test_rows_stay_in_order_over_chunks():
    X = np.zeros((600, 8, 8, 1), np.uint8)
    X[:] = (np.arange(600) % 251)[:, None, None, None]
    values = applied(lambda chunk: chunk[:, 0, 0, 0].float(), X, 8, "cpu")
    np.testing.assert_array_equal(values, np.arange(600) % 251)


def test_statistics_are_those_of_numpy_and_a_mask_has_fixed_ones():
    X = images(n=9, c=4)
    mean, deviation = channel_statistics(load(X, 32, "cpu").split(4))
    np.testing.assert_allclose(mean.flatten()[:3], X[..., :3].mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(deviation.flatten()[:3], X[..., :3].std((0, 1, 2)), rtol=1e-6)
    assert mean.flatten()[3] == deviation.flatten()[3] == 127.5


def test_a_constant_channel_has_a_deviation_to_divide_by():
    _, deviation = channel_statistics([torch.full((2, 1, 4, 4), 7, dtype=torch.uint8)])
    assert deviation.item() == 1.0


def test_a_mask_follows_its_image_and_keeps_its_values():
    mask = np.zeros((16, 48, 48, 1), np.uint8)
    mask[:, 10:20, 25:42] = 255
    pair = torch.from_numpy(np.concatenate([mask, mask], 3)).permute(0, 3, 1, 2)
    moved = augmented(pair, Augmentation(flip=True, shift=0.1, rotation=20, scale=0.2), generator())
    assert not torch.equal(moved, pair.float())
    torch.testing.assert_close(moved[:, 0], moved[:, 1])
    lit = augmented(pair, MOVING, generator())
    assert lit[:, 1].min() >= 0
    assert lit[:, 1].max() <= 255 + 1e-3
    assert lit[:, 0].max() > 256  # brightness and contrast did change the image


def test_the_same_geometry_is_drawn_with_and_without_a_mask():
    X = torch.from_numpy(images(c=2)).permute(0, 3, 1, 2)
    settings = Augmentation(flip=True, shift=0.1, rotation=20, scale=0.2)
    torch.testing.assert_close(
        augmented(X, settings, generator(3))[:, :1], augmented(X[:, :1], settings, generator(3))
    )


def test_flips_and_whole_pixel_shifts_keep_the_gray_levels():
    X = torch.from_numpy(images(n=40, side=32)).permute(0, 3, 1, 2)
    moved = augmented(X, AUGMENTATIONS["standard"], generator())
    assert (moved - moved.round()).abs().max() < 1e-2
    assert len({tuple(image.flatten().tolist()) for image in moved[:, :, 2:-2, 2:-2]}) == 40


def test_each_of_the_four_flips_occurs():
    X = torch.arange(4.0).view(1, 1, 2, 2).expand(64, 1, 2, 2).to(torch.uint8)
    moved = augmented(X, AUGMENTATIONS["flips"], generator()).round()
    seen = {tuple(image.flatten().tolist()) for image in moved}
    assert seen == {(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)}


def test_no_augmentation_changes_nothing():
    X = torch.from_numpy(images()).permute(0, 3, 1, 2)
    assert torch.equal(augmented(X, AUGMENTATIONS["none"], generator()), X.float())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros((2, 8, 8), np.uint8), "uint8 with 1 to 4"),
        (np.zeros((2, 8, 8, 1)), "float64"),
        (np.zeros((2, 8, 8, 5), np.uint8), "1 to 4"),
        (np.zeros((0, 8, 8, 1), np.uint8), "no images"),
    ],
)
def test_what_is_not_an_array_of_images_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        check_images(wrong)
