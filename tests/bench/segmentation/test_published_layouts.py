"""Images and masks in the folders that challenges and tools publish and expect."""

import json

import nibabel
import numpy as np
import pytest
from PIL import Image

from bench.data.checks.reading import remarks
from bench.data.folders.manifest import is_for_segmentation
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.protocol.errors import DataError, DataUnsuitable

N = 24


def image(i):
    return np.random.default_rng(i).integers(0, 256, (32, 32)).astype(np.uint8)


def mask(i):
    """One rectangle for each i, from row 4 on."""
    drawn = np.zeros((32, 32), np.uint8)
    drawn[4 : 8 + i % 8, 4 : 6 + i // 8] = 255
    return drawn


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write(root, images, masks, n=N):
    for i in range(n):
        save(root / images.format(i), image(i))
        save(root / masks.format(i), mask(i))


def load(root):
    return folder.load(root, size=32, reading=Reading(task="segmentation"))


def check_pairs(data, number):
    """That every image has the mask that was drawn for it."""
    for part in (data.train, data.val, data.test):
        for case, target in zip(part.case_ids, part.targets, strict=True):
            np.testing.assert_array_equal(target > 0, mask(number(str(case))) > 0)


LAYOUTS = {
    "Kvasir-SEG": ("images/a{}.png", "masks/a{}.png"),
    "CVC-ClinicDB": ("Original/{}.tif", "Ground Truth/{}.tif"),
    "Pascal VOC": ("JPEGImages/p{}.png", "SegmentationClass/p{}.png"),
    "ISIC": ("2018_Task1-2_Training_Input/{}.png", "2018_Task1_Training_GroundTruth/{}_segmentation.png"),  # noqa: E501
    "DRIVE without fields of view": ("training/images/{}_training.tif", "training/1st_manual/{}_manual1.gif"),  # noqa: E501
    "DSB 2018": ("id{0}/images/id{0}.png", "id{0}/masks/nucleus7{0}.png"),
    "Montgomery": ("CXR_png/MC_{}.png", "ManualMask/leftMask/MC_{}.png"),
    "Shenzhen": ("CXR_png/CX_{}.png", "mask/CX_{}_mask.png"),
    "words before": ("image_{}.png", "mask_{}.png"),
    "words after": ("imgs/{}_image.png", "masks/{}_mask.png"),
    "a folder of each case": ("case{0}/image.png", "case{0}/mask.png"),
    "KiTS": ("case_{0}/imaging.png", "case_{0}/segmentation.png"),
    "beside": ("a{}.png", "a{}_seg.png"),
    "beside, of one modality": ("a{}_flair.png", "a{}_seg.png"),
    "beside, in other words": ("P{}-T1.png", "p{}_mask_1.png"),
    "BraTS, of one modality": ("BraTS_00{0}/BraTS_00{0}_t2.png", "BraTS_00{0}/BraTS_00{0}_seg.png"),
    "a part in the name of a folder": ("train_images/{}.png", "train_masks/{}.png"),
}  # fmt: skip


def number_of(case):
    *folders, name = case.split(".")[0].removesuffix("_t2").removesuffix("-T1").split("/")
    digits = [letter for letter in name if letter.isdigit()] or filter(str.isdigit, folders[-1])
    return int("".join(digits))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_image_has_its_own_mask(root, layout):
    write(root, *LAYOUTS[layout])
    assert is_for_segmentation(root)
    data = load(root)
    assert sum(len(part) for _, part in data.parts()) == N
    assert data.provenance.split == "automatic"
    check_pairs(data, number_of)


def test_masks_of_single_objects_are_joined(root):
    for i in range(N):
        save(root / f"id{i}/images/id{i}.png", image(i))
        above, below = mask(i), mask(i)
        above[6:], below[:6] = 0, 0
        save(root / f"id{i}/masks/one.png", above)
        save(root / f"id{i}/masks/two.png", below)
    check_pairs(load(root), number_of)


def test_masks_in_several_folders_of_other_names_are_joined_and_that_is_told(root):
    for i in range(N):
        save(root / f"images/{i}.png", image(i))
        left, right = mask(i), mask(i)
        left[:, 6:], right[:, :6] = 0, 0
        save(root / f"masks/left/{i}.png", left)
        save(root / f"masks/right/{i}.png", right)
    data = load(root)
    check_pairs(data, number_of)
    told = [found.text for found in data.files.said if found.check == "joined-masks"]
    assert told == [
        f"Of {N} images the masks in 'left' and 'right' are joined; what they show is one class."
    ]


def test_parts_are_those_of_the_folders_where_some_are_for_testing(root):
    for part, numbers in (("train", range(16)), ("test", range(16, N))):
        for i in numbers:
            save(root / f"{part}_images/{i}.png", image(i))
            save(root / f"{part}_masks/{i}.png", mask(i))
    data = load(root)
    assert data.provenance.split == "given"
    assert sorted(number_of(case) for case in data.test.case_ids) == list(range(16, N))
    check_pairs(data, number_of)


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("TCGA_CS_49{p}_1996/TCGA_CS_49{p}_1996_{i}.tif", "TCGA_CS_49{p}_1996/TCGA_CS_49{p}_1996_{i}_mask.tif"),  # noqa: E501
        ("P00{p}/img_{i}.png", "P00{p}/img_{i}_mask.png"),
        ("patient_{p}/images/{i}.png", "patient_{p}/masks/{i}.png"),
        ("images/case{p}/{i}.png", "masks/case{p}/{i}.png"),
        ("data/P00{p}/{i}.png", "data/P00{p}/{i}_seg.png"),
    ],
)  # fmt: skip
def test_folders_of_patients_with_masks_are_patients_and_no_classes(root, images, masks):
    for n in range(N):
        place = {"p": n // 3, "i": n % 3}
        save(root / images.format(**place), image(n))
        save(root / masks.format(**place), mask(n))
    assert is_for_segmentation(root)
    data = load(root)
    groups = [set(part.groups.tolist()) for _, part in data.parts()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 8


@pytest.mark.parametrize(
    "names", ["benign malignant", "benign malignant normal", "polyp ulcer cancer cyst scar"]
)
def test_classes_with_masks_stay_classes(root, names):
    for n in range(N):
        name = names.split()[n % len(names.split())]
        save(root / f"{name}/P00{n % 2}/{n}.png", image(n))
        save(root / f"{name}/P00{n % 2}/{n}_mask.png", mask(n))
    assert not is_for_segmentation(root)


def test_parts_with_a_year_are_those_that_were_published(root):
    for part, numbers in (("train2017", range(16)), ("test2017", range(16, N))):
        for i in numbers:
            save(root / f"images/{part}/{i}.png", image(i))
            save(root / f"labels/{part}/{i}.png", mask(i))
    data = load(root)
    assert data.provenance.split == "given"
    assert sorted(number_of(case) for case in data.test.case_ids) == list(range(16, N))


def test_the_same_name_in_two_parts_is_of_two_images(root):
    for i in range(N):
        part = "train" if i % 2 else "test"
        save(root / f"images/{part}/{i // 2}.png", image(i))
        save(root / f"masks/{part}/{i // 2}.png", mask(i))
    check_pairs(load(root), lambda case: 2 * number_of(case) + ("/train/" in case))


def volumes(root, channel, labels, slices=3):
    for i in range(6):
        n = slices + (i == 0)  # one volume is longer
        drawn = np.repeat((mask(i) > 0)[..., None], n, axis=2).astype(np.uint8)
        drawn[4, 4] = 2
        for place, values in (("imagesTr", image(i)[..., None] * np.ones(n)), ("labelsTr", drawn)):
            name = f"case_{i:03}{channel if place == 'imagesTr' else ''}.nii.gz"
            (root / place).mkdir(exist_ok=True)
            made = nibabel.Nifti1Image(values.astype(np.float32), np.eye(4))
            nibabel.save(made, root / place / name)
    (root / "imagesTs").mkdir()
    nibabel.save(made, root / "imagesTs" / "case_009.nii.gz")  # published without a mask
    (root / "dataset.json").write_text(json.dumps(labels))


@pytest.mark.parametrize(
    ("channel", "labels"),
    [
        ("", {"labels": {"0": "background", "1": "anterior", "2": "posterior"}}),
        ("_0000", {"labels": {"background": 0, "anterior": 1, "posterior": 2}}),
    ],
    ids=["Decathlon", "nnU-Net"],
)
def test_volumes_and_the_names_of_their_classes(root, channel, labels):
    volumes(root, channel, labels)
    data = load(root)
    assert data.target_names == ("background", "anterior", "posterior")
    assert sum(len(part) for _, part in data.parts()) == 6
    assert "1 image without a mask left out" in " ".join(f.text for f in data.files.said)
    said = remarks(data)
    assert "6 images: a volume of which the middle slice alone is read (across axis 2" in said.text
    assert "and no other, 13 slices are left out; for all slices" in said.text
    assert said.text.count("a volume of which") == 1
    assert "columns path, axis and index" in said.text


@pytest.mark.parametrize(
    "text",
    ["[1]", "{", '{"labels": ["a"]}', "{}", '{"labels": {"background": "none", "whole": 1.5}}'],
)
def test_a_description_of_another_form_names_nothing(root, text):
    volumes(root, "", {})
    (root / "dataset.json").write_text(text)
    assert load(root).target_names == ("background", "value 1", "value 2")


def test_regions_and_ignored_labels_of_nnunet_are_no_classes(root):
    volumes(root, "", {"labels": {"background": 0, "whole": [1, 2], "posterior": [2]}})
    with pytest.raises(
        DataError, match=r"'whole' is a region of the labels \[1, 2\].*classes\.toml"
    ):
        load(root)
    labels = {"labels": {"background": 0, "anterior": [1], "ignore": 2}}
    (root / "dataset.json").write_text(json.dumps(labels))
    with pytest.raises(DataError, match=r"the value 2, which is no class.*name it \"background\""):
        load(root)
    (root / "classes.toml").write_text('[classes]\n1 = "anterior"\n2 = "background"')
    assert load(root).target_names == ("background", "anterior")


def test_masks_of_two_kinds_are_not_joined(root):
    write(root, "training/images/{}_training.tif", "training/1st_manual/{}_manual1.gif")
    write(root, "training/images/{}_training.tif", "training/mask/{}_training_mask.gif")
    assert is_for_segmentation(root)
    with pytest.raises(DataError, match=r"masks in 'training/1st_manual' and in 'training/mask'"):
        load(root)


def test_a_mask_that_could_be_of_two_images_is_refused(root):
    write(root, "images/{}.png", "masks/{}.png")
    save(root / "images/3.tif", image(3))
    with pytest.raises(DataError, match=r"masks/3.png: could be the mask of images/3.png and"):
        load(root)


def test_a_mask_of_a_name_that_two_places_have_is_refused(root):
    write(root, "site1/{}.png", "masks/{}.png")
    save(root / "site2/3.png", image(3))
    with pytest.raises(DataError, match=r"masks/3.png: could be the mask of site1/3.png and site2"):
        load(root)


def test_a_mask_without_an_image_is_refused(root):
    write(root, "images/{}.png", "masks/{}.png")
    save(root / "masks/77.png", mask(0))
    with pytest.raises(DataError, match=r"masks/77.png: .* no image has its name"):
        load(root)


def test_a_mask_of_several_modalities_is_pointed_out(root):
    for i in range(6):
        for word in ("flair", "t1", "seg"):
            save(root / f"B{i}/B{i}_{word}.png", mask(i))
    assert not is_for_segmentation(root)
    with pytest.raises(DataUnsuitable, match=r"B0/B0_seg.png is called like a mask"):
        load(root)
    with pytest.raises(DataUnsuitable, match=r"could be that of B0/B0_flair.png or B0/B0_t1.png;"):
        load(root)


def test_a_mask_of_several_modalities_beside_others_is_told_with_what_is_left_out(root):
    write(root, "a{}.png", "a{}_seg.png")
    for word in ("flair", "t1", "seg"):
        save(root / f"z_{word}.png", mask(0))
    save(root / "y_mask.png", mask(0))
    told = [finding.text for finding in load(root).files.said if finding.check == "left-out"]
    assert told == [
        "4 images without a mask left out: y_mask.png is called like a mask, and no image like the "
        "rest of its name."
    ]
    (root / "y_mask.png").unlink()
    told = [finding.text for finding in load(root).files.said if finding.check == "left-out"]
    assert told[0].endswith(
        ": z_seg.png is called like a mask, and could be that of z_flair.png or z_t1.png."
    )


def test_an_image_with_a_mask_of_its_own_name_takes_no_other(root):
    write(root, "a{}_b.png", "a{}_b_mask.png")
    save(root / "a0_seg.png", mask(1))
    data = load(root)
    check_pairs(data, lambda case: int(case.removeprefix("a").split("_")[0]))


@pytest.mark.parametrize(
    "images",
    [
        "{}/with_mask/{}.png {}/without_mask/{}.png",
        "benign/{}_mask.png malignant/{}.png",
        "benign/{}.png label/{}x.png",
    ],
)
def test_classes_that_are_called_like_masks_are_classes(root, images):
    for i in range(8):
        for path in images.split():
            save(root / path.removeprefix("{}/").format(i), image(i))
    assert not is_for_segmentation(root)


# ---------------------------------------------------------------- names of images and masks


SPELLINGS = {
    "case": ("images/IMG_{}.PNG", "masks/img_{}.png"),
    "composition": ("images/e\u0301_{}.png", "masks/\u00e9_{}.png"),
    "case, beside": ("Scan{}.png", "scan{}_MASK.png"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_case_and_composition_tell_no_names_apart(root, spelling):
    write(root, *SPELLINGS[spelling])
    assert is_for_segmentation(root)
    check_pairs(load(root), number_of)


@pytest.mark.parametrize("twice", ["images", "masks"])
def test_names_that_differ_in_case_alone_are_refused(root, twice):
    write(root, "images/a{}.png", "masks/a{}.png")
    save(root / twice / "A3.png", mask(3))
    with pytest.raises(DataError, match=r"a3\.png.*(could be the mask of|case and how letters)"):
        load(root)


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("images/{:03}.png", "masks/{}.png"),
        ("images/{}.png", "masks/{}_lesion.png"),
        ("JPEGImages/{}.png", "SegmentationClass/{}_x.png"),
        ("train/imgs/{}.png", "train/Ground Truth/x{}.png"),
    ],
)
def test_folders_of_images_and_masks_are_no_classes_whatever_the_files_are_called(
    root, images, masks
):
    write(root, images, masks)
    assert is_for_segmentation(root)
    for task in ("segmentation", "classification"):
        with pytest.raises(DataError, match=r"no image (has|of) its name|without classes"):
            folder.load(root, size=32, reading=Reading(task=task))
