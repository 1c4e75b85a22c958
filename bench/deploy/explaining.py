"""Where in an image a model sees what speaks for a class, as pictures.

A method's hook `explain` says it; of two classes for the positive one, of more for the one that is
most probable. The hook is code of an installed package, found by the method's name.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.deploy.manifest import Manifest, Model
from bench.protocol.errors import BenchError, DataError

Images = NDArray[np.uint8]
Maps = NDArray[np.float64]

_SIDE = 256  # px of the longer side of a picture, at least
_HOT = np.array([230, 159, 0], dtype=np.float64)  # colour where a map is highest
_OPAQUE = 0.65


def hook_of(model: Model) -> Callable[[Any, Images, NDArray[np.int64]], Any] | None:
    """The hook of a model's method; None where it has none, or is not installed here."""
    from bench.methods import discovery
    from bench.methods.spec import MethodSpec

    try:
        return MethodSpec.of(discovery.method(model.name, {}).load()).explain
    except BenchError:
        return None


def maps_of(
    model: Model,
    manifest: Manifest,
    estimator: Any,
    images: Images,
    probabilities: NDArray[np.float64],
) -> Maps | None:
    """`(n, gh, gw)` not negative, None where the method cannot say."""
    hook = hook_of(model)
    if hook is None:
        return None
    targets = probabilities.argmax(axis=1).astype(np.int64)
    if manifest.positive is not None:
        targets[:] = manifest.positive
    found = np.asarray(hook(estimator, images, targets), dtype=np.float64)
    if found.ndim != 3 or len(found) != len(images) or not np.isfinite(found).all():
        raise DataError(f"{model.name}: its maps have the shape {found.shape}, or are not finite.")
    return found


def picture_of(image: Images) -> Image.Image:
    """An image `(h, w, c)` as a method sees it, in colours and without its mask, so large that one
    can look at it."""
    channels = image.shape[2]
    colours = image[..., : channels - (channels % 2 == 0)]
    picture = Image.fromarray(colours[..., 0] if colours.shape[2] == 1 else colours).convert("RGB")
    scale = max(1, _SIDE // max(picture.size))
    size = (picture.width * scale, picture.height * scale)
    return picture.resize(size, Image.Resampling.NEAREST)


def heatmap(image: Images, grid: Maps) -> Image.Image:
    """An image `(h, w, c)` with a map `(gh, gw)` laid over it."""
    picture = picture_of(image)
    below = np.asarray(picture, dtype=np.float64)
    highest = float(grid.max())
    share = (grid / highest if highest > 0 else grid).astype(np.float32)
    over = np.asarray(Image.fromarray(share).resize(picture.size, Image.Resampling.BILINEAR))
    weight = _OPAQUE * np.clip(over, 0, 1)[..., None]
    return Image.fromarray(np.rint(below * (1 - weight) + _HOT * weight).astype(np.uint8))


def write_heatmap(folder: Path, name: str, image: Images, grid: Maps) -> Path:
    """Write an image with the map over it as a PNG.

    Args:
        folder: of the pictures; is made.
        name: of the case; what a file name cannot hold is percent-encoded.
        image: `(h, w, c)`.
        grid: `(gh, gw)`.

    Raises:
        DataError: if it cannot be written.
    """
    path = folder / f"{quote(name, safe=' +@,=#')[:200]}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        heatmap(image, grid).save(path)
    except OSError as error:
        raise DataError(f"--explain {folder}: cannot be written ({error.strerror}).") from None
    return path
