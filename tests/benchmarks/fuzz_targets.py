"""What is fuzzed: the readers of everything that a user's file can be, and sound files for them."""

import io
import os
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks import readings
from tests.oracles import file_readings


@dataclass(frozen=True)
class Target:
    """Something that reads a file.

    Attributes:
        read: is given the content and an empty folder.
        sound: contents that it reads without complaint.
        words: pieces that mean something in such a file.
    """

    read: Callable[[bytes, Path], object]
    sound: tuple[bytes, ...]
    words: tuple[bytes, ...]


def png(value: int = 0, mode: str = "L") -> bytes:
    """A small picture."""
    noise = np.random.default_rng(value).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(out, "PNG")
    return out.getvalue()


def saved(kind: str) -> bytes:
    """The same as another kind of file."""
    out = io.BytesIO()
    Image.open(io.BytesIO(png(mode="RGB"))).save(out, kind)
    return out.getvalue()


def npz() -> bytes:
    """A very small BreastMNIST."""
    rng = np.random.default_rng(0)
    out = io.BytesIO()
    arrays = {}
    for part in ("train", "val", "test"):
        arrays[f"{part}_images"] = rng.integers(0, 256, (4, 8, 8), dtype=np.uint8)
        arrays[f"{part}_labels"] = np.array([[0], [1], [0], [1]], np.uint8)
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def npz_with_header(header: bytes) -> bytes:
    """The same with this text for the header of one array."""
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) % 65536) + header + bytes(256)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(npz())) as sound,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in sound.namelist():
            archive.writestr(name, content if name == "val_images.npy" else sound.read(name))
    return out.getvalue()


def dicom() -> bytes:
    """A small DICOM file, or a PNG where pydicom is not installed."""
    try:
        import pydicom
        from pydicom.dataset import Dataset, FileMetaDataset
    except ImportError:
        return png()
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    made.Rows = made.Columns = 8
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME1"
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation = 15, 0
    made.WindowCenter, made.WindowWidth = 100, 50
    made.RescaleSlope, made.RescaleIntercept = 2, -100
    made.PatientID = "somebody"
    made.PixelData = bytes(range(128))
    out = io.BytesIO()
    pydicom.dcmwrite(out, made, enforce_file_format=True)
    return out.getvalue()


def read_manifest(content: bytes, folder: Path) -> object:
    """Six pictures and the content as their manifest."""
    from bench.data.folders.manifest import cases

    root = folder / "set"
    if not root.exists():
        root.mkdir()
        for i in range(6):
            (root / f"{i}.png").write_bytes(png(i))
    (root / "manifest.csv").write_bytes(content)
    return cases(root)


def read_parquet_manifest(content: bytes, folder: Path) -> object:
    """The same, the content as a Parquet table."""
    from bench.data.folders.manifest import cases

    root = folder / "columns"
    if not root.exists():
        root.mkdir()
        (root / "0.png").write_bytes(png())
    (root / "manifest.parquet").write_bytes(content)
    return cases(root)


def parquet_manifest() -> bytes:
    """A manifest of one picture as a Parquet table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({"path": ["0.png"], "label": ["a"], "frame": [1.0]}), out)
    return out.getvalue()


def read_study(content: bytes, folder: Path) -> object:
    """The request that a study file makes."""
    from click.testing import CliRunner

    from bench.cli.run import run
    from bench.run.options import RunOptions
    from bench.run.request import resolve

    file = folder / "study.toml"
    file.write_bytes(content)
    with CliRunner().isolation():
        options = run.make_context("run", [str(file), "--out", str(folder / "r")]).params
    return resolve(RunOptions(**options), "")


def read_npz(content: bytes, folder: Path) -> object:
    """A MedMNIST file."""
    from bench.data.sets.medmnist import load

    file, cache = folder / "breastmnist.npz", folder / "cache"
    file.write_bytes(content)
    os.environ["BENCH_CACHE"] = str(cache)
    try:
        return load(file, "breastmnist")
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def read_header(content: bytes, folder: Path) -> object:
    """A MedMNIST file in which one array has this header."""
    return read_npz(npz_with_header(content), folder)


def read_predictions(content: bytes, folder: Path) -> object:
    """All that `bench compare` computes and prints."""
    from reports.external.compare import compare
    from reports.external.output import as_json, as_text

    file = folder / "p.csv"
    file.write_bytes(content)
    evidence = compare(file)
    return as_text(evidence), as_json(evidence)


def read_image(content: bytes, folder: Path) -> object:
    """An image file of whichever kind."""
    from bench.data.formats.images import read

    return read(folder / "image.png", content)


def read_dicom(content: bytes, folder: Path) -> object:
    """A DICOM file."""
    from bench.data.formats.images import read

    return read(folder / "image.dcm", content)


def read_results(content: bytes, folder: Path) -> object:
    """The studies of a results folder."""
    from bench.results.store import Store

    (folder / "study.json").write_bytes(content)
    return Store(folder).studies()


def results() -> bytes:
    """A study.json."""
    from bench.protocol.study import Study
    from bench.results.store import Store

    with tempfile.TemporaryDirectory() as folder:
        Store(Path(folder)).declare(Study(("phantom-null",), ("svm",)), "python -m bench run")
        return (Path(folder) / "study.json").read_bytes()


_MANIFEST = (
    b"path,label,split,group,mask\n"
    b"0.png,a,train,p,1.png\n1.png,b,train,q,\n2.png,a,val,r,\n3.png,b,test,s,\n"
)
_STUDY = b"""[study]
datasets = ["phantom-null"]
methods = ["svm", "compact-resnet"]
seeds = 3
folds = 0
margin = 0.02
fractions = [0.5, 1.0]

[[claim]]
name = "one"
a = "deep"
b = ["svm", "knn"]
direction = "non-inferiority"
"""
_PREDICTIONS = b"case,label,model,score,family,seed,group,split\n" + b"".join(
    f"{case},{case % 2},{model},0.{(case * 7 + k) % 10},{kind},1,p{case // 2},{part}\n".encode()
    for k, (model, kind) in enumerate((("cnn", "deep"), ("svm", "classical")))
    for case in range(16)
    for part in ["val" if case < 6 else "test"]
)
_CLASSES = b"case,label,model,x,y,z\n" + b"".join(
    f"{case},{'xyz'[case % 3]},{model},0.{case % 10},0.{(case * 3 + k) % 10},0.2\n".encode()
    for k, model in enumerate(("a", "b"))
    for case in range(12)
)
_CELLS = (
    b"0",
    b"1",
    b"-1",
    b"1e308",
    b"1e-320",
    b"nan",
    b"inf",
    b"",
    b" ",
    b"\xc3\xa4",
    b"99999999999999999999",
)
_MARKS = (b",", b";", b"\n", b"\r\n", b'"', b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"x" * 200_000)
_HEADER = b"{'descr': '|u1', 'fortran_order': False, 'shape': (4, 8, 8), }\n"

TARGETS: dict[str, Target] = {
    "manifest": Target(
        read_manifest,
        (_MANIFEST, b"path;label\n0.png;a\n1.png;b\n"),
        (*_CELLS, *_MARKS, b"path", b"label", b"split", b"group", b"mask", b"frame", b"axis",
         b"0.png", b"..", b"/", b"\\", b"train", b"test", b"a"),
    ),
    "manifest-parquet": Target(read_parquet_manifest, (parquet_manifest(),), (b"PAR1", *_CELLS)),
    "study": Target(
        read_study,
        (_STUDY, b'datasets = ["phantom-null"]\n'),
        (*_CELLS, b"[study]", b"[[claim]]", b"[claim]", b"datasets", b"methods", b"seeds", b"folds",
         b"size", b"fractions", b"budget", b"metric", b"margin", b"alpha", b"split_seed", b"claims",
         b"name", b"a", b"b", b"text", b"direction", b"=", b"[", b"]", b"{", b"}", b"\n", b"true",
         b"2024-01-01", b'"svm"', b'"deep"', b'"auc"', b"'", b'"', b"[1, 2]", b'["x"]', b"0.02",
         b"tune"),
    ),
    "npz": Target(read_npz, (npz(),), (b"PK\x03\x04", b"PK\x01\x02", b"\x93NUMPY", b"\0" * 8)),
    "npz-header": Target(
        read_header,
        (_HEADER,),
        (*_CELLS, b"'descr'", b"'shape'", b"'fortran_order'", b"True", b"(", b")", b"{", b"}", b",",
         b":", b"'|O'", b"'<f8'", b"'<M8[s]'", b"'|V9'", b"[('a', '|u1')]", b"10**9", b"lambda: 0",
         b"\n", b"(" * 500, b"9" * 5000),
    ),
    "predictions": Target(
        read_predictions,
        (_PREDICTIONS, _CLASSES),
        (*_CELLS, *_MARKS, b"case", b"label", b"model", b"score", b"family", b"seed", b"group",
         b"split", b"cnn", b"svm", b"deep", b"classical", b"test", b"val", b"0.5"),
    ),
    "image": Target(
        read_image,
        (png(), png(mode="RGB"), png(mode="P"), png(mode="LA"), png(mode="1"),
         *map(saved, ("TIFF", "BMP", "JPEG", "WEBP"))),
        (b"IHDR", b"IDAT", b"II*\0", b"\xff\xd8", b"\0" * 8, b"\xff" * 4),
    ),
    "dicom": Target(read_dicom, (dicom(),), (b"DICM", b"\x28\x00\x10\x00", b"\xff" * 4)),
    "same-dicom": Target(
        readings.pixels_of("dcm", readings.dicom),
        readings.dicoms(),
        readings.dicom_words(),
    ),
    "same-png": Target(
        readings.pixels_of("png", file_readings.png),
        (*(png(mode=m) for m in ("L", "RGB", "P", "LA")), *map(readings.deep_png, range(1, 5))),
        (b"IHDR", b"IDAT", b"tRNS", b"PLTE", b"\0\0\0\x10"),
    ),
    "same-repaired-png": Target(
        readings.repaired_png,
        (*(png(mode=m) for m in ("L", "RGB", "P", "LA")), *map(readings.deep_png, range(1, 5))),
        (b"IHDR", b"IDAT", b"tRNS", b"PLTE", b"\0\0\0\x10"),
    ),
    "same-jpeg": Target(
        readings.pixels_of("jpg", file_readings.jpeg),
        readings.jpegs(),
        (b"\xff\xd8", b"\xff\xc0", b"\xff\xc2", b"\xff\xda", b"\xff\xee", b"Adobe", b"JFIF\0"),
    ),
    "same-tiff": Target(
        readings.pixels_of("tif", file_readings.tiff),
        readings.tiffs(),
        tuple(struct.pack("<H", n) for n in (254, 256, 257, 258, 259, 262, 273, 277, 284, 339)),
    ),
    "same-nifti": Target(
        readings.pixels_of("nii", file_readings.nifti),
        readings.niftis(),
        (b"n+1\0", b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\1\0", b"\0" * 8),
    ),
    "same-npz": Target(readings.npz, (npz(),), (b"PK\x03\x04", b"\x93NUMPY", b"\0" * 8)),
    "same-csv": Target(
        readings.table("csv", file_readings.csv),
        (b"path,label\n0.png,a\n1.png,b\n", b'path,note,label\n0.png,"x, y",a\n1.png,"z",b\n'),
        (b",", b'"', b"\n", b"\r\n", b"\r", b" ", b"0.png", b"a", b"1.0", b"1", b"A"),
    ),
    "same-parquet": Target(
        readings.table("parquet", file_readings.parquet), (parquet_manifest(),), (b"PAR1", b"\0\0")
    ),
    "results": Target(
        read_results,
        (results(),),
        (*_CELLS, b"{", b"}", b"[", b"]", b'"', b":", b"null", b"true", b'"studies"', b'"schema"',
         b'"study"', b'"hash"', b"[" * 5000),
    ),
}  # fmt: skip
