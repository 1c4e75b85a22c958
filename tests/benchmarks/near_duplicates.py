"""How long the search for near twins takes where very many images are alike, and its memory.

    python tests/benchmarks/near_duplicates.py [volumes] [slices] [px]

Slices of head scans that are made here: all heads have one anatomy, which varies smoothly through
a volume and between volumes, and a texture of their own. So nearly all slices of one height
correlate coarsely, while only neighbours in a volume are near twins. Beside them 10,000 images that
differ from each other, and a film whose frames are all alike. Each search runs in a process of its
own; its peak memory includes the images.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

Images = NDArray[np.uint8]


def volumes(number: int, slices: int, side: int) -> Images:
    """`(number · slices, side, side, 1)` slices of synthetic heads, volume by volume."""
    rng = np.random.default_rng(0)
    z, y, x = np.meshgrid(
        np.linspace(-0.8, 0.8, slices),
        np.linspace(-1.15, 1.15, side),
        np.linspace(-1.15, 1.15, side),
        indexing="ij",
    )
    anatomy = gaussian_filter(rng.normal(size=z.shape), (4, side / 10, side / 10))
    anatomy = (anatomy + anatomy[:, :, ::-1]) / (2 * anatomy.std())  # heads are symmetric
    images = np.empty((number, slices, side, side), np.uint8)
    for volume in images:
        height, width = rng.normal(1, 0.03, 2)
        radius = np.sqrt((y / height) ** 2 + (x / width) ** 2 + z**2)
        coarse = rng.normal(size=(slices // 6 + 2, side // 6 + 2, side // 6 + 2))
        shape = np.array(z.shape)
        own = zoom(coarse, shape / coarse.shape, order=1)[tuple(map(slice, shape))]
        skull = np.exp(-(((radius - 0.8) / 0.25) ** 2))
        head = (110 + 16 * anatomy + 22 * own + 60 * skull) / (1 + np.exp((radius - 1) * 15))
        volume[:] = np.clip(head + rng.normal(0, 3, head.shape), 0, 255)
    return images.reshape(-1, side, side, 1)


def different(number: int, side: int) -> Images:
    """Images that have nothing in common."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (number, side, side, 1), dtype=np.uint8)


def film(frames: int, side: int) -> Images:
    """One picture with a little noise, again and again."""
    rng = np.random.default_rng(0)
    picture = zoom(rng.uniform(0, 255, (9, 9)), side / 9, order=3)[:side, :side]
    images = np.empty((frames, side, side, 1), np.uint8)
    for image in images:
        image[..., 0] = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255)
    return images


def measure(name: str, make: Callable[..., Images], *sizes: int) -> None:
    """Search, and print seconds and the peak of memory."""
    from bench.data.likeness.near_duplicates import twins_among
    from bench.data.splits import image_digests

    images = make(*sizes)
    start, begun = time.perf_counter(), time.process_time()
    twins = twins_among([images], image_digests(images))
    seconds, spent = time.perf_counter() - start, time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert twins is not None
    pairs = f"{len(twins.first):,} pairs" + ("" if twins.complete else ", not all")
    size = images.nbytes / 2**20
    print(
        f"{name}: {len(images):,} images, {seconds:.1f} s ({spent:.1f} s of CPU), {pairs}; "
        f"peak {peak:,.0f} MiB, {size:,.0f} of them images",
        flush=True,
    )


if __name__ == "__main__":
    asked = tuple(map(int, sys.argv[1:4]))
    for task in (
        ("volumes", volumes, *(asked if len(asked) == 3 else (200, 32, 128))),
        ("different", different, 10_000, 64),
        ("film", film, 10_000, 64),
    ):
        process = multiprocessing.get_context("spawn").Process(target=measure, args=task)
        process.start()
        process.join()
