"""Folders as people have them: parts, classes, litter, links, masks beside images."""

import os

import numpy as np
import pytest
from PIL import Image

from bench.data.folders.manifest import cases
from bench.data.folders.names.parts import part_of
from bench.protocol.errors import DataError, DataUnsuitable
from tests.bench.data.folders.pictures import picture, sixteen
from tests.bench.data.formats.dicom_files import write

pytestmark = pytest.mark.slow


def parts(root, *names):
    for part in names:
        for name in ("NORMAL", "PNEUMONIA"):
            for i in range(4):
                picture(root / part / name / f"{i}.png", i)


def splits(listing):
    return {case.path.split("/")[0]: case.split for case in listing.cases}


def finding(listing, check):
    return next(found for found in listing.findings if found.check == check)


@pytest.mark.parametrize(
    "names",
    [
        ("train", "test"),
        ("Training", "Testing"),
        ("Train Set", "Test Set"),
        ("seg_train", "seg_test"),
        ("train", "dev", "test"),
        ("train", "valid", "test"),
        ("TRAIN_images", "VAL-images", "TEST.images"),
        ("trainset", "testset"),
        ("imagesTr", "imagesTs"),
        ("train2017", "val2017", "test2017"),
        ("Train_2017", "Test_2017"),
        ("train", "test1"),
    ],
)
def test_parts_are_known_in_the_spellings_that_people_use(tmp_path, names):
    parts(tmp_path, *names)
    found = cases(tmp_path)
    want = ("train", "val", "test") if len(names) == 3 else ("train", "test")
    assert splits(found) == dict(zip(names, want, strict=True))
    assert {case.label for case in found.cases} == {"NORMAL", "PNEUMONIA"}


@pytest.mark.parametrize(
    "name",
    ["trainer", "contrast", "latest", "benign", "1", "tested positive", "2017", "ts1", "grade1"],
)
def test_other_words_are_no_parts(name):
    assert part_of(name) is None


def test_litter_and_folders_without_images_mean_nothing(tmp_path):
    parts(tmp_path, "train", "test")
    (tmp_path / "empty").mkdir()
    picture(tmp_path / "__MACOSX" / "train" / "NORMAL" / "0.png")
    picture(tmp_path / ".cache" / "a" / "0.png")
    picture(tmp_path / "train" / ".ipynb_checkpoints" / "0.png")
    picture(tmp_path / "results" / "report" / "figure.png")
    (tmp_path / "results" / ".running").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "README.txt").write_text("words")
    found = cases(tmp_path)
    assert splits(found) == {"train": "train", "test": "test"}
    assert len(found.cases) == 16


def test_images_in_a_folder_that_is_no_part_are_counted(tmp_path):
    parts(tmp_path, "train", "test")
    picture(tmp_path / "extra" / "0.png")
    picture(tmp_path / "train" / "loose.png")
    picture(tmp_path / "cover.png")
    found = cases(tmp_path)
    assert len(found.cases) == 16
    text = finding(found, "left-out").text
    assert "1 image in the folder 'extra', which is no part" in text
    assert "1 image in 'train' beside the folders of classes" in text
    assert "1 image beside the folders" in text


def test_a_part_under_an_unknown_name_is_refused(tmp_path):
    parts(tmp_path, "train", "eval")
    with pytest.raises(DataError, match=r"'eval' holds classes, as 'train' does.*Rename"):
        cases(tmp_path)


@pytest.mark.parametrize("names", [("train", "test"), ("TR", "TS"), ("train", "cat")])
def test_parts_without_classes_are_refused_and_not_taken_for_classes(tmp_path, names):
    for part in names:
        picture(tmp_path / part / "0.png")
    first = sorted(names)[0] if names[1] == "test" else names[0]
    said = rf"no sub-folders of classes.*{names[0]!r} for train.*to 'class {first}'"
    with pytest.raises(DataError, match=said):
        cases(tmp_path)


@pytest.mark.parametrize("name", ["TR", "TS", "dev"])
def test_a_class_whose_name_may_be_short_for_a_part_is_one_beside_others_and_that_is_told(
    tmp_path, name
):
    for top in (name, "MR"):
        picture(tmp_path / top / "0.png")
    found = cases(tmp_path)
    assert {(case.label, case.split) for case in found.cases} == {(name, ""), ("MR", "")}
    assert f"{name!r}, which could be short for" in finding(found, "folders").text


@pytest.mark.parametrize("other", ["MR/A4C/0.png", "MR/other/0.png", "MR/0.png"])
def test_one_part_that_may_be_a_class_is_asked_about_where_it_has_sub_folders(tmp_path, other):
    for path in ("TR/A4C/0.png", "TR/PLAX/0.png", other):
        picture(tmp_path / path)
    with pytest.raises(DataError, match=r"'MR' holds .* as 'TR' does.* 'class TR'"):
        cases(tmp_path)


def test_stages_of_tumours_are_no_patients(tmp_path):
    names = [f"pT{i}" for i in range(5)]
    for name in names:
        picture(tmp_path / name / "0.png")
    assert {case.label for case in cases(tmp_path).cases} == set(names)


@pytest.mark.parametrize("word", ["test", "train", "val"])
@pytest.mark.parametrize("below", ["", "scans/"])
def test_numbered_folders_of_one_part_alone_are_refused_with_both_readings(tmp_path, word, below):
    for number in (1, 2):
        for i in range(4):
            picture(tmp_path / f"{word}{number}" / f"{below}{i}.png", i)
    with pytest.raises(DataError) as caught:
        cases(tmp_path)
    text = str(caught.value)
    assert f"'{word}1' and '{word}2' are called like parts, both {word}" in text
    assert f"If they are classes, rename them, for example to 'class {word}1', or write" in text
    assert "If they are parts, each needs a sub-folder per class" in text
    for number in (1, 2):
        (tmp_path / f"{word}{number}").rename(tmp_path / f"class {word}{number}")
    assert {case.label for case in cases(tmp_path).cases} == {f"class {word}{i}" for i in (1, 2)}


def test_numbered_folders_that_hold_the_same_classes_are_parts(tmp_path):
    parts(tmp_path, "test1", "test2")
    found = cases(tmp_path)
    assert splits(found) == {"test1": "test", "test2": "test"}
    assert {case.label for case in found.cases} == {"NORMAL", "PNEUMONIA"}


def test_a_class_may_be_called_like_a_part(tmp_path):
    for name in ("test", "control"):
        for i in range(4):
            picture(tmp_path / name / "scans" / f"{i}.png", i)
    assert {case.label for case in cases(tmp_path).cases} == {"test", "control"}


def test_a_folder_around_everything_is_looked_into(tmp_path):
    parts(tmp_path / "chest", "train", "test")
    assert {case.split for case in cases(tmp_path).cases} == {"train", "test"}


def test_a_class_is_the_same_in_capitals_in_another_part(tmp_path):
    parts(tmp_path, "train")
    for name in ("normal", "pneumonia"):
        picture(tmp_path / "test" / name / "0.png")
    found = cases(tmp_path)
    assert len({case.label for case in found.cases}) == 2
    assert finding(found, "class-names").values["joined"] == 2


def test_links_to_folders_are_followed_and_loops_are_not(tmp_path):
    sixteen(tmp_path / "store")
    sixteen(tmp_path / "set")
    for name in "ab":
        os.symlink(tmp_path / "store" / name, tmp_path / "set" / name / "more")
    os.symlink(tmp_path / "set", tmp_path / "set" / "a" / "loop")
    found = cases(tmp_path / "set")
    assert len(found.cases) == 32
    assert {case.label for case in found.cases if "/more/" in case.path} == {"a", "b"}
    assert "1 links to folders that are read already" in finding(found, "left-out").text


def test_a_link_never_takes_images_from_the_class_that_they_lie_in(tmp_path):
    sixteen(tmp_path)
    os.symlink(tmp_path / "b", tmp_path / "a" / "more")
    found = cases(tmp_path)
    assert sum(case.label == "b" for case in found.cases) == 8


def test_dicom_is_read_whatever_it_is_called(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for i, suffix in enumerate((".dcm", ".IMA", "", ".1", ".img")):
            write(tmp_path / name / f"{i}{suffix}", np.zeros((8, 8), np.uint16))
    assert len(cases(tmp_path).cases) == 10


def test_the_listing_of_a_medium_is_no_image(tmp_path):
    sixteen(tmp_path)
    write(tmp_path / "a" / "DICOMDIR", np.zeros((8, 8), np.uint16))
    found = cases(tmp_path)
    assert len(found.cases) == 16
    assert finding(found, "left-out").text == "1 file left out: no suffix (1)."


def test_gif_and_jpeg_2000_are_images(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for suffix in ("gif", "jp2"):
            pixels = np.random.default_rng(0).integers(0, 256, (16, 16)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"0.{suffix}")
    assert len(cases(tmp_path).cases) == 4


def test_files_that_are_left_out_are_counted_by_their_suffix(tmp_path):
    sixteen(tmp_path)
    for i in range(6):
        (tmp_path / "a" / f"{i}.mha").write_text("other")
    (tmp_path / "b" / "notes").write_text("words")
    said = finding(cases(tmp_path), "left-out")
    assert said.level == "note"
    assert said.text == "7 files left out: no suffix (1), .mha (6)."


def test_a_name_that_is_not_utf_8_is_refused_by_name(tmp_path):
    sixteen(tmp_path)
    content = (tmp_path / "a" / "0.png").read_bytes()
    try:
        (tmp_path / os.fsdecode(b"a/l\xe9.png")).write_bytes(content)
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    with pytest.raises(DataError, match=r"a/l\\xe9\.png is not UTF-8\. Rename it\.") as refusal:
        cases(tmp_path)
    str(refusal.value).encode("utf-8")


def test_masks_beside_images_of_the_same_names_are_no_class(tmp_path):
    for i in range(6):
        picture(tmp_path / "images" / f"{i}.png", i)
        picture(tmp_path / "masks" / f"{i}.png", i)
    with pytest.raises(DataUnsuitable, match="one set of images with masks and without classes"):
        cases(tmp_path)


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("images/{c}/{i}.png", "masks/{c}/{i}.png"),
        ("{c}/images/{i}.png", "{c}/masks/{i}_mask.png"),
        ("{c}/{i}.png", "{c}/masks/{i}.png"),
        ("Images/{c}/{i}.jpg", "Labels/{c}/{i}.png"),
        ("train/{c}/images/{i}.png", "train/{c}/masks/{i}.png"),
        ("{c}/{i}.png", "{c}/{i}_mask.png"),
        ("{c}/{i}.png", "{c}/{i}_segmentation.tif"),
        ("{c}/{i}.png", "{c}/{i}_GT.png"),
        ("{c}/{i}.png", "{c}/{i}-label.png"),
        ("{c}/image_{i}.png", "{c}/mask_{i}.png"),
    ],
)
def test_masks_in_folders_of_their_own_and_beside_images_belong_to_these(tmp_path, image, mask):
    for c in ("benign", "malignant"):
        for i in range(4):
            picture(tmp_path / image.format(c=c, i=i), i)
            picture(tmp_path / mask.format(c=c, i=i), i)
    found = cases(tmp_path)
    assert {case.label for case in found.cases} == {"benign", "malignant"}
    assert [(case.path, case.masks) for case in found.cases] == [
        (image.format(c=c, i=i), (mask.format(c=c, i=i),))
        for c in ("benign", "malignant")
        for i in range(4)
    ]


def test_a_mask_without_its_image_is_refused(tmp_path):
    for c in ("benign", "malignant"):
        for i in range(4):
            picture(tmp_path / c / f"{i}.png", i)
            picture(tmp_path / c / "masks" / f"{i}.png", i)
    picture(tmp_path / "benign" / "masks" / "9.png")
    with pytest.raises(DataError, match=r"masks/9\.png: lies in a folder of masks"):
        cases(tmp_path)


def test_classes_may_be_called_mask_and_no_mask(tmp_path):
    for name in ("mask", "no mask"):
        for i in range(4):
            picture(tmp_path / name / f"{i}.png", i)
    assert {case.label for case in cases(tmp_path).cases} == {"mask", "no mask"}


def test_other_words_of_masks_name_images_where_no_image_has_the_rest_of_the_name(tmp_path):
    for name in ("benign", "malignant"):
        for i in range(4):
            picture(tmp_path / name / f"label_{i}.png", i)
            picture(tmp_path / name / f"x{i}_gt.png", i)
    found = cases(tmp_path).cases
    assert len(found) == 16
    assert not any(case.masks for case in found)


def test_a_table_beside_images_without_classes_is_pointed_out_as_what_may_list_them(tmp_path):
    picture(tmp_path / "0.png")
    (tmp_path / "labels.csv").write_text("file,diagnosis\n0.png,benign\n")
    with pytest.raises(DataError, match=r"If labels\.csv lists the images, save it as manifest"):
        cases(tmp_path)


@pytest.mark.parametrize("mask", ["{c}/masks/{i}_lesion.png", "{c}/images/masks/x{i}.png"])
def test_masks_of_other_names_do_not_become_images_of_the_class(tmp_path, mask):
    for c in ("benign", "malignant"):
        for i in range(4):
            picture(tmp_path / c / "images" / f"{i}.png", i)
            picture(tmp_path / mask.format(c=c, i=i), i)
    with pytest.raises(DataError, match="there is no image of its name"):
        cases(tmp_path)


@pytest.mark.parametrize("mask", ["{c}/masks/img_{i}.png", "{c}/img_{i}_mask.png"])
def test_case_tells_no_image_from_its_mask(tmp_path, mask):
    for c in ("benign", "malignant"):
        for i in range(4):
            picture(tmp_path / c / f"IMG_{i}.PNG", i)
            picture(tmp_path / mask.format(c=c, i=i), i)
    found = cases(tmp_path).cases
    assert [case.masks for case in found] == [
        (mask.format(c=c, i=i),) for c in ("benign", "malignant") for i in range(4)
    ]
    picture(tmp_path / "benign" / "img_0.png")
    with pytest.raises(DataError, match=r"could be the mask of .*IMG_0.* and .*img_0"):
        cases(tmp_path)
