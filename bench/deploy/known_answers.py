"""Images whose probabilities a bundle knows, so that another version of a library is noticed.

They are generated and show nobody: smooth noise of the brightness and contrast of the training
images, coarser from one to the next, with an ellipse as the mask where there is one.
"""

import numpy as np
from numpy.typing import NDArray

COUNT = 8

TOLERANCE = 1e-4
"""Probabilities that differ by more are other probabilities. Another processor, or another build of
a library, changes sums of single precision by a hundredth of that."""

_SEED = 20


def generated(shape: tuple[int, int, int], brightness: float, contrast: float) -> NDArray[np.uint8]:
    """`(COUNT, h, w, c)`, the same for the same arguments.

    Args:
        shape: (h, w, c) of the images.
        brightness, contrast: mean and standard deviation of gray levels.
    """
    from scipy.ndimage import gaussian_filter

    h, w, c = shape
    colours = c - (c % 2 == 0)
    random = np.random.default_rng(_SEED)
    images = np.zeros((COUNT, h, w, c), np.uint8)
    rows, cols = np.mgrid[:h, :w]
    for i, image in enumerate(images):
        for channel in range(colours):
            field = gaussian_filter(random.standard_normal((h, w)), 0.4 + 0.6 * i)
            field = (field - field.mean()) / (field.std() or 1.0)
            levels = brightness + (0.6 + 0.15 * i) * contrast * field
            image[..., channel] = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
        if colours < c:
            high, wide = h * (0.15 + 0.03 * i), w * (0.35 - 0.03 * i)
            inside = ((rows - h / 2) / high) ** 2 + ((cols - w / 2) / wide) ** 2 <= 1
            image[inside, -1] = 255
    return images
