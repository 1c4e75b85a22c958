"""What `data check` says of how files were read: masks, ranges, remarks, what was left out."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bench.data.checks import masks, reading
from bench.data.checks.audit import check
from bench.data.folders.reading import Reading
from bench.data.formats.masks import SOFT
from bench.data.sets import folder
from tests.bench.data.folders.pictures import picture, write_manifest


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))


def with_masks(root, area, soft=False, suffix="png"):
    """Twelve images of 16 px, the masks of class a `area` px in the middle, of b twice as many."""
    rows = []
    for i in range(12):
        picture(root / "images" / f"{i}.png", i)
        drawn = np.zeros((16, 16), np.uint8)
        drawn[4 : 4 + area * (1 + i % 2) // 4, 4:8] = 255
        shown = Image.fromarray(drawn)
        if soft:
            shown = shown.filter(ImageFilter.GaussianBlur(1))
        (root / "masks").mkdir(exist_ok=True)
        shown.save(root / "masks" / f"{i}.{suffix}")
        rows.append(f"images/{i}.png,{'ab'[i % 2]},masks/{i}.{suffix}")
    write_manifest(root, "path,label,mask", rows)


@pytest.mark.slow
def test_areas_of_masks_are_told_by_class(tmp_path):
    with_masks(tmp_path, 16)
    found = masks.masks(folder.load(tmp_path, size=16))
    assert found.level == "fine"
    assert found.values["median/a"] == pytest.approx(16 / 256)
    assert found.values["median/b"] == pytest.approx(32 / 256)
    assert "a 6.2 % of the image (6.2 to 6.2 %), b 12.5 % of the image" in found.text


@pytest.mark.slow
def test_empty_masks_and_those_at_the_border_are_counted(tmp_path):
    with_masks(tmp_path, 16)
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(tmp_path / "masks" / "3.png")
    drawn = np.zeros((16, 16), np.uint8)
    drawn[:4] = 1
    Image.fromarray(drawn).save(tmp_path / "masks" / "4.png")
    found = masks.masks(folder.load(tmp_path, size=16))
    assert found.level == "note"
    assert (found.values["empty"], found.values["at the border"]) == (1, 1)
    assert found.values["empty/b"] == 1
    assert found.examples == ("images/3.png",)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classification", "segmentation"])
def test_one_mask_for_all_images_is_serious(tmp_path, task):
    as_told = Reading(task=task)
    with_masks(tmp_path, 16)
    assert masks.masks(folder.load(tmp_path, size=16, reading=as_told)).values["same"] == 6
    rows = [f"images/{i}.png,{'ab'[i % 2]},masks/{0 if i < 9 else i}.png" for i in range(12)]
    write_manifest(tmp_path, "path,label,mask", rows)
    found = masks.masks(folder.load(tmp_path, size=16, reading=as_told))
    assert (found.level, found.values["same"]) == ("serious", 10)  # the tenth is drawn alike
    assert "10 images have the very same mask" in found.text


@pytest.mark.slow
def test_a_class_whose_masks_are_all_empty_is_pointed_out(tmp_path):
    with_masks(tmp_path, 16)
    for i in range(0, 12, 2):
        Image.fromarray(np.zeros((16, 16), np.uint8)).save(tmp_path / "masks" / f"{i}.png")
    found = masks.masks(folder.load(tmp_path, size=16))
    assert "the mask alone tells the class" in found.advice


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_soft_masks_are_told_also_from_the_cache(tmp_path, suffix):
    with_masks(tmp_path, 32, soft=True, suffix=suffix)
    for _ in range(2):
        found = reading.remarks(folder.load(tmp_path, size=16))
        assert found.level == "note"
        assert found.values == {SOFT: 12.0}


@pytest.mark.slow
def test_a_saturated_image_that_darkens_all_others_is_serious(tmp_path):
    for i in range(40):
        values = np.random.default_rng(i).integers(0, 4096, (16, 16)).astype(np.uint16)
        if i == 7:
            values[3, 3] = 65535
        path = tmp_path / "ab"[i % 2] / f"{i:02d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(values).save(path)
    found = reading.depth(folder.load(tmp_path, size=16))
    assert found.level == "serious"
    assert found.examples == ("b/07.png",)
    assert found.values == {"bits": 16.0, "bits of most": 12.0, "brighter": 1.0}
    (tmp_path / "b" / "07.png").unlink()
    assert reading.depth(folder.load(tmp_path, size=16)).level == "fine"


def test_what_was_left_out_or_joined_is_among_the_findings(tmp_path):
    for i in range(20):
        picture(tmp_path / "ab"[i % 2] / f"{i}.png", i)
    (tmp_path / "a" / "x.mha").write_text("other")
    data = folder.load(tmp_path, size=16)
    found = {finding.check: finding for finding in check(data, None)}
    assert found["left-out"].text == "1 file left out: .mha (1)."
    assert found["class-names"].level == "fine"
    assert found["masks"].text == "There are none."
