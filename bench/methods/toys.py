"""Small made-up data that any sound method can learn; the contract is checked on them."""

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Maps = NDArray[np.uint8]


def toy(
    channels: int = 1, classes: int = 2, per_class: int = 20, side: int = 32, seed: int = 0
) -> tuple[Images, Labels]:
    """Separable images: noise, with a bright square whose size and brightness tell the class.

    Args:
        channels: 1 gray, 2 gray + mask, 3 RGB, 4 RGB + mask.
        classes: number of classes.
        per_class: images of each.
        side: height and width, px.
        seed: of the noise and positions.

    Returns:
        images `(n, side, side, channels)` uint8 and labels `(n,)` int64, classes in turn.
    """
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(classes), per_class)
    colours = channels - (channels % 2 == 0)
    images = rng.integers(20, 80, (len(labels), side, side, channels)).astype(np.uint8)
    if colours != channels:
        images[..., -1] = 0
    for image, label in zip(images, labels, strict=True):
        width = side // 4 + (side // 3) * label // max(classes - 1, 1)
        top, left = rng.integers(1, side - width - 1, 2)
        inside = image[top : top + width, left : left + width]
        inside[..., :colours] += np.uint8(40 + 100 * label // (classes - 1))
        if colours != channels:
            inside[..., -1] = 255
    return images, labels.astype(np.int64)


def toy_maps(
    channels: int = 1, classes: int = 2, n: int = 12, side: int = 48, seed: int = 0
) -> tuple[Images, Maps]:
    """Images whose classes of pixels differ in brightness: noise with a disc for each class.

    Args:
        channels: 1 gray, 3 RGB.
        classes: of pixels, the background among them.
        n: images. Every fourth is empty.
        side: height and width, px.
        seed: of the noise and positions.

    Returns:
        images `(n, side, side, channels)` uint8 and class indices `(n, side, side)` uint8.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    images = rng.normal(60, 8, (n, side, side, channels))
    maps = np.zeros((n, side, side), np.uint8)
    for i in range(n):
        if i % 4 == 3:
            continue
        for c in range(1, classes):
            radius = side * rng.uniform(0.12, 0.2)
            middle = rng.uniform(radius, side - radius, 2)
            inside = np.hypot(rows - middle[0], columns - middle[1]) < radius
            maps[i][inside] = c
        images[i] += (120 * maps[i] / (classes - 1))[..., None]
    return np.clip(np.rint(images), 0, 255).astype(np.uint8), maps
