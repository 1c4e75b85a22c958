"""Our corruptions against the images that MedMNIST-C's own package makes, at 224 px.

    pip install --no-deps medmnistc medmnist; pip install opencv-python-headless torchvision wand
    BENCH_DATA=… python tests/benchmarks/medmnistc.py [SET]...

For every corruption of MedMNIST-C: the mean distance of its images from the original at its five
severities, that of ours at the same levels, and where nothing is random how far ours are from its
images. Last, our own levels. Its motion blur needs ImageMagick and is left out without it; its
package is no dependency of this one.
"""

import random
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from PIL import Image

try:
    import wand.image  # noqa: F401
except ImportError:  # without ImageMagick
    sys.modules["wand"] = types.ModuleType("wand")
    sys.modules["wand.image"] = types.SimpleNamespace(Image=object)
    sys.modules["wand.api"] = types.SimpleNamespace(library=None)

from medmnistc.corruptions import registry

from bench.data.corruptions import SEVERITIES, blur, corrupt, digital, levels, noise, objects
from bench.data.corruptions.draws import Draws
from bench.data.sets import local

N = 12
SETS = {"breastmnist": "busi", "chestmnist": "busi", "dermamnist": "skin-lesions",
        "bloodmnist": "white-blood-cells"}  # fmt: skip

Images = np.ndarray


def sigma(kernel: int) -> float:
    """The standard deviation that torchvision takes for a Gaussian kernel of that many pixels."""
    return 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8


def same(level: Any) -> Any:
    return level


OURS: dict[str, tuple[str, Callable[..., Images], Callable[[Any], Any], bool]] = {
    # theirs: ours, the function, their level in our terms, whether there is anything random in it
    "pixelate": ("pixelate", digital.pixelate, lambda share: int(224 * share), False),
    "jpeg_compression": ("jpeg", digital.jpeg, same, False),
    "gaussian_noise": ("gaussian-noise", noise.gaussian, same, True),
    "speckle_noise": ("speckle-noise", noise.speckle_noise, same, True),
    "impulse_noise": ("impulse-noise", noise.impulse, same, True),
    "shot_noise": ("shot-noise", noise.shot, same, True),
    "defocus_blur": ("defocus-blur", blur.defocus, lambda radius: radius[0], False),
    "gaussian_blur": ("gaussian-blur", blur.gaussian, sigma, False),
    "zoom_blur": ("zoom-blur", blur.zoom, lambda factors: factors[-1], False),
    "brightness_up": ("brightness-up", levels.brightness, same, False),
    "brightness_down": ("brightness-down", levels.brightness, same, False),
    "contrast_up": ("contrast-up", levels.contrast, same, False),
    "contrast_down": ("contrast-down", levels.contrast, same, False),
    "gamma_corr_up": ("gamma-up", levels.gamma, same, False),
    "gamma_corr_down": ("gamma-down", levels.gamma, same, False),
    "saturate": ("saturation", levels.saturation, same, False),
    "stain_deposit": ("stain-deposits", objects.stain_deposits, lambda most: (most, 10.0), True),
    "bubble": ("bubbles", objects.bubbles, same, True),
    "black_corner": ("black-corner", objects.black_corner, same, False),
    "characters": ("characters", objects.characters, same, True),
}


def originals(name: str) -> Images:
    images = np.array(local.load(name, 224).test.images[:N])
    return images[..., : images.shape[3] - (images.shape[3] % 2 == 0)]


def theirs(corruption: Any, severity: int, images: Images) -> Images:
    """As their `DatasetManager` makes them: by RGB, and gray again."""
    found = []
    for image in images:
        gray = image.shape[2] == 1
        picture = Image.fromarray(image[..., 0] if gray else image).convert("RGB")
        spoilt = Image.fromarray(np.asarray(corruption.apply(picture, severity)))
        found.append(np.asarray(spoilt.convert("L" if gray else "RGB")).reshape(image.shape))
    return np.stack(found)


def ours(function: Callable[..., Images], level: Any, images: Images) -> Images:
    given = images.astype(np.float64)
    return np.rint(np.clip(function(given, level, Draws(images, "compared", 0)), 0, 255))


def apart(a: Images, b: Images) -> float:
    return float(np.abs(a.astype(float) - b).mean())


def row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def numbers(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


def main() -> None:
    names = ("of MedMNIST-C", "images", "its distance", "ours at its levels", "apart", "our levels")
    row(*names)
    row(*("---" for _ in names))
    cached: dict[str, Images] = {}
    for dataset in sys.argv[1:] or SETS:
        own = SETS[dataset]
        if own not in cached:
            cached[own] = originals(own)
        images = cached[own]
        for name, corruption in registry.CORRUPTIONS_DS[dataset].items():
            if name not in OURS:  # the motion blur, without ImageMagick
                row(name, own, "not compared", "", "", "")
                continue
            random.seed(0)
            np.random.seed(0)  # noqa: NPY002 - what their code draws from
            corruption.rng = np.random.default_rng(0)
            kind, function, converted, is_random = OURS[name]
            of_theirs, of_ours, differ = [], [], []
            for severity, level in enumerate(corruption.severity_params[:5]):
                its = theirs(corruption, severity, images)
                mine = ours(function, converted(level), images)
                of_theirs.append(apart(its, images))
                of_ours.append(apart(mine, images))
                differ.append(apart(its, mine))
            own_levels = [apart(corrupt(images, kind, s), images) for s in SEVERITIES]
            told = "random" if is_random else f"{np.mean(differ):.2f}"
            row(name, own, numbers(of_theirs), numbers(of_ours), told, numbers(own_levels))


if __name__ == "__main__":
    main()
