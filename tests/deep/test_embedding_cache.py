import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest

from deep.embedding_cache import SHARDS, EmbeddingCache

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)


class Counted:
    """Mean and sum of every image, counting those that were computed."""

    def __init__(self):
        self.computed = 0

    def __call__(self, images):
        self.computed += len(images)
        flat = images.reshape(len(images), -1).astype(np.float32)
        return np.stack([flat.mean(axis=1), flat.sum(axis=1)], axis=1)


def test_what_was_computed_once_is_found_in_any_order_and_charged(tmp_path):
    compute = Counted()
    first, charged = EmbeddingCache(tmp_path, "a").rows(IMAGES, compute)
    np.testing.assert_array_equal(first, Counted()(IMAGES))
    again, charged_again = EmbeddingCache(tmp_path, "a").rows(IMAGES[::-2], compute)
    np.testing.assert_array_equal(again, first[::-2])
    assert compute.computed == len(IMAGES)
    assert charged == 0 < charged_again


def test_only_new_images_are_computed_and_a_repeated_one_once(tmp_path):
    compute = Counted()
    cache = EmbeddingCache(tmp_path, "a")
    cache.rows(IMAGES[[1, 4]], compute)
    values, _ = cache.rows(IMAGES[[4, 0, 0, 1]], compute)
    assert compute.computed == 3
    np.testing.assert_array_equal(values, Counted()(IMAGES[[4, 0, 0, 1]]))


def test_one_changed_pixel_is_another_image_and_another_key_another_row(tmp_path):
    compute = Counted()
    EmbeddingCache(tmp_path, "a").rows(IMAGES, compute)
    changed = IMAGES.copy()
    changed[3, 5, 5] ^= 1
    EmbeddingCache(tmp_path, "a").rows(changed, compute)
    assert compute.computed == len(IMAGES) + 1
    EmbeddingCache(tmp_path, "b").rows(IMAGES, compute)
    assert compute.computed == 2 * len(IMAGES) + 1


def test_a_folder_that_cannot_be_written_costs_only_the_saving(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    values, charged = EmbeddingCache(tmp_path / "file", "a").rows(IMAGES, Counted())
    np.testing.assert_array_equal(values, Counted()(IMAGES))
    assert charged == 0


def slowly(images):
    """Rows that take a while, with a note of each image by whom it was computed."""
    time.sleep(0.05)
    folder = Path(os.environ["NOTES"])
    for image in images:
        (folder / f"{os.getpid()}-{time.monotonic_ns()}").write_bytes(image.tobytes())
    return Counted()(images)


def share(folder, barrier, results):
    barrier.wait()
    values, _ = EmbeddingCache(Path(folder), "a").rows(IMAGES, slowly)
    results.put(values)


@pytest.mark.slow
@pytest.mark.processes
def test_processes_that_need_the_same_rows_share_the_work(tmp_path, monkeypatch):
    notes = tmp_path / "notes"
    notes.mkdir()
    monkeypatch.setenv("NOTES", str(notes))
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    both = [context.Process(target=share, args=(str(tmp_path), barrier, results)) for _ in range(2)]
    for process in both:
        process.start()
    found = [results.get(timeout=60) for _ in both]
    for process in both:
        process.join()
    for values in found:
        np.testing.assert_array_equal(values, Counted()(IMAGES))
    computed = [path.read_bytes() for path in notes.iterdir()]
    assert sorted(computed) == sorted(image.tobytes() for image in IMAGES)  # each once
    assert len({path.name.partition("-")[0] for path in notes.iterdir()}) == 2


def test_rows_that_are_found_are_charged_with_the_seconds_that_they_took(tmp_path):
    cache = EmbeddingCache(tmp_path, "a")
    seconds = []

    def in_a_while(images):
        start = time.perf_counter()
        time.sleep(0.1 / SHARDS)
        seconds.append(time.perf_counter() - start)
        return Counted()(images)

    cache.rows(IMAGES, in_a_while)
    _, charged = cache.rows(IMAGES, Counted())
    assert charged > sum(seconds) > 0.09
    _, half = cache.rows(IMAGES[:20], Counted())
    assert 0 < half < charged
