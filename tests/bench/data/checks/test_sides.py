"""Sides and views in file names, which tell no patients apart."""

from itertools import product

import pytest

from bench.data.checks.patients import proposed_groups

CLASSES = ("benign", "malignant")


def lacking(form, sides, n=30, images=(1, 2), classes=CLASSES):
    """Path → patient; a third of the patients have the first side only."""
    return {
        f"{classes[i % 2]}/{form.format(i=i, s=side, k=k)}": i
        for i in range(n)
        for side, k in product(sides if i % 3 else sides[:1], images)
    }


@pytest.mark.parametrize(
    ("form", "sides"),
    [
        ("{i:03d}_{s}_{k}.png", ["L", "R"]),
        ("P{i:03d}-{s}-{k}.png", ["OD", "OS"]),
        ("{i:03d} {s} {k}.png", ["right", "Left"]),
        ("{i:03d}_{s}_{k}.png", ["L_CC", "L_MLO", "R_CC", "R_MLO"]),
        ("{i:03d}_{s}_{k}.png", ["RCC", "LCC", "LMLO"]),
        ("{i:03d}_{s}_{k}.png", ["PA", "lat"]),
        ("{s}_{i:03d}_{k}.png", ["L", "R"]),
        ("{s}_{i:03d}.png", ["L", "R"]),
        ("{i:03d}{s}_{k}.png", ["L", "R"]),
        ("{i:03d}{s}.png", ["OD", "OS"]),
        ("{i:03d}.{s}.png", ["L", "R"]),
    ],
)
def test_sides_and_views_that_not_all_patients_have_are_no_part_of_the_name(form, sides):
    truth = lacking(form, sides)
    found = proposed_groups([*truth], CLASSES)
    assert set(found) == set(truth)
    together = {(found[path], patient) for path, patient in truth.items()}
    assert len(together) == len(set(found.values())) == len(set(truth.values()))


def test_names_without_a_side_beside_names_with_one_are_of_the_same_patients():
    names = [f"{i:03d}_{s}_{k}.png" for i in range(20) for s in "LR" for k in (1, 2)]
    names += [f"{i:03d}_{k}.png" for i in range(15) for k in (3, 4)]
    found = proposed_groups(names, CLASSES)
    assert len(set(found.values())) == 20
    assert found["003_L_1.png"] == found["003_3.png"]


@pytest.mark.parametrize(
    ("letters", "classes", "patients"),
    [
        ("BM", CLASSES, 60),  # each class is numbered anew
        ("LR", ("lesion", "rest"), 60),
        ("LR", ("left", "right"), 30),
        ("LR", CLASSES, 30),
    ],
)
def test_letters_of_classes_stay_and_sides_that_are_the_classes_do_not(letters, classes, patients):
    names = [
        f"{folder}/{i:03d}_{letter}_{k}.png"
        for letter, folder in zip(letters, classes, strict=True)
        for i in range(30)
        for k in (1, 2)
    ]
    assert len(set(proposed_groups(names, classes).values())) == patients


def test_a_letter_in_the_folder_of_another_class_is_a_side():
    truth = lacking("{i:03d}_{s}_{k}.png", ["L", "R"], classes=("lesion", "rest"))
    assert len(set(proposed_groups([*truth], ("lesion", "rest")).values())) == 30


def test_few_sides_among_many_other_letters_are_letters():
    names = [f"{i:03d}_{s}_{k}.png" for i in range(6) for s in "ABCDEFGHIJKLMNOPQR" for k in (1, 2)]
    assert len(set(proposed_groups(names, CLASSES).values())) == 108
