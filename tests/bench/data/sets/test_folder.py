"""Folders of images as people have them. Wrong ones: see test_wrong_input.py."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.data.folders.manifest import cases, is_for_segmentation
from bench.data.folders.reading import Reading
from bench.data.formats.images import decode, file_bytes, read
from bench.data.pseudonyms import pseudonymised
from bench.data.resizing import fit, pad
from bench.data.sets import folder
from bench.protocol.cards import CheckFinding
from bench.protocol.choices import Task
from bench.protocol.errors import DataError
from tests.bench.data.formats.dicom_files import write as write_dicom


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape or (20, 16)).astype(np.uint8)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def classes(root: Path, n: int = 8, *shape: int) -> None:
    for k, label in enumerate(("benign", "malignant")):
        for i in range(n):
            save(root / label / f"{i}.png", noise(100 * k + i, *shape))


def manifest(root: Path, header: str, rows: list[str]) -> None:
    (root / "manifest.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def numbered(root: Path, n: int = 12) -> list[str]:
    for i in range(n):
        save(root / f"{i}.png", noise(i))
    return [f"{i}.png,{'ab'[i % 2]}" for i in range(n)]


def test_sub_folders_are_classes(tmp_path):
    classes(tmp_path / "set")
    data = folder.load(tmp_path / "set")
    assert (data.name, data.class_names, data.positive) == ("set", ("benign", "malignant"), 1)
    assert data.image_shape == (64, 64, 1)
    assert data.provenance.split == "automatic"
    assert sum(len(part) for _, part in data.parts()) == 16


def test_it_is_known_which_images_were_stretched_from_the_cache_too(tmp_path):
    classes(tmp_path / "set")
    for i in range(4):
        deep = np.arange(320, dtype=np.uint16).reshape(20, 16) * (i + 3)
        write_dicom(tmp_path / "set" / "benign" / f"deep{i}.dcm", deep, stored=12)
        write_dicom(tmp_path / "set" / "benign" / f"plain{i}.dcm", noise(200 + i))
    for added in (False, True):
        if added:
            save(tmp_path / "set" / "malignant" / "another.png", noise(300))
        data = folder.load(tmp_path / "set")
        names = np.concatenate([part.case_ids for _, part in data.parts()])
        told = sorted(names[data.files.stretched].tolist())
        assert told == [f"benign/deep{i}.dcm" for i in range(4)]


def test_the_same_folder_gives_the_same_data(tmp_path):
    classes(tmp_path)
    assert folder.load(tmp_path).fingerprint == folder.load(tmp_path).fingerprint
    other = folder.load(tmp_path, split_seed=1)
    assert other.fingerprint != folder.load(tmp_path).fingerprint


def test_sub_folders_train_and_test_are_parts_and_validation_is_cut_from_train(tmp_path):
    for part in ("train", "test"):
        classes(tmp_path / part, 10)
    data = folder.load(tmp_path)
    assert {name: len(part) for name, part in data.parts()} == {"train": 16, "val": 4, "test": 20}
    assert all(case.startswith("test/") for case in data.test.case_ids)
    assert data.provenance.split == "given"


def test_where_train_or_test_is_missing_it_is_told_what_is_there_and_what_to_do(tmp_path):
    for part in ("test1", "test2"):
        classes(tmp_path / "set" / part, 3)
    with pytest.raises(DataError, match=r"12 images are in 'test', none in 'train': .* 'test1' is"):
        folder.load(tmp_path / "set")
    rows = [f"{row},train" for row in numbered(tmp_path / "listed")]
    manifest(tmp_path / "listed", "path,label,split", rows)
    with pytest.raises(DataError, match=r"12 images are in 'train', none in 'test'\. Correct the"):
        folder.load(tmp_path / "listed")


def test_the_manifest_gives_split_and_group(tmp_path):
    rows = numbered(tmp_path)
    parts = ["train"] * 6 + ["valid"] * 2 + ["Test"] * 4
    rows = [
        f"{row},{part},p{i // 2}" for i, (row, part) in enumerate(zip(rows, parts, strict=True))
    ]
    manifest(tmp_path, "path,label,split,group", rows)
    data = folder.load(tmp_path)
    assert {name: len(part) for name, part in data.parts()} == {"train": 6, "val": 2, "test": 4}
    assert data.test.groups.tolist() == ["p4", "p4", "p5", "p5"]


def test_groups_stay_together_in_an_automatic_split(tmp_path):
    rows = [f"{row},p{i // 4}" for i, row in enumerate(numbered(tmp_path, 40))]
    manifest(tmp_path, "path,label,group", rows)
    parts = [set(part.groups) for _, part in folder.load(tmp_path).parts()]
    assert parts[0] & parts[1] == parts[0] & parts[2] == parts[1] & parts[2] == set()


def test_a_manifest_from_a_spreadsheet_with_semicolons_and_byte_order_mark_is_read(tmp_path):
    rows = [row.replace(",", ";") for row in numbered(tmp_path)]
    (tmp_path / "manifest.csv").write_text("\ufeffpath;label\r\n" + "\r\n".join(rows))
    assert folder.load(tmp_path).class_names == ("a", "b")


def test_masks_of_a_manifest_become_the_last_channel(tmp_path):
    rows = numbered(tmp_path)
    drawn = np.zeros((20, 16), np.uint8)
    drawn[5:10] = 128
    save(tmp_path / "masks" / "m.png", drawn)
    rows = [f"{row},masks/m.png" if i else f"{row}," for i, row in enumerate(rows)]
    manifest(tmp_path, "path,label,mask", rows)
    data = folder.load(tmp_path, size=20)
    assert data.image_shape == (20, 20, 2)
    masks = {
        case: part.images[i, ..., 1]
        for _, part in data.parts()
        for i, case in enumerate(part.case_ids)
    }
    assert masks["0.png"].max() == 0
    assert np.unique(masks["1.png"]).tolist() == [0, 255]
    assert (masks["1.png"].any(axis=1) == (np.arange(20) // 5 == 1)).all()


def test_masks_beside_their_images_are_masks_and_not_images(tmp_path):
    classes(tmp_path, 6)
    for k in range(2):
        drawn = np.zeros((20, 16), np.uint8)
        drawn[4 * k : 4 * k + 2] = 255
        save(tmp_path / "benign" / f"0_mask{'_1' * k}.png", drawn)
    data = folder.load(tmp_path, size=20)
    assert sum(len(part) for _, part in data.parts()) == 12
    masks = {
        case: part.images[i, ..., 1].sum() // 255
        for _, part in data.parts()
        for i, case in enumerate(part.case_ids)
    }
    assert masks.pop("benign/0.png") == 4 * 16
    assert set(masks.values()) == {0}


def test_a_name_with_mask_in_it_is_an_image_where_it_is_no_mask_of_one(tmp_path):
    for label in ("with_mask", "without_mask"):
        for i in range(6):
            save(tmp_path / label / f"{label}_{i}.png", noise(100 * len(label) + i))
    save(tmp_path / "with_mask" / "1_masked_view.png", noise(99))
    data = folder.load(tmp_path, size=20)
    assert sum(len(part) for _, part in data.parts()) == 13
    assert data.image_shape[2] == 1


def test_masks_without_an_image_are_told_where_others_have_one(tmp_path):
    classes(tmp_path, 6)
    drawn = np.full((20, 16), 255, np.uint8)
    save(tmp_path / "benign" / "0_mask.png", drawn)
    save(tmp_path / "malignant" / "7_mask_1.png", drawn)
    with pytest.raises(DataError, match=r"7_mask_1\.png: looks like the mask .*malignant/7\.png"):
        folder.load(tmp_path, size=20)


def test_in_a_folder_of_each_case_the_mask_is_no_image_of_the_class(tmp_path):
    drawn = np.full((20, 16), 255, np.uint8)
    for k, label in enumerate(("benign", "malignant")):
        for i in range(3):
            save(tmp_path / label / f"case {i}" / "image.png", noise(100 * k + i))
            save(tmp_path / label / f"case {i}" / "Mask.png", drawn)
    found = cases(tmp_path).cases
    assert [(case.path, case.masks) for case in found[:1]] == [
        ("benign/case 0/image.png", ("benign/case 0/Mask.png",))
    ]
    assert len(found) == 6


def test_a_mask_is_of_the_only_image_that_is_called_like_it_but_for_a_word(tmp_path):
    drawn = np.full((20, 16), 255, np.uint8)
    for k, label in enumerate(("benign", "malignant")):
        for i in range(4):
            save(tmp_path / label / f"{i}_flair.png", noise(100 * k + i))
            save(tmp_path / label / f"{i}_seg.png", drawn)
    found = cases(tmp_path).cases
    assert [(case.path, case.masks) for case in found[:2]] == [
        (f"benign/{i}_flair.png", (f"benign/{i}_seg.png",)) for i in range(2)
    ]
    assert len(found) == 8
    save(tmp_path / "benign" / "3_t1.png", noise(7))
    with pytest.raises(DataError, match=r"3_seg.png: could be the mask of .*3_flair.* or .*3_t1"):
        cases(tmp_path)


def test_a_folder_per_patient_is_not_taken_for_classes(tmp_path):
    for i in range(6):
        for k in range(6):
            save(tmp_path / f"patient{i:03d}" / f"{k}.png", noise(10 * i + k))
    with pytest.raises(DataError, match=r"'patient000', are called like patients.*manifest\.csv"):
        folder.load(tmp_path, size=20)
    for i in range(6):
        for k in range(6):
            save(tmp_path / f"patient{i:03d}" / f"{k}_mask.png", np.full((20, 16), 255, np.uint8))
    with pytest.raises(
        DataError, match=r"find its masks: --task segmentation\. To classify, write"
    ):
        folder.load(tmp_path, size=20)


def told_of_folders(root: Path, task: Task) -> CheckFinding | None:
    found = cases(root, Reading(task=task)).findings
    return next((finding for finding in found if finding.check == "folders"), None)


def test_folders_that_may_be_patients_are_told_as_what_they_were_taken_for(tmp_path):
    for i, code in enumerate(("A101", "A102", "B203", "B204", "C305", "C306")):
        for k in range(2):
            save(tmp_path / code / f"{k}.png", noise(2 * i + k))
            save(tmp_path / code / f"{k}_mask.png", np.full((20, 16), 255, np.uint8))
    assert is_for_segmentation(tmp_path)
    patients = told_of_folders(tmp_path, "segmentation")
    assert patients.level == "note"
    assert patients.text.startswith("6 folders are taken for patients, whose images stay together")
    assert "'A101', " in patients.text
    assert "If they are classes: --task classification." in patients.advice
    data = folder.load(tmp_path, size=20, reading=Reading(task="segmentation"))
    (stored,) = [f for f in pseudonymised(data, False).files.said if f.check == "folders"]
    assert "A101" not in stored.text  # a patient is never stored by name
    taken = told_of_folders(tmp_path, "classification")
    assert taken.level == "note"
    assert taken.text.startswith("6 folders are taken for classes, and are called as patients")
    assert "--task segmentation" in taken.advice
    assert "path, label and group" in taken.advice


def test_small_classes_that_are_called_like_patients_are_told_as_what_they_may_be(tmp_path):
    for i, code in enumerate(("A101", "A102", "B203", "B204", "C305", "C306")):
        for k in range(2):
            save(tmp_path / code / f"{k}.png", noise(2 * i + k))
    with pytest.raises(DataError) as refused:
        folder.load(tmp_path)
    assert "class 'A101' has 2 images. The 6 sub-folders, such as 'A101'" in str(refused.value)
    assert "If they are patients, write a manifest.csv" in str(refused.value)


def test_folders_that_can_hardly_be_anything_else_are_told_as_fine(tmp_path):
    for i in range(6):
        for k in range(2):
            save(tmp_path / f"patient_{i}" / f"{k}.png", noise(k))
            save(tmp_path / f"patient_{i}" / f"{k}_mask.png", np.full((20, 16), 255, np.uint8))
    assert told_of_folders(tmp_path, "segmentation").level == "fine"
    classes(tmp_path / "others")
    assert told_of_folders(tmp_path / "others", "classification") is None


def test_colour_is_kept_only_if_there_is_any(tmp_path):
    gray = noise(0, 16, 16)
    for root, colour in ((tmp_path / "gray", False), (tmp_path / "rgb", True)):
        classes(root)
        save(root / "benign" / "c.png", noise(1, 16, 16, 3) if colour else np.dstack([gray] * 3))
        assert folder.load(root).image_shape[2] == (3 if colour else 1)


def test_the_aspect_ratio_is_kept():
    boxed = pad(fit(np.full((10, 20), 200, np.uint8), (40, 40), "letterbox"), (40, 40))
    assert (boxed[:10] == 0).all()
    assert (boxed[10:30] == 200).all()
    assert (boxed[30:] == 0).all()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.bmp", "a.webp"])
def test_common_formats_are_read(tmp_path, name):
    pixels = np.tile(np.linspace(0, 255, 32).astype(np.uint8), (32, 1))
    save(tmp_path / name, pixels)
    found = decode(tmp_path / name)
    assert np.abs(found.reshape(32, 32, -1)[..., 0].astype(int) - pixels).mean() < 3


def test_of_16_bits_the_upper_8_that_are_used_are_kept(tmp_path):
    values = (np.arange(64, dtype=np.uint16) * 60).reshape(8, 8)  # 12 bits
    for name in ("a.png", "a.tif"):
        Image.fromarray(values).save(tmp_path / name)
        assert read(tmp_path / name, file_bytes(tmp_path / name)).bits == 12
        np.testing.assert_array_equal(decode(tmp_path / name, bits=12), values // 16)
        np.testing.assert_array_equal(decode(tmp_path / name), values // 256)


def test_the_bits_used_are_those_of_the_whole_folder(tmp_path):
    classes(tmp_path)
    for i, brightest in enumerate((500, 4000)):
        Image.fromarray(np.full((16, 16), brightest, np.uint16)).save(tmp_path / f"benign/x{i}.png")
    data = folder.load(tmp_path, size=16)
    assert data.provenance.preprocessing[0] == "the upper 8 of 12 bits kept"
    levels = {
        case: part.images[i].max()
        for _, part in data.parts()
        for i, case in enumerate(part.case_ids)
    }
    assert (levels["benign/x0.png"], levels["benign/x1.png"]) == (500 // 16, 4000 // 16)


@pytest.mark.parametrize(
    ("mode", "shape"),
    [("1", ()), ("LA", ()), ("RGBA", (3,)), ("P", (3,)), ("CMYK", (3,))],
)
def test_every_mode_becomes_gray_or_rgb(tmp_path, mode, shape):
    picture = Image.fromarray(noise(0, 9, 7, 3)).convert(mode)
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    picture.save(path)
    assert decode(path).shape == (9, 7, *shape)


def test_a_photograph_is_turned_upright(tmp_path):
    pixels = np.zeros((8, 16), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned by a quarter
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif)
    assert decode(tmp_path / "a.jpg").shape == (16, 8)


def test_a_file_listed_under_two_spellings_is_listed_twice(tmp_path):
    manifest(tmp_path, "path,label", [*numbered(tmp_path), "./0.png,b"])
    with pytest.raises(DataError, match="more than once"):
        folder.load(tmp_path)


def test_a_quoted_field_of_a_manifest_may_have_line_breaks(tmp_path):
    rows = [f'{row},"two\nlines"' for row in numbered(tmp_path)]
    manifest(tmp_path, "path,label,remark", rows)
    assert sum(len(part) for _, part in folder.load(tmp_path).parts()) == 12


@pytest.mark.parametrize("name", ["a.png", "a.dcm", "a.nii", "a.tif"])
def test_a_broken_file_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"not an image at all" * 20)
    with pytest.raises(DataError, match=name):
        decode(tmp_path / name)


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("BENCH_DATA"), reason="BENCH_DATA is not set")
@pytest.mark.parametrize(
    ("name", "shape", "n"),
    [
        ("busi", (64, 64, 1), 780),
        ("skin-lesions", (64, 64, 3), 1757),
        ("white-blood-cells", (64, 64, 4), 400),
    ],
)
def test_real_folders_are_read(name, shape, n):
    roots = [Path(p) / name for p in os.environ["BENCH_DATA"].split(os.pathsep)]
    root = next((root for root in roots if root.is_dir()), None)
    if root is None:
        pytest.skip(f"BENCH_DATA holds no {name}")
    data = folder.load(root)
    assert data.image_shape == shape
    assert sum(len(part) for _, part in data.parts()) == n
    assert all(len(np.unique(part.labels)) == len(data.class_names) for _, part in data.parts())
