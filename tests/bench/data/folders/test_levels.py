"""Folders in folders: which are the parts, which the classes, and where that is asked."""

import pytest

from bench.data.folders.manifest import cases
from bench.protocol.errors import DataError
from tests.bench.data.folders.pictures import picture

pytestmark = pytest.mark.slow

CLASSES = ("benign", "malignant")


def fill(root, tops, below=CLASSES, n=2):
    for top in tops:
        for name in below:
            for i in range(n):
                picture(root / top / name / f"{i}.png", i)


def read(root):
    """Labels, folder of the part → part, and what is said of the folders."""
    found = cases(root)
    said = next((f for f in found.findings if f.check == "folders"), None)
    return {case.label for case in found.cases}, {case.split for case in found.cases}, said


@pytest.mark.parametrize(
    "names",
    [
        ("train_sep", "valid", "test"),
        ("train_aug", "test"),
        ("Train_4cls", "Test_4cls"),
        ("xray_train", "xray_test"),
        ("Fold1_train", "Fold1_test"),
        ("train_resized", "val_resized", "test_resized"),
        ("train", "test_holdout"),
    ],
)
@pytest.mark.parametrize("around", ["", "archive"])
def test_folders_that_name_one_part_each_among_other_words_are_parts_and_that_is_told(
    tmp_path, names, around
):
    fill(tmp_path / around, names)
    labels, splits, said = read(tmp_path)
    assert labels == set(CLASSES)
    assert splits == ({"train", "val", "test"} if len(names) == 3 else {"train", "test"})
    assert said.level == "note"
    assert all(repr(name) in said.text for name in names)


@pytest.mark.parametrize(
    "names",
    [
        ("train_a", "train_b", "test_a"),
        ("train_val", "test"),
        ("derm_x", "valid", "test"),
        ("pre_test", "post_test"),
    ],
)
def test_folders_of_the_same_classes_some_of_which_name_no_part_or_one_twice_are_refused(
    tmp_path, names
):
    fill(tmp_path, names)
    with pytest.raises(DataError, match=r"rename them to train, val and test|Rename it to train"):
        cases(tmp_path)


@pytest.mark.parametrize(
    ("tops", "below"),
    [
        (("HospitalA", "HospitalB"), ("COVID", "Normal")),
        (("Bern", "Basel"), ("COVID", "Pneumonia")),
        (("40X", "100X"), CLASSES),
        (("fold1", "fold2", "fold3"), CLASSES),
        (("8863", "8864", "8865", "8866", "8867"), "01"),
        (("Bern", "Basel"), "01234"),
        (("cat", "dog"), ("indoors", "outdoors")),
        (("cat", "dog"), "123"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "{}/data", "train/{}"])
def test_folders_that_all_hold_the_same_sub_folders_are_asked_about(tmp_path, tops, below, around):
    fill(tmp_path, [around.format(top) for top in tops], below)
    with pytest.raises(DataError, match="which are the classes") as caught:
        cases(tmp_path)
    text = str(caught.value)
    assert f"each of {sorted(tops)[0]!r}" in text
    assert f"holds {below[0]!r}" in text
    assert "manifest.csv with the columns path, label and one for the others" in text


def test_a_sub_folder_that_some_lack_and_a_few_other_images_change_nothing(tmp_path):
    fill(tmp_path, ("Bern", "Basel"), ("COVID", "Normal"), n=8)
    picture(tmp_path / "Bern" / "TB" / "0.png")
    picture(tmp_path / "Bern" / "cover.png")
    with pytest.raises(DataError, match="which are the classes"):
        cases(tmp_path)


def test_called_classes_the_upper_folders_are(tmp_path):
    fill(tmp_path, ("class cat", "class dog"), ("indoors", "outdoors"))
    assert read(tmp_path) == ({"class cat", "class dog"}, {""}, None)


@pytest.mark.parametrize(
    ("tops", "below"),
    [
        (("Karolinska", "Radboud"), "345"),
        (("MOST", "OAI"), "1234"),
        (("female", "male"), "123"),
        (("2019", "2020"), "123"),
        (("HE", "PAS"), "123"),
        (("Mayo", "Oxford"), ("pT1", "pT2", "pT3")),
        (("Mayo", "Oxford"), ("pt1", "pt2", "pt3")),
        (("Mayo", "Oxford"), ("T1", "T2", "T3", "T4")),
        (("glioma", "meningioma"), ("T1", "T2")),
        (("Mayo", "Oxford"), ("S1", "S2", "S3")),
        (("Mayo", "Oxford"), ("R0", "R1", "R2")),
        (("P1", "P2", "P3"), ("left", "right")),
        (("Type A scanner", "Type B scanner"), ("HCC", "ICC")),
    ],
)
def test_sub_folders_that_are_numbered_like_grades_are_asked_about(tmp_path, tops, below):
    fill(tmp_path, tops, below, n=1)
    with pytest.raises(DataError, match="which are the classes"):
        cases(tmp_path)


@pytest.mark.parametrize(
    "tops",
    [
        ("with contrast", "without contrast"),
        ("contrast", "non-contrast"),
        ("arterial", "non contrast", "venous"),
        ("Normalized", "Not normalized"),
        ("augmented", "non-augmented"),
        ("flash", "no_flash"),
        ("HE_stain", "normal_stain"),
        ("gadolinium", "no gadolinium"),
        ("with gel", "without gel"),
    ],
)
def test_images_made_with_and_without_something_are_no_classes_for_certain(tmp_path, tops):
    fill(tmp_path, tops, ("cyst", "tumour"), n=1)
    with pytest.raises(DataError, match="which are the classes"):
        cases(tmp_path)


@pytest.mark.parametrize(
    "tops", [("class cancer", "class normal"), ("cancer", "normal"), ("no DR", "mild", "severe")]
)
def test_classes_above_images_made_with_and_without_something_are_read(tmp_path, tops):
    fill(tmp_path, tops, ("contrast", "no contrast"), n=1)
    labels, _, said = read(tmp_path)
    assert labels == set(tops)
    assert (said is None) == ("class cancer" in tops)


@pytest.mark.parametrize(
    ("tops", "below"),
    [
        (CLASSES, ("40X", "100X")),
        (CLASSES, ("Bern", "Basel")),
        (CLASSES, "012"),
        (CLASSES, "123"),
        (("neg", "pos"), "123"),
        (("0", "1"), "123"),
        (("cat", "dog"), [str(i) for i in range(1, 10)]),
        (("cat", "dog"), ("40", "100", "200", "400")),
        (("cat", "dog"), ("2019", "2020")),
        (("cat", "dog"), ("P1", "P2")),
        (("cat", "dog"), ("L", "R")),
        (("cat", "dog"), ("OD", "OS")),
        (("cat", "dog"), ("slice_01", "slice_02")),
        (("cat", "dog"), ("jpg", "png")),
        (("cat", "dog"), ("only one",)),
        (("cat", "dog"), ("patient1", "patient2")),
        (("cat", "dog"), ("P001", "P002")),
        (("cat", "dog"), ("batch_1", "batch_2")),
        (("glioma", "meningioma"), ("axial", "coronal")),
        (("test", "control"), ("site a", "site b")),
    ],
)
def test_classes_whose_sub_folders_are_evidently_none_are_read_and_that_is_told(
    tmp_path, tops, below
):
    fill(tmp_path, tops, below, n=1)
    labels, splits, said = read(tmp_path)
    assert (labels, splits) == (set(tops), {""})
    if len(below) == 1:
        assert said is None
        return
    assert said.level == "note"
    assert f"{sorted(tops)[0]!r} and {sorted(tops)[1]!r} are taken for the classes" in said.text
    assert repr(min(below)) in said.text


def test_sub_folders_of_other_names_in_each_class_mean_nothing(tmp_path):
    fill(tmp_path, ["benign/SOB"], ("adenosis", "fibroadenoma", "other"))
    fill(tmp_path, ["malignant/SOB"], ("ductal", "lobular", "other"))
    assert read(tmp_path) == (set(CLASSES), {""}, None)


def test_a_copy_of_the_class_folders_beside_them_is_no_class(tmp_path):
    fill(tmp_path, [""], ("yes", "no"))
    fill(tmp_path, ["brain_tumor"], ("Yes", "no"))
    with pytest.raises(DataError, match=r"'brain_tumor' holds sub-folders .* 'no' and 'yes' besid"):
        cases(tmp_path)


@pytest.mark.parametrize(
    "names", [("train", "test"), ("train", "validation", "test"), ("train_x", "test_x")]
)
@pytest.mark.parametrize("place", ["{}", "{}/images"])
def test_parts_below_each_class_folder_are_the_parts_and_that_is_told(tmp_path, names, place):
    fill(tmp_path, [place.format(top) for top in CLASSES], names)
    found = cases(tmp_path)
    for case in found.cases:
        assert case.label == case.path.split("/")[0]
        assert case.path.split("/")[-2].startswith(case.split)
    assert {case.split[:2] for case in found.cases} == {name[:2] for name in names}
    said = read(tmp_path)[2]
    assert "parts in each of 'benign' and 'malignant'" in said.text
    assert said.level == "note"


@pytest.mark.parametrize(
    "more", ["malignant/extra/0.png", "malignant/0.png", "normal/0.png", "normal/train/0.png"]
)
def test_parts_that_not_every_class_folder_holds_are_refused(tmp_path, more):
    fill(tmp_path, CLASSES, ("train", "test"))
    picture(tmp_path / more)
    with pytest.raises(DataError, match="does not hold the same"):
        cases(tmp_path)


def test_of_two_folders_of_one_part_below_a_class_it_is_not_known_which_counts(tmp_path):
    fill(tmp_path, CLASSES, ("train", "train_aug", "test"))
    with pytest.raises(DataError, match="several of which are called like one part"):
        cases(tmp_path)


def test_classes_below_parts_below_sites_are_asked_about(tmp_path):
    fill(tmp_path, [f"{top}/{part}" for top in ("Bern", "Basel") for part in ("train", "test")])
    with pytest.raises(DataError, match=r"'Basel' and 'Bern' holds .*which are the classes"):
        cases(tmp_path)
