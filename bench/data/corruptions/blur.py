"""Out of focus, smoothed, moved, zoomed during the exposure.

Each function takes images `(n, h, w, c)` float64 from 0 to 255 without a mask, a length in pixels
of a side of 224 (or a factor), and the draws of the images. A kernel is applied through its
transform, so that one narrower than a pixel works as well as a wide one; images go on mirrored
beyond their border. Every kernel is symmetric, so that nothing is shifted.
"""

from collections.abc import Callable

import numpy as np
from scipy import fft
from scipy.special import j1

from bench.data.corruptions.draws import Draws, Floats
from bench.data.corruptions.lengths import scaled

Transfer = Callable[[Floats], Floats]

_ZOOMS = 11  # magnifications that are averaged
_STEEPEST = np.pi / 4  # of the direction of motion from the horizontal


def gaussian(images: Floats, sigma: float, draws: Draws) -> Floats:  # noqa: ARG001
    """A Gaussian of standard deviation `sigma`."""
    return _symmetric(images, lambda f: np.exp(-2 * (np.pi * scaled(sigma, images.shape) * f) ** 2))


def defocus(images: Floats, radius: float, draws: Draws) -> Floats:  # noqa: ARG001
    """A disc, as a lens out of focus makes of a point."""

    def transfer(f: Floats) -> Floats:
        x = 2 * np.pi * scaled(radius, images.shape) * np.maximum(f, 1e-12)
        disc: Floats = 2 * j1(x) / x
        return disc

    return _symmetric(images, transfer)


def motion(images: Floats, sigma: float, draws: Draws) -> Floats:
    """A Gaussian of standard deviation `sigma` along a line, up to 45° steep, drawn for each image.

    MedMNIST-C takes half a Gaussian, from the pixel to one side, which shifts the image.
    """
    h, w = images.shape[1:3]
    length = scaled(sigma, images.shape)
    pad = int(np.ceil(3 * length)) + 1
    angle = (2 * draws.uniform() - 1) * _STEEPEST  # (n,)
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)), "symmetric")
    shape = tuple(fft.next_fast_len(side + 2 * pad, real=True) for side in (h, w))
    more = [(0, 0), *((0, goal - side - 2 * pad) for goal, side in zip(shape, (h, w), strict=True))]
    padded = np.pad(padded, [*more, (0, 0)], "edge")
    rows, columns = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])[None, :]
    angle = angle[:, None, None]
    along = np.cos(angle) * columns + np.sin(angle) * rows  # (n, h, w/2 + 1)
    transfer = np.exp(-2 * (np.pi * length * along) ** 2)
    spectrum = fft.rfft2(padded, axes=(1, 2)) * transfer[..., None]
    blurred: Floats = fft.irfft2(spectrum, s=shape, axes=(1, 2))
    return blurred[:, pad : pad + h, pad : pad + w]


def zoom(images: Floats, most: float, draws: Draws) -> Floats:  # noqa: ARG001
    """The mean of the image magnified by 1 to `most` about its centre."""
    h, w = images.shape[1:3]
    total = np.zeros_like(images)
    turned = np.moveaxis(images, 3, 1)  # (n, c, h, w)
    for factor in np.linspace(1, most, _ZOOMS):
        rows, columns = _magnifying(h, factor), _magnifying(w, factor)
        total += np.moveaxis(rows @ turned @ columns.T, 1, 3)
    zoomed: Floats = total / _ZOOMS
    return zoomed


def _magnifying(side: int, factor: float) -> Floats:
    """`(side, side)` weights of linear interpolation that magnify a line about its centre."""
    centre = (side - 1) / 2
    place = centre + (np.arange(side) - centre) / factor
    low = np.clip(np.floor(place).astype(int), 0, side - 2)
    share = place - low
    weights = np.zeros((side, side))
    weights[np.arange(side), low] = 1 - share
    weights[np.arange(side), low + 1] = share
    return weights


def _symmetric(images: Floats, transfer: Transfer) -> Floats:
    """The images through a kernel that depends on the distance alone, mirrored at the border.

    Args:
        images: `(n, h, w, c)`.
        transfer: frequency, cycles per px → by what it is multiplied.
    """
    rows, columns = (np.arange(side) / (2 * side) for side in images.shape[1:3])
    weights = transfer(np.hypot(rows[:, None], columns[None, :]))
    spectrum = fft.dctn(images, axes=(1, 2)) * weights[..., None]
    blurred: Floats = fft.idctn(spectrum, axes=(1, 2))
    return blurred
