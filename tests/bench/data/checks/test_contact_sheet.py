"""The contact sheet of `data check --show`."""

import numpy as np
import pytest
from PIL import Image

from bench.data.checks.contact_sheet import contact_sheet, write_contact_sheet
from bench.data.dataset import Dataset, Provenance, Split
from bench.protocol.errors import DataError


def data(channels=1, classes=("benign", "größer Ω"), n=12, side=64):
    def part(name, start):
        labels = np.arange(n, dtype=np.int64) % len(classes)
        images = np.zeros((n, side, side, channels), np.uint8)
        images[..., : channels - (channels % 2 == 0)] = 40 + 100 * labels[:, None, None, None]
        if channels % 2 == 0:
            images[:, 20:40, 20:40, -1] = 255
        ids = np.array([f"{name}/{start + i}.png" for i in range(n)])
        return Split(images, labels, ids)

    parts = [part(name, i) for i, name in enumerate(("train", "val", "test"))]
    return Dataset("made", tuple(classes), *parts, Provenance("made here"))


def colours(sheet):
    return {colour for _, colour in sheet.getcolors(sheet.width * sheet.height)}


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_each_class_has_a_row_of_its_images(channels):
    sheet = contact_sheet(data(channels), 3)
    pixels = np.asarray(sheet)
    shown = [(pixels == value).all(axis=2).sum() for value in (40, 140)]
    assert [round(n / 128**2) for n in shown] == [3, 3]
    first, second = (
        np.flatnonzero((pixels == value).all(axis=2).sum(axis=1) >= 3 * 128) for value in (40, 140)
    )
    assert len(first) == len(second) == 128
    assert first.max() < second.min()


@pytest.mark.slow
@pytest.mark.parametrize("channels", [2, 4])
def test_masks_are_drawn_by_their_border(channels):
    sheet = contact_sheet(data(channels), 2)
    marked = (np.asarray(sheet) == (255, 64, 0)).all(axis=2).sum()
    assert marked == 4 * (4 * 40 - 4)
    assert (255, 64, 0) not in colours(contact_sheet(data(channels - 1), 2))


@pytest.mark.slow
def test_a_class_with_few_images_shows_them_all(tmp_path):
    write_contact_sheet(data(n=3), 50, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as opened:
        assert opened.format == "PNG"
        assert opened.width >= 6 * 128


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(DataError, match=r"b\.png: cannot be written"):
        write_contact_sheet(data(), 1, tmp_path / "none" / "b.png")
