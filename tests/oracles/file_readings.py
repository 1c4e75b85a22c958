"""What image files and tables hold, read by other libraries than ours and by the shortest way.

Nothing of ours is imported. A reading that cannot be made raises whatever the library raises.
"""

import io

import imagecodecs
import nibabel
import numpy as np
import pandas as pd
import tifffile


def png(content):
    """libpng by imagecodecs: `(h, w)` or `(h, w, 3)`, without transparency."""
    return without_alpha(imagecodecs.png_decode(content))


def jpeg(content):
    """libjpeg by imagecodecs."""
    return imagecodecs.jpeg8_decode(content)


def tiff(content):
    """tifffile, one page; gray or RGB, white turned to 0 where it says so."""
    with tifffile.TiffFile(io.BytesIO(content)) as opened:
        (page,) = opened.pages
        values = page.asarray()
        if page.photometric not in (0, 1, 2) or values.dtype.kind != "u":
            raise ValueError("neither gray nor RGB")
        if page.photometric == 0:
            values = 2**page.bitspersample - 1 - values.astype(np.int64)
        if page.tags.get(274) is not None and page.tags[274].value != 1:
            raise ValueError("turned")
        if values.ndim == 3 and page.planarconfig == 2:
            values = np.moveaxis(values, 0, 2)
        return without_alpha(values)


def nifti(content):
    """nibabel: the middle slice of the last axis, in RAS+, as 0 to 255 between percentiles."""
    size = int.from_bytes(content[:4], "little")
    size = size if size in (348, 540) else int.from_bytes(content[:4], "big")
    kind = {348: nibabel.Nifti1Image, 540: nibabel.Nifti2Image}[size]
    image = kind.from_bytes(content)
    if image.header["sform_code"] > 0 or image.header["qform_code"] > 0:
        image = nibabel.as_closest_canonical(image)
    values = image.get_fdata()
    while values.ndim > 3:
        values = values[..., 0] if values.shape[-1] == 1 else 1 / 0
    thin = [i for i in range(3) if values.shape[i] == 1]
    axis = thin[0] if len(thin) == 1 else 2
    shown = np.rot90(values.take(values.shape[axis] // 2, axis))
    finite = np.isfinite(shown)
    low, high = np.percentile(shown[finite], (0.5, 99.5))
    if high <= low:
        return np.where(shown > high, 255.0, 0.0)
    scaled = np.clip((shown - low) / (high - low), 0, 1)
    return 255 * np.where(np.isnan(scaled), 0, scaled)


def npz(content):
    """NumPy: images and labels of the three parts, one after another."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        parts = ("train", "val", "test")
        images = np.concatenate([arrays[f"{part}_images"] for part in parts])
        labels = np.concatenate([arrays[f"{part}_labels"].reshape(-1) for part in parts])
    return images, labels


def csv(content):
    """pandas: paths and labels as text."""
    table = pd.read_csv(
        io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig",
        skip_blank_lines=True, on_bad_lines="error", index_col=False,
    )  # fmt: skip
    return rows(table)


def parquet(content):
    """pandas: paths and labels as text."""
    return rows(pd.read_parquet(io.BytesIO(content)).fillna("").astype(str))


def rows(table):
    table = table.rename(columns=lambda name: str(name).strip().lower())
    cells = [(str(p).strip(), str(c).strip()) for p, c in zip(table["path"], table["label"], strict=True)]  # fmt: skip # noqa: E501
    return [cell for cell in cells if any(cell)]


def without_alpha(values):
    if values.ndim == 3:
        values = values[..., 0] if values.shape[2] < 3 else values[..., :3]
    return values
