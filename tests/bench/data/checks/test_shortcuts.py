"""Columns of the metadata of which it is known whether images show them and whether they tell."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from bench.data.checks.association import association, cramers_v, holm
from bench.data.checks.cluster_picture import picture
from bench.data.checks.clusters import agreement, clusters, finding, known_of, rand_index
from bench.data.checks.probes import Sample
from bench.data.checks.shortcuts import shortcuts
from bench.data.dataset import Dataset, Provenance, Split


def cases(n=400, seed=0, patients=None, hidden=False):
    """Images whose brightness tells the scanner and whose left half, faintly, tells the operator.

    The scanner goes with the class; the operator does not; age goes with the class and is not to be
    seen; sex is neither, and notes are missing nearly everywhere. Where it is hidden, the scanner
    does not show.
    """
    rng = np.random.default_rng(seed)
    of = np.arange(n) if patients is None else np.arange(n) % patients
    label = rng.integers(0, 2, of.max() + 1)[of]
    scanner = np.where(rng.random(of.max() + 1)[of] < 0.15, 1 - label, label)
    operator = rng.integers(0, 2, of.max() + 1)[of]
    images = rng.integers(60, 120, (n, 16, 16, 1))
    images += (0 if hidden else 50) * scanner[:, None, None, None]
    images[:, :, :8] += 30 * operator[:, None, None, None]
    return {
        "images": images.astype(np.uint8),
        "labels": label.astype(np.int64),
        "groups": None if patients is None else np.array([f"patient {i}" for i in of]),
        "metadata": {
            "scanner": np.array(["A", "B"])[scanner],
            "operator": np.array(["x", "y"])[operator],
            "age": 50.0 + 10 * label + rng.normal(0, 8, of.max() + 1)[of],
            "sex": np.array(["f", "m"])[rng.integers(0, 2, of.max() + 1)[of]],
            "notes": np.where(np.arange(n) < 5, "see letter", ""),
        },
    }


def dataset(columns=None, **how):
    parts = {}
    for i, name in enumerate(("train", "val", "test")):
        made = cases(seed=i, **how)
        groups = made["groups"]
        if groups is not None:
            groups = np.char.add(f"{name} ", groups)
        ids = np.array([f"{name}{k}" for k in range(len(made["labels"]))])
        metadata = {c: v for c, v in made["metadata"].items() if columns is None or c in columns}
        parts[name] = Split(made["images"], made["labels"], ids, groups, metadata)
    return Dataset("cells", ("healthy", "ill"), **parts, provenance=Provenance("x"))


def test_a_column_that_the_image_shows_and_that_goes_with_the_class_is_a_possible_shortcut():
    found = shortcuts(dataset())
    assert found.level == "serious"
    assert found.text.startswith("Possible shortcut: scanner can be told from the image")
    assert "--subgroup scanner" in found.advice
    assert found.examples[0].startswith("scanner: from the image within a class AUC 1.00")
    assert found.values["scanner/image auc"] > 0.95
    assert 0.8 < found.values["scanner/class auc"] < 0.9


def test_of_a_number_that_is_shown_and_tells_the_median_is_proposed_as_a_cut():
    data = dataset(["age"])
    for _, part in data.parts():
        part.images[:] = (
            part.images // 2 + part.metadata["age"].astype(np.uint8)[:, None, None, None]
        )
    found = shortcuts(data)
    assert found.text.startswith("Possible shortcut: age can be told")
    assert found.advice.startswith("Look at the verdict on either side (--subgroup age:54.9)")
    assert "--leave-out" not in found.advice


def test_a_column_that_does_only_one_of_both_is_none():
    found = shortcuts(dataset(["operator", "age", "sex", "notes"]))
    assert found.level == "fine"
    assert found.text == "None of 3 columns is shown by the image and tells the class."
    assert found.values["operator/image low"] > 0.7
    assert found.values["age/class low"] > 0.7
    assert found.values["age/image low"] < 0.55
    assert found.values["sex/p"] > 0.05
    assert not any(name.startswith("notes") for name in found.values)


def test_a_column_that_can_be_told_by_the_class_alone_is_not_shown_by_the_image():
    data = dataset(["scanner"], hidden=True)
    for _, part in data.parts():  # the class itself is plain to see
        part.images[part.labels == 1, :4] = 255
    assert shortcuts(data).values["scanner/image low"] < 0.55


def test_patients_stay_together_and_count_once():
    found = shortcuts(dataset(["scanner", "sex"], patients=40))
    assert found.values["scanner/p"] <= 0.05
    assert found.values["sex/p"] > 0.05
    assert "scanner" in found.text


def test_without_columns_there_is_nothing_to_be_said():
    assert shortcuts(dataset([])).text == "No further columns are known."


@pytest.mark.parametrize("patients", [None, 60])
def test_the_permutation_test_rejects_by_chance_as_often_as_it_says(patients):
    rejected = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        of = np.arange(120) if patients is None else np.arange(120) % patients
        column = rng.integers(0, 3, of.max() + 1)[of].astype(str)
        labels = rng.integers(0, 2, of.max() + 1)[of]
        groups = None if patients is None else of.astype(str)
        rejected += association(column, labels, groups).p <= 0.05
    assert rejected <= 8  # 3 are expected; more than 8 in one of 300


def test_cases_of_a_patient_do_not_add_to_the_evidence():
    of = np.repeat(np.arange(12), 30)
    column, labels = (of % 2).astype(str), (np.arange(12) // 2 % 2)[of]
    assert association(column, labels, None).p > 0.5  # by halves, whatever the number of cases
    labels = (np.arange(12) % 2 ^ (np.arange(12) < 2))[of]
    assert association(column, labels, None).p == pytest.approx(0.001)
    assert association(column, labels, of.astype(str)).p > 0.02


def test_cramers_v_is_near_none_by_chance_and_one_for_the_same():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, 5000), rng.integers(0, 3, 5000)
    assert cramers_v(a, b) < 0.05
    assert cramers_v(a, a) == pytest.approx(1)
    assert cramers_v(a, np.zeros(5000, int)) == 0


def test_adjusted_p_values_are_those_of_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(0).random(12) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_clusters_of_what_a_scanner_does_agree_with_the_scanner():
    data = dataset(["scanner", "sex", "age"])
    sample = Sample.of(data)
    found = clusters(data, sample, sample.pictures())
    assert set(found.known) == {"class", "part", "scanner", "sex"}
    told = finding(found, "handcrafted")
    assert told.level == "note"
    assert "agree with scanner, which is not the class" in told.text
    assert told.values["scanner/k-means low"] > 0.3
    assert told.values["sex/k-means high"] < 0.1
    assert told.values["part/k-means high"] < 0.1
    assert told.values["scanner/HDBSCAN"] > 0.3


def test_clusters_that_are_nothing_but_the_class_are_fine():
    data = dataset(["sex"], hidden=True)
    for _, part in data.parts():
        part.images[part.labels == 1] += 100
    sample = Sample.of(data)
    told = finding(clusters(data, sample, sample.pictures()), "handcrafted")
    assert told.level == "fine"
    assert told.values["class/k-means"] > 0.9


def test_few_cases_make_no_clusters():
    data = dataset(["sex"])
    sample = Sample.of(data)
    few = Sample(sample.pooled, sample.rows[:39])
    assert clusters(data, few, sample.pictures()[:39]) is None
    assert finding(None, "handcrafted").text == "Too few images that differ."


def test_neither_do_images_that_are_alike():
    data = dataset(["sex"])
    sample = Sample.of(data)
    assert clusters(data, sample, np.zeros((1200, 5))) is None
    assert clusters(data, sample, np.arange(1200)[:, None] % [[2, 30]]) is None


def test_the_rand_index_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
        b[:80] = a[:80]
        value, low, high = agreement(a, b, None)
        assert value == pytest.approx(adjusted_rand_score(a, b))
        assert low < value < high


def test_an_interval_is_wider_where_patients_have_several_cases():
    rng = np.random.default_rng(1)
    of = np.repeat(np.arange(50), 8)
    a = rng.integers(0, 2, 50)
    b = np.where(rng.random(50) < 0.2, 1 - a, a)
    _, low, high = agreement(a[of], b[of], None)
    _, by_patient_low, by_patient_high = agreement(a[of], b[of], of.astype(str))
    assert by_patient_high - by_patient_low > 2 * (high - low)


def test_one_value_agrees_with_nothing_and_the_same_with_itself():
    a = np.arange(40) % 2
    assert agreement(a, np.zeros(40, int), None) is None
    assert rand_index(np.diag([20.0, 20.0])) == 1


def test_the_picture_has_a_panel_for_everything_that_is_known():
    from io import BytesIO

    from PIL import Image

    data = dataset(["scanner", "sex"])
    sample = Sample.of(data)
    found = clusters(data, sample, sample.pictures())
    with Image.open(BytesIO(picture(found, "cells: $5 or _"))) as image:
        assert image.format == "PNG"
        assert image.width > 1000
    assert set(known_of(data, sample.rows)) == {"class", "part", "scanner", "sex"}


def test_columns_that_are_called_like_what_is_known_do_not_take_its_place():
    data = dataset(["sex"])
    for _, part in data.parts():
        part.metadata["part"] = part.metadata.pop("sex")
    assert set(known_of(data, np.arange(1200))) == {"class", "part", "column part"}


def test_a_column_that_goes_with_one_of_many_classes_is_a_possible_shortcut():
    rng = np.random.default_rng(0)
    parts = {}
    for name in ("train", "val", "test"):
        labels = rng.integers(0, 6, 400)
        site = np.where(labels == 0, rng.random(400) < 0.9, rng.random(400) < 0.5).astype(int)
        images = (rng.integers(60, 120, (400, 16, 16, 1)) + 60 * site[:, None, None, None]).astype(
            np.uint8
        )
        ids = np.array([f"{name}{i}" for i in range(400)])
        columns = {"site": np.array(["A", "B"])[site]}
        parts[name] = Split(images, labels.astype(np.int64), ids, metadata=columns)
    data = Dataset("cells", tuple("abcdef"), **parts, provenance=Provenance("x"))
    found = shortcuts(data)
    assert found.level == "note"
    assert found.values["site/class low"] < 0.6
    assert 0.1 < found.values["site/cramers v"] < 0.5
