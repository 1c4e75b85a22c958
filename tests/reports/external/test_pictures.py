"""The page of compared predictions has what a report draws of a data set."""

import csv

import numpy as np
import pytest

from reports.document.blocks import Heading, TableBlock
from reports.document.plots import Figure
from reports.external.compare import compare
from reports.external.document import compose

MODELS = {"net": 1.5, "machine": 1.0, "forest": 0.8}


def write(path, *, probable, validation=False, families=(), classes=("benign", "malignant")):
    """A file of predictions of three models on 120 cases."""
    rng = np.random.default_rng(0)
    k = len(classes)
    columns = list(classes) if probable else ["score"]
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["case", "label", "model", "family", "split", *columns])
        for part in ("val", "test") if validation else ("test",):
            labels = rng.integers(0, k, 120)
            for place, (model, strength) in enumerate(MODELS.items()):
                family = families[place] if families else ""
                logits = rng.normal(0, 1, (120, k)) + strength * np.eye(k)[labels]
                p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
                for i, label in enumerate(labels):
                    values = p[i] if probable else [10 * logits[i, 1]]
                    told = classes[label] if probable else label
                    out.writerow([f"{part}{i}", told, model, family, part, *values])
    return path


def blocks(path, positive=None):
    return compose(compare(path, positive=positive), path).blocks


def figures(found):
    return {block.name: block for block in found if isinstance(block, Figure)}


def tables(found):
    return {block.table.name: block.table for block in found if isinstance(block, TableBlock)}


def test_of_probabilities_there_are_curves_a_forest_and_calibration(tmp_path):
    found = blocks(write(tmp_path / "p.csv", probable=True, validation=True), "malignant")
    assert set(figures(found)) == {"roc", "precision", "pairs", "reliability", "net-benefit"}
    assert {"calibration-file", "recalibrated-file"} <= set(tables(found))
    assert "net 0." in figures(found)["roc"].alternative


def test_without_validation_nothing_is_recalibrated(tmp_path):
    found = blocks(write(tmp_path / "p.csv", probable=True), "malignant")
    assert "calibration-file" in tables(found)
    assert "recalibrated-file" not in tables(found)


def test_scores_that_are_no_probabilities_are_not_drawn_as_such(tmp_path):
    found = blocks(write(tmp_path / "s.csv", probable=False))
    assert set(figures(found)) == {"roc", "precision", "pairs"}
    assert "Probabilities" not in {b.text for b in found if isinstance(b, Heading)}


def test_of_several_classes_curves_are_means_over_them(tmp_path):
    path = write(tmp_path / "p.csv", probable=True, classes=("a", "b", "c"))
    found = blocks(path)
    assert "means over the classes" in figures(found)["roc"].caption
    assert "net-benefit" not in figures(found)


def test_models_of_no_family_are_told_apart_by_colour(tmp_path):
    found = figures(blocks(write(tmp_path / "s.csv", probable=False)))
    accents = [one.family for one in found["roc"].panels[0].series if one.name in MODELS]
    assert len(accents) == len(set(accents)) == 3


@pytest.mark.parametrize("known", [True, False])
def test_a_row_has_the_accent_of_its_family_where_the_file_names_it(tmp_path, known):
    families = ("deep", "classical", "classical") if known else ()
    found = blocks(write(tmp_path / "p.csv", probable=True, families=families), "malignant")
    accents = [row.family for row in tables(found)["calibration-file"].rows]
    assert accents == (["deep", "classical", "classical"] if known else [None] * 3)
