"""Recall of every class, and the class that is never found."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from reports.statistics.decisions.class_recall import never_found, recalls
from reports.statistics.proportions import wilson


@pytest.mark.slow
def test_recalls_are_scikit_learns_with_wilsons_intervals():
    rng = np.random.default_rng(0)
    labels, decided = rng.integers(0, 4, 200), rng.integers(0, 4, (1, 200))
    found = recalls(labels, decided)
    assert [one.recall for one in found] == pytest.approx(
        recall_score(labels, decided[0], average=None)
    )
    for one in found:
        assert (one.low, one.high) == pytest.approx(wilson(one.recall * one.cases, one.cases))


def test_an_absent_class_has_no_recall():
    found = recalls(np.array([0, 0, 2]), np.array([[0, 1, 2]]))
    assert [one.label for one in found] == [0, 2]


@pytest.mark.slow
def test_seeds_are_averaged_and_add_no_cases():
    labels = np.array([0] * 20 + [1] * 20)
    runs = np.stack([labels, 1 - labels])
    (first, _) = recalls(labels, runs)
    assert first.recall == 0.5
    assert (first.low, first.high) == pytest.approx(wilson(10, 20))


def test_copies_of_a_patients_image_do_not_narrow_the_interval():
    rng = np.random.default_rng(0)
    labels, decided = np.arange(60) % 2, rng.integers(0, 2, (1, 60))
    one = recalls(labels, decided)[0]
    copied = recalls(labels.repeat(4), decided.repeat(4, axis=1), np.arange(60).repeat(4))[0]
    assert copied.high - copied.low >= one.high - one.low


@pytest.mark.parametrize(
    ("auc", "recall", "amber"),
    [(0.92, 0.0, True), (0.92, 0.1, True), (0.92, 0.11, False), (0.6, 0.0, False)],
)
def test_a_class_that_ranks_well_and_is_never_named_is_amber(auc, recall, amber):
    assert never_found(auc, recall) is amber


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="seeds by cases"):
        recalls(np.zeros(3, int), np.zeros((1, 4), int))
