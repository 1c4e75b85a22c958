"""A small folder of images of two classes, and bundles that are trained on it, for tests."""

import numpy as np
from PIL import Image

from bench.cli.main import run_command

CLASSES = ("benign", "malignant")


def images(n, seed=0, side=24):
    """n gray images of each class: noise with a disc, which is brighter in the second."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[:side, :side]
    found = {}
    for c, name in enumerate(CLASSES):
        pictures = random.normal(100, 20, (n, side, side))
        centres = random.uniform(side * 0.4, side * 0.6, (n, 2))
        for picture, (y, x) in zip(pictures, centres, strict=True):
            picture[(rows - y) ** 2 + (cols - x) ** 2 < (side / 5) ** 2] += 25 + 12 * c
        found[name] = np.clip(pictures, 0, 255).astype(np.uint8)
    return found


def write_folder(root, n=30, seed=0, side=24):
    """A folder with a sub-folder for each class."""
    for name, pictures in images(n, seed, side).items():
        (root / name).mkdir(parents=True)
        for i, picture in enumerate(pictures):
            Image.fromarray(picture).save(root / name / f"{i:03d}.png")
    return root


def train(folder, out, *arguments, method="mean-brightness"):
    """Train a bundle by the command line."""
    command = ["train", "--data", str(folder), "--size", "24", "--out", str(out)]
    assert run_command([*command, "--method", method, *arguments]) == 0
    return out
