"""Small pictures of images, for the readers of a report that cannot open the images."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.dataset import Split
from bench.protocol.predictions import Thumbnails

LARGEST = 64
"""Pixels of the longer side of a thumbnail."""

MOST = 2_000
"""Of more test images than this a sample is pictured."""

LARGEST_SEGMENTED = 160
"""Pixels of the longer side of a picture on which contours are drawn."""

MOST_SEGMENTED = 500
"""Of such pictures."""

_CONTOUR = (230, 159, 0)  # colour of the lesion's outline, distinct for colour-blind readers
_SEED = 0


def thumbnail(image: NDArray[np.uint8], largest: int = LARGEST) -> bytes:
    """A PNG of at most `largest` px, the lesion's outline drawn in where there is a mask.

    Args:
        image: `(h, w, c)`, the last channel of an even count is the mask.
        largest: of the longer side.
    """
    channels = image.shape[2]
    colours = image[..., : channels - (channels % 2 == 0)]
    picture = Image.fromarray(colours[..., 0] if colours.shape[2] == 1 else colours)
    picture.thumbnail((largest, largest))
    if channels % 2 == 0:
        mask = Image.fromarray(image[..., -1]).resize(picture.size, Image.Resampling.NEAREST)
        inside = np.pad(np.asarray(mask) > 0, 1)
        core = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
        drawn = np.array(picture.convert("RGB"))
        drawn[inside[1:-1, 1:-1] & ~core] = _CONTOUR
        picture = Image.fromarray(drawn)
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def of_test_cases(parts: Sequence[Split]) -> Thumbnails:
    """Thumbnails of the test images, of a sample of them where there are more than `MOST`.

    The sample has the class frequencies of the whole and is the same for the same cases. For
    segmentation the pictures are larger and fewer, and nothing is drawn in: a report draws there.

    Args:
        parts: the test part, or that of each fold.
    """
    places = [(part, row) for part in parts for row in range(len(part))]
    labels = np.concatenate([part.labels for part in parts])
    segments = any(part.targets is not None for part in parts)
    most, largest = (MOST_SEGMENTED, LARGEST_SEGMENTED) if segments else (MOST, LARGEST)
    chosen = [places[i] for i in sample(labels, most)]
    return Thumbnails(
        case_ids=np.array([part.case_ids[row] for part, row in chosen], dtype=np.str_),
        pngs=tuple(thumbnail(part.images[row], largest) for part, row in chosen),
    )


def with_outline(part: Split, row: int) -> NDArray[np.uint8]:
    """An image `(h, w, c)` of a part, of segmentation with what is not background as its mask."""
    image: NDArray[np.uint8] = part.images[row]
    if part.targets is None:
        return image
    inside = np.where(part.targets[row] > 0, 255, 0).astype(np.uint8)
    outlined: NDArray[np.uint8] = np.concatenate([image, inside[..., None]], axis=-1)
    return outlined


def sample(labels: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """Ascending rows of a sample of at most `most` cases that keeps the class frequencies.

    >>> sample(np.array([0, 0, 0, 0, 0, 0, 1, 1, 1]), 3).tolist()
    [4, 5, 6]
    """
    shuffled = np.random.default_rng(_SEED).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = shuffled[labels[shuffled] == label]
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.sort(np.argsort(place, kind="stable")[:most])
