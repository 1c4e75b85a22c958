"""Classes that vanish at the size of images, or that no training image shows, and what to do."""

import numpy as np
import pytest
from PIL import Image

from bench.data.checks.audit import check
from bench.data.folders.reading import Reading
from bench.data.rare_classes import MOST, showing_all
from bench.data.sets import folder
from bench.data.targets import absent_from_fold, shown_by
from bench.protocol.errors import DataError

SIDE = 64


def write(root, drawn, n=20):
    for i in range(n):
        pixels = np.random.default_rng(i).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
        for name, values in (("images", pixels), ("masks", drawn(i))):
            (root / name).mkdir(exist_ok=True)
            Image.fromarray(values).save(root / name / f"{i:02d}.png")


def load(root, size):
    return folder.load(root, size=size, reading=Reading(task="segmentation"))


def masks_found(data):
    return next(found for found in check(data, None) if found.check == "masks")


def squares(i, side=1, value=1):
    """A square of its own place in every image, between the pixels that are taken at 16 px."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    row, column = divmod(i, 5)
    drawn[12 * row + 4 : 12 * row + 4 + side, 12 * column + 4 : 12 * column + 4 + side] = value
    return drawn


def test_lesions_that_vanish_are_counted_and_no_mask_is_called_the_same(root):
    write(root, lambda i: squares(i, 1 if i % 2 else 8))
    found = masks_found(load(root, 16))
    assert found.level == "serious"
    assert "'foreground' vanishes at 16 px in 10 of 20 images that show it" in found.text
    assert "very same mask" not in found.text
    assert "larger --size" in found.advice
    assert found.values["vanished/foreground"] == 10
    assert masks_found(load(root, SIDE)).level != "serious"


def test_masks_that_are_the_same_in_their_files_are_told_at_every_size(root):
    write(root, lambda i: squares(0, 8))
    for size in (16, SIDE):
        found = masks_found(load(root, size))
        assert "20 images have the very same mask" in found.text


@pytest.mark.parametrize("beside", [False, True])
def test_a_class_that_vanishes_everywhere_is_told_as_that(root, beside):
    def drawn(i):
        values = squares(i)
        if beside:
            values[32:60, 32:60][values[32:60, 32:60] == 0] = 2
        return values

    write(root, drawn)
    name = "value 1" if beside else "foreground"
    with pytest.raises(DataError, match=rf"'{name}' vanishes at 16 px in the 20 .*larger --size"):
        load(root, 16)


def test_a_class_of_images_outside_the_training_part_is_told_with_a_way_out(root):
    write(root, lambda i: squares(i, 8, 2 if i in (3, 4) else 1))
    rows = "".join(
        f"images/{i:02d}.png,masks/{i:02d}.png,{'test' if i < 6 else 'train'}\n" for i in range(20)
    )
    (root / "manifest.csv").write_text(f"path,mask,split\n{rows}")
    with pytest.raises(DataError, match=r"'value 2': the 2 images that show it are in other parts"):
        load(root, SIDE)


@pytest.mark.parametrize("seed", range(6))
def test_parts_made_here_show_a_class_of_few_images_as_far_as_they_can(root, seed):
    for few, in_parts in (((7,), 1), ((7, 9), 2), ((7, 9, 11), 3)):
        write(root, lambda i, few=few: squares(i, 8, 2 if i in few else 1))
        data = folder.load(root, size=SIDE, split_seed=seed, reading=Reading(task="segmentation"))
        shown = [(part.targets == 2).any() for _, part in data.parts()]
        assert shown[0]
        assert sum(shown) == in_parts


def test_parts_are_dealt_as_without_looking_where_they_show_all_classes(root):
    write(root, lambda i: squares(i, 8))
    one = load(root, SIDE)
    write(root, lambda i: np.maximum(squares(i, 8), 2 * squares((i + 7) % 20, 8)))
    both = load(root, SIDE)
    for (_, part), (_, other) in zip(one.parts(), both.parts(), strict=True):
        assert part.case_ids.tolist() == other.case_ids.tolist()


def test_folds_are_dealt_again_until_each_trains_on_every_class():
    shows = np.ones((20, 2), bool)
    shows[:, 1] = np.arange(20) >= 18
    asked = []

    def deal(seed):
        """Two folds whose training parts are random halves of the cases."""
        asked.append(seed)
        order = np.random.default_rng(seed).permutation(20)
        return [order[:10], order[10:]]

    for seed in range(10):
        made = showing_all(deal, lambda folds: (folds, ()), shows, seed)
        assert all(shows[rows, 1].any() for rows in made)
    assert 10 < len(asked) < 100
    showing_all(deal, lambda folds: (folds, ()), shows[:, :1], 0)
    assert asked[-1] == 0  # with one class nothing is dealt twice
    shows[18:, 1] = [True, False]  # one case can be in one training part only
    del asked[:]
    showing_all(deal, lambda folds: (folds, ()), shows, 0)
    assert len(asked) == MOST


def test_a_name_that_no_mask_has_is_told_with_the_file_that_names_it(root):
    write(root, lambda i: squares(i, 8))
    labels = '{"labels": {"background": 0, "tumour": 1, "oedema": 2}}'
    (root / "dataset.json").write_text(labels)
    with pytest.raises(DataError, match=r"'oedema', which .*dataset\.json names.*classes\.toml"):
        load(root, SIDE)
    (root / "classes.toml").write_text('[classes]\n1 = "tumour"')
    assert load(root, SIDE).target_names == ("background", "tumour")


def test_masks_without_background_are_serious(root):
    write(root, lambda i: np.maximum(squares(i, 8, 2), 1))
    found = masks_found(load(root, SIDE))
    assert found.level == "serious"
    assert "there is no background" in found.text


def test_a_fold_without_a_class_is_named_with_the_images_that_show_it():
    targets = np.zeros((6, 4, 4), np.uint8)
    targets[:, 0] = 1
    targets[4:, 1] = 2
    names = ("background", "disc", "cup")
    shows = shown_by(names, [targets[:3], targets[3:]])
    assert absent_from_fold(names, shows, [np.array([0, 4]), np.array([1, 5])]) == ""
    problem = absent_from_fold(names, shows, [np.array([0, 4]), np.array([1, 2])])
    assert problem.startswith("fold 2: no training image shows the class 'cup', which 2 of 6")
    assert "Take fewer folds, give more images of it" in problem
