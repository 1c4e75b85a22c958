"""Near-duplicates: what is found, what is not, and how quickly."""

import io
import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.data import phantoms
from bench.data.cache.near_duplicates import twins_of
from bench.data.dataset import Dataset, Provenance, Split
from bench.data.likeness.clusters import (
    clusters,
    keeping_twins,
    marks,
    marks_of_split,
    with_twin_among,
)
from bench.data.likeness.near_duplicates import LITTLE, find_twins, twins_among
from bench.data.likeness.vectors import averaged, coarse_vectors, detail_vectors, spread
from bench.data.resizing import fit, pad
from bench.data.sets import local
from bench.data.splits import Fold, automatic, image_digests


def tissue(n, side=64, channels=1, seed=0):
    """Smooth random images, with grain, that differ from each other."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (n * channels, 8, 8), dtype=np.uint8)
    smooth = Image.Resampling.BICUBIC
    scaled = [np.asarray(Image.fromarray(one).resize((side, side), smooth)) for one in coarse]
    images = np.moveaxis(np.array(scaled).reshape(n, channels, side, side), 1, 3)
    grain = rng.normal(0, 12, images.shape)
    return np.clip(images + grain, 0, 255).astype(np.uint8)


def split(name, images):
    n = len(images)
    return Split(images, np.arange(n) % 2, np.array([f"{name}{i}" for i in range(n)]))


def dataset(train, val, test):
    parts = (split(*part) for part in (("train", train), ("val", val), ("test", test)))
    return Dataset("d", ("no", "yes"), *parts, provenance=Provenance("generated"))


def found(data):
    return marks_of_split(data, find_twins(data)).test


def test_images_saved_again_are_found_in_train_and_in_validation():
    train, val, test = tissue(20, seed=1), tissue(10, seed=2), tissue(12, seed=3)
    test[2] = np.clip(train[5] + np.random.default_rng(0).normal(0, 3, train[5].shape), 0, 255)
    test[7] = np.clip(train[9] * 0.8 + 15, 0, 255)  # brightness and contrast
    small = Image.fromarray(val[3, ..., 0]).resize((40, 40)).resize((64, 64))
    test[11, ..., 0] = np.asarray(small)
    test[4] = val[0, :, ::-1]
    test[5] = train[1, ::-1]
    test[6] = train[2]
    expected = ("test2", "test4", "test5", "test6", "test7", "test11")
    assert found(dataset(train, val, test)) == expected


def test_different_and_constant_images_are_no_twins():
    train, test = tissue(40, seed=1), tissue(40, seed=2)
    train[0], test[0], test[1] = 90, 90, 91
    assert found(dataset(train, tissue(10, seed=3), test)) == ()


def test_images_that_are_alike_but_for_their_details_are_no_twins():
    train, test = tissue(40, seed=1), tissue(40, seed=2)
    blurred = np.asarray(Image.fromarray(train[3, ..., 0]).resize((8, 8)).resize((64, 64), 3))
    grain = np.random.default_rng(5).normal(0, 12, blurred.shape)
    test[3, ..., 0] = np.clip(blurred + grain, 0, 255)
    pair = coarse_vectors(np.stack([train[3], test[3]]))
    assert pair[0] @ pair[1] > 0.97
    assert found(dataset(train, tissue(10, seed=3), test)) == ()


def boxed(pictures, side=64):
    """Pictures as a letterbox makes them square."""
    return np.stack([pad(fit(one, (side, side), "letterbox"), (side, side)) for one in pictures])


@pytest.mark.parametrize("shape", [(20, 300), (300, 75), (128, 256), (150, 240)])
def test_the_bars_of_a_letterbox_are_no_likeness_and_copies_are_found(shape):
    rng = np.random.default_rng(0)
    smooth = Image.Resampling.BICUBIC
    pictures = []
    for one in rng.integers(90, 166, (40, 6, 12), dtype=np.uint8):
        large = np.asarray(Image.fromarray(one).resize(shape[::-1], smooth)).astype(np.float64)
        pictures.append(np.clip(large + rng.normal(0, 8, shape), 1, 255).astype(np.uint8))
    smaller = [
        np.asarray(Image.fromarray(one).resize((shape[1] * 4 // 5, shape[0] * 4 // 5)))
        for one in pictures[:5]
    ]
    images = boxed([*pictures, *smaller])[..., None]
    found = twins_among([images], image_digests(images))
    pairs = {(int(a), int(b)) for a, b in zip(found.first, found.second, strict=True)}
    assert pairs >= {(i, 40 + i) for i in range(5)}
    assert len(pairs) <= 6


def test_masks_play_no_part():
    train, test = tissue(8, channels=2, seed=1), tissue(8, channels=2, seed=2)
    train[..., 1] = test[..., 1] = 255
    assert found(dataset(train, tissue(8, channels=2, seed=3), test)) == ()


def test_twins_within_a_part_are_pairs_but_no_leak():
    train, val, test = tissue(20, seed=1), tissue(10, seed=2), tissue(12, seed=3)
    train[7] = train[2, :, ::-1]
    train[8] = train[2]
    test[1] = test[0]
    twins = find_twins(dataset(train, val, test))
    assert list(zip(twins.first, twins.second, twins.mirrored, strict=True)) == [(2, 7, True)]
    found = marks_of_split(dataset(train, val, test), twins)
    assert (found.test, found.val, found.within_test) == ((), ((),), (("test0", "test1"),))


def test_a_twin_of_a_copy_is_a_twin_of_the_original():
    train, val, test = tissue(20, seed=1), tissue(10, seed=2), tissue(12, seed=3)
    train[8] = train[2]
    test[1] = train[2, :, ::-1]
    data = dataset(train, val, test)
    twins = find_twins(data)
    for among, expected in (([8], [2, 31]), ([2, 8], [2, 8, 31]), ([31], [2, 8]), ([5], [])):
        mask = np.isin(np.arange(42), among)
        assert np.flatnonzero(with_twin_among(twins, mask)).tolist() == expected


def test_cases_are_marked_where_they_are_validated_and_tested_whatever_the_fold():
    train, val, test = tissue(20, seed=1), tissue(10, seed=2), tissue(12, seed=3)
    val[4] = train[2, ::-1]
    test[3] = val[4]
    test[5], test[6] = train[7] // 2, test[9, :, ::-1]
    train[0] = val[0] = test[0] = 80  # shows nothing
    data = dataset(train, val, test)
    whole = marks_of_split(data, find_twins(data))
    assert whole.test == ("test3", "test5")
    assert whole.val == (("val4",),)
    assert whole.within_test == (("test6", "test9"),)
    assert marks_of_split(data, None) is None
    case_ids = np.concatenate([part.case_ids for _, part in data.parts()])
    rows = np.arange(42)
    first = Fold(rows[14:], rows[7:14], rows[:7])
    second = Fold(rows[:28], rows[28:35], rows[35:])
    found = marks(case_ids, [first, second], find_twins(data))
    assert found.test == ("train2", "test5")
    assert found.val == (("train7",), ("test3",))
    assert found.within_test == (("test6", "test9"),)


def test_chains_of_twins_are_one_cluster_and_lead_through_the_given_cases_only():
    train, val, test = tissue(20, seed=1), tissue(10, seed=2), tissue(12, seed=3)
    test[1], test[2] = train[3, ::-1], train[3, :, ::-1]
    data = dataset(train, val, test)
    twins = find_twins(data)
    cluster = clusters(twins)
    assert len(set(cluster[[3, 31, 32]])) == 1
    assert len(set(cluster)) == 40
    within = clusters(twins, np.arange(42) >= 30)
    assert within[31] != within[32]  # one turned by 180° is no twin


def test_splits_made_here_keep_near_twins_together_and_a_film_apart():
    images = tissue(60, seed=1)
    images[1::3], images[2::3] = images[::3, ::-1], np.clip(images[::3] * 0.8, 0, 255)
    labels, digests = np.arange(60) // 3 % 2, image_digests(images)

    def deal(alike):
        return automatic(labels, "ab", None, alike, seed=0)

    for rows in keeping_twins(twins_among([images], digests), digests, deal):
        assert (np.unique(rows // 3, return_counts=True)[1] == 3).all()
    frames = np.clip(images[:1] + np.random.default_rng(0).normal(0, 3, images.shape), 0, 255)
    film = frames.astype(np.uint8)
    digests = image_digests(film)
    parts = keeping_twins(twins_among([film], digests), digests, deal)
    assert [len(rows) for rows in parts] == [36, 12, 12]


def test_patients_who_are_joined_by_like_images_do_not_become_one_huge_part():
    """Thirty patients of four images, each of whom has a copy of an image of the next."""
    images = np.random.default_rng(0).integers(0, 256, (120, 16, 16, 1)).astype(np.uint8)
    copies = np.arange(3, 116, 4)
    images[copies] = np.clip(images[copies + 1].astype(int) + 2, 0, 255)
    groups = np.array([f"patient {i // 4}" for i in range(120)])
    labels = (np.arange(120) // 4 % 2).astype(np.int64)
    digests = image_digests(images)
    twins = twins_among([images], digests)

    def deal(alike):
        return automatic(labels, ("a", "b"), groups, alike, 0)

    parts = keeping_twins(twins, digests, deal, groups)
    assert [len(rows) for rows in parts] == [72, 24, 24]
    owners = [set(groups[rows].tolist()) for rows in parts]
    assert not owners[0] & owners[1] | owners[0] & owners[2] | owners[1] & owners[2]


def spots(n, side=64, seed=0):
    """A bright spot on black, each with an outline and grain of its own."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side - 0.5
    images = np.empty((n, side, side, 1), dtype=np.uint8)
    for image in images:
        a, b = 0.1 * rng.normal(1, 0.15, 2)
        turn = np.arctan2(y, x)
        waves = rng.normal(0, 0.06, 4)
        phases = rng.uniform(0, 2 * np.pi, 4)
        outline = 1 + sum(waves[k] * np.cos((k + 2) * turn + phases[k]) for k in range(4))
        inside = 1 / (1 + np.exp((np.hypot(x / a, y / b) / outline - 1) * 6))
        grain = rng.normal(0, 8, inside.shape)
        image[..., 0] = np.clip((rng.uniform(80, 160) + grain) * inside, 0, 255)
    return images


def test_spots_that_show_too_little_to_be_told_apart_are_seldom_twins_but_their_copies_are():
    images, side = spots(60), 64
    coarse, details = coarse_vectors(images), detail_vectors(images)
    alike = np.triu((coarse @ coarse.T >= 0.97) & (details @ details.T >= 0.85), 1)
    assert alike.sum() > 400  # by the two limits that hold for other images
    assert spread(details.reshape(-1, side, side)).max() < LITTLE
    twins = twins_among([images], image_digests(images))
    assert 0 < (~twins.mirrored).sum() < 0.25 * alike.sum()
    copies = images.copy()
    copies[::4] = images[::4, :, ::-1]
    copies[1::4] = np.clip(images[1::4] * 0.9 + 10, 0, 255)
    copies[2::4, ..., 0] = [scaled(image, 0.8) for image in images[2::4, ..., 0]]
    copies[3::4, ..., 0] = [jpeg(image, 90) for image in images[3::4, ..., 0]]
    twins = twins_among([images, copies], image_digests(np.concatenate([images, copies])))
    pairs = set(zip(twins.first.tolist(), twins.second.tolist(), strict=True))
    assert all((i, i + 60) in pairs for i in range(60))


def test_faint_shading_is_no_likeness_unless_images_are_identical():
    rng = np.random.default_rng(0)
    shading = 1.5 * np.indices((64, 64)).sum(axis=0) / 126
    black = [np.floor(shading + rng.uniform(0, 1, shading.shape)) for _ in range(4)]
    train, test = tissue(10, seed=1), tissue(10, seed=2)
    train[0], train[1], test[0] = (b[..., None].astype(np.uint8) for b in black[:3])
    test[1] = train[1]
    assert found(dataset(train, tissue(10, seed=3), test)) == ("test1",)


def test_patients_who_all_have_a_black_slice_are_dealt_as_they_are():
    images = np.random.default_rng(0).integers(0, 256, (120, 16, 16, 1)).astype(np.uint8)
    images[::4] = 0
    images[5] = images[9]  # identical images join two patients all the same
    groups = np.array([f"patient {i // 4}" for i in range(120)])
    labels = (np.arange(120) // 4 % 2).astype(np.int64)
    digests = image_digests(images)

    def deal(alike):
        return automatic(labels, ("a", "b"), groups, alike, 0)

    copied = images.copy()
    copied[2] = np.clip(images[6] * 0.9, 0, 255)  # so do near twins
    for some, together in ((images, (5, 9)), (copied, (2, 6))):
        twins = twins_among([some], image_digests(some))
        parts = keeping_twins(twins, digests, deal, groups)
        assert [len(rows) for rows in parts] == [72, 24, 24]
        owners = [set(groups[rows].tolist()) for rows in parts]
        assert sum(map(len, owners)) == 30
        assert any(np.isin(together, rows).all() for rows in parts)


def alike(n, side, distinct, seed=0):
    """Images of one coarse picture, with details of their own that several of them share."""
    rng = np.random.default_rng(seed)
    coarse = np.asarray(
        Image.fromarray(rng.integers(40, 200, (5, 5), dtype=np.uint8)).resize((side, side), 3)
    )
    details = np.kron(rng.normal(0, 12, (distinct, side // 2, side // 2)), np.ones((2, 2)))
    shares = rng.dirichlet(np.full(distinct, 0.02), n)
    own = np.einsum("nd,dhw->nhw", shares, details) + rng.normal(0, 4, (n, side, side))
    return np.clip(coarse + own, 0, 255).astype(np.uint8)[..., None]


@pytest.mark.parametrize("side", [28, 64])
def test_among_images_that_are_all_alike_just_those_of_like_details_are_twins(side):
    images = alike(1100, side, 12)
    coarse, details = coarse_vectors(images), detail_vectors(images)
    least = 0.85 if side == 64 else 0.80
    expected = np.argwhere(np.triu((coarse @ coarse.T >= 0.97) & (details @ details.T >= least), 1))
    assert 20_000 < len(expected) < 200_000
    twins = twins_among([images[:300], images[300:]], image_digests(images))
    assert twins.complete
    known = list(zip(*expected.T.tolist(), strict=True))
    plain = ~twins.mirrored
    pairs = list(zip(twins.first[plain].tolist(), twins.second[plain].tolist(), strict=True))
    assert len(set(known) ^ set(pairs)) <= 3  # rounding at the limit


def test_of_a_film_each_frame_has_twins_listed_and_those_in_train_come_first():
    images = alike(2500, 28, 1)
    twins = twins_among([images[:500], images[500:]], image_digests(images))
    assert not twins.complete
    assert len(twins.first) < 2_000_000
    assert with_twin_among(twins, np.arange(2500) < 500).all()


@pytest.mark.parametrize("shape", [(28, 28), (64, 64), (33, 100), (20, 50), (8, 9)])
def test_the_product_of_two_coarse_pictures_is_their_correlation(shape):
    images = np.random.default_rng(0).integers(0, 256, (3, *shape, 3), dtype=np.uint8)
    vectors = coarse_vectors(images)
    small = averaged(images, 16)
    assert small.shape == (3, min(shape[0], 16), min(shape[1], 16))
    expected = np.corrcoef(small.reshape(3, -1))
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-4)


def test_averaging_keeps_the_mean_and_mirrors_with_the_image():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 37, 1), dtype=np.uint8)
    small = averaged(images, 16)
    np.testing.assert_allclose(small.mean(axis=(1, 2)), images.mean(axis=(1, 2, 3)), rtol=1e-4)
    mirrored = averaged(images[:, :, ::-1], 16)
    np.testing.assert_allclose(mirrored, small[:, :, ::-1], rtol=1e-4)
    finer = np.kron(images[0, ..., 0].astype(float), np.ones((16, 16)))
    np.testing.assert_allclose(small[0], finer.reshape(16, 28, 16, 37).mean((1, 3)), rtol=1e-4)


@pytest.mark.parametrize("build", [phantoms.texture, phantoms.null])
def test_the_phantoms_have_no_twins(build):
    assert found(build(None)) == ()


def test_what_was_found_is_kept_and_a_damaged_note_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path))
    train, val, test = tissue(20, seed=1), tissue(10, seed=2), tissue(12, seed=3)
    test[1] = train[2, :, ::-1]
    data = dataset(train, val, test)
    first = twins_of(data)
    (note,) = (tmp_path / "notes").iterdir()
    written = note.stat().st_mtime_ns
    assert twins_of(data).second.tolist() == first.second.tolist() == [31]
    assert note.stat().st_mtime_ns == written
    content = bytearray(note.read_bytes())
    content[len(content) // 3] ^= 255
    note.write_bytes(content)
    assert twins_of(data).second.tolist() == [31]
    assert twins_of(data).digests.tolist() == first.digests.tolist()


@pytest.mark.slow
def test_ten_thousand_images_take_less_than_a_minute():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (10_000, 7, 7, 1), dtype=np.uint8)
    images = coarse.repeat(4, axis=1).repeat(4, axis=2) // 2 + rng.integers(
        0, 128, (10_000, 28, 28, 1), dtype=np.uint8
    )
    images[9000:9100] = images[:100, :, ::-1]
    start = time.process_time()
    data = dataset(images[:6000], images[6000:8000], images[8000:])
    assert len(found(data)) == 100
    assert time.process_time() - start < 60


def jpeg(pixels, quality):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def scaled(pixels, factor):
    side = round(len(pixels) * factor)
    picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(picture.resize((len(pixels),) * 2, Image.Resampling.BILINEAR))


def brighter(pixels, by):
    return np.clip(pixels.astype(int) + by, 0, 255).astype(np.uint8)


MILD = {
    "smaller": lambda p: scaled(p, 0.8),
    "larger": lambda p: scaled(p, 1.5),
    "recompressed": lambda p: jpeg(p, 75),
    "recompressed much": lambda p: jpeg(p, 50),
    "brighter": lambda p: brighter(p, 25),
    "darker": lambda p: brighter(p, -25),
    "mirrored": lambda p: p[:, ::-1],
    "turned over": lambda p: p[::-1],
    "mirrored and recompressed": lambda p: jpeg(np.ascontiguousarray(p[:, ::-1]), 75),
}
KNOWN = {  # images with near twins that are there already, which were looked at
    "breastmnist": 317,
    "pneumoniamnist": 60,
    "busi": 260,
    "skin-lesions": 7,
    "white-blood-cells": 8,
}


@pytest.mark.slow
@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
@pytest.mark.parametrize("name", KNOWN)
def test_planted_copies_of_real_images_are_found_and_few_others(name, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path))
    if name not in local.available():
        pytest.skip(f"BENCH_DATA holds no {name}")
    data = local.load(name)
    whole = np.concatenate([part.images for _, part in data.parts()])
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(whole), min(len(whole) // 2, 400), replace=False))
    planted, kinds = [], []
    for place, row in enumerate(rows):
        kind = ["exact", *MILD][place % (1 + len(MILD))]
        image = whole[row].copy()
        c = image.shape[2]
        colours = image[..., 0] if c < 3 else np.ascontiguousarray(image[..., :3])
        changed = MILD.get(kind, lambda p: p)(colours)
        image[..., : 1 if c < 3 else 3] = changed.reshape(*changed.shape[:2], -1)
        planted.append(image)
        kinds.append(kind)
    n = len(whole)
    labels = np.arange(n + len(rows)) % 2
    images = np.concatenate([whole, np.stack(planted)])
    ids = np.arange(len(images)).astype(str)
    parts = [
        Split(images[r], labels[r], ids[r]) for r in np.split(np.arange(len(images)), [n, n + 2])
    ]
    twins = find_twins(Dataset("d", ("a", "b"), *parts, provenance=Provenance("x")))
    pairs = set(zip(twins.first.tolist(), twins.second.tolist(), strict=True))
    hit = [
        (int(row), n + place) in pairs or twins.digests[row] == twins.digests[n + place]
        for place, row in enumerate(rows)
    ]
    share = {
        k: np.mean([h for h, kind in zip(hit, kinds, strict=True) if kind == k]) for k in set(kinds)
    }
    assert share.pop("exact") == 1.0
    assert np.mean([h for h, kind in zip(hit, kinds, strict=True) if kind != "exact"]) >= 0.95, (
        share
    )
    among = {row for pair in pairs if max(pair) < n for row in pair}
    _, kind, times = np.unique(twins.digests[:n], return_inverse=True, return_counts=True)
    same = set(np.flatnonzero(times[kind] > 1).tolist())
    assert len(among | same) <= KNOWN[name] + 0.01 * n
    assert len(among | same) >= 0.9 * KNOWN[name]


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
@pytest.mark.parametrize(("name", "number"), [("breastmnist", 61), ("pneumoniamnist", 1)])
def test_real_sets_have_the_twins_that_are_known(name, number):
    place = Path(os.environ["BENCH_DATA"]) / "medmnist" / f"{name}.npz"
    if not place.exists():
        pytest.skip(f"{place} is not there")
    assert len(found(local.load(name, size=None, split_seed=0))) == number


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
def test_small_pictures_of_round_cells_are_not_mirror_images_of_each_other(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path))
    if "white-blood-cells" not in local.available():
        pytest.skip("BENCH_DATA holds no white-blood-cells")
    large, small = (local.load("white-blood-cells", size=side, split_seed=0) for side in (128, 28))
    twins = find_twins(small)
    assert not twins.mirrored.any()
    of_large, of_small = (
        {
            name: image[..., :3]
            for _, part in data.parts()
            for name, image in zip(part.case_ids.tolist(), part.images, strict=True)
        }
        for data in (large, small)
    )
    without_bars = [
        name for name, image in of_large.items() if image[[0, -1]].any() and image[:, [0, -1]].any()
    ]
    names = without_bars[:100]
    pixels = np.stack([of_small[name] for name in names])
    turned = np.stack([fit(of_large[name][:, ::-1], (28, 28), "stretch") for name in names])
    both = np.concatenate([pixels, turned])
    pairs = twins_among([both], image_digests(both))
    found = set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert sum((row, 100 + row) in found for row in range(100)) >= 97


@pytest.mark.skipif("BENCH_DATA" not in os.environ, reason="BENCH_DATA is not set")
def test_slices_near_the_top_of_the_head_do_not_join_patients():
    if "brain-mri-lgg" not in local.available():
        pytest.skip("BENCH_DATA holds no brain-mri-lgg")
    data = local.load("brain-mri-lgg", size=64, split_seed=0)
    twins = find_twins(data)
    groups = np.concatenate([part.groups for _, part in data.parts()])
    apart = groups[twins.first] != groups[twins.second]
    assert apart.sum() <= 12
    assert (~apart).sum() > 2000  # neighbouring slices of one patient
