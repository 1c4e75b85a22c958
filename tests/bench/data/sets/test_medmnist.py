"""MedMNIST files, and downloads from a server that cuts, lies and refuses."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from bench.data.folders.medmnist_facts import SETS, Facts
from bench.data.sets import local, medmnist
from bench.protocol.errors import DataError, DataUnavailable

REAL = os.environ.get("BENCH_DATA", "")
COUNTS = {"train": 12, "val": 6, "test": 6}


def arrays(channels=1, **changes):
    rng = np.random.default_rng(0)
    shape = (28, 28) if channels == 1 else (28, 28, 3)
    made = {}
    for part, n in COUNTS.items():
        made[f"{part}_images"] = rng.integers(0, 256, (n, *shape)).astype(np.uint8)
        made[f"{part}_labels"] = (np.arange(n) % 2)[:, None].astype(np.uint8)
    made |= changes
    return {name: value for name, value in made.items() if value is not None}


def write(root: Path, name: str = "breastmnist", **changes) -> Path:
    path = root / "medmnist" / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays(**changes))
    return path


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.slow
def test_a_file_is_read_with_its_official_split(tmp_path):
    write(tmp_path / "data")
    assert local.available() == ["breastmnist"]
    data = local.load("breastmnist")
    assert {name: len(part) for name, part in data.parts()} == COUNTS
    assert data.image_shape == (28, 28, 1)
    assert data.class_names[data.positive] == "malignant"
    assert (data.provenance.split, data.provenance.checksum) == ("official", "differs")
    assert data.provenance.licence == "CC BY 4.0"


def test_a_file_with_the_published_checksum_is_official(tmp_path, monkeypatch):
    path = write(tmp_path / "data")
    facts = SETS["breastmnist"]
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    known = Facts(facts.class_names, 0, 1, (12, 6, 6), "CC BY 4.0", {28: md5})
    monkeypatch.setitem(SETS, "breastmnist", known)
    assert local.load("breastmnist").provenance.checksum == "matched"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"val_labels": None}, "no array 'val_labels'"),
        ({"test_images": np.zeros((6, 28, 28))}, "test_images is float64"),
        ({"train_labels": np.zeros((12, 14), np.uint8)}, "one whole number"),
        ({"train_labels": np.full(12, 2)}, r"outside 0\.\.1"),
        ({"train_images": np.array([{}] * 12)}, "Python objects"),
        ({"train_images": np.zeros((0, 28, 28), np.uint8), "train_labels": np.zeros(0)}, "empty"),
        ({"val_images": np.zeros((6, 28, 28, 2), np.uint8)}, "needed is uint8"),
        ({"val_labels": np.zeros(6)}, "one whole number"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, changes, message):
    write(tmp_path / "data", **changes)
    with pytest.raises(DataError, match=message):
        local.load("breastmnist")


def test_a_size_that_is_not_here_says_how_to_get_it(tmp_path):
    write(tmp_path / "data")
    with pytest.raises(DataUnavailable, match="data get breastmnist --size 64"):
        local.load("breastmnist", size=64)
    with pytest.raises(DataError, match="28, 64, 128, 224"):
        local.load("breastmnist", size=100)


def test_sets_of_other_kinds_are_refused():
    with pytest.raises(DataError, match="multi-label"):
        medmnist.check_name("chestmnist")
    with pytest.raises(DataError, match="three-dimensional"):
        medmnist.check_name("nodulemnist3d")
    with pytest.raises(DataError, match="Did you mean 'pathmnist'"):
        medmnist.check_name("pathmnits")


@pytest.mark.slow
def test_folders_come_in_the_order_of_the_variable(tmp_path, monkeypatch):
    for name in ("one", "two"):
        write(tmp_path / name, train_labels=np.arange(12) % 2 if name == "one" else None)
    monkeypatch.setenv(
        "BENCH_DATA", os.pathsep.join([str(tmp_path / "one"), str(tmp_path / "two")])
    )
    assert local.load("breastmnist").name == "breastmnist"


def test_only_published_sets_and_sizes_are_downloaded(tmp_path):
    with pytest.raises(DataError, match="Did you mean 'breastmnist'"):
        medmnist.download("brestmnist", 28, tmp_path)
    with pytest.raises(DataError, match="no size 32"):
        medmnist.download("breastmnist", 32, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "counts"), [("breastmnist", (546, 78, 156)), ("pneumoniamnist", (4708, 524, 624))]
)
def test_the_real_files_have_the_published_split(name, counts, monkeypatch):
    if not REAL:
        pytest.skip("BENCH_DATA is not set")
    monkeypatch.setenv("BENCH_DATA", REAL)
    if name not in local.available():
        pytest.skip(f"BENCH_DATA holds no {name}")
    data = local.load(name)
    assert tuple(len(part) for _, part in data.parts()) == counts == SETS[name].cases
    assert data.class_names[data.positive] in ("malignant", "pneumonia")
