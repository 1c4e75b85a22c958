"""Small pictures in folders."""

from pathlib import Path

import numpy as np
from PIL import Image


def picture(path: Path, seed: int = 0) -> Path:
    """A gray picture of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (16, 16)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    return path


def sixteen(root: Path) -> list[str]:
    """a/0.png, b/1.png, a/2.png ... b/15.png"""
    names = [f"{'ab'[i % 2]}/{i}.png" for i in range(16)]
    for i, name in enumerate(names):
        picture(root / name, i)
    return names


def write_manifest(root: Path, head: str, rows: list[str], encoding: str = "utf-8") -> None:
    """A manifest of these lines."""
    text = "\n".join([head, *rows]) + "\n"
    (root / "manifest.csv").write_bytes(text.encode(encoding))
