"""Near-duplicates where all images share a bright field on black, as fundus photographs do."""

import os
from pathlib import Path

import numpy as np
import pytest

from bench.data.cache import near_duplicates
from bench.data.cache.near_duplicates import twins_of
from bench.data.dataset import Dataset, Provenance, Split
from bench.data.folders.reading import Reading
from bench.data.likeness import details
from bench.data.likeness.near_duplicates import twins_among
from bench.data.sets import folder, local
from bench.data.splits import groups_of, image_digests


def fields(patients, of_each=2, side=64, seed=0):
    """Bright discs on black, with a weak structure of their own, and their patients."""
    rng = np.random.default_rng(seed)
    n = patients * of_each
    y, x = np.mgrid[:side, :side] / side - 0.5
    radius = 0.42 + rng.normal(0, 0.004, (n, 1, 1))
    inside = 1 / (1 + np.exp((np.hypot(y, x) - radius) * side))
    own = rng.normal(0, 1, (n, side, side))
    own = np.cumsum(own, axis=1) - np.cumsum(own, axis=1).mean((1, 2), keepdims=True)  # streaks
    own *= 6 / own.std((1, 2), keepdims=True)
    images = np.clip(inside * (150 + own) + rng.normal(0, 1, own.shape), 0, 255)
    names = np.repeat([f"patient {i}" for i in range(patients)], of_each)
    return images.astype(np.uint8)[..., None], names


def pairs(images, groups=None):
    twins = twins_among([images], image_digests(images), groups)
    return set(zip(twins.first.tolist(), twins.second.tolist(), strict=True))


def with_copies(images, groups):
    """The images and copies of some, each said to be of a further patient."""
    rng = np.random.default_rng(1)
    sources = rng.permutation(len(images))[:9]
    copies = images[sources].astype(float)
    copies[:3] += 25
    copies[3:6] = copies[3:6, :, ::-1]
    copies[6:] = copies[6:] * 0.8 + rng.normal(0, 2, copies[6:].shape)
    every = np.concatenate([images, np.clip(copies, 0, 255).astype(np.uint8)])
    names = np.concatenate([groups, [f"further {i}" for i in range(len(sources))]])
    planted = {(int(row), len(images) + i) for i, row in enumerate(sources)}
    return every, names, planted


def test_a_field_of_view_that_all_share_makes_no_copies(monkeypatch):
    images, groups = fields(40)
    assert pairs(images) == pairs(images, groups) == set()
    monkeypatch.setattr(details, "many_alike", lambda *_: None)
    assert len(pairs(images)) == len(pairs(images, groups)) > 1_000


def test_copies_under_another_name_are_found_all_the_same():
    every, names, planted = with_copies(*fields(40))
    assert pairs(every, names) == pairs(every) == planted


def test_a_film_of_a_field_of_view_stays_a_film_where_patients_are_unknown():
    rng = np.random.default_rng(1)
    images, _ = fields(40, of_each=1)
    frames = images[:1] + rng.normal(0, 1.5, (60, *images.shape[1:]))
    every = np.concatenate([np.clip(frames, 0, 255).astype(np.uint8), images[1:]])
    assert pairs(every) == {(i, j) for j in range(60) for i in range(j)}


def test_images_without_a_dark_ground_are_compared_as_a_whole():
    rng = np.random.default_rng(2)
    images, _ = fields(40, of_each=1)
    tissue = np.kron(rng.integers(60, 200, (6, 16, 16)), np.ones((4, 4)))[..., None]
    again = tissue[:3] + rng.normal(0, 3, tissue[:3].shape)
    every = np.concatenate([images, tissue, again]).astype(np.uint8)
    assert pairs(every) == {(40 + i, 46 + i) for i in range(3)}


def test_neither_the_order_of_images_nor_the_names_of_patients_play_a_part():
    every, names, planted = with_copies(*fields(40))
    order = np.random.default_rng(2).permutation(len(every))
    codes = {name: f"{i:03d}" for i, name in enumerate(np.unique(names)[::-1])}
    found = pairs(every[order], np.array([codes[names[row]] for row in order]))
    assert {tuple(sorted(order[list(pair)].tolist())) for pair in found} == planted


def test_where_every_image_has_a_name_of_its_own_patients_are_not_known():
    images, _ = fields(40, of_each=1)
    own = np.array([f"image {i}" for i in range(len(images))])
    assert pairs(images, own) == pairs(images)


def test_too_few_patients_tell_nothing_and_too_few_images_neither():
    images, groups = fields(19)
    assert pairs(images, groups) == pairs(images) == set()
    assert len(pairs(images[:19], groups[:19])) == len(pairs(images[:19])) > 50


def test_frames_of_a_film_stay_copies_of_each_other():
    film = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 1))
    frames = film + np.random.default_rng(1).normal(0, 4, (60, 64, 64, 1))
    images, groups = fields(40)
    every = np.concatenate([np.clip(frames, 0, 255).astype(np.uint8), images])
    names = np.concatenate([np.repeat(["film a", "film b"], 30), groups])
    assert pairs(every, names) == {(i, j) for j in range(60) for i in range(j)}


def test_what_is_kept_of_a_search_is_that_with_these_patients(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path))
    images, groups = fields(40)
    rows = np.split(np.arange(80), [40, 60])

    def data(named):
        parts = (
            Split(
                images[own],
                np.arange(len(own)) % 2,
                np.array([f"{i}" for i in own]),
                groups=groups[own] if named else None,
            )
            for own in rows
        )
        return Dataset("d", ("no", "yes"), *parts, provenance=Provenance("generated"))

    searches = []

    def search(parts, digests, groups):
        searches.append(groups is not None)
        return twins_among(parts, digests, groups)

    monkeypatch.setattr(near_duplicates, "twins_among", search)
    for named in (True, False, True, False):
        twins_of(data(named))
    assert searches == [True, False]


@pytest.mark.parametrize("side", [64, 256])
def test_fundus_photographs_of_different_eyes_are_no_copies(side):
    root = next((r / "retina-vessels" for r in local.folders()), Path())
    if not os.environ.get("BENCH_DATA") or not root.is_dir():
        pytest.skip("needs retina-vessels below BENCH_DATA")
    data = folder.load(root, side, reading=Reading(task="segmentation"))
    splits = [part for _, part in data.parts()]
    images = np.concatenate([part.images for part in splits])
    every, names, planted = with_copies(images, groups_of(splits))
    for found in (pairs(every, names), pairs(every)):
        assert planted <= found
        assert len(found - planted) <= 2
