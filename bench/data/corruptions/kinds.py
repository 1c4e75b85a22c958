"""Every corruption, its five levels, and the modalities in which it occurs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.corruptions import blur, digital, levels, mri, noise, objects
from bench.data.corruptions.draws import Draws, Floats
from bench.protocol.errors import UsageError, did_you_mean

MODALITIES = ("ct", "dermatoscopy", "fundus", "microscopy", "mri", "oct", "ultrasound", "xray")
"""Words for how images were made, where corruptions beside the general ones are known."""

SEVERITIES = (1, 2, 3, 4, 5)

_PIXELS = 1 << 21  # of images that are worked on at a time
_TIE = 1e-6  # so that what lies between two gray levels goes the same way wherever it is computed


@dataclass(frozen=True)
class Kind:
    """A corruption.

    Attributes:
        apply: images `(n, h, w, 1 or 3)` float64 from 0 to 255, a level, draws → the same, spoilt.
        levels: of severities 1 to 5.
        modalities: in which it occurs; () for all.
        colour: whether it changes images with colours only.
    """

    apply: Callable[[Floats, Any, Draws], Floats]
    levels: tuple[Any, Any, Any, Any, Any]
    modalities: tuple[str, ...] = ()
    colour: bool = False


KINDS: dict[str, Kind] = {
    "gaussian-noise": Kind(noise.gaussian, (0.04, 0.08, 0.12, 0.18, 0.26)),
    "shot-noise": Kind(noise.shot, (60, 25, 18, 10, 5)),
    "impulse-noise": Kind(noise.impulse, (0.01, 0.03, 0.06, 0.09, 0.17)),
    "speckle-noise": Kind(noise.speckle_noise, (0.05, 0.15, 0.20, 0.35, 0.45)),
    "defocus-blur": Kind(blur.defocus, (4, 5, 6, 7, 8)),
    "gaussian-blur": Kind(blur.gaussian, (1.1, 1.7, 2.3, 3.2, 4.1)),
    "motion-blur": Kind(blur.motion, (3.0, 4.0, 5.0, 7.0, 9.0)),
    "zoom-blur": Kind(blur.zoom, (1.10, 1.15, 1.20, 1.25, 1.30)),
    "jpeg": Kind(digital.jpeg, (50, 30, 15, 10, 7)),
    "pixelate": Kind(digital.pixelate, (22, 18, 14, 11, 8)),
    "brightness-up": Kind(levels.brightness, (1.1, 1.2, 1.3, 1.4, 1.5)),
    "brightness-down": Kind(levels.brightness, (0.9, 0.8, 0.7, 0.6, 0.5)),
    "contrast-up": Kind(levels.contrast, (1.1, 1.2, 1.3, 1.4, 1.6)),
    "contrast-down": Kind(levels.contrast, (0.9, 0.8, 0.7, 0.6, 0.4)),
    "gamma-up": Kind(levels.gamma, (1.1, 1.2, 1.3, 1.4, 1.6)),
    "gamma-down": Kind(levels.gamma, (0.9, 0.8, 0.7, 0.6, 0.4)),
    "saturation": Kind(levels.saturation, (0.05, 0.10, 0.15, 0.20, 0.25), colour=True),
    "speckle": Kind(noise.speckle, (0.15, 0.30, 0.45, 0.60, 0.80), ("oct", "ultrasound")),
    "bias-field": Kind(mri.bias_field, (0.2, 0.35, 0.5, 0.7, 1.0), ("mri",)),
    "ringing": Kind(mri.ringing, (22, 18, 14, 11, 8), ("mri",)),
    "ghosting": Kind(mri.ghosting, (0.04, 0.08, 0.12, 0.17, 0.22), ("mri",)),
    "motion-artefact": Kind(mri.motion_artefact, (1.0, 2.0, 3.5, 5.5, 8.0), ("mri",)),
    "bubbles": Kind(
        objects.bubbles, ((7, 15), (10, 15), (12, 15), (15, 20), (17, 25)), ("microscopy",)
    ),
    "stain-deposits": Kind(
        objects.stain_deposits,
        ((1, 10.0), (2, 10.0), (3, 10.0), (4, 10.0), (5, 13.4)),
        ("microscopy",),
    ),
    "black-corner": Kind(objects.black_corner, (1.10, 1.05, 1.00, 0.95, 0.90), ("dermatoscopy",)),
    "characters": Kind(
        objects.characters,
        ((1, 6, 0.14), (2, 7, 0.15), (3, 8, 0.16), (4, 9, 0.17), (6, 10, 0.18)),
        ("dermatoscopy",),
    ),
}
"""The corruptions by name."""


def names(modality: str | None = None, channels: int | None = None) -> tuple[str, ...]:
    """Names of corruptions, the general ones first.

    Args:
        modality: a word of `MODALITIES` adds those that occur there; "" gives the general ones;
            None all there are.
        channels: of the images that are to be spoilt: of gray ones (1 and 2), those that change
            colours alone are left out. None leaves none out.

    Raises:
        UsageError: if the modality is unknown.

    >>> names("ultrasound", channels=1)[-2:]
    ('gamma-down', 'speckle')
    """
    if modality and modality not in MODALITIES:
        raise UsageError(f"Unknown modality {modality!r}. {did_you_mean(modality, MODALITIES)}")
    return tuple(
        name
        for name, kind in KINDS.items()
        if (modality is None or not kind.modalities or modality in kind.modalities)
        and not (kind.colour and channels is not None and channels <= 2)
    )


def corrupt(
    images: NDArray[np.uint8], kind: str, severity: int, seed: int = 0
) -> NDArray[np.uint8]:
    """The images, spoilt; masks are left as they are.

    Args:
        images: `(n, h, w, c)`: 1 gray, 2 gray + mask, 3 RGB, 4 RGB + mask; of any size.
        kind: one of `names()`.
        severity: 1 to 5.
        seed: of what is random. An image is spoilt in the same way whatever stands beside it.

    Returns:
        A new array of the same shape.

    Raises:
        UsageError: if the kind or severity is unknown, or the kind changes colours and there are
            none.
    """
    if kind not in KINDS:
        raise UsageError(f"Unknown corruption {kind!r}. {did_you_mean(kind, KINDS)}")
    if severity not in SEVERITIES:
        raise UsageError(f"Corruption {kind!r}: severity {severity!r}; it runs from 1 to 5.")
    c = images.shape[3]
    colours = c - (c % 2 == 0)
    if KINDS[kind].colour and colours == 1:
        raise UsageError(f"Corruption {kind!r} changes colours, and the images are gray.")
    spoilt = np.array(images)
    few = max(1, _PIXELS // int(np.prod(images.shape[1:3])))
    for start in range(0, len(images), few):
        part = slice(start, start + few)
        given = np.ascontiguousarray(images[part, ..., :colours])
        draws = Draws(given, kind, seed)
        found = KINDS[kind].apply(given.astype(np.float64), KINDS[kind].levels[severity - 1], draws)
        spoilt[part, ..., :colours] = np.floor(np.clip(found, 0, 255) + (0.5 + _TIE))
    return spoilt
