"""EXIF turns an image: what is said where it does not turn its mask."""

import numpy as np
import pytest
from PIL import Image

from bench.data.checks import reading
from bench.data.folders.reading import Reading
from bench.data.formats.masks import TURNED
from bench.data.sets import folder
from bench.protocol.errors import DataError
from bench.protocol.label_maps import decode

ORIENTATION = 274


def save(path, pixels, orientation=1, palette=False):
    path.parent.mkdir(exist_ok=True)
    picture = Image.fromarray(pixels)
    if palette:
        picture.putpalette([0, 0, 0, 255, 0, 0])
    exif = Image.Exif()
    if orientation != 1:
        exif[ORIENTATION] = orientation
    picture.save(path, exif=exif)


def write(root, image=1, mask=1, shape=(32, 32), palette=False, n=15):
    for i in range(n):
        pixels = np.random.default_rng(i).integers(0, 256, shape).astype(np.uint8)
        drawn = np.zeros(shape, np.uint8)
        drawn[3:9, 4 + i % 6 : 20] = 1
        save(root / f"images/{i}.png", pixels, image if i % 3 == 0 else 1)
        save(root / f"masks/{i}.png", drawn, mask if i % 3 == 0 else 1, palette)


def load(root, task="segmentation"):
    return folder.load(root, size=32, reading=Reading(task=task))


@pytest.mark.parametrize("orientation", [3, 6])
def test_images_that_are_turned_without_their_masks_are_counted_and_serious(root, orientation):
    write(root, orientation)
    found = reading.remarks(load(root))
    assert found.level == "serious"
    assert found.values == {TURNED: 5.0}
    assert "5 images: turned as the EXIF of the image says, its mask is not" in found.text
    assert "take the orientation out" in found.advice


def test_so_are_those_whose_masks_are_shown_to_methods(root):
    write(root, 3)
    rows = [f"images/{i}.png,{'ab'[i % 2]},masks/{i}.png" for i in range(15)]
    (root / "manifest.csv").write_text("\n".join(["path,label,mask", *rows]))
    for _ in range(2):  # from the cache, too
        assert reading.remarks(load(root, "classification")).values == {TURNED: 5.0}


@pytest.mark.parametrize("palette", [False, True])
def test_a_mask_that_is_turned_like_its_image_fits(root, palette):
    write(root, 6, 6, palette=palette)
    data = load(root)
    assert reading.remarks(data).level == "fine"
    maps = {
        case: decode(png)
        for case, png in zip(
            np.concatenate([part.case_ids for _, part in data.parts()]).tolist(),
            data.originals.pngs,
            strict=True,
        )
    }
    upright = np.zeros((32, 32), np.uint8)
    upright[4:20, 23:29] = 1  # rows 3 to 8 from the right side on
    np.testing.assert_array_equal(maps["images/0.png"], upright)


def test_a_mask_of_the_sides_before_turning_is_refused_with_the_reason(root):
    write(root, 6, shape=(24, 32))
    with pytest.raises(DataError, match="its image 24×32, turned as its EXIF says"):
        load(root)
