"""Wrong usage and input: one clear message, exit status 2 or a stored failure, nothing lost."""

import io
import json
import os
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli.main import run_command
from bench.protocol.record import SCHEMA, Trial
from bench.protocol.study import Study
from bench.results.store import Store

LIGHT_METHOD = """
class Light:
    def get_params(self, deep=True):
        return {}

def build():
    "What workers import in no time, so that a hundred cases take a minute."
    return Light()
"""


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """The test starts in a folder with a method and without data, of the machine's neither."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write("light.py", LIGHT_METHOD)
    return tmp_path


def write(path: str, content: str | bytes = "") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)


def png(value: int = 0, size: int = 16, **options) -> bytes:
    noise = np.random.default_rng(value).integers(0, 256, (size, size)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG", **options)
    return out.getvalue()


def images(*classes: str, n: int = 5, **others: str | bytes) -> None:
    """`images/<class>/<i>.png`, and other files by name, `__` for a slash and `_dot_` for a dot."""
    for k, name in enumerate(classes):
        for i in range(n):
            write(f"images/{name}/{i}.png", png(1000 * k + i))
    for name, content in others.items():
        write("images/" + name.replace("__", "/").replace("_dot_", "."), content)


def manifest(header: str, *rows: str, name: str = "manifest.csv") -> None:
    """Twelve images `images/<i>.png` and a manifest of these rows."""
    for i in range(12):
        write(f"images/{i}.png", png(i))
    write(f"images/{name}", "\n".join([header, *rows]) + "\n")


def listed(columns: str = "", value=lambda i: "", label=lambda i: "ab"[i % 2]) -> None:
    """A manifest of all twelve images with a further column."""
    header = "path,label" + (f",{columns}" if columns else "")
    rows = [f"{i}.png,{label(i)}" + (f",{value(i)}" if columns else "") for i in range(12)]
    manifest(header, *rows)


def parts(i: int) -> str:
    return ("train", "train", "val", "val", "test", "test")[i % 6]


def parquet(**columns) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest("path,label")
    Path("images/manifest.csv").unlink()
    pq.write_table(pa.table(columns), "images/manifest.parquet")


def exchange(name: str, old: bytes, new: bytes) -> None:
    """Change bytes of a file, which must be in it."""
    content = Path(name).read_bytes()
    assert old in content
    Path(name).write_bytes(content.replace(old, new))


def medmnist(**changes) -> None:
    """`data/medmnist/breastmnist.npz`, sound but for the changes; None takes an array away."""
    made = {}
    for part, n in (("train", 12), ("val", 6), ("test", 6)):
        made[f"{part}_images"] = np.random.default_rng(n).integers(0, 256, (n, 28, 28), np.uint8)
        made[f"{part}_labels"] = (np.arange(n) % 2)[:, None].astype(np.uint8)
    made |= changes
    Path("data/medmnist").mkdir()
    np.savez("data/medmnist/breastmnist.npz", **{k: v for k, v in made.items() if v is not None})


def bomb() -> None:
    """An archive of 10 GB of zeros, as its directory says and as its header says."""
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (100000, 320, 320), }".ljust(117)
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + b"\n" + bytes(10**6)
    Path("data/medmnist").mkdir()
    with zipfile.ZipFile("data/medmnist/breastmnist.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("train", "val", "test"):
            for what in ("images", "labels"):
                archive.writestr(f"{part}_{what}.npy", content)


def huge_png() -> bytes:
    """A header of 100,000 × 100,000 px."""
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    size = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff(*pages: np.ndarray) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.fromarray(page) for page in pages]
    first.save(out, "TIFF", save_all=True, append_images=rest)
    return out.getvalue()


def dicom(frames: int = 1, pixels: bool = True, **tags) -> bytes:
    pydicom = pytest.importorskip("pydicom")
    from pydicom.dataset import Dataset, FileMetaDataset

    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    made.Rows = made.Columns = 8
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    if frames > 1:
        made.NumberOfFrames = frames
    if pixels:
        made.PixelData = bytes(range(64)) * frames
    for name, value in tags.items():
        setattr(made, name, value)
    out = io.BytesIO()
    pydicom.dcmwrite(out, made, enforce_file_format=True)
    return out.getvalue()


def nifti(shape: tuple[int, ...]) -> bytes:
    nibabel = pytest.importorskip("nibabel")
    return nibabel.Nifti1Image(np.zeros(shape, np.int16), np.eye(4)).to_bytes()


def study(text: str, name: str = "study.toml") -> None:
    write(name, text)


def claim(text: str) -> None:
    study(
        'datasets = ["phantom-null"]\nmethods = ["class-prior"]\n[[claim]]\nname = "one"\n' + text
    )


def results(**changes) -> None:
    """A results folder with a declared study, whose first entry of study.json is changed."""
    Store(Path("results")).declare(Study(("phantom-null",), ("class-prior",)))
    if changes:
        data = json.loads(Path("results/study.json").read_text())
        data["studies"][0] |= changes
        write("results/study.json", json.dumps(data))


def stored_run(name: str, content: str | bytes) -> None:
    """A results folder in which a file of a run was written by hand."""
    results()
    write(f"results/runs/phantom-null/class-prior/once/{name}", content)


def plugin(text: str, name: str = "mine.py") -> None:
    write(name, text)


def predictions(*rows: str, header: str = "case,label,model,score") -> None:
    write("p.csv", "\n".join([header, *rows]) + "\n")


ROWS = ("1,0,m,0.1", "2,1,m,0.9", "3,0,m,0.2", "4,1,m,0.8")
NOTHING = None
NULL = ["--dataset", "phantom-null", "--method", "class-prior"]
RUN = ["run", *NULL]
LIGHT = ["--plugin", "light.py", "--method", "light"]
DATA = ["run", "--data", "images", *LIGHT]
MEDMNIST = ["run", "--dataset", "breastmnist", *LIGHT]
STUDY = ["run", "study.toml"]
REPORT = ["report", "results"]
COMPARE = ["compare", "p.csv"]
CHECK = ["check", "mine.py:build"]

# what is wrong: (what makes it, arguments, a part of the message)
FLAGS = {
    "an unknown command": (NOTHING, ["rnu"], "Did you mean 'run'"),
    "an unknown flag": (NOTHING, ["run", "--al"], "--al"),
    "nothing to run": (NOTHING, ["run"], "--all"),
    "an unknown method": (NOTHING, ["run", "--method", "smv"], "Did you mean 'svm'"),
    "an unknown data set": (NOTHING, ["run", "--dataset", "phantom-nul"], "'phantom-null'"),
    "a data set not here": (NOTHING, ["run", "--dataset", "pathmnist"], "data get pathmnist"),
    "a multi-label set": (NOTHING, ["run", "--dataset", "chestmnist"], "multi-label"),
    "a set of volumes": (NOTHING, ["run", "--dataset", "nodulemnist3d"], "three-dimensional"),
    "an unknown architecture": (NOTHING, [*RUN, "--method", "timm:resnet81"], "resnet18"),
    "an unknown factory": (NOTHING, ["run", "--method", "tim:resnet18"], "Did you mean 'timm'"),
    "a factory without a name": (NOTHING, ["run", "--method", "timm:"], "timm:"),
    "no seeds": (NOTHING, [*RUN, "--seeds", "0"], "--seeds 0"),
    "seeds that are no number": (NOTHING, [*RUN, "--seeds", "x"], "--seeds"),
    "seeds without a number": (NOTHING, [*RUN, "--seeds"], "--seeds"),
    "more seeds than memory": (NOTHING, [*RUN, "--seeds", str(10**12)], "--seeds"),
    "one fold": (NOTHING, [*RUN, "--folds", "1"], "folds must be"),
    "negative folds": (NOTHING, [*RUN, "--folds", "-2"], "folds must be"),
    "more folds than images": (lambda: images("a", "b"), [*DATA, "--folds", "50"], "50"),
    "a tiny size": (NOTHING, [*RUN, "--size", "3"], "size must be"),
    "a huge size": (NOTHING, [*RUN, "--size", "100000"], "size must be"),
    "one configuration": (NOTHING, [*RUN, "--tune", "1"], "2 to 1,000 configurations"),
    "too many configurations": (NOTHING, [*RUN, "--tune", "1000000"], "2 to 1,000 configurations"),
    "configurations that are no number": (NOTHING, [*RUN, "--tune", "x"], "--tune"),
    "an unknown budget": (NOTHING, [*RUN, "--budget", "ful"], "Did you mean 'full'"),
    "a margin of one half": (NOTHING, [*RUN, "--margin", "0.5"], "margin must"),
    "a margin that is NaN": (NOTHING, [*RUN, "--margin", "nan"], "margin must"),
    "an alpha of one": (NOTHING, [*RUN, "--alpha", "1"], "alpha must"),
    "a fraction above one": (NOTHING, [*RUN, "--fraction", "1.5"], "fractions must"),
    "a fraction of nothing": (NOTHING, [*RUN, "--fraction", "0"], "fractions must"),
    "no jobs": (NOTHING, [*RUN, "--jobs", "0"], "--jobs"),
    "no time": (NOTHING, [*RUN, "--timeout", "0"], "--timeout"),
    "no number of seconds": (NOTHING, [*RUN, "--timeout", "nan"], "nan is no finite number"),
    "endless time": (NOTHING, [*RUN, "--timeout", "inf"], "inf is no finite number"),
    "an unknown device": (NOTHING, [*RUN, "--device", "tpu"], "--device"),
    "something else to list": (NOTHING, ["list", "nothing"], "nothing"),
    "an unknown set to get": (NOTHING, ["data", "get", "brestmnist"], "Did you mean 'breastmnist'"),
    "volumes to get": (NOTHING, ["data", "get", "organmnist3d"], "three-dimensional"),
    "nothing to get": (NOTHING, ["data", "get"], "NAMES"),
    "a size that is not published": (
        NOTHING,
        ["data", "get", "breastmnist", "--size", "32"],
        "--size",
    ),
    "an unknown data command": (NOTHING, ["data", "gte"], "Did you mean 'get'"),
    "an unknown method to check": (NOTHING, ["check", "smv"], "Did you mean 'svm'"),
    "nothing to check": (NOTHING, ["check"], "METHOD"),
    "a missing BENCH_DATA": (lambda: Path("data").rmdir(), ["run", "--all"], "$BENCH_DATA names"),
}

FILES = {
    "a missing folder": (NOTHING, DATA, "does not exist"),
    "a folder with a typing error": (
        lambda: Path("image").mkdir(),
        DATA,
        "--data images: does not exist. Did you mean 'image'?",
    ),
    "a study file with a typing error": (
        lambda: write("studies.toml", ""),
        ["run", "study.toml"],
        "Study file study.toml: there is no such file. Did you mean 'studies.toml'?",
    ),
    "results with a typing error": (
        lambda: Path("result").mkdir(),
        REPORT,
        "results is not a results folder: it does not exist. Did you mean 'result'?",
    ),
    "predictions with a typing error": (
        lambda: write("prediction.csv", ""),
        ["compare", "predictions.csv"],
        "Did you mean 'prediction.csv'?",
    ),
    "a plugin file with a typing error": (
        lambda: write("methods.py", ""),
        ["run", "--dataset", "phantom-null", "--plugin", "method.py"],
        "there is no file method.py. Did you mean 'methods.py'?",
    ),
    "a path in a manifest that differs in case": (
        lambda: manifest("path,label", "0.PNG,a", "1.png,b"),
        DATA,
        "there is no file 0.PNG. There is 0.png: capitals and small letters tell names apart.",
    ),
    "a path of another encoding": (
        NOTHING,
        ["run", "--dataset", "phantom-null", "--out", "gr\udcf6ße"],
        "The argument gr\\xf6ße is not UTF-8. Rename the file or folder",
    ),
    "a file for a folder": (lambda: write("images"), DATA, "is a file, not a folder"),
    "an empty folder": (lambda: Path("images").mkdir(), DATA, "holds no images"),
    "images without classes": (
        lambda: images(**{"1_dot_png": png()}),
        DATA,
        "sub-folder per class",
    ),
    "classes without images": (lambda: images(a__x_dot_txt="", b__x_dot_txt=""), DATA, "no images"),
    "one class": (lambda: images("a"), DATA, "two are needed"),
    "a class with one image": (lambda: images("a", "b", rare__0_dot_png=png(9)), DATA, "'rare'"),
    "a class of identical images": (
        lambda: images("a", **{f"b__{i}_dot_png": png(7) for i in range(5)}),
        DATA,
        "'b'",
    ),
    "a broken PNG": (
        lambda: images("a", "b", a__3_dot_png=b"\x89PNG\r\n\x1a\n but no more"),
        DATA,
        "3.png",
    ),
    "half a PNG": (lambda: images("a", "b", a__3_dot_png=png(3)[:150]), DATA, "3.png"),
    "a PNG of no bytes": (lambda: images("a", "b", a__3_dot_png=b""), DATA, "3.png"),
    "text called PNG": (lambda: images("a", "b", b__1_dot_png="not an image"), DATA, "1.png"),
    "a web page called JPEG": (lambda: images("a", "b", b__1_dot_jpg="<html>"), DATA, "1.jpg"),
    "a PNG of 10,000 megapixels": (
        lambda: images("a", "b", b__1_dot_png=huge_png()),
        DATA,
        "1.png",
    ),
    "a TIFF of two pages": (
        lambda: images("a", "b", b__1_dot_tif=tiff(*np.zeros((2, 8, 8), np.uint8))),
        DATA,
        "1.tif",
    ),
    "a TIFF of complex numbers": (
        lambda: images("a", "b", b__1_dot_tif=b"II*\0" + bytes(40)),
        DATA,
        "1.tif",
    ),
    "a mask of another size": (
        lambda: images("a", "b", a__3_mask_dot_png=png(1, size=20)),
        DATA,
        "3_mask.png",
    ),
    "a broken mask": (lambda: images("a", "b", a__3_mask_dot_png="no mask"), DATA, "3_mask.png"),
    "parts without test": (
        lambda: images("train/a", "train/b", "val/a", "val/b"),
        DATA,
        "'test'",
    ),
    "parts without train": (lambda: images("val/a", "val/b", "test/a", "test/b"), DATA, "'train'"),
    "a class that is only in test": (
        lambda: images("train/a", "train/b", "test/a", "test/b", "test/c"),
        DATA,
        "'c'",
    ),
    "two folders of one name": (
        lambda: [images("a", "b"), Path("x").mkdir(), os.rename("images", "x/images"), images("a")],
        [*DATA, "--data", "x/images"],
        "Two data sets are called 'images'",
    ),
    "a folder called like a data set": (
        lambda: [images("a", "b"), os.rename("images", "phantom-null")],
        ["run", "--data", "phantom-null", *NULL],
        "Two data sets are called 'phantom-null'",
    ),
    "text called DICOM": (lambda: images("a", "b", b__1_dot_dcm="no DICOM"), DATA, "1.dcm"),
    "half a DICOM file": (lambda: images("a", "b", b__1_dot_dcm=dicom()[:300]), DATA, "1.dcm"),
    "a DICOM file without pixels": (
        lambda: images("a", "b", b__1_dot_dcm=dicom(pixels=False)),
        DATA,
        "1.dcm",
    ),
    "a DICOM file with too few pixels": (
        lambda: images("a", "b", b__1_dot_dcm=dicom(Rows=500)),
        DATA,
        "1.dcm",
    ),
    "a DICOM film": (lambda: images("a", "b", b__1_dot_dcm=dicom(frames=3)), DATA, "1.dcm"),
    "text called NIfTI": (lambda: images("a", "b", b__1_dot_nii="no NIfTI"), DATA, "1.nii"),
    "a NIfTI volume over time": (
        lambda: images("a", "b", b__1_dot_nii=nifti((8, 8, 8, 3))),
        DATA,
        "1.nii",
    ),
    "half a NIfTI volume": (
        lambda: images("a", "b", b__1_dot_nii=nifti((8, 8, 1))[:400]),
        DATA,
        "1.nii",
    ),
}

MANIFESTS = {
    "no label column": (lambda: manifest("path,lable", "0.png,x"), DATA, "'label'"),
    "no path column": (lambda: manifest("picture,label", "0.png,x"), DATA, "'path'"),
    "an empty manifest": (lambda: write("images/manifest.csv"), DATA, "manifest.csv"),
    "a manifest without rows": (lambda: manifest("path,label"), DATA, "lists no image"),
    "a missing image": (
        lambda: manifest("path,label", "0.png,a", "99.png,b"),
        DATA,
        "line 3: there is no file 99.png",
    ),
    "an empty path": (lambda: manifest("path,label", "0.png,a", ",b"), DATA, "line 3"),
    "an empty label": (lambda: manifest("path,label", "0.png,a", "1.png,"), DATA, "line 3"),
    "a path outside": (lambda: manifest("path,label", "../secret.png,b"), DATA, "outside"),
    "a path outside, as on Windows": (
        lambda: manifest("path,label", "..\\secret.png,b"),
        DATA,
        "outside",
    ),
    "an absolute path": (lambda: manifest("path,label", "/etc/passwd,b"), DATA, "outside"),
    "a link that leads outside": (
        lambda: [
            manifest("path,label", "link.png,b"),
            write("secret.png", png()),
            os.symlink("../secret.png", "images/link.png"),
        ],
        DATA,
        "outside",
    ),
    "a mask outside": (lambda: listed("mask", lambda i: "../secret.png"), DATA, "outside"),
    "a missing mask": (lambda: listed("mask", lambda i: f"{i}_mask.png"), DATA, "0_mask.png"),
    "a folder for an image": (
        lambda: [Path("images/x.png").mkdir(parents=True), manifest("path,label", "x.png,a")],
        DATA,
        "x.png",
    ),
    "a file that is no image": (
        lambda: [
            manifest("path,label", "note.txt,a", *(f"{i}.png,{'ab'[i % 2]}" for i in range(12))),
            write("images/note.txt", "a note"),
        ],
        DATA,
        "note.txt",
    ),
    "an image twice": (
        lambda: manifest("path,label", "0.png,a", "0.png,b"),
        DATA,
        "0.png is listed more than once",
    ),
    "an image twice, in other words": (
        lambda: manifest("path,label", "0.png,a", "./0.png,b"),
        DATA,
        "0.png is listed more than once",
    ),
    "one label": (lambda: listed(label=lambda i: "a"), DATA, "two are needed"),
    "an unknown split": (lambda: listed("split", lambda i: "tets"), DATA, "Did you mean 'test'"),
    "a split here and not there": (
        lambda: listed("split", lambda i: parts(i) if i else ""),
        DATA,
        "0.png has no split",
    ),
    "no test split": (lambda: listed("split", lambda i: ("train", "val")[i // 6]), DATA, "'test'"),
    "a group in two splits": (
        lambda: manifest(
            "path,label,split,group",
            *(f"{i}.png,{'ab'[i % 2]},{parts(i)},p{i // 3}" for i in range(12)),
        ),
        DATA,
        "group",
    ),
    "a group here and not there": (
        lambda: listed("group", lambda i: "p" if i else ""),
        DATA,
        "0.png has no group",
    ),
    "a single patient": (
        lambda: listed("group", lambda i: "p"),
        DATA,
        "images: class 'a' has 6 images of 1 patient; a split needs at least 3 patients",
    ),
    "two columns of one name": (
        lambda: manifest("path,label,label", "0.png,a,b"),
        DATA,
        "two columns 'label'",
    ),
    "bytes that are no text": (
        lambda: write("images/manifest.csv", "path,label\nbild-ä.png,a\n".encode("latin-1")),
        DATA,
        "UTF-8",
    ),
    "a null character": (lambda: manifest("path,label", "0\0.png,a"), DATA, "manifest.csv"),
    "a field of a megabyte": (
        lambda: manifest("path,label", f"{'x' * 10**6},a"),
        DATA,
        "manifest.csv",
    ),
    "a path that is too long": (
        lambda: manifest("path,label", f"{'x' * 5000}.png,a"),
        DATA,
        "line 2",
    ),
    "a frame that is no number": (lambda: listed("frame", lambda i: "one"), DATA, "frame must be"),
    "an axis of four": (lambda: listed("axis", lambda i: "4"), DATA, "axis must be"),
    "a frame of a PNG": (lambda: listed("frame", lambda i: "3"), DATA, "0.png"),
    "a Parquet manifest that is none": (
        lambda: [
            manifest("path,label"),
            os.rename("images/manifest.csv", "images/manifest.parquet"),
        ],
        DATA,
        "Parquet",
    ),
    "a Parquet manifest with a column whose name is not UTF-8": (
        lambda: [
            parquet(path=["0.png"], label=["a"]),
            exchange("images/manifest.parquet", b"\x04path%", b"\x04\xf0ath%"),
        ],
        DATA,
        "cannot be read as a Parquet table",
    ),
    "a manifest with tabs": (
        lambda: manifest("path\tlabel", "0.png\ta"),
        DATA,
        "its columns are separated by tabs",
    ),
    "a manifest whose first line is empty": (
        lambda: manifest("", "0.png,a"),
        DATA,
        "its first line is empty",
    ),
    "an image of no known format": (
        lambda: [listed(), write("images/0.png", b"hello")],
        DATA,
        "0.png: cannot be read as an image (of no known format)",
    ),
    "an alpha in quotes": (
        lambda: write("study.toml", 'datasets = ["phantom-null"]\nalpha = "0.05"\n'),
        ["run", "study.toml"],
        "alpha must lie between 0 and 0.5; got '0.05'. Write it without quotes.",
    ),
    "a Parquet manifest without labels": (lambda: parquet(path=["0.png"]), DATA, "'label'"),
    "two manifests": (
        lambda: [parquet(path=["0.png"], label=["a"]), manifest("path,label", "0.png,a")],
        DATA,
        "Keep one of them",
    ),
    "a data set of $BENCH_DATA with a broken manifest": (
        lambda: write("data/mine/manifest.csv", "x"),
        ["run", "--dataset", "mine", "--method", "class-prior"],
        "'path'",
    ),
}

ARCHIVES = {
    "no arrays": (lambda: medmnist(train_images=None), MEDMNIST, "train_images"),
    "no labels": (lambda: medmnist(val_labels=None), MEDMNIST, "val_labels"),
    "no npz": (lambda: write("data/medmnist/breastmnist.npz", "text"), MEDMNIST, "data get"),
    "an empty file": (lambda: write("data/medmnist/breastmnist.npz"), MEDMNIST, "data get"),
    "half an npz": (
        lambda: [
            medmnist(),
            os.truncate("data/medmnist/breastmnist.npz", 20_000),
        ],
        MEDMNIST,
        "cannot be read as an npz file",
    ),
    "images of numbers with a point": (
        lambda: medmnist(test_images=np.zeros((6, 28, 28))),
        MEDMNIST,
        "test_images is float64",
    ),
    "images of two colours": (
        lambda: medmnist(val_images=np.zeros((6, 28, 28, 2), np.uint8)),
        MEDMNIST,
        "needed is uint8",
    ),
    "no images": (
        lambda: medmnist(val_images=np.zeros((0, 28, 28), np.uint8), val_labels=np.zeros(0)),
        MEDMNIST,
        "is empty",
    ),
    "several labels per image": (
        lambda: medmnist(train_labels=np.zeros((12, 14), np.uint8)),
        MEDMNIST,
        "one whole number",
    ),
    "an unknown label": (
        lambda: medmnist(train_labels=np.full(12, 7)),
        MEDMNIST,
        "outside 0..1",
    ),
    "a pickle": (
        lambda: medmnist(train_labels=np.array([{}] * 12)),
        MEDMNIST,
        "Python objects",
    ),
    "an archive that expands": (bomb, MEDMNIST, "refused, its arrays expand to"),
    "a size that is not here": (medmnist, [*MEDMNIST, "--size", "64"], "--size 64"),
    "a size that is not published": (medmnist, [*MEDMNIST, "--size", "100"], "28, 64, 128, 224"),
}

STUDIES = {
    "a wrong flag over a right study": (
        lambda: study('datasets = ["phantom-null"]\nfolds = 0'),
        [*STUDY, "--folds", "1"],
        "Command line: folds must be",
    ),
    "a right flag over a wrong study": (
        lambda: study('datasets = ["phantom-null"]\nfolds = 1'),
        [*STUDY, "--size", "32"],
        "Study file study.toml: folds must be",
    ),
    "a flag that does not go with the study": (
        lambda: study('datasets = ["phantom-null"]\nfolds = 5\nrepeats = 2'),
        [*STUDY, "--folds", "0"],
        "Study file study.toml with the flags of the command line: repeats",
    ),
    "an unknown corruption in a flag over a study": (
        lambda: study('datasets = ["phantom-null"]'),
        [*STUDY, "--corrupt", "blurr"],
        "Command line: unknown corruption",
    ),
    "a missing study file": (NOTHING, STUDY, "study.toml"),
    "a folder for a study file": (lambda: Path("study.toml").mkdir(), STUDY, "study.toml"),
    "a study that is not TOML": (lambda: study("datasets = ["), STUDY, "TOML"),
    "a study that is no text": (lambda: write("study.toml", b"\xff\xfe\x00"), STUDY, "study.toml"),
    "a typo": (lambda: study("margn = 0.05\n"), STUDY, "Did you mean 'margin'"),
    "an empty study": (lambda: study(""), STUDY, "Nothing to run"),
    "a study of another kind": (lambda: study("study = 3"), STUDY, "must be a table"),
    "two tables": (lambda: study("[study]\n[stdy]\n"), STUDY, "unknown table 'stdy'"),
    "a name for a list": (lambda: study('datasets = "busi"'), STUDY, "list of names"),
    "a number for a list": (lambda: study("datasets = 3"), STUDY, "list of names"),
    "numbers for names": (lambda: study("methods = [1, 2]"), STUDY, "list of names"),
    "a list in a list": (lambda: study('datasets = [["busi"]]'), STUDY, "list of names"),
    "an unknown name": (lambda: study('methods = ["smv"]'), STUDY, "Did you mean 'svm'"),
    "seeds of no number": (
        lambda: study('datasets = ["phantom-null"]\nseeds = "x"'),
        STUDY,
        "seeds",
    ),
    "a negative seed": (
        lambda: study('datasets = ["phantom-null"]\nseeds = [-1]'),
        STUDY,
        "seeds must be",
    ),
    "seeds that are a table": (
        lambda: study('datasets = ["phantom-null"]\n[seeds]\na = 1'),
        STUDY,
        "seeds",
    ),
    "a margin of words": (
        lambda: study('datasets = ["phantom-null"]\nmargin = "small"'),
        STUDY,
        "margin must",
    ),
    "a date for folds": (
        lambda: study('datasets = ["phantom-null"]\nfolds = 2024-01-01'),
        STUDY,
        "folds must be",
    ),
    "an infinite alpha": (
        lambda: study('datasets = ["phantom-null"]\nalpha = inf'),
        STUDY,
        "alpha must",
    ),
    "an unknown metric": (
        lambda: study('datasets = ["phantom-null"]\nmetric = "acu"'),
        STUDY,
        "Did you mean 'auc'",
    ),
    "a claim in single brackets": (lambda: study('[claim]\nname = "x"'), STUDY, "[[claim]]"),
    "a claim without sides": (lambda: claim('a = "deep"'), STUDY, "'b' is missing"),
    "a claim about itself": (lambda: claim('a = "svm"\nb = "svm"'), STUDY, "both sides are svm"),
    "a claim about nobody": (lambda: claim('a = "deep"\nb = "svn"'), STUDY, "Did you mean 'svm'"),
    "a claim with a typo": (
        lambda: claim('a = "deep"\nb = "svm"\nmetrc = "auc"'),
        STUDY,
        "Did you mean 'metric'",
    ),
    "a claim in an unknown direction": (
        lambda: claim('a = "deep"\nb = "svm"\ndirection = "inferiority"'),
        STUDY,
        "unknown direction",
    ),
    "a claim about an unknown data set": (
        lambda: claim('a = "deep"\nb = "svm"\ndatasets = ["phantom-nul"]'),
        STUDY,
        "Did you mean 'phantom-null'",
    ),
    "a claim with a margin of words": (
        lambda: claim('a = "deep"\nb = "svm"\nmargin = "x"'),
        STUDY,
        "margin must",
    ),
    "two claims of one name": (
        lambda: claim('a = "deep"\nb = "svm"\n[[claim]]\nname = "one"\na = "deep"\nb = "knn"'),
        STUDY,
        "two claims are called 'one'",
    ),
}

PLUGINS = {
    "a function that the file has not": (
        lambda: plugin("def build(): ..."),
        [*RUN, "--plugin", "mine.py:biuld"],
        "nothing there is called 'biuld'. Did you mean 'build'",
    ),
    "a missing plugin file": (NOTHING, [*RUN, "--plugin", "m.py:build"], "no file m.py"),
    "a plugin that is no Python": (lambda: plugin("def ("), CHECK, "not valid Python"),
    "a plugin of null bytes": (lambda: write("mine.py", b"\0\0"), CHECK, "not valid Python"),
    "a plugin without the function": (lambda: plugin("def biuld(): ..."), CHECK, "'biuld'"),
    "a plugin that is a number": (lambda: plugin("build = 3"), CHECK, "is not a function"),
    "a plugin that does not import": (
        lambda: plugin("import nothing_there"),
        CHECK,
        "nothing_there",
    ),
    "a plugin that exits": (lambda: plugin("raise SystemExit(3)"), CHECK, "it exits (3)"),
    "a plugin of an unknown family": (
        lambda: plugin("def build(): ...\nbuild.family = 'depe'"),
        [*RUN, "--plugin", "mine.py"],
        "Did you mean 'deep'",
    ),
    "a plugin whose name is taken": (
        lambda: plugin("def build(): ...", "svm.py"),
        [*RUN, "--plugin", "svm.py"],
        "the name 'svm' is taken",
    ),
    "a plugin twice": (
        lambda: plugin("def build(): ..."),
        [*RUN, "--plugin", "mine.py", "--plugin", "mine.py:build"],
        "the name 'mine' is taken",
    ),
}

FOLDERS = {
    "results is a file": (lambda: write("results"), RUN, "is a file"),
    "results hold a thesis": (lambda: write("results/thesis.tex", "years of work"), RUN, "--out"),
    "results below a file": (lambda: write("x"), [*RUN, "--out", "x/results"], "x/results"),
    "results of another version": (
        lambda: write("results/study.json", '{"schema": 99, "studies": []}'),
        RUN,
        "version 99",
    ),
    "half a study.json": (
        lambda: write("results/study.json", '{"schema": 1, "stud'),
        REPORT,
        "study.json",
    ),
    "a study.json of no bytes": (lambda: write("results/study.json"), REPORT, "study.json"),
    "a study.json that is a list": (
        lambda: write("results/study.json", "[]"),
        REPORT,
        "study.json",
    ),
    "a study.json without studies": (
        lambda: write("results/study.json", f'{{"schema": {SCHEMA}, "studies": []}}'),
        REPORT,
        "study.json",
    ),
    "a study.json of words": (
        lambda: write("results/study.json", f'{{"schema": {SCHEMA}, "studies": "none"}}'),
        REPORT,
        "study.json",
    ),
    "a study.json that nests a thousand deep": (
        lambda: write("results/study.json", "[" * 100_000),
        REPORT,
        "study.json",
    ),
    "a study whose hash was changed": (lambda: results(hash="0" * 12), REPORT, "changed by hand"),
    "a study that was changed": (
        lambda: results(study=Study(("b",), ("c",)).as_json()),
        REPORT,
        "changed by hand",
    ),
    "a study that is a number": (lambda: results(study=3), REPORT, "study.json"),
    "no results to report": (NOTHING, REPORT, "not a results folder"),
    "a file to report": (lambda: write("results"), REPORT, "results"),
    "an empty folder to report": (lambda: Path("results").mkdir(), REPORT, "not a results folder"),
}

PREDICTIONS = {
    "a missing file": (NOTHING, COMPARE, "cannot be read"),
    "a folder of predictions": (lambda: Path("p.csv").mkdir(), COMPARE, "cannot be read"),
    "no predictions": (lambda: write("p.csv"), COMPARE, "is empty"),
    "a picture of predictions": (lambda: write("p.csv", png()), COMPARE, "p.csv"),
    "null bytes": (lambda: write("p.csv", bytes(100)), COMPARE, "p.csv"),
    "no model": (lambda: predictions("1,0,0.1", header="case,label,score"), COMPARE, "'model'"),
    "a short row": (lambda: predictions(*ROWS, "5,0,m"), COMPARE, "line 6"),
    "a score of words": (lambda: predictions(*ROWS, "5,0,m,high"), COMPARE, "line 6: 'high'"),
    "a score that is too large": (lambda: predictions(*ROWS, "5,0,m,1e999"), COMPARE, "line 6"),
    "one class": (lambda: predictions("1,0,m,0.1", "2,0,m,0.2"), COMPARE, "all test cases"),
    "a case twice": (lambda: predictions(*ROWS, ROWS[0]), COMPARE, "case '1' again"),
    "a seed of words": (
        lambda: predictions(
            *(f"{row},first" for row in ROWS), header="case,label,model,score,seed"
        ),
        COMPARE,
        "seed 'first' is not a whole number",
    ),
    "a model that is not there": (
        lambda: predictions(*ROWS, *(row.replace("m", "n") for row in ROWS)),
        [*COMPARE, "--a", "m", "--b", "o"],
        "--b o",
    ),
    "an output folder that is a file": (
        lambda: [predictions(*ROWS, *(r.replace("m", "n") for r in ROWS)), write("x")],
        [*COMPARE, "--out", "x"],
        "x",
    ),
}

KINDS = {
    f"{area}: {kind}": case
    for area, table in {
        "flags": FLAGS,
        "files": FILES,
        "manifests": MANIFESTS,
        "npz": ARCHIVES,
        "studies": STUDIES,
        "plugins": PLUGINS,
        "results": FOLDERS,
        "predictions": PREDICTIONS,
    }.items()
    for kind, case in table.items()
}


def test_there_are_at_least_100_kinds():
    assert len(KINDS) >= 100


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_gets_one_clear_message_and_exit_status_2(kind, capfd, own_folder):
    make, arguments, message = KINDS[kind]
    if make is not None:
        make()
    before = contents(own_folder)
    assert run_command(arguments) == 2
    told = capfd.readouterr().err
    assert message in told
    assert "Traceback" not in told
    lines = told.strip().splitlines()
    assert [line for line in lines if line.startswith("Error")] == lines[-1:]
    assert len(lines) == 1 or lines[0].startswith("Usage: ")
    assert len(lines[-1]) < 700
    assert contents(own_folder) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but those of the program's own cache and the lock of a run."""
    found = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    own = (folder / "cache", folder / "results" / ".running")
    return {str(p): p.read_bytes() for p in found if not any(map(p.is_relative_to, own))}


BREAKING = {
    "raises": "def fit(self, X, y): raise ValueError('no\\nway')",
    "exits": "def fit(self, X, y): raise SystemExit(3)",
    "dies": "def fit(self, X, y): __import__('os')._exit(9)",
    "hangs": "def fit(self, X, y): __import__('time').sleep(600)",
    "nan": "def predict_proba(self, X): return np.full((len(X), 2), np.nan)",
    "wrong_shape": "def predict_proba(self, X): return np.zeros(len(X))",
    "not_a_sum": "def predict_proba(self, X): return np.ones((len(X), 2))",
    "runs_out_of_memory": "def fit(self, X, y): raise MemoryError",
    "sound": "def nothing(self): pass",
}
EXPECTED = {
    "raises": ("failed", "ValueError: no way"),
    "exits": ("failed", "exit 3"),
    "dies": ("failed", "exit status 9"),
    "hangs": ("timeout", "limit of 20 s"),
    "nan": ("failed", "NaN"),
    "wrong-shape": ("failed", "shape"),
    "not-a-sum": ("failed", "sum"),
    "runs-out-of-memory": ("out-of-memory", "MemoryError"),
    "does-not-import": ("unavailable", "ModuleNotFoundError"),
    "dies-on-import": ("unavailable", "exit status 4"),
    "sound": ("ok", ""),
}


@pytest.fixture(scope="module")
def after_broken_plugins(tmp_path_factory):
    """The results of a run in which every plugin but one breaks in a way of its own."""
    root = tmp_path_factory.mktemp("plugins")
    frame = """
        import numpy as np
        from sklearn.dummy import DummyClassifier

        class Method(DummyClassifier):
            {body}

        def build():
            return Method()
    """
    for name, body in BREAKING.items():
        (root / f"{name}.py").write_text(textwrap.dedent(frame).format(body=body))
    (root / "does_not_import.py").write_text("import nothing_of_this_name\ndef build(): ...\n")
    (root / "dies_on_import.py").write_text("import os; os._exit(4)\ndef build(): ...\n")
    plugins = [a for path in sorted(root.glob("*.py")) for a in ("--plugin", str(path))]
    names = [a for name in EXPECTED for a in ("--method", name)]
    command = ["run", "--dataset", "phantom-null", *plugins, *names, "--method", "class-prior"]
    command += ["--out", str(root / "results"), "--timeout", "20", "--no-report", "--jobs", "2"]
    command += ["--seeds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *command], capture_output=True, text=True, cwd=root
    )
    return done, Store(root / "results")


@pytest.mark.slow
def test_a_run_with_broken_plugins_ends_with_status_1(after_broken_plugins):
    done, _ = after_broken_plugins
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "12 trial(s) run, 0 reused, 10 failed" in done.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_plugin_is_a_stored_failure(after_broken_plugins, name):
    _, store = after_broken_plugins
    seed = None if EXPECTED[name][0] == "unavailable" else 0  # what was not built has no seeds
    stored = store.run(Trial("phantom-null", name, seed))
    status, text = EXPECTED[name]
    assert stored.status == status
    assert text in stored.error
    assert "\n" not in stored.error


def test_methods_beside_a_broken_plugin_are_run(after_broken_plugins):
    _, store = after_broken_plugins
    assert store.run(Trial("phantom-null", "class-prior")).status == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_costs_no_stored_run(tmp_path):
    code = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from bench.protocol.errors import ResultsError
        from bench.protocol.cards import MethodCard
        from bench.protocol.predictions import Predictions
        from bench.protocol.record import Environment, Run, Trial
        from bench.results.store import Store
        from bench.protocol.study import Study

        def run(n, seed):
            p = np.random.default_rng(0).random((n, 2))
            ids = np.arange(n).astype(str)
            table = Predictions(ids, np.repeat("test", n), np.zeros(n, np.int64), None, p)
            card = MethodCard("m", "classical", "", "", "")
            place = Environment("", "", "", 1, 1, "cpu")
            return Run(Trial("a", "m", seed), card, "ok", "", "quick", place, "", predictions=table)

        store = Store(Path(sys.argv[1]))
        store.declare(Study(("a",), ("m",)))
        store.write_run(run(10, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        for seed in (0, 1):
            try:
                store.write_run(run(10_000, seed))
            except ResultsError as error:
                assert "cannot be written" in str(error), error
            else:
                raise AssertionError("a limit on file size did not stop the write")
        assert len(store.run(Trial("a", "m", 0)).predictions.labels) == 10
        assert list(store.trials()) == [Trial("a", "m", 0)]
        assert not [p for p in store.root.rglob(".incomplete*")]
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "results")], check=True
    )
