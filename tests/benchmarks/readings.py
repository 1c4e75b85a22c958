"""What is read of a damaged file, against an independent reading of the same bytes.

A reading of ours has to be equal to the independent one (pixels within 1 of 255 and where the
other library reads the file too, rows of tables word by word), or a refusal. What only we read is
counted: the other library may be stricter.
"""

import io
import os
import struct
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.protocol.errors import BenchError, DataError
from tests.oracles import dicom_reading, file_readings

OUTCOMES: dict[str, Counter[str]] = defaultdict(Counter)
"""Kind of file → how often it was refused, equal, or read by us alone."""
_PLUGINS = {  # of pydicom's, by transfer syntax
    "1.2.840.10008.1.2": "",
    "1.2.840.10008.1.2.1": "",
    "1.2.840.10008.1.2.2": "",
    "1.2.840.10008.1.2.5": "pydicom",
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.90": "pillow",
}


class Different(Exception):
    """Two readings of one file that are not equal."""


def pixels_of(suffix: str, independent: Callable[[bytes], Any]) -> Callable[[bytes, Path], object]:
    """A reader of a target that compares pictures."""

    def read(content: bytes, folder: Path) -> object:
        from bench.data.formats.images import read as ours

        try:
            found = ours(folder / f"image.{suffix}", content).pixels
        except DataError:
            OUTCOMES[suffix]["refused"] += 1
            raise
        other = _other(suffix, independent, content)
        if other is not None:
            _compare(found, np.asarray(other))
            OUTCOMES[suffix]["equal"] += 1
        return found

    return read


def with_checksums(content: bytes) -> bytes:
    """A PNG whose chunks have the checksums of what they hold now, so that a change gets past the
    first gate."""
    made, at = bytearray(content[:8]), 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        body = content[at + 4 : at + 8 + length]
        made += content[at : at + 4] + body + zlib.crc32(body).to_bytes(4, "big")
        at += 12 + length
    return bytes(made + content[at:])


def repaired_png(content: bytes, folder: Path) -> object:
    """A PNG as `pixels_of` compares it, its checksums put right."""
    return pixels_of("png", file_readings.png)(with_checksums(content), folder)


def dicom(content: bytes) -> Any:
    """The picture as the standard says; without GDCM, which ends the process at damaged files."""
    import pydicom

    head = pydicom.dcmread(io.BytesIO(content), force=True, stop_before_pixels=True)
    syntax = str(head.file_meta.TransferSyntaxUID)
    return dicom_reading.expected(io.BytesIO(content), plugin=_PLUGINS[syntax])


def npz(content: bytes, folder: Path) -> object:
    """A MedMNIST file against NumPy's own reading."""
    import shutil

    from bench.data.sets.medmnist import load

    file, cache = folder / "breastmnist.npz", folder / "cache"
    file.write_bytes(content)
    os.environ["BENCH_CACHE"] = str(cache)
    try:
        data = load(file, "breastmnist")
        images = np.concatenate([part.images[..., 0] for _, part in data.parts()])
        labels = np.concatenate([part.labels for _, part in data.parts()])
        other = _other("npz", file_readings.npz, content)
        if other is not None:
            if not np.array_equal(images, other[0].reshape(images.shape)):
                raise Different("images")
            if not np.array_equal(labels, other[1]):
                raise Different("labels")
            OUTCOMES["npz"]["equal"] += 1
        return images
    except BenchError:
        OUTCOMES["npz"]["refused"] += 1
        raise
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def table(suffix: str, independent: Callable[[bytes], Any]) -> Callable[[bytes, Path], object]:
    """A reader of a target that compares the rows of manifests."""

    def read(content: bytes, folder: Path) -> object:
        from bench.data.folders.manifest import cases
        from bench.data.folders.names.spelling import spellings

        root = folder / f"set-{suffix}"
        if not root.exists():
            root.mkdir()
            for i in range(6):
                (root / f"{i}.png").write_bytes(png(i))
        (root / f"manifest.{suffix}").write_bytes(content)
        try:
            found = [(case.id.partition("#")[0], case.label) for case in cases(root).cases]
        except BenchError:
            OUTCOMES[suffix]["refused"] += 1
            raise
        other = _other(suffix, independent, content)
        if other is not None:
            chosen = spellings(label for _, label in other).chosen
            want = [
                (os.path.normpath(path.replace("\\", "/")), chosen[label]) for path, label in other
            ]
            if found != want:
                raise Different(f"{found[:3]} and {want[:3]}")
            OUTCOMES[suffix]["equal"] += 1
        return found

    return read


def _other(kind: str, independent: Callable[[bytes], Any], content: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return independent(content)
        except Exception:  # the other library refuses, as it does
            OUTCOMES[kind]["ours alone"] += 1
            return None


def _compare(found: np.ndarray, other: np.ndarray) -> None:
    if found.ndim == 2 and other.ndim == 3:
        found = np.repeat(found[..., None], 3, axis=2)
    if found.ndim == 3 and other.ndim == 2:
        other = np.repeat(other[..., None], 3, axis=2)
    if found.shape != other.shape:
        raise Different(f"shapes {found.shape} and {other.shape}")
    apart = np.abs(found.astype(float) - other).max()
    if not apart <= 1:
        raise Different(f"pixels differ by up to {apart}")


def png(value: int = 0, mode: str = "L") -> bytes:
    """A small picture."""
    noise = np.random.default_rng(value).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(out, "PNG")
    return out.getvalue()


def deep_png(samples: int) -> bytes:
    """A picture of 16 bits."""
    import imagecodecs

    shape = (12, 12, samples) if samples > 1 else (12, 12)
    noise = np.random.default_rng(samples).integers(0, 65536, shape).astype(np.uint16)
    return bytes(imagecodecs.png_encode(noise))


def jpegs() -> tuple[bytes, ...]:
    """Pictures in gray and in colour, whole and progressive."""
    made = []
    for mode, more in (("L", {}), ("RGB", {}), ("RGB", {"progressive": True})):
        out = io.BytesIO()
        Image.open(io.BytesIO(png(3, mode))).save(out, "JPEG", quality=90, **more)
        made.append(out.getvalue())
    return tuple(made)


def tiffs() -> tuple[bytes, ...]:
    """Pictures of 8 and 16 bits in all arrangements."""
    import tifffile

    made = []
    rng = np.random.default_rng(5)
    for depth in (np.uint8, np.uint16):
        for order in "<>":
            for kind in ("minisblack", "miniswhite", "rgb"):
                shape = (12, 12, 3) if kind == "rgb" else (12, 12)
                noise = rng.integers(0, np.iinfo(depth).max, shape).astype(depth)
                out = io.BytesIO()
                tifffile.imwrite(out, noise, byteorder=order, photometric=kind)
                made.append(out.getvalue())
    return tuple(made)


def niftis() -> tuple[bytes, ...]:
    """Volumes in several orders, of both versions."""
    import nibabel

    made = []
    noise = np.random.default_rng(6).integers(0, 999, (6, 7, 5)).astype(np.int16)
    affine = np.diag([2.0, 1.5, 3.0, 1.0])
    for version in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        image = version(noise, affine)
        made.append(image.to_bytes())
        made.append(image.as_reoriented(np.array([[1, -1], [0, 1], [2, -1]])).to_bytes())
    return tuple(made)


def dicoms() -> tuple[bytes, ...]:
    """Small real files of pydicom's, and one with every kind of table."""
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    names = (
        "MR_small.dcm",
        "MR_small_bigendian.dcm",
        "CT_small.dcm",
        "SC_rgb_rle.dcm",
        "SC_rgb_small_odd.dcm",
        "SC_rgb_small_odd_jpeg.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_jp2klossless.dcm",
        "JPGLosslessP14SV1_1s_1f_8b.dcm",
        "examples_palette.dcm",
    )
    found = [folder / name for name in names if (folder / name).is_file()]
    return tuple(path.read_bytes() for path in found if path.stat().st_size < 60_000)


def dicom_words() -> tuple[bytes, ...]:
    """Beginnings of elements that decide how a picture is shown, and values for them."""
    tags = [0x0004, 0x0006, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103, 0x0120, 0x1050]
    tags += [0x1051, 0x1052, 0x1053, 0x1056, 0x3000, 0x3010, 0x3002, 0x3006, 0x1101, 0x1201]
    words = [struct.pack("<HH", 0x28, tag) for tag in tags]
    texts = (b"DICM", b"-1", b"0,5", b"1e9", b"\xff\xff", b"\0\x80", b"MONOCHROME1", b"RGB")
    return (*words, *texts)
