"""Images and their masks in folders whose names do not say so are not images of classes."""

import numpy as np
import pytest
from PIL import Image

from bench.data.folders.manifest import cases
from bench.data.sets import folder
from bench.protocol.errors import DataError

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))


def read(root):
    return folder.load(root, 16)


def noise(path, seed):
    """A picture that holds many values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)


def mask(path, i, colours=((255, 255, 255),)):
    """Rectangles of a few colours on black."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((24, 24, 3), np.uint8)
    for k, colour in enumerate(colours):
        pixels[8 * k : 8 * k + 7, 2 + i % 4 : 16] = colour
    Image.fromarray(pixels).save(path)


def pair(root, image, of_it, n=8, **how):
    for i in range(n):
        noise(root / image.format(i), i)
        mask(root / of_it.format(i), i, **how)


@pytest.mark.parametrize(
    ("image", "of_it"),
    [
        ("raw/{}.png", "binary/{}.png"),
        ("x/{}.png", "a/{}.bmp"),
        ("701_StillsRaw/{}.png", "LabeledApproved/{}_L.png"),
        ("photos/{}.png", "coloured/col-{}.png"),
        ("train/raw/{}.png", "train/binary/{}.png"),
        ("raw/train/{}.png", "binary/train/{}.png"),
        ("raw/{}.jpg", "binary/{}.jpg"),
    ],
)
def test_folders_of_images_and_of_masks_are_no_classes_whatever_they_are_called(
    tmp_path, image, of_it
):
    pair(tmp_path, image, of_it)
    if "train/" in image:
        pair(tmp_path, image.replace("train/", "test/"), of_it.replace("train/", "test/"))
    with pytest.raises(DataError, match=r"is called like one in .* images and their masks") as no:
        read(tmp_path)
    assert "Call the folders images and masks, and each mask like its image" in str(no.value)


def test_masks_of_several_colours_are_masks(tmp_path):
    pair(tmp_path, "photos/{}.png", "col/{}.png", colours=((128, 0, 0), (0, 128, 0), (9, 9, 9)))
    with pytest.raises(DataError, match="hold 4 different values at most"):
        read(tmp_path)


def test_an_image_may_have_no_mask(tmp_path):
    pair(tmp_path, "raw/{}.png", "binary/{}.png")
    noise(tmp_path / "raw" / "more.png", 9)
    with pytest.raises(DataError, match="every file in 'binary' is called like one in 'raw'"):
        read(tmp_path)


def test_masks_below_each_class_are_no_images_of_it(tmp_path):
    for name in ("benign", "malignant"):
        pair(tmp_path, f"{name}/raw/{{}}.png", f"{name}/binary/{{}}.png")
    with pytest.raises(DataError, match="every file in 'binary' is called like one in 'raw'"):
        read(tmp_path)
    for name in ("benign", "malignant"):  # as the message says
        (tmp_path / name / "raw").rename(tmp_path / name / "images")
        (tmp_path / name / "binary").rename(tmp_path / name / "masks")
    found = cases(tmp_path).cases
    assert {(case.label, len(case.masks)) for case in found} == {("benign", 1), ("malignant", 1)}


def test_classes_whose_files_are_called_alike_are_classes(tmp_path):
    for name in ("benign", "malignant"):
        for i in range(4):
            noise(tmp_path / name / f"{i}.png", i + len(name))
    assert {*read(tmp_path).class_names} == {"benign", "malignant"}


def test_a_class_of_few_values_whose_files_are_called_otherwise_is_a_class(tmp_path):
    pair(tmp_path, "tissue/{}.png", "glass/g{}.png")
    assert {*read(tmp_path).class_names} == {"glass", "tissue"}


def test_pictures_of_one_value_are_no_masks(tmp_path):
    pair(tmp_path, "tissue/{}.png", "glass/{}.png", colours=())
    assert {*read(tmp_path).class_names} == {"glass", "tissue"}


def test_a_file_that_cannot_be_read_is_left_to_those_who_read_it(tmp_path):
    pair(tmp_path, "raw/{}.png", "binary/{}.png")
    for i in range(8):
        (tmp_path / "raw" / f"{i}.png").write_bytes(b"")
    with pytest.raises(DataError, match="the file is empty"):
        read(tmp_path)
