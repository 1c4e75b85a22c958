"""phantom-context: the same cells in both classes; only who stands beside whom differs.

An image holds two discs and two rings of equal mass, in two pairs, on a periodic field. Pairs are
either like (disc with disc, ring with ring) or mixed (disc with ring, twice). Places and distances
are drawn before the kinds are, and do not depend on them. Every cell stands alone in its
neighbourhood: the gap between any two is wider than `REACH`. Hence the gray-level histogram and
every co-occurrence of two pixels up to `REACH` apart are the same in both classes, exactly so
before noise, and so is the shape of every single structure. What differs is seen only by a method
that tells the kinds apart and relates one cell to the next.

Biology has exceptions: a fixed share of either class is arranged as the other. An observer who sees
every arrangement without error therefore has an AUC of 1 - `EXCEPTIONS`, and none can do better.
"""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer, Split, SplitName
from bench.data.phantoms import assembly
from bench.data.phantoms.fields import band_limited, coloured

NAME = "phantom-context"
SEED = 19860919
SIZES = assembly.counts(train=800, val=250, test=1000)
NATIVE = 48

# Lengths in pixels at the native size; they grow with the image.
REACH = 4
"""No two pixels that are at most so far apart, along rows and along columns, touch two cells."""
RING = (2.8, 4.0)
"""Inner and outer radius of a ring."""
DISTANCE = (15.0, 19.5)
"""Between the centres of a pair."""
APART = 21.0
"""Least distance of centres of different pairs."""

EXCEPTIONS = 0.06
"""Share of the images of each class that are arranged as the other class."""

BACKGROUND = 105.0
CONTRAST = (40.0, 52.0)
"""Gray levels by which the cells of an image are brighter than its background."""
NOISE = 8.0
"""Standard deviation of the noise, gray levels."""


def cells(scale: float) -> NDArray[np.float64]:
    """A disc and a ring of equal mass, each in the middle of its stamp: `(2, side, side)`.

    The disc is 1 inside, the ring about as bright. `scale` is the size of the image over the native
    one; `side` is odd.
    """
    inner, outer = (scale * r for r in RING)
    half = int(np.ceil(outer))
    r = np.hypot(*np.mgrid[-half : half + 1, -half : half + 1])
    radius = np.sqrt(outer**2 - inner**2)
    disc = np.clip(radius - r + 0.5, 0, 1)
    ring = np.clip(outer - r + 0.5, 0, 1) * np.clip(r - inner + 0.5, 0, 1)
    return np.stack([disc, ring * (disc.sum() / ring.sum())])


def places(n: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Centres of the cells: `(n, 2, 2, 2)` whole pixels, axes image, pair, cell, (row, column)."""
    scale = size / NATIVE
    low, high = (scale * d for d in DISTANCE)
    found = np.empty((0, 2, 2, 2), dtype=np.int64)
    while len(found) < n:
        middle = rng.uniform(0, size, (2 * n, 2, 2))
        angle = rng.uniform(0, np.pi, (2 * n, 2))
        half = rng.uniform(low, high, (2 * n, 2, 1)) / 2
        arm = half * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        centres = np.rint(np.stack([middle - arm, middle + arm], axis=2)).astype(np.int64) % size
        within = np.hypot(*_shortest(centres[:, :, 0] - centres[:, :, 1], size))
        between = np.hypot(*_shortest(centres[:, 0, :, None] - centres[:, 1, None], size))
        good = (within >= low).all(axis=1) & (between >= scale * APART).all(axis=(1, 2))
        found = np.concatenate([found, centres[good]])
    return found[:n]


def arrangements(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Whether the pairs of an image are like, `(n,)` of 0 and 1: its label, but for exceptions."""
    like = labels.copy()
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(labels == label))
        like[rows[: round(EXCEPTIONS * len(rows))]] = 1 - label
    return like


def kinds(like: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Which cell is a ring: `(n, 2, 2)` of 0 (disc) and 1, axes image, pair, cell.

    Where `like` is 1, one pair is of discs and one of rings; where it is 0, each pair has one of
    either. Which of the ways to do so is drawn at random.
    """
    first = rng.integers(0, 2, (len(like), 2))
    mixed = np.stack([first, 1 - first], axis=-1)
    alike = np.repeat(mixed[:, :1].swapaxes(1, 2), 2, axis=2)
    return np.where(like[:, None, None] == 1, alike, mixed)


def drawn(centres: NDArray[np.int64], which: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """The cells without noise on a background of 0: `(n, size, size)`."""
    stamps = cells(size / NATIVE)
    half = stamps.shape[-1] // 2
    offsets = np.arange(-half, half + 1)
    images = np.zeros((len(centres), size, size))
    flat_centres = centres.reshape(len(centres), -1, 2)
    flat_which = which.reshape(len(which), -1)
    for image, cell_centres, cell_kinds in zip(images, flat_centres, flat_which, strict=True):
        for (row, column), kind in zip(cell_centres, cell_kinds, strict=True):
            image[np.ix_((row + offsets) % size, (column + offsets) % size)] += stamps[kind]
    return images


def context(size: int | None = None) -> Dataset:
    """Two discs and two rings; the class is whether like stands beside like.

    Args:
        size: side in pixels, 48 to 256; None for 48. Larger images show the same scene finer.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, NATIVE, least=NATIVE)
    truth: dict[SplitName, NDArray[np.int64]] = {}

    def painter(part: SplitName, n: int, rng: np.random.Generator) -> Split:
        labels = assembly.dealt_labels(n, n // 2, rng)
        truth[part] = arrangements(labels, rng)
        return Split(sample(truth[part], side, rng), labels, assembly.case_ids(part, n))

    parts = assembly.paint(SEED, SIZES, painter)
    return Dataset(
        name=NAME,
        class_names=("mixed pairs", "like pairs"),
        provenance=assembly.provenance("discs and rings in pairs", SEED),
        positive=1,
        known_answer=KnownAnswer(
            "Both classes hold the same cells at the same distances; only which kind stands "
            "beside which differs. Gray levels, local texture and the shape of single structures "
            "hold nothing to find, the relation of two structures all there is. "
            f"{EXCEPTIONS:.0%} of the images are exceptions: no method can reach an AUC above "
            f"{1 - EXCEPTIONS:.2f} but by chance.",
            ideal_auc=1 - EXCEPTIONS,
            ideal_scores=truth["test"].astype(np.float64),
        ),
        train=parts["train"],
        val=parts["val"],
        test=parts["test"],
    )


def sample(like: NDArray[np.int64], size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One image for each arrangement: `(n, size, size, 1) uint8`."""
    noise = band_limited(size, NATIVE / 2, NOISE)
    images = np.empty((len(like), size, size, 1), dtype=np.uint8)
    for start in range(0, len(like), 256):
        block = like[start : start + 256]
        clean = drawn(places(len(block), size, rng), kinds(block, rng), size)
        contrast = rng.uniform(*CONTRAST, (len(block), 1, 1))
        grain = coloured(rng.standard_normal(clean.shape), noise)
        images[start : start + 256] = assembly.gray_levels(BACKGROUND + contrast * clean + grain)
    return images


def _shortest(difference: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Components of vectors `(..., 2)` on the periodic field, first axis (row, column)."""
    wrapped = (difference + size // 2) % size - size // 2
    return np.moveaxis(wrapped, -1, 0)
