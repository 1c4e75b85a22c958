"""Whether two data sets show the same photographs."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.data import phantoms
from bench.data.dataset import Dataset, Provenance, Split
from bench.data.likeness.shared_images import sharing, small_pictures
from bench.data.sets import folder, local


def scenes(n, seed):
    """Photographs of 90×120 px."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (n, 9, 12), dtype=np.uint8)
    scaled = [Image.fromarray(one).resize((120, 90), Image.Resampling.BICUBIC) for one in coarse]
    return [np.asarray(one) for one in scaled]


def squashed(pictures, side):
    return np.stack(
        [
            np.asarray(Image.fromarray(p).resize((side, side), Image.Resampling.BOX))
            for p in pictures
        ]
    )[..., None]


def letterboxed(pictures, side):
    images = np.zeros((len(pictures), side, side, 1), np.uint8)
    height = side * 90 // 120
    for image, picture in zip(images, pictures, strict=True):
        scaled = Image.fromarray(picture).resize((side, height), Image.Resampling.BOX)
        top = (side - height) // 2
        image[top : top + height, :, 0] = np.asarray(scaled)
    return images


def dataset(images, **provenance):
    n = len(images)
    ids = np.array([f"case{i}" for i in range(n)])
    whole = Split(images, np.arange(n) % 2, ids)
    parts = [whole.take(rows) for rows in np.split(np.arange(n), [n // 2, 3 * n // 4])]
    return Dataset("d", ("no", "yes"), *parts, provenance=Provenance("here", **provenance))


def test_the_same_photographs_are_found_whatever_their_size_colours_and_borders_are():
    own, others = scenes(40, seed=1), scenes(40, seed=2)
    colour = letterboxed(own[:20] + others[:20], 64).repeat(3, axis=3)
    pictures = {
        "squashed": small_pictures(dataset(squashed(own, 28))),
        "letterboxed": small_pictures(dataset(colour)),
        "others": small_pictures(dataset(squashed(scenes(40, seed=3), 64))),
    }
    assert sharing(pictures) == {
        "squashed": ("letterboxed",),
        "letterboxed": ("squashed",),
        "others": (),
    }


def test_two_images_that_happen_to_be_alike_are_no_common_source():
    own, others = scenes(300, seed=1), scenes(300, seed=2)
    pictures = {
        "one": small_pictures(dataset(squashed(own, 28))),
        "other": small_pictures(dataset(squashed(own[:2] + others[2:], 28))),
    }
    assert sharing(pictures) == {"one": (), "other": ()}


def test_images_that_show_nothing_are_alike_to_nobody():
    blank = np.zeros((40, 28, 28, 1), np.uint8)
    pictures = {name: small_pictures(dataset(blank)) for name in ("one", "other")}
    assert sharing(pictures) == {"one": (), "other": ()}


def test_generated_images_are_no_photographs():
    data = phantoms.texture(None)
    data = replace(data, provenance=replace(data.provenance, generated=True))
    assert sharing({"a": small_pictures(data), "b": small_pictures(data)}) == {"a": (), "b": ()}


@pytest.mark.slow
@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
def test_breastmnist_and_busi_are_one_source_at_any_size(tmp_path, monkeypatch):
    root = Path(os.environ["BENCH_DATA"])
    needed = [root / "medmnist" / "breastmnist.npz", root / "busi", root / "white-blood-cells"]
    if not all(path.exists() for path in needed):
        pytest.skip("BENCH_DATA holds not all of them")
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path))
    pictures = {
        "breastmnist": small_pictures(local.load("breastmnist", size=None, split_seed=0)),
        "busi": small_pictures(folder.load(root / "busi", size=256)),
        "pneumoniamnist": small_pictures(local.load("pneumoniamnist", size=None, split_seed=0)),
        "white-blood-cells": small_pictures(folder.load(root / "white-blood-cells")),
    }
    shared = sharing(pictures)
    assert shared["breastmnist"] == ("busi",)
    assert shared["busi"] == ("breastmnist",)
    assert shared["pneumoniamnist"] == shared["white-blood-cells"] == ()
