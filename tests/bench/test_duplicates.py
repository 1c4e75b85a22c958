import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.dataset import Dataset, Provenance, Split
from bench.duplicates import near_duplicates, thumbnails
from bench.sources import phantoms

RNG = np.random.default_rng(0)


def tissue(n, side=64, channels=1):
    """Smooth random images that differ from each other."""
    coarse = RNG.integers(0, 256, (n * channels, 8, 8), dtype=np.uint8)
    smooth = Image.Resampling.BICUBIC
    scaled = [np.asarray(Image.fromarray(one).resize((side, side), smooth)) for one in coarse]
    return np.moveaxis(np.array(scaled).reshape(n, channels, side, side), 1, 3).copy()


def split(name, images):
    n = len(images)
    return Split(images, np.arange(n) % 2, np.array([f"{name}{i}" for i in range(n)]))


def dataset(train, val, test):
    parts = (split(*part) for part in (("train", train), ("val", val), ("test", test)))
    return Dataset("d", ("no", "yes"), *parts, provenance=Provenance("generated"))


def test_images_saved_again_are_found_in_train_and_in_validation():
    train, val, test = tissue(20), tissue(10), tissue(12)
    noise = RNG.normal(0, 3, train[0].shape)
    test[2] = np.clip(train[5] + noise, 0, 255)  # recompressed
    test[7] = np.clip(train[9] * 0.8 + 15, 0, 255)  # brightness and contrast
    small = Image.fromarray(val[3, ..., 0]).resize((40, 40)).resize((64, 64))
    test[11, ..., 0] = np.asarray(small)
    assert near_duplicates(dataset(train, val, test)) == ("test2", "test7", "test11")


def test_different_and_constant_images_are_no_twins():
    train, test = tissue(40), tissue(40)
    train[0], test[0], test[1] = 90, 90, 91
    assert near_duplicates(dataset(train, tissue(10), test)) == ()


def test_masks_play_no_part():
    train, test = tissue(8, channels=2), tissue(8, channels=2)
    train[..., 1] = test[..., 1] = 255
    assert near_duplicates(dataset(train, tissue(8, channels=2), test)) == ()


@pytest.mark.parametrize("shape", [(28, 28), (64, 64), (33, 100), (20, 50)])
def test_the_product_of_two_thumbnails_is_their_correlation(shape):
    images = RNG.integers(0, 256, (3, *shape, 3), dtype=np.uint8)
    found = thumbnails(images)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    if max(shape) <= 32:
        gray = images.mean(axis=3).reshape(3, -1)
        np.testing.assert_allclose(found @ found.T, np.corrcoef(gray), atol=1e-4)
    assert found.shape[1] == min(shape[0], 32) * min(shape[1], 32)


@pytest.mark.parametrize("build", [phantoms.texture, phantoms.null])
def test_the_phantoms_have_no_twins(build):
    assert near_duplicates(build(None)) == ()


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
@pytest.mark.parametrize(("name", "number"), [("breastmnist", 42), ("pneumoniamnist", 0)])
def test_real_sets_have_the_twins_that_are_known(name, number):
    from bench.sources import local

    place = Path(os.environ["BENCH_DATA"]) / "medmnist" / f"{name}.npz"
    if not place.exists():
        pytest.skip(f"{place} is not there")
    assert len(near_duplicates(local.load(name, size=None, split_seed=0))) == number
