"""Before any training it is told that folds are too many for a verdict."""

import numpy as np

from bench.data.checks.content import in_folds
from bench.data.dataset import Dataset, Provenance, Split


def with_patients(*each, images=3):
    """A data set with so many patients of each class."""
    labels = np.repeat(np.arange(len(each)), [images * n for n in each])
    patients = np.repeat(np.arange(sum(each)), images)

    def part(i):
        own = np.flatnonzero(patients % 3 == i)
        pixels = np.zeros((len(own), 8, 8, 1), np.uint8)
        return Split(pixels, labels[own], own.astype(str), patients[own].astype(str))

    return Dataset(
        "d", tuple("abc"[: len(each)]), *map(part, range(3)), provenance=Provenance("generated")
    )


def test_two_patients_of_each_class_for_every_fold_are_enough():
    assert in_folds(with_patients(10, 10), None, 5).level == "fine"


def test_fewer_are_named_with_what_to_do():
    found = in_folds(with_patients(30, 9), None, 5)
    assert found.level == "serious"
    assert found.text == (
        "No verdict can come of 5 folds: each needs 2 test patients of every class, 10 in all, "
        "and “b” has 9."
    )
    assert found.advice == "Give more patients of it, or take --folds 4."
    few = in_folds(with_patients(3, 3), None, 2)
    assert "“a” has 3 and “b” has 3" in few.text
    assert few.advice.endswith("or take one split (no --folds).")


def test_of_more_than_two_classes_one_that_does_not_count_is_not_asked():
    assert in_folds(with_patients(12, 12, 3), None, 5).level == "fine"
    assert in_folds(with_patients(12, 12, 4), None, 5).level == "serious"
