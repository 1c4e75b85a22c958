"""What magnetic resonance imaging does to an image: coil, sampling of k-space, moving patient.

Each function takes images `(n, h, w, c)` float64 from 0 to 255 without a mask, a level, and the
draws of the images. The phase-encoding axis, rows or columns, is drawn for each image. The image is
taken to be the magnitude of one whose phase is 0, and to go on periodically, as one scanner's field
of view does.
"""

from collections.abc import Callable

import numpy as np
from numpy.polynomial import legendre
from scipy import fft

from bench.data.corruptions.draws import Draws, Floats
from bench.data.corruptions.lengths import across, scaled

Spoil = Callable[[Floats, Floats], Floats]

_ORDER = 3  # of the polynomial of a bias field
_MOVES = (-10.5, -7.0, -3.5, 3.5, 7.0, 10.5)  # lines of k-space before which the patient moves


def bias_field(images: Floats, level: float, draws: Draws) -> Floats:
    """An uneven coil: times a smooth field from exp(−level) to exp(level).

    The field's logarithm is a random polynomial of third order (as in Van Leemput et al. 1999, IEEE
    Trans. Med. Imaging 18:885), with Legendre's as its terms, without a constant.
    """
    n, h, w, _ = images.shape
    rows = legendre.legvander(np.linspace(-1, 1, h), _ORDER)  # (h, 4)
    columns = legendre.legvander(np.linspace(-1, 1, w), _ORDER)
    weights = draws.normal(_ORDER + 1, _ORDER + 1)
    degree = np.add.outer(np.arange(_ORDER + 1), np.arange(_ORDER + 1))
    weights = weights * ((degree > 0) & (degree <= _ORDER))
    field = rows @ weights @ columns.T  # (n, h, w)
    field -= field.mean(axis=(1, 2), keepdims=True)
    field /= np.abs(field).reshape(n, -1).max(axis=1)[:, None, None]
    spoilt: Floats = images * np.exp(level * field)[..., None]
    return spoilt


def ringing(images: Floats, lines: float, draws: Draws) -> Floats:
    """Gibbs ringing: of k-space the central `lines` along the phase axis were measured."""

    def truncated(turned: Floats, turned_draws: Floats) -> Floats:  # noqa: ARG001
        h = turned.shape[1]
        kept = across(lines, turned.shape) * h / min(turned.shape[1:3])
        far = np.abs(fft.fftfreq(h, 1 / h))
        weight = np.clip((kept + 1) / 2 - far, 0, 1)  # the outermost line is kept in part
        k_space = fft.fft(turned, axis=1) * weight[:, None, None]
        magnitude: Floats = np.abs(fft.ifft(k_space, axis=1))
        return magnitude

    return _along_phase(images, draws, truncated, 0)


def ghosting(images: Floats, level: float, draws: Draws) -> Floats:
    """Ghosts along the phase axis: every second to fourth line of k-space is weaker.

    With every m-th line weakened, copies lie 1/m of the field of view apart, each with the share
    `level` of the image.
    """

    def ghosts(turned: Floats, numbers: Floats) -> Floats:
        h = turned.shape[1]
        line = np.arange(h)[None, :]
        step = 2 + np.floor(3 * numbers[:, :1])  # (n, 1): 2, 3 or 4
        weaker = np.where(line % step == 0, step * level, 0.0)  # (n, h)
        k_space = fft.fft(turned, axis=1) * (1 - weaker)[..., None, None]
        mean = turned.mean(axis=(1, 2), keepdims=True)
        whole = fft.ifft(k_space, axis=1) + step[..., None, None] * level * mean
        magnitude: Floats = np.abs(whole)
        return magnitude

    return _along_phase(images, draws, ghosts, 1)


def motion_artefact(images: Floats, level: float, draws: Draws) -> Floats:
    """The patient moves during the acquisition.

    Before some lines along the phase axis the patient moves, within the image: by a normal distance
    of standard deviation `level`, in pixels of a side of 224, along both axes. While the centre of
    k-space is measured, which makes most of the image, they lie where they belong (as in Shaw et
    al. 2019, "MRI k-space motion artefact augmentation", without rotation).
    """

    def moved(turned: Floats, numbers: Floats) -> Floats:
        n, h, w, _ = turned.shape
        rows, columns = fft.fftfreq(h), fft.fftfreq(w)
        moves = [across(line, turned.shape) for line in _MOVES]
        stretch = np.searchsorted(moves, np.rint(rows * h))  # (h,)
        shift = scaled(level, turned.shape) * numbers.reshape(n, 2, len(moves) + 1)
        shift[:, :, len(moves) // 2] = 0
        down, right = shift[:, 0][:, stretch], shift[:, 1][:, stretch]  # (n, h)
        turns = down[..., None] * rows[:, None] + right[..., None] * columns  # (n, h, w)
        k_space = fft.fft2(turned, axes=(1, 2)) * np.exp(-2j * np.pi * turns)[..., None]
        magnitude: Floats = np.abs(fft.ifft2(k_space, axes=(1, 2)))
        return magnitude

    return _along_phase(images, draws, moved, 2 * (len(_MOVES) + 1))


def _along_phase(images: Floats, draws: Draws, spoil: Spoil, numbers: int) -> Floats:
    """`spoil` with the phase axis as rows, of each image the one that was drawn.

    Args:
        images: `(n, h, w, c)`.
        draws: of the images.
        spoil: images, and numbers drawn for them, → images.
        numbers: standard normal numbers for each, or one uniform number where it is 1.
    """
    by_rows = draws.uniform() < 0.5  # (n,)
    drawn = draws.uniform(2)[:, 1:] if numbers == 1 else draws.normal(numbers)
    spoilt = np.empty_like(images)
    for rows in (True, False):
        chosen = by_rows == rows
        if chosen.any():
            turned = images[chosen] if rows else images[chosen].swapaxes(1, 2)
            found = spoil(turned, drawn[chosen])
            spoilt[chosen] = found if rows else found.swapaxes(1, 2)
    return spoilt
