"""Too few images or patients: what there is, what is needed and what to do, in the user's words."""

import numpy as np
import pytest
from PIL import Image

from bench.data.checks.content import counts
from bench.data.dataset import Dataset, Provenance, Split
from bench.data.folders.reading import Reading
from bench.data.sets import folder
from bench.data.splits import Pooled, automatic, folds
from bench.data.strata import IN_WORDS, strata
from bench.data.too_few import Owner
from bench.protocol.errors import DataError

OUTLINES = Reading(task="segmentation")


def write(root, n, patients=None, parts=None):
    """n images with masks, every second of class b."""
    head = ["path", "label", "mask", *["group"] * bool(patients), *["split"] * bool(parts)]
    rows = [",".join(head)]
    for i in range(n):
        pixels = np.random.default_rng(i).integers(0, 256, (16, 16)).astype(np.uint8)
        Image.fromarray(pixels).save(root / f"{i}.png")
        Image.fromarray((pixels > 99).astype(np.uint8) * 255).save(root / f"{i}m.png")
        cells = [f"{i}.png", "ab"[i % 2], f"{i}m.png"]
        cells += [f"p{i % patients}"] if patients else []
        rows.append(",".join([*cells, *([parts[i % len(parts)]] if parts else [])]))
    (root / "manifest.csv").write_text("\n".join(rows) + "\n")


def message(call):
    with pytest.raises(DataError) as caught:
        call()
    text = str(caught.value)
    assert "not empty" not in text.replace("is not empty", "")
    assert "'all'" not in text
    return text


@pytest.mark.parametrize(
    ("n", "patients", "there_is"),
    [
        (1, None, "1 image is too few"),
        (3, None, "3 images are too few"),
        (4, None, "4 images are too few"),
        (6, 2, "6 images of 2 patients are too few"),
    ],
)
def test_of_few_images_to_be_segmented_it_is_told_how_many_are_needed(root, n, patients, there_is):
    write(root, n, patients)
    text = message(lambda: folder.load(root, size=16, reading=OUTLINES))
    assert text.startswith(f"Folder {root}: {there_is} to be dealt into train, val and test; ")
    assert f"at least 5{' patients' if patients else ''} are needed." in text
    assert "column 'split' of a manifest.csv" in text


@pytest.mark.parametrize(
    ("n", "patients", "there_is"),
    [
        (4, None, "class 'a' has 2 images; a split needs at least 3, one"),
        (6, 2, "class 'a' has 3 images of 1 patient; a split needs at least 3 patients, one"),
        (12, 3, "12 images of 3 patients are too few to be dealt into train, val and test"),
        (12, 6, "no 60/20/20 split has every class in every part: class 'a' has 6 images of 3"),
    ],
)
def test_of_few_images_with_classes_the_class_is_named(root, n, patients, there_is):
    write(root, n, patients)
    text = message(lambda: folder.load(root, size=16))
    assert text.startswith(f"Folder {root}: {there_is}")
    assert "Add images" in text


@pytest.mark.parametrize("reading", [Reading(), OUTLINES], ids=["classes", "outlines"])
def test_of_a_training_part_that_is_too_small_it_is_told_that_val_is_cut_from_it(root, reading):
    write(root, 4, parts=["train", "train", "test", "test"])
    text = message(lambda: folder.load(root, size=16, reading=reading))
    assert "the training part has 2 images, too few to set a fifth aside for validation" in text
    assert "at least 5 are needed" in text
    assert "val in the column 'split'" in text


@pytest.mark.parametrize("reading", [Reading(), OUTLINES], ids=["classes", "outlines"])
def test_where_there_are_too_few_for_the_folds_fewer_are_proposed(root, reading):
    write(root, 7)
    pooled = Pooled.of(folder.load(root, size=16, reading=reading))
    text = message(lambda: folds(pooled, 8, seed=0))
    assert text.startswith("Data set 'cells': ")
    assert "8 folds" in text
    assert f"take --folds {7 if reading == OUTLINES else 3} or fewer" in text


def test_two_folds_of_which_one_leaves_nothing_to_validate_are_refused_with_what_is_left():
    parts = [
        Split(np.full((2, 8, 8, 1), i, np.uint8), np.array([0, 1]), np.array([f"{i}a", f"{i}b"]))
        for i in range(3)
    ]
    data = Dataset("d", ("a", "b"), *parts, provenance=Provenance("generated"))
    pooled = Pooled(data, np.array([0, 1, 0, 1]), np.array([*"0123"]), np.array([*"ppqq"]))
    text = message(lambda: folds(pooled, 2, seed=0, alike=np.arange(4)))
    assert text.startswith("Data set 'd': beside fold 1 of 2, 2 images of 1 patient are left, too")


def test_few_masks_of_a_kind_are_told_as_what_they_hold(root):
    write(root, 6)
    found = counts(folder.load(root, size=16, reading=OUTLINES))
    assert "Of images whose mask is not empty there are fewer than 20 in the test" in found.text
    assert "merge" not in found.advice


def test_every_stratum_has_words():
    drawn = np.linspace(0.1, 0.9, 60)
    for empty, some in ((20, drawn), (2, drawn), (20, drawn[:5]), (2, drawn[:5])):
        assert set(strata(np.r_[np.zeros(empty), some])[1]) <= set(IN_WORDS)


def test_few_images_that_show_something_are_told_as_that():
    labels = np.array([0] * 20 + [1] * 2)
    names, words = ("empty", "not empty"), "images whose mask is not empty"
    owner = Owner("Folder x: ", segments=True)
    text = message(lambda: automatic(labels, names, None, None, 0, owner))
    assert text.startswith(f"Folder x: of {words} there are 2; a split needs at least 3, one for")
    assert "merge" not in text
    grouped = np.array([*map(str, range(20)), "20", "20"])
    text = message(lambda: automatic(labels, names, grouped, None, 0, owner))
    assert f"of {words} there are 2 of 1 patient; a split needs at least 3 patients" in text
