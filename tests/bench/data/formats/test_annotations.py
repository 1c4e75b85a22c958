"""Outlines and boxes are not read, and a folder that has them in the place of masks is told so."""

import json

import numpy as np
import pytest
from PIL import Image

from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.formats.annotations import annotations_beside
from bench.protocol.errors import DataError

COCO = json.dumps(
    {"images": [{"id": 1, "file_name": "0.png"}], "annotations": [], "categories": []}
)
LABELME = json.dumps({"shapes": [{"label": "x", "points": [[1, 2], [3, 4]]}]})
VOC = "<annotation><object><bndbox><xmin>1</xmin></bndbox></object></annotation>"


def images(root, folder="images"):
    (root / folder).mkdir(parents=True)
    for i in range(4):
        Image.fromarray(np.full((8, 8), i, np.uint8)).save(root / folder / f"{i}.png")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("annotations/instances.json", COCO, "outlines or boxes of COCO"),
        ("images/0.json", LABELME, "outlines of LabelMe"),
        ("labels/0.txt", "0 0.2 0.2 0.3 0.2 0.3 0.3\n", "outlines or boxes of YOLO"),
        ("images/0.txt", "1 0.5 0.5 0.25 0.25\n", "outlines or boxes of YOLO"),
        ("annotations/0.xml", VOC, "boxes of Pascal VOC"),
    ],
)
@pytest.mark.parametrize("task", ["classification", "segmentation"])
def test_a_folder_with_outlines_in_the_place_of_masks_is_told_so(tmp_path, name, text, kind, task):
    images(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    if task == "classification":
        images(tmp_path, "train")
        images(tmp_path, "test")
        (tmp_path / "images").rename(tmp_path / "val")
    with pytest.raises(DataError) as refused:
        cases(tmp_path, Reading(task=task))
    assert f"holds {kind}, which are not read: draw them into a PNG" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "5 0.1 0.2 0.3 0.4\n"),
        ("labels/readme.txt", "five images of three patients\n"),
        ("labels/sizes.txt", "3 100 200 300 400\n"),
        ("dataset.json", '{"name": "lesions", "labels": {"0": "background"}}'),
        ("about.xml", "<study/>"),
    ],
)
def test_other_files_are_no_outlines(tmp_path, name, text):
    images(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert annotations_beside(tmp_path) == ""
