"""Random changes of images together with the classes of their pixels."""

from torch import Generator, Tensor

from deep.training.augmentation import (
    Augmentation,
    change_light,
    sampled,
    sampling_grid,
)


def augment_pairs(
    images: Tensor, targets: Tensor, settings: Augmentation, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Randomly changed images and their classes of pixels, moved alike.

    What enters at the border repeats the border, in both.

    Args:
        images: `(b, c, s, s)` uint8.
        targets: `(b, s, s)` uint8.
        settings: what is drawn.
        generator: on their device.

    Returns:
        Images `(b, c, s, s)` float32 in gray levels, and classes `(b, s, s)` int64.
    """
    values, classes = images.float(), targets
    grid = sampling_grid(len(images), images.shape[-1], settings, generator)
    if grid is not None:
        values = sampled(values, grid, "bilinear")
        classes = sampled(targets.unsqueeze(1).float(), grid, "nearest").squeeze(1)
    change_light(values, settings, generator)
    return values, classes.long()
