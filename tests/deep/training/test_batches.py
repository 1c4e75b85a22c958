import threading

import numpy as np
import pytest
import torch

from deep.training import batches
from deep.training.batches import (
    ImageStore,
    apply_in_chunks,
    batched,
    channel_statistics,
    check_images,
    epoch_order,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=6, c=1, side=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, c), dtype=np.uint8)


@pytest.mark.parametrize("n", [2, 3, 7, 32, 33, 65])
@pytest.mark.parametrize("size", [2, 32])
def test_an_epoch_has_every_image_once_and_no_batch_of_one(n, size):
    parts = batched(epoch_order(n, generator()), size)
    assert sorted(torch.cat(parts).tolist()) == list(range(n))
    assert min(map(len, parts)) >= 2
    assert max(map(len, parts)) <= size + 1


@pytest.mark.slow
def test_images_are_drawn_as_often_as_their_weights_say():
    draw = torch.tensor([1.0, 3.0, 0.0, 4.0])
    order = torch.cat([epoch_order(4, g, draw) for g in [generator()] for _ in range(4000)])
    share = torch.bincount(order, minlength=4) / len(order)
    torch.testing.assert_close(share, draw / 8, atol=0.02, rtol=0)


def load(X, side, device="cpu"):
    """All images at once."""
    store = ImageStore(X, side, device)
    assert store.resident
    return next(store.each([torch.arange(len(X))]))


@pytest.mark.parametrize("c", [1, 2, 3, 4])
def test_images_of_the_right_size_are_loaded_as_they_are(c):
    X = images(c=c)
    X[..., -1] = 255 * (X[..., -1] > 100)
    np.testing.assert_array_equal(load(X, 32).permute(0, 2, 3, 1).numpy(), X)


def test_any_positive_mask_value_is_lesion():
    X = images(c=2)
    X[..., 1] = np.arange(32) % 3  # 0, 1 or 2
    mask = load(X, 32)[:, 1].numpy()
    np.testing.assert_array_equal(mask, 255 * (X[..., 1] > 0))


def test_shrinking_averages_instead_of_picking_pixels():
    checkerboard = np.zeros((1, 64, 64, 1), np.uint8)
    checkerboard[0, ::2, ::2] = checkerboard[0, 1::2, 1::2] = 255
    small = load(checkerboard, 16).float()
    assert small.sub(127.5).abs().max() < 30


def test_images_that_are_not_square_are_resized_to_a_square():
    assert load(np.zeros((3, 20, 40, 3), np.uint8), 32).shape == (3, 3, 32, 32)


def test_images_are_read_from_read_only_memory_and_not_changed():
    X = images(c=2)
    before = X.copy()
    X.flags.writeable = False
    load(X, 32)
    load(X, 16)
    np.testing.assert_array_equal(X, before)


def test_rows_stay_in_order_over_chunks():
    X = np.zeros((600, 8, 8, 1), np.uint8)
    X[:] = (np.arange(600) % 251)[:, None, None, None]
    values = apply_in_chunks(lambda chunk: chunk[:, 0, 0, 0].float(), X, 8, "cpu")
    np.testing.assert_array_equal(values, np.arange(600) % 251)


@pytest.mark.slow
def test_statistics_are_those_of_numpy_and_a_mask_has_fixed_ones():
    X = images(n=9, c=4)
    mean, deviation = channel_statistics(load(X, 32).split(4))
    np.testing.assert_allclose(mean.flatten()[:3], X[..., :3].mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(deviation.flatten()[:3], X[..., :3].std((0, 1, 2)), rtol=1e-6)
    assert mean.flatten()[3] == deviation.flatten()[3] == 127.5


def test_a_constant_channel_has_a_deviation_to_divide_by():
    _, deviation = channel_statistics([torch.full((2, 1, 4, 4), 7, dtype=torch.uint8)])
    assert deviation.item() == 1.0


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


@pytest.mark.slow
@pytest.mark.parametrize("side", [32, 20])
def test_images_that_do_not_fit_are_read_for_every_batch_with_the_same_pixels(side, tmp_path):
    np.save(tmp_path / "images.npy", images(n=50, c=2))
    X = np.load(tmp_path / "images.npy", mmap_mode="r")
    resident, read = ImageStore(X, side, "cpu"), ImageStore(X, side, "cpu", limit=1000)
    assert resident.resident
    assert not read.resident
    groups = batched(epoch_order(50, generator()), 7)
    for expected, found in zip(resident.each(groups), read.each(groups), strict=True):
        assert torch.equal(expected, found)
    for one, other in zip(
        channel_statistics(resident.chunks()), channel_statistics(read.chunks()), strict=True
    ):
        assert torch.equal(one, other)


def test_a_training_that_is_broken_off_leaves_no_thread_behind():
    before = threading.active_count()
    loaded = ImageStore(images(n=50), 32, "cpu", limit=0).each(batched(torch.arange(50), 5))
    next(loaded)
    loaded.close()
    assert threading.active_count() == before


def test_without_a_limit_images_stay_on_the_device_if_half_of_its_memory_is_enough(monkeypatch):
    X = images(n=10)  # 10,240 bytes
    for free, fits in [(20_480, True), (20_478, False)]:
        monkeypatch.setattr(batches, "free_memory", lambda _, free=free: free)
        assert ImageStore(X, 32, "cpu").resident == fits
